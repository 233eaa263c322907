//! Follows hints that single records changed: brings what changed lately in their lists, and finds out whether those are gone
//! that are said to be.
//!
//! It goes its own way through the changes, so that the ordinary walk with its longer look-back, its look for custom fields
//! and its comparison of both sides misses nothing.

use std::collections::BTreeSet;

use halo_client::entities::{self, Reading};
use warehouse::{Cell, Field, Interrupt, Key};

use super::error::SyncError;
use super::pass::Pass;
use super::state::{EntityState, Standing};
use super::subject::Subject;
use super::{absence, delta};

/// How much later than a change its announcement may be stamped, microseconds.
const CLOCKS: i64 = 2_000_000;

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

/// What following came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// Records that HaloPSA listed as changed.
    pub seen: BTreeSet<i64>,
    /// Hints about what an earlier walk had read already.
    pub known: BTreeSet<Hint>,
    /// Records that are gone, as HaloPSA confirmed.
    pub gone: BTreeSet<i64>,
    /// Why the others were not looked for.
    pub later: Option<Later>,
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

/// Follows hints about records of these tables, which share one id space.
///
/// # Errors
/// Those of the client, the warehouse and the store; what was done until then is kept.
pub async fn run(pass: &Pass, tables: &[&'static str], hints: &BTreeSet<Hint>) -> Result<Followed, SyncError> {
    let mut followed = Followed::default();
    let mut unknown: BTreeSet<i64> = hints.iter().map(|hint| hint.record).collect();
    let mut homes = Vec::with_capacity(tables.len());
    for table in tables {
        let home = here(pass, table, hints).await?;
        unknown.retain(|record| !home.contains(record));
        homes.push(home);
    }
    // Records that are nowhere yet are looked for in one list after the other, the likeliest first.
    for (table, home) in tables.iter().zip(homes) {
        if home.is_empty() && unknown.iter().all(|record| followed.seen.contains(record)) {
            continue;
        }
        one(pass, table, &home, hints, &mut followed).await?;
    }
    Ok(followed)
}

async fn one(
    pass: &Pass,
    table: &str,
    home: &BTreeSet<i64>,
    hints: &BTreeSet<Hint>,
    followed: &mut Followed,
) -> Result<(), SyncError> {
    let entity = entities::find(table).expect("families name entities");
    let facts = pass.facts.lock().await.clone();
    let kept = pass.store.entity_state_get::<EntityState>(pass.connection, table).await?;
    let later = match kept.map(|kept| kept.state.standing) {
        Some(Standing::Refused) => Some(Later::Refused),
        Some(Standing::LeftOut) => Some(Later::LeftOut),
        _ if !facts.filters.get(table).copied().unwrap_or(false) => Some(Later::NoFilter),
        _ => None,
    };
    let Reading::Paged { changed, .. } = entity.reading else { return Ok(()) };
    let mut subject = Subject::open(pass, entity, &facts).await?;
    let covered = delta::covered_until(pass, &subject).await?.unwrap_or(i64::MIN);
    let (known, news): (Vec<Hint>, Vec<Hint>) =
        hints.iter().partition(|hint| hint.at < covered - CLOCKS && !hint.is_gone);
    followed.known.extend(known);
    if news.is_empty() {
        return Ok(());
    }
    if later.is_some() {
        followed.later = later;
        return Ok(());
    }
    let Some(seen) = delta::follow(pass, &mut subject, changed).await? else {
        followed.later = Some(Later::FirstReading);
        return Ok(());
    };
    let numbers = seen.into_iter().filter_map(|key| if let Key::Int(id) = key { Some(id) } else { None });
    followed.seen.extend(numbers);
    let doubtful = hints.iter().filter(|hint| hint.is_gone && home.contains(&hint.record));
    let doubtful: Vec<Key> = doubtful.map(|hint| Key::Int(hint.record)).collect();
    for key in absence::confirm(pass, &subject, doubtful).await? {
        if let Key::Int(id) = key {
            followed.gone.insert(id);
        }
    }
    Ok(())
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
            let sql = format!("select id from \"{schema}\".{table} where deleted_at is null and id in ({ids})");
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
