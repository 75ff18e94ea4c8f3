# SPDX-License-Identifier: MIT
"""The simulator of both APIs as a test sees it: started, its scenario changed, its request log read."""

import json
import os
import pathlib
import signal
import subprocess

from harness.libconf import document
from harness.wait import DEADLINE, wait_for


class Simulator:
    """One mailsec-sim on a port of its own."""

    def __init__(self, build, directory, scenario, clock, box=None, arguments=()):
        self.directory = pathlib.Path(directory)
        self.clock = clock
        self.scenario = self.directory / "scenario.conf"
        self.scenario.write_text(document(scenario))
        self.log = self.directory / "requests.log"
        self.ca_file = self.directory / "ca.pem"
        port_file = self.directory / "port"
        argv = [str(pathlib.Path(build) / "mailsec-sim"), "--scenario", str(self.scenario), "--port", "0",
                "--port-file", str(port_file), "--ca-file", str(self.ca_file), "--log", str(self.log),
                *arguments]
        environment = dict(os.environ, **clock.environment())
        self.stderr = open(self.directory / "sim.stderr", "w+b")
        self.process = subprocess.Popen(box.wrap(argv) if box else argv, env=environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=self.stderr)
        wait_for(lambda: port_file.exists() or self.process.poll() is not None, "the simulator is up")
        assert self.process.poll() is None, f"the simulator ended: {self.words()}"
        started = json.loads(port_file.read_text())
        self.port = started["port"]
        self.symantec_url = started["symantec_url"]
        self.immuniweb_url = started["immuniweb_url"]
        self.offset = 0
        self.lines = []

    def words(self):
        """What it said on stderr."""
        self.stderr.flush()
        return pathlib.Path(self.stderr.name).read_text(errors="replace")

    def log_lines(self):
        """Every whole line of the log so far, parsed once."""
        if self.log.exists():
            with open(self.log, "rb") as file:
                file.seek(self.offset)
                data = file.read()
            whole = data.rfind(b"\n") + 1
            self.offset += whole
            self.lines += [json.loads(line) for line in data[:whole].splitlines()]
        return self.lines

    def requests(self, **wanted):
        """What was asked so far, of those with these members."""
        return [line for line in self.log_lines() if "event" not in line
                and all(line.get(key) == value for key, value in wanted.items())]

    def count(self, **wanted):
        """How many requests with these members came."""
        return len(self.requests(**wanted))

    def wait_requests(self, number, deadline=DEADLINE, **wanted):
        """Waits until so many came."""
        wait_for(lambda: self.count(**wanted) >= number,
                 lambda: f"{number} requests {wanted}: there are {self.count(**wanted)}; the last ones: {self.tell()}",
                 deadline)
        return self.requests(**wanted)

    def tell(self):
        """The last requests, for the words of a failing assertion."""
        return [(round(r["ts"]), r.get("call"), r.get("account") or r.get("domain"), r.get("fault"), r["status"])
                for r in self.requests()[-8:]]

    def change_scenario(self, scenario):
        """Plays another scenario from here on; its clock goes on."""
        def reloads():
            return [line["detail"] for line in self.log_lines() if line.get("event") == "reload"]

        before = len(reloads())
        self.scenario.write_text(document(scenario))
        os.kill(self.process.pid, signal.SIGHUP)
        wait_for(lambda: len(reloads()) > before, lambda: f"the scenario is read: {self.words()}")
        assert reloads()[-1] == "done", self.words()

    def close(self):
        """Ends it and says whether it ended well."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.stderr.close()
        assert self.process.returncode == 0, f"the simulator ended with {self.process.returncode}"


# Planted everywhere, found nowhere: the stage looks for them in all that comes out.
USER = "watcher"
PASSWORD = "pl4nted-pass:w0rd 7c1f"
API_KEY = "pl4nted-key-93ab5e"
SECRETS = (PASSWORD, "pl4nted-pass", API_KEY, "d2F0Y2hlcjpwbDRudGVk")  # the last: Basic authentication


def account(name="default", **members):
    """An account of the queue API; every one but the default has a path of its own."""
    prefix = {} if name == "default" else {"prefix": f"/{name}"}
    return {"name": name, "username": USER, "password": PASSWORD, **prefix, **members}


def scenario(domains=(), accounts=("default",), faults=(), immuniweb=None, **members):
    """A scenario with credentials that the configurations of the tests have too."""
    return {
        "symantec": [a if isinstance(a, dict) else account(a) for a in accounts],
        "immuniweb": {"api_keys": (API_KEY,), **(immuniweb or {})},
        "domains": list(domains),
        "faults": list(faults),
        **members,
    }


def check_requests(requests, published=False):
    """What holds for every request that any test makes the daemon send."""
    for request in requests:
        url = request["path"] + "?" + request["query"]
        for secret in SECRETS:
            assert secret not in url, f"a credential in a URL: {url}"
            assert secret.replace(" ", "%20") not in url and secret.replace(" ", "+") not in url, url
            assert secret not in json.dumps(request["headers"]), request
        assert request["tls"] in ("TLS1.2", "TLS1.3"), request
        if request.get("api") == "immuniweb":
            form = request["form"]
            assert published or form.get("show_test_results", "false") == "false", f"listed publicly: {request}"
            assert not request["authorization"], request
            if request["call"] == "check":
                assert form["recheck"] in ("true", "false"), request
                assert form["recheck"] == "false" or "api_key" in form, f"recheck without a key: {request}"
            if request["call"] == "get_result":
                assert "api_key" not in form, f"the key where it is not asked for: {request}"
