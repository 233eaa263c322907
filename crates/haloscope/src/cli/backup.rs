//! `haloscope backup`: an installation in one file, made while it runs.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::migrate::{shown, told};
use super::output::grouped;
use super::{Common, holder, output, query};
use crate::backup::{self, NewFile, Sealing};
use crate::blocking::blocking;
use crate::engines::{self, EngineChoice, WarehouseAddress};
use crate::folder::{DataFolder, FolderPaths};
use crate::migration::{self, MigrationError, Original};
use crate::store::StoreReader;

/// What is copied, and where to.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// The file to write, for example `halo.tar.age`. In the data folder there must be room for two copies meanwhile.
    file: PathBuf,
    /// Encrypt it with the passphrase in the first line of this file.
    #[arg(long, value_name = "FILE", conflicts_with = "recipient")]
    passphrase_file: Option<PathBuf>,
    /// Encrypt it for this recipient of the program age: age1... May be repeated.
    #[arg(long, value_name = "RECIPIENT")]
    recipient: Vec<String>,
}

/// Carries out the command.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let place = &arguments.common.place;
    let sealing = sealing(&arguments)?;
    let file = arguments.file.clone();
    holder::check_existing(&place.data)?;
    let paths = FolderPaths::new(&place.data);
    paths.check_finished()?;
    let out = NewFile::begin(&file)?;
    // From here on a signal stops it in order, and what was copied does not stay.
    let shown = shown(arguments.common.json);
    let mut from = engines::choose(&paths, &place.engines.choice())?;
    let of = format!("{} and {}", from.store, from.warehouse);
    // In the data folder, which nobody else can read: what is on the way is not encrypted.
    let folder = paths.snapshot()?;
    let earlier = Some(StoreReader::open(&from.store).await?);
    if let WarehouseAddress::File(path) = &from.warehouse
        && path.exists()
    {
        let copy = folder.path().join("warehouse.duckdb");
        query::snapshot(place, path, &copy).await?;
        from.warehouse = WarehouseAddress::File(copy);
    }
    let target = DataFolder::open(folder.path().join("installation"))?;
    let to = engines::choose(target.paths(), &EngineChoice::default())?;
    let original = Original { engines: from, name: of.clone(), earlier };
    let whole = migration::copy(original, &to, &target, shown).await;
    let whole = whole.map_err(|error| match error {
        MigrationError::Stopped => anyhow::anyhow!("the backup was stopped: there is no file"),
        error => error.into(),
    })?;
    let copied = whole.finish(&to, &target).await?;
    let said = told(&copied);
    let packed = blocking(move || {
        let packed = backup::pack(target.paths(), (of, copied), &sealing, out);
        drop((target, folder));
        packed
    });
    let manifest = packed.await?;
    let bytes = std::fs::metadata(&file).map_or(0, |file| file.len());
    if arguments.common.json {
        output::json(&json!({ "file": file, "bytes": bytes, "backup": manifest }))?;
    } else {
        output::line(&format!("{said}\n`{}` has {} bytes.", file.display(), grouped(bytes)))?;
        let key = paths.secret_key();
        output::line(&format!(
            "It does not hold the key `{}`, without which secrets must be entered again: keep a copy of that file elsewhere.",
            key.display()
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn sealing(arguments: &Arguments) -> anyhow::Result<Sealing> {
    Ok(match &arguments.passphrase_file {
        Some(path) => Sealing::Passphrase(backup::passphrase(path)?),
        None if arguments.recipient.is_empty() => Sealing::Open,
        None => {
            let recipients = arguments.recipient.iter().map(|text| backup::recipient(text));
            Sealing::Recipients(recipients.collect::<Result<_, _>>()?)
        }
    })
}
