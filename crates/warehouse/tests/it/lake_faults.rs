//! Crashes, a server that goes away, files that are missing, and two processes at one lake.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

use warehouse::{DuckDb, Error, Extensions, LakeAddress, OpenOptions, Warehouse};

use crate::kit::*;

const CATALOG: &str = "HALOSCOPE_TEST_CATALOG";
const DATA: &str = "HALOSCOPE_TEST_DATA";

/// Runs one test of this binary in a process of its own, with the lake to work on.
fn child(test: &str, bench: &Bench) -> ExitStatus {
    let address = bench.address("w");
    let mut command = Command::new(env::current_exe().unwrap());
    let test = format!("lake_faults::{test}");
    let command = command.args([&test, "--exact", "--nocapture"]);
    command.env(CATALOG, &address.catalog).env(DATA, bench.data("w")).status().unwrap()
}

fn lake_of_child() -> Option<DuckDb> {
    let data = Path::new(&env::var_os(DATA)?).into();
    let address = LakeAddress { catalog: env::var(CATALOG).unwrap(), schema: "lake_w".into(), data };
    Some(DuckDb::open_lake(&address, &extensions(), &OpenOptions::default()).unwrap())
}

#[test]
fn a_crash_before_the_commit_leaves_the_old_state() {
    let Some(bench) = Bench::lake() else { return };
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    apply(&*warehouse, put(&tickets(), vec![ticket(1, 1, 1, answer(1, 2))]));
    let before = state(&*warehouse);
    drop(warehouse);
    assert!(!child("child_crashes_in_a_batch", &bench).success());
    let warehouse = bench.open();
    assert_eq!(state(&*warehouse), before);
    assert_eq!(warehouse.last_commit().unwrap(), 1);
    assert_eq!(apply(&*warehouse, put(&tickets(), vec![ticket(1, 2, 2, answer(3, 4))])).changed, 1);
}

#[test]
fn child_crashes_in_a_batch() {
    if let Some(lake) = lake_of_child() {
        let batch = put(&tickets(), (1..2_000).map(|id| ticket(id, 2, 2, answer(3, 4))).collect());
        let _ = lake.apply(batch, &mut |_| std::process::abort());
    }
}

#[test]
fn a_crash_after_the_commit_keeps_the_new_state() {
    let Some(bench) = Bench::lake() else { return };
    ensure_all(&*bench.open());
    assert!(!child("child_crashes_after_a_batch", &bench).success());
    let warehouse = bench.open();
    assert_eq!(lines(&*warehouse, "select id, status_id from halo.tickets"), ["1|2"]);
    assert_eq!(warehouse.last_commit().unwrap(), 1);
}

#[test]
fn child_crashes_after_a_batch() {
    if let Some(lake) = lake_of_child() {
        apply(&lake, put(&tickets(), vec![ticket(1, 2, 2, answer(3, 4))]));
        std::process::abort();
    }
}

#[test]
fn whoever_opens_it_last_is_the_one_that_writes() {
    let Some(bench) = Bench::lake() else { return };
    let first = bench.open();
    ensure_all(&*first);
    apply(&*first, put(&tickets(), vec![ticket(1, 1, 1, answer(1, 2))]));
    let second = bench.open();
    let refused = first.apply(put(&tickets(), vec![ticket(1, 2, 2, answer(3, 4))]), &mut |_| Ok(()));
    assert!(matches!(refused, Err(Error::Locked(_))), "{refused:?}");
    assert_eq!(lines(&*first, "select status_id from halo.tickets"), ["1"], "it may still read");
    apply(&*second, put(&tickets(), vec![ticket(1, 3, 3, answer(5, 6))]));
    assert_eq!(lines(&*second, "select status_id from halo.tickets"), ["3"]);
    // Also in the middle of a batch.
    let under_way = second.apply(put(&tickets(), vec![ticket(2, 4, 4, answer(7, 8))]), &mut |_| {
        drop(bench.open());
        Ok(())
    });
    assert!(matches!(under_way, Err(Error::Locked(_))), "{under_way:?}");
    assert_eq!(lines(&*bench.open(), "select id, status_id from halo.tickets"), ["1|3"]);
}

#[test]
fn a_server_that_was_away_is_found_again() {
    let Some(mut bench) = Bench::lake() else { return };
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    apply(&*warehouse, put(&tickets(), vec![ticket(1, 1, 1, answer(1, 2))]));
    let next = || put(&tickets(), vec![ticket(1, 2, 2, answer(3, 4)), ticket(2, 2, 2, answer(3, 4))]);
    bench.server_mut().kill().unwrap();
    let away = warehouse.apply(next(), &mut |_| Ok(()));
    assert!(matches!(away, Err(Error::Away(_))), "{away:?}");
    let away = warehouse.last_commit();
    assert!(matches!(away, Err(Error::Away(_))), "{away:?}");
    bench.server_mut().go_on().unwrap();
    assert_eq!(warehouse.last_commit().unwrap(), 1);
    apply(&*warehouse, next());
    // In the middle of a batch: what it had written is gone, and the next attempt writes it.
    let next = || put(&tickets(), vec![ticket(1, 3, 3, answer(5, 6)), ticket(3, 3, 3, answer(5, 6))]);
    let broken = warehouse.apply(next(), &mut |_| {
        bench.server_mut().kill()?;
        Ok(bench.server_mut().go_on()?)
    });
    assert!(matches!(broken, Err(Error::Away(_))), "{broken:?}");
    assert_eq!(lines(&*warehouse, "select id, status_id from halo.tickets order by id"), ["1|2", "2|2"]);
    apply(&*warehouse, next());
    assert_eq!(lines(&*warehouse, "select id, status_id from halo.tickets order by id"), ["1|3", "2|2", "3|3"]);
    assert_eq!(warehouse.last_commit().unwrap(), 3);
}

#[test]
fn batches_that_fail_leave_no_connections() {
    let Some(bench) = Bench::lake() else { return };
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    for _ in 0..30 {
        let failed = warehouse
            .apply(put(&tickets(), vec![ticket(1, 1, 1, answer(1, 2))]), &mut |_| Err("the observer failed".into()));
        assert!(matches!(failed, Err(Error::Observer(_))), "{failed:?}");
        warehouse.count(&tickets()).unwrap();
    }
    let open = bench.server().run("lake", "select count(*) from pg_stat_activity where application_name = 'haloscope'");
    assert!(open.unwrap().trim().parse::<u32>().unwrap() <= 4);
}

#[test]
fn a_folder_that_is_away_is_no_damage_but_a_missing_file_is() {
    let Some(bench) = Bench::lake() else { return };
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    apply(&*warehouse, put(&tickets(), (1..2_000).map(|id| ticket(id, 2, 2, answer(3, 4))).collect()));
    let (data, elsewhere) = (bench.data("w"), bench.folder().join("elsewhere"));
    fs::rename(&data, &elsewhere).unwrap();
    let read = warehouse.raw_rows(&tickets(), None, 1);
    assert!(matches!(read, Err(Error::Away(_))), "{read:?}");
    drop(warehouse);
    assert!(matches!(bench.try_open("w"), Err(Error::Away(_))));
    assert!(!data.exists());
    // Nor is anything made for a new lake where a disk is missing.
    let unmounted = LakeAddress { schema: "lake_new".into(), data: data.as_path().into(), ..bench.address("w") };
    let opened = DuckDb::open_lake(&unmounted, &extensions(), &OpenOptions::default());
    assert!(matches!(opened, Err(Error::Away(_))) && !data.exists());
    fs::rename(&elsewhere, &data).unwrap();
    let warehouse = bench.open();
    assert_eq!(warehouse.raw_rows(&tickets(), None, 1).unwrap().len(), 1);
    for (name, damage) in [("cut", Some(&b"PAR1"[..])), ("missing", None)] {
        for file in files(&data) {
            match damage {
                Some(bytes) => fs::write(&file, bytes).unwrap(),
                None => fs::remove_file(&file).unwrap(),
            }
        }
        // What was read before may still be in memory.
        let read = bench.try_open("w").unwrap().raw_rows(&tickets(), None, 1);
        assert!(matches!(read, Err(Error::Broken { .. })), "{name}: {read:?}");
    }
}

/// Parquet files of a lake.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, plain): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let parquet = plain.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "parquet"));
    parquet.chain(folders.iter().flat_map(|folder| files(folder))).collect()
}

#[test]
fn no_error_tells_the_password() {
    let Some(bench) = Bench::lake() else { return };
    let address = bench.address("w");
    let secret = LakeAddress { catalog: address.catalog.replace("haloscope@", "haloscope:s3cret@"), ..address.clone() };
    assert!(secret.catalog.contains("s3cret") && !format!("{secret} {secret:?}").contains("s3cret"));
    let nowhere = LakeAddress { catalog: "postgres://u:s3cret@127.0.0.1:1/lake".into(), ..secret.clone() };
    let unknown = LakeAddress { catalog: secret.catalog.replace("/lake", "/nothing"), ..secret.clone() };
    let copy = bench.folder().join("copy.duckdb");
    for (address, refused) in [(nowhere, false), (unknown, true)] {
        let opened = DuckDb::open_lake(&address, &extensions(), &OpenOptions::default()).err().unwrap();
        let copied = address.copy(&extensions(), &copy).unwrap_err();
        let moved = address.move_away(&extensions(), "elsewhere").unwrap_err();
        for error in [opened, copied, moved] {
            assert!(
                if refused { matches!(error, Error::Refused(_)) } else { matches!(error, Error::Away(_)) },
                "{error:?}"
            );
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
        }
    }
}

#[test]
fn missing_extensions_are_told_with_the_remedy() {
    let Some(bench) = Bench::lake() else { return };
    let empty = Extensions::Folder(bench.folder().join("no extensions"));
    let wrong = bench.folder().join("wrong extensions");
    fs::create_dir(&wrong).unwrap();
    fs::write(wrong.join("postgres_scanner.duckdb_extension"), vec![0; 4096]).unwrap();
    for extensions in [empty, Extensions::Folder(wrong)] {
        let error = DuckDb::open_lake(&bench.address("w"), &extensions, &OpenOptions::default()).err().unwrap();
        assert!(matches!(error, Error::Extension { .. }), "{error:?}");
        let told = error.to_string();
        assert!(told.contains("`postgres_scanner`") && told.contains("DuckDB v1.5"), "{told}");
    }
}

#[test]
fn each_lake_has_an_identity_and_knows_of_the_others() {
    let Some(bench) = Bench::lake() else { return };
    let identity = bench.try_open("w").unwrap().identity().to_owned();
    assert_eq!(bench.try_open("w").unwrap().identity(), identity);
    assert_ne!(bench.try_open("other").unwrap().identity(), identity);
    assert_eq!(bench.address("third").neighbours(&extensions()).unwrap(), ["lake_other", "lake_w"]);
}

#[test]
fn a_lake_belongs_to_whoever_opened_it_first() {
    let Some(bench) = Bench::lake() else { return };
    let open = |owner: Option<&str>| {
        let options = OpenOptions { owner: owner.map(str::to_owned), ..OpenOptions::default() };
        DuckDb::open_lake(&bench.address("w"), &extensions(), &options)
    };
    // One from before there were owners.
    let first = open(None).unwrap();
    ensure_all(&first);
    drop(first);
    let first = open(Some("one")).unwrap();
    let refused = open(Some("two")).err().unwrap();
    assert!(matches!(refused, Error::Foreign { .. }), "{refused:?}");
    assert!(refused.to_string().contains("schema lake_w") && !refused.to_string().contains("one`"), "{refused}");
    apply(&first, put(&tickets(), vec![ticket(1, 1, 1, answer(1, 2))]));
    drop(first);
    assert_eq!(lines(&open(Some("one")).unwrap(), "select id from halo.tickets"), ["1"]);
    // Also where its catalogue was set aside.
    bench.address("w").move_away(&extensions(), "aside").unwrap();
    drop(open(Some("two")).unwrap());
    assert!(matches!(open(Some("one")), Err(Error::Foreign { .. })));
}
