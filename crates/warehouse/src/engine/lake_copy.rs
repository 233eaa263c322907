//! What is done with a lake from outside: its catalogue is copied for a reader, or moved out of the way.

use std::path::{Path, PathBuf};

use duckdb::Connection;

use super::{
    Extensions, LakeAddress,
    lake::{self, attach_server, tables},
    sql::{quote, text},
};
use crate::{Result, error::Doing};

/// A folder that is not there.
const NOWHERE: &str = "/nowhere/";

/// A lake as it stands between two commits: a copy of its catalogue beside the files, which stay where they are. The files of
/// a copy are not cleaned up for a day.
#[derive(Clone, Debug)]
pub struct LakeCopy {
    /// The catalogue, as a DuckDB file.
    pub catalog: PathBuf,
    /// Schema of the catalogue in that file.
    pub schema: String,
    /// Folder of the data files.
    pub folder: PathBuf,
    /// The extension that reads it.
    pub extension: PathBuf,
}

/// The engine lets a reader of a lake clean it up: files that wait for it, and files in the lake's folder that its catalogue does
/// not know, which by then may be new ones. In a copy nothing waits, and the folder is one where nothing is.
fn seal(connection: &Connection, schema: &str, folder: &Path) -> duckdb::Result<()> {
    let folder = text(&folder.join("").to_string_lossy());
    connection.execute_batch(&format!(
        "delete from copy.{schema}.ducklake_files_scheduled_for_deletion; \
         update copy.{schema}.ducklake_schema set path = {folder} || path, path_is_relative = false where path_is_relative; \
         update copy.{schema}.ducklake_metadata set value = {} where key = 'data_path'",
        text(NOWHERE),
    ))
}

impl LakeAddress {
    /// Copies the catalogue into a new file; none where there is no lake yet. Nobody is held up meanwhile.
    ///
    /// # Errors
    /// See [`crate::Error`]
    pub fn copy(&self, extensions: &Extensions, to: &Path) -> Result<Option<LakeCopy>> {
        self.outside(extensions, |connection, extension| {
            let Some(folder) = lake::folder_of(connection, self)? else { return Ok(None) };
            let action = "copy the lake's catalogue";
            connection.execute_batch(&format!("attach {} as copy", text(&to.to_string_lossy()))).doing(action)?;
            attach_server(connection, self, ", read_only")?;
            let schema = quote(&self.schema);
            // One transaction of the server, too.
            let transaction = connection.unchecked_transaction().doing(action)?;
            transaction.execute_batch(&format!("create schema copy.{schema}")).doing(action)?;
            for table in tables(&transaction, self)? {
                let table = quote(&table);
                let copy = format!("create table copy.{schema}.{table} as from catalogue.{schema}.{table}");
                transaction.execute_batch(&copy).doing(action)?;
            }
            seal(&transaction, &schema, &folder).doing(action)?;
            transaction.commit().doing(action)?;
            connection.execute_batch("detach catalogue; detach copy").doing(action)?;
            let (catalog, schema) = (to.to_owned(), self.schema.clone());
            Ok(Some(LakeCopy { catalog, schema, folder, extension }))
        })
    }

    /// Gives the catalogue another name, so that a new lake can be made in its place. The files stay.
    ///
    /// # Errors
    /// See [`crate::Error`]
    pub fn move_away(&self, extensions: &Extensions, to: &str) -> Result<()> {
        self.outside(extensions, |connection, _| {
            attach_server(connection, self, "")?;
            let rename = format!("alter schema {} rename to {}", quote(&self.schema), quote(to));
            let statement = format!("call postgres_execute('catalogue', {})", text(&rename));
            connection.execute_batch(&statement).doing("move the lake's catalogue away")
        })
    }

    /// Works on the catalogue in an engine of its own.
    fn outside<T>(&self, extensions: &Extensions, work: impl FnOnce(&Connection, PathBuf) -> Result<T>) -> Result<T> {
        let done = || {
            let connection = Connection::open_in_memory().doing("open an engine")?;
            extensions.load(&connection, "postgres_scanner")?;
            let extension = extensions.load(&connection, "ducklake")?;
            work(&connection, extension)
        };
        done().map_err(|error| self.scrub(error))
    }
}
