//! A number that tells whether two versions of a row have the same content.

use xxhash_rust::xxh64::xxh64;

use crate::{Cell, Column, Row, Table};

/// Fingerprint of a row's content, stable across runs, versions and machines.
///
/// XXH64 (seed 0) of column name and value for each cell that is not NULL, added up, so that neither the order of the
/// columns nor a new column without values changes it, and a part of the columns can be replaced in the sum. Rows of children
/// count likewise, in any order. Columns that repeat other tables, the raw JSON, the answer and deletion do not count.
pub fn fingerprint(table: &Table, row: &Row) -> u64 {
    Fingerprinter::new(table).whole(row)
}

/// The share that the columns of the narrow profile ([`Table::narrow`]) have in [`fingerprint`]; none where the table has no such profile.
pub fn narrow_fingerprint(table: &Table, row: &Row) -> Option<u64> {
    Fingerprinter::new(table).narrow(row)
}

/// Which columns of a table count, for many rows of it.
pub(crate) struct Fingerprinter<'a> {
    table: &'a Table,
    /// By the column's place: whether it counts, and whether it counts to the narrow share.
    counts: Vec<(bool, bool)>,
    buffer: Vec<u8>,
}

impl<'a> Fingerprinter<'a> {
    pub(crate) fn new(table: &'a Table) -> Self {
        let counts = table.columns.iter().map(|column| {
            let counts = !table.echoes.iter().any(|echo| echo.column == column.name);
            (counts, counts && table.narrow.contains(&column.name))
        });
        Self { table, counts: counts.collect(), buffer: Vec::with_capacity(256) }
    }

    /// See [`fingerprint`].
    pub(crate) fn whole(&mut self, row: &Row) -> u64 {
        let mut total = self.of_columns(row, |(counts, _)| counts);
        for (child, rows) in self.table.children.iter().zip(&row.children) {
            for cells in rows {
                let columns = child.table.columns.iter().zip(cells).filter(|(column, _)| column.name != child.parent);
                let content = sum(columns, &mut self.buffer);
                self.buffer.clear();
                self.buffer.extend_from_slice(child.table.name.as_bytes());
                self.buffer.extend_from_slice(&content.to_le_bytes());
                total = total.wrapping_add(xxh64(&self.buffer, 0));
            }
        }
        total
    }

    /// See [`narrow_fingerprint`].
    pub(crate) fn narrow(&mut self, row: &Row) -> Option<u64> {
        (!self.table.narrow.is_empty()).then(|| self.of_columns(row, |(_, narrow)| narrow))
    }

    fn of_columns(&mut self, row: &Row, wanted: impl Fn((bool, bool)) -> bool) -> u64 {
        let cells = self.table.columns.iter().zip(&row.cells).zip(&self.counts);
        sum(cells.filter(|(_, counts)| wanted(**counts)).map(|(cell, _)| cell), &mut self.buffer)
    }
}

fn sum<'a>(cells: impl Iterator<Item = (&'a Column, &'a Cell)>, buffer: &mut Vec<u8>) -> u64 {
    let told = cells.filter(|(_, cell)| !matches!(cell, Cell::Null));
    told.map(|(column, cell)| of_cell(&column.name, cell, buffer)).fold(0, u64::wrapping_add)
}

/// 0 for NULL, which therefore leaves a sum as it is.
fn of_cell(name: &str, cell: &Cell, buffer: &mut Vec<u8>) -> u64 {
    buffer.clear();
    put_text(name, buffer);
    match cell {
        Cell::Null => return 0,
        Cell::Int(value) => put(b'i', &value.to_le_bytes(), buffer),
        // All NaNs are one value, and so are both zeros, as in SQL.
        Cell::Double(value) if value.is_nan() => put(b'd', &f64::NAN.to_bits().to_le_bytes(), buffer),
        Cell::Double(value) => put(b'd', &(value + 0.0).to_bits().to_le_bytes(), buffer),
        Cell::Decimal(value) => put(b'm', &value.to_le_bytes(), buffer),
        Cell::Text(value) => put(b't', value.as_bytes(), buffer),
        Cell::Bool(value) => put(b'b', &[u8::from(*value)], buffer),
        Cell::Timestamp(value) => put(b's', &value.to_le_bytes(), buffer),
        Cell::Date(value) => put(b'a', &value.to_le_bytes(), buffer),
        Cell::Json(value) => put(b'j', value.as_bytes(), buffer),
        Cell::Map(entries) => {
            buffer.push(b'p');
            for (name, value) in entries {
                put_text(name, buffer);
                buffer.push(u8::from(value.is_some()));
                put_text(value.as_deref().unwrap_or_default(), buffer);
            }
        }
    }
    xxh64(buffer, 0)
}

fn put(tag: u8, bytes: &[u8], buffer: &mut Vec<u8>) {
    buffer.push(tag);
    buffer.extend_from_slice(bytes);
}

/// With its length, so that neighbouring texts cannot flow into each other.
fn put_text(text: &str, buffer: &mut Vec<u8>) {
    buffer.extend_from_slice(&(text.len() as u64).to_le_bytes());
    buffer.extend_from_slice(text.as_bytes());
}
