//! The client against small servers that misbehave on purpose, and the budget against a model of HaloPSA's counter.

#![allow(clippy::unwrap_used, reason = "helpers of tests may unwrap like tests")]

mod bad_input;
mod budget;
mod budget_property;
mod certificate;
mod clocks;
mod lists;
mod server;
mod token;
