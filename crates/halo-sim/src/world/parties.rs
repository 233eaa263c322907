//! Clients of very different sizes, their sites and their contacts.

use super::World;
use super::rows::{Client, Site, User};
use super::scale::Scale;
use super::words::{CLIENTS, FIRST_NAMES, FIRST_WORDS, LAST_NAMES, SECOND_WORDS, SITES};
use crate::rng::Rng;
use crate::times::{DAY, EMPTY, Ms};

const FIRST_CLIENT: i32 = 12;
const FIRST_SITE: i32 = 18;
const FIRST_USER: i32 = 57;
/// Nina Okoro, see [`super::words::AGENTS`].
const ACCOUNT_MANAGER: i32 = 15;

pub(super) fn fill(world: &mut World, start: Ms, now: Ms, scale: Scale) {
    unknown(world, start);
    let usual: u32 = CLIENTS.iter().map(|(_, size)| size).sum();
    // Fewer than the usual ones are of all sizes too.
    let spread = |place: usize| match scale.clients {
        few if few < CLIENTS.len() => (place + 1) * CLIENTS.len() / few - 1,
        _ => place,
    };
    let made: Vec<(String, u32)> = (0..scale.clients).map(|place| company(world.seed, spread(place))).collect();
    let people: u32 = made.iter().map(|(_, size)| size).sum();
    // The forty keep their sizes as long as they are alone.
    let wanted = scale.people.max(usual);
    for (place, (name, size)) in made.into_iter().enumerate() {
        let size = if scale.clients <= CLIENTS.len() { size } else { grown(size, wanted, people) };
        client(world, place, name, size, start, now);
    }
}

fn grown(size: u32, wanted: u32, people: u32) -> u32 {
    u32::try_from(u64::from(size) * u64::from(wanted) / u64::from(people.max(1))).unwrap_or(size).max(3)
}

/// Name and size of the client at a place, which depend on nothing but the seed.
fn company(seed: u64, place: usize) -> (String, u32) {
    if let Some((name, size)) = CLIENTS.get(place) {
        return ((*name).to_owned(), *size);
    }
    let beyond = place - CLIENTS.len();
    let mut rng = Rng::new(seed, "company", beyond as u64);
    let first = FIRST_WORDS[beyond % FIRST_WORDS.len()];
    let second = SECOND_WORDS[beyond / FIRST_WORDS.len() % SECOND_WORDS.len()];
    let size = CLIENTS[rng.index(CLIENTS.len())].1;
    (format!("{first} {second}"), size)
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
        left: EMPTY,
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

fn client(world: &mut World, place: usize, name: String, size: u32, start: Ms, now: Ms) {
    let id = FIRST_CLIENT + i32::try_from(place).unwrap_or_default();
    let mut rng = Rng::new(world.seed, "client", id.unsigned_abs().into());
    let length = now - start;
    // One in four was won during the history, one in twenty was lost again.
    let won = place % 4 == 3 && place > 4;
    let created = if won { start + length * rng.between(1, 80) / 100 } else { start - rng.between(5, 700) * DAY };
    let left = if place % 20 == 14 { now - length * rng.between(5, 30) / 100 } else { EMPTY };
    let short: String = name.chars().filter(char::is_ascii_alphabetic).take(3).collect::<String>().to_uppercase();
    let domain: String = name.to_lowercase().chars().filter(char::is_ascii_alphabetic).take(14).collect();
    let updated = if left == EMPTY { created.max(start) + rng.between(0, now - created.max(start)) } else { left };
    let main_site = next(world.sites.next_id(), FIRST_SITE);
    world.clients.push(Client {
        id,
        name: name.into(),
        short: short.into(),
        inactive: left != EMPTY,
        vip: size > 90,
        deleted: false,
        main_site,
        account_manager: ACCOUNT_MANAGER,
        technician: 5 + i32::try_from(rng.below(4)).unwrap_or_default(),
        left,
        sla: if size > 40 && rng.chance(0.7) { 2 } else { 1 },
        size,
        created,
        updated,
    });
    let sites = 1 + usize::try_from(size / 45).unwrap_or_default().min(SITES.len() - 1);
    for (place, name) in SITES[..sites].iter().enumerate() {
        let site_id = next(world.sites.next_id(), FIRST_SITE);
        let mut row = site(site_id, id, name, &phone(&mut rng), created);
        row.contact = next(world.users.next_id(), FIRST_USER);
        row.updated = updated;
        world.sites.push(row);
        // What does not divide evenly sits at the main site.
        let rest = if place == 0 { size as usize % sites } else { 0 };
        for _ in 0..size as usize / sites + rest {
            contact(world, &mut rng, site_id, &domain, (created, if left == EMPTY { now } else { left }));
        }
    }
}

/// A contact of a client that was served from one moment to another. One in three joined in that time.
fn contact(world: &mut World, rng: &mut Rng, site: i32, domain: &str, (from, to): (Ms, Ms)) {
    let id = next(world.users.next_id(), FIRST_USER);
    let (first, last) = (*rng.pick(&FIRST_NAMES), *rng.pick(&LAST_NAMES));
    let plain = |name: &str| name.to_lowercase().chars().filter(char::is_ascii_alphabetic).collect::<String>();
    let created = if rng.chance(0.67) { from } else { from + rng.between(0, to - from) };
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
        updated: (created + rng.between(0, 90 * DAY)).min(to),
    });
}

/// A number from the range kept free for drama.
fn phone(rng: &mut Rng) -> String {
    format!("+44 20 7946 0{:03}", rng.below(1_000))
}

fn next(id: i64, first: i32) -> i32 {
    i32::try_from(id).unwrap_or(first).max(first)
}
