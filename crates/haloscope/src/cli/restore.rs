//! `haloscope restore`: an installation is made from a backup, on any engines.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::migrate::{Target, shown, told};
use super::{Common, output};
use crate::backup::{self, Opening};
use crate::blocking::blocking;
use crate::engines::{self, EngineChoice};
use crate::folder::DataFolder;
use crate::migration::{self, Original};
use crate::secret::KEY_FILE_VARIABLE;

/// Folder of what was unpacked, in the data folder.
const UNPACKED: &str = "restoring";

/// What is restored, and where to.
#[derive(Args)]
pub(super) struct Arguments {
    /// Its data folder must not hold an installation; store and warehouse may be on other engines than they were.
    #[command(flatten)]
    common: Common,
    /// The backup.
    file: PathBuf,
    /// Its passphrase is in the first line of this file.
    #[arg(long, value_name = "FILE", conflicts_with = "identity_file")]
    passphrase_file: Option<PathBuf>,
    /// Identities of the program age, one of which it was encrypted for, are in this file.
    #[arg(long, value_name = "FILE")]
    identity_file: Option<PathBuf>,
    /// The key `secret.key` of the installation that it was made of. Without it, secrets must be entered again.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

/// Carries out the command.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let opening = match (&arguments.passphrase_file, &arguments.identity_file) {
        (Some(path), _) => Some(Opening::Passphrase(backup::passphrase(path)?)),
        (None, Some(path)) => Some(Opening::Identities(backup::identities(path)?)),
        (None, None) => None,
    };
    let place = &arguments.common.place;
    if let Some(key) = &arguments.key_file {
        anyhow::ensure!(key.is_file(), "there is no key file `{}`", key.display());
    }
    let shown = shown(arguments.common.json);
    let choice = place.engines.choice();
    let target = Target::prepare(&place.data, &choice, arguments.key_file.as_deref())?;
    let unpacked = target.folder.paths().folder().join(UNPACKED);
    let source = DataFolder::open(&unpacked)?;
    let (paths, file) = (source.paths().clone(), arguments.file.clone());
    let manifest = blocking(move || backup::unpack(&file, opening.as_ref(), &paths)).await;
    if manifest.is_err() {
        // It would only be in the way.
        let _ = std::fs::remove_dir_all(&unpacked);
    }
    let manifest = manifest?;
    let engines = engines::choose(source.paths(), &EngineChoice::default())?;
    let name = format!("the backup of {}", manifest.made_at);
    let original = Original { engines, name, earlier: None };
    let whole = migration::copy(original, &target.engines, &target.folder, shown).await?;
    drop(source);
    std::fs::remove_dir_all(&unpacked).with_context(|| format!("`{}` cannot be removed", unpacked.display()))?;
    let copied = target.finish(whole, &choice).await?;
    if arguments.common.json {
        output::json(&manifest)?;
        return Ok(ExitCode::SUCCESS);
    }
    output::line(&told(&copied))?;
    let (data, made_at) = (place.data.display(), &manifest.made_at);
    output::line(&format!(
        "`{data}` is the installation as it was at {made_at}. `haloscope sync` brings what is new."
    ))?;
    if !target.folder.paths().secret_key().exists() && std::env::var_os(KEY_FILE_VARIABLE).is_none() {
        output::line(&format!(
            "The key of its secrets is in no backup: copy `secret.key` of the original into `{data}` before the next command, or \
             enter the client secrets again with `haloscope connect`."
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
