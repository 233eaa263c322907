//! Connecting a HaloPSA and watching it over the HTTP API.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use halo_sim::Options;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::web_api::{Browser, Web};

fn form(desk: &Desk) -> Value {
    let simulator = desk.simulator();
    json!({
        "auth_url": simulator.auth_url(), "resource_url": simulator.resource_url(), "tenant": simulator.tenant(),
        "client_id": simulator.client_id(), "client_secret": simulator.client_secret(), "allow_private_address": true,
        "request_limit": 100_000,
    })
}

fn with(form: &Value, change: &Value) -> Value {
    let mut form = form.clone();
    for (name, value) in change.as_object().unwrap() {
        form[name] = value.clone();
    }
    json!({ "form": form })
}

fn options() -> Options {
    Options { tickets: 300, limit: 100_000, ..Options::default() }
}

async fn until(browser: &Browser, path: &str, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let answer = browser.get(path).await;
        if wanted(&answer) {
            return answer;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "never {what}: {answer:#}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn is_idle(view: &Value) -> bool {
    view["connection"]["activity"]["activity"] == "waiting" && view["connection"]["health"]["health"] == "healthy"
}

/// The step that failed: its name, field, sentence and advice together.
fn failed(answer: &Value) -> (String, Option<String>, String) {
    let steps = answer["steps"].as_array().or(answer["error"]["steps"].as_array()).unwrap();
    assert_eq!(steps.len(), 5, "{answer:#}");
    let step = steps.iter().find(|step| step["state"] == "failed").unwrap_or_else(|| panic!("{answer:#}"));
    let words = format!("{} {}", step["sentence"].as_str().unwrap(), step["advice"].as_str().unwrap());
    (step["step"].as_str().unwrap().to_owned(), step["field"].as_str().map(str::to_owned), words)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mistake_of_the_form_has_its_sentence_and_saves_nothing() {
    let web = Web::open(options()).await;
    let ana = web.administrator().await;
    let good = form(&web.desk);
    let check = async |change: Value, step: &str, field: Option<&str>, words: &[&str]| {
        let body = with(&good, &change);
        let tested = ana.post("connections/test", &body).await.with(StatusCode::OK);
        assert_eq!(tested["ok"], false);
        let saved = ana.post("connections", &body).await;
        assert_eq!(saved.code(), "connection_failed");
        for answer in [tested, saved.with(StatusCode::UNPROCESSABLE_ENTITY)] {
            let (found, at, said) = failed(&answer);
            assert_eq!((found.as_str(), at.as_deref()), (step, field), "{said}");
            assert!(words.iter().all(|word| said.contains(word)), "{said}");
        }
    };
    check(
        json!({ "client_secret": "wrong" }),
        "sign_in",
        Some("client_secret"),
        &["HaloPSA refused the Client ID or Client Secret", "shown only once"],
    )
    .await;
    check(json!({ "tenant": "acmee" }), "sign_in", Some("tenant"), &["HaloPSA knows no tenant 'acmee'"]).await;
    let nowhere = "http://127.0.0.1:9/auth";
    check(
        json!({ "auth_url": nowhere }),
        "reach_auth",
        Some("auth_url"),
        &["`127.0.0.1:9` could not be reached", "spelling"],
    )
    .await;
    let elsewhere = format!("{}/nothing", web.desk.simulator().base_url());
    check(
        json!({ "resource_url": elsewhere }),
        "reach_resource",
        Some("resource_url"),
        &["instead of JSON", "login page"],
    )
    .await;

    let invalid = async |change: Value, field: &str, words: &str| {
        for path in ["connections/test", "connections"] {
            let answer = ana.post(path, &with(&good, &change)).await;
            assert_eq!(answer.code(), "invalid");
            let body: Value = serde_json::from_str(&answer.text).unwrap();
            let said = body["error"]["fields"][field].as_str().unwrap_or_else(|| panic!("{field}: {}", answer.text));
            assert!(said.contains(words), "{said}");
        }
    };
    invalid(json!({ "allow_private_address": false }), "auth_url", "must begin with https://").await;
    let private = json!({ "allow_private_address": false, "auth_url": "https://10.1.2.3/auth" });
    invalid(private, "auth_url", "Allow private addresses for this connection").await;
    invalid(json!({ "auth_url": "https://169.254.169.254/auth" }), "auth_url", "metadata").await;
    invalid(json!({ "tenant": "" }), "tenant", "Tenant is missing").await;
    invalid(json!({ "client_secret": null }), "client_secret", "missing").await;
    assert_eq!(ana.get("connections").await, json!([]));
    assert_eq!(web.server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_agent_may_not_read_is_named_and_can_be_saved() {
    let web = Web::open(options()).await;
    let ana = web.administrator().await;
    let body = with(&form(&web.desk), &json!({}));
    let records = async || {
        let tested = ana.post("connections/test", &body).await.with(StatusCode::OK);
        assert_eq!(tested["ok"], true, "{tested:#}");
        let step =
            tested["steps"].as_array().unwrap().iter().find(|step| step["step"] == "read_records").unwrap().clone();
        (step["state"].as_str().unwrap().to_owned(), step["records"].clone())
    };
    let of = |records: &Value, table: &str| {
        records.as_array().unwrap().iter().find(|record| record["table"] == table).unwrap().clone()
    };
    let (state, all) = records().await;
    assert_eq!((state.as_str(), all.as_array().unwrap().len()), ("ok", 6));
    assert!(of(&all, "tickets")["count"].as_u64().unwrap() > 250, "{all}");

    web.desk.trap(json!({ "forbidden": { "entities": ["Invoice"] } })).await;
    let (state, some) = records().await;
    let invoices = of(&some, "invoices");
    let said = format!("{} {}", invoices["sentence"].as_str().unwrap(), invoices["advice"].as_str().unwrap());
    assert_eq!((state.as_str(), invoices["state"].as_str()), ("warning", Some("failed")), "{some:#}");
    for words in
        ["may not read invoices", "3 of 11 webhook events", "Dashboards API", "read:invoices", "You can save now"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    let saved = ana.post("connections", &body).await.with(StatusCode::CREATED);
    assert_eq!(saved["warnings"][0]["step"], "read_records", "{saved:#}");
    assert_eq!(web.server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_halopsa_is_connected_watched_paused_and_changed_while_it_is_served() {
    let web = Web::open(options()).await;
    let ana = web.administrator().await;
    let body = with(&form(&web.desk), &json!({}));
    let saved = ana.post("connections", &body).await.with(StatusCode::CREATED);
    let callback = saved["callback_url"].as_str().unwrap().to_owned();
    assert!(callback.starts_with(&format!("{}/hooks/1/", web.origin)), "{callback}");
    assert_eq!(saved["connection"]["callback_url"], callback);
    assert_eq!(ana.post("connections", &body).await.code(), "conflict", "the same HaloPSA is connected once");

    // From here on it is shown what goes on, to the end of the first reading.
    let mut events = Events::of(&ana, "connections/1/events").await;
    let view = events.until("sync", is_idle).await;
    assert!(
        view["entities"].as_array().unwrap().iter().all(|row| row["state"] == "done" || row["state"] == "off"),
        "{view:#}"
    );
    assert!(view["counts"]["complete"] == true && view["requests"]["used"].as_u64().unwrap() > 50, "{view:#}");
    let by_use = view["requests"]["by_use"].as_array().unwrap();
    let sum: u64 = by_use.iter().map(|one| one["requests"].as_u64().unwrap()).sum();
    assert!(sum > 50 && sum <= view["requests"]["used"].as_u64().unwrap(), "{by_use:?}");
    until_true(&web).await;

    // What HaloPSA posts is shown as it comes.
    let delivery = json!({ "id": "a", "event": "ticket status changed", "object_id": 1001 }).to_string();
    let http = reqwest::Client::new();
    assert!(http.post(&callback).body(delivery).send().await.unwrap().status().is_success());
    events.until("webhook", |hint| hint["newest_delivery"].as_i64() > Some(0)).await;
    let page =
        until(&ana, "connections/1/deliveries", "settled", |page| page["deliveries"][0]["result"] != "waiting").await;
    let number = &page["deliveries"][0]["number"];
    let detail = ana.get(&format!("connections/1/deliveries/{number}")).await;
    assert_eq!((&detail["event"], &detail["record"]), (&json!("Ticket Changed"), &json!(1001)));
    assert!(detail["outcome"].as_str().unwrap().ends_with('.') && detail["body"].as_str().unwrap().contains("1001"));
    for (filter, found) in [
        (format!("result={}", detail["result"].as_str().unwrap()), 1),
        ("result=failed".to_owned(), 0),
        ("result=waiting".to_owned(), 0),
        (format!("since={}", detail["arrived_at"].as_str().unwrap()), 1),
        (format!("until={}", detail["arrived_at"].as_str().unwrap()), 0),
    ] {
        let page = ana.get(&format!("connections/1/deliveries?{filter}")).await;
        assert_eq!(page["deliveries"].as_array().map(Vec::len), Some(found), "{filter} {page:#}");
    }
    let replayed = ana.post(&format!("connections/1/deliveries/{number}/replay"), &json!({})).await;
    assert_eq!(replayed.with(StatusCode::ACCEPTED)["deliveries"], 1);
    let webhook = ana.get("connections/1/webhook").await;
    assert_eq!((&webhook["status"], webhook["events"].as_array().unwrap().len()), (&json!("partial"), 11));
    assert_eq!(webhook["first_at"], detail["arrived_at"], "{webhook:#}");
    let tested = ana.post("connections/1/webhook/test", &json!({})).await.with(StatusCode::OK);
    assert_eq!(tested["reached"], true, "{tested}");

    // Paused, nothing is asked; what is posted is kept.
    ana.post("connections/1/pause", &json!({})).await.with(StatusCode::OK);
    let paused = ana.get("connections").await[0].clone();
    assert_eq!((&paused["activity"]["activity"], &paused["activity"]["paused_by"]), (&json!("paused"), &json!("Ana")));
    assert_eq!(paused["health"]["health"], "healthy");
    assert_eq!(ana.post("connections/1/sync", &json!({})).await.code(), "conflict");
    let delivery = json!({ "id": "b", "event": "ticket status changed", "object_id": 1002 }).to_string();
    assert!(http.post(&callback).body(delivery).send().await.unwrap().status().is_success());
    let waiting = ana.get("connections/1/deliveries").await;
    assert_eq!(waiting["deliveries"][0]["result"], "waiting");
    web.desk.mutate(5, 30).await;
    ana.post("connections/1/resume", &json!({})).await.with(StatusCode::OK);
    until(&ana, "connections/1/deliveries", "followed", |page| page["deliveries"][0]["result"] != "waiting").await;
    let started = ana.post("connections/1/sync", &json!({ "full": true })).await.with(StatusCode::ACCEPTED);
    assert!(started["sync_number"].is_u64(), "{started}");
    until(&ana, "connections/1/runs?outcome=complete", "run", |runs| runs[0]["kind"] == "full").await;
    until_true(&web).await;

    // Stopped on its way, it is made all the same.
    web.desk.trap(json!({ "slow": { "milliseconds": 100, "jitter": 0 } })).await;
    ana.post("connections/1/sync", &json!({ "full": true })).await.with(StatusCode::ACCEPTED);
    until(&ana, "connections", "reading", |all| all[0]["activity"]["activity"] == "reading_all").await;
    ana.post("connections/1/pause", &json!({})).await.with(StatusCode::OK);
    web.desk.trap(json!({ "slow": false })).await;
    ana.post("connections/1/resume", &json!({})).await.with(StatusCode::OK);
    let made = |runs: &Value| (&runs[0]["kind"], &runs[0]["outcome"]) == (&json!("full"), &json!("complete"));
    let runs = until(&ana, "connections/1/runs", "made", made).await;
    assert_eq!(runs[1]["outcome"], "stopped", "{runs:#}");
    ana.post("connections/1/verify", &json!({})).await.with(StatusCode::ACCEPTED);
    let view = until(&ana, "connections/1/sync", "compared", |view| view["counts"]["asked"].is_object()).await;
    assert_eq!(view["counts"]["asked"]["differing"], json!([]), "{view:#}");

    // The secret stays where it is: it is kept without being entered again, and needed again for other addresses.
    let kept = with(&form(&web.desk), &json!({ "client_secret": null, "reserve_percent": 50 }));
    let changed = ana.ask(Method::PUT, "connections/1", Some(&kept)).await.with(StatusCode::OK);
    assert_eq!(changed["connection"]["reserve_percent"], 50);
    let other = with(&form(&web.desk), &json!({ "client_secret": null, "client_id": "another" }));
    let refused = ana.ask(Method::PUT, "connections/1", Some(&other)).await;
    assert!(refused.text.contains("Enter the Client Secret again"), "{}", refused.text);
    until(&ana, "connections/1/sync", "idle", is_idle).await;
    secrets_stay(&web, &ana, &callback).await;
    assert_eq!(web.server.stop().await.0, Some(0));
}

async fn until_true(web: &Web) {
    crate::serve::until_true(&web.desk, &web.server).await;
}

/// No answer holds the client secret; the callback URL is for who may manage webhooks.
async fn secrets_stay(web: &Web, ana: &Browser, callback: &str) {
    let viewer = web.person(ana, "vic@acme.example", "viewer").await;
    let document = ana.get("openapi.json").await;
    let (hush, mut asked) = (web.desk.simulator().client_secret().to_owned(), 0);
    for (path, item) in document["paths"].as_object().unwrap() {
        if item.get("get").is_none() || path.ends_with("/events") {
            continue;
        }
        let path =
            path.strip_prefix("/api/v1/").unwrap().replace("{id}", "1").replace("{number}", "1").replace("{run}", "1");
        for person in [ana, &viewer] {
            let text = person.ask(Method::GET, &path, None).await.text;
            assert!(!text.contains(&hush), "{path}");
            assert!(std::ptr::eq(person, ana) || !text.contains(callback), "{path}");
            asked += 1;
        }
    }
    assert!(asked > 30, "{asked}");
    assert!(!web.server.log().contains(&hush));
}

/// A stream of events.
struct Events {
    stream: std::pin::Pin<Box<dyn futures_util::Stream<Item = reqwest::Result<bytes::Bytes>> + Send>>,
    text: String,
}

impl Events {
    async fn of(browser: &Browser, path: &str) -> Self {
        let answer = browser.open(path).await;
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { stream: Box::pin(answer.bytes_stream()), text: String::new() }
    }

    /// Reads on until there is an event of that name that is as wanted.
    async fn until(&mut self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let reading = async {
            loop {
                while let Some((event, rest)) = self.text.split_once("\n\n") {
                    let line = |field: &str| event.lines().find_map(|line| line.strip_prefix(field)).map(str::to_owned);
                    let (kind, data) = (line("event: "), line("data: "));
                    self.text = rest.to_owned();
                    let data: Value = data.map(|data| serde_json::from_str(&data).unwrap()).unwrap_or_default();
                    if kind.as_deref() == Some(name) && wanted(&data) {
                        return data;
                    }
                }
                let piece = self.stream.next().await.expect("the stream goes on").unwrap();
                self.text += std::str::from_utf8(&piece).unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(120), reading).await.unwrap_or_else(|_| panic!("no event `{name}`"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sample_data_comes_and_goes_without_a_trace() {
    let web = Web::open(options()).await;
    let ana = web.administrator().await;
    let files = || {
        let mut names: Vec<String> = std::fs::read_dir(web.desk.data())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.starts_with("store.sqlite") && name != "socket")
            .collect();
        names.sort();
        names
    };
    let before = files();
    let view = ana.post("sample", &json!({})).await.with(StatusCode::OK);
    assert_eq!((&view["sample"]["demo"], &view["sample"]["events_within_s"]), (&json!(false), &json!(60)), "{view:#}");
    assert_eq!(
        web.browser().get("session").await["sample"],
        Value::Null,
        "it is nobody's business who is not signed in"
    );
    let summary = until(&ana, "connections", "synchronised", |all| all[0]["health"]["health"] == "healthy").await;
    assert_eq!((&summary[0]["is_sample"], &summary[0]["id"]), (&json!(true), &json!(1)));
    assert_eq!(ana.post("connections", &with(&form(&web.desk), &json!({}))).await.code(), "conflict");
    assert_eq!(ana.post("sample", &json!({})).await.status, StatusCode::OK, "it is there already");

    // Whoever configures the webhook sees all of its events soon.
    let made = ana.post("connections/1/webhook/create", &json!({})).await.with(StatusCode::OK);
    assert_eq!((&made["created"], made["added"].as_array().unwrap().len()), (&json!(true), 11), "{made:#}");
    until(&ana, "connections/1/webhook", "successful", |webhook| webhook["title"] == "Webhook Successful").await;

    let view = ana.ask(Method::DELETE, "sample", None).await.with(StatusCode::OK);
    assert_eq!((&view["sample"], ana.get("connections").await), (&Value::Null, json!([])));
    assert_eq!(files(), before);
    // And the real one can be connected.
    ana.post("connections", &with(&form(&web.desk), &json!({}))).await.with(StatusCode::CREATED);
    assert_eq!(ana.post("sample", &json!({})).await.code(), "conflict");
    assert_eq!(web.server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_printed_for_who_cannot_get_in() {
    let web = Web::open(options()).await;
    let first = web.desk.run(&["user", "link"]).await.with_code(0);
    assert!(first.out.contains("/first-run#"), "{}", first.out);
    // It takes the place of the one before.
    let given = json!({ "token": web.first_link });
    assert_eq!(web.browser().post("links/look", &given).await.code(), "link_ended");
    let token = first.out.lines().next().unwrap().split_once('#').unwrap().1.to_owned();
    let web = Web { first_link: token, ..web };
    let ana = web.administrator().await;
    let link = web.desk.run(&["user", "link", "ANA@acme.example", "--json"]).await.with_code(0).json();
    let url = link["url"].as_str().unwrap();
    assert!(url.starts_with(&format!("{}/welcome#", web.origin)), "{url}");
    let mut again = web.browser();
    let given = json!({ "token": url.split_once('#').unwrap().1, "password": "quite another sentence" });
    again.enter("links/use", &given).await.with(StatusCode::OK);
    assert_eq!(ana.get("session").await["state"], "signed_out");
    web.person(&again, "ben@acme.example", "viewer").await;
    let several = web.desk.run(&["user", "link"]).await.with_code(1);
    assert!(several.err.contains("ana@acme.example, ben@acme.example"), "{}", several.err);
    let nobody = web.desk.run(&["user", "link", "carl"]).await.with_code(1);
    assert!(nobody.err.contains("nobody signs in as `carl`"), "{}", nobody.err);
    assert_eq!(web.server.stop().await.0, Some(0));
}
