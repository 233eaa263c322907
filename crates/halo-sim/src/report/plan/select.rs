//! One SELECT. Its clauses take effect in this order: FROM, WHERE, GROUP BY, HAVING, OVER, the columns,
//! DISTINCT, ORDER BY, TOP.

use sqlparser::ast::{Distinct, Expr, GroupByExpr, Select, SelectItem, SelectItemQualifiedWildcardKind, TopQuantity};

use super::aggregate::has_aggregate;
use super::order::{Order, is_down, ordinal, sorted};
use super::pushdown::joined;
use super::scope::{Column, Grouping, Scope};
use super::{Env, Planned, Planner};
use crate::report::error::{Res, fail, keyword, unknown};
use crate::report::exec::Plan;
use crate::report::exec::group::Group;
use crate::report::exec::sort::By;
use crate::report::expr::{Ex, Pred};
use crate::report::types::Ty;

/// A column of the result.
struct Item {
    name: Option<String>,
    ex: Ex,
    ty: Ty,
}

impl Planner<'_> {
    pub(super) fn select(&self, select: &Select, order: &Order<'_>, env: Env<'_>) -> Res<Planned> {
        refuse(select)?;
        let mut scope = Scope::new(env.outer);
        let links = self.from(&select.from, is_wild(select), &mut scope, env)?;
        let closed = !scope.escaped.get();
        let conditions = self.conditions(select.selection.as_ref(), &scope, env)?;
        let mut plan = joined(links, conditions, closed);
        let having = self.grouped(select, order, &scope, env)?;
        *scope.windows.borrow_mut() = Some(Vec::new());
        scope.clause.set("select list");
        let items = self.items(select, &scope, env)?;
        scope.clause.set("ORDER BY clause");
        let by = self.order_by(order, &items, &scope, env)?;
        let (grouped, width) = finished_groups(plan, having, &scope);
        plan = windowed(grouped, &scope, width);
        let (skip, mut take) = self.cut(order)?;
        if let Some(top) = self.top(select)? {
            if order.is_cut() {
                return fail("A TOP can not be used in the same query or sub-query as a OFFSET.");
            }
            take = Some(top);
        }
        let columns = items.iter().map(|item| Column { name: item.name.clone(), ty: item.ty }).collect();
        let exs: Vec<Ex> = items.into_iter().map(|item| item.ex).collect();
        let plan = match select.distinct {
            Some(Distinct::Distinct) => {
                let by = by_columns(by, &exs)?;
                sorted(Plan::Distinct(Box::new(Plan::Project(Box::new(plan), exs))), by, skip, take)
            }
            // Columns are worked out for the rows that stay.
            _ => Plan::Project(Box::new(sorted(plan, by, skip, take)), exs),
        };
        Ok(Planned { plan, columns, escaped: scope.escaped.get() })
    }

    /// Makes names mean groups from here on, if there are any; gives the condition of HAVING.
    fn grouped(&self, select: &Select, order: &Order<'_>, scope: &Scope<'_>, env: Env<'_>) -> Res<Option<Pred>> {
        let keys = match &select.group_by {
            GroupByExpr::Expressions(keys, modifiers) if modifiers.is_empty() => keys,
            _ => return unknown("this form of GROUP BY"),
        };
        let in_items = select.projection.iter().any(|item| match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => has_aggregate(expr),
            _ => false,
        });
        let in_order = order.by.iter().any(|by| has_aggregate(&by.expr));
        if keys.is_empty() && !in_items && !in_order && select.having.is_none() {
            return Ok(None);
        }
        let mut compiled = Vec::new();
        for key in keys {
            if ordinal(key).is_some() {
                return fail(
                    "Each GROUP BY expression must contain at least one column that is not an outer reference.",
                );
            }
            if has_aggregate(key) {
                return fail(
                    "Cannot use an aggregate or a subquery in an expression used for the group by list of a GROUP BY \
                        clause.",
                );
            }
            compiled.push(self.expr(key, scope, env)?);
        }
        *scope.grouping.borrow_mut() = Some(Grouping { keys: compiled, aggs: Vec::new() });
        scope.grouped.set(true);
        scope.clause.set("HAVING clause");
        select.having.as_ref().map(|having| self.pred(having, scope, env)).transpose()
    }

    /// The columns of the result, `*` taken apart.
    fn items(&self, select: &Select, scope: &Scope<'_>, env: Env<'_>) -> Res<Vec<Item>> {
        let mut items = Vec::new();
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(expr) => {
                    let (ex, ty) = self.expr(expr, scope, env)?;
                    items.push(Item { name: name_of(expr), ex, ty });
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    if alias.quote_style.is_none() && super::super::parse::is_reserved(&alias.value) {
                        return keyword(&alias.value.to_uppercase());
                    }
                    let (ex, ty) = self.expr(expr, scope, env)?;
                    items.push(Item { name: Some(alias.value.clone()), ex, ty });
                }
                SelectItem::Wildcard(_) if scope.sources.is_empty() => {
                    return fail("Must specify table to select from.");
                }
                SelectItem::Wildcard(_) => self.wild(None, scope, &mut items)?,
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    let (_, table) = super::parts_of(name)?;
                    self.wild(Some(table), scope, &mut items)?;
                }
                _ => return unknown("this kind of column"),
            }
        }
        Ok(items)
    }

    fn wild(&self, table: Option<&str>, scope: &Scope<'_>, items: &mut Vec<Item>) -> Res<()> {
        let wanted = table.map(str::to_lowercase);
        let before = items.len();
        for source in scope.sources.iter().filter(|source| wanted.as_ref().is_none_or(|name| source.name == *name)) {
            for column in &source.columns {
                let name = column.name.clone().unwrap_or_default();
                let (ex, ty) = scope.column(Some(&source.name), &name)?;
                items.push(Item { name: Some(name), ex, ty });
            }
        }
        match table {
            Some(table) if items.len() == before => fail(format!(
                "The column prefix '{table}' does not match with a table name or alias name used in the query."
            )),
            _ => Ok(()),
        }
    }

    /// What to sort by: a name or a place in the result, or any expression.
    fn order_by(&self, order: &Order<'_>, items: &[Item], scope: &Scope<'_>, env: Env<'_>) -> Res<Vec<By>> {
        let mut by = Vec::new();
        for entry in order.by {
            let alias = match &entry.expr {
                Expr::Identifier(ident) => items
                    .iter()
                    .find(|item| item.name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(&ident.value))),
                _ => None,
            };
            let ex = match (ordinal(&entry.expr), alias) {
                (Some(place), _) => match place.checked_sub(1).and_then(|place| items.get(place)) {
                    Some(item) => item.ex.clone(),
                    None => {
                        return fail(format!(
                            "The ORDER BY position number {place} is out of range of the number of items in the \
                                select list."
                        ));
                    }
                },
                (None, Some(item)) => item.ex.clone(),
                (None, None) => self.expr(&entry.expr, scope, env)?.0,
            };
            by.push((ex, is_down(entry)));
        }
        Ok(by)
    }

    fn top(&self, select: &Select) -> Res<Option<u64>> {
        let Some(top) = &select.top else { return Ok(None) };
        if top.with_ties || top.percent {
            return unknown("TOP with ties or percent");
        }
        match &top.quantity {
            None => keyword("TOP"),
            Some(TopQuantity::Constant(number)) => Ok(Some(*number)),
            Some(TopQuantity::Expr(expr)) => self.count(expr, "TOP").map(Some),
        }
    }
}

/// What other dialects have.
fn refuse(select: &Select) -> Res<()> {
    match () {
        () if select.into.is_some() => keyword("INTO"),
        () if matches!(select.distinct, Some(Distinct::On(_))) => keyword("ON"),
        () if select.qualify.is_some() || !select.named_window.is_empty() => unknown("named windows"),
        () if !select.lateral_views.is_empty() || select.prewhere.is_some() || !select.connect_by.is_empty() => {
            unknown("this clause")
        }
        () => Ok(()),
    }
}

fn is_wild(select: &Select) -> bool {
    let wild = |item: &SelectItem| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..));
    select.projection.iter().any(wild)
}

/// The name of a column that was given none.
fn name_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(ident) => Some(ident.value.clone()),
        Expr::CompoundIdentifier(idents) => idents.last().map(|ident| ident.value.clone()),
        Expr::Nested(inner) => name_of(inner),
        _ => None,
    }
}

/// With DISTINCT only what is shown can be sorted by.
fn by_columns(by: Vec<By>, columns: &[Ex]) -> Res<Vec<By>> {
    by.into_iter()
        .map(|(ex, down)| match columns.iter().position(|column| *column == ex) {
            Some(place) => Ok((Ex::Col(place), down)),
            None => fail("ORDER BY items must appear in the select list if SELECT DISTINCT is specified."),
        })
        .collect()
}

/// Puts the groups in, now that all aggregates are known; gives the width of the rows too.
fn finished_groups(plan: Plan, having: Option<Pred>, scope: &Scope<'_>) -> (Plan, usize) {
    scope.grouped.set(false);
    let Some(grouping) = scope.grouping.borrow_mut().take() else { return (plan, scope.width()) };
    let keys: Vec<Ex> = grouping.keys.into_iter().map(|(key, _)| key).collect();
    let width = keys.len() + grouping.aggs.len();
    let group = Plan::Group(Box::new(Group { input: plan, keys, aggs: grouping.aggs }));
    match having {
        Some(condition) => (Plan::Filter(Box::new(group), condition), width),
        None => (group, width),
    }
}

/// Adds the values of window functions behind the rows.
fn windowed(plan: Plan, scope: &Scope<'_>, width: usize) -> Plan {
    let windows = scope.windows.borrow_mut().take().unwrap_or_default();
    if windows.is_empty() {
        return plan;
    }
    for (place, (_, late)) in windows.iter().enumerate() {
        late.set(width + place);
    }
    Plan::Window(Box::new(plan), windows.into_iter().map(|(window, _)| window).collect())
}
