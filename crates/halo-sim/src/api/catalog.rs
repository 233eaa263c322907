//! The list of all kinds of record, each behind the same small interface.

use super::list::{self, Listed, Rules};
use crate::entity::{self, Entity, Found, View};
use crate::rights::Area;
use crate::world::table::Row;

/// What the handlers need of a kind of record, whatever its rows are.
pub(crate) trait Served: Sync {
    fn path(&self) -> &'static str;
    fn key(&self) -> &'static str;
    fn area(&self) -> Area;
    /// Not known to the older version of the API.
    fn newer_only(&self) -> bool;
    /// Writes a list.
    fn list(&self, view: &View<'_>, rules: &Rules, out: &mut Vec<u8>) -> Listed;
    /// Writes one record.
    fn single(&self, view: &View<'_>, id: &str, out: &mut Vec<u8>) -> Single;
    /// Writes the next portion of the truth, one record a line; false after the last.
    fn truth(&self, view: &View<'_>, portion: usize, out: &mut Vec<u8>) -> bool;
    /// The kind's line in the table of `docs/simulator.md`.
    #[cfg(test)]
    fn markdown(&self) -> String;
}

/// What became of a look-up.
pub(crate) enum Single {
    Written,
    Missing,
    /// There, but not for this agent.
    Hidden,
    BadId,
}

/// See the module.
pub(crate) static CATALOG: &[&dyn Served] = &[
    &entity::ticket::TICKETS,
    &entity::ticket::PROJECTS,
    &entity::ticket::OPPORTUNITIES,
    &entity::actions::ACTIONS,
    &entity::client::CLIENT,
    &entity::site::SITE,
    &entity::user::USERS,
    &entity::agent::AGENT,
    &entity::reference::TEAM,
    &entity::reference::TICKET_TYPE,
    &entity::reference::STATUS,
    &entity::reference::PRIORITY,
    &entity::reference::SLA,
    &entity::reference::WORKDAY,
    &entity::reference::HOLIDAY,
    &entity::reference::CATEGORY,
    &entity::reference::OUTCOME,
    &entity::reference::LOOKUP,
    &entity::billing::INVOICE,
    &entity::timesheet::TIMESHEET_EVENT,
    &entity::logs::FEED,
    &entity::logs::USER_CHANGE,
    &entity::logs::INVOICE_CHANGE,
    &entity::recurring::RECURRING_INVOICE,
    &entity::recurring::INVOICE_PAYMENT,
    &entity::contracts::CLIENT_CONTRACT,
    &entity::contracts::CONTRACT_SCHEDULE,
    &entity::contracts::CONTRACT_SCHEDULE_PLAN,
    &entity::contracts::SUPPLIER_CONTRACT,
    &entity::contracts::CLIENT_PREPAY,
    &entity::contracts::CHARGE_RATE,
    &entity::stock::ITEM,
    &entity::stock::SUPPLIER,
    &entity::stock::TAX,
    &entity::sales::QUOTATION,
    &entity::sales::SALES_ORDER,
    &entity::sales::PURCHASE_ORDER,
    &entity::assets::ASSET,
    &entity::assets::ASSET_TYPE,
    &entity::assets::SOFTWARE_LICENCE,
    &entity::planning::APPOINTMENT,
    &entity::planning::TIMESHEET,
    &entity::planning::MILESTONE,
    &entity::planning::EXPENSE,
    &entity::planning::AUTOMATION,
    &entity::knowledge::FEEDBACK,
    &entity::knowledge::KB_ARTICLE,
    &entity::knowledge::CALL_LOG,
    &entity::knowledge::CRM_NOTE,
    &entity::knowledge::REPORT,
    &entity::knowledge::TICKET_AREA,
    &entity::knowledge::TOP_LEVEL,
    &entity::files::ATTACHMENT,
    &entity::files::AUDIT,
];

/// The kind of this path, whose case does not matter.
pub(crate) fn find(path: &str) -> Option<&'static dyn Served> {
    CATALOG.iter().copied().find(|entity| entity.path().eq_ignore_ascii_case(path))
}

impl<R: Row + Sync + 'static> Served for Entity<R> {
    fn path(&self) -> &'static str {
        self.path
    }

    fn key(&self) -> &'static str {
        self.key
    }

    fn area(&self) -> Area {
        self.area
    }

    fn newer_only(&self) -> bool {
        self.newer_only
    }

    fn list(&self, view: &View<'_>, rules: &Rules, out: &mut Vec<u8>) -> Listed {
        list::list(self, view, rules, out)
    }

    fn single(&self, view: &View<'_>, id: &str, out: &mut Vec<u8>) -> Single {
        match (self.find)(view, id) {
            Found::BadId => Single::BadId,
            Found::Missing => Single::Missing,
            Found::Row(row) if !(self.visible)(view, row) => Single::Hidden,
            Found::Row(row) => {
                self.write(view, row, out);
                Single::Written
            }
        }
    }

    fn truth(&self, view: &View<'_>, portion: usize, out: &mut Vec<u8>) -> bool {
        let Some(rows) = (self.portion)(view.world, portion) else { return false };
        for row in rows.iter().filter(|row| (self.belongs)(view, row)) {
            self.write(view, row, out);
            out.push(b'\n');
        }
        true
    }

    #[cfg(test)]
    fn markdown(&self) -> String {
        use crate::entity::Shape;
        let shape = match self.shape {
            Shape::Paged => format!("paged `{}`", self.key),
            Shape::Unpaged => format!("unpaged `{}`", self.key),
            Shape::Bare => "bare".to_owned(),
            Shape::BareOrPaged => format!("bare, or paged `{}`", self.key),
        };
        let ids = Some(self.id_only).filter(|name| !name.is_empty() && self.shape == Shape::Paged);
        let filters = self.params.iter().map(|param| param.name).chain(ids);
        let filters: Vec<_> = filters.map(|name| format!("`{name}`")).collect();
        format!("| {} | {shape} | {} | {} |\n", self.path, self.area.name(), filters.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_lists_every_kind() {
        let document = include_str!("../../../../docs/simulator.md");
        let table: String = CATALOG.iter().map(|entity| entity.markdown()).collect();
        assert!(document.contains(&table), "docs/simulator.md must hold this table:\n\n{table}");
    }
}
