# SPDX-License-Identifier: MIT
"""Records of the daemon as dictionaries of fields, however they arrived, and what holds for all of them."""

import re

from harness.clock import stamp

# Public interface (spec section 5): one fixed id per event, never changed.
MESSAGE_IDS = {
    "raised": "cbcd078881f04054b09d74fd997ec5ad",
    "worsened": "76b99b4d6b2543d3bf7653658afb604a",
    "eased": "d3e643d78a004501a7c96f2f705987b3",
    "cleared": "59ad21a8cdb34f59aaa4741a9e3c2d82",
    "reminder": "06d875220e8742db9e7d85235ecc7a7a",
    "changed": "552c5fff0462434eb7754e4d4ed8fc5f",
    "started": "764403d9b74548b7bfe6665d6a20e08c",
    "reloaded": "6e2d8e9ea0cf43f2967c30a797f4745b",
    "reload-refused": "19b39f8b7e9842ed9c3543419c8d088c",
    "heartbeat": "8056bef719044fbd9ab70d2179ef9b9c",
    "stopped": "6281f30012d94872b2e74966a93d08b2",
    "records-lost": "a9e2339cc9cb43b782fa9173f3f8468f",
    "flapping": "048247debfa1409e888304dd82bb87f0",
    "settled": "bb75be5561484c0e8b62f7e78a21ec43",
    "test": "4ffb3b732b3a466089a70912afbb4dfb",
}

BY_LEVEL = {"ok": "6", "warning": "4", "critical": "2"}
PRIORITIES = {
    "raised": BY_LEVEL, "worsened": BY_LEVEL, "reminder": BY_LEVEL,
    "eased": "5", "cleared": "5",
    "changed": "6", "started": "6", "reloaded": "6", "heartbeat": "6", "stopped": "6",
    "reload-refused": "3", "records-lost": "3",
    "flapping": {**BY_LEVEL, "ok": "4"}, "settled": "5", "test": ("2", "4", "6"),
}
# Alerts about the daemon itself: its own failures are errors, whatever their level.
OWN = {"ok": None, "warning": "3", "critical": "3"}

ALERT_EVENTS = {"raised", "worsened", "eased", "cleared", "reminder", "flapping", "settled"}

ALERT_FIELDS = {"MAILSEC_ALERT", "MAILSEC_SOURCE", "MAILSEC_METRIC", "MAILSEC_LEVEL",
                "MAILSEC_PREVIOUS_LEVEL", "MAILSEC_UNIT", "MAILSEC_SINCE", "MAILSEC_MEASURED_AT",
                "MAILSEC_REASON"}

# C0, DEL, C1, line and paragraph separators, bidirectional controls, and bytes that are not UTF-8.
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_FIELD = re.compile(r' ([A-Z][A-Z0-9_]*)=(?:"((?:[^"\\]|\\.)*)"|([^ "]*))')


def parse_line(text):
    """A record in its one-line form: the message, then key=value pairs."""
    start = text.find(" MESSAGE_ID=")
    assert start > 0, f"no record: {text!r}"
    record = {"MESSAGE": text[:start]}
    at = start
    while at < len(text):
        match = _FIELD.match(text, at)
        assert match, f"not key=value at {text[at:at + 60]!r}"
        key, quoted, plain = match.groups()
        assert key not in record, f"{key} twice"
        record[key] = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        at = match.end()
    return record


def field(name):
    """event -> MAILSEC_EVENT; names in capitals stay."""
    return name if name.isupper() else "MAILSEC_" + name.upper()


def matches(record, wanted):
    """Whether a record has all these fields; None = the field is absent, a pattern is searched for."""
    for name, value in wanted.items():
        have = record.get(field(name))
        if isinstance(value, re.Pattern):
            if have is None or not value.search(have):
                return False
        elif isinstance(value, (set, tuple)):
            if have not in value:
                return False
        elif have != (None if value is None else str(value)):
            return False
    return True


def pick(records, **wanted):
    """Those records that have all these fields."""
    return [r for r in records if matches(r, wanted)]


def events_of(records, alert):
    """The story of one alert: its events in order."""
    return [r["MAILSEC_EVENT"] for r in records if r.get("MAILSEC_ALERT") == alert]


def brief(records):
    """Records as short lines, for the words of a failing assertion."""
    return "\n" + "\n".join(
        f"  {r.get('MAILSEC_SEQUENCE', '?'):>4} {r.get('MAILSEC_EVENT')} {r.get('MAILSEC_ALERT', '')}: "
        f"{r.get('MESSAGE')}" for r in records)


def check_record(record):
    """What holds for each record by itself (spec section 5)."""
    event = record["MAILSEC_EVENT"]
    assert record.get("MESSAGE"), record
    assert record.get("MESSAGE_ID") == MESSAGE_IDS[event], record
    assert re.fullmatch(r"man:mailsecd[a-z.-]*\([578]\)", record["DOCUMENTATION"]), record
    if "PRIORITY" in record:
        priority = PRIORITIES[event]
        if isinstance(priority, dict):
            priority = priority[record["MAILSEC_LEVEL"]]
        if record.get("MAILSEC_SOURCE") == "mailsecd":
            priority = OWN[record["MAILSEC_LEVEL"]] or priority
        assert record["PRIORITY"] in priority, record
    if event in ALERT_EVENTS and "MAILSEC_COUNT" in record:
        assert int(record["MAILSEC_COUNT"]) > 1 and record["MAILSEC_DOMAINS"], record
        assert "MAILSEC_ACCOUNT" in record and "MAILSEC_ALERT" not in record, record
        assert record["MAILSEC_COUNT"] in record["MESSAGE"], record
    elif event in ALERT_EVENTS:
        lacking = ALERT_FIELDS - record.keys()
        assert not lacking, f"{lacking} not in {record}"
        target = record.get("MAILSEC_DOMAIN", record.get("MAILSEC_ACCOUNT"))
        assert ("MAILSEC_DOMAIN" in record) != ("MAILSEC_ACCOUNT" in record), record
        assert record["MAILSEC_ALERT"] == \
            f"{record['MAILSEC_SOURCE']}/{target}/{record['MAILSEC_METRIC']}", record
        assert stamp(record["MAILSEC_SINCE"]) <= stamp(record["MAILSEC_MEASURED_AT"]), record
        assert (target if target != "self" else "mailsecd") in record["MESSAGE"], record
    for name, value in record.items():
        if name in ("MESSAGE", "DOCUMENTATION") or name.startswith("MAILSEC_"):
            assert isinstance(value, str), f"{name} is there twice: {value}"
            assert not UNSAFE.search(value), f"{name} is not safe to print: {value!r}"
            assert len(value.encode()) <= 2048, f"{name} is endless"


_STEPS = {
    # event: (levels before, levels after)
    "raised": ({"ok"}, {"warning", "critical"}),
    "worsened": ({"warning"}, {"critical"}),
    "eased": ({"critical"}, {"warning"}),
    "cleared": ({"warning", "critical"}, {"ok"}),
}


def check_story(records):
    """What holds for the records of one run together: no hole, no event twice, nothing out of turn."""
    sequence = [int(r["MAILSEC_SEQUENCE"]) for r in records]
    assert sequence == list(range(1, len(records) + 1)), f"holes or repetitions: {sequence}"
    check_levels(records)


def check_levels(records):
    """What is told of each alert follows from what was told of it before."""
    levels = {}
    # One record may tell of many domains without naming them all: their stories cannot be told from here.
    grouped = {(r["MAILSEC_SOURCE"], r["MAILSEC_METRIC"]) for r in records if "MAILSEC_COUNT" in r}
    for record in records:
        event = record["MAILSEC_EVENT"]
        if event not in _STEPS and event != "reminder" or \
                (record["MAILSEC_SOURCE"], record["MAILSEC_METRIC"]) in grouped:
            continue
        alert = record["MAILSEC_ALERT"]
        before = levels.get(alert, "ok")
        level = record["MAILSEC_LEVEL"]
        if event == "reminder":
            assert level == before != "ok", f"a reminder out of turn: {record}"
            continue
        allowed_before, allowed_after = _STEPS[event]
        assert before in allowed_before and level in allowed_after, \
            f"{event} of {alert} at {before}: {brief(records)}"
        assert record["MAILSEC_PREVIOUS_LEVEL"] == before, record
        levels[alert] = level
