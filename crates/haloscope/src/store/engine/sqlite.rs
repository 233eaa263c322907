//! A store in one SQLite file: WAL, one writer. Everything is on disk when a write returns.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqlitePool};

use super::READERS;
use crate::store::error::{Result, StoreError};

/// A backup program may hold the file for a moment.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Pages of 4 kB in the log after which a commit writes it back.
const LONGEST_LOG_PAGES: &str = "50000";
/// From here on it is seen to that the log begins anew.
const LONG_LOG_PAGES: i64 = 4_000;
/// So little of it may be written back while writers wait, when the part before took no longer than this; and so often it is tried to
/// get there beside them.
const FEW_PAGES: i64 = 500;
const SHORT: Duration = Duration::from_millis(5);
const MOST_ROUNDS: u32 = 8;
/// Memory of each connection for pages: 16 MB, as the engine writes it.
const CACHE: &str = "-16000";
/// Up to this size the whole file is checked at each opening; larger ones only after a process that did not end by itself.
const CHECKED_SIZE_BYTES: u64 = 64 << 20;

/// The pools of a file.
#[derive(Clone, Debug)]
pub(super) struct Database {
    path: Arc<PathBuf>,
    /// One connection: writes come one after the other.
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
    /// Writes the log back beside the others.
    checkpointer: SqlitePool,
}

impl Database {
    pub(super) async fn open(path: &Path) -> Result<Self> {
        if must_check(path) {
            check(path).await?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("cache_size", CACHE)
            // A checkpoint holds up the commit that begins it: there is `checkpoint` for it, unless the log gets long.
            .pragma("wal_autocheckpoint", LONGEST_LOG_PAGES)
            .disable_statement_logging();
        let failed = |source| StoreError::of_sqlite(path, "open", source);
        let writer = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await.map_err(failed)?;
        let migrated = sqlx::migrate!("src/store/migrations/sqlite").run(&writer).await;
        let failed = |source| StoreError::of_sqlite(path, "bring its tables up to date", source);
        migrated.map_err(|error| StoreError::migrating(&path.display().to_string(), error, failed))?;
        let checkpointer = SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options.clone());
        let readers = SqlitePoolOptions::new().max_connections(READERS).connect_lazy_with(options.read_only(true));
        Ok(Self { path: Arc::new(path.to_owned()), writer, readers, checkpointer })
    }

    pub(super) async fn close(self) {
        self.readers.close().await;
        self.checkpointer.close().await;
        self.writer.close().await;
    }

    /// Writes the log back into the file; a long one begins anew. Writers wait for the last bit of that alone, readers never.
    pub(super) async fn checkpoint(&self) -> Result<()> {
        let mut before = 0;
        for _ in 0..MOST_ROUNDS {
            let began = Instant::now();
            let pages = self.write_back(&self.checkpointer).await?;
            if pages < LONG_LOG_PAGES {
                return Ok(());
            }
            // What was written meanwhile follows, in ever smaller parts.
            if pages.saturating_sub(before) < FEW_PAGES && began.elapsed() < SHORT {
                return self.write_back(&self.writer).await.map(drop);
            }
            before = pages;
        }
        // The next look may find a calmer moment; a commit sees to a log that gets too long.
        Ok(())
    }

    /// The same to the end, and empties the log.
    pub(super) async fn write_log_back(&self) -> Result<()> {
        let action = "write its log back";
        let query = sqlx::query_as("pragma wal_checkpoint(truncate)");
        let (is_busy, ..): (i64, i64, i64) =
            query.fetch_one(&self.writer).await.map_err(|source| self.failed(action, source))?;
        match is_busy {
            0 => Ok(()),
            _ => Err(self.failed(action, sqlx::Error::Protocol("somebody reads it".to_owned()))),
        }
    }

    /// Answers how many pages the log holds.
    async fn write_back(&self, pool: &SqlitePool) -> Result<i64> {
        let query = sqlx::query_as("pragma wal_checkpoint(passive)");
        let found: Result<(i64, i64, i64), _> = query.fetch_one(pool).await;
        Ok(found.map_err(|source| self.failed("write its log back", source))?.1)
    }

    pub(super) fn failed(&self, action: &'static str, source: sqlx::Error) -> StoreError {
        StoreError::of_sqlite(&self.path, action, source)
    }
}

/// A log with content is left behind only by a process that was stopped in the middle.
fn must_check(path: &Path) -> bool {
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    path.exists() && (size(path) <= CHECKED_SIZE_BYTES || size(Path::new(&log)) > 0)
}

/// Looks without writing: whoever may write moves the log into the file when he leaves, also into a damaged one.
async fn check(path: &Path) -> Result<()> {
    let failed = |source| StoreError::of_sqlite(path, "check its file", source);
    let options = SqliteConnectOptions::new().filename(path).read_only(true).disable_statement_logging();
    let reader = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(failed)?;
    let checked = sqlx::query_scalar("pragma quick_check(1)").fetch_all(&reader).await;
    reader.close().await;
    let findings: Vec<String> = checked.map_err(failed)?;
    match findings.as_slice() {
        [only] if only == "ok" => Ok(()),
        found => Err(StoreError::Broken { path: path.to_owned(), source: sqlx::Error::Protocol(found.join("; ")) }),
    }
}
