//! How the webhooks of a connection stand, and why something is missing: what arrived ([`evidence`]) is compared with what reading
//! showed ([`announced`]), by fixed rules ([`judge`]), and told in sentences ([`words`]).

mod announced;
mod evidence;
mod judge;
mod words;

pub use words::span;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::recover::Recovered;
use crate::installation::Installation;
use crate::store::{Connection, Refused, StoreError, UnknownWords};

/// The four statuses of the field; their words are fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = WebhookStatusWord)]
pub enum Status {
    /// All eleven events arrived, the last of them not long ago.
    #[serde(rename = "successful")]
    Successful,
    /// Some of the eleven never arrived.
    #[serde(rename = "partial")]
    Partial,
    /// Nothing ever arrived.
    #[serde(rename = "no_data")]
    NoData,
    /// Nothing arrived for four days.
    #[serde(rename = "no_data_4_days")]
    NoDataFor4Days,
}

impl Status {
    /// The words for it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Successful => "Webhook Successful",
            Self::Partial => "Webhook received no data for some events",
            Self::NoData => "Webhook received no data",
            Self::NoDataFor4Days => "Webhook received no data within 4 days",
        }
    }
}

/// Why something is missing; the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CauseKind {
    /// HaloPSA posts, and is turned away.
    Refused,
    /// It came, and then came no more though records changed.
    Stopped,
    /// Records changed, and it never came.
    SetUpWrongly,
    /// It comes, but HaloPSA confirmed none of it when it was asked.
    NeverConfirmed,
    /// Nothing happened that it would tell of.
    Quiet,
}

/// A record as an example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// Family of the record.
    pub family: String,
    /// Its id.
    pub record: i64,
    /// What happened to it: `created`, `changed` or `deleted`.
    pub says: String,
    /// When, microseconds UTC; where records have no time of their own, a moment before it.
    pub happened_at: i64,
    /// When it was read, microseconds UTC.
    pub seen_at: i64,
}

/// Why something is missing, with the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Which of the five.
    pub cause: CauseKind,
    /// What happened, why, and what to do.
    pub sentence: String,
    /// Since when it is looked at, microseconds UTC.
    pub since: i64,
    /// Records that something happened to since then that no delivery told of; deliveries, where none was confirmed.
    pub times: u64,
    /// One of them.
    pub example: Option<Example>,
    /// All of it happened before the first delivery arrived: HaloPSA was perhaps not set up yet, and is now.
    pub early: bool,
}

/// Of what happened, how much was announced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// What happened, as reading showed it.
    pub happened: u64,
    /// Of these, what deliveries announced.
    pub announced: u64,
    /// Of those that none announced, what happened before the first delivery arrived: HaloPSA was perhaps not set up yet.
    pub before: u64,
}

impl Coverage {
    /// What happened since the first delivery arrived.
    pub fn since_first(self) -> u64 {
        self.happened - self.before
    }

    /// Both together.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            happened: self.happened + other.happened,
            announced: self.announced + other.announced,
            before: self.before + other.before,
        }
    }
}

/// How one of the eleven events stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventStatus {
    /// Its name in HaloPSA's drop-down.
    pub event: String,
    /// It seldom happens: nobody need worry that it has not come yet.
    pub rare: bool,
    /// When the last one arrived, microseconds UTC; none when it never did.
    pub last_at: Option<i64>,
    /// How many arrived in the last 24 hours.
    pub in_24_hours: u64,
    /// How many arrived in each of the last 24 hours, the oldest first.
    pub by_hour: Vec<u64>,
    /// How many there ever were.
    pub total: u64,
    /// Median time from the event to its arrival in the last 24 hours, milliseconds.
    pub median_delay_ms: Option<i64>,
    /// Of what happened in the last 24 hours.
    pub coverage_24_hours: Coverage,
    /// Of what happened in the last 7 days.
    pub coverage_7_days: Coverage,
    /// Why something is missing.
    pub cause: Option<Cause>,
}

/// How the records of one family are announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyStatus {
    /// Its name.
    pub family: String,
    /// Webhooks tell of what happens to them, so that they need not be read often.
    pub covered: bool,
    /// They came often, and none came since then: longer than chance explains. Microseconds UTC.
    pub silent_since: Option<i64>,
    /// Of what happened in the last 24 hours.
    pub coverage_24_hours: Coverage,
    /// Of what happened in the last 7 days.
    pub coverage_7_days: Coverage,
    /// Records whose last change no delivery told of.
    pub unannounced: u64,
}

/// How the webhooks of a connection stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookStatus {
    /// One of the four.
    pub status: Status,
    /// Its fixed words.
    pub title: String,
    /// What that means here.
    pub sentence: String,
    /// Why something is missing.
    pub cause: Option<Cause>,
    /// When the first address was made, microseconds UTC; none before.
    pub since: Option<i64>,
    /// When the first delivery arrived, microseconds UTC.
    pub first_at: Option<i64>,
    /// The eleven events.
    pub events: Vec<EventStatus>,
    /// Tickets, sites, users and invoices.
    pub families: Vec<FamilyStatus>,
    /// Records whose last change in the last 7 days no delivery told of, the latest first; all of them when asked for.
    pub unannounced: Vec<Example>,
    /// How many they are.
    pub unannounced_count: u64,
    /// How many of them changed before the first delivery arrived.
    pub unannounced_before: u64,
    /// Events that arrived and are none of the eleven.
    pub unknown: Vec<UnknownWords>,
    /// Who was turned away in the last 7 days.
    pub refused: Vec<Refused>,
    /// What the last look into HaloPSA's log of deliveries came to; none when there was none.
    pub recovered: Option<Recovered>,
    /// Deliveries that are still to be followed.
    pub waiting: u64,
    /// Deliveries that could not be followed; a person has to look.
    pub dead: u64,
}

impl WebhookStatus {
    /// Why something is missing, where somebody has to look. What was never set up is a step to do, and no fault yet.
    pub fn trouble(&self) -> Option<CauseKind> {
        let cause = self.cause.as_ref().filter(|cause| cause.cause != CauseKind::Quiet && !cause.early)?;
        let is_to_do = self.status == Status::NoData && cause.cause == CauseKind::SetUpWrongly;
        (!is_to_do).then_some(cause.cause)
    }
}

/// Unannounced records that a status names; [`unannounced`] has all.
const EXAMPLES: usize = 10;

/// How the webhooks of a connection stand now.
///
/// # Errors
/// Those of the store.
pub async fn of(installation: &Installation, connection: &Connection) -> Result<WebhookStatus, StoreError> {
    let mut status = judge::status(&evidence::gather(installation, connection).await?);
    status.unannounced.truncate(EXAMPLES);
    Ok(status)
}

/// Records whose last change in the last 7 days no delivery told of, the latest first.
///
/// # Errors
/// Those of the store.
pub async fn unannounced(installation: &Installation, connection: &Connection) -> Result<Vec<Example>, StoreError> {
    Ok(judge::status(&evidence::gather(installation, connection).await?).unannounced)
}
