//! Files that this process has open.
//!
//! The engine's lock tells processes apart, not handles within one: a second opening would succeed, and closing either would
//! release the lock of both.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};

use crate::{Error, Result};

static CLAIMED: LazyLock<Mutex<HashSet<PathBuf>>> = LazyLock::new(Mutex::default);

/// The right to open a file; given back on drop.
pub(super) struct Claim(PathBuf);

impl Claim {
    /// Claims a file by its real folder, so that two ways to the same file are one.
    pub(super) fn new(path: &Path) -> Result<Self> {
        let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
        let real = match (folder, path.file_name()) {
            (Some(folder), Some(name)) => folder.join(name),
            _ => path.to_owned(),
        };
        match claimed().insert(real.clone()) {
            true => Ok(Self(real)),
            false => Err(Error::Locked("this very process has it open".into())),
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        claimed().remove(&self.0);
    }
}

fn claimed() -> MutexGuard<'static, HashSet<PathBuf>> {
    // A set is whole after every single operation.
    CLAIMED.lock().unwrap_or_else(PoisonError::into_inner)
}
