# SPDX-License-Identifier: MIT
"""Options, exit statuses and what is printed, without a daemon that stays."""

import json
import pathlib
import re
import shutil
import subprocess

import pytest

from harness.daemon import clean_environment, write_secret
from harness.libconf import document
from harness.simulator import API_KEY, PASSWORD, SECRETS

CONFIG_DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "config"


def config_files(prefix):
    """Names of the files in tests/data/config that begin so ("" = those that neither good nor warn)."""
    names = sorted(f.name for f in CONFIG_DATA.glob("*.conf"))
    if prefix:
        return [n for n in names if n.startswith(prefix)]
    return [n for n in names if not n.startswith(("good", "warn"))]


@pytest.fixture
def folder(tmp_path):
    """A copy of tests/data/config, with the secret files that the good ones name."""
    copy = tmp_path / "config"
    shutil.copytree(CONFIG_DATA, copy)
    write_secret(copy / "password", PASSWORD)
    return copy


def full(stage):
    """A configuration with both sources and secrets, as a file."""
    password = write_secret(stage.directory / "password", PASSWORD + "\n")
    key = write_secret(stage.directory / "key", API_KEY)
    path = stage.directory / "mailsecd.conf"
    path.write_text(document({
        "symantec": {"username": "watcher", "password_file": str(password), "interval": "10min"},
        "immuniweb": {"api_key_file": str(key)},
        "groups": {"parked": {"owner": "dns-team", "limits": {"mx_hosts": {"critical": 1}}}},
        "domains": ["example.com", {"name": "example.org", "group": "parked"}],
    }))
    return path


# --- --check-config -----------------------------------------------------------------------------------------


def test_there_are_broken_files():
    """The test data is there."""
    assert len(config_files("")) > 20 and config_files("good") and config_files("warn")


@pytest.mark.parametrize("name", config_files(""))
def test_broken_file(stage, folder, name):
    """A broken file is refused with exit status 2, and each problem is FILE:LINE: message."""
    done = stage.run("--check-config", "--config", folder / name)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines, "it says what is wrong"
    for line in lines:
        match = re.match(r"(.+?):(\d+): (?:warning: )?\S", line)
        assert match and match.group(1).startswith(str(folder)), f"not FILE:LINE: message: {line}"
        assert 1 <= int(match.group(2)) <= max(1, len(pathlib.Path(match.group(1)).read_bytes().split(b"\n"))), line
        assert not re.search(r"[\x00-\x1f\x7f-\x9f]", line), f"not safe to print: {line!r}"
    assert any(": warning: " not in line for line in lines)


@pytest.mark.parametrize("name", config_files("good") + config_files("warn"))
def test_sound_file(stage, folder, name):
    """A sound file passes with exit status 0; what cannot work out as written is a warning with file and line."""
    done = stage.run("-t", "-c", folder / name)
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    assert bool(lines) == name.startswith("warn"), done.stderr
    for line in lines:
        assert re.match(rf"{re.escape(str(folder))}/\S+:\d+: warning: \S", line), line


def test_all_errors_of_all_files_at_once(stage, folder):
    """Problems of several files are printed together, in the order of files and lines."""
    done = stage.run("-t", "-c", folder / "files-of-errors.conf")
    files = [line.split(":")[0] for line in done.stderr.splitlines()]
    assert len(set(files)) >= 5
    assert files == sorted(files, key=lambda f: (f.count("/"), f))


def test_check_config_of_the_sample(stage):
    """The sample that is shipped is sound but for what only its user can write."""
    sample = CONFIG_DATA.parent.parent.parent / "conf" / "mailsecd.conf"
    if not sample.exists():
        pytest.skip("there is no conf/mailsecd.conf")
    done = stage.run("-t", "-c", sample)
    assert done.returncode in (0, 2)
    assert "unknown key" not in done.stderr and "syntax" not in done.stderr, done.stderr


def test_missing_config(stage, tmp_path):
    """A configuration that is not there is a configuration error."""
    done = stage.run("--check-config", "--config", tmp_path / "nowhere.conf")
    assert done.returncode == 2 and "nowhere.conf" in done.stderr
    done = stage.run("--config", tmp_path / "nowhere.conf")
    assert done.returncode == 2 and "nowhere.conf" in done.stderr


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_secret_readable_by_others(stage, mode):
    """A secret file that others can read is an error with the file and line that names it."""
    path = full(stage)
    (stage.directory / "password").chmod(mode)
    done = stage.run("--check-config", "--config", path)
    assert done.returncode == 2
    assert re.search(rf"^{re.escape(str(path))}:1: .*password", done.stderr, re.M), done.stderr


@pytest.mark.parametrize("content", ["", "\n"])
def test_empty_secret(stage, content):
    """A secret file without a secret is an error."""
    path = full(stage)
    write_secret(stage.directory / "key", content)
    done = stage.run("--check-config", "--config", path)
    assert done.returncode == 2 and "empty" in done.stderr


def test_login_in_url_is_not_repeated(stage, tmp_path):
    """A password that somebody wrote into a URL is refused and not printed once more."""
    path = tmp_path / "url.conf"
    path.write_text('immuniweb = { url = "https://joe:Sw0rdfish@example.com/api"; };\ndomains = ( "example.com" );\n')
    done = stage.run("--check-config", "--config", path)
    assert done.returncode == 2 and "login" in done.stderr
    assert "Sw0rdfish" not in done.stderr


def test_check_config_asks_nobody(stage):
    """--check-config uses no network: it is done at once where no name resolves."""
    done = stage.run("--check-config", "--config", full(stage), timeout=5)
    assert done.returncode == 0, done.stderr


# --- --print-config -----------------------------------------------------------------------------------------


def test_print_config(stage):
    """The effective configuration, each value with the file and line that set it or `default`; secrets masked."""
    path = full(stage)
    done = stage.run("--print-config", "--config", path)
    assert done.returncode == 0, done.stderr
    text = done.stdout
    for secret in SECRETS:
        assert secret not in text
    interval = [line for line in text.splitlines() if re.search(r"\binterval\b", line) and "10min" in line]
    assert interval and f"{path}:1" in interval[0], text[:2000]
    concurrency = [line for line in text.splitlines() if re.search(r"\bconcurrency\b", line)]
    assert concurrency and "default" in concurrency[0], concurrency
    assert "example.com" in text and "dns-team" in text


def test_print_config_of_a_broken_file(stage, folder):
    """What is broken is not printed but told, with exit status 2."""
    done = stage.run("--print-config", "--config", folder / "bounds.conf")
    assert done.returncode == 2 and done.stdout == "" and "bounds.conf:2:" in done.stderr


# --- --list-metrics -----------------------------------------------------------------------------------------


WANTED_METRICS = {
    ("symantec", "account"): 10, ("symantec", "domain"): 19,
    ("immuniweb", "account"): 3, ("immuniweb", "domain"): 30,
    ("mailsecd", "account"): 3,
}


def test_list_metrics_text(stage):
    """The metric table as text needs no configuration and names every metric."""
    done = stage.run("--list-metrics")
    assert done.returncode == 0 and done.stderr == ""
    for name in ("inbound_oldest", "domains_missing", "blacklist_count", "dmarc", "tests_left", "data_age"):
        assert re.search(rf"\b{name}\b", done.stdout), name


def test_list_metrics_json(stage):
    """The same as JSON, one object per metric with what a program needs."""
    done = stage.run("--list-metrics", "--json")
    assert done.returncode == 0, done.stderr
    table = json.loads(done.stdout)
    rows = table if isinstance(table, list) else table["metrics"]
    count = {}
    for row in rows:
        assert {"source", "scope", "name", "unit"} <= row.keys(), row
        count[row["source"], row["scope"]] = count.get((row["source"], row["scope"]), 0) + 1
    assert count == WANTED_METRICS
    oldest = next(r for r in rows if r["name"] == "inbound_oldest")
    assert oldest["unit"] == "seconds"
    assert 900 in json_numbers(oldest) and 3600 in json_numbers(oldest), "its default limits are there"


def json_numbers(value):
    """All numbers in a JSON value."""
    if isinstance(value, dict):
        return [n for v in value.values() for n in json_numbers(v)]
    if isinstance(value, list):
        return [n for v in value for n in json_numbers(v)]
    return [value] if isinstance(value, (int, float)) and not isinstance(value, bool) else []


# --- the rest -----------------------------------------------------------------------------------------------


def test_version(stage):
    """--version says name and version on stdout."""
    done = stage.run("--version")
    assert done.returncode == 0 and re.fullmatch(r"mailsecd \d+\.\d+\.\d+\S*\n", done.stdout) and done.stderr == ""


def test_help(stage):
    """--help names every option, on stdout."""
    done = stage.run("--help")
    assert done.returncode == 0 and done.stderr == ""
    for option in ("--config", "--check-config", "--print-config", "--once", "--list-metrics", "--json", "--verbose",
                   "--version", "--help"):
        assert option in done.stdout, option


@pytest.mark.parametrize("arguments", [
    ["--nonsense"], ["-x"], ["--config"], ["argument"], ["--check-config", "argument"],
    ["--check-config", "--once"], ["--list-metrics", "--print-config"], ["--json"], ["--version=1"],
], ids=" ".join)
def test_usage_error(stage, arguments):
    """What is no option or does not go together is a usage error: exit status 2, words on stderr only."""
    done = stage.run(*arguments)
    assert done.returncode == 2 and done.stdout == "" and done.stderr, done


def test_output_that_cannot_be_written(stage):
    """A full disk is told and is a failure, not a success with half a table."""
    for option in ("--version", "--help", "--list-metrics"):
        with open("/dev/full", "w") as full_disk:
            done = subprocess.run([stage.build / "mailsecd", option], stdout=full_disk, stderr=subprocess.PIPE,
                                  text=True, env=clean_environment(), check=False)
        assert done.returncode == 1 and "cannot write" in done.stderr.lower(), (option, done)


@pytest.mark.parametrize("text", ["fast", "60", "@1763800000", "60@", "-1@0", "0@1763800000", "60@x", "nan@0"])
def test_unreadable_clock(stage, text):
    """A MAILSEC_CLOCK that is not RATE@EPOCH is refused: nobody wants half a fast clock."""
    done = stage.run("--check-config", "--config", full(stage), environment={"MAILSEC_CLOCK": text})
    assert done.returncode == 2 and "MAILSEC_CLOCK" in done.stderr
