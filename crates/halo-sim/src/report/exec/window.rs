//! Functions with OVER: each row keeps its place and gets one value more for each of them.

use super::group::{Agg, State};
use super::sort::{self, By};
use super::{Flow, Plan, Sink};
use crate::report::error::Res;
use crate::report::expr::Ex;
use crate::report::run::{Cx, Kept};
use crate::report::value::{Key, Value};

/// What is worked out for a row among those of its part.
pub(crate) enum What {
    RowNumber,
    Rank,
    DenseRank,
    Tiles(i64),
    /// Of all rows of the part, or with ORDER BY of those up to this one; `true`: its equals too.
    Agg(Box<Agg>, bool),
    /// The value of the row so many places on, or else the default.
    Shift(Ex, i64, Ex),
    First(Ex),
    Last(Ex),
}

/// One function.
pub(crate) struct Window {
    pub(crate) what: What,
    pub(crate) parts: Vec<Ex>,
    pub(crate) order: Vec<By>,
}

struct Placed {
    part: Vec<Key>,
    keys: Box<[Value]>,
    row: usize,
}

pub(super) fn run(input: &Plan, windows: &[Window], cx: Cx<'_>, sink: Sink<'_>) -> Res<Flow> {
    let kept = Kept::new(cx.run);
    let rows = input.rows(cx, &kept)?;
    let mut added: Vec<Vec<Value>> = vec![Vec::new(); rows.len()];
    for window in windows {
        let values = window.values(cx, &rows, &kept)?;
        kept.add(&values)?;
        for (row, value) in added.iter_mut().zip(values) {
            row.push(value);
        }
    }
    for (row, added) in rows.iter().zip(&added) {
        let both: Vec<Value> = row.iter().chain(added).cloned().collect();
        if sink(cx, &both)? == Flow::Enough {
            return Ok(Flow::Enough);
        }
    }
    Ok(Flow::More)
}

impl Window {
    /// The value of each row, in the order of the rows.
    fn values(&self, cx: Cx<'_>, rows: &[Box<[Value]>], kept: &Kept<'_>) -> Res<Vec<Value>> {
        let mut placed = Vec::with_capacity(rows.len());
        for (place, row) in rows.iter().enumerate() {
            let part = self.parts.iter().map(|part| Ok(part.eval(cx, row)?.key())).collect::<Res<Vec<_>>>()?;
            let keys = sort::keys_of(&self.order, cx, row)?;
            kept.add(&keys)?;
            placed.push(Placed { part, keys, row: place });
        }
        placed.sort_by(|left, right| {
            left.part.cmp(&right.part).then_with(|| sort::compare(&self.order, &left.keys, &right.keys))
        });
        let mut values = vec![Value::Null; rows.len()];
        for part in placed.chunk_by(|left, right| left.part == right.part) {
            self.part(cx, rows, part, &mut values, kept)?;
        }
        Ok(values)
    }

    fn part(
        &self,
        cx: Cx<'_>,
        rows: &[Box<[Value]>],
        part: &[Placed],
        values: &mut [Value],
        kept: &Kept<'_>,
    ) -> Res<()> {
        let row = |place: usize| &*rows[part[place].row];
        match &self.what {
            What::RowNumber | What::Rank | What::DenseRank | What::Tiles(_) => self.number(part, values),
            What::Agg(agg, peers) => {
                let mut state = State::default();
                let mut from = 0;
                while from < part.len() {
                    let mut to = if *peers { self.peers(part, from) } else { from + 1 };
                    if self.order.is_empty() {
                        to = part.len();
                    }
                    for place in from..to {
                        agg.add(&mut state, cx, row(place), kept)?;
                    }
                    let value = agg.result(&state)?;
                    for placed in &part[from..to] {
                        values[placed.row] = value.clone();
                    }
                    from = to;
                }
            }
            What::Shift(value, by, otherwise) => {
                for (place, placed) in (0_i64..).zip(part) {
                    let other = usize::try_from(place + by).ok().filter(|other| *other < part.len());
                    values[placed.row] = match other {
                        Some(other) => value.eval(cx, row(other))?,
                        None => otherwise.eval(cx, &rows[placed.row])?,
                    };
                }
            }
            What::First(value) => {
                let first = value.eval(cx, row(0))?;
                part.iter().for_each(|placed| values[placed.row] = first.clone());
            }
            What::Last(value) => {
                let mut from = 0;
                while from < part.len() {
                    let to = self.peers(part, from);
                    let last = value.eval(cx, row(to - 1))?;
                    part[from..to].iter().for_each(|placed| values[placed.row] = last.clone());
                    from = to;
                }
            }
        }
        Ok(())
    }

    /// The end of the rows that ORDER BY does not tell apart from this one.
    fn peers(&self, part: &[Placed], from: usize) -> usize {
        let same = |placed: &&Placed| sort::compare(&self.order, &placed.keys, &part[from].keys).is_eq();
        from + part[from..].iter().take_while(same).count()
    }

    fn number(&self, part: &[Placed], values: &mut [Value]) {
        let (mut rank, mut dense) = (0, 0);
        let length = i64::try_from(part.len()).unwrap_or(i64::MAX);
        for (place, placed) in (1_i64..).zip(part) {
            let index = usize::try_from(place - 1).unwrap_or_default();
            let peer = index > 0 && sort::compare(&self.order, &part[index - 1].keys, &placed.keys).is_eq();
            if !peer {
                (rank, dense) = (place, dense + 1);
            }
            values[placed.row] = Value::Int(match self.what {
                What::Rank => rank,
                What::DenseRank => dense,
                What::Tiles(tiles) => tile(place - 1, length, tiles),
                _ => place,
            });
        }
    }
}

/// The first tiles hold one row more when the rows do not come out even.
fn tile(place: i64, length: i64, tiles: i64) -> i64 {
    let (small, more) = (length / tiles, length % tiles);
    let in_large = more * (small + 1);
    if place < in_large { place / (small + 1) + 1 } else { more + (place - in_large) / small.max(1) + 1 }
}
