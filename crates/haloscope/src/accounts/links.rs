//! Links that let somebody in once: the first administrator, people who set a password, and the demo.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AccountError, hash_of};
use crate::secret::random_text;
use crate::store::Store;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To make the first administrator.
    FirstRun,
    /// To set the first or another password.
    Password,
    /// To sign in without a password, again and again: a demo's.
    SignIn,
}

/// A purpose, its word in the store, the page that takes the link, and how long it can be used.
const PURPOSES: [(Purpose, &str, &str, Duration); 3] = [
    (Purpose::FirstRun, "first_run", "first-run", Duration::from_hours(24)),
    (Purpose::Password, "password", "welcome", Duration::from_hours(72)),
    (Purpose::SignIn, "sign_in", "enter", Duration::from_hours(24)),
];

/// A link that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Path and fragment: a browser sends no fragment, so the secret is in no log of a proxy.
    pub path: String,
    /// Until when it can be used, microseconds UTC.
    pub ends_at: i64,
}

/// Makes a link, in place of all others for the same. `now`: microseconds UTC.
///
/// # Errors
/// When it cannot be kept.
pub async fn make(store: &Store, purpose: Purpose, user: Option<i64>, now: i64) -> Result<Link, AccountError> {
    let (_, word, page, lasts) = row(|(known, ..)| *known == purpose).expect("each purpose has a row");
    let text = random_text()?;
    let ends_at = now.saturating_add(i64::try_from(lasts.as_micros()).unwrap_or(i64::MAX));
    store.link_set(&hash_of(&text), word, user, ends_at).await?;
    Ok(Link { path: format!("/{page}#{text}"), ends_at })
}

/// Ends the links for a purpose and a person.
///
/// # Errors
/// When it cannot be written.
pub async fn end(store: &Store, purpose: Purpose, user: Option<i64>) -> Result<(), AccountError> {
    let (_, word, ..) = row(|(known, ..)| *known == purpose).expect("each purpose has a row");
    Ok(store.links_end(word, user).await?)
}

/// What a link is for, and for whom; none when it cannot be used (any more). `now`: microseconds UTC.
///
/// # Errors
/// When the store cannot be used.
pub async fn look(store: &Store, text: &str, now: i64) -> Result<Option<(Purpose, Option<i64>)>, AccountError> {
    let found = store.link_get(&hash_of(text), now).await?;
    Ok(found.and_then(|(word, user)| Some((row(|(_, known, ..)| *known == word)?.0, user))))
}

/// Uses a link up. Answers whether it could be used.
///
/// # Errors
/// When it cannot be written.
pub async fn take(store: &Store, text: &str, now: i64) -> Result<bool, AccountError> {
    Ok(store.link_take(&hash_of(text), now).await?)
}

type Row = (Purpose, &'static str, &'static str, Duration);

fn row(is_it: impl Fn(&Row) -> bool) -> Option<Row> {
    PURPOSES.into_iter().find(is_it)
}
