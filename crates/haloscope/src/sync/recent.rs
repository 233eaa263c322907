//! Lists that show only recent rows and cannot be asked for others. What left the list stays; what is gone from the days
//! that it shows is settled as absent.

use halo_client::Lane;
use warehouse::{Cell, Origin};

use super::absence;
use super::error::SyncError;
use super::keys::Keys;
use super::pass::Pass;
use super::state::Proof;
use super::subject::{Extra, Subject};
use super::whole;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Reads the list.
///
/// # Errors
/// Those of the client and the warehouse.
pub async fn read(pass: &Pass, subject: &mut Subject, column: &'static str) -> Result<(), SyncError> {
    let before = subject.here(pass).await?;
    let origin = if before.is_empty() { Origin::Backfill } else { Origin::Live };
    let pages = whole::pages(pass, subject, Lane::Delta, None).await?;
    let answer = whole::span(&pages);
    let rows = subject.rows(pass, pages).await?;
    let there: Keys = rows.iter().filter_map(|row| subject.key_of(row)).collect();
    let place = subject.table.position(column).expect("the column of an entity's reading is one of its columns");
    let days: Vec<i32> = rows.iter().filter_map(|row| day(row.cells.get(place)?)).collect();
    subject.put(pass, rows, origin, Extra::default()).await?;
    pass.reporter.rows(subject.entity.table, subject.state.rows_read);
    let (first, last) =
        days.into_iter().fold((i32::MAX, i32::MIN), |(first, last), day| (first.min(day), last.max(day)));
    // Of an empty list nothing follows.
    let window = (column, i64::from(first) * MICROS_PER_DAY, (i64::from(last) + 1) * MICROS_PER_DAY);
    let table = subject.table.clone();
    let within = pass.writer.run(move |warehouse| warehouse.live_keys(&table, Some(window))).await?;
    let within: Keys = within.into_iter().filter(|key| before.contains(key)).collect();
    absence::close(pass, subject, &within, &there, answer, Proof::Recent).await?;
    // Older rows are no longer listed, which is as it should be.
    let here = subject.state.here;
    let older = here.saturating_sub(there.len() as u64);
    subject.state.unlisted = older;
    let ghosts = subject.state.ghosts.saturating_sub(older);
    subject.conclude(here, there.len() as u64, subject.state.missing, ghosts, Proof::Recent);
    Ok(())
}

fn day(cell: &Cell) -> Option<i32> {
    match cell {
        Cell::Date(day) => Some(*day),
        _ => None,
    }
}
