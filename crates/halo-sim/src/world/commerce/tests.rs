//! Does everything hang together, before and after changes, whatever the rest of the world is like?

use std::collections::HashMap;

use super::contracts::recurring_of;
use super::rows::{ContractKind, Order};
use super::{sales, stock};
use crate::times::{self, DAY, EMPTY, Ms};
use crate::world::World;
use crate::world::reference::{contract_of, ids};

fn now() -> Ms {
    times::parse("2026-11-24T17:00:00").unwrap()
}

/// The world as made, and after many changes.
fn both(seed: u64, tickets: u32, check: impl Fn(&World)) {
    let mut world = World::new(seed, now(), tickets);
    check(&world);
    for round in 1..=4 {
        crate::mutate::mutate(&mut world, now() + round * 1_000, round.unsigned_abs(), 700);
        check(&world);
    }
}

#[test]
fn payments_sum_up_to_what_invoices_say() {
    both(3, 300, |world| {
        let mut paid: HashMap<i32, i64> = HashMap::new();
        for payment in world.commerce.payments.live() {
            assert!(world.invoices.alive(payment.invoice).is_some() && payment.amount != 0);
            *paid.entry(payment.invoice).or_default() += payment.amount;
        }
        for invoice in world.invoices.live() {
            assert_eq!(paid.get(&invoice.id).copied().unwrap_or(0), invoice.paid, "invoice {}", invoice.id);
        }
        assert!(paid.len() > 50);
    });
}

#[test]
fn what_tickets_invoices_and_devices_name_is_there() {
    both(5, 400, |world| {
        let commerce = &world.commerce;
        for client in world.clients.live().filter(|client| contract_of(client.id) > 0) {
            let contract = commerce.contracts.alive(contract_of(client.id)).unwrap();
            assert_eq!((contract.client, contract.kind), (client.id, ContractKind::Managed));
        }
        for asset in commerce.assets.live() {
            let site = world.sites.alive(asset.site).unwrap();
            assert!(commerce.asset_types.alive(asset.kind).is_some());
            let user = world.users.alive(asset.user);
            assert!(asset.user == 0 || user.is_some_and(|user| user.site == site.id), "user of asset {}", asset.id);
        }
        for line in world.invoices.live().flat_map(|invoice| &invoice.lines) {
            assert!(commerce.items.alive(stock::item_of(line.product)).is_some());
        }
        for contract in commerce.contracts.live().filter(|row| row.id == contract_of(row.client)) {
            let bill = commerce.recurring.alive(recurring_of(contract.client)).unwrap();
            assert_eq!(bill.contract, contract.id);
            assert_eq!((bill.client, bill.net()), (contract.client, contract.charge), "contract {}", contract.id);
        }
        for row in commerce.instalments.live() {
            assert!(commerce.contracts.get(row.contract).is_some());
        }
    });
}

#[test]
fn orders_follow_from_quotations() {
    both(8, 5_000, |world| {
        let commerce = &world.commerce;
        let quotes: HashMap<i32, &Order> = commerce.quotes.rows().iter().map(|quote| (quote.id, quote)).collect();
        let orders: HashMap<i32, &Order> = commerce.sales_orders.rows().iter().map(|order| (order.id, order)).collect();
        for order in orders.values() {
            let quote = quotes[&order.origin];
            assert_eq!((quote.status, quote.ticket), (sales::status::ACCEPTED, order.ticket));
            assert_eq!((quote.net(), quote.lines.len()), (order.net(), order.lines.len()));
        }
        for bought in commerce.purchase_orders.rows() {
            let order = orders[&bought.origin];
            assert!(bought.net() <= order.cost() && bought.supplier > 0 && bought.date > order.date);
            assert!(bought.lines.iter().all(|line| commerce.items.get(line.item).unwrap().supplier == bought.supplier));
        }
        let counts = (quotes.len(), orders.len(), commerce.purchase_orders.rows().len());
        assert!(counts.0 > 25 && counts.1 > 5 && counts.2 > 5, "{counts:?}");
        let mut lines: Vec<i32> = [&commerce.quotes, &commerce.sales_orders, &commerce.purchase_orders]
            .into_iter()
            .flat_map(|table| table.rows().iter().flat_map(|order| order.lines.iter().map(|line| line.id)))
            .collect();
        let count = lines.len();
        lines.sort_unstable();
        lines.dedup();
        assert_eq!(lines.len(), count, "numbers of lines are unique");
    });
}

#[test]
fn days_of_the_timesheet_sum_up_the_time_entries() {
    both(4, 500, |world| {
        let mut expected: HashMap<(i32, Ms), u32> = HashMap::new();
        for entry in world.time_entries.live().filter(|entry| entry.break_type != 1) {
            let local = entry.start + times::london_offset(entry.start);
            *expected.entry((entry.agent, local.div_euclid(DAY) * DAY)).or_default() += u32::from(entry.minutes);
        }
        for row in world.commerce.workdays.rows().iter().filter(|row| row.day <= now()) {
            let minutes = expected.remove(&(row.agent, row.day)).unwrap_or(0);
            let worked = world.worked(row.agent, row.day);
            assert_eq!(worked.minutes, minutes, "agent {} on day {}", row.agent, row.day / DAY);
            assert!(worked.charged <= worked.minutes);
        }
        let api = |agent: i32| world.agents.get(agent).is_none_or(|agent| agent.api || agent.id == ids::UNASSIGNED);
        let lost: Vec<_> = expected.keys().filter(|(agent, _)| !api(*agent)).collect();
        assert!(lost.is_empty(), "worked on days that the timesheet lacks: {lost:?}");
    });
}

#[test]
fn plans_are_believable() {
    let world = World::new(6, now(), 1_500);
    let commerce = &world.commerce;
    for row in commerce.appointments.rows() {
        let ticket = world.tickets.get(row.ticket).unwrap();
        assert!(row.start >= ticket.occurred && row.modified <= now().max(row.start), "appointment {}", row.id);
        assert!(!row.complete || row.start <= now());
    }
    for row in commerce.milestones.rows() {
        assert!(row.start < row.target && (row.reached == EMPTY || row.reached <= now()), "milestone {}", row.id);
    }
    let ahead = commerce.appointments.live().filter(|row| row.start > now()).count();
    assert!(ahead > 0 && ahead < commerce.appointments.rows().len() / 2);
    assert!(commerce.expenses.rows().len() > 5 && commerce.notes.rows().len() > 10);
    assert!(commerce.prepay.rows().len() > 5 && commerce.visits.rows().len() > 5);
}

#[test]
fn an_empty_provider_has_commerce_too() {
    let world = World::new(1, now(), 0);
    assert!(world.commerce.quotes.rows().is_empty() && world.commerce.assets.live().count() > 100);
    assert!(world.commerce.contracts.live().count() > 10);
}
