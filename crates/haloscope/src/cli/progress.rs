//! Progress of a pass on a terminal: a bar per entity, with rows and the requests left in the window.

use std::collections::HashMap;
use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, PoisonError};

use halo_client::Budget;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::grouped;
use crate::sync::progress::{Reporter, Silent};
use crate::sync::state::{EntityState, Standing};

/// Shows one line that follows the present entity, and leaves a line for each that is done.
pub(super) struct Bars {
    bar: ProgressBar,
    budget: Arc<Budget>,
    /// Expected rows by table.
    expected: Mutex<HashMap<String, u64>>,
}

/// Bars when a person watches, nothing otherwise.
pub(super) fn reporter(budget: &Arc<Budget>, json: bool) -> Arc<dyn Reporter> {
    if json || !std::io::stderr().is_terminal() {
        return Arc::new(Silent);
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    let style = ProgressStyle::with_template("{spinner} {prefix:<18} {wide_bar} {msg}").expect("the template is fixed");
    bar.set_style(style);
    bar.enable_steady_tick(std::time::Duration::from_millis(125));
    Arc::new(Bars { bar, budget: budget.clone(), expected: Mutex::default() })
}

impl Bars {
    fn say(&self, rows: &str) {
        let status = self.budget.status();
        let left = status.usable.saturating_sub(status.used_in_window);
        let wait = match (status.paused_for, status.next_free_in) {
            (Some(pause), _) => format!(", HaloPSA asks us to wait {} s", pause.as_secs() + 1),
            (None, Some(free)) if left == 0 => format!(", next in {} s", free.as_secs() + 1),
            _ => String::new(),
        };
        self.bar.set_message(format!("{rows}, {left} of {} requests left in the window{wait}", status.usable));
    }
}

impl Reporter for Bars {
    fn begins(&self, table: &str) {
        self.bar.set_prefix(table.to_owned());
        self.bar.set_length(0);
        self.bar.set_position(0);
        self.say("asking");
    }

    fn expects(&self, table: &str, rows: u64) {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner).insert(table.to_owned(), rows);
        self.bar.set_length(rows);
    }

    fn rows(&self, table: &str, rows: u64) {
        self.bar.set_position(rows);
        let expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner).get(table).copied();
        self.say(&match expected {
            Some(expected) => format!("{} of {} rows", grouped(rows), grouped(expected)),
            None => format!("{} rows", grouped(rows)),
        });
    }

    fn proves(&self, table: &str) {
        self.bar.set_prefix(table.to_owned());
        self.say("comparing ids");
    }

    fn ends(&self, table: &str, state: &EntityState) {
        if state.standing != Standing::NotRead {
            let rows = grouped(state.rows_read);
            self.bar.println(format!("  {table:<18} {rows:>9} rows read"));
        }
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
