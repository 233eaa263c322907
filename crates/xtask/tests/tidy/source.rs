//! The project's files, and the little of Rust and TOML that the rules need to read.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// One text file.
pub(crate) struct File {
    /// From the project's root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// What is made, not written. In a worktree `.git` is a file.
const MADE: &[&str] = &[".git", ".haloscope", "node_modules", "target", "__pycache__"];

/// Every text file of the project. The root is asked at run time: clones may share a target folder and so this binary.
pub(crate) fn files() -> Vec<File> {
    let own = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo and nextest set it"));
    let root = own.ancestors().nth(2).expect("crates/xtask lies in the project");
    let mut files = Vec::new();
    gather(root, root, &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(files.len() > 20, "`{}` is not the project", root.display());
    files
}

fn gather(root: &Path, folder: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("the folder is readable").flatten() {
        let path = entry.path();
        let kind = entry.file_type().expect("the entry has a type");
        if MADE.contains(&&*entry.file_name().to_string_lossy()) {
            continue;
        }
        if kind.is_dir() {
            gather(root, &path, files);
        } else if kind.is_file()
            && let Ok(text) = fs::read_to_string(&path)
        {
            let path = path.strip_prefix(root).expect("it lies below the root").to_string_lossy().replace('\\', "/");
            files.push(File { path, text });
        }
    }
}

/// Names of the dependencies in the sections of a manifest that `chosen` picks (`dependencies`, `dev-dependencies` ...).
pub(crate) fn dependencies(manifest: &str, chosen: fn(&str) -> bool) -> Vec<&str> {
    let mut names = Vec::new();
    let mut inside = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            // `[target.'cfg(unix)'.dependencies]` counts like `[dependencies]`.
            inside = chosen(section.rsplit('.').next().unwrap_or(section));
        } else if inside && !line.is_empty() && !line.starts_with('#') {
            names.push(line.split(['.', '=', ' ']).next().unwrap_or(line));
        }
    }
    names
}

/// Names that directly follow `crate::` in Rust code, also those in a group such as `crate::{cli, store::Store}`.
pub(crate) fn own_modules(code: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(group) => names.extend(tops(group)),
            None => names.push(word(after)),
        }
    }
    names
}

/// First names of the items of a group, up to the brace that closes it.
fn tops(group: &str) -> Vec<&str> {
    let (mut names, mut depth, mut fresh) = (Vec::new(), 0, true);
    for (at, sign) in group.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            _ if depth == 0 && fresh && !sign.is_whitespace() => {
                names.push(word(&group[at..]));
                fresh = false;
            }
            _ => {}
        }
    }
    names
}

/// Whether `name` is used as a path's beginning, as in `use axum::...` or `axum::serve`.
pub(crate) fn names_crate(code: &str, name: &str) -> bool {
    let outside = |sign: Option<char>| !sign.is_some_and(|sign| sign.is_alphanumeric() || sign == '_' || sign == ':');
    code.match_indices(&format!("{name}::")).any(|(at, _)| outside(code[..at].chars().next_back()))
}

/// Rust without comment lines, so that prose may name what code may not.
pub(crate) fn code(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn word(text: &str) -> &str {
    let end = text.find(|sign: char| !sign.is_alphanumeric() && sign != '_').unwrap_or(text.len());
    &text[..end]
}

#[test]
fn own_modules_are_found_alone_and_in_groups() {
    let code = "use crate::{\n    cli::{a, b}, store,\n};\npub(crate) fn f(x: crate::sync::Pass) {}";
    assert_eq!(own_modules(code), ["cli", "store", "sync"]);
}

#[test]
fn crates_are_found_as_the_beginning_of_a_path_only() {
    assert!(names_crate("use axum::Router;", "axum") && names_crate("(axum::serve)", "axum"));
    assert!(!names_crate("my_axum::x; crate::axum::y", "axum"));
}

#[test]
fn dependencies_are_read_by_section() {
    let manifest =
        "[dependencies]\na.workspace = true\n# b\nb = \"1\"\n[dev-dependencies]\nc = \"1\"\n[lints]\nd = true";
    assert_eq!(dependencies(manifest, |section| section == "dependencies"), ["a", "b"]);
    assert_eq!(dependencies(manifest, |section| section.ends_with("dependencies")), ["a", "b", "c"]);
}
