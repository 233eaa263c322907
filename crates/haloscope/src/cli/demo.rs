//! `haloscope demo`: the web app, or the main job alone, on a simulated managed service provider.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail, ensure};
use clap::Args;
use secrecy::SecretString;
use tokio::net::TcpListener;

use super::serve::{self, Listening};
use super::{Engines, output, status, stop, sync};
use crate::accounts::Role;
use crate::accounts::links::{self, Purpose};
use crate::engines::{self, EngineChoice, WarehouseAddress};
use crate::folder::{DataFolder, FolderPaths};
use crate::installation::Installation;
use crate::sample::{Sample, SampleValues, Samples};
use crate::secret::client_secret_context;
use crate::store::{Connection, ConnectionSettings, NewUser, StoreError, StoreReader};
use crate::webhooks::address::USUAL_LISTEN;
use crate::workspace::Workspace;

/// Marks a folder as one that a demo may delete.
const MARK: &str = ".haloscope-demo";
const MARK_TEXT: &str = "Sample data. `haloscope demo` deletes this folder and makes it anew.\n";

/// How large it is, and what is shown.
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
    /// Where the web app is; port 0 takes a free one. Usual: 127.0.0.1:8480, or a free port where that is taken.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Connect nothing: the five values are shown in the app, to walk through the set-up.
    #[arg(long)]
    unconnected: bool,
    /// Copy the data, show how each kind of record stands, and end: no web app.
    #[arg(long, conflicts_with_all = ["listen", "unconnected"])]
    copy_only: bool,
}

/// Requests that the simulator accepts in five minutes: more than the 450 of a real HaloPSA, so that nobody has to wait.
const REQUEST_LIMIT: u32 = 10_000;
/// Each event that a webhook is configured for happens within so many seconds.
const EVENTS_WITHIN_S: u32 = 60;
/// How often something changes.
const CHANGES_PER_MINUTE: u32 = 12;
/// What the simulated provider is called.
pub(super) const SAMPLE: &str = "Sample provider";
/// Name of the one who is signed in.
const USER: &str = "demo";

/// Carries out the command.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    check_unused(&arguments).await?;
    empty(&arguments.data)?;
    let provider = SimulatedProvider::start(arguments.tickets, arguments.seed, !arguments.copy_only).await?;
    eprintln!(
        "A simulated HaloPSA with {} tickets answers at {}",
        output::grouped(arguments.tickets.into()),
        provider.running().resource_url()
    );

    // The mark comes first: a demo that is ended now can be made anew.
    let marked =
        std::fs::create_dir_all(&arguments.data).and_then(|()| std::fs::write(arguments.data.join(MARK), MARK_TEXT));
    marked.with_context(|| format!("the demo's folder `{}` cannot be written", arguments.data.display()))?;
    arguments.engines.choice().keep(&FolderPaths::new(&arguments.data))?;
    let installation = Installation::open(&arguments.data, &EngineChoice::default()).await?;
    let ended = if arguments.copy_only {
        copy(&arguments, installation, &provider).await?
    } else {
        show(&arguments, installation, &provider).await?
    };
    provider.stop().await?;
    Ok(ended)
}

/// A simulated HaloPSA, as a demo needs it.
pub(super) struct SimulatedProvider(halo_sim::Running);

impl SimulatedProvider {
    /// Starts one. If it is `lively` something changes all the time, and configured events happen soon.
    pub(super) async fn start(tickets: u32, seed: u64, lively: bool) -> anyhow::Result<Self> {
        let options = halo_sim::Options {
            tickets,
            seed,
            // What happens is seen as it happens, and not as if it came late.
            now: lively.then(|| jiff::Timestamp::now().as_millisecond()),
            limit: REQUEST_LIMIT as usize,
            events_within: lively.then_some(EVENTS_WITHIN_S.into()),
            changes_per_minute: lively.then_some(CHANGES_PER_MINUTE),
            ..halo_sim::Options::default()
        };
        halo_sim::start(options).await.map(Self).context("the simulator could not be started")
    }

    /// As it runs.
    pub(super) fn running(&self) -> &halo_sim::Running {
        &self.0
    }

    /// Connects it, under a name.
    pub(super) async fn connect(&self, installation: &Installation, name: &str) -> anyhow::Result<Connection> {
        let simulator = &self.0;
        let secret = SecretString::from(simulator.client_secret());
        let context = client_secret_context(&simulator.auth_url(), &simulator.resource_url(), simulator.client_id());
        let settings = ConnectionSettings {
            name: name.to_owned(),
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
        Ok(installation.store.connection_add(&settings, installation.clock.now_micros()).await?)
    }

    /// Ends it.
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.0.stop().await
    }
}

/// What pages say of it.
pub(super) fn sample(simulator: &halo_sim::Running, demo: bool) -> Sample {
    Sample {
        demo,
        webhooks_url: format!("{}{}", simulator.base_url(), halo_sim::WEBHOOKS_PAGE),
        values: SampleValues {
            auth_url: simulator.auth_url(),
            resource_url: simulator.resource_url(),
            tenant: simulator.tenant().to_owned(),
            client_id: simulator.client_id().to_owned(),
            client_secret: simulator.client_secret().to_owned(),
        },
        events_within_s: EVENTS_WITHIN_S,
    }
}

/// Copies the data once and shows how each kind of record stands.
async fn copy(
    arguments: &Arguments,
    installation: Installation,
    provider: &SimulatedProvider,
) -> anyhow::Result<ExitCode> {
    let connection = provider.connect(&installation, "demo").await?;
    let passed = sync::pass(&installation, &connection, sync::Wishes::usual(), false).await?;
    let report = status::report(&installation.store, Some("demo"), None).await?;
    installation.store.clone().close().await;
    drop(installation);
    status::show(&report, false)?;
    output::line(&hint(&arguments.data))?;
    Ok(passed.ended())
}

/// Shows the web app until it is stopped.
async fn show(
    arguments: &Arguments,
    installation: Installation,
    provider: &SimulatedProvider,
) -> anyhow::Result<ExitCode> {
    if !arguments.unconnected {
        provider.connect(&installation, SAMPLE).await?;
    }
    // As the simulated provider works.
    let workspace = Workspace { name: SAMPLE.to_owned(), zone: "Europe/London".to_owned(), ..Workspace::default() };
    workspace.set(&installation.store).await?;
    let role = Role::Administrator.word();
    let user = NewUser { name: USER, display_name: "Demo", role: &role, password: None };
    let user = installation.store.user_add(&user, installation.clock.now_micros()).await?;
    let listening = Listening {
        listen: Some(listen(arguments.listen).await),
        public_url: None,
        largest_delivery: serve::USUAL_LARGEST_DELIVERY,
    };
    let told = async |installation: Arc<Installation>, origin: String| {
        let link =
            links::make(&installation.store, Purpose::SignIn, Some(user.id), installation.clock.now_micros()).await?;
        output::line(&format!(
            "\nOpen this address in a browser. It signs you in; all of it is sample data that changes all the time:\n\n    \
             {origin}{}\n\nCtrl-C ends the demo. With your own HaloPSA: haloscope serve",
            link.path
        ))
    };
    serve::serve(
        &listening,
        Arc::new(installation),
        Samples::of_demo(sample(provider.running(), true)),
        stop::on_signal(),
        told,
    )
    .await
}

/// Where it listens: a demo is not held up by what uses the usual address.
async fn listen(chosen: Option<SocketAddr>) -> SocketAddr {
    let usual: SocketAddr = USUAL_LISTEN.parse().expect("it is an address");
    match chosen {
        Some(chosen) => chosen,
        None if TcpListener::bind(usual).await.is_ok() => usual,
        None => SocketAddr::new(usual.ip(), 0),
    }
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
            let (schemas, people) = (reader.schemas().await, reader.people().await);
            reader.close().await;
            ensure!(schemas?.is_empty() && people? == 0, taken("store", format!("the store {}", engines.store)));
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
