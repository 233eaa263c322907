//! FROM: tables, derived tables and CTEs, and how they are joined.

use sqlparser::ast::{JoinConstraint, JoinOperator, TableAlias, TableFactor, TableWithJoins};

use super::pushdown::{self, joined};
use super::scope::{Column, Scope, Source};
use super::{Cte, Env, Planned, Planner, named, parts_of};
use crate::report::catalog;
use crate::report::error::{Res, fail, syntax, unknown};
use crate::report::exec::Plan;
use crate::report::exec::scan::Scan;
use crate::report::expr::Pred;

/// How a source is put beside those before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Inner,
    Left,
    Right,
    Full,
    /// Runs for each row before it; `true` keeps rows for which nothing is found.
    Apply(bool),
}

/// One source with its conditions, whose places are those of the whole row.
pub(super) struct Link {
    pub(super) kind: Kind,
    pub(super) plan: Plan,
    pub(super) offset: usize,
    pub(super) width: usize,
    pub(super) on: Vec<Pred>,
}

impl Planner<'_> {
    /// All sources of FROM in their order; adds their names to the scope.
    pub(super) fn from(
        &self,
        from: &[TableWithJoins],
        wild: bool,
        scope: &mut Scope<'_>,
        env: Env<'_>,
    ) -> Res<Vec<Link>> {
        let mut links = Vec::new();
        for joined in from {
            self.chain(joined, wild, scope, env, &mut links)?;
        }
        Ok(links)
    }

    fn chain(
        &self,
        joined: &TableWithJoins,
        wild: bool,
        scope: &mut Scope<'_>,
        env: Env<'_>,
        links: &mut Vec<Link>,
    ) -> Res<()> {
        let _guard = self.deeper()?;
        links.push(self.link(&joined.relation, Kind::Inner, wild, scope, env)?);
        for join in &joined.joins {
            let (kind, constraint) = kind_of(&join.join_operator)?;
            let mut link = match kind {
                Kind::Apply(_) => self.applied(&join.relation, kind, scope, env)?,
                _ => self.link(&join.relation, kind, wild, scope, env)?,
            };
            match constraint {
                Some(JoinConstraint::On(condition)) => self.pred(condition, scope, env)?.split(&mut link.on),
                Some(JoinConstraint::None) | None => {}
                Some(_) => return unknown("joins without ON"),
            }
            links.push(link);
        }
        Ok(())
    }

    fn link(&self, factor: &TableFactor, kind: Kind, wild: bool, scope: &mut Scope<'_>, env: Env<'_>) -> Res<Link> {
        let offset = scope.width();
        let plan = match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let (schema, name) = parts_of(name)?;
                let (plan, columns) = self.table(schema, name, wild, env)?;
                add(scope, alias.as_ref(), name, columns)?;
                plan
            }
            TableFactor::Derived { subquery, alias, .. } => {
                let Planned { plan, columns, escaped } =
                    self.query(subquery, Env { ctes: env.ctes, outer: scope.parent })?;
                scope.escaped.set(scope.escaped.get() || escaped);
                let Some(alias) = alias else { return syntax(")") };
                add(scope, Some(alias), "", columns)?;
                plan
            }
            // A join in brackets is joined first and then counts as one source.
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                let mut inner: Vec<Link> = Vec::new();
                self.chain(table_with_joins, wild, scope, env, &mut inner)?;
                for link in &mut inner {
                    if !link.on.iter().all(|on| pushdown::within(on, offset)) {
                        return unknown("joins in brackets that depend on what is outside");
                    }
                    link.offset -= offset;
                    link.on.iter_mut().for_each(|on| on.shift(offset));
                }
                joined(inner, Vec::new(), false)
            }
            TableFactor::Pivot { .. } | TableFactor::Unpivot { .. } => return unknown("PIVOT and UNPIVOT"),
            _ => return unknown("this kind of source in FROM"),
        };
        Ok(Link { kind, plan, offset, width: scope.width() - offset, on: Vec::new() })
    }

    /// The right side of APPLY, which sees the sources before it as the row around it.
    fn applied(&self, factor: &TableFactor, kind: Kind, scope: &mut Scope<'_>, env: Env<'_>) -> Res<Link> {
        let TableFactor::Derived { subquery, alias: Some(alias), .. } = factor else {
            return unknown("APPLY of anything but a query with a name");
        };
        let offset = scope.width();
        let Planned { plan, columns, .. } = self.query(subquery, Env { ctes: env.ctes, outer: Some(scope) })?;
        add(scope, Some(alias), "", columns)?;
        Ok(Link { kind, plan, offset, width: scope.width() - offset, on: Vec::new() })
    }

    fn table(&self, schema: Option<&str>, name: &str, wild: bool, env: Env<'_>) -> Res<(Plan, Vec<Column>)> {
        if schema.is_none()
            && let Some(cte) = cte(env.ctes, name)
        {
            return self.cte(cte);
        }
        let Some(table) = catalog::find(schema, name) else {
            let shown = schema.map_or_else(|| name.to_owned(), |schema| format!("{schema}.{name}"));
            return fail(format!("Invalid object name '{shown}'."));
        };
        let there = table.columns().into_iter().enumerate();
        let there = there.filter(|(_, column)| catalog::exists(column.name, &self.run.effects.late));
        let needed = |name: &str| wild || self.words.binary_search(&name.to_lowercase()).is_ok();
        let (places, columns): (Vec<usize>, Vec<Column>) = there
            .filter(|(_, column)| needed(column.name))
            .map(|(place, column)| (place, Column { name: Some(column.name.to_owned()), ty: column.sql.ty }))
            .unzip();
        Ok((Plan::Scan(Scan::new(table, places)), columns))
    }

    fn cte(&self, cte: &Cte<'_>) -> Res<(Plan, Vec<Column>)> {
        let Planned { plan, columns, .. } = self.query(cte.query, Env { ctes: cte.before, outer: None })?;
        Ok((plan, named(renamed(columns, &cte.columns, &cte.name)?, &cte.name)?))
    }
}

fn cte<'e>(mut ctes: Option<&'e Cte<'e>>, name: &str) -> Option<&'e Cte<'e>> {
    while let Some(cte) = ctes {
        if cte.name == name.to_lowercase() {
            return Some(cte);
        }
        ctes = cte.before;
    }
    None
}

fn add(scope: &mut Scope<'_>, alias: Option<&TableAlias>, table: &str, columns: Vec<Column>) -> Res<()> {
    let name = alias.map_or_else(|| table.to_lowercase(), |alias| alias.name.value.to_lowercase());
    if scope.sources.iter().any(|source| source.name == name) {
        let shown = alias.map_or(table, |alias| &alias.name.value);
        return fail(format!(
            "The objects \"{shown}\" and \"{shown}\" in the FROM clause have the same exposed names. Use correlation \
                names to distinguish them."
        ));
    }
    let names: Vec<String> =
        alias.into_iter().flat_map(|alias| &alias.columns).map(|column| column.name.value.clone()).collect();
    let mut columns = renamed(columns, &names, &name)?;
    if table.is_empty() {
        columns = named(columns, &name)?;
    }
    let offset = scope.width();
    scope.sources.push(Source { name, columns, offset });
    Ok(())
}

/// Columns under the names that an alias lists.
fn renamed(mut columns: Vec<Column>, names: &[String], table: &str) -> Res<Vec<Column>> {
    if names.is_empty() {
        return Ok(columns);
    }
    if names.len() != columns.len() {
        let more = if names.len() < columns.len() { "more" } else { "fewer" };
        return fail(format!("'{table}' has {more} columns than were specified in the column list."));
    }
    for (column, name) in columns.iter_mut().zip(names) {
        column.name = Some(name.clone());
    }
    Ok(columns)
}

fn kind_of(operator: &JoinOperator) -> Res<(Kind, Option<&JoinConstraint>)> {
    let on = |kind, constraint| match constraint {
        &JoinConstraint::None => syntax(")"),
        constraint => Ok((kind, Some(constraint))),
    };
    match operator {
        JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) => on(Kind::Inner, constraint),
        JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => on(Kind::Left, constraint),
        JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => on(Kind::Right, constraint),
        JoinOperator::FullOuter(constraint) => on(Kind::Full, constraint),
        JoinOperator::CrossJoin(constraint) => Ok((Kind::Inner, Some(constraint))),
        JoinOperator::CrossApply => Ok((Kind::Apply(false), None)),
        JoinOperator::OuterApply => Ok((Kind::Apply(true), None)),
        _ => unknown("this kind of join"),
    }
}
