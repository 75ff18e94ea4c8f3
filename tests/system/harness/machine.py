# SPDX-License-Identifier: MIT
"""A booted machine: a container with a real systemd as PID 1, over this machine's own root. Needs root."""

import os
import pathlib
import shutil
import subprocess
import time

from harness.box import decode_entry
from harness.wait import wait_for

HERE = pathlib.Path(__file__).resolve().parent

# Which programs it needs, and the package that has them.
NEEDED = {"systemd-nspawn": "systemd-container", "unshare": "util-linux", "nsenter": "util-linux",
          "systemctl": "systemd", "journalctl": "systemd"}

PLACE = "/run/machine"  # in machine.sh's mount namespace

# What a running systemd and the package manager write by themselves, whatever is installed and removed.
OF_THE_SYSTEM = ("var/log/", "var/lib/dpkg/", "var/lib/systemd/", "var/cache/", "etc/machine-id", "etc/resolv.conf",
                 "etc/.pwd.lock", "root/", "tmp/", "run/")


class CannotBoot(Exception):
    """Why there can be no such machine here, in words."""


def missing():
    """Why there can be no machine here, in words; None when it is worth a try."""
    if os.geteuid() != 0:
        return "a booted machine needs root: run the tests as root to have this one too"
    for program, package in NEEDED.items():
        if not shutil.which(program):
            return f"a booted machine needs {program} (package {package})"
    mounts = pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    if not any(line.split()[4] == "/" for line in mounts):
        return "a booted machine needs / to be a mount point, which it is not in this chroot"
    if subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL, check=False).returncode:
        return "a booted machine needs a mount namespace, which root may not make here"
    return None


def _same(path, before):
    """Whether a copy, which the overlay makes of whatever is written to, says the same as before."""
    if path.is_symlink() or before.is_symlink():
        return path.is_symlink() and before.is_symlink() and os.readlink(path) == os.readlink(before)
    if path.is_dir():
        return before.is_dir()
    return path.is_file() and before.is_file() and path.read_bytes() == before.read_bytes()


class Machine:
    """What runs in it has mounts, processes, network and control groups of its own."""

    def __init__(self, transcript):
        self.transcript = open(transcript, "w", encoding="utf-8", errors="surrogateescape")
        self.name = f"mailsec-test-{os.getpid()}"
        # A session of its own: an interrupt from the keyboard is for the test, whose end it notices by itself.
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", str(HERE / "machine.sh"), self.name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        try:
            self._boot()
        except BaseException:
            self.close()
            raise

    def _boot(self):
        word, _, rest = self.holder.stdout.readline().strip().partition(" ")
        if word == "cannot":
            raise CannotBoot(f"a booted machine is not possible here: cannot {rest}")
        assert word == "nspawn", "machine.sh failed"
        self.nspawn = int(rest)
        self.outer = pathlib.Path(f"/proc/{self.holder.pid}/root{PLACE}")
        self.leader = wait_for(lambda: self._find_leader() or self._ended(), lambda: f"PID 1 starts: {self._log()}")
        wait_for(lambda: self._enter("systemctl", "is-active", "basic.target").returncode == 0 or self._ended(),
                 lambda: f"the machine is up: {self._log()}", every=0.1)

    def _ended(self):
        """False while it runs; where a container cannot be, nspawn says why, and ends."""
        try:
            state = pathlib.Path(f"/proc/{self.nspawn}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            state = "X"
        if state in "XZ":
            raise CannotBoot(f"a booted machine is not possible here: {self._log()}")
        return False

    def _find_leader(self):
        """The process that is number 1 in there."""
        try:
            children = pathlib.Path(f"/proc/{self.nspawn}/task/{self.nspawn}/children").read_text().split()
            for child in children:
                status = pathlib.Path(f"/proc/{child}/status").read_text().splitlines()
                numbers = next(line for line in status if line.startswith("NSpid:")).split()
                if numbers[-1] == "1" and len(numbers) > 2 and status[0] == "Name:\tsystemd":
                    return int(child)
        except OSError:
            pass
        return None

    def _log(self):
        """What systemd-nspawn and PID 1 said."""
        return (self.outer / "log").read_text(errors="replace")[-1000:].strip()

    # --- what a test does with it -------------------------------------------------------------------------

    def _enter(self, *argv, timeout=60, text=None):
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
                       "LC_ALL": "C.UTF-8", "SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0", "NO_COLOR": "1",
                       "DEBIAN_FRONTEND": "noninteractive", "COLUMNS": "120"}
        return subprocess.run(
            ["nsenter", f"--target={self.leader}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root",
             "--wd", "--", *map(str, argv)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=None if text is not None else subprocess.DEVNULL, input=text, text=True, errors="surrogateescape",
            timeout=timeout, check=False)

    def note(self, words):
        """A heading in the transcript."""
        print(f"\n=== {words}", file=self.transcript, flush=True)

    def sh(self, command, expect=0, timeout=60, text=None, quiet=False):
        """Runs a shell command as root; its output, which the transcript has, too. expect=None: any exit status."""
        begin = time.monotonic()
        done = self._enter("sh", "-c", command, timeout=timeout, text=text)
        if not quiet or (expect is not None and done.returncode != expect):
            status = f"[exit status {done.returncode}]\n" if done.returncode else ""
            spent = f"   ({time.monotonic() - begin:.1f} s)"
            print(f"# {command}{spent}\n{done.stdout[:20000]}{status}", end="", file=self.transcript, flush=True)
        if expect is not None:
            assert done.returncode == expect, f"{command}: exit status {done.returncode}\n{done.stdout[-4000:]}"
        return done.stdout

    def path(self, inside):
        """A path of the machine as seen from outside."""
        return pathlib.Path(f"/proc/{self.leader}/root{inside}")

    def show(self, unit, name):
        """A property of a unit."""
        return self.sh(f"systemctl show --value --property={name} {unit}", quiet=True).strip()

    def journal(self, *matches):
        """Its journal's entries with these fields, oldest first."""
        done = self._enter("journalctl", "--output=json", "--all", "--quiet", "--no-pager", *matches)
        return [decode_entry(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def changes(self):
        """Every path that is not as it was before the boot, but for what a system writes by itself."""
        upper = self.outer / "upper"
        found = set()
        for path in upper.rglob("*"):
            name = str(path.relative_to(upper))
            if not f"{name}/".startswith(OF_THE_SYSTEM) and not _same(path, pathlib.Path("/") / name):
                found.add(name)
        return found

    def close(self):
        """Ends it, with everything in it."""
        self.holder.stdin.close()
        try:
            self.holder.wait(30)
        finally:
            self.holder.stdout.close()
            self.transcript.close()
