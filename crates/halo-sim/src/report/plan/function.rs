//! Function calls: aggregates, window functions, those with a form of their own, and all others by table.

use std::cell::Cell;
use std::rc::Rc;

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, WindowFrameBound, WindowFrameUnits, WindowSpec,
    WindowType,
};

use super::cast::cast;
use super::expr::{Typed, chosen};
use super::order::is_down;
use super::scope::Scope;
use super::{Env, Planner, aggregate, builtin, parts_of};
use crate::report::dates::Part;
use crate::report::error::{Res, arity, fail, syntax, unknown};
use crate::report::exec::window::{What, Window};
use crate::report::expr::{Cmp, Ex, Pred};
use crate::report::types::{BIGINT, INT, Ty};
use crate::report::value::Value;

impl Planner<'_> {
    pub(super) fn function(&self, function: &Function, scope: &Scope<'_>, env: Env<'_>) -> Res<Typed> {
        let (_, name) = parts_of(&function.name)?;
        let name = name.to_lowercase();
        if function.filter.is_some() || function.null_treatment.is_some() {
            return unknown("this form of a function call");
        }
        match &function.over {
            Some(WindowType::WindowSpec(spec)) => self.window(&name, function, spec, scope, env),
            Some(WindowType::NamedWindow(_)) => unknown("named windows"),
            None if aggregate::is_aggregate(&name) => self.aggregate(&name, function, scope, env),
            None => self.plain(&name, &arguments(function)?, scope, env),
        }
    }

    fn plain(&self, name: &str, arguments: &[&Expr], scope: &Scope<'_>, env: Env<'_>) -> Res<Typed> {
        let value = |expr: &Expr| self.expr(expr, scope, env);
        match (name, arguments) {
            ("getdate" | "getutcdate" | "sysdatetime" | "sysutcdatetime" | "current_timestamp", []) => {
                Ok((Ex::Const(Value::Date(self.now)), Ty::DateTime))
            }
            ("isnull", [first, second]) => {
                let ((first, ty), (second, from)) = (value(first)?, value(second)?);
                let ty = if ty == Ty::Null { from } else { ty };
                Ok((Ex::Coalesce(vec![first, cast(second, from, ty)]), ty))
            }
            ("coalesce", [_, _, ..]) => {
                let choices = arguments.iter().map(|choice| value(choice)).collect::<Res<Vec<_>>>()?;
                let ty = choices.iter().fold(Ty::Null, |ty, (_, other)| ty.common(*other));
                Ok((Ex::Coalesce(choices.into_iter().map(|(ex, from)| cast(ex, from, ty)).collect()), ty))
            }
            ("nullif", [first, second]) => {
                let (first, second) = (value(first)?, value(second)?);
                let same = self.compare(Cmp::Eq, first.clone(), second);
                Ok((Ex::Case(vec![(same, Ex::Const(Value::Null))], Box::new(first.0)), first.1))
            }
            ("iif", [condition, yes, no]) => {
                Ok(chosen(vec![(self.pred(condition, scope, env)?, value(yes)?)], value(no)?))
            }
            ("choose", [place, choices @ ..]) if !choices.is_empty() => {
                let place = value(place)?;
                let mut branches: Vec<(Pred, Typed)> = Vec::new();
                for (number, choice) in (1..).zip(choices) {
                    let here = self.compare(Cmp::Eq, place.clone(), (Ex::Const(Value::Int(number)), INT));
                    branches.push((here, value(choice)?));
                }
                Ok(chosen(branches, (Ex::Const(Value::Null), Ty::Null)))
            }
            ("dateadd", [part, rest @ ..]) => self.dated("dateadd", part, rest, 2, scope, env),
            ("datediff" | "datediff_big", [part, rest @ ..]) => self.dated(name, part, rest, 2, scope, env),
            ("datepart" | "datename", [part, rest @ ..]) => self.dated(name, part, rest, 1, scope, env),
            ("isnull" | "nullif", _) => arity(name, 2),
            ("iif", _) => arity(name, 3),
            _ => self.call(name, arguments, scope, env),
        }
    }

    /// A function whose first argument is a bare word: a part of dates.
    fn dated(
        &self,
        name: &str,
        part: &Expr,
        rest: &[&Expr],
        wanted: usize,
        scope: &Scope<'_>,
        env: Env<'_>,
    ) -> Res<Typed> {
        if rest.len() != wanted {
            return arity(name, wanted + 1);
        }
        let Expr::Identifier(word) = part else {
            return fail(format!("Invalid parameter 1 specified for {name}."));
        };
        let part = Part::named(&word.value, name)?;
        let mut arguments = vec![(Ex::Const(Value::Int(part.number())), INT)];
        for argument in rest {
            arguments.push(self.expr(argument, scope, env)?);
        }
        builtin::call(name, arguments)
    }

    fn window(
        &self,
        name: &str,
        function: &Function,
        spec: &WindowSpec,
        scope: &Scope<'_>,
        env: Env<'_>,
    ) -> Res<Typed> {
        // Nothing inside may be a window function again, and none may stand in WHERE or GROUP BY.
        let Some(known) = scope.windows.borrow_mut().take() else {
            return fail("Windowed functions can only appear in the SELECT or ORDER BY clauses.");
        };
        let compiled = self.window_of(name, function, spec, scope, env);
        *scope.windows.borrow_mut() = Some(known);
        let (window, ty) = compiled?;
        let place = Rc::new(Cell::new(usize::MAX));
        if let Some(windows) = &mut *scope.windows.borrow_mut() {
            windows.push((window, Rc::clone(&place)));
        }
        Ok((Ex::Late(place), ty))
    }

    fn window_of(
        &self,
        name: &str,
        function: &Function,
        spec: &WindowSpec,
        scope: &Scope<'_>,
        env: Env<'_>,
    ) -> Res<(Window, Ty)> {
        let parts = spec.partition_by.iter().map(|part| Ok(self.expr(part, scope, env)?.0)).collect::<Res<Vec<_>>>()?;
        let order = spec.order_by.iter().map(|by| Ok((self.expr(&by.expr, scope, env)?.0, is_down(by))));
        let order = order.collect::<Res<Vec<_>>>()?;
        let ranking = matches!(
            name,
            "row_number" | "rank" | "dense_rank" | "ntile" | "lag" | "lead" | "first_value" | "last_value"
        );
        if ranking && order.is_empty() {
            return fail(format!("The function '{name}' must have an OVER clause with ORDER BY."));
        }
        if aggregate::is_aggregate(name) {
            let agg = self.aggregate_of(name, function, scope, env)?;
            let ty = agg.ty;
            return Ok((Window { what: What::Agg(Box::new(agg), peers(spec)?), parts, order }, ty));
        }
        let (what, ty) = match (name, arguments(function)?.as_slice()) {
            ("row_number", []) => (What::RowNumber, BIGINT),
            ("rank", []) => (What::Rank, BIGINT),
            ("dense_rank", []) => (What::DenseRank, BIGINT),
            ("ntile", [tiles]) => match self.whole(tiles, scope, env)? {
                tiles if tiles > 0 => (What::Tiles(tiles), BIGINT),
                _ => return fail("The function 'NTILE' takes only a positive int or bigint expression as its input."),
            },
            ("lag" | "lead", [value, rest @ ..]) if rest.len() <= 2 => {
                let (value, ty) = self.expr(value, scope, env)?;
                let by = rest.first().map(|by| self.whole(by, scope, env)).transpose()?.unwrap_or(1);
                let otherwise = rest.get(1).map(|other| self.expr(other, scope, env)).transpose()?;
                let otherwise = otherwise.map_or(Ex::Const(Value::Null), |(ex, from)| cast(ex, from, ty));
                (What::Shift(value, if name == "lag" { -by } else { by }, otherwise), ty)
            }
            ("first_value", [value]) => {
                let (value, ty) = self.expr(value, scope, env)?;
                (What::First(value), ty)
            }
            ("last_value", [value]) => {
                let (value, ty) = self.expr(value, scope, env)?;
                (What::Last(value), ty)
            }
            _ if aggregate::is_aggregate(name) => {
                let agg = self.aggregate_of(name, function, scope, env)?;
                let ty = agg.ty;
                (What::Agg(Box::new(agg), peers(spec)?), ty)
            }
            _ => {
                return fail(format!(
                    "The function '{name}' is not a valid windowing function, and cannot be used with the OVER clause."
                ));
            }
        };
        Ok((Window { what, parts, order }, ty))
    }
}

/// Whether a running aggregate takes rows that ORDER BY does not tell apart together.
fn peers(spec: &WindowSpec) -> Res<bool> {
    let Some(frame) = &spec.window_frame else { return Ok(true) };
    let whole = matches!(frame.start_bound, WindowFrameBound::Preceding(None))
        && matches!(frame.end_bound, None | Some(WindowFrameBound::CurrentRow));
    match frame.units {
        WindowFrameUnits::Rows if whole => Ok(false),
        WindowFrameUnits::Range if whole => Ok(true),
        _ => unknown("window frames other than from the first row to the present one"),
    }
}

/// The arguments of a call, all of which must be plain expressions.
pub(super) fn arguments(function: &Function) -> Res<Vec<&Expr>> {
    let list = match &function.args {
        FunctionArguments::None => return Ok(Vec::new()),
        FunctionArguments::Subquery(_) => return syntax("SELECT"),
        FunctionArguments::List(list) => list,
    };
    let plain = |argument: &'_ FunctionArg| matches!(argument, FunctionArg::Unnamed(FunctionArgExpr::Expr(_)));
    if !list.args.iter().all(plain) {
        return syntax("*");
    }
    let exprs = list.args.iter().filter_map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    });
    Ok(exprs.collect())
}
