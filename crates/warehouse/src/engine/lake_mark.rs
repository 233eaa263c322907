//! The file in a lake's folder that marks it, and says whose lake it is. A folder without it is another one, or its disk is not there.
//!
//! The owner stands here rather than in a table of the lake: it is known before anything is opened or changed, and also where
//! rows are damaged.

use std::{fs, io, path::Path};

use crate::{Error, Result};

/// Name of the file.
const NAME: &str = "haloscope-lake";
/// The line that names the owner begins so.
const OWNER: &str = "store: ";

/// Marks a new folder. Durable on return.
pub(super) fn make(folder: &Path, owner: Option<&str>) -> io::Result<()> {
    let mut text = "The files of a lake, whose catalogue is in PostgreSQL.\n".to_owned();
    text.extend(owner.map(|owner| format!("{OWNER}{owner}\n")));
    // Never half of it.
    let new = folder.join(format!("{NAME}.new"));
    fs::write(&new, text)?;
    fs::File::open(&new)?.sync_all()?;
    fs::rename(&new, folder.join(NAME))?;
    fs::File::open(folder)?.sync_all()
}

/// Checks that the folder is there.
pub(super) fn check(folder: &Path) -> Result<()> {
    read(folder).map(drop)
}

/// The owner that the mark names, if any.
pub(super) fn owner(folder: &Path) -> Result<Option<String>> {
    let text = read(folder)?;
    Ok(text.lines().find_map(|line| line.strip_prefix(OWNER)).map(|owner| owner.trim().to_owned()))
}

fn read(folder: &Path) -> Result<String> {
    fs::read_to_string(folder.join(NAME)).map_err(|_| {
        let source = format!("`{}` does not hold the files of the lake: is its disk mounted?", folder.display());
        Error::Away(source.into())
    })
}
