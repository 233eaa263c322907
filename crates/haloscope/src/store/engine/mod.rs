//! The two engines of the store, and the few ways to use them: read, write, several writes in one transaction.
//!
//! Either has one connection that writes, so that writes come one after the other, and some that read. It must not know any
//! table.

mod postgres;
mod rows;
mod sqlite;
mod statement;

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::postgres::{PgArguments, PgQueryResult};
use sqlx::sqlite::{SqliteArguments, SqliteQueryResult};
use sqlx::{Sqlite, Transaction};

use super::error::{Result, StoreError};

use postgres::Lease;
pub use postgres::{PostgresUrl, UrlError};
pub use rows::StoreReader;
pub(super) use rows::{AnyRow, Value};
use statement::arguments;
pub(super) use statement::{Parameter, Record, Statement, parameters, statement};

/// How many tasks read at the same time; the others wait for their turn.
const READERS: u32 = 3;
/// So often is tried again what PostgreSQL gave up in favour of somebody else.
const MOST_ATTEMPTS: u32 = 5;

/// Where a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreAddress {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    Postgres(PostgresUrl),
}

impl fmt::Display for StoreAddress {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

/// See the module [`crate::store`]. Copies are handles of the same store.
#[derive(Clone, Debug)]
pub struct Store(Engine);

#[derive(Clone, Debug)]
enum Engine {
    Sqlite(sqlite::Database),
    Postgres(postgres::Database),
}

/// Runs a statement on a pool of either engine. PostgreSQL may give a statement up in favour of somebody else's: it is tried again.
macro_rules! run {
    ($store:expr, $pool:ident, $statement:expr, $parameters:expr, $query:ident, $method:ident) => {{
        let (statement, parameters): (&Statement, &[Parameter<'_>]) = ($statement, $parameters);
        let done = match &$store.0 {
            Engine::Sqlite(database) => match arguments::<SqliteArguments>(parameters) {
                Ok(arguments) => {
                    sqlx::$query(statement.sqlite, arguments).$method(&database.$pool).await.map(Done::from)
                }
                Err(error) => Err(error),
            },
            Engine::Postgres(database) => {
                let mut attempts = 0;
                loop {
                    attempts += 1;
                    let done = async {
                        let arguments: PgArguments = arguments(parameters)?;
                        let mut lease = Lease::take(&database.$pool).await?;
                        let query = sqlx::$query(statement.postgres, arguments);
                        let done = postgres::patient(query.$method(lease.connection())).await;
                        if !matches!(done, Err(sqlx::Error::PoolTimedOut)) {
                            lease.give_back();
                        }
                        done
                    };
                    match done.await {
                        Err(error) if attempts < MOST_ATTEMPTS && postgres::gave_way(&error) => {}
                        done => break done.map(Done::from),
                    }
                }
            }
        };
        done.map(|done| done.0).map_err($store.failed(statement.action))
    }};
}

/// What a statement came to, whichever engine ran it.
struct Done<T>(T);

impl<T> From<Vec<T>> for Done<Vec<T>> {
    fn from(rows: Vec<T>) -> Self {
        Self(rows)
    }
}

impl<T> From<Option<T>> for Done<Option<T>> {
    fn from(row: Option<T>) -> Self {
        Self(row)
    }
}

impl From<SqliteQueryResult> for Done<u64> {
    fn from(done: SqliteQueryResult) -> Self {
        Self(done.rows_affected())
    }
}

impl From<PgQueryResult> for Done<u64> {
    fn from(done: PgQueryResult) -> Self {
        Self(done.rows_affected())
    }
}

impl Store {
    /// Opens a store, or makes it. Runs that a crash left open become `interrupted`. A SQLite file is held by whoever holds the
    /// data folder, a PostgreSQL store by its own lock.
    ///
    /// # Errors
    /// [`StoreError::Newer`], [`StoreError::Broken`], [`StoreError::ReadOnly`], [`StoreError::Full`], [`StoreError::Held`],
    /// [`StoreError::Away`].
    pub async fn open(address: &StoreAddress) -> Result<Self> {
        let store = Self::open_as_it_is(address).await?;
        store.runs_interrupt().await?;
        Ok(store)
    }

    /// As [`Self::open`], but leaves runs open: what is copied into it stays what it was.
    ///
    /// # Errors
    /// See there.
    pub async fn open_as_it_is(address: &StoreAddress) -> Result<Self> {
        let engine = match address {
            StoreAddress::Sqlite(path) => Engine::Sqlite(sqlite::Database::open(path).await?),
            StoreAddress::Postgres(url) => Engine::Postgres(postgres::Database::open(url).await?),
        };
        Ok(Self(engine))
    }

    /// Ends all work. SQLite writes its log back into the file. Other handles of the store fail from here on.
    pub async fn close(self) {
        match self.0 {
            Engine::Sqlite(database) => database.close().await,
            Engine::Postgres(database) => database.close().await,
        }
    }

    /// Writes SQLite's log back into the file; a long one begins anew. Writers wait for the last bit of that alone, readers never.
    /// PostgreSQL does so by itself.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn checkpoint(&self) -> Result<()> {
        match &self.0 {
            Engine::Sqlite(database) => database.checkpoint().await,
            Engine::Postgres(_) => Ok(()),
        }
    }

    /// Writes all of SQLite's log back, so that the file alone is the store. Nobody may read it meanwhile.
    ///
    /// # Errors
    /// When it cannot be written, or somebody reads it.
    pub async fn write_log_back(&self) -> Result<()> {
        match &self.0 {
            Engine::Sqlite(database) => database.write_log_back().await,
            Engine::Postgres(_) => Ok(()),
        }
    }

    /// All rows that a reading statement answers.
    pub(super) async fn all<T: Record>(&self, statement: &Statement, parameters: &[Parameter<'_>]) -> Result<Vec<T>> {
        run!(self, readers, statement, parameters, query_as_with, fetch_all)
    }

    /// The only row that a reading statement answers, or none.
    pub(super) async fn optional<T: Record>(
        &self,
        statement: &Statement,
        parameters: &[Parameter<'_>],
    ) -> Result<Option<T>> {
        run!(self, readers, statement, parameters, query_as_with, fetch_optional)
    }

    /// The row that a reading statement always answers.
    pub(super) async fn one<T: Record>(&self, statement: &Statement, parameters: &[Parameter<'_>]) -> Result<T> {
        self.optional(statement, parameters)
            .await?
            .ok_or_else(|| self.failed(statement.action)(sqlx::Error::RowNotFound))
    }

    /// Runs a writing statement, which is durable on return. Answers how many rows it wrote.
    pub(super) async fn execute(&self, statement: &Statement, parameters: &[Parameter<'_>]) -> Result<u64> {
        run!(self, writer, statement, parameters, query_with, execute)
    }

    /// As [`Self::execute`], for a statement that answers the row it wrote.
    pub(super) async fn write_one<T: Record>(&self, statement: &Statement, parameters: &[Parameter<'_>]) -> Result<T> {
        let row = run!(self, writer, statement, parameters, query_as_with, fetch_optional)?;
        row.ok_or_else(|| self.failed(statement.action)(sqlx::Error::RowNotFound))
    }

    /// Begins a transaction of several writes; dropping it takes them back. See [`transaction`].
    pub(super) async fn begin(&self) -> Result<Work> {
        let begun = match &self.0 {
            Engine::Sqlite(database) => database.writer.begin().await.map(Begun::Sqlite),
            Engine::Postgres(database) => begin_in(database).await.map(Begun::Postgres),
        };
        let begun = begun.map_err(self.failed("begin a transaction"))?;
        Ok(Work { begun, store: self.clone() })
    }

    /// Sorts errors; `action` completes "the store failed to".
    fn failed(&self, action: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError {
        move |source| match &self.0 {
            Engine::Sqlite(database) => database.failed(action, source),
            Engine::Postgres(database) => database.failed(action, source),
        }
    }
}

enum Begun {
    Sqlite(Transaction<'static, Sqlite>),
    /// Without its end it is closed, which takes all back.
    Postgres(Lease),
}

async fn begin_in(database: &postgres::Database) -> sqlx::Result<Lease> {
    let mut lease = Lease::take(&database.writer).await?;
    postgres::patient(sqlx::query("begin").execute(lease.connection())).await?;
    Ok(lease)
}

async fn commit(mut lease: Lease) -> sqlx::Result<()> {
    postgres::patient(sqlx::query("commit").execute(lease.connection())).await?;
    lease.give_back();
    Ok(())
}

/// A transaction of several writes.
pub(super) struct Work {
    begun: Begun,
    store: Store,
}

/// Runs a statement within a transaction of either engine.
macro_rules! within {
    ($work:expr, $statement:expr, $parameters:expr, $query:ident, $method:ident) => {{
        let (statement, parameters): (&Statement, &[Parameter<'_>]) = ($statement, $parameters);
        let done = match &mut $work.begun {
            Begun::Sqlite(transaction) => match arguments::<SqliteArguments>(parameters) {
                Ok(arguments) => {
                    sqlx::$query(statement.sqlite, arguments).$method(&mut **transaction).await.map(Done::from)
                }
                Err(error) => Err(error),
            },
            Begun::Postgres(lease) => match arguments::<PgArguments>(parameters) {
                Ok(arguments) => {
                    let query = sqlx::$query(statement.postgres, arguments);
                    postgres::patient(query.$method(lease.connection())).await.map(Done::from)
                }
                Err(error) => Err(error),
            },
        };
        done.map(|done| done.0).map_err($work.store.failed(statement.action))
    }};
}

impl Work {
    /// All rows that a statement answers.
    pub(super) async fn all<T: Record>(
        &mut self,
        statement: &Statement,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<T>> {
        within!(self, statement, parameters, query_as_with, fetch_all)
    }

    /// The row that a statement always answers.
    pub(super) async fn one<T: Record>(&mut self, statement: &Statement, parameters: &[Parameter<'_>]) -> Result<T> {
        let row = within!(self, statement, parameters, query_as_with, fetch_optional)?;
        row.ok_or_else(|| self.store.failed(statement.action)(sqlx::Error::RowNotFound))
    }

    /// Runs a writing statement. Answers how many rows it wrote.
    pub(super) async fn execute(&mut self, statement: &Statement, parameters: &[Parameter<'_>]) -> Result<u64> {
        within!(self, statement, parameters, query_with, execute)
    }

    /// Makes all of it durable.
    pub(super) async fn commit(self) -> Result<()> {
        let done = match self.begun {
            Begun::Sqlite(transaction) => transaction.commit().await,
            Begun::Postgres(lease) => commit(lease).await,
        };
        done.map_err(self.store.failed("commit a transaction"))
    }
}

/// Several writes, all of them or none: `transaction!(store, work, { work.execute(...).await?; value })`. Tried again when PostgreSQL
/// gave it up in favour of somebody else.
macro_rules! transaction {
    ($store:expr, $work:ident, $body:block) => {{
        let mut attempts = 0;
        loop {
            attempts += 1;
            let done: $crate::store::error::Result<_> = async {
                let mut $work = $store.begin().await?;
                let value = $body;
                $work.commit().await?;
                Ok(value)
            }
            .await;
            match done {
                Err(error) if $crate::store::engine::worth_another(&error, attempts) => {}
                done => break done,
            }
        }
    }};
}
pub(super) use transaction;

/// Whether a transaction that failed so often with this error is tried again.
pub(super) fn worth_another(error: &StoreError, attempts: u32) -> bool {
    matches!(error, StoreError::Engine { source, .. } if attempts < MOST_ATTEMPTS && postgres::gave_way(source))
}

/// JSON of a value that another part keeps in the store.
pub(super) fn to_json<T: Serialize + ?Sized>(what: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|source| StoreError::Value { what, source })
}

/// JSON of a list whose values a statement reads one by one. PostgreSQL holds no text with a zero character, so neither engine keeps
/// one.
pub(super) fn to_list<T: Serialize>(what: &'static str, values: &[T]) -> Result<String> {
    const ZERO: &str = "\\u0000";
    let json = to_json(what, values)?;
    if !json.contains(ZERO) {
        return Ok(json);
    }
    let mut clean = String::with_capacity(json.len());
    let mut rest = json.as_str();
    while let Some(at) = rest.find('\\') {
        // An escape is never cut: the first character after a backslash belongs to it.
        let (before, escape) = rest.split_at(at);
        clean.push_str(before);
        let width = if escape.starts_with(ZERO) { ZERO.len() } else { 2 };
        clean.push_str(if width == 2 { &escape[..2] } else { "\u{fffd}" });
        rest = &escape[width..];
    }
    clean.push_str(rest);
    Ok(clean)
}

/// The value of JSON that another part keeps in the store.
pub(super) fn from_json<T: DeserializeOwned>(what: &'static str, json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|source| StoreError::Value { what, source })
}
