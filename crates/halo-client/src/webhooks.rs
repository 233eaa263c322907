//! HaloPSA's own webhooks: which there are, what they tell of, and making and mending them.
//!
//! Facts and their sources: `docs/halo-facts.md#webhooks`.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use crate::attempt::Ask;
use crate::budget::Lane;
use crate::client::{Client, ListCall};
use crate::decode;
use crate::error::HaloError;
use crate::url;

/// A person waits for what is made.
const MADE: Lane = Lane::Person;

/// The lookup that lists events.
const EVENTS: &str = "64";

/// Rows of the log that are asked for at once.
const LOG_ROWS: usize = 100;

/// Bytes of an answer to a write; it repeats what was written.
const WRITTEN_BYTES: u64 = 4 << 20;

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Webhook {
    /// GUID.
    pub id: String,
    /// Unique in a HaloPSA.
    #[serde(default)]
    pub name: String,
    /// Where it posts to.
    #[serde(default)]
    pub url: String,
    /// Whether it posts.
    #[serde(default)]
    pub active: bool,
    /// Whether HaloPSA switched it off after failures.
    #[serde(default)]
    pub disabled: bool,
}

/// An event that a webhook tells of.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Notification {
    /// Number of the event.
    #[serde(deserialize_with = "flexible")]
    pub eventno: i64,
}

/// An event that HaloPSA can tell of.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WebhookEvent {
    /// Its number there.
    #[serde(deserialize_with = "flexible")]
    pub id: i64,
    /// As the drop-down shows it.
    #[serde(default)]
    pub name: String,
}

/// A call that HaloPSA made, as its own log has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LoggedCall {
    /// GUID; of a single delivery the one in its body.
    pub id: String,
    /// When, UTC, as HaloPSA writes it.
    #[serde(default)]
    pub timestamp: String,
    /// What was posted; none in lightweight logs.
    #[serde(default)]
    pub requestbody: Option<String>,
}

impl Client {
    /// All webhooks.
    ///
    /// # Errors
    /// As [`Client::list`]; [`HaloError::Forbidden`] and its kin where the agent may not configure.
    pub async fn webhooks(&self, lane: Lane) -> Result<Vec<Webhook>, HaloError> {
        self.rows(lane, "/Webhook", "webhooks", &[]).await
    }

    /// What a webhook tells of.
    ///
    /// # Errors
    /// As [`Client::list`].
    pub async fn webhook_notifications(&self, webhook: &str) -> Result<Vec<Notification>, HaloError> {
        self.rows(MADE, "/Notification", "notifications", &[("webhook_id", Cow::Borrowed(webhook))]).await
    }

    /// The events that this HaloPSA can tell of.
    ///
    /// # Errors
    /// As [`Client::list`].
    pub async fn webhook_catalogue(&self) -> Result<Vec<WebhookEvent>, HaloError> {
        self.rows(MADE, "/Lookup", "lookups", &[("lookupid", Cow::Borrowed(EVENTS))]).await
    }

    /// A page of the calls of a webhook, the newest first; the first page is 1.
    ///
    /// # Errors
    /// As [`Client::list`].
    pub async fn webhook_log(&self, lane: Lane, webhook: &str, page: usize) -> Result<Vec<LoggedCall>, HaloError> {
        let params = [
            ("webhook_id", Cow::Borrowed(webhook)),
            ("pageinate", Cow::Borrowed("true")),
            ("page_size", Cow::Owned(LOG_ROWS.to_string())),
            ("page_no", Cow::Owned(page.to_string())),
        ];
        self.rows(lane, "/WebhookEvent", "events", &params).await
    }

    /// Makes a webhook, or changes the one that `webhook` names by its id. Sent once: after an error that passes nobody knows
    /// whether it was made.
    ///
    /// # Errors
    /// As [`Client::list`].
    pub async fn webhook_save(&self, webhook: &Value) -> Result<(), HaloError> {
        self.write("/Webhook", &Value::Array(vec![webhook.clone()])).await
    }

    /// Makes notifications. Sent once, as above.
    ///
    /// # Errors
    /// As [`Client::list`].
    pub async fn notifications_save(&self, notifications: Vec<Value>) -> Result<(), HaloError> {
        self.write("/Notification", &Value::Array(notifications)).await
    }

    async fn rows<T: DeserializeOwned>(
        &self,
        lane: Lane,
        path: &str,
        key: &str,
        params: &[(&str, Cow<'_, str>)],
    ) -> Result<Vec<T>, HaloError> {
        let page = self.list(lane, &ListCall { path, key, params, max_bytes: None }).await?;
        page.records.iter().map(|raw| decode::object(raw.get().as_bytes(), path)).collect()
    }

    async fn write(&self, path: &str, elements: &Value) -> Result<(), HaloError> {
        let url = url::below(self.resource_url(), path, std::iter::empty::<(&str, &str)>());
        let body = Some(elements.to_string());
        let ask = Ask { lane: MADE, path, url, body, max_bytes: WRITTEN_BYTES, may_be_absent: false };
        self.without_retries().ask(&ask, |body, path| decode::object::<IgnoredAny>(body, path)).await?;
        Ok(())
    }
}

/// A whole number, also where HaloPSA writes it as text.
fn flexible<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let number = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
    number.ok_or_else(|| serde::de::Error::custom("it is no whole number"))
}
