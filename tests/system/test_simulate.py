# SPDX-License-Identifier: MIT
"""--simulate: the stored history through a configuration tells what the daemon told, or what it would have."""

import json
import re

import pytest

from harness.clock import Clock, stamp
from harness.libconf import document
from harness.records import pick
from harness.simulator import scenario

RATE = 600  # ten minutes in a second
MINUTE = 60

STUCK = "symantec/stuck.example/inbound_oldest"
STANDING = "symantec/standing.example/outbound_oldest"
MILD = "symantec/mild.example/inbound_oldest"
SPIKE = "symantec/spike.example/inbound_oldest"
DMARC = "immuniweb/listed.example/dmarc"
REFUSED = "symantec/refused/up"


def queue_steps(*steps):
    """Values of inbound_oldest from some minutes on."""
    return {"inbound_oldest": 30, "steps": [{"at": at * MINUTE, "inbound_oldest": value} for at, value in steps]}


class Morning:
    """A daemon that ran, its configuration, and --simulate with that or a changed one."""

    def __init__(self, stage, daemon, config, clock):
        self.stage, self.daemon, self.config, self.clock = stage, daemon, config, clock
        self.number = 0

    def write(self, **changes):
        """A file with another configuration for the same state."""
        self.number += 1
        path = self.stage.directory / f"new{self.number}.conf"
        path.write_text(document(self.stage.complete({**self.config, **changes})))
        return path

    def run(self, *arguments, state=None, **changes):
        """mailsecd --simulate to its end."""
        return self.stage.run("--config", self.write(**changes), "--simulate", *arguments, clock=self.clock,
                              environment={"STATE_DIRECTORY": str(state or self.daemon.state)})

    def simulate(self, *arguments, **changes):
        """What --json says."""
        done = self.run("--json", *arguments, **changes)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        rows = found["alerts"]
        assert found["now"] == sum(bool(row["told"]) for row in rows)
        for key, word in (("also_told", "also-told"), ("not_told", "not-told"), ("would_be_silent", "would-be-silent")):
            assert found[key] == sum(row["really"] == word for row in rows)
        assert found["now"] == found["also_told"] + found["not_told"]
        assert sum(m["now"] for m in found["metrics"]) == found["now"]
        assert sum(m["really"] for m in found["metrics"]) == found["really"]
        times = [stamp(row["from"]) if row["from"] else 0 for row in rows]
        assert times == sorted(times)
        return found

    def rows(self, alert, *arguments, **changes):
        """The rows of one alert."""
        return [row for row in self.simulate(*arguments, **changes)["alerts"] if row["alert"] == alert]


@pytest.fixture(scope="module")
def morning(wide_stage):
    """An hour and a half of alerts; the daemon runs on while the tests below look."""
    clock = Clock(RATE)
    sim = wide_stage.simulate(scenario(
        accounts=("default", "refused"),
        domains=[
            {"name": "stuck.example", "symantec": queue_steps((8, 1200), (20, 4000), (35, 1800), (50, 12))},
            {"name": "mild.example", "symantec": queue_steps((10, 600), (30, 20))},
            "spike.example", {"name": "other.example", "account": "refused"},
            {"name": "standing.example", "symantec": {"outbound_oldest": 1000}},
            {"name": "listed.example", "immuniweb": {
                "test_duration": "20s",
                "steps": [{"at": 25 * MINUTE, "dmarc": "weakness"}, {"at": 55 * MINUTE, "dmarc": "good"}]}},
        ],
        faults=[{"api": "symantec", "account": "default", "kind": "numbers", "domain": "spike.example",
                 "field": "LongestTimeInDeliveryQueueInbound", "value": "9000", "skip": 6, "times": 1},
                {"api": "symantec", "kind": "401", "account": "refused", "skip": 8, "times": 1}]), clock)
    config = {
        "symantec": [wide_stage.symantec(sim, interval="1min"),
                     wide_stage.symantec(sim, "refused", interval="1min")],
        "immuniweb": wide_stage.immuniweb(sim, interval="10min"),
        "domains": [{"name": name, "sources": ("symantec",)}
                    for name in ("stuck.example", "mild.example", "spike.example", "standing.example")]
        + [{"name": "other.example", "sources": ("symantec",), "account": "refused"},
           {"name": "listed.example", "sources": ("immuniweb",)}],
        "policy": {"remind_first": "never"},
    }
    daemon = wide_stage.start(config, clock)
    daemon.wait_record(event="cleared", alert=STUCK)
    daemon.wait_record(event="cleared", alert=DMARC)
    daemon.wait_record(event="cleared", alert=REFUSED)
    return Morning(wide_stage, daemon, config, clock)


def told(morning, alert):
    """(when it was raised, when it was cleared), by the records."""
    records = morning.daemon.records()
    times = []
    for event in ("raised", "cleared"):
        found = pick(records, alert=alert, event=event)
        times.append(stamp(found[0]["MAILSEC_MEASURED_AT"]) if found else None)
    return times


@pytest.mark.parametrize("alert, level, events", [
    (STUCK, "critical", {"raised": 1, "worsened": 1, "eased": 1, "cleared": 1}),
    (DMARC, "warning", {"raised": 1, "cleared": 1}),
    (REFUSED, "critical", {"raised": 1, "cleared": 1}),
    (STANDING, "warning", {"raised": 1}),
])
def test_the_same_configuration_tells_the_same(morning, alert, level, events):
    """Each alert that was told is found, at the same times, while the daemon runs."""
    rows = morning.rows(alert)
    assert len(rows) == 1, rows
    row = rows[0]
    assert (row["level"], row["told"], row["really"]) == (level, events, "also-told")
    begin, end = told(morning, alert)
    assert abs(stamp(row["from"]) - begin) <= 2, "a second of the stamp's own rounding on either side"
    assert (row["to"] is None) == (end is None)
    if end:
        assert abs(stamp(row["to"]) - end) <= 2
    # The record is made at the end of the turn, when the evidence of a worse result is on the disk: a tenth of a real second.
    assert abs(stamp(row["from"]) - stamp(row["really_from"])) <= 2 + 0.1 * RATE
    assert row["hourly"] is False


def test_nothing_more_and_nothing_less(morning):
    """With the same configuration both lists agree; the worst value is kept."""
    found = morning.simulate()
    assert {row["alert"] for row in found["alerts"]} == {STUCK, DMARC, REFUSED, STANDING}
    assert (found["not_told"], found["would_be_silent"]) == (0, 0)
    value = [row["value"] for row in found["alerts"] if row["alert"] == STUCK][0]
    assert value == 4000


def test_stricter_and_milder_limits(morning):
    """A stricter limit finds more, and earlier; a milder one leaves what was told silent."""
    found = morning.simulate(limits={"inbound_oldest": {"warning": "9min", "critical": "1h", "clear": "5min"}})
    new = [row for row in found["alerts"] if row["alert"] == MILD]
    assert [row["really"] for row in new] == ["not-told"]
    assert new[0]["value"] == 600 and "really_from" not in new[0]
    assert found["not_told"] == 1 and found["would_be_silent"] == 0

    found = morning.simulate(limits={"inbound_oldest": {"warning": "2h", "critical": "3h"}})
    rows = [row for row in found["alerts"] if row["alert"] == STUCK]
    assert [(row["really"], row["told"], row["limit_set"]) for row in rows] == [("would-be-silent", {}, True)]
    begin, end = told(morning, STUCK)
    assert abs(stamp(rows[0]["from"]) - begin) <= 2 and abs(stamp(rows[0]["to"]) - end) <= 2
    assert found["now"] == found["really"] - 1


def test_only_the_critical_part(morning):
    """A limit that only the worst of it reached tells a shorter alert, which still matches."""
    rows = morning.rows(STUCK, limits={"inbound_oldest": {"warning": "1h", "critical": "2h"}})
    assert [(row["level"], row["really"]) for row in rows] == [("warning", "also-told")]
    worsened = pick(morning.daemon.records(), alert=STUCK, event="worsened")[0]
    assert abs(stamp(rows[0]["from"]) - stamp(worsened["MAILSEC_MEASURED_AT"])) <= 2


@pytest.mark.parametrize("raise_after, spikes", [(1, 1), (2, 0), (3, 0)])
def test_raise_after(morning, raise_after, spikes):
    """One spike is told with raise_after = 1; more of it tells what is left later, by its samples."""
    policy = {"remind_first": "never", "raise_after": raise_after}
    found = morning.simulate(policy=policy)
    assert sum(row["alert"] == SPIKE for row in found["alerts"]) == spikes
    row = [row for row in found["alerts"] if row["alert"] == STUCK][0]
    begin, _ = told(morning, STUCK)
    later = stamp(row["from"]) - begin
    assert abs(later - (raise_after - 2) * MINUTE) <= MINUTE / 2, later
    # A refused login waits for nobody.
    assert abs(stamp([r for r in found["alerts"] if r["alert"] == REFUSED][0]["from"]) - told(morning, REFUSED)[0]) <= 2


def test_raise_after_out_of_reach(morning):
    """A streak that is never reached tells nothing, but for what does not wait for one."""
    found = morning.simulate(policy={"remind_first": "never", "raise_after": 1000})
    assert {row["alert"] for row in found["alerts"] if row["told"]} == {REFUSED}
    assert found["would_be_silent"] == 3


def test_quiet_windows_apply(morning):
    """Within a quiet window nothing is told; what came and went in it is counted."""
    window = {"name": "always", "match": "*/stuck.example/*", "days": "daily", "from": "00:00", "to": "24:00"}
    found = morning.simulate(quiet=[window])
    rows = [row for row in found["alerts"] if row["alert"] == STUCK]
    assert [row["really"] for row in rows] == ["would-be-silent"]
    assert found["within_quiet_windows"] == 1


def test_what_is_not_configured(morning):
    """An alert of a domain that the configuration leaves out would be silent: it has no limit."""
    domains = [d for d in morning.config["domains"] if d["name"] != "stuck.example"]
    rows = morning.rows(STUCK, domains=domains)
    assert [(row["really"], row["limit_set"]) for row in rows] == [("would-be-silent", False)]


def test_since(morning):
    """--since bounds the time; what stood at its begin is told as from earlier."""
    all_of_it = morning.simulate("--since", "14d")
    assert {row["alert"] for row in all_of_it["alerts"]} == {STUCK, DMARC, REFUSED, STANDING}
    begin, _ = told(morning, STANDING)
    # The clock goes on: an hour back is not yet, or no more, before the first poll.
    while morning.clock.now() < begin + 62 * MINUTE:
        morning.daemon.wait_records(1, deadline=10)
    found = morning.simulate("--since", "1h")
    row = [row for row in found["alerts"] if row["alert"] == STANDING][0]
    assert row["from"] is None and row["really"] == "also-told"
    assert stamp(found["until"]) - stamp(found["since"]) == pytest.approx(3600, abs=1)


def test_text(morning):
    """The table has a line per alert and a sum; nothing in it is unsafe."""
    done = morning.run()
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["FROM", "TO", "LASTED", "LEVEL", "ALERT", "WORST", "TOLD", "NOW", "AS", "REALLY"]
    stuck = [line for line in lines if STUCK in line]
    assert len(stuck) == 1
    assert re.search(r"critical +\S+ +1h 6min +raised, worsened, eased, cleared +also told$", stuck[0]), stuck
    standing = [line for line in lines if STANDING in line]
    assert re.search(r" still .* raised +also told$", standing[0]), standing
    assert re.search(r"^4 now, 4 really, since .*: 4 also told, 0 not told, 0 would be silent$", done.stdout, re.M)
    assert re.search(r"^symantec +domain +inbound_oldest +1 +1$", done.stdout, re.M)
    assert "~" not in done.stdout
    assert "\x1b" not in done.stdout


def test_it_changes_nothing(morning, stage):
    """The state stays as it is: a copy is the same byte for byte afterwards, and may be read only."""
    morning.daemon.stop()
    state = stage.directory / "copy"
    state.mkdir()
    for path in morning.daemon.state.iterdir():
        if path.is_file():
            (state / path.name).write_bytes(path.read_bytes())
    before = {path.name: path.read_bytes() for path in state.iterdir() if not path.name.endswith("-shm")}
    done = morning.run("--json", state=state)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["also_told"] >= 4
    after = {path.name: path.read_bytes() for path in state.iterdir() if not path.name.endswith("-shm")}
    assert {k: v for k, v in after.items() if k in before and v != before[k]} == {}


def configured(stage):
    """A configuration that nobody ever ran."""
    path = stage.directory / "never.conf"
    sim = stage.simulate(scenario(domains=["example.com"]))
    path.write_text(document(stage.complete({"symantec": stage.symantec(sim), "domains": ["example.com"]})))
    return path


def test_no_store(stage):
    """Without a state file there is nothing to simulate: status 1, with the directory named, and none is made."""
    path = configured(stage)
    state = stage.directory / "nothing"
    for _ in range(2):
        done = stage.run("--config", path, "--simulate", environment={"STATE_DIRECTORY": str(state)})
        assert done.returncode == 1 and done.stdout == ""
        assert "no history in" in done.stderr and str(state) in done.stderr, done.stderr
        assert not state.exists() or not list(state.iterdir())
        state.mkdir(exist_ok=True)


def test_empty_store(stage):
    """A state file without any sample: status 1, in words."""
    sim = stage.simulate(scenario(domains=["example.com"], faults=[{"api": "symantec", "kind": "hang"}]))
    daemon = stage.start({"symantec": stage.symantec(sim), "domains": ["example.com"]})
    done = stage.run("--config", daemon.config, "--simulate", environment={"STATE_DIRECTORY": str(daemon.state)})
    assert done.returncode == 1 and done.stdout == ""
    assert "there is no history of what is configured in the last 2d" in done.stderr


def test_unreadable_store(stage):
    """A file that is no state file: status 1, and it stays as it is."""
    path = configured(stage)
    state = stage.directory / "state"
    state.mkdir()
    (state / "state.db").write_bytes(b"not a database at all" * 1000)
    done = stage.run("--config", path, "--simulate", environment={"STATE_DIRECTORY": str(state)})
    assert done.returncode == 1 and done.stdout == ""
    assert "cannot read the history in" in done.stderr
    assert (state / "state.db").read_bytes() == b"not a database at all" * 1000


@pytest.mark.parametrize("arguments, words", [
    (("--simulate", "--since", "59min"), "from 1h to 366d"),
    (("--simulate", "--since", "367d"), "from 1h to 366d"),
    (("--simulate", "--since", "soon"), "from 1h to 366d"),
    (("--since", "2d"), "--since goes with --simulate"),
    (("--once", "--since", "2d"), "--since goes with --simulate"),
    (("--simulate", "--once"), "only one thing"),
    (("--simulate", "example.com"), "unexpected argument"),
    (("--json",), "--json goes with"),
])
def test_usage(stage, arguments, words):
    """A wrong command line is status 2, before anything is read."""
    done = stage.run(*arguments)
    assert done.returncode == 2 and words in done.stderr and done.stdout == ""


def test_wrong_configuration(stage):
    """A configuration with errors is status 2, each told."""
    path = stage.directory / "wrong.conf"
    path.write_text("nonsense = 1;\n")
    done = stage.run("--config", path, "--simulate")
    assert done.returncode == 2 and f"{path}:1:" in done.stderr
