//! Compares every row of both sides without changing anything.

use std::borrow::Cow;
use std::collections::HashMap;

use halo_client::Lane;
use halo_client::Page;
use halo_client::entities::{ENTITIES, Reading};
use serde::{Deserialize, Serialize};
use warehouse::{Key, Row, Stored, Table};

use super::error::SyncError;
use super::pass::Pass;
use super::subject::{Params, Subject};
use super::walk::Walk;
use super::{actions, whole, windows};

/// Keys named per kind of difference.
const EXAMPLES: usize = 5;

/// What a comparison of one entity found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Table.
    pub entity: String,
    /// Rows in the warehouse.
    pub here: u64,
    /// Rows that HaloPSA shows; none when it may not be read.
    pub there: Option<u64>,
    /// Rows there that are not here.
    pub missing: u64,
    /// Rows with other content here than there.
    pub stale: u64,
    /// Rows here that are not there.
    pub ghosts: u64,
    /// Keys of some rows that differ.
    pub examples: Vec<String>,
    /// Whether HaloPSA refused the right to read it.
    pub refused: bool,
    /// Why it could not be compared; a sentence.
    pub reason: Option<String>,
}

impl Verified {
    /// Whether both sides are equal.
    pub fn is_equal(&self) -> bool {
        self.reason.is_none() && self.missing + self.stale + self.ghosts == 0
    }
}

/// Content of a row as HaloPSA tells it now.
struct Content {
    whole: u64,
    narrow: Option<u64>,
}

impl Content {
    fn of(table: &Table, row: &Row) -> Self {
        Self { whole: warehouse::fingerprint(table, row), narrow: warehouse::narrow_fingerprint(table, row) }
    }

    /// Whether the stored row says the same; one that only the report lane told says less.
    fn is(&self, row: &Stored) -> bool {
        let is_narrow = row.narrow == Some(row.fingerprint);
        row.fingerprint == self.whole || is_narrow && row.narrow == self.narrow
    }
}

/// Compares all entities.
///
/// # Errors
/// When HaloPSA, the warehouse or the store cannot be used at all.
pub async fn run(pass: &Pass) -> Result<Vec<Verified>, SyncError> {
    let mut results = Vec::with_capacity(ENTITIES.len());
    for entity in ENTITIES {
        let facts = pass.facts.lock().await.clone();
        let mut subject = Subject::open(pass, entity, &facts).await?;
        if pass.leaves_out(&subject).await {
            continue;
        }
        pass.reporter.begins(entity.table);
        let compared = match compare(pass, &mut subject).await {
            Err(error) if error.is_of_one_entity() => {
                let here = subject.here(pass).await?.len() as u64;
                let reason = Some(format!("{error}."));
                let refused = error.is_refusal();
                Verified { entity: entity.table.to_owned(), here, reason, refused, ..Verified::default() }
            }
            other => other?,
        };
        results.push(compared);
    }
    Ok(results)
}

async fn compare(pass: &Pass, subject: &mut Subject) -> Result<Verified, SyncError> {
    let mut there: HashMap<Key, Content> = HashMap::new();
    match subject.entity.reading {
        Reading::Whole | Reading::Recent { .. } | Reading::Each { .. } | Reading::Parts { .. } => {
            let parts = whole::parts(pass, subject.entity.reading).await?;
            let pages = whole::pages(pass, subject, Lane::Person, parts).await?;
            note(pass, subject, pages, &mut there).await?;
        }
        Reading::Paged { .. } | Reading::AllPages | Reading::Log => {
            let mut walk = Walk::start(pass, subject, Lane::Person, false, Params::new(), (1, 0));
            loop {
                let pages = walk.next(pass).await?;
                if pages.is_empty() {
                    break;
                }
                let pages = pages.into_iter().map(|numbered| numbered.page).collect();
                note(pass, subject, pages, &mut there).await?;
            }
        }
        // As many requests as tickets whose actions were read.
        Reading::PerParent { parameter, .. } => {
            let mut after = i64::MIN;
            loop {
                let tickets = actions::read_before(pass, subject, after).await?;
                let Some(last) = tickets.last() else { break };
                after = *last;
                for ticket in tickets {
                    let params: Params = vec![(parameter, Cow::Owned(ticket.to_string()))];
                    let page = subject.list(pass, Lane::Person, params).await?;
                    note(pass, subject, vec![page], &mut there).await?;
                }
            }
        }
        Reading::Windows { from, to, .. } => {
            let mut spans = windows::Spans::start(pass, subject, windows::Parameters { from, to }).await?;
            while let Some(page) = spans.next(pass).await? {
                note(pass, subject, vec![page], &mut there).await?;
            }
        }
    }
    judge(pass, subject, &there).await
}

async fn note(
    pass: &Pass,
    subject: &mut Subject,
    pages: Vec<Page>,
    there: &mut HashMap<Key, Content>,
) -> Result<(), SyncError> {
    let rows = subject.preview(pass, pages).await?;
    // A field that is new has widened the table by now; its values count as different, which they are.
    there.extend(rows.into_iter().map(|(key, row)| (key, Content::of(&subject.table, &row))));
    Ok(())
}

async fn judge(pass: &Pass, subject: &Subject, there: &HashMap<Key, Content>) -> Result<Verified, SyncError> {
    let here = subject.here(pass).await?;
    let (table, keys): (_, Vec<Key>) = (subject.table.clone(), there.keys().cloned().collect());
    let stored = pass.writer.run(move |warehouse| warehouse.fingerprints(&table, &keys)).await?;
    let missing: Vec<&Key> = there.keys().filter(|key| !here.contains(key)).collect();
    // A list of recent rows says nothing of the older ones.
    let says_all = !matches!(subject.entity.reading, Reading::Recent { .. });
    let ghosts: Vec<Key> = here.iter().filter(|key| says_all && !there.contains_key(key)).collect();
    let stale: Vec<&Key> = there
        .iter()
        .filter(|(key, content)| here.contains(key) && stored.get(key).is_some_and(|row| !content.is(row)))
        .map(|(key, _)| key)
        .collect();
    let shown = |word: &str, keys: &[&Key]| -> Vec<String> {
        keys.iter().take(EXAMPLES).map(|key| format!("{word} {key}")).collect()
    };
    Ok(Verified {
        entity: subject.entity.table.to_owned(),
        here: here.len() as u64,
        there: Some(there.len() as u64),
        missing: missing.len() as u64,
        stale: stale.len() as u64,
        ghosts: ghosts.len() as u64,
        examples: [
            shown("missing", &missing),
            shown("stale", &stale),
            shown("ghost", &ghosts.iter().collect::<Vec<_>>()),
        ]
        .concat(),
        refused: false,
        reason: None,
    })
}
