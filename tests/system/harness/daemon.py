# SPDX-License-Identifier: MIT
"""The real mailsecd as its surroundings see it: config, secrets, service manager, records, exit status."""

import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import threading
import time

from harness import records as record_rules
from harness.libconf import document
from harness.simulator import API_KEY, PASSWORD, SECRETS, USER
from harness.wait import DEADLINE, wait_for

# Nothing of the tests' own surroundings may decide how the daemon behaves.
CLEAN = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "INVOCATION_ID", "MAILSEC_CLOCK", "STATE_DIRECTORY",
         "CREDENTIALS_DIRECTORY", "RUNTIME_DIRECTORY", "NO_COLOR", "http_proxy", "https_proxy", "HTTPS_PROXY",
         "ALL_PROXY", "all_proxy", "JOURNAL_STREAM")


def clean_environment(**more):
    """The environment without what steers the daemon, plus what is named."""
    environment = {k: v for k, v in os.environ.items() if k not in CLEAN}
    environment["TZ"] = "UTC"
    environment.update(more)
    return environment


def write_secret(path, text, mode=0o600):
    """A file for a secret, closed to others from the start."""
    path = pathlib.Path(path)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


class NotifySocket:
    """The service manager's end of sd_notify(3), with the time and sender of each message."""

    def __init__(self, path):
        self.path = str(path)
        self.messages = []  # (monotonic time, pid, {key: value})
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.open = True
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        self.socket.settimeout(0.2)
        while self.open:
            try:
                data, ancillary, _, _ = self.socket.recvmsg(65536, socket.CMSG_SPACE(12))
            except socket.timeout:
                continue
            except OSError:
                return
            pid = next((struct.unpack("3i", content[:12])[0] for level, kind, content in ancillary
                        if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS), 0)
            fields = dict(line.split("=", 1) for line in data.decode().splitlines())
            self.messages.append((time.monotonic(), pid, fields))

    def having(self, key, value=None):
        """The messages with that key (and value)."""
        return [m for m in list(self.messages) if key in m[2] and (value is None or m[2][key] == value)]

    def status(self):
        """The last STATUS=."""
        texts = [m[2]["STATUS"] for m in self.having("STATUS")]
        return texts[-1] if texts else None

    def close(self):
        """Listens no more."""
        self.open = False
        self.thread.join(10)
        self.socket.close()


class Daemon:
    """One mailsecd. Records come from the journal of its box, else from stderr."""

    def __init__(self, build, directory, config, clock, box=None, follower=None, arguments=(), environment=None,
                 notify=True, watchdog_usec=None, stderr=None, state=None, run=None, wrapper=()):
        self.directory = pathlib.Path(directory)
        self.clock = clock
        self.box = box
        self.follower = follower
        self.config = self.directory / "mailsecd.conf"
        self.config.write_text(document(config))
        self.notify = NotifySocket(self.directory / "notify") if notify else None
        self.stderr_path = self.directory / "stderr"
        self.expected_exit = 0
        self.whole = state is None  # whether its records are a story of their own: see harness/life.py
        self.state = pathlib.Path(state or self.directory / "state")
        self.run = pathlib.Path(run or self.directory / "run")
        if self.whole:
            self.state.mkdir(exist_ok=True)
        self.run.mkdir(exist_ok=True)
        env = clean_environment(**clock.environment())
        env["STATE_DIRECTORY"] = str(self.state)
        env["RUNTIME_DIRECTORY"] = str(self.run)
        if notify:
            env["NOTIFY_SOCKET"] = self.notify.path
        if watchdog_usec:
            env["WATCHDOG_USEC"] = str(watchdog_usec)
        env.update(environment or {})
        argv = [*wrapper, str(pathlib.Path(build) / "mailsecd"), "--config", str(self.config), *arguments]
        self.started = time.monotonic()
        with open(self.stderr_path, "wb") as file:
            self.process = subprocess.Popen(box.wrap(argv) if box else argv, env=env, stdin=subprocess.DEVNULL,
                                            stdout=file, stderr=stderr if stderr is not None else file)
        self.pid = self.process.pid

    # --- what it says -----------------------------------------------------------------------------------

    def stderr(self):
        """All it wrote to stdout and stderr."""
        return self.stderr_path.read_text(errors="surrogateescape")

    def diagnostics(self):
        """Lines of stderr that are no records: (priority, text)."""
        found = []
        for line in self.stderr().splitlines():
            match = re.match(r"<(\d)>(.*)", line)
            if match and " MESSAGE_ID=" not in line:
                found.append((int(match.group(1)), match.group(2)))
        return found

    def records(self, **wanted):
        """Its records so far, in the order of their numbers."""
        if self.follower:
            found = [e for e in list(self.follower.entries)
                     if e.get("_PID") == str(self.pid) and "MAILSEC_EVENT" in e]
        else:
            found = []
            for line in self.stderr().splitlines():
                match = re.match(r"<(\d)>(.*)", line)
                if match and " MESSAGE_ID=" in line:
                    found.append({"PRIORITY": match.group(1), **record_rules.parse_line(match.group(2))})
        return record_rules.pick(found, **wanted)

    def events(self, alert):
        """The events of one alert so far."""
        return record_rules.events_of(self.records(), alert)

    def wait_records(self, number=1, deadline=DEADLINE, **wanted):
        """Waits until so many records have these fields, and returns them."""
        ended = []

        def enough():
            found = self.records(**wanted)
            if len(found) >= number:
                return found
            if self.process.poll() is not None and self.process.returncode != 0:
                raise AssertionError(f"mailsecd ended with {self.process.returncode}: {self.stderr()}")
            if self.process.poll() is not None:
                # Its last records may be on their way; more than that will not come.
                ended.append(time.monotonic())
                assert time.monotonic() - ended[0] < 5, \
                    f"mailsecd was stopped before {number} records {wanted}; there are {self.tell()}"
            return None
        return wait_for(enough, lambda: f"{number} records {wanted}; there are {self.tell()}", deadline, 0.02)

    def wait_record(self, deadline=DEADLINE, **wanted):
        """The first record with these fields."""
        return self.wait_records(1, deadline, **wanted)[0]

    def tell(self):
        """Everything known, for the words of a failing assertion."""
        return record_rules.brief(self.records()) + "\nstderr:\n" + self.stderr()[-3000:]

    # --- what is done to it -----------------------------------------------------------------------------

    def wait_ready(self, deadline=DEADLINE):
        """Waits for READY=1; fails at once when it ends before."""
        wait_for(lambda: self.notify.having("READY", "1") or self.process.poll() is not None,
                 lambda: f"READY=1: {self.stderr()}", deadline)
        assert self.process.poll() is None, f"mailsecd ended with {self.process.returncode}: {self.stderr()}"
        return self

    def reload(self, config=None, deadline=DEADLINE):
        """Changes the configuration, where one is given, and waits until a reload is through."""
        before = len(self.notify.having("READY", "1"))
        if config is not None:
            self.config.write_text(document(config))
        os.kill(self.pid, signal.SIGHUP)
        wait_for(lambda: len(self.notify.having("READY", "1")) > before,
                 lambda: f"READY=1 after a reload: {self.tell()}", deadline)

    def wait_exit(self, deadline=DEADLINE):
        """Its exit status."""
        try:
            return self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"mailsecd does not end: {self.tell()}") from None

    def stop(self, number=signal.SIGTERM):
        """Asks it to end; how long that took."""
        start = time.monotonic()
        os.kill(self.pid, number)
        status = self.wait_exit()
        assert status == self.expected_exit, f"exit status {status}: {self.stderr()}"
        return time.monotonic() - start

    def kill(self):
        """Ends it at once; nothing is said or written any more."""
        self.process.kill()
        self.process.wait()
        self.expected_exit = -signal.SIGKILL

    # --- what is measured -------------------------------------------------------------------------------

    def status_kib(self, key):
        """A size of /proc/PID/status in KiB."""
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(rf"^{key}:\s+(\d+) kB", text, re.M).group(1))

    def cpu(self):
        """CPU so far: (nanoseconds by the scheduler, or None, ticks in user space, ticks in the kernel)."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        try:
            exact = int(pathlib.Path(f"/proc/{self.pid}/schedstat").read_text().split()[0])
        except (OSError, IndexError):
            exact = None
        return exact, int(fields[11]), int(fields[12])

    def cpu_since(self, before):
        """(user, system) seconds since an earlier cpu(): the exact sum, split as the ticks are."""
        after = self.cpu()
        user, system = after[1] - before[1], after[2] - before[2]
        total = (user + system) / os.sysconf("SC_CLK_TCK")
        if after[0] is not None:
            total = (after[0] - before[0]) / 1e9
        return total * user / max(user + system, 1), total * system / max(user + system, 1)

    def descriptors(self):
        """How many it has open: (sockets, others). Only root may look: the process is not dumpable."""
        links = []
        for name in os.listdir(f"/proc/{self.pid}/fd"):
            try:
                links.append(os.readlink(f"/proc/{self.pid}/fd/{name}"))
            except FileNotFoundError:
                pass  # closed meanwhile
        sockets = sum(link.startswith("socket:") for link in links)
        return sockets, len(links) - sockets

    # --- the end ----------------------------------------------------------------------------------------

    def close(self):
        """Ends it where it runs, and checks what holds for every run."""
        running = self.process.poll() is None
        try:
            if running:
                self.stop()
            if self.expected_exit == 0 and self.follower and self.whole:
                self.wait_records(event="stopped", deadline=10)
            self.check()
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            if self.notify:
                self.notify.close()

    def check(self):
        """No secret comes out, every record is whole, none is missing."""
        text = self.stderr()
        assert "Sanitizer" not in text, text
        assert "runtime error" not in text, text
        status = self.process.returncode
        assert status == self.expected_exit, f"exit status {status}: {text}"
        records = self.records()
        said = text + repr(records) + (repr(self.notify.messages) if self.notify else "")
        for secret in SECRETS:
            assert secret not in said, "a secret came out"
        for record in records:
            record_rules.check_record(record)
        if self.whole:
            record_rules.check_story(records)


def symantec(simulator, directory, name="default", **members):
    """An account of the queue API in a configuration, with its secret written."""
    path = pathlib.Path(directory) / "password"
    if not path.exists():
        write_secret(path, PASSWORD + "\n")
    url = simulator.symantec_url + ("" if name == "default" else f"/{name}")
    return {"name": name, "url": url, "username": USER, "password_file": str(path),
            "ca_file": str(simulator.ca_file), **members}


def immuniweb(simulator, directory, key=True, **members):
    """The email test in a configuration, with or without a key."""
    group = {"url": simulator.immuniweb_url, "ca_file": str(simulator.ca_file)}
    if key:
        path = pathlib.Path(directory) / "api_key"
        if not path.exists():
            write_secret(path, API_KEY)
        group["api_key_file"] = str(path)
    return {**group, **members}
