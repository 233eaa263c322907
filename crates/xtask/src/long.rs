//! Tests of the product that last. All of them are among the usual tests in a short form; these commands run them as long as asked.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};

use crate::{cargo::cargo, duckdb, suite::read_along};

/// Optimised as a release, but with debug assertions: only such a build may follow the simulator's clock.
const BUILD: &[&str] = &[
    "--profile=schedules",
    "--config=profile.schedules.inherits='release'",
    "--config=profile.schedules.debug-assertions=true",
    "--config=profile.schedules.lto=false",
    "--config=profile.schedules.codegen-units=16",
];

/// Runs the tests with `name` in their names; `variables` tell them how long.
pub(crate) fn run(name: &str, variables: &[(&str, String)]) -> Result<ExitCode> {
    duckdb::set_up()?;
    let mut test = cargo(&["test", "--package", "haloscope", "--test", "it"]);
    test.args(BUILD).args([name, "--", "--nocapture"]);
    test.envs(variables.iter().map(|(variable, value)| (variable, value)));
    let count = read_along(&mut test)?;
    ensure!(count.passed + count.failed > 0, "no test of haloscope is called {name}");
    Ok(if count.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads pairs of a name and a whole number. What is not told stays as it is in `usual`.
pub(crate) fn numbers<const N: usize>(command: &str, args: &[String], usual: [(&str, u64); N]) -> Result<[u64; N]> {
    let mut found = usual.map(|(_, number)| number);
    for pair in args.chunks(2) {
        let Some(place) = usual.iter().position(|(name, _)| *name == pair[0]) else {
            let names = usual.map(|(name, _)| format!("{name} N")).join(" and ");
            bail!("`cargo x {command}` takes {names}, not `{}`", pair[0]);
        };
        let value = pair.get(1).with_context(|| format!("`{}` needs a number", pair[0]))?;
        found[place] = value.parse().with_context(|| format!("`{} {value}`: not a whole number", pair[0]))?;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<[u64; 2]>) {
        let args: Vec<String> = text.split_whitespace().map(String::from).collect();
        let found = numbers("schedules", &args, [("--count", 1000), ("--from", 1)]);
        assert_eq!(found.ok(), expected, "{text}");
    }

    #[test]
    fn numbers_by_name() {
        check("", Some([1000, 1]));
        check("--from 7 --count 40", Some([40, 7]));
        check("--count", None);
        check("--count many", None);
        check("--seed 1", None);
    }
}
