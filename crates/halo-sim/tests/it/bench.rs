//! A simulator of its own for each test, and a client that knows nothing of its insides.

use halo_sim::{ClockMode, Options, Running};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};

/// See the module.
pub(crate) struct Bench {
    pub(crate) running: Running,
    pub(crate) http: Client,
    pub(crate) token: String,
}

/// Small, with its clock standing.
pub(crate) fn options() -> Options {
    let now = "2026-11-24T17:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
    Options { now: Some(now), tickets: 250, clock: ClockMode::Stepped, ..Options::default() }
}

pub(crate) async fn start() -> Bench {
    start_with(options()).await
}

pub(crate) async fn start_with(options: Options) -> Bench {
    let running = halo_sim::start(options).await.unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let mut bench = Bench { running, http, token: String::new() };
    bench.log_in("all").await;
    bench
}

impl Bench {
    /// Takes a new token with these scopes.
    pub(crate) async fn log_in(&mut self, scope: &str) {
        let (status, answer) = self.ask_token(&[("scope", scope)]).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        self.token = answer["access_token"].as_str().unwrap().to_owned();
    }

    /// Asks for a token with the right credentials, except for the fields given.
    pub(crate) async fn ask_token(&self, fields: &[(&str, &str)]) -> (StatusCode, Value) {
        let mut form = std::collections::BTreeMap::from([
            ("grant_type", "client_credentials"),
            ("client_id", self.running.client_id()),
            ("client_secret", self.running.client_secret()),
        ]);
        form.extend(fields.iter().copied());
        let request = self.http.post(format!("{}/token", self.running.auth_url())).form(&form);
        read(request.send().await.unwrap()).await
    }

    pub(crate) async fn raw(&self, method: Method, path: &str) -> Response {
        let url = format!("{}/{path}", self.running.resource_url());
        self.http.request(method, url).bearer_auth(&self.token).send().await.unwrap()
    }

    /// GET under the Resource URL: status and body, which is null when it is empty or no JSON.
    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        read(self.raw(Method::GET, path).await).await
    }

    pub(crate) async fn status(&self, path: &str) -> u16 {
        self.raw(Method::GET, path).await.status().as_u16()
    }

    /// A list that must be good, wherever its rows are.
    pub(crate) async fn rows(&self, path: &str) -> Vec<Value> {
        let (status, body) = self.get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        rows_of(&body)
    }

    pub(crate) async fn ids(&self, path: &str) -> Vec<i64> {
        ids_of(&self.rows(path).await)
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let url = format!("{}/{path}", self.running.resource_url());
        let request = self.http.post(url).bearer_auth(&self.token).header("content-type", "application/json");
        read(request.body(body.to_string()).send().await.unwrap()).await
    }

    /// A control call that must be good.
    pub(crate) async fn control(&self, method: Method, path: &str, body: &Value) -> Value {
        let (status, answer) = self.try_control(method, path, body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    pub(crate) async fn try_control(&self, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
        let url = format!("{}/_sim/{path}", self.running.base_url());
        read(self.http.request(method, url).body(body.to_string()).send().await.unwrap()).await
    }

    pub(crate) async fn traps(&self, traps: Value) {
        self.control(Method::POST, "traps", &traps).await;
    }

    pub(crate) async fn advance(&self, seconds: f64) {
        self.control(Method::POST, "clock", &json!({ "advance_seconds": seconds })).await;
    }

    pub(crate) async fn ledger(&self) -> Value {
        self.control(Method::GET, "ledger", &json!({})).await
    }

    pub(crate) async fn truth(&self, entity: &str) -> Vec<Value> {
        let url = format!("{}/_sim/truth/{entity}", self.running.base_url());
        let text = self.http.get(url).send().await.unwrap().error_for_status().unwrap().text().await.unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

pub(crate) async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let bytes = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// The rows of a list in any of its shapes.
pub(crate) fn rows_of(body: &Value) -> Vec<Value> {
    let envelope = || body.as_object().unwrap().values().find_map(Value::as_array).unwrap();
    body.as_array().unwrap_or_else(envelope).clone()
}

pub(crate) fn ids_of(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}
