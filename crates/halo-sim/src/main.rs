//! `halo-sim`: a HaloPSA to develop, demonstrate and test against.

use clap::Parser;

/// A simulator of the HaloPSA API.
///
/// Prints the five values that a client is set up with and runs until it is interrupted. Nothing is kept:
/// the same seed, present time and number of tickets give the same provider again.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    options: halo_sim::Options,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    halo_sim::run(Arguments::parse().options).await
}
