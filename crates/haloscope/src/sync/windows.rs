//! Lists that are read by spans of time and never paged. Every span is read in every pass, as nothing tells which of its
//! rows changed.

use std::borrow::Cow;

use halo_client::entities::Entity;
use halo_client::{HaloError, Lane, ListCall, Page};
use warehouse::{Answer, Cell, Origin};

use super::absence;
use super::delta::{moment_of, naive};
use super::error::SyncError;
use super::keys::Gathered;
use super::pass::Pass;
use super::state::Proof;
use super::subject::{Params, Subject};

const DAY: i64 = 86_400_000_000;
/// Length of the first span that is asked for.
const FIRST_SPAN: i64 = 92 * DAY;
/// No span is shorter: a day that is too large for one answer is an error.
const SHORTEST_SPAN: i64 = DAY;
/// No span is longer.
const LONGEST_SPAN: i64 = 1461 * DAY;
/// Spans with fewer rows than this make the next one longer.
const FEW_ROWS: usize = 4_000;
/// And those with more make it shorter.
const MANY_ROWS: usize = 15_000;
/// Spans overlap by so much: HaloPSA counts them in its own zone, where an hour may come twice or never.
const OVERLAP: i64 = 3 * 3_600_000_000;
/// How far past now the newest span reaches.
const AHEAD: i64 = 3653 * DAY;
/// No row is older: 1990-01-01.
const EARLIEST: i64 = 631_152_000_000_000;
/// How far before the oldest ticket rows are looked for, and how far before now when there is no ticket.
const BEFORE_TICKETS: i64 = 366 * DAY;
const WITHOUT_TICKETS: i64 = 3653 * DAY;

/// How this entity's spans are asked for.
#[derive(Clone, Copy)]
pub struct Parameters {
    /// Parameter for the first moment.
    pub from: &'static str,
    /// Parameter for the last moment.
    pub to: &'static str,
}

/// All spans, newest first, one answer at a time.
pub struct Spans {
    call: Call,
    end: i64,
    oldest: i64,
    length: i64,
    before_was_read: bool,
}

impl Spans {
    /// Proves that HaloPSA obeys spans, and finds out how far back they must reach.
    ///
    /// # Errors
    /// Those of the client and the warehouse; when HaloPSA ignores the span.
    pub async fn start(pass: &Pass, subject: &Subject, parameters: Parameters) -> Result<Self, SyncError> {
        let call = Call { entity: subject.entity, fixed: subject.params(), parameters };
        let now = call.prove(pass).await?;
        let oldest = oldest(pass, now).await?;
        Ok(Self { call, end: now + AHEAD, oldest, length: FIRST_SPAN + AHEAD, before_was_read: false })
    }

    /// The answer for the next span; none after the oldest.
    ///
    /// # Errors
    /// Those of the client.
    pub async fn next(&mut self, pass: &Pass) -> Result<Option<Page>, SyncError> {
        while self.end > self.oldest {
            let start = self.end - self.length;
            let page = match self.call.span(pass, start, self.end).await {
                Err(SyncError::Halo(HaloError::TooLarge { .. } | HaloError::TimedOut { .. }))
                    if self.length > SHORTEST_SPAN =>
                {
                    self.length = (self.length / 4).max(SHORTEST_SPAN);
                    continue;
                }
                other => other?,
            };
            self.end = start;
            self.length = match page.records.len() {
                0..FEW_ROWS => (self.length * 2).min(LONGEST_SPAN),
                FEW_ROWS..=MANY_ROWS => self.length,
                _ => (self.length / 2).max(SHORTEST_SPAN),
            };
            return Ok(Some(page));
        }
        if !std::mem::replace(&mut self.before_was_read, true) {
            // What lies before all that is expected: mostly nothing.
            return self.call.span(pass, EARLIEST, self.end).await.map(Some);
        }
        Ok(None)
    }
}

/// How one span is asked for.
struct Call {
    entity: &'static Entity,
    fixed: Params,
    parameters: Parameters,
}

impl Call {
    async fn span(&self, pass: &Pass, start: i64, end: i64) -> Result<Page, SyncError> {
        self.list(pass, naive(start - OVERLAP), naive(end + OVERLAP)).await
    }

    /// A span in the far future has no rows, if HaloPSA obeys spans at all. Answers the server's time.
    async fn prove(&self, pass: &Pass) -> Result<i64, SyncError> {
        let page = self.list(pass, "2200-01-01T00:00:00".to_owned(), "2200-02-01T00:00:00".to_owned()).await?;
        if !page.records.is_empty() {
            return Err(SyncError::Ignored { path: self.entity.path, parameter: self.parameters.from });
        }
        Ok(moment_of(pass, &page))
    }

    async fn list(&self, pass: &Pass, from: String, to: String) -> Result<Page, SyncError> {
        let span = [(self.parameters.from, Cow::Owned(from)), (self.parameters.to, Cow::Owned(to))];
        let params: Params = self.fixed.iter().cloned().chain(span).collect();
        let call = ListCall { path: self.entity.path, key: self.entity.list_key, params: &params, max_bytes: None };
        pass.until_stopped(pass.client.list(Lane::Delta, &call)).await
    }
}

/// Reads all spans and settles the rows that are gone. While one span enters the warehouse, the next one is asked for.
///
/// # Errors
/// Those of the client and the warehouse; when HaloPSA ignores the span.
pub async fn read(pass: &Pass, subject: &mut Subject, parameters: Parameters) -> Result<(), SyncError> {
    let mut spans = Spans::start(pass, subject, parameters).await?;
    let known = subject.here(pass).await?;
    let origin = if known.is_empty() { Origin::Backfill } else { Origin::Live };
    let (mut there, mut answer) = (Gathered::default(), None::<Answer>);
    let mut next = spans.next(pass).await?;
    while let Some(page) = next {
        answer = Some(Answer { asked: answer.map_or(page.asked, |first| first.asked), answered: page.answered });
        let taking = subject.begin_taking(pass, vec![page], origin, Vec::new());
        let (taken, following) = tokio::join!(taking, spans.next(pass));
        there.extend(taken?);
        next = following?;
    }
    let there = there.into();
    absence::close(pass, subject, &known, &there, answer.unwrap_or_default(), Proof::Windows).await
}

async fn oldest(pass: &Pass, now: i64) -> Result<i64, SyncError> {
    let sql = format!("select epoch_us(min(dateoccurred)) from {}.tickets", quoted(&pass.schema));
    let first = pass.writer.run(move |warehouse| warehouse.scalar_i64(&sql, &[] as &[Cell])).await?;
    Ok(first.map_or(now - WITHOUT_TICKETS, |first| first - BEFORE_TICKETS))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
