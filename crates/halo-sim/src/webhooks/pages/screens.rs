//! The list of webhooks, **New Webhook**, **New Event**, and the details of one webhook.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::draft::{Draft, Errors};
use super::html::{FOCUS, MAIN, button, escape, page, row, select};
use super::{HOME, Shown};
use crate::entity::post::PostError;
use crate::query::Query;
use crate::sim::Sim;
use crate::webhooks::fields::whole;
use crate::webhooks::store;
use crate::world::events::{self, CATALOGUE};

/// **Configuration**: the one part of it that is here.
pub(super) fn configuration() -> String {
    page(
        "Configuration",
        0,
        "<section><ul class=\"places\"><li><a href=\"/config/integrations\">Integrations</a></li></ul></section>",
    )
}

/// **Integrations**: the one kind that is here.
pub(super) fn integrations() -> String {
    let body = format!("<section><ul class=\"places\"><li><a href=\"{HOME}\">Webhooks</a></li></ul></section>");
    page("Integrations", 1, &body)
}

pub(super) fn list(sim: &Sim) -> String {
    let line = |hook: &Value| {
        format!(
            "<tr><td><a href=\"{HOME}/{}\">{}</a></td><td>{}</td><td>{}</td><td>{}</td></tr>",
            text(hook, "id"),
            escape(text(hook, "name")),
            escape(text(hook, "url")),
            hook["events"].as_array().map_or(0, Vec::len),
            if hook["active"] == true { "Yes" } else { "No" },
        )
    };
    let rows: String = store::webhooks(sim, None).iter().map(line).collect();
    let table = if rows.is_empty() {
        "<p>There are no webhooks.</p>".to_owned()
    } else {
        format!("<table><tr><th>Webhook Name<th>Payload URL<th>Events<th>Active</tr>{rows}</table>")
    };
    page(
        "Webhooks",
        2,
        &format!("<p><a class=\"button main\" href=\"{HOME}/new\">New</a></p><section>{table}</section>"),
    )
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

pub(super) fn new() -> String {
    form(None, &Draft::new(), &Errors::new(), "name")
}

pub(super) fn details(sim: &Sim, id: &str) -> Shown {
    match store::webhooks(sim, Some(id)).first().and_then(Value::as_object) {
        Some(hook) => Shown::Page(form(Some(id), &Draft::of(hook), &Errors::new(), "")),
        None => Shown::Missing,
    }
}

/// Does what the button says that was pressed.
pub(super) fn posted(sim: &Arc<Sim>, id: Option<&str>, values: &Query) -> Shown {
    if id.is_some_and(|id| store::webhooks(sim, Some(id)).is_empty()) {
        return Shown::Missing;
    }
    let mut draft = Draft::filled(values);
    let none = Errors::new();
    match (values.get("do").unwrap_or("save"), id) {
        ("save", _) => save(sim, id, &draft),
        ("delete", Some(id)) => {
            store::delete_webhook(sim, id);
            Shown::Go(HOME.to_owned())
        }
        ("add", _) => Shown::Page(event(id, &draft, None)),
        ("event", _) => match values.get("chosen").and_then(|no| events::numbered(no.parse().ok()?)) {
            None => Shown::Page(event(id, &draft, Some("Choose an event."))),
            Some(chosen) if draft.events.contains(&chosen) => {
                Shown::Page(event(id, &draft, Some("This event is chosen already.")))
            }
            Some(chosen) => {
                draft.events.push(chosen);
                Shown::Page(form(id, &draft, &none, "add"))
            }
        },
        (other, _) => {
            let removed = other.strip_prefix("remove-").and_then(|no| events::numbered(no.parse().ok()?));
            draft.events.retain(|event| Some(*event) != removed);
            Shown::Page(form(id, &draft, &none, "add"))
        }
    }
}

/// **New Webhook**, or the details of one that is there. The keyboard is at what is wrong, else at `focus`.
fn form(id: Option<&str>, draft: &Draft, errors: &Errors, focus: &str) -> String {
    let focus = Draft::first_wrong(errors).unwrap_or(if errors.contains_key("events") { "add" } else { focus });
    let (title, tabs, delete) = match id {
        None => ("New Webhook".to_owned(), String::new(), String::new()),
        Some(id) => (draft.value("name").to_owned(), tabs(id, "Details"), button("delete", "Delete", "")),
    };
    let chosen: String = draft
        .events
        .iter()
        .map(|event| {
            let remove = format!(
                "<button name=\"do\" value=\"remove-{}\" aria-label=\"Remove {1}\">Remove</button>",
                event.no, event.name
            );
            format!("<li><span>{}</span>{remove}</li>", event.name)
        })
        .collect();
    let none = errors.get("events").map(|error| format!("<p class=\"error\" role=\"alert\">{}</p>", escape(error)));
    let body = format!(
        "{tabs}<form method=\"post\" action=\"{HOME}/{}\">{}{}<section>{}</section>\
         <section aria-labelledby=\"events\"><h2 id=\"events\">Events</h2><ul class=\"events\" aria-labelledby=\"events\">{chosen}</ul>{}<p>{}</p>\
         </section><p>{} <a class=\"button\" href=\"{HOME}\">Cancel</a> {delete}</p></form>",
        id.unwrap_or("new"),
        // The Enter key presses the first button.
        "<button name=\"do\" value=\"save\" hidden></button>",
        draft.carried_events(),
        draft.inputs(errors, focus),
        none.unwrap_or_default(),
        button("add", "Add", if focus == "add" { FOCUS } else { "" }),
        button("save", "Save", MAIN),
    );
    page(&title, 3, &body)
}

pub(super) fn tabs(id: &str, current: &str) -> String {
    let tab = |name: &str, place: &str| {
        let here = if name == current { " aria-current=\"page\"" } else { "" };
        format!("<a href=\"{HOME}/{}{place}\"{here}>{name}</a>", escape(id))
    };
    format!(
        "<nav class=\"tabs\" aria-label=\"Webhook\">{}{}</nav>",
        tab("Details", ""),
        tab("Deliveries", "/deliveries")
    )
}

/// **New Event**.
fn event(id: Option<&str>, draft: &Draft, error: Option<&str>) -> String {
    let mut names: Vec<(String, &str)> = CATALOGUE.iter().map(|event| (event.no.to_string(), event.name)).collect();
    names.sort_unstable_by_key(|(_, name)| name.to_lowercase());
    let choices = std::iter::once((String::new(), "")).chain(names);
    let body = format!(
        "<form method=\"post\" action=\"{HOME}/{}\">{}<section>{}</section><p>{} {}</p></form>",
        id.unwrap_or("new"),
        draft.carried(),
        row("chosen", "Event", error, FOCUS, |bound| select(bound, "", choices)),
        button("event", "Save", MAIN),
        button("cancel", "Cancel", ""),
    );
    page("New Event", 3, &body)
}

fn save(sim: &Arc<Sim>, id: Option<&str>, draft: &Draft) -> Shown {
    let mut errors = Errors::new();
    let name = draft.value("name");
    if name.is_empty() {
        errors.insert("name", "Enter a name.".into());
    } else if sim.outbox.book().is_taken(name, id) {
        errors.insert("name", "Name must be unique.".into());
    }
    if !store::is_address(draft.value("url")) {
        errors.insert("url", "Enter an address that begins with http:// or https://.".into());
    }
    if draft.events.is_empty() {
        errors.insert("events", "Add at least one event.".into());
    }
    if errors.is_empty() {
        match store::save_webhook(sim, &draft.element(id)) {
            Ok(id) => {
                choose(sim, &id, draft);
                return Shown::Go(format!("{HOME}/{id}"));
            }
            Err(PostError::Refused(sentence)) => errors.insert("name", sentence),
            Err(_) => errors.insert("events", "A number of this form is not valid.".into()),
        };
    }
    Shown::Page(form(id, draft, &errors, "name"))
}

/// Makes the notifications of a webhook those of the draft; what stays keeps its conditions.
fn choose(sim: &Sim, hook: &str, draft: &Draft) {
    let before = store::notifications(sim, None, Some(hook));
    let number = |one: &Value| whole(&one["eventno"]).and_then(events::numbered);
    for one in before.iter().filter(|one| number(one).is_none_or(|event| !draft.events.contains(&event))) {
        store::delete_notification(sim, whole(&one["id"]).and_then(|id| i32::try_from(id).ok()).unwrap_or_default());
    }
    for event in draft.events.iter().filter(|event| !before.iter().any(|one| number(one) == Some(**event))) {
        let element = json!({ "webhook_id": hook, "eventno": event.no, "name": event.name });
        let element: Map<String, Value> = element.as_object().cloned().unwrap_or_default();
        if let Err(error) = store::save_notification(sim, &element) {
            tracing::error!(?error, event = event.name, "an event was not kept");
        }
    }
}
