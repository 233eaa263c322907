//! The state that all requests share.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::clock::{Clock, Micros};
use crate::entity::{Depth, View};
use crate::ledger::Ledger;
use crate::live::Live;
use crate::options::Options;
use crate::query::Query;
use crate::token::Tokens;
use crate::traps::{Effects, Traps};
use crate::webhooks::{self, Outbox};
use crate::world::World;
use crate::world::scale::Scale;

/// See the module. Locks are held for a moment each and never across an await. Where two are held, they
/// are taken in this order: world, tokens, outbox, traps, ledger.
pub(crate) struct Sim {
    pub(crate) options: Options,
    pub(crate) clock: Clock,
    world: RwLock<World>,
    /// The provider works on.
    live: Option<Live>,
    ledger: Mutex<Ledger>,
    traps: Mutex<Traps>,
    tokens: Mutex<Tokens>,
    pub(crate) outbox: Arc<Outbox>,
}

/// The world while it is changed. When that is done, what happened goes to whoever asked to be told.
pub(crate) struct Changing<'s> {
    sim: &'s Sim,
    world: RwLockWriteGuard<'s, World>,
}

const WHOLE: &str = "no one panics while holding the state";

impl Sim {
    /// # Errors
    /// When the clock file cannot be made.
    pub(crate) fn new(options: Options) -> anyhow::Result<Self> {
        let start = options.start();
        let mut world = World::sized(
            options.seed,
            start,
            options.tickets,
            Scale::of(options.tickets).with_clients(options.clients),
        );
        let live = options.live.map(|_| Live::new(world.go_live(start)));
        // Only now: making the world takes no time of the provider.
        let speed = options.live.unwrap_or(1.0);
        Ok(Self {
            clock: Clock::new(options.clock, speed, start * 1_000, options.clock_file.as_deref())?,
            world: RwLock::new(world),
            live,
            ledger: Mutex::default(),
            traps: Mutex::default(),
            tokens: Mutex::new(Tokens::new(options.seed)),
            outbox: Arc::default(),
            options,
        })
    }

    pub(crate) fn world(&self) -> RwLockReadGuard<'_, World> {
        self.catch_up();
        self.world.read().expect(WHOLE)
    }

    /// Lets happen what the provider has to do by now; nothing unless it is live.
    pub(crate) fn catch_up(&self) {
        let Some(live) = self.live.as_ref().filter(|live| live.is_due(self.clock.now())) else { return };
        let mut world = self.changing();
        live.wait_until(world.live_until(self.clock.now()));
    }

    /// Lets the provider rest, or go back to work; false where it is not live.
    pub(crate) fn pause(&self, paused: bool) -> bool {
        self.catch_up();
        self.live.as_ref().map(|live| live.pause(paused)).is_some()
    }

    /// The world to change it, under the stamps that the traps make.
    pub(crate) fn world_to_change(&self, effects: &Effects) -> Changing<'_> {
        self.catch_up();
        let mut world = self.changing();
        world.stamp_lag = effects.stamp_lag;
        world
    }

    fn changing(&self) -> Changing<'_> {
        let mut world = self.world.write().expect(WHOLE);
        world.news.listen(self.outbox.is_open());
        Changing { sim: self, world }
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

impl Deref for Changing<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for Changing<'_> {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        let news = self.world.news.take();
        if !news.is_empty() {
            webhooks::announce(self.sim, &self.world, &news);
        }
    }
}
