//! The screens under *Configuration > Integrations > Webhooks*, where HaloPSA has them and with its labels, so
//! that a set-up guide can be followed word by word. Plain forms without scripts; nothing is fetched from outside.
//!
//! They stand in for the screens that HaloPSA's guide G838 describes; how they look is the simulator's own.

mod draft;
mod html;
mod log;
mod screens;

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::query::Query;
use crate::sim::Sim;

/// Path of the list of webhooks; all other pages are below it.
pub const HOME: &str = "/config/integrations/webhooks";
/// The largest form that is read.
const FORM_BYTES: usize = 256 * 1024;

/// What a page answers.
enum Shown {
    Page(String),
    /// Something was done: go there to see it.
    Go(String),
    Missing,
}

/// Answers one request; `segments` are those after `/config`.
pub(crate) async fn serve(sim: &Arc<Sim>, segments: &[&str], request: Request) -> Response {
    let posted = request.method() == Method::POST;
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let Ok(bytes) = to_bytes(request.into_body(), FORM_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let form = Query::parse(&String::from_utf8_lossy(&bytes));
    let segments: Vec<String> = segments.iter().map(|segment| segment.to_lowercase()).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let shown = match (posted, segments.as_slice()) {
        (false, []) => Shown::Page(screens::configuration()),
        (false, ["integrations"]) => Shown::Page(screens::integrations()),
        (false, ["integrations", "webhooks"]) => Shown::Page(screens::list(sim)),
        (false, ["integrations", "webhooks", "new"]) => Shown::Page(screens::new()),
        (true, ["integrations", "webhooks", "new"]) => screens::posted(sim, None, &form),
        (false, ["integrations", "webhooks", id]) => screens::details(sim, id),
        (true, ["integrations", "webhooks", id]) => screens::posted(sim, Some(id), &form),
        (false, ["integrations", "webhooks", id, "deliveries"]) => log::list(sim, id, &query),
        (false, ["integrations", "webhooks", id, "deliveries", delivery]) => log::one(sim, id, delivery, &query),
        (true, ["integrations", "webhooks", id, "deliveries", delivery]) => log::resend(sim, id, delivery),
        _ => Shown::Missing,
    };
    match shown {
        Shown::Page(page) => ([(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response(),
        Shown::Go(place) => (StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response(),
        Shown::Missing => StatusCode::NOT_FOUND.into_response(),
    }
}
