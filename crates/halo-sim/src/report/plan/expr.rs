//! Expressions that give a value.

use std::rc::Rc;

use sqlparser::ast::{
    BinaryOperator, CaseWhen, CastKind, CeilFloorKind, DataType, Expr, Ident, TrimWhereField, UnaryOperator,
    Value as Literal,
};

use super::cast::{cast, fold};
use super::scope::Scope;
use super::{Env, Planner};
use crate::report::arith::{self, Op};
use crate::report::convert::{Target, parse_exact};
use crate::report::error::{Res, fail, keyword, syntax, unknown};
use crate::report::expr::{Cmp, Ex, Pred};
use crate::report::parse::is_reserved;
use crate::report::sub::Sub;
use crate::report::types::{self, BIGINT, INT, NVARCHAR, Ty, VARCHAR, decimal};
use crate::report::value::{Dec, Value, text};

pub(super) type Typed = (Ex, Ty);

impl Planner<'_> {
    pub(super) fn expr(&self, expr: &Expr, scope: &Scope<'_>, env: Env<'_>) -> Res<Typed> {
        let _guard = self.deeper()?;
        if let Some(key) = self.group_key(expr, scope, env) {
            return Ok(key);
        }
        let (ex, ty) = self.expr_within(expr, scope, env)?;
        Ok((fold(ex, self.run), ty))
    }

    /// The place of an expression that was grouped by as a whole.
    fn group_key(&self, expr: &Expr, scope: &Scope<'_>, env: Env<'_>) -> Option<Typed> {
        let whole = |key: &Typed| !matches!(key.0, Ex::Col(_));
        let possible = scope.grouped.get()
            && scope.grouping.borrow().as_ref().is_some_and(|grouping| grouping.keys.iter().any(whole));
        if !possible
            || matches!(expr, Expr::Value(_) | Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Subquery(_))
        {
            return None;
        }
        scope.grouped.set(false);
        let windows = scope.windows.borrow_mut().take();
        let compiled = if super::aggregate::has_aggregate(expr) { None } else { self.expr(expr, scope, env).ok() };
        *scope.windows.borrow_mut() = windows;
        scope.grouped.set(true);
        let grouping = scope.grouping.borrow();
        let keys = &grouping.as_ref()?.keys;
        let place = keys.iter().position(|key| compiled.as_ref() == Some(key))?;
        Some((Ex::Col(place), keys[place].1))
    }

    fn expr_within(&self, expr: &Expr, scope: &Scope<'_>, env: Env<'_>) -> Res<Typed> {
        match expr {
            Expr::Identifier(ident) => identifier(ident, scope),
            Expr::CompoundIdentifier(idents) => match idents.as_slice() {
                [.., table, column] => scope.column(Some(&table.value), &column.value),
                _ => syntax("."),
            },
            Expr::Value(value) => literal(&value.value),
            Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => self.expr(inner, scope, env),
            Expr::UnaryOp { op, expr } => self.unary(*op, expr, scope, env),
            Expr::BinaryOp { left, op, right } => match operator(op) {
                Some(op) => {
                    let (left, right) = (self.expr(left, scope, env)?, self.expr(right, scope, env)?);
                    arithmetic(op, left, right)
                }
                None => syntax(op),
            },
            Expr::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref(), scope, env)
            }
            Expr::Cast { kind, expr, data_type, format: None } => {
                self.convert(expr, data_type, 0, *kind == CastKind::TryCast, scope, env)
            }
            Expr::Convert { is_try, expr, data_type: Some(data_type), styles, .. } => {
                let style = match styles.first() {
                    Some(style) => self.whole(style, scope, env)?,
                    None => 0,
                };
                self.convert(expr, data_type, style, *is_try, scope, env)
            }
            Expr::Subquery(query) => {
                let planned = self.sub(query, scope, env)?;
                let [column] = planned.columns.as_slice() else { return fail(ONE_COLUMN) };
                let ty = column.ty;
                Ok((Ex::Scalar(Rc::new(Sub::new(planned.plan, planned.escaped))), ty))
            }
            Expr::Function(function) => self.function(function, scope, env),
            Expr::Substring { expr, substring_from: Some(from), substring_for: Some(length), .. } => {
                self.call("substring", &[expr, from, length], scope, env)
            }
            Expr::Trim { trim_where, trim_what: None, expr, trim_characters: None } => match trim_where {
                None | Some(TrimWhereField::Both) => self.call("trim", &[expr], scope, env),
                Some(TrimWhereField::Leading) => self.call("ltrim", &[expr], scope, env),
                Some(TrimWhereField::Trailing) => self.call("rtrim", &[expr], scope, env),
            },
            Expr::Ceil { expr, field: CeilFloorKind::DateTimeField(_) } => self.call("ceiling", &[expr], scope, env),
            Expr::Floor { expr, field: CeilFloorKind::DateTimeField(_) } => self.call("floor", &[expr], scope, env),
            Expr::AtTimeZone { timestamp, time_zone } => self.at_time_zone(timestamp, time_zone, scope, env),
            Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::In { .. }
            | Expr::Between { .. }
            | Expr::Like { .. }
            | Expr::Exists { .. } => keyword(predicate_word(expr)),
            _ => unknown("this expression"),
        }
    }

    fn unary(&self, op: UnaryOperator, inner: &Expr, scope: &Scope<'_>, env: Env<'_>) -> Res<Typed> {
        match op {
            UnaryOperator::Plus => self.expr(inner, scope, env),
            UnaryOperator::Minus => {
                let (ex, ty) = self.expr(inner, scope, env)?;
                let ty = if ty.is_text() { INT } else { ty };
                arithmetic(Op::Sub, (Ex::Const(Value::Int(0)), INT), (ex, ty)).map(|(ex, _)| (ex, ty))
            }
            UnaryOperator::BitwiseNot => {
                let minus_one = (Ex::Const(Value::Int(-1)), INT);
                arithmetic(Op::Xor, self.expr(inner, scope, env)?, minus_one)
            }
            UnaryOperator::Not => keyword("NOT"),
            _ => syntax(op),
        }
    }

    fn case(
        &self,
        operand: Option<&Expr>,
        conditions: &[CaseWhen],
        otherwise: Option<&Expr>,
        scope: &Scope<'_>,
        env: Env<'_>,
    ) -> Res<Typed> {
        let operand = operand.map(|operand| self.expr(operand, scope, env)).transpose()?;
        let mut branches = Vec::new();
        for CaseWhen { condition, result } in conditions {
            let condition = match &operand {
                None => self.pred(condition, scope, env)?,
                Some(operand) => {
                    let choice = self.expr(condition, scope, env)?;
                    self.compare(Cmp::Eq, operand.clone(), choice)
                }
            };
            branches.push((condition, self.expr(result, scope, env)?));
        }
        let otherwise = otherwise.map(|otherwise| self.expr(otherwise, scope, env)).transpose()?;
        Ok(chosen(branches, otherwise.unwrap_or((Ex::Const(Value::Null), Ty::Null))))
    }

    fn convert(
        &self,
        inner: &Expr,
        to: &DataType,
        style: i64,
        or_null: bool,
        scope: &Scope<'_>,
        env: Env<'_>,
    ) -> Res<Typed> {
        let (ty, length) = types::target(to)?;
        let (ex, from) = self.expr(inner, scope, env)?;
        let (ex, target) = (Box::new(ex), Target { ty, length, style });
        Ok((if or_null { Ex::TryCast(ex, from, target) } else { Ex::Cast(ex, from, target) }, ty))
    }

    /// A whole number that is the same for all rows.
    pub(super) fn whole(&self, expr: &Expr, scope: &Scope<'_>, env: Env<'_>) -> Res<i64> {
        let (ex, ty) = self.expr(expr, scope, env)?;
        match fold(cast(ex, ty, BIGINT), self.run) {
            Ex::Const(Value::Int(number)) => Ok(number),
            _ => fail("An invalid parameter or option was specified: a constant whole number is needed."),
        }
    }

    /// A function of the table of built-in ones, by name.
    pub(super) fn call(&self, name: &str, arguments: &[&Expr], scope: &Scope<'_>, env: Env<'_>) -> Res<Typed> {
        let arguments = arguments.iter().map(|argument| self.expr(argument, scope, env)).collect::<Res<Vec<_>>>()?;
        super::builtin::call(name, arguments)
    }

    /// Stored times are UTC: the first zone named says so, the second one moves them.
    fn at_time_zone(&self, at: &Expr, zone: &Expr, scope: &Scope<'_>, env: Env<'_>) -> Res<Typed> {
        let (zone, _) = self.expr(zone, scope, env)?;
        let Ex::Const(Value::Text(zone)) = zone else { return unknown("time zones that are no constant") };
        let (ex, ty) = self.expr(at, scope, env)?;
        let ex = cast(ex, ty, Ty::DateTime);
        match zone.to_lowercase().as_str() {
            "utc" => Ok((ex, Ty::DateTime)),
            "gmt standard time" => super::builtin::call("at_london", vec![(ex, Ty::DateTime)]),
            _ => fail(format!("The time zone parameter '{zone}' provided to AT TIME ZONE clause is invalid.")),
        }
    }
}

pub(super) const ONE_COLUMN: &str = "Only one expression can be specified in the select list when the subquery is not \
    introduced \
    with EXISTS.";

/// CASE and its kin: the first branch whose condition holds, all in one type.
pub(super) fn chosen(branches: Vec<(Pred, Typed)>, otherwise: Typed) -> Typed {
    let ty = branches.iter().fold(otherwise.1, |ty, (_, (_, other))| ty.common(*other));
    let branches = branches.into_iter().map(|(condition, (ex, from))| (condition, cast(ex, from, ty))).collect();
    (Ex::Case(branches, Box::new(cast(otherwise.0, otherwise.1, ty))), ty)
}

pub(super) fn arithmetic(op: Op, (left, left_ty): Typed, (right, right_ty): Typed) -> Res<Typed> {
    let texts = |ty: Ty| ty.is_text() || ty == Ty::Null;
    if op == Op::Add && texts(left_ty) && texts(right_ty) && (left_ty.is_text() || right_ty.is_text()) {
        return Ok((Ex::Concat(Box::new(left), Box::new(right)), left_ty.common(right_ty)));
    }
    let (sides, result) = arith::types(op, left_ty, right_ty)?;
    let (left, right) = (cast(left, left_ty, sides), cast(right, right_ty, sides));
    Ok((Ex::Arith(op, Box::new(left), Box::new(right), result), result))
}

fn operator(op: &BinaryOperator) -> Option<Op> {
    Some(match op {
        BinaryOperator::Plus => Op::Add,
        BinaryOperator::Minus => Op::Sub,
        BinaryOperator::Multiply => Op::Mul,
        BinaryOperator::Divide => Op::Div,
        BinaryOperator::Modulo => Op::Mod,
        BinaryOperator::BitwiseAnd => Op::And,
        BinaryOperator::BitwiseOr => Op::Or,
        BinaryOperator::BitwiseXor => Op::Xor,
        _ => return None,
    })
}

fn predicate_word(expr: &Expr) -> &'static str {
    match expr {
        Expr::In { .. } => "IN",
        Expr::Between { .. } => "BETWEEN",
        Expr::Like { .. } => "LIKE",
        Expr::Exists { .. } => "EXISTS",
        _ => "IS",
    }
}

fn identifier(ident: &Ident, scope: &Scope<'_>) -> Res<Typed> {
    let name = &ident.value;
    if ident.quote_style.is_none() && name.starts_with('@') {
        return fail(format!("Must declare the scalar variable \"{name}\"."));
    }
    if ident.quote_style.is_none() && is_reserved(name) {
        return keyword(&name.to_uppercase());
    }
    scope.column(None, name)
}

fn literal(value: &Literal) -> Res<Typed> {
    match value {
        Literal::Number(digits, _) => number(digits),
        Literal::SingleQuotedString(word) => Ok((Ex::Const(text(word)), VARCHAR)),
        Literal::NationalStringLiteral(word) => Ok((Ex::Const(text(word)), NVARCHAR)),
        Literal::Null => Ok((Ex::Const(Value::Null), Ty::Null)),
        Literal::Placeholder(word) => match word.strip_prefix('$').and_then(parse_exact) {
            Some(amount) => Ok((Ex::Const(Value::Dec(amount)), Ty::Money)),
            None => fail(format!("Invalid pseudocolumn \"{word}\".")),
        },
        other => syntax(other),
    }
}

fn number(digits: &str) -> Res<Typed> {
    if let Ok(whole) = digits.parse::<i64>() {
        return Ok((Ex::Const(Value::Int(whole)), if i32::try_from(whole).is_ok() { INT } else { BIGINT }));
    }
    if let Some(exact) = parse_exact(digits) {
        let precision = u8::try_from(digits.bytes().filter(u8::is_ascii_digit).count()).unwrap_or(u8::MAX).min(38);
        let Dec { scale, .. } = exact;
        return Ok((Ex::Const(Value::Dec(exact)), decimal(precision.max(scale), scale)));
    }
    match digits.parse::<f64>().ok().filter(|number| number.is_finite()) {
        Some(float) => Ok((Ex::Const(Value::Float(float)), Ty::Float)),
        None => syntax(digits),
    }
}
