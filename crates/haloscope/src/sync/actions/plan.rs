//! Which tickets' actions are to be read, asked of the warehouse.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use halo_client::entities::{Entity, Reading};
use warehouse::{Cell, Column, ColumnType, Field, Interrupt, Key, Table};

use crate::sync::error::SyncError;
use crate::sync::pass::Pass;

const DAY: i64 = 86_400_000_000;
/// Closed tickets that were touched since then are recent.
const RECENT: i64 = 90 * DAY;

/// See the module.
pub(super) struct Plan {
    /// Notes of what was read.
    pub(super) reads: Arc<Table>,
    /// Highest tick when the plan was made.
    pub(super) tick: i64,
    /// Tickets there are.
    pub(super) parents: u64,
    schema: String,
    union: String,
    recent: i64,
}

/// A ticket whose actions are to be read.
pub(super) struct Parent {
    pub(super) id: i64,
    /// What it looks like: stamps and time.
    pub(super) version: Box<str>,
    /// What it looked like when its actions were read by themselves, with all their details.
    pub(super) details: Option<Box<str>>,
    /// Its actions, or the details that are wanted, were read before.
    pub(super) was_read: bool,
    /// It is open or recent.
    pub(super) is_current: bool,
}

/// Which of them.
pub(super) struct Wanted {
    /// Those whose details are not known as they are now, because the report lane brought the actions.
    pub(super) details: bool,
    /// What was read at or before this tick is to be read again.
    pub(super) old_tick: i64,
    /// Open and recent tickets that were never read, too.
    pub(super) current: bool,
    /// Older tickets that were never read, too.
    pub(super) older: bool,
    /// So many of the first ones are known not to work.
    pub(super) skip: usize,
    pub(super) most: usize,
}

/// How far reading is.
pub(super) struct Found {
    pub(super) parents: u64,
    pub(super) read: u64,
    /// Actions that HaloPSA showed.
    pub(super) shown: u64,
    /// Actions that are here.
    pub(super) here: u64,
}

impl Plan {
    /// Makes the table of notes and looks at the tickets.
    pub(super) async fn open(pass: &Pass, entity: &Entity) -> Result<Self, SyncError> {
        let Reading::PerParent { parents, .. } = entity.reading else { unreachable!("actions hang on tickets") };
        let schema = quoted(&pass.schema);
        let parent = include_str!("parent.sql").replace("{schema}", &schema);
        let union: Vec<String> = parents.iter().map(|table| parent.replace("{table}", table)).collect();
        let reads = Arc::new(Table {
            schema: pass.schema.clone(),
            name: "action_reads".to_owned(),
            columns: vec![
                Column::new("ticket_id", ColumnType::BigInt),
                Column::new("version", ColumnType::Text),
                Column::new("actions", ColumnType::BigInt),
                Column::new("details", ColumnType::Text),
            ],
            key: vec!["ticket_id".to_owned()],
            ..Table::default()
        });
        let wanted = reads.clone();
        let tick = pass
            .writer
            .run(move |warehouse| {
                warehouse.ensure(&[&wanted])?;
                warehouse.highest_tick()
            })
            .await?;
        let recent = pass.clock.now_micros() - RECENT;
        let mut plan = Self { reads, tick, parents: 0, schema, union: union.join("\nunion all\n"), recent };
        plan.parents = plan.standing(pass).await?.parents;
        Ok(plan)
    }

    /// The next tickets; empty when nothing is left to read.
    pub(super) async fn next(&self, pass: &Pass, wanted: &Wanted) -> Result<Vec<Parent>, SyncError> {
        let (stale, known) = if wanted.details {
            let stale = "reads.version is not null and reads.details is distinct from parents.version".to_owned();
            (stale, "reads.details is not null")
        } else {
            let old =
                format!("(reads.version is distinct from parents.version or reads._asked <= {})", wanted.old_tick);
            (old, "reads.version is not null")
        };
        let sql = self.sql(include_str!("plan.sql")).replace("{stale}", &stale).replace("{known}", known);
        let most = i64::try_from(wanted.skip + wanted.most).unwrap_or(i64::MAX);
        let parameters =
            vec![Cell::Timestamp(self.recent), Cell::Bool(wanted.current), Cell::Bool(wanted.older), Cell::Int(most)];
        let rows = rows(pass, sql, parameters).await?;
        Ok(rows.iter().filter_map(|row| parent(row)).collect())
    }

    /// Numbers of the live actions of some tickets.
    pub(super) async fn actions_of(&self, pass: &Pass, ids: &[i64]) -> Result<HashMap<i64, HashSet<i64>>, SyncError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let list = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
        let schema = &self.schema;
        let sql =
            format!("select ticket_id, id from {schema}.actions where deleted_at is null and ticket_id in ({list})");
        let mut actions: HashMap<i64, HashSet<i64>> = HashMap::new();
        for row in rows(pass, sql, Vec::new()).await? {
            if let [ticket, id] = &row[..]
                && let (Some(ticket), Some(id)) = (whole(ticket), whole(id))
            {
                actions.entry(ticket).or_default().insert(id);
            }
        }
        Ok(actions)
    }

    /// Actions, and notes of reading, whose ticket is gone.
    pub(super) async fn orphans(&self, pass: &Pass) -> Result<(Vec<Key>, Vec<Key>), SyncError> {
        let (mut actions, mut reads) = (Vec::new(), Vec::new());
        for row in rows(pass, self.sql(include_str!("orphans.sql")), Vec::new()).await? {
            match (row.first().and_then(whole), row.get(1).and_then(whole)) {
                (Some(ticket), Some(id)) => actions.push(Key::Pair(ticket, id)),
                (Some(ticket), None) => reads.push(Key::Int(ticket)),
                _ => {}
            }
        }
        Ok((actions, reads))
    }

    /// Tickets with a note of reading, those after one.
    pub(super) async fn read_after(&self, pass: &Pass, after: i64, most: usize) -> Result<Vec<i64>, SyncError> {
        let sql = format!(
            "select ticket_id from {}.action_reads where deleted_at is null and ticket_id > ? order by 1 limit {most}",
            self.schema
        );
        let rows = rows(pass, sql, vec![Cell::Int(after)]).await?;
        Ok(rows.iter().filter_map(|row| whole(row.first()?)).collect())
    }

    pub(super) async fn standing(&self, pass: &Pass) -> Result<Found, SyncError> {
        let rows = rows(pass, self.sql(include_str!("standing.sql")), Vec::new()).await?;
        let number = |place: usize| {
            let number = rows.first().and_then(|row| whole(row.get(place)?)).unwrap_or(0);
            u64::try_from(number).unwrap_or(0)
        };
        Ok(Found { parents: number(0), read: number(1), shown: number(2), here: number(3) })
    }

    fn sql(&self, text: &str) -> String {
        text.replace("{parents}", &self.union).replace("{schema}", &self.schema)
    }
}

fn parent(row: &[Field]) -> Option<Parent> {
    match row {
        [id, Field::Text(version), details, Field::Bool(was_read), Field::Bool(is_current)] => Some(Parent {
            id: whole(id)?,
            version: version.as_str().into(),
            details: match details {
                Field::Text(details) => Some(details.as_str().into()),
                _ => None,
            },
            was_read: *was_read,
            is_current: *is_current,
        }),
        _ => None,
    }
}

fn whole(field: &Field) -> Option<i64> {
    match field {
        Field::Int(number) => i64::try_from(*number).ok(),
        _ => None,
    }
}

async fn rows(pass: &Pass, sql: String, parameters: Vec<Cell>) -> Result<Vec<Vec<Field>>, SyncError> {
    pass.writer
        .run(move |warehouse| {
            let mut rows: Vec<Vec<Field>> = Vec::new();
            warehouse.query(&sql, &parameters, &mut rows, &Interrupt::new())?;
            Ok(rows)
        })
        .await
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
