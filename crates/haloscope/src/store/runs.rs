//! Runs: what was done when, and how it ended.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::connections::ConnectionId;
use super::engine::{Store, from_json, parameters, statement, to_json};
use super::error::Result;

/// Number of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub i64);

/// One run. Times: microseconds UTC.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// Its number.
    pub id: RunId,
    /// What was run.
    pub kind: String,
    /// When it began.
    pub started_at: i64,
    /// When it ended; `None` while it runs, and for an interrupted one.
    pub finished_at: Option<i64>,
    /// How it ended; `interrupted` if its process ended first, `None` while it runs.
    pub outcome: Option<String>,
    /// What it did.
    pub summary: Option<Value>,
}

impl Run {
    /// Whether it came to its end, with or without something left open.
    pub fn has_ended(&self) -> bool {
        matches!(self.outcome.as_deref(), Some("complete" | "incomplete"))
    }
}

impl Store {
    /// Notes that a run begins. `now`: microseconds UTC.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn run_start(&self, connection: ConnectionId, kind: &str, now: i64) -> Result<RunId> {
        let start = statement!("run_start", "note that a run begins");
        let (id,) = self.write_one(&start, parameters![connection.0, kind, now]).await?;
        Ok(RunId(id))
    }

    /// Notes how a run ended. `now`: microseconds UTC.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn run_finish<T: Serialize + Sync>(
        &self,
        run: RunId,
        outcome: &str,
        summary: &T,
        now: i64,
    ) -> Result<()> {
        let json = to_json("summary of a run", summary)?;
        self.execute(&statement!("run_finish", "note how a run ended"), parameters![run.0, now, outcome, json]).await?;
        Ok(())
    }

    /// The last runs, newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn run_list(&self, connection: ConnectionId, limit: u32) -> Result<Vec<Run>> {
        type Row = (i64, String, i64, Option<i64>, Option<String>, Option<String>);
        let rows: Vec<Row> = self.all(&statement!("run_list", "list runs"), parameters![connection.0, limit]).await?;
        let run = |(id, kind, started_at, finished_at, outcome, summary): Row| {
            let summary = summary.map(|json| from_json("summary of a run", &json)).transpose()?;
            Ok(Run { id: RunId(id), kind, started_at, finished_at, outcome, summary })
        };
        rows.into_iter().map(run).collect()
    }

    /// Forgets all but the last `keep` runs.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn runs_prune(&self, connection: ConnectionId, keep: u32) -> Result<()> {
        self.execute(&statement!("runs_prune", "forget old runs"), parameters![connection.0, keep]).await?;
        Ok(())
    }

    /// Only one process holds the store, so a run that is open while it opens has lost its process.
    pub(super) async fn runs_interrupt(&self) -> Result<()> {
        self.execute(&statement!("runs_interrupt", "close interrupted runs"), parameters![]).await?;
        Ok(())
    }
}
