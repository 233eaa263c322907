//! Reading a table of the catalog: only the columns that are needed, only the keys that can match.
//!
//! The world is held for a moment at a time, so that other requests are answered while a long query runs;
//! between two moments it may change, as a database may under READ COMMITTED.

use std::time::{Duration, Instant};

use super::{Flow, Sink};
use crate::entity::{Depth, View};
use crate::query::Query;
use crate::report::catalog::{Cells, Step, Table};
use crate::report::error::Res;
use crate::report::expr::{Ex, Pred};
use crate::report::run::Cx;
use crate::report::value::Value;
use crate::world::World;

/// How long the world is held at once.
const SLICE: Duration = Duration::from_millis(10);
/// Rows between two looks at the clock.
const ROWS: u32 = 256;

/// See the module.
pub(crate) struct Scan {
    pub(crate) table: &'static dyn Table,
    /// Which columns of the table its rows have.
    pub(crate) columns: Vec<usize>,
    /// Conditions in their order, each with the columns to read before it.
    pub(crate) filters: Vec<(Vec<usize>, Pred)>,
    /// Columns to read after the conditions.
    pub(crate) rest: Vec<usize>,
    /// Ranges of the first key column that hold all rows wanted; rising.
    pub(crate) ranges: Vec<(i64, i64)>,
    /// The one key that is wanted, from the row around.
    pub(crate) point: Option<Ex>,
}

impl Scan {
    pub(crate) fn new(table: &'static dyn Table, columns: Vec<usize>) -> Self {
        let rest = (0..columns.len()).collect();
        Self { table, columns, filters: Vec::new(), rest, ranges: vec![(i64::MIN, i64::MAX)], point: None }
    }

    /// Adds a condition over the columns of this scan.
    pub(crate) fn filter(&mut self, condition: Pred) {
        let mut needed = Vec::new();
        condition.walk(&mut |part| {
            if let Ex::Col(place) = part {
                needed.push(*place);
            }
        });
        let (now, later) = self.rest.iter().partition(|place| needed.contains(place));
        self.rest = later;
        self.filters.push((now, condition));
    }

    pub(crate) fn run(&self, cx: Cx<'_>, sink: Sink<'_>) -> Res<Flow> {
        let Some(point) = &self.point else { return self.run_ranges(cx, &self.ranges, sink) };
        match point.eval(cx, &[])? {
            Value::Int(key) => self.run_at(cx, key, sink),
            _ => Ok(Flow::More),
        }
    }

    /// The rows with this key.
    pub(crate) fn run_at(&self, cx: Cx<'_>, key: i64, sink: Sink<'_>) -> Res<Flow> {
        match self.ranges.iter().any(|(low, high)| (*low..=*high).contains(&key)) {
            true => self.run_ranges(cx, &[(key, key)], sink),
            false => Ok(Flow::More),
        }
    }

    fn run_ranges(&self, cx: Cx<'_>, ranges: &[(i64, i64)], sink: Sink<'_>) -> Res<Flow> {
        let mut buffer = vec![Value::Null; self.columns.len()];
        for range in ranges {
            let mut from = Some(0);
            while let Some(start) = from {
                let (next, flow) = match cx.world {
                    Some(world) => self.slice(cx, world, *range, start, None, &mut buffer, sink)?,
                    None => {
                        let world = cx.run.sim.world();
                        let inner = Cx { world: Some(&world), ..cx };
                        self.slice(inner, &world, *range, start, Some(Instant::now() + SLICE), &mut buffer, sink)?
                    }
                };
                if flow == Flow::Enough {
                    return Ok(Flow::Enough);
                }
                from = next;
            }
        }
        Ok(Flow::More)
    }

    /// Reads until the moment is over; gives the place to go on from, if any is left.
    #[expect(clippy::too_many_arguments, reason = "one loop taken apart")]
    fn slice(
        &self,
        cx: Cx<'_>,
        world: &World,
        range: (i64, i64),
        start: usize,
        until: Option<Instant>,
        buffer: &mut [Value],
        sink: Sink<'_>,
    ) -> Res<(Option<usize>, Flow)> {
        let query = Query::default();
        let view: View<'_> = cx.run.sim.view(world, &query, cx.run.effects, Depth::Single);
        let (mut flow, mut count) = (Flow::More, 0);
        let next = self.table.scan(&view, range, start, &mut |cells| {
            cx.run.read()?;
            if self.fill(cx, cells, buffer)? {
                flow = sink(cx, buffer)?;
            }
            count += 1;
            Ok(match until {
                _ if flow == Flow::Enough => Step::Stop,
                Some(until) if count % ROWS == 0 && Instant::now() >= until => Step::Pause,
                _ => Step::More,
            })
        })?;
        Ok((next, flow))
    }

    /// Reads one row unless a condition refuses it.
    fn fill(&self, cx: Cx<'_>, cells: &dyn Cells, buffer: &mut [Value]) -> Res<bool> {
        for (places, condition) in &self.filters {
            for place in places {
                buffer[*place] = cells.cell(self.columns[*place]);
            }
            if !condition.holds(cx, buffer)? {
                return Ok(false);
            }
        }
        for place in &self.rest {
            buffer[*place] = cells.cell(self.columns[*place]);
        }
        Ok(true)
    }
}
