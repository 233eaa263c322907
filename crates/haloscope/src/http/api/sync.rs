//! How a connection is read: each kind of record, the requests that takes, and the passes of before.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use halo_client::entities::ENTITIES;
use halo_client::{BudgetStatus, Lane};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::State;
use super::connections::{find, summary};
use crate::background::board::{Doing, Live, Wish};
use crate::background::server::Serving;
use crate::background::standing::ConnectionSummary;
use crate::background::verify_connection;
use crate::connecting::probe::title;
use crate::http::app::Place;
use crate::http::error::ApiError;
use crate::http::extract::{Body, In};
use crate::http::guard::Caller;
use crate::store::Connection;
use crate::sync::state::{EntityState, Facts, Proof, Standing};
use crate::time::Time;

/// Where one kind of record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::http) enum EntityWord {
    /// No pass has come to it yet.
    Waiting,
    /// Its rows are being read and stored.
    Reading,
    /// Its ids are being compared.
    Comparing,
    /// Every row that HaloPSA shows is here.
    Done,
    /// Rows are missing, left over, or could not be kept.
    Incomplete,
    /// Too many rows vanished without proof: a person has to decide.
    Held,
    /// What is current is here; older rows come later.
    Partial,
    /// It could not be read.
    Failed,
    /// HaloPSA refused the right to read it.
    NoPermission,
    /// It is copied only when somebody asks for it.
    Off,
}

/// One kind of record.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(in crate::http) struct EntityRow {
    table: String,
    /// As people call it.
    title: String,
    state: EntityWord,
    /// Rows here, when it was compared last.
    here: u64,
    /// Rows that HaloPSA showed then.
    there: Option<u64>,
    /// Rows that are read now.
    rows_now: Option<u64>,
    /// Of so many.
    of: Option<u64>,
    /// Rows there that are not here.
    missing: u64,
    /// Rows here that are not there.
    left_over: u64,
    /// How long it was read last; none before this process did.
    took_ms: Option<u64>,
    /// When what goes on with it began.
    began_at: Option<Time>,
    /// When it was judged last.
    finished_at: Option<Time>,
    /// What happened, where something did; a sentence.
    reason: Option<String>,
    /// What to do about it; a sentence.
    remedy: Option<String>,
    /// How completeness was judged; a sentence.
    proof: Option<String>,
}

/// How much of the request limit is used.
#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
pub(in crate::http) struct RequestMeter {
    /// Requests that HaloPSA may still count.
    used: Option<u32>,
    /// What HaloPSA accepts, as it is set.
    limit: u32,
    /// What we use of it.
    usable: u32,
    window_s: u64,
    reserve_percent: u32,
    /// What HaloPSA accepts, as its refusals taught.
    learned_limit: Option<u32>,
    /// So long nothing is sent, as HaloPSA asked us to wait.
    paused_for_s: Option<u64>,
    /// What used them, in this process.
    by_use: Vec<RequestUse>,
}

/// Requests for one purpose.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(in crate::http) struct RequestUse {
    /// The purpose.
    r#use: String,
    requests: u32,
}

/// Whether rows here and there agree.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(in crate::http) struct CountCheck {
    /// The earliest of the times at which kinds of records were judged last.
    at: Option<Time>,
    /// All that may be read was judged, and is here.
    complete: bool,
    /// Kinds of records that were judged.
    compared: u32,
    /// Of these, that differ.
    differing: u32,
    /// Kinds of records that no pass has come to yet.
    pending: u32,
    /// Both sides are being compared for somebody.
    running: bool,
    /// What that came to last.
    asked: Option<AskedCheck>,
}

/// What comparing every row of both sides for somebody came to.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(in crate::http) struct AskedCheck {
    at: Time,
    /// Why it could not be done; sentences.
    failed: Option<String>,
    /// Kinds of records that were compared.
    compared: u32,
    /// Those that differ, as people call them.
    differing: Vec<String>,
}

/// How a connection is read.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(in crate::http) struct SyncView {
    connection: ConnectionSummary,
    /// In the order in which they are read.
    entities: Vec<EntityRow>,
    requests: RequestMeter,
    counts: CountCheck,
    /// When the pass that runs began.
    started_at: Option<Time>,
    /// Who asked for it, if somebody did.
    started_by: Option<String>,
}

/// Which pass is wanted.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::http) struct SyncStart {
    /// Read every row again.
    #[serde(default)]
    full: bool,
}

/// What became of a wish.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct SyncStarted {
    /// Number of the wish.
    sync_number: u64,
    /// A pass ran already; another one follows it.
    already_running: bool,
    /// When that one began.
    started_at: Option<Time>,
    /// Who asked for it, if somebody did.
    started_by: Option<String>,
}

/// How a connection is read.
#[utoipa::path(get, path = "/api/v1/connections/{id}/sync", operation_id = "sync_get", tag = "Sync",
    params(("id" = i64, Path)), responses((status = 200, body = SyncView)))]
pub(super) async fn sync_get(Shared(app): State, In(id): In<i64>) -> Result<Json<SyncView>, ApiError> {
    let place = app.place();
    let connection = find(&place, id).await?;
    Ok(Json(view(&place, &connection).await?))
}

/// Has a pass made.
#[utoipa::path(post, path = "/api/v1/connections/{id}/sync", operation_id = "sync_start", tag = "Sync",
    params(("id" = i64, Path)), request_body = SyncStart, responses((status = 202, body = SyncStarted)))]
pub(super) async fn sync_start(
    Shared(app): State,
    caller: Caller,
    In(id): In<i64>,
    Body(given): Body<SyncStart>,
) -> Result<(StatusCode, Json<SyncStarted>), ApiError> {
    let place = app.place();
    let serving = awake(&place, &find(&place, id).await?).await?;
    let live = serving.board.live().borrow().clone();
    let already_running = matches!(live.doing, Doing::Synchronises | Doing::ReadsAll);
    // The one that runs brings what somebody wants who asks for no more than what is new.
    let wish = Wish { full: given.full, by: Some(caller.title()), ..Wish::default() };
    let sync_number = if already_running && !given.full { 0 } else { serving.board.wish(wish) };
    Ok(started(sync_number, already_running.then_some(live)))
}

/// Has every row of both sides compared, which changes nothing. What was found shows in `counts`.
#[utoipa::path(post, path = "/api/v1/connections/{id}/verify", operation_id = "verify_start", tag = "Sync",
    params(("id" = i64, Path)), responses((status = 202, body = SyncStarted)))]
pub(super) async fn verify_start(
    Shared(app): State,
    caller: Caller,
    In(id): In<i64>,
) -> Result<(StatusCode, Json<SyncStarted>), ApiError> {
    let place = app.place();
    let serving = awake(&place, &find(&place, id).await?).await?;
    let live = serving.board.live().borrow().clone();
    let turn = serving.board.comparing.clone().try_lock_owned().ok();
    let already_running = turn.is_none();
    if let Some(turn) = turn {
        let (by, cancel) = (caller.title(), serving.stop.child_token());
        tokio::spawn(async move {
            let _turn = turn;
            if let Err(error) = verify_connection::run(&serving, cancel, Some(by)).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "both sides could not be compared");
            }
        });
    }
    Ok(started(0, already_running.then_some(live)))
}

/// What became of a wish. `running`: what runs already.
fn started(sync_number: u64, running: Option<Live>) -> (StatusCode, Json<SyncStarted>) {
    let answer = SyncStarted {
        sync_number,
        already_running: running.is_some(),
        started_at: running.as_ref().map(|live| Time::of_millis(live.since_ms)),
        started_by: running.and_then(|live| live.asked_by),
    };
    (StatusCode::ACCEPTED, Json(answer))
}

/// The connection, if something can be asked of its HaloPSA now.
pub(super) async fn awake(place: &Place, connection: &Connection) -> Result<Arc<Serving>, ApiError> {
    let view = place.hosted.view().ok_or_else(ApiError::starting)?;
    let serving = view.of(connection.id).cloned().ok_or_else(ApiError::starting)?;
    if serving.paused {
        return Err(ApiError::conflict("This connection is paused: nothing is asked of its HaloPSA.")
            .advise("Resume it first."));
    }
    Ok(serving)
}

/// How a connection is read.
pub(super) async fn view(place: &Place, connection: &Connection) -> Result<SyncView, ApiError> {
    let store = &place.installation.store;
    let states = store.entity_state_list::<EntityState>(connection.id).await?;
    let facts: Facts = store.facts_get(connection.id).await?.unwrap_or_default();
    let seen = place.hosted.view();
    let live = seen.as_ref().and_then(|view| view.live(&connection.settings.name)).unwrap_or_default();
    let budget = match &seen {
        Some(view) => Some(view.budget(&place.installation, connection).await?.status()),
        None => None,
    };
    let entities: Vec<EntityRow> = ENTITIES
        .iter()
        .map(|entity| {
            let state = states.iter().find(|kept| kept.entity == entity.table).map(|kept| kept.state.clone());
            let is_off = entity.opt_in.is_some() && !facts.chosen.contains(entity.table);
            row(entity.table, state.unwrap_or_default(), &live, is_off)
        })
        .collect();
    let is_running = live.doing != Doing::Waits;
    // A first pass comes to each kind one after the other.
    let pending = entities.iter().filter(|row| row.finished_at.is_none() && row.state != EntityWord::Off).count();
    Ok(SyncView {
        connection: summary(place, connection).await?,
        counts: counts(&states.into_iter().map(|kept| kept.state).collect::<Vec<_>>(), pending, &live),
        requests: meter(connection, budget),
        entities,
        started_at: is_running.then(|| Time::of_millis(live.since_ms)),
        started_by: live.asked_by.filter(|_| is_running),
    })
}

fn row(table: &str, state: EntityState, live: &Live, is_off: bool) -> EntityRow {
    let progress = live.progress.as_ref().filter(|progress| progress.entity == table);
    let word = match (progress, state.standing) {
        (Some(progress), _) if progress.compares => EntityWord::Comparing,
        (Some(progress), _) if progress.done.iter().all(|done| done.table != table) => EntityWord::Reading,
        (_, Standing::NotRead) if is_off => EntityWord::Off,
        (_, Standing::NotRead) => EntityWord::Waiting,
        (_, Standing::Complete) => EntityWord::Done,
        (_, Standing::Incomplete) => EntityWord::Incomplete,
        (_, Standing::Braked) => EntityWord::Held,
        (_, Standing::Partial) => EntityWord::Partial,
        (_, Standing::Failed) => EntityWord::Failed,
        (_, Standing::Refused) => EntityWord::NoPermission,
        (_, Standing::LeftOut) => EntityWord::Off,
    };
    let is_reading = word == EntityWord::Reading;
    EntityRow {
        table: table.to_owned(),
        title: title(table),
        state: word,
        here: state.here,
        there: state.there,
        rows_now: progress.filter(|_| is_reading).map(|progress| progress.rows),
        of: progress.filter(|_| is_reading).and_then(|progress| progress.of),
        missing: state.missing,
        left_over: state.ghosts,
        took_ms: live.took_ms.get(table).copied(),
        began_at: progress.filter(|_| is_reading).map(|progress| Time::of_millis(progress.since_ms)),
        finished_at: (state.finished_at_ms > 0).then(|| Time::of_millis(state.finished_at_ms)),
        reason: state.reason,
        remedy: state.remedy,
        proof: state.proof.map(|proof| in_words(proof).to_owned()),
    }
}

fn in_words(proof: Proof) -> &'static str {
    match proof {
        Proof::Ids => "All ids of both sides were compared.",
        Proof::WholeList => "The whole list was read.",
        Proof::AllPages => "Every page was read, as many rows as HaloPSA counts.",
        Proof::Count => "New rows were read, and both sides count as many.",
        Proof::Windows => "Every span of time was read.",
        Proof::Recent => "The days that HaloPSA shows were compared.",
        Proof::PerParent => "The records of each other record were read and counted.",
    }
}

fn counts(states: &[EntityState], pending: usize, live: &Live) -> CountCheck {
    let judged = || {
        states.iter().filter(|state| {
            state.finished_at_ms > 0 && !matches!(state.standing, Standing::Refused | Standing::LeftOut)
        })
    };
    let differing = judged().filter(|state| !state.standing.is_fine()).count();
    let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    CountCheck {
        at: judged().map(|state| state.finished_at_ms).min().map(Time::of_millis),
        complete: differing == 0 && pending == 0 && judged().next().is_some(),
        compared: small(judged().count()),
        differing: small(differing),
        pending: small(pending),
        running: live.doing == Doing::Verifies,
        asked: live.compared.as_ref().map(|compared| AskedCheck {
            at: Time::of_millis(compared.at_ms),
            failed: compared.failed.clone(),
            compared: small(compared.entities),
            differing: compared.differing.iter().map(|table| title(table)).collect(),
        }),
    }
}

/// Lanes, as people call what they are for.
const USES: [(Lane, &str); 7] = [
    (Lane::Token, "Signing in"),
    (Lane::Person, "Tests and questions"),
    (Lane::Delivery, "Webhook follow-ups"),
    (Lane::Delta, "Polling"),
    (Lane::Reconcile, "Counting and comparing"),
    (Lane::Backfill, "First sync and full reads"),
    (Lane::History, "What hangs on old tickets"),
];

fn meter(connection: &Connection, budget: Option<BudgetStatus>) -> RequestMeter {
    let settings = &connection.settings;
    let Some(status) = budget else {
        // Nothing is served at this moment: its warehouse is being opened.
        return RequestMeter {
            limit: settings.request_limit,
            usable: settings.usable_requests(),
            window_s: settings.window_seconds.into(),
            reserve_percent: settings.reserve_percent,
            ..RequestMeter::default()
        };
    };
    let by_use = USES.iter().filter_map(|(lane, name)| {
        let requests = *status.used_by_lane.get(lane)?;
        Some(RequestUse { r#use: (*name).to_owned(), requests })
    });
    RequestMeter {
        used: Some(status.used_in_window),
        limit: status.limit,
        usable: status.usable,
        window_s: status.window.as_secs(),
        reserve_percent: settings.reserve_percent,
        learned_limit: status.learned_limit,
        paused_for_s: status.paused_for.map(|wait| wait.as_secs() + 1),
        by_use: by_use.collect(),
    }
}
