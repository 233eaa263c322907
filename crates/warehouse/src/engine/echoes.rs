//! Columns that repeat other tables.

use std::collections::{BTreeMap, HashSet};

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
    reference: String,
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
    Column { schema, table: name, source, reference: echo.reference.clone(), name: echo.column.clone() }
}

/// See [`crate::Warehouse::refresh_echoes`]. Answers how many rows changed, and in which tables.
pub(super) fn refresh<'a>(
    connection: &Connection,
    settled: &Settled,
    tables: &[&'a Table],
) -> Result<(u64, Vec<&'a Table>)> {
    let (mut changed, mut written) = (0, Vec::new());
    for table in tables {
        let mut count = 0;
        for echoes in rounds(due(connection, settled, table)?) {
            count += refresh_columns(connection, table, &echoes)?;
        }
        changed += count;
        written.extend((count > 0).then_some(*table));
    }
    Ok((changed, written))
}

/// Those that are not settled, and with them those that set the same column or go by one that they set.
fn due<'a>(connection: &Connection, settled: &Settled, table: &'a Table) -> Result<Vec<&'a Echo>> {
    let mut is_due: Vec<bool> = table.echoes.iter().map(|echo| !settled.0.contains(&column(table, echo))).collect();
    loop {
        let set: Vec<&str> =
            table.echoes.iter().zip(&is_due).filter(|(_, due)| **due).map(|(echo, _)| &*echo.column).collect();
        let needed = |echo: &Echo| set.contains(&&*echo.column) || set.contains(&&*echo.reference);
        let more: Vec<bool> = table.echoes.iter().map(needed).collect();
        if more == is_due {
            break;
        }
        is_due = more;
    }
    let mut due = Vec::new();
    for (echo, _) in table.echoes.iter().zip(is_due).filter(|(_, due)| *due) {
        if !stored_columns(connection, &table.schema, &echo.table)?.is_empty() {
            due.push(echo);
        }
    }
    Ok(due)
}

/// Echoes that can be refreshed at once: none goes by a column that an earlier one of them sets.
fn rounds(echoes: Vec<&Echo>) -> Vec<Vec<&Echo>> {
    let mut rounds: Vec<Vec<&Echo>> = Vec::new();
    for echo in echoes {
        let needs = |earlier: &&Echo| earlier.column == echo.reference;
        match rounds.last_mut() {
            Some(round) if !round.iter().any(needs) => round.push(echo),
            _ => rounds.push(vec![echo]),
        }
    }
    rounds
}

/// Each statement reads the table, so that one sets several columns. Only live rows are brought up to date, from live rows; where
/// the other record is missing, the value stays. Of several echoes of a column the last counts that has a record.
fn refresh_columns(connection: &Connection, table: &Table, echoes: &[&Echo]) -> Result<u64> {
    let target = sql::of(table);
    let mut sources = String::new();
    let mut values: BTreeMap<&str, String> = BTreeMap::new();
    for (number, echo) in echoes.iter().enumerate() {
        // Where several rows share the key, the greatest value is taken: always the same one, so that it comes to rest.
        sources += &format!(
            " left join (select {} as key, max({}) as value from {} where deleted_at is null group by 1) o{number} \
             on t.{} = o{number}.key",
            quote(&echo.key),
            quote(&echo.source),
            sql::qualified(&table.schema, &echo.table),
            quote(&echo.reference),
        );
        let before = values.remove(&*echo.column).unwrap_or_else(|| format!("t.{}", quote(&echo.column)));
        let value = format!("case when o{number}.key is not null then o{number}.value else {before} end");
        values.insert(&echo.column, value);
    }
    let columns: Vec<(String, &String)> = values.iter().map(|(column, value)| (quote(column), value)).collect();
    let listed = |part: &dyn Fn(usize, &str, &str) -> String, between: &str| {
        let parts = columns.iter().enumerate().map(|(number, (column, value))| part(number, column, value));
        parts.collect::<Vec<_>>().join(between)
    };
    let statement = format!(
        "update {target} t set {} from (select t.rowid as rid, {} from {target} t{sources} \
         where t.deleted_at is null and ({})) w where t.rowid = w.rid",
        listed(&|number, column, _| format!("{column} = w.v{number}"), ", "),
        listed(&|number, _, value| format!("{value} as v{number}"), ", "),
        listed(&|_, column, value| format!("t.{column} is distinct from {value}"), " or "),
    );
    Ok(connection.execute(&statement, []).doing(ACTION)? as u64)
}
