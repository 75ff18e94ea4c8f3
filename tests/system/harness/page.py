# SPDX-License-Identifier: MIT
"""Status pages as a browser reads them: fetched over TCP, parsed, and held against what goes for every page."""

import html.parser
import http.client
import re
import time
import urllib.parse

VOID = {"meta", "link", "input", "br", "hr", "img"}
# What a page must not load or run: all of it is a file of our own.
LOADING = ("src", "srcset", "poster", "data", "formaction", "background", "ping")
MARKUP = "<script>alert(1)</script>\"'&"


class Element:
    """An element with its children; texts are strings among them."""

    def __init__(self, tag, attributes, parent=None):
        self.tag, self.attributes, self.parent, self.children = tag, attributes, parent, []

    def __getitem__(self, name):
        return self.attributes.get(name)

    def text(self):
        """All text in it, white space folded."""
        return " ".join("".join(self._texts()).split())

    def _texts(self):
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child._texts()
                if child.tag in ("td", "th", "li", "p", "div", "dt", "dd", "h1", "h2", "h3", "tr", "span", "title", "desc"):
                    yield " "

    def all(self, tag=None, **attributes):
        """Elements below it, in the order of the document."""
        for child in self.children:
            if isinstance(child, str):
                continue
            classes = (child["class"] or "").split()
            if (tag is None or child.tag == tag) and all(
                    value in classes if name == "class_" else child[name.replace("_", "-")] == value
                    for name, value in attributes.items()):
                yield child
            yield from child.all(tag, **attributes)

    def one(self, tag=None, **attributes):
        """The only one."""
        found = list(self.all(tag, **attributes))
        assert len(found) == 1, f"{len(found)} of {tag} {attributes}"
        return found[0]


class _Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = self.at = Element("", {})

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice: {tag} {attrs}"
        element = Element(tag, dict(attrs), self.at)
        self.at.children.append(element)
        if tag not in VOID:
            self.at = element

    def handle_startendtag(self, tag, attrs):
        self.at.children.append(Element(tag, dict(attrs), self.at))

    def handle_endtag(self, tag):
        assert self.at.tag == tag, f"</{tag}> ends <{self.at.tag}>"
        self.at = self.at.parent

    def handle_data(self, data):
        self.at.children.append(data)


def parse(text):
    """The document; every element has to be ended."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.at is reader.root, f"<{reader.at.tag}> is not ended"
    return reader.root


def check_page(text):
    """What goes for every page: nothing foreign in it, and somebody who cannot see it finds the way."""
    page = parse(text)
    assert text.startswith("<!DOCTYPE html>\n<html lang=\"en\">")
    for element in page.all():
        for name, value in element.attributes.items():
            assert name != "style" and not name.startswith("on"), (element.tag, name, value)
            if name in LOADING or (name == "href" and element.tag == "link"):
                assert not re.match(r"(\w+:)?//", value) and not value.startswith("javascript:"), (element.tag, value)
        assert element.tag not in ("style", "iframe", "object", "embed", "base", "template"), element.tag
        if element.tag == "script":
            assert element["src"] and not element.children
        if element.tag == "a":
            href = urllib.parse.urlsplit(element["href"])
            assert href.scheme in ("", "http", "https"), element["href"]
            assert not href.scheme or element["rel"] == "noreferrer", element["href"]
            assert element.text(), f"a link without words: {element['href']}"
        if element.tag == "th":
            assert element["scope"] in ("row", "col")
        if element.tag == "svg" and element["aria-hidden"] != "true":
            assert element["role"] == "img"
            assert [c.tag for c in element.children[:2]] == ["title", "desc"]
            named = element["aria-labelledby"].split()
            assert [c["id"] for c in element.children[:2]] == named
            assert element.children[0].text() and element.children[1].text()
    ids = [e["id"] for e in page.all() if e["id"]]
    assert len(ids) == len(set(ids)), "an id twice"
    for element in page.all():
        for name in (element["aria-labelledby"] or "").split() + ([element["for"]] if element.tag == "label" else []):
            assert name in ids, name
    levels = [int(e.tag[1]) for e in page.all() if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1 and levels.count(1) == 1, levels
    assert all(b <= a + 1 for a, b in zip(levels, levels[1:])), f"headings skip a level: {levels}"
    for landmark in ("header", "main", "footer"):
        page.one(landmark)
    skip = next(page.all("a"))
    assert skip["href"] == "#main" and page.one("main")["id"] == "main"
    assert page.one("head").one("title").text()
    return page


class Site:
    """The listener of a daemon."""

    def __init__(self, port):
        self.port = port

    def get(self, path, method="GET", **headers):
        """(status, {header: value}, bytes, (seconds to the first byte, in all))."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.connect()
            start = time.monotonic()
            connection.request(method, path, headers=headers)
            reply = connection.getresponse()
            first = time.monotonic() - start
            body = reply.read()
            return reply.status, dict(reply.getheaders()), body, (first, time.monotonic() - start)
        finally:
            connection.close()

    def page(self, path="/", status=200):
        """A page, checked as every one is."""
        have, headers, body, _ = self.get(path)
        assert have == status, (path, have, body[:500])
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        assert headers["Cache-Control"] == "no-store"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        return check_page(body.decode())
