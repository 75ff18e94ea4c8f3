# SPDX-License-Identifier: MIT
"""Many domains at once are one record, while each of them keeps an alert of its own."""

import re

import pytest

from harness import records as record_rules
from harness.clock import stamp
from harness.scene import HOUR, MINUTE, WAITS, Scene, Story, clock_near, identity
from harness.simulator import scenario
from harness.wait import wait_for

REMIND = {"remind_first": "30min", "remind_max": "30min"}


@pytest.fixture(autouse=True)
def story(monkeypatch):
    """What holds for the records of a whole test, restarts included."""
    monkeypatch.setattr(record_rules, "check_story", Story().check)


def names_of(number, kind="d"):
    """d00.example, d01.example, ..."""
    return [f"{kind}{i:02d}.example" for i in range(number)]


def keys(names):
    """The same as Scene.turn() takes them."""
    return [n.removesuffix(".example") for n in names]


def turn_all(scene, names, level):
    """Gives all of them a level, in one poll."""
    scene.turn(**{k: level for k in keys(names)})


def grouped(scene, **wanted):
    """The records that tell of several domains."""
    return [r for r in scene.records(**wanted) if "MAILSEC_COUNT" in r]


def wait_grouped(scene, number, **wanted):
    """Waits until there are so many of them; the last one."""
    wait_for(lambda: len(grouped(scene, **wanted)) >= number,
             lambda: f"{number} records of several domains {wanted}: {scene.daemon.tell()}", every=0.03)
    return grouped(scene, **wanted)[number - 1]


def single(scene, **wanted):
    """The records of queues that tell of one domain."""
    return scene.records(metric="inbound_oldest", domain=re.compile("."), **wanted)


def check_group(record, event, level, count):
    """What holds for every record that tells of several domains."""
    assert (record["MAILSEC_EVENT"], record["MAILSEC_LEVEL"], record["MAILSEC_COUNT"]) == (event, level, str(count))
    assert record["MAILSEC_SOURCE"] == "symantec" and record["MAILSEC_ACCOUNT"] == "default"
    assert record["MAILSEC_METRIC"] == "inbound_oldest" and record["MAILSEC_UNIT"] == "seconds"
    for absent in ("MAILSEC_ALERT", "MAILSEC_DOMAIN", "MAILSEC_VALUE", "MAILSEC_OWNER", "MAILSEC_RUNBOOK"):
        assert absent not in record, record
    assert record["MESSAGE"].startswith(f"{count} domains of symantec account default: "), record["MESSAGE"]
    listed = level != "ok" or event == "flapping"
    assert record["MESSAGE"].endswith("; mailsecctl alerts lists them") == listed, record["MESSAGE"]
    assert len(record["MESSAGE"].encode()) <= 1024 and len(record["MAILSEC_DOMAINS"].encode()) <= 1024
    assert stamp(record["MAILSEC_SINCE"]) <= stamp(record["MAILSEC_MEASURED_AT"])


def test_ten_are_ten_records_eleven_are_one(stage):
    """More than group_over, and not as many, are told together; all of it ends together, too."""
    ten, eleven = names_of(10, "t"), names_of(11, "e")
    scene = Scene(stage, ten + eleven)
    turn_all(scene, ten, "critical")
    assert len(single(scene, event="raised")) == 10 and not grouped(scene)
    turn_all(scene, eleven, "critical")
    record = wait_grouped(scene, 1)
    check_group(record, "raised", "critical", 11)
    assert record["PRIORITY"] == "2" and record["MAILSEC_PREVIOUS_LEVEL"] == "ok"
    assert record["MAILSEC_DOMAINS"].split() == eleven
    assert record["MAILSEC_LIMIT"] == "3600"
    assert re.fullmatch(r"11 domains of symantec account default: inbound_oldest is bad \(limit 1h\) since [^,]*, "
                        r"critical: e00\.example, e01\.example, e02\.example, e03\.example, e04\.example and 6 more; "
                        r"mailsecctl alerts lists them", record["MESSAGE"]), record["MESSAGE"]
    assert len(single(scene)) == 10
    # Each is an alert of its own.
    alerts = scene.control.alerts()
    assert alerts.keys() == {identity(n) for n in ten + eleven}
    assert all((a["level"], a["told"], a["value"]) == ("critical", "critical", WAITS["critical"])
               for a in alerts.values())
    explained = scene.control.explain(identity(eleven[3]))
    assert explained["told"] == "critical"
    turn_all(scene, eleven + ten, "ok")
    record = wait_grouped(scene, 2)
    check_group(record, "cleared", "ok", 21)
    assert record["MAILSEC_PREVIOUS_LEVEL"] == "critical" and record["PRIORITY"] == "5"
    assert "ok again" in record["MESSAGE"]
    assert scene.control.alerts() == {} and len(single(scene)) == 10


def test_unlike_changes_of_one_poll(stage):
    """One poll raises some, clears others, worsens and eases more: one record for each kind that is large enough."""
    up, down, worse, ease, few = (names_of(12, k) for k in ("u", "d", "w", "e", "f"))
    few = few[:4]
    scene = Scene(stage, up + down + worse + ease + few)
    scene.turn(**{k: "warning" for k in keys(down + worse)}, **{k: "critical" for k in keys(ease)})
    wait_grouped(scene, 2, event="raised")
    before = len(grouped(scene))
    scene.turn(**{k: "warning" for k in keys(up + few[:2])}, **{k: "ok" for k in keys(down)},
               **{k: "critical" for k in keys(worse + few[2:])}, **{k: "warning" for k in keys(ease)})
    wait_grouped(scene, before + 4)
    told = {r["MAILSEC_EVENT"]: r for r in grouped(scene)[before:]}
    assert {(e, r["MAILSEC_LEVEL"], r["MAILSEC_PREVIOUS_LEVEL"], r["MAILSEC_COUNT"]) for e, r in told.items()} == {
        ("raised", "warning", "ok", "14"), ("cleared", "ok", "warning", "12"),
        ("worsened", "critical", "warning", "12"), ("eased", "warning", "critical", "12")}
    assert {(r["MAILSEC_DOMAIN"], r["MAILSEC_EVENT"], r["MAILSEC_LEVEL"]) for r in single(scene)} == {
        ("f02.example", "raised", "critical"), ("f03.example", "raised", "critical")}
    eased = told["eased"]["MESSAGE"]
    assert "has eased (limit 15min), warning (was critical): e00.example" in eased, eased
    assert "was warning" in told["worsened"]["MESSAGE"], told["worsened"]["MESSAGE"]


def test_cleared_from_different_levels(stage):
    """What is said to have been before holds for each domain that the record is about."""
    names = names_of(24)
    scene = Scene(stage, names)
    scene.turn(**{k: "critical" if i < 12 else "warning" for i, k in enumerate(keys(names))})
    turn_all(scene, names, "ok")
    wait_for(lambda: sum(int(r["MAILSEC_COUNT"]) for r in grouped(scene, event="cleared")) == 24, scene.daemon.tell)
    for record in grouped(scene, event="cleared"):
        previous = {"critical" if int(n[1:3]) < 12 else "warning" for n in record["MAILSEC_DOMAINS"].split()}
        if record["MAILSEC_COUNT"] == "12":
            assert previous == {record["MAILSEC_PREVIOUS_LEVEL"]}, record
        else:
            assert record["MAILSEC_PREVIOUS_LEVEL"] == "critical", "the worst of them"


def test_limits_of_their_own(stage):
    """A limit that does not hold for all of them is not named."""
    names = names_of(12)
    scene = Scene(stage, names, domains=[
        {"name": n, "limits": {"inbound_oldest": {"warning": f"{5 + i}min"}}} for i, n in enumerate(names)])
    turn_all(scene, names, "warning")
    record = wait_grouped(scene, 1)
    check_group(record, "raised", "warning", 12)
    assert "MAILSEC_LIMIT" not in record and "min)" not in record["MESSAGE"], record["MESSAGE"]


def test_since_is_the_earliest(stage):
    """Where they went bad at different times the record names the first."""
    names = names_of(12)
    scene = Scene(stage, names, policy={"remind_first": "2h", "remind_max": "2h"})
    turn_all(scene, names[6:], "warning")
    first = min(stamp(a["since"]) for a in scene.control.alerts().values())
    scene.wait_until(first + 20 * MINUTE)
    turn_all(scene, names[:6], "warning")
    silence = scene.control.silence("*", span=5 * HOUR)
    scene.control.end_silence(silence["id"])
    record = wait_grouped(scene, 1)
    check_group(record, "reminder", "warning", 12)
    assert stamp(record["MAILSEC_SINCE"]) == first, record


def test_group_over_0_and_reload(stage):
    """0 tells of each; another number holds from a reload on."""
    names = names_of(15)
    scene = Scene(stage, names, policy={"group_over": 0})
    turn_all(scene, names, "warning")
    assert len(single(scene, event="raised")) == 15 and not grouped(scene)
    scene.reload(policy={**scene.base["policy"], "group_over": 14})
    turn_all(scene, names, "critical")
    check_group(wait_grouped(scene, 1), "worsened", "critical", 15)
    scene.reload(policy={**scene.base["policy"], "group_over": 15})
    turn_all(scene, names, "ok")
    assert len(single(scene, event="cleared")) == 15 and len(grouped(scene)) == 1


def test_reminders_of_many(stage):
    """Alerts that began together are told together again; the one that is not among them reminds alone."""
    names = names_of(12)
    scene = Scene(stage, names + ["later.example"], policy=REMIND)
    turn_all(scene, names, "warning")
    begun = scene.clock.now()
    scene.wait_until(begun + 12 * MINUTE)
    scene.turn(later="warning")
    for number in (1, 2):
        record = wait_grouped(scene, number, event="reminder")
        check_group(record, "reminder", "warning", 12)
        assert "still warning" in record["MESSAGE"] and record["PRIORITY"] == "4"
    later = scene.wait_event("later", 2)
    assert later["event"] == "reminder"
    # Whoever takes care of one takes it out.
    scene.control.acknowledge(identity(names[5]))
    record = wait_grouped(scene, len(grouped(scene, event="reminder")) + 1, event="reminder")
    check_group(record, "reminder", "warning", 11)
    assert names[5] not in record["MAILSEC_DOMAINS"]
    turn_all(scene, names, "ok")
    check_group(wait_grouped(scene, 1, event="cleared"), "cleared", "ok", 12)


def test_silenced_ones_do_not_count(stage):
    """Eleven of which one is silenced are ten; the end of a silence of many is one record."""
    names = names_of(11)
    scene = Scene(stage, names)
    silence = scene.control.silence("symantec/d04.*", span=10 * HOUR)
    turn_all(scene, names, "critical")
    scene.polls(1)
    assert not grouped(scene) and len(single(scene)) == 10
    assert "d04.example" not in {r["MAILSEC_DOMAIN"] for r in single(scene)}
    scene.control.end_silence(silence["id"])
    scene.wait_event("d04", 1)
    silence = scene.control.silence("symantec/*", span=10 * HOUR)
    turn_all(scene, names, "ok")
    assert len(scene.records(event="cleared")) == 0
    scene.control.end_silence(silence["id"])
    record = wait_grouped(scene, 1)
    check_group(record, "cleared", "ok", 11)
    assert record["MAILSEC_REASON"] == "unmuted"


def test_many_that_flap(stage):
    """Many that flap, and settle, alike are one record each time, worded as what it is."""
    names = names_of(12)
    scene = Scene(stage, names, policy={"flap_limit": 2, "flap_window": "30min"})
    for level in ("warning", "ok", "warning", "ok"):
        turn_all(scene, names, level)
    flapping = wait_grouped(scene, 1, event="flapping")
    check_group(flapping, "flapping", "warning", 12)
    assert "flap" in flapping["MESSAGE"] and flapping["PRIORITY"] == "4"
    cleared = wait_grouped(scene, 2, event="cleared")
    check_group(cleared, "cleared", "ok", 12)
    assert cleared["MAILSEC_REASON"] == "settled"
    for level in ("warning", "ok"):
        turn_all(scene, names, level)
    for level in ("warning", "ok"):
        turn_all(scene, names, level)
    scene.wait_until(scene.clock.now() + 20 * MINUTE)
    assert len(grouped(scene, event="flapping")) == 2


def test_many_that_settle_where_they_were(stage):
    """Settled at ok is not past any limit."""
    names = names_of(12)
    scene = Scene(stage, names, policy={"flap_limit": 1, "flap_window": "20min"})
    for level in ("warning", "ok"):
        turn_all(scene, names, level)
    flapping = wait_grouped(scene, 1, event="flapping")
    check_group(flapping, "flapping", "ok", 12)
    assert "inbound_oldest flaps, now ok" in flapping["MESSAGE"] and "bad" not in flapping["MESSAGE"]
    settled = wait_grouped(scene, 1, event="settled")
    check_group(settled, "settled", "ok", 12)
    assert "inbound_oldest flaps no more, ok: d00.example" in settled["MESSAGE"], settled["MESSAGE"]


def test_restart_keeps_each_state(stage):
    """After a restart each domain goes on where it was: nothing is told anew, and what changes is told of that one."""
    names = names_of(14)
    scene = Scene(stage, names)
    turn_all(scene, names, "warning")
    wait_grouped(scene, 1)
    scene.restart()
    assert scene.records(source="symantec") == []
    assert {a["told"] for a in scene.control.alerts().values()} == {"warning"} and len(scene.control.alerts()) == 14
    scene.turn(d03="critical", d07="ok")
    assert {(r["MAILSEC_DOMAIN"], r["MAILSEC_EVENT"], r["MAILSEC_PREVIOUS_LEVEL"]) for r in single(scene)} == {
        ("d03.example", "worsened", "warning"), ("d07.example", "cleared", "warning")}
    # What cleared while nobody looked is one record, too.
    scene.stop()
    scene.set(**{k: "ok" for k in keys(names)})
    scene.start()
    wait_for(lambda: not scene.control.alerts(), "all is well")
    scene.polls(1)
    told = {name: scene.control.explain(identity(name))["told"] for name in names}
    assert set(told.values()) == {"ok"}, told
    cleared = grouped(scene, event="cleared")
    assert sum(int(r["MAILSEC_COUNT"]) for r in cleared) + len(single(scene, event="cleared")) == 13


def test_two_accounts_are_two_causes(stage):
    """Domains of different accounts, and different metrics, are not told together."""
    one, two = names_of(8, "o"), names_of(8, "t")
    clock = clock_near(1_800_000_000)
    domains = [{"name": n, "account": a, "symantec": {"inbound_oldest": 5000}}
               for a, names in (("default", one), ("second", two)) for n in names]
    sim = stage.simulate(scenario(accounts=["default", "second"], domains=domains), clock)
    daemon = stage.start({
        "symantec": [stage.symantec(sim, interval="1min"), stage.symantec(sim, "second", interval="1min")],
        "domains": [{"name": d["name"], "account": d["account"]} for d in domains],
        "policy": {"raise_after": 1, "group_over": 8}}, clock)
    daemon.wait_records(16, event="raised", metric="inbound_oldest")
    assert not [r for r in daemon.records() if "MAILSEC_COUNT" in r]


def test_names_of_full_length(stage):
    """Names that do not fit are left out as a whole, and what is to be done still ends the line."""
    tail = ".".join(["x" * 60] * 3)
    names = [f"n{i:02d}-{'y' * 50}.{tail}.example" for i in range(12)]
    scene = Scene(stage, ["one.example"], domains=names)
    scene.sim.change_scenario(scenario(domains=[{"name": n, "symantec": {"inbound_oldest": 5000}} for n in names]))
    record = wait_grouped(scene, 1)
    check_group(record, "raised", "critical", 12)
    assert set(record["MAILSEC_DOMAINS"].split()) <= set(names), record["MAILSEC_DOMAINS"]
    assert re.search(r" and \d+ more; mailsecctl alerts lists them$", record["MESSAGE"]), record["MESSAGE"]


def play_many(number, wait):
    """So many domains, all with that wait."""
    return scenario(generate=[{"count": number, "pattern": "d%05d.example", "symantec": {"inbound_oldest": wait}}])


def many_at(stage, number, rate, **policy):
    """A scene that watches so many domains, in trouble from the first poll on, and the record of it."""
    scene = Scene(stage, ["d00000.example"], clock_near(1_800_000_000, rate), policy=policy,
                  domains=[f"d{i:05d}.example" for i in range(number)])
    scene.sim.change_scenario(play_many(number, 5000))
    return scene, wait_grouped(scene, 1)


def test_ten_thousand_at_once(stage):
    """An outage behind 10,000 domains is one short line, and its end, too; each of them is listed."""
    scene, record = many_at(stage, 10_000, 60)
    check_group(record, "raised", "critical", 10_000)
    assert len(record["MESSAGE"]) < 300, record["MESSAGE"]
    assert "d00004.example and 9995 more" in record["MESSAGE"]
    assert len(record["MAILSEC_DOMAINS"].split()) == 20
    alerts = scene.control.alerts()
    assert len(alerts) == 10_000 and {a["told"] for a in alerts.values()} == {"critical"}
    scene.sim.change_scenario(play_many(10_000, 10))
    check_group(wait_grouped(scene, 1, event="cleared"), "cleared", "ok", 10_000)
    assert not single(scene) and len(grouped(scene)) == 2
    assert scene.control.alerts() == {}


def test_reminder_of_two_thousand(stage):
    """What was told in one record is told again in one."""
    scene, record = many_at(stage, 2000, 120, remind_first="20min", remind_max="20min")
    check_group(record, "raised", "critical", 2000)
    check_group(wait_grouped(scene, 1, event="reminder"), "reminder", "critical", 2000)
