//! INFORMATION_SCHEMA: the tables and columns that there are.

use super::{Cells, Known, Step, Table, exists, sql};
use crate::entity::View;
use crate::report::error::Res;
use crate::report::value::{Value, text};

/// Which of the two views.
pub(super) struct Schema {
    name: &'static str,
    columns: &'static [&'static str],
    rows: fn(&View<'_>) -> Vec<Vec<Value>>,
}

pub(super) static TABLES: Schema = Schema {
    name: "TABLES",
    columns: &["TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "TABLE_TYPE"],
    rows: |_| {
        super::TABLES
            .iter()
            .map(|table| ["Halo", "dbo", table.name(), "BASE TABLE"].into_iter().map(text).collect())
            .collect()
    },
};

pub(super) static COLUMNS: Schema = Schema {
    name: "COLUMNS",
    columns: &[
        "TABLE_CATALOG",
        "TABLE_SCHEMA",
        "TABLE_NAME",
        "COLUMN_NAME",
        "IS_NULLABLE",
        "DATA_TYPE",
        "ORDINAL_POSITION",
        "CHARACTER_MAXIMUM_LENGTH",
    ],
    rows: |view| {
        let mut rows = Vec::new();
        for table in super::TABLES {
            let columns = table.columns();
            let there = columns.iter().filter(|column| exists(column.name, view.late));
            for (column, place) in there.zip(1..) {
                let nullable = if table.key().contains(&column.name) { "NO" } else { "YES" };
                let texts = ["Halo", "dbo", table.name(), column.name, nullable, column.sql.name];
                let length = column.sql.length.map_or(Value::Null, Value::Int);
                rows.push(texts.into_iter().map(text).chain([Value::Int(place), length]).collect());
            }
        }
        rows
    },
};

impl Cells for Vec<Value> {
    fn cell(&self, column: usize) -> Value {
        self[column].clone()
    }
}

impl Table for Schema {
    fn name(&self) -> &'static str {
        self.name
    }

    fn columns(&self) -> Vec<Known> {
        let numbers = ["ORDINAL_POSITION", "CHARACTER_MAXIMUM_LENGTH"];
        let of = |name: &'static str| if numbers.contains(&name) { sql::INT } else { sql::text(128) };
        self.columns.iter().map(|name| Known { name, sql: of(name) }).collect()
    }

    fn key(&self) -> &'static [&'static str] {
        &[]
    }

    fn scan(
        &self,
        view: &View<'_>,
        _: (i64, i64),
        _: usize,
        each: &mut dyn FnMut(&dyn Cells) -> Res<Step>,
    ) -> Res<Option<usize>> {
        for row in (self.rows)(view) {
            if each(&row)? == Step::Stop {
                break;
            }
        }
        Ok(None)
    }
}
