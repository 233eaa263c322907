//! The pieces that pages are made of. Whatever comes from outside is escaped here.

use super::HOME;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1d2733;background:#f5f7f9}\
    nav,main{max-width:60rem;margin:0 auto;padding:.75rem 1rem}header{background:#fff;border-bottom:1px solid #d5dce3}\
    h1{font-size:1.4rem;margin:.5rem 0 1rem}section{background:#fff;border:1px solid #d5dce3;border-radius:6px;\
    padding:1rem;margin-bottom:1rem}.row{display:grid;grid-template-columns:15rem 1fr;gap:.5rem;margin:.6rem 0;\
    align-items:start}@media(max-width:40rem){.row{grid-template-columns:1fr}}input:not([type=checkbox]),select{\
    font:inherit;padding:.35rem .5rem;border:1px solid #8494a5;border-radius:4px;width:100%;box-sizing:border-box}\
    button,.button{font:inherit;padding:.4rem 1rem;border:1px solid #1f5fa8;border-radius:4px;background:#fff;\
    color:#1f5fa8;text-decoration:none;cursor:pointer;display:inline-block}button.main,.button.main{background:#1f5fa8;\
    color:#fff}:focus-visible{outline:3px solid #f0a830;outline-offset:1px}.error{color:#b3261e;margin:.25rem 0 0}\
    [aria-invalid=true]{border-color:#b3261e!important}table{border-collapse:collapse;width:100%}td,th{text-align:left;\
    padding:.4rem .5rem;border-bottom:1px solid #e3e8ed}pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:0}\
    a{color:#1f5fa8}ul.events{list-style:none;padding:0;margin:0}ul.events li{display:flex;justify-content:space-between;\
    align-items:center;gap:1rem;padding:.3rem 0;border-bottom:1px solid #e3e8ed}.tabs a{margin-right:1.25rem}\
    .tabs [aria-current]{font-weight:600;color:inherit;text-decoration:none}";

/// Text as HTML, also inside quotes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(sign),
        }
    }
    out
}

/// A whole page; `body` is HTML.
pub(super) fn page(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title} - HaloPSA simulator</title><link rel=\"icon\" href=\"data:,\">\
         <style>{STYLE}</style></head>\n<body><header><nav aria-label=\"Breadcrumb\"><a href=\"/config\">Configuration</a> \
         &gt; <a href=\"/config/integrations\">Integrations</a> &gt; <a href=\"{HOME}\">Webhooks</a></nav></header>\n\
         <main><h1>{title}</h1>\n{body}\n</main></body>\n</html>\n"
    )
}

/// A labelled control with what is wrong about it; `control` gets the attributes that bind the three together.
pub(super) fn row(name: &str, label: &str, error: Option<&str>, control: impl FnOnce(&str) -> String) -> String {
    let (bound, said) = match error {
        Some(error) => (
            format!("id=\"{name}\" name=\"{name}\" aria-invalid=\"true\" aria-describedby=\"{name}-error\""),
            format!("<p class=\"error\" id=\"{name}-error\" role=\"alert\">{}</p>", escape(error)),
        ),
        None => (format!("id=\"{name}\" name=\"{name}\""), String::new()),
    };
    let label = escape(label);
    format!("<div class=\"row\"><label for=\"{name}\">{label}</label><div>{}{said}</div></div>\n", control(&bound))
}

/// A drop-down.
pub(super) fn select<'a>(bound: &str, chosen: &str, choices: impl IntoIterator<Item = (String, &'a str)>) -> String {
    let options: String = choices
        .into_iter()
        .map(|(value, shown)| {
            let selected = if value == chosen { " selected" } else { "" };
            format!("<option value=\"{}\"{selected}>{}</option>", escape(&value), escape(shown))
        })
        .collect();
    format!("<select {bound}>{options}</select>")
}

pub(super) fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value))
}

/// A button that says what to do with its form.
pub(super) fn button(does: &str, shown: &str, main: bool) -> String {
    let class = if main { " class=\"main\"" } else { "" };
    format!("<button{class} name=\"do\" value=\"{}\">{}</button>", escape(does), escape(shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        assert_eq!(escape("<a href=\"x\">'&'"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;");
    }
}
