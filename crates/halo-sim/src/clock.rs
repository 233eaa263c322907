//! The simulator's present time: it runs with real time or stands until it is stepped.
//!
//! Everything that depends on time asks this clock: stamps, tokens, the request window, `Date` headers.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// Microseconds since the Unix epoch, UTC.
pub(crate) type Micros = i64;

/// Whether time passes by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ClockMode {
    /// Time starts at `--now` and runs with real time, or at the speed of `--live`.
    #[default]
    Auto,
    /// Time stands at `--now` until it is advanced through `/_sim/clock`.
    Stepped,
}

impl ClockMode {
    pub(crate) fn name(self) -> &'static str {
        match self {
            ClockMode::Auto => "auto",
            ClockMode::Stepped => "stepped",
        }
    }
}

/// How old the time in the clock file may be when time passes by itself.
pub(crate) const FILE_AGE: Duration = Duration::from_millis(10);

/// See the module.
pub(crate) struct Clock {
    mode: ClockMode,
    /// Simulated seconds per real second, when time passes by itself.
    speed: f64,
    started: Instant,
    state: Mutex<State>,
}

struct State {
    /// Present time if no real time had passed since the start.
    base: Micros,
    /// The latest time given out: time never goes back.
    latest: Micros,
    file: Option<File>,
}

impl Clock {
    /// # Errors
    /// When the clock file cannot be made.
    pub(crate) fn new(mode: ClockMode, speed: f64, now: Micros, file: Option<&Path>) -> anyhow::Result<Self> {
        let file = file
            .map(|path| File::create(path).with_context(|| format!("cannot write the clock file `{}`", path.display())))
            .transpose()?;
        let state = Mutex::new(State { base: now, latest: now, file });
        let clock = Self { mode, speed, started: Instant::now(), state };
        clock.tell()?;
        Ok(clock)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no one panics while holding the clock")
    }

    /// Present time in microseconds.
    pub(crate) fn micros(&self) -> Micros {
        self.read(&mut self.state())
    }

    fn read(&self, state: &mut State) -> Micros {
        let passed = match self.mode {
            #[expect(clippy::cast_possible_truncation, reason = "a cast from a float saturates")]
            ClockMode::Auto => (self.started.elapsed().as_secs_f64() * self.speed * 1e6) as Micros,
            ClockMode::Stepped => 0,
        };
        state.latest = state.latest.max(state.base.saturating_add(passed));
        state.latest
    }

    /// Present time in milliseconds.
    pub(crate) fn now(&self) -> crate::times::Ms {
        self.micros().div_euclid(1_000)
    }

    /// Moves time on, in either mode.
    ///
    /// # Errors
    /// When the clock file cannot be written.
    pub(crate) fn advance(&self, by: Micros) -> anyhow::Result<()> {
        {
            let mut state = self.state();
            state.base = state.base.saturating_add(by);
        }
        self.tell()
    }

    /// Writes the present time to the clock file: eight bytes, little endian, in one write, so that a
    /// reader in another process never sees half a time.
    ///
    /// # Errors
    /// When the clock file cannot be written.
    pub(crate) fn tell(&self) -> anyhow::Result<()> {
        let mut state = self.state();
        let now = self.read(&mut state);
        match &state.file {
            Some(file) => file.write_all_at(&now.to_le_bytes(), 0).context("cannot write the clock file"),
            None => Ok(()),
        }
    }

    /// How much real time passes until this moment comes by itself; `None` when it never does.
    pub(crate) fn until(&self, moment: Micros) -> Option<Duration> {
        let left = moment.saturating_sub(self.micros()).max(0) as f64 / 1e6;
        (self.mode == ClockMode::Auto).then(|| Duration::try_from_secs_f64(left / self.speed).unwrap_or(Duration::MAX))
    }

    pub(crate) fn mode(&self) -> ClockMode {
        self.mode
    }

    /// Whether the file needs to be told of time that passes by itself.
    pub(crate) fn has_running_file(&self) -> bool {
        self.mode == ClockMode::Auto && self.state().file.is_some()
    }
}
