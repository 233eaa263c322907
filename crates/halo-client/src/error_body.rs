//! HaloPSA's own words in the body of an error, made short and safe to show.
//!
//! Six forms are known: nothing, a JSON string, a map of model faults, a .NET exception object, `{resultCode, errorMessage}`,
//! and `{Message}` or `{error}`. Pages of HTML come from proxies and login pages; of those the title is kept.

use serde_json::Value;

/// Bytes of a body that are looked at: decoding JSON as a whole takes many times its size.
const MAX_BYTES: usize = 64 * 1024;

/// Longest message, in characters.
const MAX_CHARS: usize = 300;

/// The keys that hold words, best first. Compared without case.
const KEYS: [&str; 8] =
    ["errorMessage", "error_description", "Message", "ExceptionMessage", "error", "detail", "title", "load_error"];

/// The words of an error body, or an empty text when it has none.
pub(crate) fn message(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(MAX_BYTES)]);
    let text = text.trim_start_matches('\u{feff}').trim();
    let words = match serde_json::from_str::<Value>(text) {
        Ok(value) => of_value(&value).unwrap_or_default(),
        Err(_) if looks_like_html(text.as_bytes()) => {
            title(text.as_bytes()).map(|title| format!("an HTML page titled \"{title}\"")).unwrap_or_default()
        }
        // Cut JSON would be shown as line noise.
        Err(_) if text.starts_with(['{', '[', '"']) => String::new(),
        Err(_) => text.to_owned(),
    };
    shorten(&words)
}

/// The limit that a refusal names, as in "Rate Limit Reached - 300 Requests per rolling 5 minute window".
pub(crate) fn stated_limit(words: &str) -> Option<u32> {
    let words: Vec<&str> = words.split_whitespace().collect();
    let at = words
        .windows(2)
        .position(|pair| pair[0].eq_ignore_ascii_case("requests") && pair[1].eq_ignore_ascii_case("per"))?;
    words.get(at.checked_sub(1)?)?.parse().ok()
}

/// Whether a body is a page for people.
pub(crate) fn looks_like_html(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

/// The title of an HTML page, shortened.
pub(crate) fn title(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&body[..body.len().min(MAX_BYTES)]);
    let lower = text.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let start = open + lower[open..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    let title = shorten(&text[start..end]);
    (!title.is_empty()).then_some(title)
}

fn of_value(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Array(items) => items.iter().find_map(of_value),
        Value::Object(map) => {
            let get =
                |key: &str| map.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).and_then(|(_, v)| of_value(v));
            KEYS.iter().find_map(|key| get(key)).or_else(|| model_fault(map))
        }
        _ => None,
    }
}

/// `{"[0].outcome_id": ["The value 'x' is not valid."]}`: the field, then its fault.
fn model_fault(map: &serde_json::Map<String, Value>) -> Option<String> {
    map.iter().find_map(|(field, faults)| match faults {
        Value::Array(items) => items.iter().find_map(Value::as_str).map(|fault| format!("{field}: {fault}")),
        _ => None,
    })
}

/// One line of at most [`MAX_CHARS`] characters without control characters.
pub(crate) fn shorten(text: &str) -> String {
    let line = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = line.take(MAX_CHARS).collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MAX_CHARS {
        return line;
    }
    let mut short: String = line.chars().take(MAX_CHARS - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_of_halo_are_read() {
        let check = |body: &str, words: &str| assert_eq!(message(body.as_bytes()), words);
        check("", "");
        check("\"client_id is needed\"", "client_id is needed");
        check(r#"{"id":["The value 'x' is not valid."]}"#, "id: The value 'x' is not valid.");
        check(r#"{"[0].outcome_id":["Bad.","Worse."]}"#, "[0].outcome_id: Bad.");
        check(
            r#"{"ClassName":"System.Exception","Message":"Object reference not set","Data":null,"InnerException":null}"#,
            "Object reference not set",
        );
        check(r#"{"resultCode":5,"errorMessage":"No access"}"#, "No access");
        check(r#"{"Message":"Gone"}"#, "Gone");
        check(r#"{"error":"invalid_client"}"#, "invalid_client");
        check(r#"{"error":"invalid_client","error_description":"Unknown client"}"#, "Unknown client");
        check(r#"{"error":{"message":"nested"}}"#, "nested");
        check("Rate Limit Reached", "Rate Limit Reached");
    }

    #[test]
    fn the_limit_in_a_refusal_is_read() {
        assert_eq!(stated_limit("Rate Limit Reached - 300 Requests per rolling 5 minute window"), Some(300));
        assert_eq!(stated_limit("Requests per minute exceeded"), None);
        assert_eq!(stated_limit("many Requests per minute"), None);
        assert_eq!(stated_limit(""), None);
    }

    #[test]
    fn hostile_bodies_give_short_harmless_words() {
        assert_eq!(message(b"<html><head><TITLE> Log\nin </TITLE>"), "an HTML page titled \"Log in\"");
        assert_eq!(message(b"<html>"), "");
        assert_eq!(message(b"\xff\xfe\x00{"), "\u{fffd}\u{fffd} {");
        assert_eq!(message("a\u{1b}[31m\r\nb".as_bytes()), "a [31m b");
        assert_eq!(message(r#"{"Message":"cut"#.as_bytes()), "");
        assert_eq!(message("é".repeat(5000).as_bytes()).chars().count(), 300);
        assert_eq!(message("[".repeat(10_000).as_bytes()), "");
        assert_eq!(title("<title>İ</title>".as_bytes()).as_deref(), Some("İ"));
    }
}
