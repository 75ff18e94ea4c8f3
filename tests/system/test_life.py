# SPDX-License-Identifier: MIT
"""The whole life of an installation on a booted machine with a real systemd: from the package to its purge.

The steps build on one another, so they are one test. What was typed and what came of it is in a transcript, whose path
is printed (pytest -s), or is named by MAILSEC_TRANSCRIPT."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

from harness import machine as machines
from harness.life import content
from harness.libconf import document
from harness.machine import CannotBoot, Machine
from harness.records import brief, check_levels, check_record, pick
from harness.simulator import API_KEY, PASSWORD, SECRETS, USER, check_requests, scenario
from harness.wait import wait_for

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
UNIT = "mailsecd.service"
DROP_INS = "/etc/systemd/system/mailsecd.service.d"
DOMAINS = [f"d{i}.example" for i in range(10)]
OLD = "symantec/d0.example/inbound_oldest"
UNIT_STARTED = "39f53479d3a045ac8e11786248231fbf"  # SD_MESSAGE_UNIT_STARTED


def run(*command):
    """Runs a command of this machine, without what a make that called us wants of other makes; its output."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run([str(word) for word in command], env=environment, cwd=CHECKOUT, text=True, timeout=300,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, f"{command}: exit status {done.returncode}\n{done.stdout[-4000:]}"
    return done.stdout


def packages(folder):
    """The package and one of a higher version; None where there is no debhelper."""
    if not shutil.which("dh_installsystemd") or not shutil.which("dpkg-buildpackage"):
        return None
    version = re.search(r"^VERSION\s*:= (\S+)", (CHECKOUT / "Makefile").read_text(), re.M)[1]
    first = pathlib.Path(run("systemd/debian/build.sh", folder, version).splitlines()[-1])
    tree = folder / "next"
    run("dpkg-deb", "--raw-extract", first, tree)
    control = tree / "DEBIAN/control"
    control.write_text(control.read_text().replace(f"Version: {version}\n", f"Version: {version}+next\n"))
    run("dpkg-deb", "--root-owner-group", "-Zgzip", "--build", tree, folder / "next.deb")
    return first, folder / "next.deb"


class Installation:
    """mailsecd and a simulator on one machine."""

    def __init__(self, machine, build, debs):
        self.machine = machine
        self.build = build
        self.debs = debs
        self.sh = machine.sh
        self.requests = []
        self.last = 0  # the number of the newest record known

    # --- the package, or what there is in its place -----------------------------------------------------

    def install(self):
        """The package of the machine's own package manager, or `make install`."""
        if self.debs:
            return self.install_package(self.debs[0])
        run("make", "-s", "-o", self.build / "mailsecd", "-o", self.build / "mailsecctl", "install", f"B={self.build}",
            "PREFIX=/usr", f"DESTDIR={self.machine.path('/')}")
        return self.sh("journalctl --update-catalog; systemctl daemon-reload")

    def install_package(self, package):
        shutil.copy(package, self.machine.path("/root/") / package.name)
        return self.sh(f"dpkg --install /root/{package.name}")

    # --- the services it asks ---------------------------------------------------------------------------

    def start_simulator(self):
        folder = self.machine.path("/root/sim")
        folder.mkdir()
        shutil.copy(self.build / "mailsec-sim", folder)
        (folder / "scenario").write_text(document(self.scenery()))
        self.sh("systemd-run --quiet --unit=sim /root/sim/mailsec-sim --scenario /root/sim/scenario "
                "--port-file /root/sim/port --ca-file /root/sim/ca.pem --log /root/sim/log", quiet=True)
        wait_for((folder / "port").exists, "the simulator is up")
        return json.loads((folder / "port").read_text())

    @staticmethod
    def scenery(old=(), blacklisted=(), **members):
        """The ages of the queues in seconds by domain, and the domains on a blacklist."""
        return scenario([{"name": name, "symantec": {"inbound_messages": 7, "inbound_oldest": dict(old).get(name, 20)},
                          "immuniweb": {"blacklist_count": 2 if name in blacklisted else 0}} for name in DOMAINS],
                        immuniweb={"test_duration": "1s"}, **members)

    def play(self, **wanted):
        """Plays another scenario from here on."""
        before = sum("event" in line for line in self.log())
        self.machine.path("/root/sim/scenario").write_text(document(self.scenery(**wanted)))
        self.sh("systemctl kill --signal=HUP sim", quiet=True)
        wait_for(lambda: sum("event" in line for line in self.log()) > before, "the scenario is read")
        assert [line["detail"] for line in self.log() if line.get("event") == "reload"][-1] == "done"

    def log(self):
        """What the simulator was asked so far."""
        text = self.machine.path("/root/sim/log").read_text()
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]

    # --- what the daemon tells --------------------------------------------------------------------------

    def pid(self):
        return int(self.machine.show(UNIT, "MainPID"))

    def status(self):
        return json.loads(self.sh("mailsecctl --json status", quiet=True))

    def copies(self):
        """Every copy of every record, as the journal has them."""
        return [e for e in self.machine.journal("SYSLOG_IDENTIFIER=mailsecd") if "MAILSEC_EVENT" in e]

    def records(self, **wanted):
        """Each record with these fields once, by its number, which may not mean two things."""
        found = {}
        for record in self.copies():
            first = found.setdefault(int(record["MAILSEC_SEQUENCE"]), record)
            assert content(first) == content(record), brief([first, record])
        return pick([found[number] for number in sorted(found)], **wanted)

    def wait_record(self, number=1, **wanted):
        return wait_for(lambda: self.records(**wanted)[number - 1:],
                        lambda: f"{number} records {wanted}: {brief(self.records())}", every=0.1)[0]

    def check_nothing_lost(self):
        """Every number up to the newest is in the journal."""
        newest = wait_for(lambda: not self.status()["records"]["queued"] and self.status()["records"]["sequence"],
                          "no record waits")
        wait_for(lambda: [int(r["MAILSEC_SEQUENCE"]) for r in self.records()] == list(range(1, newest + 1)),
                 lambda: f"records 1 to {newest} are in the journal: {brief(self.records())}", every=0.1)
        assert newest >= self.last, "the numbers go on"
        self.last = newest

    def restart(self):
        self.sh("systemctl reset-failed mailsecd", quiet=True)  # the limit of starts is for failures
        self.sh("systemctl daemon-reload; systemctl restart mailsecd")

    def check_still_told_once(self):
        """The alert that has stood since the beginning was told once, though everything was polled again."""
        self.sh("mailsecctl poll")
        assert [r["MAILSEC_EVENT"] for r in self.records(alert=OLD)] == ["raised"]
        assert OLD in self.sh("mailsecctl alerts", quiet=True)


# --- the steps, in their order --------------------------------------------------------------------------


def installed(life):
    """Nothing is started, and what is to be done is said."""
    said = life.install()
    assert life.sh("systemctl is-enabled mailsecd", expect=1) == "disabled\n"
    assert life.sh("systemctl is-active mailsecd", expect=3) == "inactive\n"
    if life.debs:
        assert "there is no domain to watch; one line adds one" in said
        assert "mailsecd --check-config && systemctl enable --now mailsecd" in said


def unconfigured_start_is_refused(life):
    """It fails at once, says which line to add, and is not tried again."""
    life.sh("systemctl start mailsecd", expect=1)
    shown = life.sh("systemctl show mailsecd --property=ActiveState,Result,ExecMainStatus,NRestarts").split()
    assert set(shown) == {"ActiveState=failed", "Result=exit-code", "ExecMainStatus=2", "NRestarts=0"}
    said = life.sh("journalctl --unit mailsecd --output=cat --no-pager")
    assert ('/etc/mailsecd/mailsecd.conf:1: there is no domain to watch; one line adds one: '
            'domains = ( "example.com" );') in said
    assert not life.machine.journal(f"MESSAGE_ID={UNIT_STARTED}", f"UNIT={UNIT}"), "it was never ready"
    assert not life.copies()


def configured(life):
    """Domains, an account, and secrets in the credential store."""
    at = life.start_simulator()
    config = {
        "symantec": {"url": at["symantec_url"], "username": USER, "ca_file": "/etc/mailsecd/ca.pem", "interval": "10s",
                     "timeout": "5s"},
        "immuniweb": {"url": at["immuniweb_url"], "ca_file": "/etc/mailsecd/ca.pem", "interval": "1day",
                      "poll_min": "1s", "daily_tests": 0},
        "policy": {"raise_after": 1, "clear_after": 1, "flap_limit": 0, "group_over": 0},
        "domains": [{"name": DOMAINS[0], "owner": "mail-team", "runbook": "https://wiki.example.org/mail"},
                    *DOMAINS[1:]],
    }
    shutil.copyfile(life.machine.path("/root/sim/ca.pem"), life.machine.path("/etc/mailsecd/ca.pem"))
    life.machine.path("/etc/mailsecd/mailsecd.conf").write_text(document(config))
    life.sh("install -d -m 700 /etc/credstore")
    life.sh("umask 077; cat >/etc/credstore/symantec.password", text=PASSWORD)
    life.sh("umask 077; cat >/etc/credstore/immuniweb.key", text=API_KEY)
    assert life.sh("mailsecd --check-config") == ""


def ready_only_when_it_works(life):
    """When `systemctl start` is back, it watches, answers and tells."""
    life.sh("systemctl enable --now mailsecd")
    status = life.status()
    assert status["domains"] == len(DOMAINS)
    assert life.sh("systemctl is-active mailsecd") == "active\n"
    assert life.machine.show(UNIT, "Type") == "notify"
    assert len(life.machine.journal(f"MESSAGE_ID={UNIT_STARTED}", f"UNIT={UNIT}")) == 1
    started = life.wait_record(event="started")
    assert f"watching {len(DOMAINS)} domains, 2 sources, records go to journal" in started["MESSAGE"]
    wait_for(lambda: all(a["last"] for a in life.status()["accounts"]), lambda: f"all are asked: {life.status()}",
             every=0.2)


def alerts_have_all_fields(life):
    """What journald itself notes of each record: the unit, and the user that systemd made up for it."""
    life.play(old={DOMAINS[0]: 9000, DOMAINS[1]: 1800}, blacklisted=[DOMAINS[2]])
    life.sh("mailsecctl poll")
    life.sh(f"mailsecctl test {DOMAINS[2]}")
    alert = life.wait_record(alert=OLD, event="raised")
    life.wait_record(alert=f"symantec/{DOMAINS[1]}/inbound_oldest", event="raised", level="warning")
    listed = life.wait_record(alert=f"immuniweb/{DOMAINS[2]}/blacklist_count", event="raised", level="warning")
    assert listed["MAILSEC_DETAIL"]
    owner = life.machine.path("/var/lib/private/mailsecd/state.db").stat().st_uid
    assert 61184 <= owner <= 65519, "a dynamic user"
    for record in life.records():
        check_record(record)
        assert record["_SYSTEMD_UNIT"] == UNIT and record["_COMM"] == "mailsecd" and record["_TRANSPORT"] == "journal"
        assert record["_UID"] == str(owner) and record["_PID"] == str(life.pid())
        assert record["SYSLOG_IDENTIFIER"] == "mailsecd"
    assert alert["PRIORITY"] == "2" and alert["MAILSEC_LEVEL"] == "critical" and alert["MAILSEC_UNIT"] == "seconds"
    assert alert["MAILSEC_VALUE"] == "9000" and alert["MAILSEC_LIMIT"] == "3600"
    assert alert["MAILSEC_OWNER"] == "mail-team" and alert["MAILSEC_RUNBOOK"] == "https://wiki.example.org/mail"
    life.sh(f"journalctl --output=verbose --no-pager MAILSEC_ALERT={OLD}")


def catalog_explains(life):
    """`journalctl -x` has a text for the alert, filled in."""
    said = life.sh(f"journalctl -x --no-pager MAILSEC_ALERT={OLD}")
    assert f"Subject: Mail alert raised: {OLD}" in said
    assert "Documentation: man:mailsecd-alerts(7)" in said
    assert f"journalctl MAILSEC_ALERT={OLD}" in said
    # A variable that the record has no field for would stand there as it is.
    assert not re.search(r"@[A-Z_]+@", said), said


def status_line_is_useful(life):
    """It counts what is watched and what is wrong, and says when it asks next."""
    # It is told a second at most after the record.
    wait_for(lambda: "2 warning" in life.machine.show(UNIT, "StatusText"), "the status counts the alerts")
    said = life.sh("systemctl status --no-pager --lines=3 mailsecd")
    line = re.search(r'^ +Status: "(.*)"$', said, re.M)[1]
    assert re.fullmatch(r"10 domains, 2 sources; 1 critical, 2 warning; next run [A-Za-z0-9 ]*\d\d:\d\d", line)


def memory_is_small(life):
    """Idle, with 10 domains of two sources."""
    said = life.sh("grep -E '^(VmRSS|VmHWM|RssAnon|RssFile|VmLck|Threads)' " + f"/proc/{life.pid()}/status")
    assert int(re.search(r"VmRSS:\s+(\d+) kB", said)[1]) <= 16 * 1024, said
    life.sh("stat --format='%n: %s bytes' /usr/sbin/mailsecd /usr/bin/mailsecctl /root/*.deb", expect=None)


def reload(life):
    """A good one is in force when `systemctl reload` and a moment have passed; a bad one shows until it is mended."""
    pid = life.pid()
    life.machine.path("/etc/mailsecd/conf.d/more.conf").write_text('domains = ( "more.example" );\n')
    life.sh("systemctl reload mailsecd")
    life.wait_record(event="reloaded", MESSAGE="configuration reloaded: 11 domains, 2 sources")
    life.machine.path("/etc/mailsecd/conf.d/more.conf").write_text("domains = ( );\nnonsense = 1;\n")
    life.sh("systemctl reload mailsecd", expect=None)
    refused = life.wait_record(event="reload-refused")
    assert refused["PRIORITY"] == "3" and "/etc/mailsecd/conf.d/more.conf:2: " in refused["MESSAGE"]
    wait_for(lambda: "the last reload was refused" in life.machine.show(UNIT, "StatusText"), "the status says so")
    life.sh("systemctl status --no-pager --lines=0 mailsecd")
    assert "conf.d/more.conf:2: " in life.sh("mailsecctl reload", expect=1)
    assert life.status()["domains"] == 11, "the configuration before it is in force"
    life.machine.path("/etc/mailsecd/conf.d/more.conf").unlink()
    life.sh("systemctl reload mailsecd")
    life.wait_record(number=2, event="reloaded")
    wait_for(lambda: "refused" not in life.machine.show(UNIT, "StatusText"), "the status is as before")
    assert life.pid() == pid


def page_on_a_socket_of_systemd(life):
    """A request starts a daemon that was stopped; the socket outlives its restarts, and nobody is turned away."""
    assert life.sh("systemctl is-enabled mailsecd.socket", expect=1) == "disabled\n"
    get = "curl --silent --show-error --fail --max-time 20 http://127.0.0.1:9797"
    life.sh(f"{get}/healthz", expect=7)
    life.sh("systemctl stop mailsecd; systemctl enable --now mailsecd.socket")
    assert life.sh("systemctl is-active mailsecd", expect=3) == "inactive\n"
    assert life.sh(f"{get}/healthz") == "ok\n"
    pid, socket = life.pid(), life.machine.show("mailsecd.socket", "InvocationID")
    assert life.sh("systemctl is-active mailsecd") == "active\n"
    # A request that the one that stops has accepted already may be cut off; it is asked again.
    again = get.replace("--show-error", "--retry 3 --retry-all-errors")
    answers = life.sh(f"systemctl restart mailsecd & for i in 1 2 3 4 5; do {again}/healthz; done; wait")
    assert answers == "ok\n" * 5
    assert life.pid() not in (0, pid) and life.machine.show("mailsecd.socket", "InvocationID") == socket
    assert f"domain/{DOMAINS[0]}" in life.sh(f"{get}/", quiet=True)
    assert OLD in life.sh(f"{get}/api/v1/alerts", quiet=True)
    life.check_still_told_once()


def page_at_an_address_of_its_own(life):
    """The sandbox lets it listen where the configuration says, besides the socket that is given back."""
    life.sh("systemctl disable --now mailsecd.socket; systemctl restart mailsecd")
    more = life.machine.path("/etc/mailsecd/conf.d/web.conf")
    more.write_text('web = { listen = "127.0.0.1:9798"; };\n')
    life.sh("systemctl reload mailsecd")
    wait_for(lambda: life.sh("curl --silent http://127.0.0.1:9798/healthz", expect=None, quiet=True) == "ok\n",
             "the page is there after a reload", every=0.1)
    more.unlink()
    life.sh("systemctl reload mailsecd")
    wait_for(lambda: "curl" in life.sh("curl --silent --show-error http://127.0.0.1:9798/ 2>&1", expect=None, quiet=True),
             "the page is gone after a reload", every=0.1)
    life.sh("systemctl stop mailsecd; systemctl enable mailsecd.socket; systemctl start mailsecd.socket mailsecd")


def watchdog_restarts(life):
    """A daemon that hangs is killed and started again, and what it told already is not told again."""
    folder = life.machine.path(DROP_INS)
    folder.mkdir()
    (folder / "short.conf").write_text("[Service]\nWatchdogSec=2s\nRestartSec=1s\n")
    life.restart()
    pid = life.pid()
    life.sh(f"kill -STOP {pid}")
    wait_for(lambda: life.pid() not in (0, pid) and life.machine.show(UNIT, "ActiveState") == "active",
             "systemd started it again", every=0.1)
    assert life.machine.show(UNIT, "NRestarts") == "1"
    assert "Watchdog timeout" in life.sh("journalctl --unit mailsecd --no-pager --lines=20")
    life.check_still_told_once()
    (folder / "short.conf").unlink()
    folder.rmdir()
    life.restart()


def journald_restarts(life):
    """Alerts that are raised and cleared while journald is restarted all arrive."""
    life.check_nothing_lost()
    before = life.last
    standing = {DOMAINS[0]: 9000, DOMAINS[1]: 1800}
    tell = "(for i in 1 2 3; do mailsecctl test-alert; mailsecctl poll; done) >/dev/null 2>&1"
    restart = "systemctl restart systemd-journald"
    # At different points, and once with records that lie in the socket of one that does not read any more.
    for turn, command in enumerate((f"{tell} & {restart}; sleep 0.2; {restart}; wait",
                                    f"{tell} & sleep 0.1; {restart}; wait",
                                    f"systemctl kill --signal=STOP systemd-journald; {tell}; {restart}",
                                    f"{tell} & sleep 0.6; {restart}; wait")):
        process = life.machine.show("systemd-journald", "MainPID")
        bad = dict.fromkeys(DOMAINS[2:], 1000 + turn) if turn % 2 == 0 else {}
        life.play(old={**standing, **bad}, blacklisted=[DOMAINS[2]])
        life.sh(command)
        assert life.machine.show("systemd-journald", "MainPID") not in (process, "0")
    life.check_nothing_lost()
    others = [r for r in life.records(metric="inbound_oldest") if r["MAILSEC_DOMAIN"] not in standing
              and int(r["MAILSEC_SEQUENCE"]) > before]
    assert [r["MAILSEC_EVENT"] for r in others] == (["raised"] * 8 + ["cleared"] * 8) * 2, brief(others)
    assert len(life.records(event="test")) == 4 * 3 * 3
    life.machine.note(f"{life.last - before} records, none lost")
    life.check_still_told_once()


def encrypted_credentials(life):
    """Secrets that lie on the disk encrypted are as good as plain ones, which are gone."""
    life.sh(f"install -D -m 644 -t {DROP_INS} /usr/share/doc/mailsecd/examples/encrypted-credentials.conf")
    life.sh("install -d -m 700 /etc/credstore.encrypted")
    for name, secret in (("symantec.password", PASSWORD), ("immuniweb.key", API_KEY)):
        life.sh(f"systemd-creds encrypt --name={name} - /etc/credstore.encrypted/{name}", text=secret)
        life.sh(f"rm /etc/credstore/{name}")
    life.restart()
    asked = len(life.log())
    life.sh("mailsecctl poll")
    life.sh(f"mailsecctl test {DOMAINS[3]}")
    since = [line for line in life.log()[asked:] if "event" not in line]
    assert {line["api"] for line in since} == {"symantec", "immuniweb"}
    assert {line["status"] for line in since} == {200}, since
    assert [line for line in since if line.get("call") == "check" and line["form"].get("api_key")], since
    life.check_still_told_once()


def stops_at_once(life):
    """Within 2 s, though the other end of a request hangs."""
    life.play(old={DOMAINS[0]: 9000}, faults=[{"api": "symantec", "kind": "hang"}])
    life.sh("mailsecctl poll --no-wait", expect=None)  # one may have begun by itself
    wait_for(lambda: any(line.get("fault") == "hang" for line in life.log()), "a request hangs")
    begin = time.monotonic()
    life.sh("systemctl stop mailsecd")
    assert time.monotonic() - begin < 2
    assert life.machine.show(UNIT, "Result") == "success"
    assert life.records()[-1]["MAILSEC_EVENT"] == "stopped"
    life.play(old={DOMAINS[0]: 9000, DOMAINS[1]: 1800}, blacklisted=[DOMAINS[2]])
    life.sh("systemctl start mailsecd")


def upgraded(life):
    """The new version runs in the old one's place, with its state."""
    pid = life.pid()
    database = life.machine.path("/var/lib/private/mailsecd/state.db").stat().st_ino
    life.install_package(life.debs[1])
    assert life.sh("dpkg-query --show --showformat='${Version}' mailsecd").endswith("+next")
    assert life.sh("systemctl is-active mailsecd; systemctl is-enabled mailsecd") == "active\nenabled\n"
    assert life.pid() != pid
    assert life.machine.path("/var/lib/private/mailsecd/state.db").stat().st_ino == database
    assert life.sh("systemctl is-active mailsecd.socket; systemctl is-enabled mailsecd.socket") == "active\nenabled\n"
    assert life.sh("curl --silent --max-time 20 http://127.0.0.1:9797/healthz") == "ok\n"
    life.check_still_told_once()


def everything_was_told(life):
    """Over all starts: no number is missing, none means two things, each alert is one story, and no secret came out."""
    life.check_nothing_lost()
    records = life.records()
    for record in records:
        check_record(record)
    check_levels(records)
    check_requests([line for line in life.log() if "event" not in line])
    journal = json.dumps(life.machine.journal())
    assert len(journal) > 10000
    for secret in SECRETS:
        assert secret not in journal, "a secret came out"


def purged(life, before):
    """Nothing of it is left but what the administrator put into the store of secrets."""
    life.sh("dpkg --remove mailsecd")
    assert life.machine.path("/etc/mailsecd/mailsecd.conf").exists() and life.machine.path("/var/lib/mailsecd").exists()
    assert "is left where it is" in life.sh("dpkg --purge mailsecd")
    life.sh("systemctl daemon-reload; rm -r /etc/credstore /etc/credstore.encrypted")
    assert life.machine.changes() - before == set()
    assert not list(life.machine.path("/run").glob("*mailsec*"))
    assert life.sh("systemctl list-unit-files --no-legend 'mailsec*'", expect=1) == ""
    assert life.sh("systemctl list-units --all --no-legend 'mailsec*'") == ""
    assert life.sh("systemctl show --value --property=LoadState mailsecd") == "not-found\n"
    assert "mailsecd" not in life.sh("journalctl --list-catalog --no-pager", quiet=True)


# ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def transcript(tmp_path_factory):
    return pathlib.Path(os.environ.get("MAILSEC_TRANSCRIPT") or tmp_path_factory.mktemp("life") / "transcript")


@pytest.fixture(scope="module")
def machine(build, transcript):
    """The booted machine; skips, with the reason, where there can be none."""
    if machines.missing():
        pytest.skip(machines.missing())
    if any(word in (build / "mailsecd").read_bytes() for word in (b"__asan_init", b"__gcov_")):
        pytest.skip("a program with sanitizers or coverage does not run in the sandbox of the unit")
    try:
        machine = Machine(transcript)
    except CannotBoot as reason:
        pytest.skip(str(reason))
    yield machine
    machine.close()
    print(f"\ntranscript: {transcript}")


def test_the_whole_life(machine, build, tmp_path):
    debs = packages(tmp_path)
    life = Installation(machine, build, debs)
    machine.sh("! dpkg --status mailsecd 2>/dev/null || dpkg --purge mailsecd", quiet=True)  # this machine may have it
    before = machine.changes()
    for step in (installed, unconfigured_start_is_refused, configured, ready_only_when_it_works, alerts_have_all_fields,
                 catalog_explains, status_line_is_useful, memory_is_small, reload, page_on_a_socket_of_systemd,
                 page_at_an_address_of_its_own, watchdog_restarts, journald_restarts, encrypted_credentials,
                 stops_at_once, *([upgraded] if debs else []), everything_was_told):
        machine.note(step.__name__)
        step(life)
    if not debs:
        pytest.skip("all was well with `make install`; upgrade and purge of the package need debhelper")
    machine.note("purged")
    purged(life, before)
