"""A first copy of tickets into plain PostgreSQL tables, as a small program would make it: page after page, each record as a row
and as JSON, a thousand in a transaction. The tables are there; `BENCH_POSTGRES` is the database's address."""

import json
import os
import subprocess
import urllib.parse
import urllib.request

import halo

STORE = """
insert into halo.tickets as t select r.* from stage, lateral json_populate_record(null::halo.tickets, doc) r
    on conflict (id) do update set (last_update, summary) = (excluded.last_update, excluded.summary)
    where excluded.last_update >= t.last_update;
insert into halo_raw.tickets select (doc->>'id')::bigint, doc from stage
    on conflict (id) do update set raw = excluded.raw;
truncate stage;
commit;
"""


def pages():
    """All records, page after page."""
    headers = {"Authorization": f"Bearer {halo.token()}"}
    page, seen = 1, 0
    while True:
        query = urllib.parse.urlencode({**halo.PARAMETERS, "page_no": page})
        request = urllib.request.Request(f"{halo.RESOURCE_URL}/Tickets?{query}", headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            listed = json.load(answer)
        yield listed["tickets"]
        seen += len(listed["tickets"])
        if seen >= listed["record_count"]:
            return
        page += 1


def escaped(record):
    """A record as a line of `copy`."""
    return json.dumps(record).replace("\\", "\\\\")


psql = subprocess.Popen(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", os.environ["BENCH_POSTGRES"]], stdin=subprocess.PIPE, text=True)
psql.stdin.write("create temp table stage (doc json);\n")
waiting = []


def store():
    psql.stdin.write("begin;\ncopy stage from stdin;\n" + "\n".join(waiting) + "\n\\.\n" + STORE)
    waiting.clear()


for tickets in pages():
    waiting += map(escaped, tickets)
    if len(waiting) >= 1_000:
        store()
if waiting:
    store()
psql.communicate("select count(*) from halo.tickets;\n")
raise SystemExit(psql.returncode)
