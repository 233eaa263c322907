//! Who did what.

use axum::Json;
use axum::extract::State as Shared;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::State;
use crate::http::error::ApiError;
use crate::http::extract::Asked;
use crate::time::Time;

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct AuditEntry {
    id: i64,
    at: Time,
    /// Name of a user, or `token NAME`.
    actor: String,
    /// The operation of this API.
    action: String,
    /// What it was done to.
    subject: String,
    detail: Option<String>,
    /// Network address it came from.
    address: String,
}

/// Part of what was done, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct AuditPage {
    entries: Vec<AuditEntry>,
    /// As `before`, for the next part; none at the end.
    next: Option<i64>,
}

/// Which part is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Part {
    /// Only what came before this entry.
    before: Option<i64>,
    /// How many; 50 unless said, 500 at most.
    limit: Option<u32>,
}

/// What was done, the newest first.
#[utoipa::path(get, path = "/api/v1/audit", operation_id = "audit_list", tag = "Audit", params(Part),
    responses((status = 200, body = AuditPage)))]
pub(super) async fn audit_list(Shared(app): State, Asked(part): Asked<Part>) -> Result<Json<AuditPage>, ApiError> {
    let limit = part.limit.unwrap_or(50).clamp(1, 500);
    let found = app.installation.store.audit_list(part.before, limit).await?;
    let is_full = found.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let next = found.last().filter(|_| is_full).map(|entry| entry.id);
    let entries = found.into_iter().map(|entry| AuditEntry {
        id: entry.id,
        at: Time::of_micros(entry.at),
        actor: entry.actor,
        action: entry.action,
        subject: entry.subject,
        detail: entry.detail,
        address: entry.address,
    });
    Ok(Json(AuditPage { entries: entries.collect(), next }))
}
