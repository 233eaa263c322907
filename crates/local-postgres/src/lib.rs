//! A PostgreSQL server in a temporary folder, on a free port, for as long as a value lives.
//!
//! Start with [`Server::start`]. It needs the programs of a PostgreSQL server (Debian: `apt-get install postgresql`) and `setpriv`
//! of util-linux, which ends the server when the process that started it dies. PostgreSQL refuses to run as root: then the server
//! runs as `nobody`. The crate knows nothing of what is kept in the server.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getuid, kill_process};
use tempfile::TempDir;

/// Superuser of the servers, without a password: they listen on this machine only.
pub const USER: &str = "haloscope";
/// How long a server may take to answer, or to end.
const PATIENCE: Duration = Duration::from_secs(60);
/// Somebody else may take a free port before the server does.
const ATTEMPTS: u32 = 5;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// PostgreSQL is not installed.
    #[error("a PostgreSQL server is needed: install it (Debian: apt-get install postgresql)")]
    Missing,
    /// One of its programs failed.
    #[error("{program} failed: {said}")]
    Failed {
        /// Its name.
        program: &'static str,
        /// What it said.
        said: String,
    },
    /// The system refused.
    #[error("a PostgreSQL server cannot be started")]
    Io(#[from] io::Error),
}

/// A running server; dropping it ends it and removes its data.
pub struct Server {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    process: Option<Child>,
}

/// A server for a test. Without PostgreSQL it says so and answers none, but in CI (variable `CI`) it must be there.
///
/// # Panics
/// When it does not start.
pub fn for_tests() -> Option<Server> {
    match Server::start() {
        Err(Error::Missing) if std::env::var_os("CI").is_none() => {
            eprintln!("not tried on PostgreSQL: {}", Error::Missing);
            None
        }
        started => Some(started.expect("PostgreSQL starts")),
    }
}

impl Server {
    /// Makes a new, empty server and waits until it answers.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn start() -> Result<Self, Error> {
        Self::start_in(&std::env::temp_dir())
    }

    /// The same, its data in a new folder below this one.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn start_in(parent: &Path) -> Result<Self, Error> {
        let programs = programs().ok_or(Error::Missing)?;
        let folder = tempfile::Builder::new().prefix("postgres-").tempdir_in(parent)?;
        let mut server = Self { programs, folder, port: 0, process: None };
        let data = server.data();
        fs::create_dir(&data)?;
        give_away(&data)?;
        give_away(server.folder.path())?;
        let made = server
            .as_its_user("initdb")
            .args([
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "--no-instructions",
                "--username",
                USER,
            ])
            .arg("--pgdata")
            .arg(&data)
            .output()?;
        succeeded("initdb", &made)?;
        server.start_first()?;
        Ok(server)
    }

    /// Starts it again after [`Self::stop`] or [`Self::kill`], or after it ended by itself, on the same data and port.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn go_on(&mut self) -> Result<(), Error> {
        self.end(Signal::QUIT)?;
        self.try_start()
    }

    /// Whether it runs.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn runs(&mut self) -> Result<bool, Error> {
        Ok(self.process.as_mut().map(Child::try_wait).transpose()?.is_some_and(|ended| ended.is_none()))
    }

    /// Starts it on a port that is free.
    fn start_first(&mut self) -> Result<(), Error> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            self.port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            match self.try_start() {
                Err(Error::Failed { .. }) if attempts < ATTEMPTS => {}
                done => return done,
            }
        }
    }

    fn try_start(&mut self) -> Result<(), Error> {
        let log = fs::File::create(self.folder.path().join("log"))?;
        let process = self
            .as_its_user("postgres")
            .arg("-D")
            .arg(self.data())
            .args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=50"])
            .args(["-c", "shared_buffers=32MB", "-c", "unix_socket_directories="])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        self.process = Some(process);
        let began = Instant::now();
        loop {
            if succeeded("psql", &self.psql("postgres", "select 1")?).is_ok() {
                return Ok(());
            }
            let process = self.process.as_mut().expect("it was just started");
            if process.try_wait()?.is_some() || began.elapsed() > PATIENCE {
                self.end(Signal::QUIT)?;
                return Err(Error::Failed { program: "postgres", said: self.log() });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Makes a database of its own and answers its address, as `postgres://...`.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn database(&self, name: &str) -> Result<String, Error> {
        succeeded("psql", &self.psql("postgres", &format!("create database \"{name}\""))?)?;
        Ok(self.address(name))
    }

    /// Address of a database, `postgres://...`, whether it is there or not.
    pub fn address(&self, name: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{name}", self.port)
    }

    /// Runs SQL in a database, and answers what it says: a line for each row, columns separated by `|`.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn run(&self, database: &str, sql: &str) -> Result<String, Error> {
        let done = self.psql(database, sql)?;
        succeeded("psql", &done)?;
        Ok(String::from_utf8_lossy(&done.stdout).trim_end().to_owned())
    }

    /// What the server said since it was started last.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Where its data is.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Ends it in good order, as an administrator does; connections are cut.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn stop(&mut self) -> Result<(), Error> {
        self.end(Signal::INT)
    }

    /// Ends it at once, as a crash of the server does: its processes clean up nothing.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn kill(&mut self) -> Result<(), Error> {
        self.end(Signal::QUIT)
    }

    /// Lets no process of the server go on, as when the machine hangs; see [`Self::resume`].
    ///
    /// # Errors
    /// See [`Error`].
    pub fn pause(&self) -> Result<(), Error> {
        self.to_all(Signal::STOP)
    }

    /// Lets all of them go on.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn resume(&self) -> Result<(), Error> {
        self.to_all(Signal::CONT)
    }

    fn to_all(&self, signal: Signal) -> Result<(), Error> {
        let Some(process) = &self.process else { return Ok(()) };
        let number = process.id();
        let of_main = fs::read_to_string(format!("/proc/{number}/task/{number}/children"))?;
        let children = of_main.split_whitespace().filter_map(|number| number.parse::<u32>().ok());
        for number in children.chain([number]) {
            tell(number, signal);
        }
        Ok(())
    }

    fn end(&mut self, signal: Signal) -> Result<(), Error> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        if process.try_wait()?.is_none() {
            tell(process.id(), signal);
        }
        let began = Instant::now();
        while process.try_wait()?.is_none() {
            if began.elapsed() > PATIENCE {
                process.kill()?;
                process.wait()?;
                return Err(Error::Failed { program: "postgres", said: "it did not end".to_owned() });
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    fn psql(&self, database: &str, sql: &str) -> io::Result<Output> {
        Command::new(self.programs.join("psql"))
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"])
            .args(["--host", "127.0.0.1", "--port", &self.port.to_string(), "--username", USER, "--dbname", database])
            .args(["--command", sql])
            .output()
    }

    /// A program of the server, which ends with this process.
    fn as_its_user(&self, program: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]);
        if getuid().is_root() {
            command.args(["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]);
        }
        // A folder that the other user may enter.
        command.current_dir("/").arg("--").arg(self.programs.join(program));
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.resume();
        let _ = self.kill();
    }
}

/// The newest PostgreSQL whose server programs are here.
fn programs() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = debian
        .filter_map(|version| Some((version.file_name().to_str()?.parse().ok()?, version.path().join("bin"))))
        .filter(|(_, programs)| programs.join("initdb").exists())
        .collect();
    found.sort();
    let elsewhere = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|folder| folder.join("initdb").exists())
    };
    found.pop().map(|(_, programs)| programs).or_else(elsewhere)
}

/// Sends a signal to a process; one that has just ended does not matter.
fn tell(number: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(number).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// Gives a file to the user that the server runs as.
fn give_away(path: &Path) -> Result<(), Error> {
    if getuid().is_root() {
        let done = Command::new("chown").arg("nobody:nogroup").arg(path).output()?;
        succeeded("chown", &done)?;
    }
    Ok(())
}

fn succeeded(program: &'static str, done: &Output) -> Result<(), Error> {
    if done.status.success() {
        return Ok(());
    }
    Err(Error::Failed { program, said: String::from_utf8_lossy(&done.stderr).trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_answers_keeps_its_data_and_ends() {
        let Some(mut server) = for_tests() else { return };
        let address = server.database("a b").unwrap();
        assert!(address.starts_with("postgres://haloscope@127.0.0.1:"), "{address}");
        server.run("a b", "create table t as select 1 as a, 'x' as b").unwrap();
        server.kill().unwrap();
        assert!(server.run("a b", "select 1").is_err());
        server.go_on().unwrap();
        assert_eq!(server.run("a b", "select * from t").unwrap(), "1|x");
        server.pause().unwrap();
        server.resume().unwrap();
        let error = server.run("a b", "select nothing").unwrap_err();
        assert!(error.to_string().contains("\"nothing\" does not exist"), "{error}");
        let (number, folder) = (server.process.as_ref().unwrap().id(), server.folder.path().to_owned());
        drop(server);
        assert!(!Path::new(&format!("/proc/{number}")).exists() && !folder.exists());
    }
}
