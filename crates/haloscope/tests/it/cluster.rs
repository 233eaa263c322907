//! The program on PostgreSQL and DuckLake, while the server restarts, hangs and is full, and when files are missing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use halo_client::entities::ENTITIES;
use halo_sim::Options;
use reqwest::StatusCode;
use serde_json::json;

use crate::bad_input::disk::Disk;
use crate::desk::{Desk, Done, cluster, end};
use crate::migrations::content;
use crate::serve::{Server, is_complete, until};
use crate::truth;
use crate::unsynced::Unsynced;
use crate::webhooks::Site;

/// How long the program may take to go on after the server does.
const PATIENCE: Duration = Duration::from_secs(60);

/// The same as in a folder: read, read again, asked, copied into a backup and back.
#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_the_lake_may_be_in_a_bucket() {
    let (Some(server), Some(mut bucket)) = (cluster(), local_s3::for_tests()) else { return };
    let mut desk = Desk::open(Options { tickets: 150, limit: 100_000, ..Options::default() }).await;
    desk.keep_in_bucket(server, &bucket);
    desk.connect(&[]).await.with_code(0);
    desk.run(&["sync"]).await.with_code(0);
    desk.mutate(1, 120).await;
    desk.run(&["sync"]).await.with_code(0);
    assert_eq!(truth::differences(&desk).await, Vec::<String>::new());
    desk.run(&["verify"]).await.with_code(0);

    let tried = desk.run(&["query", "select * from read_text('s3://lakes/haloscope/x')"]).await.with_code(1);
    assert!(tried.err.contains("cannot") || tried.err.contains("disabled"), "{}", tried.err);
    let before = content(&desk, &["halo"]).await;
    let file = desk.beside("backup").display().to_string();
    desk.run(&["backup", &file]).await.with_code(0);

    bucket.stop();
    let away = desk.run(&["sync"]).await.with_code(1);
    assert!(away.err.contains("or its bucket answers") && !away.err.contains("s3cret"), "{}", away.err);

    desk.go_to("restored");
    desk.run(&["restore", &file]).await.with_code(0);
    assert_eq!(content(&desk, &["halo"]).await, before);
}

async fn site() -> Option<Site> {
    site_on(cluster()?).await
}

async fn site_on(server: local_postgres::Server) -> Option<Site> {
    let mut desk = Desk::open(Options { tickets: 300, limit: 100_000, ..Options::default() }).await;
    desk.keep_in(server);
    Some(Site::at(desk).await)
}

fn told(key: &str) -> String {
    json!({ "id": key, "event": "ticket updated", "object_id": 1_001 }).to_string()
}

/// Posts until it is acknowledged. Answers how often it was refused with "try again".
async fn post(site: &Site, key: &str) -> usize {
    let began = Instant::now();
    let mut refused = 0;
    loop {
        match site.post(told(key)).await {
            StatusCode::OK => return refused,
            StatusCode::SERVICE_UNAVAILABLE => refused += 1,
            other => panic!("{other}"),
        }
        assert!(began.elapsed() < PATIENCE, "{}", site.server.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn is_right(site: Site, keys: &[&str]) {
    let log = site.settled().await;
    let mut kept: Vec<&str> = log.iter().filter_map(|logged| logged["key"].as_str()).collect();
    kept.sort_unstable();
    assert_eq!(kept, keys, "each that was acknowledged, once");
    assert!(log.iter().all(|logged| logged["state"] == "settled"), "{log:?}");
    site.desk.run(&["sync"]).await.with_code(0);
    assert_eq!(truth::differences(&site.desk).await, Vec::<String>::new());
    assert_eq!(site.server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_restarts_loses_nothing_and_the_program_goes_on() {
    let Some(mut site) = site().await else { return };
    assert_eq!(post(&site, "a").await, 0);
    site.desk.postgres().kill().unwrap();
    assert_eq!(site.post(told("b")).await, StatusCode::SERVICE_UNAVAILABLE);
    let down = site.desk.run(&["status", "--json"]).await;
    assert!(down.code == Some(1) && down.err.contains("does not answer: see that it runs"), "{down:?}");
    site.desk.postgres().go_on().unwrap();
    post(&site, "b").await;
    site.desk.postgres().stop().unwrap();
    site.desk.postgres().go_on().unwrap();
    post(&site, "c").await;
    is_right(site, &["a", "b", "c"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_is_waited_for_and_then_nothing_is_acknowledged() {
    let Some(mut site) = site().await else { return };
    post(&site, "a").await;
    site.desk.postgres().pause().unwrap();
    let began = Instant::now();
    assert_eq!(site.post(told("b")).await, StatusCode::SERVICE_UNAVAILABLE);
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
    site.desk.postgres().resume().unwrap();
    post(&site, "b").await;
    is_right(site, &["a", "b"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_of_the_server_loses_nothing() {
    // Only to say so where there is none.
    if cluster().is_none() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(place.path(), 300) else { return };
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let server = local_postgres::Server::start_in(place.path()).unwrap();
    let Some(mut site) = site_on(server).await else { return };
    assert_eq!(post(&site, "d-0").await, 0);
    let filler = disk.fill();
    let (mut acknowledged, mut refused) = (vec!["d-0".to_owned()], 0);
    // Some fit into what the server has already.
    while refused < 20 {
        let key = format!("d-{}", acknowledged.len());
        let body = json!({ "id": key, "event": "ticket updated", "object_id": 1_001, "note": "x".repeat(200_000) });
        match site.post(body.to_string()).await {
            StatusCode::OK => acknowledged.push(key),
            StatusCode::SERVICE_UNAVAILABLE => refused += 1,
            other => panic!("{other}"),
        }
        assert!(acknowledged.len() < 2_000, "the disk is never full");
    }
    fs::remove_file(filler).unwrap();
    // It ends by itself where it cannot write its log.
    if !site.desk.postgres().runs().unwrap() {
        site.desk.postgres().go_on().unwrap();
    }
    post(&site, "last").await;
    acknowledged.push("last".to_owned());
    acknowledged.sort_unstable();
    is_right(site, &acknowledged.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

/// A power cut after a pass: what its files did not have on disk is gone, and nothing of it was needed. The control never synced them.
#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_lake_are_on_disk_before_its_catalogue_names_them() {
    for syncs in [true, false] {
        let Some(server) = cluster() else { return };
        // More than stay in the catalogue.
        let mut desk = Desk::open(Options { tickets: 700, limit: 100_000, ..Options::default() }).await;
        desk.keep_in(server);
        desk.connect(&[]).await.with_code(0);
        let unsynced = Unsynced::build(&desk.lake());
        let mut sync = desk.command(&["sync"]);
        sync.envs(unsynced.variables());
        if !syncs {
            sync.env("UNSYNCED_DEAF", "1");
        }
        end(sync.spawn().unwrap()).await.with_code(0);
        let lost = unsynced.take_back();
        let asked = desk.run(&["query", "select count(*), sum(timetaken) from tickets"]).await;
        let verified = desk.run(&["verify"]).await;
        if syncs {
            assert_eq!((asked.code, verified.code), (Some(0), Some(0)), "{lost} lost: {asked:?} {verified:?}");
        } else {
            assert!(lost > 0 && asked.err.contains("is missing or damaged"), "{lost} lost: {asked:?}");
        }
    }
}

/// What a lake lacks cannot be mended, but read again.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_lake_is_set_aside_and_read_anew() {
    const CHANGES: &str = "select table_name, key, field, new_value from halo.changes order by all";
    let Some(server) = cluster() else { return };
    let mut desk = Desk::open(Options { tickets: 300, limit: 100_000, ..Options::default() }).await;
    desk.keep_in(server);
    desk.connect(&[]).await.with_code(0);
    desk.run(&["sync"]).await.with_code(0);
    desk.mutate(7, 60).await;
    desk.run(&["sync"]).await.with_code(0);
    let seen = desk.query(CHANGES).await;
    assert!(!seen.is_empty());
    let elsewhere = desk.lake().with_extension("away");
    fs::rename(desk.lake(), &elsewhere).unwrap();
    for command in [&["sync"][..], &["verify"], &["query", "select * from tickets"]] {
        let done = desk.run(command).await.with_code(1);
        assert!(done.err.contains("is its disk mounted?"), "{}", done.err);
    }
    fs::rename(&elsewhere, desk.lake()).unwrap();
    let gone = parquet_files(&desk.lake());
    assert!(!gone.is_empty());
    gone.iter().for_each(|file| fs::remove_file(file).unwrap());
    for (command, words) in [
        (&["verify"][..], "the warehouse is damaged or incomplete: run `haloscope sync`"),
        (
            &["query", "select * from invoice_lines"],
            "file of the lake `haloscope_lake_halo` is missing or damaged: run `haloscope sync`",
        ),
    ] {
        let done = desk.run(command).await.with_code(1);
        assert!(done.err.contains(words), "{}", done.err);
    }
    let done = desk.run(&["sync", "--full"]).await.with_code(0);
    assert!(done.err.contains("the damaged one is kept as `schema haloscope_lake_halo_damaged_"), "{}", done.err);
    assert_eq!(truth::differences(&desk).await, Vec::<String>::new());
    assert_eq!(desk.query(CHANGES).await, seen);
    let unknown = desk.run(&["query", "--schema", "halo_9", "select 1"]).await.with_code(1);
    assert!(unknown.err.contains("no lake of the schema `halo_9`, but of `halo`: name"), "{}", unknown.err);
}

/// What passes do not read, but merging does.
fn lose_changes(desk: &Desk) {
    let files = parquet_files(&desk.lake());
    let changes: Vec<_> = files.iter().filter(|file| file.to_string_lossy().contains("/halo/changes/")).collect();
    assert!(changes.len() > 1, "one alone is not merged: {files:?}");
    changes.into_iter().for_each(|file| fs::remove_file(file).unwrap());
}

/// Runs a statement on the table in which the lake notes its upkeep, `%I`.
fn at_upkeep(desk: &mut Desk, statement: &str) {
    let table = "select d.table_name from haloscope_lake_halo.ducklake_inlined_data_tables d \
                 join haloscope_lake_halo.ducklake_table t using (table_id) where t.table_name = 'upkeep'";
    let sql = format!("do $do$ begin execute format('{}', ({table})); end $do$", statement.replace('\'', "''"));
    desk.postgres().run("lake", &sql).unwrap();
}

const MAKE_DUE: &str = "update haloscope_lake_halo.%I set done_at = '2020-01-01 00:00:00+00'";

/// Changes tickets, so often that their changes make a file, and brings nothing but them, which takes a moment.
async fn sync_tickets(desk: &Desk, seed: u64) -> Done {
    desk.post("mutate", &json!({ "seed": seed, "count": 2_000, "tickets_only": true })).await;
    let others = ENTITIES.iter().map(|entity| entity.table).filter(|table| *table != "tickets");
    let without: Vec<_> = others.flat_map(|table| ["--without", table]).collect();
    desk.run(&[&["sync"], &without[..]].concat()).await.with_code(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_that_upkeep_meets_is_mended_and_other_trouble_of_it_is_told() {
    let Some(server) = cluster() else { return };
    let mut desk = Desk::open(Options { tickets: 300, limit: 100_000, ..Options::default() }).await;
    desk.keep_in(server);
    desk.connect(&[]).await.with_code(0);
    for seed in [5, 6, 7] {
        sync_tickets(&desk, seed).await;
    }
    lose_changes(&desk);
    at_upkeep(&mut desk, MAKE_DUE);
    let done = sync_tickets(&desk, 8).await;
    assert!(done.err.contains("the damaged one is kept as `schema haloscope_lake_halo_damaged_"), "{}", done.err);

    sync_tickets(&desk, 9).await;
    lose_changes(&desk);
    at_upkeep(&mut desk, MAKE_DUE);
    let server = Server::start(&desk, &[]);
    let began = Instant::now();
    while !server.log().contains("it is read anew and the damaged one is kept") {
        assert!(began.elapsed() < PATIENCE, "{}", server.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    until(&desk, &server, "complete", is_complete).await;
    assert_eq!(server.stop().await.0, Some(0));

    at_upkeep(&mut desk, MAKE_DUE);
    let refuse = "create function refuse() returns trigger language plpgsql as $$ begin raise 'not today'; end $$";
    desk.postgres().run("lake", refuse).unwrap();
    at_upkeep(&mut desk, "create trigger refuse before insert on haloscope_lake_halo.%I execute function refuse()");
    let done = desk.run(&["sync"]).await.with_code(0);
    assert!(done.out.contains("tickets"), "the report is shown: {done:?}");
    assert!(done.err.contains("everything read is kept") && done.err.contains("next `haloscope sync`"), "{done:?}");
    assert_eq!(truth::differences(&desk).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_of_another_store_is_left_alone() {
    let Some(server) = cluster() else { return };
    let mut desk = Desk::open(Options { tickets: 50, limit: 100_000, ..Options::default() }).await;
    desk.keep_in(server);
    desk.connect(&[]).await.with_code(0);
    desk.run(&["sync"]).await.with_code(0);
    let other = desk.data().with_extension("other");
    let place = ["--data", other.to_str().unwrap(), "--store", &format!("sqlite:{}.store", other.display())];
    desk.connect(&place).await.with_code(0);
    for command in ["sync", "verify", "serve"] {
        let done = desk.run(&[&[command], &place[..]].concat()).await.with_code(1);
        assert!(done.err.contains("schema haloscope_lake_halo") && done.err.contains("to another store"), "{done:?}");
    }
    desk.run(&["sync"]).await.with_code(0);
    assert_eq!(truth::differences(&desk).await, Vec::<String>::new());
}

fn parquet_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, plain): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let parquet = plain.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "parquet"));
    parquet.chain(folders.iter().flat_map(|folder| parquet_files(folder))).collect()
}
