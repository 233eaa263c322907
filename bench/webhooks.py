"""`cargo x bench webhooks`: how fast deliveries are taken, how soon they are in the warehouse, and what disturbs that.

Needs the folder with the release binaries, a C compiler, and from Debian `webhook` (the peer) and `strace` (counts flushes);
where one of the two is missing, it says so and goes without. Names of measurements choose some of them; without any, all are
made. Prints a line for each figure; `docs/benchmarks.md` is written from them by hand.
"""

import contextlib
import functools
import http.client
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

from rig import BINARIES, CLIENT_ID, SECRET, Simulator, connect, haloscope, ratio, run

HERE = pathlib.Path(__file__).parent
CONNECTIONS = 64
BODY_BYTES = 2_000
SECONDS = 10
# Of a simulated HaloPSA that is only there to be connected to.
FEW_TICKETS = 500
# Deliveries per second, and for so long. A lake is flushed once a minute: 46 are long enough to meet that more often than not.
FRESH_PER_S, FRESH_S = 100, int(os.environ.get("BENCH_FRESH_S", "20"))
# Honest posts per second beside 500 connections that are not.
HONEST_PER_S, NUISANCES = 500, 500
RUNS = itertools.count(1)


def folder():
    """A temporary folder on the disk where the binaries lie: `/tmp` may be memory, where a flush costs nothing."""
    return tempfile.TemporaryDirectory(dir=BINARIES, prefix="bench-")


@functools.cache
def load_program():
    """The load generator, compiled once."""
    place = folder()
    program = pathlib.Path(place.name) / "load"
    subprocess.run(["cc", "-O2", "-o", program, HERE / "load.c"], check=True)
    return place, program


def load(*arguments, bodies=""):
    """Runs the load generator to its end."""
    command = [load_program()[1], *map(str, arguments)]
    done = subprocess.run(command, input=bodies, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"the load generator failed: {done.stderr}")
    return json.loads(done.stdout)


def bodies(tickets):
    """Deliveries as HaloPSA sends them, each with an id of its own, in so many bytes."""
    key, lines = f"bench-{next(RUNS)}-############", []
    for ticket in tickets:
        delivery = {"id": key, "webhook_id": "0-1", "notification_id": 1, "object_id": ticket, "agent_id": 0,
                    "event": "ticket updated", "message": "", "timestamp": "2026-11-24T16:00:00.0000000",
                    "ticket": {"id": ticket, "summary": ""}}
        delivery["ticket"]["summary"] = "x" * (BODY_BYTES - len(json.dumps(delivery)))
        lines.append(json.dumps(delivery))
    return "\n".join(lines)


def cpu_s(pid):
    """CPU seconds of a process and of the children that it waited for."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def post(server, url, tickets, seconds=SECONDS, rate=0):
    """Posts deliveries about these tickets; a rate of 0 is as fast as they are answered."""
    address, before_s = urllib.parse.urlsplit(url), cpu_s(server.pid)
    done = load("post", address.port, address.path, CONNECTIONS, seconds, rate, bodies=bodies(tickets))
    done["cpu_us"] = (cpu_s(server.pid) - before_s) / max(done["accepted"], 1) * 1e6
    trouble = {name: done[name] for name in ("refused", "last_refusal", "broken", "unanswered") if done[name]}
    if trouble:
        print(f"  not all went well: {trouble}")
    return done


@contextlib.contextmanager
def flushes():
    """What a flush of the disk takes, measured before and after: many disks change from one minute to the next. Yields a
    dictionary that holds the median and the 99th percentile, milliseconds, once the block is over."""
    found, both = {}, []

    def measure():
        with folder() as place:
            both.append(load("flush", f"{place}/file", 1_000))

    measure()
    yield found
    measure()
    for part in ("p50_ms", "p99_ms"):
        found[part] = sum(done[part] for done in both) / 2
        before, after = (done[part] for done in both)
        print(f"{'4 kB appended, with fdatasync':44}  {part} before {before:.2f}  after {after:.2f}", flush=True)


def show(name, done):
    """A line of figures; `cpu_us` is what a delivery costs the server, microseconds."""
    keys = ("per_s", "p50_ms", "p99_ms", "max_ms", "cpu_us")
    print(f"{name:44}" + "".join(f"  {key} {done[key]:>9.2f}" for key in keys), flush=True)
    own = f", was late by {done['own_p99_ms']:.2f} ms (p99)" if done["own_p99_ms"] else ""
    print(f"  the generator took {done['cpu_s']:.2f} CPU seconds{own}")
    return done


class Receiver:
    """`haloscope serve` on a folder of its own, connected to a simulated HaloPSA."""

    def __init__(self, simulator, has_read=True):
        self.simulator, self.place = simulator, folder()
        connect(simulator, self.place.name)
        with urllib.request.urlopen(f"{simulator.host}/_sim/truth/Tickets", timeout=600) as answer:
            known = [json.loads(line) for line in itertools.islice(answer, 5_000)]
        self.tickets = [ticket["id"] for ticket in known if not ticket.get("deleted")]
        self.log = pathlib.Path(self.place.name) / "log"
        environment = {**simulator.environment(), "HOME": self.place.name, "HALOSCOPE_LOG": "info"}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(haloscope("serve", "--listen", "127.0.0.1:0"), cwd=self.place.name,
                                            env=environment, stdout=log, stderr=log)
        self.until("it receives", lambda: "webhooks are received" in self.log.read_text())
        self.url = self.ask("webhook", "url", "--json")["url"]["callback_url"]
        if has_read:
            self.until("its first reading has ended", lambda: "pass complete" in self.log.read_text())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.place.cleanup()

    def until(self, what, is_so, patience_s=300):
        began = time.monotonic()
        while not is_so():
            if self.process.poll() is not None or time.monotonic() - began > patience_s:
                sys.exit(f"haloscope serve: never came that {what}:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.1)

    def ask(self, *arguments):
        done = subprocess.run(haloscope(*arguments), cwd=self.place.name, env=self.simulator.environment(),
                              capture_output=True, text=True)
        if not done.stdout:
            sys.exit(f"haloscope {arguments[0]}: {done.stderr}")
        return json.loads(done.stdout)

    def deliveries(self, *arguments):
        return self.ask("webhook", "log", "--json", *arguments)["log"]

    def forget_peak(self):
        """Lets the peak of memory count from now on."""
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def peak_mb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s*(\d+)", status)[1]) / 1024

    def post(self, **how):
        return post(self.process, self.url, self.tickets, **how)


@functools.cache
def maximum():
    """Deliveries that are acknowledged per second at most."""
    with Simulator(FEW_TICKETS) as simulator, Receiver(simulator) as receiver:
        return show(f"haloscope, {CONNECTIONS} connections", receiver.post())["per_s"]


def peer(name, hook):
    """The same load on Debian's `webhook`, which keeps nothing."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with folder() as place:
        hooks = pathlib.Path(place) / "hooks.json"
        hooks.write_text(json.dumps([{"id": "bench", **hook}]))
        command = ["webhook", "-hooks", hooks, "-ip", "127.0.0.1", "-port", str(port)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(100):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            return show(name, post(process, f"http://127.0.0.1:{port}/hooks/bench", [1]))["per_s"]
        finally:
            process.kill()
            process.wait()


def throughput():
    """Acknowledged per second, beside Debian's webhook, which keeps nothing."""
    with flushes() as disk:
        ours = maximum()
    goals = {"0.7 x 64 / median flush": 0.7 * CONNECTIONS / (disk["p50_ms"] / 1e3)}
    if shutil.which("webhook"):
        never = {"match": {"type": "value", "value": "never", "parameter": {"source": "url", "name": "never"}}}
        runs = peer("webhook, runs /bin/true", {"execute-command": "/bin/true"})
        answers = peer("webhook, answers only", {"execute-command": "/bin/true", "trigger-rule": never})
        goals |= {"2.8 x webhook that runs /bin/true": 2.8 * runs, "2.8 x webhook that answers only": 2.8 * answers}
    else:
        print("Debian's webhook is not installed: not measured")
    for name, goal in goals.items():
        ratio(f"haloscope / ({name})", ours / goal, "1 or more, for one of them")


def fsync():
    """Deliveries per flush of the disk, counted by strace, which slows the server."""
    if not shutil.which("strace"):
        print("strace is not installed: not measured")
        return
    with Simulator(FEW_TICKETS) as simulator, Receiver(simulator) as receiver:
        report = pathlib.Path(receiver.place.name) / "strace"
        tracer = subprocess.Popen(["strace", "-f", "-c", "-e", "trace=fsync,fdatasync", "-o", report,
                                   "-p", str(receiver.process.pid)], stderr=subprocess.PIPE)
        tracer.stderr.readline()
        done = show(f"haloscope under strace, {CONNECTIONS} connections", receiver.post())
        tracer.send_signal(signal.SIGINT)
        tracer.wait()
        lines = [line.split() for line in report.read_text().splitlines()]
        flushes = sum(int(line[3]) for line in lines if line and line[-1] in ("fsync", "fdatasync"))
    print(f"  {done['accepted']:,} deliveries, {flushes:,} flushes of the whole process")
    ratio("deliveries / flushes", done["accepted"] / flushes, "16 or more")


def latency():
    """The acknowledgement at half load, at moments fixed beforehand."""
    half = maximum() / 2
    with flushes() as disk, Simulator(FEW_TICKETS) as simulator, Receiver(simulator) as receiver:
        done = show("haloscope, half load", receiver.post(rate=half))
    ratio("p99 / (2.5 x p99 of a flush + 5 ms)", done["p99_ms"] / (2.5 * disk["p99_ms"] + 5), "1 or less")


def backfill():
    """The acknowledgement at half load, while 300,000 tickets are read for the first time."""
    half = maximum() / 2
    with flushes() as disk, Simulator(300_000) as simulator, Receiver(simulator, has_read=False) as receiver:
        def reads():
            live = receiver.ask("status", "--json")["connections"][0].get("live") or {}
            progress = live.get("progress") or {}
            return live.get("doing") == "synchronises" and (progress.get("rows") or 0) > 0 and progress
        receiver.until("it reads", reads)
        before = reads()
        done = show("haloscope, half load, first reading", receiver.post(rate=half))
        after = reads()
    if before and after:
        print("  it read " + ", then ".join(f"{at['entity']} ({at['rows']:,} rows)" for at in (before, after)))
    else:
        print("  the first reading ended meanwhile: this figure is none of a first reading")
    ratio("p99 / (4 x p99 of a flush + 20 ms)", done["p99_ms"] / (4 * disk["p99_ms"] + 20), "1 or less")


class Api:
    """Uses the simulated HaloPSA as another client would."""

    def __init__(self, simulator):
        form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": SECRET, "scope": "all"}
        data = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(f"{simulator.host}/auth/token?tenant=bench", data, timeout=30) as answer:
            token = json.load(answer)["access_token"]
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(simulator.host).netloc, timeout=30)

    def ask(self, path, body=None):
        data = None if body is None else json.dumps(body)
        self.connection.request("GET" if body is None else "POST", f"/api/{path}", data, self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            sys.exit(f"the simulator answered {path} with {answer.status}: {text[:500]}")
        return json.loads(text)

    def announce(self, url):
        """Has changes of tickets posted there, with the whole ticket."""
        webhook = self.ask("Webhook", [{"name": "Haloscope", "url": url, "active": True, "payload_type": 1}])
        number = next(event["id"] for event in self.ask("Lookup?lookupid=64") if event["name"] == "Ticket Changed")
        self.ask("Notification", [{"webhook_id": webhook["id"], "eventno": number, "type": -2, "delivery_method": 6,
                                   "name": "Ticket Changed", "conditions": []}])


def spread(name, times_ms, deliveries):
    """A line of how long something took, where it is known of each delivery."""
    known = sorted(time_ms for time_ms in times_ms if time_ms is not None)
    if not known:
        print(f"{name:44}  not measured: no delivery says it")
        return None
    p50, p99 = (known[min(len(known) - 1, int(part * len(known)))] for part in (0.5, 0.99))
    print(f"{name:44}  p50 {p50:,.0f} ms  p99 {p99:,.0f} ms  max {known[-1]:,.0f} ms, "
          f"of {len(known):,} of {deliveries:,} deliveries", flush=True)
    return p50, p99


def fresh():
    """From the arrival of a delivery until its change is visible, at 100 changed tickets per second."""
    with Simulator(5_000, more=("--webhook-in-flight", "8")) as simulator, Receiver(simulator) as receiver:
        api, values = Api(simulator), {}
        api.announce(receiver.url)
        receiver.until("it waits", lambda: receiver.ask("status", "--json")["connections"][0]["live"]["doing"] == "waits")
        passes = receiver.log.read_text().count(": pass ")
        began, late_ms = time.monotonic(), 0.0
        for place, ticket in enumerate(receiver.tickets[-FRESH_PER_S * FRESH_S:]):
            due = began + place / FRESH_PER_S
            time.sleep(max(0.0, due - time.monotonic()))
            late_ms = max(late_ms, (time.monotonic() - due) * 1e3)
            values[ticket] = f"bench {place}"
            api.ask("Tickets", [{"id": ticket, "summary": values[ticket]}])
        print(f"  {len(values):,} tickets changed in {time.monotonic() - began:.1f} s, none more than {late_ms:.0f} ms late")
        simulator.control("deliveries/flush", {})
        receiver.until("no delivery waits", lambda: not receiver.deliveries("--state", "waiting", "--limit", "1"))
        print(f"  passes that ended meanwhile: {receiver.log.read_text().count(': pass ') - passes}")
        log = receiver.deliveries("--limit", "100000")
        if len(log) != len(values):
            print(f"  {len(log):,} deliveries arrived for {len(values):,} changes")
        since = lambda field: [(entry[field] - entry["arrived_at"]) / 1e3 if entry.get(field) else None for entry in log]
        found = spread("arrival to visible", since("visible_at"), len(log))
        spread("arrival to settled, which comes after", since("settled_at"), len(log))
        rows = receiver.ask("query", "--format", "json", "select id, summary from tickets where summary like 'bench %'")
        right = sum(values.get(row["id"]) == row["summary"] for row in rows)
        print(f"  values that a query finds in the warehouse: {right:,} of {len(values):,}")
    if found:
        ratio("p50 / 250 ms", found[0] / 250, "1 or less")
        ratio("p99 / 1 s", found[1] / 1_000, "1 or less")


def slow():
    """Honest posts beside 500 connections that are slow, endless or giant."""
    found = []
    for disturbed in (False, True):
        with Simulator(FEW_TICKETS) as simulator, Receiver(simulator) as receiver:
            address = urllib.parse.urlsplit(receiver.url)
            nuisance = [load_program()[1], "harass", str(address.port), address.path, str(NUISANCES), str(SECONDS + 4)]
            receiver.forget_peak()
            before_mb = receiver.peak_mb()
            process = subprocess.Popen(nuisance, stdout=subprocess.PIPE, text=True) if disturbed else None
            # They are all there before the first honest post counts.
            time.sleep(2)
            done = show(f"honest, {HONEST_PER_S} per s, disturbed: {disturbed}", receiver.post(rate=HONEST_PER_S))
            found.append((done["p99_ms"], receiver.peak_mb()))
            if process:
                print(f"  the others: {process.communicate()[0].strip()}")
            print(f"  memory of the server: {before_mb:.0f} MB before, {found[-1][1]:.0f} MB at most since then")
    (calm, calm_mb), (disturbed, disturbed_mb) = found
    ratio("p99, disturbed / calm", disturbed / calm, "2 or less")
    ratio("peak memory, disturbed / calm", disturbed_mb / calm_mb, "none set")


if __name__ == "__main__":
    run(throughput, fsync, latency, backfill, fresh, slow)
