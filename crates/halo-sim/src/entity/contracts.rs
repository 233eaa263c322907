//! Contracts with clients and suppliers, hours bought ahead, and what an hour costs.

use super::assets::both;
use super::{Field, Found, Shape, View, flag, list, numbers, pounds, single, table_entity, text};
use crate::rights::Area;
use crate::rng;
use crate::times::{self, EMPTY, Ms};
use crate::value::V;
use crate::world::commerce::rows::{ChargeRate, Contract, ContractKind, Instalment, Prepay, SupplierContract, Visit};
use crate::world::reference::ids;

table_entity!(CLIENT_CONTRACT: Contract, commerce.contracts {
    path: "ClientContract",
    key: "contracts",
    area: Area::Contracts,
    hidden: |view, row| !row.active && !both(view),
    visible: |view, row| view.rights.client(row.client),
    fields: &[CONTRACT_FIELDS],
    params: &[
        numbers("client_id", |_, row, ids| ids.has(row.client)),
        numbers("site_id", |_, row, ids| ids.has(row.site)),
        // Of the newer version: the kind of contract.
        numbers("contract_type", |view, row, ids| view.older || ids.has(row.kind as i32)),
        text("search", |_, row, search| row.reference().to_lowercase().contains(&search.text)),
    ],
    id_only: "",
});

const CONTRACT_FIELDS: &[Field<Contract>] = &[
    list("id", |_, row| V::id(row.id)),
    list("ref", |_, row| V::owned(row.reference())),
    list("refextra", |_, row| V::text(kind(row.kind))),
    list("refextra2", |_, _| V::text("")),
    list("client_id", |_, row| V::id(row.client)),
    list("client_name", |view, row| view.client_name(row.client)),
    list("site_id", |_, row| V::id(row.site)),
    list("site_name", |view, row| view.site_name(row.site)),
    list("user_id", |_, _| V::Int(0)),
    list("start_date", |_, row| V::Day(row.start)),
    list("end_date", |_, row| V::Day(row.end)),
    list("started", |view, row| V::Bool(row.start <= view.now)),
    list("expired", |view, row| V::Bool(row.end < view.now)),
    list("active", |_, row| V::Bool(row.active)),
    list("status", |_, row| V::Int(i64::from(row.active))),
    list("contract_status", |_, row| V::text(if row.active { "Active" } else { "Inactive" })),
    list("contracttype", |_, row| V::Int(row.kind as i64)),
    list("contracttype_name", |_, row| V::text(kind(row.kind))),
    list("subtype", |_, _| V::Int(0)),
    // Months here; HaloPSA's own numbers are not public.
    list("billingperiod", |_, row| V::Int(row.months)),
    list("billingdescription", |_, _| V::Int(0)),
    list("billingcategory", |_, _| V::Int(0)),
    list("periodchargeamount", |_, row| pounds(row.charge)),
    list("numberofunitsfree", |_, row| super::hours(row.free_minutes)),
    list("next_invoice_date", |view, row| V::Day(next_invoice(view, row))),
    list("periodicinvoicenextdate", |view, row| V::Day(next_invoice(view, row))),
    list("sla_id", |_, row| V::id(row.sla)),
    list("asset_value", |_, _| V::Num(0.0)),
    list("cost_calculation", |_, _| V::text("")),
    list("createdby_id", |_, _| V::id(ids::FIRST_AGENT)),
    list("createdby_name", |view, _| view.agent_name(ids::FIRST_AGENT)),
    list("last_modified", |_, row| V::Date(row.modified)),
    list("use", |_, _| V::text("contract")),
    single("sla_name", |view, row| view.world.slas.get(row.sla).map_or(V::text(""), |sla| V::text(&sla.name))),
    single("note", |_, _| V::text("")),
    single("rollingcontract", |_, row| V::Bool(row.kind == ContractKind::Managed)),
    single("customfields", |_, _| V::Raw(b"[]".to_vec())),
];

fn kind(kind: ContractKind) -> &'static str {
    match kind {
        ContractKind::Managed => "Managed services",
        ContractKind::Prepaid => "Prepaid hours",
        ContractKind::Maintenance => "Maintenance",
    }
}

/// The first day of the next period that begins before the contract ends.
fn next_invoice(view: &View<'_>, row: &Contract) -> Ms {
    if !row.active || row.charge == 0 {
        return EMPTY;
    }
    let next = (0..).map(|period| times::month_start(row.start, row.months * period)).find(|day| *day > view.now);
    next.filter(|day| *day < row.end).unwrap_or(EMPTY)
}

table_entity!(CONTRACT_SCHEDULE: Instalment, commerce.instalments {
    path: "ContractSchedule",
    shape: Shape::Bare,
    area: Area::Contracts,
    // The id is a GUID: the row is found by comparing.
    find: |view, id| {
        let shaped = id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        match view.world.commerce.instalments.live().find(|row| instalment(view, row) == id.to_ascii_lowercase()) {
            Some(row) => Found::Row(row),
            None if shaped => Found::Missing,
            None => Found::BadId,
        }
    },
    visible: |view, row| view.rights.client(view.client_of_contract(row.contract)),
    fields: &[SCHEDULE_FIELDS],
    id_only: "",
});

const SCHEDULE_FIELDS: &[Field<Instalment>] = &[
    list("id", |view, row| V::owned(instalment(view, row))),
    list("chid", |_, row| V::id(row.contract)),
    list("seq", |_, row| V::id(row.sequence)),
    list("amount", |_, row| pounds(row.amount)),
    list("date", |_, row| V::Day(row.date)),
    list("agent_id", |_, row| V::id(row.agent)),
    list("note", |_, row| V::owned(format!("Instalment {}", row.sequence))),
];

fn instalment(view: &View<'_>, row: &Instalment) -> String {
    rng::guid(view.world.seed, "instalment", row.id.into())
}

impl View<'_> {
    fn client_of_contract(&self, id: i32) -> i32 {
        self.world.commerce.contracts.get(id).map_or(ids::UNKNOWN_CLIENT, |row| row.client)
    }
}

table_entity!(CONTRACT_SCHEDULE_PLAN: Visit, commerce.visits {
    path: "ContractSchedulePlan",
    shape: Shape::Bare,
    area: Area::Contracts,
    visible: |view, row| view.rights.client(view.client_of_contract(row.contract)),
    fields: &[PLAN_FIELDS],
    id_only: "",
});

/// The type of ticket that a visit becomes.
const SERVICE_REQUEST: i32 = 2;

const PLAN_FIELDS: &[Field<Visit>] = &[
    list("id", |_, row| V::id(row.id)),
    list("contract_id", |_, row| V::id(row.contract)),
    list("date", |_, row| V::Day(row.date)),
    list("requesttype", |_, _| V::id(SERVICE_REQUEST)),
    list("requesttype_name", |view, _| view.type_name(SERVICE_REQUEST)),
    list("agent_id", |_, row| V::id(row.agent)),
    list("agent_name", |view, row| view.agent_name(row.agent)),
    list("hours_allocated", |_, row| super::hours(row.minutes)),
    list("hours", |view, row| super::hours(if row.date < view.now { row.minutes } else { 0 })),
    list("ticket_id", |_, _| V::Int(0)),
    list("subject", |_, _| V::text("Quarterly review")),
    list("apid", |_, _| V::Int(0)),
];

table_entity!(SUPPLIER_CONTRACT: SupplierContract, commerce.supplier_contracts {
    path: "SupplierContract",
    key: "contracts",
    area: Area::Contracts,
    hidden: |view, row| row.end < view.now && !both(view),
    fields: &[SUPPLIER_CONTRACT_FIELDS],
    params: &[
        numbers("supplier_id", |_, row, ids| ids.has(row.supplier)),
        text("search", |_, row, search| row.subject.to_lowercase().contains(&search.text)),
    ],
    id_only: "",
});

const SUPPLIER_CONTRACT_FIELDS: &[Field<SupplierContract>] = &[
    list("id", |_, row| V::id(row.id)),
    list("ref", |_, row| V::owned(format!("SC-{:04}", row.id))),
    list("contract_description", |_, row| V::text(&row.subject)),
    list("supplier_id", |_, row| V::id(row.supplier)),
    list("supplier_name", |view, row| view.supplier_name(row.supplier)),
    list("sla_id", |_, _| V::Int(0)),
    list("sla_name", |_, _| V::text("")),
    list("start_date", |_, row| V::Day(row.start)),
    list("end_date", |_, row| V::Day(row.end)),
    list("started", |view, row| V::Bool(row.start <= view.now)),
    list("expired", |view, row| V::Bool(row.end < view.now)),
    list("active", |view, row| V::Bool(row.end >= view.now)),
    list("is_default", |_, _| V::Bool(false)),
    list("renewedfrom_id", |_, _| V::Int(0)),
    list("renewedby_id", |_, _| V::Int(0)),
    single("note", |_, _| V::text("")),
];

table_entity!(CLIENT_PREPAY: Prepay, commerce.prepay {
    path: "ClientPrepay",
    key: "prepay",
    area: Area::Contracts,
    visible: |view, row| view.rights.client(row.client),
    fields: &[PREPAY_FIELDS],
    params: &[
        numbers("client_id", |_, row, ids| ids.has(row.client)),
        numbers("client_ids", |_, row, ids| ids.has(row.client)),
        flag("ready_for_invoicing", |_, _, _| false),
        text("search", |view, row, search| {
            view.world.clients.get(row.client).is_some_and(|client| client.name.to_lowercase().contains(&search.text))
        }),
    ],
});

const PREPAY_FIELDS: &[Field<Prepay>] = &[
    list("id", |_, row| V::id(row.id)),
    list("client_id", |_, row| V::id(row.client)),
    list("client_name", |view, row| view.client_name(row.client)),
    list("date", |_, row| V::Day(row.date)),
    list("hours", |_, row| super::hours(row.minutes)),
    list("amount", |_, row| pounds(row.amount)),
    list("description", |_, row| V::owned(format!("{} hours bought ahead", row.minutes / 60))),
    list("invoice_id", |_, _| V::text("0")),
    list("invoice_number", |_, _| V::text("")),
    list("invoicedate", |_, _| V::Date(EMPTY)),
    list("expirydate", |_, row| V::Day(row.expiry)),
    list("expirychecked", |view, row| V::Bool(row.expiry < view.now)),
    list("client_to_invoice_to_id", |_, row| V::id(row.client)),
];

table_entity!(CHARGE_RATE: ChargeRate, commerce.charge_rates {
    path: "ChargeRate",
    shape: Shape::Bare,
    visible: |view, row| row.client == 0 || view.rights.client(row.client),
    fields: &[RATE_FIELDS],
    params: &[
        numbers("client_id", |_, row, ids| ids.has(row.client)),
        numbers("chargerate_id", |_, row, ids| ids.has(row.charge)),
        flag("globalonly", |_, row, _| row.client == 0),
        flag("currentonly", |view, row, _| row.start <= view.now),
    ],
    id_only: "",
});

const RATE_FIELDS: &[Field<ChargeRate>] = &[
    list("id", |_, row| V::id(row.id)),
    list("area", |_, row| V::id(row.client)),
    list("contract_id", |_, _| V::Int(0)),
    list("charge_id", |_, row| V::id(row.charge)),
    list("startdate", |_, row| V::Day(row.start)),
    list("expirydate", |_, _| V::Date(EMPTY)),
    list("rate", |_, row| pounds(row.rate)),
    list("current_rate", |_, row| pounds(row.rate)),
    list("current", |view, row| V::Bool(row.start <= view.now)),
    list("org", |_, _| V::Int(1)),
    list("minimum", |_, _| V::Num(0.25)),
    list("increment", |_, _| V::Num(0.25)),
    list("oohmultiplier", |_, _| V::Num(1.5)),
    list("holidaymultiplier", |_, _| V::Num(2.0)),
    list("weekendmultiplier", |_, _| V::Num(1.5)),
    list("contractmultiplier", |_, _| V::Num(1.0)),
    list("surcharge", |_, _| V::Bool(false)),
    list("round", |_, _| V::Int(0)),
    list("use_for_travel", |_, _| V::Bool(false)),
    list("use_for_mileage", |_, _| V::Bool(false)),
];
