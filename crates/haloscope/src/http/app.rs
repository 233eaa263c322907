//! What all handlers share, and the routes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use utoipa::OpenApi as _;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Content, OpenApi, Ref, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;

use super::error::{ApiError, ApiErrorBody, Unfinished};
use super::guard::{self, Operations};
use super::permissions::{Needs, needs};
use super::{api, web};
use crate::accounts::attempts::Attempts;
use crate::background::hosted::Hosted;
use crate::installation::Installation;
use crate::sample::{Samples, Shown};
use crate::secret::random_text;

/// An installation whose connections are shown, and what is served of it.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) installation: Arc<Installation>,
    pub(super) hosted: Hosted,
    /// Its connections are to simulated HaloPSAs.
    pub(super) is_sample: bool,
}

/// Shared by all handlers.
pub struct App {
    /// What is administered.
    pub installation: Arc<Installation>,
    /// What is served of it.
    pub hosted: Hosted,
    /// Sample data.
    pub samples: Samples,
    /// Where it listens.
    pub listens_at: SocketAddr,
    /// Ends streams.
    pub stop: CancellationToken,
    /// How others reach it, where a person said so; such as `https://haloscope.acme.example`.
    pub public_url: Option<String>,
    pub(super) attempts: Attempts,
    /// Held by the one who tries a connection.
    pub(super) probing: Mutex<()>,
    pub(super) began: Instant,
    pub(super) operations: Operations,
}

/// Where the document is; it is for everybody.
pub(super) const DOCUMENT: &str = "/api/v1/openapi.json";
/// Bytes of a body at most.
const LARGEST_BODY: usize = 256 << 10;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Haloscope",
        description = "All that the web app can do. Sign in with a session, or send a service token as `Authorization: Bearer hst_...`. \
                   Times are RFC 3339 in UTC. Errors have a stable `code`; `request_id` names the request in the log.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(ApiErrorBody))
)]
struct Document;

fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(Document::openapi()).merge(api::routes())
}

/// The document of the API.
pub fn document() -> OpenApi {
    let mut document = routes().into_openapi();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        operations.into_iter().flatten().for_each(complete);
    }
    document
}

/// Adds what all operations share: the form of errors, and the permission that is needed.
fn complete(operation: &mut Operation) {
    let body = Content::new(Some(Ref::from_schema_name("ApiErrorBody")));
    let error = ResponseBuilder::new().description("What went wrong").content("application/json", body).build();
    operation.responses.responses.insert("default".to_owned(), error.into());
    let needed = match operation.operation_id.as_deref().and_then(needs) {
        Some(Needs::Permission(permission)) => permission.word(),
        Some(Needs::Session) => "session".to_owned(),
        _ => return,
    };
    operation.extensions.get_or_insert_default().insert("x-permission".to_owned(), needed.into());
}

impl App {
    /// With nothing held against anybody yet.
    pub fn new(
        installation: Arc<Installation>,
        hosted: Hosted,
        samples: Samples,
        (listens_at, public_url): (SocketAddr, Option<String>),
        stop: CancellationToken,
    ) -> Self {
        let operations = guard::operations(&document());
        let (attempts, probing, began) = (Attempts::default(), Mutex::default(), Instant::now());
        Self { installation, hosted, samples, listens_at, public_url, stop, attempts, probing, began, operations }
    }

    /// Whose connections are shown.
    pub(super) fn place(&self) -> Place {
        match self.samples.shown() {
            Some(Shown { installation, hosted, .. }) => Place { installation, hosted, is_sample: true },
            None => self.own_place(),
        }
    }

    /// Its own connections, also while sample data is shown in their place.
    pub(super) fn own_place(&self) -> Place {
        let (installation, hosted) = (self.installation.clone(), self.hosted.clone());
        Place { installation, hosted, is_sample: self.samples.sample().is_some() }
    }

    /// How others reach these pages, as far as is known: scheme, host and port.
    pub(super) fn origin(&self, headers: &HeaderMap) -> String {
        if let Some(url) = &self.public_url {
            return url.trim_end_matches('/').to_owned();
        }
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let scheme = if text("x-forwarded-proto") == Some("https") { "https" } else { "http" };
        match text("host") {
            Some(host) if host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte)) => {
                format!("{scheme}://{host}")
            }
            _ => format!("http://{}", self.listens_at),
        }
    }

    /// The present time, microseconds UTC.
    pub(super) fn now(&self) -> i64 {
        self.installation.clock.now_micros()
    }

    /// All routes: the API, its document, whether it lives, and the web app.
    pub fn router(self) -> Router {
        let app = Arc::new(self);
        let (router, _) = routes().split_for_parts();
        let api = router
            .route(DOCUMENT, get(openapi_json))
            .route("/api/v1/{*rest}", axum::routing::any(async || ApiError::not_found("operation").into_response()))
            .route_layer(middleware::from_fn_with_state(app.clone(), guard::guard))
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .with_state(app.clone());
        api.route("/healthz", get(async || "ok\n"))
            .route("/readyz", get(move || readyz(app.clone())))
            .fallback(web::serve)
            .layer(middleware::from_fn(finish))
    }
}

async fn openapi_json() -> Response {
    let text = document().to_json().unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

async fn readyz(app: Arc<App>) -> Response {
    if app.hosted.view().is_some() {
        return "ready\n".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, "the warehouse is being opened\n").into_response()
}

/// Headers that every answer has.
const HEADERS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        // Styles are also written by the component library as the page is shown.
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Gives each answer an id, and errors their form.
async fn finish(request: Request, next: Next) -> Response {
    let id = random_text().map(|text| text[..16].to_owned()).unwrap_or_else(|_| "none".to_owned());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let is_api = path.starts_with("/api/");
    let span = tracing::info_span!("request", id);
    let mut response = next.run(request).instrument(span).await;
    let status = response.status();
    if let Some(unfinished) = response.extensions_mut().remove::<Unfinished>() {
        response = unfinished.finish(status, &id);
    }
    if status.is_server_error() {
        tracing::warn!(request_id = id, %method, path, status = status.as_u16(), "request failed");
    }
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if is_api {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert("x-request-id", id);
    }
    response
}
