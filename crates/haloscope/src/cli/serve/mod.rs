//! `haloscope serve`: keeps all connections in sync until it is stopped, shows the web app, receives webhooks, and answers the other
//! commands meanwhile.

mod answering;
mod hosting;
mod sampling;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use halo_client::Url;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::hosting::FOR_ANSWERS;
use super::holder::Access;
use super::{Common, LogFormat, output, stop};
use crate::accounts::links::{self, Purpose};
use crate::background::hosted::Hosted;
use crate::background::server::Desks;
use crate::control::Request;
use crate::http::app::App;
use crate::http::hooks::{self, Receiver};
use crate::http::listener;
use crate::installation::Installation;
use crate::sample::Samples;
use crate::webhooks::address;
use crate::webhooks::inbox::Inbox;

/// Bytes of a delivery, or of a batch of them, unless something else is said.
pub(super) const USUAL_LARGEST_DELIVERY: usize = 5_000_000;

/// How long sample data may take to end after all else has; it begins to end at the same time.
const FOR_SAMPLES: Duration = Duration::from_millis(300);

/// How it is run.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// How log lines look.
    #[arg(long, value_enum, default_value_t)]
    log_format: LogFormat,
    /// Where the web app is and HaloPSA's webhooks are received; port 0 takes a free one. Usual: 127.0.0.1:8480.
    #[arg(long, value_name = "ADDRESS", env = "HALOSCOPE_LISTEN")]
    listen: Option<SocketAddr>,
    /// Address under which HaloPSA and people reach this installation; kept. Usual: the one that it listens at.
    #[arg(long, value_name = "URL", env = "HALOSCOPE_PUBLIC_URL")]
    public_url: Option<Url>,
    /// Bytes of a delivery, or of a batch of them, at most.
    #[arg(
        long,
        value_name = "BYTES",
        env = "HALOSCOPE_LARGEST_DELIVERY",
        default_value_t = USUAL_LARGEST_DELIVERY as u64,
        value_parser = clap::value_parser!(u64).range(1_000..=hooks::LARGEST_ALLOWED)
    )]
    largest_delivery: u64,
}

impl Arguments {
    pub(super) fn log_format(&self) -> LogFormat {
        self.log_format
    }
}

/// Carries out the command.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let data = &arguments.common.place.data;
    let installation: Arc<Installation> =
        Arc::from(Access::to(&arguments.common.place).await?.hold(data, Request::Yield).await?);
    let stop = stop::on_signal();
    let (samples, keeping) = sampling::start(installation.folder.paths().folder(), &stop)?;
    let served = serve(&arguments.address(), installation, samples, stop.clone(), tell_of_first_run).await;
    // Also where serving ended by itself.
    stop.cancel();
    if timeout(FOR_SAMPLES, keeping).await.is_err() {
        tracing::warn!("the sample data did not end in time; the next start removes it");
    }
    served
}

/// Where it listens, and what it takes.
pub(super) struct Listening {
    /// None where it may do without, when the usual address is taken.
    pub(super) listen: Option<SocketAddr>,
    pub(super) public_url: Option<Url>,
    pub(super) largest_delivery: usize,
}

impl Arguments {
    fn address(&self) -> Listening {
        Listening {
            listen: self.listen,
            public_url: self.public_url.clone(),
            largest_delivery: usize::try_from(self.largest_delivery).unwrap_or(usize::MAX),
        }
    }
}

/// Says how somebody becomes the first administrator, where there is nobody yet.
async fn tell_of_first_run(installation: Arc<Installation>, origin: String) -> anyhow::Result<()> {
    let store = &installation.store;
    if store.user_count().await? > 0 {
        return Ok(());
    }
    let link = links::make(store, Purpose::FirstRun, None, installation.clock.now_micros()).await?;
    output::line(&format!(
        "Open this link to set up Haloscope. It can be used once, within 24 hours; each start makes another one:\n\n    {origin}{}\n",
        link.path
    ))
}

/// Serves until `stop` fires. `told` is called with the address of the web app once that answers.
pub(super) async fn serve<T: Future<Output = anyhow::Result<()>>>(
    listening: &Listening,
    installation: Arc<Installation>,
    samples: Samples,
    stop: CancellationToken,
    told: impl FnOnce(Arc<Installation>, String) -> T,
) -> anyhow::Result<ExitCode> {
    let connections = installation.store.connection_list().await?;
    let names: Vec<_> = connections.iter().map(|connection| connection.settings.name.as_str()).collect();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), connections = names.join(", "), "haloscope serves");
    let (desks, hosted, answering) = (Desks::default(), Hosted::default(), CancellationToken::new());
    let bound = listen(listening).await?;
    let listener = match bound {
        Some((listener, bound)) => {
            let chosen = listening.public_url.as_ref().map(Url::as_str);
            let public_url = address::note(&installation, chosen, &format!("http://{bound}")).await?;
            tracing::info!(address = %bound, public_url, "the web app answers, webhooks are received");
            let known = address::chosen(&installation).await?;
            // Before the warehouses are open, which takes a while: nobody who posts is turned away.
            hosted.admit(&installation, &connections).await?;
            let app = App::new(installation.clone(), hosted.clone(), samples, (bound, known), answering.clone());
            let answers = answer(listener, app, listening, (&desks, &hosted), &answering);
            told(installation.clone(), public_url.trim_end_matches('/').to_owned()).await?;
            answers
        }
        None => tokio::spawn(async {}),
    };
    let served = hosting::run(&installation, &desks, &hosted, &stop).await;
    answering.cancel();
    if timeout(FOR_ANSWERS, listener).await.is_err() {
        tracing::warn!("a delivery that was being received is dropped; HaloPSA sends it again");
    }
    if timeout(FOR_ANSWERS, installation.store.clone().close()).await.is_err() {
        tracing::warn!("the store was still in use");
    }
    served?;
    tracing::info!("haloscope ended");
    Ok(ExitCode::SUCCESS)
}

/// Without an address of its own it does without where the usual one is taken.
async fn listen(listening: &Listening) -> anyhow::Result<Option<(TcpListener, SocketAddr)>> {
    let wanted = listening.listen.unwrap_or(address::USUAL_LISTEN.parse().expect("it is an address"));
    let cannot = || format!("{wanted} cannot be listened at: choose another address with --listen");
    let listener = match TcpListener::bind(wanted).await {
        Err(error) if listening.listen.is_none() => {
            tracing::warn!(%error, "there is no web app and no webhook is received, as {}", cannot());
            return Ok(None);
        }
        bound => bound.with_context(cannot)?,
    };
    let bound = listener.local_addr().context("the address that is listened at is not known")?;
    Ok(Some((listener, bound)))
}

/// Answers browsers and HaloPSA until `stop` fires.
fn answer(
    listener: TcpListener,
    app: App,
    listening: &Listening,
    (desks, hosted): (&Desks, &Hosted),
    stop: &CancellationToken,
) -> JoinHandle<()> {
    let receiver = receiver(&app.installation, listening, desks, hosted);
    let (hooks, counting) = receiver.router(stop.clone());
    let (router, stop) = (app.router().merge(hooks), stop.clone());
    tokio::spawn(async move {
        listener::serve(listener, router, stop).await;
        let _ = counting.await;
    })
}

/// Takes deliveries.
fn receiver(installation: &Installation, listening: &Listening, desks: &Desks, hosted: &Hosted) -> Receiver {
    let desks = desks.clone();
    Receiver {
        gate: hosted.gate.clone(),
        inbox: Inbox::start(installation.store.clone(), move |connection| desks.of(connection).delivered.tell()),
        store: installation.store.clone(),
        clock: installation.clock.clone(),
        largest_body: listening.largest_delivery,
    }
}
