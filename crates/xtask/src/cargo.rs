//! The project's folders, and cargo as the commands call it.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};

/// The project's root: two folders above this crate.
///
/// Asked at run time: clones that share a target folder may share this binary, and what it was compiled with names the other clone.
pub(crate) fn root() -> PathBuf {
    let own =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    own.ancestors().nth(2).expect("crates/xtask lies in the project").to_path_buf()
}

/// The binary `name` of a profile's folder (`debug`, `release`), beside the one of this program: so every way to choose a target
/// folder is respected.
pub(crate) fn binary(folder: &str, name: &str) -> Result<PathBuf> {
    let own = env::current_exe().context("this program's own path is unknown")?;
    let target = own.ancestors().nth(2).context("this program does not lie in a target folder")?;
    Ok(target.join(folder).join(format!("{name}{}", env::consts::EXE_SUFFIX)))
}

/// Cargo at the project's root.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(args).current_dir(root());
    cargo
}

/// Whether `cargo name` exists here.
pub(crate) fn has(name: &str) -> bool {
    let mut probe = cargo(&[name, "--version"]);
    probe.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Runs cargo and fails unless it succeeds.
pub(crate) fn succeed(args: &[&str]) -> Result<()> {
    ensure!(passes(&mut cargo(args))?, "`cargo {}` failed: see its message above", args.join(" "));
    Ok(())
}

/// Runs a command and says whether it succeeded.
pub(crate) fn passes(command: &mut Command) -> Result<bool> {
    let program = Path::new(command.get_program()).display().to_string();
    Ok(command.status().with_context(|| format!("`{program}` could not be started"))?.success())
}
