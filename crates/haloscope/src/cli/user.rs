//! `haloscope user`: lets people in who cannot let themselves in.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

use super::holder::Access;
use super::status::iso;
use super::through::STRANGE;
use super::{Common, output};
use crate::accounts::links::{self, Purpose};
use crate::control::{Event, Request};
use crate::installation::Installation;
use crate::store::NewAuditEntry;
use crate::webhooks::address;

/// What is asked.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Print a link by which somebody sets another password; where there is nobody yet, one that makes the first administrator.
    Link(LinkArguments),
}

#[derive(Args)]
struct LinkArguments {
    #[command(flatten)]
    common: Common,
    /// What the person signs in with; may be left out where there is only one, or nobody.
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// A link for somebody.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Made {
    url: String,
    /// Microseconds UTC.
    ends_at: i64,
}

/// Carries out the command.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let What::Link(LinkArguments { common, name }) = arguments.what;
    let made = match Access::existing(&common.place).await? {
        Access::Mine(installation) => {
            let made = link(&installation, name.as_deref()).await?;
            installation.store.clone().close().await;
            made
        }
        Access::Theirs(client) => {
            let mut answers = client.ask(&Request::UserLink { name }).await?;
            let mut found = None;
            while let Some(event) = answers.next().await? {
                if let Event::Data(value) = event {
                    found = Some(serde_json::from_value(value).context(STRANGE)?);
                }
            }
            found.context(STRANGE)?
        }
    };
    if common.json {
        output::json(&made)?;
    } else {
        output::line(&format!("{}\nIt can be used once, until {}.", made.url, iso(made.ends_at)))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes a link for somebody, in the process that holds the folder.
pub(super) async fn link(installation: &Installation, name: Option<&str>) -> anyhow::Result<Made> {
    let store = &installation.store;
    let users = store.user_list().await?;
    let user = match name.map(|name| name.trim().to_lowercase()) {
        None if users.len() < 2 => users.first(),
        None => {
            let names: Vec<&str> = users.iter().map(|user| user.name.as_str()).collect();
            anyhow::bail!("there are several people, name one of them: {}", names.join(", "));
        }
        Some(name) => {
            let found = users.iter().find(|user| user.name == name);
            Some(found.with_context(|| format!("nobody signs in as `{name}`"))?)
        }
    };
    if let Some(disabled) = user.filter(|user| user.disabled_at.is_some()) {
        anyhow::bail!("`{}` was disabled by an administrator, who can enable the account again", disabled.name);
    }
    let purpose = if user.is_some() { Purpose::Password } else { Purpose::FirstRun };
    let made = links::make(store, purpose, user.map(|user| user.id), installation.clock.now_micros()).await?;
    let note = NewAuditEntry {
        actor: "command line",
        action: "user_link",
        subject: user.map_or("the first administrator", |user| user.name.as_str()),
        detail: None,
        address: "this machine",
    };
    store.audit_add(&note, installation.clock.now_micros()).await?;
    let base = address::base(installation).await?;
    Ok(Made { url: format!("{base}{}", made.path), ends_at: made.ends_at })
}
