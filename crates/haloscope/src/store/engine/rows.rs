//! Rows of any table of either engine, to be copied from one store into another.

use std::borrow::Cow;
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column as _, ColumnIndex, ConnectOptions as _, Connection as _, Decode, FromRow, PgConnection, Row,
    SqliteConnection, Type, TypeInfo as _, query_as_with, query_with,
};

use super::statement::{Parameter, Record, arguments};
use super::{Begun, StoreAddress, Work, postgres};
use crate::store::error::{Result, StoreError};

/// One value of a row. Either engine keeps whole numbers of 64 bits, texts and bytes, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum Value {
    Number(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl<'a> From<&'a Value> for Parameter<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Number(number) => Self::Number(*number),
            // As it is: what an older version kept is not altered.
            Value::Text(text) => Self::Text(text.as_deref().map(Cow::Borrowed)),
            Value::Bytes(bytes) => Self::Bytes(bytes.as_deref().unwrap_or_default()),
        }
    }
}

/// A row with the columns that were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct AnyRow(pub(in crate::store) Vec<Value>);

/// Reads each column by its declared type; `types` are the engine's names of the three.
fn read<'r, R>(row: &'r R, types: [&str; 3]) -> sqlx::Result<AnyRow>
where
    R: Row,
    usize: ColumnIndex<R>,
    Option<i64>: Decode<'r, R::Database> + Type<R::Database>,
    Option<String>: Decode<'r, R::Database> + Type<R::Database>,
    Option<Vec<u8>>: Decode<'r, R::Database> + Type<R::Database>,
{
    let value = |(index, column): (usize, &<R::Database as sqlx::Database>::Column)| {
        let name = column.type_info().name();
        match types.iter().position(|known| *known == name) {
            Some(0) => row.try_get(index).map(Value::Number),
            Some(1) => row.try_get(index).map(Value::Text),
            Some(_) => row.try_get(index).map(Value::Bytes),
            None => Err(sqlx::Error::Decode(format!("a column of type {name}").into())),
        }
    };
    row.columns().iter().enumerate().map(value).collect::<sqlx::Result<_>>().map(AnyRow)
}

impl FromRow<'_, SqliteRow> for AnyRow {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        read(row, ["INTEGER", "TEXT", "BLOB"])
    }
}

impl FromRow<'_, PgRow> for AnyRow {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        read(row, ["INT8", "TEXT", "BYTEA"])
    }
}

/// What a copy asks of PostgreSQL may take so long; the server ends it just before.
const COUNTING: &str = "set statement_timeout = '590s'";
const FOR_COUNTING: Duration = Duration::from_secs(600);

/// A store that is only read, as it stood when it was opened. Whoever works with it goes on.
pub struct StoreReader {
    address: StoreAddress,
    connection: Reading,
}

/// A connection within a transaction that never ends.
enum Reading {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl StoreReader {
    /// Opens a store without changing anything; it must be of this version.
    ///
    /// # Errors
    /// [`StoreError::Newer`], [`StoreError::Older`], and those of reading.
    pub async fn open(address: &StoreAddress) -> Result<Self> {
        let failed = |source| failed(address, "open", source);
        let (connection, known) = match address {
            StoreAddress::Sqlite(path) => {
                if path.try_exists().is_ok_and(|there| !there) {
                    return Err(StoreError::Missing { store: address.to_string() });
                }
                let options = SqliteConnectOptions::new().filename(path).read_only(true).disable_statement_logging();
                let mut connection = options.connect().await.map_err(failed)?;
                sqlx::query("begin").execute(&mut connection).await.map_err(failed)?;
                (
                    Reading::Sqlite(connection),
                    sqlx::migrate!("src/store/migrations/sqlite").iter().last().map(|one| one.version),
                )
            }
            StoreAddress::Postgres(url) => {
                let connect = postgres::patient(PgConnection::connect_with(&url.options())).await;
                let mut connection = connect.map_err(failed)?;
                // Counting a large table takes longer than what the product asks, and copying a warehouse longer than idle
                // transactions may last at some servers.
                for statement in [
                    COUNTING,
                    "set idle_in_transaction_session_timeout = 0",
                    "begin isolation level repeatable read, read only",
                ] {
                    postgres::patient(sqlx::query(statement).execute(&mut connection)).await.map_err(failed)?;
                }
                let there = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null");
                if !postgres::patient(there.fetch_one(&mut connection)).await.map_err(failed)? {
                    return Err(StoreError::Missing { store: address.to_string() });
                }
                let known = sqlx::migrate!("src/store/migrations/postgres").iter().last().map(|one| one.version);
                (Reading::Postgres(connection), known)
            }
        };
        let mut reader = Self { address: address.clone(), connection };
        let versions = "select max(version) from _sqlx_migrations";
        let (found,): (Option<i64>,) = reader.one(versions.to_owned(), &[]).await?;
        let store = address.to_string();
        match (found, known) {
            (Some(found), Some(known)) if found > known => Err(StoreError::Newer { store, found }),
            (found, known) if found < known => Err(StoreError::Older { store }),
            _ => Ok(reader),
        }
    }

    /// Ends reading. A connection that is only dropped may stay for a moment, and keep SQLite from writing its log back.
    pub async fn close(self) {
        // There is nothing that could be lost.
        match self.connection {
            Reading::Sqlite(connection) => drop(connection.close().await),
            Reading::Postgres(connection) => drop(connection.close().await),
        }
    }

    /// Whether it is a SQLite file.
    pub(in crate::store) fn is_sqlite(&self) -> bool {
        matches!(self.connection, Reading::Sqlite(_))
    }

    /// All rows that a statement answers.
    pub(in crate::store) async fn all<T: Record>(
        &mut self,
        sql: String,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<T>> {
        let done = match &mut self.connection {
            Reading::Sqlite(connection) => match arguments::<SqliteArguments>(parameters) {
                Ok(arguments) => query_as_with(AssertSqlSafe(sql), arguments).fetch_all(connection).await,
                Err(error) => Err(error),
            },
            Reading::Postgres(connection) => match arguments::<PgArguments>(parameters) {
                Ok(arguments) => {
                    let rows = query_as_with(AssertSqlSafe(sql), arguments).fetch_all(connection);
                    postgres::patient_for(FOR_COUNTING, rows).await
                }
                Err(error) => Err(error),
            },
        };
        done.map_err(|source| failed(&self.address, "be read", source))
    }

    /// The row that a statement always answers.
    pub(in crate::store) async fn one<T: Record>(&mut self, sql: String, parameters: &[Parameter<'_>]) -> Result<T> {
        let rows = self.all(sql, parameters).await?;
        rows.into_iter().next().ok_or_else(|| failed(&self.address, "be read", sqlx::Error::RowNotFound))
    }
}

fn failed(address: &StoreAddress, action: &'static str, source: sqlx::Error) -> StoreError {
    match address {
        StoreAddress::Sqlite(path) => StoreError::of_sqlite(path, action, source),
        StoreAddress::Postgres(url) => StoreError::of_postgres(&url.to_string(), action, source),
    }
}

impl Work {
    /// Runs a statement whose text is made for this copy: names in it come from our own lists.
    pub(in crate::store) async fn put(&mut self, sql: String, parameters: &[Parameter<'_>]) -> Result<()> {
        let done = match &mut self.begun {
            Begun::Sqlite(transaction) => match arguments::<SqliteArguments>(parameters) {
                Ok(arguments) => query_with(AssertSqlSafe(sql), arguments).execute(&mut **transaction).await.map(drop),
                Err(error) => Err(error),
            },
            Begun::Postgres(lease) => match arguments::<PgArguments>(parameters) {
                Ok(arguments) => {
                    let query = query_with(AssertSqlSafe(sql), arguments);
                    postgres::patient(query.execute(lease.connection())).await.map(drop)
                }
                Err(error) => Err(error),
            },
        };
        done.map_err(self.store.failed("take copied rows"))
    }

    /// Whether it works on a SQLite file.
    pub(in crate::store) fn is_sqlite(&self) -> bool {
        matches!(self.begun, Begun::Sqlite(_))
    }
}
