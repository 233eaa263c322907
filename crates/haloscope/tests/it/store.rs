//! What the store promises, on each of its engines: over restarts, with damage, and under several tasks.

/// Makes each promise a test of each engine.
macro_rules! on_every_engine {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(crate::store::Place::new(None)).await; })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let Some(server) = local_postgres::for_tests() else { return };
                super::$name(crate::store::Place::new(Some(server))).await;
            })*
        }
    };
}

mod copies;
mod deliveries;
mod faults;

use std::fs;

use halo_client::{PermitBlock, PermitLog as _};
use haloscope::folder::DataFolder;
use haloscope::secret::{Vault, client_secret_context};
use haloscope::store::{ConnectionId, ConnectionSettings, ObservedPosition, Permits, Store, StoreAddress, StoreError};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;
use warehouse::{Change, Key, Origin};

const SECRET: &str = "a-client-secret-that-nobody-may-read";

on_every_engine![
    connections_over_a_restart,
    states_settings_and_runs,
    observed_changes_are_kept_once,
    a_failed_commit_is_replaced_by_whoever_makes_the_next_one_of_its_number,
    only_a_commit_that_never_happened_is_dropped,
    permits_of_one_halopsa,
    many_tasks_write_and_read,
];

struct Place {
    place: TempDir,
    vault: Vault,
    server: Option<local_postgres::Server>,
}

impl Place {
    fn new(server: Option<local_postgres::Server>) -> Self {
        let place = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(place.path()).unwrap();
        if let Some(server) = &server {
            server.database("store").unwrap();
        }
        Self { vault: Vault::open(&folder).unwrap(), place, server }
    }

    fn path(&self) -> std::path::PathBuf {
        self.place.path().join("store.sqlite")
    }

    async fn open(&self) -> Result<Store, StoreError> {
        let address = match &self.server {
            Some(server) => StoreAddress::Postgres(server.address("store").parse().unwrap()),
            None => StoreAddress::Sqlite(self.path()),
        };
        Store::open(&address).await
    }

    /// Runs SQL of another program.
    async fn tamper(&self, sql: &'static str) {
        if let Some(server) = &self.server {
            server.run("store", &format!("set search_path = haloscope; {sql}")).unwrap();
            return;
        }
        let pool = sqlx::SqlitePool::connect(&format!("sqlite://{}", self.path().display())).await.unwrap();
        sqlx::query(sql).execute(&pool).await.unwrap();
        pool.close().await;
    }

    fn settings(&self, name: &str) -> ConnectionSettings {
        let (auth, resource, client) = ("https://msp.example/auth", "https://msp.example/api", "client");
        let context = client_secret_context(auth, resource, client);
        ConnectionSettings {
            name: name.to_owned(),
            auth_url: auth.to_owned(),
            resource_url: resource.to_owned(),
            tenant: Some("msp".to_owned()),
            client_id: client.to_owned(),
            sealed_secret: self.vault.seal(&context, &SECRET.into()).unwrap(),
            allow_private_address: false,
            request_limit: 450,
            window_seconds: 300,
            reserve_percent: 20,
        }
    }
}

fn changes(sequences: impl IntoIterator<Item = i64>) -> Vec<Change> {
    let change = |sequence| Change {
        sequence,
        table: "tickets".to_owned(),
        key: Key::Int(sequence * 10),
        field: if sequence % 2 == 0 { "status_id" } else { "deleted_at" }.to_owned(),
        old: Some("it's \"1\"\u{0}\u{1F600}".to_owned()),
        new: None,
        changed_at: Some(1),
        observed_at: 2,
        origin: Origin::Live,
    };
    sequences.into_iter().map(change).collect()
}

async fn connections_over_a_restart(place: Place) {
    let store = place.open().await.unwrap();
    assert!(matches!(store.connection_get(None).await, Err(StoreError::NoConnection)));
    let first = store.connection_add(&place.settings("main"), 5).await.unwrap();
    assert_eq!((first.schema.as_str(), first.created_at), ("halo", 5));
    assert!(matches!(store.connection_add(&place.settings("main"), 6).await, Err(StoreError::NameTaken { .. })));
    store.facts_set(first.id, &vec!["page size 100"]).await.unwrap();
    store.close().await;

    let store = place.open().await.unwrap();
    assert_eq!(store.connection_get(None).await.unwrap(), first);
    assert_eq!(store.facts_get(first.id).await.unwrap(), Some(vec!["page size 100".to_owned()]));
    let second = store.connection_add(&place.settings("other"), 7).await.unwrap();
    assert_eq!(second.schema, "halo_2");
    assert_eq!(store.facts_get::<String>(second.id).await.unwrap(), None);
    let error = store.connection_get(None).await.unwrap_err();
    assert_eq!(error.to_string(), "there are several connections, name one of them: main, other");
    assert!(matches!(store.connection_get(Some("x")).await, Err(StoreError::UnknownConnection { .. })));
    let slower = ConnectionSettings { request_limit: 300, tenant: None, ..second.settings.clone() };
    store.connection_update(second.id, &slower).await.unwrap();
    assert_eq!(store.connection_get(Some("other")).await.unwrap().settings, slower);
    let taken = store.connection_update(second.id, &first.settings).await;
    assert!(matches!(taken, Err(StoreError::NameTaken { .. })));
}

#[tokio::test]
async fn a_secret_is_in_no_file() {
    let place = Place::new(None);
    let store = place.open().await.unwrap();
    store.connection_add(&place.settings("main"), 5).await.unwrap();
    let nowhere = || {
        for file in fs::read_dir(place.place.path()).unwrap() {
            let path = file.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            let found = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
            assert!(!found, "{}", path.display());
        }
    };
    nowhere();
    let sealed = store.connection_get(None).await.unwrap().settings.sealed_secret;
    store.close().await;
    nowhere();
    let context = client_secret_context("https://msp.example/auth", "https://msp.example/api", "client");
    assert_eq!(place.vault.unseal(&context, &sealed).unwrap().expose_secret(), SECRET);
    let elsewhere = client_secret_context("https://thief.example/auth", "https://msp.example/api", "client");
    assert!(place.vault.unseal(&elsewhere, &sealed).is_err());
}

async fn states_settings_and_runs(place: Place) {
    let store = place.open().await.unwrap();
    let id = store.connection_add(&place.settings("main"), 5).await.unwrap().id;
    for (state, now) in [("empty", 1), ("complete", 2)] {
        store.entity_state_set(id, "tickets", &state, now).await.unwrap();
    }
    store.setting_set("zone", &"Europe/London").await.unwrap();
    let done = store.run_start(id, "sync", 10).await.unwrap();
    store.run_finish(done, "complete", &serde_json::json!({"rows": 3}), 20).await.unwrap();
    let open = store.run_start(id, "verify", 30).await.unwrap();
    assert_eq!(store.run_list(id, 1).await.unwrap()[0].outcome, None);
    store.close().await;

    let store = place.open().await.unwrap();
    let states = store.entity_state_list::<String>(id).await.unwrap();
    assert_eq!(states.len(), 1);
    assert_eq!((states[0].state.as_str(), states[0].updated_at), ("complete", 2));
    assert_eq!(store.entity_state_get::<String>(id, "tickets").await.unwrap().unwrap(), states[0]);
    assert_eq!(store.entity_state_get::<String>(id, "clients").await.unwrap(), None);
    assert!(matches!(store.entity_state_list::<u8>(id).await, Err(StoreError::Value { .. })));
    assert_eq!(store.setting_get::<String>("zone").await.unwrap().unwrap(), "Europe/London");
    assert_eq!(store.setting_get::<String>("none").await.unwrap(), None);
    let runs = store.run_list(id, 10).await.unwrap();
    assert_eq!(runs.iter().map(|run| run.id).collect::<Vec<_>>(), [open, done]);
    assert_eq!((runs[0].outcome.as_deref(), runs[0].finished_at), (Some("interrupted"), None));
    assert_eq!((runs[1].outcome.as_deref(), runs[1].finished_at), (Some("complete"), Some(20)));
    assert_eq!(runs[1].summary, Some(serde_json::json!({"rows": 3})));
}

async fn all_observed(store: &Store, id: ConnectionId) -> Vec<(String, i64, Change)> {
    let (mut all, mut position) = (Vec::new(), ObservedPosition::default());
    loop {
        let (page, next) = store.observed_page(id, &position, 3).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page.into_iter().map(|observed| (observed.identity, observed.commit, observed.change)));
        position = next;
    }
}

async fn observed_changes_are_kept_once(place: Place) {
    let store = place.open().await.unwrap();
    let id = store.connection_add(&place.settings("main"), 5).await.unwrap().id;
    let other = store.connection_add(&place.settings("other"), 5).await.unwrap().id;
    assert_eq!(store.observed_last(id).await.unwrap(), (0, 0));
    for _ in 0..2 {
        store.observed_append(id, "a", 4, &changes(1..=5), &[]).await.unwrap();
    }
    store.observed_append(id, "a", 5, &[], &[]).await.unwrap();
    store.observed_append(other, "a", 1, &changes([1]), &[]).await.unwrap();
    store.observed_append(id, "a", 6, &changes(6..=9), &[]).await.unwrap();
    assert_eq!(store.observed_last(id).await.unwrap(), (6, 9));
    // Commit 6 failed; the next attempt makes fewer changes.
    store.observed_append(id, "a", 6, &changes([6]), &[]).await.unwrap();
    let all: Vec<_> = all_observed(&store, id).await;
    assert_eq!(all.iter().map(|(_, commit, _)| *commit).collect::<Vec<_>>(), [4, 4, 4, 4, 4, 6]);
    assert_eq!(all.into_iter().map(|(.., change)| change).collect::<Vec<_>>(), changes(1..=6));
    assert!(matches!(
        store.observed_append(id, "a", 5, &changes([9]), &[]).await,
        Err(StoreError::WarehouseBehind { warehouse: 4, store: 6 })
    ));
}

async fn a_failed_commit_is_replaced_by_whoever_makes_the_next_one_of_its_number(place: Place) {
    let store = place.open().await.unwrap();
    let id = store.connection_add(&place.settings("main"), 5).await.unwrap().id;
    let other = store.connection_add(&place.settings("other"), 5).await.unwrap().id;
    store.observed_append(id, "a", 3, &changes([1]), &[]).await.unwrap();
    store.observed_append(id, "a", 4, &changes(2..=5), &[]).await.unwrap();
    // Commit 4 failed; the other connection makes it, without a change.
    store.observed_append(other, "a", 4, &[], &[]).await.unwrap();
    store.observed_append(id, "a", 5, &changes(2..=3), &[]).await.unwrap();
    let commits: Vec<_> = all_observed(&store, id).await.into_iter().map(|(_, commit, _)| commit).collect();
    assert_eq!(commits, [3, 5, 5]);
}

async fn only_a_commit_that_never_happened_is_dropped(place: Place) {
    let store = place.open().await.unwrap();
    let id = store.connection_add(&place.settings("main"), 5).await.unwrap().id;
    store.observed_append(id, "old", 2, &changes(1..=2), &[]).await.unwrap();
    store.observed_append(id, "new", 3, &changes(3..=4), &[]).await.unwrap();
    store.observed_append(id, "new", 5, &changes(5..=6), &[]).await.unwrap();
    let behind = store.observed_prune_after(id, "new", 3).await;
    assert!(matches!(behind, Err(StoreError::WarehouseBehind { warehouse: 3, store: 5 })));
    assert_eq!(store.observed_prune_after(id, "new", 5).await.unwrap(), 0);
    assert_eq!(store.observed_prune_after(id, "new", 4).await.unwrap(), 2);
    assert_eq!(store.observed_prune_after(id, "none", 0).await.unwrap(), 0);
    let identities: Vec<_> = all_observed(&store, id).await.into_iter().map(|(identity, ..)| identity).collect();
    assert_eq!(identities, ["old", "old", "new", "new"]);
}

async fn permits_of_one_halopsa(place: Place) {
    let permits = |store: &Store, url: &str| Permits::new(store.clone(), &url.parse().unwrap());
    let block = |number, permits| PermitBlock { number, permits, in_flight: 2, recorded_micros: 7 };
    let store = place.open().await.unwrap();
    let one = permits(&store, "https://msp.example/api/");
    for number in 1..=4 {
        one.record(block(number, 20), number.saturating_sub(2)).await.unwrap();
    }
    one.record(block(4, 3), 3).await.unwrap();
    one.learned(Some(300)).await.unwrap();
    store.close().await;

    let store = place.open().await.unwrap();
    let history = permits(&store, "https://MSP.example:443/api").load().await.unwrap();
    assert_eq!((history.blocks, history.learned_limit), (vec![block(3, 20), block(4, 3)], Some(300)));
    assert!(permits(&store, "https://msp.example/api2").load().await.unwrap().blocks.is_empty());
    let one = permits(&store, "https://msp.example/api");
    one.learned(None).await.unwrap();
    assert_eq!(one.load().await.unwrap().learned_limit, None);
}

async fn many_tasks_write_and_read(place: Place) {
    let store = place.open().await.unwrap();
    let id = store.connection_add(&place.settings("main"), 5).await.unwrap().id;
    let work = |task: i64| {
        let store = store.clone();
        async move {
            for n in 0..20 {
                store.entity_state_set(id, &format!("entity {task}"), &n, n).await.unwrap();
                store.setting_set("last", &task).await.unwrap();
                let state = store.entity_state_get::<i64>(id, &format!("entity {task}")).await.unwrap().unwrap();
                assert_eq!(state.state, n, "what was written is read back at once");
            }
        }
    };
    let tasks: Vec<_> = (0..8).map(|task| tokio::spawn(work(task))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(store.entity_state_list::<i64>(id).await.unwrap().len(), 8);
}
