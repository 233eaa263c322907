//! `cargo x kills`: kills of `haloscope serve` while deliveries flow, as by `kill -9` and with what was not synced lost.

use std::process::ExitCode;

use anyhow::Result;

use crate::long;

/// How many kills of each kind, and the seed that draws their moments.
pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    let [count, seed] = long::numbers("kills", args, [("--count", 1000), ("--seed", 1)])?;
    let variables = [("HALOSCOPE_KILLS", count.to_string()), ("HALOSCOPE_KILLS_SEED", seed.to_string())];
    long::run("kills", &variables)
}
