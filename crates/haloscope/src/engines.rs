//! Which engines an installation works with, and where they are.
//!
//! What the command line or its environment says counts first, then `haloscope.toml` in the data folder, then the embedded pair.
//! The folder remembers where its store is: naming another one by mistake must not look like an empty installation.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::folder::{DataFolder, FolderError};
use crate::store::{PostgresUrl, StoreAddress, UrlError};

/// Name of the file that the folder remembers in.
const REMEMBERED: &str = "engines.json";

/// What a person chose.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EngineChoice {
    /// `sqlite:PATH` or `postgres://...`. It may hold a password.
    pub store: Option<String>,
}

/// Why the engines are unknown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The address of the store is none. It is not shown: it may hold a password.
    #[error(
        "the address of the store cannot be used: write sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE"
    )]
    Store(#[source] UrlError),
    /// The file of the folder cannot be read.
    #[error("`{}` cannot be read", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file of the folder says something unknown.
    #[error("`{}` is not understood: {why}", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// Why, without the values, which may hold a password.
        why: String,
    },
    /// The installation's store is somewhere else.
    #[error(
        "the store of the data folder `{}` is {known}, not {chosen}: name it with --store, in HALOSCOPE_STORE or in `haloscope.toml` \
         of that folder",
        folder.display()
    )]
    StoreElsewhere {
        /// The data folder.
        folder: PathBuf,
        /// Where it is.
        known: String,
        /// Where it was looked for.
        chosen: String,
    },
    /// The file of the store is not where it was.
    #[error("the store `{}` is missing: is its disk there? Restore it from a backup", path.display())]
    StoreMissing {
        /// The file.
        path: PathBuf,
    },
    /// The folder cannot be written.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// What the folder remembers. Addresses are without passwords.
#[derive(Serialize, Deserialize)]
struct Remembered {
    store: String,
}

/// Where the store of a folder is.
///
/// # Errors
/// See [`EngineError`].
pub fn store(folder: &DataFolder, choice: &EngineChoice) -> Result<StoreAddress, EngineError> {
    let embedded = embedded(folder)?;
    let chosen = match choice.store.clone().or(settings(folder)?.store) {
        Some(text) => read(&text)?,
        None => StoreAddress::Sqlite(embedded.clone()),
    };
    let known = match remembered(folder)? {
        Some(remembered) => remembered.store,
        None if embedded.exists() => StoreAddress::Sqlite(embedded).to_string(),
        None => return Ok(chosen),
    };
    if let StoreAddress::Sqlite(path) = &chosen
        && known == chosen.to_string()
        && !path.exists()
    {
        return Err(EngineError::StoreMissing { path: path.clone() });
    }
    if known != chosen.to_string() {
        let folder = folder.paths().folder().to_owned();
        return Err(EngineError::StoreElsewhere { folder, known, chosen: chosen.to_string() });
    }
    Ok(chosen)
}

/// Remembers where the store of a folder is, once it was opened there.
///
/// # Errors
/// When the folder cannot be written.
pub fn remember(folder: &DataFolder, store: &StoreAddress) -> Result<(), EngineError> {
    let is_embedded = *store == StoreAddress::Sqlite(embedded(folder)?);
    let known = remembered(folder)?.map(|remembered| remembered.store);
    // The embedded one lies in the folder: its file says enough.
    if known.as_ref() == Some(&store.to_string()) || known.is_none() && is_embedded {
        return Ok(());
    }
    let text = serde_json::to_string(&Remembered { store: store.to_string() }).expect("texts become JSON");
    Ok(folder.put(REMEMBERED, text.as_bytes())?)
}

fn read(text: &str) -> Result<StoreAddress, EngineError> {
    if let Some(path) = text.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
        // The same file from wherever it is looked for.
        let whole = std::path::absolute(path).map_err(|source| EngineError::File { path: path.into(), source })?;
        return Ok(StoreAddress::Sqlite(whole));
    }
    let url: Result<PostgresUrl, UrlError> = text.parse();
    url.map(StoreAddress::Postgres).map_err(EngineError::Store)
}

fn embedded(folder: &DataFolder) -> Result<PathBuf, EngineError> {
    let path = folder.paths().store();
    std::path::absolute(&path).map_err(|source| EngineError::File { path, source })
}

fn settings(folder: &DataFolder) -> Result<EngineChoice, EngineError> {
    let path = folder.paths().settings();
    let Some(text) = content(&path)? else { return Ok(EngineChoice::default()) };
    toml::from_str(&text).map_err(|error| EngineError::Settings { path, why: error.message().to_owned() })
}

fn remembered(folder: &DataFolder) -> Result<Option<Remembered>, EngineError> {
    let path = folder.paths().folder().join(REMEMBERED);
    let Some(text) = content(&path)? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|error| EngineError::Settings { path, why: error.to_string() })
}

fn content(path: &std::path::Path) -> Result<Option<String>, EngineError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(EngineError::File { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "s3cret";

    fn choose(text: &str) -> EngineChoice {
        EngineChoice { store: Some(text.to_owned()) }
    }

    #[test]
    fn the_choice_counts_before_the_file_and_no_password_is_shown() {
        let place = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(place.path()).unwrap();
        let embedded = StoreAddress::Sqlite(folder.paths().store());
        assert_eq!(store(&folder, &EngineChoice::default()).unwrap(), embedded);
        let url = format!("postgres://u:{SECRET}@db.example:5433/halo");
        std::fs::write(folder.paths().settings(), format!("store = \"{url}\"\n")).unwrap();
        let found = store(&folder, &EngineChoice::default()).unwrap();
        assert_eq!(found.to_string(), "postgres://db.example:5433/halo");
        assert!(!format!("{found:?}").contains(SECRET));
        let other = place.path().join("other.sqlite");
        let chosen = store(&folder, &choose(&format!("sqlite:{}", other.display()))).unwrap();
        assert_eq!(chosen, StoreAddress::Sqlite(other));
        let relative = store(&folder, &choose("sqlite:a.sqlite")).unwrap();
        assert!(relative.to_string().starts_with("sqlite:/"), "{relative}");
        for wrong in [
            "",
            "mysql://u:s3cret@h/d",
            "postgres://u:s3cret@h:port/d",
            "postgres://u@h/d?pasword=s3cret",
            "postgres://u:s3cret@h",
            "postgres:///d?user=s3cret",
            "sqlite:",
            "s3cret",
        ] {
            let error = anyhow::Error::from(store(&folder, &choose(wrong)).unwrap_err());
            assert!(!format!("{error:#} {error:?}").contains(SECRET), "{error:?}");
        }
        std::fs::write(folder.paths().settings(), format!("shop = \"{url}\"\n")).unwrap();
        let error = store(&folder, &EngineChoice::default()).unwrap_err().to_string();
        assert!(error.contains("unknown field `shop`") && !error.contains(SECRET), "{error}");
    }

    #[test]
    fn another_store_than_before_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(place.path()).unwrap();
        let url = "postgres://u:p@db.example/halo";
        let there = store(&folder, &choose(url)).unwrap();
        remember(&folder, &there).unwrap();
        assert_eq!(
            store(&folder, &choose("postgres://u:another@db.example/halo")).unwrap().to_string(),
            there.to_string()
        );
        let error = store(&folder, &EngineChoice::default()).unwrap_err();
        assert!(error.to_string().contains("is postgres://db.example:5432/halo, not sqlite:"), "{error}");
        std::fs::remove_file(place.path().join(REMEMBERED)).unwrap();
        let elsewhere = StoreAddress::Sqlite(place.path().join("gone.sqlite"));
        remember(&folder, &elsewhere).unwrap();
        let error = store(&folder, &choose(&elsewhere.to_string())).unwrap_err();
        assert!(matches!(error, EngineError::StoreMissing { .. }), "{error}");
        std::fs::remove_file(place.path().join(REMEMBERED)).unwrap();
        std::fs::write(folder.paths().store(), "a store").unwrap();
        let error = store(&folder, &choose(url)).unwrap_err();
        assert!(matches!(error, EngineError::StoreElsewhere { .. }), "{error}");
    }
}
