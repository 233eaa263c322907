//! Runs: what was done when, and how it ended.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::connections::ConnectionId;
use super::database::{Store, from_json, to_json};
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

impl Store {
    /// Notes that a run begins. `now`: microseconds UTC.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn run_start(&self, connection: ConnectionId, kind: &str, now: i64) -> Result<RunId> {
        let query = sqlx::query_scalar(include_str!("sql/run_start.sql")).bind(connection.0).bind(kind).bind(now);
        let id = query.fetch_one(self.writer()).await.map_err(self.failed("note that a run begins"))?;
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
        let query = sqlx::query(include_str!("sql/run_finish.sql")).bind(run.0).bind(now).bind(outcome).bind(json);
        query.execute(self.writer()).await.map_err(self.failed("note how a run ended"))?;
        Ok(())
    }

    /// The last runs, newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn run_list(&self, connection: ConnectionId, limit: u32) -> Result<Vec<Run>> {
        type Row = (i64, String, i64, Option<i64>, Option<String>, Option<String>);
        let query = sqlx::query_as(include_str!("sql/run_list.sql")).bind(connection.0).bind(limit);
        let rows: Vec<Row> = query.fetch_all(self.readers()).await.map_err(self.failed("list runs"))?;
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
        let query = sqlx::query(include_str!("sql/runs_prune.sql")).bind(connection.0).bind(keep);
        query.execute(self.writer()).await.map_err(self.failed("forget old runs"))?;
        Ok(())
    }

    /// Only one process holds the store, so a run that is open while it opens has lost its process.
    pub(super) async fn runs_interrupt(&self) -> Result<()> {
        let query = sqlx::query(include_str!("sql/runs_interrupt.sql"));
        query.execute(self.writer()).await.map_err(self.failed("close interrupted runs"))?;
        Ok(())
    }
}
