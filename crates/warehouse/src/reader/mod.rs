//! Runs SQL that people wrote.
//!
//! The caller starts a child process for it, limits that process, and kills it at its deadline: the engine's own limits are no
//! boundary (`repeat('x', 2e9)` ran 22 s against a limit of half a second). Inside, a snapshot is opened read-only, without
//! access to anything else.

mod words;

use std::path::{Path, PathBuf};

use duckdb::{AccessMode, Config, Connection, types::Null};

use crate::{
    BoxError, Error, Interrupt, LakeCopy, Result, Sink,
    engine::{LAKE, lake_tells_damage, sql},
    error::tells_damage,
    stream::stream,
};

/// What is read. Nothing of it may be open in this process as a [`crate::DuckDb`], whose lock would go with this reader.
#[derive(Clone, Debug)]
pub enum Source {
    /// A copy of a warehouse's file.
    File(PathBuf),
    /// A lake, by a copy of its catalogue.
    Lake(LakeCopy),
}

impl Source {
    /// The file that is opened.
    fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Lake(lake) => &lake.catalog,
        }
    }

    /// Whether the engine says that what it read is damaged. SQL that makes such words itself is answered with an error of another
    /// kind, or names a file of the lake.
    fn tells_damage(&self, text: &str) -> bool {
        match self {
            Self::File(_) => text.starts_with("IO Error") && tells_damage(text),
            Self::Lake(lake) => lake_tells_damage(text, &lake.folder),
        }
    }

    fn damaged(&self, source: BoxError) -> Error {
        let warehouse = match self {
            Self::File(path) => path.display().to_string(),
            Self::Lake(lake) => lake.schema.clone(),
        };
        Error::Broken { warehouse, source }
    }

    fn without_paths(&self, text: String) -> String {
        self.paths().iter().fold(text, |text, path| text.replace(path, "(file)"))
    }

    /// Paths that nobody needs to know, the longest first, so that no part of a longer one is left.
    fn paths(&self) -> Vec<String> {
        let lake = if let Self::Lake(lake) = self { Some(lake) } else { None };
        // In a bucket, too, what stands before the last slash is the folder around it.
        let folder = lake.map(|lake| PathBuf::from(lake.folder.to_string()));
        let extensions = lake.map(|lake| [Some(&lake.extension), lake.bucket_extension.as_ref()]);
        let extensions = extensions.into_iter().flatten().flatten().map(PathBuf::as_path);
        let known = [self.path()].into_iter().chain(folder.as_deref()).chain(extensions);
        let mut all: Vec<String> = known
            .flat_map(|path| [Some(path), path.parent()])
            .flatten()
            .map(|path| path.display().to_string())
            .filter(|path| path.len() > 1)
            .chain(lake.into_iter().flat_map(|lake| lake.folder.called()))
            .collect();
        all.sort_by_key(|path| std::cmp::Reverse(path.len()));
        all
    }
}

/// Functions that change the files of a lake, which the engine lets a reader call, those that tell how its bucket is reached, and
/// those that run SQL from a text.
const FORBIDDEN: [&str; 14] = [
    "ducklake_add_data_files",
    "ducklake_cleanup_old_files",
    "ducklake_commit",
    "ducklake_delete_orphaned_files",
    "ducklake_expire_snapshots",
    "ducklake_flush_inlined_data",
    "ducklake_merge_adjacent_files",
    "ducklake_rewrite_data_files",
    "ducklake_set_commit_message",
    "ducklake_set_option",
    "duckdb_secrets",
    "query",
    "query_table",
    "which_secret",
];

/// What one query may use. A deadline is not among them: that is for the caller to keep.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most memory the engine may use for its own, in bytes. Nothing is moved to disk.
    pub memory_bytes: u64,
    /// Threads that work on the query, the calling one included.
    pub threads: u32,
}

/// First words of statements that only read.
const READS: [&str; 12] = [
    "SELECT",
    "WITH",
    "FROM",
    "VALUES",
    "TABLE",
    "DESCRIBE",
    "DESC",
    "SHOW",
    "SUMMARIZE",
    "EXPLAIN",
    "PIVOT",
    "UNPIVOT",
];

/// A source that was opened. Each statement sees it as it was then.
#[derive(Debug)]
pub struct Reader {
    source: Source,
    schema: String,
    connection: Connection,
}

impl Reader {
    /// Opens a source. Names without a schema are looked up in `schema`.
    ///
    /// # Errors
    ///
    /// [`Error::Broken`], which names a lake by its schema, or another error of opening the source, free of paths.
    pub fn open(source: &Source, schema: &str, limits: &Limits) -> Result<Self> {
        let connection = open(source, schema, limits).map_err(|error| match Error::opening(source.path(), error) {
            Error::Broken { source: seen, .. } => source.damaged(seen),
            error => error.rewritten(&|text| source.without_paths(text)),
        })?;
        Ok(Self { source: source.clone(), schema: schema.to_owned(), connection })
    }

    /// Runs one reading statement and streams its rows.
    ///
    /// # Errors
    ///
    /// [`Error::Query`] with an explanation for its author, free of paths, when the statement cannot be run;
    /// [`Error::OutOfMemory`]; [`Error::Sink`]; [`Error::Broken`], which names a lake by its schema.
    pub fn answer(&self, sql: &str, out: &mut dyn Sink) -> Result<()> {
        let statement = single_read(sql)?;
        let none = std::iter::empty::<Null>();
        let telling = |error| explain(&self.source, &error);
        let ran = stream(&self.connection, statement, none, out, &Interrupt::new(), &telling);
        ran.map_err(|error| match error {
            Error::Query(text) => {
                Error::Query(text + &about_schema(&self.connection, &self.schema).unwrap_or_default())
            }
            other => other,
        })
    }
}

/// Opens a source for one reading statement. What does not read is refused before.
///
/// # Errors
/// See [`Reader::open`] and [`Reader::answer`].
pub fn run(source: &Source, schema: &str, sql: &str, limits: &Limits, out: &mut dyn Sink) -> Result<()> {
    single_read(sql)?;
    Reader::open(source, schema, limits)?.answer(sql, out)
}

/// What to say of a schema that is not there, to whose author nothing else may seem wrong.
fn about_schema(connection: &Connection, schema: &str) -> Option<String> {
    let query = "select schema_name from duckdb_schemas() where database_name = current_database() \
                 and schema_name not in ('main', '_warehouse') and schema_name not like '%\\_raw' escape '\\' order by 1";
    let mut statement = connection.prepare(query).ok()?;
    let known: Vec<String> = statement.query_map([], |row| row.get(0)).ok()?.collect::<duckdb::Result<_>>().ok()?;
    if known.iter().any(|known| known.eq_ignore_ascii_case(schema)) {
        return None;
    }
    let known = known.iter().filter(|known| !["information_schema", "pg_catalog"].contains(&known.as_str()));
    let known = known.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    Some(match known.is_empty() {
        true => format!("\nThere is no schema `{schema}` here yet."),
        false => format!("\nThere is no schema `{schema}` here, but {known}."),
    })
}

fn open(source: &Source, schema: &str, limits: &Limits) -> duckdb::Result<Connection> {
    let config = Config::default()
        // Before external access ends, which would refuse it.
        .with("temp_directory", "")?
        .enable_autoload_extension(false)?
        .max_memory(&format!("{}B", limits.memory_bytes))?
        .threads(limits.threads.max(1).into())?;
    let connection = match source {
        Source::File(path) => {
            let config = config.access_mode(AccessMode::ReadOnly)?.enable_external_access(false)?;
            Connection::open_with_flags(path, config)?
        }
        Source::Lake(lake) => open_lake(lake, Connection::open_in_memory_with_flags(config)?)?,
    };
    // A warehouse without this schema answers what the statement names in full.
    let _ = connection.execute_batch(&format!("set schema = {}", sql::text(schema)));
    connection.execute_batch("set global TimeZone = 'UTC'; set lock_configuration = true")?;
    Ok(connection)
}

/// Nothing that reaches PostgreSQL is loaded, and of the files only those of the lake may be read.
fn open_lake(lake: &LakeCopy, connection: Connection) -> duckdb::Result<Connection> {
    let path = |path: &Path| sql::text(&path.to_string_lossy());
    if let Some(extension) = &lake.bucket_extension {
        lake.folder.reach_by(&connection, extension, LAKE)?;
    }
    connection.execute_batch(&format!(
        "load {}; \
         attach {} as {} (read_only, metadata_schema {}, data_path {}, override_data_path true); \
         use {}; \
         set allowed_directories = [{}]; \
         set enable_external_access = false",
        path(&lake.extension),
        sql::text(&format!("ducklake:{}", lake.catalog.display())),
        sql::quote(LAKE),
        sql::text(&lake.schema),
        sql::text(&lake.folder.start()),
        sql::quote(LAKE),
        sql::text(&lake.folder.start()),
    ))?;
    Ok(connection)
}

/// The statement, when it is one and reads. One that gets past this meets a file, or a catalogue, that cannot be written.
fn single_read(sql: &str) -> Result<&str> {
    let refuse = |reason: &str| Err(Error::Query(reason.to_owned()));
    if sql.contains('\0') {
        return refuse("The statement holds a zero byte.");
    }
    let [statement] = words::statements(sql)[..] else {
        return refuse("Write exactly one statement.");
    };
    if let Some(name) = words::calls(statement).iter().find(|name| FORBIDDEN.contains(&&***name)) {
        return refuse(&format!("The function {name} cannot be called here."));
    }
    let first = words::first_words(statement, 3);
    let inner = match first.first().map(String::as_str) {
        Some("EXPLAIN") => first.iter().map(String::as_str).find(|word| !matches!(*word, "EXPLAIN" | "ANALYZE" | "(")),
        other => other,
    };
    match inner {
        Some(word) if word == "(" || READS.contains(&word) => Ok(statement),
        _ => refuse(
            "Only statements that read can be run here: SELECT, WITH, FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN.",
        ),
    }
}

fn explain(source: &Source, error: &duckdb::Error) -> Error {
    let text = error.to_string();
    if text.starts_with("Out of Memory Error") {
        return Error::OutOfMemory(text.into());
    }
    if source.tells_damage(&text) {
        return source.damaged(text.into());
    }
    Error::Query(source.without_paths(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_read_passes() {
        for sql in [
            "select 1",
            " -- why\n/* so */ SELECT ';' ; -- end",
            "with a as (select 1) from a;",
            "(select 1) union all (select 2)",
            "explain analyze select 1",
            "select $tag$ ; $tag$, \";\", e'\\'; drop table x'",
            "summarize halo.tickets",
        ] {
            assert!(single_read(sql).is_ok(), "{sql}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for sql in [
            "",
            " ;; -- nothing",
            "select 1; select 2",
            "drop table x",
            "pragma database_list",
            "attach 'x' as y",
            "set threads = 8",
            "explain analyze create table x(y int)",
            "copy (select 1) to 'x'",
            "select '\\'; drop table x; --'",
            "select * from DuckLake_Merge_Adjacent_Files('haloscope')",
            "select * from query('select 1')",
            "select 1\0",
        ] {
            assert!(matches!(single_read(sql), Err(Error::Query(_))), "{sql}");
        }
    }
}
