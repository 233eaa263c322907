//! Keeps the sample data of an installation: a simulated HaloPSA and an installation of its own, in `DIR/sample-data`. It ends with the
//! process, and the next one removes what is left of it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinHandle, LocalSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Listening, USUAL_LARGEST_DELIVERY, hosting, receiver};
use crate::background::hosted::Hosted;
use crate::background::server::Desks;
use crate::cli::demo::{self, SimulatedProvider};
use crate::engines::EngineChoice;
use crate::http::listener;
use crate::installation::Installation;
use crate::sample::{Ask, Asked, Samples, Shown};
use crate::webhooks::address;

/// Name of the folder.
const FOLDER: &str = "sample-data";
/// Marks a folder as one that may be removed.
const MARK: &str = ".haloscope-sample-data";
const MARK_TEXT: &str = "Sample data. `haloscope serve` removes this folder.\n";
/// Tickets of the simulated provider: enough for dashboards, and read in seconds.
const TICKETS: u32 = 5_000;
/// How long a post that is being received may take to end.
const FOR_POSTS: Duration = Duration::from_millis(300);
/// Until the first connection is served.
const FOR_A_START: Duration = Duration::from_secs(30);

/// Sample data that is there.
struct Kept {
    provider: SimulatedProvider,
    stop: CancellationToken,
    serving: JoinHandle<anyhow::Result<()>>,
    receiving: JoinHandle<()>,
}

/// Starts to keep sample data for the installation in this folder, until `stop` fires; what is answered ends then. What an earlier
/// process left is removed.
pub(super) fn start(data: &Path, stop: &CancellationToken) -> anyhow::Result<(Samples, oneshot::Receiver<()>)> {
    let folder = data.join(FOLDER);
    remove_folder(&folder)?;
    let (keeper, asks) = mpsc::channel(1);
    let (shows, shown) = watch::channel(None);
    let (ends, ended) = oneshot::channel();
    let (runtime, stop) = (Handle::current(), stop.clone());
    // A thread of its own: what serves is no future that could be sent from one to another.
    let work = move || {
        runtime.block_on(LocalSet::new().run_until(keep(folder, asks, shows, stop)));
        let _ = ends.send(());
    };
    std::thread::Builder::new().name("sample data".to_owned()).spawn(work).context("a thread could not be started")?;
    Ok((Samples::kept(keeper, shown), ended))
}

async fn keep(
    folder: PathBuf,
    mut asks: mpsc::Receiver<Asked>,
    shows: watch::Sender<Option<Shown>>,
    stop: CancellationToken,
) {
    let mut kept: Option<Kept> = None;
    loop {
        let asked = tokio::select! {
            () = stop.cancelled() => break,
            asked = asks.recv() => asked,
        };
        let Some((ask, answer)) = asked else { break };
        let done = match (ask, kept.take()) {
            (Ask::Start, Some(there)) => {
                kept = Some(there);
                Ok(())
            }
            (Ask::Start, None) => {
                let begun = match remove_folder(&folder) {
                    Ok(()) => begin(&folder, &shows, &stop).await,
                    Err(error) => Err(error),
                };
                begun.map(|begun| kept = Some(begun))
            }
            (Ask::Remove, there) => {
                shows.send_replace(None);
                end(there, &folder).await
            }
        };
        let done = done.map_err(|error| {
            tracing::warn!(error = &*error as &dyn std::error::Error, "sample data");
            crate::text::sentence(&error.to_string())
        });
        // Whoever asked may have gone.
        let _ = answer.send(done);
    }
    shows.send_replace(None);
    if let Err(error) = end(kept, &folder).await {
        tracing::warn!(error = &*error as &dyn std::error::Error, "sample data could not be removed");
    }
}

async fn begin(folder: &Path, shows: &watch::Sender<Option<Shown>>, stop: &CancellationToken) -> anyhow::Result<Kept> {
    // The mark comes first: what is left of a start that fails is removed by the next one.
    anyhow::ensure!(!folder.exists(), "`{}` exists and is no sample data: move it away", folder.display());
    let marked = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(folder.join(MARK), MARK_TEXT));
    marked.with_context(|| format!("the folder of the sample data `{}` cannot be written", folder.display()))?;
    let provider = SimulatedProvider::start(TICKETS, 1, true).await?;
    let installation = Arc::new(Installation::open(folder, &EngineChoice::default()).await?);
    provider.connect(&installation, demo::SAMPLE).await?;
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await;
    let listener = listener.context("no address is free for the sample data's webhooks")?;
    let bound = listener.local_addr().context("the address that is listened at is not known")?;
    address::note(&installation, None, &format!("http://{bound}")).await?;
    let (desks, hosted, stop) = (Desks::default(), Hosted::default(), stop.child_token());
    let listening = Listening { listen: Some(bound), public_url: None, largest_delivery: USUAL_LARGEST_DELIVERY };
    let (hooks, _) = receiver(&installation, &listening, &desks, &hosted).router(stop.clone());
    let receiving = tokio::spawn(listener::serve(listener, hooks, stop.clone()));
    let serving = {
        let (installation, hosted, stop) = (installation.clone(), hosted.clone(), stop.clone());
        tokio::task::spawn_local(async move { hosting::run(&installation, &desks, &hosted, &stop).await })
    };
    let served = async { hosted.views().wait_for(Option::is_some).await.is_ok() };
    let begun = Kept { provider, stop, serving, receiving };
    if !timeout(FOR_A_START, served).await.unwrap_or(false) {
        drop(installation);
        end(Some(begun), folder).await?;
        anyhow::bail!("the sample data could not be served in time");
    }
    let sample = demo::sample(begun.provider.running(), false);
    shows.send_replace(Some(Shown { sample, installation, hosted }));
    Ok(begun)
}

async fn end(kept: Option<Kept>, folder: &Path) -> anyhow::Result<()> {
    if let Some(Kept { provider, stop, serving, receiving }) = kept {
        stop.cancel();
        // A post whose body is slow is not waited for.
        let _ = timeout(FOR_POSTS, receiving).await;
        if let Err(error) = serving.await.context("serving the sample data panicked")? {
            tracing::warn!(error = &*error as &dyn std::error::Error, "the sample data was not served to its end");
        }
        provider.stop().await?;
    }
    remove_folder(folder)
}

/// Removes sample data, and nothing else that is called so.
fn remove_folder(folder: &Path) -> anyhow::Result<()> {
    if std::fs::read_to_string(folder.join(MARK)).ok().as_deref() != Some(MARK_TEXT) {
        return Ok(());
    }
    std::fs::remove_dir_all(folder)
        .with_context(|| format!("the sample data in `{}` cannot be removed", folder.display()))
}
