//! A lake whose files are in a bucket is as any other.

use std::time::Duration;

use warehouse::{BucketAccess, DuckDb, Error, Interrupt, LakeAddress, LakeFolder, OpenOptions, Warehouse as _, reader};

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
    for secret in [
        "from duckdb_secrets()",
        "from which_secret('s3://lakes/x', 's3')",
        "from read_text('s3://lakes/elsewhere')",
        "from read_text('/etc/passwd')",
    ] {
        let error = ask(secret).unwrap_err().to_string();
        assert!(!error.contains("s3cret"), "{error}");
    }
    assert!(ask("select current_setting('secret_directory')").is_ok(), "settings hold no key");
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
    let lake = bench.try_open("w").unwrap();
    transfers::copy(&warehouse::TransferOrigin::File(path("original")), &lake);
    assert!(transfers::whole(&lake) == expected);
    lake.fill_end().unwrap();
    drop(lake);
    let back = files.try_open("back").unwrap();
    transfers::copy(&warehouse::TransferOrigin::Lake(bench.address("w"), extensions()), &back);
    assert!(transfers::whole(&back) == expected);
}
