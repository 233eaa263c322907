//! Where a HaloPSA is, as whom we ask, and the bounds of each request.

use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

/// Largest body of an ordinary answer, in bytes after decompression: 48 MB.
///
/// A whole-table list of 36,764 appointments was seen with 36 MB, and an id sweep needs about 12 bytes a row, so 3 million ids fit.
/// A body of 50 MB is refused.
pub(crate) const MAX_BODY_BYTES: u64 = 48_000_000;

/// Where a HaloPSA is and as whom we ask. The five values of *Configuration > Integrations > Halo API*, and bounds.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The *Authorisation Server*: the web app's address and `/auth`. The token is asked below it, at `/token`.
    pub auth_url: Url,
    /// The *Resource Server*: the web app's address and `/api`.
    pub resource_url: Url,
    /// The *Tenant*, sent as `?tenant=` with the token request. `None`, an empty text and the word `None` send nothing.
    pub tenant: Option<String>,
    /// The *Client ID* of the API application.
    pub client_id: String,
    /// The *Client Secret* of the API application.
    pub client_secret: SecretString,
    /// Scopes to ask for, separated by spaces.
    pub scope: String,
    /// Whether private, loopback and link-local addresses may be called, and plain `http` used.
    pub allow_private_address: bool,
    /// How long a request may take.
    pub timeouts: Timeouts,
    /// How often a request that failed in passing is sent again.
    pub retries: Retries,
    /// Largest body of an answer, in bytes after decompression. A call may lower it for itself.
    pub max_body_bytes: u64,
}

impl Settings {
    /// The five values, with the default bounds: scope `all`, public addresses only, bodies of at most 48 MB.
    #[must_use]
    pub fn new(
        auth_url: Url,
        resource_url: Url,
        tenant: Option<String>,
        client_id: String,
        client_secret: SecretString,
    ) -> Self {
        Self {
            auth_url,
            resource_url,
            tenant,
            client_id,
            client_secret,
            scope: "all".to_owned(),
            allow_private_address: false,
            timeouts: Timeouts::default(),
            retries: Retries::default(),
            max_body_bytes: MAX_BODY_BYTES,
        }
    }

    /// The tenant to send, if any. `None` as a word is what some set-ups store for "no tenant".
    pub(crate) fn tenant_to_send(&self) -> Option<&str> {
        self.tenant
            .as_deref()
            .map(str::trim)
            .filter(|tenant| !tenant.is_empty() && !tenant.eq_ignore_ascii_case("none"))
    }
}

/// How long a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands, encryption included.
    pub connect: Duration,
    /// Between two pieces of an answer.
    pub idle: Duration,
    /// From the first byte of the request to the last byte of the answer. The budget's `longest_request` must not be shorter.
    pub request: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), idle: Duration::from_secs(60), request: Duration::from_secs(120) }
    }
}

/// How often a request that failed in passing is sent again, and how long we wait between.
///
/// The wait doubles each time and is varied by up to half, so that many requests do not come back at once.
/// The defaults give up after about 2 minutes when each failing answer takes HaloPSA's usual 7 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// Attempts in all, the first included.
    pub attempts: u32,
    /// The wait after the first attempt.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self { attempts: 6, first_wait: Duration::from_secs(2), longest_wait: Duration::from_secs(60) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_no_tenant_are_not_sent() {
        let check = |tenant: Option<&str>, sent: Option<&str>| {
            let url = Url::parse("https://acme.halopsa.com").unwrap();
            let tenant = tenant.map(str::to_owned);
            let settings = Settings::new(url.clone(), url, tenant, "id".to_owned(), SecretString::from("secret"));
            assert_eq!(settings.tenant_to_send(), sent);
        };
        check(None, None);
        check(Some(""), None);
        check(Some("None"), None);
        check(Some(" acme "), Some("acme"));
        check(Some("a&b=c d"), Some("a&b=c d"));
    }
}
