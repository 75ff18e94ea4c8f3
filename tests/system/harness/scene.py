# SPDX-License-Identifier: MIT
"""A scene of queues that a test makes bad and good by hand, the daemon that watches them, restarts of it, and the story
that it told of each alert, across restarts."""

import math
import os
import signal
import time

from harness.clock import Clock
from harness.control import Control
from harness.records import brief, pick
from harness.simulator import scenario
from harness.wait import DEADLINE, wait_for

RATE = 300
MINUTE = 60
HOUR = 3600

# What the wait of the oldest message has to be for a level (the built-in limits are 15min and 1h).
WAITS = {"ok": 30, "warning": 1200, "critical": 5000}


def identity(name, metric="inbound_oldest"):
    """The alert on a domain's queue."""
    return f"symantec/{name}/{metric}"


def clock_near(wall, rate=RATE):
    """A clock that shows `wall` just now, or up to `rate` seconds before it: its epoch is in whole seconds."""
    return Clock(rate, math.ceil((rate * time.time() - wall) / (rate - 1)))


class Scene:
    """One account that is polled once a minute; each sample counts at once, and nothing is told again unless a test
    wants it."""

    def __init__(self, stage, names, clock=None, policy=None, **config):
        self.stage = stage
        self.clock = clock or Clock(RATE)
        self.levels = {name: "ok" for name in names}
        self.faults = []
        self.sim = stage.simulate(self.play(), self.clock)
        self.base = {
            "symantec": stage.symantec(self.sim, interval="1min"),
            "domains": list(names),
            "policy": {"raise_after": 1, "clear_after": 1, "remind_first": "never", **(policy or {})},
            "output": {"heartbeat": "never"},
            **config,
        }
        self.daemon = stage.start(self.base, self.clock)
        self.control = Control(self.daemon)

    def play(self):
        """The scenario as it is now."""
        return scenario(faults=self.faults, domains=[
            {"name": name, "symantec": {"inbound_oldest": WAITS.get(level, level)}}
            for name, level in self.levels.items()])

    def set(self, **levels):
        """Gives queues of NAME.example another level (or a wait in seconds); does not wait for the poll."""
        for name, level in levels.items():
            self.levels[name.replace("_", "-") + ".example"] = level
        self.sim.change_scenario(self.play())

    def turn(self, **levels):
        """The same, and waits until the daemon has judged it."""
        self.set(**levels)
        self.wait_judged(**levels)

    def wait_judged(self, **levels):
        """Waits until these alerts have these levels, or their value where a wait in seconds is given."""
        for name, level in levels.items():
            alert = identity(name.replace("_", "-") + ".example")
            key = "value" if isinstance(level, int) else "level"
            wait_for(lambda: self.control.explain(alert)[key] == level,
                     lambda: f"{alert} is at {level}: {self.control.explain(alert)}{self.daemon.tell()}", every=0.03)

    def polls(self, number=2):
        """Waits until the daemon has judged as many polls that began from now on."""
        seen = self.sim.count()
        self.sim.wait_requests(seen + number + 1)

    def wait_until(self, wall, deadline=DEADLINE):
        """Waits until the scaled clock shows that."""
        wait_for(lambda: self.clock.now() >= wall, f"{wall} on the clock", deadline)

    # --- what it told -----------------------------------------------------------------------------------

    def events(self, name="*"):
        """The records of NAME.example's alert so far, oldest first, as the event log has them."""
        return self.control.events(identity(f"{name}.example"))

    def story(self, name):
        """The same in short: "raised critical", "cleared ok", ..."""
        return [f"{e['event']} {e['level']}" for e in self.events(name)]

    def wait_event(self, name, number, deadline=DEADLINE):
        """Waits until so many records tell of NAME.example's alert; the last of them."""
        wait_for(lambda: len(self.events(name)) >= number,
                 lambda: f"{number} records of {name}: {self.story(name)} {self.daemon.tell()}", deadline, 0.03)
        return self.events(name)[number - 1]

    def records(self, **wanted):
        """The records of the daemon that runs now, all that it has told until now."""
        last = self.control.ask("GET", "status")["records"]["sequence"]

        def arrived():
            numbers = [int(r["MAILSEC_SEQUENCE"]) for r in self.daemon.records()]
            return numbers and max(numbers) >= last

        wait_for(arrived, lambda: f"record {last} arrives: {self.daemon.tell()}", every=0.02)
        return pick(self.daemon.records(), **wanted)

    # --- what is done to the daemon ---------------------------------------------------------------------

    def reload(self, **config):
        """Puts another configuration in force: the first one with these members."""
        self.base = {**self.base, **config}
        self.daemon.reload(self.stage.complete(self.base))
        assert self.daemon.notify.status() is None or "refused" not in self.daemon.notify.status()

    def stop(self):
        """Ends the daemon; its state stays."""
        self.daemon.stop()

    def start(self):
        """Starts another one that has the state of the one before."""
        state = self.daemon.state
        self.daemon = self.stage.start(self.base, self.clock, environment={"STATE_DIRECTORY": str(state)})
        self.daemon.state = state
        self.control = Control(self.daemon)

    def crash(self):
        """Ends the daemon without a warning."""
        self.daemon.expected_exit = -signal.SIGKILL
        os.kill(self.daemon.pid, signal.SIGKILL)
        assert self.daemon.wait_exit() == -signal.SIGKILL, self.daemon.stderr()

    def restart(self):
        """Both; the daemon that comes back has polled once."""
        self.stop()
        self.start()
        self.polls(1)


class Story:
    """In the place of records.check_story(): the records of daemons that follow each other on one state, with flapping
    and with records that tell of many."""

    STEPS = {
        "raised": lambda before, level: before == "ok" != level,
        "worsened": lambda before, level: (before, level) == ("warning", "critical"),
        "eased": lambda before, level: (before, level) == ("critical", "warning"),
        "cleared": lambda before, level: before != "ok" == level,
        "reminder": lambda before, level: before == level != "ok",
        "flapping": lambda before, level: True,
        "settled": lambda before, level: before == level,
    }

    def __init__(self):
        self.begin()

    def begin(self):
        """Nothing has been told."""
        self.sequence = 0
        self.told = {}  # (source, target, metric): the level told last; None = not known
        self.several = set()  # (source, metric) of which a record told without naming all

    def check(self, records):
        """One daemon's; those of a state's daemons come one after the other."""
        numbers = [int(r["MAILSEC_SEQUENCE"]) for r in records]
        if numbers and numbers[0] == 1:
            self.begin()
        # After a crash what the one before may not have got rid of is sent again, with its number.
        records = [r for r in records if int(r["MAILSEC_SEQUENCE"]) > self.sequence]
        numbers = numbers[len(numbers) - len(records):]
        wanted = list(range(self.sequence + 1, self.sequence + 1 + len(records)))
        assert numbers == wanted, f"holes or repetitions: {numbers}, not {wanted}"
        self.sequence += len(records)
        for record in records:
            if record["MAILSEC_EVENT"] in self.STEPS:
                self._take(record, records)

    def _take(self, record, records):
        kind, level = record["MAILSEC_EVENT"], record["MAILSEC_LEVEL"]
        source, metric = record["MAILSEC_SOURCE"], record["MAILSEC_METRIC"]
        targets = [record.get("MAILSEC_DOMAIN", record.get("MAILSEC_ACCOUNT"))]
        if "MAILSEC_COUNT" in record:
            targets = record["MAILSEC_DOMAINS"].split()
            if len(targets) < int(record["MAILSEC_COUNT"]):
                self.several.add((source, metric))
        for target in targets:
            key = (source, target, metric)
            before = self.told.get(key, None if (source, metric) in self.several else "ok")
            if before is not None:
                assert self.STEPS[kind](before, level), f"{kind} {level} of {key} at {before}: {brief(records)}"
                if "MAILSEC_COUNT" not in record:
                    assert record["MAILSEC_PREVIOUS_LEVEL"] == before, record
            self.told[key] = level
        if (source, metric) in self.several:
            # Of the ones that were not named nothing is known any more.
            named = {(source, target, metric) for target in targets}
            for key in self.told:
                if (key[0], key[2]) == (source, metric) and key not in named and "MAILSEC_COUNT" in record:
                    self.told[key] = None
