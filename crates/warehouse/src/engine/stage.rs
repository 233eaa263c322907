//! Rows on their way into tables: laid out as columns in memory, which statements read like a table.
//!
//! [`Columns`] gathers them, [`Columns::place`] puts them where the engine finds them, and the [`Staged`] that comes back is
//! the piece of SQL that names them. They are gone when it is dropped.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    error::Error as StdError,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use duckdb::{
    Connection,
    arrow::{
        array::{
            ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, LargeStringArray,
            LargeStringBuilder, MapBuilder, TimestampMicrosecondArray, UInt64Array,
        },
        datatypes::{Field, Schema},
        record_batch::{RecordBatch, RecordBatchOptions},
    },
    core::{DataChunkHandle, LogicalTypeHandle, LogicalTypeId},
    vtab::{
        BindInfo, InitInfo, TableFunctionInfo, VTab,
        arrow::{record_batch_to_duckdb_data_chunk, to_duckdb_logical_type_for_field},
    },
};

use super::{
    cells::{day, distinct, is_instant, millionths},
    sql,
};
use crate::{Cell, ColumnType, Key, MapEntry, Result, Table, error::Doing};

/// Name of the table function.
const NAME: &str = "_staged";
/// Rows that the engine takes at once.
const VECTOR: usize = 2048;

/// Everything that is staged in this process, by number.
static SHELF: Mutex<BTreeMap<usize, RecordBatch>> = Mutex::new(BTreeMap::new());
static NEXT: AtomicUsize = AtomicUsize::new(0);

fn shelf() -> MutexGuard<'static, BTreeMap<usize, RecordBatch>> {
    // Every change is one insertion or one removal, so a panic elsewhere left it whole.
    SHELF.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Teaches an engine to read what is staged.
pub(super) fn teach(connection: &Connection) -> Result<()> {
    connection.register_table_function::<Reading>(NAME).doing("teach the engine to take in rows")
}

/// Columns of equal length, being gathered.
#[derive(Default)]
pub(super) struct Columns {
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
}

impl Columns {
    fn with(mut self, name: impl Into<String>, array: ArrayRef) -> Self {
        self.fields.push(Field::new(name, array.data_type().clone(), true));
        self.arrays.push(array);
        self
    }

    pub(super) fn numbers(self, name: &str, values: impl Iterator<Item = Option<i64>>) -> Self {
        self.with(name, Arc::new(values.collect::<Int64Array>()))
    }

    pub(super) fn hashes(self, name: &str, values: impl Iterator<Item = Option<u64>>) -> Self {
        self.with(name, Arc::new(values.collect::<UInt64Array>()))
    }

    pub(super) fn texts<'a>(self, name: &str, values: impl Iterator<Item = Option<&'a str>>) -> Self {
        self.with(name, Arc::new(values.collect::<LargeStringArray>()))
    }

    /// Microseconds UTC; what the engine's calendar does not hold becomes NULL.
    pub(super) fn instants(self, name: &str, values: impl Iterator<Item = Option<i64>>) -> Self {
        let values = values.map(|micros| micros.filter(is_instant));
        self.with(name, Arc::new(values.collect::<TimestampMicrosecondArray>().with_timezone("UTC")))
    }

    /// The parts of a table's keys, as columns `k0` and `k1`.
    pub(super) fn keys<'a>(self, table: &Table, keys: impl Iterator<Item = &'a Key> + Clone) -> Self {
        match (sql::key_type(table), table.key.len()) {
            (Some(ColumnType::Text), _) => self.texts("k0", keys.map(text_of)),
            (_, 2) => self
                .numbers("k0", keys.clone().map(|key| numbers_of(key).0))
                .numbers("k1", keys.map(|key| numbers_of(key).1)),
            _ => self.numbers("k0", keys.map(|key| numbers_of(key).0)),
        }
    }

    /// Values of one column; what it cannot hold becomes NULL. JSON arrives as text: see [`super::sql::unstage`].
    pub(super) fn cells<'a>(
        self,
        name: &str,
        column_type: ColumnType,
        cells: impl Iterator<Item = &'a Cell> + Clone,
    ) -> Self {
        let number = |cell: &Cell| if let Cell::Int(value) = cell { Some(*value) } else { None };
        let double = |cell: &Cell| if let Cell::Double(value) = cell { Some(*value) } else { None };
        let instant = |cell: &Cell| if let Cell::Timestamp(micros) = cell { Some(*micros) } else { None };
        let flag = |cell: &Cell| if let Cell::Bool(value) = cell { Some(*value) } else { None };
        match column_type {
            ColumnType::BigInt => self.numbers(name, cells.map(number)),
            ColumnType::Double => self.with(name, Arc::new(cells.map(double).collect::<Float64Array>())),
            ColumnType::Decimal => {
                let array = cells.map(millionths).collect::<Decimal128Array>();
                let array = array.with_precision_and_scale(18, 6).expect("18 digits, 6 of them after the point, exist");
                self.with(name, Arc::new(array))
            }
            ColumnType::Text | ColumnType::Json => self.texts(name, cells.map(text)),
            ColumnType::Boolean => self.with(name, Arc::new(cells.map(flag).collect::<BooleanArray>())),
            ColumnType::Timestamp => self.instants(name, cells.map(instant)),
            ColumnType::Date => self.with(name, Arc::new(cells.map(day).collect::<Date32Array>())),
            ColumnType::Map => self.with(name, maps(cells)),
        }
    }

    /// Puts the columns where statements find them.
    pub(super) fn place(self) -> Staged {
        let rows = self.arrays.first().map_or(0, |array| array.len());
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(self.fields)), self.arrays, &options)
            .expect("columns of one list of rows are equally long");
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        shelf().insert(number, batch);
        Staged(number)
    }
}

fn numbers_of(key: &Key) -> (Option<i64>, Option<i64>) {
    match key {
        Key::Int(value) => (Some(*value), None),
        Key::Pair(first, second) => (Some(*first), Some(*second)),
        Key::Text(_) => (None, None),
    }
}

fn text_of(key: &Key) -> Option<&str> {
    if let Key::Text(text) = key { Some(text) } else { None }
}

fn text(cell: &Cell) -> Option<&str> {
    if let Cell::Text(text) | Cell::Json(text) = cell { Some(text) } else { None }
}

/// What a lake's catalogue gives back as it was: it holds maps as texts. No text holds a zero byte, and the engine reads no name that
/// ends with a backslash (in none of 60,000 random maps was there another one that it did not read).
fn held_as_text(entries: &[MapEntry]) -> Cow<'_, [MapEntry]> {
    const BACKSLASH: char = '\\';
    let has_zero = |text: &str| text.contains('\0');
    let is_hard = |(name, value): &MapEntry| {
        has_zero(name) || value.as_deref().is_some_and(has_zero) || name.ends_with(BACKSLASH)
    };
    if !entries.iter().any(is_hard) {
        return entries.into();
    }
    let clean = |text: &str| text.replace('\0', "\u{fffd}");
    let clean_name = |name: &str| match clean(name).strip_suffix(BACKSLASH) {
        Some(start) => format!("{start}\u{ff3c}"),
        None => clean(name),
    };
    let held = |(name, value): &MapEntry| (clean_name(name).into(), value.as_deref().map(|text| clean(text).into()));
    entries.iter().map(held).collect()
}

fn maps<'a>(cells: impl Iterator<Item = &'a Cell>) -> ArrayRef {
    let mut maps = MapBuilder::new(None, LargeStringBuilder::new(), LargeStringBuilder::new());
    for cell in cells {
        let entries = if let Cell::Map(entries) = cell { held_as_text(entries) } else { Cow::default() };
        for (name, value) in distinct(&entries) {
            maps.keys().append_value(name);
            maps.values().append_option(value);
        }
        maps.append(matches!(cell, Cell::Map(_))).expect("each name got a value");
    }
    Arc::new(maps.finish())
}

/// Staged rows. Shown, it is what stands after `from`.
pub(super) struct Staged(usize);

impl fmt::Display for Staged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{NAME}({})", self.0)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        shelf().remove(&self.0);
    }
}

/// The table function `_staged(number)`.
struct Reading;

/// The columns that a statement wants, and how far it has read them.
struct Progress {
    columns: Vec<usize>,
    next: AtomicUsize,
}

impl VTab for Reading {
    type BindData = RecordBatch;
    type InitData = Progress;

    fn bind(bind: &BindInfo) -> Result<RecordBatch, Box<dyn StdError>> {
        let number = usize::try_from(bind.get_parameter(0).to_int64())?;
        let batch = shelf().get(&number).cloned().ok_or("nothing is staged under this number")?;
        for field in batch.schema().fields() {
            bind.add_result_column(field.name(), to_duckdb_logical_type_for_field(field)?);
        }
        bind.set_cardinality(batch.num_rows() as u64, true);
        Ok(batch)
    }

    fn init(init: &InitInfo) -> Result<Progress, Box<dyn StdError>> {
        let columns = init.get_column_indices().into_iter().map(usize::try_from).collect::<Result<_, _>>()?;
        Ok(Progress { columns, next: AtomicUsize::new(0) })
    }

    fn func(func: &TableFunctionInfo<Self>, output: &mut DataChunkHandle) -> Result<(), Box<dyn StdError>> {
        let (batch, progress) = (func.get_bind_data(), func.get_init_data());
        let from = progress.next.fetch_add(VECTOR, Ordering::Relaxed).min(batch.num_rows());
        let rows = batch.slice(from, VECTOR.min(batch.num_rows() - from));
        record_batch_to_duckdb_data_chunk(&rows.project(&progress.columns)?, output)
    }

    fn parameters() -> Option<Vec<LogicalTypeHandle>> {
        Some(vec![LogicalTypeHandle::from(LogicalTypeId::Bigint)])
    }

    fn supports_pushdown() -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_staged_is_read_in_any_choice_of_columns_and_then_gone() {
        let connection = Connection::open_in_memory().unwrap();
        teach(&connection).unwrap();
        let rows = 3 * VECTOR as i64 + 7;
        let texts: Vec<String> = (0..rows).map(|row| format!("text {row}")).collect();
        let staged = Columns::default()
            .numbers("n", (0..rows).map(|row| (row % 3 > 0).then_some(row)))
            .texts("t", texts.iter().map(|text| Some(&**text)))
            .instants("i", (0..rows).map(|row| (row > 0).then_some(row)))
            .place();
        let one = |sql: String| connection.query_row(&sql, [], |row| row.get::<_, i64>(0));
        assert_eq!(
            one(format!("select sum(n) from {staged}")).unwrap(),
            (0..rows).filter(|row| row % 3 > 0).sum::<i64>()
        );
        assert_eq!(
            one(format!("select count(*) from {staged} where t = 'text ' || n")).unwrap(),
            (0..rows).filter(|row| row % 3 > 0).count() as i64
        );
        assert_eq!(one(format!("select count(i) from {staged}")).unwrap(), rows - 1);
        assert_eq!(one(format!("select count(*) from {staged}")).unwrap(), rows);
        let twice = format!("select count(*) from {staged} a join {staged} b using (t)");
        assert_eq!(one(twice).unwrap(), rows);
        let name = staged.to_string();
        drop(staged);
        assert!(one(format!("select count(*) from {name}")).is_err() && shelf().is_empty());
    }

    #[test]
    fn nothing_staged_is_an_empty_table() {
        let connection = Connection::open_in_memory().unwrap();
        teach(&connection).unwrap();
        let staged = Columns::default().numbers("n", std::iter::empty()).place();
        let count: i64 = connection.query_row(&format!("select count(*) from {staged}"), [], |row| row.get(0)).unwrap();
        assert_eq!(count, 0);
    }
}
