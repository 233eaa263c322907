//! Moments of all rows, apart from the rows: a list cut by a change stamp reads eight bytes of each row
//! instead of a cache line or more.
//!
//! Rows are taken in blocks. Of each block the earliest and the latest moment are known, so that a cut of
//! the last hour reads only the blocks that a change of the last hour touched. When a row changes, these
//! bounds only widen: they stay right, if not tight.

use super::table::Row;
use crate::times::Ms;

const BLOCK: usize = 1_024;
/// Added to the lane of a deleted row.
const DELETED: u8 = 0x80;

/// Rows whose moment of a column lies between two moments, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Cut {
    pub(crate) column: usize,
    pub(crate) from: Ms,
    pub(crate) to: Ms,
}

impl Cut {
    pub(crate) fn holds<R: Row>(&self, row: &R) -> bool {
        (self.from..=self.to).contains(&row.moment(self.column))
    }
}

/// See the module.
pub(crate) struct Columns {
    /// Lane of each row, see [`DELETED`].
    tags: Vec<u8>,
    columns: Vec<Column>,
}

#[derive(Default)]
struct Column {
    moments: Vec<Ms>,
    /// Earliest and latest moment of each block.
    bounds: Vec<(Ms, Ms)>,
}

impl Columns {
    pub(super) fn new(count: usize) -> Self {
        Self { tags: Vec::new(), columns: std::iter::repeat_with(Column::default).take(count).collect() }
    }

    pub(super) fn push<R: Row>(&mut self, row: &R) {
        self.tags.push(tag(row));
        for (number, column) in self.columns.iter_mut().enumerate() {
            let moment = row.moment(number);
            if column.moments.len().is_multiple_of(BLOCK) {
                column.bounds.push((moment, moment));
            }
            column.moments.push(moment);
            column.widen(column.moments.len() - 1);
        }
    }

    pub(super) fn set<R: Row>(&mut self, position: usize, row: &R) {
        self.tags[position] = tag(row);
        for (number, column) in self.columns.iter_mut().enumerate() {
            column.moments[position] = row.moment(number);
            column.widen(position);
        }
    }

    pub(super) fn select(&self, lane: usize, deleted: bool, cuts: &[Cut]) -> Selection<'_> {
        assert!(!self.columns.is_empty(), "only tables with columns are cut");
        let mut selection = Selection { columns: self, lane, deleted, cuts: cuts.to_vec(), counts: Vec::new(), len: 0 };
        let mut kept = [0; BLOCK];
        for block in 0..self.tags.len().div_ceil(BLOCK) {
            let count =
                if selection.keep(block, &mut kept) { kept.iter().map(|kept| usize::from(*kept)).sum() } else { 0 };
            selection.counts.push(count);
            selection.len += count;
        }
        selection
    }
}

impl Column {
    fn widen(&mut self, position: usize) {
        let moment = self.moments[position];
        let (low, high) = &mut self.bounds[position / BLOCK];
        (*low, *high) = ((*low).min(moment), (*high).max(moment));
    }
}

fn tag<R: Row>(row: &R) -> u8 {
    let lane = u8::try_from(row.lane()).expect("lanes are few");
    if row.deleted() { lane | DELETED } else { lane }
}

/// Positions of rows, rising, counted but not yet listed.
pub(crate) struct Selection<'a> {
    columns: &'a Columns,
    lane: usize,
    deleted: bool,
    cuts: Vec<Cut>,
    /// Selected rows of each block.
    counts: Vec<usize>,
    len: usize,
}

impl Selection<'_> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The positions from one place among the selected to another.
    pub(crate) fn positions(&self, range: std::ops::Range<usize>) -> Vec<u32> {
        let (mut found, mut kept) = (Vec::with_capacity(range.len().min(self.len)), [0; BLOCK]);
        let mut place = 0;
        for (block, count) in self.counts.iter().enumerate() {
            if place >= range.end {
                break;
            }
            let next = place + count;
            if *count > 0 && next > range.start {
                self.keep(block, &mut kept);
                let inside = kept.iter().enumerate().filter(|(_, kept)| **kept == 1).map(|(inside, _)| inside);
                let wanted = inside.skip(range.start.saturating_sub(place)).take(range.end - place.max(range.start));
                found.extend(wanted.map(|inside| u32::try_from(block * BLOCK + inside).expect("as in Table::push")));
            }
            place = next;
        }
        found
    }

    /// Sets a 1 for each selected row of a block; false when there is none for certain.
    fn keep(&self, block: usize, kept: &mut [u8; BLOCK]) -> bool {
        let start = block * BLOCK;
        let apart = |cut: &Cut| {
            let (low, high) = self.columns.columns[cut.column].bounds[block];
            low > cut.to || high < cut.from
        };
        if self.cuts.iter().any(apart) {
            return false;
        }
        let tags = &self.columns.tags[start..self.columns.tags.len().min(start + BLOCK)];
        kept[tags.len()..].fill(0);
        let deleted = if self.deleted { DELETED } else { 0 };
        // Lane 0 holds all, so its tag needs no look at the lane.
        let (mask, wanted) = if self.lane == 0 {
            (DELETED, deleted)
        } else {
            (u8::MAX, u8::try_from(self.lane).expect("lanes are few") | deleted)
        };
        for (kept, tag) in kept.iter_mut().zip(tags) {
            *kept = u8::from(tag & mask == wanted);
        }
        for cut in &self.cuts {
            let column = &self.columns.columns[cut.column];
            let (low, high) = column.bounds[block];
            if cut.from <= low && high <= cut.to {
                continue;
            }
            for (kept, moment) in kept.iter_mut().zip(&column.moments[start..start + tags.len()]) {
                *kept &= u8::from(cut.from <= *moment) & u8::from(*moment <= cut.to);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use crate::world::table::Table;

    struct Dated {
        id: i64,
        deleted: bool,
        lane: usize,
        at: [Ms; 2],
    }

    impl Row for Dated {
        const LANES: usize = 3;
        const COLUMNS: usize = 2;
        fn id(&self) -> i64 {
            self.id
        }
        fn deleted(&self) -> bool {
            self.deleted
        }
        fn lane(&self) -> usize {
            self.lane
        }
        fn moment(&self, column: usize) -> Ms {
            self.at[column]
        }
    }

    #[test]
    fn a_selection_is_what_a_scan_finds_also_after_changes() {
        let mut rng = Rng::new(1, "columns", 0);
        let mut table: Table<Dated> = (0..5_000)
            .map(|id| Dated {
                id,
                deleted: rng.chance(0.1),
                lane: 1 + rng.index(2),
                at: [id + rng.between(0, 300), id],
            })
            .collect();
        for round in 0..60 {
            for _ in 0..20 {
                let (id, deleted, at) = (rng.between(0, 4_999), rng.chance(0.3), rng.between(-9, 9_000));
                table.edit(id, |row| (row.deleted, row.at[0]) = (deleted, at)).unwrap();
            }
            let (lane, deleted) = (rng.index(3), rng.chance(0.3));
            let draw = |rng: &mut Rng| rng.between(0, 6_000);
            let cuts = [
                Cut { column: 0, from: draw(&mut rng), to: if rng.chance(0.5) { Ms::MAX } else { draw(&mut rng) } },
                Cut { column: 1, from: Ms::MIN, to: draw(&mut rng) },
            ];
            let cuts = &cuts[..rng.index(3)];
            let within = |row: &Dated| cuts.iter().all(|cut| (cut.from..=cut.to).contains(&row.at[cut.column]));
            let scan: Vec<u32> = (0..)
                .zip(table.rows())
                .filter(|(_, row)| row.deleted == deleted && (lane == 0 || row.lane == lane) && within(row))
                .map(|(position, _)| position)
                .collect();
            let selection = table.select(lane, deleted, cuts);
            assert_eq!(selection.len(), scan.len(), "round {round}");
            assert_eq!(selection.positions(0..usize::MAX), scan, "round {round}");
            let (start, end) = (scan.len() / 3, scan.len() * 2 / 3);
            assert_eq!(selection.positions(start..end), scan[start..end], "round {round}");
        }
    }
}
