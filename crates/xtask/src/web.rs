//! The web app in `web/`: built before the program that carries it, checked and tested with npm.

use std::{
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result, ensure};

use crate::{cargo::root, npm, suite::Count};

/// What is not source.
const MADE: [&str; 3] = ["node_modules", "dist", "schema.d.ts"];
/// Vitest's report.
const REPORT: &str = ".haloscope/vitest.json";

/// `cargo x web`: builds it, if something changed.
pub(crate) fn run(_: &[String]) -> Result<ExitCode> {
    build()?;
    Ok(ExitCode::SUCCESS)
}

fn folder() -> PathBuf {
    root().join("web")
}

/// Builds it unless what is built is of the present sources.
pub(crate) fn build() -> Result<()> {
    let stamp = folder().join("dist/.built");
    let sources = fingerprint(&folder())?;
    if fs::read_to_string(&stamp).is_ok_and(|built| built == sources) {
        return Ok(());
    }
    npm::install_once("the web app", &folder())?;
    eprintln!("Building the web app");
    ensure!(npm::run(&folder(), &["build"])?, "the web app could not be built: see the messages above");
    fs::write(&stamp, sources).with_context(|| format!("`{}` could not be written", stamp.display()))
}

/// Formatting and lints.
pub(crate) fn check() -> Result<bool> {
    npm::install_once("the web app", &folder())?;
    npm::run(&folder(), &["check"])
}

/// Its unit tests, and whether it is as small as it should be.
pub(crate) fn test() -> Result<Count> {
    build()?;
    let report = root().join(REPORT);
    let report_file = format!("--outputFile={}", report.display());
    let _ = fs::remove_file(&report);
    let passed = npm::run(&folder(), &["test", "--", "--reporter=default", "--reporter=json", &report_file])?;
    let text = fs::read_to_string(&report).unwrap_or_default();
    let number = |name: &str| {
        let rest = text.split_once(&format!("\"{name}\":"))?.1;
        rest.split(|sign: char| !sign.is_ascii_digit()).next()?.parse::<usize>().ok()
    };
    let count = Count {
        passed: number("numPassedTests").unwrap_or(0),
        failed: number("numFailedTests").unwrap_or(0) + number("numPendingTests").unwrap_or(0),
    };
    let is_small = npm::run(&folder(), &["budgets"])?;
    Ok(count.of(passed && is_small))
}

/// Differs when a source differs.
fn fingerprint(folder: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    let mut folders = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| format!("`{}` cannot be read", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            let is_made = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| MADE.contains(&name));
            match path.is_dir() {
                _ if is_made => {}
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    // Types are made from it.
    files.push(root().join("docs/openapi.json"));
    files.sort();
    for path in files {
        path.strip_prefix(folder).unwrap_or(&path).hash(&mut hasher);
        fs::read(&path).with_context(|| format!("`{}` cannot be read", path.display()))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}
