//! Addresses of sockets, which the system limits to about 100 bytes, while paths may be longer.

use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Shortest limit of the systems we know (macOS: 104 bytes with the final zero).
const LONGEST_BYTES: usize = 103;

/// A path that leads to a socket and is short enough to be its address, while this value lives.
pub(super) struct Address {
    path: PathBuf,
    _link: Option<TempDir>,
}

impl Address {
    /// A long path goes through a link to its folder, in a folder that only its owner can enter.
    pub(super) fn of(socket: &Path) -> io::Result<Self> {
        if socket.as_os_str().as_bytes().len() <= LONGEST_BYTES {
            return Ok(Self { path: socket.to_owned(), _link: None });
        }
        let (Some(folder), Some(name)) = (socket.parent(), socket.file_name()) else {
            return Err(io::ErrorKind::InvalidFilename.into());
        };
        let place = tempfile::Builder::new().prefix("halo").tempdir_in(short_place())?;
        let link = place.path().join("d");
        symlink(std::path::absolute(folder)?, &link)?;
        Ok(Self { path: link.join(name), _link: Some(place) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The folder for temporary files, unless that itself has a long path.
fn short_place() -> PathBuf {
    Some(std::env::temp_dir()).filter(|place| place.as_os_str().len() <= 60).unwrap_or_else(|| "/tmp".into())
}
