# SPDX-License-Identifier: MIT
"""The daemon and its service manager: readiness, status, watchdog, stop, and the clock that runs fast."""

import os
import re
import signal
import time

import pytest

from harness.clock import Clock, stamp
from harness.records import pick
from harness.simulator import scenario
from harness.wait import wait_for


def quiet(stage, clock=None, **options):
    """A daemon with one healthy domain; (simulator, daemon)."""
    sim = stage.simulate(scenario(domains=["example.com"]), clock)
    return sim, stage.start({"symantec": stage.symantec(sim, interval="1min"), "domains": ["example.com"],
                             **options.pop("config", {})}, clock, **options)


def test_ready_status_stopping(stage):
    """READY=1 once, from the main process, with a STATUS= that says what is watched; STOPPING=1 before the end."""
    sim, daemon = quiet(stage)
    sim.wait_requests(1)
    wait_for(lambda: "next run" in (daemon.notify.status() or ""), "STATUS= has the next run")
    assert re.search(r"^1 domain, 1 source; nothing wrong; next run [A-Za-z0-9 ]*\d\d:\d\d", daemon.notify.status())
    daemon.stop()
    assert len(daemon.notify.having("READY", "1")) == 1
    assert len(daemon.notify.having("STOPPING", "1")) == 1
    assert {pid for _, pid, _ in daemon.notify.messages} == {daemon.pid}
    order = [list(fields)[0] for _, _, fields in daemon.notify.messages]
    assert order.index("READY") < order.index("STOPPING")
    started = daemon.wait_record(event="started")
    assert re.match(r"mailsecd \d+\.\d+\.\d+ started: watching 1 domain, 1 source, records go to \w+", started["MESSAGE"])
    assert daemon.wait_record(event="stopped")["MESSAGE"].startswith("mailsecd stops on request")


def test_not_ready_with_a_broken_config(stage, tmp_path):
    """Without a configuration there is no READY, but exit status 2 and the problems with file and line."""
    daemon = stage.start("domains = ( 5 );\n", ready=False)
    daemon.expected_exit = 2
    assert daemon.wait_exit() == 2
    assert not daemon.notify.having("READY")
    assert re.search(r"mailsecd\.conf:1: ", daemon.stderr())
    assert daemon.records() == []


def test_status_tells_of_alerts(stage):
    """STATUS= counts what is wrong and names an account that fails."""
    clock = Clock(300)
    sim = stage.simulate(scenario(
        accounts=["one", "two"],
        domains=[{"name": "slow.example", "account": "one", "symantec": {"inbound_oldest": 9000}}],
        faults=[{"api": "symantec", "account": "two", "kind": "500"}]), clock)
    daemon = stage.start({"symantec": [stage.symantec(sim, "one", interval="1min"),
                                       stage.symantec(sim, "two", interval="1min")],
                          "domains": ["slow.example"]}, clock)
    daemon.wait_record(event="raised", alert="symantec/two/up")
    daemon.wait_record(event="raised", alert="symantec/slow.example/inbound_oldest")
    wait_for(lambda: re.search(r"2 critical, 0 warning; symantec account two fails \(server\)", daemon.notify.status()),
             lambda: f"STATUS= says so, it says {daemon.notify.status()}")


def test_watchdog(stage):
    """WATCHDOG=1 comes from the loop, at least twice in each period the manager allows."""
    _, daemon = quiet(stage, watchdog_usec=600_000)
    wait_for(lambda: len(daemon.notify.having("WATCHDOG", "1")) >= 5, "five pings")
    times = [t for t, _, _ in daemon.notify.having("WATCHDOG", "1")]
    gaps = [b - a for a, b in zip(times, times[1:])]
    assert max(gaps) < 0.6, gaps


def test_no_watchdog_unless_asked(stage):
    """Without WATCHDOG_USEC nothing is pinged."""
    _, daemon = quiet(stage)
    daemon.reload()
    assert not daemon.notify.having("WATCHDOG")


def test_reloading_notification(stage):
    """A reload says RELOADING=1 with MONOTONIC_USEC, then READY=1 again, and a record."""
    _, daemon = quiet(stage)
    before = time.clock_gettime(time.CLOCK_MONOTONIC) * 1e6
    daemon.reload()
    after = time.clock_gettime(time.CLOCK_MONOTONIC) * 1e6
    (at, _, fields), = daemon.notify.having("RELOADING", "1")
    assert before <= int(fields["MONOTONIC_USEC"]) <= after
    assert daemon.notify.having("READY", "1")[1][0] >= at
    record = daemon.wait_record(event="reloaded")
    assert record["MESSAGE"] == "configuration reloaded: 1 domain, 1 source"
    assert "reloaded" in daemon.notify.status()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_stops_with_transfers_in_flight(stage, number):
    """It ends within 2 s, exit status 0, whatever hangs at the other end."""
    sim = stage.simulate(scenario(
        accounts=["one", "two"], domains=["example.com", "example.net"],
        faults=[{"api": "symantec", "kind": "hang"}, {"api": "immuniweb", "call": "check", "kind": "hang"}]))
    daemon = stage.start({"symantec": [stage.symantec(sim, "one"), stage.symantec(sim, "two")],
                          "immuniweb": stage.immuniweb(sim), "domains": ["example.com", "example.net"]})
    sim.wait_requests(4)
    assert daemon.stop(number) < 2
    assert daemon.wait_record(event="stopped")["PRIORITY"] == "6"


def test_stops_before_its_first_answer(stage):
    """A stop right after READY is as clean as any other."""
    _, daemon = quiet(stage)
    assert daemon.stop() < 2
    assert [r["MAILSEC_EVENT"] for r in daemon.wait_records(2)] == ["started", "stopped"]


def test_without_a_service_manager(stage):
    """Without systemd it runs as well: no NOTIFY_SOCKET is needed."""
    sim = stage.simulate(scenario(domains=["example.com"]))
    daemon = stage.start({"symantec": stage.symantec(sim), "domains": ["example.com"]}, notify=False, ready=False)
    daemon.wait_record(event="started")
    sim.wait_requests(1)
    assert daemon.stop() < 2


def test_heartbeat(stage):
    """A heartbeat in its interval says that it lives, with counters, so that silence is never ambiguous."""
    clock = Clock(600)
    sim, daemon = quiet(stage, clock, config={"output": {"heartbeat": "10min"}})
    beats = daemon.wait_records(3, event="heartbeat")
    assert all(r["PRIORITY"] == "6" for r in beats)
    assert re.match(r"alive: 1 domain, 1 source; nothing wrong; \d+ runs, 0 failed, \d+ records", beats[0]["MESSAGE"])
    runs = [int(r["MAILSEC_RUNS"]) for r in beats]
    assert runs == sorted(runs) and runs[0] >= 5 and beats[0]["MAILSEC_FAILED_RUNS"] == "0"
    assert int(beats[-1]["MAILSEC_REQUESTS"]) <= sim.count()
    if "__REALTIME_TIMESTAMP" in beats[0]:
        times = [int(r["__REALTIME_TIMESTAMP"]) / 1e6 for r in beats]
        assert all(0.9 <= b - a <= 1.5 for a, b in zip(times, times[1:])), times


def test_no_heartbeat(stage):
    """heartbeat = "never" switches it off."""
    sim, daemon = quiet(stage, Clock(5000), config={"output": {"heartbeat": "never"}})
    sim.wait_requests(4)
    daemon.stop()
    assert not pick(daemon.wait_records(2), event="heartbeat")


def test_fast_clock_is_announced(stage):
    """MAILSEC_CLOCK is told in a warning at start, and time stamps are of it."""
    clock = Clock(86400)
    sim = stage.simulate(scenario(domains=[{"name": "example.com", "symantec": {"inbound_oldest": 4000}}]), clock)
    daemon = stage.start({"symantec": stage.symantec(sim, interval="1h"), "domains": ["example.com"]}, clock)
    assert (4, "MAILSEC_CLOCK is set: time runs 86400 times as fast") in daemon.diagnostics()
    raised = daemon.wait_record(event="raised")
    assert abs(stamp(raised["MAILSEC_MEASURED_AT"]) - clock.now()) < 3 * 86400
    assert abs(stamp(raised["MAILSEC_MEASURED_AT"]) - sim.requests()[1]["ts"]) < 0.3 * 86400


def test_plain_clock_is_silent(stage):
    """Without MAILSEC_CLOCK nothing is said about clocks, and intervals are real."""
    sim, daemon = quiet(stage)
    sim.wait_requests(1)
    daemon.reload()
    assert "CLOCK" not in daemon.stderr()
    assert sim.count() == 1


@pytest.mark.parametrize("variable", ["NOTIFY_SOCKET", "INVOCATION_ID"])
def test_fast_clock_is_refused_in_the_installed_unit(stage, variable):
    """Under systemd a fast clock is refused unless --config names a file outside the system's configuration."""
    environment = {variable: "/nowhere" if variable == "NOTIFY_SOCKET" else "00000000000000000000000000000000",
                   "MAILSEC_CLOCK": "60@1763800000"}
    for arguments in ([], ["--config", "/etc/mailsecd/other.conf"]):
        done = stage.run(*arguments, environment=environment)
        assert done.returncode == 2, done
        assert "MAILSEC_CLOCK is refused" in done.stderr


def test_ignores_a_broken_pipe(stage):
    """A reader of stderr that goes away does not take the daemon with it."""
    reader, writer = os.pipe()
    sim = stage.simulate(scenario(domains=["example.com"]))
    daemon = stage.start({"symantec": stage.symantec(sim), "domains": ["example.com"],
                          "output": {"journal": "auto" if stage.box else "stderr"}}, stderr=writer, ready=False)
    os.close(writer)
    os.close(reader)
    daemon.wait_ready()
    daemon.config.write_text("broken")
    daemon.reload()
    assert daemon.process.poll() is None
    if not stage.box:
        pytest.skip("the rest needs records that go elsewhere")
    daemon.wait_record(event="reload-refused")


def test_stdin_closed(stage):
    """It needs no stdin, and no descriptor of its own ends up as 0, 1 or 2."""
    if os.geteuid() != 0:
        pytest.skip("the descriptors of a process that is not dumpable are for root to see")
    _, daemon = quiet(stage)
    assert os.readlink(f"/proc/{daemon.pid}/fd/0") == "/dev/null"
    assert os.path.realpath(f"/proc/{daemon.pid}/fd/1").endswith("stderr")
