//! Which keys a condition lets through: ranges, rising and apart.

use crate::report::expr::{Cmp, Ex, Pred};
use crate::report::value::Value;

/// Both ends belong to a range.
pub(super) type Ranges = Vec<(i64, i64)>;

pub(super) fn all() -> Ranges {
    vec![(i64::MIN, i64::MAX)]
}

/// Ranges of the column at this place outside which the condition never holds.
pub(super) fn of(condition: &Pred, key: usize) -> Ranges {
    match condition {
        Pred::Cmp(cmp, Ex::Col(place), Ex::Const(value)) if *place == key => of_constant(*cmp, value),
        Pred::Cmp(cmp, Ex::Const(value), Ex::Col(place)) if *place == key => of_constant(cmp.turned(), value),
        Pred::In(Ex::Col(place), choices) if *place == key => {
            let of_choice = |choice: &Ex| match choice {
                Ex::Const(value) => of_constant(Cmp::Eq, value),
                _ => all(),
            };
            joined(choices.iter().flat_map(of_choice).collect())
        }
        Pred::InSet(Ex::Col(place), set, _) if *place == key => {
            let of_key = |key: &crate::report::value::Key| match key {
                crate::report::value::Key::Int(number) => Some((*number, *number)),
                _ => None,
            };
            joined(set.iter().filter_map(of_key).collect())
        }
        Pred::And(parts) => parts.iter().fold(all(), |ranges, part| both(&ranges, &of(part, key))),
        Pred::Or(parts) => joined(parts.iter().flat_map(|part| of(part, key)).collect()),
        _ => all(),
    }
}

fn of_constant(cmp: Cmp, value: &Value) -> Ranges {
    let Value::Int(number) = value else {
        // Nothing compares with NULL.
        return if value.is_null() { Vec::new() } else { all() };
    };
    let number = *number;
    match cmp {
        Cmp::Eq => vec![(number, number)],
        Cmp::Ne => all(),
        Cmp::Lt => number.checked_sub(1).map_or_else(Vec::new, |last| vec![(i64::MIN, last)]),
        Cmp::Le => vec![(i64::MIN, number)],
        Cmp::Gt => number.checked_add(1).map_or_else(Vec::new, |first| vec![(first, i64::MAX)]),
        Cmp::Ge => vec![(number, i64::MAX)],
    }
}

/// What lies in both.
pub(super) fn both(left: &Ranges, right: &Ranges) -> Ranges {
    let mut ranges = Vec::new();
    let (mut l, mut r) = (0, 0);
    while let (Some(a), Some(b)) = (left.get(l), right.get(r)) {
        let range = (a.0.max(b.0), a.1.min(b.1));
        if range.0 <= range.1 {
            ranges.push(range);
        }
        if a.1 < b.1 { l += 1 } else { r += 1 }
    }
    ranges
}

/// What lies in any of them.
fn joined(mut ranges: Ranges) -> Ranges {
    ranges.sort_unstable();
    let mut apart: Ranges = Vec::new();
    for range in ranges {
        match apart.last_mut() {
            Some(last) if range.0 <= last.1.saturating_add(1) => last.1 = last.1.max(range.1),
            _ => apart.push(range),
        }
    }
    apart
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cmp(cmp: Cmp, number: i64) -> Pred {
        Pred::Cmp(cmp, Ex::Col(0), Ex::Const(Value::Int(number)))
    }

    #[test]
    fn conditions_narrow_the_keys() {
        let keyset = Pred::Or(vec![cmp(Cmp::Gt, 7), Pred::And(vec![cmp(Cmp::Eq, 7), Pred::IsNull(Ex::Col(1))])]);
        let list = Pred::In(Ex::Col(0), [9, 3, 4].map(|id| Ex::Const(Value::Int(id))).to_vec());
        for (condition, expected) in [
            (keyset.clone(), vec![(7, i64::MAX)]),
            (list.clone(), vec![(3, 4), (9, 9)]),
            (Pred::And(vec![keyset, list, cmp(Cmp::Ne, 3)]), vec![(9, 9)]),
            (Pred::And(vec![cmp(Cmp::Ge, 3), cmp(Cmp::Lt, 3)]), vec![]),
            (Pred::Cmp(Cmp::Eq, Ex::Col(0), Ex::Const(Value::Null)), vec![]),
            (Pred::Not(Box::new(cmp(Cmp::Eq, 3))), all()),
            (Pred::Cmp(Cmp::Eq, Ex::Col(1), Ex::Const(Value::Int(1))), all()),
        ] {
            assert_eq!(of(&condition, 0), expected);
        }
    }
}
