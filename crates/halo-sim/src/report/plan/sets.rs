//! UNION, EXCEPT, INTERSECT, VALUES, and FOR XML PATH.

use sqlparser::ast::{ForClause, ForXml, SetExpr, SetOperator, SetQuantifier};

use super::cast::cast;
use super::order::{Order, is_down, ordinal, sorted};
use super::scope::{Column, Scope};
use super::{Env, Planned, Planner};
use crate::report::error::{Res, fail, unknown};
use crate::report::exec::Plan;
use crate::report::exec::group::{Agg, Group, What};
use crate::report::expr::{Builtin, Ex};
use crate::report::types::{NVARCHAR, Ty};
use crate::report::value::{Value, text};

impl Planner<'_> {
    /// A body that is no single SELECT, sorted by the names or places of its columns.
    pub(super) fn sorted_set(&self, body: &SetExpr, order: &Order<'_>, env: Env<'_>) -> Res<Planned> {
        let Planned { plan, columns, escaped } = self.set(body, env)?;
        let mut by = Vec::new();
        for entry in order.by {
            let name = entry.expr.to_string();
            let name = name.trim_matches(['[', ']', '"']);
            let named = |column: &Column| column.name.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(name));
            let place = match ordinal(&entry.expr) {
                Some(place) => place.checked_sub(1).filter(|place| *place < columns.len()),
                None => columns.iter().position(named),
            };
            match place {
                Some(place) => by.push((Ex::Col(place), is_down(entry))),
                None => {
                    return fail(
                        "ORDER BY items must appear in the select list if the statement contains a UNION, INTERSECT \
                            or EXCEPT operator.",
                    );
                }
            }
        }
        let (skip, take) = self.cut(order)?;
        Ok(Planned { plan: sorted(plan, by, skip, take), columns, escaped })
    }

    fn set(&self, body: &SetExpr, env: Env<'_>) -> Res<Planned> {
        let _guard = self.deeper()?;
        match body {
            SetExpr::Query(query) => self.query(query, env),
            SetExpr::Select(select) => {
                let none = Order::none();
                self.select(select, &none, env)
            }
            SetExpr::Values(values) => {
                let rows: Vec<&[sqlparser::ast::Expr]> = values.rows.iter().map(|row| row.content.as_slice()).collect();
                self.values(&rows, env)
            }
            SetExpr::SetOperation { left, op, set_quantifier, right } => {
                let (left, right) = (self.set(left, env)?, self.set(right, env)?);
                combined(left, right, *op, *set_quantifier)
            }
            _ => unknown("this kind of query"),
        }
    }

    fn values(&self, rows: &[&[sqlparser::ast::Expr]], env: Env<'_>) -> Res<Planned> {
        let scope = Scope::new(env.outer);
        let mut compiled = Vec::new();
        for row in rows {
            compiled.push(row.iter().map(|value| self.expr(value, &scope, env)).collect::<Res<Vec<_>>>()?);
        }
        let width = compiled.first().map_or(0, Vec::len);
        if compiled.iter().any(|row| row.len() != width) {
            return fail("The number of elements in the VALUES clause must be the same in all rows.");
        }
        let of_column = |place: usize| compiled.iter().fold(Ty::Null, |ty, row| ty.common(row[place].1));
        let types: Vec<Ty> = (0..width).map(of_column).collect();
        let cast_row =
            |row: Vec<(Ex, Ty)>| row.into_iter().zip(&types).map(|((ex, from), to)| cast(ex, from, *to)).collect();
        let plan = Plan::Values(compiled.into_iter().map(cast_row).collect());
        let columns = types.iter().map(|ty| Column { name: None, ty: *ty }).collect();
        Ok(Planned { plan, columns, escaped: scope.escaped.get() })
    }
}

fn combined(left: Planned, right: Planned, op: SetOperator, quantifier: SetQuantifier) -> Res<Planned> {
    if left.columns.len() != right.columns.len() {
        return fail(
            "All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of \
                expressions in their target lists.",
        );
    }
    let columns: Vec<Column> = left
        .columns
        .iter()
        .zip(&right.columns)
        .map(|(left, right)| Column { name: left.name.clone(), ty: left.ty.common(right.ty) })
        .collect();
    let escaped = left.escaped || right.escaped;
    let (left, right) = (as_types(left, &columns), as_types(right, &columns));
    let plan = match (op, quantifier) {
        (SetOperator::Union, SetQuantifier::All) => Plan::Union(vec![left, right]),
        (SetOperator::Union, _) => Plan::Distinct(Box::new(Plan::Union(vec![left, right]))),
        (SetOperator::Except, SetQuantifier::None) => Plan::Matching(Box::new(left), Box::new(right), false),
        (SetOperator::Intersect, SetQuantifier::None) => Plan::Matching(Box::new(left), Box::new(right), true),
        _ => return unknown("this combination of queries"),
    };
    Ok(Planned { plan, columns, escaped })
}

fn as_types(query: Planned, columns: &[Column]) -> Plan {
    let places = query.columns.iter().zip(columns).enumerate();
    let cells: Vec<Ex> = places.map(|(place, (from, to))| cast(Ex::Col(place), from.ty, to.ty)).collect();
    if cells.iter().all(|cell| matches!(cell, Ex::Col(_))) {
        return query.plan;
    }
    Plan::Project(Box::new(query.plan), cells)
}

/// All rows as one text: the usual way to list names before there was STRING_AGG.
pub(super) fn for_xml(query: Planned, clause: &ForClause) -> Res<Planned> {
    let ForClause::Xml { for_xml: ForXml::Path(row), .. } = clause else { return unknown("this form of FOR") };
    let row = row.clone().unwrap_or_else(|| "row".into());
    let mut cell = Ex::Const(text(""));
    let mut add = |more: Ex| {
        let before = std::mem::replace(&mut cell, Ex::Const(Value::Null));
        cell = Ex::Concat(Box::new(before), Box::new(more));
    };
    for (place, column) in query.columns.iter().enumerate() {
        let shown = cast(Ex::Col(place), column.ty, NVARCHAR);
        let shown = Ex::Coalesce(vec![Ex::Call(ESCAPED, vec![shown]), Ex::Const(text(""))]);
        match column.name.as_deref().filter(|name| !name.is_empty() && *name != "text()" && *name != "*") {
            Some(name) => {
                add(Ex::Const(text(format!("<{name}>"))));
                add(shown);
                add(Ex::Const(text(format!("</{name}>"))));
            }
            None => add(shown),
        }
    }
    if !row.is_empty() {
        let start = Ex::Concat(Box::new(Ex::Const(text(format!("<{row}>")))), Box::new(cell));
        cell = Ex::Concat(Box::new(start), Box::new(Ex::Const(text(format!("</{row}>")))));
    }
    let agg = Agg {
        what: What::Join,
        distinct: false,
        of: Some(cell),
        ty: NVARCHAR,
        separator: String::new(),
        order: Vec::new(),
    };
    let plan = Plan::Group(Box::new(Group { input: query.plan, keys: Vec::new(), aggs: vec![agg] }));
    Ok(Planned { plan, columns: vec![Column { name: None, ty: NVARCHAR }], escaped: query.escaped })
}

const ESCAPED: Builtin = Builtin {
    name: "escaped",
    open: false,
    call: |arguments| {
        Ok(match &arguments[0] {
            Value::Text(inner) => text(inner.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")),
            other => other.clone(),
        })
    },
};
