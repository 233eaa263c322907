//! Columns: HaloPSA's own names with the type their values have.

/// One field of a list row that becomes a column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// HaloPSA's name of the field, misspellings included.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole number; HaloPSA writes some as `12.0` or as text.
    Int,
    /// Number with a fraction, such as hours.
    Number,
    /// Amount of money, exact.
    Money,
    /// Text.
    Text,
    /// Yes or no.
    Bool,
    /// Moment, UTC; 1900-01-01 and kin mean none.
    Time,
    /// Day of the HaloPSA's calendar without a time of day; the same sentinels.
    Day,
    /// Custom fields: names with values.
    Custom,
    /// Anything nested, kept as JSON.
    Json,
}

pub(super) const fn int(name: &'static str) -> Column {
    Column { name, kind: Kind::Int }
}

pub(super) const fn number(name: &'static str) -> Column {
    Column { name, kind: Kind::Number }
}

pub(super) const fn money(name: &'static str) -> Column {
    Column { name, kind: Kind::Money }
}

pub(super) const fn text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text }
}

pub(super) const fn boolean(name: &'static str) -> Column {
    Column { name, kind: Kind::Bool }
}

pub(super) const fn time(name: &'static str) -> Column {
    Column { name, kind: Kind::Time }
}

pub(super) const fn day(name: &'static str) -> Column {
    Column { name, kind: Kind::Day }
}

pub(super) const fn custom(name: &'static str) -> Column {
    Column { name, kind: Kind::Custom }
}

pub(super) const fn json(name: &'static str) -> Column {
    Column { name, kind: Kind::Json }
}
