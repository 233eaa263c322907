//! Answers other processes while this one holds the data folder, and finds out who holds it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use warehouse::{DuckDb, Warehouse as _};

use crate::blocking::blocking;
use crate::control::{self, Answers, ControlClient, Copying, EventSink, Failure, Handler, Request, Server};
use crate::folder::{FolderError, FolderPaths};
use crate::installation::{Installation, InstallationError};
use crate::store::Store;

use super::{Place, status};

/// Answers `status` and `query` of other processes; a second synchronisation is refused.
pub(super) struct Holder {
    store: Store,
    /// None until the warehouse is open.
    file: Option<Arc<DuckDb>>,
    /// What this process does, for those who ask it for something else.
    doing: &'static str,
}

impl Holder {
    /// Answers what needs no more than the folder.
    pub(super) fn new(installation: &Installation, file: Option<Arc<DuckDb>>, doing: &'static str) -> Self {
        Self { store: installation.store.clone(), file, doing }
    }

    /// Starts to answer at the folder's socket until `stop` fires.
    pub(super) fn serve(
        installation: &Installation,
        file: Option<Arc<DuckDb>>,
        doing: &'static str,
        stop: &CancellationToken,
    ) -> anyhow::Result<Server> {
        let holder = Self::new(installation, file, doing);
        control::serve(installation.folder.clone(), Arc::new(holder), stop.clone())
            .context("other commands could not be answered")
    }
}

impl Handler for Holder {
    async fn handle(&self, request: Request, events: EventSink) -> Result<(), Failure> {
        match request {
            Request::Ping => Ok(()),
            Request::Status { connection } => {
                let report = status::report(&self.store, connection.as_deref(), Some(self.doing)).await;
                let report = report.map_err(|error| Failure::new("status", error.as_ref()))?;
                // A client that has gone needs no answer.
                let _ = events.data(&report).await;
                Ok(())
            }
            Request::Snapshot => self.snapshot(&events).await,
            Request::Yield
            | Request::Sync { .. }
            | Request::Verify { .. }
            | Request::Webhook { .. }
            | Request::UserLink { .. } => {
                let message = format!("another process {} in this data folder: wait for it, or stop it", self.doing);
                Err(Failure::because("busy", message))
            }
        }
    }
}

impl Holder {
    /// Holds the writer while the client copies the file.
    async fn snapshot(&self, events: &EventSink) -> Result<(), Failure> {
        let Some(file) = self.file.clone() else {
            let message = format!("another process {} in this data folder: try again in a moment", self.doing);
            return Err(Failure::because("busy", message));
        };
        let events = events.clone();
        let runtime = tokio::runtime::Handle::current();
        let held = blocking(move || {
            let paused = file.pause_for_copy()?;
            let copying = runtime.block_on(events.paused());
            drop(paused);
            Ok::<_, warehouse::Error>(copying)
        })
        .await;
        match held.map_err(|error| Failure::new("warehouse", &error))? {
            Copying::Copied => Ok(()),
            Copying::Abandoned => {
                let message = "the copy took too long and is not used: try again when less is being done";
                Err(Failure::because("abandoned", message))
            }
        }
    }
}

/// Refuses a folder that is not there.
pub(super) fn check_existing(folder: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(
        folder.is_dir(),
        "there is no data folder `{}`: run `haloscope connect` first, or name another with --data",
        folder.display()
    );
    Ok(())
}

/// How long a holder that does not answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The folder is held by a process that does not answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}; it does not answer: try again in a moment, or stop it")]
struct Silent(FolderError);

/// The installation if nobody holds it, or a line to the process that does.
pub(super) enum Access {
    /// This process holds it now.
    Mine(Box<Installation>),
    /// Another one does.
    Theirs(ControlClient),
}

impl Access {
    /// As [`Self::to`], for commands that find something in the folder only after `connect` made it.
    pub(super) async fn existing(place: &Place) -> anyhow::Result<Self> {
        check_existing(&place.data)?;
        Self::to(place).await
    }

    /// Takes hold of the folder, or finds its holder.
    pub(super) async fn to(place: &Place) -> anyhow::Result<Self> {
        let folder = &place.data;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let access = Self::once(place).await;
            // A holder that does not answer is just starting, just ending, or copies for a query.
            if access.is_ok() || Instant::now() > deadline || !FolderPaths::new(folder).folder().is_dir() {
                return access;
            }
            let silent = access.as_ref().is_err_and(|error| error.downcast_ref::<Silent>().is_some());
            if !silent {
                return access;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn once(place: &Place) -> anyhow::Result<Self> {
        let folder = &place.data;
        match Installation::open(folder, &place.engines.choice()).await {
            Ok(installation) => Ok(Self::Mine(Box::new(installation))),
            Err(InstallationError::Folder(held @ FolderError::AlreadyHeld { .. })) => {
                match ControlClient::connect(&FolderPaths::new(folder)).await? {
                    Some(client) => Ok(Self::Theirs(client)),
                    None => Err(Silent(held).into()),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The installation, for commands that no other process can carry out.
    pub(super) async fn hold(self, folder: &Path, request: Request) -> anyhow::Result<Box<Installation>> {
        match self {
            Self::Mine(installation) => Ok(installation),
            Self::Theirs(client) => {
                // Its answer says what it is doing.
                let mut answers: Answers = client.ask(&request).await?;
                while answers.next().await?.is_some() {}
                anyhow::bail!("another process holds the data folder `{}`", folder.display())
            }
        }
    }
}
