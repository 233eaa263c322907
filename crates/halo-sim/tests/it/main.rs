//! The whole simulator through its own port, as any client sees it.

// Helpers of tests are tests: the setting of clippy.toml only knows functions marked `#[test]`.
#![allow(clippy::unwrap_used)]

mod bench;
mod commerce;
mod conformance;
mod limit;
mod lists;
mod live;
mod report;
mod rights;
mod scale;
mod statements;
mod token;
mod traps;
mod truth;
mod webhooks;
mod writes;
