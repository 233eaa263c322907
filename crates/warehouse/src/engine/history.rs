//! Observed changes: differences of watched columns and of being alive.

use std::collections::{BTreeMap, HashMap, HashSet};

use duckdb::{Connection, params};

use super::{
    ensure,
    entries::{Confirmed, Entries, Entry},
    sql::{self, CHANGES, DELETED_AT},
    stage::{Columns, Staged},
};
use crate::{Change, Key, Origin, Result, error::Doing};

const ACTION: &str = "store observed changes";

/// Changes of a batch with the schema of their table; numbered when all are known.
pub(super) struct Journal {
    origin: Origin,
    observed_at: i64,
    changes: Vec<(String, Change)>,
    instants: HashMap<i64, String>,
}

/// A record whose field changed.
pub(super) struct Subject<'a> {
    pub(super) table: &'a crate::Table,
    pub(super) key: &'a Key,
    pub(super) changed_at: Option<i64>,
}

impl Journal {
    pub(super) fn new(origin: Origin, observed_at: i64) -> Self {
        Self { origin, observed_at, changes: Vec::new(), instants: HashMap::new() }
    }

    /// Compares what was stored with what is staged. A record that comes in is no change of its fields.
    pub(super) fn compare(
        &mut self,
        connection: &Connection,
        entries: &Entries<'_>,
        staged: Option<&Staged>,
    ) -> Result<()> {
        if !self.origin.is_observed() {
            return Ok(());
        }
        let table = entries.table;
        let texts = staged_texts(connection, entries, staged)?;
        for entry in &entries.list {
            let Some((known, now)) = entry.known.as_ref().zip(entry.now) else { continue };
            let watched = match &known.confirmed {
                Some(Confirmed { existed: false, .. }) => continue,
                Some(confirmed) => &confirmed.watched,
                None => &known.watched,
            };
            // Without values before there is nothing to compare, only a revival to tell.
            let new = texts.get(&known.rowid).filter(|_| known.standing.fingerprint.is_some());
            let subject = Subject { table, key: &entry.key, changed_at: now.stamp };
            for ((field, old), new) in table.watched.iter().zip(watched).zip(new.into_iter().flatten()) {
                if old != new {
                    self.add(&subject, field, old.clone(), new.clone());
                }
            }
            let changed_at = now.deleted_at.or(now.stamp);
            self.turn(connection, &Subject { changed_at, ..subject }, known.standing.deleted_at, now.deleted_at)?;
        }
        Ok(())
    }

    /// Notes that a record was deleted or revived; nothing when neither happened.
    pub(super) fn turn(
        &mut self,
        connection: &Connection,
        subject: &Subject<'_>,
        old: Option<i64>,
        new: Option<i64>,
    ) -> Result<()> {
        if old != new && self.origin.is_observed() {
            let (old, new) = (self.instant(connection, old)?, self.instant(connection, new)?);
            self.add(subject, DELETED_AT, old, new);
        }
        Ok(())
    }

    fn add(&mut self, subject: &Subject<'_>, field: &str, old: Option<String>, new: Option<String>) {
        let change = Change {
            sequence: 0,
            table: subject.table.name.clone(),
            key: subject.key.clone(),
            field: field.to_owned(),
            old,
            new,
            changed_at: subject.changed_at,
            observed_at: self.observed_at,
            origin: self.origin,
        };
        self.changes.push((subject.table.schema.clone(), change));
    }

    /// An instant as the engine writes it.
    fn instant(&mut self, connection: &Connection, micros: Option<i64>) -> Result<Option<String>> {
        let Some(micros) = micros else { return Ok(None) };
        if let Some(known) = self.instants.get(&micros) {
            return Ok(Some(known.clone()));
        }
        let text: String = connection
            .query_row("select cast(make_timestamptz(?::bigint) as varchar)", [micros], |row| row.get(0))
            .doing(ACTION)?;
        self.instants.insert(micros, text.clone());
        Ok(Some(text))
    }

    /// Numbers the changes after `last`, stores them and returns them in order.
    pub(super) fn store(self, connection: &Connection, last: i64) -> Result<Vec<Change>> {
        let mut schemas: BTreeMap<String, Vec<Change>> = BTreeMap::new();
        let mut all = Vec::with_capacity(self.changes.len());
        for (sequence, (schema, mut change)) in (last + 1..).zip(self.changes) {
            change.sequence = sequence;
            all.push(change.clone());
            schemas.entry(schema).or_default().push(change);
        }
        schemas.iter().try_for_each(|(schema, changes)| append(connection, schema, changes.iter()))?;
        Ok(all)
    }
}

/// Watched columns of replaced rows as the engine writes them, by the row id of the row before.
fn staged_texts(
    connection: &Connection,
    entries: &Entries<'_>,
    staged: Option<&Staged>,
) -> Result<HashMap<i64, Vec<Option<String>>>> {
    let table = entries.table;
    let replaces = |entry: &Entry<'_>| entry.content.is_some() && entry.known.is_some();
    let Some(staged) = staged.filter(|_| !table.watched.is_empty() && entries.list.iter().any(replaces)) else {
        return Ok(HashMap::new());
    };
    let watched = table.watched.iter().filter_map(|name| table.position(name));
    let texts = watched.map(|position| {
        let value = sql::unstage(table.columns[position].column_type, &format!("c{position}"));
        format!(", cast({value} as varchar)")
    });
    let query = format!("select rid{} from {staged} where rid is not null", texts.collect::<String>());
    let mut statement = connection.prepare(&query).doing(ACTION)?;
    let rows = statement
        .query_map([], |row| {
            let texts = (1..=table.watched.len()).map(|index| row.get(index)).collect::<duckdb::Result<_>>()?;
            Ok((row.get(0)?, texts))
        })
        .doing(ACTION)?;
    rows.collect::<duckdb::Result<_>>().doing(ACTION)
}

/// See [`crate::Warehouse::replay_changes`].
pub(super) fn replay(connection: &Connection, schema: &str, changes: &[Change]) -> Result<u64> {
    // Rows follow, so that a lake needs no first one.
    ensure::create_changes(ensure::Maker { connection, in_lake: false }, schema)?;
    let sequences = || changes.iter().map(|change| change.sequence);
    let (Some(first), Some(last)) = (sequences().min(), sequences().max()) else { return Ok(0) };
    let query = format!("select sequence from {} where sequence between ? and ?", sql::qualified(schema, CHANGES));
    let mut statement = connection.prepare(&query).doing(ACTION)?;
    let stored = statement.query_map(params![first, last], |row| row.get(0)).doing(ACTION)?;
    let mut seen: HashSet<i64> = stored.collect::<duckdb::Result<_>>().doing(ACTION)?;
    let missing: Vec<_> = changes.iter().filter(|change| seen.insert(change.sequence)).collect();
    append(connection, schema, missing.iter().copied())?;
    Ok(missing.len() as u64)
}

fn append<'a>(connection: &Connection, schema: &str, changes: impl Iterator<Item = &'a Change> + Clone) -> Result<()> {
    let keys: Vec<String> = changes.clone().map(|change| change.key.to_string()).collect();
    let staged = Columns::default()
        .numbers("sequence", changes.clone().map(|change| Some(change.sequence)))
        .texts("table_name", changes.clone().map(|change| Some(&*change.table)))
        .texts("key", keys.iter().map(|key| Some(&**key)))
        .texts("field", changes.clone().map(|change| Some(&*change.field)))
        .texts("old_value", changes.clone().map(|change| change.old.as_deref()))
        .texts("new_value", changes.clone().map(|change| change.new.as_deref()))
        .instants("changed_at", changes.clone().map(|change| change.changed_at))
        .instants("observed_at", changes.clone().map(|change| Some(change.observed_at)))
        .texts("origin", changes.map(|change| Some(change.origin.as_str())))
        .place();
    let insert = format!("insert into {} by name select * from {staged}", sql::qualified(schema, CHANGES));
    connection.execute(&insert, []).doing(ACTION)?;
    Ok(())
}
