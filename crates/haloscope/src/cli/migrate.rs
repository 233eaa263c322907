//! `haloscope migrate`: an installation is copied to other engines.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail, ensure};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::grouped;
use super::{Engines, output, progress, stop};
use crate::engines::{self, EngineChoice, EngineError};
use crate::folder::DataFolder;
use crate::migration::{self, Copied, Original, Step, Told, Whole};
use crate::secret::KEY_LENGTH;

/// From where, and to where.
#[derive(Args)]
pub(super) struct Arguments {
    /// Data folder of the installation that is copied. Nothing in it changes; it must not run meanwhile.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Where its store is, if neither in that folder nor named in its `haloscope.toml`.
    #[arg(long, value_name = "ADDRESS")]
    from_store: Option<String>,
    /// Where its warehouse is, if neither in that folder nor named in its `haloscope.toml`.
    #[arg(long, value_name = "ADDRESS")]
    from_warehouse: Option<String>,
    /// Where its lakes' files are, if its `haloscope.toml` does not name it. A bucket is reached as that file says, and where it says
    /// nothing as that of the copy.
    #[arg(long, value_name = "PLACE")]
    from_lake: Option<String>,
    /// Data folder of the copy; made when it does not exist. The options below say where its store and warehouse are.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    #[command(flatten)]
    engines: Engines,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
}

/// Carries out the command.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    ensure!(
        arguments.from.is_dir(),
        "there is no data folder `{}`: name that of the installation in --from",
        arguments.from.display()
    );
    if arguments.to.canonicalize().is_ok_and(|to| arguments.from.canonicalize().is_ok_and(|from| from == to)) {
        bail!("`{}` would be copied onto itself: name another folder in --to", arguments.from.display());
    }
    let source = DataFolder::open(&arguments.from)?;
    source.paths().check_finished()?;
    let choice = arguments.engines.choice();
    let from_choice = EngineChoice {
        store: arguments.from_store.map(Into::into),
        warehouse: arguments.from_warehouse.map(Into::into),
        lake: arguments.from_lake,
        duckdb_extensions: choice.duckdb_extensions.clone(),
        lake_keep_days: None,
        s3: choice.s3.clone(),
    };
    let from = engines::choose(source.paths(), &from_choice.after_settings(source.paths())?).map_err(of_original)?;
    let target = Target::prepare(&arguments.to, &choice, Some(&source.paths().secret_key()))?;
    let name = format!("{} and {}", from.store, from.warehouse);
    let original = Original { engines: from, name, earlier: None };
    let whole = migration::copy(original, &target.engines, &target.folder, shown(arguments.json)).await?;
    let copied = target.finish(whole, &choice).await?;
    if arguments.json {
        output::json(&copied)?;
    } else {
        output::line(&told(&copied))?;
        output::line(&format!(
            "\n`{to}` is an installation of its own now; use it with --data {to}. `{from}` is as it was.\n\
             Let only one of the two run: both would use up the same requests, and HaloPSA posts to one address.",
            to = arguments.to.display(),
            from = arguments.from.display(),
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The engines of the original have options of their own.
fn of_original(error: EngineError) -> anyhow::Error {
    match error {
        EngineError::Elsewhere { what, folder, known, .. } => {
            anyhow!("the {what} of `{}` is {known}: name it in --from-{what}, with its password", folder.display())
        }
        EngineError::LakeElsewhere { folder, known, .. } => {
            anyhow!("the files of the lakes of `{}` are in `{known}`: name that in --from-lake", folder.display())
        }
        EngineError::NoLake => anyhow!("the lakes that are copied need a folder: name it in --from-lake"),
        other => other.into(),
    }
}

/// A folder that an installation is copied into.
pub(super) struct Target {
    pub(super) folder: DataFolder,
    pub(super) engines: engines::Engines,
    /// The key that seals secrets, unless it is there already or kept elsewhere.
    key: Option<Vec<u8>>,
}

impl Target {
    /// Takes hold of the folder. Nothing in it changes before there is a copy; see [`Self::finish`].
    pub(super) fn prepare(path: &Path, choice: &EngineChoice, key: Option<&Path>) -> anyhow::Result<Self> {
        let folder = DataFolder::open(path)?;
        migration::check_free(&folder)?;
        let engines = engines::choose(folder.paths(), choice)?;
        let read = |path: &Path| {
            std::fs::read(path).with_context(|| format!("the key file `{}` cannot be read", path.display()))
        };
        let key = key.filter(|path| path.exists()).map(read).transpose()?;
        ensure!(
            key.as_ref().is_none_or(|key| key.len() == KEY_LENGTH),
            "the key file must hold exactly {KEY_LENGTH} bytes"
        );
        let there = folder.paths().secret_key();
        if let Some(key) = &key
            && there.exists()
        {
            ensure!(
                read(&there)? == *key,
                "`{}` is another key than that of the original: move it away, or it could not open the secrets",
                there.display()
            );
        }
        Ok(Self { folder, engines, key })
    }

    /// Makes the copy an installation, which keeps the key and what was chosen.
    pub(super) async fn finish(&self, whole: Whole, choice: &EngineChoice) -> anyhow::Result<Copied> {
        if let Some(key) = &self.key {
            self.folder.put("secret.key", key)?;
        }
        choice.keep(self.folder.paths())?;
        Ok(whole.finish(&self.engines, &self.folder).await?)
    }
}

/// What was copied, in words.
pub(super) fn told(copied: &Copied) -> String {
    let connections = match copied.connections {
        1 => "1 connection".to_owned(),
        count => format!("{count} connections"),
    };
    format!(
        "Copied {connections}: {} rows in {} tables of the warehouse, {} rows of the store. Each was compared with the original.",
        grouped(copied.warehouse_rows),
        copied.warehouse_tables,
        grouped(copied.store_rows),
    )
}

/// Shows how far a copy is when a person watches, and stops it at the first signal.
pub(super) fn shown(json: bool) -> Told {
    let stop = stop::on_signal();
    let bar = progress::is_watched(json).then(|| {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
        let style = "{spinner} {msg:<48} {wide_bar} {human_pos} of {human_len} rows";
        bar.set_style(ProgressStyle::with_template(style).expect("the template is fixed"));
        bar
    });
    Arc::new(move |Step { table, rows, of, compares }| {
        if let Some(bar) = &bar {
            bar.set_message(format!("{} {table}", if compares { "comparing" } else { "copying" }));
            bar.set_length(of);
            bar.set_position(rows);
        }
        !stop.is_cancelled()
    })
}
