//! `haloscope sim`: a simulated HaloPSA.

use std::process::ExitCode;

use clap::Args;

/// The simulator's own options.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    options: halo_sim::Options,
}

/// Carries out the command.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    halo_sim::run(arguments.options).await?;
    Ok(ExitCode::SUCCESS)
}
