//! Lets binaries and tests of this crate find `libduckdb` beside themselves, from any folder and with an empty environment.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,$ORIGIN");
    }
}
