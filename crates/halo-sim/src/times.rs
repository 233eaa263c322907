//! Times as HaloPSA writes them: milliseconds since the Unix epoch inside, naive UTC text outside.
//!
//! Knows nothing of records. No time zone database is needed: the only zone with a clock change is
//! that of the simulated provider, whose rule is written out in [`london_offset`].

/// Milliseconds since the Unix epoch, UTC.
pub(crate) type Ms = i64;

/// A date that was never set; written as one of HaloPSA's sentinels, mainly 1 January 1900.
pub(crate) const EMPTY: Ms = i64::MIN;

pub(crate) const SECOND: Ms = 1_000;
pub(crate) const MINUTE: Ms = 60 * SECOND;
pub(crate) const HOUR: Ms = 60 * MINUTE;
pub(crate) const DAY: Ms = 24 * HOUR;

/// A moment taken apart in the proleptic Gregorian calendar, UTC.
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    /// Milliseconds since midnight.
    pub(crate) of_day: Ms,
}

/// Days since the epoch to year, month, day (the well-known era arithmetic of 400 years).
fn civil_of_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Year, month and day to midnight UTC.
pub(crate) fn midnight(year: i64, month: i64, day: i64) -> Ms {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_index = (month + 9) % 12;
    let day_of_year = (153 * month_index + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era - 719_468) * DAY
}

pub(crate) fn civil(at: Ms) -> Civil {
    let (year, month, day) = civil_of_days(at.div_euclid(DAY));
    Civil { year, month, day, of_day: at.rem_euclid(DAY) }
}

/// 0 = Monday.
pub(crate) fn weekday(at: Ms) -> i64 {
    (at.div_euclid(DAY) + 3).rem_euclid(7)
}

/// The first day of the month that lies `months` after the one of `at`, midnight UTC.
pub(crate) fn month_start(at: Ms, months: i64) -> Ms {
    let date = civil(at);
    let index = date.year * 12 + date.month - 1 + months;
    midnight(index.div_euclid(12), index.rem_euclid(12) + 1, 1)
}

/// How far clocks in London are ahead of UTC: an hour from the last Sunday of March, 01:00 UTC, to
/// the last Sunday of October, 01:00 UTC.
pub(crate) fn london_offset(at: Ms) -> Ms {
    let year = civil(at).year;
    let last_sunday = |month: i64| {
        let last = midnight(year, month, 31);
        last - (weekday(last) + 1) % 7 * DAY + HOUR
    };
    if (last_sunday(3)..last_sunday(10)).contains(&at) { HOUR } else { 0 }
}

/// `2026-10-03T06:24:10.967`: without zone, the fraction cut to the digits it needs.
pub(crate) fn write_naive(buffer: &mut Vec<u8>, at: Ms) {
    let date = civil(at);
    let mut digits = |value: i64, width: u32| {
        for place in (0..width).rev() {
            let digit = value / 10_i64.pow(place) % 10;
            buffer.push(b'0' + u8::try_from(digit).unwrap_or_default());
        }
    };
    digits(date.year, 4);
    for (separator, value) in [
        (b'-', date.month),
        (b'-', date.day),
        (b'T', date.of_day / HOUR),
        (b':', date.of_day / MINUTE % 60),
        (b':', date.of_day / SECOND % 60),
    ] {
        buffer.push(separator);
        buffer.push(b'0' + u8::try_from(value / 10).unwrap_or_default());
        buffer.push(b'0' + u8::try_from(value % 10).unwrap_or_default());
    }
    let fraction = at.rem_euclid(SECOND);
    if fraction != 0 {
        let text = format!(".{fraction:03}");
        buffer.extend_from_slice(text.trim_end_matches('0').as_bytes());
    }
}

/// The form of a `Date` header, for example `Tue, 24 Nov 2026 17:00:00 GMT`.
pub(crate) fn http_date(at: Ms) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let date = civil(at);
    let day = usize::try_from(weekday(at)).unwrap_or_default();
    let month = usize::try_from(date.month - 1).unwrap_or_default();
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        DAYS[day],
        date.day,
        MONTHS[month],
        date.year,
        date.of_day / HOUR,
        date.of_day / MINUTE % 60,
        date.of_day / SECOND % 60
    )
}

/// Reads the dates that clients send: a day, or day and time with `T` or a space, up to any number
/// of fraction digits, without zone (UTC), with `Z` or with an offset.
pub(crate) fn parse(text: &str) -> Option<Ms> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    let mut parts = date.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || parts.next().is_some() {
        return None;
    }
    let start = midnight(year, month, day);
    let Some(rest) = rest.strip_prefix(['T', 't', ' ']) else {
        return rest.is_empty().then_some(start);
    };
    let (clock, offset) = split_offset(rest)?;
    Some(start + parse_clock(clock)? - offset)
}

fn split_offset(text: &str) -> Option<(&str, Ms)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    // A plus sign in a query that was not escaped arrives as a space.
    let Some(at) = text.rfind(['+', '-', ' ']) else { return Some((text, 0)) };
    let sign = if text.as_bytes()[at] == b'-' { -1 } else { 1 };
    let (hours, minutes) = text[at + 1..].split_once(':').unwrap_or((&text[at + 1..], "0"));
    let offset = hours.parse::<i64>().ok()? * HOUR + minutes.parse::<i64>().ok()? * MINUTE;
    Some((&text[..at], sign * offset))
}

fn parse_clock(text: &str) -> Option<Ms> {
    let mut parts = text.split(':');
    let hours = parts.next()?.parse::<i64>().ok().filter(|hours| (0..24).contains(hours))?;
    let minutes = parts.next()?.parse::<i64>().ok().filter(|minutes| (0..60).contains(minutes))?;
    let seconds = parts.next().unwrap_or("0");
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let seconds = seconds.parse::<i64>().ok().filter(|seconds| (0..60).contains(seconds))?;
    if !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let millis = format!("{fraction:0<3}")[..3].parse::<i64>().ok()?;
    Some(hours * HOUR + minutes * MINUTE + seconds * SECOND + millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(at: Ms) -> String {
        let mut buffer = Vec::new();
        write_naive(&mut buffer, at);
        String::from_utf8(buffer).unwrap()
    }

    #[test]
    fn dates_are_read_in_every_form_and_written_in_halos() {
        for (input, expected) in [
            ("2026-10-03T06:24:10.967", "2026-10-03T06:24:10.967"),
            ("2026-10-03T06:24:44.38Z", "2026-10-03T06:24:44.38"),
            ("2026-10-03", "2026-10-03T00:00:00"),
            ("2026-10-03 06:24", "2026-10-03T06:24:00"),
            ("2024-02-29T23:59:59.1234567Z", "2024-02-29T23:59:59.123"),
            ("2026-10-03T06:24:10+01:00", "2026-10-03T05:24:10"),
            ("2026-10-03T06:24:10-05:30", "2026-10-03T11:54:10"),
            ("1900-01-01T00:00:00", "1900-01-01T00:00:00"),
        ] {
            assert_eq!(parse(input).map(text).as_deref(), Some(expected), "{input}");
        }
        for bad in ["", "2026", "yesterday!", "2026-13-01", "2026-10-03T25:00", "2026-10-03Tx", "2026-10-0é"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn london_changes_its_clocks_on_the_last_sundays() {
        for (at, ahead) in [
            ("2026-03-29T00:59:59", 0),
            ("2026-03-29T01:00:00", HOUR),
            ("2026-10-25T00:59:59", HOUR),
            ("2026-10-25T01:00:00", 0),
            ("2024-03-31T01:00:00", HOUR),
        ] {
            assert_eq!(london_offset(parse(at).unwrap()), ahead, "{at}");
        }
    }

    #[test]
    fn header_dates_name_the_right_day() {
        assert_eq!(http_date(parse("2026-11-24T17:00:00").unwrap()), "Tue, 24 Nov 2026 17:00:00 GMT");
        assert_eq!(month_start(parse("2026-11-24").unwrap(), 2), parse("2027-01-01").unwrap());
    }
}
