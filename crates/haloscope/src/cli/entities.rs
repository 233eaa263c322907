//! `haloscope entities`: what becomes of every list of HaloPSA.

use std::process::ExitCode;

use clap::Args;
use halo_client::entities::{Listed, listed};
use serde::Serialize;

use super::{Common, output};

/// What to show.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Show the lists that are not copied too.
    #[arg(long)]
    all: bool,
}

#[derive(Serialize)]
struct Entry {
    path: &'static str,
    /// `copied`, `to_come` or `refused`.
    state: &'static str,
    table: Option<&'static str>,
    scope: Option<&'static str>,
    permission: Option<&'static str>,
    reason: Option<&'static str>,
}

/// Carries out the command.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let entries: Vec<Entry> = listed().iter().map(|(path, listed)| entry(path, listed)).collect();
    if arguments.common.json {
        output::json(&entries)?;
        return Ok(ExitCode::SUCCESS);
    }
    let shown = entries.iter().filter(|entry| arguments.all || entry.state == "copied");
    let rows: Vec<Vec<String>> = shown
        .map(|entry| {
            let what = entry.table.or(entry.reason).unwrap_or("Comes in a later version.");
            [entry.path, entry.state, what, entry.scope.unwrap_or_default()].map(str::to_owned).to_vec()
        })
        .collect();
    output::line(&output::table(&["list", "state", "table or reason", "scope needed"], &[], &rows))?;
    if !arguments.all {
        let others = entries.len() - rows.len();
        output::line(&format!("\n{others} lists of HaloPSA are not copied (yet): see `haloscope entities --all`."))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn entry(path: &'static str, listed: &Listed) -> Entry {
    let mut entry = Entry { path, state: "", table: None, scope: None, permission: None, reason: None };
    match listed {
        Listed::Copied(entity) => {
            (entry.state, entry.table) = ("copied", Some(entity.table));
            (entry.scope, entry.permission) = (Some(entity.right.scope), Some(entity.right.permission));
        }
        Listed::ToCome => entry.state = "to_come",
        Listed::Refused(refusal) => (entry.state, entry.reason) = ("refused", Some(refusal.reason())),
    }
    entry
}
