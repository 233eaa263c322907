//! Rows that are there already, to be changed and applied again.

use std::{collections::HashMap, io};

use warehouse::{Answer, Cell, ColumnType, DuckDb, Field, Interrupt, ResultColumn, Row, Sink, Table, Warehouse as _};

use crate::Result;

/// Stored rows, and what is needed to change them. The same seed gives the same changes on every engine.
pub(crate) struct Pool {
    rows: Vec<Row>,
    positions: HashMap<&'static str, usize>,
    tick: i64,
    seed: u64,
}

impl Pool {
    /// Every fiftieth ticket, and with `recent` the newest ten thousand as well, as those change most.
    pub(crate) fn new(engine: &DuckDb, table: &Table, recent: bool) -> Result<Self> {
        let columns: Vec<String> = table.columns.iter().map(|column| plain(&column.name, column.column_type)).collect();
        let newest = if recent { "or id > (select max(id) - 10000 from halo.tickets)" } else { "" };
        let sql = format!(
            "select {}, raw from halo.tickets t join halo_raw.tickets r using (id) \
             where deleted_at is null and (id % 50 = 0 {newest}) order by id",
            columns.join(", ")
        );
        let mut taken = Taken { types: table.columns.iter().map(|column| column.column_type).collect(), rows: vec![] };
        engine.query(&sql, &[], &mut taken, &Interrupt::new())?;
        let places = ["status_id", "last_update", "timetaken"].map(|name| (name, table.position(name)));
        let positions = places.into_iter().filter_map(|(name, place)| Some((name, place?))).collect();
        Ok(Self { rows: taken.rows, positions, tick: engine.highest_tick()?, seed: 42 })
    }

    /// So many different rows, each changed as when somebody works on the ticket: its status (which is watched, so that history
    /// gets a row), its time of change, its time taken and its raw record.
    pub(crate) fn changed(&mut self, count: usize) -> Vec<Row> {
        self.tick += 2;
        let (step, mut place) = (self.stride(), self.random());
        let mut changed = Vec::with_capacity(count);
        for _ in 0..count {
            place = (place + step) % self.rows.len();
            changed.push(self.change(place));
        }
        changed
    }

    /// A number between 1 and 10.
    pub(crate) fn few(&mut self) -> usize {
        1 + self.random() % 10
    }

    fn change(&mut self, place: usize) -> Row {
        let tick = self.tick;
        let row = &mut self.rows[place];
        for (name, position) in &self.positions {
            let cell = &mut row.cells[*position];
            *cell = match (*name, &*cell) {
                ("status_id", Cell::Int(status)) => Cell::Int(status % 9 + 1),
                ("last_update", Cell::Timestamp(at)) => Cell::Timestamp(at + 1_000_000),
                ("timetaken", Cell::Double(hours)) => Cell::Double(hours + 0.25),
                (_, other) => other.clone(),
            };
        }
        row.answer = Answer { asked: tick, answered: tick + 1 };
        row.raw = format!("{{\"bench\":{tick},{}", row.raw.trim_start_matches('{')).into();
        let changed = row.clone();
        // The stored one stays as long as it was.
        row.raw = changed.raw.replacen(&format!("\"bench\":{tick},"), "", 1).into();
        changed
    }

    /// Prime to most lengths, so that no row comes twice before all came once.
    fn stride(&self) -> usize {
        let gcd = |mut a: usize, mut b: usize| {
            while b != 0 {
                (a, b) = (b, a % b);
            }
            a
        };
        (7_919..).find(|step| gcd(*step, self.rows.len()) == 1).expect("some number is prime to it")
    }

    /// Splitmix64.
    fn random(&mut self) -> usize {
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % 1_000_000_007).expect("it is small")
    }
}

/// A column in a form that its cell can be made of.
fn plain(name: &str, column_type: ColumnType) -> String {
    match column_type {
        ColumnType::Timestamp => format!("epoch_us(\"{name}\")"),
        ColumnType::Date => format!("date_diff('day', date '1970-01-01', \"{name}\")"),
        ColumnType::Decimal => format!("(\"{name}\" * 1000000)::bigint"),
        ColumnType::Json => format!("\"{name}\"::varchar"),
        _ => format!("\"{name}\""),
    }
}

/// Makes rows of what comes.
struct Taken {
    types: Vec<ColumnType>,
    rows: Vec<Row>,
}

impl Sink for Taken {
    fn columns(&mut self, _: &[ResultColumn]) -> io::Result<()> {
        Ok(())
    }

    fn row(&mut self, fields: &[Field]) -> io::Result<()> {
        let cells = self.types.iter().zip(fields).map(|(column_type, field)| cell(*column_type, field)).collect();
        let raw = fields.last().map(Field::to_text).unwrap_or_default().into();
        let answer = Answer::default();
        self.rows.push(Row { cells, children: vec![], raw, answer, deleted_at: None, narrow: false });
        Ok(())
    }
}

fn cell(column_type: ColumnType, field: &Field) -> Cell {
    match (column_type, field) {
        (ColumnType::Timestamp, Field::Int(at)) => i64::try_from(*at).map_or(Cell::Null, Cell::Timestamp),
        (ColumnType::Date, Field::Int(day)) => i32::try_from(*day).map_or(Cell::Null, Cell::Date),
        (ColumnType::Decimal, Field::Int(millionths)) => i64::try_from(*millionths).map_or(Cell::Null, Cell::Decimal),
        (ColumnType::Json, Field::Text(text)) => Cell::Json(text.as_str().into()),
        (_, Field::Bool(value)) => Cell::Bool(*value),
        (_, Field::Int(value)) => i64::try_from(*value).map_or(Cell::Null, Cell::Int),
        (_, Field::Float(value)) => Cell::Double(*value),
        (_, Field::Text(text)) => Cell::Text(text.as_str().into()),
        (_, Field::Object(entries)) => Cell::Map(entries.iter().map(entry).collect()),
        _ => Cell::Null,
    }
}

fn entry((name, value): &(String, Field)) -> warehouse::MapEntry {
    let value = if *value == Field::Null { None } else { Some(value.to_text().into()) };
    (name.as_str().into(), value)
}
