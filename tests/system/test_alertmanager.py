# SPDX-License-Identifier: MIT
"""Alerts to Alertmanager's API: what was told stands there, what ended ends there, whoever was away."""

import json
import re
import sqlite3
import subprocess
import time

import pytest

from harness import records as record_rules
from harness import tls
from harness.alertmanager import FakeAlertmanager, RealAlertmanager, missing, seconds
from harness.clock import Clock
from harness.daemon import write_secret
from harness.scene import MINUTE, WAITS, Scene, Story, identity
from harness.simulator import scenario
from harness.wait import wait_for

RATE = 240  # a poll is a quarter of a second, and so is `resend`


@pytest.fixture(autouse=True)
def story(monkeypatch):
    """What holds for the records of a whole test, restarts included."""
    monkeypatch.setattr(record_rules, "check_story", Story().check)


@pytest.fixture
def fakes(stage):
    """Makes servers that are played, and ends them."""
    made = []

    def make():
        made.append(FakeAlertmanager(stage.box))
        return made[-1]

    yield make
    for fake in made:
        fake.mode = "ok"
        fake.close()


def output(*servers, **members):
    """The group `output` for these servers."""
    return {"heartbeat": "never",
            "alertmanager": [{"url": s.url, "resend": "1min", "timeout": "2s", **members} for s in servers]}


def scene_for(stage, names, *servers, rate=RATE, policy=None, members=None, **config):
    """A scene whose alerts go to these servers."""
    config.setdefault("output", output(*servers, **(members or {})))
    return Scene(stage, [f"{n}.example" for n in names], Clock(rate), policy=policy, **config)


def stands(fake, scene, name, **labels):
    """The alert on NAME.example's queue as the server has it now, or None."""
    found = fake.standing(scene.clock.now(), domain=f"{name}.example", metric="inbound_oldest", **labels)
    return found[0] if found else None


def ended(fake, scene, name, **labels):
    """What was last said of it says that it has ended."""
    last = list(fake.last(domain=f"{name}.example", metric="inbound_oldest", **labels).values())
    return bool(last) and seconds(last[-1]["endsAt"]) <= scene.clock.now() and "ok again" in last[-1][
        "annotations"]["summary"]


def wait_stands(fake, scene, name, **labels):
    """Waits until it stands there."""
    return fake.wait(lambda f: stands(f, scene, name, **labels), f"{name} stands {labels}")


def wait_ended(fake, scene, name):
    """Waits until its end is there."""
    fake.wait(lambda f: ended(f, scene, name), f"{name} has ended")


def states(scene):
    """GET /v1/status."""
    return scene.control.ask("GET", "status")["alertmanagers"]


def wait_state(scene, number=0, **members):
    """Waits until the status says so of a server."""
    wait_for(lambda: all(states(scene)[number][k] == v for k, v in members.items()),
             lambda: f"{members}: {states(scene)}", every=0.03)
    return states(scene)[number]


def diagnostics(scene, words):
    """The lines on stderr with these words."""
    return [line for line in scene.daemon.stderr().splitlines() if words in line]


# --- what is sent ------------------------------------------------------------------------------------------

def test_one_alert(stage, fakes):
    """From its raising to its end: labels that never change, words that do, startsAt and endsAt."""
    fake = fakes()
    scene = scene_for(stage, ["a"], fake, web={"url": "https://mail-status.example/m"}, domains=[
        {"name": "a.example", "owner": "mail-team", "runbook": "https://wiki.example/mail"}])
    fake.wait(lambda f: f.posts, "it is greeted")
    assert fake.posts[0].alerts == [], "nothing stands at first"
    assert fake.posts[0].path == "/api/v2/alerts"
    assert fake.posts[0].headers["Content-Type"] == "application/json"
    assert "Authorization" not in fake.posts[0].headers

    scene.turn(a="warning")
    first = wait_stands(fake, scene, "a")
    assert first["labels"] == {"alertname": "MailsecInboundOldest", "source": "symantec", "domain": "a.example",
                               "metric": "inbound_oldest"}
    said = first["annotations"]
    assert re.fullmatch(r"a\.example: oldest inbound message waits 20min( \d+s)? \(limit 15min\) since .*, warning; owner "
                        r"mail-team; see https://wiki\.example/mail", said["summary"]), said
    assert {k: said[k] for k in ("level", "limit", "unit", "reason", "owner", "identity", "runbook_url")} == {
        "level": "warning", "limit": "900", "unit": "seconds", "reason": "limit", "owner": "mail-team",
        "identity": identity("a.example"), "runbook_url": "https://wiki.example/mail"}
    assert float(said["value"]) >= WAITS["warning"]
    assert abs(seconds(first["startsAt"]) - scene.clock.now()) < 5 * MINUTE
    assert first["startsAt"].startswith(said["since"].removesuffix("Z"))

    scene.turn(a="critical")
    worse = fake.wait(lambda f: (s := stands(f, scene, "a")) and s["annotations"]["level"] == "critical" and s, "worse")
    assert worse["labels"] == first["labels"]
    assert worse["startsAt"] == first["startsAt"]
    scene.turn(a="ok")
    wait_ended(fake, scene, "a")
    last = list(fake.last(domain="a.example").values())[-1]
    assert last["labels"] == first["labels"] and last["startsAt"] == first["startsAt"]
    cleared = [e for e in scene.events("a") if e["event"] == "cleared"][0]
    assert last["endsAt"].startswith(cleared["at"].removesuffix("Z")), (last, cleared)
    assert last["annotations"]["level"] == "ok" and "(was critical)" in last["annotations"]["summary"]
    # It is told once: what was taken is not posted again.
    since = len(fake.posts)
    fake.wait(lambda f: len(f.posts) >= since + 3, "three more posts")
    assert not fake.alerts(since)


def test_it_is_posted_again_before_it_ends(stage, fakes):
    """Every `resend`, to end four of them later."""
    fake = fakes()
    scene = scene_for(stage, ["a"], fake, rate=120)
    scene.turn(a="warning")
    wait_stands(fake, scene, "a")
    since = len(fake.posts)
    fake.wait(lambda f: len(f.posts) >= since + 6, "six more posts")
    posts = fake.posts[since:since + 6]
    assert all(len(p.alerts) == 1 for p in posts)
    apart = [scene.clock.scale(b.at) - scene.clock.scale(a.at) for a, b in zip(posts, posts[1:])]
    assert all(40 < gap < 110 for gap in apart), apart
    for post in posts:
        lasts = seconds(post.alerts[0]["endsAt"]) - scene.clock.scale(post.at)
        assert 4 * MINUTE - 0.3 * 120 < lasts <= 4 * MINUTE + 1, lasts
    assert len({p.alerts[0]["startsAt"] for p in posts}) == 1


def test_changes_of_one_turn_are_one_post(stage, fakes):
    """Thirty domains at once; their end at once is thirty ends, though the record of it names few."""
    fake = fakes()
    names = [f"d{i:02d}" for i in range(30)]
    scene = scene_for(stage, names, fake)
    fake.wait(lambda f: f.posts, "it is greeted")
    scene.turn(**{n: "critical" for n in names})
    fake.wait(lambda f: len(f.standing(scene.clock.now(), metric="inbound_oldest")) == 30, "thirty stand")
    assert max(len([a for a in p.alerts if a["labels"]["metric"] == "inbound_oldest"]) for p in fake.posts) == 30
    fake.mode = 503
    scene.turn(**{n: "ok" for n in names})
    wait_state(scene, pending=30)
    assert any("MAILSEC_COUNT" in r for r in scene.records(event="cleared"))
    scene.restart()  # the record does not name all thirty, and yet all of them end
    fake.mode = "ok"
    for name in names:
        wait_ended(fake, scene, name)
    wait_state(scene, pending=0, up=True)


def test_the_level_as_a_label(stage, fakes):
    """Another level is another alert then, and the old one ends; a server without the label sees one alert."""
    fake, plain = fakes(), fakes()
    scene = scene_for(stage, ["a"], fake, output={"heartbeat": "never", "alertmanager": [
        {"url": fake.url, "resend": "1min", "severity_label": True}, {"url": plain.url, "resend": "1min"}]})
    for level, other in (("warning", "critical"), ("critical", "warning"), ("warning", "critical")):
        scene.turn(a=level)
        wait_stands(fake, scene, "a", severity=level)
        assert not stands(fake, scene, "a", severity=other), fake.tell()
        wait_stands(plain, scene, "a")
    scene.turn(a="ok")
    for server in (fake, plain):
        server.wait(lambda f: not f.standing(scene.clock.now(), domain="a.example"), "all has ended")
    assert all("severity" not in a["labels"] for a in plain.alerts())
    assert len({a["startsAt"] for a in plain.alerts(metric="inbound_oldest")}) == 1
    # Nothing told the plain one of an end in between.
    ends = [a for a in plain.alerts(metric="inbound_oldest") if a["annotations"]["level"] == "ok"]
    assert len(ends) == 1, ends


def test_what_is_silenced_stays_as_it_was(stage, fakes):
    """Neither what begins nor what ends within a silence is told there before it is over."""
    fake = fakes()
    scene = scene_for(stage, ["early", "late"], fake)
    scene.turn(early="warning")
    wait_stands(fake, scene, "early")
    silence = scene.control.silence("symantec/*", **{"for": 7200})["id"]
    scene.turn(early="critical", late="critical")
    since = len(fake.posts)
    fake.wait(lambda f: len(f.posts) >= since + 2, "it is posted again")
    held = stands(fake, scene, "early")
    assert held["annotations"]["level"] == "warning" and "value" not in held["annotations"], held
    assert "is past its limit (15min)" in held["annotations"]["summary"], held
    assert not stands(fake, scene, "late")
    scene.turn(early="ok")
    since = len(fake.posts)
    fake.wait(lambda f: len(f.posts) >= since + 2, "it is posted again")
    assert stands(fake, scene, "early")["annotations"]["level"] == "warning"
    started = held["startsAt"]
    scene.turn(early="warning")  # it is the same alert for who was told nothing between
    since = len(fake.posts)
    fake.wait(lambda f: len(f.posts) >= since + 2, "it is posted again")
    assert stands(fake, scene, "early")["startsAt"] == started
    scene.turn(early="ok")
    scene.control.end_silence(silence)
    wait_ended(fake, scene, "early")
    assert list(fake.last(domain="early.example").values())[-1]["startsAt"] == started
    wait_stands(fake, scene, "late")


def test_flapping_is_one_alert(stage, fakes):
    """It stands until it has settled, whatever its level is meanwhile."""
    fake = fakes()
    scene = scene_for(stage, ["a"], fake, rate=300, policy={"flap_limit": 2, "flap_window": "20min"})
    for level in ("critical", "ok", "critical", "ok"):
        scene.turn(a=level)
    wait_for(lambda: any("flapping" in s for s in scene.story("a")), lambda: scene.story("a"))
    said = fake.wait(lambda f: (s := stands(f, scene, "a")) and "flaps" in s["annotations"]["summary"] and s, "it flaps")
    assert said["labels"]["metric"] == "inbound_oldest"
    scene.turn(a="ok")
    fake.wait(lambda f: not stands(f, scene, "a"), "it settled")
    assert scene.story("a")[-1] in ("settled ok", "cleared ok")


def test_markup_and_long_text_of_a_peer(stage, fakes):
    """What an API said comes escaped and cut, in JSON that can be read."""
    fake = fakes()
    text = '<b>\\"evil\\" \\\\ \\u001b[31m \\u202e ' + "x" * 5000
    sim = stage.simulate(scenario(domains=["a.example"], faults=[
        {"api": "immuniweb", "call": "check", "kind": "body", "body": '{"error": "%s", "error_id": 77}' % text}]))
    stage.start({"immuniweb": stage.immuniweb(sim), "domains": ["a.example"], "policy": {"raise_after": 1},
                 "output": output(fake)})
    fake.wait(lambda f: f.alerts(metric="up"), "the test fails")
    alert = fake.alerts(metric="up")[0]
    assert alert["labels"] == {"alertname": "MailsecUp", "source": "immuniweb", "domain": "a.example", "metric": "up"}
    assert "evil" in alert["annotations"]["detail"]
    for value in alert["annotations"].values():
        assert "\x1b" not in value and "\u202e" not in value and len(value.encode()) <= 1024, value


# --- servers that are away ----------------------------------------------------------------------------------

def test_an_hour_of_absence(stage, fakes):
    """What stands is there afterwards, what ended meanwhile is ended, nothing else came; it was said once."""
    fake = fakes()
    scene = scene_for(stage, ["stands", "ends", "comes-goes", "rises", "worsens"], fake, rate=900)
    scene.turn(stands="warning", ends="critical", worsens="warning")
    for name in ("stands", "ends", "worsens"):
        wait_stands(fake, scene, name)
    fake.close()
    gone = scene.clock.now()
    scene.turn(ends="ok", comes_goes="critical", worsens="critical")
    ends_at = scene.clock.now()
    scene.turn(comes_goes="ok", rises="warning")
    state = wait_state(scene, up=False, pending=2)
    assert state["words"].startswith("no connection to the service"), state
    scene.wait_until(gone + 60 * MINUTE)
    assert len(diagnostics(scene, "takes no alerts")) == 1, scene.daemon.stderr()
    posts = len(fake.posts)
    fake.open()
    for name in ("stands", "rises", "worsens"):
        fake.wait(lambda f, n=name: any(a["labels"].get("domain") == f"{n}.example" for a in f.alerts(posts)), name)
        assert stands(fake, scene, name), fake.tell()
    back = scene.clock.now()
    for name in ("ends", "comes-goes"):
        wait_ended(fake, scene, name)
    first = fake.posts[posts]
    assert len(first.alerts) == 5, "all of it in one post, nothing twice"
    assert stands(fake, scene, "worsens")["annotations"]["level"] == "critical"
    end = fake.alerts(posts, domain="ends.example")[0]
    assert gone < seconds(end["endsAt"]) <= ends_at, "the moment it cleared, not the one it was told"
    assert back < gone + 60 * MINUTE + 75 + 4 * 900, "it is tried at least once a `resend`"
    wait_state(scene, up=True, pending=0, words=None)
    assert len(diagnostics(scene, "takes alerts again after")) == 1


def test_a_restart_with_pending_ends(stage, fakes):
    """They outlive the process, a crash too; so do alerts that stand, with the same startsAt."""
    fake = fakes()
    scene = scene_for(stage, ["stands", "ends"], fake)
    scene.turn(stands="warning", ends="warning")
    started = wait_stands(fake, scene, "stands")["startsAt"]
    wait_stands(fake, scene, "ends")
    fake.close()
    scene.turn(ends="ok")
    wait_state(scene, pending=1)
    scene.reload(domains=["ends.example", "stands.example"])  # writes all of the state anew
    wait_state(scene, pending=1, up=False)
    scene.crash()
    scene.start()
    wait_state(scene, pending=1, up=False)
    scene.restart()
    wait_state(scene, pending=1, up=False)
    posts = len(fake.posts)
    fake.open()
    wait_ended(fake, scene, "ends")
    fake.wait(lambda f: f.alerts(posts, domain="stands.example"), "it stands")
    assert stands(fake, scene, "stands")["startsAt"] == started
    wait_state(scene, pending=0)
    scene.restart()
    posts = len(fake.posts)
    fake.wait(lambda f: f.alerts(posts, domain="stands.example"), "it stands")
    assert not fake.alerts(posts, domain="ends.example"), "an end that was taken comes no more"


def test_configured_no_more(stage, fakes):
    """A domain that a reload, or a new start, takes away ends there."""
    fake = fakes()
    scene = scene_for(stage, ["reloaded", "restarted", "stays"], fake)
    scene.turn(reloaded="warning", restarted="warning", stays="warning")
    for name in ("reloaded", "restarted", "stays"):
        wait_stands(fake, scene, name)
    scene.reload(domains=["restarted.example", "stays.example"])
    fake.wait(lambda f: not stands(f, scene, "reloaded"), "it has ended")
    scene.stop()
    scene.base["domains"] = ["stays.example"]
    scene.start()
    fake.wait(lambda f: not stands(f, scene, "restarted"), "it has ended")
    last = list(fake.last(domain="restarted.example").values())[-1]
    assert last["annotations"]["reason"] == "removed" and "no longer watched" in last["annotations"]["summary"]
    assert stands(fake, scene, "stays")


def test_several_servers(stage, fakes):
    """One that hangs and one that is away delay neither the third nor the records nor the polls."""
    hangs, away, well = fakes(), fakes(), fakes()
    hangs.mode = "hang"
    away.close()
    scene = scene_for(stage, ["a"], hangs, away, well, members={"timeout": "20s"})
    hangs.wait(lambda f: f.refused, "it hangs")
    before = time.time()
    scene.turn(a="critical")
    raised = scene.daemon.wait_record(event="raised", alert=identity("a.example"))
    wait_stands(well, scene, "a")
    assert time.time() - before < 5
    assert raised["MAILSEC_LEVEL"] == "critical"
    scene.turn(a="ok")
    wait_ended(well, scene, "a")
    found = states(scene)
    assert [s["url"] for s in found] == [hangs.url, away.url, well.url]
    assert [s["up"] for s in found] == [None, False, True]
    wait_for(lambda: [s["pending"] for s in states(scene)] == [1, 1, 0], lambda: states(scene))
    # A reload ends the wait: the ones that are back take what they missed.
    hangs.mode = "ok"
    away.open()
    scene.reload()
    for server in (hangs, away):
        wait_ended(server, scene, "a")
    wait_for(lambda: [s["pending"] for s in states(scene)] == [0, 0, 0], lambda: states(scene))


def test_a_hanging_server_is_given_up(stage, fakes):
    """After its timeout, and tried again."""
    fake = fakes()
    fake.mode = "hang"
    scene = scene_for(stage, ["a"], fake, members={"timeout": "1s"})
    state = wait_state(scene, up=False)
    assert state["words"].startswith("no answer in time"), state
    fake.mode = "ok"
    wait_state(scene, up=True)


@pytest.mark.parametrize("status", [302, 400, 401, 404])
def test_a_server_that_refuses(stage, fakes, status):
    """Is told once, with its own words and what becomes of what stands; a reload tries at once."""
    fake = fakes()
    fake.mode, fake.reply = status, b'{"code": 601, "message": "no \x1b[31m such"}'
    scene = scene_for(stage, ["a"], fake, rate=60)
    state = wait_state(scene, up=False)
    assert state["last"] is None and "such" in state["words"] and "\x1b" not in state["words"], state
    scene.turn(a="warning")
    wait_for(lambda: len(fake.refused) >= 3, fake.tell)
    lines = diagnostics(scene, "refuses alerts")
    assert len(lines) == 1 and "check url" in lines[0], lines
    assert "what stands there expires 4min after the last post" in lines[0], lines
    fake.mode, fake.reply = "ok", b""
    before = scene.clock.now()
    scene.reload()
    wait_stands(fake, scene, "a")
    assert scene.clock.now() - before < MINUTE
    assert len(diagnostics(scene, "refuses alerts")) == 1
    assert len(diagnostics(scene, "takes alerts again after")) == 1


@pytest.mark.parametrize("status, after, expected", [
    (503, None, (15, 30, 60, 60)),
    (404, None, (15, 30, 60, 60)),
    (302, None, (15, 30, 60, 60)),
    (401, None, (60, 120, 240)),
    (403, None, (60, 120, 240)),
    (503, "3600", (120, 120)),
    (404, "1800", (120, 120)),
])
def test_errors_are_retried(stage, fakes, status, after, expected):
    """Soon at first, then about once a `resend`, whatever the error; a refused login less often. No server makes it
    wait for long."""
    fake = fakes()
    scene = scene_for(stage, ["a"], fake, rate=60)
    fake.wait(lambda f: f.posts, "it is greeted")
    fake.mode, fake.retry_after = status, after
    wait_for(lambda: len(fake.refused) > len(expected), f"{len(expected) + 1} tries")
    at = [scene.clock.scale(p.at) for p in fake.refused]
    apart = [b - a for a, b in zip(at, at[1:])]
    for gap, wanted in zip(apart, expected):
        assert wanted * 0.9 - 6 <= gap <= wanted * 1.1 + 0.4 * 60, apart
    assert len(diagnostics(scene, "what stands there expires 4min after the last post")) == 1


@pytest.mark.parametrize("status", [302, 404])
def test_a_proxy_in_between_is_replaced(stage, fakes, status):
    """One minute of a proxy that knows of no Alertmanager: nothing that stands expires there, and what came is told."""
    fake = fakes()
    scene = scene_for(stage, ["stands", "comes"], fake, rate=60)
    scene.turn(stands="critical")
    wait_stands(fake, scene, "stands")
    fake.mode = status
    wait_state(scene, up=False)
    begun = scene.clock.now()
    scene.turn(comes="critical")
    scene.wait_until(begun + MINUTE)
    fake.mode = "ok"
    wait_stands(fake, scene, "comes")
    assert scene.clock.now() < begun + 3 * MINUTE
    said = [(scene.clock.scale(p.at), a) for p in fake.posts for a in p.alerts
            if a["labels"]["domain"] == "stands.example" and a["labels"]["metric"] == "inbound_oldest"]
    for (_, one), (at, _) in zip(said, said[1:]):
        assert at < seconds(one["endsAt"]), "it expired there"


def test_removed_and_added_by_a_reload(stage, fakes):
    """One that is gone hears nothing more, one that is new hears all that stands."""
    old, new = fakes(), fakes()
    scene = scene_for(stage, ["a", "b"], old)
    scene.turn(a="warning")
    wait_stands(old, scene, "a")
    scene.reload(output=output(new))
    wait_stands(new, scene, "a")
    posts = len(old.posts)
    scene.turn(a="ok", b="warning")
    wait_ended(new, scene, "a")
    wait_stands(new, scene, "b")
    assert len(old.posts) == posts
    scene.reload(output={"heartbeat": "never"})
    posts = len(new.posts)
    scene.turn(b="ok", a="warning")
    assert states(scene) == []
    scene.polls(3)
    assert len(new.posts) == posts
    scene.reload(output=output(new))
    new.wait(lambda f: any(a["labels"].get("domain") == "a.example" for a in f.alerts(posts)), "it is told what stands")


def test_what_came_back_while_there_was_no_server(stage, fakes):
    """An alert that was kept after it cleared begins anew there, and ends there."""
    fake = fakes()
    scene = scene_for(stage, ["a", "b"], fake, policy={"flap_limit": 10, "flap_window": "24h"})
    scene.turn(a="warning", b="warning")
    first = wait_stands(fake, scene, "a")["startsAt"]
    wait_stands(fake, scene, "b")
    scene.turn(a="ok")
    wait_ended(fake, scene, "a")
    scene.reload(output={"heartbeat": "never"})
    scene.turn(b="ok")
    scene.wait_until(scene.clock.now() + 2 * MINUTE)
    scene.turn(a="warning")
    posts = len(fake.posts)
    scene.reload(output=output(fake))
    again = fake.wait(lambda f: (found := f.alerts(posts, domain="a.example")) and found[0], "it is told what stands")
    raised = [e["at"] for e in scene.events("a") if e["event"] == "raised"]
    assert len(raised) == 2
    assert again["startsAt"] > first and again["startsAt"].startswith(raised[1].removesuffix("Z")), (again, raised)
    scene.turn(a="ok", b="warning")
    wait_ended(fake, scene, "a")
    assert fake.alerts(posts, domain="a.example")[-1]["startsAt"] == again["startsAt"]
    wait_stands(fake, scene, "b")
    raised = [e["at"] for e in scene.events("b") if e["event"] == "raised"]
    assert fake.alerts(posts, domain="b.example")[-1]["startsAt"].startswith(raised[1].removesuffix("Z")), raised


def marks(scene):
    """How many servers state.db knows of."""
    with sqlite3.connect(f"file:{scene.daemon.state}/state.db?mode=ro", uri=True) as db:
        count = db.execute("SELECT count(*) FROM numbers WHERE name LIKE 'alertmanager-%'").fetchone()[0]
    db.close()
    return count


def test_no_server_is_remembered_that_is_not_configured(stage, fakes):
    """Neither after a reload nor after a start."""
    one, other = fakes(), fakes()
    scene = scene_for(stage, ["a"], one, other)
    wait_for(lambda: marks(scene) == 2, lambda: marks(scene))
    scene.reload(output=output(other))
    wait_for(lambda: marks(scene) == 1, lambda: marks(scene))
    scene.reload(output={"heartbeat": "never"})
    wait_for(lambda: marks(scene) == 0, lambda: marks(scene))
    scene.reload(output=output(one, other))
    wait_for(lambda: marks(scene) == 2, lambda: marks(scene))
    for servers in ((one,), (other,), ()):
        scene.stop()
        scene.base["output"] = output(*servers) if servers else {"heartbeat": "never"}
        scene.start()
        wait_for(lambda n=len(servers): marks(scene) == n, lambda: marks(scene))


def test_many_pieces(stage, fakes):
    """A thousand alerts are several posts, of a bounded size, and one after the other."""
    fake = fakes()
    names = [f"d{i:04d}" for i in range(1100)]
    scene = scene_for(stage, names, fake, rate=60)
    fake.wait(lambda f: f.posts, "it is greeted")
    scene.set(**{n: "warning" for n in names})
    fake.wait(lambda f: len(f.standing(scene.clock.now(), metric="inbound_oldest")) == 1100, "all stand")
    assert max(len(p.alerts) for p in fake.posts) <= 500
    assert max(len(p.body) for p in fake.posts) < 1024 * 1024
    scene.set(**{n: "ok" for n in names})
    fake.wait(lambda f: not f.standing(scene.clock.now(), metric="inbound_oldest"), "all ended")
    wait_for(lambda: states(scene)[0]["pending"] == 0, lambda: states(scene))


def test_login(stage, fakes):
    """Basic authentication with the password of a file, which shows nowhere."""
    fake = fakes()
    secret = write_secret(stage.directory / "am-password", "pl4nted-pass:w0rd 7c1f")
    scene = scene_for(stage, ["a"], fake, members={"username": "watcher", "password_file": str(secret)})
    fake.wait(lambda f: f.posts, "it is greeted")
    assert fake.posts[0].headers["Authorization"] == "Basic d2F0Y2hlcjpwbDRudGVkLXBhc3M6dzByZCA3YzFm"
    assert "pl4nted" not in json.dumps(states(scene))


def test_a_proxy(stage, fakes):
    """Takes it where one is configured, and nothing of the environment counts."""
    fake = fakes()
    scene = scene_for(stage, ["a"], fake, members={"url": "http://192.0.2.7:9093/alerts", "proxy": fake.url})
    fake.wait(lambda f: f.posts, "it is greeted")
    assert fake.posts[0].path == "http://192.0.2.7:9093/alerts/api/v2/alerts"
    fake.close()
    assert wait_state(scene, up=False)["words"].startswith("the proxy does not let it through")


@pytest.mark.skipif(bool(tls.MISSING), reason=tls.MISSING or "")
def test_tls(stage, fakes):
    """With a certificate that ca_file trusts, and with no other."""
    fake = fakes()
    certificate = fake.encrypt(stage.directory)
    scene = scene_for(stage, ["a"], fake, members={"ca_file": str(certificate)})
    fake.wait(lambda f: f.posts, "it is greeted")
    scene.reload(output=output(fake))
    assert wait_state(scene, up=False)["words"].startswith("no trusted TLS connection")


def test_once_posts_nothing(stage, fakes):
    """--once looks, and tells nobody else."""
    fake = fakes()
    scene = scene_for(stage, ["a"], fake)
    scene.set(a="critical")
    scene.stop()
    posts = len(fake.posts)
    run = stage.run("--once", "--config", scene.daemon.config, clock=scene.clock)
    assert "a.example" in run.stdout, run
    assert len(fake.posts) == posts


# --- the real one ------------------------------------------------------------------------------------------

# Whoever is told by it, here a web hook, at once.
ROUTE = """\
route:
  receiver: hook
  group_by: [alertname, domain]
  group_wait: 100ms
  group_interval: 1s
receivers:
  - name: hook
    webhook_configs:
      - url: %s/hook
        send_resolved: true
"""


@pytest.fixture
def hook(fakes):
    """Whom the real Alertmanager notifies."""
    if missing():
        pytest.skip(missing())
    return fakes()


@pytest.fixture
def real(stage, tmp_path, hook):
    """The Alertmanager that Debian has."""
    folder = tmp_path / "alertmanager"
    folder.mkdir()
    server = RealAlertmanager(stage.box, folder, ROUTE % hook.url)
    yield server
    server.stop()


class RealScene(Scene):
    """A scene at the real pace, polled by hand, because Alertmanager goes by the real clock."""

    def __init__(self, stage, names, *servers, **members):
        super().__init__(stage, [f"{n}.example" for n in names], Clock(1),
                         output=output(*servers, resend="10s", **members))
        self.wait_judged(**{n.replace("-", "_"): WAITS["ok"] for n in names})

    def turn(self, **levels):
        """As there, with a poll by hand."""
        self.set(**levels)
        self.control.ask("POST", "polls", {}, 202)
        self.wait_judged(**levels)


def there(server):
    """The domains of the queues whose alerts stand at the server, with their levels."""
    return {a["labels"]["domain"].removesuffix(".example"): a["annotations"]["level"] for a in server.alerts()
            if a["labels"]["metric"] == "inbound_oldest"}


def wait_there(server, **levels):
    """Waits until exactly these stand there."""
    wait_for(lambda: there(server) == levels, lambda: f"{levels}: {there(server)}", every=0.1)


def notified(hook, domain):
    """What the hook heard of a domain: "firing critical", "resolved ok", ..."""
    return [f"{a['status']} {a['annotations']['level']}" for p in list(hook.posts) for a in p.alerts["alerts"]
            if a["labels"].get("domain") == f"{domain}.example"]


def test_raised_worse_cleared_silenced_with_the_real_one(stage, real, hook):
    """What amtool shows all the while, and what the one is told whom Alertmanager tells."""
    scene = RealScene(stage, ["a", "b"], real)
    scene.turn(a="warning")
    wait_there(real, a="warning")
    first = real.alerts("domain=a.example", "metric=inbound_oldest")[0]
    assert first["labels"]["alertname"] == "MailsecInboundOldest"
    assert "severity" not in first["labels"]
    assert first["annotations"]["summary"].startswith("a.example: oldest inbound message waits 20min")
    assert "MailsecInboundOldest" in real.amtool("alert", "query", "alertname=MailsecInboundOldest")
    scene.turn(a="critical")
    wait_there(real, a="critical")
    worse = real.alerts("domain=a.example", "metric=inbound_oldest")
    assert len(worse) == 1, worse
    assert (worse[0]["fingerprint"], worse[0]["startsAt"]) == (first["fingerprint"], first["startsAt"])
    silence = scene.control.silence("symantec/b.example/*", **{"for": 3600})["id"]
    scene.turn(b="critical")
    scene.turn(a="ok")
    wait_there(real)
    scene.control.end_silence(silence)
    wait_there(real, b="critical")
    wait_for(lambda: notified(hook, "a")[-1:] == ["resolved ok"], lambda: notified(hook, "a"))
    assert notified(hook, "a")[0].startswith("firing"), notified(hook, "a")
    # It ends by itself when nobody says that it stands.
    ends = real.alerts("domain=b.example", "metric=inbound_oldest")[0]["endsAt"]
    assert time.time() + 20 < seconds(re.sub(r"\.(\d{3})\d*Z", r".\1Z", ends)) < time.time() + 41, ends


def test_restarts_of_either_side_with_the_real_one(stage, real, hook):
    """It forgets all alerts when it restarts, we forget none: they are there again, and what ended meanwhile, while
    mailsecd was restarted too, is told to be over."""
    scene = RealScene(stage, ["stands", "ends"], real)
    scene.turn(stands="warning", ends="critical")
    wait_there(real, stands="warning", ends="critical")
    started = real.alerts("domain=stands.example", "metric=inbound_oldest")[0]["startsAt"]
    for name in ("stands", "ends"):
        wait_for(lambda n=name: notified(hook, n), f"{name} is notified")
    real.stop()
    scene.turn(ends="ok")
    wait_state(scene, up=False, pending=1)
    scene.stop()
    scene.start()
    wait_state(scene, pending=1)
    assert notified(hook, "ends") == ["firing critical"], "nobody knows yet"
    real.start()
    assert there(real) == {}
    wait_there(real, stands="warning")
    assert real.alerts("domain=stands.example", "metric=inbound_oldest")[0]["startsAt"] == started
    wait_for(lambda: notified(hook, "ends") == ["firing critical", "resolved ok"], lambda: notified(hook, "ends"))
    wait_state(scene, up=True, pending=0)
    assert notified(hook, "stands") == ["firing warning"], "it has not begun anew"


def test_the_level_as_a_label_with_the_real_one(stage, real):
    """An inhibit rule may go by it: one alert at a time stands."""
    scene = RealScene(stage, ["a"], real, severity_label=True)
    for level in ("warning", "critical"):
        scene.turn(a=level)
        wait_for(lambda: [x["labels"]["severity"] for x in real.alerts("domain=a.example")] == [level],
                 lambda: real.alerts())
    scene.turn(a="ok")
    wait_there(real)


ROUTES = [
    ({"alertname": "MailsecInboundOldest", "source": "symantec", "domain": "example.com"}, "mail-team"),
    ({"alertname": "MailsecInboundOldest", "source": "symantec", "domain": "example.com", "severity": "critical"}, "pager"),
    ({"alertname": "MailsecUp", "source": "symantec", "account": "default"}, "operators"),
    ({"alertname": "MailsecStoreUp", "source": "mailsecd", "account": "self"}, "operators"),
]


def test_the_example(data):
    """docs/prometheus/alertmanager.yml is one that Alertmanager takes, and routes as it says."""
    if missing():
        pytest.skip(missing())
    example = data.parent.parent / "docs/prometheus/alertmanager.yml"
    check = subprocess.run(["amtool", "check-config", example], capture_output=True, text=True, check=False)
    assert check.returncode == 0 and "SUCCESS" in check.stdout, check
    for labels, receiver in ROUTES:
        test = subprocess.run(["amtool", "config", "routes", "test", f"--config.file={example}",
                               *[f"{k}={v}" for k, v in labels.items()]], capture_output=True, text=True, check=False)
        assert test.stdout.strip() == receiver, (labels, test)
