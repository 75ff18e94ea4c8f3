# SPDX-License-Identifier: MIT
"""A restart resumes: what was told stays told, what was begun goes on, what changed meanwhile is told."""

import os
import signal
import sqlite3
import subprocess
import time

import pytest

from harness.clock import Clock, stamp
from harness.records import brief, pick
from harness.simulator import account, scenario
from harness.wait import wait_for

RATE = 300
FAST = 4000
MINUTE = 60
HOUR = 3600
DAY = 86400

ALERT = "symantec/slow.example/inbound_oldest"
BOTH_ENDS = pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])


def queue(value=2000, name="slow.example"):
    """A domain whose oldest inbound message is that old."""
    return {"name": name, "symantec": {"inbound_oldest": value}}


def queues_only(stage, sim, domains=("slow.example",), interval="1min", policy=None, **members):
    """A configuration with the queue API."""
    return {"symantec": stage.symantec(sim, interval=interval, policy={"raise_after": 1, "clear_after": 1}),
            "domains": list(domains), "policy": {"remind_first": "never", **(policy or {})},
            "output": {"heartbeat": "never"}, **members}


def email_only(stage, sim, domains=("tested.example",), policy=None, **members):
    """A configuration with the email test."""
    return {"immuniweb": stage.immuniweb(sim, **members), "domains": list(domains),
            "policy": {"remind_first": "never", **(policy or {})}, "output": {"heartbeat": "never"}}


def polls(sim, number):
    """Waits for so many more polls."""
    seen = sim.count(call="stats")
    sim.wait_requests(seen + number, call="stats")


# --- alerts -------------------------------------------------------------------------------------------------


@BOTH_ENDS
def test_standing_alert_is_not_told_again(stage, kill):
    """Nor when it clears is anything but that told; numbers go on."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=[queue()]), clock)
    life = stage.live(queues_only(stage, sim), clock)
    life.start()
    raised = life.wait_record(event="raised", alert=ALERT)
    for _ in range(2):
        life.restart(kill=kill)
        polls(sim, 3)
    sim.change_scenario(scenario(domains=["slow.example"]))
    cleared = life.wait_record(event="cleared", alert=ALERT)
    assert life.events(ALERT) == ["raised", "cleared"], life.tell()
    assert cleared["MAILSEC_PREVIOUS_LEVEL"] == "warning"
    # The fields are whole seconds, the sentence is not.
    lasted = stamp(cleared["MAILSEC_MEASURED_AT"]) - stamp(raised["MAILSEC_SINCE"])
    assert any(f"after {words_of(lasted + more)}" in cleared["MESSAGE"] for more in (-1, 0, 1)), cleared["MESSAGE"]
    numbers = [int(r["MAILSEC_SEQUENCE"]) for r in life.numbered()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(life.records(event="started")) == 3


def words_of(seconds):
    """The minutes of a span below an hour, as records say them."""
    return f"{int(seconds // 60)}min"


@BOTH_ENDS
def test_what_changed_meanwhile_is_told(stage, kill):
    """Cleared, raised and worsened while it was down, and a domain that went away."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=[queue(2000, "clears.example"), queue(0, "raises.example"),
                                           queue(2000, "worsens.example"), queue(5000, "eases.example"),
                                           queue(2000, "goes.example"), queue(2000, "rule.example")]), clock)
    names = [f"{n}.example" for n in ("clears", "raises", "worsens", "eases", "goes", "rule")]
    life = stage.live(queues_only(stage, sim, names), clock)
    life.start()
    life.wait_records(5, event="raised", metric="inbound_oldest")
    (life.kill if kill else life.stop)()
    sim.change_scenario(scenario(domains=[queue(0, "clears.example"), queue(2000, "raises.example"),
                                          queue(5000, "worsens.example"), queue(2000, "eases.example"),
                                          queue(2000, "goes.example"), queue(2000, "rule.example")]))
    before = len(life.numbered())
    rule = {"name": "rule.example", "limits": {"inbound_oldest": "never"}}
    life.start({**life.config, "domains": [*names[:4], rule]})
    wait_for(lambda: all(life.events(f"symantec/{n}.example/inbound_oldest") == wanted for n, wanted in {
        "clears": ["raised", "cleared"], "raises": ["raised"], "worsens": ["raised", "worsened"],
        "eases": ["raised", "eased"], "goes": ["raised", "cleared"], "rule": ["raised", "cleared"]}.items()), life.tell)
    polls(sim, 3)
    told = [r for r in life.numbered()[before:] if "MAILSEC_ALERT" in r]
    assert len(told) == 6, brief(told)
    removed = {r["MAILSEC_DOMAIN"] for r in pick(told, event="cleared", reason="removed")}
    assert removed == {"goes.example", "rule.example"}
    # And it is not told at the next start that they are gone.
    life.restart(kill=kill)
    polls(sim, 2)
    assert len([r for r in life.numbered()[before:] if "MAILSEC_ALERT" in r]) == 6, life.tell()


@pytest.mark.parametrize("outage, needed", [(1, 2), (12, 3)], ids=["short", "long"])
def test_pending_streak(stage, outage, needed):
    """A streak goes on over an outage shorter than stale_after intervals, and begins anew after a longer one."""
    clock = Clock(1200)
    sim = stage.simulate(scenario(domains=["slow.example"]), clock)
    config = queues_only(stage, sim, interval="10min", policy={"stale_after": 3})
    config["symantec"]["policy"] = {"raise_after": 3}
    config["limits"] = {"data_age": "never"}
    life = stage.live(config, clock)
    life.start()
    sim.wait_requests(1, call="stats")
    sim.change_scenario(scenario(domains=[queue()]))
    polls(sim, 1)
    wait_for(lambda: state_rows(life, "SELECT streak_warning FROM alerts WHERE metric = 'inbound_oldest'") == [(1,)],
             "the first bad sample is kept")
    life.kill()
    down = clock.now()
    wait_for(lambda: clock.now() >= down + outage * 10 * MINUTE, "the outage is over")
    before = sim.count(call="stats")
    life.start()
    life.wait_record(event="raised", alert=ALERT)
    assert sim.count(call="stats") - before == needed, life.tell()


def state_rows(life, sql):
    """What the state file says, read beside the daemon."""
    with sqlite3.connect(f"file:{life.state}/state.db?mode=ro", uri=True) as db:
        rows = db.execute(sql).fetchall()
    db.close()
    return rows


@BOTH_ENDS
def test_reminders_keep_their_rhythm(stage, kill):
    """A restart neither brings a reminder forward nor puts it off; one that was due meanwhile comes once."""
    clock = Clock(FAST)
    sim = stage.simulate(scenario(domains=[queue()]), clock)
    life = stage.live(queues_only(stage, sim, interval="20min", policy={"remind_first": "1h", "remind_max": "4h"}), clock)
    life.start()
    raised = life.wait_record(event="raised", alert=ALERT)
    for number in range(1, 4):
        life.restart(kill=kill)
        life.wait_records(number, event="reminder", alert=ALERT)
    (life.kill if kill else life.stop)()
    begun = stamp(raised["MAILSEC_MEASURED_AT"])
    reminders = [r["__REALTIME_TIMESTAMP"] for r in life.records(event="reminder")] if life.follower else []
    times = [clock.scale(int(t) / 1e6) - begun for t in reminders]
    # 1h, then 2h, then 4h each.
    for have, want in zip(times, (1, 3, 7)):
        assert abs(have - want * HOUR) < 0.5 * FAST, times
    wait_for(lambda: clock.now() > begun + 13 * HOUR, "one more was due")
    life.start()
    life.wait_records(4, event="reminder", alert=ALERT)
    polls(sim, 3)
    assert len(life.records(event="reminder", alert=ALERT)) == 4, life.tell()


def test_data_age_of_a_missing_domain_goes_on(stage):
    """A domain that the account lost is as old as it was before the restart."""
    clock = Clock(RATE)
    gone = {"name": "slow.example", "symantec": {"absent": True}}
    sim = stage.simulate(scenario(domains=["slow.example", "other.example"]), clock)
    life = stage.live(queues_only(stage, sim, ["slow.example", "other.example"], interval="5min",
                                  policy={"stale_after": 6}), clock)
    life.start()
    polls(sim, 2)
    sim.change_scenario(scenario(domains=[gone, "other.example"]))
    lost = clock.now()
    polls(sim, 1)
    for _ in range(3):
        polls(sim, 1)
        life.restart(kill=True)
    raised = life.wait_record(event="raised", alert="symantec/slow.example/data_age")
    age = float(raised["MAILSEC_VALUE"])
    measured = stamp(raised["MAILSEC_MEASURED_AT"])
    assert 30 * MINUTE <= age <= 45 * MINUTE, raised
    assert abs((measured - age) - lost) <= 5 * MINUTE + 0.5 * RATE, (measured - age - lost)


@BOTH_ENDS
def test_unsent_records_are_sent_by_the_next(own_stage, kill):
    """What no log took is kept, and sent by the next daemon under the numbers it had."""
    stage, clock = own_stage, Clock(RATE)
    sim = stage.simulate(scenario(domains=[queue()]), clock)
    config = queues_only(stage, sim)
    config["output"]["journal"] = "journal"
    life = stage.live(config, clock)
    life.start()
    life.wait_record(event="raised", alert=ALERT)
    stage.box.stop_journald()
    sim.change_scenario(scenario(domains=[queue(5000)]))
    wait_for(lambda: state_rows(life, "SELECT count(*) FROM events WHERE event = 'worsened'") == [(1,)],
             "what nobody took is kept")
    kept = state_rows(life, "SELECT sequence FROM events WHERE event = 'worsened'")[0][0]
    (life.kill if kill else life.stop)()
    assert not life.records(event="worsened")
    stage.box.start_journald()
    life.start()
    worsened = life.wait_record(event="worsened", alert=ALERT)
    assert worsened["MAILSEC_SEQUENCE"] == str(kept)
    assert worsened["_PID"] == str(life.daemon.pid)
    polls(sim, 2)
    assert life.events(ALERT) == ["raised", "worsened"]
    assert len(life.records(event="stopped")) == (0 if kill else 1)


# --- tests --------------------------------------------------------------------------------------------------


def checks(sim, name="tested.example"):
    """How the tests of a domain were started: the value of `recheck` each."""
    return [r["form"]["recheck"] for r in sim.requests(call="check", domain=name)]


@BOTH_ENDS
def test_running_job_is_fetched(stage, kill):
    """A test that is under way is asked for by its job, not started again."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=["tested.example"], immuniweb={"test_duration": "8min"}), clock)
    config = email_only(stage, sim, daily_tests=5)
    config["limits"] = {"mx_hosts": {"warning": 2}}
    life = stage.live(config, clock)
    life.start()
    for _ in range(3):
        seen = sim.count(call="get_result")
        sim.wait_requests(seen + 1, call="get_result")
        life.restart(kill=kill)
    life.wait_record(event="raised", alert="immuniweb/tested.example/mx_hosts")
    jobs = {r["form"]["job_id"] for r in sim.requests(call="get_result")}
    assert checks(sim) == ["true"] and len(jobs) == 1, sim.tell()
    assert state_rows(life, "SELECT count(*) FROM tests") == [(1,)], "the ledger has one test"


@BOTH_ENDS
def test_no_test_before_its_time(stage, kill):
    """However often it is restarted, each domain is tested once in its interval."""
    clock = Clock(FAST)
    names = [f"d{i}.example" for i in range(6)]
    sim = stage.simulate(scenario(domains=names, immuniweb={"test_duration": "1min"}), clock)
    life = stage.live(email_only(stage, sim, names, interval="2h", daily_tests=0), clock)
    life.start()
    for number in range(1, 6):
        sim.wait_requests(3 * number, call="check")
        life.restart(kill=kill)

    # A start that was killed before its answer is asked for without recheck later.
    def fresh(name):
        return [r["ts"] for r in sim.requests(call="check", domain=name) if r["form"]["recheck"] == "true"]

    wait_for(lambda: all(len(fresh(name)) >= 2 for name in names), "each was tested twice")
    sim.wait_requests(20, call="check")
    for name in names:
        times = fresh(name)
        gaps = [b - a for a, b in zip(times, times[1:])]
        assert min(gaps) >= 0.9 * 2 * HOUR - 0.25 * FAST, (name, gaps)
        asked = [r["ts"] for r in sim.requests(call="check", domain=name)]
        assert max(b - a for a, b in zip(asked, asked[1:])) <= 1.25 * 2 * HOUR + FAST, (name, asked)


@BOTH_ENDS
def test_ledger_is_kept(stage, kill):
    """The tests of the last 24 hours count, whoever started them; the next one starts when the first is a day ago."""
    clock = Clock(20000)
    names = [f"d{i}.example" for i in range(6)]
    sim = stage.simulate(scenario(domains=names, immuniweb={"test_duration": "1min"}), clock)
    life = stage.live(email_only(stage, sim, names, interval="1day", daily_tests=2, concurrency=2), clock)
    life.start()
    sim.wait_requests(2, call="check")
    for _ in range(4):
        life.restart(kill=kill)
    sim.wait_requests(6, call="check")
    starts = [r["ts"] for r in sim.requests(call="check")]
    for first, third in zip(starts, starts[2:]):
        assert third - first >= DAY - 0.25 * 20000, starts


def test_lost_answer_of_a_start(stage):
    """A start whose answer is not known is not repeated: later the cached result is asked for."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=["tested.example"], immuniweb={"test_duration": "30s"},
                                  faults=[{"api": "immuniweb", "call": "check", "kind": "delay", "delay": "60s",
                                           "times": 1}]), clock)
    config = email_only(stage, sim, deadline="10min")
    config["limits"] = {"mx_hosts": {"warning": 2}}
    life = stage.live(config, clock)
    life.start()
    sim.wait_requests(1, call="check")
    begun = sim.requests(call="check")[0]["ts"]
    life.restart(kill=True)
    life.restart(kill=True)
    life.wait_record(event="raised", alert="immuniweb/tested.example/mx_hosts")
    assert checks(sim) == ["true", "false"], sim.tell()
    again = sim.requests(call="check")[1]["ts"]
    assert 10 * MINUTE - 0.25 * RATE <= again - begun <= 20 * MINUTE + RATE, again - begun
    life.restart(kill=True)
    seen = clock.now()
    wait_for(lambda: clock.now() > seen + HOUR, "an hour goes by")
    assert len(checks(sim)) == 2


@pytest.mark.parametrize("point", [7, 8, 9], ids=["before-booking", "after-booking", "after-request"])
def test_killed_around_a_start(stage, point):
    """Killed at the moments around a start: at most one fresh test is asked for."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=["tested.example"], immuniweb={"test_duration": "30s"}), clock)
    config = email_only(stage, sim, deadline="10min")
    config["limits"] = {"mx_hosts": {"warning": 2}}
    life = stage.live(config, clock)
    daemon = life.start(ready=False, build=life.build / "faults", environment={"MAILSEC_FAULT": f"{point}:1"})
    daemon.expected_exit = -signal.SIGKILL
    daemon.wait_exit()
    life.start()
    life.wait_record(event="raised", alert="immuniweb/tested.example/mx_hosts")
    assert checks(sim) in (["true"], ["false"], ["true", "false"]), sim.tell()


@BOTH_ENDS
def test_refused_login_is_not_tried_again(stage, kill):
    """A restart is no reason to try a refused password again within 30 minutes; the alert is told once."""
    clock = Clock(1200)
    sim = stage.simulate(scenario(accounts=[account(password="another one")], domains=["slow.example"]), clock)
    life = stage.live(queues_only(stage, sim), clock)
    life.start()
    life.wait_record(event="raised", alert="symantec/default/up")
    first = sim.requests(call="stats")[-1]["ts"]
    for _ in range(3):
        life.restart(kill=kill)
    wait_for(lambda: sim.requests(call="stats")[-1]["ts"] > first, "it is tried again")
    again = sim.requests(call="stats")[-1]["ts"]
    assert 30 * MINUTE - 0.25 * 1200 <= again - first <= HOUR + 1200, again - first
    assert life.events("symantec/default/up") == ["raised"]
    sim.change_scenario(scenario(domains=["slow.example"]))
    life.wait_record(event="cleared", alert="symantec/default/up")


@BOTH_ENDS
def test_changes_are_against_the_result_before(stage, kill):
    """What a result says is compared with the one before the restart; with none, nothing has changed."""
    clock = Clock(1200)
    sim = stage.simulate(scenario(domains=["tested.example"], immuniweb={"test_duration": "1min", "mx_hosts": 2}), clock)
    life = stage.live(email_only(stage, sim, interval="1h", daily_tests=0), clock)
    life.start()
    sim.wait_requests(2, call="check")
    (life.kill if kill else life.stop)()
    sim.change_scenario(scenario(domains=["tested.example"], immuniweb={"test_duration": "1min", "mx_hosts": 3}))
    life.start()
    changed = life.wait_record(event="changed")
    assert "mx_hosts 2 -> 3" in changed["MAILSEC_DETAIL"], changed
    life.restart(kill=kill)
    sim.wait_requests(sim.count(call="check") + 2, call="check")
    assert len([r for r in life.records(event="changed") if "mx_hosts" in r["MAILSEC_DETAIL"]]) == 1


# --- the directory ------------------------------------------------------------------------------------------


def test_missing_directory_is_made(stage, tmp_path):
    """The last part of the path is made, closed to others."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=[queue()]), clock)
    life = stage.live(queues_only(stage, sim), clock, state=tmp_path / "new")
    life.start()
    life.wait_record(event="raised", alert=ALERT)
    assert os.stat(tmp_path / "new").st_mode & 0o7777 == 0o700
    assert os.stat(tmp_path / "new" / "state.db").st_mode & 0o7777 == 0o600
    life.restart(kill=True)
    polls(sim, 2)
    assert life.events(ALERT) == ["raised"]


def test_directory_of_nowhere(stage, tmp_path):
    """Where the directory cannot be made the daemon says so, and watches all the same."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=[queue()]), clock)
    life = stage.live(queues_only(stage, sim), clock, state=tmp_path / "no" / "where")
    life.jumps = True
    life.start()
    raised = life.wait_record(event="raised", alert="mailsecd/self/store_up")
    assert (raised["PRIORITY"], raised["MAILSEC_REASON"]) == ("3", "store")
    assert "no such file or directory" in raised["MAILSEC_DETAIL"]
    life.wait_record(event="raised", alert=ALERT)
    (tmp_path / "no").mkdir()
    life.wait_record(event="cleared", alert="mailsecd/self/store_up")
    life.restart(kill=True)
    polls(sim, 2)
    assert life.events(ALERT) == ["raised"], life.tell()


def test_two_on_one_directory(stage):
    """The second one says so and goes on in memory; the first one is not disturbed, and the state is its own."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=[queue()]), clock)
    life = stage.live(queues_only(stage, sim), clock)
    life.start()
    life.wait_record(event="raised", alert=ALERT)
    second = stage.live(queues_only(stage, sim), clock, state=life.state)
    second.jumps = True
    second.told_from = None  # what the first one told can be read, and is not told again
    second.start()
    raised = second.wait_record(event="raised", alert="mailsecd/self/store_up")
    assert "another process uses it" in raised["MAILSEC_DETAIL"] and raised["PRIORITY"] == "3"
    sim.change_scenario(scenario(domains=[queue(5000)]))
    second.wait_record(event="worsened", alert=ALERT)
    assert second.events(ALERT) == ["worsened"]
    life.wait_record(event="worsened", alert=ALERT)
    second.stop()
    second.wait_record(event="stopped")
    life.restart(kill=True)
    polls(sim, 2)
    assert life.events(ALERT) == ["raised", "worsened"]
    assert not life.records(alert="mailsecd/self/store_up")
    ours = {r["MAILSEC_SEQUENCE"] for r in life.numbered()}
    assert not ours & {r["MAILSEC_SEQUENCE"] for r in second.numbered()}, "numbers of two that run at once differ"


# --- the clock ----------------------------------------------------------------------------------------------


class SteppedClock(Clock):
    """Another clock, `step` seconds ahead of it: as exactly as its whole seconds allow."""

    def __init__(self, clock, step):
        # now = epoch + (real - epoch) * rate: each second by which the epoch moves is 1 - rate of the time told.
        super().__init__(clock.rate, clock.epoch + round(step / (1 - clock.rate)))


@pytest.mark.parametrize("step", [HOUR, -HOUR], ids=["forward", "back"])
def test_clock_step_across_a_restart(stage, step):
    """A wall clock that is an hour off after a restart: nothing is told twice, no test is early, one reminder at most."""
    clock = Clock(RATE)
    names = ["slow.example", "tested.example"]
    sim = stage.simulate(scenario(domains=[queue(), "tested.example"], immuniweb={"test_duration": "30s"}), clock)
    config = {**queues_only(stage, sim, policy={"remind_first": "4h", "remind_max": "4h"}),
              "immuniweb": stage.immuniweb(sim, interval="1day"),
              "domains": [{"name": names[0], "sources": ("symantec",)}, {"name": names[1], "sources": ("immuniweb",)}]}
    life = stage.live(config, clock)
    life.start()
    life.wait_record(event="raised", alert=ALERT)
    wait_for(lambda: state_rows(life, "SELECT last_result FROM targets WHERE target = 'tested.example'")
             not in ([], [(0,)]), "the result is there")
    life.kill()
    life.start(clock=SteppedClock(clock, step))
    polls(sim, 20)
    begun = clock.now()
    wait_for(lambda: clock.now() > begun + 20 * MINUTE, "20 minutes go by")
    assert life.events(ALERT) in (["raised"], ["raised", "reminder"]), life.tell()
    assert len(checks(sim)) == 1, "the test is not due"
    assert not life.records(metric="data_age"), life.tell()
    sim.change_scenario(scenario(domains=["slow.example", "tested.example"]))
    life.wait_record(event="cleared", alert=ALERT)
    polls(sim, 3)
    assert life.events(ALERT).count("cleared") == 1


def boot_clock(offset):
    """What runs a program whose boot clock is that many seconds ahead."""
    return ("unshare", "--time", "--boottime", str(round(offset)))


@pytest.mark.parametrize("offset", [DAY, None], ids=["ahead", "rebooted"])
def test_boot_clock_is_another(stage, need_root, offset):
    """The clock of the intervals may have jumped between two runs, as by a suspend or a reboot: wall clock counts."""
    if subprocess.run([*boot_clock(1), "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("needs a time namespace (Linux 5.6)")
    if offset is None:
        offset = 60 - time.clock_gettime(time.CLOCK_BOOTTIME)  # as a minute after a boot
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=[queue(), "tested.example"], immuniweb={"test_duration": "30s"}), clock)
    config = {**queues_only(stage, sim, policy={"remind_first": "1h", "remind_max": "1day"}),
              "immuniweb": stage.immuniweb(sim, interval="1day"),
              "domains": [{"name": "slow.example", "sources": ("symantec",)},
                          {"name": "tested.example", "sources": ("immuniweb",)}]}
    life = stage.live(config, clock)
    life.start()
    raised = life.wait_record(event="raised", alert=ALERT)
    wait_for(lambda: state_rows(life, "SELECT last_result FROM targets WHERE target = 'tested.example'")
             not in ([], [(0,)]), "the result is there")
    life.restart(kill=True, wrapper=boot_clock(offset))
    polls(sim, 20)
    # The reminder comes when it would have come.
    wait_for(lambda: life.records(event="reminder", alert=ALERT), life.tell)
    late = clock.now() - stamp(raised["MAILSEC_MEASURED_AT"]) - HOUR
    assert -2 <= late <= RATE, late
    life.restart(kill=True)
    polls(sim, 5)
    assert life.events(ALERT) == ["raised", "reminder"], life.tell()
    assert len(checks(sim)) == 1, "the test is not due"
    assert not life.records(metric="data_age"), life.tell()


# Moments at which the local clock is changed.
CHANGES = {
    "berlin-spring": ("Europe/Berlin", 1774746000), "berlin-autumn": ("Europe/Berlin", 1792890000),
    "new-york-spring": ("America/New_York", 1772953200), "new-york-autumn": ("America/New_York", 1793512800),
}


@pytest.mark.parametrize("zone, change", CHANGES.values(), ids=CHANGES)
def test_change_of_local_time(stage, zone, change):
    """The hour that local time leaves out or has twice changes nothing: polls, reminders, records, restarts."""
    rate = 1800
    begin = change - HOUR
    # The scaled time is `begin` now.
    clock = Clock(rate, round((begin - rate * time.time()) / (1 - rate)))
    assert abs(clock.now() - begin) < 2 * rate, "the epoch is of whole seconds"
    sim = stage.simulate(scenario(domains=[queue()]), clock)
    life = stage.live(queues_only(stage, sim, interval="10min",
                                  policy={"remind_first": "30min", "remind_max": "30min"}), clock)
    life.start(environment={"TZ": zone})
    raised = life.wait_record(event="raised", alert=ALERT)
    assert stamp(raised["MAILSEC_MEASURED_AT"]) < change
    life.wait_records(2, event="reminder")
    life.restart(kill=True, environment={"TZ": zone})
    life.wait_records(6, event="reminder")
    elapsed = clock.now() - stamp(raised["MAILSEC_MEASURED_AT"])
    assert elapsed > 2 * HOUR
    assert abs(elapsed / (30 * MINUTE) - len(life.records(event="reminder"))) <= 1.2, life.tell()
    times = [r["ts"] for r in sim.requests(call="stats")]
    gaps = [b - a for a, b in zip(times, times[1:])]
    assert max(gaps) <= 1.25 * 10 * MINUTE + 0.4 * rate, gaps
    assert sum(gap < 9 * MINUTE - 0.2 * rate for gap in gaps) <= 1, gaps  # a start polls at once
    assert set(life.events(ALERT)) == {"raised", "reminder"}
