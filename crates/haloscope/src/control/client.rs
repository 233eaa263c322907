//! The side of a process that asks the holder.

use std::io;

use serde::Serialize;
use tokio::net::UnixStream;
use tokio::net::unix::OwnedWriteHalf;

use super::address::Address;
use super::line::{self, LineReader};
use super::protocol::{ClientLine, ControlError, Event, HolderLine, Request};
use crate::folder::FolderPaths;

/// A connection to the process that holds a data folder.
#[derive(Debug)]
pub struct ControlClient(UnixStream);

impl ControlClient {
    /// Connects to the holder; `None` when no process listens there (a socket file left by a crash counts as none). The
    /// folder may be held all the same, by a process that has just begun or is about to end.
    ///
    /// # Errors
    /// [`ControlError::Unreachable`].
    pub async fn connect(paths: &FolderPaths) -> Result<Option<Self>, ControlError> {
        let path = paths.socket();
        let unreachable = |source| ControlError::Unreachable { path: path.clone(), source };
        let address = Address::of(&path).map_err(unreachable)?;
        match UnixStream::connect(address.path()).await {
            Ok(stream) => Ok(Some(Self(stream))),
            Err(error) if nobody_listens(&error) => Ok(None),
            Err(error) => Err(unreachable(error)),
        }
    }

    /// Asks for something. Dropping the answers cancels it.
    ///
    /// # Errors
    /// [`ControlError::Ended`] or [`ControlError::Broken`].
    pub async fn ask(self, request: &Request) -> Result<Answers, ControlError> {
        let (read, write) = self.0.into_split();
        let mut answers = Answers { lines: LineReader::new(read), write, done: false };
        answers.say(request).await?;
        Ok(answers)
    }
}

/// What the holder answers to one request.
pub struct Answers {
    lines: LineReader,
    write: OwnedWriteHalf,
    done: bool,
}

impl Answers {
    /// The next event; `None` when the request has been carried out.
    ///
    /// # Errors
    /// [`ControlError::Refused`] when it was not; other errors when the holder cannot be understood any more.
    pub async fn next(&mut self) -> Result<Option<Event>, ControlError> {
        if self.done {
            return Ok(None);
        }
        match self.lines.next().await.map_err(sort)?.ok_or(ControlError::Ended)? {
            HolderLine::Data { data } => Ok(Some(Event::Data(data))),
            HolderLine::Paused => Ok(Some(Event::Paused)),
            HolderLine::Error(failure) => Err(ControlError::Refused(failure)),
            HolderLine::Done => {
                self.done = true;
                Ok(None)
            }
        }
    }

    /// Tells the holder, after [`Event::Paused`], that the copy is made.
    ///
    /// # Errors
    /// [`ControlError::Ended`] or [`ControlError::Broken`].
    pub async fn copied(&mut self) -> Result<(), ControlError> {
        self.say(&ClientLine::Copied).await
    }

    async fn say<T: Serialize>(&mut self, value: &T) -> Result<(), ControlError> {
        match line::write(&mut self.write, value).await {
            // A holder that refuses at once has closed by now; its reason is still to be read.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(sort),
        }
    }
}

fn nobody_listens(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | ConnectionRefused | NotADirectory)
}

fn sort(error: io::Error) -> ControlError {
    match error.kind() {
        io::ErrorKind::InvalidData => ControlError::Strange(error),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            ControlError::Ended
        }
        _ => ControlError::Broken(error),
    }
}
