//! Tables of current rows, the contract by which batches enter them, and the engine that keeps it, in a file or in a lake.
//!
//! Start with [`Warehouse`], the contract: a [`Batch`] goes in, the [`Change`]s it made come out. [`DuckDb`] is the
//! engine; [`reader`] runs SQL that people wrote, in a child process that the caller starts.
//!
//! The crate knows tables, keys and answers. It must not know which service the records come from, who asks, or what is
//! done with the changes. All calls block: run them away from async threads.

mod batch;
mod calendar;
mod contract;
mod decode;
mod engine;
mod error;
mod fingerprint;
mod interrupt;
mod judge;
pub mod reader;
mod row;
mod sink;
mod stream;
mod table;

pub use batch::{Applied, Batch, Change, Happened, Happening, Origin};
pub use contract::{Paused, Warehouse, Window};
pub use engine::{
    BucketAccess, DuckDb, Extensions, Filled, Filling, LakeAddress, LakeCopy, LakeFolder, OpenOptions, Share,
    TransferOrigin, Upkeep,
};
pub use error::{BoxError, Error, Result};
pub use fingerprint::{fingerprint, narrow_fingerprint};
pub use interrupt::Interrupt;
pub use row::{Answer, Cell, Key, MapEntry, Row, Stored, Tombstone};
pub use sink::{Field, ResultColumn, Sink};
pub use table::{Child, Column, ColumnType, Echo, Table};
