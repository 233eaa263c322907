//! Lines of JSON, none longer than a limit.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

/// Longest line in either direction, without its end.
pub(super) const LONGEST_LINE_BYTES: usize = 1 << 20;

/// Reads lines.
pub(super) struct LineReader(BufReader<OwnedReadHalf>);

impl LineReader {
    pub(super) fn new(half: OwnedReadHalf) -> Self {
        Self(BufReader::new(half))
    }

    /// The next line; `None` when the other side has closed. Must be read to its end: dropping it loses part of a line.
    ///
    /// # Errors
    /// `InvalidData` for a line that is too long or not what was expected, `UnexpectedEof` for half a line.
    pub(super) async fn next<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        let mut line = Vec::new();
        let limit = LONGEST_LINE_BYTES as u64 + 1;
        (&mut self.0).take(limit).read_until(b'\n', &mut line).await?;
        match line.last() {
            None => Ok(None),
            Some(b'\n') => serde_json::from_slice(&line).map(Some).map_err(|error| strange(&error.to_string())),
            Some(_) if line.len() > LONGEST_LINE_BYTES => Err(strange("a line is longer than 1 MiB")),
            Some(_) => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// Writes one line.
///
/// # Errors
/// `InvalidData` for a line that would be too long, of which nothing is written.
pub(super) async fn write<T: Serialize>(half: &mut OwnedWriteHalf, value: &T) -> io::Result<()> {
    let mut line = serde_json::to_vec(value).map_err(|error| strange(&error.to_string()))?;
    if line.len() > LONGEST_LINE_BYTES {
        return Err(strange("a line is longer than 1 MiB"));
    }
    line.push(b'\n');
    half.write_all(&line).await
}

fn strange(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
