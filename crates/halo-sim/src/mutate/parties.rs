//! Random changes to clients, sites, contacts and invoices.

use serde_json::json;

use super::{Done, Hand, Op, any, op, recent, report};
use crate::world::ops::invoice;
use crate::world::ops::party::{
    change_client, change_site, change_user, create_client, create_site, create_user, delete_client, delete_site,
    delete_user,
};
use crate::world::words::{FIRST_NAMES, FIRST_WORDS, LAST_NAMES, PRODUCTS, SECOND_WORDS, SITES};

pub(super) const OPS: &[Op] = &[
    op(6, "client_create", client_created),
    op(8, "client_rename", client_renamed),
    op(4, "client_deactivate", client_switched),
    op(3, "client_delete", client_deleted),
    op(6, "site_create", site_created),
    op(6, "site_rename", site_renamed),
    op(3, "site_deactivate", site_switched),
    op(4, "site_move", site_moved),
    op(3, "site_delete", site_deleted),
    op(16, "user_create", user_created),
    op(14, "user_rename", user_renamed),
    op(6, "user_deactivate", user_switched),
    op(8, "user_move", user_moved),
    op(6, "user_delete", user_deleted),
    op(10, "invoice_create", invoice_created),
    op(14, "invoice_edit", invoice_edited),
    op(5, "invoice_add_line", line_added),
    op(5, "invoice_remove_line", line_removed),
    op(14, "invoice_pay", |hand| settled(hand, invoice::pay)),
    op(5, "invoice_void", |hand| settled(hand, invoice::void)),
    op(5, "invoice_delete", |hand| settled(hand, invoice::delete)),
];

/// Clients, sites and contacts that came with the world are many more than these; only when fewer are
/// left, none is deleted.
const ENOUGH: usize = 10;
/// A party with more tickets than this is rather deactivated than deleted, as people do.
const BUSY: usize = 25;

/// Number 1 stands for all that is unknown.
fn known(id: i32) -> Option<i32> {
    (id != 1).then_some(id)
}

impl Hand<'_> {
    fn client(&mut self) -> Option<i32> {
        known(any(&self.world.clients, &mut self.rng)?.id)
    }

    fn site(&mut self) -> Option<i32> {
        known(any(&self.world.sites, &mut self.rng)?.id)
    }

    fn user(&mut self) -> Option<i32> {
        known(any(&self.world.users, &mut self.rng)?.id)
    }

    fn invoice(&mut self) -> Option<i32> {
        let span = if self.rng.chance(0.3) { usize::MAX } else { 100 };
        Some(recent(&self.world.invoices, 0, span, &mut self.rng)?.id)
    }

    fn company(&mut self) -> String {
        let number = self.rng.below(1_000);
        format!("{} {} {number}", self.rng.pick(&FIRST_WORDS), self.rng.pick(&SECOND_WORDS))
    }
}

fn client_created(hand: &mut Hand<'_>) -> Done {
    let name = hand.company();
    let id = create_client(hand.world, hand.now, &name);
    Some(json!({"entity": "Client", "id": id, "name": name}))
}

fn client_renamed(hand: &mut Hand<'_>) -> Done {
    let (id, name) = (hand.client()?, hand.company());
    change_client(hand.world, hand.now, id, |row| row.name = name.as_str().into())?;
    Some(json!({"entity": "Client", "id": id, "name": name}))
}

/// Deactivates a client, or activates it again.
fn client_switched(hand: &mut Hand<'_>) -> Done {
    let id = hand.client()?;
    change_client(hand.world, hand.now, id, |row| row.inactive = !row.inactive)?;
    Some(report("Client", id))
}

/// Only a client without invoices goes, so mostly one that a mutation made.
fn client_deleted(hand: &mut Hand<'_>) -> Done {
    let id = recent(&hand.world.clients, 0, 3, &mut hand.rng)?.id;
    if hand.world.clients.lane(0).len() <= ENOUGH || tickets_of(hand, |row| row.client == id) > BUSY {
        return None;
    }
    delete_client(hand.world, hand.now, id).ok()?;
    Some(report("Client", id))
}

fn tickets_of(hand: &Hand<'_>, which: impl Fn(&crate::world::rows::Ticket) -> bool) -> usize {
    hand.world.tickets.rows().iter().filter(|row| which(row)).take(BUSY + 1).count()
}

fn site_created(hand: &mut Hand<'_>) -> Done {
    let (client, name) = (hand.client()?, *hand.rng.pick(&SITES[1..]));
    let id = create_site(hand.world, hand.now, client, name);
    Some(json!({"entity": "Site", "id": id, "client_id": client}))
}

fn site_renamed(hand: &mut Hand<'_>) -> Done {
    let (id, number) = (hand.site()?, hand.rng.below(1_000));
    let name = format!("{} {number}", hand.rng.pick(&SITES[1..]));
    change_site(hand.world, hand.now, id, |row| row.name = name.as_str().into())?;
    Some(json!({"entity": "Site", "id": id, "name": name}))
}

fn site_switched(hand: &mut Hand<'_>) -> Done {
    let id = hand.side_site()?;
    change_site(hand.world, hand.now, id, |row| row.inactive = !row.inactive)?;
    Some(report("Site", id))
}

fn site_moved(hand: &mut Hand<'_>) -> Done {
    let (id, client) = (hand.side_site()?, hand.client()?);
    change_site(hand.world, hand.now, id, |row| row.client = client)?;
    Some(json!({"entity": "Site", "id": id, "client_id": client}))
}

fn site_deleted(hand: &mut Hand<'_>) -> Done {
    let id = hand.side_site()?;
    if hand.world.sites.lane(0).len() <= ENOUGH || tickets_of(hand, |row| row.site == id) > BUSY {
        return None;
    }
    delete_site(hand.world, hand.now, id).ok()?;
    Some(report("Site", id))
}

impl Hand<'_> {
    /// A site that is not the main one of its client.
    fn side_site(&mut self) -> Option<i32> {
        let id = self.site()?;
        let main = self.world.clients.live().any(|client| client.main_site == id);
        (!main).then_some(id)
    }
}

fn user_created(hand: &mut Hand<'_>) -> Done {
    let site = hand.site()?;
    let (first, last) = (*hand.rng.pick(&FIRST_NAMES), *hand.rng.pick(&LAST_NAMES));
    let id = create_user(hand.world, hand.now, site, first, last);
    Some(json!({"entity": "Users", "id": id, "site_id": site}))
}

fn user_renamed(hand: &mut Hand<'_>) -> Done {
    let (id, last) = (hand.user()?, *hand.rng.pick(&LAST_NAMES));
    change_user(hand.world, hand.now, id, |row| row.last = last.into())?;
    Some(json!({"entity": "Users", "id": id, "surname": last}))
}

fn user_switched(hand: &mut Hand<'_>) -> Done {
    let id = hand.user()?;
    change_user(hand.world, hand.now, id, |row| row.inactive = !row.inactive)?;
    Some(report("Users", id))
}

fn user_moved(hand: &mut Hand<'_>) -> Done {
    let (id, site) = (hand.user()?, hand.site()?);
    change_user(hand.world, hand.now, id, |row| row.site = site)?;
    Some(json!({"entity": "Users", "id": id, "site_id": site}))
}

fn user_deleted(hand: &mut Hand<'_>) -> Done {
    let id = known(recent(&hand.world.users, 0, 60, &mut hand.rng)?.id)?;
    if hand.world.users.lane(0).len() <= ENOUGH || tickets_of(hand, |row| row.user == id) > BUSY {
        return None;
    }
    delete_user(hand.world, hand.now, id).ok()?;
    Some(report("Users", id))
}

fn invoice_created(hand: &mut Hand<'_>) -> Done {
    let client = hand.client()?;
    let id = invoice::create(hand.world, hand.now, client)?;
    Some(json!({"entity": "Invoice", "id": id, "client_id": client}))
}

fn invoice_edited(hand: &mut Hand<'_>) -> Done {
    let id = hand.invoice()?;
    let place = hand.rng.index(hand.world.invoices.get(id)?.lines.len());
    let quantity = hand.rng.between(1, 200) * 50;
    invoice::set_quantity(hand.world, hand.now, id, place, quantity)?;
    Some(report("Invoice", id))
}

fn line_added(hand: &mut Hand<'_>) -> Done {
    let (id, product) = (hand.invoice()?, hand.rng.index(PRODUCTS.len()));
    let quantity = hand.rng.between(1, 20) * 100;
    invoice::add_line(hand.world, hand.now, id, product, quantity)?;
    Some(report("Invoice", id))
}

fn line_removed(hand: &mut Hand<'_>) -> Done {
    let id = hand.invoice()?;
    let place = hand.rng.index(hand.world.invoices.get(id)?.lines.len());
    invoice::remove_line(hand.world, hand.now, id, place)?;
    Some(report("Invoice", id))
}

fn settled(hand: &mut Hand<'_>, how: fn(&mut crate::world::World, crate::times::Ms, i32) -> Option<()>) -> Done {
    let id = hand.invoice()?;
    how(hand.world, hand.now, id)?;
    Some(report("Invoice", id))
}
