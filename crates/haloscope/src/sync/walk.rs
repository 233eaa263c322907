//! Walks over all pages of a list: several in flight, handed on in their order, so that a cursor can follow them.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use halo_client::{Client, Lane, ListCall, Page, Shape};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::error::SyncError;
use super::pass::Pass;
use super::subject::{Params, Subject};

/// Rows asked for per page. Most HaloPSA grant 100, some more; what is granted shows in the first answer.
pub const WANTED_PAGE_SIZE: u64 = 1000;
/// Requests of one walk under way at once.
const IN_FLIGHT: usize = 6;
/// Rows that go into the warehouse at once, as soon as so many are there or this time has passed since the first: each batch
/// costs some milliseconds whatever its size.
pub const ROWS_AT_ONCE: usize = 4_000;
const GATHERING: Duration = Duration::from_secs(1);
/// Rows that wait for being stored: what goes in next, while memory stays bounded when the warehouse is slower than HaloPSA.
const ROOM: u32 = 4_000;

/// A page with its number and how many rows HaloPSA grants per page.
pub struct Numbered {
    /// From 1.
    pub number: u64,
    /// Rows per page.
    pub size: u64,
    /// Its rows.
    pub page: Page,
}

/// A walk under way; dropping it stops its requests.
pub struct Walk {
    pages: mpsc::UnboundedReceiver<(Result<Numbered, SyncError>, OwnedSemaphorePermit)>,
    /// What ended it, once the pages before are handed on.
    failed: Option<SyncError>,
    task: JoinHandle<()>,
}

impl Drop for Walk {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Walk {
    /// Starts in order of id at `from`: a page's number and the rows per page it was counted with.
    pub fn start(
        pass: &Pass,
        subject: &Subject,
        lane: Lane,
        newest_first: bool,
        more: Params,
        from: (u64, u64),
    ) -> Self {
        let (sender, pages) = mpsc::unbounded_channel();
        let mut params = subject.params();
        params.extend(more);
        params.extend(in_order(newest_first));
        let source = Source {
            client: pass.client.clone(),
            lane,
            path: subject.entity.path,
            key: subject.entity.list_key,
            params,
            page_size: subject.page_size,
        };
        let outlet = Outlet { sender, room: Arc::new(Semaphore::new(ROOM as usize)) };
        Self { pages, failed: None, task: tokio::spawn(produce(source, from, outlet)) }
    }

    /// The next pages, as many as go into the warehouse at once; none after the last.
    ///
    /// # Errors
    /// The first error of a request, or that the pass was stopped. The walk is over then.
    pub async fn next(&mut self, pass: &Pass) -> Result<Vec<Numbered>, SyncError> {
        let gathered = self.gather(pass).await;
        // What arrived before an error or a stop is stored first.
        match (gathered.is_empty(), self.failed.take()) {
            (true, Some(error)) => Err(error),
            (true, None) => self.end().await,
            (false, failed) => {
                self.failed = failed;
                Ok(gathered)
            }
        }
    }

    async fn gather(&mut self, pass: &Pass) -> Vec<Numbered> {
        let (mut gathered, mut rows, mut deadline) = (Vec::new(), 0, None);
        while rows < ROWS_AT_ONCE && self.failed.is_none() {
            let next = async {
                match deadline {
                    None => self.pages.recv().await,
                    Some(deadline) => timeout_at(deadline, self.pages.recv()).await.unwrap_or(None),
                }
            };
            let received = tokio::select! {
                biased;
                () = pass.cancel.cancelled() => {
                    self.failed = Some(SyncError::Stopped);
                    break;
                }
                received = next => received,
            };
            match received {
                Some((Ok(numbered), _room)) => {
                    deadline.get_or_insert_with(|| Instant::now() + GATHERING);
                    rows += numbered.page.records.len();
                    gathered.push(numbered);
                }
                Some((Err(error), _)) => self.failed = Some(error),
                None => break,
            }
        }
        gathered
    }

    /// A walk that broke off must not look like one that came to its end.
    async fn end(&mut self) -> Result<Vec<Numbered>, SyncError> {
        match (&mut self.task).await {
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Err(SyncError::Stopped),
            Ok(()) => Ok(Vec::new()),
        }
    }
}

/// Parameters for one page.
pub fn page_params(number: u64, size: u64) -> Params {
    vec![
        ("pageinate", Cow::Borrowed("true")),
        ("page_size", Cow::Owned(size.to_string())),
        ("page_no", Cow::Owned(number.to_string())),
    ]
}

/// Parameters for a steady order.
pub fn in_order(newest_first: bool) -> Params {
    let descending = if newest_first { "true" } else { "false" };
    vec![("order", Cow::Borrowed("id")), ("orderdesc", Cow::Borrowed(descending))]
}

/// Rows per page that an answer shows, when the first page is looked at: fewer rows than there are tell the limit.
pub fn granted(page: &Page, wanted: u64) -> u64 {
    let rows = page.records.len() as u64;
    if page.record_count.is_some_and(|count| count > rows) { rows.max(1) } else { rows.max(wanted) }
}

/// Number of the last page; 1 when the answer holds everything.
pub fn last_page(page: &Page, size: u64) -> u64 {
    match (page.shape, page.record_count) {
        (Shape::Paged, Some(count)) => count.div_ceil(size.max(1)).max(1),
        _ => 1,
    }
}

struct Source {
    client: Client,
    lane: Lane,
    path: &'static str,
    key: &'static str,
    params: Params,
    page_size: u64,
}

impl Source {
    async fn page(&self, number: u64) -> (u64, Result<Page, SyncError>) {
        let params: Params = self.params.iter().cloned().chain(page_params(number, self.page_size)).collect();
        let call = ListCall { path: self.path, key: self.key, params: &params, max_bytes: None };
        (number, self.client.list(self.lane, &call).await.map_err(SyncError::from))
    }
}

/// Hands pages on as far as there is room for their rows.
struct Outlet {
    sender: mpsc::UnboundedSender<(Result<Numbered, SyncError>, OwnedSemaphorePermit)>,
    room: Arc<Semaphore>,
}

impl Outlet {
    /// Whether somebody still listens.
    async fn send(&self, page: Result<Numbered, SyncError>) -> bool {
        let rows = page.as_ref().map_or(0, |numbered| numbered.page.records.len());
        let rows = u32::try_from(rows).unwrap_or(ROOM).min(ROOM);
        let room = self.room.clone().acquire_many_owned(rows).await.expect("it is never closed");
        self.sender.send((page, room)).is_ok()
    }
}

async fn produce(source: Source, (first, counted_with): (u64, u64), outlet: Outlet) {
    // The first page alone: it tells how many there are and how many rows each has.
    let (number, page) = source.page(first).await;
    let page = match page {
        Ok(page) => page,
        Err(error) => {
            outlet.send(Err(error)).await;
            return;
        }
    };
    let full = page.records.len() as u64 == counted_with || number >= last_page(&page, counted_with);
    let (size, mut next) = match number {
        1 => (granted(&page, source.page_size), 2),
        _ if full => (counted_with, number + 1),
        // HaloPSA grants another size than before, so the number means another place.
        _ => ((page.records.len() as u64).max(1), 1),
    };
    let mut last = last_page(&page, size);
    if next > 1 && !outlet.send(Ok(Numbered { number, size, page })).await {
        return;
    }
    let mut under_way = FuturesOrdered::new();
    loop {
        while next <= last && under_way.len() < IN_FLIGHT {
            under_way.push_back(source.page(next));
            next += 1;
        }
        let Some((number, page)) = under_way.next().await else { return };
        let page = page.map(|page| {
            // The list grows and shrinks while it is read.
            last = last_page(&page, size);
            Numbered { number, size, page }
        });
        let failed = page.is_err();
        if !outlet.send(page).await || failed {
            return;
        }
    }
}
