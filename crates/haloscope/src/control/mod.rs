//! The holder of a data folder answers other processes over a Unix socket in it.
//!
//! One connection carries one request: a line of JSON, answered by lines of JSON whose last is `done` or `error`. The
//! socket is open to the folder's owner only. A client that goes away cancels what it asked for.
//!
//! Start with [`Request`]; [`serve`] is the holder's side, [`ControlClient`] the other. It must not know how a request is
//! carried out: that is the [`Handler`]'s.

mod address;
mod client;
mod line;
mod protocol;
mod server;

pub use client::{Answers, ControlClient};
pub use protocol::{ControlError, Event, Failure, Request, WebhookAsk};
pub use server::{Copying, EventSink, Gone, Handler, Server, serve};
