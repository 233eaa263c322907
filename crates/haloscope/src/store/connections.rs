//! Connections: which HaloPSA, as whom, how fast, and what was found of it.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::engine::{Parameter, Store, from_json, parameters, statement, to_json};
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

impl ConnectionSettings {
    /// Requests in any window, less what is left to other programs; at least one.
    pub fn usable_requests(&self) -> u32 {
        let usable = u64::from(self.request_limit) * u64::from(100 - self.reserve_percent.min(99)) / 100;
        u32::try_from(usable).unwrap_or(u32::MAX).max(1)
    }
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
        let add = statement!("connection_add", "keep a connection");
        let parameters = [&decided(settings)[..], parameters![now]].concat();
        let kept: Result<Kept> = self.write_one(&add, &parameters).await;
        Ok(kept.map_err(|error| unsaved(settings, error))?.into())
    }

    /// Replaces what a person decided about a connection.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`].
    pub async fn connection_update(&self, id: ConnectionId, settings: &ConnectionSettings) -> Result<()> {
        let update = statement!("connection_update", "keep a connection");
        let parameters = [&decided(settings)[..], parameters![id.0]].concat();
        self.execute(&update, &parameters).await.map_err(|error| unsaved(settings, error))?;
        Ok(())
    }

    /// All connections, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn connection_list(&self) -> Result<Vec<Connection>> {
        let kept: Vec<Kept> = self.all(&statement!("connection_list", "list connections"), parameters![]).await?;
        Ok(kept.into_iter().map(Connection::from).collect())
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
        let get = statement!("facts_get", "read facts of a connection");
        let found: Option<(Option<String>,)> = self.optional(&get, parameters![id.0]).await?;
        found.and_then(|(json,)| json).map(|json| from_json("facts of a connection", &json)).transpose()
    }

    /// Keeps what was found of this HaloPSA, in place of what was kept before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn facts_set<T: Serialize + Sync>(&self, id: ConnectionId, facts: &T) -> Result<()> {
        let json = to_json("facts of a connection", facts)?;
        self.execute(&statement!("facts_set", "keep facts of a connection"), parameters![id.0, json]).await?;
        Ok(())
    }
}

fn unsaved(settings: &ConnectionSettings, error: StoreError) -> StoreError {
    match error {
        StoreError::Engine { source, .. }
            if source.as_database_error().is_some_and(|error| error.is_unique_violation()) =>
        {
            StoreError::NameTaken { name: settings.name.clone() }
        }
        other => other,
    }
}

/// The first ten parameters of `connection_add.sql` and `connection_update.sql`.
fn decided(settings: &ConnectionSettings) -> [Parameter<'_>; 10] {
    [
        settings.name.as_str().into(),
        settings.auth_url.as_str().into(),
        settings.resource_url.as_str().into(),
        settings.tenant.as_deref().into(),
        settings.client_id.as_str().into(),
        settings.sealed_secret.0.as_slice().into(),
        settings.allow_private_address.into(),
        settings.request_limit.into(),
        settings.window_seconds.into(),
        settings.reserve_percent.into(),
    ]
}

/// A row of the table.
#[derive(FromRow)]
struct Kept {
    id: i64,
    name: String,
    warehouse_schema: String,
    auth_url: String,
    resource_url: String,
    tenant: Option<String>,
    client_id: String,
    sealed_secret: Vec<u8>,
    allow_private_address: i64,
    request_limit: i64,
    window_seconds: i64,
    reserve_percent: i64,
    created_at: i64,
}

impl From<Kept> for Connection {
    fn from(kept: Kept) -> Self {
        // They were kept as 32 bits.
        let small = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            id: ConnectionId(kept.id),
            schema: kept.warehouse_schema,
            created_at: kept.created_at,
            settings: ConnectionSettings {
                name: kept.name,
                auth_url: kept.auth_url,
                resource_url: kept.resource_url,
                tenant: kept.tenant,
                client_id: kept.client_id,
                sealed_secret: Sealed(kept.sealed_secret),
                allow_private_address: kept.allow_private_address != 0,
                request_limit: small(kept.request_limit),
                window_seconds: small(kept.window_seconds),
                reserve_percent: small(kept.reserve_percent),
            },
        }
    }
}
