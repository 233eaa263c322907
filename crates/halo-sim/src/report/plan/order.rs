//! ORDER BY, OFFSET and FETCH, and whether rows already come in the order wanted.

use sqlparser::ast::{Expr, OrderByExpr, OrderByKind, OrderBySort, Query, Value as Literal};

use super::{Planner, offset_of};
use crate::report::error::{Res, fail, keyword, unknown};
use crate::report::exec::Plan;
use crate::report::exec::sort::By;
use crate::report::expr::Ex;
use crate::report::run::Cx;
use crate::report::value::Value;

/// What follows the body of a query.
pub(super) struct Order<'q> {
    pub(super) by: &'q [OrderByExpr],
    offset: Option<&'q Expr>,
    fetch: Option<&'q Expr>,
}

impl<'q> Order<'q> {
    pub(super) fn of(query: &'q Query) -> Res<Self> {
        let by = match query.order_by.as_ref().map(|order| &order.kind) {
            None => &[][..],
            Some(OrderByKind::Expressions(by)) => by,
            Some(OrderByKind::All(_)) => return keyword("ALL"),
        };
        let fetch = match &query.fetch {
            None => None,
            Some(fetch) if fetch.with_ties || fetch.percent => return unknown("FETCH with ties or percent"),
            Some(fetch) => fetch.quantity.as_ref(),
        };
        let order = Self { by, offset: offset_of(query)?, fetch };
        if order.by.is_empty() && order.is_cut() {
            return fail("Invalid usage of the option NEXT in the FETCH statement.");
        }
        Ok(order)
    }

    pub(super) fn none() -> Self {
        Self { by: &[], offset: None, fetch: None }
    }

    pub(super) fn is_sorted(&self) -> bool {
        !self.by.is_empty()
    }

    pub(super) fn is_cut(&self) -> bool {
        self.offset.is_some() || self.fetch.is_some()
    }
}

impl Planner<'_> {
    /// Rows to leave out and rows to give.
    pub(super) fn cut(&self, order: &Order<'_>) -> Res<(u64, Option<u64>)> {
        let skip = order.offset.map(|offset| self.count(offset, "OFFSET")).transpose()?;
        let take = order.fetch.map(|fetch| self.count(fetch, "FETCH")).transpose()?;
        Ok((skip.unwrap_or_default(), take))
    }

    /// A number of rows.
    pub(super) fn count(&self, expr: &Expr, clause: &str) -> Res<u64> {
        let scope = super::Scope::new(None);
        let (ex, ty) = self.expr(expr, &scope, super::Env { ctes: None, outer: None })?;
        let ex = super::cast::cast(ex, ty, crate::report::types::BIGINT);
        match ex.eval(Cx::new(self.run), &[])? {
            Value::Int(number) => match u64::try_from(number) {
                Ok(number) => Ok(number),
                Err(_) => fail(format!("A {clause} N value may not be negative.")),
            },
            _ => fail(format!(
                "The number of rows provided for a {clause} clauses row count parameter must be an integer."
            )),
        }
    }
}

pub(super) fn is_down(by: &OrderByExpr) -> bool {
    by.options.sort == Some(OrderBySort::Desc)
}

/// A bare number in ORDER BY: the place of a column, from 1.
pub(super) fn ordinal(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Value(value) => match &value.value {
            Literal::Number(digits, _) => digits.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

/// The plan, its rows sorted and cut.
pub(super) fn sorted(input: Plan, by: Vec<By>, skip: u64, take: Option<u64>) -> Plan {
    let keep = take.and_then(|take| usize::try_from(take.saturating_add(skip)).ok());
    let plan = match by.is_empty() || in_order(&input, &by) {
        true => input,
        false => Plan::Sort(Box::new(crate::report::exec::sort::Sort { input, by, keep })),
    };
    if skip > 0 || take.is_some() { Plan::Limit(Box::new(plan), skip, take) } else { plan }
}

/// Whether a plan gives its rows in this order by itself: that of the key of the table it starts from.
fn in_order(plan: &Plan, by: &[By]) -> bool {
    let (mut plan, mut joined) = (plan, false);
    loop {
        match plan {
            Plan::Filter(input, _) => plan = input,
            Plan::Join(join) if !join.keeps.right && !join.stream_right => (plan, joined) = (&join.left, true),
            Plan::Apply(left, ..) => (plan, joined) = (left, true),
            Plan::Scan(scan) => {
                let (key, columns) = (scan.table.key(), scan.table.columns());
                let matches = |(name, (ex, down)): (&&'static str, &By)| {
                    let Ex::Col(place) = ex else { return false };
                    let column = scan.columns.get(*place).and_then(|column| columns.get(*column));
                    !down && column.is_some_and(|column| column.name == *name)
                };
                let enough = !key.is_empty() && (!joined || by.len() <= key.len());
                return enough && key.iter().zip(by).all(matches);
            }
            _ => return false,
        }
    }
}
