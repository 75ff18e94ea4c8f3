# SPDX-License-Identifier: MIT
"""A real Prometheus that scrapes a daemon, and its tool."""

import json
import pathlib
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from harness.port import free_port
from harness.wait import wait_for

PROMETHEUS = shutil.which("prometheus")
PROMTOOL = shutil.which("promtool")
NO_PROMETHEUS = "there is no prometheus here (Debian package prometheus)"
NO_PROMTOOL = "there is no promtool here (Debian package prometheus)"


def promtool(*arguments, text=None):
    """(exit status, all it printed)."""
    done = subprocess.run([PROMTOOL, *map(str, arguments)], input=text, stdin=None if text else subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


class Prometheus:
    """One server with a folder of its own, which asks `target` several times a second, or as `job` says (the text of one
    of scrape_configs)."""

    def __init__(self, directory, target, rules=(), scrape="200ms", job=None):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir()
        self.url = f"http://127.0.0.1:{free_port()}"
        config = self.directory / "prometheus.yml"
        config.write_text(
            f"global: {{scrape_interval: {scrape}, scrape_timeout: {scrape}, evaluation_interval: {scrape}}}\n"
            + f"rule_files: {json.dumps([str(rule) for rule in rules])}\n"
            + "scrape_configs:\n"
            + (job or f"  - job_name: mailsecd\n    static_configs: [{{targets: ['{target}']}}]\n"))
        with open(self.directory / "log", "wb") as log:
            self.process = subprocess.Popen(
                [PROMETHEUS, f"--config.file={config}", f"--storage.tsdb.path={self.directory / 'data'}",
                 f"--web.listen-address={self.url.removeprefix('http://')}", "--log.level=warn"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(self._ready, lambda: f"prometheus is up: {self.words()}", every=0.05)

    def words(self):
        """What it logged."""
        return (self.directory / "log").read_text(errors="replace")[-3000:]

    def _ready(self):
        assert self.process.poll() is None, f"prometheus ended: {self.words()}"
        try:
            with urllib.request.urlopen(self.url + "/-/ready", timeout=5) as reply:
                return reply.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def get(self, path, **query):
        """`data` of an answer of its API."""
        url = f"{self.url}/api/v1/{path}" + ("?" + urllib.parse.urlencode(query) if query else "")
        try:
            with urllib.request.urlopen(url, timeout=30) as reply:
                document = json.load(reply)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{query}: {error.read().decode()}") from None
        assert document["status"] == "success" and not document.get("warnings"), document
        return document["data"]

    def query(self, expression):
        """The result now: [(labels, number)]."""
        result = self.get("query", query=expression)["result"]
        return [(one["metric"], float(one["value"][1])) for one in result]

    def wait_query(self, expression, good=bool):
        """The same, once it is as wanted."""
        last = []

        def look():
            last[:] = self.query(expression)
            return last if good(last) else None
        return wait_for(look, lambda: f"{expression}: {last}", every=0.1)

    def close(self):
        """Ends it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
