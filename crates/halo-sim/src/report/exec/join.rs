//! Joins: by hash where sides are equal, by key where the right side is a large table with that key, by
//! looking at every pair otherwise. Rows keep the order of the left side.

use std::collections::HashMap;

use super::{Flow, Plan, Sink};
use crate::report::error::Res;
use crate::report::expr::{Ex, Pred};
use crate::report::run::{Cx, Kept};
use crate::report::value::{Key, Value};

/// Which rows without a partner stay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Keeps {
    pub(crate) left: bool,
    pub(crate) right: bool,
}

/// See the module.
pub(crate) struct Join {
    pub(crate) keeps: Keeps,
    pub(crate) left: Plan,
    pub(crate) right: Plan,
    /// Values of each side's rows of which all must be equal.
    pub(crate) left_keys: Vec<Ex>,
    pub(crate) right_keys: Vec<Ex>,
    /// What else must hold of both rows together.
    pub(crate) condition: Option<Pred>,
    pub(crate) left_width: usize,
    pub(crate) right_width: usize,
    /// The right side is a scan that is asked for the first key of each left row.
    pub(crate) by_key: bool,
    /// The left side is kept and the right one passes by; for joins that keep no lonely rows.
    pub(crate) stream_right: bool,
}

/// The right side, kept.
struct Built {
    rows: Vec<Box<[Value]>>,
    places: HashMap<Vec<Key>, Vec<u32>>,
}

/// The values of a row as a key; `None` when one is NULL, which equals nothing.
pub(super) fn key_of(keys: &[Ex], cx: Cx<'_>, row: &[Value]) -> Res<Option<Vec<Key>>> {
    let mut key = Vec::with_capacity(keys.len());
    for part in keys {
        match part.eval(cx, row)? {
            Value::Null => return Ok(None),
            value => key.push(value.key()),
        }
    }
    Ok(Some(key))
}

impl Join {
    pub(crate) fn run(&self, cx: Cx<'_>, sink: Sink<'_>) -> Res<Flow> {
        if self.by_key {
            return self.run_by_key(cx, sink);
        }
        let kept = Kept::new(cx.run);
        let built = self.build(cx, &kept)?;
        self.probe(&built, cx, sink)
    }

    fn build(&self, cx: Cx<'_>, kept: &Kept<'_>) -> Res<Built> {
        let (side, keys) = match self.stream_right {
            true => (&self.left, &self.left_keys),
            false => (&self.right, &self.right_keys),
        };
        let rows = side.rows(cx, kept)?;
        let mut places: HashMap<Vec<Key>, Vec<u32>> = HashMap::new();
        if !keys.is_empty() {
            for (place, row) in (0..).zip(&rows) {
                if let Some(key) = key_of(keys, cx, row)? {
                    places.entry(key).or_default().push(place);
                }
            }
        }
        Ok(Built { rows, places })
    }

    fn probe(&self, built: &Built, cx: Cx<'_>, sink: Sink<'_>) -> Res<Flow> {
        let (side, keys) = match self.stream_right {
            true => (&self.right, &self.right_keys),
            false => (&self.left, &self.left_keys),
        };
        let all: Vec<u32> = if keys.is_empty() { (0..).take(built.rows.len()).collect() } else { Vec::new() };
        let mut partnered = vec![false; if self.keeps.right { built.rows.len() } else { 0 }];
        let mut both = Vec::with_capacity(self.left_width + self.right_width);
        let flow = side.run(cx, &mut |cx, row| {
            let candidates: &[u32] = if keys.is_empty() {
                &all
            } else {
                key_of(keys, cx, row)?.and_then(|key| built.places.get(&key)).map_or(&[], Vec::as_slice)
            };
            let mut found = false;
            for (rank, place) in candidates.iter().enumerate() {
                if rank == 0 {
                    cx.run.step()?;
                } else {
                    cx.run.pair()?;
                }
                let other = &built.rows[*place as usize];
                let (left, right) = if self.stream_right { (&**other, row) } else { (row, &**other) };
                pair(&mut both, left, right);
                if self.fits(cx, &both)? {
                    found = true;
                    if let Some(seen) = partnered.get_mut(*place as usize) {
                        *seen = true;
                    }
                    if sink(cx, &both)? == Flow::Enough {
                        return Ok(Flow::Enough);
                    }
                }
            }
            if found { Ok(Flow::More) } else { self.alone(cx, row, &mut both, sink) }
        })?;
        if flow == Flow::Enough {
            return Ok(flow);
        }
        let nothing = vec![Value::Null; self.left_width];
        for (place, _) in partnered.iter().enumerate().filter(|(_, seen)| !**seen) {
            pair(&mut both, &nothing, &built.rows[place]);
            if sink(cx, &both)? == Flow::Enough {
                return Ok(Flow::Enough);
            }
        }
        Ok(Flow::More)
    }

    fn run_by_key(&self, cx: Cx<'_>, sink: Sink<'_>) -> Res<Flow> {
        let Plan::Scan(scan) = &self.right else { return Ok(Flow::More) };
        let mut both = Vec::with_capacity(self.left_width + self.right_width);
        self.left.run(cx, &mut |cx, left| {
            let (mut found, mut flow) = (false, Flow::More);
            if let Value::Int(key) = self.left_keys[0].eval(cx, left)? {
                flow = scan.run_at(cx, key, &mut |cx, right| {
                    cx.run.step()?;
                    pair(&mut both, left, right);
                    if !self.fits(cx, &both)? {
                        return Ok(Flow::More);
                    }
                    found = true;
                    sink(cx, &both)
                })?;
            }
            if found || flow == Flow::Enough { Ok(flow) } else { self.alone(cx, left, &mut both, sink) }
        })
    }

    fn fits(&self, cx: Cx<'_>, both: &[Value]) -> Res<bool> {
        self.condition.as_ref().map_or(Ok(true), |condition| condition.holds(cx, both))
    }

    /// A left row that has no partner.
    fn alone(&self, cx: Cx<'_>, left: &[Value], both: &mut Vec<Value>, sink: Sink<'_>) -> Res<Flow> {
        if !self.keeps.left {
            return Ok(Flow::More);
        }
        pair(both, left, &[]);
        both.resize(self.left_width + self.right_width, Value::Null);
        sink(cx, both)
    }
}

fn pair(both: &mut Vec<Value>, left: &[Value], right: &[Value]) {
    both.clear();
    both.extend_from_slice(left);
    both.extend_from_slice(right);
}
