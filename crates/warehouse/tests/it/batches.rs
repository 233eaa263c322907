//! Batches enter as a whole, once, and last.

use warehouse::{Applied, Error, Key, Origin, Row};

use crate::kit::*;

on_every_engine![
    a_new_warehouse_is_empty,
    a_batch_again_changes_nothing,
    a_failing_observer_undoes_everything,
    the_observer_sees_what_is_returned,
    everything_is_there_after_reopening,
    numbers_only_rise,
    a_rebuild_keeps_answers_and_deletions,
    reads_go_on_while_the_writer_pauses,
];

fn a_new_warehouse_is_empty(bench: &Bench) {
    let warehouse = bench.open();
    assert_eq!(warehouse.ensure(&[&tickets()]).unwrap(), Vec::<String>::new());
    assert_eq!(warehouse.count(&tickets()).unwrap(), 0);
    assert!(warehouse.live_keys(&tickets(), None).unwrap().is_empty());
    assert!(warehouse.cursors().unwrap().is_empty());
    assert!(warehouse.columns("halo", "nothing").unwrap().is_empty());
    let numbers = [warehouse.last_commit(), warehouse.last_sequence(), warehouse.highest_tick()];
    assert!(numbers.into_iter().all(|number| number.unwrap() == 0));
}

fn a_batch_again_changes_nothing(bench: &Bench) {
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    apply(&*warehouse, put(&tickets(), vec![ticket(1, 1, 1, answer(1, 2)), ticket(2, 1, 1, answer(1, 2))]));
    let mut batch = put(&tickets(), vec![ticket(1, 2, 2, answer(3, 4)), ticket(3, 1, 1, answer(3, 4))]);
    batch.tombstones = bury(&tickets(), vec![tombstone(2, answer(3, 4))]).tombstones;
    batch.cursors = vec![("tickets".into(), Some("3".into()))];
    let first = apply(&*warehouse, batch.clone());
    assert_eq!((first.commit, first.inserted, first.changed, first.deleted), (2, 1, 1, 1));
    let before = state(&*warehouse);
    let again = apply(&*warehouse, batch);
    assert_eq!(again, Applied { commit: 3, same: 3, ..Applied::default() });
    assert_eq!(state(&*warehouse), before);
}

fn a_failing_observer_undoes_everything(bench: &Bench) {
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    apply(&*warehouse, put(&tickets(), vec![ticket(1, 1, 1, answer(1, 2))]));
    let before = state(&*warehouse);
    let mut batch = put(&tickets(), vec![ticket(1, 2, 2, answer(3, 4))]);
    batch.cursors = vec![("tickets".into(), Some("3".into()))];
    let failed = warehouse.apply(batch.clone(), &mut |applied| Err(format!("no to {}", applied.commit).into()));
    assert!(matches!(failed, Err(Error::Observer(source)) if source.to_string() == "no to 2"));
    assert_eq!(state(&*warehouse), before);
    assert!(warehouse.cursors().unwrap().is_empty());
    assert_eq!((warehouse.last_commit().unwrap(), warehouse.highest_tick().unwrap()), (1, 2));
    assert_eq!(apply(&*warehouse, batch).changed, 1);
}

fn the_observer_sees_what_is_returned(bench: &Bench) {
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    apply(&*warehouse, put(&tickets(), vec![ticket(1, 1, 1, answer(1, 2))]));
    let mut seen = None;
    let batch = put(&tickets(), vec![ticket(1, 2, 2, answer(3, 4))]);
    let returned = warehouse.apply(batch, &mut |applied| {
        seen = Some(applied.clone());
        // Not committed yet: others still see the old row.
        assert_eq!(lines(&*warehouse, "select status_id from halo.tickets"), ["1"]);
        Ok(())
    });
    assert_eq!(seen, Some(returned.unwrap()));
}

fn everything_is_there_after_reopening(bench: &Bench) {
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    let mut batch = put(&tickets(), vec![ticket(1, 1, 1, answer(1, 2))]);
    batch.cursors = vec![("a".into(), Some("1".into())), ("b".into(), Some("2".into()))];
    apply(&*warehouse, batch);
    let mut batch = put(&tickets(), vec![ticket(1, 2, 2, answer(3, 4))]);
    batch.cursors = vec![("a".into(), None), ("b".into(), Some("3".into()))];
    apply(&*warehouse, batch);
    let before = state(&*warehouse);
    drop(warehouse);
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    assert_eq!(state(&*warehouse), before);
    assert_eq!(warehouse.cursors().unwrap().into_iter().collect::<Vec<_>>(), [("b".to_owned(), "3".to_owned())]);
    let numbers = [warehouse.last_commit(), warehouse.last_sequence(), warehouse.highest_tick()];
    assert_eq!(numbers.map(Result::unwrap), [2, 1, 4]);
    warehouse.checkpoint().unwrap();
    assert_eq!(apply(&*warehouse, put(&tickets(), vec![ticket(1, 3, 3, answer(5, 6))])).changes[0].sequence, 2);
}

fn numbers_only_rise(bench: &Bench) {
    let warehouse = bench.open();
    let numbers = || [warehouse.last_commit(), warehouse.last_sequence(), warehouse.highest_tick()].map(Result::unwrap);
    warehouse.set_floor(10, 20, 30).unwrap();
    warehouse.set_floor(5, 21, 3).unwrap();
    assert_eq!(numbers(), [10, 21, 30]);
    assert_eq!(apply(&*warehouse, batch(Origin::Live)).commit, 11);
    assert_eq!(numbers(), [11, 21, 30]);
}

fn a_rebuild_keeps_answers_and_deletions(bench: &Bench) {
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    let rows = vec![ticket(1, 1, 1, answer(1, 2)), ticket(2, 1, 1, answer(1, 2))];
    apply(&*warehouse, put(&tickets(), rows));
    apply(&*warehouse, bury(&tickets(), vec![tombstone(2, answer(3, 4))]));
    let again: Vec<_> = warehouse.raw_rows(&tickets(), None, 10).unwrap();
    let remade = again.iter().map(|(key, raw, answer)| {
        let Key::Int(id) = key else { unreachable!() };
        Row { raw: raw.clone(), ..ticket(*id, 5, 1, *answer) }
    });
    let mut batch = put(&tickets(), remade.collect());
    batch.origin = Origin::Rebuild;
    let applied = apply(&*warehouse, batch);
    assert_eq!((applied.changed, applied.contested.len(), applied.changes.len()), (2, 0, 0));
    let question = "select id, status_id, deleted_at is null, _asked from halo.tickets order by id";
    assert_eq!(lines(&*warehouse, question), ["1|5|true|1", "2|5|false|3"]);
}

fn reads_go_on_while_the_writer_pauses(bench: &Bench) {
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    let paused = warehouse.pause_for_copy().unwrap();
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| apply(&*warehouse, put(&tickets(), vec![ticket(1, 1, 1, answer(1, 2))])));
        for _ in 0..20 {
            assert_eq!(warehouse.count(&tickets()).unwrap(), 0);
        }
        drop(paused);
        assert_eq!(writing.join().unwrap().inserted, 1);
    });
    assert_eq!(warehouse.count(&tickets()).unwrap(), 1);
}
