//! `+ - * / % & | ^`: the type of a result, and the result.

use super::error::{Res, fail, overflow};
use super::types::{INT, Ty, decimal};
use super::value::{Dec, Value};
use crate::times;

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Op {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    And,
    Or,
    Xor,
}

impl Op {
    fn name(self) -> &'static str {
        match self {
            Op::Add => "add",
            Op::Sub => "subtract",
            Op::Mul => "multiply",
            Op::Div => "divide",
            Op::Mod => "modulo",
            Op::And => "'&'",
            Op::Or => "'|'",
            Op::Xor => "'^'",
        }
    }
}

/// The type in which both sides are taken, and that of the result.
pub(super) fn types(op: Op, left: Ty, right: Ty) -> Res<(Ty, Ty)> {
    if left == Ty::Null && right == Ty::Null {
        return Ok((INT, INT));
    }
    let common = left.common(right);
    let wrong = |ty: Ty| fail(format!("Operand data type {} is invalid for {} operator.", ty.name(), op.name()));
    match common {
        Ty::DateTime if matches!(op, Op::Add | Op::Sub) => Ok((Ty::DateTime, Ty::DateTime)),
        Ty::Date | Ty::Time if left.common(right) == left && left.is_date() && right.is_number() => {
            fail(format!("Operand type clash: {} is incompatible with {}", left.name(), right.name()))
        }
        Ty::Date | Ty::Time | Ty::DateTime | Ty::Text(_) | Ty::Null => wrong(common),
        Ty::Bit if matches!(op, Op::And | Op::Or | Op::Xor) => Ok((Ty::Bit, Ty::Bit)),
        Ty::Bit => wrong(Ty::Bit),
        Ty::Float | Ty::Money | Ty::Dec { .. } if matches!(op, Op::And | Op::Or | Op::Xor) => wrong(common),
        Ty::Float if op == Op::Mod => wrong(Ty::Float),
        Ty::Dec { .. } => Ok((common, decimal_result(op, left.digits(), right.digits()))),
        other => Ok((other, other)),
    }
}

fn decimal_result(op: Op, (p1, s1): (u8, u8), (p2, s2): (u8, u8)) -> Ty {
    match op {
        Op::Mul => decimal(p1 + p2 + 1, s1 + s2),
        Op::Div => {
            let scale = (s1 + p2 + 1).max(6);
            decimal(p1 - s1 + s2 + scale, scale)
        }
        Op::Mod => decimal((p1 - s1).min(p2 - s2) + s1.max(s2), s1.max(s2)),
        _ => decimal((p1 - s1).max(p2 - s2) + s1.max(s2) + 1, s1.max(s2)),
    }
}

/// Both sides are of the type that [`types`] wants.
pub(super) fn apply(op: Op, left: &Value, right: &Value, ty: Ty) -> Res<Value> {
    match (left, right) {
        (Value::Null, _) | (_, Value::Null) => Ok(Value::Null),
        (Value::Int(left), Value::Int(right)) => whole(op, *left, *right, ty),
        (Value::Float(left), Value::Float(right)) => float(op, *left, *right),
        (Value::Dec(left), Value::Dec(right)) => exact(op, *left, *right, ty),
        (Value::Bit(left), Value::Bit(right)) => Ok(Value::Bit(match op {
            Op::And => left & right,
            Op::Or => left | right,
            _ => left ^ right,
        })),
        (Value::Date(left), Value::Date(right)) => {
            let start = times::midnight(1900, 1, 1);
            let at = if op == Op::Add { left + (right - start) } else { left - (right - start) };
            if super::dates::valid(at) { Ok(Value::Date(at)) } else { overflow("datetime") }
        }
        _ => fail(format!("Operand data type {} is invalid for {} operator.", ty.name(), op.name())),
    }
}

const BY_ZERO: &str = "Divide by zero error encountered.";

fn whole(op: Op, left: i64, right: i64, ty: Ty) -> Res<Value> {
    let result = match op {
        Op::Add => left.checked_add(right),
        Op::Sub => left.checked_sub(right),
        Op::Mul => left.checked_mul(right),
        Op::Div | Op::Mod if right == 0 => return fail(BY_ZERO),
        Op::Div => left.checked_div(right),
        Op::Mod => left.checked_rem(right),
        Op::And => Some(left & right),
        Op::Or => Some(left | right),
        Op::Xor => Some(left ^ right),
    };
    let holds = |number: &i64| if let Ty::Int(width) = ty { width.holds(*number) } else { true };
    match result.filter(holds) {
        Some(number) => Ok(Value::Int(number)),
        None => overflow(ty.name()),
    }
}

fn float(op: Op, left: f64, right: f64) -> Res<Value> {
    let result = match op {
        Op::Add => left + right,
        Op::Sub => left - right,
        Op::Mul => left * right,
        _ if right == 0.0 => return fail(BY_ZERO),
        Op::Div => left / right,
        _ => left % right,
    };
    if result.is_finite() { Ok(Value::Float(result)) } else { overflow("float") }
}

fn exact(op: Op, left: Dec, right: Dec, ty: Ty) -> Res<Value> {
    let (_, wanted) = ty.digits();
    let scale = left.scale.max(right.scale);
    let aligned = |number: Dec| i128::from(number.units) * 10_i128.pow((scale - number.scale).into());
    let (whole_left, whole_right) = (aligned(left), aligned(right));
    if matches!(op, Op::Div | Op::Mod) && right.units == 0 {
        return fail(BY_ZERO);
    }
    let fitted = match op {
        Op::Add => Dec::fitted(whole_left + whole_right, scale, wanted),
        Op::Sub => Dec::fitted(whole_left - whole_right, scale, wanted),
        Op::Mul => {
            let units = i128::from(left.units) * i128::from(right.units);
            Dec::fitted(units, left.scale + right.scale, wanted)
        }
        Op::Mod => Dec::fitted(whole_left % whole_right, scale, wanted),
        _ => quotient(whole_left, whole_right, wanted),
    };
    match fitted {
        Some(number) => Ok(Value::Dec(number)),
        None => overflow(ty.name()),
    }
}

/// Long division, cut behind the last digit that is wanted and fits, as SQL Server cuts.
fn quotient(left: i128, right: i128, wanted: u8) -> Option<Dec> {
    let (mut units, mut rest, mut scale) = (left / right, left % right, 0);
    while scale < wanted.min(super::value::DIGITS) && units.unsigned_abs() < (i64::MAX / 10) as u128 {
        let Some(next) = rest.checked_mul(10) else { break };
        units = units * 10 + next / right;
        (rest, scale) = (next % right, scale + 1);
    }
    Dec::fitted(units, scale, scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_divide_whole_and_decimals_keep_digits() {
        let dec = |units, scale| Value::Dec(Dec { units, scale });
        let one = Ty::Dec { precision: 4, scale: 1 };
        let (sides, result) = types(Op::Div, one, INT).unwrap();
        assert_eq!((sides, result), (Ty::Dec { precision: 11, scale: 1 }, Ty::Dec { precision: 15, scale: 12 }));
        assert_eq!(apply(Op::Div, &Value::Int(7), &Value::Int(2), INT), Ok(Value::Int(3)));
        assert_eq!(apply(Op::Div, &dec(1_000, 1), &dec(30, 1), result), Ok(dec(33_333_333_333_333, 12)));
        assert_eq!(apply(Op::Mul, &dec(15, 1), &dec(25, 1), decimal(9, 2)), Ok(dec(375, 2)));
        assert_eq!(apply(Op::Add, &Value::Null, &Value::Int(2), INT), Ok(Value::Null));
        assert_eq!(apply(Op::Mul, &Value::Int(1 << 20), &Value::Int(1 << 20), INT), overflow("int"));
        for zero in [Value::Int(0), dec(0, 2), Value::Float(0.0)] {
            let left = match zero {
                Value::Int(_) => Value::Int(1),
                Value::Dec(_) => dec(1, 0),
                _ => Value::Float(1.0),
            };
            assert_eq!(apply(Op::Div, &left, &zero, INT), fail(BY_ZERO));
        }
    }

    #[test]
    fn wrong_operands_are_named() {
        for (op, left, right, said) in [
            (Op::Sub, Ty::Text(true), Ty::Text(true), "Operand data type nvarchar is invalid for subtract operator."),
            (Op::Add, Ty::Bit, Ty::Bit, "Operand data type bit is invalid for add operator."),
            (Op::Add, Ty::Date, INT, "Operand type clash: date is incompatible with int"),
        ] {
            assert_eq!(types(op, left, right), fail(said));
        }
    }
}
