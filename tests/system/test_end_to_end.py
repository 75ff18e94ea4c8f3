# SPDX-License-Identifier: MIT
"""The main job: what the vendors say becomes records with every field, no more and no fewer."""

import re

import pytest

from harness.clock import Clock, stamp
from harness.records import brief, pick
from harness.simulator import scenario
from harness.wait import wait_for

RATE = 600  # ten minutes in a second
MINUTE = 60

QUEUE = "symantec/example.com/inbound_oldest"
REMINDED = "symantec/reminded.example/outbound_oldest"
LISTED = "immuniweb/listed.example/blacklist_count"
DMARC = "immuniweb/listed.example/dmarc"


def queue_steps(*steps):
    """Values of inbound_oldest from some minutes on."""
    return {"inbound_oldest": 30,
            "steps": [{"at": at * MINUTE, "inbound_oldest": value} for at, value in steps]}


@pytest.fixture(scope="module")
def morning(wide_stage):
    """One morning of two hours, played once for all tests below."""
    clock = Clock(RATE)
    sim = wide_stage.simulate(scenario(
        domains=[
            {"name": "example.com",
             "symantec": queue_steps((8, 1200), (20, 4000), (35, 1800), (50, 12))},
            "spike.example",
            {"name": "reminded.example", "symantec": {"outbound_oldest": 1000}},
            {"name": "listed.example", "immuniweb": {
                "test_duration": "20s",
                "steps": [{"at": 25 * MINUTE, "blacklist_count": 4, "dmarc": "weakness"},
                          {"at": 55 * MINUTE, "blacklist_count": 0, "dmarc": "good"}]}},
        ],
        # One poll, and one only, sees a spike.
        faults=[{"api": "symantec", "kind": "numbers", "domain": "spike.example",
                 "field": "LongestTimeInDeliveryQueueInbound", "value": "9000", "skip": 6, "times": 1}]), clock)
    daemon = wide_stage.start({
        "symantec": wide_stage.symantec(sim, interval="1min"),
        "immuniweb": wide_stage.immuniweb(sim, interval="10min"),
        "groups": {"front": {"owner": "mail-team", "runbook": "https://wiki.example.org/mail"}},
        "domains": [
            {"name": "example.com", "group": "front", "sources": ("symantec",)},
            {"name": "spike.example", "sources": ("symantec",)},
            {"name": "reminded.example", "sources": ("symantec",), "owner": "night-shift",
             "policy": {"remind_first": "10min", "remind_max": "20min"}},
            {"name": "listed.example", "sources": ("immuniweb",)},
        ],
        "policy": {"remind_first": "never"},
    }, clock)
    daemon.sim = sim
    daemon.wait_record(event="cleared", alert=QUEUE)
    daemon.wait_record(event="cleared", alert=LISTED)
    daemon.wait_record(event="cleared", alert=DMARC)
    daemon.wait_records(4, event="reminder", alert=REMINDED)
    daemon.stop()
    daemon.wait_record(event="stopped")
    return daemon


def test_every_record_and_no_more(morning):
    """A stuck queue is told when it gets bad, worse, better and well; nothing is told twice."""
    assert morning.events(QUEUE) == ["raised", "worsened", "eased", "cleared"]
    assert morning.events(LISTED) == ["raised", "cleared"]
    assert morning.events(DMARC) == ["raised", "cleared"]
    assert set(morning.events(REMINDED)) == {"raised", "reminder"}
    known = {QUEUE, LISTED, DMARC, REMINDED}
    others = [r for r in morning.records() if r.get("MAILSEC_ALERT") not in known]
    # Two results of the test differed from the ones before.
    assert [r["MAILSEC_EVENT"] for r in others] == ["started", "changed", "changed", "stopped"], brief(others)


@pytest.mark.parametrize("event, level, previous, value, limit, priority", [
    ("raised", "warning", "ok", "1200", "900", "4"),
    ("worsened", "critical", "warning", "4000", "3600", "2"),
    ("eased", "warning", "critical", "1800", "900", "5"),
    ("cleared", "ok", "warning", "12", "900", "5"),
])
def test_fields_of_a_queue_alert(morning, event, level, previous, value, limit, priority):
    """Every field of spec section 5 is there, with exactly what was measured."""
    record = pick(morning.records(), alert=QUEUE, event=event)[0]
    wanted = {
        "PRIORITY": priority,
        "SYSLOG_IDENTIFIER": "mailsecd",
        "SYSLOG_FACILITY": "3",
        "MAILSEC_SOURCE": "symantec",
        "MAILSEC_DOMAIN": "example.com",
        "MAILSEC_METRIC": "inbound_oldest",
        "MAILSEC_LEVEL": level,
        "MAILSEC_PREVIOUS_LEVEL": previous,
        "MAILSEC_VALUE": value,
        "MAILSEC_LIMIT": limit,
        "MAILSEC_UNIT": "seconds",
        "MAILSEC_REASON": "limit",
        "MAILSEC_OWNER": "mail-team",
        "MAILSEC_RUNBOOK": "https://wiki.example.org/mail",
        "MAILSEC_GROUP": "front",
    }
    if "SYSLOG_FACILITY" not in record:  # a line on stderr says it by its place
        del wanted["SYSLOG_FACILITY"], wanted["SYSLOG_IDENTIFIER"]
    assert {k: record.get(k) for k in wanted} == wanted
    assert "MAILSEC_ACCOUNT" not in record


@pytest.mark.parametrize("event, pattern", [
    ("raised", r"^example\.com: oldest inbound message waits 20min \(limit 15min\) since [A-Za-z0-9 ]*\d\d:\d\d, "
               r"warning; owner mail-team; see https://wiki\.example\.org/mail$"),
    ("worsened", r"^example\.com: oldest inbound message waits 1h 6min \(limit 1h\) since [A-Za-z0-9 ]*\d\d:\d\d, "
                 r"critical \(was warning\)"),
    ("eased", r"^example\.com: oldest inbound message waits 30min \(limit 15min\) since .*, warning \(was critical\)"),
    ("cleared", r"^example\.com: oldest inbound message waits 12s, ok again after \d+min.* \(was warning\)$"),
], ids=["raised", "worsened", "eased", "cleared"])
def test_message_of_a_queue_alert(morning, event, pattern):
    """MESSAGE is one line a person can act on: what, how bad, since when, whose."""
    message = pick(morning.records(), alert=QUEUE, event=event)[0]["MESSAGE"]
    assert re.search(pattern, message), message


def test_times_of_a_queue_alert(morning):
    """SINCE is the first bad sample of the streak, MEASURED_AT the poll that decided; both are RFC 3339 in UTC."""
    sim = morning.sim
    start = sim.log_lines()[0]["ts"]
    polls = [r["ts"] for r in sim.requests(call="stats")]
    records = pick(morning.records(), alert=QUEUE)
    raised = records[0]
    bad = [ts for ts in polls if ts - start >= 8 * MINUTE]
    # The daemon stamps a sample when the answer is there, the simulator when it decides it.
    late = 0.25 * RATE
    assert -1 <= stamp(raised["MAILSEC_SINCE"]) - bad[0] <= late, (raised, bad[:3])
    assert -1 <= stamp(raised["MAILSEC_MEASURED_AT"]) - bad[1] <= late, (raised, bad[:3])
    assert {r["MAILSEC_SINCE"] for r in records} == {raised["MAILSEC_SINCE"]}
    for record in records:
        measured = stamp(record["MAILSEC_MEASURED_AT"])
        assert any(-1 <= measured - ts <= late for ts in polls), record


def test_spike_is_silent(morning):
    """One bad sample alone says nothing (raise_after = 2)."""
    assert morning.sim.count(fault="numbers") == 1, "the spike was seen"
    assert pick(morning.records(), domain="spike.example") == []


def test_reminders_double(morning):
    """A standing alert is told again after remind_first, then after twice that, up to remind_max."""
    records = pick(morning.records(), alert=REMINDED)
    if "__REALTIME_TIMESTAMP" not in records[0]:
        pytest.skip("only a journal says when a record came")
    times = [int(r["__REALTIME_TIMESTAMP"]) / 1e6 for r in records[:5]]
    gaps = [(b - a) * RATE / MINUTE for a, b in zip(times, times[1:])]
    for gap, wanted in zip(gaps, (10, 20, 20, 20)):
        assert wanted - 1 <= gap <= wanted + 4, gaps
    for record in records[1:]:
        assert record["MAILSEC_LEVEL"] == "warning" and record["PRIORITY"] == "4"
        assert "still warning" in record["MESSAGE"], record["MESSAGE"]
        assert record["MAILSEC_OWNER"] == "night-shift"


def test_test_alert_fields(morning):
    """A blacklisting is told at the first result that has it, with its level, number, limit and where."""
    raised = pick(morning.records(), alert=LISTED, event="raised")[0]
    wanted = {"PRIORITY": "2", "MAILSEC_DOMAIN": "listed.example", "MAILSEC_VALUE": "4", "MAILSEC_LIMIT": "3",
              "MAILSEC_UNIT": "count", "MAILSEC_LEVEL": "critical", "MAILSEC_REASON": "limit"}
    assert {k: raised.get(k) for k in wanted} == wanted
    assert "mx1.listed.example" in raised["MAILSEC_DETAIL"]
    assert "MAILSEC_OWNER" not in raised and "MAILSEC_GROUP" not in raised
    weak = pick(morning.records(), alert=DMARC, event="raised")[0]
    assert (weak["MAILSEC_LEVEL"], weak["MAILSEC_VALUE"], weak["MAILSEC_UNIT"]) == ("warning", "2", "grade")
    assert "weakness" in weak["MESSAGE"]
    assert weak.get("MAILSEC_DETAIL"), weak


def test_changed_results_are_told(morning):
    """What differs from the last result where no limit speaks is told in one record for information, with both values."""
    changed = pick(morning.records(), event="changed")
    assert all(r["PRIORITY"] == "6" and r["MAILSEC_DOMAIN"] == "listed.example" for r in changed)
    assert "blacklists_issues 0 -> 4" in changed[0]["MAILSEC_DETAIL"]
    assert "dns_color green -> orange" in changed[0]["MAILSEC_DETAIL"]
    assert "blacklists_issues 4 -> 0" in changed[1]["MAILSEC_DETAIL"]
    for record in changed:
        assert "blacklist_count" not in record["MAILSEC_DETAIL"], "that is told by its alert"


def test_polls_are_not_too_early(morning):
    """The queues are asked once an interval: never sooner than nine tenths of it, and at once at the start."""
    sim = morning.sim
    times = [r["ts"] for r in sim.requests(call="stats")]
    gaps = [b - a for a, b in zip(times, times[1:])]
    # What a busy machine takes between planning and the simulator's stamp counts to both sides.
    slack = 0.08 * RATE
    assert min(gaps) >= 0.9 * MINUTE - slack, min(gaps)
    assert sum(gaps) / len(gaps) >= 0.9 * MINUTE
    assert sim.requests()[0]["monotonic"] - sim.log_lines()[0]["monotonic"] < 10
    connections = {r["connection"] for r in sim.requests(call="stats")}
    assert len(connections) <= 3, "connections are reused"


def test_tests_are_not_too_early(morning):
    """A domain is tested once an interval, one `check` each, and its running test is not asked for sooner than poll_min."""
    sim = morning.sim
    checks = [r["ts"] for r in sim.requests(call="check")]
    gaps = [b - a for a, b in zip(checks, checks[1:])]
    slack = 0.08 * RATE
    assert min(gaps) >= 9 * MINUTE - slack, gaps
    everything = sim.requests(api="immuniweb")
    for before, after in zip(everything, everything[1:]):
        if after["call"] == "get_result":
            assert after["ts"] - before["ts"] >= 10 - 1, (before, after)
    assert all(r["form"]["recheck"] == "true" for r in sim.requests(call="check"))


@pytest.fixture(scope="module")
def stuck(wide_stage):
    """A queue whose head blocks, on a slower clock: how an age grows is compared with the time that passed."""
    clock = Clock(30)
    sim = wide_stage.simulate(scenario(domains=[
        {"name": "blocked.example", "symantec": {"inbound_messages": 3, "inbound_oldest": 5, "inbound_stuck": True}},
        {"name": "moving.example", "symantec": {"inbound_messages": 3, "inbound_oldest": 500}},
    ]), clock)
    return sim, wide_stage.start({
        "symantec": wide_stage.symantec(sim, interval="30s", timeout="5s"),
        "domains": ["blocked.example", "moving.example"],
        "limits": {"inbound_stuck": {"warning": "1min"}},
    }, clock)


def test_stuck_queue(stuck):
    """A message that ages a second per second blocks its queue (inbound_stuck); one that is merely old does not."""
    sim, daemon = stuck
    raised = daemon.wait_record(event="raised", alert="symantec/blocked.example/inbound_stuck")
    assert 60 <= float(raised["MAILSEC_VALUE"]) <= 200, raised
    assert "has not moved for" in raised["MESSAGE"]
    sim.change_scenario(scenario(domains=["blocked.example", "moving.example"]))
    cleared = daemon.wait_record(event="cleared", alert="symantec/blocked.example/inbound_stuck")
    assert cleared["MAILSEC_VALUE"] == "0"
    assert daemon.records(domain="moving.example") == []


def test_two_accounts_know_only_their_own(stage):
    """Each account is asked with its own credential for its own domains, and answers for them alone."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(
        accounts=["one", "two"],
        domains=[{"name": "a.example", "account": "one", "symantec": {"inbound_oldest": 5000}},
                 {"name": "b.example", "account": "two"},
                 {"name": "stray.example", "account": "two"}]), clock)
    daemon = stage.start({
        "symantec": [stage.symantec(sim, "one", interval="1min"), stage.symantec(sim, "two", interval="1min")],
        "domains": [{"name": "a.example", "account": "one"}, {"name": "b.example", "account": "two"},
                    {"name": "lost.example", "account": "two"}],
    }, clock)
    raised = daemon.wait_record(event="raised", alert="symantec/a.example/inbound_oldest")
    assert raised["MAILSEC_LEVEL"] == "critical"
    missing = daemon.wait_record(event="raised", alert="symantec/two/domains_missing")
    assert missing["MAILSEC_ACCOUNT"] == "two" and missing["MAILSEC_VALUE"] == "1"
    assert "lost.example" in missing.get("MAILSEC_DETAIL", ""), missing
    wait_for(lambda: sim.count(account="two") >= 6, "more polls")
    lost = daemon.wait_record(event="raised", alert="symantec/lost.example/data_age")
    assert lost["MAILSEC_REASON"] == "no-data"
    assert {r.get("MAILSEC_ALERT") for r in daemon.records()} - {None} == {
        "symantec/a.example/inbound_oldest", "symantec/two/domains_missing", "symantec/lost.example/data_age"}
    assert not daemon.records(domain="stray.example"), "a name that only the peer knows makes no alert"


def test_filter_configured_is_split(stage):
    """filter = "configured" names the domains, in several requests where the URL would pass 4 KiB, and all of them once."""
    clock = Clock(60)
    names = [f"a-rather-long-name-number-{i:04d}.example" for i in range(250)]
    sim = stage.simulate(scenario(domains=names), clock)
    daemon = stage.start({
        "symantec": stage.symantec(sim, interval="1min", filter="configured"),
        "domains": names + ["not-there.example"],
        "limits": {"domains_seen": {"warning": 251, "critical": 1000}},
    }, clock)
    missing = daemon.wait_record(event="raised", alert="symantec/default/domains_missing")
    assert missing["MAILSEC_VALUE"] == "1"
    requests = sim.requests(call="stats")
    first = requests[:next(i for i, r in enumerate(requests) if "not-there.example" in r["filter"]) + 1]
    asked = [name for r in first for name in r["filter"]]
    assert len(first) > 2 and sorted(asked) == sorted(names + ["not-there.example"])
    for request in requests:
        assert len(sim.symantec_url + request["path"] + "?" + request["query"]) <= 4096
    assert not daemon.records(alert="symantec/default/domains_seen"), "250 domains are seen, over all requests"
