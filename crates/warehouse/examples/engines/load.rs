//! Batches as they come while a warehouse is used.

use std::{
    io,
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::json;
use warehouse::{Batch, DuckDb, Origin, Row, Table, Warehouse as _};

use crate::{Result, milliseconds, pool::Pool, tickets, upkeep};

/// Batches a second that [`grow`] stands for.
const PER_SECOND: usize = 10;
/// Each piece of upkeep and the seconds between two times of it, as the product has them.
const PIECES: [(&str, usize); 5] =
    [("flush", 60), ("merge", 600), ("rewrite", 3_600), ("expire", 3_600), ("clean up", 86_400)];

/// Applies batches of each size, so many times, after one that does not count.
pub(crate) fn apply(engine: &DuckDb, runs: usize, sizes: &[&str]) -> Result<()> {
    let table = Arc::new(tickets(engine)?);
    let mut pool = Pool::new(engine, &table, false)?;
    for size in sizes {
        let rows: usize = size.parse()?;
        let times: Vec<f64> =
            (0..=runs).map(|_| one(engine, &table, pool.changed(rows))).collect::<Result<Vec<_>>>()?;
        println!("{}", json!({"rows": rows, "first_ms": times[0], "ms": times[1..]}));
    }
    Ok(())
}

/// Applies so many batches of 1 to 10 rows, without upkeep.
pub(crate) fn commit(engine: &DuckDb, count: usize) -> Result<()> {
    let table = Arc::new(tickets(engine)?);
    let mut pool = Pool::new(engine, &table, true)?;
    let times = (0..count).map(|_| small(engine, &table, &mut pool)).collect::<Result<Vec<_>>>()?;
    println!("{}", json!({"commits": count, "ms": times}));
    Ok(())
}

/// The same with upkeep as when batches come at [`PER_SECOND`] and time passes `faster` times as fast for the upkeep: the pieces
/// come after so many batches. States younger than `keep_s` seconds of that time stay readable. After each `step` batches it prints
/// a line and waits for one.
pub(crate) fn grow(engine: &DuckDb, count: usize, step: usize, faster: usize, keep_s: usize) -> Result<()> {
    let table = Arc::new(tickets(engine)?);
    let mut pool = Pool::new(engine, &table, true)?;
    let (mut began, mut times) = (vec![Instant::now()], Vec::new());
    let batches = |seconds: usize| (seconds * PER_SECOND / faster).max(1);
    for done in 1..=count {
        times.push(small(engine, &table, &mut pool)?);
        began.push(Instant::now());
        for (piece, _) in PIECES.iter().filter(|(_, seconds)| done % batches(*seconds) == 0) {
            // The real time since the batch that is as old as the oldest state to keep.
            let kept = began[done.saturating_sub(batches(keep_s))].elapsed();
            upkeep(engine, piece, kept)?;
        }
        if done % step == 0 {
            println!("{}", json!({"commits": done, "ms": std::mem::take(&mut times)}));
            io::stdin().read_line(&mut String::new())?;
        }
    }
    Ok(())
}

fn small(engine: &DuckDb, table: &Arc<Table>, pool: &mut Pool) -> Result<f64> {
    let few = pool.few();
    one(engine, table, pool.changed(few))
}

/// The time of one batch, which is committed then.
fn one(engine: &DuckDb, table: &Arc<Table>, rows: Vec<Row>) -> Result<f64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros();
    let batch = Batch {
        origin: Origin::Live,
        observed_at: i64::try_from(now)?,
        puts: vec![(Arc::clone(table), rows)],
        tombstones: vec![],
        cursors: vec![],
    };
    let count = batch.puts[0].1.len() as u64;
    let began = Instant::now();
    let applied = engine.apply(batch, &mut |_| Ok(()))?;
    let took = milliseconds(began);
    if applied.changed != count {
        return Err(format!("of {count} changed rows {applied:?} was applied").into());
    }
    Ok(took)
}
