//! A simulator beside the tests, as a process of its own.

use std::{
    io::{BufRead as _, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result};

use crate::cargo;

const START: Duration = Duration::from_secs(60);

/// Ends with this value.
pub(crate) struct Simulator {
    child: Child,
    /// Without a slash at its end, such as `http://127.0.0.1:40123/api`.
    pub(crate) resource_url: String,
}

impl Simulator {
    /// Builds `halo-sim`, starts it with `args` on a free port and waits until it says where it listens.
    pub(crate) fn start(args: &[&str]) -> Result<Self> {
        cargo::succeed(&["build", "--package", "halo-sim"])?;
        let program = cargo::binary("debug", "halo-sim")?;
        let mut command = Command::new(&program);
        command.args(["--port", "0"]).args(args).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("`{}` could not be started", program.display()))?;
        let output = child.stdout.take().expect("standard output is piped");
        let mut simulator = Self { child, resource_url: String::new() };
        simulator.resource_url = announced(output).context("the simulator did not say its Resource URL")?;
        Ok(simulator)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The Resource URL among the five values that the simulator prints. The output is read on to its end, so that the simulator never
/// waits for a reader.
fn announced(output: impl Read + Send + 'static) -> Result<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(url) = resource_url(&line) {
                let _ = sender.send(url);
            }
        }
    });
    Ok(receiver.recv_timeout(START)?)
}

fn resource_url(line: &str) -> Option<String> {
    let rest = line.trim_start().strip_prefix("Resource URL")?;
    Some(rest.trim_start_matches([':', ' ']).trim_end().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resource_url_is_found_among_the_five_values() {
        let text = "Auth URL       http://h:1/auth\n  Resource URL:  http://h:1/api/\nTenant  demo\n";
        assert_eq!(announced(text.as_bytes()).unwrap(), "http://h:1/api");
        assert!(announced("Tenant demo\n".as_bytes()).is_err());
    }
}
