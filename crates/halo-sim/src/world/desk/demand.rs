//! How much work comes in: seasons, weekdays, hours of the day, and outages at which everybody calls at once.

use crate::rng::Rng;
use crate::times::{self, DAY, HOUR, MINUTE, Ms};
use crate::world::calendar::Calendar;
use crate::world::lifecycle::Origin;
use crate::world::rows::Kind;
use crate::world::scale::Scale;

/// Work that people bring per weekday, Monday first.
const WEEKDAYS: [u64; 7] = [26, 21, 20, 19, 17, 2, 1];
/// Alerts of monitoring likewise; machines rest less.
const ALERT_WEEKDAYS: [u64; 7] = [7, 6, 6, 6, 6, 5, 5];
/// Percent of the usual work per month: quiet summers, busy autumns.
const MONTHS: [u64; 12] = [105, 102, 104, 98, 100, 99, 94, 87, 109, 106, 103, 93];
/// Arrivals per hour of the local day.
const HOURS: [u32; 24] = [1, 1, 1, 1, 1, 2, 3, 10, 34, 58, 52, 43, 30, 34, 42, 39, 33, 19, 6, 4, 3, 3, 2, 1];
/// Alerts likewise; backups fail in the early morning.
const ALERT_HOURS: [u32; 24] = [5, 6, 8, 9, 9, 10, 9, 9, 9, 8, 7, 6, 6, 6, 6, 6, 6, 5, 5, 4, 4, 4, 5, 6];
/// Minutes from the start of an outage to a call about it, by evenly spaced quantiles.
const OUTAGE: [f64; 8] = [0.0, 4.0, 9.0, 16.0, 27.0, 45.0, 80.0, 170.0];
/// Percent by which the work grows during the history.
const GROWTH: u64 = 40;

/// Something that comes in.
#[derive(Clone, Copy)]
pub(super) struct Arrival {
    pub(super) at: Ms,
    pub(super) kind: Kind,
    pub(super) origin: Origin,
    /// Which outage it is about; 0 is none. Even numbers hit one client, odd ones all.
    pub(super) outage: u32,
}

/// See the module.
pub(super) struct Demand {
    seed: u64,
    first: i64,
    last: i64,
    /// Present time at which the history ends: what comes later that day is not in it.
    now: Ms,
    tickets: u64,
    projects: u64,
    opportunities: u64,
    /// Weight of all days of the history before each, and at the end of all.
    sums: Vec<u64>,
}

impl Demand {
    pub(super) fn new(calendar: &Calendar, seed: u64, start: Ms, now: Ms, tickets: u32) -> Self {
        let scale = Scale::of(tickets);
        let (first, last) = (start.div_euclid(DAY) + 1, now.div_euclid(DAY));
        let mut demand = Self {
            seed,
            first,
            last,
            now,
            tickets: tickets.into(),
            projects: scale.projects.into(),
            opportunities: scale.opportunities.into(),
            sums: vec![0],
        };
        let mut sum = 0;
        for day in first..=last {
            let (people, alerts) = demand.weights(calendar, day);
            let whole = people + alerts;
            // The last day counts with the part of its work that has come in.
            let passed = if day == last { demand.passed(calendar, day) } else { 1_000 };
            sum += whole * passed / 1_000;
            demand.sums.push(sum);
        }
        demand
    }

    /// Weights of a day: what people bring, and alerts.
    fn weights(&self, calendar: &Calendar, day: i64) -> (u64, u64) {
        let midnight = day * DAY;
        let date = times::civil(midnight);
        let weekday = usize::try_from(times::weekday(midnight)).unwrap_or_default();
        let month = usize::try_from(date.month - 1).unwrap_or_default();
        let christmas = matches!((date.month, date.day), (12, 23..) | (1, 1..=2));
        let people = match (calendar.works(day), weekday) {
            (false, 0..5) => 3,
            _ if christmas => WEEKDAYS[weekday] * 35 / 100,
            _ => WEEKDAYS[weekday],
        };
        let length = u64::try_from(self.last - self.first).unwrap_or_default().max(1);
        let passed = u64::try_from(day - self.first).unwrap_or_default().min(length);
        let grown = 1_000 + 10 * GROWTH * passed / length;
        let chance = Rng::new(self.seed, "day", day.unsigned_abs()).below(31) + 85;
        (people * MONTHS[month] * grown * chance, ALERT_WEEKDAYS[weekday] * 100 * grown * chance)
    }

    /// Thousandths of a day's work that came in before the history ended.
    fn passed(&self, calendar: &Calendar, day: i64) -> u64 {
        let sum = |until: usize| u64::from(HOURS[..until].iter().sum::<u32>());
        let since = (self.now - calendar.local(day, 0)).clamp(0, DAY);
        let hour = usize::try_from(since / HOUR).unwrap_or_default().min(23);
        let inside = u64::from(HOURS[hour]) * (since - Ms::try_from(hour).unwrap_or_default() * HOUR).unsigned_abs();
        (sum(hour) * 1_000 + inside * 1_000 / HOUR.unsigned_abs()) / sum(24)
    }

    /// How many of `all` come on a day: exactly all of them over the history, and as many a day afterwards.
    fn share(&self, calendar: &Calendar, day: i64, all: u64, rng: &mut Rng) -> u64 {
        let total = u128::from(*self.sums.last().expect("it starts with a zero")).max(1);
        let part = |sum: u64| u64::try_from(u128::from(sum) * u128::from(all) / total).unwrap_or_default();
        match usize::try_from(day - self.first) {
            Ok(place) if place + 1 < self.sums.len() => part(self.sums[place + 1]) - part(self.sums[place]),
            _ => {
                let (people, alerts) = self.weights(calendar, day);
                part(people + alerts + rng.below(u64::try_from(total / u128::from(all.max(1))).unwrap_or(u64::MAX)))
            }
        }
    }

    /// What comes in on a day, counted from 1970, in order of time. On the day on which the history ends, up
    /// to then.
    pub(super) fn plan(&self, calendar: &Calendar, day: i64) -> Vec<Arrival> {
        let mut rng = Rng::new(self.seed, "arrivals", day.unsigned_abs());
        let count = self.share(calendar, day, self.tickets, &mut rng);
        let (people, alerts) = self.weights(calendar, day);
        let mut left = count;
        let mut arrivals = self.outages(calendar, day, count, &mut rng);
        left -= arrivals.len() as u64;
        for _ in 0..left {
            let alert = rng.below(people + alerts) < alerts;
            let (hours, origin) = if alert { (&ALERT_HOURS, Origin::Monitoring) } else { (&HOURS, Origin::Person) };
            let at = self.moment(calendar, day, hours, &mut rng);
            arrivals.push(Arrival { at, kind: Kind::Ticket, origin, outage: 0 });
        }
        for (kind, all) in [(Kind::Project, self.projects), (Kind::Opportunity, self.opportunities)] {
            for _ in 0..self.share(calendar, day, all, &mut rng) {
                let at = self.moment(calendar, day, &HOURS, &mut rng);
                arrivals.push(Arrival { at, kind, origin: Origin::Person, outage: 0 });
            }
        }
        arrivals.sort_by_key(|arrival| arrival.at);
        arrivals
    }

    /// What comes in after the history on its last day.
    pub(super) fn rest(&self, calendar: &Calendar) -> Vec<Arrival> {
        let mut rng = Rng::new(self.seed, "rest of the day", self.last.unsigned_abs());
        let (people, alerts) = self.weights(calendar, self.last);
        let weight = (people + alerts) * (1_000 - self.passed(calendar, self.last)) / 1_000;
        let total = u128::from(*self.sums.last().expect("it starts with a zero")).max(1);
        let count = u128::from(weight) * u128::from(self.tickets) / total;
        let later = |hours: &[u32; 24], rng: &mut Rng| {
            (0..200).find_map(|_| {
                let hour = Ms::try_from(rng.weighted(hours)).unwrap_or_default();
                let at = calendar.local(self.last, hour * HOUR + rng.between(0, HOUR - 1));
                (at > self.now).then_some(at)
            })
        };
        let mut arrivals = Vec::new();
        for _ in 0..count {
            let alert = rng.below(people + alerts) < alerts;
            let (hours, origin) = if alert { (&ALERT_HOURS, Origin::Monitoring) } else { (&HOURS, Origin::Person) };
            arrivals.extend(later(hours, &mut rng).map(|at| Arrival { at, kind: Kind::Ticket, origin, outage: 0 }));
        }
        arrivals
    }

    fn moment(&self, calendar: &Calendar, day: i64, hours: &[u32; 24], rng: &mut Rng) -> Ms {
        loop {
            let hour = Ms::try_from(rng.weighted(hours)).unwrap_or_default();
            let at = calendar.local(day, hour * HOUR + rng.between(0, HOUR - 1));
            if day != self.last || at < self.now {
                return at;
            }
            if self.now < calendar.local(day, HOUR) {
                return self.now - 1 - rng.between(0, MINUTE);
            }
        }
    }

    /// Four in a hundred tickets of people are about an outage; now and then one hits many clients.
    fn outages(&self, calendar: &Calendar, day: i64, count: u64, rng: &mut Rng) -> Vec<Arrival> {
        let mut arrivals = Vec::new();
        if count < 12 || !calendar.works(day) {
            return arrivals;
        }
        let usual = count * 3 / 1_000 + u64::from(rng.below(1_000) < count * 3 % 1_000);
        let wide = rng.chance(1.0 / 45.0);
        let last = self.day_ends(calendar, day);
        for number in 0..usual + u64::from(wide) {
            let wide = number == usual;
            let size = if wide { count * 2 / 5 + 4 } else { rng.below(10) + 5 };
            let start = calendar.local(day, 8 * HOUR + rng.between(0, 7 * HOUR));
            let mark = u32::try_from(day * 200 + i64::try_from(number.min(90)).unwrap_or_default() * 2).unwrap_or(2);
            for _ in 0..size.min(count / 2) {
                #[expect(clippy::cast_possible_truncation, reason = "at most three hours")]
                let after = (rng.along(&OUTAGE) * MINUTE as f64) as Ms;
                let (at, outage) = (start + after, mark + u32::from(wide));
                if at < last && (arrivals.len() as u64) < count {
                    arrivals.push(Arrival { at, kind: Kind::Ticket, origin: Origin::Outage, outage });
                }
            }
        }
        arrivals
    }

    fn day_ends(&self, calendar: &Calendar, day: i64) -> Ms {
        if day == self.last { self.now } else { calendar.local(day, DAY) }
    }
}
