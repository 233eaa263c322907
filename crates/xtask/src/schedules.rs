//! `cargo x schedules`: the seeded sync schedules that `cargo x test` runs a few of, as many as asked.

use std::process::ExitCode;

use anyhow::Result;

use crate::long;

/// How many schedules, and the seed of the first; each later one takes the next number.
pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    let [count, from] = long::numbers("schedules", args, [("--count", 1000), ("--from", 1)])?;
    let variables = [("HALOSCOPE_SCHEDULES", count.to_string()), ("HALOSCOPE_SCHEDULES_FROM", from.to_string())];
    long::run("schedules", &variables)
}
