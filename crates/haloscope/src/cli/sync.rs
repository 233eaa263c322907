//! `haloscope sync`: one pass.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use warehouse::Warehouse as _;

use super::holder::{Access, Holder};
use super::{Common, output, progress, status, stop};
use crate::control::Request;
use crate::installation::Installation;
use crate::store::Connection;
use crate::sync::error::SyncError;
use crate::sync::pass::{Depth, Outcome};

/// What to read.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Name of the connection; may be left out where there is only one.
    #[arg(long)]
    connection: Option<String>,
    /// Read every row again and compare.
    #[arg(long)]
    full: bool,
    /// Let rows of this entity go although HaloPSA does not prove that they were deleted. May be repeated.
    #[arg(long, value_name = "ENTITY")]
    accept_absences: Vec<String>,
}

/// Carries out the command.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let request = Request::Sync { connection: arguments.connection.clone(), full: arguments.full };
    let installation = Access::hold(&arguments.common.data, request).await?;
    let connection = installation.store.connection_get(arguments.connection.as_deref()).await?;
    let depth = if arguments.full { Depth::Everything } else { Depth::Changes };
    let accepted = arguments.accept_absences.iter().map(|name| known(name)).collect::<anyhow::Result<_>>()?;
    let outcome = pass(&installation, &connection, depth, accepted, arguments.common.json).await?;
    let report = status::report(&installation.store, Some(&connection.settings.name), None).await?;
    installation.store.clone().close().await;
    status::show(&report, arguments.common.json)?;
    Ok(if outcome.is_complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn known(name: &str) -> anyhow::Result<String> {
    let entity = halo_client::entities::find(name);
    entity
        .map(|entity| entity.table.to_owned())
        .with_context(|| format!("there is no entity `{name}`: see `haloscope entities`"))
}

/// Makes one pass while this process answers the others, and keeps how it went.
pub(super) async fn pass(
    installation: &Installation,
    connection: &Connection,
    depth: Depth,
    accepted: Vec<String>,
    json: bool,
) -> anyhow::Result<Outcome> {
    let cancel = stop::on_signal();
    let opened = installation.warehouse().await?;
    if let Some(damaged) = &opened.replaced {
        eprintln!("The warehouse was damaged. It is read anew; the damaged file is kept as `{}`.", damaged.display());
    }
    let file = opened.file;
    let answering = cancel.child_token();
    let server = Holder::serve(installation, Some(file.clone()), "synchronises", &answering)?;
    let source = installation.source(connection, file.highest_tick()? + 1).await?;
    let reporter = progress::reporter(&source.budget, json);
    let pass = installation.pass(connection, &file, source.client.clone(), reporter, cancel, accepted).await?;

    let kind = if depth == Depth::Everything { "sync --full" } else { "sync" };
    let run = installation.store.run_start(connection.id, kind, installation.clock.now_micros()).await?;
    let done = pass.run(depth).await;
    let (outcome, summary) = match &done {
        Ok(outcome) if outcome.is_complete() => ("complete", serde_json::json!({})),
        Ok(_) => ("incomplete", serde_json::json!({})),
        Err(SyncError::Stopped) => ("stopped", serde_json::json!({})),
        Err(error) => ("failed", serde_json::json!({ "error": error.to_string() })),
    };
    installation.store.run_finish(run, outcome, &summary, installation.clock.now_micros()).await?;
    drop(pass);
    source.budget.close().await?;
    checkpoint(&file).await?;
    answering.cancel();
    server.ended().await;
    done.map_err(|error| {
        let advice = error.advice().into_owned();
        anyhow::anyhow!("{}. {advice}", output::chain(&error.into()))
    })
}

async fn checkpoint(file: &Arc<warehouse::DuckDbFile>) -> anyhow::Result<()> {
    let file = file.clone();
    let done = tokio::task::spawn_blocking(move || file.checkpoint()).await;
    Ok(done.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?)
}
