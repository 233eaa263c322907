"""`cargo x bench sync`: how much a first copy and a later look cost, beside others in the same run.

Needs the folder with the release binaries. Names of measurements choose some of them; without any, all are made.
Prints a line for each figure; `docs/benchmarks.md` is written from them by hand.
"""

import pathlib
import sys
import tempfile

from rig import Simulator, connect, haloscope, measure, others, ratio, run, show

HERE = pathlib.Path(__file__).parent
# The usual 450 requests in 300 s on a clock that runs fifty times as fast.
LIMIT, WINDOW_S = 450, 6


def first_copy(simulator, *arguments):
    """A first copy into an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        connect(simulator, folder)
        return measure(simulator, haloscope("sync", *arguments), folder)


def peers():
    """100,000 tickets beside dlt and airbyte-cdk."""
    # The last page is short: HaloPSA answers a page past the last with rows, and airbyte-cdk would ask for ever.
    with Simulator(100_010) as simulator:
        for milliseconds in (0, 20):
            simulator.latency(milliseconds)
            ours = show(f"haloscope, {milliseconds} ms", first_copy(simulator, *others("tickets")))
            theirs = {}
            for peer in ("dlt", "airbyte"):
                with tempfile.TemporaryDirectory() as folder:
                    script = str(HERE / f"{peer}_peer.py")
                    theirs[peer] = show(f"{peer}, {milliseconds} ms", measure(simulator, [sys.executable, script], folder))
                    print(f"  rows: {theirs[peer]['output'].splitlines()[-1]}")
            for peer, figures in theirs.items():
                ratio(f"CPU, {peer} / haloscope, {milliseconds} ms", figures["cpu_s"] / ours["cpu_s"], "dlt: 8 or more")
                ratio(f"wall, {peer} / haloscope, {milliseconds} ms", figures["wall_s"] / ours["wall_s"], "dlt: 5 or more")


def limit():
    """1,000,000 tickets without actions under the limit, with and without faults."""
    for faults in (False, True):
        with Simulator(1_000_000, LIMIT, WINDOW_S) as simulator:
            if faults:
                simulator.control("traps", {"limit_429": {"every": 40}, "server_errors": {"every": 41, "status": 503}})
            done = show(f"1,000,000 tickets, limit, faults: {faults}", first_copy(simulator, "--without", "actions"))
            bound = (done["requests"] / LIMIT - 1) * WINDOW_S
            ratio("wall / bound of the limit", done["wall_s"] / bound, "1.15" if faults else "1.02")
            print(f"  refused by the limit: {done['rejected_429']}, most in a window: {done['most_in_a_window']}")


def memory():
    """Peak memory of a first copy of all entities without actions, no limit."""
    peaks = []
    for tickets in (300_000, 1_000_000):
        with Simulator(tickets) as simulator:
            done = show(f"{tickets:,} tickets, no limit", first_copy(simulator, "--without", "actions"))
            peaks.append(done["peak_mb"])
    ratio("peak memory, 1,000,000 / 300,000", peaks[1] / peaks[0], "1.15 at most, and below 800 MB")


def delta():
    """1,000 changed tickets of 1,000,000."""
    only = others("tickets")
    with Simulator(1_000_000) as simulator, tempfile.TemporaryDirectory() as folder:
        connect(simulator, folder)
        measure(simulator, haloscope("sync", *only), folder)
        show("nothing changed", measure(simulator, haloscope("sync", *only), folder))
        done = simulator.control("mutate", {"seed": 1, "count": 1_000, "tickets_only": True})["done"]
        print(f"  {len({change['id'] for change in done})} tickets were changed")
        show("1,000 tickets changed", measure(simulator, haloscope("sync", *only), folder))


def lane():
    """Tickets with their actions, through the report lane and one by one."""
    only = others("tickets", "actions")
    with Simulator(20_000) as simulator:
        granted = show("20,000 tickets with actions, lane", first_copy(simulator, "--full", *only))
        simulator.control("traps", {"report_refused": True})
        alone = show("20,000 tickets with actions, one by one", first_copy(simulator, "--full", *only))
        ratio("requests, one by one / lane", alone["requests"] / granted["requests"], "50 or more")


if __name__ == "__main__":
    run(peers, limit, memory, delta, lane)
