//! The child of `haloscope query`: limits itself, then runs one statement on a copy of the warehouse.

use std::ffi::OsString;
use std::io::{self, BufWriter, Read as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use rustix::process::{Resource, Rlimit, setrlimit};
use warehouse::reader::{self, Limits, Source};
use warehouse::{BucketAccess, Error, Field, LakeCopy, LakeFolder, ResultColumn, Sink};

use super::output;
use super::query::Format;

/// Longest statement, with what comes before it.
const MAX_INPUT_BYTES: u64 = (1 << 20) + (1 << 14);
/// Address space beside the engine's own memory: code, threads and the mapped copy.
const OVERHEAD_BYTES: u64 = 4 << 30;
/// Rows that a table for people holds in memory; more are cut, and said so.
const MOST_TABLE_ROWS: usize = 10_000;

/// What the parent hands over. Standard input brings the statement, before it a line that says how the lake's bucket is reached.
#[derive(Args)]
pub(super) struct Arguments {
    #[arg(long)]
    file: PathBuf,
    /// What is in the file, if it is the catalogue of a lake.
    #[command(flatten)]
    lake: Option<Lake>,
    #[arg(long)]
    schema: String,
    #[arg(long, value_enum)]
    format: Format,
    #[arg(long)]
    memory_mb: u64,
    #[arg(long)]
    timeout_seconds: u64,
}

/// A lake whose catalogue was copied.
#[derive(Args)]
struct Lake {
    #[arg(long, requires_all = ["folder", "extension"])]
    catalog: Option<String>,
    #[arg(long)]
    folder: Option<String>,
    #[arg(long)]
    extension: Option<PathBuf>,
    #[arg(long)]
    bucket_extension: Option<PathBuf>,
}

/// What makes a child read this.
pub(super) fn naming(source: &Source) -> Vec<OsString> {
    let naming = match source {
        Source::File(path) => vec![("--file", path.clone().into())],
        Source::Lake(lake) => {
            let mut naming = vec![
                ("--file", lake.catalog.clone().into()),
                ("--catalog", OsString::from(&lake.schema)),
                ("--folder", lake.folder.to_string().into()),
                ("--extension", lake.extension.clone().into()),
            ];
            naming.extend(lake.bucket_extension.clone().map(|extension| ("--bucket-extension", extension.into())));
            naming
        }
    };
    naming.into_iter().flat_map(|(flag, value)| [OsString::from(flag), value]).collect()
}

/// What comes before the statement.
pub(super) fn preface(source: &Source) -> String {
    let access = if let Source::Lake(lake) = source { lake.folder.access() } else { None };
    access.map_or_else(String::new, |access| serde_json::to_string(access).expect("texts become JSON") + "\n")
}

impl Arguments {
    /// What is read, and the statement.
    fn source<'a>(&self, input: &'a str) -> Result<(Source, &'a str), Error> {
        let lake = self.lake.as_ref().and_then(|lake| {
            Some((lake.catalog.clone()?, lake.folder.as_deref()?, lake.extension.clone()?, &lake.bucket_extension))
        });
        let Some((schema, folder, extension, bucket_extension)) = lake else {
            return Ok((Source::File(self.file.clone()), input));
        };
        let misled = |why: &str| Error::Sink(io::Error::other(why.to_owned()));
        let (access, sql) = match bucket_extension {
            None => (BucketAccess::default(), input),
            Some(_) => {
                let (first, sql) = input.split_once('\n').ok_or_else(|| misled("no bucket is told"))?;
                (serde_json::from_str(first).map_err(|_| misled("it is not told how the bucket is reached"))?, sql)
            }
        };
        let folder = LakeFolder::named(folder, &access).ok_or_else(|| misled("the lake's folder has no name"))?;
        let (catalog, bucket_extension) = (self.file.clone(), bucket_extension.clone());
        let copy = LakeCopy { catalog, schema, folder, extension, bucket_extension };
        Ok((Source::Lake(copy), sql))
    }
}

/// Runs the query. Nothing else runs in this process.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    match ask(arguments) {
        // Whoever reads has enough, as with `| head`.
        Err(Error::Sink(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Error::Broken { warehouse, .. }) => {
            match arguments.lake {
                Some(_) => eprintln!(
                    "haloscope: a file of the lake `{warehouse}` is missing or damaged: run `haloscope sync`, or \
                     `haloscope sync --full` if that does not meet the damage; nothing is lost, see docs/operations.md"
                ),
                // What it names is the copy, which is of no use to anyone.
                None => eprintln!("haloscope: {}", output::DAMAGED),
            }
            ExitCode::FAILURE
        }
        // The engine's own advice names settings that nobody can change here.
        Err(Error::OutOfMemory(_)) => {
            eprintln!(
                "haloscope: the query needs more memory than it may use: ask for less at once, or raise --memory-mb"
            );
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("haloscope: {}", output::chain(&error.into()));
            ExitCode::FAILURE
        }
        Ok(()) => ExitCode::SUCCESS,
    }
}

fn ask(arguments: &Arguments) -> Result<(), Error> {
    let memory_bytes = arguments.memory_mb << 20;
    limit(Resource::As, memory_bytes.saturating_add(OVERHEAD_BYTES));
    // Two threads may be busy until the deadline.
    limit(Resource::Cpu, arguments.timeout_seconds.saturating_mul(2).saturating_add(2));
    limit(Resource::Core, 0);
    let mut input = String::new();
    io::stdin().take(MAX_INPUT_BYTES).read_to_string(&mut input).map_err(Error::Sink)?;
    let (source, sql) = arguments.source(&input)?;
    let limits = Limits { memory_bytes, threads: 2 };
    let out = BufWriter::new(io::stdout().lock());
    let mut writer: Box<dyn Answer> = match arguments.format {
        Format::Table => Box::new(Table { out, head: Vec::new(), numbers: Vec::new(), rows: Vec::new(), cut: 0 }),
        Format::Json => Box::new(Json { out, names: Vec::new(), any: false }),
        Format::Csv => Box::new(Csv { out }),
    };
    reader::run(&source, &arguments.schema, sql, &limits, writer.as_mut())?;
    writer.finish().map_err(Error::Sink)
}

/// Lowers a limit of this process. Where the system has no such limit, the others and the parent's deadline remain.
fn limit(resource: Resource, bytes: u64) {
    let _ = setrlimit(resource, Rlimit { current: Some(bytes), maximum: Some(bytes) });
}

trait Answer: Sink {
    fn finish(&mut self) -> io::Result<()>;
}

struct Json<W> {
    out: W,
    names: Vec<String>,
    any: bool,
}

impl<W: Write> Sink for Json<W> {
    fn columns(&mut self, columns: &[ResultColumn]) -> io::Result<()> {
        // An object cannot hold a name twice: later ones are numbered.
        for column in columns {
            let taken = |names: &[String], name: &str| names.iter().any(|known| known == name);
            let mut name = column.name.clone();
            let mut number = 2;
            while taken(&self.names, &name) {
                name = format!("{}_{number}", column.name);
                number += 1;
            }
            self.names.push(name);
        }
        self.out.write_all(b"[")
    }

    fn row(&mut self, fields: &[Field]) -> io::Result<()> {
        let mut text = String::from(if self.any { ",\n{" } else { "\n{" });
        self.any = true;
        for (place, (name, field)) in self.names.iter().zip(fields).enumerate() {
            if place > 0 {
                text.push(',');
            }
            Field::Text(name.clone()).write_json(&mut text);
            text.push(':');
            field.write_json(&mut text);
        }
        text.push('}');
        self.out.write_all(text.as_bytes())
    }
}

impl<W: Write> Answer for Json<W> {
    fn finish(&mut self) -> io::Result<()> {
        self.out.write_all(if self.any { b"\n]\n" } else { b"]\n" })?;
        self.out.flush()
    }
}

struct Csv<W> {
    out: W,
}

impl<W: Write> Csv<W> {
    fn line(&mut self, cells: impl Iterator<Item = String>) -> io::Result<()> {
        let line: Vec<String> = cells.map(|cell| quoted(&cell)).collect();
        writeln!(self.out, "{}", line.join(","))
    }
}

fn quoted(cell: &str) -> String {
    match cell.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_owned(),
    }
}

impl<W: Write> Sink for Csv<W> {
    fn columns(&mut self, columns: &[ResultColumn]) -> io::Result<()> {
        self.line(columns.iter().map(|column| column.name.clone()))
    }

    fn row(&mut self, fields: &[Field]) -> io::Result<()> {
        self.line(fields.iter().map(Field::to_text))
    }
}

impl<W: Write> Answer for Csv<W> {
    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

struct Table<W> {
    out: W,
    head: Vec<String>,
    /// Columns of numbers, which stand to the right.
    numbers: Vec<usize>,
    rows: Vec<Vec<String>>,
    cut: usize,
}

impl<W: Write> Sink for Table<W> {
    fn columns(&mut self, columns: &[ResultColumn]) -> io::Result<()> {
        let is_number = |kind: &str| ["INT", "DECIMAL", "DOUBLE", "FLOAT"].iter().any(|word| kind.contains(word));
        self.numbers = (0..columns.len()).filter(|place| is_number(&columns[*place].type_name)).collect();
        self.head = columns.iter().map(|column| column.name.clone()).collect();
        Ok(())
    }

    fn row(&mut self, fields: &[Field]) -> io::Result<()> {
        if self.rows.len() < MOST_TABLE_ROWS {
            // A line break inside a value would break the table.
            self.rows.push(fields.iter().map(|field| field.to_text().replace(['\n', '\r', '\t'], " ")).collect());
        } else {
            self.cut += 1;
        }
        Ok(())
    }
}

impl<W: Write> Answer for Table<W> {
    fn finish(&mut self) -> io::Result<()> {
        let head: Vec<&str> = self.head.iter().map(String::as_str).collect();
        writeln!(self.out, "{}", output::table(&head, &self.numbers, &self.rows))?;
        if self.cut > 0 {
            writeln!(self.out, "... and {} more rows: use --format csv or json for all", self.cut)?;
        }
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Vec<ResultColumn> {
        names.iter().map(|name| ResultColumn { name: (*name).into(), type_name: "BIGINT".into() }).collect()
    }

    #[test]
    fn json_is_an_array_of_objects_with_distinct_names() {
        let mut json = Json { out: Vec::new(), names: Vec::new(), any: false };
        json.columns(&columns(&["a", "a"])).unwrap();
        json.row(&[Field::Int(1), Field::Decimal("2.50".into())]).unwrap();
        json.row(&[Field::Null, Field::Text("x".into())]).unwrap();
        json.finish().unwrap();
        let text = String::from_utf8(json.out).unwrap();
        assert_eq!(text, "[\n{\"a\":1,\"a_2\":2.50},\n{\"a\":null,\"a_2\":\"x\"}\n]\n");
    }

    #[test]
    fn csv_quotes_what_would_break_it() {
        let mut csv = Csv { out: Vec::new() };
        csv.columns(&columns(&["a", "b,c"])).unwrap();
        csv.row(&[Field::Text("say \"hi\"\n".into()), Field::Null]).unwrap();
        assert_eq!(String::from_utf8(csv.out).unwrap(), "a,\"b,c\"\n\"say \"\"hi\"\"\n\",\n");
    }
}
