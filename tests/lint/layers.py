#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Holds every #include of src/ against the layers of docs/HACKING.md: an include may only point down,
and a foreign header may only stand in the files it is allowed in. Also: includes are written from src/,
the clock is read in one place, files and functions stay short."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SRC = ROOT / "src"

# folder -> folders it may include
BELOW = {
    "base": set(),
    "core": {"base"},
    "source": {"base", "core"},
    "config": {"base", "core"},
    "io": {"base", "core"},
    "engine": {"base", "core", "source", "config", "io"},
    "ctl": {"base", "core"},
    "": {"base", "core", "source", "config", "io", "engine", "ctl"},
}

# foreign header (prefix) -> files that may include it (path prefixes below src/)
FOREIGN = {
    "json-c/": ["source/", "engine/api", "engine/alertmanager", "engine/simulate-json", "ctl/"],
    "curl/": ["io/http", "ctl/call"],
    "libconfig.h": ["config/tree", "config/read"],
    "idn2.h": ["config/hostname"],
    "systemd/sd-journal.h": ["io/journal"],
    "systemd/sd-event.h": ["io/http", "io/sink", "io/control", "io/web", "engine/"],
    "systemd/sd-daemon.h": ["engine/daemon", "mailsecd.c"],
    "syslog.h": ["io/syslog", "config/"],
    "sqlite3.h": ["io/store"],
    "microhttpd.h": ["io/web"],
    "gnutls/": ["io/web", "io/evidence"],
}

# What the C library and the kernel offer is not foreign.
LIBC = re.compile(r"^(sys/|linux/|netinet/|arpa/)?[a-z0-9_-]+\.h$")

# A call that only these files may make.
CALLS = {
    r"\bclock_gettime\b|\btime\(NULL\)|\bgettimeofday\b": ["base/clock.c", "io/http", "io/sink", "io/stderr", "ctl/"],
    r"\bclock_(wall|boot|moment)\(": ["base/clock.", "engine/", "io/sink", "io/stderr"],
    r"\bdiag\(": ["base/diag.", "io/", "engine/", "mailsecd.c"],
    r"\bgetenv\(": ["base/clock.c", "base/zone.c", "base/fault.c", "mailsecd.c", "mailsecctl.c", "engine/once.c", "io/stderr", "ctl/"],
}

FILE_LINES, FUNCTION_LINES, MAIN_LINES = 400, 60, 200


def allowed(name, places):
    return any(name.startswith(place) for place in places)


def check_includes(name, text, complain):
    folder = name.split("/")[0] if "/" in name else ""
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
        if not match:
            continue
        quote, header = match.groups()
        if quote == '"':
            target = header.split("/")[0] if "/" in header else ""
            if (target == "" and folder != "") or not (SRC / header).is_file():
                complain(number, f'"{header}" is not written from src/')
            elif target != folder and target not in BELOW[folder]:
                complain(number, f"{folder or 'src'} must not include {header}: it points up or sideways")
            continue
        for prefix, places in FOREIGN.items():
            if header.startswith(prefix):
                if not allowed(name, places):
                    complain(number, f"<{header}> belongs in {', '.join(places)} only")
                break
        else:
            if not LIBC.match(header):
                complain(number, f"<{header}> is not in the list of known foreign headers")


def check_calls(name, text, complain):
    for pattern, places in CALLS.items():
        if allowed(name, places):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            code = re.sub(r'"(\\.|[^"\\])*"', '""', line)
            if re.search(pattern, code) and not code.lstrip().startswith(("*", "/*")):
                complain(number, f"{pattern} may only be used in {', '.join(places)}")


def check_lengths(name, text, complain):
    lines = text.splitlines()
    limit = MAIN_LINES if name in ("mailsecd.c", "mailsecctl.c") else FILE_LINES
    if len(lines) > limit:
        complain(len(lines), f"{len(lines)} lines, more than {limit}")
    start = None
    for number, line in enumerate(lines, 1):
        if start is None and re.match(r"^[a-zA-Z_].*\)\s*\{$|^ +.*\)\s*\{$", line) and not line.startswith(" " * 9):
            if line[0] != " ":
                start = number
        elif line == "}" and start is not None:
            if number - start + 1 > FUNCTION_LINES:
                complain(start, f"function of {number - start + 1} lines, more than {FUNCTION_LINES}")
            start = None


def main():
    problems = []
    files = sorted(SRC.rglob("*.[ch]"))
    for path in files:
        name = path.relative_to(SRC).as_posix()
        text = path.read_text(encoding="utf-8")

        def complain(number, words):
            problems.append(f"src/{name}:{number}: {words}")

        if not text.startswith("/* SPDX-License-Identifier: MIT */"):
            complain(1, "no SPDX line")
        if name.endswith(".h") and "#pragma once" not in text:
            complain(1, "no #pragma once")
        check_includes(name, text, complain)
        check_calls(name, text, complain)
        check_lengths(name, text, complain)
    for problem in problems:
        print(problem)
    print(f"layers: {len(files)} files, {len(problems)} problems")
    return 1 if problems or not files else 0


if __name__ == "__main__":
    sys.exit(main())
