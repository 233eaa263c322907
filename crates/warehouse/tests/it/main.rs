//! What the crate promises, tried on real files.
//!
//! Tests of the contract are written over `&dyn Warehouse` and know no place: the same functions run on a DuckDB file and on
//! a lake. Only `file_faults` and `lake_faults` are about one of them.

#![allow(clippy::unwrap_used, reason = "helpers outside of test functions fail tests, too")]

/// Makes each promise a test of each engine.
macro_rules! on_every_engine {
    ($($name:ident),* $(,)?) => {
        mod file {
            $(#[test] fn $name() { super::$name(&crate::kit::Bench::file()); })*
        }
        mod lake {
            $(#[test] fn $name() { crate::kit::Bench::lake().iter().for_each(super::$name); })*
        }
    };
}

mod answers;
mod batches;
mod file_faults;
mod kit;
mod lake_bucket;
mod lake_faults;
mod lake_upkeep;
mod narrow;
mod orders;
mod questions;
mod reading;
mod relations;
mod tables;
mod told;
mod transfers;
mod values;
