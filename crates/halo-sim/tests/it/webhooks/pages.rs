//! The screens, used as a person without scripts would: forms are filled in, buttons pressed, links followed.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::receiver::Receiver;
use super::{ELEVEN, change, deliveries, flush, hook, number, texts};
use crate::bench::{Bench, start};

const HOME: &str = "config/integrations/webhooks";

/// Status, place to go to, and page.
async fn visit(bench: &Bench, method: Method, path: &str, form: &[(String, String)]) -> (StatusCode, String, String) {
    let url = format!("{}/{path}", bench.running.base_url());
    let answer = bench.http.request(method, url).form(form).send().await.unwrap();
    let place = answer.headers().get("location").map(|place| place.to_str().unwrap().to_owned()).unwrap_or_default();
    (answer.status(), place, answer.text().await.unwrap())
}

async fn page(bench: &Bench, path: &str) -> String {
    let (status, _, page) = visit(bench, Method::GET, path, &[]).await;
    assert_eq!(status, 200, "{path}");
    page
}

fn field(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// The hidden fields of a page: what travels from screen to screen.
fn hidden(page: &str) -> Vec<(String, String)> {
    page.split("<input type=\"hidden\" name=\"")
        .skip(1)
        .map(|rest| {
            let (name, rest) = rest.split_once("\" value=\"").unwrap();
            let value = rest.split_once('"').unwrap().0.replace("&quot;", "\"").replace("&amp;", "&");
            (name.to_owned(), value)
        })
        .collect()
}

/// The two fields that the guide fills in; the rest is left out, as if everything stayed default.
fn filled(name: &str, url: &str) -> Vec<(String, String)> {
    vec![field("name", name), field("url", url), field("active", "true")]
}

#[tokio::test]
async fn the_guide_can_be_followed_word_by_word_and_then_a_change_arrives() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    for (path, link) in
        [("config", "config/integrations"), ("config/integrations", HOME), (HOME, "config/integrations/webhooks/new")]
    {
        assert!(page(&bench, path).await.contains(&format!("href=\"/{link}\"")), "{path}");
    }
    let new = page(&bench, &format!("{HOME}/new")).await;
    for label in ["Webhook Name", "Payload URL", "Active"] {
        assert!(new.contains(&format!(">{label}</label>")), "{label}");
    }
    assert!(new.contains("<h1>New Webhook</h1>"));

    let mut form = filled("Haloscope & \"co\"", &receiver.url());
    for name in ELEVEN {
        let path = format!("{HOME}/new");
        form.push(field("do", "add"));
        let (_, _, screen) = visit(&bench, Method::POST, &path, &form).await;
        assert!(screen.contains("<h1>New Event</h1>") && screen.contains(">Event</label>"), "{screen}");
        assert!(screen.contains(&format!(">{name}</option>")), "{name}");
        form = hidden(&screen);
        form.extend([field("chosen", &number(&bench, name).await.to_string()), field("do", "event")]);
        let (_, _, screen) = visit(&bench, Method::POST, &path, &form).await;
        assert!(screen.contains("<h1>New Webhook</h1>") && screen.contains(&format!("<span>{name}</span>")));
        form = filled("Haloscope & \"co\"", &receiver.url());
        form.extend(hidden(&screen));
    }
    form.push(field("do", "save"));
    let (status, place, _) = visit(&bench, Method::POST, &format!("{HOME}/new"), &form).await;
    assert_eq!(status, 303);
    assert!(page(&bench, &place[1..]).await.contains("Haloscope &amp; &quot;co&quot;"));
    let made = bench.rows("Webhook").await.remove(0);
    assert_eq!((made["events"].as_array().unwrap().len(), &made["active"]), (11, &json!(true)));

    bench.control(Method::POST, "mutate", &json!({"seed": 2, "count": 20})).await;
    flush(&bench).await;
    let heard = receiver.bodies();
    assert!(!heard.is_empty());
    assert_eq!(texts(&heard, "id"), texts(&deliveries(&bench).await, "id"));
}

#[tokio::test]
async fn what_is_wrong_is_said_next_to_its_field() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    hook(&bench, &receiver, json!({}), &[]).await;
    for (form, said) in [
        (filled("", "http://x.example"), "id=\"name-error\" role=\"alert\">Enter a name."),
        (filled("bi SYNC", "http://x.example"), "id=\"name-error\" role=\"alert\">Name must be unique."),
        (filled("new", "<script>"), "id=\"url-error\" role=\"alert\">Enter an address"),
        (filled("new", "http://x.example"), "role=\"alert\">Add at least one event."),
    ] {
        let (status, _, page) = visit(&bench, Method::POST, &format!("{HOME}/new"), &form).await;
        assert!(status == 200 && page.contains(said), "{said}: {page}");
        assert!(!page.contains("<script>"));
    }
    let again = [filled("new", ""), vec![field("event", "3"), field("chosen", "3"), field("do", "event")]].concat();
    let (_, _, page) = visit(&bench, Method::POST, &format!("{HOME}/new"), &again).await;
    assert!(page.contains("This event is chosen already."));
    assert_eq!(bench.rows("Webhook").await.len(), 1);
}

#[tokio::test]
async fn a_webhook_is_changed_and_removed_on_its_page() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    let secret = json!({"authentication_type": 1, "basic_username": "u", "basic_password": "hush"});
    let id = hook(&bench, &receiver, secret, &["New Ticket Logged", "Closed"]).await;
    let path = format!("{HOME}/{id}");
    let shown = page(&bench, &path).await;
    assert!(shown.contains("<span>Closed</span>") && !shown.contains("hush"));
    let mut form = filled("BI sync", &receiver.url());
    form.extend([
        field("authentication_type", "1"),
        field("basic_username", "u"),
        field("event", "3"),
        field("do", "save"),
    ]);
    assert_eq!(visit(&bench, Method::POST, &path, &form).await.0, 303);
    let numbers: Vec<_> = bench.rows("Notification").await.iter().map(|row| row["eventno"].clone()).collect();
    assert_eq!(numbers, [3]);
    change(&bench, json!({"summary": "x"})).await;
    assert_ne!(receiver.heard()[0].header("authorization"), "", "the password stayed");
    assert_eq!(visit(&bench, Method::POST, &path, &[field("do", "delete")]).await.0, 303);
    assert_eq!((bench.rows("Webhook").await.len(), visit(&bench, Method::GET, &path, &[]).await.0.as_u16()), (0, 404));
}

#[tokio::test]
async fn deliveries_are_listed_shown_and_sent_again() {
    let (bench, receiver) = (start().await, Receiver::start().await);
    let id = hook(&bench, &receiver, json!({}), &["Ticket Changed"]).await;
    change(&bench, json!({"id": 1_010, "summary": "<b>bold</b>"})).await;
    let log = format!("{HOME}/{id}/deliveries");
    let delivery = deliveries(&bench).await.remove(0)["id"].as_str().unwrap().to_owned();
    let list = page(&bench, &log).await;
    assert!(
        list.contains(&delivery) && list.contains("<td>Ticket Changed</td><td>1010</td><td>Delivered</td><td>200</td>")
    );
    let one = page(&bench, &format!("{log}/{delivery}")).await;
    assert!(one.contains("&lt;b&gt;bold") && one.contains(">Resend</button>") && !one.contains("<b>bold"));
    let (status, place, _) = visit(&bench, Method::POST, &format!("{log}/{delivery}"), &[]).await;
    assert_eq!(status, 303);
    assert!(page(&bench, &place[1..]).await.contains("It is sent again."));
    flush(&bench).await;
    let heard = receiver.heard();
    assert_eq!((heard.len(), &heard[0].raw), (2, &heard[1].raw));
    assert_eq!(deliveries(&bench).await[0]["attempts"], 2);
    let mut resting = vec![field("name", "BI sync"), field("url", &receiver.url()), field("do", "save")];
    resting.push(field("event", &number(&bench, "Ticket Changed").await.to_string()));
    assert_eq!(visit(&bench, Method::POST, &format!("{HOME}/{id}"), &resting).await.0, 303);
    let (_, place, _) = visit(&bench, Method::POST, &format!("{log}/{delivery}"), &[]).await;
    assert!(page(&bench, &place[1..]).await.contains("the webhook is not active"));
    for missing in [format!("{log}/nope"), format!("{HOME}/nope/deliveries"), "config/other".to_owned()] {
        assert_eq!(visit(&bench, Method::GET, &missing, &[]).await.0, 404, "{missing}");
    }
}
