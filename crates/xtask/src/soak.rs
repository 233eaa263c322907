//! `cargo x soak`: `haloscope serve` beside a HaloPSA that goes on working, for as long as asked.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::long;

/// An hour, as the work on a new version should stand.
const USUAL_MINUTES: f64 = 60.0;

pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    long::run("soak", &[("HALOSCOPE_SOAK_MINUTES", parse(args)?.to_string())])
}

fn parse(args: &[String]) -> Result<f64> {
    match args {
        [] => Ok(USUAL_MINUTES),
        [name, value] if name == "--minutes" => match value.parse() {
            Ok(minutes) if minutes > 0.0 && minutes < 100_000.0 => Ok(minutes),
            _ => bail!("`--minutes {value}`: write a number above 0"),
        },
        _ => bail!("`cargo x soak` takes --minutes N"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments() {
        let check = |text: &str, expected: Option<f64>| {
            let args: Vec<String> = text.split_whitespace().map(String::from).collect();
            assert_eq!(parse(&args).ok(), expected, "{text}");
        };
        check("", Some(60.0));
        check("--minutes 0.5", Some(0.5));
        check("--minutes", None);
        check("--minutes -1", None);
        check("--hours 1", None);
    }
}
