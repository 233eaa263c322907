//! Subqueries in expressions. One that does not depend on the row around it runs once.

use std::cell::OnceCell;
use std::collections::HashSet;

use super::error::{Res, fail};
use super::exec::{Flow, Plan};
use super::expr::Cmp;
use super::run::{Cx, Frame, Kept};
use super::value::{Key, Value};

/// See the module.
pub(super) struct Sub {
    pub(super) plan: Plan,
    /// Whether it names columns of the query around it.
    pub(super) correlated: bool,
    rows: OnceCell<Rows>,
}

/// The first column of all rows.
struct Rows {
    values: Vec<Value>,
    keys: HashSet<Key>,
    with_null: bool,
}

impl PartialEq for Sub {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl std::fmt::Debug for Sub {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("(SELECT)")
    }
}

const MANY: &str = "Subquery returned more than 1 value. This is not permitted when the subquery follows =, !=, <, <= \
    , >, >= \
    or when the subquery is used as an expression.";

impl Sub {
    pub(super) fn new(plan: Plan, correlated: bool) -> Self {
        Self { plan, correlated, rows: OnceCell::new() }
    }

    /// Calls `see` with the first column of each row.
    fn each(&self, cx: Cx<'_>, row: &[Value], see: &mut dyn FnMut(&Value) -> Res<Flow>) -> Res<()> {
        let frame = Frame { row, outer: cx.outer };
        let inner = Cx { outer: Some(&frame), ..cx };
        self.plan.run(inner, &mut |_, row| see(row.first().unwrap_or(&Value::Null)))?;
        Ok(())
    }

    fn rows(&self, cx: Cx<'_>) -> Res<&Rows> {
        if let Some(rows) = self.rows.get() {
            return Ok(rows);
        }
        let kept = Kept::new(cx.run);
        let (mut values, mut keys, mut with_null) = (Vec::new(), HashSet::new(), false);
        self.each(cx, &[], &mut |value| {
            kept.add(std::slice::from_ref(value))?;
            with_null |= value.is_null();
            keys.insert(value.key());
            values.push(value.clone());
            Ok(Flow::More)
        })?;
        kept.for_good();
        Ok(self.rows.get_or_init(|| Rows { values, keys, with_null }))
    }

    pub(super) fn scalar(&self, cx: Cx<'_>, row: &[Value]) -> Res<Value> {
        if !self.correlated {
            return match self.rows(cx)?.values.as_slice() {
                [] => Ok(Value::Null),
                [one] => Ok(one.clone()),
                _ => fail(MANY),
            };
        }
        let mut found = None;
        self.each(cx, row, &mut |value| match found.replace(value.clone()) {
            None => Ok(Flow::More),
            Some(_) => fail(MANY),
        })?;
        Ok(found.unwrap_or(Value::Null))
    }

    pub(super) fn exists(&self, cx: Cx<'_>, row: &[Value]) -> Res<bool> {
        if !self.correlated {
            return Ok(!self.rows(cx)?.values.is_empty());
        }
        let mut found = false;
        self.each(cx, row, &mut |_| {
            found = true;
            Ok(Flow::Enough)
        })?;
        Ok(found)
    }

    /// IN: true when one row is equal, unknown when none is and NULL is among them.
    pub(super) fn contains(&self, cx: Cx<'_>, row: &[Value], wanted: &Value) -> Res<Option<bool>> {
        if self.correlated {
            return self.compare(cx, row, wanted, Cmp::Eq, false);
        }
        let rows = self.rows(cx)?;
        Ok(match wanted {
            _ if rows.values.is_empty() => Some(false),
            Value::Null => None,
            wanted if rows.keys.contains(&wanted.key()) => Some(true),
            _ => (!rows.with_null).then_some(false),
        })
    }

    /// ANY and ALL.
    pub(super) fn compare(&self, cx: Cx<'_>, row: &[Value], wanted: &Value, cmp: Cmp, all: bool) -> Res<Option<bool>> {
        let (mut decided, mut unknown) = (false, false);
        let mut see = |value: &Value| match wanted.compare(value).map(|order| cmp.holds(order)) {
            Some(holds) if holds != all => {
                decided = true;
                Ok(Flow::Enough)
            }
            answer => {
                unknown |= answer.is_none();
                Ok(Flow::More)
            }
        };
        if self.correlated {
            self.each(cx, row, &mut see)?;
        } else {
            for value in &self.rows(cx)?.values {
                if see(value)? == Flow::Enough {
                    break;
                }
            }
        }
        Ok(match (decided, unknown) {
            (true, _) => Some(!all),
            (false, true) => None,
            (false, false) => Some(all),
        })
    }
}
