# SPDX-License-Identifier: MIT
"""A secret is in no output, no record, no URL, no process list, no core: only in the daemon and on its way to the vendor."""

import os
import pathlib
import resource
import shutil
import signal
import subprocess

import pytest

from harness.clock import Clock
from harness.simulator import API_KEY, PASSWORD, SECRETS, scenario

# The other tests look for secrets in all that comes out of every run, too: Stage.close() and Daemon.check().


@pytest.fixture
def busy(stage):
    """A daemon with both secrets that has used both, and failed with both; (simulator, daemon)."""
    clock = Clock(300)
    sim = stage.simulate(scenario(
        domains=[{"name": "example.com", "symantec": {"inbound_oldest": 5000}, "immuniweb": {"polls": 1}},
                 {"name": "example.net"}],
        faults=[{"api": "immuniweb", "call": "check", "domain": "example.net", "kind": "error",
                 "text": f"Key {API_KEY} of nobody"}]), clock)
    daemon = stage.start({"symantec": stage.symantec(sim, interval="1min"), "immuniweb": stage.immuniweb(sim),
                          "domains": ["example.com", "example.net"], "limits": {"mx_hosts": {"warning": 2}}},
                         clock, arguments=["--verbose"])
    daemon.wait_record(event="raised", alert="immuniweb/example.com/mx_hosts")
    daemon.wait_record(event="raised", alert="symantec/example.com/inbound_oldest")
    return sim, daemon


@pytest.fixture
def idle(stage):
    """The same without a peer that says the key back; it has nothing under way."""
    sim = stage.simulate(scenario(domains=[{"name": "example.com", "immuniweb": {"cached_age": "1h"}}]))
    daemon = stage.start({"symantec": stage.symantec(sim),
                          "immuniweb": stage.immuniweb(sim, recheck=False), "domains": ["example.com"],
                          "limits": {"mx_hosts": {"warning": 2}, "domains_seen": {"warning": 1}},
                          "policy": {"raise_after": 1}}, arguments=["--verbose"])
    daemon.wait_record(event="raised", alert="immuniweb/example.com/mx_hosts")
    daemon.wait_record(event="raised", alert="symantec/default/domains_seen")
    assert sim.requests(call="check")[0]["form"]["api_key"] == API_KEY
    assert sim.requests(call="stats")[0]["auth_ok"]
    return sim, daemon


def test_process_list(idle):
    """Neither the command line nor the environment of the process holds a secret."""
    _, daemon = idle
    for name in ("cmdline", "environ"):
        try:
            content = pathlib.Path(f"/proc/{daemon.pid}/{name}").read_bytes()
        except PermissionError:
            continue  # closed even to its own user
        for secret in SECRETS:
            assert secret.encode() not in content


def test_memory_is_closed_to_others(idle):
    """The process is not dumpable: its files under /proc belong to root, and nobody of its own user may look in."""
    _, daemon = idle
    status = pathlib.Path(f"/proc/{daemon.pid}/status").read_text()
    assert os.stat(f"/proc/{daemon.pid}/mem").st_uid == 0, status
    assert resource.prlimit(daemon.pid, resource.RLIMIT_CORE) == (0, 0) if os.geteuid() == 0 else True


def test_url_and_log_of_requests(idle):
    """The password travels as Basic authentication, the key in the form: neither is in a path, query or header."""
    sim, _ = idle
    for request in sim.requests():
        assert request["query"] == "" or request["api"] == "symantec"
    text = sim.log.read_text()
    assert PASSWORD not in text
    assert text.count(API_KEY) == sim.count(call="check")


# More than the daemon ever has: what would be larger is not its memory, and must not fill the disk.
CORE_MAX = 512 << 20


def is_sanitized(stage):
    """Whether the build carries AddressSanitizer, whose shadow memory alone is terabytes."""
    return b"__asan_init" in (stage.build / "mailsecd").read_bytes()


def core_of(pid, folder):
    """The memory of a process as root's debugger sees it."""
    if not shutil.which("gdb"):
        pytest.skip("looking into the memory needs gdb")
    core = folder / "core"
    argv = ["gdb", "--batch", "--nx", "--pid", str(pid), "-ex", "set dump-excluded-mappings on",
            "-ex", "set use-coredump-filter off", "-ex", f"generate-core-file {core}"]
    try:
        done = subprocess.run(["prlimit", f"--fsize={CORE_MAX}", *argv], capture_output=True, text=True, check=False,
                              timeout=60)
        if not core.exists():
            pytest.skip(f"gdb may not look into it here: {done.stderr[-300:]}")
        assert done.returncode == 0, done.stderr
        return core.read_bytes()
    finally:
        core.unlink(missing_ok=True)


def test_core_of_an_idle_daemon(stage, idle, tmp_path, need_root):
    """While nothing is under way, a secret is in memory once, where it is kept for the next request: no copy is left behind."""
    if is_sanitized(stage):
        pytest.skip("the memory of a sanitized build is terabytes of shadow")
    _, daemon = idle
    core = core_of(daemon.pid, tmp_path)
    assert b"example.com" in core, "it is its memory"
    for secret in (PASSWORD, API_KEY):
        assert core.count(secret.encode()) <= 1, f"{core.count(secret.encode())} copies"
    for trace in ("d2F0Y2hlcjpwbDRudGVk", PASSWORD.replace(" ", "%20"), "api_key=" + API_KEY):
        assert trace.encode() not in core, f"{trace} is left in memory"


def test_no_core_file(stage):
    """A crash leaves no core file, whatever the limits of its surroundings."""
    if is_sanitized(stage):
        pytest.skip("AddressSanitizer takes the signal before the kernel does")
    sim = stage.simulate(scenario(domains=["example.com"]))
    before = resource.getrlimit(resource.RLIMIT_CORE)
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
        daemon = stage.start({"symantec": stage.symantec(sim), "domains": ["example.com"]})
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
    sim.wait_requests(1)
    os.kill(daemon.pid, signal.SIGSEGV)
    daemon.expected_exit = -signal.SIGSEGV
    # The kernel's word for "a core was written" would be CLD_DUMPED.
    code = os.waitid(os.P_PID, daemon.pid, os.WEXITED | os.WNOWAIT).si_code
    assert code == os.CLD_KILLED
    daemon.process.wait()


def test_secret_that_a_peer_says_back(stage, busy):
    """A vendor that repeats the key in its error does not make the daemon tell it."""
    _, daemon = busy
    daemon.wait_record(event="raised", alert="immuniweb/example.net/up")


def test_credentials_directory(stage):
    """Secrets come from systemd's credentials where no file is named: symantec.NAME.password first."""
    folder = stage.directory / "credentials"
    folder.mkdir()
    (folder / "symantec.one.password").write_text(PASSWORD + "\n")
    (folder / "symantec.password").write_text("another one")
    (folder / "immuniweb.key").write_text(API_KEY + "\n")
    sim = stage.simulate(scenario(accounts=["one"], domains=["example.com"]))
    one = stage.symantec(sim, "one")
    test = stage.immuniweb(sim)
    del one["password_file"], test["api_key_file"]
    daemon = stage.start({"symantec": one, "immuniweb": test, "domains": ["example.com"]},
                         environment={"CREDENTIALS_DIRECTORY": str(folder)})
    sim.wait_requests(2)
    assert sim.requests(call="stats")[0]["auth_ok"]
    assert sim.requests(call="check")[0]["form"]["api_key"] == API_KEY
    assert daemon.process.poll() is None
