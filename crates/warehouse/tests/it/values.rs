//! Value in, value out, with the engine as judge.

use std::sync::Arc;

use proptest::prelude::*;
use warehouse::{Cell, Column, ColumnType, Field, Row, Table, Warehouse};

use crate::kit::*;

on_every_engine![come_back_as_they_went_in, instants_read_as_the_engine_reads_them];

const TYPES: [ColumnType; 9] = [
    ColumnType::BigInt,
    ColumnType::Double,
    ColumnType::Decimal,
    ColumnType::Text,
    ColumnType::Boolean,
    ColumnType::Timestamp,
    ColumnType::Date,
    ColumnType::Map,
    ColumnType::Json,
];

pub(crate) fn table() -> Arc<Table> {
    let columns = TYPES.iter().enumerate().map(|(index, of)| column(&format!("v{index}"), *of));
    Arc::new(Table {
        schema: "types".into(),
        name: "t".into(),
        columns: [Column::new("id", ColumnType::BigInt)].into_iter().chain(columns).collect(),
        key: vec!["id".into()],
        ..Table::default()
    })
}

fn some_text() -> impl Strategy<Value = Box<str>> {
    prop_oneof![any::<String>(), Just(String::new()), "[a\\\\' =]{0,3}", Just("\u{0}'\"\\\u{7f}\u{2028}🙂".to_owned())]
        .prop_map(String::into_boxed_str)
}

fn map() -> impl Strategy<Value = Cell> {
    let entries = prop::collection::btree_map(some_text(), prop::option::of(some_text()), 0..4);
    entries.prop_map(|entries| Cell::Map(entries.into_iter().collect()))
}

fn json() -> impl Strategy<Value = Cell> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    let nested = leaf.prop_recursive(4, 16, 3, |inner| {
        prop::collection::vec(inner, 0..3).prop_map(|items| format!("[{}]", items.join(" ,")))
    });
    nested.prop_map(|text| Cell::Json(text.into()))
}

/// One cell per type, within what the columns hold.
pub(crate) fn cells() -> impl Strategy<Value = Vec<Cell>> {
    let of_type = [
        any::<i64>().prop_map(Cell::Int).boxed(),
        prop_oneof![any::<f64>(), Just(f64::INFINITY), Just(-0.0), Just(f64::MIN_POSITIVE)]
            .prop_map(Cell::Double)
            .boxed(),
        (-999_999_999_999_999_999..=999_999_999_999_999_999_i64).prop_map(Cell::Decimal).boxed(),
        some_text().prop_map(Cell::Text).boxed(),
        any::<bool>().prop_map(Cell::Bool).boxed(),
        prop_oneof![-9_223_372_022_400_000_000..i64::MAX, -5_000_000_000_000_000..5_000_000_000_000_000_i64]
            .prop_map(Cell::Timestamp)
            .boxed(),
        (-2_147_483_646..i32::MAX).prop_map(Cell::Date).boxed(),
        map().boxed(),
        json().boxed(),
    ];
    of_type.map(|cell| prop_oneof![1 => Just(Cell::Null), 9 => cell].boxed()).to_vec()
}

/// What a reader should see of a cell.
fn seen(cell: &Cell, field: &Field) -> bool {
    match (cell, field) {
        (Cell::Null, Field::Null) => true,
        (Cell::Int(value), Field::Int(found)) => i128::from(*value) == *found,
        (Cell::Double(value), Field::Float(found)) => {
            value.total_cmp(found).is_eq() || value.is_nan() && found.is_nan()
        }
        (Cell::Decimal(value), Field::Decimal(found)) => {
            let sign = if *value < 0 { "-" } else { "" };
            let (whole, fraction) = (value.unsigned_abs() / 1_000_000, value.unsigned_abs() % 1_000_000);
            format!("{sign}{whole}.{fraction:06}") == *found
        }
        (Cell::Text(value), Field::Text(found)) | (Cell::Json(value), Field::Json(found)) => **value == **found,
        (Cell::Bool(value), Field::Bool(found)) => value == found,
        (Cell::Map(value), Field::Object(found)) => {
            let whole = |text: &str| text.replace('\0', "\u{fffd}");
            let name_of = |name: &str| match whole(name).strip_suffix('\\') {
                Some(start) => format!("{start}\u{ff3c}"),
                None => whole(name),
            };
            value.len() == found.len()
                && value.iter().zip(found).all(|((name, value), (found_name, found))| {
                    let expected = value.as_ref().map_or(Field::Null, |value| Field::Text(whole(value)));
                    name_of(name) == **found_name && expected == *found
                })
        }
        _ => false,
    }
}

/// Stores a row of extreme values, one of nothing, and one of what is usual.
pub(crate) fn store_some(warehouse: &dyn Warehouse) {
    let extreme = vec![
        Cell::Int(i64::MIN),
        Cell::Double(f64::NEG_INFINITY),
        Cell::Decimal(-999_999_999_999_999_999),
        text("\u{0}'\"\\\u{7f}\u{2028}🙂"),
        Cell::Bool(true),
        Cell::Timestamp(-9_223_372_022_400_000_000),
        Cell::Date(-2_147_483_646),
        Cell::Map(vec![
            ("ä'\"={}, \\".into(), Some("b=[c], 'd' \\".into())),
            ("n".into(), None),
            ("".into(), Some("".into())),
        ]),
        Cell::Json("{\"a\": [\"ü\\u0000\", 1e400]}".into()),
    ];
    let usual = vec![
        Cell::Int(7),
        Cell::Double(0.1),
        Cell::Decimal(1),
        text("NULL"),
        Cell::Bool(false),
        Cell::Timestamp(OBSERVED_AT + 1),
        Cell::Date(19_000),
        Cell::Map(vec![("NULL".into(), Some("NULL".into()))]),
        Cell::Json("null".into()),
    ];
    warehouse.ensure(&[&table()]).unwrap();
    let rows = (0..).zip([extreme, vec![Cell::Null; TYPES.len()], usual]).map(row);
    apply(warehouse, put(&table(), rows.collect()));
}

fn row((id, cells): (i64, Vec<Cell>)) -> Row {
    Row {
        cells: [Cell::Int(id)].into_iter().chain(cells).collect(),
        children: vec![],
        raw: "{}".into(),
        answer: answer(1, 1),
        deleted_at: None,
        narrow: false,
    }
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() }
}

fn come_back_as_they_went_in(bench: &Bench) {
    // Instants and days as numbers here, so that the engine's calendar is not compared with ours.
    let question = "select * replace (epoch_us(v5) as v5, v6 - date '1970-01-01' as v6) from types.t order by id";
    proptest!(config(), |(rows in prop::collection::vec(cells(), 1..20))| {
        let kept = bench.with_fresh(|warehouse| {
            warehouse.ensure(&[&table()]).unwrap();
            apply(warehouse, put(&table(), (0..).zip(rows.clone()).map(row).collect()));
            ask(warehouse, question)
        });
        prop_assert_eq!(kept.rows.len(), rows.len());
        for (cells, fields) in rows.iter().zip(&kept.rows) {
            for (cell, field) in cells.iter().zip(&fields[1..]) {
                let matches = match cell {
                    Cell::Timestamp(micros) => *field == Field::Int((*micros).into()),
                    Cell::Date(days) => *field == Field::Int((*days).into()),
                    other => seen(other, field),
                };
                prop_assert!(matches, "{:?} came back as {:?}", cell, field);
            }
        }
    });
}

/// The calendar of this crate writes what the engine writes.
fn instants_read_as_the_engine_reads_them(bench: &Bench) {
    let warehouse = bench.open();
    proptest!(config(), |(micros in -62_135_596_800_000_000..253_402_300_800_000_000_i64)| {
        let connection = duckdb::Connection::open_in_memory().unwrap();
        let engine: String = connection
            .query_row("select strftime(make_timestamp(?::bigint), '%Y-%m-%dT%H:%M:%S.%f')", [micros], |row| row.get(0))
            .unwrap();
        let question = format!("select make_timestamptz({micros}), make_timestamptz({micros})::date");
        let found = lines(&*warehouse, &question);
        let short = engine.strip_suffix(".000000").unwrap_or(&engine);
        prop_assert_eq!(&found[0], &format!("\"{short}Z\"|\"{}\"", &engine[..10]));
    });
}
