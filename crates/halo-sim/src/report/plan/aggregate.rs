//! Aggregates: which calls are some, and what they work out.

use sqlparser::ast::{DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, InTarget};

use super::cast::cast;
use super::expr::Typed;
use super::function::arguments;
use super::order::is_down;
use super::scope::Scope;
use super::{Env, Planner, parts_of};
use crate::report::error::{Res, arity, fail};
use crate::report::exec::group::{Agg, What};
use crate::report::expr::Ex;
use crate::report::types::{BIGINT, INT, NVARCHAR, Ty, Width};
use crate::report::value::Value;

const NAMES: [(&str, What); 9] = [
    ("count", What::Count),
    ("count_big", What::Count),
    ("sum", What::Sum),
    ("avg", What::Avg),
    ("min", What::Min),
    ("max", What::Max),
    ("string_agg", What::Join),
    ("stdev", What::Deviation),
    ("var", What::Variance),
];

fn named(name: &str) -> Option<What> {
    NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, what)| *what)
}

pub(super) fn is_aggregate(name: &str) -> bool {
    named(name).is_some()
}

/// Whether a plain aggregate stands in the expression; those of subqueries and windows are not its own.
pub(super) fn has_aggregate(expr: &Expr) -> bool {
    match expr {
        Expr::Function(function) => {
            let own = function.over.is_none() && parts_of(&function.name).is_ok_and(|(_, name)| is_aggregate(name));
            own || windowed(function) || arguments(function).is_ok_and(|inner| inner.into_iter().any(has_aggregate))
        }
        Expr::BinaryOp { .. } => chain(expr).into_iter().any(has_aggregate),
        Expr::Nested(inner)
        | Expr::IsNull(inner)
        | Expr::IsNotNull(inner)
        | Expr::UnaryOp { expr: inner, .. }
        | Expr::Cast { expr: inner, .. }
        | Expr::Convert { expr: inner, .. }
        | Expr::Ceil { expr: inner, .. }
        | Expr::Floor { expr: inner, .. }
        | Expr::Trim { expr: inner, .. }
        | Expr::Collate { expr: inner, .. }
        | Expr::Substring { expr: inner, .. }
        | Expr::AtTimeZone { timestamp: inner, .. }
        | Expr::Like { expr: inner, .. } => has_aggregate(inner),
        Expr::Between { expr, low, high, .. } => [expr, low, high].into_iter().any(|part| has_aggregate(part)),
        Expr::In { expr, target, .. } => {
            has_aggregate(expr) || matches!(target, InTarget::List(list) if list.iter().any(has_aggregate))
        }
        Expr::Case { operand, conditions, else_result, .. } => {
            let branch =
                |when: &sqlparser::ast::CaseWhen| has_aggregate(&when.condition) || has_aggregate(&when.result);
            operand.iter().chain(else_result).any(|part| has_aggregate(part)) || conditions.iter().any(branch)
        }
        _ => false,
    }
}

/// An aggregate inside what a window function looks at.
fn windowed(function: &Function) -> bool {
    let Some(sqlparser::ast::WindowType::WindowSpec(spec)) = &function.over else { return false };
    spec.partition_by.iter().any(has_aggregate) || spec.order_by.iter().any(|by| has_aggregate(&by.expr))
}

/// Both sides of each operator of a left-deep expression, without going deep on the left.
fn chain(expr: &Expr) -> Vec<&Expr> {
    let (mut parts, mut rest) = (Vec::new(), expr);
    while let Expr::BinaryOp { left, right, .. } = rest {
        parts.push(&**right);
        rest = left;
    }
    parts.push(rest);
    parts
}

impl Planner<'_> {
    /// An aggregate of the groups of this SELECT.
    pub(super) fn aggregate(&self, name: &str, function: &Function, scope: &Scope<'_>, env: Env<'_>) -> Res<Typed> {
        if !scope.grouped.get() {
            return fail(match scope.clause.get() {
                "WHERE clause" => {
                    "An aggregate may not appear in the WHERE clause unless it is in a subquery contained in a HAVING \
                        clause or a select list, and the column being aggregated is an outer reference."
                }
                _ => "Cannot perform an aggregate function on an expression containing an aggregate or a subquery.",
            });
        }
        scope.grouped.set(false);
        let windows = scope.windows.borrow_mut().take();
        let agg = self.aggregate_of(name, function, scope, env);
        *scope.windows.borrow_mut() = windows;
        scope.grouped.set(true);
        let agg = agg?;
        let mut grouping = scope.grouping.borrow_mut();
        let Some(grouping) = &mut *grouping else { return fail("There is nothing to aggregate.") };
        let ty = agg.ty;
        let place = match grouping.aggs.iter().position(|known| *known == agg) {
            Some(place) => place,
            None => {
                grouping.aggs.push(agg);
                grouping.aggs.len() - 1
            }
        };
        Ok((Ex::Col(grouping.keys.len() + place), ty))
    }

    pub(super) fn aggregate_of(&self, name: &str, function: &Function, scope: &Scope<'_>, env: Env<'_>) -> Res<Agg> {
        let what = named(name).unwrap_or(What::Count);
        let (distinct, starred) = match &function.args {
            FunctionArguments::List(list) => (
                list.duplicate_treatment == Some(DuplicateTreatment::Distinct),
                matches!(list.args.as_slice(), [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]),
            ),
            _ => (false, false),
        };
        let counted = if name == "count_big" { BIGINT } else { INT };
        if starred && what == What::Count {
            return Ok(Agg {
                what,
                distinct: false,
                of: None,
                ty: counted,
                separator: String::new(),
                order: Vec::new(),
            });
        }
        let arguments = arguments(function)?;
        let (of, rest) = match arguments.as_slice() {
            [of, rest @ ..] if rest.len() == usize::from(what == What::Join) => (of, rest),
            _ => return arity(name, 1 + usize::from(what == What::Join)),
        };
        let (of, from) = self.expr(of, scope, env)?;
        let (input, ty) = match what {
            What::Count => (from, counted),
            _ => types(name, what, from)?,
        };
        let separator = match rest.first() {
            None => String::new(),
            Some(separator) => match self.expr(separator, scope, env)?.0 {
                Ex::Const(Value::Text(separator)) => separator.to_string(),
                _ => return fail("Separator parameter for STRING_AGG must be a string literal or variable."),
            },
        };
        let order = function.within_group.iter().map(|by| Ok((self.expr(&by.expr, scope, env)?.0, is_down(by))));
        Ok(Agg {
            what,
            distinct,
            of: Some(cast(of, from, input)),
            ty,
            separator,
            order: order.collect::<Res<Vec<_>>>()?,
        })
    }
}

/// The type in which values are taken, and that of the result.
fn types(name: &str, what: What, from: Ty) -> Res<(Ty, Ty)> {
    let wrong = || fail(format!("Operand data type {} is invalid for {name} operator.", from.name()));
    match (what, from) {
        (What::Join, _) => Ok((NVARCHAR, NVARCHAR)),
        (What::Deviation | What::Variance, ty) if ty.is_number() => Ok((Ty::Float, Ty::Float)),
        (_, Ty::Bit) => wrong(),
        (What::Min | What::Max, ty) => Ok((ty, ty)),
        (_, Ty::Int(Width::Big)) => Ok((BIGINT, BIGINT)),
        (_, Ty::Int(_)) => Ok((INT, INT)),
        (What::Sum, Ty::Dec { scale, .. }) => Ok((from, Ty::Dec { precision: 38, scale })),
        (_, Ty::Dec { scale, .. }) => Ok((from, Ty::Dec { precision: 38, scale: scale.max(6) })),
        (_, Ty::Money | Ty::Float) => Ok((from, from)),
        _ => wrong(),
    }
}
