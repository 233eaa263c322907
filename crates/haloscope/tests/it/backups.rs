//! Backups: made while the installation works, restored on either pair of engines, and never taken for whole when they are not.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use age::secrecy::ExposeSecret as _;
use halo_sim::Options;
use haloscope::backup::{self, BackupError, NewFile, Opening, Sealing};
use haloscope::folder::FolderPaths;
use haloscope::migration::Copied;
use serde_json::json;

use crate::desk::{Desk, cluster, on_cluster};
use crate::truth;
use crate::webhooks::{Site, announce};

/// An installation that works, and its copy from the middle of that.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_working_installation_is_restored_on_either_pair() {
    let Some(server) = cluster() else { return };
    let desk = Desk::open(Options { tickets: 200, limit: 100_000, ..Options::default() }).await;
    // Where the test runs on the large engines anyway, it restores on the embedded ones first.
    let restore_to = if on_cluster() { None } else { Some(server) };
    let site = Site::at(desk).await;
    announce(&site.desk, &site.url, json!({})).await;
    let file = site.desk.beside("halo.tar.age");
    let passphrase = site.desk.beside("passphrase");
    fs::write(&passphrase, "correct horse\n").unwrap();
    let (passphrase, backup) = (passphrase.display().to_string(), file.display().to_string());
    let working = async {
        for seed in 1..=30 {
            site.desk.mutate(seed, 12).await;
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    let arguments = ["backup", &backup, "--passphrase-file", &passphrase];
    let (done, ()) = tokio::join!(site.desk.run(&arguments), working);
    let done = done.with_code(0);
    assert!(done.out.contains("Each was compared") && done.out.contains("secret.key"), "{}", done.out);
    let again = site.desk.run(&arguments).await.with_code(1);
    assert!(again.err.contains("exists already"), "{}", again.err);
    let beside: BTreeSet<_> =
        fs::read_dir(file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!beside.iter().any(|name| name.to_string_lossy().starts_with(".haloscope-backup")), "{beside:?}");
    assert!(fs::read(&file).unwrap().starts_with(b"age-encryption.org/v1"));
    assert_eq!(site.server.stop().await.0, Some(0));

    let mut desk = site.desk;
    let key = desk.data().join("secret.key").display().to_string();
    let restore = ["restore", &backup, "--passphrase-file", &passphrase, "--key-file", &key];
    desk.go_to("restored");
    desk.run(&restore).await.with_code(0);
    is_whole(&desk).await;
    let Some(server) = restore_to else { return };
    server.database("store").unwrap();
    server.database("lake").unwrap();
    let engines = desk.engines_in(&server);
    desk.go_to("elsewhere");
    let arguments: Vec<&str> = restore.into_iter().chain(engines.iter().map(String::as_str)).collect();
    let done = desk.run(&arguments).await.with_code(0);
    assert!(done.out.contains("is the installation as it was at 20"), "{}", done.out);
    is_whole(&desk).await;
    drop(server);
}

/// Store and warehouse agree, and one pass finds all that is new.
async fn is_whole(desk: &Desk) {
    desk.let_ratings_come_in().await;
    desk.run(&["sync"]).await.with_code(0);
    assert_eq!(truth::differences(desk).await, Vec::<String>::new());
    assert_eq!(truth::duplicates(desk).await, Vec::<String>::new());
    let changes = "select count(*) as n, count(distinct sequence) as different from halo.changes";
    let counted = &desk.query(changes).await[0];
    assert!(counted["n"] == counted["different"] && counted["n"].as_i64() > Some(0), "{counted}");
    desk.run(&["verify"]).await.with_code(0);
    let damaged = fs::read_dir(desk.data()).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().contains("damaged") || name == "restoring"
    });
    assert_eq!(damaged.count(), 0, "nothing was read anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_says_what_is_wrong_and_leaves_room_for_another_one() {
    if on_cluster() {
        return; // It is about the file alone.
    }
    let mut desk = Desk::open(Options { tickets: 20, limit: 100_000, ..Options::default() }).await;
    desk.connect(&[]).await.with_code(0);
    desk.run(&["sync"]).await.with_code(0);
    let rows = desk.query("select count(*) as n from tickets").await;
    let (plain, sealed) = (desk.beside("plain.tar"), desk.beside("sealed.tar.age"));
    desk.run(&["backup", &plain.display().to_string()]).await.with_code(0);
    let identity = age::x25519::Identity::generate();
    let identities = desk.beside("identity");
    fs::write(&identities, format!("# a comment\n{}\n", identity.to_string().expose_secret())).unwrap();
    let recipient = identity.to_public().to_string();
    desk.run(&["backup", &sealed.display().to_string(), "--recipient", &recipient]).await.with_code(0);
    let wrong = desk.run(&["backup", "x.tar", "--recipient", "age1nobody"]).await.with_code(1);
    assert!(wrong.err.contains("the recipient `age1nobody` is not understood"), "{}", wrong.err);

    let cut = desk.beside("cut.tar");
    let whole = fs::read(&plain).unwrap();
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    let altered = desk.beside("altered.tar");
    fs::write(&altered, flipped).unwrap();
    let key = desk.data().join("secret.key");
    desk.go_to("restored");
    for (file, says) in [
        (&cut, "is damaged"),
        (&altered, "the checksum of a file differs"),
        (&key, "is no backup of haloscope"),
        (&sealed, "the backup is encrypted: name the file"),
        (&desk.beside("nothing"), "cannot be read"),
    ] {
        let done = desk.run(&["restore", &file.display().to_string()]).await.with_code(1);
        assert!(done.err.contains(says), "{says}: {}", done.err);
    }
    let (sealed, identities) = (sealed.display().to_string(), identities.display().to_string());
    let done = desk.run(&["restore", &sealed, "--identity-file", &identities]).await.with_code(0);
    assert!(done.out.contains("The key of its secrets is in no backup"), "{}", done.out);
    assert_eq!(desk.query("select count(*) as n from tickets").await, rows);
    let again = desk.run(&["restore", &sealed, "--identity-file", &identities]).await.with_code(1);
    assert!(again.err.contains("holds an installation already"), "{}", again.err);
    // What is refused changes nothing, whatever else it names.
    let elsewhere = ["--store", "postgres://nobody@127.0.0.1:1/none", "--key-file", &identities];
    let arguments: Vec<&str> = ["restore", &sealed].into_iter().chain(elsewhere).collect();
    let settings = || fs::read_to_string(desk.data().join("haloscope.toml")).unwrap_or_default();
    let before = settings();
    desk.run(&arguments).await.with_code(1);
    assert_eq!(settings(), before);
    assert_eq!(desk.query("select count(*) as n from tickets").await, rows);
    // Without the key a person is told what to do.
    let done = desk.run(&["sync"]).await.with_code(1);
    assert!(done.err.contains("restore the key file"), "{}", done.err);
}

/// A folder with two files, whose content does not matter to the archive.
fn installation() -> (tempfile::TempDir, FolderPaths) {
    let folder = tempfile::tempdir().unwrap();
    let paths = FolderPaths::new(folder.path());
    fs::write(paths.store(), "what cannot be fetched again").unwrap();
    fs::write(paths.warehouse(), vec![7; 3_000]).unwrap();
    (folder, paths)
}

fn pack(paths: &FolderPaths, sealing: &Sealing) -> PathBuf {
    let out = paths.folder().join("backup");
    backup::pack(paths, ("somewhere".to_owned(), Copied::default()), sealing, NewFile::begin(&out).unwrap()).unwrap();
    out
}

fn unpack(backup: &Path, opening: Option<&Opening>) -> Result<[Vec<u8>; 2], BackupError> {
    let folder = tempfile::tempdir().unwrap();
    let paths = FolderPaths::new(folder.path());
    backup::unpack(backup, opening, &paths)?;
    Ok([paths.store(), paths.warehouse()].map(|path| fs::read(path).unwrap()))
}

#[test]
fn what_was_packed_is_unpacked_and_no_altered_byte_is_accepted() {
    let identity = age::x25519::Identity::generate();
    let passphrase = || Opening::Passphrase("horse".to_owned().into());
    for (sealing, opening) in [
        (Sealing::Open, None),
        (Sealing::Passphrase("horse".to_owned().into()), Some(passphrase())),
        (Sealing::Recipients(vec![identity.to_public()]), Some(Opening::Identities(vec![identity]))),
    ] {
        let (folder, paths) = installation();
        let out = pack(&paths, &sealing);
        let expected = [paths.store(), paths.warehouse()].map(|path| fs::read(path).unwrap());
        assert_eq!(unpack(&out, opening.as_ref()).unwrap(), expected);
        let whole = fs::read(&out).unwrap();
        let is_slow = matches!(sealing, Sealing::Passphrase(_));
        let step = if is_slow { whole.len() / 5 } else { 37 };
        for at in (0..whole.len()).step_by(step) {
            let altered = folder.path().join("altered");
            fs::write(&altered, &whole[..at]).unwrap();
            let cut = unpack(&altered, opening.as_ref());
            // The end of an archive is empty blocks.
            assert!(cut.is_err() || cut.unwrap() == expected, "cut at {at}");
            let mut bytes = whole.clone();
            bytes[at] ^= 0x20;
            fs::write(&altered, bytes).unwrap();
            let found = unpack(&altered, opening.as_ref());
            assert!(found.is_err() || found.unwrap() == expected, "byte {at}");
        }
    }
}

#[test]
fn others_cannot_open_it_and_no_path_leads_outside() {
    let (folder, paths) = installation();
    let identity = age::x25519::Identity::generate();
    let out = pack(&paths, &Sealing::Recipients(vec![identity.to_public()]));
    let stranger = Opening::Identities(vec![age::x25519::Identity::generate()]);
    assert!(matches!(unpack(&out, Some(&stranger)), Err(BackupError::WrongKey)));
    assert!(matches!(unpack(&out, Some(&Opening::Passphrase("x".to_owned().into()))), Err(BackupError::WrongKey)));
    assert!(matches!(unpack(&out, None), Err(BackupError::Encrypted)));

    for (manifest, fails) in [
        (r#"{"format": 2}"#, "format 2, this version knows formats up to 1"),
        (r#"{"format": 1}"#, "is damaged"),
        ("{}", "is no backup"),
        (
            r#"{"format": 1, "program": "", "made_at": "", "of": "", "copied": {"connections": 0, "warehouse_tables": 0,
            "warehouse_rows": 0, "store_rows": 0}, "files": [{"name": "../evil", "bytes": 1, "sha256": ""}]}"#,
            "belongs to no installation",
        ),
    ] {
        let path = folder.path().join("made");
        let mut archive = tar::Builder::new(fs::File::create(&path).unwrap());
        let mut header = tar::Header::new_gnu();
        header.set_size(manifest.len() as u64);
        header.set_cksum();
        archive.append_data(&mut header, "manifest.json", manifest.as_bytes()).unwrap();
        archive.finish().unwrap();
        let error = unpack(&path, None).unwrap_err();
        assert!(error.to_string().contains(fails), "{error}");
    }
}
