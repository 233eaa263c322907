//! Lists that one request, or one for each value of a parameter, answers wholly.

use std::borrow::Cow;

use halo_client::entities::Reading;
use halo_client::{Lane, Page};
use warehouse::{Answer, Field, Interrupt, Origin};

use super::absence;
use super::error::SyncError;
use super::keys::Keys;
use super::pass::Pass;
use super::state::Proof;
use super::subject::{Params, Subject};
use super::walk::Walk;

/// Bytes of a list that cannot be asked for in parts: the telephone calls of a large provider fill 50 MB.
const LARGEST: u64 = 128_000_000;

/// A parameter with the values that together ask for all rows.
pub type Parts = Option<(&'static str, Vec<String>)>;

/// Ids of the live records of another table; with a column, only of those where it is above 0.
///
/// # Errors
/// Those of the warehouse.
async fn values(pass: &Pass, table: &'static str, counted_by: Option<&'static str>) -> Result<Vec<String>, SyncError> {
    let schema = format!("\"{}\"", pass.schema.replace('"', "\"\""));
    let some = counted_by.map(|column| format!(" and {column} > 0")).unwrap_or_default();
    let sql = format!("select id from {schema}.{table} where deleted_at is null{some} order by id");
    pass.writer
        .run(move |warehouse| {
            let mut rows: Vec<Vec<Field>> = Vec::new();
            warehouse.query(&sql, &[], &mut rows, &Interrupt::new())?;
            Ok(rows.iter().filter_map(|row| row.first()).map(Field::to_text).collect())
        })
        .await
}

/// The requests that bring a whole list.
///
/// # Errors
/// Those of the warehouse.
pub async fn parts(pass: &Pass, reading: Reading) -> Result<Parts, SyncError> {
    Ok(match reading {
        Reading::Parts { parameter, values } => Some((parameter, values.iter().map(ToString::to_string).collect())),
        Reading::Each { parameter, table, counted_by } => Some((parameter, values(pass, table, counted_by).await?)),
        _ => None,
    })
}

/// Reads all rows and settles those that are gone.
///
/// # Errors
/// Those of the client and the warehouse.
pub async fn read(pass: &Pass, subject: &mut Subject, parts: Parts) -> Result<(), SyncError> {
    let pages = pages(pass, subject, Lane::Delta, parts).await?;
    let answer = span(&pages);
    let known = subject.here(pass).await?;
    let origin = if known.is_empty() { Origin::Backfill } else { Origin::Live };
    let there: Keys = subject.begin_taking(pass, pages, origin, Vec::new()).await?.into_iter().collect();
    absence::close(pass, subject, &known, &there, answer, Proof::WholeList).await
}

/// All rows, however many answers they take.
///
/// # Errors
/// Those of the client.
pub async fn pages(pass: &Pass, subject: &Subject, lane: Lane, parts: Parts) -> Result<Vec<Page>, SyncError> {
    let calls: Vec<Params> = match parts {
        None => vec![Params::new()],
        Some((parameter, values)) => values.into_iter().map(|value| vec![(parameter, Cow::Owned(value))]).collect(),
    };
    let mut pages: Vec<Page> = Vec::new();
    for call in calls {
        let page = subject.list_up_to(pass, lane, call.clone(), Some(LARGEST)).await?;
        if page.record_count.is_none_or(|count| count <= page.records.len() as u64) {
            pages.push(page);
            continue;
        }
        // It holds more than it shows, so it wants to be read by pages after all.
        let mut walk = Walk::start(pass, subject, lane, false, call, (1, 0));
        loop {
            let next = walk.next(pass).await?;
            if next.is_empty() {
                break;
            }
            pages.extend(next.into_iter().map(|numbered| numbered.page));
        }
    }
    Ok(pages)
}

/// From the first question to the last answer: what is absent was absent at some moment in between.
pub fn span(pages: &[Page]) -> Answer {
    Answer {
        asked: pages.iter().map(|page| page.asked).min().unwrap_or_default(),
        answered: pages.iter().map(|page| page.answered).max().unwrap_or_default(),
    }
}
