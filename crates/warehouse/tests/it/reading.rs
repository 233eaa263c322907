//! SQL that people write.

use std::path::PathBuf;

use tempfile::TempDir;
use warehouse::{
    DuckDb, Error, OpenOptions,
    reader::{self, Limits},
};

use crate::kit::*;

const LIMITS: Limits = Limits { memory_bytes: 64 << 20, threads: 1 };

fn snapshot() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("warehouse.duckdb");
    let warehouse = DuckDb::open_file(&path, &OpenOptions::default()).unwrap();
    ensure_all(&warehouse);
    apply(&warehouse, put(&tickets(), vec![ticket(1, 1, OBSERVED_AT, answer(1, 2))]));
    (folder, path)
}

#[test]
fn each_type_has_its_form() {
    let (_folder, path) = snapshot();
    let cases = [
        ("null", "INTEGER", "null"),
        ("true", "BOOLEAN", "true"),
        ("(-128)::tinyint", "TINYINT", "-128"),
        ("18446744073709551615::ubigint", "UBIGINT", "18446744073709551615"),
        ("(-170141183460469231731687303715884105728)::hugeint", "HUGEINT", "-170141183460469231731687303715884105728"),
        ("340282366920938463463374607431768211455::uhugeint", "UHUGEINT", "340282366920938463463374607431768211455"),
        ("0.1::float", "FLOAT", "0.1"),
        ("1e300::double", "DOUBLE", "1e300"),
        ("'nan'::double", "DOUBLE", "null"),
        ("1.10::decimal(4,2)", "DECIMAL(4,2)", "1.10"),
        ("-0.05::decimal(38,2)", "DECIMAL(38,2)", "-0.05"),
        ("12::decimal(4,0)", "DECIMAL(4,0)", "12"),
        ("'é\"'", "VARCHAR", "\"é\\\"\""),
        ("'\\x00\\xFF'::blob", "BLOB", "\"00ff\""),
        ("'0101'::bit", "BIT", "\"0101\""),
        ("'12345678-1234-1234-1234-123456789abc'::uuid", "UUID", "\"12345678-1234-1234-1234-123456789abc\""),
        ("date '2024-02-29'", "DATE", "\"2024-02-29\""),
        ("date 'infinity'", "DATE", "\"infinity\""),
        ("time '01:02:03.5'", "TIME", "\"01:02:03.500000\""),
        ("timestamp '2024-02-29 01:02:03'", "TIMESTAMP", "\"2024-02-29T01:02:03\""),
        ("timestamptz '2024-02-29 01:02:03+01'", "TIMESTAMP WITH TIME ZONE", "\"2024-02-29T00:02:03Z\""),
        ("timestamp_s '2024-02-29 01:02:03'", "TIMESTAMP_S", "\"2024-02-29T01:02:03\""),
        ("'2024-02-29 01:02:03.123456789'::timestamp_ns", "TIMESTAMP_NS", "\"2024-02-29T01:02:03.123456789\""),
        ("interval '14 months 3 days 04:05:06'", "INTERVAL", "\"1 year 2 months 3 days 04:05:06\""),
        ("[1, null, 3]", "INTEGER[]", "[1,null,3]"),
        ("[[1], []]", "INTEGER[][]", "[[1],[]]"),
        ("{'a': 1, 'b c': [true]}", "STRUCT(a INTEGER, b c BOOLEAN[])", "{\"a\":1,\"b c\":[true]}"),
        ("map {'k': 1.5}", "MAP(VARCHAR, DECIMAL(2,1))", "{\"k\":1.5}"),
        ("'{\"a\": 1}'::json", "JSON", "{\"a\": 1}"),
        ("'x'::enum('x', 'y')", "ENUM", "\"x\""),
        ("array_value(1, 2)", "INTEGER[n]", "[1,2]"),
        ("union_value(n := 5)", "UNION", "5"),
        ("time_ns '01:02:03.123456789'", "TIME_NS", "\"01:02:03.123456789\""),
        ("[interval 1 day, null]", "INTERVAL[]", "[\"1 day\",null]"),
    ];
    for (expression, type_name, json) in cases {
        let mut kept = Kept::default();
        reader::run(&path, "halo", &format!("select {expression} as v"), &LIMITS, &mut kept)
            .unwrap_or_else(|error| panic!("{expression}: {error}"));
        assert_eq!((&*kept.columns[0].type_name, &*kept.lines()[0]), (type_name, json), "{expression}");
    }
}

#[test]
fn statements_that_read_run() {
    let (_folder, path) = snapshot();
    for sql in [
        "select count(*) from halo.tickets where last_update > now() - interval 100 years",
        "with t as (select 1) select * from t;",
        "from halo.tickets",
        "describe halo.tickets",
        "show all tables",
        "explain select 1",
        "explain analyze select 1",
        "summarize halo.tickets",
        "values (1), (2)",
        "pivot halo.tickets on status_id using count(*)",
        "select date_trunc('month', last_update at time zone 'Europe/Berlin') from halo.tickets",
    ] {
        let mut kept = Kept::default();
        reader::run(&path, "halo", sql, &LIMITS, &mut kept).unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert!(!kept.columns.is_empty() && !kept.rows.is_empty(), "{sql}");
    }
}

#[test]
fn anything_else_is_refused_without_telling_paths() {
    let (folder, path) = snapshot();
    let folder = folder.path().display().to_string();
    let attach = format!("select * from '{}'", path.display());
    let read = format!("select * from read_text('{folder}/*')");
    for sql in [
        "delete from halo.tickets",
        "with t as (select 1 as id) delete from halo.tickets where id in (from t)",
        "select 1; select 2",
        "set threads = 8",
        "explain delete from halo.tickets",
        "select * from nowhere",
        "selec 1",
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        &attach,
        &read,
        "select cast('x' as integer)",
    ] {
        match reader::run(&path, "halo", sql, &LIMITS, &mut Kept::default()) {
            Err(Error::Query(text)) => assert!(!text.contains(&folder), "{sql}: {text}"),
            other => panic!("{sql}: {other:?}"),
        }
    }
}

#[test]
fn memory_has_an_end() {
    let (folder, path) = snapshot();
    let sql = "select max(a.range || b.range || c.range) from (select distinct range || 'x' as range from range(3000000)) a, \
               range(1) b, range(1) c";
    let ran = reader::run(&path, "halo", sql, &Limits { memory_bytes: 16 << 20, threads: 1 }, &mut Kept::default());
    assert!(matches!(ran, Err(Error::OutOfMemory(_))), "{ran:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was moved to disk");
}
