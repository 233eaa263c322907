//! Typed client of the HaloPSA API: sign-in, lists, single records, and the request budget that keeps us below HaloPSA's limit.
//!
//! Where to start reading: [`Client`] is what callers use; `attempt.rs` is the way of one request; [`HaloError::recovery`] is the only
//! place that decides between waiting, backing off and asking a person; [`Budget`] decides when a request may go out.
//!
//! This crate knows no database and no server. Records stay the JSON text that HaloPSA sent. Bytes from outside never panic it
//! and never take unbounded memory: every body has a size limit (counted after decompression) and a nesting limit.

mod address;
mod attempt;
mod body;
mod budget;
mod client;
mod clock;
mod decode;
mod discover;
pub mod entities;
mod envelope;
mod error;
mod error_body;
mod header;
mod http;
mod knock;
mod refusal;
mod report;
mod settings;
mod token;
mod url;
mod webhooks;

pub use address::refusal_of_address;
pub use budget::{
    Budget, BudgetSettings, BudgetStatus, Lane, MemoryPermitLog, Permit, PermitBlock, PermitHistory, PermitLog, Refusal,
};
pub use client::{Client, ListCall, Single};
pub use clock::{Clock, SystemClock, Ticks};
pub use decode::{MAX_DEPTH, MAX_ROWS, Page, Shape, nests_deeper};
pub use discover::{AuthInfo, discover};
pub use envelope::Rows;
pub use error::{BoxError, Cause, HaloError, Recovery};
pub use knock::knock;
pub use report::{REPORT_ROWS, Report};
pub use reqwest::Url;
pub use settings::{Retries, Settings, Timeouts};
pub use url::parse_url;
pub use webhooks::{LoggedCall, Notification, Webhook, WebhookEvent};
