# SPDX-License-Identifier: MIT
"""mailsecctl against a daemon that the test plays: what it sends, what it prints in a terminal and in a pipe, and what
it does when the daemon is away, slow, broken or hostile."""

import contextlib
import copy
import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import socketserver
import stat
import struct
import subprocess
import termios
import threading
import time
import unicodedata
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 20
IDENTITY = "symantec/example.com/inbound_oldest"


# --- the daemon ----------------------------------------------------------------------------------------


def stamp(seconds=0):
    """The time so many seconds from now, as the API writes it."""
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def alert(name="example.com", metric="inbound_oldest", level="critical", **more):
    return {"identity": f"symantec/{name}/{metric}", "source": "symantec", "target": name, "metric": metric,
            "level": level, "told": level, "since": stamp(-7500), "value": 4322, "value_text": "1h 12min",
            "limit": 3600, "limit_text": "1h", "unit": "seconds",
            "text": f"{name}: oldest inbound message waits 1h 12min (limit 1h) since 17:06, {level}",
            "reason": "limit", "detail": "delivery queue", "measured": stamp(-60), "remind": stamp(600),
            "muted_by": None, "flapping": False, "acknowledged": None, "owner": "mail-team", "runbook": None,
            "group": None, **more}


ACK = {"by": "alice", "comment": "looking at it", "at": stamp(-60), "until": stamp(3600), "ceiling": 7200}


def value(metric, number, text, level=None, **more):
    return {"metric": metric, "help": f"what {metric} is", "unit": "seconds", "bad": "high", "value": number,
            "text": text, "level": level, "warning": None, "critical": None, "clear": None,
            "since": stamp(-4000) if level else None, **more}


def domain(name="example.com"):
    return {
        "name": name, "group": "parked", "owner": "mail-team", "runbook": "https://wiki.example.org/mail",
        "level": "critical",
        "sources": [
            {"source": "symantec", "account": "default", "measured": stamp(-60), "last": stamp(-60),
             "next": stamp(240), "running": False, "failures": 0, "job": None, "ids": [],
             "values": [
                 value("receive_inbound_messages", 3, "3", unit="count"),
                 value("outbound_oldest", 1200, "20min", "warning", warning=900, critical=3600,
                       spark=[None] * 20 + list(range(0, 1120, 40))),
                 value("inbound_oldest", 4322, "1h 12min", "critical", warning=900, critical=3600,
                       spark=[i * 90 for i in range(48)]),
                 value("inbound_stuck", 0, "0s", "ok", warning=1800),
                 value("data_age", 60, "1min", "ok", warning=900),
                 value("outbound_stuck", None, None),
             ]},
            {"source": "immuniweb", "account": "default", "measured": stamp(-9000), "last": stamp(-9000),
             "next": stamp(70000), "running": True, "failures": 2, "job": "1234", "ids": ["AbCd"],
             "values": [
                 value("spf", 2, "weakness", "warning", unit="grade", warning=2, critical=3),
                 value("data_age", 9000, "2h 30min", "ok", warning=259200),
             ]},
        ]}


def explanation():
    return {"identity": IDENTITY, "level": "ok", "verdict": "11min 40s is below the warning limit of 15min",
            "value": 700, "value_text": "11min 40s", "measured": stamp(-60), "unit": "seconds", "bad": "high",
            "help": "age of the oldest inbound message",
            "limits": {"warning": 900, "critical": 3600, "clear": 600, "warning_from": "/etc/mailsecd/mailsecd.conf:12",
                       "critical_from": "default", "clear_from": "/etc/mailsecd/mailsecd.conf:12"},
            "streak": {"bad": 1, "raise_after": 2, "good": 0, "clear_after": 2}, "since": None, "told": "ok",
            "remind": stamp(600), "muted_by": "silence 3: rebuild", "flapping": False, "changes": 0, "flap_limit": 6,
            "flap_window": 3600, "acknowledged": ACK, "next": stamp(240),
            "account": {"source": "symantec", "name": "default", "up": True, "words": None},
            "last_event": {"sequence": 17, "at": stamp(-7500), "event": "cleared"}}


def status():
    account = {"up": True, "reason": None, "words": None, "failures": 0, "running": 0, "domains": 12,
               "next": stamp(240), "last": stamp(-60), "tests_left": None, "daily_tests": None}
    return {"version": "0.2.0", "now": stamp(), "started": stamp(-300000), "domains": 12,
            "alerts": {"critical": 1, "warning": 2, "muted": 1, "acknowledged": 0, "flapping": 0},
            "config": {"file": "/etc/mailsecd/mailsecd.conf", "loaded": stamp(-300000), "refused": stamp(-100),
                       "problem": "/etc/mailsecd/mailsecd.conf:12: there is no key intervall"},
            "store": {"up": True, "problem": None, "file": "/var/lib/mailsecd/state.db", "bytes": 196608},
            "records": {"sequence": 42, "queued": 0, "sent": 41, "lost": 1, "to": "journal"},
            "accounts": [{"source": "symantec", "name": "default", **account},
                         {"source": "immuniweb", "name": "default", **account, "up": False, "reason": "auth",
                          "words": "HTTP 401: the key is refused", "failures": 3, "tests_left": 7, "daily_tests": 50}],
            "worst": [alert(), alert(metric="outbound_oldest", level="warning")]}


SILENCE = {"id": 3, "match": "symantec/*", "until": stamp(7200), "created": stamp(), "by": "alice",
           "comment": "maintenance", "alerts": 2}


def event(number, **more):
    return {"sequence": number, "at": stamp(number - 100), "event": "raised", "identity": IDENTITY, "level": "critical",
            "priority": 2, "sent": True, "message": f"example.com: message number {number}",
            "fields": {"MAILSEC_VALUE": "4322"}, **more}


def history():
    now = int(time.time())
    points = [[now - 86400 + i * 300, i * 10, i * 12, i * 15] for i in range(288)]
    for point in points[100:120]:
        point[1:] = None, None, None
    return {"unit": "seconds", "from": stamp(-86400), "to": stamp(), "limits": {"warning": 900, "critical": 3600},
            "points": points}


def answers():
    """What the daemon says when all is as usual: "METHOD PATH" -> (status, document)."""
    test = {"domain": "example.com", "state": "done", "started": stamp(-30), "last": stamp(), "outcome": "ok",
            "words": None, "next": stamp(86400)}
    poll = {"account": "default", "state": "done", "outcome": "ok", "words": None, "last": stamp()}
    return {
        "GET /v1/status": (200, status()),
        "GET /v1/alerts": (200, {"alerts": [
            alert(), alert("mail.example.net", "outbound_oldest", "warning", acknowledged=ACK, muted_by="window nightly",
                           flapping=True, reason="auth")], "next": None}),
        "GET /v1/domains": (200, {"domains": [
            {"name": "example.com", "group": None, "owner": "mail-team", "level": "critical", "alerts": 1, "sources": [
                {"source": "symantec", "account": "default", "last": stamp(-60), "next": stamp(240), "age": 60,
                 "running": False},
                {"source": "immuniweb", "account": "default", "last": None, "next": None, "age": None,
                 "running": True}]},
            {"name": "a-quite-long-name-of-a-domain.example.net", "group": "parked", "owner": None, "level": "ok",
             "alerts": 0, "sources": []}], "next": None}),
        "GET /v1/domains/example.com": (200, domain()),
        "GET /v1/explain": (200, explanation()),
        "GET /v1/history": (200, history()),
        "POST /v1/tests": (202, {**test, "state": "waiting", "started": None, "outcome": None}),
        "GET /v1/tests/example.com": (200, test),
        "POST /v1/polls": (202, {"polls": [{"account": "default", "state": "running"}]}),
        "GET /v1/polls": (200, {"polls": [poll]}),
        "GET /v1/silences": (200, {"silences": [SILENCE]}),
        "POST /v1/silences": (201, SILENCE),
        "DELETE /v1/silences/3": (200, SILENCE),
        "POST /v1/acks": (200, alert(acknowledged=ACK)),
        "DELETE /v1/acks": (200, alert()),
        "POST /v1/reload": (200, {"ok": True, "domains": 12, "problems": [
            {"file": "/etc/mailsecd/mailsecd.conf", "line": 12, "severity": "warning", "text": "too many tests"}]}),
        "POST /v1/test-alerts": (200, {"sequences": [43, 44, 45]}),
        "GET /v1/events": (200, {"events": [event(16), event(17, level="ok", event="cleared", sent=False)],
                                 "next": None}),
    }


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.server.fake.connections.append(self.connection)

    def log_message(self, *_):
        pass

    def address_string(self):
        return "client"

    def answer(self):
        fake = self.server.fake
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = {name: texts[0] for name, texts in parse_qs(parts.query).items()}
        path = unquote(parts.path)
        fake.requests.append((self.command, path, query, json.loads(body) if body else None))
        found = fake.answers.get(f"{self.command} {path}", (404, {"error": f"there is no {path}"}))
        if callable(found):
            found = found(self, query)
            if found is None:
                self.close_connection = True
                return
        code, document = found
        data = document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_DELETE = answer


class Fake:
    """A daemon on a socket; `answers` may be changed at any time, `requests` is what came."""

    def __init__(self, folder):
        self.path = folder / "control.sock"
        self.answers = answers()
        self.requests = []
        self.connections = []
        self.server = None
        self.start()

    def start(self):
        self.server = Server(str(self.path), Handler)
        self.server.fake = self
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.path.unlink(missing_ok=True)
            for connection in self.connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self.connections.clear()
            self.server = None

    def asked(self, command, path):
        return [request for request in self.requests if request[:2] == (command, path)]


@pytest.fixture
def fake(tmp_path):
    fake = Fake(tmp_path)
    yield fake
    fake.stop()


# --- the client ----------------------------------------------------------------------------------------


def environment(**more):
    keep = {name: os.environ[name] for name in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
            if name in os.environ}
    return {**keep, "LC_ALL": "C.UTF-8", "TERM": "xterm", "TZ": "UTC", **more}


class Running:
    """A mailsecctl, with its outputs in a terminal of so many columns each, or in a pipe."""

    def __init__(self, words, columns=None, **env):
        self.output = {}
        self.masters = {}
        ends = []
        for name in ("out", "err"):
            if columns:
                master, slave = pty.openpty()
                fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
                attributes = termios.tcgetattr(slave)
                attributes[1] &= ~termios.OPOST  # newlines as they are
                termios.tcsetattr(slave, termios.TCSANOW, attributes)
            else:
                master, slave = os.pipe()
            self.masters[master] = name
            self.output[name] = b""
            ends.append(slave)
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=ends[0], stderr=ends[1],
                                        env=environment(**env))
        for end in ends:
            os.close(end)

    def read(self, until=None):
        """Reads to the end, or until `until(self)` holds."""
        deadline = time.monotonic() + DEADLINE
        while self.masters and not (until and until(self)):
            left = deadline - time.monotonic()
            assert left > 0, f"it does not end: {self.output}"
            for master in select.select(list(self.masters), [], [], min(left, 1))[0]:
                try:
                    data = os.read(master, 65536)
                except OSError:  # a terminal without anybody on the other side
                    data = b""
                self.output[self.masters[master]] += data
                if not data:
                    os.close(master)
                    del self.masters[master]
        return self

    def wait(self):
        self.read()
        self.status = self.process.wait(DEADLINE)
        return self

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for master in self.masters:
            os.close(master)
        self.masters = {}

    @property
    def out(self):
        return self.output["out"].decode()

    @property
    def err(self):
        return self.output["err"].decode()


@pytest.fixture
def program(build):
    path = build / "mailsecctl"
    assert path.exists(), f"{path} is not there: run make first"
    return str(path)


@pytest.fixture
def start(program, fake):
    """Starts mailsecctl and ends it after the test."""
    running = []

    def start(*words, columns=None, **env):
        running.append(Running([program, "-s", str(fake.path), *words], columns, **env))
        return running[-1]

    yield start
    for one in running:
        one.close()


@pytest.fixture
def run(start):
    return lambda *words, columns=None, **env: start(*words, columns=columns, **env).wait()


COMMANDS = {
    "status": ["status"],
    "alerts": ["alerts"],
    "alerts-glob": ["alerts", "symantec/*", "-n", "5"],
    "domains": ["domains"],
    "show": ["show", "example.com"],
    "explain": ["explain", IDENTITY],
    "history": ["history", "example.com", "inbound_oldest"],
    "test": ["test", "example.com"],
    "poll": ["poll"],
    "poll-one": ["poll", "default"],
    "test-no-wait": ["test", "example.com", "--no-wait"],
    "poll-no-wait": ["poll", "--no-wait"],
    "silence-add": ["silence", "add", "symantec/*", "--for", "2h", "--comment", "maintenance"],
    "silence-list": ["silence", "list"],
    "silence-remove": ["silence", "remove", "3"],
    "ack": ["ack", IDENTITY, "--comment", "looking at it", "--for", "8h", "--ceiling", "2h"],
    "unack": ["unack", IDENTITY],
    "reload": ["reload"],
    "test-alert": ["test-alert"],
    "events": ["events"],
}
each_command = pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())

SGR = re.compile(r"\033\[[0-9;]*m")
PROGRESS = re.compile(r"\r|\033\[K")


def cells(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def check_safe(text):
    """Nothing but printable text, line ends, colours and the progress line's own controls."""
    for c in PROGRESS.sub("", SGR.sub("", text)):
        assert c == "\n" or unicodedata.category(c) not in ("Cc", "Zl", "Zp"), repr(text)
        assert c not in "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", repr(text)


# --- what it prints ------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [80, 40, 200])
@each_command
def test_terminal(run, words, columns):
    done = run(*words, columns=columns)
    assert done.status == 0, done.err
    check_safe(done.out)
    check_safe(done.err)
    assert done.out.endswith("\n")
    for line in SGR.sub("", done.out).splitlines():
        assert cells(line) <= columns, line
    for line in re.split(r"[\r\n]", SGR.sub("", done.err).replace("\033[K", "")):
        assert cells(line) <= columns, line


@each_command
def test_pipe(run, words):
    done = run(*words)
    assert done.status == 0, done.err
    assert "\033" not in done.out + done.err
    assert "\r" not in done.out + done.err
    assert "…" not in done.out
    check_safe(done.out)


@each_command
def test_no_color(run, words):
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": ""}):
        assert not SGR.search(run(*words, columns=80, **env).out), env
    assert not SGR.search(run(*words, "--no-color", columns=80).out)
    # An empty NO_COLOR is none.
    assert run("alerts", columns=80, NO_COLOR="").out.count("\033[1;31mcritical") == 1


@each_command
def test_ascii(run, words):
    done = run(*words, columns=80, LC_ALL="C")
    assert done.status == 0
    assert done.out.isascii() and done.err.isascii()


@each_command
def test_json(run, fake, words):
    expected = {path: document for path, (_, document) in fake.answers.items()}
    done = run(*words, "--json")
    assert done.status == 0, done.err
    document = json.loads(done.out)
    assert document in expected.values()
    assert done.out.count("\n") == 1
    assert run(*words, "--json", columns=40).out == done.out
    assert done.err == ""


def test_status(run):
    out = run("status").out
    assert re.search(r"^mailsecd +0\.2\.0, started .* \(3d 11h ago\)$", out, re.M)
    assert re.search(r"^Alerts +1 critical, 2 warning, 1 muted$", out, re.M)
    assert re.search(r"a newer one is refused since \d\d:\d\d: /etc/mailsecd/mailsecd.conf:12: there is no key", out)
    assert re.search(r"^State +/var/lib/mailsecd/state.db, 192 KiB$", out, re.M)
    assert re.search(r"^Records +41 sent to journal, 0 waiting, 1 lost$", out, re.M)
    assert re.search(r"^symantec +default +up +12 +0 .* - +-$", out, re.M)
    assert re.search(r"^immuniweb +default +down .* 7 of 50 +auth, HTTP 401: the key is refused, 3 failures in a row$",
                     out, re.M)
    assert out.index("inbound_oldest") < out.index("outbound_oldest")


def test_alerts(run, fake):
    out = run("alerts").out.splitlines()
    assert out[0].split() == ["LEVEL", "SINCE", "AGE", "ALERT", "VALUE", "LIMIT", "OWNER", "NOTE"]
    assert re.match(rf"critical +(\w+ \d+ )?\d\d:\d\d +2h 5min +{IDENTITY} +1h 12min +1h +mail-team +delivery queue$",
                    out[1])
    assert re.search(r"acknowledged by alice: looking at it, until .*, again beyond 2h, window nightly, flapping, "
                     r"auth, delivery queue$", out[2])
    run("alerts", "*/oldest & more", "-n", "7")
    assert fake.requests[-1][2] == {"match": "*/oldest & more", "limit": "7"}
    fake.answers["GET /v1/alerts"] = (200, {"alerts": [], "next": None})
    assert run("alerts").out == "Nothing alerts.\n"
    assert run("alerts", "x").out == "Nothing alerts that matches.\n"


def test_narrow_keeps_what_matters(run):
    for columns in (80, 40):
        out = SGR.sub("", run("alerts", columns=columns).out)
        assert "critical" in out and "1h 12min" in out and "symantec/exam" in out
        assert columns == 40 or IDENTITY in out
    assert "…" in out


def test_domains(run):
    out = run("domains").out
    assert re.search(r"^example.com +critical +1 +symantec 1min, immuniweb running +", out, re.M)
    assert re.search(r"^a-quite-long-name-of-a-domain.example.net +ok +0 +- +- +parked +-$", out, re.M)


def test_show(run):
    out = run("show", "example.com").out
    lines = [line.split()[0] for line in out.splitlines() if line.startswith("  ")]
    assert lines == ["METRIC", "inbound_oldest", "outbound_oldest", "receive_inbound_messages", "inbound_stuck",
                     "data_age", "outbound_stuck", "METRIC", "spf", "data_age"]
    assert "▁▁▁▁▁▁▂▂▂▂▂▂▃▃▃▃▃▃" in out
    assert re.search(r"inbound_oldest +1h 12min +critical +15min / 1h +1h 6min +▁", out)
    assert re.search(r"outbound_oldest .* {20}▁", out)
    assert re.search(r"spf +weakness +warning +weakness / failure", out)
    assert "immuniweb (default): values of " in out and "running now, 2 failures in a row, job 1234" in out
    assert "Runbook         https://wiki.example.org/mail" in out
    narrow = run("show", "example.com", columns=80, NO_COLOR="1").out
    assert len(re.findall("[▁▂▃▄▅▆▇█]", narrow)) >= 8
    color = run("show", "example.com", columns=80).out
    assert "\033[1;31minbound_oldest" in color and "\033[32mok" in color


def test_explain(run, fake):
    out = run("explain", IDENTITY).out
    for words in (r"Why +11min 40s is below the warning limit of 15min", r"Value +11min 40s, measured .* \(1min ago\)",
                  r"Warning +at 15min or more \(/etc/mailsecd/mailsecd.conf:12\)", r"Critical +at 1h or more \(default\)",
                  r"Clear +at 10min or less", r"Streak +1 bad of 2 to raise, 0 good of 2 to clear", r"Since +-",
                  r"Muted by +silence 3: rebuild", r"Acknowledged +by alice: looking at it", r"Next look .* \(in 3min",
                  r"Flapping +no, 0 changes of 6 within 1h", r"Account +symantec/default, up",
                  r"Last event +cleared .*, record 17"):
        assert re.search(f"^{words}", out, re.M), words
    assert fake.requests[-1][2] == {"identity": IDENTITY}
    low = explanation()
    low["bad"] = "low"
    fake.answers["GET /v1/explain"] = (200, low)
    out = run("explain", IDENTITY).out
    assert "at 15min or less" in out and "at 10min or more" in out


def test_unknown_names(run, fake):
    done = run("show", "exmaple.com")
    assert done.status == 1
    assert done.err == ("mailsecctl: there is no /v1/domains/exmaple.com\n"
                        "mailsecctl: did you mean example.com?\n")
    del fake.answers["GET /v1/explain"]
    assert run("explain", "symantec/example.com/inbound_oldset").err.endswith(
        f"did you mean {IDENTITY}?\n")
    assert run("explain", "symantec/example.co/inbound_oldest").err.endswith("did you mean example.com?\n")
    assert "an identity is SOURCE/TARGET/METRIC" in run("explain", "inbound_oldest").err
    done = run("history", "example.com", "inbound_odlest")
    assert (done.status, done.err) == (
        1, "mailsecctl: the domain has no metric inbound_odlest; did you mean inbound_oldest?\n")


def test_names_are_encoded(run, fake):
    run("show", "../status?x=1#y /z\u00e4")
    assert fake.requests[0][1] == "/v1/domains/../status?x=1#y /z\u00e4"


def test_history(run, fake):
    done = run("history", "example.com", "inbound_oldest", "--since", "2d")
    lines = done.out.splitlines()
    assert fake.requests[-1][2] == {"source": "symantec", "target": "example.com", "metric": "inbound_oldest",
                                    "since": "172800"}
    assert lines[0] == "symantec/example.com/inbound_oldest, the last 2d"
    assert len(lines) == 1 + 12 + 2 + 1
    assert max(map(len, lines)) == 80
    assert lines[1].startswith("      2h ┤") and lines[4].startswith("1h 30min ┤")
    assert "╌" in lines[7] and "╌" not in lines[6]  # critical, at half of 2h
    assert "█" in lines[12] and "░" in done.out and 4 <= lines[12][10:].count(" ") <= 6  # unknown
    assert lines[13].startswith("      0s └")
    assert re.search(r"\d\d:00", lines[14])
    assert lines[15] == "limits (dashed): warning 15min, critical 1h"


def test_history_sources(run, fake):
    done = run("history", "example.com", "data_age")
    assert (done.status, done.out) == (2, "")
    assert "symantec and immuniweb both have data_age: name one with --source" in done.err
    assert run("history", "example.com", "data_age", "--source", "immuniweb").status == 0
    assert fake.requests[-1][2]["source"] == "immuniweb"
    fake.answers["GET /v1/history"] = (200, {"unit": "bool", "from": None, "to": None, "limits": None, "points": []})
    done = run("history", "default", "up", "--source", "symantec")
    assert (done.status, done.out.splitlines()[1]) == (0, "Nothing is known of that time.")


def test_test_waits(run, fake, start):
    waiting = fake.answers["POST /v1/tests"][1]
    states = [{**waiting}, {**waiting, "state": "running", "started": stamp()}, fake.answers["GET /v1/tests/example.com"][1]]

    def next_state(*_):
        return 200, states.pop(0) if len(states) > 1 else states[0]

    fake.answers["GET /v1/tests/example.com"] = next_state
    done = run("test", "example.com")
    assert done.status == 0
    assert re.fullmatch(r"example.com: waiting for a free place\nexample.com: running since \d\d:\d\d\n", done.err)
    assert "spf" in done.out and "inbound_oldest" not in done.out
    assert fake.asked("POST", "/v1/tests")[0][3] == {"domain": "example.com"}
    # On a terminal it is one line, gone in the end.
    states[:] = [{**waiting}, {**waiting}, states[0]]
    done = run("test", "example.com", columns=80)
    assert "\n" not in done.err and done.err.count("\r") >= 3 and done.err.endswith("\r\033[K")


def test_test_fails(run, fake):
    ended = fake.answers["GET /v1/tests/example.com"][1]
    fake.answers["GET /v1/tests/example.com"] = (200, {**ended, "outcome": "timeout", "words": "no result in time"})
    done = run("test", "example.com")
    assert (done.status, done.out) == (1, "")
    assert done.err.endswith("mailsecctl: example.com: failed (timeout): no result in time\n")
    done = run("test", "example.com", "--json")
    assert done.status == 1 and json.loads(done.out)["outcome"] == "timeout"
    for code, words in ((404, "example.com is not tested"), (429, "no test is left until 03:12"),
                        (409, "the service refuses until 03:12")):
        fake.answers["POST /v1/tests"] = (code, {"error": words})
        done = run("test", "example.com")
        assert (done.status, done.out, done.err) == (1, "", f"mailsecctl: {words}\n")


def test_interrupt(fake, start):
    for words, key, path in ((["test", "example.com"], "GET /v1/tests/example.com", "mailsecctl show example.com"),
                             (["poll"], "GET /v1/polls", "mailsecctl status")):
        begun = fake.answers["POST /v1/tests" if words[0] == "test" else "POST /v1/polls"]
        fake.answers[key] = (200, begun[1])
        for columns in (None, 80):
            client = start(*words, columns=columns)
            client.read(lambda c: b"example.com: " in c.output["err"] or b"all accounts: " in c.output["err"])
            client.process.send_signal(signal.SIGINT)
            client.wait()
            assert client.status == -signal.SIGINT
            assert f"not waiting any longer: it goes on in mailsecd; {path} shows the result" in client.err


def test_poll(run, fake):
    done = run("poll", "default")
    assert fake.asked("POST", "/v1/polls")[0][3] == {"account": "default"}
    assert re.search(r"^default +ok +\d\d:\d\d$", done.out, re.M)
    other = {"account": "other", "state": "running"}
    failed = {"account": "default", "state": "done", "outcome": "auth", "words": "HTTP 401", "last": stamp()}
    fake.answers["GET /v1/polls"] = (200, {"polls": [other, failed]})
    done = run("poll", "default")  # does not wait for the other one
    assert done.status == 1 and re.search(r"^default +auth +\d\d:\d\d +HTTP 401$", done.out, re.M)
    assert "other" not in done.out
    fake.answers["POST /v1/polls"] = (202, {"polls": []})
    done = run("poll")
    assert done.status == 1 and "there is no account to poll" in done.err


def test_silences(run, fake):
    done = run("silence", "add", "symantec/*", "--for", "2h", "--comment", "mäintenance", SUDO_USER="alice")
    assert fake.requests[-1][3] == {"match": "symantec/*", "for": 7200, "comment": "mäintenance", "by": "alice"}
    assert re.fullmatch(r"Silence 3 added: symantec/\*, until .* \(in 1h 5[0-9]min\), alerts that match now: 2\n", done.out)
    run("silence", "add", "x", "--until", "2999-11-22T18:00:00Z", "--comment", "y", SUDO_USER="")
    assert fake.requests[-1][3]["until"] == "2999-11-22T18:00:00Z"
    assert fake.requests[-1][3]["by"]
    run("silence", "add", "x", "--until", "2999-11-22 18:00", "--comment", "y", TZ="UTC-2")
    assert fake.requests[-1][3]["until"] == "2999-11-22T16:00:00Z"
    assert run("silence", "remove", "3").out.startswith("Silence 3 removed: symantec/*")
    assert re.search(r"^ *3 +symantec/\* +.* +1h 5\dmin +2 +alice +maintenance$", run("silence", "list").out, re.M)
    fake.answers["GET /v1/silences"] = (200, {"silences": []})
    assert run("silence", "list").out == "Nothing is silenced.\n"
    assert run("silence", "remove", "4").status == 1


def test_acks(run, fake):
    done = run("ack", IDENTITY, "--comment", "me", "--for", "8h", "--ceiling", "2h", SUDO_USER="bob")
    assert fake.requests[-1][3] == {"identity": IDENTITY, "by": "bob", "comment": "me", "for": 28800, "ceiling": 7200}
    assert "\nAcknowledged by alice: looking at it, until " in done.out
    run("ack", IDENTITY, "--ceiling", "2.5", SUDO_USER="bob")
    assert fake.requests[-1][3] == {"identity": IDENTITY, "by": "bob", "ceiling": 2.5}
    done = run("unack", IDENTITY)
    assert fake.requests[-1][:3] == ("DELETE", "/v1/acks", {"identity": IDENTITY})
    assert done.out.endswith("\nNot acknowledged\n")


def test_reload(run, fake):
    done = run("reload")
    assert done.out == "/etc/mailsecd/mailsecd.conf:12: warning: too many tests\nReloaded: 12 domains\n"
    fake.answers["POST /v1/reload"] = (200, {"ok": False, "domains": 12, "problems": [
        {"file": "a.conf", "line": 3, "severity": "error", "text": "there is no key x"}]})
    done = run("reload")
    assert (done.status, done.out) == (
        1, "a.conf:3: there is no key x\nRefused, the old configuration stays in force: 12 domains\n")
    assert run("reload", "--json").status == 1


def test_test_alert(run, fake):
    assert run("test-alert", SUDO_USER="bob").out == "Sent, marked as a test: records 43, 44, 45\n"
    assert fake.requests[-1][3] == {"by": "bob"}


# --- events --------------------------------------------------------------------------------------------


def test_events(run, fake):
    out = run("events").out.splitlines()
    assert fake.requests[-1][2] == {"newest": "1", "limit": "20"}
    assert re.fullmatch(r"(\w+ \d+ )?\d\d:\d\d +16  critical  raised          example.com: message number 16", out[0])
    assert out[1].endswith("example.com: message number 17 (not sent yet)")
    run("events", "x/*", "--since", "2h")
    assert fake.requests[-1][2] == {"match": "x/*", "since": "7200", "limit": "1000"}
    run("events", "--since", "2h", "-n", "3")
    assert fake.requests[-1][2] == {"newest": "1", "since": "7200", "limit": "3"}


def test_events_follow_over_a_restart(fake, start):
    events = [event(1), event(2)]

    def send(_, query):
        after = int(query.get("after", 0))
        return 200, {"events": [e for e in events if e["sequence"] > after], "next": None}

    fake.answers["GET /v1/events"] = send
    client = start("events", "--follow", "-n", "2")
    client.read(lambda c: "number 2" in c.out)
    events.append(event(3))
    client.read(lambda c: "number 3" in c.out)
    fake.stop()
    client.read(lambda c: "waiting for it" in c.err)
    events.append(event(4))
    fake.start()
    client.read(lambda c: "number 4" in c.out)
    assert client.out.count("\n") == 4
    assert "mailsecd is not running" in client.err and "mailsecd answers again" in client.err
    # Its state is lost, and it counts from the beginning.
    fake.stop()
    client.read(lambda c: c.err.count("waiting for it") == 2)
    events[:] = [event(1, message="all new")]
    fake.answers["GET /v1/status"] = (200, {**status(), "records": {"sequence": 1}})
    fake.start()
    client.read(lambda c: "all new" in c.out)
    assert "begun to count anew" in client.err
    client.process.send_signal(signal.SIGINT)
    assert client.wait().status == -signal.SIGINT


def test_events_follow_json(fake, start):
    client = start("events", "-f", "--json")
    client.read(lambda c: c.out.count("\n") == 2)
    assert [json.loads(line)["sequence"] for line in client.out.splitlines()] == [16, 17]
    fake.answers["GET /v1/events"] = (403, {"error": "no"})
    assert client.wait().status == 3


# --- pages ---------------------------------------------------------------------------------------------


def paged(member, elements, key, size):
    def send(_, query):
        after = query.get("after")
        begin = 0 if after is None else int(after) + 1
        page = elements[begin : begin + min(size, int(query["limit"]))]
        end = begin + len(page)
        return 200, {member: page, "next": key(end - 1) if end < len(elements) else None}
    return send


def test_pages(run, fake):
    many = [alert(f"host{i}.example.com") for i in range(25)]
    for key in (str, int):
        fake.answers["GET /v1/alerts"] = paged("alerts", many, key, 10)
        fake.requests.clear()
        done = run("alerts")
        assert done.out.count("\n") == 26
        assert [r[2].get("after") for r in fake.requests] == [None, "9", "19"]
        assert json.loads(run("alerts", "--json").out) == {"alerts": many, "next": None}
    assert run("alerts", "-n", "12").out.count("\n") == 13
    assert json.loads(run("alerts", "--json", "-n", "3").out) == {"alerts": many[:3], "next": 2}


def test_pages_without_end(run, fake):
    fake.answers["GET /v1/alerts"] = (200, {"alerts": [], "next": "again"})
    done = run("alerts")
    assert (done.status, done.err) == (1, "mailsecctl: the answer of mailsecd is not understood\n")
    turn = iter(range(10**9))
    fake.answers["GET /v1/alerts"] = lambda *_: (200, {"alerts": [], "next": str(next(turn))})
    assert run("alerts").status == 1
    assert next(turn) <= 1001


# --- no daemon, and a bad one --------------------------------------------------------------------------


def drop_rights():
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


@each_command
def test_no_daemon(run, fake, words):
    fake.stop()
    for columns in (None, 80):
        done = run(*words, columns=columns)
        assert (done.status, done.out) == (3, "")
        assert done.err.endswith(f"mailsecctl: mailsecd is not running: there is no {fake.path}; see systemctl status "
                                 "mailsecd\n")


def test_nobody_listens(run, fake):
    fake.stop()
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as left:
        left.bind(str(fake.path))
    done = run("status")
    assert done.status == 3 and f"not running: nobody listens at {fake.path}; see systemctl" in done.err


def test_no_permission(program, fake, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs root to become somebody else")
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & stat.S_IXOTH and folder != tmp_path:
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
    # A copy, for the program itself may lie where nobody else can read.
    copy_of = tmp_path / "mailsecctl"
    copy_of.write_bytes(Path(program).read_bytes())
    copy_of.chmod(0o755)
    tmp_path.chmod(0o755)
    fake.path.chmod(0o660)
    done = subprocess.run([copy_of, "-s", fake.path, "status"], preexec_fn=drop_rights, capture_output=True, text=True,
                          timeout=DEADLINE, env=environment(ASAN_OPTIONS="detect_leaks=0"))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (f"mailsecctl: no permission to talk to mailsecd at {fake.path}: be root or in the group that "
                           "control.group of its configuration names\n")


@each_command
def test_refused(run, fake, words):
    for key in fake.answers:
        fake.answers[key] = (403, {"error": "not you"})
    done = run(*words)
    assert (done.status, done.out) == (3, "")
    assert f"mailsecd refuses uid {os.getuid()}: not you: be root or in the group" in done.err


@each_command
def test_errors(run, fake, words):
    for code, document, expected in (
            (500, {"error": "it is broken"}, "it is broken"), (404, {}, "mailsecd answers with status 404 and no reason"),
            (409, [1], "status 409"), (503, b"", "status 503"), (302, {"error": "elsewhere"}, "elsewhere"),
            (200, b"{", "not understood"), (200, b"[]", "not understood"), (200, b"", "not understood"),
            (200, b'{"a": 1} x', "not understood"), (200, b'{"a": "\xff"}', "not understood"),
            (200, b"[" * 1000, "not understood"), (200, b'{"a": 1}\0', "not understood")):
        for key in fake.answers:
            fake.answers[key] = (code, document)
        done = run(*words)
        assert (done.status, done.out) == (1, ""), (code, document)
        assert expected in done.err, (code, document)


def wrong_types(document, wrong):
    """The document with every value that is neither object nor list replaced."""
    if isinstance(document, dict):
        return {key: wrong_types(item, wrong) for key, item in document.items()}
    if isinstance(document, list):
        return [wrong_types(item, wrong) for item in document]
    return wrong(document)


@each_command
@pytest.mark.parametrize("wrong", [None, True, -1, 1e300, "", [[]], {"a": {}}], ids=repr)
def test_wrong_types(run, fake, words, wrong):
    if words[0] in ("test", "poll") and "--no-wait" not in words:
        words = [*words, "--no-wait"]  # a state that is never "done" is waited for
    for key, (code, document) in fake.answers.items():
        fake.answers[key] = (code, {**wrong_types(document, lambda _: wrong), "next": None})
    for columns in (None, 40):
        done = run(*words, columns=columns)
        assert done.status in (0, 1)
        assert done.out or done.err
        check_safe(done.out + done.err)
    fake.answers = {key: (code, {name: wrong for name in document}) for key, (code, document) in fake.answers.items()}
    assert run(*words).status in (0, 1)


EVIL = ["\033[2J\033]0;title\007", "line\nbreak\r\ttab", "\u202eright\u2066to\u2069left\u200f", "\u009bm\x7f\x01\u2028",
        "x" * 10000, "\U0001f600" * 3000, "日本語の名前" * 30, "e\u0301" * 200, "%s%n%d", "\\x1b[31m", "a\0b"]


@each_command
@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_hostile_text(run, fake, words, evil):
    def poison(item, key=None):
        if isinstance(item, dict):
            return {key: poison(item, key) for key, item in item.items()}
        if isinstance(item, list):
            return [poison(element) for element in item]
        return evil if isinstance(item, str) and key not in ("state", "next") else item

    keep = copy.deepcopy(fake.answers)
    for key, (code, document) in keep.items():
        fake.answers[key] = (code, poison(document))
    if words[0] == "history":
        words = [*words, "--source", "symantec"]
    for columns in (None, 80, 40):
        done = run(*words, columns=columns)
        assert done.status in (0, 1)
        check_safe(done.out)
        check_safe(done.err)
        for line in SGR.sub("", done.out).splitlines():
            assert not columns or cells(line) <= columns
    for columns in (None, 80):
        done = run(*words, "--json", columns=columns)
        check_safe(done.out)
        assert json.loads(done.out) in [document for _, document in fake.answers.values()]
    for key in keep:
        fake.answers[key] = (400, {"error": evil})
    done = run(*words, columns=80)
    check_safe(done.err)
    assert done.status == 1 and done.err.startswith("mailsecctl: ")


def test_broken_connections(run, fake):
    def cut(handler, _):
        handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"alerts": [')

    def no_http(handler, _):
        handler.wfile.write(b"hello\r\n\r\n")

    for answer in (cut, no_http, lambda *_: None):
        fake.answers["GET /v1/alerts"] = answer
        done = run("alerts")
        assert (done.status, done.out) == (1, "")
        assert done.err == f"mailsecctl: what answers at {fake.path} does not speak as mailsecd does\n"


def test_huge_answer(run, fake):
    def huge(handler, _):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(100):
                handler.wfile.write(b" " * 1048576)

    fake.answers["GET /v1/alerts"] = huge
    done = run("alerts")
    assert (done.status, done.err) == (1, "mailsecctl: the answer of mailsecd is too big, or memory is short\n")


def test_slow_answer(run, fake, start):
    released = threading.Event()

    def slow(handler, _):
        data = json.dumps(answers()["GET /v1/alerts"][1]).encode()
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data))
        for i in range(0, len(data), 100):
            handler.wfile.write(data[i : i + 100])
            handler.wfile.flush()
            time.sleep(0.01)

    def silent(*_):
        released.wait(DEADLINE)

    fake.answers["GET /v1/alerts"] = slow
    assert run("alerts").status == 0
    # A daemon that hangs does not hold up whoever wants to go.
    fake.answers["GET /v1/alerts"] = silent
    client = start("alerts")
    deadline = time.monotonic() + DEADLINE
    while not fake.asked("GET", "/v1/alerts")[1:] and time.monotonic() < deadline:
        time.sleep(0.01)
    client.process.send_signal(signal.SIGINT)
    begin = time.monotonic()
    assert client.wait().status == -signal.SIGINT
    assert time.monotonic() - begin < 5
    released.set()


# --- the command line ----------------------------------------------------------------------------------


@pytest.mark.parametrize("words, expected", [
    ([], "what? See mailsecctl --help"),
    (["stauts"], 'there is no command "stauts"; did you mean "status"?'),
    (["silnece", "add"], 'there is no command "silnece"; did you mean "silence"?'),
    (["frobnicate"], 'there is no command "frobnicate"; see mailsecctl --help'),
    (["silence"], "silence add, silence list or silence remove?"),
    (["silence", "lits"], 'there is no command "silence lits"; did you mean "silence list"?'),
    (["show"], "something is missing; usage: mailsecctl show DOMAIN"),
    (["show", "a", "b"], "too many arguments; usage: mailsecctl show DOMAIN"),
    (["status", "x"], "too many arguments; usage: mailsecctl status"),
    (["status", "--since", "2d"], "--since does not go with status"),
    (["alerts", "-f"], "--follow does not go with alerts"),
    (["history", "a", "b", "--since", "soon"], "--since soon is no time span"),
    (["history", "a", "b", "--since", "10ms"], "--since 10ms is no time span of a second or more"),
    (["alerts", "-n", "0"], "--number 0 is no number from 1 to 1000"),
    (["alerts", "-n", "1001"], "--number 1001 is no number"),
    (["alerts", "-n", "-1"], "--number -1 is no number"),
    (["alerts", "-n", "99999999999999999999"], "is no number"),
    (["silence", "add", "x", "--for", "2h"], "silence add needs --comment TEXT"),
    (["silence", "add", "x", "--comment", "y"], "either --for SPAN or --until TIME"),
    (["silence", "add", "x", "--comment", "y", "--for", "2h", "--until", "18:00"], "either --for SPAN or --until"),
    (["silence", "add", "x", "--comment", "y", "--until", "noon"], "--until noon is no time; write it like 18:00"),
    (["silence", "add", "x", "--comment", "y", "--until", "2001-01-01 10:00"], "is not in the future"),
    (["silence", "remove", "x"], "x is no number of a silence"),
    (["silence", "remove", "../status"], "is no number of a silence"),
    (["ack", IDENTITY, "--ceiling", "much"], "--ceiling much is neither a number nor a time span"),
    (["--frobnicate"], "unrecognized option"),
    (["st\033[2Jatus"], 'there is no command "st\\x1b[2Jatus"'),
])
def test_usage(run, fake, words, expected):
    done = run(*words)
    assert (done.status, done.out) == (2, "")
    assert expected in done.err
    check_safe(done.err)
    assert fake.requests == []


def test_options_anywhere(program, fake):
    for words in (["--json", "alerts", "-n", "2", "-s", str(fake.path)], ["-s", str(fake.path), "alerts", "-n2", "--json"]):
        done = subprocess.run([program, *words], capture_output=True, text=True, timeout=DEADLINE, env=environment())
        assert done.returncode == 0 and json.loads(done.stdout)["alerts"]
    done = subprocess.run([program, "alerts"], capture_output=True, text=True, timeout=DEADLINE,
                          env=environment(MAILSECCTL_SOCKET=str(fake.path)))
    assert done.returncode == 0
    done = subprocess.run([program, "alerts", "-s", "/" + "x" * 200], capture_output=True, text=True, timeout=DEADLINE,
                          env=environment())
    assert (done.returncode, done.stdout) == (2, "") and "cannot use the socket" in done.stderr


def test_help_and_version(program):
    def run_plain(*words):
        return subprocess.run([program, *words], capture_output=True, text=True, timeout=DEADLINE, env=environment())

    for words in (["--help"], ["status", "--help"], ["--json", "--help", "--version"]):
        done = run_plain(*words)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("Usage: mailsecctl ")
        assert all(len(line) <= 100 for line in done.stdout.splitlines())
    assert re.fullmatch(r"mailsecctl \d+\.\d+\.\d+\n", run_plain("--version").stdout)


def test_reader_that_has_enough(program, fake):
    many = [alert(f"host{i}.example.com") for i in range(1000)]
    fake.answers["GET /v1/alerts"] = (200, {"alerts": many, "next": None})
    done = subprocess.run(["bash", "-c", f"set -o pipefail; '{program}' -s '{fake.path}' alerts | head -1"],
                          capture_output=True, text=True, timeout=DEADLINE, env=environment(), restore_signals=True)
    assert done.stdout.count("\n") == 1 and done.stderr == ""
    assert done.returncode in (0, 128 + signal.SIGPIPE)
    # Where the signal is ignored (as in a service), the write fails.
    done = subprocess.run(["bash", "-c", f"trap '' PIPE; set -o pipefail; '{program}' -s '{fake.path}' alerts | head -1"],
                          capture_output=True, text=True, timeout=DEADLINE, env=environment())
    assert done.stdout.count("\n") == 1 and done.stderr == "" and done.returncode in (0, 1)


@pytest.mark.parametrize("words", [["alerts"], ["alerts", "--json"], ["--help"], ["--version"], ["events"]], ids=repr)
def test_full_disk(program, fake, words):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([program, "-s", fake.path, *words], stdout=full, stderr=subprocess.PIPE, text=True,
                              timeout=DEADLINE, env=environment())
    assert done.returncode == 1
    assert words == ["--version"] or "cannot write: No space left on device" in done.stderr


# --- completion ----------------------------------------------------------------------------------------

COMPLETION = ROOT / "conf" / "mailsecctl.bash"


def complete(program, fake, *words):
    """What the script offers for the last of the words."""
    line = " ".join(words)
    script = (f"source '{COMPLETION}'; COMP_WORDS=({' '.join(repr(word) for word in words)}); "
              f"COMP_CWORD={len(words) - 1}; COMP_LINE={line!r}; COMP_POINT={len(line)}; "
              'complete -p mailsecctl >/dev/null && _mailsecctl && printf "%s\\n" "${COMPREPLY[@]}"')
    folder = str(Path(program).parent)
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, timeout=DEADLINE,
                          env=environment(MAILSECCTL_SOCKET=str(fake.path), PATH=f"{folder}:{os.environ['PATH']}"))
    assert done.stderr == "" and done.returncode == 0, done.stderr
    return sorted(word.strip() for word in done.stdout.splitlines() if word.strip())


def help_commands(program):
    text = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=DEADLINE, env=environment()).stdout
    body = text.split("\n\n")[1]
    return text, [re.match(r"  ((?:silence )?[a-z-]+)", line)[1] for line in body.splitlines() if line[2] != " "]


def test_completion_of_commands_and_options(program, fake):
    text, commands = help_commands(program)
    assert len(commands) == 16
    assert complete(program, fake, "mailsecctl", "") == sorted({command.split()[0] for command in commands})
    assert complete(program, fake, "mailsecctl", "te") == ["test", "test-alert"]
    assert complete(program, fake, "mailsecctl", "silence", "") == ["add", "list", "remove"]
    offered = set(complete(program, fake, "mailsecctl", "-"))
    for command in {command.split()[0] for command in commands}:
        offered |= set(complete(program, fake, "mailsecctl", command, "-"))
    for second in ("add", "list", "remove"):
        offered |= set(complete(program, fake, "mailsecctl", "silence", second, "-"))
    options = set(re.findall(r"(?<![\w-])--[a-z-]+", text.split("\n\n")[2]))
    assert {word for word in offered if word.startswith("--")} == options


def test_completion_of_names(program, fake):
    names = ["a-quite-long-name-of-a-domain.example.net", "example.com"]
    assert complete(program, fake, "mailsecctl", "show", "") == names
    assert complete(program, fake, "mailsecctl", "test", "ex") == ["example.com"]
    assert complete(program, fake, "mailsecctl", "--json", "history", "e") == ["example.com"]
    assert complete(program, fake, "mailsecctl", "ack", "sym") == [
        IDENTITY, "symantec/mail.example.net/outbound_oldest"]
    assert complete(program, fake, "mailsecctl", "explain", "symantec/e") == [IDENTITY]
    assert "inbound_oldest" in complete(program, fake, "mailsecctl", "history", "example.com", "")
    assert complete(program, fake, "mailsecctl", "history", "x", "y", "--source", "") == ["immuniweb", "symantec"]
    assert complete(program, fake, "mailsecctl", "silence", "remove", "") == ["3"]
    # A name that a shell would run is not offered.
    fake.answers["GET /v1/domains"] = (200, {"domains": [{"name": "$(touch x)"}, {"name": "a b"}], "next": None})
    assert complete(program, fake, "mailsecctl", "show", "") == []
    fake.stop()
    assert complete(program, fake, "mailsecctl", "show", "") == []
