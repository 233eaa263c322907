//! Kills that drop what was not on disk: `tests/unsynced/unsynced.c` is loaded into a program, and when it was killed its files
//! are set back to what it had synced.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;

const SOURCE: &str = include_str!("../../../../tests/unsynced/unsynced.c");
/// Numbers before the bytes of a record: how long the file was, where they stood, and how many there are.
const HEAD: usize = 24;

/// The library, and the folder where it keeps its logs.
pub(crate) struct Unsynced {
    place: TempDir,
    data: PathBuf,
}

impl Unsynced {
    /// Builds it for programs whose files lie below `data`.
    pub(crate) fn build(data: &Path) -> Self {
        let place = tempfile::tempdir().unwrap();
        let source = place.path().join("unsynced.c");
        fs::write(&source, SOURCE).unwrap();
        fs::create_dir(place.path().join("logs")).unwrap();
        let flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread", "-o"];
        let built = Command::new("cc").args(flags).arg(place.path().join("unsynced.so")).arg(source).status();
        assert!(built.unwrap().success(), "cc builds unsynced.c");
        Self { place, data: fs::canonicalize(data).unwrap() }
    }

    /// What a program finds in its environment.
    pub(crate) fn variables(&self) -> [(&'static str, PathBuf); 3] {
        let library = self.place.path().join("unsynced.so");
        [("LD_PRELOAD", library), ("UNSYNCED_DATA", self.data.clone()), ("UNSYNCED_LOGS", self.logs())]
    }

    fn logs(&self) -> PathBuf {
        self.place.path().join("logs")
    }

    /// Sets the files of a killed program back to what it had synced. Answers how many writes were lost.
    pub(crate) fn take_back(&self) -> usize {
        let mut logs: BTreeMap<u64, BTreeMap<u64, PathBuf>> = BTreeMap::new();
        for path in files(&self.logs()) {
            let (inode, number) = path.file_name().unwrap().to_str().unwrap().split_once('.').unwrap();
            logs.entry(inode.parse().unwrap()).or_default().insert(number.parse().unwrap(), path.clone());
        }
        let mut lost = 0;
        for path in files(&self.data) {
            // Logs of files that were removed stand for nothing.
            let of_file = logs.remove(&fs::metadata(&path).unwrap().ino()).unwrap_or_default();
            lost += of_file.values().rev().map(|log| play_back(log, &path)).sum::<usize>();
        }
        for path in files(&self.logs()) {
            fs::remove_file(path).unwrap();
        }
        lost
    }
}

/// All plain files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let found = entries.flat_map(|entry| match entry.file_type().unwrap() {
        kind if kind.is_dir() => files(&entry.path()),
        kind if kind.is_file() => vec![entry.path()],
        _ => Vec::new(),
    });
    found.collect()
}

/// Takes back what a log says, the newest first. A record that is cut off belongs to a change that never began.
fn play_back(log: &Path, path: &Path) -> usize {
    let log = fs::read(log).unwrap();
    let mut rest = log.as_slice();
    let mut records = Vec::new();
    while let Some((head, after)) = rest.split_at_checked(HEAD) {
        let [size, offset, length] = [0, 8, 16].map(|at| u64::from_ne_bytes(head[at..at + 8].try_into().unwrap()));
        let Some((bytes, after)) = after.split_at_checked(usize::try_from(length).unwrap()) else { break };
        records.push((size, offset, bytes));
        rest = after;
    }
    let file = OpenOptions::new().write(true).open(path).unwrap();
    for (size, offset, bytes) in records.iter().rev() {
        file.write_all_at(bytes, *offset).unwrap();
        file.set_len(*size).unwrap();
    }
    records.len()
}

const PART: &str = "HALOSCOPE_TEST_UNSYNCED_PART";
/// Bytes of one number of [`race`].
const NUMBER: usize = 8;

/// What a program does to the file `path`, which holds `before` on disk.
type Part = fn(&Path);

/// Parts by name, with what the file holds after a kill.
const PARTS: [(&str, Part, &str); 9] = [
    ("never synced", |path| drop(overwrite(path, 0, "lost and longer")), "before"),
    ("synced", |path| overwrite(path, 0, "kept and longer").sync_all().unwrap(), "kept and longer"),
    ("only its data", |path| overwrite(path, 6, " and after").sync_data().unwrap(), "before and after"),
    ("synced through another handle", through_another, "kept"),
    ("written again after it was synced", written_again, "synced"),
    ("cut short", |path| opened(path).set_len(2).unwrap(), "before"),
    ("emptied when opened", |path| fs::write(path, "lost").unwrap(), "before"),
    ("new, in place of the old one", |path| replaced(path, false), ""),
    ("new and synced", |path| replaced(path, true), "new"),
];

fn opened(path: &Path) -> File {
    OpenOptions::new().write(true).open(path).unwrap()
}

fn overwrite(path: &Path, offset: u64, text: &str) -> File {
    let file = opened(path);
    file.write_all_at(text.as_bytes(), offset).unwrap();
    file
}

fn through_another(path: &Path) {
    let file = opened(path);
    file.set_len(0).unwrap();
    file.try_clone().unwrap().write_all(b"kept").unwrap();
    opened(path).sync_all().unwrap();
}

fn written_again(path: &Path) {
    overwrite(path, 0, "synced").sync_all().unwrap();
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(b" lost").unwrap();
    overwrite(path, 2, "lost");
    file.set_len(3).unwrap();
    file.write_all(b"lost").unwrap();
}

fn replaced(path: &Path, synced: bool) {
    let other = path.with_extension("new");
    let mut file = File::create(&other).unwrap();
    file.write_all(b"new").unwrap();
    if synced {
        file.sync_all().unwrap();
    }
    fs::rename(other, path).unwrap();
}

/// Numbers are written one after the other, while another thread syncs and says up to which they are on disk.
fn race(path: &Path, say: impl Fn(u64)) {
    let (file, written) = (opened(path), AtomicU64::new(0));
    file.set_len(0).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0_u64.. {
                file.write_all_at(&number.to_ne_bytes(), number * NUMBER as u64).unwrap();
                written.store(number + 1, Ordering::SeqCst);
            }
        });
        loop {
            let safe = written.load(Ordering::SeqCst);
            file.sync_all().unwrap();
            say(safe);
        }
    });
}

/// Plays the part that it is told; does nothing in the test run itself.
#[test]
fn plays_its_part() {
    let Ok(name) = std::env::var(PART) else { return };
    let path = PathBuf::from(std::env::var_os("UNSYNCED_DATA").unwrap()).join("file");
    match PARTS.iter().find(|(known, ..)| *known == name) {
        Some((_, part, _)) => part(&path),
        None => race(&path, |safe| println!("synced {safe}")),
    }
    println!("played");
    std::thread::park();
}

/// Runs a part until it says something that is `wanted`, and kills it. Answers what it said, the file as the system would keep
/// it, and the file without what was not synced.
fn killed_after(part: &str, wanted: impl FnMut(&String) -> bool) -> (String, Vec<u8>, Vec<u8>) {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("file");
    fs::write(&path, "before").unwrap();
    let unsynced = Unsynced::build(data.path());
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", "unsynced::plays_its_part", "--nocapture"]).env(PART, part);
    let mut child = program.envs(unsynced.variables()).stdout(Stdio::piped()).spawn().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let said = output.lines().map_while(Result::ok).find(wanted);
    child.kill().unwrap();
    child.wait().unwrap();
    let whole = fs::read(&path).unwrap();
    unsynced.take_back();
    (said.unwrap_or_default(), whole, fs::read(&path).unwrap())
}

#[test]
fn what_was_not_synced_is_lost_and_what_was_is_kept() {
    for (name, _, expected) in PARTS {
        let (_, _, left) = killed_after(name, |line| line.ends_with("played"));
        assert_eq!(String::from_utf8_lossy(&left), expected, "{name}");
    }
}

#[test]
fn what_is_written_while_another_thread_syncs_is_lost_unless_synced_later() {
    let mut lost = 0;
    for line in [1, 5, 40] {
        let mut synced = 0;
        let (said, whole, left) = killed_after("race", |text| {
            synced += u32::from(text.contains("synced "));
            synced == line
        });
        let promised: usize = said.rsplit(' ').next().unwrap().parse().unwrap();
        assert!(left.len() >= promised * NUMBER, "{} bytes of {promised} numbers", left.len());
        assert!(left == whole[..left.len()] && left.len().is_multiple_of(NUMBER), "the rest is as it was");
        lost += whole.len() - left.len();
    }
    assert!(lost > 0, "what came last is lost");
}
