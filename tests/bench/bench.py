#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""bench.py --build DIR: what mailsecd costs, measured against mailsec-sim. Prints figures and budgets, judges nothing.

CPU is the scheduler's sum of /proc/PID/schedstat over many polls or tests, split into user and kernel as
the ticks of /proc/PID/stat are; memory is VmRSS and VmHWM of /proc/PID/status. All of it on a fast clock.
"""

import argparse
import http.client
import os
import pathlib
import statistics
import sys
import tempfile
import time
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))

from harness.box import Box, JournalFollower, missing  # noqa: E402
from harness.clock import Clock  # noqa: E402
from harness.daemon import clean_environment  # noqa: E402
from harness.libconf import document  # noqa: E402
from harness.port import free_port  # noqa: E402
from harness.simulator import scenario  # noqa: E402
from harness.stage import Stage  # noqa: E402
from harness.wait import wait_for  # noqa: E402

SIZES = (1_000, 10_000, 100_000)
POLLS = 12
LONG = 600  # seconds: the most that anything here is waited for

SCRAPED = (10, 1_000, 10_000)

SCRAPE_BUDGET = 100.0  # ms per scrape of 10,000 domains
CPU_BUDGET = 6.0  # ms per 1,000 domains and poll
TEST_BUDGET = 0.3  # ms per test round


def memory_budget(domains):
    """MiB that may be resident: 16 MiB and 512 bytes a domain."""
    return 16 + domains * 512 / 2**20


def names_of(number):
    """The domains that the simulator's `generate` makes."""
    return [f"d{i:06d}.example" for i in range(number)]


def generated(number, **members):
    """A scenario with so many domains."""
    return scenario(generate=[{"count": number, **members}])


def configuration(stage, sim, number, **members):
    """One domain a line, as an admin writes them."""
    text = document(stage.complete({**members, "output": {"heartbeat": "never"}}))
    domains = ",\n".join(f'    "{name}"' for name in names_of(number))
    return f"{text}domains = (\n{domains}\n);\n"


class Table:
    """Rows as they come: what, figure, budget."""

    def __init__(self):
        print(f"{'what':<52} {'measured':>14} {'budget':>10}", flush=True)

    @staticmethod
    def row(what, figure, unit, budget=None):
        """One line."""
        limit = "" if budget is None else f"{budget:,.1f}"
        print(f"{what:<52} {figure:>10,.2f} {unit:<3} {limit:>10}", flush=True)


def config_load(stage, table, path, number):
    """How long --check-config takes: reading, resolving and checking, and the start of the process."""
    start = time.monotonic()
    done = stage.run("--check-config", "--config", path, timeout=LONG)
    table.row(f"{number:,} domains: --check-config, whole process", (time.monotonic() - start) * 1e3, "ms")
    assert done.returncode == 0, done.stderr


def polls(stage, table, number):
    """CPU and memory of the queue poll."""
    # Slow enough that a poll is over, and the machine idle, well before the next.
    rate = 20 if number <= 10_000 else 5
    clock = Clock(rate)
    sim = stage.simulate(generated(number, symantec={"vary": True}), clock)
    text = configuration(stage, sim, number, symantec=stage.symantec(sim, interval="10s", timeout="9s"))
    daemon = stage.start(text, clock, ready=False)
    daemon.wait_ready(LONG)
    table.row(f"{number:,} domains: start to READY", (daemon.notify.having("READY")[0][0] - daemon.started) * 1e3, "ms")
    table.row(f"{number:,} domains: VmRSS when loaded", daemon.status_kib("VmRSS") / 1024, "MiB", memory_budget(number))
    sim.wait_requests(3, LONG)
    first, before = sim.count(), daemon.cpu()
    sim.wait_requests(first + POLLS, LONG)
    # The last poll is read for a moment after it was sent.
    seen = sim.count()
    time.sleep(clock.real(2))
    share = 1e3 / (seen - first) / (number / 1000)
    user, system = (seconds * share for seconds in daemon.cpu_since(before))
    table.row(f"{number:,} domains: CPU per 1,000 domains and poll", user + system, "ms", CPU_BUDGET)
    table.row("    of it in user space", user, "ms")
    table.row("    of it in the kernel", system, "ms")
    table.row(f"{number:,} domains: VmRSS after {seen} polls", daemon.status_kib("VmRSS") / 1024, "MiB",
              memory_budget(number))
    table.row(f"{number:,} domains: VmHWM", daemon.status_kib("VmHWM") / 1024, "MiB", memory_budget(number))
    config_load(stage, table, daemon.config, number)
    daemon.stop()
    sim.close()


def all_bad(stage, table, number):
    """From the answer in which every domain is bad to the last record."""
    clock = Clock(5)
    sim = stage.simulate(generated(number, symantec={"vary": True}), clock)
    text = configuration(stage, sim, number, symantec=stage.symantec(sim, interval="10s", timeout="9s"),
                         policy={"raise_after": 1, "remind_first": "never", "group_over": 0})
    daemon = stage.start(text, clock, ready=False)
    daemon.wait_ready(LONG)
    sim.wait_requests(2, LONG)
    sim.change_scenario(generated(number, symantec={"inbound_oldest": 5000}))
    count = sim.count()
    rss = daemon.status_kib("VmRSS")
    sim.wait_requests(count + 1, LONG)
    request = sim.requests()[count]
    wait_for(lambda: len(daemon.records(event="raised", metric="inbound_oldest")) >= number,
             lambda: f"{number} records; there are {len(daemon.records())}", LONG, 0.2)
    raised = daemon.records(event="raised", metric="inbound_oldest")
    if stage.follower:
        # The simulator's monotonic clock and the journal's receive time are one machine's.
        first, last = (int(r["__MONOTONIC_TIMESTAMP"]) / 1e6 for r in (raised[0], raised[-1]))
        table.row(f"{number:,} domains turn bad: answer to first record", (first - request["monotonic"]) * 1e3, "ms")
        table.row(f"{number:,} domains turn bad: answer to last record", (last - request["monotonic"]) * 1e3, "ms")
    else:
        last = daemon.stderr_path.stat().st_mtime - time.time() + time.clock_gettime(time.CLOCK_MONOTONIC)
        table.row(f"{number:,} domains turn bad: answer to last line on stderr", (last - request["monotonic"]) * 1e3, "ms")
    table.row(f"{number:,} domains turn bad: VmRSS before, with none bad", rss / 1024, "MiB")
    table.row(f"{number:,} domains turn bad: VmRSS with every one bad", daemon.status_kib("VmRSS") / 1024, "MiB")
    daemon.stop()
    sim.close()


def test_rounds(stage, table, number, rounds=3):
    """CPU of a test: start, one poll, result."""
    clock = Clock(60)
    sim = stage.simulate(generated(number, immuniweb={"polls": 1, "eta": 10}), clock)
    text = configuration(stage, sim, number, immuniweb=stage.immuniweb(
        sim, interval="10min", daily_tests=0, concurrency=64, poll_min="10s", poll_max="10s"))
    daemon = stage.start(text, clock, ready=False)
    daemon.wait_ready(LONG)
    sim.wait_requests(number // 4, LONG, call="check")
    first, before = sim.count(call="check"), daemon.cpu()
    sim.wait_requests(number * rounds, LONG, call="check")
    seen = sim.count(call="check")
    user, system = (seconds * 1e3 / (seen - first) for seconds in daemon.cpu_since(before))
    fetches = sim.count(call="get_result") / sim.count(call="check")
    table.row(f"{number:,} tested domains: CPU per test round", user + system, "ms", TEST_BUDGET)
    table.row("    of it in user space", user, "ms")
    table.row("    of it in the kernel", system, "ms")
    table.row("    requests of a round", 1 + fetches, "")
    table.row(f"{number:,} tested domains: VmRSS after {seen} tests", daemon.status_kib("VmRSS") / 1024, "MiB",
              memory_budget(number))
    told = len(daemon.records()) - 1
    if told:
        table.row("    records told, which cost as well", told, "")
    daemon.stop()
    sim.close()


def read_page(port):
    """GET /metrics: (bytes, seconds to the first one, seconds to the last one)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONG)
    start = time.monotonic()
    connection.request("GET", "/metrics")
    reply = connection.getresponse()
    assert reply.status == 200, reply.status
    size = len(reply.read(1))
    first = time.monotonic() - start
    while part := reply.read(1 << 18):
        size += len(part)
    connection.close()
    return size, first, time.monotonic() - start


def scrapes(stage, table, number):
    """What Prometheus costs: both sources are on, every value of every domain is known, no poll falls in between."""
    clock, port = Clock(60), free_port()
    sim = stage.simulate(generated(number, symantec={"vary": True}, immuniweb={"test_duration": 0}), clock)
    text = configuration(
        stage, sim, number, symantec=stage.symantec(sim, interval="1day"), web={"listen": f"127.0.0.1:{port}"},
        immuniweb=stage.immuniweb(sim, interval="30d", daily_tests=0, concurrency=64))
    daemon = stage.start(text, clock, ready=False)
    daemon.wait_ready(LONG)
    sim.wait_requests(1, LONG, call="stats")
    # A test is a start and, as it has a result at once, two polls at most.
    sim.wait_requests(number, LONG, call="check")
    wait_for(lambda: f"mailsec_immuniweb_spf{{account=\"default\",domain=\"{names_of(number)[-1]}\"}}"
             in urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=LONG).read().decode(),
             "the last value is there", LONG, 0.5)
    rss, times = daemon.status_kib("VmRSS"), 20
    before, _, system = daemon.cpu()
    pages = [read_page(port) for _ in range(times)]
    after, _, system_after = daemon.cpu()
    budget = SCRAPE_BUDGET if number == 10_000 else None
    if before is not None:
        table.row(f"{number:,} domains: CPU per scrape of /metrics", (after - before) / 1e6 / times, "ms", budget)
        table.row("    of it in the kernel, about", (system_after - system) * 1e3 / os.sysconf("SC_CLK_TCK") / times, "ms")
    table.row("    size", pages[-1][0] / 1e6, "MB")
    table.row("    first byte, middle of all", statistics.median(page[1] for page in pages) * 1e3, "ms")
    table.row("    last byte, middle of all", statistics.median(page[2] for page in pages) * 1e3, "ms")
    table.row(f"    VmRSS more after {times} of them", (daemon.status_kib("VmRSS") - rss) / 1024, "MiB")
    daemon.stop()
    sim.close()


def main():
    """Runs all of it, or the sizes that are named."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build", help="the folder that make built into")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of domains for the queue polls")
    parser.add_argument("--tested", type=int, default=1_000, help="domains for the email test")
    parser.add_argument("--bad", type=int, default=10_000, help="domains that turn bad at once")
    parser.add_argument("--scraped", default=",".join(map(str, SCRAPED)), help="numbers of domains for /metrics")
    options = parser.parse_args()
    build = pathlib.Path(options.build).resolve()
    assert clean_environment()

    with tempfile.TemporaryDirectory(prefix="mailsec-bench-") as folder:
        folder = pathlib.Path(folder)
        box = follower = None
        if missing():
            print(f"records go to stderr: {missing()}")
        else:
            (folder / "box").mkdir()
            box = Box(folder / "box")
            box.start_journald()
            follower = JournalFollower(box)
        (folder / "stage").mkdir()
        stage = Stage(build, folder / "stage", box, follower)
        (folder / "open").mkdir()
        outside = Stage(build, folder / "open")  # in the network of this machine, to be asked from here
        table = Table()
        try:
            for size in filter(None, options.sizes.split(",")):
                polls(stage, table, int(size))
            if options.bad:
                all_bad(stage, table, options.bad)
            if options.tested:
                test_rounds(stage, table, options.tested)
            for size in filter(None, options.scraped.split(",")):
                scrapes(outside, table, int(size))
        finally:
            for daemon in stage.daemons + outside.daemons:
                if daemon.process.poll() is None:
                    daemon.process.terminate()
                    daemon.process.wait()
            for sim in stage.simulators + outside.simulators:
                if sim.process.poll() is None:
                    sim.process.terminate()
                    sim.process.wait()
            if box:
                follower.close()
                box.close()


if __name__ == "__main__":
    main()
