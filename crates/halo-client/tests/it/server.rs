//! A small server that answers what a test tells it, and a client for it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::response::{IntoResponse, Response};
use halo_client::{Budget, BudgetSettings, Client, Lane, ListCall, MemoryPermitLog, Settings, Ticks, Url};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::clocks::StepClock;

pub(crate) const SECRET: &str = "5f0c-secret-77aa";

/// One request as the server saw it.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// From 1, for each of token endpoint and API.
    pub(crate) number: usize,
    pub(crate) uri: String,
    pub(crate) authorization: String,
    pub(crate) body: String,
}

type Script = Arc<dyn Fn(&Call) -> Response + Send + Sync>;

/// A HaloPSA of a test.
pub(crate) struct Fake {
    pub(crate) url: Url,
    tokens: Mutex<Vec<Call>>,
    calls: Mutex<Vec<Call>>,
    token_script: Script,
    api_script: Script,
}

/// A token that tells its number.
pub(crate) fn token(call: &Call) -> Response {
    json(format!(r#"{{"access_token":"token-{}","token_type":"Bearer","expires_in":3600}}"#, call.number))
}

pub(crate) fn json(body: impl Into<String>) -> Response {
    ([("content-type", "application/json")], body.into()).into_response()
}

pub(crate) fn status(status: u16, body: &str) -> Response {
    (StatusCode::from_u16(status).unwrap(), body.to_owned()).into_response()
}

impl Fake {
    /// A server with a good token endpoint whose API answers as `api` says.
    pub(crate) async fn start(api: impl Fn(&Call) -> Response + Send + Sync + 'static) -> Arc<Self> {
        Self::start_with(token, api).await
    }

    pub(crate) async fn start_with(
        token: impl Fn(&Call) -> Response + Send + Sync + 'static,
        api: impl Fn(&Call) -> Response + Send + Sync + 'static,
    ) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let (tokens, calls) = (Mutex::default(), Mutex::default());
        let fake = Arc::new(Self { url, tokens, calls, token_script: Arc::new(token), api_script: Arc::new(api) });
        let answering = Arc::clone(&fake);
        let router = Router::new().fallback(move |request: Request| Arc::clone(&answering).answer(request));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        fake
    }

    async fn answer(self: Arc<Self>, request: Request) -> Response {
        let uri = request.uri().to_string();
        let authorization = request.headers().get(AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
        let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
        let is_token = uri.starts_with("/auth/token");
        let (seen, script) =
            if is_token { (&self.tokens, &self.token_script) } else { (&self.calls, &self.api_script) };
        let call = {
            let mut seen = seen.lock().unwrap();
            let number = seen.len() + 1;
            let body = String::from_utf8_lossy(&body).into_owned();
            let call = Call { number, uri, authorization: authorization.unwrap_or_default(), body };
            seen.push(call.clone());
            call
        };
        script(&call)
    }

    pub(crate) fn tokens(&self) -> Vec<Call> {
        self.tokens.lock().unwrap().clone()
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    pub(crate) fn settings(&self) -> Settings {
        settings(&self.url)
    }
}

/// Settings for a server at `url` that allow its private address.
pub(crate) fn settings(url: &Url) -> Settings {
    let below = |path: &str| url.join(path).unwrap();
    let secret = SECRET.to_owned().into();
    let mut settings = Settings::new(below("/auth"), below("/api"), None, "client-1".to_owned(), secret);
    settings.allow_private_address = true;
    settings
}

/// A client, its budget of 100 requests in 300 s, and the clock that they follow.
pub(crate) struct Setup {
    pub(crate) client: Client,
    pub(crate) budget: Arc<Budget>,
    pub(crate) clock: Arc<StepClock>,
}

pub(crate) async fn setup(settings: Settings) -> Setup {
    let clock = Arc::new(StepClock::default());
    let limit = BudgetSettings { limit: 100, reserve_percent: 0, ..BudgetSettings::default() };
    let budget =
        Budget::new(limit, Arc::new(MemoryPermitLog::default()), Arc::<StepClock>::clone(&clock)).await.unwrap();
    let ticks = Arc::new(Ticks::new(1));
    let client = Client::new(settings, Arc::clone(&budget), ticks, Arc::<StepClock>::clone(&clock)).unwrap();
    Setup { client, budget, clock }
}

impl Setup {
    pub(crate) async fn tickets(&self) -> Result<halo_client::Page, halo_client::HaloError> {
        self.client.list(Lane::Backfill, &TICKETS).await
    }
}

pub(crate) const TICKETS: ListCall<'static> =
    ListCall { path: "/Tickets", key: "tickets", params: &[], max_bytes: None };

/// A server that reads a request and answers with `bytes`, then closes the connection; for answers that break HTTP.
pub(crate) async fn raw_server(bytes: Vec<u8>) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/api", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let bytes = bytes.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = socket.read(&mut request).await;
                // The client may hang up before it has read all.
                let _ = socket.write_all(&bytes).await;
                let _ = socket.shutdown().await;
                let _ = tokio::time::timeout(Duration::from_secs(5), socket.read(&mut request)).await;
            });
        }
    });
    url
}
