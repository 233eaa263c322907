//! A warehouse is filled from another one, in each direction.

use std::path::PathBuf;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use warehouse::{
    Answer, DuckDb, Error, Filled, Filling, OpenOptions, Origin, Row, Share, TransferOrigin, Warehouse as _,
};

use crate::kit::*;
use crate::lake_faults::files;
use crate::values;

/// The same tables of two warehouses, whatever they are.
const SCHEMAS: [&str; 2] = ["halo", "types"];

/// Rows of all types, changes, tombstones, children and cursors.
pub(crate) fn fill(warehouse: &DuckDb) {
    ensure_all(warehouse);
    for from in [0, 400] {
        let rows = (from..from + 400).map(|id| ticket(id * 7, 1, 1_000, answer(1, 2))).collect();
        apply(warehouse, put(&tickets(), rows));
    }
    apply(warehouse, put(&tickets(), (0..9).map(|id| ticket(id * 7, 2, 2_000, answer(3, 4))).collect()));
    apply(warehouse, bury(&tickets(), vec![tombstone(21, answer(5, 6))]));
    let cursors = [("halo.tickets.next", "page 7"), ("types.t.next", "another's"), ("halo.clients.next", "")];
    let cursors = cursors.map(|(name, value)| (name.to_owned(), Some(value.to_owned())));
    apply(warehouse, warehouse::Batch { cursors: cursors.to_vec(), ..batch(Origin::Live) });

    let table = values::table();
    warehouse.ensure(&[&table]).unwrap();
    let (mut runner, strategy) = (TestRunner::deterministic(), values::cells());
    let rows = (0..60).map(|id| {
        let mut cells = strategy.new_tree(&mut runner).unwrap().current();
        cells.insert(0, warehouse::Cell::Int(id));
        let answer = Answer { asked: 1, answered: 2 };
        Row { cells, children: vec![], raw: "{}".into(), answer, deleted_at: None, narrow: false }
    });
    apply(warehouse, put(&table, rows.collect()));
}

fn share(schema: &'static str) -> Share<'static> {
    let cursors = if schema == "halo" { "halo." } else { "types." };
    Share { schema, cursors, portion: 100 }
}

pub(crate) fn copy(from: &TransferOrigin, to: &DuckDb) -> Vec<Filled> {
    SCHEMAS.map(|schema| to.fill_from(from, share(schema), &mut |_| true).unwrap().unwrap()).to_vec()
}

/// Everything in the tables, with what the engine keeps beside them.
pub(crate) fn whole(warehouse: &DuckDb) -> Vec<String> {
    let names = "select table_schema || '.' || table_name from information_schema.tables where table_catalog = current_database() \
                 and table_schema <> '_warehouse' order by all";
    let mut names: Vec<String> = lines(warehouse, names).iter().map(|name| name.replace('"', "")).collect();
    assert!(names.len() > 8, "{names:?}");
    names.push("_warehouse.cursors".into());
    names.push("_warehouse.tables".into());
    let content = |name: &String| lines(warehouse, &format!("select '{name}', * from {name} order by all"));
    names.iter().flat_map(content).collect()
}

fn numbers(warehouse: &DuckDb) -> [i64; 3] {
    [warehouse.last_commit().unwrap(), warehouse.last_sequence().unwrap(), warehouse.highest_tick().unwrap()]
}

/// A bench with a file and lakes, and where its first file and its first lake are.
fn places(bench: &Bench) -> [TransferOrigin; 2] {
    [
        TransferOrigin::File(bench.folder().join("first.duckdb")),
        TransferOrigin::Lake(bench.address("first"), extensions()),
    ]
}

fn open(bench: &Bench, is_lake: bool, name: &str) -> DuckDb {
    let options = OpenOptions::default();
    match is_lake {
        true => DuckDb::open_lake(&bench.address(name), &extensions(), &options).unwrap(),
        false => DuckDb::open_file(&bench.folder().join(format!("{name}.duckdb")), &options).unwrap(),
    }
}

#[test]
fn a_copy_has_every_row_and_goes_on_as_the_original_would() {
    let Some(bench) = Bench::lake() else { return };
    for from_lake in [false, true] {
        let original = open(&bench, from_lake, "first");
        fill(&original);
        let (expected, so_far, identity) = (whole(&original), numbers(&original), original.identity().to_owned());
        drop(original);
        let from = &places(&bench)[usize::from(from_lake)];
        for to_lake in [false, true] {
            let name = format!("copy{}{}", u8::from(from_lake), u8::from(to_lake));
            let to = open(&bench, to_lake, &name);
            let filled = copy(from, &to);
            to.fill_end().unwrap();
            assert!(filled.iter().all(|one| one.identity == identity && one.last_commit == so_far[0]));
            assert_eq!(filled.iter().map(|one| one.rows).sum::<u64>(), expected.len() as u64 - 3 - 4, "{filled:?}");
            drop(to);
            let to = open(&bench, to_lake, &name);
            assert_ne!(to.identity(), identity);
            assert_eq!((whole(&to), numbers(&to)), (expected.clone(), so_far));
            // It takes batches as the original does: nothing is created, and history goes on.
            assert_eq!(to.ensure(&[&tickets(), &values::table()]).unwrap(), Vec::<String>::new());
            let applied = apply(&to, put(&tickets(), vec![ticket(700, 5, 9_000, answer(9, 10))]));
            assert_eq!((applied.commit, applied.changes[0].sequence), (so_far[0] + 1, so_far[1] + 1));
        }
        // The original is as it was.
        assert_eq!(whole(&open(&bench, from_lake, "first")), expected);
    }
}

#[test]
fn a_copy_that_was_stopped_anywhere_goes_on() {
    let Some(bench) = Bench::lake() else { return };
    for to_lake in [false, true] {
        let original = open(&bench, !to_lake, "first");
        fill(&original);
        let expected = whole(&original);
        drop(original);
        let from = &places(&bench)[usize::from(!to_lake)];
        let (mut stops, mut patience) = (0, 1);
        loop {
            let to = open(&bench, to_lake, "copy");
            let mut left = patience;
            let mut told = |_: &Filling| {
                left -= 1;
                left > 0
            };
            let done: Result<Vec<_>, _> =
                SCHEMAS.iter().map(|schema| to.fill_from(from, share(schema), &mut told)).collect();
            match done {
                Ok(_) => break,
                Err(Error::Interrupted) => (stops, patience) = (stops + 1, patience + 9),
                Err(error) => panic!("{error:?}"),
            }
        }
        assert!(stops > 3, "{stops}");
        let to = open(&bench, to_lake, "copy");
        to.fill_end().unwrap();
        assert_eq!(whole(&to), expected);
    }
}

#[test]
fn a_copy_that_differs_is_told() {
    let Some(bench) = Bench::lake() else { return };
    let original = open(&bench, true, "first");
    fill(&original);
    drop(original);
    let from = &places(&bench)[1];
    let to = open(&bench, false, "copy");
    copy(from, &to);
    // As if rows had been lost, changed and doubled on the way.
    for (damage, missing, more) in [
        ("delete from halo.tickets where id = 14", 1, 0),
        ("update halo_raw.tickets set raw = raw || ' ' where id = 21", 1, 1),
        ("insert into halo.changes from halo.changes limit 1", 0, 1),
    ] {
        let file = bench.folder().join("damaged.duckdb");
        let copied = open(&bench, false, "damaged");
        copy(from, &copied);
        drop(copied);
        let connection = duckdb_file(&file);
        connection.execute_batch(damage).unwrap();
        drop(connection);
        let error = open(&bench, false, "damaged").fill_from(from, share("halo"), &mut |_| true).unwrap_err();
        assert!(
            matches!(error, Error::Differs { missing: m, more: n, .. } if (m, n) == (missing, more)),
            "{damage}: {error:?}"
        );
        std::fs::remove_file(&file).unwrap();
    }
}

#[test]
fn damage_of_the_original_is_told_as_such() {
    let Some(bench) = Bench::lake() else { return };
    for from_lake in [false, true] {
        let original = open(&bench, from_lake, "first");
        fill(&original);
        let rows = (10_000..15_000).map(|id| ticket(id, 2, 2, answer(3, 4)));
        apply(&original, put(&tickets(), rows.collect()));
        drop(original);
        let from = &places(&bench)[usize::from(from_lake)];
        let name = match from {
            TransferOrigin::File(path) => path.display().to_string(),
            TransferOrigin::Lake(address, _) => address.to_string(),
        };
        let damage = Damage::of(from, &bench);
        for to_lake in [false, true] {
            let mut told = 0;
            for (number, (path, bytes)) in damage.damaged.iter().enumerate() {
                std::fs::write(path, bytes).unwrap();
                let to = open(&bench, to_lake, &format!("of{}{}_{number}", u8::from(from_lake), u8::from(to_lake)));
                match to.fill_from(from, share("halo"), &mut |_| true) {
                    Err(Error::Broken { warehouse, .. }) => {
                        assert_eq!(warehouse, name);
                        told += 1;
                    }
                    // Damage where nothing is read.
                    Ok(Some(_)) => {}
                    other => panic!("{number}: {other:?}"),
                }
                damage.mend();
            }
            assert!(told > 0, "{from_lake} {to_lake}");
        }
    }
}

/// Damaged contents of files, one at a time.
struct Damage {
    whole: Vec<(PathBuf, Vec<u8>)>,
    damaged: Vec<(PathBuf, Vec<u8>)>,
}

impl Damage {
    /// A few bytes in every third block of a file, or the end of each file of a lake.
    fn of(origin: &TransferOrigin, bench: &Bench) -> Self {
        let paths = match origin {
            TransferOrigin::File(path) => vec![path.clone()],
            TransferOrigin::Lake(..) => files(&bench.data("first")),
        };
        let whole: Vec<_> = paths.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
        let mut damaged = Vec::new();
        for (path, bytes) in &whole {
            let places = match origin {
                TransferOrigin::File(_) => (3 * 4096 + 131_072..bytes.len()).step_by(3 * 262_144).collect(),
                TransferOrigin::Lake(..) => vec![bytes.len() - 8],
            };
            damaged.extend(places.into_iter().map(|place: usize| {
                let mut bytes = bytes.clone();
                bytes[place..place + 8].fill(b'?');
                (path.clone(), bytes)
            }));
        }
        Self { whole, damaged }
    }

    fn mend(&self) {
        self.whole.iter().for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
    }
}

fn duckdb_file(path: &std::path::Path) -> duckdb::Connection {
    duckdb::Connection::open(path).unwrap()
}

#[test]
fn a_lake_that_is_written_meanwhile_is_copied_as_it_was() {
    let Some(bench) = Bench::lake() else { return };
    let original = open(&bench, true, "first");
    fill(&original);
    let expected = whole(&original);
    let to = open(&bench, false, "copy");
    let mut next = 100_000;
    for schema in SCHEMAS {
        let mut told = |_: &Filling| {
            next += 1;
            apply(&original, put(&tickets(), vec![ticket(next, 3, 9_000, answer(next, next + 1))]));
            true
        };
        if schema == "halo" {
            to.fill_from(&places(&bench)[1], share(schema), &mut told).unwrap();
        } else {
            to.fill_from(&places(&bench)[1], share(schema), &mut |_| true).unwrap();
        }
    }
    assert!(next > 100_020);
    assert_eq!(whole(&to), expected);
}
