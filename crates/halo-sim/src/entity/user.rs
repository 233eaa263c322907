//! Contacts. Their `site_id` is a decimal, as seen live; `site_id_int` is the whole number.

use super::{Field, Shape, flag, list, numbers, single, table_entity, text, time};
use crate::rights::Area;
use crate::value::V;
use crate::world::rows::User;

table_entity!(USERS: User, users {
    path: "Users",
    key: "users",
    shape: Shape::Paged,
    area: Area::Users,
    hidden: |view, row| {
        let both = view.query.flag("includeinactive") || view.query.get("activeinactive") == Some("true,true");
        row.inactive && !both
    },
    visible: |view, row| view.rights.client(view.client_of(row.site)),
    fields: &[FIELDS],
    params: &[
        time("lastupdatefromdate", |_, row, from| row.updated >= from.time),
        time("lastupdatetodate", |_, row, to| row.updated <= to.time),
        numbers("client_id", |view, row, ids| ids.has(view.client_of(row.site))),
        numbers("site_id", |_, row, ids| ids.has(row.site)),
        flag("exclude_generaluser", |_, row, _| row.id != 1),
        text("search", |_, row, search| {
            row.name().to_lowercase().contains(&search.text) || row.email.contains(&*search.text)
        }),
    ],
});

const FIELDS: &[Field<User>] = &[
    list("id", |_, row| V::id(row.id)),
    list("name", |_, row| V::owned(row.name())),
    list("firstname", |_, row| V::text(&row.first)),
    list("surname", |_, row| V::text(&row.last)),
    list("initials", |_, row| V::owned(super::agent::initials(&row.first, &row.last))),
    list("site_id", |_, row| V::Num(f64::from(row.site))),
    list("site_id_int", |_, row| V::id(row.site)),
    list("site_name", |view, row| view.site_name(row.site)),
    list("client_id", |view, row| V::id(view.client_of(row.site))),
    list("client_name", |view, row| view.client_name(view.client_of(row.site))),
    list("emailaddress", |_, row| V::text(&row.email)),
    list("email2", |_, _| V::text("")),
    list("email3", |_, _| V::text("")),
    list("phonenumber", |_, row| V::text(&row.phone)),
    list("mobilenumber", |_, _| V::text("")),
    list("inactive", |_, row| V::Bool(row.inactive)),
    list("isimportantcontact", |_, row| V::Bool(row.important)),
    list("isserviceaccount", |_, row| V::Bool(row.service)),
    list("linked_agent_id", |_, _| V::Int(0)),
    list("neversendemails", |_, row| V::Bool(row.service)),
    list("azureoid", |_, _| V::text("")),
    list("use", |_, _| V::text("user")),
    single("datecreated", |_, row| V::Date(row.created)),
    single("ulastupdate", |_, row| V::Date(row.updated)),
    single("customfields", |_, _| V::Raw(b"[]".to_vec())),
];
