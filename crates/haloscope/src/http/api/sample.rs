//! Sample data, for who has no HaloPSA at hand.

use axum::Json;
use axum::extract::State as Shared;

use super::State;
use super::session::{self, SessionView};
use crate::http::error::ApiError;
use crate::http::guard::Caller;
use crate::sample::Ask;

/// Starts a simulated HaloPSA and shows it in place of connections, as long as there is none.
#[utoipa::path(post, path = "/api/v1/sample", operation_id = "sample_start", tag = "Sample data",
    responses((status = 200, body = SessionView)))]
pub(super) async fn sample_start(Shared(app): State, caller: Caller) -> Result<Json<SessionView>, ApiError> {
    if !app.installation.store.connection_list().await?.is_empty() {
        return Err(ApiError::conflict("A HaloPSA is connected already: sample data is for an empty installation.")
            .advise("`haloscope demo` shows it in a folder of its own."));
    }
    app.samples.ask(Ask::Start).await.map_err(ApiError::conflict)?;
    session::of_caller(&app, &caller).await.map(Json)
}

/// Removes the sample data without a trace.
#[utoipa::path(delete, path = "/api/v1/sample", operation_id = "sample_remove", tag = "Sample data",
    responses((status = 200, body = SessionView)))]
pub(super) async fn sample_remove(Shared(app): State, caller: Caller) -> Result<Json<SessionView>, ApiError> {
    app.samples.ask(Ask::Remove).await.map_err(ApiError::conflict)?;
    session::of_caller(&app, &caller).await.map(Json)
}
