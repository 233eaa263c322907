//! Where a lake is, told without its password.

use std::{fmt, path::PathBuf};

use crate::{Error, error::outside_quotes};

/// A server that is away is given up, also one that vanished without a word.
const PATIENCE: &str = "connect_timeout=10&keepalives_idle=15&keepalives_interval=5&keepalives_count=3&tcp_user_timeout=15000\
                        &application_name=haloscope&options=-c%20synchronous_commit%3Don";

/// Where a lake is.
#[derive(Clone, PartialEq, Eq)]
pub struct LakeAddress {
    /// The database of the catalogue, as `postgres://user:password@host/database`.
    pub catalog: String,
    /// Schema of the catalogue in that database, one for each lake.
    pub schema: String,
    /// Folder in which the lake has a folder of its own for its data files.
    pub data: PathBuf,
}

/// Without its password.
impl fmt::Debug for LakeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for LakeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = self.catalog.rsplit('@').next().unwrap_or_default();
        let server = server.trim_start_matches("postgres://").trim_start_matches("postgresql://");
        let server = server.split('?').next().unwrap_or_default();
        write!(f, "{server}, schema {}, files in {}", self.schema, self.data.display())
    }
}

impl LakeAddress {
    /// The catalogue's database for the engine.
    pub(super) fn server(&self) -> String {
        let sign = if self.catalog.contains('?') { '&' } else { '?' };
        format!("{}{sign}{PATIENCE}", self.catalog)
    }

    /// The lake's own folder, as its catalogue names it. Only its last part counts: the folder around it may have moved.
    pub(super) fn folder(&self, stored: &str) -> PathBuf {
        let last = stored.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or_default();
        self.data.join(last)
    }

    /// Takes the address out of an error: it may hold a password.
    pub(crate) fn scrub(&self, error: Error) -> Error {
        error.rewritten(&|text| {
            // A statement that PostgreSQL refused holds the rows that it would have stored.
            let holds_rows = text.contains("execute query") || text.contains("at or near");
            let text = if holds_rows { outside_quotes(&text) } else { text };
            let text = text.replace(&self.catalog, "(catalogue)");
            let password = self.catalog.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@'));
            match password.and_then(|(user, _)| user.split_once(':')) {
                Some((_, password)) if !password.is_empty() => text.replace(password, "(password)"),
                _ => text,
            }
        })
    }
}
