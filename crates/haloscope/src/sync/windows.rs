//! Lists that are read by spans of time and never paged. Every span is read in every pass, as nothing tells which of its
//! rows changed.

use std::borrow::Cow;

use halo_client::{HaloError, Lane, Page};
use warehouse::{Answer, Cell, Origin};

use super::absence;
use super::delta::{moment_of, naive};
use super::error::SyncError;
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
    parameters: Parameters,
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
        let now = prove(pass, subject, parameters).await?;
        let oldest = oldest(pass, now).await?;
        Ok(Self { parameters, end: now + AHEAD, oldest, length: FIRST_SPAN + AHEAD, before_was_read: false })
    }

    /// The answer for the next span; none after the oldest.
    ///
    /// # Errors
    /// Those of the client.
    pub async fn next(&mut self, pass: &Pass, subject: &Subject) -> Result<Option<Page>, SyncError> {
        while self.end > self.oldest {
            let start = self.end - self.length;
            let page = match span(pass, subject, self.parameters, start, self.end).await {
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
            let early = span(pass, subject, self.parameters, EARLIEST, self.end).await?;
            return Ok(Some(early));
        }
        Ok(None)
    }
}

/// Reads all spans and settles the rows that are gone.
///
/// # Errors
/// Those of the client and the warehouse; when HaloPSA ignores the span.
pub async fn read(pass: &Pass, subject: &mut Subject, parameters: Parameters) -> Result<(), SyncError> {
    let mut spans = Spans::start(pass, subject, parameters).await?;
    let known = subject.here(pass).await?;
    let origin = if known.is_empty() { Origin::Backfill } else { Origin::Live };
    let (mut there, mut answer) = (Vec::new(), None::<Answer>);
    while let Some(page) = spans.next(pass, subject).await? {
        answer = Some(Answer { asked: answer.map_or(page.asked, |first| first.asked), answered: page.answered });
        there.extend(subject.begin_taking(pass, vec![page], origin, Vec::new()).await?);
    }
    let there = there.into_iter().collect();
    absence::close(pass, subject, &known, &there, answer.unwrap_or_default(), Proof::Windows).await
}

/// One span, with a day more on each side: HaloPSA counts spans in its own zone.
async fn span(pass: &Pass, subject: &Subject, parameters: Parameters, start: i64, end: i64) -> Result<Page, SyncError> {
    let params: Params =
        vec![(parameters.from, Cow::Owned(naive(start - DAY))), (parameters.to, Cow::Owned(naive(end + DAY)))];
    subject.list(pass, Lane::Delta, params).await
}

/// A span in the far future has no rows, if HaloPSA obeys spans at all. Answers the server's time.
async fn prove(pass: &Pass, subject: &Subject, parameters: Parameters) -> Result<i64, SyncError> {
    let params: Params = vec![
        (parameters.from, Cow::Borrowed("2200-01-01T00:00:00")),
        (parameters.to, Cow::Borrowed("2200-02-01T00:00:00")),
    ];
    let page = subject.list(pass, Lane::Delta, params).await?;
    if !page.records.is_empty() {
        return Err(SyncError::Ignored { path: subject.entity.path, parameter: parameters.from });
    }
    Ok(moment_of(pass, &page))
}

async fn oldest(pass: &Pass, now: i64) -> Result<i64, SyncError> {
    let sql = format!("select epoch_us(min(dateoccurred)) from {}.tickets", quoted(&pass.schema));
    let first = pass.writer.run(move |warehouse| warehouse.scalar_i64(&sql, &[] as &[Cell])).await?;
    Ok(first.map_or(now - WITHOUT_TICKETS, |first| first - BEFORE_TICKETS))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
