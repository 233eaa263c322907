//! Pieces of SQL. Every name passes [`quote`], every value is a parameter or was staged.

use crate::{Column, ColumnType, Key, Table};

/// Columns that the engine adds to each table, with their types.
pub(super) const DELETED_AT: &str = "deleted_at";
pub(super) const BOOKKEEPING: [(&str, &str); 6] = [
    ("_asked", "BIGINT"),
    ("_answered", "BIGINT"),
    ("_fingerprint", "UBIGINT"),
    ("_narrow", "UBIGINT"),
    ("_raw_hash", "UBIGINT"),
    ("_provisional", "VARCHAR"),
];

/// Table of observed changes in each schema.
pub(super) const CHANGES: &str = "changes";

/// Column type and its name in the engine.
const TYPES: [(ColumnType, &str); 9] = [
    (ColumnType::BigInt, "BIGINT"),
    (ColumnType::Double, "DOUBLE"),
    (ColumnType::Decimal, "DECIMAL(18,6)"),
    (ColumnType::Text, "VARCHAR"),
    (ColumnType::Boolean, "BOOLEAN"),
    (ColumnType::Timestamp, "TIMESTAMP WITH TIME ZONE"),
    (ColumnType::Date, "DATE"),
    (ColumnType::Map, "MAP(VARCHAR, VARCHAR)"),
    (ColumnType::Json, "JSON"),
];

pub(super) fn type_name(column_type: ColumnType) -> &'static str {
    TYPES.iter().find(|(known, _)| *known == column_type).expect("the table lists every column type").1
}

pub(super) fn column_type(type_name: &str) -> Option<ColumnType> {
    TYPES.iter().find(|(_, name)| *name == type_name).map(|(column_type, _)| *column_type)
}

/// The value of a staged column in the type of the real one; what is malformed becomes NULL.
pub(super) fn unstage(column_type: ColumnType, column: &str) -> String {
    match column_type {
        ColumnType::Json => format!("try_cast({column} as json)"),
        _ => column.to_owned(),
    }
}

pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Chooses a database for the names that say none.
pub(super) fn choose(catalog: &str) -> String {
    format!("use {}", quote(catalog))
}

/// A text as it stands in SQL, where no parameter is possible.
pub(crate) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

pub(super) fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", quote(schema), quote(name))
}

pub(super) fn of(table: &Table) -> String {
    qualified(&table.schema, &table.name)
}

pub(super) fn raw_schema(table: &Table) -> String {
    format!("{}_raw", table.schema)
}

pub(super) fn raw_of(table: &Table) -> String {
    qualified(&raw_schema(table), &table.name)
}

pub(super) fn join<T: AsRef<str>>(parts: impl IntoIterator<Item = T>, separator: &str) -> String {
    let mut text = String::new();
    for part in parts {
        if !text.is_empty() {
            text.push_str(separator);
        }
        text.push_str(part.as_ref());
    }
    text
}

/// `c0, c1, ...`: staged columns are named by position.
pub(super) fn staged_columns(columns: &[Column]) -> impl Iterator<Item = (String, &Column)> {
    columns.iter().enumerate().map(|(index, column)| (format!("c{index}"), column))
}

/// Type of the key columns; `None` for a key that is not in the columns.
pub(super) fn key_type(table: &Table) -> Option<ColumnType> {
    let position = table.position(table.key.first()?)?;
    Some(table.columns[position].column_type)
}

/// Names of the staged parts of a key.
pub(super) fn key_parts(table: &Table) -> String {
    join((0..table.key.len()).map(|index| format!("k{index}")), ", ")
}

/// `t."id" = k.k0 and ...`
pub(super) fn keys_match(columns: &[String], left: &str, right: &str) -> String {
    join(
        columns.iter().enumerate().map(|(index, column)| format!("{left}.{} = {right}.k{index}", quote(column))),
        " and ",
    )
}

/// The same for staged rows, whose columns are named by position.
pub(super) fn staged_keys_match(table: &Table, left: &str, right: &str) -> String {
    let matched = staged_columns(&table.columns)
        .filter(|(_, column)| table.key.contains(&column.name))
        .map(|(staged, column)| format!("{left}.{} = {right}.{staged}", quote(&column.name)));
    join(matched, " and ")
}

/// Whether a key is of the kind that the table's records have.
pub(super) fn key_fits(table: &Table, key: &Key) -> bool {
    matches!(
        (key_type(table), table.key.len(), key),
        (Some(ColumnType::BigInt), 1, Key::Int(_))
            | (Some(ColumnType::BigInt), 2, Key::Pair(..))
            | (Some(ColumnType::Text), 1, Key::Text(_))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_names_reach_the_engine_unchanged() {
        let connection = duckdb::Connection::open_in_memory().unwrap();
        let long = "x".repeat(1000);
        let names = [
            "a",
            "select",
            "a\"b",
            "\"",
            "\"\"",
            "a'b",
            "a;drop table b",
            "ÄÖ 表 🙂",
            " ",
            "a.b",
            "\\",
            "\n",
            "$1",
            "?",
            &long,
        ];
        for name in names {
            let sql = format!("select * from (select 1 as {}) as {}", quote(name), quote(name));
            let mut statement = connection.prepare(&sql).unwrap();
            statement.execute([]).unwrap();
            assert_eq!(statement.column_names(), [name]);
        }
    }

    #[test]
    fn types_are_named_as_the_engine_names_them() {
        let connection = duckdb::Connection::open_in_memory().unwrap();
        for (column_type, name) in TYPES {
            let sql = format!("select typeof(cast(null as {name}))");
            let stored: String = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
            assert_eq!((stored.as_str(), super::column_type(&stored)), (name, Some(column_type)));
        }
    }
}
