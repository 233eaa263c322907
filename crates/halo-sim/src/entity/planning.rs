//! What is arranged and done around tickets: appointments, milestones, days in the timesheet, expenses,
//! runs of automations.

use super::ticket::{self, end_of_day};
use super::{Field, Rows, Shape, View, flag, hours, list, numbers, pounds, single, table_entity, text, time};
use crate::rights::Area;
use crate::times::{self, DAY, EMPTY, MINUTE, Ms};
use crate::value::V;
use crate::world::commerce::planning::{APPOINTMENTS, Worked};
use crate::world::commerce::rows::{Appointment, Automation, Expense, Milestone, Workday};
use crate::world::rows::Ticket;
use crate::world::words::{self, COLOURS};

impl View<'_> {
    /// Whether what hangs on a ticket may be seen.
    pub(super) fn sees_ticket(&self, id: i32) -> bool {
        self.ticket(id).is_none_or(|row| ticket::visible(self, row))
    }

    fn of_ticket(&self, id: i32, number: fn(&Ticket) -> i32) -> i32 {
        self.ticket(id).map_or(0, number)
    }
}

table_entity!(APPOINTMENT: Appointment, commerce.appointments {
    path: "Appointment",
    key: "appointments",
    area: Area::Calendar,
    rows: |view| {
        let table = &view.world.commerce.appointments;
        match view.query.flag("includedeleted") {
            true => Rows::Chosen(table.rows().iter().collect()),
            false => Rows::Picked(table.rows(), table.lane(0)),
        }
    },
    visible: |view, row| view.sees_ticket(row.ticket),
    fields: &[APPOINTMENT_FIELDS],
    params: &[
        time("start_date", |view, row, from| shifted(view, end(row)) >= from.time),
        time("end_date", |view, row, to| shifted(view, row.start) <= end_of_day(to.time)),
        numbers("agents", |_, row, ids| ids.has(row.agent)),
        numbers("client_id", |view, row, ids| ids.has(view.of_ticket(row.ticket, |ticket| ticket.client))),
        numbers("ticket_id", |_, row, ids| ids.has(row.ticket)),
        flag("hidecompleted", |_, row, _| !row.complete),
        flag("tasksonly", |_, _, _| false),
        text("search", |view, row, search| subject(view, row).to_lowercase().contains(&search.text)),
    ],
    id_only: "",
});

const APPOINTMENT_FIELDS: &[Field<Appointment>] = &[
    list("id", |_, row| V::id(row.id)),
    list("subject", |view, row| V::owned(subject(view, row))),
    list("start_date", |_, row| V::Date(row.start)),
    list("end_date", |_, row| V::Date(end(row))),
    list("allday", |_, _| V::Bool(false)),
    list("agent_id", |_, row| V::id(row.agent)),
    list("agent_name", |view, row| view.agent_name(row.agent)),
    list("client_id", |view, row| V::id(view.of_ticket(row.ticket, |ticket| ticket.client))),
    list("client_name", |view, row| view.client_name(view.of_ticket(row.ticket, |ticket| ticket.client))),
    list("site_id", |view, row| V::id(view.of_ticket(row.ticket, |ticket| ticket.site))),
    list("site_name", |view, row| view.site_name(view.of_ticket(row.ticket, |ticket| ticket.site))),
    list("user_id", |view, row| V::id(view.of_ticket(row.ticket, |ticket| ticket.user))),
    list("user_name", |view, row| view.user_name(view.of_ticket(row.ticket, |ticket| ticket.user))),
    list("ticket_id", |_, row| V::id(row.ticket)),
    list("appointment_type_id", |_, row| V::Int(i64::from(row.kind) + 1)),
    list("appointment_type_name", |_, row| V::text(kind(row))),
    list("complete_status", |_, row| V::Int(i64::from(row.complete))),
    list("is_private", |_, row| V::Bool(row.private)),
    list("is_task", |_, _| V::Bool(false)),
    list("holiday_type", |_, _| V::Int(0)),
    list("appointment_location_name", |_, row| V::text(if row.kind == 1 { "At the client" } else { "" })),
    list("colour", |_, row| V::text(COLOURS[usize::from(row.kind) % COLOURS.len()])),
    list("last_modified", |_, row| V::Date(row.modified)),
    single("note", |_, _| V::text("")),
];

fn kind(row: &Appointment) -> &'static str {
    APPOINTMENTS[usize::from(row.kind) % APPOINTMENTS.len()]
}

fn subject(view: &View<'_>, row: &Appointment) -> String {
    let about = view.ticket(row.ticket).map_or("", |ticket| words::summary(&ticket.summary));
    format!("{}: {about}", kind(row))
}

fn end(row: &Appointment) -> Ms {
    row.start + Ms::from(row.minutes) * MINUTE
}

/// `utcoffset` moves the window by minutes.
fn shifted(view: &View<'_>, at: Ms) -> Ms {
    at - view.query.number("utcoffset").unwrap_or(0).clamp(-900, 900) * MINUTE
}

table_entity!(MILESTONE: Milestone, commerce.milestones {
    path: "Milestone",
    key: "data",
    shape: Shape::Unpaged,
    area: Area::Projects,
    visible: |view, row| view.sees_ticket(row.ticket),
    fields: &[MILESTONE_FIELDS],
    params: &[numbers("ticket_id", |_, row, ids| ids.has(row.ticket))],
    id_only: "",
});

const MILESTONE_FIELDS: &[Field<Milestone>] = &[
    list("id", |_, row| V::id(row.id)),
    list("ticket_id", |_, row| V::id(row.ticket)),
    list("name", |_, row| V::text(&row.name)),
    list("sequence", |_, row| V::id(row.sequence)),
    list("start_date", |_, row| V::Day(row.start)),
    list("target_date", |_, row| V::Day(row.target)),
    list("start_days", |_, _| V::Int(0)),
    list("target_days", |_, row| V::Int((row.target - row.start) / DAY)),
    list("milestone_value", |_, row| pounds(row.value)),
    list("processed_date", |_, row| V::Date(row.reached)),
    list("invoicenumber", |_, _| V::text("")),
    list("from_template_id", |_, _| V::Int(0)),
    list("tickets", |_, _| V::Raw(b"[]".to_vec())),
    list("dependencies", |_, _| V::Raw(b"[]".to_vec())),
    list("milestone_dependencies", |_, _| V::Raw(b"[]".to_vec())),
];

/// How far the timesheet goes back unasked.
const DEFAULT_WINDOW: Ms = 13 * DAY;

table_entity!(TIMESHEET: Workday, commerce.workdays {
    path: "Timesheet",
    shape: Shape::Bare,
    area: Area::Timesheets,
    belongs: |view, row| row.day <= today(view),
    hidden: |view, row| {
        let unasked = view.query.time("start_date").is_none();
        row.day > today(view) || unasked && row.day < today(view) - DEFAULT_WINDOW
    },
    visible: |view, row| !view.rights.own_time || row.agent == view.rights.agent,
    fields: &[DAY_FIELDS],
    params: &[
        time("start_date", |_, row, from| row.day >= from.time),
        time("end_date", |_, row, to| row.day <= to.time),
        numbers("selectedagents", |_, row, ids| ids.has(row.agent)),
        numbers("agent_id", |_, row, ids| ids.has(row.agent)),
    ],
    id_only: "",
});

const DAY_FIELDS: &[Field<Workday>] = &[
    list("id", |_, row| V::id(row.id)),
    list("agent_id", |_, row| V::id(row.agent)),
    list("agent_name", |view, row| view.agent_name(row.agent)),
    list("date", |_, row| V::Day(row.day)),
    list("start_time", |view, row| moment(worked(view, row).first)),
    list("end_time", |view, row| moment(worked(view, row).last)),
    list("target_hours", |view, row| hours(view.world.target(row.day))),
    list("actual_hours", |view, row| {
        let worked = worked(view, row);
        hours(worked.minutes + worked.breaks)
    }),
    list("chargeable_hours", |view, row| hours(worked(view, row).charged)),
    list("work_hours", |view, row| hours(worked(view, row).minutes)),
    list("break_hours", |view, row| hours(worked(view, row).breaks)),
    list("unlogged_hours", |view, row| hours(view.world.target(row.day).saturating_sub(worked(view, row).minutes))),
    list("allowed_break_hours", |_, _| V::Num(1.0)),
    list("forecasting_hours", |view, row| hours(view.world.target(row.day))),
    list("percentage", |view, row| {
        let percent = (worked(view, row).minutes * 100).checked_div(view.world.target(row.day));
        V::Num(percent.unwrap_or(0).into())
    }),
    list("workdayid", |_, _| V::Int(1)),
    list("timesheet_manager", |view, row| V::id(view.world.agents.get(row.agent).map_or(0, |agent| agent.manager))),
    list("approval", |_, _| V::Null),
    list("colour", |_, row| V::text(COLOURS[row.agent.unsigned_abs() as usize % COLOURS.len()])),
];

fn worked(view: &View<'_>, row: &Workday) -> Worked {
    view.world.worked(row.agent, row.day)
}

fn moment(at: Ms) -> V<'static> {
    V::Date(if at == 0 { EMPTY } else { at })
}

/// Midnight of the present local day.
fn today(view: &View<'_>) -> Ms {
    (view.now + times::london_offset(view.now)).div_euclid(DAY) * DAY
}

table_entity!(EXPENSE: Expense, commerce.expenses {
    path: "Expense",
    key: "data",
    shape: Shape::Unpaged,
    area: Area::Timesheets,
    visible: |view, row| view.sees_ticket(row.ticket) && (!view.rights.own_time || row.agent == view.rights.agent),
    fields: &[EXPENSE_FIELDS],
    params: &[
        numbers("agent_id", |_, row, ids| ids.has(row.agent)),
        numbers("ticket_id", |_, row, ids| ids.has(row.ticket)),
    ],
    id_only: "",
});

const EXPENSE_FIELDS: &[Field<Expense>] = &[
    list("id", |_, row| V::id(row.id)),
    list("agent_id", |_, row| V::id(row.agent)),
    list("fault_id", |_, row| V::id(row.ticket)),
    list("actionnumber", |_, row| V::Int(row.action.into())),
    list("description", |_, row| V::owned(format!("Mileage, {} miles", row.amount / 45))),
    list("amount", |_, row| pounds(row.amount)),
    list("lookup_id", |_, _| V::Int(1)),
    list("date_added", |_, row| V::Date(row.at)),
    list("date_reimbursed", |_, _| V::Date(EMPTY)),
    list("date_invoiced", |_, _| V::Date(EMPTY)),
    list("invoiceable", |_, row| V::Bool(row.charged)),
    list("ihid", |_, _| V::Int(0)),
];

table_entity!(AUTOMATION: Automation, commerce.automations {
    path: "Automation",
    key: "automations",
    visible: |view, row| view.sees_ticket(row.ticket),
    newest_first: true,
    fields: &[AUTOMATION_FIELDS],
    params: &[numbers("ticket_id", |_, row, ids| ids.has(row.ticket))],
    id_only: "",
});

/// One row for each run. The file of 2024 has no schema for it; the names are those of live rows.
const AUTOMATION_FIELDS: &[Field<Automation>] = &[
    list("id", |_, row| V::id(row.id)),
    list("ticket_id", |_, row| V::id(row.ticket)),
    list("timestamp", |_, row| V::Date(row.at)),
    list("date_processed", |_, row| V::Date(row.at + 1_500)),
    list("last_attempt_date", |_, row| V::Date(row.at + 1_000)),
    list("next_retry_date", |_, _| V::Date(EMPTY)),
    list("retry_attempts_remaining", |_, row| V::Int(if row.failed { 2 } else { 3 })),
    list("runbook_name", |_, _| V::text("Enrich alerts")),
    list("runbook_step_name", |_, _| V::text("Look up the device")),
    list("status", |_, row| V::Int(if row.failed { 2 } else { 1 })),
    list("error", |_, row| V::text(if row.failed { "The remote service did not answer." } else { "" })),
    list("execution_type", |_, _| V::Int(0)),
    list("iteration", |_, _| V::Int(0)),
    list("execute_outcome_id", |_, _| V::Int(0)),
    list("workflow_id", |_, _| V::Int(0)),
    list("workflow_name", |_, _| V::text("")),
    list("workflow_step", |_, _| V::Int(0)),
];
