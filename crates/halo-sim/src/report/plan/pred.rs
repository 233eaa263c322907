//! Conditions.

use std::rc::Rc;

use sqlparser::ast::{BinaryOperator, Expr, InTarget, Query, UnaryOperator};

use super::cast::{cast, fold};
use super::expr::{ONE_COLUMN, Typed};
use super::scope::Scope;
use super::{Env, Planner};
use crate::report::error::{Res, fail, unknown};
use crate::report::exec::Plan;
use crate::report::expr::{Cmp, Ex, Pred};
use crate::report::like::Pattern;
use crate::report::sub::Sub;
use crate::report::types::{NVARCHAR, Ty};
use crate::report::value::{Key, Value};

/// Lists of constants from this length on are looked up, not compared one by one.
const LONG_LIST: usize = 9;

impl Planner<'_> {
    /// The parts of WHERE that are joined by AND.
    pub(super) fn conditions(&self, condition: Option<&Expr>, scope: &Scope<'_>, env: Env<'_>) -> Res<Vec<Pred>> {
        let mut parts = Vec::new();
        if let Some(condition) = condition {
            scope.clause.set("WHERE clause");
            self.pred(condition, scope, env)?.split(&mut parts);
        }
        Ok(parts)
    }

    pub(super) fn pred(&self, expr: &Expr, scope: &Scope<'_>, env: Env<'_>) -> Res<Pred> {
        let _guard = self.deeper()?;
        match expr {
            Expr::Nested(inner) => self.pred(inner, scope, env),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => Ok(not(self.pred(expr, scope, env)?)),
            Expr::BinaryOp { op: op @ (BinaryOperator::And | BinaryOperator::Or), .. } => {
                let parts = chain(expr, op).into_iter().map(|part| self.pred(part, scope, env));
                let parts = parts.collect::<Res<Vec<_>>>()?;
                Ok(if *op == BinaryOperator::And { Pred::And(parts) } else { Pred::Or(parts) })
            }
            Expr::BinaryOp { left, op, right } => match comparison(op) {
                Some(cmp) => Ok(self.compare(cmp, self.expr(left, scope, env)?, self.expr(right, scope, env)?)),
                None => no_condition(expr),
            },
            Expr::IsNull(inner) => Ok(Pred::IsNull(self.expr(inner, scope, env)?.0)),
            Expr::IsNotNull(inner) => Ok(not(Pred::IsNull(self.expr(inner, scope, env)?.0))),
            Expr::Between { expr, negated, low, high } => {
                let value = self.expr(expr, scope, env)?;
                let low = self.compare(Cmp::Ge, value.clone(), self.expr(low, scope, env)?);
                let high = self.compare(Cmp::Le, value, self.expr(high, scope, env)?);
                Ok(not_if(*negated, Pred::And(vec![low, high])))
            }
            Expr::In { expr, target, negated, .. } => {
                let value = self.expr(expr, scope, env)?;
                let condition = match target {
                    InTarget::List(choices) => self.in_list(value, choices, scope, env)?,
                    InTarget::Subquery(query) => self.in_query(value, query, scope, env)?,
                    _ => return unknown("this form of IN"),
                };
                Ok(not_if(*negated, condition))
            }
            Expr::Like { negated, any: false, expr, pattern, escape_char } => {
                let as_text =
                    |part: &Expr| self.expr(part, scope, env).map(|(ex, ty)| fold(cast(ex, ty, NVARCHAR), self.run));
                let (value, pattern) = (as_text(expr)?, as_text(pattern)?);
                let escape = escape_char.as_deref().map(as_text).transpose()?;
                Ok(not_if(*negated, like(value, pattern, escape)))
            }
            Expr::Exists { subquery, negated } => {
                let planned = self.sub(subquery, scope, env)?;
                Ok(not_if(*negated, Pred::Exists(Rc::new(Sub::new(planned.plan, planned.escaped)))))
            }
            Expr::AnyOp { left, compare_op, right, .. } => self.each(left, compare_op, right, false, scope, env),
            Expr::AllOp { left, compare_op, right } => self.each(left, compare_op, right, true, scope, env),
            _ => no_condition(expr),
        }
    }

    /// Two values compared in one type.
    pub(super) fn compare(&self, cmp: Cmp, (left, left_ty): Typed, (right, right_ty): Typed) -> Pred {
        let ty: Ty = left_ty.common(right_ty);
        let side = |ex, from| fold(cast(ex, from, ty), self.run);
        Pred::Cmp(cmp, side(left, left_ty), side(right, right_ty))
    }

    fn in_list(&self, value: Typed, choices: &[Expr], scope: &Scope<'_>, env: Env<'_>) -> Res<Pred> {
        let choices = choices.iter().map(|choice| self.expr(choice, scope, env)).collect::<Res<Vec<_>>>()?;
        let ty = choices.iter().fold(value.1, |ty, (_, other)| ty.common(*other));
        let value = cast(value.0, value.1, ty);
        let choices: Vec<Ex> = choices.into_iter().map(|(ex, from)| fold(cast(ex, from, ty), self.run)).collect();
        let keys: Option<Vec<Key>> =
            choices.iter().map(|choice| if let Ex::Const(value) = choice { Some(value.key()) } else { None }).collect();
        Ok(match keys.filter(|keys| keys.len() >= LONG_LIST) {
            Some(keys) => {
                let with_null = keys.contains(&Key::Null);
                Pred::InSet(value, Rc::new(keys.into_iter().collect()), with_null)
            }
            None => Pred::In(value, choices),
        })
    }

    fn in_query(&self, value: Typed, query: &Query, scope: &Scope<'_>, env: Env<'_>) -> Res<Pred> {
        let (value, sub) = self.beside(value, query, scope, env)?;
        Ok(Pred::InSub(value, sub))
    }

    /// A value and the one column of a query, both in one type.
    fn beside(&self, value: Typed, query: &Query, scope: &Scope<'_>, env: Env<'_>) -> Res<(Ex, Rc<Sub>)> {
        let planned = self.sub(query, scope, env)?;
        let [column] = planned.columns.as_slice() else { return fail(ONE_COLUMN) };
        let ty = value.1.common(column.ty);
        let plan = match cast(Ex::Col(0), column.ty, ty) {
            Ex::Col(_) => planned.plan,
            changed => Plan::Project(Box::new(planned.plan), vec![changed]),
        };
        Ok((cast(value.0, value.1, ty), Rc::new(Sub::new(plan, planned.escaped))))
    }

    fn each(
        &self,
        left: &Expr,
        op: &BinaryOperator,
        right: &Expr,
        all: bool,
        scope: &Scope<'_>,
        env: Env<'_>,
    ) -> Res<Pred> {
        let (Some(cmp), Expr::Subquery(query)) = (comparison(op), right) else { return no_condition(right) };
        let (value, sub) = self.beside(self.expr(left, scope, env)?, query, scope, env)?;
        Ok(Pred::Each(cmp, value, sub, all))
    }
}

/// The parts of `a AND b AND c`, without going deep.
fn chain<'e>(expr: &'e Expr, op: &BinaryOperator) -> Vec<&'e Expr> {
    let (mut parts, mut rest) = (Vec::new(), expr);
    while let Expr::BinaryOp { left, op: this, right } = rest
        && this == op
    {
        parts.push(&**right);
        rest = left;
    }
    parts.push(rest);
    parts.reverse();
    parts
}

fn not(condition: Pred) -> Pred {
    Pred::Not(Box::new(condition))
}

fn not_if(negated: bool, condition: Pred) -> Pred {
    if negated { not(condition) } else { condition }
}

fn like(value: Ex, pattern: Ex, escape: Option<Ex>) -> Pred {
    match (&pattern, &escape) {
        (Ex::Const(Value::Text(pattern)), None) => Pred::Matches(value, Rc::new(Pattern::new(pattern, None))),
        (Ex::Const(Value::Text(pattern)), Some(Ex::Const(Value::Text(escape)))) => {
            Pred::Matches(value, Rc::new(Pattern::new(pattern, escape.chars().next())))
        }
        _ => Pred::Like(value, pattern, escape),
    }
}

fn comparison(op: &BinaryOperator) -> Option<Cmp> {
    Some(match op {
        BinaryOperator::Eq => Cmp::Eq,
        BinaryOperator::NotEq => Cmp::Ne,
        BinaryOperator::Lt => Cmp::Lt,
        BinaryOperator::LtEq => Cmp::Le,
        BinaryOperator::Gt => Cmp::Gt,
        BinaryOperator::GtEq => Cmp::Ge,
        _ => return None,
    })
}

fn no_condition<T>(near: &Expr) -> Res<T> {
    let shown: String = near.to_string().chars().take(40).collect();
    fail(format!(
        "An expression of non-boolean type specified in a context where a condition is expected, near '{shown}'."
    ))
}
