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
    path::Path,
    time::{Duration, Instant},
};

use serde_json::json;
use warehouse::{DuckDb, Extensions, Field, Interrupt, LakeAddress, OpenOptions, Table, Upkeep, Warehouse as _};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut args: Vec<String> = env::args().skip(1).collect();
    let engine = open(&mut args)?;
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["definition"] => println!("{}", text(&engine, DEFINITION)?),
        ["ask", runs] => ask(&engine, runs.parse()?)?,
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

/// Takes the place out of the arguments and opens it as the product does.
fn open(args: &mut Vec<String>) -> Result<DuckDb> {
    let count = if args.first().is_some_and(|kind| kind == "lake") { 4 } else { 2 };
    if args.len() < count {
        return Err("say where the warehouse is".into());
    }
    let place: Vec<String> = args.drain(..count).collect();
    let options = OpenOptions::default();
    if count == 2 {
        return Ok(DuckDb::open_file(place[1].as_ref(), &options)?);
    }
    let folder = env::var_os("HALOSCOPE_DUCKDB_EXTENSIONS");
    let extensions = folder.map_or(Extensions::Install, |folder| Extensions::Folder(folder.into()));
    let address =
        LakeAddress { catalog: place[1].clone(), schema: place[2].clone(), data: Path::new(&place[3]).into() };
    Ok(DuckDb::open_lake(&address, &extensions, &options)?)
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

/// Reads pairs of name and question from standard input; answers each once, then so many times more.
fn ask(engine: &DuckDb, runs: usize) -> Result<()> {
    let mut input = String::new();
    io::stdin().read_to_string(&mut input)?;
    let questions: Vec<(String, String)> = serde_json::from_str(&input)?;
    for (name, sql) in questions {
        let mut times = Vec::new();
        let mut answer = Vec::new();
        for _ in 0..=runs {
            let began = Instant::now();
            answer = rows(engine, &sql)?;
            times.push(milliseconds(began));
        }
        let answer: Vec<Vec<String>> = answer.iter().map(|row| row.iter().map(Field::to_text).collect()).collect();
        println!("{}", json!({"name": name, "first_ms": times[0], "ms": times[1..], "rows": answer}));
    }
    Ok(())
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
