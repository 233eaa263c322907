//! `cargo x`: what people and CI run. It needs Rust, Node.js 20 or newer and git, and brings the rest of what a command needs itself.
//!
//! It must not depend on the other crates: it has to start before anything is set up. Start reading at [`COMMANDS`].

#![expect(clippy::print_stdout, reason = "this is a command line")]

mod bench;
mod browser;
mod cargo;
mod check;
mod duckdb;
mod kills;
mod long;
mod npm;
mod peers;
mod python;
mod release;
mod schedules;
mod simulator;
mod soak;
mod suite;
mod web;

use std::{env, process::ExitCode};

use anyhow::Result;

/// One subcommand.
struct Command {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Result<ExitCode>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "demo",
        about: "build Haloscope and run its main job on a simulated HaloPSA: [--engines cluster]",
        run: release::demo,
    },
    Command {
        name: "test",
        about: "run all tests; arguments choose some, as in `cargo x test -p warehouse`: [--engines cluster]",
        run: suite::run,
    },
    Command {
        name: "check",
        about: "formatting, lints and, where cargo-deny is present, licences and sources",
        run: check::run,
    },
    Command { name: "build", about: "build the release binary and say where it lies", run: release::build },
    Command { name: "schedules", about: "seeded sync schedules: [--count 1000] [--from SEED]", run: schedules::run },
    Command {
        name: "kills",
        about: "kills of `haloscope serve` while deliveries flow: [--count 1000] [--seed S]",
        run: kills::run,
    },
    Command { name: "soak", about: "`haloscope serve` beside a HaloPSA at work: [--minutes 60]", run: soak::run },
    Command {
        name: "bench",
        about: "what a synchronisation costs, how fast webhooks are taken, beside others: sync|webhooks|engines [NAME...]",
        run: bench::run,
    },
    Command { name: "peers", about: "of the tests, only the clients of HaloPSA that others wrote", run: suite::peers },
    Command { name: "browser", about: "of the tests, only those in a browser", run: suite::browser },
    Command {
        name: "web",
        about: "build the web app that the program carries; the other commands do it themselves",
        run: web::run,
    },
    Command { name: "pictures", about: "take the pictures in docs/images anew, in a browser", run: browser::pictures },
    Command { name: "setup", about: "bring what the build needs; the other commands do it themselves", run: set_up },
];

fn main() -> Result<ExitCode> {
    let args: Vec<String> = env::args().skip(1).collect();
    let (name, rest) = args.split_first().map_or(("help", &[] as &[String]), |(name, rest)| (name.as_str(), rest));
    match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) => (command.run)(rest),
        None => Ok(help(name)),
    }
}

fn set_up(_: &[String]) -> Result<ExitCode> {
    duckdb::set_up()?;
    duckdb::set_up_extensions()?;
    duckdb::set_up_s3_server()?;
    Ok(ExitCode::SUCCESS)
}

/// Lists the commands; an unknown one is a mistake, being asked for help is not.
fn help(name: &str) -> ExitCode {
    let asked = matches!(name, "help" | "--help" | "-h");
    if !asked {
        eprintln!("`cargo x {name}` does not exist. These do:");
    }
    for Command { name, about, .. } in COMMANDS {
        eprintln!("  cargo x {name:<10} {about}");
    }
    if asked { ExitCode::SUCCESS } else { ExitCode::from(2) }
}
