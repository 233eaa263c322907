//! A warehouse that is damaged or lacks its end: told by those who only read, made anew by `sync`.

use std::fs;

use super::{counts, fails, recovers, run, synced};
use crate::desk::{end, on_cluster};

const TOLD: [&str; 2] = ["the warehouse is damaged or incomplete", "run `haloscope sync`, which makes it anew"];

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_is_told_and_made_anew() {
    const CHANGES: &str = "select table_name, key, field, new_value from halo.changes order by all";
    const HEADERS: usize = 3 * 4096;
    const BLOCK: usize = 262_144;
    // In a lake it is another test: see `cluster`.
    if on_cluster() {
        return;
    }
    let desk = synced().await;
    desk.mutate(7, 60).await;
    run(&desk, &["sync"]).await.with_code(0);
    let (before, seen) = (counts(&desk).await, desk.query(CHANGES).await);
    assert!(!seen.is_empty());
    let path = desk.data().join("warehouse.duckdb");
    let whole = fs::read(&path).unwrap();
    let mut torn = whole.clone();
    for block in torn[HEADERS..].chunks_mut(BLOCK) {
        block[BLOCK / 2..BLOCK / 2 + 64].fill(0xAA);
    }
    for (what, bytes) in [
        ("cut to 100 bytes", whole[..100].to_vec()),
        ("cut in half", whole[..whole.len() / 2].to_vec()),
        ("text", b"no database at all\n".repeat(10_000)),
        // This shows only while it is read.
        ("torn", torn),
    ] {
        fs::write(&path, &bytes).unwrap();
        for command in [&["query", "select * from halo.tickets"][..], &["verify"]] {
            fails(&desk, command, &TOLD).await;
            assert!(fs::read(&path).unwrap() == bytes, "{what}: {command:?} changed it");
        }
    }
    let done = run(&desk, &["sync"]).await.with_code(0);
    let (_, kept) = done.err.split_once("the damaged one is kept as `").unwrap_or_else(|| panic!("{done:?}"));
    assert!(fs::exists(kept.split('`').next().unwrap()).unwrap(), "{kept}");
    assert_eq!((counts(&desk).await, desk.query(CHANGES).await), (before, seen));
    recovers(&desk).await;
}

/// The engine's log as a kill leaves it, then cut or garbled: the warehouse lacks what the store has seen of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_log_costs_work_and_no_rows() {
    // In a lake it is another test: see `cluster`.
    if on_cluster() {
        return;
    }
    let desk = synced().await;
    desk.mutate(7, 40).await;
    assert_eq!(end(desk.spawn(&["sync"], Some("after-commit:20"))).await.code, None, "it is killed");
    let path = desk.data().join("warehouse.duckdb");
    let log = path.with_extension("duckdb.wal");
    let (whole, lines) = (fs::read(&path).unwrap(), fs::read(&log).unwrap());
    let middle = lines.len() / 2;
    let mut garbled = lines.clone();
    garbled[middle..middle + 64].fill(0xAA);
    fs::write(&log, garbled).unwrap();
    fails(&desk, &["verify"], &TOLD).await;
    let done = run(&desk, &["sync"]).await.with_code(0);
    assert!(done.err.contains("It is read anew; the damaged one is kept"), "{}", done.err);
    recovers(&desk).await;
    // A log that was cut off may look like one whose last commits never happened: then they are done again.
    for length in [lines.len() / 100, lines.len() / 8, middle, lines.len() - 10] {
        fs::write(&path, &whole).unwrap();
        fs::write(&log, &lines[..length]).unwrap();
        // Damaged or only older: it is never taken for complete.
        run(&desk, &["verify"]).await.with_code(1);
        run(&desk, &["sync"]).await.with_code(0);
        recovers(&desk).await;
    }
}
