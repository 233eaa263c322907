//! Columns that repeat other tables.

use std::collections::HashSet;

use duckdb::Connection;

use super::{
    ensure::stored_columns,
    sql::{self, quote},
};
use crate::{Echo, Result, Table, error::Doing};

const ACTION: &str = "refresh repeated columns";

/// Columns that are known to repeat what they should: no row of either table was written since. After the start none is.
#[derive(Default)]
pub(super) struct Settled(HashSet<Column>);

/// A column that repeats another table, by name.
#[derive(PartialEq, Eq, Hash)]
struct Column {
    schema: String,
    table: String,
    source: String,
    name: String,
}

impl Settled {
    /// Rows of a table were written.
    pub(super) fn unsettle(&mut self, schema: &str, table: &str) {
        self.0.retain(|column| column.schema != schema || column.table != table && column.source != table);
    }

    /// Whether any of the columns has to be looked at.
    pub(super) fn lacks(&self, tables: &[&Table]) -> bool {
        tables.iter().any(|table| table.echoes.iter().any(|echo| !self.0.contains(&column(table, echo))))
    }

    /// They were all refreshed, which wrote rows of some of the tables: what those repeat may be repeated in turn.
    pub(super) fn settle(&mut self, tables: &[&Table], written: &[&Table]) {
        for table in tables {
            self.0.extend(table.echoes.iter().map(|echo| column(table, echo)));
        }
        written.iter().for_each(|table| self.unsettle(&table.schema, &table.name));
    }
}

fn column(table: &Table, echo: &Echo) -> Column {
    let [schema, name, source] = [&table.schema, &table.name, &echo.table].map(Clone::clone);
    Column { schema, table: name, source, name: echo.column.clone() }
}

/// See [`crate::Warehouse::refresh_echoes`]. Answers how many rows changed, and in which tables.
pub(super) fn refresh<'a>(
    connection: &Connection,
    settled: &Settled,
    tables: &[&'a Table],
) -> Result<(u64, Vec<&'a Table>)> {
    let (mut changed, mut written) = (0, Vec::new());
    for table in tables {
        let mut due = Vec::new();
        for echo in table.echoes.iter().filter(|echo| !settled.0.contains(&column(table, echo))) {
            if !stored_columns(connection, &table.schema, &echo.table)?.is_empty() {
                due.push(echo);
            }
        }
        let mut count = 0;
        for echoes in rounds(due) {
            count += refresh_columns(connection, table, &echoes)?;
        }
        changed += count;
        written.extend((count > 0).then_some(*table));
    }
    Ok((changed, written))
}

/// Echoes that can be refreshed at once: none needs a column that an earlier one of them sets.
fn rounds(echoes: Vec<&Echo>) -> Vec<Vec<&Echo>> {
    let mut rounds: Vec<Vec<&Echo>> = Vec::new();
    for echo in echoes {
        let needs = |earlier: &&Echo| earlier.column == echo.reference || earlier.column == echo.column;
        match rounds.last_mut() {
            Some(round) if !round.iter().any(needs) => round.push(echo),
            _ => rounds.push(vec![echo]),
        }
    }
    rounds
}

/// Each statement reads the table, so that one sets several columns. Only live rows are brought up to date, from live rows; where
/// the other record is missing, the value stays.
fn refresh_columns(connection: &Connection, table: &Table, echoes: &[&Echo]) -> Result<u64> {
    let target = sql::of(table);
    let (mut values, mut sources, mut differs, mut sets) = (vec![], vec![], vec![], vec![]);
    for (number, echo) in echoes.iter().enumerate() {
        let column = quote(&echo.column);
        values.push(format!(", o{number}.value as v{number}, o{number}.key is not null as h{number}"));
        // Where several rows share the key, the greatest value is taken: always the same one, so that it comes to rest.
        sources.push(format!(
            " left join (select {} as key, max({}) as value from {} where deleted_at is null group by 1) o{number} \
             on t.{} = o{number}.key",
            quote(&echo.key),
            quote(&echo.source),
            sql::qualified(&table.schema, &echo.table),
            quote(&echo.reference),
        ));
        differs.push(format!("o{number}.key is not null and t.{column} is distinct from o{number}.value"));
        sets.push(format!("{column} = case when w.h{number} then w.v{number} else t.{column} end"));
    }
    let statement = format!(
        "update {target} t set {} from (select t.rowid as rid{} from {target} t{} \
         where t.deleted_at is null and ({})) w where t.rowid = w.rid",
        sets.join(", "),
        values.concat(),
        sources.concat(),
        differs.join(" or "),
    );
    Ok(connection.execute(&statement, []).doing(ACTION)? as u64)
}
