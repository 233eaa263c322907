//! Clients of very different sizes, their sites and their contacts.

use super::World;
use super::rows::{Client, Site, User};
use super::words::{CLIENTS, FIRST_NAMES, FIRST_WORDS, LAST_NAMES, SECOND_WORDS, SITES};
use crate::rng::Rng;
use crate::times::{DAY, Ms};

const FIRST_CLIENT: i32 = 12;
const FIRST_SITE: i32 = 18;
const FIRST_USER: i32 = 57;
/// The account manager of all clients, see [`super::words::AGENTS`].
const ACCOUNT_MANAGER: i32 = 15;

pub(super) fn fill(world: &mut World, start: Ms, tickets: u32) {
    unknown(world, start);
    // A provider with more tickets has more clients, not only busier ones.
    let count = (CLIENTS.len() + tickets as usize / 5_000).min(CLIENTS.len() + FIRST_WORDS.len() * SECOND_WORDS.len());
    for place in 0..count {
        client(world, place, start);
    }
}

/// The parties that HaloPSA uses when it does not know the real ones.
fn unknown(world: &mut World, start: Ms) {
    world.clients.push(Client {
        id: 1,
        name: "Unknown".into(),
        short: "".into(),
        inactive: false,
        vip: false,
        deleted: false,
        main_site: 1,
        account_manager: 0,
        technician: 0,
        sla: 1,
        size: 0,
        created: start,
        updated: start,
    });
    world.sites.push(site(1, 1, "Unknown", "", start));
    world.users.push(User {
        id: 1,
        first: "General".into(),
        last: "User".into(),
        email: "".into(),
        phone: "".into(),
        site: 1,
        inactive: false,
        important: false,
        service: false,
        deleted: false,
        created: start,
        updated: start,
    });
}

fn site(id: i32, client: i32, name: &str, phone: &str, created: Ms) -> Site {
    Site {
        id,
        name: name.into(),
        client,
        inactive: false,
        deleted: false,
        contact: 0,
        phone: phone.into(),
        created,
        updated: created,
    }
}

fn client(world: &mut World, place: usize, start: Ms) {
    let id = FIRST_CLIENT + i32::try_from(place).unwrap_or_default();
    let mut rng = Rng::new(world.seed, "client", id.unsigned_abs().into());
    let (name, size) = match CLIENTS.get(place) {
        Some((name, size)) => ((*name).to_owned(), *size),
        None => {
            let place = place - CLIENTS.len();
            let first = FIRST_WORDS[place % FIRST_WORDS.len()];
            let second = SECOND_WORDS[place / FIRST_WORDS.len() % SECOND_WORDS.len()];
            (format!("{first} {second}"), u32::try_from(rng.between(3, 120)).unwrap_or(3))
        }
    };
    let short: String = name.chars().filter(char::is_ascii_alphabetic).take(3).collect::<String>().to_uppercase();
    let domain: String = name.to_lowercase().chars().filter(char::is_ascii_alphabetic).take(14).collect();
    let updated = start + rng.between(0, 900) * DAY + rng.between(0, DAY);
    let main_site = next(world.sites.next_id(), FIRST_SITE);
    world.clients.push(Client {
        id,
        name: name.into(),
        short: short.into(),
        inactive: size == 4,
        vip: size > 90,
        deleted: false,
        main_site,
        account_manager: ACCOUNT_MANAGER,
        technician: 5 + i32::try_from(rng.below(4)).unwrap_or_default(),
        sla: if size > 40 && rng.chance(0.7) { 2 } else { 1 },
        size,
        created: start - rng.between(5, 700) * DAY,
        updated,
    });
    let sites = 1 + usize::try_from(size / 45).unwrap_or_default().min(SITES.len() - 1);
    for name in &SITES[..sites] {
        let site_id = next(world.sites.next_id(), FIRST_SITE);
        let mut row = site(site_id, id, name, &phone(&mut rng), start);
        row.contact = next(world.users.next_id(), FIRST_USER);
        row.updated = updated;
        world.sites.push(row);
        for _ in 0..size as usize / sites {
            contact(world, &mut rng, site_id, &domain, start);
        }
    }
}

fn contact(world: &mut World, rng: &mut Rng, site: i32, domain: &str, start: Ms) {
    let id = next(world.users.next_id(), FIRST_USER);
    let (first, last) = (*rng.pick(&FIRST_NAMES), *rng.pick(&LAST_NAMES));
    let plain = |name: &str| name.to_lowercase().chars().filter(char::is_ascii_alphabetic).collect::<String>();
    let created = start + rng.between(-200, 1_000) * DAY;
    world.users.push(User {
        id,
        first: first.into(),
        last: last.into(),
        email: format!("{}.{}{id}@{domain}.example", plain(first), plain(last)).into(),
        phone: if rng.chance(0.6) { phone(rng).into() } else { "".into() },
        site,
        inactive: rng.chance(0.06),
        important: rng.chance(0.04),
        service: rng.chance(0.02),
        deleted: false,
        created,
        updated: created + rng.between(0, 90 * DAY),
    });
}

/// A number from the range kept free for drama.
fn phone(rng: &mut Rng) -> String {
    format!("+44 20 7946 0{:03}", rng.below(1_000))
}

fn next(id: i64, first: i32) -> i32 {
    i32::try_from(id).unwrap_or(first).max(first)
}
