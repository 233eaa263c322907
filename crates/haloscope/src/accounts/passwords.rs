//! Passwords: what is accepted as one, and its hash (Argon2id, 19 MiB, 2 passes; OWASP's Password Storage Cheat Sheet, 2024).

use std::sync::{Arc, LazyLock};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

use super::AccountError;
use crate::blocking::blocking;

/// Characters that a password has at least. NIST SP 800-63B: length, not kinds of characters.
pub const SHORTEST: usize = 12;
/// Bytes that are hashed at most.
const LONGEST: usize = 1_024;
/// Hashes at once: each takes 19 MiB and a processor for a moment.
static PLACES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(2)));

/// Why a text is no password, as a sentence; none when it is one.
pub fn objection(password: &str, name: &str) -> Option<String> {
    if password.chars().count() < SHORTEST {
        return Some(format!("A password has at least {SHORTEST} characters; a sentence is easy to keep in mind."));
    }
    if password.len() > LONGEST {
        return Some(format!("A password has at most {LONGEST} characters."));
    }
    let first = password.chars().next();
    if password.chars().all(|sign| Some(sign) == first) {
        return Some("One character repeated is guessed at once: choose another password.".to_owned());
    }
    let same = password.to_lowercase() == name.to_lowercase();
    same.then(|| "The password is the name: choose another one.".to_owned())
}

/// The hash of a password, as a PHC string.
///
/// # Errors
/// When the system gives no random bytes.
pub async fn hash(password: &str) -> Result<String, AccountError> {
    let password = password.to_owned();
    let _place = PLACES.acquire().await.expect("it is never closed");
    let hashed = blocking(move || {
        let hash: Result<PasswordHash, _> = Argon2::default().hash_password(password.as_bytes());
        hash.map(|hash| hash.to_string())
    });
    hashed.await.map_err(|error| AccountError::Hash(error.to_string()))
}

/// Whether that is the password. Without a hash it takes as long and answers no, so that nobody learns which names there are.
pub async fn is_right(password: &str, hash: Option<&str>) -> bool {
    if password.len() > LONGEST {
        return false;
    }
    let (password, hash) = (password.to_owned(), hash.map(str::to_owned));
    let _place = PLACES.acquire().await.expect("it is never closed");
    blocking(move || match hash.as_deref().map(PasswordHash::new) {
        Some(Ok(hash)) => Argon2::default().verify_password(password.as_bytes(), &hash).is_ok(),
        _ => {
            let _unused: Result<PasswordHash, _> = Argon2::default().hash_password(password.as_bytes());
            false
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_accepted_as_a_password() {
        let check = |password: &str, accepted: bool| {
            assert_eq!(objection(password, "ana@acme.example").is_none(), accepted, "{password}");
        };
        check("correct horse", true);
        check("ähnlich lang", true);
        check("elf zeichen", false);
        check("aaaaaaaaaaaaaa", false);
        check("Ana@Acme.example", false);
        check(&"ab".repeat(600), false);
    }

    #[tokio::test]
    async fn only_the_password_itself_is_right() {
        let kept = hash("correct horse").await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert_ne!(kept, hash("correct horse").await.unwrap(), "each has a salt of its own");
        assert!(is_right("correct horse", Some(&kept)).await);
        assert!(!is_right("correct horsf", Some(&kept)).await);
        assert!(!is_right("correct horse", None).await);
        assert!(!is_right("correct horse", Some("damaged")).await);
    }
}
