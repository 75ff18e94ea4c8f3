# SPDX-License-Identifier: MIT
"""--once: one pass for people, cron and Nagios."""

import os
import pty
import re
import select
import subprocess
import time

import pytest

from harness.daemon import clean_environment
from harness.libconf import document
from harness.simulator import scenario

GOOD = {"name": "good.example", "symantec": {"inbound_messages": 1, "inbound_oldest": 20}}
SLOW = {"name": "slow.example", "symantec": {"inbound_oldest": 1200}}
DEAD = {"name": "dead.example", "symantec": {"inbound_oldest": 7200}}


def prepare(stage, domains, faults=(), **members):
    """A simulator and a configuration for it: (simulator, path)."""
    sim = stage.simulate(scenario(domains=domains, faults=faults))
    path = stage.directory / "once.conf"
    path.write_text(document(stage.complete({
        "symantec": stage.symantec(sim, timeout="5s"),
        "domains": [d["name"] for d in domains], **members})))
    return sim, path


def table(done):
    """(first line, {target: (state, findings)})"""
    lines = done.stdout.splitlines()
    assert lines[1].split() == ["STATE", "TARGET", "SOURCE", "FINDINGS"]
    rows = {}
    for line in lines[2:]:
        state, target, _, findings = line.split(None, 3)
        rows[target] = (state, findings)
    return lines[0], rows


@pytest.mark.parametrize("domains, status, word", [
    ([GOOD], 0, "OK"), ([GOOD, SLOW], 1, "WARNING"), ([GOOD, SLOW, DEAD], 2, "CRITICAL"),
], ids=["ok", "warning", "critical"])
def test_status_for_nagios(stage, domains, status, word):
    """Exit status 0 ok, 1 warning, 2 critical, with the sum in the first line and the worst rows first."""
    sim, path = prepare(stage, domains)
    done = stage.run("--config", path, "--once")
    assert done.returncode == status, done.stdout + done.stderr
    first, rows = table(done)
    assert first.startswith(f"MAILSEC {word}: ")
    weight = {"CRITICAL": 0, "WARNING": 1, "UNKNOWN": 2, "OK": 3}
    states = [weight[state] for state, _ in rows.values()]
    assert states == sorted(states)
    assert rows["good.example"] == ("OK", "-")
    assert sim.count() == 1, "the queues are asked for once"
    assert done.stderr == "", "no progress where nobody looks"


def test_limits_need_no_streak(stage):
    """A single pass judges a sample as it stands: limit and value are in the row."""
    _, path = prepare(stage, [DEAD])
    _, rows = table(stage.run("--config", path, "--once"))
    assert re.search(r"inbound_oldest 2h \(critical at 1h\)", rows["dead.example"][1]), rows


def test_not_determined(stage):
    """What could not be determined is exit status 3; a critical finding elsewhere outweighs it."""
    sim, path = prepare(stage, [GOOD], faults=[{"api": "symantec", "kind": "500"}])
    done = stage.run("--config", path, "--once")
    assert done.returncode == 3, done.stdout
    first, rows = table(done)
    assert first.startswith("MAILSEC UNKNOWN: ")
    assert rows["good.example"][0] == "UNKNOWN"
    assert "HTTP 5xx" in rows["default"][1]
    assert sim.count() == 1


def test_named_domains_only(stage):
    """Domains may be named; the others are not judged, and one that is not configured is a usage error."""
    sim, path = prepare(stage, [GOOD, SLOW, DEAD])
    done = stage.run("--config", path, "--once", "Good.Example.", "slow.example")
    assert done.returncode == 1
    assert {"good.example", "slow.example"} <= table(done)[1].keys()
    assert "dead.example" not in done.stdout
    asked = sim.count()
    done = stage.run("--config", path, "--once", "other.example")
    assert done.returncode == 2 and "other.example" in done.stderr
    assert sim.count() == asked, "nothing is asked for a wrong command line"


def test_hostile_argument(stage):
    """A name from the command line is escaped before it is printed."""
    _, path = prepare(stage, [GOOD])
    done = stage.run("--config", path, "--once", "evil\x1b[31m\nname")
    assert done.returncode == 2
    assert "\x1b" not in done.stderr and len(done.stderr.splitlines()) == 1


def test_never_spends_a_test(stage):
    """--once asks for cached results only: recheck=false, whatever the configuration says."""
    sim = stage.simulate(scenario(domains=[{"name": "listed.example",
                                            "immuniweb": {"cached_age": "1h", "blacklist_count": 5}}]))
    path = stage.directory / "once.conf"
    path.write_text(document({"immuniweb": stage.immuniweb(sim, recheck=True), "domains": ["listed.example"]}))
    done = stage.run("--config", path, "--once")
    assert done.returncode == 2
    assert "blacklist_count 5 (critical at 3)" in done.stdout
    assert [r["call"] for r in sim.requests()] == ["check", "get_result"]
    assert sim.requests()[0]["form"]["recheck"] == "false"


def test_no_alert_leaves_the_machine(stage):
    """--once prints; no record goes to the journal."""
    if not stage.box:
        pytest.skip("no journal of our own to look into")
    before = len([e for e in stage.box.journal() if "MAILSEC_EVENT" in e])
    _, path = prepare(stage, [DEAD], output={"journal": "journal"})
    assert stage.run("--config", path, "--once").returncode == 2
    assert len([e for e in stage.box.journal() if "MAILSEC_EVENT" in e]) == before


def run_on_terminal(argv, environment):
    """Runs on a pseudo-terminal; (exit status, all that was shown)."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(argv, stdin=follower, stdout=follower, stderr=follower, env=environment,
                               start_new_session=True)
    os.close(follower)
    shown = b""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if not select.select([leader], [], [], 0.1)[0]:
            continue
        try:
            data = os.read(leader, 65536)
        except OSError:  # the other side is closed
            break
        if not data:
            break
        shown += data
    os.close(leader)
    return process.wait(10), shown.decode()


@pytest.mark.parametrize("environment, colour", [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False),
                                                 ({"TERM": "dumb"}, False)],
                         ids=["terminal", "no-color", "dumb"])
def test_on_a_terminal(stage, environment, colour):
    """On a terminal it shows progress and colours the states, but not with NO_COLOR or a terminal that cannot."""
    _, path = prepare(stage, [GOOD, DEAD])
    argv = [str(stage.build / "mailsecd"), "--config", str(path), "--once"]
    status, shown = run_on_terminal(stage.box.wrap(argv) if stage.box else argv, clean_environment(**environment))
    assert status == 2, shown
    assert "CRITICAL" in shown and "dead.example" in shown
    assert "1 of 1 asked" in shown
    assert ("\x1b[31mCRITICAL" in shown) == colour, repr(shown)
    assert bool(re.search(r"\x1b\[\d+m", shown)) == colour


def test_in_a_pipe(stage):
    """In a pipe there is no colour, no progress and no terminal sequence."""
    _, path = prepare(stage, [GOOD, DEAD])
    done = stage.run("--config", path, "--once", environment={"TERM": "xterm"})
    assert "\x1b" not in done.stdout + done.stderr and "\r" not in done.stdout + done.stderr


def test_table_that_cannot_be_written(stage):
    """A table nobody can read is "not determined"."""
    _, path = prepare(stage, [GOOD])
    argv = [str(stage.build / "mailsecd"), "--config", str(path), "--once"]
    with open("/dev/full", "w") as full_disk:
        done = subprocess.run(stage.box.wrap(argv) if stage.box else argv, stdout=full_disk, stderr=subprocess.PIPE,
                              env=clean_environment(), text=True, check=False)
    assert done.returncode == 3 and "Cannot write" in done.stderr
