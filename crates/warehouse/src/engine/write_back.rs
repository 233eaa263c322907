//! Writes the log back into the file.

use std::thread::sleep;
use std::time::{Duration, Instant};

use duckdb::Connection;

use crate::{Result, error::Doing};

/// How long reads are waited for that began before the last change was committed. The engine keeps the rows of before for them,
/// and refuses to write back until they have ended.
const READS: Duration = Duration::from_secs(60);
const AGAIN: Duration = Duration::from_millis(5);

/// Writes the log back. No transaction that writes may be under way.
pub(super) fn write_back(connection: &Connection) -> Result<()> {
    let began = Instant::now();
    loop {
        match connection.execute_batch("checkpoint") {
            Err(error) if is_held(&error) && began.elapsed() < READS => sleep(AGAIN),
            done => return done.doing("write the log back"),
        }
    }
}

/// The engine calls it a transaction that writes, which has been committed long ago.
fn is_held(error: &duckdb::Error) -> bool {
    error.to_string().contains("Cannot CHECKPOINT: there are other write transactions active")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_of_what_was_before_are_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.duckdb");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("create table t as select 1 as a").unwrap();
        let reader = connection.try_clone().unwrap();
        reader.execute_batch("begin; select * from t").unwrap();
        connection.execute_batch("update t set a = 2").unwrap();
        assert!(is_held(&connection.execute_batch("checkpoint").unwrap_err()));
        let ends = std::thread::spawn(move || {
            sleep(Duration::from_millis(100));
            reader.execute_batch("commit").unwrap();
        });
        write_back(&connection).unwrap();
        ends.join().unwrap();
        let log = std::fs::metadata(path.with_extension("duckdb.wal"));
        assert_eq!(log.map_or(0, |log| log.len()), 0);
    }
}
