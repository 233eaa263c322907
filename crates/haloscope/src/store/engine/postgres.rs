//! A store in a schema of a PostgreSQL database, held by one process at a time.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgPool, Postgres};

use super::READERS;
use crate::store::error::{Result, StoreError};

/// All tables of a store are in it.
const SCHEMA: &str = "haloscope";
/// A statement that takes longer is ended by the server; no statement of ours takes a tenth of it.
const STATEMENT_TIMEOUT: &str = "10s";
/// How long a task waits for a connection, a new one included, and how long for an answer, before it hears that the server is away.
const FOR_A_CONNECTION: Duration = Duration::from_secs(5);
const FOR_AN_ANSWER: Duration = Duration::from_secs(15);
/// How long is waited for whoever holds the store: the server may need a moment to miss a process that has just ended.
const FOR_A_HOLDER: Duration = Duration::from_secs(2);
/// The number under which a process holds the store: "Halo" in bytes.
const LOCK: i64 = 0x4861_6c6f;

/// Has the server miss a process that vanished with its machine, whose hold would last for hours otherwise.
const MISSES_THE_DEAD: [(&str, &str); 4] = [
    ("tcp_keepalives_idle", "15"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "15000"),
];

/// Parameters of an address that are understood. The library would show others, with their values, in the log.
const PARAMETERS: [&str; 6] = ["host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey"];

/// Address of a PostgreSQL database, `postgres://user:password@host:port/database`. Shown without the password.
#[derive(Clone)]
pub struct PostgresUrl {
    options: Box<PgConnectOptions>,
    whole: String,
    /// Without the password.
    shown: String,
}

/// Why a text is no address of a database. It is not shown: it may hold a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It does not look like one.
    #[error("this is no address of a PostgreSQL database")]
    NoAddress,
    /// It does not say where, or which one.
    #[error("the address names no host or no database")]
    Incomplete,
    /// A sign in it stands for nothing.
    #[error("the address has a % that stands for no character: write %25 for a % in a password")]
    Percent,
    /// It has a parameter that is not understood.
    #[error("the address has a parameter other than {}", PARAMETERS.join(", "))]
    Parameter,
}

impl FromStr for PostgresUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let url: halo_client::Url = text.trim().parse().map_err(|_| UrlError::NoAddress)?;
        if !["postgres", "postgresql"].contains(&url.scheme()) {
            return Err(UrlError::NoAddress);
        }
        if !url.query_pairs().all(|(name, _)| PARAMETERS.contains(&&*name)) {
            return Err(UrlError::Parameter);
        }
        // PostgreSQL's own library takes signs literally that this one escapes, and refuses what this one takes literally.
        let whole = url.to_string();
        let is_code = |rest: &str| rest.as_bytes().get(..2).is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit));
        if !whole.split('%').skip(1).all(is_code) {
            return Err(UrlError::Percent);
        }
        let host = url.query_pairs().find(|(name, _)| name == "host").map(|(_, host)| host.into_owned());
        let host = host.or_else(|| url.host_str().map(str::to_owned)).filter(|host| !host.is_empty());
        let options = PgConnectOptions::from_str(&whole).map_err(|_| UrlError::NoAddress)?;
        let (Some(host), Some(database)) = (host, options.get_database()) else { return Err(UrlError::Incomplete) };
        let shown = format!("postgres://{host}:{}/{database}", options.get_port());
        Ok(Self { options: Box::new(options), whole, shown })
    }
}

impl PartialEq for PostgresUrl {
    /// Whether they name the same database.
    fn eq(&self, other: &Self) -> bool {
        self.shown == other.shown
    }
}

impl Eq for PostgresUrl {}

impl PostgresUrl {
    /// The address with the password, spelt so that every library understands it.
    pub fn with_password(&self) -> &str {
        &self.whole
    }

    pub(super) fn options(&self) -> PgConnectOptions {
        PgConnectOptions::clone(&self.options)
            .application_name("haloscope reader")
            .disable_statement_logging()
            .options([("search_path", SCHEMA), ("statement_timeout", STATEMENT_TIMEOUT), ("synchronous_commit", "on")])
            .options(MISSES_THE_DEAD)
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The pools of a database.
#[derive(Clone, Debug)]
pub(super) struct Database {
    address: Arc<str>,
    /// One connection: writes come one after the other, as in SQLite. It holds the store.
    pub(super) writer: PgPool,
    pub(super) readers: PgPool,
    /// Somebody else took hold of the store while this process had no connection.
    lost: Arc<AtomicBool>,
}

impl Database {
    pub(super) async fn open(url: &PostgresUrl) -> Result<Self> {
        let address: Arc<str> = url.to_string().into();
        let failed = |source| StoreError::of_postgres(&address, "open", source);
        // One name for each process: a connection that broke may seem to live on at the server.
        let name = format!("haloscope {} {}", std::process::id(), jiff::Timestamp::now().as_microsecond());
        let connect = url.options().application_name(&name);
        let mut first = patient(PgConnection::connect_with(&connect)).await.map_err(failed)?;
        if !take_hold(&mut first).await.map_err(failed)? {
            return Err(StoreError::Held { address: address.to_string() });
        }
        // Making tables may take longer than any statement after it.
        for statement in ["set statement_timeout = 0", "create schema if not exists haloscope"] {
            sqlx::query(statement).execute(&mut first).await.map_err(failed)?;
        }
        let migrated = sqlx::migrate!("src/store/migrations/postgres").run(&mut first).await;
        migrated.map_err(|error| StoreError::migrating(&address, error, failed))?;
        first.close().await.map_err(failed)?;
        let pool = || PgPoolOptions::new().acquire_timeout(FOR_A_CONNECTION).max_lifetime(None);
        let lost = Arc::<AtomicBool>::default();
        let of_writer = lost.clone();
        let writer = pool().max_connections(1).idle_timeout(None).after_connect(move |connection, _| {
            let lost = of_writer.clone();
            Box::pin(async move {
                let holds = take_hold(connection).await?;
                lost.store(!holds, Ordering::Relaxed);
                if holds { Ok(()) } else { Err(sqlx::Error::Protocol("another process holds the store".to_owned())) }
            })
        });
        let writer = writer.connect_lazy_with(connect);
        let readers = pool().max_connections(READERS).connect_lazy_with(url.options());
        Ok(Self { address, writer, readers, lost })
    }

    pub(super) async fn close(self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    pub(super) fn failed(&self, action: &'static str, source: sqlx::Error) -> StoreError {
        if matches!(source, sqlx::Error::PoolTimedOut) && self.lost.load(Ordering::Relaxed) {
            return StoreError::Held { address: self.address.to_string() };
        }
        StoreError::of_postgres(&self.address, action, source)
    }
}

/// Takes hold of the store for as long as this connection lives. Answers whether nobody else has it.
async fn take_hold(connection: &mut PgConnection) -> sqlx::Result<bool> {
    // An older connection of this very process may live on at the server, which has not missed it yet.
    let end = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
               where application_name = current_setting('application_name') and pid <> pg_backend_pid()";
    let began = Instant::now();
    loop {
        let holds = sqlx::query_scalar("select pg_try_advisory_lock($1)").bind(LOCK);
        if holds.fetch_one(&mut *connection).await? {
            return Ok(true);
        }
        if began.elapsed() > FOR_A_HOLDER {
            return Ok(false);
        }
        sqlx::query(end).execute(&mut *connection).await?;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Whether a statement was given up in favour of somebody else's, and may succeed when it is tried again.
pub(super) fn gave_way(error: &sqlx::Error) -> bool {
    const SERIALIZATION_FAILURE: &str = "40001";
    const DEADLOCK_DETECTED: &str = "40P01";
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code == SERIALIZATION_FAILURE || code == DEADLOCK_DETECTED)
}

/// A connection that is in use. Dropped before [`Self::give_back`], as when somebody stops waiting for its answer, it is closed rather
/// than used again: nobody knows what it is in the middle of.
pub(super) struct Lease(Option<PoolConnection<Postgres>>);

impl Lease {
    pub(super) async fn take(pool: &PgPool) -> sqlx::Result<Self> {
        Ok(Self(Some(pool.acquire().await?)))
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        self.0.as_mut().expect("it is given back at the end")
    }

    pub(super) fn give_back(mut self) {
        self.0 = None;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}

/// Waits for the server, but not for ever: one that hangs neither answers nor breaks the connection.
pub(super) async fn patient<T>(work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    patient_for(FOR_AN_ANSWER, work).await
}

/// As [`patient`], for work that may take longer.
pub(super) async fn patient_for<T>(time: Duration, work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    tokio::time::timeout(time, work).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}
