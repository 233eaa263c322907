//! The operational store: what cannot be fetched again, in one SQLite file or in PostgreSQL.
//!
//! Every write is durable when its call returns. A store has one process that works with it, and one writer there; any
//! number of tasks may call. Nothing here throws a store away: a damaged or newer one is refused with what to do.
//!
//! Start with [`Store::open`]; one file per question group. Fixed SQL is in `sql/`, and the same for both engines wherever both
//! understand it; the layout is in `migrations/`: a migration is never edited once released. It must not know how things are synced or shown: what other parts keep here
//! as JSON is theirs.

mod audit;
mod callbacks;
mod connections;
mod copy;
mod deliveries;
mod delivery_counts;
mod engine;
mod entity_states;
mod error;
mod ledger;
mod observed;
mod permits;
mod runs;
mod sessions;
mod settings;
mod tokens;
mod users;

pub use audit::{AuditEntry, NewAuditEntry};
pub use callbacks::Callback;
pub use connections::{Connection, ConnectionId, ConnectionSettings};
pub use copy::Copying;
pub use deliveries::{Carrying, Logged, NewDelivery, NewRefusal, Settled, Waiting, Wanted};
pub use delivery_counts::{Hour, Pending, Received, Refused, Unconfirmed, UnknownWords};
pub use engine::{PostgresUrl, Store, StoreAddress, StoreReader, UrlError};
pub use entity_states::EntityState;
pub use error::StoreError;
pub use ledger::{LedgerEntry, Ledgered};
pub use observed::{Observed, ObservedPosition};
pub use permits::Permits;
pub use runs::{Run, RunId};
pub use sessions::Session;
pub use tokens::{NewToken, Token};
pub use users::{NewUser, User};
