//! What happens to clients, sites and contacts. A deleted one leaves no trace in the API; tickets that
//! named it fall back to the client "Unknown" or the general user, and are stamped.

use super::ticket::change as change_ticket;
use super::{Kept, commerce, log, next, rise};
use crate::times::{EMPTY, Ms};
use crate::world::World;
use crate::world::events::{Of, What};
use crate::world::reference::ids;
use crate::world::rows::{Client, Site, Ticket, User};

/// The general user and the site "Unknown".
const UNKNOWN: i32 = 1;

/// Changes a client and stamps it.
pub(crate) fn change_client(world: &mut World, now: Ms, id: i32, edit: impl FnOnce(&mut Client)) -> Option<()> {
    let stamp = world.stamp(now);
    let deleted = world.clients.edit(id, |row| {
        edit(row);
        row.updated = rise(stamp, row.updated);
        row.deleted
    })?;
    world.news.changed(Of::Client, id, now, deleted);
    Some(())
}

/// Changes a site and stamps it. Its contacts belong to its client: if that changes they are stamped too.
pub(crate) fn change_site(world: &mut World, now: Ms, id: i32, edit: impl FnOnce(&mut Site)) -> Option<()> {
    let stamp = world.stamp(now);
    let (moved, deleted) = world.sites.edit(id, |row| {
        let client = row.client;
        edit(row);
        row.updated = rise(stamp, row.updated);
        (row.client != client, row.deleted)
    })?;
    world.news.changed(Of::Site, id, now, deleted);
    if moved {
        for user in users_of(world, id) {
            change_user(world, now, user, |_| ());
        }
        commerce::site_moved(world, now, id, id);
    }
    Some(())
}

/// Changes a contact, stamps it and logs what became different.
pub(crate) fn change_user(world: &mut World, now: Ms, id: i32, edit: impl FnOnce(&mut User)) -> Option<()> {
    let stamp = world.stamp(now);
    let (before, after) = world.users.edit(id, |row| {
        let before = row.clone();
        edit(row);
        row.updated = rise(stamp, row.updated);
        (before, row.clone())
    })?;
    world.news.changed(Of::User, id, now, after.deleted);
    let shown = |row: &User| {
        [
            ("name", row.name()),
            ("emailaddress", row.email.to_string()),
            ("site_id", row.site.to_string()),
            ("inactive", row.inactive.to_string()),
        ]
    };
    for ((field, old), (_, new)) in shown(&before).into_iter().zip(shown(&after)) {
        if old != new {
            log(&mut world.user_changes, now, id, 0, field, &old, &new);
        }
    }
    if before.site != after.site || after.deleted {
        commerce::user_gone(world, now, id);
    } else if before.name() != after.name() {
        commerce::user_renamed(world, now, id);
    }
    Some(())
}

/// A new client with its main site.
pub(crate) fn create_client(world: &mut World, now: Ms, name: &str) -> i32 {
    let id = next(&world.clients, 2);
    let stamp = world.stamp(now);
    let short: String = name.chars().filter(char::is_ascii_alphabetic).take(3).collect();
    world.clients.push(Client {
        id,
        name: name.into(),
        short: short.to_uppercase().into(),
        inactive: false,
        vip: false,
        deleted: false,
        main_site: next(&world.sites, 2),
        account_manager: 0,
        technician: ids::FIRST_AGENT + 1,
        sla: 1,
        left: EMPTY,
        size: 0,
        created: now,
        updated: stamp,
    });
    world.news.tell(Of::Client, What::Created, id, now);
    create_site(world, now, id, "Main");
    commerce::client_created(world, now, id);
    id
}

pub(crate) fn create_site(world: &mut World, now: Ms, client: i32, name: &str) -> i32 {
    let id = next(&world.sites, 2);
    let stamp = world.stamp(now);
    world.sites.push(Site {
        id,
        name: name.into(),
        client,
        inactive: false,
        deleted: false,
        contact: 0,
        phone: "".into(),
        created: now,
        updated: stamp,
    });
    world.news.tell(Of::Site, What::Created, id, now);
    id
}

pub(crate) fn create_user(world: &mut World, now: Ms, site: i32, first: &str, last: &str) -> i32 {
    let id = next(&world.users, 2);
    let stamp = world.stamp(now);
    let plain = |name: &str| name.to_lowercase().replace(|c: char| !c.is_ascii_alphabetic(), "");
    world.users.push(User {
        id,
        first: first.into(),
        last: last.into(),
        email: format!("{}.{}{id}@new.example", plain(first), plain(last)).into(),
        phone: "".into(),
        site,
        inactive: false,
        important: false,
        service: false,
        deleted: false,
        created: now,
        updated: stamp,
    });
    world.news.tell(Of::User, What::Created, id, now);
    log(&mut world.user_changes, now, id, 0, "name", "", format!("{first} {last}").trim());
    id
}

/// Deletes a contact; tickets go to the general user.
pub(crate) fn delete_user(world: &mut World, now: Ms, id: i32) -> Result<(), Kept> {
    if id == UNKNOWN {
        return Err(Kept::Needed("the general user cannot be deleted"));
    }
    let site = world.users.alive(id).ok_or(Kept::Missing)?.site;
    change_user(world, now, id, |row| row.deleted = true);
    if world.sites.alive(site).is_some_and(|site| site.contact == id) {
        change_site(world, now, site, |row| row.contact = 0);
    }
    entrust(world, now, |row| row.user == id, |row| row.user = UNKNOWN);
    Ok(())
}

/// Deletes a site other than a main one; its contacts and tickets go to the client's main site.
pub(crate) fn delete_site(world: &mut World, now: Ms, id: i32) -> Result<(), Kept> {
    let row = world.sites.alive(id).ok_or(Kept::Missing)?;
    let main = world.clients.alive(row.client).map_or(UNKNOWN, |client| client.main_site);
    if world.clients.live().any(|client| client.main_site == id) {
        return Err(Kept::Needed("the main site of a client cannot be deleted"));
    }
    if world.invoices.live().any(|invoice| invoice.site == id) {
        return Err(Kept::Needed("the site has invoices"));
    }
    for user in users_of(world, id) {
        change_user(world, now, user, |row| row.site = main);
    }
    change_site(world, now, id, |row| row.deleted = true);
    commerce::site_moved(world, now, id, main);
    entrust(world, now, |row| row.site == id, |row| row.site = main);
    Ok(())
}

/// Deletes a client without invoices, with its sites and contacts; tickets go to the client "Unknown".
pub(crate) fn delete_client(world: &mut World, now: Ms, id: i32) -> Result<(), Kept> {
    if id == ids::UNKNOWN_CLIENT {
        return Err(Kept::Needed("the client \"Unknown\" cannot be deleted"));
    }
    world.clients.alive(id).ok_or(Kept::Missing)?;
    if world.invoices.live().any(|invoice| invoice.client == id) {
        return Err(Kept::Needed("the client has invoices"));
    }
    let sites: Vec<i32> = world.sites.live().filter(|site| site.client == id).map(|site| site.id).collect();
    let users: Vec<i32> = sites.iter().flat_map(|site| users_of(world, *site)).collect();
    change_client(world, now, id, |row| row.deleted = true);
    for site in &sites {
        change_site(world, now, *site, |row| row.deleted = true);
    }
    for user in &users {
        change_user(world, now, *user, |row| row.deleted = true);
    }
    commerce::client_deleted(world, now, id, &sites);
    let gone = |row: &Ticket| row.client == id || sites.contains(&row.site) || users.contains(&row.user);
    entrust(world, now, gone, |row| {
        (row.client, row.site, row.user, row.contract) = (ids::UNKNOWN_CLIENT, UNKNOWN, UNKNOWN, 0);
    });
    Ok(())
}

fn users_of(world: &World, site: i32) -> Vec<i32> {
    world.users.live().filter(|user| user.site == site).map(|user| user.id).collect()
}

/// Changes and stamps all tickets of a kind, deleted ones too.
fn entrust(world: &mut World, now: Ms, which: impl Fn(&Ticket) -> bool, edit: impl Fn(&mut Ticket)) {
    let tickets: Vec<i32> = world.tickets.rows().iter().filter(|row| which(row)).map(|row| row.id).collect();
    for ticket in tickets {
        change_ticket(world, now, ticket, &edit);
    }
}
