//! What a person enters to connect a HaloPSA, and what can be said of it without calling anybody.

use std::collections::BTreeMap;

use halo_client::{HaloError, Url, parse_url};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::text::capital;

/// The five values, as they are entered, and how fast HaloPSA may be asked.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionForm {
    /// Authorisation Server, ending in `/auth`.
    pub auth_url: String,
    /// Resource Server, ending in `/api`.
    pub resource_url: String,
    /// May be empty for a HaloPSA on own servers.
    #[serde(default)]
    pub tenant: String,
    /// It is on own servers.
    #[serde(default)]
    pub self_hosted: bool,
    /// Of the API application.
    pub client_id: String,
    /// Left out, the one that is kept stays.
    #[schema(value_type = Option<String>)]
    pub client_secret: Option<SecretString>,
    /// Its addresses may be private ones.
    #[serde(default)]
    pub allow_private_address: bool,
    /// Requests that HaloPSA accepts in any window.
    pub request_limit: Option<u32>,
    /// Length of that window, seconds.
    pub window_seconds: Option<u32>,
    /// Share of the limit that is kept free for other integrations, percent.
    pub reserve_percent: Option<u32>,
    /// Name of the connection. Usual: the tenant, or the host.
    pub name: Option<String>,
}

/// What was entered, as it is used.
#[derive(Clone)]
pub struct Entered {
    /// Name of the connection.
    pub name: String,
    /// Where tokens are asked for.
    pub auth_url: Url,
    /// Where the API is.
    pub resource_url: Url,
    /// For hosted systems.
    pub tenant: Option<String>,
    /// Of the API application.
    pub client_id: String,
    /// None where the one that is kept stays.
    pub client_secret: Option<SecretString>,
    /// See [`ConnectionForm::allow_private_address`].
    pub allow_private_address: bool,
    /// Requests in any window.
    pub request_limit: u32,
    /// Its length.
    pub window_seconds: u32,
    /// What is kept free, percent.
    pub reserve_percent: u32,
}

/// What is wrong with which field; sentences.
pub type Fields = BTreeMap<String, String>;

/// Characters of a value at most.
const LONGEST: usize = 1_000;
/// Usual values of [`ConnectionForm::request_limit`] and the two beside it, with what is possible.
const LIMIT: (u32, std::ops::RangeInclusive<u32>) = (450, 1..=1_000_000);
const WINDOW: (u32, std::ops::RangeInclusive<u32>) = (300, 1..=86_400);
const RESERVE: (u32, std::ops::RangeInclusive<u32>) = (20, 0..=99);

impl ConnectionForm {
    /// Checks all fields. `is_new`: there is no secret that could stay.
    ///
    /// # Errors
    /// A sentence for each field that cannot be used.
    pub fn check(&self, is_new: bool) -> Result<Entered, Fields> {
        let mut wrong = Fields::new();
        let auth_url = self.url(&mut wrong, "auth_url", &self.auth_url, "Auth URL");
        let resource_url = self.url(&mut wrong, "resource_url", &self.resource_url, "Resource URL");
        let client_id = text(&mut wrong, "client_id", &self.client_id, "Client ID");
        let tenant = self.tenant.trim();
        if tenant.is_empty() && !self.self_hosted {
            let sentence = "The Tenant is missing: it is the name in your HaloPSA address. A HaloPSA on your own servers may have none: \
                            tick the box below.";
            wrong.insert("tenant".to_owned(), sentence.to_owned());
        } else if tenant.contains(char::is_whitespace) || tenant.len() > LONGEST {
            wrong.insert(
                "tenant".to_owned(),
                "A Tenant has no spaces: it is the name in your HaloPSA address.".to_owned(),
            );
        }
        use secrecy::ExposeSecret as _;
        let secret =
            self.client_secret.as_ref().map(|secret| secret.expose_secret().trim()).filter(|text| !text.is_empty());
        if secret.is_some_and(|text| text.len() > LONGEST) {
            wrong.insert("client_secret".to_owned(), "This is too long for a Client Secret.".to_owned());
        } else if secret.is_none() && is_new {
            let sentence = "The Client Secret is missing: copy it from HaloPSA, where it is shown only once.";
            wrong.insert("client_secret".to_owned(), sentence.to_owned());
        }
        let request_limit = number(&mut wrong, "request_limit", self.request_limit, &LIMIT);
        let window_seconds = number(&mut wrong, "window_seconds", self.window_seconds, &WINDOW);
        let reserve_percent = number(&mut wrong, "reserve_percent", self.reserve_percent, &RESERVE);
        let (Some(auth_url), Some(resource_url), true) = (auth_url, resource_url, wrong.is_empty()) else {
            return Err(wrong);
        };
        let tenant = Some(tenant.to_owned()).filter(|tenant| !tenant.is_empty());
        let named = self.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let usual = || tenant.clone().or_else(|| Some(resource_url.host_str()?.to_owned()));
        let name = named.map(str::to_owned).or_else(usual).unwrap_or_else(|| "halo".to_owned());
        Ok(Entered {
            name,
            auth_url,
            resource_url,
            tenant,
            client_id,
            client_secret: secret.map(SecretString::from),
            allow_private_address: self.allow_private_address,
            request_limit,
            window_seconds,
            reserve_percent,
        })
    }

    fn url(&self, wrong: &mut Fields, field: &str, entered: &str, which: &'static str) -> Option<Url> {
        let entered = text(wrong, field, entered, which);
        if entered.is_empty() {
            return None;
        }
        match parse_url(&entered, which, self.allow_private_address) {
            Ok(url) => Some(url),
            Err(error) => {
                wrong.insert(field.to_owned(), refusal(&error));
                None
            }
        }
    }
}

/// Why an address is not used, for the field that holds it.
pub fn refusal(error: &HaloError) -> String {
    match error {
        HaloError::BadUrl { which, reason, .. } => format!("The {which} cannot be used: {reason}."),
        other => format!("{}. {}", capital(&other.to_string()), other.advice()),
    }
}

fn text(wrong: &mut Fields, field: &str, entered: &str, which: &str) -> String {
    let entered = entered.trim();
    if entered.is_empty() {
        wrong.insert(field.to_owned(), format!("The {which} is missing."));
    } else if entered.len() > LONGEST {
        wrong.insert(field.to_owned(), format!("This is too long for a {which}."));
    }
    entered.to_owned()
}

fn number(
    wrong: &mut Fields,
    field: &str,
    entered: Option<u32>,
    (usual, possible): &(u32, std::ops::RangeInclusive<u32>),
) -> u32 {
    let number = entered.unwrap_or(*usual);
    if !possible.contains(&number) {
        let sentence = format!("It must be from {} to {}.", possible.start(), possible.end());
        wrong.insert(field.to_owned(), sentence);
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> ConnectionForm {
        ConnectionForm {
            auth_url: " https://acme.halopsa.com/auth ".to_owned(),
            resource_url: "https://acme.halopsa.com/api".to_owned(),
            tenant: "acme".to_owned(),
            self_hosted: false,
            client_id: "id".to_owned(),
            client_secret: Some("hush".into()),
            allow_private_address: false,
            request_limit: None,
            window_seconds: None,
            reserve_percent: None,
            name: None,
        }
    }

    fn check(change: impl FnOnce(&mut ConnectionForm), field: &str, words: &str) {
        let mut form = form();
        change(&mut form);
        let wrong = form.check(true).err().unwrap_or_default();
        assert_eq!(wrong.keys().map(String::as_str).collect::<Vec<_>>(), [field], "{wrong:?}");
        assert!(wrong[field].contains(words), "{}", wrong[field]);
    }

    #[test]
    fn each_field_has_its_sentence() {
        check(|form| form.auth_url = String::new(), "auth_url", "is missing");
        check(|form| form.auth_url = "acme".to_owned(), "auth_url", "must begin with https://");
        check(|form| form.resource_url = "https://10.0.0.1/api".to_owned(), "resource_url", "Allow private addresses");
        check(|form| form.tenant = " ".to_owned(), "tenant", "name in your HaloPSA address");
        check(|form| form.tenant = "a b".to_owned(), "tenant", "no spaces");
        check(|form| form.client_id = " ".to_owned(), "client_id", "is missing");
        check(|form| form.client_secret = Some(" ".into()), "client_secret", "shown only once");
        check(|form| form.reserve_percent = Some(100), "reserve_percent", "from 0 to 99");
    }

    #[test]
    fn what_is_entered_well_is_taken() {
        let entered = form().check(true).ok().unwrap();
        assert_eq!((entered.name.as_str(), entered.auth_url.as_str()), ("acme", "https://acme.halopsa.com/auth"));
        let own = ConnectionForm { tenant: String::new(), self_hosted: true, client_secret: None, ..form() };
        let entered = own.check(false).ok().unwrap();
        assert_eq!((entered.name.as_str(), entered.tenant), ("acme.halopsa.com", None));
    }
}
