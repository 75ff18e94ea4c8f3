# SPDX-License-Identifier: MIT
"""Killed at any moment, the daemon loses nothing, says nothing twice under two numbers, and starts no test twice.

MAILSEC_KILLS says how often it is killed at random, MAILSEC_SEED how.
"""

import json
import os
import random
import re
import sqlite3
import signal
import time

import pytest

from harness.clock import Clock
from harness.simulator import scenario
from harness.wait import wait_for

# A second is some 17 minutes.
RATE = 1000
DAY = 86400

QUEUE_DOMAINS = 24
TEST_DOMAINS = 8
QUEUE_INTERVAL = 2 * 60
TEST_INTERVAL = 20 * 60
DAILY_TESTS = 1000
RAISE_AFTER = 2

# What makes each level.
OLDEST = {"ok": 0, "warning": 2000, "critical": 5000}
LISTED = {"ok": 0, "warning": 1, "critical": 3}

KILLS = int(os.environ.get("MAILSEC_KILLS", "40"))
SEED = int(os.environ.get("MAILSEC_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)

# The order of src/base/fault.h.
POINTS = ["before-commit", "after-commit", "after-queue", "after-send", "before-mark", "after-mark",
          "before-booking", "after-booking", "after-request", "job-known"]
PASSINGS = (1, 2, 3, 5)


# --- the vendor's script ------------------------------------------------------------------------------------


def script_of(rng, hold, length):
    """Levels of a domain: (seconds from the start, level), the first one from the start on."""
    at, level = 0, rng.choice(list(OLDEST))
    steps = [(0, level)]
    while True:
        at += rng.uniform(*hold)
        if at > length:
            return steps
        level = rng.choice([other for other in OLDEST if other != level])
        steps.append((at, level))


class Script:
    """What the vendors tell of all domains, and what is to be told of it."""

    def __init__(self, rng, queue_hold, test_hold, length):
        """The holds and the length are in seconds of ours."""
        self.length = length
        self.queues = {f"q{i:02d}.example": script_of(rng, queue_hold, length) for i in range(QUEUE_DOMAINS)}
        self.tests = {f"t{i:02d}.example": script_of(rng, test_hold, length) for i in range(TEST_DOMAINS)}

    def scenario(self):
        """For the simulator."""
        queues = [{"name": name, "symantec": {"steps": [
            {"at": round(at * RATE), "inbound_oldest": OLDEST[level]} for at, level in steps]}}
            for name, steps in self.queues.items()]
        tests = [{"name": name, "immuniweb": {"steps": [
            {"at": round(at * RATE), "blacklist_count": LISTED[level]} for at, level in steps]}}
            for name, steps in self.tests.items()]
        return scenario(domains=queues + tests, immuniweb={"test_duration": "100s"})

    def alerts(self):
        """(alert, domain, script, whether it is of the queues)"""
        for name, steps in self.queues.items():
            yield f"symantec/{name}/inbound_oldest", name, steps, True
        for name, steps in self.tests.items():
            yield f"immuniweb/{name}/blacklist_count", name, steps, False

    def end(self):
        """The last level of each alert."""
        return {alert: steps[-1][1] for alert, _, steps, _ in self.alerts()}


def config_for(stage, sim, script, **members):
    """What watches it; nothing is held back or told in groups."""
    never = {name: "never" for name in ("result_age", "data_age")}
    return {
        "symantec": stage.symantec(sim, interval=f"{QUEUE_INTERVAL}s", timeout="10s",
                                   policy={"raise_after": RAISE_AFTER, "clear_after": RAISE_AFTER}),
        "immuniweb": stage.immuniweb(sim, interval=f"{TEST_INTERVAL}s", daily_tests=DAILY_TESTS, deadline="10min",
                                     concurrency=8),
        "domains": [{"name": n, "sources": ("symantec",)} for n in script.queues]
        + [{"name": n, "sources": ("immuniweb",)} for n in script.tests],
        "limits": {"blacklist_count": {"warning": 1, "critical": 3}, "domains_missing": "never", **never},
        "policy": {"remind_first": "never", "flap_limit": 0, "group_over": 0, "stale_after": 50},
        "output": {"heartbeat": "never"},
        **members,
    }


# --- what must hold afterwards ------------------------------------------------------------------------------


def zero_of(sim):
    """The simulator's time when its script began."""
    return json.loads((sim.directory / "port").read_text())["start"]


def certain_queues(steps, polls, zero):
    """Whether each level of a script was seen often enough to be told, whatever was lost with each daemon.

    `polls`: for each daemon the times of the answers it was given; its last one may have been lost with it.
    """
    found = []
    for i, (at, level) in enumerate(steps):
        begin = zero + at * RATE
        end = zero + steps[i + 1][0] * RATE if i + 1 < len(steps) else float("inf")
        seen = sum(max(sum(begin < ts < end for ts in times[:-1]), 0) for times in polls)
        found.append((level, seen >= RAISE_AFTER))
    return found


def certain_tests(steps, name, sim, zero):
    """The same for the email test: a test that was started is asked for until its result is there."""
    starts = [r["ts"] for r in sim.requests(call="check", domain=name, status=200) if r["form"]["recheck"] == "true"]
    found = []
    for i, (at, level) in enumerate(steps):
        begin = zero + at * RATE
        end = zero + steps[i + 1][0] * RATE if i + 1 < len(steps) else float("inf")
        inside = [ts for ts in starts if begin < ts and ts + 150 < end]
        # The result of the last start of all may have been on its way at the end.
        found.append((level, any(ts < starts[-1] for ts in inside)))
    return found


def follows(told, wanted):
    """Whether the levels told are those of the script; one that was not seen for certain may be left out."""
    places = {0}
    for level, certain in wanted:
        following = set() if certain else set(places)
        for place in places:
            if told[place] == level:
                following.add(place)
            if place + 1 < len(told) and told[place + 1] == level:
                following.add(place + 1)
        places = following
    return len(told) - 1 in places


def polls_of(life, sim):
    """The answered polls of the queues, for each daemon that had any."""
    polls = {}
    marks = [d.begun for d in life.runs]
    for request in sim.requests(call="stats", status=200):
        run = sum(mark <= request["monotonic"] for mark in marks)
        polls.setdefault(run, []).append(request["ts"])
    return list(polls.values())


def check_transitions(life, sim, script):
    """Every transition is told, once, and nothing else is. How many there were."""
    zero = zero_of(sim)
    polls = polls_of(life, sim)
    told = {}
    for record in life.numbered():
        if "MAILSEC_ALERT" in record:
            told.setdefault(record["MAILSEC_ALERT"], ["ok"]).append(record["MAILSEC_LEVEL"])
    transitions = uncertain = 0
    for alert, name, steps, queue in script.alerts():
        wanted = certain_queues(steps, polls, zero) if queue else certain_tests(steps, name, sim, zero)
        levels = told.pop(alert, ["ok"])
        assert follows(levels, wanted), f"{alert}: told {levels}, wanted {wanted}\n{life.tell()}"
        transitions += len(levels) - 1
        uncertain += sum(not certain for _, certain in wanted)
    assert not told, f"alerts about nothing: {told}"
    return transitions, uncertain


def check_tests(sim, names, tolerance=0.25 * RATE):
    """No test is started twice or before its time."""
    for name in names:
        last, fetched = None, True
        for request in sim.requests(api="immuniweb", domain=name):
            if request["call"] != "check" or request["form"]["recheck"] == "false":
                fetched = True
                continue
            assert last is None or request["ts"] - last >= 0.9 * TEST_INTERVAL - tolerance, \
                f"{name} was tested again after {request['ts'] - last:.0f} s"
            assert fetched, f"{name} was started again without asking for the test before"
            last, fetched = request["ts"], False


def check_quota(sim, daily_tests):
    """At most so many starts in any 24 hours; how many there were at most."""
    starts = [r["ts"] for r in sim.requests(call="check")]
    most = first = 0
    for i, ts in enumerate(starts):
        # Measured where they arrive: a little less than a day.
        while starts[first] <= ts - DAY + 0.25 * RATE:
            first += 1
        most = max(most, i + 1 - first)
    assert most <= daily_tests, f"{most} tests were started in 24 hours"
    return most


def booked(life):
    """Tests in the ledger."""
    with sqlite3.connect(f"file:{life.state}/state.db?mode=ro", uri=True) as db:
        count = db.execute("SELECT count(*) FROM tests").fetchone()[0]
    db.close()
    return count


def check_changes(life):
    """What changed from one result to the next is told once: each change begins where the one before ended."""
    values = {}
    for record in life.records(event="changed"):
        for metric, old, new in re.findall(r"(\w+) (\S+) -> ([^\s,]+)", record["MAILSEC_DETAIL"]):
            key = (record["MAILSEC_DOMAIN"], metric)
            assert values.get(key, old) == old, f"was {values[key]}: {record}"
            values[key] = new
    return len(values)


def start(life, **options):
    """Starts the next daemon, without waiting for anything."""
    begun = time.monotonic()
    daemon = life.start(ready=False, notify=False, **options)
    daemon.begun = begun
    return daemon


def finish(life, sim, script):
    """Lets the last daemon see the end of the script, stops it, and checks everything."""
    daemon = life.daemon
    end = script.end()
    wait_for(lambda: sim.clock.now() >= zero_of(sim) + script.length * RATE, "the script is over", script.length + 60)
    wait_for(lambda: all(life.levels(alert)[-1] == level for alert, level in end.items()),
             lambda: "what holds is told; not so: " + repr(
                 {a: (life.levels(a)[-1], level) for a, level in end.items() if life.levels(a)[-1] != level})
             + life.tell(), every=0.1)
    daemon.stop()
    daemon.wait_record(event="stopped")
    life.check()
    for run in life.runs:
        assert not re.search(r"<[0-3]>", run.stderr()), run.stderr()
    assert not life.records(source="mailsecd"), "nothing was wrong with the store"
    assert len(life.records(event="started")) <= len(life.runs)
    check_tests(sim, script.tests)
    check_quota(sim, DAILY_TESTS)
    check_changes(life)
    return check_transitions(life, sim, script)


def figures(record_property, life, **more):
    """For the log of the tests."""
    told = {"kills": len(life.runs) - 1, "records": len(life.numbered()), "repeated": life.repeated(), **more}
    for name, value in told.items():
        record_property(name, value)
    print(", ".join(f"{name} {value}" for name, value in told.items()))


# --- the tests ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("point", range(1, len(POINTS) + 1), ids=POINTS)
def test_fault_point(own_stage, record_property, point):
    """Killed at each numbered point, at several passings one after the other, everything is told and done once."""
    rng = random.Random(SEED + point)
    print(f"seed {SEED}")
    clock = Clock(RATE)
    script = Script(rng, (0.5, 1.2), (1.2, 1.6), 2.5)
    sim = own_stage.simulate(script.scenario(), clock)
    life = own_stage.live(config_for(own_stage, sim, script), clock)
    for passing in PASSINGS:
        daemon = start(life, build=life.build / "faults", environment={"MAILSEC_FAULT": f"{point}:{passing}"})
        daemon.expected_exit = -signal.SIGKILL
        assert daemon.wait_exit() == -signal.SIGKILL, f"passing {passing}: {daemon.tell()}"
    start(life)
    transitions, uncertain = finish(life, sim, script)
    figures(record_property, life, transitions=transitions, uncertain=uncertain)


def test_random_moments(own_stage, record_property):
    """Killed at random moments, everything is told and done once."""
    begun = time.monotonic()
    rng = random.Random(SEED)
    print(f"seed {SEED}")
    clock = Clock(RATE)
    script = Script(rng, (2.5, 5), (6, 9), KILLS * 0.5)
    sim = own_stage.simulate(script.scenario(), clock)
    life = own_stage.live(config_for(own_stage, sim, script), clock)
    for _ in range(KILLS):
        start(life)
        time.sleep(rng.uniform(0.01, 0.8))
        life.kill()
    start(life)
    transitions, uncertain = finish(life, sim, script)
    figures(record_property, life, seed=SEED, transitions=transitions, uncertain=uncertain,
            starts=sim.count(call="check"), seconds=round(time.monotonic() - begun))
    assert transitions >= KILLS


def test_quota_holds(own_stage, record_property):
    """However often it is killed, no more tests are started in 24 hours than may be."""
    rng = random.Random(SEED)
    print(f"seed {SEED}")
    clock = Clock(RATE)
    names = [f"n{i:02d}.example" for i in range(40)]
    sim = own_stage.simulate(scenario(domains=names, immuniweb={"test_duration": "100s"}), clock)
    life = own_stage.live({
        "immuniweb": own_stage.immuniweb(sim, interval="1h", daily_tests=25, deadline="10min", concurrency=4),
        "domains": names, "limits": {"result_age": "never", "data_age": "never"}}, clock)
    for _ in range(15):
        start(life)
        time.sleep(rng.uniform(0.05, 0.4))
        life.kill()
    start(life)
    # A start is booked before its request leaves: where the process ends between the two, the simulator has one less.
    wait_for(lambda: booked(life) >= 25, "all of the quota is used")
    seen = clock.now()
    wait_for(lambda: clock.now() > seen + 3600, "another hour")
    assert booked(life) == 25
    most = check_quota(sim, 25)
    assert most > 0
    figures(record_property, life, starts=sim.count(call="check"), most=most)
