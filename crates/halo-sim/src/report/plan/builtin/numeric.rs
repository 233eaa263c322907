//! Functions of numbers.

use super::Want::{Float, Int, Number};
use super::{Entry, Gives, entry, int};
use crate::report::error::{Res, fail, overflow};
use crate::report::types::Ty;
use crate::report::value::{Dec, Value, text};

pub(super) const ENTRIES: &[Entry] = &[
    entry("round", (2, 3), &[Number, Int, Int], Gives::First, round),
    entry("abs", (1, 1), &[Number], Gives::First, |a| {
        Ok(match &a[0] {
            Value::Int(number) => number.checked_abs().map_or(Value::Null, Value::Int),
            Value::Dec(number) => Value::Dec(Dec { units: number.units.saturating_abs(), ..*number }),
            Value::Float(number) => Value::Float(number.abs()),
            other => plain(other),
        })
    }),
    entry("ceiling", (1, 1), &[Number], Gives::Whole, |a| Ok(whole(&a[0], 1))),
    entry("floor", (1, 1), &[Number], Gives::Whole, |a| Ok(whole(&a[0], -1))),
    entry("sign", (1, 1), &[Number], Gives::First, |a| {
        Ok(match &a[0] {
            Value::Int(number) => Value::Int(number.signum()),
            Value::Dec(number) => Value::Dec(Dec { units: number.units.signum(), scale: 0 }),
            other => {
                Value::Float(other.number().map_or(0.0, |number| if number == 0.0 { 0.0 } else { number.signum() }))
            }
        })
    }),
    entry("power", (2, 2), &[Float, Float], Gives::Fixed(Ty::Float), |a| finite(number(&a[0]).powf(number(&a[1])))),
    entry("square", (1, 1), &[Float], Gives::Fixed(Ty::Float), |a| finite(number(&a[0]) * number(&a[0]))),
    entry("sqrt", (1, 1), &[Float], Gives::Fixed(Ty::Float), |a| finite(number(&a[0]).sqrt())),
    entry("log", (1, 1), &[Float], Gives::Fixed(Ty::Float), |a| finite(number(&a[0]).ln())),
    entry("exp", (1, 1), &[Float], Gives::Fixed(Ty::Float), |a| finite(number(&a[0]).exp())),
    entry("str", (1, 3), &[Float, Int, Int], Gives::Text, |a| {
        let (width, places) = (a.get(1).map_or(10, int), a.get(2).map_or(0, int).clamp(0, 16));
        let width = usize::try_from(width.clamp(0, 8_000)).unwrap_or_default();
        let places = usize::try_from(places).unwrap_or_default();
        let shown = format!("{:.places$}", rounded(number(&a[0]), i32::try_from(places).unwrap_or_default(), false));
        Ok(text(if shown.len() > width { "*".repeat(width) } else { format!("{shown:>width$}") }))
    }),
];

fn number(value: &Value) -> f64 {
    value.number().unwrap_or_default()
}

fn plain(value: &Value) -> Value {
    if let Value::Bit(flag) = value { Value::Int(i64::from(*flag)) } else { value.clone() }
}

fn finite(number: f64) -> Res<Value> {
    if number.is_finite() { Ok(Value::Float(number)) } else { fail("An invalid floating point operation occurred.") }
}

/// The next number without digits behind the point, upwards (1) or downwards.
fn whole(value: &Value, direction: i64) -> Value {
    match value {
        Value::Dec(number) => {
            let factor = 10_i64.pow(number.scale.into());
            let (below, rest) = (number.units.div_euclid(factor), number.units.rem_euclid(factor));
            Value::Dec(Dec { units: if direction > 0 && rest != 0 { below + 1 } else { below }, scale: 0 })
        }
        Value::Float(number) => Value::Float(if direction > 0 { number.ceil() } else { number.floor() }),
        other => plain(other),
    }
}

fn rounded(number: f64, places: i32, cut: bool) -> f64 {
    let factor = 10_f64.powi(places);
    let scaled = number * factor;
    if !scaled.is_finite() {
        return number;
    }
    (if cut { scaled.trunc() } else { scaled.round() }) / factor
}

fn round(a: &[Value]) -> Res<Value> {
    let (places, cut) = (int(&a[1]).clamp(-30, 30), a.get(2).is_some_and(|cut| int(cut) != 0));
    let step = |scale: u8| u32::try_from(i64::from(scale) - places).ok().and_then(|over| 10_i128.checked_pow(over));
    let to_step = |units: i64, scale: u8| match step(scale) {
        None => Some(units),
        Some(step) => {
            let half = if cut { 0 } else { i128::from(units).signum() * step / 2 };
            i64::try_from((i128::from(units) + half) / step * step).ok()
        }
    };
    match &a[0] {
        Value::Dec(number) => match to_step(number.units, number.scale) {
            Some(units) => Ok(Value::Dec(Dec { units, ..*number })),
            None => overflow("numeric"),
        },
        Value::Int(number) => match to_step(*number, 0) {
            Some(number) => Ok(Value::Int(number)),
            None => overflow("int"),
        },
        Value::Float(number) => Ok(Value::Float(rounded(*number, i32::try_from(places).unwrap_or_default(), cut))),
        other => Ok(plain(other)),
    }
}

/// FORMAT with a letter and digits (`N2`, `F1`, `P0`, `C`, `D3`) or a picture (`0.00`, `#,##0`).
pub(super) fn format(number: f64, pattern: &str) -> String {
    let digits = |otherwise: usize| pattern.get(1..).and_then(|rest| rest.parse().ok()).unwrap_or(otherwise).min(20);
    match pattern.chars().next() {
        Some('N' | 'n') => grouped(number, digits(2)),
        Some('F' | 'f') => format!("{number:.0$}", digits(2)),
        Some('P' | 'p') => format!("{}%", grouped(number * 100.0, digits(2))),
        Some('C' | 'c') => format!("${}", grouped(number, digits(2))),
        Some('D' | 'd') => format!("{number:00$.0}", digits(0)),
        _ => {
            let (whole, fraction) = pattern.split_once('.').unwrap_or((pattern, ""));
            let places = fraction.chars().filter(|sign| matches!(sign, '0' | '#')).count().min(20);
            let needed = fraction.chars().filter(|sign| *sign == '0').count();
            let shown = if whole.contains(',') { grouped(number, places) } else { format!("{number:.places$}") };
            let spare =
                shown.bytes().rev().take(places.saturating_sub(needed)).take_while(|digit| *digit == b'0').count();
            let shown = shown[..shown.len() - spare].trim_end_matches('.').to_owned();
            let width = whole.chars().filter(|sign| *sign == '0').count();
            let missing = width.saturating_sub(shown.split('.').next().unwrap_or_default().len());
            let percent = if pattern.ends_with('%') { "%" } else { "" };
            format!("{}{shown}{percent}", "0".repeat(missing))
        }
    }
}

fn grouped(number: f64, places: usize) -> String {
    let shown = format!("{:.places$}", number.abs());
    let (whole, fraction) = shown.split_once('.').unwrap_or((&shown, ""));
    let mut out = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    let sign = if number < 0.0 && shown.bytes().any(|digit| matches!(digit, b'1'..=b'9')) { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{out}{point}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_and_formatted() {
        for (value, places, expected) in [
            (Value::Float(2.345), 2, Value::Float(2.35)),
            (Value::Int(1_250), -2, Value::Int(1_300)),
            (Value::Dec(Dec { units: -12_345, scale: 3 }), 1, Value::Dec(Dec { units: -12_300, scale: 3 })),
        ] {
            assert_eq!(round(&[value, Value::Int(places)]), Ok(expected));
        }
        for (number, pattern, shown) in [
            (1_234_567.891, "N2", "1,234,567.89"),
            (0.256, "P1", "25.6%"),
            (5.0, "000", "005"),
            (1_234.5, "#,##0.0#", "1,234.5"),
            (-0.001, "N2", "0.00"),
        ] {
            assert_eq!(format(number, pattern), shown);
        }
    }
}
