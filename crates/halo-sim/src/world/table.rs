//! Rows of one kind in order of id, with the live ones indexed for cheap pages.
//!
//! A row is never removed: a deleted one is marked, so that the truth can still show it. The moments by
//! which lists are cut most often lie beside the rows, see [`super::columns`].

use super::columns::{Columns, Selection};
use crate::times::Ms;

/// What a table needs to know of a row.
pub(crate) trait Row {
    /// Index lanes: 0 holds all live rows, the others those of one sub-kind.
    const LANES: usize = 1;
    /// Moments of a row by which lists are cut without a look at the rows.
    const COLUMNS: usize = 0;
    /// Whether lists may leave out live rows unasked, so that each must be looked at.
    const HIDES: bool = true;
    fn id(&self) -> i64;
    fn deleted(&self) -> bool;
    /// The lane, besides lane 0, in which this row is listed.
    fn lane(&self) -> usize {
        0
    }
    /// The moment of a column, counted from 0.
    fn moment(&self, _column: usize) -> Ms {
        0
    }
}

/// See the module.
pub(crate) struct Table<R> {
    rows: Vec<R>,
    /// Per lane the positions of live rows, rising.
    lanes: Vec<Vec<u32>>,
    columns: Columns,
}

impl<R: Row> Default for Table<R> {
    fn default() -> Self {
        Self { rows: Vec::new(), lanes: vec![Vec::new(); R::LANES], columns: Columns::new(R::COLUMNS) }
    }
}

impl<R: Row> FromIterator<R> for Table<R> {
    fn from_iter<I: IntoIterator<Item = R>>(rows: I) -> Self {
        let mut table = Self::default();
        for row in rows {
            table.push(row);
        }
        table
    }
}

impl<R: Row> Table<R> {
    /// Adds a row.
    ///
    /// # Panics
    /// Ids must rise: rows are found by binary search.
    pub(crate) fn push(&mut self, row: R) {
        assert!(row.id() >= self.next_id(), "rows come in order of id");
        let position = u32::try_from(self.rows.len()).expect("tables stay below four thousand million rows");
        for lane in lanes_of(&row).into_iter().flatten() {
            self.lanes[lane].push(position);
        }
        if R::COLUMNS > 0 {
            self.columns.push(&row);
        }
        self.rows.push(row);
    }

    pub(crate) fn next_id(&self) -> i64 {
        self.rows.last().map_or(i64::MIN, |row| row.id() + 1)
    }

    /// All rows, deleted ones too.
    pub(crate) fn rows(&self) -> &[R] {
        &self.rows
    }

    /// Positions in [`Self::rows`] of the live rows of a lane.
    pub(crate) fn lane(&self, lane: usize) -> &[u32] {
        &self.lanes[lane]
    }

    /// The rows of a lane, or its deleted ones, whose moments lie within the cuts.
    ///
    /// # Panics
    /// The table must have columns.
    pub(crate) fn select(&self, lane: usize, deleted: bool, cuts: &[super::columns::Cut]) -> Selection<'_> {
        self.columns.select(lane, deleted, cuts)
    }

    pub(crate) fn live(&self) -> impl Iterator<Item = &R> {
        self.lanes[0].iter().map(|position| &self.rows[*position as usize])
    }

    fn position(&self, id: i64) -> Option<usize> {
        let first = self.rows.first()?.id();
        // Ids are mostly dense, so the first guess is mostly right.
        let guess = usize::try_from(id.checked_sub(first)?).ok()?;
        match self.rows.get(guess) {
            Some(row) if row.id() == id => Some(guess),
            _ => self.rows.binary_search_by_key(&id, Row::id).ok(),
        }
    }

    /// The row, whether deleted or not.
    pub(crate) fn get(&self, id: impl Into<i64>) -> Option<&R> {
        self.position(id.into()).map(|position| &self.rows[position])
    }

    /// The row unless it is deleted.
    pub(crate) fn alive(&self, id: impl Into<i64>) -> Option<&R> {
        self.get(id).filter(|row| !row.deleted())
    }

    /// Changes a row and keeps the index right; `None` when there is no such row.
    pub(crate) fn edit<T>(&mut self, id: impl Into<i64>, change: impl FnOnce(&mut R) -> T) -> Option<T> {
        let position = self.position(id.into())?;
        let row = &mut self.rows[position];
        let before = lanes_of(row);
        let answer = change(row);
        let after = lanes_of(row);
        if R::COLUMNS > 0 {
            self.columns.set(position, row);
        }
        if before != after {
            let position = u32::try_from(position).expect("positions fit, see push");
            for lane in before.into_iter().flatten() {
                let lane = &mut self.lanes[lane];
                if let Ok(at) = lane.binary_search(&position) {
                    lane.remove(at);
                }
            }
            for lane in after.into_iter().flatten() {
                let lane = &mut self.lanes[lane];
                if let Err(at) = lane.binary_search(&position) {
                    lane.insert(at, position);
                }
            }
        }
        Some(answer)
    }
}

fn lanes_of<R: Row>(row: &R) -> [Option<usize>; 2] {
    match (row.deleted(), row.lane()) {
        (true, _) => [None, None],
        (false, 0) => [Some(0), None],
        (false, lane) => [Some(0), Some(lane)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing(i64, bool, usize);

    impl Row for Thing {
        const LANES: usize = 3;
        fn id(&self) -> i64 {
            self.0
        }
        fn deleted(&self) -> bool {
            self.1
        }
        fn lane(&self) -> usize {
            self.2
        }
    }

    fn lane(table: &Table<Thing>, lane: usize) -> Vec<i64> {
        table.lane(lane).iter().map(|position| table.rows()[*position as usize].0).collect()
    }

    #[test]
    fn the_index_follows_deletes_restores_and_changes_of_kind() {
        let mut table: Table<Thing> =
            [2, 3, 7, 9].into_iter().map(|id| Thing(id, false, if id % 2 == 0 { 1 } else { 2 })).collect();
        assert_eq!((lane(&table, 0), lane(&table, 1), lane(&table, 2)), (vec![2, 3, 7, 9], vec![2], vec![3, 7, 9]));
        table.edit(7, |row| row.1 = true).unwrap();
        assert_eq!((lane(&table, 0), lane(&table, 2)), (vec![2, 3, 9], vec![3, 9]));
        assert!(table.alive(7).is_none() && table.get(7).is_some());
        table.edit(7, |row| (row.1, row.2) = (false, 1)).unwrap();
        assert_eq!((lane(&table, 0), lane(&table, 1), lane(&table, 2)), (vec![2, 3, 7, 9], vec![2, 7], vec![3, 9]));
        assert!(table.edit(8, |_| ()).is_none());
        assert_eq!(table.next_id(), 10);
    }
}
