//! A simulator of the HaloPSA API: a seeded managed service provider with the API's oddities, request
//! limit, rights and faults, a clock that can be stepped, and the truth to compare with.
//!
//! [`start`] runs one inside a process; the binary `halo-sim` and [`run`] run one until they are told to
//! stop. Where to read on: `world` makes the data, `entity` describes how each kind of record looks
//! from outside, `api` serves them, `report` answers SQL over them, `webhooks` tells of their changes, `traps`
//! spoils it all, `control` is for tests. The facts about
//! HaloPSA are in `docs/halo-facts.md`, what is simulated in `docs/simulator.md`.

mod answer;
mod api;
mod clock;
mod control;
mod demo;
mod entity;
mod ledger;
mod live;
mod mutate;
mod options;
mod query;
mod report;
mod rights;
mod rng;
mod server;
mod sim;
mod times;
mod token;
mod traps;
mod value;
mod webhooks;
mod world;

pub use clock::ClockMode;
pub use options::Options;
pub use server::{Running, run, start};
pub use webhooks::pages::HOME as WEBHOOKS_PAGE;
