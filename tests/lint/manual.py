#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""manual.py PRINT-KEYS MAILSECD: writes what the manual pages have from the tables in the code (`make docs`).

In docs/mailsecd.conf.5 these are bounds and default of each key (config/schema.c, by PRINT-KEYS), in
docs/mailsecd-alerts.7 the meaning, unit, bad side and built-in limits of each metric (MAILSECD --list-metrics). They
stand behind an item's .It, between two comments; everything else on the pages is written by hand. A key or metric
that is not there yet is added at the end of its list. docs.py asks the same functions whether the pages are up to
date."""

import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CONFIG, ALERTS = ROOT / "docs" / "mailsecd.conf.5", ROOT / "docs" / "mailsecd-alerts.7"

OPEN, CLOSE = r'.\" made by "make docs":', r'.\" made until here.'
WIDTH = 78

# Where the keys of a section stand on the page: (section, subsection).
PLACES = {"": "Top level", "limits": "Limits", "limits.METRIC": "Limits"}


def escaped(text):
    """Text for a line of mdoc that is no macro."""
    text = text.replace("\\", r"\e").replace('"', r"\(dq")
    return r"\&" + text if text[:1] in (".", "'") else text


def paragraph(text):
    """Lines of plain text, none of which can be taken for a macro."""
    return [escaped(line) for line in textwrap.wrap(text, WIDTH, break_on_hyphens=False, break_long_words=False)]


def literal(text, mark=""):
    """A macro line for text as it is typed, with a mark behind it."""
    return f".Li {escaped(text)}{mark}"


# --- the tables ------------------------------------------------------------------------------------------------------


class Key:
    """A row of the table of keys."""

    macro, section = "Ic", "KEYS"

    def __init__(self, row):
        path, self.kind, self.bounds, self.default, self.help = row.split("\t")
        head, _, self.name = path.rpartition(".")
        self.place = PLACES.get(head, head)
        self.path = path

    def head(self):
        """The item of a key that is new."""
        return f".It Ic {self.name} No = Em {self.kind}"

    def lines(self):
        """Bounds and default."""
        found = []
        if self.kind == "word":
            *words, last_but_one, last = self.bounds.split(", ")
            found += ["One of", *(literal(w, " ,") for w in words), literal(last_but_one), "or", literal(last, " .")]
        elif self.bounds:
            found += paragraph(self.bounds[0].upper() + self.bounds[1:] + ".")
        if self.default:
            found += ["Default:", literal(self.default, " .")]
        elif self.kind in ("group", "list"):
            found.append("Default: empty.")
        else:
            found.append("No default.")
        return found


class Metric:
    """A row of the tables of metrics."""

    macro, section = "Va", "METRICS"

    def __init__(self, row):
        self.row = row
        self.name, self.source = row["name"], row["source"]
        self.place = f"{row['source']}, per {row['scope']}"
        self.path = f"{self.place}: {self.name}"
        self.limited = "warning" in row or "critical" in row

    def head(self):
        """The item of a metric that is new."""
        return f".It Va {self.name}"

    def limits(self):
        """The built-in ones, in words."""
        found = []
        for level in ("warning", "critical"):
            if level in self.row:
                value = self.row[level]
                words = span(value) if self.row["unit"] == "seconds" else f"{value:g}"
                if "times" in self.row:
                    words = f"{value:g} x {self.row['times']}".replace("1 x stale_after", "stale_after")
                found.append(f"{level} {words}")
        return ", ".join(found) or "no limit"

    def lines(self):
        """What it measures; unit, side and limits."""
        unit = {"color": "colour"}.get(self.row["unit"], self.row["unit"]).capitalize()
        side = "no bad side" if self.row["bad"] == "none" else f"{self.row['bad']} is bad"
        words = self.row["help"]
        return paragraph(words[0].upper() + words[1:] + ".") + paragraph(f"{unit}; {side}; {self.limits()}.")


def span(seconds):
    """A duration as the program prints it."""
    words = []
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        if seconds >= size:
            words.append(f"{int(seconds // size)}{unit}")
            seconds %= size
    return " ".join(words) or "0s"


def output(*argv):
    """What a program prints."""
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def read_keys(print_keys):
    """Every key."""
    return [Key(line) for line in output(print_keys).splitlines()]


def read_metrics(mailsecd):
    """Every metric."""
    return [Metric(row) for row in json.loads(output(mailsecd, "--list-metrics", "--json"))]


# --- the pages -------------------------------------------------------------------------------------------------------


class Page:
    """A page as items with what stands around them."""

    def __init__(self, text, macro):
        self.items = {}  # (subsection, name) -> [first line, line behind the last]
        self.ends = {}  # subsection -> the line of its list's .El
        self.lines = text.splitlines()
        sub, name, depth = "", None, 0
        for i, line in enumerate(self.lines):
            if line.startswith((".Sh ", ".Ss ")):
                sub, depth = line[4:], 0
            elif line.startswith(".Bl"):
                depth += 1
            elif line.startswith(".El"):
                depth -= 1
                if depth == 0 and name:
                    self.items[name][1] = self.ends[sub] = i
                    name = None
            elif depth == 1 and line.startswith(".It"):
                if name:
                    self.items[name][1] = i
                    name = None
                match = re.match(rf"\.It {macro} ([A-Za-z_]+)(?: No =.*)?$", line)
                if match:
                    name = (sub, match[1])
                    self.items[name] = [i, i]

    def body(self, name):
        """The lines of an item, without its .It and what is made."""
        first, end = self.items[name]
        lines = self.lines[first + 1:end]
        if OPEN in lines and CLOSE in lines:
            return lines[:lines.index(OPEN)] + lines[lines.index(CLOSE) + 1:]
        return lines

    def head(self, name):
        """Its .It."""
        return self.lines[self.items[name][0]]


def rendered(text, rows):
    """The page as the tables want it."""
    page = Page(text, rows[0].macro)
    edits = []
    for row in rows:
        made = [OPEN, *row.lines(), CLOSE]
        name = (row.place, row.name)
        if name in page.items:
            first, end = page.items[name]
            edits.append((first, end, [page.head(name), *made, *page.body(name)]))
        elif row.place in page.ends:
            end = page.ends[row.place]
            edits.append((end, end, [row.head(), *made]))
    # From the end on, so that the places before stay what they are; of equal ones the later row first.
    for first, end, lines in sorted(reversed(edits), key=lambda e: e[0], reverse=True):
        page.lines[first:end] = lines
    return "\n".join(page.lines) + "\n"


def main():
    if len(sys.argv) != 3:
        print("usage: manual.py PRINT-KEYS MAILSECD", file=sys.stderr)
        return 2
    for path, rows in ((CONFIG, read_keys(sys.argv[1])), (ALERTS, read_metrics(sys.argv[2]))):
        text = path.read_text(encoding="utf-8")
        new = rendered(text, rows)
        if new != text:
            path.write_text(new, encoding="utf-8")
            print(f"{path.relative_to(ROOT)} is written anew")
    return 0


if __name__ == "__main__":
    sys.exit(main())
