//! Makes the webhook in HaloPSA, or mends it, by HaloPSA's own API. There is never a second one: what posts to this connection
//! already is taken up again.

use halo_client::{Client, HaloError, Lane, Webhook};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::events::{self, EVENTS};
use super::guard::{Basic, Guard, Signature};
use super::{address, gate};
use crate::installation::{Installation, InstallationError};
use crate::secret;
use crate::store::Connection;

/// Name that HaloPSA sends by Basic authentication.
const USER: &str = "haloscope";
/// HaloPSA's number for Basic authentication.
const BY_BASIC: u8 = 1;
/// And for a signature, whose key it takes as password.
const BY_SIGNATURE: u8 = 3;

/// What was found and done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Its name in HaloPSA.
    pub name: String,
    /// Its id there.
    pub id: String,
    /// It is new.
    pub created: bool,
    /// What was mended; sentences.
    pub mended: Vec<String>,
    /// Events that were added.
    pub added: Vec<String>,
    /// What was sent to HaloPSA, without passwords: the path, and the body.
    pub requests: Vec<(String, Value)>,
    /// Events that this HaloPSA does not list under their usual names: they are chosen by hand.
    pub by_hand: Vec<String>,
}

/// Why the webhook could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotMade {
    /// HaloPSA did not do it.
    #[error("the webhook could not be made in HaloPSA")]
    Halo(#[from] HaloError),
    /// Ours.
    #[error(transparent)]
    Installation(#[from] InstallationError),
    /// HaloPSA said that all is well, but the webhook is not as it should be.
    #[error("HaloPSA took the webhook, but does not show {0}")]
    NotThere(&'static str),
}

impl NotMade {
    /// What a person can do.
    pub fn advice(&self) -> String {
        match self {
            Self::Halo(error) if error.is_refusal() => {
                "Grant the application the scope `admin` and its agent the role of an administrator, or make the webhook by hand: \
                 Configuration > Integrations > Webhooks > New."
                    .to_owned()
            }
            Self::Halo(error) => error.advice().into_owned(),
            Self::Installation(_) => "Follow the message.".to_owned(),
            Self::NotThere(_) => "Look at it in HaloPSA: Configuration > Integrations > Webhooks.".to_owned(),
        }
    }
}

/// Makes the webhook with its events, or mends the one that is there, and looks whether HaloPSA shows it so.
///
/// # Errors
/// See [`NotMade`]. Nothing is left half done that another call would not finish.
pub async fn create(installation: &Installation, connection: &Connection, client: &Client) -> Result<Made, NotMade> {
    let url = address::of(installation, connection, false).await?.callback_url;
    let ours = Ours::of(installation, connection).await?;
    let present = client.webhooks(Lane::Person).await?;
    let found = present.iter().find(|webhook| ours.has(&webhook.url));
    let name = free_name(connection, &present);
    let guard = gate::guard(installation, connection).await?;
    let mut made = Made { created: found.is_none(), ..Made::default() };
    let is_new = guard == Guard::default();
    let guard = if is_new { new_guard()? } else { guard };
    let (form, mended) = form(&name, found, &url, &guard);
    made.mended = mended;
    // Also where nothing is to be mended: its password cannot be read there.
    made.requests.push(("POST /Webhook".to_owned(), without_secrets(&form)));
    client.webhook_save(&form).await?;
    if is_new {
        // Only now: what HaloPSA sends without a password until here is let in.
        gate::protect(installation, connection, &guard).await?;
    }
    let now = client.webhooks(Lane::Person).await?;
    let webhook = now.into_iter().find(|webhook| ours.has(&webhook.url)).ok_or(NotMade::NotThere("it"))?;
    add_events(client, &webhook, &mut made).await?;
    if !webhook.active || webhook.disabled || webhook.url != url {
        return Err(NotMade::NotThere("that it is active with the callback URL"));
    }
    (made.name, made.id) = (webhook.name, webhook.id);
    Ok(made)
}

fn new_guard() -> Result<Guard, InstallationError> {
    let password = secret::address_secret()?.expose_secret().to_owned();
    Ok(Guard { basic: Some(Basic { user: USER.to_owned(), password }), signature: None })
}

/// Ends of all addresses of a connection, whatever host they were reached by.
struct Ours(Vec<String>);

impl Ours {
    async fn of(installation: &Installation, connection: &Connection) -> Result<Self, InstallationError> {
        let secrets = gate::secrets_ever(installation, connection).await?;
        let ends = secrets.iter().map(|secret| format!("/hooks/{}/{}", connection.id, secret.expose_secret()));
        Ok(Self(ends.collect()))
    }

    fn has(&self, url: &str) -> bool {
        self.0.iter().any(|end| url.trim_end_matches('/').ends_with(end.as_str()))
    }
}

/// A name that no other webhook has.
fn free_name(connection: &Connection, taken: &[Webhook]) -> String {
    let name = format!("Haloscope {}", connection.settings.name);
    let is_free = |name: &String| !taken.iter().any(|webhook| webhook.name.eq_ignore_ascii_case(name));
    let others = (2..).map(|number| format!("{name} {number}"));
    std::iter::once(name.clone()).chain(others).find(is_free).expect("there are more numbers than webhooks")
}

fn without_secrets(form: &Value) -> Value {
    let mut shown = form.clone();
    if let Some(password) = shown.get_mut("basic_password") {
        *password = json!("***");
    }
    if let Some(before) = form["url"].as_str().and_then(|url| url.rsplit_once('/')) {
        shown["url"] = json!(format!("{}/***", before.0));
    }
    shown
}

/// What is sent to HaloPSA, and what that mends.
fn form(name: &str, found: Option<&Webhook>, url: &str, guard: &Guard) -> (Value, Vec<String>) {
    let mut form = json!({ "url": url, "active": true });
    let mut mended = Vec::new();
    match found {
        Some(webhook) => {
            (form["id"], form["name"]) = (json!(webhook.id), json!(webhook.name));
            if !webhook.active || webhook.disabled {
                form["disabled"] = json!(false);
                mended.push("it was not active".to_owned());
            }
            if webhook.url != url {
                mended.push("its Payload URL was another one".to_owned());
            }
        }
        None => {
            let fixed = json!({
                "name": name, "note": "Made by Haloscope: tells it what changes.", "type": 0, "method": 0,
                "content_type": "application/json", "payload_type": 1,
            });
            for (field, value) in fixed.as_object().into_iter().flatten() {
                form[field] = value.clone();
            }
        }
    }
    if let Some(Signature { header, secret, prefix }) = &guard.signature {
        form["authentication_type"] = json!(BY_SIGNATURE);
        form["authentication_header"] = json!(header);
        form["signature_prefix"] = json!(prefix);
        form["basic_password"] = json!(secret);
        (form["algorithm"], form["digest"]) = (json!(0), json!(0));
    }
    if let Some(Basic { user, password }) = &guard.basic {
        form["authentication_type"] = json!(BY_BASIC);
        form["basic_username"] = json!(user);
        form["basic_password"] = json!(password);
    }
    (form, mended)
}

/// Adds those of the eleven events that the webhook does not tell of yet.
async fn add_events(client: &Client, webhook: &Webhook, made: &mut Made) -> Result<(), NotMade> {
    let catalogue = client.webhook_catalogue().await?;
    let present = client.webhook_notifications(&webhook.id).await?;
    let mut wanted = Vec::new();
    for event in &EVENTS {
        let Some(known) = catalogue.iter().find(|known| events::is_named(event, &known.name)) else {
            made.by_hand.push(event.name.to_owned());
            continue;
        };
        if present.iter().all(|notification| notification.eventno != known.id) {
            made.added.push(event.name.to_owned());
            wanted.push(json!({
                "webhook_id": webhook.id, "eventno": known.id, "type": -2, "delivery_method": 6, "agent_id": 0,
                "name": event.name, "conditions": [],
            }));
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let count = wanted.len();
    made.requests.push(("POST /Notification".to_owned(), json!(wanted)));
    client.notifications_save(wanted).await?;
    let now = client.webhook_notifications(&webhook.id).await?;
    if now.len() < present.len() + count { Err(NotMade::NotThere("its events")) } else { Ok(()) }
}
