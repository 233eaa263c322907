//! Invoices with their lines.

use super::ticket::end_of_day;
use super::{Field, View, When, list, numbers, pounds, table_entity, text, time, with};
use crate::rights::Area;
use crate::times::{DAY, EMPTY, Ms};
use crate::value::{self, V};
use crate::world::commerce::contracts::recurring_of;
use crate::world::commerce::stock::item_of;
use crate::world::reference::contract_of;
use crate::world::rows::{Invoice, Line};
use crate::world::words::PRODUCTS;

table_entity!(INVOICE: Invoice, invoices {
    path: "Invoice",
    key: "invoices",
    area: Area::Invoices,
    visible: |view, row| view.rights.client(row.client),
    fields: &[FIELDS],
    params: &[
        time("invoicedatestart", |_, row, from| row.date >= from.time),
        time("invoicedateend", |_, row, to| row.date <= to.time),
        time("start_date", |view, row, from| view.older || searched_date(view, row) >= from.time),
        time("end_date", |view, row, to| view.older || searched_date(view, row) <= end_of_day(to.time)),
        numbers("client_id", |_, row, ids| ids.has(row.client)),
        numbers("client_ids", |_, row, ids| ids.has(row.client)),
        numbers("site_id", |_, row, ids| ids.has(row.site)),
        numbers("ticket_id", |_, _, ids| ids.has(0)),
        numbers("paymentstatuses", |_, row, ids| ids.has(payment_status(row))),
        super::flag("postedonly", |_, row, _| row.posted),
        super::flag("notpostedonly", |_, row, _| !row.posted),
        text("search", |_, row, search| {
            row.name.to_lowercase().contains(&search.text) || number(row).to_lowercase().contains(&search.text)
        }),
    ],
});

const FIELDS: &[Field<Invoice>] = &[
    list("id", |_, row| V::id(row.id)),
    list("invoicenumber", |_, row| V::owned(number(row))),
    list("thirdpartyinvoicenumber", |_, _| V::text("")),
    list("client_id", |_, row| V::id(row.client)),
    list("client_name", |view, row| view.client_name(row.client)),
    list("sitenumber", |_, row| V::id(row.site)),
    list("site_name", |view, row| view.site_name(row.site)),
    list("name", |_, row| V::text(&row.name)),
    list("invoice_date", |_, row| V::Day(row.date)),
    list("duedate", |_, row| V::Day(row.due)),
    list("dateposted", |_, row| V::Date(row.posted_at)),
    list("datesent", |_, row| V::Date(row.sent)),
    list("datepaid", |_, row| V::Day(row.paid_at)),
    list("date_created", |_, row| V::Date(row.created)),
    list("last_modified", |_, row| V::Date(row.modified)),
    list("posted", |_, row| V::Bool(row.posted)),
    list("voided", |_, row| V::Bool(row.voided)),
    list("total", |_, row| pounds(row.total())),
    list("tax_total", |_, row| pounds(row.tax())),
    list("revenue", |_, row| pounds(row.net())),
    list("amountpaid", |_, row| pounds(row.paid)),
    list("amountdue", |_, row| pounds(due(row))),
    Field { name: "amount_remaining", when: When::Newer, value: |_, row| pounds(due(row)) },
    list("paymentstatus", |_, row| V::id(payment_status(row))),
    list("paymentterms", |_, row| V::Int((row.due - row.date) / DAY)),
    list("currency", |_, _| V::text("GBP")),
    list("currency_code", |_, _| V::Int(1)),
    list("currency_conversion_rate", |_, _| V::Num(1.0)),
    list("contract_id", |view, row| V::id(view.contract(contract_of(row.client)))),
    list("ticket_id", |_, _| V::Int(0)),
    list("salesorder_id", |_, _| V::Int(0)),
    list("recurring_invoice_id", |_, row| V::id(recurring_of(row.client))),
    list("invoicetype", |_, _| V::Int(0)),
    list("xeroid", |_, _| V::text("")),
    list("qboid", |_, _| V::Int(0)),
    list("schedule_id", |_, _| V::Int(0)),
    list("period", |_, _| V::Int(0)),
    list("nextcreationdate", |_, _| V::Date(EMPTY)),
    with("lines", "includelines", |view, row| V::Raw(lines(view, row))),
];

/// The date that `datesearch` names.
fn searched_date(view: &View<'_>, row: &Invoice) -> Ms {
    match view.query.get("datesearch").unwrap_or("invoice_date") {
        "last_modified" => row.modified,
        "duedate" => row.due,
        _ => row.date,
    }
}

pub(crate) fn number(row: &Invoice) -> String {
    format!("INV-{:06}", row.id)
}

/// What is still to be paid; nothing of a voided invoice.
fn due(row: &Invoice) -> i64 {
    if row.voided { 0 } else { row.total() - row.paid }
}

/// 0 unpaid, 1 paid, 2 in part. HaloPSA's own numbers are not public.
fn payment_status(row: &Invoice) -> i32 {
    match row.paid {
        0 => 0,
        paid if paid >= row.total() => 1,
        _ => 2,
    }
}

pub(crate) fn lines(view: &View<'_>, row: &Invoice) -> Vec<u8> {
    lines_of(view, row.id, row.client, &row.lines)
}

/// Lines of an invoice or a recurring invoice of that number and client.
pub(super) fn lines_of(view: &View<'_>, header: i32, client: i32, lines: &[Line]) -> Vec<u8> {
    value::array(view.style, lines, |object, line| {
        let item = &PRODUCTS[line.product];
        object.member("id", &V::id(line.id));
        object.member("ihid", &V::id(header));
        object.member("_itemid", &V::id(item_of(line.product)));
        object.member("item_code", &V::text(item.code));
        object.member("item_shortdescription", &V::text(item.name));
        object.member("item_longdescription", &V::owned(format!("{}, monthly", item.name)));
        object.member("nominal_code", &V::text(item.nominal));
        object.member("tax_code", &V::text("1"));
        object.member("tax_rate", &V::Num(20.0));
        object.member("qty_order", &V::Num(line.quantity as f64 / 100.0));
        object.member("unit_price", &pounds(line.price));
        object.member("unit_cost", &pounds(line.cost));
        object.member("net_amount", &pounds(line.net()));
        object.member("tax_amount", &pounds(line.tax()));
        object.member("contract_id", &V::id(view.contract(contract_of(client))));
        object.member("ticket_id", &V::Int(0));
        object.member("asset_id", &V::Int(0));
        object.member("startdate", &V::Day(line.start));
        object.member("enddate", &V::Day(line.end));
        object.member("isinactive", &V::Bool(false));
    })
}
