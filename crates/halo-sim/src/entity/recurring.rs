//! What invoices are made from, and what is paid for them.

use super::billing::{self, lines_of};
use super::ticket::end_of_day;
use super::{Field, View, list, numbers, pounds, table_entity, text, time, with};
use crate::rights::Area;
use crate::times::{self, EMPTY, Ms};
use crate::value::V;
use crate::world::commerce::rows::{Payment, Recurring};
use crate::world::reference::ids;
use crate::world::rows::Invoice;

table_entity!(RECURRING_INVOICE: Recurring, commerce.recurring {
    path: "RecurringInvoice",
    key: "invoices",
    area: Area::Invoices,
    visible: |view, row| view.rights.client(row.client),
    fields: &[RECURRING_FIELDS],
    params: &[
        time("start_date", |view, row, from| view.older || searched_date(view, row) >= from.time),
        time("end_date", |view, row, to| view.older || searched_date(view, row) <= end_of_day(to.time)),
        numbers("client_id", |_, row, ids| ids.has(row.client)),
        numbers("client_ids", |_, row, ids| ids.has(row.client)),
        numbers("site_id", |_, row, ids| ids.has(row.site)),
        numbers("contract_id", |_, row, ids| ids.has(row.contract)),
        numbers("recurringinvoice_id", |_, row, ids| ids.has(row.id)),
        text("search", |_, row, search| row.name.to_lowercase().contains(&search.text)),
    ],
});

const RECURRING_FIELDS: &[Field<Recurring>] = &[
    list("id", |_, row| V::id(row.id)),
    list("invoicenumber", |_, _| V::text("")),
    list("thirdpartyinvoicenumber", |_, _| V::text("")),
    list("client_id", |_, row| V::id(row.client)),
    list("client_name", |view, row| view.client_name(row.client)),
    list("sitenumber", |_, row| V::id(row.site)),
    list("site_name", |view, row| view.site_name(row.site)),
    list("name", |_, row| V::text(&row.name)),
    list("is_recurring_invoice", |_, _| V::Bool(true)),
    list("disabled", |_, row| V::Bool(row.disabled)),
    list("invoice_date", |_, row| V::Day(row.start)),
    list("startdate", |_, row| V::Day(row.start)),
    list("enddate", |_, _| V::Date(EMPTY)),
    list("lastcreated", |view, row| V::Day(if row.id < 0 { EMPTY } else { times::month_start(view.now, 0) })),
    list("nextcreationdate", |view, row| V::Day(next(view, row))),
    list("period", |_, _| V::Int(1)),
    list("schedule_id", |_, row| V::id(row.id)),
    list("date_created", |_, row| V::Date(row.created)),
    list("last_modified", |_, row| V::Date(row.modified)),
    list("posted", |_, _| V::Bool(false)),
    list("voided", |_, _| V::Bool(false)),
    list("revenue", |_, row| pounds(row.net())),
    list("tax_total", |_, row| pounds(row.tax())),
    list("total", |_, row| pounds(row.net() + row.tax())),
    list("amountpaid", |_, _| V::Num(0.0)),
    list("amountdue", |_, _| V::Num(0.0)),
    list("paymentterms", |_, _| V::Int(30)),
    list("paymentstatus", |_, _| V::Int(0)),
    list("currency", |_, _| V::text("GBP")),
    list("currency_code", |_, _| V::Int(1)),
    list("currency_conversion_rate", |_, _| V::Num(1.0)),
    list("contract_id", |view, row| V::id(view.contract(row.contract))),
    list("ticket_id", |_, _| V::Int(0)),
    list("salesorder_id", |_, _| V::Int(0)),
    list("recurring_invoice_id", |_, _| V::Int(0)),
    list("invoicetype", |_, _| V::Int(0)),
    list("use", |_, _| V::text("invoice")),
    with("lines", "includelines", |view, row| V::Raw(lines(view, row))),
];

pub(crate) fn lines(view: &View<'_>, row: &Recurring) -> Vec<u8> {
    lines_of(view, row.id, row.client, &row.lines)
}

/// Bills are made on the first of the month.
fn next(view: &View<'_>, row: &Recurring) -> Ms {
    if row.disabled || row.id < 0 { EMPTY } else { times::month_start(view.now, 1) }
}

/// The date that `datesearch` names.
fn searched_date(view: &View<'_>, row: &Recurring) -> Ms {
    match view.query.get("datesearch") {
        Some("last_modified") => row.modified,
        _ => row.start,
    }
}

table_entity!(INVOICE_PAYMENT: Payment, commerce.payments {
    path: "InvoicePayment",
    key: "payments",
    area: Area::Invoices,
    visible: |view, row| view.rights.client(client(view, row)),
    fields: &[PAYMENT_FIELDS],
    params: &[
        numbers("client_id", |view, row, ids| ids.has(client(view, row))),
        numbers("invoice_id", |_, row, ids| ids.has(row.invoice)),
        text("search", |view, row, search| {
            let number = view.invoice(row.invoice).map(billing::number).unwrap_or_default();
            number.to_lowercase().contains(&search.text)
        }),
    ],
    id_only: "",
});

const PAYMENT_FIELDS: &[Field<Payment>] = &[
    list("id", |_, row| V::id(row.id)),
    list("invoice_id", |_, row| V::id(row.invoice)),
    list("invoice_invoicenumber", |view, row| {
        V::owned(view.invoice(row.invoice).map_or_else(String::new, billing::number))
    }),
    list("date", |_, row| V::Day(row.date)),
    list("amount", |_, row| pounds(row.amount)),
    // HaloPSA's own numbers are not public.
    list("method", |_, row| V::id(row.method)),
    list("status", |_, _| V::Int(1)),
    list("client_id", |view, row| V::id(client(view, row))),
    list("client_name", |view, row| view.client_name(client(view, row))),
    list("module_id", |_, _| V::Int(0)),
    list("intent_id", |_, _| V::text("")),
    list("thirdpartyid", |_, _| V::text("")),
    list("xero_id", |_, _| V::text("")),
    list("qbo_id", |_, _| V::Int(0)),
];

fn client(view: &View<'_>, row: &Payment) -> i32 {
    view.invoice(row.invoice).map_or(ids::UNKNOWN_CLIENT, |invoice| invoice.client)
}

impl<'a> View<'a> {
    fn invoice(&self, id: i32) -> Option<&'a Invoice> {
        self.world.invoices.get(id)
    }
}
