//! npm, for what a `package-lock.json` fixes by hash.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};

/// Fetches what the lock file in `folder` names into its `node_modules`. No script of a package is run.
pub(crate) fn install(folder: &Path) -> Result<()> {
    let done = npm()
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"])
        .current_dir(folder)
        .status()
        .context("`npm` could not be started: install Node.js 20 or newer, then run the command again")?;
    ensure!(done.success(), "`npm ci` failed in `{}`: see its message above", folder.display());
    Ok(())
}

/// The same, once per content of the lock file.
pub(crate) fn install_once(name: &str, folder: &Path) -> Result<()> {
    let stamp = folder.join("node_modules/.placed-lock.json");
    let lock = folder.join("package-lock.json");
    let locked = fs::read(&lock).with_context(|| format!("`{}` is missing", lock.display()))?;
    if fs::read(&stamp).is_ok_and(|placed| placed == locked) {
        return Ok(());
    }
    eprintln!("Setting up Node.js packages for {name} (once)");
    install(folder)?;
    fs::write(&stamp, locked).with_context(|| format!("`{}` could not be written", stamp.display()))
}

/// Runs a script of the package in `folder`. Answers whether it succeeded.
pub(crate) fn run(folder: &Path, script: &[&str]) -> Result<bool> {
    let mut npm = npm();
    npm.args(["run", "--silent"]).args(script).current_dir(folder);
    let status = npm.status().context("`npm` could not be started: install Node.js 20 or newer")?;
    Ok(status.success())
}

/// Whether this machine has npm and Node.js, in a version that is not too old.
pub(crate) fn is_here() -> bool {
    let version = Command::new("node").arg("--version").stderr(Stdio::null()).output();
    let major = version.ok().and_then(|output| major(&String::from_utf8_lossy(&output.stdout)));
    let mut probe = npm();
    probe.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    major.is_some_and(|major| major >= 20) && probe.status().is_ok_and(|status| status.success())
}

fn npm() -> Command {
    Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

/// From `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_of_node() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major(""), None);
    }
}
