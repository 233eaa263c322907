//! A disk that is full, or that cannot be written: a file system of its own is mounted for that, where that is permitted.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{ALL_COMMANDS, check, counts, fails, recovers, run, small};
use crate::desk::{Desk, on_cluster};

/// A small file system in memory, unmounted when dropped.
pub(crate) struct Disk(PathBuf);

impl Disk {
    /// None where this process may not mount, which is said.
    pub(crate) fn mount(path: &Path, megabytes: u32) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let size = format!("size={megabytes}m");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "none"]).arg(path).output();
        if done.as_ref().is_ok_and(|done| done.status.success()) {
            return Some(Self(path.to_owned()));
        }
        eprintln!("skipped: a file system for this test cannot be mounted ({done:?})");
        None
    }

    fn remount(&self, options: &str) {
        let done = Command::new("mount").args(["-o", &format!("remount,{options}")]).arg(&self.0).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    }

    /// Takes all room that is left; the path of what took it.
    pub(crate) fn fill(&self) -> PathBuf {
        let path = self.0.join("filler");
        let mut file = fs::File::create(&path).unwrap();
        let mut piece = 1 << 20;
        while piece > 0 {
            if file.write_all(&vec![7; piece]).is_err() {
                piece /= 2;
            }
        }
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // What it leaves behind is a mount in a folder for tests.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_named_and_the_work_is_repeated_once_there_is_room() {
    if on_cluster() {
        return;
    }
    let desk = Desk::hurried(small()).await;
    let Some(disk) = Disk::mount(&desk.data(), 6) else { return };
    desk.connect(&[]).await.with_code(0);
    fails(&desk, &["sync"], &["the disk", "full", "free some space"]).await;
    disk.remount("size=400m");
    recovers(&desk).await;

    desk.mutate(5, 40).await;
    let filler = disk.fill();
    for command in ALL_COMMANDS {
        fails(&desk, command, &["disk"]).await;
    }
    // Room for the store, not for the warehouse and its copies.
    let length = fs::metadata(&filler).unwrap().len();
    fs::File::options().write(true).open(&filler).unwrap().set_len(length - 400_000).unwrap();
    for command in [&["sync"][..], &["query", "select 1"]] {
        fails(&desk, command, &["the disk", "full"]).await;
    }
    fs::remove_file(filler).unwrap();
    recovers(&desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_folder_is_named() {
    let words = ["cannot be written", "check its owner and permissions"];
    let desk = Desk::hurried(small()).await;
    let Some(disk) = Disk::mount(&desk.data(), 100) else { return };
    disk.remount("ro");
    check(&desk, "connect", &desk.connect(&[]).await, &words);
    disk.remount("rw");
    desk.connect(&[]).await.with_code(0);
    run(&desk, &["sync"]).await.with_code(0);
    let before = counts(&desk).await;
    disk.remount("ro");
    for command in ALL_COMMANDS {
        fails(&desk, command, &words).await;
    }
    disk.remount("rw");
    assert_eq!(counts(&desk).await, before);
    recovers(&desk).await;
}
