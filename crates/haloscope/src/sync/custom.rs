//! Custom fields come in lists only when their ids are asked for; the newest record tells which there are.

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

/// Looks at the newest record and asks for its custom fields from now on.
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
    let Some(Key::Int(id)) = subject.keys(&newest.records).into_iter().next() else { return Ok(()) };
    let id = id.to_string();
    let single = pass.client.record(Pass::CHANGES, subject.entity.path, &id, &[]);
    let Some(record) = pass.until_stopped(single).await?.record else { return Ok(()) };
    let Some(ids) = ids(&record) else { return Ok(()) };
    let mut facts = pass.facts.lock().await.clone();
    subject.set_custom_fields(ids, &mut facts);
    pass.change_facts(|kept| *kept = facts).await
}

fn ids(record: &RawValue) -> Option<String> {
    let record: Record = serde_json::from_str(record.get()).ok()?;
    let ids: BTreeSet<i64> = record.customfields.iter().map(|field| field.id.0).collect();
    Some(ids.iter().map(i64::to_string).collect::<Vec<_>>().join(","))
}
