//! Why the store could not do what it was asked, sorted by what the caller can do about it.

use std::path::{Path, PathBuf};

use sqlx::migrate::MigrateError;

/// Result with [`StoreError`].
pub(crate) type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A newer version has worked with the store.
    #[error("the store `{store}` was written by a newer version (its step {found} is unknown here): use that version")]
    Newer {
        /// The file, or the address of the database.
        store: String,
        /// Number of the migration that this version does not know.
        found: i64,
    },
    /// An older version has worked with the store, which is only to be read.
    #[error(
        "the store `{store}` was written by an older version: run `haloscope status` there once, which brings it up to date"
    )]
    Older {
        /// The file, or the address of the database.
        store: String,
    },
    /// A copy is not what it was made from.
    #[error(
        "the copy of the store's table `{table}` differs. If the original has changed meanwhile, begin anew in another place"
    )]
    Differs {
        /// The table.
        table: &'static str,
    },
    /// A copy was stopped.
    #[error("the copy was stopped")]
    Stopped,
    /// The file is damaged. It holds what cannot be fetched again, so a person decides.
    #[error(
        "the store `{}` is damaged: restore it from a backup, together with its `-wal` file; nothing was changed. \
         Without a backup, move it away to start anew: connections and observed changes are lost then",
        path.display()
    )]
    Broken {
        /// The file.
        path: PathBuf,
        /// What SQLite saw.
        #[source]
        source: sqlx::Error,
    },
    /// The disk is full; nothing was changed.
    #[error("the disk of the store is full: free some space and try again")]
    Full(#[source] sqlx::Error),
    /// The file or its folder cannot be written.
    #[error("the store cannot be written: check the owner and permissions of its folder")]
    ReadOnly(#[source] sqlx::Error),
    /// There is nothing where a store is to be read.
    #[error("there is no store `{store}`: is this the right place? `haloscope connect` makes one")]
    Missing {
        /// The file, or the address of the database.
        store: String,
    },
    /// There is no connection yet.
    #[error("nothing is connected yet: run `haloscope connect` first")]
    NoConnection,
    /// There are several connections, none was named.
    #[error("there are several connections, name one of them: {}", names.join(", "))]
    SeveralConnections {
        /// Their names.
        names: Vec<String>,
    },
    /// There is no connection of that name.
    #[error("there is no connection `{name}`; known: {}", names.join(", "))]
    UnknownConnection {
        /// The name that was asked for.
        name: String,
        /// Names there are.
        names: Vec<String>,
    },
    /// Another connection has that name.
    #[error("a connection named `{name}` exists already: choose another name")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// The store knows of later commits than the warehouse, which is an older copy, then: rebuild it under a new identity.
    #[error(
        "the warehouse ends at commit {warehouse}, but the store has seen commit {store}: it is an older copy. \
         `haloscope sync` makes it anew"
    )]
    WarehouseBehind {
        /// Last commit of the warehouse.
        warehouse: i64,
        /// Last commit that the store has seen of it.
        store: i64,
    },
    /// A stored value is not what this version writes.
    #[error("the stored {what} cannot be understood")]
    Value {
        /// What was read.
        what: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Another process works with the store.
    #[error(
        "the store `{address}` is held by another process: stop that one, or use another store. If the machine of that \
         process is gone, the server notices within a minute: try again then"
    )]
    Held {
        /// Address of the database.
        address: String,
    },
    /// An installation in another data folder works with the file.
    #[error("the store `{}` is in use with another data folder: stop that installation, or use another store", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// PostgreSQL does not answer. What was to be written is not acknowledged; work goes on as soon as it answers again.
    #[error("PostgreSQL at `{address}` does not answer: see that it runs and can be reached")]
    Away {
        /// Address of the database.
        address: String,
        /// What was seen.
        #[source]
        source: sqlx::Error,
    },
    /// PostgreSQL does not let this user in, or not do what is needed.
    #[error(
        "PostgreSQL at `{address}` refuses to {action}: check user, password, database and what the user may do there"
    )]
    Refused {
        /// Address of the database.
        address: String,
        /// What was tried.
        action: &'static str,
        /// What PostgreSQL said.
        #[source]
        source: sqlx::Error,
    },
    /// Anything else the engine said.
    #[error("the store failed to {action}")]
    Engine {
        /// What was tried.
        action: &'static str,
        /// What the engine said.
        #[source]
        source: sqlx::Error,
    },
}

/// Primary result codes of SQLite, <https://www.sqlite.org/rescode.html>.
mod code {
    pub(super) const READONLY: i32 = 8;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANTOPEN: i32 = 14;
    pub(super) const NOTADB: i32 = 26;
    /// Extended code of an I/O error: no room for the file that processes share (`-shm`).
    pub(super) const IOERR_SHMSIZE: i32 = 4874;
}

impl StoreError {
    /// A store file without any content, where one with content must have been.
    pub(crate) fn emptied(path: PathBuf) -> Self {
        Self::Broken { path, source: sqlx::Error::Protocol("it is empty".to_owned()) }
    }

    /// The lock beside a store's file cannot be written.
    pub(crate) fn not_held(error: std::io::Error) -> Self {
        use std::io::ErrorKind as K;
        let (kind, source) = (error.kind(), sqlx::Error::Io(error));
        match kind {
            K::NotFound | K::PermissionDenied | K::ReadOnlyFilesystem => Self::ReadOnly(source),
            K::StorageFull | K::QuotaExceeded => Self::Full(source),
            _ => Self::Engine { action: "be held", source },
        }
    }

    /// Sorts an error by SQLite's result code; `action` completes "the store failed to".
    pub(super) fn of_sqlite(path: &Path, action: &'static str, source: sqlx::Error) -> Self {
        let code: Option<i32> = code_of(&source).and_then(|code| code.parse().ok());
        // Extended codes carry the primary one in their low byte.
        match code.map(|code| if code == code::IOERR_SHMSIZE { code::FULL } else { code & 0xff }) {
            Some(code::CORRUPT | code::NOTADB) => Self::Broken { path: path.to_owned(), source },
            Some(code::FULL) => Self::Full(source),
            Some(code::READONLY | code::CANTOPEN) => Self::ReadOnly(source),
            _ => Self::Engine { action, source },
        }
    }

    /// Sorts an error by PostgreSQL's code, <https://www.postgresql.org/docs/15/errcodes-appendix.html>.
    pub(super) fn of_postgres(address: &str, action: &'static str, source: sqlx::Error) -> Self {
        let address = address.to_owned();
        let code = code_of(&source).unwrap_or_default();
        const QUERY_CANCELED: &str = "57014";
        match (&source, code.get(..2).unwrap_or_default()) {
            // It took too long; the server is well.
            _ if code == QUERY_CANCELED => Self::Engine { action, source },
            (sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Protocol(_), _) => {
                Self::Away { address, source }
            }
            // Connection exception; operator intervention, as when the server stops.
            (_, "08" | "57") => Self::Away { address, source },
            // Unknown user or wrong password; unknown database; missing right.
            (_, "28" | "3D") => Self::Refused { address, action, source },
            _ if code == "42501" => Self::Refused { address, action, source },
            _ if code == "53100" => Self::Full(source),
            _ if code == "53300" => Self::Away { address, source },
            _ if code == "25006" => Self::ReadOnly(source),
            _ => Self::Engine { action, source },
        }
    }

    /// Sorts an error of the migrations; `failed` sorts those of the engine.
    pub(super) fn migrating(store: &str, error: MigrateError, failed: impl FnOnce(sqlx::Error) -> Self) -> Self {
        match error {
            MigrateError::VersionMissing(found) | MigrateError::VersionMismatch(found) => {
                Self::Newer { store: store.to_owned(), found }
            }
            MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => failed(source),
            other => failed(sqlx::Error::Migrate(Box::new(other))),
        }
    }
}

fn code_of(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}
