//! What we accept as a URL, and how paths are put below it.

use std::borrow::Cow;
use std::net::IpAddr;

use reqwest::Url;

use crate::address::refusal_of_address;
use crate::error::HaloError;

/// Reads what a person typed as `which` (`Auth URL`, `Resource URL`) and checks all that can be known without calling it.
///
/// # Errors
/// [`HaloError::BadUrl`] with a sentence for each refusal, [`HaloError::Blocked`] for an address that is not called.
pub fn parse_url(text: &str, which: &'static str, allow_private_address: bool) -> Result<Url, HaloError> {
    let text = text.trim();
    let bad = |reason: Cow<'static, str>| HaloError::BadUrl { which, url: without_secrets(text), reason };
    let url = Url::parse(text).map_err(|error| match error {
        _ if !text.contains("://") => bad("it must begin with https://".into()),
        error => bad(format!("{error}").into()),
    })?;
    check(&url, which, allow_private_address)?;
    Ok(url)
}

/// Checks a URL that is already parsed. See [`parse_url`].
pub(crate) fn check(url: &Url, which: &'static str, allow_private_address: bool) -> Result<(), HaloError> {
    if let Some(reason) = refusal(url, allow_private_address) {
        return Err(HaloError::BadUrl { which, url: without_secrets(url.as_str()), reason: reason.into() });
    }
    let Some(address) = literal_address(url) else { return Ok(()) };
    match refusal_of_address(address, allow_private_address) {
        Some(kind) => Err(HaloError::Blocked { host: host(url), address: address.to_string(), kind }),
        None => Ok(()),
    }
}

fn refusal(url: &Url, allow_private_address: bool) -> Option<&'static str> {
    match url.scheme() {
        "https" => {}
        "http" if allow_private_address => {}
        "http" => {
            return Some(
                "it must begin with https://, since the secret would travel unencrypted; plain http is only for your own network, when private addresses are allowed",
            );
        }
        _ => return Some("it must begin with https://"),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("it must not hold a user name or password; client ID and secret have their own fields");
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Some("it names no host");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Some("it must end before `?` and `#`; the tenant has its own field");
    }
    None
}

/// The address, if the host is written as one. Forms such as `0x7f.1` are numbers already after parsing.
fn literal_address(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Host, and port when it is not the usual one.
pub(crate) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// `url` with `path` below it and the query parameters. Slashes between are put right; values are encoded.
pub(crate) fn below<'a>(url: &Url, path: &str, params: impl Iterator<Item = (&'a str, &'a str)>) -> Url {
    let mut whole = url.clone();
    whole.set_path(&format!("{}/{}", url.path().trim_end_matches('/'), path.trim_start_matches('/')));
    let mut params = params.peekable();
    if params.peek().is_some() {
        whole.query_pairs_mut().extend_pairs(params);
    }
    whole
}

/// `path` with `id` as its last segment; nothing in `id` can lead elsewhere.
pub(crate) fn record_path(path: &str, id: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    format!("{}/{}", path.trim_end_matches('/'), id.bytes().map(escape).collect::<String>())
}

/// Where the token of `auth_url` is asked. Some set-ups store the whole address of the token endpoint as Auth URL.
pub(crate) fn token_url(auth_url: &Url, tenant: Option<&str>) -> Url {
    let path = auth_url.path().trim_end_matches('/');
    let path = path.strip_suffix("/token").unwrap_or(path);
    let mut base = auth_url.clone();
    base.set_path(path);
    below(&base, "token", tenant.map(|tenant| ("tenant", tenant)).into_iter())
}

/// The text without user name, password, query and fragment, and short: it goes into messages.
pub(crate) fn without_secrets(text: &str) -> String {
    let end = text.find(['?', '#']).unwrap_or(text.len());
    let text = &text[..end];
    let (scheme, rest) = text.split_once("://").map_or(("", text), |(scheme, rest)| (scheme, rest));
    let rest = match rest.split_once('@') {
        Some((_, host)) => host,
        None => rest,
    };
    let shown: String = rest.chars().filter(|c| !c.is_control()).take(200).collect();
    if scheme.is_empty() { shown } else { format!("{scheme}://{shown}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, allow_private: bool, words: &str) {
        let error = parse_url(text, "Auth URL", allow_private).unwrap_err().to_string();
        assert!(error.contains(words), "{text}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn each_refusal_has_its_sentence() {
        refused("acme.halopsa.com/auth", false, "must begin with https://");
        refused("ftp://acme.halopsa.com", false, "must begin with https://");
        refused("http://acme.halopsa.com/auth", false, "unencrypted");
        refused("https://joe:hunter2@acme.halopsa.com", false, "user name or password");
        refused("https://", false, "empty host");
        refused("https://acme.halopsa.com/auth?tenant=acme&x=hunter2", false, "the tenant has its own field");
        refused("https://acme.halopsa.com/auth#hunter2", false, "`#`");
        refused("https://acme.halopsa.com:99999/", false, "port");
        refused("https://10.0.0.1/api", false, "a private address");
        refused("https://0x7f.1/api", false, "this machine's own address");
        refused("https://2130706433/api", false, "this machine's own address");
        refused("https://[::1]/api", false, "this machine's own address");
        refused("https://[::ffff:a00:1]/api", false, "a private address");
        refused("http://169.254.169.254/latest", true, "metadata");
    }

    #[test]
    fn good_ones_pass() {
        parse_url(" https://acme.halopsa.com/auth ", "Auth URL", false).unwrap();
        parse_url("http://127.0.0.1:4100/api", "Resource URL", true).unwrap();
        parse_url("http://[::1]:4100/api", "Resource URL", true).unwrap();
    }

    #[test]
    fn paths_and_parameters_are_put_below_the_url() {
        let url = |text: &str| Url::parse(text).unwrap();
        let check = |base: &str, path: &str, params: &[(&str, &str)], whole: &str| {
            assert_eq!(below(&url(base), path, params.iter().copied()).as_str(), whole);
        };
        check("https://h/api", "/Tickets", &[], "https://h/api/Tickets");
        check("https://h/api/", "Tickets", &[("a", "b&c=d é")], "https://h/api/Tickets?a=b%26c%3Dd+%C3%A9");
        assert_eq!(token_url(&url("https://h/auth"), Some("a&b c")).as_str(), "https://h/auth/token?tenant=a%26b+c");
        assert_eq!(token_url(&url("https://h/auth/token"), None).as_str(), "https://h/auth/token");
    }

    #[test]
    fn an_id_stays_one_segment() {
        assert_eq!(record_path("/Tickets", "-12"), "/Tickets/-12");
        assert_eq!(record_path("/Tickets", "../Agent?x=1#y"), "/Tickets/%2E%2E%2FAgent%3Fx%3D1%23y");
        let whole =
            below(&Url::parse("https://h/api").unwrap(), &record_path("/Tickets", "a/../b%"), std::iter::empty());
        assert_eq!(whole.as_str(), "https://h/api/Tickets/a%2F%2E%2E%2Fb%25");
    }
}
