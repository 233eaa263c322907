//! T-SQL's data types, as far as results depend on them.

use sqlparser::ast::{CharacterLength, DataType, ExactNumberInfo};

use super::error::{Fail, Res};

/// The type of an expression.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ty {
    /// The literal NULL, which takes any type.
    Null,
    Bit,
    Int(Width),
    Money,
    Dec {
        precision: u8,
        scale: u8,
    },
    Float,
    Date,
    Time,
    /// All of `datetime`, `smalldatetime` and `datetime2`.
    DateTime,
    /// `true`: national characters.
    Text(bool),
}

/// How much a whole number holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Width {
    Tiny,
    Small,
    Plain,
    Big,
}

pub(super) const INT: Ty = Ty::Int(Width::Plain);
pub(super) const BIGINT: Ty = Ty::Int(Width::Big);
pub(super) const VARCHAR: Ty = Ty::Text(false);
pub(super) const NVARCHAR: Ty = Ty::Text(true);

/// Digits that a decimal may have.
const DIGITS: u8 = 38;

impl Width {
    fn name(self) -> &'static str {
        match self {
            Width::Tiny => "tinyint",
            Width::Small => "smallint",
            Width::Plain => "int",
            Width::Big => "bigint",
        }
    }

    pub(super) fn holds(self, number: i64) -> bool {
        match self {
            Width::Tiny => u8::try_from(number).is_ok(),
            Width::Small => i16::try_from(number).is_ok(),
            Width::Plain => i32::try_from(number).is_ok(),
            Width::Big => true,
        }
    }

    /// Digits of a decimal that holds it.
    fn digits(self) -> u8 {
        match self {
            Width::Tiny => 3,
            Width::Small => 5,
            Width::Plain => 10,
            Width::Big => 19,
        }
    }
}

impl Ty {
    pub(super) fn name(self) -> &'static str {
        match self {
            Ty::Null => "NULL",
            Ty::Bit => "bit",
            Ty::Int(width) => width.name(),
            Ty::Money => "money",
            Ty::Dec { .. } => "numeric",
            Ty::Float => "float",
            Ty::Date => "date",
            Ty::Time => "time",
            Ty::DateTime => "datetime",
            Ty::Text(false) => "varchar",
            Ty::Text(true) => "nvarchar",
        }
    }

    /// Which of two types gives way: the lower one.
    fn precedence(self) -> u8 {
        match self {
            Ty::Null => 0,
            Ty::Text(false) => 1,
            Ty::Text(true) => 2,
            Ty::Bit => 3,
            Ty::Int(_) => 4,
            Ty::Money => 8,
            Ty::Dec { .. } => 9,
            Ty::Float => 10,
            Ty::Time => 11,
            Ty::Date => 12,
            Ty::DateTime => 13,
        }
    }

    pub(super) fn is_number(self) -> bool {
        matches!(self, Ty::Bit | Ty::Int(_) | Ty::Money | Ty::Dec { .. } | Ty::Float)
    }

    pub(super) fn is_text(self) -> bool {
        matches!(self, Ty::Text(_))
    }

    pub(super) fn is_date(self) -> bool {
        matches!(self, Ty::Date | Ty::DateTime | Ty::Time)
    }

    /// As a decimal: precision and scale.
    pub(super) fn digits(self) -> (u8, u8) {
        match self {
            Ty::Dec { precision, scale } => (precision, scale),
            Ty::Money => (19, 4),
            Ty::Int(width) => (width.digits(), 0),
            Ty::Bit => (1, 0),
            _ => (DIGITS, 6),
        }
    }

    /// The type in which values of two types are compared or put together.
    pub(super) fn common(self, other: Ty) -> Ty {
        match (self, other) {
            (Ty::Int(left), Ty::Int(right)) => Ty::Int(left.max(right)),
            (Ty::Text(left), Ty::Text(right)) => Ty::Text(left || right),
            (Ty::Dec { .. }, Ty::Dec { .. } | Ty::Int(_) | Ty::Money | Ty::Bit)
            | (Ty::Int(_) | Ty::Money | Ty::Bit, Ty::Dec { .. }) => {
                let ((p1, s1), (p2, s2)) = (self.digits(), other.digits());
                let scale = s1.max(s2);
                decimal((p1 - s1).max(p2 - s2) + scale, scale)
            }
            _ if self.precedence() >= other.precedence() => self,
            _ => other,
        }
    }
}

/// A decimal that fits: whole digits win over those behind the point.
pub(super) fn decimal(precision: u8, scale: u8) -> Ty {
    if precision <= DIGITS {
        return Ty::Dec { precision, scale };
    }
    let whole = precision - scale;
    Ty::Dec { precision: DIGITS, scale: DIGITS.saturating_sub(whole).max(scale.min(6)) }
}

/// A target of CAST: the type and how long a text may be.
pub(super) fn target(of: &DataType) -> Res<(Ty, Option<usize>)> {
    let text = |national: bool, length: &Option<CharacterLength>| (Ty::Text(national), text_length(length));
    Ok(match of {
        DataType::Bit(_) | DataType::Boolean => (Ty::Bit, None),
        DataType::TinyInt(_) => (Ty::Int(Width::Tiny), None),
        DataType::SmallInt(_) => (Ty::Int(Width::Small), None),
        DataType::Int(_) | DataType::Integer(_) => (INT, None),
        DataType::BigInt(_) => (BIGINT, None),
        DataType::Float(_) | DataType::Real | DataType::Double(_) | DataType::DoublePrecision => (Ty::Float, None),
        DataType::Decimal(info) | DataType::Numeric(info) | DataType::Dec(info) => (exact(info)?, None),
        DataType::Date => (Ty::Date, None),
        DataType::Time(..) => (Ty::Time, None),
        DataType::Datetime(_) => (Ty::DateTime, None),
        DataType::Char(length) | DataType::Character(length) | DataType::Varchar(length) => text(false, length),
        DataType::Nvarchar(length) => text(true, length),
        DataType::Text => (VARCHAR, None),
        DataType::Uuid => (NVARCHAR, Some(36)),
        DataType::Custom(name, modifiers) => {
            custom(&name.to_string().to_lowercase(), &modifiers.iter().map(ToString::to_string).collect::<Vec<_>>())?
        }
        other => return unknown_type(&other.to_string()),
    })
}

fn unknown_type<T>(name: &str) -> Res<T> {
    Err(Fail::Sql(format!("Type {} is not a defined system type.", name.to_lowercase())))
}

fn custom(name: &str, modifiers: &[String]) -> Res<(Ty, Option<usize>)> {
    let length = || match modifiers.first().map(String::as_str) {
        Some(text) if text.eq_ignore_ascii_case("max") => None,
        Some(text) => text.parse().ok(),
        None => Some(30),
    };
    Ok(match name.trim_matches(['[', ']']) {
        "datetime2" | "smalldatetime" | "datetime" | "datetimeoffset" => (Ty::DateTime, None),
        "money" | "smallmoney" => (Ty::Money, None),
        "nchar" => (NVARCHAR, length()),
        "ntext" | "sysname" => (NVARCHAR, None),
        "uniqueidentifier" => (NVARCHAR, Some(36)),
        "int" => (INT, None),
        "bit" => (Ty::Bit, None),
        "varchar" | "char" => (VARCHAR, length()),
        "nvarchar" => (NVARCHAR, length()),
        "float" => (Ty::Float, None),
        "date" => (Ty::Date, None),
        other => return unknown_type(other),
    })
}

/// Without a length a CAST to text keeps 30 signs.
fn text_length(length: &Option<CharacterLength>) -> Option<usize> {
    match length {
        None => Some(30),
        Some(CharacterLength::Max) => None,
        Some(CharacterLength::IntegerLength { length, .. }) => usize::try_from(*length).ok(),
    }
}

fn exact(info: &ExactNumberInfo) -> Res<Ty> {
    let (precision, scale) = match info {
        ExactNumberInfo::None => (18, 0),
        ExactNumberInfo::Precision(precision) => (*precision, 0),
        ExactNumberInfo::PrecisionAndScale(precision, scale) => (*precision, *scale),
    };
    match (u8::try_from(precision), u8::try_from(scale)) {
        (Ok(precision @ 1..=DIGITS), Ok(scale)) if scale <= precision => Ok(Ty::Dec { precision, scale }),
        _ => Err(Fail::Sql(format!(
            "Specified column precision {precision} is greater than the maximum precision of 38."
        ))),
    }
}
