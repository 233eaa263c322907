//! The small tables that give meaning to numbers.

use super::sql::{BIT, DATETIME, FLOAT, GUID, INT, NVARCHAR, text};
use super::{Column, api, flat, own};
use crate::entity::reference;
use crate::value::V;
use crate::world::rows::{Kind, Lookup, Priority, Sla, Status, Team, TicketType};

flat!(TSTATUS = "TSTATUS": Status, statuses, keyed &["Tstatus"], Some(&reference::STATUS), STATUS_COLUMNS);

const STATUS_COLUMNS: &[Column<Status>] = &[
    api("Tstatus", INT, "id"),
    api("tstatusdesc", NVARCHAR, "name"),
    api("tshortname", NVARCHAR, "shortname"),
    api("TstatusType", INT, "type"),
    api("TstatusSeq", INT, "sequence"),
    own("TStatusPutOnSLAhold", BIT, puts_on_hold),
    own("TStatusTakeOffSLAhold", BIT, |view, row| match puts_on_hold(view, row) {
        V::Bool(hold) => V::Bool(!hold),
        other => other,
    }),
    api("tcolourhex", text(7), "colour"),
    api("TStatusGUID", GUID, "guid"),
];

fn puts_on_hold<'a>(view: &crate::entity::View<'a>, row: &'a Status) -> V<'a> {
    match reference::STATUS.field("slaaction").map(|field| (field.value)(view, row)) {
        Some(V::Text(action)) => V::Bool(action == "H"),
        _ => V::Bool(false),
    }
}

flat!(
    REQUESTTYPE = "REQUESTTYPE": TicketType,
    ticket_types,
    keyed &["RTid"],
    Some(&reference::TICKET_TYPE),
    TYPE_COLUMNS
);

// Sources disagree on the name's column: both are here.
const TYPE_COLUMNS: &[Column<TicketType>] = &[
    api("RTid", INT, "id"),
    api("rtdesc", NVARCHAR, "name"),
    api("RTRequestType", NVARCHAR, "name"),
    own("RTIsProject", BIT, |_, row| V::Bool(row.kind == Kind::Project)),
    own("RTIsOpportunity", BIT, |_, row| V::Bool(row.kind == Kind::Opportunity)),
    api("rtgroupid", INT, "group_id"),
    api("RTVisible", BIT, "active"),
    api("RTSLAid", INT, "default_sla"),
    api("RTWorkFlowID", INT, "workflow_id"),
    api("RTGUID", GUID, "guid"),
];

flat!(POLICY = "POLICY": Priority, priorities, keyed &["ID"], Some(&reference::PRIORITY), PRIORITY_COLUMNS);

const PRIORITY_COLUMNS: &[Column<Priority>] = &[
    own("ID", INT, |_, row| V::id(row.id)),
    api("Pslaid", INT, "slaid"),
    api("Ppolicy", INT, "priorityid"),
    api("Pdesc", NVARCHAR, "name"),
    api("Ptime", FLOAT, "fixtime"),
    api("Punits", text(1), "fixunits"),
    api("Presponsetime", FLOAT, "responsetime"),
    api("PResponseUnits", text(1), "responseunits"),
    api("pfirstresponsetime", FLOAT, "firstresponsetime"),
    api("PIsHidden", BIT, "ishidden"),
];

flat!(SLAHEAD = "SLAHEAD": Sla, slas, keyed &["Slid"], Some(&reference::SLA), SLA_COLUMNS);

const SLA_COLUMNS: &[Column<Sla>] = &[
    api("Slid", INT, "id"),
    api("Sldesc", NVARCHAR, "name"),
    api("Slwdid", INT, "workday_id"),
    api("SLHoursAreTechsLocalTime", BIT, "hoursaretechslocaltime"),
    own("slinactive", BIT, |_, _| V::Bool(false)),
];

flat!(SECTIONDETAIL = "SECTIONDETAIL": Team, teams, keyed &["SDid"], Some(&reference::TEAM), TEAM_COLUMNS);

const TEAM_COLUMNS: &[Column<Team>] = &[
    api("SDid", INT, "id"),
    api("SDSectionName", NVARCHAR, "name"),
    api("sddepartmentid", INT, "department_id"),
    api("sdinactive", BIT, "inactive"),
    api("sdlast_modified", DATETIME, "last_modified"),
];

flat!(LOOKUP = "LOOKUP": Lookup, lookups, keyed &[], Some(&reference::LOOKUP), LOOKUP_COLUMNS);

const LOOKUP_COLUMNS: &[Column<Lookup>] =
    &[api("fid", INT, "lookupid"), api("fcode", INT, "id"), api("fvalue", NVARCHAR, "name")];
