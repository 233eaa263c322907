//! The one handler of lists: filter, order, cut out the page, wrap it in the entity's shape.

use std::cmp::Ordering;
use std::io::Write as _;
use std::ops::Range;

use crate::entity::{Argument, Entity, Field, Param, Rows, Shape, Short, Takes, View};
use crate::query::Query;
use crate::times;
use crate::value::{self, Object, SortKey, Style};
use crate::world::columns::{Cut, Selection};
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
    let rows = order(entity, view, matching(entity, view));
    let id_only = !entity.id_only.is_empty() && view.query.flag(entity.id_only);
    let paging = rules.paging && !id_only && view.query.flag("pageinate");
    let total = rows.len();
    match entity.shape {
        Shape::Paged if paging => {
            let (number, size) = page(view.query, rules.cap.unwrap_or(usual_cap(entity)));
            let shown = rows.part(span(total, number, size));
            let head = format!("\"page_no\":{number},\"page_size\":{size},\"record_count\":{total},");
            envelope(entity, view, &head, &shown, id_only, out);
            Listed { paged: true, first: shown.first().map(|row| row.id()) }
        }
        // The list of agents knows no page size: all rows came to a request for one.
        Shape::BareOrPaged if paging => {
            let head = format!("\"page_no\":1,\"page_size\":{total},\"record_count\":{total},");
            envelope(entity, view, &head, &rows.part(0..total), id_only, out);
            Listed { paged: false, first: None }
        }
        Shape::Paged | Shape::Unpaged => {
            let count =
                view.query.number("count").and_then(|count| usize::try_from(count).ok()).filter(|count| *count > 0);
            let shown = rows.part(0..count.unwrap_or(total).min(total));
            envelope(entity, view, &format!("\"record_count\":{total},"), &shown, id_only, out);
            Listed { paged: false, first: None }
        }
        Shape::Bare | Shape::BareOrPaged => {
            array(entity, view, &rows.part(0..total), id_only, out);
            Listed { paged: false, first: None }
        }
    }
}

/// Rows that match, in the order of the answer, as far as it was worked out.
struct Chosen<'a, R> {
    found: Matching<'a, R>,
    /// The answer goes down the rows found.
    down: bool,
}

/// Rows that match, in order of id.
enum Matching<'a, R> {
    /// Those at these positions.
    Listed(&'a [R], &'a [u32]),
    /// Counted, but not collected.
    Selected(&'a [R], Selection<'a>),
    Collected(Vec<&'a R>),
}

impl<'a, R: Row> Matching<'a, R> {
    fn len(&self) -> usize {
        match self {
            Matching::Listed(_, positions) => positions.len(),
            Matching::Selected(_, selection) => selection.len(),
            Matching::Collected(rows) => rows.len(),
        }
    }

    fn part(&self, range: Range<usize>) -> Vec<&'a R> {
        let at = |rows: &'a [R], positions: &[u32]| positions.iter().map(|place| &rows[*place as usize]).collect();
        match self {
            Matching::Listed(rows, positions) => at(rows, &positions[range]),
            Matching::Selected(rows, selection) => at(rows, &selection.positions(range)),
            Matching::Collected(rows) => rows[range].to_vec(),
        }
    }
}

impl<'a, R: Row> Chosen<'a, R> {
    fn len(&self) -> usize {
        self.found.len()
    }

    /// The rows from one place of the answer to another.
    fn part(&self, range: Range<usize>) -> Vec<&'a R> {
        if !self.down {
            return self.found.part(range);
        }
        let mut rows = self.found.part(self.len() - range.end..self.len() - range.start);
        rows.reverse();
        rows
    }
}

type Filter<'p, R> = (&'p Param<R>, Argument);

/// The rows that are there, that the agent may see, and that every filter keeps. They are looked at one by
/// one only where no index and no column tells which they are.
fn matching<'a, R: Row>(entity: &Entity<R>, view: &View<'a>) -> Matching<'a, R> {
    let mut filters: Vec<Filter<'_, R>> =
        entity.params.iter().filter_map(|param| Some((param, argument(param, view.query)?))).collect();
    let found = shortest((entity.rows)(view), view, &mut filters);
    let restricted = view.rights.restricted();
    if !R::HIDES && !restricted && filters.is_empty() {
        return found;
    }
    let mut rows = found.part(0..found.len());
    rows.retain(|row| {
        !(entity.hidden)(view, row)
            && (!restricted || (entity.visible)(view, row))
            && filters.iter().all(|(param, argument)| (param.keep)(view, row, argument))
    });
    Matching::Collected(rows)
}

/// The rows a list starts from, less what its filters drop by a short way; those filters are done then.
fn shortest<'a, R: Row>(rows: Rows<'a, R>, view: &View<'a>, filters: &mut Vec<Filter<'_, R>>) -> Matching<'a, R> {
    let Rows::Lane { table, lane, deleted, cut } = rows else {
        return match rows {
            Rows::Picked(rows, positions) => Matching::Listed(rows, positions),
            rows => Matching::Collected(rows.iter().collect()),
        };
    };
    if let Some(place) = filters.iter().position(|(param, _)| matches!(param.short, Short::Ids)) {
        let mut ids = filters.swap_remove(place).1.numbers;
        ids.sort_unstable();
        ids.dedup();
        let rows = ids.into_iter().filter_map(|id| table.get(id));
        let rows = rows.filter(|row| row.deleted() == deleted && (lane == 0 || row.lane() == lane));
        return Matching::Collected(rows.filter(|row| cut.is_none_or(|cut| cut.holds(*row))).collect());
    }
    let mut cuts: Vec<Cut> = cut.into_iter().collect();
    filters.retain(|(param, argument)| {
        let Short::Cut(cut) = param.short else { return true };
        let cut = cut(view, argument);
        cuts.extend(cut);
        cut.is_none()
    });
    if cuts.is_empty() && !deleted {
        Matching::Listed(table.rows(), table.lane(lane))
    } else {
        Matching::Selected(table.rows(), table.select(lane, deleted, &cuts))
    }
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
fn order<'a, R: Row>(entity: &Entity<R>, view: &View<'a>, found: Matching<'a, R>) -> Chosen<'a, R> {
    let orders: Vec<(&Field<R>, bool)> = ["order", "order2", "order3", "order4", "order5"]
        .into_iter()
        .zip(["orderdesc", "orderdesc2", "orderdesc3", "orderdesc4", "orderdesc5"])
        .filter_map(|(order, down)| Some((entity.field(view.query.get(order)?)?, view.query.flag(down))))
        .collect();
    match orders.first() {
        None => Chosen { found, down: entity.newest_first },
        // Ids are unique, so nothing after them matters; those of a paged list are its order already.
        Some((field, down)) if field.name == "id" && entity.shape == Shape::Paged => Chosen { found, down: *down },
        Some(_) => {
            let rows = sorted(view, found.part(0..found.len()), &orders);
            Chosen { found: Matching::Collected(rows), down: false }
        }
    }
}

fn sorted<'a, R: Row>(view: &View<'a>, rows: Vec<&'a R>, orders: &[(&Field<R>, bool)]) -> Vec<&'a R> {
    let keys =
        |row: &'a R| -> Vec<SortKey> { orders.iter().map(|(field, _)| (field.value)(view, row).into()).collect() };
    let mut keyed: Vec<_> = rows.into_iter().map(|row| (keys(row), row)).collect();
    keyed.sort_by(|(left, _), (right, _)| {
        let compared = left.iter().zip(right).zip(orders).map(|((left, right), (_, down))| {
            let order = left.partial_cmp(right).unwrap_or(Ordering::Equal);
            if *down { order.reverse() } else { order }
        });
        compared.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
    keyed.into_iter().map(|(_, row)| row).collect()
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

/// The places of a page; past the end it is the last page again.
fn span(total: usize, number: usize, size: usize) -> Range<usize> {
    let pages = total.div_ceil(size).max(1);
    let start = (number.min(pages) - 1) * size;
    start..total.min(start.saturating_add(size))
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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::entity::tests::listed;
    use crate::entity::{Depth, Late, ticket::TICKETS, timesheet::TIMESHEET_EVENT};
    use crate::rights::Rights;
    use crate::world::World;

    /// The ids of an answer.
    fn answered<R: Row>(world: &World, now: crate::times::Ms, entity: &Entity<R>, query: &str) -> Vec<i64> {
        let (query, rights, style, late) = (Query::parse(query), Rights::default(), Style::default(), Late::default());
        let (rights, style, late, query, depth) = (&rights, &style, &late, &query, Depth::List);
        let view = View { world, now, query, rights, style, older: false, late, depth };
        let mut out = Vec::new();
        list(entity, &view, &Rules { cap: None, paging: true }, &mut out);
        let body: Value = serde_json::from_slice(&out).unwrap();
        let rows = body.as_array().or_else(|| body["tickets"].as_array()).unwrap();
        rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
    }

    #[test]
    fn short_ways_lead_to_the_rows_that_a_look_at_each_finds() {
        let now = times::parse("2026-11-24T17:00:00").unwrap();
        let mut world = World::new(6, now, 3_000);
        crate::mutate::mutate(&mut world, now + 60_000, 3, 400);
        for query in [
            "",
            "lastupdatefromdate=2026-11-24T17:00:00",
            "lastupdatefromdate=2026-11-01&lastupdatetodate=2026-11-20",
            "lastupdatefromdate=2026-03-01&client_id=12",
            "domain=prjs&lastupdatefromdate=2026-03-01",
            "deleted=true",
            "deleted=true&domain=reqs&lastupdatefromdate=2026-11-24T17:00:00",
            "startdate=2025-02-03&enddate=2025-02-10",
            "startdate=2025-02-03&enddate=2025-02-10&datesearch=dateclosed",
            "startdate=2025-02-03&datesearch=last_update&utcoffset=-60",
            "ticketids=1500,1001,1400,999,1500&lastupdatefromdate=2023-01-01",
            "ticketids=1500,1001,1400&domain=opps",
        ] {
            let mut expected = listed(&world, now, &TICKETS, query);
            assert_eq!(answered(&world, now, &TICKETS, &format!("{query}&order=id")), expected, "{query}");
            expected.reverse();
            assert_eq!(answered(&world, now, &TICKETS, query), expected, "newest first: {query}");
            let middle: Vec<i64> = expected.iter().skip(7).take(7).copied().collect();
            let page = format!("{query}&pageinate=true&page_size=7&page_no=2");
            if expected.len() > 14 {
                assert_eq!(answered(&world, now, &TICKETS, &page), middle, "a page of {query}");
            }
        }
        for query in ["", "start_date=2026-05-01", "start_date=2025-02-03T10:00&end_date=2025-02-04&agent_id=5"] {
            let expected = listed(&world, now, &TIMESHEET_EVENT, query);
            assert_eq!(answered(&world, now, &TIMESHEET_EVENT, query), expected, "{query}");
        }
    }
}
