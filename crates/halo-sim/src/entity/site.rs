//! Sites of clients. Their `client_id` is a decimal, as seen live.

use super::{Field, Shape, list, numbers, single, table_entity, text, time, with};
use crate::rights::Area;
use crate::value::V;
use crate::world::rows::Site;
use crate::world::words::COLOURS;

table_entity!(SITE: Site, sites {
    path: "Site",
    key: "sites",
    shape: Shape::Paged,
    area: Area::Customers,
    hidden: |view, row| {
        let both = view.query.flag("includeinactive") || view.query.get("activeinactive") == Some("true,true");
        row.inactive && !both
    },
    visible: |view, row| view.rights.client(row.client),
    fields: &[FIELDS],
    params: &[
        time("lastupdatefromdate", |_, row, from| row.updated >= from.time),
        time("lastupdatetodate", |_, row, to| row.updated <= to.time),
        numbers("client_id", |_, row, ids| ids.has(row.client)),
        numbers("site_id", |_, row, ids| ids.has(row.id)),
        text("search", |_, row, search| row.name.to_lowercase().contains(&search.text)),
    ],
});

const FIELDS: &[Field<Site>] = &[
    list("id", |_, row| V::id(row.id)),
    list("name", |_, row| V::text(&row.name)),
    list("client_id", |_, row| V::Num(f64::from(row.client))),
    list("client_name", |view, row| view.client_name(row.client)),
    list("clientsite_name", |view, row| V::owned(view.client_site_name(row))),
    list("inactive", |_, row| V::Bool(row.inactive)),
    list("sla_id", |_, _| V::Int(-1)),
    list("phonenumber", |_, row| V::text(&row.phone)),
    list("colour", |_, row| V::text(COLOURS[row.client.unsigned_abs() as usize % COLOURS.len()])),
    list("timezone", |_, _| V::text("")),
    list("maincontact_id", |_, row| V::id(row.contact)),
    list("isstocklocation", |_, _| V::Bool(false)),
    list("isinvoicesite", |_, row| V::Bool(&*row.name == "Main")),
    list("use", |_, _| V::text("site")),
    with("delivery_address_line1", "includeaddress", |_, row| V::owned(format!("{} Mill Lane", row.id))),
    with("delivery_address_line2", "includeaddress", |_, _| V::text("")),
    with("delivery_address_line3", "includeaddress", |_, _| V::text("Exampleton")),
    with("delivery_address_line4", "includeaddress", |_, _| V::text("")),
    with("delivery_address_line5", "includeaddress", |_, row| V::owned(format!("EX{} 1AB", row.id % 20))),
    single("maincontact_name", |view, row| view.user_name(row.contact)),
    single("datecreated", |_, row| V::Date(row.created)),
    single("slastupdate", |_, row| V::Date(row.updated)),
    with("notes", "includenotes", |_, _| V::text("")),
    Field {
        name: "customfields",
        when: super::When::NewerSwitch("include_custom_fields"),
        value: |_, _| V::Raw(b"[]".to_vec()),
    },
];
