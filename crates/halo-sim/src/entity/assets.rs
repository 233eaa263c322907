//! Devices, their types, and the licences of clients.

use super::{Field, Shape, View, list, numbers, single, table_entity, text, time, with};
use crate::rights::Area;
use crate::rng;
use crate::value::{self, V};
use crate::world::commerce::rows::{Asset, AssetType, Licence};
use crate::world::commerce::stock::GROUPS;
use crate::world::reference::contract_of;
use crate::world::words::COLOURS;

table_entity!(ASSET: Asset, commerce.assets {
    path: "Asset",
    key: "assets",
    area: Area::Assets,
    hidden: |view, row| row.inactive && !both(view),
    visible: |view, row| view.rights.client(view.client_of(row.site)),
    fields: &[ASSET_FIELDS],
    params: &[
        time("lastupdatefromdate", |_, row, from| row.updated >= from.time),
        time("lastupdatetodate", |_, row, to| row.updated <= to.time),
        numbers("assets", |_, row, ids| ids.has(row.id)),
        numbers("client_id", |view, row, ids| ids.has(view.client_of(row.site))),
        numbers("site_id", |_, row, ids| ids.has(row.site)),
        numbers("user_id", |_, row, ids| ids.has(row.user)),
        numbers("assettype_id", |_, row, ids| ids.has(row.kind)),
        numbers("assettypes", |_, row, ids| ids.has(row.kind)),
        numbers("contract_id", |view, row, ids| ids.has(contract(view, row))),
        numbers("supplier_id", |_, row, ids| ids.has(row.supplier)),
        text("inventory_number", |_, row, number| tag(row).to_lowercase() == number.text),
        text("search", |_, row, search| {
            tag(row).to_lowercase().contains(&search.text) || serial(row).to_lowercase().contains(&search.text)
        }),
    ],
});

/// Inactive rows are asked for too.
pub(super) fn both(view: &View<'_>) -> bool {
    view.query.flag("includeinactive") || view.query.get("activeinactive") == Some("true,true")
}

const ASSET_FIELDS: &[Field<Asset>] = &[
    list("id", |_, row| V::id(row.id)),
    list("inventory_number", |_, row| V::owned(tag(row))),
    list("key_field", |_, row| V::owned(serial(row))),
    list("key_field2", |_, row| V::text(model(row).1)),
    list("key_field3", |_, _| V::text("")),
    list("client_id", |view, row| V::id(view.client_of(row.site))),
    list("client_name", |view, row| view.client_name(view.client_of(row.site))),
    list("site_id", |_, row| V::id(row.site)),
    list("site_name", |view, row| view.site_name(row.site)),
    list("username", |view, row| if row.user == 0 { V::text("") } else { view.user_name(row.user) }),
    list("assettype_id", |_, row| V::id(row.kind)),
    list("assettype_name", |view, row| view.asset_type(row.kind)),
    list("colour", |_, row| V::text(COLOURS[row.kind.unsigned_abs() as usize % COLOURS.len()])),
    list("inactive", |_, row| V::Bool(row.inactive)),
    list("status", |_, row| V::id(row.status)),
    list("status_id", |_, row| V::id(row.status)),
    list("status_name", |_, row| V::text(["", "In use", "In stock", "Retired"][row.status.clamp(0, 3) as usize])),
    list("contract_id", |view, row| V::id(contract(view, row))),
    list("contract_ref", |view, row| view.contract_ref(contract(view, row))),
    list("contract_value", |_, _| V::Num(0.0)),
    list("criticality", |_, row| V::Int(row.criticality.into())),
    list("supplier_id", |_, row| V::id(row.supplier)),
    list("supplier_name", |view, row| view.supplier_name(row.supplier)),
    list("item_id", |_, _| V::Int(0)),
    list("parent_id", |_, _| V::Int(0)),
    list("device_number", |_, row| V::id(row.id)),
    list("is_template", |_, row| V::Bool(row.id < 0)),
    list("warranty_start", |_, row| V::Day(row.bought)),
    list("warranty_end", |_, row| V::Day(row.warranty_end)),
    list("use", |_, _| V::text("asset")),
    with("fields", "includeassetfields", |view, row| V::Raw(fields(view, row))),
    single("guid", |view, row| V::owned(rng::guid(view.world.seed, "asset guid", row.id.into()))),
    single("notes", |_, _| V::text("")),
    single("warranty_note", |_, _| V::text("")),
    single("stock_date", |_, row| V::Day(row.bought)),
    single("dlastupdate", |_, row| V::Date(row.updated)),
    single("last_modified", |_, row| V::Date(row.updated)),
    single("customfields", |_, _| V::Raw(b"[]".to_vec())),
];

/// The contract of the client whose site has it.
fn contract(view: &View<'_>, row: &Asset) -> i32 {
    if row.id < 0 { 0 } else { contract_of(view.client_of(row.site)) }
}

fn tag(row: &Asset) -> String {
    if row.id < 0 { format!("Default {}", -row.id) } else { format!("A-{:05}", row.id) }
}

fn serial(row: &Asset) -> String {
    if row.id < 0 { String::new() } else { format!("SN{:08}", i64::from(row.id) * 7_919 % 100_000_000) }
}

/// Maker and model by kind of device.
fn model(row: &Asset) -> (&'static str, &'static str) {
    match row.kind {
        1 => ("Ashworth", "Traveller 14"),
        2 => ("Ashworth", "Tower 5"),
        3 => ("Ashworth", "Rack 2U"),
        4 => ("Portcullis", "Gate 40"),
        5 => ("Lattice", "Switch 24"),
        6 => ("Lattice", "Air 6"),
        _ => ("Quill", "Laser 310"),
    }
}

/// Fields of the device's type; their ids are decimals, as seen live.
fn fields(view: &View<'_>, row: &Asset) -> Vec<u8> {
    let (maker, name) = model(row);
    let values = [maker.to_owned(), name.to_owned(), serial(row)];
    value::array(view.style, TYPE_FIELDS.iter().zip(values), |object, ((id, name), value)| {
        object.member("id", &V::Num(*id));
        object.member("name", &V::text(name));
        object.member("value", &V::text(&value));
        object.member("display", &V::text(&value));
    })
}

const TYPE_FIELDS: [(f64, &str); 3] = [(51.0, "Manufacturer"), (52.0, "Model"), (53.0, "Serial Number")];

table_entity!(ASSET_TYPE: AssetType, commerce.asset_types {
    path: "AssetType",
    shape: Shape::Bare,
    area: Area::Assets,
    fields: &[TYPE_LIST],
    params: &[numbers("assetgroup_id", |_, _, ids| ids.has(1))],
});

const TYPE_LIST: &[Field<AssetType>] = &[
    list("id", |_, row| V::id(row.id)),
    list("guid", |view, row| V::owned(rng::guid(view.world.seed, "asset type", row.id.into()))),
    list("name", |_, row| V::text(&row.name)),
    list("assetgroup_id", |_, _| V::Int(1)),
    list("assetgroup_name", |_, _| V::text(GROUPS[0])),
    list("keyfield_id", |_, _| V::Int(53)),
    list("keyfield_name", |_, _| V::text("Serial Number")),
    list("keyfield2_id", |_, _| V::Int(52)),
    list("keyfield2_name", |_, _| V::text("Model")),
    list("keyfield3_id", |_, _| V::Int(0)),
    list("keyfield3_name", |_, _| V::text("")),
    list("show_to_users", |_, _| V::Bool(true)),
    list("monthlycost", |_, _| V::Num(0.0)),
    list("fields", |view, _| {
        V::Raw(value::array(view.style, TYPE_FIELDS.iter().zip(1..), |object, ((id, name), sequence)| {
            object.member("id", &V::Num(*id));
            object.member("field_id", &V::Num(*id));
            object.member("field_name", &V::text(name));
            object.member("sequence", &V::Int(sequence));
        }))
    }),
];

table_entity!(SOFTWARE_LICENCE: Licence, commerce.licences {
    path: "SoftwareLicence",
    key: "licences",
    area: Area::Software,
    hidden: |view, row| row.end < view.now && !both(view),
    visible: |view, row| view.rights.client(row.client),
    fields: &[LICENCE_FIELDS],
    params: &[
        numbers("client_id", |_, row, ids| ids.has(row.client)),
        numbers("licence_type", |_, _, ids| ids.has(1)),
        text("search", |view, row, search| view.item_name(row.item).to_lowercase().contains(&search.text)),
    ],
    id_only: "",
});

const LICENCE_FIELDS: &[Field<Licence>] = &[
    list("id", |_, row| V::id(row.id)),
    list("type", |_, _| V::Int(1)),
    list("name", |view, row| V::text(view.item_name(row.item))),
    list("count", |_, row| V::id(row.count)),
    list("client_id", |_, row| V::id(row.client)),
    list("client_name", |view, row| view.client_name(row.client)),
    list("site_id", |_, _| V::Int(0)),
    list("site_name", |_, _| V::text("")),
    list("manufacturer", |_, _| V::text("")),
    list("supplier_id", |view, row| V::id(view.item_supplier(row.item))),
    list("supplier_name", |view, row| view.supplier_name(view.item_supplier(row.item))),
    list("purchase_price", |view, row| view.item_price(row.item, |item| item.cost)),
    list("price", |view, row| view.item_price(row.item, |item| item.price)),
    list("start_date", |_, row| V::Day(row.start)),
    list("end_date", |_, row| V::Day(row.end)),
    list("licences_in_use", |_, row| V::id(row.in_use)),
    list("licences_available", |_, row| V::id(row.count - row.in_use)),
    list("status", |view, row| V::text(if row.end < view.now { "Expired" } else { "Active" })),
    list("billing_cycle", |_, _| V::text("Monthly")),
    list("term_duration", |_, _| V::text("P1Y")),
    list("autorenew", |_, _| V::Bool(true)),
    list("is_active", |view, row| V::Bool(row.end >= view.now)),
    list("parent_id", |_, _| V::Int(0)),
    single("notes", |_, _| V::text("")),
];
