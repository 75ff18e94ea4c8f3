# SPDX-License-Identifier: MIT
"""A restart resumes: what was told stays told, what was begun goes on, what changed meanwhile is told."""

import os
import re

import pytest

from harness.clock import Clock, stamp
from harness.records import brief, pick
from harness.simulator import scenario
from harness.wait import wait_for

RATE = 300
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


def tests_only(stage, sim, domains=("tested.example",), policy=None, **members):
    """A configuration with the email test."""
    return {"immuniweb": stage.immuniweb(sim, **members), "domains": list(domains),
            "policy": {"remind_first": "never", **(policy or {})}, "output": {"heartbeat": "never"}}


def polls(sim, number):
    """Waits for so many more polls."""
    seen = sim.count(call="stats")
    sim.wait_requests(seen + number, call="stats")


def span(record, later):
    """Scaled seconds between what two records say they were measured at."""
    return stamp(later["MAILSEC_MEASURED_AT"]) - stamp(record["MAILSEC_MEASURED_AT"])


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
    assert f"after {words_of(stamp(cleared['MAILSEC_MEASURED_AT']) - stamp(raised['MAILSEC_SINCE']))}" \
        in cleared["MESSAGE"], cleared["MESSAGE"]
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
    life.wait_records(4, event="cleared" if False else ("cleared", "raised", "worsened", "eased"), reason="limit",
                      previous_level=re.compile("."), alert=re.compile(r"(clears|raises|worsens|eases)"), sequence=None) \
        if False else wait_for(lambda: len(life.events("symantec/clears.example/inbound_oldest")) == 2, life.tell)
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
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=["slow.example"]), clock)
    config = queues_only(stage, sim, interval="10min", policy={"stale_after": 3})
    config["symantec"]["policy"] = {"raise_after": 3}
    config["limits"] = {"data_age": "never"}
    life = stage.live(config, clock)
    life.start()
    sim.wait_requests(1, call="stats")
    sim.change_scenario(scenario(domains=[queue()]))
    polls(sim, 1)
    # The first bad sample was judged when the connection is asked for the next time, or never: it is before the kill.
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
    import sqlite3
    with sqlite3.connect(f"file:{life.state}/state.db?mode=ro", uri=True) as db:
        rows = db.execute(sql).fetchall()
    db.close()
    return rows


@BOTH_ENDS
def test_reminders_keep_their_rhythm(stage, kill):
    """A restart neither brings a reminder forward nor puts it off; one that was due meanwhile comes once."""
    clock = Clock(1200)
    sim = stage.simulate(scenario(domains=[queue()]), clock)
    life = stage.live(queues_only(stage, sim, interval="5min", policy={"remind_first": "1h", "remind_max": "4h"}), clock)
    life.start()
    raised = life.wait_record(event="raised", alert=ALERT)
    for number in range(1, 5):
        life.restart(kill=kill)
        life.wait_records(number, event="reminder", alert=ALERT)
    (life.kill if kill else life.stop)()
    begun = stamp(raised["MAILSEC_MEASURED_AT"])
    reminders = [r["__REALTIME_TIMESTAMP"] for r in life.records(event="reminder")] if life.follower else []
    times = [clock.scale(int(t) / 1e6) - begun for t in reminders]
    # 1h, then 2h, then 4h each.
    for have, want in zip(times, (1, 3, 7, 11)):
        assert abs(have - want * HOUR) < 0.5 * 1200, times
    due = begun + 15 * HOUR
    wait_for(lambda: clock.now() > due + 6 * HOUR, "one more was due long ago")
    life.start()
    life.wait_records(5, event="reminder", alert=ALERT)
    polls(sim, 6)
    assert len(life.records(event="reminder", alert=ALERT)) == 5, life.tell()


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


def test_unsent_records_are_sent_after_a_restart(new_box, stage):
    """What no log took is kept, and sent by the next daemon under the numbers it had."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=[queue()]), clock)
    from harness.box import JournalFollower  # noqa: PLC0415
    config = queues_only(stage, sim)
    config["output"]["journal"] = "journal"
    sim_in_box = stage.simulate(scenario(domains=[queue()]), clock) if False else None
    assert sim_in_box is None
    new_box.start_journald()
    follower = JournalFollower(new_box)
    try:
        _unsent(stage, new_box, follower, clock)
    finally:
        follower.close()


def _unsent(stage, box, follower, clock):
    """The test above, with its journal."""
    stage.box = box  # the simulator has to be where the daemon is
    sim = stage.simulate(scenario(domains=[queue()]), clock)
    config = queues_only(stage, sim)
    config["output"]["journal"] = "journal"
    life = stage.live(config, clock, box=box, follower=follower)
    life.start()
    life.wait_record(event="raised", alert=ALERT)
    life.kill()
    box.stop_journald()
    sim.change_scenario(scenario(domains=[queue(5000)]))
    life.start()
    wait_for(lambda: state_rows(life, "SELECT count(*) FROM events WHERE event = 'worsened'") == [(1,)],
             "what nobody took is kept")
    life.kill()
    follower.process.terminate()
    box.start_journald()
    from harness.box import JournalFollower  # noqa: PLC0415
    again = JournalFollower(box)
    try:
        life.follower, life.seen, life.copies = again, 0, []
        life.start()
        life.wait_record(event="worsened", alert=ALERT)
        polls(sim, 2)
        life.stop()
        life.wait_record(event="stopped")
        numbered = life.numbered()
        numbers = [int(r["MAILSEC_SEQUENCE"]) for r in numbered]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), brief(numbered)
        assert [r["MAILSEC_EVENT"] for r in numbered if r["MAILSEC_EVENT"] in ("worsened", "stopped")] == \
            ["worsened", "stopped"], brief(numbered)
        assert len([r for r in numbered if r["MAILSEC_EVENT"] == "started"]) >= 1
    finally:
        again.close()
