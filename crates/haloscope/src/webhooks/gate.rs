//! Which addresses are accepted: each connection has a secret in its own, and for a while the one before.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use super::guard::Guard;
use crate::installation::{Installation, InstallationError};
use crate::secret;
use crate::store::{Connection, ConnectionId, StoreError};

/// How long the address before is accepted after a change, microseconds.
pub const OVERLAP_MICROS: i64 = 3_600_000_000;

/// One address that is accepted.
struct Known {
    secret: SecretString,
    /// Microseconds UTC.
    ends_at: Option<i64>,
}

/// Of one connection.
struct Entry {
    known: Vec<Known>,
    guard: Arc<Guard>,
}

/// See the module.
#[derive(Default)]
pub struct Gate(RwLock<BTreeMap<i64, Entry>>);

impl Gate {
    /// Whether a post to this address is accepted at `now`, microseconds UTC, and what it must carry. How long it takes tells
    /// nothing of the secret.
    pub fn opens(&self, connection: &str, secret: &str, now: i64) -> Option<(ConnectionId, Arc<Guard>)> {
        let id = connection.parse().ok()?;
        let entries = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(&id)?;
        let valid = entry.known.iter().filter(|known| known.ends_at.is_none_or(|end| now < end));
        let found = valid.fold(subtle::Choice::from(0), |found, known| {
            found | known.secret.expose_secret().as_bytes().ct_eq(secret.as_bytes())
        });
        bool::from(found).then(|| (ConnectionId(id), entry.guard.clone()))
    }

    /// The connection that an address names, whether its secret is right or not; 0 where it names none.
    pub fn named(&self, connection: &str) -> i64 {
        let entries = self.0.read().unwrap_or_else(PoisonError::into_inner);
        connection.parse().ok().filter(|id| entries.contains_key(id)).unwrap_or(0)
    }

    /// Reads the addresses of a connection anew.
    ///
    /// # Errors
    /// See [`InstallationError`].
    pub async fn load(&self, installation: &Installation, connection: &Connection) -> Result<(), InstallationError> {
        let mut known = Vec::new();
        for callback in installation.store.callback_list(connection.id, installation.clock.now_micros()).await? {
            let context = secret::callback_context(connection.id.0);
            let secret = installation.vault.unseal(&context, &callback.sealed_secret)?;
            known.push(Known { secret, ends_at: callback.ends_at });
        }
        let guard = Arc::new(guard(installation, connection).await?);
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(connection.id.0, Entry { known, guard });
        Ok(())
    }
}

/// What posts to a connection must carry.
///
/// # Errors
/// See [`InstallationError`].
pub async fn guard(installation: &Installation, connection: &Connection) -> Result<Guard, InstallationError> {
    let Some(sealed) = installation.store.guard_get(connection.id).await? else { return Ok(Guard::default()) };
    let text = installation.vault.unseal(&secret::guard_context(connection.id.0), &sealed)?;
    let guard = serde_json::from_str(text.expose_secret());
    guard.map_err(|source| StoreError::Value { what: "guard of a callback address", source }.into())
}

/// Sets what posts to a connection must carry.
///
/// # Errors
/// See [`InstallationError`].
pub async fn protect(
    installation: &Installation,
    connection: &Connection,
    guard: &Guard,
) -> Result<(), InstallationError> {
    let text = serde_json::to_string(guard).expect("texts become JSON").into();
    let sealed = installation.vault.seal(&secret::guard_context(connection.id.0), &text)?;
    Ok(installation.store.guard_set(connection.id, &sealed).await?)
}

/// The secrets of all addresses that a connection has or had.
///
/// # Errors
/// See [`InstallationError`].
pub async fn secrets_ever(
    installation: &Installation,
    connection: &Connection,
) -> Result<Vec<SecretString>, InstallationError> {
    let context = secret::callback_context(connection.id.0);
    let callbacks = installation.store.callback_list(connection.id, 0).await?;
    let secrets = callbacks.iter().map(|callback| installation.vault.unseal(&context, &callback.sealed_secret));
    Ok(secrets.collect::<Result<_, _>>()?)
}

/// The secret of the address that is shown, made when there is none or a new one is wanted.
///
/// # Errors
/// See [`InstallationError`].
pub async fn secret(
    installation: &Installation,
    connection: &Connection,
    renew: bool,
) -> Result<SecretString, InstallationError> {
    // Two who find none must not make two.
    let _turn = installation.making_callback.lock().await;
    let now = installation.clock.now_micros();
    let context = secret::callback_context(connection.id.0);
    let known = installation.store.callback_list(connection.id, now).await?;
    if let Some(present) = known.iter().find(|callback| callback.ends_at.is_none() && !renew) {
        return Ok(installation.vault.unseal(&context, &present.sealed_secret)?);
    }
    let secret = secret::address_secret()?;
    let sealed = installation.vault.seal(&context, &secret)?;
    installation.store.callback_add(connection.id, &sealed, now, now + OVERLAP_MICROS).await?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_secrets_open_it_and_old_ones_for_a_while() {
        let known = |secret: &str, ends_at| Known { secret: secret.to_owned().into(), ends_at };
        let entry = |known| Entry { known, guard: Arc::default() };
        let gate = Gate(RwLock::new(BTreeMap::from([
            (1, entry(vec![known("new", None), known("old", Some(100))])),
            (2, entry(vec![known("other", None)])),
        ])));
        let check = |connection, secret, now, opens: bool| {
            assert_eq!(gate.opens(connection, secret, now).is_some(), opens, "{connection} {secret} {now}");
        };
        check("1", "new", 5, true);
        check("1", "old", 99, true);
        check("1", "old", 100, false);
        check("1", "other", 5, false);
        check("2", "other", 5, true);
        check("3", "new", 5, false);
        check("one", "new", 5, false);
        check("1", "", 5, false);
    }
}
