//! Bodies that are spoilt on their way out.

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::{StreamExt as _, stream};

use super::Answer;
use super::catalog::Served;
use crate::answer;
use crate::traps::Fault;

/// Turns an answer into a response, spoilt as the fault says. Only bodies of good answers are spoilt.
pub(super) fn finish(answer: Answer, entity: Option<&'static dyn Served>, fault: Option<&Fault>) -> Response {
    let (status, bytes) = match answer {
        Answer::Json(status, bytes) => (status, bytes),
        Answer::Other(response) => return response,
    };
    let key = entity.map_or("", Served::key);
    match fault {
        Some(Fault::Cut) if status == StatusCode::OK => cut(bytes),
        Some(Fault::Huge(megabytes)) if status == StatusCode::OK => huge(key, *megabytes),
        Some(Fault::Deep(depth)) if status == StatusCode::OK => {
            let (head, tail) = around(key);
            let nested = format!("{head}{}{}{tail}", "[".repeat(*depth), "]".repeat(*depth));
            answer::json_bytes(status, nested)
        }
        _ => answer::json_bytes(status, bytes),
    }
}

/// A list of one record whose one text or array is still to come, up to its value and after it.
fn around(key: &str) -> (String, String) {
    match key {
        "" => ("[{\"id\":1,\"note\":".to_owned(), "}]".to_owned()),
        _ => (format!("{{\"record_count\":1,\"{key}\":[{{\"id\":1,\"note\":"), "}]}".to_owned()),
    }
}

/// Sends half of the body and breaks the connection, though all of it was announced.
fn cut(bytes: Vec<u8>) -> Response {
    let length = bytes.len();
    let half = Bytes::from(bytes).slice(..length / 2);
    let broken = stream::once(async {
        // The server sends what it has while it waits, so that head and half really arrive.
        tokio::task::yield_now().await;
        Err(std::io::Error::new(std::io::ErrorKind::ConnectionAborted, "cut by a trap"))
    });
    let pieces = stream::once(async { Ok(half) }).chain(broken);
    let mut response = answer::json_bytes(StatusCode::OK, Body::from_stream(pieces));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    response
}

/// Streams so many megabytes of text without ever holding them.
fn huge(key: &str, megabytes: u64) -> Response {
    static MEGABYTE: [u8; 1_000_000] = [b'x'; 1_000_000];
    let (head, tail) = around(key);
    let end = megabytes + 1;
    let pieces = stream::iter((0..=end).map(move |piece| {
        let bytes = match piece {
            0 => Bytes::from(format!("{head}\"")),
            piece if piece == end => Bytes::from(format!("\"{tail}")),
            _ => Bytes::from_static(&MEGABYTE),
        };
        Ok::<_, std::convert::Infallible>(bytes)
    }));
    let mut response = Response::new(Body::from_stream(pieces));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}
