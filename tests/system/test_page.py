# SPDX-License-Identifier: MIT
"""The status pages as they are sent: what stands on them, in which order, and that nothing of a peer's comes through."""

import calendar
import hashlib
import json
import os
import re
import socket
import time
import urllib.parse

import pytest

from harness.clock import Clock
from harness.control import Control
from harness.page import MARKUP, Site, check_page
from harness.port import free_port
from harness.simulator import scenario
from harness.stage import Stage
from harness.wait import wait_for

RATE = 60
# What a URL may hold of it.
RUNBOOK = "https://wiki.example.org/'alert(1)'&lt;a=1&b"

NAMES = ["warm.example", "slow.example", "fine.example", "gone.example"]


# The pages are asked for from here, so everything runs on this machine's own network; records go to stderr.


@pytest.fixture
def stage(build, tmp_path):
    """A place for one test."""
    stage = Stage(build, tmp_path)
    yield stage
    stage.close()


@pytest.fixture(scope="module")
def wide_stage(build, tmp_path_factory):
    """A place for several."""
    stage = Stage(build, tmp_path_factory.mktemp("stage"))
    yield stage
    stage.close()


def start(stage, sim, domains, clock, ready=True, **members):
    """A daemon with a page; queues every 10 s."""
    port = free_port()
    config = {"symantec": stage.symantec(sim, interval="10s", timeout="9s"), "domains": domains,
              "web": {"listen": f"127.0.0.1:{port}"}, "policy": {"raise_after": 1, "clear_after": 1}, **members}
    daemon = stage.start(config, clock, ready=ready)
    daemon.site = Site(port)
    return daemon


def alerts_of(page):
    """[(level, text)] of what is wrong now, from the top."""
    return [(next(a.all("b", class_="level")).text(), a.text()) for a in page.one(id="now").all("li", class_="alert")]


def rows_of(page):
    """[(name, [cells])] of the table of domains."""
    body = page.one("table", id="domains").one("tbody")
    return [(row.one("th").one("a").text(), [cell.text() for cell in row.all("td")]) for row in body.all("tr")]


def wait_page(site, condition, what, path="/"):
    """The first page that is so."""
    found = []

    def look():
        found[:] = [site.page(path)]
        return condition(found[0])
    wait_for(look, lambda: f"{what}: {found[0].one('main').text()[:2000] if found else 'no page'}")
    return found[0]


@pytest.fixture(scope="module")
def watch(wide_stage):
    """Four domains: two bad, one fine, one that no answer holds."""
    clock = Clock(RATE)
    sim = wide_stage.simulate(scenario(domains=[
        {"name": "warm.example", "symantec": {"inbound_oldest": 1200, "inbound_messages": 7}},
        {"name": "slow.example", "symantec": {"outbound_oldest": 4322, "outbound_messages": 40}},
        {"name": "fine.example", "symantec": {"inbound_oldest": 12, "inbound_messages": 3}},
        {"name": "gone.example", "symantec": {"absent": True}},
    ]), clock)
    daemon = start(wide_stage, sim, [
        "warm.example",
        {"name": "slow.example", "owner": "mail-team", "runbook": "https://wiki.example.org/mail?a=1&b=2", "group": "g"},
        "fine.example", "gone.example",
    ], clock, groups={"g": {"limits": {}}}, immuniweb=wide_stage.immuniweb(sim, interval="1h"))
    daemon.wait_records(1, event="raised", domain="slow.example")
    daemon.wait_records(1, event="raised", domain="warm.example")
    wait_page(daemon.site, lambda page: all("unknown" not in row[1][-1] for row in rows_of(page)), "all tests are done")
    return daemon


# --- what stands where --------------------------------------------------------------------------------------


def test_what_is_wrong_stands_first(watch):
    """The worst first, each with since, value, limit, owner and the link to the runbook."""
    page = watch.site.page()
    alerts = alerts_of(page)
    assert [level for level, _ in alerts][0] == "critical"
    assert [level for level, _ in alerts] == sorted([level for level, _ in alerts])  # critical before warning
    worst = alerts[0][1]
    assert "slow.example: oldest outbound message waits 1h 12min (limit 1h)" in worst, worst
    assert re.search(r"since \d\d:\d\d \(\d", worst) and "owner mail-team" in worst and "group g" in worst, worst
    first = next(page.one(id="now").all("li", class_="alert"))
    links = {a.text(): a["href"] for a in first.all("a")}
    assert links == {"slow.example": "domain/slow.example", "runbook": "https://wiki.example.org/mail?a=1&b=2"}
    assert page.one("h1").text().startswith("Wrong now: 1 critical, ")
    assert page.one("head").one("title").text().startswith("1 critical, ")
    # Before anything else in <main>.
    assert next(page.one("main").all("section"))["id"] == "now"


def test_domains_worst_first(watch):
    """Unknown is no good: it stands before what is known to be."""
    page = watch.site.page()
    rows = rows_of(page)
    assert [name for name, _ in rows] == ["slow.example", "warm.example", "gone.example", "fine.example"] or \
        [name for name, _ in rows] == ["slow.example", "gone.example", "warm.example", "fine.example"], rows
    cells = dict(rows)
    assert cells["slow.example"][0] == "critical" and cells["warm.example"][0] == "warning"
    assert cells["fine.example"][0] == "ok" and cells["gone.example"][0] != "ok"
    assert cells["fine.example"][1] == "12s 3" and cells["slow.example"][2] == "1h 12min 40"
    assert cells["gone.example"][1] == "unknown"
    assert all(cells[name][4].startswith("ok") for name in NAMES)


def test_sources_and_daemon(watch):
    """Who answers, when it goes on, what is left of the quota, and the daemon itself."""
    text = watch.site.page().one("main").text()
    for words in ("symantec default", "immuniweb default", "answers", "of 50 left", "Version", "running since",
                  str(watch.config), "kept, ", "sent to "):
        assert words in text, words


def test_age_of_the_page(watch):
    """The page says when it was made, for people and for the script."""
    page = watch.site.page()
    made = page.one("time", id="made")
    assert re.fullmatch(r"\d\d:\d\d:\d\d UTC", made.text())
    at = time.strptime(made["datetime"], "%Y-%m-%dT%H:%M:%SZ")
    assert abs(calendar.timegm(at) - watch.clock.now()) < 5 * RATE


def test_domain_page(watch):
    """All that is known of a domain, with charts that can be read without eyes."""
    page = watch.site.page("/domain/slow.example")
    assert page.one("h1").text() == "slow.example critical"
    assert alerts_of(page)[0][0] == "critical"
    charts = {svg.children[0].text(): svg for svg in page.all("svg", role="img")}
    assert list(charts) == ["Queue age, 48 hours", "Queue age, 90 days", "Messages in queue, 48 hours",
                            "Messages in queue, 90 days"]
    age = charts["Queue age, 48 hours"]
    assert "outbound: at last 1h 12min, at most 1h 12min; limit critical 1h; limit warning 15min" in age.children[1].text()
    drawn = {p["class"] for p in age.all("path", class_="limit")}
    assert drawn == {"limit critical", "limit warning"}
    assert {"critical 1h", "warning 15min"} <= {t.text() for t in age.all("text")}
    assert "d" in next(age.all("path", class_="line-2")).attributes
    numbers = page.one("details", id="numbers-48h")
    assert re.search(r"\d\d:\d\d 0s 1h 12min 0 40", numbers.text()), numbers.text()
    text = page.one("main").text()
    assert "outbound_oldest" in text and "4322" not in text
    headings = [h.text() for h in page.all("h2")]
    assert headings[:4] == ["Now", "Sources", "Queues", "Email security"], headings
    assert {"Alert history", "All values: symantec", "All values: immuniweb"} <= set(headings)
    history = next(s for s in page.all("section") if s["aria-labelledby"] == "h-events")
    assert "raised critical slow.example: oldest outbound message waits" in history.text(), history.text()


def test_result_of_a_test(watch):
    """The email-security result as the vendor groups it, and its age."""
    page = watch.site.page("/domain/fine.example")
    section = next(s for s in page.all("section") if s["aria-labelledby"] == "h-security")
    assert len(list(section.all("article"))) == 6
    text = section.text()
    assert re.search(r"The vendor ran the test .* ago\.", text), text
    for words in ("SPF", "DKIM", "DMARC", "good", "mx1.fine.example", "green", "No issues found"):
        assert words in text, (words, text)


@pytest.mark.parametrize("path", ["/domain/slow.example", "/domain/SLOW.Example", "/domain/slow.example.",
                                  "/domain/slow%2Eexample"])
def test_names_in_any_spelling(watch, path):
    """What a person types or pastes."""
    assert watch.site.page(path).one("h1").text().startswith("slow.example")


@pytest.mark.parametrize("path", ["/domain/other.example", "/domain/", "/domain/..%2f..%2fetc%2fpasswd", "/domain/a/b",
                                  "/domain/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/assets/page.css/x", "/assets/..%2fpage.c",
                                  "/evidence/slow.example/x/report.pdf", "/evidence/slow.example/..%2f..%2fstate.db/x",
                                  "/evidence/../../x/y"])
def test_no_such_page(watch, path):
    """A page that says so; nothing of the path stands on it."""
    status, headers, body, _ = watch.site.get(path)
    assert status == 404, (status, body[:300])
    assert b"<script>alert" not in body
    if headers["Content-Type"].startswith("text/html"):
        check_page(body.decode())


def test_assets(watch):
    """Style and script come under an address that changes with what is in them, to be kept for long."""
    page = watch.site.page("/domain/fine.example")
    links = [page.one("link", rel="stylesheet")["href"], page.one("script")["src"]]
    for link, kind in zip(links, ("text/css", "text/javascript")):
        assert re.fullmatch(r"\.\./assets/page\.(css|js)\?v=[0-9a-f]{16}", link)
        status, headers, body, _ = watch.site.get(link.removeprefix(".."))
        assert status == 200 and headers["Content-Type"] == f"{kind}; charset=utf-8"
        assert "immutable" in headers["Cache-Control"] and "SPDX-License-Identifier: MIT" in body.decode()
        assert not re.search(rb"https?://|@import|url\(", body)


def test_filter_without_script(watch):
    """?q= looks at names, groups, owners and levels."""
    for query, names in (("slow", ["slow.example"]), ("MAIL-team", ["slow.example"]), ("warning", None), (" fine ", ["fine.example"]),
                         ("nothing like it", []), (MARKUP, [])):
        page = watch.site.page("/?" + urllib.parse.urlencode({"q": query}))
        found = [name for name, _ in rows_of(page)]
        if names is None:
            assert "warm.example" in found and "fine.example" not in found
        else:
            assert found == names, query
        assert page.one("input", id="q")["value"] == query.strip().lower()
        assert page.one("output", id="found").text() == f"{len(found)} of 4 domains"
        assert alerts_of(page), "what is wrong is never filtered away"


# --- good, unknown, known -----------------------------------------------------------------------------------


def test_nothing_is_wrong(stage):
    """All is known and good: said once and clearly."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=["one.example", "two.example"]), clock)
    daemon = start(stage, sim, ["one.example", "two.example"], clock)
    page = wait_page(daemon.site, lambda page: "Nothing is wrong: 2 domains are within all limits, as far as values are known." in page.text(), "all is well")
    assert not alerts_of(page) and page.one("head").one("title").text() == "ok - mailsecd"
    assert wait_page(daemon.site, lambda page: "Nothing is wrong." in page.text(), "so is the domain", "/domain/one.example")


def test_nothing_is_known(stage):
    """Before the first answer nothing is good."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=["one.example"], faults=[{"api": "symantec", "kind": "hang"}]), clock)
    daemon = start(stage, sim, ["one.example"], clock)
    page = daemon.site.page()
    text = page.one("main").text()
    assert page.one("h1").text() == "Nothing is known yet"
    assert "How 1 domain stands is not known now" in text and "symantec account default: no answer yet" in text
    assert rows_of(page)[0][1][0] == "unknown"
    assert "Nothing is wrong" not in text and not list(page.all("b", class_="ok")), text
    page = daemon.site.page("/domain/one.example")
    assert page.one("h1").text() == "one.example unknown"
    assert "Nothing is wrong" not in page.one("main").text()


def test_an_outage_makes_unknown(stage):
    """While the API fails, what was good is not shown as good, and the failure is told in words."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=["one.example"]), clock)
    daemon = start(stage, sim, ["one.example"], clock)
    wait_page(daemon.site, lambda page: rows_of(page)[0][1][0] == "ok", "it is good")
    sim.change_scenario(scenario(domains=["one.example"], faults=[{"api": "symantec", "kind": "401"}]))
    page = wait_page(daemon.site, lambda page: "critical" in [level for level, _ in alerts_of(page)], "the outage is told")
    assert rows_of(page)[0][1][0] == "unknown"
    text = page.one("main").text()
    assert "the login or key is refused" in text and "Nothing is wrong" not in text
    assert "1 critical, 1 unknown" in page.one("head").one("title").text()


def test_values_after_a_restart(stage):
    """Until the first answer the values of the run before stand there with their time, and the level is unknown."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=[{"name": "slow.example", "symantec": {"inbound_oldest": 4322,
                                                                                  "outbound_oldest": 61}}]), clock)
    first = start(stage, sim, ["slow.example"], clock)
    first.wait_record(event="raised", domain="slow.example")
    first.stop()
    sim.change_scenario(scenario(domains=["slow.example"], faults=[{"api": "symantec", "kind": "delay", "delay": "20s"}]))
    port = first.site.port
    second = stage.start({"symantec": stage.symantec(sim, interval="10s", timeout="9s"), "domains": ["slow.example"],
                          "web": {"listen": f"127.0.0.1:{port}"}, "policy": {"raise_after": 1, "clear_after": 1}},
                         clock, environment={"STATE_DIRECTORY": str(first.state)})
    second.check = lambda: None  # its records go on from the first one's number
    page = Site(port).page("/domain/slow.example")
    section = next(s for s in page.all("section") if s["aria-labelledby"] == "h-values-symantec")
    rows = {row.one("code").text(): [cell.text() for cell in row.all("td")] for row in section.one("tbody").all("tr")}
    assert re.fullmatch(r"1h 12min measured .*\d\d:\d\d", rows["inbound_oldest"][0]), rows
    assert rows["inbound_oldest"][3] == "critical", rows
    assert re.fullmatch(r"1min 1s measured .*\d\d:\d\d", rows["outbound_oldest"][0]), rows
    assert rows["outbound_oldest"][3] == "unknown", rows


def test_known_alerts_stand_below(stage):
    """Acknowledged, muted and flapping are marked; what somebody knows of comes after what is new."""
    clock = Clock(RATE)
    steps = [{"at": f"{n}min", "inbound_oldest": 1000 if n % 2 else 0} for n in range(1, 12)] + [
        {"at": "12min", "inbound_oldest": 1000}]
    sim = stage.simulate(scenario(domains=[
        {"name": "acked.example", "symantec": {"inbound_oldest": 5000}},
        {"name": "muted.example", "symantec": {"inbound_oldest": 5001}},
        {"name": "flaps.example", "symantec": {"steps": steps}},
        {"name": "new.example", "symantec": {"inbound_oldest": 1100}}]), clock)
    daemon = start(stage, sim, ["acked.example", "muted.example", "flaps.example", "new.example"], clock,
                   policy={"raise_after": 1, "clear_after": 1, "flap_limit": 3, "flap_window": "30min"})
    for name in ("acked", "muted", "new"):
        daemon.wait_records(1, event="raised", domain=f"{name}.example")
    control = Control(daemon)
    control.ask("POST", "acks", {"identity": "symantec/acked.example/inbound_oldest", "by": "alice " + MARKUP,
                                 "comment": "on it " + MARKUP})
    control.ask("POST", "silences", {"match": "symantec/muted.example/*", "for": 36000, "by": "bob",
                                     "comment": MARKUP}, 201)
    daemon.wait_records(1, event="flapping")
    page = wait_page(daemon.site, lambda page: "flapping" in page.one(id="now").text(), "the flapping one")
    alerts = alerts_of(page)
    names = [re.search(r"(acked|muted|flaps|new)\.example", text).group(1) for _, text in alerts]
    assert set(names[:2]) == {"new", "flaps"} and names[2:] == ["muted", "acked"] or names[2:] == ["acked", "muted"], alerts
    words = dict(zip(names, (text for _, text in alerts)))
    assert f"acknowledged by alice {MARKUP}: on it {MARKUP}" in words["acked"]
    assert "muted by silence 1: " + MARKUP in words["muted"] and "flapping" in words["flaps"]
    assert page.one("h1").text() in ("Wrong now: 2 warnings", "Wrong now: 1 warning"), page.one("h1").text()
    assert "Acknowledged or muted" in [h.text() for h in page.all("h2")]


# --- what is not ours ---------------------------------------------------------------------------------------


def hostile_result(name):
    """A result with markup in every text that a page could show."""
    planted = {"value": 2, "color": "orange", "text": MARKUP, "title": MARKUP}
    host = {"hostname": "mx1." + MARKUP, "ip": "192.0.2.1" + MARKUP, "bl_cnt": 2, "bl": [MARKUP], "blacklists": [{"name": MARKUP}],
            "ioc_cnt": 1, "ioc": [MARKUP], "PTR": {"value": MARKUP, "tag": 2, "text": MARKUP},
            "open_ports": [25], "alerts": {"vrfy": {"tag": 2, "text": MARKUP, "title": MARKUP}, MARKUP: {"tag": 3, "text": MARKUP}}}
    record = {"highlights": [{"tag": 2, "text": MARKUP, "title": MARKUP}], "results": {"record": MARKUP, "valid": False, MARKUP: MARKUP}}
    return {"summary": {part: planted for part in ("server", "ssl", "dns", "blacklists", "darkweb", "phishing")},
            "main": {"alerts": {record: {"tag": 2, "text": MARKUP} for record in ("spf", "dkim", "dmarc", MARKUP)}},
            "test_email": {"mx": [host], "spf": record, "dkim": record, "dmarc": record,
                           "dns": {"spf": record, "dkim": record, "dmarc": record},
                           "darkweb": {"results": [MARKUP]}, "phishing": {"results": [{"domain": MARKUP, "url": MARKUP}]}},
            "dns": {"spf": record, "dkim": record, "dmarc": record},
            "darkweb": {"results": [{"title": MARKUP}]}, "phishing": {"results": [{"domain": MARKUP}]}}


def test_markup_of_others(stage):
    """Markup in every text of both vendors, of the configuration and of colleagues: none of it is a page's."""
    clock = Clock(RATE)
    plain = {"planted.example": {"inbound_oldest": 5000}}
    sim = stage.simulate(scenario(
        domains=[{"name": "planted.example", "symantec": plain["planted.example"],
                  "immuniweb": {"mx": [{"hostname": "mx1." + MARKUP, "ip": MARKUP, "bl_cnt": 4, "vrfy": 1}],
                                "patch": json.dumps(hostile_result("planted.example"))}},
                 {"name": "refused.example", "symantec": {"name": "refused.example"}}],
        faults=[{"api": "immuniweb", "domain": "refused.example", "kind": "error", "text": MARKUP, "error_id": 77},
                {"api": "symantec", "kind": "extra-domain", "value": MARKUP}]), clock)
    daemon = start(stage, sim, [
        {"name": "planted.example", "owner": "o " + MARKUP, "group": "g"},
        {"name": "refused.example", "runbook": RUNBOOK}], clock,
        groups={"g": {"owner": MARKUP}}, immuniweb=stage.immuniweb(sim, interval="1h"))
    Control(daemon).ask("POST", "silences", {"match": "*/planted.example/vrfy", "for": 36000, "by": MARKUP, "comment": MARKUP}, 201)
    daemon.wait_records(1, event="raised", alert="immuniweb/refused.example/up")
    daemon.wait_records(1, event="raised", alert="symantec/planted.example/inbound_oldest")
    wait_page(daemon.site, lambda page: "The vendor ran the test" in page.text(), "the result", "/domain/planted.example")
    seen = 0
    for path in ("/", "/domain/planted.example", "/domain/refused.example", "/?" + urllib.parse.urlencode({"q": MARKUP})):
        status, _, body, _ = daemon.site.get(path)
        text = body.decode()
        assert status == 200
        page = check_page(text)
        assert "<script>alert" not in text and "alert(1)</script>" not in text and MARKUP not in text
        # All there is of it is text, or the value of an attribute as a whole.
        seen += page.text().count("alert(1)")
        for element in page.all():
            for name, value in element.attributes.items():
                assert name in ("href", "value") or "alert(1)" not in (value or ""), (element.tag, name, value)
    assert seen >= 12, f"planted texts are shown, escaped: {seen}"
    page = daemon.site.page()
    assert f"owner o {MARKUP}" in page.text()
    link = next(a for a in daemon.site.page("/domain/refused.example").all("a") if a.text() == "runbook")
    assert link["href"] == RUNBOOK


def test_evidence(stage):
    """Files of evidence are listed and sent as what they are, and only those."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=["one.example", "two.example"]), clock)
    life = stage.live({"symantec": stage.symantec(sim, interval="10s", timeout="9s"),
                       "immuniweb": stage.immuniweb(sim, interval="1d"), "domains": ["one.example", "two.example"],
                       "web": {"listen": f"127.0.0.1:{(port := free_port())}"}}, clock)
    folder = life.state / "evidence" / "one.example" / "20251122T031500Z"
    folder.mkdir(parents=True)
    files = {"after.json": b'{"summary": "<script>alert(1)</script>"}', "before.json": b"{}", "report.pdf": b"%PDF-1.7 x"}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "SHA256SUMS").write_text("".join(f"{hashlib.sha256(d).hexdigest()}  {n}\n" for n, d in sorted(files.items())))
    life.start()
    site = Site(port)
    page = site.page("/domain/one.example")
    links = [a["href"] for a in page.all("a") if "evidence" in a["href"]]
    assert len(links) == 3 and hashlib.sha256(files["report.pdf"]).hexdigest() in page.text()
    for link in links:
        name = link.rsplit("/", 1)[1]
        status, headers, body, _ = site.get(urllib.parse.urljoin("/domain/one.example", link))
        assert status == 200 and body == files[name], link
        assert headers["Content-Type"] == ("application/pdf" if name == "report.pdf" else "application/json")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers.get("Content-Disposition", "").startswith("inline" if name == "report.pdf" else "attachment")
    assert "evidence/" not in site.get("/domain/two.example")[2].decode()
    for path in ("two.example/20251122T031500Z/after.json", "one.example/20251122T031501Z/after.json",
                 "one.example/20251122T031500Z/other", "one.example/20251122T031500Z/../../../state.db",
                 "one.example/20251122T031500Z/..%2f..%2f..%2fstate.db", "one.example/20251122T031500Z/"):
        assert site.get("/evidence/" + path)[0] == 404, path


def test_many_slow_readers_of_a_report(stage):
    """As many as there are connections, of a long file: none of them has it in memory, and it is sent whole."""
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=["one.example"]), clock)
    life = stage.live({"symantec": stage.symantec(sim, interval="10s", timeout="9s"), "domains": ["one.example"],
                       "web": {"listen": f"127.0.0.1:{(port := free_port())}"}}, clock)
    folder = life.state / "evidence" / "one.example" / "20251122T031500Z"
    folder.mkdir(parents=True)
    report = b"%PDF-1.7 " + bytes(range(256)) * 12 * 1024
    (folder / "report.pdf").write_bytes(report)
    daemon = life.start()
    path = "/evidence/one.example/20251122T031500Z/report.pdf"
    status, headers, body, _ = Site(port).get(path)
    assert status == 200 and body == report and headers["Content-Length"] == str(len(report))
    before, readers = daemon.status_kib("VmRSS"), []
    files = daemon.descriptors()[1] if os.geteuid() == 0 else 0
    try:
        for _ in range(60):
            reader = socket.socket()
            readers.append(reader)
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.settimeout(20)
            reader.connect(("127.0.0.1", port))
            reader.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert reader.recv(9) == b"HTTP/1.1 "
        if os.geteuid() == 0:
            assert daemon.descriptors()[1] > files + len(readers) - 10
        # A sanitized build keeps what was freed for a while.
        if b"__asan_init" not in (stage.build / "mailsecd").read_bytes():
            assert daemon.status_kib("VmRSS") < before + 16384
        # What a removed set was is sent to its end.
        (folder / "report.pdf").unlink()
        text = b""
        while not text.endswith(report[-256:]) or len(text) < len(report):
            piece = readers[0].recv(65536)
            assert piece, len(text)
            text += piece
        assert text.endswith(b"\r\n\r\n" + report)
        assert Site(port).get(path)[0] == 404
    finally:
        for reader in readers:
            reader.close()
    if os.geteuid() == 0:
        wait_for(lambda: daemon.descriptors()[1] <= files, "every file is closed")


# --- many ---------------------------------------------------------------------------------------------------


def many(stage, number, rate=360, interval="2min", **options):
    """So many domains with queues that change at each poll; the last of them is bad."""
    clock = Clock(rate)
    sim = stage.simulate(scenario(
        domains=[{"name": f"d{number - 1:05d}.example", "symantec": {"inbound_oldest": 5000}}],
        generate=[{"count": number, "pattern": "d%05d.example",
                   "symantec": {"vary": True, "ramp": {"inbound_oldest": 0.01, "inbound_messages": 0.02}}}]), clock)
    names = [f"d{n:05d}.example" for n in range(number)]
    return start(stage, sim, names, clock, ready=False, symantec=stage.symantec(sim, interval=interval, timeout="1min"),
                 **options).wait_ready(120), sim


def test_pages_of_domains(stage):
    """More domains than one page holds: pages that link to each other, with the filter kept."""
    daemon, sim = many(stage, 2500)
    sim.wait_requests(2)
    daemon.wait_records(1, event="raised", domain="d02499.example")
    page = daemon.site.page()
    rows = [name for name, _ in rows_of(page)]
    assert len(rows) == 1000 and rows[0] == "d02499.example" and rows[1:3] == ["d00000.example", "d00001.example"]
    nav = next(n for n in page.all("nav") if n["aria-label"] == "Pages of domains")
    assert [a["href"] for a in nav.all("a")] == ["?page=2", "?page=3"] and nav.one("b").text() == "1"
    assert [name for name, _ in rows_of(daemon.site.page("/?page=3"))] == [f"d{n:05d}.example" for n in range(1999, 2499)]
    assert len(rows_of(daemon.site.page("/?page=99"))) == 500, "beyond the last page is the last page"
    for number in ("0", "-1", "x", "", "99999999999999999999"):
        assert [name for name, _ in rows_of(daemon.site.page(f"/?page={number}"))] == rows, number
    page = daemon.site.page("/?q=d01")
    assert page.one("output", id="found").text() == "1000 of 2500 domains" and len(rows_of(page)) == 1000
    assert not [n for n in page.all("nav") if n["aria-label"] == "Pages of domains"]
    page = daemon.site.page("/?q=d0&page=2")
    nav = next(n for n in page.all("nav") if n["aria-label"] == "Pages of domains")
    assert [a["href"] for a in nav.all("a")] == ["?q=d0&page=1", "?q=d0&page=3"]


def test_readers_that_leave(stage):
    """Who breaks off, or reads while the configuration is read anew, harms nobody."""
    daemon, sim = many(stage, 300)
    sim.wait_requests(5)
    for i in range(40):
        with socket.create_connection(("127.0.0.1", daemon.site.port)) as reader:
            path = "/" if i % 2 else f"/domain/d{i:05d}.example"
            reader.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            if i % 3 == 0:
                reader.recv(1000)
            if i % 10 == 0:
                daemon.reload()
    assert daemon.site.page().one("output", id="found").text() == "300 of 300 domains"
    status, _, body, _ = daemon.site.get("/domain/d00000.example", "HEAD")
    assert status == 200 and not body
    assert daemon.site.get("/", "HEAD")[0] == 200
    assert daemon.site.get("/", "POST")[0] == 405


@pytest.mark.parametrize("number", [10, 1_000, 10_000])
def test_quick(stage, number, record_property):
    """How long a page takes, and how long it keeps everybody else waiting. 1,000 domains: 100 ms for all of it."""
    daemon, sim = many(stage, number, rate=900)
    sim.wait_requests(20 if number < 10_000 else 8, 120)
    status, _, body, (first, whole) = daemon.site.get("/")
    assert status == 200
    print(f"\n{number:,} domains: first look at /: {len(body) / 1024:.0f} KiB, first byte {first * 1e3:.1f} ms, "
          f"whole page {whole * 1e3:.1f} ms")
    page = wait_page(daemon.site, lambda page: "no history" not in page.text(), "every history is read")
    sparks = [s for s in page.all("svg", class_="spark")]
    assert len(sparks) == min(number, 1000)
    assert all(list(s.all("path"))[-1]["d"].startswith("M") for s in sparks)
    for path in ("/", f"/domain/d{number - 1:05d}.example"):
        cpu, best = daemon.cpu(), []
        for _ in range(7):
            status, _, body, times = daemon.site.get(path)
            assert status == 200
            best.append(times)
        spent = sum(daemon.cpu_since(cpu)) / 7
        first, whole = (min(t[i] for t in best) for i in range(2))
        print(f"{number:,} domains: {path}: {len(body) / 1024:.0f} KiB, first byte {first * 1e3:.1f} ms, whole page "
              f"{whole * 1e3:.1f} ms, CPU {spent * 1e3:.1f} ms")
        record_property(path, whole)
        if "asan" not in str(stage.build) and "SANITIZE" not in (stage.build / "flags").read_text():
            assert whole < (0.1 if number <= 1000 else 1.0), f"{path} takes {whole:.3f} s"
