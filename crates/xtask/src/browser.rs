//! The simulator's own pages and the product beside it, used in a browser: the tests in `tests/browser`.
//!
//! `HALOSCOPE_BROWSER` names another browser than the one that is found, `HALOSCOPE_PROGRAM` a program that is built already.

use std::{
    env, fs,
    path::PathBuf,
    process::{Command, ExitCode, Stdio},
};

use anyhow::{Context as _, Result, ensure};

use crate::{
    cargo::{self, passes, root},
    duckdb, npm, python,
    suite::Count,
    web,
};

/// Playwright's report, as `tests/browser/machine.js` places it.
const REPORT: &str = ".haloscope/browser/report.json";

/// What the browser may be called. Playwright would bring its own; one that the system keeps up to date does as well.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

pub(crate) fn run() -> Result<Count> {
    run_some(&[])
}

/// Pictures that the documents show, by their names among those that the tests take.
const PICTURES: [&str; 4] =
    ["sync-wide-light", "webhook-successful-wide-light", "webhook-successful-wide-dark", "form-test-ok-wide-light"];

/// `cargo x pictures`: takes the pictures of the documents anew.
pub(crate) fn pictures(_: &[String]) -> Result<ExitCode> {
    let count = run_some(&["screens.spec.js"])?;
    ensure!(count.failed == 0, "the pictures could not be taken: see the messages above");
    let folder = root().join("docs/images");
    fs::create_dir_all(&folder).with_context(|| format!("`{}` could not be made", folder.display()))?;
    for name in PICTURES {
        let (from, to) =
            (root().join(format!(".haloscope/browser/screens/{name}.png")), folder.join(format!("{name}.png")));
        fs::copy(&from, &to).with_context(|| format!("`{}` could not be copied", from.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn run_some(specs: &[&str]) -> Result<Count> {
    let Some(browser) = browser().filter(|_| npm::is_here()) else {
        eprintln!(
            "browser: not run, they need Node.js 20 or newer with npm, and Chromium (Debian: apt-get install nodejs npm chromium; \
             or name its program in HALOSCOPE_BROWSER)"
        );
        return Ok(Count { passed: 0, failed: usize::from(python::in_ci()) });
    };
    let program = program()?;
    let folder = root().join("tests/browser");
    npm::install_once("browser", &folder)?;
    let report = root().join(REPORT);
    if report.exists() {
        fs::remove_file(&report).with_context(|| format!("`{}` could not be removed", report.display()))?;
    }
    let mut playwright = Command::new("node");
    playwright.args(["node_modules/@playwright/test/cli.js", "test"]).args(specs).current_dir(&folder);
    playwright.env("HALOSCOPE_BROWSER", browser).env("HALOSCOPE_PROGRAM", program);
    let succeeded = passes(&mut playwright)?;
    let text = fs::read_to_string(&report).unwrap_or_default();
    Ok(of_report(&text).unwrap_or_default().of(succeeded))
}

fn program() -> Result<PathBuf> {
    if let Some(named) = env::var_os("HALOSCOPE_PROGRAM") {
        return Ok(named.into());
    }
    duckdb::set_up()?;
    web::build()?;
    // As the tests build it: after them nothing is left to do, while `cargo build` would choose other features.
    cargo::succeed(&["test", "--workspace", "--no-run", "--quiet"])?;
    cargo::binary("debug", "haloscope")
}

fn browser() -> Option<PathBuf> {
    if let Some(named) = env::var_os("HALOSCOPE_BROWSER") {
        return Some(named.into());
    }
    let starts = |name: &&str| {
        let mut probe = Command::new(name);
        probe.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    };
    let name = NAMES.into_iter().find(starts)?;
    // Playwright wants its whole path.
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// From `"stats": { ..., "expected": 5, "skipped": 0, "unexpected": 1, "flaky": 0 }`. What did not run has failed.
fn of_report(text: &str) -> Option<Count> {
    let stats = text.rsplit_once("\"stats\":")?.1;
    let number = |name: &str| {
        let rest = stats.split_once(&format!("\"{name}\":"))?.1.trim_start();
        rest.split(|sign: char| !sign.is_ascii_digit()).next()?.parse::<usize>().ok()
    };
    Some(Count { passed: number("expected")?, failed: number("unexpected")? + number("skipped")? + number("flaky")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report() {
        let text = r#"{ "errors": [], "stats": { "startTime": "2026-11-29T06:37:47.841Z", "duration": 47939.7,
            "expected": 5, "skipped": 1, "unexpected": 2, "flaky": 0 } }"#;
        assert_eq!(of_report(text), Some(Count { passed: 5, failed: 3 }));
        assert_eq!(of_report("{ \"errors\": ["), None);
    }
}
