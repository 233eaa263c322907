//! The table of functions that take values and give one. Arguments are converted to the types they want;
//! with NULL among them the result is NULL, unless a function says otherwise.

use super::cast::cast;
use super::expr::Typed;
use crate::report::error::{Res, arity, fail};
use crate::report::expr::{Builtin, Ex};
use crate::report::types::{BIGINT, INT, NVARCHAR, Ty, VARCHAR, Width};
use crate::report::value::Value;

mod dated;
mod numeric;
mod textual;

/// What an argument is converted to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Want {
    Text,
    Int,
    Float,
    Moment,
    Any,
    /// A number of any type; texts become floats.
    Number,
}

/// The type of a result.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gives {
    Fixed(Ty),
    /// That of the first argument.
    First,
    /// A whole number or one without digits behind the point.
    Whole,
    /// Text, national if an argument is.
    Text,
}

struct Entry {
    name: &'static str,
    least: usize,
    most: usize,
    /// The last one is for all further arguments.
    wants: &'static [Want],
    gives: Gives,
    /// Sees NULL.
    open: bool,
    call: fn(&[Value]) -> Res<Value>,
}

const fn entry(
    name: &'static str,
    (least, most): (usize, usize),
    wants: &'static [Want],
    gives: Gives,
    call: fn(&[Value]) -> Res<Value>,
) -> Entry {
    Entry { name, least, most, wants, gives, open: false, call }
}

const fn open(
    name: &'static str,
    (least, most): (usize, usize),
    wants: &'static [Want],
    gives: Gives,
    call: fn(&[Value]) -> Res<Value>,
) -> Entry {
    Entry { name, least, most, wants, gives, open: true, call }
}

fn all() -> impl Iterator<Item = &'static Entry> {
    [textual::ENTRIES, numeric::ENTRIES, dated::ENTRIES].into_iter().flatten()
}

/// A call of the function of that name.
pub(super) fn call(name: &str, arguments: Vec<Typed>) -> Res<Typed> {
    let Some(entry) = all().find(|entry| entry.name == name) else {
        return fail(format!("'{name}' is not a recognized built-in function name."));
    };
    if arguments.len() < entry.least || arguments.len() > entry.most {
        return arity(name, entry.least);
    }
    let ty = entry.result(&arguments);
    let wants = |place: usize| entry.wants.get(place).or(entry.wants.last()).copied().unwrap_or(Want::Any);
    let mut converted = Vec::with_capacity(arguments.len());
    for (place, (ex, from)) in arguments.into_iter().enumerate() {
        let to = match wants(place) {
            Want::Any => from,
            Want::Text => NVARCHAR,
            Want::Int => BIGINT,
            Want::Float => Ty::Float,
            Want::Moment => Ty::DateTime,
            Want::Number if from.is_number() => from,
            Want::Number if from.is_text() || from == Ty::Null => Ty::Float,
            Want::Number => {
                return fail(format!(
                    "Argument data type {} is invalid for argument {} of {name} function.",
                    from.name(),
                    place + 1
                ));
            }
        };
        converted.push(cast(ex, from, to));
    }
    let (name, function) = (entry.name, entry.call);
    Ok((Ex::Call(Builtin { name, open: entry.open, call: function }, converted), ty))
}

impl Entry {
    fn result(&self, arguments: &[Typed]) -> Ty {
        let first = arguments.first().map_or(Ty::Null, |(_, ty)| *ty);
        let number = match first {
            Ty::Bit | Ty::Int(Width::Tiny | Width::Small) => INT,
            ty if ty.is_number() => ty,
            _ => Ty::Float,
        };
        match self.gives {
            Gives::Fixed(ty) => ty,
            Gives::First => number,
            Gives::Whole => match number {
                Ty::Dec { precision, .. } => Ty::Dec { precision, scale: 0 },
                ty => ty,
            },
            Gives::Text => {
                let national = arguments.iter().any(|(_, ty)| *ty == NVARCHAR);
                if national { NVARCHAR } else { VARCHAR }
            }
        }
    }
}

/// Characters of a text.
fn chars(value: &Value) -> Vec<char> {
    if let Value::Text(text) = value { text.chars().collect() } else { Vec::new() }
}

fn word(value: &Value) -> &str {
    if let Value::Text(text) = value { text } else { "" }
}

fn int(value: &Value) -> i64 {
    match value {
        Value::Int(number) | Value::Date(number) => *number,
        _ => 0,
    }
}

/// A length or a place as an index; what is negative or too large is nothing or the end.
fn index(number: i64) -> usize {
    usize::try_from(number.max(0)).unwrap_or(usize::MAX)
}
