//! Tables that hang together, and the changes that are observed in them.

use std::sync::Arc;

use warehouse::{Cell, Change, Echo, Key, Origin, Table};

use crate::kit::*;

on_every_engine![
    children_follow_their_parent,
    rivals_end_each_other,
    echoes_follow_their_source,
    echoes_follow_one_another,
    echoes_of_one_column_come_to_rest,
    changes_are_observed,
    history_is_not_observed,
    replayed_changes_come_once,
];

fn children_follow_their_parent(bench: &Bench) {
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    let amounts =
        || lines(&*warehouse, "select ticket_id, amount, deleted_at is null from halo.ticket_lines order by all");
    let mut row = ticket(1, 1, 1, answer(1, 2));
    row.children[0].push(vec![Cell::Int(99), Cell::Decimal(5)]);
    apply(&*warehouse, put(&tickets(), vec![row, ticket(2, 2, 1, answer(1, 2))]));
    assert_eq!(amounts(), ["1|0.000005|true", "1|1.000000|true", "2|2.000000|true"]);
    apply(&*warehouse, put(&tickets(), vec![ticket(1, 3, 2, answer(3, 4))]));
    assert_eq!(amounts(), ["1|3.000000|true", "2|2.000000|true"]);
    apply(&*warehouse, bury(&tickets(), vec![tombstone(2, answer(5, 6))]));
    assert_eq!(amounts(), ["1|3.000000|true", "2|2.000000|false"]);
    apply(&*warehouse, put(&tickets(), vec![ticket(2, 2, 1, answer(7, 8))]));
    assert_eq!(amounts(), ["1|3.000000|true", "2|2.000000|true"]);
}

fn rivals_end_each_other(bench: &Bench) {
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    let alive = || {
        let ids = |table: &Table| warehouse.live_keys(table, None).unwrap().len();
        (ids(&tickets()), ids(&projects()))
    };
    apply(&*warehouse, put(&tickets(), vec![ticket(1, 1, 1, answer(1, 2))]));
    let moved = apply(&*warehouse, put(&projects(), vec![ticket(1, 1, 1, answer(3, 4))]));
    assert_eq!((moved.inserted, moved.deleted, alive()), (1, 1, (0, 1)));
    assert_eq!((moved.changes[0].table.as_str(), moved.changes[0].field.as_str()), ("tickets", "deleted_at"));
    // An old page of tickets comes late.
    let late = apply(&*warehouse, put(&tickets(), vec![ticket(1, 1, 1, answer(1, 2))]));
    assert_eq!((late.older, alive()), (1, (0, 1)));
    // It moved back.
    let back = apply(&*warehouse, put(&tickets(), vec![ticket(1, 2, 1, answer(5, 6))]));
    assert_eq!((back.changed, back.deleted, alive()), (1, 1, (1, 0)));
    // The later answer is applied first.
    apply(&*warehouse, put(&projects(), vec![ticket(2, 1, 1, answer(9, 10))]));
    let late = apply(&*warehouse, put(&tickets(), vec![ticket(2, 1, 1, answer(7, 8))]));
    assert_eq!((late.inserted, late.deleted, alive()), (1, 1, (1, 1)));
    assert!(late.changes.is_empty());
    assert_eq!(lines(&*warehouse, "select deleted_at is null from halo.ticket_lines where ticket_id = 2"), ["false"]);
    // Answers that overlap prove nothing.
    apply(&*warehouse, put(&projects(), vec![ticket(3, 1, 1, answer(11, 20))]));
    let unclear = apply(&*warehouse, put(&tickets(), vec![ticket(3, 1, 1, answer(12, 18))]));
    assert_eq!((unclear.contested, alive()), (vec![("tickets".to_owned(), Key::Int(3))], (2, 1)));
}

fn echoes_follow_their_source(bench: &Bench) {
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    let mut stranger = ticket(2, 1, 1, answer(1, 2));
    stranger.cells[3] = Cell::Int(77);
    apply(&*warehouse, put(&tickets(), vec![ticket(1, 1, 1, answer(1, 2)), stranger]));
    apply(&*warehouse, put(&clients(), vec![client(1, "Acme", 1)]));
    let names = || lines(&*warehouse, "select client_name from halo.tickets order by id");
    let before = warehouse.fingerprints(&tickets(), &[Key::Int(1)]).unwrap();
    let commit = warehouse.last_commit().unwrap();
    assert_eq!(warehouse.refresh_echoes(&[&tickets()]).unwrap(), 1);
    assert_eq!(names(), ["\"Acme\"", "\"as listed\""]);
    assert_eq!(warehouse.refresh_echoes(&[&tickets()]).unwrap(), 0);
    apply(&*warehouse, put(&clients(), vec![client(1, "Acme Ltd", 3)]));
    assert_eq!(warehouse.refresh_echoes(&[&tickets(), &projects()]).unwrap(), 1);
    assert_eq!(names(), ["\"Acme Ltd\"", "\"as listed\""]);
    assert_eq!(warehouse.fingerprints(&tickets(), &[Key::Int(1)]).unwrap(), before);
    assert_eq!(warehouse.last_commit().unwrap(), commit + 1);
    // A list that repeats the old name is no change.
    assert_eq!(apply(&*warehouse, put(&tickets(), vec![ticket(1, 1, 1, answer(5, 6))])).same, 1);
    assert_eq!(names(), ["\"Acme Ltd\"", "\"as listed\""]);
    assert_eq!(warehouse.refresh_echoes(&[&tickets(), &projects()]).unwrap(), 0);
    // A row that is written again has what its list says.
    assert_eq!(apply(&*warehouse, put(&tickets(), vec![ticket(1, 2, 2, answer(7, 8))])).changed, 1);
    assert_eq!(names(), ["\"as listed\"", "\"as listed\""]);
    assert_eq!(warehouse.refresh_echoes(&[&tickets(), &projects()]).unwrap(), 1);
    assert_eq!(names(), ["\"Acme Ltd\"", "\"as listed\""]);
    apply(&*warehouse, bury(&clients(), vec![tombstone(1, answer(9, 9))]));
    assert_eq!(warehouse.refresh_echoes(&[&tickets()]).unwrap(), 0);
}

/// A ticket's client follows its project, and the client's name that client.
fn echoes_follow_one_another(bench: &Bench) {
    let warehouse = bench.open();
    let mut table = Table::clone(&tickets());
    let of_project = Echo {
        column: "client_id".into(),
        reference: "status_id".into(),
        table: "projects".into(),
        key: "id".into(),
        source: "client_id".into(),
    };
    table.echoes.insert(0, of_project);
    let table = Arc::new(table);
    warehouse.ensure(&[&table, &projects(), &clients()]).unwrap();
    let mut project = ticket(9, 1, 1, answer(1, 2));
    project.cells[3] = Cell::Int(5);
    apply(&*warehouse, put(&projects(), vec![project]));
    apply(&*warehouse, put(&clients(), vec![client(1, "One", 1), client(5, "Five", 1)]));
    apply(&*warehouse, put(&table, vec![ticket(1, 9, 1, answer(3, 4)), ticket(2, 8, 1, answer(3, 4))]));
    warehouse.refresh_echoes(&[&table]).unwrap();
    let shown = lines(&*warehouse, "select client_id, client_name from halo.tickets order by id");
    assert_eq!(shown, ["5|\"Five\"", "1|\"One\""]);
    // What was written may be repeated in turn, so it is looked at again.
    assert_eq!(warehouse.refresh_echoes(&[&table]).unwrap(), 0);
    // Only the project changes, and with it the name goes along.
    let mut project = ticket(9, 1, 2, answer(5, 6));
    project.cells[3] = Cell::Int(1);
    apply(&*warehouse, put(&projects(), vec![project]));
    warehouse.refresh_echoes(&[&table]).unwrap();
    let shown = lines(&*warehouse, "select client_id, client_name from halo.tickets order by id");
    assert_eq!(shown, ["1|\"One\"", "1|\"One\""]);
}

/// Of two columns that may name somebody, the later one counts where both do.
fn echoes_of_one_column_come_to_rest(bench: &Bench) {
    let warehouse = bench.open();
    let mut table = Table::clone(&tickets());
    let by_status = Echo { reference: "status_id".into(), ..table.echoes[0].clone() };
    table.echoes.push(by_status);
    let table = Arc::new(table);
    warehouse.ensure(&[&table, &clients()]).unwrap();
    apply(&*warehouse, put(&clients(), vec![client(1, "One", 1), client(5, "Five", 1)]));
    // The client of both is 1; only the first has another by its status.
    apply(&*warehouse, put(&table, vec![ticket(1, 5, 1, answer(1, 2)), ticket(2, 8, 1, answer(1, 2))]));
    let shown = || lines(&*warehouse, "select client_name from halo.tickets order by id");
    assert_eq!((warehouse.refresh_echoes(&[&table]).unwrap(), shown()), (2, vec!["\"Five\"".into(), "\"One\"".into()]));
    assert_eq!(warehouse.refresh_echoes(&[&table]).unwrap(), 0, "it rests");
    apply(&*warehouse, put(&clients(), vec![client(1, "Uno", 3)]));
    assert_eq!((warehouse.refresh_echoes(&[&table]).unwrap(), shown()), (1, vec!["\"Five\"".into(), "\"Uno\"".into()]));
}

fn changes_are_observed(bench: &Bench) {
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    let came = apply(&*warehouse, put(&tickets(), vec![ticket(1, 1, 100, answer(1, 2))]));
    assert!(came.changes.is_empty());
    let mut row = ticket(1, 2, 200, answer(3, 4));
    row.cells[1] = Cell::Null;
    let mut batch = put(&tickets(), vec![row]);
    batch.origin = Origin::Repair;
    let changed = apply(&*warehouse, batch);
    let expected = |sequence, field: &str, old: Option<&str>, new: Option<&str>, changed_at, origin| Change {
        sequence,
        table: "tickets".into(),
        key: Key::Int(1),
        field: field.into(),
        old: old.map(Into::into),
        new: new.map(Into::into),
        changed_at: Some(changed_at),
        observed_at: OBSERVED_AT,
        origin,
    };
    let (first, second) = (
        expected(1, "status_id", Some("1"), Some("2"), 200, Origin::Repair),
        expected(2, "summary", Some("ticket 1"), None, 200, Origin::Repair),
    );
    assert_eq!(changed.changes, [first, second]);
    let at = Some("2023-11-14 22:13:20.000001+00");
    let gone = apply(&*warehouse, bury(&tickets(), vec![tombstone(1, answer(5, 6))]));
    assert_eq!(gone.changes, [expected(3, "deleted_at", None, at, OBSERVED_AT + 1, Origin::Live)]);
    let mut row = ticket(1, 2, 200, answer(7, 8));
    row.cells[1] = Cell::Null;
    let back = apply(&*warehouse, put(&tickets(), vec![row]));
    assert_eq!(back.changes, [expected(4, "deleted_at", at, None, 200, Origin::Live)]);
    assert_eq!(warehouse.last_sequence().unwrap(), 4);
    let stored = "select sequence, table_name, key, field, old_value, new_value, changed_at, observed_at, origin \
                  from halo.changes order by sequence limit 1";
    let line = "1|\"tickets\"|\"1\"|\"status_id\"|\"1\"|\"2\"|\"1970-01-01T00:00:00.000200Z\"|\"2023-11-14T22:13:20Z\"|\"repair\"";
    assert_eq!(lines(&*warehouse, stored), [line]);
}

fn history_is_not_observed(bench: &Bench) {
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    for (asked, origin) in [(1, Origin::Live), (3, Origin::Backfill), (5, Origin::Rebuild)] {
        let mut batch = put(&tickets(), vec![ticket(1, asked, asked, answer(asked, asked))]);
        batch.tombstones = bury(&tickets(), vec![tombstone(2, answer(asked, asked))]).tombstones;
        batch.origin = origin;
        assert!(apply(&*warehouse, batch).changes.is_empty());
    }
    assert_eq!(warehouse.last_sequence().unwrap(), 0);
}

fn replayed_changes_come_once(bench: &Bench) {
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    apply(&*warehouse, put(&tickets(), vec![ticket(1, 1, 1, answer(1, 2))]));
    let mut changes = apply(&*warehouse, put(&tickets(), vec![ticket(1, 2, 2, answer(3, 4))])).changes;
    changes.push(Change { sequence: 9, ..changes[0].clone() });
    changes.push(changes[1].clone());
    assert_eq!(warehouse.replay_changes("halo", &changes).unwrap(), 1);
    assert_eq!(warehouse.replay_changes("halo", &changes).unwrap(), 0);
    assert_eq!(warehouse.replay_changes("halo", &[]).unwrap(), 0);
    assert_eq!(warehouse.replay_changes("other", &changes).unwrap(), 2);
    assert_eq!(lines(&*warehouse, "select sequence from halo.changes order by 1"), ["1", "9"]);
    assert_eq!(warehouse.last_sequence().unwrap(), 9);
}
