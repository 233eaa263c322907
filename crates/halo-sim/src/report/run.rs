//! One query that runs: its limits, and what an expression may look at.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::error::{Fail, NO_MEMORY, Res, TOO_MANY_PAIRS, fail};
use super::value::Value;
use crate::sim::Sim;
use crate::traps::Effects;
use crate::world::World;

/// How often the clock is looked at.
const STEPS: u32 = 1_024;

/// What a query may take.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// After this the gateway gives up.
    pub(super) time: Duration,
    /// Memory for the rows that it keeps.
    pub(super) kept_bytes: usize,
    /// Pairs of rows that joins look at beyond one for each row.
    pub(super) pairs: u64,
    /// Rows read and given beyond which the gateway gives up, by a trap.
    pub(super) rows: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(60), kept_bytes: 512 * 1024 * 1024, pairs: 100_000_000, rows: u64::MAX }
    }
}

/// See the module.
pub(super) struct Run<'r> {
    pub(super) sim: &'r Sim,
    pub(super) effects: &'r Effects,
    limits: Limits,
    deadline: Instant,
    steps: Cell<u32>,
    kept: Cell<usize>,
    pairs: Cell<u64>,
    scanned: Cell<u64>,
}

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
pub(super) struct Cx<'a> {
    pub(super) run: &'a Run<'a>,
    /// The world, while a scan further up holds it.
    pub(super) world: Option<&'a World>,
    pub(super) outer: Option<&'a Frame<'a>>,
}

/// The row for which a subquery runs.
pub(super) struct Frame<'a> {
    pub(super) row: &'a [Value],
    pub(super) outer: Option<&'a Frame<'a>>,
}

impl<'r> Run<'r> {
    pub(super) fn new(sim: &'r Sim, effects: &'r Effects, limits: Limits) -> Self {
        Self {
            sim,
            effects,
            limits,
            deadline: Instant::now() + limits.time,
            // The first step looks.
            steps: Cell::new(STEPS),
            kept: Cell::new(0),
            pairs: Cell::new(0),
            scanned: Cell::new(0),
        }
    }

    /// To be called for every row that is looked at.
    pub(super) fn step(&self) -> Res<()> {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() < STEPS {
            return Ok(());
        }
        self.steps.set(0);
        if Instant::now() < self.deadline { Ok(()) } else { Err(Fail::Timeout) }
    }

    /// Counts a row read from a table or given back.
    pub(super) fn read(&self) -> Res<()> {
        self.scanned.set(self.scanned.get() + 1);
        if self.scanned.get() > self.limits.rows { Err(Fail::Timeout) } else { self.step() }
    }

    /// Counts a pair of rows that a join looked at.
    pub(super) fn pair(&self) -> Res<()> {
        self.pairs.set(self.pairs.get() + 1);
        if self.pairs.get() > self.limits.pairs { fail(TOO_MANY_PAIRS) } else { self.step() }
    }
}

/// Counts values that are kept, until it goes.
pub(super) struct Kept<'r> {
    run: &'r Run<'r>,
    bytes: Cell<usize>,
}

impl<'r> Kept<'r> {
    pub(super) fn new(run: &'r Run<'r>) -> Self {
        Self { run, bytes: Cell::new(0) }
    }

    /// # Errors
    /// When all that the query keeps is too much.
    pub(super) fn add(&self, row: &[Value]) -> Res<()> {
        let bytes: usize = row.iter().map(|value| size_of::<Value>() + value.bytes()).sum();
        let bytes = bytes + 2 * size_of::<usize>();
        self.bytes.set(self.bytes.get() + bytes);
        self.run.kept.set(self.run.kept.get() + bytes);
        if self.run.kept.get() > self.run.limits.kept_bytes { fail(NO_MEMORY) } else { self.run.step() }
    }

    /// What was counted stays so until the end of the query.
    pub(super) fn for_good(self) {
        self.bytes.set(0);
    }
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        self.run.kept.set(self.run.kept.get() - self.bytes.get());
    }
}

impl<'a> Cx<'a> {
    pub(super) fn new(run: &'a Run<'a>) -> Self {
        Self { run, world: None, outer: None }
    }

    /// The row so many subqueries further out.
    pub(super) fn outer_row(&self, level: usize) -> &'a [Value] {
        let mut frame = self.outer;
        for _ in 1..level {
            frame = frame.and_then(|frame| frame.outer);
        }
        frame.map_or(&[], |frame| frame.row)
    }
}
