//! Who asks, and whether they may: looked at in one place, before any handler.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Extension, FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq as _;
use utoipa::openapi::OpenApi;

use super::app::App;
use super::error::ApiError;
use super::hooks;
use super::permissions::{NOT_AUDITED, Needs, needs};
use crate::accounts::sessions::{self, SignedIn};
use crate::accounts::{Permission, tokens};
use crate::store::NewAuditEntry;

/// Name of the cookie of a session.
pub(super) const COOKIE: &str = "haloscope_session";
/// Header that carries what only our own pages know.
const CSRF_HEADER: &str = "x-csrf-token";
/// What who is not signed in sends in it: that a page of another site cannot, as it may set no header.
pub(super) const SIGNED_OUT: &str = "signed-out";

/// Operation and needs, by method and path.
pub(super) type Operations = HashMap<(Method, String), (String, Needs)>;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Nobody,
    User(SignedIn),
    Token { name: String },
}

/// Who asks, from where, and what they may do.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) who: Who,
    pub(super) permissions: Vec<Permission>,
    /// Network address.
    pub(super) address: String,
    /// The text of the session.
    pub(super) session: Option<String>,
}

/// What is noted beside the operation, where its path says too little.
#[derive(Clone, Debug, Default)]
pub(super) struct Audited {
    /// In place of the one who asks: who signs in is nobody yet.
    pub(super) actor: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) detail: Option<String>,
}

impl Audited {
    /// An answer, with what is noted of it.
    pub(super) fn on(answer: impl IntoResponse, subject: impl Into<String>, detail: Option<String>) -> Response {
        let mut response = answer.into_response();
        response.extensions_mut().insert(Self { actor: None, subject: Some(subject.into()), detail });
        response
    }
}

impl Caller {
    /// Whether they may.
    pub(super) fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// How they are called in records.
    pub(super) fn name(&self) -> String {
        match &self.who {
            Who::Nobody => "nobody".to_owned(),
            Who::User(user) => user.name.clone(),
            Who::Token { name, .. } => format!("token {name}"),
        }
    }

    /// How people call them.
    pub(super) fn title(&self) -> String {
        match &self.who {
            Who::User(user) => user.display_name.clone(),
            _ => self.name(),
        }
    }

    /// The user; who needs a session is one.
    pub(super) fn user(&self) -> Result<&SignedIn, ApiError> {
        match &self.who {
            Who::User(user) => Ok(user),
            _ => Err(signed_out()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        // Every route is guarded, so that there is one.
        parts.extensions.get::<Self>().cloned().ok_or_else(signed_out)
    }
}

/// The operations of a document, each with what it needs.
pub(super) fn operations(document: &OpenApi) -> Operations {
    let mut operations = Operations::new();
    for (path, item) in &document.paths.paths {
        let methods = [
            (Method::GET, &item.get),
            (Method::PUT, &item.put),
            (Method::POST, &item.post),
            (Method::DELETE, &item.delete),
            (Method::PATCH, &item.patch),
        ];
        for (method, operation) in methods {
            let Some(operation) = operation else { continue };
            let id = operation.operation_id.clone().expect("each operation has a name");
            let needs = needs(&id).unwrap_or_else(|| panic!("the operation `{id}` needs a row in OPERATIONS"));
            operations.insert((method, path.clone()), (id, needs));
        }
    }
    operations
}

/// Lets through who may, and notes what they did.
pub(super) async fn guard(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<SocketAddr>,
    path: MatchedPath,
    mut request: Request,
    next: Next,
) -> Response {
    // A HEAD is answered as its GET.
    let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    let Some((operation, needs)) = app.operations.get(&(method.clone(), path.as_str().to_owned())).cloned() else {
        return match path.as_str() {
            super::app::DOCUMENT => next.run(request).await,
            _ => ApiError::not_found("operation").into_response(),
        };
    };
    let is_change = method != Method::GET;
    let caller = match admit(&app, peer, request.headers(), is_change, needs).await {
        Ok(caller) => caller,
        Err(error) => return error.into_response(),
    };
    let subject = request.uri().path().trim_start_matches("/api/v1").to_owned();
    request.extensions_mut().insert(caller.clone());
    let work = async move {
        let mut response = next.run(request).await;
        let audited = response.extensions_mut().remove::<Audited>();
        let is_noted = is_change && response.status().is_success() && !NOT_AUDITED.contains(&operation.as_str());
        if is_noted || audited.is_some() {
            note(&app, &caller, &operation, &subject, audited.unwrap_or_default()).await;
        }
        response
    };
    if !is_change {
        return work.await;
    }
    // A change that has begun is made and noted, also when who asked has gone.
    tokio::spawn(work).await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn note(app: &App, caller: &Caller, operation: &str, path: &str, audited: Audited) {
    let actor = audited.actor.unwrap_or_else(|| caller.name());
    let subject = audited.subject.unwrap_or_else(|| path.to_owned());
    let entry = NewAuditEntry {
        actor: &actor,
        action: operation,
        subject: &subject,
        detail: audited.detail.as_deref(),
        address: &caller.address,
    };
    if let Err(error) = app.installation.store.audit_add(&entry, app.now()).await {
        tracing::error!(error = &error as &dyn std::error::Error, operation, "what was done could not be noted");
    }
}

/// Whether who asked still may, for answers that have no end.
pub(super) async fn may_still(app: &App, peer: SocketAddr, headers: &HeaderMap, permission: Permission) -> bool {
    // A page that is open is no use of its session.
    let caller = caller(app, peer, headers, false).await;
    let admitted = caller.and_then(|caller| may(caller, headers, false, Needs::Permission(permission)));
    // A store that is away for a moment refuses nobody.
    admitted.err().is_none_or(|error| !error.is_refusal())
}

async fn admit(
    app: &App,
    peer: SocketAddr,
    headers: &HeaderMap,
    is_change: bool,
    needs: Needs,
) -> Result<Caller, ApiError> {
    let caller = caller(app, peer, headers, true).await?;
    may(caller, headers, is_change, needs)
}

fn may(caller: Caller, headers: &HeaderMap, is_change: bool, needs: Needs) -> Result<Caller, ApiError> {
    // A program that sends a token is no browser that another site could have send something.
    if is_change && !matches!(caller.who, Who::Token { .. }) {
        let expected = caller.session.as_deref().map_or_else(|| SIGNED_OUT.to_owned(), sessions::csrf_token);
        let sent = headers.get(CSRF_HEADER).map(|value| value.as_bytes()).unwrap_or_default();
        if !bool::from(sent.ct_eq(expected.as_bytes())) {
            return Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "csrf",
                "This request does not come from a page of Haloscope.",
            )
            .advise("Reload the page."));
        }
    }
    match (needs, &caller.who) {
        (Needs::Nothing, _) | (Needs::Session, Who::User(_)) => Ok(caller),
        (Needs::Session | Needs::Permission(_), Who::Nobody) => Err(signed_out()),
        (Needs::Session, Who::Token { .. }) => {
            Err(forbidden("A service token cannot do this: a person must be signed in.".to_owned()))
        }
        (Needs::Permission(permission), _) if caller.may(permission) => Ok(caller),
        (Needs::Permission(permission), who) => Err(forbidden(match who {
            Who::User(user) => {
                format!("Your role {} lacks the permission `{}`.", user.role.title(), permission.word())
            }
            _ => format!("This token lacks the scope `{}`.", permission.word()),
        })),
    }
}

async fn caller(app: &App, peer: SocketAddr, headers: &HeaderMap, is_use: bool) -> Result<Caller, ApiError> {
    let (store, now) = (&app.installation.store, app.now());
    let address = address(peer, headers);
    let nobody = Caller { who: Who::Nobody, permissions: Vec::new(), address, session: None };
    // What a proxy in front of us is told is none of ours.
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if let Some(text) = bearer {
        let Some((token, permissions)) = tokens::find(store, text, now).await? else {
            let message = "This token is not valid (any more).";
            return Err(ApiError::new(StatusCode::UNAUTHORIZED, "token_ended", message).advise("Make another one."));
        };
        return Ok(Caller { who: Who::Token { name: token.name }, permissions, ..nobody });
    }
    let Some(text) = cookie(headers) else { return Ok(nobody) };
    Ok(match sessions::find(store, text, now, is_use).await? {
        None => nobody,
        Some(user) => Caller {
            permissions: user.role.permissions(),
            who: Who::User(user),
            session: Some(text.to_owned()),
            ..nobody
        },
    })
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

/// Who is at the other end, of version 6 the network of a household. What a reverse proxy on this machine says last is believed.
fn address(peer: SocketAddr, headers: &HeaderMap) -> String {
    let said = || {
        let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
        last.rsplit(',').next()?.trim().parse().ok()
    };
    let forwarded = peer.ip().to_canonical().is_loopback().then(said).flatten();
    hooks::network(forwarded.unwrap_or(peer.ip()))
}

fn signed_out() -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "signed_out", "You are not signed in (any more).").advise("Sign in.")
}

pub(super) fn forbidden(message: String) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "forbidden", message).advise("Ask an administrator.")
}
