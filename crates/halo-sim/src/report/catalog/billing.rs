//! Contracts, invoices with their lines, and payments.

use std::sync::OnceLock;

use super::sql::{BIT, DATETIME, FLOAT, INT, MONEY, NVARCHAR, text};
use super::{Column, Step, Virtual, api, flat, own};
use crate::entity::{billing, contracts, pounds, recurring};
use crate::value::V;
use crate::world::commerce::rows::{Contract, Payment};
use crate::world::reference::contract_of;
use crate::world::rows::{Invoice, Line};
use crate::world::table::Row as _;
use crate::world::words::PRODUCTS;

flat!(
    CONTRACTHEADER = "CONTRACTHEADER": Contract,
    commerce.contracts,
    keyed &["CHid"],
    Some(&contracts::CLIENT_CONTRACT),
    CONTRACT_COLUMNS
);

const CONTRACT_COLUMNS: &[Column<Contract>] = &[
    api("CHid", INT, "id"),
    api("CHcontractRef", NVARCHAR, "ref"),
    api("CHarea", INT, "client_id"),
    api("CHstartdate", DATETIME, "start_date"),
    api("CHenddate", DATETIME, "end_date"),
    api("CHstatus", INT, "status"),
    api("chtype", INT, "contracttype"),
    api("chlast_modified", DATETIME, "last_modified"),
];

flat!(INVOICEHEADER = "INVOICEHEADER": Invoice, invoices, keyed &["IHid"], Some(&billing::INVOICE), INVOICE_COLUMNS);

/// There is no column for the total.
const INVOICE_COLUMNS: &[Column<Invoice>] = &[
    api("IHid", INT, "id"),
    api("IHaarea", INT, "client_id"),
    api("IHsitenumber", INT, "sitenumber"),
    api("IHInvoiceNumber", NVARCHAR, "invoicenumber"),
    api("IH3rdPartyInvoiceNumber", NVARCHAR, "thirdpartyinvoicenumber"),
    api("IHname", NVARCHAR, "name"),
    api("IHInvoice_Date", DATETIME, "invoice_date"),
    api("IHDue_Date", DATETIME, "duedate"),
    api("IHDatePosted", DATETIME, "dateposted"),
    api("IHdateSent", DATETIME, "datesent"),
    api("ihdatepaid", DATETIME, "datepaid"),
    api("IHdateCreated", DATETIME, "date_created"),
    api("IHLast_Modified", DATETIME, "last_modified"),
    api("IHPosted", BIT, "posted"),
    api("ihvoided", BIT, "voided"),
    api("IHAmountPaid", MONEY, "amountpaid"),
    api("IHAmountDue", MONEY, "amountdue"),
    api("IHPaymentStatus", INT, "paymentstatus"),
    api("IHCurrency", text(10), "currency"),
    api("IHcurrencycode", INT, "currency_code"),
    api("IHcurrencyConversionRate", FLOAT, "currency_conversion_rate"),
    api("IHchid", INT, "contract_id"),
    api("IHFaultid", INT, "ticket_id"),
    api("IHOHid", INT, "salesorder_id"),
    api("IHrecurringInvoiceId", INT, "recurring_invoice_id"),
    api("IHInvoiceType", INT, "invoicetype"),
    own("IHisRecurringInvoice", BIT, |_, _| V::Bool(false)),
];

/// A line with what it has from its invoice.
pub(super) struct Billed {
    invoice: i32,
    client: i32,
    line: Line,
}

pub(super) static INVOICEDETAIL: Virtual<Invoice, Billed> = Virtual {
    name: "INVOICEDETAIL",
    columns: &[
        own("IDid", INT, |_, row| V::id(row.line.id)),
        own("IdIHid", INT, |_, row| V::id(row.invoice)),
        own("ID_ItemID", INT, |_, row| V::Int(i64::try_from(row.line.product).unwrap_or_default() + 15)),
        own("IDItem_Code", NVARCHAR, |_, row| V::text(PRODUCTS[row.line.product].code)),
        own("IDItem_ShortDescription", NVARCHAR, |_, row| V::text(PRODUCTS[row.line.product].name)),
        own("IDNominal_Code", NVARCHAR, |_, row| V::text(PRODUCTS[row.line.product].nominal)),
        own("IDTax_Code", NVARCHAR, |_, _| V::text("1")),
        own("IDTax_Rate", FLOAT, |_, _| V::Num(20.0)),
        own("IDQty_Order", FLOAT, |_, row| V::Num(row.line.quantity as f64 / 100.0)),
        own("IDUnit_Price", MONEY, |_, row| pounds(row.line.price)),
        own("IDUnit_Cost", MONEY, |_, row| pounds(row.line.cost)),
        own("IDNet_Amount", MONEY, |_, row| pounds(row.line.net())),
        own("IDTax_Amount", MONEY, |_, row| pounds(row.line.tax())),
        own("IDFaultid", INT, |_, _| V::Int(0)),
        own("IDCHID", INT, |view, row| V::id(view.contract(contract_of(row.client)))),
        own("IDStartDate", DATETIME, |_, row| V::Day(row.line.start)),
        own("IDEndDate", DATETIME, |_, row| V::Day(row.line.end)),
        own("idisInactive", BIT, |_, _| V::Bool(false)),
    ],
    key: &[],
    large: false,
    parents: |world| world.invoices.rows(),
    id: |row| row.id(),
    rows: |_, row, each| {
        let mut last = Step::More;
        for line in row.lines.iter().filter(|_| !row.deleted) {
            last = each(&Billed { invoice: row.id, client: row.client, line: line.clone() })?;
            if last == Step::Stop {
                break;
            }
        }
        Ok(last)
    },
    api: None,
    getters: OnceLock::new(),
};

flat!(
    INVOICEPAYMENT = "InvoicePayment": Payment,
    commerce.payments,
    keyed &["IPid"],
    Some(&recurring::INVOICE_PAYMENT),
    PAYMENT_COLUMNS
);

const PAYMENT_COLUMNS: &[Column<Payment>] = &[
    api("IPid", INT, "id"),
    api("IPIHid", INT, "invoice_id"),
    api("IPDate", DATETIME, "date"),
    api("IPAmount", MONEY, "amount"),
    api("IPMethod", INT, "method"),
    api("IPStatus", INT, "status"),
];
