//! `cargo x build` and `cargo x demo`: the binary as people get it.

use std::{
    env, fs,
    io::{self, BufRead as _, BufReader, IsTerminal as _},
    os::{fd::AsFd as _, unix::process::CommandExt as _},
    path::PathBuf,
    process::{Child, ChildStdin, Command, ExitCode, Stdio},
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::{cargo, duckdb, web};

pub(crate) fn build(args: &[String]) -> Result<ExitCode> {
    if !args.is_empty() {
        bail!("`cargo x build` takes no arguments");
    }
    let program = built("release", &["build", "--release", "--package", "haloscope"])?;
    println!("{}", program.display());
    eprintln!("It starts from any folder as long as the libduckdb beside it stays beside it.");
    Ok(ExitCode::SUCCESS)
}

/// Where `cargo x demo` keeps its data.
const DEMO_FOLDER: &str = ".haloscope/demo";

/// The development build: it is there in a third of the time that a release takes, and quick enough for a demonstration.
///
/// `--engines cluster` shows it on PostgreSQL and DuckLake, with a server of its own that runs until Enter is pressed.
pub(crate) fn demo(args: &[String]) -> Result<ExitCode> {
    let program = built("debug", &["build", "--package", "haloscope"])?;
    let mut args = args.to_vec();
    let engines = take_value(&mut args, "--engines")?;
    if args.iter().any(|arg| arg == "--help" || arg == "-h") {
        println!("`cargo x demo` adds: --data is {DEMO_FOLDER} unless it is given, and");
        println!("      --engines <embedded|cluster>  `cluster`: on a PostgreSQL server and a lake of its own\n");
    }
    let mut demo = Command::new(&program);
    demo.arg("demo").args(&args);
    if !args.iter().any(|arg| arg.starts_with("--data")) {
        demo.args(["--data", DEMO_FOLDER]).current_dir(cargo::root());
    }
    let cluster = match engines.as_deref() {
        None | Some("embedded") => None,
        Some("cluster") => Some(Cluster::start(&mut demo)?),
        Some(other) => bail!("there are no engines `{other}`: embedded, cluster"),
    };
    let status = demo.status();
    let status = status.with_context(|| format!("`{}` could not be started", program.display()))?;
    // It holds the pipe to the server, which would never end.
    drop(demo);
    if let Some(cluster) = cluster {
        cluster.end_when_asked()?;
    }
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Takes `name value` or `name=value` out of the arguments.
pub(crate) fn take_value(args: &mut Vec<String>, name: &str) -> Result<Option<String>> {
    let prefix = format!("{name}=");
    let Some(at) = args.iter().position(|arg| arg == name || arg.starts_with(&prefix)) else { return Ok(None) };
    let arg = args.remove(at);
    match arg.strip_prefix(&prefix) {
        Some(value) => Ok(Some(value.to_owned())),
        None if at < args.len() => Ok(Some(args.remove(at))),
        None => bail!("`{name}` needs a value"),
    }
}

/// A PostgreSQL server for the demo, and a folder for its lake.
struct Cluster {
    server: Child,
    /// Its end ends the server: the end of this process, and that of the demo, which holds it too.
    input: ChildStdin,
    _lake: TempFolder,
}

impl Cluster {
    /// Starts the server and points the demo to it.
    fn start(demo: &mut Command) -> Result<Self> {
        ensure!(duckdb::set_up_extensions()?, "the extensions for DuckLake come as Python packages: install Python 3");
        let program = built_program("local-postgres", "debug", &["build", "--package", "local-postgres"])?;
        let mut server = Command::new(program);
        // In a group of its own: Ctrl-C is for the demo, which needs the server until it has ended.
        let server = server.args(["haloscope"]).stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
        let mut server = server.spawn().context("the PostgreSQL server could not be started")?;
        let (input, output) = (server.stdin.take().expect("it is piped"), server.stdout.take().expect("it is piped"));
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address).context("the PostgreSQL server did not answer")?;
        let address = address.trim();
        ensure!(!address.is_empty(), "there is no PostgreSQL server: see its message above");
        let lake = TempFolder::new()?;
        demo.stdin(input.as_fd().try_clone_to_owned().context("the pipe to the PostgreSQL server is lost")?);
        demo.env("HALOSCOPE_STORE", address);
        demo.env("HALOSCOPE_WAREHOUSE", format!("ducklake:{address}")).env("HALOSCOPE_LAKE", &lake.0);
        demo.env("HALOSCOPE_DUCKDB_EXTENSIONS", cargo::root().join(".haloscope/duckdb-extensions"));
        eprintln!("A PostgreSQL server answers at {address}, the lake's files are in {}", lake.0.display());
        Ok(Self { server, input, _lake: lake })
    }

    fn end_when_asked(mut self) -> Result<()> {
        if io::stdin().is_terminal() {
            eprintln!("\nThe PostgreSQL server runs until you press Enter.");
            io::stdin().read_line(&mut String::new())?;
        }
        drop(self.input);
        self.server.wait().context("the PostgreSQL server was lost")?;
        Ok(())
    }
}

/// A new folder, removed when dropped.
struct TempFolder(PathBuf);

impl TempFolder {
    fn new() -> Result<Self> {
        let path = env::temp_dir().join(format!("haloscope-lake-{}", std::process::id()));
        fs::create_dir_all(&path).with_context(|| format!("`{}` cannot be made", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        // What is left behind lies in a folder for such things.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn built(profile: &str, command: &[&str]) -> Result<PathBuf> {
    web::build()?;
    built_program("haloscope", profile, command)
}

fn built_program(name: &str, profile: &str, command: &[&str]) -> Result<PathBuf> {
    duckdb::set_up()?;
    let program = cargo::binary(profile, name)?;
    if !program.exists() {
        eprintln!("Building {name}; the first time takes some minutes");
    }
    cargo::succeed(command)?;
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_taken_out_of_the_arguments() {
        let taken = |args: &[&str]| {
            let mut args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
            take_value(&mut args, "--engines").map(|value| (value, args.join(" "))).ok()
        };
        assert_eq!(taken(&["--tickets", "5"]), Some((None, "--tickets 5".into())));
        assert_eq!(taken(&["--engines", "cluster", "x"]), Some((Some("cluster".into()), "x".into())));
        assert_eq!(taken(&["x", "--engines=cluster"]), Some((Some("cluster".into()), "x".into())));
        assert_eq!(taken(&["--engines"]), None);
    }
}
