//! What happened to tickets: actions, changes of status, owners, merges, feedback.
//!
//! Actions that were deleted are gone, those of deleted tickets stay. The trail of changes (AUDIT) holds
//! changes of status only, and owners only the present one: the world remembers no more.

use std::sync::OnceLock;

use super::sql::{BIT, DATETIME, FLOAT, GUID, INT, NTEXT, NVARCHAR, text};
use super::{Column, Step, Virtual, api, own};
use crate::entity::{View, actions, knowledge};
use crate::times::EMPTY;
use crate::value::V;
use crate::world::commerce::trace;
use crate::world::rows::{Action, Ticket};
use crate::world::table::Row as _;

pub(super) static ACTIONS: Virtual<Ticket, Action> = Virtual {
    name: "ACTIONS",
    columns: ACTION_COLUMNS,
    key: &["Faultid", "actionnumber"],
    large: true,
    parents: |world| world.tickets.rows(),
    id: |row| row.id(),
    rows: |_, ticket, each| {
        let mut last = Step::More;
        for action in ticket.live_actions() {
            last = each(action)?;
            if last == Step::Stop {
                break;
            }
        }
        Ok(last)
    },
    api: Some(&actions::ACTIONS),
    getters: OnceLock::new(),
};

const ACTION_COLUMNS: &[Column<Action>] = &[
    api("Faultid", INT, "ticket_id"),
    api("actionnumber", INT, "id"),
    // A number of its own that nothing proves to be filled.
    own("id", INT, |_, _| V::Null),
    api("AGUID", GUID, "guid"),
    api("Whe_", DATETIME, "datetime"),
    api("ActionDateCreated", DATETIME, "actiondatecreated"),
    api("ALastUpdated", DATETIME, "last_updated"),
    api("ActionArrivalDate", DATETIME, "actionarrivaldate"),
    api("ActionCompletionDate", DATETIME, "actioncompletiondate"),
    api("Actoutcome", NVARCHAR, "outcome"),
    api("actoutcomeid", INT, "outcome_id"),
    own("ActOutcomeNum", INT, |_, row| V::Int(if row.outcome < 0 { row.outcome.into() } else { 0 })),
    api("who", NVARCHAR, "who"),
    api("whoagentid", INT, "who_agentid"),
    api("actionbyunum", INT, "actionby_agent_id"),
    api("actionbyuid", INT, "actionby_user_id"),
    api("note", NTEXT, "note"),
    api("emailbody", NTEXT, "emailbody_html"),
    api("AEmailSubject", NVARCHAR, "emailsubject"),
    api("timetaken", FLOAT, "timetaken"),
    api("timetakenAdjusted", FLOAT, "timetakenadjusted"),
    api("timetakendays", FLOAT, "timetakendays"),
    api("nonbilltime", FLOAT, "nonbilltime"),
    api("TravelTime", FLOAT, "traveltime"),
    api("mileage", FLOAT, "mileage"),
    api("ActionChargeHours", FLOAT, "actionchargehours"),
    api("ActionNonChargeHours", FLOAT, "actionnonchargehours"),
    api("ActionPrePayHours", FLOAT, "actionprepayhours"),
    api("ActionChargeAmount", FLOAT, "actionchargeamount"),
    api("ActionNonChargeAmount", FLOAT, "actionnonchargeamount"),
    api("actionprepayamount", FLOAT, "actionprepayamount"),
    api("ActionCode", INT, "chargerate"),
    own("ActionContractID", INT, contract),
    api("ActIsBillable", BIT, "actisbillable"),
    api("ActIsReadyForProcessing", BIT, "actisreadyforprocessing"),
    api("ActReviewed", BIT, "actreviewed"),
    api("ActProcessedDate", DATETIME, "actprocesseddate"),
    api("ActionInvoiceNumber", text(30), "actioninvoicenumber"),
    api("ActionHide", BIT, "hiddenfromuser"),
    api("Aisimportant", BIT, "important"),
    api("ActionStatusBefore", INT, "old_status"),
    api("ActionStatusAfter", INT, "new_status"),
    api("AProjectID", INT, "project_id"),
    api("EmailDirection", text(1), "emaildirection"),
    own("AmergedFromFaultid", INT, |_, _| V::Int(0)),
];

/// Negative when an agreement is linked.
fn contract<'a>(view: &View<'a>, row: &'a Action) -> V<'a> {
    V::id(view.ticket(row.ticket).map_or(0, |ticket| -ticket.contract.abs()))
}

/// Every change of status.
pub(super) static AUDIT: Virtual<Ticket, Action> = Virtual {
    name: "AUDIT",
    columns: &[
        own("ID", INT, |_, row| V::Int(i64::from(row.ticket) * 256 + i64::from(row.id % 256))),
        own("AFaultid", INT, |_, row| V::id(row.ticket)),
        own("ADate", DATETIME, |_, row| V::Date(row.at)),
        own("AUnum", INT, |_, row| V::id(row.agent)),
        api("auserid", INT, "actionby_user_id"),
        own("AValue", NVARCHAR, |_, _| V::text("Status")),
        own("AFrom", NVARCHAR, |view, row| view.status_name(row.old_status.into())),
        own("ATo", NVARCHAR, |view, row| view.status_name(row.new_status.into())),
        own("atablename", NVARCHAR, |_, _| V::text("faults")),
    ],
    key: &[],
    large: false,
    parents: |world| world.tickets.rows(),
    id: |row| row.id(),
    rows: |_, ticket, each| {
        let mut last = Step::More;
        for action in ticket.live_actions().filter(|row| row.old_status != row.new_status) {
            last = each(action)?;
            if last == Step::Stop {
                break;
            }
        }
        Ok(last)
    },
    api: Some(&actions::ACTIONS),
    getters: OnceLock::new(),
};

/// A table of at most one row for each ticket.
macro_rules! of_tickets {
    ($name:ident = $sql:literal, $key:expr, $has:expr, $columns:expr) => {
        pub(super) static $name: Virtual<Ticket, Ticket> = Virtual {
            name: $sql,
            columns: $columns,
            key: $key,
            large: true,
            parents: |world| world.tickets.rows(),
            id: |row| row.id(),
            rows: |_, row, each| {
                let has: fn(&Ticket) -> bool = $has;
                if has(row) { each(row) } else { Ok(Step::More) }
            },
            api: None,
            getters: OnceLock::new(),
        };
    };
}

of_tickets!(
    OWNERS = "UNAMETICKETHISTORY",
    &["UTHFaultID"],
    |row| row.assigned != EMPTY,
    &[
        own("UTHFaultID", INT, |_, row| V::id(row.id)),
        own("UTHUnum", INT, |_, row| V::id(row.agent)),
        own("UTHStartDate", DATETIME, |_, row| V::Date(row.assigned)),
        own("UTHEndDate", DATETIME, |_, row| V::Date(row.closed)),
    ]
);

of_tickets!(
    MERGES = "FaultMerge",
    &["FMfaultid"],
    |row| row.merged_into != 0,
    &[
        own("FMfaultid", INT, |_, row| V::id(row.id)),
        own("FMmergedIntoFaultid", INT, |_, row| V::id(row.merged_into)),
        own("FMtimestamp", DATETIME, |_, row| V::Date(row.closed)),
        own("FMunmerged", BIT, |_, _| V::Bool(false)),
        own("FMunmergedTimestamp", DATETIME, |_, _| V::Null),
    ]
);

pub(super) static FEEDBACK: Virtual<Ticket, Ticket> = Virtual {
    name: "FEEDBACK",
    columns: &[
        api("FBID", INT, "id"),
        api("FBFaultID", INT, "ticket_id"),
        api("FBScore", INT, "score"),
        api("FBDate", DATETIME, "date"),
        api("fbcomment", NVARCHAR, "comment"),
    ],
    key: &[],
    large: false,
    parents: |world| world.tickets.rows(),
    id: |row| row.id(),
    rows: |view, row, each| {
        let there = trace::is_rated(row) && trace::rated_at(row) <= view.now && !row.deleted;
        if there { each(row) } else { Ok(Step::More) }
    },
    api: Some(&knowledge::FEEDBACK),
    getters: OnceLock::new(),
};
