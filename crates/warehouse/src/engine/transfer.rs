//! A warehouse is filled from another one, wherever the two are. In portions, each of which is committed with its number, so that
//! the work can be stopped and goes on; at the end each row of both sides is compared.

use std::{collections::HashMap, path::PathBuf};

use duckdb::{Connection, params};

use super::{
    DuckDb, Extensions, FOR_READS, LakeAddress, Place, Writer,
    echoes::Settled,
    ensure::Maker,
    lake, lake_mark,
    layout::{self, Progress},
    sql::{self, CHANGES, quote, text},
};
use crate::{Error, Result, Table, error::Doing};

/// Name of the other warehouse in SQL.
const SOURCE: &str = "haloscope_source";
const ACTION: &str = "copy a warehouse";

/// A warehouse that is only read.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A DuckDB file, which nobody writes meanwhile.
    File(PathBuf),
    /// A lake, as it stands when the copy begins; it may be written meanwhile.
    Lake(LakeAddress, Extensions),
}

impl Origin {
    /// What an error of a copy means: damage is the original's, unless it is in a file that the copy has written.
    fn told(&self, error: Error, connection: &Connection, copy: &Place) -> Error {
        let Error::Engine { source, .. } = &error else { return error };
        let text = source.to_string();
        match self {
            Self::File(path) if !copy.names_a_file(&text) => error.or_broken(path),
            Self::File(_) => error,
            Self::Lake(address, _) => match lake::folder_of(connection, address) {
                Ok(Some(folder)) if lake::tells_damage(&text, &folder) => match lake_mark::check(&folder, connection) {
                    Ok(()) => Error::Broken { warehouse: address.to_string(), source: text.into() },
                    Err(away) => away,
                },
                _ => error,
            },
        }
    }

    fn scrub(&self, error: Error) -> Error {
        match self {
            Self::Lake(address, _) => address.scrub(error),
            Self::File(_) => error,
        }
    }
}

/// What is copied: the tables of one connection.
#[derive(Clone, Copy, Debug)]
pub struct Share<'a> {
    /// Schema of its tables.
    pub schema: &'a str,
    /// How the names of its cursors begin.
    pub cursors: &'a str,
    /// Rows that are copied at once, as far as their keys are spread evenly.
    pub portion: u32,
}

/// How far a copy has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filling {
    /// The table, as `schema.name`.
    pub table: String,
    /// Rows that were copied, or compared.
    pub rows: u64,
    /// Rows that it has at the source.
    pub of: u64,
    /// Whether they are compared: all are copied then.
    pub compares: bool,
}

/// What was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// Identity of the source.
    pub identity: String,
    /// Its last commit.
    pub last_commit: i64,
    /// Tables, the raw ones among them.
    pub tables: usize,
    /// Rows in all of them.
    pub rows: u64,
}

/// A table of the source.
#[derive(Default)]
struct Copied {
    schema: String,
    name: String,
    /// Names and types.
    columns: Vec<(String, String)>,
    /// The column whose values part it, if it has one of whole numbers.
    parted_by: Option<String>,
    /// Conditions that choose each row once.
    portions: Vec<String>,
    /// How many rows it has.
    rows: u64,
}

impl Copied {
    /// As people name it.
    fn shown(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    fn in_source(&self) -> String {
        format!("{SOURCE}.{}", sql::qualified(&self.schema, &self.name))
    }

    fn in_target(&self) -> String {
        sql::qualified(&self.schema, &self.name)
    }

    fn names(&self) -> String {
        sql::join(self.columns.iter().map(|(name, _)| quote(name)), ", ")
    }

    /// Counts its rows, and parts them into portions of about so many.
    fn part(&mut self, connection: &Connection, portion: u32) -> Result<()> {
        let count = format!("select count(*) from {}", self.in_source());
        self.rows = connection.query_row(&count, [], |row| row.get(0)).doing(ACTION)?;
        let parts = i128::from(self.rows.div_ceil(u64::from(portion.max(1))));
        let (Some(column), 2..) = (&self.parted_by, parts) else {
            self.portions = vec!["true".into()];
            return Ok(());
        };
        let column = quote(column);
        let bounds = format!("select min({column}), max({column}) from {}", self.in_source());
        let (least, most): (Option<i64>, Option<i64>) =
            connection.query_row(&bounds, [], |row| Ok((row.get(0)?, row.get(1)?))).doing(ACTION)?;
        let (least, most) = (i128::from(least.unwrap_or(0)), i128::from(most.unwrap_or(0)));
        let bound = |part: i128| least + (most - least + 1) * part / parts;
        // The first and the last have no end, so that each row of either side belongs to one, also without a value.
        let all = (0..parts).map(|part| match part {
            0 => format!("({column} < {} or {column} is null)", bound(1)),
            last if last == parts - 1 => format!("{column} >= {}", bound(last)),
            part => format!("{column} >= {} and {column} < {}", bound(part), bound(part + 1)),
        });
        self.portions = all.collect();
        Ok(())
    }
}

/// See [`DuckDb::fill_from`].
struct Transfer<'a> {
    place: &'a Place,
    writer: &'a mut Writer,
    share: Share<'a>,
    told: &'a mut dyn FnMut(&Filling) -> bool,
}

impl DuckDb {
    /// Copies the tables of one connection, with its cursors, from another warehouse, and compares each row. What an earlier call
    /// that was stopped has copied stays. `told` hears how far it is, and answers whether to go on. [`Self::fill_end`] comes when
    /// all connections are copied. Answers none where there is no lake to copy.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when it was not to go on, [`Error::Differs`] when rows are not the same.
    pub fn fill_from(
        &self,
        origin: &Origin,
        share: Share<'_>,
        told: &mut dyn FnMut(&Filling) -> bool,
    ) -> Result<Option<Filled>> {
        self.write(|writer| {
            if !attach(&writer.connection, origin).map_err(|error| origin.scrub(error))? {
                return Ok(None);
            }
            let mut transfer = Transfer { place: &self.place, writer, share, told };
            let filled = transfer.run();
            let connection = &writer.connection;
            let filled = filled.map_err(|error| origin.told(error, connection, &self.place));
            let detached =
                connection.execute_batch(&format!("detach {SOURCE}; drop secret if exists {SOURCE}")).doing(ACTION);
            filled.and_then(|filled| detached.map(|()| Some(filled))).map_err(|error| origin.scrub(error))
        })
    }

    /// Forgets what was only kept to go on.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn fill_end(&self) -> Result<()> {
        self.transaction(ACTION, |begun| {
            begun.connection.execute_batch("drop table if exists _warehouse.filled").doing(ACTION)
        })
    }
}

/// Attaches the other warehouse, to be read only. Answers whether it is there.
fn attach(connection: &Connection, origin: &Origin) -> Result<bool> {
    match origin {
        Origin::File(path) => {
            let attach = format!("attach {} as {SOURCE} (read_only)", text(&path.to_string_lossy()));
            connection.execute_batch(&attach).map_err(|error| Error::opening(path, error)).map(|()| true)
        }
        Origin::Lake(address, extensions) => lake::attach_as_it_is(connection, address, extensions, SOURCE),
    }
}

impl Transfer<'_> {
    fn run(&mut self) -> Result<Filled> {
        let (identity, progress) = self.state()?;
        self.in_transaction(|transaction| {
            let table = "create table if not exists _warehouse.filled \
                         (table_name varchar not null, portion bigint not null)";
            transaction.execute_batch(table).doing(ACTION)
        })?;
        let tables = self.tables()?;
        let mut rows = 0;
        for table in &tables {
            rows += self.copy(table)?;
        }
        self.copy_own()?;
        for table in &tables {
            self.compare(table)?;
        }
        self.compare_own(&tables)?;
        self.in_transaction(|transaction| layout::raise(transaction, progress))?;
        self.writer.checkpoint(FOR_READS)?;
        Ok(Filled { identity, last_commit: progress.commit, tables: tables.len(), rows })
    }

    fn in_transaction<T>(&mut self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.writer.transaction(self.place, ACTION, |begun| {
            begun.definitions.forget();
            *begun.echoes = Settled::default();
            work(begun.connection)
        })
    }

    /// Identity and numbers of the source.
    fn state(&self) -> Result<(String, Progress)> {
        let query =
            format!("select layout, identity, last_commit, last_sequence, highest_tick from {SOURCE}._warehouse.state");
        let found = self.writer.connection.query_row(&query, [], |row| {
            let progress = Progress { commit: row.get(2)?, sequence: row.get(3)?, tick: row.get(4)? };
            Ok((row.get(0)?, row.get(1)?, progress))
        });
        let (layout, identity, progress) = found.doing("read the state of the warehouse that is copied")?;
        layout::check_present(layout)?;
        Ok((identity, progress))
    }

    /// Tables of the source, with what parts them.
    fn tables(&self) -> Result<Vec<Copied>> {
        let parts = self.parts()?;
        let query = "select schema_name, table_name, column_name, data_type from duckdb_columns() \
                     where database_name = ? and schema_name in (?, ?) order by schema_name, table_name, column_index";
        let raw = format!("{}_raw", self.share.schema);
        let mut statement = self.writer.connection.prepare(query).doing(ACTION)?;
        let mut rows = statement.query(params![SOURCE, self.share.schema, raw]).doing(ACTION)?;
        let mut tables: Vec<Copied> = Vec::new();
        while let Some(row) = rows.next().doing(ACTION)? {
            let [schema, name, column, found] = [0, 1, 2, 3].map(|index| row.get::<_, String>(index));
            let (schema, name, column) =
                (schema.doing(ACTION)?, name.doing(ACTION)?, (column.doing(ACTION)?, found.doing(ACTION)?));
            match tables.last_mut() {
                Some(last) if last.schema == schema && last.name == name => last.columns.push(column),
                _ => tables.push(Copied { schema, name, columns: vec![column], ..Copied::default() }),
            }
        }
        for table in &mut tables {
            let part =
                if table.name == CHANGES { Some("sequence") } else { parts.get(&table.name).map(String::as_str) };
            let found = table.columns.iter().find(|(name, found)| Some(name.as_str()) == part && found == "BIGINT");
            table.parted_by = found.map(|(name, _)| name.clone());
            table.part(&self.writer.connection, self.share.portion)?;
        }
        Ok(tables)
    }

    /// First columns of the keys, and those that name the parents of children, by table.
    fn parts(&self) -> Result<HashMap<String, String>> {
        let query = format!("select definition from {SOURCE}._warehouse.tables where schema_name = ?");
        let mut statement = self.writer.connection.prepare(&query).doing(ACTION)?;
        let texts = statement.query_map([self.share.schema], |row| row.get::<_, String>(0)).doing(ACTION)?;
        let mut parts = HashMap::new();
        for text in texts {
            // One of another version that cannot be read is as good as none.
            let Ok(table) = serde_json::from_str::<Table>(&text.doing(ACTION)?) else { continue };
            parts.extend(table.children.into_iter().map(|child| (child.table.name, child.parent)));
            parts.extend(table.key.into_iter().next().map(|key| (table.name, key)));
        }
        Ok(parts)
    }

    /// Copies what is not there yet. Answers how many rows the table has.
    fn copy(&mut self, table: &Copied) -> Result<u64> {
        let (portions, of) = (&table.portions, table.rows);
        let shown = table.shown();
        let (schema, in_lake) = (format!("create schema if not exists {}", quote(&table.schema)), self.place.is_lake());
        self.in_transaction(|connection| {
            connection.execute_batch(&schema).doing(ACTION)?;
            let columns = table.columns.iter().map(|(name, found)| (name.as_str(), found.as_str()));
            Maker { connection, in_lake }.create((&table.schema, &table.name), columns)
        })?;
        let done = "select count(*) from _warehouse.filled where table_name = ?";
        let done: usize = self.writer.connection.query_row(done, [&shown], |row| row.get(0)).doing(ACTION)?;
        for (number, portion) in portions.iter().enumerate() {
            let part = number as u64 * of / portions.len() as u64;
            self.tell(&Filling { table: shown.clone(), rows: part, of, compares: false })?;
            if number < done {
                continue;
            }
            let (names, from, to) = (table.names(), table.in_source(), table.in_target());
            let insert = format!("insert into {to} ({names}) select {names} from {from} where {portion}");
            self.in_transaction(|transaction| {
                transaction.execute(&insert, []).doing(ACTION)?;
                let number = i64::try_from(number).unwrap_or(i64::MAX);
                let keep = "insert into _warehouse.filled values (?, ?)";
                transaction.execute(keep, params![shown, number]).doing(ACTION).map(drop)
            })?;
            self.writer.checkpoint(FOR_READS)?;
        }
        Ok(of)
    }

    /// Copies what the engine keeps for itself of these tables.
    fn copy_own(&mut self) -> Result<()> {
        let own = self.own();
        self.in_transaction(|transaction| {
            for (table, condition) in own {
                let statements = format!(
                    "delete from _warehouse.{table} where {condition}; \
                     insert into _warehouse.{table} select * from {SOURCE}._warehouse.{table} where {condition}"
                );
                transaction.execute_batch(&statements).doing(ACTION)?;
            }
            Ok(())
        })
    }

    /// Compares each row, by its fingerprint.
    fn compare(&mut self, table: &Copied) -> Result<()> {
        let (portions, of) = (&table.portions, table.rows);
        let shown = table.shown();
        let fingerprints = format!("hash({})", table.names());
        for (number, portion) in portions.iter().enumerate() {
            let part = number as u64 * of / portions.len() as u64;
            self.tell(&Filling { table: shown.clone(), rows: part, of, compares: true })?;
            let side = |name: String| format!("(select {fingerprints} as row from {name} where {portion})");
            let (here, there) = (side(table.in_target()), side(table.in_source()));
            self.check_same(&shown, &here, &there)?;
        }
        Ok(())
    }

    /// Compares what the engine keeps for itself of these tables, and which tables there are.
    fn compare_own(&self, tables: &[Copied]) -> Result<()> {
        let action = "compare a copy";
        for (table, condition) in self.own() {
            let side = |name: &str| format!("(from {name}._warehouse.{table} where {condition})");
            let here = format!("(from _warehouse.{table} where {condition})");
            let there = side(SOURCE);
            self.check_same(&format!("_warehouse.{table}"), &here, &there)?;
        }
        let raw = format!("{}_raw", self.share.schema);
        let query = "select schema_name || '.' || table_name from duckdb_tables() \
                     where database_name = current_database() and schema_name in (?, ?)";
        let mut statement = self.writer.connection.prepare(query).doing(action)?;
        let found =
            statement.query_map(params![self.share.schema, raw], |row| row.get::<_, String>(0)).doing(action)?;
        for name in found {
            let name = name.doing(action)?;
            if !tables.iter().any(|table| table.shown() == name) {
                return Err(Error::Differs { table: name, missing: 0, more: 1 });
            }
        }
        Ok(())
    }

    /// Compares two questions, each in parentheses.
    fn check_same(&self, table: &str, here: &str, there: &str) -> Result<()> {
        let query = format!(
            "select (select count(*) from (from {there} except all from {here})), \
             (select count(*) from (from {here} except all from {there}))"
        );
        let counted = self.writer.connection.query_row(&query, [], |row| Ok((row.get(0)?, row.get(1)?)));
        match counted.doing("compare a copy")? {
            (0, 0) => Ok(()),
            (missing, more) => Err(Error::Differs { table: table.to_owned(), missing, more }),
        }
    }

    /// The engine's own tables, and which of their rows belong to what is copied.
    fn own(&self) -> [(&'static str, String); 2] {
        let Share { schema, cursors, .. } = self.share;
        [
            ("cursors", format!("starts_with(name, {})", text(cursors))),
            ("tables", format!("schema_name = {}", text(schema))),
        ]
    }

    fn tell(&mut self, filling: &Filling) -> Result<()> {
        if (self.told)(filling) { Ok(()) } else { Err(Error::Interrupted) }
    }
}
