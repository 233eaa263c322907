//! Rows of the narrow profile tell of some columns only.

use std::sync::Arc;

use warehouse::{Cell, ColumnType, Error, Row, Table};

use crate::kit::*;

on_every_engine![
    the_other_columns_stay,
    the_same_content_is_no_change,
    a_wide_row_replaces_all_and_is_known_again,
    an_older_narrow_row_changes_nothing,
    narrow_rows_bring_new_records,
    misplaced_narrow_rows_are_refused,
];

fn actions() -> Arc<Table> {
    Arc::new(Table {
        schema: "halo".into(),
        name: "actions".into(),
        columns: vec![
            column("ticket_id", ColumnType::BigInt),
            column("id", ColumnType::BigInt),
            column("timetaken", ColumnType::Double),
            column("note", ColumnType::Text),
        ],
        key: vec!["ticket_id".into(), "id".into()],
        narrow: vec!["ticket_id".into(), "id".into(), "timetaken".into()],
        ..Table::default()
    })
}

fn action(id: i64, hours: f64, note: &str, asked: i64) -> Row {
    Row {
        cells: vec![Cell::Int(7), Cell::Int(id), Cell::Double(hours), text(note)],
        children: vec![],
        raw: format!("{{\"id\":{id},\"note\":\"{note}\"}}").into(),
        answer: answer(asked, asked + 1),
        deleted_at: None,
        narrow: false,
    }
}

fn part(id: i64, hours: f64, asked: i64) -> Row {
    let wide = action(id, hours, "", asked);
    Row { cells: vec![Cell::Int(7), Cell::Int(id), Cell::Double(hours), Cell::Null], narrow: true, ..wide }
}

fn shown(warehouse: &dyn warehouse::Warehouse) -> Vec<String> {
    lines(warehouse, "select id, timetaken, note, deleted_at is not null from halo.actions order by id")
}

fn the_other_columns_stay(bench: &Bench) {
    let warehouse = bench.open();
    let table = actions();
    warehouse.ensure(&[&table]).unwrap();
    apply(&*warehouse, put(&table, vec![action(1, 0.5, "looked", 1), action(2, 1.0, "mended", 1)]));
    let applied = apply(&*warehouse, put(&table, vec![part(1, 0.75, 5)]));
    assert_eq!((applied.changed, applied.inserted), (1, 0));
    assert_eq!(shown(&*warehouse), [r#"1|0.75|"looked"|false"#, r#"2|1.0|"mended"|false"#]);
    // The record as it was told in full stays too.
    assert_eq!(&*warehouse.raw_rows(&table, None, 1).unwrap()[0].1, r#"{"id":1,"note":"looked"}"#);
}

fn the_same_content_is_no_change(bench: &Bench) {
    let warehouse = bench.open();
    let table = actions();
    warehouse.ensure(&[&table]).unwrap();
    apply(&*warehouse, put(&table, vec![action(1, 0.5, "looked", 1)]));
    let applied = apply(&*warehouse, put(&table, vec![part(1, 0.5, 5)]));
    assert_eq!((applied.changed, applied.same), (0, 1));
    assert_eq!(shown(&*warehouse), [r#"1|0.5|"looked"|false"#]);
}

fn a_wide_row_replaces_all_and_is_known_again(bench: &Bench) {
    let warehouse = bench.open();
    let table = actions();
    warehouse.ensure(&[&table]).unwrap();
    apply(&*warehouse, put(&table, vec![action(1, 0.5, "looked", 1)]));
    apply(&*warehouse, put(&table, vec![part(1, 0.75, 5)]));
    // What both told together is the same as what one tells now.
    let applied = apply(&*warehouse, put(&table, vec![action(1, 0.75, "looked", 9)]));
    assert_eq!((applied.changed, applied.same), (0, 1));
    let applied = apply(&*warehouse, put(&table, vec![action(1, 0.75, "mended", 19)]));
    assert_eq!(applied.changed, 1);
    assert_eq!(shown(&*warehouse), [r#"1|0.75|"mended"|false"#]);
}

fn an_older_narrow_row_changes_nothing(bench: &Bench) {
    let warehouse = bench.open();
    let table = actions();
    warehouse.ensure(&[&table]).unwrap();
    apply(&*warehouse, put(&table, vec![action(1, 0.5, "looked", 10)]));
    let applied = apply(&*warehouse, put(&table, vec![part(1, 9.0, 3)]));
    assert_eq!(applied.older, 1);
    assert_eq!(shown(&*warehouse), [r#"1|0.5|"looked"|false"#]);
}

fn narrow_rows_bring_new_records(bench: &Bench) {
    let warehouse = bench.open();
    let table = actions();
    warehouse.ensure(&[&table]).unwrap();
    let applied = apply(&*warehouse, put(&table, vec![part(1, 0.5, 1), part(2, 0.25, 1)]));
    assert_eq!(applied.inserted, 2);
    assert_eq!(shown(&*warehouse), ["1|0.5|null|false", "2|0.25|null|false"]);
    apply(&*warehouse, put(&table, vec![action(2, 0.25, "mended", 5)]));
    apply(&*warehouse, put(&table, vec![part(2, 1.25, 9), part(1, 0.5, 9)]));
    assert_eq!(shown(&*warehouse), ["1|0.5|null|false", r#"2|1.25|"mended"|false"#]);
}

fn misplaced_narrow_rows_are_refused(bench: &Bench) {
    let warehouse = bench.open();
    let table = actions();
    warehouse.ensure(&[&table]).unwrap();
    let both = put(&table, vec![action(1, 0.5, "looked", 1), part(2, 0.5, 1)]);
    assert!(matches!(warehouse.apply(both, &mut |_| Ok(())), Err(Error::Shape { .. })));
    let simple = Arc::new(Table { name: "others".into(), narrow: vec![], ..Table::clone(&table) });
    warehouse.ensure(&[&simple]).unwrap();
    assert!(matches!(warehouse.apply(put(&simple, vec![part(1, 0.5, 1)]), &mut |_| Ok(())), Err(Error::Shape { .. })));
    let watching = Table { name: "watching".into(), watched: vec!["note".into()], ..Table::clone(&table) };
    assert!(matches!(warehouse.ensure(&[&watching]), Err(Error::Definition { .. })));
}
