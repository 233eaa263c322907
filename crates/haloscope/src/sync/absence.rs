//! Rows that are here but that HaloPSA no longer lists: deleted, or only out of sight?
//!
//! Proof of a deletion is the list of deleted records, or a direct read that answers 404. Without proof a few rows may
//! vanish; many may not, and none after the agent's rights changed: then the brake holds until a person has decided.

use std::borrow::Cow;
use std::collections::HashSet;

use futures_util::StreamExt as _;
use halo_client::Lane;
use halo_client::entities::{Entity, Reading};
use serde_json::value::RawValue;
use warehouse::{Answer, Batch, Key, Origin, Tombstone};

use super::delta;
use super::error::SyncError;
use super::keys::Keys;
use super::pass::Pass;
use super::state::{Proof, Standing};
use super::subject::{Params, Subject};
use super::walk::Walk;

/// Direct reads in one pass; the rest counts as unproved.
const MOST_DIRECT_READS: usize = 2000;
/// Direct reads under way at once.
const IN_FLIGHT: usize = 4;
/// Few enough to read directly instead of asking for the list of deleted records.
const FEW: usize = 3;
/// Rows that may vanish without proof, at the least.
const MAY_VANISH: u64 = 20;
/// And so many of a thousand.
const MAY_VANISH_PER_MILLE: u64 = 5;

enum Verdict {
    Deleted(Answer),
    Exists,
    Unproved,
}

/// Finds out why rows are absent, and marks the deleted ones. `answer` is the one that showed the absence. Says how many
/// records exist, though the list leaves them out.
///
/// # Errors
/// Those of the client and the warehouse.
pub async fn settle(
    pass: &Pass,
    subject: &mut Subject,
    absent: Vec<Key>,
    deleted_list: Option<(&'static str, &'static str)>,
    answer: Answer,
) -> Result<u64, SyncError> {
    if absent.is_empty() {
        subject.state.unlisted = 0;
        return Ok(0);
    }
    let mut gone: Vec<(Key, Answer)> = Vec::new();
    let mut open: HashSet<Key> = absent.into_iter().collect();
    if let Some(list) = deleted_list {
        // What was deleted since the last pass is found in a page or two; the whole list may have thousands.
        for params in [since_last_pass(subject), Some(Params::new())].into_iter().flatten() {
            if open.len() <= FEW {
                break;
            }
            let found = listed_as_deleted(pass, subject, list, params, &open).await?;
            for (key, _) in &found {
                open.remove(key);
            }
            gone.extend(found);
        }
    }
    let (mut unproved, mut unlisted) = (Vec::new(), 0);
    let asked: Vec<Key> = open.into_iter().take(MOST_DIRECT_READS).collect();
    let entity = subject.entity;
    let mut reads = futures_util::stream::iter(asked.iter().cloned())
        .map(|key| async move { (look(pass, entity, &key).await, key) })
        .buffer_unordered(IN_FLIGHT);
    // Only what is not proved asks how many may vanish.
    let mut most = None;
    let mut read = 0;
    while let Some((verdict, key)) = reads.next().await {
        read += 1;
        match verdict? {
            Verdict::Deleted(answer) => gone.push((key, answer)),
            Verdict::Exists => unlisted += 1,
            Verdict::Unproved => unproved.push(key),
        }
        let doubtful = unproved.len() as u64 + unlisted;
        if doubtful > 0 && most.is_none() {
            most = Some(allowed(pass, subject).await?);
        }
        if most.is_some_and(|most| doubtful > most) {
            // The brake holds already: reading the others would only cost requests.
            break;
        }
    }
    drop(reads);
    let left = asked.len() as u64 - read;
    if let Some(most) = most
        && brake(pass, subject, unproved.len() as u64 + unlisted + left, most).await?
    {
        unproved.clear();
    }
    gone.extend(unproved.into_iter().map(|key| (key, answer)));
    subject.state.unlisted = unlisted;
    bury(pass, subject, gone).await?;
    Ok(unlisted)
}

/// Ends a reading of all rows: settles those that are gone, compares both sides and says what was found. `known` was here
/// before HaloPSA was asked, `there` is what it showed.
///
/// # Errors
/// Those of the client and the warehouse.
pub async fn close(
    pass: &Pass,
    subject: &mut Subject,
    known: &Keys,
    there: &Keys,
    answer: Answer,
    proof: Proof,
) -> Result<(), SyncError> {
    subject.finish().await?;
    let absent: Vec<Key> = known.without(there).collect();
    let unlisted = settle(pass, subject, absent, None, answer).await?;
    let here = subject.here(pass).await?;
    let missing = there.without(&here).count() as u64;
    let ghosts = (here.without(there).count() as u64).saturating_sub(unlisted);
    subject.conclude(here.len() as u64, there.len() as u64, missing, ghosts, proof);
    Ok(())
}

/// Reads records directly that are said to be gone, and marks those that are. Answers the gone ones and those that HaloPSA
/// still has; of the others it did not say.
///
/// # Errors
/// Those of the client and the warehouse.
pub async fn confirm(pass: &Pass, subject: &Subject, keys: Vec<Key>) -> Result<(Vec<Key>, Vec<Key>), SyncError> {
    let entity = subject.entity;
    let mut reads = futures_util::stream::iter(keys)
        .map(|key| async move { (look(pass, entity, &key).await, key) })
        .buffer_unordered(IN_FLIGHT);
    let (mut gone, mut there) = (Vec::new(), Vec::new());
    while let Some((verdict, key)) = reads.next().await {
        match verdict? {
            Verdict::Deleted(answer) => gone.push((key, answer)),
            Verdict::Exists => there.push(key),
            Verdict::Unproved => {}
        }
    }
    drop(reads);
    let keys = gone.iter().map(|(key, _)| key.clone()).collect();
    bury(pass, subject, gone).await?;
    Ok((keys, there))
}

async fn look(pass: &Pass, entity: &Entity, key: &Key) -> Result<Verdict, SyncError> {
    // A number that counts within another record is asked for together with that one.
    let (parent, id) = match key {
        Key::Pair(parent, id) => (Some(parent.to_string()), id.to_string()),
        single => (None, single.to_string()),
    };
    let params: Vec<(&str, &str)> = parent.iter().map(|parent| (entity.key[0], parent.as_str())).collect();
    let single = pass.client.record(Lane::Reconcile, entity.path, &id, &params);
    match pass.until_stopped(single).await {
        Ok(single) if single.record.is_none() => {
            Ok(Verdict::Deleted(Answer { asked: single.asked, answered: single.answered }))
        }
        Ok(single) => Ok(match single.record.as_deref().is_some_and(says_deleted) {
            true => Verdict::Deleted(Answer { asked: single.asked, answered: single.answered }),
            false => Verdict::Exists,
        }),
        // Refused, or a fault of this one record.
        Err(error) if error.is_of_one_entity() => Ok(Verdict::Unproved),
        Err(error) => Err(error),
    }
}

/// Whether a single record says of itself that it is deleted.
fn says_deleted(record: &RawValue) -> bool {
    #[derive(serde::Deserialize)]
    struct Record {
        #[serde(default)]
        deleted: Option<bool>,
    }
    serde_json::from_str::<Record>(record.get()).is_ok_and(|record| record.deleted == Some(true))
}

/// Parameters that leave only records which changed since the last pass.
fn since_last_pass(subject: &Subject) -> Option<Params> {
    let Reading::Paged { changed, .. } = subject.entity.reading else { return None };
    subject.changed_since.as_deref().map(|from| delta::window(changed, from))
}

/// Walks over the list of deleted records, newest first. If most of a page shows records that are here and not absent, HaloPSA ignored
/// the switch and it proves nothing.
async fn listed_as_deleted(
    pass: &Pass,
    subject: &Subject,
    list: (&'static str, &'static str),
    mut params: Params,
    absent: &HashSet<Key>,
) -> Result<Vec<(Key, Answer)>, SyncError> {
    let here = subject.here(pass).await?;
    let mut found = Vec::new();
    params.push((list.0, Cow::Borrowed(list.1)));
    let mut walk = Walk::start(pass, subject, Lane::Reconcile, true, params, (1, 0));
    loop {
        let pages = walk.next(pass).await?;
        if pages.is_empty() {
            return Ok(found);
        }
        for numbered in pages {
            let answer = Answer { asked: numbered.page.asked, answered: numbered.page.answered };
            let keys: Vec<Key> = subject.keys(&numbered.page.records).collect();
            let live = keys.iter().filter(|key| here.contains(key) && !absent.contains(*key)).count();
            if live * 2 > keys.len() {
                return Ok(Vec::new());
            }
            let passed = keys.iter().max() < absent.iter().min();
            found.extend(keys.into_iter().filter(|key| absent.contains(key)).map(|key| (key, answer)));
            if passed || found.len() >= absent.len() {
                return Ok(found);
            }
        }
    }
}

/// How many rows may vanish without proof in this pass.
async fn allowed(pass: &Pass, subject: &Subject) -> Result<u64, SyncError> {
    if pass.accepts_absences(subject.entity) {
        return Ok(u64::MAX);
    }
    let table = subject.table.clone();
    let here = pass.writer.run(move |warehouse| warehouse.count(&table)).await?;
    Ok(if pass.narrowed().await? { 0 } else { MAY_VANISH.max(here * MAY_VANISH_PER_MILLE / 1000) })
}

async fn brake(pass: &Pass, subject: &mut Subject, unproved: u64, allowed: u64) -> Result<bool, SyncError> {
    if unproved <= allowed {
        return Ok(false);
    }
    let table = subject.table.clone();
    let here = pass.writer.run(move |warehouse| warehouse.count(&table)).await?;
    let name = subject.entity.table;
    subject.state.standing = Standing::Braked;
    subject.state.reason = Some(format!(
        "{unproved} of {here} {name} are no longer listed, and HaloPSA does not say that they were deleted{}.",
        if allowed == 0 { "; the rights of the agent changed" } else { "" }
    ));
    subject.state.remedy = Some(format!(
        "If the agent's view was restricted by mistake, widen it again. If the rows shall go, run \
         `haloscope sync --accept-absences {name}`."
    ));
    Ok(true)
}

async fn bury(pass: &Pass, subject: &Subject, gone: Vec<(Key, Answer)>) -> Result<(), SyncError> {
    if gone.is_empty() {
        return Ok(());
    }
    let now = pass.clock.now_micros();
    let tombstones = gone.into_iter().map(|(key, answer)| Tombstone { key, answer, deleted_at: now }).collect();
    let batch = Batch {
        origin: Origin::Live,
        observed_at: now,
        puts: Vec::new(),
        tombstones: vec![(subject.table.clone(), tombstones)],
        cursors: Vec::new(),
    };
    pass.writer.apply(batch, None).await.map(drop)
}
