//! Clients, their sites and their users (contacts).

use super::column::{boolean, custom, int, number, text};
use super::{CHANGED, Entity, Reading, Right, echo};

/// Default lists hide inactive records.
const ALL: (&str, &str) = ("includeinactive", "true");

const READING: Reading = Reading::Paged { changed: CHANGED, ids_only: "idonly", deleted: None };

/// Fields that serve HaloPSA's own pages.
const IGNORED: &[&str] = &["use", "key", "table", "colour", "_open_search_score"];

pub(super) static CLIENTS: Entity = Entity {
    table: "clients",
    path: "Client",
    list_key: "clients",
    key: &["id"],
    reading: READING,
    switches: &[ALL],
    watched: &["name", "inactive"],
    columns: &[
        int("id"),
        text("name"),
        int("toplevel_id"),
        text("toplevel_name"),
        boolean("inactive"),
        int("main_site_id"),
        int("accountmanagertech"),
        int("pritech"),
        int("sectech"),
        int("customertype"),
        text("customer_relationship_list"),
        boolean("is_vip"),
        boolean("is_account"),
        int("stopped"),
        text("ref"),
        text("website"),
        text("accountsid"),
        text("xeroid"),
        number("percentage_to_survey"),
        int("default_currency_code"),
        custom("customfields"),
    ],
    ignored: IGNORED,
    asks_custom_fields: true,
    right: Right {
        scope: "read:customers",
        permission: "Customers: Read Only; all clients",
        unlocks: "figures by client",
    },
    ..Entity::PLAIN
};

pub(super) static SITES: Entity = Entity {
    table: "sites",
    path: "Site",
    list_key: "sites",
    key: &["id"],
    reading: READING,
    switches: &[ALL, ("includestocklocations", "true"), ("includenonstocklocations", "true")],
    watched: &["client_id", "name", "inactive"],
    columns: &[
        int("id"),
        text("name"),
        int("client_id"),
        text("client_name"),
        boolean("inactive"),
        int("sla_id"),
        text("phonenumber"),
        text("timezone"),
        int("maincontact_id"),
        boolean("isstocklocation"),
        boolean("isinvoicesite"),
        custom("customfields"),
    ],
    // `clientsite_name` is client and site name joined.
    ignored: &["clientsite_name", "use", "key", "table", "colour", "_open_search_score"],
    echoes: &[echo("client_name", "client_id", "clients", "id", "name")],
    asks_custom_fields: true,
    right: Right {
        scope: "read:customers",
        permission: "Customers: Read Only; all clients",
        unlocks: "figures by site",
    },
    family: Some("sites"),
    ..Entity::PLAIN
};

pub(super) static USERS: Entity = Entity {
    table: "users",
    path: "Users",
    list_key: "users",
    key: &["id"],
    reading: READING,
    switches: &[ALL, ("includeserviceaccount", "true"), ("includenonserviceaccount", "true")],
    watched: &["site_id", "client_id", "name", "inactive"],
    columns: &[
        int("id"),
        text("name"),
        text("firstname"),
        text("surname"),
        text("initials"),
        int("site_id"),
        int("site_id_int"),
        text("site_name"),
        int("client_id"),
        text("client_name"),
        text("emailaddress"),
        text("email2"),
        text("email3"),
        text("phonenumber"),
        text("mobilenumber"),
        boolean("inactive"),
        boolean("isimportantcontact"),
        boolean("isserviceaccount"),
        int("linked_agent_id"),
        boolean("neversendemails"),
        text("azureoid"),
    ],
    ignored: IGNORED,
    echoes: &[
        echo("site_name", "site_id", "sites", "id", "name"),
        echo("client_id", "site_id", "sites", "id", "client_id"),
        echo("client_name", "client_id", "clients", "id", "name"),
    ],
    right: Right { scope: "read:customers", permission: "Users: Read Only", unlocks: "figures by contact" },
    family: Some("users"),
    ..Entity::PLAIN
};
