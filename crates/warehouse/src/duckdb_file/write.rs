//! Writes what was decided: replaced rows, their raw records and children, and marks on rows that stay.

use duckdb::{Connection, appender_params_from_iter};

use super::{
    ensure::child_table,
    entries::{Entries, Entry},
    sql::{self, quote},
    stage::{self, Staged, Staging, stage_cell},
};
use crate::{Answer, Cell, Child, Key, Result, Row, Table, error::Doing};

const ACTION: &str = "write rows";

/// Rows that are written, as they stay staged for [`super::history`].
pub(super) const PUTS: &str = "_puts";

/// New marks on a row whose values stay.
pub(super) struct Touch<'a> {
    pub(super) rowid: i64,
    pub(super) key: &'a Key,
    pub(super) deleted_at: Option<i64>,
    /// Whether `deleted_at` is another than before.
    pub(super) turns: bool,
    pub(super) answer: Answer,
}

pub(super) fn outcome(connection: &Connection, entries: &Entries<'_>) -> Result<()> {
    let table = entries.table;
    let is_put = |entry: &&Entry<'_>| entry.content.is_some() || entry.known.is_none() && entry.now.is_some();
    let is_part = |entry: &&Entry<'_>| entry.known.is_some() && entry.content.is_some_and(|row| row.narrow);
    let (parts, puts): (Vec<_>, Vec<_>) = entries.list.iter().filter(is_put).partition(is_part);
    if !parts.is_empty() {
        put_part(connection, table, &parts)?;
    }
    if !puts.is_empty() {
        put(connection, table, &puts)?;
        raw(connection, table, &puts)?;
        for index in 0..table.children.len() {
            children(connection, table, index, &puts)?;
        }
    }
    touch(connection, table, &entries.list.iter().filter_map(touch_of).collect::<Vec<_>>())
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
fn put(connection: &Connection, table: &Table, puts: &[&Entry<'_>]) -> Result<()> {
    stage_puts(connection, table, puts)?;
    let target = sql::of(table);
    if puts.iter().any(|entry| entry.known.is_some()) {
        run(
            connection,
            &format!("delete from {target} where rowid in (select rid from temp.main.{PUTS} where rid is not null)"),
        )?;
    }
    let names = sql::join(table.columns.iter().map(|column| quote(&column.name)), ", ");
    let values = unstaged(&table.columns);
    run(
        connection,
        &format!(
            "insert into {target} ({names}, deleted_at, _asked, _answered, _fingerprint, _narrow, _raw_hash) \
             select {values}, make_timestamptz(deleted_at), asked, answered, fingerprint, narrow, raw_hash \
             from temp.main.{PUTS}"
        ),
    )
}

/// Replaces the columns of the narrow profile; the others and the raw record stay.
fn put_part(connection: &Connection, table: &Table, parts: &[&Entry<'_>]) -> Result<()> {
    stage_puts(connection, table, parts)?;
    let replaced = sql::staged_columns(&table.columns).filter(|(_, column)| table.narrow.contains(&column.name)).map(
        |(name, column)| {
            format!("{} = {}", quote(&column.name), sql::unstage(column.column_type, &format!("w.{name}")))
        },
    );
    run(
        connection,
        &format!(
            "update {} t set {}, deleted_at = make_timestamptz(w.deleted_at), _asked = w.asked, _answered = w.answered, \
             _fingerprint = w.fingerprint, _narrow = w.narrow from temp.main.{PUTS} w where t.rowid = w.rid",
            sql::of(table),
            sql::join(replaced, ", "),
        ),
    )
}

fn stage_puts(connection: &Connection, table: &Table, puts: &[&Entry<'_>]) -> Result<()> {
    const MARKS: &str = "rid BIGINT, deleted_at BIGINT, asked BIGINT, answered BIGINT, fingerprint UBIGINT, \
                         narrow UBIGINT, raw_hash UBIGINT";
    let columns = format!("{MARKS}, {}", stage::cell_definitions(&table.columns));
    stage::fill(connection, &Staging { name: PUTS, columns }, puts.iter().map(|entry| put_row(table, entry)))
}

fn put_row<'a>(table: &'a Table, entry: &'a Entry<'_>) -> impl Iterator<Item = Staged<'a>> {
    let now = entry.now.expect("an entry that is written was judged");
    let marks = [
        Staged::from(entry.known.as_ref().map(|known| known.rowid)),
        Staged::from(now.deleted_at),
        Staged::from(now.answer.asked),
        Staged::from(now.answer.answered),
        Staged::from(now.fingerprint),
        Staged::from(entry.narrow),
        Staged::from(entry.raw_hash),
    ];
    // Without a row, only the key is known.
    let cells = table.columns.iter().enumerate().map(move |(index, column)| match entry.content {
        Some(row) => stage_cell(&row.cells[index]),
        None => match table.key.iter().position(|key| *key == column.name) {
            Some(part) => stage::key_parts(&entry.key).nth(part).unwrap_or(Staged::from(None::<i64>)),
            None => Staged::from(None::<i64>),
        },
    });
    marks.into_iter().chain(cells)
}

fn raw(connection: &Connection, table: &Table, puts: &[&Entry<'_>]) -> Result<()> {
    delete(connection, table, &sql::raw_of(table), &table.key, replaced(puts))?;
    let mut appender = connection.appender_to_db(&table.name, &sql::raw_schema(table)).doing(ACTION)?;
    for (entry, row) in written(puts) {
        let values = stage::key_parts(&entry.key).chain([Staged::from(&*row.raw)]);
        appender.append_row(appender_params_from_iter(values)).doing(ACTION)?;
    }
    appender.flush().doing(ACTION)
}

fn children(connection: &Connection, table: &Table, index: usize, puts: &[&Entry<'_>]) -> Result<()> {
    let child = &table.children[index];
    let target = sql::of(&child_table(table, child));
    delete(connection, table, &target, std::slice::from_ref(&child.parent), replaced(puts))?;
    let rows = written(puts)
        .flat_map(|(entry, row)| row.children[index].iter().map(move |cells| child_row(child, entry, cells)));
    let columns = format!("deleted_at BIGINT, {}", stage::cell_definitions(&child.table.columns));
    stage::fill(connection, &Staging { name: "_children", columns }, rows)?;
    let names = sql::join(child.table.columns.iter().map(|column| quote(&column.name)), ", ");
    let values = unstaged(&child.table.columns);
    run(
        connection,
        &format!(
            "insert into {target} ({names}, deleted_at) select {values}, make_timestamptz(deleted_at) from temp.main._children"
        ),
    )
}

fn child_row<'a>(child: &'a Child, entry: &'a Entry<'_>, cells: &'a [Cell]) -> impl Iterator<Item = Staged<'a>> {
    let parent = child.table.position(&child.parent);
    let cells = cells.iter().enumerate().map(move |(index, cell)| match Some(index) == parent {
        true => stage::key_parts(&entry.key).next().expect("every key has a first part"),
        false => stage_cell(cell),
    });
    [Staged::from(entry.now.and_then(|now| now.deleted_at))].into_iter().chain(cells)
}

/// Sets the marks of rows whose values stay; children are deleted and revived with their parent.
pub(super) fn touch(connection: &Connection, table: &Table, touches: &[Touch<'_>]) -> Result<()> {
    if touches.is_empty() {
        return Ok(());
    }
    let columns = "rid BIGINT, deleted_at BIGINT, asked BIGINT, answered BIGINT".to_owned();
    let rows = touches.iter().map(|touch| {
        let marks = [Some(touch.rowid), touch.deleted_at, Some(touch.answer.asked), Some(touch.answer.answered)];
        marks.into_iter().map(Staged::from)
    });
    stage::fill(connection, &Staging { name: "_touches", columns }, rows)?;
    let turning = || touches.iter().filter(|touch| touch.turns);
    let deleted_at = if turning().next().is_some() { "deleted_at = make_timestamptz(w.deleted_at), " } else { "" };
    run(
        connection,
        &format!(
            "update {} t set {deleted_at}_asked = w.asked, _answered = w.answered from temp.main._touches w where t.rowid = w.rid",
            sql::of(table)
        ),
    )?;
    if turning().next().is_none() || table.children.is_empty() {
        return Ok(());
    }
    let columns = format!("deleted_at BIGINT, {}", sql::key_definitions(table));
    let rows = turning().map(|touch| [Staged::from(touch.deleted_at)].into_iter().chain(stage::key_parts(touch.key)));
    stage::fill(connection, &Staging { name: "_turning", columns }, rows)?;
    for child in &table.children {
        let statement = format!(
            "update {} t set deleted_at = make_timestamptz(w.deleted_at) from temp.main._turning w where {}",
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
    keys: impl Iterator<Item = &'a Key>,
) -> Result<()> {
    let mut keys = keys.peekable();
    if keys.peek().is_none() {
        return Ok(());
    }
    super::lookup::stage_keys(connection, table, keys)?;
    run(
        connection,
        &format!("delete from {target} t using temp.main._keys k where {}", sql::keys_match(columns, "t", "k")),
    )
}

/// Keys of stored rows whose values go.
fn replaced<'a>(puts: &'a [&Entry<'_>]) -> impl Iterator<Item = &'a Key> {
    puts.iter().filter(|entry| entry.known.is_some()).map(|entry| &entry.key)
}

fn written<'a>(puts: &'a [&'a Entry<'a>]) -> impl Iterator<Item = (&'a Entry<'a>, &'a Row)> {
    puts.iter().filter_map(|entry| Some((*entry, entry.content?)))
}

fn unstaged(columns: &[crate::Column]) -> String {
    sql::join(sql::staged_columns(columns).map(|(name, column)| sql::unstage(column.column_type, &name)), ", ")
}

fn run(connection: &Connection, statement: &str) -> Result<()> {
    connection.execute(statement, []).doing(ACTION)?;
    Ok(())
}
