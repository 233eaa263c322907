//! Writes what was decided: replaced rows, their raw records and children, and marks on rows that stay.

use std::borrow::Cow;

use duckdb::Connection;

use super::{
    ensure::child_table,
    entries::{Confirmed, Entries, Entry},
    lookup::stage_keys,
    sql::{self, quote},
    stage::{Columns, Staged},
};
use crate::{Answer, Cell, Key, Result, Row, Table, error::Doing};

const ACTION: &str = "write rows";

/// New marks on a row whose values stay.
pub(super) struct Touch<'a> {
    pub(super) rowid: i64,
    pub(super) key: &'a Key,
    pub(super) deleted_at: Option<i64>,
    /// Whether `deleted_at` is another than before.
    pub(super) turns: bool,
    pub(super) answer: Answer,
}

/// Answers the wide rows that were written, which stay staged for [`super::history`].
pub(super) fn outcome(connection: &Connection, entries: &Entries<'_>) -> Result<Option<Staged>> {
    let table = entries.table;
    let is_put = |entry: &&Entry<'_>| entry.content.is_some() || entry.known.is_none() && entry.now.is_some();
    let is_part = |entry: &&Entry<'_>| entry.known.is_some() && entry.content.is_some_and(|row| row.narrow);
    let (parts, puts): (Vec<_>, Vec<_>) = entries.list.iter().filter(is_put).partition(is_part);
    if !parts.is_empty() {
        put_part(connection, table, &parts)?;
    }
    let mut staged = None;
    if !puts.is_empty() {
        staged = Some(put(connection, table, &puts)?);
        raw(connection, table, &puts)?;
        for index in 0..table.children.len() {
            children(connection, table, index, &puts)?;
        }
    }
    touch(connection, table, &entries.list.iter().filter_map(touch_of).collect::<Vec<_>>())?;
    Ok(staged)
}

fn touch_of<'a>(entry: &'a Entry<'_>) -> Option<Touch<'a>> {
    let (known, now) = (entry.known.as_ref()?, entry.now?);
    let turns = known.standing.deleted_at != now.deleted_at;
    let stays = entry.content.is_none() && (turns || known.standing.answer != now.answer);
    stays.then_some(Touch {
        rowid: known.rowid,
        key: &entry.key,
        deleted_at: now.deleted_at,
        turns,
        answer: now.answer,
    })
}

/// The older version goes by its row id, the new one comes from the staged rows.
fn put(connection: &Connection, table: &Table, puts: &[&Entry<'_>]) -> Result<Staged> {
    let staged = stage_puts(table, puts);
    let target = sql::of(table);
    if puts.iter().any(|entry| entry.known.is_some()) {
        // By its key as well: a lake finds the files of a key, but looks for a row id in all of them.
        let key = sql::staged_keys_match(table, "t", "w");
        run(connection, &format!("delete from {target} t using {staged} w where t.rowid = w.rid and {key}"))?;
    }
    let names = sql::join(table.columns.iter().map(|column| quote(&column.name)), ", ");
    let values = unstaged(&table.columns);
    run(
        connection,
        &format!(
            "insert into {target} ({names}, deleted_at, _asked, _answered, _fingerprint, _narrow, _raw_hash, \
             _provisional) select {values}, deleted_at, asked, answered, fingerprint, narrow, raw_hash, provisional from {staged}"
        ),
    )?;
    Ok(staged)
}

/// Replaces the columns of the narrow profile; the others and the raw record stay.
fn put_part(connection: &Connection, table: &Table, parts: &[&Entry<'_>]) -> Result<()> {
    let staged = stage_puts(table, parts);
    let replaced = sql::staged_columns(&table.columns).filter(|(_, column)| table.narrow.contains(&column.name)).map(
        |(name, column)| {
            format!("{} = {}", quote(&column.name), sql::unstage(column.column_type, &format!("w.{name}")))
        },
    );
    run(
        connection,
        &format!(
            "update {} t set {}, deleted_at = w.deleted_at, _asked = w.asked, _answered = w.answered, \
             _fingerprint = w.fingerprint, _narrow = w.narrow from {staged} w where t.rowid = w.rid and {}",
            sql::of(table),
            sql::join(replaced, ", "),
            sql::staged_keys_match(table, "t", "w"),
        ),
    )
}

fn stage_puts(table: &Table, puts: &[&Entry<'_>]) -> Staged {
    let now = || puts.iter().map(|entry| entry.now.expect("an entry that is written was judged"));
    let mut columns = Columns::default()
        .numbers("rid", puts.iter().map(|entry| entry.known.as_ref().map(|known| known.rowid)))
        .instants("deleted_at", now().map(|now| now.deleted_at))
        .numbers("asked", now().map(|now| Some(now.answer.asked)))
        .numbers("answered", now().map(|now| Some(now.answer.answered)))
        .hashes("fingerprint", now().map(|now| now.fingerprint))
        .hashes("narrow", puts.iter().map(|entry| entry.narrow))
        .hashes("raw_hash", puts.iter().map(|entry| entry.raw_hash));
    let provisional: Vec<_> = puts.iter().map(|entry| entry.provisional.as_ref().map(Confirmed::text)).collect();
    columns = columns.texts("provisional", provisional.iter().map(|text| text.as_deref()));
    let rows: Vec<_> = puts.iter().map(|entry| cells_of(table, entry)).collect();
    for (index, (name, column)) in sql::staged_columns(&table.columns).enumerate() {
        columns = columns.cells(&name, column.column_type, rows.iter().map(|cells| &cells[index]));
    }
    columns.place()
}

/// Without a row, only the key is known.
fn cells_of<'a>(table: &Table, entry: &Entry<'a>) -> Cow<'a, [Cell]> {
    if let Some(row) = entry.content {
        return Cow::Borrowed(&row.cells);
    }
    let parts = match &entry.key {
        Key::Int(id) => vec![Cell::Int(*id)],
        Key::Pair(first, second) => vec![Cell::Int(*first), Cell::Int(*second)],
        Key::Text(id) => vec![Cell::Text(id.clone())],
    };
    let mut cells = vec![Cell::Null; table.columns.len()];
    for (name, part) in table.key.iter().zip(parts) {
        if let Some(position) = table.position(name) {
            cells[position] = part;
        }
    }
    Cow::Owned(cells)
}

/// The raw record of a row that was only told of stays the one that was answered last.
fn raw(connection: &Connection, table: &Table, puts: &[&Entry<'_>]) -> Result<()> {
    let puts: Vec<&Entry<'_>> = puts.iter().filter(|entry| entry.provisional.is_none()).copied().collect();
    let puts = puts.as_slice();
    let target = sql::raw_of(table);
    delete(connection, table, &target, &table.key, replaced(puts))?;
    let keys = written(puts).map(|(entry, _)| &entry.key);
    let staged =
        Columns::default().keys(table, keys).texts("raw", written(puts).map(|(_, row)| Some(&*row.raw))).place();
    let names = sql::join(table.key.iter().map(|key| quote(key)), ", ");
    let parts = sql::key_parts(table);
    run(connection, &format!("insert into {target} ({names}, raw) select {parts}, raw from {staged}"))
}

fn children(connection: &Connection, table: &Table, index: usize, puts: &[&Entry<'_>]) -> Result<()> {
    let child = &table.children[index];
    let target = sql::of(&child_table(table, child));
    delete(connection, table, &target, std::slice::from_ref(&child.parent), replaced(puts))?;
    let rows: Vec<(&Entry<'_>, &[Cell])> = written(puts)
        .flat_map(|(entry, row)| row.children[index].iter().map(move |cells| (entry, &cells[..])))
        .collect();
    let mut columns = Columns::default()
        .keys(table, rows.iter().map(|(entry, _)| &entry.key))
        .instants("deleted_at", rows.iter().map(|(entry, _)| entry.now.and_then(|now| now.deleted_at)));
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for (place, (name, column)) in sql::staged_columns(&child.table.columns).enumerate() {
        names.push(quote(&column.name));
        if column.name == child.parent {
            values.push("k0".to_owned());
            continue;
        }
        values.push(sql::unstage(column.column_type, &name));
        columns = columns.cells(&name, column.column_type, rows.iter().map(|(_, cells)| &cells[place]));
    }
    let (names, values, staged) = (names.join(", "), values.join(", "), columns.place());
    run(connection, &format!("insert into {target} ({names}, deleted_at) select {values}, deleted_at from {staged}"))
}

/// Sets the marks of rows whose values stay; children are deleted and revived with their parent.
pub(super) fn touch(connection: &Connection, table: &Table, touches: &[Touch<'_>]) -> Result<()> {
    if touches.is_empty() {
        return Ok(());
    }
    let staged = Columns::default()
        .numbers("rid", touches.iter().map(|touch| Some(touch.rowid)))
        .instants("deleted_at", touches.iter().map(|touch| touch.deleted_at))
        .numbers("asked", touches.iter().map(|touch| Some(touch.answer.asked)))
        .numbers("answered", touches.iter().map(|touch| Some(touch.answer.answered)))
        .keys(table, touches.iter().map(|touch| touch.key))
        .place();
    let turning = touches.iter().filter(|touch| touch.turns);
    let turns = turning.clone().next().is_some();
    let deleted_at = if turns { "deleted_at = w.deleted_at, _provisional = null, " } else { "" };
    run(
        connection,
        &format!(
            "update {} t set {deleted_at}_asked = w.asked, _answered = w.answered from {staged} w \
             where t.rowid = w.rid and {}",
            sql::of(table),
            sql::keys_match(&table.key, "t", "w"),
        ),
    )?;
    if !turns || table.children.is_empty() {
        return Ok(());
    }
    let staged = Columns::default()
        .instants("deleted_at", turning.clone().map(|touch| touch.deleted_at))
        .keys(table, turning.map(|touch| touch.key))
        .place();
    for child in &table.children {
        let statement = format!(
            "update {} t set deleted_at = w.deleted_at from {staged} w where {}",
            sql::of(&child_table(table, child)),
            sql::keys_match(std::slice::from_ref(&child.parent), "t", "w"),
        );
        run(connection, &statement)?;
    }
    Ok(())
}

fn delete<'a>(
    connection: &Connection,
    table: &Table,
    target: &str,
    columns: &[String],
    keys: impl Iterator<Item = &'a Key> + Clone,
) -> Result<()> {
    if keys.clone().next().is_none() {
        return Ok(());
    }
    let staged = stage_keys(table, keys);
    run(connection, &format!("delete from {target} t using {staged} k where {}", sql::keys_match(columns, "t", "k")))
}

/// Keys of stored rows whose values go.
fn replaced<'a>(puts: &'a [&Entry<'_>]) -> impl Iterator<Item = &'a Key> + Clone {
    puts.iter().filter(|entry| entry.known.is_some()).map(|entry| &entry.key)
}

fn written<'a>(puts: &'a [&'a Entry<'a>]) -> impl Iterator<Item = (&'a Entry<'a>, &'a Row)> + Clone {
    puts.iter().filter_map(|entry| Some((*entry, entry.content?)))
}

fn unstaged(columns: &[crate::Column]) -> String {
    sql::join(sql::staged_columns(columns).map(|(name, column)| sql::unstage(column.column_type, &name)), ", ")
}

fn run(connection: &Connection, statement: &str) -> Result<()> {
    connection.execute(statement, []).doing(ACTION)?;
    Ok(())
}
