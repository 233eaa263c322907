//! Rows that were only told of: shown until an answer confirms or replaces them, and no news.

use warehouse::{Applied, Cell, Happened, Happening, Key, Origin, Row, Warehouse};

use crate::kit::*;

on_every_engine![
    a_later_stamp_shows_at_once_and_is_news_when_it_is_confirmed,
    what_is_not_later_changes_nothing,
    an_answer_asked_before_it_was_told_does_not_take_it_back,
    a_record_that_no_answer_showed_can_be_taken_out,
    what_proves_wrong_goes_back,
    happenings_of_a_family,
];

fn table() -> std::sync::Arc<warehouse::Table> {
    let table = warehouse::Table { family: Some("tickets".into()), ..(*tickets()).clone() };
    std::sync::Arc::new(table)
}

/// Told at this tick.
fn tell(warehouse: &dyn Warehouse, row: Row) -> Applied {
    let puts = vec![(table(), vec![row])];
    apply(warehouse, warehouse::Batch { puts, ..batch(Origin::Provisional) })
}

fn shown(warehouse: &dyn Warehouse) -> Vec<String> {
    lines(warehouse, "select id, status_id, _provisional is not null from halo.tickets order by id")
}

fn a_later_stamp_shows_at_once_and_is_news_when_it_is_confirmed(bench: &Bench) {
    let warehouse = bench.open();
    warehouse.ensure(&[&table()]).unwrap();
    apply(&*warehouse, put(&table(), vec![ticket(1, 5, 100, answer(1, 2))]));
    let applied = tell(&*warehouse, ticket(1, 6, 200, answer(7, 7)));
    assert!(applied.changes.is_empty() && applied.happenings.is_empty(), "{applied:?}");
    assert_eq!(shown(&*warehouse), ["1|6|true"]);
    // Told once more before anybody asked.
    tell(&*warehouse, ticket(1, 7, 300, answer(8, 8)));
    let applied = apply(&*warehouse, put(&table(), vec![ticket(1, 7, 300, answer(9, 10))]));
    let changes: Vec<_> = applied.changes.iter().map(|it| (&*it.field, it.old.as_deref(), it.new.as_deref())).collect();
    assert_eq!(changes, [("status_id", Some("5"), Some("7"))], "as the last answer had it");
    assert_eq!(applied.happenings.len(), 1);
    assert_eq!(shown(&*warehouse), ["1|7|false"]);
}

fn what_is_not_later_changes_nothing(bench: &Bench) {
    let warehouse = bench.open();
    warehouse.ensure(&[&table()]).unwrap();
    apply(&*warehouse, put(&table(), vec![ticket(1, 5, 100, answer(1, 2))]));
    for stamp in [100, 99] {
        assert_eq!(tell(&*warehouse, ticket(1, 6, stamp, answer(7, 7))).older, 1);
    }
    assert_eq!(shown(&*warehouse), ["1|5|false"]);
    let gone =
        warehouse::Batch { tombstones: vec![(table(), vec![tombstone(1, answer(8, 9))])], ..batch(Origin::Live) };
    apply(&*warehouse, gone);
    assert_eq!(tell(&*warehouse, ticket(1, 6, 900, answer(10, 10))).older, 1, "what is gone stays gone");
}

fn an_answer_asked_before_it_was_told_does_not_take_it_back(bench: &Bench) {
    let warehouse = bench.open();
    warehouse.ensure(&[&table()]).unwrap();
    apply(&*warehouse, put(&table(), vec![ticket(1, 5, 100, answer(1, 2))]));
    tell(&*warehouse, ticket(1, 6, 200, answer(7, 7)));
    let applied = apply(&*warehouse, put(&table(), vec![ticket(1, 5, 100, answer(5, 9))]));
    assert_eq!(applied.older, 1);
    assert_eq!(shown(&*warehouse), ["1|6|true"]);
    apply(&*warehouse, put(&table(), vec![ticket(1, 6, 200, answer(6, 9))]));
    assert_eq!(shown(&*warehouse), ["1|6|false"], "the same from an answer confirms it");
    tell(&*warehouse, ticket(1, 7, 300, answer(12, 12)));
    let applied = apply(&*warehouse, put(&table(), vec![ticket(1, 8, 300, answer(11, 13))]));
    assert!(applied.contested.is_empty() && shown(&*warehouse) == ["1|8|false"], "an answer as new knows better");
}

fn a_record_that_no_answer_showed_can_be_taken_out(bench: &Bench) {
    let warehouse = bench.open();
    warehouse.ensure(&[&table()]).unwrap();
    apply(&*warehouse, put(&table(), vec![ticket(1, 5, 100, answer(1, 2))]));
    tell(&*warehouse, ticket(1, 6, 200, answer(7, 7)));
    assert_eq!(tell(&*warehouse, ticket(2, 6, 200, answer(7, 7))).inserted, 1);
    tell(&*warehouse, ticket(3, 6, 200, answer(7, 7)));
    assert_eq!(warehouse.count(&table()).unwrap(), 1, "nobody knows whether the others are there");
    assert_eq!(warehouse.live_keys(&table(), None).unwrap(), [Key::Int(1)]);
    let keys = [1, 2, 9].map(Key::Int);
    assert_eq!(warehouse.drop_told(&table(), &keys).unwrap(), 1);
    assert_eq!(shown(&*warehouse), ["1|6|true", "3|6|true"]);
    assert_eq!(lines(&*warehouse, "select count(*) from halo.ticket_lines where ticket_id = 2"), ["0"]);
    let applied = apply(&*warehouse, put(&table(), vec![ticket(3, 6, 200, answer(8, 9))]));
    assert!(applied.changes.is_empty(), "a record that comes in is no change of its fields: {applied:?}");
    let new = Happening { family: "tickets".into(), key: Key::Int(3), what: Happened::Created, at: Some(200) };
    assert_eq!(applied.happenings, [new]);
}

fn what_proves_wrong_goes_back(bench: &Bench) {
    let warehouse = bench.open();
    warehouse.ensure(&[&table()]).unwrap();
    apply(&*warehouse, put(&table(), vec![ticket(1, 5, 100, answer(1, 2))]));
    tell(&*warehouse, ticket(1, 6, 200, answer(7, 7)));
    // From the record as the last answer had it.
    let (_, raw, known_by) = warehouse.raw_rows(&table(), None, 1).unwrap().remove(0);
    assert_eq!(&*raw, r#"{"id":1,"status_id":5}"#);
    let row = Row { raw, ..ticket(1, 5, 100, known_by) };
    apply(&*warehouse, warehouse::Batch { puts: vec![(table(), vec![row])], ..batch(Origin::Rebuild) });
    assert_eq!(shown(&*warehouse), ["1|5|false"]);
    // An answer with what was told all the same is a change, as ever.
    let applied = apply(&*warehouse, put(&table(), vec![ticket(1, 6, 200, answer(8, 9))]));
    assert_eq!((applied.changes.len(), applied.happenings.len()), (1, 1));
}

fn happenings_of_a_family(bench: &Bench) {
    let warehouse = bench.open();
    warehouse.ensure(&[&table()]).unwrap();
    let happened = |applied: Applied| -> Vec<(i64, Happened, Option<i64>)> {
        let key = |key| if let Key::Int(id) = key { id } else { panic!("{key:?}") };
        applied.happenings.into_iter().map(|it| (key(it.key), it.what, it.at)).collect()
    };
    let puts = |rows| warehouse::Batch { puts: vec![(table(), rows)], ..batch(Origin::Backfill) };
    assert_eq!(happened(apply(&*warehouse, puts(vec![ticket(1, 5, 100, answer(1, 2))]))), [], "history is no news");
    let rows = vec![ticket(1, 6, 150, answer(3, 4)), ticket(2, 5, 140, answer(3, 4))];
    let told = happened(apply(&*warehouse, put(&table(), rows)));
    assert_eq!(told, [(1, Happened::Changed, Some(150)), (2, Happened::Created, Some(140))]);
    let other = Row {
        cells: {
            let mut cells = ticket(1, 7, 150, answer(5, 6)).cells;
            cells[1] = Cell::Text("x".into());
            cells
        },
        ..ticket(1, 7, 150, answer(5, 6))
    };
    assert_eq!(happened(apply(&*warehouse, put(&table(), vec![other]))), [], "its own time stood still");
    let gone =
        warehouse::Batch { tombstones: vec![(table(), vec![tombstone(2, answer(8, 9))])], ..batch(Origin::Live) };
    assert_eq!(happened(apply(&*warehouse, gone)), [(2, Happened::Deleted, None)]);
    let back = happened(apply(&*warehouse, put(&table(), vec![ticket(2, 5, 140, answer(10, 11))])));
    assert_eq!(back, [(2, Happened::Changed, Some(140))]);
}
