//! Conversions that T-SQL makes unasked, and constants worked out beforehand.

use crate::report::convert::Target;
use crate::report::expr::Ex;
use crate::report::run::{Cx, Run};
use crate::report::types::Ty;

/// How values of a type are kept: conversions within a group change nothing.
fn group(ty: Ty) -> u8 {
    match ty {
        Ty::Null => 0,
        Ty::Bit => 1,
        Ty::Int(_) => 2,
        Ty::Money | Ty::Dec { .. } => 3,
        Ty::Float => 4,
        Ty::Date | Ty::DateTime | Ty::Time => 5,
        Ty::Text(_) => 6,
    }
}

/// The expression as a value of another type.
pub(super) fn cast(ex: Ex, from: Ty, to: Ty) -> Ex {
    if from == Ty::Null || to == Ty::Null || group(from) == group(to) {
        return ex;
    }
    Ex::Cast(Box::new(ex), from, Target::plain(to))
}

/// What is the same for every row becomes a constant, unless it fails: it may never be asked for.
pub(super) fn fold(ex: Ex, run: &Run<'_>) -> Ex {
    if matches!(ex, Ex::Const(_)) || !ex.is_fixed() {
        return ex;
    }
    match ex.eval(Cx::new(run), &[]) {
        Ok(value) => Ex::Const(value),
        Err(_) => ex,
    }
}
