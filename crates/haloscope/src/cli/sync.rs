//! `haloscope sync`: one pass.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use halo_client::Budget;
use halo_client::entities::ENTITIES;
use tokio_util::sync::CancellationToken;

use super::holder::{Access, Holder};
use super::through::{self, Told};
use super::{Common, output, progress, status, stop};
use crate::control::Request;
use crate::installation::{Installation, OpenWarehouse, Rebuilt};
use crate::store::{Connection, RunId};
use crate::sync::error::SyncError;
use crate::sync::pass::{Depth, Outcome, Pass};
use crate::sync::plan;
use crate::sync::progress::Tracker;

/// Stands for every entity.
const ALL: &str = "all";

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
    /// Let rows of this entity go although HaloPSA does not prove that they were deleted; `all` for every entity. May be
    /// repeated.
    #[arg(long, value_name = "ENTITY")]
    accept_absences: Vec<String>,
    /// Copy this entity from now on, which is large and therefore not copied by itself. May be repeated.
    #[arg(long, value_name = "ENTITY")]
    with: Vec<String>,
    /// Leave this entity out of this pass. May be repeated.
    #[arg(long, value_name = "ENTITY")]
    without: Vec<String>,
}

/// What a pass is to do.
#[derive(Clone, Debug)]
pub(super) struct Wishes {
    pub(super) depth: Depth,
    /// Tables whose rows may go without proof.
    pub(super) accepted: Vec<String>,
    /// Tables that are copied from now on.
    pub(super) with: Vec<String>,
    /// Tables that the pass leaves out.
    pub(super) without: Vec<String>,
}

impl Wishes {
    /// The usual pass.
    pub(super) fn usual() -> Self {
        Self { depth: Depth::Changes, accepted: Vec::new(), with: Vec::new(), without: Vec::new() }
    }
}

/// Carries out the command.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let known = |names: &[String]| names.iter().map(|name| known(name)).collect::<anyhow::Result<Vec<_>>>();
    let wishes = Wishes {
        depth: if arguments.full { Depth::Everything } else { Depth::Changes },
        accepted: match arguments.accept_absences.iter().any(|name| name == ALL) {
            true => ENTITIES.iter().map(|entity| entity.table.to_owned()).collect(),
            false => known(&arguments.accept_absences)?,
        },
        with: known(&arguments.with)?,
        without: known(&arguments.without)?,
    };
    let installation = match Access::existing(&arguments.common.place).await? {
        Access::Mine(installation) => installation,
        Access::Theirs(server) => {
            let Wishes { accepted, with, without, .. } = wishes;
            let (connection, full) = (arguments.connection, arguments.full);
            let request = Request::Sync { connection, full, accept_absences: accepted, with, without };
            let told = through::ask(server, &request, arguments.common.json).await?;
            let Told::Report(report) = told else { anyhow::bail!(through::STRANGE) };
            return status::show(&report, arguments.common.json);
        }
    };
    let connection = installation.store.connection_get(arguments.connection.as_deref()).await?;
    let passed = pass(&installation, &connection, wishes, arguments.common.json).await?;
    let report = status::report(&installation.store, Some(&connection.settings.name), None).await?;
    installation.store.clone().close().await;
    status::show(&report, arguments.common.json)?;
    Ok(passed.ended())
}

/// A pass that was made, and what came after it.
pub(super) struct Passed {
    outcome: Outcome,
    /// Why the warehouse could not be put in order.
    untidy: Option<warehouse::Error>,
}

impl Passed {
    /// How the command ends once the report is shown. What was not put in order is only told: all rows are there.
    pub(super) fn ended(self) -> ExitCode {
        if let Some(error) = self.untidy {
            eprintln!(
                "haloscope: everything read is kept, but the warehouse could not be put in order after it: {}. The next \
                 `haloscope sync` tries again.",
                output::chain(&error.into()).trim_end_matches('.')
            );
        }
        if self.outcome.is_complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
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
    wishes: Wishes,
    json: bool,
) -> anyhow::Result<Passed> {
    let cancel = stop::on_signal();
    let work = Work { installation, connection, wishes, json, cancel };
    let done = match installation.warehouse(connection).await {
        Err(error) if error.asks_for_rebuild() => None,
        opened => Some(work.on(opened?).await?),
    };
    let done = match done {
        None | Some(Err(SyncError::Warehouse(warehouse::Error::Broken { .. }))) => {
            let Rebuilt { warehouse, damaged } = installation.rebuild(connection).await?;
            eprintln!(
                "The warehouse was damaged or incomplete. It is read anew; the damaged one is kept as `{damaged}`."
            );
            work.on(warehouse).await?
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
    wishes: Wishes,
    json: bool,
    cancel: CancellationToken,
}

impl Work<'_> {
    /// Makes one pass on this warehouse. The inner error is that of the pass.
    async fn on(&self, warehouse: OpenWarehouse) -> anyhow::Result<Result<Passed, SyncError>> {
        let Self { installation, connection, .. } = *self;
        let answering = self.cancel.child_token();
        let server = Holder::serve(installation, Some(warehouse.engine.clone()), "synchronises", &answering)?;
        let source = installation.source(connection, warehouse.next_tick().await?).await?;
        let tracker = progress::tracker(&source, &installation.clock, self.json);
        let (client, accepted) = (source.client.clone(), self.wishes.accepted.clone());
        let mut pass =
            installation.pass(connection, &warehouse, client, tracker.clone(), self.cancel.clone(), accepted).await?;
        pass.without = self.wishes.without.clone();

        let kind = if self.wishes.depth == Depth::Everything { "sync --full" } else { "sync" };
        let run = installation.store.run_start(connection.id, kind, installation.clock.now_micros()).await?;
        let done = match self.prepare(&pass, &tracker).await {
            Ok(()) => pass.run(self.wishes.depth).await,
            Err(error) => Err(error),
        };
        drop((pass, tracker));
        let kept = self.keep(run, &done, &source.budget).await;
        let tidied = warehouse.put_in_order().await;
        drop(warehouse);
        answering.cancel();
        server.ended().await;
        // The error of the pass tells more than those that follow from it.
        let outcome = match done {
            Ok(outcome) => outcome,
            Err(error) => return Ok(Err(error)),
        };
        kept?;
        Ok(match tidied {
            Err(broken @ warehouse::Error::Broken { .. }) => Err(broken.into()),
            tidied => Ok(Passed { outcome, untidy: tidied.err() }),
        })
    }

    /// A person who watches wants to know when it will be finished.
    async fn prepare(&self, pass: &Pass, tracker: &Tracker) -> Result<(), SyncError> {
        pass.choose(&self.wishes.with).await?;
        if progress::is_watched(self.json) {
            plan::count(pass, tracker).await?;
        }
        Ok(())
    }

    /// Keeps how the pass went.
    async fn keep(&self, run: RunId, done: &Result<Outcome, SyncError>, budget: &Budget) -> anyhow::Result<()> {
        let (outcome, summary) = match done {
            Ok(outcome) if outcome.is_complete() => ("complete", serde_json::json!({})),
            Ok(_) => ("incomplete", serde_json::json!({})),
            Err(SyncError::Stopped) => ("stopped", serde_json::json!({})),
            Err(error) => ("failed", serde_json::json!({ "error": error.to_string() })),
        };
        let Installation { store, clock, .. } = self.installation;
        store.run_finish(run, outcome, &summary, clock.now_micros()).await?;
        Ok(budget.close().await?)
    }
}
