//! Why it is unknown which engines an installation works with.

use std::path::PathBuf;

use crate::folder::FolderError;
use crate::store::UrlError;

/// Why the engines are unknown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The address of the store is none. It is not shown: it may hold a password.
    #[error(
        "the address of the store cannot be used: write sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE"
    )]
    Store(#[source] UrlError),
    /// The address of the warehouse is none. It is not shown: it may hold a password.
    #[error(
        "the address of the warehouse cannot be used: write duckdb:PATH or \
         ducklake:postgres://USER:PASSWORD@HOST:PORT/DATABASE"
    )]
    Warehouse(#[source] UrlError),
    /// A lake without a folder.
    #[error("a lake needs a folder for its files: name it with --lake, in HALOSCOPE_LAKE or in `haloscope.toml`")]
    NoLake,
    /// An address that is none of a bucket.
    #[error("`{0}` names no bucket: write s3://BUCKET/PREFIX, in letters, digits and -_.=+")]
    Bucket(String),
    /// The file of the folder cannot be read or written.
    #[error("`{}` cannot be read or written", path.display())]
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
    /// The installation's store or warehouse is somewhere else.
    #[error(
        "the {what} of the data folder `{}` is {known}, not {chosen}: name it with --{what}, in HALOSCOPE_{} or in \
         `haloscope.toml` of that folder. If it has moved, write its new address into `engines.json` of that folder",
        folder.display(),
        what.to_uppercase()
    )]
    Elsewhere {
        /// `store` or `warehouse`.
        what: &'static str,
        /// The data folder.
        folder: PathBuf,
        /// Where it is.
        known: String,
        /// Where it was looked for.
        chosen: String,
    },
    /// The lakes' files are in another folder.
    #[error(
        "the files of the lakes of the data folder `{}` are in `{known}`, not in `{chosen}`: name that folder with --lake, in \
         HALOSCOPE_LAKE or in `haloscope.toml`. If they have moved, {moved}",
        folder.display()
    )]
    LakeElsewhere {
        /// The data folder.
        folder: PathBuf,
        /// Where they are.
        known: String,
        /// Where they were looked for.
        chosen: String,
        /// What to do if they have moved.
        moved: &'static str,
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
