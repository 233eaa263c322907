//! What a post must carry beside its address, where a customer wants more than the secret in it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{self, HeaderMap};
use ring::hmac;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

/// Name and password that HaloPSA sends by Basic authentication.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basic {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

/// A signature over the body: base64 of HMAC-SHA256 with the secret's UTF-8 bytes as key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The header that carries it.
    pub header: String,
    /// The secret.
    pub secret: String,
    /// What stands before it in the header.
    pub prefix: String,
}

/// See the module. Whatever is none is not looked at.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Guard {
    /// Basic authentication.
    pub basic: Option<Basic>,
    /// A signature.
    pub signature: Option<Signature>,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (basic, signature) = (self.basic.is_some(), self.signature.is_some());
        f.debug_struct("Guard").field("basic", &basic).field("signature", &signature).finish()
    }
}

impl Guard {
    /// The headers of a post that it lets in.
    pub fn headers(&self, body: &[u8]) -> Vec<(String, String)> {
        let basic = self.basic.as_ref().map(|Basic { user, password }| {
            (header::AUTHORIZATION.to_string(), format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
        });
        let signature = self.signature.as_ref().map(|Signature { header, secret, prefix }| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
            (header.clone(), format!("{prefix}{}", STANDARD.encode(hmac::sign(&key, body))))
        });
        basic.into_iter().chain(signature).collect()
    }

    /// Whether name and password are right; looked at before the body is read.
    pub fn knows_sender(&self, headers: &HeaderMap) -> bool {
        let Some(Basic { user, password }) = &self.basic else { return true };
        let sent = headers.get(header::AUTHORIZATION).and_then(|value| {
            let (scheme, text) = value.to_str().ok()?.split_once(' ')?;
            scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(text.trim()).ok())?
        });
        sent.is_some_and(|sent| sent.ct_eq(format!("{user}:{password}").as_bytes()).into())
    }

    /// Whether the body is the one that was signed.
    pub fn knows_body(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        let Some(Signature { header, secret, prefix }) = &self.signature else { return true };
        let sent = headers.get(header).and_then(|value| {
            let text = value.to_str().ok()?.trim();
            STANDARD.decode(text.strip_prefix(prefix.as_str()).unwrap_or(text)).ok()
        });
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        sent.is_some_and(|sent| hmac::verify(&key, body, &sent).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn name_and_password_must_be_right() {
        let basic = Some(Basic { user: "halo".to_owned(), password: "pass:word".to_owned() });
        let guard = Guard { basic, signature: None };
        let check = |value: &str, expected: bool| {
            assert_eq!(guard.knows_sender(&headers("authorization", value)), expected, "{value}");
        };
        check(&format!("Basic {}", STANDARD.encode("halo:pass:word")), true);
        check(&format!("basic {}", STANDARD.encode("halo:pass:word")), true);
        check(&format!("Basic {}", STANDARD.encode("halo:password")), false);
        check(&format!("Bearer {}", STANDARD.encode("halo:pass:word")), false);
        check("Basic ???", false);
        assert!(!guard.knows_sender(&HeaderMap::new()) && Guard::default().knows_sender(&HeaderMap::new()));
    }

    #[test]
    fn the_body_must_be_the_signed_one() {
        // RFC 4231, test case 2.
        let signed = STANDARD.encode(
            (0..32)
                .map(|place| {
                    let hex = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
                    u8::from_str_radix(&hex[place * 2..place * 2 + 2], 16).unwrap()
                })
                .collect::<Vec<u8>>(),
        );
        let signature = |prefix: &str| Signature {
            header: "token".to_owned(),
            secret: "Jefe".to_owned(),
            prefix: prefix.to_owned(),
        };
        let guard = Guard { basic: None, signature: Some(signature("")) };
        let body = b"what do ya want for nothing?";
        assert!(guard.knows_body(&headers("token", &signed), body));
        assert!(!guard.knows_body(&headers("token", &signed), b"what do you want for nothing?"));
        assert!(!guard.knows_body(&HeaderMap::new(), body));
        let guard = Guard { basic: None, signature: Some(signature("sha256=")) };
        assert!(guard.knows_body(&headers("token", &format!("sha256={signed}")), body));
        assert_eq!(guard.headers(body), [("token".to_owned(), format!("sha256={signed}"))]);
    }
}
