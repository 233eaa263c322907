//! The state that all requests share.

use std::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::clock::{Clock, Micros};
use crate::entity::{Depth, View};
use crate::ledger::Ledger;
use crate::options::Options;
use crate::query::Query;
use crate::token::Tokens;
use crate::traps::{Effects, Traps};
use crate::world::World;

/// See the module. Locks are held for a moment each and never across an await. Where two are held, they
/// are taken in this order: world, tokens, traps, ledger.
pub(crate) struct Sim {
    pub(crate) options: Options,
    pub(crate) clock: Clock,
    world: RwLock<World>,
    ledger: Mutex<Ledger>,
    traps: Mutex<Traps>,
    tokens: Mutex<Tokens>,
}

const WHOLE: &str = "no one panics while holding the state";

impl Sim {
    /// # Errors
    /// When the clock file cannot be made.
    pub(crate) fn new(options: Options) -> anyhow::Result<Self> {
        let start = options.start();
        Ok(Self {
            clock: Clock::new(options.clock, start * 1_000, options.clock_file.as_deref())?,
            world: RwLock::new(World::new(options.seed, start, options.tickets)),
            ledger: Mutex::default(),
            traps: Mutex::default(),
            tokens: Mutex::new(Tokens::new(options.seed)),
            options,
        })
    }

    pub(crate) fn world(&self) -> RwLockReadGuard<'_, World> {
        self.world.read().expect(WHOLE)
    }

    /// The world to change it, under the stamps that the traps make.
    pub(crate) fn world_to_change(&self, effects: &Effects) -> RwLockWriteGuard<'_, World> {
        let mut world = self.world.write().expect(WHOLE);
        world.stamp_lag = effects.stamp_lag;
        world
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect(WHOLE)
    }

    pub(crate) fn traps(&self) -> MutexGuard<'_, Traps> {
        self.traps.lock().expect(WHOLE)
    }

    pub(crate) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().expect(WHOLE)
    }

    /// Length of the window of the request limit.
    pub(crate) fn window(&self) -> Micros {
        Micros::from(self.options.window_seconds) * 1_000_000
    }

    /// Requests that fit into a window.
    pub(crate) fn limit(&self) -> usize {
        let other = self.traps().settings("limit_size", "").and_then(|settings| settings.maybe("limit"));
        other.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(self.options.limit)
    }

    pub(crate) fn view<'a>(&self, world: &'a World, query: &'a Query, effects: &'a Effects, depth: Depth) -> View<'a> {
        View {
            world,
            now: self.clock.now(),
            query,
            rights: &effects.rights,
            style: &effects.style,
            older: effects.older,
            late: &effects.late,
            depth,
        }
    }
}
