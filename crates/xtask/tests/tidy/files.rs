//! What no file may hold, how long it may be, and that each folder says what it is.

use crate::source::{self, File};

const MOST_LINES: usize = 500;

/// Longer files that stay for now. This list only shrinks.
const LONG: &[&str] = &[];

/// Text that no Rust file may hold, and why. Written in halves, so that this file does not hold it either.
const NOT_IN_RUST: &[(&str, &str)] = &[
    (concat!("#[", "ignore"), "a test runs or does not exist"),
    (concat!("to", "do!("), "nothing half done lands"),
    (concat!("unimpl", "emented!("), "nothing half done lands"),
    (concat!("FIX", "ME"), "nothing half done lands"),
    (concat!("TO", "DO"), "nothing half done lands"),
];

/// Text that no file of ours may hold, and why.
const NOWHERE: &[(&str, &str)] = &[
    (concat!("/", "root/"), "a path of one machine"),
    (concat!("/", "home/"), "a path of one machine"),
    (concat!("/", "work/", "main"), "a path of one machine"),
    (concat!("registry.", "npmjs"), "a registry's host: npm's own setting decides"),
    (concat!("\"resolved\"", ":"), "a registry's host: npm's own setting decides"),
    (concat!("python", "hosted.org"), "a registry's host: pip's own setting decides"),
    (concat!("--index", "-url "), "a registry's host: pip's own setting decides"),
    (concat!("index.", "crates.io"), "a registry's host: cargo's own setting decides"),
    (concat!("<<<<", "<<< "), "a conflict left over"),
];

/// Written by cargo, with the index it is told to use.
const NOT_OURS: &[&str] = &["Cargo.lock", "LICENSE"];

fn is_rust(file: &File) -> bool {
    file.path.ends_with(".rs")
}

fn offences(chosen: fn(&File) -> bool, rules: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    for file in source::files().iter().filter(|file| chosen(file)) {
        for (number, line) in file.text.lines().enumerate() {
            let broken = rules.iter().filter(|(text, _)| line.contains(text));
            found.extend(broken.map(|(text, why)| format!("{}:{}: `{text}`: {why}", file.path, number + 1)));
        }
    }
    found
}

#[test]
fn nothing_half_done_and_no_test_switched_off() {
    let found = offences(is_rust, NOT_IN_RUST);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_path_of_one_machine_and_no_host_of_a_registry() {
    let found = offences(|file| !NOT_OURS.contains(&&*file.path), NOWHERE);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn files_are_short() {
    let files = source::files();
    let long: Vec<_> = files.iter().filter(|file| is_rust(file) && file.text.lines().count() > MOST_LINES).collect();
    let new: Vec<_> = long.iter().filter(|file| !LONG.contains(&&*file.path)).map(|file| &file.path).collect();
    assert!(new.is_empty(), "over {MOST_LINES} lines, ask what the second subject is: {new:?}");
    let done: Vec<_> = LONG.iter().filter(|path| !long.iter().any(|file| file.path == **path)).collect();
    assert!(done.is_empty(), "short by now, take out of LONG: {done:?}");
}

/// A crate opens with its `lib.rs` or `main.rs`, a folder with `mod.rs` or the file beside it of the same name.
#[test]
fn each_folder_opens_with_a_module_doc() {
    let files = source::files();
    let mut wrong = Vec::new();
    let folders = files.iter().filter(|file| is_rust(file)).filter_map(|file| Some(file.path.rsplit_once('/')?.0));
    let mut folders: Vec<_> = folders.filter(|folder| folder.contains("/src")).collect();
    folders.dedup();
    for folder in folders {
        let entries = ["/lib.rs", "/main.rs", "/mod.rs", ".rs"].map(|end| format!("{folder}{end}"));
        let entry = files.iter().find(|file| entries.contains(&file.path));
        if !entry.is_some_and(|file| file.text.starts_with("//!")) {
            wrong.push(folder);
        }
    }
    assert!(wrong.is_empty(), "no module doc that says what it does and must not know: {wrong:?}");
}

/// Code says where a fact comes from by a section of `docs/halo-facts.md`; that section must be there.
#[test]
fn facts_that_code_points_to_exist() {
    const FACTS: &str = "docs/halo-facts.md";
    let files = source::files();
    let facts = files.iter().find(|file| file.path == FACTS).expect("the facts are written down");
    let headings = facts.text.lines().filter_map(|line| line.strip_prefix("## "));
    let anchors: Vec<_> = headings.map(|heading| heading.to_lowercase().replace(',', "").replace(' ', "-")).collect();
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| is_rust(file) && !file.path.ends_with("tidy/files.rs")) {
        for after in file.text.split("halo-facts.md#").skip(1) {
            let end = after.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '-').unwrap_or(after.len());
            if !anchors.iter().any(|anchor| *anchor == after[..end]) {
                wrong.push(format!("{}: `{FACTS}#{}`", file.path, &after[..end]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\nthere are {anchors:?}", wrong.join("\n"));
}
