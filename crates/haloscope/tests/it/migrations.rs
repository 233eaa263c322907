//! An installation is copied to other engines and back, and each copy goes on as the original would.

use std::sync::Arc;
use std::time::Duration;

use halo_sim::Options;
use haloscope::engines::{self, EngineChoice, Engines};
use haloscope::folder::DataFolder;
use haloscope::migration::{self, MigrationError, Original, Told};
use haloscope::store::StoreAddress;
use local_postgres::Server;
use rustix::process::{Pid, Signal, kill_process};

use crate::desk::{Desk, Done, cluster, end};
use crate::truth;

const CONNECTIONS: [(&str, &str); 2] = [("halo", "halo"), ("other", "halo_2")];

/// Two connections to the same HaloPSA, read twice, with changes between.
async fn desk() -> Desk {
    let desk = Desk::open(Options { tickets: 150, limit: 100_000, ..Options::default() }).await;
    for (name, _) in CONNECTIONS {
        desk.connect(&["--name", name]).await.with_code(0);
    }
    sync(&desk).await;
    desk.mutate(1, 120).await;
    sync(&desk).await;
    desk
}

async fn sync(desk: &Desk) {
    for (name, _) in CONNECTIONS {
        desk.run(&["sync", "--connection", name]).await.with_code(0);
    }
}

/// Rows of each table and the sum of their fingerprints.
pub(crate) async fn content(desk: &Desk, schemas: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    for schema in schemas {
        let ask = async |sql: String| {
            let done = desk.run(&["query", "--schema", schema, "--format", "json", &sql]).await.with_code(0);
            serde_json::from_str::<Vec<serde_json::Value>>(&done.out).unwrap()
        };
        let tables = ask(format!(
            "select distinct table_schema as s, table_name as t from information_schema.tables \
             where table_schema in ('{schema}', '{schema}_raw') order by all"
        ));
        let tables: Vec<_> = tables.await.iter().map(|row| (row["s"].clone(), row["t"].clone())).collect();
        assert!(tables.len() > 40, "{tables:?}");
        let questions = tables.iter().map(|(schema, table)| {
            let name = format!("{}.{}", schema.as_str().unwrap(), table.as_str().unwrap());
            format!("select '{name} ' || count(*) || ' ' || coalesce(sum(hash(t)), 0) as line from {name} t")
        });
        let questions: Vec<_> = questions.collect();
        let lines = ask(format!("{} order by 1", questions.join(" union all ")));
        all.extend(lines.await.iter().map(|row| row["line"].as_str().unwrap().to_owned()));
    }
    all
}

async fn both(desk: &Desk) -> Vec<String> {
    content(desk, &CONNECTIONS.map(|(_, schema)| schema)).await
}

/// All files of a folder but the holder's number.
fn files(folder: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .filter(|path| path.is_file())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .filter(|(name, _)| !["lock", "store.sqlite-shm", "store.sqlite-wal"].contains(&name.as_str()))
        .collect();
    files.sort();
    files
}

async fn migrate(desk: &Desk, to: &str, engines: &[String]) -> Done {
    end(spawn(desk, to, engines)).await
}

fn spawn(desk: &Desk, to: &str, engines: &[String]) -> tokio::process::Child {
    let (from, to) = (desk.data().display().to_string(), desk.beside(to).display().to_string());
    let mut arguments = vec!["migrate", "--from", &from, "--to", &to];
    arguments.extend(engines.iter().map(String::as_str));
    let mut command = desk.command(&arguments);
    // Where the original is, its own folder says.
    for variable in ["HALOSCOPE_DATA", "HALOSCOPE_STORE", "HALOSCOPE_WAREHOUSE", "HALOSCOPE_LAKE"] {
        command.env_remove(variable);
    }
    command.spawn().unwrap()
}

fn server() -> Option<Server> {
    let server = cluster()?;
    server.database("store").unwrap();
    server.database("lake").unwrap();
    Some(server)
}

/// The copy is the same, and a pass over it finds the truth.
async fn goes_on(desk: &mut Desk, to: &str, before: &[String], seed: u64) {
    desk.go_to(to);
    assert_eq!(both(desk).await, before);
    desk.mutate(seed, 120).await;
    sync(desk).await;
    assert_eq!(truth::differences(desk).await, Vec::<String>::new());
    assert_eq!(truth::duplicates(desk).await, Vec::<String>::new());
    desk.run(&["verify", "--connection", "other"]).await.with_code(0);
    let changes = "select count(*) as n, count(distinct sequence) as different from halo.changes";
    let counted = &desk.query(changes).await[0];
    assert!(counted["n"] == counted["different"] && counted["n"].as_i64() > Some(50), "{counted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warehouse_that_is_older_than_its_store_is_not_copied() {
    if crate::desk::on_cluster() {
        return; // It exchanges a file.
    }
    let desk = desk().await;
    let (file, older) = (desk.data().join("warehouse.duckdb"), desk.beside("older.duckdb"));
    std::fs::copy(&file, &older).unwrap();
    for seed in [2, 3] {
        desk.mutate(seed, 60).await;
        desk.run(&["sync", "--connection", "halo"]).await.with_code(0);
    }
    std::fs::copy(&older, &file).unwrap();
    let refused = migrate(&desk, "there", &[]).await.with_code(1);
    assert!(refused.err.contains("it is an older copy. `haloscope sync` makes it anew"), "{}", refused.err);
    let file = desk.beside("halo.tar");
    let refused = desk.run(&["backup", &file.display().to_string()]).await.with_code(1);
    assert!(refused.err.contains("it is an older copy") && !file.exists(), "{}", refused.err);
    desk.run(&["sync", "--connection", "halo"]).await.with_code(0);
    std::fs::remove_dir_all(desk.beside("there")).unwrap();
    migrate(&desk, "there", &[]).await.with_code(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_moves_to_the_large_engines_and_back() {
    let Some(server) = server() else { return };
    let mut desk = desk().await;
    if crate::desk::on_cluster() {
        return; // It moves from the embedded engines.
    }
    let (before, data) = (both(&desk).await, desk.data());
    let unchanged = files(&data);
    let engines = desk.engines_in(&server);
    let done = migrate(&desk, "there", &engines).await.with_code(0);
    assert!(done.out.starts_with("Copied 2 connections: ") && done.out.contains("use it with --data"), "{}", done.out);
    assert!(files(&data) == unchanged, "the original is as it was");
    goes_on(&mut desk, "there", &before, 2).await;

    // What is there is not overwritten.
    let again = migrate(&desk, "data", &[]).await.with_code(1);
    assert!(again.err.contains("holds an installation already"), "{}", again.err);
    let onto = migrate(&desk, "again", &engines).await.with_code(1);
    assert!(onto.err.contains("would be copied onto itself"), "{}", onto.err);
    let same = migrate(&desk, "there", &[]).await.with_code(1);
    assert!(same.err.contains("would be copied onto itself"), "{}", same.err);

    let before = both(&desk).await;
    migrate(&desk, "back", &[]).await.with_code(0);
    goes_on(&mut desk, "back", &before, 3).await;
    let (first, last) = (files(&data), files(&desk.data()));
    let key = |files: &[(String, Vec<u8>)]| files.iter().find(|(name, _)| name == "secret.key").unwrap().1.clone();
    assert!(key(&first) == key(&last));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_is_stopped_or_killed_goes_on() {
    let Some(server) = server() else { return };
    let mut desk = desk().await;
    if crate::desk::on_cluster() {
        return; // It moves from the embedded engines.
    }
    let before = both(&desk).await;
    let engines = desk.engines_in(&server);
    let (mut wait, mut stopped, mut killed) = (Duration::from_millis(150), 0, 0);
    loop {
        let mut child = spawn(&desk, "there", &engines);
        if tokio::time::timeout(wait, child.wait()).await.is_ok() {
            end(child).await.with_code(0);
            break;
        }
        if (stopped + killed) % 2 == 0 {
            kill_process(Pid::from_raw(child.id().unwrap().try_into().unwrap()).unwrap(), Signal::TERM).unwrap();
            let done = end(child).await;
            if done.code == Some(0) {
                break;
            }
            if done.code.is_some() {
                assert!(done.err.contains("the same command goes on where it was"), "{done:?}");
            }
            stopped += 1;
        } else {
            child.kill().await.unwrap();
            killed += 1;
        }
        wait = wait.mul_f64(1.5);
    }
    assert!(stopped >= 2 && killed >= 2, "{stopped} {killed}");
    goes_on(&mut desk, "there", &before, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_was_stopped_in_its_store_goes_on() {
    let mut desk = Desk::open(Options { tickets: 20, limit: 100_000, ..Options::default() }).await;
    if crate::desk::on_cluster() {
        return; // It is about embedded engines alone.
    }
    desk.connect(&[]).await.with_code(0);
    desk.run(&["sync"]).await.with_code(0);
    let before = content(&desk, &["halo"]).await;
    let (source, folder) = (DataFolder::open(desk.data()).unwrap(), DataFolder::open(desk.beside("there")).unwrap());
    let engines = |folder: &DataFolder| engines::choose(folder.paths(), &EngineChoice::default()).unwrap();
    let (from, to) = (engines(&source), engines(&folder));
    let copy = async |to: &Engines, told: Told| {
        let original = Original { engines: from.clone(), name: "the original".to_owned(), earlier: None };
        migration::copy(original, to, &folder, told).await
    };
    for compares in [false, true] {
        let stop: Told = Arc::new(move |step| !(step.table.starts_with("store.") && step.compares == compares));
        assert!(matches!(copy(&to, stop).await, Err(MigrationError::Stopped)));
    }
    // Half a copy does not go on in another place.
    let other = Engines { store: StoreAddress::Sqlite(desk.beside("other.sqlite")), ..to.clone() };
    assert!(matches!(copy(&other, Arc::new(|_| true)).await, Err(MigrationError::Unfinished { .. })));
    copy(&to, Arc::new(|_| true)).await.map(|_| ()).unwrap();
    // A copy that is whole stays unfinished until somebody ends it, and may be looked at once more.
    let whole = copy(&to, Arc::new(|_| true)).await.map_err(|error| error.to_string()).ok().unwrap();
    whole.finish(&to, &folder).await.unwrap();
    drop((source, folder));
    desk.go_to("there");
    assert_eq!(content(&desk, &["halo"]).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_copy_is_taken_for_no_installation() {
    let Some(server) = server() else { return };
    let mut desk = Desk::open(Options { tickets: 20, limit: 100_000, ..Options::default() }).await;
    if crate::desk::on_cluster() {
        return; // It moves from the embedded engines.
    }
    desk.connect(&[]).await.with_code(0);
    // There is no lake's folder to write to.
    std::fs::write(desk.lake(), "a file").unwrap();
    desk.run(&["sync"]).await.with_code(0);
    let engines = desk.engines_in(&server);
    migrate(&desk, "there", &engines).await.with_code(1);
    std::fs::remove_file(desk.lake()).unwrap();
    desk.go_to("there");
    for command in [&["status"][..], &["sync"], &["query", "select 1"]] {
        let done = desk.run(command).await.with_code(1);
        assert!(done.err.contains("is not finished: run the same `haloscope migrate`"), "{}", done.err);
    }
    // Another installation does not get into it.
    desk.go_to("second");
    desk.connect(&[]).await.with_code(0);
    let done = migrate(&desk, "there", &engines).await.with_code(1);
    assert!(done.err.contains("holds an unfinished copy of"), "{}", done.err);
    desk.go_to("data");
    migrate(&desk, "there", &engines).await.with_code(0);
    desk.go_to("there");
    desk.run(&["status"]).await.with_code(0);
}
