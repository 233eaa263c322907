//! A switch that stops a running read from another thread.

use std::sync::{Arc, Mutex, PoisonError};

use duckdb::InterruptHandle;

/// Stops the read it was given to, also when it is pressed before the read begins. Clones are the same switch.
///
/// One switch serves one read at a time.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    stopped: bool,
    running: Option<Arc<InterruptHandle>>,
}

impl Interrupt {
    /// A switch that was not pressed yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the running read, and every later one that is given this switch.
    pub fn stop(&self) {
        let mut state = self.state();
        state.stopped = true;
        if let Some(running) = &state.running {
            running.interrupt();
        }
    }

    /// Whether it was pressed; long loops ask between rows, because the engine only looks while it computes.
    pub fn is_stopped(&self) -> bool {
        self.state().stopped
    }

    /// Watches over a connection until the guard drops.
    pub(crate) fn guard(&self, running: Arc<InterruptHandle>) -> Guard<'_> {
        self.state().running = Some(running);
        Guard(self)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // The state is valid after every single assignment, so a panic elsewhere cannot have broken it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the watch, so that a late stop does not hit the connection's next user.
pub(crate) struct Guard<'a>(&'a Interrupt);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.state().running = None;
    }
}
