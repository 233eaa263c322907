//! The parts of DuckDB that a lake needs and the library does not hold.

use std::path::PathBuf;

use duckdb::Connection;

use super::sql::text;
use crate::{Error, Result};

/// Where the engine's extensions come from. They are signed, and made for exactly one version of the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Extensions {
    /// The engine's own way: they are fetched once, over the network, into the home folder of the user.
    #[default]
    Install,
    /// A folder with files named like `ducklake.duckdb_extension`.
    Folder(PathBuf),
}

impl Extensions {
    /// Loads one of them into an engine, for all its connections, and answers the file that it came from.
    ///
    /// # Errors
    /// [`Error::Extension`]
    pub(crate) fn load(&self, connection: &Connection, name: &'static str) -> Result<PathBuf> {
        let missing =
            |source: duckdb::Error| Error::Extension { name, remedy: self.remedy(), source: Box::new(source) };
        match self {
            Self::Folder(folder) => {
                let file = folder.join(format!("{name}.duckdb_extension"));
                connection.execute_batch(&format!("load {}", text(&file.to_string_lossy()))).map_err(missing)?;
                Ok(file)
            }
            Self::Install => {
                connection.execute_batch(&format!("install {name}; load {name}")).map_err(missing)?;
                let query = "select install_path from duckdb_extensions() where extension_name = ?";
                let path: String = connection.query_row(query, [name], |row| row.get(0)).map_err(missing)?;
                Ok(path.into())
            }
        }
    }

    fn remedy(&self) -> String {
        match self {
            Self::Install => {
                "it is fetched over the network once; where there is none, give the folder with its file in \
                              --duckdb-extensions"
                    .to_owned()
            }
            Self::Folder(folder) => format!(
                "the folder `{}` must hold the signed files for DuckDB {}; `cargo x setup` places them, see docs/operations.md",
                folder.display(),
                engine_version(),
            ),
        }
    }
}

/// Version of the engine, as `v1.5.5`.
fn engine_version() -> String {
    let version = Connection::open_in_memory()
        .and_then(|connection| connection.query_row("select version()", [], |row| row.get::<_, String>(0)));
    version.unwrap_or_else(|_| "of this program's library".to_owned())
}
