//! A batch enters, within one transaction.
//!
//! For each table: look up what is stored of the batch's keys, let [`crate::judge`] decide in memory, then write only what
//! wins. Rows that are replaced are deleted and inserted again, which costs 20 to 30 ms for 100 rows in a million; the
//! engine's own upserts need an index or take a second.

use std::collections::HashMap;

use super::{Begun, entries::Entries, history::Journal, layout, lookup, rivals, write};
use crate::{Applied, Batch, Origin, Result, Row, Table, Tombstone};

/// Everything a batch holds for one table.
struct Share<'a> {
    table: &'a Table,
    rows: Vec<&'a Row>,
    tombstones: Vec<&'a Tombstone>,
}

/// See [`crate::Warehouse::apply`].
pub(super) fn apply(begun: Begun<'_>, batch: &Batch) -> Result<Applied> {
    let Begun { connection, definitions, echoes, mut progress } = begun;
    let mut applied = Applied { commit: progress.commit + 1, ..Applied::default() };
    let mut journal = Journal::new(batch.origin, batch.observed_at);
    let mut alive = Vec::new();
    for share in shares(batch) {
        let mut entries = Entries::new(share.table, &share.rows, &share.tombstones)?;
        let with_watched = batch.origin.is_observed() || batch.origin == Origin::Provisional;
        lookup::stored(connection, &mut entries, with_watched)?;
        entries.judge(batch.origin, &mut applied);
        let staged = write::outcome(connection, &entries)?;
        let may_end = !share.table.rivals.is_empty() && batch.origin != Origin::Provisional;
        let comes_alive = if may_end { entries.alive(batch.origin) } else { Vec::new() };
        if entries.writes() || !comes_alive.is_empty() {
            // Whatever becomes of the transaction: what is not known is looked at.
            let rivals = share.table.rivals.iter().chain([&share.table.name]);
            rivals.for_each(|name| echoes.unsettle(&share.table.schema, name));
        }
        journal.compare(connection, &entries, staged.as_ref())?;
        applied.happenings.extend(entries.happenings(batch.origin));
        progress.tick = progress.tick.max(entries.highest_tick());
        if !comes_alive.is_empty() {
            alive.push((share.table, comes_alive));
        }
    }
    for (table, alive) in &alive {
        rivals::end(connection, definitions, table, alive, batch.observed_at, &mut journal, &mut applied)?;
    }
    applied.changes = journal.store(connection, progress.sequence)?;
    layout::set_cursors(connection, &batch.cursors)?;
    progress.sequence += applied.changes.len() as i64;
    progress.commit = applied.commit;
    layout::raise(connection, progress)?;
    Ok(applied)
}

/// Gathers what the batch holds by table, in the order in which tables are first mentioned.
fn shares(batch: &Batch) -> Vec<Share<'_>> {
    let mut shares: Vec<Share<'_>> = Vec::new();
    let mut positions = HashMap::new();
    let mentioned = batch.puts.iter().map(|(table, _)| table).chain(batch.tombstones.iter().map(|(table, _)| table));
    for table in mentioned {
        positions.entry((&*table.schema, &*table.name)).or_insert_with(|| {
            shares.push(Share { table, rows: Vec::new(), tombstones: Vec::new() });
            shares.len() - 1
        });
    }
    for (table, rows) in &batch.puts {
        shares[positions[&(&*table.schema, &*table.name)]].rows.extend(rows);
    }
    for (table, tombstones) in &batch.tombstones {
        shares[positions[&(&*table.schema, &*table.name)]].tombstones.extend(tombstones);
    }
    shares.retain(|share| !share.rows.is_empty() || !share.tombstones.is_empty());
    shares
}
