//! The tasks of one data folder, and what they share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use halo_client::{Budget, BudgetStatus};
use tokio::sync::{Mutex, Notify, OnceCell, watch};
use tokio_util::sync::CancellationToken;

use super::BackgroundTask as _;
use super::board::{Board, Live};
use super::cadence::Allowance;
use super::checkpoint::Checkpoint;
use super::checkpoint_store::CheckpointStore;
use super::driver::{Driver, Reports};
use super::follow_deliveries::FollowDeliveries;
use super::forget_deliveries::ForgetDeliveries;
use super::keep_lake::KeepLake;
use super::poll_uncovered::PollUncovered;
use super::recover_deliveries::RecoverDeliveries;
use super::show_deliveries::ShowDeliveries;
use super::sync_connection::SyncConnection;
use crate::installation::{Installation, InstallationError, OpenWarehouse, Source};
use crate::store::{Connection, ConnectionId, StoreError};
use crate::sync::pass::Pass;
use crate::sync::progress::Tracker;

/// Budgets by HaloPSA: connections to the same one share it.
type Budgets = Arc<Mutex<BTreeMap<String, Arc<Budget>>>>;

/// What stays of each connection while its tasks are started anew. Copies are the same.
#[derive(Clone, Default)]
pub struct Desks(Arc<std::sync::Mutex<BTreeMap<ConnectionId, Desk>>>);

/// What stays of one connection.
#[derive(Clone, Default)]
pub struct Desk {
    /// Told when deliveries arrived for it.
    pub delivered: Arrived,
    /// Where it stands, and what people ask of it.
    board: Arc<Board>,
}

/// Who wants to hear of it: one task each.
#[derive(Clone, Default)]
pub struct Arrived {
    /// Follows them.
    follow: Arc<Notify>,
    /// Shows what they tell of.
    show: Arc<Notify>,
}

impl Arrived {
    /// Wakes the tasks.
    pub fn tell(&self) {
        self.follow.notify_one();
        self.show.notify_one();
    }
}

impl Desks {
    /// What stays of this connection.
    pub fn of(&self, connection: ConnectionId) -> Desk {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(connection).or_default().clone()
    }
}

/// A warehouse that cannot be used any more as it is open.
#[derive(Clone, Copy, Debug)]
pub struct Lost {
    /// Whose it is.
    pub connection: ConnectionId,
    /// Whether it is damaged and has to be made anew. Otherwise its engine has stopped, as after a write that failed half way, and
    /// it is enough to open it again.
    pub damaged: bool,
}

/// One connection that is served.
pub struct Serving {
    /// Where it is kept.
    pub installation: Arc<Installation>,
    /// What it is.
    pub connection: Connection,
    /// Nothing is asked of its HaloPSA.
    pub paused: bool,
    /// Where it is copied to.
    pub warehouse: OpenWarehouse,
    /// Where it stands, and what people ask of it.
    pub board: Arc<Board>,
    /// Told when deliveries arrived for it.
    pub delivered: Arrived,
    /// Held while deliveries are shown, and while they are settled: what is settled already is not shown any more, so nothing stays
    /// shown that was taken back.
    pub showing: Mutex<()>,
    /// Ends all work on it.
    pub stop: CancellationToken,
    lost: watch::Sender<Option<Lost>>,
    budgets: Budgets,
    source: OnceCell<Source>,
}

impl Serving {
    /// The way to its HaloPSA, made when it is first needed.
    ///
    /// # Errors
    /// See [`InstallationError`].
    pub async fn source(&self) -> Result<&Source, InstallationError> {
        self.source
            .get_or_try_init(|| async {
                let budget = shared_budget(&self.budgets, &self.installation, &self.connection).await?;
                let first_tick = self.warehouse.next_tick().await?;
                self.installation.source_within(&self.connection, first_tick, budget)
            })
            .await
    }

    /// What its HaloPSA accepts, less the reserve.
    pub fn allowance(&self) -> Allowance {
        let kept = &self.connection.settings;
        let window = Duration::from_secs(u64::from(kept.window_seconds));
        Allowance { requests: kept.usable_requests(), window }
    }

    /// Has its warehouse opened again, or made anew, if there is an error that means that it is lost.
    pub fn look_at<'a>(&self, error: impl Into<Option<&'a warehouse::Error>>) {
        let damaged = match error.into() {
            Some(warehouse::Error::Broken { .. }) => true,
            Some(error) if error.has_stopped() => false,
            _ => return,
        };
        self.lost.send_replace(Some(Lost { connection: self.connection.id, damaged }));
    }

    /// Requests to its HaloPSA until now.
    pub fn requests(&self) -> u64 {
        self.source.get().map_or(0, |source| source.counter.requests())
    }

    /// How much of the request limit is used; none before anything was asked.
    pub fn budget(&self) -> Option<BudgetStatus> {
        self.source.get().map(|source| source.budget.status())
    }

    /// Notes until when all is shown that webhooks told.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn note_told(&self) -> Result<(), StoreError> {
        let now = self.installation.clock.now_micros();
        let unshown = self.installation.store.deliveries_unshown(self.connection.id).await?;
        let told_ms = unshown.map_or(now, |since| since.min(now)) / 1_000;
        self.board.set(|live| live.told_ms = live.told_ms.max(Some(told_ms)));
        Ok(())
    }

    /// Until when requests wait for the limit, milliseconds UTC; none where none waits.
    fn waits_until(&self) -> Option<i64> {
        let budget = self.budget().filter(|budget| !budget.waiting_by_lane.is_empty())?;
        let wait = budget.paused_for.or(budget.next_free_in)?;
        let until = Duration::from_micros(u64::try_from(self.installation.clock.now_micros()).ok()?) + wait;
        i64::try_from(until.as_millis()).ok()
    }

    /// A pass over it that shows on its board where it stands.
    ///
    /// # Errors
    /// See [`InstallationError`].
    pub async fn pass(
        self: &Arc<Self>,
        cancel: CancellationToken,
        accepted: Vec<String>,
    ) -> Result<(Pass, Arc<Tracker>), InstallationError> {
        let source = self.source().await?;
        let (counter, shown) = (source.counter.clone(), self.clone());
        let tracker = Arc::new(Tracker::new(
            source.budget.clone(),
            self.installation.clock.clone(),
            move || counter.requests(),
            move |progress| {
                shown.board.set(|live| {
                    live.took_ms.extend(progress.done.iter().map(|done| (done.table.clone(), done.took_ms)));
                    live.progress = Some(progress.clone());
                });
            },
        ));
        let client = source.client.clone();
        let pass = self
            .installation
            .pass(&self.connection, &self.warehouse, client, tracker.clone(), cancel, accepted)
            .await?;
        Ok((pass, tracker))
    }
}

/// The budget of a connection's HaloPSA: the one that others use, or a new one.
async fn shared_budget(
    budgets: &Budgets,
    installation: &Installation,
    connection: &Connection,
) -> Result<Arc<Budget>, InstallationError> {
    let system = installation.permits(connection)?.system().to_owned();
    let mut budgets = budgets.lock().await;
    if let Some(shared) = budgets.get(&system) {
        return Ok(shared.clone());
    }
    let budget = installation.budget(connection).await?;
    budgets.insert(system, budget.clone());
    Ok(budget)
}

/// All that goes on by itself.
pub struct Server {
    /// What is served.
    pub connections: Vec<Arc<Serving>>,
    /// Tells which warehouse is lost.
    pub lost: watch::Receiver<Option<Lost>>,
    /// Also where nobody could tell: without it those who wait would hear of an end.
    _tells: watch::Sender<Option<Lost>>,
    driver: Driver,
    reports: Reports,
    budgets: Budgets,
}

impl Server {
    /// Starts all tasks; they end when `stop` fires. For connections that are `paused` nothing is asked of HaloPSA; what it posts is
    /// kept and followed later. Must be called within a tokio runtime.
    pub fn start(
        installation: &Arc<Installation>,
        connections: Vec<(Connection, OpenWarehouse)>,
        paused: &BTreeSet<ConnectionId>,
        desks: &Desks,
        stop: &CancellationToken,
    ) -> Self {
        let mut driver = Driver::new(installation.clock.clone(), stop.clone());
        let (budgets, (tells, lost)) = (Budgets::default(), watch::channel(None));
        let serving = |(connection, warehouse): (Connection, OpenWarehouse)| {
            let Desk { delivered, board } = desks.of(connection.id);
            board.reset();
            Arc::new(Serving {
                installation: installation.clone(),
                delivered,
                paused: paused.contains(&connection.id),
                connection,
                warehouse,
                board,
                showing: Mutex::default(),
                stop: stop.clone(),
                lost: tells.clone(),
                budgets: budgets.clone(),
                source: OnceCell::new(),
            })
        };
        let connections: Vec<_> = connections.into_iter().map(serving).collect();
        for serving in connections.iter().filter(|serving| !serving.paused) {
            let task = SyncConnection::new(serving.clone());
            driver.start(task, &serving.connection.settings.name, serving.board.wake.clone());
            let task = FollowDeliveries::new(serving.clone());
            driver.start(task, &serving.connection.settings.name, serving.delivered.follow.clone());
            let task = ShowDeliveries::new(serving.clone());
            driver.start(task, &serving.connection.settings.name, serving.delivered.show.clone());
            let task = RecoverDeliveries::new(serving.clone());
            driver.start(task, &serving.connection.settings.name, Arc::new(Notify::new()));
            let task = PollUncovered::new(serving.clone());
            driver.start(task, &serving.connection.settings.name, Arc::new(Notify::new()));
        }
        let mut warehouses: Vec<_> = connections.iter().collect();
        // All connections may share one.
        warehouses.dedup_by(|one, other| Arc::ptr_eq(&one.warehouse.engine, &other.warehouse.engine));
        for serving in warehouses {
            if serving.warehouse.engine.is_lake() {
                let task = KeepLake::new((*serving).clone());
                driver.start(task, &serving.connection.settings.name, Arc::new(Notify::new()));
            } else {
                driver.start(Checkpoint::new((*serving).clone()), "", Arc::new(Notify::new()));
            }
        }
        driver.start(CheckpointStore::new(installation.clone()), "", Arc::new(Notify::new()));
        driver.start(ForgetDeliveries::new(installation.clone()), "", Arc::new(Notify::new()));
        let reports = driver.reports();
        Self { connections, lost, _tells: tells, driver, reports, budgets }
    }

    /// What is shown of all connections, now and later.
    pub fn view(&self) -> View {
        View { connections: self.connections.clone(), reports: self.reports.clone(), budgets: self.budgets.clone() }
    }

    /// Waits for the tasks to end after they were told to stop, and settles the budgets. Says whether all ended within
    /// `patience`.
    pub async fn ended(self, patience: Duration) -> bool {
        let all_ended = self.driver.ended(patience).await;
        for budget in self.budgets.lock().await.values() {
            if let Err(error) = budget.close().await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "unused permits could not be given back; they count as used");
            }
        }
        all_ended
    }
}

/// How all connections stand.
#[derive(Clone)]
pub struct View {
    connections: Vec<Arc<Serving>>,
    reports: Reports,
    budgets: Budgets,
}

impl View {
    /// The connection of that name.
    pub fn serving(&self, name: &str) -> Option<&Arc<Serving>> {
        self.connections.iter().find(|serving| serving.connection.settings.name == name)
    }

    /// The connection of that number.
    pub fn of(&self, id: ConnectionId) -> Option<&Arc<Serving>> {
        self.connections.iter().find(|serving| serving.connection.id == id)
    }

    /// All connections that are served.
    pub fn connections(&self) -> &[Arc<Serving>] {
        &self.connections
    }

    /// The budget of a connection's HaloPSA, made if nobody uses it yet. It ends with what is served.
    ///
    /// # Errors
    /// See [`InstallationError`].
    pub async fn budget(
        &self,
        installation: &Installation,
        connection: &Connection,
    ) -> Result<Arc<Budget>, InstallationError> {
        shared_budget(&self.budgets, installation, connection).await
    }

    /// How the connection of that name stands now.
    pub fn live(&self, name: &str) -> Option<Live> {
        let serving = self.serving(name)?;
        let mut live = serving.board.live().borrow().clone();
        if let Some(progress) = &mut live.progress {
            // As it is now: who waits tells nothing.
            progress.wait_until_ms = serving.waits_until();
        }
        let reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        let report = reports.get(&format!("{} {name}", SyncConnection::NAME));
        live.next_at_ms = report.and_then(|report| report.next_at_ms);
        Some(live)
    }
}
