//! Store and warehouses are copied to other engines, row by row, and compared. The originals are only read.
//!
//! A copy that is not finished is marked in its folder, so that nobody takes it for an installation. Warehouses come before the
//! store: what the store was told meanwhile of later commits is dropped from the copy, which sees the same changes again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use warehouse::{DuckDb, Filled, Filling, OpenOptions, Share, TransferOrigin};

use crate::blocking::blocking;
use crate::engines::{self, EngineError, Engines, WarehouseAddress};
use crate::folder::{DataFolder, FolderError, FolderPaths};
use crate::installation;
use crate::store::{ConnectionId, Copying, Store, StoreAddress, StoreError, StoreReader};

/// Rows of a warehouse's table that are copied at once.
const PORTION: u32 = 200_000;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrationError {
    /// A folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// It is unknown where something is.
    #[error(transparent)]
    Engines(#[from] EngineError),
    /// A store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A warehouse cannot be read or written.
    #[error(transparent)]
    Warehouse(#[from] warehouse::Error),
    /// There is something at the target already.
    #[error("{place} holds an installation already: name an empty one, or remove it first")]
    Taken {
        /// Store or folder.
        place: String,
    },
    /// Both sides share something.
    #[error(
        "{what} would be copied onto itself: name another place for the copy in --store and --warehouse, or none for its own \
         folder. The variables HALOSCOPE_STORE and HALOSCOPE_WAREHOUSE count for the copy"
    )]
    Same {
        /// Store or warehouse.
        what: &'static str,
    },
    /// An earlier copy into the folder was made from something else.
    #[error(
        "the data folder `{}` holds an unfinished copy of {from} to {to}: finish that one, or remove the folder with what was copied",
        folder.display()
    )]
    Unfinished {
        /// The folder.
        folder: PathBuf,
        /// What was copied.
        from: String,
        /// Where to.
        to: String,
    },
    /// Somebody stopped it.
    #[error("the copy was stopped: the same command goes on where it was")]
    Stopped,
}

/// How far a copy is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The table.
    pub table: String,
    /// Rows that were copied or compared.
    pub rows: u64,
    /// Rows that it has.
    pub of: u64,
    /// Whether they are compared.
    pub compares: bool,
}

impl From<&Filling> for Step {
    fn from(filling: &Filling) -> Self {
        let Filling { table, rows, of, compares } = filling.clone();
        Self { table, rows, of, compares }
    }
}

impl From<Copying> for Step {
    fn from(Copying { table, rows, of, compares }: Copying) -> Self {
        Self { table: format!("store.{table}"), rows, of, compares }
    }
}

/// Hears how far a copy is, and answers whether to go on.
pub type Told = Arc<dyn Fn(Step) -> bool + Send + Sync>;

/// What was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Copied {
    /// Connections.
    pub connections: usize,
    /// Tables of the warehouse, the raw ones among them.
    pub warehouse_tables: usize,
    /// Rows in them.
    pub warehouse_rows: u64,
    /// Rows in the store.
    pub store_rows: u64,
}

/// What marks a folder whose copy is not finished.
#[derive(Clone, Deserialize, PartialEq, Eq, Serialize)]
struct Unfinished {
    /// What is copied.
    from: String,
    /// Store and warehouse of the copy.
    to: String,
    /// Whether the places of the copy were looked at, and are its own since.
    begun: bool,
}

/// What is copied.
pub struct Original {
    /// Where it is. Nothing there changes.
    pub engines: Engines,
    /// What tells it from others.
    pub name: String,
    /// Where the installation works meanwhile: its store before the copy of its warehouse. What the store says of the warehouse's state is
    /// taken from here.
    pub earlier: Option<StoreReader>,
}

/// A copy that is whole. Until [`Self::finish`] nobody takes it for an installation.
pub struct Whole {
    copied: Copied,
    warehouses: Vec<Arc<DuckDb>>,
}

/// Copies the store and all warehouses of `from` to where `to` says, in the folder that will be theirs. What an earlier call that was
/// stopped has copied stays.
///
/// # Errors
/// See [`MigrationError`].
pub async fn copy(from: Original, to: &Engines, folder: &DataFolder, told: Told) -> Result<Whole, MigrationError> {
    let Original { engines: from, name, mut earlier } = from;
    check_apart(&from, to)?;
    let mark = Unfinished { from: name, to: format!("{} and {}", to.store, to.warehouse), begun: false };
    let goes_on = goes_on(&mark, folder)?;
    let mut reader = StoreReader::open(&from.store).await?;
    let connections = reader.schemas().await?;
    let owner: Option<String> = reader.setting(installation::ID).await?;
    reader.close().await;
    // Where the installation works meanwhile, it holds its store.
    let _held =
        (if earlier.is_none() { installation::hold(&from.store)? } else { None }, installation::hold(&to.store)?);
    if !goes_on {
        check_free(folder)?;
        check_no_warehouse(&connections, &to.warehouse).await?;
        put_mark(&mark, folder)?;
    }
    let store = match open_store(&to.store, goes_on).await {
        // Nothing was copied yet, and the place may be somebody's.
        Err(error) if !goes_on => {
            folder.remove(UNFINISHED)?;
            return Err(error);
        }
        opened => opened?,
    };
    put_mark(&Unfinished { begun: true, ..mark }, folder)?;
    let copied = async {
        engines::make_lake_folder(folder.paths(), to)?;
        let (filled, warehouses) = copy_warehouses(&connections, &from, to, (folder, owner), &told).await?;
        let mut reader = StoreReader::open(&from.store).await?;
        for of_lake in &filled {
            let before = earlier.as_mut().unwrap_or(&mut reader);
            before.check_behind(&of_lake.identity, of_lake.last_commit).await?;
        }
        let rows = store.fill_from(&mut reader, &to.store, &mut |copying| told(copying.into())).await;
        reader.close().await;
        let rows = rows?;
        // A connection that is younger than the copy of the warehouses has nothing there.
        for connection in store.connection_list().await? {
            for of_lake in &filled {
                store.observed_cut(connection.id, &of_lake.identity, of_lake.last_commit).await?;
            }
        }
        if let Some(earlier) = &mut earlier {
            store.take_states(earlier).await?;
        }
        store.write_log_back().await?;
        let copied = Copied {
            connections: connections.len(),
            warehouse_tables: filled.iter().map(|filled| filled.tables).sum(),
            warehouse_rows: filled.iter().map(|filled| filled.rows).sum(),
            store_rows: rows,
        };
        Ok(Whole { copied, warehouses })
    };
    let copied = copied.await;
    if let Some(earlier) = earlier {
        earlier.close().await;
    }
    store.close().await;
    copied.map_err(|error| match error {
        MigrationError::Store(StoreError::Stopped) | MigrationError::Warehouse(warehouse::Error::Interrupted) => {
            MigrationError::Stopped
        }
        other => other,
    })
}

impl Whole {
    /// Makes the folder that of an installation.
    ///
    /// # Errors
    /// See [`MigrationError`].
    pub async fn finish(self, to: &Engines, folder: &DataFolder) -> Result<Copied, MigrationError> {
        engines::remember(folder, to)?;
        folder.remove(UNFINISHED)?;
        // What tells how far the copy is goes last: without it, all would be copied once more.
        for warehouse in self.warehouses {
            blocking(move || warehouse.fill_end()).await?;
        }
        Ok(self.copied)
    }
}

const UNFINISHED: &str = FolderPaths::UNFINISHED;

fn check_apart(from: &Engines, to: &Engines) -> Result<(), MigrationError> {
    if from.store == to.store {
        return Err(MigrationError::Same { what: "the store" });
    }
    let same = match (&from.warehouse, &to.warehouse) {
        (WarehouseAddress::File(one), WarehouseAddress::File(other)) => one == other,
        (WarehouseAddress::Lakes(one), WarehouseAddress::Lakes(other)) => one.catalog == other.catalog,
        _ => false,
    };
    if same { Err(MigrationError::Same { what: "the warehouse" }) } else { Ok(()) }
}

/// Opens the store of the copy, which holds nothing yet unless an earlier copy goes on.
async fn open_store(address: &StoreAddress, goes_on: bool) -> Result<Store, MigrationError> {
    let store = Store::open_as_it_is(address).await?;
    if goes_on {
        return Ok(store);
    }
    if store.connection_list().await?.is_empty() && store.user_count().await? == 0 {
        // Without a connection and people there is nothing but what the first opening leaves.
        store.clear().await?;
        return Ok(store);
    }
    store.close().await;
    Err(MigrationError::Taken { place: format!("the store {address}") })
}

/// Whether an earlier copy of the same to the same place goes on.
fn goes_on(wanted: &Unfinished, folder: &DataFolder) -> Result<bool, MigrationError> {
    let Some(found) = folder.paths().unfinished()? else { return Ok(false) };
    let found: Option<Unfinished> = serde_json::from_str(&found).ok();
    match found {
        Some(found) if (&found.from, &found.to) == (&wanted.from, &wanted.to) => Ok(found.begun),
        found => {
            let (from, to) = found.map_or_else(
                || ("something else".to_owned(), "another place".to_owned()),
                |found| (found.from, found.to),
            );
            Err(MigrationError::Unfinished { folder: folder.paths().folder().to_owned(), from, to })
        }
    }
}

fn put_mark(mark: &Unfinished, folder: &DataFolder) -> Result<(), MigrationError> {
    let mark = serde_json::to_string(mark).expect("texts become JSON");
    Ok(folder.put(UNFINISHED, mark.as_bytes())?)
}

/// Refuses warehouses that are there already.
async fn check_no_warehouse(
    connections: &[(ConnectionId, String)],
    to: &WarehouseAddress,
) -> Result<(), MigrationError> {
    let taken = |place: String| Err(MigrationError::Taken { place });
    match to.clone() {
        WarehouseAddress::File(path) if path.exists() => taken(format!("the file `{}`", path.display())),
        WarehouseAddress::File(_) => Ok(()),
        WarehouseAddress::Lakes(lakes) => {
            let known = blocking(move || lakes.known()).await?;
            match connections.iter().find(|(_, schema)| known.contains(schema)) {
                Some((_, schema)) => taken(format!("the database {to}, whose lake `{schema}` is there,")),
                None => Ok(()),
            }
        }
    }
}

/// Refuses a folder that holds an installation; an unfinished copy is none.
///
/// # Errors
/// [`MigrationError::Taken`].
pub fn check_free(folder: &DataFolder) -> Result<(), MigrationError> {
    let paths = folder.paths();
    if paths.unfinished()?.is_some() {
        return Ok(());
    }
    let taken = [paths.store(), paths.warehouse(), paths.folder().join(engines::REMEMBERED)];
    if taken.iter().any(|path| path.exists()) {
        return Err(MigrationError::Taken { place: format!("the data folder `{}`", paths.folder().display()) });
    }
    Ok(())
}

/// Copies the tables of each connection that has any.
async fn copy_warehouses(
    connections: &[(ConnectionId, String)],
    from: &Engines,
    to: &Engines,
    (folder, owner): (&DataFolder, Option<String>),
    told: &Told,
) -> Result<(Vec<Filled>, Vec<Arc<DuckDb>>), MigrationError> {
    let mut all = Vec::new();
    let mut targets: BTreeMap<String, Arc<DuckDb>> = BTreeMap::new();
    for (_, schema) in connections {
        let origin = match &from.warehouse {
            WarehouseAddress::File(path) if !path.exists() => continue,
            WarehouseAddress::File(path) => TransferOrigin::File(path.clone()),
            WarehouseAddress::Lakes(lakes) => TransferOrigin::Lake(lakes.of(schema), lakes.extensions.clone()),
        };
        let name = if matches!(to.warehouse, WarehouseAddress::File(_)) { "" } else { schema.as_str() };
        let target = match targets.get(name) {
            Some(target) => target.clone(),
            None => {
                let opened = Arc::new(open(&to.warehouse, schema, folder, owner.clone()).await?);
                targets.entry(name.to_owned()).or_insert(opened).clone()
            }
        };
        let (schema, told) = (schema.clone(), told.clone());
        let filled = blocking(move || {
            let cursors = format!("{schema}.");
            let share = Share { schema: &schema, cursors: &cursors, portion: PORTION };
            target.fill_from(&origin, share, &mut |filling| told(filling.into()))
        });
        all.extend(filled.await?);
    }
    Ok((all, targets.into_values().collect()))
}

async fn open(
    to: &WarehouseAddress,
    schema: &str,
    folder: &DataFolder,
    owner: Option<String>,
) -> Result<DuckDb, warehouse::Error> {
    let options = OpenOptions { owner, ..OpenOptions::default() };
    match to.clone() {
        WarehouseAddress::File(path) => blocking(move || DuckDb::open_file(&path, &options)).await,
        WarehouseAddress::Lakes(lakes) => {
            let lake = lakes.of(schema);
            let spill_folder = Some(folder.paths().spill(&lake.schema));
            blocking(move || DuckDb::open_lake(&lake, &lakes.extensions, &OpenOptions { spill_folder, ..options }))
                .await
        }
    }
}
