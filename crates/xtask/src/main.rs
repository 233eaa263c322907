//! `cargo x`.

mod duckdb;

fn main() -> anyhow::Result<()> {
    duckdb::set_up()
}
