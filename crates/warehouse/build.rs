//! Places `libduckdb` beside the binaries and tests that link it, so that they start from any folder with an empty environment.
//!
//! A copy only beside the binary breaks spawned test binaries, one only in `deps` breaks the program: both are needed.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

const NAMES: [&str; 3] = ["libduckdb.so", "libduckdb.dylib", "duckdb.dll"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=DUCKDB_LIB_DIR");
    match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux") => println!("cargo::rustc-link-arg=-Wl,-rpath,$ORIGIN"),
        Ok("macos") => println!("cargo::rustc-link-arg=-Wl,-rpath,@loader_path"),
        _ => {}
    }
    let folder = PathBuf::from(env::var_os("DUCKDB_LIB_DIR").unwrap_or_default());
    let Some(library) = NAMES.iter().map(|name| folder.join(name)).find(|path| path.exists()) else {
        println!("cargo::error=libduckdb is not set up in `{}`: run `cargo x setup` once", folder.display());
        return Ok(());
    };
    println!("cargo::rerun-if-changed={}", library.display());
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let profile = out.ancestors().nth(3).expect("OUT_DIR is target/PROFILE/build/PACKAGE/out");
    for target in [profile.to_path_buf(), profile.join("deps")] {
        let copy = target.join(library.file_name().expect("the library has a name"));
        place(&library, &copy)?;
        println!("cargo::rerun-if-changed={}", copy.display());
    }
    Ok(())
}

fn place(library: &Path, copy: &Path) -> io::Result<()> {
    match fs::remove_file(copy) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::hard_link(library, copy).or_else(|_| fs::copy(library, copy).map(drop))
}
