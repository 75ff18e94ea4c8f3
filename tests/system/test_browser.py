# SPDX-License-Identifier: MIT
"""The status pages in a real browser: tests/web/check.js with Chromium, against the real daemon and mailsec-sim."""

import fcntl
import pathlib
import shutil
import subprocess

import pytest

from harness.clock import Clock
from harness.page import Site
from harness.port import free_port
from harness.simulator import scenario
from harness.stage import Stage
from harness.wait import wait_for

WEB = pathlib.Path(__file__).resolve().parent.parent / "web"
RATE = 60
CASES = ("content", "filter", "lost", "patience", "dark", "narrow", "plain", "keyboard", "print")


@pytest.fixture(scope="session")
def browser(build):
    """(node, the folder of modules, chromium), or a skip that says what is missing."""
    node, npm = shutil.which("node"), shutil.which("npm")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    for program, found in (("node", node), ("npm", npm), ("chromium", chromium)):
        if not found:
            pytest.skip(f"{program} is not installed: no test in a browser")
    folder = build / "web"
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one worker installs for all
        lockfile = (WEB / "package-lock.json").read_bytes()
        stamp = folder / "installed"
        if not stamp.exists() or stamp.read_bytes() != lockfile:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(WEB / name, folder / name)
            done = subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, timeout=180,
                                  capture_output=True, text=True, check=False)
            if done.returncode != 0:
                pytest.skip(f"playwright-core cannot be had: {done.stderr.strip().splitlines()[-1:]}")
            stamp.write_bytes(lockfile)
    return node, folder / "node_modules", chromium


def played(fine):
    """What the simulator plays: one bad domain, one that is warm, one that is fine, one that is missing."""
    return scenario(domains=[
        {"name": "warm.example", "symantec": {"inbound_oldest": 1200, "inbound_messages": 7}},
        {"name": "slow.example", "symantec": {"outbound_oldest": 4322, "outbound_messages": 40}},
        {"name": "fine.example", "symantec": {"inbound_oldest": fine, "inbound_messages": 3}},
        {"name": "gone.example", "symantec": {"absent": True}},
        {"name": "a-name-that-is-long-enough-to-be-wrapped.and-has-many-parts.example", "immuniweb": {"mx_hosts": 4}},
    ], immuniweb={"test_duration": "20s"})


@pytest.fixture(scope="module")
def watch(browser, build, tmp_path_factory):
    """(URL, simulator) of a daemon with a page."""
    stage = Stage(build, tmp_path_factory.mktemp("stage"))
    clock = Clock(RATE)
    sim = stage.simulate(played(12), clock)
    port = free_port()
    runbook = "https://wiki.example.org/mail?a=1&b=2"
    daemon = stage.start({
        "symantec": stage.symantec(sim, interval="10s", timeout="9s"), "immuniweb": stage.immuniweb(sim, interval="1d"),
        "policy": {"raise_after": 1, "clear_after": 1}, "web": {"listen": f"127.0.0.1:{port}"},
        "domains": ["warm.example", {"name": "slow.example", "owner": "mail-team", "runbook": runbook}, "fine.example",
                    "gone.example", "a-name-that-is-long-enough-to-be-wrapped.and-has-many-parts.example"]}, clock)
    daemon.wait_records(1, event="raised", domain="slow.example")
    daemon.wait_records(1, event="raised", domain="warm.example")
    daemon.wait_records(1, event="raised", metric="domains_missing")
    site = Site(port)
    wait_for(lambda: "The vendor ran the test" in site.page("/domain/slow.example").text(), "the result of a test")
    yield f"http://127.0.0.1:{port}", sim
    stage.close()


def look(browser, url, case):
    """Starts a case."""
    node, modules, chromium = browser
    return subprocess.Popen([node, str(WEB / "check.js"), str(modules), chromium, url, case], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process):
    """Waits for its end."""
    try:
        _, words = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert process.returncode == 0, words


@pytest.mark.parametrize("case", CASES)
def test_browser(browser, watch, case):
    """One case of tests/web/check.js."""
    finish(look(browser, watch[0], case))


def test_update(browser, watch):
    """A value that changes shows without a reload, and nothing that the reader did is lost."""
    url, sim = watch
    process = look(browser, url, "update")
    try:
        line = process.stdout.readline()
        assert line == "READY\n", line + process.stderr.read()
        sim.change_scenario(played(7300))
        finish(process)
    finally:
        process.kill()
        sim.change_scenario(played(12))
