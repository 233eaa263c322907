//! What a pass tells those who watch it.

use super::state::EntityState;

/// Takes note of a pass's progress. Calls come often and must not block.
pub trait Reporter: Send + Sync {
    /// An entity is being read.
    fn begins(&self, table: &str);
    /// So many rows were read of so many.
    fn expects(&self, table: &str, rows: u64);
    /// So many rows were read until now.
    fn rows(&self, table: &str, rows: u64);
    /// The ids of both sides are being compared.
    fn proves(&self, table: &str);
    /// An entity is done for now.
    fn ends(&self, table: &str, state: &EntityState);
}

/// Tells nobody.
pub struct Silent;

impl Reporter for Silent {
    fn begins(&self, _: &str) {}
    fn expects(&self, _: &str, _: u64) {}
    fn rows(&self, _: &str, _: u64) {}
    fn proves(&self, _: &str) {}
    fn ends(&self, _: &str, _: &EntityState) {}
}
