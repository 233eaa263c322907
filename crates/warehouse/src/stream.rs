//! Runs one read and hands its rows on as they come.

use duckdb::{Connection, Statement, arrow::array::Array, params_from_iter};

use crate::{
    Error, Interrupt, Result, ResultColumn, Sink,
    decode::{self, Meaning},
};

/// How an error of the engine is told.
pub(crate) type Telling<'a> = &'a dyn Fn(duckdb::Error) -> Error;

/// Prepares `sql` and streams its rows; nothing is held but the rows under way.
pub(crate) fn stream<P: duckdb::ToSql>(
    connection: &Connection,
    sql: &str,
    parameters: impl Iterator<Item = P>,
    out: &mut dyn Sink,
    interrupt: &Interrupt,
    telling: Telling<'_>,
) -> Result<()> {
    let _guard = interrupt.guard(connection.interrupt_handle());
    if interrupt.is_stopped() {
        return Err(Error::Interrupted);
    }
    let mut statement = connection.prepare(sql).map_err(telling)?;
    // Its iterator panics where `step` tells an error.
    drop(statement.stream_arrow(params_from_iter(parameters)).map_err(telling)?);
    let meanings = head(&statement, out)?;
    let mut fields = Vec::with_capacity(meanings.len());
    while let Some(chunk) = statement.step().map_err(telling)? {
        for row in 0..chunk.len() {
            // The engine only looks while it computes.
            if interrupt.is_stopped() {
                return Err(Error::Interrupted);
            }
            fields.clear();
            let columns = chunk.columns().iter().zip(&meanings);
            fields.extend(columns.map(|(column, meaning)| decode::field(column, row, *meaning)));
            out.row(&fields).map_err(Error::Sink)?;
        }
    }
    Ok(())
}

fn head(statement: &Statement<'_>, out: &mut dyn Sink) -> Result<Vec<Meaning>> {
    let mut columns = Vec::new();
    let mut meanings = Vec::new();
    for (index, name) in statement.column_names().into_iter().enumerate() {
        let (type_name, meaning) = decode::describe(&statement.column_logical_type(index));
        columns.push(ResultColumn { name, type_name });
        meanings.push(meaning);
    }
    out.columns(&columns).map_err(Error::Sink)?;
    Ok(meanings)
}
