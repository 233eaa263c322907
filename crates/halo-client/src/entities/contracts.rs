//! Contracts with clients and suppliers, their plans, charge rates and prepaid hours.

use super::column::{boolean, custom, day, int, money, number, text, time};
use super::{Entity, Reading, Right};

const RIGHT: Right = Right {
    scope: "read:contracts",
    permission: "Contracts: Read Only",
    unlocks: "recurring revenue, contracts that end and hours included",
};

pub(super) static CONTRACTS: Entity = Entity {
    table: "contracts",
    path: "ClientContract",
    list_key: "contracts",
    reading: Reading::AllPages,
    switches: &[("includeinactive", "true")],
    watched: &["client_id", "status", "active", "periodchargeamount", "end_date"],
    columns: &[
        int("id"),
        text("ref"),
        text("refextra"),
        text("refextra2"),
        int("client_id"),
        text("client_name"),
        int("site_id"),
        text("site_name"),
        int("user_id"),
        text("user_name"),
        day("start_date"),
        day("end_date"),
        boolean("started"),
        boolean("expired"),
        boolean("active"),
        int("status"),
        text("contract_status"),
        int("contracttype"),
        text("contracttype_name"),
        int("subtype"),
        int("billingperiod"),
        int("billingdescription"),
        money("periodchargeamount"),
        number("numberofunitsfree"),
        day("next_invoice_date"),
        day("periodicinvoicenextdate"),
        day("next_call_date"),
        int("sla_id"),
        money("asset_value"),
        text("note"),
        text("cost_calculation"),
        int("createdby_id"),
        text("createdby_name"),
        time("last_modified"),
        custom("customfields"),
    ],
    right: RIGHT,
    ..Entity::PLAIN
};

pub(super) static CONTRACT_SCHEDULES: Entity = Entity {
    table: "contract_schedules",
    path: "ContractSchedule",
    columns: &[text("id"), int("chid"), int("seq"), money("amount"), day("date"), int("agent_id"), text("note")],
    right: RIGHT,
    ..Entity::PLAIN
};

pub(super) static CONTRACT_SCHEDULE_PLANS: Entity = Entity {
    table: "contract_schedule_plans",
    path: "ContractSchedulePlan",
    columns: &[
        int("id"),
        int("contract_id"),
        day("date"),
        int("requesttype"),
        text("requesttype_name"),
        int("agent_id"),
        text("agent_name"),
        number("hours_allocated"),
        number("hours"),
        int("ticket_id"),
        text("subject"),
        int("apid"),
    ],
    right: RIGHT,
    ..Entity::PLAIN
};

pub(super) static SUPPLIER_CONTRACTS: Entity = Entity {
    table: "supplier_contracts",
    path: "SupplierContract",
    list_key: "contracts",
    reading: Reading::AllPages,
    switches: &[("includeinactive", "true")],
    columns: &[
        int("id"),
        text("ref"),
        text("contract_description"),
        int("supplier_id"),
        text("supplier_name"),
        int("sla_id"),
        text("sla_name"),
        day("start_date"),
        day("end_date"),
        boolean("started"),
        boolean("expired"),
        boolean("active"),
        boolean("is_default"),
        text("costing_information"),
        text("note"),
        int("renewedfrom_id"),
        int("renewedby_id"),
        custom("customfields"),
    ],
    right: RIGHT,
    ..Entity::PLAIN
};

pub(super) static PREPAYS: Entity = Entity {
    table: "client_prepays",
    path: "ClientPrepay",
    list_key: "prepay",
    reading: Reading::AllPages,
    columns: &[
        int("id"),
        int("client_id"),
        text("client_name"),
        day("date"),
        number("hours"),
        money("amount"),
        text("description"),
        text("invoice_id"),
        text("invoice_number"),
        day("invoicedate"),
        day("expirydate"),
        boolean("expirychecked"),
        int("client_to_invoice_to_id"),
    ],
    right: Right { unlocks: "prepaid hours bought, used and left", ..RIGHT },
    ..Entity::PLAIN
};

pub(super) static CHARGE_RATES: Entity = Entity {
    table: "charge_rates",
    path: "ChargeRate",
    columns: &[
        int("id"),
        int("area"),
        int("contract_id"),
        int("charge_id"),
        day("startdate"),
        day("expirydate"),
        money("rate"),
        int("org"),
        number("minimum"),
        number("increment"),
        number("oohmultiplier"),
        number("holidaymultiplier"),
        number("weekendmultiplier"),
        number("contractmultiplier"),
        boolean("surcharge"),
        boolean("current"),
        money("current_rate"),
        boolean("use_for_travel"),
        boolean("use_for_mileage"),
    ],
    right: Right { unlocks: "the price of an hour of work", ..RIGHT },
    ..Entity::PLAIN
};
