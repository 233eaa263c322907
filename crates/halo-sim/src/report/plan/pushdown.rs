//! Puts FROM and WHERE together: each condition goes down to the first place where all it names is there,
//! equalities become keys of joins, conditions on keys become ranges.

use super::from::{Kind, Link};
use super::ranges;
use crate::report::exec::Plan;
use crate::report::exec::index::Index;
use crate::report::exec::join::{Join, Keeps};
use crate::report::exec::scan::Scan;
use crate::report::expr::{Cmp, Ex, Pred};
use crate::report::types::Ty;

/// What a condition or an expression depends on.
#[derive(Default)]
struct Uses {
    /// The first and the last place of the row.
    places: Option<(usize, usize)>,
    /// Rows of queries further out.
    outer: bool,
    /// A subquery that depends on the row.
    sub: bool,
}

impl Uses {
    fn see(&mut self, part: &Ex) {
        match part {
            Ex::Col(place) => {
                let (low, high) = self.places.unwrap_or((*place, *place));
                self.places = Some((low.min(*place), high.max(*place)));
            }
            Ex::Outer(..) => self.outer = true,
            Ex::Scalar(sub) => self.sub |= sub.correlated,
            _ => {}
        }
    }

    fn of(condition: &Pred) -> Self {
        let mut uses = Self::default();
        condition.walk(&mut |part| uses.see(part));
        uses
    }

    fn of_value(value: &Ex) -> Self {
        let mut uses = Self::default();
        value.walk(&mut |part| uses.see(part));
        uses
    }

    /// Whether all places lie from one up to another, which is left out.
    fn within(&self, from: usize, to: usize) -> bool {
        !self.sub && self.places.is_some_and(|(low, high)| low >= from && high < to)
    }
}

/// `closed`: nothing in FROM depends on rows around the query.
pub(super) fn joined(links: Vec<Link>, conditions: Vec<Pred>, closed: bool) -> Plan {
    let safe = links.iter().all(|link| !matches!(link.kind, Kind::Right | Kind::Full));
    let mut links = links;
    let mut on_top = Vec::new();
    // Conditions that wait for a join which may leave the right side out.
    let mut after: Vec<(usize, Pred)> = Vec::new();
    let mut probes = Vec::new();
    // What is looked up by a key from outside cannot be kept for all rows outside.
    let pointed =
        conditions.iter().any(|condition| links.iter().any(|link| is_point(&link.plan, condition, link.offset)));
    for condition in conditions {
        let uses = Uses::of(&condition);
        let Some((low, high)) = uses.places.filter(|_| safe && !uses.sub) else {
            on_top.push(condition);
            continue;
        };
        let at = |place: usize| links.iter().rposition(|link| link.offset <= place).unwrap_or_default();
        let (first, last) = (at(low), at(high));
        if uses.outer && closed && !pointed {
            match probe(condition) {
                Ok(pair) => probes.push(pair),
                Err(condition) => on_top.push(*condition),
            }
            continue;
        }
        match links[last].kind {
            Kind::Inner if first == last => narrow(&mut links[last], condition),
            _ if last == 0 => narrow(&mut links[0], condition),
            Kind::Inner => links[last].on.push(condition),
            _ => after.push((last, condition)),
        }
    }
    let mut plan = fold_links(links, after);
    if !probes.is_empty() {
        let (keys, probes) = probes.into_iter().unzip();
        plan = Plan::Index(Box::new(Index::new(plan, keys, probes)));
    }
    filtered(plan, on_top)
}

fn fold_links(links: Vec<Link>, mut after: Vec<(usize, Pred)>) -> Plan {
    let mut links = links.into_iter().enumerate();
    let Some((_, first)) = links.next() else { return Plan::Values(vec![Vec::new()]) };
    let mut plan = settled(first.plan);
    for (place, link) in links {
        plan = match link.kind {
            Kind::Apply(outer) => {
                let plan = Plan::Apply(Box::new(plan), Box::new(link.plan), outer.then_some(link.width));
                filtered(plan, link.on)
            }
            _ => join(plan, link),
        };
        let (now, later) = after.into_iter().partition(|(wait, _)| *wait == place);
        after = later;
        let now: Vec<(usize, Pred)> = now;
        plan = filtered(plan, now.into_iter().map(|(_, condition)| condition).collect());
    }
    plan
}

/// Whether a condition names only what stands from this place on, and has no subquery about it.
pub(super) fn within(condition: &Pred, from: usize) -> bool {
    let uses = Uses::of(condition);
    !uses.sub && uses.places.is_none_or(|(low, _)| low >= from)
}

fn filtered(plan: Plan, mut conditions: Vec<Pred>) -> Plan {
    match conditions.len() {
        0 => plan,
        1 => Plan::Filter(Box::new(plan), conditions.remove(0)),
        _ => Plan::Filter(Box::new(plan), Pred::And(conditions)),
    }
}

/// A condition on one source alone.
fn narrow(link: &mut Link, mut condition: Pred) {
    condition.shift(link.offset);
    match &mut link.plan {
        Plan::Scan(scan) => scan.filter(condition),
        other => {
            let input = std::mem::replace(other, Plan::Union(Vec::new()));
            *other = Plan::Filter(Box::new(input), condition);
        }
    }
}

/// The place of the first key column among those that a scan reads.
fn key_place(scan: &Scan) -> Option<usize> {
    let name = scan.table.key().first()?;
    let column = scan.table.columns().iter().position(|column| column.name == *name)?;
    let whole = matches!(scan.table.columns()[column].sql.ty, Ty::Int(_));
    scan.columns.iter().position(|known| *known == column).filter(|_| whole)
}

/// The other side of `key = ...`, if that is a whole number from a row around.
fn point_of(condition: &Pred, key: usize) -> Option<&Ex> {
    let Pred::Cmp(Cmp::Eq, left, right) = condition else { return None };
    let other = match (left, right) {
        (Ex::Col(place), other) | (other, Ex::Col(place)) if *place == key => other,
        _ => return None,
    };
    let uses = Uses::of_value(other);
    (uses.outer && uses.places.is_none() && !uses.sub).then_some(other)
}

fn is_point(plan: &Plan, condition: &Pred, offset: usize) -> bool {
    let Plan::Scan(scan) = plan else { return false };
    scan.table.large() && key_place(scan).is_some_and(|key| point_of(condition, key + offset).is_some())
}

/// Values of the rows and what they must equal in the row around; the condition itself if it is none such.
fn probe(condition: Pred) -> Result<(Ex, Ex), Box<Pred>> {
    let Pred::Cmp(Cmp::Eq, left, right) = condition else { return Err(Box::new(condition)) };
    let (of_left, of_right) = (Uses::of_value(&left), Uses::of_value(&right));
    if !of_left.outer && of_right.places.is_none() && !of_right.sub && !of_left.sub {
        Ok((left, right))
    } else if !of_right.outer && of_left.places.is_none() && !of_left.sub && !of_right.sub {
        Ok((right, left))
    } else {
        Err(Box::new(Pred::Cmp(Cmp::Eq, left, right)))
    }
}

/// Works out ranges and points of keys from the conditions of a scan.
fn settled(plan: Plan) -> Plan {
    let Plan::Scan(mut scan) = plan else { return plan };
    if let Some(key) = key_place(&scan) {
        for (_, condition) in &scan.filters {
            scan.ranges = ranges::both(&scan.ranges, &ranges::of(condition, key));
        }
        scan.point = scan.filters.iter().find_map(|(_, condition)| point_of(condition, key)).cloned();
    }
    Plan::Scan(scan)
}

fn join(left: Plan, mut link: Link) -> Plan {
    let keeps = Keeps {
        left: matches!(link.kind, Kind::Left | Kind::Full),
        right: matches!(link.kind, Kind::Right | Kind::Full),
    };
    let (start, end) = (link.offset, link.offset + link.width);
    let (mut left_keys, mut right_keys, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    for condition in std::mem::take(&mut link.on) {
        let uses = Uses::of(&condition);
        if uses.within(start, end) && !keeps.right {
            narrow(&mut link, condition);
            continue;
        }
        match condition {
            Pred::Cmp(Cmp::Eq, one, other) => {
                let (of_one, of_other) = (Uses::of_value(&one), Uses::of_value(&other));
                let (mine, theirs) = if of_one.within(0, start) && of_other.within(start, end) {
                    (one, other)
                } else if of_other.within(0, start) && of_one.within(start, end) {
                    (other, one)
                } else {
                    rest.push(Pred::Cmp(Cmp::Eq, one, other));
                    continue;
                };
                let mut theirs = theirs;
                theirs.shift(start);
                left_keys.push(mine);
                right_keys.push(theirs);
            }
            other => rest.push(other),
        }
    }
    let right = settled(link.plan);
    let mut join = Join {
        keeps,
        left,
        right,
        left_keys,
        right_keys,
        condition: None,
        left_width: link.offset,
        right_width: link.width,
        by_key: false,
        stream_right: false,
    };
    choose(&mut join, &mut rest);
    join.condition = match rest.len() {
        0 => None,
        _ => Some(Pred::And(rest)),
    };
    Plan::Join(Box::new(join))
}

/// Decides how to join: by the key of a large table, or with the smaller side kept.
fn choose(join: &mut Join, rest: &mut Vec<Pred>) {
    let Plan::Scan(scan) = &join.right else { return };
    if join.keeps.right || !scan.table.large() {
        return;
    }
    let small_left = is_small(&join.left);
    let key = key_place(scan).and_then(|key| join.right_keys.iter().position(|right| *right == Ex::Col(key)));
    match key {
        Some(place) => {
            join.by_key = true;
            join.left_keys.swap(0, place);
            join.right_keys.swap(0, place);
            for (left, mut right) in join.left_keys.drain(1..).zip(join.right_keys.drain(1..)) {
                right.unshift(join.left_width);
                rest.push(Pred::Cmp(Cmp::Eq, left, right));
            }
        }
        None => join.stream_right = small_left && !join.keeps.left && !join.right_keys.is_empty(),
    }
}

/// Whether all rows of a plan are few enough to be kept rather than those of a large table.
fn is_small(plan: &Plan) -> bool {
    match plan {
        Plan::Values(_) | Plan::Group(_) => true,
        Plan::Scan(scan) => !scan.table.large(),
        Plan::Filter(input, _) | Plan::Project(input, _) | Plan::Window(input, _) | Plan::Distinct(input) => {
            is_small(input)
        }
        Plan::Limit(input, _, take) => take.is_some_and(|take| take <= 50_000) || is_small(input),
        Plan::Join(join) => is_small(&join.left) && is_small(&join.right),
        Plan::Apply(left, right, _) => is_small(left) && is_small(right),
        Plan::Index(index) => is_small(&index.input),
        Plan::Sort(sort) => is_small(&sort.input),
        Plan::Union(parts) => parts.iter().all(is_small),
        Plan::Matching(left, ..) => is_small(left),
    }
}
