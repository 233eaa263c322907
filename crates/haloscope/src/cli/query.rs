//! `haloscope query`: SQL on a copy of the warehouse, in a child process with limits.
//!
//! The copy of a file is made by this process, which never opens it as a database; where another process holds the warehouse, it
//! pauses its writer meanwhile. Of a lake only the catalogue is copied, and nobody has to wait.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use warehouse::LakeCopy;
use warehouse::reader::Source;

use super::holder::{self, Access};
use super::{Place, read_child};
use crate::blocking::blocking;
use crate::control::{Answers, ControlClient, Event, Request};
use crate::engines::{self, Lakes, WarehouseAddress};
use crate::folder::FolderPaths;

/// What to ask.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// One reading statement.
    sql: String,
    /// Schema of tables that are named without one: that of the first connection, unless you say another.
    #[arg(long, default_value = "halo")]
    schema: String,
    /// How the answer is written.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Seconds after which the query is ended.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout_seconds: u64,
    /// Memory the query may use, in MB.
    #[arg(long, default_value_t = 1024, value_parser = clap::value_parser!(u64).range(64..=1_048_576))]
    memory_mb: u64,
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Columns for people.
    #[default]
    Table,
    /// An array of objects: times as ISO with `Z`, decimals as numbers.
    Json,
    /// Comma separated, with a header.
    Csv,
}

/// Carries out the command.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let place = &arguments.place;
    let paths = FolderPaths::new(&place.data);
    holder::check_existing(paths.folder())?;
    paths.check_finished()?;
    clear(&paths.snapshots());
    let folder = paths.snapshot()?;
    let to = folder.path().join("warehouse.duckdb");
    let source = match engines::choose(&paths, &place.engines.choice())?.warehouse {
        WarehouseAddress::File(from) => {
            snapshot(place, &from, &to).await?;
            Source::File(to)
        }
        WarehouseAddress::Lakes(lakes) => {
            let schema = arguments.schema.clone();
            Source::Lake(blocking(move || copy_lake(&lakes, &schema, &to)).await?)
        }
    };
    blocking(move || {
        // Removed at the end, also when the query fails.
        let _kept = folder;
        ask(&arguments, &source)
    })
    .await
}

/// What is said where there is nothing to ask.
const NOTHING: &str = "holds nothing yet: run `haloscope sync` first";

/// Copies the catalogue of a connection's lake.
fn copy_lake(lakes: &Lakes, schema: &str, to: &Path) -> anyhow::Result<LakeCopy> {
    if let Some(copied) = lakes.of(schema).copy(&lakes.extensions, to)? {
        return Ok(copied);
    }
    let known: Vec<_> = lakes.known()?.iter().map(|schema| format!("`{schema}`")).collect();
    anyhow::ensure!(!known.is_empty(), "the schema `{schema}` {NOTHING}");
    bail!(
        "there is no lake of the schema `{schema}`, but of {}: name one of them with --schema, or run `haloscope sync` first \
         where `{schema}` is a new connection's",
        known.join(", ")
    )
}

/// Copies the warehouse's file as it stands between two commits.
pub(super) async fn snapshot(place: &Place, from: &Path, to: &Path) -> anyhow::Result<()> {
    match Access::existing(place).await? {
        Access::Mine(installation) => {
            let copied = copy(from, to);
            installation.store.clone().close().await;
            copied
        }
        Access::Theirs(client) => copy_while_paused(from, to, client).await,
    }
}

async fn copy_while_paused(from: &Path, to: &Path, client: ControlClient) -> anyhow::Result<()> {
    let mut answers: Answers = client.ask(&Request::Snapshot).await?;
    while let Some(event) = answers.next().await? {
        if event == Event::Paused {
            copy(from, to)?;
            answers.copied().await?;
            // Its last word: whether the writer was held until the copy was whole.
            while answers.next().await?.is_some() {}
            return Ok(());
        }
    }
    bail!("the process that holds the data folder did not pause for a copy")
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    if !from.exists() {
        bail!("the warehouse {NOTHING}");
    }
    for suffix in ["", ".wal"] {
        let with = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
        match std::fs::copy(with(from), with(to)) {
            Err(error) if suffix.is_empty() || error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).context("the warehouse cannot be copied: is the disk full?");
            }
            _ => {}
        }
    }
    Ok(())
}

/// Removes copies that queries of before left behind because they were killed. No query runs for more than a day.
fn clear(snapshots: &Path) {
    const DAY: Duration = Duration::from_secs(86_400);
    let entries = std::fs::read_dir(snapshots).into_iter().flatten().flatten();
    for entry in entries {
        let age = entry.metadata().and_then(|found| found.modified()).ok().and_then(|made| made.elapsed().ok());
        if age.is_some_and(|age| age > DAY) {
            // Another query may have removed it meanwhile.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Starts the child, hands it the statement, and ends it at its deadline.
fn ask(arguments: &Arguments, source: &Source) -> anyhow::Result<ExitCode> {
    let program = std::env::current_exe().context("the program's own file cannot be found")?;
    let mut child = Command::new(program)
        .arg("read-child")
        .args(read_child::naming(source))
        .args(["--schema", &arguments.schema])
        .args(["--format", arguments.format.to_possible_value().expect("no format is hidden").get_name()])
        .args(["--memory-mb", &arguments.memory_mb.to_string()])
        .args(["--timeout-seconds", &arguments.timeout_seconds.to_string()])
        // It runs what people write: no secret is to be found in it.
        .env_clear()
        .stdin(Stdio::piped())
        .spawn()
        .context("the child for the query could not be started")?;
    let mut input = child.stdin.take().expect("the child was given a pipe");
    // A child that ended early says why itself.
    let _ = input.write_all((read_child::preface(source) + &arguments.sql).as_bytes());
    drop(input);
    let deadline = Instant::now() + Duration::from_secs(arguments.timeout_seconds);
    loop {
        if let Some(status) = child.try_wait().context("the child for the query was lost")? {
            return match status.code() {
                Some(0) => Ok(ExitCode::SUCCESS),
                Some(_) => Ok(ExitCode::FAILURE),
                None => bail!(
                    "the query was ended because it used more memory or time than it may: ask for less, or raise --memory-mb"
                ),
            };
        }
        if Instant::now() >= deadline {
            child.kill().context("the child for the query could not be ended")?;
            child.wait().context("the child for the query was lost")?;
            bail!(
                "the query took longer than {} s and was ended: ask for less, or raise --timeout-seconds",
                arguments.timeout_seconds
            );
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
