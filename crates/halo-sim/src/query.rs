//! The query string of one request. Names are compared without case; unknown ones are simply never read.

use crate::times::{self, Ms};

/// See the module.
#[derive(Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name).to_lowercase(), decode(value))
        });
        Self(pairs.collect())
    }

    /// Drops parameters, as a server does that does not know them.
    pub(crate) fn forget(&mut self, names: &[String]) {
        self.0.retain(|(name, _)| !names.iter().any(|forgotten| forgotten.eq_ignore_ascii_case(name)));
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a name, in their order.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Only `true` counts: HaloPSA reads `1` as false.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.trim().parse().ok()
    }

    pub(crate) fn time(&self, name: &str) -> Option<Ms> {
        times::parse(self.get(name)?)
    }
}

/// Undoes percent and plus escapes; an invalid one stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        let escape = escape.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (bytes[at], escape) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                at += 2;
            }
            (b'+', _) => decoded.push(b' '),
            (byte, _) => decoded.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_case_and_values_are_decoded() {
        let query = Query::parse("Page_No=2&search=a%20b+c%zz&orderdesc=1&pageinate=True&x");
        assert_eq!(query.number("page_no"), Some(2));
        assert_eq!(query.get("search"), Some("a b c%zz"));
        assert!(query.flag("pageinate") && !query.flag("orderdesc") && !query.flag("x"));
    }
}
