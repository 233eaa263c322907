//! Pythons of the project's own, in `.haloscope`, with what a `requirements.txt` fixes by hash.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};

use crate::cargo::{passes, root};

/// Python 3.10 is the oldest that the peers run on; without `ensurepip` an environment would have no pip.
const USABLE: &str = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))";

/// In CI nothing is skipped in silence: what is missing there is installed, or fails.
pub(crate) fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

/// The interpreter of the environment of this name, set up once per content of the requirements; `None` where this machine has no
/// usable Python.
pub(crate) fn set_up(name: &str, requirements: &Path) -> Result<Option<PathBuf>> {
    let folder = root().join(".haloscope").join(name);
    let stamp = folder.join("requirements.txt");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let wanted = fs::read(requirements).with_context(|| format!("`{}` is missing", requirements.display()))?;
    if fs::read(&stamp).is_ok_and(|placed| placed == wanted) && runs(&python, "pass") {
        return Ok(Some(python));
    }
    let Some(system) = system() else { return Ok(None) };
    eprintln!("Setting up Python for {name} (once)");
    let made = passes(Command::new(system).args(["-m", "venv", "--clear"]).arg(&folder))?;
    ensure!(made, "`python -m venv` failed: see its message above");
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps", "-r"])
        .arg(requirements);
    ensure!(passes(&mut pip)?, "`pip install` failed for {name}: see its message above");
    fs::write(stamp, wanted)?;
    Ok(Some(python))
}

/// Folder of a package in an environment.
pub(crate) fn package(python: &Path, name: &str) -> Result<PathBuf> {
    let ask = format!("import importlib.util as u; print(u.find_spec('{name}').submodule_search_locations[0])");
    let said = Command::new(python).args(["-c", &ask]).output().context("Python could not be started")?;
    ensure!(said.status.success(), "the Python package `{name}` is missing");
    Ok(PathBuf::from(String::from_utf8(said.stdout)?.trim_end()))
}

/// The machine's own Python; in CI it is installed when it is missing.
fn system() -> Option<&'static str> {
    let found = || ["python3", "python"].into_iter().find(|name| runs(Path::new(name), USABLE));
    found().or_else(|| {
        if in_ci() {
            install();
        }
        found()
    })
}

fn runs(python: &Path, code: &str) -> bool {
    let mut probe = Command::new(python);
    probe.args(["-c", code]).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// Whether it worked is seen by looking for Python again.
fn install() {
    for args in
        [&["update", "-qq"][..], &["install", "-y", "-qq", "--no-install-recommends", "python3", "python3-venv"]]
    {
        let as_root = Command::new("apt-get").args(args).status().is_ok_and(|status| status.success());
        if !as_root {
            let _ = Command::new("sudo").args(["-n", "apt-get"]).args(args).status();
        }
    }
}
