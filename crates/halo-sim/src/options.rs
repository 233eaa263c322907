//! What a simulator is started with.

use std::path::PathBuf;

use crate::clock::ClockMode;
use crate::times::{self, HOUR, Ms};

/// A made-up client id: hexadecimal for "fake".
const CLIENT_ID: &str = "fa4e0000-fa4e-4fa4-8fa4-00000000c11d";
/// A made-up secret in HaloPSA's form, two GUIDs joined by a hyphen.
const CLIENT_SECRET: &str = "fa4e0000-fa4e-4fa4-8fa4-0000005ec2e1-fa4e0000-fa4e-4fa4-8fa4-0000005ec2e2";

/// What a simulator is started with. Seed, tickets and present time fix every byte of the data.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Port on 127.0.0.1; 0 is any free one.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// Seed of all data.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Present time (ISO 8601, UTC unless it has an offset), where the history ends [default: the current hour].
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub now: Option<i64>,
    /// Tickets in the history; projects and opportunities come on top. From 40000 on, clients and engineers
    /// grow with them.
    #[arg(long, default_value_t = 40_000, value_parser = clap::value_parser!(u32).range(..=5_000_000))]
    pub tickets: u32,
    /// Clients of the provider [default: 40, and more from 40000 tickets on].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    pub clients: Option<u32>,
    /// Requests admitted in any window.
    #[arg(long, default_value_t = 450)]
    pub limit: usize,
    /// Length of that window.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    pub window_seconds: u32,
    /// Name of the tenant.
    #[arg(long, default_value = "demomsp")]
    pub tenant: String,
    /// Client id of the one API application.
    #[arg(long, default_value = CLIENT_ID)]
    pub client_id: String,
    /// Client secret of the one API application.
    #[arg(long, default_value = CLIENT_SECRET)]
    pub client_secret: String,
    /// Whether time passes by itself.
    #[arg(long, value_enum, default_value_t)]
    pub clock: ClockMode,
    /// Go on inventing work after the history, at so many simulated seconds per real second; the whole
    /// clock runs at that speed.
    #[arg(long, value_name = "SPEED", value_parser = crate::live::parse_speed)]
    pub live: Option<f64>,
    /// Let each event that a webhook is to tell of happen within so many real seconds of being configured, by a change of
    /// the data: for demonstrations.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(10..=86_400))]
    pub events_within: Option<u64>,
    /// Change something so many times a real minute.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=6_000))]
    pub changes_per_minute: Option<u32>,
    /// File that always holds the simulator's time, for programs that follow it: microseconds since
    /// 1970, eight bytes, little endian.
    #[arg(long, value_name = "FILE", hide = true)]
    pub clock_file: Option<PathBuf>,
    /// Real time each answer of the API is held back.
    #[arg(long, default_value_t = 0)]
    pub latency_ms: u64,
    /// Deliveries of one webhook that are under way at once. With one they arrive in order.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub webhook_in_flight: u32,
    /// Real time after which a delivery without an answer has failed.
    #[arg(long, default_value_t = 30_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub webhook_timeout_ms: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            seed: 1,
            now: None,
            tickets: 40_000,
            clients: None,
            limit: 450,
            window_seconds: 300,
            tenant: "demomsp".into(),
            client_id: CLIENT_ID.into(),
            client_secret: CLIENT_SECRET.into(),
            clock: ClockMode::Auto,
            live: None,
            events_within: None,
            changes_per_minute: None,
            clock_file: None,
            latency_ms: 0,
            webhook_in_flight: 1,
            webhook_timeout_ms: 30_000,
        }
    }
}

impl Options {
    /// Milliseconds since 1970 at which the history ends and the clock starts.
    pub(crate) fn start(&self) -> Ms {
        self.now.unwrap_or_else(|| jiff::Timestamp::now().as_millisecond().div_euclid(HOUR) * HOUR)
    }
}

/// Reads an ISO time as milliseconds since 1970.
fn parse_time(text: &str) -> Result<Ms, String> {
    // The history of three years before it and the calendar after it must be writable with four digits.
    let range = times::midnight(1990, 1, 1)..times::midnight(2200, 1, 1);
    match times::parse(text) {
        Some(at) if range.contains(&at) => Ok(at),
        Some(_) => Err("the time must lie between 1990 and 2200".into()),
        None => Err("write it like 2026-11-24T17:00:00Z".into()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn the_command_line_has_the_same_defaults_as_the_library() {
        let parsed = Line::try_parse_from(["sim"]).unwrap().options;
        assert_eq!(format!("{parsed:?}"), format!("{:?}", Options::default()));
    }

    #[test]
    fn times_are_read_or_refused_with_a_sentence() {
        let now = |text| Line::try_parse_from(["sim", "--now", text]).map(|line| line.options.start());
        assert_eq!(now("2026-11-24T17:00:00Z").unwrap(), now("2026-11-24T18:00+01:00").unwrap());
        for bad in ["noon", "1815-06-18"] {
            assert!(now(bad).is_err(), "{bad}");
        }
    }
}
