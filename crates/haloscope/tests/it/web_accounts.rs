//! People and tokens: who gets in, for how long, and what is remembered of it.

use std::time::{Duration, Instant};

use halo_sim::Options;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Desk, on_cluster};
use crate::web_api::{Browser, PASSWORD, Web};

fn tiny() -> Options {
    Options { tickets: 50, ..Options::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_is_made_once_by_the_printed_link() {
    let web = Web::open(tiny()).await;
    let mut browser = web.browser();
    assert_eq!(browser.get("session").await["state"], "first_run");
    assert_eq!(browser.sign_in("ana", PASSWORD).await.code(), "wrong_credentials");
    let guessed = json!({ "token": "0".repeat(64), "name": "a", "display_name": "A", "password": PASSWORD });
    assert_eq!(browser.post("links/use", &guessed).await.code(), "link_ended");
    let look = browser.post("links/look", &json!({ "token": web.first_link })).await.with(StatusCode::OK);
    assert_eq!(look, json!({ "purpose": "first_run", "user": null }));
    let given = |password: &str| json!({ "token": web.first_link, "name": "ana@acme.example", "display_name": "Ana", "password": password, "zone": "Europe/London" });
    // What cannot be used leaves the link as it is.
    let refused = browser.post("links/use", &given("short")).await;
    assert!(refused.text.contains("at least 12 characters"), "{}", refused.text);
    let view = browser.enter("links/use", &given(PASSWORD)).await.with(StatusCode::OK);
    assert_eq!((&view["state"], &view["user"]["role"]), (&json!("signed_in"), &json!("administrator")));
    assert_eq!(view["workspace"]["zone"], "Europe/London");
    assert_eq!(web.browser().post("links/use", &given(PASSWORD)).await.code(), "link_ended");
    assert!(!web.server.log().contains(&web.first_link), "the link stands in no log");

    // After a restart there is no other link.
    let desk = web.desk;
    assert_eq!(web.server.stop().await.0, Some(0));
    let server = crate::serve::Server::start(&desk, &["--log-format", "json"]);
    let began = Instant::now();
    let origin = loop {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", server.log());
        let log = server.log();
        if let Some((_, after)) = log.split_once("\"public_url\":\"") {
            break after.split('"').next().unwrap().to_owned();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    // The session outlives the restart, and the password is right.
    let browser = Browser { cookie: browser.cookie.clone(), csrf: browser.csrf.clone(), ..Browser::new(&origin) };
    assert_eq!(browser.get("session").await["state"], "signed_in");
    let mut again = Browser::new(&origin);
    assert_eq!(again.sign_in(" ANA@acme.example", PASSWORD).await.with(StatusCode::OK)["state"], "signed_in");
    assert_eq!(server.said(), "", "it answers, and has printed no link");
    assert_eq!(server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_passwords_waits_and_others_do_not() {
    let web = Web::open(tiny()).await;
    web.administrator().await;
    let mut guesser = web.browser();
    let mut codes = Vec::new();
    for _ in 0..7 {
        codes.push(guesser.sign_in("ana@acme.example", "wrong password").await.code());
    }
    assert_eq!(codes[..5], ["wrong_credentials"; 5]);
    assert_eq!(codes[6], "too_many_attempts", "{codes:?}");
    let answer = guesser.sign_in("ana@acme.example", PASSWORD).await;
    assert_eq!(answer.code(), "too_many_attempts", "the right one has to wait, too");
    assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
    // Nobody learns which names there are.
    assert_eq!(guesser.sign_in("nobody@acme.example", "wrong password").await.code(), "wrong_credentials");
    // Many at once are many.
    let all: Vec<_> = (0..50)
        .map(|_| {
            let mut guesser = web.browser();
            tokio::spawn(async move { guesser.sign_in("somebody@acme.example", "wrong password").await.code() })
        })
        .collect();
    let mut tried = 0;
    for one in all {
        tried += usize::from(one.await.unwrap() == "wrong_credentials");
    }
    assert_eq!(tried, 5, "of 50 tries at once");
    assert_eq!(web.server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_come_change_and_go() {
    let web = Web::open(tiny()).await;
    let ana = web.administrator().await;
    let mut ben = web.person(&ana, "ben@acme.example", "viewer").await;
    let users = ana.get("users").await;
    let id = users.as_array().unwrap().iter().find(|user| user["name"] == "ben@acme.example").unwrap()["id"].clone();
    let path = format!("users/{id}");
    let change = async |body: Value| ana.ask(Method::PATCH, &path, Some(&body)).await;
    assert_eq!(change(json!({ "role": "builder" })).await.with(StatusCode::OK)["role"], "builder");
    assert!(ben.get("session").await["permissions"].as_array().unwrap().contains(&json!("sync")), "at once");

    // Another password ends the other sessions, and not this one.
    let elsewhere = ben.clone();
    let mut second = web.browser();
    second.sign_in("ben@acme.example", PASSWORD).await.with(StatusCode::OK);
    let other = "another long sentence";
    let wrong = json!({ "current_password": "no", "new_password": other });
    assert_eq!(ben.ask(Method::PUT, "session/password", Some(&wrong)).await.code(), "invalid");
    let right = json!({ "current_password": PASSWORD, "new_password": other });
    ben.ask(Method::PUT, "session/password", Some(&right)).await.with(StatusCode::NO_CONTENT);
    assert_eq!(elsewhere.get("session").await["state"], "signed_in");
    assert_eq!(second.get("session").await["state"], "signed_out");

    // A link for another password: the present one holds until it is used, once.
    let link = ana.post(&format!("{path}/link"), &json!({})).await.with(StatusCode::OK);
    let token = link["url"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    assert_eq!(ben.get("session").await["state"], "signed_in");
    let mut third = web.browser();
    third.enter("links/use", &json!({ "token": token, "password": PASSWORD })).await.with(StatusCode::OK);
    assert_eq!(ben.get("session").await["state"], "signed_out");
    assert_eq!(web.browser().post("links/look", &json!({ "token": token })).await.code(), "link_ended");

    // An end of the session ends what goes on in it.
    let mut stream = third.open("events").await;
    assert!(stream.chunk().await.unwrap().is_some());
    change(json!({ "disabled": true })).await.with(StatusCode::OK);
    let ended = async { while stream.chunk().await.unwrap().is_some() {} };
    tokio::time::timeout(Duration::from_secs(30), ended).await.expect("the stream ends");
    assert_eq!(third.get("session").await["state"], "signed_out");
    third = web.browser();
    assert_eq!(third.sign_in("ben@acme.example", PASSWORD).await.code(), "wrong_credentials");
    change(json!({ "disabled": false })).await.with(StatusCode::OK);
    ben = web.browser();
    ben.sign_in("ben@acme.example", PASSWORD).await.with(StatusCode::OK);

    // One administrator stays.
    let own = ana.get("session").await["user"]["id"].clone();
    for body in [json!({ "role": "viewer" }), json!({ "disabled": true })] {
        assert_eq!(ana.ask(Method::PATCH, &format!("users/{own}"), Some(&body)).await.code(), "conflict");
    }
    assert_eq!(ana.ask(Method::DELETE, &format!("users/{own}"), None).await.code(), "conflict");
    let again = json!({ "name": "BEN@acme.example", "display_name": "Ben", "role": "viewer" });
    assert_eq!(ana.post("users", &again).await.code(), "invalid", "names are unique, whatever their case");
    ana.ask(Method::DELETE, &path, None).await.with(StatusCode::NO_CONTENT);
    assert_eq!(ben.get("session").await["state"], "signed_out");

    let audit = ana.get("audit?limit=500").await;
    let entries = audit["entries"].as_array().unwrap();
    let has = |action: &str, subject: &str| {
        entries.iter().any(|entry| entry["action"] == action && entry["subject"] == subject)
    };
    for (action, subject) in [
        ("link_use", "ana@acme.example"),
        ("user_add", "ben@acme.example"),
        ("user_change", "ben@acme.example"),
        ("user_link", "ben@acme.example"),
        ("session_start", "ben@acme.example"),
        ("password_change", "ben@acme.example"),
        ("user_remove", "ben@acme.example"),
    ] {
        assert!(has(action, subject), "{action} {subject}: {entries:#?}");
    }
    for action in ["session_start", "password_change"] {
        assert!(entries.iter().any(|entry| entry["action"] == action && entry["detail"] == "refused"), "{action}");
    }
    let text = audit.to_string();
    assert!(!text.contains(PASSWORD) && !text.contains(other) && !text.contains(&token), "no secret is noted");
    let first = ana.get("audit?limit=2").await;
    let second = ana.get(&format!("audit?limit=2&before={}", first["next"])).await;
    assert_eq!((&first["entries"][1], &second["entries"][0]), (&entries[1], &entries[2]));
    assert_eq!(web.server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_do_what_they_are_for_until_they_end() {
    let web = Web::open(tiny()).await;
    let ana = web.administrator().await;
    for bad in [
        json!({ "name": "", "scopes": ["sync"] }),
        json!({ "name": "x", "scopes": [] }),
        json!({ "name": "x", "scopes": ["sync"], "days": 0 }),
    ] {
        assert_eq!(ana.post("tokens", &bad).await.code(), "invalid", "{bad}");
    }
    let given = json!({ "name": "Power BI", "scopes": ["read_data", "read_connections"] });
    let made = ana.post("tokens", &given).await.with(StatusCode::CREATED);
    let token = made["token"].as_str().unwrap().to_owned();
    let program = Browser { token: Some(token.clone()), csrf: String::new(), ..web.browser() };
    assert_eq!(program.get("connections").await, json!([]));
    assert_eq!(program.get("session").await["state"], "signed_out", "a token is nobody's session");
    let listed = ana.get("tokens").await;
    assert!(!listed.to_string().contains(&token) && token.starts_with(listed[0]["prefix"].as_str().unwrap()));
    assert!(listed[0]["used_at"].is_string(), "{listed}");
    ana.ask(Method::DELETE, &format!("tokens/{}", listed[0]["id"]), None).await.with(StatusCode::NO_CONTENT);
    assert_eq!(program.ask(Method::GET, "connections", None).await.code(), "token_ended");
    assert_eq!(web.server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_links_and_tokens_end_with_time() {
    if on_cluster() {
        return;
    }
    let web = Web::at(Desk::standing(tiny()).await).await;
    let ana = web.administrator().await;
    let step = async |hours: u64| {
        web.desk.post("clock", &json!({ "advance_seconds": hours * 3_600 })).await;
    };
    let made = ana.post("tokens", &json!({ "name": "x", "scopes": ["read_connections"], "days": 1 })).await;
    let token = made.with(StatusCode::CREATED)["token"].as_str().unwrap().to_owned();
    let program = Browser { token: Some(token), ..web.browser() };
    let given = json!({ "name": "ben", "display_name": "Ben", "role": "viewer" });
    let added = ana.post("users", &given).await.with(StatusCode::CREATED);
    let link = added["link"]["url"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    // Used now and then it goes on, to its limit.
    for _ in 0..3 {
        step(11).await;
        assert_eq!(ana.get("session").await["state"], "signed_in");
    }
    assert_eq!(program.ask(Method::GET, "connections", None).await.code(), "token_ended", "after 33 hours");
    web.browser().post("links/look", &json!({ "token": link })).await.with(StatusCode::OK);
    step(40).await;
    assert_eq!(
        web.browser().post("links/look", &json!({ "token": link })).await.code(),
        "link_ended",
        "after 73 hours"
    );
    assert_eq!(ana.get("session").await["state"], "signed_out", "not used for 40 hours");
    let mut ana = web.browser();
    ana.sign_in("ana@acme.example", PASSWORD).await.with(StatusCode::OK);
    // However often it is used, it ends after 14 days: 31 times 11 hours.
    for number in 1..=31 {
        step(11).await;
        let state = ana.get("session").await["state"].as_str().unwrap().to_owned();
        assert_eq!(state, if number < 31 { "signed_in" } else { "signed_out" }, "after {number} times 11 hours");
    }
    assert_eq!(web.server.stop().await.0, Some(0));
}
