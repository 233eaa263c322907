//! Where each connection stands now, for those who look, and what people ask of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};

use crate::sync::progress::Progress;
use crate::text::with_causes;

/// What goes on with a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// Waits for the next pass.
    #[default]
    Waits,
    /// Makes a pass.
    Synchronises,
    /// Reads every row again.
    ReadsAll,
    /// Compares both sides for somebody.
    Verifies,
}

/// Why the last pass failed, and what to do about it; sentences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// What happened.
    pub error: String,
    /// What a person can do.
    pub advice: String,
    /// Since when, milliseconds UTC.
    pub since_ms: i64,
    /// Passes that failed in a row.
    pub failures: u32,
}

impl Trouble {
    /// A first failure, with the error's text and those of its causes. `now_ms`: milliseconds UTC.
    pub fn new(error: &(dyn std::error::Error + 'static), advice: &str, now_ms: i64) -> Self {
        Self { error: with_causes(error), advice: advice.to_owned(), since_ms: now_ms, failures: 1 }
    }
}

/// What comparing both sides for somebody came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// When it ended, milliseconds UTC.
    pub at_ms: i64,
    /// Why it could not be done; sentences.
    pub failed: Option<String>,
    /// Kinds of records that were compared.
    pub entities: usize,
    /// Tables whose rows differ.
    pub differing: Vec<String>,
}

/// How a connection stands at this moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Live {
    /// What goes on.
    pub doing: Doing,
    /// Where the pass stands that runs now.
    pub progress: Option<Progress>,
    /// Why the last pass failed; none when it did not.
    pub trouble: Option<Trouble>,
    /// When the next pass begins, milliseconds UTC; none while one runs.
    pub next_at_ms: Option<i64>,
    /// What comparing both sides came to last, in this process.
    #[serde(default)]
    pub compared: Option<Compared>,
    /// How long each entity was read last by this process, milliseconds, by table.
    #[serde(default)]
    pub took_ms: BTreeMap<String, u64>,
    /// Who asked for what goes on, if somebody did.
    #[serde(default)]
    pub asked_by: Option<String>,
    /// When what goes on began, milliseconds UTC.
    #[serde(default)]
    pub since_ms: i64,
    /// When this process last showed what webhooks told, milliseconds UTC.
    #[serde(default)]
    pub told_ms: Option<i64>,
}

/// What a person asks of a pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Read every row again.
    pub full: bool,
    /// Tables whose rows may vanish without proof.
    pub accepted: Vec<String>,
    /// Tables that are copied from now on.
    pub with: Vec<String>,
    /// Tables that the pass leaves out.
    pub without: Vec<String>,
    /// Who asks, where that is known.
    pub by: Option<String>,
}

/// What people ask of the next pass: all that was asked since the last one began is done by one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Number of the last one.
    pub number: u64,
    /// All of them together.
    pub wish: Wish,
}

/// How the pass ended that was made for somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// All wishes up to this number.
    pub number: u64,
    /// Why it failed.
    pub failed: Option<Trouble>,
}

/// See the module.
#[derive(Default)]
pub struct Board {
    live: watch::Sender<Live>,
    answered: watch::Sender<Answered>,
    wishes: Mutex<Wishes>,
    /// Begins a pass at once.
    pub wake: Arc<Notify>,
    /// Held by the one who has both sides compared, while others who ask for it are told so.
    pub comparing: Arc<tokio::sync::Mutex<()>>,
    /// Held by the one who reads or writes this connection's data.
    pub turn: tokio::sync::Mutex<()>,
}

impl Board {
    /// How it stands, now and whenever that changes.
    pub fn live(&self) -> watch::Receiver<Live> {
        self.live.subscribe()
    }

    /// Changes how it stands.
    pub fn set(&self, change: impl FnOnce(&mut Live)) {
        self.live.send_modify(change);
    }

    /// Begins anew, as the tasks that wrote on it have ended: what was known stays, and what was asked, but for what a person
    /// allowed for one pass alone.
    pub(super) fn reset(&self) {
        self.set(|live| (live.doing, live.progress, live.asked_by) = (Doing::Waits, None, None));
        let mut wishes = self.wishes();
        (wishes.wish.accepted, wishes.wish.without) = (Vec::new(), Vec::new());
    }

    /// Asks for a pass. Answers the number of the wish: it is fulfilled when [`Answered::number`] is as high.
    pub fn wish(&self, wish: Wish) -> u64 {
        let number = {
            let mut wishes = self.wishes();
            wishes.number += 1;
            wishes.wish.full |= wish.full;
            wishes.wish.accepted.extend(wish.accepted);
            wishes.wish.with.extend(wish.with);
            wishes.wish.without.extend(wish.without);
            wishes.wish.by = wish.by.or(wishes.wish.by.take());
            wishes.number
        };
        self.wake.notify_one();
        number
    }

    /// What was asked since the last call.
    pub fn take_wishes(&self) -> Wishes {
        let mut wishes = self.wishes();
        let number = wishes.number;
        std::mem::replace(&mut wishes, Wishes { number, ..Wishes::default() })
    }

    /// How passes ended, now and later.
    pub fn answers(&self) -> watch::Receiver<Answered> {
        self.answered.subscribe()
    }

    /// Tells those who wait how their pass ended.
    pub fn answer(&self, answered: Answered) {
        self.answered.send_replace(answered);
    }

    fn wishes(&self) -> MutexGuard<'_, Wishes> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_allowed_does_not_outlive_the_tasks() {
        let board = Board::default();
        board.wish(Wish { full: true, accepted: vec!["tickets".to_owned()], ..Wish::default() });
        board.set(|live| live.doing = Doing::Verifies);
        board.reset();
        assert_eq!(board.live().borrow().doing, Doing::Waits);
        assert_eq!(board.take_wishes().wish, Wish { full: true, ..Wish::default() });
    }

    #[test]
    fn wishes_are_gathered_and_taken_once() {
        let board = Board::default();
        let accepting = |table: &str| Wish { accepted: vec![table.to_owned()], ..Wish::default() };
        assert_eq!(board.wish(accepting("tickets")), 1);
        assert_eq!(board.wish(Wish { full: true, ..accepting("sites") }), 2);
        let wish = Wish { full: true, accepted: vec!["tickets".to_owned(), "sites".to_owned()], ..Wish::default() };
        assert_eq!(board.take_wishes(), Wishes { number: 2, wish });
        assert_eq!(board.take_wishes(), Wishes { number: 2, ..Wishes::default() });
    }
}
