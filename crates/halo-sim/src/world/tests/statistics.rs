//! The figures that a person who runs such a desk would look at first, as `docs/simulator.md` states them.

use std::collections::BTreeMap;

use super::now;
use crate::times::{self, DAY, EMPTY, HOUR, MINUTE, Ms};
use crate::world::reference::ids;
use crate::world::rows::{Action, Invoice, Kind, Ticket};
use crate::world::{HISTORY, World};

/// Weeks that are looked at: all but those in which the desk filled up.
struct Desk {
    world: World,
    from: Ms,
    weeks: f64,
}

impl Desk {
    fn new(tickets: u32) -> Self {
        let from = now() - HISTORY + 28 * DAY;
        Self { world: World::new(3, now(), tickets), from, weeks: (now() - from) as f64 / (7 * DAY) as f64 }
    }

    fn tickets(&self) -> impl Iterator<Item = &Ticket> {
        self.world.tickets.live().filter(|row| row.kind == Kind::Ticket && row.occurred >= self.from)
    }

    /// Percent of the tickets of which the test is true, of those of which it says anything.
    fn share(&self, test: impl Fn(&Ticket) -> Option<bool>) -> f64 {
        let told: Vec<bool> = self.tickets().filter_map(test).collect();
        100.0 * told.iter().filter(|told| **told).count() as f64 / told.len() as f64
    }

    /// Median minutes of working time to the first answer.
    fn median_response(&self, priority: u8) -> f64 {
        let answered = self.tickets().filter(|row| row.priority == priority && row.responded != EMPTY);
        let times = answered.map(|row| self.world.calendar.between(row.occurred, row.responded));
        median(times.map(|time| time as f64 / MINUTE as f64).collect())
    }

    /// Booked hours of each week in which an engineer was at work on all five days: on tickets, and in all
    /// but breaks.
    fn hours(&self) -> (f64, f64) {
        let mut weeks: BTreeMap<(i32, i64), (u32, u32)> = BTreeMap::new();
        let week = |at: Ms| (at.div_euclid(DAY) + 3).div_euclid(7);
        for entry in self.world.time_entries.live().filter(|entry| entry.start >= self.from && entry.break_type != 1) {
            let (all, tickets) = weeks.entry((entry.agent, week(entry.start))).or_default();
            *all += u32::from(entry.minutes);
            *tickets += if entry.ticket > 0 { u32::from(entry.minutes) } else { 0 };
        }
        let engineer = |id: i32| {
            self.world
                .agents
                .get(id)
                .is_some_and(|row| row.title.contains("ngineer") || row.title.contains("specialist"))
        };
        let whole = |agent: i32, week: i64| {
            (week * 7 - 3..week * 7 + 2).all(|day| self.world.rota.hours(&self.world.calendar, agent, day).is_some())
        };
        let rows: Vec<(f64, f64)> = weeks
            .into_iter()
            .filter(|((agent, week), _)| engineer(*agent) && whole(*agent, *week))
            .map(|(_, (all, tickets))| (f64::from(all) / 60.0, f64::from(tickets) / 60.0))
            .collect();
        let mean = |value: fn(&(f64, f64)) -> f64| rows.iter().map(value).sum::<f64>() / rows.len() as f64;
        (mean(|row| row.0), mean(|row| row.1))
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Name, figure, and the range in which a person who runs such a desk would believe it.
type Figure = (&'static str, f64, std::ops::Range<f64>);

fn figures(desk: &Desk) -> Vec<Figure> {
    let world = &desk.world;
    let count = desk.tickets().count() as f64;
    let actions: usize = desk.tickets().map(|row| row.actions.len()).sum();
    let had = |row: &Ticket, test: &dyn Fn(&Action) -> bool| Some(row.actions.iter().any(test));
    let left_closed =
        |action: &Action| i32::from(action.old_status) == ids::CLOSED && i32::from(action.new_status) != ids::CLOSED;
    let year = world.invoices.live().filter(|row| row.date >= now() - 365 * DAY);
    let late = |row: &&Invoice| row.paid_at != EMPTY && row.paid_at > row.due;
    let paid: Vec<&Invoice> = world.invoices.live().filter(|row| row.paid_at != EMPTY).collect();
    let clients = world.clients.live().filter(|row| row.size > 0 && !row.inactive).count();
    let hours = desk.hours();
    vec![
        ("closed, %", desk.share(|row| Some(row.closed != EMPTY)), 96.0..99.0),
        ("alerts, %", desk.share(|row| Some(row.tickettype == ids::ALERT)), 25.0..30.0),
        ("first response P1, min", desk.median_response(1), 3.0..15.0),
        ("first response P2, min", desk.median_response(2), 15.0..60.0),
        ("first response P3, min", desk.median_response(3), 30.0..240.0),
        ("first response P4, min", desk.median_response(4), 45.0..510.0),
        (
            "answered in time, %",
            desk.share(|row| (row.responded != EMPTY).then_some(!row.response_breached)),
            88.0..97.0,
        ),
        ("fixed in time, %", desk.share(|row| (row.closed != EMPTY).then_some(!row.sla_breached)), 83.0..95.0),
        ("actions a ticket", actions as f64 / count, 3.0..6.0),
        ("reopened, %", desk.share(|row| had(row, &left_closed)), 1.0..3.0),
        ("escalated, %", desk.share(|row| had(row, &|action| action.outcome == ids::REASSIGN)), 5.0..15.0),
        ("merged, %", desk.share(|row| Some(row.merged_into > 0)), 0.5..3.0),
        ("with feedback, %", desk.share(|row| Some(row.satisfaction > 0)), 5.0..15.0),
        ("of it good, %", desk.share(|row| (row.satisfaction > 0).then_some(row.satisfaction == 1)), 75.0..95.0),
        ("booked hours of an engineer and week", hours.0, 26.0..34.0),
        ("of them on tickets", hours.1, 21.0..30.0),
        ("overlapping time entries, %", desk.overlaps(), 1.0..12.0),
        ("invoices a month and client", year.count() as f64 / 12.0 / clients as f64, 0.9..1.05),
        (
            "invoices paid late, %",
            100.0 * paid.iter().filter(|row| late(row)).count() as f64 / paid.len() as f64,
            15.0..40.0,
        ),
        ("Monday to the mean of the other working days, %", desk.monday(), 112.0..140.0),
        ("Christmas week to a usual one, %", desk.christmas(), 20.0..60.0),
        ("most tickets in an hour to the mean of office hours", desk.burst(), 3.0..40.0),
    ]
}

impl Desk {
    /// Percent of the entries of engineers that begin before the one before has ended.
    fn overlaps(&self) -> f64 {
        let mut entries: Vec<(i32, Ms, Ms)> = self
            .world
            .time_entries
            .live()
            .filter(|row| row.start >= self.from)
            .map(|row| (row.agent, row.start, row.start + Ms::from(row.minutes) * MINUTE))
            .collect();
        entries.sort_unstable();
        let over = |pair: &&[(i32, Ms, Ms)]| pair[0].0 == pair[1].0 && pair[1].1 < pair[0].2 - MINUTE;
        100.0 * entries.windows(2).filter(over).count() as f64 / entries.len() as f64
    }

    fn between(&self, from: Ms, to: Ms) -> f64 {
        self.tickets().filter(|row| (from..to).contains(&row.occurred)).count() as f64
    }

    fn monday(&self) -> f64 {
        let mut days = [0.0; 7];
        for row in self.tickets() {
            days[usize::try_from(times::weekday(row.occurred)).unwrap()] += 1.0;
        }
        100.0 * days[0] / (days[1..5].iter().sum::<f64>() / 4.0)
    }

    fn christmas(&self) -> f64 {
        let day = |text: &str| times::parse(text).unwrap();
        let week = self.between(day("2025-12-24"), day("2025-12-31"));
        100.0 * week / (self.between(day("2025-11-05"), day("2025-12-17")) / 6.0)
    }

    /// Outages: the busiest hour, as a multiple of the usual one.
    fn burst(&self) -> f64 {
        let mut hours: BTreeMap<i64, f64> = BTreeMap::new();
        for row in self.tickets().filter(|row| row.occurred >= now() - 365 * DAY) {
            *hours.entry(row.occurred / HOUR).or_default() += 1.0;
        }
        let office = |hour: i64| (9..17).contains(&hour.rem_euclid(24)) && self.world.calendar.works(hour / 24);
        let usual: Vec<f64> = hours.iter().filter(|(hour, _)| office(**hour)).map(|(_, count)| *count).collect();
        usual.iter().copied().fold(0.0, f64::max) / (usual.iter().sum::<f64>() / usual.len() as f64)
    }
}

/// `HALO_SIM_TICKETS=1000000` and `--no-capture` show the figures of another desk.
#[test]
fn the_figures_of_the_desk_are_believable() {
    let tickets = std::env::var("HALO_SIM_TICKETS").map_or(40_000, |text| text.parse().unwrap());
    let desk = Desk::new(tickets);
    let mut wrong = Vec::new();
    println!("{:>8.1} tickets a week", desk.tickets().count() as f64 / desk.weeks);
    for (name, figure, range) in figures(&desk) {
        println!("{figure:>8.1} {name}");
        if !range.contains(&figure) {
            wrong.push(format!("{name}: {figure:.1} is not within {range:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_client_is_served_and_billed() {
    let desk = Desk::new(40_000);
    let world = &desk.world;
    for client in world.clients.live().filter(|client| client.size > 0) {
        let tickets = world.tickets.live().filter(|row| row.client == client.id).count();
        let a_head = tickets as f64 / f64::from(client.size);
        assert!((1.0..90.0).contains(&a_head), "{}: {a_head:.1} tickets a head in three years", client.name);
        assert!(world.invoices.live().any(|row| row.client == client.id), "{} has no invoice", client.name);
    }
}

#[test]
fn engineers_book_no_whole_week_twice() {
    let desk = Desk::new(40_000);
    let mut weeks: BTreeMap<(i32, i64), u32> = BTreeMap::new();
    for entry in desk.world.time_entries.live() {
        *weeks.entry((entry.agent, entry.start.div_euclid(7 * DAY))).or_default() += u32::from(entry.minutes);
    }
    let most = weeks.iter().max_by_key(|(_, minutes)| **minutes).unwrap();
    assert!(*most.1 < 52 * 60, "agent and week {:?}: {} hours", most.0, most.1 / 60);
}
