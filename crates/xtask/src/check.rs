//! `cargo x check`: what can be said about the code without running it.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::{
    cargo::{cargo, has, passes},
    duckdb, npm, web,
};

/// Lints fail by an argument and not by `RUSTFLAGS`, which would build every dependency a second time.
const CHECKS: &[(&str, &[&str])] = &[
    ("formatting", &["fmt", "--all", "--check"]),
    ("lints", &["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"]),
    ("licences and sources", &["deny", "--workspace", "check", "licenses", "bans", "sources"]),
];

pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    if !args.is_empty() {
        bail!("`cargo x check` takes no arguments");
    }
    duckdb::set_up()?;
    let mut failed = Vec::new();
    for (name, args) in CHECKS {
        if args[0] == "deny" && !has("deny") {
            eprintln!("check: {name} skipped, cargo-deny is not installed");
        } else if passes(&mut cargo(args))? {
            eprintln!("check: {name} passed");
        } else {
            eprintln!("check: {name} failed");
            failed.push(*name);
        }
    }
    if !npm::is_here() {
        eprintln!("check: the web app skipped, Node.js 20 or newer with npm is not installed");
    } else if web::check()? {
        eprintln!("check: the web app passed");
    } else {
        eprintln!("check: the web app failed");
        failed.push("the web app");
    }
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
