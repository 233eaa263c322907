//! Starting, serving and stopping.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{DATE, HOST};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use axum::serve::ListenerExt as _;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::options::Options;
use crate::sim::Sim;
use crate::{answer, api, clock, control, demo, live, times, token, webhooks};

/// A simulator that is running in this process. It also stops when this is dropped.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    options: Options,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// The address without a path, for example `http://127.0.0.1:4000`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The Auth URL, to which `/token` is added.
    pub fn auth_url(&self) -> String {
        format!("{}/auth", self.base_url())
    }

    /// The Resource URL, under which all entities are.
    pub fn resource_url(&self) -> String {
        format!("{}/api", self.base_url())
    }

    /// The name of the tenant.
    pub fn tenant(&self) -> &str {
        &self.options.tenant
    }

    /// The client id of the one API application.
    pub fn client_id(&self) -> &str {
        &self.options.client_id
    }

    /// The client secret of the one API application. It is synthetic.
    pub fn client_secret(&self) -> &str {
        &self.options.client_secret
    }

    /// Takes no more requests, finishes those that run, and ends.
    ///
    /// # Errors
    /// When serving had failed.
    pub async fn stop(self) -> anyhow::Result<()> {
        // Serving may have ended by itself; then nobody listens for this.
        let _ = self.stop.send(());
        self.serving.await.context("the simulator panicked")?.context("the simulator stopped serving")
    }
}

/// Makes the provider and serves it on 127.0.0.1, in the background of the present runtime.
///
/// # Errors
/// When the port is taken or the clock file cannot be written.
pub async fn start(options: Options) -> anyhow::Result<Running> {
    let port = options.port;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("cannot listen on port {port} of 127.0.0.1"))?;
    let addr = listener.local_addr().context("the listener has no address")?;
    let kept = options.clone();
    let sim = tokio::task::spawn_blocking(|| Sim::new(options)).await.context("making the provider failed")??;
    let sim = Arc::new(sim);
    if sim.clock.has_running_file() {
        tokio::spawn(tell_time(Arc::downgrade(&sim)));
    }
    if sim.options.live.is_some() {
        tokio::spawn(live::work(Arc::downgrade(&sim)));
    }
    if let Some(seconds) = sim.options.events_within {
        tokio::spawn(demo::oblige(Arc::downgrade(&sim), Duration::from_secs(seconds)));
    }
    if let Some(count) = sim.options.changes_per_minute {
        tokio::spawn(demo::stir(Arc::downgrade(&sim), count));
    }
    let app = Router::new().fallback(dispatch).with_state(sim);
    // Small answers must not wait for the next one.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, app).with_graceful_shutdown(async {
        // An error means that the handle was dropped, which stops the simulator as well.
        let _ = stopped.await;
    });
    let serving = tokio::spawn(server.into_future());
    Ok(Running { addr, options: kept, stop, serving })
}

/// Runs a simulator until ctrl-c or SIGTERM, after printing the five values of a connection.
///
/// # Errors
/// As [`start`], and when nothing can be printed.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let running = start(options).await?;
    print(&running).context("cannot print the five values")?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    running.stop().await
}

fn print(running: &Running) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for (name, value) in [
        ("Auth URL", running.auth_url().as_str()),
        ("Resource URL", running.resource_url().as_str()),
        ("Tenant", running.tenant()),
        ("Client ID", running.client_id()),
        ("Client Secret", running.client_secret()),
    ] {
        writeln!(out, "{:<14} {value}", format!("{name}:"))?;
    }
    out.flush()
}

/// Keeps the clock file young until the simulator is gone.
async fn tell_time(sim: std::sync::Weak<Sim>) {
    let mut ticks = tokio::time::interval(clock::FILE_AGE);
    loop {
        ticks.tick().await;
        let Some(sim) = sim.upgrade() else { return };
        if let Err(error) = sim.clock.tell() {
            tracing::error!("{error:#}");
            return;
        }
    }
}

/// Sends a request to its part of the server. Case and doubled slashes in the fixed parts do not matter.
async fn dispatch(State(sim): State<Arc<Sim>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let first = segments.first().map(|segment| segment.to_lowercase());
    let second = segments.get(1).map(|segment| segment.to_lowercase());
    let mut response = match (first.as_deref(), second.as_deref()) {
        (Some("auth"), Some("token")) if segments.len() == 2 => token::serve(&sim, request).await,
        (Some("api"), Some("authinfo")) if segments.len() == 2 => auth_info(&sim, request.headers()),
        (Some("api"), _) => api::serve(&sim, &segments[1..], request).await,
        (Some("config"), _) => webhooks::pages::serve(&sim, &segments[1..], request).await,
        (Some("_sim"), _) => control::serve(&sim, &segments[1..], request).await,
        _ => answer::login_page(),
    };
    let date = HeaderValue::from_str(&times::http_date(sim.clock.now())).expect("a date is plain text");
    response.headers_mut().insert(DATE, date);
    response
}

/// `GET /api/AuthInfo`: where tokens are to be had. Needs none.
fn auth_info(sim: &Sim, headers: &HeaderMap) -> Response {
    let host = headers.get(HOST).and_then(|value| value.to_str().ok()).unwrap_or("127.0.0.1");
    let body = json!({ "auth_url": format!("http://{host}/auth"), "tenant_id": sim.options.tenant });
    answer::json_value(StatusCode::OK, &body)
}
