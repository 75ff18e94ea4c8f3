# SPDX-License-Identifier: MIT
"""Strict readers of the text formats of Prometheus: what they refuse, no scraper should have to understand."""

import math
import re

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
NUMBER = re.compile(r"[+-]?(\d+(\.\d+)?([eE][+-]?\d+)?|Inf)|NaN")
ENDINGS = {  # of the samples of a family, by its type: in the older format, in OpenMetrics
    "gauge": ({""}, {""}),
    "counter": ({""}, {"_total"}),
    "info": (set(), {"_info"}),
    "histogram": ({"_bucket", "_sum", "_count"},) * 2,
}


class Family:
    """HELP, TYPE, UNIT and samples: {(name, ((label, value), ...)): number}."""

    def __init__(self, name):
        self.name = name
        self.help = self.type = self.unit = None
        self.samples = {}


def read_labels(text):
    """A label set, in its order."""
    labels, at = [], 0
    while text and at <= len(text):
        match = LABEL.match(text, at)
        assert match, f"no label at {at} of {text!r}"
        value = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], match[2])
        assert match[1] not in dict(labels), f"{match[1]} is there twice in {text!r}"
        labels.append((match[1], value))
        at = match.end()
        if at == len(text):
            break
        assert text[at] == ",", f"no comma at {at} of {text!r}"
        at += 1
    return tuple(labels)


def _add_sample(family, line, openmetrics):
    match = SAMPLE.fullmatch(line)
    assert match, f"no sample: {line!r}"
    name, labels, number = match[1], read_labels(match[2] or ""), match[3]
    assert family and family.type and family.help is not None, f"a sample before HELP and TYPE: {line!r}"
    assert name.startswith(family.name), f"{line!r} stands with {family.name}"
    assert name[len(family.name):] in ENDINGS[family.type][openmetrics], f"{line!r} is no {family.type}"
    assert NUMBER.fullmatch(number), f"no number: {line!r}"
    assert (name, labels) not in family.samples, f"it is there twice: {line!r}"
    family.samples[name, labels] = float(number.replace("Inf", "inf"))
    if family.type == "counter":
        assert family.samples[name, labels] >= 0, line


def _check_histogram(family):
    series = {}
    for (name, labels), number in family.samples.items():
        rest = tuple(label for label in labels if label[0] != "le")
        series.setdefault(rest, {"_bucket": []})
        if name.endswith("_bucket"):
            bound = dict(labels)["le"]
            assert bound == "+Inf" or "." in bound, f"le={bound} is not canonical"
            series[rest]["_bucket"].append((float(bound.replace("Inf", "inf")), number))
        else:
            series[rest][name[len(family.name):]] = number
    for labels, parts in series.items():
        bounds = [bound for bound, _ in parts["_bucket"]]
        counts = [count for _, count in parts["_bucket"]]
        assert bounds == sorted(set(bounds)) and bounds[-1] == math.inf, (family.name, labels, bounds)
        assert counts == sorted(counts), (family.name, labels, counts)
        assert parts["_count"] == counts[-1], (family.name, labels)
        assert parts["_sum"] >= 0, (family.name, labels)


def parse(text, openmetrics=False):
    """{name: Family} of a whole page."""
    assert text.endswith("\n"), "the last line has no end"
    lines = text[:-1].split("\n")
    if openmetrics:
        assert lines.pop() == "# EOF", "no # EOF at the end"
    families, family = {}, None
    for line in lines:
        assert line and line == line.strip(), f"{line!r}"
        if not line.startswith("#"):
            _add_sample(family, line, openmetrics)
            continue
        match = re.fullmatch(rf"# (HELP|TYPE|UNIT) ({NAME}) (.*)", line)
        assert match, f"neither sample nor HELP, TYPE or UNIT: {line!r}"
        what, name, words = match[1].lower(), match[2], match[3]
        if not family or family.name != name:
            assert name not in families, f"{name} comes in two places"
            family = families[name] = Family(name)
        assert getattr(family, what) is None, f"two {what} of {name}"
        assert not family.samples, f"{what} of {name} stands behind a sample"
        setattr(family, what, words)
        if what == "type":
            assert words in ENDINGS and ENDINGS[words][openmetrics], f"{name} is of type {words}"
        if what == "unit":
            assert openmetrics and name.endswith("_" + words), f"{name} is not in {words}"
        if what == "help":
            assert not re.search(r"\\[^\\n\"]", words), words
    for one in families.values():
        assert one.help and one.type, f"{one.name} has no HELP or no TYPE"
        if one.type == "histogram":
            _check_histogram(one)
        if one.type == "counter" and not openmetrics:
            assert one.name.endswith("_total"), one.name
    return families


def series(families):
    """{(name, labels): number} of all of them."""
    return {key: number for family in families.values() for key, number in family.samples.items()}


def value(families, name, **labels):
    """The number of one sample, or None."""
    wanted = set(labels.items())
    found = [number for (sample, have), number in series(families).items() if sample == name and set(have) == wanted]
    assert len(found) <= 1, (name, labels, found)
    return found[0] if found else None
