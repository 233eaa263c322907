//! How much a first reading has to read: asked before it begins, so that its end can be predicted from the start.

use std::borrow::Cow;
use std::collections::BTreeMap;

use halo_client::entities::{ENTITIES, Entity, Reading};
use halo_client::{Lane, ListCall};

use super::actions::lane;
use super::delta::naive;
use super::error::SyncError;
use super::pass::{Depth, Pass};
use super::progress::Tracker;
use super::state::{EntityState, Standing};
use super::subject::Params;
use super::tables;
use super::walk::page_params;

/// Of tickets that were changed since then, what hangs on them is read at once.
const RECENT_MICROS: i64 = 90 * 86_400_000_000;

/// Asks for the number of rows of each entity whose pages were never read to their end: one request each, and none when all
/// were. Says whether there was one. What cannot be counted is left to the pass, which says why.
///
/// # Errors
/// Those of warehouse and store, and when the pass was stopped.
pub async fn count(pass: &Pass, tracker: &Tracker) -> Result<bool, SyncError> {
    let cursors = pass.writer.run(|warehouse| warehouse.cursors()).await?;
    let known = pass.store.entity_state_list::<EntityState>(pass.connection).await?;
    let chosen = pass.facts.lock().await.chosen.clone();
    let (mut is_first, mut counted) = (false, BTreeMap::new());
    for entity in ENTITIES {
        let unasked = entity.opt_in.is_some() && !chosen.contains(entity.table);
        let kept = known.iter().find(|kept| kept.entity == entity.table).map(|kept| &kept.state);
        let refused = kept.is_some_and(|state| state.standing == Standing::Refused);
        let was_read = match entity.reading {
            Reading::Paged { .. } => cursors.contains_key(&format!("{}.{}.changed", pass.schema, entity.table)),
            _ => kept.is_some_and(|state| state.finished_at_ms > 0),
        };
        if unasked || refused || was_read || pass.without.iter().any(|table| table == entity.table) {
            continue;
        }
        let rows = match entity.reading {
            Reading::Paged { .. } | Reading::AllPages | Reading::Log => rows(pass, entity, Params::new()).await,
            Reading::PerParent { parents, .. } => match pass.find_lane(Depth::Changes).await? {
                // All of them, some hundred at once.
                Some(_) => Ok(parents.iter().filter_map(|table| counted.get(table)).sum()),
                None => recent(pass, parents).await,
            },
            _ => continue,
        };
        let rows = match rows {
            Ok(rows) => rows,
            Err(error) if error.is_of_one_entity() && !error.may_be_everywhere() => continue,
            Err(SyncError::Halo(_)) => return Ok(is_first),
            Err(other) => return Err(other),
        };
        counted.insert(entity.table, rows);
        let lane = pass.facts.lock().await.lane.is_some();
        let by_lane = lane && matches!(entity.reading, Reading::PerParent { .. });
        tracker.plan(entity.table, rows, here(pass, entity).await?, by_lane.then_some(lane::USUAL_TICKETS));
        is_first = true;
    }
    Ok(is_first)
}

/// Rows that HaloPSA has of an entity.
async fn rows(pass: &Pass, entity: &Entity, more: Params) -> Result<u64, SyncError> {
    let fixed = entity.switches.iter().map(|(name, value)| (*name, Cow::Borrowed(*value)));
    let params: Params = fixed.chain(more).chain(page_params(1, 1)).collect();
    let call = ListCall { path: entity.path, key: entity.list_key, params: &params, max_bytes: None };
    let page = pass.until_stopped(pass.client.without_retries().list(Lane::Backfill, &call)).await?;
    Ok(page.record_count.unwrap_or(page.records.len() as u64))
}

/// Records of these tables that were changed lately.
async fn recent(pass: &Pass, tables: &[&str]) -> Result<u64, SyncError> {
    let from = naive(pass.clock.now_micros() - RECENT_MICROS);
    let mut count = 0;
    for entity in ENTITIES.iter().filter(|entity| tables.contains(&entity.table)) {
        if let Reading::Paged { changed, .. } = entity.reading {
            count += rows(pass, entity, vec![(changed.from, Cow::Owned(from.clone()))]).await?;
        }
    }
    Ok(count)
}

/// Rows that an earlier pass brought before it was stopped.
async fn here(pass: &Pass, entity: &Entity) -> Result<u64, SyncError> {
    let name = match entity.reading {
        Reading::PerParent { .. } => "action_reads",
        _ => entity.table,
    };
    let columns = pass.schema.clone();
    if pass.writer.run(move |warehouse| warehouse.columns(&columns, name)).await?.is_empty() {
        return Ok(0);
    }
    let mut table = (*tables::table(&pass.schema, entity, &tables::Extras::default(), &[])).clone();
    table.name = name.to_owned();
    pass.writer.run(move |warehouse| warehouse.count(&table)).await
}
