//! What `bench/engines.py` has a warehouse do: it answers questions, takes batches, and is kept in order. Prints a line of JSON
//! for each figure; times are milliseconds.
//!
//! `engines file PATH COMMAND...` or `engines lake CATALOG SCHEMA FOLDER COMMAND...`. Each command is a function here or in
//! [`load`]; the table is `tickets` of schema `halo`, which `haloscope sync` has filled.

#![expect(clippy::print_stdout, reason = "this is a command line")]

mod load;
mod pool;

use std::{
    env,
    error::Error,
    io::{self, Read as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::json;
use warehouse::{
    DuckDb, Extensions, Field, Interrupt, LakeAddress, OpenOptions, ResultColumn, Sink, Table, Upkeep, Warehouse as _,
    reader::{Limits, Reader, Source},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut args: Vec<String> = env::args().skip(1).collect();
    let place = Place::of(&mut args)?;
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    if let ["ask", runs] = args[..] {
        return ask(&place, runs.parse()?);
    }
    let engine = place.open()?;
    match args[..] {
        ["definition"] => println!("{}", text(&engine, DEFINITION)?),
        ["run", sql] => drop(rows(&engine, sql)?),
        ["checkpoint"] => engine.checkpoint()?,
        ["upkeep", ref pieces @ ..] => {
            for piece in pieces {
                upkeep(&engine, piece, Duration::ZERO)?;
            }
        }
        ["apply", runs, ref sizes @ ..] => load::apply(&engine, runs.parse()?, sizes)?,
        ["commit", count] => load::commit(&engine, count.parse()?)?,
        ["grow", count, step, faster, keep_s] => {
            load::grow(&engine, count.parse()?, step.parse()?, faster.parse()?, keep_s.parse()?)?;
        }
        _ => return Err(format!("there is no command {args:?}").into()),
    }
    Ok(())
}

/// Where the warehouse is.
enum Place {
    File(PathBuf),
    Lake(LakeAddress, Extensions),
}

impl Place {
    /// Takes it out of the arguments.
    fn of(args: &mut Vec<String>) -> Result<Self> {
        let count = if args.first().is_some_and(|kind| kind == "lake") { 4 } else { 2 };
        if args.len() < count {
            return Err("say where the warehouse is".into());
        }
        let place: Vec<String> = args.drain(..count).collect();
        if count == 2 {
            return Ok(Self::File(PathBuf::from(&place[1])));
        }
        let folder = env::var_os("HALOSCOPE_DUCKDB_EXTENSIONS");
        let extensions = folder.map_or(Extensions::Install, |folder| Extensions::Folder(folder.into()));
        let address =
            LakeAddress { catalog: place[1].clone(), schema: place[2].clone(), data: Path::new(&place[3]).into() };
        Ok(Self::Lake(address, extensions))
    }

    /// Opens it to write, as the product does.
    fn open(&self) -> Result<DuckDb> {
        let options = OpenOptions::default();
        Ok(match self {
            Self::File(path) => DuckDb::open_file(path, &options)?,
            Self::Lake(address, extensions) => DuckDb::open_lake(address, extensions, &options)?,
        })
    }

    /// What people's questions read: a file as it is, since nobody writes to it now, and a lake by a copy of its catalogue.
    fn source(&self, copy: &Path) -> Result<Source> {
        Ok(match self {
            Self::File(path) => Source::File(path.clone()),
            Self::Lake(address, extensions) => {
                Source::Lake(address.copy(extensions, copy)?.ok_or("there is no lake yet")?)
            }
        })
    }
}

const DEFINITION: &str =
    "select definition from _warehouse.tables where schema_name = 'halo' and table_name = 'tickets'";

/// The product's own definition of its table of tickets.
fn tickets(engine: &DuckDb) -> Result<Table> {
    Ok(serde_json::from_str(&text(engine, DEFINITION)?)?)
}

fn text(engine: &DuckDb, sql: &str) -> Result<String> {
    let rows = rows(engine, sql)?;
    Ok(rows.first().and_then(|row| row.first()).ok_or("no row")?.to_text())
}

fn rows(engine: &DuckDb, sql: &str) -> Result<Vec<Vec<Field>>> {
    let mut rows = Vec::new();
    engine.query(sql, &[], &mut rows, &Interrupt::new())?;
    Ok(rows)
}

/// What `haloscope query` allows.
const LIMITS: Limits = Limits { memory_bytes: 1 << 30, threads: 2 };

/// Reads pairs of name and question from standard input; answers each once, then so many times more, as `haloscope query` does.
/// Before, it tells how long it took until the first could be asked.
fn ask(place: &Place, runs: usize) -> Result<()> {
    let mut input = String::new();
    io::stdin().read_to_string(&mut input)?;
    let questions: Vec<(String, String)> = serde_json::from_str(&input)?;
    let folder = tempfile::tempdir()?;
    let began = Instant::now();
    let reader = Reader::open(&place.source(&folder.path().join("catalogue"))?, "halo", &LIMITS)?;
    println!("{}", json!({"opening_ms": milliseconds(began)}));
    for (name, sql) in questions {
        let mut times = Vec::new();
        let mut answer = Rows::default();
        for _ in 0..=runs {
            answer.0.clear();
            let began = Instant::now();
            reader.answer(&sql, &mut answer)?;
            times.push(milliseconds(began));
        }
        println!("{}", json!({"name": name, "first_ms": times[0], "ms": times[1..], "rows": answer.0}));
    }
    Ok(())
}

/// Rows of an answer, as texts.
#[derive(Default)]
struct Rows(Vec<Vec<String>>);

impl Sink for Rows {
    fn columns(&mut self, _: &[ResultColumn]) -> io::Result<()> {
        Ok(())
    }

    fn row(&mut self, fields: &[Field]) -> io::Result<()> {
        self.0.push(fields.iter().map(Field::to_text).collect());
        Ok(())
    }
}

/// Does a piece of a lake's upkeep, whether it is due or not.
fn upkeep(engine: &DuckDb, name: &str, keep: Duration) -> Result<()> {
    const PIECES: [Upkeep; 5] = [Upkeep::Flush, Upkeep::Merge, Upkeep::Rewrite, Upkeep::Expire, Upkeep::CleanUp];
    let piece = PIECES.into_iter().find(|piece| piece.name() == name).ok_or("there is no such piece of upkeep")?;
    let began = Instant::now();
    let count = engine.upkeep_piece(piece, keep)?;
    println!("{}", json!({"piece": name, "count": count, "ms": milliseconds(began)}));
    Ok(())
}

fn milliseconds(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e3
}
