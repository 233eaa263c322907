//! The one handler of lists: filter, order, cut out the page, wrap it in the entity's shape.

use std::cmp::Ordering;
use std::io::Write as _;

use crate::entity::{Argument, Entity, Field, Param, Shape, Takes, View};
use crate::query::Query;
use crate::times;
use crate::value::{self, Object, SortKey, Style};
use crate::world::table::Row;

/// Rows on a page when none are asked for.
const PAGE: usize = 50;
/// HaloPSA names a largest page for tickets, projects and opportunities, and for no other list.
const TICKET_CAP: usize = 100;

/// What the server makes of paging at this moment.
pub(crate) struct Rules {
    /// Largest page, in place of the usual one; 0 is none.
    pub(crate) cap: Option<usize>,
    /// `pageinate` is understood.
    pub(crate) paging: bool,
}

/// What was written.
pub(crate) struct Listed {
    pub(crate) paged: bool,
    pub(crate) first: Option<i64>,
}

/// Writes the answer to a list request.
pub(crate) fn list<'a, R: Row>(entity: &Entity<R>, view: &View<'a>, rules: &Rules, out: &mut Vec<u8>) -> Listed {
    let mut rows = matching(entity, view);
    order(entity, view, &mut rows);
    let id_only = !entity.id_only.is_empty() && view.query.flag(entity.id_only);
    let paging = rules.paging && !id_only && view.query.flag("pageinate");
    let total = rows.len();
    match entity.shape {
        Shape::Paged if paging => {
            let (number, size) = page(view.query, rules.cap.unwrap_or(usual_cap(entity)));
            let shown = cut(&rows, number, size);
            let head = format!("\"page_no\":{number},\"page_size\":{size},\"record_count\":{total},");
            envelope(entity, view, &head, shown, id_only, out);
            Listed { paged: true, first: shown.first().map(|row| row.id()) }
        }
        // The list of agents knows no page size: all rows came to a request for one.
        Shape::BareOrPaged if paging => {
            let head = format!("\"page_no\":1,\"page_size\":{total},\"record_count\":{total},");
            envelope(entity, view, &head, &rows, id_only, out);
            Listed { paged: false, first: None }
        }
        Shape::Paged | Shape::Unpaged => {
            let count =
                view.query.number("count").and_then(|count| usize::try_from(count).ok()).filter(|count| *count > 0);
            let shown = &rows[..count.unwrap_or(total).min(total)];
            envelope(entity, view, &format!("\"record_count\":{total},"), shown, id_only, out);
            Listed { paged: false, first: None }
        }
        Shape::Bare | Shape::BareOrPaged => {
            array(entity, view, &rows, id_only, out);
            Listed { paged: false, first: None }
        }
    }
}

/// The rows that are there, that the agent may see, and that every filter keeps.
fn matching<'a, R: Row>(entity: &Entity<R>, view: &View<'a>) -> Vec<&'a R> {
    let filters: Vec<_> =
        entity.params.iter().filter_map(|param| Some((param.keep, argument(param, view.query)?))).collect();
    let restricted = view.rights.restricted();
    let keep = |row: &&'a R| {
        !(entity.hidden)(view, row)
            && (!restricted || (entity.visible)(view, row))
            && filters.iter().all(|(keep, argument)| keep(view, row, argument))
    };
    (entity.rows)(view).iter().filter(keep).collect()
}

/// A filter's argument, or nothing when the parameter is absent or unreadable: it is ignored then.
fn argument<R>(param: &Param<R>, query: &Query) -> Option<Argument> {
    let given = query.get(param.name)?.trim();
    let mut argument = Argument::default();
    match param.takes {
        Takes::Numbers => {
            argument.numbers = given.split(',').filter_map(|number| number.trim().parse().ok()).collect();
            if argument.numbers.is_empty() {
                return None;
            }
        }
        Takes::Time => argument.time = times::parse(given)?,
        Takes::Flag if !given.eq_ignore_ascii_case("true") => return None,
        Takes::Text if given.is_empty() => return None,
        Takes::Flag | Takes::Text => argument.text = given.to_lowercase(),
    }
    Some(argument)
}

/// Sorts by up to five fields; unknown ones are ignored. Rows come in order of id.
fn order<'a, R: Row>(entity: &Entity<R>, view: &View<'a>, rows: &mut [&'a R]) {
    let orders: Vec<(&Field<R>, bool)> = ["", "2", "3", "4", "5"]
        .iter()
        .filter_map(|place| {
            let field = entity.field(view.query.get(&format!("order{place}"))?)?;
            Some((field, view.query.flag(&format!("orderdesc{place}"))))
        })
        .collect();
    match orders.first() {
        None if entity.newest_first => rows.reverse(),
        None => {}
        // Ids are unique, so nothing after them matters; those of a paged list are its order already.
        Some((field, true)) if field.name == "id" && entity.shape == Shape::Paged => rows.reverse(),
        Some((field, false)) if field.name == "id" && entity.shape == Shape::Paged => {}
        Some(_) => {
            let keys = |row: &'a R| -> Vec<SortKey> {
                orders.iter().map(|(field, _)| (field.value)(view, row).into()).collect()
            };
            let mut keyed: Vec<_> = rows.iter().map(|row| (keys(row), *row)).collect();
            keyed.sort_by(|(left, _), (right, _)| {
                let compared = left.iter().zip(right).zip(&orders).map(|((left, right), (_, down))| {
                    let order = left.partial_cmp(right).unwrap_or(Ordering::Equal);
                    if *down { order.reverse() } else { order }
                });
                compared.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
            });
            for (place, (_, row)) in rows.iter_mut().zip(keyed) {
                *place = row;
            }
        }
    }
}

fn usual_cap<R>(entity: &Entity<R>) -> usize {
    if entity.key == "tickets" { TICKET_CAP } else { 0 }
}

/// Page number (from 1) and size; unreadable ones are ignored.
fn page(query: &Query, cap: usize) -> (usize, usize) {
    let positive =
        |name| query.number(name).and_then(|number| usize::try_from(number).ok()).filter(|number| *number > 0);
    let size = positive("page_size").unwrap_or(PAGE);
    (positive("page_no").unwrap_or(1), if cap == 0 { size } else { size.min(cap) })
}

/// The rows of a page; past the end it is the last page again.
fn cut<'r, 'a, R>(rows: &'r [&'a R], number: usize, size: usize) -> &'r [&'a R] {
    let pages = rows.len().div_ceil(size).max(1);
    let start = (number.min(pages) - 1) * size;
    &rows[start..rows.len().min(start.saturating_add(size))]
}

fn envelope<'a, R: Row>(
    entity: &Entity<R>,
    view: &View<'a>,
    head: &str,
    rows: &[&'a R],
    id_only: bool,
    out: &mut Vec<u8>,
) {
    out.push(b'{');
    out.extend_from_slice(head.as_bytes());
    if view.query.flag("includecolumns") {
        columns(entity, view.style, out);
    }
    write!(out, "\"{}\":", entity.key).expect("a vector takes every byte");
    array(entity, view, rows, id_only, out);
    out.push(b'}');
}

fn array<'a, R: Row>(entity: &Entity<R>, view: &View<'a>, rows: &[&'a R], id_only: bool, out: &mut Vec<u8>) {
    out.push(b'[');
    let id = entity.field("id").filter(|_| id_only);
    for (place, row) in rows.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        match id {
            Some(id) => {
                let mut object = Object::open(out, view.style, row.id());
                object.member(id.name, &(id.value)(view, row));
                object.close();
            }
            None => entity.write(view, row, out),
        }
    }
    out.push(b']');
}

/// The column profile that a screen would use; what a real one holds is up to each tenant.
fn columns<R>(entity: &Entity<R>, style: &Style, out: &mut Vec<u8>) {
    let fields = entity.fields.iter().flat_map(|fields| fields.iter()).zip(1..);
    let columns = value::array(style, fields, |object, (field, number)| {
        object.member("id", &value::V::Int(number));
        object.member("name", &value::V::text(field.name));
    });
    out.extend_from_slice(b"\"columns_id\":1,\"columns\":");
    out.extend_from_slice(&columns);
    out.push(b',');
}
