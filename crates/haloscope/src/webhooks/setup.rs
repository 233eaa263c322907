//! Makes the webhook in HaloPSA, or mends it, by HaloPSA's own API. There is never a second one: what posts to this connection
//! already is taken up again.

use halo_client::{Client, HaloError, Webhook};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::events::{self, EVENTS};
use super::guard::{Basic, Guard};
use super::{address, gate};
use crate::installation::{Installation, InstallationError};
use crate::secret;
use crate::store::Connection;

/// Name that HaloPSA sends by Basic authentication.
const USER: &str = "haloscope";
/// HaloPSA's number for Basic authentication.
const BY_BASIC: u8 = 1;

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
    let found = find(client, connection, &url).await?;
    let guard = gate::guard(installation, connection).await?;
    let mut made = Made { created: found.is_none(), ..Made::default() };
    let (basic, is_new) = match &guard {
        Guard { basic: Some(basic), .. } => (Some(basic.clone()), false),
        // A signature was chosen by a person, who entered its key in HaloPSA too.
        Guard { signature: Some(_), .. } => (None, false),
        _ => {
            let password = secret::address_secret().map_err(InstallationError::from)?;
            (Some(Basic { user: USER.to_owned(), password: password.expose_secret().to_owned() }), true)
        }
    };
    let (form, mended) = form(connection, found.as_ref(), &url, basic.as_ref());
    made.mended = mended;
    if found.is_none() || is_new || !made.mended.is_empty() {
        let mut shown = form.clone();
        if let Some(password) = shown.get_mut("basic_password") {
            *password = json!("***");
        }
        made.requests.push(("POST /Webhook".to_owned(), shown));
        client.webhook_save(&form).await?;
    }
    if let Some(basic) = basic.filter(|_| is_new) {
        // Only now: what HaloPSA sends without a password until here is let in.
        gate::protect(installation, connection, &Guard { basic: Some(basic), signature: None }).await?;
    }
    let webhook = find(client, connection, &url).await?.ok_or(NotMade::NotThere("it"))?;
    add_events(client, &webhook, &mut made).await?;
    (made.name, made.id) = (webhook.name, webhook.id);
    if !webhook.active || webhook.url != url {
        return Err(NotMade::NotThere("that it is active with the callback URL"));
    }
    Ok(made)
}

/// The webhook that posts to this connection, whatever secret is in its address.
async fn find(client: &Client, connection: &Connection, url: &str) -> Result<Option<Webhook>, HaloError> {
    let mut all = client.webhooks().await?;
    let name = name(connection);
    let place = all
        .iter()
        .position(|webhook| address::is_of_same(&webhook.url, url))
        .or_else(|| all.iter().position(|webhook| webhook.name == name));
    Ok(place.map(|place| all.swap_remove(place)))
}

fn name(connection: &Connection) -> String {
    format!("Haloscope {}", connection.settings.name)
}

/// What is sent to HaloPSA, and what that mends.
fn form(connection: &Connection, found: Option<&Webhook>, url: &str, basic: Option<&Basic>) -> (Value, Vec<String>) {
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
                "name": name(connection), "note": "Made by Haloscope: tells it what changes.", "type": 0, "method": 0,
                "content_type": "application/json", "payload_type": 1,
            });
            for (field, value) in fixed.as_object().into_iter().flatten() {
                form[field] = value.clone();
            }
        }
    }
    if let Some(Basic { user, password }) = basic {
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
