//! Sessions of browsers: they end after a time without use, and in any case after a longer one.

use std::time::Duration;

use super::{AccountError, Role, hash_of};
use crate::secret::random_text;
use crate::store::{Store, User};

/// A session that is not used for so long has ended.
const IDLE: Duration = Duration::from_hours(12);
/// A session has ended after so long.
const ABSOLUTE: Duration = Duration::from_hours(14 * 24);
/// How exactly it is known when it was used last. Microseconds.
const SEEN_EACH: i64 = 60_000_000;

/// Who asks, in a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Number of the user.
    pub id: i64,
    /// What the user signs in with.
    pub name: String,
    /// How the user is called.
    pub display_name: String,
    /// What the user is.
    pub role: Role,
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

/// How long a browser keeps it.
pub fn longest() -> Duration {
    ABSOLUTE
}

/// Begins a session. Answers the text that the browser keeps. `now`: microseconds UTC.
///
/// # Errors
/// When it cannot be kept.
pub async fn begin(store: &Store, user: &User, address: &str, now: i64) -> Result<String, AccountError> {
    let text = random_text()?;
    store.sessions_forget(now - micros(ABSOLUTE), now - micros(IDLE), now).await?;
    store.session_add(&hash_of(&text), user.id, now, address).await?;
    store.user_signed_in(user.id, now).await?;
    Ok(text)
}

/// Whose session it is, if it is one that goes on. `is_use`: it counts as used now. `now`: microseconds UTC.
///
/// # Errors
/// When the store cannot be used.
pub async fn find(store: &Store, text: &str, now: i64, is_use: bool) -> Result<Option<SignedIn>, AccountError> {
    let hash = hash_of(text);
    let Some(session) = store.session_get(&hash).await? else { return Ok(None) };
    if now - session.created_at >= micros(ABSOLUTE) || now - session.seen_at >= micros(IDLE) {
        store.session_remove(&hash).await?;
        return Ok(None);
    }
    if is_use && now - session.seen_at >= SEEN_EACH {
        store.session_seen(&hash, now).await?;
    }
    let role = Role::of_word(&session.role);
    Ok(Some(SignedIn { id: session.user, name: session.name, display_name: session.display_name, role }))
}

/// Ends a session.
///
/// # Errors
/// When it cannot be written.
pub async fn end(store: &Store, text: &str) -> Result<(), AccountError> {
    Ok(store.session_remove(&hash_of(text)).await?)
}

/// Ends all sessions of a user but the one of that text.
///
/// # Errors
/// When it cannot be written.
pub async fn end_all(store: &Store, user: i64, but: Option<&str>) -> Result<(), AccountError> {
    Ok(store.sessions_end_of_user(user, &but.map(hash_of).unwrap_or_default()).await?)
}

/// What a page that belongs to a session must send with every change: another site can have the cookie sent, but not read this.
pub fn csrf_token(text: &str) -> String {
    hash_of(&format!("csrf {text}"))
}
