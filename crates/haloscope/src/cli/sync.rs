//! `haloscope sync`: one pass.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use halo_client::Budget;
use tokio_util::sync::CancellationToken;
use warehouse::{DuckDbFile, Warehouse as _};

use super::holder::{Access, Holder};
use super::{Common, output, progress, status, stop};
use crate::control::Request;
use crate::installation::{Installation, Rebuilt};
use crate::store::{Connection, RunId};
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
    let installation = Access::existing(&arguments.common.data).await?.hold(&arguments.common.data, request).await?;
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

/// Makes one pass while this process answers the others, and keeps how it went. A damaged warehouse is made anew first, or
/// when the damage shows.
pub(super) async fn pass(
    installation: &Installation,
    connection: &Connection,
    depth: Depth,
    accepted: Vec<String>,
    json: bool,
) -> anyhow::Result<Outcome> {
    let cancel = stop::on_signal();
    let work = Work { installation, connection, depth, accepted, json, cancel };
    let done = match installation.warehouse().await {
        Err(error) if error.asks_for_rebuild() => None,
        opened => Some(work.on(opened?).await?),
    };
    let done = match done {
        None | Some(Err(SyncError::Warehouse(warehouse::Error::Broken { .. }))) => {
            let Rebuilt { file, damaged } = installation.rebuild().await?;
            let kept = damaged.display();
            eprintln!(
                "The warehouse was damaged or incomplete. It is read anew; the damaged file is kept as `{kept}`."
            );
            work.on(file).await?
        }
        Some(done) => done,
    };
    done.map_err(advised)
}

/// The error with what to do about it.
pub(super) fn advised(error: SyncError) -> anyhow::Error {
    let advice = error.advice().into_owned();
    output::advised(&error.into(), &advice)
}

/// What a pass is told.
struct Work<'a> {
    installation: &'a Installation,
    connection: &'a Connection,
    depth: Depth,
    accepted: Vec<String>,
    json: bool,
    cancel: CancellationToken,
}

impl Work<'_> {
    /// Makes one pass on this warehouse. The inner error is that of the pass.
    async fn on(&self, file: Arc<DuckDbFile>) -> anyhow::Result<Result<Outcome, SyncError>> {
        let Self { installation, connection, .. } = *self;
        let answering = self.cancel.child_token();
        let server = Holder::serve(installation, Some(file.clone()), "synchronises", &answering)?;
        let source = installation.source(connection, file.highest_tick()? + 1).await?;
        let reporter = progress::reporter(&source.budget, self.json);
        let (client, accepted) = (source.client.clone(), self.accepted.clone());
        let pass = installation.pass(connection, &file, client, reporter, self.cancel.clone(), accepted).await?;

        let kind = if self.depth == Depth::Everything { "sync --full" } else { "sync" };
        let run = installation.store.run_start(connection.id, kind, installation.clock.now_micros()).await?;
        let done = pass.run(self.depth).await;
        drop(pass);
        let kept = self.keep(run, &done, &source.budget, &file).await;
        answering.cancel();
        server.ended().await;
        // The error of the pass tells more than those that follow from it.
        if done.is_ok() {
            kept?;
        }
        Ok(done)
    }

    /// Keeps how the pass went, and writes back what waits to be written.
    async fn keep(
        &self,
        run: RunId,
        done: &Result<Outcome, SyncError>,
        budget: &Budget,
        file: &Arc<DuckDbFile>,
    ) -> anyhow::Result<()> {
        let (outcome, summary) = match done {
            Ok(outcome) if outcome.is_complete() => ("complete", serde_json::json!({})),
            Ok(_) => ("incomplete", serde_json::json!({})),
            Err(SyncError::Stopped) => ("stopped", serde_json::json!({})),
            Err(error) => ("failed", serde_json::json!({ "error": error.to_string() })),
        };
        let Installation { store, clock, .. } = self.installation;
        store.run_finish(run, outcome, &summary, clock.now_micros()).await?;
        budget.close().await?;
        let file = file.clone();
        let written = tokio::task::spawn_blocking(move || file.checkpoint()).await;
        Ok(written.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?)
    }
}
