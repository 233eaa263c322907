//! Lists that are read by pages, but for which nothing tells what changed: every page is read in every pass, or, of a log
//! whose rows never change, those with new rows.

use std::collections::HashSet;

use halo_client::Lane;
use warehouse::{Answer, Key, Origin};

use super::absence;
use super::error::SyncError;
use super::keys::Keys;
use super::pass::Pass;
use super::state::Proof;
use super::subject::{Params, Subject};
use super::walk::Walk;

/// How often all pages are read because rows moved between them meanwhile.
const LOOKS: usize = 3;

/// What a walk saw.
#[derive(Default)]
struct Seen {
    keys: HashSet<Key>,
    /// From the first question to the last answer.
    answer: Option<Answer>,
    /// Rows that HaloPSA said it has, in its last answer.
    count: Option<u64>,
    /// Rows without a usable id.
    unkept: u64,
    /// It ended early, at a page of which every row was known.
    reached_known: bool,
}

impl Seen {
    /// Whether it saw as many rows as there are.
    fn is_whole(&self) -> bool {
        self.count.is_none_or(|count| self.keys.len() as u64 + self.unkept >= count)
    }
}

/// Reads all pages and settles the rows that are gone.
///
/// # Errors
/// Those of the client and the warehouse.
pub async fn read(pass: &Pass, subject: &mut Subject) -> Result<(), SyncError> {
    let known = subject.here(pass).await?;
    let origin = if known.is_empty() { Origin::Backfill } else { Origin::Live };
    let mut seen = Seen::default();
    for _ in 0..LOOKS {
        let again = walk(pass, subject, false, origin, None).await?;
        // A row that moved to a page that was read already shows in one of the walks.
        seen.keys.extend(again.keys);
        seen.answer = seen.answer.or(again.answer);
        (seen.count, seen.unkept) = (again.count, again.unkept);
        if seen.is_whole() {
            break;
        }
    }
    let answer = seen.answer.unwrap_or_default();
    let unseen = seen.count.unwrap_or(0).saturating_sub(seen.keys.len() as u64 + seen.unkept);
    let there = seen.keys.iter().cloned().collect();
    absence::close(pass, subject, &known, &there, answer, Proof::AllPages).await?;
    if unseen > 0 {
        let there = seen.keys.len() as u64 + unseen;
        subject.conclude(subject.state.here, there, unseen, subject.state.ghosts, Proof::AllPages);
    }
    Ok(())
}

/// Reads what is new in a log, newest first. If the number of rows differs afterwards, all pages are read.
///
/// # Errors
/// Those of the client and the warehouse.
pub async fn read_log(pass: &Pass, subject: &mut Subject) -> Result<(), SyncError> {
    let known = subject.here(pass).await?;
    if known.is_empty() {
        return read(pass, subject).await;
    }
    let seen = walk(pass, subject, true, Origin::Live, Some(&known)).await?;
    subject.finish().await?;
    let here = subject.here(pass).await?.len() as u64;
    if !seen.reached_known || seen.count != Some(here) {
        return read(pass, subject).await;
    }
    subject.conclude(here, here, 0, 0, Proof::Count);
    Ok(())
}

async fn walk(
    pass: &Pass,
    subject: &mut Subject,
    newest_first: bool,
    origin: Origin,
    until_known: Option<&Keys>,
) -> Result<Seen, SyncError> {
    let lane = if origin == Origin::Backfill { Lane::Backfill } else { Lane::Delta };
    let before = subject.state.unkept;
    let mut walk = Walk::start(pass, subject, lane, newest_first, Params::new(), (1, 0));
    let mut seen = Seen::default();
    loop {
        let pages = walk.next(pass).await?;
        let Some(last) = pages.last() else { break };
        seen.count = last.page.record_count;
        if let Some(count) = seen.count {
            pass.reporter.expects(subject.entity.table, count);
        }
        let answered = last.page.answered;
        let asked = pages[0].page.asked;
        seen.answer = Some(Answer { asked: seen.answer.map_or(asked, |first| first.asked), answered });
        let pages = pages.into_iter().map(|numbered| numbered.page).collect();
        let keys = subject.begin_taking(pass, pages, origin, Vec::new()).await?;
        seen.reached_known = until_known.is_some_and(|known| keys.iter().all(|key| known.contains(key)));
        seen.keys.extend(keys);
        if seen.reached_known {
            break;
        }
    }
    seen.unkept = subject.state.unkept - before;
    Ok(seen)
}
