//! Arrows go one way: between crates, and between the folders of the product.

use crate::source::{self, File};

/// Which of our crates each crate may name, also for its tests. The simulator is told apart from everything: a wrong idea of HaloPSA
/// must fail a test, not be held by both sides.
const OURS: &[(&str, &[&str])] = &[
    ("halo-client", &[]),
    ("halo-sim", &[]),
    ("haloscope", &["halo-client", "halo-sim", "local-postgres", "local-s3", "warehouse"]),
    ("local-postgres", &[]),
    ("local-s3", &[]),
    ("warehouse", &["local-postgres", "local-s3"]),
    ("xtask", &[]),
];

/// Outside crates that only some of ours may ship with. Tests may use them anywhere.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("axum", &["halo-sim", "haloscope"]),
    ("duckdb", &["warehouse"]),
    ("reqwest", &["halo-client"]),
    ("sqlx", &["haloscope"]),
];

const PRODUCT: &str = "crates/haloscope/src/";

/// Folders (or files) of the product, and those beside them that they must not use.
const FOLDERS: &[(&str, &[&str])] = &[
    ("store", &["sync", "control", "cli", "http", "background"]),
    ("sync", &["control", "cli", "http", "background"]),
    ("background", &["control", "cli", "http"]),
    ("installation", &["control", "cli", "http", "background"]),
    ("webhooks", &["control", "cli", "http", "background", "accounts"]),
    ("connecting", &["control", "cli", "http", "background"]),
    ("accounts", &["control", "cli", "http", "background", "sync", "webhooks", "installation", "connecting"]),
    ("workspace", &["control", "cli", "http", "background", "sync", "webhooks", "installation"]),
    ("sample", &["control", "cli", "http"]),
    ("http", &["cli"]),
];

/// Outside crates that only one folder of the product may use.
const FOLDER_OF: &[(&str, &str)] = &[("axum", "http"), ("sqlx", "store")];

/// What a manifest under `crates/` belongs to.
fn crate_of(file: &File) -> Option<&str> {
    file.path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")
}

/// The folder, or the file without its ending, of a source file of the product.
fn folder_of(file: &File) -> Option<&str> {
    let rest = file.path.strip_prefix(PRODUCT).filter(|rest| rest.ends_with(".rs"))?;
    Some(rest.split_once('/').map_or(rest.trim_end_matches(".rs"), |(folder, _)| folder))
}

#[test]
fn crates_name_only_the_crates_they_may() {
    let files = source::files();
    let mut seen = Vec::new();
    for (file, name) in files.iter().filter_map(|file| Some((file, crate_of(file)?))) {
        let (_, allowed) =
            OURS.iter().find(|(ours, _)| *ours == name).unwrap_or_else(|| panic!("`{name}` has no row in OURS"));
        for dependency in source::dependencies(&file.text, |section| section.ends_with("dependencies")) {
            let own = OURS.iter().any(|(ours, _)| *ours == dependency);
            assert!(!own || allowed.contains(&dependency), "{name} must not depend on {dependency}");
        }
        for dependency in source::dependencies(&file.text, |section| {
            !section.starts_with("dev-") && section.ends_with("dependencies")
        }) {
            let owners = OUTSIDE.iter().find(|(outside, _)| *outside == dependency).map(|(_, owners)| *owners);
            assert!(owners.is_none_or(|owners| owners.contains(&name)), "{name} must not depend on {dependency}");
        }
        seen.push(name);
    }
    assert_eq!(seen.len(), OURS.len(), "rows of OURS without a crate, or the other way round: {seen:?}");
}

#[test]
fn folders_of_the_product_use_only_what_is_below_them() {
    let mut wrong = Vec::new();
    for file in &source::files() {
        let Some(folder) = folder_of(file) else { continue };
        let code = source::code(&file.text);
        let forbidden = FOLDERS.iter().find(|(name, _)| *name == folder).map_or(&[][..], |(_, forbidden)| forbidden);
        let used = source::own_modules(&code);
        wrong.extend(
            forbidden.iter().filter(|name| used.contains(name)).map(|name| format!("{} uses {name}", file.path)),
        );
        let strange = FOLDER_OF.iter().filter(|(name, home)| *home != folder && source::names_crate(&code, name));
        wrong.extend(strange.map(|(name, home)| format!("{} uses {name}, which is for {home}", file.path)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What happens to a panic there is decided in one place.
#[test]
fn the_product_has_one_way_to_block() {
    for file in source::files().iter().filter(|file| file.path.starts_with(PRODUCT)) {
        let is_it = folder_of(file) == Some("blocking");
        assert!(is_it || !file.text.contains("spawn_blocking"), "{}: use `blocking::blocking`", file.path);
    }
}
