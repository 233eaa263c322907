//! A simulated HaloPSA, an empty data folder, and the real program between them.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use halo_sim::{ClockMode, Options, Running};
use haloscope::folder::FolderPaths;
use haloscope::store::StoreAddress;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

/// See the module.
pub(crate) struct Desk {
    simulator: Running,
    folder: TempDir,
    /// Name of the data folder in it.
    data: String,
    http: reqwest::Client,
    clock: Option<JoinHandle<()>>,
    /// Holds the program's store and its lake's catalogue, unless those are files.
    postgres: Option<local_postgres::Server>,
    /// Where those are: variables of the program.
    engines: Vec<(&'static str, OsString)>,
    /// Requests in a window, and its seconds.
    limit: [String; 2],
}

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    /// Its answer as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("no JSON ({error}): {self:?}"))
    }

    /// The run, when it ended with this code.
    pub(crate) fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if let Some(clock) = &self.clock {
            clock.abort();
        }
    }
}

/// Asks the simulator without encryption; the library wants its provider chosen all the same.
fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// Whether all tests of the program run on PostgreSQL and DuckLake: see `cargo x test`.
pub(crate) fn on_cluster() -> bool {
    std::env::var_os("HALOSCOPE_TESTS_ON_CLUSTER").is_some()
}

/// A server for a store and a lake; none where it or DuckDB's extensions are missing, but in CI.
pub(crate) fn cluster() -> Option<local_postgres::Server> {
    let extensions = std::env::var_os("HALOSCOPE_DUCKDB_EXTENSIONS").map(PathBuf::from);
    let missing = extensions.is_some_and(|folder| !folder.join("ducklake.duckdb_extension").exists());
    if missing && std::env::var_os("CI").is_none() {
        eprintln!("not tried on a lake: `cargo x setup` brings DuckDB's extensions, with Python 3");
        return None;
    }
    local_postgres::for_tests()
}

/// Few clients, unless a test says otherwise: most of what belongs to them is the same again.
fn small(options: Options) -> Options {
    Options { clients: options.clients.or(Some(6)), ..options }
}

impl Desk {
    /// Starts a simulator whose time runs with ours.
    pub(crate) async fn open(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::start(folder, options).await
    }

    /// Starts a simulator whose time runs much faster than ours, for program and simulator alike.
    pub(crate) async fn hurried(options: Options) -> Self {
        let mut desk = Self::standing(options).await;
        let (client, url) = (desk.http.clone(), format!("{}/_sim/clock", desk.simulator.base_url()));
        desk.clock = Some(tokio::spawn(async move {
            // A simulator that ends takes the clock along; a connection that breaks now and then does not.
            let mut failures = 0;
            while failures < 10 {
                let step = client.post(&url).body(r#"{"advance_seconds": 1}"#).send().await;
                failures = if let Err(error) = &step {
                    eprintln!("a step of the clock failed: {error:?}");
                    failures + 1
                } else {
                    0
                };
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }));
        desk
    }

    /// Starts a simulator whose time stands until it is advanced, for program and simulator alike.
    pub(crate) async fn standing(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock_file = Some(folder.path().join("clock"));
        let options = Options { clock: ClockMode::Stepped, clock_file, ..options };
        Self::start(folder, options).await
    }

    async fn start(folder: TempDir, options: Options) -> Self {
        let limit = [options.limit.to_string(), options.window_seconds.to_string()];
        let simulator = halo_sim::start(small(options)).await.unwrap();
        let mut desk = Self {
            simulator,
            folder,
            data: "data".to_owned(),
            http: http(),
            clock: None,
            postgres: None,
            engines: Vec::new(),
            limit,
        };
        if on_cluster() {
            desk.keep_in(local_postgres::Server::start().unwrap());
        }
        desk
    }

    /// Keeps the program's store in this server, and its warehouse in a lake whose catalogue is there.
    pub(crate) fn keep_in(&mut self, postgres: local_postgres::Server) {
        postgres.database("store").unwrap();
        postgres.database("lake").unwrap();
        self.engines = vec![
            ("HALOSCOPE_STORE", postgres.address("store").into()),
            ("HALOSCOPE_WAREHOUSE", format!("ducklake:{}", postgres.address("lake")).into()),
            ("HALOSCOPE_LAKE", self.lake().into()),
        ];
        self.postgres = Some(postgres);
    }

    /// The same with the lake's files in a bucket, whose key is in the environment.
    pub(crate) fn keep_in_bucket(&mut self, postgres: local_postgres::Server, bucket: &local_s3::Server) {
        self.keep_in(postgres);
        self.engines.retain(|(name, _)| *name != "HALOSCOPE_LAKE");
        self.engines.extend([
            ("HALOSCOPE_LAKE", format!("s3://{}/haloscope/", local_s3::BUCKET).into()),
            ("AWS_ACCESS_KEY_ID", "of-a-test".into()),
            ("AWS_SECRET_ACCESS_KEY", "s3cret".into()),
            ("AWS_ENDPOINT_URL", bucket.endpoint().into()),
        ]);
    }

    /// Keeps both where another desk does.
    pub(crate) fn keep_where(&mut self, other: &Self) {
        self.engines.clone_from(&other.engines);
    }

    /// Where the program's store is.
    pub(crate) fn store(&self) -> StoreAddress {
        match &self.postgres {
            Some(postgres) => StoreAddress::Postgres(postgres.address("store").parse().unwrap()),
            None => StoreAddress::Sqlite(FolderPaths::new(self.data()).store()),
        }
    }

    /// The folder of the lake's files.
    pub(crate) fn lake(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    /// The server of store and catalogue.
    pub(crate) fn postgres(&mut self) -> &mut local_postgres::Server {
        self.postgres.as_mut().unwrap()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join(&self.data)
    }

    /// A file beside the data folder.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Goes on with another data folder, which says itself where its engines are.
    pub(crate) fn go_to(&mut self, data: &str) {
        data.clone_into(&mut self.data);
        self.engines.clear();
    }

    /// Names a server's databases as the places of store and warehouse, on the command line.
    pub(crate) fn engines_in(&self, postgres: &local_postgres::Server) -> Vec<String> {
        let warehouse = format!("ducklake:{}", postgres.address("lake"));
        let lake = self.lake().display().to_string();
        let mut named = vec!["--store".to_owned(), postgres.address("store"), "--warehouse".to_owned(), warehouse];
        named.extend(["--lake".to_owned(), lake]);
        named
    }

    pub(crate) fn simulator(&self) -> &Running {
        &self.simulator
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_haloscope"));
        command.args(arguments).env_clear().env("HALOSCOPE_DATA", self.data()).env("HALOSCOPE_LOG", "warn");
        command.env("HALOSCOPE_LISTEN", "127.0.0.1:0");
        command.env("HALOSCOPE_CLIENT_SECRET", self.simulator.client_secret());
        if self.postgres.is_some() {
            command.envs(self.engines.iter().map(|(name, value)| (name, value)));
        }
        command.envs(std::env::vars_os().filter(|(name, _)| name == "HALOSCOPE_DUCKDB_EXTENSIONS"));
        let clock = self.folder.path().join("clock");
        if clock.exists() {
            command.env("HALOSCOPE_TEST_CLOCK_FILE", clock);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// Starts the program; `crash` is a place where it ends at once, as after a kill.
    pub(crate) fn spawn(&self, arguments: &[&str], crash: Option<&str>) -> Child {
        let mut command = self.command(arguments);
        if let Some(place) = crash {
            command.env("HALOSCOPE_TEST_CRASH", place);
        }
        command.spawn().unwrap()
    }

    /// Runs the program to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Done {
        end(self.spawn(arguments, None)).await
    }

    /// Connects with the values of the simulator, its limit among them.
    pub(crate) async fn connect(&self, more: &[&str]) -> Done {
        let (auth, resource) = (self.simulator.auth_url(), self.simulator.resource_url());
        let arguments = [
            &["connect", "--auth-url", &auth, "--resource-url", &resource, "--tenant", self.simulator.tenant()],
            &["--client-id", self.simulator.client_id(), "--allow-private-address", "--reserve-percent", "0"][..],
            &["--limit", &self.limit[0], "--window-seconds", &self.limit[1]],
            more,
        ];
        self.run(&arguments.concat()).await
    }

    /// Rows of a query.
    pub(crate) async fn query(&self, sql: &str) -> Vec<Value> {
        let done = self.run(&["query", "--format", "json", sql]).await.with_code(0);
        serde_json::from_str(&done.out).unwrap()
    }

    /// Switches traps of the simulator.
    pub(crate) async fn trap(&self, switches: Value) {
        self.post("traps", &switches).await;
    }

    /// Makes random changes at the simulator.
    pub(crate) async fn mutate(&self, seed: u64, count: u64) {
        self.post("mutate", &json!({ "seed": seed, "count": count })).await;
    }

    /// Lets time pass until nothing more happens by itself where nobody works any more: ratings come in up to four hours
    /// after a closure.
    pub(crate) async fn let_ratings_come_in(&self) {
        self.post("clock", &json!({ "advance_seconds": 5 * 3_600 })).await;
    }

    /// Asks the simulator's controls for something.
    pub(crate) async fn post(&self, control: &str, body: &Value) -> Value {
        let url = format!("{}/_sim/{control}", self.simulator.base_url());
        let answer = self.http.post(url).body(body.to_string()).send().await.unwrap();
        let good = answer.status().is_success();
        let text = answer.text().await.unwrap();
        assert!(good, "{control} {body}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Reads one of the simulator's controls.
    pub(crate) async fn get(&self, control: &str) -> String {
        let url = format!("{}/_sim/{control}", self.simulator.base_url());
        self.http.get(url).send().await.unwrap().text().await.unwrap()
    }
}

/// Waits for a run of the program.
pub(crate) async fn end(child: Child) -> Done {
    let output = child.wait_with_output().await.unwrap();
    Done {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
