//! A connection to the engine that never ends the process.

use std::{
    mem,
    ops::{Deref, DerefMut},
};

use duckdb::Connection;

use crate::error::tells_end;

/// A connection. Of a lake it is not closed once the engine has stopped: closing ends what is left of a transaction, the extension
/// throws then where nothing catches it, and the process would end. What it holds is lost until the process ends, which an engine
/// that stops is seldom enough for.
pub(super) struct Line {
    /// There until it is dropped.
    connection: Option<Connection>,
    in_lake: bool,
}

impl Line {
    pub(super) fn new(connection: Connection, in_lake: bool) -> Self {
        Self { connection: Some(connection), in_lake }
    }

    /// Another one to the same engine.
    pub(super) fn try_clone(&self) -> duckdb::Result<Self> {
        Ok(Self::new(Connection::try_clone(self)?, self.in_lake))
    }
}

impl Deref for Line {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("it is there until it is dropped")
    }
}

impl DerefMut for Line {
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("it is there until it is dropped")
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        let has_stopped = || connection.execute_batch("select 1").is_err_and(|error| tells_end(&error.to_string()));
        if self.in_lake && has_stopped() {
            mem::forget(connection);
        }
    }
}
