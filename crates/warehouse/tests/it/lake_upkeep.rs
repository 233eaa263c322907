//! A lake is put in order while it is used: nobody sees a difference, and it stays small.

use std::time::Duration;

use warehouse::{Cell, DuckDb, OpenOptions, Row, Upkeep, Warehouse as _, reader};

use crate::{kit::*, lake_faults::files, values};

pub(crate) const ALL: [Upkeep; 5] = [Upkeep::Flush, Upkeep::Merge, Upkeep::Rewrite, Upkeep::Expire, Upkeep::CleanUp];
const DAY: Duration = Duration::from_secs(86_400);

/// Small batches: new rows, changed ones and deleted ones, in files and in the catalogue.
pub(crate) fn small_batches(lake: &DuckDb, from: i64, to: i64) {
    for round in from..to {
        let asked = 10 * round;
        let rows = [round, round / 2, 2_000 + round % 7].map(|id| ticket(id, round, round, answer(asked, asked + 1)));
        let mut batch = put(&tickets(), rows.to_vec());
        batch.tombstones = bury(&tickets(), vec![tombstone(round / 3, answer(asked + 2, asked + 3))]).tombstones;
        batch.cursors = vec![("at".into(), Some(round.to_string()))];
        apply(lake, batch);
    }
}

pub(crate) fn everything(lake: &DuckDb) -> Vec<String> {
    let mut seen = state(lake);
    seen.extend(lines(lake, "select * from types.t order by all"));
    seen.extend(lines(lake, "select * from halo.tickets order by all"));
    seen.push(format!("{:?} {:?}", lake.cursors().unwrap(), lake.last_commit().unwrap()));
    seen
}

pub(crate) fn filled(bench: &Bench) -> DuckDb {
    let lake = bench.try_open("w").unwrap();
    ensure_all(&lake);
    values::store_some(&lake);
    apply(&lake, put(&tickets(), (1..3_000).map(|id| ticket(id, 1, 1, answer(1, 2))).collect()));
    lake
}

#[test]
fn nothing_that_is_seen_changes() {
    let Some(bench) = Bench::lake() else { return };
    let lake = filled(&bench);
    for round in 0..4 {
        small_batches(&lake, 1 + 20 * round, 21 + 20 * round);
        let before = everything(&lake);
        for piece in ALL {
            lake.upkeep_piece(piece, Duration::ZERO).unwrap();
            assert!(everything(&lake) == before, "{piece:?} in round {round}");
        }
    }
    let before = everything(&lake);
    drop(lake);
    let lake = bench.try_open("w").unwrap();
    assert!(everything(&lake) == before, "opened again");
    small_batches(&lake, 100, 105);
    assert_eq!(lake.count(&tickets()).unwrap(), lake.live_keys(&tickets(), None).unwrap().len() as u64);
}

#[test]
fn files_stay_few_and_those_that_nobody_needs_are_deleted() {
    let Some(bench) = Bench::lake() else { return };
    let lake = filled(&bench);
    let data = bench.data("w");
    let mut most = 0;
    for round in 0..10 {
        small_batches(&lake, 1 + 10 * round, 11 + 10 * round);
        for piece in ALL {
            lake.upkeep_piece(piece, Duration::ZERO).unwrap();
        }
        most = most.max(files(&data).len());
        // As if a day had passed.
        let older = "update lake_w.ducklake_files_scheduled_for_deletion set schedule_start = schedule_start - interval '2 days'";
        bench.server().run("lake", older).unwrap();
    }
    let before = everything(&lake);
    lake.upkeep_piece(Upkeep::CleanUp, Duration::ZERO).unwrap();
    let left = files(&data).len();
    assert!(left < 40 && left < most, "{left} of {most} files are left");
    assert!(everything(&lake) == before);
    let snapshots = bench.server().run("lake", "select count(*) from lake_w.ducklake_snapshot").unwrap();
    assert!(snapshots.trim().parse::<u32>().unwrap() < 20, "{snapshots} snapshots are left");
}

#[test]
fn what_is_young_enough_can_be_read_as_it_was() {
    let Some(bench) = Bench::lake() else { return };
    let lake = filled(&bench);
    let version = lines(&lake, "select max(snapshot_id) from ducklake_snapshots('haloscope')").remove(0);
    small_batches(&lake, 1, 20);
    for piece in ALL {
        lake.upkeep_piece(piece, DAY).unwrap();
    }
    let question = format!("select count(*), count(distinct status_id) from halo.tickets at (version => {version})");
    assert_eq!(lines(&lake, &question), ["2999|1"]);
    lake.upkeep_piece(Upkeep::Expire, Duration::ZERO).unwrap();
    let mut kept = Kept::default();
    let expired = lake.query(&question, &[], &mut kept, &warehouse::Interrupt::new());
    assert!(expired.is_err(), "{:?}", kept.lines());
}

#[test]
fn it_goes_on_beside_batches_and_readers() {
    let Some(bench) = Bench::lake() else { return };
    let lake = filled(&bench);
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| small_batches(&lake, 1, 60));
        while !writing.is_finished() {
            for piece in ALL {
                lake.upkeep_piece(piece, Duration::ZERO).unwrap();
                let twice = lines(&lake, "select id from halo.tickets group by id having count(*) > 1");
                assert_eq!(twice, Vec::<String>::new());
            }
        }
        writing.join().unwrap();
    });
    let seen = everything(&lake);
    // The same without any upkeep.
    let other = bench.try_open("other").unwrap();
    ensure_all(&other);
    values::store_some(&other);
    apply(&other, put(&tickets(), (1..3_000).map(|id| ticket(id, 1, 1, answer(1, 2))).collect()));
    small_batches(&other, 1, 60);
    assert!(everything(&other) == seen);
}

#[test]
fn upkeep_is_due_by_its_own_time() {
    let Some(bench) = Bench::lake() else { return };
    let lake = filled(&bench);
    let done = |lake: &DuckDb| lake.upkeep(DAY).unwrap().into_iter().map(|(piece, _)| piece).collect::<Vec<_>>();
    assert_eq!(done(&lake), [Upkeep::Flush], "nothing else is due in a new lake");
    let snapshots = || bench.server().run("lake", "select count(*) from lake_w.ducklake_snapshot").unwrap();
    let before = snapshots();
    assert_eq!((lake.upkeep(DAY).unwrap(), snapshots()), (vec![(Upkeep::Flush, 0)], before), "it rests");
    drop(lake);
    // As if so long had passed; what is noted may be in the catalogue or in a file.
    let lake = bench.try_open("w").unwrap();
    let older = |seconds: u32| {
        let table = lines(&lake, "select filename from _warehouse.upkeep limit 1").remove(0);
        let sql = format!(
            "update lake_w.{} set done_at = (done_at::timestamptz - interval '{seconds} seconds')::text where end_snapshot is null",
            table.trim_matches('"')
        );
        bench.server().run("lake", &sql).unwrap();
    };
    older(660);
    assert_eq!(done(&lake), [Upkeep::Flush, Upkeep::Merge]);
    assert_eq!(done(&lake), [Upkeep::Flush], "it was just done");
}

/// A first copy leaves a file for each of its batches. Together their rows take more memory than the engine may use.
#[test]
fn many_small_files_become_few_at_once_and_within_the_memory() {
    let Some(bench) = Bench::lake() else { return };
    let options = OpenOptions { memory_limit_bytes: Some(100_000_000), ..OpenOptions::default() };
    let lake = DuckDb::open_lake(&bench.address("w"), &extensions(), &options).unwrap();
    ensure_all(&lake);
    const ROWS: i64 = 1_000;
    const BATCHES: i64 = 40;
    // No two alike, as those would be held once.
    let long = |row: Row| {
        let id = if let Cell::Int(id) = row.cells[0] { id.unsigned_abs() } else { 0 };
        let parts = (1..=250).map(|part| format!("{:016x}", (id * 1_000 + part).wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        Row { raw: format!("\"{}\"", parts.collect::<String>()).into(), ..row }
    };
    for number in 0..BATCHES {
        let ids = number * ROWS..(number + 1) * ROWS;
        apply(&lake, put(&tickets(), ids.map(|id| long(ticket(id, 1, 1, answer(1, 2)))).collect()));
    }
    let live = |table: &str| {
        let files = format!("select count(*) from ducklake_list_files('haloscope', 'tickets', schema => '{table}')");
        lines(&lake, &files).remove(0).parse::<i64>().unwrap()
    };
    assert_eq!((live("halo"), live("halo_raw")), (BATCHES, BATCHES));
    let done: Vec<_> = lake.upkeep(DAY).unwrap().into_iter().map(|(piece, _)| piece).collect();
    assert_eq!(done, [Upkeep::Flush, Upkeep::Merge], "although no time has passed");
    assert!(live("halo") < 5 && live("halo_raw") < 5, "{} and {} files are left", live("halo"), live("halo_raw"));

    // The same where nothing was done in time: of each file a row is gone.
    for number in BATCHES..2 * BATCHES {
        let ids = number * ROWS..(number + 1) * ROWS;
        apply(&lake, put(&tickets(), ids.map(|id| long(ticket(id, 1, 1, answer(1, 2)))).collect()));
    }
    let changed = (BATCHES..2 * BATCHES).map(|number| long(ticket(number * ROWS + 7, 2, 2, answer(3, 4))));
    apply(&lake, put(&tickets(), changed.collect()));
    for piece in [Upkeep::Flush, Upkeep::Merge] {
        lake.upkeep_piece(piece, DAY).unwrap();
    }
    assert!(live("halo") > BATCHES && live("halo_raw") > BATCHES, "files of which rows are gone are not merged");
    lake.upkeep_piece(Upkeep::Rewrite, DAY).unwrap();
    assert!(live("halo") < 5 && live("halo_raw") < 5, "{} and {} files are left", live("halo"), live("halo_raw"));
    let sums = "select count(*), count(distinct id), count(*) filter (where status_id = 2), sum(length(raw)) \
                from halo.tickets join halo_raw.tickets using (id)";
    let rows = 2 * ROWS * BATCHES;
    assert_eq!(lines(&lake, sums), [format!("{rows}|{rows}|{BATCHES}|{}", rows * 4_002)]);
}

/// A reader's copy of the catalogue names files that must stay while it is read.
#[test]
fn a_reader_keeps_its_files() {
    let Some(bench) = Bench::lake() else { return };
    let lake = filled(&bench);
    small_batches(&lake, 1, 30);
    let source = bench.source();
    let expected = lines(&lake, "select * from halo.tickets order by all");
    small_batches(&lake, 30, 60);
    for piece in ALL {
        lake.upkeep_piece(piece, Duration::ZERO).unwrap();
    }
    let mut kept = Kept::default();
    let limits = reader::Limits { memory_bytes: 64 << 20, threads: 1 };
    reader::run(&source, "halo", "select * from tickets order by all", &limits, &mut kept).unwrap();
    assert!(kept.lines() == expected);
}
