# SPDX-License-Identifier: MIT
"""What is kept of email security tests that got worse: both results, the vendor's PDF, their sums, and where they are told."""

import hashlib
import json
import os
import re
import subprocess

import pytest

from harness.clock import Clock, stamp
from harness.control import Control
from harness.filesystem import Filesystem
from harness.libconf import document
from harness.records import brief
from harness.simulator import API_KEY, scenario
from harness.wait import wait_for

RATE = 1200  # an hour, which is from one test of a domain to the next, lasts three seconds

NAME = "example.com"
VRFY = f"immuniweb/{NAME}/vrfy"


def sets_of(state, name=NAME):
    """The folders of a domain's sets, oldest first."""
    folder = state / "evidence" / name
    return sorted(s for s in folder.iterdir() if s.name[0] != ".") if folder.is_dir() else []


def check_set(folder, pdf=True, before=True):
    """What holds for each set: its sums are right, nothing else is in it, nobody else may read it."""
    expected = {"after.json", "SHA256SUMS"} | ({"report.pdf"} if pdf else set()) | ({"before.json"} if before else set())
    assert {f.name for f in folder.iterdir()} == expected
    done = subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == len(expected) - 1
    assert folder.stat().st_mode & 0o777 == 0o700
    for file in folder.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600, file
    if pdf:
        assert (folder / "report.pdf").read_bytes().startswith(b"%PDF-")
    for name in expected & {"before.json", "after.json"}:
        assert json.loads((folder / name).read_text())["summary"]


def vrfy_of(path):
    """How many hosts of a result answer VRFY."""
    mx = json.loads(path.read_text())["test_email"]["mx"]
    return sum(host["alerts"]["vrfy"]["tag"] >= 2 and host["alerts"]["vrfy"]["tag"] not in (4, 7, 8) for host in mx)


def play(n, domains=(NAME,), faults=(), **members):
    """A scenario where so many MX hosts answer VRFY."""
    return scenario(domains=[{"name": name, "immuniweb": {"mx_hosts": 9, "vrfy": n, **members}} for name in domains],
                    immuniweb={"test_duration": "30s"}, faults=faults)


def wait_results(state, domains=(NAME,)):
    """Waits until each domain has a result."""
    wait_for(lambda: all((state / "results" / f"{name}.json").exists() for name in domains), "the first results")


def config(stage, sim, domains=(NAME,), key=True, **members):
    """One test an hour of each domain."""
    members = {"interval": "1h", "daily_tests": 0, "timeout": "10s", "concurrency": 8, "recheck": key, **members}
    return {"immuniweb": stage.immuniweb(sim, key=key, **members), "domains": list(domains),
            "policy": {"raise_after": 1, "remind_first": "never"}}


def field_path(record):
    """The file that a record names, after its sum was checked."""
    path = record["MAILSEC_EVIDENCE"]
    with open(path, "rb") as file:
        assert hashlib.sha256(file.read()).hexdigest() == record["MAILSEC_EVIDENCE_SHA256"]
    return path


def ctl(stage, daemon, *arguments):
    """What mailsecctl says."""
    done = subprocess.run([stage.build / "mailsecctl", "--socket", daemon.run / "control.sock", *arguments],
                          capture_output=True, text=True, check=False, env={**os.environ, "TZ": "UTC"})
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_worse_result_is_kept(stage):
    """The first result leaves no evidence; the first worse one leaves a set, told in the alert, listed, and whole."""
    clock = Clock(RATE)
    sim = stage.simulate(play(0), clock)
    daemon = stage.start(config(stage, sim), clock)
    wait_results(daemon.state)
    assert not (daemon.state / "evidence").exists() and sim.count(call="gen_pdf") == 0
    sim.change_scenario(play(1))
    raised = daemon.wait_record(event="raised", alert=VRFY)
    (folder,) = sets_of(daemon.state)
    check_set(folder)
    assert vrfy_of(folder / "before.json") == 0 and vrfy_of(folder / "after.json") == 1
    assert NAME.encode() in (folder / "report.pdf").read_bytes()
    assert field_path(raised) == str(folder / "report.pdf")
    assert abs(stamp(raised["MAILSEC_SINCE"]) - stamp(re.sub(
        r"(....)(..)(..)T(..)(..)(..)Z", r"\1-\2-\3T\4:\5:\6Z", folder.name))) <= 1
    # The latest result is the newest one; it is what the page lays out.
    assert (daemon.state / "results" / f"{NAME}.json").read_bytes() == (folder / "after.json").read_bytes()

    # Asked for once, with the key in the form alone, and at no cost: not more tests than days.
    (pdf,) = sim.requests(call="gen_pdf")
    assert pdf["form"] == {"api_key": API_KEY} and pdf["path"].startswith("/email/gen_pdf/") and not pdf["query"]
    assert pdf["method"] == "POST" and pdf["status"] == 200
    assert sim.requests()[sim.requests().index(pdf) - 1]["call"] == "get_result"

    # mailsecctl and the API.
    known = Control(daemon).ask("GET", f"domains/{NAME}")
    (listed,) = known["evidence"]
    assert listed["path"] == str(folder)
    assert {f["name"] for f in listed["files"]} == {"before.json", "after.json", "report.pdf"}
    for file in listed["files"]:
        data = (folder / file["name"]).read_bytes()
        assert file["bytes"] == len(data) and file["sha256"] == hashlib.sha256(data).hexdigest()
    assert json.loads(ctl(stage, daemon, "--json", "show", NAME))["evidence"] == known["evidence"]
    shown = ctl(stage, daemon, "show", NAME)
    assert str(folder) in shown and "report.pdf" in shown
    daemon.stop()
    assert daemon.wait_exit() == 0


def test_bounds(stage):
    """No more sets per domain than configured: the oldest goes. The next alert names the newest."""
    clock = Clock(RATE)
    sim = stage.simulate(play(0), clock)
    daemon = stage.start({**config(stage, sim, evidence=2), "limits": {"vrfy": {"warning": 1, "critical": 4}}}, clock)
    wait_results(daemon.state)
    for n in range(1, 6):
        sim.change_scenario(play(n))
        wait_for(lambda: any(vrfy_of(s / "after.json") == n for s in sets_of(daemon.state)),
                 lambda: f"a set of {n}: {daemon.tell()}")
        assert len(sets_of(daemon.state)) == min(n, 2)
        if n == 4:
            worsened = daemon.wait_record(event="worsened", alert=VRFY)
            assert worsened["MAILSEC_EVIDENCE"] == str(sets_of(daemon.state)[-1] / "report.pdf")
    first, last = sets_of(daemon.state)
    for folder in (first, last):
        check_set(folder)
    assert vrfy_of(first / "before.json") == 3 and vrfy_of(first / "after.json") == 4
    assert vrfy_of(last / "before.json") == 4
    assert sim.count(call="gen_pdf") == 5


def test_not_worse_leaves_nothing(stage):
    """The same, better, or unknown: only the latest result is kept, and no PDF is asked for."""
    clock = Clock(RATE)
    sim = stage.simulate(play(3, spf="weakness"), clock)
    daemon = stage.start(config(stage, sim), clock)
    wait_results(daemon.state)
    # What hides behind a firewall is worse by their number; here the shape of the alerts hides it.
    for members in ({"spf": "weakness"}, {"spf": "good"}, {"spf": "good", "alerts_shape": "empty"}, {"spf": "good"}):
        tested = sim.count(call="get_result")
        sim.change_scenario(play(2, **members))
        sim.wait_requests(tested + 3, call="get_result")
    assert sets_of(daemon.state) == [] and not (daemon.state / "evidence").exists()
    assert sim.count(call="gen_pdf") == 0
    assert Control(daemon).ask("GET", f"domains/{NAME}")["evidence"] == []
    for record in daemon.records():
        assert "MAILSEC_EVIDENCE" not in record, record


def test_without_a_key_there_is_no_pdf(stage):
    """Both results are evidence enough."""
    clock = Clock(RATE)
    sim = stage.simulate(play(0, cache_ttl="10min"), clock)
    daemon = stage.start(config(stage, sim, key=False), clock)
    wait_results(daemon.state)
    sim.change_scenario(play(1, cache_ttl="10min"))
    raised = daemon.wait_record(event="raised", alert=VRFY)
    (folder,) = sets_of(daemon.state)
    check_set(folder, pdf=False)
    assert field_path(raised) == str(folder / "after.json")
    assert sim.count(call="gen_pdf") == 0


def test_evidence_0(stage):
    """None is gathered, and no PDF asked for; the latest result is kept all the same."""
    clock = Clock(RATE)
    sim = stage.simulate(play(0), clock)
    daemon = stage.start(config(stage, sim, evidence=0), clock)
    wait_results(daemon.state)
    sim.change_scenario(play(1))
    raised = daemon.wait_record(event="raised", alert=VRFY)
    assert "MAILSEC_EVIDENCE" not in raised
    assert sets_of(daemon.state) == [] and sim.count(call="gen_pdf") == 0
    assert vrfy_of(daemon.state / "results" / f"{NAME}.json") == 1


# name: (what becomes of the request, words of the daemon)
FAILURES = {
    "error": ({"kind": "wrong-key"}, "key"),
    "error-status": ({"kind": "error-422"}, "Invalid domain"),
    "not-found": ({"kind": "404"}, "404"),
    "server": ({"kind": "503"}, "HTTP 5xx"),
    "empty": ({"kind": "empty"}, "empty"),
    "html": ({"kind": "html"}, "no PDF"),
    "no-magic": ({"kind": "body", "body": "PDF-1.4 but not so", "content_type": "application/pdf"}, "no PDF: PDF-1.4"),
    "too-large": ({"kind": "endless"}, "large"),
    "padded": ({"kind": "padded", "bytes": 9 * 1024 * 1024}, "large"),
    "slow": ({"kind": "hang", "delay": "60s"}, "time"),
    "cut": ({"kind": "cut"}, ""),
    "closed": ({"kind": "close"}, ""),
    "redirect": ({"kind": "redirect", "location": "https://www.example.org/report.pdf"}, ""),
}


def test_pdf_that_does_not_come(stage):
    """Whatever becomes of it, the result counts, both results are kept, and the reason is said once."""
    clock = Clock(RATE)
    names = [f"{name}.example" for name in FAILURES]
    faults = [{"api": "immuniweb", "call": "gen_pdf", "domain": f"{name}.example", **fault}
              for name, (fault, _) in FAILURES.items()]
    sim = stage.simulate(play(0, names, faults), clock)
    conf = config(stage, sim, domains=names)
    conf["immuniweb"].update(concurrency=32, timeout="3s")
    daemon = stage.start(conf, clock)
    wait_results(daemon.state, names)
    sim.change_scenario(play(1, names, faults))
    for name in names:
        raised = daemon.wait_record(event="raised", domain=name, metric="vrfy")
        (folder,) = sets_of(daemon.state, name)
        check_set(folder, pdf=False)
        assert field_path(raised) == str(folder / "after.json")
    assert not daemon.records(metric="up"), brief(daemon.records())
    said = [text for _, text in daemon.diagnostics() if "PDF" in text]
    for text in said:
        assert API_KEY not in text and "kept without it" in text
    for name, (_, words) in FAILURES.items():
        own = [text for text in said if f"/{name}.example:" in text]
        assert len(own) <= 1, own
        if own:
            assert words in own[0], own
    # One attempt each; only a connection that was closed under a request may make curl send it anew.
    counts = {name: sim.count(call="gen_pdf", domain=f"{name}.example") for name in FAILURES}
    assert all(n == 1 for name, n in counts.items() if name != "closed"), counts


def test_no_time_for_the_pdf(stage):
    """A result that comes when the test's time is up counts; the PDF is not asked for any more."""
    clock = Clock(RATE)
    sim = stage.simulate(play(0), clock)
    daemon = stage.start(config(stage, sim, deadline="6min"), clock)
    wait_results(daemon.state)
    # The first poll brings it, but late.
    late = {"api": "immuniweb", "call": "get_result", "kind": "delay", "delay": "1s"}
    sim.change_scenario(play(1, faults=[late], test_duration="1s"))
    raised = daemon.wait_record(event="raised", alert=VRFY)
    (folder,) = sets_of(daemon.state)
    check_set(folder, pdf=False)
    assert field_path(raised) == str(folder / "after.json")
    assert sim.count(call="gen_pdf") == 0 and not daemon.records(metric="up"), brief(daemon.records())


def test_reason_is_said_once(stage):
    """The same failure of every domain is one line; when it was well in between, it is said again."""
    clock = Clock(RATE)
    names = [f"d{i}.example" for i in range(8)]
    faults = [{"api": "immuniweb", "call": "gen_pdf", "kind": "404"}]
    sim = stage.simulate(play(0, names), clock)
    daemon = stage.start({**config(stage, sim, domains=names), "limits": {"vrfy": {"warning": 1, "critical": 3}}}, clock)

    def said():
        return [text for _, text in daemon.diagnostics() if "PDF" in text]

    wait_results(daemon.state, names)
    sim.change_scenario(play(1, names, faults))
    daemon.wait_records(len(names), event="raised", metric="vrfy")
    assert len(said()) == 1 and "said once per reason" in said()[0], said()
    sim.change_scenario(play(2, names))
    sim.wait_requests(len(names), call="gen_pdf", status=200)
    sim.change_scenario(play(3, names, faults))
    daemon.wait_records(len(names), event="worsened", metric="vrfy")
    assert len(said()) == 2, said()


def test_restart_between(stage):
    """What was known and what was kept outlives the daemon: worse is worse after a restart, too."""
    clock = Clock(RATE)
    life = stage.live(None, clock)
    sim = stage.simulate(play(0), clock)
    life.start({**config(stage, sim), "limits": {"vrfy": {"warning": 1, "critical": 2}}})
    wait_results(life.state)
    life.restart()
    sim.change_scenario(play(1))
    raised = life.wait_record(event="raised", alert=VRFY)
    (first,) = sets_of(life.state)
    check_set(first)
    assert field_path(raised) == str(first / "report.pdf")
    life.restart(kill=True)
    sim.change_scenario(play(2))
    worsened = life.wait_record(event="worsened", alert=VRFY)
    sets = sets_of(life.state)
    assert len(sets) == 2 and sets[0] == first
    check_set(sets[1])
    assert field_path(worsened) == str(sets[1] / "report.pdf")
    assert vrfy_of(sets[1] / "before.json") == 1 and vrfy_of(sets[1] / "after.json") == 2


def test_reminder_after_a_restart(stage):
    """A reminder names the evidence that an earlier process stored."""
    clock = Clock(RATE)
    life = stage.live(None, clock)
    sim = stage.simulate(play(0), clock)
    life.start({**config(stage, sim), "policy": {"raise_after": 1, "remind_first": "3h"}})
    wait_results(life.state)
    sim.change_scenario(play(1))
    raised = life.wait_record(event="raised", alert=VRFY)
    life.restart()
    reminder = life.wait_record(event="reminder", alert=VRFY)
    assert reminder["MAILSEC_EVIDENCE"] == raised["MAILSEC_EVIDENCE"]
    assert reminder["MAILSEC_EVIDENCE_SHA256"] == raised["MAILSEC_EVIDENCE_SHA256"]
    assert field_path(reminder)


def test_reload_remembers_the_newest_set(stage):
    """After a reload the disk is not looked at again for what is known."""
    clock = Clock(RATE)
    sim = stage.simulate(play(0), clock)
    conf = {**config(stage, sim), "policy": {"raise_after": 1, "remind_first": "3h"}}
    daemon = stage.start(conf, clock)
    wait_results(daemon.state)
    sim.change_scenario(play(1))
    raised = daemon.wait_record(event="raised", alert=VRFY)
    (daemon.state / "evidence").rename(daemon.state / "elsewhere")
    daemon.reload(stage.complete(conf))
    reminder = daemon.wait_record(event="reminder", alert=VRFY)
    assert reminder["MAILSEC_EVIDENCE"] == raised["MAILSEC_EVIDENCE"]


def test_damaged_result_is_no_proof(stage):
    """A latest result that a power failure left half there is not kept as the one before."""
    clock = Clock(RATE)
    sim = stage.simulate(play(0), clock)
    life = stage.live(None, clock)
    life.start(config(stage, sim))
    wait_results(life.state)
    life.kill()
    result = life.state / "results" / f"{NAME}.json"
    os.truncate(result, result.stat().st_size // 2)
    sim.change_scenario(play(1))
    life.start()
    life.wait_record(event="raised", alert=VRFY)
    (folder,) = sets_of(life.state)
    check_set(folder, before=False)


def old_set(state, name, day, size):
    """A set that an earlier process stored."""
    folder = state / "evidence" / name / f"202501{day:02}T000000Z"
    folder.mkdir(parents=True)
    (folder / "after.json").write_bytes(b"{" + b" " * size + b"}")
    return folder


def test_sweep_at_start(stage):
    """What is too much at start goes without waiting for a new set; what cannot be removed is said once and tried again."""
    clock = Clock(RATE)
    life = stage.live(None, clock)
    sim = stage.simulate(play(0), clock)
    stuck = [old_set(life.state, "stuck.example", day, 300_000) for day in range(1, 5)]
    (life.state / "evidence" / "stuck.example" / ".old" / "x").mkdir(parents=True)
    others = [old_set(life.state, "other.example", day, 300_000) for day in range(5, 8)]
    life.start(config(stage, sim, evidence_size=1))
    said = lambda: [text for _, text in life.daemon.diagnostics() if "cannot be removed or counted" in text]
    wait_for(said, "that it cannot be removed")
    assert all(s.exists() for s in stuck) and [s.exists() for s in others] == [False, False, True]
    count = sim.count(call="check")
    wait_for(lambda: sim.count(call="check") >= count + 2, "two more hours")
    assert len(said()) == 1 and all(s.exists() for s in stuck)
    (life.state / "evidence" / "stuck.example" / ".old" / "x").rmdir()
    wait_for(lambda: not stuck[1].exists(), "the next hour")
    wait_for(lambda: [s.exists() for s in stuck] == [False, False, True, True], "enough to be removed")
    assert others[2].exists()


def test_removed_domain(stage):
    """Its latest result goes, so that no later one is compared with it; its evidence stays."""
    clock = Clock(RATE)
    names = (NAME, "stays.example")
    sim = stage.simulate(play(0, names), clock)
    conf = config(stage, sim, domains=names)
    daemon = stage.start(conf, clock)
    wait_results(daemon.state, names)
    sim.change_scenario(play(1, names))
    for name in names:
        daemon.wait_record(event="raised", domain=name, metric="vrfy")
    daemon.reload({**stage.complete(conf), "domains": ["stays.example"]})
    assert [f.name for f in (daemon.state / "results").iterdir()] == ["stays.example.json"]
    assert len(sets_of(daemon.state)) == 1 and len(sets_of(daemon.state, "stays.example")) == 1
    cleared = daemon.wait_record(event="cleared", alert=VRFY)
    assert "MAILSEC_EVIDENCE" not in cleared


def test_once_keeps_nothing(stage):
    """A single pass writes no file."""
    sim = stage.simulate(scenario(domains=[{"name": NAME, "immuniweb": {"cached_age": "1h", "vrfy": 2}}]))
    path = stage.directory / "once.conf"
    state = stage.directory / "once-state"
    state.mkdir()
    path.write_text(document(stage.complete({"immuniweb": stage.immuniweb(sim), "domains": [NAME]})))
    stage.run("--config", path, "--once", environment={"STATE_DIRECTORY": str(state)})
    assert list(state.iterdir()) == [] and sim.count(call="gen_pdf") == 0 and sim.count(call="check") == 1


def test_full_disk(stage, need_root):
    """Nothing can be kept: said once, everything is told all the same, and it comes back by itself."""
    clock = Clock(RATE)
    names = [f"d{i}.example" for i in range(4)]
    sim = stage.simulate(play(0, names), clock)
    life = stage.live(None, clock)
    # The store has room: its own failures are told by others.
    places = {}
    for name in ("results", "evidence"):
        (life.state / name).mkdir()
        places[name] = Filesystem(life.box, life.state / name, size="1m")
    results, evidence = places["results"].seen, places["evidence"].seen
    life.start({**config(stage, sim, domains=names), "limits": {"vrfy": {"warning": 1, "critical": 2}}})
    wait_results(results.parent, names)
    for place in places.values():
        place.fill()
    sim.change_scenario(play(1, names))
    for name in names:
        record = life.wait_record(event="raised", domain=name, metric="vrfy")
        assert "MAILSEC_EVIDENCE" not in record, record
    said = [text for _, text in life.daemon.diagnostics() if "cannot be kept" in text]
    assert len(said) == 1 and "the disk is full" in said[0], said
    assert [f.name for f in evidence.iterdir()] == ["ballast"]
    assert {f.name for f in results.iterdir()} == {"ballast", *(f"{name}.json" for name in names)}
    for name in names:  # the old result stays whole
        assert vrfy_of(results / f"{name}.json") == 0
    for place in places.values():
        place.empty()
    sim.change_scenario(play(2, names))
    for name in names:
        record = life.wait_record(event="worsened", domain=name, metric="vrfy")
        (folder,) = sets_of(evidence.parent, name)
        check_set(folder)
        assert record["MAILSEC_EVIDENCE"] == str(life.state / "evidence" / name / folder.name / "report.pdf")
    assert any("are kept in" in text and "again" in text for _, text in life.daemon.diagnostics())


def test_read_only(stage, need_root):
    """The same for a file system that was mounted read-only."""
    clock = Clock(RATE)
    sim = stage.simulate(play(0), clock)
    life = stage.live(None, clock)
    (life.state / "results").mkdir()
    results = Filesystem(life.box, life.state / "results", size="1m")
    life.start(config(stage, sim))
    wait_results(results.seen.parent)
    results.read_only(True)
    sim.change_scenario(play(1))
    record = life.wait_record(event="raised", alert=VRFY)
    said = [text for _, text in life.daemon.diagnostics() if "cannot be kept" in text]
    assert len(said) == 1 and "read-only" in said[0], said
    # The set could be kept: it is told.
    assert record["MAILSEC_EVIDENCE"].startswith(str(life.state / "evidence"))


def test_total_of_all_domains(stage):
    """evidence_size bounds what all domains have together."""
    clock = Clock(RATE)
    names = [f"d{i}.example" for i in range(6)]
    padding = json.dumps({"padding": "x" * 200_000})
    sim = stage.simulate(play(0, names, patch=padding), clock)
    conf = config(stage, sim, domains=names, evidence_size=1)
    daemon = stage.start(conf, clock)
    wait_results(daemon.state, names)
    sim.change_scenario(play(1, names, patch=padding))
    daemon.wait_records(len(names), event="raised", metric="vrfy")

    def size():
        return int(subprocess.run(["du", "-s", "--apparent-size", "-B1", daemon.state / "evidence"], capture_output=True,
                                  text=True, check=False).stdout.split()[0])

    wait_for(lambda: size() <= 1024 * 1024, lambda: f"less than {size()}")
    assert size() > 600_000
    kept = [name for name in names if sets_of(daemon.state, name)]
    assert len(kept) == 2
    for name in kept:
        check_set(sets_of(daemon.state, name)[0])
