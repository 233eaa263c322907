//! Where a lake is, told without its password.

use std::fmt;

use super::LakeFolder;
use crate::{Error, error::outside_quotes};

/// A server that is away is given up, also one that vanished without a word.
const PATIENCE: &str = "connect_timeout=10&keepalives_idle=15&keepalives_interval=5&keepalives_count=3&tcp_user_timeout=15000\
                        &application_name=haloscope&options=-c%20synchronous_commit%3Don";

/// Where a lake is.
#[derive(Clone, PartialEq, Eq)]
pub struct LakeAddress {
    /// The database of the catalogue, as `postgres://user:password@host/database`.
    pub catalog: String,
    /// Schema of the catalogue in that database, one for each lake.
    pub schema: String,
    /// Folder, or part of a bucket, in which the lake has a folder of its own for its data files.
    pub data: LakeFolder,
}

/// Without its password.
impl fmt::Debug for LakeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for LakeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = self.catalog.rsplit('@').next().unwrap_or_default();
        let server = server.trim_start_matches("postgres://").trim_start_matches("postgresql://");
        let server = server.split('?').next().unwrap_or_default();
        write!(f, "{server}, schema {}, files in {}", self.schema, self.data)
    }
}

impl LakeAddress {
    /// The catalogue's database for the engine.
    pub(super) fn server(&self) -> String {
        let sign = if self.catalog.contains('?') { '&' } else { '?' };
        format!("{}{sign}{PATIENCE}", self.catalog)
    }

    /// The lake's own folder, as its catalogue names it. Only its last part counts: the folder around it may have moved.
    pub(super) fn folder(&self, stored: &str) -> LakeFolder {
        let last = stored.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or_default();
        self.data.join(last)
    }

    /// Takes the address out of an error: it may hold a password.
    pub(crate) fn scrub(&self, error: Error) -> Error {
        error.rewritten(&|text| {
            // A statement that PostgreSQL refused holds the rows that it would have stored.
            let holds_rows = text.contains("execute query") || text.contains("at or near");
            let text = if holds_rows { outside_quotes(&text) } else { text };
            self.data.scrub(without_password(&text, &self.catalog))
        })
    }
}

/// The text without what may hold the password of an address: the address itself, the user with the password as it stands there, and
/// values named `password`. The password by itself stays where it is a word of the text: who does not know it learns nothing.
fn without_password(text: &str, address: &str) -> String {
    let mut text = text.replace(address, "(catalogue)");
    let authority =
        address.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    if let Some((user, _)) = authority.rsplit_once('@')
        && let Some((_, password)) = user.split_once(':')
    {
        text = text.replace(&format!("{user}@"), "(user)@").replace(&format!(":{password}@"), ":(password)@");
        // PostgreSQL's library takes the first `@` for the end of the password.
        for rest in password.match_indices('@').map(|(at, _)| &password[at + 1..]).filter(|rest| !rest.is_empty()) {
            text = text.replace(&format!("{rest}@"), "(password)@");
        }
    }
    without_values(&text)
}

/// The text without what follows `password=`.
fn without_values(text: &str) -> String {
    const NAME: &str = "password=";
    let mut parts = text.split(NAME);
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let value_ends = |character: char| character.is_whitespace() || "&'\"".contains(character);
        // In quotes it may hold anything.
        let end = match part.strip_prefix('\'') {
            Some(quoted) => quoted.find('\'').map_or(part.len(), |end| end + 2),
            None => part.find(value_ends).unwrap_or(part.len()),
        };
        clean += NAME;
        clean += "(password)";
        clean += &part[end..];
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_holds_the_password_is_taken_out() {
        let check = |address: &str, text: &str, expected: &str| assert_eq!(without_password(text, address), expected);
        let plain = "postgres://u:a@h:1/d";
        check(plain, "a table at postgres://u:a@h:1/d?x=1 is away", "a table at (catalogue)?x=1 is away");
        check(plain, "a user u:a@h and b:a@h", "a user (user)@h and b:(password)@h");
        check(plain, "host=h password=a user=u", "host=h password=(password) user=u");
        check(plain, "password='a b' user=u&password=a&x", "password=(password) user=u&password=(password)&x");
        check("postgres://u:b@r@h/d", "no host \"r@h\" is red", "no host \"(password)@h\" is red");
        check("postgres://u:@h/d", "u: a", "u: a");
        check("postgres://h/d", "h and d", "h and d");
        check("postgres://h/d?user=u&password=s3", "at h?user=u&password=s3", "at h?user=u&password=(password)");
    }
}
