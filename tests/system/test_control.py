# SPDX-License-Identifier: MIT
"""The control API (docs/control-api.md), asked of the real daemon over its socket."""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import time

import pytest

from harness.clock import Clock, stamp
from harness.daemon import write_secret
from harness.records import UNSAFE, pick
from harness.simulator import SECRETS, account, scenario
from harness.wait import wait_for

RATE = 60
SLOW = "symantec/slow.example/inbound_oldest"
WARM = "symantec/warm.example/inbound_oldest"
HOSTILE = "\u001b]0;owned\u0007\u001b[31mred\u0000\r\n\u0085\u2028\u202eevil \\x41"
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Connection(http.client.HTTPConnection):
    """HTTP over the control socket."""

    def __init__(self, path):
        super().__init__("mailsecd", timeout=20)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(20)
        self.sock.connect(self.path)


def texts(value):
    """Every text in a document, keys as well."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield key
            yield from texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from texts(member)


def call(daemon, method, path, body=None):
    """(status, document); what holds for each answer is checked."""
    connection = Connection(daemon.run / "control.sock")
    try:
        data = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        connection.request(method, path, data)
        reply = connection.getresponse()
        raw = reply.read()
    finally:
        connection.close()
    assert reply.getheader("Content-Type") == "application/json", (path, reply.getheaders())
    document = json.loads(raw)
    for text in texts(document):
        assert not UNSAFE.search(text), f"{path}: {text!r} is not safe to print"
        assert not any(secret in text for secret in SECRETS), f"{path}: a secret came out"
    assert (reply.status >= 400) == ("error" in document), (path, reply.status, document)
    return reply.status, document


def get(daemon, path, status=200):
    """What a GET answers."""
    have, document = call(daemon, "GET", path)
    assert have == status, (path, have, document)
    return document


def post(daemon, path, body, status=200):
    """What a POST answers."""
    have, document = call(daemon, "POST", path, body)
    assert have == status, (path, body, have, document)
    return document


def delete(daemon, path, status=200):
    """What a DELETE answers."""
    have, document = call(daemon, "DELETE", path)
    assert have == status, (path, have, document)
    return document


def alert_of(daemon, identity):
    """The ALERT of that identity, or None."""
    return next((a for a in get(daemon, "/v1/alerts")["alerts"] if a["identity"] == identity), None)


def pages(daemon, path, name, limit):
    """All elements of a list, read page by page."""
    found, after, rounds = [], None, 0
    while True:
        query = f"limit={limit}" + (f"&after={after}" if after is not None else "")
        page = get(daemon, path + ("&" if "?" in path else "?") + query)
        assert len(page[name]) <= limit
        found += page[name]
        after = page["next"]
        rounds += 1
        if after is None:
            return found, rounds


# --- what is asked ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def watch(wide_stage):
    """A daemon with two alerts of the queues, and one whose evidence is hostile."""
    clock = Clock(RATE)
    sim = wide_stage.simulate(scenario(domains=[
        {"name": "slow.example", "symantec": {"steps": [{"at": "0s", "inbound_oldest": 4000},
                                                        {"at": "3min", "inbound_oldest": 4322}]}},
        {"name": "warm.example", "symantec": {"inbound_oldest": 1000}},
        {"name": "good.example", "symantec": {"vary": True}},
        {"name": "evil.example", "immuniweb": {"polls": 1, "mx": [{"hostname": "mx" + HOSTILE, "bl_cnt": 5}]}},
    ]), clock)
    daemon = wide_stage.start({
        "symantec": wide_stage.symantec(sim, interval="30s"),
        "immuniweb": wide_stage.immuniweb(sim, daily_tests=10),
        "groups": {"shop": {"owner": "shop-team", "runbook": "https://wiki.example.org/shop"}},
        "domains": ["warm.example", {"name": "slow.example", "group": "shop", "sources": ["symantec"]},
                    {"name": "good.example", "limits": {"inbound_oldest": {"clear": "10min"}}},
                    {"name": "evil.example", "sources": ["immuniweb"]}],
        "policy": {"remind_first": "4h"}}, clock)
    for identity in (SLOW, WARM, "immuniweb/evil.example/blacklist_count"):
        daemon.wait_record(event="raised", alert=identity)
    wait_for(lambda: alert_of(daemon, SLOW)["value"] == 4322, "the second step")
    wait_for(lambda: get(daemon, "/v1/tests/warm.example")["state"] == "done", "the test of warm.example")
    daemon.sim = sim
    return daemon


def test_status(watch):
    """Counts, times and states of everything."""
    s = get(watch, "/v1/status")
    assert s["domains"] == 4 and re.fullmatch(r"\d+\.\d+\.\d+", s["version"])
    assert s["alerts"] == {"critical": 2, "warning": 1, "muted": 0, "acknowledged": 0, "flapping": 0}
    assert stamp(s["started"]) <= stamp(s["now"]) <= watch.clock.now() + RATE
    assert s["config"] == {"file": str(watch.config), "loaded": s["started"], "refused": None, "problem": None}
    assert s["store"]["up"] and s["store"]["file"] == str(watch.state / "state.db") and s["store"]["bytes"] > 4096
    last = max(int(r["MAILSEC_SEQUENCE"]) for r in watch.records())
    assert s["records"]["sequence"] >= last and s["records"]["lost"] == 0
    assert s["records"]["to"] in ("journal", "stderr")
    symantec, immuniweb = s["accounts"]
    assert (symantec["source"], symantec["name"], symantec["up"], symantec["domains"]) == \
        ("symantec", "default", True, 3)
    assert symantec["reason"] is None and symantec["tests_left"] is None
    assert stamp(symantec["last"]) <= stamp(s["now"])
    assert (immuniweb["daily_tests"], immuniweb["tests_left"], immuniweb["domains"]) == (10, 7, 3)
    assert [w["level"] for w in s["worst"]] == ["critical", "critical", "warning"]
    assert s["worst"] == get(watch, "/v1/alerts")["alerts"]


def test_alerts(watch):
    """Every member of an alert, worst first, then oldest."""
    listed = get(watch, "/v1/alerts")
    assert listed["next"] is None
    alerts = listed["alerts"]
    order = [({"critical": 0, "warning": 1}[a["level"]], a["since"]) for a in alerts]
    assert order == sorted(order) and len(alerts) == 3
    slow = alert_of(watch, SLOW)
    assert {k: slow[k] for k in ("source", "target", "metric", "level", "told", "value", "value_text", "limit",
                                 "limit_text", "unit", "reason", "owner", "runbook", "group")} == {
        "source": "symantec", "target": "slow.example", "metric": "inbound_oldest", "level": "critical",
        "told": "critical", "value": 4322, "value_text": "1h 12min", "limit": 3600, "limit_text": "1h",
        "unit": "seconds", "reason": "limit", "owner": "shop-team",
        "runbook": "https://wiki.example.org/shop", "group": "shop"}
    assert slow["text"].startswith("slow.example: oldest inbound message waits 1h 12min (limit 1h) since ")
    raised = watch.wait_record(event="raised", alert=SLOW)
    assert slow["since"] == raised["MAILSEC_SINCE"] and "delivery queue" in slow["detail"]
    assert slow["muted_by"] is None and slow["flapping"] is False and slow["acknowledged"] is None
    # A reminder comes remind_first after it was raised.
    assert abs(stamp(slow["remind"]) - stamp(raised["MAILSEC_MEASURED_AT"]) - 4 * 3600) < 2 * RATE


@pytest.mark.parametrize("match, expected", [
    ("symantec/*", {SLOW, WARM}), ("*/SLOW.example/*", {SLOW}), ("nothing", set()), ("*", None)])
def test_alerts_match(watch, match, expected):
    """A glob chooses alerts by identity."""
    found = {a["identity"] for a in get(watch, f"/v1/alerts?match={match}")["alerts"]}
    assert found == (expected if expected is not None else {a["identity"] for a in get(watch, "/v1/alerts")["alerts"]})


def test_alerts_in_pages(watch):
    """Page by page it is the same list."""
    found, rounds = pages(watch, "/v1/alerts?match=*", "alerts", 1)
    assert found == get(watch, "/v1/alerts")["alerts"] and rounds == 3


def test_domains(watch):
    """All domains by name, with what runs when; page by page it is the same list."""
    domains = get(watch, "/v1/domains")["domains"]
    assert [d["name"] for d in domains] == ["evil.example", "good.example", "slow.example", "warm.example"]
    assert [d["level"] for d in domains] == ["critical", "ok", "critical", "warning"]
    assert [d["alerts"] for d in domains] == [1, 0, 1, 1]
    assert [[s["source"] for s in d["sources"]] for d in domains] == \
        [["immuniweb"], ["symantec", "immuniweb"], ["symantec"], ["symantec", "immuniweb"]]
    assert domains[2]["group"] == "shop" and domains[2]["owner"] == "shop-team"
    for d in domains:
        for s in d["sources"]:
            assert s["account"] == "default" and STAMP.fullmatch(s["last"])
            assert 0 <= s["age"] < 3600 and isinstance(s["running"], bool)
    found, rounds = pages(watch, "/v1/domains", "domains", 3)
    assert [d["name"] for d in found] == [d["name"] for d in domains] and rounds == 2


def test_domain(watch, build):
    """One domain: all its metrics in the order of the table, judged or not, and the last day of what changed."""
    d = get(watch, "/v1/domains/Slow.Example.")
    assert (d["name"], d["group"], d["runbook"], d["level"]) == \
        ("slow.example", "shop", "https://wiki.example.org/shop", "critical")
    (source,) = d["sources"]
    table = json.loads(subprocess.run([str(build / "mailsecd"), "--list-metrics", "--json"], capture_output=True,
                                      check=True).stdout)
    rows = [m["name"] for m in table if (m["source"], m["scope"]) == ("symantec", "domain")]
    values = {v["metric"]: v for v in source["values"]}
    assert [v["metric"] for v in source["values"]] == rows
    v = values["inbound_oldest"]
    assert (v["value"], v["text"], v["level"], v["warning"], v["critical"], v["clear"]) == \
        (4322, "1h 12min", "critical", 900, 3600, None)
    assert v["since"] == alert_of(watch, SLOW)["since"]
    assert len(v["spark"]) == 48 and v["spark"][-1] == 4322 and v["spark"][0] is None
    quiet = values["outbound_messages"]
    assert quiet["level"] is None and quiet["since"] is None and quiet["warning"] is None and "spark" not in quiet
    assert values["data_age"]["level"] == "ok" and values["data_age"]["value"] >= 0
    assert STAMP.fullmatch(source["measured"]) and source["failures"] == 0


def test_immuniweb_domain(watch):
    """A tested domain, with the vendor's ids."""
    (source,) = get(watch, "/v1/domains/evil.example")["sources"]
    values = {v["metric"]: v for v in source["values"]}
    assert values["blacklist_count"]["value"] == 5 and values["blacklist_count"]["level"] == "critical"
    assert values["result_age"]["value"] >= 0 and values["up"]["value"] == 1 and values["up"]["bad"] == "low"
    assert source["job"] is None and all(re.fullmatch(r"\S+ \S+", i) for i in source["ids"])


def test_hostile_vendor_text(watch):
    """A peer's text is escaped once, as in the journal."""
    identity = "immuniweb/evil.example/blacklist_count"
    told = watch.wait_record(event="raised", alert=identity)["MAILSEC_DETAIL"]
    assert alert_of(watch, identity)["detail"] == told and "evil" in told
    (event,) = get(watch, f"/v1/events?match={identity}")["events"]
    assert event["fields"]["MAILSEC_DETAIL"] == told


@pytest.mark.parametrize("identity, level, words", [
    (SLOW, "critical", "the value is 1h 12min, critical begins at 1h"),
    (WARM, "warning", "warning begins at 15min"),
    ("symantec/good.example/inbound_oldest", "ok", "it does not alert"),
    ("symantec/good.example/inbound_messages", "ok", "no limit is set"),
    ("SYMANTEC/default/up", "ok", "it does not alert: the value is yes, critical begins at no"),
    ("immuniweb/default/tests_left", "ok", "no limit is set"),
    ("mailsecd/self/store_up", "ok", "it does not alert"),
    ("immuniweb/warm.example/spf", "ok", "it does not alert"),
])
def test_explain(watch, identity, level, words):
    """Why it alerts, or why not, for anything that is watched."""
    e = get(watch, f"/v1/explain?identity={identity}")
    assert e["identity"] == identity.lower() and e["level"] == level and words in e["verdict"], e
    assert e["account"]["up"] in (True, None) and (e["since"] is None) == (level == "ok")
    if level != "ok":
        raised = watch.wait_record(event="raised", alert=identity)
        assert e["last_event"] == {"sequence": int(raised["MAILSEC_SEQUENCE"]), "event": "raised",
                                   "at": e["last_event"]["at"]}
        assert e["told"] == level and e["changes"] == 1 and e["remind"]
    else:
        assert e["last_event"] is None and e["told"] == "ok"


def test_explain_limits(watch):
    """Each limit with the line that set it."""
    limits = get(watch, "/v1/explain?identity=symantec/good.example/inbound_oldest")["limits"]
    assert (limits["warning"], limits["critical"], limits["clear"]) == (900, 3600, 600)
    assert re.fullmatch(re.escape(str(watch.config)) + r":\d+", limits["clear_from"])
    e = get(watch, f"/v1/explain?identity={SLOW}")
    assert (e["limits"]["critical"], e["limits"]["critical_from"], e["limits"]["clear_from"]) == (3600, "default", None)
    assert e["streak"] == {"bad": 0, "raise_after": 2, "good": 0, "clear_after": 2}
    assert (e["unit"], e["bad"], e["flap_window"]) == ("seconds", "high", 3600)


def test_history(watch):
    """The points of a metric, each [time, min, mean, max]."""
    h = get(watch, "/v1/history?source=symantec&target=slow.example&metric=inbound_oldest&since=3600")
    assert h["unit"] == "seconds" and h["limits"] == {"warning": 900, "critical": 3600}
    assert stamp(h["to"]) - stamp(h["from"]) == pytest.approx(3600, abs=1)
    assert len(h["points"]) >= 4
    times = [p[0] for p in h["points"]]
    assert times == sorted(times) and stamp(h["from"]) <= times[0] and times[-1] <= stamp(h["to"])
    assert [p[1:] for p in h["points"]][0] == [4000] * 3 and h["points"][-1][1:] == [4322] * 3
    unknown = get(watch, "/v1/history?source=immuniweb&target=default&metric=tests_left")
    assert unknown["unit"] == "count" and unknown["limits"] == {"warning": None, "critical": None}


def test_events(watch):
    """The log of records, forward and from the end, chosen and in pages."""
    told = [r for r in watch.records() if r.get("MAILSEC_SEQUENCE")]
    events = get(watch, "/v1/events")["events"]
    by_number = {e["sequence"]: e for e in events}
    for record in told:
        event = by_number[int(record["MAILSEC_SEQUENCE"])]
        assert event["message"] == record["MESSAGE"] and event["event"] == record["MAILSEC_EVENT"]
        assert event["identity"] == record.get("MAILSEC_ALERT") and event["level"] == record.get("MAILSEC_LEVEL")
        assert event["fields"]["MAILSEC_SEQUENCE"] == record["MAILSEC_SEQUENCE"] and "MESSAGE" not in event["fields"]
        if "PRIORITY" in record:
            assert str(event["priority"]) == record["PRIORITY"]
        assert event["sent"] is True
    assert [e["sequence"] for e in events] == sorted(by_number)
    found, rounds = pages(watch, "/v1/events?since=86400", "events", 2)
    assert found == events and rounds == (len(events) + 1) // 2
    assert get(watch, "/v1/events?newest=1&limit=2")["events"] == events[-2:]
    assert get(watch, f"/v1/events?after={events[-2]['sequence']}")["events"] == events[-1:]
    matched = get(watch, "/v1/events?match=symantec/slow*")["events"]
    assert matched and all(e["identity"] == SLOW for e in matched)


@pytest.mark.parametrize("method, path, status", [
    ("GET", "/", 404), ("GET", "/v1", 404), ("GET", "/v1/", 404), ("GET", "/v1/nothing", 404),
    ("GET", "/v1/status/", 404), ("GET", "/v2/status", 404), ("GET", "/v1/statusx", 404),
    ("GET", "/v1/domains/", 404), ("GET", "/v1/domains/absent.example", 404),
    ("GET", "/v1/domains/%1b%5b31m", 404), ("GET", "/v1/domains/" + "x" * 3000, 404),
    ("POST", "/v1/status", 405), ("DELETE", "/v1/alerts", 405), ("GET", "/v1/tests", 405),
    ("GET", "/v1/acks", 405), ("GET", "/v1/reload", 405), ("PUT", "/v1/silences", 405),
    ("POST", "/v1/silences/1", 405), ("GET", "/v1/silences/1", 405), ("PATCH", "/v1/domains/slow.example", 405),
    ("GET", "/v1/alerts?limit=0", 400), ("GET", "/v1/alerts?limit=1001", 400), ("GET", "/v1/alerts?limit=x", 400),
    ("GET", "/v1/alerts?limit=", 400), ("GET", "/v1/alerts?limit=-1", 400),
    ("GET", "/v1/alerts?limit=99999999999999999999999", 400),
    ("GET", "/v1/alerts?after=x", 400), ("GET", "/v1/alerts?after=9-1-a/b/c", 400),
    ("GET", "/v1/alerts?after=2-1-a/b", 400), ("GET", "/v1/alerts?after=2-1-a/b/c", 200),
    ("GET", "/v1/alerts?match=", 400), ("GET", "/v1/alerts?match=[", 400), ("GET", "/v1/alerts?match=" + "*" * 9, 400),
    ("GET", "/v1/domains?limit=2000", 400), ("GET", "/v1/domains?after=zzz", 200),
    ("GET", "/v1/explain", 400), ("GET", "/v1/explain?identity=", 400), ("GET", "/v1/explain?identity=x", 404),
    ("GET", "/v1/explain?identity=symantec/slow.example/nothing", 404),
    ("GET", "/v1/explain?identity=symantec/absent.example/inbound_oldest", 404),
    ("GET", "/v1/explain?identity=immuniweb/slow.example/spf", 404),
    ("GET", "/v1/explain?identity=%1b[31m/%0a/x", 404),
    ("GET", "/v1/history?source=symantec&target=slow.example", 400),
    ("GET", "/v1/history?source=symantec&target=slow.example&metric=nothing", 404),
    ("GET", "/v1/history?source=x&target=slow.example&metric=inbound_oldest", 404),
    ("GET", "/v1/history?source=symantec&target=slow.example&metric=inbound_oldest&since=0", 400),
    ("GET", "/v1/history?source=symantec&target=slow.example&metric=inbound_oldest&since=1e9", 400),
    ("GET", "/v1/events?after=x", 400), ("GET", "/v1/events?newest=2", 400), ("GET", "/v1/events?since=0", 400),
    ("GET", "/v1/events?match=[", 400), ("GET", "/v1/events?limit=0", 400),
    ("GET", "/v1/tests/absent.example", 404), ("GET", "/v1/tests/slow.example", 404), ("GET", "/v1/tests/", 404),
    ("DELETE", "/v1/silences/7", 404), ("DELETE", "/v1/silences/x", 404), ("DELETE", "/v1/silences/-1", 404),
    ("DELETE", "/v1/silences/99999999999999999999999", 404),
    ("DELETE", "/v1/acks", 400), ("DELETE", "/v1/acks?identity=x", 404), ("DELETE", f"/v1/acks?identity={SLOW}", 404),
    ("DELETE", "/v1/acks?identity=symantec/good.example/inbound_oldest", 404),
])
def test_refused_paths(watch, method, path, status):
    """What cannot be meant is refused, with the right status and a reason."""
    have, document = call(watch, method, path)
    assert have == status, document
    if status >= 400:
        assert len(document["error"]) > 8


SILENCE = {"match": "symantec/*", "for": 60, "comment": "x", "by": "alice"}
ACK = {"identity": SLOW, "comment": "x", "by": "alice"}


@pytest.mark.parametrize("path, body, status, words", [
    *[(path, body, 400, "not a JSON object") for path in ("/v1/silences", "/v1/acks", "/v1/tests", "/v1/polls",
                                                           "/v1/reload", "/v1/test-alerts")
      for body in ("{", "[]", "null", "1", '"x"', "{} {}", "{a: 1}", b"\xff\xfe", '{"a":' * 5000 + "1" + "}" * 5000,
                   "[" * 30000, '{"for": NaN}', "\0", " ")],
    *[("/v1/silences", {k: v for k, v in SILENCE.items() if k != missing}, 400, missing)
      for missing in ("match", "for", "comment")],
    ("/v1/silences", {**SILENCE, "comment": " \n "}, 400, "comment"),
    ("/v1/silences", {**SILENCE, "comment": 5}, 400, "comment"),
    ("/v1/silences", {**SILENCE, "comment": "x" * 501}, 400, "500 bytes"),
    ("/v1/silences", {**SILENCE, "comment": "a\0b"}, 400, "NUL"),
    ("/v1/silences", {**SILENCE, "match": ""}, 400, "match"),
    ("/v1/silences", {**SILENCE, "match": ["x"]}, 400, "match"),
    ("/v1/silences", {**SILENCE, "match": "["}, 400, "match"),
    ("/v1/silences", {**SILENCE, "match": "x" * 301}, 400, "300 bytes"),
    ("/v1/silences", {**SILENCE, "for": 0}, 400, "for"),
    ("/v1/silences", {**SILENCE, "for": -5}, 400, "for"),
    ("/v1/silences", {**SILENCE, "for": 367 * 86400}, 400, "for"),
    ("/v1/silences", {**SILENCE, "for": "60"}, 400, "not a number"),
    ("/v1/silences", {**SILENCE, "for": True}, 400, "not a number"),
    ("/v1/silences", json.dumps(SILENCE).replace("60", "1e400"), 400, "for"),
    ("/v1/silences", {**SILENCE, "until": "2099-01-01T00:00:00Z"}, 400, "not both"),
    ("/v1/silences", {**SILENCE, "for": None, "until": "2099-01-01T00:00:00Z"}, 400, "366 days"),
    ("/v1/silences", {**SILENCE, "for": None, "until": "2001-01-01T00:00:00Z"}, 400, "366 days"),
    ("/v1/silences", {**SILENCE, "for": None, "until": "tomorrow"}, 400, "not a time"),
    ("/v1/silences", {**SILENCE, "for": None, "until": "2026-02-31T00:00:00Z"}, 400, "not a time"),
    ("/v1/silences", {**SILENCE, "by": {}}, 400, "by"),
    ("/v1/silences", {**SILENCE, "fro\x1b": 1}, 400, "unknown member \"fro\\x1b\""),
    ("/v1/acks", {k: v for k, v in ACK.items() if k != "comment"}, 400, "comment"),
    ("/v1/acks", {**ACK, "identity": 1}, 400, "identity"),
    ("/v1/acks", {**ACK, "identity": "x"}, 404, "watched"),
    ("/v1/acks", {**ACK, "identity": "symantec/good.example/inbound_oldest"}, 404, "does not alert"),
    ("/v1/acks", {**ACK, "ceiling": "9"}, 400, "not a number"),
    ("/v1/acks", {**ACK, "ceiling": 60}, 409, "past that ceiling"),
    ("/v1/acks", {**ACK, "for": 0.5}, 400, "for"),
    ("/v1/tests", {}, 400, "domain"),
    ("/v1/tests", {"domain": 5}, 400, "domain"),
    ("/v1/tests", {"domain": "absent.example"}, 404, "absent.example"),
    ("/v1/tests", {"domain": "ev\x1bil"}, 404, "not watched"),
    ("/v1/tests", {"domain": "slow.example"}, 404, "not tested"),
    ("/v1/tests", {"domain": "warm.example", "now": True}, 400, "unknown member"),
    ("/v1/polls", {"account": "absent"}, 404, "account"),
    ("/v1/polls", {"account": 1}, 400, "account"),
    ("/v1/reload", {"force": True}, 400, "unknown member"),
    ("/v1/test-alerts", {"by": 1}, 400, "by"),
])
def test_refused_bodies(watch, path, body, status, words):
    """A body that cannot be meant is refused, and nothing is done."""
    before = len(watch.records())
    have, document = call(watch, "POST", path, body)
    assert have == status and words in document["error"], document
    assert get(watch, "/v1/silences")["silences"] == [] and alert_of(watch, SLOW)["acknowledged"] is None
    assert len(watch.records()) == before


def test_oversized_body(watch):
    """More than a request may have is refused with 413."""
    assert call(watch, "POST", "/v1/silences", "x" * 70000)[0] == 413


def test_curl(watch):
    """It is plain HTTP, for curl as well."""
    if not shutil.which("curl"):
        pytest.skip("needs curl")
    run = subprocess.run(["curl", "-sS", "-i", "--unix-socket", str(watch.run / "control.sock"),
                          "http://mailsecd/v1/alerts?limit=1"], capture_output=True, text=True, check=True)
    head, body = run.stdout.replace("\r\n", "\n").split("\n\n", 1)
    assert head.startswith("HTTP/1.1 200") and "application/json" in head
    assert json.loads(body)["next"]


def test_only_known_users(watch):
    """The socket is closed to others."""
    mode = (watch.run / "control.sock").stat().st_mode
    assert mode & 0o777 == 0o660


# --- what is told -------------------------------------------------------------------------------------------


def test_silence(stage):
    """A silence mutes what it covers, and its end tells what still stands; one may be ended early."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=["slow.example", "late.example"]), clock)
    daemon = stage.start({"symantec": stage.symantec(sim, interval="30s"),
                          "domains": ["slow.example", "late.example"]}, clock)
    made = post(daemon, "/v1/silences", {"match": "*/Slow.example/*", "for": 3600, "comment": "new \x1bhost \\x41",
                                         "by": "alice"}, 201)
    assert made["by"] == "alice" and made["comment"] == r"new \x1bhost \x41" and made["alerts"] == 0
    assert stamp(made["until"]) - stamp(made["created"]) == pytest.approx(3600, abs=1)
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(clock.now() + 600))
    short = post(daemon, "/v1/silences", {"match": "symantec/late*", "until": until, "comment": "move"}, 201)
    assert short["until"] == until and short["id"] == made["id"] + 1 and short["by"] == f"uid {os.getuid()}"
    sim.change_scenario(scenario(domains=[{"name": n, "symantec": {"inbound_oldest": 4322}}
                                          for n in ("slow.example", "late.example")]))
    wait_for(lambda: get(daemon, "/v1/status")["alerts"]["muted"] == 2, "both are bad and muted")
    assert daemon.events(SLOW) == []
    slow = alert_of(daemon, SLOW)
    assert slow["muted_by"] == rf"silence {made['id']}: new \x1bhost \x41"
    assert slow["told"] == "ok" and slow["remind"] is None and slow["level"] == "critical"
    e = get(daemon, f"/v1/explain?identity={SLOW}")
    assert e["muted_by"] == slow["muted_by"] and "muted by silence" in e["verdict"]
    listed = get(daemon, "/v1/silences")["silences"]
    assert [(s["id"], s["alerts"]) for s in listed] == [(made["id"], 1), (short["id"], 1)]
    assert delete(daemon, f"/v1/silences/{made['id']}")["match"] == "*/Slow.example/*"
    raised = daemon.wait_record(event="raised", alert=SLOW)
    assert raised["MAILSEC_LEVEL"] == "critical"
    late = daemon.wait_record(event="raised", alert="symantec/late.example/inbound_oldest")
    assert late["MAILSEC_LEVEL"] == "critical"
    assert get(daemon, "/v1/silences")["silences"] == [] and get(daemon, "/v1/status")["alerts"]["muted"] == 0
    delete(daemon, f"/v1/silences/{made['id']}", 404)


def test_acknowledge(stage):
    """Who knows of an alert is not reminded, until it is taken back, runs out or the value passes the ceiling."""
    clock = Clock(300)
    slow = {"name": "slow.example", "symantec": {"inbound_oldest": 4322}}
    sim = stage.simulate(scenario(domains=[slow]), clock)
    daemon = stage.start({"symantec": stage.symantec(sim, interval="1min"), "domains": ["slow.example"],
                          "policy": {"remind_first": "3min", "remind_max": "3min"}}, clock)
    daemon.wait_record(event="reminder", alert=SLOW)
    acked = post(daemon, "/v1/acks", {"identity": SLOW.upper(), "by": "alice\x1b", "comment": "on it", "ceiling": 6000})
    assert acked["identity"] == SLOW and acked["remind"] is None
    a = acked["acknowledged"]
    assert (a["by"], a["comment"], a["until"], a["ceiling"]) == (r"alice\x1b", "on it", None, 6000)
    assert get(daemon, "/v1/status")["alerts"]["acknowledged"] == 1
    assert "acknowledged by" in get(daemon, f"/v1/explain?identity={SLOW}")["verdict"]
    before = len(pick(daemon.records(), event="reminder"))
    polls = sim.count()
    sim.wait_requests(polls + 10)
    assert len(pick(daemon.records(), event="reminder")) == before, "nobody is reminded for ten minutes"
    assert alert_of(daemon, SLOW)["acknowledged"] == a

    taken = delete(daemon, f"/v1/acks?identity={SLOW}")
    assert taken["acknowledged"] is None and taken["remind"]
    daemon.wait_records(before + 1, event="reminder", alert=SLOW)
    post(daemon, "/v1/acks", {"identity": SLOW, "by": "alice", "comment": "again", "ceiling": 5000, "for": 86400})
    assert stamp(alert_of(daemon, SLOW)["acknowledged"]["until"]) > clock.now() + 80000
    before = len(pick(daemon.records(), event="reminder"))
    slow["symantec"] = {"inbound_oldest": 5100}
    sim.change_scenario(scenario(domains=[slow]))
    spoke = daemon.wait_records(before + 1, event="reminder", alert=SLOW)[-1]
    assert spoke["MAILSEC_VALUE"] == "5100" and alert_of(daemon, SLOW)["acknowledged"] is None

    post(daemon, "/v1/acks", {"identity": SLOW, "by": "alice", "comment": "for a while", "for": 300})
    before = len(pick(daemon.records(), event="reminder"))
    daemon.wait_records(before + 1, event="reminder", alert=SLOW)
    # That one may have been on its way before.
    wait_for(lambda: alert_of(daemon, SLOW)["acknowledged"] is None, "it ran out")


def test_test_within_budget(stage):
    """A test by hand runs at once, as far as daily_tests allows."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=["a.example", "b.example"], immuniweb={"test_duration": "30s"}), clock)
    daemon = stage.start({"immuniweb": stage.immuniweb(sim, daily_tests=3), "domains": ["a.example", "b.example"]}, clock)
    done = wait_for(lambda: (t := get(daemon, "/v1/tests/a.example"))["state"] == "done" and t, "the first test")
    assert done["outcome"] == "ok" and done["words"] is None and done["domain"] == "a.example"
    wait_for(lambda: get(daemon, "/v1/tests/b.example")["state"] == "done", "the other first test")
    started = post(daemon, "/v1/tests", {"domain": "A.example"}, 202)
    assert started["state"] in ("running", "waiting")
    again = post(daemon, "/v1/tests", {"domain": "a.example"}, 202)
    assert again["state"] in ("running", "waiting"), "asking twice starts one test"
    after = wait_for(lambda: (t := get(daemon, "/v1/tests/a.example"))["state"] == "done" and t, "the test by hand")
    assert stamp(after["last"]) > stamp(done["last"]) and after["outcome"] == "ok"
    assert sim.count(call="check", domain="a.example") == 2
    refused = post(daemon, "/v1/tests", {"domain": "b.example"}, 429)
    assert "daily_tests (3)" in refused["error"] and STAMP.search(refused["error"])
    assert sim.count(call="check") == 3
    assert get(daemon, "/v1/status")["accounts"][0]["tests_left"] == 0


def test_test_while_refused(stage):
    """While the service refuses nothing is started, and the answer says why and until when."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=["a.example"], faults=[
        {"api": "immuniweb", "call": "check", "kind": "wrong-key"}]), clock)
    daemon = stage.start({"immuniweb": stage.immuniweb(sim), "domains": ["a.example"]}, clock)
    daemon.wait_record(event="raised", alert="immuniweb/default/up")
    refused = post(daemon, "/v1/tests", {"domain": "a.example"}, 409)
    assert "the login or key is refused" in refused["error"] and STAMP.search(refused["error"])
    assert sim.count(call="check") == 1
    t = get(daemon, "/v1/tests/a.example")
    assert t["outcome"] == "auth" and t["words"] == "the login or key is refused"
    e = get(daemon, "/v1/explain?identity=immuniweb/a.example/spf")
    assert e["account"]["up"] is False and "meanwhile nothing new is known" in e["verdict"] and e["value"] is None
    up = get(daemon, "/v1/status")["accounts"][0]
    assert (up["up"], up["reason"], up["failures"]) == (False, "auth", 1) and STAMP.fullmatch(up["next"])


def test_polls(stage):
    """A poll by hand runs at once, also in an outage, but never tries a refused login again."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=["a.example"], accounts=("default", account("b"), account("c")), faults=[
        {"api": "symantec", "account": "b", "kind": "503"}]), clock)
    bad = write_secret(stage.directory / "wrong", "wrong")
    daemon = stage.start({
        "symantec": [stage.symantec(sim, interval="1day"), stage.symantec(sim, "b", interval="1day"),
                     {**stage.symantec(sim, "c", interval="1day"), "password_file": str(bad)}],
        "domains": ["a.example"]}, clock)

    def state(name):
        return next(p for p in get(daemon, "/v1/polls")["polls"] if p["account"] == name)

    wait_for(lambda: all(state(n)["outcome"] for n in ("default", "b", "c")), "the first polls")
    assert (state("default")["outcome"], state("b")["outcome"], state("c")["outcome"]) == ("ok", "server", "auth")
    assert state("b")["words"] == "the service has an error (HTTP 5xx)" and state("default")["words"] is None
    first = state("default")["last"]
    # The API tells whole seconds: the next answer has to fall into another one.
    wait_for(lambda: clock.now() >= stamp(first) + 1, "another second")
    (poll,) = post(daemon, "/v1/polls", {"account": "default"}, 202)["polls"]
    assert poll["account"] == "default" and poll["state"] == "running"
    wait_for(lambda: state("default")["state"] == "done" and state("default")["last"] > first, "the poll by hand")
    assert sim.count(account="default") == 2
    asked = sim.count(account="b")
    post(daemon, "/v1/polls", {"account": "b"}, 202)
    sim.wait_requests(asked + 1, account="b")
    asked = sim.count(account="c")
    refused = post(daemon, "/v1/polls", {"account": "c"}, 409)
    assert "the login or key is refused" in refused["error"] and STAMP.search(refused["error"])
    wait_for(lambda: state("b")["state"] != "running", "the poll in the outage")
    every = post(daemon, "/v1/polls", "", 202)["polls"]
    assert [p["account"] for p in every] == ["default", "b", "c"] and every[2]["state"] == "done"
    wait_for(lambda: sim.count(account="default") == 3, "all were polled")
    assert sim.count(account="c") == asked, "a refused login is left alone"


def test_reload(stage):
    """A reload says what is wrong, and what is watched then."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=[{"name": "slow.example", "symantec": {"inbound_oldest": 4322}}]), clock)
    base = {"symantec": stage.symantec(sim, interval="30s"), "domains": ["slow.example"]}
    daemon = stage.start(base, clock)
    daemon.wait_record(event="raised", alert=SLOW)
    good = daemon.config.read_text()
    daemon.config.write_text(good + "nonsense = 1;\n")
    refused = post(daemon, "/v1/reload", {})
    (problem,) = [p for p in refused["problems"] if p["severity"] == "error"]
    assert refused["ok"] is False and refused["domains"] == 1 and problem["file"] == str(daemon.config)
    assert problem["line"] == good.count("\n") + 1 and "nonsense" in problem["text"]
    config = get(daemon, "/v1/status")["config"]
    assert STAMP.fullmatch(config["refused"]) and "nonsense" in config["problem"]
    daemon.config.write_text(good.replace('( "slow.example" )', '( "slow.example", "more.example" )'))
    done = post(daemon, "/v1/reload", "")
    assert done["ok"] is True and done["domains"] == 2 and not [p for p in done["problems"] if p["severity"] == "error"]
    daemon.wait_record(event="reloaded")
    assert get(daemon, "/v1/status")["config"]["refused"] is None
    assert alert_of(daemon, SLOW)["level"] == "critical" and daemon.events(SLOW) == ["raised"]
    assert [d["name"] for d in get(daemon, "/v1/domains")["domains"]] == ["more.example", "slow.example"]


def test_test_alerts(stage):
    """One record of each severity goes the way of all records, marked as a test."""
    sim = stage.simulate(scenario(domains=["a.example"]))
    daemon = stage.start({"symantec": stage.symantec(sim), "domains": ["a.example"]})
    numbers = post(daemon, "/v1/test-alerts", {"by": "alice\x1b[31m"})["sequences"]
    records = daemon.wait_records(3, event="test")
    assert [int(r["MAILSEC_SEQUENCE"]) for r in records] == numbers
    assert [r["PRIORITY"] for r in records] == ["2", "4", "6"]
    for record in records:
        assert record["MESSAGE"].startswith("TEST") and rf"alice\x1b[31m (uid {os.getuid()})" in record["MESSAGE"]
    assert len(post(daemon, "/v1/test-alerts", {})["sequences"]) == 3
    assert f"uid {os.getuid()}" in daemon.wait_records(6, event="test")[-1]["MESSAGE"]
    assert get(daemon, "/v1/alerts")["alerts"] == [], "no alert comes of it"


def test_values_after_a_restart(stage):
    """Silences, acknowledgements, history and the last values outlive the process."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=[{"name": "slow.example", "symantec": {"inbound_oldest": 4322}}]), clock)
    base = {"symantec": stage.symantec(sim, interval="1min"), "domains": ["slow.example"]}
    first = stage.start(base, clock)
    first.wait_record(event="raised", alert=SLOW)
    post(first, "/v1/acks", {"identity": SLOW, "by": "alice", "comment": "on it"})
    post(first, "/v1/silences", {"match": "x*", "for": 86400, "comment": "kept"}, 201)
    first.stop()
    sim.change_scenario(scenario(domains=["slow.example"], faults=[{"api": "symantec", "kind": "delay", "delay": "20s"}]))
    second = stage.start(base, clock, environment={"STATE_DIRECTORY": str(first.state)})
    second.check = lambda: None  # its records go on from the first one's number
    (source,) = get(second, "/v1/domains/slow.example")["sources"]
    value = next(v for v in source["values"] if v["metric"] == "inbound_oldest")
    assert value["value"] == 4322 and value["level"] == "critical" and STAMP.fullmatch(source["measured"])
    assert alert_of(second, SLOW)["acknowledged"]["comment"] == "on it"
    assert [s["comment"] for s in get(second, "/v1/silences")["silences"]] == ["kept"]
    assert get(second, f"/v1/explain?identity={SLOW}")["value"] == 4322
    events = get(second, "/v1/events")["events"]
    assert [e["event"] for e in events] == ["started", "raised", "stopped", "started"]


def test_without_a_store(stage):
    """Where nothing can be kept all goes on in memory, and the answers say so."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=[{"name": "slow.example", "symantec": {"inbound_oldest": 4322}}]), clock)
    blocked = stage.directory / "no-folder"
    blocked.write_text("a file")
    daemon = stage.start({"symantec": stage.symantec(sim, interval="30s"), "domains": ["slow.example"]}, clock,
                         environment={"STATE_DIRECTORY": str(blocked)})
    daemon.check = lambda: None  # its records are numbered by the clock
    wait_for(lambda: alert_of(daemon, SLOW), "the alert")
    store = get(daemon, "/v1/status")["store"]
    assert store["up"] is False and store["bytes"] is None and "memory" in store["problem"]
    events = get(daemon, "/v1/events")
    assert events["events"] == [] and events["problem"] == store["problem"]
    h = get(daemon, "/v1/history?source=symantec&target=slow.example&metric=inbound_oldest")
    assert h["points"] == []
    assert alert_of(daemon, "mailsecd/self/store_up")["level"] != "ok"
    post(daemon, "/v1/silences", SILENCE, 201)
    assert alert_of(daemon, SLOW)["muted_by"] == "silence 1: x"
    assert post(daemon, "/v1/acks", ACK)["acknowledged"]["by"] == "alice"
    assert get(daemon, f"/v1/explain?identity={SLOW}")["last_event"] is None


def test_many_domains(stage):
    """Lists of thousands come in pages, quickly enough for the loop."""
    names = [f"d{i:05d}.example" for i in range(5000)]
    sim = stage.simulate(scenario(domains=[{"name": n, "symantec": {"inbound_oldest": 4322}} for n in names]))
    daemon = stage.start({"symantec": stage.symantec(sim), "domains": names[::-1],
                          "policy": {"raise_after": 1, "group_over": 10}})
    wait_for(lambda: get(daemon, "/v1/status")["alerts"]["critical"] == 5000, "all of them alert")
    found, rounds = pages(daemon, "/v1/domains", "domains", 1000)
    assert [d["name"] for d in found] == names and rounds == 5
    alerts, rounds = pages(daemon, "/v1/alerts?match=symantec/*", "alerts", 1000)
    assert sorted(a["target"] for a in alerts) == names and rounds == 5
