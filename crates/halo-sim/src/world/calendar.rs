//! Working time of the provider: 09:00 to 17:30 in London, Monday to Friday, without bank holidays.

use crate::times::{self, DAY, HOUR, MINUTE, Ms};

/// When a working day starts, milliseconds after local midnight.
pub(crate) const OPENS: Ms = 9 * HOUR;
/// When it ends.
pub(crate) const CLOSES: Ms = 17 * HOUR + 30 * MINUTE;
const LENGTH: Ms = CLOSES - OPENS;

/// Every working day as a span of UTC time, from some years before the history to some years after it.
pub(crate) struct Calendar {
    days: Vec<(Ms, Ms)>,
    /// The first day that the calendar knows, counted from 1970.
    first: i64,
    all: Vec<Day>,
}

#[derive(Clone, Copy)]
struct Day {
    works: bool,
    /// How far London is ahead of UTC at nine.
    offset: Ms,
}

impl Calendar {
    /// `holidays` are midnights of calendar days.
    pub(crate) fn new(from: Ms, to: Ms, holidays: &[Ms]) -> Self {
        let first = from.div_euclid(DAY);
        let last = to.div_euclid(DAY);
        let all: Vec<Day> = (first..=last)
            .map(|day| day * DAY)
            .map(|day| Day {
                works: times::weekday(day) < 5 && !holidays.contains(&day),
                offset: times::london_offset(day + OPENS),
            })
            .collect();
        let days = (first..)
            .zip(&all)
            .filter(|(_, day)| day.works)
            .map(|(number, day)| (number * DAY + OPENS - day.offset, number * DAY + CLOSES - day.offset))
            .collect();
        Self { days, first, all }
    }

    fn day(&self, day: i64) -> Option<&Day> {
        self.all.get(usize::try_from(day - self.first).ok()?)
    }

    /// Whether the provider works on a day, counted from 1970.
    pub(crate) fn works(&self, day: i64) -> bool {
        self.day(day).is_some_and(|day| day.works)
    }

    /// A time of day in London as a moment.
    pub(crate) fn local(&self, day: i64, of_day: Ms) -> Ms {
        let offset = self.day(day).map_or_else(|| times::london_offset(day * DAY + OPENS), |day| day.offset);
        day * DAY + of_day - offset
    }

    /// The moment at which this much working time has passed. Beyond the calendar's end, plain time counts.
    pub(crate) fn add(&self, from: Ms, mut working: Ms) -> Ms {
        let mut at = from;
        let first = self.days.partition_point(|(_, end)| *end <= from);
        for (start, end) in &self.days[first..] {
            at = at.max(*start);
            if at + working <= *end {
                return at + working;
            }
            working -= end - at;
            at = *end;
        }
        at + working
    }

    /// Working time between two moments; 0 when they are the wrong way round.
    pub(crate) fn between(&self, from: Ms, to: Ms) -> Ms {
        // Working days that began before a moment count whole, less what the last of them still has to come.
        let before = |at: Ms| {
            let begun = self.days.partition_point(|(start, _)| *start < at);
            let left = begun.checked_sub(1).map_or(0, |last| (self.days[last].1 - at).max(0));
            Ms::try_from(begun).unwrap_or(Ms::MAX) * LENGTH - left
        };
        (before(to) - before(from)).max(0)
    }
}

/// England's bank holidays of the simulated years, by the usual rules (a weekend day moves to Monday).
pub(crate) fn bank_holidays(year: i64) -> Vec<(&'static str, Ms)> {
    let monday_after = |at: Ms| at + (7 - times::weekday(at)) % 7 * DAY;
    let last_monday = |month: i64| {
        let last = times::midnight(year, month, 31);
        last - times::weekday(last) * DAY
    };
    let workday = |at: Ms| if times::weekday(at) >= 5 { monday_after(at) } else { at };
    let easter = easter(year);
    let christmas = workday(times::midnight(year, 12, 25));
    let boxing = workday(times::midnight(year, 12, 26));
    vec![
        ("New Year's Day", workday(times::midnight(year, 1, 1))),
        ("Good Friday", easter - 2 * DAY),
        ("Easter Monday", easter + DAY),
        ("Early May bank holiday", monday_after(times::midnight(year, 5, 1))),
        ("Spring bank holiday", last_monday(5)),
        ("Summer bank holiday", last_monday(8)),
        ("Christmas Day", christmas),
        ("Boxing Day", if boxing == christmas { boxing + DAY } else { boxing }),
    ]
}

/// Easter Sunday by the anonymous Gregorian rule.
fn easter(year: i64) -> Ms {
    let (century, of_century) = (year / 100, year % 100);
    let moon = (19 * (year % 19) + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
    let sunday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - moon - of_century % 4) % 7;
    let correction = (year % 19 + 11 * moon + 22 * sunday) / 451;
    let sum = moon + sunday - 7 * correction + 114;
    times::midnight(year, sum / 31, sum % 31 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Ms {
        times::parse(text).unwrap()
    }

    #[test]
    fn working_time_skips_nights_weekends_and_holidays_and_follows_the_clock_change() {
        let calendar = Calendar::new(at("2026-01-01"), at("2027-01-01"), &[at("2026-04-06")]);
        for (from, hours, to) in [
            ("2026-01-05T09:00", 4, "2026-01-05T13:00"),
            ("2026-01-05T16:30", 4, "2026-01-06T12:00"),
            ("2026-01-09T17:00", 1, "2026-01-12T09:30"),
            ("2026-01-10T12:00", 1, "2026-01-12T10:00"),
            // The clocks went forward on 29 March: 09:00 in London is 08:00 UTC from then on.
            ("2026-03-27T17:00", 1, "2026-03-30T08:30"),
            ("2026-04-03T16:30", 1, "2026-04-07T09:00"),
        ] {
            assert_eq!(calendar.add(at(from), hours * HOUR), at(to), "{from} + {hours} h");
            assert_eq!(calendar.between(at(from), at(to)), hours * HOUR, "{from} to {to}");
        }
        assert_eq!(calendar.between(at("2026-01-06"), at("2026-01-05")), 0);
    }

    #[test]
    fn bank_holidays_are_those_of_the_official_list() {
        let days: Vec<Ms> = bank_holidays(2026).into_iter().map(|(_, day)| day).collect();
        let official = ["01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-28"];
        assert_eq!(days, official.map(|day| at(&format!("2026-{day}"))));
    }
}
