//! The file in a lake's folder that marks it, and says whose lake it is. A folder without it is another one, or its disk is not there.
//!
//! The owner stands here rather than in a table of the lake: it is known before anything is opened or changed, and also where
//! rows are damaged.

use duckdb::Connection;

use super::LakeFolder;
use crate::Result;

/// Name of the file.
const NAME: &str = "haloscope-lake";
/// The line that names the owner begins so.
const OWNER: &str = "store: ";

/// Marks a new folder. Durable on return.
pub(super) fn make(folder: &LakeFolder, connection: &Connection, owner: Option<&str>) -> Result<()> {
    let mut lines = vec!["The files of a lake, whose catalogue is in PostgreSQL.\n".to_owned()];
    lines.extend(owner.map(|owner| format!("{OWNER}{owner}\n")));
    folder.write(connection, NAME, &lines)
}

/// Checks that the folder is there.
pub(super) fn check(folder: &LakeFolder, connection: &Connection) -> Result<()> {
    folder.read(connection, NAME).map(drop)
}

/// The owner that the mark names, if any.
pub(super) fn owner(folder: &LakeFolder, connection: &Connection) -> Result<Option<String>> {
    let text = folder.read(connection, NAME)?;
    Ok(text.lines().find_map(|line| line.strip_prefix(OWNER)).map(|owner| owner.trim().to_owned()))
}
