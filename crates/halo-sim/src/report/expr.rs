//! Compiled expressions and conditions, and what they give for a row.
//!
//! Names are places in rows by now, types are settled, conversions are written out. Conditions know three
//! answers: true, false and unknown (`None`).

use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::rc::Rc;

use super::arith::{self, Op};
use super::convert::{self, Target};
use super::error::{Res, fail};
use super::like::Pattern;
use super::run::Cx;
use super::sub::Sub;
use super::types::Ty;
use super::value::{Key, Value, text};

/// What gives a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ex {
    Const(Value),
    Col(usize),
    /// A place that is known only once the whole SELECT is compiled.
    Late(Rc<Cell<usize>>),
    /// So many rows further out, the place in it.
    Outer(usize, usize),
    Cast(Box<Ex>, Ty, Target),
    /// NULL where the conversion fails.
    TryCast(Box<Ex>, Ty, Target),
    Arith(Op, Box<Ex>, Box<Ex>, Ty),
    Concat(Box<Ex>, Box<Ex>),
    Case(Vec<(Pred, Ex)>, Box<Ex>),
    Coalesce(Vec<Ex>),
    Call(Builtin, Vec<Ex>),
    Scalar(Rc<Sub>),
}

/// A function that depends on its arguments and the time of the query.
#[derive(Clone, Copy)]
pub(super) struct Builtin {
    pub(super) name: &'static str,
    /// Wants to see NULL; all others give NULL for it.
    pub(super) open: bool,
    pub(super) call: fn(&[Value]) -> Res<Value>,
}

impl PartialEq for Builtin {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl std::fmt::Debug for Builtin {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name)
    }
}

/// How two values are compared.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Cmp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Cmp {
    pub(super) fn holds(self, order: Ordering) -> bool {
        match self {
            Cmp::Eq => order.is_eq(),
            Cmp::Ne => order.is_ne(),
            Cmp::Lt => order.is_lt(),
            Cmp::Le => order.is_le(),
            Cmp::Gt => order.is_gt(),
            Cmp::Ge => order.is_ge(),
        }
    }

    /// The same with its sides exchanged.
    pub(super) fn turned(self) -> Self {
        match self {
            Cmp::Lt => Cmp::Gt,
            Cmp::Le => Cmp::Ge,
            Cmp::Gt => Cmp::Lt,
            Cmp::Ge => Cmp::Le,
            same => same,
        }
    }
}

/// What is true, false or unknown.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Pred {
    Cmp(Cmp, Ex, Ex),
    IsNull(Ex),
    Like(Ex, Ex, Option<Ex>),
    /// With a pattern that is the same for all rows.
    Matches(Ex, Rc<Pattern>),
    In(Ex, Vec<Ex>),
    /// In a list of constants; whether NULL is one of them.
    InSet(Ex, Rc<HashSet<Key>>, bool),
    InSub(Ex, Rc<Sub>),
    Exists(Rc<Sub>),
    /// Compared with every row of a subquery: `true` for ALL, `false` for ANY.
    Each(Cmp, Ex, Rc<Sub>, bool),
    Not(Box<Pred>),
    And(Vec<Pred>),
    Or(Vec<Pred>),
}

impl Ex {
    pub(super) fn eval(&self, cx: Cx<'_>, row: &[Value]) -> Res<Value> {
        match self {
            Ex::Const(value) => Ok(value.clone()),
            Ex::Col(place) => Ok(row[*place].clone()),
            Ex::Late(place) => Ok(row[place.get()].clone()),
            Ex::Outer(level, place) => Ok(cx.outer_row(*level)[*place].clone()),
            Ex::Cast(inner, from, to) => convert::cast(&inner.eval(cx, row)?, *from, *to),
            Ex::TryCast(inner, from, to) => Ok(convert::cast(&inner.eval(cx, row)?, *from, *to).unwrap_or(Value::Null)),
            Ex::Arith(op, left, right, ty) => arith::apply(*op, &left.eval(cx, row)?, &right.eval(cx, row)?, *ty),
            Ex::Concat(left, right) => match (left.eval(cx, row)?, right.eval(cx, row)?) {
                (Value::Text(left), Value::Text(right)) => joined(&left, &right),
                _ => Ok(Value::Null),
            },
            Ex::Case(branches, otherwise) => {
                for (condition, result) in branches {
                    if condition.test(cx, row)? == Some(true) {
                        return result.eval(cx, row);
                    }
                }
                otherwise.eval(cx, row)
            }
            Ex::Coalesce(choices) => {
                for choice in choices {
                    let value = choice.eval(cx, row)?;
                    if !value.is_null() {
                        return Ok(value);
                    }
                }
                Ok(Value::Null)
            }
            Ex::Call(builtin, arguments) => {
                let arguments = arguments.iter().map(|argument| argument.eval(cx, row)).collect::<Res<Vec<_>>>()?;
                if !builtin.open && arguments.iter().any(Value::is_null) {
                    return Ok(Value::Null);
                }
                (builtin.call)(&arguments)
            }
            Ex::Scalar(sub) => sub.scalar(cx, row),
        }
    }

    /// As [`Self::eval`], without a copy of what is there already.
    fn look<'v>(&'v self, cx: Cx<'_>, row: &'v [Value]) -> Res<Cow<'v, Value>> {
        match self {
            Ex::Const(value) => Ok(Cow::Borrowed(value)),
            Ex::Col(place) => Ok(Cow::Borrowed(&row[*place])),
            other => other.eval(cx, row).map(Cow::Owned),
        }
    }

    /// Calls `see` for this and everything inside, but not inside subqueries.
    pub(super) fn walk(&self, see: &mut dyn FnMut(&Ex)) {
        see(self);
        match self {
            Ex::Const(_) | Ex::Col(_) | Ex::Late(_) | Ex::Outer(..) | Ex::Scalar(_) => {}
            Ex::Cast(inner, ..) | Ex::TryCast(inner, ..) => inner.walk(see),
            Ex::Arith(_, left, right, _) | Ex::Concat(left, right) => {
                left.walk(see);
                right.walk(see);
            }
            Ex::Case(branches, otherwise) => {
                for (condition, result) in branches {
                    condition.walk(see);
                    result.walk(see);
                }
                otherwise.walk(see);
            }
            Ex::Coalesce(inner) | Ex::Call(_, inner) => inner.iter().for_each(|inner| inner.walk(see)),
        }
    }

    /// Changes every place in the row, but not inside subqueries.
    fn places(&mut self, change: &dyn Fn(usize) -> usize) {
        match self {
            Ex::Col(place) => *place = change(*place),
            Ex::Const(_) | Ex::Late(_) | Ex::Outer(..) | Ex::Scalar(_) => {}
            Ex::Cast(inner, ..) | Ex::TryCast(inner, ..) => inner.places(change),
            Ex::Arith(_, left, right, _) | Ex::Concat(left, right) => {
                left.places(change);
                right.places(change);
            }
            Ex::Case(branches, otherwise) => {
                for (condition, result) in branches {
                    condition.places(change);
                    result.places(change);
                }
                otherwise.places(change);
            }
            Ex::Coalesce(inner) | Ex::Call(_, inner) => inner.iter_mut().for_each(|inner| inner.places(change)),
        }
    }

    /// For a row that lacks so many values at the front.
    pub(super) fn shift(&mut self, by: usize) {
        self.places(&|place| place - by);
    }

    /// For a row that has so many values more at the front.
    pub(super) fn unshift(&mut self, by: usize) {
        self.places(&|place| place + by);
    }

    /// Whether it is the same for every row of the query.
    pub(super) fn is_fixed(&self) -> bool {
        let mut fixed = true;
        self.walk(&mut |part| fixed &= !matches!(part, Ex::Col(_) | Ex::Late(_) | Ex::Outer(..) | Ex::Scalar(_)));
        fixed
    }
}

/// The largest text that an expression may give.
const TEXT_BYTES: usize = 8 * 1024 * 1024;

pub(super) fn joined(left: &str, right: &str) -> Res<Value> {
    if left.len() + right.len() > TEXT_BYTES {
        return fail("String or binary data would be truncated.");
    }
    Ok(text(format!("{left}{right}")))
}

impl Pred {
    pub(super) fn test(&self, cx: Cx<'_>, row: &[Value]) -> Res<Option<bool>> {
        match self {
            Pred::Cmp(cmp, left, right) => {
                Ok(left.look(cx, row)?.compare(&*right.look(cx, row)?).map(|order| cmp.holds(order)))
            }
            Pred::IsNull(inner) => Ok(Some(inner.look(cx, row)?.is_null())),
            Pred::Like(inner, pattern, escape) => {
                let escape = escape.as_ref().map(|escape| escape.eval(cx, row)).transpose()?;
                match (inner.eval(cx, row)?, pattern.eval(cx, row)?, escape) {
                    (Value::Text(text), Value::Text(pattern), None) => {
                        Ok(Some(Pattern::new(&pattern, None).matches(&text)))
                    }
                    (Value::Text(text), Value::Text(pattern), Some(Value::Text(escape))) => {
                        Ok(Some(Pattern::new(&pattern, escape.chars().next()).matches(&text)))
                    }
                    _ => Ok(None),
                }
            }
            Pred::Matches(inner, pattern) => Ok(match &*inner.look(cx, row)? {
                Value::Text(text) => Some(pattern.matches(text)),
                _ => None,
            }),
            Pred::In(inner, choices) => {
                let value = inner.look(cx, row)?;
                any(choices.iter(), |choice| Ok(value.compare(&*choice.look(cx, row)?).map(Ordering::is_eq)))
            }
            Pred::InSet(inner, set, with_null) => Ok(match &*inner.look(cx, row)? {
                Value::Null => None,
                value if set.contains(&value.key()) => Some(true),
                _ => (!with_null).then_some(false),
            }),
            Pred::InSub(inner, sub) => sub.contains(cx, row, &inner.eval(cx, row)?),
            Pred::Exists(sub) => sub.exists(cx, row).map(Some),
            Pred::Each(cmp, inner, sub, all) => sub.compare(cx, row, &inner.eval(cx, row)?, *cmp, *all),
            Pred::Not(inner) => Ok(inner.test(cx, row)?.map(|answer| !answer)),
            Pred::And(parts) => {
                let failed = any(parts.iter(), |part| Ok(part.test(cx, row)?.map(|answer| !answer)))?;
                Ok(failed.map(|failed| !failed))
            }
            Pred::Or(parts) => any(parts.iter(), |part| part.test(cx, row)),
        }
    }

    pub(super) fn holds(&self, cx: Cx<'_>, row: &[Value]) -> Res<bool> {
        Ok(self.test(cx, row)? == Some(true))
    }

    pub(super) fn walk(&self, see: &mut dyn FnMut(&Ex)) {
        match self {
            Pred::Cmp(_, left, right) => {
                left.walk(see);
                right.walk(see);
            }
            Pred::IsNull(inner) | Pred::Matches(inner, _) | Pred::InSet(inner, ..) => inner.walk(see),
            Pred::Like(inner, pattern, escape) => {
                inner.walk(see);
                pattern.walk(see);
                escape.iter().for_each(|escape| escape.walk(see));
            }
            Pred::In(inner, choices) => {
                inner.walk(see);
                choices.iter().for_each(|choice| choice.walk(see));
            }
            Pred::InSub(inner, sub) | Pred::Each(_, inner, sub, _) => {
                inner.walk(see);
                see(&Ex::Scalar(Rc::clone(sub)));
            }
            Pred::Exists(sub) => see(&Ex::Scalar(Rc::clone(sub))),
            Pred::Not(inner) => inner.walk(see),
            Pred::And(parts) | Pred::Or(parts) => parts.iter().for_each(|part| part.walk(see)),
        }
    }

    fn places(&mut self, change: &dyn Fn(usize) -> usize) {
        match self {
            Pred::Cmp(_, left, right) => {
                left.places(change);
                right.places(change);
            }
            Pred::IsNull(inner) | Pred::Matches(inner, _) | Pred::InSet(inner, ..) => inner.places(change),
            Pred::Like(inner, pattern, escape) => {
                inner.places(change);
                pattern.places(change);
                escape.iter_mut().for_each(|escape| escape.places(change));
            }
            Pred::In(inner, choices) => {
                inner.places(change);
                choices.iter_mut().for_each(|choice| choice.places(change));
            }
            Pred::InSub(inner, _) | Pred::Each(_, inner, ..) => inner.places(change),
            Pred::Exists(_) => {}
            Pred::Not(inner) => inner.places(change),
            Pred::And(parts) | Pred::Or(parts) => parts.iter_mut().for_each(|part| part.places(change)),
        }
    }

    /// See [`Ex::shift`].
    pub(super) fn shift(&mut self, by: usize) {
        self.places(&|place| place - by);
    }

    /// Takes apart what is joined by AND.
    pub(super) fn split(self, into: &mut Vec<Pred>) {
        match self {
            Pred::And(parts) => parts.into_iter().for_each(|part| part.split(into)),
            other => into.push(other),
        }
    }
}

/// True when one part is; unknown when none is and one is unknown.
fn any<T>(parts: impl Iterator<Item = T>, mut test: impl FnMut(T) -> Res<Option<bool>>) -> Res<Option<bool>> {
    let mut unknown = false;
    for part in parts {
        match test(part)? {
            Some(true) => return Ok(Some(true)),
            Some(false) => {}
            None => unknown = true,
        }
    }
    Ok((!unknown).then_some(false))
}
