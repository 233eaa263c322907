//! A subquery's rows, kept once by the values that the row around it asks for.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::join::key_of;
use super::{Flow, Plan, Sink};
use crate::report::error::Res;
use crate::report::expr::Ex;
use crate::report::run::{Cx, Kept};
use crate::report::value::{Key, Value};

type Built = HashMap<Vec<Key>, Vec<Box<[Value]>>>;

/// See the module.
pub(crate) struct Index {
    /// Depends on no row around it.
    pub(crate) input: Plan,
    /// Values of its rows.
    pub(crate) keys: Vec<Ex>,
    /// What they must equal, from the row around.
    pub(crate) probes: Vec<Ex>,
    built: OnceCell<Built>,
}

impl Index {
    pub(crate) fn new(input: Plan, keys: Vec<Ex>, probes: Vec<Ex>) -> Self {
        Self { input, keys, probes, built: OnceCell::new() }
    }

    pub(crate) fn run(&self, cx: Cx<'_>, sink: Sink<'_>) -> Res<Flow> {
        let Some(key) = key_of(&self.probes, cx, &[])? else { return Ok(Flow::More) };
        let built = match self.built.get() {
            Some(built) => built,
            None => {
                let built = self.build(cx)?;
                self.built.get_or_init(|| built)
            }
        };
        for row in built.get(&key).into_iter().flatten() {
            cx.run.step()?;
            if sink(cx, row)? == Flow::Enough {
                return Ok(Flow::Enough);
            }
        }
        Ok(Flow::More)
    }

    fn build(&self, cx: Cx<'_>) -> Res<Built> {
        let kept = Kept::new(cx.run);
        let mut built = Built::new();
        self.input.run(cx, &mut |cx, row| {
            if let Some(key) = key_of(&self.keys, cx, row)? {
                kept.add(row)?;
                built.entry(key).or_default().push(row.into());
            }
            Ok(Flow::More)
        })?;
        kept.for_good();
        Ok(built)
    }
}
