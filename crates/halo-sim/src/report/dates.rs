//! Arithmetic with dates: DATEADD, DATEDIFF, DATEPART and their kin. Weeks start on Sunday, as SQL Server's do.

use super::error::{Res, fail};
use crate::times::{self, Civil, DAY, HOUR, MINUTE, Ms, SECOND};

/// A part of a date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Year,
    Quarter,
    Month,
    DayOfYear,
    Day,
    Week,
    IsoWeek,
    Weekday,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
}

const PARTS: [(&[&str], Part); 13] = [
    (&["year", "yy", "yyyy"], Part::Year),
    (&["quarter", "qq", "q"], Part::Quarter),
    (&["month", "mm", "m"], Part::Month),
    (&["dayofyear", "dy", "y"], Part::DayOfYear),
    (&["day", "dd", "d"], Part::Day),
    (&["week", "wk", "ww"], Part::Week),
    (&["iso_week", "isowk", "isoww"], Part::IsoWeek),
    (&["weekday", "dw", "w"], Part::Weekday),
    (&["hour", "hh"], Part::Hour),
    (&["minute", "mi", "n"], Part::Minute),
    (&["second", "ss", "s"], Part::Second),
    (&["millisecond", "ms"], Part::Millisecond),
    (&["microsecond", "mcs"], Part::Microsecond),
];

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Monday first, as [`times::weekday`] counts.
pub(super) const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl Part {
    pub(super) fn named(name: &str, function: &str) -> Res<Self> {
        let wanted = name.to_lowercase();
        match PARTS.iter().find(|(names, _)| names.contains(&wanted.as_str())) {
            Some((_, part)) => Ok(*part),
            None => fail(format!("'{name}' is not a recognized {} option.", function.to_lowercase())),
        }
    }

    /// Its place in the list of parts.
    pub(super) fn number(self) -> i64 {
        let place = PARTS.iter().position(|(_, part)| *part == self);
        place.and_then(|place| i64::try_from(place).ok()).unwrap_or_default()
    }

    /// The part at that place.
    pub(super) fn at(number: i64) -> Self {
        usize::try_from(number).ok().and_then(|place| PARTS.get(place)).map_or(Part::Day, |(_, part)| *part)
    }

    /// Length of the parts that have a fixed one.
    fn length(self) -> Option<Ms> {
        Some(match self {
            Part::Day | Part::DayOfYear | Part::Weekday => DAY,
            Part::Week | Part::IsoWeek => 7 * DAY,
            Part::Hour => HOUR,
            Part::Minute => MINUTE,
            Part::Second => SECOND,
            Part::Millisecond => 1,
            Part::Year | Part::Quarter | Part::Month | Part::Microsecond => return None,
        })
    }

    fn months(self) -> i64 {
        match self {
            Part::Year => 12,
            Part::Quarter => 3,
            _ => 1,
        }
    }
}

pub(super) fn valid(at: Ms) -> bool {
    (times::midnight(1, 1, 1)..times::midnight(10_000, 1, 1)).contains(&at)
}

fn checked(at: Option<Ms>) -> Res<Ms> {
    match at.filter(|at| valid(*at)) {
        Some(at) => Ok(at),
        None => fail("Adding a value to a 'datetime' column caused an overflow."),
    }
}

pub(super) fn add(part: Part, count: i64, at: Ms) -> Res<Ms> {
    match part.length() {
        Some(length) => checked(count.checked_mul(length).and_then(|by| at.checked_add(by))),
        None if part == Part::Microsecond => checked(at.checked_add(count / 1_000)),
        None => {
            let date = times::civil(at);
            let Some(months) = count.checked_mul(part.months()).filter(|months| months.abs() < 200_000) else {
                return checked(None);
            };
            let first = times::month_start(at, months);
            let day = date.day.min(days_of_month(first));
            checked(Some(first + (day - 1) * DAY + date.of_day))
        }
    }
}

fn days_of_month(first: Ms) -> i64 {
    (times::month_start(first, 1) - first) / DAY
}

/// Boundaries of the part that lie between two moments.
pub(super) fn difference(part: Part, from: Ms, to: Ms) -> i64 {
    let months = |at: Ms| {
        let date = times::civil(at);
        date.year * 12 + date.month - 1
    };
    // Days since a Sunday.
    let weeks = |at: Ms| (at.div_euclid(DAY) + 4).div_euclid(7);
    match part {
        Part::Year | Part::Quarter | Part::Month => {
            months(to).div_euclid(part.months()) - months(from).div_euclid(part.months())
        }
        Part::Week | Part::IsoWeek => weeks(to) - weeks(from),
        Part::Microsecond => (to - from) * 1_000,
        _ => {
            let length = part.length().unwrap_or(DAY);
            to.div_euclid(length) - from.div_euclid(length)
        }
    }
}

pub(super) fn part(part: Part, at: Ms) -> i64 {
    let Civil { year, month, day, of_day } = times::civil(at);
    let day_of_year = || (at.div_euclid(DAY) * DAY - times::midnight(year, 1, 1)) / DAY + 1;
    match part {
        Part::Year => year,
        Part::Quarter => (month - 1) / 3 + 1,
        Part::Month => month,
        Part::DayOfYear => day_of_year(),
        Part::Day => day,
        Part::Week => difference(Part::Week, times::midnight(year, 1, 1), at) + 1,
        Part::IsoWeek => iso_week(at),
        Part::Weekday => (times::weekday(at) + 1) % 7 + 1,
        Part::Hour => of_day / HOUR,
        Part::Minute => of_day / MINUTE % 60,
        Part::Second => of_day / SECOND % 60,
        Part::Millisecond => of_day % SECOND,
        Part::Microsecond => of_day % SECOND * 1_000,
    }
}

/// The week of the year that holds its Thursday.
fn iso_week(at: Ms) -> i64 {
    let thursday = at.div_euclid(DAY) * DAY + (3 - times::weekday(at)) * DAY;
    let first = times::midnight(times::civil(thursday).year, 1, 1);
    (thursday - first) / (7 * DAY) + 1
}

pub(super) fn name(which: Part, at: Ms) -> String {
    let at_index = |names: &[&str], place: i64| names[usize::try_from(place).unwrap_or_default()].to_owned();
    match which {
        Part::Month => at_index(&MONTHS, times::civil(at).month - 1),
        Part::Weekday => at_index(&DAYS, times::weekday(at)),
        _ => part(which, at).to_string(),
    }
}

/// The last day of the month that lies so many months after.
pub(super) fn end_of_month(at: Ms, months: i64) -> Res<Ms> {
    let months = months.clamp(-200_000, 200_000);
    checked(Some(times::month_start(at, months + 1) - DAY))
}

pub(super) fn from_parts(year: i64, month: i64, day: i64) -> Option<Ms> {
    if !(1..=9_999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    let first = times::midnight(year, month, 1);
    (1..=days_of_month(first)).contains(&day).then(|| first + (day - 1) * DAY)
}

/// FORMAT with the letters of .NET's custom date formats.
pub(super) fn format(at: Ms, pattern: &str) -> String {
    let pattern = match pattern {
        "d" => "M/d/yyyy",
        "D" => "dddd, MMMM d, yyyy",
        "s" => "yyyy-MM-ddTHH:mm:ss",
        "t" => "h:mm tt",
        "y" | "Y" => "MMMM yyyy",
        other => other,
    };
    let Civil { year, month, day, of_day } = times::civil(at);
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        let run: usize = rest.chars().take_while(|next| *next == letter).map(char::len_utf8).sum();
        let count = run / letter.len_utf8();
        let hour = of_day / HOUR;
        let half = if hour % 12 == 0 { 12 } else { hour % 12 };
        let padded = |number: i64| format!("{number:0width$}", width = count.min(2));
        let mut taken = run;
        match letter {
            'y' if count <= 2 => out.push_str(&padded(year % 100)),
            'y' => out.push_str(&format!("{year:04}")),
            'M' if count > 2 => {
                let name = name(Part::Month, at);
                out.push_str(if count == 3 { &name[..3] } else { &name });
            }
            'M' => out.push_str(&padded(month)),
            'd' if count > 2 => {
                let name = name(Part::Weekday, at);
                out.push_str(if count == 3 { &name[..3] } else { &name });
            }
            'd' => out.push_str(&padded(day)),
            'H' => out.push_str(&padded(hour)),
            'h' => out.push_str(&padded(half)),
            'm' => out.push_str(&padded(of_day / MINUTE % 60)),
            's' => out.push_str(&padded(of_day / SECOND % 60)),
            'f' => out.push_str(&format!("{:03}", of_day % SECOND)[..count.min(3)]),
            't' => out.push_str(&(if hour < 12 { "AM" } else { "PM" })[..count.min(2)]),
            '\'' | '"' => {
                let quoted = &rest[1..];
                let end = quoted.find(letter).unwrap_or(quoted.len());
                out.push_str(&quoted[..end]);
                taken = (end + 2).min(rest.len());
            }
            '\\' => {
                let next = rest[1..].chars().next();
                out.extend(next);
                taken = 1 + next.map_or(0, char::len_utf8);
            }
            other => out.extend(std::iter::repeat_n(other, count)),
        }
        rest = &rest[taken..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Ms {
        times::parse(text).unwrap()
    }

    #[test]
    fn dates_are_added_and_counted_by_boundaries() {
        for (part, count, from, to) in [
            (Part::Month, 1, "2026-01-31T10:00", "2026-02-28T10:00"),
            (Part::Year, -2, "2024-02-29", "2022-02-28"),
            (Part::Quarter, 1, "2026-11-24", "2027-02-24"),
            (Part::Week, 2, "2026-11-24", "2026-12-08"),
            (Part::Minute, -90, "2026-11-24", "2026-11-23T22:30"),
        ] {
            assert_eq!(add(part, count, at(from)), Ok(at(to)), "{part:?} {from}");
        }
        assert!(add(Part::Year, 9_000, at("2026-11-24")).is_err() && add(Part::Day, i64::MAX, 0).is_err());
        for (part, from, to, count) in [
            (Part::Year, "2025-12-31T23:59", "2026-01-01", 1),
            (Part::Day, "2026-11-23T23:59:59", "2026-11-24", 1),
            (Part::Hour, "2026-11-24T10:59", "2026-11-24T11:00", 1),
            (Part::Month, "2026-11-24", "2026-01-01", -10),
            // A Saturday and the Sunday after it.
            (Part::Week, "2026-11-21", "2026-11-22", 1),
        ] {
            assert_eq!(difference(part, at(from), at(to)), count, "{part:?} {from}");
        }
    }

    #[test]
    fn parts_names_and_formats_are_those_of_sql_server() {
        let tuesday = at("2026-11-24T17:05:09.038");
        for (which, number) in [
            (Part::Weekday, 3),
            (Part::Week, 48),
            (Part::IsoWeek, 48),
            (Part::DayOfYear, 328),
            (Part::Quarter, 4),
            (Part::Millisecond, 38),
        ] {
            assert_eq!(part(which, tuesday), number, "{which:?}");
        }
        assert_eq!(
            (name(Part::Month, tuesday).as_str(), name(Part::Weekday, tuesday).as_str()),
            ("November", "Tuesday")
        );
        for (pattern, shown) in [
            ("yyyy-MM", "2026-11"),
            ("dd/MM/yyyy HH:mm:ss", "24/11/2026 17:05:09"),
            ("ddd d MMM yy, h:mm tt", "Tue 24 Nov 26, 5:05 PM"),
            ("yyyy'-Q'", "2026-Q"),
        ] {
            assert_eq!(format(tuesday, pattern), shown);
        }
        assert_eq!(end_of_month(tuesday, 3), Ok(at("2027-02-28")));
        assert_eq!((from_parts(2026, 2, 29), from_parts(2028, 2, 29)), (None, Some(at("2028-02-29"))));
    }
}
