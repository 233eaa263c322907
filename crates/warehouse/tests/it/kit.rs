//! Tables, rows and questions that the tests share.

use std::{
    cell,
    collections::BTreeSet,
    env, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use local_postgres::Server;
use tempfile::TempDir;
use warehouse::{
    Answer, Applied, Batch, BucketAccess, Cell, Child, Column, ColumnType, DuckDb, Echo, Extensions, Field, Interrupt,
    Key, LakeAddress, LakeFolder, OpenOptions, Origin, ResultColumn, Row, Sink, Table, Tombstone, Warehouse,
    reader::Source,
};

/// Where the warehouses of one test are.
pub(crate) struct Bench {
    folder: TempDir,
    server: Option<Server>,
    bucket: Option<local_s3::Server>,
    fresh: cell::Cell<u32>,
    /// Lakes whose folder was made. One that a test takes away stays away.
    made: cell::RefCell<BTreeSet<String>>,
}

impl Bench {
    /// Warehouses in DuckDB files.
    pub(crate) fn file() -> Self {
        let (fresh, made) = (cell::Cell::new(0), cell::RefCell::default());
        Self { folder: TempDir::new().unwrap(), server: None, bucket: None, fresh, made }
    }

    /// Warehouses in lakes; none where PostgreSQL or the extensions are missing, but in CI.
    pub(crate) fn lake() -> Option<Self> {
        if let Extensions::Folder(folder) = extensions()
            && !folder.join("ducklake.duckdb_extension").exists()
            && env::var_os("CI").is_none()
        {
            eprintln!("not tried on a lake: `cargo x setup` brings DuckDB's extensions, with Python 3");
            return None;
        }
        let server = local_postgres::for_tests()?;
        server.database("lake").unwrap();
        Some(Self { server: Some(server), ..Self::file() })
    }

    /// The same with their files in a bucket.
    pub(crate) fn bucket() -> Option<Self> {
        Some(Self { bucket: Some(local_s3::for_tests()?), ..Self::lake()? })
    }

    /// Opens the warehouse under test; called again after a drop, it opens the same one.
    pub(crate) fn open(&self) -> Box<dyn Warehouse> {
        Box::new(self.try_open("w").unwrap())
    }

    /// Opens the warehouse of a name, which may be the name of a schema or of a file.
    pub(crate) fn try_open(&self, name: &str) -> warehouse::Result<DuckDb> {
        let options = OpenOptions::default();
        match &self.server {
            None => DuckDb::open_file(&self.folder.path().join(format!("{name}.duckdb")), &options),
            Some(_) => DuckDb::open_lake(&self.address(name), &extensions(), &options),
        }
    }

    /// What a reader of the warehouse under test gets. It must not be open where it is a file.
    pub(crate) fn source(&self) -> Source {
        if self.server.is_none() {
            return Source::File(self.folder.path().join("w.duckdb"));
        }
        self.fresh.set(self.fresh.get() + 1);
        let to = self.folder.path().join(format!("copy{}.duckdb", self.fresh.get()));
        Source::Lake(self.address("w").copy(&extensions(), &to).unwrap().unwrap())
    }

    /// A new warehouse.
    pub(crate) fn with_fresh<T>(&self, test: impl Fn(&dyn Warehouse) -> T) -> T {
        self.fresh.set(self.fresh.get() + 1);
        test(&self.try_open(&format!("fresh{}", self.fresh.get())).unwrap())
    }

    /// The lake of a name.
    pub(crate) fn address(&self, name: &str) -> LakeAddress {
        if self.made.borrow_mut().insert(name.to_owned()) {
            std::fs::create_dir_all(self.data(name)).unwrap();
        }
        LakeAddress {
            catalog: self.server().address("lake"),
            schema: format!("lake_{name}"),
            data: self.lake_folder(name),
        }
    }

    /// Where the files of the lake of a name are, if they are in a folder.
    pub(crate) fn data(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn lake_folder(&self, name: &str) -> LakeFolder {
        let Some(bucket) = &self.bucket else { return self.data(name).as_path().into() };
        let access = BucketAccess {
            key_id: Some("of-a-test".into()),
            secret: Some("s3cret".into()),
            endpoint: Some(bucket.endpoint()),
            ..BucketAccess::default()
        };
        LakeFolder::named(&format!("s3://{}/of-a-test/{name}", local_s3::BUCKET), &access).unwrap()
    }

    /// The server of the buckets.
    pub(crate) fn bucket_mut(&mut self) -> &mut local_s3::Server {
        self.bucket.as_mut().expect("this bench has a bucket")
    }

    /// The server of the lakes' catalogues.
    pub(crate) fn server(&self) -> &Server {
        self.server.as_ref().expect("this bench has lakes")
    }

    /// The same, to be stopped and started.
    pub(crate) fn server_mut(&mut self) -> &mut Server {
        self.server.as_mut().expect("this bench has lakes")
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// The extensions that `cargo x` placed.
pub(crate) fn extensions() -> Extensions {
    env::var_os("HALOSCOPE_DUCKDB_EXTENSIONS").map_or(Extensions::Install, |folder| Extensions::Folder(folder.into()))
}

pub(crate) const OBSERVED_AT: i64 = 1_700_000_000_000_000;

pub(crate) fn column(name: &str, column_type: ColumnType) -> Column {
    Column::new(name, column_type)
}

/// A table with everything: stamp, watched columns, a rival, an echo, children.
pub(crate) fn tickets() -> Arc<Table> {
    Arc::new(Table {
        schema: "halo".into(),
        name: "tickets".into(),
        columns: vec![
            column("id", ColumnType::BigInt),
            column("summary", ColumnType::Text),
            column("status_id", ColumnType::BigInt),
            column("client_id", ColumnType::BigInt),
            column("client_name", ColumnType::Text),
            column("last_update", ColumnType::Timestamp),
        ],
        key: vec!["id".into()],
        stamp: Some("last_update".into()),
        watched: vec!["status_id".into(), "summary".into()],
        rivals: vec!["projects".into()],
        echoes: vec![Echo {
            column: "client_name".into(),
            reference: "client_id".into(),
            table: "clients".into(),
            key: "id".into(),
            source: "name".into(),
        }],
        children: vec![Child {
            table: Table {
                name: "ticket_lines".into(),
                columns: vec![column("ticket_id", ColumnType::BigInt), column("amount", ColumnType::Decimal)],
                ..Table::default()
            },
            parent: "ticket_id".into(),
        }],
        narrow: vec![],
        family: None,
    })
}

/// The rival of [`tickets`], of the same shape.
pub(crate) fn projects() -> Arc<Table> {
    let mut child = tickets().children[0].clone();
    child.table.name = "project_lines".into();
    Arc::new(Table {
        name: "projects".into(),
        rivals: vec!["tickets".into()],
        children: vec![child],
        ..(*tickets()).clone()
    })
}

pub(crate) fn clients() -> Arc<Table> {
    Arc::new(Table {
        schema: "halo".into(),
        name: "clients".into(),
        columns: vec![column("id", ColumnType::BigInt), column("name", ColumnType::Text)],
        key: vec!["id".into()],
        ..Table::default()
    })
}

pub(crate) fn client(id: i64, name: &str, asked: i64) -> Row {
    Row {
        cells: vec![Cell::Int(id), text(name)],
        children: vec![],
        raw: format!("{{\"id\":{id},\"name\":\"{name}\"}}").into(),
        answer: answer(asked, asked + 1),
        deleted_at: None,
        narrow: false,
    }
}

pub(crate) fn text(text: &str) -> Cell {
    Cell::Text(text.into())
}

pub(crate) fn answer(asked: i64, answered: i64) -> Answer {
    Answer { asked, answered }
}

/// A ticket of client 1 with one line; the stamp in microseconds.
pub(crate) fn ticket(id: i64, status: i64, stamp: i64, answer: Answer) -> Row {
    Row {
        cells: vec![
            Cell::Int(id),
            text(&format!("ticket {id}")),
            Cell::Int(status),
            Cell::Int(1),
            text("as listed"),
            Cell::Timestamp(stamp),
        ],
        children: vec![vec![vec![Cell::Null, Cell::Decimal(status * 1_000_000)]]],
        raw: format!("{{\"id\":{id},\"status_id\":{status}}}").into(),
        answer,
        deleted_at: None,
        narrow: false,
    }
}

pub(crate) fn tombstone(id: i64, answer: Answer) -> Tombstone {
    Tombstone { key: Key::Int(id), answer, deleted_at: OBSERVED_AT + 1 }
}

pub(crate) fn batch(origin: Origin) -> Batch {
    Batch { origin, observed_at: OBSERVED_AT, puts: vec![], tombstones: vec![], cursors: vec![] }
}

pub(crate) fn put(table: &Arc<Table>, rows: Vec<Row>) -> Batch {
    Batch { puts: vec![(Arc::clone(table), rows)], ..batch(Origin::Live) }
}

pub(crate) fn bury(table: &Arc<Table>, tombstones: Vec<Tombstone>) -> Batch {
    Batch { tombstones: vec![(Arc::clone(table), tombstones)], ..batch(Origin::Live) }
}

pub(crate) fn apply(warehouse: &dyn Warehouse, batch: Batch) -> Applied {
    warehouse.apply(batch, &mut |_| Ok(())).unwrap()
}

pub(crate) fn ensure_all(warehouse: &dyn Warehouse) {
    for table in [tickets(), projects(), clients()] {
        warehouse.ensure(&[&table]).unwrap();
    }
}

/// Keeps all rows.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) columns: Vec<ResultColumn>,
    pub(crate) rows: Vec<Vec<Field>>,
}

impl Sink for Kept {
    fn columns(&mut self, columns: &[ResultColumn]) -> io::Result<()> {
        self.columns = columns.to_vec();
        Ok(())
    }

    fn row(&mut self, fields: &[Field]) -> io::Result<()> {
        self.rows.push(fields.to_vec());
        Ok(())
    }
}

impl Kept {
    /// One text per row, fields separated by `|`.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |row: &Vec<Field>| row.iter().map(Field::to_json).collect::<Vec<_>>().join("|");
        self.rows.iter().map(line).collect()
    }
}

pub(crate) fn ask(warehouse: &dyn Warehouse, sql: &str) -> Kept {
    let mut kept = Kept::default();
    warehouse.query(sql, &[], &mut kept, &Interrupt::new()).unwrap();
    kept
}

pub(crate) fn lines(warehouse: &dyn Warehouse, sql: &str) -> Vec<String> {
    ask(warehouse, sql).lines()
}

/// Everything that a reader of the tables sees, without the engine's bookkeeping.
pub(crate) fn state(warehouse: &dyn Warehouse) -> Vec<String> {
    let mut state = Vec::new();
    for question in [
        "select 'ticket', * exclude (_asked, _answered, _fingerprint, _narrow, _raw_hash) from halo.tickets order by id",
        "select 'project', * exclude (_asked, _answered, _fingerprint, _narrow, _raw_hash) from halo.projects order by id",
        "select 'line', * from halo.ticket_lines order by all",
        "select 'line', * from halo.project_lines order by all",
        "select 'raw', * from halo_raw.tickets order by all",
        "select 'change', * from halo.changes order by all",
    ] {
        state.extend(lines(warehouse, question));
    }
    state
}
