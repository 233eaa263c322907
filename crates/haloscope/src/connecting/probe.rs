//! Tries a connection step by step, and says of each step what happened, why, and what to do.

use std::borrow::Cow;

use halo_client::entities::{Entity, find};
use halo_client::{Client, HaloError, Lane, ListCall};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::ConnectionSettings;
use crate::text::{capital, sentence};
use crate::webhooks::events::EVENTS;

/// Kinds of records that are tried: those that all else hangs on.
const TRIED: [&str; 6] = ["tickets", "clients", "sites", "users", "invoices", "agents"];

/// A step of the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Reach the Auth URL.
    ReachAuth,
    /// Get a token there.
    SignIn,
    /// Reach the Resource URL.
    ReachResource,
    /// Read each kind of record.
    ReadRecords,
    /// See how fast it may be asked.
    RequestLimit,
}

/// All steps, in their order, as they are called.
const STEPS: [(Step, &str); 5] = [
    (Step::ReachAuth, "Reach the Auth URL"),
    (Step::SignIn, "Sign in"),
    (Step::ReachResource, "Reach the Resource URL"),
    (Step::ReadRecords, "Read each kind of record"),
    (Step::RequestLimit, "Requests allowed"),
];

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Well.
    Ok,
    /// Well enough to go on; something should be mended.
    Warning,
    /// Not.
    Failed,
    /// It was not tried, as one before it failed.
    Skipped,
}

/// A step that was tried, or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TestStep {
    /// Which.
    pub step: Step,
    /// As it is called.
    pub title: String,
    /// How it went.
    pub state: StepState,
    /// What happened and why.
    pub sentence: String,
    /// What to do.
    pub advice: Option<String>,
    /// Field of the form that is to be changed.
    pub field: Option<String>,
    /// Each kind of record, where they were read.
    pub records: Option<Vec<RecordCheck>>,
}

/// Whether one kind of record can be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordCheck {
    /// Its table.
    pub table: String,
    /// As people call it.
    pub title: String,
    /// How it went.
    pub state: StepState,
    /// How many are visible; none where HaloPSA did not say.
    pub count: Option<u64>,
    /// What happened and why.
    pub sentence: String,
    /// What to do.
    pub advice: Option<String>,
}

/// What a test came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TestResult {
    /// The connection can be kept.
    pub ok: bool,
    /// The steps, in their order.
    pub steps: Vec<TestStep>,
    /// Name of the agent as whom we read.
    pub agent: Option<String>,
}

impl TestResult {
    /// Steps that ask for something to be mended.
    pub fn warnings(&self) -> Vec<TestStep> {
        self.steps.iter().filter(|step| step.state == StepState::Warning).cloned().collect()
    }

    /// Steps that were not tried.
    fn skip(&mut self) {
        for (step, title) in &STEPS[self.steps.len()..] {
            let sentence = "Not tried, as an earlier step failed.".to_owned();
            self.steps.push(made(*step, title, StepState::Skipped, sentence));
        }
    }

    fn add(&mut self, step: Step, state: StepState, sentence: String) -> &mut TestStep {
        let (_, title) = STEPS.iter().find(|(known, _)| *known == step).expect("each step has a row");
        self.steps.push(made(step, title, state, sentence));
        self.steps.last_mut().expect("it was just added")
    }

    fn fail(&mut self, step: Step, trouble: Trouble) {
        let failed = self.add(step, StepState::Failed, trouble.sentence);
        (failed.advice, failed.field) = (Some(trouble.advice), trouble.field.map(str::to_owned));
    }
}

fn made(step: Step, title: &str, state: StepState, sentence: String) -> TestStep {
    TestStep { step, title: title.to_owned(), state, sentence, advice: None, field: None, records: None }
}

#[derive(Deserialize)]
struct Me {
    name: String,
}

/// Why a step failed.
struct Trouble {
    sentence: String,
    advice: String,
    field: Option<&'static str>,
}

/// Tries a connection. `client` is the way to it; `settings` are what was entered.
pub async fn run(client: &Client, settings: &ConnectionSettings) -> TestResult {
    // A person waits: what is wrong is told at once.
    let client = client.without_retries();
    let mut result = TestResult { ok: false, steps: Vec::new(), agent: None };
    let reached = match sign_in(&client, settings, &mut result).await {
        true => reach_resource(&client, settings, &mut result).await,
        false => None,
    };
    let Some(slowed) = reached else {
        result.skip();
        return result;
    };
    let slowed = read_records(&client, slowed, &mut result).await;
    request_limit(&client, settings, slowed, &mut result);
    result.ok = true;
    result
}

async fn sign_in(client: &Client, settings: &ConnectionSettings, result: &mut TestResult) -> bool {
    let host = host(&settings.auth_url);
    let error = match client.sign_in().await {
        Ok(()) => {
            result.add(Step::ReachAuth, StepState::Ok, format!("{host} answers."));
            result.add(Step::SignIn, StepState::Ok, "HaloPSA accepts Client ID and Client Secret.".to_owned());
            return true;
        }
        Err(error) => error,
    };
    if is_of_the_way(&error) {
        result.fail(Step::ReachAuth, of_the_way(&error, "Auth URL", "auth_url"));
    } else {
        result.add(Step::ReachAuth, StepState::Ok, format!("{host} answers."));
        result.fail(Step::SignIn, of_sign_in(&error, settings));
    }
    false
}

/// Answers none where it cannot be gone on, else whether HaloPSA asked to slow down.
async fn reach_resource(client: &Client, settings: &ConnectionSettings, result: &mut TestResult) -> Option<bool> {
    let mut slowed = false;
    match client.agent_me(Lane::Person).await {
        Ok(single) => {
            let me = single.record.and_then(|record| serde_json::from_str::<Me>(record.get()).ok());
            result.agent = me.map(|me| me.name);
        }
        // It answers; which records it gives is another step.
        Err(HaloError::Forbidden { .. } | HaloError::Unauthorized { .. }) => {}
        Err(HaloError::RateLimited { .. }) => slowed = true,
        Err(error) => {
            result.fail(Step::ReachResource, of_the_way(&error, "Resource URL", "resource_url"));
            return None;
        }
    }
    let agent = result.agent.as_ref().map(|agent| format!(" We read as the agent {agent}.")).unwrap_or_default();
    let sentence = format!("{} answers.{agent}", host(&settings.resource_url));
    result.add(Step::ReachResource, StepState::Ok, sentence);
    Some(slowed)
}

/// Reads one row of each kind, until HaloPSA asks to slow down: a person does not wait for that. Answers whether it did.
async fn read_records(client: &Client, mut slowed: bool, result: &mut TestResult) -> bool {
    let agent = result.agent.clone().unwrap_or_else(|| "the agent".to_owned());
    let mut records = Vec::new();
    for table in TRIED {
        let entity = find(table).expect("it is one of the entities");
        if slowed {
            records.push(RecordCheck {
                table: table.to_owned(),
                title: title(table),
                state: StepState::Skipped,
                count: None,
                sentence: "Not asked, as HaloPSA asked us to slow down.".to_owned(),
                advice: None,
            });
            continue;
        }
        let found = count(client, entity).await;
        slowed |= matches!(found, Err(HaloError::RateLimited { .. }));
        records.push(record(entity, found, &agent));
    }
    let good = records.iter().filter(|record| record.state == StepState::Ok).count();
    let all_good = good == records.len();
    let state = if all_good { StepState::Ok } else { StepState::Warning };
    let sentence = match (all_good, good) {
        (true, _) => format!("All {good} kinds that were tried can be read."),
        (false, _) => format!(
            "{good} of {} kinds that were tried can be read. You can save now and add the rest later.",
            records.len()
        ),
    };
    result.add(Step::ReadRecords, state, sentence).records = Some(records);
    slowed
}

async fn count(client: &Client, entity: &Entity) -> Result<Option<u64>, HaloError> {
    let page = [("pageinate", "true"), ("page_size", "1"), ("page_no", "1")];
    let domain = (entity.table == "tickets").then_some(("domain", "reqs"));
    let params: Vec<(&str, Cow<'_, str>)> =
        domain.into_iter().chain(page).map(|(name, value)| (name, value.into())).collect();
    let call = ListCall { path: entity.path, key: entity.list_key, params: &params, max_bytes: None };
    let found = client.list(Lane::Person, &call).await?;
    Ok(found.record_count.or(Some(found.records.len() as u64)))
}

fn record(entity: &Entity, found: Result<Option<u64>, HaloError>, agent: &str) -> RecordCheck {
    let title = title(entity.table);
    let (state, count, sentence, advice) = match found {
        Ok(Some(0)) if entity.table == "tickets" => (
            StepState::Warning,
            Some(0),
            "Signed in, but no ticket is visible. The agent is probably in no team.".to_owned(),
            Some(format!("Add {agent} to a department and team, and let it view other agents' tickets.")),
        ),
        Ok(count) => (StepState::Ok, count, "Can be read.".to_owned(), None),
        Err(error) if error.is_refusal() => (
            StepState::Failed,
            None,
            format!("Signed in, but this agent may not read {}. {}", title.to_lowercase(), needed_by(entity)),
            Some(format!(
                "In HaloPSA give {agent} the permission \"{}\", and the application the scope {}. You can save now and add it later.",
                entity.right.permission, entity.right.scope
            )),
        ),
        Err(error) => (StepState::Failed, None, said(&error), Some(error.advice().into_owned())),
    };
    RecordCheck { table: entity.table.to_owned(), title, state, count, sentence, advice }
}

/// What goes without these records.
fn needed_by(entity: &Entity) -> String {
    let events = EVENTS.iter().filter(|event| event.family.tables().contains(&entity.table)).count();
    let of_webhooks = match events {
        0 => String::new(),
        events => format!("{events} of {} webhook events and ", EVENTS.len()),
    };
    format!("{of_webhooks}{} need it.", entity.right.unlocks)
}

fn request_limit(client: &Client, settings: &ConnectionSettings, slowed: bool, result: &mut TestResult) {
    let status = client.budget().status();
    let minutes = f64::from(settings.window_seconds) / 60.0;
    let window = if settings.window_seconds.is_multiple_of(60) {
        format!("{minutes} minutes")
    } else {
        format!("{} s", settings.window_seconds)
    };
    if slowed {
        let wait = status.paused_for.map_or(1, |wait| wait.as_secs() + 1);
        let sentence = format!("HaloPSA asked us to slow down. We continue in {wait} s; nothing is lost.");
        result.add(Step::RequestLimit, StepState::Warning, sentence).advice =
            Some("Other integrations may use up the limit. You can save all the same.".to_owned());
        return;
    }
    let sentence = format!(
        "We send at most {} of the {} requests that HaloPSA accepts in {window}, and leave {} % to your other integrations.",
        status.usable, settings.request_limit, settings.reserve_percent
    );
    result.add(Step::RequestLimit, StepState::Ok, sentence);
}

/// Whether an error says that nobody answered who could be a HaloPSA.
fn is_of_the_way(error: &HaloError) -> bool {
    !matches!(
        error,
        HaloError::Credentials { .. }
            | HaloError::Tenant { .. }
            | HaloError::Scope { .. }
            | HaloError::Refused { .. }
            | HaloError::Forbidden { .. }
            | HaloError::Unauthorized { .. }
            | HaloError::RateLimited { .. }
    )
}

fn of_the_way(error: &HaloError, which: &str, field: &'static str) -> Trouble {
    let advice = match error {
        HaloError::NotJson { .. } | HaloError::Redirected { .. } => format!(
            "Check the {which}: a login page answers at other paths. Copy it from HaloPSA: Configuration > Integrations > HaloPSA API."
        ),
        HaloError::NotFound { .. } => format!("Check the {which}: there is no HaloPSA at this path."),
        other => other.advice().into_owned(),
    };
    Trouble { sentence: said(error), advice, field: Some(field) }
}

fn of_sign_in(error: &HaloError, settings: &ConnectionSettings) -> Trouble {
    match error {
        HaloError::Credentials { .. } if is_an_api(&settings.auth_url) => Trouble {
            sentence: "HaloPSA refused to sign us in, and the Auth URL looks like the Resource URL.".to_owned(),
            advice: "Enter the Authorization Server of the page HaloPSA API, which ends in /auth, as Auth URL."
                .to_owned(),
            field: Some("auth_url"),
        },
        HaloError::Credentials { .. } => Trouble {
            sentence: "HaloPSA refused the Client ID or Client Secret.".to_owned(),
            advice: "Copy both again from View Applications; a secret is shown only once. Where it is lost, make a new one there."
                .to_owned(),
            field: Some("client_secret"),
        },
        HaloError::Tenant { tenant, .. } => {
            let host = host(&settings.auth_url);
            let meant = host
                .split('.')
                .next()
                .filter(|name| *name != tenant && host.contains('.') && name.parse::<u8>().is_err());
            let sentence = format!("HaloPSA knows no tenant '{tenant}'.");
            let advice = match meant {
                Some(meant) => format!("Did you mean '{meant}' from the Auth URL?"),
                None => "Copy the tenant from HaloPSA: it is the name in your HaloPSA address.".to_owned(),
            };
            Trouble { sentence, advice, field: Some("tenant") }
        }
        other => Trouble { sentence: said(other), advice: other.advice().into_owned(), field: None },
    }
}

fn is_an_api(url: &str) -> bool {
    halo_client::Url::parse(url).is_ok_and(|url| url.path().trim_end_matches('/').ends_with("/api"))
}

/// The error with what is at the bottom of it, as a sentence. What lies between is for programmers.
fn said(error: &HaloError) -> String {
    let text = error.to_string();
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    let bottom = causes.last().map(ToString::to_string).unwrap_or_default();
    let bottom = bottom.split(" (os error").next().unwrap_or_default();
    match bottom.is_empty() || text.contains(bottom) {
        true => sentence(&text),
        false => sentence(&format!("{}: {bottom}", text.trim_end_matches('.'))),
    }
}

fn host(url: &str) -> String {
    halo_client::Url::parse(url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_else(|| url.to_owned())
}

/// A table's name, as people write it.
pub fn title(table: &str) -> String {
    const OTHERWISE: [(&str, &str); 3] =
        [("slas", "SLAs"), ("kb_articles", "Knowledge base articles"), ("crm_notes", "CRM notes")];
    let known = OTHERWISE.iter().find(|(name, _)| *name == table).map(|(_, title)| (*title).to_owned());
    known.unwrap_or_else(|| capital(&table.replace('_', " ")))
}
