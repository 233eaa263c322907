//! What HaloPSA tells by itself: webhooks, from the socket to the warehouse.
//!
//! A delivery comes in at [`crate::http::hooks`], which lets it pass when [`gate`] knows its address, reads it as [`delivery`]
//! says and answers once [`inbox`] has it on disk; a task of [`crate::background`] follows it. [`address`] tells what a
//! customer enters in HaloPSA, [`events`] lists what there is.
//!
//! [`status`] compares what arrived with what reading showed, and says why something is missing.
//!
//! A delivery is a hint: what counts is what HaloPSA answers when it is asked.

pub mod address;
pub mod delivery;
pub mod events;
pub mod gate;
pub mod guard;
pub mod inbox;
pub mod knock;
pub mod recover;
pub mod setup;
pub mod status;
