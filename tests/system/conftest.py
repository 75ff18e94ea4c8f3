# SPDX-License-Identifier: MIT
"""Fixtures of the system tests: the real mailsecd against mailsec-sim and a real journald of its own."""

import os
import pathlib
import sys

sys.dont_write_bytecode = True

# A make that a test starts is not a part of the one that started the tests: B= and its like are not for it, and make
# puts them into the environment, too.
for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "B", "WERROR", "SANITIZE", "COVERAGE", "FAULTS"):
    os.environ.pop(name, None)

import pytest  # noqa: E402

pytest.register_assert_rewrite("harness.records", "harness.simulator", "harness.daemon")

from harness.box import Box, JournalFollower, missing  # noqa: E402
from harness.stage import Stage  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--build", default="build", help="the folder that make built into")


def pytest_report_header(config):
    build = pathlib.Path(config.getoption("--build")).resolve()
    return [f"build: {build}", "records: " + (missing() or "by a journald of the tests' own")]


@pytest.fixture(scope="session")
def build(request):
    """The folder of the programs."""
    folder = pathlib.Path(request.config.getoption("--build")).resolve()
    for program in ("mailsecd", "mailsecctl", "mailsec-sim"):
        assert (folder / program).exists(), f"{folder / program} is not there: run make first"
    return folder


@pytest.fixture(scope="session")
def data():
    """tests/data."""
    return pathlib.Path(__file__).resolve().parent.parent / "data"


@pytest.fixture(scope="session")
def box(tmp_path_factory):
    """A machine with a journald, for all tests; None where there can be none (records go to stderr then)."""
    if missing():
        yield None
        return
    box = Box(tmp_path_factory.mktemp("box"))
    try:
        box.start_journald()
        yield box
    finally:
        box.close()


@pytest.fixture(scope="session")
def follower(box):
    """What arrives in that journal."""
    if not box:
        yield None
        return
    follower = JournalFollower(box)
    yield follower
    follower.close()


@pytest.fixture
def need_root():
    """Skips where no private machine can be had."""
    if missing():
        pytest.skip(missing())


@pytest.fixture
def new_box(need_root, tmp_path):
    """A machine without any log service, for the tests that start and stop them."""
    folder = tmp_path / "box"
    folder.mkdir()
    box = Box(folder)
    yield box
    box.close()


@pytest.fixture
def stage(build, tmp_path, box, follower):
    """A place for one test; everything in it is ended and checked afterwards."""
    stage = Stage(build, tmp_path, box, follower)
    yield stage
    stage.close()


@pytest.fixture
def own_stage(new_box, build, tmp_path):
    """The same on a machine of its own: for a test that stops its journald, or tells so much that others would
    have to read it for long."""
    new_box.start_journald()
    follower = JournalFollower(new_box)
    try:
        stage = Stage(build, tmp_path, new_box, follower)
        yield stage
        stage.close()
    finally:
        follower.close()


@pytest.fixture(scope="module")
def wide_stage(build, tmp_path_factory, box, follower):
    """The same for all tests of one file."""
    stage = Stage(build, tmp_path_factory.mktemp("stage"), box, follower)
    yield stage
    stage.close()
