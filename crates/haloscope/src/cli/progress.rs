//! Progress of a pass on a terminal: one line that follows what is read, with rows, the requests left in the window, and
//! when a first reading will be finished.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use halo_client::Clock;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::grouped;
use crate::installation::Source;
use crate::sync::progress::{Done, Prediction, Progress, Tracker};

/// Shows one line that follows the present entity, and leaves a line for each that is done.
pub(super) struct Bars {
    bar: ProgressBar,
    /// Entities whose line was left.
    left: AtomicUsize,
}

/// Whether a person watches.
pub(super) fn is_watched(json: bool) -> bool {
    !json && std::io::stderr().is_terminal()
}

/// Follows a pass of this process; shown when a person watches.
pub(super) fn tracker(source: &Source, clock: &Arc<dyn Clock>, json: bool) -> Arc<Tracker> {
    let (bars, now) = (is_watched(json).then(Bars::new), clock.clone());
    let counter = source.counter.clone();
    let show = move |progress: &Progress| {
        if let Some(bars) = &bars {
            bars.show(progress, now.now_micros() / 1000);
        }
    };
    Arc::new(Tracker::new(source.budget.clone(), clock.clone(), move || counter.requests(), show))
}

impl Bars {
    /// An empty line.
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
        let style =
            ProgressStyle::with_template("{spinner} {prefix:<18} {wide_bar} {msg}").expect("the template is fixed");
        bar.set_style(style);
        bar.enable_steady_tick(Duration::from_millis(125));
        Self { bar, left: AtomicUsize::new(0) }
    }

    /// Shows where a pass stands. `now_ms`: milliseconds UTC.
    pub(super) fn show(&self, progress: &Progress, now_ms: i64) {
        let left = self.left.swap(progress.done.len(), Ordering::Relaxed);
        for Done { table, rows, .. } in progress.done.iter().skip(left) {
            let rows = grouped(*rows);
            self.bar.println(format!("  {table:<18} {rows:>9} rows read"));
        }
        self.bar.set_prefix(progress.entity.clone());
        self.bar.set_length(progress.of.unwrap_or(0));
        self.bar.set_position(progress.rows);
        let wait = progress.wait_s(now_ms).map(|wait| format!(", next in {wait} s")).unwrap_or_default();
        let end = progress.finish.map(|finish| format!(", {}", time_left(&finish, now_ms))).unwrap_or_default();
        let requests = format!("{} of {} requests left in the window", progress.left, progress.usable);
        self.bar.set_message(format!("{}, {requests}{wait}{end}", rows(progress)));
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// What is done with the present entity, in words.
pub(super) fn rows(progress: &Progress) -> String {
    match progress.of {
        _ if progress.compares => "comparing ids".to_owned(),
        Some(of) => format!("{} of {} rows", grouped(progress.rows), grouped(of)),
        None if progress.rows == 0 => "asking".to_owned(),
        None => format!("{} rows", grouped(progress.rows)),
    }
}

/// `about 12 min left`.
fn time_left(finish: &Prediction, now_ms: i64) -> String {
    let seconds = finish.end_ms.saturating_sub(now_ms).max(0) / 1000;
    let (number, unit) = match seconds {
        0..100 => (seconds, "s"),
        100..6_000 => (seconds / 60, "min"),
        _ => (seconds / 3_600, "h"),
    };
    format!("about {number} {unit} left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_that_is_left() {
        for (end_ms, expected) in [
            (0, "about 0 s left"),
            (95_000, "about 95 s left"),
            (130_000, "about 2 min left"),
            (86_400_000, "about 24 h left"),
        ] {
            assert_eq!(time_left(&Prediction { at_ms: 0, fraction: 0.5, end_ms }, 0), expected);
        }
    }
}
