# SPDX-License-Identifier: MIT
"""The configurations of docs/FORWARDING.md, as they stand there, run by a real rsyslogd: every record arrives as JSON in
a file and over TCP, with the fields that it was written with."""

import json
import pathlib
import re
import socket
import subprocess
import threading

import pytest

from harness.box import decode_entry
from harness.clock import Clock
from harness.simulator import scenario
from harness.wait import wait_for

GUIDE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "FORWARDING.md"

RATE = 300
OWNER = 'the "mail" team \\ night = day'
SLOW = {"name": "slow.example", "symantec": {"inbound_oldest": 2000}}
# A vendor's words that look like fields, which must not pass for any.
FORGED = 'no MESSAGE_ID=00000000000000000000000000000000 MAILSEC_LEVEL=ok MAILSEC_OWNER=mallory MAILSEC_SEQUENCE=9 \\"q\\"'


def block(language):
    """The one code block of the guide in this language."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE.read_text(), re.M | re.S)
    assert len(found) == 1, f"{len(found)} blocks {language} in the guide"
    return found[0]


def replaced(text, old, new):
    """With what a test needs instead of what the guide has, which must be there."""
    assert old in text, f"the guide does not have {old}"
    return text.replace(old, new)


class Collector:
    """What listens on TCP at the far end, within the box: whole lines as they come."""

    PROGRAM = ("import socket, sys\n"
               "s = socket.create_server(('127.0.0.1', 0))\n"
               "print(s.getsockname()[1], flush=True)\n"
               "while True:\n"
               "    for line in s.accept()[0].makefile('rb'):\n"
               "        sys.stdout.buffer.write(line); sys.stdout.flush()\n")

    def __init__(self, box):
        self.lines = []
        self.process = subprocess.Popen(box.wrap(["/usr/bin/python3", "-c", self.PROGRAM]),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())
        self.thread = threading.Thread(target=lambda: self.lines.extend(self.process.stdout), daemon=True)
        self.thread.start()

    def close(self):
        """Listens no more."""
        self.process.kill()
        self.process.wait()
        self.thread.join(10)
        self.process.stdout.close()


class Rsyslog:
    """A rsyslogd with a configuration of the guide."""

    def __init__(self, box, collector, language, before=""):
        self.box = box
        self.file = box.directory / "mailsecd.json"
        text = block(language)
        text = replaced(text, "/var/log/mailsecd.json", str(self.file))
        text = replaced(text, 'target="logs.example.net" port="10514"', f'target="127.0.0.1" port="{collector.port}"')
        self.conf = box.directory / "rsyslog.conf"
        self.conf.write_text(f'global(workDirectory="{box.directory}")\n{before}{text}')
        self.process = None

    def check(self):
        """rsyslogd's own look at the configuration finds nothing."""
        done = subprocess.run(self.box.wrap(["rsyslogd", "-N1", "-f", self.conf]), capture_output=True, text=True,
                              check=False)
        assert done.returncode == 0 and "error" not in done.stderr, done.stderr

    def start(self):
        """Starts it; the box ends it."""
        self.check()
        self.process = subprocess.Popen(
            self.box.wrap(["rsyslogd", "-n", "-f", self.conf, "-i", self.box.directory / "rsyslogd.pid"]),
            stdin=subprocess.DEVNULL)
        self.box.rsyslogd = self.process

    def records(self):
        """What is in the file so far."""
        if not self.file.exists():
            return []
        return [json.loads(line) for line in self.file.read_text().splitlines()]


@pytest.fixture
def collector(new_box):
    """Somebody at the far end."""
    collector = Collector(new_box)
    yield collector
    collector.close()


def play(stage, box, journal):
    """A daemon that tells of a slow queue and of a test that is refused in odd words."""
    stage.box, stage.follower = box, None
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=[SLOW], faults=[
        {"api": "immuniweb", "call": "check", "kind": "body", "body": '{"error": "%s", "error_id": 77}' % FORGED}]), clock)
    return stage.start({
        "symantec": stage.symantec(sim, interval="1min"), "immuniweb": stage.immuniweb(sim),
        "domains": [{"name": "slow.example", "owner": OWNER, "runbook": "https://wiki.example/?a=b"}],
        "output": {"journal": journal, "heartbeat": "10min"}}, clock)


WANTED = {"started", "raised", "heartbeat", "stopped"}


def wait_arrived(rsyslog, collector):
    """Until the last record is in the file and at the far end; both then."""
    def there():
        return [json.loads(line) for line in list(collector.lines)]
    for arrived in (rsyslog.records, there):
        wait_for(lambda a=arrived: any(r["MAILSEC_EVENT"] == "stopped" for r in a()),
                 lambda a=arrived: f"the last record; there are {a()}", every=0.1)
    return rsyslog.records(), there()


def fields(record):
    """Those that a template has to carry."""
    return {k: v for k, v in record.items() if k in ("MESSAGE", "MESSAGE_ID", "PRIORITY") or k.startswith("MAILSEC_")}


def check_arrived(arrived, told, host):
    """Every record once, with exactly its fields."""
    assert [fields(r) for r in arrived] == [fields(r) for r in told]
    assert WANTED <= {r["MAILSEC_EVENT"] for r in arrived}
    refused = next(r for r in arrived if r.get("MAILSEC_ALERT") == "immuniweb/slow.example/up")
    assert "MAILSEC_OWNER=mallory" in refused["MAILSEC_DETAIL"], refused
    assert (refused["MAILSEC_OWNER"], refused["MAILSEC_LEVEL"]) == (OWNER, "critical"), refused
    assert {r["host"] for r in arrived} == {host}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+[+-]\d\d:\d\d", r["timestamp"]) for r in arrived)


def told_story(daemon):
    """Waits until the daemon has told what is looked for, and stops it."""
    def heartbeats():
        return [m for m in daemon.notify.messages if re.search(r"\b[3-9] records|\d\d records", m[2].get("STATUS", ""))]
    return heartbeats


def test_json_from_the_journal(stage, new_box, collector):
    """imjournal: every field of every record of mailsecd, nothing of anybody else."""
    new_box.start_journald()
    rsyslog = Rsyslog(new_box, collector, "rsyslog-journal")
    rsyslog.start()
    subprocess.run(new_box.wrap(["systemd-cat", "-t", "other", "echo", "nothing of mailsecd"]), check=True)
    daemon = play(stage, new_box, "journal")
    wait_for(lambda: {"raised", "heartbeat"} <= {r["MAILSEC_EVENT"] for r in rsyslog.records()}, "a heartbeat", every=0.1)
    daemon.stop()
    told = [e for e in new_box.journal() if "MAILSEC_EVENT" in e]
    for arrived in wait_arrived(rsyslog, collector):
        check_arrived(arrived, told, socket.gethostname())


def test_json_from_syslog(stage, new_box, collector):
    """imuxsock: the fields are taken out of the line, whatever a vendor's words look like."""
    rsyslog = Rsyslog(new_box, collector, "rsyslog-syslog",
                      'module(load="imuxsock" SysSock.Use="off")\ninput(type="imuxsock" Socket="/dev/log")\n')
    rsyslog.start()
    wait_for(lambda: new_box._listens("/dev/log"), "rsyslogd is up")
    daemon = play(stage, new_box, "syslog")
    wait_for(lambda: {"raised", "heartbeat"} <= {r["MAILSEC_EVENT"] for r in rsyslog.records()}, "a heartbeat", every=0.1)
    daemon.stop()
    arrived, there = wait_arrived(rsyslog, collector)
    print(json.dumps(arrived, indent=1))
