//! What is stored of given keys.

use duckdb::{Connection, Row};

use super::{
    entries::{Confirmed, Entries, Known},
    sql::{self, quote},
    stage::{Columns, Staged},
};
use crate::{Answer, Key, Result, Table, error::Doing, judge::Standing};

const ACTION: &str = "look up stored rows";

/// Stages keys, numbered from 0 in the column `entry`.
pub(super) fn stage_keys<'a>(table: &Table, keys: impl Iterator<Item = &'a Key> + Clone) -> Staged {
    let numbers = (0_i64..).zip(keys.clone()).map(|(entry, _)| Some(entry));
    Columns::default().numbers("entry", numbers).keys(table, keys).place()
}

/// Fills in what is stored of each entry; its watched columns only when somebody asks for changes.
pub(super) fn stored(connection: &Connection, entries: &mut Entries<'_>, with_watched: bool) -> Result<()> {
    let table = entries.table;
    let keys = stage_keys(table, entries.list.iter().map(|entry| &entry.key));
    let stamp = table.stamp.as_ref().map_or("null::bigint".to_owned(), |stamp| format!("epoch_us(t.{})", quote(stamp)));
    let watched: &[String] = if with_watched { &table.watched } else { &[] };
    let texts = watched.iter().map(|column| format!(", cast(t.{} as varchar)", quote(column)));
    let query = format!(
        "select k.entry, t.rowid, t._asked, t._answered, t._fingerprint, t._raw_hash, epoch_us(t.deleted_at), {stamp}, t._narrow, t._provisional{} \
         from {} t join {keys} k on {}",
        texts.collect::<String>(),
        sql::of(table),
        sql::keys_match(&table.key, "t", "k"),
    );
    let read = |row: &Row<'_>| {
        let answer = Answer { asked: row.get(2)?, answered: row.get(3)? };
        let standing = Standing { fingerprint: row.get(4)?, stamp: row.get(7)?, deleted_at: row.get(6)?, answer };
        let confirmed = row.get::<_, Option<String>>(9)?.map(|text| Confirmed::read(&text));
        let watched = (10..10 + watched.len()).map(|index| row.get(index)).collect::<duckdb::Result<_>>()?;
        let (rowid, narrow, raw_hash) = (row.get(1)?, row.get(8)?, row.get(5)?);
        Ok((row.get(0)?, Known { rowid, standing, narrow, raw_hash, watched, confirmed }))
    };
    let mut statement = connection.prepare(&query).doing(ACTION)?;
    for found in statement.query_map([], read).doing(ACTION)? {
        let (entry, known): (usize, Known) = found.doing(ACTION)?;
        entries.set_known(entry, known);
    }
    Ok(())
}

/// Number of the key, row id and answer of those rows that live, and whether an answer ever showed the record.
pub(super) fn alive<'a>(
    connection: &Connection,
    table: &Table,
    keys: impl Iterator<Item = &'a Key> + Clone,
) -> Result<Vec<(usize, i64, Answer, bool)>> {
    if keys.clone().next().is_none() {
        return Ok(Vec::new());
    }
    let keys = stage_keys(table, keys);
    let query = format!(
        "select k.entry, t.rowid, t._asked, t._answered, \
         coalesce(json_extract_string(t._provisional, '$.existed') = 'true', true) from {} t join {keys} k on {} \
         where t.deleted_at is null order by 1",
        sql::of(table),
        sql::keys_match(&table.key, "t", "k"),
    );
    let mut statement = connection.prepare(&query).doing(ACTION)?;
    let rows = statement
        .query_map([], |row| {
            let answer = Answer { asked: row.get(2)?, answered: row.get(3)? };
            Ok((row.get(0)?, row.get(1)?, answer, row.get(4)?))
        })
        .doing(ACTION)?;
    rows.collect::<duckdb::Result<_>>().doing(ACTION)
}
