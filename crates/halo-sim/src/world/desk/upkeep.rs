//! What changes besides tickets once the history is over: the monthly invoices and their payment, people who
//! join and leave the clients.

use super::{Desk, What};
use crate::rng::Rng;
use crate::times::{self, DAY, EMPTY, HOUR, MINUTE, Ms};
use crate::world::World;
use crate::world::billing;
use crate::world::ops::{invoice, party};
use crate::world::words::{FIRST_NAMES, LAST_NAMES};

/// Something to be done at its time.
#[derive(Clone, Copy)]
pub(super) enum Errand {
    /// The invoice of the month for a client.
    Invoice(i32),
    Pay(i32),
    /// Somebody joins at a site.
    Joiner(i32),
    Leaver(i32),
}

/// People who join or leave in a day, of ten thousand.
const TURNOVER: u64 = 5;

impl Desk {
    /// Plans what is to be done on the day of this moment, as far as it comes later.
    pub(super) fn errands(&mut self, world: &World, from: Ms) {
        let day = from.div_euclid(DAY);
        let mut rng = Rng::new(world.seed, "errands", day.unsigned_abs());
        let mut errands: Vec<(Ms, Errand)> = Vec::new();
        if times::civil(from).day == 1 {
            let billed =
                world.clients.live().filter(|client| client.size > 0 && client.left == EMPTY && !client.inactive);
            let morning = world.calendar.local(day, 7 * HOUR + 30 * MINUTE);
            errands.extend(billed.map(|client| (morning + rng.between(0, 20 * MINUTE), Errand::Invoice(client.id))));
        }
        for row in world.invoices.live().filter(|row| row.paid_at == EMPTY && !row.voided && row.posted) {
            if let Some(paid) = billing::pays(world.seed, row).filter(|paid| paid.div_euclid(DAY) == day) {
                errands.push((paid, Errand::Pay(row.id)));
            }
        }
        let users = world.users.lane(0).len() as u64;
        let count = |rng: &mut Rng| (users * TURNOVER + rng.below(10_000)) / 10_000;
        for _ in 0..count(&mut rng) {
            let site = world.sites.lane(0)[rng.index(world.sites.lane(0).len())];
            let at = world.calendar.local(day, 8 * HOUR + rng.between(0, 9 * HOUR));
            errands.push((at, Errand::Joiner(world.sites.rows()[site as usize].id)));
        }
        for _ in 0..count(&mut rng) {
            let user = world.users.lane(0)[rng.index(world.users.lane(0).len())];
            let at = world.calendar.local(day, 16 * HOUR + rng.between(0, 90 * MINUTE));
            errands.push((at, Errand::Leaver(world.users.rows()[user as usize].id)));
        }
        for (at, errand) in errands.into_iter().filter(|(at, _)| *at > from) {
            self.push(at, What::Errand(errand));
        }
    }
}

pub(super) fn run(world: &mut World, errand: Errand, at: Ms) {
    match errand {
        Errand::Invoice(client) => {
            invoice::create(world, at, client);
        }
        Errand::Pay(id) => {
            invoice::pay(world, at, id);
        }
        Errand::Joiner(site) => {
            if site > 1 && world.sites.alive(site).is_some_and(|row| !row.inactive) {
                let mut rng = Rng::new(world.seed, "joiner of a client", world.users.next_id().unsigned_abs());
                let (first, last) = (*rng.pick(&FIRST_NAMES), *rng.pick(&LAST_NAMES));
                party::create_user(world, at, site, first, last);
            }
        }
        Errand::Leaver(user) => {
            if user > 1 && world.users.alive(user).is_some_and(|row| !row.inactive) {
                party::change_user(world, at, user, |row| row.inactive = true);
            }
        }
    }
}
