//! What is known of the webhooks of a connection: what arrived, what was turned away, and what reading showed.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::installation::Installation;
use crate::store::{Connection, Ledgered, Pending, Refused, StoreError, Unconfirmed, UnknownWords};
use crate::sync::state::{EntityState, Standing};
use crate::webhooks::events::{EVENTS, Event, FAMILIES};
use crate::webhooks::recover::{self, Recovered};
use crate::workspace::Workspace;

pub(super) const HOUR: i64 = 3_600_000_000;
pub(super) const DAY: i64 = 24 * HOUR;
pub(super) const WEEK: i64 = 7 * DAY;

/// What arrived of one event.
pub(super) struct Arrived {
    pub(super) event: &'static Event,
    pub(super) total: u64,
    pub(super) last_at: Option<i64>,
    pub(super) day: u64,
    pub(super) by_hour: Vec<u64>,
    pub(super) delay: Option<i64>,
    pub(super) unconfirmed: Option<Unconfirmed>,
}

/// All that is judged. Times are microseconds UTC.
pub(super) struct Evidence {
    pub(super) now: i64,
    /// In which people read times.
    pub(super) zone: TimeZone,
    /// When the first address was made.
    pub(super) made_at: Option<i64>,
    /// The eleven events in their order.
    pub(super) arrived: Vec<Arrived>,
    /// When anything arrived first, of whatever event.
    pub(super) first_at: Option<i64>,
    /// When anything arrived last.
    pub(super) last_at: Option<i64>,
    /// What was read in the last week since there is an address.
    pub(super) ledger: Vec<Ledgered>,
    /// When each family was read to its end last; none where it never was, or may not be read.
    pub(super) read_at: BTreeMap<&'static str, Option<i64>>,
    pub(super) refused: Vec<Refused>,
    pub(super) unknown: Vec<UnknownWords>,
    pub(super) pending: Pending,
    pub(super) recovered: Option<Recovered>,
}

/// Gathers it.
pub(super) async fn gather(installation: &Installation, connection: &Connection) -> Result<Evidence, StoreError> {
    let (store, id, now) = (&installation.store, connection.id, installation.clock.now_micros());
    let made_at = store.callback_first(id).await?;
    let received = store.deliveries_received(id, now - DAY).await?;
    let hours = store.deliveries_by_hour(id, now - DAY).await?;
    let delays = store.deliveries_delays(id, now - DAY).await?;
    let unconfirmed = store.deliveries_unconfirmed(id, now - WEEK).await?;
    let arrived = EVENTS.iter().map(|event| {
        let own = received.iter().find(|received| received.event.as_deref() == Some(event.name));
        let mut by_hour = vec![0; 24];
        for found in hours.iter().filter(|found| found.event == event.name) {
            if let Some(hour) = usize::try_from(found.hour).ok().and_then(|hour| by_hour.get_mut(hour)) {
                *hour += found.times.unsigned_abs();
            }
        }
        Arrived {
            event,
            total: own.map_or(0, |own| own.times.unsigned_abs()),
            last_at: own.map(|own| own.last_at),
            day: own.map_or(0, |own| own.day.unsigned_abs()),
            by_hour,
            delay: delays.get(event.name).copied(),
            unconfirmed: unconfirmed.iter().find(|found| found.event == event.name).cloned(),
        }
    });
    let since = made_at.unwrap_or(now).max(now - WEEK);
    Ok(Evidence {
        now,
        zone: Workspace::get(store).await?.time_zone(),
        made_at,
        arrived: arrived.collect(),
        first_at: received.iter().map(|received| received.first_at).min(),
        last_at: received.iter().map(|received| received.last_at).max(),
        ledger: store.ledger_list(id, since).await?,
        read_at: read_at(&store.entity_state_list::<EntityState>(id).await?),
        refused: store.refusals_list(id, since).await?,
        unknown: store.deliveries_unknown(id).await?,
        pending: store.deliveries_pending(id).await?,
        recovered: recover::last(installation, connection).await?,
    })
}

/// A family counts as read when all its tables are that may be.
fn read_at(states: &[crate::store::EntityState<EntityState>]) -> BTreeMap<&'static str, Option<i64>> {
    let of_family = FAMILIES.iter().map(|family| {
        let tables = family.tables();
        let own = states.iter().filter(|kept| tables.contains(&kept.entity.as_str())).map(|kept| &kept.state);
        let readable: Vec<&EntityState> =
            own.filter(|state| !matches!(state.standing, Standing::Refused | Standing::LeftOut)).collect();
        let all_read = readable.iter().all(|state| state.standing.is_fine());
        let earliest = readable.iter().map(|state| state.finished_at_ms * 1000).min();
        (family.name, earliest.filter(|_| all_read))
    });
    of_family.collect()
}
