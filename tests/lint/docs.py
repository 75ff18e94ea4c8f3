#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs.py PRINT-KEYS MAILSECD: fails when what operators read and what the code does go apart.

Compared, both ways: metrics (from MAILSECD --list-metrics --json), events and MESSAGE_IDs (src/core/event.c), reasons
(src/core/outcome.c), configuration keys (from PRINT-KEYS), journal fields (src/), commands and options (MAILSECD --help,
and that of the mailsecctl beside it), against docs/*.[1-8], conf/mailsecd.conf and systemd/mailsecd.catalog. What
`make docs` writes must be up to date (manual.py), what stands beside it by hand must be there: an example of each key,
which MAILSECD has to take, and for each metric where the vendor says so, what is bad and what to do. In the guides:
configurations, fields, and the list of reasons. Where mandoc is installed the pages must also be free of complaints."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

import manual  # noqa: E402

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

def check_made(page, text, rows):
    """What `make docs` writes is there and up to date; every row has an item, every item a row. The page's items."""
    where = page.name
    items_of = manual.Page(text, rows[0].macro)
    listed = {name for name in items_of.items if name[0] in {row.place for row in rows}}
    compare(where, {": ".join(n) for n in listed}, {f"{row.place}: {row.name}" for row in rows}, "the item")
    if manual.rendered(text, rows) != text:
        complain(where, "is not what the tables in the code say: run make docs")
    return items_of


def check_metrics(text, metrics):
    page = check_made(manual.ALERTS, text, metrics)
    for m in metrics:
        body = page.body((m.place, m.name)) if (m.place, m.name) in page.items else []
        said = {"Vendor": "", "Bad": "", "To do": ""}
        part = None
        for line in body:
            match = re.fullmatch(r"\.Em (Vendor|Bad|To do) :", line)
            if match:
                part = match[1]
            elif part and line != ".br":
                said[part] += " " + plain(line)
        for part, words in said.items():
            if body and len(words.split()) < (1 if m.row["bad"] == "none" else 3):
                complain(manual.ALERTS.name, f"{m.path} does not say: {part}")
    check_wire(page)


def check_wire(page):
    """A metric that is a member of the queue statistics names it as the decoder does."""
    rows = re.findall(r'\{ "(\w+)", "([A-Z]\w+)", (?:NULL|"\w+"), READ_NUMBER', read("src", "core", "metric.c"))
    for name, wire in rows:
        place = f"symantec, per {'account' if name.startswith('total_') else 'domain'}"
        if (place, name) in page.items and not re.search(rf"\b{wire}\b", "\n".join(page.body((place, name)))):
            complain(manual.ALERTS.name, f"{name} should name {wire}")


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
    table = re.search(r"^\| reason \|.*?\n\n", read("docs", "OPERATIONS.md"), re.M | re.S)
    told = set(re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\|([^|]+)\|", table[0], re.M)) if table else ""))
    compare("docs/OPERATIONS.md", told, reasons, "the reason")


GUIDES = ("QUICKSTART.md", "FORWARDING.md", "OPERATIONS.md", "MONITORING.md")


def check_templates(guide, fields):
    """The templates that write JSON carry every field."""
    for language, template in re.findall(r"^```rsyslog-(\w+)\n(.*?)^```$", guide, re.M | re.S):
        told = set(re.findall(r'property\(outname="(MAILSEC_\w+)"', template))
        compare(f"docs/FORWARDING.md ({language})", told, fields, "the field")


ENVIRONMENT = {"MAILSEC_CLOCK", "MAILSEC_FAULT"}


def check_fields(page, others):
    fields = set()
    for path in sorted((ROOT / "src").rglob("*.c")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
        fields |= set(re.findall(r'"(MAILSEC_[A-Z0-9_]+)(?:=|")', text))
    fields -= ENVIRONMENT
    told = set()
    for section, _, macro, names, _ in items(page):
        if section == "JOURNAL FIELDS" and macro == "Va":
            told |= {name for name in names if name.startswith("MAILSEC_")}
    compare("mailsecd-alerts.7", told, fields, "the field")
    for name, text in others.items():
        for field in sorted(set(re.findall(r"\bMAILSEC_[A-Z0-9_]+\b", text)) - fields - ENVIRONMENT):
            complain(name, f"the field {field} does not exist")
    fixed = {"MESSAGE", "MESSAGE_ID", "PRIORITY", "SYSLOG_IDENTIFIER", "SYSLOG_FACILITY", "DOCUMENTATION"}
    listed = {n for s, _, m, names, _ in items(page) if s == "JOURNAL FIELDS" and m == "Va" for n in names}
    compare("mailsecd-alerts.7", {n for n in listed if not n.startswith("MAILSEC_")}, fixed, "the field")
    check_templates(others["docs/FORWARDING.md"], fields)


# What an example needs around it to be a whole configuration: it stands in place of EXAMPLE.
AROUND = {
    "": "EXAMPLE", "symantec": "symantec = { EXAMPLE };", "immuniweb": "immuniweb = { EXAMPLE };",
    "policy": "policy = { EXAMPLE };", "output": "output = { EXAMPLE };", "history": "history = { EXAMPLE };",
    "control": "control = { EXAMPLE };", "groups.NAME": "groups = { x = { EXAMPLE }; };",
    "quiet": "quiet = ({ EXAMPLE REST });", "domains": "domains = ({ EXAMPLE REST });",
    "limits": "limits = { EXAMPLE };", "limits.METRIC": "limits = { METRIC = { EXAMPLE }; };",
    "output.alertmanager": "output = { alertmanager = { EXAMPLE REST }; };", "web": "web = { EXAMPLE REST };",
}
# The other keys that a group must have, in place of REST.
REST = {
    "quiet": {"name": 'name = "x";', "match": 'match = "*";', "from": 'from = "22:00";', "to": 'to = "23:00";'},
    "domains": {"name": 'name = "x.example";'},
    "output.alertmanager": {"url": 'url = "https://am.example";', "username": 'username = "x";',
                            "password_file": 'password_file = "/etc/x.password";'},
    "web": {"certificate_file": 'certificate_file = "/etc/x.pem";', "key_file": 'key_file = "/etc/x-key.pem";'},
}
# What any of them may need besides.
BESIDES = {
    "domains": '("example.com")', "groups": "{ mail = { }; }", "symantec": '{ name = "eu"; username = "x"; }',
}


def check_example(program, key, example):
    """The program takes it, and has nothing to say of it."""
    head, _, name = key.path.rpartition(".")
    rest = "".join(v for k, v in REST.get(head, {}).items() if k != name)
    metric = "dmarc" if "failure" in example else "inbound_oldest"
    text = AROUND[head].replace("METRIC", metric).replace("EXAMPLE", example).replace("REST", rest)
    text += "".join(f"\n{k} = {v};" for k, v in BESIDES.items() if not re.search(rf"\b{k} =", text))
    for problem in complaints(program, text):
        complain(manual.CONFIG.name, f"the example of {key.path}: {problem}")


# Enough of a certificate with its key for --check-config.
PEM = "-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n"


def complaints(program, text):
    """What the program has to say of a configuration whose secrets and files are there; a warning alone is none."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for path in ["symantec.password", *re.findall('"/etc/([^"]+)"', text)]:
            folder.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
            folder.joinpath(path).touch(0o600)
            folder.joinpath(path).write_text(PEM if path.endswith(".pem") else "x\n", encoding="utf-8")
        folder.joinpath("domains.d").mkdir()
        folder.joinpath("example.conf").write_text(text.replace('"/etc/', f'"{folder}/') + "\n", encoding="utf-8")
        done = subprocess.run([program, "--check-config", "-c", str(folder / "example.conf")], capture_output=True,
                              text=True, check=False, env={"CREDENTIALS_DIRECTORY": str(folder)})
        return [line.replace(str(folder), "") for line in done.stderr.splitlines()
                if "warning:" not in line or done.returncode != 0]


def check_guides(program):
    """The whole configurations in the guides are such."""
    for name in GUIDES:
        for text in re.findall(r"(?:^ {4}\w+ *= [^{(]*[{(].*;\n)+", read("docs", name), re.M):
            for problem in complaints(program, text) if "domains" in text else ():
                complain(f"docs/{name}", problem)


def check_keys(program, text, sample, keys, metrics, limited):
    page = check_made(manual.CONFIG, text, keys)
    for key in keys:
        if (key.place, key.name) not in page.items:
            continue
        head, body = page.head((key.place, key.name)), page.body((key.place, key.name))
        kind = re.sub(r"^.*\bEm ", "", head)
        if not kind.startswith(key.kind):
            complain(manual.CONFIG.name, f"the type of {key.path} is {key.kind}")
        if key.kind == "number" and key.bounds[0].isdigit() and " to " in key.bounds and " of " not in kind:
            complain(manual.CONFIG.name, f"{key.path} should say what it is a number of")
        if len(body) < 3 or body[-2] != "Example:" or not body[-1].startswith(".Dl "):
            complain(manual.CONFIG.name, f"{key.path} should have words of its own and end in an example")
        else:
            check_example(program, key, plain(body[-1]))
    names = {key.name for key in keys if not key.path.startswith("limits.")}
    if not sample:
        return
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


def check_control(program, page):
    """The commands and options of mailsecctl and those of its page."""
    usage = subprocess.run([program, "--help"], check=True, capture_output=True, text=True).stdout
    # Capitals are arguments: what stands before the first one is the command.
    commands = {re.split(r" [A-Z\[]| --", line[2:])[0] for line in usage.splitlines() if re.match(r"  [a-z]", line)}
    told = set()
    for section, _, macro, names, _ in items(page):
        if section == "DESCRIPTION" and macro == "Ic":
            stop = next((i for i, n in enumerate(names) if n in ("Ar", "Oo", "Op", "Fl") or n.startswith("-")), len(names))
            told.add(" ".join(names[:stop]))
    compare("mailsecctl.1", told, commands, "the command")
    options = set(re.findall(r"(?<![\w-])--([a-z][\w-]*)", usage))
    told = set(re.findall(r"\bFl -([a-z][\w-]*)", page)) | set(re.findall(r"Fl \w , -([a-z][\w-]*)", page))
    compare("mailsecctl.1", told, options, "the option")


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
    if len(sys.argv) != 3:
        print("usage: docs.py PRINT-KEYS MAILSECD", file=sys.stderr)
        return 2
    program = str(Path(sys.argv[2]).resolve())
    daemon, config, alerts = (read("docs", path.name) for path in PAGES)
    sample, catalog = read("conf", "mailsecd.conf"), read("systemd", "mailsecd.catalog")
    keys, metrics = manual.read_keys(str(Path(sys.argv[1]).resolve())), manual.read_metrics(program)
    check_metrics(alerts, metrics)
    check_events(alerts, catalog)
    check_reasons(alerts)
    check_fields(alerts, {
        "mailsecd.8": daemon, "mailsecd.conf.5": config, "mailsecd.conf": sample, "mailsecd.catalog": catalog,
        "README.md": read("README.md"), **{f"docs/{name}": read("docs", name) for name in GUIDES},
    })
    check_keys(program, config, sample, keys, {m.name for m in metrics}, {m.name for m in metrics if m.limited})
    check_guides(program)
    check_options(program, daemon)
    check_control(str(Path(program).with_name("mailsecctl")), read("docs", "mailsecctl.1"))
    check_layout()
    for problem in problems:
        print(problem)
    print(f"docs: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
