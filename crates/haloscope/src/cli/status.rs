//! `haloscope status`: how each entity stands, as the last finished pass left it.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use halo_client::entities::ENTITIES;
use serde::{Deserialize, Serialize};

use super::holder::Access;
use super::output::{grouped, table};
use super::{Common, output, progress};
use crate::background::board::{Doing, Live, Trouble};
use crate::control::{Event, Request};
use crate::store::{Connection, Store, StoreError};
use crate::sync::state::{EntityState, Facts, Standing};

/// Which connection.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Name of the connection; all when left out.
    #[arg(long)]
    connection: Option<String>,
}

/// How the installation stands.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Report {
    /// What the process that holds the folder does now; none when nobody does.
    pub(super) activity: Option<String>,
    /// Each connection.
    pub(super) connections: Vec<ConnectionReport>,
}

/// How one connection stands.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ConnectionReport {
    /// Its name.
    pub(super) name: String,
    /// Where its HaloPSA is.
    pub(super) resource_url: String,
    /// Schema of its tables.
    pub(super) schema: String,
    /// The agent as whom we read.
    pub(super) agent: Option<String>,
    /// What this agent's view leaves out; sentences.
    pub(super) restrictions: Vec<String>,
    /// Whether every entity that may be read is complete and proved.
    pub(super) complete: bool,
    /// The last run.
    pub(super) last_run: Option<LastRun>,
    /// What `haloscope serve` does with it at this moment; none when it does not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) live: Option<Live>,
    /// Each entity, in the order in which they are read.
    pub(super) entities: Vec<EntityReport>,
}

/// The last run.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LastRun {
    /// `sync` or `sync --full`.
    pub(super) kind: String,
    /// ISO 8601, UTC.
    pub(super) started_at: String,
    /// ISO 8601, UTC; none while it runs.
    pub(super) finished_at: Option<String>,
    /// How it ended.
    pub(super) outcome: Option<String>,
    /// Why it failed.
    pub(super) error: Option<String>,
}

/// How one entity stands.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct EntityReport {
    /// Its table.
    pub(super) entity: String,
    /// See [`EntityState`].
    #[serde(flatten)]
    pub(super) state: EntityState,
}

/// Carries out the command.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let wanted = arguments.connection;
    let report = match Access::existing(&arguments.common.place).await? {
        Access::Mine(installation) => {
            let report = report(&installation.store, wanted.as_deref(), None).await?;
            installation.store.clone().close().await;
            report
        }
        Access::Theirs(client) => {
            let mut answers = client.ask(&Request::Status { connection: wanted }).await?;
            let mut found = None;
            while let Some(event) = answers.next().await? {
                if let Event::Data(value) = event {
                    found = Some(serde_json::from_value(value).context("its holder answered in an unknown form")?);
                }
            }
            found.context("its holder gave no answer")?
        }
    };
    show(&report, arguments.common.json)
}

/// Reads how things stand from the store.
///
/// # Errors
/// Those of the store; an unknown connection.
pub(super) async fn report(store: &Store, wanted: Option<&str>, activity: Option<&str>) -> anyhow::Result<Report> {
    let connections = match wanted {
        Some(name) => vec![store.connection_get(Some(name)).await?],
        None => store.connection_list().await?,
    };
    if connections.is_empty() {
        return Err(StoreError::NoConnection.into());
    }
    let mut reports = Vec::with_capacity(connections.len());
    for connection in connections {
        reports.push(of_connection(store, connection).await?);
    }
    Ok(Report { activity: activity.map(str::to_owned), connections: reports })
}

async fn of_connection(store: &Store, connection: Connection) -> anyhow::Result<ConnectionReport> {
    let facts: Facts = store.facts_get(connection.id).await?.unwrap_or_default();
    let states = store.entity_state_list::<EntityState>(connection.id).await?;
    let entities: Vec<EntityReport> = ENTITIES
        .iter()
        .map(|entity| {
            let known = states.iter().find(|kept| kept.entity == entity.table);
            let state = known.map(|kept| kept.state.clone()).unwrap_or_default();
            EntityReport { entity: entity.table.to_owned(), state }
        })
        .collect();
    let last_run = store.run_list(connection.id, 1).await?.pop().map(|run| LastRun {
        kind: run.kind,
        started_at: iso(run.started_at),
        finished_at: run.finished_at.map(iso),
        error: run.summary.as_ref().and_then(|summary| Some(summary.get("error")?.as_str()?.to_owned())),
        outcome: run.outcome,
    });
    let good = |report: &EntityReport| report.state.standing.is_fine();
    let any = entities.iter().any(|report| report.state.standing == Standing::Complete);
    Ok(ConnectionReport {
        name: connection.settings.name,
        resource_url: connection.settings.resource_url,
        schema: connection.schema,
        agent: facts.agent,
        restrictions: facts.restrictions,
        complete: any && entities.iter().all(good),
        last_run,
        live: None,
        entities,
    })
}

pub(super) fn iso(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros)
        .map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        .unwrap_or_default()
}

/// Writes the report.
pub(super) fn show(report: &Report, as_json: bool) -> anyhow::Result<ExitCode> {
    if as_json {
        output::json(report)?;
    } else {
        for connection in &report.connections {
            output::line(&text(connection, report.activity.as_deref()))?;
        }
    }
    let complete = report.connections.iter().all(|connection| connection.complete);
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn text(connection: &ConnectionReport, activity: Option<&str>) -> String {
    let mut lines = vec![format!("{}  {}", connection.name, connection.resource_url)];
    if let Some(agent) = &connection.agent {
        lines.push(format!("Read as {agent}"));
    }
    match &connection.live {
        Some(live) => lines.extend(serving(live)),
        None => lines.extend(activity.map(|activity| format!("Now: another process {activity}"))),
    }
    lines.push(match &connection.last_run {
        None => "Never synchronised. Next: haloscope sync".to_owned(),
        Some(run) => match (&run.finished_at, &run.outcome) {
            (Some(at), Some(outcome)) => {
                let why = run.error.as_ref().map(|error| format!(" ({error})")).unwrap_or_default();
                format!("Last {}: {outcome}, {at}{why}", run.kind)
            }
            _ => format!("Last {}: started {}, not finished", run.kind, run.started_at),
        },
    });
    lines.push(String::new());
    lines.push(table_of(connection.entities.iter().map(|report| (report.entity.as_str(), &report.state))));
    for report in &connection.entities {
        let state = &report.state;
        if let Some(reason) = &state.reason {
            lines.push(format!("\n{}: {reason} {}", report.entity, state.remedy.as_deref().unwrap_or_default()));
        }
        if state.unlisted > 0 {
            lines.push(format!(
                "\n{}: {} records exist that HaloPSA leaves out of its list; they are kept.",
                report.entity, state.unlisted
            ));
        }
        for oddity in &state.odd_examples {
            lines.push(format!(
                "\n{}: the value {} of `{}` in record {} does not fit its column and is empty there; the raw record has it.",
                report.entity, oddity.value, oddity.column, oddity.record
            ));
        }
    }
    for restriction in &connection.restrictions {
        lines.push(format!("\nRestricted view: {restriction}"));
    }
    lines.join("\n")
}

/// What `haloscope serve` does, in words.
fn serving(live: &Live) -> Vec<String> {
    let progress = live.progress.as_ref();
    let details = progress.map(|progress| {
        let rows = if progress.entity.is_empty() { "begins".to_owned() } else { progress::rows(progress) };
        let until = progress.wait_until_ms.map(|until| iso(until.saturating_mul(1000)));
        let wait = until.map(|until| format!(", waits until {until} for the request limit")).unwrap_or_default();
        format!(": {} {rows}{wait}", progress.entity).replace(":  ", ": ")
    });
    let details = details.unwrap_or_default();
    let mut lines = vec![match live.doing {
        Doing::Synchronises => format!("Now: haloscope serve synchronises{details}"),
        Doing::ReadsAll => format!("Now: haloscope serve reads every row again{details}"),
        Doing::Verifies => format!("Now: haloscope serve verifies{details}"),
        Doing::Waits => match live.next_at_ms {
            Some(at) => format!("Now: haloscope serve waits; next pass at {}", iso(at.saturating_mul(1000))),
            None => "Now: haloscope serve begins a pass".to_owned(),
        },
    }];
    if let Some(finish) = progress.and_then(|progress| progress.finish) {
        let percent = (finish.fraction * 100.0).floor();
        lines.push(format!("First reading: {percent} %, finished about {}", iso(finish.end_ms.saturating_mul(1000))));
    }
    if let Some(trouble) = &live.trouble {
        let Trouble { error, advice, since_ms, failures } = trouble;
        let since = iso(since_ms.saturating_mul(1000));
        let error = error.trim_end_matches('.');
        lines.push(format!("FAILS since {since} ({failures} passes): {error}. {advice}"));
    }
    lines
}

/// Rows here against rows there, for each entity.
pub(super) fn table_of<'a>(states: impl Iterator<Item = (&'a str, &'a EntityState)>) -> String {
    let rows: Vec<Vec<String>> = states
        .map(|(name, state)| {
            vec![
                name.to_owned(),
                word(state.standing).to_owned(),
                grouped(state.here),
                state.there.map_or_else(|| "-".to_owned(), grouped),
                number(state.missing),
                number(state.ghosts),
                number(state.oddities),
            ]
        })
        .collect();
    table(&["entity", "standing", "here", "there", "missing", "left over", "odd values"], &[2, 3, 4, 5, 6], &rows)
}

fn number(count: u64) -> String {
    if count == 0 { "-".to_owned() } else { grouped(count) }
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Complete => "complete",
        Standing::Incomplete => "INCOMPLETE",
        Standing::Refused => "refused",
        Standing::Braked => "BRAKED",
        Standing::Failed => "FAILED",
        Standing::Partial => "partial",
        Standing::LeftOut => "left out",
        Standing::NotRead => "not read yet",
    }
}
