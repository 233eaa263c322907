//! Custom fields come in lists only when their ids are asked for; the newest record tells which there are, and of those that
//! changed the newest.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::value::RawValue;
use warehouse::Key;

use super::error::SyncError;
use super::pass::Pass;
use super::subject::Subject;
use super::values::Id;

#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    customfields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    id: Id,
}

/// Looks at the newest record and asks for its custom fields too from now on. Which fields a record has depends on its type,
/// so those of earlier ones stay.
///
/// # Errors
/// Those of the client and the store. A record in an unexpected form is no error: then nothing more is asked for.
pub async fn look(pass: &Pass, subject: &mut Subject) -> Result<(), SyncError> {
    let params = vec![
        ("pageinate", Cow::Borrowed("true")),
        ("page_size", Cow::Borrowed("1")),
        ("page_no", Cow::Borrowed("1")),
        ("order", Cow::Borrowed("id")),
        ("orderdesc", Cow::Borrowed("true")),
    ];
    let newest = subject.list(pass, Pass::CHANGES, params).await?;
    let Some(Key::Int(id)) = subject.keys(&newest.records).next() else { return Ok(()) };
    look_at(pass, subject, id).await
}

/// Looks at one record only.
///
/// # Errors
/// As [`look`].
pub async fn look_at(pass: &Pass, subject: &mut Subject, id: i64) -> Result<(), SyncError> {
    let id = id.to_string();
    // A list that can be read is not given up because one record cannot.
    let record = match pass.until_stopped(pass.client.record(Pass::CHANGES, subject.entity.path, &id, &[])).await {
        Ok(single) => single.record,
        Err(error) if error.is_of_one_entity() => None,
        Err(error) => return Err(error),
    };
    let found = record.and_then(|record| ids(&record)).unwrap_or_default();
    subject.ask_for_custom_fields(pass, &found).await
}

fn ids(record: &RawValue) -> Option<BTreeSet<i64>> {
    let record: Record = serde_json::from_str(record.get()).ok()?;
    Some(record.customfields.iter().map(|field| field.id.0).collect())
}
