"""What all measurements use: a simulated HaloPSA, a connection to it, and lines of figures.

The first argument of each script is the folder with the release binaries, the others choose measurements.
"""

import contextlib
import json
import os
import pathlib
import platform
import signal
import subprocess
import sys
import time
import urllib.request

BINARIES = pathlib.Path(sys.argv[1])
SECRET = "only-for-the-simulator"
CLIENT_ID = "5f1c2c86-6a3e-4a0b-9d0e-7c1f4f0f3a11"
NO_LIMIT = 100_000_000
# Variables that choose where an installation keeps its rows; those that are set reach each of its processes.
ENGINES = ("HALOSCOPE_STORE", "HALOSCOPE_WAREHOUSE", "HALOSCOPE_LAKE", "HALOSCOPE_DUCKDB_EXTENSIONS", "BENCH_POSTGRES")


class Simulator:
    """A simulator in a process of its own."""

    def __init__(self, tickets, limit=NO_LIMIT, window_s=300, more=()):
        command = [BINARIES / "haloscope", "sim", "--tickets", str(tickets), "--tenant", "bench", "--client-id", CLIENT_ID,
                   "--client-secret", SECRET, "--limit", str(limit), "--window-seconds", str(window_s),
                   "--now", "2026-11-24T17:00:00", *more]
        self.limit, self.window_s = limit, window_s
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = next(line.split()[-1].rstrip("/") for line in self.process.stdout if "Resource URL" in line)
        self.host = self.url.removesuffix("/api")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def control(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.host}/_sim/{path}", data)
        with urllib.request.urlopen(request, timeout=600) as answer:
            return json.load(answer)

    def latency(self, milliseconds):
        slow = {"milliseconds": milliseconds, "jitter": 0} if milliseconds else False
        self.control("traps", {"slow": slow})

    def environment(self):
        engines = {name: os.environ[name] for name in ENGINES if name in os.environ}
        return {**engines, "PATH": os.environ["PATH"], "HALO_RESOURCE_URL": self.url, "HALO_TENANT": "bench",
                "HALO_CLIENT_ID": CLIENT_ID, "HALO_CLIENT_SECRET": SECRET, "HALOSCOPE_CLIENT_SECRET": SECRET,
                "HALOSCOPE_LOG": "error", "PYTHONDONTWRITEBYTECODE": "1"}


@contextlib.contextmanager
def engines(chosen):
    """Has what the block starts keep its rows there: values of `ENGINES`."""
    before = {name: os.environ.pop(name, None) for name in ENGINES}
    os.environ.update(chosen)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def measure(simulator, command, folder):
    """Runs a command to its end: wall time, CPU seconds, peak memory in MB, and what it asked for."""
    simulator.control("ledger/reset", {})
    # Without the second, dlt would find the pipeline of an earlier run.
    environment = {**simulator.environment(), "HOME": str(folder), "DLT_DATA_DIR": str(folder)}
    begun = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.stdout.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command[0]} ended with {process.returncode}:\n{output[-4000:]}")
    ledger = simulator.control("ledger")
    return {"wall_s": wall, "cpu_s": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024,
            "requests": ledger["requests"], "most_in_a_window": ledger["max_in_any_window"],
            "rejected_429": ledger["rejected_429"], "output": output.strip()}


def haloscope(*arguments):
    return [str(BINARIES / "haloscope"), *arguments]


def others(*kept):
    """Arguments that leave out every entity but these."""
    listed = subprocess.run(haloscope("entities", "--json"), capture_output=True, check=True, text=True).stdout
    tables = [entry["table"] for entry in json.loads(listed) if entry["state"] == "copied" and entry["table"]]
    return [part for table in tables if table not in kept for part in ("--without", table)]


def show(name, figures):
    """One line, in columns."""
    keys = ("wall_s", "cpu_s", "peak_mb", "requests")
    print(f"{name:44}" + "".join(f"  {key} {figures[key]:>10.2f}" for key in keys), flush=True)
    return figures


def connect(simulator, folder):
    """A connection that uses the whole limit."""
    measure(simulator, haloscope(
        "connect", "--resource-url", simulator.url, "--auth-url", f"{simulator.host}/auth", "--tenant", "bench",
        "--client-id", CLIENT_ID, "--allow-private-address", "--reserve-percent", "0", "--limit",
        str(min(simulator.limit, 1_000_000)), "--window-seconds", str(simulator.window_s)), folder)


def ratio(name, value, goal):
    print(f"{name:44}  {value:>8.3f}  (goal: {goal})", flush=True)


def run(*measurements):
    """Makes the measurements that the command line names, or all of them."""
    known = {measurement.__name__: measurement for measurement in measurements}
    chosen = sys.argv[2:] or list(known)
    print(f"{platform.platform()}, {os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}")
    for name in chosen:
        print(f"\n{name}: {known[name].__doc__}", flush=True)
        known[name]()
