//! From a parsed query to a plan: names become places, types are settled, conditions sink to where they
//! save most, and what SQL Server refuses is refused in its words.
//!
//! Start with [`Planner::query`]; [`select`] has the order in which the clauses of one SELECT take effect.

mod aggregate;
mod builtin;
mod cast;
mod expr;
mod from;
mod function;
mod order;
mod pred;
mod pushdown;
mod ranges;
mod scope;
mod select;
mod sets;

use std::cell::Cell;

use sqlparser::ast::{Ident, LimitClause, ObjectName, ObjectNamePart, Query, SetExpr};

use super::error::{Fail, Res, TOO_DEEP, fail, keyword, unknown};
use super::exec::Plan;
use super::run::Run;
use scope::{Column, Scope};

/// Queries inside one statement, those inside CTEs counted each time they are used.
const QUERIES: usize = 500;
/// Depth of expressions.
const DEPTH: usize = 1_000;

/// See the module.
pub(super) struct Planner<'p> {
    pub(super) run: &'p Run<'p>,
    /// All words of the statement: columns that are not among them are not read.
    words: &'p [String],
    now: crate::times::Ms,
    queries: Cell<usize>,
    depth: Cell<usize>,
}

/// A query that is ready to run.
pub(super) struct Planned {
    pub(super) plan: Plan,
    columns: Vec<Column>,
    /// Whether it depends on rows around it.
    escaped: bool,
}

/// What a query can see around it.
#[derive(Clone, Copy)]
struct Env<'e> {
    ctes: Option<&'e Cte<'e>>,
    outer: Option<&'e Scope<'e>>,
}

/// A named query, and those before it.
struct Cte<'e> {
    name: String,
    query: &'e Query,
    columns: Vec<String>,
    before: Option<&'e Cte<'e>>,
}

/// Goes one level deeper until it is dropped.
struct Deeper<'d>(&'d Cell<usize>);

impl Drop for Deeper<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// A column of the answer.
pub(super) struct Shown {
    pub(super) name: String,
    pub(super) ty: super::types::Ty,
}

pub(super) const UNSORTED: &str = "The ORDER BY clause is invalid in views, inline functions, derived tables, \
    subqueries, and common \
    table expressions, unless TOP, OFFSET or FOR XML is also specified.";

impl<'p> Planner<'p> {
    pub(super) fn new(run: &'p Run<'p>, words: &'p [String], now: crate::times::Ms) -> Self {
        Self { run, words, now, queries: Cell::new(0), depth: Cell::new(0) }
    }

    /// The whole statement, which HaloPSA runs as a derived table.
    pub(super) fn statement(&self, query: &Query) -> Res<(Plan, Vec<Shown>)> {
        let planned = self.query(query, Env { ctes: None, outer: None })?;
        let columns = named(planned.columns, "a")?;
        let shown = columns.into_iter().map(|column| Shown { name: column.name.unwrap_or_default(), ty: column.ty });
        Ok((planned.plan, shown.collect()))
    }

    fn deeper(&self) -> Res<Deeper<'_>> {
        self.depth.set(self.depth.get() + 1);
        let guard = Deeper(&self.depth);
        if self.depth.get() > DEPTH { fail(TOO_DEEP) } else { Ok(guard) }
    }

    fn query(&self, query: &Query, env: Env<'_>) -> Res<Planned> {
        let _guard = self.deeper()?;
        self.queries.set(self.queries.get() + 1);
        if self.queries.get() > QUERIES {
            return fail(TOO_DEEP);
        }
        let Some(with) = &query.with else { return self.body(query, env) };
        if env.outer.is_some() {
            return keyword("WITH");
        }
        self.with(&with.cte_tables, query, env)
    }

    /// A query in brackets, seen from an expression.
    fn sub(&self, query: &Query, scope: &Scope<'_>, env: Env<'_>) -> Res<Planned> {
        self.query(query, Env { ctes: env.ctes, outer: Some(scope) })
    }

    /// Puts the CTEs before the query one by one.
    fn with(&self, ctes: &[sqlparser::ast::Cte], query: &Query, env: Env<'_>) -> Res<Planned> {
        let [first, rest @ ..] = ctes else { return self.body(query, env) };
        let _guard = self.deeper()?;
        let columns = first.alias.columns.iter().map(|column| column.name.value.clone()).collect();
        let cte = Cte { name: first.alias.name.value.to_lowercase(), query: &first.query, columns, before: env.ctes };
        self.with(rest, query, Env { ctes: Some(&cte), ..env })
    }

    fn body(&self, query: &Query, env: Env<'_>) -> Res<Planned> {
        let order = order::Order::of(query)?;
        let xml = matches!(query.for_clause, Some(sqlparser::ast::ForClause::Xml { .. }));
        let topped = matches!(&*query.body, SetExpr::Select(select) if select.top.is_some());
        if order.is_sorted() && !topped && !order.is_cut() && !xml {
            return fail(UNSORTED);
        }
        if !query.locks.is_empty() || query.settings.is_some() || !query.pipe_operators.is_empty() {
            return unknown("this clause");
        }
        let planned = match &*query.body {
            SetExpr::Select(select) => self.select(select, &order, env)?,
            other => self.sorted_set(other, &order, env)?,
        };
        match &query.for_clause {
            None => Ok(planned),
            Some(clause) => sets::for_xml(planned, clause),
        }
    }
}

/// Columns as a derived table needs them: each with a name of its own.
fn named(columns: Vec<Column>, table: &str) -> Res<Vec<Column>> {
    for (place, column) in columns.iter().enumerate() {
        let Some(name) = column.name.as_ref().filter(|name| !name.is_empty()) else {
            return fail(format!("No column name was specified for column {} of '{table}'.", place + 1));
        };
        let same = |other: &Column| other.name.as_ref().is_some_and(|other| other.eq_ignore_ascii_case(name));
        if columns[..place].iter().any(same) {
            return fail(format!("The column '{name}' was specified multiple times for '{table}'."));
        }
    }
    Ok(columns)
}

/// Schema and name of a table.
fn parts_of(name: &ObjectName) -> Res<(Option<&str>, &str)> {
    let idents = name.0.iter().map(|part| match part {
        ObjectNamePart::Identifier(ident) => Ok(ident),
        ObjectNamePart::Function(_) => unknown("names of that kind"),
    });
    let idents = idents.collect::<Res<Vec<&Ident>>>()?;
    match idents.as_slice() {
        [.., schema, name] => Ok((Some(schema.value.as_str()).filter(|schema| !schema.is_empty()), &name.value)),
        [name] => Ok((None, &name.value)),
        [] => Err(Fail::Sql("An object or column name is missing or empty.".into())),
    }
}

/// `LIMIT`, which T-SQL has not.
fn offset_of(query: &Query) -> Res<Option<&sqlparser::ast::Expr>> {
    match &query.limit_clause {
        None => Ok(None),
        Some(LimitClause::LimitOffset { limit: None, offset, .. }) => Ok(offset.as_ref().map(|offset| &offset.value)),
        Some(_) => super::error::syntax("LIMIT"),
    }
}
