//! POST of clients, sites, contacts and invoices.

use serde_json::Value;

use super::member::{PostError, flag, id, int, num, scaled, set, text, time};
use crate::times::Ms;
use crate::world::World;
use crate::world::ops::{invoice as bill, party as ops};
use crate::world::words::PRODUCTS;

fn required<T>(value: Option<T>, name: &str) -> Result<T, PostError> {
    value.ok_or_else(|| PostError::Refused(format!("{name} is required.")))
}

fn missing(name: &str) -> PostError {
    PostError::Refused(format!("{name} does not exist."))
}

pub(super) fn client(world: &mut World, now: Ms, element: &Value) -> Result<i32, PostError> {
    let (name, inactive, vip) = (text(element, "name")?, flag(element, "inactive")?, flag(element, "is_vip")?);
    let (short, main_site) = (text(element, "ref")?, int(element, "main_site_id")?);
    let (manager, technician) = (int(element, "accountmanagertech")?, int(element, "pritech")?);
    let id = match id(element)? {
        Some(id) => world.clients.alive(id).map(|row| row.id).ok_or(PostError::NotFound)?,
        None => ops::create_client(world, now, required(name, "name")?),
    };
    let main_site = main_site.filter(|site| world.sites.alive(*site).is_some_and(|site| site.client == id));
    ops::change_client(world, now, id, |row| {
        set(&mut row.name, name);
        set(&mut row.short, short);
        set(&mut row.inactive, inactive);
        set(&mut row.vip, vip);
        set(&mut row.main_site, main_site);
        set(&mut row.account_manager, manager);
        set(&mut row.technician, technician);
    });
    Ok(id)
}

pub(super) fn site(world: &mut World, now: Ms, element: &Value) -> Result<i32, PostError> {
    let (name, inactive, phone) = (text(element, "name")?, flag(element, "inactive")?, text(element, "phonenumber")?);
    let (client, contact) = (int(element, "client_id")?, int(element, "maincontact_id")?);
    if client.is_some_and(|client| world.clients.alive(client).is_none()) {
        return Err(missing("client_id"));
    }
    let id = match id(element)? {
        Some(id) => {
            let row = world.sites.alive(id).ok_or(PostError::NotFound)?;
            let main = world.clients.live().any(|client| client.main_site == id);
            if main && client.is_some_and(|client| client != row.client) {
                return Err(PostError::Refused("the main site of a client cannot be moved".into()));
            }
            id
        }
        None => ops::create_site(world, now, required(client, "client_id")?, required(name, "name")?),
    };
    ops::change_site(world, now, id, |row| {
        set(&mut row.name, name);
        set(&mut row.inactive, inactive);
        set(&mut row.phone, phone);
        set(&mut row.client, client);
        set(&mut row.contact, contact);
    });
    Ok(id)
}

pub(super) fn user(world: &mut World, now: Ms, element: &Value) -> Result<i32, PostError> {
    let (email, phone) = (text(element, "emailaddress")?, text(element, "phonenumber")?);
    let (inactive, important) = (flag(element, "inactive")?, flag(element, "isimportantcontact")?);
    let (service, site) = (flag(element, "isserviceaccount")?, int(element, "site_id")?);
    let (mut first, mut last) = (text(element, "firstname")?, text(element, "surname")?);
    if let (None, None, Some(name)) = (first, last, text(element, "name")?) {
        let (before, after) = name.split_once(' ').unwrap_or((name, ""));
        (first, last) = (Some(before), Some(after));
    }
    if site.is_some_and(|site| world.sites.alive(site).is_none()) {
        return Err(missing("site_id"));
    }
    let id = match id(element)? {
        Some(id) => world.users.alive(id).map(|row| row.id).ok_or(PostError::NotFound)?,
        None => {
            let (site, first) = (required(site, "site_id")?, required(first, "name")?);
            ops::create_user(world, now, site, first, last.unwrap_or_default())
        }
    };
    ops::change_user(world, now, id, |row| {
        set(&mut row.first, first);
        set(&mut row.last, last);
        set(&mut row.email, email);
        set(&mut row.phone, phone);
        set(&mut row.site, site);
        set(&mut row.inactive, inactive);
        set(&mut row.important, important);
        set(&mut row.service, service);
    });
    Ok(id)
}

pub(super) fn invoice(world: &mut World, now: Ms, element: &Value) -> Result<i32, PostError> {
    let (name, due, client) = (text(element, "name")?, time(element, "duedate")?, int(element, "client_id")?);
    let (voided, paid) = (flag(element, "voided")?, flag(element, "markaspaid")?);
    let lines = lines(element)?;
    let id = match id(element)? {
        Some(id) => world.invoices.alive(id).map(|row| row.id).ok_or(PostError::NotFound)?,
        None => bill::create(world, now, required(client, "client_id")?).ok_or_else(|| missing("client_id"))?,
    };
    bill::change(world, now, id, |row| {
        set(&mut row.name, name);
        set(&mut row.due, due);
        Some(name.map(|name| (0, "name", String::new(), name.to_owned())).into_iter().collect())
    });
    for (line, product, quantity) in lines {
        let place = world.invoices.get(id).and_then(|row| row.lines.iter().position(|row| row.id == line));
        match place {
            Some(place) => bill::set_quantity(world, now, id, place, quantity),
            None => bill::add_line(world, now, id, product, quantity),
        };
    }
    if paid == Some(true) {
        bill::pay(world, now, id);
    }
    if voided == Some(true) {
        bill::void(world, now, id);
    }
    Ok(id)
}

/// Line number (0 for a new one), product and quantity in hundredths.
fn lines(element: &Value) -> Result<Vec<(i32, usize, i64)>, PostError> {
    let lines = element.get("lines").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    lines
        .iter()
        .map(|line| {
            let code = text(line, "item_code")?.unwrap_or_default();
            let product = PRODUCTS.iter().position(|product| product.code == code).unwrap_or(4);
            let quantity = num(line, "qty_order")?.unwrap_or(1.0);
            Ok((int(line, "id")?.unwrap_or(0), product, scaled("qty_order", quantity, 100.0, 1_000_000.0)?))
        })
        .collect()
}
