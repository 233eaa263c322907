//! Keeps what was entered, and who entered it.

use serde::{Deserialize, Serialize};

use super::form::Entered;
use crate::installation::{Installation, InstallationError};
use crate::secret::client_secret_context;
use crate::store::{Connection, ConnectionId, ConnectionSettings, StoreError};

/// What people did with a connection that its settings do not tell. Times: microseconds UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notes {
    /// When the secret was entered, and by whom.
    pub secret: Option<(i64, String)>,
    /// When its values were changed last, and proved.
    pub changed_at: Option<i64>,
    /// Since when nothing is read, and who said so.
    pub paused: Option<(i64, String)>,
}

fn setting(connection: ConnectionId) -> String {
    format!("connection.{connection}.notes")
}

/// What people did with a connection.
///
/// # Errors
/// Those of the store.
pub async fn notes(installation: &Installation, connection: ConnectionId) -> Result<Notes, StoreError> {
    Ok(installation.store.setting_get(&setting(connection)).await?.unwrap_or_default())
}

/// Keeps what people did with a connection.
///
/// # Errors
/// Those of the store.
pub async fn set_notes(installation: &Installation, connection: ConnectionId, notes: &Notes) -> Result<(), StoreError> {
    installation.store.setting_set(&setting(connection), notes).await
}

/// Why it was not kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotKept {
    /// Ours.
    #[error(transparent)]
    Installation(#[from] InstallationError),
    /// The name is that of another HaloPSA.
    #[error("`{name}` is the connection of another HaloPSA ({resource_url}): choose another name")]
    OtherSystem {
        /// The name.
        name: String,
        /// Resource URL of the other one.
        resource_url: String,
    },
    /// This HaloPSA is connected already, under another name.
    #[error("this HaloPSA is connected already, as `{name}`")]
    Connected {
        /// That name.
        name: String,
    },
}

impl From<StoreError> for NotKept {
    fn from(error: StoreError) -> Self {
        Self::Installation(error.into())
    }
}

/// The settings of what was entered. A secret that was not entered is that of `known`.
///
/// # Errors
/// When it cannot be sealed, or the one that is kept not be opened.
pub fn settings(
    installation: &Installation,
    entered: &Entered,
    known: Option<&Connection>,
) -> Result<ConnectionSettings, InstallationError> {
    let (auth_url, resource_url) = (entered.auth_url.as_str(), entered.resource_url.as_str());
    let context = client_secret_context(auth_url, resource_url, &entered.client_id);
    let secret = match (&entered.client_secret, known.map(|known| &known.settings)) {
        (Some(entered), _) => entered.clone(),
        (None, Some(kept)) => {
            // It was sealed for one address and client: for others it must be entered again.
            let old = client_secret_context(&kept.auth_url, &kept.resource_url, &kept.client_id);
            if old != context {
                return Err(crate::secret::SecretError::WrongKey.into());
            }
            installation.vault.unseal(&context, &kept.sealed_secret)?
        }
        (None, None) => return Err(crate::secret::SecretError::WrongKey.into()),
    };
    Ok(ConnectionSettings {
        name: entered.name.clone(),
        auth_url: auth_url.to_owned(),
        resource_url: resource_url.to_owned(),
        tenant: entered.tenant.clone(),
        client_id: entered.client_id.clone(),
        sealed_secret: installation.vault.seal(&context, &secret)?,
        allow_private_address: entered.allow_private_address,
        request_limit: entered.request_limit,
        window_seconds: entered.window_seconds,
        reserve_percent: entered.reserve_percent,
    })
}

/// Whether both are the same HaloPSA.
fn is_same_system(one: &ConnectionSettings, other: &ConnectionSettings) -> bool {
    let is_same =
        |left: &str, right: &str| left.trim_end_matches('/').eq_ignore_ascii_case(right.trim_end_matches('/'));
    is_same(&one.resource_url, &other.resource_url) && one.tenant == other.tenant
}

/// Adds a connection, or gives the one of that name the new values where it is the same HaloPSA.
///
/// # Errors
/// See [`NotKept`].
pub async fn add_or_change(installation: &Installation, settings: &ConnectionSettings) -> Result<Connection, NotKept> {
    let known = installation.store.connection_list().await?;
    match known.iter().find(|known| known.settings.name == settings.name) {
        Some(known) => change(installation, known, settings).await,
        None => Ok(installation.store.connection_add(settings, installation.clock.now_micros()).await?),
    }
}

/// Adds a connection to a HaloPSA that is not connected yet, under a name that is free.
///
/// # Errors
/// See [`NotKept`].
pub async fn add(installation: &Installation, settings: &ConnectionSettings) -> Result<Connection, NotKept> {
    let known = installation.store.connection_list().await?;
    if let Some(same) = known.iter().find(|known| is_same_system(&known.settings, settings)) {
        return Err(NotKept::Connected { name: same.settings.name.clone() });
    }
    Ok(installation.store.connection_add(settings, installation.clock.now_micros()).await?)
}

/// Gives a connection new values. It stays one to the same HaloPSA: its rows are of that one.
///
/// # Errors
/// See [`NotKept`].
pub async fn change(
    installation: &Installation,
    known: &Connection,
    settings: &ConnectionSettings,
) -> Result<Connection, NotKept> {
    if !is_same_system(&known.settings, settings) {
        let resource_url = known.settings.resource_url.clone();
        return Err(NotKept::OtherSystem { name: known.settings.name.clone(), resource_url });
    }
    installation.store.connection_update(known.id, settings).await?;
    Ok(Connection { settings: settings.clone(), ..known.clone() })
}
