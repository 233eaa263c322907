//! Brings columns that repeat other records up to date at the end of a pass.

use warehouse::Table;

use super::error::SyncError;
use super::pass::Pass;
use super::state::Standing;
use super::subject::Subject;

/// See the module.
///
/// # Errors
/// Those of the warehouse.
pub async fn refresh(pass: &Pass, subjects: &[Subject]) -> Result<(), SyncError> {
    // A table that could not be read would write old names over new ones.
    let whole = |table: &str| {
        let source = subjects.iter().find(|subject| subject.entity.table == table);
        source.is_some_and(|subject| subject.state.standing == Standing::Complete)
    };
    let tables: Vec<Table> = subjects
        .iter()
        .map(|subject| {
            let mut table = Table::clone(&subject.table);
            table.echoes.retain(|echo| whole(&echo.table));
            table
        })
        .collect();
    pass.writer
        .run(move |warehouse| {
            let tables: Vec<&Table> = tables.iter().collect();
            warehouse.refresh_echoes(&tables)
        })
        .await
        .map(drop)
}
