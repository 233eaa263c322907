//! What a batch and the store say of each record, and what becomes of it. Knows no SQL.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh64::xxh64;

use super::cells;
use crate::{
    Answer, Applied, Cell, Happened, Happening, Key, Origin, Result, Row, Table, Tombstone,
    fingerprint::Fingerprinter,
    judge::{Standing, Verdict, judge},
};

/// What is stored of a record before the batch.
pub(super) struct Known {
    pub(super) rowid: i64,
    pub(super) standing: Standing,
    /// Fingerprint of the narrow profile.
    pub(super) narrow: Option<u64>,
    pub(super) raw_hash: Option<u64>,
    /// Watched columns as text; empty when nobody asks for changes.
    pub(super) watched: Vec<Option<String>>,
    /// What the last answer showed, where the row was only told of.
    pub(super) confirmed: Option<Confirmed>,
}

/// What the last answer showed of a record whose row was only told of.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Confirmed {
    /// Whether any answer ever showed it.
    pub(super) existed: bool,
    pub(super) stamp: Option<i64>,
    /// As [`Known::watched`].
    pub(super) watched: Vec<Option<String>>,
}

impl Confirmed {
    /// As it is stored. One that cannot be read is as good as none: then nothing is compared with it.
    pub(super) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers become JSON")
    }
}

/// One record of the batch.
pub(super) struct Entry<'a> {
    pub(super) key: Key,
    pub(super) known: Option<Known>,
    /// What holds after the rows judged so far.
    pub(super) now: Option<Standing>,
    /// The row to write, where stored values are to be replaced.
    pub(super) content: Option<&'a Row>,
    /// Fingerprint of the narrow profile.
    pub(super) narrow: Option<u64>,
    pub(super) raw_hash: Option<u64>,
    /// What the last answer showed, if the row to write is only told of.
    pub(super) provisional: Option<Confirmed>,
    /// Whether an answer of this batch showed what holds now.
    confirmed: bool,
}

/// A record that the batch showed alive.
pub(super) struct Alive {
    pub(super) key: Key,
    pub(super) answer: Answer,
    /// Whether the batch brought it in.
    pub(super) is_new: bool,
}

/// All records that a batch mentions for one table.
pub(super) struct Entries<'a> {
    pub(super) table: &'a Table,
    pub(super) list: Vec<Entry<'a>>,
    rows: Vec<(usize, &'a Row)>,
    tombstones: Vec<(usize, &'a Tombstone)>,
}

impl<'a> Entries<'a> {
    /// Gathers rows and tombstones by key, and refuses those that do not fit the table.
    pub(super) fn new(table: &'a Table, rows: &[&'a Row], tombstones: &[&'a Tombstone]) -> Result<Self> {
        let mut entries =
            Self { table, list: Vec::new(), rows: Vec::with_capacity(rows.len()), tombstones: Vec::new() };
        let mut index = HashMap::with_capacity(rows.len());
        for row in rows {
            check(table, row)?;
            if row.narrow != rows[0].narrow {
                return Err(cells::shape(table, "a batch brings rows of one profile, wide or narrow"));
            }
            let at = entries.at(&mut index, cells::key_of(table, &row.cells)?);
            entries.rows.push((at, row));
        }
        for tombstone in tombstones {
            if !super::sql::key_fits(table, &tombstone.key) {
                return Err(cells::shape(table, "the key of a deletion is of another type"));
            }
            let at = entries.at(&mut index, tombstone.key.clone());
            entries.tombstones.push((at, tombstone));
        }
        Ok(entries)
    }

    fn at(&mut self, index: &mut HashMap<Key, usize>, key: Key) -> usize {
        *index.entry(key).or_insert_with_key(|key| {
            let key = key.clone();
            self.list.push(Entry {
                key,
                known: None,
                now: None,
                content: None,
                narrow: None,
                raw_hash: None,
                provisional: None,
                confirmed: false,
            });
            self.list.len() - 1
        })
    }

    pub(super) fn set_known(&mut self, at: usize, known: Known) {
        let entry = &mut self.list[at];
        entry.now = Some(known.standing);
        (entry.narrow, entry.raw_hash) = (known.narrow, known.raw_hash);
        entry.known = Some(known);
    }

    /// Lets every row and then every tombstone meet what holds, and counts what happened.
    pub(super) fn judge(&mut self, origin: Origin, applied: &mut Applied) {
        let stamp = self.table.stamp.as_ref().and_then(|stamp| self.table.position(stamp));
        let mut fingerprints = Fingerprinter::new(self.table);
        for (at, row) in &self.rows {
            let newcomer = Standing {
                fingerprint: Some(fingerprints.whole(row)),
                stamp: match stamp.and_then(|stamp| row.cells.get(stamp)) {
                    Some(Cell::Timestamp(micros)) => Some(*micros),
                    _ => None,
                },
                deleted_at: row.deleted_at,
                answer: row.answer,
            };
            let entry = &mut self.list[*at];
            if origin == Origin::Provisional {
                entry.meet_hearsay(row, newcomer, applied);
                continue;
            }
            let narrow = fingerprints.narrow(row);
            if entry.meet_row(row, entry.merged(newcomer, row, narrow), narrow, origin, applied) == Verdict::Contested {
                applied.contested.push((self.table.name.clone(), entry.key.clone()));
            }
        }
        for (at, tombstone) in &self.tombstones {
            let entry = &mut self.list[*at];
            if entry.meet_tombstone(tombstone, applied) == Verdict::Contested {
                applied.contested.push((self.table.name.clone(), entry.key.clone()));
            }
        }
    }

    /// Whether any value changes, or whether a record is there.
    pub(super) fn writes(&self) -> bool {
        let is_gone = |standing: Option<Standing>| standing.is_none_or(|standing| standing.is_deleted());
        let turns = |entry: &Entry<'_>| is_gone(entry.known.as_ref().map(|known| known.standing)) != is_gone(entry.now);
        self.list.iter().any(|entry| entry.content.is_some() || turns(entry))
    }

    /// What may end rows elsewhere. Where an answer had shown the record alive already it has done so then, and if the other
    /// table shows it since, its row has ended this one. Whatever is read again, rather than as it changes, makes sure.
    pub(super) fn alive(&self, origin: Origin) -> Vec<Alive> {
        let was_alive = |known: &Known| !known.standing.is_deleted() && known.confirmed.is_none();
        let alive = self.list.iter().filter_map(|entry| {
            if origin == Origin::Live && entry.known.as_ref().is_some_and(was_alive) {
                return None;
            }
            let now = entry.now.filter(|now| entry.confirmed && !now.is_deleted())?;
            Some(Alive { key: entry.key.clone(), answer: now.answer, is_new: entry.known.is_none() })
        });
        alive.collect()
    }

    /// What happened to its records; see [`Applied::happenings`].
    pub(super) fn happenings(&self, origin: Origin) -> Vec<Happening> {
        let Some(family) = self.table.family.as_ref().filter(|_| origin.is_observed()) else { return Vec::new() };
        let told = self.list.iter().filter_map(|entry| {
            let (what, at) = entry.happened(origin)?;
            Some(Happening { family: family.clone(), key: entry.key.clone(), what, at })
        });
        told.collect()
    }

    pub(super) fn highest_tick(&self) -> i64 {
        let rows = self.rows.iter().map(|(_, row)| row.answer.answered);
        let tombstones = self.tombstones.iter().map(|(_, tombstone)| tombstone.answer.answered);
        rows.chain(tombstones).max().unwrap_or(0)
    }
}

impl<'a> Entry<'a> {
    /// A narrow row stands for the record with its columns replaced.
    fn merged(&self, newcomer: Standing, row: &Row, narrow: Option<u64>) -> Standing {
        let stored = self.now.and_then(|now| now.fingerprint).filter(|_| row.narrow);
        match (stored, self.narrow, narrow) {
            (Some(stored), Some(old), Some(new)) => {
                Standing { fingerprint: Some(stored.wrapping_sub(old).wrapping_add(new)), ..newcomer }
            }
            _ => newcomer,
        }
    }

    fn happened(&self, origin: Origin) -> Option<(Happened, Option<i64>)> {
        let now = self.now?;
        let before = self.known.as_ref().and_then(|known| match &known.confirmed {
            Some(Confirmed { existed: false, .. }) => None,
            Some(Confirmed { stamp, .. }) => Some(Standing { stamp: *stamp, fingerprint: None, ..known.standing }),
            None => Some(known.standing),
        });
        match before {
            None if now.is_deleted() => None,
            None => Some((Happened::Created, now.stamp)),
            Some(before) if before.is_deleted() && now.is_deleted() => None,
            Some(_) if now.is_deleted() => Some((Happened::Deleted, None)),
            Some(before) if before.is_deleted() => Some((Happened::Changed, now.stamp)),
            Some(before) if before.fingerprint == now.fingerprint => None,
            // Where everything is read again, a record without a time may only be shown in another way.
            Some(before) => {
                let is_news = if now.stamp.is_none() { origin == Origin::Live } else { now.stamp > before.stamp };
                is_news.then_some((Happened::Changed, now.stamp))
            }
        }
    }

    fn meet_row(
        &mut self,
        row: &'a Row,
        mut newcomer: Standing,
        narrow: Option<u64>,
        origin: Origin,
        applied: &mut Applied,
    ) -> Verdict {
        // The record as the first source told it stays.
        let raw_hash = match self.raw_hash {
            Some(stored) if row.narrow => Some(stored),
            _ => Some(xxh64(row.raw.as_bytes(), 0)),
        };
        let Some(now) = self.now else {
            applied.inserted += 1;
            applied.deleted += u64::from(newcomer.is_deleted());
            self.take(row, newcomer, narrow, raw_hash);
            return Verdict::Newer;
        };
        // The same answer read once more, by newer rules: its record is what it is, only its columns differ.
        let remade = origin == Origin::Rebuild && newcomer.answer == now.answer;
        let verdict = match judge(&now, &newcomer) {
            _ if remade => Verdict::Newer,
            // An answer that is as new as what was told knows better.
            Verdict::Contested if self.is_hearsay() && newcomer.stamp == now.stamp => Verdict::Newer,
            verdict => verdict,
        };
        match verdict {
            Verdict::Newer => {
                if remade || newcomer.is_deleted() {
                    newcomer.deleted_at = now.deleted_at.or(newcomer.deleted_at);
                }
                let differs = now.fingerprint != newcomer.fingerprint;
                let revived = now.is_deleted() && !newcomer.is_deleted();
                let died = !now.is_deleted() && newcomer.is_deleted();
                applied.changed += u64::from(differs || revived);
                applied.deleted += u64::from(died);
                applied.same += u64::from(!differs && !revived && !died);
                // The raw record may hold news that no column shows yet, and what was only told is confirmed.
                if differs || self.raw_hash != raw_hash || self.is_hearsay() {
                    self.take(row, newcomer, narrow, raw_hash);
                } else {
                    self.now = Some(newcomer);
                }
                self.confirmed = true;
            }
            Verdict::Same => {
                newcomer.answer = now.answer.max(newcomer.answer);
                if self.is_hearsay() {
                    self.take(row, newcomer, narrow, raw_hash);
                } else {
                    self.now = Some(Standing { answer: newcomer.answer, ..now });
                }
                self.confirmed = true;
                applied.same += 1;
            }
            Verdict::Older => applied.older += 1,
            Verdict::Contested => {}
        }
        verdict
    }

    /// Whether the stored row was only told of, and no row of this batch replaced it.
    fn is_hearsay(&self) -> bool {
        self.content.is_none() && self.known.as_ref().is_some_and(|known| known.confirmed.is_some())
    }

    /// A row that was only told of wins by a later stamp alone. Whatever is asked for after it was told wins against it.
    fn meet_hearsay(&mut self, row: &'a Row, newcomer: Standing, applied: &mut Applied) {
        let told = newcomer.answer.answered;
        if newcomer.stamp.is_none() {
            applied.older += 1;
            return;
        }
        let (asked, confirmed) = match (self.now, &self.known) {
            (None, _) => (0, Confirmed::default()),
            (Some(now), known) => {
                if now.is_deleted() || now.stamp.is_none() || newcomer.stamp <= now.stamp {
                    applied.older += 1;
                    return;
                }
                let before = known.as_ref().map(|known| {
                    let (stamp, watched) = (known.standing.stamp, known.watched.clone());
                    known.confirmed.clone().unwrap_or(Confirmed { existed: true, stamp, watched })
                });
                (now.answer.asked, before.unwrap_or_default())
            }
        };
        (applied.inserted, applied.changed) = match self.now {
            None => (applied.inserted + 1, applied.changed),
            Some(_) => (applied.inserted, applied.changed + 1),
        };
        let answer = Answer { asked, answered: told.max(self.now.map_or(0, |now| now.answer.answered)) };
        self.take(row, Standing { answer, ..newcomer }, None, self.raw_hash);
        self.provisional = Some(confirmed);
    }

    fn take(&mut self, row: &'a Row, newcomer: Standing, narrow: Option<u64>, raw_hash: Option<u64>) {
        self.content = Some(row);
        self.provisional = None;
        self.narrow = narrow;
        self.raw_hash = raw_hash;
        self.now = Some(newcomer);
        self.confirmed = true;
    }

    /// A deletion of an unknown record is kept without values, so that an old page cannot bring it in later.
    fn meet_tombstone(&mut self, tombstone: &Tombstone, applied: &mut Applied) -> Verdict {
        let newcomer = Standing {
            fingerprint: None,
            stamp: None,
            deleted_at: Some(tombstone.deleted_at),
            answer: tombstone.answer,
        };
        let Some(now) = self.now else {
            self.now = Some(newcomer);
            applied.same += 1;
            return Verdict::Newer;
        };
        let verdict = judge(&now, &newcomer);
        match verdict {
            Verdict::Newer => {
                applied.deleted += u64::from(!now.is_deleted());
                applied.same += u64::from(now.is_deleted());
                let deleted_at = now.deleted_at.or(newcomer.deleted_at);
                self.now = Some(Standing { deleted_at, answer: newcomer.answer, ..now });
            }
            Verdict::Same => {
                self.now = Some(Standing { answer: now.answer.max(newcomer.answer), ..now });
                applied.same += 1;
            }
            Verdict::Older => applied.older += 1,
            Verdict::Contested => {}
        }
        verdict
    }
}

fn check(table: &Table, row: &Row) -> Result<()> {
    cells::check_cells(table, &row.cells)?;
    if row.narrow && table.narrow.is_empty() {
        return Err(cells::shape(table, "the table has no narrow profile"));
    }
    if row.children.len() != table.children.len() {
        return Err(cells::shape(table, "it does not bring rows for each child table"));
    }
    for (child, rows) in table.children.iter().zip(&row.children) {
        rows.iter().try_for_each(|cells| cells::check_cells(&child.table, cells))?;
    }
    Ok(())
}
