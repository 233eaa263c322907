//! Connections: which HaloPSA, as whom, how fast, and what was found of it.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Row as _, Sqlite};

use super::database::{Store, from_json, to_json};
use super::error::{Result, StoreError};
use crate::secret::Sealed;

/// Number of a connection; never used again for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionId(pub i64);

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a person decides about a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionSettings {
    /// Name that people use; unique.
    pub name: String,
    /// Address of the token server.
    pub auth_url: String,
    /// Address of the API.
    pub resource_url: String,
    /// Tenant, for hosted systems.
    pub tenant: Option<String>,
    /// Client ID of the API application.
    pub client_id: String,
    /// Client secret, sealed for [`crate::secret::client_secret_context`].
    pub sealed_secret: Sealed,
    /// Whether the addresses may be private or link-local ones.
    pub allow_private_address: bool,
    /// Requests in any window of `window_seconds`.
    pub request_limit: u32,
    /// Length of that window.
    pub window_seconds: u32,
    /// Share of the limit that is left to other programs.
    pub reserve_percent: u32,
}

/// A connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its number.
    pub id: ConnectionId,
    /// Schema of its tables in the warehouse: `halo` for the first one, then `halo_2` and so on; never changes.
    pub schema: String,
    /// Microseconds UTC.
    pub created_at: i64,
    /// What a person decided.
    pub settings: ConnectionSettings,
}

impl Store {
    /// Adds a connection. `now`: microseconds UTC.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`].
    pub async fn connection_add(&self, settings: &ConnectionSettings, now: i64) -> Result<Connection> {
        let query = bind(sqlx::query(include_str!("sql/connection_add.sql")), settings).bind(now);
        let row = query.fetch_one(self.writer()).await.map_err(|error| self.unsaved(settings, error))?;
        read(&row).map_err(self.failed("read a connection"))
    }

    /// Replaces what a person decided about a connection.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`].
    pub async fn connection_update(&self, id: ConnectionId, settings: &ConnectionSettings) -> Result<()> {
        let query = bind(sqlx::query(include_str!("sql/connection_update.sql")), settings).bind(id.0);
        query.execute(self.writer()).await.map_err(|error| self.unsaved(settings, error))?;
        Ok(())
    }

    /// All connections, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn connection_list(&self) -> Result<Vec<Connection>> {
        let query = sqlx::query(include_str!("sql/connection_list.sql"));
        let rows = query.fetch_all(self.readers()).await.map_err(self.failed("list connections"))?;
        rows.iter().map(read).collect::<sqlx::Result<_>>().map_err(self.failed("read a connection"))
    }

    /// The connection of that name; without a name, the only one.
    ///
    /// # Errors
    /// [`StoreError::NoConnection`], [`StoreError::SeveralConnections`], [`StoreError::UnknownConnection`].
    pub async fn connection_get(&self, name: Option<&str>) -> Result<Connection> {
        let mut all = self.connection_list().await?;
        let names = || all.iter().map(|connection| connection.settings.name.clone()).collect();
        let at = match name {
            _ if all.is_empty() => return Err(StoreError::NoConnection),
            None if all.len() > 1 => return Err(StoreError::SeveralConnections { names: names() }),
            None => 0,
            Some(name) => all
                .iter()
                .position(|connection| connection.settings.name == name)
                .ok_or_else(|| StoreError::UnknownConnection { name: name.to_owned(), names: names() })?,
        };
        Ok(all.swap_remove(at))
    }

    /// What was found of this HaloPSA (filters, page size, restrictions, zone ...), `None` before anything was.
    ///
    /// # Errors
    /// [`StoreError::Value`] if it was written by another version in another form.
    pub async fn facts_get<T: DeserializeOwned>(&self, id: ConnectionId) -> Result<Option<T>> {
        let query = sqlx::query_scalar(include_str!("sql/facts_get.sql")).bind(id.0);
        let found: Option<Option<String>> =
            query.fetch_optional(self.readers()).await.map_err(self.failed("read facts of a connection"))?;
        found.flatten().map(|json| from_json("facts of a connection", &json)).transpose()
    }

    /// Keeps what was found of this HaloPSA, in place of what was kept before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn facts_set<T: Serialize + Sync>(&self, id: ConnectionId, facts: &T) -> Result<()> {
        let json = to_json("facts of a connection", facts)?;
        let query = sqlx::query(include_str!("sql/facts_set.sql")).bind(id.0).bind(json);
        query.execute(self.writer()).await.map_err(self.failed("keep facts of a connection"))?;
        Ok(())
    }

    fn unsaved(&self, settings: &ConnectionSettings, error: sqlx::Error) -> StoreError {
        if error.as_database_error().is_some_and(|error| error.is_unique_violation()) {
            return StoreError::NameTaken { name: settings.name.clone() };
        }
        self.failed("keep a connection")(error)
    }
}

/// The first ten parameters of `connection_add.sql` and `connection_update.sql`.
fn bind<'q>(
    query: Query<'q, Sqlite, SqliteArguments>,
    settings: &'q ConnectionSettings,
) -> Query<'q, Sqlite, SqliteArguments> {
    query
        .bind(&settings.name)
        .bind(&settings.auth_url)
        .bind(&settings.resource_url)
        .bind(settings.tenant.as_deref())
        .bind(&settings.client_id)
        .bind(settings.sealed_secret.0.as_slice())
        .bind(settings.allow_private_address)
        .bind(settings.request_limit)
        .bind(settings.window_seconds)
        .bind(settings.reserve_percent)
}

fn read(row: &SqliteRow) -> sqlx::Result<Connection> {
    Ok(Connection {
        id: ConnectionId(row.try_get("id")?),
        schema: row.try_get("warehouse_schema")?,
        created_at: row.try_get("created_at")?,
        settings: ConnectionSettings {
            name: row.try_get("name")?,
            auth_url: row.try_get("auth_url")?,
            resource_url: row.try_get("resource_url")?,
            tenant: row.try_get("tenant")?,
            client_id: row.try_get("client_id")?,
            sealed_secret: Sealed(row.try_get("sealed_secret")?),
            allow_private_address: row.try_get("allow_private_address")?,
            request_limit: row.try_get("request_limit")?,
            window_seconds: row.try_get("window_seconds")?,
            reserve_percent: row.try_get("reserve_percent")?,
        },
    })
}
