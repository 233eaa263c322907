//! Monthly invoices per client: most paid in time, some late, some voided, some never paid.

use super::World;
use super::rows::{Change, Client, Invoice, Line};
use super::words::PRODUCTS;
use crate::rng::Rng;
use crate::times::{self, DAY, EMPTY, HOUR, MINUTE, Ms};

pub(crate) const FIRST_INVOICE: i32 = 301;
const FIRST_LINE: i32 = 2_001;

pub(super) fn fill(world: &mut World, start: Ms, now: Ms) {
    let clients: Vec<Billed> = world.clients.live().filter(|client| client.size > 0).map(Billed::of).collect();
    let mut line = FIRST_LINE;
    let mut id = FIRST_INVOICE;
    let mut changes = Vec::new();
    for month in 1_u32.. {
        let date = times::month_start(start, month.into());
        if date + 8 * HOUR > now {
            break;
        }
        for client in clients.iter().filter(|client| (client.from..client.to).contains(&date)) {
            let mut rng = Rng::new(world.seed, "invoice", id.unsigned_abs().into());
            let mut invoice = monthly(id, client.id, client.site, date, &mut rng);
            invoice.lines = lines(client.size_in(month), date, &mut line, &mut rng);
            settle(world.seed, &mut invoice, now, &mut rng);
            changes.extend(settled(&invoice));
            world.invoices.push(invoice);
            id += 1;
        }
    }
    world.next_line = line;
    changes.sort_by_key(|change| (change.at, change.record));
    world.invoice_changes = (1..).zip(changes).map(|(id, change)| Change { id, ..change }).collect();
}

/// A client as invoices see it: from one moment to another, growing by a fifth in three years.
struct Billed {
    id: i32,
    site: i32,
    size: u32,
    from: Ms,
    to: Ms,
}

impl Billed {
    fn of(client: &Client) -> Self {
        let to = if client.left == EMPTY { Ms::MAX } else { client.left };
        Self { id: client.id, site: client.main_site, size: client.size, from: client.created, to }
    }

    /// Managed users in a month, counted from the first of the history.
    fn size_in(&self, month: u32) -> u32 {
        (self.size * (80 + month * 20 / 36).min(100) / 100).max(1)
    }
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

/// When an invoice is paid; `None` when it never is. Seven clients in ten pay in time, two some weeks late,
/// one months late and not always.
pub(crate) fn pays(seed: u64, invoice: &Invoice) -> Option<Ms> {
    let habit = Rng::new(seed, "payer", invoice.client.unsigned_abs().into()).below(10);
    let mut rng = Rng::new(seed, "payment", invoice.id.unsigned_abs().into());
    let days = match (habit, rng.below(100)) {
        (0..7, 0..90) => rng.between(-21, 0),
        (0..7, _) => rng.between(1, 20),
        (7 | 8, 0..35) => rng.between(-10, 0),
        (7 | 8, _) => rng.between(3, 35),
        (_, 0..4) => return None,
        _ => rng.between(15, 100),
    };
    Some(invoice.due + days * DAY + 11 * HOUR + rng.between(0, 4 * HOUR))
}

/// What became of an invoice: two in a hundred are voided, the others paid at their time.
fn settle(seed: u64, invoice: &mut Invoice, now: Ms, rng: &mut Rng) {
    if rng.below(100) < 2 {
        let voided = invoice.modified + rng.between(HOUR, 5 * DAY);
        if voided <= now {
            (invoice.voided, invoice.modified) = (true, voided);
        }
        return;
    }
    if let Some(paid_at) = pays(seed, invoice).filter(|paid_at| *paid_at <= now) {
        invoice.paid_at = paid_at.div_euclid(DAY) * DAY;
        invoice.paid = invoice.total();
        invoice.modified = paid_at;
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
