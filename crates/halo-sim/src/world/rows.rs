//! The records of the simulated provider, as compact as a million tickets need.
//!
//! Texts are mostly numbers of phrases (see [`super::words`]); names of other records are joined when
//! a row is read. Times are [`Ms`] in UTC; money is in pence; time worked in minutes.

use super::table::Row;
use crate::times::Ms;

/// A text that is either derived from a number or was given by a client of the API.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Text {
    Phrase(u32),
    Own(Box<str>),
}

/// What a ticket-shaped record is, by the `use` of its ticket type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Ticket = 1,
    Project = 2,
    Opportunity = 3,
}

impl Kind {
    /// HaloPSA's word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Ticket => "ticket",
            Kind::Project => "project",
            Kind::Opportunity => "opportunity",
        }
    }
}

/// A ticket, project or opportunity: one id space.
#[derive(Clone)]
pub(crate) struct Ticket {
    pub(crate) id: i32,
    pub(crate) kind: Kind,
    pub(crate) deleted: bool,
    /// Never set: HaloPSA's lists leave such tickets out, see [`Row::HIDES`].
    pub(crate) inactive: bool,
    pub(crate) on_hold: bool,
    pub(crate) flagged: bool,
    pub(crate) sla_breached: bool,
    pub(crate) response_breached: bool,
    pub(crate) reassigned: u8,
    pub(crate) source: u8,
    pub(crate) impact: u8,
    pub(crate) urgency: u8,
    pub(crate) priority: u8,
    pub(crate) satisfaction: u8,
    /// Live tickets of which this is the parent.
    pub(crate) children: u16,
    pub(crate) status: i32,
    pub(crate) tickettype: i32,
    pub(crate) sla: i32,
    pub(crate) client: i32,
    pub(crate) site: i32,
    pub(crate) user: i32,
    pub(crate) team: i32,
    pub(crate) agent: i32,
    pub(crate) category_1: i32,
    pub(crate) category_2: i32,
    pub(crate) parent: i32,
    pub(crate) merged_into: i32,
    pub(crate) contract: i32,
    /// Minutes planned, or the budget of a project.
    pub(crate) estimate: i32,
    /// Value of an opportunity or budget of a project, pence.
    pub(crate) value: i64,
    pub(crate) probability: u8,
    pub(crate) summary: Text,
    pub(crate) details: Text,
    /// Who reported it, as text: a person renamed later does not change it.
    pub(crate) reported: Text,
    pub(crate) occurred: Ms,
    pub(crate) created: Ms,
    pub(crate) updated: Ms,
    pub(crate) last_action: Ms,
    pub(crate) responded: Ms,
    pub(crate) respond_by: Ms,
    pub(crate) fix_by: Ms,
    pub(crate) closed: Ms,
    pub(crate) assigned: Ms,
    pub(crate) start: Ms,
    pub(crate) target: Ms,
    pub(crate) actions: Vec<Action>,
}

impl Ticket {
    pub(crate) fn live_actions(&self) -> impl DoubleEndedIterator<Item = &Action> {
        self.actions.iter().filter(|action| !action.deleted)
    }
}

/// Columns of the table of tickets.
pub(crate) const UPDATED: usize = 0;
pub(crate) const OCCURRED: usize = 1;
/// Column of the table of time entries.
pub(crate) const STARTED: usize = 0;

impl Row for Ticket {
    const LANES: usize = 4;
    const COLUMNS: usize = 2;
    const HIDES: bool = false;
    fn id(&self) -> i64 {
        i64::from(self.id)
    }
    fn deleted(&self) -> bool {
        self.deleted
    }
    fn lane(&self) -> usize {
        self.kind as usize
    }
    fn moment(&self, column: usize) -> Ms {
        if column == UPDATED { self.updated } else { self.occurred }
    }
}

/// What was done on a ticket; numbered from 1 within it.
#[derive(Clone)]
pub(crate) struct Action {
    pub(crate) ticket: i32,
    pub(crate) id: u16,
    pub(crate) outcome: i16,
    pub(crate) deleted: bool,
    pub(crate) private: bool,
    pub(crate) billable: bool,
    /// 0 when the contact did it.
    pub(crate) agent: i32,
    pub(crate) minutes: u16,
    pub(crate) old_status: i16,
    pub(crate) new_status: i16,
    /// Minutes from the end of the work to its record.
    pub(crate) late: u16,
    pub(crate) note: Text,
    pub(crate) at: Ms,
    pub(crate) edited: Ms,
}

impl Row for Action {
    fn id(&self) -> i64 {
        i64::from(self.id)
    }
    fn deleted(&self) -> bool {
        self.deleted
    }
}

/// A time entry as the timesheet shows it.
#[derive(Clone)]
pub(crate) struct TimeEntry {
    pub(crate) id: i32,
    pub(crate) ticket: i32,
    pub(crate) action: u16,
    pub(crate) deleted: bool,
    /// A break or internal time, not on a ticket.
    pub(crate) break_type: u8,
    pub(crate) agent: i32,
    pub(crate) start: Ms,
    pub(crate) minutes: u16,
    pub(crate) note: Option<Box<str>>,
}

/// One line of the tenant-wide activity stream.
pub(crate) struct Activity {
    pub(crate) id: i32,
    pub(crate) ticket: i32,
    pub(crate) action: u16,
    pub(crate) at: Ms,
}

/// One changed field in a change log.
pub(crate) struct Change {
    pub(crate) id: i32,
    pub(crate) record: i32,
    pub(crate) line: i32,
    pub(crate) field: &'static str,
    pub(crate) old: Box<str>,
    pub(crate) new: Box<str>,
    pub(crate) at: Ms,
}

#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) id: i32,
    pub(crate) name: Box<str>,
    pub(crate) short: Box<str>,
    pub(crate) inactive: bool,
    pub(crate) vip: bool,
    pub(crate) deleted: bool,
    pub(crate) main_site: i32,
    pub(crate) account_manager: i32,
    pub(crate) technician: i32,
    pub(crate) sla: i32,
    /// Managed users: drives tickets and invoices.
    pub(crate) size: u32,
    /// When the client went elsewhere.
    pub(crate) left: Ms,
    pub(crate) created: Ms,
    pub(crate) updated: Ms,
}

#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) id: i32,
    pub(crate) name: Box<str>,
    pub(crate) client: i32,
    pub(crate) inactive: bool,
    pub(crate) deleted: bool,
    pub(crate) contact: i32,
    pub(crate) phone: Box<str>,
    pub(crate) created: Ms,
    pub(crate) updated: Ms,
}

#[derive(Clone)]
pub(crate) struct User {
    pub(crate) id: i32,
    pub(crate) first: Box<str>,
    pub(crate) last: Box<str>,
    pub(crate) email: Box<str>,
    pub(crate) phone: Box<str>,
    pub(crate) site: i32,
    pub(crate) inactive: bool,
    pub(crate) important: bool,
    pub(crate) service: bool,
    pub(crate) deleted: bool,
    pub(crate) created: Ms,
    pub(crate) updated: Ms,
}

impl User {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.first, self.last).trim().to_owned()
    }
}

#[derive(Clone)]
pub(crate) struct Agent {
    pub(crate) id: i32,
    pub(crate) first: Box<str>,
    pub(crate) last: Box<str>,
    pub(crate) title: Box<str>,
    /// The first one is the main team.
    pub(crate) teams: Vec<i32>,
    pub(crate) manager: i32,
    pub(crate) disabled: bool,
    pub(crate) api: bool,
    pub(crate) deleted: bool,
    pub(crate) created: Ms,
}

impl Agent {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.first, self.last).trim().to_owned()
    }
}

#[derive(Clone)]
pub(crate) struct Team {
    pub(crate) id: i32,
    pub(crate) name: Box<str>,
    pub(crate) department: i32,
    pub(crate) inactive: bool,
    pub(crate) requests: bool,
    pub(crate) projects: bool,
    pub(crate) sales: bool,
    pub(crate) modified: Ms,
    pub(crate) deleted: bool,
}

#[derive(Clone)]
pub(crate) struct TicketType {
    pub(crate) id: i32,
    pub(crate) name: Box<str>,
    pub(crate) kind: Kind,
    pub(crate) inactive: bool,
    pub(crate) deleted: bool,
}

#[derive(Clone)]
pub(crate) struct Status {
    pub(crate) id: i32,
    pub(crate) name: Box<str>,
    pub(crate) short: Box<str>,
    pub(crate) sequence: i32,
    pub(crate) colour: Box<str>,
    pub(crate) deleted: bool,
}

/// A target time in hours for each priority number of each SLA.
#[derive(Clone)]
pub(crate) struct Priority {
    pub(crate) id: i32,
    pub(crate) sla: i32,
    pub(crate) number: u8,
    pub(crate) name: Box<str>,
    pub(crate) respond_hours: i32,
    pub(crate) fix_hours: i32,
    pub(crate) colour: &'static str,
    pub(crate) deleted: bool,
}

#[derive(Clone)]
pub(crate) struct Sla {
    pub(crate) id: i32,
    pub(crate) name: Box<str>,
    pub(crate) deleted: bool,
}

#[derive(Clone)]
pub(crate) struct Workday {
    pub(crate) id: i32,
    pub(crate) name: Box<str>,
    pub(crate) deleted: bool,
}

#[derive(Clone)]
pub(crate) struct Holiday {
    pub(crate) id: i32,
    pub(crate) name: Box<str>,
    pub(crate) day: Ms,
    pub(crate) deleted: bool,
}

#[derive(Clone)]
pub(crate) struct Category {
    pub(crate) id: i32,
    pub(crate) kind: i32,
    /// A path: `Software>Office`.
    pub(crate) value: Box<str>,
    pub(crate) deleted: bool,
}

#[derive(Clone)]
pub(crate) struct Outcome {
    pub(crate) id: i32,
    pub(crate) name: Box<str>,
    pub(crate) private: bool,
    pub(crate) deleted: bool,
}

/// A value of one of HaloPSA's many small lists.
#[derive(Clone)]
pub(crate) struct Lookup {
    pub(crate) list: i32,
    pub(crate) id: i32,
    pub(crate) name: Box<str>,
    pub(crate) deleted: bool,
}

#[derive(Clone)]
pub(crate) struct Invoice {
    pub(crate) id: i32,
    pub(crate) client: i32,
    pub(crate) site: i32,
    pub(crate) name: Box<str>,
    pub(crate) date: Ms,
    pub(crate) due: Ms,
    pub(crate) created: Ms,
    pub(crate) modified: Ms,
    pub(crate) posted_at: Ms,
    pub(crate) sent: Ms,
    pub(crate) paid_at: Ms,
    pub(crate) posted: bool,
    pub(crate) voided: bool,
    pub(crate) deleted: bool,
    pub(crate) paid: i64,
    pub(crate) lines: Vec<Line>,
}

impl Invoice {
    pub(crate) fn net(&self) -> i64 {
        self.lines.iter().map(Line::net).sum()
    }

    pub(crate) fn tax(&self) -> i64 {
        self.lines.iter().map(Line::tax).sum()
    }

    pub(crate) fn total(&self) -> i64 {
        self.net() + self.tax()
    }
}

/// A line of an invoice; ids are unique over all invoices.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) id: i32,
    /// Index into [`super::words::PRODUCTS`].
    pub(crate) product: usize,
    /// Hundredths of a unit.
    pub(crate) quantity: i64,
    /// Pence for one unit.
    pub(crate) price: i64,
    pub(crate) cost: i64,
    pub(crate) start: Ms,
    pub(crate) end: Ms,
}

impl Line {
    pub(crate) fn net(&self) -> i64 {
        self.quantity * self.price / 100
    }

    /// The standard rate of 20 percent, rounded down to a penny.
    pub(crate) fn tax(&self) -> i64 {
        self.net() / 5
    }
}

macro_rules! rows {
    ($($row:ty),+) => {$(
        impl Row for $row {
            fn id(&self) -> i64 {
                i64::from(self.id)
            }
            fn deleted(&self) -> bool {
                self.deleted
            }
        }
    )+};
}

rows!(Client, Site, User, Agent, Team, TicketType, Status, Priority, Sla, Workday, Holiday);
rows!(Category, Outcome, Invoice);

impl Row for TimeEntry {
    const COLUMNS: usize = 1;
    const HIDES: bool = false;
    fn id(&self) -> i64 {
        i64::from(self.id)
    }
    fn deleted(&self) -> bool {
        self.deleted
    }
    fn moment(&self, _column: usize) -> Ms {
        self.start
    }
}

impl Row for Lookup {
    /// Values are numbered within their list.
    fn id(&self) -> i64 {
        i64::from(self.list) * 1_000 + i64::from(self.id)
    }
    fn deleted(&self) -> bool {
        self.deleted
    }
}

macro_rules! log_rows {
    ($($row:ty),+) => {$(
        impl Row for $row {
            fn id(&self) -> i64 {
                i64::from(self.id)
            }
            fn deleted(&self) -> bool {
                false
            }
        }
    )+};
}

log_rows!(Activity, Change);
