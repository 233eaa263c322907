//! SQL against a small provider, without HTTP: what T-SQL gives and what SQL Server says when it does not.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::answer::{self, Outcome};
use super::error::Fail;
use super::run::{Limits, Run};
use crate::clock::ClockMode;
use crate::options::Options;
use crate::sim::Sim;
use crate::times;

static SIM: LazyLock<Sim> = LazyLock::new(|| {
    let now = times::parse("2026-11-24T17:00:00").unwrap();
    Sim::new(Options { now: Some(now), tickets: 400, clock: ClockMode::Stepped, ..Options::default() }).unwrap()
});

fn body(sql: &str) -> Value {
    // As the lane runs it: tests have small stacks.
    let sql = sql.to_owned();
    let work = move || match answer::of(&SIM, &sql, false) {
        Outcome::Answer(body) => serde_json::from_slice(&body).unwrap(),
        _ => json!("no answer"),
    };
    std::thread::Builder::new().stack_size(super::STACK_BYTES).spawn(work).unwrap().join().unwrap()
}

/// The rows, each as the list of its values.
fn rows(sql: &str) -> Vec<Vec<Value>> {
    let body = body(sql);
    let Some(rows) = body["rows"].as_array() else { panic!("{sql}: {body}") };
    let columns: Vec<&str> =
        body["available_columns"].as_array().unwrap().iter().map(|column| column["name"].as_str().unwrap()).collect();
    rows.iter().map(|row| columns.iter().map(|column| row[*column].clone()).collect()).collect()
}

fn one(expression: &str) -> Value {
    rows(&format!("SELECT {expression} AS x")).remove(0).remove(0)
}

fn error(sql: &str) -> String {
    let body = body(sql);
    body["report"]["load_error"].as_str().unwrap_or_else(|| panic!("{sql} is good: {body}")).to_owned()
}

#[test]
fn expressions_give_what_sql_server_gives() {
    for (expression, expected) in [
        ("7 / 2", json!(3)),
        ("7 / 2.0", json!(3.5)),
        ("-7 % 3", json!(-1)),
        ("1 + NULL", json!(null)),
        ("'5' + 1", json!(6)),
        ("'a' + 'b'", json!("ab")),
        ("'a' + NULL", json!(null)),
        ("CONCAT('a', NULL, 1)", json!("a1")),
        ("CASE WHEN NULL = NULL THEN 'same' ELSE 'unknown' END", json!("unknown")),
        ("CASE 3 WHEN 1 THEN 'a' WHEN 3 THEN 'c' END", json!("c")),
        ("IIF('abc' = 'ABC  ', 1, 0)", json!(1)),
        ("ISNULL(NULL, 'x')", json!("x")),
        ("COALESCE(NULL, 1, 2.5)", json!(1.0)),
        ("NULLIF(1, 1)", json!(null)),
        ("CHOOSE(2, 'a', 'b')", json!("b")),
        ("LEN('abc  ')", json!(3)),
        ("LEFT('abcdef', 2) + RIGHT('abcdef', 2)", json!("abef")),
        ("SUBSTRING('abcdef', 2, 3)", json!("bcd")),
        ("SUBSTRING('abcdef', 0, 3)", json!("ab")),
        ("CHARINDEX('C', 'abcabc', 4)", json!(6)),
        ("REPLACE('Printer printer', 'PRINTER', 'x')", json!("x x")),
        ("UPPER('a') + LOWER('B') + LTRIM('  c') + RTRIM('d  ') + TRIM(' e ')", json!("Abcde")),
        ("STUFF('abcdef', 2, 3, 'x')", json!("axef")),
        ("CAST('12' AS INT) + 1", json!(13)),
        ("CAST(2.5 AS VARCHAR(10)) + '!'", json!("2.5!")),
        ("CAST(1 AS BIT)", json!(true)),
        ("TRY_CAST('x' AS INT)", json!(null)),
        ("TRY_CONVERT(DATE, 'soon')", json!(null)),
        ("CONVERT(VARCHAR(10), CAST('2026-11-24' AS DATE), 103)", json!("24/11/2026")),
        ("CONVERT(VARCHAR(8), GETDATE(), 112)", json!("20261124")),
        ("CAST('2026-11-24T10:30:00' AS DATETIME)", json!("2026-11-24T10:30:00")),
        ("CAST(GETDATE() AS DATE)", json!("2026-11-24T00:00:00")),
        ("DATEADD(month, -1, '2026-03-31')", json!("2026-02-28T00:00:00")),
        ("DATEDIFF(day, '2026-01-01', GETUTCDATE())", json!(327)),
        ("DATENAME(weekday, GETDATE()) + STR(DATEPART(hour, SYSUTCDATETIME()), 3)", json!("Tuesday 17")),
        ("DATEADD(DAY, DATEDIFF(DAY, 0, GETDATE()), 0)", json!("2026-11-24T00:00:00")),
        ("YEAR(GETDATE()) * 100 + MONTH(GETDATE())", json!(202_611)),
        ("EOMONTH('2026-02-10')", json!("2026-02-28T00:00:00")),
        ("DATEFROMPARTS(2026, 2, 3)", json!("2026-02-03T00:00:00")),
        ("FORMAT(GETDATE(), 'yyyy-MM')", json!("2026-11")),
        ("FORMAT(1234.5, 'N1')", json!("1,234.5")),
        ("ROUND(2.345, 2)", json!(2.35)),
        ("ABS(-3) + CEILING(1.2) + FLOOR(1.8)", json!(6)),
        ("GETDATE() AT TIME ZONE 'UTC' AT TIME ZONE 'GMT Standard Time'", json!("2026-11-24T17:00:00")),
        ("(SELECT COUNT(*) FROM TSTATUS WHERE 1 = 0)", json!(0)),
        ("(SELECT tstatusdesc FROM TSTATUS WHERE 1 = 0)", json!(null)),
        ("~5 & 7 | 8 ^ 1", json!(11)),
        ("3000000000 + 1", json!(3_000_000_001_i64)),
        ("1e3", json!(1000.0)),
    ] {
        assert_eq!(one(expression), expected, "{expression}");
    }
}

#[test]
fn conditions_have_three_answers() {
    for (condition, holds) in [
        ("NULL = NULL", false),
        ("NOT (NULL = 1)", false),
        ("NULL IS NULL", true),
        ("1 IN (2, NULL, 1)", true),
        ("1 NOT IN (2, NULL)", false),
        ("1 NOT IN (2, 3)", true),
        ("5 BETWEEN 1 AND 5 AND 'b' NOT BETWEEN 'c' AND 'd'", true),
        ("'100%' LIKE '100!%' ESCAPE '!'", true),
        ("'Printer' LIKE '[o-q]rint_r%'", true),
        ("EXISTS (SELECT 1 AS x WHERE 1 = 0)", false),
        ("1 = ANY (SELECT Tstatus FROM TSTATUS)", true),
        ("0 < ALL (SELECT Tstatus FROM TSTATUS)", true),
        ("NULL NOT IN (SELECT Tstatus FROM TSTATUS WHERE 1 = 0)", true),
        ("1.0 = 1 AND '1' = 1 AND N'x' = 'X'", true),
        ("'2026-11-24' = CAST('24 Nov 2026' AS DATETIME)", true),
        ("1 = 1 OR 1 / 0 = 1", true),
    ] {
        assert_eq!(rows(&format!("SELECT 1 AS x WHERE {condition}")).len(), usize::from(holds), "{condition}");
    }
}

#[test]
fn errors_are_those_of_sql_server() {
    for (sql, said) in [
        ("SELECT nope FROM FAULTS", "Invalid column name 'nope'."),
        ("SELECT f.nope FROM FAULTS f", "Invalid column name 'nope'."),
        ("SELECT x.Faultid FROM FAULTS f", "The multi-part identifier \"x.Faultid\" could not be bound."),
        ("SELECT 1 AS x FROM NOPE", "Invalid object name 'NOPE'."),
        ("SELECT 1 AS x FROM sys.tables", "Invalid object name 'sys.tables'."),
        ("SELECT Faultid FROM FAULTS f JOIN ACTIONS a ON a.Faultid = f.Faultid", "Ambiguous column name 'Faultid'."),
        ("SELECT Faultid FROM FAULTS ORDER BY Faultid", super::plan::UNSORTED),
        ("SELECT Tstatus FROM (SELECT Tstatus FROM TSTATUS ORDER BY Tstatus) s", super::plan::UNSORTED),
        ("SELECT 1, 2 AS y", "No column name was specified for column 1 of 'a'."),
        ("SELECT 1 AS x, 2 AS X", "The column 'X' was specified multiple times for 'a'."),
        (
            "SELECT * FROM FAULTS f JOIN ACTIONS a ON a.Faultid = f.Faultid",
            "The column 'Faultid' was specified multiple times for 'a'.",
        ),
        ("SELECT * FROM (SELECT COUNT(*) FROM FAULTS) c", "No column name was specified for column 1 of 'c'."),
        ("SELECT 1 / 0 AS x", "Divide by zero error encountered."),
        (
            "SELECT CAST('abc' AS INT) AS x",
            "Conversion failed when converting the varchar value 'abc' to data type int.",
        ),
        ("SELECT Faultid FROM FAULTS WHERE Symptom = 5", "Conversion failed when converting the nvarchar value"),
        ("SELECT 1 AS x WHERE '2026-99-99' < GETDATE()", "out-of-range value."),
        (
            "SELECT Status, COUNT(*) AS n FROM FAULTS",
            "Column 'faults.Status' is invalid in the select list because it is not contained in either an aggregate \
                function or the GROUP BY clause.",
        ),
        (
            "SELECT Status FROM FAULTS GROUP BY Status HAVING Slaid > 1",
            "Column 'faults.Slaid' is invalid in the HAVING clause",
        ),
        ("SELECT 1 AS x FROM FAULTS WHERE COUNT(*) > 1", "An aggregate may not appear in the WHERE clause"),
        ("SELECT (SELECT Tstatus FROM TSTATUS) AS x", "Subquery returned more than 1 value."),
        ("SELECT (SELECT Tstatus, tstatusdesc FROM TSTATUS) AS x", "Only one expression can be specified"),
        ("SELECT SUM(Symptom) AS x FROM FAULTS", "Operand data type nvarchar is invalid for sum operator."),
        (
            "SELECT Tstatus FROM TSTATUS UNION SELECT Tstatus, tstatusdesc FROM TSTATUS",
            "All queries combined using a UNION",
        ),
        ("SELECT nofunction(1) AS x", "'nofunction' is not a recognized built-in function name."),
        ("SELECT DATEADD(fortnight, 1, GETDATE()) AS x", "'fortnight' is not a recognized dateadd option."),
        ("SELECT ISNULL(1) AS x", "The isnull function requires 2 argument(s)."),
        ("SELECT @start AS x", "Must declare the scalar variable \"@start\"."),
        ("SELECT Faultid FROM FAULTS WHERE Symptom", "An expression of non-boolean type specified"),
        ("SELECT 1 + FROM FAULTS", "Incorrect syntax near the keyword 'FROM'."),
        ("SELECT Faultid INTO #copy FROM FAULTS", "Incorrect syntax near the keyword 'INTO'."),
        ("SELECT TOP 3 Tstatus FROM TSTATUS ORDER BY 5", "The ORDER BY position number 5 is out of range"),
        (
            "SELECT DISTINCT TOP 3 Status FROM FAULTS ORDER BY Faultid",
            "ORDER BY items must appear in the select list if SELECT DISTINCT",
        ),
        ("SELECT ROW_NUMBER() OVER (PARTITION BY Status) AS x FROM FAULTS", "must have an OVER clause with ORDER BY."),
        (
            "SELECT 1 AS x WHERE ROW_NUMBER() OVER (ORDER BY 1) = 1",
            "Windowed functions can only appear in the SELECT or ORDER BY clauses.",
        ),
        ("SELECT 2147483647 + 1 AS x", "Arithmetic overflow error converting expression to data type int."),
        ("SELECT a.x FROM (SELECT 1 AS x) a, (SELECT 2 AS x) a", "have the same exposed names."),
    ] {
        let error = error(sql);
        assert!(error.contains(said), "{sql}: {error}");
    }
}

#[test]
fn joins_keep_what_they_should() {
    let sides = "(SELECT 1 AS k, 'a' AS l UNION ALL SELECT 2, 'b' UNION ALL SELECT NULL, 'n') x {} JOIN \
        (SELECT 2 AS k, 'B' AS r UNION ALL SELECT 3, 'C' UNION ALL SELECT NULL, 'N') y";
    for (kind, condition, expected) in [
        ("INNER", "ON x.k = y.k", json!([["b", "B"]])),
        ("LEFT", "ON x.k = y.k", json!([["a", null], ["b", "B"], ["n", null]])),
        ("RIGHT", "ON x.k = y.k", json!([["b", "B"], [null, "C"], [null, "N"]])),
        ("FULL", "ON x.k = y.k", json!([["a", null], ["b", "B"], ["n", null], [null, "C"], [null, "N"]])),
        ("INNER", "ON x.k < y.k", json!([["a", "B"], ["a", "C"], ["b", "C"]])),
        ("LEFT", "ON x.k = y.k AND y.r = 'C'", json!([["a", null], ["b", null], ["n", null]])),
        ("LEFT", "ON x.k = y.k WHERE y.r IS NULL", json!([["a", null], ["n", null]])),
        ("LEFT", "ON x.k = y.k AND x.l <> 'b'", json!([["a", null], ["b", null], ["n", null]])),
    ] {
        let sql = format!("SELECT l, r FROM {} {condition}", sides.replace("{}", kind));
        assert_eq!(json!(rows(&sql)), expected, "{kind} {condition}");
    }
    assert_eq!(rows(&format!("SELECT l, r FROM {}", sides.replace("{}", "CROSS"))).len(), 9);
    let comma = "SELECT a.x FROM (SELECT 1 AS x UNION SELECT 2) a, (SELECT 2 AS x UNION SELECT 3) b WHERE a.x = b.x";
    assert_eq!(rows(comma), [[json!(2)]]);
}

#[test]
fn groups_windows_and_sets_follow_the_rules() {
    let few = "(VALUES (1, 'a', 10), (2, 'a', 20), (3, 'b', 20), (4, 'b', NULL)) v(id, part, n)";
    for (sql, expected) in [
        (
            "SELECT part, COUNT(*) AS c, COUNT(n) AS d, SUM(n) AS s, AVG(n) AS a, MIN(n) AS l, MAX(id) AS h FROM {} \
                GROUP BY part",
            json!([["a", 2, 2, 30, 15, 10, 2], ["b", 2, 1, 20, 20, 20, 4]]),
        ),
        ("SELECT COUNT(DISTINCT n) AS c, AVG(n * 1.0) AS a FROM {}", json!([[2, 16.666_666]])),
        ("SELECT SUM(n) AS s, COUNT(*) AS c FROM {} WHERE id > 9", json!([[null, 0]])),
        ("SELECT part FROM {} WHERE id > 9 GROUP BY part", json!([])),
        ("SELECT part FROM {} GROUP BY part HAVING SUM(n) > 20", json!([["a"]])),
        (
            "SELECT STRING_AGG(CAST(id AS VARCHAR(9)), '-') WITHIN GROUP (ORDER BY id DESC) AS l FROM {}",
            json!([["4-3-2-1"]]),
        ),
        ("SELECT UPPER(part) AS p, COUNT(*) AS c FROM {} GROUP BY UPPER(part)", json!([["A", 2], ["B", 2]])),
        (
            "SELECT CASE WHEN n > 10 THEN 'big' ELSE 'small' END AS size, COUNT(*) AS c FROM {} GROUP BY CASE WHEN n \
                > 10 THEN 'big' ELSE 'small' END",
            json!([["small", 2], ["big", 2]]),
        ),
        (
            "SELECT id, ROW_NUMBER() OVER (PARTITION BY part ORDER BY id DESC) AS r FROM {}",
            json!([[1, 2], [2, 1], [3, 2], [4, 1]]),
        ),
        (
            "SELECT id, RANK() OVER (ORDER BY n) AS r, DENSE_RANK() OVER (ORDER BY n) AS d FROM {}",
            json!([[1, 2, 2], [2, 3, 3], [3, 3, 3], [4, 1, 1]]),
        ),
        (
            "SELECT id, SUM(n) OVER (PARTITION BY part) AS s, SUM(n) OVER (ORDER BY id) AS t, COUNT(*) OVER () AS c \
                FROM {}",
            json!([[1, 30, 10, 4], [2, 30, 30, 4], [3, 20, 50, 4], [4, 20, 50, 4]]),
        ),
        (
            "SELECT id, LAG(id) OVER (ORDER BY id) AS b, LEAD(id, 1, 0) OVER (ORDER BY id) AS a FROM {}",
            json!([[1, null, 2], [2, 1, 3], [3, 2, 4], [4, 3, 0]]),
        ),
        ("SELECT part, SUM(COUNT(*)) OVER () AS all_rows FROM {} GROUP BY part", json!([["a", 4], ["b", 4]])),
        ("SELECT DISTINCT n FROM {}", json!([[10], [20], [null]])),
        ("SELECT TOP 2 id FROM {} ORDER BY n DESC, id DESC", json!([[3], [2]])),
        ("SELECT id FROM {} ORDER BY id OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY", json!([[2], [3]])),
        ("SELECT DISTINCT TOP 1 part FROM {} ORDER BY part DESC", json!([["b"]])),
        ("SELECT id FROM {} EXCEPT SELECT 2 AS x", json!([[1], [3], [4]])),
        ("SELECT n FROM {} INTERSECT SELECT NULL AS x", json!([[null]])),
        ("SELECT part FROM {} UNION SELECT 'c' AS x", json!([["a"], ["b"], ["c"]])),
        ("SELECT STUFF((SELECT ', ' + part FROM {} FOR XML PATH('')), 1, 2, '') AS l", json!([["a, a, b, b"]])),
        (
            "WITH x AS (SELECT part, n FROM {}), y (p, s) AS (SELECT part, SUM(n) FROM x GROUP BY part) SELECT p, s \
                FROM y WHERE s > 20",
            json!([["a", 30]]),
        ),
        (
            "SELECT v.id, z.b FROM {} OUTER APPLY (SELECT TOP 1 w.id AS b FROM (VALUES (1), (3)) w(id) WHERE w.id > \
                v.id ORDER BY w.id) z",
            json!([[1, 3], [2, 3], [3, null], [4, null]]),
        ),
        (
            "SELECT v.id, z.b FROM {} CROSS APPLY (SELECT w.id AS b FROM (VALUES (1), (3)) w(id) WHERE w.id = v.id) z",
            json!([[1, 1], [3, 3]]),
        ),
        ("SELECT total = SUM(n), [the part] = part FROM {} GROUP BY part", json!([[30, "a"], [20, "b"]])),
        (
            "SELECT id FROM {} WHERE n = (SELECT MAX(n) FROM (SELECT part AS p, n FROM {}) w WHERE w.p = v.part)",
            json!([[2], [3]]),
        ),
    ] {
        let sql = sql.replace("{}", few);
        assert_eq!(json!(rows(&sql)), expected, "{sql}");
    }
}

#[test]
fn a_key_is_looked_up_however_it_is_asked_for() {
    let all: Vec<i64> = rows("SELECT Faultid FROM FAULTS").iter().map(|row| row[0].as_i64().unwrap()).collect();
    assert!(all.is_sorted() && all.len() > 400);
    let (first, last) = (all[10], all[50]);
    let middle = all.iter().filter(|id| (first..=last).contains(*id)).count();
    for (condition, expected) in [
        (format!("Faultid >= {first} AND Faultid <= {last}"), middle),
        (format!("Faultid > {first} AND Faultid < {last}"), middle - 2),
        (format!("{first} <= Faultid AND NOT Faultid > {last}"), middle),
        (format!("Faultid BETWEEN {first} AND {last}"), middle),
        (format!("Faultid IN ({last}, {first}, 1)"), 2),
        (format!("Faultid = {first} OR Faultid = '{last}'"), 2),
        (format!("Faultid = {first} AND Faultid = {last}"), 0),
        (format!("Faultid IN (SELECT Faultid FROM ACTIONS WHERE Faultid = {first})"), 1),
        (format!("Faultid > {first}.5 AND Faultid <= {last}"), middle - 1),
    ] {
        assert_eq!(rows(&format!("SELECT Faultid FROM FAULTS WHERE {condition}")).len(), expected, "{condition}");
    }
    let sorted = rows("SELECT TOP 3 Faultid FROM FAULTS ORDER BY Faultid DESC");
    assert_eq!(json!(sorted), json!([[all[all.len() - 1]], [all[all.len() - 2]], [all[all.len() - 3]]]));
}

#[test]
fn correlated_subqueries_look_at_the_row_around_them() {
    let by_join = "SELECT f.Faultid, COUNT(a.Faultid) AS n FROM FAULTS f LEFT JOIN ACTIONS a ON a.Faultid = f.Faultid \
        AND a.whoagentid = f.Assignedtoint GROUP BY f.Faultid";
    for subquery in [
        "SELECT COUNT(*) FROM ACTIONS a WHERE a.Faultid = f.Faultid AND a.whoagentid = f.Assignedtoint",
        "SELECT COUNT(*) FROM ACTIONS a WHERE a.Faultid + 0 = f.Faultid AND f.Assignedtoint = a.whoagentid",
        "SELECT COUNT(*) FROM ACTIONS a, FAULTS g WHERE g.Faultid = a.Faultid AND g.Faultid = f.Faultid AND \
            a.whoagentid = g.Assignedtoint",
        "SELECT COUNT(*) FROM (SELECT whoagentid AS w FROM ACTIONS WHERE Faultid = f.Faultid) a WHERE a.w = \
            f.Assignedtoint",
        "SELECT SUM(CASE WHEN a.whoagentid = f.Assignedtoint THEN 1 ELSE 0 END) FROM ACTIONS a WHERE a.Faultid = \
            f.Faultid",
    ] {
        let sql = format!("SELECT f.Faultid, ({subquery}) AS n FROM FAULTS f");
        assert_eq!(rows(&sql), rows(by_join), "{subquery}");
    }
    let exists = "SELECT Tstatus FROM TSTATUS t WHERE EXISTS (SELECT 1 FROM FAULTS f WHERE f.Status = t.Tstatus AND \
        f.Faultid \
        IN (SELECT a.Faultid FROM ACTIONS a WHERE a.Faultid = f.Faultid AND a.ActionStatusAfter = t.Tstatus))";
    let plain = "SELECT DISTINCT f.Status FROM FAULTS f JOIN ACTIONS a ON a.Faultid = f.Faultid AND \
        a.ActionStatusAfter = f.Status";
    assert_eq!(rows(exists).len(), rows(plain).len());
}

#[test]
fn the_schema_can_be_asked_for() {
    let tables = rows("SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_TYPE = 'BASE TABLE'");
    assert!(tables.contains(&vec![json!("FAULTS")]) && tables.len() >= 20);
    let custom = "SELECT COLUMN_NAME, DATA_TYPE FROM information_schema.columns WHERE TABLE_NAME = 'faults' AND \
        COLUMN_NAME LIKE 'CF%'";
    assert_eq!(json!(rows(custom)), json!([["CFRootCause", "nvarchar"], ["CFRemote", "bit"]]));
    for table in tables {
        let table = table[0].as_str().unwrap();
        let width =
            rows(&format!("SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = '{table}'")).len();
        assert_eq!(body(&format!("SELECT TOP 0 * FROM {table}"))["availablefields"].as_array().unwrap().len(), width);
        assert!(body(&format!("SELECT TOP 5 * FROM dbo.[{table}]"))["rows"].is_array(), "{table}");
    }
}

#[test]
fn what_would_take_too_much_is_refused() {
    let effects = crate::traps::Effects::default();
    let limited = |limits: Limits, sql: &str| match answer::rows(&Run::new(&SIM, &effects, limits), sql) {
        Ok(_) => "good".to_owned(),
        Err(Fail::Sql(sentence)) => sentence,
        Err(Fail::Timeout) => "504".to_owned(),
    };
    let cross = "SELECT COUNT(*) AS n FROM FAULTS a CROSS JOIN FAULTS b";
    for (limits, said) in [
        (Limits::default(), "good"),
        (Limits { pairs: 1_000, ..Limits::default() }, super::error::TOO_MANY_PAIRS),
        (Limits { kept_bytes: 1_000, ..Limits::default() }, super::error::NO_MEMORY),
        (Limits { rows: 500, ..Limits::default() }, "504"),
        (Limits { time: std::time::Duration::ZERO, ..Limits::default() }, "504"),
    ] {
        assert_eq!(limited(limits, cross), said);
    }
    let doubling = (0..12).fold("WITH a0 AS (SELECT 1 AS x)".to_owned(), |sql, at| {
        format!("{sql}, a{} AS (SELECT l.x FROM a{at} l CROSS JOIN a{at} r)", at + 1)
    });
    assert!(error(&format!("{doubling} SELECT x FROM a12")).contains("nested too deeply"));
    let long = format!("SELECT 1{} AS x", " + 1".repeat(3_000));
    assert!(error(&long).contains("nested too deeply"));
    let ors = format!("SELECT COUNT(*) AS n FROM TSTATUS WHERE Tstatus = 1{}", " OR Tstatus = 2".repeat(2_000));
    assert_eq!(json!(rows(&ors)), json!([[2]]));
}
