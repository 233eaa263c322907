//! `cargo x test`: every test of the project, and at the very end a line that counts them.
//!
//! nextest runs the Rust tests where it is present, `cargo test` elsewhere. With arguments only the Rust tests they choose run.
//! The tests of the program run twice, on the embedded engines and on PostgreSQL and DuckLake; with `--engines cluster` on those alone.

use std::{
    env, fmt, fs,
    io::{BufRead as _, BufReader},
    num::NonZero,
    process::{Command, ExitCode, Stdio},
    thread,
};

use anyhow::{Context as _, Result, ensure};

use crate::{
    browser,
    cargo::{cargo, has, passes, root},
    duckdb, npm, peers,
    python::in_ci,
    release::take_value,
    web,
};

/// nextest's report, as `.config/nextest.toml` places it.
const REPORT: &str = ".haloscope/nextest/default/junit.xml";

/// Tests of the program that have engines, but do not choose them themselves; and the number of their schedules.
const ON_CLUSTER: &str = "binary_id(haloscope::it) \
                          - test(/^(child|cluster|control|documents|folder|migrations|places|store|unsynced)::/)";
const CLUSTER_SCHEDULES: &str = "20";
/// Makes the tests of the program run on PostgreSQL and DuckLake.
const CLUSTER: (&str, &str) = ("HALOSCOPE_TESTS_ON_CLUSTER", "1");

/// Characters of a failed test's message that are shown again at the end.
const LONGEST_MESSAGE: usize = 3_000;

/// What one part of the tests came to.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(crate) struct Count {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl Count {
    /// A part that did not succeed has at least one failure, also when it died before it could count.
    pub(crate) fn of(self, succeeded: bool) -> Self {
        Self { failed: if succeeded { self.failed } else { self.failed.max(1) }, ..self }
    }

    fn plus(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} passed, {} failed", self.passed, self.failed)
    }
}

pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    duckdb::set_up()?;
    duckdb::set_up_extensions()?;
    duckdb::set_up_s3_server()?;
    let nextest = has("nextest");
    let mut args = args.to_vec();
    let engines = take_value(&mut args, "--engines")?;
    ensure!(
        matches!(engines.as_deref(), None | Some("embedded" | "cluster")),
        "the engines are called embedded and cluster"
    );
    if engines.as_deref() == Some("cluster") {
        ensure!(nextest, "tests on PostgreSQL and DuckLake are run by nextest: `cargo install cargo-nextest`");
        let args = if args.is_empty() { on_cluster() } else { args };
        return Ok(summary(&[("cluster", counted(with_nextest(&args, &[CLUSTER])))]));
    }
    let args = args.as_slice();
    let mut parts = Vec::new();
    if args.is_empty() && (npm::is_here() || in_ci()) {
        parts.push(("web", counted(web::test())));
    }
    if nextest {
        parts.push(("nextest", counted(with_nextest(args, &[]))));
    } else {
        parts.push(("cargo test", counted(with_cargo(&["--no-fail-fast"], args))));
    }
    if nextest && args.is_empty() {
        parts.push(("documentation", counted(with_cargo(&["--doc", "--quiet"], args))));
    }
    if nextest && args.is_empty() && can_cluster()? {
        let variables = [CLUSTER, ("HALOSCOPE_SCHEDULES", CLUSTER_SCHEDULES)];
        parts.push(("cluster", counted(with_nextest(&on_cluster(), &variables))));
    }
    if args.is_empty() {
        parts.push(("peers", counted(peers::run())));
        parts.push(("browser", counted(browser::run())));
    }
    Ok(summary(&parts))
}

/// The workspace as a whole, as always: of one package alone the dependencies would be built anew.
fn on_cluster() -> Vec<String> {
    ["--workspace", "-E", ON_CLUSTER].map(str::to_owned).to_vec()
}

/// Whether this machine has what PostgreSQL and DuckLake need; where it has not, that is said. In CI it must have it.
fn can_cluster() -> Result<bool> {
    let postgres = fs::read_dir("/usr/lib/postgresql").is_ok_and(|mut versions| versions.next().is_some());
    let can = duckdb::set_up_extensions()? && postgres;
    if !can {
        eprintln!("Tests on PostgreSQL and DuckLake are skipped: they need a PostgreSQL server and Python 3");
    }
    Ok(can || in_ci())
}

/// `cargo x peers`: that part of the tests alone.
pub(crate) fn peers(_: &[String]) -> Result<ExitCode> {
    Ok(summary(&[("peers", counted(peers::run()))]))
}

/// `cargo x browser`: that part of the tests alone.
pub(crate) fn browser(_: &[String]) -> Result<ExitCode> {
    Ok(summary(&[("browser", counted(browser::run()))]))
}

fn summary(parts: &[(&str, Count)]) -> ExitCode {
    println!();
    for (name, count) in parts {
        println!("{name}: {count}");
    }
    let total = parts.iter().fold(Count::default(), |total, (_, count)| total.plus(*count));
    println!("{total}");
    if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A part that could not be run is a failure like any other, so that the last line is always there and always true.
fn counted(part: Result<Count>) -> Count {
    part.unwrap_or_else(|error| {
        eprintln!("{error:#}");
        Count { passed: 0, failed: 1 }
    })
}

fn with_nextest(args: &[String], variables: &[(&str, &str)]) -> Result<Count> {
    let report = root().join(REPORT);
    if report.exists() {
        fs::remove_file(&report).with_context(|| format!("`{}` could not be removed", report.display()))?;
    }
    let mut nextest = cargo(&["nextest", "run"]);
    if args.is_empty() {
        nextest.arg("--workspace");
    }
    const THREADS: &str = "NEXTEST_TEST_THREADS";
    if env::var_os(THREADS).is_none() {
        // Many tests wait most of the time: for a clock, a server or the disk.
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        nextest.env(THREADS, (processors + processors / 2).to_string());
    }
    let succeeded = passes(nextest.args(args).envs(variables.iter().copied()))?;
    let text = fs::read_to_string(&report).unwrap_or_default();
    for (test, message) in failures(&text) {
        println!("\n{test}\n{message}");
    }
    Ok(of_report(&text).unwrap_or_default().of(succeeded))
}

fn with_cargo(fixed: &[&str], args: &[String]) -> Result<Count> {
    let mut test = cargo(&["test"]);
    if args.is_empty() {
        test.arg("--workspace");
    }
    read_along(test.args(fixed).args(args))
}

/// Shows what `cargo test` prints and adds up its result lines.
pub(crate) fn read_along(test: &mut Command) -> Result<Count> {
    let mut child = test.stdout(Stdio::piped()).spawn().context("`cargo test` could not be started")?;
    let output = child.stdout.take().expect("standard output is piped");
    let mut count = Count::default();
    for line in BufReader::new(output).lines() {
        let line = line.context("the output of `cargo test` could not be read")?;
        println!("{line}");
        count = count.plus(of_line(&line).unwrap_or_default());
    }
    Ok(count.of(child.wait()?.success()))
}

/// From `<testsuites name="nextest-run" tests="3" failures="1" errors="0" ...>`.
fn of_report(text: &str) -> Option<Count> {
    let tag = text.split_once("<testsuites ")?.1.split_once('>')?.0;
    let number = |name: &str| tag.split_once(&format!("{name}=\""))?.1.split_once('"')?.0.parse::<usize>().ok();
    let failed = number("failures")? + number("errors")?;
    Some(Count { passed: number("tests")?.checked_sub(failed)?, failed })
}

/// Failed tests with what they said: a log that is cut in the middle still shows it at its end.
fn failures(report: &str) -> Vec<(&str, String)> {
    let failed = report.split("<testcase ").skip(1).filter_map(|case| {
        let name = case.split_once("name=\"")?.1.split_once('"')?.0;
        let said = case.split_once("<failure ").or_else(|| case.split_once("<error "))?.1;
        let message = said.split_once('>')?.1.split_once("</")?.0;
        let message = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
            .iter()
            .fold(message.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain));
        Some((name, message.chars().take(LONGEST_MESSAGE).collect()))
    });
    failed.collect()
}

/// From `test result: FAILED. 2 passed; 1 failed; 0 ignored; ...`.
fn of_line(line: &str) -> Option<Count> {
    let results = line.strip_prefix("test result: ")?;
    let number = |name: &str| results.split_once(name)?.0.rsplit(' ').next()?.parse().ok();
    Some(Count { passed: number(" passed")?, failed: number(" failed")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nextest_report() {
        let text = r#"<?xml version="1.0"?><testsuites name="nextest-run" tests="9" failures="2" errors="1" uuid="x" time="1.0">"#;
        assert_eq!(of_report(text), Some(Count { passed: 6, failed: 3 }));
        assert_eq!(of_report("<testsuites name=\"cut"), None);
    }

    #[test]
    fn failures_are_told_again() {
        let text = r#"<testsuite><testcase name="a"></testcase><testcase name="b::c" time="1">
            <failure message="x" type="y">1 &lt; 2 &amp;&amp; "lost"</failure></testcase></testsuite>"#;
        assert_eq!(failures(text), [("b::c", "1 < 2 && \"lost\"".to_owned())]);
    }

    #[test]
    fn result_line_of_cargo_test() {
        let line = "test result: FAILED. 21 passed; 4 failed; 0 ignored; 0 measured; 2 filtered out; finished in 0.01s";
        assert_eq!(of_line(line), Some(Count { passed: 21, failed: 4 }));
        assert_eq!(of_line("test it::result ... ok"), None);
    }

    #[test]
    fn a_part_that_died_counts_as_failed() {
        assert_eq!(Count::default().of(false), Count { passed: 0, failed: 1 });
        assert_eq!(Count { passed: 3, failed: 2 }.of(false), Count { passed: 3, failed: 2 });
    }
}
