//! What happens to invoices. Every change is stamped and logged.

use super::{log, next, rise};
use crate::rng::Rng;
use crate::times::{DAY, Ms};
use crate::world::World;
use crate::world::billing;
use crate::world::events::{Of, What};
use crate::world::rows::{Invoice, Line};
use crate::world::words::PRODUCTS;

/// One logged difference: line (0 for the header), field, old and new value.
type Difference = (i32, &'static str, String, String);

/// Changes an invoice, stamps it and logs the differences that the change reports.
pub(crate) fn change(
    world: &mut World,
    now: Ms,
    id: i32,
    edit: impl FnOnce(&mut Invoice) -> Option<Vec<Difference>>,
) -> Option<()> {
    world.invoices.alive(id)?;
    let stamp = world.stamp(now);
    let (differences, paid, deleted) = world.invoices.edit(id, |row| {
        let open = row.paid < row.total();
        let differences = edit(row)?;
        row.modified = rise(stamp, row.modified);
        Some((differences, open && row.paid >= row.total(), row.deleted))
    })??;
    world.news.changed(Of::Invoice, id, now, deleted);
    if paid && !deleted {
        world.news.tell(Of::Invoice, What::Paid, id, now);
    }
    for (line, field, old, new) in differences {
        log(&mut world.invoice_changes, now, id, line, field, &old, &new);
    }
    Some(())
}

/// An invoice of today with lines drawn as for the monthly ones.
pub(crate) fn create(world: &mut World, now: Ms, client: i32) -> Option<i32> {
    let row = world.clients.alive(client)?;
    let (site, size) = (row.main_site, row.size.max(1));
    let id = next(&world.invoices, billing::FIRST_INVOICE);
    let mut rng = Rng::new(world.seed, "invoice", id.unsigned_abs().into());
    let date = now.div_euclid(DAY) * DAY;
    let mut invoice = billing::monthly(id, client, site, date, &mut rng);
    invoice.name = format!("Services {}", billing::month_name(date)).into();
    (invoice.created, invoice.posted_at, invoice.sent) = (now, now, now);
    invoice.modified = world.stamp(now);
    invoice.lines = billing::lines(size, date, &mut world.next_line, &mut rng);
    world.invoices.push(invoice);
    world.news.tell(Of::Invoice, What::Created, id, now);
    log(&mut world.invoice_changes, now, id, 0, "created", "", "1");
    Some(id)
}

/// Adds a line for one product.
pub(crate) fn add_line(world: &mut World, now: Ms, id: i32, product: usize, quantity: i64) -> Option<()> {
    let item = PRODUCTS.get(product)?;
    let line = world.next_line;
    change(world, now, id, |row| {
        let (start, end) = (row.date, row.due);
        row.lines.push(Line { id: line, product, quantity, price: item.price, cost: item.cost, start, end });
        Some(vec![(line, "added", String::new(), item.code.into())])
    })?;
    world.next_line += 1;
    Some(())
}

/// Removes a line, but never the last one.
pub(crate) fn remove_line(world: &mut World, now: Ms, id: i32, place: usize) -> Option<()> {
    change(world, now, id, |row| {
        if row.lines.len() < 2 || place >= row.lines.len() {
            return None;
        }
        let line = row.lines.remove(place);
        Some(vec![(line.id, "removed", PRODUCTS[line.product].code.into(), String::new())])
    })
}

/// Sets the quantity of a line, in hundredths.
pub(crate) fn set_quantity(world: &mut World, now: Ms, id: i32, place: usize, quantity: i64) -> Option<()> {
    change(world, now, id, |row| {
        let line = row.lines.get_mut(place)?;
        let old = std::mem::replace(&mut line.quantity, quantity);
        let shown = |quantity: i64| format!("{:?}", quantity as f64 / 100.0);
        Some(vec![(line.id, "qty_order", shown(old), shown(quantity))])
    })
}

/// What is open comes in.
pub(crate) fn pay(world: &mut World, now: Ms, id: i32) -> Option<()> {
    let mut amount = 0;
    change(world, now, id, |row| {
        if row.voided || row.paid >= row.total() {
            return None;
        }
        amount = row.total() - row.paid;
        row.paid = row.total();
        row.paid_at = now.div_euclid(DAY) * DAY;
        Some(vec![(0, "paymentstatus", "0".into(), "1".into())])
    })?;
    world.commerce.pay(now, id, amount);
    Some(())
}

pub(crate) fn void(world: &mut World, now: Ms, id: i32) -> Option<()> {
    change(world, now, id, |row| {
        (!std::mem::replace(&mut row.voided, true)).then(|| vec![(0, "voided", "0".into(), "1".into())])
    })
}

/// Deletes for good: no list shows it any more.
pub(crate) fn delete(world: &mut World, now: Ms, id: i32) -> Option<()> {
    change(world, now, id, |row| {
        row.deleted = true;
        Some(vec![(0, "deleted", "0".into(), "1".into())])
    })?;
    world.commerce.forget_invoice(id);
    Some(())
}
