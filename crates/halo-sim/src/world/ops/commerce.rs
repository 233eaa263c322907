//! What happens to assets, contracts, orders and plans, and what becomes of them when a client, a site or a
//! contact changes.

use super::{invoice, next, rise};
use crate::times::{self, DAY, Ms};
use crate::world::World;
use crate::world::commerce::rows::{
    Appointment, Asset, Contract, ContractKind, Expense, Item, Milestone, Order, Payment, Prepay, Recurring,
};
use crate::world::commerce::{assets, contracts, sales};
use crate::world::reference::contract_of;

/// Changes a device and stamps it.
pub(crate) fn change_asset(world: &mut World, now: Ms, id: i32, edit: impl FnOnce(&mut Asset)) -> Option<()> {
    world.commerce.assets.alive(id)?;
    let stamp = world.stamp(now);
    world.commerce.assets.edit(id, |row| {
        edit(row);
        row.updated = rise(stamp, row.updated);
    })
}

pub(crate) fn create_asset(world: &mut World, now: Ms, site: i32, kind: i32) -> Option<i32> {
    world.sites.alive(site)?;
    let (id, stamp) = (next(&world.commerce.assets, assets::FIRST_ASSET), world.stamp(now));
    world.commerce.assets.push(assets::new(id, kind, site, now, stamp));
    Some(id)
}

fn change_assets(world: &mut World, now: Ms, which: impl Fn(&Asset) -> bool, edit: impl Fn(&mut Asset)) {
    let some: Vec<i32> = world.commerce.assets.live().filter(|row| which(row)).map(|row| row.id).collect();
    for id in some {
        change_asset(world, now, id, &edit);
    }
}

/// The devices of a contact who is gone, or works elsewhere, are nobody's.
pub(super) fn user_gone(world: &mut World, now: Ms, user: i32) {
    change_assets(world, now, |row| row.user == user, |row| row.user = 0);
}

/// The devices of a contact show the new name; that stamps them is the simulator's own, as a list row has no id to find the
/// contact by.
pub(super) fn user_renamed(world: &mut World, now: Ms, user: i32) {
    change_assets(world, now, |row| row.user == user, |_| {});
}

/// The devices of a site came to another client with it, or to another site of theirs.
pub(super) fn site_moved(world: &mut World, now: Ms, site: i32, to: i32) {
    change_assets(world, now, |row| row.site == site && row.id > 0, |row| row.site = to);
}

/// A new client's contract and its recurring invoice.
pub(super) fn client_created(world: &mut World, now: Ms, client: i32) {
    let Some(row) = world.clients.alive(client).cloned() else { return };
    let start = times::month_start(now, 0);
    let lines = contracts::own_lines(&[], &mut world.next_line);
    let bill = Recurring {
        created: now,
        modified: now,
        ..contracts::bill(client, row.main_site, "Managed services", start, lines)
    };
    let contract = Contract { modified: now, ..contracts::managed(&row, bill.net(), now) };
    world.commerce.recurring.push(bill);
    // Those besides the one for managed services have higher numbers.
    let (known, rows) = (world.commerce.contracts.get(contract.id).is_some(), world.commerce.contracts.rows());
    if !known {
        let place = rows.partition_point(|row| row.id < contract.id);
        let all = rows[..place].iter().cloned().chain([contract]).chain(rows[place..].iter().cloned());
        world.commerce.contracts = all.collect();
    }
}

/// What a deleted client had is deleted with it.
pub(super) fn client_deleted(world: &mut World, now: Ms, client: i32, sites: &[i32]) {
    change_assets(world, now, |row| sites.contains(&row.site), |row| row.deleted = true);
    let commerce = &mut world.commerce;
    macro_rules! gone {
        ($($table:ident),+) => {$(
            let ids: Vec<i32> = commerce.$table.live().filter(|row| row.client == client).map(|row| row.id).collect();
            for id in ids {
                commerce.$table.edit(id, |row| row.deleted = true);
            }
        )+};
    }
    gone!(contracts, recurring, licences, prepay, notes, charge_rates, quotes, sales_orders, purchase_orders);
}

/// Lays out the timesheet of a new agent.
pub(super) fn agent_created(world: &mut World, now: Ms, agent: i32) {
    if let Some(row) = world.agents.alive(agent).cloned() {
        world.commerce.lay_out(&row, now, now + 1_096 * DAY);
    }
}

pub(crate) fn change_contract(world: &mut World, now: Ms, id: i32, edit: impl FnOnce(&mut Contract)) -> Option<()> {
    world.commerce.contracts.alive(id)?;
    let stamp = world.stamp(now);
    world.commerce.contracts.edit(id, |row| {
        edit(row);
        row.modified = rise(stamp, row.modified);
    })
}

/// A contract for hours bought ahead, with the first of them.
pub(crate) fn create_prepaid(world: &mut World, now: Ms, client: i32, hours: i32) -> Option<i32> {
    let row = world.clients.alive(client)?.clone();
    let id = next(&world.commerce.contracts, contracts::FIRST_OTHER).max(contracts::FIRST_OTHER);
    let stamp = world.stamp(now);
    let kind = ContractKind::Prepaid;
    let plain = contracts::managed(&row, 0, now);
    let start = now.div_euclid(DAY) * DAY;
    world.commerce.contracts.push(Contract { id, kind, months: 12, start, modified: stamp, active: true, ..plain });
    buy_hours(world, now, client, hours);
    Some(id)
}

pub(crate) fn buy_hours(world: &mut World, now: Ms, client: i32, hours: i32) -> i32 {
    let id = next(&world.commerce.prepay, 1);
    let row: Prepay = contracts::prepaid(id, client, now.div_euclid(DAY) * DAY, hours);
    world.commerce.prepay.push(row);
    id
}

/// Sets the quantity of a line of a recurring invoice; the contract's charge follows.
pub(crate) fn set_recurring(world: &mut World, now: Ms, id: i32, place: usize, quantity: i64) -> Option<()> {
    let row = world.commerce.recurring.alive(id)?;
    row.lines.get(place)?;
    let stamp = world.stamp(now);
    let (contract, charge) = world.commerce.recurring.edit(id, |row| {
        row.lines[place].quantity = quantity;
        row.modified = rise(stamp, row.modified);
        (row.contract, row.net())
    })?;
    change_contract(world, now, contract, |row| row.charge = charge);
    Some(())
}

/// A part of what is open comes in for an invoice.
pub(crate) fn pay_part(world: &mut World, now: Ms, id: i32, percent: i64) -> Option<i32> {
    let row = world.invoices.alive(id).filter(|row| !row.voided)?;
    let amount = (row.total() - row.paid) * percent / 100;
    if amount <= 0 {
        return None;
    }
    invoice::change(world, now, id, |row| {
        let old = row.paid;
        row.paid += amount;
        Some(vec![(0, "amountpaid", shown(old), shown(row.paid))])
    })?;
    world.commerce.pay(now, id, amount);
    world.commerce.payments.rows().last().map(|row| row.id)
}

/// A payment is taken back: its invoice is open again by as much.
pub(crate) fn unpay(world: &mut World, now: Ms, id: i32) -> Option<i32> {
    let Payment { invoice: header, amount, .. } = *world.commerce.payments.alive(id)?;
    invoice::change(world, now, header, |row| {
        let old = row.paid;
        row.paid -= amount;
        row.paid_at = times::EMPTY;
        Some(vec![(0, "amountpaid", shown(old), shown(row.paid))])
    })?;
    world.commerce.payments.edit(id, |row| row.deleted = true)?;
    Some(header)
}

fn shown(pence: i64) -> String {
    format!("{:?}", pence as f64 / 100.0)
}

pub(crate) fn change_item(world: &mut World, now: Ms, id: i32, edit: impl FnOnce(&mut Item)) -> Option<()> {
    world.commerce.items.alive(id)?;
    let stamp = world.stamp(now);
    world.commerce.items.edit(id, |row| {
        edit(row);
        row.modified = rise(stamp, row.modified);
    })
}

/// A new thing to sell, as a copy of another.
pub(crate) fn create_item(world: &mut World, now: Ms, like: i32, name: &str) -> Option<i32> {
    let row = world.commerce.items.alive(like)?.clone();
    let (id, modified) = (next(&world.commerce.items, 101), world.stamp(now));
    let code = format!("IT-{id}").into();
    world.commerce.items.push(Item { id, code, name: name.into(), recurring: false, created: now, modified, ..row });
    Some(id)
}

pub(crate) fn change_quote(world: &mut World, now: Ms, id: i32, edit: impl FnOnce(&mut Order)) -> Option<()> {
    world.commerce.quotes.alive(id)?;
    let stamp = world.stamp(now);
    world.commerce.quotes.edit(id, |row| {
        edit(row);
        row.modified = rise(stamp, row.modified);
    })
}

/// Draws up a quotation for an opportunity.
pub(crate) fn create_quote(world: &mut World, now: Ms, ticket: i32, item: i32, quantity: i64) -> Option<i32> {
    let row = world.tickets.alive(ticket)?.clone();
    let (stamp, quote) = (world.stamp(now), sales::quoted(&world.commerce, &row, now, item, quantity)?);
    let id = quote.id;
    world.commerce.next_line += 1;
    world.commerce.quotes.push(Order { modified: stamp, ..quote });
    Some(id)
}

/// A quotation is accepted: a sales order follows, and purchase orders for its hardware.
pub(crate) fn accept_quote(world: &mut World, now: Ms, id: i32) -> Option<i32> {
    world.commerce.quotes.alive(id).filter(|row| row.status < sales::status::ACCEPTED)?;
    change_quote(world, now, id, |row| row.status = sales::status::ACCEPTED)?;
    let quote = world.commerce.quotes.get(id)?.clone();
    Some(world.commerce.accept(now, &quote))
}

/// A sales order is delivered, with the purchase orders made for it.
pub(crate) fn finish_order(world: &mut World, now: Ms, id: i32) -> Option<()> {
    world.commerce.sales_orders.alive(id).filter(|row| row.status == sales::status::OPEN)?;
    let stamp = world.stamp(now);
    let done = |row: &mut Order| {
        row.status = sales::status::DONE;
        row.modified = rise(stamp, row.modified);
    };
    world.commerce.sales_orders.edit(id, done)?;
    let bought = world.commerce.purchase_orders.live().filter(|row| row.origin == id).map(|row| row.id);
    for id in bought.collect::<Vec<_>>() {
        world.commerce.purchase_orders.edit(id, done);
    }
    Some(())
}

pub(crate) fn change_appointment(
    world: &mut World,
    now: Ms,
    id: i32,
    edit: impl FnOnce(&mut Appointment),
) -> Option<()> {
    world.commerce.appointments.alive(id)?;
    let stamp = world.stamp(now);
    world.commerce.appointments.edit(id, |row| {
        edit(row);
        row.modified = rise(stamp, row.modified);
    })
}

/// An appointment of a ticket's agent at a later moment.
pub(crate) fn create_appointment(world: &mut World, now: Ms, ticket: i32, start: Ms, kind: u8) -> Option<i32> {
    let agent = world.tickets.alive(ticket)?.agent;
    let (id, modified) = (next(&world.commerce.appointments, 1), world.stamp(now));
    let plain = Appointment {
        id,
        ticket,
        agent,
        start,
        minutes: 30,
        kind,
        complete: false,
        private: false,
        deleted: false,
        modified,
    };
    world.commerce.appointments.push(plain);
    Some(id)
}

/// A stage of a project is reached.
pub(crate) fn reach(world: &mut World, now: Ms, id: i32) -> Option<()> {
    world.commerce.milestones.alive(id).filter(|row: &&Milestone| row.reached == times::EMPTY)?;
    world.commerce.milestones.edit(id, |row| row.reached = now)
}

/// An agent lays money out on the last action of a ticket.
pub(crate) fn spend(world: &mut World, now: Ms, ticket: i32, amount: i64) -> Option<i32> {
    let row = world.tickets.alive(ticket)?;
    let (agent, action) = (row.agent, u16::try_from(row.actions.len()).ok()?);
    let id = next(&world.commerce.expenses, 1);
    world.commerce.expenses.push(Expense {
        id,
        ticket,
        action,
        agent,
        amount,
        at: now,
        charged: false,
        deleted: false,
    });
    Some(id)
}

/// Whether a contract is the one that a client's tickets name.
pub(crate) fn is_main(row: &Contract) -> bool {
    row.id == contract_of(row.client)
}
