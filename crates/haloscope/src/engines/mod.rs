//! Which engines an installation works with, and where they are.
//!
//! What the command line or its environment says counts first, then `haloscope.toml` in the data folder, then the embedded pair.
//! The folder remembers where its store, its warehouse and the files of its lakes are: naming another place by mistake must not look
//! like an empty installation, nor spread lakes over two folders.

mod choice;
mod error;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use warehouse::{Extensions, LakeAddress, LakeFolder};

pub use choice::{Address, EngineChoice};
use choice::{absolute, absolute_lake, content, settings};
pub use error::EngineError;

use crate::folder::{DataFolder, FolderPaths};
use crate::store::{PostgresUrl, StoreAddress, UrlError};

/// Days for which a lake can be read as it was, unless somebody chose otherwise.
const KEEP_DAYS: u16 = 7;
/// A lake's name in its database is this and the schema of its connection.
const LAKE: &str = "haloscope_lake_";
/// Follows the name of a lake that was set aside.
pub const DAMAGED: &str = "_damaged_";
/// Name of the file that the folder remembers in.
pub(crate) const REMEMBERED: &str = "engines.json";

/// Where store and warehouse are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engines {
    /// What cannot be fetched again.
    pub store: StoreAddress,
    /// The copy.
    pub warehouse: WarehouseAddress,
}

/// Where warehouses are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WarehouseAddress {
    /// One DuckDB file for all connections.
    File(PathBuf),
    /// A lake for each connection.
    Lakes(Lakes),
}

/// Lakes in one database and one folder, or bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lakes {
    /// The database of their catalogues, each of which has a schema there.
    pub catalog: PostgresUrl,
    /// The folder of their files, each of which has one there.
    pub data: LakeFolder,
    /// Where the engine's extensions are.
    pub extensions: Extensions,
    /// For so long they can be read as they were.
    pub keep: Duration,
}

impl WarehouseAddress {
    /// For so long a warehouse can be read as it was; a file cannot.
    pub fn keep(&self) -> Duration {
        if let Self::Lakes(lakes) = self { lakes.keep } else { Duration::ZERO }
    }

    /// Folder of the lakes' files, as it is remembered.
    fn data(&self) -> Option<String> {
        if let Self::Lakes(lakes) = self { Some(lakes.data.to_string()) } else { None }
    }
}

impl Lakes {
    /// The lake of a connection whose tables are in this schema.
    pub fn of(&self, schema: &str) -> LakeAddress {
        LakeAddress {
            catalog: self.catalog.with_password().to_owned(),
            schema: format!("{LAKE}{schema}"),
            data: self.data.clone(),
        }
    }

    /// Schemas of the connections whose lakes are there. Those that were set aside are not among them.
    ///
    /// # Errors
    /// See [`warehouse::Error`].
    pub fn known(&self) -> Result<Vec<String>, warehouse::Error> {
        let all = self.of("").neighbours(&self.extensions)?;
        let schemas = all.iter().filter_map(|lake| lake.strip_prefix(LAKE)).filter(|schema| !schema.contains(DAMAGED));
        Ok(schemas.map(str::to_owned).collect())
    }
}

impl fmt::Display for WarehouseAddress {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "duckdb:{}", path.display()),
            Self::Lakes(lakes) => write!(f, "ducklake:{}", lakes.catalog),
        }
    }
}

/// What the folder remembers. Addresses are without passwords.
#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Remembered {
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warehouse: Option<String>,
    /// Folder of the lakes' files.
    #[serde(skip_serializing_if = "Option::is_none")]
    lake: Option<String>,
}

/// Where store and warehouse of a folder are.
///
/// # Errors
/// See [`EngineError`].
pub fn choose(paths: &FolderPaths, choice: &EngineChoice) -> Result<Engines, EngineError> {
    let choice = choice.clone().or(settings(paths)?);
    let known = remembered(paths)?;
    let embedded = embedded(paths)?;
    let store = choice.store.as_ref().map_or(Ok(embedded.store.clone()), store)?;
    let warehouse = match &choice.warehouse {
        Some(address) => warehouse(address, &choice)?,
        None => embedded.warehouse.clone(),
    };
    let engines = Engines { store, warehouse };
    let is_there = |path: PathBuf, embedded: String| path.exists().then_some(embedded);
    let known_store = known.store.or_else(|| is_there(paths.store(), embedded.store.to_string()));
    let known_warehouse = known.warehouse.or_else(|| is_there(paths.warehouse(), embedded.warehouse.to_string()));
    let elsewhere = |what, known: String, chosen: String| {
        let folder = paths.folder().to_owned();
        if known == chosen { Ok(()) } else { Err(EngineError::Elsewhere { what, folder, known, chosen }) }
    };
    if let Some(known) = known_store {
        elsewhere("store", known, engines.store.to_string())?;
        if let StoreAddress::Sqlite(path) = &engines.store
            && !path.exists()
        {
            return Err(EngineError::StoreMissing { path: path.clone() });
        }
    }
    if let Some(known) = known_warehouse {
        elsewhere("warehouse", known, engines.warehouse.to_string())?;
    }
    if let (Some(known), Some(chosen)) = (known.lake, engines.warehouse.data())
        && Path::new(&known) != Path::new(&chosen)
        && (LakeFolder::is_address(&known) || Path::new(&known).exists())
    {
        let moved = match LakeFolder::is_address(&known) {
            true => "write the new place into its file `engines.json`",
            false => "the old place must not be there any more",
        };
        return Err(EngineError::LakeElsewhere { folder: paths.folder().to_owned(), known, chosen, moved });
    }
    Ok(engines)
}

/// Remembers where the store and the warehouse of a folder are, once the store was opened there.
///
/// # Errors
/// When the folder cannot be written.
pub fn remember(folder: &DataFolder, engines: &Engines) -> Result<(), EngineError> {
    let embedded = embedded(folder.paths())?;
    let known = remembered(folder.paths())?;
    // What is embedded lies in the folder: its file says enough.
    let told = Remembered {
        store: (known.store.is_some() || engines.store != embedded.store).then(|| engines.store.to_string()),
        warehouse: (known.warehouse.is_some() || engines.warehouse != embedded.warehouse)
            .then(|| engines.warehouse.to_string()),
        lake: engines.warehouse.data(),
    };
    if told == known {
        return Ok(());
    }
    let text = serde_json::to_string(&told).expect("texts become JSON");
    Ok(folder.put(REMEMBERED, text.as_bytes())?)
}

/// Makes the folder for the files of lakes where the data folder does not know of it yet. If it does, and the folder is missing, so
/// is its disk.
///
/// # Errors
/// When it cannot be made.
pub fn make_lake_folder(paths: &FolderPaths, engines: &Engines) -> Result<(), EngineError> {
    let WarehouseAddress::Lakes(Lakes { data: LakeFolder::Local(path), .. }) = &engines.warehouse else {
        return Ok(());
    };
    if remembered(paths)?.lake.is_some() {
        return Ok(());
    }
    std::fs::create_dir_all(path).map_err(|source| EngineError::File { path: path.clone(), source })
}

fn store(Address(text): &Address) -> Result<StoreAddress, EngineError> {
    if let Some(path) = text.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
        return Ok(StoreAddress::Sqlite(absolute(path.into())?));
    }
    let url: Result<PostgresUrl, UrlError> = text.parse();
    url.map(StoreAddress::Postgres).map_err(EngineError::Store)
}

fn warehouse(Address(text): &Address, choice: &EngineChoice) -> Result<WarehouseAddress, EngineError> {
    if let Some(path) = text.strip_prefix("duckdb:").filter(|path| !path.is_empty()) {
        return Ok(WarehouseAddress::File(absolute(path.into())?));
    }
    let catalog: Result<PostgresUrl, UrlError> = text.strip_prefix("ducklake:").unwrap_or_default().parse();
    let catalog = catalog.map_err(EngineError::Warehouse)?;
    let lake = absolute_lake(choice.lake.as_deref().ok_or(EngineError::NoLake)?)?;
    let data = LakeFolder::named(&lake, &choice.s3).ok_or(EngineError::Bucket(lake))?;
    let extensions = choice.duckdb_extensions.clone().map_or(Extensions::Install, Extensions::Folder);
    let days = choice.lake_keep_days.unwrap_or(KEEP_DAYS);
    let keep = Duration::from_secs(u64::from(days) * 86_400);
    Ok(WarehouseAddress::Lakes(Lakes { catalog, data, extensions, keep }))
}

/// What a folder works with unless somebody chose otherwise.
fn embedded(paths: &FolderPaths) -> Result<Engines, EngineError> {
    let store = StoreAddress::Sqlite(absolute(paths.store())?);
    Ok(Engines { store, warehouse: WarehouseAddress::File(absolute(paths.warehouse())?) })
}

fn remembered(paths: &FolderPaths) -> Result<Remembered, EngineError> {
    let path = paths.folder().join(REMEMBERED);
    let Some(text) = content(&path)? else { return Ok(Remembered::default()) };
    serde_json::from_str(&text).map_err(|error| EngineError::Settings { path, why: error.to_string() })
}

#[cfg(test)]
mod tests {
    use warehouse::BucketAccess;

    use super::*;

    const SECRET: &str = "s3cret";

    fn choose_store(text: &str) -> EngineChoice {
        EngineChoice { store: Some(text.to_owned().into()), ..EngineChoice::default() }
    }

    fn choose_lakes(text: &str) -> EngineChoice {
        let (warehouse, lake) = (Some(text.to_owned().into()), Some("/lake".into()));
        EngineChoice { warehouse, lake, ..EngineChoice::default() }
    }

    fn store(folder: &DataFolder, choice: &EngineChoice) -> Result<StoreAddress, EngineError> {
        choose(folder.paths(), choice).map(|engines| engines.store)
    }

    #[test]
    fn the_choice_counts_before_the_file_and_no_password_is_shown() {
        let place = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(place.path()).unwrap();
        let embedded = StoreAddress::Sqlite(folder.paths().store());
        assert_eq!(store(&folder, &EngineChoice::default()).unwrap(), embedded);
        let url = format!("postgres://u:{SECRET}@db.example:5433/halo");
        let text = format!("store = \"{url}\"\nwarehouse = \"ducklake:{url}\"\nlake = \"/lake\"\n");
        std::fs::write(folder.paths().settings(), text).unwrap();
        let found = choose(folder.paths(), &EngineChoice::default()).unwrap();
        assert_eq!(found.store.to_string(), "postgres://db.example:5433/halo");
        assert_eq!(found.warehouse.to_string(), "ducklake:postgres://db.example:5433/halo");
        assert!(!format!("{found:?}").contains(SECRET));
        assert!(!format!("{:?}", settings(folder.paths()).unwrap()).contains(SECRET));
        let other = place.path().join("other.sqlite");
        let chosen = store(&folder, &choose_store(&format!("sqlite:{}", other.display()))).unwrap();
        assert_eq!(chosen, StoreAddress::Sqlite(other));
        let relative = store(&folder, &choose_store("sqlite:a.sqlite")).unwrap();
        assert!(relative.to_string().starts_with("sqlite:/"), "{relative}");
        // A file says where something is from where it lies, and keeps what was said from where somebody stood.
        std::fs::write(folder.paths().settings(), "store = \"sqlite:b.sqlite\"\n").unwrap();
        let found = store(&folder, &EngineChoice::default()).unwrap();
        assert_eq!(found, StoreAddress::Sqlite(place.path().join("b.sqlite")));
        choose_store("sqlite:a.sqlite").keep(folder.paths()).unwrap();
        assert_eq!(store(&folder, &EngineChoice::default()).unwrap(), relative);
        for wrong in [
            "",
            "mysql://u:s3cret@h/d",
            "postgres://u:s3cret@h:port/d",
            "postgres://u@h/d?pasword=s3cret",
            "postgres://u:s3cret@h",
            "postgres:///d?user=s3cret",
            "sqlite:",
            "duckdb:",
            "postgres://u:s3cret%@h/d",
            "postgres://u:%zzs3cret@h/d",
            "ducklake:sqlite:s3cret",
            "s3cret",
        ] {
            for choice in [choose_store(wrong), choose_lakes(wrong), choose_lakes(&format!("ducklake:{wrong}"))] {
                let error = anyhow::Error::from(choose(folder.paths(), &choice).unwrap_err());
                assert!(!format!("{error:#} {error:?}").contains(SECRET), "{error:?}");
            }
        }
        std::fs::write(folder.paths().settings(), format!("shop = \"{url}\"\n")).unwrap();
        let error = store(&folder, &EngineChoice::default()).unwrap_err().to_string();
        assert!(error.contains("unknown field `shop`") && !error.contains(SECRET), "{error}");
    }

    #[test]
    fn a_lake_needs_a_folder() {
        let place = tempfile::tempdir().unwrap();
        let paths = FolderPaths::new(place.path());
        let choice = EngineChoice { lake: None, ..choose_lakes("ducklake:postgres://u@h/d") };
        assert!(matches!(choose(&paths, &choice), Err(EngineError::NoLake)));
    }

    #[test]
    fn lakes_stay_in_one_folder_unless_it_has_moved() {
        let place = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(place.path()).unwrap();
        let lakes = |name: &str| EngineChoice {
            lake: Some(place.path().join(name).display().to_string()),
            ..choose_lakes("ducklake:postgres://u:p@db.example/halo")
        };
        std::fs::create_dir(place.path().join("one")).unwrap();
        remember(&folder, &choose(folder.paths(), &lakes("one")).unwrap()).unwrap();
        for same in ["one", "one/", "./one"] {
            choose(folder.paths(), &lakes(same)).unwrap();
        }
        // As an older version remembered it.
        let text = std::fs::read_to_string(place.path().join(REMEMBERED)).unwrap();
        std::fs::write(place.path().join(REMEMBERED), text.replace("/one\"", "/one/\"")).unwrap();
        choose(folder.paths(), &lakes("one")).unwrap();
        std::fs::write(place.path().join(REMEMBERED), text).unwrap();
        let error = choose(folder.paths(), &lakes("two")).unwrap_err();
        assert!(matches!(error, EngineError::LakeElsewhere { .. }), "{error}");
        assert!(error.to_string().contains("/one`, not in `"), "{error}");
        std::fs::rename(place.path().join("one"), place.path().join("two")).unwrap();
        remember(&folder, &choose(folder.paths(), &lakes("two")).unwrap()).unwrap();
        std::fs::create_dir(place.path().join("one")).unwrap();
        let error = choose(folder.paths(), &lakes("one")).unwrap_err();
        assert!(error.to_string().contains("/two`, not in `"), "{error}");
    }

    #[test]
    fn lakes_stay_in_their_bucket() {
        let place = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(place.path()).unwrap();
        let lakes = |lake: &str| EngineChoice {
            lake: Some(lake.to_owned()),
            ..choose_lakes("ducklake:postgres://u:p@db.example/halo")
        };
        for wrong in ["s3://", "gs://lakes/x"] {
            assert!(matches!(choose(folder.paths(), &lakes(wrong)), Err(EngineError::Bucket(_))), "{wrong}");
        }
        remember(&folder, &choose(folder.paths(), &lakes("s3://lakes/one")).unwrap()).unwrap();
        choose(folder.paths(), &lakes("s3://lakes/one/")).unwrap();
        for other in ["s3://lakes/two", "/lake"] {
            let error = choose(folder.paths(), &lakes(other)).unwrap_err().to_string();
            assert!(error.contains("are in `s3://lakes/one`") && error.contains("`engines.json`"), "{error}");
        }
    }

    #[test]
    fn a_key_is_kept_for_a_bucket_alone_and_only_if_it_lasts() {
        let place = tempfile::tempdir().unwrap();
        let text = |value: &str| Some(value.to_owned());
        let s3 =
            BucketAccess { key_id: text("id"), secret: text(SECRET), region: text("here"), ..BucketAccess::default() };
        let ends = BucketAccess { session_token: text("token"), ..s3.clone() };
        for (number, (lake, s3, expected)) in [
            (None, &s3, ""),
            (text("/lake"), &s3, "lake = \"/lake\"\n"),
            (text("s3://lakes"), &ends, "lake = \"s3://lakes\"\n\n[s3]\nregion = \"here\"\n"),
            (
                text("s3://lakes"),
                &s3,
                "lake = \"s3://lakes\"\n\n[s3]\nkey_id = \"id\"\nsecret = \"s3cret\"\nregion = \"here\"\n",
            ),
        ]
        .into_iter()
        .enumerate()
        {
            let paths = FolderPaths::new(place.path().join(number.to_string()));
            std::fs::create_dir(paths.folder()).unwrap();
            EngineChoice { lake, s3: s3.clone(), ..EngineChoice::default() }.keep(&paths).unwrap();
            assert_eq!(std::fs::read_to_string(paths.settings()).unwrap_or_default(), expected);
        }
        // The parts of one key come from one place; of a copied installation its own settings count first.
        let paths = FolderPaths::new(place.path().join("3"));
        let of_environment =
            BucketAccess { key_id: text("other"), session_token: text("token"), ..BucketAccess::default() };
        let choice = EngineChoice { s3: of_environment.clone(), ..EngineChoice::default() };
        let found = choice.clone().or(settings(&paths).unwrap()).s3;
        assert_eq!(found, BucketAccess { region: text("here"), ..of_environment });
        assert_eq!(choice.after_settings(&paths).unwrap().s3, s3);
    }

    #[test]
    fn another_place_than_before_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(place.path()).unwrap();
        let url = "postgres://u:p@db.example/halo";
        let lakes = choose_lakes(&format!("ducklake:{url}"));
        let both = EngineChoice { store: choose_store(url).store, ..lakes.clone() };
        let there = choose(folder.paths(), &both).unwrap();
        remember(&folder, &there).unwrap();
        let same = EngineChoice { store: choose_store("postgres://u:another@db.example/halo").store, ..lakes.clone() };
        assert_eq!(choose(folder.paths(), &same).unwrap(), there);
        let error = choose(folder.paths(), &lakes).unwrap_err();
        assert!(error.to_string().contains("is postgres://db.example:5432/halo, not sqlite:"), "{error}");
        let error = choose(folder.paths(), &choose_store(url)).unwrap_err();
        assert!(error.to_string().contains("is ducklake:postgres://db.example:5432/halo, not duckdb:"), "{error}");
        std::fs::remove_file(place.path().join(REMEMBERED)).unwrap();
        let elsewhere = choose_store(&format!("sqlite:{}", place.path().join("gone.sqlite").display()));
        let chosen = choose(folder.paths(), &elsewhere).unwrap();
        remember(&folder, &chosen).unwrap();
        let error = choose(folder.paths(), &elsewhere).unwrap_err();
        assert!(matches!(error, EngineError::StoreMissing { .. }), "{error}");
        std::fs::remove_file(place.path().join(REMEMBERED)).unwrap();
        std::fs::write(folder.paths().store(), "a store").unwrap();
        let error = choose(folder.paths(), &choose_store(url)).unwrap_err();
        assert!(matches!(error, EngineError::Elsewhere { what: "store", .. }), "{error}");
        std::fs::write(folder.paths().warehouse(), "a warehouse").unwrap();
        let error = choose(folder.paths(), &lakes).unwrap_err();
        assert!(matches!(error, EngineError::Elsewhere { what: "warehouse", .. }), "{error}");
    }
}
