//! Brings columns that repeat other records up to date at the end of a pass.

use super::error::SyncError;
use super::pass::Pass;
use super::subject::Subject;

/// See the module.
///
/// # Errors
/// Those of the warehouse.
pub async fn refresh(pass: &Pass, subjects: &[Subject]) -> Result<(), SyncError> {
    let tables: Vec<_> = subjects.iter().map(|subject| subject.table.clone()).collect();
    pass.writer
        .run(move |warehouse| {
            let tables: Vec<_> = tables.iter().map(AsRef::as_ref).collect();
            warehouse.refresh_echoes(&tables)
        })
        .await
        .map(drop)
}
