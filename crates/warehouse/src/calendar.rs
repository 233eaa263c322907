//! Days and instants as text, over the engine's whole calendar (years -290307 to 294247 and beyond), which is wider than
//! that of date libraries. Proleptic Gregorian, UTC.

use std::fmt::Write;

const SECONDS_PER_DAY: i64 = 86_400;
/// Days of 400 years, after which the calendar repeats.
const DAYS_PER_ERA: i64 = 146_097;

/// `2024-02-29`; years beyond four digits carry a sign, as in ISO 8601.
pub(crate) fn date(days: i64) -> String {
    // Counting from 0000-03-01 puts the leap day at the end of a year.
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(DAYS_PER_ERA), shifted.rem_euclid(DAYS_PER_ERA));
    let year_of_era = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    match year {
        0..=9999 => format!("{year:04}-{month:02}-{day_of_month:02}"),
        _ => format!("{year:+05}-{month:02}-{day_of_month:02}"),
    }
}

/// `12:34:56` or `12:34:56.000001`, from units since midnight; `digits` decimal digits of a second make one unit.
pub(crate) fn time(value: i64, digits: u32) -> String {
    let per_second = 10_i64.pow(digits);
    let (seconds, fraction) = (value / per_second, value % per_second);
    let mut text = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if fraction != 0 {
        // Writing to a String cannot fail.
        let _ = write!(text, ".{fraction:0width$}", width = digits as usize);
    }
    text
}

/// `2024-02-29T12:34:56`, with a fraction where there is one, from units since 1970; the caller adds `Z` where the value is
/// an instant.
pub(crate) fn timestamp(value: i64, digits: u32) -> String {
    let per_day = SECONDS_PER_DAY * 10_i64.pow(digits);
    format!("{}T{}", date(value.div_euclid(per_day)), time(value.rem_euclid(per_day), digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        for (days, expected) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (19_782, "2024-02-29"),
            (-719_528, "0000-01-01"),
            (-719_529, "-0001-12-31"),
            (2_932_897, "+10000-01-01"),
        ] {
            assert_eq!(date(days), expected);
        }
    }

    #[test]
    fn instants_keep_their_fraction() {
        for (value, digits, expected) in [
            (0, 6, "1970-01-01T00:00:00"),
            (-1, 6, "1969-12-31T23:59:59.999999"),
            (-1, 9, "1969-12-31T23:59:59.999999999"),
            (1_709_210_096_000_001, 6, "2024-02-29T12:34:56.000001"),
            (1_709_210_096, 0, "2024-02-29T12:34:56"),
        ] {
            assert_eq!(timestamp(value, digits), expected);
        }
    }
}
