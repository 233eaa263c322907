//! A store in a schema of a PostgreSQL database, held by one process at a time.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgPool};

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

/// Address of a PostgreSQL database, `postgres://user:password@host:port/database`. Shown without the password.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(String);

/// Why a text is no address of a database.
#[derive(Debug, thiserror::Error)]
#[error("this is no address of a PostgreSQL database: write postgres://USER:PASSWORD@HOST:PORT/DATABASE")]
pub struct UrlError(#[source] Option<sqlx::Error>);

impl FromStr for PostgresUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(UrlError(None));
        }
        PgConnectOptions::from_str(text).map_err(|error| UrlError(Some(error)))?;
        Ok(Self(text.to_owned()))
    }
}

impl PostgresUrl {
    /// As it was given, with the password.
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn options(&self) -> PgConnectOptions {
        let options = PgConnectOptions::from_str(&self.0).expect("it was read when it was given");
        options.application_name("haloscope reader").disable_statement_logging().options([
            ("search_path", SCHEMA),
            ("statement_timeout", STATEMENT_TIMEOUT),
            ("synchronous_commit", "on"),
        ])
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = PgConnectOptions::from_str(&self.0).expect("it was read when it was given");
        let database = options.get_database().unwrap_or(options.get_username());
        write!(f, "postgres://{}:{}/{database}", options.get_host(), options.get_port())
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
        sqlx::query("create schema if not exists haloscope").execute(&mut first).await.map_err(failed)?;
        let migrated = sqlx::migrate!("src/store/migrations/postgres").run(&mut first).await;
        migrated.map_err(|error| StoreError::migrating(&address, error, failed))?;
        first.close().await.map_err(failed)?;
        let pool = || PgPoolOptions::new().acquire_timeout(FOR_A_CONNECTION).max_lifetime(None);
        let writer = pool().max_connections(1).idle_timeout(None).after_connect(|connection, _| {
            Box::pin(async move {
                let holds = take_hold(connection).await?;
                if holds { Ok(()) } else { Err(sqlx::Error::Protocol("another process holds the store".to_owned())) }
            })
        });
        let writer = writer.connect_lazy_with(connect);
        let readers = pool().max_connections(READERS).connect_lazy_with(url.options());
        Ok(Self { address, writer, readers })
    }

    pub(super) async fn close(self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    pub(super) fn failed(&self, action: &'static str, source: sqlx::Error) -> StoreError {
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

/// Waits for the server, but not for ever: one that is stopped neither answers nor breaks the connection.
pub(super) async fn patient<T>(work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    tokio::time::timeout(FOR_AN_ANSWER, work).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}
