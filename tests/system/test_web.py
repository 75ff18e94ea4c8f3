# SPDX-License-Identifier: MIT
"""The listener of the status page and /metrics: when there is one, who may ask, and what it costs when it is abused."""

import base64
import http.client
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest

from harness import tls
from harness.clock import Clock
from harness.control import Control
from harness.daemon import write_secret
from harness.libconf import document
from harness.port import free_port
from harness.simulator import scenario
from harness.stage import Stage
from harness.wait import wait_for

WARNING = 4
PASSWORD = "the password of the pages"
CONNECTIONS = 64  # WEB_CONNECTIONS_MAX
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
                               "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

need_openssl = pytest.mark.skipif(bool(tls.MISSING), reason=tls.MISSING or "")


def login(password=PASSWORD, name="mailsecd"):
    """The header of Basic auth."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def ask(port, path="/healthz", method="GET", headers=None, context=None, timeout=20):
    """(status, headers, body) of one request over a connection of its own."""
    if context:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=timeout, context=context)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, headers=headers or {})
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read()
    finally:
        connection.close()


def refuses(port):
    """Whether nobody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except ConnectionRefusedError:
        return True
    return False


def listening(daemon):
    """TCP sockets of the daemon that listen."""
    inodes = set()
    for name in os.listdir(f"/proc/{daemon.pid}/fd"):
        found = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(f"/proc/{daemon.pid}/fd/{name}"))
        if found:
            inodes.add(found[1])
    rows = [line.split() for table in ("tcp", "tcp6")
            for line in pathlib.Path(f"/proc/{daemon.pid}/net/{table}").read_text().splitlines()[1:]]
    return sum(row[3] == "0A" and row[9] in inodes for row in rows)


@pytest.fixture
def near(build, tmp_path):
    """A stage in the tests' own network, where its ports can be asked."""
    stage = Stage(build, tmp_path)
    yield stage
    stage.close()


@pytest.fixture
def pages(near):
    """A daemon whose pages can be asked: .port and the simulator .sim."""
    sim = near.simulate(scenario(domains=["a.example", "b.example"]))
    near.port, near.sim = free_port(), sim
    near.config = {"symantec": near.symantec(sim, interval="10s", timeout="9s"), "domains": ["a.example", "b.example"],
                   "web": {"listen": f"127.0.0.1:{near.port}"}}
    near.daemon = near.start(near.config)
    return near


def with_web(stage, **members):
    """The stage's configuration with these members of `web`; None takes one away."""
    web = {**stage.config["web"], **members}
    return stage.complete({**stage.config, "web": {k: v for k, v in web.items() if v is not None}})


# --- whether there is one -----------------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may look at the daemon's sockets")
def test_off_by_default(near):
    """Without `listen` nothing of TCP listens."""
    sim = near.simulate(scenario(domains=["a.example"]))
    config = {"symantec": near.symantec(sim), "domains": ["a.example"]}
    for web in ({}, {"web": {}}, {"web": {"listen": ""}}):
        assert listening(near.start({**config, **web})) == 0, web
    assert listening(near.start({**config, "web": {"listen": "127.0.0.1:0"}})) == 1


def test_get_and_head_only(pages):
    """Nothing there changes anything, and every answer says to a browser what it may do."""
    for path in ("/healthz", "/readyz", "/metrics", "/api/v1/status", "/nothing"):
        status, headers, body = ask(pages.port, path)
        assert status == (404 if path == "/nothing" else 200), path
        assert {k: headers[k] for k in SECURITY} == SECURITY, path
        bare, more, nothing = ask(pages.port, path, "HEAD")
        assert bare == status and nothing == b"" and more["Content-Type"] == headers["Content-Type"], path
        assert body
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        for path in ("/", "/api/v1/silences", "/api/v1/reload", "/api/v1/polls"):
            status, headers, _ = ask(pages.port, path, method)
            assert status == 405 and headers["Allow"] == "GET, HEAD", (method, path)
            assert {k: headers[k] for k in SECURITY} == SECURITY, (method, path)
    for host, expected in (("localhost", 200), ("[::1]:80", 200), ("evil.example", 421), ("127.0.0.1.evil.example", 421)):
        assert ask(pages.port, headers={"Host": host})[0] == expected, host


def test_port_in_use(near):
    """What is watched does not depend on it: it is told, shows in the status, and a reload tries again."""
    sim = near.simulate(scenario(domains=["a.example"]))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = "127.0.0.1:%d" % other.getsockname()[1]
        daemon = near.start({"symantec": near.symantec(sim), "domains": ["a.example"], "web": {"listen": address}})
        sim.wait_requests(1)
        assert [text for level, text in daemon.diagnostics() if level <= WARNING and address in text], daemon.stderr()
        wait_for(lambda: "the status page cannot be opened" in daemon.notify.status(), lambda: daemon.notify.status())
    daemon.reload()
    assert ask(int(address.split(":")[1]))[0] == 200
    wait_for(lambda: "the status page" not in daemon.notify.status(), lambda: daemon.notify.status())


def told(daemon, text):
    """How often that was said."""
    return sum(text in line for _, line in daemon.diagnostics())


def test_port_is_free_later(near):
    """It is tried again every 30 seconds, at start and after a reload to another address, and told twice only."""
    clock = Clock(60)
    sim = near.simulate(scenario(domains=["a.example"]), clock)
    config = {"symantec": near.symantec(sim, interval="10s", timeout="9s"), "domains": ["a.example"]}
    ports = []
    daemon = None
    for words in ("cannot be opened", "not where it should be"):
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", 0))
            other.listen()
            ports.append(other.getsockname()[1])
            address = f"127.0.0.1:{ports[-1]}"
            if daemon:
                daemon.reload(near.complete({**config, "web": {"listen": address}}))
                assert ask(ports[0])[0] == 200
            else:
                daemon = near.start({**config, "web": {"listen": address}}, clock)
            wait_for(lambda: words in daemon.notify.status(), lambda: daemon.notify.status())
            time.sleep(2.5)  # some tries
            assert told(daemon, address) == 1, daemon.stderr()
        wait_for(lambda: not refuses(ports[-1]), lambda: daemon.stderr())
        assert ask(ports[-1])[0] == 200
        wait_for(lambda: told(daemon, f"{address} is listened at now") == 1, lambda: daemon.stderr())
        wait_for(lambda: "the status page" not in daemon.notify.status(), lambda: daemon.notify.status())
        time.sleep(1.5)
        assert told(daemon, address) == 2, daemon.stderr()
    assert refuses(ports[0])


def test_reload(pages):
    """Another address, none, and one again; who is connected stays where only the address changes."""
    first, second = pages.port, free_port()
    with socket.create_connection(("127.0.0.1", first), 20) as kept:
        kept.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b" 200 " in kept.recv(4096)
        pages.daemon.reload(with_web(pages, listen=f"127.0.0.1:{second}"))
        assert refuses(first) and ask(second)[0] == 200
        kept.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b" 200 " in kept.recv(4096)
    pages.daemon.reload(with_web(pages, listen=""))
    assert refuses(first) and refuses(second)
    pages.daemon.reload(with_web(pages))
    assert ask(first)[0] == 200
    # One that is taken: it stays where it was.
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = "127.0.0.1:%d" % other.getsockname()[1]
        pages.daemon.reload(with_web(pages, listen=address))
        assert ask(first)[0] == 200
        assert [text for level, text in pages.daemon.diagnostics() if level <= WARNING and address in text]


# --- sockets of the service manager -------------------------------------------------------------------------

# Becomes the daemon with sockets as its descriptors from 3 on, as the service manager would have it.
INHERIT = """
import fcntl, os, socket, sys
split = sys.argv.index("--")
kinds, addresses = sys.argv[1:split:2], sys.argv[2:split:2]
ready = []
for kind, address in zip(kinds, addresses):
    if kind == "unix":
        s = socket.socket(socket.AF_UNIX)
        s.bind(address)
    else:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        host, port = address.rsplit(":", 1)
        s.bind((host, int(port)))
    if kind != "udp":
        s.listen(16)
    ready.append(fcntl.fcntl(s.detach(), fcntl.F_DUPFD_CLOEXEC, 100))
for number, fd in enumerate(ready, 3):
    os.dup2(fd, number)
os.environ.update(LISTEN_FDS=str(len(ready)), LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[split + 1], sys.argv[split + 1:])
"""


def inherit(*sockets):
    """The wrapper of a daemon that is handed these sockets: (kind, address)."""
    return ("/usr/bin/python3", "-c", INHERIT, *(str(word) for pair in sockets for word in pair), "--")


def test_inherited(near):
    """It is used without `listen`, and stays whatever a reload says."""
    sim = near.simulate(scenario(domains=["a.example"]))
    config = {"symantec": near.symantec(sim), "domains": ["a.example"]}
    port, other = free_port(), free_port()
    daemon = near.start(config, wrapper=inherit(("tcp", f"127.0.0.1:{port}")))
    assert ask(port)[0] == 200
    daemon.reload(near.complete({**config, "web": {"listen": f"127.0.0.1:{other}"}}))
    assert ask(port)[0] == 200 and refuses(other)
    write_secret(near.directory / "web", PASSWORD + "\n")
    daemon.reload(near.complete({**config, "web": {"password_file": str(near.directory / "web")}}))
    assert ask(port)[0] == 401 and ask(port, headers=login())[0] == 200


def test_inherited_several(near):
    """The first that fits is used, the others are closed, and told."""
    sim = near.simulate(scenario(domains=["a.example"]))
    port, other = free_port(), free_port()
    daemon = near.start({"symantec": near.symantec(sim), "domains": ["a.example"]},
                        wrapper=inherit(("udp", f"127.0.0.1:{other}"), ("tcp", f"127.0.0.1:{port}"),
                                        ("tcp", f"127.0.0.1:{other}")))
    assert ask(port)[0] == 200 and refuses(other)
    assert [text for level, text in daemon.diagnostics() if level <= WARNING] == [
        "Socket 3 of the service manager is not used: it is not a listening socket of TCP",
        "Socket 5 of the service manager is not used: the status page has one already"]


@pytest.mark.parametrize("kind", ["udp", "unix", "remote"])
def test_inherited_but_not_fit(near, kind):
    """It is told, and everything else goes on; a remote one needs what a remote address needs."""
    sim = near.simulate(scenario(domains=["a.example"]))
    port = free_port()
    address = near.directory / "socket" if kind == "unix" else f"{'0.0.0.0' if kind == 'remote' else '127.0.0.1'}:{port}"
    daemon = near.start({"symantec": near.symantec(sim), "domains": ["a.example"]},
                        wrapper=inherit(("tcp" if kind == "remote" else kind, address)))
    sim.wait_requests(1)
    assert [text for level, text in daemon.diagnostics() if level <= WARNING], daemon.stderr()
    if kind == "remote":
        with socket.create_connection(("127.0.0.1", port), 5) as client:
            client.settimeout(1)
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try:
                answer = client.recv(100)
            except (TimeoutError, ConnectionResetError):
                answer = b""
            assert answer == b""


@pytest.mark.skipif(not shutil.which("systemd-socket-activate"), reason="no systemd-socket-activate(1) here")
def test_socket_activation(near, build):
    """By systemd's own tool: it listens before the daemon is there."""
    sim = near.simulate(scenario(domains=["a.example"]))
    port = free_port()
    config = near.directory / "activated.conf"
    state = near.directory / "activated"
    state.mkdir()
    config.write_text(document(near.complete({"symantec": near.symantec(sim), "domains": ["a.example"],
                                              "state_dir": str(state)})))
    with open(near.directory / "activated.log", "wb") as log:
        program = subprocess.Popen(["systemd-socket-activate", "-l", f"127.0.0.1:{port}", "-E", f"RUNTIME_DIRECTORY={state}",
                                    str(pathlib.Path(build) / "mailsecd"), "-c", str(config)], stdout=log, stderr=log)
    try:
        wait_for(lambda: not refuses(port), "a socket")
        assert ask(port)[0] == 200
    finally:
        program.terminate()
        program.wait(20)
    assert program.returncode == 0, (near.directory / "activated.log").read_text()


# --- who may ask --------------------------------------------------------------------------------------------


@pytest.fixture
def authority(near):
    """A CA, the server's certificate .server, and a client's .client."""
    folder = near.directory / "tls"
    folder.mkdir()
    made = tls.Authority(folder)
    made.server = made.sign("server")
    made.client = made.sign("client", "DNS:client")
    write_secret(folder / "password", PASSWORD + "\n")
    made.password = str(folder / "password")
    return made


def https(authority, **more):
    """Members of `web` for TLS."""
    return {"certificate_file": str(authority.server[0]), "key_file": str(authority.server[1]), **more}


@need_openssl
def test_remote_address_is_refused(near, authority):
    """It takes allow_remote, TLS, and a way to tell who asks: all three."""
    ca, password = {"client_ca_file": str(authority.certificate)}, {"password_file": authority.password}
    rows = [
        ({}, 2), ({"allow_remote": True}, 2), ({"allow_remote": True, **https(authority)}, 2),
        ({"allow_remote": True, **password}, 2), (https(authority, **password), 2), (https(authority, **ca, **password), 2),
        (https(authority, allow_remote=True, **password), 0), (https(authority, allow_remote=True, **ca), 0),
        (https(authority, allow_remote=True, **ca, **password), 0),
    ]
    path = near.directory / "web.conf"
    for number, (members, expected) in enumerate(rows):
        for address in ("0.0.0.0:9797", "[::]:9797", "192.0.2.1:443", "[2001:db8::1]:443"):
            path.write_text(document({"immuniweb": {"enabled": True}, "domains": ["a.example"],
                                      "web": {"listen": address, **members}}))
            done = near.run("--check-config", "--config", path)
            assert done.returncode == expected, (number, address, done.stdout + done.stderr)
            assert expected == 0 or f"{path}:" in done.stdout + done.stderr
    for address in ("127.0.0.1:9797", "[::1]:9797", "127.9.9.9:1"):
        path.write_text(document({"immuniweb": {"enabled": True}, "domains": ["a.example"], "web": {"listen": address}}))
        assert near.run("--check-config", "--config", path).returncode == 0, address


@need_openssl
def test_remote_with_password(pages, authority):
    """Over TLS with the right password, and not otherwise; a reload changes it."""
    port, context = free_port(), authority.context()
    pages.daemon.reload(with_web(pages, listen=f"0.0.0.0:{port}", allow_remote=True,
                                 **https(authority, password_file=authority.password)))
    assert refuses(pages.port)
    status, headers, _ = ask(port, "/metrics", context=context)
    assert status == 401 and headers["WWW-Authenticate"].startswith("Basic realm=")
    assert {k: headers[k] for k in SECURITY} == SECURITY
    for name, password, expected in (("mailsecd", PASSWORD, 200), ("mailsecd", PASSWORD[:-1], 401), ("mailsecd", "", 401),
                                     ("root", PASSWORD, 401), ("mailsecd", PASSWORD.upper(), 401)):
        for path in ("/metrics", "/", "/nothing"):
            got = ask(port, path, headers={**login(password, name), "Host": "status.example.org"}, context=context)[0]
            assert got == (404 if expected == 200 and path == "/nothing" else expected), (name, password, path)
    with pytest.raises((http.client.HTTPException, OSError)):
        ask(port, headers=login())  # without TLS
    with pytest.raises(ssl.SSLCertVerificationError):
        ask(port, headers=login(), context=ssl.create_default_context())
    # Who is connected by the old password has to show the new one.
    kept = http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=context)
    kept.request("GET", "/healthz", headers=login())
    assert kept.getresponse().read() and kept.sock
    write_secret(authority.password, "another one\n")
    pages.daemon.reload()
    assert kept.sock.recv(1) == b""
    kept.close()
    assert ask(port, headers=login(), context=context)[0] == 401
    assert ask(port, headers=login("another one"), context=context)[0] == 200


@need_openssl
def test_client_certificates(pages, authority):
    """One of the CA is enough; without one the password, where there is one."""
    stranger = tls.Authority(authority.directory, "stranger")
    other = stranger.sign("other")
    ca = {"client_ca_file": str(authority.certificate)}
    good, none, bad = authority.context(authority.client), authority.context(), authority.context(other)
    pages.daemon.reload(with_web(pages, **https(authority, **ca)))
    for context, expected in ((good, 200), (none, 403), (bad, 403)):
        assert ask(pages.port, context=context)[0] == expected
        assert ask(pages.port, headers=login(), context=context)[0] == expected
    pages.daemon.reload(with_web(pages, **https(authority, password_file=authority.password, **ca)))
    for context, expected in ((good, 200), (none, 401), (bad, 401)):
        assert ask(pages.port, context=context)[0] == expected
        assert ask(pages.port, headers=login(), context=context)[0] == 200


@need_openssl
def test_unfit_certificate(pages, authority):
    """A key that is another certificate's is told in words, and the pages stay as they are; so at a start."""
    other = authority.sign("other")
    web = {"certificate_file": str(authority.server[0]), "key_file": str(other[1])}
    pages.daemon.reload(with_web(pages, **web))
    assert ask(pages.port)[0] == 200
    daemon = pages.start({**pages.config, "web": {"listen": f"127.0.0.1:{free_port()}", **web}})
    for one in (pages.daemon, daemon):
        assert [text for level, text in one.diagnostics()
                if level <= WARNING and "the key is not that of the certificate" in text], one.stderr()


# --- what it costs ------------------------------------------------------------------------------------------


class Crowd:
    """Clients that hang: silent, in the middle of a request, dripping, and never reading what they asked for."""

    KINDS = (b"", b"GET /metr", b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: ",
             b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20)

    def __init__(self, port, number):
        self.port, self.clients, self.open = port, [], True
        for i in range(number):
            self.clients.append(self._hang(i))
        self.thread = threading.Thread(target=self._drip, daemon=True)
        self.thread.start()

    def _hang(self, i):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(20)
        client.connect(("127.0.0.1", self.port))
        client.sendall(self.KINDS[i % len(self.KINDS)])
        client.setblocking(False)
        return client

    def _drip(self):
        """A byte of a header again and again, and a new client for each that was ended."""
        while self.open:
            for i, client in list(enumerate(self.clients)):
                try:
                    if i % len(self.KINDS) == 2:
                        client.send(b"a")
                except BlockingIOError:
                    pass
                except OSError:
                    client.close()
                    try:
                        self.clients[i] = self._hang(i)
                    except OSError:
                        pass  # the next time
            time.sleep(0.05)

    def close(self):
        """Ends them."""
        self.open = False
        self.thread.join(20)
        for client in self.clients:
            client.close()


def test_hanging_clients(pages):
    """More of them than there are connections: others are answered, polls go on, and it takes little CPU and memory."""
    before_memory = pages.daemon.status_kib("VmRSS")
    crowd = Crowd(pages.port, CONNECTIONS + 40)
    try:
        seen, cpu, begin = pages.sim.count(), pages.daemon.cpu(), time.monotonic()
        control = Control(pages.daemon)
        slowest, asked = 0.0, 0
        while pages.sim.count() < seen + 2:
            start = time.monotonic()
            assert ask(pages.port)[0] == 200
            slowest = max(slowest, time.monotonic() - start)
            assert control.ask("GET", "status")
            asked += 1
            assert time.monotonic() - begin < 60
            time.sleep(0.2)
        seconds = time.monotonic() - begin
        used = sum(pages.daemon.cpu_since(cpu))
        assert asked >= 5 and slowest < 5, (asked, slowest)
        assert used < 0.1 * seconds + 0.2, f"{used:.2f} s of CPU in {seconds:.1f} s"
        # A sanitized build keeps what was freed for a while.
        if b"__asan_init" not in (pages.build / "mailsecd").read_bytes():
            assert pages.daemon.status_kib("VmRSS") < before_memory + 16384
        requests = pages.sim.requests()
        gaps = [b["ts"] - a["ts"] for a, b in zip(requests, requests[1:])]
        assert max(gaps) < 20, gaps
    finally:
        crowd.close()
    assert ask(pages.port)[0] == 200


def test_many_connections(pages):
    """A thousand at once, opened and closed: each that asks is answered."""
    answers = []

    def visit(number):
        for _ in range(number):
            answers.append(ask(pages.port)[0])

    threads = [threading.Thread(target=visit, args=(50,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert answers == [200] * 1000
    idle = []
    try:
        for _ in range(300):
            idle.append(socket.create_connection(("127.0.0.1", pages.port), 20))
        assert ask(pages.port)[0] == 200
        if os.geteuid() == 0:
            assert pages.daemon.descriptors()[0] < CONNECTIONS + 20
    finally:
        for client in idle:
            client.close()
