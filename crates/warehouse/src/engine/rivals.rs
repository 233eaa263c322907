//! A record that moved to another table ends where it was.

use duckdb::Connection;

use super::{
    entries::Alive,
    history::{Journal, Subject},
    layout::Definitions,
    lookup, sql,
    write::{Touch, touch},
};
use crate::{Answer, Applied, Result, Table};

/// Ends rows of rival tables that share a key with a row the batch showed alive, or that very row where the rival's is from
/// a later answer. Answers that overlap prove neither: then the rival ends, and the record is reported as contested.
pub(super) fn end(
    connection: &Connection,
    definitions: &mut Definitions,
    table: &Table,
    alive: &[Alive],
    at: i64,
    journal: &mut Journal,
    applied: &mut Applied,
) -> Result<()> {
    for name in &table.rivals {
        let Some(rival) = definitions.of(connection, &table.schema, name)? else { continue };
        if (sql::key_type(&rival), rival.key.len()) != (sql::key_type(table), table.key.len()) {
            continue;
        }
        let found = lookup::alive(connection, &rival, alive.iter().map(|ours| &ours.key))?;
        let (later, earlier): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|(entry, _, theirs, _)| theirs.asked > alive[*entry].answer.answered);

        for (entry, _, theirs, _) in &earlier {
            if alive[*entry].answer.asked <= theirs.answered {
                applied.contested.push((table.name.clone(), alive[*entry].key.clone()));
            }
        }
        let theirs: Vec<_> = earlier
            .iter()
            .map(|(entry, rowid, theirs, existed)| {
                (&alive[*entry], *rowid, alive[*entry].answer.max(*theirs), *existed)
            })
            .collect();
        finish(connection, &rival, &theirs, at, journal, applied)?;

        let keys = later.iter().map(|(entry, ..)| &alive[*entry].key);
        let rows = lookup::alive(connection, table, keys)?;
        let ours: Vec<_> = rows
            .iter()
            .map(|(index, rowid, ..)| {
                let (entry, _, theirs, _) = later[*index];
                (&alive[entry], *rowid, theirs, !alive[entry].is_new)
            })
            .collect();
        finish(connection, table, &ours, at, journal, applied)?;
    }
    Ok(())
}

/// Marks rows as deleted. Each comes with its row id, the answer that ended it, and whether it was known alive before.
fn finish(
    connection: &Connection,
    table: &Table,
    rows: &[(&Alive, i64, Answer, bool)],
    at: i64,
    journal: &mut Journal,
    applied: &mut Applied,
) -> Result<()> {
    let touches: Vec<_> = rows
        .iter()
        .map(|(alive, rowid, answer, _)| Touch {
            rowid: *rowid,
            key: &alive.key,
            deleted_at: Some(at),
            turns: true,
            answer: *answer,
        })
        .collect();
    touch(connection, table, &touches)?;
    applied.deleted += touches.len() as u64;
    for (alive, _, _, was_known) in rows {
        if *was_known {
            journal.turn(connection, &Subject { table, key: &alive.key, changed_at: Some(at) }, None, Some(at))?;
        }
    }
    Ok(())
}
