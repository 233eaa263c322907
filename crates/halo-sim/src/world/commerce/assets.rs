//! Devices at clients' sites and the seats of their subscriptions.

use std::collections::HashMap;

use super::Commerce;
use super::rows::{Asset, Licence};
use super::stock::{self, ASSET_TYPES};
use crate::rng::Rng;
use crate::times::{DAY, EMPTY, Ms};
use crate::world::World;
use crate::world::words::PRODUCTS;

/// The first device of a client.
pub(crate) const FIRST_ASSET: i32 = 1_101;
const FIRST_LICENCE: i32 = 201;

/// Kinds of devices, as numbered by [`ASSET_TYPES`].
const LAPTOP: i32 = 1;
const DESKTOP: i32 = 2;
const SERVER: i32 = 3;

/// What a site has besides the devices of its people: kind, people that share one, criticality.
const SHARED: [(i32, usize, u8); 4] = [(4, usize::MAX, 3), (5, 24, 2), (6, 15, 1), (7, 30, 1)];

/// Years of warranty by kind.
fn warranty(kind: i32) -> i64 {
    if kind == SERVER { 5 } else { 3 }
}

pub(super) fn fill(commerce: &mut Commerce, world: &World, start: Ms, now: Ms) {
    let kinds = i32::try_from(ASSET_TYPES.len()).unwrap_or_default();
    for id in -kinds..0 {
        commerce.assets.push(default(id, start));
    }
    let mut people: HashMap<i32, Vec<i32>> = HashMap::new();
    for user in world.users.live().filter(|user| !user.service && !user.inactive) {
        people.entry(user.site).or_default().push(user.id);
    }
    let mut id = FIRST_ASSET;
    for site in world.sites.live().filter(|site| site.client != 1) {
        let here: &[i32] = people.get(&site.id).map_or(&[], Vec::as_slice);
        let main = world.clients.get(site.client).is_some_and(|client| client.main_site == site.id);
        for (kind, user, criticality) in devices(here, main) {
            let mut rng = Rng::new(world.seed, "asset", id.unsigned_abs().into());
            let kind = if kind == LAPTOP && rng.chance(0.3) { DESKTOP } else { kind };
            commerce.assets.push(made(id, kind, site.id, user, criticality, start, now, &mut rng));
            id += 1;
        }
    }
    licences(commerce, world, start, now);
}

/// Kind, user and criticality of each device of a site.
fn devices(people: &[i32], main: bool) -> Vec<(i32, i32, u8)> {
    let mut devices: Vec<_> = people.iter().map(|user| (LAPTOP, *user, 1)).collect();
    if people.is_empty() {
        return devices;
    }
    for (kind, share, criticality) in SHARED {
        devices.extend((0..people.len().div_ceil(share)).map(|_| (kind, 0, criticality)));
    }
    if main {
        devices.extend((0..1 + people.len() / 60).map(|_| (SERVER, 0, 3)));
    }
    devices
}

/// The device that stands for a kind, of which new ones are copies.
fn default(id: i32, start: Ms) -> Asset {
    Asset {
        id,
        kind: -id,
        site: 1,
        user: 0,
        status: 1,
        criticality: 0,
        supplier: 0,
        inactive: false,
        deleted: false,
        bought: EMPTY,
        warranty_end: EMPTY,
        updated: start,
    }
}

#[expect(clippy::too_many_arguments, reason = "each is a property of the device")]
fn made(id: i32, kind: i32, site: i32, user: i32, criticality: u8, start: Ms, now: Ms, rng: &mut Rng) -> Asset {
    let bought = (now - rng.between(10, 1_500) * DAY).div_euclid(DAY) * DAY;
    let retired = user == 0 && rng.chance(0.04);
    Asset {
        id,
        kind,
        site,
        user,
        status: if retired { 3 } else { 1 },
        criticality,
        supplier: if rng.chance(0.7) { 1 } else { 3 },
        inactive: retired,
        deleted: false,
        bought,
        warranty_end: bought + warranty(kind) * 365 * DAY,
        updated: rng.between(bought.max(start), now),
    }
}

/// A device that comes new to a site today.
pub(crate) fn new(id: i32, kind: i32, site: i32, now: Ms, stamp: Ms) -> Asset {
    let bought = now.div_euclid(DAY) * DAY;
    Asset {
        kind,
        site,
        supplier: 1,
        criticality: 1,
        bought,
        warranty_end: bought + warranty(kind) * 365 * DAY,
        updated: stamp,
        ..default(id, now)
    }
}

/// Each client's seats of the products that are licences, a few of them not in use.
fn licences(commerce: &mut Commerce, world: &World, start: Ms, now: Ms) {
    let mut id = FIRST_LICENCE;
    let kinds: Vec<i32> = (0..PRODUCTS.len()).map(stock::item_of).collect();
    for client in world.clients.live().filter(|client| client.size > 0) {
        let mut rng = Rng::new(world.seed, "licence", client.id.unsigned_abs().into());
        for item in &kinds {
            if commerce.items.get(*item).is_none_or(|item| item.group != stock::LICENCES) || rng.chance(0.15) {
                continue;
            }
            let seats = i32::try_from(client.size).unwrap_or(i32::MAX);
            let from = rng.between(start, now).div_euclid(DAY) * DAY;
            commerce.licences.push(Licence {
                id,
                client: client.id,
                item: *item,
                count: seats,
                in_use: seats - i32::try_from(rng.between(0, i64::from(seats / 8))).unwrap_or_default(),
                start: from,
                end: from + 365 * (1 + (now - from) / (365 * DAY)) * DAY,
                deleted: false,
            });
            id += 1;
        }
    }
}
