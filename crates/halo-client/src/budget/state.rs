//! The rules of the budget: which slots are taken, and what happens next. No clock, no threads.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, VecDeque};
use std::time::Duration;

use tokio::sync::oneshot;

use super::lane::Lane;
use super::learn::{Learned, Refusal};
use super::log::{PermitBlock, PermitHistory};
use super::pause::Pause;
use super::{BudgetSettings, BudgetStatus, Permit};
use crate::error::HaloError;

/// Where a waiting request gets its permit.
pub(super) type Waiter = oneshot::Sender<Result<Permit, HaloError>>;

/// A slot that was granted and not yet answered.
#[derive(Debug)]
struct Open {
    lane: Lane,
    sent: Option<Duration>,
}

/// A slot of a request that is over, taken until HaloPSA cannot count it any more. Ordered by that moment.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Resting {
    free_at: Duration,
    /// None of a request of an earlier process.
    lane: Option<Lane>,
    refused: bool,
}

impl Resting {
    fn is_bulk(&self) -> bool {
        self.lane.is_some_and(Lane::is_bulk)
    }
}

/// What the driver has to do next.
pub(super) enum Step {
    /// Hand slot `id` to the waiter.
    Grant(Waiter, u64),
    /// Record this block, then tell [`State::recorded`].
    Record(PermitBlock, u64),
    /// Remember the learned limit.
    SaveLearned(Option<u32>),
    /// Nothing until something changes, or until this time has passed.
    Wait(Option<Duration>),
}

/// Which slots are taken, who waits, and what the log knows.
pub(super) struct State {
    settings: BudgetSettings,
    waiting: BTreeMap<Lane, VecDeque<Waiter>>,
    open: HashMap<u64, Open>,
    resting: BinaryHeap<Reverse<Resting>>,
    bulk_taken: usize,
    next_slot: u64,
    block: PermitBlock,
    block_left: u32,
    /// Earlier blocks that a new process would still have to count, oldest first: number, and when it ended.
    ended_blocks: VecDeque<(u64, Duration)>,
    learned: Learned,
    saved_limit: Option<u32>,
    pause: Pause,
    closed: bool,
}

impl State {
    pub(super) fn new(settings: BudgetSettings, history: &PermitHistory, now_micros: i64, now: Duration) -> Self {
        let last = history.blocks.iter().map(|block| block.number).max().unwrap_or(0);
        let mut state = Self {
            settings,
            waiting: BTreeMap::new(),
            open: HashMap::new(),
            resting: BinaryHeap::new(),
            bulk_taken: 0,
            next_slot: 0,
            block: PermitBlock { number: last, permits: 0, in_flight: 0, recorded_micros: now_micros },
            block_left: 0,
            ended_blocks: VecDeque::new(),
            learned: Learned::new(settings.limit, history.learned_limit),
            saved_limit: history.learned_limit,
            pause: Pause::new(settings.window),
            closed: false,
        };
        state.restore(&history.blocks, now_micros, now);
        state
    }

    /// Counts all permits of earlier processes at the last moment at which HaloPSA can have counted them. Nothing of a process
    /// that has ended arrives after now.
    fn restore(&mut self, blocks: &[PermitBlock], now_micros: i64, now: Duration) {
        let mut blocks = blocks.to_vec();
        blocks.sort_unstable_by_key(|block| block.number);
        let ends = blocks.iter().skip(1).map(|next| (next.recorded_micros, next.in_flight)).chain([(now_micros, 0)]);
        for (block, (end_micros, in_flight)) in blocks.iter().zip(ends) {
            let counted =
                block.in_flight.saturating_add(block.permits).saturating_sub(in_flight).min(self.settings.limit);
            // An end in the future means that the clock was set back: then the end is now.
            let age = Duration::from_micros(u64::try_from(now_micros.saturating_sub(end_micros)).unwrap_or(0));
            let Some(left) = self.rest().checked_sub(age) else { continue };
            let slot = || Reverse(Resting { free_at: now + left, lane: None, refused: false });
            self.resting.extend((0..counted).map(|_| slot()));
            self.ended_blocks.push_back((block.number, now));
        }
    }

    /// How long a slot stays taken after the answer: the window, and a little for clocks that run differently.
    fn rest(&self) -> Duration {
        let window = self.settings.window;
        window + (window / 1000).clamp(Duration::from_millis(2), Duration::from_millis(100))
    }

    fn usable(&self) -> u32 {
        let kept = u64::from(self.learned.known()) * u64::from(100 - self.settings.reserve_percent) / 100;
        u32::try_from(kept).unwrap_or(u32::MAX).max(1)
    }

    fn taken(&self) -> usize {
        self.open.len() + self.resting.len()
    }

    fn taken_u32(&self) -> u32 {
        u32::try_from(self.taken()).unwrap_or(u32::MAX)
    }

    fn has_room(&self, lane: Lane) -> bool {
        let usable = self.usable();
        let bulk_may_take = usize::try_from(usable - usable / 100).unwrap_or(usize::MAX);
        self.taken_u32() < usable && (!lane.is_bulk() || self.bulk_taken < bulk_may_take)
    }

    pub(super) fn wait_in(&mut self, lane: Lane, waiter: Waiter) {
        if !self.closed {
            self.waiting.entry(lane).or_default().push_back(waiter);
        }
    }

    /// What to do now.
    pub(super) fn step(&mut self, now: Duration, now_micros: i64) -> Step {
        self.free_rested(now);
        self.forget_gone_waiters();
        if self.saved_limit != self.learned.limit() {
            self.saved_limit = self.learned.limit();
            return Step::SaveLearned(self.saved_limit);
        }
        let Some(lane) = self.waiting.keys().next().copied() else { return Step::Wait(None) };
        if let Some(left) = self.pause.left(now) {
            return Step::Wait(Some(left));
        }
        if !self.has_room(lane) {
            return Step::Wait(self.next_free_in(now));
        }
        if self.block_left == 0 {
            return self.next_block(now, now_micros);
        }
        self.grant(lane)
    }

    fn free_rested(&mut self, now: Duration) {
        while let Some(Reverse(slot)) = self.resting.peek()
            && slot.free_at <= now
        {
            self.bulk_taken -= usize::from(slot.is_bulk());
            self.resting.pop();
        }
    }

    fn forget_gone_waiters(&mut self) {
        for waiters in self.waiting.values_mut() {
            waiters.retain(|waiter| !waiter.is_closed());
        }
        self.waiting.retain(|_, waiters| !waiters.is_empty());
    }

    fn next_free_in(&self, now: Duration) -> Option<Duration> {
        self.resting.peek().map(|Reverse(slot)| slot.free_at.saturating_sub(now))
    }

    /// A twentieth of the limit: small, as a crash costs up to one block; large enough that the log is written seldom.
    fn next_block(&mut self, now: Duration, now_micros: i64) -> Step {
        let permits = (self.usable() / 20).clamp(1, 25);
        let rest = self.rest();
        while self.ended_blocks.front().is_some_and(|(_, ended)| *ended + rest < now) {
            self.ended_blocks.pop_front();
        }
        let forget_below = self.ended_blocks.front().map_or(self.block.number, |(number, _)| *number);
        let in_flight = self.in_flight(now);
        Step::Record(
            PermitBlock { number: self.block.number + 1, permits, in_flight, recorded_micros: now_micros },
            forget_below,
        )
    }

    /// Requests that HaloPSA may count later than now.
    fn in_flight(&self, now: Duration) -> u32 {
        let later = self.resting.iter().filter(|Reverse(slot)| slot.free_at > now + self.rest()).count();
        u32::try_from(self.open.len() + later).unwrap_or(u32::MAX)
    }

    /// `block` is durable: its permits may be granted.
    pub(super) fn recorded(&mut self, block: PermitBlock, now: Duration) {
        self.ended_blocks.push_back((self.block.number, now));
        self.block = block;
        self.block_left = block.permits;
    }

    fn grant(&mut self, lane: Lane) -> Step {
        let waiter = self.waiting.get_mut(&lane).and_then(VecDeque::pop_front);
        let waiter = waiter.expect("a lane without waiters was removed above");
        let id = self.next_slot;
        self.next_slot += 1;
        self.block_left -= 1;
        self.bulk_taken += usize::from(lane.is_bulk());
        self.open.insert(id, Open { lane, sent: None });
        Step::Grant(waiter, id)
    }

    /// The request of slot `id` goes out now.
    pub(super) fn sent(&mut self, id: u64, now: Duration) {
        if let Some(open) = self.open.get_mut(&id) {
            open.sent = Some(now);
        }
    }

    /// The request of slot `id` never went out: slot and permit are free. A permit of an earlier block was counted as in flight
    /// when the present one was recorded, so the log covers it still.
    pub(super) fn not_sent(&mut self, id: u64) {
        let Some(open) = self.open.remove(&id) else { return };
        self.bulk_taken -= usize::from(open.lane.is_bulk());
        self.block_left += 1;
    }

    /// An answer came.
    pub(super) fn answered(&mut self, id: u64, now: Duration) {
        let Some(open) = self.open.remove(&id) else { return };
        self.pause.accepted(open.sent.unwrap_or(now));
        self.lay_to_rest(&open, now, false);
        self.learned.accepted(self.accepted_in_window(), now, self.settings.window);
    }

    /// No answer will come: it may arrive up to the longest time-out after it was sent.
    pub(super) fn gave_up(&mut self, id: u64, now: Duration) {
        let Some(open) = self.open.remove(&id) else { return };
        let last_arrival = open.sent.unwrap_or(now) + self.settings.longest_request;
        self.lay_to_rest(&open, last_arrival.max(now), false);
    }

    /// HaloPSA refused it because of its limit. Answers with how long nothing is sent.
    pub(super) fn refused(&mut self, id: u64, now: Duration, refusal: Refusal, jitter: f64) -> Duration {
        let Some(open) = self.open.remove(&id) else { return Duration::ZERO };
        let sent = open.sent.unwrap_or(now);
        self.lay_to_rest(&open, now, true);
        let is_first = !self.pause.covers(sent);
        self.learned.refused(refusal.stated_limit, self.accepted_in_window(), is_first, now);
        self.pause.refused(sent, now, refusal.retry_after, jitter)
    }

    fn lay_to_rest(&mut self, open: &Open, last_arrival: Duration, refused: bool) {
        let free_at = last_arrival + self.rest();
        self.resting.push(Reverse(Resting { free_at, lane: Some(open.lane), refused }));
    }

    /// Requests that HaloPSA may have accepted and still counts.
    fn accepted_in_window(&self) -> u32 {
        let in_flight = self.open.values().filter(|open| open.sent.is_some()).count();
        let accepted = self.resting.iter().filter(|Reverse(slot)| !slot.refused).count();
        u32::try_from(in_flight + accepted).unwrap_or(u32::MAX)
    }

    pub(super) fn forget_learned_limit(&mut self) {
        self.learned.forget();
    }

    /// All that wait, to be told of an error.
    pub(super) fn take_waiters(&mut self) -> Vec<Waiter> {
        std::mem::take(&mut self.waiting).into_values().flatten().collect()
    }

    /// Grants nothing more. Answers with the last block as it was used, if it was not used up.
    pub(super) fn close(&mut self) -> Option<PermitBlock> {
        self.closed = true;
        self.waiting.clear();
        let unused = std::mem::take(&mut self.block_left);
        let permits = self.block.permits.saturating_sub(unused);
        (unused > 0).then_some(PermitBlock { permits, ..self.block })
    }

    fn used_by_lane(&self) -> BTreeMap<Lane, u32> {
        let open = self.open.values().map(|open| open.lane);
        let resting = self.resting.iter().filter_map(|Reverse(slot)| slot.lane);
        let mut used = BTreeMap::new();
        for lane in open.chain(resting) {
            *used.entry(lane).or_default() += 1;
        }
        used
    }

    pub(super) fn status(&mut self, now: Duration) -> BudgetStatus {
        self.free_rested(now);
        self.forget_gone_waiters();
        let full = self.taken_u32() >= self.usable();
        // Some wait for a moment only, until it is recorded that they may go.
        let waits = full || self.waiting.keys().any(|lane| !self.has_room(*lane));
        BudgetStatus {
            used_in_window: self.taken_u32(),
            limit: self.settings.limit,
            usable: self.usable(),
            learned_limit: self.learned.limit(),
            window: self.settings.window,
            paused_for: self.pause.left(now),
            next_free_in: self.next_free_in(now).filter(|_| waits),
            used_by_lane: self.used_by_lane(),
            waiting_by_lane: self.waiting.iter().map(|(lane, waiters)| (*lane, waiters.len())).collect(),
        }
    }
}
