//! A warehouse in one file.

use std::{
    fs,
    path::{Path, PathBuf},
};

use duckdb::{Config, Connection};

use super::{OpenOptions, claim::Claim, sql};
use crate::{Error, Result, error::Doing};

/// Rows of a row group. A group stays in memory until it is full and compressed; the engine's usual ones have 122,880 rows.
pub(super) const ROW_GROUP: usize = 40_960;
/// The file's name in SQL, however it is called: after its own name `halo.tickets` would be ambiguous in a file `halo.duckdb`.
pub(super) const CATALOG: &str = "warehouse";
/// Oldest engine that can read the file. Its way to compress texts took a fifth less memory at the peak.
const STORAGE_VERSION: &str = "v1.4.0";

/// The file, which no other process can open meanwhile.
pub(super) struct File {
    path: PathBuf,
    _claim: Claim,
}

impl File {
    /// Opens the file, or creates it, in a new engine whose connection uses it.
    pub(super) fn open(path: &Path, options: &OpenOptions) -> Result<(Self, Connection)> {
        let file = Self { path: path.to_owned(), _claim: Claim::new(path)? };
        let had_log = fs::metadata(log_of(path)).is_ok_and(|log| log.len() > 0);
        let opening = |error| Error::opening(path, error);
        let config = config(path, options).doing("configure the engine")?;
        // The file is attached, because only so its row groups get their size.
        let connection = Connection::open_in_memory_with_flags(config).map_err(opening)?;
        let Some(text) = path.to_str() else {
            return Err(Error::Engine { action: "open its file", source: "its path is not UTF-8".into() });
        };
        let attach = format!(
            "attach {} as {} (row_group_size {ROW_GROUP}, storage_version '{STORAGE_VERSION}')",
            sql::text(text),
            sql::quote(CATALOG),
        );
        connection.execute_batch(&attach).map_err(opening)?;
        connection.execute_batch(&sql::choose(CATALOG)).map_err(opening)?;
        // For all connections, unlike a plain `set`.
        connection.execute_batch("set global TimeZone = 'UTC'").map_err(opening)?;
        if !had_log {
            check_length(path, &connection)?;
        }
        Ok((file, connection))
    }

    /// Damage that shows only when a block is read.
    pub(super) fn told(&self, error: Error) -> Error {
        error.or_broken(&self.path)
    }

    /// Whether an error tells of it.
    pub(super) fn names_it(&self, text: &str) -> bool {
        text.contains(&*self.path.to_string_lossy())
    }

    /// While a file is opened, its own tables being unreadable means that it is damaged.
    pub(super) fn opening(&self, error: Error) -> Error {
        match error {
            Error::Engine { source, .. } => Error::broken(&self.path, source),
            other => other,
        }
    }
}

/// Checkpoints rewrite much for small batches, so they come when the caller is idle, or else once a row group is full; the
/// engine's own threshold comes first for very long rows only. One thread: batches are small, and more threads spend their time waiting for
/// each other (a sync of 2,000 tickets took 5.3 seconds of processor time with two, 3.8 with one).
fn config(path: &Path, options: &OpenOptions) -> duckdb::Result<Config> {
    let beside = || {
        let mut spill = path.as_os_str().to_owned();
        spill.push(".tmp");
        spill.into()
    };
    let spill = options.spill_folder.clone().unwrap_or_else(beside);
    Config::default()
        .enable_autoload_extension(false)?
        .threads(1)?
        .with("checkpoint_threshold", "1GB")?
        .with("preserve_insertion_order", "false")?
        .with("temp_directory", spill.to_string_lossy())?
        .max_memory(&options.memory_limit())
}

/// The engine's log, beside the file.
fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".wal");
    name.into()
}

/// A file that was cut off opens well as long as its first blocks are whole: compare its length with what is in use. Blocks
/// that a replayed log has just claimed are not written yet, so this holds for files without a log only.
fn check_length(path: &Path, connection: &Connection) -> Result<()> {
    const HEADERS: u64 = 3 * 4096;
    let query = "select block_size * used_blocks from pragma_database_size() where database_name = current_database()";
    let used =
        connection.query_row(query, [], |row| row.get::<_, u64>(0)).map_err(|error| Error::opening(path, error))?;
    let (found, needed) = (fs::metadata(path).map_or(0, |file| file.len()), used + HEADERS);
    if found >= needed {
        return Ok(());
    }
    Err(Error::broken(path, format!("it has {found} bytes and needs {needed}").into()))
}
