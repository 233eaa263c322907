//! `haloscope connect`: tests a connection step by step and keeps it.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use halo_client::{Lane, ListCall, Url};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::holder::Access;
use super::{Common, output};
use crate::connecting::keep::{self, NotKept};
use crate::control::Request;
use crate::installation::Installation;
use crate::secret::client_secret_context;
use crate::store::{Connection, ConnectionSettings};

/// Name of the environment variable that may hold the client secret.
const SECRET_VARIABLE: &str = "HALOSCOPE_CLIENT_SECRET";

/// The five values stand in HaloPSA under Configuration > Integrations > Halo API.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Resource Server, ending in /api.
    #[arg(long, value_name = "URL")]
    resource_url: String,
    /// Authorisation Server, ending in /auth; found out when left out.
    #[arg(long, value_name = "URL")]
    auth_url: Option<String>,
    /// Tenant; found out when left out together with the Auth URL.
    #[arg(long)]
    tenant: Option<String>,
    /// Client ID of the API application.
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// File with the client secret [else: the variable HALOSCOPE_CLIENT_SECRET, or a prompt].
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// Name of the connection; an existing one of that name gets the new values.
    #[arg(long, default_value = "halo")]
    name: String,
    /// Allow a HaloPSA in your own network, and plain http.
    #[arg(long)]
    allow_private_address: bool,
    /// Requests HaloPSA accepts in any window.
    #[arg(long, default_value_t = 450, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    limit: u32,
    /// Length of that window.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    window_seconds: u32,
    /// Share of the limit that is kept free for other integrations.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=99))]
    reserve_percent: u32,
}

#[derive(Serialize)]
struct Report {
    name: String,
    agent: Option<String>,
    tickets: Option<u64>,
}

/// Carries out the command.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let secret = secret(&arguments)?;
    let installation =
        Access::to(&arguments.common.place).await?.hold(&arguments.common.place.data, Request::Yield).await?;
    let allow = arguments.allow_private_address;
    let (auth_url, tenant, resource_url) = addresses(&arguments, allow).await?;
    let context = client_secret_context(auth_url.as_str(), resource_url.as_str(), &arguments.client_id);
    let settings = ConnectionSettings {
        name: arguments.name.clone(),
        auth_url: auth_url.to_string(),
        resource_url: resource_url.to_string(),
        tenant,
        client_id: arguments.client_id.clone(),
        sealed_secret: installation.vault.seal(&context, &secret)?,
        allow_private_address: allow,
        request_limit: arguments.limit,
        window_seconds: arguments.window_seconds,
        reserve_percent: arguments.reserve_percent,
    };
    let report = test(&installation, &settings).await?;
    keep(&installation, &settings).await?;
    installation.store.clone().close().await;
    if arguments.common.json {
        output::json(&report)?;
    } else {
        output::line(&format!("Connected as `{}`. Next: haloscope sync", report.name))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn step(name: &str, found: &str) {
    eprintln!("  ok  {name}: {found}");
}

fn secret(arguments: &Arguments) -> anyhow::Result<SecretString> {
    let text = if let Some(path) = &arguments.client_secret_file {
        std::fs::read_to_string(path).with_context(|| format!("the secret file `{}` cannot be read", path.display()))?
    } else if let Ok(text) = std::env::var(SECRET_VARIABLE) {
        text
    } else if std::io::stdin().is_terminal() {
        prompt()?
    } else {
        bail!("the client secret is missing: name a file with --client-secret-file or set {SECRET_VARIABLE}")
    };
    let text = text.trim();
    if text.is_empty() {
        bail!("the client secret is empty: copy it from HaloPSA again, it is shown only once");
    }
    Ok(SecretString::from(text))
}

/// Reads a line without showing it.
fn prompt() -> anyhow::Result<String> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    eprint!("Client Secret: ");
    let stdin = std::io::stdin();
    let before = tcgetattr(&stdin).context("the terminal cannot be asked")?;
    let mut hidden = before.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Flush, &hidden).context("the terminal cannot hide what is typed")?;
    let mut text = String::new();
    let read = stdin.lock().read_line(&mut text);
    tcsetattr(&stdin, OptionalActions::Flush, &before).context("the terminal cannot show again what is typed")?;
    eprintln!();
    read.context("the secret could not be read")?;
    Ok(text)
}

/// What was given, completed by what HaloPSA says about signing in.
async fn addresses(arguments: &Arguments, allow: bool) -> anyhow::Result<(Url, Option<String>, Url)> {
    let resource_url = halo_client::parse_url(&arguments.resource_url, "Resource URL", allow)
        .with_context(|| failed("Resource URL"))?;
    if let Some(auth_url) = &arguments.auth_url {
        let auth_url = halo_client::parse_url(auth_url, "Auth URL", allow).with_context(|| failed("Auth URL"))?;
        return Ok((auth_url, arguments.tenant.clone(), resource_url));
    }
    let found = halo_client::discover(&resource_url, allow)
        .await
        .map_err(advised)
        .with_context(|| failed("Find the Auth URL"))?;
    step("Find the Auth URL", found.auth_url.as_str());
    Ok((found.auth_url, arguments.tenant.clone().or(found.tenant), found.resource_url))
}

fn failed(step: &str) -> String {
    format!("the step \"{step}\" failed, nothing was saved")
}

/// The error with what to do about it.
fn advised(error: halo_client::HaloError) -> anyhow::Error {
    let advice = error.advice().into_owned();
    output::advised(&error.into(), &advice)
}

/// Signs in and reads a little, naming each step.
async fn test(installation: &Installation, settings: &ConnectionSettings) -> anyhow::Result<Report> {
    let connection = Connection {
        id: crate::store::ConnectionId(0),
        schema: String::new(),
        created_at: 0,
        settings: settings.clone(),
    };
    let source = installation.source(&connection, 1).await.with_context(|| failed("Check the addresses"))?;
    // A person waits: what is wrong is told at once.
    let client = source.client.without_retries();
    client.sign_in().await.map_err(advised).with_context(|| failed("Sign in"))?;
    step("Sign in", &format!("client {}", settings.client_id));

    let me = client.agent_me(Lane::Person).await.map_err(advised).with_context(|| failed("Ask for the agent"))?;
    let agent = me.record.and_then(|record| serde_json::from_str::<Agent>(record.get()).ok()).map(|agent| agent.name);
    step("Ask for the agent", agent.as_deref().unwrap_or("HaloPSA does not tell its name"));

    let params: Vec<(&str, std::borrow::Cow<'_, str>)> =
        [("domain", "reqs"), ("pageinate", "true"), ("page_size", "1"), ("page_no", "1")]
            .map(|(name, value)| (name, value.into()))
            .to_vec();
    let call = ListCall { path: "Tickets", key: "tickets", params: &params, max_bytes: None };
    let tickets = match client.list(Lane::Person, &call).await {
        Ok(page) => page.record_count,
        // The rest may still be worth having: `status` says what to grant.
        Err(error @ (halo_client::HaloError::Forbidden { .. } | halo_client::HaloError::Unauthorized { .. })) => {
            eprintln!("  !!  Read tickets: {error}. {}", error.advice());
            None
        }
        Err(error) => return Err(advised(error)).with_context(|| failed("Read tickets")),
    };
    if let Some(count) = tickets {
        step("Read tickets", &format!("{} are visible", output::grouped(count)));
        if count == 0 {
            eprintln!(
                "  !!  The agent sees no ticket: make it a member of every team and let it view other agents' tickets."
            );
        }
    }
    source.budget.close().await?;
    Ok(Report { name: settings.name.clone(), agent, tickets })
}

#[derive(Deserialize)]
struct Agent {
    name: String,
}

/// Adds the connection, or gives an existing one of that name the new values.
async fn keep(installation: &Installation, settings: &ConnectionSettings) -> anyhow::Result<()> {
    match keep::add_or_change(installation, settings).await {
        Err(error @ NotKept::OtherSystem { .. }) => bail!("{error} with --name, nothing was saved"),
        other => Ok(other.map(drop)?),
    }
}
