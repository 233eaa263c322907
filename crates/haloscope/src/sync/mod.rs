//! Brings HaloPSA into the warehouse and proves that nothing is missing.
//!
//! Start with [`pass`]: one pass over all entities. How an entity is read follows from its entry in the list of entities:
//! [`backfill`] and [`delta`] walk over pages, [`whole`], [`pages`], [`windows`] and [`recent`] read all rows, [`actions`] those
//! of each ticket, [`follow`] goes after hints about single records, [`sweep`] compares the ids of both sides, [`absence`] decides what is deleted. [`subject`] is one entity during one pass, [`writer`] the one way in.
//!
//! It must not know who asks (command line, server) nor how progress is shown.

pub mod absence;
pub mod actions;
pub mod backfill;
pub mod custom;
pub mod decode;
pub mod delta;
pub mod echoes;
pub mod error;
pub mod fields;
pub mod follow;
pub mod forecast;
pub mod keys;
pub mod pages;
pub mod pass;
pub mod plan;
pub mod progress;
pub mod provisional;
pub mod recent;
pub mod rights;
pub mod state;
pub mod subject;
pub mod sweep;
pub mod tables;
pub mod values;
pub mod verify;
pub mod walk;
pub mod whole;
pub mod windows;
pub mod writer;
