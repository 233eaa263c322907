//! Writes the log back into the file.

use std::thread::sleep;
use std::time::{Duration, Instant};

use duckdb::Connection;

use crate::{Result, error::Doing};

const AGAIN: Duration = Duration::from_millis(5);

/// Writes the log back. No transaction that writes may be under way. Reads that began before the last change was committed are
/// waited for with some `patience`: the engine keeps the rows of before for them, and refuses to write back until they have ended.
pub(super) fn write_back(connection: &Connection, patience: Duration) -> Result<()> {
    let began = Instant::now();
    loop {
        match connection.execute_batch("checkpoint") {
            Err(error) if is_held(&error) && began.elapsed() < patience => sleep(AGAIN),
            done => return done.doing("write the log back"),
        }
    }
}

/// Writes the log back, unless reads hold it up. Says whether it did.
pub(super) fn write_back_if_free(connection: &Connection) -> Result<bool> {
    match connection.execute_batch("checkpoint") {
        Err(error) if is_held(&error) => Ok(false),
        done => done.doing("write the log back").map(|()| true),
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
        assert!(!write_back_if_free(&connection).unwrap());
        write_back(&connection, Duration::from_millis(20)).unwrap_err();
        let ends = std::thread::spawn(move || {
            sleep(Duration::from_millis(100));
            reader.execute_batch("commit").unwrap();
        });
        write_back(&connection, Duration::from_secs(60)).unwrap();
        ends.join().unwrap();
        let log = std::fs::metadata(path.with_extension("duckdb.wal"));
        assert_eq!(log.map_or(0, |log| log.len()), 0);
    }
}
