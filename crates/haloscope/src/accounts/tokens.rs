//! Service tokens: other programs send them with each request. One is shown once, when it is made.

use super::{AccountError, Permission, hash_of};
use crate::secret::random_text;
use crate::store::{NewToken, Store, Token};

/// What each begins with, so that people and programs that look for leaked secrets know it.
const BEGINNING: &str = "hst_";
/// Characters by which people tell one from another.
const SHOWN: usize = 12;
/// How exactly it is known when it was used last. Microseconds.
const USED_EACH: i64 = 60_000_000;

/// Makes a token. Answers it whole. `now` and `ends_at`: microseconds UTC.
///
/// # Errors
/// When it cannot be kept.
pub async fn make(
    store: &Store,
    name: &str,
    scopes: &[Permission],
    made_by: &str,
    ends_at: Option<i64>,
    now: i64,
) -> Result<(String, Token), AccountError> {
    let text = format!("{BEGINNING}{}", random_text()?);
    let token = NewToken { name, prefix: &text[..SHOWN], hash: &hash_of(&text), scopes, made_by, ends_at };
    let kept = store.token_add(&token, now).await?;
    Ok((text, kept))
}

/// The token of that text, if it can be used at `now` (microseconds UTC), and what it may do.
///
/// # Errors
/// When the store cannot be used.
pub async fn find(store: &Store, text: &str, now: i64) -> Result<Option<(Token, Vec<Permission>)>, AccountError> {
    let Some(token) = store.token_find(&hash_of(text), now).await? else { return Ok(None) };
    if token.used_at.is_none_or(|used| now - used >= USED_EACH) {
        store.token_used(token.id, now).await?;
    }
    let may = token.scopes.iter().filter_map(|word| Permission::of_word(word)).collect();
    Ok(Some((token, may)))
}
