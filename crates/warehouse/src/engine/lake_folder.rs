//! Where the files of lakes are: in a folder, or in a bucket of S3 or of a server that speaks like it.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use duckdb::Connection;
use serde::{Deserialize, Serialize};

use super::{
    Extensions,
    sql::{quote, text},
};
use crate::{Error, Result, error::Doing};

/// How addresses in buckets begin.
const S3: &str = "s3://";
/// Buckets are in this region unless somebody says otherwise.
const REGION: &str = "us-east-1";

/// A folder, or what is like one in a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LakeFolder {
    /// In the file system.
    Local(PathBuf),
    /// `s3://BUCKET/PREFIX`.
    Bucket(Bucket),
}

/// Files in a bucket whose names begin alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// `s3://BUCKET/PREFIX`, without a slash at its end.
    url: String,
    access: Arc<BucketAccess>,
}

/// How buckets are reached. Its secrets are shown nowhere.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct BucketAccess {
    /// Name of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// The key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// What belongs to a key that holds for a while only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_token: Option<String>,
    /// Region of the bucket; usual: us-east-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// `https://HOST:PORT` of a server that speaks like S3; without it that is S3 itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
}

impl fmt::Debug for BucketAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BucketAccess").field("region", &self.region).field("endpoint", &self.endpoint).finish()
    }
}

impl BucketAccess {
    /// These values, and for those that are missing the others. The parts of a key belong together.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        let (region, endpoint) =
            (self.region.clone().or(others.region.clone()), self.endpoint.clone().or(others.endpoint.clone()));
        let keys = if self.key_id.is_some() { self } else { others };
        Self { region, endpoint, ..keys }
    }
}

impl From<&Path> for LakeFolder {
    fn from(path: &Path) -> Self {
        Self::Local(path.to_owned())
    }
}

impl fmt::Display for LakeFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => write!(f, "{}", path.display()),
            Self::Bucket(bucket) => f.write_str(&bucket.url),
        }
    }
}

impl LakeFolder {
    /// The folder that a text names: a path, or `s3://BUCKET/PREFIX`. None where it is another address, names no bucket, or one in
    /// characters that an address cannot hold.
    pub fn named(text: &str, access: &BucketAccess) -> Option<Self> {
        let Some(name) = text.strip_prefix(S3) else {
            return (!Self::is_address(text)).then(|| Self::Local(text.into()));
        };
        let name = name.trim_end_matches('/');
        let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_./=+".contains(character);
        let is_whole = name.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        let bucket = || Bucket { url: format!("{S3}{name}"), access: Arc::new(access.clone()) };
        (name.chars().all(is_plain) && is_whole).then(|| Self::Bucket(bucket()))
    }

    /// Whether the text is meant as an address rather than a path.
    pub fn is_address(text: &str) -> bool {
        text.contains("://")
    }

    /// What is inside.
    pub(crate) fn join(&self, name: &str) -> Self {
        match self {
            Self::Local(path) => Self::Local(path.join(name)),
            Self::Bucket(Bucket { url, access }) => {
                Self::Bucket(Bucket { url: format!("{url}/{name}"), access: Arc::clone(access) })
            }
        }
    }

    /// For SQL: the text that begins the name of every file in it.
    pub(crate) fn start(&self) -> String {
        format!("{self}/")
    }

    /// What the engine's messages call it: of a bucket they show the address behind, in one of several forms, but always what
    /// follows the bucket's name.
    pub(crate) fn called(&self) -> Vec<String> {
        let mut names = vec![self.to_string()];
        if let Self::Bucket(bucket) = self {
            let within = bucket.url.trim_start_matches(S3).split_once('/');
            names.extend(within.map(|(_, within)| within.to_owned()));
        }
        names
    }

    /// How its bucket is reached, if it is in one.
    pub fn access(&self) -> Option<&BucketAccess> {
        if let Self::Bucket(bucket) = self { Some(&bucket.access) } else { None }
    }

    /// Teaches an engine to reach its files, by a secret that is named as the lake is there. Answers the extension that this took.
    pub(super) fn reach(
        &self,
        connection: &Connection,
        extensions: &Extensions,
        name: &str,
    ) -> Result<Option<PathBuf>> {
        let Self::Bucket(bucket) = self else { return Ok(None) };
        let extension = extensions.load(connection, "httpfs")?;
        bucket.make_secret(connection, name).doing("reach the lake's bucket")?;
        Ok(Some(extension))
    }

    /// The same with an extension that is known already.
    pub(crate) fn reach_by(&self, connection: &Connection, extension: &Path, name: &str) -> duckdb::Result<()> {
        let Self::Bucket(bucket) = self else { return Ok(()) };
        connection.execute_batch(&format!("load {}", text(&extension.to_string_lossy())))?;
        bucket.make_secret(connection, name)
    }

    /// Writes a small file of some lines, whole or not at all. Durable on return.
    pub(super) fn write(&self, connection: &Connection, name: &str, lines: &[String]) -> Result<()> {
        match self {
            Self::Local(folder) => write_file(folder, name, &lines.concat()).map_err(super::lake::cannot_write),
            Self::Bucket(bucket) => {
                let lines = lines.iter().map(|line| text(line.trim_end())).collect::<Vec<_>>().join(", ");
                let statement = format!(
                    "copy (select unnest([{lines}])) to {} (format csv, header false, quote '', escape '', delimiter '\t')",
                    text(&format!("{}/{name}", bucket.url))
                );
                let away = |source| {
                    let why = format!("`{self}` cannot be written: are its address and its key right? {source}");
                    Error::Away(why.into())
                };
                connection.execute_batch(&statement).map_err(away)
            }
        }
    }

    /// Reads it.
    pub(super) fn read(&self, connection: &Connection, name: &str) -> Result<String> {
        let away = |source: crate::BoxError| {
            let question = match self {
                Self::Local(_) => "is its disk mounted?",
                Self::Bucket(_) => "are its address and its key right?",
            };
            let why = format!("`{self}` does not hold the files of the lake, or cannot be read: {question} {source}");
            Error::Away(why.into())
        };
        match self {
            Self::Local(folder) => fs::read_to_string(folder.join(name)).map_err(|source| away(source.into())),
            Self::Bucket(bucket) => {
                let query = format!("select content from read_text({})", text(&format!("{}/{name}", bucket.url)));
                connection.query_row(&query, [], |row| row.get(0)).map_err(|source| away(source.into()))
            }
        }
    }

    /// Takes secrets out of a text.
    pub(super) fn scrub(&self, text: String) -> String {
        let Self::Bucket(Bucket { access, .. }) = self else { return text };
        let secrets = [&access.secret, &access.session_token].into_iter().flatten().filter(|secret| !secret.is_empty());
        secrets.fold(text, |text, secret| text.replace(secret.as_str(), "(secret)"))
    }
}

impl Bucket {
    /// The engine takes it for whatever is in the bucket below this address.
    fn make_secret(&self, connection: &Connection, name: &str) -> duckdb::Result<()> {
        let BucketAccess { key_id, secret, session_token, region, endpoint } = &*self.access;
        let mut values = vec![("scope", text(&self.url)), ("region", text(region.as_deref().unwrap_or(REGION)))];
        let given = [("key_id", key_id), ("secret", secret), ("session_token", session_token)];
        values.extend(given.into_iter().filter_map(|(name, value)| Some((name, text(value.as_deref()?)))));
        if let Some(endpoint) = endpoint {
            let (host, is_plain) = match endpoint.strip_prefix("http://") {
                Some(host) => (host, true),
                None => (endpoint.trim_start_matches("https://"), false),
            };
            values.push(("endpoint", text(host.trim_end_matches('/'))));
            values.push(("use_ssl", (!is_plain).to_string()));
            // A server of one's own seldom has a name for each bucket.
            values.push(("url_style", text("path")));
        }
        let values: Vec<_> = values.iter().map(|(name, value)| format!(", {name} {value}")).collect();
        // What the environment says to other programs was taken in when the extension was loaded, and would fill what is missing here.
        let alone = "set global enable_global_s3_configuration = false; reset global s3_access_key_id; \
                     reset global s3_secret_access_key; reset global s3_session_token";
        connection.execute_batch(alone)?;
        connection.execute_batch(&format!("create or replace secret {} (type s3{})", quote(name), values.concat()))
    }
}

fn write_file(folder: &Path, name: &str, content: &str) -> io::Result<()> {
    let new = folder.join(format!("{name}.new"));
    fs::write(&new, content)?;
    fs::File::open(&new)?.sync_all()?;
    fs::rename(&new, folder.join(name))?;
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_names_a_folder_or_a_bucket() {
        let named = |text: &str| LakeFolder::named(text, &BucketAccess::default());
        assert_eq!(named("/data/lake"), Some(LakeFolder::Local("/data/lake".into())));
        assert_eq!(named("s3://lakes/a/b//").unwrap().join("c").start(), "s3://lakes/a/b/c/");
        for wrong in
            ["s3://", "s3:///a", "s3://lakes//a", "s3://lakes/*", "s3://lakes/../a", "s3://lakes/a?x=1", "gs://lakes/a"]
        {
            assert_eq!(named(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let access = BucketAccess { secret: Some("s3cret".into()), ..BucketAccess::default() };
        let folder = LakeFolder::named("s3://lakes", &access).unwrap();
        assert!(!format!("{folder:?} {folder}").contains("s3cret"));
        assert_eq!(folder.scrub("key s3cret".into()), "key (secret)");
    }
}
