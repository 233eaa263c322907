//! Compares the ids of both sides, brings what is missing and buries what is gone.

use std::borrow::Cow;
use std::collections::BTreeSet;

use halo_client::{HaloError, Lane, Page};
use warehouse::{Answer, Key, Origin};

use super::error::SyncError;
use super::keys::{Gathered, Keys};
use super::pass::Pass;
use super::state::{Proof, Standing};
use super::subject::{Params, Subject};
use super::walk::{Walk, granted, in_order, page_params};
use super::whole::span;
use super::{absence, custom};

/// Rows with more fields than that are not reduced to ids: the switch was ignored.
const FIELDS_OF_AN_ID_ROW: usize = 8;
/// Pages that are asked for because they should hold missing rows, in one sweep.
const MOST_PAGES: usize = 200;

/// How this entity's ids are asked for.
#[derive(Clone, Copy)]
pub struct Parameters {
    /// Switch that reduces rows to ids.
    pub ids_only: &'static str,
    /// Parameters that list deleted records.
    pub deleted: Option<(&'static str, &'static str)>,
}

/// Makes one comparison and repairs. Says whether both sides agree in the end, or a person has to decide.
///
/// # Errors
/// Those of the client and the warehouse.
pub async fn run(pass: &Pass, subject: &mut Subject, parameters: Parameters) -> Result<bool, SyncError> {
    let before = subject.here(pass).await?;
    let (there, answer) = ids(pass, subject, parameters.ids_only).await?;
    let after = subject.here(pass).await?;
    let missing: Vec<Key> = there.without(&after).collect();
    // What was here before HaloPSA was asked and is not listed. Rows that came meanwhile are not judged.
    let absent: Vec<Key> = before.without(&there).filter(|key| after.contains(key)).collect();
    let wanted: BTreeSet<Key> = missing.iter().cloned().chain(std::mem::take(&mut subject.contested)).collect();
    if !missing.is_empty() && subject.entity.asks_custom_fields {
        // Rows that no walk over changes brought may have fields that nobody asks for yet.
        custom::look(pass, subject).await?;
    }
    if !wanted.is_empty() {
        fetch(pass, subject, &there, &wanted).await?;
    }
    let deleted = parameters.deleted;
    let unlisted = absence::settle(pass, subject, absent, deleted, answer).await?;
    let here = subject.here(pass).await?;
    let missing = there.without(&here).count() as u64;
    let ghosts = here.without(&there).count() as u64;
    subject.conclude(here.len() as u64, there.len() as u64, missing, ghosts.saturating_sub(unlisted), Proof::Ids);
    Ok(subject.state.missing + subject.state.ghosts == 0 && subject.contested.is_empty()
        || subject.state.standing == Standing::Braked)
}

/// Brings the rows that a walk over all pages did not see: those that moved to a page that was read already, because rows
/// before them were deleted.
///
/// # Errors
/// Those of the client and the warehouse.
pub async fn bring_unseen(
    pass: &Pass,
    subject: &mut Subject,
    ids_only: &'static str,
    seen: &Keys,
) -> Result<(), SyncError> {
    let (there, _) = ids(pass, subject, ids_only).await?;
    let unseen: BTreeSet<Key> = there.iter().filter(|key| !seen.contains(key)).collect();
    fetch(pass, subject, &there, &unseen).await
}

/// All ids that HaloPSA lists, ascending.
async fn ids(pass: &Pass, subject: &Subject, switch: &'static str) -> Result<(Keys, Answer), SyncError> {
    match subject.list(pass, Lane::Reconcile, vec![(switch, Cow::Borrowed("true"))]).await {
        Ok(page) if is_reduced(&page) => Ok((subject.keys(&page.records).collect(), span(&[page]))),
        // The switch was ignored.
        Ok(_) | Err(SyncError::Halo(HaloError::TooLarge { .. })) => by_pages(pass, subject).await,
        Err(error) => Err(error),
    }
}

/// Whether the answer holds all rows, each reduced to its id.
fn is_reduced(page: &Page) -> bool {
    let complete = page.record_count.is_none_or(|count| count <= page.records.len() as u64);
    let small = page.records.iter().all(|raw| raw.get().matches("\":").count() <= FIELDS_OF_AN_ID_ROW);
    complete && small
}

async fn by_pages(pass: &Pass, subject: &Subject) -> Result<(Keys, Answer), SyncError> {
    let mut walk = Walk::start(pass, subject, Lane::Reconcile, false, Params::new(), (1, 0));
    let (mut keys, mut answer) = (Gathered::default(), None::<Answer>);
    loop {
        let pages = walk.next(pass).await?;
        if pages.is_empty() {
            return Ok((keys.into(), answer.unwrap_or_default()));
        }
        for numbered in pages {
            let page = numbered.page;
            answer = Some(match answer {
                Some(first) => Answer { asked: first.asked, answered: page.answered.max(first.answered) },
                None => Answer { asked: page.asked, answered: page.answered },
            });
            keys.extend(subject.keys(&page.records));
        }
    }
}

/// Reads the pages in which the wanted rows should be, by their place among all ids.
async fn fetch(pass: &Pass, subject: &mut Subject, there: &Keys, wanted: &BTreeSet<Key>) -> Result<(), SyncError> {
    let mut left = wanted.clone();
    let mut size = None;
    let mut asked = BTreeSet::new();
    while let Some(key) = left.pop_first() {
        // One that is contested but no longer listed is settled as absent.
        let Some(place) = there.place(&key) else { continue };
        let number = size.map_or(1, |size: u64| place as u64 / size + 1);
        if !asked.insert(number) && size.is_some() {
            continue;
        }
        if asked.len() > MOST_PAGES {
            // So many are missing that the next pass goes on.
            return Ok(());
        }
        let page = subject
            .list(
                pass,
                Lane::Reconcile,
                in_order(false).into_iter().chain(page_params(number, subject.page_size)).collect(),
            )
            .await?;
        if number == 1 {
            size = Some(granted(&page, subject.page_size));
            left.insert(key);
        }
        for found in subject.take(pass, vec![page], Origin::Repair, Vec::new()).await? {
            left.remove(&found);
        }
    }
    Ok(())
}
