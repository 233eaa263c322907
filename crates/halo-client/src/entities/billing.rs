//! Invoices with their lines, what they are made from, and what was paid.

use super::column::{boolean, day, int, money, number, text, time};
use super::{ChangeFilter, Child, Echo, Entity, Reading, Right, echo};

/// Lines of invoices and of recurring invoices alike.
const LINES: Child = Child {
    table: "",
    field: "lines",
    parent: "ihid",
    columns: &[
        int("id"),
        int("_itemid"),
        text("item_code"),
        text("item_shortdescription"),
        text("item_longdescription"),
        text("nominal_code"),
        text("tax_code"),
        number("tax_rate"),
        number("qty_order"),
        money("unit_price"),
        money("unit_cost"),
        money("net_amount"),
        money("tax_amount"),
        int("asset_id"),
        int("contract_id"),
        int("ticket_id"),
        day("startdate"),
        day("enddate"),
        boolean("isinactive"),
    ],
    ignored: &["use", "key", "table"],
};

const ECHOES: &[Echo] = &[
    echo("client_name", "client_id", "clients", "id", "name"),
    echo("site_name", "sitenumber", "sites", "id", "name"),
];

const RIGHT: Right = Right {
    scope: "read:invoices",
    permission: "Invoices: Read Only",
    unlocks: "revenue, unpaid invoices and margins",
};

pub(super) static INVOICES: Entity = Entity {
    table: "invoices",
    path: "Invoice",
    list_key: "invoices",
    key: &["id"],
    reading: Reading::Paged {
        // Newer versions only; older ones ignore it, which the proof finds out.
        changed: ChangeFilter { from: "start_date", to: Some("end_date"), with: &[("datesearch", "last_modified")] },
        ids_only: "idonly",
        deleted: None,
    },
    switches: &[("includelines", "true")],
    stamp: Some("last_modified"),
    watched: &["client_id", "posted", "voided", "paymentstatus"],
    columns: &[
        int("id"),
        text("invoicenumber"),
        text("thirdpartyinvoicenumber"),
        int("client_id"),
        text("client_name"),
        int("sitenumber"),
        text("site_name"),
        text("name"),
        day("invoice_date"),
        day("duedate"),
        time("dateposted"),
        time("datesent"),
        day("datepaid"),
        time("date_created"),
        time("last_modified"),
        boolean("posted"),
        boolean("voided"),
        money("total"),
        money("tax_total"),
        money("revenue"),
        money("amountpaid"),
        money("amountdue"),
        money("amount_remaining"),
        int("paymentstatus"),
        int("paymentterms"),
        text("currency"),
        int("currency_code"),
        number("currency_conversion_rate"),
        int("contract_id"),
        int("ticket_id"),
        int("salesorder_id"),
        int("recurring_invoice_id"),
        int("invoicetype"),
        text("xeroid"),
        int("qboid"),
        int("schedule_id"),
        int("period"),
        day("nextcreationdate"),
    ],
    ignored: &["use", "key", "table"],
    echoes: ECHOES,
    child: Some(Child { table: "invoice_lines", ..LINES }),
    right: RIGHT,
    family: Some("invoices"),
    ..Entity::PLAIN
};

/// Templates from which invoices are made; some have negative ids.
pub(super) static RECURRING_INVOICES: Entity = Entity {
    table: "recurring_invoices",
    path: "RecurringInvoice",
    list_key: "invoices",
    reading: Reading::AllPages,
    switches: &[("includelines", "true")],
    columns: &[
        int("id"),
        int("client_id"),
        text("client_name"),
        int("sitenumber"),
        text("site_name"),
        text("name"),
        int("contract_id"),
        text("contract_ref"),
        int("salesorder_id"),
        int("schedule_id"),
        int("period"),
        int("period_type"),
        day("startdate"),
        day("enddate"),
        day("invoice_date"),
        day("duedate"),
        day("lastcreated"),
        day("nextcreationdate"),
        boolean("disabled"),
        boolean("voided"),
        money("total"),
        money("tax_total"),
        money("revenue"),
        int("paymentterms"),
        text("currency"),
        int("currency_code"),
        number("currency_conversion_rate"),
        time("date_created"),
        time("last_modified"),
    ],
    child: Some(Child { table: "recurring_invoice_lines", ..LINES }),
    right: Right { unlocks: "recurring revenue by client and contract", ..RIGHT },
    ..Entity::PLAIN
};

pub(super) static INVOICE_PAYMENTS: Entity = Entity {
    table: "invoice_payments",
    path: "InvoicePayment",
    list_key: "payments",
    reading: Reading::AllPages,
    columns: &[
        int("id"),
        int("invoice_id"),
        text("invoice_invoicenumber"),
        int("client_id"),
        text("client_name"),
        day("date"),
        money("amount"),
        int("method"),
        int("status"),
        int("module_id"),
        text("intent_id"),
        text("thirdpartyid"),
    ],
    right: Right { unlocks: "when invoices are paid", ..RIGHT },
    ..Entity::PLAIN
};

pub(super) static INVOICE_CHANGES: Entity = Entity {
    table: "invoice_changes",
    path: "InvoiceChange",
    list_key: "changehistory",
    reading: Reading::Log,
    columns: &[
        int("id"),
        int("invoice_id"),
        int("invoice_line_id"),
        int("field_id"),
        text("field_name"),
        text("old_value"),
        text("new_value"),
        text("who"),
        time("datetime"),
        int("type_id"),
    ],
    right: Right { unlocks: "who changed what on an invoice", ..RIGHT },
    ..Entity::PLAIN
};
