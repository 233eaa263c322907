//! What goes over the socket.

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::store::Wanted;
use crate::webhooks::guard::Guard;

/// What a process can ask of the holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Whether the holder answers.
    Ping,
    /// Let go of the folder: always refused, with what the holder does. For commands that must hold it themselves.
    Yield,
    /// How each entity stands.
    Status {
        /// Name of the connection; may be left out where there is only one.
        connection: Option<String>,
    },
    /// Sync now.
    Sync {
        /// As in `Status`.
        connection: Option<String>,
        /// Read every row again.
        full: bool,
        /// Tables whose rows may vanish without proof.
        #[serde(default)]
        accept_absences: Vec<String>,
        /// Tables that are copied from now on.
        #[serde(default)]
        with: Vec<String>,
        /// Tables that this pass leaves out.
        #[serde(default)]
        without: Vec<String>,
    },
    /// Compare without changing anything.
    Verify {
        /// As in `Status`.
        connection: Option<String>,
    },
    /// Something about webhooks.
    Webhook {
        /// As in `Status`.
        connection: Option<String>,
        /// What.
        ask: WebhookAsk,
    },
    /// Make a link by which somebody sets another password, or the first administrator is made.
    UserLink {
        /// What the person signs in with; may be left out where there is only one, or nobody.
        name: Option<String>,
    },
    /// Hold the warehouse's writer and say `paused`, so that the client may copy the file; go on when it says `copied`,
    /// goes away, or takes too long.
    Snapshot,
}

/// What can be asked about webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case", deny_unknown_fields)]
pub enum WebhookAsk {
    /// The address that HaloPSA posts to.
    Url,
    /// Another address in its place; the old one is accepted for an hour more.
    Rotate,
    /// What posts must carry beside the secret in their address.
    Protect {
        /// All of it; what is none is not looked at.
        guard: Guard,
    },
    /// What arrived.
    Log {
        /// Which of it.
        wanted: Wanted,
    },
    /// How webhooks stand, and why something is missing.
    Status,
    /// Records whose last change no delivery told of.
    Unannounced,
    /// Make the webhook in HaloPSA, or mend it.
    Create,
    /// Post a test to the callback URL.
    Test,
    /// Follow one delivery again, or all that failed.
    Replay {
        /// Its number.
        number: Option<i64>,
    },
}

/// What the holder tells while it carries out a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Progress or result, in a form that belongs to the request.
    Data(Value),
    /// The writer is held: copy, then call [`super::Answers::copied`].
    Paused,
}

/// Why the holder did not do what it was asked, in words for the person who asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Stable word for programs.
    pub code: String,
    /// Sentence for people; holds no secret.
    pub message: String,
}

impl Failure {
    /// A failure with the error's text and those of its causes.
    pub fn new(code: &str, error: &(dyn std::error::Error + 'static)) -> Self {
        Self { code: code.to_owned(), message: crate::text::with_causes(error) }
    }

    /// A failure with a sentence of its own.
    pub fn because(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }
}

/// Why talking to the holder failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// The socket cannot be made.
    #[error("the socket `{}` cannot be made", path.display())]
    Bind {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// There is a holder, but it cannot be reached.
    #[error("the process that holds the data folder cannot be reached at `{}`", path.display())]
    Unreachable {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The other side went away in the middle.
    #[error("the process that holds the data folder ended before it had answered")]
    Ended,
    /// Reading or writing failed.
    #[error("the process that holds the data folder could not be talked to")]
    Broken(#[source] io::Error),
    /// The other side sent something else than this protocol.
    #[error("the process that holds the data folder speaks another version: stop it and start it again")]
    Strange(#[source] io::Error),
    /// The holder did not do it.
    #[error(transparent)]
    Refused(Failure),
}

/// A line of the holder.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum HolderLine {
    Data { data: Value },
    Paused,
    Done,
    Error(Failure),
}

/// A line of the client after its request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ClientLine {
    Copied,
}
