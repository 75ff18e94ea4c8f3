# SPDX-License-Identifier: MIT
"""What is installed: files, units and their sandbox, uninstall, and the Debian package."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]

FILES = {
    "usr/sbin/mailsecd": 0o755,
    "usr/bin/mailsecctl": 0o755,
    "etc/mailsecd/mailsecd.conf": 0o644,
    "usr/lib/systemd/system/mailsecd.service": 0o644,
    "usr/lib/systemd/system/mailsecd@.service": 0o644,
    "usr/lib/systemd/system/mailsecd.socket": 0o644,
    "usr/lib/systemd/catalog/mailsecd.catalog": 0o644,
    "usr/share/bash-completion/completions/mailsecctl": 0o644,
    "usr/share/man/man1/mailsecctl.1": 0o644,
    "usr/share/man/man5/mailsecd.conf.5": 0o644,
    "usr/share/man/man7/mailsecd-alerts.7": 0o644,
    "usr/share/man/man8/mailsecd.8": 0o644,
    "usr/share/doc/mailsecd/README.md": 0o644,
    "usr/share/doc/mailsecd/control-api.md": 0o644,
    "usr/share/doc/mailsecd/QUICKSTART.md": 0o644,
    "usr/share/doc/mailsecd/FORWARDING.md": 0o644,
    "usr/share/doc/mailsecd/OPERATIONS.md": 0o644,
    "usr/share/doc/mailsecd/MONITORING.md": 0o644,
    "usr/share/doc/mailsecd/prometheus-graph.png": 0o644,
    "usr/share/doc/mailsecd/examples/control-group.conf": 0o644,
    "usr/share/doc/mailsecd/examples/encrypted-credentials.conf": 0o644,
    "usr/share/doc/mailsecd/examples/ip-allow.conf": 0o644,
    "usr/share/doc/mailsecd/examples/mailsecd.conf": 0o644,
}
# What is written for Prometheus and Grafana.
FILES |= {f"usr/share/doc/mailsecd/examples/{p.name}": 0o644 for p in CHECKOUT.glob("docs/prometheus/*")}

need_analyze = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
need_debhelper = pytest.mark.skipif(not shutil.which("dh_installsystemd"), reason="debhelper is not installed")


def run(*command, expect=0, cwd=CHECKOUT):
    """Runs a command, without what a make that called us wants of other makes; its output."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run([str(word) for word in command], env=environment, cwd=cwd, text=True, timeout=600,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == expect, f"{command}: exit status {done.returncode}\n{done.stdout[-4000:]}"
    return done.stdout


class Place:
    """A folder that stands for a machine's root, and the programs as they were built, which make leaves alone."""

    def __init__(self, build, folder):
        self.root = folder / "root"
        self.folder = folder / "build"
        self.folder.mkdir()
        for program in ("mailsecd", "mailsecctl"):
            shutil.copy(build / program, self.folder)

    def make(self, goal, **settings):
        settings = {"B": self.folder, "DESTDIR": self.root, "PREFIX": "/usr"} | settings
        return run("make", "-s", "-o", self.folder / "mailsecd", "-o", self.folder / "mailsecctl", goal,
                   *(f"{k}={v}" for k, v in settings.items()))

    def files(self):
        return {str(p.relative_to(self.root)): p.stat().st_mode & 0o7777 for p in self.root.rglob("*") if p.is_file()}


@pytest.fixture
def place(build, tmp_path):
    return Place(build, tmp_path)


@pytest.fixture
def units(place, tmp_path):
    """The folder of the units, installed in a place where their programs are."""
    prefix = tmp_path / "prefix"
    place.make("install", DESTDIR="/", PREFIX=prefix, SYSCONFDIR=tmp_path / "etc")
    return prefix / "lib/systemd/system"


def test_install_puts_each_file_in_its_place(place):
    place.make("install")
    assert place.files() == FILES
    assert (place.root / "etc/mailsecd/conf.d").is_dir()


def test_install_takes_all_folders_from_its_variables(place):
    place.make("install", PREFIX="/opt/m", SBINDIR="/s", BINDIR="/b", SYSCONFDIR="/c", MANDIR="/m", UNITDIR="/u",
               CATALOGDIR="/k", DOCDIR="/d", COMPLETIONDIR="/t")
    assert {path.split("/")[0] for path in place.files()} == {"s", "b", "c", "m", "u", "k", "d", "t"}
    for unit in ("mailsecd.service", "mailsecd@.service"):
        text = (place.root / "u" / unit).read_text()
        assert re.search(r"^ExecStart=/s/mailsecd\b", text, re.M), unit
        assert re.search(r"^ExecPaths=/s/mailsecd ", text, re.M), unit
        assert "/usr/local/sbin" not in text, unit
    assert "--config /c/mailsecd/%i/mailsecd.conf\n" in text


def test_a_further_instance_has_everything_of_its_own(place):
    place.make("install")
    folder = place.root / "usr/lib/systemd/system"
    one, other = ((folder / unit).read_text().splitlines() for unit in ("mailsecd.service", "mailsecd@.service"))
    assert len(one) == len(other)
    differ = [(a, b) for a, b in zip(one, other) if a != b and not a.startswith("#")]
    assert differ == [
        ("Description=Watch mail domains through vendor APIs",
         "Description=Watch mail domains through vendor APIs (%i)"),
        ("ExecStart=/usr/sbin/mailsecd", "ExecStart=/usr/sbin/mailsecd --config /etc/mailsecd/%i/mailsecd.conf"),
        ("SyslogIdentifier=mailsecd", "SyslogIdentifier=mailsecd-%i"),
        ("LoadCredential=symantec.password", "LoadCredential=symantec.password:%i.symantec.password"),
        *((f"LoadCredential={name}", f"LoadCredential={name}:%i.{name}") for name in (
            "immuniweb.key", "alertmanager.password", "web.password", "web.cert", "web.key", "web.client-ca")),
        ("StateDirectory=mailsecd", "StateDirectory=mailsecd-%i"),
        ("RuntimeDirectory=mailsecd", "RuntimeDirectory=mailsecd-%i"),
        ("ConfigurationDirectory=mailsecd", "ConfigurationDirectory=mailsecd/%i"),
    ]


def test_install_keeps_a_configuration(place):
    place.make("install")
    config = place.root / "etc/mailsecd/mailsecd.conf"
    config.write_text("# mine\n")
    place.make("install")
    assert config.read_text() == "# mine\n"


def test_uninstall_leaves_nothing(place):
    place.make("install")
    place.make("uninstall")
    assert place.files() == {}
    assert not [p for p in place.root.rglob("*mailsec*")]


def test_uninstall_keeps_a_changed_configuration(place):
    place.make("install")
    config = place.root / "etc/mailsecd/mailsecd.conf"
    config.write_text(config.read_text() + "# mine\n")
    more = place.root / "etc/mailsecd/conf.d/more.conf"
    more.write_text("")
    place.make("uninstall")
    assert set(place.files()) == {"etc/mailsecd/mailsecd.conf", "etc/mailsecd/conf.d/more.conf"}


def test_the_sample_watches_nothing_and_says_what_to_do(build):
    said = run(build / "mailsecd", "--check-config", "--config", "conf/mailsecd.conf", expect=2)
    assert "there is no domain to watch; one line adds one" in said
    assert len(said.splitlines()) == 1, "this is the only thing wrong with the sample"


def test_programs_do_not_tell_where_they_were_built(build):
    for program in ("mailsecd", "mailsecctl"):
        data = (build / program).read_bytes()
        if b"__gcov_" in data:
            pytest.skip("gcov wants the real paths")
        assert bytes(CHECKOUT) + b"/src" not in data, program


def drop_in(units, name):
    """Puts one of the examples beside the unit."""
    folder = units / "mailsecd.service.d"
    folder.mkdir(exist_ok=True)
    shutil.copy(CHECKOUT / "systemd/drop-ins" / name, folder)


@need_analyze
@pytest.mark.parametrize("example", [None, "ip-allow.conf", "encrypted-credentials.conf", "control-group.conf"])
def test_systemd_has_no_complaint(units, example):
    if example:
        drop_in(units, example)
    for unit in ("mailsecd.service", "mailsecd@.service", "mailsecd.socket"):
        assert run("systemd-analyze", "verify", "--man=no", units / unit) == "", unit


def test_the_socket_is_for_this_machine_and_not_enabled_by_itself(units):
    text = (units / "mailsecd.socket").read_text()
    settings = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert [line for line in settings if line.startswith("Listen")] == ["ListenStream=127.0.0.1:9797"]
    assert "FileDescriptorName=web" in settings, "it is by this name that the daemon finds it"
    assert "WantedBy=sockets.target" in settings
    for unit in ("mailsecd.service", "mailsecd@.service"):
        assert "mailsecd.socket" not in (units / unit).read_text(), "who does not enable it has none"


def exposure(unit):
    said = run("systemd-analyze", "security", "--offline=true", "--no-pager", unit)
    return float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)[1])


@need_analyze
@pytest.mark.parametrize("example,most", [(None, 1.1), ("encrypted-credentials.conf", 1.1),
                                          ("control-group.conf", 1.1), ("ip-allow.conf", 1.0)])
def test_the_sandbox_is_as_tight_as_it_was(units, example, most):
    if example:
        drop_in(units, example)
        assert exposure(units / "mailsecd.service") <= most
    else:
        for unit in ("mailsecd.service", "mailsecd@.service"):
            assert exposure(units / unit) <= most, unit


# --- the Debian package ----------------------------------------------------------------------------


def checkout_copy(folder, checkout=CHECKOUT):
    for name in ("Makefile", "LICENSE", "CHANGELOG", "README.md", "conf", "docs", "src", "systemd",
                 "tests/packages.sh"):
        source, target = checkout / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return folder


@pytest.fixture(scope="module")
def deb(tmp_path_factory):
    """The package, of a copy of the checkout."""
    if "SANITIZE" in os.environ.get("MAKEFLAGS", ""):
        pytest.skip("the package is no variant")
    copy = checkout_copy(tmp_path_factory.mktemp("deb") / "one")
    return copy / run("make", "-s", "deb", cwd=copy).splitlines()[-1]


@need_debhelper
def test_package_has_the_same_files(deb):
    listed = {line.split()[5][2:]: line.split()[0] for line in run("dpkg-deb", "-c", deb).splitlines()
              if not line.startswith("d")}
    listed = {re.sub(r"\.gz$", "", path): mode for path, mode in listed.items()}
    expected = {path.replace("usr/lib/systemd/system", "lib/systemd/system") for path in FILES}
    assert set(listed) == expected | {"usr/share/doc/mailsecd/changelog", "usr/share/doc/mailsecd/copyright"}
    assert {path for path, mode in listed.items() if "x" in mode} == {"usr/sbin/mailsecd", "usr/bin/mailsecctl"}
    assert run("dpkg-deb", "-I", deb, "conffiles") == "/etc/mailsecd/mailsecd.conf\n"


@need_debhelper
def test_package_is_named_and_dated_by_the_checkout(deb):
    version = re.search(r"^VERSION\s*:= (\S+)", (CHECKOUT / "Makefile").read_text(), re.M)[1]
    assert deb.name == f"mailsecd_{version}_{run('dpkg', '--print-architecture').strip()}.deb"
    fields = run("dpkg-deb", "-f", deb)
    assert f"Version: {version}\n" in fields
    for word in ("ca-certificates", "libsystemd0", "libsqlite3-0", "libmicrohttpd12", "libgnutls30", "Recommends: tzdata"):
        assert word in fields


@need_debhelper
def test_package_is_the_same_from_another_folder(deb, tmp_path):
    copy = checkout_copy(tmp_path / "a-folder-with-a-longer-name" / "copy", deb.parent.parent)
    environment = ["env", "TZ=Asia/Tokyo", "LC_ALL=C", "CFLAGS=-O0", "USER=somebody", "WERROR=1", "V=1"]
    again = copy / run(*environment, "make", "-s", "deb", cwd=copy).splitlines()[-1]
    assert again.read_bytes() == deb.read_bytes()
    symbols = [next((package.parent / "deb").glob("*-dbgsym_*.deb")).read_bytes() for package in (deb, again)]
    assert symbols[0] == symbols[1]


@need_debhelper
@pytest.mark.skipif(not shutil.which("lintian"), reason="lintian is not installed")
def test_lintian_has_no_complaint(deb):
    said = run("lintian", "--allow-root", "--fail-on", "error,warning", *(deb.parent / "deb").glob("*.changes"))
    assert said == ""


@need_debhelper
def test_package_is_refused_without_an_entry_in_the_changelog(tmp_path):
    copy = checkout_copy(tmp_path / "copy")
    said = run("systemd/debian/build.sh", tmp_path / "b", "77.7", cwd=copy, expect=1)
    assert "Makefile says 77.7" in said

    # A day that does not exist.
    changelog = copy / "CHANGELOG"
    changelog.write_text(changelog.read_text().replace("- ", "77.7 (2026-99-99)\n- ", 1))
    said = run("systemd/debian/build.sh", tmp_path / "b", "77.7", cwd=copy, expect=1)
    assert "no date in: 77.7 (2026-99-99)" in said
