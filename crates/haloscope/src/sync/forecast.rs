//! When a first reading will be finished. Pure: the caller brings time, counts of requests, and the budget.
//!
//! What is left in requests, played through as they can go out: each follows the one before as fast as HaloPSA answered
//! lately, and none before the limit has room again. The limit makes steps (a full window at once, then a wait), so a
//! plain division would be wrong by up to a window.

use std::collections::VecDeque;
use std::time::Duration;

use halo_client::entities::{ENTITIES, Entity, Reading};
use serde::{Deserialize, Serialize};

/// Requests besides the pages of an entity: its filter is proved.
const BESIDES: f64 = 1.0;
/// Requests for an entity that is read by spans of time, before anything is known of it.
const SPANS: f64 = 14.0;
/// Rows of a page where HaloPSA caps it, for tickets and what shares their ids, and elsewhere. Source:
/// `docs/halo-facts.md#paging`.
const CAPPED: f64 = 100.0;
const UNCAPPED: f64 = 1_000.0;
/// Requests of one entity under way at once, where it has as many.
const IN_FLIGHT: f64 = 6.0;
/// How much of the past says how fast HaloPSA answers: its last quarter, but so many requests and this time at least.
const RECENT_SHARE: u32 = 4;
const RECENT_REQUESTS: f64 = 60.0;
const RECENT: Duration = Duration::from_secs(10);
/// Requests that were timed before anything is predicted.
const ENOUGH_REQUESTS: f64 = 10.0;
/// Over which share of the time until now the end is smoothed, and this time at least: a few slow answers are no trend.
const SMOOTHED_SHARE: f64 = 0.125;
const SMOOTHED_S: f64 = 3.0;
/// Where it is not known how many requests were under way at once.
const UNKNOWN: f64 = 0.0;
/// Moments that are remembered.
const MOMENTS: usize = 4_096;

/// What the budget says at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// Requests that bulk reading may send in any window.
    pub usable: u32,
    /// Length of that window.
    pub window: Duration,
    /// Whether requests wait for room now.
    pub is_full: bool,
}

/// One moment of a pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Monotonic time.
    pub at: Duration,
    /// Requests of the pass until now.
    pub requests: f64,
    /// What the budget says.
    pub limit: Limit,
}

/// When it will be finished.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finish {
    /// Share of the requests that are done, 0 to 1.
    pub fraction: f64,
    /// How much longer it takes, seconds.
    pub left_s: f64,
}

/// One entity, in requests.
struct Part {
    entity: &'static Entity,
    /// Rows that HaloPSA has, where it was asked.
    rows: Option<f64>,
    /// Rows that were read before this pass.
    before: f64,
    /// Rows that one request brings, where that is known beforehand.
    per_request: Option<f64>,
    read: f64,
    /// Requests of the pass when its reading began and when it ended.
    began: Option<f64>,
    ended: Option<f64>,
    proved: bool,
}

impl Part {
    /// What is left until its rows are all read.
    fn left(&self, now: f64) -> [Stretch; 2] {
        if self.ended.is_some() {
            return [Stretch::default(); 2];
        }
        let used = self.began.map_or(0.0, |began| now - began);
        let few = match self.entity.reading {
            Reading::Paged { .. } => BESIDES,
            Reading::Parts { values, .. } => values.len() as f64,
            Reading::Windows { .. } => SPANS,
            _ if self.rows.is_some() => 0.0,
            _ => 1.0,
        };
        let alone = Stretch { requests: (few - used).max(0.0), at_once: 1.0 };
        // A whole list says how many rows it has only when they are there.
        let Some(rows) = self.rows else { return [alone, Stretch::default()] };
        let pages = (rows - self.before - self.read).max(0.0) / self.rows_per_request(used);
        let pages = if self.began.is_some() { pages } else { pages.ceil().max(1.0) };
        [alone, Stretch { requests: pages, at_once: self.at_once() }]
    }

    /// Requests under way at once while it is read.
    fn at_once(&self) -> f64 {
        let pages = self.rows.map_or(1.0, |rows| (rows / self.rows_per_request(0.0)).ceil());
        pages.clamp(1.0, IN_FLIGHT)
    }

    fn rows_per_request(&self, used: f64) -> f64 {
        let guess = match self.entity.reading {
            _ if self.per_request.is_some() => self.per_request.unwrap_or(1.0),
            Reading::PerParent { .. } => 1.0,
            _ if self.entity.rivals.is_empty() => UNCAPPED,
            _ => CAPPED,
        };
        // The first pages only tell once the requests besides do not matter.
        if self.read > 0.0 && used > 10.0 { (self.read / (used - BESIDES)).clamp(1.0, UNCAPPED) } else { guess }
    }
}

/// Requests that go out one after the other, or several at once.
#[derive(Clone, Copy, Default)]
struct Stretch {
    requests: f64,
    at_once: f64,
}

/// See the module.
pub struct Forecast {
    parts: Vec<Part>,
    /// With how many requests were under way at once since the moment before.
    moments: VecDeque<(Moment, f64)>,
    /// Seconds for one answer while nothing waited for the limit; none before that is known.
    latency: Option<f64>,
    /// When the first moment was.
    began: Option<Duration>,
    /// When it will be finished, smoothed: seconds of monotonic time; and that as the last moment saw it.
    end: Option<f64>,
    latest: Option<Finish>,
}

impl Default for Forecast {
    fn default() -> Self {
        let part = |entity: &&'static Entity| Part {
            entity,
            rows: None,
            before: 0.0,
            per_request: None,
            read: 0.0,
            began: None,
            ended: None,
            proved: false,
        };
        Self {
            parts: ENTITIES.iter().map(part).collect(),
            moments: VecDeque::new(),
            latency: None,
            began: None,
            end: None,
            latest: None,
        }
    }
}

impl Forecast {
    fn part(&mut self, table: &str) -> Option<&mut Part> {
        self.parts.iter_mut().find(|part| part.entity.table == table)
    }

    /// HaloPSA has so many rows, of which so many were read before this pass. `per_request`: how many one request brings, where
    /// that is known.
    pub fn plan(&mut self, table: &str, rows: u64, before: u64, per_request: Option<u64>) {
        if let Some(part) = self.part(table) {
            (part.rows, part.before) = (Some(rows as f64), before.min(rows) as f64);
            part.per_request = per_request.map(|rows| rows as f64);
        }
    }

    /// HaloPSA has so many rows. Where rows hang on others, that counts all of them, and only the plan knows how many of
    /// them this pass reads.
    pub fn expects(&mut self, table: &str, rows: u64) {
        if let Some(part) = self.part(table).filter(|part| !matches!(part.entity.reading, Reading::PerParent { .. })) {
            part.rows = Some(rows as f64);
        }
    }

    /// An entity is being read; the one before is read.
    pub fn begins(&mut self, table: &str, now: Moment) {
        self.end_reading(now);
        if let Some(part) = self.part(table) {
            part.began = Some(now.requests);
        }
        self.note(now);
    }

    /// So many rows were read.
    pub fn rows(&mut self, table: &str, rows: u64, now: Moment) {
        if let Some(part) = self.part(table) {
            part.read = rows as f64;
        }
        self.note(now);
    }

    /// The ids of an entity are compared: all are read.
    pub fn proves(&mut self, now: Moment) {
        self.end_reading(now);
        self.note(now);
    }

    /// An entity is done.
    pub fn ends(&mut self, table: &str, now: Moment) {
        if let Some(part) = self.part(table) {
            part.ended.get_or_insert(now.requests);
            part.proved = true;
        }
        self.note(now);
    }

    fn end_reading(&mut self, now: Moment) {
        for part in self.parts.iter_mut().filter(|part| part.began.is_some()) {
            part.ended.get_or_insert(now.requests);
        }
    }

    fn note(&mut self, now: Moment) {
        let began = *self.began.get_or_insert(now.at);
        let recent = RECENT.max(now.at.saturating_sub(began) / RECENT_SHARE);
        let kept = recent.max(now.limit.window + RECENT);
        while self.moments.front().is_some_and(|(moment, _)| moment.at + kept < now.at) || self.moments.len() >= MOMENTS
        {
            self.moments.pop_front();
        }
        let reading = self.parts.iter().find(|part| part.began.is_some() && part.ended.is_none());
        let at_once = reading.map_or(1.0, |part| match part.at_once() {
            // Until all that may be under way is, nothing tells how many are.
            several if several > 1.0 && now.requests - part.began.unwrap_or(0.0) < 3.0 * IN_FLIGHT => UNKNOWN,
            several => several,
        });
        let before = self.moments.back().map_or(now.at, |(moment, _)| moment.at);
        self.moments.push_back((now, at_once));
        self.measure(recent.as_secs_f64());
        self.smooth(now.at.saturating_sub(before).as_secs_f64(), now.at.saturating_sub(began).as_secs_f64());
    }

    /// Moves the predicted end towards what this moment says, so much time after the moment before.
    fn smooth(&mut self, passed: f64, age: f64) {
        let (Some(now), Some((moment, _))) = (self.reckon(), self.moments.back()) else { return };
        let at = moment.at.as_secs_f64();
        let weight = 1.0 - (-passed / SMOOTHED_S.max(age * SMOOTHED_SHARE)).exp();
        let end = at + now.left_s;
        let end = self.end.map_or(end, |before| before + (end - before) * weight);
        self.end = Some(end);
        self.latest = Some(Finish { left_s: (end - at).max(0.0), ..now });
    }

    /// How long one answer took in the last spans in which nothing waited for the limit.
    fn measure(&mut self, recent: f64) {
        let (mut requests, mut time, mut busy) = (0.0, 0.0, 0.0);
        for ((later, at_once), (earlier, _)) in self.moments.iter().rev().zip(self.moments.iter().rev().skip(1)) {
            if !later.limit.is_full && !earlier.limit.is_full && *at_once > UNKNOWN {
                let span = later.at.saturating_sub(earlier.at).as_secs_f64();
                requests += later.requests - earlier.requests;
                time += span;
                busy += span * at_once;
            }
            if requests >= RECENT_REQUESTS && time >= recent {
                break;
            }
        }
        if requests >= ENOUGH_REQUESTS && time > 0.0 {
            self.latency = Some(busy / requests);
        }
    }

    /// When it will be finished; none before enough of HaloPSA's answers were timed.
    pub fn finish(&self) -> Option<Finish> {
        self.latest
    }

    /// When it would be finished if everything stayed as it is at this moment.
    fn reckon(&self) -> Option<Finish> {
        let ((now, _), latency) = (*self.moments.back()?, self.latency?);
        let proofs = self.parts.iter().filter(|part| part.entity.is_paged() && !part.proved).count();
        let proofs = Stretch { requests: proofs as f64, at_once: 1.0 };
        let stretches: Vec<Stretch> =
            self.parts.iter().flat_map(|part| part.left(now.requests)).chain([proofs]).collect();
        let left: f64 = stretches.iter().map(|stretch| stretch.requests).sum();
        let fraction = now.requests / (now.requests + left).max(1.0);
        Some(Finish { fraction, left_s: self.time_for(&stretches, latency, now) })
    }

    /// Seconds until so much more is answered.
    fn time_for(&self, stretches: &[Stretch], latency: f64, now: Moment) -> f64 {
        let (usable, window) = (f64::from(now.limit.usable.max(1)), now.limit.window.as_secs_f64());
        let start = now.at.as_secs_f64();
        let (mut slots, mut at) = (self.last_answers(now), start);
        let mut spare = usable - slots.len() as f64;
        for stretch in stretches.iter().filter(|stretch| stretch.requests > 0.0) {
            let step = latency / stretch.at_once;
            // After a window or two the steps repeat.
            let cycles = ((stretch.requests - 3.0 * usable) / usable).floor().max(0.0);
            let mut played = (stretch.requests - cycles * usable).ceil();
            while played > 0.0 {
                at += step;
                if spare >= 1.0 {
                    spare -= 1.0;
                } else if let Some(answered) = slots.pop_front() {
                    at = at.max(answered + window);
                }
                slots.push_back(at);
                played -= 1.0;
            }
            let skipped = cycles * window.max(usable * step);
            at += skipped;
            slots.iter_mut().for_each(|slot| *slot += skipped);
        }
        at - start
    }

    /// When the last requests were answered, as many as fit a window, oldest first.
    fn last_answers(&self, now: Moment) -> VecDeque<f64> {
        let seconds = |moment: &Moment| moment.at.as_secs_f64();
        let mut answers = VecDeque::new();
        let mut place = self.moments.len().saturating_sub(1);
        for back in 0..now.limit.usable {
            let number = now.requests - f64::from(back);
            while place > 0 && self.moments[place - 1].0.requests >= number {
                place -= 1;
            }
            // What was answered before the first moment that is remembered lies out of the window, or before this pass.
            let Some(before) = place.checked_sub(1).map(|before| &self.moments[before].0) else { break };
            let later = &self.moments[place].0;
            let share = (number - before.requests) / (later.requests - before.requests).max(1.0);
            answers.push_front(seconds(before) + (seconds(later) - seconds(before)) * share);
        }
        answers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a first reading of so many tickets under a limit, page by page, with the latency of each moment; answers the
    /// predictions as (time, fraction, predicted end) and the true end, in seconds.
    fn play(tickets: u64, usable: u32, window: u64, latency: fn(f64) -> f64) -> (Vec<(f64, f64, f64)>, f64) {
        let mut forecast = Forecast::default();
        let (mut at, mut requests, mut answers) = (0.0_f64, 0.0, VecDeque::<f64>::new());
        let mut predictions = Vec::new();
        let window = Duration::from_secs(window);
        let mut ask = |at_once: f64| {
            let free = answers.len().checked_sub(usable as usize).map(|first| answers[first] + window.as_secs_f64());
            let is_full = free.is_some_and(|free| free > at);
            at = (at + latency(at) / at_once).max(free.unwrap_or(0.0));
            answers.push_back(at);
            requests += 1.0;
            let limit = Limit { usable, window, is_full };
            Moment { at: Duration::from_secs_f64(at), requests, limit }
        };
        let pages = |entity: &Entity| match entity.table {
            "tickets" => tickets.div_ceil(100),
            _ => u64::from(entity.is_paged()),
        };
        for table in ["tickets", "projects", "opportunities"] {
            forecast.plan(table, if table == "tickets" { tickets } else { 0 }, 0, None);
        }
        for entity in ENTITIES {
            forecast.begins(entity.table, ask(1.0));
            if matches!(entity.reading, Reading::Windows { .. }) {
                (0..11).for_each(|_| forecast.rows(entity.table, 0, ask(1.0)));
            }
            for page in 1..=pages(entity) {
                let at_once = if entity.table == "tickets" { IN_FLIGHT } else { 1.0 };
                forecast.rows(entity.table, (page * 100).min(tickets), ask(at_once));
                if page % 10 == 0 {
                    let now = forecast.moments.back().unwrap().0.at.as_secs_f64();
                    let finish = forecast.finish().unwrap();
                    predictions.push((now, finish.fraction, now + finish.left_s));
                }
            }
        }
        for entity in ENTITIES.iter().filter(|entity| entity.is_paged()) {
            forecast.proves(ask(1.0));
            forecast.ends(entity.table, ask(1.0));
        }
        (predictions, at)
    }

    fn check(tickets: u64, usable: u32, window: u64, latency: fn(f64) -> f64) {
        let (predictions, end) = play(tickets, usable, window, latency);
        let late: Vec<_> = predictions.iter().filter(|(at, ..)| *at >= end / 10.0).collect();
        assert!(late.len() * 2 > predictions.len(), "{} of {}", late.len(), predictions.len());
        let wrong: Vec<_> = late.iter().filter(|(.., predicted)| (predicted - end).abs() > end / 5.0).collect();
        let some: Vec<_> = wrong.iter().step_by(10).collect();
        assert!(wrong.is_empty(), "{tickets} tickets, {usable} in {window} s: end {end}, wrong {some:.2?}");
        assert!(predictions.is_sorted_by_key(|(_, fraction, _)| *fraction), "what is done stays done");
    }

    #[test]
    fn predictions_hold_under_a_limit_and_without_one() {
        // Limited by the limit, however fast HaloPSA answers.
        check(200_000, 360, 300, |_| 0.1);
        check(200_000, 360, 300, |at| 0.2 + 0.4 * (at / 50.0).sin().abs());
        check(1_000_000, 360, 300, |at| if at % 1200.0 < 600.0 { 0.1 } else { 2.0 });
        // Limited by slow answers, which get slower and faster all the time.
        check(100_000, 360, 300, |at| 6.0 + 3.0 * (at / 10.0).sin());
        check(100_000, 1_000_000, 300, |at| 0.5 + 0.3 * (2.0 * at).sin());
    }
}
