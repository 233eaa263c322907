//! One installation: its folder, store and warehouse, and the way to each connected HaloPSA.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use halo_client::{Budget, BudgetSettings, Client, Clock, HaloError, Settings, Ticks, Timeouts};
use tokio::sync::{Mutex, OnceCell};
use tokio_util::sync::CancellationToken;
use warehouse::{DuckDb, OpenOptions, Upkeep, Warehouse as _};

use crate::blocking::blocking;
use crate::clock::{self, ClockError};
use crate::engines::{self, EngineChoice, EngineError, Lakes, WarehouseAddress};
use crate::folder::{DataFolder, FolderError, FolderPaths, Hold};
use crate::secret::{self, SecretError, Vault, client_secret_context};
use crate::store::{Connection, Permits, Store, StoreAddress, StoreError};
use crate::sync::pass::Pass;
use crate::sync::progress::Reporter;
use crate::sync::state::Facts;
use crate::sync::writer::{Attempted, Writer};

/// The setting in which a store keeps whose it is.
pub(crate) const ID: &str = "installation";
/// Observed changes that are replayed at once into a rebuilt warehouse.
const REPLAY: u32 = 5_000;

/// Why an installation cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallationError {
    /// The folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// It is unknown which engines it works with.
    #[error(transparent)]
    Engines(#[from] EngineError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The warehouse cannot be used.
    #[error(transparent)]
    Warehouse(#[from] warehouse::Error),
    /// A secret cannot be opened.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The clock cannot be used.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// The client for HaloPSA cannot be made.
    #[error(transparent)]
    Halo(#[from] HaloError),
    /// A damaged file cannot be moved out of the way.
    #[error("the damaged warehouse `{}` cannot be moved away: check the permissions of its folder", path.display())]
    Stuck {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl InstallationError {
    /// Whether the warehouse has to be made anew: it is damaged, or lacks commits that the store has seen.
    pub fn asks_for_rebuild(&self) -> bool {
        let broken = matches!(self, Self::Warehouse(warehouse::Error::Broken { .. }));
        broken || matches!(self, Self::Store(StoreError::WarehouseBehind { .. }))
    }
}

/// See the module.
pub struct Installation {
    /// The folder, held as long as this lives.
    pub folder: Arc<DataFolder>,
    /// What cannot be fetched again.
    pub store: Store,
    /// Seals secrets.
    pub vault: Vault,
    /// The present time.
    pub clock: Arc<dyn Clock>,
    /// Held by who makes a callback address.
    pub(crate) making_callback: Mutex<()>,
    store_address: StoreAddress,
    warehouse: WarehouseAddress,
    /// Random text that a store keeps for life, and its lakes too: a lake of another store is refused.
    id: String,
    opened: Mutex<Opened>,
    _held: Option<Hold>,
}

/// Warehouses that are open, by the schema of their lake; all connections share the one in a file.
type Opened = HashMap<Option<String>, (Weak<DuckDb>, Attempted)>;

/// A warehouse that is open, with what its writers share.
#[derive(Clone)]
pub struct OpenWarehouse {
    /// The engine.
    pub engine: Arc<DuckDb>,
    attempted: Attempted,
    /// For so long it can be read as it was, if it is a lake.
    keep: Duration,
}

impl OpenWarehouse {
    fn new(engine: Arc<DuckDb>, attempted: Attempted, address: &WarehouseAddress) -> Self {
        Self { engine, attempted, keep: address.keep() }
    }

    /// A tick above all that it has seen.
    ///
    /// # Errors
    /// See [`warehouse::Error`].
    pub async fn next_tick(&self) -> Result<i64, warehouse::Error> {
        let engine = self.engine.clone();
        Ok(blocking(move || engine.highest_tick()).await? + 1)
    }

    /// Does what is due of a lake's upkeep; see [`DuckDb::upkeep`].
    ///
    /// # Errors
    /// See [`warehouse::Error`].
    pub async fn upkeep(&self) -> Result<Vec<(Upkeep, u64)>, warehouse::Error> {
        let (engine, keep) = (self.engine.clone(), self.keep);
        blocking(move || engine.upkeep(keep)).await
    }

    /// Puts in order what is due after some work.
    ///
    /// # Errors
    /// See [`warehouse::Error`].
    pub async fn put_in_order(&self) -> Result<(), warehouse::Error> {
        let engine = self.engine.clone();
        blocking(move || engine.checkpoint()).await?;
        self.upkeep().await.map(drop)
    }
}

/// A new warehouse in place of a damaged one.
pub struct Rebuilt {
    /// Its tables are empty.
    pub warehouse: OpenWarehouse,
    /// Where the damaged one was moved.
    pub damaged: String,
}

/// The way to one HaloPSA.
pub struct Source {
    /// Sends its requests.
    pub client: Client,
    /// Keeps its limit.
    pub budget: Arc<Budget>,
    /// Counts requests and answers.
    pub counter: Counter,
}

/// Counts the requests of one way to HaloPSA. Clones count the same.
#[derive(Clone)]
pub struct Counter {
    ticks: Arc<Ticks>,
    /// The first tick, less those that looking at the clock took.
    start: Arc<AtomicI64>,
}

impl Counter {
    fn new(ticks: Arc<Ticks>, first_tick: i64) -> Self {
        Self { ticks, start: Arc::new(AtomicI64::new(first_tick)) }
    }

    /// Requests until now. One that got no answer yet, or none at all, counts half.
    pub fn requests(&self) -> u64 {
        // Two ticks for each request, and one for each look.
        let start = self.start.fetch_add(1, Ordering::SeqCst);
        u64::try_from(self.ticks.next() - start).unwrap_or(0) / 2
    }
}

impl Installation {
    /// Takes hold of the folder and opens its store.
    ///
    /// # Errors
    /// See [`InstallationError`].
    pub async fn open(folder: &Path, choice: &EngineChoice) -> Result<Self, InstallationError> {
        let clock = clock::from_environment()?;
        let folder = Arc::new(DataFolder::open(folder)?);
        folder.paths().check_finished()?;
        let vault = Vault::open(&folder)?;
        let engines = engines::choose(folder.paths(), choice)?;
        if let StoreAddress::Sqlite(path) = &engines.store {
            refuse_emptied_store(path, folder.paths())?;
        }
        let held = hold(&engines.store)?;
        let store = Store::open(&engines.store).await?;
        let id = id_of(&store).await?;
        engines::make_lake_folder(folder.paths(), &engines)?;
        engines::remember(&folder, &engines)?;
        let (store_address, warehouse) = (engines.store, engines.warehouse);
        let (opened, making_callback) = (Mutex::default(), Mutex::default());
        Ok(Self { folder, store, vault, clock, making_callback, store_address, warehouse, id, opened, _held: held })
    }

    /// Names of the engines of store and warehouse, with their files where they have one.
    pub fn engines(&self) -> [(&'static str, Option<PathBuf>); 2] {
        let store = match &self.store_address {
            StoreAddress::Sqlite(path) => ("sqlite", Some(path.clone())),
            StoreAddress::Postgres(_) => ("postgresql", None),
        };
        let warehouse = match &self.warehouse {
            WarehouseAddress::File(path) => ("duckdb", Some(path.clone())),
            WarehouseAddress::Lakes(_) => ("ducklake", None),
        };
        [store, warehouse]
    }

    /// The warehouse of a connection, opened unless it is open. A damaged one stays as it is.
    ///
    /// # Errors
    /// See [`InstallationError`]; some ask for [`Self::rebuild`].
    pub async fn warehouse(&self, connection: &Connection) -> Result<OpenWarehouse, InstallationError> {
        let lake = match &self.warehouse {
            WarehouseAddress::File(_) => None,
            WarehouseAddress::Lakes(_) => Some(connection.schema.clone()),
        };
        let mut opened = self.opened.lock().await;
        if let Some((engine, attempted)) = opened.get(&lake)
            && let Some(engine) = engine.upgrade()
        {
            return Ok(OpenWarehouse::new(engine, attempted.clone(), &self.warehouse));
        }
        let engine = Arc::new(self.open_warehouse(connection).await?);
        let inside = match &self.warehouse {
            WarehouseAddress::File(_) => self.store.connection_list().await?,
            WarehouseAddress::Lakes(_) => vec![connection.clone()],
        };
        self.reconcile(&engine, inside).await?;
        let attempted = Attempted::default();
        opened.insert(lake, (Arc::downgrade(&engine), attempted.clone()));
        Ok(OpenWarehouse::new(engine, attempted, &self.warehouse))
    }

    async fn open_warehouse(&self, connection: &Connection) -> Result<DuckDb, warehouse::Error> {
        let options = OpenOptions::default();
        match self.warehouse.clone() {
            WarehouseAddress::File(path) => blocking(move || DuckDb::open_file(&path, &options)).await,
            WarehouseAddress::Lakes(lakes) => {
                let lake = lakes.of(&connection.schema);
                let spill_folder = Some(self.folder.paths().spill(&lake.schema));
                let options = OpenOptions { spill_folder, owner: Some(self.id.clone()), ..options };
                blocking(move || DuckDb::open_lake(&lake, &lakes.extensions, &options)).await
            }
        }
    }

    /// Moves a connection's damaged warehouse away and makes a new one, as everything in it can be fetched again; observed
    /// changes, which cannot, come back from the store. Nothing may hold the damaged one any more.
    ///
    /// # Errors
    /// See [`InstallationError`].
    pub async fn rebuild(&self, connection: &Connection) -> Result<Rebuilt, InstallationError> {
        let seconds = self.clock.now_micros() / 1_000_000;
        let damaged = match &self.warehouse {
            WarehouseAddress::File(path) => move_file_away(path, seconds)?.display().to_string(),
            WarehouseAddress::Lakes(lakes) => move_lake_away(lakes, &connection.schema, seconds).await?,
        };
        Ok(Rebuilt { warehouse: self.warehouse(connection).await?, damaged })
    }

    /// Makes store and warehouse agree on what was observed of the connections in it: a commit that never happened is
    /// forgotten, and a new warehouse gets back what older ones had seen.
    async fn reconcile(&self, engine: &Arc<DuckDb>, connections: Vec<Connection>) -> Result<(), InstallationError> {
        let asked = engine.clone();
        let last_commit = blocking(move || asked.last_commit()).await?;
        let mut seen = Vec::new();
        for connection in connections {
            self.store.observed_prune_after(connection.id, engine.identity(), last_commit).await?;
            let (_, sequence) = self.store.observed_last(connection.id).await?;
            seen.push((sequence, connection));
        }
        // Numbers rise over all connections: the lowest first, so that what is replayed never hides what is not.
        seen.sort_by_key(|(sequence, _)| *sequence);
        for (sequence, connection) in seen {
            let asked = engine.clone();
            if blocking(move || asked.last_sequence()).await? < sequence {
                self.replay(engine, &connection).await?;
                let raised = engine.clone();
                blocking(move || raised.set_floor(0, sequence, 0)).await?;
            }
        }
        Ok(())
    }

    async fn replay(&self, engine: &Arc<DuckDb>, connection: &Connection) -> Result<(), InstallationError> {
        let mut position = crate::store::ObservedPosition::default();
        loop {
            let (page, next) = self.store.observed_page(connection.id, &position, REPLAY).await?;
            if page.is_empty() {
                return Ok(());
            }
            let changes: Vec<_> = page.into_iter().map(|observed| observed.change).collect();
            let (engine, schema) = (engine.clone(), connection.schema.clone());
            blocking(move || engine.replay_changes(&schema, &changes)).await?;
            position = next;
        }
    }

    /// The way to the HaloPSA of a connection. `first_tick` must lie above all ticks that its warehouse has seen.
    ///
    /// # Errors
    /// See [`InstallationError`].
    pub async fn source(&self, connection: &Connection, first_tick: i64) -> Result<Source, InstallationError> {
        let budget = self.budget(connection).await?;
        self.source_within(connection, first_tick, budget)
    }

    /// The budget of a connection's HaloPSA. Connections to one HaloPSA ([`Permits::system`]) that are used at the same time
    /// must share it.
    ///
    /// # Errors
    /// See [`InstallationError`].
    pub async fn budget(&self, connection: &Connection) -> Result<Arc<Budget>, InstallationError> {
        let kept = &connection.settings;
        let limits = BudgetSettings {
            limit: kept.request_limit,
            window: Duration::from_secs(u64::from(kept.window_seconds)),
            reserve_percent: u8::try_from(kept.reserve_percent).unwrap_or(u8::MAX),
            longest_request: Timeouts::default().request,
        };
        let log = Arc::new(self.permits(connection)?);
        Ok(Budget::new(limits, log, self.clock.clone()).await?)
    }

    /// The permits of a connection's HaloPSA.
    ///
    /// # Errors
    /// When its address cannot be used.
    pub fn permits(&self, connection: &Connection) -> Result<Permits, InstallationError> {
        let kept = &connection.settings;
        let url = halo_client::parse_url(&kept.resource_url, "Resource URL", kept.allow_private_address)?;
        Ok(Permits::new(self.store.clone(), &url))
    }

    /// As [`Self::source`], within a budget that others use too.
    ///
    /// # Errors
    /// See [`InstallationError`].
    pub fn source_within(
        &self,
        connection: &Connection,
        first_tick: i64,
        budget: Arc<Budget>,
    ) -> Result<Source, InstallationError> {
        let kept = &connection.settings;
        let context = client_secret_context(&kept.auth_url, &kept.resource_url, &kept.client_id);
        let secret = self.vault.unseal(&context, &kept.sealed_secret)?;
        let settings = Settings {
            allow_private_address: kept.allow_private_address,
            ..Settings::new(
                halo_client::parse_url(&kept.auth_url, "Auth URL", kept.allow_private_address)?,
                halo_client::parse_url(&kept.resource_url, "Resource URL", kept.allow_private_address)?,
                kept.tenant.clone(),
                kept.client_id.clone(),
                secret,
            )
        };
        let ticks = Arc::new(Ticks::new(first_tick));
        let client = Client::new(settings, budget.clone(), ticks.clone(), self.clock.clone())?;
        Ok(Source { client, budget, counter: Counter::new(ticks, first_tick) })
    }

    /// A pass over one connection.
    ///
    /// # Errors
    /// See [`InstallationError`].
    pub async fn pass(
        &self,
        connection: &Connection,
        warehouse: &OpenWarehouse,
        client: Client,
        reporter: Arc<dyn Reporter>,
        cancel: CancellationToken,
        accepted: Vec<String>,
    ) -> Result<Pass, InstallationError> {
        let facts: Facts = self.store.facts_get(connection.id).await?.unwrap_or_default();
        let OpenWarehouse { engine, attempted, .. } = warehouse;
        Ok(Pass {
            client,
            writer: Writer::new(engine.clone(), self.store.clone(), connection.id, engine.identity(), attempted),
            store: self.store.clone(),
            connection: connection.id,
            schema: connection.schema.clone(),
            clock: self.clock.clone(),
            reporter,
            cancel,
            accepted,
            without: Vec::new(),
            older_tickets: 0,
            facts: Mutex::new(facts),
            rights: OnceCell::new(),
        })
    }
}

/// The installation that a store is of, decided when it is first asked.
async fn id_of(store: &Store) -> Result<String, InstallationError> {
    if let Some(known) = store.setting_get(ID).await? {
        return Ok(known);
    }
    let new = secret::random_text()?;
    store.setting_set(ID, &new).await?;
    Ok(new)
}

/// SQLite takes an empty file for a new one. Beside a warehouse it is what is left of a store.
fn refuse_emptied_store(path: &Path, paths: &FolderPaths) -> Result<(), StoreError> {
    let emptied = std::fs::metadata(path).is_ok_and(|file| file.len() == 0) && paths.warehouse().exists();
    if emptied { Err(StoreError::emptied(path.to_owned())) } else { Ok(()) }
}

/// Takes hold of a store's file: several data folders may name it. A store in PostgreSQL has a lock of its own.
///
/// # Errors
/// [`StoreError::InUse`], or when the lock cannot be written.
pub(crate) fn hold(store: &StoreAddress) -> Result<Option<Hold>, StoreError> {
    let StoreAddress::Sqlite(path) = store else { return Ok(None) };
    match Hold::of(path) {
        Ok(Some(hold)) => Ok(Some(hold)),
        Ok(None) => Err(StoreError::InUse { path: path.clone() }),
        Err(error) => Err(StoreError::not_held(error)),
    }
}

fn move_file_away(path: &Path, seconds: i64) -> Result<PathBuf, InstallationError> {
    let target = path.with_extension(format!("duckdb.damaged-{seconds}"));
    let stuck = |source| InstallationError::Stuck { path: path.to_owned(), source };
    std::fs::rename(path, &target).map_err(stuck)?;
    let log = |path: &Path| PathBuf::from(format!("{}.wal", path.display()));
    match std::fs::rename(log(path), log(&target)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(stuck(error)),
        _ => Ok(target),
    }
}

/// Its files stay, as the moved catalogue names them.
async fn move_lake_away(lakes: &Lakes, schema: &str, seconds: i64) -> Result<String, warehouse::Error> {
    let (lake, extensions) = (lakes.of(schema), lakes.extensions.clone());
    let target = format!("{}{}{seconds}", lake.schema, engines::DAMAGED);
    let shown = format!("schema {target} of {}", lakes.catalog);
    blocking(move || lake.move_away(&extensions, &target)).await?;
    Ok(shown)
}
