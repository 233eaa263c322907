//! The data folder: one place for everything of an installation, held by one process at a time.
//!
//! The holder has an exclusive lock on `DIR/lock`, which the system takes back when the process ends, however it ends.
//! The lock file itself stays: removing it would let two processes lock two files of the same name.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, flock};
use tempfile::TempDir;

/// Newest layout of the folder that this version can work with.
pub const LAYOUT: u32 = 1;

/// Why the data folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// Another process holds the folder: ask that process, or stop it.
    #[error("the data folder `{}` is held by another process{}", path.display(), holder(*pid))]
    AlreadyHeld {
        /// The folder.
        path: PathBuf,
        /// The holder, unless it has not written its number yet.
        pid: Option<u32>,
    },
    /// The folder, or the place where it would be made, cannot be written.
    #[error("the data folder `{}` cannot be written: check its owner and permissions", path.display())]
    ReadOnly {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The path leads to something else.
    #[error("`{}` is not a folder: name a folder for the data, it is made if it does not exist", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// A newer version has worked with the folder.
    #[error("the data folder has layout {found}, this version knows layouts up to {known}: use the newer version")]
    NewerVersion {
        /// Layout of the folder.
        found: u32,
        /// [`LAYOUT`].
        known: u32,
    },
    /// The file that tells the layout holds something else.
    #[error("`{}` does not hold a layout number: restore it, or use another data folder", path.display())]
    UnknownLayout {
        /// The file.
        path: PathBuf,
    },
    /// A copy into it was stopped.
    #[error(
        "a copy into the data folder `{}` is not finished: run the same `haloscope migrate` or `haloscope restore` again, or \
         remove the folder",
        path.display()
    )]
    Unfinished {
        /// The folder.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("the disk of the data folder `{}` is full: free some space", path.display())]
    Full {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Anything else the system said.
    #[error("the data folder `{}` cannot be used", path.display())]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (number {pid})")).unwrap_or_default()
}

impl FolderError {
    fn new(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path, source },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path, source },
            io::ErrorKind::NotADirectory => Self::NotAFolder { path },
            _ => Self::Unusable { path, source },
        }
    }
}

/// Where things are in a data folder, whoever holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderPaths(PathBuf);

impl FolderPaths {
    /// Paths below this folder, which need not exist.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// What cannot be fetched again: see [`crate::store`].
    pub fn store(&self) -> PathBuf {
        self.0.join("store.sqlite")
    }

    /// What was copied; can be rebuilt.
    pub fn warehouse(&self) -> PathBuf {
        self.0.join("warehouse.duckdb")
    }

    /// What a person decides about the installation: see [`crate::engines`].
    pub fn settings(&self) -> PathBuf {
        self.0.join("haloscope.toml")
    }

    /// The key of sealed values: see [`crate::secret`].
    pub fn secret_key(&self) -> PathBuf {
        self.0.join("secret.key")
    }

    /// Name of what marks a folder whose content is not whole yet: see [`crate::migration`].
    pub(crate) const UNFINISHED: &str = "unfinished.json";

    /// What an unfinished copy into the folder says of itself.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn unfinished(&self) -> Result<Option<String>, FolderError> {
        match fs::read_to_string(self.0.join(Self::UNFINISHED)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(FolderError::new(self.folder(), source)),
        }
    }

    /// Refuses a folder whose content is not whole yet.
    ///
    /// # Errors
    /// [`FolderError::Unfinished`].
    pub(crate) fn check_finished(&self) -> Result<(), FolderError> {
        match self.unfinished()? {
            None => Ok(()),
            Some(_) => Err(FolderError::Unfinished { path: self.0.clone() }),
        }
    }

    /// Where the holder answers: see [`crate::control`].
    pub fn socket(&self) -> PathBuf {
        self.0.join("socket")
    }

    /// Folder for what the lake of this name cannot hold in memory. Engines that share one take each other's pages for their own.
    pub fn spill(&self, lake: &str) -> PathBuf {
        self.0.join(format!("{lake}.tmp"))
    }

    /// Folder of the warehouse's copies.
    pub fn snapshots(&self) -> PathBuf {
        self.0.join("snapshots")
    }

    /// Makes a new folder for a copy of the warehouse, removed when dropped; also where another process holds the data folder.
    ///
    /// # Errors
    /// When the data folder is of another version, or cannot be written.
    pub fn snapshot(&self) -> Result<TempDir, FolderError> {
        keep_files_private();
        has_layout(self)?;
        let snapshots = self.snapshots();
        let made = fs::create_dir_all(&snapshots).and_then(|()| tempfile::tempdir_in(&snapshots));
        made.map_err(|source| FolderError::new(self.folder(), source))
    }

    fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    fn version(&self) -> PathBuf {
        self.0.join("version")
    }
}

/// A data folder that this process holds, until the value is dropped.
#[derive(Debug)]
pub struct DataFolder {
    paths: FolderPaths,
    _hold: Hold,
}

impl DataFolder {
    /// Takes hold of the folder, which is made (for its owner only) if it does not exist. Never waits.
    ///
    /// From here on, files that this process makes are readable by their owner only: the folder may be an older one that
    /// others can look into.
    ///
    /// # Errors
    /// See [`FolderError`]; nothing in the folder has changed then.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, FolderError> {
        let paths = FolderPaths::new(path);
        let failed = |source| FolderError::new(paths.folder(), source);
        keep_files_private();
        if paths.folder().exists() && !paths.folder().is_dir() {
            return Err(FolderError::NotAFolder { path: paths.folder().to_owned() });
        }
        DirBuilder::new().recursive(true).mode(0o700).create(paths.folder()).map_err(failed)?;
        let hold = take_lock(&paths)?;
        if !has_layout(&paths)? {
            put(&paths, "version", format!("{LAYOUT}\n").as_bytes()).map_err(failed)?;
        }
        write_holder(&hold.0).map_err(failed)?;
        warn_if_open_to_others(&paths).map_err(failed)?;
        Ok(Self { paths, _hold: hold })
    }

    /// Where things are in it.
    pub fn paths(&self) -> &FolderPaths {
        &self.paths
    }

    /// Puts a whole file into the folder under this name, durably: after a crash there is the old file or the new one.
    /// Only its owner may read it.
    ///
    /// # Errors
    /// When the folder cannot be written or its disk is full.
    pub(crate) fn put(&self, name: &str, content: &[u8]) -> Result<(), FolderError> {
        put(&self.paths, name, content).map_err(|source| FolderError::new(self.paths.folder(), source))
    }

    /// Removes a file of the folder, durably.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(crate) fn remove(&self, name: &str) -> Result<(), FolderError> {
        let folder = self.paths.folder();
        let removed = fs::remove_file(folder.join(name)).and_then(|()| File::open(folder)?.sync_all());
        removed.map_err(|source| FolderError::new(folder, source))
    }
}

/// A lock that this process has, until the value is dropped.
#[derive(Debug)]
pub(crate) struct Hold(File);

impl Hold {
    /// Takes hold of a file, whichever way leads to it, by a lock file beside it. None if another process has it.
    ///
    /// # Errors
    /// When the lock file cannot be written.
    pub(crate) fn of(path: &Path) -> io::Result<Option<Self>> {
        let real = match path.canonicalize() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let around = path.parent().unwrap_or(Path::new("."));
                around.canonicalize()?.join(path.file_name().unwrap_or_default())
            }
            found => found?,
        };
        let mut lock = real.into_os_string();
        lock.push(".lock");
        Ok(Self::take(Path::new(&lock))?.ok())
    }

    /// Locks a file, which is made if it does not exist. Without success it answers the file.
    fn take(path: &Path) -> io::Result<Result<Self, File>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let lock = options.open(path)?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Ok(Self(lock))),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(Err(lock)),
            Err(errno) => Err(errno.into()),
        }
    }
}

impl Drop for Hold {
    /// Closing the file is not enough: a process that was being started just now may have a copy of its handle.
    fn drop(&mut self) {
        // It fails for a handle that is not open, which this one is.
        let _ = flock(&self.0, FlockOperation::Unlock);
    }
}

fn take_lock(paths: &FolderPaths) -> Result<Hold, FolderError> {
    let taken = Hold::take(&paths.lock()).map_err(|source| FolderError::new(paths.folder(), source))?;
    taken.map_err(|lock| FolderError::AlreadyHeld { path: paths.folder().to_owned(), pid: read_holder(&lock) })
}

/// The file is 12 bytes at most, so a reader sees all of it or nothing.
fn write_holder(lock: &File) -> io::Result<()> {
    let pid = format!("{}\n", std::process::id());
    lock.set_len(0)?;
    lock.write_all_at(pid.as_bytes(), 0)
}

fn read_holder(lock: &File) -> Option<u32> {
    let mut text = String::new();
    lock.take(16).read_to_string(&mut text).ok()?;
    text.trim_end().parse().ok()
}

fn keep_files_private() {
    rustix::process::umask(Mode::from_raw_mode(0o077));
}

/// Whether the folder tells its layout, which must be one that this version knows.
fn has_layout(paths: &FolderPaths) -> Result<bool, FolderError> {
    let failed = |source| FolderError::new(paths.folder(), source);
    let mut text = String::new();
    match File::open(paths.version()).and_then(|file| file.take(64).read_to_string(&mut text)) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {}
        Err(error) => return Err(failed(error)),
    }
    match text.trim_end().parse() {
        Ok(found) if found > LAYOUT => Err(FolderError::NewerVersion { found, known: LAYOUT }),
        Ok(LAYOUT) => Ok(true),
        _ => Err(FolderError::UnknownLayout { path: paths.version() }),
    }
}

fn put(paths: &FolderPaths, name: &str, content: &[u8]) -> io::Result<()> {
    let mut file =
        tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o600)).tempfile_in(paths.folder())?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(paths.folder().join(name))?;
    File::open(paths.folder())?.sync_all()
}

fn warn_if_open_to_others(paths: &FolderPaths) -> io::Result<()> {
    let mode = fs::metadata(paths.folder())?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let folder = paths.folder().display();
        tracing::warn!("other users can look into the data folder `{folder}` (mode {mode:o}); `chmod 700` closes it");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(layout: &str) -> Result<DataFolder, FolderError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("version"), layout).unwrap();
        DataFolder::open(folder.path())
    }

    #[test]
    fn layouts() {
        assert!(open("1\n").is_ok());
        assert!(open("1").is_ok());
        assert!(matches!(open("2\n"), Err(FolderError::NewerVersion { found: 2, known: LAYOUT })));
        for strange in ["", "0", "-1", "one", "1 2", &"9".repeat(500)] {
            assert!(matches!(open(strange), Err(FolderError::UnknownLayout { .. })), "{strange}");
        }
    }

    #[test]
    fn system_errors_are_sorted() {
        let sorted = |kind: io::ErrorKind| FolderError::new(Path::new("/data"), kind.into());
        assert!(matches!(sorted(io::ErrorKind::StorageFull), FolderError::Full { .. }));
        assert!(matches!(sorted(io::ErrorKind::PermissionDenied), FolderError::ReadOnly { .. }));
        assert!(matches!(sorted(io::ErrorKind::ReadOnlyFilesystem), FolderError::ReadOnly { .. }));
        assert!(matches!(sorted(io::ErrorKind::NotADirectory), FolderError::NotAFolder { .. }));
        assert!(matches!(sorted(io::ErrorKind::Other), FolderError::Unusable { .. }));
    }
}
