//! The HTTP API as a browser or another program uses it: a client of our own, which knows the document and nothing else.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use halo_sim::Options;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::serve::Server;

pub(crate) const PASSWORD: &str = "a long sentence is easy";

/// The program serves on a folder of its own, without a connection.
pub(crate) struct Web {
    pub(crate) desk: Desk,
    pub(crate) server: Server,
    pub(crate) origin: String,
    /// Secret of the link that makes the first administrator.
    pub(crate) first_link: String,
}

impl Web {
    pub(crate) async fn open(options: Options) -> Self {
        Self::at(Desk::open(options).await).await
    }

    pub(crate) async fn at(desk: Desk) -> Self {
        let server = Server::start(&desk, &[]);
        let (origin, first_link) = link(&server, "/first-run#").await;
        Self { desk, server, origin, first_link }
    }

    /// Somebody who is not signed in.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.origin)
    }

    /// The first administrator, signed in.
    pub(crate) async fn administrator(&self) -> Browser {
        let mut browser = self.browser();
        let given = json!({ "token": self.first_link, "name": "Ana@Acme.example", "display_name": "Ana", "password": PASSWORD,
            "zone": "Europe/London" });
        browser.enter("links/use", &given).await.with(StatusCode::OK);
        browser
    }

    /// Somebody with a role, signed in.
    pub(crate) async fn person(&self, administrator: &Browser, name: &str, role: &str) -> Browser {
        let given = json!({ "name": name, "display_name": name, "role": role });
        let added = administrator.post("users", &given).await.with(StatusCode::CREATED);
        let link = added["link"]["url"].as_str().unwrap();
        let mut browser = self.browser();
        let token = link.split_once("/welcome#").unwrap().1;
        browser.enter("links/use", &json!({ "token": token, "password": PASSWORD })).await.with(StatusCode::OK);
        browser
    }
}

/// Waits for the link that the program prints. Answers where it listens, and the secret of the link.
pub(crate) async fn link(server: &Server, path: &str) -> (String, String) {
    let began = Instant::now();
    loop {
        let said = server.said();
        if let Some((before, after)) = said.split_once(path) {
            let origin = before.rsplit_once("http://").unwrap().1;
            return (format!("http://{origin}"), after.lines().next().unwrap().to_owned());
        }
        assert!(began.elapsed() < Duration::from_secs(60), "no link: {said}\n{}", server.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn with(self, status: StatusCode) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The code of an error, which has all that errors have.
    pub(crate) fn code(&self) -> String {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text));
        let error = &body["error"];
        let message = error["message"].as_str().unwrap_or_else(|| panic!("{}", self.text));
        assert!(message.ends_with('.') && message.len() > 10, "{message}");
        assert_eq!(error["request_id"].as_str(), self.headers["x-request-id"].to_str().ok());
        error["code"].as_str().unwrap().to_owned()
    }
}

/// What a browser keeps of a session.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) http: reqwest::Client,
    pub(crate) base: String,
    pub(crate) cookie: Option<String>,
    pub(crate) csrf: String,
    pub(crate) token: Option<String>,
}

impl Browser {
    pub(crate) fn new(origin: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (http, base) = (reqwest::Client::new(), format!("{origin}/api/v1"));
        Self { http, base, cookie: None, csrf: "signed-out".to_owned(), token: None }
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = self.http.request(method, format!("{}/{path}", self.base)).header("x-csrf-token", &self.csrf);
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", format!("other=1; {cookie}"));
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        // A stream has no end.
        let is_stream =
            headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let text = if is_stream { String::new() } else { answer.text().await.unwrap() };
        Answer { status, headers, text }
    }

    /// An answer that has no end.
    pub(crate) async fn open(&self, path: &str) -> reqwest::Response {
        let request = self.http.get(format!("{}/{path}", self.base)).header("cookie", self.cookie.clone().unwrap());
        request.send().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, None).await.with(StatusCode::OK)
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// A request that begins a session if it succeeds.
    pub(crate) async fn enter(&mut self, path: &str, body: &Value) -> Answer {
        let answer = self.post(path, body).await;
        if let Some(cookie) = answer.headers.get("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
            self.cookie = Some(cookie.split(';').next().unwrap().to_owned());
            let view: Value = serde_json::from_str(&answer.text).unwrap();
            view["csrf_token"].as_str().unwrap().clone_into(&mut self.csrf);
        }
        answer
    }

    pub(crate) async fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        self.enter("session", &json!({ "name": name, "password": password })).await
    }
}

/// Operations of the document: name, method, path, and the permission that is needed; none where nothing is.
async fn operations(browser: &Browser) -> Vec<(String, Method, String, Option<String>)> {
    let document = browser.get("openapi.json").await;
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            let path = path.strip_prefix("/api/v1/").unwrap();
            let path = path.replace("{id}", "4711").replace("{number}", "4711").replace("{run}", "4711");
            let needed = operation["x-permission"].as_str().map(str::to_owned);
            operations.push((operation["operationId"].as_str().unwrap().to_owned(), method, path, needed));
        }
    }
    operations
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_may_do_more_than_the_document_says() {
    let web = Web::open(Options { tickets: 50, ..Options::default() }).await;
    let administrator = web.administrator().await;
    let mut people = BTreeMap::new();
    for role in ["builder", "viewer"] {
        let person = web.person(&administrator, &format!("{role}@acme.example"), role).await;
        let may: Vec<String> = serde_json::from_value(person.get("session").await["permissions"].clone()).unwrap();
        people.insert(role, (person, may));
    }
    let given = json!({ "name": "reader", "scopes": ["read_connections"], "days": 1 });
    let token =
        administrator.post("tokens", &given).await.with(StatusCode::CREATED)["token"].as_str().unwrap().to_owned();
    let program = Browser { token: Some(token), ..web.browser() };
    people.insert("token", (program, vec!["read_connections".to_owned()]));
    let operations = operations(&administrator).await;
    assert!(operations.len() > 40, "{}", operations.len());

    let (mut refused, mut allowed) = (0, 0);
    for (name, method, path, needed) in &operations {
        let nothing = json!({});
        let body = (*method != Method::GET).then_some(&nothing);
        let stranger = web.browser().ask(method.clone(), path, body).await;
        let Some(needed) = needed else {
            assert!(
                stranger.status != StatusCode::UNAUTHORIZED || name == "session_start",
                "{name}: {}",
                stranger.text
            );
            continue;
        };
        assert_eq!((stranger.status, stranger.code().as_str()), (StatusCode::UNAUTHORIZED, "signed_out"), "{name}");
        for (role, (person, may)) in &people {
            let answer = person.ask(method.clone(), path, body).await;
            // What needs a session is for people, whatever their role.
            let is_allowed = if needed == "session" { *role != "token" } else { may.contains(needed) };
            assert_eq!(answer.status != StatusCode::FORBIDDEN, is_allowed, "{role} {name}: {}", answer.text);
            if is_allowed {
                allowed += 1;
            } else {
                assert_eq!(answer.code(), "forbidden");
                refused += 1;
            }
        }
        if *method == Method::GET {
            let head = web.browser().ask(Method::HEAD, path, None).await;
            assert_eq!(head.status, StatusCode::UNAUTHORIZED, "{name} as HEAD");
        }
        // Another site can have a cookie sent, but knows no token.
        if *method != Method::GET {
            for csrf in ["", "signed-out", "wrong"] {
                let elsewhere = Browser { csrf: csrf.to_owned(), ..administrator.clone() };
                assert_eq!(elsewhere.ask(method.clone(), path, body).await.code(), "csrf", "{name}");
            }
        }
    }
    // Who may make people makes none who may do more.
    let given = json!({ "name": "people", "scopes": ["manage_users"] });
    let token =
        administrator.post("tokens", &given).await.with(StatusCode::CREATED)["token"].as_str().unwrap().to_owned();
    let program = Browser { token: Some(token), ..web.browser() };
    for role in ["administrator", "builder", "viewer"] {
        let given = json!({ "name": format!("by-{role}"), "display_name": "x", "role": role });
        assert_eq!(program.post("users", &given).await.code(), "forbidden");
    }
    let first = administrator.get("session").await["user"]["id"].clone();
    assert_eq!(program.post(&format!("users/{first}/link"), &json!({})).await.code(), "forbidden");
    assert!(refused > 30 && allowed > 20, "{refused} {allowed}");
    assert_eq!(web.server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_have_sentences_and_pages_their_headers() {
    let web = Web::open(Options { tickets: 50, ..Options::default() }).await;
    let administrator = web.administrator().await;
    let check = async |method: Method, path: &str, body: Option<&Value>, status: StatusCode, code: &str| {
        let answer = administrator.ask(method, path, body).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{path}");
        assert_eq!(answer.headers["cache-control"], "no-store");
    };
    check(Method::GET, "nothing", None, StatusCode::NOT_FOUND, "not_found").await;
    check(Method::GET, "connections/1", None, StatusCode::NOT_FOUND, "not_found").await;
    check(Method::GET, "connections/x", None, StatusCode::NOT_FOUND, "not_found").await;
    check(Method::GET, "audit?limit=x", None, StatusCode::BAD_REQUEST, "bad_request").await;
    check(Method::POST, "users", Some(&json!({ "name": 1 })), StatusCode::BAD_REQUEST, "bad_request").await;
    check(
        Method::POST,
        "users",
        Some(&json!({ "name": "", "display_name": "", "role": "viewer" })),
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid",
    )
    .await;
    check(
        Method::POST,
        "users",
        Some(&json!({ "name": "x".repeat(300_000) })),
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
    )
    .await;
    let zone = json!({ "name": "", "zone": "Europe/Atlantis", "working_hours": [], "holidays": [] });
    check(Method::PUT, "workspace", Some(&zone), StatusCode::UNPROCESSABLE_ENTITY, "invalid").await;

    let http = reqwest::Client::new();
    for path in ["/", "/integrations", "/api/docs", "/healthz", "/readyz", "/api/v1/session"] {
        let answer = http.get(format!("{}{path}", web.origin)).send().await.unwrap();
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe-eval"), "{policy}");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        // Pages are there if they were built, and the warehouse is being opened.
        let may_be_away = !path.starts_with("/healthz") && !path.starts_with("/api/v1");
        let status = answer.status();
        assert!(status.is_success() || may_be_away && status == StatusCode::SERVICE_UNAVAILABLE, "{path}: {status}");
    }
    let missing = http.get(format!("{}/assets/nothing.js", web.origin)).send().await.unwrap().status();
    assert_eq!(missing, StatusCode::NOT_FOUND, "a file that is not there is no page");
    let posted = http.post(format!("{}/integrations", web.origin)).send().await.unwrap().status();
    assert_eq!(posted, StatusCode::NOT_FOUND);
    assert_eq!(web.server.stop().await.0, Some(0));
}
