# SPDX-License-Identifier: MIT
"""Whatever becomes of the store, alerts are told; the daemon says what is wrong, and comes back by itself.

All cases go through the same four acts at the same time, since a store that fails is left alone for ten seconds:
an alert is raised; the store fails; another alert is raised meanwhile; the cause is taken away where somebody has to.
"""

import os
import re
import sqlite3

import pytest

from harness.clock import Clock
from harness.filesystem import Filesystem, overwrite, page_of, remove
from harness.records import brief
from harness.simulator import scenario
from harness.wait import wait_for, wait_quietly

RATE = 100

FIRST = "symantec/first.example/inbound_oldest"
LATER = "symantec/later.example/inbound_oldest"
STORE = "mailsecd/self/store_up"


def play(*bad):
    """The scenario where these domains are bad."""
    return scenario(
        domains=[{"name": f"{n}.example", "symantec": {"inbound_oldest": 2000 if n in bad else 0}}
                 for n in ("first", "later")] + [f"{name}.test.example" for name in CASES],
        immuniweb={"test_duration": "10s"})


class Case:
    """One way in which a store fails. `running`: it fails under a daemon that runs, else between two."""

    running = False
    filesystem = False  # whether it has one of its own
    forgets = False     # what was known before is lost
    untold = False      # what was told before cannot be known until it is mended
    killed = False      # it is killed while state is in memory only
    unseen = False      # it shows at the next start only
    aside = None        # the name under which the old file is kept
    words = ""

    def __init__(self, life):
        self.life = life
        self.fs = Filesystem(life.box, life.state) if self.filesystem else None
        self.path = life.state / "state.db"

    def fail(self):
        """Makes it fail."""

    def mend(self):
        """Takes the cause away."""


class Full(Case):
    """A full disk under a running daemon."""

    running = filesystem = True
    words = "the disk is full"

    def fail(self):
        self.fs.fill()

    def mend(self):
        self.fs.empty()


class FullAtStart(Full):
    """The same for one that starts."""

    running = False


class ReadOnlyAtStart(Case):
    """A file system that was mounted read-only."""

    filesystem = True
    words = "the file system is read-only"

    def fail(self):
        self.fs.read_only(True)

    def mend(self):
        self.fs.read_only(False)


class Covered(Case):
    """Something read-only is mounted over the directory of a running daemon."""

    running = filesystem = True
    words = "the file was moved or deleted while it was in use"

    def fail(self):
        self.fs.cover()

    def mend(self):
        self.fs.uncover()


class Locked(Case):
    """Another program holds the file of a running daemon."""

    running = True
    words = "another process uses it"
    other = None

    def fail(self):
        self.other = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        if not self.running:
            self.other.execute("PRAGMA locking_mode = EXCLUSIVE")
        wait_for(self.lock, "the lock is had")

    def lock(self):
        """Whether it could be had."""
        try:
            self.other.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            return False
        return True

    def mend(self):
        self.other.execute("ROLLBACK")
        self.other.close()


class LockedAtStart(Locked):
    """The same before it starts: what stands is read without a lock."""

    running = False


class Deleted(Case):
    """The file of a running daemon is deleted."""

    running = True
    words = "the file was moved or deleted while it was in use"

    def fail(self):
        remove(self.path)


class DirectoryRemoved(Deleted):
    """The whole directory."""

    def fail(self):
        remove(self.path.parent)


class PageDamaged(Case):
    """A page of a table of the state."""

    forgets = True
    aside = r"state\.db\.damaged-\d{8}T\d{6}Z"
    words = "is damaged"

    def fail(self):
        overwrite(self.path, *page_of(self.path, "alerts"))


class HeaderDamaged(PageDamaged):
    """The beginning of the file."""

    def fail(self):
        overwrite(self.path, 0, 100)


class Truncated(PageDamaged):
    """Half of the file is gone."""

    def fail(self):
        os.truncate(self.path, os.path.getsize(self.path) // 2 // 4096 * 4096)


class Foreign(PageDamaged):
    """A file of something else."""

    words = "it is not a state of mailsecd"

    def fail(self):
        remove(self.path)
        with sqlite3.connect(self.path) as db:
            db.execute("CREATE TABLE alerts (a)")
        db.close()


class Newer(Case):
    """A file from a version to come."""

    forgets = True
    aside = r"state\.db\.version-99-\d{8}T\d{6}Z"
    words = "is from a newer version of mailsecd (99)"

    def fail(self):
        with sqlite3.connect(self.path) as db:
            db.execute("PRAGMA user_version = 99")
        db.close()


class DamagedInUse(PageDamaged):
    """Everything but the first page of file and log, under a running daemon that has read it already."""

    running = unseen = True

    def fail(self):
        for path in (self.path, self.path.with_name("state.db-wal")):
            overwrite(path, 4096, max(os.path.getsize(path) - 4096, 0))

    def mend(self):
        self.life.restart(kill=True)
        self.life.told_from = 1


class FullKilled(Full):
    """Killed while the disk is full."""

    killed = True


class CoveredKilled(Covered):
    """Killed while the directory is covered."""

    killed = True


class LockedKilled(Locked):
    """Killed while the file is locked."""

    killed = True


CASES = {
    "full": Full, "full-at-start": FullAtStart, "read-only-at-start": ReadOnlyAtStart, "covered": Covered,
    "locked": Locked, "locked-at-start": LockedAtStart, "deleted": Deleted, "directory-removed": DirectoryRemoved,
    "page-damaged": PageDamaged, "header-damaged": HeaderDamaged, "truncated": Truncated, "foreign": Foreign,
    "newer": Newer, "damaged-in-use": DamagedInUse, "full-killed": FullKilled, "covered-killed": CoveredKilled,
    "locked-killed": LockedKilled,
}


def config_for(stage, sim, name):
    """What watches two domains' queues, and tests one of its own."""
    return {
        "symantec": stage.symantec(sim, interval="1min", policy={"raise_after": 1, "clear_after": 1}),
        "immuniweb": stage.immuniweb(sim, interval="1day"),
        "domains": [{"name": d, "sources": ("symantec",)} for d in ("first.example", "later.example")]
        + [{"name": f"{name}.test.example", "sources": ("immuniweb",)}],
        "policy": {"remind_first": "never"},
        "output": {"heartbeat": "never"},
    }


def everywhere(cases, *conditions):
    """Waits until it is so in all cases; who it is not so for is seen by the test of that case."""
    wait_quietly([lambda c=c, f=f: f(c.life) for c in cases for f in conditions])


def has(**wanted):
    """A condition: there is such a record."""
    return lambda life: life.records(**wanted)


@pytest.fixture(scope="module")
def cases(request, build, tmp_path_factory, box, follower):
    """All cases, played to the end: the daemons stopped."""
    if not box:
        pytest.skip("needs a machine of its own")
    stage = request.getfixturevalue("wide_stage")
    clock = Clock(RATE)
    sim = stage.simulate(play("first"), clock)
    found = {}
    for name, kind in CASES.items():
        life = stage.live(config_for(stage, sim, name), clock)
        life.jumps = True
        found[name] = kind(life)
        life.start()
    cases = list(found.values())
    everywhere(cases, has(event="raised", alert=FIRST),
               lambda life: sim.count(call="get_result", domain=life.config["domains"][2]["name"]) > 0)
    for case in cases:
        if not case.running:
            case.life.stop()
            case.fail()
            case.life.start()
            case.life.told_from = 1 if case.forgets or case.untold else 0
    for case in cases:
        if case.running:
            case.fail()
    sim.change_scenario(play("first", "later"))
    everywhere(cases, has(event="raised", alert=LATER))
    everywhere([c for c in cases if not c.unseen], has(event="raised", alert=STORE))
    for case in cases:
        if case.killed:
            case.life.kill()
            case.life.told_from = None  # what was not kept is told anew
        case.mend()
        if case.killed:
            case.life.start()
    everywhere([c for c in cases if not c.killed], has(event="cleared", alert=STORE))
    for case in cases:
        case.life.restart(kill=True)
    sim.change_scenario(play())
    everywhere(cases, has(event="cleared", alert=FIRST), has(event="cleared", alert=LATER))
    for case in cases:
        case.life.stop()
        case.sim = sim
    everywhere(cases, lambda life: life.daemon.records(event="stopped"))
    return found


@pytest.fixture(params=[name for name, kind in CASES.items() if not kind.killed])
def case(request, cases):
    """Those that went on until the store was back."""
    return cases[request.param]


@pytest.fixture(params=[name for name, kind in CASES.items() if kind.killed])
def killed(request, cases):
    """Those that were killed before."""
    return cases[request.param]


def test_it_is_said(case):
    """One alert that names the cause, by the daemon itself, cleared when state is kept again."""
    told = case.life.records(alert=STORE)
    assert [r["MAILSEC_EVENT"] for r in told] == ["raised", "cleared"], case.life.tell()
    raised, cleared = told
    assert (raised["PRIORITY"], raised["MAILSEC_REASON"], raised["MAILSEC_LEVEL"]) == ("3", "store", "critical")
    assert case.words in raised["MAILSEC_DETAIL"], raised["MAILSEC_DETAIL"]
    assert str(case.life.state) in raised["MAILSEC_DETAIL"]
    assert cleared["PRIORITY"] == "5"


def test_alerts_are_told_meanwhile(case):
    """What is raised while nothing can be kept is told, before the store is back."""
    records = case.life.numbered()
    raised = next(r for r in records if r.get("MAILSEC_ALERT") == LATER)
    cleared = next(r for r in records if r.get("MAILSEC_ALERT") == STORE and r["MAILSEC_EVENT"] == "cleared")
    assert records.index(raised) < records.index(cleared), brief(records)


def test_each_alert_is_told_once(case):
    """Nothing is told twice but what was forgotten with the old file; at the end all is cleared."""
    again = ["raised"] if case.forgets or case.untold else []
    assert case.life.events(FIRST) == [*again, "raised", "cleared"], case.life.tell()
    again = ["raised"] if case.unseen else []
    assert case.life.events(LATER) == [*again, "raised", "cleared"], case.life.tell()


def test_numbers_are_never_given_twice(case):
    """Every record has a number of its own, and they grow within each run."""
    check_numbers(case.life)
    case.life.check()


def check_numbers(life):
    """No number twice, and they grow within each run."""
    for daemon in life.runs:
        numbers = [int(r["MAILSEC_SEQUENCE"]) for pid, r in life.all_copies() if pid == daemon.pid]
        assert numbers == sorted(numbers)
    assert len(life.numbered()) == len({r["MAILSEC_SEQUENCE"] for _, r in life.all_copies()})


def test_killed_in_memory_only(killed):
    """What was kept is not told again; what was not is told anew, under numbers that nothing had before."""
    life = killed.life
    assert life.records(alert=STORE)[0]["MAILSEC_EVENT"] == "raised"
    assert killed.words in life.records(alert=STORE)[0]["MAILSEC_DETAIL"]
    assert life.events(FIRST) == ["raised", "cleared"], life.tell()
    assert life.events(LATER) == ["raised", "raised", "cleared"], life.tell()
    check_numbers(life)
    life.check()
    assert len(killed.sim.requests(call="check", domain=life.config["domains"][2]["name"])) == 1


def test_bad_file_is_kept_aside(case):
    """A file that cannot be used is kept for people to look at; one that can is not put aside."""
    names = os.listdir(case.fs.seen if case.fs else case.life.state)
    aside = [n for n in names if re.fullmatch(r"state\.db\.(damaged|version-\d+)-[^-]*", n)]
    assert len(aside) == (1 if case.aside else 0), names
    if case.aside:
        assert re.fullmatch(case.aside, aside[0]), names
        assert aside[0] in case.life.records(event="raised", alert=STORE)[0]["MAILSEC_DETAIL"]


def test_tests_are_not_started_again(case):
    """No test is started before its time, but where nothing is known any more."""
    name = case.life.config["domains"][2]["name"]
    starts = case.sim.requests(call="check", domain=name)
    assert len(starts) == (2 if case.forgets else 1), [(r["ts"], r["form"]) for r in starts]


# --- a file of an earlier version ---------------------------------------------------------------------------

# As version 1 made it; it never changes.
VERSION_1 = """
CREATE TABLE alerts (source TEXT, target TEXT, metric TEXT, level TEXT, streak_ok INTEGER, streak_warning INTEGER,
  streak_critical INTEGER, since INTEGER, remind_at INTEGER, remind_wait INTEGER, value REAL, measured_at INTEGER,
  outcome TEXT, detail TEXT, told TEXT, muted INTEGER, flapping INTEGER, changes TEXT, ack_by TEXT, ack_comment TEXT,
  ack_at INTEGER, ack_until INTEGER, PRIMARY KEY (source, target, metric)) WITHOUT ROWID;
CREATE TABLE targets (source TEXT, target TEXT, last_start INTEGER, last_result INTEGER, next_run INTEGER,
  failures INTEGER, job_id TEXT, job_started INTEGER, ids TEXT, result_at INTEGER, good_at INTEGER, "values" TEXT,
  PRIMARY KEY (source, target)) WITHOUT ROWID;
CREATE TABLE accounts (source TEXT, name TEXT, failures INTEGER, outcome TEXT, retry_at INTEGER, failed_at INTEGER,
  good_at INTEGER, PRIMARY KEY (source, name)) WITHOUT ROWID;
CREATE TABLE missing (target TEXT PRIMARY KEY, good_at INTEGER) WITHOUT ROWID;
CREATE TABLE tests (started INTEGER, place INTEGER, PRIMARY KEY (started, place)) WITHOUT ROWID;
CREATE TABLE silences (id INTEGER PRIMARY KEY, match TEXT, comment TEXT, "by" TEXT, created INTEGER, until INTEGER);
CREATE TABLE events (sequence INTEGER PRIMARY KEY, at INTEGER, event TEXT, identity TEXT, level TEXT,
  priority INTEGER, data BLOB);
CREATE TABLE numbers (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
PRAGMA application_id = 1836279139; PRAGMA user_version = 1;
"""


def test_earlier_version(stage):
    """It is brought up to date, and all that it knows holds."""
    clock = Clock(RATE)
    sim = stage.simulate(play("first", "later"), clock)
    life = stage.live(config_for(stage, sim, "newer"), clock)
    life.jumps = True
    life.told_from = None  # the beginning was told by another version
    now = round(clock.now() * 1e6)
    with sqlite3.connect(life.state / "state.db") as db:
        db.executescript(VERSION_1)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("INSERT INTO alerts (source, target, metric, level, streak_ok, streak_warning, streak_critical, since,"
                   " remind_at, remind_wait, value, measured_at, told, muted, flapping)"
                   " VALUES ('symantec', 'first.example', 'inbound_oldest', 'warning', 0, 0, 0, ?, -1, 0, 2000.0, ?,"
                   " 'warning', 0, 0)", (now - 600_000_000, now - 60_000_000))
        db.execute("INSERT INTO targets VALUES ('immuniweb', 'newer.test.example', ?, ?, ?, 0, NULL, 0, '', ?, ?, '')",
                   (now, now, now + 80_000_000_000, now, now))
        db.executemany("INSERT INTO numbers VALUES (?, ?)", [("sequence", 41), ("sent", 41)])
    db.close()
    daemon = life.start()
    later = life.wait_record(event="raised", alert=LATER)
    assert [r["MAILSEC_SEQUENCE"] for r in life.records(event="started")] == ["42"]
    assert any("was brought from version 1 to version 3" in text for _, text in daemon.diagnostics()), daemon.stderr()
    sim.change_scenario(play())
    cleared = life.wait_record(event="cleared", alert=FIRST)
    assert cleared["MAILSEC_PREVIOUS_LEVEL"] == "warning"
    assert life.events(FIRST) == ["cleared"], life.tell()
    assert int(later["MAILSEC_SEQUENCE"]) > 42
    assert sim.count(call="check") == 0, "the test is not due"
    assert not life.records(alert=STORE)
