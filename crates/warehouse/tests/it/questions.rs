//! What can be asked.

use std::{cell::Cell as Counter, sync::Arc};

use warehouse::{Cell, ColumnType, Error, Interrupt, Key, Row, Sink, Table};

use crate::kit::*;

on_every_engine![raw_records_come_in_pages, keys_inside_a_window, queries_stream_and_stop,];

fn raw_records_come_in_pages(bench: &Bench) {
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    let rows = (1..=5).rev().map(|id| ticket(id, id, 1, answer(1, 2)));
    apply(&*warehouse, put(&tickets(), rows.collect()));
    let page = warehouse.raw_rows(&tickets(), Some(&Key::Int(2)), 2).unwrap();
    let expected = |id: i64| (Key::Int(id), format!("{{\"id\":{id},\"status_id\":{id}}}").into(), answer(1, 2));
    assert_eq!(page, [expected(3), expected(4)]);
    // The same columns, another raw record: news that no column shows.
    let mut row = ticket(3, 3, 1, answer(3, 4));
    row.raw = "{\"new\":1}".into();
    let same = apply(&*warehouse, put(&tickets(), vec![row]));
    assert_eq!((same.same, same.changed, same.changes.len()), (1, 0, 0));
    let page = warehouse.raw_rows(&tickets(), Some(&Key::Int(2)), 1).unwrap();
    assert_eq!(page, [(Key::Int(3), "{\"new\":1}".into(), answer(3, 4))]);
}

fn keys_inside_a_window(bench: &Bench) {
    const DAY: i64 = 86_400_000_000;
    let warehouse = bench.open();
    let table = Arc::new(Table {
        schema: "windows".into(),
        name: "t".into(),
        columns: vec![
            column("id", ColumnType::BigInt),
            column("at", ColumnType::Timestamp),
            column("day", ColumnType::Date),
        ],
        key: vec!["id".into()],
        ..Table::default()
    });
    warehouse.ensure(&[&table]).unwrap();
    let row = |id: i64| {
        let day = i32::try_from(id).unwrap();
        let cells = vec![Cell::Int(id), Cell::Timestamp(id * DAY), Cell::Date(day)];
        Row { cells, children: vec![], raw: "{}".into(), answer: answer(1, 1), deleted_at: None, narrow: false }
    };
    apply(&*warehouse, put(&table, (-2..=3).map(row).collect()));
    for name in ["at", "day"] {
        for (from, to, expected) in [
            (0, 2 * DAY, vec![0, 1]),
            (1, 2 * DAY + 1, vec![1, 2]),
            (-DAY, 0, vec![-1]),
            (i64::MIN, i64::MAX, vec![-2, -1, 0, 1, 2, 3]),
            (5, 5, vec![]),
        ] {
            let keys = warehouse.live_keys(&table, Some((name, from, to))).unwrap();
            assert_eq!(keys, expected.into_iter().map(Key::Int).collect::<Vec<_>>(), "{name} {from} {to}");
        }
    }
    assert!(matches!(warehouse.live_keys(&table, Some(("id", 0, 1))), Err(Error::Definition { .. })));
}

fn queries_stream_and_stop(bench: &Bench) {
    struct Counting<'a>(&'a Counter<u64>, &'a Interrupt);
    impl Sink for Counting<'_> {
        fn columns(&mut self, _: &[warehouse::ResultColumn]) -> std::io::Result<()> {
            Ok(())
        }
        fn row(&mut self, _: &[warehouse::Field]) -> std::io::Result<()> {
            self.0.set(self.0.get() + 1);
            match self.0.get() {
                10 => self.1.stop(),
                1000 => return Err(std::io::Error::other("the consumer left")),
                _ => {}
            }
            Ok(())
        }
    }
    let warehouse = bench.open();
    let (count, interrupt) = (Counter::new(0), Interrupt::new());
    let endless = "select * from range(?)";
    let stopped = warehouse.query(endless, &[Cell::Int(i64::MAX)], &mut Counting(&count, &interrupt), &interrupt);
    assert!(matches!(stopped, Err(Error::Interrupted)));
    assert_eq!(count.get(), 10);
    assert!(matches!(warehouse.query("select 1", &[], &mut Kept::default(), &interrupt), Err(Error::Interrupted)));
    let left = warehouse.query(endless, &[Cell::Int(5000)], &mut Counting(&count, &interrupt), &Interrupt::new());
    assert!(matches!(left, Err(Error::Sink(_))));
    // One that computes without giving rows is stopped from another thread.
    let interrupt = Interrupt::new();
    std::thread::scope(|scope| {
        let computing = scope.spawn(|| {
            let sql = "select count(*) from range(10000000000) a, range(1000) b where a.range % 7 = b.range";
            warehouse.query(sql, &[], &mut Kept::default(), &interrupt)
        });
        while !computing.is_finished() {
            interrupt.stop();
            std::thread::yield_now();
        }
        assert!(matches!(computing.join().unwrap(), Err(Error::Interrupted)));
    });
    assert_eq!(warehouse.scalar_i64("select ?::bigint + 1", &[Cell::Int(1)]).unwrap(), Some(2));
    assert_eq!(warehouse.scalar_i64("select null::bigint", &[]).unwrap(), None);
    assert_eq!(warehouse.scalar_i64("select 1::bigint limit 0", &[]).unwrap(), None);
    assert!(matches!(warehouse.scalar_i64("select nonsense", &[]), Err(Error::Engine { .. })));
}
