//! `haloscope verify`: compares every row of both sides without changing anything.

use std::process::ExitCode;

use clap::Args;
use warehouse::Warehouse as _;

use super::holder::{Access, Holder};
use super::output::{grouped, table};
use super::{Common, output, progress, stop};
use crate::control::Request;
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
    let request = Request::Verify { connection: arguments.connection.clone() };
    let installation = Access::hold(&arguments.common.data, request).await?;
    let connection = installation.store.connection_get(arguments.connection.as_deref()).await?;
    let cancel = stop::on_signal();
    let file = installation.warehouse().await?.file;
    let answering = cancel.child_token();
    let server = Holder::serve(&installation, Some(file.clone()), "verifies", &answering)?;
    let source = installation.source(&connection, file.highest_tick()? + 1).await?;
    let reporter = progress::reporter(&source.budget, arguments.common.json);
    let pass = installation.pass(&connection, &file, source.client.clone(), reporter, cancel, Vec::new()).await?;
    let results = verify::run(&pass).await;
    drop(pass);
    source.budget.close().await?;
    answering.cancel();
    server.ended().await;
    installation.store.clone().close().await;
    let results = results?;
    if arguments.common.json {
        output::json(&results)?;
    } else {
        output::line(&text(&results))?;
    }
    let equal = results.iter().all(|result| result.is_equal() || result.there.is_none());
    Ok(if equal { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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
    text.push_str(&match differing {
        0 => "\n\nBoth sides are equal.".to_owned(),
        _ => format!("\n\n{differing} entities differ. Next: haloscope sync"),
    });
    text
}
