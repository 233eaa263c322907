//! Files of the data folder that are damaged, missing, or not for this version.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{ALL_COMMANDS, check, counts, fails, holding_commands, recovers, run, small, synced};
use crate::child::holder_of;
use crate::desk::{Desk, end, on_cluster};

/// Every file of a folder with its bytes, but for those that come and go with the process that has it open.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file());
    let named = entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()));
    named.filter(|(name, _)| !["lock", "store.sqlite-wal", "store.sqlite-shm"].contains(&name.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_a_newer_version_or_of_another_holder_is_left_alone() {
    let desk = Desk::hurried(small()).await;
    desk.connect(&[]).await.with_code(0);
    let version = desk.data().join("version");
    for (text, words) in [
        ("2\n", ["layout 2, this version knows layouts up to 1", "use the newer version"]),
        ("two\n", ["does not hold a layout number", "restore it, or use another data folder"]),
        ("", ["does not hold a layout number", "restore it, or use another data folder"]),
    ] {
        fs::write(&version, text).unwrap();
        let before = files(&desk.data());
        for command in ALL_COMMANDS {
            fails(&desk, command, &words).await;
        }
        check(&desk, "connect", &desk.connect(&[]).await, &words);
        assert!(files(&desk.data()) == before, "{text:?}");
    }
    fs::write(&version, "1\n").unwrap();

    let holder = holder_of(&desk.data());
    let (before, number) = (files(&desk.data()), holder.pid().to_string());
    let words = ["is held by another process", &number, "does not answer: try again in a moment, or stop it"];
    // All at once, as each waits for a while.
    let commands: Vec<_> = holding_commands().map(|command| (command, desk.spawn(command, None))).collect();
    for (command, child) in commands {
        check(&desk, command[0], &end(child).await, &words);
    }
    assert!(files(&desk.data()) == before);
    drop(holder);
    run(&desk, &["sync"]).await.with_code(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_wrong_key_is_named_and_the_secret_can_be_entered_again() {
    let desk = synced().await;
    let before = counts(&desk).await;
    let key = desk.data().join("secret.key");
    fs::write(&key, b"short").unwrap();
    for command in holding_commands() {
        fails(&desk, command, &["secret.key` must hold exactly 32 bytes", "restore it"]).await;
    }
    assert_eq!(fs::read(&key).unwrap(), b"short");
    let words = ["does not fit the key", "restore the key file that it was sealed with, or enter the secret again"];
    fs::write(&key, [7; 32]).unwrap();
    fails(&desk, &["sync"], &words).await;
    fs::remove_file(&key).unwrap();
    fails(&desk, &["sync"], &words).await;
    assert_eq!(counts(&desk).await, before);
    desk.connect(&[]).await.with_code(0);
    recovers(&desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_store_is_refused_and_left_as_it_is() {
    if on_cluster() {
        return;
    }
    let desk = synced().await;
    desk.mutate(7, 30).await;
    let path = desk.data().join("store.sqlite");
    let whole = fs::read(&path).unwrap();
    let words = ["store.sqlite` is damaged", "restore it from a backup", "nothing was changed"];
    for (what, bytes) in [
        ("empty", Vec::new()),
        ("cut to 100 bytes", whole[..100].to_vec()),
        ("cut to 5000 bytes", whole[..5000].to_vec()),
        ("cut in half", whole[..whole.len() / 2].to_vec()),
        ("text", b"no database at all\n".repeat(1_000)),
    ] {
        fs::write(&path, &bytes).unwrap();
        let before = files(&desk.data());
        for command in ALL_COMMANDS {
            fails(&desk, command, &words).await;
        }
        check(&desk, what, &desk.connect(&[]).await, &words);
        assert!(files(&desk.data()) == before, "{what}");
    }
    fs::write(&path, &whole).unwrap();
    recovers(&desk).await;
}
