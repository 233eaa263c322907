//! Serves all connections on open warehouses, and opens them again: when a connection was added or changed, when an engine stopped, or when
//! a warehouse turned out to be damaged.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use warehouse::Warehouse as _;

use super::answering::Answering;
use crate::background::hosted::Hosted;
use crate::background::server::{Desks, Lost, Server};
use crate::blocking::blocking;
use crate::cli::holder::Holder;
use crate::connecting::keep;
use crate::control;
use crate::installation::{Installation, InstallationError, OpenWarehouse, Rebuilt};
use crate::store::{Connection, ConnectionId, StoreError};

/// After a signal all is over within 5 s: so long for passes, for those who ask, and for writing back the log. Whatever
/// takes longer is as after a crash, which loses nothing.
const FOR_PASSES: Duration = Duration::from_millis(2_000);
pub(super) const FOR_ANSWERS: Duration = Duration::from_millis(300);
const FOR_THE_LOG: Duration = Duration::from_millis(700);
/// How long what still uses a lost warehouse is waited for.
const FOR_THE_LOST: Duration = Duration::from_secs(60);
/// A warehouse that is damaged again after it was made anew so often has a cause that a person must find.
const MOST_REBUILDS: u32 = 2;
/// Before a warehouse is opened again whose engine has stopped; each time twice as long, up to the second.
const BEFORE_OPENING_AGAIN: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// Serves until it is stopped. A warehouse that is or turns out to be damaged is made anew, and one whose engine has stopped is
/// opened again.
pub(super) async fn run(
    installation: &Arc<Installation>,
    desks: &Desks,
    hosted: &Hosted,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let (mut damaged, mut rebuilds, mut is_first, mut wait) = (None, 0, true, BEFORE_OPENING_AGAIN);
    // Held while connections change, so that warehouses that stay are not closed.
    let mut before = Vec::new();
    while rebuilds <= MOST_REBUILDS {
        // Taken: what was moved out of the way is not moved again.
        let Opened { served, paused } = match open(installation, hosted, damaged.take()).await {
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
        drop(std::mem::take(&mut before));
        let began = Instant::now();
        let engines: Vec<_> = served.iter().map(|(_, warehouse)| Arc::downgrade(&warehouse.engine)).collect();
        let ended = until_lost(installation, (&served, &paused), desks, hosted, stop).await?;
        if stop.is_cancelled() {
            return if ended.all { write_back(served).await } else { Ok(()) };
        }
        if ended.lost.is_none() {
            before = served;
            continue;
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

/// All connections, as they were opened.
struct Opened {
    served: Vec<(Connection, OpenWarehouse)>,
    /// Of those, nothing is asked of these.
    paused: BTreeSet<ConnectionId>,
}

/// Opens the warehouses of all connections, and lets deliveries in for them. One that is damaged, or was found to be, is made anew.
async fn open(installation: &Installation, hosted: &Hosted, damaged: Option<ConnectionId>) -> anyhow::Result<Opened> {
    let connections = installation.store.connection_list().await.map_err(InstallationError::from)?;
    hosted.admit(installation, &connections).await?;
    let mut paused = BTreeSet::new();
    for connection in &connections {
        let notes = keep::notes(installation, connection.id).await.map_err(InstallationError::from)?;
        paused.extend(notes.paused.map(|_| connection.id));
    }
    let mut served = Vec::with_capacity(connections.len());
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
        served.push((connection.clone(), warehouse));
    }
    Ok(Opened { served, paused })
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

/// Serves on these warehouses until it is stopped, one of them is lost, or connections changed.
async fn until_lost(
    installation: &Arc<Installation>,
    (served, paused): (&[(Connection, OpenWarehouse)], &BTreeSet<ConnectionId>),
    desks: &Desks,
    hosted: &Hosted,
    stop: &CancellationToken,
) -> anyhow::Result<Ended> {
    let end = stop.child_token();
    let mut server = Server::start(installation, served.to_vec(), paused, desks, &end);
    let holder = Holder::new(installation, served.first().map(|(_, warehouse)| warehouse.engine.clone()), "serves");
    let (installation, gate) = (installation.clone(), hosted.gate.clone());
    hosted.show(Some(server.view()));
    let folder = installation.folder.clone();
    let answering = Answering { holder, installation, gate, view: server.view() };
    let socket =
        control::serve(folder, Arc::new(answering), end.clone()).context("other commands could not be answered");
    let mut lost = None;
    if socket.is_ok() {
        tokio::select! {
            () = end.cancelled() => {}
            () = hosted.changed() => {}
            found = server.lost.wait_for(Option::is_some) => lost = found.ok().and_then(|found| *found),
        }
    }
    end.cancel();
    hosted.show(None);
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
