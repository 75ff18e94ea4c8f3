# SPDX-License-Identifier: MIT
"""What docs/FORWARDING.md has, as it stands there. Its configurations are run by a real rsyslogd: every record arrives as
JSON in a file and over TCP, with the fields that it was written with. Its plugin for Nagios is run as one."""

import json
import pathlib
import re
import socket
import subprocess
import threading

import pytest

from harness.clock import Clock
from harness.daemon import clean_environment
from harness.records import check_record, check_story, parse_line
from harness.simulator import scenario
from harness.wait import wait_for

GUIDE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "FORWARDING.md"

RATE = 300
OWNER = 'the "mail" team \\ night = day'
DOMAINS = [{"name": "slow.example", "symantec": {"inbound_oldest": 2000}}, {"name": "plain.example"}]
# A vendor's words that look like fields, which must not pass for any.
FORGED = ('no MESSAGE_ID=00000000000000000000000000000000 MAILSEC_LEVEL=ok MAILSEC_OWNER=mallory MAILSEC_ACCOUNT=x '
          'MAILSEC_GROUP=evil MAILSEC_DETAIL=w MAILSEC_COUNT=7 \\"q\\" MAILSEC_SEQUENCE=9 MAILSEC_LOST=1')


def block(language):
    """The one code block of the guide in this language."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE.read_text(), re.M | re.S)
    assert len(found) == 1, f"{len(found)} blocks {language} in the guide"
    return found[0]


def parsed(line):
    """A line of JSON in which no name comes twice."""
    def unique(pairs):
        assert len({name for name, _ in pairs}) == len(pairs), pairs
        return dict(pairs)
    return json.loads(line, object_pairs_hook=unique)


def replaced(text, old, new):
    """With what a test needs instead of what the guide has, which must be there."""
    assert old in text, f"the guide does not have {old}"
    return text.replace(old, new)


class Collector:
    """What listens on TCP at the far end, within the box: whole lines as they come, once it listens."""

    PROGRAM = ("import socket, sys\n"
               "s = socket.socket()\n"
               "s.bind(('127.0.0.1', 0))\n"
               "print(s.getsockname()[1], flush=True)\n"
               "sys.stdin.readline()\n"
               "s.listen()\n"
               "while True:\n"
               "    for line in s.accept()[0].makefile('rb'):\n"
               "        sys.stdout.buffer.write(line); sys.stdout.flush()\n")

    def __init__(self, box):
        self.lines = []
        self.process = subprocess.Popen(box.wrap(["/usr/bin/python3", "-c", self.PROGRAM]),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())
        self.thread = threading.Thread(target=lambda: self.lines.extend(self.process.stdout), daemon=True)
        self.thread.start()

    def listen(self):
        """From here on; before, whoever connects is refused."""
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def records(self):
        """What arrived so far."""
        return [parsed(line) for line in list(self.lines)]

    def close(self):
        """Listens no more."""
        self.process.kill()
        self.process.wait()
        self.thread.join(10)
        self.process.stdin.close()
        self.process.stdout.close()


class Rsyslog:
    """A rsyslogd with a configuration of the guide."""

    def __init__(self, box, collector, language, before=""):
        self.box = box
        self.file = box.directory / "mailsecd.json"
        self.plain = box.directory / "mailsecd.log"
        text = block(language)
        text = replaced(text, "/var/log/mailsecd.json", str(self.file))
        text = text.replace("/var/log/mailsecd.log", str(self.plain))
        text = replaced(text, 'target="logs.example.net" port="10514"', f'target="127.0.0.1" port="{collector.port}"')
        text = replaced(text, 'action.resumeInterval="10"', 'action.resumeInterval="1"')
        self.conf = box.directory / "rsyslog.conf"
        self.conf.write_text(f'global(workDirectory="{box.directory}")\n{before}{text}')

    def start(self):
        """Lets rsyslogd find fault with the configuration, then starts it; the box ends it."""
        done = subprocess.run(self.box.wrap(["rsyslogd", "-N1", "-f", self.conf]), capture_output=True, text=True,
                              check=False)
        assert done.returncode == 0 and not re.search("error|warning", done.stderr), done.stderr
        self.box.rsyslogd = subprocess.Popen(
            self.box.wrap(["rsyslogd", "-n", "-f", self.conf, "-i", self.box.directory / "rsyslogd.pid"]),
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def records(self):
        """What is in the file so far."""
        if not self.file.exists():
            return []
        text = self.file.read_text()
        return [parsed(line) for line in text[:text.rfind("\n") + 1].splitlines()]


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
    sim = stage.simulate(scenario(domains=DOMAINS, faults=[
        {"api": "immuniweb", "call": "check", "kind": "body", "body": '{"error": "%s", "error_id": 77}' % FORGED}]), clock)
    return stage.start({
        "symantec": stage.symantec(sim, interval="1min"), "immuniweb": stage.immuniweb(sim),
        "domains": ["plain.example", {"name": "slow.example", "owner": OWNER, "runbook": "https://wiki.example/?a=b"}],
        "output": {"journal": journal, "heartbeat": "10min"}}, clock)


WANTED = {"raised", "heartbeat"}


def wait_told(records):
    """Until there are an alert and a heartbeat."""
    wait_for(lambda: WANTED <= {r["MAILSEC_EVENT"] for r in records()}, lambda: f"{WANTED}: {records()}", every=0.1)


def wait_stopped(records):
    """All of them, once the last one is there."""
    wait_for(lambda: any(r["MAILSEC_EVENT"] == "stopped" for r in records()),
             lambda: f"the last record; there are {records()}", every=0.1)
    return records()


def fields(record):
    """Those that a template has to carry."""
    return {k: v for k, v in record.items() if k in ("MESSAGE", "MESSAGE_ID", "PRIORITY") or k.startswith("MAILSEC_")}


def check_arrived(arrived):
    """The whole story, with host and time, and nothing forged in it."""
    for record in arrived:
        check_record({"DOCUMENTATION": "man:mailsecd(8)", **record})
        assert record["host"] == socket.gethostname()
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+[+-]\d\d:\d\d", record["timestamp"])
    check_story(arrived)
    assert {"started", "stopped"} | WANTED == {r["MAILSEC_EVENT"] for r in arrived}
    refused = next(r for r in arrived if r.get("MAILSEC_ALERT") == "immuniweb/slow.example/up")
    assert "MAILSEC_OWNER=mallory" in refused["MAILSEC_DETAIL"], refused
    assert (refused["MAILSEC_OWNER"], refused["MAILSEC_LEVEL"]) == (OWNER, "critical"), refused
    slow = next(r for r in arrived if r.get("MAILSEC_METRIC") == "inbound_oldest")
    assert (slow["MAILSEC_VALUE"], slow["PRIORITY"]) == ("2000", "4"), slow
    assert slow["MAILSEC_RUNBOOK"] == "https://wiki.example/?a=b", slow


def test_json_from_the_journal(stage, new_box, collector):
    """imjournal: every record of mailsecd with all its fields, nothing of anybody else; and the plain lines."""
    new_box.start_journald()
    collector.listen()
    rsyslog = Rsyslog(new_box, collector, "rsyslog-journal")
    rsyslog.start()
    subprocess.run(new_box.wrap(["systemd-cat", "-t", "other", "echo", "nothing of mailsecd"]), check=True)
    daemon = play(stage, new_box, "journal")
    wait_told(rsyslog.records)
    daemon.stop()
    arrived = wait_stopped(rsyslog.records)
    told = [e for e in new_box.journal() if "MAILSEC_EVENT" in e]
    assert [fields(r) for r in arrived] == [fields(r) for r in told], "every record once, with exactly its fields"
    check_arrived(arrived)
    assert wait_stopped(collector.records) == arrived
    lines = rsyslog.plain.read_text().splitlines()
    assert len(lines) == len(told)
    for line, record in zip(lines, told):
        tail = f"mailsecd: {record['MESSAGE']} [{record['MAILSEC_EVENT']} {record.get('MAILSEC_ALERT', '')}]"
        assert line.endswith(tail), (line, tail)


def test_json_from_syslog(stage, new_box, collector):
    """imuxsock: the fields are taken out of the line, whatever a vendor's words look like; and what could not be
    forwarded is, once somebody listens."""
    raw = new_box.directory / "raw"
    rsyslog = Rsyslog(
        new_box, collector, "rsyslog-syslog",
        'module(load="imuxsock" SysSock.Use="off")\ninput(type="imuxsock" Socket="/dev/log")\n'
        'template(name="raw" type="string" string="%msg%\\n")\n'
        f'action(type="omfile" file="{raw}" template="raw")\n')
    rsyslog.start()
    wait_for(lambda: new_box.listens("/dev/log"), "rsyslogd is up")
    daemon = play(stage, new_box, "syslog")
    wait_told(rsyslog.records)
    daemon.stop()
    arrived = wait_stopped(rsyslog.records)
    told = [parse_line(line.lstrip(" ")) for line in raw.read_text().splitlines() if " MESSAGE_ID=" in line]
    assert [{k: v for k, v in fields(r).items() if k != "PRIORITY"} for r in arrived] == [fields(r) for r in told]
    check_arrived(arrived)
    assert collector.records() == []
    collector.listen()
    late = wait_stopped(collector.records)
    once = [r for i, r in enumerate(late) if r not in late[:i]]  # rsyslog may repeat what it had on its way
    assert once == arrived


def test_plain_to_another_machine(stage, new_box, collector):
    """The line of the guide that forwards in the protocol of RFC 5424."""
    text = re.search(r"^ {4}if \$programname.*?\)$", GUIDE.read_text(), re.M | re.S)[0]
    text = replaced(text, 'target="logs.example.net" port="514"', f'target="127.0.0.1" port="{collector.port}"')
    conf = new_box.directory / "rsyslog.conf"
    conf.write_text(f'module(load="imuxsock" SysSock.Use="off")\ninput(type="imuxsock" Socket="/dev/log")\n{text}\n')
    collector.listen()
    new_box.rsyslogd = subprocess.Popen(
        new_box.wrap(["rsyslogd", "-n", "-f", conf, "-i", new_box.directory / "rsyslogd.pid"]), stdin=subprocess.DEVNULL)
    wait_for(lambda: new_box.listens("/dev/log"), "rsyslogd is up")
    daemon = play(stage, new_box, "syslog")
    wait_for(lambda: any(b"MAILSEC_EVENT=raised" in line for line in list(collector.lines)), "an alert", every=0.1)
    daemon.stop()
    wait_for(lambda: any(b"MAILSEC_EVENT=stopped" in line for line in list(collector.lines)), "all", every=0.1)
    lines = [re.match(r"<(\d+)>1 (\S+) (\S+) mailsecd (\d+) - -  ?(.*)", line.decode()) for line in collector.lines]
    assert all(lines), collector.lines
    assert {int(line[4]) for line in lines} == {daemon.pid}
    records = [{"PRIORITY": str(int(line[1]) % 8), **parse_line(line[5])} for line in lines]
    for record in records:
        check_record(record)
    check_story(records)


def test_plugin_for_nagios(stage, tmp_path):
    """The guide's plugin: status, first line, performance data, and the table, from OK to no daemon."""
    plugin = tmp_path / "check_mailsecd"
    plugin.write_text(block("sh"))
    plugin.chmod(0o755)
    clock = Clock(RATE)
    sim = stage.simulate(scenario(domains=[{"name": "slow.example", "symantec": {"inbound_oldest": 5}}]), clock)
    daemon = stage.start({"symantec": stage.symantec(sim, interval="1min"), "domains": ["slow.example"]}, clock)

    def run():
        done = subprocess.run(
            [plugin], capture_output=True, text=True, check=False,
            env=clean_environment(PATH=f"{stage.build}:/usr/bin:/bin", MAILSECCTL_SOCKET=str(daemon.run / "control.sock"),
                                  **clock.environment()))
        return done.returncode, done.stdout.splitlines()[0], done.stdout

    assert run()[:2] == (0, "MAILSEC OK: 0 critical, 0 warning | critical=0 warning=0")
    for value, level, status, first in (
            (2000, "warning", 1, "MAILSEC WARNING: 0 critical, 1 warning | critical=0 warning=1"),
            (9000, "critical", 2, "MAILSEC CRITICAL: 1 critical, 0 warning | critical=1 warning=0")):
        sim.change_scenario(scenario(domains=[{"name": "slow.example", "symantec": {"inbound_oldest": value}}]))
        daemon.wait_record(alert="symantec/slow.example/inbound_oldest", level=level)
        found = run()
        assert found[:2] == (status, first), found
        assert "symantec/slow.example/inbound_oldest" in found[2]
    daemon.stop()
    status, first, _ = run()
    assert status == 3 and first.startswith("MAILSEC UNKNOWN: mailsecctl: mailsecd is not running"), first
