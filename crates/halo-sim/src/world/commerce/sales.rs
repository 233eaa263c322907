//! From opportunities to quotations, from those to sales orders, and from those to purchase orders.

use super::Commerce;
use super::rows::{Item, Order, OrderLine};
use super::stock::HARDWARE;
use crate::rng::Rng;
use crate::times::{DAY, EMPTY, HOUR, Ms};
use crate::world::World;
use crate::world::rows::{Kind, Ticket};

/// States of quotations and orders; HaloPSA's own numbers are not public.
pub(crate) mod status {
    pub(crate) const DRAFT: i32 = 0;
    pub(crate) const SENT: i32 = 1;
    pub(crate) const ACCEPTED: i32 = 2;
    pub(crate) const DECLINED: i32 = 3;
    /// Of orders.
    pub(crate) const OPEN: i32 = 0;
    pub(crate) const DONE: i32 = 1;
}

pub(super) fn fill(commerce: &mut Commerce, world: &World, now: Ms) {
    let items: Vec<Item> =
        commerce.items.live().filter(|item| !item.recurring && !item.inactive && item.price > 0).cloned().collect();
    for position in world.tickets.lane(Kind::Opportunity as usize) {
        let ticket = &world.tickets.rows()[*position as usize];
        let mut rng = Rng::new(world.seed, "quotation", ticket.id.unsigned_abs().into());
        let date = (ticket.occurred + rng.between(1, 9) * DAY).div_euclid(DAY) * DAY;
        if ticket.value == 0 || date > now || rng.chance(0.1) {
            continue;
        }
        let lines = lines(&items, ticket.value, &mut commerce.next_line, &mut rng);
        let quote = quote(commerce, ticket, date, lines, &mut rng);
        if quote.status == status::ACCEPTED {
            let order = order(commerce, &quote, (ticket.closed + HOUR).min(now), now);
            commerce.buy(&order, now);
        }
        commerce.quotes.push(quote);
    }
}

/// Up to three kinds of items that are worth about so many pence.
fn lines(items: &[Item], value: i64, next: &mut i32, rng: &mut Rng) -> Vec<OrderLine> {
    let kinds = rng.between(1, 3);
    let mut lines: Vec<OrderLine> = Vec::new();
    for _ in 0..kinds {
        if items.is_empty() {
            break;
        }
        let item = rng.pick(items);
        if lines.iter().any(|line| line.item == item.id) {
            continue;
        }
        let quantity = (value / kinds / item.price.max(1)).clamp(1, 60);
        lines.push(OrderLine { id: *next, item: item.id, quantity, price: item.price, cost: item.cost });
        *next += 1;
    }
    lines
}

fn quote(commerce: &Commerce, ticket: &Ticket, date: Ms, lines: Vec<OrderLine>, rng: &mut Rng) -> Order {
    let status = match (ticket.closed == EMPTY, ticket.probability >= 50) {
        (false, true) => status::ACCEPTED,
        (false, false) => status::DECLINED,
        (true, _) if rng.chance(0.7) => status::SENT,
        (true, _) => status::DRAFT,
    };
    let decided = if ticket.closed == EMPTY { date + 10 * HOUR } else { ticket.closed.max(date) };
    Order {
        id: next(&commerce.quotes),
        ticket: ticket.id,
        origin: 0,
        client: ticket.client,
        site: ticket.site,
        user: ticket.user,
        agent: ticket.agent,
        supplier: 0,
        status,
        date,
        until: date + 30 * DAY,
        modified: decided,
        deleted: false,
        lines,
    }
}

/// The sales order of an accepted quotation: done three weeks later.
fn order(commerce: &mut Commerce, quote: &Order, at: Ms, now: Ms) -> Order {
    let date = at.div_euclid(DAY) * DAY;
    let done = date + 21 * DAY <= now;
    let mut order = Order {
        id: next(&commerce.sales_orders),
        origin: quote.id,
        status: if done { status::DONE } else { status::OPEN },
        date,
        until: date + 21 * DAY,
        modified: if done { date + 21 * DAY } else { at },
        ..quote.clone()
    };
    commerce.renumber(&mut order);
    commerce.sales_orders.push(order.clone());
    order
}

/// A quotation of today with one line.
pub(crate) fn quoted(commerce: &Commerce, ticket: &Ticket, now: Ms, item: i32, quantity: i64) -> Option<Order> {
    let item = commerce.items.alive(item)?;
    let line = OrderLine { id: commerce.next_line, item: item.id, quantity, price: item.price, cost: item.cost };
    let date = now.div_euclid(DAY) * DAY;
    let mut rng = Rng::new(0, "quotation", 0);
    Some(Order { status: status::DRAFT, ..quote(commerce, ticket, date, vec![line], &mut rng) })
}

fn next(table: &crate::world::table::Table<Order>) -> i32 {
    i32::try_from(table.next_id()).unwrap_or(1).max(1)
}

impl Commerce {
    /// Gives copied lines numbers of their own.
    fn renumber(&mut self, order: &mut Order) {
        for line in &mut order.lines {
            line.id = self.next_line;
            self.next_line += 1;
        }
    }

    /// Makes the sales order of an accepted quotation, and what must be bought for it.
    pub(crate) fn accept(&mut self, now: Ms, quote: &Order) -> i32 {
        let order = order(self, quote, now, now);
        self.buy(&order, now);
        order.id
    }

    /// Orders the hardware of a sales order from each of its suppliers.
    fn buy(&mut self, order: &Order, now: Ms) {
        let supplier = |line: &OrderLine| {
            let item = self.items.get(line.item).filter(|item| item.group == HARDWARE)?;
            Some(item.supplier).filter(|supplier| *supplier > 0)
        };
        let mut parts: std::collections::BTreeMap<i32, Vec<OrderLine>> = std::collections::BTreeMap::new();
        for line in &order.lines {
            if let Some(supplier) = supplier(line) {
                parts.entry(supplier).or_default().push(OrderLine { price: line.cost, ..line.clone() });
            }
        }
        for (supplier, lines) in parts {
            let date = order.date + DAY;
            if date > now {
                continue;
            }
            let mut row = Order {
                id: next(&self.purchase_orders),
                origin: order.id,
                supplier,
                date,
                until: date + 10 * DAY,
                status: order.status,
                modified: order.modified.max(date),
                lines,
                ..order.clone()
            };
            self.renumber(&mut row);
            self.purchase_orders.push(row);
        }
    }
}
