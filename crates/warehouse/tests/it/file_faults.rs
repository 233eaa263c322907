//! Crashes, damage, and files that belong to others.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

use tempfile::TempDir;
use warehouse::{DuckDb, Error, Interrupt, OpenOptions, Table, Warehouse};

use crate::kit::*;

const FILE: &str = "HALOSCOPE_TEST_WAREHOUSE";

fn open(path: &Path) -> warehouse::Result<DuckDb> {
    DuckDb::open_file(path, &OpenOptions::default())
}

fn place() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("warehouse.duckdb");
    (folder, path)
}

/// Runs one test of this binary in a process of its own, with the file to work on.
fn child(test: &str, path: &Path) -> ExitStatus {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture"]).env(FILE, path).status().unwrap()
}

fn file_of_child() -> Option<PathBuf> {
    env::var_os(FILE).map(PathBuf::from)
}

#[test]
fn a_crash_before_the_commit_leaves_the_old_state() {
    let (_folder, path) = place();
    let warehouse = open(&path).unwrap();
    ensure_all(&warehouse);
    apply(&warehouse, put(&tickets(), vec![ticket(1, 1, 1, answer(1, 2))]));
    let before = state(&warehouse);
    drop(warehouse);
    assert!(!child("file_faults::child_crashes_in_a_batch", &path).success());
    let warehouse = open(&path).unwrap();
    assert_eq!(state(&warehouse), before);
    assert_eq!(warehouse.last_commit().unwrap(), 1);
    assert_eq!(apply(&warehouse, put(&tickets(), vec![ticket(1, 2, 2, answer(3, 4))])).changed, 1);
}

#[test]
fn child_crashes_in_a_batch() {
    if let Some(path) = file_of_child() {
        let batch = put(&tickets(), vec![ticket(1, 2, 2, answer(3, 4)), ticket(2, 2, 2, answer(3, 4))]);
        let _ = open(&path).unwrap().apply(batch, &mut |_| std::process::abort());
    }
}

#[test]
fn a_crash_after_the_commit_keeps_the_new_state() {
    let (_folder, path) = place();
    ensure_all(&open(&path).unwrap());
    assert!(!child("file_faults::child_crashes_after_a_batch", &path).success());
    let warehouse = open(&path).unwrap();
    assert_eq!(lines(&warehouse, "select id, status_id from halo.tickets"), ["1|2"]);
    assert_eq!(warehouse.last_commit().unwrap(), 1);
}

#[test]
fn child_crashes_after_a_batch() {
    if let Some(path) = file_of_child() {
        let warehouse = open(&path).unwrap();
        apply(&warehouse, put(&tickets(), vec![ticket(1, 2, 2, answer(3, 4))]));
        std::process::abort();
    }
}

#[test]
fn another_process_is_refused() {
    let (_folder, path) = place();
    let warehouse = open(&path).unwrap();
    assert!(child("file_faults::child_finds_it_locked", &path).success());
    // Its refused attempt did not loosen the lock.
    assert!(child("file_faults::child_finds_it_locked", &path).success());
    drop(warehouse);
    assert!(!child("file_faults::child_finds_it_locked", &path).success());
}

#[test]
fn child_finds_it_locked() {
    if let Some(path) = file_of_child() {
        assert!(matches!(open(&path), Err(Error::Locked(_))));
    }
}

#[test]
fn a_second_opening_in_this_process_is_refused() {
    let (_folder, path) = place();
    let warehouse = open(&path).unwrap();
    assert!(open(&path).is_err());
    assert!(child("file_faults::child_finds_it_locked", &path).success());
    drop(warehouse);
    open(&path).unwrap();
}

#[test]
fn a_damaged_file_is_told_and_left_alone() {
    let (folder, path) = place();
    let warehouse = open(&path).unwrap();
    ensure_all(&warehouse);
    let rows = (0..5000).map(|id| ticket(id, id, 1, answer(1, 2)));
    apply(&warehouse, put(&tickets(), rows.collect()));
    warehouse.checkpoint().unwrap();
    drop(warehouse);
    let whole = fs::read(&path).unwrap();
    let damaged = folder.path().join("damaged.duckdb");
    let check = |name: &str, bytes: &[u8]| {
        fs::write(&damaged, bytes).unwrap();
        match open(&damaged) {
            Err(Error::Broken { warehouse, .. }) => assert_eq!(warehouse, damaged.display().to_string(), "{name}"),
            Err(other) => panic!("{name}: {other:?}"),
            Ok(_) => panic!("{name}: it opened"),
        }
        assert!(fs::read(&damaged).unwrap() == bytes, "{name}: it was written to");
        let _ = fs::remove_file(damaged.with_extension("duckdb.wal"));
    };
    check("text", b"this is not a database");
    check("much text", &b"this is not a database, but it is longer than the headers. ".repeat(10_000));
    for length in [1, 100, 4096, 8192, 12_288, 20_000, whole.len() / 2] {
        check(&format!("cut to {length}"), &whole[..length]);
    }
    for at in [8, 4096 + 8, 12_288 + 8] {
        let mut bytes = whole.clone();
        bytes[at..at + 64].fill(0xAA);
        if at == 4096 + 8 {
            // One header of two may be torn by a crash: the other one is asked.
            bytes[8192 + 8..8192 + 72].fill(0xAA);
        }
        check(&format!("overwritten at {at}"), &bytes);
    }
}

/// Damage of any block is told, at the latest when it is read, and never taken for data.
#[test]
fn a_damaged_block_is_told_when_it_is_read() {
    const HEADERS: usize = 3 * 4096;
    const BLOCK: usize = 262_144;
    let (_folder, path) = place();
    let warehouse = open(&path).unwrap();
    ensure_all(&warehouse);
    let rows = (0..5000).map(|id| ticket(id, id, 1, answer(1, 2)));
    apply(&warehouse, put(&tickets(), rows.collect()));
    let before = state(&warehouse);
    drop(warehouse);
    let whole = fs::read(&path).unwrap();
    let mut told = 0;
    for block in (HEADERS..whole.len()).step_by(BLOCK) {
        let mut bytes = whole.clone();
        bytes[block + BLOCK / 2..block + BLOCK / 2 + 8].fill(b'?');
        fs::write(&path, bytes).unwrap();
        let read = open(&path).and_then(|warehouse| {
            let raw = warehouse.raw_rows(&tickets(), None, 10_000)?;
            let mut kept = Kept::default();
            warehouse.query(
                "select * from halo.tickets join halo.ticket_lines on ticket_id = id",
                &[],
                &mut kept,
                &Interrupt::new(),
            )?;
            Ok((raw.len(), state(&warehouse)))
        });
        match read {
            Err(Error::Broken { .. }) => told += 1,
            Ok(unused) => assert!(unused == (5000, before.clone())),
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(told > 1, "{told}");
}

#[test]
fn a_newer_layout_is_refused() {
    let (_folder, path) = place();
    drop(open(&path).unwrap());
    let connection = duckdb::Connection::open(&path).unwrap();
    connection.execute_batch("update _warehouse.state set layout = 999").unwrap();
    drop(connection);
    assert!(matches!(open(&path), Err(Error::NewerLayout { found: 999, .. })));
}

#[test]
fn the_first_layout_is_brought_up_to_date() {
    let (_folder, path) = place();
    let warehouse = open(&path).unwrap();
    warehouse.ensure(&[&tickets()]).unwrap();
    apply(&warehouse, put(&tickets(), vec![ticket(1, 5, 100, answer(1, 2))]));
    warehouse.checkpoint().unwrap();
    drop(warehouse);
    let connection = duckdb::Connection::open(&path).unwrap();
    let older = "alter table halo.tickets drop column _provisional; update _warehouse.state set layout = 1";
    connection.execute_batch(older).unwrap();
    drop(connection);
    let warehouse = open(&path).unwrap();
    apply(&warehouse, put(&tickets(), vec![ticket(1, 6, 200, answer(3, 4))]));
    assert_eq!(lines(&warehouse, "select id, status_id, _provisional from halo.tickets"), ["1|6|null"]);
}

#[test]
fn a_missing_folder_is_an_error() {
    let (folder, _) = place();
    assert!(open(&folder.path().join("no/such/folder/warehouse.duckdb")).is_err());
}

#[test]
fn each_file_has_an_identity() {
    let ((_one, one), (_two, two)) = (place(), place());
    let identity = open(&one).unwrap().identity().to_owned();
    assert_eq!(open(&one).unwrap().identity(), identity);
    assert_ne!(open(&two).unwrap().identity(), identity);
}

#[test]
fn the_memory_limit_is_kept() {
    let (_folder, path) = place();
    let options = OpenOptions { memory_limit_bytes: Some(100_000_000), ..OpenOptions::default() };
    let warehouse = DuckDb::open_file(&path, &options).unwrap();
    let limit = lines(&warehouse, "select current_setting('memory_limit')");
    assert_eq!(limit, ["\"95.3 MiB\""]);
}

/// It has one name in SQL, whatever it is called.
#[test]
fn a_file_may_be_named_like_a_schema() {
    let (folder, _) = place();
    let warehouse = open(&folder.path().join("halo.duckdb")).unwrap();
    ensure_all(&warehouse);
    apply(&warehouse, put(&tickets(), vec![ticket(1, 2, 3, answer(1, 2))]));
    assert_eq!(lines(&warehouse, "select count(*) from halo.tickets").len(), 1);
    assert_eq!(warehouse.count(&tickets()).unwrap(), 1);
    let taken = Table { schema: "warehouse".into(), ..Table::clone(&tickets()) };
    assert!(matches!(warehouse.ensure(&[&taken]), Err(Error::Definition { .. })));
}
