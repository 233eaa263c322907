//! What is done with a lake's catalogue from outside, in an engine of its own.

use std::path::PathBuf;

use duckdb::Connection;

use super::{
    Extensions, LakeAddress, OpenOptions,
    lake::{self, attach_server},
    sql::{quote, text},
};
use crate::{Result, error::Doing};

impl LakeAddress {
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

    /// Schemas of the lakes that have their catalogues in the same database, in the order of their names.
    ///
    /// # Errors
    /// See [`crate::Error`]
    pub fn neighbours(&self, extensions: &Extensions) -> Result<Vec<String>> {
        self.outside(extensions, |connection, _| {
            let action = "list the lakes";
            attach_server(connection, self, ", read_only")?;
            let query = "select schema_name from duckdb_tables() where database_name = 'catalogue' \
                         and table_name = 'ducklake_metadata' order by all";
            let mut statement = connection.prepare(query).doing(action)?;
            let names = statement.query_map([], |row| row.get(0)).doing(action)?;
            names.collect::<duckdb::Result<_>>().doing(action)
        })
    }

    /// Works on the catalogue, with the extensions loaded; the path is that of the one for lakes.
    pub(super) fn outside<T>(
        &self,
        extensions: &Extensions,
        work: impl FnOnce(&Connection, PathBuf) -> Result<T>,
    ) -> Result<T> {
        let done = || {
            let connection = lake::engine(&OpenOptions::default())?;
            extensions.load(&connection, "postgres_scanner")?;
            let extension = extensions.load(&connection, "ducklake")?;
            work(&connection, extension)
        };
        done().map_err(|error| self.scrub(error))
    }
}
