# SPDX-License-Identifier: MIT
"""A reload changes everything or nothing, and forgets nothing."""

import os
import pathlib
import re
import shutil
import time

import pytest

from harness.clock import Clock, stamp
from harness.records import pick
from harness.simulator import scenario
from harness.wait import wait_for

RATE = 300
DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "config"
BROKEN = sorted(f for f in DATA.glob("*.conf") if not f.name.startswith(("good", "warn")))

SLOW = {"name": "slow.example", "symantec": {"inbound_oldest": 2000}}
ALERT = "symantec/slow.example/inbound_oldest"


def config_for(stage, sim, domains=("slow.example",), **members):
    """A configuration with the queue API."""
    return {"symantec": stage.symantec(sim, interval="1min"), "domains": list(domains),
            "policy": {"remind_first": "never"}, **members}


def test_every_broken_file_changes_nothing(stage):
    """With each kind of broken file the running configuration stays wholly in force, and one record says why."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=[SLOW]), clock)
    daemon = stage.start(config_for(stage, sim), clock)
    daemon.wait_record(event="raised", alert=ALERT)
    for directory in DATA.glob("*.d"):
        shutil.copytree(directory, daemon.directory / directory.name)
    for path in BROKEN:
        shutil.copy(path, daemon.config)
        daemon.reload()
    refused = daemon.wait_records(len(BROKEN), event="reload-refused")
    assert len(refused) == len(BROKEN), "one record for each"
    place = re.escape(str(daemon.directory))
    for path, record in zip(BROKEN, refused):
        assert record["PRIORITY"] == "3" and record["MAILSEC_REASON"] == "config"
        assert record["MESSAGE"].startswith("reload refused, the running configuration stays in force: "), path.name
        assert re.match(rf"{place}/\S+?:\d+: ", record["MAILSEC_DETAIL"]), (path.name, record["MAILSEC_DETAIL"])
    wait_for(lambda: "the last reload was refused" in daemon.notify.status(), "STATUS= says so")
    assert re.search(r"refused.* since [A-Za-z0-9 ]*\d\d:\d\d", daemon.notify.status()), daemon.notify.status()
    # It goes on as if nothing had happened: polls in their interval, the alert stands, and clears when it is well.
    assert daemon.events(ALERT) == ["raised"]
    sim.wait_requests(6)
    times = [r["ts"] for r in sim.requests()]
    gaps = [b - a for a, b in zip(times, times[1:])]
    assert min(gaps) >= 54 - 0.08 * RATE and max(gaps) <= 75 + 0.5 * RATE, gaps
    sim.change_scenario(scenario(domains=["slow.example"]))
    cleared = daemon.wait_record(event="cleared", alert=ALERT)
    assert cleared["MAILSEC_REASON"] == "limit" and cleared["MAILSEC_DOMAIN"] == "slow.example"
    daemon.reload(stage.complete(config_for(stage, sim)))
    daemon.wait_record(event="reloaded")
    assert "refused" not in daemon.notify.status()


def test_missing_file_changes_nothing(stage):
    """The same where the file or its secret is gone."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=[SLOW]), clock)
    daemon = stage.start(config_for(stage, sim), clock)
    daemon.wait_record(event="raised", alert=ALERT)
    (stage.directory / "password").unlink()
    daemon.reload()
    assert "password" in daemon.wait_record(event="reload-refused")["MAILSEC_DETAIL"]
    daemon.config.unlink()
    daemon.reload()
    daemon.wait_records(2, event="reload-refused")
    seen = sim.count()
    sim.wait_requests(seen + 2)
    assert all(r["auth_ok"] for r in sim.requests())


def test_removed_domain_and_limit_close_their_alerts(stage):
    """An alert whose domain, metric or account went away is closed with the reason `removed`; the others stand."""
    clock = Clock(RATE)
    domains = [{"name": f"{n}.example", "symantec": {"inbound_oldest": 2000, "outbound_oldest": 5000}}
               for n in ("stays", "goes")]
    sim = stage.simulate(scenario(
        accounts=["default", "second"], domains=domains,
        faults=[{"api": "symantec", "account": "second", "kind": "500"}]), clock)
    base = config_for(stage, sim, ["stays.example", "goes.example"])
    both = [stage.symantec(sim, interval="1min"), stage.symantec(sim, "second", interval="1min")]
    daemon = stage.start({**base, "symantec": both}, clock)
    daemon.wait_records(4, event="raised", source="symantec", domain=re.compile("."))
    daemon.wait_record(event="raised", alert="symantec/second/up")
    daemon.reload(stage.complete({**base, "domains": ["stays.example"],
                                  "limits": {"outbound_oldest": "never"}}))
    daemon.wait_record(event="reloaded")
    closed = daemon.records(event="cleared")
    assert {(r["MAILSEC_ALERT"], r["MAILSEC_REASON"]) for r in closed} == {
        ("symantec/goes.example/inbound_oldest", "removed"), ("symantec/goes.example/outbound_oldest", "removed"),
        ("symantec/stays.example/outbound_oldest", "removed"), ("symantec/second/up", "removed")}
    for record in closed:
        assert "is no longer watched" in record["MESSAGE"] and "MAILSEC_VALUE" not in record
        assert record["PRIORITY"] == "5" and record["MAILSEC_LEVEL"] == "ok"
    seen = sim.count(account="second")
    sim.wait_requests(sim.count(account="default") + 4, account="default")
    assert daemon.events("symantec/stays.example/inbound_oldest") == ["raised"]
    assert sim.count(account="second") <= seen + 1


def test_changed_limit_is_judged_at_the_next_sample(stage):
    """A limit that changed decides from the next sample on, with the streak it needs; nothing is told by the reload itself."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=[SLOW]), clock)
    base = config_for(stage, sim)
    daemon = stage.start(base, clock)
    daemon.wait_record(event="raised", alert=ALERT)
    daemon.reload(stage.complete({**base, "limits": {"inbound_oldest": {"warning": "10min", "critical": "20min"}}}))
    reloaded = daemon.wait_record(event="reloaded")
    worsened = daemon.wait_record(event="worsened", alert=ALERT)
    assert worsened["MAILSEC_LIMIT"] == "1200"
    assert int(worsened["MAILSEC_SEQUENCE"]) > int(reloaded["MAILSEC_SEQUENCE"])
    daemon.reload(stage.complete({**base, "limits": {"inbound_oldest": {"warning": "2h", "critical": "3h"}}}))
    cleared = daemon.wait_record(event="cleared", alert=ALERT)
    assert cleared["MAILSEC_VALUE"] == "2000" and cleared["MAILSEC_REASON"] == "limit"
    assert daemon.events(ALERT) == ["raised", "worsened", "cleared"]


def test_added_domain_is_asked_at_once(stage):
    """A domain added by a line and a reload is tested at once; those that are there are not asked anew."""
    clock = Clock(60)
    sim = stage.simulate(scenario(domains=[{"name": n, "immuniweb": {"polls": 1}} for n in ("a.example", "b.example")]),
                         clock)
    base = {"immuniweb": stage.immuniweb(sim), "domains": ["a.example"], "limits": {"mx_hosts": {"warning": 2}}}
    daemon = stage.start(base, clock)
    daemon.wait_record(event="raised", alert="immuniweb/a.example/mx_hosts")
    reloaded = time.monotonic()
    daemon.reload(stage.complete({**base, "domains": ["a.example", "b.example"]}))
    daemon.wait_record(event="raised", alert="immuniweb/b.example/mx_hosts")
    added = sim.requests(domain="b.example")[0]
    assert 0 <= added["monotonic"] - reloaded < 5
    assert sim.count(call="check", domain="a.example") == 1
    assert daemon.events("immuniweb/a.example/mx_hosts") == ["raised"]


def test_running_test_goes_on(stage):
    """A test under way is not started again by a reload: it may have cost one of the day's tests."""
    clock = Clock(60)
    sim = stage.simulate(scenario(domains=[{"name": "a.example", "immuniweb": {"test_duration": "90s"}}]), clock)
    base = {"immuniweb": stage.immuniweb(sim), "domains": ["a.example"], "limits": {"mx_hosts": {"warning": 2}}}
    daemon = stage.start(base, clock)
    sim.wait_requests(2, domain="a.example")
    daemon.reload(stage.complete({**base, "domains": ["a.example", "b.example"]}))
    daemon.reload(stage.complete({**base, "policy": {"raise_after": 1}}))
    daemon.wait_record(event="raised", alert="immuniweb/a.example/mx_hosts")
    assert sim.count(call="check", domain="a.example") == 1
    assert len({r["form"]["job_id"] for r in sim.requests(call="get_result", domain="a.example")}) == 1


def test_changed_interval_and_credentials(stage):
    """Every key can be changed by a reload: a shorter interval is kept from then on, a new login is used at once."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=["slow.example"], accounts=[
        {"name": "default", "username": "watcher", "password": "not yet"}]), clock)
    base = config_for(stage, sim)
    daemon = stage.start({**base, "policy": {"raise_after": 1}}, clock)
    raised = daemon.wait_record(event="raised", alert="symantec/default/up")
    assert raised["MAILSEC_REASON"] == "auth"
    assert not sim.requests()[0]["auth_ok"]
    from harness.daemon import write_secret
    write_secret(stage.directory / "password", "not yet")
    daemon.reload(stage.complete({**base, "policy": {"raise_after": 1, "clear_after": 1},
                                  "symantec": stage.symantec(sim, interval="30s", timeout="5s")}))
    daemon.wait_record(event="cleared", alert="symantec/default/up")
    seen = sim.count()
    requests = sim.wait_requests(seen + 6)[-6:]
    assert all(r["auth_ok"] for r in requests)
    gaps = [b["ts"] - a["ts"] for a, b in zip(requests, requests[1:])]
    assert max(gaps) < 37.5 + 0.3 * RATE and min(gaps) >= 27 - 0.08 * RATE, gaps
    after = stamp(daemon.records(event="cleared")[0]["MAILSEC_MEASURED_AT"])
    failures = [r["ts"] for r in sim.requests() if not r["auth_ok"]]
    assert len(failures) == 1 and after - failures[0] < 1800, "the new login does not wait for the old one's patience"


def test_output_is_changed_by_a_reload(stage):
    """Facility and identifier of the next records are as the new configuration says."""
    if not stage.box:
        pytest.skip("needs a journal")
    sim = stage.simulate(scenario(domains=["slow.example"]))
    base = config_for(stage, sim)
    daemon = stage.start(base)
    daemon.reload(stage.complete({**base, "output": {"syslog_facility": "local5", "identifier": "watcher-x"}}))
    record = daemon.wait_record(event="reloaded")
    assert (record["SYSLOG_FACILITY"], record["SYSLOG_IDENTIFIER"]) == ("21", "watcher-x")


def test_many_reloads_under_load(stage):
    """200 reloads while answers come and go, some of them broken, leave descriptors and memory where they were."""
    if os.geteuid() != 0:
        pytest.skip("the descriptors of a process that is not dumpable are for root to see")
    clock = Clock(RATE)
    names = [f"d{i:03d}.example" for i in range(300)]
    sim = stage.simulate(scenario(
        domains=[{"name": n, "symantec": {"vary": True}, "immuniweb": {"polls": 2}} for n in names],
        faults=[{"api": "symantec", "kind": "delay", "delay": "20ms"}]), clock)

    def variant(i):
        return stage.complete({
            "symantec": stage.symantec(sim, interval="10s", timeout="5s"),
            "immuniweb": stage.immuniweb(sim, daily_tests=0, concurrency=8, interval="1min"),
            "domains": [{"name": n, "owner": f"team-{i % 7}"} for n in names[i % 3:]],
            "limits": {"inbound_oldest": {"warning": f"{10 + i % 5}min"}},
            "output": {"heartbeat": "never"}})

    daemon = stage.start(variant(0), clock)
    sim.wait_requests(50)

    def sizes():
        return daemon.descriptors(), daemon.status_kib("VmRSS")

    for i in range(20):  # what is allocated once is allocated by then
        daemon.reload(variant(i))
    (_, first_others), first_memory = sizes()
    for i in range(200):
        daemon.reload("broken = ;" if i % 10 == 9 else variant(i))
    daemon.reload(variant(0))
    # Nine connections may be open or kept, beside the sockets of the log, the manager and its like.
    wait_for(lambda: daemon.descriptors()[0] <= 9 + 6 and daemon.descriptors()[1] == first_others,
             lambda: f"{daemon.descriptors()} sockets and others, there were {first_others} others")
    memory = sizes()[1]
    if b"__asan_init" not in (stage.build / "mailsecd").read_bytes():
        assert memory <= first_memory * 1.1 + 1024, f"VmRSS was {first_memory} KiB and is {memory} KiB"
    assert len(daemon.wait_records(201, event="reloaded")) == 201
    assert len(pick(daemon.records(), event="reload-refused")) == 20
