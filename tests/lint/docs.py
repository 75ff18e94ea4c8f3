#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs.py MAILSECD: fails when what operators read and what the code does go apart.

Compared, both ways: metrics, with units, bad sides and default limits (from MAILSECD --list-metrics --json), events
and MESSAGE_IDs (src/core/event.c), reasons (src/core/outcome.c), configuration keys with bounds and defaults
(src/config/schema.c), journal fields (src/), and options (MAILSECD --help), against docs/*.[578], conf/mailsecd.conf
and systemd/mailsecd.catalog. Where mandoc is installed the pages must also be free of complaints."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "docs" / name for name in ("mailsecd.8", "mailsecd.conf.5", "mailsecd-alerts.7")]
problems = []


def complain(where, words):
    problems.append(f"{where}: {words}")


def read(*parts):
    path = ROOT.joinpath(*parts)
    if not path.is_file():
        complain("/".join(parts), "is missing")
        return ""
    return path.read_text(encoding="utf-8")


def compare(where, have, want, what):
    for name in sorted(want - have):
        complain(where, f"{what} {name} is missing")
    for name in sorted(have - want):
        complain(where, f"{what} {name} does not exist")


# --- reading a manual page ---------------------------------------------------------------------------


def plain(line):
    """The text of a line of mdoc, near enough."""
    line = re.sub(r"^\.(Ic|Va|Em|Li|Ql|Qq|Sx|Pa|Ev|Xr|Ar|Fl|Cm|Dq|Pq|Dv|Dl) ", "", line)
    line = line.replace(r"\(dq", '"').replace(r"\&", "").replace(r"\e", "\\")
    return re.sub(r" ([.,;:)])(?= |$)", r"\1", line)


def items(text):
    """(section, subsection, macro, names, text) of every .It with a macro in a page."""
    found, section, sub, current = [], "", "", None
    for line in text.splitlines():
        if line.startswith(".Sh "):
            section, sub, current = line[4:], "", None
        elif line.startswith(".Ss "):
            sub, current = line[4:], None
        elif line.startswith((".El", ".Bl")):
            current = None
        elif line.startswith(".It"):
            match = re.match(r"\.It (Ic|Va|Li|Fl|Ev) (.*)", line)
            current = None
            if match:
                words = re.split(r" No (?:=|Ns)| = ", match[2])[0]
                names = [w for w in words.split() if w not in (",", "Fl")]
                current = [section, sub, match[1], names, ""]
                found.append(current)
        elif current and not line.startswith(r".\""):
            current[4] += " " + plain(line)
    return found


# --- what there is -----------------------------------------------------------------------------------

UNITS = {"SEC": 1, "MIN_": 60, "HOUR": 3600, "DAY": 86400, "YEAR": 365 * 86400}


def span(seconds):
    """A duration as the program prints it."""
    words = []
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        if seconds >= size:
            words.append(f"{int(seconds // size)}{unit}")
            seconds %= size
    return " ".join(words) or "0s"


def check_metrics(program, page):
    listed = json.loads(subprocess.run([program, "--list-metrics", "--json"], check=True, capture_output=True).stdout)
    told = {}
    for section, sub, macro, names, text in items(page):
        if section == "METRICS" and macro == "Va":
            told[(sub, names[0])] = text
    want = {(f"{m['source']}, per {m['scope']}", m["name"]): m for m in listed}
    compare("mailsecd-alerts.7", {" ".join(k) for k in told}, {" ".join(k) for k in want}, "the metric")
    for key, m in want.items():
        unit = {"color": "colour"}.get(m["unit"], m["unit"]).capitalize()
        side = "no bad side" if m["bad"] == "none" else f"{m['bad']} is bad"
        limits = []
        for level in ("warning", "critical"):
            if level in m:
                value = m[level]
                words = span(value) if m["unit"] == "seconds" else f"{value:g}"
                if "times" in m:
                    words = f"{value:g} x {m['times']}".replace("1 x stale_after", "stale_after")
                limits.append(f"{level} {words}")
        line = f"{unit}; {side}; {', '.join(limits) or 'no limit'}."
        if key in told and line not in told[key]:
            complain("mailsecd-alerts.7", f"{' '.join(key)} should say \"{line}\"")
    limited = {m["name"] for m in listed if "warning" in m or "critical" in m}
    return {m["name"] for m in listed}, limited


def check_events(page, catalog):
    events = dict(re.findall(r'\{ "([a-z-]+)", "([0-9a-f]{32})"', read("src", "core", "event.c")))
    told = {}
    for section, _, macro, names, text in items(page):
        if section == "EVENTS" and macro == "Li":
            told[names[0]] = text
    compare("mailsecd-alerts.7", set(told), set(events), "the event")
    for name, text in told.items():
        if name in events and events[name] not in text:
            complain("mailsecd-alerts.7", f"the MESSAGE_ID of {name} is {events[name]}")
    entries = set(re.findall(r"^-- ([0-9a-f]{32})$", catalog, re.M))
    compare("mailsecd.catalog", entries, set(events.values()), "the MESSAGE_ID")


def check_reasons(page):
    code = read("src", "core", "outcome.c") + read("src", "engine", "announce.c")
    reasons = set(re.findall(r'\[OUTCOME_\w+\] = \{ "([a-z-]+)"', code)) - {"ok"}
    reasons |= {"limit", "no-data", "removed", "result", "config", "unmuted", "settled", "store", "records-lost"}
    told = {names[0] for section, _, macro, names, _ in items(page) if section == "REASONS" and macro == "Li"}
    compare("mailsecd-alerts.7", told, reasons, "the reason")


ENVIRONMENT = {"MAILSEC_CLOCK", "MAILSEC_FAULT"}


def check_fields(page, others):
    fields = set()
    for path in sorted((ROOT / "src").rglob("*.c")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
        fields |= set(re.findall(r'"(MAILSEC_[A-Z_]+)(?:=|")', text))
    fields -= ENVIRONMENT
    told = set()
    for section, _, macro, names, _ in items(page):
        if section == "JOURNAL FIELDS" and macro == "Va":
            told |= {name for name in names if name.startswith("MAILSEC_")}
    compare("mailsecd-alerts.7", told, fields, "the field")
    for name, text in others.items():
        for field in sorted(set(re.findall(r"\bMAILSEC_[A-Z_]+\b", text)) - fields - ENVIRONMENT):
            complain(name, f"the field {field} does not exist")
    fixed = {"MESSAGE", "MESSAGE_ID", "PRIORITY", "SYSLOG_IDENTIFIER", "SYSLOG_FACILITY", "DOCUMENTATION"}
    listed = {n for s, _, m, names, _ in items(page) if s == "JOURNAL FIELDS" and m == "Va" for n in names}
    compare("mailsecd-alerts.7", {n for n in listed if not n.startswith("MAILSEC_")}, fixed, "the field")


SECTIONS = {
    "top_keys": "Top level", "symantec_keys": "symantec", "immuniweb_keys": "immuniweb", "policy_keys": "policy",
    "output_keys": "output", "history_keys": "history", "quiet_keys": "quiet", "control_keys": "control",
    "group_keys": "groups.NAME", "domain_keys": "domains",
}


def bounds(kind, low, high):
    """What a page has to say of a key's bounds."""
    if kind == "KEY_COUNT":
        return f"{low} to {high}"
    if kind != "KEY_DURATION":
        return ""
    return f"{span(eval(low, {}, UNITS))} to {span(eval(high, {}, UNITS))}"  # our own source's arithmetic


def schema():
    """(section of the page, key) -> (bounds, default as written)."""
    keys = {}
    for table, rows in re.findall(r"static const Key (\w+)\[\] = \{\n(.*?)\n\};", read("src", "config", "schema.c"), re.S):
        row = r'\{ "(\w+)", (KEY_\w+), [^,]+, AT\(\w+\), ([^,]+), ([^,]+), ("(?:[^"\\]|\\.)*"|NULL),'
        for name, kind, low, high, fallback in re.findall(row, rows):
            text = None if fallback == "NULL" else fallback[1:-1].replace('\\"', '"')
            keys[(SECTIONS[table], name)] = (bounds(kind, low, high), text)
    return keys


def check_keys(page, sample, metrics, limited):
    keys = schema()
    told = {}
    for section, sub, macro, names, text in items(page):
        if section == "KEYS" and macro == "Ic":
            told[(sub, names[0])] = text
    compare("mailsecd.conf.5", {": ".join(k) for k in told}, {": ".join(k) for k in keys}, "the key")
    for key, (limits, default) in keys.items():
        text = told.get(key, "")
        if not text:
            continue
        if limits and limits not in text:
            complain("mailsecd.conf.5", f"{': '.join(key)} should say \"{limits}\"")
        if default is not None and f"Default: {default}" not in re.sub(r"[,;:] ", " ", text.replace("Default:", "Default ")) \
                .replace("Default  ", "Default: "):
            complain("mailsecd.conf.5", f"{': '.join(key)} should say \"Default: {default}\"")
    if not sample:
        return
    names = {name for _, name in keys}
    used = set(re.findall(r"(?:^|[{;(#])\s*#?\s*([a-z_]+)\s*=(?!=)", sample, re.M))
    for name in sorted(names - used):
        complain("mailsecd.conf", f"the key {name} is missing")
    groups = set()
    for body in re.findall(r"groups\s*=\s*\{(.*?)\};\s*\n", sample, re.S):
        groups |= set(re.findall(r"([a-z_-]+)\s*=\s*\{", body))
    for name in sorted(used - names - metrics - groups - {"warning", "critical", "clear"}):
        complain("mailsecd.conf", f"the key {name} does not exist")
    for name in sorted(limited - used):
        complain("mailsecd.conf", f"the metric {name}, which has limits built in, is missing")


def check_options(program, page):
    usage = subprocess.run([program, "--help"], check=True, capture_output=True, text=True).stdout
    options = set(re.findall(r"(?<![\w-])--?([a-zA-Z][\w-]*)", usage.split("\n\n")[1]))
    told = set()
    for section, _, macro, names, _ in items(page):
        if section == "DESCRIPTION" and macro == "Fl":
            told |= {n.lstrip("-") for n in names if n.startswith("-") or len(n) == 1}
    compare("mailsecd.8", told - {"Ar", "Op"}, options, "the option")


def check_layout():
    if not shutil.which("mandoc"):
        return
    for path in sorted((ROOT / "docs").glob("*.[1-8]")):
        done = subprocess.run(["mandoc", "-Tlint", str(path)], capture_output=True, text=True)
        for line in done.stdout.splitlines():
            # The pages name one another, and are not installed here.
            if "referenced manual not found" not in line and "outdated mandoc.db" not in line:
                complain("mandoc", line.replace(str(ROOT) + "/", "").removeprefix("mandoc: "))


def main():
    if len(sys.argv) != 2:
        print("usage: docs.py MAILSECD", file=sys.stderr)
        return 2
    program = str(Path(sys.argv[1]).resolve())
    daemon, config, alerts = (read("docs", path.name) for path in PAGES)
    sample, catalog = read("conf", "mailsecd.conf"), read("systemd", "mailsecd.catalog")
    metrics, limited = check_metrics(program, alerts)
    check_events(alerts, catalog)
    check_reasons(alerts)
    check_fields(alerts, {
        "mailsecd.8": daemon, "mailsecd.conf.5": config, "mailsecd.conf": sample, "mailsecd.catalog": catalog,
        "README.md": read("README.md"),
    })
    check_keys(config, sample, metrics, limited)
    check_options(program, daemon)
    check_layout()
    for problem in problems:
        print(problem)
    print(f"docs: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
