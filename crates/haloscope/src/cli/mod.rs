//! The command line: one file per command. Only this folder writes to standard output.
//!
//! Results go to standard output, progress and errors to standard error. Exit codes: 0 done, 1 not done or not complete,
//! 2 wrong use.

mod backup;
mod connect;
mod demo;
mod entities;
mod holder;
mod migrate;
mod output;
mod progress;
mod query;
mod read_child;
mod restore;
mod serve;
mod sim;
mod status;
mod stop;
mod sync;
mod through;
mod user;
mod verify;
mod webhook;
mod webhook_status;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use warehouse::BucketAccess;

use crate::engines::EngineChoice;

/// A complete, live copy of HaloPSA in a warehouse of your own.
#[derive(Parser)]
#[command(name = "haloscope", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Where the installation is, and what its answers look like.
#[derive(Args, Clone)]
struct Common {
    #[command(flatten)]
    place: Place,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

/// Where the installation is.
#[derive(Args, Clone)]
struct Place {
    /// Folder of the installation; made when it does not exist.
    #[arg(long, value_name = "DIR", env = "HALOSCOPE_DATA", default_value = "haloscope-data")]
    data: PathBuf,
    #[command(flatten)]
    engines: Engines,
}

/// Which engines it works with.
#[derive(Args, Clone)]
struct Engines {
    /// Where its store is, if not in that folder: sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE.
    #[arg(long, value_name = "ADDRESS", env = "HALOSCOPE_STORE", hide_env_values = true)]
    store: Option<String>,
    /// Where its warehouse is, if not in that folder: duckdb:PATH or ducklake:postgres://USER:PASSWORD@HOST:PORT/DATABASE.
    #[arg(long, value_name = "ADDRESS", env = "HALOSCOPE_WAREHOUSE", hide_env_values = true)]
    warehouse: Option<String>,
    /// Where the lakes' files are, for a warehouse in DuckLake: a folder, or s3://BUCKET/PREFIX. A bucket's key comes from the
    /// variables that AWS has for it, or from `haloscope.toml`.
    #[arg(long, value_name = "PLACE", env = "HALOSCOPE_LAKE")]
    lake: Option<String>,
    /// Folder with DuckDB's extensions, for a warehouse in DuckLake; without it they are fetched once over the network.
    #[arg(long, value_name = "DIR", env = "HALOSCOPE_DUCKDB_EXTENSIONS")]
    duckdb_extensions: Option<PathBuf>,
    /// Days for which a lake can be read as it was. Usual: 7.
    #[arg(long, value_name = "DAYS", env = "HALOSCOPE_LAKE_KEEP_DAYS")]
    lake_keep_days: Option<u16>,
}

impl Engines {
    fn choice(&self) -> EngineChoice {
        // Without a value they say nothing, as variables in files for containers may be.
        let said = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
        EngineChoice {
            store: said(&self.store).map(Into::into),
            warehouse: said(&self.warehouse).map(Into::into),
            lake: said(&self.lake),
            s3: bucket_access(),
            duckdb_extensions: self.duckdb_extensions.clone().filter(|folder| !folder.as_os_str().is_empty()),
            lake_keep_days: self.lake_keep_days,
        }
    }
}

/// How the environment says that buckets are reached, in the variables that all programs for S3 read.
fn bucket_access() -> BucketAccess {
    let value = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    BucketAccess {
        key_id: value("AWS_ACCESS_KEY_ID"),
        secret: value("AWS_SECRET_ACCESS_KEY"),
        session_token: value("AWS_SESSION_TOKEN"),
        region: value("AWS_REGION").or_else(|| value("AWS_DEFAULT_REGION")),
        endpoint: value("AWS_ENDPOINT_URL_S3").or_else(|| value("AWS_ENDPOINT_URL")),
    }
}

#[derive(Subcommand)]
enum Command {
    /// Connect a HaloPSA, testing each step.
    Connect(connect::Arguments),
    /// Bring what is new, and prove that nothing is missing.
    Sync(sync::Arguments),
    /// Keep all connections in sync until it is stopped.
    Serve(serve::Arguments),
    /// Show how each entity stands.
    Status(status::Arguments),
    /// Compare every row of both sides without changing anything.
    Verify(verify::Arguments),
    /// Ask the warehouse in SQL.
    Query(query::Arguments),
    /// Receive what HaloPSA tells by itself: its address, and what arrived.
    Webhook(webhook::Arguments),
    /// Let somebody in who cannot: a link to set another password.
    User(user::Arguments),
    /// List what is copied, what is not, and why.
    Entities(entities::Arguments),
    /// Copy an installation to other engines, and compare each row.
    Migrate(migrate::Arguments),
    /// Copy an installation into one file, also while it runs.
    Backup(backup::Arguments),
    /// Make an installation from a backup.
    Restore(restore::Arguments),
    /// Run a simulated HaloPSA to try things on.
    Sim(sim::Arguments),
    /// Show it all on a simulated managed service provider.
    Demo(demo::Arguments),
    /// Runs one query on a copy; `query` starts it as a child.
    #[command(hide = true)]
    ReadChild(read_child::Arguments),
}

/// How long the end of the process waits for threads that are still busy.
const FOR_THREADS: Duration = Duration::from_secs(1);

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match &cli.command {
        Command::Serve(arguments) => start_log("info", arguments.log_format()),
        _ => start_log("error", LogFormat::Text),
    }
    if let Command::ReadChild(arguments) = cli.command {
        // Before any thread is started: the limits hold for all of them.
        return read_child::run(&arguments);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::Error::from(error).context("the program could not start its threads")),
    };
    let done = runtime.block_on(carry_out(cli.command));
    // Libraries clean up when the process ends, and a thread that still ends beside that would meet freed memory.
    runtime.shutdown_timeout(FOR_THREADS);
    done.unwrap_or_else(|error| fail(&error))
}

async fn carry_out(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Connect(arguments) => connect::run(arguments).await,
        Command::Sync(arguments) => sync::run(arguments).await,
        Command::Serve(arguments) => serve::run(arguments).await,
        Command::Status(arguments) => status::run(arguments).await,
        Command::Verify(arguments) => verify::run(arguments).await,
        Command::Query(arguments) => query::run(arguments).await,
        Command::Webhook(arguments) => webhook::run(arguments).await,
        Command::User(arguments) => user::run(arguments).await,
        Command::Entities(arguments) => entities::run(&arguments),
        Command::Migrate(arguments) => migrate::run(arguments).await,
        Command::Backup(arguments) => backup::run(arguments).await,
        Command::Restore(arguments) => restore::run(arguments).await,
        Command::Sim(arguments) => sim::run(arguments).await,
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::ReadChild(_) => unreachable!("it was carried out before"),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("haloscope: {}", output::chain(error));
    ExitCode::FAILURE
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// `HALOSCOPE_LOG=debug` shows more than is usual for the command.
fn start_log(usual: &str, format: LogFormat) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("HALOSCOPE_LOG").unwrap_or_else(|_| usual.into());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}
