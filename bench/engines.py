"""`cargo x bench engines`: the same work on a DuckDB file, in a lake and in plain PostgreSQL tables, in one run.

Needs the folder with the release binaries and the programs of a PostgreSQL server. Names of measurements choose some of them;
without any, all are made. Variables change it: `BENCH_TICKETS`, `BENCH_COMMITS`, and `BENCH_FASTER` (see `growth`). Prints a line
for each figure; `docs/benchmarks.md` is written from them by hand.
"""

import collections
import functools
import json
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile

import postgres
import rig
from rig import BINARIES, Simulator, connect, haloscope, measure, others, ratio, run, show

HERE = pathlib.Path(__file__).parent
TICKETS = int(os.environ.get("BENCH_TICKETS", "1000000"))
COMMITS = int(os.environ.get("BENCH_COMMITS", "20000"))
# Upkeep runs as if time passed so many times as fast, with states kept for so many seconds of that time.
FASTER, KEEP_S = int(os.environ.get("BENCH_FASTER", "10")), 3_600
# A record is in one of these; in a lake, tables that never had a row cost each batch dozens of questions.
KEPT = ("tickets", "projects", "opportunities")
RUNS = 5
SIZES = (1, 100, 10_000)
SCHEMA = "haloscope_lake_halo"
PIECES = ("flush", "merge", "rewrite", "expire")


@functools.cache
def server():
    """One server for catalogues and for the peer."""
    return postgres.Postgres()


class Place:
    """A folder of an installation, with its warehouse in a file or in a lake."""

    def __init__(self, kind, catalogues=None):
        self.kind, self.temporary = kind, tempfile.TemporaryDirectory(prefix=f"bench-{kind}-")
        self.folder = pathlib.Path(self.temporary.name)
        self.lake, self.engines = self.folder / "lake", {}
        if kind == "lake":
            catalogues = catalogues or server()
            name = f"lake_{self.folder.name[-8:].lower()}"
            catalogues.sql(f'create database "{name}"')
            self.database = name
            self.url = catalogues.url.removesuffix("bench") + name
            self.engines = {"HALOSCOPE_STORE": self.url, "HALOSCOPE_WAREHOUSE": f"ducklake:{self.url}",
                            "HALOSCOPE_LAKE": str(self.lake),
                            "HALOSCOPE_DUCKDB_EXTENSIONS": os.environ["HALOSCOPE_DUCKDB_EXTENSIONS"]}
            self.lake.mkdir()

    def sync(self, simulator, without=None):
        with rig.engines(self.engines):
            connect(simulator, self.folder)
            return measure(simulator, haloscope("sync", *(without or others(*KEPT))), self.folder)

    def driver(self, *arguments):
        """The command that has this warehouse do something."""
        place = ["lake", self.url, SCHEMA, str(self.lake)] if self.kind == "lake" else ["file", str(self.file())]
        return [str(BINARIES / "examples" / "engines"), *place, *map(str, arguments)]

    def file(self):
        return next(self.folder.rglob("warehouse.duckdb"))

    def do(self, *arguments, say=None):
        """The figures that it prints."""
        done = subprocess.run(self.driver(*arguments), input=say, capture_output=True, text=True, env=environment())
        if done.returncode:
            sys.exit(f"{arguments[0]} on {self.kind}: {done.stderr[-4000:]}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def state(self):
        """Size of a lake and of its catalogue."""
        catalogue = f"""
            select sum(pg_total_relation_size(c.oid)) from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = '{SCHEMA}' and c.relkind = 'r';
            set search_path = {SCHEMA};
            select count(*), coalesce(sum(file_size_bytes), 0) from ducklake_data_file where end_snapshot is null;
            select count(*) from ducklake_data_file;
            select count(*) from ducklake_delete_file where end_snapshot is null;
            select count(*) from ducklake_snapshot;"""
        lines = server().sql(catalogue, database=self.database).split()
        (catalogue_bytes, files_bytes, all_files, deletes, snapshots) = lines
        files, live = files_bytes.split("|")
        found = [path.stat().st_size for path in self.lake.rglob("*.parquet")]
        return {"catalogue_mb": int(catalogue_bytes) / 1e6, "files": int(files), "deletes": int(deletes),
                "known": int(all_files), "on_disk": len(found), "live_mb": int(live) / 1e6, "disk_mb": sum(found) / 1e6,
                "snapshots": int(snapshots)}


def environment():
    # Cargo places the library beside the binaries, not beside examples.
    return {**os.environ, "LD_LIBRARY_PATH": str(BINARIES)}


@functools.cache
def filled(kind):
    """A warehouse with a million tickets, by a first copy."""
    place = Place(kind)
    with Simulator(TICKETS) as simulator:
        show(f"first copy of {TICKETS:,} tickets, {kind}", place.sync(simulator))
    if kind == "file":
        print(f"  the file has {place.file().stat().st_size / 1e6:,.0f} MB")
    else:
        print(f"  {place.state()}")
    return place


def times(name, found):
    """A line of how long something took, milliseconds."""
    p50, p99 = statistics.median(found), sorted(found)[int(0.99 * len(found))]
    print(f"{name:44}  p50 {p50:>10.1f}  min {min(found):>9.1f}  p99 {p99:>9.1f}  of {len(found):,}", flush=True)
    return p50


# Types of plain PostgreSQL tables.
TYPES = {"big_int": "bigint", "double": "double precision", "decimal": "numeric(18,6)", "text": "text", "boolean": "boolean",
         "timestamp": "timestamptz", "date": "date", "map": "json", "json": "json"}
INDEXES = ("dateoccurred", "dateclosed", "last_update", "client_id, dateoccurred", "status_id", "agent_id")


def create(definition, name):
    """Schemas and tables of the peer, in a database of their own; answers their columns."""
    columns = [(column["name"], column["column_type"]) for column in definition["columns"]]
    columns.append(("deleted_at", "timestamp"))
    listed = ", ".join(f'"{column}" {TYPES[kind]}' for column, kind in columns)
    server().sql(f"create database {name}")
    server().sql(f"create schema halo; create schema halo_raw; create table halo.tickets ({listed}, primary key (id)); "
                 "create table halo_raw.tickets (id bigint primary key, raw json)", database=name)
    for index in INDEXES:
        server().sql(f"create index on halo.tickets ({index})", database=name)
    return columns


@functools.cache
def peer():
    """The rows of the file in PostgreSQL, analysed."""
    place, name = filled("file"), "peer"
    columns = create(place.do("definition")[0], name)
    plain = ", ".join(f'to_json("{column}")' if kind == "map" else f'"{column}"' for column, kind in columns)
    csv = place.folder / "rows.csv"
    for table, values in (("halo.tickets", plain), ("halo_raw.tickets", "id, raw")):
        place.do("run", f"copy (select {values} from {table}) to '{csv}' (format csv, header false)")
        server().sql(f"\\copy {table} from '{csv}' (format csv)\n", database=name)
        csv.unlink()
    server().sql("vacuum analyze", database=name)
    size = server().sql("select pg_size_pretty(pg_database_size(current_database()))", database=name).strip()
    print(f"  the same rows in PostgreSQL, with their JSON and indexes: {size}", flush=True)
    return name


def sync():
    """A first copy of 100,000 tickets, without their actions."""
    count = min(TICKETS, 100_000)
    walls = {}
    with Simulator(count + 10) as simulator:
        for kind in ("file", "lake"):
            place = Place(kind)
            walls[kind] = show(f"first copy of {count:,} tickets, {kind}", place.sync(simulator))["wall_s"]
            definition = place.do("definition")[0]
        create(definition, "sync")
        url = server().url.removesuffix("bench") + "sync"
        with rig.engines({"BENCH_POSTGRES": url}), tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, str(HERE / "postgres_peer.py")]
            walls["PostgreSQL"] = show("the same, PostgreSQL", measure(simulator, command, folder))["wall_s"]
        print(f"  rows: {server().sql('select count(*) from halo.tickets', database='sync').strip()}")
    ratio("wall, lake / file", walls["lake"] / walls["file"], "none set")
    ratio("wall, PostgreSQL / lake", walls["PostgreSQL"] / walls["lake"], "none set")


def listed():
    """Names and texts of the questions."""
    parts = re.split(r"^-- (\w+): .*$", (HERE / "questions.sql").read_text(), flags=re.M)[1:]
    return [(name, sql.strip().rstrip(";")) for name, sql in zip(parts[::2], parts[1::2])]


def ask(kind, openings):
    """One warm time of each question, and its answer, by two threads; the time of opening, with the copy, is added to `openings`."""
    if kind == "PostgreSQL":
        found = {}
        for name, sql in listed():
            took, rows = server().timed(f"{sql};\n" * 2, database=peer())
            found[name] = (took[1], rows[: len(rows) // 2])
        return found
    opening, *lines = filled(kind).do("ask", 1, say=json.dumps(listed()))
    openings.append(opening["opening_ms"])
    return {line["name"]: (line["ms"][0], line["rows"]) for line in lines}


# What is done to the lake before it is asked once more.
STATES = {"no upkeep": (), "flushed": ("flush",), "all upkeep": PIECES}


def questions():
    """Twelve questions over a million tickets, as people's are answered, after 1,000 small commits, with and without upkeep."""
    for kind in ("file", "lake"):
        times(f"a commit of 1 to 10 rows, {kind}", filled(kind).do("commit", min(COMMITS, 1_000))[0]["ms"])
    filled("file").do("checkpoint")
    peer()
    for state, pieces in STATES.items():
        for piece in pieces:
            print(f"  {filled('lake').do('upkeep', piece)}")
        print(f"lake, {state}: {filled('lake').state()}", flush=True)
        openings = collections.defaultdict(list)
        # In turns, so that whatever else the machine does disturbs all of them.
        compare([{kind: ask(kind, openings[kind]) for kind in ("file", "lake", "PostgreSQL")} for _ in range(RUNS)])
        for kind in ("file", "lake"):
            times(f"until the first can be asked, {kind}", openings[kind])


def compare(rounds):
    """A line for each question, and what the goals are about."""
    kinds = list(rounds[0])
    medians = {kind: {name: statistics.median(found[kind][name][0] for found in rounds) for name, _ in listed()}
               for kind in kinds}
    print(f"{'median, ms':12}" + "".join(f"  {kind:>12}" for kind in kinds))
    for name, _ in listed():
        right = rounds[0]["file"][name][1]
        wrong = {kind for found in rounds for kind in kinds if found[kind][name][1] != right}
        print(f"{name:12}" + "".join(f"  {medians[kind][name]:>12.1f}" for kind in kinds)
              + f"  {len(right)} rows" + (f"  DIFFERENT: {wrong}" if wrong else ""), flush=True)
    total = {kind: sum(values.values()) for kind, values in medians.items()}
    print(f"{'all':12}" + "".join(f"  {total[kind]:>12.1f}" for kind in kinds))
    for over, under, goal in (("lake", "file", "3 at most"), ("PostgreSQL", "lake", "4 or more")):
        ratios = [medians[over][name] / medians[under][name] for name, _ in listed()]
        ratio(f"{over} / {under}: geometric mean", statistics.geometric_mean(ratios), goal)
        print(f"  from {min(ratios):.2f} to {max(ratios):.2f}; of the sums {total[over] / total[under]:.2f}")


def guarded(size):
    """Has PostgreSQL apply so many changed rows, with their JSON, in one transaction; milliseconds of each time."""
    names = server().sql("select string_agg(quote_ident(attname), ',') from pg_attribute "
                         "where attrelid = 'halo.tickets'::regclass and attnum > 0", database=peer()).strip()
    news = ", ".join(f"{name} = excluded.{name}" for name in names.split(","))
    prepare, csv, script = "", pathlib.Path(filled("file").folder), ""
    for round_ in range(RUNS + 1):
        chosen = f"id % 50 = 0 order by md5(id::text || '{random.random()}') limit {size}"
        prepare += (f"create temp table n as select * from halo.tickets where {chosen};\n"
                    f"update n set status_id = status_id % 9 + 1, last_update = last_update + interval '{round_ + 1} s';\n"
                    f"\\copy n to '{csv}/rows{round_}'\n"
                    f"\\copy (select id, raw from halo_raw.tickets where id in (select id from n)) to '{csv}/raw{round_}'\n"
                    "drop table n;\n")
        script += (f"begin;\n\\copy n from '{csv}/rows{round_}'\n\\copy r from '{csv}/raw{round_}'\n"
                   f"insert into halo.tickets as t select * from n on conflict (id) do update set {news} "
                   "where excluded.last_update >= t.last_update;\n"
                   "insert into halo_raw.tickets select * from r on conflict (id) do update set raw = excluded.raw;\n"
                   "truncate n, r;\ncommit;\n")
    server().sql(prepare, database=peer())
    tables = "create temp table n (like halo.tickets);\ncreate temp table r (like halo_raw.tickets);\n"
    took, _ = server().timed(tables + script, database=peer())
    took = took[2:]
    parts = len(took) // (RUNS + 1)
    return [sum(took[at:at + parts]) for at in range(parts, len(took), parts)]


def apply():
    """A guarded apply of 1, 100 and 10,000 rows into a million."""
    found = {kind: {line["rows"]: line["ms"] for line in filled(kind).do("apply", RUNS, *SIZES)} for kind in ("file", "lake")}
    found["PostgreSQL"] = {size: guarded(size) for size in SIZES}
    for size in SIZES:
        for engine, by_size in found.items():
            times(f"{size:,} rows, {engine}", by_size[size])


def fresh():
    """From the arrival of a delivery until its change is visible, at 100 a second: `webhooks fresh` on each pair."""
    # The longer one meets a flush of the lake, which comes once a minute.
    for kind, seconds in (("file", 20), ("lake", 20), ("lake", 46)):
        print(f"{kind}, for {seconds} s:", flush=True)
        with rig.engines(Place(kind).engines):
            command = [sys.executable, HERE / "webhooks.py", BINARIES, "fresh"]
            done = subprocess.run(command, env={**environment(), "BENCH_FRESH_S": str(seconds)}, text=True,
                                  stdout=subprocess.PIPE, check=True)
        print("\n".join(done.stdout.splitlines()[3:]), flush=True)
    print("  goal for the lake: p99 2 s at most, that is a ratio of p99 / 1 s of 2 at most")


def statements():
    """What a small commit asks of the catalogue, in a lake of 5,000 tickets, by PostgreSQL's own log (which slows it)."""
    commits = 50
    with postgres.Postgres(log_min_duration_statement="0") as logged:
        place = Place("lake", logged)
        with Simulator(5_000) as simulator:
            place.sync(simulator)
        for count in (1, commits + 1):
            before = logged.log.stat().st_size
            took = place.do("commit", count)[0]["ms"]
            text = logged.log.read_text()[before:]
            found = [(float(ms), sql) for ms, sql in re.findall(r"duration: ([0-9.]+) ms  \w+[^:]*: (.*)", text)]
            if count == 1:
                alone = collections.Counter(kind(sql) for _, sql in found)
                continue
            # Opening the lake and looking for rows to change is no part of a commit.
            asked, spent = collections.Counter(), collections.Counter()
            for ms, sql in found:
                asked[kind(sql)] += 1
                spent[kind(sql)] += ms
            times("a commit of 1 to 10 rows, logged", took[1:])
            print(f"  {(asked.total() - alone.total()) / commits:.1f} statements, {spent.total() / commits:.1f} ms in the server")
            for name, _ in spent.most_common(20):
                print(f"  {(asked[name] - alone[name]) / commits:8.1f} times  {spent[name] / commits:8.2f} ms  {name}")


def kind(sql):
    """A statement without its values."""
    sql = re.sub(r"'[^']*'|\b\d+\b", "?", sql.replace(f'"{SCHEMA}".', "").replace(f"{SCHEMA}.", ""))
    return re.sub(r"\s+", " ", sql)[:110]


def growth():
    """Many small commits with upkeep as the product does it, time passing faster for the upkeep."""
    place, count = Place("lake"), min(TICKETS, 100_000)
    # All entities: each table without a row costs each flush dozens of questions.
    with Simulator(count) as simulator:
        show(f"first copy of all, {count:,} tickets", place.sync(simulator, ["--without", "actions"]))
    step = max(COMMITS // 20, 1)
    command = place.driver("grow", COMMITS, step, FASTER, KEEP_S)
    print(f"  at 0 commits: {place.state()}")
    took = {}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        for line in map(json.loads, process.stdout):
            if "piece" in line:
                took.setdefault(line["piece"], []).append(line["ms"])
                continue
            state = " ".join(f"{name} {value:,.0f}" for name, value in place.state().items())
            upkeep = " ".join(f"{name} {len(ms)}x{statistics.median(ms):,.0f}" for name, ms in took.items())
            print(f"  {line['commits']:>7,}  ms {statistics.median(line['ms']):.0f}  {state}  {upkeep}", flush=True)
            took = {}
            process.stdin.write("\n")
            process.stdin.flush()
    if process.returncode:
        sys.exit(f"grow ended with {process.returncode}")
    for piece in (*PIECES, "clean up"):
        if piece == "clean up":
            # As if two days had passed.
            waiting = f"{SCHEMA}.ducklake_files_scheduled_for_deletion"
            server().sql(f"update {waiting} set schedule_start = schedule_start - interval '2 days'", database=place.database)
        print(f"  {place.do('upkeep', piece)}  {place.state()}", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("HALOSCOPE_DUCKDB_EXTENSIONS", str(HERE.parent / ".haloscope" / "duckdb-extensions"))
    try:
        run(sync, questions, apply, fresh, statements, growth)
    finally:
        if server.cache_info().currsize:
            server().__exit__()
