# SPDX-License-Identifier: MIT
"""The control socket of a daemon as a client sees it: HTTP and JSON over a UNIX socket (docs/control-api.md)."""

import http.client
import json
import os
import socket
import urllib.parse


class _Connection(http.client.HTTPConnection):
    """One connection, by a path that may be longer than a socket's address."""

    def __init__(self, path, timeout):
        super().__init__("mailsecd", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        folder = os.open(self.path.parent, os.O_PATH | os.O_DIRECTORY)
        try:
            self.sock.connect(f"/proc/self/fd/{folder}/{self.path.name}")
        finally:
            os.close(folder)


class Control:
    """Asks one daemon, a new connection for each request."""

    def __init__(self, daemon, timeout=20):
        self.path = daemon.run / "control.sock"
        self.timeout = timeout

    def ask(self, method, path, body=None, status=200, **query):
        """The document that comes back, with the status that is expected."""
        url = "/v1/" + path
        if query:
            url += "?" + urllib.parse.urlencode(query)
        connection = _Connection(self.path, self.timeout)
        try:
            connection.request(method, url, None if body is None else json.dumps(body).encode(),
                               {"Content-Type": "application/json"} if body is not None else {})
            reply = connection.getresponse()
            text = reply.read().decode()
        finally:
            connection.close()
        assert reply.status == status, f"{method} {url}: {reply.status} {text}"
        return json.loads(text)

    def pages(self, path, member, **query):
        """A list of which a request gives a page."""
        found = []
        while True:
            page = self.ask("GET", path, **query)
            found += page[member]
            if page["next"] is None:
                return found
            query["after"] = page["next"]

    def alerts(self, match="*"):
        """What stands, flaps or is held back: identity -> ALERT."""
        return {a["identity"]: a for a in self.pages("alerts", "alerts", match=match)}

    def alert(self, identity):
        """One of them, or None."""
        return self.alerts(identity).get(identity)

    def explain(self, identity):
        """Why an alert stands, or does not."""
        return self.ask("GET", "explain", identity=identity)

    def events(self, match="*"):
        """The records of alerts that the glob covers, in the order of their numbers."""
        return self.pages("events", "events", match=match)

    def silence(self, match, comment="planned work", status=201, **end):
        """Makes a silence with `for` (write it span=) or `until`."""
        if "span" in end:
            end["for"] = end.pop("span")
        return self.ask("POST", "silences", {"match": match, "comment": comment, "by": "alice", **end}, status)

    def silences(self):
        """Those in force: id -> silence."""
        return {s["id"]: s for s in self.ask("GET", "silences")["silences"]}

    def end_silence(self, number, status=200):
        """Ends one."""
        return self.ask("DELETE", f"silences/{number}", status=status)

    def acknowledge(self, identity, comment="looking at it", status=200, **members):
        """Acknowledges an alert, with `for` (write it span=) and `ceiling` if wanted."""
        if "span" in members:
            members["for"] = members.pop("span")
        return self.ask("POST", "acks", {"identity": identity, "comment": comment, "by": "alice", **members}, status)

    def end_acknowledgement(self, identity, status=200):
        """Takes it back."""
        return self.ask("DELETE", "acks", identity=identity, status=status)
