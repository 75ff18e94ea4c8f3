# SPDX-License-Identifier: MIT
"""Where records go: journald, a real rsyslogd, both, stderr, nowhere for a while; and what they are written as."""

import re

import pytest

from harness.clock import Clock
from harness.records import UNSAFE, check_record, check_story, parse_line, pick
from harness.simulator import scenario
from harness.wait import wait_for

RATE = 300

SLOW = {"name": "slow.example", "symantec": {"inbound_oldest": 2000}}
QUIET = {"name": "slow.example", "symantec": {"inbound_oldest": 5}}
ALERT = "symantec/slow.example/inbound_oldest"


@pytest.fixture
def play(stage, new_box):
    """Starts a daemon in a machine without log services; (simulator, daemon)."""
    stage.box, stage.follower = new_box, None

    def start(journal="auto", **output):
        clock = Clock(RATE)
        sim = stage.simulate(scenario(domains=[SLOW]), clock)
        daemon = stage.start({
            "symantec": stage.symantec(sim, interval="1min"),
            "domains": [{"name": "slow.example", "owner": 'the "mail" team'}],
            "output": {"journal": journal, **output}}, clock)
        return sim, daemon
    return start


def syslog_records(box):
    """Records in what rsyslogd wrote: (facility, severity, tag, record)."""
    found = []
    for line in box.syslog_lines():
        match = re.match(r"(\w+)\.(\w+) ([^:]+): (.*)", line)
        if match and " MESSAGE_ID=" in match.group(4):
            found.append((*match.groups()[:3], parse_line(match.group(4))))
    return found


def journal_records(box):
    """Records in the box's journal."""
    return [e for e in box.journal() if "MAILSEC_EVENT" in e]


def wait_story(records, *events):
    """Waits until these events are there, in this order."""
    wait_for(lambda: [r["MAILSEC_EVENT"] for r in records()] == list(events),
             lambda: f"{events}, there are {[r['MAILSEC_EVENT'] for r in records()]}", every=0.1)


def test_syslog_where_there_is_no_journald(play, new_box):
    """Without journald records go to syslog: message, then key=value, quoted where needed, with facility and severity."""
    new_box.start_rsyslogd()
    sim, daemon = play(syslog_facility="local3", identifier="mailwatch")
    wait_for(lambda: pick([r[3] for r in syslog_records(new_box)], event="raised"), "raised", every=0.1)
    sim.change_scenario(scenario(domains=[QUIET]))
    wait_for(lambda: pick([r[3] for r in syslog_records(new_box)], event="cleared"), "cleared", every=0.1)
    daemon.stop()
    wait_story(lambda: [r[3] for r in syslog_records(new_box)], "started", "raised", "cleared", "stopped")
    lines = syslog_records(new_box)
    assert [(facility, severity) for facility, severity, _, _ in lines] == [
        ("local3", "info"), ("local3", "warning"), ("local3", "notice"), ("local3", "info")]
    assert all(tag.startswith("mailwatch") for _, _, tag, _ in lines)
    records = [record for _, _, _, record in lines]
    for record in records:
        check_record(record)
    check_story(records)
    raised = records[1]
    assert raised["MAILSEC_OWNER"] == 'the "mail" team'
    assert raised["MESSAGE"].startswith("slow.example: oldest inbound message waits 33min")
    assert (raised["MAILSEC_VALUE"], raised["MAILSEC_LIMIT"]) == ("2000", "900")
    assert not any(key in raised for key in ("PRIORITY", "SYSLOG_IDENTIFIER"))
    text = next(line for line in new_box.syslog_lines() if " MAILSEC_EVENT=raised " in line)
    assert ' MAILSEC_OWNER="the \\"mail\\" team"' in text
    assert "journald does not listen: records go to syslog" in daemon.stderr()


def test_journald_comes_and_goes(play, new_box):
    """The sink is chosen anew when journald comes or goes; each record is told once, none is lost, and it is said once."""
    new_box.start_rsyslogd()
    sim, daemon = play()
    wait_for(lambda: len(syslog_records(new_box)) == 2, "started and raised in syslog", every=0.1)
    new_box.start_journald()
    sim.change_scenario(scenario(domains=[QUIET]))
    wait_story(lambda: journal_records(new_box), "cleared")
    new_box.stop_journald()
    sim.change_scenario(scenario(domains=[SLOW]))
    wait_for(lambda: len(syslog_records(new_box)) == 3, "raised in syslog again", every=0.1)
    new_box.start_journald()
    daemon.stop()
    wait_for(lambda: pick(journal_records(new_box), event="stopped"), "stopped in the journal", every=0.1)
    everywhere = [r[3] for r in syslog_records(new_box)] + journal_records(new_box)
    everywhere.sort(key=lambda r: int(r["MAILSEC_SEQUENCE"]))
    assert [r["MAILSEC_EVENT"] for r in everywhere] == ["started", "raised", "cleared", "raised", "stopped"]
    check_story(everywhere)
    assert daemon.stderr().count("records go to syslog") == 2, daemon.stderr()


def test_nobody_listens_for_a_while(play, new_box):
    """Records that no sink takes are kept, said to be waiting, and delivered in order once one listens."""
    sim, daemon = play()
    for i in range(4):
        sim.wait_requests(4 * i + 4, call="stats")
        sim.change_scenario(scenario(domains=[QUIET if i % 2 == 0 else SLOW]))
    sim.wait_requests(sim.count(call="stats") + 3, call="stats")
    assert "neither journald nor syslog listens" in daemon.stderr()
    wait_for(lambda: re.search(r"[1-9]\d* records wait", daemon.notify.status()), "STATUS= says so")
    new_box.start_journald()
    daemon.stop()
    wait_for(lambda: pick(journal_records(new_box), event="stopped"), "stopped in the journal", every=0.1)
    records = journal_records(new_box)
    check_story(records)
    assert [r["MAILSEC_EVENT"] for r in records][:3] == ["started", "raised", "cleared"]
    assert len(records) >= 4


def test_nobody_ever_listens(play):
    """Without any sink it still ends within 2 s, and says how many records wait for the next start."""
    _, daemon = play()
    assert daemon.stop() < 2
    assert re.search(r"\d records wait in the store", daemon.stderr())


def test_both(play, new_box):
    """journal = "both": every record is in the journal and in syslog, once each."""
    new_box.start_journald()
    new_box.start_rsyslogd()
    _, daemon = play("both")
    wait_for(lambda: pick(journal_records(new_box), event="raised"), "raised in the journal", every=0.1)
    daemon.stop()
    wait_story(lambda: journal_records(new_box), "started", "raised", "stopped")
    wait_story(lambda: [r[3] for r in syslog_records(new_box)], "started", "raised", "stopped")
    one, other = journal_records(new_box), [r[3] for r in syslog_records(new_box)]
    for a, b in zip(one, other):
        for key, value in b.items():
            assert a[key] == value, key


def test_journal_only(play, new_box):
    """journal = "journal": syslog gets nothing, also where journald is away for a while."""
    new_box.start_rsyslogd()
    _, daemon = play("journal")
    wait_for(lambda: "journald does not listen" in daemon.stderr(), "the daemon says that journald is away")
    new_box.start_journald()
    wait_for(lambda: pick(journal_records(new_box), event="raised"), "raised in the journal", every=0.1)
    daemon.stop()
    wait_story(lambda: journal_records(new_box), "started", "raised", "stopped")
    assert syslog_records(new_box) == []


def test_syslog_only(play, new_box):
    """journal = "syslog": the journal gets nothing; facility and identifier are as configured."""
    new_box.start_journald()
    new_box.start_rsyslogd()
    _, daemon = play("syslog", syslog_facility="mail")
    wait_for(lambda: len(syslog_records(new_box)) == 2, "raised in syslog", every=0.1)
    daemon.stop()
    wait_story(lambda: [r[3] for r in syslog_records(new_box)], "started", "raised", "stopped")
    assert {r[0] for r in syslog_records(new_box)} == {"mail"}
    assert journal_records(new_box) == []


def test_stderr(play):
    """journal = "stderr": a line per record with <priority> in front, for any supervisor that reads it."""
    _, daemon = play("stderr")
    daemon.wait_record(event="raised")
    daemon.stop()
    records = daemon.records()
    assert [r["MAILSEC_EVENT"] for r in records] == ["started", "raised", "stopped"]
    assert [r["PRIORITY"] for r in records] == ["6", "4", "6"]


HOSTILE = "\u001b]0;owned\u0007\u001b[31mred\u0000\r\nMAILSEC_EVENT=cleared\u0085\u2028\u202eevil <b>bold</b> &lt;script&gt; \\x41"


def test_hostile_vendor_text(stage):
    """Terminal sequences, new lines, bidirectional controls and markup of a peer arrive escaped in every field."""
    clock = Clock(RATE)
    reply = '{"error": "%s", "error_id": 77}' % "".join(
        c if 32 <= ord(c) < 127 and c not in '"\\' else "\\u%04x" % ord(c) for c in HOSTILE)
    sim = stage.simulate(scenario(
        domains=[{"name": "a.example"}, {"name": "b.example"},
                 {"name": "c.example", "immuniweb": {"polls": 1, "mx": [
                     {"hostname": "mx\x1b[2J\nevil.example", "bl_cnt": 5, "vrfy": True}]}}],
        faults=[{"api": "immuniweb", "call": "check", "kind": "body", "domain": "a.example", "body": reply},
                {"api": "immuniweb", "call": "check", "kind": "body", "domain": "b.example",
                 "body": '{"error": "caf\xc3\xa9 \xff\xfe broken", "error_id": 77}'}]), clock)
    daemon = stage.start({"immuniweb": stage.immuniweb(sim, concurrency=8),
                          "domains": ["a.example", "b.example", "c.example"]}, clock)
    listed = daemon.wait_record(event="raised", alert="immuniweb/c.example/blacklist_count")
    told = daemon.wait_record(event="raised", alert="immuniweb/a.example/up")
    daemon.stop()
    daemon.wait_record(event="stopped")
    for record in daemon.records():
        for name, value in record.items():
            if name == "MESSAGE" or name.startswith("MAILSEC_"):
                assert not UNSAFE.search(value), (name, value)
    assert "owned" in told["MAILSEC_DETAIL"] and "bold" in told["MAILSEC_DETAIL"]
    assert "<b>" not in told["MAILSEC_DETAIL"], "markup is taken out"
    assert told["MAILSEC_EVENT"] == "raised", "a new line in a value begins no field"
    assert "evil.example" in listed["MAILSEC_DETAIL"]
    assert not UNSAFE.search(daemon.stderr().replace("\n", "")), daemon.stderr()


def test_endless_vendor_text(stage):
    """A very long text of a peer is cut: a record stays a record."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=["a.example"], faults=[
        {"api": "immuniweb", "call": "check", "kind": "body", "body": '{"error": "' + "long " * 20000 + '"}'}]), clock)
    daemon = stage.start({"immuniweb": stage.immuniweb(sim), "domains": ["a.example"]}, clock)
    raised = daemon.wait_record(event="raised", metric="up")
    assert 100 < len(raised["MAILSEC_DETAIL"]) < 2048 and raised["MAILSEC_DETAIL"].endswith("…")
