//! Brings `libduckdb` of this platform into `.haloscope/libduckdb`, where the build looks for it, and the engine's extensions
//! into `.haloscope/duckdb-extensions`, where `HALOSCOPE_DUCKDB_EXTENSIONS` points to.
//!
//! The library comes from the npm package `@duckdb/node-bindings`, whose version is the engine's, the extensions from the Python
//! packages of the same version. Lock files in `tools/duckdb` fix the content of all by hash.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

use crate::{cargo::root, npm, python};

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

/// Extensions that a lake needs, by the names that the engine knows them under.
const EXTENSIONS: [&str; 3] = ["ducklake", "postgres_scanner", "httpfs"];

/// Whether the extensions are there now. They are not where this machine has no Python.
pub(crate) fn set_up_extensions() -> Result<bool> {
    let root = root();
    let target = root.join(".haloscope/duckdb-extensions");
    let wanted = root.join("tools/duckdb/extensions.txt");
    let stamp = target.join("extensions.txt");
    let locked = fs::read(&wanted).context("tools/duckdb/extensions.txt is missing")?;
    let file = |name: &str| target.join(format!("{name}.duckdb_extension"));
    if fs::read(&stamp).is_ok_and(|placed| placed == locked) && EXTENSIONS.iter().all(|name| file(name).exists()) {
        return Ok(true);
    }
    let Some(python) = python::set_up("duckdb-extension-packages", &wanted)? else {
        eprintln!("There is no Python here: the extensions for DuckLake are not set up");
        return Ok(false);
    };
    fs::create_dir_all(&target)?;
    for name in EXTENSIONS {
        let from = python::package(&python, &format!("duckdb_extension_{name}"))?;
        let versions = fs::read_dir(from.join("extensions"))?.collect::<Result<Vec<_>, _>>()?;
        let [version] = &versions[..] else { bail!("the package of `{name}` holds {} versions", versions.len()) };
        let (from, to) = (version.path().join(format!("{name}.duckdb_extension")), file(name));
        fs::copy(from, &to).with_context(|| format!("`{}` could not be written", to.display()))?;
    }
    fs::write(stamp, locked)?;
    Ok(true)
}

/// A server that speaks like S3, for tests: `HALOSCOPE_S3_SERVER` points to it. There is none where this machine has no Python.
pub(crate) fn set_up_s3_server() -> Result<bool> {
    Ok(python::set_up("s3-server", &root().join("tools/s3-server/requirements.txt"))?.is_some())
}

fn packages(tools: &Path) -> Vec<PathBuf> {
    fs::read_dir(tools.join("node_modules/@duckdb"))
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default()
}

fn library_in(folder: &Path) -> Option<PathBuf> {
    NAMES.iter().map(|name| folder.join(name)).find(|path| path.exists())
}
