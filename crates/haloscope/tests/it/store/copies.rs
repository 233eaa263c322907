//! A store is copied into another one of either engine.

use std::path::{Path, PathBuf};

use haloscope::store::{Copying, Store, StoreAddress, StoreError, StoreReader};
use sqlx::{AssertSqlSafe, SqlitePool};

/// Rows of each table, more than two pages.
const ROWS: u32 = 1_203;

async fn pool(path: &Path) -> SqlitePool {
    SqlitePool::connect(&format!("sqlite://{}", path.display())).await.unwrap()
}

/// Name, columns with type, and whether one may be missing, of each table that is copied: not of those that let somebody in.
async fn tables(pool: &SqlitePool) -> Vec<(String, Vec<(String, String, bool)>)> {
    let sql = "select m.name, c.name, c.type, c.\"notnull\" = 0 and c.pk = 0 from sqlite_schema m, pragma_table_xinfo(m.name) c \
               where m.type = 'table' and m.name not like 'sqlite_%' and m.name not like '_sqlx%' \
               and m.name not in ('sessions', 'links') order by m.rootpage, c.cid";
    let rows: Vec<(String, String, String, bool)> = sqlx::query_as(sql).fetch_all(pool).await.unwrap();
    let mut tables: Vec<(String, Vec<_>)> = Vec::new();
    for (table, column, kind, may_miss) in rows {
        match tables.last_mut() {
            Some((name, columns)) if *name == table => columns.push((column, kind, may_miss)),
            _ => tables.push((table, vec![(column, kind, may_miss)])),
        }
    }
    // What others refer to comes first.
    let is_referred = |name: &str| ["connections", "deliveries"].iter().position(|known| *known == name).unwrap_or(2);
    tables.sort_by_key(|(name, _)| is_referred(name));
    tables
}

/// Rows in every table, with values that are hard to keep.
async fn fill(path: &Path) {
    let pool = pool(path).await;
    for (table, columns) in tables(&pool).await {
        let values = columns.iter().map(|(name, kind, may_miss)| {
            let value = match (name.as_str(), kind.as_str()) {
                ("connection", _) if table == "guards" => "n",
                ("connection", _) => "1 + n % 7",
                ("id" | "number", _) => "n * 2",
                (_, "INTEGER") => "n * 7600000000000001 * iif(n % 2, 1, -1)",
                (_, "TEXT") => "iif(n % 5, 'ö''\"\\n\u{2028}🙂 ' || n, '')",
                _ => "unhex(printf('00ff%08x', n))",
            };
            // Texts within keys differ.
            let value = if kind == "TEXT" && !may_miss { "'ÄZaz_' || n" } else { value };
            if *may_miss { format!("iif(n % 3, {value}, null)") } else { value.to_owned() }
        });
        let names: Vec<_> = columns.iter().map(|(name, ..)| name.as_str()).collect();
        let sql = format!(
            "with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < {ROWS}) \
             insert into {table} ({}) select {} from numbers",
            names.join(", "),
            values.collect::<Vec<_>>().join(", "),
        );
        // Connections have even numbers.
        let sql = sql.replace("1 + n % 7", "2 + n % 7 * 2").replace("select n from", "select n * 2 from");
        let sql = if table == "guards" { sql.replace("select n, ", "select n * 2, ") } else { sql };
        sqlx::query(AssertSqlSafe(sql.clone())).execute(&pool).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    // The last numbers were given once, and must not be given again.
    for statement in ["delete from deliveries where number > 2000", "delete from ledger where number > 2000"] {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    pool.close().await;
}

/// Everything in a file.
async fn whole(path: &Path) -> Vec<String> {
    let pool = pool(path).await;
    let mut lines: Vec<String> =
        sqlx::query_scalar("select name || ' ' || seq from sqlite_sequence order by 1").fetch_all(&pool).await.unwrap();
    for (table, columns) in tables(&pool).await {
        let columns: Vec<_> = columns.iter().map(|(name, ..)| format!("quote({name})")).collect();
        let sql = format!("select '{table} ' || {} from {table} order by 1", columns.join(" || ' ' || "));
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&pool).await.unwrap();
        assert!(rows.len() > 900, "{table}");
        lines.extend(rows);
    }
    pool.close().await;
    lines
}

async fn copy(
    from: &StoreAddress,
    to: &StoreAddress,
    told: &mut (dyn FnMut(Copying) -> bool + Send),
) -> Result<u64, StoreError> {
    let mut from = StoreReader::open(from).await?;
    let store = Store::open_as_it_is(to).await?;
    let done = store.fill_from(&mut from, to, told).await;
    store.close().await;
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_has_each_row_on_either_engine_and_can_be_stopped() {
    let Some(server) = local_postgres::for_tests() else { return };
    server.database("store").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| -> PathBuf { folder.path().join(name) };
    let first = StoreAddress::Sqlite(file("first"));
    Store::open(&first).await.unwrap().close().await;
    fill(&file("first")).await;
    let expected = whole(&file("first")).await;
    let before = std::fs::read(file("first")).unwrap();

    let middle = StoreAddress::Postgres(server.address("store").parse().unwrap());
    let last = StoreAddress::Sqlite(file("last"));
    for (from, to) in [(&first, &middle), (&middle, &last)] {
        let mut stops = 0;
        loop {
            let mut left = 7 + stops * 5;
            let mut told = |_: Copying| {
                left -= 1;
                left > 0
            };
            match copy(from, to, &mut told).await {
                Err(StoreError::Stopped) => stops += 1,
                done => {
                    assert!(done.unwrap() > 13 * 900 && stops > 5, "{stops}");
                    break;
                }
            }
        }
    }
    assert_eq!(whole(&file("last")).await, expected);
    assert!(std::fs::read(file("first")).unwrap() == before, "the original is as it was");

    // What is not the same is told.
    server.run("store", "update haloscope.observed set body = body || ' ' where sequence = (select max(sequence) from haloscope.observed)").unwrap();
    let error = copy(&first, &middle, &mut |_| true).await.unwrap_err();
    assert!(matches!(error, StoreError::Differs { table: "observed" }), "{error:?}");
}

#[tokio::test]
async fn a_store_is_read_as_it_was_when_it_was_opened() {
    let Some(server) = local_postgres::for_tests() else { return };
    server.database("store").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let sqlite = StoreAddress::Sqlite(folder.path().join("store"));
    for from in [sqlite, StoreAddress::Postgres(server.address("store").parse().unwrap())] {
        let store = Store::open(&from).await.unwrap();
        store.setting_set("a", &1).await.unwrap();
        let mut reader = StoreReader::open(&from).await.unwrap();
        store.setting_set("a", &2).await.unwrap();
        store.setting_set("b", &3).await.unwrap();
        let to = StoreAddress::Sqlite(
            folder
                .path()
                .join(format!("copy{}", usize::from(from == StoreAddress::Sqlite(folder.path().join("store"))))),
        );
        let copied = Store::open_as_it_is(&to).await.unwrap();
        copied.fill_from(&mut reader, &to, &mut |_| true).await.unwrap();
        assert_eq!(copied.setting_get::<i64>("a").await.unwrap(), Some(1));
        assert_eq!(copied.setting_get::<i64>("b").await.unwrap(), None);
        copied.close().await;
        store.close().await;
    }
    drop(server);
}
