//! The web app: its files lie in the program, compressed when they were built.

use std::borrow::Cow;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use rust_embed::RustEmbed;

/// What `cargo x web` makes. Without it the program has no pages, and says so.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Files;

/// Kinds of files, by their ending.
const KINDS: [(&str, &str); 9] = [
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("svg", "image/svg+xml"),
    ("woff2", "font/woff2"),
    ("png", "image/png"),
    ("json", "application/json"),
    ("txt", "text/plain; charset=utf-8"),
    ("webmanifest", "application/manifest+json"),
];

/// Encodings that files may lie in, the smallest first.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

const NOT_BUILT: &str =
    "This Haloscope was built without its web app. Build it with `cargo x build`; the API is at /api/v1.\n";

/// Answers a file, and every other address with the page that finds its way by itself.
pub(super) async fn serve(request: Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        // Nothing is posted to a page.
        return StatusCode::NOT_FOUND.into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    // Files that were built carry a hash in their name.
    let is_hashed = path.starts_with("assets/");
    if let Some(found) = file(path, request.headers(), is_hashed) {
        return found;
    }
    if is_hashed || path.rsplit_once('.').is_some_and(|(_, ending)| KINDS.iter().any(|(known, _)| *known == ending)) {
        return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response();
    }
    file("index.html", request.headers(), false)
        .unwrap_or_else(|| (StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT).into_response())
}

fn file(path: &str, headers: &HeaderMap, is_hashed: bool) -> Option<Response> {
    let plain = Files::get(path)?;
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    let kind = KINDS.iter().find(|(known, _)| *known == ending).map(|(_, kind)| *kind)?;
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accepts =
        |encoding: &str| accepted.split(',').any(|one| one.split(';').next().map(str::trim) == Some(encoding));
    let tag: String = plain.metadata.sha256_hash()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let mut answer = HeaderMap::new();
    let mut put = |name, value: &str| answer.insert(name, HeaderValue::from_str(value).expect("it is plain text"));
    put(header::CONTENT_TYPE, kind);
    put(header::VARY, "accept-encoding");
    put(header::ETAG, &tag);
    put(header::CACHE_CONTROL, if is_hashed { "public, max-age=31536000, immutable" } else { "no-cache" });
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Some((StatusCode::NOT_MODIFIED, answer).into_response());
    }
    let smaller = ENCODINGS.iter().filter(|(encoding, _)| accepts(encoding));
    let smaller = smaller.map(|(encoding, ending)| Some((encoding, Files::get(&format!("{path}{ending}"))?)));
    let data: Cow<'static, [u8]> = match smaller.flatten().next() {
        Some((encoding, found)) => {
            answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
            found.data
        }
        None => plain.data,
    };
    Some((answer, data.into_owned()).into_response())
}
