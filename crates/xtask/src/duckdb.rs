//! Brings `libduckdb` of this platform into `.haloscope/libduckdb`, where the build looks for it.
//!
//! It comes from the npm package `@duckdb/node-bindings`, whose version is the engine's. The lock file in `tools/duckdb` fixes its
//! content by hash.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

use crate::{cargo::root, npm};

const NAMES: [&str; 3] = ["libduckdb.so", "libduckdb.dylib", "duckdb.dll"];

/// Does nothing when the library of the locked version is already there.
pub(crate) fn set_up() -> Result<()> {
    let root = root();
    let tools = root.join("tools/duckdb");
    let target = root.join(".haloscope/libduckdb");
    let stamp = target.join("package-lock.json");
    let locked = fs::read(tools.join("package-lock.json")).context("tools/duckdb/package-lock.json is missing")?;
    if fs::read(&stamp).is_ok_and(|placed| placed == locked) && library_in(&target).is_some() {
        return Ok(());
    }
    eprintln!("Setting up libduckdb (once)");
    npm::install(&tools)?;
    let Some(library) = packages(&tools).iter().find_map(|package| library_in(package)) else {
        bail!("@duckdb/node-bindings brought no libduckdb for this platform");
    };
    fs::create_dir_all(&target)?;
    let name = library.file_name().expect("the library has a name");
    fs::copy(&library, target.join(name)).with_context(|| format!("`{}` could not be copied", library.display()))?;
    fs::write(stamp, locked)?;
    Ok(())
}

fn packages(tools: &Path) -> Vec<PathBuf> {
    fs::read_dir(tools.join("node_modules/@duckdb"))
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default()
}

fn library_in(folder: &Path) -> Option<PathBuf> {
    NAMES.iter().map(|name| folder.join(name)).find(|path| path.exists())
}
