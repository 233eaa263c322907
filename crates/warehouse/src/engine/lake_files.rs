//! Makes what was written into a lake's folder durable, before the catalogue names it. The engine itself does not: after a power
//! cut the catalogue would name files that are empty.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// A folder that was changed this shortly before it was looked at may be changed again without showing it.
const COARSE: Duration = Duration::from_secs(2);

/// The folders of a lake, as they were when they were last looked at.
pub(super) struct LakeFiles {
    root: PathBuf,
    folders: HashMap<PathBuf, Folder>,
}

struct Folder {
    modified: SystemTime,
    /// Whether a later change of it is sure to show.
    settled: bool,
    inside: Vec<PathBuf>,
}

impl LakeFiles {
    /// What is there already is durable: nothing else is named by the catalogue.
    pub(super) fn new(root: &Path) -> io::Result<Self> {
        let mut files = Self { root: root.to_owned(), folders: HashMap::new() };
        files.look(&mut |_, _| Ok(()))?;
        Ok(files)
    }

    /// Makes durable what was written since the last look; returns the number of files.
    pub(super) fn sync(&mut self) -> io::Result<usize> {
        let mut count = 0;
        self.look(&mut |folder, since| {
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                let found = entry.metadata()?;
                if found.is_file() && found.modified()? >= since {
                    fs::File::open(entry.path())?.sync_all()?;
                    count += 1;
                }
            }
            fs::File::open(folder)?.sync_all()
        })?;
        Ok(count)
    }

    /// Visits each folder that may have changed since the last look, with the time from when on its files may be new.
    fn look(&mut self, changed: &mut dyn FnMut(&Path, SystemTime) -> io::Result<()>) -> io::Result<()> {
        let mut waiting = vec![self.root.clone()];
        while let Some(path) = waiting.pop() {
            let modified = fs::metadata(&path)?.modified()?;
            let known = self.folders.get(&path);
            if let Some(known) = known.filter(|known| known.settled && known.modified == modified) {
                waiting.extend(known.inside.iter().cloned());
                continue;
            }
            let since = known.map_or(SystemTime::UNIX_EPOCH, |known| known.modified);
            // Taken before its content: what comes in later is seen at the next look.
            let settled = modified.elapsed().is_ok_and(|age| age > COARSE);
            changed(&path, since.checked_sub(COARSE).unwrap_or(since))?;
            let inside = subfolders(&path)?;
            waiting.extend(inside.iter().cloned());
            self.folders.insert(path, Folder { modified, settled, inside });
        }
        Ok(())
    }
}

fn subfolders(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_since_the_last_look_is_found_once_it_settled() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        fs::create_dir_all(root.join("halo/tickets")).unwrap();
        fs::write(root.join("halo/tickets/old.parquet"), "old").unwrap();
        let mut files = LakeFiles::new(root).unwrap();
        // Folders that were made just now are looked at again, in case they change within the same moment.
        fs::write(root.join("halo/tickets/new.parquet"), "new").unwrap();
        fs::create_dir_all(root.join("halo/clients")).unwrap();
        fs::write(root.join("halo/clients/first.parquet"), "first").unwrap();
        assert!(files.sync().unwrap() >= 2);
        let long_ago = SystemTime::now() - Duration::from_secs(60);
        let settle = |path: PathBuf| {
            // Files come before the last change of their folder.
            let modified = if path.is_dir() { long_ago } else { long_ago - 2 * COARSE };
            fs::File::open(path).unwrap().set_modified(modified).unwrap();
        };
        for entry in ["halo/tickets/old.parquet", "halo/tickets/new.parquet", "halo/clients/first.parquet"] {
            settle(root.join(entry));
        }
        for folder in ["", "halo", "halo/tickets", "halo/clients"] {
            settle(root.join(folder));
        }
        files.sync().unwrap();
        assert_eq!(files.sync().unwrap(), 0, "nothing changed");
        fs::write(root.join("halo/tickets/third.parquet"), "third").unwrap();
        assert_eq!(files.sync().unwrap(), 1);
    }
}
