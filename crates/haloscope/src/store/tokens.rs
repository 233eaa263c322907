//! Tokens with which other programs ask. Only hashes of them are kept.

use serde::Serialize;
use sqlx::FromRow;

use super::engine::{Store, from_json, parameters, statement, to_json};
use super::error::Result;

/// A token. Times: microseconds UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Number; never given again.
    pub id: i64,
    /// What it is for.
    pub name: String,
    /// Its first characters, by which people tell it from others.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Name of the person who made it.
    pub made_by: String,
    /// When it was made.
    pub made_at: i64,
    /// When it ends; none when it does not.
    pub ends_at: Option<i64>,
    /// When it was used last, to the minute.
    pub used_at: Option<i64>,
}

/// A token that is added.
#[derive(Clone, Debug)]
pub struct NewToken<'a, S> {
    /// See [`Token::name`].
    pub name: &'a str,
    /// See [`Token::prefix`].
    pub prefix: &'a str,
    /// Of the whole token.
    pub hash: &'a str,
    /// See [`Token::scopes`].
    pub scopes: &'a [S],
    /// See [`Token::made_by`].
    pub made_by: &'a str,
    /// See [`Token::ends_at`].
    pub ends_at: Option<i64>,
}

/// A row of the table.
#[derive(FromRow)]
struct Kept {
    id: i64,
    name: String,
    prefix: String,
    scopes: String,
    made_by: String,
    made_at: i64,
    ends_at: Option<i64>,
    used_at: Option<i64>,
}

impl TryFrom<Kept> for Token {
    type Error = super::StoreError;

    fn try_from(kept: Kept) -> Result<Self> {
        let Kept { id, name, prefix, scopes, made_by, made_at, ends_at, used_at } = kept;
        let scopes = from_json("scopes of a token", &scopes)?;
        Ok(Self { id, name, prefix, scopes, made_by, made_at, ends_at, used_at })
    }
}

impl Store {
    /// Keeps a token. `now`: microseconds UTC.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn token_add<S: Serialize + Sync>(&self, token: &NewToken<'_, S>, now: i64) -> Result<Token> {
        let NewToken { name, prefix, hash, scopes, made_by, ends_at } = *token;
        let scopes = to_json("scopes of a token", scopes)?;
        let add = statement!("token_add", "keep a token");
        let kept: Kept = self.write_one(&add, parameters![name, prefix, hash, scopes, made_by, now, ends_at]).await?;
        kept.try_into()
    }

    /// All tokens, newest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn token_list(&self) -> Result<Vec<Token>> {
        let kept: Vec<Kept> = self.all(&statement!("token_list", "list tokens"), parameters![]).await?;
        kept.into_iter().map(Token::try_from).collect()
    }

    /// The token of that hash, if it can be used at `now` (microseconds UTC).
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn token_find(&self, hash: &str, now: i64) -> Result<Option<Token>> {
        let kept: Option<Kept> =
            self.optional(&statement!("token_find", "read a token"), parameters![hash, now]).await?;
        kept.map(Token::try_from).transpose()
    }

    /// Notes that a token is used. `now`: microseconds UTC.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn token_used(&self, id: i64, now: i64) -> Result<()> {
        self.execute(&statement!("token_used", "note that a token is used"), parameters![id, now]).await?;
        Ok(())
    }

    /// Ends a token. Answers whether there was one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn token_remove(&self, id: i64) -> Result<bool> {
        Ok(self.execute(&statement!("token_remove", "end a token"), parameters![id]).await? > 0)
    }
}
