#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""prometheus-graph.py --build DIR FILE.png: a real Prometheus scrapes mailsecd while queues fill and drain, a day in two
and a half minutes, and its own page is photographed with headless Chromium (Debian packages prometheus, chromium)."""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))

from harness.clock import Clock  # noqa: E402
from harness.port import free_port  # noqa: E402
from harness.prometheus import Prometheus  # noqa: E402
from harness.simulator import scenario  # noqa: E402
from harness.stage import Stage  # noqa: E402

RATE = 600  # ten minutes a second
DAY = 86400 / RATE

# Mail for example.com is stuck twice; example.net has a slow morning; example.org is quiet.
DOMAINS = [
    {"name": "example.com", "symantec": {"inbound_oldest": 60, "steps": [
        {"at": "3h", "ramp": {"inbound_oldest": 1.0, "inbound_messages": 0.01}},
        {"at": "5h 30min", "inbound_oldest": 300}, {"at": "6h", "inbound_oldest": 60},
        {"at": "14h", "ramp": {"inbound_oldest": 1.0}}, {"at": "15h", "inbound_oldest": 900},
        {"at": "16h", "ramp": {"inbound_oldest": 0.5}}, {"at": "18h", "inbound_oldest": 90}]}},
    {"name": "example.net", "symantec": {"inbound_oldest": 120, "steps": [
        {"at": "7h", "ramp": {"inbound_oldest": 0.25}}, {"at": "12h", "ramp": {"inbound_oldest": -0.4}},
        {"at": "14h 45min", "inbound_oldest": 200}]}},
    {"name": "example.org", "symantec": {"inbound_oldest": 30}},
]

QUERIES = (
    'mailsec_symantec_inbound_oldest_seconds or mailsec_limit{metric="inbound_oldest",domain=""}',
    'mailsec_alert_level{domain!=""}',
)


def main():
    """Plays the day and takes the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", help="the folder that make built into")
    parser.add_argument("file", help="the picture")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mailsec-graph-") as folder:
        folder, port, clock = pathlib.Path(folder), free_port(), Clock(RATE)
        stage = Stage(pathlib.Path(options.build).resolve(), folder)
        sim = stage.simulate(scenario(domains=DOMAINS), clock)
        stage.start({"symantec": stage.symantec(sim, interval="5min"), "web": {"listen": f"127.0.0.1:{port}"},
                     "domains": [one["name"] for one in DOMAINS]}, clock)
        prometheus = Prometheus(folder / "prometheus", f"127.0.0.1:{port}", scrape="500ms")
        try:
            time.sleep(DAY)
            query = {}
            for number, expression in enumerate(QUERIES):
                query |= {f"g{number}.expr": expression, f"g{number}.tab": 0, f"g{number}.range_input": f"{DAY:.0f}s",
                          f"g{number}.step_input": 1}
            subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                            f"--user-data-dir={folder / 'chromium'}", "--window-size=1200,1730",
                            "--virtual-time-budget=15000", f"--screenshot={pathlib.Path(options.file).resolve()}",
                            f"{prometheus.url}/classic/graph?{urllib.parse.urlencode(query)}"], check=True, timeout=120)
        finally:
            prometheus.close()
            stage.close()


if __name__ == "__main__":
    main()
