//! `cargo x schedules`: the seeded sync schedules that `cargo x test` runs a few of, as many as asked.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};

use crate::{cargo::cargo, duckdb, suite::read_along};

/// Optimised as a release, but with debug assertions: only such a build may follow the simulator's clock.
pub(crate) const BUILD: &[&str] = &[
    "--profile=schedules",
    "--config=profile.schedules.inherits='release'",
    "--config=profile.schedules.debug-assertions=true",
    "--config=profile.schedules.lto=false",
    "--config=profile.schedules.codegen-units=16",
];

/// How many schedules, and the seed of the first; each later one takes the next number.
#[derive(Debug, PartialEq)]
struct Range {
    count: u64,
    from: u64,
}

pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    let range = parse(args)?;
    duckdb::set_up()?;
    let mut test = cargo(&["test", "--package", "haloscope", "--test", "it"]);
    test.args(BUILD).args(["schedules", "--", "--nocapture"]);
    test.env("HALOSCOPE_SCHEDULES", range.count.to_string()).env("HALOSCOPE_SCHEDULES_FROM", range.from.to_string());
    let count = read_along(&mut test)?;
    ensure!(count.passed + count.failed > 0, "no test of haloscope is called schedules");
    Ok(if count.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn parse(args: &[String]) -> Result<Range> {
    let mut range = Range { count: 1000, from: 1 };
    for pair in args.chunks(2) {
        let slot = match pair[0].as_str() {
            "--count" => &mut range.count,
            "--from" => &mut range.from,
            other => bail!("`cargo x schedules` takes --count N and --from SEED, not `{other}`"),
        };
        let value = pair.get(1).with_context(|| format!("`{}` needs a number", pair[0]))?;
        *slot = value.parse().with_context(|| format!("`{} {value}`: not a whole number", pair[0]))?;
    }
    Ok(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(u64, u64)>) {
        let args: Vec<String> = text.split_whitespace().map(String::from).collect();
        assert_eq!(parse(&args).ok(), expected.map(|(count, from)| Range { count, from }), "{text}");
    }

    #[test]
    fn arguments() {
        check("", Some((1000, 1)));
        check("--from 7 --count 40", Some((40, 7)));
        check("--count", None);
        check("--count many", None);
        check("--seed 1", None);
    }
}
