//! Plans and how they run: each pushes its rows, one by one, into whoever asked for them.
//!
//! Only a scan touches the world, and holds it for moments; what joins, groups and sorts keep are copies of
//! the values they need. Knows nothing of SQL text or names.

pub(super) mod group;
pub(super) mod index;
pub(super) mod join;
pub(super) mod scan;
pub(super) mod sets;
pub(super) mod sort;
pub(super) mod window;

use super::error::Res;
use super::expr::{Ex, Pred};
use super::run::{Cx, Frame, Kept};
use super::value::Value;

/// Whether more rows are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Flow {
    More,
    Enough,
}

/// Takes rows. What it is told of the world is true for this row only.
pub(super) type Sink<'s> = &'s mut dyn for<'x> FnMut(Cx<'x>, &[Value]) -> Res<Flow>;

/// See the module.
pub(super) enum Plan {
    /// Rows of expressions; one empty row for a SELECT without FROM.
    Values(Vec<Vec<Ex>>),
    Scan(scan::Scan),
    Filter(Box<Plan>, Pred),
    Project(Box<Plan>, Vec<Ex>),
    Join(Box<join::Join>),
    /// The right side runs for each row of the left one; with nothing found there, `Some` of its width
    /// keeps the left row.
    Apply(Box<Plan>, Box<Plan>, Option<usize>),
    Index(Box<index::Index>),
    Group(Box<group::Group>),
    Window(Box<Plan>, Vec<window::Window>),
    Distinct(Box<Plan>),
    Sort(Box<sort::Sort>),
    /// Leaves out so many rows and then gives at most so many.
    Limit(Box<Plan>, u64, Option<u64>),
    Union(Vec<Plan>),
    /// Rows of the left side that are (`true`) or are not in the right one.
    Matching(Box<Plan>, Box<Plan>, bool),
}

impl Plan {
    /// Pushes all rows until enough were taken.
    pub(super) fn run(&self, cx: Cx<'_>, sink: Sink<'_>) -> Res<Flow> {
        match self {
            Plan::Values(rows) => {
                for row in rows {
                    let values = row.iter().map(|value| value.eval(cx, &[])).collect::<Res<Vec<_>>>()?;
                    if sink(cx, &values)? == Flow::Enough {
                        return Ok(Flow::Enough);
                    }
                }
                Ok(Flow::More)
            }
            Plan::Scan(scan) => scan.run(cx, sink),
            Plan::Filter(input, condition) => input.run(cx, &mut |cx, row| {
                cx.run.step()?;
                if condition.holds(cx, row)? { sink(cx, row) } else { Ok(Flow::More) }
            }),
            Plan::Project(input, columns) => {
                let mut out = Vec::with_capacity(columns.len());
                input.run(cx, &mut |cx, row| {
                    out.clear();
                    for column in columns {
                        out.push(column.eval(cx, row)?);
                    }
                    sink(cx, &out)
                })
            }
            Plan::Join(join) => join.run(cx, sink),
            Plan::Apply(left, right, outer) => apply(left, right, *outer, cx, sink),
            Plan::Index(index) => index.run(cx, sink),
            Plan::Group(group) => group.run(cx, sink),
            Plan::Window(input, windows) => window::run(input, windows, cx, sink),
            Plan::Distinct(input) => sets::distinct(input, cx, sink),
            Plan::Sort(sort) => sort.run(cx, sink),
            Plan::Limit(input, skip, take) => limit(input, *skip, *take, cx, sink),
            Plan::Union(parts) => {
                for part in parts {
                    if part.run(cx, sink)? == Flow::Enough {
                        return Ok(Flow::Enough);
                    }
                }
                Ok(Flow::More)
            }
            Plan::Matching(left, right, wanted) => sets::matching(left, right, *wanted, cx, sink),
        }
    }

    /// All rows, kept.
    pub(super) fn rows(&self, cx: Cx<'_>, kept: &Kept<'_>) -> Res<Vec<Box<[Value]>>> {
        let mut rows: Vec<Box<[Value]>> = Vec::new();
        self.run(cx, &mut |_, row| {
            kept.add(row)?;
            rows.push(row.into());
            Ok(Flow::More)
        })?;
        Ok(rows)
    }
}

fn apply(left: &Plan, right: &Plan, outer: Option<usize>, cx: Cx<'_>, sink: Sink<'_>) -> Res<Flow> {
    let mut both = Vec::new();
    left.run(cx, &mut |cx, row| {
        let frame = Frame { row, outer: cx.outer };
        let mut found = false;
        let flow = right.run(Cx { outer: Some(&frame), ..cx }, &mut |inner, add| {
            cx.run.step()?;
            found = true;
            both.clear();
            both.extend_from_slice(row);
            both.extend_from_slice(add);
            sink(Cx { outer: cx.outer, ..inner }, &both)
        })?;
        match outer {
            Some(width) if !found => {
                both.clear();
                both.extend_from_slice(row);
                both.resize(row.len() + width, Value::Null);
                sink(cx, &both)
            }
            _ => Ok(flow),
        }
    })
}

fn limit(input: &Plan, skip: u64, take: Option<u64>, cx: Cx<'_>, sink: Sink<'_>) -> Res<Flow> {
    let (mut seen, take) = (0, take.unwrap_or(u64::MAX));
    if take == 0 {
        return Ok(Flow::More);
    }
    let mut asked = Flow::More;
    input.run(cx, &mut |cx, row| {
        seen += 1;
        if seen <= skip {
            return Ok(Flow::More);
        }
        asked = sink(cx, row)?;
        Ok(if seen - skip >= take { Flow::Enough } else { asked })
    })?;
    // That this has no more rows does not mean that nobody wants more.
    Ok(asked)
}
