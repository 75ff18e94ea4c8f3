# SPDX-License-Identifier: MIT
"""Quiet on purpose: windows of the configuration, silences, acknowledgements, flapping, and what of them a reload and
a restart keep. Judging goes on all the while; only what is told changes."""

import datetime
import re

import pytest

from harness import records as record_rules
from harness.clock import stamp
from harness.records import UNSAFE
from harness.scene import HOUR, MINUTE, Scene, Story, clock_near, identity
from harness.wait import wait_for

ALL_DAY = {"name": "always", "match": "symantec/*", "days": "daily", "from": "00:00", "to": "24:00", "timezone": "UTC"}

# What a busy machine takes, in real seconds, between the moment at which something is due and the record of it.
LATE = 0.5


@pytest.fixture(autouse=True)
def story(monkeypatch):
    """What holds for the records of a whole test, restarts included."""
    monkeypatch.setattr(record_rules, "check_story", Story().check)


def utc(text, day=0):
    """Seconds of "2027-03-28 00:30" in UTC."""
    moment = datetime.datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=datetime.timezone.utc)
    return moment.timestamp() + day * 24 * HOUR


def muted_by(scene, name):
    """What mutes NAME.example's alert, or None."""
    alert = scene.control.alert(identity(f"{name}.example"))
    return alert and alert["muted_by"]


def wait_muted(scene, name, words):
    """Waits until that mutes it."""
    wait_for(lambda: muted_by(scene, name) == words, lambda: f"{words}: {muted_by(scene, name)}", every=0.03)


def wait_unmuted(scene, name):
    """Waits until nothing mutes it any more."""
    wait_for(lambda: not scene.control.explain(identity(f"{name}.example"))["muted_by"],
             lambda: f"{name} is not muted: {scene.control.explain(identity(f'{name}.example'))}", every=0.03)


# --- windows -----------------------------------------------------------------------------------------------

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"

# test: (begin, end of the test, {name: (zone, days, from, to, [(begin, end) in UTC, ...])}); an end of None: later.
CHANGES = {
    # 2027-03-28 01:00 UTC: 02:00 becomes 03:00 in Berlin.
    "berlin-forward": ("2027-03-28 00:12", "2027-03-28 01:50", {
        "begins-in-the-hole": (BERLIN, "daily", "02:30", "03:30", [("2027-03-28 01:00", "2027-03-28 01:30")]),
        "ends-in-the-hole": (BERLIN, "sun", "01:30", "02:30", [("2027-03-28 00:30", "2027-03-28 01:00")]),
        "over-the-hole": (BERLIN, "daily", "01:30", "03:30", [("2027-03-28 00:30", "2027-03-28 01:30")]),
        "all-in-the-hole": (BERLIN, "daily", "02:00", "03:00", []),
        "new-york": (NEW_YORK, "sat", "20:30", "21:30", [("2027-03-28 00:30", "2027-03-28 01:30")]),
        "new-york-sunday": (NEW_YORK, "sun", "20:30", "21:30", []),
        "utc": ("UTC", "daily", "00:45", "01:15", [("2027-03-28 00:45", "2027-03-28 01:15")]),
    }),
    # 2027-10-31 01:00 UTC: 03:00 becomes 02:00 in Berlin.
    "berlin-back": ("2027-10-30 23:12", "2027-10-31 02:50", {
        "in-the-double-hour": (BERLIN, "daily", "02:30", "03:00", [
            ("2027-10-31 00:30", "2027-10-31 01:00"), ("2027-10-31 01:30", "2027-10-31 02:00")]),
        "the-double-hour": (BERLIN, "daily", "02:00", "03:00", [("2027-10-31 00:00", "2027-10-31 02:00")]),
        "ends-twice": (BERLIN, "sun", "01:30", "02:30", [
            ("2027-10-30 23:30", "2027-10-31 00:30"), ("2027-10-31 01:00", "2027-10-31 01:30")]),
        "behind-it": (BERLIN, "sun", "03:00", "03:30", [("2027-10-31 02:00", "2027-10-31 02:30")]),
        "new-york": (NEW_YORK, "sat", "20:30", "21:30", [("2027-10-31 00:30", "2027-10-31 01:30")]),
    }),
    # 2027-03-14 07:00 UTC: 02:00 becomes 03:00 in New York.
    "new-york-forward": ("2027-03-14 06:12", "2027-03-14 07:50", {
        "begins-in-the-hole": (NEW_YORK, "daily", "02:30", "03:30", [("2027-03-14 07:00", "2027-03-14 07:30")]),
        "ends-in-the-hole": (NEW_YORK, "sun", "01:30", "02:30", [("2027-03-14 06:30", "2027-03-14 07:00")]),
        "all-in-the-hole": (NEW_YORK, "daily", "02:00", "03:00", []),
        "berlin": (BERLIN, "sun", "07:30", "08:30", [("2027-03-14 06:30", "2027-03-14 07:30")]),
    }),
    # 2027-11-07 06:00 UTC: 02:00 becomes 01:00 in New York.
    "new-york-back": ("2027-11-07 05:12", "2027-11-07 07:20", {
        "in-the-double-hour": (NEW_YORK, "daily", "01:30", "02:00", [
            ("2027-11-07 05:30", "2027-11-07 06:00"), ("2027-11-07 06:30", "2027-11-07 07:00")]),
        "over-it": (NEW_YORK, "sun", "01:30", "02:10", [
            ("2027-11-07 05:30", "2027-11-07 06:00"), ("2027-11-07 06:30", "2027-11-07 07:10")]),
        "berlin": (BERLIN, "sun", "06:30", "07:30", [("2027-11-07 05:30", "2027-11-07 06:30")]),
    }),
    # 2027-06-06 is a Sunday.
    "midnight": ("2027-06-06 23:12", "2027-06-07 00:50", {
        "begins-on-sunday": ("UTC", "sun", "23:30", "00:30", [("2027-06-06 23:30", "2027-06-07 00:30")]),
        "begins-on-monday": ("UTC", "mon", "23:30", "00:30", []),
        "began-on-saturday": ("UTC", "sat", "23:30", "23:29", [("2027-06-06 23:12", "2027-06-06 23:29")]),
        "till-midnight": ("UTC", "sun", "23:30", "24:00", [("2027-06-06 23:30", "2027-06-07 00:00")]),
        "from-midnight": ("UTC", "mon", "00:00", "00:30", [("2027-06-07 00:00", "2027-06-07 00:30")]),
        "two-days": ("UTC", "sun,mon", "23:30", "23:29", [("2027-06-06 23:30", None)]),
        "berlin": (BERLIN, "mon", "01:30", "02:30", [("2027-06-06 23:30", "2027-06-07 00:30")]),
    }),
}


@pytest.mark.parametrize("name", CHANGES)
def test_windows_hold_to_the_clocks_on_the_wall(stage, name):
    """An alert that reminds every ten minutes is silent exactly while its window holds, and speaks at its end."""
    begin, end, windows = CHANGES[name]
    rate = 1200
    late = LATE * rate
    scene = Scene(stage, [f"{w}.example" for w in windows], clock_near(utc(begin) - rate, rate),
                  policy={"remind_first": "10min", "remind_max": "10min"},
                  quiet=[{"name": w, "match": f"symantec/{w}.example/*", "timezone": zone, "days": days,
                          "from": from_, "to": to}
                         for w, (zone, days, from_, to, _) in windows.items()])
    scene.turn(**{w.replace("-", "_"): "critical" for w in windows})
    begun = scene.clock.now()
    scene.wait_until(utc(end) + 20 * MINUTE)
    for window, (*_, spans) in windows.items():
        events = scene.events(window)
        told = [(stamp(e["at"]), e["event"], e["fields"]["MAILSEC_REASON"]) for e in events]
        ends = []
        for span in spans:
            first = utc(span[0])
            last = utc(span[1]) if span[1] else utc(end)
            within = [t for t in told if first + late < t[0] < last]
            assert not within, (window, span, within)
            if span[1] and begun < last:
                ends.append(last)
        unmuted = [t for t in told if t[2] == "unmuted"]
        assert [t[0] // late for t in unmuted] == pytest.approx([e // late for e in ends], abs=1), (window, told)
        for number, (at, event, _) in enumerate(unmuted):
            assert ends[number] <= at <= ends[number] + late, (window, number, told)
            assert event == ("raised" if told[0][2] == "unmuted" and number == 0 else "reminder"), (window, told)
        # Outside it is as usual.
        moments = [t[0] for t in told]
        for before, after in zip(moments, moments[1:]):
            silent = any(before <= utc(s[0]) + late and (s[1] is None or utc(s[1]) <= after) for s in spans)
            assert silent or after - before <= 10 * MINUTE + late, (window, before, after, told)


def test_what_happens_within_a_window_is_told_at_its_end(stage):
    """Once, and only what then stands, or what was told before and is over."""
    begin = utc("2027-06-07 22:00")
    names = ("stands", "rises", "comes-goes", "clears", "worsens", "eases", "clears-rises", "other")
    scene = Scene(stage, [f"{n}.example" for n in names], clock_near(begin - 35 * MINUTE),
                  quiet=[{"name": "night", "match": "symantec/[!o]*", "days": "mon", "from": "22:00", "to": "22:50",
                          "timezone": "UTC"}])
    scene.turn(stands="critical", clears="critical", worsens="warning", eases="critical", clears_rises="warning")
    assert scene.clock.now() < begin, "the machine is too slow for this test"
    wait_muted(scene, "stands", "window night")
    before = {name: scene.story(name) for name in names}
    scene.turn(comes_goes="critical", clears_rises="ok", clears="ok", other="warning")
    scene.turn(comes_goes="ok", rises="warning", worsens="critical", eases="warning", clears_rises="warning",
               other="critical")
    assert scene.clock.now() < begin + 50 * MINUTE, "the machine is too slow for this test"
    assert {name: scene.story(name) for name in names if name != "other"} == \
        {name: story for name, story in before.items() if name != "other"}
    assert scene.story("other") == ["raised warning", "worsened critical"]
    assert muted_by(scene, "other") is None and muted_by(scene, "rises") == "window night"
    told = {a: v["told"] for a, v in scene.control.alerts("*").items()}
    assert told[identity("rises.example")] == "ok" and told[identity("stands.example")] == "critical"

    scene.wait_event("stands", 2)
    after = {name: scene.story(name)[len(before[name]):] for name in names}
    assert after == {"stands": ["reminder critical"], "rises": ["raised warning"], "comes-goes": [],
                     "clears": ["cleared ok"], "worsens": ["worsened critical"], "eases": ["eased warning"],
                     "clears-rises": ["reminder warning"], "other": ["raised warning", "worsened critical"]}
    for name in names:
        for event in scene.events(name)[len(before[name]):]:
            if name != "other":
                assert event["fields"]["MAILSEC_REASON"] == "unmuted", event
                assert 0 <= stamp(event["at"]) - (begin + 50 * MINUTE) <= LATE * scene.clock.rate, event
    cleared = scene.events("clears")[-1]["message"]
    assert "ok again" in cleared and "(was critical)" in cleared
    assert identity("comes-goes.example") not in scene.control.alerts()


def test_how_long_it_was_bad_is_not_how_long_it_was_muted(stage):
    """The end of a mute tells that an alert is over, not that it lasted until then."""
    scene = Scene(stage, ["one.example"])
    scene.turn(one="critical")
    silence = scene.control.silence("*", span=5 * HOUR)
    scene.turn(one="ok")
    over = scene.clock.now()
    scene.wait_until(over + HOUR)
    scene.control.end_silence(silence["id"])
    message = scene.wait_event("one", 2)["message"]
    lasted = re.search(r"after (?:(\d+)h ?)?(?:(\d+)min)?", message)
    if lasted:
        assert int(lasted[1] or 0) * HOUR + int(lasted[2] or 0) * MINUTE < HOUR, message


def test_reload_adds_and_removes_a_window(stage):
    """A window holds from the reload that brings it, and ends with the one that takes it away."""
    scene = Scene(stage, ["stands.example", "rises.example"])
    scene.turn(stands="warning")
    scene.reload(quiet=[ALL_DAY])
    wait_muted(scene, "stands", "window always")
    scene.turn(rises="critical", stands="critical")
    # Another name, another match: it is as muted as before, and nothing is told in between.
    scene.reload(quiet=[{**ALL_DAY, "name": "renamed"}, {**ALL_DAY, "match": "symantec/x*"}])
    wait_muted(scene, "rises", "window renamed")
    assert scene.story("rises") == [] and scene.story("stands") == ["raised warning"]
    scene.reload(quiet=[{**ALL_DAY, "match": "symantec/stands.*"}])
    assert scene.wait_event("rises", 1)["fields"]["MAILSEC_REASON"] == "unmuted"
    wait_muted(scene, "stands", "window always")
    assert scene.story("stands") == ["raised warning"]
    scene.reload(quiet=[])
    scene.wait_event("stands", 2)
    scene.turn(stands="ok", rises="ok")
    assert scene.story("stands") == ["raised warning", "worsened critical", "cleared ok"]
    assert scene.story("rises") == ["raised critical", "cleared ok"]


def test_removed_within_a_window(stage):
    """What a reload removes while it is muted is closed at once, where it had been told at all."""
    scene = Scene(stage, ["told.example", "untold.example", "stays.example"])
    scene.turn(told="critical")
    scene.reload(quiet=[ALL_DAY])
    wait_muted(scene, "told", "window always")
    scene.turn(untold="critical", stays="critical")
    scene.reload(domains=["stays.example"])
    assert scene.story("told") == ["raised critical", "cleared ok"]
    assert scene.events("told")[-1]["fields"]["MAILSEC_REASON"] == "removed"
    assert scene.story("untold") == []
    scene.reload(quiet=[])
    scene.wait_event("stays", 1)
    assert scene.story("stays") == ["raised critical"] and scene.story("untold") == []


def test_restart_within_and_after_a_window(stage):
    """A restart within a window tells nothing; a start after its end tells at once what the window held back."""
    begin, end = utc("2027-06-07 22:00"), utc("2027-06-07 23:00")
    scene = Scene(stage, ["stands.example", "rises.example", "clears.example", "comes-goes.example"],
                  clock_near(begin - 30 * MINUTE),
                  quiet=[{"name": "night", "match": "*", "from": "22:00", "to": "23:00", "timezone": "UTC"}])
    scene.turn(stands="critical", clears="warning")
    assert scene.clock.now() < begin, "the machine is too slow for this test"
    wait_muted(scene, "stands", "window night")
    scene.turn(rises="warning", clears="ok", comes_goes="critical")
    scene.restart()
    scene.turn(rises="critical", comes_goes="ok")
    assert scene.clock.now() < end, "the machine is too slow for this test"
    assert [scene.story(n) for n in ("stands", "rises", "clears", "comes-goes")] == \
        [["raised critical"], [], ["raised warning"], []]
    assert muted_by(scene, "stands") == "window night"
    scene.stop()
    scene.wait_until(end + 5 * MINUTE)
    polls = scene.sim.count()
    scene.start()
    scene.wait_event("stands", 2)
    stands = scene.events("stands")
    assert [e["fields"]["MAILSEC_REASON"] for e in stands] == ["limit", "unmuted"]
    assert stamp(stands[-1]["fields"]["MAILSEC_MEASURED_AT"]) < end, "it waits for no new sample"
    assert scene.sim.count() >= polls
    scene.polls(2)
    assert [scene.story(n) for n in ("stands", "rises", "clears", "comes-goes")] == \
        [["raised critical", "reminder critical"], ["raised critical"], ["raised warning", "cleared ok"], []]


# --- flapping ----------------------------------------------------------------------------------------------

FLAPPING = {"flap_limit": 3, "flap_window": "30min"}


def flap(scene, changes, name="one", bad="warning"):
    """So many changes, from ok; each of them is judged."""
    for i in range(changes):
        scene.turn(**{name: bad if i % 2 == 0 else "ok"})


def test_flapping_from_one_more_than_the_limit(stage):
    """As many changes as flap_limit are told each; one more is told as flapping, and the rest is held."""
    scene = Scene(stage, ["one.example", "two.example"], policy=FLAPPING)
    start = scene.clock.now()
    flap(scene, 3)
    scene.polls()
    assert scene.story("one") == ["raised warning", "cleared ok", "raised warning"]
    scene.turn(one="ok")
    assert scene.clock.now() < start + 25 * MINUTE, "the machine is too slow for this test"
    flapping = scene.wait_event("one", 4)
    assert (flapping["event"], flapping["level"], flapping["priority"]) == ("flapping", "ok", 4)
    assert "inbound_oldest flaps: its level changed 4 times within 30min, now ok at 30s" in flapping["message"]
    assert scene.control.alert(identity("one.example"))["flapping"] is True
    flap(scene, 5, bad="critical")
    assert len(scene.events("one")) == 4
    # Of another alert everything is told.
    scene.turn(two="warning")
    assert scene.story("two") == ["raised warning"]
    last = scene.clock.now()
    settled = scene.wait_event("one", 5)
    assert (settled["event"], settled["level"]) == ("raised", "critical")
    assert settled["fields"]["MAILSEC_REASON"] == "settled" and settled["fields"]["MAILSEC_PREVIOUS_LEVEL"] == "ok"
    assert stamp(settled["at"]) - last == pytest.approx(30 * MINUTE, abs=2 * MINUTE + LATE * scene.clock.rate)
    assert scene.control.alert(identity("one.example"))["flapping"] is False
    scene.turn(one="ok")
    assert scene.story("one")[5:] == ["cleared ok"], "counted anew"


def test_settles_where_it_was_told_to_be(stage):
    """Where the level is the one told last the event is `settled`, and the line makes sense to who reads it first."""
    scene = Scene(stage, ["good.example", "bad.example"], policy=FLAPPING)
    for i in range(4):
        scene.turn(good="warning" if i % 2 == 0 else "ok", bad="critical" if i % 2 else "warning")
    assert scene.story("good")[-1] == "flapping ok" and scene.story("bad")[-1] == "flapping critical"
    good, bad = scene.wait_event("good", 5), scene.wait_event("bad", 5)
    for event, level in ((good, "ok"), (bad, "critical")):
        assert (event["event"], event["level"], event["priority"]) == ("settled", level, 5), event
        assert event["fields"]["MAILSEC_PREVIOUS_LEVEL"] == level
    assert "(was ok)" not in good["message"], good["message"]
    assert "critical" in bad["message"] and "ok again" not in bad["message"]
    assert identity("good.example") not in scene.control.alerts()


def test_flap_limit_0_tells_every_change(stage):
    """Nothing flaps then; and what flaps when a reload says so is told as it stands."""
    scene = Scene(stage, ["one.example", "two.example"], policy={"flap_limit": 0})
    flap(scene, 9)
    assert scene.story("one") == ["raised warning", "cleared ok"] * 4 + ["raised warning"]
    scene.reload(policy={**scene.base["policy"], "flap_limit": 1, "flap_window": "5d"})
    flap(scene, 2, "two")
    assert scene.story("two") == ["raised warning", "flapping ok"]
    scene.turn(two="critical")
    assert len(scene.events("two")) == 2
    scene.reload(policy={**scene.base["policy"], "flap_limit": 0})
    assert scene.wait_event("two", 3)["event"] == "raised"
    assert scene.story("two") == ["raised warning", "flapping ok", "raised critical"]


def test_flapping_within_a_mute(stage):
    """What flaps when a mute ends is told as flapping; what had settled by then as it stands."""
    scene = Scene(stage, ["still.example", "settled.example"], policy=FLAPPING)
    silence = scene.control.silence("symantec/*", span=24 * HOUR)
    flap(scene, 5, "settled")
    scene.wait_until(scene.clock.now() + 31 * MINUTE)
    flap(scene, 4, "still")
    assert scene.events() == []
    scene.control.end_silence(silence["id"])
    assert scene.wait_event("still", 1)["event"] == "flapping"
    assert scene.story("settled") == ["raised warning"]
    scene.turn(still="warning")
    assert scene.wait_event("still", 2)["event"] == "raised"
    assert scene.story("still") == ["flapping ok", "raised warning"]


def test_muted_while_flapping(stage):
    """What settles while it is muted is told by the end of the mute, once."""
    scene = Scene(stage, ["one.example"], policy=FLAPPING)
    flap(scene, 4)
    assert scene.story("one")[-1] == "flapping ok"
    silence = scene.control.silence("symantec/one.*", span=24 * HOUR)
    scene.turn(one="critical")
    scene.wait_until(scene.clock.now() + 35 * MINUTE)
    assert len(scene.events("one")) == 4
    scene.control.end_silence(silence["id"])
    assert scene.wait_event("one", 5)["event"] == "raised"
    scene.polls()
    assert len(scene.events("one")) == 5


def test_restart_while_flapping(stage):
    """A restart neither tells it again nor forgets it; what settled meanwhile is told by the start."""
    scene = Scene(stage, ["one.example"], policy={"flap_limit": 3, "flap_window": "45min"})
    flap(scene, 4)
    scene.restart()
    assert scene.control.alert(identity("one.example"))["flapping"] is True
    flap(scene, 3)
    assert scene.story("one") == ["raised warning", "cleared ok", "raised warning", "flapping ok"]
    scene.stop()
    scene.wait_until(scene.clock.now() + 50 * MINUTE)
    scene.start()
    assert scene.wait_event("one", 5)["event"] == "raised"
    assert scene.events("one")[-1]["fields"]["MAILSEC_REASON"] == "settled"


def test_changes_count_over_a_restart(stage):
    """Three changes before a restart and one after are four."""
    scene = Scene(stage, ["one.example"], policy={"flap_limit": 3, "flap_window": "3h"})
    flap(scene, 3)
    scene.restart()
    scene.turn(one="ok")
    assert scene.story("one") == ["raised warning", "cleared ok", "raised warning", "flapping ok"]


# --- silences ----------------------------------------------------------------------------------------------


def test_silence_mutes_what_its_glob_covers(stage):
    """Nothing is told of what it covers, by whole names and in any case; the rest is told as ever."""
    scene = Scene(stage, ["a1.example", "a2.example", "b1.example"])
    made = scene.control.silence("SYMANTEC/a?.example/inbound_*", "moving the mail host", span=2 * HOUR)
    assert made["id"] == 1 and made["by"] == "alice" and made["comment"] == "moving the mail host"
    scene.turn(a1="warning", a2="critical", b1="warning")
    assert [scene.story(n) for n in ("a1", "a2", "b1")] == [[], [], ["raised warning"]]
    assert muted_by(scene, "a1") == "silence 1: moving the mail host" and muted_by(scene, "b1") is None
    assert scene.control.silences()[1]["alerts"] == 2
    scene.control.end_silence(1)
    assert [scene.wait_event(n, 1)["event"] for n in ("a1", "a2")] == ["raised", "raised"]
    scene.control.end_silence(1, status=404)
    assert scene.control.silence("symantec/*", span=HOUR)["id"] == 2, "no number comes again"


def test_silence_ends_by_itself(stage):
    """At its end, to the minute, what still stands is told once."""
    scene = Scene(stage, ["one.example", "two.example"])
    scene.turn(two="critical")
    until = scene.clock.now() // 1 + 40 * MINUTE
    moment = datetime.datetime.fromtimestamp(until, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    scene.control.silence("*", until=moment)
    scene.turn(one="warning")
    assert scene.story("one") == [] and scene.story("two") == ["raised critical"]
    event = scene.wait_event("one", 1)
    assert event["event"] == "raised" and event["fields"]["MAILSEC_REASON"] == "unmuted"
    assert 0 <= stamp(event["at"]) - until <= MINUTE + LATE * scene.clock.rate
    assert scene.story("two") == ["raised critical", "reminder critical"]
    assert scene.control.silences() == {}
    scene.polls(3)
    assert len(scene.events()) == 3


def test_overlapping_silences_and_a_window(stage):
    """It is quiet until the last of them ends."""
    scene = Scene(stage, ["one.example"])
    first = scene.control.silence("symantec/*", span=10 * HOUR)
    second = scene.control.silence("*/one.example/*", span=20 * HOUR)
    scene.turn(one="critical")
    scene.reload(quiet=[ALL_DAY])
    assert muted_by(scene, "one") == "silence 1: planned work"
    scene.control.end_silence(first["id"])
    wait_muted(scene, "one", "silence 2: planned work")
    scene.control.end_silence(second["id"])
    wait_muted(scene, "one", "window always")
    scene.polls()
    assert scene.story("one") == []
    scene.reload(quiet=[])
    assert scene.wait_event("one", 1)["event"] == "raised"
    scene.polls()
    assert scene.story("one") == ["raised critical"]


def test_silence_outlives_a_restart(stage):
    """One that goes on keeps muting; one whose end fell into the outage is over, and what stands is told."""
    scene = Scene(stage, ["keeps.example", "ends.example", "clears.example"])
    scene.turn(clears="critical")
    kept = scene.control.silence("symantec/keeps.*", "a long job", span=48 * HOUR)
    ended = scene.control.silence("symantec/[ec]*", span=30 * MINUTE)
    assert (kept["id"], ended["id"]) == (1, 2)
    scene.turn(keeps="warning", ends="critical", clears="ok")
    assert scene.control.silences().keys() == {1, 2}, "the machine is too slow for this test"
    scene.stop()
    scene.wait_until(scene.clock.now() + 31 * MINUTE)
    scene.start()
    assert scene.wait_event("ends", 1)["event"] == "raised"
    assert scene.wait_event("clears", 2)["event"] == "cleared"
    scene.polls()
    assert scene.story("keeps") == []
    silences = scene.control.silences()
    assert silences.keys() == {1}
    assert {k: silences[1][k] for k in ("match", "comment", "by", "until", "created")} == \
        {k: kept[k] for k in ("match", "comment", "by", "until", "created")}
    assert muted_by(scene, "keeps") == "silence 1: a long job"
    assert scene.control.silence("symantec/x*", span=HOUR)["id"] == 3
    scene.control.end_silence(1)
    assert scene.wait_event("keeps", 1)["event"] == "raised"


@pytest.mark.parametrize("kind", ["muted", "rose-muted", "flapping", "acknowledged"])
def test_start_after_an_outage_tells_it_once(stage, kind):
    """Where a reminder came due in the outage, too, the end of the mute (or of flapping, or of an acknowledgement) and
    the reminder are one record; the next reminder comes in its time."""
    scene = Scene(stage, ["one.example"], policy={
        "remind_first": "40min", "remind_max": "40min", "flap_limit": 3, "flap_window": "30min"})
    alert = identity("one.example")
    if kind == "rose-muted":
        scene.control.silence("*", span=30 * MINUTE)
    if kind == "flapping":
        flap(scene, 4, bad="critical")
    scene.turn(one="critical")
    if kind == "muted":
        scene.control.silence("*", span=30 * MINUTE)
    if kind == "acknowledged":
        scene.control.acknowledge(alert, span=30 * MINUTE)
    before = len(scene.events("one"))
    scene.stop()
    scene.wait_until(scene.clock.now() + 45 * MINUTE)
    scene.start()
    begun = scene.clock.now()
    first = scene.wait_event("one", before + 1)
    assert first["event"] == ("raised" if kind in ("rose-muted", "flapping") else "reminder")
    scene.wait_until(begun + 10 * MINUTE)
    assert len(scene.events("one")) == before + 1, scene.daemon.tell()
    # Late by as much as the outage at most, never early.
    second = scene.wait_event("one", before + 2)
    assert second["event"] == "reminder"
    assert stamp(second["at"]) - stamp(first["at"]) <= 40 * MINUTE + LATE * scene.clock.rate


def test_no_reminders_while_muted(stage):
    """Reminders are held back, too, and go on in their own time afterwards."""
    scene = Scene(stage, ["one.example"], policy={"remind_first": "10min", "remind_max": "10min"})
    scene.turn(one="critical")
    scene.wait_event("one", 3)
    silence = scene.control.silence("*", span=10 * HOUR)
    before = len(scene.events("one"))
    scene.wait_until(scene.clock.now() + 45 * MINUTE)
    assert len(scene.events("one")) == before
    scene.control.end_silence(silence["id"])
    assert scene.wait_event("one", before + 1)["fields"]["MAILSEC_REASON"] == "unmuted"
    assert scene.wait_event("one", before + 2)["fields"]["MAILSEC_REASON"] == "limit"
    assert set(scene.story("one")[1:]) == {"reminder critical"}


def test_silence_of_an_account(stage):
    """An API that fails is muted as anything else."""
    scene = Scene(stage, ["one.example"])
    scene.control.silence("symantec/default/up", span=10 * HOUR)
    scene.faults = [{"api": "symantec", "kind": "401"}]
    scene.set()
    wait_for(lambda: scene.control.alert("symantec/default/up"), "the account is down")
    assert scene.control.events("*") == []
    scene.control.end_silence(1)
    wait_for(lambda: scene.control.events("symantec/default/up"), "it is told")
    event = scene.control.events("symantec/default/up")[0]
    assert event["event"] == "raised" and "refused" in event["message"]


def test_comment_of_a_silence_is_safe_to_print(stage):
    """Whatever somebody wrote, it stays one harmless line."""
    scene = Scene(stage, ["one.example"])
    scene.turn(one="critical")
    scene.control.silence("*", "one\nMAILSEC_LEVEL=ok \x1b[2J\u202e end", span=HOUR)
    words = muted_by(scene, "one")
    assert words.startswith("silence 1: one") and words.endswith("end") and not UNSAFE.search(words), words


# --- acknowledgements --------------------------------------------------------------------------------------

REMIND = {"remind_first": "10min", "remind_max": "10min"}


def acknowledged(scene, name="one"):
    """Who takes care of NAME.example's alert, or None."""
    return scene.control.explain(identity(f"{name}.example"))["acknowledged"]


def test_acknowledged_does_not_remind_but_worsens(stage):
    """Reminders stop, getting worse and being over are told; with that it is forgotten."""
    scene = Scene(stage, ["one.example", "two.example"], policy=REMIND)
    scene.turn(one="warning", two="warning")
    answer = scene.control.acknowledge(identity("one.example"), "disk is full")
    assert answer["acknowledged"]["by"] == "alice" and answer["acknowledged"]["comment"] == "disk is full"
    assert answer["remind"] is None
    scene.wait_event("two", 4)
    assert scene.story("one") == ["raised warning"]
    scene.turn(one="critical")
    assert scene.story("one") == ["raised warning", "worsened critical"]
    scene.wait_event("two", 7)
    assert len(scene.events("one")) == 2 and acknowledged(scene)
    scene.turn(one="warning")
    scene.turn(one="ok")
    assert scene.story("one")[2:] == ["eased warning", "cleared ok"] and not acknowledged(scene)
    scene.turn(one="warning")
    assert scene.wait_event("one", 6)["event"] == "reminder", "the next time it is new"
    scene.control.acknowledge(identity("none.example"), status=404)
    scene.turn(two="ok")
    scene.control.acknowledge(identity("two.example"), status=404)


def test_acknowledgement_taken_back_or_over(stage):
    """Taken back it reminds again; where it has an end that is told at once."""
    scene = Scene(stage, ["one.example", "two.example"], policy=REMIND)
    scene.turn(one="critical", two="critical")
    scene.control.acknowledge(identity("one.example"))
    scene.control.acknowledge(identity("two.example"), span=25 * MINUTE)
    start = scene.clock.now()
    event = scene.wait_event("two", 2)
    assert event["event"] == "reminder"
    assert stamp(event["at"]) - start == pytest.approx(25 * MINUTE, abs=(LATE + 0.5) * scene.clock.rate)
    assert not acknowledged(scene, "two") and acknowledged(scene)
    scene.wait_event("two", 3)
    assert len(scene.events("one")) == 1
    scene.control.end_acknowledgement(identity("one.example"))
    scene.control.end_acknowledgement(identity("one.example"), status=404)
    assert scene.wait_event("one", 2)["event"] == "reminder"


def test_acknowledged_up_to_a_ceiling(stage):
    """Up to the ceiling it is quiet, past it it speaks again, once, and reminds from then on."""
    scene = Scene(stage, ["one.example"])
    scene.turn(one="critical")
    answer = scene.control.acknowledge(identity("one.example"), ceiling=7200)
    assert answer["acknowledged"]["ceiling"] == 7200
    scene.turn(one=7200)
    scene.polls()
    assert scene.story("one") == ["raised critical"] and acknowledged(scene)
    scene.turn(one=7201)
    scene.polls()
    assert scene.story("one") == ["raised critical", "reminder critical"]
    assert scene.events("one")[-1]["fields"]["MAILSEC_VALUE"] == "7201" and not acknowledged(scene)
    scene.control.acknowledge(identity("one.example"), ceiling=7200, status=409)


def test_worse_and_past_the_ceiling_is_one_record(stage):
    """The sample that worsens it and passes the ceiling is told once."""
    scene = Scene(stage, ["one.example"])
    scene.turn(one="warning")
    scene.control.acknowledge(identity("one.example"), ceiling=3000)
    scene.turn(one="critical")
    scene.polls()
    assert scene.story("one") == ["raised warning", "worsened critical"] and not acknowledged(scene)


def test_acknowledgement_outlives_a_restart(stage):
    """With its words and its end; one whose end fell into the outage is over, and the alert reminds."""
    scene = Scene(stage, ["one.example", "two.example", "three.example"], policy={
        "remind_first": "20min", "remind_max": "20min"})
    scene.turn(one="critical", two="critical", three="critical")
    kept = scene.control.acknowledge(identity("one.example"), "disk is full", span=48 * HOUR, ceiling=9000)
    scene.control.acknowledge(identity("two.example"), span=40 * MINUTE)
    scene.stop()
    scene.wait_until(scene.clock.now() + 45 * MINUTE)
    scene.start()
    assert scene.wait_event("two", 2)["event"] == "reminder"
    assert acknowledged(scene) == kept["acknowledged"] and not acknowledged(scene, "two")
    scene.wait_event("three", 3)
    assert scene.story("one") == ["raised critical"]
    scene.turn(one=9001)
    assert scene.wait_event("one", 2)["event"] == "reminder"


def test_acknowledged_and_muted(stage):
    """The end of a mute does not remind of what somebody takes care of; what worsened meanwhile is told."""
    scene = Scene(stage, ["same.example", "worse.example"])
    scene.turn(same="warning", worse="warning")
    for name in ("same", "worse"):
        scene.control.acknowledge(identity(f"{name}.example"))
    scene.control.silence("*", span=10 * HOUR)
    scene.turn(worse="critical")
    scene.control.end_silence(1)
    assert scene.wait_event("worse", 2)["event"] == "worsened"
    scene.polls()
    assert scene.story("same") == ["raised warning"]
    assert acknowledged(scene, "same") and acknowledged(scene, "worse")


def test_what_was_answered_outlives_a_crash(stage):
    """Whoever was told that it is muted or acknowledged can rely on it: it is kept before the answer is sent."""
    scene = Scene(stage, ["one.example", "two.example"], policy={"remind_first": "10h", "remind_max": "10h"})
    scene.turn(one="critical", two="critical")
    scene.restart()
    for turn in range(3):
        silence = scene.control.silence("symantec/one.*", span=48 * HOUR)
        scene.crash()
        scene.start()
        assert silence["id"] in scene.control.silences(), turn
        scene.control.acknowledge(identity("two.example"), f"turn {turn}")
        scene.crash()
        scene.start()
        assert acknowledged(scene, "two")["comment"] == f"turn {turn}"
        scene.control.end_silence(silence["id"])
        scene.crash()
        scene.start()
        assert scene.control.silences() == {}, turn
        assert scene.wait_event("one", 2 + turn)["event"] == "reminder"
    scene.polls()
    assert scene.story("one") == ["raised critical"] + ["reminder critical"] * 3
    assert scene.story("two") == ["raised critical"]
