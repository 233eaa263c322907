//! What was done, by whom: append only.

use sqlx::FromRow;

use super::engine::{Store, parameters, statement};
use super::error::Result;

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AuditEntry {
    /// Rises with each.
    pub id: i64,
    /// Microseconds UTC.
    pub at: i64,
    /// Who did it: name of a user, or `token NAME`.
    pub actor: String,
    /// What was done: an operation of the API.
    pub action: String,
    /// To what.
    pub subject: String,
    /// More about it; holds no secret.
    pub detail: Option<String>,
    /// Network address it came from.
    pub address: String,
}

/// Something that is noted.
#[derive(Clone, Debug)]
pub struct NewAuditEntry<'a> {
    /// See [`AuditEntry::actor`].
    pub actor: &'a str,
    /// See [`AuditEntry::action`].
    pub action: &'a str,
    /// See [`AuditEntry::subject`].
    pub subject: &'a str,
    /// See [`AuditEntry::detail`].
    pub detail: Option<&'a str>,
    /// See [`AuditEntry::address`].
    pub address: &'a str,
}

impl Store {
    /// Notes what was done. `now`: microseconds UTC.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn audit_add(&self, entry: &NewAuditEntry<'_>, now: i64) -> Result<()> {
        let NewAuditEntry { actor, action, subject, detail, address } = *entry;
        let add = statement!("audit_add", "note what was done");
        self.execute(&add, parameters![now, actor, action, subject, detail, address]).await?;
        Ok(())
    }

    /// What was done, the newest first; only what came before the entry `before`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn audit_list(&self, before: Option<i64>, limit: u32) -> Result<Vec<AuditEntry>> {
        self.all(&statement!("audit_list", "list what was done"), parameters![before, limit]).await
    }
}
