//! What the crate promises, tried on real files.
//!
//! Tests of the contract are written over `&dyn Warehouse` and know no engine: a second one runs the same functions, by a line
//! in [`on_every_engine`] and in `kit`. Only `faults` and `reading` are about the DuckDB file.

#![allow(clippy::unwrap_used, reason = "helpers outside of test functions fail tests, too")]

/// Makes each promise a test of each engine.
macro_rules! on_every_engine {
    ($($name:ident),* $(,)?) => {
        mod duckdb_file {
            $(#[test] fn $name() { crate::kit::on_duckdb(super::$name); })*
        }
    };
}

mod answers;
mod batches;
mod faults;
mod kit;
mod narrow;
mod orders;
mod questions;
mod reading;
mod relations;
mod tables;
mod told;
mod values;
