//! Monthly invoices per client: most paid in time, some late, some voided.

use super::World;
use super::rows::{Change, Invoice, Line};
use super::words::PRODUCTS;
use crate::rng::Rng;
use crate::times::{self, DAY, EMPTY, HOUR, MINUTE, Ms};

pub(crate) const FIRST_INVOICE: i32 = 301;
const FIRST_LINE: i32 = 2_001;

pub(super) fn fill(world: &mut World, start: Ms, now: Ms) {
    let clients: Vec<(i32, i32, u32)> = world
        .clients
        .live()
        .filter(|client| client.size > 0)
        .map(|client| (client.id, client.main_site, client.size))
        .collect();
    let mut line = FIRST_LINE;
    let mut id = FIRST_INVOICE;
    let mut changes = Vec::new();
    for month in 1.. {
        let date = times::month_start(start, month);
        if date + 8 * HOUR > now {
            break;
        }
        for (client, site, size) in &clients {
            let mut rng = Rng::new(world.seed, "invoice", id.unsigned_abs().into());
            let mut invoice = monthly(id, *client, *site, date, &mut rng);
            invoice.lines = lines(*size, date, &mut line, &mut rng);
            settle(&mut invoice, now, &mut rng);
            changes.extend(settled(&invoice));
            world.invoices.push(invoice);
            id += 1;
        }
    }
    world.next_line = line;
    changes.sort_by_key(|change| (change.at, change.record));
    world.invoice_changes = (1..).zip(changes).map(|(id, change)| Change { id, ..change }).collect();
}

/// A posted invoice of the month that starts at `date`.
pub(crate) fn monthly(id: i32, client: i32, site: i32, date: Ms, rng: &mut Rng) -> Invoice {
    let created = date + 7 * HOUR + 30 * MINUTE + rng.between(0, 20 * MINUTE);
    Invoice {
        id,
        client,
        site,
        name: format!("Managed services {}", month_name(date)).into(),
        date,
        due: date + 30 * DAY,
        created,
        modified: created + rng.between(5 * MINUTE, 30 * MINUTE),
        posted_at: created + 5 * MINUTE,
        sent: created + 6 * MINUTE,
        paid_at: EMPTY,
        posted: true,
        voided: false,
        deleted: false,
        paid: 0,
        lines: Vec::new(),
    }
}

pub(crate) fn lines(size: u32, date: Ms, next: &mut i32, rng: &mut Rng) -> Vec<Line> {
    let size = i64::from(size);
    let mut quantities = vec![(0, size), (1, size - size / 10), (2, 1 + size / 20), (3, size)];
    if rng.chance(0.45) {
        quantities.push((4, rng.between(1, 9)));
    }
    if rng.chance(0.15) {
        quantities.push((5, rng.between(1, 4)));
    }
    quantities
        .into_iter()
        .map(|(product, units)| {
            *next += 1;
            let half = if product == 4 && rng.chance(0.5) { 50 } else { 0 };
            let item = &PRODUCTS[product];
            Line {
                id: *next - 1,
                product,
                quantity: units * 100 + half,
                price: item.price,
                cost: item.cost,
                start: date,
                end: times::month_start(date, 1) - DAY,
            }
        })
        .collect()
}

/// Payment: 80 percent in time, 14 percent late, 2 percent voided, the rest still open.
fn settle(invoice: &mut Invoice, now: Ms, rng: &mut Rng) {
    let paid_at = match rng.below(100) {
        0..80 => invoice.date + rng.between(9, 29) * DAY + 11 * HOUR,
        80..94 => invoice.due + rng.between(1, 60) * DAY + 11 * HOUR,
        94..96 => {
            invoice.voided = true;
            invoice.modified += rng.between(HOUR, 5 * DAY);
            invoice.modified = invoice.modified.min(now);
            return;
        }
        _ => return,
    };
    if paid_at <= now {
        invoice.paid_at = paid_at.div_euclid(DAY) * DAY;
        invoice.paid = invoice.total();
        invoice.modified = paid_at + rng.between(0, HOUR).min(now - paid_at);
    }
}

/// What the change log says of an invoice that was paid or voided.
fn settled(invoice: &Invoice) -> Option<Change> {
    let field = match invoice {
        Invoice { voided: true, .. } => "voided",
        Invoice { paid, .. } if *paid > 0 => "paymentstatus",
        _ => return None,
    };
    let (old, new, at) = ("0".into(), "1".into(), invoice.modified);
    Some(Change { id: 0, record: invoice.id, line: 0, field, old, new, at })
}

/// `November 2026`.
pub(crate) fn month_name(at: Ms) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let date = times::civil(at);
    format!("{} {}", MONTHS[usize::try_from(date.month - 1).unwrap_or_default()], date.year)
}
