//! Copies the catalogue of a lake for a reader.

use std::{
    collections::{BTreeMap, HashSet},
    fmt::Write as _,
    path::{Path, PathBuf},
};

use duckdb::Connection;

use super::{
    Extensions, LakeAddress, LakeFolder,
    lake::{self, attach_server},
    lake_mark,
    sql::{quote, text},
};
use crate::{Result, error::Doing};

/// A lake as it stands between two commits: a copy of its catalogue beside the files, which stay where they are. The files of
/// a copy are not cleaned up for a day.
#[derive(Clone, Debug)]
pub struct LakeCopy {
    /// The catalogue, as a DuckDB file.
    pub catalog: PathBuf,
    /// Schema of the catalogue in that file.
    pub schema: String,
    /// Folder of the data files.
    pub folder: LakeFolder,
    /// The extension that reads it.
    pub extension: PathBuf,
    /// The one that reaches its folder, if that is in a bucket.
    pub bucket_extension: Option<PathBuf>,
}

/// Names of types in a lake's catalogue, where they differ from the engine's; a catalogue in PostgreSQL keeps the values of small
/// batches in other ones, one in a file in their own.
const TYPES: [(&str, &str); 4] =
    [("int64", "BIGINT"), ("uint64", "UBIGINT"), ("float64", "DOUBLE"), ("map", "MAP(VARCHAR, VARCHAR)")];

/// A column of a table of the catalogue.
struct Column {
    name: String,
    /// How the catalogue keeps it.
    kept: String,
    /// Its type in the lake, if it is one of a table that holds rows of small batches.
    meant: Option<String>,
}

impl Column {
    fn type_name(&self) -> &str {
        let meant = self.meant.as_deref().unwrap_or(&self.kept);
        TYPES.iter().find(|(known, _)| *known == meant).map_or(meant, |(_, type_name)| type_name)
    }

    fn definition(&self) -> String {
        format!("{} {}", quote(&self.name), self.type_name())
    }

    /// Its value, in the type of the lake.
    fn value(&self) -> String {
        let name = quote(&self.name);
        match self.meant {
            None => name,
            Some(_) if self.kept == "BLOB" => format!("cast(decode({name}) as {})", self.type_name()),
            Some(_) => format!("cast({name} as {})", self.type_name()),
        }
    }
}

/// Copies all tables of the catalogue. Most of those for rows of small batches are empty.
fn copy_tables(connection: &Connection, address: &LakeAddress) -> duckdb::Result<()> {
    let schema = quote(&address.schema);
    let tables = columns(connection, address)?;
    let filled = filled(connection, address, tables.keys())?;
    for (table, columns) in &tables {
        let definitions = columns.iter().map(Column::definition).collect::<Vec<_>>().join(", ");
        let name = quote(table);
        let mut statements = format!("create table copy.{schema}.{name} ({definitions});");
        if filled.contains(table) {
            let values = columns.iter().map(Column::value).collect::<Vec<_>>().join(", ");
            write!(statements, "insert into copy.{schema}.{name} select {values} from catalogue.{schema}.{name}")
                .expect("a text can be written to");
        }
        connection.execute_batch(&statements)?;
    }
    Ok(())
}

/// The columns of each table of the catalogue.
fn columns(connection: &Connection, address: &LakeAddress) -> duckdb::Result<BTreeMap<String, Vec<Column>>> {
    let schema = quote(&address.schema);
    let query = format!(
        "select k.table_name, k.column_name, k.data_type, any_value(c.column_type) from duckdb_columns() k \
         left join catalogue.{schema}.ducklake_inlined_data_tables d on d.table_name = k.table_name \
         left join catalogue.{schema}.ducklake_column c \
         on c.table_id = d.table_id and c.column_name = k.column_name and c.parent_column is null \
         where k.database_name = 'catalogue' and k.schema_name = ? \
         group by all order by k.table_name, any_value(k.column_index)"
    );
    let mut statement = connection.prepare(&query)?;
    let rows = statement.query_map([&address.schema], |row| {
        Ok((row.get::<_, String>(0)?, Column { name: row.get(1)?, kept: row.get(2)?, meant: row.get(3)? }))
    })?;
    let mut tables: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    for row in rows {
        let (table, column) = row?;
        tables.entry(table).or_default().push(column);
    }
    Ok(tables)
}

/// Tables of the catalogue that hold anything: the server tells of all at once.
fn filled<'a>(
    connection: &Connection,
    address: &LakeAddress,
    tables: impl Iterator<Item = &'a String>,
) -> duckdb::Result<HashSet<String>> {
    let schema = quote(&address.schema);
    let questions: Vec<_> = tables
        .map(|table| format!("select {} where exists (select from {schema}.{})", text(table), quote(table)))
        .collect();
    let query = format!("from postgres_query('catalogue', {})", text(&questions.join(" union all ")));
    let mut statement = connection.prepare(&query)?;
    let names = statement.query_map([], |row| row.get(0))?;
    names.collect()
}

impl LakeAddress {
    /// Copies the catalogue into a new file; none where there is no lake yet. Nobody is held up meanwhile.
    ///
    /// # Errors
    /// See [`crate::Error`]
    pub fn copy(&self, extensions: &Extensions, to: &Path) -> Result<Option<LakeCopy>> {
        self.outside(extensions, |connection, extension| {
            let bucket_extension = self.data.reach(connection, extensions, lake::NAME)?;
            let Some(folder) = lake::folder_of(connection, self)? else { return Ok(None) };
            lake_mark::check(&folder, connection)?;
            let action = "copy the lake's catalogue";
            connection.execute_batch(&format!("attach {} as copy", text(&to.to_string_lossy()))).doing(action)?;
            attach_server(connection, self, ", read_only")?;
            let schema = quote(&self.schema);
            // One transaction of the server, too.
            let transaction = connection.unchecked_transaction().doing(action)?;
            transaction.execute_batch(&format!("create schema copy.{schema}")).doing(action)?;
            copy_tables(&transaction, self).doing(action)?;
            // The engine lets whoever reads a lake delete what waits for it.
            let forget = format!("delete from copy.{schema}.ducklake_files_scheduled_for_deletion");
            transaction.execute_batch(&forget).doing(action)?;
            transaction.commit().doing(action)?;
            connection.execute_batch("detach catalogue; detach copy").doing(action)?;
            let (catalog, schema) = (to.to_owned(), self.schema.clone());
            Ok(Some(LakeCopy { catalog, schema, folder, extension, bucket_extension }))
        })
    }
}
