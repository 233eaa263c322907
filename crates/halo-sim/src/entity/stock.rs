//! What is sold, and who supplies it; and the names that other kinds join from here.

use super::assets::both;
use super::{Field, Shape, View, flag, list, numbers, pounds, single, table_entity, text};
use crate::rights::Area;
use crate::value::V;
use crate::world::commerce::rows::{Item, Supplier, Tax};
use crate::world::commerce::stock::GROUPS;

impl<'a> View<'a> {
    pub(super) fn supplier_name(&self, id: i32) -> V<'a> {
        self.world.commerce.suppliers.get(id).map_or(V::text(""), |row| V::text(&row.name))
    }

    pub(super) fn asset_type(&self, id: i32) -> V<'a> {
        self.world.commerce.asset_types.get(id).map_or(V::text(""), |row| V::text(&row.name))
    }

    pub(super) fn contract_ref(&self, id: i32) -> V<'a> {
        self.world.commerce.contracts.get(id).map_or(V::text(""), |row| V::owned(row.reference()))
    }

    fn item(&self, id: i32) -> Option<&'a Item> {
        self.world.commerce.items.get(id)
    }

    pub(super) fn item_name(&self, id: i32) -> &'a str {
        self.item(id).map_or("", |item| &item.name)
    }

    pub(super) fn item_code(&self, id: i32) -> &'a str {
        self.item(id).map_or("", |item| &item.code)
    }

    pub(super) fn item_supplier(&self, id: i32) -> i32 {
        self.item(id).map_or(0, |item| item.supplier)
    }

    pub(super) fn item_price(&self, id: i32, price: fn(&Item) -> i64) -> V<'static> {
        pounds(self.item(id).map_or(0, price))
    }
}

table_entity!(ITEM: Item, commerce.items {
    path: "Item",
    key: "items",
    area: Area::Items,
    hidden: |view, row| row.inactive && !both(view),
    fields: &[ITEM_FIELDS],
    params: &[
        numbers("assetgroup_id", |_, row, ids| ids.has(row.group)),
        numbers("supplier_id", |_, row, ids| ids.has(row.supplier)),
        flag("recurringonly", |_, row, _| row.recurring),
        flag("excluderecurring", |_, row, _| !row.recurring),
        text("search", |_, row, search| {
            row.name.to_lowercase().contains(&search.text) || row.code.to_lowercase().contains(&search.text)
        }),
    ],
    id_only: "",
});

const ITEM_FIELDS: &[Field<Item>] = &[
    list("id", |_, row| V::id(row.id)),
    list("name", |_, row| V::text(&row.name)),
    // HaloPSA's own numbers are not public.
    list("status", |_, row| V::Int(i64::from(row.inactive))),
    list("type", |_, _| V::Int(0)),
    list("assetgroup_id", |_, row| V::id(row.group)),
    list("assetgroup_name", |_, row| {
        let name = usize::try_from(row.group - 1).ok().and_then(|place| GROUPS.get(place));
        V::text(name.copied().unwrap_or_default())
    }),
    list("assettype_id", |_, _| V::Int(0)),
    list("assettype_name", |_, _| V::text("")),
    list("baseprice", |_, row| pounds(row.price)),
    list("costprice", |_, row| pounds(row.cost)),
    list("recurringprice", |_, row| pounds(if row.recurring { row.price } else { 0 })),
    list("recurringcost", |_, row| pounds(if row.recurring { row.cost } else { 0 })),
    list("isrecurringitem", |_, row| V::Bool(row.recurring)),
    list("iscontractitem", |_, _| V::Bool(false)),
    list("supplier_id", |_, row| V::id(row.supplier)),
    list("supplier_name", |view, row| view.supplier_name(row.supplier)),
    list("supplier_part_code", |_, row| V::text(&row.code)),
    list("internalreference", |_, row| V::text(&row.code)),
    list("externalreference", |_, _| V::text("")),
    list("nominalcode", |_, row| V::text(row.nominal)),
    list("purchasenominalcode", |_, _| V::text("5000")),
    list("accountsid", |_, row| V::text(&row.code)),
    list("taxcode", |_, _| V::Int(1)),
    list("quantity_in_stock", |_, row| V::Num(f64::from(if row.group == 1 { row.id % 9 } else { 0 }))),
    list("quantity_reserved", |_, _| V::Num(0.0)),
    list("quantity_on_order", |_, _| V::Num(0.0)),
    list("datecreated", |_, row| V::Date(row.created)),
    list("use", |_, _| V::text("item")),
    single("description", |_, row| V::text(&row.name)),
    single("note", |_, _| V::text("")),
    single("lastmodified", |_, row| V::Date(row.modified)),
    Field {
        name: "customfields",
        when: super::When::NewerSwitch("include_custom_fields"),
        value: |_, _| V::Raw(b"[]".to_vec()),
    },
];

table_entity!(SUPPLIER: Supplier, commerce.suppliers {
    path: "Supplier",
    key: "suppliers",
    area: Area::Suppliers,
    hidden: |view, row| row.inactive && !both(view),
    fields: &[SUPPLIER_FIELDS],
    params: &[
        numbers("toplevel_id", |_, _, ids| ids.has(1)),
        text("search", |_, row, search| row.name.to_lowercase().contains(&search.text)),
    ],
});

const SUPPLIER_FIELDS: &[Field<Supplier>] = &[
    list("id", |_, row| V::id(row.id)),
    list("name", |_, row| V::text(&row.name)),
    list("toplevel_id", |_, _| V::Int(1)),
    list("toplevel_name", |_, _| V::text("Demo MSP")),
    list("contact_name", |_, _| V::text("Sales desk")),
    list("email_address", |_, row| V::owned(format!("orders@{}.example", domain(row)))),
    list("phone_number", |_, row| V::text(&row.phone)),
    list("website", |_, row| V::owned(format!("https://{}.example", domain(row)))),
    list("accounts_id", |_, row| V::owned(format!("S-{:03}", row.id))),
    list("inactive", |_, row| V::Bool(row.inactive)),
    list("is_supplier", |_, _| V::Bool(true)),
    list("is_manufacturer", |_, _| V::Bool(false)),
    list("default_currency_code", |_, _| V::Int(1)),
    list("use", |_, _| V::text("supplier")),
    single("contract_count", |view, row| {
        let contracts = view.world.commerce.supplier_contracts.live();
        V::Int(i64::try_from(contracts.filter(|contract| contract.supplier == row.id).count()).unwrap_or_default())
    }),
    single("notes", |_, _| V::text("")),
    single("datecreated", |_, row| V::Date(row.created)),
    single("last_modified", |_, row| V::Date(row.modified)),
    single("customfields", |_, _| V::Raw(b"[]".to_vec())),
];

fn domain(row: &Supplier) -> String {
    row.name.to_lowercase().chars().filter(char::is_ascii_alphabetic).take(16).collect()
}

table_entity!(TAX: Tax, commerce.taxes {
    path: "Tax",
    shape: Shape::Bare,
    fields: &[TAX_FIELDS],
});

const TAX_FIELDS: &[Field<Tax>] = &[
    list("id", |_, row| V::id(row.id)),
    list("name", |_, row| V::text(&row.name)),
    list("code", |_, row| V::text(&row.code)),
    list("value", |_, row| V::Num(row.rate)),
    list("is_composite", |_, _| V::Bool(false)),
    list("onseparateline", |_, _| V::Bool(false)),
];
