//! The first reading of all pages, newest first, which goes on where it was after a stop at any moment; and reading all
//! of them again.

use halo_client::Lane;
use halo_client::entities::Reading;
use serde::{Deserialize, Serialize};
use warehouse::Origin;

use super::error::SyncError;
use super::keys::Gathered;
use super::pass::Pass;
use super::subject::{Params, Subject};
use super::walk::{Numbered, Walk};
use super::{delta, sweep};

/// How far the first reading is.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Progress {
    /// When it began by the server's clock, microseconds UTC.
    started: i64,
    /// The next page, from 1.
    page: u64,
    /// Rows per page when the pages were counted.
    size: u64,
}

/// Reads all pages if that was never finished; says whether it had to.
///
/// # Errors
/// See [`Walk::next`]; what was read until then is kept.
pub async fn run(pass: &Pass, subject: &mut Subject) -> Result<bool, SyncError> {
    let (name, changes) = (subject.cursor("backfill"), delta::cursor(subject));
    let cursors = pass.writer.run(|warehouse| warehouse.cursors()).await?;
    if cursors.contains_key(&changes) {
        return Ok(false);
    }
    let kept = cursors.get(&name).and_then(|text| serde_json::from_str::<Progress>(text).ok());
    let mut progress = kept.unwrap_or(Progress { page: 1, ..Progress::default() });
    pages(pass, subject, &name, &mut progress).await?;
    subject.finish().await?;
    let done = vec![(name, None), (changes, Some(progress.started.to_string()))];
    subject.take(pass, Vec::new(), Origin::Backfill, done).await?;
    Ok(true)
}

/// Walks over all pages. While a batch enters the warehouse, the next one is made ready.
async fn pages(pass: &Pass, subject: &mut Subject, cursor: &str, progress: &mut Progress) -> Result<(), SyncError> {
    let from = (progress.page, progress.size);
    let mut walk = Walk::start(pass, subject, Lane::Backfill, true, Params::new(), from);
    loop {
        let pages = walk.next(pass).await?;
        let Some(last) = pages.last() else { return Ok(()) };
        progress.page = last.number + 1;
        progress.size = last.size;
        if progress.started == 0 {
            progress.started = delta::moment_of(pass, &pages[0].page);
        }
        expect(pass, subject, &pages);
        let text = serde_json::to_string(&progress).expect("numbers become JSON");
        let pages = pages.into_iter().map(|numbered| numbered.page).collect();
        subject.begin_taking(pass, pages, Origin::Backfill, vec![(cursor.to_owned(), Some(text))]).await?;
    }
}

/// Reads all pages again and corrects what differs.
///
/// # Errors
/// See [`Walk::next`].
pub async fn again(pass: &Pass, subject: &mut Subject) -> Result<(), SyncError> {
    let Reading::Paged { ids_only, .. } = subject.entity.reading else { return Ok(()) };
    let mut walk = Walk::start(pass, subject, Lane::Reconcile, false, Params::new(), (1, 0));
    let (mut started, mut seen) = (None, Gathered::default());
    loop {
        let pages = walk.next(pass).await?;
        let Some(first) = pages.first() else { break };
        started.get_or_insert_with(|| delta::moment_of(pass, &first.page));
        expect(pass, subject, &pages);
        let pages = pages.into_iter().map(|numbered| numbered.page).collect();
        seen.extend(subject.begin_taking(pass, pages, Origin::Repair, Vec::new()).await?);
    }
    subject.finish().await?;
    let seen = seen.into();
    sweep::bring_unseen(pass, subject, ids_only, &seen).await?;
    let cursor = started.map(|moment| (delta::cursor(subject), Some(moment.to_string())));
    subject.take(pass, Vec::new(), Origin::Repair, cursor.into_iter().collect()).await?;
    pass.change_facts(|facts| {
        facts.reread.remove(subject.entity.table);
    })
    .await
}

fn expect(pass: &Pass, subject: &Subject, pages: &[Numbered]) {
    if let Some(count) = pages.last().and_then(|numbered| numbered.page.record_count) {
        pass.reporter.expects(subject.entity.table, count);
    }
}
