# SPDX-License-Identifier: MIT
"""A private machine: mount and network namespaces with log services of their own. Needs root."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import threading

from harness.wait import wait_for

HERE = pathlib.Path(__file__).resolve().parent

JOURNALD = "/lib/systemd/systemd-journald"

RSYSLOG_CONF = """\
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="/dev/log")
template(name="line" type="string"
         string="%syslogfacility-text%.%syslogseverity-text% %syslogtag%%msg%\\n")
*.* action(type="omfile" file="{file}" template="line")
"""

# Which programs each part needs, and the package that has them.
NEEDED = {"unshare": "util-linux", "nsenter": "util-linux", "setpriv": "util-linux", "ip": "iproute2"}


def missing():
    """Why there can be no box here, in words; None when there can."""
    if os.geteuid() != 0:
        return "a private journal needs root: run the tests as root to have these too"
    for program, package in NEEDED.items():
        if not shutil.which(program):
            return f"a private journal needs {program} (package {package})"
    mounts = pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    if not any(line.split()[4] == "/" for line in mounts):
        return "a private journal needs / to be a mount point, which it is not in this chroot"
    if not os.access(JOURNALD, os.X_OK):
        return "a private journal needs systemd-journald (package systemd)"
    return None


class Box:
    """Programs run in it have its process ids outside too: only mounts and network are its own."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.journald = None
        self.rsyslogd = None
        self.lines = self.directory / "syslog"
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "--net", "--propagation", "private", str(HERE / "box.sh")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.holder.stdout.readline() == b"ready\n", "box.sh failed"

    def wrap(self, argv):
        """The command line that runs another one in the box, with the same process id."""
        # In a chroot the namespace's own root is another machine's: the holder's is meant.
        return ["nsenter", f"--mount=/proc/{self.holder.pid}/ns/mnt",
                f"--net=/proc/{self.holder.pid}/ns/net",
                f"--root=/proc/{self.holder.pid}/root", f"--wd=/proc/{self.holder.pid}/root", "--",
                "setpriv", "--pdeathsig", "KILL", "--", *map(str, argv)]

    def path(self, inside):
        """A path of the box as seen from outside."""
        return pathlib.Path(f"/proc/{self.holder.pid}/root{inside}")

    def listens(self, inside):
        """Whether somebody takes datagrams there."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            try:
                sock.connect(str(self.path(inside)))
            except OSError:
                return False
        return True

    def start_journald(self):
        """Starts a real journald; its records are in memory only."""
        environment = dict(os.environ, SYSTEMD_LOG_TARGET="null")
        environment.pop("NOTIFY_SOCKET", None)
        self.journald = subprocess.Popen(self.wrap([JOURNALD]), env=environment,
                                         stdin=subprocess.DEVNULL)
        wait_for(lambda: self.listens("/run/systemd/journal/socket")
                 and any(self.path("/run/log/journal").glob("*/system.journal")), "journald is up")

    def stop_journald(self):
        """Ends journald; its sockets stay behind without a listener, as after a crash."""
        self._stop(self.journald)
        self.journald = None

    def start_rsyslogd(self):
        """Starts a real rsyslogd that owns /dev/log, as on a host without journald."""
        conf = self.directory / "rsyslog.conf"
        conf.write_text(RSYSLOG_CONF.format(file=self.lines))
        self.rsyslogd = subprocess.Popen(
            self.wrap(["rsyslogd", "-n", "-f", conf, "-i", self.directory / "rsyslogd.pid"]),
            stdin=subprocess.DEVNULL)
        wait_for(lambda: self.listens("/dev/log"), "rsyslogd is up")

    def stop_rsyslogd(self):
        """Ends rsyslogd; what it took is in the file then."""
        self._stop(self.rsyslogd)
        self.rsyslogd = None

    def syslog_lines(self):
        """What rsyslogd wrote so far: "FACILITY.SEVERITY TAG: MESSAGE" each."""
        if not self.lines.exists():
            return []
        return self.lines.read_text(errors="surrogateescape").splitlines()

    def journal(self, *arguments):
        """All journal entries, read once."""
        run = subprocess.run(
            self.wrap(["journalctl", "--output=json", "--all", "--quiet", "--no-pager", *arguments]),
            stdout=subprocess.PIPE, check=False)
        return [decode_entry(line) for line in run.stdout.splitlines() if line]

    @staticmethod
    def _stop(process):
        if process and process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def close(self):
        """Ends all that was started in the box, and the box."""
        self._stop(self.journald)
        self._stop(self.rsyslogd)
        self.holder.stdin.close()
        self.holder.wait(10)
        self.holder.stdout.close()


def decode_entry(line):
    """One entry of `journalctl -o json`: text for every field, whatever bytes it has."""
    def text(value):
        if isinstance(value, list) and all(isinstance(v, int) for v in value):
            return bytes(value).decode(errors="surrogateescape")
        if isinstance(value, list):
            return [text(v) for v in value]
        return value
    return {key: text(value) for key, value in json.loads(line).items()}


class JournalFollower:
    """Everything that a box's journal holds and gets, while it gets it."""

    def __init__(self, box):
        self.entries = []
        self.process = subprocess.Popen(
            box.wrap(["journalctl", "--follow", "--lines=all", "--output=json", "--all", "--quiet",
                      "--no-pager"]), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for line in self.process.stdout:
            self.entries.append(decode_entry(line))

    def close(self):
        """Stops following."""
        self.process.terminate()
        self.process.wait()
        self.thread.join(10)
        self.process.stdout.close()
