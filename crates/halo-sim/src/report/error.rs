//! Why a query gives no rows, in SQL Server's words.

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fail {
    /// What `load_error` says.
    Sql(String),
    /// The gateway would have given up.
    Timeout,
}

pub(super) type Res<T> = Result<T, Fail>;

pub(super) fn fail<T>(text: impl Into<String>) -> Res<T> {
    Err(Fail::Sql(text.into()))
}

pub(super) fn syntax<T>(near: impl std::fmt::Display) -> Res<T> {
    fail(format!("Incorrect syntax near '{near}'."))
}

pub(super) fn keyword<T>(word: &str) -> Res<T> {
    fail(format!("Incorrect syntax near the keyword '{word}'."))
}

/// What T-SQL has and this engine has not.
pub(super) fn unknown<T>(what: &str) -> Res<T> {
    fail(format!("The simulator does not know {what}."))
}

pub(super) fn arity<T>(name: &str, wanted: usize) -> Res<T> {
    let name = name.to_lowercase();
    fail(format!("The {name} function requires {wanted} argument(s)."))
}

pub(super) fn overflow<T>(name: &str) -> Res<T> {
    fail(format!("Arithmetic overflow error converting expression to data type {name}."))
}

pub(super) fn conversion<T>(from: &str, value: &str, to: &str) -> Res<T> {
    let shown: String = value.chars().take(100).collect();
    fail(format!("Conversion failed when converting the {from} value '{shown}' to data type {to}."))
}

pub(super) const BAD_DATE: &str = "Conversion failed when converting date and/or time from character string.";
pub(super) const DATE_RANGE: &str =
    "The conversion of a varchar data type to a datetime data type resulted in an out-of-range value.";
pub(super) const TOO_DEEP: &str = "Some part of your SQL statement is nested too deeply. Rewrite the query or break it \
    up into smaller queries.";
pub(super) const NO_MEMORY: &str = "There is insufficient system memory in resource pool 'default' to run this query.";
pub(super) const TOO_MANY_PAIRS: &str =
    "The query processor ran out of internal resources and could not produce a query plan.";
