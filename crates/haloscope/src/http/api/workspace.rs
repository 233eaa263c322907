//! Time zone, working hours and holidays.

use axum::Json;
use axum::extract::State as Shared;

use super::State;
use crate::http::error::ApiError;
use crate::http::extract::Body;
use crate::workspace::{Workspace, zones};

/// How the people here work.
#[utoipa::path(get, path = "/api/v1/workspace", operation_id = "workspace_get", tag = "Workspace",
    responses((status = 200, body = Workspace)))]
pub(super) async fn workspace_get(Shared(app): State) -> Result<Json<Workspace>, ApiError> {
    Ok(Json(Workspace::get(&app.installation.store).await?))
}

/// Changes it as a whole.
#[utoipa::path(put, path = "/api/v1/workspace", operation_id = "workspace_set", tag = "Workspace", request_body = Workspace,
    responses((status = 200, body = Workspace)))]
pub(super) async fn workspace_set(
    Shared(app): State,
    Body(mut given): Body<Workspace>,
) -> Result<Json<Workspace>, ApiError> {
    given.name = given.name.trim().to_owned();
    let wrong = given.objections();
    if !wrong.is_empty() {
        return Err(ApiError::invalid(wrong));
    }
    given.set(&app.installation.store).await?;
    Ok(Json(given))
}

/// Names of time zones.
#[utoipa::path(get, path = "/api/v1/workspace/zones", operation_id = "zone_list", tag = "Workspace",
    responses((status = 200, body = [String])))]
pub(super) async fn zone_list() -> Json<Vec<String>> {
    Json(zones())
}
