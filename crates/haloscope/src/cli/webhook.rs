//! `haloscope webhook`: the address that HaloPSA posts to, and what arrived there.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use halo_client::Client;
use serde::{Deserialize, Serialize};

use super::Common;
use super::holder::Access;
use super::output;
use super::status::iso;
use super::through::STRANGE;
use super::webhook_status;
use crate::control::{Event, Request, WebhookAsk};
use crate::installation::Installation;
use crate::store::{Connection, Logged, Wanted};
use crate::webhooks::address::{self, Address};
use crate::webhooks::events;
use crate::webhooks::gate;
use crate::webhooks::guard::{Basic, Guard, Signature};
use crate::webhooks::knock::{self, Knocked};
use crate::webhooks::setup::{self, Made};
use crate::webhooks::status::{self, Example, WebhookStatus};

/// Name of the environment variable that holds a password or key.
const SECRET_VARIABLE: &str = "HALOSCOPE_WEBHOOK_SECRET";

/// An answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    /// The address that HaloPSA posts to.
    Url(Address),
    /// The webhook in HaloPSA is as it should be.
    Created(Made),
    /// What a test came to.
    Tested(Knocked),
    /// What posts must carry from now on.
    Protected {
        /// Name and password.
        basic: bool,
        /// A signature.
        signature: bool,
    },
    /// How webhooks stand.
    Status(Box<WebhookStatus>),
    /// Records whose last change no delivery told of, the latest first.
    Unannounced(Vec<Example>),
    /// Deliveries, the newest first.
    Log(Vec<Logged>),
    /// So many are followed again.
    Replay {
        /// How many.
        deliveries: u64,
    },
}

/// Deliveries or records that go over the socket together.
const AT_ONCE: usize = 100;

impl Answer {
    /// The same in parts that are small enough for the socket.
    pub(super) fn parts(self) -> Vec<Self> {
        match self {
            Self::Log(logged) if !logged.is_empty() => {
                logged.chunks(AT_ONCE).map(|some| Self::Log(some.to_vec())).collect()
            }
            Self::Unannounced(records) if !records.is_empty() => {
                records.chunks(AT_ONCE).map(|some| Self::Unannounced(some.to_vec())).collect()
            }
            whole => vec![whole],
        }
    }

    /// Adds the next part.
    fn join(self, next: Self) -> Self {
        match (self, next) {
            (Self::Log(mut logged), Self::Log(more)) => {
                logged.extend(more);
                Self::Log(logged)
            }
            (Self::Unannounced(mut records), Self::Unannounced(more)) => {
                records.extend(more);
                Self::Unannounced(records)
            }
            (_, next) => next,
        }
    }
}

/// What is asked.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Show whether webhooks tell of all that happens, and why something is missing.
    Status(Which),
    /// List the records whose last change no delivery told of, the latest first.
    Unannounced(Which),
    /// Show the address that is entered in HaloPSA as Payload URL.
    Url(Which),
    /// Make the webhook with its eleven events in HaloPSA, or mend the one that is there. Needs an administrator's rights there.
    Create(Which),
    /// Post a test to the callback URL and see whether it comes in.
    Test(Which),
    /// Make another address. The old one is accepted for an hour more.
    Rotate(Which),
    /// Say what posts must carry beside the secret in their address.
    Protect(ProtectArguments),
    /// Show what arrived, the newest first.
    Log(LogArguments),
    /// Follow a delivery again; without a number all that failed.
    Replay(ReplayArguments),
}

#[derive(Args)]
struct Which {
    #[command(flatten)]
    common: Common,
    /// Name of the connection; may be left out where there is only one.
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
}

#[derive(Args)]
struct ProtectArguments {
    #[command(flatten)]
    which: Which,
    /// Basic authentication with this name; the password is taken from HALOSCOPE_WEBHOOK_SECRET.
    #[arg(long, value_name = "NAME", group = "kind")]
    basic: Option<String>,
    /// A signature (HMAC-SHA256, base64) in this header; the key is taken from HALOSCOPE_WEBHOOK_SECRET.
    #[arg(long, value_name = "HEADER", group = "kind")]
    signature: Option<String>,
    /// What stands before the signature.
    #[arg(long, value_name = "TEXT", default_value = "", requires = "signature")]
    prefix: String,
    /// Nothing more than the address.
    #[arg(long, group = "kind")]
    none: bool,
}

impl ProtectArguments {
    fn guard(&self) -> anyhow::Result<Guard> {
        let secret = || {
            let secret = std::env::var(SECRET_VARIABLE).ok().filter(|secret| !secret.is_empty());
            secret.with_context(|| format!("set {SECRET_VARIABLE} to the password or key that is entered in HaloPSA"))
        };
        let basic = self.basic.clone().map(|user| anyhow::Ok(Basic { user, password: secret()? })).transpose()?;
        let signature = self.signature.clone().map(|header| {
            let valid = header.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
            anyhow::ensure!(valid && !header.is_empty(), "`{header}` is no name of a header");
            Ok(Signature { header, secret: secret()?, prefix: self.prefix.clone() })
        });
        let guard = Guard { basic, signature: signature.transpose()? };
        anyhow::ensure!(
            self.none || guard != Guard::default(),
            "say what posts must carry: --basic, --signature or --none"
        );
        Ok(guard)
    }
}

#[derive(Args)]
struct LogArguments {
    #[command(flatten)]
    which: Which,
    /// Only this delivery, with its headers and body.
    #[arg(value_name = "NUMBER")]
    number: Option<i64>,
    /// Only this one of the eleven events.
    #[arg(long)]
    event: Option<String>,
    /// Only deliveries that stand so.
    #[arg(long, value_enum)]
    state: Option<State>,
    /// Only deliveries about the record with this id.
    #[arg(long, value_name = "ID")]
    record: Option<i64>,
    /// How many at most.
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

#[derive(Args)]
struct ReplayArguments {
    #[command(flatten)]
    which: Which,
    /// Number of the delivery, as `log` shows it.
    #[arg(value_name = "NUMBER")]
    number: Option<i64>,
}

/// How a delivery stands.
#[derive(Clone, Copy, ValueEnum)]
enum State {
    /// It is not followed yet.
    Waiting,
    /// It was followed.
    Settled,
    /// It could not be followed; a person has to look.
    Dead,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Settled => "settled",
            Self::Dead => "dead",
        }
    }
}

/// Carries out the command.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let (which, ask) = match arguments.what {
        What::Status(which) => (which, WebhookAsk::Status),
        What::Unannounced(which) => (which, WebhookAsk::Unannounced),
        What::Url(which) => (which, WebhookAsk::Url),
        What::Create(which) => (which, WebhookAsk::Create),
        What::Test(which) => (which, WebhookAsk::Test),
        What::Rotate(which) => (which, WebhookAsk::Rotate),
        What::Protect(arguments) => {
            let guard = arguments.guard()?;
            (arguments.which, WebhookAsk::Protect { guard })
        }
        What::Log(LogArguments { which, number, event, state, record, limit }) => {
            let state = state.map(|state| state.as_str().to_owned());
            let event = event.map(|words| events::find(&words).map_or(words, |event| event.name.to_owned()));
            (which, WebhookAsk::Log { wanted: Wanted { number, event, state, record, limit, ..Wanted::default() } })
        }
        What::Replay(ReplayArguments { which, number }) => (which, WebhookAsk::Replay { number }),
    };
    let answer = answer(&which, &ask).await?;
    if which.common.json {
        output::json(&answer)?;
    } else {
        show(&ask, &answer)?;
    }
    let failed = matches!(answer, Answer::Tested(Knocked { reached: false, .. }));
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn answer(which: &Which, ask: &WebhookAsk) -> anyhow::Result<Answer> {
    match Access::existing(&which.common.place).await? {
        Access::Mine(installation) => {
            let connection = installation.store.connection_get(which.connection.as_deref()).await?;
            // Nobody else uses its budget now.
            let source = match ask {
                WebhookAsk::Create => Some(installation.source(&connection, 1).await?),
                _ => None,
            };
            let client = source.as_ref().map(|source| &source.client);
            let answer = carry_out(&installation, &connection, client, ask).await;
            if let Some(source) = source {
                source.budget.close().await.context("the budget could not be settled")?;
            }
            let answer = answer?;
            installation.store.clone().close().await;
            Ok(answer)
        }
        Access::Theirs(client) => {
            let request = Request::Webhook { connection: which.connection.clone(), ask: ask.clone() };
            let mut answers = client.ask(&request).await?;
            let mut found: Option<Answer> = None;
            while let Some(event) = answers.next().await? {
                let Event::Data(value) = event else { continue };
                let part = serde_json::from_value(value).context(STRANGE)?;
                found = Some(match found {
                    Some(before) => before.join(part),
                    None => part,
                });
            }
            found.context(STRANGE)
        }
    }
}

/// Does what is asked, in the process that holds the folder. `client`: the way to HaloPSA, where it may be asked.
///
/// # Errors
/// When it could not be done; with what to do about it.
pub(super) async fn carry_out(
    installation: &Installation,
    connection: &Connection,
    client: Option<&Client>,
    ask: &WebhookAsk,
) -> anyhow::Result<Answer> {
    let store = &installation.store;
    Ok(match ask {
        WebhookAsk::Status => Answer::Status(Box::new(status::of(installation, connection).await?)),
        WebhookAsk::Unannounced => Answer::Unannounced(status::unannounced(installation, connection).await?),
        WebhookAsk::Url => Answer::Url(address::of(installation, connection, false).await?),
        WebhookAsk::Create => {
            let client = client.context("HaloPSA cannot be asked now")?;
            let made = setup::create(installation, connection, client).await;
            Answer::Created(made.map_err(|error| {
                let advice = error.advice();
                output::advised(&error.into(), &advice)
            })?)
        }
        WebhookAsk::Test => Answer::Tested(knock::knock(installation, connection).await?),
        WebhookAsk::Rotate => Answer::Url(address::of(installation, connection, true).await?),
        WebhookAsk::Protect { guard } => {
            gate::protect(installation, connection, guard).await?;
            Answer::Protected { basic: guard.basic.is_some(), signature: guard.signature.is_some() }
        }
        WebhookAsk::Log { wanted } => Answer::Log(store.deliveries_log(connection.id, wanted).await?),
        WebhookAsk::Replay { number } => {
            Answer::Replay { deliveries: store.deliveries_replay(connection.id, *number).await? }
        }
    })
}

fn show(ask: &WebhookAsk, answer: &Answer) -> anyhow::Result<()> {
    match answer {
        Answer::Url(Address { callback_url, old_ends_at }) => {
            output::line(callback_url)?;
            if let Some(end) = old_ends_at {
                output::line(&format!("The address before is accepted until {}.", iso(*end)))?;
            }
            Ok(())
        }
        Answer::Created(made) => created(made),
        Answer::Tested(Knocked { sentence, .. }) => output::line(sentence),
        Answer::Status(status) => output::line(&webhook_status::text(status)),
        Answer::Unannounced(records) if records.is_empty() => {
            output::line("Of all that was read in the last 7 days, a delivery told.")
        }
        Answer::Unannounced(records) => {
            records.iter().try_for_each(|record| output::line(&webhook_status::unannounced(record)))
        }
        Answer::Protected { basic, signature } => output::line(match (basic, signature) {
            (true, _) => "Posts need the name and the password from now on: enter them in HaloPSA.",
            (_, true) => "Posts need the signature from now on: enter the key in HaloPSA.",
            _ => "Posts need nothing but the address.",
        }),
        Answer::Log(logged) if logged.is_empty() => output::line("No delivery."),
        Answer::Log(logged) => {
            let detailed = matches!(ask, WebhookAsk::Log { wanted: Wanted { number: Some(_), .. } });
            logged.iter().try_for_each(|delivery| output::line(&text(delivery, detailed)))
        }
        Answer::Replay { deliveries: 0 } => output::line("There is nothing to follow again."),
        Answer::Replay { deliveries } => {
            output::line(&format!("{deliveries} deliveries are followed again while `haloscope serve` runs."))
        }
    }
}

fn created(made: &Made) -> anyhow::Result<()> {
    let Made { name, created, mended, added, by_hand, .. } = made;
    let nothing = !created && mended.is_empty() && added.is_empty();
    output::line(&match (created, nothing) {
        (true, _) => format!("The webhook `{name}` was made in HaloPSA."),
        (false, true) => format!("The webhook `{name}` is in HaloPSA already, and as it should be."),
        (false, false) => format!("The webhook `{name}` was mended in HaloPSA."),
    })?;
    mended.iter().try_for_each(|what| output::line(&format!("Mended: {what}")))?;
    if !added.is_empty() {
        output::line(&format!("Events added: {}", added.join(", ")))?;
    }
    if !by_hand.is_empty() {
        output::line(&format!("Add by hand, HaloPSA does not list them under these names: {}", by_hand.join(", ")))?;
    }
    output::line("Next: haloscope webhook test")
}

fn text(delivery: &Logged, detailed: bool) -> String {
    let event = delivery.event.as_deref().or(delivery.words.as_deref()).unwrap_or("no event");
    let record = delivery.record.map(|record| format!(" #{record}")).unwrap_or_default();
    let outcome = delivery.outcome.as_deref().map(outcome).unwrap_or_default();
    let again = if delivery.repeats > 0 { format!(", came {} times", delivery.repeats + 1) } else { String::new() };
    let line = format!(
        "{:>6}  {}  {event}{record}  {}{outcome}{again}",
        delivery.number,
        iso(delivery.arrived_at),
        delivery.state
    );
    if detailed {
        format!(
            "{line}\nfrom {}\n{}\n{}",
            delivery.source,
            delivery.headers,
            delivery.body.as_deref().unwrap_or_default()
        )
    } else {
        line
    }
}

/// What was done, in words.
fn outcome(json: &str) -> String {
    let outcome: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    match (outcome["did"].as_str(), outcome["why"].as_str()) {
        (_, Some(why)) => format!(": {why}"),
        (Some(did), None) => format!(": {did}"),
        _ => String::new(),
    }
}
