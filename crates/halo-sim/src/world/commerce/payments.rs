//! Payments: those of an invoice always sum up to what it says is paid.

use super::Commerce;
use super::rows::Payment;
use crate::rng::Rng;
use crate::times::{DAY, EMPTY, Ms};
use crate::world::World;
use crate::world::rows::Invoice;

pub(super) fn fill(commerce: &mut Commerce, world: &World) {
    let mut payments: Vec<Payment> = world.invoices.live().flat_map(|invoice| parts(world, invoice)).collect();
    payments.sort_by_key(|payment| (payment.date, payment.invoice, payment.amount));
    commerce.payments = payments.into_iter().zip(1..).map(|(row, id)| Payment { id, ..row }).collect();
}

/// How an invoice was paid: mostly at once, sometimes in two parts.
fn parts(world: &World, invoice: &Invoice) -> Vec<Payment> {
    if invoice.paid == 0 {
        return Vec::new();
    }
    let mut rng = Rng::new(world.seed, "payment", invoice.id.unsigned_abs().into());
    let date = if invoice.paid_at == EMPTY { invoice.modified.div_euclid(DAY) * DAY } else { invoice.paid_at };
    let first = if rng.chance(0.08) { invoice.paid * rng.between(20, 70) / 100 } else { 0 };
    let earlier = (date - rng.between(1, 12) * DAY).max(invoice.date);
    let method = i32::try_from(rng.weighted(&[70, 25, 5])).unwrap_or_default();
    let part = |date, amount| payment(invoice.id, date, amount, method);
    [part(earlier, first), part(date, invoice.paid - first)].into_iter().filter(|part| part.amount != 0).collect()
}

fn payment(invoice: i32, date: Ms, amount: i64, method: i32) -> Payment {
    Payment { id: 0, invoice, date, amount, method, deleted: false }
}

impl Commerce {
    /// Notes money that came for an invoice.
    pub(crate) fn pay(&mut self, now: Ms, invoice: i32, amount: i64) {
        let id = i32::try_from(self.payments.next_id()).unwrap_or(1).max(1);
        self.payments.push(Payment { id, ..payment(invoice, now.div_euclid(DAY) * DAY, amount, 0) });
    }

    /// Deletes the payments of an invoice that is deleted.
    pub(crate) fn forget_invoice(&mut self, invoice: i32) {
        let gone: Vec<i32> = self.payments.live().filter(|row| row.invoice == invoice).map(|row| row.id).collect();
        for id in gone {
            self.payments.edit(id, |row| row.deleted = true);
        }
    }
}
