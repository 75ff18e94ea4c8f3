# SPDX-License-Identifier: MIT
"""Nothing in the environment decides whom the daemon talks to or trusts."""

import socket
import threading

import pytest

from harness.clock import Clock
from harness.simulator import scenario

NAMES = ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]


def test_proxy_variables_are_not_read(stage):
    """The environment's proxies are not used: the service is asked directly, as the configuration says."""
    sim = stage.simulate(scenario(domains=[{"name": "example.com", "immuniweb": {"polls": 1}}]), Clock(60))
    daemon = stage.start({"symantec": stage.symantec(sim), "immuniweb": stage.immuniweb(sim),
                          "domains": ["example.com"], "limits": {"mx_hosts": {"warning": 2}}}, Clock(60),
                         environment={name: "http://127.0.0.1:1" for name in NAMES} | {"no_proxy": ""})
    daemon.wait_record(event="raised", alert="immuniweb/example.com/mx_hosts")
    assert sim.count(call="stats") == 1
    assert not daemon.records(metric="up")


def test_proxy_variables_are_not_read_by_once(stage, tmp_path):
    """Neither does --once."""
    from harness.libconf import document
    sim = stage.simulate(scenario(domains=["example.com"]))
    path = tmp_path / "once.conf"
    path.write_text(document(stage.complete({"symantec": stage.symantec(sim), "domains": ["example.com"]})))
    done = stage.run("--config", path, "--once", environment={name: "http://127.0.0.1:1" for name in NAMES})
    assert done.returncode == 0, done.stdout
    assert sim.count() == 1


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE"])
def test_trust_comes_from_the_configuration(stage, variable):
    """A ca_file that is configured is what is trusted, whatever the environment names."""
    sim = stage.simulate(scenario(domains=["example.com"]))
    daemon = stage.start({"symantec": stage.symantec(sim), "domains": ["example.com"]},
                         environment={variable: "/nowhere"})
    sim.wait_requests(1)
    assert not daemon.records(metric="up")


def test_keylog_and_netrc_are_not_used(stage):
    """SSLKEYLOGFILE would write session keys down, and a .netrc would send another login: neither is looked at."""
    home = stage.directory / "home"
    home.mkdir()
    (home / ".netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    keylog = home / "keys"
    sim = stage.simulate(scenario(domains=["example.com"]))
    stage.start({"symantec": stage.symantec(sim), "domains": ["example.com"]},
                environment={"HOME": str(home), "SSLKEYLOGFILE": str(keylog)})
    sim.wait_requests(1)
    assert sim.requests()[0]["auth_user"] == "watcher" and sim.requests()[0]["auth_ok"]
    assert not keylog.exists(), "session keys are written down"


class ConnectProxy:
    """The least of an HTTP proxy: takes CONNECT, notes its head, and passes bytes."""

    def __init__(self):
        self.heads = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        self.heads.append(head.decode())
        host, port = head.split()[1].decode().rsplit(":", 1)
        upstream = socket.create_connection((host, int(port)))
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=self._pass, args=(upstream, client), daemon=True).start()
        self._pass(client, upstream)

    @staticmethod
    def _pass(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        for sock in (source, target):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def test_configured_proxy_is_used(stage):
    """A proxy that is configured gets a CONNECT and nothing of the login."""
    stage.box, stage.follower = None, None  # the proxy listens in this network
    proxy = ConnectProxy()
    sim = stage.simulate(scenario(domains=["example.com"]))
    stage.start({"symantec": stage.symantec(sim, proxy=f"http://127.0.0.1:{proxy.port}"),
                 "domains": ["example.com"]})
    sim.wait_requests(1)
    assert sim.requests()[0]["auth_ok"]
    assert proxy.heads[0].startswith(f"CONNECT 127.0.0.1:{sim.port} HTTP/1.1")
    assert "Authorization" not in proxy.heads[0]
    proxy.server.close()
