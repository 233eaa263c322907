//! `haloscope serve`: keeps all connections in sync until it is stopped, and answers the other commands meanwhile.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use halo_client::Url;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use warehouse::Warehouse as _;

use super::holder::{Access, Holder};
use super::through::Told;
use super::{Common, LogFormat, output, status, stop, webhook};
use crate::background::board::{Doing, Trouble, Wish};
use crate::background::server::{Arrivals, Lost, Server, Serving, View};
use crate::blocking::blocking;
use crate::control::{self, EventSink, Failure, Handler, Request, WebhookAsk};
use crate::http::hooks::{self, Receiver};
use crate::http::listener;
use crate::installation::{Installation, InstallationError, OpenWarehouse, Rebuilt};
use crate::store::{Connection, ConnectionId, StoreError};
use crate::sync::verify;
use crate::webhooks::address;
use crate::webhooks::gate::{self, Gate};
use crate::webhooks::inbox::Inbox;

/// After a signal all is over within 5 s: so long for passes, for those who ask, and for writing back the log. Whatever
/// takes longer is as after a crash, which loses nothing.
const FOR_PASSES: Duration = Duration::from_millis(2_000);
const FOR_ANSWERS: Duration = Duration::from_millis(300);
const FOR_THE_LOG: Duration = Duration::from_millis(700);
/// How long what still uses a lost warehouse is waited for.
const FOR_THE_LOST: Duration = Duration::from_secs(60);
/// A warehouse that is damaged again after it was made anew so often has a cause that a person must find.
const MOST_REBUILDS: u32 = 2;
/// Before a warehouse is opened again whose engine has stopped; each time twice as long, up to the second.
const BEFORE_OPENING_AGAIN: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// Between two lines of progress for one who waits.
const BETWEEN_LINES: Duration = Duration::from_millis(200);

/// How it is run.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// How log lines look.
    #[arg(long, value_enum, default_value_t)]
    log_format: LogFormat,
    /// Where HaloPSA's webhooks are received; port 0 takes a free one. Usual: 127.0.0.1:8480.
    #[arg(long, value_name = "ADDRESS", env = "HALOSCOPE_LISTEN")]
    listen: Option<SocketAddr>,
    /// Address under which HaloPSA reaches this installation; kept. Usual: the one that it listens at.
    #[arg(long, value_name = "URL", env = "HALOSCOPE_PUBLIC_URL")]
    public_url: Option<Url>,
    /// Bytes of a delivery, or of a batch of them, at most.
    #[arg(
        long,
        value_name = "BYTES",
        env = "HALOSCOPE_LARGEST_DELIVERY",
        default_value_t = 5_000_000,
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
        Arc::from(Access::existing(&arguments.common.place).await?.hold(data, Request::Yield).await?);
    let connections = installation.store.connection_list().await?;
    if connections.is_empty() {
        return Err(StoreError::NoConnection.into());
    }
    let stop = stop::on_signal();
    let names: Vec<_> = connections.iter().map(|connection| connection.settings.name.as_str()).collect();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), connections = names.join(", "), "haloscope serves");
    let (arrivals, gate) = (Arrivals::default(), Arc::new(Gate::default()));
    let receiving = CancellationToken::new();
    let receiver = receive(&arguments, &installation, &connections, (&arrivals, &gate), &receiving).await?;
    let served = serve(&installation, &connections, (&arrivals, &gate), &stop).await;
    receiving.cancel();
    if timeout(FOR_ANSWERS, receiver).await.is_err() {
        tracing::warn!("a delivery that was being received is dropped; HaloPSA sends it again");
    }
    if timeout(FOR_ANSWERS, installation.store.clone().close()).await.is_err() {
        tracing::warn!("the store was still in use");
    }
    served?;
    tracing::info!("haloscope ended");
    Ok(ExitCode::SUCCESS)
}

/// Starts to receive webhooks. Without an address of its own it does without where the usual one is taken.
async fn receive(
    arguments: &Arguments,
    installation: &Arc<Installation>,
    connections: &[Connection],
    (arrivals, gate): (&Arrivals, &Arc<Gate>),
    stop: &CancellationToken,
) -> anyhow::Result<JoinHandle<()>> {
    for connection in connections {
        gate::secret(installation, connection, false).await?;
        gate.load(installation, connection).await?;
    }
    let wanted = arguments.listen.unwrap_or(address::USUAL_LISTEN.parse().expect("it is an address"));
    let listener = match TcpListener::bind(wanted).await {
        Err(error) if arguments.listen.is_none() => {
            tracing::warn!(
                %error,
                "webhooks are not received, as {wanted} cannot be listened at: choose another address with --listen"
            );
            return Ok(tokio::spawn(async {}));
        }
        bound => {
            bound.with_context(|| format!("{wanted} cannot be listened at: choose another address with --listen"))?
        }
    };
    let bound = listener.local_addr().context("the address that is listened at is not known")?;
    let chosen = arguments.public_url.as_ref().map(Url::as_str);
    let public_url = address::note(installation, chosen, &format!("http://{bound}")).await?;
    tracing::info!(address = %bound, public_url, "webhooks are received");
    let arrivals = arrivals.clone();
    let receiver = Receiver {
        gate: gate.clone(),
        inbox: Inbox::start(installation.store.clone(), move |connection| arrivals.of(connection).tell()),
        store: installation.store.clone(),
        clock: installation.clock.clone(),
        largest_body: usize::try_from(arguments.largest_delivery).unwrap_or(usize::MAX),
    };
    let (router, counting) = receiver.router(stop.clone());
    let stop = stop.clone();
    Ok(tokio::spawn(async move {
        listener::serve(listener, router, stop).await;
        let _ = counting.await;
    }))
}

/// Serves until it is stopped. A warehouse that is or turns out to be damaged is made anew, and one whose engine has stopped is
/// opened again.
async fn serve(
    installation: &Arc<Installation>,
    connections: &[Connection],
    webhooks: (&Arrivals, &Arc<Gate>),
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let (mut damaged, mut rebuilds, mut is_first, mut wait) = (None, 0, true, BEFORE_OPENING_AGAIN);
    while rebuilds <= MOST_REBUILDS {
        // Taken: what was moved out of the way is not moved again.
        let served = match open(installation, connections, damaged.take()).await {
            Err(error) if !is_first && may_pass(&error) => {
                tracing::warn!(
                    error = &*error as &dyn std::error::Error,
                    "the warehouse cannot be opened; it is tried again"
                );
                if waited(&mut wait, stop).await {
                    continue;
                }
                return Ok(());
            }
            opened => opened?,
        };
        is_first = false;
        let began = Instant::now();
        let engines: Vec<_> = served.iter().map(|(_, warehouse)| Arc::downgrade(&warehouse.engine)).collect();
        let ended = until_lost(installation, &served, webhooks, stop).await?;
        if stop.is_cancelled() {
            return if ended.all { write_back(served).await } else { Ok(()) };
        }
        damaged = ended.lost.filter(|lost| lost.damaged).map(|lost| lost.connection);
        drop(served);
        let free = async {
            while engines.iter().any(|engine| engine.strong_count() > 0) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(FOR_THE_LOST, free).await.context("the warehouse that is to be opened again is still in use")?;
        if damaged.is_some() {
            rebuilds += 1;
            continue;
        }
        tracing::warn!("the warehouse's engine stopped after an error; the warehouse is opened again");
        if began.elapsed() > LONGEST_WAIT {
            wait = BEFORE_OPENING_AGAIN;
        }
        if !waited(&mut wait, stop).await {
            return Ok(());
        }
    }
    anyhow::bail!("the warehouse was damaged again and again: check the disk")
}

/// Waits, each time longer, as what stopped an engine may last. Answers whether to go on.
async fn waited(wait: &mut Duration, stop: &CancellationToken) -> bool {
    let time = std::mem::replace(wait, LONGEST_WAIT.min(*wait * 2));
    timeout(time, stop.cancelled()).await.is_err()
}

/// Whether the same may succeed later by itself, or once a person has made room.
fn may_pass(error: &anyhow::Error) -> bool {
    use warehouse::Error as W;
    match error.downcast_ref::<InstallationError>() {
        Some(InstallationError::Warehouse(error)) => {
            matches!(error, W::Full(_) | W::Away(_) | W::ReadOnly(_) | W::Refused(_) | W::Stopped(_))
        }
        Some(InstallationError::Store(error)) => {
            matches!(error, StoreError::Full(_) | StoreError::Away { .. } | StoreError::ReadOnly(_))
        }
        _ => false,
    }
}

/// Opens the warehouses of all connections. One that is damaged, or was found to be, is made anew.
async fn open(
    installation: &Installation,
    connections: &[Connection],
    damaged: Option<ConnectionId>,
) -> anyhow::Result<Vec<(Connection, OpenWarehouse)>> {
    let mut opened = Vec::with_capacity(connections.len());
    // The damaged one first: others may share it.
    let (first, others): (Vec<_>, Vec<_>) = connections.iter().partition(|connection| damaged == Some(connection.id));
    for connection in first.into_iter().chain(others) {
        let warehouse = if damaged == Some(connection.id) {
            rebuild(installation, connection).await?
        } else {
            match installation.warehouse(connection).await {
                Err(error) if error.asks_for_rebuild() => rebuild(installation, connection).await?,
                found => found?,
            }
        };
        opened.push((connection.clone(), warehouse));
    }
    Ok(opened)
}

async fn rebuild(installation: &Installation, connection: &Connection) -> anyhow::Result<OpenWarehouse> {
    let Rebuilt { warehouse, damaged: kept } = installation.rebuild(connection).await?;
    tracing::warn!(%kept, "the warehouse was damaged or incomplete; it is read anew and the damaged one is kept");
    Ok(warehouse)
}

/// How serving ended.
struct Ended {
    /// Whether all passes ended in time.
    all: bool,
    /// Which warehouse is lost.
    lost: Option<Lost>,
}

/// Serves on these warehouses until it is stopped or one of them is lost.
async fn until_lost(
    installation: &Arc<Installation>,
    served: &[(Connection, OpenWarehouse)],
    (arrivals, gate): (&Arrivals, &Arc<Gate>),
    stop: &CancellationToken,
) -> anyhow::Result<Ended> {
    let end = stop.child_token();
    let mut server = Server::start(installation, served.to_vec(), arrivals, &end);
    let holder = Holder::new(installation, served.first().map(|(_, warehouse)| warehouse.engine.clone()), "serves");
    let (installation, gate) = (installation.clone(), gate.clone());
    let folder = installation.folder.clone();
    let answering = Answering { holder, installation, gate, view: server.view() };
    let socket =
        control::serve(folder, Arc::new(answering), end.clone()).context("other commands could not be answered");
    let mut lost = None;
    if socket.is_ok() {
        tokio::select! {
            () = end.cancelled() => {}
            found = server.lost.wait_for(Option::is_some) => lost = found.ok().and_then(|found| *found),
        }
    }
    end.cancel();
    let all = server.ended(FOR_PASSES).await;
    if !all {
        tracing::warn!("a pass did not end in time and is dropped; it goes on where it was at the next start");
    }
    if timeout(FOR_ANSWERS, socket?.ended()).await.is_err() {
        tracing::warn!("a command that was being answered is dropped");
    }
    Ok(Ended { all, lost })
}

/// Writes the logs back, unless that takes too long: then the next start does it.
async fn write_back(served: Vec<(Connection, OpenWarehouse)>) -> anyhow::Result<()> {
    let written = blocking(move || served.iter().try_for_each(|(_, warehouse)| warehouse.engine.checkpoint()));
    match timeout(FOR_THE_LOG, written).await {
        Ok(written) => Ok(written?),
        Err(_) => Ok(()),
    }
}

/// Answers other processes.
struct Answering {
    holder: Holder,
    installation: Arc<Installation>,
    gate: Arc<Gate>,
    view: View,
}

impl Handler for Answering {
    async fn handle(&self, request: Request, events: EventSink) -> Result<(), Failure> {
        match request {
            Request::Status { connection } => {
                // A client that has gone needs no answer.
                let _ = events.data(&self.report(connection.as_deref()).await?).await;
                Ok(())
            }
            Request::Sync { connection, full, accept_absences: accepted, with, without } => {
                let name = self.name(connection.as_deref()).await?;
                self.sync(&name, Wish { full, accepted, with, without }, &events).await
            }
            Request::Verify { connection } => {
                let name = self.name(connection.as_deref()).await?;
                Box::pin(self.verify(&name, &events)).await
            }
            Request::Webhook { connection, ask } => {
                for part in self.webhook(connection.as_deref(), &ask).await?.parts() {
                    // A client that has gone needs no answer.
                    let _ = events.data(&part).await;
                }
                Ok(())
            }
            other => self.holder.handle(other, events).await,
        }
    }
}

impl Answering {
    async fn report(&self, connection: Option<&str>) -> Result<status::Report, Failure> {
        let report = status::report(&self.installation.store, connection, Some("serves")).await;
        let mut report = report.map_err(|error| Failure::because("status", output::chain(&error)))?;
        for connection in &mut report.connections {
            connection.live = self.view.live(&connection.name);
        }
        Ok(report)
    }

    /// The connection that is meant.
    async fn connection(&self, connection: Option<&str>) -> Result<Connection, Failure> {
        let found = self.installation.store.connection_get(connection).await;
        found.map_err(|error| Failure::new("connection", &error))
    }

    async fn name(&self, connection: Option<&str>) -> Result<String, Failure> {
        Ok(self.connection(connection).await?.settings.name)
    }

    async fn webhook(&self, connection: Option<&str>, ask: &WebhookAsk) -> Result<webhook::Answer, Failure> {
        let connection = self.connection(connection).await?;
        let failed = |error: anyhow::Error| Failure::because("webhook", output::chain(&error));
        let client = match ask {
            WebhookAsk::Create => {
                let source = self.serving(&connection.settings.name)?.source().await;
                Some(&source.map_err(|error| failed(error.into()))?.client)
            }
            _ => None,
        };
        let answer = webhook::carry_out(&self.installation, &connection, client, ask).await;
        if matches!(ask, WebhookAsk::Create | WebhookAsk::Rotate | WebhookAsk::Protect { .. }) {
            // Also where it ended half way.
            self.gate.load(&self.installation, &connection).await.map_err(|error| failed(error.into()))?;
        }
        let answer = answer.map_err(failed)?;
        if matches!(ask, WebhookAsk::Replay { .. }) {
            self.serving(&connection.settings.name)?.delivered.tell();
        }
        Ok(answer)
    }

    fn serving(&self, name: &str) -> Result<&Arc<Serving>, Failure> {
        let unknown = || Failure::because("connection", format!("the connection `{name}` is not served"));
        self.view.serving(name).ok_or_else(unknown)
    }

    /// Has a pass made, and waits for it. It is made also when the one who asked has gone.
    async fn sync(&self, name: &str, wish: Wish, events: &EventSink) -> Result<(), Failure> {
        let board = &self.serving(name)?.board;
        let mut answers = board.answers();
        let number = board.wish(wish);
        let answered = answers.wait_for(|answered| answered.number >= number);
        let answered = tokio::select! {
            answered = answered => answered.expect("the board outlives those who ask").failed.clone(),
            () = self.relay(name, events) => None,
            () = events.cancelled().cancelled() => return Err(stopped()),
        };
        if let Some(Trouble { error, advice, .. }) = answered {
            return Err(Failure::because("failed", format!("{}. {advice}", error.trim_end_matches('.'))));
        }
        let _ = events.data(&Told::Report(self.report(Some(name)).await?)).await;
        Ok(())
    }

    /// Tells of progress for ever.
    async fn relay(&self, name: &str, events: &EventSink) {
        let Ok(serving) = self.serving(name) else { return };
        let mut live = serving.board.live();
        loop {
            let now = Told::Live(Box::new(live.borrow_and_update().clone()));
            // Whoever does not read any more has gone: the cancellation says so.
            let _ = events.data(&now).await;
            tokio::time::sleep(BETWEEN_LINES).await;
            if live.changed().await.is_err() {
                return;
            }
        }
    }

    /// Compares both sides between two passes.
    async fn verify(&self, name: &str, events: &EventSink) -> Result<(), Failure> {
        let serving = self.serving(name)?;
        let work = async {
            let _turn = serving.board.turn.lock().await;
            serving.board.set(|live| live.doing = Doing::Verifies);
            let cancel = events.cancelled().clone();
            let verified = match serving.pass(cancel, Vec::new()).await {
                Ok((pass, _)) => Box::pin(verify::run(&pass)).await.map_err(super::sync::advised),
                Err(error) => Err(error.into()),
            };
            serving.board.set(|live| (live.doing, live.progress) = (Doing::Waits, None));
            verified.map_err(|error| Failure::because("failed", output::chain(&error)))
        };
        let verified = tokio::select! {
            verified = work => verified?,
            () = self.relay(name, events) => return Err(stopped()),
        };
        let _ = events.data(&Told::Verified(verified)).await;
        Ok(())
    }
}

fn stopped() -> Failure {
    Failure::because("stopped", "`haloscope serve` ends; what it did is kept")
}
