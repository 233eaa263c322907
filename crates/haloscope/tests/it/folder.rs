//! One holder at a time, whatever happens to it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use haloscope::folder::{DataFolder, FolderError};

use crate::child::{answer_of_a_second_holder, holder_of};

fn mode(path: impl AsRef<std::path::Path>) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_new_folder_is_its_owners() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("a/b");
    let folder = DataFolder::open(&path).unwrap();
    assert_eq!((mode(&path), mode(path.join("lock")), mode(path.join("version"))), (0o700, 0o600, 0o600));
    assert_eq!(fs::read_to_string(path.join("version")).unwrap(), "1\n");
    fs::write(folder.paths().warehouse(), "made by anyone in this process").unwrap();
    assert_eq!(mode(folder.paths().warehouse()), 0o600);
}

#[test]
fn a_second_process_is_refused_with_the_number_of_the_first() {
    let place = tempfile::tempdir().unwrap();
    let holder = holder_of(place.path());
    let refused = DataFolder::open(place.path()).unwrap_err();
    assert!(matches!(refused, FolderError::AlreadyHeld { pid: Some(pid), .. } if pid == holder.pid()), "{refused}");
}

#[test]
fn this_process_holds_it_against_others_and_itself_until_dropped() {
    let place = tempfile::tempdir().unwrap();
    let folder = DataFolder::open(place.path()).unwrap();
    let answer = answer_of_a_second_holder(place.path());
    assert!(answer.contains(&format!("is held by another process (number {})", std::process::id())), "{answer}");
    assert!(matches!(DataFolder::open(place.path()), Err(FolderError::AlreadyHeld { .. })));
    drop(folder);
    DataFolder::open(place.path()).unwrap();
}

#[test]
fn a_killed_holder_leaves_the_folder_free() {
    let place = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        drop(holder_of(place.path()));
        let lock = fs::metadata(place.path().join("lock")).unwrap();
        assert!(lock.len() > 0, "the lock file stays");
        drop(DataFolder::open(place.path()).unwrap());
    }
}

#[test]
fn what_is_no_folder_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below")] {
        assert!(matches!(DataFolder::open(&path), Err(FolderError::NotAFolder { .. })), "{}", path.display());
    }
    assert_eq!(fs::read(&file).unwrap(), b"");
}

#[test]
fn a_refused_newer_folder_is_not_changed() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("version"), "7\n").unwrap();
    let error = DataFolder::open(place.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the data folder has layout 7, this version knows layouts up to 1: use the newer version"
    );
    assert_eq!(fs::read_to_string(place.path().join("version")).unwrap(), "7\n");
}
