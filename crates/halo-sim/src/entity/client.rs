//! Clients.

use super::{Field, Shape, flag, list, numbers, single, table_entity, text, time, with};
use crate::rights::Area;
use crate::value::V;
use crate::world::rows::Client;
use crate::world::words::COLOURS;

table_entity!(CLIENT: Client, clients {
    path: "Client",
    key: "clients",
    shape: Shape::Paged,
    area: Area::Customers,
    hidden: |view, row| {
        let both = view.query.flag("includeinactive") || view.query.get("activeinactive") == Some("true,true");
        row.inactive && !both
    },
    visible: |view, row| view.rights.client(row.id),
    fields: &[FIELDS],
    params: &[
        time("lastupdatefromdate", |_, row, from| row.updated >= from.time),
        time("lastupdatetodate", |_, row, to| row.updated <= to.time),
        numbers("toplevel_id", |_, _, ids| ids.has(1)),
        text("search", |_, row, search| row.name.to_lowercase().contains(&search.text)),
        flag("accountmanageronly", |view, row, _| row.account_manager == view.rights.agent),
    ],
});

const FIELDS: &[Field<Client>] = &[
    list("id", |_, row| V::id(row.id)),
    list("name", |_, row| V::text(&row.name)),
    list("toplevel_id", |_, _| V::Int(1)),
    list("toplevel_name", |_, _| V::text("Demo MSP")),
    list("inactive", |_, row| V::Bool(row.inactive)),
    list("colour", |_, row| V::text(COLOURS[row.id.unsigned_abs() as usize % COLOURS.len()])),
    list("main_site_id", |_, row| V::id(row.main_site)),
    list("accountmanagertech", |_, row| V::id(row.account_manager)),
    list("pritech", |_, row| V::id(row.technician)),
    list("sectech", |_, _| V::Int(0)),
    list("customertype", |_, row| V::Int(if row.id == 1 { 0 } else { 1 })),
    list("customer_relationship_list", |_, _| V::text("Customer")),
    list("is_vip", |_, row| V::Bool(row.vip)),
    list("is_account", |_, row| V::Bool(row.id != 1)),
    list("stopped", |_, _| V::Int(0)),
    list("ref", |_, row| V::text(&row.short)),
    list("website", |_, row| V::owned(website(row))),
    list("accountsid", |_, row| V::owned(format!("C-{:04}", row.id))),
    list("xeroid", |_, _| V::text("")),
    list("percentage_to_survey", |_, _| V::Int(100)),
    list("default_currency_code", |_, _| V::Int(1)),
    list("use", |_, _| V::text("client")),
    single("main_site_name", |view, row| view.site_name(row.main_site)),
    single("pritech_name", |view, row| view.agent_name(row.technician)),
    single("accountmanagertech_name", |view, row| view.agent_name(row.account_manager)),
    single("datecreated", |_, row| V::Date(row.created)),
    single("alastupdate", |_, row| V::Date(row.updated)),
    with("notes", "includenotes", |_, _| V::text("")),
    Field {
        name: "customfields",
        when: super::When::NewerSwitch("include_custom_fields"),
        value: |_, _| V::Raw(b"[]".to_vec()),
    },
];

fn website(row: &Client) -> String {
    if row.id == 1 {
        return String::new();
    }
    let plain: String = row.name.to_lowercase().chars().filter(char::is_ascii_alphabetic).take(14).collect();
    format!("https://{plain}.example")
}
