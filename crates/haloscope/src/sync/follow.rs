//! Follows hints that single records changed: brings what changed lately in their lists, and finds out whether those are gone
//! that are said to be.
//!
//! It goes its own way through the changes, so that the ordinary walk with its longer look-back, its look for custom fields
//! and its comparison of both sides misses nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use halo_client::entities::{self, ChangeFilter, Reading};
use warehouse::{Cell, Field, Interrupt, Key};

use super::error::SyncError;
use super::pass::Pass;
use super::state::{EntityState, Facts, Standing};
use super::subject::Subject;
use super::{absence, delta};

/// How much later than a change its announcement may be stamped, microseconds.
const CLOCKS: i64 = 2_000_000;

/// Records that are read directly in one round; the others wait for the next.
const MOST_DIRECT_READS: usize = 100;

/// A record that may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hint {
    /// Its id.
    pub record: i64,
    /// When, microseconds UTC.
    pub at: i64,
    /// It is said to be gone.
    pub is_gone: bool,
}

/// What became of a hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// HaloPSA listed the record as changed, and it was read.
    Read,
    /// An earlier walk had read it already.
    Known,
    /// It is gone, as HaloPSA confirmed.
    Gone,
    /// It is said to be gone, but HaloPSA has it.
    StillThere,
    /// HaloPSA does not list it as changed.
    Unlisted,
    /// It was not looked for.
    Later(Later),
    /// It could not be looked for; a sentence.
    Failed(String),
}

impl Verdict {
    /// Whether an answer of HaloPSA's is still to come that tells what the record is.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Later(Later::NoFilter))
    }
}

/// Why records are left to the ordinary passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Later {
    /// The first reading has not come to an end.
    FirstReading,
    /// HaloPSA has no filter for what changed in this list.
    NoFilter,
    /// HaloPSA refused the right to read it.
    Refused,
    /// It is not copied.
    LeftOut,
}

/// Follows hints about records of these tables, which share one id space. A table that cannot be read decides only about its own
/// records. Hints without a verdict are too many for once.
///
/// # Errors
/// Those that are not of one table alone; what was done until then is kept.
pub async fn run(
    pass: &Pass,
    tables: &[&'static str],
    hints: &BTreeSet<Hint>,
) -> Result<BTreeMap<Hint, Verdict>, SyncError> {
    let mut homeless = hints.clone();
    let mut places = Vec::with_capacity(tables.len());
    for table in tables {
        let here = here(pass, table, &homeless).await?;
        let own: BTreeSet<Hint> = homeless.iter().filter(|hint| here.contains(&hint.record)).copied().collect();
        homeless.retain(|hint| !own.contains(hint));
        places.push((*table, own));
    }
    let mut verdicts = BTreeMap::new();
    // Records that are nowhere yet are looked for in one list after the other, the likeliest first.
    let mut of_homeless: BTreeMap<Hint, Verdict> = BTreeMap::new();
    for (table, own) in places {
        let nowhere = |hint: &&Hint| of_homeless.get(hint) != Some(&Verdict::Read);
        let strays: BTreeSet<Hint> = homeless.iter().filter(nowhere).copied().collect();
        if own.is_empty() && strays.is_empty() {
            continue;
        }
        let looked = match one(pass, table, &own, &strays).await {
            Ok(looked) => looked,
            Err(error) if error.is_refusal() => Looked { later: Some(Later::Refused), ..Looked::default() },
            Err(error) if error.is_of_one_entity() => Looked { failed: Some(error.to_string()), ..Looked::default() },
            Err(error) => return Err(error),
        };
        verdicts.extend(own.iter().filter_map(|hint| Some((*hint, looked.verdict(hint)?))));
        for hint in strays {
            // A list that could be read says more than one that could not.
            let said = looked.verdict_of_stray(&hint);
            if matches!(said, Verdict::Read | Verdict::Unlisted) || !of_homeless.contains_key(&hint) {
                of_homeless.insert(hint, said);
            }
        }
    }
    verdicts.extend(of_homeless);
    Ok(verdicts)
}

/// What a look at one table found.
#[derive(Default)]
struct Looked {
    seen: BTreeSet<i64>,
    /// Changes before this moment had been read, microseconds UTC.
    covered: Option<i64>,
    gone: BTreeSet<i64>,
    /// Said to be gone and asked for, but not gone.
    there: BTreeSet<i64>,
    later: Option<Later>,
    failed: Option<String>,
}

impl Looked {
    fn verdict(&self, hint: &Hint) -> Option<Verdict> {
        let is_known = self.covered.is_some_and(|covered| hint.at < covered.saturating_sub(CLOCKS));
        Some(match (&self.failed, self.later) {
            _ if self.gone.contains(&hint.record) => Verdict::Gone,
            _ if self.there.contains(&hint.record) => Verdict::StillThere,
            (Some(failed), _) => Verdict::Failed(failed.clone()),
            _ if is_known && !hint.is_gone => Verdict::Known,
            (None, Some(later)) => Verdict::Later(later),
            _ if hint.is_gone => return None,
            _ if self.seen.contains(&hint.record) => Verdict::Read,
            _ => Verdict::Unlisted,
        })
    }

    /// Of a record that is in no table.
    fn verdict_of_stray(&self, hint: &Hint) -> Verdict {
        match (&self.failed, self.later) {
            (Some(failed), _) => Verdict::Failed(failed.clone()),
            (None, Some(later)) => Verdict::Later(later),
            _ if self.seen.contains(&hint.record) => Verdict::Read,
            // What is not here is gone for us.
            _ if hint.is_gone => Verdict::Known,
            _ => Verdict::Unlisted,
        }
    }
}

/// Whether a list is due whose changes nobody announces, and if so reads what changed in it. `age`: how long ago it was read at least.
///
/// # Errors
/// As [`run`]; none of the list was read then, or some of it.
pub async fn poll(pass: &Pass, table: &str, age: Duration) -> Result<bool, SyncError> {
    let facts = pass.facts.lock().await.clone();
    let Ok(Open { mut subject, changed, covered }) = open(pass, table, &facts).await? else { return Ok(false) };
    let age = i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
    let is_due = pass.clock.now_micros().saturating_sub(covered) >= age;
    if !is_due || !facts.filters.get(table).copied().unwrap_or(false) {
        return Ok(false);
    }
    delta::follow(pass, &mut subject, changed, covered).await?;
    Ok(true)
}

/// A list whose first reading has ended.
struct Open {
    subject: Subject,
    changed: ChangeFilter,
    /// See [`Looked::covered`].
    covered: i64,
}

async fn open(pass: &Pass, table: &str, facts: &Facts) -> Result<Result<Open, Later>, SyncError> {
    let entity = entities::find(table).expect("families name entities");
    let kept = pass.store.entity_state_get::<EntityState>(pass.connection, table).await?;
    match kept.map(|kept| kept.state.standing) {
        Some(Standing::Refused) => return Ok(Err(Later::Refused)),
        Some(Standing::LeftOut) => return Ok(Err(Later::LeftOut)),
        _ => {}
    }
    let Reading::Paged { changed, .. } = entity.reading else { return Ok(Err(Later::NoFilter)) };
    let subject = Subject::open(pass, entity, facts).await?;
    let covered = delta::covered_until(pass, &subject).await?;
    Ok(covered.map(|covered| Open { subject, changed, covered }).ok_or(Later::FirstReading))
}

async fn one(pass: &Pass, table: &str, own: &BTreeSet<Hint>, strays: &BTreeSet<Hint>) -> Result<Looked, SyncError> {
    let facts = pass.facts.lock().await.clone();
    let Open { mut subject, changed, covered } = match open(pass, table, &facts).await? {
        Ok(open) => open,
        Err(later) => return Ok(Looked { later: Some(later), ..Looked::default() }),
    };
    let mut looked = Looked { covered: Some(covered), ..Looked::default() };
    let doubtful: BTreeSet<i64> = own.iter().filter(|hint| hint.is_gone).map(|hint| hint.record).collect();
    let doubtful = doubtful.into_iter().take(MOST_DIRECT_READS).map(Key::Int).collect();
    let (gone, there) = absence::confirm(pass, &subject, doubtful).await?;
    let numbers =
        |keys: Vec<Key>| keys.into_iter().filter_map(|key| if let Key::Int(id) = key { Some(id) } else { None });
    looked.gone.extend(numbers(gone));
    looked.there.extend(numbers(there));
    let is_news = |hint: &Hint| !hint.is_gone && hint.at >= covered.saturating_sub(CLOCKS);
    if !own.iter().chain(strays).any(is_news) {
        return Ok(looked);
    }
    if !facts.filters.get(table).copied().unwrap_or(false) {
        looked.later = Some(Later::NoFilter);
        return Ok(looked);
    }
    looked.seen.extend(numbers(delta::follow(pass, &mut subject, changed, covered).await?));
    Ok(looked)
}

/// Those of the hinted records that live in a table.
async fn here(pass: &Pass, table: &str, hints: &BTreeSet<Hint>) -> Result<BTreeSet<i64>, SyncError> {
    let schema = pass.schema.clone();
    let table = table.to_owned();
    let ids: Vec<String> = hints.iter().map(|hint| hint.record.to_string()).collect();
    let found = pass.writer.run(move |warehouse| {
        let mut rows: Vec<Vec<Field>> = Vec::new();
        if !ids.is_empty() && !warehouse.columns(&schema, &table)?.is_empty() {
            let (schema, ids) = (schema.replace('"', "\"\""), ids.join(", "));
            let sql = format!(
                "select id from \"{schema}\".{table} where deleted_at is null and id in ({ids}) \
                 and coalesce(json_extract_string(_provisional, '$.existed') = 'true', true)"
            );
            warehouse.query(&sql, &[] as &[Cell], &mut rows, &Interrupt::new())?;
        }
        Ok(rows)
    });
    let number = |row: Vec<Field>| match row.first() {
        Some(Field::Int(number)) => i64::try_from(*number).ok(),
        _ => None,
    };
    Ok(found.await?.into_iter().filter_map(number).collect())
}
