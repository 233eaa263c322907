//! Fixed SQL and its parameters, for either engine.

use std::borrow::Cow;

use sqlx::{Arguments, Encode, FromRow, Type, postgres::PgRow, sqlite::SqliteRow};

/// A statement. Its text is a file of `sql/`, unless PostgreSQL needs another one, in `sql/postgres/`.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Statement {
    pub(super) sqlite: &'static str,
    pub(super) postgres: &'static str,
    /// Completes "the store failed to".
    pub(super) action: &'static str,
}

impl Statement {
    pub(in crate::store) const fn new(sqlite: &'static str, postgres: &'static str, action: &'static str) -> Self {
        Self { sqlite, postgres, action }
    }
}

/// The statement of a file, and what it does, to complete "the store failed to".
macro_rules! statement {
    ($file:literal, $action:literal) => {
        $crate::store::engine::Statement::new(
            include_str!(concat!("sql/", $file, ".sql")),
            include_str!(concat!("sql/", $file, ".sql")),
            $action,
        )
    };
    ($file:literal, postgres, $action:literal) => {
        $crate::store::engine::Statement::new(
            include_str!(concat!("sql/", $file, ".sql")),
            include_str!(concat!("sql/postgres/", $file, ".sql")),
            $action,
        )
    };
}
pub(in crate::store) use statement;

/// A parameter. All whole numbers are 64 bits wide, and booleans are 0 and 1, as SQLite has them.
#[derive(Clone, Debug)]
pub(in crate::store) enum Parameter<'a> {
    Number(Option<i64>),
    Text(Option<Cow<'a, str>>),
    Bytes(&'a [u8]),
}

/// Parameters of a statement: `parameters![connection.0, name]`.
macro_rules! parameters {
    ($($value:expr),* $(,)?) => { &[$($crate::store::engine::Parameter::from($value)),*] };
}
pub(in crate::store) use parameters;

impl From<i64> for Parameter<'_> {
    fn from(value: i64) -> Self {
        Self::Number(Some(value))
    }
}

impl From<Option<i64>> for Parameter<'_> {
    fn from(value: Option<i64>) -> Self {
        Self::Number(value)
    }
}

impl From<u32> for Parameter<'_> {
    fn from(value: u32) -> Self {
        i64::from(value).into()
    }
}

impl From<bool> for Parameter<'_> {
    fn from(value: bool) -> Self {
        i64::from(value).into()
    }
}

impl<'a> From<&'a str> for Parameter<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Some(without_zeros(value.into())))
    }
}

impl<'a> From<&'a String> for Parameter<'a> {
    fn from(value: &'a String) -> Self {
        value.as_str().into()
    }
}

impl<'a> From<Option<&'a str>> for Parameter<'a> {
    fn from(value: Option<&'a str>) -> Self {
        Self::Text(value.map(|text| without_zeros(text.into())))
    }
}

impl From<String> for Parameter<'_> {
    fn from(value: String) -> Self {
        Self::Text(Some(without_zeros(value.into())))
    }
}

impl<'a> From<&'a [u8]> for Parameter<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}

/// PostgreSQL holds no text with a zero character, so neither engine keeps one.
fn without_zeros(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text }
}

/// As either engine takes them.
pub(super) fn arguments<A>(parameters: &[Parameter<'_>]) -> sqlx::Result<A>
where
    A: Arguments + Default,
    for<'t> Option<i64>: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> Option<&'t str>: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> &'t [u8]: Encode<'t, A::Database> + Type<A::Database>,
{
    let mut arguments = A::default();
    for parameter in parameters {
        let added = match parameter {
            Parameter::Number(value) => arguments.add(*value),
            Parameter::Text(value) => arguments.add(value.as_deref()),
            Parameter::Bytes(value) => arguments.add(*value),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// A row that either engine can answer.
pub(in crate::store) trait Record:
    Send + Unpin + for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow>
{
}

impl<T: Send + Unpin + for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow>> Record for T {}
