//! Which kinds of records HaloPSA keeps and how each is read: a list, not code.
//!
//! Paging, tables of the warehouse, the check of permissions, the proof of completeness and the documents all read
//! [`ENTITIES`]. A new kind of record is one entry. [`tickets`] is the widest example, [`mod@reference`] has the short ones.
//! Facts and their sources: `docs/halo-facts.md`.

mod actions;
mod assets;
mod billing;
mod calendar;
mod column;
mod contracts;
mod knowledge;
mod parties;
mod reference;
mod refused;
mod sales;
mod tickets;

pub use column::{Column, Kind};
pub use refused::{Listed, Refusal, listed};

/// Every entity that is copied, in the order in which a first synchronisation reads them: small reference lists first, so
/// that tickets find their names.
pub static ENTITIES: &[&Entity] = &[
    &reference::AGENTS,
    &reference::TEAMS,
    &reference::TICKET_TYPES,
    &reference::TICKET_AREAS,
    &reference::STATUSES,
    &reference::PRIORITIES,
    &reference::SLAS,
    &reference::WORKDAYS,
    &reference::HOLIDAYS,
    &reference::CATEGORIES,
    &reference::OUTCOMES,
    &reference::LOOKUPS,
    &reference::TAXES,
    &reference::TOP_LEVELS,
    &parties::CLIENTS,
    &parties::SITES,
    &parties::USERS,
    &sales::SUPPLIERS,
    &sales::ITEMS,
    &contracts::CONTRACTS,
    &contracts::CONTRACT_SCHEDULES,
    &contracts::CONTRACT_SCHEDULE_PLANS,
    &contracts::SUPPLIER_CONTRACTS,
    &contracts::CHARGE_RATES,
    &contracts::PREPAYS,
    &tickets::TICKETS,
    &tickets::PROJECTS,
    &tickets::OPPORTUNITIES,
    &knowledge::MILESTONES,
    &knowledge::FEEDBACK,
    &calendar::TIMESHEET_EVENTS,
    &calendar::TIMESHEETS,
    &calendar::APPOINTMENTS,
    &billing::INVOICES,
    &billing::RECURRING_INVOICES,
    &billing::INVOICE_PAYMENTS,
    &billing::INVOICE_CHANGES,
    &assets::ASSETS,
    &assets::SOFTWARE_LICENCES,
    &sales::QUOTATIONS,
    &sales::SALES_ORDERS,
    &sales::PURCHASE_ORDERS,
    &knowledge::KB_ARTICLES,
    &knowledge::CALL_LOGS,
    &knowledge::EXPENSES,
    &knowledge::REPORTS,
    &knowledge::AUTOMATIONS,
    &knowledge::USER_CHANGES,
    &knowledge::CRM_NOTES,
    &knowledge::ATTACHMENTS,
    &actions::ACTIONS,
];

/// The entity with this table name or HaloPSA path, without regard to case.
pub fn find(name: &str) -> Option<&'static Entity> {
    ENTITIES
        .iter()
        .copied()
        .find(|entity| entity.table.eq_ignore_ascii_case(name) || entity.path.eq_ignore_ascii_case(name))
}

/// Names that fields have in lists, beside those that they have in deliveries and where records are written.
/// `docs/halo-facts.md#webhooks`.
const OTHERWISE: [(&str, &str); 8] = [
    ("last_update", "lastupdate"),
    ("category_1", "category1"),
    ("category_2", "category2"),
    ("category_3", "category3"),
    ("category_4", "category4"),
    ("user_email", "useremail"),
    ("estimatedays", "estimateddays"),
    ("last_modified", "lastmodified"),
];

/// The name that lists have for a field of a delivery.
pub fn name_in_lists(name: &str) -> &str {
    OTHERWISE.iter().find(|(_, other)| *other == name).map_or(name, |(listed, _)| listed)
}

/// One kind of record.
#[derive(Debug)]
pub struct Entity {
    /// Table of the warehouse, plural.
    pub table: &'static str,
    /// Resource under the API's base address.
    pub path: &'static str,
    /// Key of the rows in an enveloped answer; a bare array needs none.
    pub list_key: &'static str,
    /// Columns that name a record: one, or two where a number counts within another record. The first of two is also the
    /// parameter that a direct read needs.
    pub key: &'static [&'static str],
    /// How its rows are read.
    pub reading: Reading,
    /// Parameters that every list call carries. They fix which fields its rows have: the list profile.
    pub switches: &'static [(&'static str, &'static str)],
    /// Column with the record's own time of last change.
    pub stamp: Option<&'static str>,
    /// Columns whose changes are observed.
    pub watched: &'static [&'static str],
    /// The list profile as columns. Fields that HaloPSA adds later become columns by themselves.
    pub columns: &'static [Column],
    /// Fields that are not kept as columns, because they follow from others or mean nothing outside HaloPSA's own pages.
    pub ignored: &'static [&'static str],
    /// Columns that repeat other records. HaloPSA joins them when it answers and does not stamp the record when the other
    /// one is renamed, so they are refreshed from the other table, in this order.
    pub echoes: &'static [Echo],
    /// Rows that come inside the records.
    pub child: Option<Child>,
    /// Tables that share the id space: a record can move to one of them.
    pub rivals: &'static [&'static str],
    /// Family of records that webhooks tell of; tables that share an id space are one. None where no webhook does.
    pub family: Option<&'static str>,
    /// Whether its list shows custom fields only when their ids are asked for.
    pub asks_custom_fields: bool,
    /// Why it is copied only when somebody asks for it; none for those that always are.
    pub opt_in: Option<&'static str>,
    /// What the application and its agent need.
    pub right: Right,
}

impl Entity {
    /// An entry with what is usual: an unpaged list of records named by `id`, without extras.
    const PLAIN: Self = Self {
        table: "",
        path: "",
        list_key: "",
        key: &["id"],
        reading: Reading::Whole,
        switches: &[],
        stamp: None,
        watched: &[],
        columns: &[],
        ignored: &["use", "key", "table"],
        echoes: &[],
        child: None,
        rivals: &[],
        family: None,
        asks_custom_fields: false,
        opt_in: None,
        right: Right { scope: "", permission: "", unlocks: "" },
    };

    /// Whether pages are walked by a change filter and proved by ids.
    pub fn is_paged(&self) -> bool {
        matches!(self.reading, Reading::Paged { .. })
    }
}

/// How the rows of an entity are read, and therefore how their completeness is proved.
#[derive(Clone, Copy, Debug)]
pub enum Reading {
    /// One request answers all rows: the list is its own proof.
    Whole,
    /// One request for each value of a parameter; together they are all rows.
    Parts {
        /// The parameter.
        parameter: &'static str,
        /// Its values.
        values: &'static [&'static str],
    },
    /// One request for each record of another table, in each pass; together they are all rows.
    Each {
        /// The parameter that takes the other record's id.
        parameter: &'static str,
        /// The other table.
        table: &'static str,
        /// Column of it that must be above 0, where only some records have rows.
        counted_by: Option<&'static str>,
    },
    /// All pages in each pass, as nothing tells which rows changed: proved by count.
    AllPages,
    /// Pages of a log, whose rows never change once they are written: only new ones are read, proved by count.
    Log,
    /// Pages; proved by count and ids.
    Paged {
        /// Finds records changed since a moment, where the version of HaloPSA has such a filter.
        changed: ChangeFilter,
        /// Switch that reduces rows to ids and turns paging off: all ids in one request.
        ids_only: &'static str,
        /// Parameters that list deleted records instead.
        deleted: Option<(&'static str, &'static str)>,
    },
    /// Spans of time over a column, never paged; proved span by span.
    Windows {
        /// Parameter for the first moment.
        from: &'static str,
        /// Parameter for the last moment.
        to: &'static str,
        /// Column whose time lies in the span.
        column: &'static str,
    },
    /// A list that shows only recent rows and cannot be asked for others: what left it stays as it was seen last.
    Recent {
        /// Column of type [`Kind::Day`]: the span that the list shows runs from its earliest to its latest value.
        column: &'static str,
    },
    /// One request for each record of other tables: proved record by record.
    PerParent {
        /// Parameter, and first column of the key, that names the other record.
        parameter: &'static str,
        /// Tables of the other records, which share one id space.
        parents: &'static [&'static str],
    },
}

/// Parameters of a change filter. HaloPSA ignores unknown ones silently, so each is proved before it is trusted.
#[derive(Clone, Copy, Debug)]
pub struct ChangeFilter {
    /// Parameter for the first moment, UTC without zone.
    pub from: &'static str,
    /// Parameter for the last moment, where the filter needs both.
    pub to: Option<&'static str>,
    /// Parameters that choose the kind of date.
    pub with: &'static [(&'static str, &'static str)],
}

/// A column that repeats a value of another table; see [`Entity::echoes`].
#[derive(Clone, Copy, Debug)]
pub struct Echo {
    /// Column of this table.
    pub column: &'static str,
    /// Column of this table that points to the other record.
    pub reference: &'static str,
    /// The other table.
    pub table: &'static str,
    /// Its column that `reference` points to.
    pub key: &'static str,
    /// Its column that is repeated.
    pub source: &'static str,
}

/// Rows inside a record.
#[derive(Clone, Copy, Debug)]
pub struct Child {
    /// Table of the rows.
    pub table: &'static str,
    /// Field of the record that holds them.
    pub field: &'static str,
    /// Column of the row that holds the record's key.
    pub parent: &'static str,
    /// Columns of the rows, without `parent`.
    pub columns: &'static [Column],
    /// Fields of the rows that are not kept.
    pub ignored: &'static [&'static str],
}

/// What must be granted in HaloPSA, in its own words.
#[derive(Clone, Copy, Debug)]
pub struct Right {
    /// Scope of the application's *Permissions* tab.
    pub scope: &'static str,
    /// Setting of the agent under *Agent > Permissions*.
    pub permission: &'static str,
    /// What the copy is good for.
    pub unlocks: &'static str,
}

const fn echo(
    column: &'static str,
    reference: &'static str,
    table: &'static str,
    key: &'static str,
    source: &'static str,
) -> Echo {
    Echo { column, reference, table, key, source }
}

const CHANGED: ChangeFilter = ChangeFilter { from: "lastupdatefromdate", to: None, with: &[] };

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn entries_are_consistent() {
        let tables: HashSet<_> = ENTITIES.iter().map(|entity| entity.table).collect();
        assert_eq!(tables.len(), ENTITIES.len());
        for entity in ENTITIES {
            let names: HashSet<_> = entity.columns.iter().map(|column| column.name).collect();
            assert_eq!(names.len(), entity.columns.len(), "{} names a column twice", entity.table);
            let needed = entity.key.iter().copied().chain(entity.stamp).chain(entity.watched.iter().copied());
            for name in needed {
                assert!(names.contains(name), "{} lacks column {name}", entity.table);
            }
            assert!(entity.ignored.iter().all(|name| !names.contains(name)), "{} ignores a column", entity.table);
            for echo in entity.echoes {
                assert!(names.contains(echo.column) && names.contains(echo.reference), "{}: {echo:?}", entity.table);
                let other = find(echo.table).expect("the other table is synchronised");
                for name in [echo.key, echo.source] {
                    assert!(other.columns.iter().any(|column| column.name == name), "{}: {echo:?}", entity.table);
                }
            }
            assert!(entity.rivals.iter().all(|name| tables.contains(name)));
        }
    }
}
