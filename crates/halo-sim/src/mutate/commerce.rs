//! Random changes to assets, contracts, payments, quotations, orders, appointments and what else is arranged.

use serde_json::json;

use super::{Done, Hand, Op, any, op, recent, report};
use crate::times::{DAY, EMPTY, HOUR};
use crate::world::commerce::knowledge::NOTES;
use crate::world::commerce::rows::{Note, Order};
use crate::world::commerce::sales::status;
use crate::world::commerce::stock::{ASSET_TYPES, HARDWARE};
use crate::world::commerce::trace;
use crate::world::ops::commerce as ops;
use crate::world::reference::ids;
use crate::world::rows::Kind;

pub(super) const OPS: &[Op] = &[
    op(4, "asset_create", asset_created),
    op(5, "asset_change", asset_changed),
    op(2, "asset_delete", asset_deleted),
    op(1, "contract_create", contract_created),
    op(2, "contract_change", contract_changed),
    op(1, "contract_delete", contract_deleted),
    op(2, "recurring_edit", recurring_edited),
    op(1, "recurring_switch", recurring_switched),
    op(2, "prepay_create", prepay_created),
    op(1, "prepay_delete", prepay_deleted),
    op(3, "payment_create", payment_created),
    op(1, "payment_delete", payment_deleted),
    op(1, "item_create", item_created),
    op(2, "item_change", item_changed),
    op(1, "item_delete", item_deleted),
    op(1, "supplier_rename", supplier_renamed),
    op(3, "quote_create", quote_created),
    op(2, "quote_decide", quote_decided),
    op(1, "quote_delete", quote_deleted),
    op(2, "order_finish", order_finished),
    op(3, "appointment_create", appointment_created),
    op(3, "appointment_change", appointment_changed),
    op(1, "appointment_delete", appointment_deleted),
    op(1, "milestone_reach", milestone_reached),
    op(1, "milestone_delete", milestone_deleted),
    op(2, "expense_create", expense_created),
    op(1, "expense_delete", expense_deleted),
    op(2, "feedback_create", feedback_created),
    op(1, "article_edit", article_edited),
    op(2, "note_create", note_created),
    op(1, "note_delete", note_deleted),
    op(1, "licence_change", licence_changed),
    op(1, "charge_rate_change", rate_changed),
    op(1, "report_rename", report_renamed),
];

fn asset_created(hand: &mut Hand<'_>) -> Done {
    let site = any(&hand.world.sites, &mut hand.rng).filter(|site| site.id != 1)?.id;
    let kind = 1 + i32::try_from(hand.rng.index(ASSET_TYPES.len())).ok()?;
    let id = ops::create_asset(hand.world, hand.now, site, kind)?;
    Some(json!({"entity": "Asset", "id": id, "site_id": site}))
}

/// Another user, another status, or out of use.
fn asset_changed(hand: &mut Hand<'_>) -> Done {
    let row = any(&hand.world.commerce.assets, &mut hand.rng).filter(|row| row.id > 0)?;
    let (id, site) = (row.id, row.site);
    let user = hand.world.users.live().find(|user| user.site == site).map_or(0, |user| user.id);
    let what = hand.rng.below(3);
    ops::change_asset(hand.world, hand.now, id, |row| match what {
        0 => row.user = user,
        1 => row.status = 3 - row.status.min(2),
        _ => row.inactive = !row.inactive,
    })?;
    Some(report("Asset", id))
}

fn asset_deleted(hand: &mut Hand<'_>) -> Done {
    let id = any(&hand.world.commerce.assets, &mut hand.rng).filter(|row| row.id > 0)?.id;
    ops::change_asset(hand.world, hand.now, id, |row| row.deleted = true)?;
    Some(report("Asset", id))
}

impl Hand<'_> {
    /// A client with a contract.
    fn contracted(&mut self) -> Option<i32> {
        Some(any(&self.world.clients, &mut self.rng).filter(|row| row.id != ids::UNKNOWN_CLIENT)?.id)
    }
}

fn contract_created(hand: &mut Hand<'_>) -> Done {
    let client = hand.contracted()?;
    let id = ops::create_prepaid(hand.world, hand.now, client, 20)?;
    Some(json!({"entity": "ClientContract", "id": id, "client_id": client}))
}

/// Prolonged by a year, or ended.
fn contract_changed(hand: &mut Hand<'_>) -> Done {
    let id = any(&hand.world.commerce.contracts, &mut hand.rng)?.id;
    let ends = hand.rng.chance(0.3);
    ops::change_contract(hand.world, hand.now, id, |row| match ends {
        true => row.active = !row.active,
        false => row.end += 365 * DAY,
    })?;
    Some(report("ClientContract", id))
}

/// Only one that tickets do not name.
fn contract_deleted(hand: &mut Hand<'_>) -> Done {
    let id = recent(&hand.world.commerce.contracts, 0, 12, &mut hand.rng).filter(|row| !ops::is_main(row))?.id;
    ops::change_contract(hand.world, hand.now, id, |row| row.deleted = true)?;
    Some(report("ClientContract", id))
}

fn recurring_edited(hand: &mut Hand<'_>) -> Done {
    let row = any(&hand.world.commerce.recurring, &mut hand.rng).filter(|row| row.id > 0)?;
    let (id, lines) = (row.id, row.lines.len());
    let (place, quantity) = (hand.rng.index(lines), hand.rng.between(1, 200) * 100);
    ops::set_recurring(hand.world, hand.now, id, place, quantity)?;
    Some(report("RecurringInvoice", id))
}

fn recurring_switched(hand: &mut Hand<'_>) -> Done {
    let id = any(&hand.world.commerce.recurring, &mut hand.rng)?.id;
    let stamp = hand.world.stamp(hand.now);
    hand.world.commerce.recurring.edit(id, |row| {
        row.disabled = !row.disabled;
        row.modified = stamp.max(row.modified + 1);
    })?;
    Some(report("RecurringInvoice", id))
}

fn prepay_created(hand: &mut Hand<'_>) -> Done {
    let client = hand.contracted()?;
    let id = ops::buy_hours(hand.world, hand.now, client, 10);
    Some(json!({"entity": "ClientPrepay", "id": id, "client_id": client}))
}

fn prepay_deleted(hand: &mut Hand<'_>) -> Done {
    let id = recent(&hand.world.commerce.prepay, 0, 10, &mut hand.rng)?.id;
    hand.world.commerce.prepay.edit(id, |row| row.deleted = true)?;
    Some(report("ClientPrepay", id))
}

fn payment_created(hand: &mut Hand<'_>) -> Done {
    let open = hand.world.invoices.live().filter(|row| !row.voided && row.paid < row.total()).map(|row| row.id);
    let open: Vec<i32> = open.collect();
    let invoice = if open.is_empty() { return None } else { *hand.rng.pick(&open) };
    let percent = hand.rng.between(20, 90);
    let id = ops::pay_part(hand.world, hand.now, invoice, percent)?;
    Some(json!({"entity": "InvoicePayment", "id": id, "invoice_id": invoice}))
}

fn payment_deleted(hand: &mut Hand<'_>) -> Done {
    let id = recent(&hand.world.commerce.payments, 0, 60, &mut hand.rng)?.id;
    let invoice = ops::unpay(hand.world, hand.now, id)?;
    Some(json!({"entity": "InvoicePayment", "id": id, "invoice_id": invoice}))
}

fn item_created(hand: &mut Hand<'_>) -> Done {
    let like = any(&hand.world.commerce.items, &mut hand.rng)?.id;
    let name = format!("New item {}", hand.rng.below(10_000));
    let id = ops::create_item(hand.world, hand.now, like, &name)?;
    Some(json!({"entity": "Item", "id": id, "name": name}))
}

/// Another price, or no longer sold.
fn item_changed(hand: &mut Hand<'_>) -> Done {
    let id = any(&hand.world.commerce.items, &mut hand.rng)?.id;
    let (percent, switch) = (hand.rng.between(95, 112), hand.rng.chance(0.2));
    ops::change_item(hand.world, hand.now, id, |row| match switch {
        true => row.inactive = !row.inactive,
        false => row.price = row.price * percent / 100 + 1,
    })?;
    Some(report("Item", id))
}

/// Only one that a mutation made: no line names it but those of quotations.
fn item_deleted(hand: &mut Hand<'_>) -> Done {
    let id = recent(&hand.world.commerce.items, 0, 4, &mut hand.rng)?.id;
    let quotes = &hand.world.commerce.quotes;
    if id <= 112 || quotes.rows().iter().any(|row| row.lines.iter().any(|line| line.item == id)) {
        return None;
    }
    ops::change_item(hand.world, hand.now, id, |row| row.deleted = true)?;
    Some(report("Item", id))
}

fn supplier_renamed(hand: &mut Hand<'_>) -> Done {
    let id = any(&hand.world.commerce.suppliers, &mut hand.rng)?.id;
    let (name, stamp) = (format!("Supplier {}", hand.rng.below(10_000)), hand.world.stamp(hand.now));
    hand.world.commerce.suppliers.edit(id, |row| {
        row.name = name.as_str().into();
        row.modified = stamp.max(row.modified + 1);
    })?;
    Some(json!({"entity": "Supplier", "id": id, "name": name}))
}

fn quote_created(hand: &mut Hand<'_>) -> Done {
    let ticket = recent(&hand.world.tickets, Kind::Opportunity as usize, 30, &mut hand.rng)?.id;
    let item = any(&hand.world.commerce.items, &mut hand.rng).filter(|item| item.group == HARDWARE)?.id;
    let quantity = hand.rng.between(1, 20);
    let id = ops::create_quote(hand.world, hand.now, ticket, item, quantity)?;
    Some(json!({"entity": "Quotation", "id": id, "ticket_id": ticket}))
}

fn undecided(hand: &mut Hand<'_>) -> Option<i32> {
    let open: Vec<i32> = hand.world.commerce.quotes.live().filter(|row| waits(row)).map(|row| row.id).collect();
    if open.is_empty() { None } else { Some(*hand.rng.pick(&open)) }
}

fn waits(row: &Order) -> bool {
    row.status < status::ACCEPTED
}

/// Accepted, which makes orders, or declined.
fn quote_decided(hand: &mut Hand<'_>) -> Done {
    let id = undecided(hand)?;
    if hand.rng.chance(0.6) {
        let order = ops::accept_quote(hand.world, hand.now, id)?;
        return Some(json!({"entity": "Quotation", "id": id, "salesorder_id": order}));
    }
    ops::change_quote(hand.world, hand.now, id, |row| row.status = status::DECLINED)?;
    Some(report("Quotation", id))
}

fn quote_deleted(hand: &mut Hand<'_>) -> Done {
    let id = undecided(hand)?;
    ops::change_quote(hand.world, hand.now, id, |row| row.deleted = true)?;
    Some(report("Quotation", id))
}

fn order_finished(hand: &mut Hand<'_>) -> Done {
    let open = hand.world.commerce.sales_orders.live().filter(|row| row.status == status::OPEN).map(|row| row.id);
    let open: Vec<i32> = open.collect();
    let id = if open.is_empty() { return None } else { *hand.rng.pick(&open) };
    ops::finish_order(hand.world, hand.now, id)?;
    Some(report("SalesOrder", id))
}

fn appointment_created(hand: &mut Hand<'_>) -> Done {
    let ticket = recent(&hand.world.tickets, Kind::Ticket as usize, 100, &mut hand.rng);
    let ticket = ticket.filter(|row| row.agent != ids::UNASSIGNED)?.id;
    let start = hand.now.div_euclid(HOUR) * HOUR + hand.rng.between(2, 200) * HOUR;
    let kind = u8::try_from(hand.rng.below(3)).ok()?;
    let id = ops::create_appointment(hand.world, hand.now, ticket, start, kind)?;
    Some(json!({"entity": "Appointment", "id": id, "ticket_id": ticket}))
}

/// Done, or put off.
fn appointment_changed(hand: &mut Hand<'_>) -> Done {
    let id = recent(&hand.world.commerce.appointments, 0, 60, &mut hand.rng)?.id;
    let later = hand.rng.chance(0.5);
    ops::change_appointment(hand.world, hand.now, id, |row| match later {
        true => row.start += DAY,
        false => row.complete = true,
    })?;
    Some(report("Appointment", id))
}

fn appointment_deleted(hand: &mut Hand<'_>) -> Done {
    let id = recent(&hand.world.commerce.appointments, 0, 60, &mut hand.rng)?.id;
    ops::change_appointment(hand.world, hand.now, id, |row| row.deleted = true)?;
    Some(report("Appointment", id))
}

/// Also gives a project without stages some.
fn milestone_reached(hand: &mut Hand<'_>) -> Done {
    let project = recent(&hand.world.tickets, Kind::Project as usize, 10, &mut hand.rng)?.clone();
    if !hand.world.commerce.milestones.live().any(|row| row.ticket == project.id) {
        hand.world.commerce.plan(&project, hand.now);
        let id = hand.world.commerce.milestones.rows().last()?.id;
        return Some(json!({"entity": "Milestone", "id": id, "ticket_id": project.id}));
    }
    let open = hand.world.commerce.milestones.live().find(|row| row.ticket == project.id && row.reached == EMPTY)?.id;
    ops::reach(hand.world, hand.now, open)?;
    Some(json!({"entity": "Milestone", "id": open, "ticket_id": project.id}))
}

fn milestone_deleted(hand: &mut Hand<'_>) -> Done {
    let id = recent(&hand.world.commerce.milestones, 0, 30, &mut hand.rng)?.id;
    hand.world.commerce.milestones.edit(id, |row| row.deleted = true)?;
    Some(report("Milestone", id))
}

fn expense_created(hand: &mut Hand<'_>) -> Done {
    let ticket = recent(&hand.world.tickets, Kind::Ticket as usize, 200, &mut hand.rng);
    let ticket = ticket.filter(|row| row.agent != ids::UNASSIGNED)?.id;
    let amount = hand.rng.between(4, 70) * 45;
    let id = ops::spend(hand.world, hand.now, ticket, amount)?;
    Some(json!({"entity": "Expense", "id": id, "ticket_id": ticket}))
}

fn expense_deleted(hand: &mut Hand<'_>) -> Done {
    let id = recent(&hand.world.commerce.expenses, 0, 20, &mut hand.rng)?.id;
    hand.world.commerce.expenses.edit(id, |row| row.deleted = true)?;
    Some(report("Expense", id))
}

/// A customer rates a closed ticket, or thinks again.
fn feedback_created(hand: &mut Hand<'_>) -> Done {
    let ticket = recent(&hand.world.tickets, Kind::Ticket as usize, 300, &mut hand.rng);
    let ticket = ticket.filter(|row| row.closed != EMPTY)?.id;
    let score = 1 + u8::try_from(hand.rng.weighted(&[70, 20, 10])).ok()?;
    crate::world::ops::ticket::change(hand.world, hand.now, ticket, |row| row.satisfaction = score)?;
    Some(json!({"entity": "Feedback", "id": trace::feedback_number(ticket), "ticket_id": ticket}))
}

fn article_edited(hand: &mut Hand<'_>) -> Done {
    let id = any(&hand.world.commerce.articles, &mut hand.rng)?.id;
    let (now, retire) = (hand.now, hand.rng.chance(0.3));
    hand.world.commerce.articles.edit(id, |row| {
        row.views += 1;
        row.edited = now;
        row.inactive ^= retire;
    })?;
    Some(report("KBArticle", id))
}

fn note_created(hand: &mut Hand<'_>) -> Done {
    let client = hand.contracted()?;
    let id = i32::try_from(hand.world.commerce.notes.next_id()).unwrap_or(1).max(1);
    let text = (*hand.rng.pick(&NOTES)).into();
    let (at, agent) = (hand.now, ids::FIRST_AGENT);
    hand.world.commerce.notes.push(Note { id, client, agent, at, text, deleted: false });
    Some(json!({"entity": "CRMNote", "id": id, "client_id": client}))
}

fn note_deleted(hand: &mut Hand<'_>) -> Done {
    let id = recent(&hand.world.commerce.notes, 0, 20, &mut hand.rng)?.id;
    hand.world.commerce.notes.edit(id, |row| row.deleted = true)?;
    Some(report("CRMNote", id))
}

fn licence_changed(hand: &mut Hand<'_>) -> Done {
    let id = any(&hand.world.commerce.licences, &mut hand.rng)?.id;
    hand.world.commerce.licences.edit(id, |row| row.count += 1)?;
    Some(report("SoftwareLicence", id))
}

fn rate_changed(hand: &mut Hand<'_>) -> Done {
    let id = any(&hand.world.commerce.charge_rates, &mut hand.rng)?.id;
    hand.world.commerce.charge_rates.edit(id, |row| row.rate += 100)?;
    Some(report("ChargeRate", id))
}

fn report_renamed(hand: &mut Hand<'_>) -> Done {
    let id = any(&hand.world.commerce.reports, &mut hand.rng)?.id;
    let name = format!("Report {}", hand.rng.below(10_000));
    hand.world.commerce.reports.edit(id, |row| row.name = name.as_str().into())?;
    Some(json!({"entity": "Report", "id": id, "name": name}))
}
