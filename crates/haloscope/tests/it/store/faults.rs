//! Stores that are damaged, newer, held by somebody else, or whose server is away.

use std::fs;
use std::path::Path;

use haloscope::store::{Store, StoreAddress, StoreError};

use super::{Place, changes};

on_every_engine![a_newer_store_is_refused_unchanged];

async fn a_newer_store_is_refused_unchanged(place: Place) {
    let store = place.open().await.unwrap();
    store.close().await;
    let later = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
                 values (29990101000000, 'later', true, '00', 1)";
    place.tamper(later).await;
    let file = || if place.server.is_none() { fs::read(place.path()).unwrap() } else { Vec::new() };
    let before = file();
    let error = place.open().await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 29_990_101_000_000, .. }), "{error}");
    assert!(error.to_string().ends_with("(its step 29990101000000 is unknown here): use that version"), "{error}");
    assert!(file() == before);
}

/// Tables, columns with type and whether they may be null, and indexes.
#[tokio::test]
async fn both_engines_have_the_same_tables() {
    let Some(server) = local_postgres::for_tests() else { return };
    let (sqlite, postgres) = (Place::new(None), Place::new(Some(server)));
    for place in [&sqlite, &postgres] {
        place.open().await.unwrap().close().await;
    }
    let of_sqlite = "select m.name || '.' || c.name || ' ' || lower(c.type) || iif(c.\"notnull\" or c.pk, ' not null', '') \
                     from sqlite_schema m, pragma_table_xinfo(m.name) c \
                     where m.type = 'table' and m.name not like 'sqlite_%' and m.name not like '_sqlx%' \
                     union all select name from sqlite_schema where type = 'index' and name not like 'sqlite_%' order by 1";
    let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", sqlite.path().display())).await.unwrap();
    let lines: Vec<String> = sqlx::query_scalar(of_sqlite).fetch_all(&pool).await.unwrap();
    let lines: Vec<String> =
        lines.into_iter().map(|line| line.replace(" integer", " bigint").replace(" blob", " bytea")).collect();
    let of_postgres = "select table_name || '.' || column_name || ' ' || data_type || \
                       case is_nullable when 'NO' then ' not null' else '' end collate \"C\" \
                       from information_schema.columns where table_schema = 'haloscope' and table_name not like '\\_sqlx%' \
                       union all select indexname from pg_indexes where schemaname = 'haloscope' \
                       and indexname not like '%_pkey' and indexname not like '%_key' order by 1";
    let found = postgres.server.as_ref().unwrap().run("store", of_postgres).unwrap();
    assert_eq!(found.lines().collect::<Vec<_>>(), lines);
    assert!(lines.len() > 80, "{lines:?}");
}

/// Sets a value, as soon as the server is there again.
async fn set(store: &Store, value: i64) {
    let began = std::time::Instant::now();
    while let Err(error) = store.setting_set("a", &value).await {
        assert!(began.elapsed() < std::time::Duration::from_secs(60), "{error:?}");
    }
}

#[tokio::test]
async fn a_store_in_postgresql_has_one_holder_and_says_what_is_wrong() {
    let Some(mut server) = local_postgres::for_tests() else { return };
    server.database("store").unwrap();
    let open = |url: String| async move { Store::open(&StoreAddress::Postgres(url.parse().unwrap())).await };
    let error = open(server.address("missing")).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
    let store = open(server.address("store")).await.unwrap();
    store.setting_set("a", &1).await.unwrap();
    let error = open(server.address("store")).await.unwrap_err();
    assert!(matches!(error, StoreError::Held { .. }), "{error:?}");

    // The server restarts: the same store goes on.
    server.kill().unwrap();
    let error = store.setting_set("a", &2).await.unwrap_err();
    assert!(matches!(error, StoreError::Away { .. }), "{error:?}");
    server.go_on().unwrap();
    set(&store, 3).await;
    assert_eq!(store.setting_get::<i64>("a").await.unwrap(), Some(3));
    let error = open(server.address("store")).await.unwrap_err();
    assert!(matches!(error, StoreError::Held { .. }), "it was taken hold of again: {error:?}");

    // A connection that the server ends, while another one seems to live on.
    let end = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like 'haloscope%'";
    server.run("store", end).unwrap();
    set(&store, 4).await;
    store.close().await;
    open(server.address("store")).await.unwrap().close().await;
    drop(server);
}

type Damage = fn(&Path);

async fn damaged(damage: Damage) -> (StoreError, Place) {
    let place = Place::new(None);
    let store = place.open().await.unwrap();
    let id = store.connection_add(&place.settings("main"), 5).await.unwrap().id;
    store.observed_append(id, "a", 1, &changes(1..=500), &[]).await.unwrap();
    store.close().await;
    damage(&place.path());
    let before = fs::read(place.path()).unwrap();
    let error = place.open().await.unwrap_err();
    assert!(fs::read(place.path()).unwrap() == before, "a damaged store is left as it is");
    (error, place)
}

#[tokio::test]
async fn a_damaged_store_is_refused_unchanged() {
    fn cut_in_half(path: &Path) {
        let bytes = fs::read(path).unwrap();
        fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
    }
    fn garbage(path: &Path) {
        fs::write(path, "no database at all\n".repeat(1_000)).unwrap();
    }
    fn hole(path: &Path) {
        let mut bytes = fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 16_384].fill(0xa5);
        fs::write(path, bytes).unwrap();
    }
    let ways: [(&str, Damage); 3] = [("cut in half", cut_in_half), ("garbage", garbage), ("hole", hole)];
    for (way, damage) in ways {
        let (error, _place) = damaged(damage).await;
        assert!(matches!(error, StoreError::Broken { .. }), "{way}: {error:?}");
        assert!(error.to_string().contains("restore it from a backup"), "{error}");
    }
}
