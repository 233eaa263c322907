//! Fixed SQL and its parameters, for either engine.

use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, FromRow, postgres::PgRow, sqlite::SqliteRow};

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
pub(in crate::store) enum Parameter {
    Number(Option<i64>),
    Text(Option<String>),
    Bytes(Vec<u8>),
}

/// Parameters of a statement: `parameters![connection.0, name]`.
macro_rules! parameters {
    ($($value:expr),* $(,)?) => { &[$($crate::store::engine::Parameter::from($value)),*] };
}
pub(in crate::store) use parameters;

impl From<i64> for Parameter {
    fn from(value: i64) -> Self {
        Self::Number(Some(value))
    }
}

impl From<Option<i64>> for Parameter {
    fn from(value: Option<i64>) -> Self {
        Self::Number(value)
    }
}

impl From<u32> for Parameter {
    fn from(value: u32) -> Self {
        i64::from(value).into()
    }
}

impl From<bool> for Parameter {
    fn from(value: bool) -> Self {
        i64::from(value).into()
    }
}

impl From<&str> for Parameter {
    fn from(value: &str) -> Self {
        value.to_owned().into()
    }
}

impl From<&String> for Parameter {
    fn from(value: &String) -> Self {
        value.as_str().into()
    }
}

impl From<Option<&str>> for Parameter {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(without_zeros))
    }
}

impl From<String> for Parameter {
    fn from(value: String) -> Self {
        Self::Text(Some(if value.contains('\0') { without_zeros(&value) } else { value }))
    }
}

impl From<&[u8]> for Parameter {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(value.to_owned())
    }
}

/// PostgreSQL holds no text with a zero character, so neither engine keeps one.
fn without_zeros(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

pub(super) fn for_sqlite(parameters: &[Parameter]) -> sqlx::Result<SqliteArguments> {
    let mut arguments = SqliteArguments::default();
    for parameter in parameters {
        let added = match parameter.clone() {
            Parameter::Number(value) => arguments.add(value),
            Parameter::Text(value) => arguments.add(value),
            Parameter::Bytes(value) => arguments.add(value),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

pub(super) fn for_postgres(parameters: &[Parameter]) -> sqlx::Result<PgArguments> {
    let mut arguments = PgArguments::default();
    for parameter in parameters {
        let added = match parameter.clone() {
            Parameter::Number(value) => arguments.add(value),
            Parameter::Text(value) => arguments.add(value),
            Parameter::Bytes(value) => arguments.add(value),
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
