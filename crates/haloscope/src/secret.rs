//! Seals what must not be readable in the store: the key is in `DIR/secret.key`, or where `HALOSCOPE_KEY_FILE` says.
//!
//! A sealed value is bound to a context, such as the addresses that it is for: someone who can write to the store, but has
//! no key, cannot have a client secret sent to another server.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use aes_gcm_siv::aead::{Aead as _, Generate, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Key, KeyInit as _, Nonce};
use secrecy::{ExposeSecret as _, SecretString};

use crate::folder::{DataFolder, FolderError};

/// Environment variable with the path of a key file outside the data folder.
pub const KEY_FILE_VARIABLE: &str = "HALOSCOPE_KEY_FILE";

/// Bytes of a key.
pub(crate) const KEY_LENGTH: usize = 32;
/// Bytes of a nonce.
const NONCE_LENGTH: usize = 12;
/// First byte of a sealed value: AES-256-GCM-SIV (RFC 8452), nonce, then text with its tag.
const FORMAT: u8 = 1;

/// Why a secret could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The key file cannot be read.
    #[error("the key file `{}` cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The key file holds something else.
    #[error("the key file `{}` must hold exactly 32 bytes: restore it from where you keep it", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// The key cannot be kept.
    #[error("the key file cannot be made")]
    Unwritable(#[from] FolderError),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    NoRandomness(#[source] io::Error),
    /// The value was sealed with another key, for another purpose, or was altered.
    #[error(
        "a stored secret does not fit the key: restore the key file that it was sealed with, or enter the secret again"
    )]
    WrongKey,
}

/// A sealed value, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed(pub(crate) Vec<u8>);

/// Seals and opens values with one key.
pub struct Vault(Aes256GcmSiv);

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// Reads the key from the file that [`KEY_FILE_VARIABLE`] names, else from the data folder, where it is made once.
    ///
    /// # Errors
    /// When there is no key to be had; see [`SecretError`].
    pub fn open(folder: &DataFolder) -> Result<Self, SecretError> {
        Self::open_with(folder, std::env::var_os(KEY_FILE_VARIABLE))
    }

    fn open_with(folder: &DataFolder, key_file: Option<OsString>) -> Result<Self, SecretError> {
        if let Some(path) = key_file {
            return Self::read(Path::new(&path));
        }
        let path = folder.paths().secret_key();
        match Self::read(&path) {
            Err(SecretError::Unreadable { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                let key = random::<Key<Aes256GcmSiv>>()?;
                folder.put("secret.key", &key)?;
                Ok(Self(Aes256GcmSiv::new(&key)))
            }
            read => read,
        }
    }

    fn read(path: &Path) -> Result<Self, SecretError> {
        let mut key = Vec::with_capacity(KEY_LENGTH + 1);
        File::open(path)
            .and_then(|file| file.take(KEY_LENGTH as u64 + 1).read_to_end(&mut key))
            .map_err(|source| SecretError::Unreadable { path: path.to_owned(), source })?;
        let cipher = Aes256GcmSiv::new_from_slice(&key);
        cipher.map(Self).map_err(|_| SecretError::NotAKey { path: path.to_owned() })
    }

    /// Seals a text for one purpose.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn seal(&self, context: &str, text: &SecretString) -> Result<Sealed, SecretError> {
        let nonce = random::<Nonce>()?;
        let payload = Payload { msg: text.expose_secret().as_bytes(), aad: context.as_bytes() };
        let sealed = self.0.encrypt(&nonce, payload).expect("a text is shorter than 64 GiB");
        Ok(Sealed([&[FORMAT], nonce.as_slice(), &sealed].concat()))
    }

    /// Opens what was sealed for the same purpose.
    ///
    /// # Errors
    /// [`SecretError::WrongKey`].
    pub fn unseal(&self, context: &str, sealed: &Sealed) -> Result<SecretString, SecretError> {
        let Some((&FORMAT, rest)) = sealed.0.split_first() else { return Err(SecretError::WrongKey) };
        let (nonce, text) = rest.split_at_checked(NONCE_LENGTH).ok_or(SecretError::WrongKey)?;
        let nonce = Nonce::try_from(nonce).expect("the nonce was cut to its length");
        let payload = Payload { msg: text, aad: context.as_bytes() };
        let text = self.0.decrypt(&nonce, payload).map_err(|_| SecretError::WrongKey)?;
        String::from_utf8(text).map(SecretString::from).map_err(|_| SecretError::WrongKey)
    }
}

/// The context of a callback address's secret.
pub fn callback_context(connection: i64) -> String {
    format!("callback {connection}")
}

/// The context of what a post to a callback address must carry.
pub fn guard_context(connection: i64) -> String {
    format!("guard {connection}")
}

/// The purpose of a client secret: it may be sent to this Auth URL, for this Resource URL and client.
pub fn client_secret_context(auth_url: &str, resource_url: &str, client_id: &str) -> String {
    // As JSON, so that two different purposes never have the same text.
    serde_json::json!(["client secret", auth_url, resource_url, client_id]).to_string()
}

/// A secret that is part of an address: 256 random bits, as letters and digits.
///
/// # Errors
/// When the system gives no random bytes.
pub fn address_secret() -> Result<SecretString, SecretError> {
    random_text().map(SecretString::from)
}

/// 256 random bits, as letters and digits.
///
/// # Errors
/// When the system gives no random bytes.
pub fn random_text() -> Result<String, SecretError> {
    let bytes = random::<Key<Aes256GcmSiv>>()?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn random<T: Generate>() -> Result<T, SecretError> {
    T::try_generate().map_err(|error| SecretError::NoRandomness(io::Error::other(error.to_string())))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn vault(folder: &Path, key_file: Option<&Path>) -> Result<Vault, SecretError> {
        Vault::open_with(&DataFolder::open(folder).unwrap(), key_file.map(Into::into))
    }

    #[test]
    fn the_key_is_made_once_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let sealed = vault(folder.path(), None).unwrap().seal("a", &"hush".into()).unwrap();
        assert_eq!(vault(folder.path(), None).unwrap().unseal("a", &sealed).unwrap().expose_secret(), "hush");
        let key = std::fs::metadata(folder.path().join("secret.key")).unwrap();
        assert_eq!((key.len(), key.permissions().mode() & 0o777), (32, 0o600));
    }

    #[test]
    fn another_key_context_or_byte_does_not_open() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (vault, other) = (vault(folder.path(), None).unwrap(), super::tests::vault(other.path(), None).unwrap());
        let sealed = vault.seal("a", &"hush".into()).unwrap();
        assert_ne!(sealed, vault.seal("a", &"hush".into()).unwrap(), "each sealing has its own nonce");
        assert!(matches!(other.unseal("a", &sealed), Err(SecretError::WrongKey)));
        assert!(matches!(vault.unseal("b", &sealed), Err(SecretError::WrongKey)));
        for at in 0..sealed.0.len() {
            let mut altered = sealed.clone();
            altered.0[at] ^= 1;
            assert!(matches!(vault.unseal("a", &altered), Err(SecretError::WrongKey)), "byte {at}");
            altered.0.truncate(at);
            assert!(matches!(vault.unseal("a", &altered), Err(SecretError::WrongKey)), "cut at {at}");
        }
    }

    #[test]
    fn a_key_file_of_another_length_or_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("elsewhere");
        assert!(matches!(vault(folder.path(), Some(&file)), Err(SecretError::Unreadable { .. })));
        for length in [0, 31, 33] {
            std::fs::write(&file, vec![7; length]).unwrap();
            assert!(matches!(vault(folder.path(), Some(&file)), Err(SecretError::NotAKey { .. })), "{length}");
        }
        std::fs::write(&file, [7; 32]).unwrap();
        vault(folder.path(), Some(&file)).unwrap();
        assert!(!folder.path().join("secret.key").exists());
    }
}
