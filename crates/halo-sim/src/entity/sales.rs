//! Quotations, sales orders and purchase orders. Lists of quotations show lines when asked; lists of orders
//! have no such switch, only a single order has its lines.

use super::{Field, View, When, flag, list, numbers, pounds, single, table_entity, text};
use crate::rights::Area;
use crate::value::{self, V};
use crate::world::commerce::rows::{Order, OrderLine};
use crate::world::commerce::sales::status;
use crate::world::words;

table_entity!(QUOTATION: Order, commerce.quotes {
    path: "Quotation",
    key: "quotes",
    area: Area::Quotes,
    newest_first: true,
    visible: |view, row| view.rights.client(row.client),
    fields: &[COMMON, QUOTE_FIELDS],
    params: &[
        numbers("client_id", |_, row, ids| ids.has(row.client)),
        numbers("site_id", |_, row, ids| ids.has(row.site)),
        numbers("user_id", |_, row, ids| ids.has(row.user)),
        numbers("ticket_id", |_, row, ids| ids.has(row.ticket)),
        numbers("quote_status", |_, row, ids| ids.has(row.status)),
        flag("open", |_, row, _| row.status < status::ACCEPTED),
        flag("closed", |_, row, _| row.status >= status::ACCEPTED),
        text("search", |view, row, search| title(view, row).to_lowercase().contains(&search.text)),
    ],
    id_only: "",
});

/// What all three kinds have.
const COMMON: &[Field<Order>] = &[
    list("id", |_, row| V::id(row.id)),
    list("use", |_, row| V::text(if row.supplier > 0 { "purchaseorder" } else { "order" })),
    list("title", |view, row| V::owned(title(view, row))),
    list("ticket_id", |_, row| V::id(row.ticket)),
    list("client_id", |_, row| V::id(row.client)),
    list("client_name", |view, row| view.client_name(row.client)),
    list("site_id", |_, row| V::id(row.site)),
    list("site_name", |view, row| view.site_name(row.site)),
    list("user_id", |_, row| V::id(row.user)),
    list("user_name", |view, row| view.user_name(row.user)),
    list("assigned_agent", |_, row| V::id(row.agent)),
    list("assigned_agent_name", |view, row| view.agent_name(row.agent)),
    list("status", |_, row| V::id(row.status)),
    list("date", |_, row| V::Day(row.date)),
    list("tax_total", |_, row| pounds(row.tax())),
    list("total", |_, row| pounds(row.net() + row.tax())),
    list("currency", |_, _| V::text("GBP")),
    list("currency_code", |_, _| V::Int(1)),
    list("currency_conversion_rate", |_, _| V::Num(1.0)),
    list("last_update_time", |_, row| V::Date(row.modified)),
    single("note", |_, _| V::text("")),
    single("customfields", |_, _| V::Raw(b"[]".to_vec())),
];

fn title(view: &View<'_>, row: &Order) -> String {
    view.ticket(row.ticket).map_or_else(|| "Order".to_owned(), |ticket| words::summary(&ticket.summary).to_owned())
}

const QUOTE_FIELDS: &[Field<Order>] = &[
    list("agent_id", |_, row| V::id(row.agent)),
    list("expiry_date", |_, row| V::Day(row.until)),
    list("revenue", |_, row| pounds(row.net())),
    list("margin", |_, row| pounds(row.net() - row.cost())),
    list("carriage_price", |_, _| V::Num(0.0)),
    list("po_ref", |_, _| V::text("")),
    list("ponumber", |_, _| V::text("")),
    list("approvalstate", |_, row| V::Int(i64::from(row.status == status::ACCEPTED))),
    list("quote_viewed", |_, row| V::Bool(row.status > status::DRAFT)),
    list("salesorder_id", |view, row| {
        let order = view.world.commerce.sales_orders.live().find(|order| order.origin == row.id);
        V::id(order.map_or(0, |order| order.id))
    }),
    Field { name: "lines", when: When::Switch("includelines"), value: |view, row| V::Raw(lines(view, row, "qhid")) },
];

table_entity!(SALES_ORDER: Order, commerce.sales_orders {
    path: "SalesOrder",
    key: "salesorders",
    area: Area::SalesOrders,
    newest_first: true,
    visible: |view, row| view.rights.client(row.client),
    fields: &[COMMON, ORDER_FIELDS],
    params: &[
        numbers("client_id", |_, row, ids| ids.has(row.client)),
        numbers("client_ids", |_, row, ids| ids.has(row.client)),
        numbers("site_id", |_, row, ids| ids.has(row.site)),
        numbers("user_id", |_, row, ids| ids.has(row.user)),
        numbers("ticket_id", |_, row, ids| ids.has(row.ticket)),
        flag("open", |_, row, _| row.status == status::OPEN),
        flag("closed", |_, row, _| row.status == status::DONE),
        text("search", |view, row, search| title(view, row).to_lowercase().contains(&search.text)),
    ],
});

const ORDER_FIELDS: &[Field<Order>] = &[
    list("open_status", |_, row| V::id(row.status)),
    list("ship_date", |_, row| V::Day(row.until)),
    list("revenue", |_, row| pounds(row.net())),
    list("cost", |_, row| pounds(row.cost())),
    list("profit", |_, row| pounds(row.net() - row.cost())),
    list("quotation_id", |_, row| V::id(row.origin)),
    list("po_number", |_, row| V::owned(format!("PO-{:05}", row.id))),
    list("invoicenumber", |_, _| V::text("")),
    list("percentage_invoiced", |_, row| V::Num(if row.status == status::DONE { 100.0 } else { 0.0 })),
    list("outstanding_total", |_, row| pounds(if row.status == status::DONE { 0 } else { row.net() })),
    single("purchaseorder_count", |view, row| {
        let orders = view.world.commerce.purchase_orders.live();
        V::Int(i64::try_from(orders.filter(|order| order.origin == row.id).count()).unwrap_or_default())
    }),
    single("lines", |view, row| V::Raw(lines(view, row, "salesorder_id"))),
];

table_entity!(PURCHASE_ORDER: Order, commerce.purchase_orders {
    path: "PurchaseOrder",
    key: "purchaseorders",
    area: Area::PurchaseOrders,
    newest_first: true,
    visible: |view, row| view.rights.client(row.client),
    fields: &[COMMON, PURCHASE_FIELDS],
    params: &[
        numbers("client_id", |_, row, ids| ids.has(row.client)),
        numbers("site_id", |_, row, ids| ids.has(row.site)),
        numbers("user_id", |_, row, ids| ids.has(row.user)),
        numbers("ticket_id", |_, row, ids| ids.has(row.ticket)),
        numbers("supplier_id", |_, row, ids| ids.has(row.supplier)),
        numbers("salesorder_id", |_, row, ids| ids.has(row.origin)),
        numbers("po_status", |_, row, ids| ids.has(row.status)),
        flag("open", |_, row, _| row.status == status::OPEN),
        flag("closed", |_, row, _| row.status == status::DONE),
        text("search", |view, row, search| title(view, row).to_lowercase().contains(&search.text)),
    ],
    id_only: "",
});

const PURCHASE_FIELDS: &[Field<Order>] = &[
    list("supplier_id", |_, row| V::id(row.supplier)),
    list("supplier_name", |view, row| view.supplier_name(row.supplier)),
    list("salesorder_id", |_, row| V::id(row.origin)),
    list("price", |_, row| pounds(row.net())),
    list("goodsin_status", |_, row| V::id(row.status)),
    list("approval_status", |_, _| V::Int(1)),
    list("datesent", |_, row| V::Day(row.date)),
    list("est_delivery_date", |_, row| V::Day(row.until)),
    list("duedate", |_, row| V::Day(row.until)),
    list("po_ref", |_, row| V::owned(format!("P-{:05}", row.id))),
    list("deliver_to_us", |_, _| V::Bool(true)),
    list("percentage_invoiced", |_, row| V::Num(if row.status == status::DONE { 100.0 } else { 0.0 })),
    single("lines", |view, row| V::Raw(lines(view, row, "purchaseorder_id"))),
];

/// Lines of an order, under the name that its kind has for the order's number. HaloPSA's file has no field
/// for the quantity; it follows from `net_total` and `baseprice`.
fn lines(view: &View<'_>, row: &Order, parent: &str) -> Vec<u8> {
    value::array(view.style, row.lines.iter().zip(1..), |object, (line, sequence)| {
        object.member("id", &V::id(line.id));
        object.member(parent, &V::id(row.id));
        object.member("sort_seq", &V::Int(sequence));
        object.member("item_id", &V::id(line.item));
        object.member("productcode", &V::text(view.item_code(line.item)));
        object.member("name", &V::text(view.item_name(line.item)));
        object.member("note", &V::text(""));
        object.member("baseprice", &pounds(line.price));
        object.member("net_total", &pounds(line.net()));
        object.member("total_tax", &pounds(line.net() / 5));
        object.member("total_price", &pounds(line.net() + line.net() / 5));
        match parent {
            "purchaseorder_id" => object.member("quantity_received", &done(row, line)),
            "salesorder_id" => {
                object.member("costprice", &pounds(line.cost));
                object.member("invoiced_quantity", &done(row, line));
                object.member("quantity_shipped", &done(row, line));
            }
            _ => object.member("costprice", &pounds(line.cost)),
        }
    })
}

/// All units of a line once its order is done.
fn done(row: &Order, line: &OrderLine) -> V<'static> {
    V::Num(if row.status == status::DONE { line.quantity as f64 } else { 0.0 })
}
