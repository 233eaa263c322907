//! What agents did and plan to do: time entries, days of the timesheet, appointments.

use super::column::{boolean, day, int, number, text, time};
use super::{Entity, Reading, Right};

const TIMESHEETS_RIGHT: Right = Right {
    scope: "read:timesheets",
    permission: "Timesheets: Read Only, of all agents",
    unlocks: "hours worked, charged and not charged",
};

pub(super) static TIMESHEET_EVENTS: Entity = Entity {
    table: "timesheet_events",
    path: "TimesheetEvent",
    reading: Reading::Windows { from: "start_date", to: "end_date", column: "start_date" },
    columns: &[
        int("id"),
        int("event_type"),
        text("subject"),
        time("start_date"),
        time("end_date"),
        number("timetaken"),
        number("traveltime"),
        number("mileage"),
        int("agent_id"),
        int("break_type"),
        text("break_note"),
        boolean("is_all_day"),
        int("ticket_id"),
        int("action_number"),
        int("action_invoice_number"),
        text("note"),
        text("customer"),
        int("client_id"),
        int("site_id"),
        int("charge_rate"),
        text("charge_type_name"),
        text("charge_type_colour"),
        int("holiday_id"),
        int("tickettype_id"),
        int("contract_id"),
    ],
    right: TIMESHEETS_RIGHT,
    ..Entity::PLAIN
};

/// One row for each agent and day. The list shows a recent span only and takes no parameter for another one, so older rows
/// stay as they were seen last.
pub(super) static TIMESHEETS: Entity = Entity {
    table: "timesheets",
    path: "Timesheet",
    reading: Reading::Recent { column: "date" },
    columns: &[
        int("id"),
        int("agent_id"),
        text("agent_name"),
        day("date"),
        time("start_time"),
        time("end_time"),
        time("estimated_start_time"),
        time("estimated_end_time"),
        number("target_hours"),
        number("actual_hours"),
        number("chargeable_hours"),
        number("work_hours"),
        number("break_hours"),
        number("unlogged_hours"),
        number("allowed_break_hours"),
        number("forecasting_hours"),
        number("percentage"),
        int("workdayid"),
        int("timesheet_manager"),
        int("forecasting_id"),
    ],
    ignored: &["use", "key", "table", "colour", "events", "approval"],
    right: Right { unlocks: "target hours, and days without entries", ..TIMESHEETS_RIGHT },
    ..Entity::PLAIN
};

pub(super) static APPOINTMENTS: Entity = Entity {
    table: "appointments",
    path: "Appointment",
    list_key: "appointments",
    reading: Reading::Windows { from: "start_date", to: "end_date", column: "start_date" },
    switches: &[("showall", "true")],
    columns: &[
        int("id"),
        text("subject"),
        time("start_date"),
        time("end_date"),
        boolean("allday"),
        int("agent_id"),
        text("agent_name"),
        int("client_id"),
        text("client_name"),
        int("site_id"),
        text("site_name"),
        int("user_id"),
        text("user_name"),
        int("ticket_id"),
        int("appointment_type_id"),
        text("appointment_type_name"),
        int("status"),
        int("complete_status"),
        boolean("is_private"),
        boolean("is_task"),
        int("holiday_type"),
        text("appointment_location_name"),
        time("last_modified"),
    ],
    ignored: &["use", "key", "table", "colour", "agents", "_canupdate", "_cancomplete", "_candelete"],
    right: Right {
        scope: "read:calendar",
        permission: "Calendar: Read Only, of all agents",
        unlocks: "planned work and visits",
    },
    ..Entity::PLAIN
};
