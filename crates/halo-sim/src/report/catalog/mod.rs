//! The tables that SQL sees: names and columns of HaloPSA's database, values from the records of the world.
//!
//! A column is a function of a row, mostly the one that the REST API shows; nothing is stored twice. What a
//! table leaves out, HaloPSA's database may have. Source: `docs/halo-facts.md#report-lane`.

mod billing;
mod parties;
mod reference;
mod schema;
mod sql;
mod tickets;
mod work;

use std::sync::OnceLock;

use sql::Sql;

use super::error::Res;
use super::types::Ty;
use super::value::Value;
use crate::entity::{Entity, Late, View};
use crate::value::V;
use crate::world::World;

/// Whether a scan goes on after a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    More,
    /// Goes on later, after the row's parent.
    Pause,
    Stop,
}

/// A row whose columns are read on demand.
pub(crate) trait Cells {
    fn cell(&self, column: usize) -> Value;
}

/// What the planner knows of a column.
pub(crate) struct Known {
    pub(crate) name: &'static str,
    pub(crate) sql: Sql,
}

/// See the module.
pub(crate) trait Table: Sync {
    fn name(&self) -> &'static str;
    /// All columns, in the order of [`Cells::cell`].
    fn columns(&self) -> Vec<Known>;
    /// Columns by whose values rows come in rising order, no two of them alike. Empty: in no order.
    fn key(&self) -> &'static [&'static str];
    /// Whether looking rows up by key beats reading all.
    fn large(&self) -> bool {
        false
    }
    /// Reads rows whose first key column lies in the range, from a place on. Gives the place to go on from
    /// after a pause.
    fn scan(
        &self,
        view: &View<'_>,
        range: (i64, i64),
        from: usize,
        each: &mut dyn FnMut(&dyn Cells) -> Res<Step>,
    ) -> Res<Option<usize>>;
}

static TABLES: &[&dyn Table] = &[
    &tickets::FAULTS,
    &work::ACTIONS,
    &work::AUDIT,
    &work::OWNERS,
    &work::MERGES,
    &work::FEEDBACK,
    &parties::AREA,
    &parties::SITE,
    &parties::USERS,
    &parties::UNAME,
    &reference::TSTATUS,
    &reference::REQUESTTYPE,
    &reference::POLICY,
    &reference::SLAHEAD,
    &reference::SECTIONDETAIL,
    &reference::LOOKUP,
    &billing::CONTRACTHEADER,
    &billing::INVOICEHEADER,
    &billing::INVOICEDETAIL,
    &billing::INVOICEPAYMENT,
];

/// The table of that name, in whatever case.
pub(super) fn find(schema: Option<&str>, name: &str) -> Option<&'static dyn Table> {
    let among =
        |tables: &[&'static dyn Table]| tables.iter().copied().find(|table| table.name().eq_ignore_ascii_case(name));
    match schema {
        None => among(TABLES),
        Some(schema) if schema.eq_ignore_ascii_case("dbo") => among(TABLES),
        Some(schema) if schema.eq_ignore_ascii_case("information_schema") => {
            among(&[&schema::TABLES, &schema::COLUMNS])
        }
        Some(_) => None,
    }
}

/// Whether a tenant has this column at present: custom fields come with their definition.
pub(super) fn exists(column: &str, late: &Late) -> bool {
    column != tickets::LATE_FIELD || late.custom_field.is_some()
}

/// One column of a table whose rows are `R`.
struct Column<R: 'static> {
    name: &'static str,
    sql: Sql,
    get: Get<R>,
}

type Getter<R> = for<'a> fn(&View<'a>, &'a R) -> V<'a>;

enum Get<R: 'static> {
    Own(Getter<R>),
    /// The field of that name in the REST API.
    Api(&'static str),
}

const fn own<R>(name: &'static str, sql: Sql, get: Getter<R>) -> Column<R> {
    Column { name, sql, get: Get::Own(get) }
}

const fn api<R>(name: &'static str, sql: Sql, field: &'static str) -> Column<R> {
    Column { name, sql, get: Get::Api(field) }
}

type Each<'e, R> = &'e mut dyn FnMut(&R) -> Res<Step>;

/// A table made of what hangs on each of the parents, which come in order of id.
struct Virtual<P: 'static, R: 'static> {
    name: &'static str,
    columns: &'static [Column<R>],
    key: &'static [&'static str],
    large: bool,
    parents: fn(&World) -> &[P],
    /// The first key column of all rows of a parent.
    id: fn(&P) -> i64,
    rows: for<'a> fn(&View<'a>, &'a P, Each<'_, R>) -> Res<Step>,
    api: Option<&'static Entity<R>>,
    getters: OnceLock<Vec<Getter<R>>>,
}

struct RowOf<'x, R: 'static> {
    view: &'x View<'x>,
    row: &'x R,
    columns: &'static [Column<R>],
    getters: &'x [Getter<R>],
}

impl<R> Cells for RowOf<'_, R> {
    fn cell(&self, column: usize) -> Value {
        from_rest(self.getters[column](self.view, self.row), self.columns[column].sql.ty)
    }
}

impl<P, R> Virtual<P, R> {
    fn getters(&self) -> &[Getter<R>] {
        self.getters.get_or_init(|| {
            let of = |column: &Column<R>| match column.get {
                Get::Own(get) => get,
                Get::Api(field) => {
                    let mut fields = self.api.into_iter().flat_map(|entity| entity.fields).copied().flatten();
                    fields.find(|known| known.name == field).expect("a test looks every field up").value
                }
            };
            self.columns.iter().map(of).collect()
        })
    }
}

impl<P: Sync, R: Sync> Table for Virtual<P, R> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn columns(&self) -> Vec<Known> {
        self.columns.iter().map(|column| Known { name: column.name, sql: column.sql }).collect()
    }

    fn key(&self) -> &'static [&'static str] {
        self.key
    }

    fn large(&self) -> bool {
        self.large
    }

    fn scan(
        &self,
        view: &View<'_>,
        (low, high): (i64, i64),
        from: usize,
        each: &mut dyn FnMut(&dyn Cells) -> Res<Step>,
    ) -> Res<Option<usize>> {
        let (parents, getters) = ((self.parents)(view.world), self.getters());
        let keyed = !self.key.is_empty();
        let start = if keyed && from == 0 { parents.partition_point(|parent| (self.id)(parent) < low) } else { from };
        for (place, parent) in parents.iter().enumerate().skip(start) {
            if keyed && (self.id)(parent) > high {
                break;
            }
            let mut pause = false;
            let step = (self.rows)(view, parent, &mut |row| {
                let step = each(&RowOf { view, row, columns: self.columns, getters })?;
                pause |= step == Step::Pause;
                Ok(step)
            })?;
            if step == Step::Stop {
                return Ok(None);
            }
            if pause {
                return Ok(Some(place + 1));
            }
        }
        Ok(None)
    }
}

/// A value of the REST API as one of a column.
fn from_rest(value: V<'_>, ty: Ty) -> Value {
    match (value, ty) {
        (V::Absent | V::Null, _) => Value::Null,
        (V::Int(number), Ty::Float) => Value::Float(number as f64),
        (V::Int(number), Ty::Bit) => Value::Bit(number != 0),
        (V::Int(number), Ty::Text(_)) => super::value::text(number.to_string()),
        (V::Int(number), Ty::Money) => money(number as f64),
        (V::Int(number), _) => Value::Int(number),
        (V::Num(number), Ty::Money) => money(number),
        (V::Num(number), Ty::Int(_)) => whole(number),
        (V::Num(number), _) => Value::Float(number),
        (V::Bool(flag), Ty::Int(_)) => Value::Int(flag.into()),
        (V::Bool(flag), _) => Value::Bit(flag),
        (V::Text(text), _) => super::value::text(text),
        (V::Date(crate::times::EMPTY) | V::Day(crate::times::EMPTY), _) => Value::Null,
        (V::Date(at) | V::Day(at), _) => Value::Date(at),
        (V::Raw(json), _) => super::value::text(String::from_utf8_lossy(&json)),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "amounts of pence and ids are far smaller")]
fn money(number: f64) -> Value {
    Value::Dec(super::value::Dec { units: (number * 10_000.0).round() as i64, scale: 4 })
}

#[expect(clippy::cast_possible_truncation, reason = "ids that are shown as decimals")]
fn whole(number: f64) -> Value {
    Value::Int(number as i64)
}

/// Describes a table whose rows are those of a table of the world.
macro_rules! flat {
    ($name:ident = $sql:literal: $row:ty, $($table:ident).+, keyed $key:expr, $entity:expr, $columns:expr) => {
        pub(super) static $name: $crate::report::catalog::Virtual<$row, $row> = $crate::report::catalog::Virtual {
            name: $sql,
            columns: $columns,
            key: $key,
            large: false,
            parents: |world| world.$($table).+.rows(),
            id: |row| $crate::world::table::Row::id(row),
            // What is deleted is gone: only tickets are deleted softly.
            rows: |_, row, each| {
                if $crate::world::table::Row::deleted(row) {
                    Ok($crate::report::catalog::Step::More)
                } else {
                    each(row)
                }
            },
            api: $entity,
            getters: std::sync::OnceLock::new(),
        };
    };
}
use flat;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_its_columns_and_keys() {
        for table in TABLES {
            let columns = table.columns();
            for column in &columns {
                let alike = columns.iter().filter(|other| other.name.eq_ignore_ascii_case(column.name)).count();
                assert_eq!(alike, 1, "{} {}", table.name(), column.name);
                let lower = column.name.to_lowercase();
                assert!(
                    !lower.contains("password") && !lower.contains("secret") && !lower.contains("token"),
                    "{lower}"
                );
            }
            for key in table.key() {
                assert!(columns.iter().any(|column| column.name == *key), "{} {key}", table.name());
            }
            assert!(find(Some("dbo"), &table.name().to_lowercase()).is_some());
        }
        assert!(find(Some("sys"), "FAULTS").is_none());
    }
}
