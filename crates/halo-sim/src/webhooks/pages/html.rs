//! The pieces that pages are made of. Whatever comes from outside is escaped here.

use super::HOME;

/// The way to the screens of webhooks.
const WAY: [(&str, &str); 3] =
    [("Configuration", "/config"), ("Integrations", "/config/integrations"), ("Webhooks", HOME)];

/// An attribute of the button that is meant first.
pub(super) const MAIN: &str = " class=\"main\"";

/// An attribute of what the keyboard is at when a page opens.
pub(super) const FOCUS: &str = " autofocus";

/// `[hidden]` says again what the rule of buttons takes back.
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1d2733;background:#f5f7f9}\
    [hidden]{display:none!important}header>*,main{max-width:60rem;margin:0 auto;padding:.75rem 1rem}\
    header{background:#fff;border-bottom:1px solid #d5dce3}header p{font-weight:600}header p+nav{padding-top:0}nav ol{list-style:none;padding:0;margin:0;display:flex;\
    flex-wrap:wrap}nav li+li::before{content:\"\\203a\";padding:0 .5rem;color:#5b6b7b}\
    h1{font-size:1.4rem;margin:.5rem 0 1rem;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:0 0 .75rem}\
    section{background:#fff;border:1px solid #d5dce3;border-radius:6px;padding:1rem;margin-bottom:1rem}\
    section>:first-child{margin-top:0}section>:last-child{margin-bottom:0}\
    .row{display:grid;grid-template-columns:15rem 1fr;gap:.5rem;margin:.6rem 0;align-items:center}.row label{\
    align-self:start;padding:.35rem 0}dl{display:grid;grid-template-columns:15rem 1fr;gap:.3rem .5rem;margin:0 0 1rem}\
    dt{color:#5b6b7b}dd{margin:0}@media(max-width:40rem){.row,dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}\
    input:not([type=checkbox]),select{font:inherit;padding:.35rem .5rem;border:1px solid #8494a5;border-radius:4px;\
    width:100%;box-sizing:border-box;background:#fff;color:inherit}input[type=checkbox]{width:1.1rem;height:1.1rem}\
    button,.button{font:inherit;padding:.4rem 1rem;border:1px solid #1f5fa8;border-radius:4px;background:#fff;\
    color:#1f5fa8;text-decoration:none;cursor:pointer;display:inline-block}.main{background:#1f5fa8!important;\
    color:#fff!important}:focus-visible{outline:3px solid #f0a830;outline-offset:1px}.error{color:#b3261e;margin:.25rem 0 0}\
    [aria-invalid=true]{border-color:#b3261e!important}table{border-collapse:collapse;width:100%}td,th{text-align:left;\
    padding:.4rem .5rem;border-bottom:1px solid #e3e8ed;overflow-wrap:anywhere}th{white-space:nowrap}tr:last-child td{\
    border-bottom:0}pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:0;font-size:.85rem}hr{border:0;\
    border-top:1px solid #e3e8ed;margin:.75rem 0}a{color:#1f5fa8}ul.places{list-style:none;padding:0}ul.events{\
    list-style:none;padding:0;margin:0 0 1rem}ul.events li{display:flex;justify-content:space-between;\
    align-items:center;gap:1rem;padding:.3rem 0;border-bottom:1px solid #e3e8ed}.tabs{margin-bottom:1rem}\
    .tabs a{margin-right:1.25rem}.tabs [aria-current]{font-weight:600;color:inherit;text-decoration:none}";

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

/// A whole page, so many steps down the way; `body` is HTML.
pub(super) fn page(title: &str, steps: usize, body: &str) -> String {
    let title = escape(title);
    let way: String =
        WAY.iter().take(steps).map(|(name, place)| format!("<li><a href=\"{place}\">{name}</a></li>")).collect();
    let way = if way.is_empty() { way } else { format!("<nav aria-label=\"Breadcrumb\"><ol>{way}</ol></nav>") };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title} - HaloPSA simulator</title><link rel=\"icon\" href=\"data:,\">\
         <style>{STYLE}</style></head>\n<body><header><p>HaloPSA simulator</p>{way}</header>\n\
         <main><h1>{title}</h1>\n{body}\n</main></body>\n</html>\n"
    )
}

/// A labelled control with what is wrong about it; `control` gets the attributes that bind the three together, and
/// `more` besides.
pub(super) fn row(
    name: &str,
    label: &str,
    error: Option<&str>,
    more: &str,
    control: impl FnOnce(&str) -> String,
) -> String {
    let (bound, said) = match error {
        Some(error) => (
            format!("id=\"{name}\" name=\"{name}\" aria-invalid=\"true\" aria-describedby=\"{name}-error\""),
            format!("<p class=\"error\" id=\"{name}-error\" role=\"alert\">{}</p>", escape(error)),
        ),
        None => (format!("id=\"{name}\" name=\"{name}\""), String::new()),
    };
    let label = escape(label);
    format!(
        "<div class=\"row\"><label for=\"{name}\">{label}</label><div>{}{said}</div></div>\n",
        control(&(bound + more))
    )
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
pub(super) fn button(does: &str, shown: &str, attributes: &str) -> String {
    format!("<button{attributes} name=\"do\" value=\"{}\">{}</button>", escape(does), escape(shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        assert_eq!(escape("<a href=\"x\">'&'"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;");
    }
}
