//! What tickets and their actions leave behind: feedback, calls, files, audit. None of it is stored; it is
//! read from the ticket or the action, so that it always agrees with it.

use crate::times::{HOUR, MINUTE, Ms};
use crate::world::World;
use crate::world::reference::ids;
use crate::world::rows::{Action, Kind, Ticket};

/// The number of a ticket's source that means a telephone call, in lookup list 22.
pub(crate) const PHONE: u8 = 2;

/// A number of something that hangs on an action: unique over all tickets.
pub(crate) fn number(action: &Action) -> i64 {
    i64::from(action.ticket) * PER_TICKET + i64::from(action.id)
}

/// More actions than a ticket gets.
const PER_TICKET: i64 = 1_000;

/// The action of such a number, as ticket and place on it.
pub(crate) fn place(number: i64) -> Option<(i32, usize)> {
    let place = usize::try_from(number % PER_TICKET).ok()?.checked_sub(1)?;
    Some((i32::try_from(number / PER_TICKET).ok()?, place))
}

/// Whether a file came with an action: with one public mail in nine.
pub(crate) fn has_file(action: &Action) -> bool {
    matches!(action.outcome, ids::CONTACT | ids::EMAIL) && !action.private && mixed(action).is_multiple_of(9)
}

/// Files of a ticket.
pub(crate) fn files(ticket: &Ticket) -> i64 {
    ticket.live_actions().map(|action| i64::from(has_file(action))).sum()
}

/// A number from which what is not stored about an action is drawn.
pub(crate) fn mixed(action: &Action) -> u64 {
    let mut mixed = number(action).unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^= mixed >> 31;
    mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40
}

/// Whether an action changed the status, which the audit shows.
pub(crate) fn is_audited(action: &Action) -> bool {
    action.old_status != action.new_status
}

/// The number of a ticket's feedback.
pub(crate) fn feedback_number(ticket: i32) -> i64 {
    i64::from(ticket) - FEEDBACK_OFFSET
}

/// How far the number of a ticket lies above that of its feedback.
pub(crate) const FEEDBACK_OFFSET: i64 = 700;

/// Whether somebody rated a ticket.
pub(crate) fn is_rated(ticket: &Ticket) -> bool {
    ticket.kind == Kind::Ticket && ticket.satisfaction > 0
}

/// When a ticket was rated: within four hours of its closure.
pub(crate) fn rated_at(ticket: &Ticket) -> Ms {
    let close = ticket.actions.iter().rfind(|action| action.outcome == ids::CLOSE);
    let closed = close.map_or(ticket.last_action, |action| action.at);
    closed + 5 * MINUTE + Ms::from(ticket.id) * 7_919_000 % (4 * HOUR)
}

/// Whether a ticket began with a call.
pub(crate) fn is_call(ticket: &Ticket) -> bool {
    ticket.source == PHONE && ticket.kind == Kind::Ticket
}

/// Minutes of the call.
pub(crate) fn call_minutes(ticket: &Ticket) -> i64 {
    2 + i64::from(ticket.id % 11)
}

impl World {
    /// The action of a number, whether deleted or not.
    pub(crate) fn action_of(&self, number: i64) -> Option<&Action> {
        let (ticket, place) = place(number)?;
        self.tickets.get(ticket)?.actions.get(place)
    }
}
