//! `haloscope demo`: the main job on a simulated managed service provider.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, anyhow, bail, ensure};
use clap::Args;
use secrecy::SecretString;

use super::{Engines, output, status, sync};
use crate::engines::{self, EngineChoice, WarehouseAddress};
use crate::folder::{DataFolder, FolderPaths};
use crate::installation::Installation;
use crate::secret::client_secret_context;
use crate::store::{ConnectionSettings, StoreError, StoreReader};

/// Marks a folder as one that a demo may delete.
const MARK: &str = ".haloscope-demo";
const MARK_TEXT: &str = "Sample data. `haloscope demo` deletes this folder and makes it anew.\n";

/// How large it is.
#[derive(Args)]
pub(super) struct Arguments {
    /// Folder of the demo; made anew each time.
    #[arg(long, value_name = "DIR", default_value = "haloscope-demo")]
    data: PathBuf,
    #[command(flatten)]
    engines: Engines,
    /// Tickets, projects and opportunities of the simulated provider.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=5_000_000))]
    tickets: u32,
    /// Seed of its data.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Requests that the simulator accepts in five minutes: more than the 450 of a real HaloPSA, so that nobody has to wait.
const REQUEST_LIMIT: u32 = 10_000;

/// Carries out the command.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    check_unused(&arguments).await?;
    empty(&arguments.data)?;
    let options = halo_sim::Options {
        tickets: arguments.tickets,
        seed: arguments.seed,
        limit: REQUEST_LIMIT as usize,
        ..halo_sim::Options::default()
    };
    let simulator = halo_sim::start(options).await.context("the simulator could not be started")?;
    eprintln!(
        "A simulated HaloPSA with {} tickets answers at {}",
        output::grouped(arguments.tickets.into()),
        simulator.resource_url()
    );

    // The mark comes first: a demo that is ended now can be made anew.
    let marked =
        std::fs::create_dir_all(&arguments.data).and_then(|()| std::fs::write(arguments.data.join(MARK), MARK_TEXT));
    marked.with_context(|| format!("the demo's folder `{}` cannot be written", arguments.data.display()))?;
    arguments.engines.choice().keep(&FolderPaths::new(&arguments.data))?;
    let installation = Installation::open(&arguments.data, &EngineChoice::default()).await?;
    let secret = SecretString::from(simulator.client_secret());
    let context = client_secret_context(&simulator.auth_url(), &simulator.resource_url(), simulator.client_id());
    let settings = ConnectionSettings {
        name: "demo".to_owned(),
        auth_url: simulator.auth_url(),
        resource_url: simulator.resource_url(),
        tenant: Some(simulator.tenant().to_owned()),
        client_id: simulator.client_id().to_owned(),
        sealed_secret: installation.vault.seal(&context, &secret)?,
        allow_private_address: true,
        request_limit: REQUEST_LIMIT,
        window_seconds: 300,
        reserve_percent: 20,
    };
    let connection = installation.store.connection_add(&settings, installation.clock.now_micros()).await?;
    let passed = sync::pass(&installation, &connection, sync::Wishes::usual(), false).await?;
    let report = status::report(&installation.store, Some("demo"), None).await?;
    installation.store.clone().close().await;
    drop(installation);
    simulator.stop().await?;
    status::show(&report, false)?;
    output::line(&hint(&arguments.data))?;
    Ok(passed.ended())
}

/// A demo never goes into what somebody uses: store and warehouse may be named in variables of a real installation.
async fn check_unused(arguments: &Arguments) -> anyhow::Result<()> {
    // As if the folder was new.
    let nothing = FolderPaths::new(arguments.data.join("new"));
    let engines = engines::choose(&nothing, &arguments.engines.choice())?;
    let taken = |what: &str, place: String| {
        let variable = what.to_uppercase();
        anyhow!(
            "{place} holds something already, and a demo needs an empty one: name another with --{what}, or unset HALOSCOPE_{variable}"
        )
    };
    match StoreReader::open(&engines.store).await {
        Err(StoreError::Missing { .. }) => {}
        Err(error) => return Err(error.into()),
        Ok(mut reader) => {
            let schemas = reader.schemas().await;
            reader.close().await;
            ensure!(schemas?.is_empty(), taken("store", format!("the store {}", engines.store)));
        }
    }
    match &engines.warehouse {
        WarehouseAddress::File(path) => {
            ensure!(!path.exists(), taken("warehouse", format!("the file `{}`", path.display())));
        }
        // A lake belongs to one store, and is refused to others.
        WarehouseAddress::Lakes(_) => {}
    }
    Ok(())
}

fn empty(folder: &Path) -> anyhow::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    if std::fs::read_to_string(folder.join(MARK)).ok().as_deref() != Some(MARK_TEXT) {
        bail!("`{}` exists and is no demo: name another folder with --data", folder.display());
    }
    // Held while it is deleted: a demo that runs is not pulled away.
    let _held = DataFolder::open(folder)?;
    std::fs::remove_dir_all(folder)
        .with_context(|| format!("the demo of before in `{}` cannot be deleted", folder.display()))
}

fn hint(folder: &Path) -> String {
    let folder = folder.display();
    let program = std::env::args().next().unwrap_or_else(|| "haloscope".to_owned());
    format!(
        "\nThis is sample data. Next:\n  \
         {program} query --data {folder} \"select client_name, count(*) as tickets from tickets \
         where deleted_at is null group by all order by 2 desc limit 5\"\n  \
         {program} status --data {folder}\n\
         With your own HaloPSA: {program} connect --help"
    )
}
