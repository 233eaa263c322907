//! Passes over a connection, of now and of before.

use axum::Json;
use axum::extract::State as Shared;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::State;
use super::connections::find;
use crate::http::error::ApiError;
use crate::http::extract::{Asked, In};
use crate::store::Run;
use crate::time::Time;

/// What a pass was to do.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::http) enum RunKind {
    /// Read everything for the first time, or go on with that.
    First,
    /// Bring what is new.
    Sync,
    /// Read every row again.
    Full,
}

/// How a pass ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::http) enum RunOutcome {
    /// It goes on.
    Running,
    /// All that may be read is here.
    Complete,
    /// Something is left open.
    Incomplete,
    /// It could not be made.
    Failed,
    /// It was told to stop.
    Stopped,
    /// Its process ended first; the next pass went on where it was.
    Interrupted,
}

impl RunOutcome {
    fn of(word: Option<&str>) -> Self {
        match word {
            None => Self::Running,
            Some("complete") => Self::Complete,
            Some("incomplete") => Self::Incomplete,
            Some("stopped") => Self::Stopped,
            Some("interrupted") => Self::Interrupted,
            Some(_) => Self::Failed,
        }
    }
}

/// A pass.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct RunView {
    id: i64,
    kind: RunKind,
    started_at: Time,
    finished_at: Option<Time>,
    outcome: RunOutcome,
    /// Why it failed.
    error: Option<String>,
    requests: Option<u64>,
}

/// Which passes are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct WantedRuns {
    /// Only those that ended so.
    #[param(inline)]
    outcome: Option<RunOutcome>,
    /// How many; 50 unless said, 2,000 at most.
    limit: Option<u32>,
}

/// Passes, the newest first.
#[utoipa::path(get, path = "/api/v1/connections/{id}/runs", operation_id = "run_list", tag = "Sync",
    params(("id" = i64, Path), WantedRuns), responses((status = 200, body = [RunView])))]
pub(super) async fn run_list(
    Shared(app): State,
    In(id): In<i64>,
    Asked(wanted): Asked<WantedRuns>,
) -> Result<Json<Vec<RunView>>, ApiError> {
    let place = app.place();
    let connection = find(&place, id).await?;
    let limit = usize::try_from(wanted.limit.unwrap_or(50).clamp(1, 2_000)).unwrap_or(usize::MAX);
    let runs = place.installation.store.run_list(connection.id, 2_000).await?;
    let is_first = !runs.iter().any(Run::has_ended);
    let mut runs: Vec<RunView> = runs.into_iter().map(RunView::from).collect();
    if is_first {
        runs.iter_mut().for_each(|run| run.kind = RunKind::First);
    }
    let fits = |run: &RunView| wanted.outcome.is_none_or(|outcome| outcome == run.outcome);
    Ok(Json(runs.into_iter().filter(fits).take(limit).collect()))
}

/// What is known of a pass, as text.
#[utoipa::path(get, path = "/api/v1/connections/{id}/runs/{run}/log", operation_id = "run_log", tag = "Sync",
    params(("id" = i64, Path), ("run" = i64, Path)), responses((status = 200, body = String, content_type = "text/plain")))]
pub(super) async fn run_log(Shared(app): State, In((id, run)): In<(i64, i64)>) -> Result<Response, ApiError> {
    let place = app.place();
    let connection = find(&place, id).await?;
    let runs = place.installation.store.run_list(connection.id, 2_000).await?;
    let found = runs.into_iter().find(|known| known.id.0 == run).ok_or_else(|| ApiError::not_found("pass"))?;
    let summary = found.summary.clone();
    let view = RunView::from(found);
    let shown = serde_json::json!({ "connection": connection.settings.name, "run": view, "summary": summary });
    let text = serde_json::to_string_pretty(&shown).unwrap_or_default();
    let name = format!("attachment; filename=\"run-{run}.txt\"");
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, text).into_response())
}

impl From<Run> for RunView {
    fn from(run: Run) -> Self {
        const RESUMED: &str = "Haloscope ended in the middle of it; the pass after it went on where it was.";
        let of = |name: &str| run.summary.as_ref().and_then(|summary| summary.get(name).cloned());
        Self {
            id: run.id.0,
            kind: match run.kind.ends_with("--full") {
                true => RunKind::Full,
                false if of("predictions").is_some() => RunKind::First,
                false => RunKind::Sync,
            },
            started_at: Time::of_micros(run.started_at),
            finished_at: run.finished_at.map(Time::of_micros),
            error: of("error")
                .and_then(|error| Some(error.as_str()?.to_owned()))
                .or_else(|| (run.outcome.as_deref() == Some("interrupted")).then(|| RESUMED.to_owned())),
            requests: of("requests").and_then(|requests| requests.as_u64()),
            outcome: RunOutcome::of(run.outcome.as_deref()),
        }
    }
}
