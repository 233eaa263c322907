//! The tab **Deliveries**: what was sent, what came back, and sending it again.

use serde_json::Value;

use super::html::{button, escape, page};
use super::screens::tabs;
use super::{HOME, Shown};
use crate::query::Query;
use crate::sim::Sim;
use crate::webhooks::store;

/// Deliveries on one page.
const ROWS: usize = 50;

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_default()
}

fn state(row: &Value) -> &'static str {
    match row["status"].as_i64() {
        Some(0) => "Queued",
        Some(1) => "Delivered",
        _ => "Failed",
    }
}

pub(super) fn list(sim: &Sim, id: &str, query: &Query) -> Shown {
    let hooks = store::webhooks(sim, Some(id));
    let Some(hook) = hooks.first() else { return Shown::Missing };
    let wanted = query.number("page_no").and_then(|number| usize::try_from(number).ok());
    let number = wanted.unwrap_or(1).max(1);
    let (rows, count) = store::log(sim, Some(id), None, (number - 1).saturating_mul(ROWS), ROWS);
    let line = |row: &Value| {
        format!(
            "<tr><td><a href=\"{HOME}/{}/deliveries/{}\">{}</a></td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(id),
            text(row, "id"),
            text(row, "timestamp"),
            row["entity_id"],
            state(row),
            row["responsestatus"],
        )
    };
    let lines: String = rows.iter().map(line).collect();
    let next = if number * ROWS < count {
        format!("<p><a href=\"?page_no={}\">Older deliveries</a></p>", number + 1)
    } else {
        String::new()
    };
    let table = if lines.is_empty() {
        "<p>Nothing was delivered yet.</p>".to_owned()
    } else {
        format!("<table><tr><th>Time<th>Record<th>Status<th>Response</tr>{lines}</table>{next}")
    };
    Shown::Page(page(text(hook, "name"), &format!("{}<section>{table}</section>", tabs(id, "Deliveries"))))
}

pub(super) fn one(sim: &Sim, id: &str, delivery: &str) -> Shown {
    let (rows, _) = store::log(sim, Some(id), Some(delivery), 0, 1);
    let Some(row) = rows.first() else { return Shown::Missing };
    let part = |title: &str, head: &str, body: &str| {
        let shown = if head.is_empty() && body.is_empty() {
            "<p>Not kept.</p>".to_owned()
        } else {
            format!("<pre>{}</pre><hr><pre>{}</pre>", escape(head), escape(body))
        };
        format!("<section><h2>{title}</h2>{shown}</section>")
    };
    let resend = if text(row, "requestbody").is_empty() {
        "<p>It cannot be sent again: its request is not kept.</p>".to_owned()
    } else {
        format!("<form method=\"post\">{}</form>", button("resend", "Resend", true))
    };
    let body = format!(
        "{}<section><p>{} at {}, status {}.</p>{resend}</section>{}{}",
        tabs(id, "Deliveries"),
        state(row),
        text(row, "timestamp"),
        row["responsestatus"],
        part("Request", text(row, "requestheaders"), text(row, "requestbody")),
        part("Response", text(row, "responseheaders"), text(row, "responsebody")),
    );
    Shown::Page(page("Delivery", &body))
}

pub(super) fn resend(sim: &Sim, id: &str, delivery: &str) -> Shown {
    if store::log(sim, Some(id), Some(delivery), 0, 1).0.is_empty() {
        return Shown::Missing;
    }
    let now = sim.clock.micros();
    if sim.outbox.book().resend(delivery, now) {
        sim.outbox.wake();
    }
    Shown::Go(format!("{HOME}/{id}/deliveries/{delivery}"))
}
