//! A lake whose files are in a bucket is as any other.

use std::time::Duration;

use warehouse::{
    BucketAccess, DuckDb, Error, Interrupt, LakeAddress, LakeFolder, OpenOptions, Upkeep, Warehouse as _, reader,
};

use crate::{
    kit::*,
    lake_upkeep::{ALL, everything, filled, small_batches},
    transfers,
};

/// Names of the files of tables, in the bucket.
fn objects(lake: &DuckDb) -> Vec<String> {
    let files = "select data_file from ducklake_list_files('haloscope', 'tickets', schema => 'halo')";
    let start = format!("s3://{}/", local_s3::BUCKET);
    lines(lake, files).iter().map(|file| file.trim_matches('"').strip_prefix(&start).unwrap().to_owned()).collect()
}

/// Where the files of the lake of a name are, with a slash at its end.
fn folder_of(bench: &Bench, name: &str) -> String {
    let query = format!("select value from lake_{name}.ducklake_metadata where key = 'data_path'");
    bench.server().run("lake", &query).unwrap()
}

#[test]
fn it_keeps_what_one_in_a_folder_keeps() {
    let (Some(bench), Some(local)) = (Bench::bucket(), Bench::lake()) else { return };
    let (lake, other) = (filled(&bench), filled(&local));
    for round in 0..2 {
        for warehouse in [&lake, &other] {
            small_batches(warehouse, 1 + 20 * round, 21 + 20 * round);
        }
        for piece in ALL {
            lake.upkeep_piece(piece, Duration::ZERO).unwrap();
            assert!(everything(&lake) == everything(&other), "{piece:?} in round {round}");
        }
    }
    assert!(!objects(&lake).is_empty());
    drop(lake);
    assert!(everything(&bench.try_open("w").unwrap()) == everything(&other), "opened again");
    let seen = lines(&other, "select * from halo.tickets order by all");

    let limits = reader::Limits { memory_bytes: 64 << 20, threads: 2 };
    let ask = |sql: &str| {
        let mut kept = Kept::default();
        reader::run(&bench.source(), "halo", sql, &limits, &mut kept).map(|()| kept.lines())
    };
    assert!(ask("select * from tickets order by all").unwrap() == seen, "a reader sees the same");
    // The mark of the lake itself, and of another one beside it.
    let mark = |name: &str| format!("{}haloscope-lake", folder_of(&bench, name));
    drop(bench.try_open("other").unwrap());
    assert_eq!(ask(&format!("select count(*) from read_text('{}')", mark("w"))).unwrap(), ["1"]);
    for (question, says) in [
        (format!("from read_text('{}')", mark("other")), "disabled by configuration"),
        ("from read_text('/etc/passwd')".to_owned(), "disabled by configuration"),
        ("from duckdb_secrets()".to_owned(), "cannot be called here"),
        ("from which_secret('s3://lakes/x', 's3')".to_owned(), "cannot be called here"),
    ] {
        let error = ask(&question).unwrap_err().to_string();
        assert!(error.contains(says) && !error.contains("s3cret"), "{question}: {error}");
    }
    let settings = "select count(*) from duckdb_settings() where value like '%s3cret%'";
    assert_eq!(ask(settings).unwrap(), ["0"]);
}

#[test]
fn what_nobody_needs_is_deleted() {
    let Some(bench) = Bench::bucket() else { return };
    let lake = filled(&bench);
    small_batches(&lake, 1, 60);
    for piece in ALL {
        lake.upkeep_piece(piece, Duration::ZERO).unwrap();
    }
    let all = format!("select count(*) from glob('{}**')", folder_of(&bench, "w"));
    let count = || lines(&lake, &all)[0].parse::<u32>().unwrap();
    let (before, seen) = (count(), everything(&lake));
    // As if a day had passed.
    let older =
        "update lake_w.ducklake_files_scheduled_for_deletion set schedule_start = schedule_start - interval '2 days'";
    bench.server().run("lake", older).unwrap();
    let deleted = u32::try_from(lake.upkeep_piece(Upkeep::CleanUp, Duration::ZERO).unwrap()).unwrap();
    assert!(deleted > 0 && count() + deleted == before, "{deleted} of {before}, {} left", count());
    assert!(everything(&lake) == seen);
    drop(lake);
    assert!(everything(&bench.try_open("w").unwrap()) == seen, "its mark is still there");
}

#[test]
fn it_belongs_to_its_store() {
    let Some(bench) = Bench::bucket() else { return };
    let open = |owner: &str| {
        let options = OpenOptions { owner: Some(owner.to_owned()), ..OpenOptions::default() };
        DuckDb::open_lake(&bench.address("w"), &extensions(), &options)
    };
    drop(open("one, or \"another\"").unwrap());
    assert!(matches!(open("two"), Err(Error::Foreign { .. })));
    open("one, or \"another\"").unwrap();
}

#[test]
fn what_is_missing_is_damage_and_a_bucket_that_is_away_is_not() {
    let Some(mut bench) = Bench::bucket() else { return };
    let lake = filled(&bench);
    let gone = objects(&lake);
    drop(lake);
    for name in &gone {
        bench.bucket_mut().delete(name).unwrap();
    }
    let lake = bench.try_open("w").unwrap();
    let read = lake.query("select sum(status_id) from halo.tickets", &[], &mut Kept::default(), &Interrupt::new());
    assert!(matches!(read, Err(Error::Broken { .. })), "{read:?}");

    bench.bucket_mut().stop();
    let read = lake.query("select sum(status_id) from halo.tickets", &[], &mut Kept::default(), &Interrupt::new());
    assert!(matches!(read, Err(Error::Away(_))), "{read:?}");
    let rows = (9_000..10_000).map(|id| ticket(id, 1, 1, answer(1, 2))).collect();
    let written = lake.apply(put(&tickets(), rows), &mut |_| Ok(()));
    assert!(matches!(written, Err(Error::Away(_))), "{written:?}");
    drop(lake);
    let opened = bench.try_open("w").map(drop).unwrap_err();
    assert!(matches!(opened, Error::Away(_)) && !format!("{opened:?}").contains("s3cret"), "{opened:?}");

    // Another bucket, where nothing is, is not taken for this one that lost everything.
    bench.bucket_mut().go_on().unwrap();
    let opened = bench.try_open("w").map(drop);
    assert!(matches!(opened, Err(Error::Away(_))), "{opened:?}");
}

#[test]
fn a_bucket_that_is_not_there_is_told_and_no_lake_is_made() {
    let Some(bench) = Bench::bucket() else { return };
    let known = bench.address("w");
    let access: BucketAccess = known.data.access().unwrap().clone();
    let nowhere = LakeFolder::named("s3://nothing-here/lake", &access).unwrap();
    let opened = DuckDb::open_lake(&LakeAddress { data: nowhere, ..known }, &extensions(), &OpenOptions::default());
    let error = opened.map(drop).unwrap_err();
    assert!(matches!(error, Error::Away(_)), "{error:?}");
    let schemas = bench.server().run("lake", "select count(*) from pg_namespace where nspname like 'lake%'").unwrap();
    assert_eq!(schemas.trim(), "0");
}

#[test]
fn a_warehouse_moves_there_and_back() {
    let Some(bench) = Bench::bucket() else { return };
    let files = Bench::file();
    let path = |name: &str| files.folder().join(format!("{name}.duckdb"));
    let original = files.try_open("original").unwrap();
    transfers::fill(&original);
    let expected = transfers::whole(&original);
    drop(original);
    // Another bucket at another server, which the engine reaches at the same time.
    let Some(elsewhere) = Bench::bucket() else { return };
    let lakes = [&bench, &elsewhere];
    let mut from = warehouse::TransferOrigin::File(path("original"));
    for bench in lakes {
        let lake = bench.try_open("w").unwrap();
        transfers::copy(&from, &lake);
        lake.fill_end().unwrap();
        // Whatever stayed in the catalogue becomes objects.
        lake.upkeep_piece(Upkeep::Rewrite, Duration::from_secs(86_400)).unwrap();
        assert!(transfers::whole(&lake) == expected && !objects(&lake).is_empty());
        from = warehouse::TransferOrigin::Lake(bench.address("w"), extensions());
    }
    let back = files.try_open("back").unwrap();
    transfers::copy(&from, &back);
    assert!(transfers::whole(&back) == expected);
}
