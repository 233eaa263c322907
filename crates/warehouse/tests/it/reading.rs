//! SQL that people write.

use std::{fs, time::Duration};

use warehouse::{
    Error, Upkeep,
    reader::{self, Limits, Source},
};

use crate::{kit::*, lake_faults::files, values};

on_every_engine![
    each_type_has_its_form,
    statements_that_read_run,
    what_was_stored_is_read,
    anything_else_is_refused_without_telling_paths,
    a_schema_that_is_not_there_is_told,
    memory_has_an_end,
];

pub(crate) const LIMITS: Limits = Limits { memory_bytes: 64 << 20, threads: 1 };

fn snapshot(bench: &Bench) -> Source {
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    apply(&*warehouse, put(&tickets(), vec![ticket(1, 1, OBSERVED_AT, answer(1, 2))]));
    drop(warehouse);
    bench.source()
}

fn read(source: &Source, sql: &str) -> warehouse::Result<Kept> {
    let mut kept = Kept::default();
    reader::run(source, "halo", sql, &LIMITS, &mut kept).map(|()| kept)
}

fn each_type_has_its_form(bench: &Bench) {
    let source = snapshot(bench);
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
        let kept =
            read(&source, &format!("select {expression} as v")).unwrap_or_else(|error| panic!("{expression}: {error}"));
        assert_eq!((&*kept.columns[0].type_name, &*kept.lines()[0]), (type_name, json), "{expression}");
    }
}

fn statements_that_read_run(bench: &Bench) {
    let source = snapshot(bench);
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
        let kept = read(&source, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert!(!kept.columns.is_empty() && !kept.rows.is_empty(), "{sql}");
    }
}

/// In a lake also what is not in a file yet, and what was changed since; every type, hostile values and the engine's own columns.
fn what_was_stored_is_read(bench: &Bench) {
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    let named = |id, name: &str, asked| client(id, name, asked);
    apply(&*warehouse, put(&clients(), (1..2_000).map(|id| named(id, "many", 1)).collect()));
    apply(&*warehouse, put(&clients(), vec![named(1, "Bäckerei 表🙂", 3), named(2, "zero\u{0}byte'\"\\", 3)]));
    apply(&*warehouse, put(&tickets(), vec![ticket(1, 1, OBSERVED_AT, answer(1, 2)), ticket(2, 1, -1, answer(1, 2))]));
    apply(&*warehouse, put(&tickets(), vec![ticket(1, 2, OBSERVED_AT + 1, answer(3, 4))]));
    values::store_some(&*warehouse);
    let questions = ["clients", "tickets", "ticket_lines", "changes", "projects"].map(|table| format!("halo.{table}"));
    let questions = questions
        .into_iter()
        .chain(["halo_raw.clients".into(), "types.t".into()])
        .map(|table| format!("select * from {table} order by all"));
    let questions: Vec<_> = questions.collect();
    let seen: Vec<_> = questions.iter().map(|question| lines(&*warehouse, question)).collect();
    drop(warehouse);
    let source = bench.source();
    for (question, seen) in questions.iter().zip(seen) {
        assert_eq!(read(&source, question).unwrap().lines(), seen, "{question}");
    }
}

fn anything_else_is_refused_without_telling_paths(bench: &Bench) {
    let source = snapshot(bench);
    let folder = bench.folder().display().to_string();
    let attach = format!("select * from '{folder}/w.duckdb'");
    let text = format!("select * from read_text('{folder}/*')");
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
        &text,
        "select cast('x' as integer)",
    ] {
        match read(&source, sql).map(|kept| kept.lines()) {
            Err(Error::Query(text)) => assert!(!text.contains(&folder), "{sql}: {text}"),
            other => panic!("{sql}: {other:?}"),
        }
    }
}

fn a_schema_that_is_not_there_is_told(bench: &Bench) {
    let source = snapshot(bench);
    let ask = |schema: &str, sql: &str| reader::run(&source, schema, sql, &LIMITS, &mut Kept::default());
    ask("other", "select * from halo.tickets").unwrap();
    let told = ask("other", "select * from tickets").unwrap_err().to_string();
    assert!(told.ends_with("There is no schema `other` here, but `halo`."), "{told}");
    let told = ask("halo", "select * from nothing").unwrap_err().to_string();
    assert!(!told.contains("no schema"), "{told}");
}

fn memory_has_an_end(bench: &Bench) {
    let source = snapshot(bench);
    let before = std::fs::read_dir(bench.folder()).unwrap().count();
    let sql = "select max(a.range || b.range || c.range) from (select distinct range || 'x' as range from range(3000000)) a, \
               range(1) b, range(1) c";
    let ran = reader::run(&source, "halo", sql, &Limits { memory_bytes: 16 << 20, threads: 1 }, &mut Kept::default());
    assert!(matches!(ran, Err(Error::OutOfMemory(_))), "{ran:?}");
    assert_eq!(std::fs::read_dir(bench.folder()).unwrap().count(), before, "nothing was moved to disk");
}

/// Who may ask the warehouse may not thereby ask the server of its catalogue, nor other lakes in it.
#[test]
fn a_reader_of_a_lake_reaches_nothing_else() {
    let Some(bench) = Bench::lake() else { return };
    let source = snapshot(&bench);
    bench.try_open("other").unwrap();
    let address = bench.address("w");
    let (folder, catalog) = (bench.folder().display(), &address.catalog);
    for sql in [
        format!("select * from postgres_scan('{catalog}', 'lake_w', 'ducklake_table')"),
        format!("select * from postgres_query('{catalog}', 'select 1')"),
        format!("select * from glob('{folder}/other/**')"),
        format!("select * from read_text('{folder}/*')"),
        "select * from read_text('/etc/hostname')".to_owned(),
        "select * from ducklake_expire_snapshots('haloscope', older_than => now())".to_owned(),
    ] {
        assert!(matches!(read(&source, &sql), Err(Error::Query(_))), "{sql}");
    }
    for sql in ["from duckdb_databases()", "from duckdb_settings()", "from ducklake_options('haloscope')"] {
        let lines = read(&source, sql).unwrap().lines().join("\n");
        assert!(!lines.contains("postgres") && !lines.contains("127.0.0.1"), "{sql}: {lines}");
    }
}

#[test]
fn damage_is_told_with_the_lakes_name_and_no_error_tells_a_path() {
    type Damage = fn(&[u8]) -> Vec<u8>;
    let Some(bench) = Bench::lake() else { return };
    let lake = bench.try_open("w").unwrap();
    ensure_all(&lake);
    apply(&lake, put(&clients(), (1..2_000).map(|id| client(id, &format!("client {id}"), 1)).collect()));
    drop(lake);
    let source = bench.source();
    let whole: Vec<_> = files(&bench.data("w")).into_iter().map(|file| (fs::read(&file).unwrap(), file)).collect();
    let damages: [Damage; 4] = [
        |_| Vec::new(),
        |whole| whole[..100].to_vec(),
        |whole| whole[..whole.len() - 1].to_vec(),
        |whole| [&whole[..4], &vec![0xff; whole.len() / 2], &whole[4 + whole.len() / 2..]].concat(),
    ];
    for (number, damage) in damages.into_iter().enumerate() {
        whole.iter().for_each(|(bytes, file)| fs::write(file, damage(bytes)).unwrap());
        let seen = read(&source, "select count(distinct name) from clients");
        assert!(matches!(&seen, Err(Error::Broken { warehouse, .. }) if warehouse == "lake_w"), "{number}: {seen:?}");
    }
    let Source::Lake(mut copy) = source else { unreachable!() };
    copy.catalog = bench.folder().join("nowhere.duckdb");
    for nowhere in [Source::File(copy.catalog.clone()), Source::Lake(copy)] {
        let error = chain(&read(&nowhere, "select 1").unwrap_err());
        assert!(!error.contains(bench.folder().to_str().unwrap()), "{error}");
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(chain).unwrap_or_default();
    format!("{error}: {cause}")
}

/// The engine would let it delete what waits for that.
#[test]
fn a_reader_of_a_lake_changes_no_files() {
    let Some(bench) = Bench::lake() else { return };
    let lake = bench.try_open("w").unwrap();
    ensure_all(&lake);
    for round in 1..4 {
        apply(&lake, put(&clients(), (1..2_000).map(|id| client(id, "again", 5 * round)).collect()));
    }
    for piece in [Upkeep::Rewrite, Upkeep::Expire] {
        lake.upkeep_piece(piece, Duration::ZERO).unwrap();
    }
    drop(lake);
    let (source, data) = (bench.source(), bench.data("w"));
    let before = files(&data);
    for call in [
        "ducklake_cleanup_old_files('haloscope', cleanup_all => true)",
        "ducklake_delete_orphaned_files('haloscope', cleanup_all => true)",
        "ducklake_merge_adjacent_files('haloscope')",
        "ducklake_rewrite_data_files('haloscope', delete_threshold => 0)",
        "ducklake_flush_inlined_data('haloscope')",
    ] {
        for sql in [
            format!("select * from {call}"),
            format!("select * from query('select * from {}')", call.replace('\'', "''")),
        ] {
            let refused = read(&source, &sql);
            assert!(matches!(refused, Err(Error::Query(_))), "{sql}: {refused:?}");
        }
    }
    assert_eq!(files(&data), before);
}

#[test]
fn a_lake_is_read_as_it_was() {
    let Some(bench) = Bench::lake() else { return };
    let warehouse = bench.open();
    ensure_all(&*warehouse);
    let mut versions = Vec::new();
    for status in 1..4 {
        apply(&*warehouse, put(&tickets(), vec![ticket(1, status, status, answer(10 * status, 10 * status + 1))]));
        versions.push(lines(&*warehouse, "select max(snapshot_id) from ducklake_snapshots('haloscope')").remove(0));
    }
    drop(warehouse);
    let source = bench.source();
    for (version, status) in versions.iter().zip(1..) {
        let sql = format!("select status_id from tickets at (version => {version})");
        assert_eq!(read(&source, &sql).unwrap().lines(), [status.to_string()]);
    }
}
