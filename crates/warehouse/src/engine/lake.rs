//! A warehouse in a lake: a catalogue in PostgreSQL, Parquet files in a folder. Small batches stay in the catalogue until they are
//! written out.

use std::{
    fs, io,
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use duckdb::{Config, Connection};

use super::{
    Extensions, LakeAddress, LakeFolder, OpenOptions,
    lake_files::LakeFiles,
    lake_mark,
    sql::{self, quote, text},
    upkeep,
};
use crate::{
    Error, Result,
    error::{Doing, http_status, outside_quotes},
};

/// Name of the lake in SQL.
pub(crate) const NAME: &str = "haloscope";
/// Rows of one insertion that stay in the catalogue: more make a Parquet file.
const INLINED_ROWS: usize = 500;
/// What is gathered for a part of a file, as a share of the engine's memory.
const ROW_GROUP_SHARE: u64 = 8;

/// The lake, which this process took over.
pub(super) struct Lake {
    address: LakeAddress,
    extensions: Extensions,
    /// Its own folder.
    folder: LakeFolder,
    /// Those that must be made durable. What is in a bucket is so from the start.
    files: Option<Mutex<LakeFiles>>,
    /// Bytes that are gathered for a part of a file.
    row_group: u64,
    /// Stands in the lake as long as nobody else takes it over.
    token: String,
}

impl Lake {
    /// Opens the lake, or creates it, in a new engine whose connection uses it.
    pub(super) fn open(
        address: &LakeAddress,
        extensions: &Extensions,
        options: &OpenOptions,
    ) -> Result<(Self, Connection)> {
        let owner = options.owner.as_deref();
        let opened = || {
            let action = "open the lake";
            let connection = engine(options)?;
            for name in ["postgres_scanner", "ducklake"] {
                extensions.load(&connection, name)?;
            }
            address.data.reach(&connection, extensions, NAME)?;
            let folder = match folder_of(&connection, address)? {
                Some(folder) => {
                    check_owner(&folder, &connection, address, owner)?;
                    folder
                }
                None => new_folder(&connection, address, owner)?,
            };
            connection.execute_batch(&attach(address, &folder)).doing(action)?;
            connection.execute_batch(&sql::choose(NAME)).doing(action)?;
            // For all connections, unlike a plain `set`.
            connection.execute_batch("set global TimeZone = 'UTC'").doing(action)?;
            let token = connection.query_row("select uuid()::varchar", [], |row| row.get(0)).doing(action)?;
            let files = match &folder {
                LakeFolder::Local(path) => Some(Mutex::new(LakeFiles::new(path).map_err(cannot_write)?)),
                LakeFolder::Bucket(_) => None,
            };
            let (address, extensions) = (address.clone(), extensions.clone());
            let row_group = options.memory_limit_bytes() / ROW_GROUP_SHARE;
            Ok((Self { address, extensions, folder, files, row_group, token }, connection))
        };
        opened().map_err(|error| address.scrub(error))
    }

    /// Schema of its catalogue.
    pub(super) fn schema(&self) -> &str {
        &self.address.schema
    }

    /// Makes this process the one that writes: whoever was it before finds another token.
    pub(super) fn take_over(&self, connection: &Connection) -> Result<()> {
        let action = "take the lake over";
        // A file has a lock instead.
        let column = "alter table _warehouse.state add column if not exists token varchar";
        connection.execute_batch(column).doing(action)?;
        let transaction = connection.unchecked_transaction().doing(action)?;
        // Every batch changes this row, too: one under way cannot be committed after this.
        transaction.execute("update _warehouse.state set token = ?", [&self.token]).doing(action)?;
        upkeep::prepare(&transaction)?;
        transaction.commit().doing(action)?;
        self.limit_row_groups(connection)
    }

    /// Refuses to write where another process has taken the lake over. See [`Self::take_over`] for what is under way then.
    pub(super) fn check_held(&self, token: Option<&str>) -> Result<()> {
        match token == Some(&self.token) {
            true => Ok(()),
            false => Err(Error::Locked("another process has taken it over".into())),
        }
    }

    /// Makes the files durable that a transaction has written.
    pub(super) fn settle(&self) -> Result<()> {
        let Some(files) = &self.files else { return Ok(()) };
        let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
        files.sync().map(drop).map_err(cannot_write)
    }

    /// What an error means, without the address. A file that is missing means damage only where the lake's folder is there.
    pub(super) fn told(&self, error: Error) -> Error {
        let error = self.address.scrub(error);
        match error {
            Error::Engine { source, .. } if tells_damage(&source.to_string(), &self.folder) => match self.is_there() {
                Ok(()) => Error::Broken { warehouse: self.address.to_string(), source },
                Err(away) => self.address.scrub(away),
            },
            other => other,
        }
    }

    /// Whether an error tells of one of its files.
    pub(super) fn names_a_file(&self, text: &str) -> bool {
        self.folder.called().iter().any(|name| text.contains(name))
    }

    /// Rows are gathered in memory until a part of a file can be written: as many as the engine takes by itself, with their raw
    /// records, would not fit into it.
    fn limit_row_groups(&self, connection: &Connection) -> Result<()> {
        const OPTION: &str = "parquet_row_group_size_bytes";
        let action = "limit what is gathered for a file";
        let wanted = self.row_group.to_string();
        let query = format!("select value from ducklake_options('{NAME}') where option_name = ? and scope = 'GLOBAL'");
        let mut statement = connection.prepare(&query).doing(action)?;
        let values = statement.query_map([OPTION], |row| row.get(0)).doing(action)?;
        let known: Vec<String> = values.collect::<duckdb::Result<_>>().doing(action)?;
        if known == [wanted.as_str()] {
            return Ok(());
        }
        connection.execute_batch(&format!("call {NAME}.set_option('{OPTION}', '{wanted}B')")).doing(action)
    }

    /// Looks for its folder in an engine of its own: that of the warehouse may not answer any more.
    fn is_there(&self) -> Result<()> {
        let connection = engine(&OpenOptions::default())?;
        self.folder.reach(&connection, &self.extensions, NAME)?;
        lake_mark::check(&self.folder, &connection)
    }
}

/// Whether the engine says that a data file below this folder is missing or damaged. What stands in quotes may be a row.
pub(crate) fn tells_damage(text: &str, folder: &LakeFolder) -> bool {
    const OF_A_FILE: [&str; 9] = [
        "No such file or directory",
        "No magic bytes found",
        "too small to be a Parquet file",
        "ooter length",
        "Failed to read Parquet file",
        "Could not read enough bytes",
        "Corrupt",
        "TProtocolException",
        "ecompression failure",
    ];
    // The reader of Parquet's own words, which name no file. No SQL can bring forth an error of this kind.
    const OF_THE_READER: [&str; 3] =
        ["Invalid Error: TProtocolException", "Invalid Error: don't know what type", "Invalid Error: Out of buffer"];
    let said = outside_quotes(text);
    let of_a_file = (text.starts_with("HTTP Error") && http_status(text) == Some(404)
        || OF_A_FILE.iter().any(|sign| said.contains(sign)))
        && folder.called().iter().any(|name| text.contains(name));
    of_a_file || OF_THE_READER.iter().any(|sign| text.starts_with(sign))
}

/// An engine without anything.
pub(super) fn engine(options: &OpenOptions) -> Result<Connection> {
    config(options).and_then(Connection::open_in_memory_with_flags).doing("open an engine")
}

/// Engines that share such a folder take each other's pages for their own.
fn own_spill_folder() -> PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("haloscope-{}-{number}.duckdb.tmp", std::process::id()))
}

fn config(options: &OpenOptions) -> duckdb::Result<Config> {
    let spill = options.spill_folder.clone().unwrap_or_else(own_spill_folder);
    Config::default()
        .enable_autoload_extension(false)?
        .threads(1)?
        .with("preserve_insertion_order", "false")?
        .with("temp_directory", spill.to_string_lossy())?
        .max_memory(&options.memory_limit())
}

/// Attaches the catalogue's database as `catalogue`.
pub(super) fn attach_server(connection: &Connection, address: &LakeAddress, options: &str) -> Result<()> {
    let attach = format!("attach {} as catalogue (type postgres{options})", text(&address.server()));
    connection.execute_batch(&attach).map_err(|error| {
        const REFUSALS: [&str; 3] = ["authentication failed", "no pg_hba.conf entry", "\" does not exist"];
        let text = error.to_string();
        match REFUSALS.iter().any(|refusal| text.contains(refusal)) {
            true => Error::Refused(Box::new(error)),
            false => Error::engine("reach the lake's catalogue", error),
        }
    })
}

/// The lake's own folder; none where there is no catalogue yet.
pub(super) fn folder_of(connection: &Connection, address: &LakeAddress) -> Result<Option<LakeFolder>> {
    let action = "read the lake's catalogue";
    attach_server(connection, address, ", read_only")?;
    let query = "select count(*) from duckdb_tables() where database_name = 'catalogue' and schema_name = ? \
                 and table_name = 'ducklake_metadata'";
    let count: i64 = connection.query_row(query, [&address.schema], |row| row.get(0)).doing(action)?;
    let found = if count > 0 {
        let query = format!(
            "select value from catalogue.{}.ducklake_metadata where key = 'data_path' and scope is null",
            quote(&address.schema)
        );
        let stored: String = connection.query_row(&query, [], |row| row.get(0)).doing(action)?;
        Some(address.folder(&stored))
    } else {
        None
    };
    connection.execute_batch("detach catalogue").doing(action)?;
    Ok(found)
}

fn attach(address: &LakeAddress, folder: &LakeFolder) -> String {
    attach_as(address, folder, NAME, &format!("data_inlining_row_limit {INLINED_ROWS}"))
}

fn attach_as(address: &LakeAddress, folder: &LakeFolder, name: &str, more: &str) -> String {
    format!(
        "attach {} as {} (metadata_schema {}, data_path {}, override_data_path true, {more})",
        text(&format!("ducklake:postgres:{}", address.server())),
        quote(name),
        text(&address.schema),
        text(&folder.start()),
    )
}

/// Attaches a lake beside another warehouse, to be read only, as it stands now: what is written to it later is not seen.
/// Answers whether there is one.
pub(super) fn attach_as_it_is(
    connection: &Connection,
    address: &LakeAddress,
    extensions: &Extensions,
    name: &str,
) -> Result<bool> {
    let action = "open the lake that is copied";
    for name in ["postgres_scanner", "ducklake"] {
        extensions.load(connection, name)?;
    }
    let Some(folder) = folder_of(connection, address)? else { return Ok(false) };
    // Its own folder alone: the other warehouse may be in a bucket of the same name elsewhere.
    folder.reach(connection, extensions, name)?;
    lake_mark::check(&folder, connection)?;
    attach_server(connection, address, ", read_only")?;
    let query = format!("select max(snapshot_id) from catalogue.{}.ducklake_snapshot", quote(&address.schema));
    let snapshot: i64 = connection.query_row(&query, [], |row| row.get(0)).doing(action)?;
    connection.execute_batch("detach catalogue").doing(action)?;
    let more = format!("read_only, snapshot_version {snapshot}");
    connection.execute_batch(&attach_as(address, &folder, name, &more)).doing(action).map(|()| true)
}

/// Makes the folder of a new lake, and marks it.
fn new_folder(connection: &Connection, address: &LakeAddress, owner: Option<&str>) -> Result<LakeFolder> {
    let random: String = connection
        .query_row("select left(uuid()::varchar, 8)", [], |row| row.get(0))
        .doing("name the lake's folder")?;
    let folder = address.data.join(&format!("{}-{random}", address.schema));
    if let LakeFolder::Local(path) = &folder {
        // Not the folder around it: where its disk is not mounted, nothing must be made.
        fs::create_dir(path).map_err(cannot_write)?;
    }
    // Durable before the catalogue tells of it.
    lake_mark::make(&folder, connection, owner)?;
    if let LakeFolder::Local(path) = &address.data {
        fs::File::open(path).and_then(|around| around.sync_all()).map_err(cannot_write)?;
    }
    Ok(folder)
}

/// Refuses the lake of another owner. One that names nobody, as before there were owners, gets this one.
fn check_owner(folder: &LakeFolder, connection: &Connection, address: &LakeAddress, owner: Option<&str>) -> Result<()> {
    let (known, Some(owner)) = (lake_mark::owner(folder, connection)?, owner) else { return Ok(()) };
    match known {
        Some(known) if known == owner => Ok(()),
        Some(_) => Err(Error::Foreign { lake: address.to_string() }),
        None => lake_mark::make(folder, connection, Some(owner)),
    }
}

pub(super) fn cannot_write(source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::Full(Box::new(source)),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Error::ReadOnly(Box::new(source)),
        _ => Error::Away(Box::new(source)),
    }
}
