//! FAULTS: tickets, projects and opportunities, deleted and merged ones too.
//!
//! Categories are shifted by one, and a parent is a cross reference. Dates never set are NULL, but those
//! of the deadline and the follow-up, which hold 30 December 1899.

use std::sync::OnceLock;

use serde_json::Value as Json;

use super::sql::{BIT, DATETIME, FLOAT, GUID, INT, MONEY, NTEXT, NVARCHAR, SMALLINT, text};
use super::{Column, Virtual, api, own};
use crate::entity::{View, ticket};
use crate::times::{self, EMPTY, HOUR, Ms};
use crate::value::V;
use crate::world::rows::{Kind, Ticket};
use crate::world::table::Row as _;

/// The custom field that may come later.
pub(super) const LATE_FIELD: &str = "CFVisits";

pub(super) static FAULTS: Virtual<Ticket, Ticket> = Virtual {
    name: "FAULTS",
    columns: COLUMNS,
    key: &["Faultid"],
    large: true,
    parents: |world| world.tickets.rows(),
    id: |row| row.id(),
    rows: |_, row, each| each(row),
    api: Some(&ticket::TICKETS),
    getters: OnceLock::new(),
};

const COLUMNS: &[Column<Ticket>] = &[
    api("Faultid", INT, "id"),
    api("FGUID", GUID, "guid"),
    api("Symptom", NVARCHAR, "summary"),
    api("symptom2", NTEXT, "details"),
    api("RequestTypeNew", INT, "tickettype_id"),
    api("Requesttype", INT, "itil_requesttype_id"),
    api("Status", SMALLINT, "status_id"),
    api("seriousness", SMALLINT, "priority_id"),
    api("Slaid", INT, "sla_id"),
    api("Areaint", INT, "client_id"),
    api("sitenumber", INT, "site_id"),
    api("userid", INT, "user_id"),
    api("username", NVARCHAR, "user_name"),
    api("reportedby", NVARCHAR, "reportedby"),
    api("Assignedtoint", SMALLINT, "agent_id"),
    api("sectio_", text(255), "team"),
    api("dateoccured", DATETIME, "dateoccurred"),
    own("datereported", DATETIME, |_, row| V::Date(row.created)),
    api("datecreated", DATETIME, "datecreated"),
    api("FLastUpdate", DATETIME, "last_update"),
    api("Flastactiondate", DATETIME, "lastactiondate"),
    api("datecleared", DATETIME, "dateclosed"),
    api("datefullyclosed", DATETIME, "dateclosed"),
    api("dateassigned", DATETIME, "dateassigned"),
    own("fhasbeenclosed", BIT, |_, row| V::Bool(row.closed != EMPTY)),
    api("FRespondByDate", DATETIME, "respondbydate"),
    api("fixbydate", DATETIME, "fixbydate"),
    api("FResponseDate", DATETIME, "responsedate"),
    own("FResponseTime", FLOAT, response_hours),
    api("ffirstresponsedate", DATETIME, "responsedate"),
    own("ffirstresponsetime", FLOAT, response_hours),
    api("Ffirstrespondbydate", DATETIME, "first_respond_by_date"),
    api("Slastate", text(1), "slastate"),
    api("SLAresponseState", text(1), "slaresponsestate"),
    api("FSLAonhold", BIT, "onhold"),
    api("FSLAholdtime", FLOAT, "slaholdtime"),
    api("Elapsedhrs", FLOAT, "slatimeelapsed"),
    api("FexcludefromSLA", BIT, "excludefromsla"),
    own("fdeadlinedate", DATETIME, |_, _| V::Date(never())),
    own("FFollowUpDate", DATETIME, |_, _| V::Date(never())),
    api("FTargetDate", DATETIME, "targetdate"),
    api("category2", NVARCHAR, "category_1"),
    api("category3", NVARCHAR, "category_2"),
    api("category4", NVARCHAR, "category_3"),
    api("category5", NVARCHAR, "category_4"),
    api("categoryid2", INT, "categoryid_1"),
    api("categoryid3", INT, "categoryid_2"),
    api("categoryid4", INT, "categoryid_3"),
    api("categoryid5", INT, "categoryid_4"),
    api("impact", SMALLINT, "impact"),
    api("urgency", SMALLINT, "urgency"),
    api("FImpactLevel", INT, "impactlevel"),
    api("FRequestSource", INT, "source"),
    api("fxrefto", INT, "parent_id"),
    api("FMergedIntoFaultid", INT, "merged_into_id"),
    own("FDeleted", BIT, |_, row| V::Bool(row.deleted)),
    own("fdeleteddate", DATETIME, |_, row| V::Date(if row.deleted { row.updated } else { EMPTY })),
    api("Clearwhoint", INT, "closure_agent_id"),
    api("freassigncount", INT, "reassigncount"),
    api("fcontractid", INT, "contract_id"),
    api("fproductid", INT, "product_id"),
    api("departmentid", INT, "department_id"),
    api("orgid", INT, "organisation_id"),
    api("estimate", FLOAT, "estimate"),
    api("estimatedays", FLOAT, "estimatedays"),
    api("cleartime", FLOAT, "timetaken"),
    api("SatisfactionLevel", INT, "satisfactionlevel"),
    api("FWorkFlowID", INT, "workflow_id"),
    api("FWorkFlowCurrentStep", INT, "workflow_step"),
    api("FProjectTimeBudget", FLOAT, "projecttimebudget"),
    api("FProjectTimeActual", FLOAT, "projecttimeactual"),
    api("FProjectMoneyBudget", MONEY, "projectmoneybudget"),
    api("FOppValue", MONEY, "oppvalue"),
    api("FOppConversionProbability", FLOAT, "oppconversionprobability"),
    own("FOppTargetDate", DATETIME, |_, row| V::Day(if row.kind == Kind::Opportunity { row.target } else { EMPTY })),
    own("flaststatuschangestatus", INT, |_, row| V::Int(last_change(row).map_or(0, |(status, _)| status))),
    own("flaststatuschangestatusdate", DATETIME, |_, row| V::Date(last_change(row).map_or(EMPTY, |(_, at)| at))),
    own("CFRootCause", NVARCHAR, |view, row| custom(view, row, "CFRootCause")),
    own("CFRemote", BIT, |view, row| match custom(view, row, "CFRemote") {
        V::Text(word) => V::Bool(word == "true"),
        _ => V::Null,
    }),
    own(LATE_FIELD, INT, |view, row| custom(view, row, LATE_FIELD)),
];

/// What the database holds for a date that was never set, where it is not NULL.
fn never() -> Ms {
    times::midnight(1899, 12, 30)
}

/// Working hours from the log to the first response.
fn response_hours<'a>(view: &View<'a>, row: &'a Ticket) -> V<'a> {
    match row.responded {
        EMPTY => V::Null,
        responded => V::Num(view.world.calendar.between(row.occurred, responded) as f64 / HOUR as f64),
    }
}

/// The action that last set another status: which, and when.
fn last_change(row: &Ticket) -> Option<(i64, Ms)> {
    let change = row.live_actions().rfind(|action| action.old_status != action.new_status)?;
    Some((change.new_status.into(), change.at))
}

/// A custom field as the REST API has it.
fn custom(view: &View<'_>, row: &Ticket, name: &str) -> V<'static> {
    let field = ticket::TICKETS.field("customfields");
    let Some(V::Raw(json)) = field.map(|field| (field.value)(view, row)) else { return V::Null };
    let fields: Json = serde_json::from_slice(&json).unwrap_or_default();
    let value =
        fields.as_array().into_iter().flatten().find(|field| field["name"] == name).map(|field| &field["value"]);
    match value {
        Some(Json::String(text)) => V::owned(text.clone()),
        Some(Json::Number(number)) => number.as_i64().map_or(V::Null, V::Int),
        _ => V::Null,
    }
}
