//! Rows as sets: DISTINCT, EXCEPT and INTERSECT, for which NULL equals NULL.

use std::collections::HashSet;

use super::{Flow, Plan, Sink};
use crate::report::error::Res;
use crate::report::run::{Cx, Kept};
use crate::report::value::{Key, Value};

pub(super) fn keys(row: &[Value]) -> Vec<Key> {
    row.iter().map(Value::key).collect()
}

/// Each row once, in the order of their first appearance.
pub(super) fn distinct(input: &Plan, cx: Cx<'_>, sink: Sink<'_>) -> Res<Flow> {
    let kept = Kept::new(cx.run);
    let mut seen = HashSet::new();
    input.run(cx, &mut |cx, row| {
        if !seen.insert(keys(row)) {
            return Ok(Flow::More);
        }
        kept.add(row)?;
        sink(cx, row)
    })
}

/// Each row of the left side once, if it is in the right one (`wanted`) or if it is not.
pub(super) fn matching(left: &Plan, right: &Plan, wanted: bool, cx: Cx<'_>, sink: Sink<'_>) -> Res<Flow> {
    let kept = Kept::new(cx.run);
    let mut others = HashSet::new();
    right.run(cx, &mut |_, row| {
        if others.insert(keys(row)) {
            kept.add(row)?;
        }
        Ok(Flow::More)
    })?;
    let mut seen = HashSet::new();
    left.run(cx, &mut |cx, row| {
        let key = keys(row);
        if others.contains(&key) != wanted || !seen.insert(key) {
            return Ok(Flow::More);
        }
        kept.add(row)?;
        sink(cx, row)
    })
}
