//! Runs a PostgreSQL server with empty databases of the given names. Prints the address of each on a line of its own, and ends the
//! server when standard input ends.

#![expect(clippy::print_stdout, reason = "this is a command line")]

use std::io::{self, Read as _};
use std::process::ExitCode;

use local_postgres::{Error, Server};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("local-postgres: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Error> {
    let server = Server::start()?;
    for name in std::env::args_os().skip(1) {
        println!("{}", server.database(&name.to_string_lossy())?);
    }
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
