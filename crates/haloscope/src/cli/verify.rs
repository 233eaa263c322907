//! `haloscope verify`: compares every row of both sides without changing anything.

use std::process::ExitCode;

use clap::Args;

use super::holder::{Access, Holder};
use super::output::{grouped, table};
use super::through::{self, Told};
use super::{Common, output, progress, stop, sync};
use crate::control::Request;
use crate::sync::error::SyncError;
use crate::sync::verify::{self, Verified};

/// What to compare.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Name of the connection; may be left out where there is only one.
    #[arg(long)]
    connection: Option<String>,
}

/// Carries out the command.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let installation = match Access::existing(&arguments.common.place).await? {
        Access::Mine(installation) => installation,
        Access::Theirs(server) => {
            let request = Request::Verify { connection: arguments.connection };
            let told = through::ask(server, &request, arguments.common.json).await?;
            let Told::Verified(results) = told else { anyhow::bail!(through::STRANGE) };
            return show(&results, arguments.common.json);
        }
    };
    let connection = installation.store.connection_get(arguments.connection.as_deref()).await?;
    let cancel = stop::on_signal();
    let warehouse = installation.warehouse(&connection).await.map_err(|error| match error.asks_for_rebuild() {
        true => anyhow::anyhow!(output::DAMAGED),
        false => error.into(),
    })?;
    let answering = cancel.child_token();
    let server = Holder::serve(&installation, Some(warehouse.engine.clone()), "verifies", &answering)?;
    let source = installation.source(&connection, warehouse.next_tick().await?).await?;
    let tracker = progress::tracker(&source, &installation.clock, arguments.common.json);
    let pass = installation.pass(&connection, &warehouse, source.client.clone(), tracker, cancel, Vec::new()).await?;
    let results = verify::run(&pass).await;
    drop(pass);
    let closed = source.budget.close().await;
    answering.cancel();
    server.ended().await;
    installation.store.clone().close().await;
    let results = results.map_err(|error| match error {
        SyncError::Warehouse(warehouse::Error::Broken { .. }) => anyhow::anyhow!(output::DAMAGED),
        other => sync::advised(other),
    })?;
    closed?;
    show(&results, arguments.common.json)
}

fn show(results: &[Verified], json: bool) -> anyhow::Result<ExitCode> {
    if json {
        output::json(&results)?;
    } else {
        output::line(&text(results))?;
    }
    let equal = results.iter().all(|result| result.is_equal() || result.refused);
    Ok(if equal && results.iter().any(Verified::is_equal) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn text(results: &[Verified]) -> String {
    let rows: Vec<Vec<String>> = results
        .iter()
        .map(|result| {
            let there = result.there.map_or_else(|| "-".to_owned(), grouped);
            let counts = [result.missing, result.stale, result.ghosts].map(grouped);
            [vec![result.entity.clone(), grouped(result.here), there], counts.to_vec()].concat()
        })
        .collect();
    let mut text = table(&["entity", "here", "there", "missing", "stale", "ghosts"], &[1, 2, 3, 4, 5], &rows);
    for result in results {
        if let Some(reason) = &result.reason {
            text.push_str(&format!("\n{}: not compared. {reason}", result.entity));
        }
        if !result.examples.is_empty() {
            text.push_str(&format!("\n{}: {}", result.entity, result.examples.join(", ")));
        }
    }
    let differing = results.iter().filter(|result| !result.is_equal() && result.there.is_some()).count();
    let compared = results.iter().filter(|result| result.there.is_some()).count();
    let others = match results.len() - compared {
        0 => String::new(),
        others => format!(" {others} entities could not be compared."),
    };
    text.push_str(&match differing {
        0 if compared == 0 => "\n\nNothing could be compared.".to_owned(),
        0 => format!("\n\nBoth sides are equal.{others}"),
        _ => format!("\n\n{differing} entities differ.{others} Next: haloscope sync, then haloscope sync --full"),
    });
    text
}
