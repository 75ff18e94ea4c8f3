# SPDX-License-Identifier: MIT
"""Several daemons that have one state directory, one after the other: what holds for all of them together."""

import time

from harness import records as record_rules
from harness.daemon import Daemon
from harness.wait import DEADLINE, wait_for

# What a record says; everything else is what the journal adds when it takes a copy.
SAID = ("MESSAGE", "MESSAGE_ID", "PRIORITY", "DOCUMENTATION", "SYSLOG_IDENTIFIER", "SYSLOG_FACILITY")


def content(record):
    """The fields that every copy of a record has in common."""
    return {key: value for key, value in record.items() if key in SAID or key.startswith("MAILSEC_")}


class Life:
    """What one state directory goes through."""

    def __init__(self, stage, directory, config, clock, box=None, follower=None, state=None):
        self.stage = stage
        self.directory = directory
        self.config = config
        self.clock = clock
        self.box = box or stage.box
        self.follower = follower or stage.follower
        self.state = state or directory / "state"
        self.run = directory / "run"
        self.run.mkdir()
        if state is None:
            self.state.mkdir()
        self.build = stage.build
        self.runs = []
        self.jumps = False  # whether a failing store may make the numbers jump
        self.told_from = 0  # the first run of the story: where all was forgotten, it begins anew; None = there is none
        self.copies = []    # (pid, record): everything that arrived
        self.seen = 0

    @property
    def daemon(self):
        """The one that runs, or ran last."""
        return self.runs[-1]

    def start(self, config=None, clock=None, ready=True, build=None, **options):
        """Starts the next daemon."""
        folder = self.directory / f"run{len(self.runs)}"
        folder.mkdir()
        if config is not None:
            self.config = config
        daemon = Daemon(build or self.build, folder, self.stage.complete(self.config), clock or self.clock,
                        box=self.box, follower=self.follower, state=self.state, run=self.run, **options)
        self.runs.append(daemon)
        return daemon.wait_ready() if ready else daemon

    def kill(self):
        """Ends the daemon that runs as SIGKILL does."""
        self.daemon.kill()

    def stop(self):
        """Asks the daemon that runs to end."""
        self.daemon.stop()

    def restart(self, kill=False, **options):
        """Ends the one that runs, and starts the next one."""
        if kill:
            self.kill()
        else:
            self.stop()
        return self.start(**options)

    # --- what is told -----------------------------------------------------------------------------------

    def all_copies(self):
        """Every copy of every record so far, as they arrived: (pid, record)."""
        if not self.follower:
            return [(d.pid, r) for d in self.runs for r in d.records()]
        entries = self.follower.entries
        end = len(entries)
        pids = {str(d.pid) for d in self.runs}
        for entry in entries[self.seen:end]:
            if "MAILSEC_EVENT" in entry and entry.get("_PID") in pids:
                self.copies.append((int(entry["_PID"]), entry))
        self.seen = end
        return self.copies

    def numbered(self):
        """Each record once, in the order of their numbers; no number may mean two things.

        Where numbers may jump they are in the order of their arrival."""
        found = {}
        for _, record in self.all_copies():
            number = int(record["MAILSEC_SEQUENCE"])
            first = found.setdefault(number, record)
            assert content(first) == content(record), \
                f"number {number} means two things:\n{content(first)}\n{content(record)}"
        return list(found.values()) if self.jumps else [found[number] for number in sorted(found)]

    def repeated(self):
        """How many copies there are beyond the first of each number."""
        copies = self.all_copies()
        return len(copies) - len({r["MAILSEC_SEQUENCE"] for _, r in copies})

    def records(self, **wanted):
        """Those of all records that have these fields."""
        return record_rules.pick(self.numbered(), **wanted)

    def events(self, alert):
        """The events of one alert over all runs."""
        return record_rules.events_of(self.numbered(), alert)

    def levels(self, alert):
        """The levels that were told of one alert, one after the other, from "ok" on."""
        told = ["ok"]
        for record in self.numbered():
            if record.get("MAILSEC_ALERT") == alert and record["MAILSEC_LEVEL"] != told[-1]:
                told.append(record["MAILSEC_LEVEL"])
        return told

    def wait_records(self, number=1, deadline=DEADLINE, **wanted):
        """Waits until so many records have these fields, over all runs."""
        wait_for(lambda: len(self.records(**wanted)) >= number,
                 lambda: f"{number} records {wanted}; there are {self.tell()}", deadline, 0.02)
        return self.records(**wanted)

    def wait_record(self, deadline=DEADLINE, **wanted):
        """The first record with these fields."""
        return self.wait_records(1, deadline, **wanted)[0]

    def tell(self):
        """Everything known, for the words of a failing assertion."""
        text = record_rules.brief(self.numbered()[-60:])
        for daemon in self.runs[-3:]:
            text += f"\n{daemon.directory.name} ({daemon.process.poll()}):\n{daemon.stderr()[-2000:]}"
        return text

    # --- the end ----------------------------------------------------------------------------------------

    def check(self):
        """No number is missing, none means two things, and the story of each alert is one story."""
        numbered = self.numbered()
        for record in numbered:
            record_rules.check_record(record)
        if self.told_from is not None:
            pids = {str(d.pid) for d in self.runs[self.told_from:]}
            record_rules.check_levels([r for r in numbered if not self.follower or r["_PID"] in pids])
        numbers = [int(r["MAILSEC_SEQUENCE"]) for r in numbered]
        if not self.jumps:
            missing = sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers))
            assert not missing, f"numbers {missing[:20]} were never told; there are {self.tell()}"
        for record in record_rules.pick(numbered, event="reminder"):
            assert record["MAILSEC_LEVEL"] != "ok", record

    def close(self):
        """Ends the last one, and checks all of them together."""
        problems = []
        for daemon in self.runs:
            try:
                daemon.close()
            except AssertionError as problem:
                problems.append(problem)
        if problems:
            raise problems[0]
        if self.runs:
            end = time.monotonic() + 5  # copies may be on their way
            while True:
                try:
                    self.check()
                    return
                except AssertionError:
                    if time.monotonic() > end:
                        raise
                    time.sleep(0.05)
