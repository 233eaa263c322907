//! A server that speaks like S3, on a free port, for as long as a value lives. What is in it is in its memory.
//!
//! Start with [`for_tests`]. It is moto, which others wrote to test programs for S3; `cargo x test` and `cargo x setup` place it where
//! `HALOSCOPE_S3_SERVER` points to. It takes any key.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Somebody else may take a free port before the server does.
const ATTEMPTS: u32 = 5;
/// The bucket that is there from the start.
pub const BUCKET: &str = "lakes";

/// A running server; dropping it ends it.
pub struct Server {
    program: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    process: Option<Child>,
}

/// A server for a test. Where it was not set up it says so and answers none, but in CI (variable `CI`) it must be there.
///
/// # Panics
/// When it does not start.
pub fn for_tests() -> Option<Server> {
    let program = std::env::var_os("HALOSCOPE_S3_SERVER").map(PathBuf::from).filter(|program| program.exists());
    if program.is_none() && std::env::var_os("CI").is_none() {
        eprintln!("not tried in a bucket: `cargo x setup` brings a server that speaks like S3, with Python 3");
        return None;
    }
    Some(Server::start(&program.expect("`cargo x` sets up a server that speaks like S3")).expect("it starts"))
}

impl Server {
    fn start(program: &Path) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut server = Self { program: program.to_owned(), folder, port: 0, process: None };
        let mut attempts = 0;
        loop {
            attempts += 1;
            server.port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
            match server.go_on() {
                Err(_) if attempts < ATTEMPTS => {}
                started => return started.map(|()| server),
            }
        }
    }

    /// Starts it again after [`Self::stop`], on the same port, with one empty bucket.
    ///
    /// # Errors
    /// When it does not answer in time.
    pub fn go_on(&mut self) -> io::Result<()> {
        self.stop();
        let log = std::fs::File::create(self.folder.path().join("log"))?;
        // It ends with this process, however that ends.
        let process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--"])
            .arg(&self.program)
            .args(["-H", "127.0.0.1", "-p", &self.port.to_string()])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        self.process = Some(process);
        let began = Instant::now();
        loop {
            let made = self.request("PUT", &format!("/{BUCKET}"));
            if made.is_ok_and(|status| status == 200) {
                return Ok(());
            }
            let ended = self.process.as_mut().is_some_and(|process| !matches!(process.try_wait(), Ok(None)));
            if ended || began.elapsed() > PATIENCE {
                self.stop();
                let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                return Err(io::Error::other(format!("it did not start: {log}")));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends it at once; what was in it is gone.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// `http://HOST:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Deletes an object by its name in the bucket.
    ///
    /// # Errors
    /// When the server does not do it.
    pub fn delete(&self, name: &str) -> io::Result<()> {
        match self.request("DELETE", &format!("/{BUCKET}/{name}"))? {
            204 => Ok(()),
            status => Err(io::Error::other(format!("the server answered {status}"))),
        }
    }

    /// The status of an answer.
    fn request(&self, method: &str, path: &str) -> io::Result<u16> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        // It takes any signature, but wants one.
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=of-a-test/20200101/us-east-1/s3/aws4_request, \
             SignedHeaders=host, Signature=none\r\n\r\n"
        );
        stream.write_all(head.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.ok_or_else(|| io::Error::other("the server answered something else"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
