//! The product: what it keeps, how it syncs, and its command line.
//!
//! Start with [`folder`]: everything of one installation lives in one folder, held by one process. [`store`] keeps what
//! cannot be fetched again, [`secret`] seals what must not be read there, [`control`] answers other processes. [`sync`] is
//! the main job, [`webhooks`] takes what HaloPSA tells by itself, [`installation`] puts the parts together, [`migration`] copies all of
//! it to other engines, [`backup`] into one file, [`cli`] is what people type.

pub mod accounts;
pub mod background;
pub mod backup;
pub mod blocking;
pub mod cli;
pub mod clock;
pub mod connecting;
pub mod control;
pub mod engines;
pub mod folder;
pub mod http;
pub mod installation;
pub mod migration;
pub mod sample;
pub mod secret;
pub mod store;
pub mod sync;
pub mod text;
pub mod time;
pub mod webhooks;
pub mod workspace;
