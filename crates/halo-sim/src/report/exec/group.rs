//! GROUP BY: one row for each combination of keys, followed by its aggregates.

use std::collections::{HashMap, HashSet};

use super::sort::{self, By};
use super::{Flow, Plan, Sink};
use crate::report::arith::{self, Op};
use crate::report::error::Res;
use crate::report::expr::Ex;
use crate::report::run::{Cx, Kept};
use crate::report::types::Ty;
use crate::report::value::{Key, Value, text};

/// What is worked out of all rows of a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum What {
    Count,
    Sum,
    Avg,
    Min,
    Max,
    Join,
    Deviation,
    Variance,
}

/// One aggregate.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Agg {
    pub(crate) what: What,
    pub(crate) distinct: bool,
    /// Nothing for `COUNT(*)`.
    pub(crate) of: Option<Ex>,
    /// Its type, which for an average is not that of the values.
    pub(crate) ty: Ty,
    /// Between joined texts.
    pub(crate) separator: String,
    pub(crate) order: Vec<By>,
}

/// See the module.
pub(crate) struct Group {
    pub(crate) input: Plan,
    pub(crate) keys: Vec<Ex>,
    pub(crate) aggs: Vec<Agg>,
}

/// What is known of a group so far.
#[derive(Default)]
pub(super) struct State {
    count: i64,
    value: Option<Value>,
    squares: f64,
    seen: HashSet<Key>,
    texts: Vec<(Box<[Value]>, Value)>,
}

impl Group {
    pub(crate) fn run(&self, cx: Cx<'_>, sink: Sink<'_>) -> Res<Flow> {
        let kept = Kept::new(cx.run);
        let mut places: HashMap<Vec<Key>, usize> = HashMap::new();
        let mut groups: Vec<(Vec<Value>, Vec<State>)> = Vec::new();
        let fresh = || self.aggs.iter().map(|_| State::default()).collect::<Vec<_>>();
        if self.keys.is_empty() {
            groups.push((Vec::new(), fresh()));
        }
        self.input.run(cx, &mut |cx, row| {
            cx.run.step()?;
            let place = if self.keys.is_empty() {
                0
            } else {
                let values = self.keys.iter().map(|key| key.eval(cx, row)).collect::<Res<Vec<_>>>()?;
                match places.get(&super::sets::keys(&values)) {
                    Some(place) => *place,
                    None => {
                        kept.add(&values)?;
                        kept.add(&vec![Value::Null; 4 * self.aggs.len()])?;
                        places.insert(super::sets::keys(&values), groups.len());
                        groups.push((values, fresh()));
                        groups.len() - 1
                    }
                }
            };
            for (agg, state) in self.aggs.iter().zip(&mut groups[place].1) {
                agg.add(state, cx, row, &kept)?;
            }
            Ok(Flow::More)
        })?;
        for (mut row, states) in groups {
            for (agg, state) in self.aggs.iter().zip(states) {
                row.push(agg.result(&state)?);
            }
            if sink(cx, &row)? == Flow::Enough {
                return Ok(Flow::Enough);
            }
        }
        Ok(Flow::More)
    }
}

impl Agg {
    pub(super) fn add(&self, state: &mut State, cx: Cx<'_>, row: &[Value], kept: &Kept<'_>) -> Res<()> {
        let Some(of) = &self.of else {
            state.count += 1;
            return Ok(());
        };
        let value = of.eval(cx, row)?;
        // Aggregates do not see NULL.
        if value.is_null() {
            return Ok(());
        }
        if self.distinct {
            let key = value.key();
            if state.seen.contains(&key) {
                return Ok(());
            }
            kept.add(std::slice::from_ref(&value))?;
            state.seen.insert(key);
        }
        state.count += 1;
        match self.what {
            What::Count => {}
            What::Sum | What::Avg => {
                state.value = Some(match state.value.take() {
                    None => value,
                    Some(sum) => arith::apply(Op::Add, &sum, &value, self.summed())?,
                });
            }
            What::Min | What::Max => {
                let better = |kept: &Value| match value.compare(kept) {
                    Some(order) => {
                        if self.what == What::Min {
                            order.is_lt()
                        } else {
                            order.is_gt()
                        }
                    }
                    None => false,
                };
                if state.value.as_ref().is_none_or(better) {
                    state.value = Some(value);
                }
            }
            What::Join => {
                let keys = sort::keys_of(&self.order, cx, row)?;
                kept.add(std::slice::from_ref(&value))?;
                kept.add(&keys)?;
                state.texts.push((keys, value));
            }
            What::Deviation | What::Variance => {
                let number = value.number().unwrap_or_default();
                let sum = state.value.as_ref().and_then(Value::number).unwrap_or_default();
                state.value = Some(Value::Float(sum + number));
                state.squares += number * number;
            }
        }
        Ok(())
    }

    /// Sums of whole numbers overflow as their type does; averages are summed wide.
    fn summed(&self) -> Ty {
        match self.ty {
            Ty::Int(_) if self.what == What::Avg => crate::report::types::BIGINT,
            ty => ty,
        }
    }

    pub(super) fn result(&self, state: &State) -> Res<Value> {
        match self.what {
            What::Count => Ok(Value::Int(state.count)),
            What::Sum | What::Min | What::Max => Ok(state.value.clone().unwrap_or(Value::Null)),
            What::Avg => match &state.value {
                None => Ok(Value::Null),
                Some(sum @ Value::Float(_)) => arith::apply(Op::Div, sum, &Value::Float(state.count as f64), self.ty),
                Some(sum @ Value::Dec(_)) => {
                    let count = Value::Dec(crate::report::value::Dec { units: state.count, scale: 0 });
                    arith::apply(Op::Div, sum, &count, self.ty)
                }
                Some(sum) => arith::apply(Op::Div, sum, &Value::Int(state.count), self.ty),
            },
            What::Join => Ok(if state.texts.is_empty() { Value::Null } else { self.joined(state) }),
            What::Deviation | What::Variance => {
                let (count, sum) = (state.count as f64, state.value.as_ref().and_then(Value::number));
                let Some(sum) = sum.filter(|_| state.count > 1) else { return Ok(Value::Null) };
                let variance = ((state.squares - sum * sum / count) / (count - 1.0)).max(0.0);
                Ok(Value::Float(if self.what == What::Variance { variance } else { variance.sqrt() }))
            }
        }
    }

    fn joined(&self, state: &State) -> Value {
        let mut texts: Vec<_> = state.texts.iter().collect();
        texts.sort_by(|(left, _), (right, _)| sort::compare(&self.order, left, right));
        let texts: Vec<&str> =
            texts.into_iter().map(|(_, value)| if let Value::Text(text) = value { &**text } else { "" }).collect();
        text(texts.join(&self.separator))
    }
}
