//! Who may do what: [`roles`] says which permissions there are and who has them, [`passwords`] and [`attempts`] guard the door,
//! [`sessions`], [`links`] and [`tokens`] let people and programs in.
//!
//! Whatever lets somebody in is random text that is shown once; only a hash of it is kept. It must not know HTTP.

pub mod attempts;
pub mod links;
pub mod passwords;
pub mod roles;
pub mod sessions;
pub mod tokens;

pub use roles::{Permission, Role};

use ring::digest::{SHA256, digest};

use crate::secret::SecretError;
use crate::store::StoreError;

/// Why somebody is not let in, or an account not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system gives no random bytes.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A password could not be hashed.
    #[error("the password could not be hashed: {0}")]
    Hash(String),
}

/// What is kept of random text that lets somebody in. It has 256 random bits, so that a plain hash does.
fn hash_of(text: &str) -> String {
    use std::fmt::Write as _;
    let mut hash = String::with_capacity(64);
    for byte in digest(&SHA256, text.as_bytes()).as_ref() {
        let _ = write!(hash, "{byte:02x}");
    }
    hash
}
