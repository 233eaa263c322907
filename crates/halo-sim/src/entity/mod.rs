//! The kinds of record the API serves: one description per kind, no handler per kind.
//!
//! A description is data: path, list key, shape, the right it needs, a table of fields and a table of
//! filters. the server has the one handler that reads them. Start with [`client`] for a short one.

pub(crate) mod actions;
pub(crate) mod agent;
pub(crate) mod assets;
pub(crate) mod billing;
pub(crate) mod client;
pub(crate) mod contracts;
pub(crate) mod files;
pub(crate) mod knowledge;
pub(crate) mod logs;
pub(crate) mod names;
pub(crate) mod planning;
pub(crate) mod post;
pub(crate) mod recurring;
pub(crate) mod reference;
pub(crate) mod sales;
pub(crate) mod site;
pub(crate) mod stock;
pub(crate) mod ticket;
pub(crate) mod ticket_fields;
pub(crate) mod timesheet;
pub(crate) mod user;

use crate::query::Query;
use crate::rights::{Area, Rights};
use crate::times::{self, Ms};
use crate::value::{Object, Style, V};
use crate::world::World;
use crate::world::columns::Cut;
use crate::world::table::{Row, Table};

/// All that a value may depend on besides its row.
pub(crate) struct View<'a> {
    pub(crate) world: &'a World,
    pub(crate) now: Ms,
    pub(crate) query: &'a Query,
    pub(crate) rights: &'a Rights,
    pub(crate) style: &'a Style,
    /// The API as it was before custom fields in lists, the invoice change filter and the feed.
    pub(crate) older: bool,
    /// Extra fields that appeared while the simulator ran.
    pub(crate) late: &'a Late,
    pub(crate) depth: Depth,
}

/// Fields that appear later, by traps.
#[derive(Clone, Default)]
pub(crate) struct Late {
    /// A custom field that tickets did not have at first, and since when: tickets changed later have a
    /// value in it.
    pub(crate) custom_field: Option<Ms>,
    /// Plain fields of that name and entity that were not there at first.
    pub(crate) plain_field: Option<(String, String)>,
    /// Contract ids are negative.
    pub(crate) negative_contract: bool,
}

/// How much of a record is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// A row of a list: plain fields and those whose switch is on.
    List,
    /// A single record: also the fields only it has.
    Single,
    /// Everything, for `/_sim/truth`.
    Truth,
}

/// When a field is shown.
#[derive(Clone, Copy)]
pub(crate) enum When {
    List,
    /// In lists when this switch is on, always in a single record.
    Switch(&'static str),
    /// As `Switch`, but no list of the older version has it.
    NewerSwitch(&'static str),
    Single,
    /// In lists and single records, but not in the older version.
    Newer,
}

/// One field of one kind of record.
pub(crate) struct Field<R: 'static> {
    pub(crate) name: &'static str,
    pub(crate) when: When,
    pub(crate) value: for<'a> fn(&View<'a>, &'a R) -> V<'a>,
}

/// What a filter's argument must be.
#[derive(Clone, Copy)]
pub(crate) enum Takes {
    /// Whole numbers, separated by commas.
    Numbers,
    Time,
    /// Counts only when `true`.
    Flag,
    Text,
}

/// A filter's argument, read once per request.
#[derive(Default)]
pub(crate) struct Argument {
    pub(crate) numbers: Vec<i64>,
    pub(crate) time: Ms,
    /// Lower case.
    pub(crate) text: String,
}

impl Argument {
    pub(crate) fn has(&self, id: i32) -> bool {
        self.numbers.contains(&i64::from(id))
    }
}

/// One query parameter that keeps some rows and drops others.
pub(crate) struct Param<R: 'static> {
    pub(crate) name: &'static str,
    pub(crate) takes: Takes,
    pub(crate) keep: for<'a> fn(&View<'a>, &'a R, &Argument) -> bool,
    /// How a table finds these rows without a look at each.
    pub(crate) short: Short,
}

/// A short way to the rows that a parameter keeps; it leads to the same ones as `keep`.
#[derive(Clone, Copy)]
pub(crate) enum Short {
    None,
    /// The argument's numbers are the ids of the rows.
    Ids,
    /// A column of the table is cut; `None` when the one that the query names is not there.
    Cut(for<'a> fn(&View<'a>, &Argument) -> Option<Cut>),
}

/// How a list is wrapped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// With page numbers when paging is on, without when it is off.
    Paged,
    /// Never paged; `record_count` and the rows.
    Unpaged,
    /// A bare array.
    Bare,
    /// A bare array, or paged under its key when paging is asked for.
    BareOrPaged,
}

/// The rows a list starts from, in order of id.
pub(crate) enum Rows<'a, R> {
    /// These positions of those rows.
    Picked(&'a [R], &'a [u32]),
    /// Those of a lane of a table with columns; lane 0 is all.
    Lane { table: &'a Table<R>, lane: usize, deleted: bool, cut: Option<Cut> },
    /// All that are not deleted, of a list too short for an index.
    Live(&'a [R]),
    /// These, found by other means.
    Chosen(Vec<&'a R>),
}

/// One kind of record.
pub(crate) struct Entity<R: 'static> {
    pub(crate) path: &'static str,
    pub(crate) key: &'static str,
    pub(crate) shape: Shape,
    pub(crate) area: Area,
    /// Newest first unless an order is asked for.
    pub(crate) newest_first: bool,
    pub(crate) rows: for<'a> fn(&View<'a>) -> Rows<'a, R>,
    pub(crate) find: for<'a> fn(&View<'a>, &str) -> Found<'a, R>,
    /// All rows for the truth, in portions; `None` after the last.
    pub(crate) portion: for<'a> fn(&'a World, usize) -> Option<&'a [R]>,
    /// Whether a row of the shared storage belongs to this kind, at the present time.
    pub(crate) belongs: for<'a> fn(&View<'a>, &'a R) -> bool,
    /// Whether a row is gone, by itself or with the record that it hangs on.
    pub(crate) deleted: for<'a> fn(&'a World, &'a R) -> bool,
    /// Rows that lists leave out unless a parameter asks for them.
    pub(crate) hidden: for<'a> fn(&View<'a>, &'a R) -> bool,
    /// Rows that the agent of the token may see.
    pub(crate) visible: for<'a> fn(&View<'a>, &'a R) -> bool,
    pub(crate) fields: &'static [&'static [Field<R>]],
    pub(crate) params: &'static [Param<R>],
    /// A parameter that reduces rows to their ids and turns paging off.
    pub(crate) id_only: &'static str,
    pub(crate) newer_only: bool,
}

/// The answer to a look-up by id.
pub(crate) enum Found<'a, R> {
    Row(&'a R),
    Missing,
    /// The text is not an id of this kind.
    BadId,
}

impl<'a, R: Row> Rows<'a, R> {
    /// In order of id; backwards too, for newest first.
    pub(crate) fn iter(&self) -> Box<dyn DoubleEndedIterator<Item = &'a R> + 'a> {
        match self {
            &Rows::Picked(rows, positions) => Box::new(positions.iter().map(|position| &rows[*position as usize])),
            &Rows::Lane { table, lane, deleted, cut } => {
                let positions = table.select(lane, deleted, cut.as_slice()).positions(0..usize::MAX);
                Box::new(positions.into_iter().map(|position| &table.rows()[position as usize]))
            }
            Rows::Live(rows) => Box::new(rows.iter().filter(|row| !row.deleted())),
            Rows::Chosen(rows) => Box::new(rows.clone().into_iter()),
        }
    }
}

impl<R: Row> Entity<R> {
    /// Writes one record.
    pub(crate) fn write<'a>(&self, view: &View<'a>, row: &'a R, buffer: &mut Vec<u8>) {
        self.write_some(view, row, buffer, |field| view.shows(field.when));
    }

    /// Writes these fields of one record.
    pub(crate) fn write_some<'a>(
        &self,
        view: &View<'a>,
        row: &'a R,
        buffer: &mut Vec<u8>,
        wanted: impl Fn(&Field<R>) -> bool,
    ) {
        let mut object = Object::open(buffer, view.style, row.id());
        for field in self.fields.iter().flat_map(|fields| fields.iter()) {
            if wanted(field) {
                object.member(field.name, &(field.value)(view, row));
            }
        }
        if let Some((entity, name)) = &view.late.plain_field
            && entity.eq_ignore_ascii_case(self.path)
        {
            object.member(name, &V::owned(format!("{name} of {}", row.id())));
        }
        if view.depth == Depth::Truth {
            object.member("deleted", &V::Bool((self.deleted)(view.world, row)));
        }
        object.close();
    }

    pub(crate) fn field(&self, name: &str) -> Option<&'static Field<R>> {
        self.fields.iter().flat_map(|fields| fields.iter()).find(|field| field.name.eq_ignore_ascii_case(name))
    }
}

impl View<'_> {
    fn shows(&self, when: When) -> bool {
        match (when, self.depth) {
            (_, Depth::Truth) | (When::List, _) => true,
            (When::Newer, _) => !self.older,
            (When::Switch(_) | When::NewerSwitch(_) | When::Single, Depth::Single) => true,
            (When::Single, Depth::List) => false,
            (When::Switch(name), Depth::List) => self.query.flag(name),
            (When::NewerSwitch(name), Depth::List) => {
                !self.older && self.query.get(name).is_some_and(|value| !value.is_empty() && value != "false")
            }
        }
    }
}

pub(crate) const fn list<R>(name: &'static str, value: for<'a> fn(&View<'a>, &'a R) -> V<'a>) -> Field<R> {
    Field { name, when: When::List, value }
}

pub(crate) const fn single<R>(name: &'static str, value: for<'a> fn(&View<'a>, &'a R) -> V<'a>) -> Field<R> {
    Field { name, when: When::Single, value }
}

pub(crate) const fn with<R>(
    name: &'static str,
    switch: &'static str,
    value: for<'a> fn(&View<'a>, &'a R) -> V<'a>,
) -> Field<R> {
    Field { name, when: When::Switch(switch), value }
}

pub(crate) const fn numbers<R>(name: &'static str, keep: for<'a> fn(&View<'a>, &'a R, &Argument) -> bool) -> Param<R> {
    Param { name, takes: Takes::Numbers, keep, short: Short::None }
}

pub(crate) const fn time<R>(name: &'static str, keep: for<'a> fn(&View<'a>, &'a R, &Argument) -> bool) -> Param<R> {
    Param { name, takes: Takes::Time, keep, short: Short::None }
}

pub(crate) const fn flag<R>(name: &'static str, keep: for<'a> fn(&View<'a>, &'a R, &Argument) -> bool) -> Param<R> {
    Param { name, takes: Takes::Flag, keep, short: Short::None }
}

pub(crate) const fn text<R>(name: &'static str, keep: for<'a> fn(&View<'a>, &'a R, &Argument) -> bool) -> Param<R> {
    Param { name, takes: Takes::Text, keep, short: Short::None }
}

impl<R> Param<R> {
    /// With a short way to the rows.
    pub(crate) const fn short(mut self, short: Short) -> Self {
        self.short = short;
        self
    }
}

/// The rows of a table in portions that do not hold up other requests.
pub(crate) fn portion<R: Row>(table: &Table<R>, number: usize) -> Option<&[R]> {
    const ROWS: usize = 256;
    let rows = table.rows();
    let start = number.checked_mul(ROWS)?;
    (start < rows.len()).then(|| &rows[start..rows.len().min(start + ROWS)])
}

/// Looks a row up by a whole number; a deleted one is not there.
pub(crate) fn find<'a, R: Row>(table: &'a Table<R>, id: &str) -> Found<'a, R> {
    match id.parse::<i32>() {
        Ok(id) => table.alive(id).map_or(Found::Missing, Found::Row),
        Err(_) => Found::BadId,
    }
}

/// A part of the day of a moment, as HaloPSA writes a `date-span`.
pub(crate) fn span(at: Ms) -> String {
    let of_day = if at == times::EMPTY { 0 } else { times::civil(at).of_day };
    format!("{:02}:{:02}:{:02}", of_day / times::HOUR, of_day / times::MINUTE % 60, of_day / times::SECOND % 60)
}

/// Hours of a number of minutes, as a decimal.
pub(crate) fn hours(minutes: impl Into<f64>) -> V<'static> {
    V::Num(minutes.into() / 60.0)
}

/// Pounds of a number of pence.
pub(crate) fn pounds(pence: i64) -> V<'static> {
    V::Num(pence as f64 / 100.0)
}

/// Describes an entity whose rows are a table of their own, filling in what is usual.
macro_rules! table_entity {
    ($name:ident: $row:ty, $table:ident $(. $inner:ident)? { $($field:ident: $value:expr),* $(,)? }) => {
        pub(crate) static $name: $crate::entity::Entity<$row> = $crate::entity::Entity {
            $($field: $value,)*
            ..$crate::entity::Entity {
                path: "",
                key: "",
                shape: $crate::entity::Shape::Paged,
                area: $crate::rights::Area::Configuration,
                newest_first: false,
                rows: |view| {
                    let table = &view.world.$table$(.$inner)?;
                    $crate::entity::Rows::Picked(table.rows(), table.lane(0))
                },
                find: |view, id| $crate::entity::find(&view.world.$table$(.$inner)?, id),
                portion: |world, number| $crate::entity::portion(&world.$table$(.$inner)?, number),
                belongs: |_, _| true,
                deleted: |_, row| $crate::world::table::Row::deleted(row),
                hidden: |_, _| false,
                visible: |_, _| true,
                fields: &[],
                params: &[],
                id_only: "idonly",
                newer_only: false,
            }
        };
    };
}
pub(crate) use table_entity;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::api::catalog::{CATALOG, Served};

    /// All records of a kind as the truth shows them, one a line.
    pub(crate) fn truth<R: Row>(world: &World, now: Ms, entity: &Entity<R>) -> String {
        let (query, rights, style, late) = (Query::default(), Rights::default(), Style::default(), Late::default());
        let view = View {
            world,
            now,
            query: &query,
            rights: &rights,
            style: &style,
            older: false,
            late: &late,
            depth: Depth::Truth,
        };
        let mut buffer = Vec::new();
        for rows in (0..).map_while(|number| (entity.portion)(world, number)) {
            for row in rows.iter().filter(|row| (entity.belongs)(&view, row)) {
                entity.write(&view, row, &mut buffer);
                buffer.push(b'\n');
            }
        }
        String::from_utf8(buffer).unwrap()
    }

    /// The ids of the rows that a list would show with this query string, paging aside.
    pub(crate) fn listed<R: Row>(world: &World, now: Ms, entity: &Entity<R>, query: &str) -> Vec<i64> {
        let (query, rights, style, late) = (Query::parse(query), Rights::default(), Style::default(), Late::default());
        let view = View {
            world,
            now,
            query: &query,
            rights: &rights,
            style: &style,
            older: false,
            late: &late,
            depth: Depth::List,
        };
        let asked: Vec<(&Param<R>, Argument)> = entity
            .params
            .iter()
            .filter_map(|param| {
                let text = query.get(param.name)?;
                let numbers = text.split(',').filter_map(|number| number.parse().ok()).collect();
                let time = query.time(param.name).unwrap_or_default();
                Some((param, Argument { numbers, time, text: text.to_lowercase() }))
            })
            .collect();
        let kept = |row: &&R| asked.iter().all(|(param, argument)| (param.keep)(&view, row, argument));
        let shown = (entity.rows)(&view);
        shown.iter().filter(|row| !(entity.hidden)(&view, row)).filter(kept).map(Row::id).collect()
    }

    /// The truth of every kind, by path.
    pub(crate) fn whole_truth(world: &World, now: Ms) -> Vec<(&'static str, String)> {
        let (query, rights, style, late) = (Query::default(), Rights::default(), Style::default(), Late::default());
        let view = View {
            world,
            now,
            query: &query,
            rights: &rights,
            style: &style,
            older: false,
            late: &late,
            depth: Depth::Truth,
        };
        let of = |entity: &&'static dyn Served| {
            let mut buffer = Vec::new();
            (0..).take_while(|number| entity.truth(&view, *number, &mut buffer)).for_each(drop);
            (entity.path(), String::from_utf8(buffer).unwrap())
        };
        CATALOG.iter().map(of).collect()
    }
}
