//! Contracts with clients and suppliers, what is billed for them, and hours bought ahead.

use std::collections::HashMap;

use super::Commerce;
use super::rows::{ChargeRate, Contract, ContractKind, Instalment, Prepay, Recurring, SupplierContract, Visit};
use super::stock;
use crate::rng::Rng;
use crate::times::{self, DAY, EMPTY, Ms};
use crate::world::World;
use crate::world::reference::{contract_of, ids};
use crate::world::rows::{Client, Invoice, Line};
use crate::world::words::PRODUCTS;

/// The first contract besides the one for managed services, whose number follows from its client.
pub(crate) const FIRST_OTHER: i32 = 10_001;
/// Pence for an hour that is bought ahead.
pub(crate) const PREPAID_HOUR: i64 = 7_900;

/// Supplier and subject.
const SUPPLIER_CONTRACTS: [(i32, &str); 4] = [
    (1, "Partner agreement, hardware"),
    (2, "Partner agreement, cloud services"),
    (4, "Threat detection for resale"),
    (5, "Leased lines and numbers"),
];

/// The recurring invoice of a client's contract for managed services.
pub(crate) fn recurring_of(client: i32) -> i32 {
    client + 29
}

/// Answers with the number of the next line of an invoice, since recurring ones have lines too.
pub(super) fn fill(commerce: &mut Commerce, world: &World, start: Ms, now: Ms) -> i32 {
    // Days have no time.
    let start = times::month_start(start, 0);
    let next_line = recurring(commerce, world, start);
    for client in contracted(world) {
        let charge = commerce.recurring.get(recurring_of(client.id)).map_or(0, Recurring::net);
        commerce.contracts.push(managed(client, charge, now));
    }
    for client in contracted(world) {
        others(commerce, world, client, start, now);
    }
    for client in contracted(world).filter(|client| client.vip) {
        visits(commerce, client, start, now);
        let id = next(&commerce.charge_rates);
        commerce.charge_rates.push(ChargeRate { id, client: client.id, charge: 1, rate: 7_600, start, deleted: false });
    }
    commerce.prepay = numbered(prepay(commerce, world, now), |row| (row.date, row.client), |row, id| row.id = id);
    commerce.supplier_contracts = SUPPLIER_CONTRACTS
        .iter()
        .zip(1..)
        .map(|((supplier, subject), id)| SupplierContract {
            id,
            supplier: *supplier,
            subject: (*subject).into(),
            start,
            end: times::month_start(now, 3 * i64::from(id)) - DAY,
            deleted: false,
        })
        .collect();
    next_line
}

/// Clients that have a contract for managed services.
fn contracted(world: &World) -> impl Iterator<Item = &Client> {
    world.clients.live().filter(|client| client.size > 0 && contract_of(client.id) > 0)
}

fn next<R: crate::world::table::Row>(table: &crate::world::table::Table<R>) -> i32 {
    i32::try_from(table.next_id()).unwrap_or(1).max(1)
}

/// Rows in the order of a key, numbered from 1.
fn numbered<R: crate::world::table::Row, K: Ord>(
    mut rows: Vec<R>,
    key: impl Fn(&R) -> K,
    number: impl Fn(&mut R, i32),
) -> crate::world::table::Table<R> {
    rows.sort_by_key(key);
    for (row, id) in rows.iter_mut().zip(1..) {
        number(row, id);
    }
    rows.into_iter().collect()
}

/// The contract that tickets and invoices of a client name: three years, prolonged by one each time.
pub(crate) fn managed(client: &Client, charge: i64, now: Ms) -> Contract {
    let start = times::month_start(client.created, 0);
    let years = (3..).find(|years| times::month_start(start, 12 * years) > now).unwrap_or(3);
    let ended = client.inactive || client.left != EMPTY;
    let last = if client.left == EMPTY { times::month_start(now, -2) } else { client.left.div_euclid(DAY) * DAY };
    Contract {
        id: contract_of(client.id),
        kind: ContractKind::Managed,
        client: client.id,
        site: client.main_site,
        sla: client.sla,
        months: 1,
        charge,
        free_minutes: 0,
        start,
        end: if ended { last.max(start) } else { times::month_start(start, 12 * years) - DAY },
        active: !ended,
        deleted: false,
        modified: start,
    }
}

/// The contract before the present one, hours bought ahead, maintenance of hardware: some clients have them.
fn others(commerce: &mut Commerce, world: &World, client: &Client, start: Ms, now: Ms) {
    let mut rng = Rng::new(world.seed, "contracts", client.id.unsigned_abs().into());
    let Some(present) = commerce.contracts.get(contract_of(client.id)).cloned() else { return };
    let mut push = |row: Contract| {
        let id = next(&commerce.contracts).max(FIRST_OTHER);
        commerce.contracts.push(Contract { id, ..row });
        id
    };
    if rng.chance(0.4) {
        let (start, end) = (times::month_start(present.start, -36), present.start - DAY);
        push(Contract { charge: present.charge * 4 / 5, start, end, active: false, modified: end, ..present });
    }
    if rng.chance(0.25) {
        push(Contract { kind: ContractKind::Prepaid, charge: 0, months: 12, ..present });
    }
    if rng.chance(0.3) {
        let from = times::month_start(start, rng.between(0, 12));
        let end = times::month_start(from, 36) - DAY;
        let charge = i64::from(client.size) * 1_150;
        let kind = ContractKind::Maintenance;
        let active = present.active && end > now;
        let id = push(Contract { kind, charge, months: 3, start: from, end, active, modified: from, ..present });
        instalments(commerce, id, client, charge, from, end);
    }
}

/// Every quarter from the first day to the last.
fn instalments(commerce: &mut Commerce, contract: i32, client: &Client, amount: i64, start: Ms, end: Ms) {
    let dates = (0..).map(|quarter| times::month_start(start, 3 * quarter)).take_while(|date| *date < end);
    for (date, sequence) in dates.zip(1..) {
        let (id, agent) = (next(&commerce.instalments), client.account_manager);
        commerce.instalments.push(Instalment { id, contract, sequence, amount, date, agent, deleted: false });
    }
}

/// A review each quarter, planned half a year ahead.
fn visits(commerce: &mut Commerce, client: &Client, start: Ms, now: Ms) {
    let dates = (1..).map(|quarter| times::month_start(start, 3 * quarter) + 14 * DAY);
    for date in dates.take_while(|date| *date < now + 180 * DAY) {
        let (id, contract, agent) = (next(&commerce.visits), contract_of(client.id), client.account_manager);
        commerce.visits.push(Visit { id, contract, date, agent, minutes: 120, deleted: false });
    }
}

/// Ten or twenty hours every few months, for those with such a contract.
fn prepay(commerce: &Commerce, world: &World, now: Ms) -> Vec<Prepay> {
    let mut rows = Vec::new();
    for contract in commerce.contracts.live().filter(|contract| contract.kind == ContractKind::Prepaid) {
        let mut rng = Rng::new(world.seed, "prepay", contract.id.unsigned_abs().into());
        let mut date = contract.start;
        while date <= now {
            let hours = if rng.chance(0.5) { 10 } else { 20 };
            rows.push(prepaid(0, contract.client, date, hours));
            date += rng.between(70, 160) * DAY;
        }
    }
    rows
}

/// Hours bought on a day, which are lost after a year.
pub(crate) fn prepaid(id: i32, client: i32, date: Ms, hours: i32) -> Prepay {
    let amount = i64::from(hours) * PREPAID_HOUR;
    Prepay { id, client, date, minutes: hours * 60, amount, expiry: date + 365 * DAY, deleted: false }
}

/// One recurring invoice for each contract, with the monthly lines of the client's newest invoice, and two
/// templates of no client.
fn recurring(commerce: &mut Commerce, world: &World, start: Ms) -> i32 {
    let mut newest: HashMap<i32, &Invoice> = HashMap::new();
    for invoice in world.invoices.live().filter(|invoice| !invoice.voided) {
        let known = newest.entry(invoice.client).or_insert(invoice);
        if known.date <= invoice.date {
            *known = invoice;
        }
    }
    let mut line = world.next_line;
    for (id, name) in [(-2, "Template: managed services"), (-1, "Template: backup only")] {
        let lines = own_lines(&[], &mut line);
        let client = ids::UNKNOWN_CLIENT;
        commerce.recurring.push(Recurring { id, contract: 0, ..bill(client, 1, name, start, lines) });
    }
    for client in contracted(world) {
        let invoice = newest.get(&client.id);
        let lines = own_lines(invoice.map_or(&[], |invoice| invoice.lines.as_slice()), &mut line);
        let from = times::month_start(client.created.max(start), 0);
        let row = bill(client.id, client.main_site, "Managed services", from, lines);
        commerce.recurring.push(Recurring { disabled: client.inactive, ..row });
    }
    line
}

/// A client's recurring invoice.
pub(crate) fn bill(client: i32, site: i32, name: &str, start: Ms, lines: Vec<Line>) -> Recurring {
    Recurring {
        id: recurring_of(client),
        client,
        site,
        contract: contract_of(client),
        name: name.into(),
        start,
        lines,
        disabled: false,
        deleted: false,
        created: start,
        modified: start,
    }
}

/// Copies the lines of an invoice that come every month; without any, there is one managed user.
pub(crate) fn own_lines(lines: &[Line], next: &mut i32) -> Vec<Line> {
    let mut own: Vec<Line> = lines.iter().filter(|line| stock::is_recurring(line.product)).cloned().collect();
    if own.is_empty() {
        let item = &PRODUCTS[0];
        let (start, end) = (EMPTY, EMPTY);
        own.push(Line { id: 0, product: 0, quantity: 100, price: item.price, cost: item.cost, start, end });
    }
    for line in &mut own {
        (line.id, line.start, line.end) = (*next, EMPTY, EMPTY);
        *next += 1;
    }
    own
}
