//! A number that tells whether two versions of a row have the same content.

use xxhash_rust::xxh64::xxh64;

use crate::{Cell, Column, Row, Table};

/// Fingerprint of a row's content, stable across runs, versions and machines.
///
/// XXH64 (seed 0) of column name and value for each cell that is not NULL, added up, so that neither the order of the
/// columns nor a new column without values changes it, and a part of the columns can be replaced in the sum. Rows of children
/// count likewise, in any order. Columns that repeat other tables, the raw JSON, the answer and deletion do not count.
pub fn fingerprint(table: &Table, row: &Row) -> u64 {
    let mut buffer = Vec::with_capacity(256);
    let mut total = of_columns(table, row, |_| true, &mut buffer);
    for (child, rows) in table.children.iter().zip(&row.children) {
        for cells in rows {
            let columns = child.table.columns.iter().filter(|column| column.name != child.parent);
            let content = of_child(columns, &child.table.columns, cells, &mut buffer);
            buffer.clear();
            buffer.extend_from_slice(child.table.name.as_bytes());
            buffer.extend_from_slice(&content.to_le_bytes());
            total = total.wrapping_add(xxh64(&buffer, 0));
        }
    }
    total
}

/// The share that the columns of the narrow profile ([`Table::narrow`]) have in [`fingerprint`]; none where the table has no such profile.
pub fn narrow_fingerprint(table: &Table, row: &Row) -> Option<u64> {
    let is_narrow = |column: &Column| table.narrow.contains(&column.name);
    (!table.narrow.is_empty()).then(|| of_columns(table, row, is_narrow, &mut Vec::with_capacity(256)))
}

fn of_columns(table: &Table, row: &Row, counts: impl Fn(&Column) -> bool, buffer: &mut Vec<u8>) -> u64 {
    table
        .columns
        .iter()
        .zip(&row.cells)
        .filter(|(column, _)| counts(column) && !table.echoes.iter().any(|echo| echo.column == column.name))
        .map(|(column, cell)| of_cell(&column.name, cell, buffer))
        .fold(0, u64::wrapping_add)
}

fn of_child<'a>(
    counted: impl Iterator<Item = &'a Column>,
    columns: &[Column],
    cells: &[Cell],
    buffer: &mut Vec<u8>,
) -> u64 {
    counted
        .filter_map(|column| {
            let position = columns.iter().position(|candidate| candidate.name == column.name)?;
            Some(of_cell(&column.name, cells.get(position)?, buffer))
        })
        .fold(0, u64::wrapping_add)
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
