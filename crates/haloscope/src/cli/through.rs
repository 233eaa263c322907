//! Commands that a running `haloscope serve` carries out for this process.

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::progress::{Bars, is_watched};
use super::status::Report;
use crate::background::board::Live;
use crate::clock;
use crate::control::{ControlClient, Event, Request};
use crate::sync::verify::Verified;

/// What another version's server may bring about.
pub(super) const STRANGE: &str = "the running server answered in an unknown form: stop it and start it again";

/// What the server tells while it carries out `sync` or `verify`; the last is the result.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Told {
    /// Where it stands.
    Live(Box<Live>),
    /// What a sync came to.
    Report(Report),
    /// What a comparison found.
    Verified(Vec<Verified>),
}

/// Asks the server for something and waits for the result, showing progress when a person watches. Whoever stops waiting
/// stops no sync; the server goes on.
pub(super) async fn ask(server: ControlClient, request: &Request, json: bool) -> anyhow::Result<Told> {
    let clock = clock::from_environment()?;
    let bars = is_watched(json).then(Bars::new);
    let mut answers = server.ask(request).await?;
    let mut result = None;
    while let Some(event) = answers.next().await? {
        let Event::Data(value) = event else { continue };
        match serde_json::from_value(value).context(STRANGE)? {
            Told::Live(live) => {
                if let (Some(bars), Some(progress)) = (&bars, &live.progress) {
                    bars.show(progress, clock.now_micros() / 1000);
                }
            }
            told => result = Some(told),
        }
    }
    result.context(STRANGE)
}
