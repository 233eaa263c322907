//! CAST, CONVERT and the conversions that T-SQL makes unasked.

use super::dates::{self, MONTHS, Part};
use super::error::{BAD_DATE, DATE_RANGE, Res, conversion, fail, overflow};
use super::types::{Ty, Width};
use super::value::{DIGITS, Dec, Value, text};
use crate::times::{self, DAY, HOUR, MINUTE, Ms, SECOND};

/// What to convert into.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Target {
    pub(super) ty: Ty,
    /// Signs that a text may have.
    pub(super) length: Option<usize>,
    /// How dates are written, see CONVERT.
    pub(super) style: i64,
}

impl Target {
    pub(super) fn plain(ty: Ty) -> Self {
        Self { ty, length: None, style: 0 }
    }
}

/// The day from which numbers count as dates.
fn first_day() -> Ms {
    times::midnight(1900, 1, 1)
}

pub(super) fn cast(value: &Value, from: Ty, to: Target) -> Res<Value> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    match to.ty {
        Ty::Null => Ok(value.clone()),
        Ty::Text(_) => Ok(cut(value, from, to)),
        Ty::Date | Ty::DateTime | Ty::Time => date(value, from, to),
        Ty::Bit => Ok(Value::Bit(match value {
            Value::Text(word) if word.trim().eq_ignore_ascii_case("true") => true,
            Value::Text(word) if word.trim().eq_ignore_ascii_case("false") => false,
            _ => number(value, from, to.ty)? != 0.0,
        })),
        Ty::Int(width) => whole(value, from, width),
        Ty::Float => number(value, from, to.ty).map(Value::Float),
        Ty::Money => exact(value, from, to.ty, 4),
        Ty::Dec { scale, .. } => exact(value, from, to.ty, scale),
    }
}

fn cut(value: &Value, from: Ty, to: Target) -> Value {
    let Value::Text(whole) = value else {
        let shown = show(value, from, to.style);
        // Numbers that do not fit show a star instead of wrong digits.
        return match to.length {
            Some(length) if shown.len() > length && matches!(from, Ty::Int(_)) => text("*"),
            Some(length) => text(shown.chars().take(length).collect::<String>()),
            None => text(shown),
        };
    };
    match to.length {
        Some(length) if whole.chars().nth(length).is_some() => text(whole.chars().take(length).collect::<String>()),
        _ => value.clone(),
    }
}

fn number(value: &Value, from: Ty, to: Ty) -> Res<f64> {
    match value {
        Value::Text(word) => match word.trim() {
            "" => Ok(0.0),
            word => match word.parse::<f64>().ok().filter(|number| number.is_finite()) {
                Some(number) => Ok(number),
                None => conversion(from.name(), word, to.name()),
            },
        },
        Value::Date(at) => Ok((at - first_day()) as f64 / DAY as f64),
        _ => Ok(value.number().unwrap_or_default()),
    }
}

fn whole(value: &Value, from: Ty, width: Width) -> Res<Value> {
    let ty = Ty::Int(width);
    let number = match value {
        Value::Int(number) => *number,
        Value::Bit(flag) => i64::from(*flag),
        Value::Dec(number) => number.units / 10_i64.pow(number.scale.into()),
        Value::Text(word) if word.trim().is_empty() => 0,
        Value::Text(word) => match word.trim().parse::<i64>() {
            Ok(number) => number,
            Err(_) => return conversion(from.name(), word, ty.name()),
        },
        Value::Date(at) => {
            // Whole days, the second half of a day counting as the next one.
            (at - first_day() + DAY / 2).div_euclid(DAY)
        }
        Value::Float(number) if number.abs() < 9e18 => {
            #[expect(clippy::cast_possible_truncation, reason = "below the largest, see the guard")]
            let whole = number.trunc() as i64;
            whole
        }
        Value::Float(_) | Value::Null => return overflow(ty.name()),
    };
    if width.holds(number) { Ok(Value::Int(number)) } else { overflow(ty.name()) }
}

fn exact(value: &Value, from: Ty, to: Ty, scale: u8) -> Res<Value> {
    let fitted = match value {
        Value::Dec(number) => Dec::fitted(number.units.into(), number.scale, scale),
        Value::Int(number) => Dec::fitted((*number).into(), 0, scale),
        Value::Bit(flag) => Dec::fitted((*flag).into(), 0, scale),
        Value::Text(word) => match parse_exact(word) {
            Some(number) => Dec::fitted(number.units.into(), number.scale, scale),
            None => return conversion(from.name(), word, to.name()),
        },
        _ => {
            let number = number(value, from, to)?;
            let scaled = (number * 10_f64.powi(scale.into())).round();
            #[expect(clippy::cast_possible_truncation, reason = "the test leaves what fits")]
            let units = (scaled.abs() < 9e18).then_some(scaled as i64);
            units.map(|units| Dec { units, scale })
        }
    };
    let (precision, _) = to.digits();
    let fits = |number: &Dec| {
        u32::from(precision - scale) >= 18
            || number.units.unsigned_abs() / 10_u64.pow(number.scale.into()) < 10_u64.pow(u32::from(precision - scale))
    };
    match fitted.filter(fits) {
        Some(number) => Ok(Value::Dec(number)),
        None => overflow(to.name()),
    }
}

/// Digits with a point.
pub(super) fn parse_exact(word: &str) -> Option<Dec> {
    let word = word.trim().trim_start_matches('+');
    let (whole, fraction) = word.split_once('.').unwrap_or((word, ""));
    let digits = format!("{whole}{fraction}");
    let bare = digits.trim_start_matches('-');
    if bare.is_empty() || !bare.bytes().all(|digit| digit.is_ascii_digit()) || fraction.starts_with('-') {
        return None;
    }
    let scale = u8::try_from(fraction.len()).ok().filter(|scale| *scale <= DIGITS)?;
    Some(Dec { units: digits.parse().ok()?, scale })
}

fn date(value: &Value, from: Ty, to: Target) -> Res<Value> {
    let at = match value {
        Value::Date(at) => *at,
        Value::Text(word) => match parse_date(word.trim(), to.style) {
            Parsed::At(at) => at,
            Parsed::OutOfRange => return fail(DATE_RANGE),
            Parsed::Not => return fail(BAD_DATE),
        },
        _ if to.ty != Ty::DateTime => {
            let (from, to) = (from.name(), to.ty.name());
            return fail(format!("Explicit conversion from data type {from} to {to} is not allowed."));
        }
        _ => {
            let days = number(value, from, to.ty)?;
            if days.abs() > 3_000_000.0 {
                return overflow("datetime");
            }
            #[expect(clippy::cast_possible_truncation, reason = "within 3 million days")]
            let at = (days * DAY as f64).round() as i64;
            first_day() + at
        }
    };
    if !dates::valid(at) {
        return fail(DATE_RANGE);
    }
    Ok(Value::Date(match to.ty {
        Ty::Date => at.div_euclid(DAY) * DAY,
        Ty::Time => first_day() + at.rem_euclid(DAY),
        _ => at,
    }))
}

enum Parsed {
    At(Ms),
    OutOfRange,
    Not,
}

/// Reads a date as a server set to US English does, unless a style says the day comes first.
fn parse_date(word: &str, style: i64) -> Parsed {
    if word.is_empty() {
        return Parsed::At(first_day());
    }
    let (day, clock) =
        match word.split_once(['T', 't']).filter(|_| word.starts_with(|sign: char| sign.is_ascii_digit())) {
            Some((day, clock)) if day.contains('-') || day.len() == 8 => (day.to_owned(), clock),
            _ => split_clock(word),
        };
    let day_first = matches!(style, 3 | 4 | 5 | 103 | 104 | 105 | 131);
    let start = if day.is_empty() { Parsed::At(first_day()) } else { parse_day(&day, day_first) };
    match (start, parse_clock(clock.trim())) {
        (Parsed::At(start), Some(of_day)) => Parsed::At(start + of_day),
        (Parsed::At(_), None) => Parsed::Not,
        (other, _) => other,
    }
}

/// Day and time of day, of which either may be missing.
fn split_clock(word: &str) -> (String, &str) {
    let Some(colon) = word.find(':') else { return (word.to_owned(), "") };
    let start = word[..colon].rfind(' ').map_or(0, |blank| blank + 1);
    (word[..start].trim().to_owned(), &word[start..])
}

fn parse_day(day: &str, day_first: bool) -> Parsed {
    let pieces: Vec<&str> = day.split(['-', '/', '.', ' ', ',']).filter(|piece| !piece.is_empty()).collect();
    let number = |piece: &str| piece.parse::<i64>().ok().filter(|_| piece.bytes().all(|digit| digit.is_ascii_digit()));
    let month = |piece: &str| {
        let found = MONTHS.iter().position(|name| {
            piece.len() >= 3 && name.get(..piece.len()).is_some_and(|start| start.eq_ignore_ascii_case(piece))
        })?;
        i64::try_from(found + 1).ok()
    };
    let found = match pieces.as_slice() {
        [whole] if whole.len() == 8 && number(whole).is_some() => {
            (number(&whole[..4]), number(&whole[4..6]), number(&whole[6..]))
        }
        [whole] if whole.len() == 4 && number(whole).is_some() => (number(whole), Some(1), Some(1)),
        [year, middle, last] if year.len() == 4 && number(year).is_some() => {
            (number(year), number(middle).or_else(|| month(middle)), number(last))
        }
        [first, second, year] if month(first).is_some() => (number(year), month(first), number(second)),
        [first, second, year] if month(second).is_some() => (number(year), month(second), number(first)),
        [first, second, year] if day_first => (number(year), number(second), number(first)),
        [first, second, year] => (number(year), number(first), number(second)),
        _ => (None, None, None),
    };
    let (Some(year), Some(month), Some(day)) = found else { return Parsed::Not };
    let year = match year {
        0..=49 => year + 2_000,
        50..=99 => year + 1_900,
        _ => year,
    };
    dates::from_parts(year, month, day).map_or(Parsed::OutOfRange, Parsed::At)
}

fn parse_clock(clock: &str) -> Option<Ms> {
    let lower = clock.to_ascii_lowercase();
    let lower = lower.trim_end_matches('z').trim();
    if lower.is_empty() {
        return Some(0);
    }
    let (lower, half) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(rest), _) => (rest.trim(), Some(0)),
        (_, Some(rest)) => (rest.trim(), Some(12)),
        _ => (lower, None),
    };
    let mut pieces = lower.split(':');
    let number = |piece: Option<&str>, below: i64| match piece {
        None => Some(0),
        Some(piece) => piece.parse::<i64>().ok().filter(|number| (0..below).contains(number)),
    };
    let mut hours = number(pieces.next(), 24)?;
    let minutes = number(pieces.next(), 60)?;
    let (seconds, fraction) = pieces.next().map_or(("0", ""), |rest| rest.split_once('.').unwrap_or((rest, "")));
    let seconds = number(Some(seconds), 60)?;
    if pieces.next().is_some() || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    if let Some(half) = half {
        hours = hours % 12 + half;
    }
    let millis = format!("{fraction:0<3}")[..3].parse::<i64>().ok()?;
    Some(hours * HOUR + minutes * MINUTE + seconds * SECOND + millis)
}

/// A value as text.
pub(super) fn show(value: &Value, from: Ty, style: i64) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bit(flag) => u8::from(*flag).to_string(),
        Value::Int(number) => number.to_string(),
        Value::Dec(number) if from == Ty::Money && style != 2 => {
            Dec::fitted(number.units.into(), number.scale, 2).map_or_else(String::new, |number| number.to_string())
        }
        Value::Dec(number) => number.to_string(),
        Value::Float(number) => show_float(*number),
        Value::Text(text) => text.to_string(),
        Value::Date(at) => show_date(*at, from, style),
    }
}

/// Six digits that count, as CAST of a float gives.
fn show_float(number: f64) -> String {
    let size = if number == 0.0 { 0.0 } else { number.abs().log10().floor() };
    if (-5.0..6.0).contains(&size) {
        #[expect(clippy::cast_possible_truncation, reason = "between -5 and 6, see above")]
        #[expect(clippy::cast_sign_loss, reason = "not negative")]
        let places = (5.0 - size).max(0.0) as usize;
        let shown = format!("{number:.places$}");
        return if shown.contains('.') { shown.trim_end_matches('0').trim_end_matches('.').to_owned() } else { shown };
    }
    let shown = format!("{number:.5e}");
    let (digits, power) = shown.split_once('e').unwrap_or((&shown, "0"));
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    let power: i32 = power.parse().unwrap_or_default();
    format!("{digits}e{}{:03}", if power < 0 { '-' } else { '+' }, power.abs())
}

/// CONVERT's styles, written with the letters of [`dates::format`].
const STYLES: [(i64, &str); 17] = [
    (1, "MM/dd/yy"),
    (3, "dd/MM/yy"),
    (23, "yyyy-MM-dd"),
    (101, "MM/dd/yyyy"),
    (102, "yyyy.MM.dd"),
    (103, "dd/MM/yyyy"),
    (104, "dd.MM.yyyy"),
    (105, "dd-MM-yyyy"),
    (106, "dd MMM yyyy"),
    (107, "MMM dd, yyyy"),
    (108, "HH:mm:ss"),
    (110, "MM-dd-yyyy"),
    (111, "yyyy/MM/dd"),
    (112, "yyyyMMdd"),
    (113, "dd MMM yyyy HH:mm:ss:fff"),
    (114, "HH:mm:ss:fff"),
    (127, "yyyy-MM-ddTHH:mm:ss.fffZ"),
];

fn show_date(at: Ms, from: Ty, style: i64) -> String {
    if let Some((_, pattern)) = STYLES.iter().find(|(number, _)| *number == style) {
        return dates::format(at, pattern);
    }
    let day = || dates::format(at, "yyyy-MM-dd");
    match (style, from) {
        (_, Ty::Time) => dates::format(at, "HH:mm:ss.fff"),
        (0 | 20 | 21 | 120 | 121 | 126, Ty::Date) => day(),
        (20 | 120, _) => dates::format(at, "yyyy-MM-dd HH:mm:ss"),
        (21 | 25 | 121, _) => dates::format(at, "yyyy-MM-dd HH:mm:ss.fff"),
        (126, _) if at % SECOND == 0 => dates::format(at, "yyyy-MM-ddTHH:mm:ss"),
        (126, _) => dates::format(at, "yyyy-MM-ddTHH:mm:ss.fff"),
        _ => {
            let hour = dates::part(Part::Hour, at);
            let half = if hour % 12 == 0 { 12 } else { hour % 12 };
            let day = dates::part(Part::Day, at);
            format!(
                "{} {day:>2} {} {half:>2}{}",
                dates::format(at, "MMM"),
                dates::format(at, "yyyy"),
                dates::format(at, ":mmtt")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::types::{INT, VARCHAR};
    use super::*;

    fn dated(word: &str, style: i64) -> Res<Value> {
        cast(&text(word), VARCHAR, Target { ty: Ty::DateTime, length: None, style })
    }

    #[test]
    fn dates_are_read_in_the_forms_that_people_write() {
        let day = times::parse("2026-11-24").unwrap();
        for (word, style, after) in [
            ("2026-11-24", 0, 0),
            ("20261124", 0, 0),
            ("11/24/2026", 0, 0),
            ("24/11/2026", 103, 0),
            ("24 Nov 2026", 0, 0),
            ("November 24, 2026 5:30 PM", 0, 17 * HOUR + 30 * MINUTE),
            ("2026-11-24T17:05:09.5Z", 0, 17 * HOUR + 5 * MINUTE + 9_500),
            ("2026-11-24 17:05:09.038", 0, 17 * HOUR + 5 * MINUTE + 9_038),
        ] {
            assert_eq!(dated(word, style), Ok(Value::Date(day + after)), "{word}");
        }
        assert_eq!(dated("", 0), Ok(Value::Date(first_day())));
        for (word, said) in
            [("24/11/2026", DATE_RANGE), ("2026-02-30", DATE_RANGE), ("soon", BAD_DATE), ("é", BAD_DATE)]
        {
            assert_eq!(dated(word, 0), fail(said), "{word}");
        }
    }

    #[test]
    fn dates_are_written_in_the_styles_of_convert() {
        let at = Value::Date(times::parse("2026-11-04T17:05:09").unwrap());
        for (style, shown) in [
            (0, "Nov  4 2026  5:05PM"),
            (23, "2026-11-04"),
            (103, "04/11/2026"),
            (112, "20261104"),
            (120, "2026-11-04 17:05:09"),
            (126, "2026-11-04T17:05:09"),
        ] {
            assert_eq!(show(&at, Ty::DateTime, style), shown);
        }
    }

    #[test]
    fn numbers_and_texts_turn_into_each_other() {
        let to = |ty| Target::plain(ty);
        let dec = |units, scale| Value::Dec(Dec { units, scale });
        let two = Ty::Dec { precision: 7, scale: 2 };
        for (value, from, target, expected) in [
            (text(" 42 "), VARCHAR, to(INT), Ok(Value::Int(42))),
            (text("4x"), VARCHAR, to(INT), conversion("varchar", "4x", "int")),
            (Value::Float(-2.9), Ty::Float, to(INT), Ok(Value::Int(-2))),
            (Value::Float(1e12), Ty::Float, to(INT), overflow("int")),
            (Value::Float(2.345), Ty::Float, to(two), Ok(dec(235, 2))),
            (text("12.5"), VARCHAR, to(two), Ok(dec(1_250, 2))),
            (text("123456"), VARCHAR, to(two), overflow("numeric")),
            (dec(12_500, 4), Ty::Money, to(VARCHAR), Ok(text("1.25"))),
            (Value::Float(0.1 + 0.2), Ty::Float, to(VARCHAR), Ok(text("0.3"))),
            (Value::Float(1_234_567.0), Ty::Float, to(VARCHAR), Ok(text("1.23457e+006"))),
            (Value::Int(12_345), INT, Target { length: Some(3), ..to(VARCHAR) }, Ok(text("*"))),
            (text("abcdef"), VARCHAR, Target { length: Some(3), ..to(VARCHAR) }, Ok(text("abc"))),
            (text("TRUE"), VARCHAR, to(Ty::Bit), Ok(Value::Bit(true))),
        ] {
            assert_eq!(cast(&value, from, target), expected, "{value:?}");
        }
    }
}
