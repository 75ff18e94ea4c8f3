# SPDX-License-Identifier: MIT
"""The email test: every way it may go (apis.md sections 2.2, 3 and 4.3), and how much of it is asked for."""

import re

import pytest

from harness.clock import Clock, stamp
from harness.libconf import document
from harness.records import brief, pick
from harness.simulator import API_KEY, scenario
from harness.wait import wait_for, wait_quietly

RATE = 300
MINUTE = 60
HOUR = 3600
DAY = 86400


def domain(name):
    """The domain that plays a row of a table."""
    return f"{name}.example"


def calls(sim, name):
    """What was asked for one domain: the call, and by what its result was fetched."""
    found = []
    for request in sim.requests(api="immuniweb", domain=domain(name)):
        by = next((key for key in ("job_id", "id", "test_id") if key in request["form"]), None)
        found.append(request["call"] if request["call"] == "check" else by)
    return found


def squeeze(found):
    """The calls without repetitions of the same one in a row."""
    return [call for i, call in enumerate(found) if i == 0 or found[i - 1] != call]


# --- one test, every way it may go --------------------------------------------------------------------------


# name: (what the simulator does, what is asked; repeated polls count once)
WAYS = {
    "usual": ({"test_duration": "30s"}, ["check", "job_id"]),
    "started-1": ({"test_duration": "30s", "started_status_id": 1}, ["check", "job_id"]),
    "status-text": ({"test_duration": "30s", "status_id_text": True}, ["check", "job_id"]),
    "started-again": ({"test_duration": "30s", "started_again": 2}, ["check", "job_id"]),
    "finish-cached": ({"test_duration": "30s", "finish": "cached"}, ["check", "job_id", "id"]),
    "fetch-id": ({"test_duration": "30s", "finish": "cached", "fetch_by": "id"}, ["check", "job_id", "id"]),
    "eta-small": ({"polls": 3, "eta": 1}, ["check", "job_id"]),
    "eta-large": ({"polls": 3, "eta": 5000}, ["check", "job_id"]),
    "eta-text": ({"polls": 3, "eta": "12"}, ["check", "job_id"]),
    "eta-wrong": ({"polls": 3, "eta": "soon"}, ["check", "job_id"]),
    "error-id-zero": ({"test_duration": "30s"}, ["check", "job_id"]),
    "several-addresses": ({"test_duration": "30s"}, ["check", "job_id"]),
    "lost-once": ({"test_duration": "30s"}, ["check", "job_id", "check", "job_id"]),
}

WAY_FAULTS = [
    {"kind": "error-id-0", "domain": domain("error-id-zero")},
    {"kind": "multiple-ips", "call": "check", "domain": domain("several-addresses")},
    {"kind": "unknown-job", "call": "get_result", "domain": domain("lost-once"), "times": 1},
]

# name: (fault, reason, words of the vendor that must be in the detail)
REFUSALS = {
    "invalid-name": ("error-29", "invalid-domain", "valid domain name"),
    "denied": ("deny-list", "invalid-domain", "blacklist"),
    "no-mx": ("no-mx", "unresolved", "no MX records"),
    "no-resolve": ("no-resolve", "unresolved", "does not resolve"),
    "private": ("private-range", "unresolved", "private range"),
    "unknown-id": ("error", "refused", "unexpected error"),
    "text-only": ("error-text", "refused", "Something went wrong"),
    "object": ("error-object", "refused", "could not be started"),
    "object-422": ("error-422", "invalid-domain", "Invalid domain"),
    "detail-v2": ("error-v2", "invalid-domain", "Check the spelling"),
    "detail-v2-text": ("error-v2-text", "invalid-domain", "not valid"),
}

ENDLESS = "endless"
LOST = "lost-twice"

TESTED = [*WAYS, *REFUSALS, ENDLESS, LOST]


@pytest.fixture(scope="module")
def tests(wide_stage):
    """One daemon tests one domain per row, all on its first day."""
    clock = Clock(RATE)
    rows = {name: row[0] for name, row in WAYS.items()}
    rows[ENDLESS] = {"never_ends": True}
    faults = [{"kind": row[0], "call": "check", "domain": domain(name)} for name, row in REFUSALS.items()]
    faults += [*WAY_FAULTS, {"kind": "unknown-job", "call": "get_result", "domain": domain(LOST)}]
    sim = wide_stage.simulate(scenario(
        domains=[{"name": domain(n), "immuniweb": rows.get(n, {})} for n in TESTED],
        faults=[{"api": "immuniweb", **f} for f in faults]), clock)
    daemon = wide_stage.start({
        "immuniweb": wide_stage.immuniweb(sim, concurrency=64, daily_tests=0, deadline="6min", timeout="5s"),
        "domains": [domain(n) for n in TESTED],
        # A limit that the first result of every domain crosses tells that it arrived.
        "limits": {"mx_hosts": {"warning": 2}},
        "policy": {"remind_first": "never"},
    }, clock)
    daemon.sim = sim
    wait_quietly([lambda n=n: daemon.records(alert=f"immuniweb/{domain(n)}/mx_hosts") for n in WAYS]
                 + [lambda n=n: daemon.records(alert=f"immuniweb/{domain(n)}/up")
                    for n in [*REFUSALS, ENDLESS, LOST]]
                 + [lambda: len(deadlines(sim)) > 3])
    daemon.stop()
    daemon.wait_record(event="stopped")
    return daemon


def deadlines(sim):
    """Polls of the endless test that came after its first deadline."""
    found = sim.requests(domain=domain(ENDLESS))
    return [r for r in found if r["ts"] > found[0]["ts"] + 6 * MINUTE] if found else []


@pytest.mark.parametrize("name", WAYS)
def test_test_gives_a_result(tests, name):
    """However the vendor says it, a test is started once, waited for, fetched, and its result judged."""
    records = pick(tests.records(), domain=domain(name))
    assert [(r["MAILSEC_EVENT"], r["MAILSEC_METRIC"], r["MAILSEC_VALUE"]) for r in records] == \
        [("raised", "mx_hosts", "2")], brief(records)
    asked = calls(tests.sim, name)
    if name == "several-addresses":
        assert asked[:2] == ["check", "check"]
        asked = asked[1:]
    assert squeeze(asked) == WAYS[name][1], asked
    assert asked.count("check") == WAYS[name][1].count("check")


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal_is_the_domains_own(tests, name):
    """An error about a domain is that domain's alert, with the vendor's words, and is not asked for again soon."""
    _, reason, words = REFUSALS[name]
    records = pick(tests.records(), domain=domain(name))
    assert [(r["MAILSEC_EVENT"], r["MAILSEC_METRIC"]) for r in records] == [("raised", "up")], brief(records)
    raised = records[0]
    assert (raised["MAILSEC_REASON"], raised["PRIORITY"], raised["MAILSEC_VALUE"]) == (reason, "2", "0"), raised
    assert words in raised["MAILSEC_DETAIL"], raised["MAILSEC_DETAIL"]
    assert calls(tests.sim, name) == ["check"]


def test_addresses_are_chosen_once(tests):
    """multiple_ips: the start is repeated once with the first address and the token."""
    first, second = tests.sim.requests(call="check", domain=domain("several-addresses"))
    assert "choosen_ip" not in first["form"]
    assert second["form"]["choosen_ip"] == "192.0.2.25"
    assert second["form"]["token"] == "8c2f1f0d9b7a4e65"


def test_eta_is_clamped(tests):
    """The vendor's eta is believed between poll_min and poll_max only."""
    slack = 0.1 * RATE
    for name, least, most in (("eta-small", 10, 10), ("eta-large", 60, 60), ("eta-text", 12, 12),
                              ("eta-wrong", 10, 60)):
        times = [r["ts"] for r in tests.sim.requests(call="get_result", domain=domain(name))]
        gaps = [b - a for a, b in zip(times, times[1:])]
        assert len(times) == 4, (name, times)
        assert all(least - 1 <= gap <= most + slack for gap in gaps), (name, gaps)


def test_lost_job_is_looked_for_in_the_cache(tests):
    """A job that the vendor forgot is started once more with recheck=false: a finished one is cached by then."""
    rechecks = [r["form"]["recheck"] for r in tests.sim.requests(call="check", domain=domain("lost-once"))]
    assert rechecks == ["true", "false"]


def test_job_lost_twice_fails(tests):
    """Lost again, the run fails with the reason job-lost; one start and one look into the cache were spent on it."""
    raised = pick(tests.records(), domain=domain(LOST))[0]
    assert (raised["MAILSEC_METRIC"], raised["MAILSEC_REASON"]) == ("up", "job-lost")
    run = tests.sim.requests(domain=domain(LOST))[:4]
    assert [r["call"] for r in run] == ["check", "get_result", "check", "get_result"]


def test_deadline_and_resumed_job(tests):
    """A test that does not end is given up after `deadline`; the next run asks for the same job, no new test is spent."""
    raised = pick(tests.records(), alert=f"immuniweb/{domain(ENDLESS)}/up")
    assert [r["MAILSEC_EVENT"] for r in raised] == ["raised"]
    assert raised[0]["MAILSEC_REASON"] == "deadline"
    requests = tests.sim.requests(domain=domain(ENDLESS))
    late = stamp(raised[0]["MAILSEC_MEASURED_AT"]) - requests[0]["ts"]
    assert 6 * MINUTE - 0.2 * RATE <= late <= 6 * MINUTE + 0.2 * RATE
    assert deadlines(tests.sim), "it is asked for again"
    assert calls(tests.sim, ENDLESS).count("check") == 1
    assert len({r["form"]["job_id"] for r in requests[1:]}) == 1


def test_the_account_stands_while_domains_fail(tests):
    """What concerns single domains is no failure of the API."""
    assert pick(tests.records(), account="default") == []


def test_every_start_is_a_form_as_documented(tests):
    """A start names the domain, keeps the result off the vendor's lists, asks for a fresh test, and brings the key."""
    checks = tests.sim.requests(call="check", domain=domain("usual"))
    assert checks[0]["form"] == {"domain": domain("usual"), "show_test_results": "false", "recheck": "true",
                                 "api_key": API_KEY}
    assert checks[0]["headers"]["Content-Type"] == "application/x-www-form-urlencoded"
    assert re.fullmatch(r"/email/api/v1/check/\d+\.html", checks[0]["path"])
    stamps = [r["path"] for r in tests.sim.requests(domain=domain("eta-small"))]
    assert len(set(stamps)) == len(stamps), "each request has a time stamp of its own"


# --- the API itself fails -----------------------------------------------------------------------------------


# name: (fault, reason, least distance of the starts after the first failure, call)
OUTAGES = {
    "html": ({"kind": "html"}, "protocol", 50),
    "empty": ({"kind": "empty"}, "empty", 50),
    "truncated": ({"kind": "truncated"}, "protocol", 50),
    "not-an-object": ({"kind": "not-an-object"}, "protocol", 50),
    "no-known-member": ({"kind": "no-known-member"}, "protocol", 50),
    "addresses-for-ever": ({"kind": "multiple-ips", "value": "always"}, "protocol", 50),
    "internal-error": ({"kind": "500"}, "server", 50),
    "unavailable": ({"kind": "503", "retry_after": "600"}, "server", 600),
    "too-many": ({"kind": "429", "retry_after": "600"}, "rate-limited", 600),
    "unauthorized": ({"kind": "401"}, "auth", 30 * MINUTE),
    "wrong-key": ({"kind": "wrong-key"}, "auth", 30 * MINUTE),
    "key-needed": ({"kind": "key-needed"}, "auth", 30 * MINUTE),
    "redirect": ({"kind": "redirect", "location": "/stolen/check"}, "redirect", 30 * MINUTE),
    "hang": ({"kind": "hang"}, "timeout", 50),
    "quota": ({"kind": "quota"}, "quota", DAY),
    "limit-text": ({"kind": "limit-text"}, "quota", DAY),
}


@pytest.fixture(scope="module")
def outages(wide_stage):
    """A daemon for each way that the API may fail, with two domains each; {name: daemon}."""
    clock = Clock(600)
    names = [f"{part}.{name}.example" for name in OUTAGES for part in ("one", "two")]

    def play(faults):
        return scenario(domains=[{"name": n, "immuniweb": {"test_duration": "10s"}} for n in names],
                        faults=faults)

    sim = wide_stage.simulate(play([
        {"api": "immuniweb", "call": "check", "domain": f"{part}.{name}.example", **row[0]}
        for name, row in OUTAGES.items() for part in ("one", "two")]), clock)
    daemons = {}
    for name in OUTAGES:
        daemons[name] = wide_stage.start({
            "immuniweb": wide_stage.immuniweb(sim, concurrency=1, daily_tests=0, timeout="1s"),
            "domains": [f"one.{name}.example", f"two.{name}.example"],
            "policy": {"remind_first": "never"},
        }, clock, ready=False)
        daemons[name].sim = sim
    up = "immuniweb/default/up"
    short = [n for n, row in OUTAGES.items() if row[2] < DAY]
    wait_quietly([lambda d=d: d.records(event="raised", alert=up) for d in daemons.values()]
                 + [lambda n=n: len(starts(sim, n)) >= (3 if OUTAGES[n][2] < 30 * MINUTE else 2) for n in short])
    for name in OUTAGES:
        daemons[name].failed = len(starts(sim, name))
    sim.change_scenario(play([]))
    wait_quietly([lambda n=n: daemons[n].records(event="cleared", alert=up) for n in short])
    for daemon in daemons.values():
        daemon.stop()
        daemon.wait_record(event="stopped")
    return daemons


def starts(sim, name):
    """The starts of one daemon's domains."""
    return [r for r in sim.requests(call="check") if r["domain"].endswith(f".{name}.example")]


@pytest.mark.parametrize("name", OUTAGES)
def test_outage_is_one_alert(outages, name):
    """A failing API is one alert on the account and none on its domains; a working one clears it."""
    daemon = outages[name]
    _, reason, least = OUTAGES[name]
    records = [r for r in daemon.records() if "MAILSEC_ALERT" in r]
    story = ["raised"] if least >= DAY else ["raised", "cleared"]
    assert [(r["MAILSEC_EVENT"], r["MAILSEC_ALERT"]) for r in records] == \
        [(event, "immuniweb/default/up") for event in story], brief(records)
    assert records[0]["MAILSEC_REASON"] == reason
    assert records[0]["MAILSEC_ACCOUNT"] == "default"
    assert records[0]["MESSAGE"].startswith("immuniweb account default: email security tests cannot be run")


@pytest.mark.parametrize("name", OUTAGES)
def test_outage_is_met_with_patience(outages, name):
    """While the API fails one start at a time finds out whether it is back, ever later; a used-up quota rests for a day."""
    least = OUTAGES[name][2]
    requests = starts(outages[name].sim, name)[:outages[name].failed]
    times = [r["ts"] for r in requests if "choosen_ip" not in r["form"]]
    gaps = [b - a for a, b in zip(times, times[1:])]
    slack = 0.08 * 600
    assert all(gap >= least - slack for gap in gaps), gaps
    if least >= DAY:
        assert len(times) == 1
    elif least < 10 * MINUTE:
        assert gaps[1] >= 2 * MINUTE - slack, gaps


def test_outage_redirect_is_not_followed(outages):
    """A redirect would hand the key to somebody else."""
    assert outages["redirect"].sim.count(path="/stolen/check") == 0


# --- how much is asked for ----------------------------------------------------------------------------------


def test_without_a_key(stage):
    """Without a key no fresh test is asked for, and an old result of the cache is told as old."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=[
        {"name": "stale.example", "immuniweb": {"cached_age": "10d"}},
        {"name": "never-tested.example", "immuniweb": {"test_duration": "20s"}}]), clock)
    daemon = stage.start({"immuniweb": stage.immuniweb(sim, key=False),
                          "domains": ["stale.example", "never-tested.example"]}, clock)
    raised = daemon.wait_record(event="raised", alert="immuniweb/stale.example/result_age")
    assert raised["MAILSEC_LEVEL"] == "warning" and raised["MAILSEC_LIMIT"] == str(2 * DAY)
    assert 10 * DAY - 2 <= float(raised["MAILSEC_VALUE"]) <= 10 * DAY + HOUR
    wait_for(lambda: sim.count(call="get_result", domain="never-tested.example") >= 2, "the new one is polled")
    for request in sim.requests(call="check"):
        assert request["form"] == {"domain": request["domain"], "show_test_results": "false", "recheck": "false"}
    assert squeeze([r["call"] for r in sim.requests(domain="stale.example")]) == ["check", "get_result"]
    assert "id" in sim.requests(call="get_result", domain="stale.example")[0]["form"]


def test_fetch_by_test_id_is_remembered(stage):
    """A result that `id` does not give is asked for once by `test_id`, and what worked is tried first from then on."""
    clock = Clock(RATE)
    names = ["a.example", "b.example", "c.example"]
    sim = stage.simulate(scenario(
        domains=[{"name": n, "immuniweb": {"cached_age": "1h", "fetch_by": "test_id"}} for n in names]), clock)
    daemon = stage.start({"immuniweb": stage.immuniweb(sim, key=False, concurrency=1), "domains": names,
                          "limits": {"mx_hosts": {"warning": 2}}}, clock)
    daemon.wait_records(3, event="raised", metric="mx_hosts")
    by = ["id" if "id" in r["form"] else "test_id" for r in sim.requests(call="get_result")]
    assert by == ["id", "test_id", "test_id", "test_id"]
    assert sim.count(call="check") == 3
    assert len(daemon.records()) == 4


def test_publish_when_told_so(stage):
    """publish = true lists results on the vendor's site, nothing else does."""
    stage.published = True
    sim = stage.simulate(scenario(domains=["a.example"]))
    stage.start({"immuniweb": stage.immuniweb(sim, publish=True), "domains": ["a.example"]})
    sim.wait_requests(1, call="check")
    assert sim.requests(call="check")[0]["form"]["show_test_results"] == "true"


def test_concurrency(stage):
    """No more than `concurrency` tests are in progress at once, and all domains get their turn."""
    clock = Clock(RATE)
    names = [f"d{i}.example" for i in range(12)]
    sim = stage.simulate(scenario(domains=[{"name": n, "immuniweb": {"test_duration": "40s"}} for n in names]), clock)
    daemon = stage.start({"immuniweb": stage.immuniweb(sim, concurrency=3), "domains": names,
                          "limits": {"mx_hosts": {"warning": 2}}}, clock)
    daemon.wait_records(12, event="raised", metric="mx_hosts")
    spans = {n: [r["ts"] for r in sim.requests(domain=n)] for n in names}
    marks = sorted([(s[0], 1) for s in spans.values()] + [(s[-1], -1) for s in spans.values()])
    running = most = 0
    for _, step in marks:
        running += step
        most = max(most, running)
    assert most == 3
    assert sim.count(call="check") == 12


def test_daily_tests(stage):
    """No more than daily_tests starts in any 24 hours; the domain whose result is oldest goes first."""
    rate = 21600  # a day in four seconds
    clock = Clock(rate)
    names = [f"d{i}.example" for i in range(6)]
    sim = stage.simulate(scenario(domains=[{"name": n, "immuniweb": {"polls": 1}} for n in names]), clock)
    daemon = stage.start({
        "immuniweb": stage.immuniweb(sim, daily_tests=3, concurrency=1, poll_min="1s", deadline="1day"),
        "domains": names, "policy": {"stale_after": 100}, "limits": {"tests_left": {"warning": 0}}}, clock)
    checks = sim.wait_requests(9, call="check")
    times = [r["ts"] for r in checks]
    for i in range(3, len(times)):
        # The ledger is kept by the daemon's own clock, a little before the simulator's.
        assert times[i] - times[i - 3] >= DAY - 0.1 * rate, f"test {i + 1} is too early"
    order = [r["domain"] for r in checks]
    assert sorted(order[:6]) == names, "every domain has had one before any has another"
    assert order[6:9] == order[:3], "the oldest result is renewed first"
    assert sim.count(call="check", status=200) == sim.count(call="check")
    left = daemon.records(alert="immuniweb/default/tests_left")
    assert left and left[0]["MAILSEC_EVENT"] == "raised" and left[0]["MAILSEC_VALUE"] == "0"


def test_quota_lets_running_tests_end(stage):
    """A used-up quota stops new tests for all domains for a day; what runs is fetched, and a day later it goes on."""
    rate = 21600
    clock = Clock(rate)
    names = [f"d{i}.example" for i in range(4)]
    sim = stage.simulate(scenario(
        domains=[{"name": n, "immuniweb": {"polls": 60, "eta": 60}} for n in names],
        immuniweb={"daily_tests": 2}), clock)
    daemon = stage.start({
        "immuniweb": stage.immuniweb(sim, daily_tests=0, concurrency=3, deadline="1day"),
        "domains": names, "policy": {"stale_after": 100, "remind_first": "never"},
        "limits": {"mx_hosts": {"warning": 2}}}, clock)
    raised = daemon.wait_record(event="raised", alert="immuniweb/default/up")
    assert raised["MAILSEC_REASON"] == "quota" and "exceeded" in raised["MAILSEC_DETAIL"]
    cleared = daemon.wait_record(event="cleared", alert="immuniweb/default/up")
    checks = [r["ts"] for r in sim.requests(call="check")]
    assert len([ts for ts in checks if ts < stamp(cleared["MAILSEC_MEASURED_AT"])]) >= 4
    # Two are begun, the third is refused; a test that ends meanwhile does not let a fourth start.
    assert checks[3] - checks[2] >= DAY - 0.1 * rate, checks
    polled = sim.requests(call="get_result")
    assert any(checks[2] < r["ts"] < checks[2] + DAY for r in polled), "running tests are asked for until they end"
    fetched = {r["domain"] for r in polled if r["ts"] < checks[2] + DAY}
    assert len(fetched) == 2


def test_transport_does_not_repeat_a_start(stage):
    """A start whose connection breaks is not sent again by the transport: each may cost a test."""
    clock = Clock(60)
    names = [f"d{i}.example" for i in range(4)]
    good = {"polls": 1}
    sim = stage.simulate(scenario(domains=[{"name": n, "immuniweb": good} for n in names]), clock)
    daemon = stage.start({"immuniweb": stage.immuniweb(sim, interval="1min", daily_tests=0), "domains": names,
                          "limits": {"mx_hosts": {"warning": 2}}}, clock)
    # Connections are open and kept; then the service drops every start.
    daemon.wait_records(4, event="raised", metric="mx_hosts")
    sim.change_scenario(scenario(domains=[{"name": n, "immuniweb": good} for n in names],
                                 faults=[{"api": "immuniweb", "call": "check", "kind": "close"}]))
    daemon.wait_record(event="raised", alert="immuniweb/default/up")
    starts_seen = [r for r in sim.requests(call="check") if r.get("fault") == "close"]
    sent = {}
    for request in starts_seen:
        sent.setdefault((request["domain"], round(request["ts"] / 20)), []).append(request["connection"])
    assert all(len(c) == 1 for c in sent.values()), sent


def test_result_for_another_host(stage):
    """A result that is another host's is not taken, and is a matter of that domain, not of the API."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=[
        {"name": "swapped.example", "immuniweb": {"polls": 1, "hostname": "other.example", "blacklist_count": 9}},
        {"name": "sound.example", "immuniweb": {"polls": 1}}]), clock)
    daemon = stage.start({"immuniweb": stage.immuniweb(sim, concurrency=1),
                          "domains": ["swapped.example", "sound.example"],
                          "limits": {"mx_hosts": {"warning": 2}}}, clock)
    daemon.wait_record(event="raised", alert="immuniweb/sound.example/mx_hosts")
    raised = daemon.wait_record(event="raised", metric="up")
    assert not daemon.records(metric="blacklist_count")
    assert raised.get("MAILSEC_DOMAIN") == "swapped.example", raised
    assert "other.example" in raised["MAILSEC_DETAIL"]
    assert not daemon.records(account="default")


# --- shapes -------------------------------------------------------------------------------------------------


RESULT = {"mx_hosts": 3, "mx_firewalled": 1, "blacklist_count": 2, "ioc_count": 1, "open_relay": 2, "vrfy": 3,
          "expn": 2, "rcpt": 2, "plaintext_auth": 3, "ptr_missing": 1, "dnssec_failures": 2, "spf": "weakness",
          "dkim": "information", "dmarc": "failure", "darkweb_issues": 14, "darkweb_color": "orange",
          "phishing_issues": 3, "phishing_color": "blue", "ssl_color": "red", "ssl_issues": 1}

NUMBERS = ["mx_hosts 3", "mx_firewalled 1", "blacklist_count 2", "ioc_count 1", "dnssec_failures 2",
           "darkweb_issues 14", "darkweb_color orange", "phishing_issues 3", "phishing_color blue",
           "ssl_color red", "server_color orange"]
GRADES = ["spf weakness", "dkim information", "dmarc failure"]
# The first host is firewalled: its alerts are unknown, so the others' count.
ALERTS = ["open_relay 1", "vrfy 2", "expn 1", "rcpt 1", "plaintext_auth 2"]

# name: (what differs, what the row says, what it must not say)
SHAPES = {
    "documented": ({}, NUMBERS + GRADES + ALERTS, []),
    "mx-map": ({"mx_shape": "map"}, NUMBERS + GRADES + ALERTS, []),
    "mx-by-priority": ({"mx_shape": "priority-map"}, NUMBERS + GRADES + ALERTS, []),
    "mx-object": ({"mx_shape": "object", "mx_firewalled": 0}, ["mx_hosts 1", "blacklist_count 2", "vrfy 1", "ptr_missing 1"],
                  []),
    "mx-empty": ({"mx_shape": "empty"}, ["mx_hosts 0"] + GRADES, []),
    "alerts-list": ({"alerts_shape": "list"}, NUMBERS + GRADES + ALERTS, []),
    "alerts-class": ({"alerts_shape": "class"}, NUMBERS + ALERTS + ["spf weakness"], []),
    "alerts-color": ({"alerts_shape": "color"}, NUMBERS + ALERTS + ["spf weakness"], []),
    "alerts-bool": ({"alerts_shape": "bool"}, NUMBERS + ALERTS, []),
    "alerts-empty": ({"alerts_shape": "empty"}, NUMBERS, ["vrfy 2"]),
    "counts-text": ({"count_shape": "text"}, NUMBERS, []),
    "counts-array": ({"count_shape": "array"}, NUMBERS, []),
    "counts-object": ({"count_shape": "object"}, NUMBERS, []),
    "counts-null": ({"count_shape": "null"}, ["mx_hosts 3"], ["blacklist_count", "ioc_count"]),
    "firewalled-number": ({"firewalled_shape": "number"}, NUMBERS, []),
    "firewalled-text": ({"firewalled_shape": "text"}, NUMBERS, []),
    "ts-text": ({"ts_as": "text"}, ["result_age 2h"], []),
    "ts-milliseconds": ({"ts_as": "milliseconds"}, ["result_age 2h"], []),
    "ts-future": ({"ts_as": "future"}, NUMBERS, ["result_age"]),
    "ts-zero": ({"ts_as": "zero"}, NUMBERS, ["result_age"]),
    "no-summary": ({"patch": '{"summary": null}'}, ["mx_hosts 3"] + GRADES, ["ssl_issues", "ssl_color"]),
    "no-section": ({"patch": '{"summary": {"ssl": null}}'}, ["darkweb_issues 14"], ["ssl_issues"]),
    "odd-color": ({"patch": '{"summary": {"ssl": {"color": "mauve"}}}'}, ["ssl_issues 1"], ["ssl_color"]),
    "dotted-key": ({"patch": '{"test_ssl": {"supports_tlsv1.1": true}}'}, NUMBERS, []),
    "text-value": ({"patch": '{"summary": {"ssl": {"value": "7"}}}'}, ["ssl_issues 7"], []),
}


@pytest.fixture(scope="module")
def shapes(wide_stage):
    """The rows of one verbose pass over results of every shape: {domain: row}."""
    sim = wide_stage.simulate(scenario(domains=[
        {"name": domain(n), "immuniweb": {**RESULT, "cached_age": "2h", **row[0]}} for n, row in SHAPES.items()]))
    config = wide_stage.directory / "shapes.conf"
    config.write_text(document(wide_stage.complete({
        "immuniweb": wide_stage.immuniweb(sim, concurrency=16), "domains": [domain(n) for n in SHAPES]})))
    done = wide_stage.run("--config", config, "--once", "--verbose")
    assert done.returncode == 2, done.stdout + done.stderr
    assert all(r["form"]["recheck"] == "false" for r in sim.requests(call="check")), "no fresh test is spent"
    return {line.split()[1]: line.split(None, 3)[3] for line in done.stdout.splitlines()[2:]}


def says(row, words):
    """Whether a row has the value as a whole, or the metric at all."""
    end = r" \S" if " " not in words else r"(?: \(|,|;| \d|$)"
    return re.search(rf"(?:^|[,;] ){re.escape(words)}{end}", row)


@pytest.mark.parametrize("name", SHAPES)
def test_shape_is_understood(shapes, name):
    """The vendor's free-form parts become numbers whatever shape they have; what is not understood is left out."""
    row = shapes[domain(name)]
    for words in SHAPES[name][1]:
        assert says(row, words), (words, row)
    for words in SHAPES[name][2]:
        assert not says(row, words), (words, row)
