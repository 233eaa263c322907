//! What a person chose: on the command line, in its environment, or in `haloscope.toml` of the data folder.

use std::fmt;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use warehouse::{BucketAccess, LakeFolder};

use super::EngineError;
use crate::folder::FolderPaths;

/// What a person chose.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct EngineChoice {
    /// `sqlite:PATH` or `postgres://...`. It may hold a password.
    pub store: Option<Address>,
    /// `duckdb:PATH` or `ducklake:postgres://...`. It may hold a password.
    pub warehouse: Option<Address>,
    /// Where the files of lakes are: a folder, or `s3://BUCKET/PREFIX`.
    pub lake: Option<String>,
    /// How buckets are reached. It may hold a key.
    #[serde(skip_serializing_if = "is_usual")]
    pub s3: BucketAccess,
    /// Folder with the extensions of DuckDB that a lake needs.
    pub duckdb_extensions: Option<PathBuf>,
    /// Days for which a lake can be read as it was.
    pub lake_keep_days: Option<u16>,
}

impl EngineChoice {
    /// Writes the choice into the settings of a folder, so that it need not be named any more.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn keep(&self, paths: &FolderPaths) -> Result<(), EngineError> {
        let path = paths.settings();
        let here = std::env::current_dir().map_err(|source| EngineError::File { path: ".".into(), source })?;
        let kept = self.clone().seen_from(&here)?.or(settings(paths)?);
        let kept = Self { s3: kept.access_to_keep(), ..kept };
        let text = toml::to_string(&kept).expect("texts and numbers become TOML");
        if text.is_empty() {
            return Ok(());
        }
        let written = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        let written = written.and_then(|mut file| {
            // Also where it was there before: it may hold a password now.
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
            file.write_all(text.as_bytes())
        });
        written.map_err(|source| EngineError::File { path, source })
    }

    /// What the settings say of buckets, and for what they do not say these values: for an installation that is only read.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub fn after_settings(self, paths: &FolderPaths) -> Result<Self, EngineError> {
        Ok(Self { s3: settings(paths)?.s3.or(self.s3), ..self })
    }

    /// A key of the environment is nobody's business where there is no bucket, and of no use where it ends after some hours.
    fn access_to_keep(&self) -> BucketAccess {
        match &self.lake {
            Some(lake) if LakeFolder::is_address(lake) && self.s3.session_token.is_none() => self.s3.clone(),
            Some(lake) if LakeFolder::is_address(lake) => {
                let BucketAccess { region, endpoint, .. } = self.s3.clone();
                BucketAccess { region, endpoint, ..BucketAccess::default() }
            }
            _ => BucketAccess::default(),
        }
    }

    /// The same places from wherever they are looked for.
    fn seen_from(self, folder: &Path) -> Result<Self, EngineError> {
        let there = |path: &str| absolute(folder.join(path));
        let address = |Address(text)| {
            let file = ["sqlite:", "duckdb:"].into_iter().find_map(|kind| Some((kind, text.strip_prefix(kind)?)));
            Ok::<_, EngineError>(Address(match file {
                Some((kind, path)) if !path.is_empty() => format!("{kind}{}", there(path)?.display()),
                _ => text,
            }))
        };
        let lake = |lake: String| match LakeFolder::is_address(&lake) {
            true => Ok(lake),
            false => there(&lake).map(|path| path.to_string_lossy().into_owned()),
        };
        Ok(Self {
            store: self.store.map(address).transpose()?,
            warehouse: self.warehouse.map(address).transpose()?,
            lake: self.lake.filter(|lake| !lake.is_empty()).map(lake).transpose()?,
            duckdb_extensions: self
                .duckdb_extensions
                .filter(|path| !path.as_os_str().is_empty())
                .map(|path| absolute(folder.join(path)))
                .transpose()?,
            ..self
        })
    }

    /// These values, and for those that are missing the others.
    pub(super) fn or(self, others: Self) -> Self {
        Self {
            store: self.store.or(others.store),
            warehouse: self.warehouse.or(others.warehouse),
            lake: self.lake.or(others.lake),
            s3: self.s3.or(others.s3),
            duckdb_extensions: self.duckdb_extensions.or(others.duckdb_extensions),
            lake_keep_days: self.lake_keep_days.or(others.lake_keep_days),
        }
    }
}

fn is_usual(access: &BucketAccess) -> bool {
    *access == BucketAccess::default()
}

/// An address as a person wrote it, shown nowhere.
#[derive(Clone, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Address(pub(super) String);

impl From<String> for Address {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(an address)")
    }
}

/// What the folder's own file says. Its relative paths go by that folder.
pub(super) fn settings(paths: &FolderPaths) -> Result<EngineChoice, EngineError> {
    let path = paths.settings();
    let Some(text) = content(&path)? else { return Ok(EngineChoice::default()) };
    let choice: Result<EngineChoice, _> = toml::from_str(&text);
    let choice = choice.map_err(|error| EngineError::Settings { path, why: error.message().to_owned() })?;
    choice.seen_from(paths.folder())
}

pub(super) fn content(path: &Path) -> Result<Option<String>, EngineError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(EngineError::File { path: path.to_owned(), source }),
    }
}

/// The same place from wherever it is looked for, in one spelling.
pub(super) fn absolute(path: PathBuf) -> Result<PathBuf, EngineError> {
    let absolute = std::path::absolute(&path).map_err(|source| EngineError::File { path, source })?;
    // Without a slash at its end.
    Ok(absolute.components().collect())
}

/// The same, but for a bucket, which is where it is.
pub(super) fn absolute_lake(lake: &str) -> Result<String, EngineError> {
    match LakeFolder::is_address(lake) {
        true => Ok(lake.to_owned()),
        false => Ok(absolute(lake.into())?.to_string_lossy().into_owned()),
    }
}
