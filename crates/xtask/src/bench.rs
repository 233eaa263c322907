//! `cargo x bench`: what the program costs, beside others in the same run. The measurements are scripts in `bench/`.

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail, ensure};

use crate::{
    cargo::{self, passes, root},
    duckdb, python,
};

/// Subjects, each a script of that name.
const SUBJECTS: [&str; 3] = ["sync", "webhooks", "engines"];

pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    let Some((subject, chosen)) = args.split_first().filter(|(name, _)| SUBJECTS.contains(&name.as_str())) else {
        bail!("write what to measure: `cargo x bench {}`", SUBJECTS.join("|"));
    };
    let folder = root().join("bench");
    let python = python::set_up("bench", &folder.join("requirements.txt"))?
        .context("the peers need Python 3.10 or newer with venv (Debian, Ubuntu: apt-get install python3-venv)")?;
    duckdb::set_up()?;
    cargo::succeed(&["build", "--release", "--package", "haloscope"])?;
    if subject == "engines" {
        ensure!(duckdb::set_up_extensions()?, "the extensions for DuckLake come as Python packages: install Python 3");
        cargo::succeed(&["build", "--release", "--package", "warehouse", "--example", "engines"])?;
    }
    let binaries = cargo::binary("release", "haloscope")?;
    let mut bench = Command::new(python);
    bench.arg("-B").arg(folder.join(format!("{subject}.py")));
    bench.arg(binaries.parent().context("a binary lies in a folder")?).args(chosen);
    Ok(if passes(&mut bench)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
