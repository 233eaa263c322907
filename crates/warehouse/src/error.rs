//! Why the warehouse could not do what it was asked, sorted by what the caller can do about it.

use std::path::Path;

/// An error of the caller's own, handed back by [`crate::Warehouse::apply`] when its callback failed.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the warehouse could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file was written by a newer version of the product: install that version, or move the file away to rebuild it.
    #[error("the warehouse has layout {found}, this version knows layouts up to {known}: use the newer version")]
    NewerLayout {
        /// Layout of the file.
        found: i64,
        /// Newest layout this version can read.
        known: i64,
    },
    /// It is damaged: move it away and rebuild it, everything in it is derived.
    #[error("the warehouse `{warehouse}` is damaged: move it away, it can be rebuilt")]
    Broken {
        /// The damaged file, or the lake.
        warehouse: String,
        /// What the engine saw.
        #[source]
        source: BoxError,
    },
    /// The file was not opened: another process has it open. The lake is not written: another process has taken it over.
    #[error("the warehouse is in use by another process: stop that process first")]
    Locked(#[source] BoxError),
    /// The disk is full; nothing was changed.
    #[error("the disk of the warehouse is full: free some space, the work is repeated then")]
    Full(#[source] BoxError),
    /// A file or its folder cannot be written.
    #[error("the warehouse cannot be written: check the permissions of its folder")]
    ReadOnly(#[source] BoxError),
    /// The server of the catalogue, or the folder of the files, cannot be reached; nothing was changed, or whether it was is
    /// unknown. It may be there again at any time.
    #[error(
        "the lake cannot be reached: see that its PostgreSQL runs and that its folder is mounted, or its bucket answers"
    )]
    Away(#[source] BoxError),
    /// The server of the catalogue, or that of the bucket, does not let this user in, or not do what is needed.
    #[error(
        "PostgreSQL or the bucket refuses to keep the lake: check address, user, password and rights in --warehouse, and the bucket's key"
    )]
    Refused(#[source] BoxError),
    /// The lake was made for somebody else; nothing was changed.
    #[error(
        "the lake `{lake}` belongs to another store, and two stores in one lake would undo each other's work: name that store \
         in --store, or another database for the lakes of this one in --warehouse. If that store is lost, see \
         docs/operations.md"
    )]
    Foreign {
        /// The lake.
        lake: String,
    },
    /// A part of the engine is missing, or is made for another version of it.
    #[error("the DuckDB extension `{name}` cannot be loaded: {remedy}")]
    Extension {
        /// Name of the extension.
        name: &'static str,
        /// What to do.
        remedy: String,
        /// What the engine said.
        #[source]
        source: BoxError,
    },
    /// The engine stopped after an error that it does not recover from: open the warehouse again.
    #[error("the warehouse engine stopped after an earlier error: it must be opened again")]
    Stopped(#[source] BoxError),
    /// An older version has worked with the warehouse, which is only to be read.
    #[error("the warehouse is of an older version: run `haloscope sync` there once, which brings it up to date")]
    OlderLayout,
    /// A copy is not what it was made from.
    #[error(
        "the copy of `{table}` differs: {missing} rows are missing, {more} should not be there. If the original has changed \
         meanwhile, begin anew in another place"
    )]
    Differs {
        /// The table, as `schema.name`.
        table: String,
        /// Rows that only the original has.
        missing: u64,
        /// Rows that only the copy has.
        more: u64,
    },
    /// A read was stopped through its [`crate::Interrupt`].
    #[error("the query was stopped before it ended")]
    Interrupted,
    /// The memory limit was reached.
    #[error("the query needs more memory than it may use: ask for less at once, or raise the limit")]
    OutOfMemory(#[source] BoxError),
    /// A table definition that the engine cannot hold.
    #[error("table `{table}` cannot be stored: {reason}")]
    Definition {
        /// Name of the table.
        table: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A row that does not fit its table's definition.
    #[error("a row of table `{table}` cannot be stored: {reason}")]
    Shape {
        /// Name of the table.
        table: String,
        /// What does not fit.
        reason: String,
    },
    /// The caller's callback failed; nothing was changed.
    #[error("the batch was not committed because its observer failed")]
    Observer(#[source] BoxError),
    /// The consumer of a query's rows failed.
    #[error("the rows could not be handed on")]
    Sink(#[source] std::io::Error),
    /// SQL that people wrote and that cannot be run; the text is DuckDB's explanation, without paths.
    #[error("{0}")]
    Query(String),
    /// Anything else the engine said.
    #[error("the warehouse engine failed to {action}")]
    Engine {
        /// What was tried.
        action: &'static str,
        /// What the engine said.
        #[source]
        source: BoxError,
    },
}

/// Makes the error that a text stands for.
type Sort = fn(BoxError) -> Error;

/// Texts by which the engine's messages are told apart; it has no codes for them. First hit counts.
const SIGNS: [(&str, Sort); 22] = [
    ("INTERRUPT Error", |_| Error::Interrupted),
    ("Could not set lock on file", Error::Locked),
    ("already open in", Error::Locked),
    ("No space left on device", Error::Full),
    ("not enough space", Error::Full),
    ("Disk quota exceeded", Error::Full),
    ("Read-only file system", Error::ReadOnly),
    ("Permission denied", Error::ReadOnly),
    ("opened in read-only mode", Error::ReadOnly),
    ("Transaction conflict", Error::Locked),
    ("permission denied for", Error::Refused),
    ("Unable to connect to Postgres", Error::Away),
    ("server closed the connection", Error::Away),
    ("terminating connection", Error::Away),
    ("no connection to the server", Error::Away),
    ("could not receive data from server", Error::Away),
    ("could not send data to server", Error::Away),
    ("the database system is", Error::Away),
    ("SSL SYSCALL error", Error::Away),
    ("database has been invalidated", Error::Stopped),
    ("Out of Memory Error", Error::OutOfMemory),
    ("could not allocate", Error::OutOfMemory),
];

/// Texts that mean a damaged file whenever they come.
const DAMAGED_BLOCK: [&str; 2] = ["Could not read enough bytes from file", "Corrupt database file"];

/// Texts that mean a damaged file, trusted only while it is being opened.
const DAMAGE: [&str; 9] = [
    "not a valid DuckDB database file",
    "Corrupt",
    "corrupt",
    "checksum",
    "Serialization Error",
    "Failure while replaying WAL",
    "INTERNAL Error",
    "could not read",
    "Could not read",
];

/// What the engine says itself: without everything from the first quote to the last, where names, statements and rows stand.
pub(crate) fn outside_quotes(text: &str) -> String {
    match (text.find('"'), text.rfind('"')) {
        (Some(first), Some(last)) if first < last => format!("{}...{}", &text[..=first], &text[last..]),
        _ => text.to_owned(),
    }
}

/// Whether the engine says that it does no more work, as after a checkpoint that failed. Elsewhere the same words may be a row's.
pub(crate) fn tells_end(text: &str) -> bool {
    const BEGINNINGS: [&str; 3] = ["FATAL Error", "IO Error: Checkpoint failed", "IO Error: Database"];
    // A fault of its own is told once as such, and stops it.
    text.starts_with("INTERNAL Error")
        || text.contains("has been invalidated") && BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
}

/// What a bucket's server answered, if an error tells of that. An object that is missing is no error of this kind.
fn of_bucket(text: &str) -> Option<Sort> {
    if !(text.starts_with("HTTP Error") || text.starts_with("IO Error")) {
        return None;
    }
    if text.contains("error for HTTP") {
        return Some(Error::Away);
    }
    match http_status(text)? {
        301 | 307 | 400..=403 => Some(Error::Refused),
        408 | 429 | 500..=599 => Some(Error::Away),
        _ => None,
    }
}

/// The status in `... (HTTP 404 Not Found)` or `... (HTTP code 404)`.
pub(crate) fn http_status(text: &str) -> Option<u16> {
    let after = ["(HTTP code ", "(HTTP "].iter().find_map(|sign| Some(text.split_once(sign)?.1))?;
    after.get(..3)?.parse().ok()
}

/// Whether the engine says that a block which it read is damaged.
pub(crate) fn tells_damage(text: &str) -> bool {
    DAMAGED_BLOCK.iter().any(|sign| text.contains(sign))
}

impl Error {
    /// Sorts an engine error by its message.
    pub(crate) fn engine(action: &'static str, source: duckdb::Error) -> Self {
        let text = outside_quotes(&source.to_string());
        // On a connection that was lost the server says nothing.
        if text.trim_end().ends_with("Failed to execute query \"...\":") {
            return Self::Away(Box::new(source));
        }
        match SIGNS.iter().find(|(sign, _)| text.contains(sign)).map(|(_, make)| *make).or_else(|| of_bucket(&text)) {
            Some(make) => make(Box::new(source)),
            None => Self::Engine { action, source: Box::new(source) },
        }
    }

    /// Whether the engine does no more work until the warehouse is opened again. Where a person can do something about the reason, the
    /// error is that of the reason.
    pub fn has_stopped(&self) -> bool {
        match self {
            Self::Stopped(_) => true,
            Self::Full(source) | Self::ReadOnly(source) | Self::Engine { source, .. } => tells_end(&source.to_string()),
            _ => false,
        }
    }

    /// [`Self::Broken`] where an engine error of a read or a write means that the file at `path` is damaged.
    pub(crate) fn or_broken(self, path: &Path) -> Self {
        match self {
            Self::Engine { source, .. } if tells_damage(&source.to_string()) => Self::broken(path, source),
            other => other,
        }
    }

    /// A damaged file.
    pub(crate) fn broken(path: &Path, source: BoxError) -> Self {
        Self::Broken { warehouse: path.display().to_string(), source }
    }

    /// The same error, what the engine said told in other words.
    pub(crate) fn rewritten(self, words: &dyn Fn(String) -> String) -> Self {
        let rewrite = |source: BoxError| BoxError::from(words(source.to_string()));
        match self {
            Self::Broken { warehouse, source } => Self::Broken { warehouse, source: rewrite(source) },
            Self::Locked(source) => Self::Locked(rewrite(source)),
            Self::Full(source) => Self::Full(rewrite(source)),
            Self::ReadOnly(source) => Self::ReadOnly(rewrite(source)),
            Self::Away(source) => Self::Away(rewrite(source)),
            Self::Refused(source) => Self::Refused(rewrite(source)),
            Self::Stopped(source) => Self::Stopped(rewrite(source)),
            Self::OutOfMemory(source) => Self::OutOfMemory(rewrite(source)),
            Self::Engine { action, source } => Self::Engine { action, source: rewrite(source) },
            other => other,
        }
    }

    /// Like [`Self::engine`], while `path` is opened: then some messages mean that the file is damaged.
    pub(crate) fn opening(path: &Path, source: duckdb::Error) -> Self {
        let text = source.to_string();
        match Self::engine("open its file", source) {
            Self::Engine { source, .. } if DAMAGE.iter().any(|sign| text.contains(sign)) => Self::broken(path, source),
            other => other,
        }
    }
}

/// Names what was tried, for the engine's results.
pub(crate) trait Doing<T> {
    /// Sorts an engine error; `action` completes "the warehouse engine failed to".
    fn doing(self, action: &'static str) -> Result<T>;
}

impl<T> Doing<T> for duckdb::Result<T> {
    fn doing(self, action: &'static str) -> Result<T> {
        self.map_err(|source| Error::engine(action, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Check = fn(&Error) -> bool;

    fn said(text: &str) -> duckdb::Error {
        duckdb::Error::DuckDBFailure(duckdb::ffi::Error::new(1), Some(text.to_owned()))
    }

    #[test]
    fn messages_become_errors() {
        let cases: [(&str, Check); 21] = [
            ("INTERRUPT Error: Interrupted!", |error| matches!(error, Error::Interrupted)),
            ("IO Error: Could not set lock on file \"w\": Conflicting lock is held", |error| {
                matches!(error, Error::Locked(_))
            }),
            ("IO Error: Could not write file \"w\": No space left on device", |error| matches!(error, Error::Full(_))),
            ("IO Error: Cannot open file \"w\": Permission denied", |error| matches!(error, Error::ReadOnly(_))),
            ("IO Error: Cannot open file \"w\": Read-only file system", |error| matches!(error, Error::ReadOnly(_))),
            ("FATAL Error: Failed: database has been invalidated", |error| {
                matches!(error, Error::Stopped(_)) && error.has_stopped()
            }),
            (
                "IO Error: Checkpoint failed for database \"w\". The database has been invalidated. Original error: Could not write \
                 file \"w\": No space left on device",
                |error| matches!(error, Error::Full(_)) && error.has_stopped(),
            ),
            ("IO Error: Database \"w\" has been invalidated because checkpointing failed.", |error| {
                matches!(error, Error::Engine { .. }) && error.has_stopped()
            }),
            ("INTERNAL Error: Attempted to access index 0 within vector of size 0", Error::has_stopped),
            ("Failed to execute query \"insert 'FATAL Error has been invalidated'\"", |error| !error.has_stopped()),
            ("Out of Memory Error: failed to allocate", |error| matches!(error, Error::OutOfMemory(_))),
            ("IO Error: Could not read enough bytes from file \"w\"", |error| matches!(error, Error::Broken { .. })),
            ("Binder Error: Referenced column \"Interrupted\" not found", |error| {
                matches!(error, Error::Engine { .. })
            }),
            ("HTTP Error: HTTP GET error reading 's3://b/k' in region 'x' (HTTP 403 Forbidden)", |error| {
                matches!(error, Error::Refused(_))
            }),
            ("HTTP Error: Unable to connect to URL s3://b/k: Slow Down (HTTP code 503)", |error| {
                matches!(error, Error::Away(_))
            }),
            ("IO Error: Could not connect to server error for HTTP GET to 'http://h/k'", |error| {
                matches!(error, Error::Away(_))
            }),
            ("HTTP Error: HTTP GET error reading 's3://b/k' (HTTP 404 Not Found)", |error| {
                matches!(error, Error::Engine { .. })
            }),
            ("Conversion Error: Could not convert string '(HTTP 503' to INT32", |error| {
                matches!(error, Error::Engine { .. })
            }),
            ("Conversion Error: checksum", |error| matches!(error, Error::Engine { .. })),
            ("Failed to execute query \"insert 'Out of Memory Error'\": server closed the connection", |error| {
                matches!(error, Error::Away(_))
            }),
            ("Failed to execute query \"insert 'No space left on device'\": ERROR: canceled", |error| {
                matches!(error, Error::Engine { .. })
            }),
        ];
        for (text, expected) in cases {
            let error = Error::engine("try", said(text)).or_broken(Path::new("w"));
            assert!(expected(&error), "{text}: {error:?}");
        }
        let opening = Error::opening(Path::new("w"), said("IO Error: the checksum is wrong"));
        assert!(matches!(opening, Error::Broken { .. }));
    }
}
