# SPDX-License-Identifier: MIT
"""The queue API when it fails, and the shapes its answers may have (apis.md sections 2.1, 3 and 4.3)."""

import re

import pytest

from harness.clock import Clock
from harness.records import brief, pick
from harness.simulator import account, scenario
from harness.wait import wait_quietly

RATE = 600
MINUTE = 60
INTERVAL = 5 * MINUTE

# What a busy machine takes between planning a request and the simulator's stamp.
SLACK = 0.08 * RATE

RARELY = [30 * MINUTE, 30 * MINUTE]
BACKOFF = [INTERVAL, 2 * INTERVAL, 4 * INTERVAL]

# name: (fault, reason, words, least distances of the requests while it fails)
FAILURES = {
    "unauthorized": ({"kind": "401"}, "auth", "login or key is refused", RARELY),
    "forbidden": ({"kind": "403"}, "forbidden", r"403.*View Statistics", RARELY),
    "not-found": ({"kind": "404"}, "not-found", r"404.*check url", RARELY),
    "too-many": ({"kind": "429", "retry_after": "1500"}, "rate-limited", "too many requests", [1500, 1500]),
    "unavailable": ({"kind": "503", "retry_after": "1500"}, "server", "5xx", [1500, 1500]),
    "unavailable-date": ({"kind": "503", "retry_after": "date:1500"}, "server", "5xx", [1400, 1400]),
    "gateway-timeout": ({"kind": "504"}, "server", "5xx", BACKOFF),
    "internal-error": ({"kind": "500"}, "server", "5xx", BACKOFF),
    "bad-gateway": ({"kind": "502"}, "server", "5xx", BACKOFF),
    "teapot": ({"kind": "418"}, "http", "unexpected HTTP status", BACKOFF),
    "redirect": ({"kind": "redirect", "location": "/stolen/stats"}, "redirect", "3xx", RARELY),
    "redirect-plain": ({"kind": "redirect", "location": "http://127.0.0.1/stats"}, "redirect", "3xx", RARELY),
    "empty": ({"kind": "empty"}, "empty", "answer is empty", BACKOFF),
    "html": ({"kind": "html"}, "protocol", "cannot be read", BACKOFF),
    "truncated": ({"kind": "truncated"}, "protocol", "cannot be read", BACKOFF),
    "array": ({"kind": "body", "body": "[1, 2, 3]"}, "protocol", "cannot be read", BACKOFF),
    "text": ({"kind": "body", "body": "\"hello\""}, "protocol", "cannot be read", BACKOFF),
    "trailing": ({"kind": "body", "body": "{\"Domains\": []} x"}, "protocol", "cannot be read", BACKOFF),
    "domains-text": ({"kind": "body", "body": "{\"Domains\": \"none\"}"}, "protocol", "cannot be read", BACKOFF),
    "cut": ({"kind": "cut"}, "network", "broke off", BACKOFF),
    "cut-chunked": ({"kind": "cut-chunked"}, "network", "broke off", BACKOFF),
    "close": ({"kind": "close"}, "network", "broke off", BACKOFF),
    "hang": ({"kind": "hang"}, "timeout", "no answer in time", BACKOFF),
    "drip": ({"kind": "drip", "bytes": 8, "interval": "400ms"}, "timeout", "no answer in time", BACKOFF),
}

# These mend by themselves while the others go on failing.
TWICE = "twice"
ONCE = "once"

ACCOUNTS = [*FAILURES, TWICE, ONCE, "sound"]


def domain(name):
    """The domain that an account carries; its queue is in trouble from the start."""
    return f"{name}.example"


def play(faults):
    """The scenario with these faults."""
    return scenario(accounts=ACCOUNTS, faults=faults,
                    domains=[{"name": domain(a), "account": a, "symantec": {"delivery_inbound_oldest": 4000}}
                             for a in ACCOUNTS])


@pytest.fixture(scope="module")
def outage(wide_stage):
    """All accounts answer, then each fails in its own way, then all answer again."""
    clock = Clock(RATE)
    sim = wide_stage.simulate(play([]), clock)
    daemon = wide_stage.start({
        "symantec": [wide_stage.symantec(sim, a, interval="5min", timeout="2s") for a in ACCOUNTS],
        "domains": [{"name": domain(a), "account": a} for a in ACCOUNTS],
        "policy": {"remind_first": "never"},
    }, clock)
    daemon.sim = sim
    daemon.wait_records(len(ACCOUNTS), event="raised", metric="inbound_oldest")
    sim.change_scenario(play(
        [{"api": "symantec", "account": name, **row[0]} for name, row in FAILURES.items()]
        + [{"api": "symantec", "account": TWICE, "kind": "500", "times": 2},
           {"api": "symantec", "account": ONCE, "kind": "500", "times": 1}]))
    wait_quietly([lambda n=n, r=row: daemon.records(event="raised", alert=f"symantec/{n}/up")
                  and len(attempts(sim, n)) > len(r[3]) for n, row in FAILURES.items()]
                 + [lambda: daemon.records(event="cleared", alert=f"symantec/{TWICE}/up")])
    sim.change_scenario(play([]))
    wait_quietly([lambda n=n: daemon.records(event="cleared", alert=f"symantec/{n}/up") for n in FAILURES])
    daemon.stop()
    daemon.wait_record(event="stopped")
    return daemon


def failed(sim, name):
    """The requests of an account that a fault met."""
    return [r for r in sim.requests(account=name) if "fault" in r]


def attempts(sim, name):
    """The same without what HTTP itself repeats at once: a GET whose kept connection turned out to be closed."""
    found = failed(sim, name)
    return [r for i, r in enumerate(found) if r["connection_new"] or i + 1 == len(found)
            or found[i + 1]["monotonic"] - r["monotonic"] > 0.1]


@pytest.mark.parametrize("name", FAILURES)
def test_failure_is_one_alert(outage, name):
    """A failing API is one alert on its account, with the reason and the words for it, and cleared once it is back."""
    _, reason, words, _ = FAILURES[name]
    records = pick(outage.records(), account=name)
    assert [(r["MAILSEC_EVENT"], r["MAILSEC_METRIC"]) for r in records] == [("raised", "up"), ("cleared", "up")], \
        brief(records)
    raised, cleared = records
    wanted = {"PRIORITY": "2", "MAILSEC_REASON": reason, "MAILSEC_LEVEL": "critical", "MAILSEC_VALUE": "0",
              "MAILSEC_LIMIT": "0", "MAILSEC_UNIT": "bool"}
    assert {k: raised.get(k) for k in wanted} == wanted
    assert raised["MESSAGE"].startswith(f"symantec account {name}: queue statistics cannot be fetched"), raised
    assert re.search(words, raised["MESSAGE"]), raised["MESSAGE"]
    assert "ok again after" in cleared["MESSAGE"] and cleared["MAILSEC_VALUE"] == "1"


@pytest.mark.parametrize("name", FAILURES)
def test_failure_mutes_the_domains(outage, name):
    """While the account is down its domains raise nothing, clear nothing and store no zero."""
    records = pick(outage.records(), domain=domain(name))
    assert [(r["MAILSEC_EVENT"], r["MAILSEC_METRIC"]) for r in records] == [("raised", "inbound_oldest")], \
        brief(records)


@pytest.mark.parametrize("name", FAILURES)
def test_failure_is_retried_with_patience(outage, name):
    """401, 403, 404 and redirects are retried every 30 to 60 minutes, others ever later, and never before Retry-After."""
    distances = FAILURES[name][3]
    times = [r["ts"] for r in attempts(outage.sim, name)]
    gaps = [b - a for a, b in zip(times, times[1:])]
    for gap, least in zip(gaps, distances):
        assert gap >= least - SLACK, (gaps, distances)
    if distances is RARELY:
        assert all(gap <= 60 * MINUTE + 2 * SLACK for gap in gaps), gaps
    else:
        assert max(gaps) <= max(max(distances), 4 * INTERVAL) * 1.1 + 2.5 * RATE, gaps


def test_redirect_is_not_followed(outage):
    """A redirect would hand the login to somebody else: nothing is asked there."""
    assert outage.sim.count(path="/stolen/stats") == 0
    assert {r["account"] for r in outage.sim.requests()} == set(ACCOUNTS)


def test_two_failures_raise_and_recover(outage):
    """500 twice, then 200: raised after two bad samples, cleared after two good ones."""
    assert outage.events(f"symantec/{TWICE}/up") == ["raised", "cleared"]


def test_one_failure_is_silent(outage):
    """500 once, then 200: one spike is silent."""
    assert pick(outage.records(), account=ONCE) == []
    assert len(failed(outage.sim, ONCE)) == 1


def test_others_are_not_disturbed(outage):
    """An account that answers is polled in its interval whatever the others do."""
    assert pick(outage.records(), account="sound") == []
    times = [r["ts"] for r in outage.sim.requests(account="sound")]
    gaps = [b - a for a, b in zip(times, times[1:])]
    assert min(gaps) >= 0.9 * INTERVAL - SLACK and max(gaps) <= 1.25 * INTERVAL + 0.5 * RATE, gaps


# --- below HTTP ---------------------------------------------------------------------------------------------


TLS = {"expired": "expired", "wrong-host": "wrong-host", "unknown-ca": "unknown-ca"}


@pytest.fixture(scope="module")
def unreachable(wide_stage):
    """Accounts whose service cannot be talked to, each for another reason."""
    clock = Clock(RATE)
    good = wide_stage.simulate(scenario(), clock)
    base = wide_stage.symantec(good)
    accounts = []
    for name in TLS:
        sim = wide_stage.simulate(scenario(), clock, arguments=["--tls", name])
        accounts.append({**wide_stage.symantec(sim), "name": name})
    system_store = {k: v for k, v in base.items() if k != "ca_file"}
    accounts += [
        {**system_store, "name": "not-our-ca"},
        {**base, "name": "no-name", "url": "https://nosuchhost.invalid"},
        {**base, "name": "no-service", "url": "https://127.0.0.1:1"},
        {**base, "name": "no-proxy", "proxy": "http://127.0.0.1:1"},
    ]
    daemon = wide_stage.start({
        "symantec": [{**a, "interval": "5min", "timeout": "5s"} for a in accounts],
        "domains": ["example.com"],
        "policy": {"remind_first": "never"},
    }, clock)
    daemon.good = good
    return daemon


@pytest.mark.parametrize("name, reasons, words", [
    ("expired", {"tls"}, "TLS"), ("wrong-host", {"tls"}, "TLS"), ("unknown-ca", {"tls"}, "TLS"),
    ("not-our-ca", {"tls"}, "ca_file"), ("no-name", {"dns"}, "does not resolve"),
    ("no-service", {"connect"}, "no connection"), ("no-proxy", {"proxy", "connect"}, "proxy"),
])
def test_unreachable_service(unreachable, name, reasons, words):
    """A certificate, a name, a refused connection and a proxy are different reasons with different words."""
    raised = unreachable.wait_record(event="raised", alert=f"symantec/{name}/up")
    assert raised["MAILSEC_REASON"] in reasons, raised
    assert words in raised["MESSAGE"], raised["MESSAGE"]


def test_no_request_without_trust(unreachable):
    """Nothing is sent, and least of all a login, to a peer whose certificate is not trusted."""
    unreachable.wait_record(event="raised", alert="symantec/not-our-ca/up")
    assert unreachable.good.requests() == []


# --- shapes -------------------------------------------------------------------------------------------------


# name: (faults, what the domain's row of --once must say, what it must not say)
SHAPES = {
    "full": ([], ["delivery_inbound_messages 12", "receive_inbound_messages 3", "inbound_messages 15",
                  "delivery_inbound_oldest 3min 4s", "inbound_oldest 3min 4s", "delivery_outbound_mean 9s"], []),
    "table-style": (["table-style"], ["inbound_oldest 3min 4s"], []),
    "one-object": (["domains-object"], ["inbound_messages 15"], []),
    "json-string": (["json-string"], ["inbound_messages 15"], []),
    "pretty": (["pretty"], ["inbound_messages 15"], []),
    "bom": (["bom"], ["inbound_messages 15"], []),
    "upper-case": (["names-upper"], ["inbound_messages 15"], []),
    "trailing-dot": (["names-dot"], ["inbound_messages 15"], []),
    "domains-first": (["domains-first"], ["inbound_messages 15"], []),
    "duplicate-keys": (["duplicate-keys"], ["inbound_messages"], []),
    "unknown-keys": (["unknown-keys"], ["inbound_messages 15"], []),
    "totals-missing": (["totals-missing"], ["inbound_messages 15"], []),
    "drip": ([{"kind": "drip", "bytes": 300, "interval": "20ms"}], ["inbound_messages 15"], []),
    "string": ([{"kind": "numbers", "field": "DeliveryQueueCountInbound", "value": "string"}],
               ["delivery_inbound_messages 12", "inbound_messages 15"], []),
    "float": ([{"kind": "numbers", "field": "DeliveryQueueCountInbound", "value": "float"}],
              ["delivery_inbound_messages 12.75"], []),
    "null": ([{"kind": "numbers", "field": "DeliveryQueueCountInbound"}],
             ["receive_inbound_messages 3"], ["delivery_inbound_messages"]),
    "bad-string": ([{"kind": "numbers", "field": "DeliveryQueueCountInbound", "value": "bad-string"}],
                   ["receive_inbound_messages 3"], ["delivery_inbound_messages"]),
    "negative": ([{"kind": "numbers", "field": "DeliveryQueueCountInbound", "value": "negative"}],
                 ["receive_inbound_messages 3"], ["delivery_inbound_messages"]),
    "huge": ([{"kind": "numbers", "field": "DeliveryQueueCountInbound", "value": "huge"}],
             ["receive_inbound_messages 3"], ["delivery_inbound_messages"]),
    "exponent": ([{"kind": "numbers", "field": "DeliveryQueueCountInbound", "value": "exponent"}],
                 ["receive_inbound_messages 3"], ["delivery_inbound_messages"]),
}

# name: (faults) of an answer that is whole and does not hold the domain.
ABSENT = {
    "absent": ["absent"],
    "domains-empty": ["domains-empty"],
    "domains-null": ["domains-null"],
    "domains-missing": ["domains-missing"],
}


@pytest.fixture(scope="module")
def shapes(wide_stage):
    """The rows of one verbose pass over accounts that each answer in another shape: {target: row}."""
    names = [*SHAPES, *ABSENT]
    faults = []
    for name in names:
        for fault in SHAPES[name][0] if name in SHAPES else ABSENT[name]:
            fault = fault if isinstance(fault, dict) else {"kind": fault}
            faults.append({"api": "symantec", "account": name, **fault})
    sim = wide_stage.simulate(scenario(
        accounts=[account(n) for n in names], faults=faults,
        domains=[{"name": f"{n}.example", "account": n, "symantec": {
            "receive_inbound_messages": 3, "delivery_inbound_messages": 12, "receive_inbound_oldest": 2,
            "delivery_inbound_oldest": 184, "delivery_outbound_messages": 1, "delivery_outbound_oldest": 20,
            "delivery_outbound_mean": 9}} for n in names]))
    config = wide_stage.directory / "shapes.conf"
    from harness.libconf import document
    config.write_text(document(wide_stage.complete({
        "symantec": [wide_stage.symantec(sim, n) for n in names],
        "domains": [{"name": f"{n}.example", "account": n} for n in names]})))
    done = wide_stage.run("--config", config, "--once", "--verbose")
    rows = {}
    for line in done.stdout.splitlines()[2:]:
        state, target, source, findings = line.split(None, 3)
        rows[target] = (state, source, findings)
    assert done.returncode == 3 or done.returncode == 1, done.stdout
    return rows


def says(row, words):
    """Whether a row has the value as a whole, not as part of another metric's name."""
    return re.search(rf"(?:^|[ ,;]){re.escape(words)}(?:[ ,;(]|$)", row)


@pytest.mark.parametrize("name", SHAPES)
def test_shape_is_understood(shapes, name):
    """Every spelling the vendor may use gives the same numbers; what cannot be read is left out, never 0."""
    state, source, findings = shapes[f"{name}.example"]
    assert (state, source) == ("OK", "symantec"), findings
    for words in SHAPES[name][1]:
        if words.endswith("inbound_messages"):
            assert re.search(rf"(?:^|[ ,;]){words} \d", findings), findings
        else:
            assert says(findings, words), (words, findings)
    for words in SHAPES[name][2]:
        assert not says(findings, words), (words, findings)
    assert "domains_seen 1" in shapes[name][2], shapes[name]


@pytest.mark.parametrize("name", ABSENT)
def test_absent_domain_is_unknown(shapes, name):
    """A domain that the answer does not hold is not determined, and counted as missing; it is not zero."""
    assert shapes[f"{name}.example"][0] == "UNKNOWN", shapes[f"{name}.example"]
    assert "not in the answer" in shapes[f"{name}.example"][2]
    assert shapes[name][0] == "WARNING" and "domains_missing 1" in shapes[name][2], shapes[name]


def test_sums_stand_in_for_totals(shapes):
    """Where the totals are missing they are the sums, and the oldest the maximum, over the domains."""
    findings = shapes["totals-missing"][2]
    assert says(findings, "total_inbound_messages 15") and says(findings, "total_inbound_oldest 3min 4s"), findings
    assert says(shapes["table-style"][2], "total_inbound_oldest 3min 4s")


def test_no_data_neither_clears_nor_is_zero(stage):
    """A value that becomes unreadable leaves its alert standing; when it is good again the alert clears."""
    clock = Clock(RATE)

    def play_with(value, *faults):
        return scenario(domains=[{"name": "example.com", "symantec": {"delivery_inbound_oldest": value}}],
                        faults=[{"api": "symantec", **f} for f in faults])

    alert = "symantec/example.com/inbound_oldest"
    sim = stage.simulate(play_with(4000), clock)
    daemon = stage.start({"symantec": stage.symantec(sim, interval="1min"), "domains": ["example.com"]}, clock)
    daemon.wait_record(event="raised", alert=alert)
    for fault in ({"kind": "numbers"}, {"kind": "absent"}, {"kind": "domains-empty"},
                  {"kind": "numbers", "value": "negative"}):
        sim.change_scenario(play_with(4000, fault))
        seen = sim.count(call="stats")
        sim.wait_requests(seen + 4, call="stats")
    assert daemon.events(alert) == ["raised"], daemon.tell()
    # The domain was away long enough to be missed.
    assert daemon.events("symantec/example.com/data_age") in ([], ["raised"], ["raised", "cleared"])
    sim.change_scenario(play_with(3))
    assert daemon.wait_record(event="cleared", alert=alert)["MAILSEC_VALUE"] == "3"


def test_extra_domain_makes_no_alert(stage):
    """What a peer names and nobody configured is counted, and nothing else is made from its name."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=["example.com"], faults=[
        {"api": "symantec", "kind": "extra-domain", "value": "evil.example"}]), clock)
    daemon = stage.start({"symantec": stage.symantec(sim, interval="1min"), "domains": ["example.com"],
                          "limits": {"domains_unconfigured": {"warning": 1}}}, clock)
    raised = daemon.wait_record(event="raised")
    assert raised["MAILSEC_ALERT"] == "symantec/default/domains_unconfigured"
    sim.wait_requests(6, call="stats")
    assert len(daemon.records(metric=re.compile("."))) == 1
