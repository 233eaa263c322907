//! Lets binaries and tests of this crate find `libduckdb` beside themselves, from any folder and with an empty environment.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // `sqlx::migrate!` sees a new migration only when the crate is built again.
    println!("cargo::rerun-if-changed=src/store/migrations");
    // So do the files of the web app, whose names change with what is in them.
    println!("cargo::rerun-if-changed=../../web/dist");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,$ORIGIN");
    }
}
