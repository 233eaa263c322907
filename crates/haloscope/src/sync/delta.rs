//! What changed since the last walk.
//!
//! A walk goes by id with an open-ended filter: by change time, or with a closed window, rows that were not touched
//! would slip from page to page unseen while others change. The next walk starts where this one started, less the
//! look-back, on the server's clock.

use std::borrow::Cow;

use halo_client::entities::ChangeFilter;
use halo_client::{Page, Shape};
use warehouse::{Key, Origin};

use super::error::SyncError;
use super::pass::Pass;
use super::subject::{Params, Subject};
use super::walk::{granted, in_order, last_page, page_params};
use super::{backfill, custom};

/// How far back a walk looks behind the start of the one before: for stamps that are set late and clocks that differ
/// between HaloPSA's servers.
const LOOK_BACK_MICROS: i64 = 300_000_000;
/// The same, where another walk follows that looks back further.
const SHORT_LOOK_BACK_MICROS: i64 = 30_000_000;
/// A moment that nothing was changed after.
const FAR_FUTURE: &str = "2200-01-01T00:00:00";
/// How often a page is read again in one walk because rows before it were deleted.
const MOST_STEPS_BACK: u32 = 200;

/// What its cursor is called: until when changes were read, microseconds UTC by the server's clock.
pub const CHANGED: &str = "changed";

/// Name of the cursor.
pub fn cursor(subject: &Subject) -> String {
    subject.cursor(CHANGED)
}

/// The server's time when it answered, or ours where it told none.
pub fn moment_of(pass: &Pass, page: &Page) -> i64 {
    page.server_time_micros.unwrap_or_else(|| pass.clock.now_micros())
}

/// Asks for changes in the far future: a filter that is understood answers none.
///
/// # Errors
/// Those of the client.
pub async fn prove(pass: &Pass, subject: &Subject, filter: ChangeFilter) -> Result<(), SyncError> {
    let mut params = window(filter, FAR_FUTURE);
    params.extend([
        ("pageinate", Cow::Borrowed("true")),
        ("page_size", Cow::Borrowed("1")),
        ("page_no", Cow::Borrowed("1")),
    ]);
    let page = subject.list(pass, Pass::CHANGES, params).await?;
    let proved = page.records.is_empty() && page.record_count.unwrap_or(0) == 0;
    let table = subject.entity.table.to_owned();
    pass.change_facts(|facts| {
        facts.filters.insert(table, proved);
    })
    .await
}

/// Reads what changed. Without a proved filter that is everything.
///
/// # Errors
/// Those of the client and the warehouse; the cursor moves only when the walk is finished.
pub async fn run(pass: &Pass, subject: &mut Subject, filter: ChangeFilter) -> Result<(), SyncError> {
    let proved = pass.facts.lock().await.filters.get(subject.entity.table).copied().unwrap_or(false);
    if !proved {
        return backfill::again(pass, subject).await;
    }
    let name = cursor(subject);
    let cursors = pass.writer.run(|warehouse| warehouse.cursors()).await?;
    let since = cursors.get(&name).and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    let from = naive(since - LOOK_BACK_MICROS);
    subject.known_until = Some(covered_until(pass, subject).await?.unwrap_or(since));
    subject.changed_since.get_or_insert_with(|| from.clone());
    let (started, seen) = walk(pass, subject, filter, &from).await?;
    if started + LOOK_BACK_MICROS < since {
        // The server's clock was ahead when the last walk began: what changed since the true time was not asked for.
        return backfill::again(pass, subject).await;
    }
    let newest = seen.into_iter().max();
    if let Some(Key::Int(newest)) = newest.filter(|_| subject.entity.asks_custom_fields) {
        // Before the cursor moves: a stop in between leaves these rows to the next walk.
        custom::look_at(pass, subject, newest).await?;
    }
    subject.take(pass, Vec::new(), Origin::Live, vec![(name, Some(started.to_string()))]).await?;
    Ok(())
}

/// Reads what changed since a moment, [`covered_until`], with a short look-back and a cursor of its own. Answers the keys of all
/// rows that HaloPSA showed. The filter must be proved.
///
/// # Errors
/// As [`run`].
pub async fn follow(
    pass: &Pass,
    subject: &mut Subject,
    filter: ChangeFilter,
    since: i64,
) -> Result<Vec<Key>, SyncError> {
    subject.known_until = Some(since);
    let (started, seen) = walk(pass, subject, filter, &naive(since - SHORT_LOOK_BACK_MICROS)).await?;
    let cursor = vec![(subject.cursor("followed"), Some(started.to_string()))];
    subject.take(pass, Vec::new(), Origin::Live, cursor).await?;
    Ok(seen)
}

/// Changes before this moment, microseconds UTC by the server's clock, were read by a walk of either kind; none before the
/// first reading has ended.
///
/// # Errors
/// Those of the warehouse.
pub async fn covered_until(pass: &Pass, subject: &Subject) -> Result<Option<i64>, SyncError> {
    let cursors = pass.writer.run(|warehouse| warehouse.cursors()).await?;
    let moment = |name: &str| cursors.get(name).and_then(|text| text.parse::<i64>().ok());
    let followed = moment(&subject.cursor("followed"));
    // A clock of HaloPSA's that was ahead for one answer must not hide what happens until then.
    let latest = pass.clock.now_micros() + LOOK_BACK_MICROS;
    Ok(moment(&cursor(subject)).map(|walked| walked.max(followed.unwrap_or(walked)).min(latest)))
}

/// Walks over what changed since a moment. Answers when it began by the server's clock, and the keys that it saw.
async fn walk(
    pass: &Pass,
    subject: &mut Subject,
    filter: ChangeFilter,
    from: &str,
) -> Result<(i64, Vec<Key>), SyncError> {
    let (mut started, mut seen) = (None, Vec::new());
    let (mut number, mut size, mut count, mut steps_back) = (1, 0, 0, 0);
    loop {
        let params = window(filter, from)
            .into_iter()
            .chain(in_order(false))
            .chain(page_params(number, subject.page_size))
            .collect();
        let page = subject.list(pass, Pass::CHANGES, params).await?;
        started.get_or_insert_with(|| moment_of(pass, &page));
        if number == 1 {
            size = granted(&page, subject.page_size);
        }
        let (last, now_count, whole) =
            (last_page(&page, size), page.record_count.unwrap_or(0), page.shape != Shape::Paged);
        seen.extend(subject.take(pass, vec![page], Origin::Live, Vec::new()).await?);
        if number > 1 && now_count < count && steps_back < MOST_STEPS_BACK {
            // Rows left the list: those behind them moved to pages that were read already.
            steps_back += 1;
            number = number.saturating_sub((count - now_count).div_ceil(size)).max(1);
            count = now_count;
            continue;
        }
        count = now_count;
        if whole || number >= last {
            return Ok((started.expect("a walk has at least one page"), seen));
        }
        number += 1;
    }
}

/// Parameters that list what changed from a moment on.
pub fn window(filter: ChangeFilter, from: &str) -> Params {
    let with = filter.with.iter().map(|(name, value)| (*name, Cow::Borrowed(*value)));
    let end = filter.to.map(|to| (to, Cow::Borrowed("2300-01-01T00:00:00")));
    std::iter::once((filter.from, Cow::Owned(from.to_owned()))).chain(end).chain(with).collect()
}

/// A moment as HaloPSA writes it: UTC without zone, to the millisecond.
pub fn naive(micros: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(micros.max(0)).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string()
}
