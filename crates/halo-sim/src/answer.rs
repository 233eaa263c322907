//! The forms of answers. Error bodies come in HaloPSA's several shapes, often empty.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::times;
use crate::traps::Wait;

pub(crate) fn empty(status: StatusCode) -> Response {
    status.into_response()
}

/// A status that a trap's settings name.
pub(crate) fn bare_status(status: u16) -> Response {
    empty(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
}

/// Bytes that are JSON already.
pub(crate) fn json_bytes(status: StatusCode, body: impl Into<Body>) -> Response {
    (status, [(CONTENT_TYPE, "application/json; charset=utf-8")], body.into()).into_response()
}

pub(crate) fn json_value(status: StatusCode, body: &Value) -> Response {
    json_bytes(status, body.to_string())
}

/// A value of a field that the model cannot hold.
pub(crate) fn model_state(field: &str, message: &str) -> Response {
    json_value(StatusCode::BAD_REQUEST, &json!({ field: [message] }))
}

/// An id that is not of the kind's type.
pub(crate) fn bad_id(id: &str) -> Response {
    model_state("id", &format!("The value '{id}' is not valid."))
}

/// The sentence is on record for 300 requests in 5 minutes; that it comes as `error` is inferred.
pub(crate) fn too_many(limit: usize, window_seconds: u32, wait: Option<&Wait>, now: times::Ms) -> Response {
    let window = match window_seconds % 60 {
        0 => format!("{} minute", window_seconds / 60),
        _ => format!("{window_seconds} second"),
    };
    let sentence = format!("Rate Limit Reached - {limit} Requests per rolling {window} window");
    let mut response = json_value(StatusCode::TOO_MANY_REQUESTS, &json!({ "error": sentence }));
    if let Some(wait) = wait {
        let text = match wait.as_date {
            true => times::http_date(now.saturating_add(wait.seconds.saturating_mul(1_000))),
            false => wait.seconds.to_string(),
        };
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().insert(RETRY_AFTER, value);
        }
    }
    response
}

/// What is served outside `/api`, and by mistake inside it.
pub(crate) fn login_page() -> Response {
    const PAGE: &str = concat!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Log in</title></head>\n",
        "<body><h1>Log in</h1><form method=\"post\" action=\"/login\"><input name=\"username\">",
        "<input name=\"password\" type=\"password\"><button>Log in</button></form></body>\n</html>\n",
    );
    (StatusCode::OK, [(CONTENT_TYPE, "text/html; charset=utf-8")], PAGE).into_response()
}

pub(crate) fn to_login_page() -> Response {
    (StatusCode::FOUND, [(LOCATION, "/login")]).into_response()
}

/// A fault that HaloPSA's server handled: the outline of a .NET exception.
pub(crate) fn exception(message: &str) -> Response {
    let body = json!({ "ClassName": "System.Exception", "Message": message, "Data": null, "InnerException": null });
    json_value(StatusCode::BAD_REQUEST, &body)
}
