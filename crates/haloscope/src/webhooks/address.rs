//! The address that a customer enters in HaloPSA.

use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use super::gate;
use crate::installation::{Installation, InstallationError};
use crate::store::Connection;

/// Where deliveries are received unless something else is said.
pub const USUAL_LISTEN: &str = "127.0.0.1:8480";
/// Setting with the address under which HaloPSA reaches this installation.
const PUBLIC_URL: &str = "webhooks.public_url";
/// Setting with the address at which it listened last.
const HEARD: &str = "webhooks.listens_at";

/// Where HaloPSA posts to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// As it is entered there; holds a secret.
    pub callback_url: String,
    /// Until when the address before is accepted, microseconds UTC; none when there is none.
    pub old_ends_at: Option<i64>,
}

/// Notes where this installation is reached. What a person has `chosen` stays; without that it is where it is `heard`.
///
/// # Errors
/// Those of the store.
pub async fn note(installation: &Installation, chosen: Option<&str>, heard: &str) -> Result<String, InstallationError> {
    let store = &installation.store;
    let kept = store.setting_get::<String>(PUBLIC_URL).await?;
    let url = chosen.map(str::to_owned).or(kept);
    if let Some(chosen) = chosen {
        store.setting_set(PUBLIC_URL, &chosen).await?;
    }
    store.setting_set(HEARD, &heard).await?;
    Ok(url.unwrap_or_else(|| heard.to_owned()))
}

/// The address under which HaloPSA reaches this installation, where a person has chosen one.
///
/// # Errors
/// Those of the store.
pub async fn chosen(installation: &Installation) -> Result<Option<String>, InstallationError> {
    Ok(installation.store.setting_get(PUBLIC_URL).await?)
}

/// The address under which this installation is reached, as far as is known; without a slash at its end.
///
/// # Errors
/// Those of the store.
pub async fn base(installation: &Installation) -> Result<String, InstallationError> {
    let base = match chosen(installation).await? {
        Some(url) => url,
        None => {
            let heard = installation.store.setting_get::<String>(HEARD).await?;
            heard.unwrap_or_else(|| format!("http://{USUAL_LISTEN}"))
        }
    };
    Ok(base.trim_end_matches('/').to_owned())
}

/// Whether two addresses differ in their secret only: then both lead to the same connection.
pub fn is_of_same(one: &str, other: &str) -> bool {
    let before = |url: &str| url.rsplit_once('/').map(|(before, _)| before.to_ascii_lowercase());
    before(one).is_some() && before(one) == before(other)
}

/// The address of a connection, made when there is none or a new one is wanted.
///
/// # Errors
/// See [`InstallationError`].
pub async fn of(
    installation: &Installation,
    connection: &Connection,
    renew: bool,
) -> Result<Address, InstallationError> {
    let secret = gate::secret(installation, connection, renew).await?;
    let base = base(installation).await?;
    let known = installation.store.callback_list(connection.id, installation.clock.now_micros()).await?;
    Ok(Address {
        callback_url: format!("{base}/hooks/{}/{}", connection.id, secret.expose_secret()),
        old_ends_at: known.iter().filter_map(|callback| callback.ends_at).max(),
    })
}
