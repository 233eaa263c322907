//! `cargo x build` and `cargo x demo`: the binary as people get it.

use std::{
    path::PathBuf,
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result, bail};

use crate::{cargo, duckdb};

pub(crate) fn build(args: &[String]) -> Result<ExitCode> {
    if !args.is_empty() {
        bail!("`cargo x build` takes no arguments");
    }
    let program = built("release", &["build", "--release", "--package", "haloscope"])?;
    println!("{}", program.display());
    eprintln!("It starts from any folder as long as the libduckdb beside it stays beside it.");
    Ok(ExitCode::SUCCESS)
}

/// The development build: it is there in a third of the time that a release takes, and quick enough for a demonstration.
pub(crate) fn demo(args: &[String]) -> Result<ExitCode> {
    let program = built("debug", &["build", "--package", "haloscope"])?;
    let mut demo = Command::new(&program);
    demo.arg("demo").args(args);
    if !args.iter().any(|arg| arg.starts_with("--data")) {
        demo.args(["--data", ".haloscope/demo"]).current_dir(cargo::root());
    }
    let status = demo.status();
    let status = status.with_context(|| format!("`{}` could not be started", program.display()))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

fn built(profile: &str, command: &[&str]) -> Result<PathBuf> {
    duckdb::set_up()?;
    let program = cargo::binary(profile, "haloscope")?;
    if !program.exists() {
        eprintln!("Building Haloscope; the first time takes some minutes");
    }
    cargo::succeed(command)?;
    Ok(program)
}
