//! Tables of every shape, and what does not fit them.

use std::sync::Arc;

use warehouse::{Cell, Column, ColumnType, Error, Key, Row, Table, reader};

use crate::{kit::*, reading::LIMITS};

on_every_engine![
    hostile_names_and_values,
    long_names_that_begin_alike_are_told_apart,
    keys_of_each_kind,
    new_columns_keep_the_rows,
    types_never_change,
    impossible_tables_are_refused,
    misfit_rows_are_refused,
    malformed_values_become_null,
];

fn hostile_names_and_values(bench: &Bench) {
    let warehouse = bench.open();
    let long = "n".repeat(240);
    for (schema, name) in [("a\"b", "c\"d"), ("select", "table"), ("ÄÖ 表", "🙂"), (" ", "\\"), ("x'); --", &long)]
    {
        let table = Arc::new(Table {
            schema: schema.into(),
            name: name.into(),
            columns: vec![column(name, ColumnType::BigInt), column("order", ColumnType::Text)],
            key: vec![name.into()],
            watched: vec!["order".into()],
            ..Table::default()
        });
        warehouse.ensure(&[&table]).unwrap();
        let row = |value: &str, asked| Row {
            cells: vec![Cell::Int(1), text(value)],
            children: vec![],
            raw: value.into(),
            answer: answer(asked, asked),
            deleted_at: None,
            narrow: false,
        };
        for (asked, value) in
            (1..).zip(["", "'; drop table x; --", "\u{0}", "\u{fffd}🙂", "NULL", &"x".repeat(100_000)])
        {
            let applied = apply(&*warehouse, put(&table, vec![row(value, asked)]));
            assert_eq!(applied.inserted + applied.changed, 1);
            assert_eq!(warehouse.raw_rows(&table, None, 5).unwrap()[0].1.as_ref(), value);
            assert_eq!(applied.changes.first().map_or(Some(value), |change| change.new.as_deref()), Some(value));
        }
        assert_eq!(warehouse.live_keys(&table, None).unwrap(), [Key::Int(1)]);
    }
}

/// PostgreSQL cuts names off after 63 bytes.
fn long_names_that_begin_alike_are_told_apart(bench: &Bench) {
    for alike in ["p".repeat(62), "p".repeat(63), "p".repeat(70), "ä".repeat(40), format!("{} ", "🙂".repeat(20))] {
        let warehouse = bench.open();
        let table = |columns: &[&str]| {
            let long = columns.iter().map(|end| column(&format!("{alike}{end}"), ColumnType::Text));
            Arc::new(Table {
                schema: "halo".into(),
                name: format!("of {} bytes", alike.len()),
                columns: std::iter::once(column("id", ColumnType::BigInt)).chain(long).collect(),
                key: vec!["id".into()],
                ..Table::default()
            })
        };
        let row = |id: i64, values: &[&str]| Row {
            cells: std::iter::once(Cell::Int(id)).chain(values.iter().map(|value| text(value))).collect(),
            children: vec![],
            raw: "{}".into(),
            answer: answer(id, id),
            deleted_at: None,
            narrow: false,
        };
        let few = table(&["a", "b"]);
        warehouse.ensure(&[&few]).unwrap();
        apply(&*warehouse, put(&few, vec![row(1, &["one a", "one b"])]));
        // One that comes later, as a custom field does.
        let more = table(&["a", "b", "c"]);
        warehouse.ensure(&[&more]).unwrap();
        apply(&*warehouse, put(&more, vec![row(2, &["two a", "two b", "two c"])]));
        let sql = format!("select \"{alike}c\", \"{alike}b\", \"{alike}a\" from halo.\"{}\" order by id", more.name);
        let stored = ["null|\"one b\"|\"one a\"", "\"two c\"|\"two b\"|\"two a\""];
        assert_eq!(lines(&*warehouse, &sql), stored, "{alike}");
        drop(warehouse);
        let mut kept = Kept::default();
        reader::run(&bench.source(), "halo", &sql, &LIMITS, &mut kept).unwrap();
        assert_eq!(kept.lines(), stored, "{alike}");
    }
}

fn keys_of_each_kind(bench: &Bench) {
    let warehouse = bench.open();
    let keys: [(&[ColumnType], Vec<Key>); 3] = [
        (&[ColumnType::BigInt], vec![Key::Int(i64::MIN), Key::Int(0), Key::Int(i64::MAX)]),
        (&[ColumnType::BigInt; 2], vec![Key::Pair(-1, 5), Key::Pair(1, 1), Key::Pair(1, 2), Key::Pair(2, 0)]),
        (
            &[ColumnType::Text],
            vec![Key::Text("".into()), Key::Text("A".into()), Key::Text("a".into()), Key::Text("é".into())],
        ),
    ];
    for (index, (types, keys)) in keys.into_iter().enumerate() {
        let names: Vec<_> = (0..types.len()).map(|part| format!("part {part}")).collect();
        let table = Arc::new(Table {
            schema: "keys".into(),
            name: format!("t{index}"),
            columns: names.iter().zip(types).map(|(name, of)| column(name, *of)).collect(),
            key: names,
            ..Table::default()
        });
        warehouse.ensure(&[&table]).unwrap();
        let cells = |key: &Key| match key {
            Key::Int(key) => vec![Cell::Int(*key)],
            Key::Pair(first, second) => vec![Cell::Int(*first), Cell::Int(*second)],
            Key::Text(text) => vec![Cell::Text(text.clone())],
        };
        let row = |key: &Key| Row {
            cells: cells(key),
            children: vec![],
            raw: "{}".into(),
            answer: answer(1, 1),
            deleted_at: None,
            narrow: false,
        };
        apply(&*warehouse, put(&table, keys.iter().rev().map(row).collect()));
        assert_eq!(warehouse.live_keys(&table, None).unwrap(), keys);
        assert_eq!(warehouse.fingerprints(&table, &keys).unwrap().len(), keys.len());
        let mut paged: Vec<Key> = Vec::new();
        while let Some((key, ..)) = warehouse.raw_rows(&table, paged.last(), 1).unwrap().pop() {
            paged.push(key);
        }
        assert_eq!(paged, keys);
        let tombstone = warehouse::Tombstone { key: keys[1].clone(), answer: answer(2, 2), deleted_at: 0 };
        assert_eq!(apply(&*warehouse, bury(&table, vec![tombstone])).deleted, 1);
        assert_eq!(warehouse.count(&table).unwrap(), keys.len() as u64 - 1);
    }
}

fn new_columns_keep_the_rows(bench: &Bench) {
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    apply(&*warehouse, put(&tickets(), vec![ticket(1, 1, 1, answer(1, 2))]));
    let mut wider = (*tickets()).clone();
    wider.columns.push(column("impact", ColumnType::BigInt));
    wider.children[0].table.columns.push(column("note", ColumnType::Text));
    assert_eq!(warehouse.ensure(&[&wider]).unwrap(), ["impact", "ticket_lines.note"]);
    assert_eq!(warehouse.ensure(&[&wider]).unwrap(), Vec::<String>::new());
    assert_eq!(lines(&*warehouse, "select id, status_id, impact from halo.tickets"), ["1|1|null"]);
    // The order of the columns is the caller's own.
    let columns: Vec<Column> = warehouse.columns("halo", "tickets").unwrap();
    assert_eq!(columns.len(), wider.columns.len() + 1);
    assert!(wider.columns.iter().all(|wanted| columns.contains(wanted)));
    assert!(columns.contains(&column("deleted_at", ColumnType::Timestamp)));
    let mut row = ticket(1, 2, 1, answer(3, 4));
    row.cells.push(Cell::Int(7));
    row.children[0][0].push(text("so"));
    assert_eq!(apply(&*warehouse, put(&Arc::new(wider), vec![row])).changed, 1);
    assert_eq!(
        lines(&*warehouse, "select status_id, impact, note from halo.tickets, halo.ticket_lines"),
        ["2|7|\"so\""]
    );
}

fn types_never_change(bench: &Bench) {
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    let mut other = (*tickets()).clone();
    other.columns[2].column_type = ColumnType::Text;
    assert!(matches!(warehouse.ensure(&[&other]), Err(Error::Definition { .. })));
    assert_eq!(apply(&*warehouse, put(&tickets(), vec![ticket(1, 1, 1, answer(1, 2))])).inserted, 1);
}

fn impossible_tables_are_refused(bench: &Bench) {
    let warehouse = bench.open();
    let change: [fn(&mut Table); 16] = [
        |table| table.schema.clear(),
        |table| table.name.clear(),
        |table| table.name.push('\0'),
        |table| table.name = "Changes".into(),
        |table| table.schema = "_warehouse".into(),
        |table| table.columns[1].name = "ID".into(),
        |table| table.columns[1].name = "Deleted_At".into(),
        |table| table.columns[1].name.clear(),
        |table| table.columns[1].name = "Row_id".into(),
        |table| table.columns[1].name = "xmin".into(),
        |table| table.key = vec![],
        |table| table.key = vec!["last_update".into()],
        |table| table.key = vec!["unknown".into()],
        |table| table.stamp = Some("summary".into()),
        |table| table.watched.push("unknown".into()),
        |table| table.children[0].parent = "unknown".into(),
    ];
    for (index, change) in change.into_iter().enumerate() {
        let mut table = (*tickets()).clone();
        change(&mut table);
        assert!(matches!(warehouse.ensure(&[&table]), Err(Error::Definition { .. })), "{index}");
    }
}

fn misfit_rows_are_refused(bench: &Bench) {
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    let change: [fn(&mut Row); 6] = [
        |row| row.cells[0] = Cell::Null,
        |row| row.cells[0] = Cell::Text("1".into()),
        |row| row.cells[2] = Cell::Text("1".into()),
        |row| drop(row.cells.pop()),
        |row| row.children.clear(),
        |row| row.children[0][0].push(Cell::Null),
    ];
    for change in change {
        let mut row = ticket(1, 1, 1, answer(1, 2));
        change(&mut row);
        let refused = warehouse.apply(put(&tickets(), vec![ticket(2, 1, 1, answer(1, 2)), row]), &mut |_| Ok(()));
        assert!(matches!(refused, Err(Error::Shape { .. })));
    }
    let tombstone = warehouse::Tombstone { key: Key::Text("1".into()), answer: answer(1, 1), deleted_at: 0 };
    let refused = warehouse.apply(bury(&tickets(), vec![tombstone]), &mut |_| Ok(()));
    assert!(matches!(refused, Err(Error::Shape { .. })));
    assert_eq!(warehouse.last_commit().unwrap(), 0);
}

fn malformed_values_become_null(bench: &Bench) {
    let warehouse = bench.open();
    let columns = [
        ("decimal", Cell::Decimal(1_000_000_000_000_000_000)),
        ("decimal", Cell::Decimal(i64::MIN)),
        ("timestamp", Cell::Timestamp(i64::MIN)),
        ("timestamp", Cell::Timestamp(i64::MAX)),
        ("date", Cell::Date(i32::MIN)),
        ("date", Cell::Date(i32::MAX)),
        ("json", Cell::Json("{\"a\":".into())),
        ("json", Cell::Json("".into())),
    ];
    let types = [
        ("decimal", ColumnType::Decimal),
        ("timestamp", ColumnType::Timestamp),
        ("date", ColumnType::Date),
        ("json", ColumnType::Json),
    ];
    let table = Arc::new(Table {
        schema: "odd".into(),
        name: "values".into(),
        columns: [column("id", ColumnType::BigInt)]
            .into_iter()
            .chain(types.map(|(name, of)| column(name, of)))
            .collect(),
        key: vec!["id".into()],
        ..Table::default()
    });
    warehouse.ensure(&[&table]).unwrap();
    for (id, (name, cell)) in (1..).zip(columns) {
        let mut cells = vec![Cell::Null; table.columns.len()];
        cells[0] = Cell::Int(id);
        cells[table.position(name).unwrap()] = cell;
        let row =
            Row { cells, children: vec![], raw: "{}".into(), answer: answer(1, 1), deleted_at: None, narrow: false };
        apply(&*warehouse, put(&table, vec![row]));
    }
    let question =
        "select count(*), count(\"decimal\"), count(\"timestamp\"), count(\"date\"), count(json) from odd.values";
    assert_eq!(lines(&*warehouse, question), ["8|0|0|0|0"]);
}
