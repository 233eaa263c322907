//! How the installation itself stands.

use std::path::Path;

use axum::Json;
use axum::extract::State as Shared;
use serde::Serialize;
use utoipa::ToSchema;

use super::State;
use super::connections::summary;
use crate::background::standing::{ConnectionSummary, Health};
use crate::http::app::Place;
use crate::http::error::ApiError;
use crate::time::Time;
use crate::webhooks::address;
use crate::webhooks::status::{self, WebhookStatus};

/// Free room below which a disk is said to be nearly full: a tenth, and at least a gigabyte.
const LITTLE: u64 = 1_000_000_000;

/// How the installation stands.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct HealthView {
    version: String,
    /// When this process began.
    started_at: Time,
    uptime_s: u64,
    /// Memory of this process; none where the system does not tell.
    process_memory_bytes: Option<u64>,
    store: EngineView,
    warehouse: EngineView,
    disk: Option<DiskView>,
    connections: Vec<ConnectionHealth>,
    /// Where it listens.
    listens_at: String,
    /// Under which address HaloPSA reaches it, where one was set.
    public_url: Option<String>,
    /// What was looked at, in words; what is wrong comes first.
    checks: Vec<CheckView>,
}

/// An engine.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct EngineView {
    /// `sqlite` or `postgresql`; `duckdb` or `ducklake`.
    engine: String,
    /// Bytes of its files here; none where they are elsewhere.
    size_bytes: Option<u64>,
}

/// The disk that the data folder is on.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct DiskView {
    /// The data folder.
    folder: String,
    free_bytes: u64,
    total_bytes: u64,
}

/// A connection, as far as it tells of the installation.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ConnectionHealth {
    id: i64,
    name: String,
    health: Health,
    as_of: Option<Time>,
    deliveries_waiting: u64,
    deliveries_dead: u64,
}

/// Something that was looked at.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct CheckView {
    name: String,
    ok: bool,
    /// What is so, and what to do about it.
    sentence: String,
}

/// How the installation itself stands.
#[utoipa::path(get, path = "/api/v1/health", operation_id = "health_get", tag = "Health",
    responses((status = 200, body = HealthView)))]
pub(super) async fn health_get(Shared(app): State) -> Result<Json<HealthView>, ApiError> {
    let place = app.place();
    let (mut connections, mut checks) = (Vec::new(), Vec::new());
    for connection in place.installation.store.connection_list().await? {
        let summary = summary(&place, &connection).await?;
        let webhook = status::of(&place.installation, &connection).await?;
        let seen = ConnectionHealth {
            id: summary.id,
            name: summary.name.clone(),
            health: summary.health.health,
            as_of: summary.as_of,
            deliveries_waiting: webhook.waiting,
            deliveries_dead: webhook.dead,
        };
        checks.extend([of_connection(&summary), of_webhook(&summary.name, &webhook), of_deliveries(&seen)]);
        connections.push(seen);
    }
    let uptime_s = app.began.elapsed().as_secs();
    let (store, warehouse) = engines(&place);
    let disk = disk(place.installation.folder.paths().folder());
    let public_url = address::chosen(&place.installation).await?;
    checks.extend(disk.as_ref().map(of_disk));
    checks.push(of_address(public_url.as_deref()));
    checks.sort_by_key(|check| check.ok);
    Ok(Json(HealthView {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: Time::of_micros(app.now() - i64::try_from(uptime_s).unwrap_or(0) * 1_000_000),
        uptime_s,
        process_memory_bytes: memory(),
        store,
        warehouse,
        disk,
        connections,
        listens_at: app.listens_at.to_string(),
        public_url,
        checks,
    }))
}

fn check(name: impl Into<String>, ok: bool, sentence: impl Into<String>) -> CheckView {
    CheckView { name: name.into(), ok, sentence: sentence.into() }
}

fn of_connection(summary: &ConnectionSummary) -> CheckView {
    let name = format!("Connection {}", summary.name);
    match summary.health.health {
        Health::Healthy => check(name, true, "All that may be read is here."),
        Health::NotSynced => check(name, true, "Its first pass has not ended yet."),
        Health::NeedsAttention => {
            let count = summary.health.attention;
            check(name, false, format!("{count} kinds of records need attention: its sync tab says which, and why."))
        }
        Health::Failing => {
            let why = summary.health.error.clone().unwrap_or_else(|| "The last pass failed.".to_owned());
            let advice = summary.health.advice.clone().unwrap_or_default();
            check(name, false, format!("{}. {advice}", why.trim_end_matches('.')).trim().to_owned())
        }
        Health::Stale => check(name, false, "No pass has ended for a while: its sync tab says what it is doing."),
    }
}

fn of_webhook(connection: &str, status: &WebhookStatus) -> CheckView {
    let name = format!("Webhook of {connection}");
    match (&status.cause, status.trouble()) {
        (Some(cause), Some(_)) => check(name, false, cause.sentence.clone()),
        _ => check(name, true, format!("{}. {}", status.title, status.sentence)),
    }
}

fn of_deliveries(connection: &ConnectionHealth) -> CheckView {
    let name = format!("Deliveries of {}", connection.name);
    match connection.deliveries_dead {
        0 => {
            let waiting = match connection.deliveries_waiting {
                0 => "None waits".to_owned(),
                1 => "One waits".to_owned(),
                count => format!("{count} wait"),
            };
            check(name, true, format!("{waiting} to be followed, none failed."))
        }
        dead => check(name, false, format!("{dead} could not be followed: replay them on the webhook tab.")),
    }
}

fn of_disk(disk: &DiskView) -> CheckView {
    let percent = disk.free_bytes.saturating_mul(100) / disk.total_bytes.max(1);
    let ok = disk.free_bytes > LITTLE && percent >= 10;
    let advice = if ok { "" } else { " Free some space: a full disk stops synchronisation." };
    check("Disk", ok, format!("{percent} % of the disk of the data folder is free.{advice}"))
}

fn of_address(public_url: Option<&str>) -> CheckView {
    match public_url {
        Some(url) => check("Public address", true, format!("HaloPSA is told to post to {url}.")),
        None => check(
            "Public address",
            true,
            "None is set: HaloPSA must reach the address that Haloscope listens at. Behind a reverse proxy, start it with \
             --public-url.",
        ),
    }
}

fn engines(place: &Place) -> (EngineView, EngineView) {
    let view =
        |engine: &str, path: Option<&Path>| EngineView { engine: engine.to_owned(), size_bytes: path.and_then(size) };
    let [store, warehouse] = place.installation.engines();
    (view(store.0, store.1.as_deref()), view(warehouse.0, warehouse.1.as_deref()))
}

/// Bytes of a file and its log.
fn size(path: &Path) -> Option<u64> {
    let log = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        std::fs::metadata(name).map_or(0, |file| file.len())
    };
    Some(std::fs::metadata(path).ok()?.len() + log("-wal") + log(".wal"))
}

fn disk(folder: &Path) -> Option<DiskView> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(DiskView {
        folder: folder.display().to_string(),
        free_bytes: found.f_bavail.saturating_mul(found.f_frsize),
        total_bytes: found.f_blocks.saturating_mul(found.f_frsize),
    })
}

/// Resident memory of this process.
fn memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1_024)
}
