//! Work that goes on by itself while `haloscope serve` runs: each task looks at the present state and moves it one pass
//! nearer to the wanted one.
//!
//! Start with [`server`], which puts the tasks of one data folder together; [`driver`] runs them, [`cadence`] says when,
//! [`board`] shows what they do and takes what people ask for. It must not know how it is shown or asked: that is the
//! command line's.

pub mod board;
pub mod cadence;
pub mod checkpoint;
pub mod checkpoint_store;
pub mod driver;
pub mod follow_deliveries;
pub mod forget_deliveries;
pub mod hosted;
pub mod keep_lake;
pub mod poll_uncovered;
pub mod recover_deliveries;
pub mod server;
pub mod show_deliveries;
pub mod standing;
pub mod sync_connection;
pub mod verify_connection;

use std::time::Duration;

use serde::Serialize;

/// Looks at the present state and moves it one pass nearer to the wanted one.
pub trait BackgroundTask: Send + 'static {
    /// Its name, for logs and reports.
    const NAME: &'static str;
    /// What a pass came to.
    type Status: Serialize + Send;
    /// Makes one pass. Takes no input and is safe to run again after a crash at any line.
    fn run_once(&mut self) -> impl Future<Output = Self::Status> + Send;
    /// How long the driver waits after a pass, unless something wakes it before.
    fn wait_after(&mut self, last: &Self::Status) -> Duration;
}
