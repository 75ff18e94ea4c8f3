# SPDX-License-Identifier: MIT
"""Alertmanagers for the tests: one that is played by a script and keeps all that it was sent, and the real one."""

import calendar
import ctypes
import http.server
import json
import os
import pathlib
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
import time

from harness.tls import Authority
from harness.wait import DEADLINE, wait_for

CLONE_NEWNET = 0x40000000
PROGRAMS = ("prometheus-alertmanager", "amtool")


def listen_in(box, port=0):
    """A socket that listens at 127.0.0.1 of the box's network (None: of this machine's)."""
    made = []

    def work():
        try:
            if box:
                with open(f"/proc/{box.holder.pid}/ns/net", "rb") as space:
                    # Of this thread only; a socket stays in the network where it was made.
                    if ctypes.CDLL(None, use_errno=True).setns(space.fileno(), CLONE_NEWNET) != 0:
                        raise OSError(ctypes.get_errno(), "setns")
            sock = socket.socket()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(("127.0.0.1", port))
            sock.listen(16)
            made.append(sock)
        except OSError as problem:
            made.append(problem)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if isinstance(made[0], OSError):
        raise made[0]
    return made[0]


class Post:
    """One request: when it came (real time), what it said."""

    def __init__(self, path, headers, body):
        self.at = time.time()
        self.path = path
        self.headers = dict(headers)
        self.body = body
        self.alerts = json.loads(body)


def key_of(alert):
    """What Alertmanager knows an alert by."""
    return tuple(sorted(alert["labels"].items()))


class FakeAlertmanager:
    """Takes POST /api/v2/alerts as long as `mode` is "ok"; a number is the status it answers instead, and "hang" is
    that it does not answer."""

    def __init__(self, box):
        self.box = box
        self.mode = "ok"
        self.reply = b""
        self.retry_after = None
        self.posts = []    # those that were taken
        self.refused = []  # those that were not
        self.released = threading.Event()
        self.lock = threading.Lock()
        self.server = None
        self.port = 0
        self.tls = None
        self.open()

    @property
    def url(self):
        """Its address in a configuration."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def encrypt(self, directory):
        """Speaks TLS from here on; the certificate of the CA to trust."""
        authority = Authority(directory, "alertmanager-ca")
        self.close()
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(*authority.sign("alertmanager"))
        self.open()
        return authority.certificate

    def open(self):
        """Listens, at the same port as before."""
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """One connection of the daemon's."""
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # pylint: disable=invalid-name
                """Takes it, or does what the test wants."""
                body = self.rfile.read(int(self.headers["Content-Length"]))
                post = Post(self.path, self.headers, body)
                mode = fake.mode
                with fake.lock:
                    (fake.posts if mode == "ok" else fake.refused).append(post)
                if mode == "hang":
                    fake.released.wait(DEADLINE)
                    self.close_connection = True
                    return
                self.send_response(200 if mode == "ok" else mode)
                if fake.retry_after:
                    self.send_header("Retry-After", fake.retry_after)
                self.send_header("Content-Length", str(len(fake.reply)))
                self.end_headers()
                self.wfile.write(fake.reply)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                """Nobody reads it."""

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            """On a socket that is there already."""
            daemon_threads = True
            block_on_close = False

            def __init__(self, sock):
                super().__init__(sock.getsockname(), Handler, bind_and_activate=False)
                self.socket.close()
                self.socket = sock
                self.kept = set()

            def get_request(self):
                connection, address = super().get_request()
                if fake.tls:
                    connection = fake.tls.wrap_socket(connection, server_side=True)
                self.kept.add(connection)
                return connection, address

            def shutdown_request(self, request):
                self.kept.discard(request)
                super().shutdown_request(request)

            def handle_error(self, request, client_address):
                """A connection that the test cut."""

        sock = listen_in(self.box, self.port)
        self.port = sock.getsockname()[1]
        self.released.clear()
        self.server = Server(sock)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        """Is away: nobody listens, and what was connected is cut off."""
        if not self.server:
            return
        self.released.set()
        self.server.shutdown()
        for connection in list(self.server.kept):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.server.server_close()
        self.server = None

    # --- what came ---------------------------------------------------------------------------------------

    def alerts(self, since=0, **labels):
        """Every alert of the posts taken from the number `since` on that has these labels, in order."""
        with self.lock:
            posts = list(self.posts[since:])
        return [a for p in posts for a in p.alerts if all(a["labels"].get(k) == v for k, v in labels.items())]

    def last(self, **labels):
        """The last that was said of each alert: as Alertmanager has them."""
        return {key_of(a): a for a in self.alerts(**labels)}

    def standing(self, now, **labels):
        """Those that have not ended at that moment (seconds)."""
        return [a for a in self.last(**labels).values() if seconds(a["endsAt"]) > now]

    def wait(self, condition, what, deadline=DEADLINE):
        """Waits until the condition holds of this server."""
        return wait_for(lambda: condition(self), lambda: f"{what}: {self.tell()}", deadline, 0.02)

    def tell(self):
        """The last posts, for the words of a failing assertion."""
        return [(round(p.at, 2), [(a["labels"].get("domain"), a["labels"].get("severity"), a["startsAt"], a["endsAt"])
                                  for a in p.alerts]) for p in self.posts[-6:]]


def seconds(text):
    """Of an RFC 3339 time with milliseconds."""
    assert text[10] == "T" and text[19] == "." and len(text) == 24 and text.endswith("Z"), text
    whole = time.strptime(text[:19] + " UTC", "%Y-%m-%dT%H:%M:%S %Z")
    return calendar.timegm(whole) + float("0" + text[19:-1])


# --- the real one ------------------------------------------------------------------------------------------

def missing():
    """Why there is no real Alertmanager here, in words; None when there is."""
    for program in PROGRAMS:
        if not shutil.which(program):
            return f"no {program} here (Debian package prometheus-alertmanager)"
    return None


CONFIG = """\
route:
  receiver: nobody
  group_by: [alertname, domain]
receivers:
  - name: nobody
"""


class RealAlertmanager:
    """prometheus-alertmanager on a port and in a folder of its own."""

    def __init__(self, box, directory, config=CONFIG):
        self.box = box
        self.directory = pathlib.Path(directory)
        self.config = self.directory / "alertmanager.yml"
        self.config.write_text(config)
        with listen_in(box) as sock:
            self.port = sock.getsockname()[1]
        self.process = None
        self.starts = 0
        self.start()

    @property
    def url(self):
        """Its address in a configuration."""
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        """Starts it; alerts of an earlier run are forgotten, as it does."""
        self.starts += 1
        self.log = self.directory / f"log{self.starts}"
        argv = ["prometheus-alertmanager", f"--config.file={self.config}", f"--storage.path={self.directory}/data",
                f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address="]
        with open(self.log, "wb") as file:
            self.process = subprocess.Popen(self.box.wrap(argv) if self.box else argv, stdin=subprocess.DEVNULL,
                                            stdout=file, stderr=file)
        wait_for(lambda: "Listening on" in self.log.read_text() or self.process.poll() is not None,
                 lambda: f"Alertmanager is up: {self.log.read_text()}")
        assert self.process.poll() is None, self.log.read_text()

    def stop(self):
        """Ends it."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def amtool(self, *arguments, status=0):
        """What amtool prints."""
        argv = ["amtool", "--alertmanager.url", self.url, *arguments]
        done = subprocess.run(self.box.wrap(argv) if self.box else argv, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=20, check=False, env=dict(os.environ, TZ="UTC"))
        assert done.returncode == status, done.stderr
        return done.stdout

    def alerts(self, *matchers):
        """The alerts that stand there."""
        return json.loads(self.amtool("alert", "query", "-o", "json", *matchers))

    def wait_alerts(self, condition, what, deadline=DEADLINE):
        """Waits until the condition holds of them, and returns them."""
        found = []

        def look():
            found[:] = self.alerts()
            return condition(found)

        wait_for(look, lambda: f"{what}: {found}", deadline, 0.1)
        return found
