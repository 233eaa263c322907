//! One value of a row, how values compare, and what they are as keys.
//!
//! Text compares as under SQL Server's default collation: without case, blanks at the end ignored.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::times::Ms;

/// See the module. Which type a value has is known when the query is compiled.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Value {
    Null,
    Bit(bool),
    Int(i64),
    /// Of `money` and `decimal`.
    Dec(Dec),
    Float(f64),
    /// A moment, a day at midnight, or a time on the first day of 1900: UTC.
    Date(Ms),
    Text(Arc<str>),
}

/// A number with so many digits behind the point.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Dec {
    pub(super) units: i64,
    pub(super) scale: u8,
}

/// A value that can be looked up: equal values have equal keys.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(super) enum Key {
    Null,
    Int(i64),
    Dec(i64, u8),
    Float(u64),
    Text(Box<str>),
}

pub(super) fn text(text: impl AsRef<str>) -> Value {
    Value::Text(Arc::from(text.as_ref()))
}

impl Value {
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Value::Bit(flag) => Some(f64::from(u8::from(*flag))),
            Value::Int(number) => Some(*number as f64),
            Value::Dec(number) => Some(number.float()),
            Value::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// Compares two values of one type; numbers of different types too. `None` when one is NULL.
    pub(super) fn compare(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Null, _) | (_, Value::Null) => None,
            (Value::Int(left), Value::Int(right)) | (Value::Date(left), Value::Date(right)) => Some(left.cmp(right)),
            (Value::Text(left), Value::Text(right)) => Some(compare_text(left, right)),
            (Value::Bit(left), Value::Bit(right)) => Some(left.cmp(right)),
            (Value::Dec(left), Value::Dec(right)) => Some(left.compare(*right)),
            _ => Some(self.number().unwrap_or_default().total_cmp(&other.number().unwrap_or_default())),
        }
    }

    /// For ORDER BY: NULL comes first.
    pub(super) fn order(&self, other: &Value) -> Ordering {
        match (self.is_null(), other.is_null()) {
            (false, false) => self.compare(other).unwrap_or(Ordering::Equal),
            (left, right) => right.cmp(&left),
        }
    }

    pub(super) fn key(&self) -> Key {
        match self {
            Value::Null => Key::Null,
            Value::Bit(flag) => Key::Int(i64::from(*flag)),
            Value::Int(number) | Value::Date(number) => Key::Int(*number),
            Value::Dec(number) => number.key(),
            // One zero, whatever its sign.
            Value::Float(number) => Key::Float((number + 0.0).to_bits()),
            Value::Text(text) => Key::Text(fold(text).into()),
        }
    }

    /// Bytes that it holds beyond itself.
    pub(super) fn bytes(&self) -> usize {
        if let Value::Text(text) = self { text.len() } else { 0 }
    }
}

/// Digits behind the point that are kept.
pub(super) const DIGITS: u8 = 18;

impl Dec {
    /// With as many digits behind the point as are wanted and fit; halves are rounded away from zero.
    pub(super) fn fitted(mut units: i128, mut scale: u8, wanted: u8) -> Option<Self> {
        let wanted = wanted.min(DIGITS);
        while scale < wanted && units.unsigned_abs() < (i64::MAX / 10) as u128 {
            (units, scale) = (units * 10, scale + 1);
        }
        while scale > 0 && (scale > wanted || i64::try_from(units).is_err()) {
            let over = if scale > wanted { scale - wanted } else { 1 };
            let factor = 10_i128.checked_pow(over.into())?;
            units = (units + units.signum() * factor / 2) / factor;
            scale -= over;
        }
        Some(Self { units: i64::try_from(units).ok()?, scale })
    }

    pub(super) fn float(self) -> f64 {
        self.units as f64 / 10_f64.powi(self.scale.into())
    }

    pub(super) fn compare(self, other: Self) -> Ordering {
        let scaled = |number: Self, to: u8| i128::from(number.units) * 10_i128.pow(u32::from(to - number.scale));
        let scale = self.scale.max(other.scale);
        // At most 19 digits and 18 more: they fit.
        scaled(self, scale).cmp(&scaled(other, scale))
    }

    fn key(self) -> Key {
        let Self { mut units, mut scale } = self;
        while scale > 0 && units % 10 == 0 {
            (units, scale) = (units / 10, scale - 1);
        }
        if scale == 0 { Key::Int(units) } else { Key::Dec(units, scale) }
    }
}

impl std::fmt::Display for Dec {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = format!("{:0width$}", self.units.unsigned_abs(), width = usize::from(self.scale) + 1);
        let (whole, fraction) = digits.split_at(digits.len() - usize::from(self.scale));
        let sign = if self.units < 0 { "-" } else { "" };
        let point = if fraction.is_empty() { "" } else { "." };
        write!(out, "{sign}{whole}{point}{fraction}")
    }
}

/// Text as it is compared.
pub(super) fn fold(text: &str) -> String {
    text.trim_end_matches(' ').to_lowercase()
}

fn compare_text(left: &str, right: &str) -> Ordering {
    let (left, right) = (left.trim_end_matches(' '), right.trim_end_matches(' '));
    if left.is_ascii() && right.is_ascii() {
        let lower = |text: &'_ str| text.as_bytes().to_ascii_lowercase();
        if left.eq_ignore_ascii_case(right) {
            return Ordering::Equal;
        }
        return lower(left).cmp(&lower(right));
    }
    left.chars().flat_map(char::to_lowercase).cmp(right.chars().flat_map(char::to_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_no_case_and_no_blanks_at_its_end() {
        for (left, right, expected) in [
            ("Printer", "PRINTER  ", Ordering::Equal),
            ("a", "B", Ordering::Less),
            ("Ümlaut", "üMLAUT", Ordering::Equal),
            (" a", "a", Ordering::Less),
        ] {
            assert_eq!(text(left).compare(&text(right)), Some(expected), "{left} {right}");
            assert_eq!(text(left).key() == text(right).key(), expected == Ordering::Equal);
        }
        assert_eq!(Value::Null.compare(&Value::Null), None);
        assert_eq!(Value::Null.order(&Value::Int(1)), Ordering::Less);
    }

    #[test]
    fn decimals_are_exact_and_shown_with_their_scale() {
        let dec = |units, scale| Dec { units, scale };
        for (number, shown) in [(dec(-5, 2), "-0.05"), (dec(1_234, 0), "1234"), (dec(1_250, 3), "1.250")] {
            assert_eq!(number.to_string(), shown);
        }
        assert_eq!(dec(150, 2).compare(dec(15, 1)), Ordering::Equal);
        assert_eq!(Value::Dec(dec(150, 2)).key(), Value::Dec(dec(15, 1)).key());
        assert_eq!(Dec::fitted(12_345, 3, 2), Some(dec(1_235, 2)));
        assert_eq!(Dec::fitted(-15, 1, 0), Some(dec(-2, 0)));
        assert_eq!(Dec::fitted(1, 0, 4), Some(dec(10_000, 4)));
    }
}
