# SPDX-License-Identifier: MIT
"""Where a test plays: it starts simulators and daemons in a folder of its own, and checks them at the end."""

import pathlib
import subprocess

from harness import daemon as daemons
from harness.clock import Clock
from harness.daemon import Daemon, clean_environment
from harness.life import Life
from harness.simulator import SECRETS, Simulator, check_requests


class Stage:
    """Everything that one test, or one file of tests, starts."""

    def __init__(self, build, directory, box=None, follower=None):
        self.build = pathlib.Path(build)
        self.directory = pathlib.Path(directory)
        self.box = box
        self.follower = follower
        self.published = False  # whether a test asks for public listing
        self.simulators = []
        self.daemons = []
        self.lives = []

    def _folder(self, kind, number):
        folder = self.directory / f"{kind}{number}"
        folder.mkdir()
        return folder

    def simulate(self, scenario, clock=None, arguments=()):
        """Starts a simulator."""
        simulator = Simulator(self.build, self._folder("sim", len(self.simulators)), scenario, clock or Clock(),
                              self.box, arguments)
        self.simulators.append(simulator)
        return simulator

    def start(self, config, clock=None, ready=True, **options):
        """Starts a daemon, and waits until it is ready."""
        options.setdefault("box", self.box)
        options.setdefault("follower", self.follower)
        daemon = Daemon(self.build, self._folder("daemon", len(self.daemons)), self.complete(config), clock or Clock(),
                        **options)
        self.daemons.append(daemon)
        return daemon.wait_ready() if ready else daemon

    def live(self, config, clock=None, **options):
        """A state directory for several daemons, one after the other; none is started yet."""
        life = Life(self, self._folder("life", len(self.lives)), config, clock or Clock(), **options)
        self.lives.append(life)
        return life

    def complete(self, config):
        """A source that a test does not mention is off, so that no test asks the real service."""
        if isinstance(config, str):
            return config
        config = {"immuniweb": {"enabled": False}, **config}
        if not self.follower:
            config["output"] = {"journal": "stderr", **config.get("output", {})}
        return config

    def symantec(self, simulator, name="default", **members):
        """See daemon.symantec(); the secret is in the stage's folder."""
        return daemons.symantec(simulator, self.directory, name, **members)

    def immuniweb(self, simulator, key=True, **members):
        """See daemon.immuniweb()."""
        return daemons.immuniweb(simulator, self.directory, key, **members)

    def run(self, *arguments, clock=None, environment=None, **options):
        """Runs mailsecd to its end, output taken, and looks for secrets in it."""
        argv = [str(self.build / "mailsecd"), *map(str, arguments)]
        env = clean_environment(**(clock.environment() if clock else {}), **(environment or {}))
        options.setdefault("timeout", 60)
        done = subprocess.run(self.box.wrap(argv) if self.box else argv, env=env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="surrogateescape", check=False, **options)
        for secret in SECRETS:
            assert secret not in done.stdout + done.stderr, "a secret came out"
        assert "Sanitizer" not in done.stderr, done.stderr
        return done

    def close(self):
        """Ends all, checks all; the first thing wrong is told."""
        problems = []
        for daemon in [*self.daemons, *self.lives]:
            try:
                daemon.close()
            except AssertionError as problem:
                problems.append(problem)
        for simulator in self.simulators:
            try:
                simulator.close()
                check_requests(simulator.requests(), self.published)
            except AssertionError as problem:
                problems.append(problem)
        if problems:
            raise problems[0]
