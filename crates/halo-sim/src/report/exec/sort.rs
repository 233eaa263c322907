//! ORDER BY. With TOP only the rows that can still be wanted are kept.

use std::cmp::Ordering;

use super::{Flow, Plan, Sink};
use crate::report::error::Res;
use crate::report::expr::Ex;
use crate::report::run::{Cx, Kept};
use crate::report::value::Value;

/// One thing to sort by, and whether downwards.
pub(crate) type By = (Ex, bool);

/// See the module.
pub(crate) struct Sort {
    pub(crate) input: Plan,
    pub(crate) by: Vec<By>,
    /// How many of the first rows are wanted.
    pub(crate) keep: Option<usize>,
}

struct Sorted {
    keys: Box<[Value]>,
    row: Box<[Value]>,
}

/// Rows kept beyond those wanted, before they are sorted and cut.
const SLACK: usize = 4_096;

pub(super) fn keys_of(by: &[By], cx: Cx<'_>, row: &[Value]) -> Res<Box<[Value]>> {
    by.iter().map(|(key, _)| key.eval(cx, row)).collect()
}

pub(super) fn compare(by: &[By], left: &[Value], right: &[Value]) -> Ordering {
    for (place, (_, down)) in by.iter().enumerate() {
        let order = left[place].order(&right[place]);
        if order != Ordering::Equal {
            return if *down { order.reverse() } else { order };
        }
    }
    Ordering::Equal
}

impl Sort {
    pub(crate) fn run(&self, cx: Cx<'_>, sink: Sink<'_>) -> Res<Flow> {
        let most = self.keep.unwrap_or(usize::MAX);
        let mut kept = Kept::new(cx.run);
        let mut rows: Vec<Sorted> = Vec::new();
        // The last row that is wanted so far: others that do not come before it never will be.
        let mut last: Option<Box<[Value]>> = None;
        self.input.run(cx, &mut |inner, row| {
            let keys = keys_of(&self.by, inner, row)?;
            if last.as_ref().is_some_and(|last| compare(&self.by, &keys, last).is_ge()) {
                return inner.run.step().map(|()| Flow::More);
            }
            kept.add(row)?;
            kept.add(&keys)?;
            rows.push(Sorted { keys, row: row.into() });
            if rows.len() >= most.saturating_mul(2).saturating_add(SLACK) {
                self.cut(&mut rows, most);
                last = rows.last().map(|row| row.keys.clone());
                let fewer = Kept::new(cx.run);
                rows.iter().try_for_each(|row| fewer.add(&row.row).and_then(|()| fewer.add(&row.keys)))?;
                kept = fewer;
            }
            Ok(Flow::More)
        })?;
        self.cut(&mut rows, most);
        for row in &rows {
            if sink(cx, &row.row)? == Flow::Enough {
                return Ok(Flow::Enough);
            }
        }
        Ok(Flow::More)
    }

    /// Sorts, rows of equal keys in the order in which they came.
    fn cut(&self, rows: &mut Vec<Sorted>, most: usize) {
        rows.sort_by(|left, right| compare(&self.by, &left.keys, &right.keys));
        rows.truncate(most);
    }
}
