//! How a connection stands, in two labels: its health, which is the last finished result, and its activity, which is what runs now.

use serde::Serialize;
use utoipa::ToSchema;

use super::board::{Doing, Live};
use crate::connecting::keep::Notes;
use crate::connecting::probe::title;
use crate::store::{Connection, Run};
use crate::sync::progress::Progress;
use crate::sync::state::EntityState;
use crate::time::Time;

/// The last finished result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// No pass has ended yet.
    NotSynced,
    /// All that may be read is here.
    Healthy,
    /// Some kinds of records are not as they should be.
    NeedsAttention,
    /// The last pass failed.
    Failing,
    /// No pass has ended for a while.
    Stale,
}

/// The last finished result, and why.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct HealthLabel {
    /// Which.
    pub health: Health,
    /// Since when it fails or is stale.
    pub since: Option<Time>,
    /// Kinds of records that need attention.
    pub attention: u32,
    /// Why it fails; a sentence.
    pub error: Option<String>,
    /// What to do about it; a sentence.
    pub advice: Option<String>,
}

/// What runs now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Its warehouse is being opened.
    Starting,
    /// It waits for the next pass.
    Waiting,
    /// It makes a pass.
    Syncing,
    /// It reads every row again.
    ReadingAll,
    /// It compares both sides for somebody.
    Comparing,
    /// It waits to try again what failed.
    Retrying,
    /// Somebody paused it.
    Paused,
}

/// What runs now, and how far it is.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ActivityLabel {
    /// Which.
    pub activity: Activity,
    /// When the next pass begins.
    pub next_at: Option<Time>,
    /// Kind of records that is read or compared, as people call it.
    pub entity: Option<String>,
    /// Rows that were read of it.
    pub rows: Option<u64>,
    /// Rows that HaloPSA has of it.
    pub of: Option<u64>,
    /// All wait until then for the request limit.
    pub wait_until: Option<Time>,
    /// Who paused it.
    pub paused_by: Option<String>,
    /// When.
    pub paused_at: Option<Time>,
}

/// How far a first reading is.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FirstSync {
    /// From 0 to 1.
    pub fraction: f64,
    /// When it will be finished, as it looks now.
    pub ends_at: Option<Time>,
    /// Rows that were read.
    pub rows: u64,
}

/// How a connection stands.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ConnectionSummary {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Address of its API.
    pub resource_url: String,
    /// It is a simulated HaloPSA.
    pub is_sample: bool,
    /// The last finished result.
    pub health: HealthLabel,
    /// What runs now.
    pub activity: ActivityLabel,
    /// Data are as of then: the start of the last pass that ended.
    pub as_of: Option<Time>,
    /// What webhooks told until then is shown as well.
    pub told_at: Option<Time>,
    /// Until the first pass has ended.
    pub first_sync: Option<FirstSync>,
}

/// Passes come at least that often, in microseconds; after twice as long without one, data are stale.
const INTERVAL: i64 = 10 * 60 * 1_000_000;
/// Also while a long pass runs.
const DAY: i64 = 24 * 3_600 * 1_000_000;

/// What a judgement is made of. `runs`: the newest first. `live`: none while the warehouse is being opened.
pub struct Evidence<'e> {
    /// The connection.
    pub connection: &'e Connection,
    /// What people did with it.
    pub notes: &'e Notes,
    /// Its last passes, the newest first.
    pub runs: &'e [Run],
    /// Last finished results of its entities.
    pub states: &'e [EntityState],
    /// What goes on; none while its warehouse is being opened.
    pub live: Option<&'e Live>,
    /// Microseconds UTC.
    pub now: i64,
    /// It is a simulated HaloPSA.
    pub is_sample: bool,
}

/// How a connection stands. Pure.
pub fn judge(evidence: &Evidence<'_>) -> ConnectionSummary {
    let last = evidence.runs.iter().find(|run| run.has_ended());
    let Connection { id, settings, .. } = evidence.connection;
    let progress = evidence.live.and_then(|live| live.progress.as_ref());
    ConnectionSummary {
        id: id.0,
        name: settings.name.clone(),
        resource_url: settings.resource_url.clone(),
        is_sample: evidence.is_sample,
        health: health(evidence, last),
        activity: activity(evidence),
        as_of: last.map(|run| Time::of_micros(run.started_at)),
        told_at: evidence.live.and_then(|live| live.told_ms).map(Time::of_millis),
        first_sync: last.is_none().then(|| first_sync(progress)),
    }
}

fn health(evidence: &Evidence<'_>, last: Option<&Run>) -> HealthLabel {
    let attention =
        evidence.states.iter().filter(|state| state.finished_at_ms > 0 && !state.standing.is_fine()).count();
    let attention = u32::try_from(attention).unwrap_or(u32::MAX);
    let label = |health| HealthLabel { health, since: None, attention, error: None, advice: None };
    if let Some(trouble) = evidence.live.and_then(|live| live.trouble.as_ref()) {
        return HealthLabel {
            since: Some(Time::of_millis(trouble.since_ms)),
            error: Some(trouble.error.clone()),
            advice: Some(trouble.advice.clone()),
            ..label(Health::Failing)
        };
    }
    // Before the first pass of this process the store alone knows of the failure.
    let is_failed = |run: &&Run| run.outcome.as_deref() == Some("failed");
    let finished = evidence.runs.iter().find(|run| run.has_ended() || is_failed(run));
    // What failed with other values says nothing of those that were proved when they were kept.
    let changed_at = evidence.notes.changed_at.unwrap_or(i64::MIN);
    if let Some(failed) = finished.filter(is_failed).filter(|run| run.started_at >= changed_at) {
        let told = |what: &str| Some(failed.summary.as_ref()?.get(what)?.as_str()?.to_owned());
        let (error, advice, since) = (told("error"), told("advice"), failed.finished_at.map(Time::of_micros));
        return HealthLabel { since, error, advice, ..label(Health::Failing) };
    }
    let Some(last) = last else { return label(Health::NotSynced) };
    let at = last.finished_at.unwrap_or(last.started_at);
    let age = evidence.now - at;
    let is_waiting = evidence.live.is_none_or(|live| live.doing == Doing::Waits);
    if evidence.notes.paused.is_none() && (age > DAY || (is_waiting && age > 2 * INTERVAL)) {
        return HealthLabel { since: Some(Time::of_micros(at)), ..label(Health::Stale) };
    }
    label(if attention > 0 { Health::NeedsAttention } else { Health::Healthy })
}

fn activity(evidence: &Evidence<'_>) -> ActivityLabel {
    let mut label = ActivityLabel {
        activity: Activity::Starting,
        next_at: None,
        entity: None,
        rows: None,
        of: None,
        wait_until: None,
        paused_by: None,
        paused_at: None,
    };
    if let Some((at, by)) = &evidence.notes.paused {
        label.activity = Activity::Paused;
        (label.paused_by, label.paused_at) = (Some(by.clone()), Some(Time::of_micros(*at)));
        return label;
    }
    let Some(live) = evidence.live else { return label };
    label.activity = match live.doing {
        Doing::Waits if live.trouble.is_some() => Activity::Retrying,
        Doing::Waits => Activity::Waiting,
        Doing::Synchronises => Activity::Syncing,
        Doing::ReadsAll => Activity::ReadingAll,
        Doing::Verifies => Activity::Comparing,
    };
    label.next_at = live.next_at_ms.map(Time::of_millis);
    if let Some(progress) = &live.progress {
        label.entity = Some(title(&progress.entity)).filter(|entity| !entity.is_empty());
        (label.rows, label.of) = (Some(progress.rows), progress.of);
        let until = progress.wait_until_ms.filter(|until| *until > evidence.now / 1000);
        label.wait_until = until.map(Time::of_millis);
    }
    label
}

fn first_sync(progress: Option<&Progress>) -> FirstSync {
    let Some(progress) = progress else { return FirstSync { fraction: 0.0, ends_at: None, rows: 0 } };
    let done: u64 = progress.done.iter().map(|done| done.rows).sum();
    let of_now = if progress.compares { 0 } else { progress.rows };
    FirstSync {
        fraction: progress.finish.map_or(0.0, |finish| finish.fraction),
        ends_at: progress.finish.map(|finish| Time::of_millis(finish.end_ms)),
        rows: done + of_now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::background::board::Trouble;
    use crate::secret::Sealed;
    use crate::store::{ConnectionId, ConnectionSettings, RunId};
    use crate::sync::state::Standing;

    const NOW: i64 = 1_000 * DAY;

    fn connection() -> Connection {
        Connection {
            id: ConnectionId(1),
            schema: "halo".to_owned(),
            created_at: 0,
            settings: ConnectionSettings {
                name: "acme".to_owned(),
                auth_url: String::new(),
                resource_url: String::new(),
                tenant: None,
                client_id: String::new(),
                sealed_secret: Sealed(Vec::new()),
                allow_private_address: false,
                request_limit: 450,
                window_seconds: 300,
                reserve_percent: 20,
            },
        }
    }

    fn run(outcome: &str, age: i64) -> Run {
        let (started_at, finished_at) = (NOW - age - 1, Some(NOW - age));
        let (kind, outcome) = ("sync".to_owned(), Some(outcome.to_owned()));
        Run { id: RunId(1), kind, started_at, finished_at, outcome, summary: None }
    }

    fn check(runs: &[Run], standing: Standing, live: &Live, notes: &Notes, expected: (Health, Activity)) {
        let states = [EntityState { standing, finished_at_ms: 1, ..EntityState::default() }];
        let connection = connection();
        let evidence = Evidence {
            connection: &connection,
            notes,
            runs,
            states: &states,
            live: Some(live),
            now: NOW,
            is_sample: false,
        };
        let summary = judge(&evidence);
        assert_eq!((summary.health.health, summary.activity.activity), expected);
        let has_ended = runs.iter().any(|run| run.outcome.as_deref() == Some("complete"));
        assert_eq!((summary.as_of.is_some(), summary.first_sync.is_none()), (has_ended, has_ended));
    }

    #[test]
    fn health_and_activity_are_two_things() {
        let (notes, waits) = (Notes::default(), Live::default());
        let syncs = Live { doing: Doing::Synchronises, ..Live::default() };
        let trouble = Trouble { error: "e".into(), advice: "a".into(), since_ms: 1, failures: 2 };
        let fails = Live { trouble: Some(trouble), ..Live::default() };
        let complete = Standing::Complete;
        check(&[], complete, &syncs, &notes, (Health::NotSynced, Activity::Syncing));
        check(&[run("complete", 5)], complete, &waits, &notes, (Health::Healthy, Activity::Waiting));
        check(&[run("complete", 5)], complete, &syncs, &notes, (Health::Healthy, Activity::Syncing));
        check(&[run("stopped", 1), run("complete", 5)], complete, &syncs, &notes, (Health::Healthy, Activity::Syncing));
        check(&[run("complete", 5)], Standing::Failed, &waits, &notes, (Health::NeedsAttention, Activity::Waiting));
        check(&[run("complete", 5)], Standing::Refused, &waits, &notes, (Health::Healthy, Activity::Waiting));
        check(&[run("complete", 5)], complete, &fails, &notes, (Health::Failing, Activity::Retrying));
        check(&[run("failed", 5), run("complete", 9)], complete, &syncs, &notes, (Health::Failing, Activity::Syncing));
        check(&[run("complete", 2 * INTERVAL + 1)], complete, &waits, &notes, (Health::Stale, Activity::Waiting));
        check(&[run("complete", 2 * INTERVAL + 1)], complete, &syncs, &notes, (Health::Healthy, Activity::Syncing));
        check(&[run("complete", DAY + 1)], complete, &syncs, &notes, (Health::Stale, Activity::Syncing));
        let changed = Notes { changed_at: Some(NOW - 4), ..Notes::default() };
        check(
            &[run("failed", 5), run("complete", 9)],
            complete,
            &syncs,
            &changed,
            (Health::Healthy, Activity::Syncing),
        );
        check(
            &[run("failed", 2), run("complete", 9)],
            complete,
            &waits,
            &changed,
            (Health::Failing, Activity::Waiting),
        );
        check(&[run("failed", 5)], complete, &syncs, &changed, (Health::NotSynced, Activity::Syncing));
        let paused = Notes { paused: Some((1, "ana".to_owned())), ..Notes::default() };
        check(&[run("complete", DAY + 1)], complete, &waits, &paused, (Health::Healthy, Activity::Paused));
    }
}
