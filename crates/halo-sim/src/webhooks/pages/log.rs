//! The tab **Deliveries**: what was sent, what came back, and sending it again.

use serde_json::Value;

use super::html::{MAIN, button, escape, page};
use super::screens::tabs;
use super::{HOME, Shown};
use crate::query::Query;
use crate::sim::Sim;
use crate::webhooks::delivery::Delivery;
use crate::webhooks::store;

/// Deliveries on one page.
const ROWS: usize = 50;

/// A delivery as its pages show it.
struct Entry {
    /// As the API shows it.
    row: Value,
    event: &'static str,
    calls: usize,
}

impl Entry {
    fn of(delivery: &Delivery) -> Self {
        Self { row: delivery.log(), event: delivery.event.name, calls: delivery.statuses.len() }
    }

    fn text(&self, name: &str) -> &str {
        self.row[name].as_str().unwrap_or_default()
    }

    /// For people: without the `T`, to the second.
    fn time(&self) -> String {
        self.text("timestamp").chars().take("2026-11-29T12:00:00".len()).collect::<String>().replace('T', " ")
    }

    fn status(&self) -> &'static str {
        match self.row["status"].as_i64() {
            Some(0) => "Queued",
            Some(1) => "Delivered",
            _ => "Failed",
        }
    }

    /// The status of the last answer.
    fn response(&self) -> String {
        match self.row["responsestatus"].as_i64() {
            Some(status) if status > 0 => status.to_string(),
            _ if self.calls > 0 => "None".to_owned(),
            _ => "-".to_owned(),
        }
    }
}

pub(super) fn list(sim: &Sim, id: &str, query: &Query) -> Shown {
    let hooks = store::webhooks(sim, Some(id));
    let Some(hook) = hooks.first() else { return Shown::Missing };
    let wanted = query.number("page_no").and_then(|number| usize::try_from(number).ok());
    let number = wanted.unwrap_or(1).max(1);
    let (entries, count) = store::log_as(sim, Some(id), None, ((number - 1).saturating_mul(ROWS), ROWS), Entry::of);
    let line = |entry: &Entry| {
        format!(
            "<tr><td><a href=\"{HOME}/{}/deliveries/{}\">{}</a></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(id),
            entry.text("id"),
            entry.time(),
            entry.event,
            entry.row["entity_id"],
            entry.status(),
            entry.response(),
        )
    };
    let lines: String = entries.iter().map(line).collect();
    let next = if number * ROWS < count {
        format!("<p><a href=\"?page_no={}\">Older deliveries</a></p>", number + 1)
    } else {
        String::new()
    };
    let table = if lines.is_empty() {
        "<p>Nothing was delivered yet.</p>".to_owned()
    } else {
        format!("<table><tr><th>Time (UTC)<th>Event<th>Record<th>Status<th>Response</tr>{lines}</table>{next}")
    };
    let name = hook["name"].as_str().unwrap_or_default();
    Shown::Page(page(name, 3, &format!("{}<section>{table}</section>", tabs(id, "Deliveries"))))
}

pub(super) fn one(sim: &Sim, id: &str, delivery: &str, query: &Query) -> Shown {
    let (entries, _) = store::log_as(sim, Some(id), Some(delivery), (0, 1), Entry::of);
    let Some(entry) = entries.first() else { return Shown::Missing };
    let part = |title: &str, head: &str, body: &str| {
        let parts = [head, body].into_iter().filter(|part| !part.is_empty());
        let parts: Vec<String> = parts.map(|part| format!("<pre>{}</pre>", escape(part))).collect();
        let shown = if parts.is_empty() { "<p>Not kept.</p>".to_owned() } else { parts.join("<hr>") };
        format!("<section><h2>{title}</h2>{shown}</section>")
    };
    let resend = if entry.text("requestbody").is_empty() {
        "<p>It cannot be sent again: its request is not kept.</p>".to_owned()
    } else {
        format!("<form method=\"post\">{}</form>", button("resend", "Resend", MAIN))
    };
    let said = match query.get("resent") {
        Some("true") => "<p role=\"status\">It is sent again.</p>",
        Some(_) => "<p class=\"error\" role=\"alert\">It is not sent again: the webhook is not active.</p>",
        None => "",
    };
    let facts = [
        ("Event", entry.event.to_owned()),
        ("Record", entry.row["entity_id"].to_string()),
        ("Time (UTC)", entry.time()),
        ("Status", entry.status().to_owned()),
        ("Response", entry.response()),
        ("Calls", entry.calls.to_string()),
    ];
    let facts: String = facts.iter().map(|(name, value)| format!("<dt>{name}</dt><dd>{value}</dd>")).collect();
    let body = format!(
        "{}<section><dl>{facts}</dl>{said}{resend}</section>{}{}",
        tabs(id, "Deliveries"),
        part("Request", entry.text("requestheaders"), entry.text("requestbody")),
        part("Response", entry.text("responseheaders"), entry.text("responsebody")),
    );
    Shown::Page(page("Delivery", 3, &body))
}

pub(super) fn resend(sim: &Sim, id: &str, delivery: &str) -> Shown {
    if store::log(sim, Some(id), Some(delivery), 0, 1).0.is_empty() {
        return Shown::Missing;
    }
    let resent = sim.outbox.book().resend(delivery, sim.clock.micros());
    if resent {
        sim.outbox.wake();
    }
    Shown::Go(format!("{HOME}/{id}/deliveries/{delivery}?resent={resent}"))
}
