//! Which answer wins, through a whole warehouse. The rule itself has its table in `judge.rs`.

use warehouse::{Answer, Applied, Key, Row, Warehouse};

use crate::kit::*;

on_every_engine![
    rows,
    tombstones,
    a_confirming_answer_is_remembered,
    an_old_page_does_not_bring_back_what_was_deleted,
    within_one_batch_the_same_rules_hold,
];

/// What is stored is ticket 1 in status 1, stamped 100, from an answer asked at 10 and answered at 20.
fn stored(warehouse: &dyn Warehouse) {
    ensure_all(warehouse);
    apply(warehouse, put(&tickets(), vec![ticket(1, 1, 100, answer(10, 20))]));
}

fn counts(applied: &Applied) -> [u64; 6] {
    let contested = applied.contested.len() as u64;
    [applied.inserted, applied.changed, applied.same, applied.older, applied.deleted, contested]
}

fn status(warehouse: &dyn Warehouse) -> Vec<String> {
    lines(warehouse, "select status_id, deleted_at is not null from halo.tickets")
}

fn rows(bench: &Bench) {
    let cases: [(&str, Row, [u64; 6], &str); 6] = [
        ("newer though stamped earlier", ticket(1, 2, 5, answer(21, 22)), [0, 1, 0, 0, 0, 0], "2|false"),
        ("older though stamped later", ticket(1, 2, 900, answer(1, 9)), [0, 0, 0, 1, 0, 0], "1|false"),
        ("overlapping, stamped later", ticket(1, 2, 101, answer(15, 30)), [0, 1, 0, 0, 0, 0], "2|false"),
        ("overlapping, stamped earlier", ticket(1, 2, 99, answer(15, 30)), [0, 0, 0, 1, 0, 0], "1|false"),
        ("overlapping, the same", ticket(1, 1, 100, answer(15, 30)), [0, 0, 1, 0, 0, 0], "1|false"),
        ("overlapping, contradicting", ticket(1, 2, 100, answer(15, 30)), [0, 0, 0, 0, 0, 1], "1|false"),
    ];
    for (name, row, expected, expected_status) in cases {
        let run = |warehouse: &dyn Warehouse| {
            stored(warehouse);
            let raw = lines(warehouse, "select raw from halo_raw.tickets");
            let applied = apply(warehouse, put(&tickets(), vec![row.clone()]));
            assert_eq!(counts(&applied), expected, "{name}");
            assert_eq!(status(warehouse), [expected_status], "{name}");
            let kept = lines(warehouse, "select raw from halo_raw.tickets") == raw;
            assert_eq!(kept, expected_status == "1|false", "{name}: the raw record follows the row");
            if expected[5] == 1 {
                assert_eq!(applied.contested, [("tickets".to_owned(), Key::Int(1))]);
            }
        };
        bench.with_fresh(run);
    }
}

fn tombstones(bench: &Bench) {
    let cases = [
        ("later", answer(21, 22), [0, 0, 0, 0, 1, 0], "1|true"),
        ("earlier", answer(1, 9), [0, 0, 0, 1, 0, 0], "1|false"),
        ("overlapping", answer(15, 30), [0, 0, 0, 0, 0, 1], "1|false"),
    ];
    for (name, answer, expected, expected_status) in cases {
        bench.with_fresh(|warehouse| {
            stored(warehouse);
            let applied = apply(warehouse, bury(&tickets(), vec![tombstone(1, answer)]));
            assert_eq!(counts(&applied), expected, "{name}");
            assert_eq!(status(warehouse), [expected_status], "{name}");
        });
    }
}

/// An answer that told nothing new still counts as the newest.
fn a_confirming_answer_is_remembered(bench: &Bench) {
    bench.with_fresh(|warehouse| {
        stored(warehouse);
        let same = apply(warehouse, put(&tickets(), vec![ticket(1, 1, 100, answer(30, 40))]));
        assert_eq!(counts(&same), [0, 0, 1, 0, 0, 0]);
        let old_page = apply(warehouse, put(&tickets(), vec![ticket(1, 2, 900, answer(21, 25))]));
        assert_eq!(counts(&old_page), [0, 0, 0, 1, 0, 0]);
        assert_eq!(known(warehouse).1, answer(30, 40));
        assert_eq!(warehouse.highest_tick().unwrap(), 40);
    });
}

fn an_old_page_does_not_bring_back_what_was_deleted(bench: &Bench) {
    bench.with_fresh(|warehouse| {
        ensure_all(warehouse);
        let buried = apply(warehouse, bury(&tickets(), vec![tombstone(1, answer(21, 22))]));
        assert_eq!(counts(&buried), [0, 0, 1, 0, 0, 0]);
        let old_page = apply(warehouse, put(&tickets(), vec![ticket(1, 1, 100, answer(10, 20))]));
        assert_eq!(counts(&old_page), [0, 0, 0, 1, 0, 0]);
        assert_eq!(warehouse.count(&tickets()).unwrap(), 0);
        assert_eq!(known(warehouse), (true, answer(21, 22)));
        let revived = apply(warehouse, put(&tickets(), vec![ticket(1, 3, 100, answer(23, 24))]));
        assert_eq!(counts(&revived), [0, 1, 0, 0, 0, 0]);
        assert_eq!(status(warehouse), ["3|false"]);
    });
}

fn within_one_batch_the_same_rules_hold(bench: &Bench) {
    bench.with_fresh(|warehouse| {
        ensure_all(warehouse);
        let rows = vec![ticket(1, 2, 5, answer(3, 4)), ticket(1, 1, 900, answer(1, 2)), ticket(1, 3, 5, answer(5, 6))];
        let mut both = put(&tickets(), rows);
        both.tombstones = bury(&tickets(), vec![tombstone(1, answer(2, 2)), tombstone(2, answer(7, 7))]).tombstones;
        assert_eq!(counts(&apply(warehouse, both)), [1, 1, 1, 2, 0, 0]);
        assert_eq!(lines(warehouse, "select id, status_id from halo.tickets where deleted_at is null"), ["1|3"]);
        assert_eq!(lines(warehouse, "select amount from halo.ticket_lines"), ["3.000000"]);
    });
}

fn known(warehouse: &dyn Warehouse) -> (bool, Answer) {
    let found = warehouse.fingerprints(&tickets(), &[Key::Int(1), Key::Int(77)]).unwrap();
    assert_eq!(found.len(), 1);
    (found[&Key::Int(1)].deleted, found[&Key::Int(1)].answer)
}
