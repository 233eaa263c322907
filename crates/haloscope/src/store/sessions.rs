//! What lets people in: sessions of browsers, and links that can be used once. Only hashes of them are kept.

use sqlx::FromRow;

use super::engine::{Store, parameters, statement, transaction};
use super::error::Result;

/// A session that is open, and whose it is. Times: microseconds UTC.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Session {
    /// When the person signed in.
    pub created_at: i64,
    /// When it was used last, to the minute.
    pub seen_at: i64,
    /// Number of the person.
    #[sqlx(rename = "id")]
    pub user: i64,
    /// See [`super::User::name`].
    pub name: String,
    /// See [`super::User::display_name`].
    pub display_name: String,
    /// See [`super::User::role`].
    pub role: String,
}

impl Store {
    /// Keeps a new session. `now`: microseconds UTC.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn session_add(&self, hash: &str, user: i64, now: i64, address: &str) -> Result<()> {
        self.execute(&statement!("session_add", "keep a session"), parameters![hash, user, now, address]).await?;
        Ok(())
    }

    /// A session whose user may sign in.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn session_get(&self, hash: &str) -> Result<Option<Session>> {
        self.optional(&statement!("session_get", "read a session"), parameters![hash]).await
    }

    /// Notes that a session is used. `now`: microseconds UTC.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn session_seen(&self, hash: &str, now: i64) -> Result<()> {
        self.execute(&statement!("session_seen", "note that a session is used"), parameters![hash, now]).await?;
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn session_remove(&self, hash: &str) -> Result<()> {
        self.execute(&statement!("session_remove", "end a session"), parameters![hash]).await?;
        Ok(())
    }

    /// Ends all sessions of a person but one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn sessions_end_of_user(&self, user: i64, but: &str) -> Result<()> {
        let end = statement!("sessions_end_of_user", "end sessions of a user");
        self.execute(&end, parameters![user, but]).await?;
        Ok(())
    }

    /// Forgets sessions that began before `created` or were not used since `seen`, and links that ended before `now`; microseconds UTC.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn sessions_forget(&self, created: i64, seen: i64, now: i64) -> Result<()> {
        self.execute(&statement!("sessions_forget", "forget old sessions"), parameters![created, seen]).await?;
        self.execute(&statement!("links_forget", "forget old links"), parameters![now]).await?;
        Ok(())
    }

    /// Keeps a link for a purpose, in place of all others for the same purpose and person.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn link_set(&self, hash: &str, purpose: &str, user: Option<i64>, ends_at: i64) -> Result<()> {
        let end = statement!("links_end_of_purpose", "end earlier links");
        let add = statement!("link_add", "keep a link");
        transaction!(self, work, {
            work.execute(&end, parameters![purpose, user]).await?;
            work.execute(&add, parameters![hash, purpose, user, ends_at]).await?;
        })
    }

    /// Ends all links for a purpose and a person.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn links_end(&self, purpose: &str, user: Option<i64>) -> Result<()> {
        let end = statement!("links_end_of_purpose", "end earlier links");
        self.execute(&end, parameters![purpose, user]).await?;
        Ok(())
    }

    /// Purpose and person of a link that can be used at `now` (microseconds UTC).
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn link_get(&self, hash: &str, now: i64) -> Result<Option<(String, Option<i64>)>> {
        self.optional(&statement!("link_get", "read a link"), parameters![hash, now]).await
    }

    /// Uses a link up. Answers whether it could still be used.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn link_take(&self, hash: &str, now: i64) -> Result<bool> {
        Ok(self.execute(&statement!("link_take", "use a link"), parameters![hash, now]).await? > 0)
    }
}
