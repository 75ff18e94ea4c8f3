# SPDX-License-Identifier: MIT
"""/metrics as scrapers see it: a strict reader, promtool, and a real Prometheus with the rules and the dashboard."""

import http.client
import json
import math
import pathlib
import re
import socket

import pytest

from harness import exposition, tls
from harness.clock import Clock
from harness.control import Control
from harness.daemon import write_secret
from harness.libconf import document
from harness.port import free_port
from harness.prometheus import NO_PROMETHEUS, NO_PROMTOOL, PROMETHEUS, PROMTOOL, Prometheus, promtool
from harness.simulator import account, scenario
from harness.stage import Stage
from harness.wait import wait_for

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
RULES = DOCS / "prometheus" / "mailsecd.rules.yml"
RULES_TEST = DOCS / "prometheus" / "mailsecd.rules.test.yml"
DASHBOARD = DOCS / "prometheus" / "mailsecd-dashboard.json"
MONITORING = DOCS / "MONITORING.md"

need_promtool = pytest.mark.skipif(not PROMTOOL, reason=NO_PROMTOOL)
need_prometheus = pytest.mark.skipif(not PROMETHEUS, reason=NO_PROMETHEUS)

RATE = 60
LEVELS = {"ok": 0, "warning": 1, "critical": 2}
OLD = "symantec/bad.example/inbound_oldest"


class Watched:
    """A daemon with both sources, two accounts (one whose login is refused), and domains good and bad."""

    def __init__(self, build, directory):
        self.clock = Clock(RATE)
        # Its port is asked from here, so that nothing of it is in a network of its own.
        self.stage = Stage(build, directory)
        self.port = free_port()
        sim = self.stage.simulate(scenario(
            accounts=("default", account("refused", password="another")), immuniweb={"test_duration": 0},
            domains=["good.example", "strict.example",
                     {"name": "bad.example", "symantec": {"inbound_oldest": 5000, "inbound_messages": 12},
                      "immuniweb": {"blacklist_count": 5, "spf": "failure"}},
                     {"name": "warm.example", "symantec": {"outbound_oldest": 1000}},
                     {"name": "absent.example", "symantec": {"absent": True}},
                     {"name": "slow.example", "immuniweb": {"never_ends": True}},
                     {"name": "lost.example", "account": "refused"}]), self.clock)
        self.sim = sim
        self.daemon = self.stage.start({
            "symantec": [self.stage.symantec(sim, interval="30s", timeout="29s"),
                         self.stage.symantec(sim, name="refused", interval="30s", timeout="29s")],
            "immuniweb": self.stage.immuniweb(sim, daily_tests=20, interval="1day", deadline="20h"),
            "groups": {"strict": {"limits": {"inbound_oldest": {"warning": "1min", "critical": "10min"},
                                             "outbound_oldest": "never"}}},
            "domains": ["good.example", {"name": "bad.example", "owner": 'the "A" team\\'}, "warm.example",
                        {"name": "strict.example", "group": "strict"},
                        {"name": "absent.example", "sources": ("symantec",)},
                        {"name": "slow.example", "sources": ("immuniweb",)},
                        {"name": "lost.example", "account": "refused", "sources": ("symantec",)}],
            "web": {"listen": f"127.0.0.1:{self.port}"}}, self.clock)
        self.control = Control(self.daemon)
        # All that will be known is known.
        self.daemon.wait_record(event="raised", alert=OLD)
        self.daemon.wait_record(event="raised", alert="symantec/warm.example/outbound_oldest")
        self.daemon.wait_record(event="raised", alert="immuniweb/bad.example/spf")
        self.daemon.wait_record(event="raised", alert="symantec/refused/up")
        wait_for(lambda: all(self.value(f"mailsec_immuniweb_{metric}", account="default", domain=f"{name}.example")
                             is not None for metric in ("spf", "result_age_seconds")
                             for name in ("good", "bad", "warm", "strict")), "all tests are done")

    def ask(self, accept=None, method="GET", path="/metrics"):
        """(headers, body) of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, headers={"Accept": accept} if accept else {})
            reply = connection.getresponse()
            body = reply.read().decode()
        finally:
            connection.close()
        assert reply.status == 200, (reply.status, body[:300])
        return reply.headers, body

    def families(self):
        """What it exports, read strictly."""
        headers, body = self.ask()
        assert headers["Content-Type"] == exposition.TEXT
        return exposition.parse(body)

    def value(self, name, **labels):
        """One sample, or None."""
        return exposition.value(self.families(), name, **labels)


@pytest.fixture(scope="module", name="watched")
def watched_fixture(build, tmp_path_factory):
    """One daemon for all tests that only look."""
    watched = Watched(build, tmp_path_factory.mktemp("watched"))
    yield watched
    watched.stage.close()


def metric_rows(stage):
    """The rows of --list-metrics."""
    return json.loads(stage.run("--list-metrics", "--json").stdout)


def exported_name(row):
    """The name of a row's family, by the rule of docs/MONITORING.md."""
    name = row["name"].removesuffix("_count") + ("_seconds" if row["unit"] == "seconds" else "")
    if row["source"] == "mailsecd":
        return f"mailsecd_{name}"
    return f"mailsec_{row['source']}_{'account_' if row['scope'] == 'account' else ''}{name}"


# --- what is exported ----------------------------------------------------------------------------------


def test_every_metric_is_there(watched):
    """Each row of --list-metrics is a gauge with its words, and has samples where something is known."""
    families = watched.families()
    rows = metric_rows(watched.stage)
    names = [exported_name(row) for row in rows]
    assert len(set(names)) == len(rows) > 50
    for row, name in zip(rows, names):
        assert families[name].type == "gauge", name
        assert families[name].help == row["help"], name
        assert families[name].samples, f"{name} has no value, though all were known"
        labels = {"account": ["account"], "domain": ["account", "domain"]}[row["scope"]]
        for _, have in families[name].samples:
            assert [label for label, _ in have] == ([] if row["source"] == "mailsecd" else labels), name


def test_values_are_those_of_the_control_api(watched):
    """Every value of every domain, and what is unknown is absent."""
    compared = unknown = 0
    rows = {(row["source"], row["name"]): exported_name(row) for row in metric_rows(watched.stage)
            if row["scope"] == "domain"}
    families = watched.families()
    names = {dict(labels).get("domain") for _, labels in exposition.series(families)} - {None}
    domains = watched.control.pages("domains", "domains")
    assert names == {domain["name"] for domain in domains} and len(names) == 7
    for domain in domains:
        told = watched.control.ask("GET", "domains/" + domain["name"])
        assert exposition.value(families, "mailsec_domain_level", domain=domain["name"]) == LEVELS[told["level"]]
        for source in told["sources"]:
            for one in source["values"]:
                name = rows[source["source"], one["metric"]]
                have = exposition.value(families, name, account=source["account"], domain=domain["name"])
                if one["value"] is None:
                    assert have is None, (name, domain["name"], have)
                    unknown += 1
                elif one["unit"] == "seconds" and one["metric"].endswith("_age"):
                    assert have == pytest.approx(one["value"], abs=RATE * 10), (name, domain["name"])
                    compared += 1
                else:
                    assert have == pytest.approx(one["value"], abs=1e-6), (name, domain["name"])
                    compared += 1
    assert compared > 100 and unknown > 50, (compared, unknown)


def test_accounts(watched):
    """What is an account's own."""
    value = watched.value
    assert value("mailsec_symantec_account_up", account="default") == 1
    assert value("mailsec_symantec_account_up", account="refused") == 0
    assert value("mailsec_symantec_account_domains_missing", account="default") == 1
    assert value("mailsec_symantec_account_domains_missing", account="refused") is None
    assert value("mailsec_symantec_account_total_inbound_messages", account="default") == 12
    assert value("mailsecd_account_failures", source="symantec", account="refused") >= 1
    assert value("mailsecd_account_failures", source="symantec", account="default") == 0
    told = {one["source"]: one for one in watched.control.ask("GET", "status")["accounts"]}
    assert value("mailsec_immuniweb_account_tests_left", account="default") == told["immuniweb"]["tests_left"] == 15
    assert value("mailsecd_daily_tests", account="default") == told["immuniweb"]["daily_tests"] == 20
    assert value("mailsec_immuniweb_account_running", account="default") == 1


def test_domain_info(watched):
    """Owner, group and runbook as labels, escaped, of those that have one."""
    assert watched.families()["mailsec_domain_info"].samples == {
        ("mailsec_domain_info", (("domain", "bad.example"), ("owner", 'the "A" team\\'))): 1,
        ("mailsec_domain_info", (("domain", "strict.example"), ("group", "strict"))): 1}


def test_limits(watched):
    """In general without a domain, with one where it differs."""
    families = watched.families()

    def limit(metric, level, **more):
        source = "immuniweb" if metric in ("spf", "up") else "symantec"
        return exposition.value(families, "mailsec_limit", source=source, account=more.pop("account", "default"),
                                scope=more.pop("scope", "domain"), metric=metric, level=level, **more)

    assert (limit("inbound_oldest", "warning"), limit("inbound_oldest", "critical")) == (900, 3600)
    assert limit("inbound_oldest", "warning", domain="strict.example") == 60
    assert limit("inbound_oldest", "critical", domain="strict.example") == 600
    assert limit("outbound_oldest", "warning", domain="strict.example") == math.inf
    assert limit("inbound_stuck", "warning", domain="strict.example") is None, "it does not differ"
    assert limit("spf", "critical") == 3
    assert limit("data_age", "warning") == 90, "three intervals of 30 s"
    assert limit("up", "critical", scope="account") == 0
    with_domain = {dict(labels)["domain"] for _, labels in families["mailsec_limit"].samples if "domain" in dict(labels)}
    assert with_domain == {"strict.example"}


def test_alerts(watched):
    """Each alert that stands, with what is done about it; the same as the control API says."""
    silence = watched.control.silence("immuniweb/bad.example/*", span=86400)["id"]
    watched.control.acknowledge(OLD)
    try:
        alerts = watched.control.alerts()
        families = watched.families()
    finally:
        watched.control.end_silence(silence)
        watched.control.end_acknowledgement(OLD)
    found = {}
    for (_, labels), level in families["mailsec_alert_level"].samples.items():
        have = dict(labels)
        found[f"{have['source']}/{have.get('domain', have['account'])}/{have['metric']}"] = (labels, level)
    assert set(found) == set(alerts) and OLD in found
    for identity, (labels, level) in found.items():
        told = alerts[identity]
        one = {name: families[name].samples[name, labels] for name in families if name.startswith("mailsec_alert_")}
        assert level == LEVELS[told["level"]], identity
        assert one["mailsec_alert_muted"] == (told["muted_by"] is not None), identity
        assert one["mailsec_alert_acknowledged"] == (told["acknowledged"] is not None), identity
        assert one["mailsec_alert_flapping"] == told["flapping"], identity
        assert 0 < watched.clock.now() - one["mailsec_alert_since_timestamp_seconds"] < 86400 * 30, identity
    assert sum(families["mailsec_alert_acknowledged"].samples.values()) == 1
    assert sum(families["mailsec_alert_muted"].samples.values()) >= 2
    for level in ("warning", "critical"):
        assert exposition.value(families, "mailsecd_alerts", level=level) == \
            sum(told["level"] == level for told in alerts.values())


def test_own_health(watched):
    """The daemon's own numbers against what others know of it."""
    before, asked = watched.families(), watched.sim.count()
    status = watched.control.ask("GET", "status")

    def value(name, **labels):
        return exposition.value(before, name, **labels)

    assert value("mailsecd_build_info", version=status["version"]) == 1
    assert value("mailsecd_store_up") == value("mailsecd_config_ok") == 1
    assert value("mailsecd_domains") == 7
    assert value("mailsecd_runs_total", source="symantec", outcome="auth") >= 1
    assert value("mailsecd_runs_total", source="immuniweb", outcome="ok") == 4
    assert value("mailsecd_runs_total", source="immuniweb", outcome="timeout") == 0
    replies = sum(value("mailsecd_request_duration_seconds_count", source=source) for source in ("symantec", "immuniweb"))
    assert abs(replies - asked) <= 3
    assert value("mailsecd_loop_turn_seconds_count") > replies
    assert value("mailsecd_events_total", event="started") == 1
    assert value("mailsecd_events_total", event="raised") == len(watched.daemon.records(event="raised"))
    assert value("mailsecd_record_sequence") <= status["records"]["sequence"]
    assert value("mailsecd_targets", source="immuniweb", account="default", state="running") == 1
    assert value("mailsecd_targets", source="immuniweb", account="default", state="planned") == 4
    assert value("mailsecd_store_bytes") > 10000
    assert value("mailsecd_http_connections") >= 1
    assert value("mailsecd_evidence_up") == 1
    assert value("process_resident_memory_bytes") == pytest.approx(watched.daemon.status_kib("VmRSS") * 1024, rel=0.2)
    assert value("process_open_fds") == pytest.approx(sum(watched.daemon.descriptors()), abs=4)
    assert 0 < value("process_cpu_seconds_total") < 60
    after = exposition.series(watched.families())
    for family in before.values():
        for key, number in family.samples.items():
            if family.type == "counter" or key[0].endswith("_count"):
                assert after[key] >= number, key


@need_promtool
def test_promtool_is_silent(watched):
    """promtool finds nothing to say, neither of the format nor of the names."""
    assert promtool("check", "metrics", text=watched.ask()[1]) == (0, "")


def test_openmetrics(watched):
    """By negotiation; the same families and series, in the words of that format."""
    prometheus = ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                  "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
    headers, body = watched.ask(prometheus)
    assert headers["Content-Type"] == exposition.OPENMETRICS
    assert headers["Vary"] == "Accept" and headers["Cache-Control"] == "no-store"
    newer, older = exposition.parse(body, True), watched.families()
    assert set(exposition.series(newer)) == set(exposition.series(older))
    assert newer["mailsecd_runs"].type == "counter" and older["mailsecd_runs_total"].type == "counter"
    assert newer["mailsecd_build"].type == "info" and older["mailsecd_build_info"].type == "gauge"
    assert newer["process_cpu_seconds"].unit == "seconds"
    assert newer["process_resident_memory_bytes"].unit == "bytes"
    for name, family in newer.items():
        assert (family.unit == "seconds") == name.endswith("_seconds"), name
    for accept in (None, "*/*", "text/plain", "text/html,*/*;q=0.8"):
        assert watched.ask(accept)[0]["Content-Type"] == exposition.TEXT, accept
    headers, body = watched.ask(method="HEAD")
    assert headers["Content-Type"] == exposition.TEXT and body == ""


def test_names_are_documented(watched):
    """Every family has a row in docs/MONITORING.md, and every row a family."""
    text = MONITORING.read_text()
    rows = dict(re.findall(r"^\| `((?:mailsecd?|process)_[a-z_]+)(?:\{[^`]*\})?` \| ([a-z]+) \|", text, re.M))
    families = watched.families()
    # Only there with an Alertmanager.
    assert set(rows) == set(families)
    for name, kind in rows.items():
        assert families[name].type == kind, name
    for row in metric_rows(watched.stage):
        line = re.search(rf"^\| `{exported_name(row)}[`{{].*$", text, re.M)
        assert f"`{row['name']}`" in line[0], f"{line[0]} does not name {row['name']}"


# --- rules, dashboard, a real Prometheus ---------------------------------------------------------------


def rule_expressions():
    """The expressions of the rules."""
    return re.findall(r"^        expr: (.*)$", RULES.read_text(), re.M)


def dashboard_expressions():
    """The expressions of the panels, with something in the place of the variables."""
    board = json.loads(DASHBOARD.read_text())
    found = []

    def collect(panels):
        for panel in panels:
            collect(panel.get("panels", []))
            found.extend(target["expr"] for target in panel.get("targets", []))

    collect(board["panels"])
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            found.append(re.fullmatch(r"label_values\((.*), \w+\)", variable["query"]["query"])[1])
    return [re.sub(r"\$(instance|account|domain)\b", ".*", one).replace("$__rate_interval", "1m") for one in found]


def documented_expressions():
    """The queries of docs/MONITORING.md."""
    return [one.strip() for block in re.findall(r"^```promql\n(.*?)^```", MONITORING.read_text(), re.M | re.S)
            for one in block.split("\n\n")]


def test_dashboard_is_sound():
    """Valid JSON, panels with numbers of their own, each by the data source that is chosen."""
    board = json.loads(DASHBOARD.read_text())
    assert board["title"] and board["uid"] and board["schemaVersion"] > 30
    assert {variable["name"] for variable in board["templating"]["list"]} >= {"datasource", "instance", "domain"}
    panels = [panel for one in board["panels"] for panel in (one, *one.get("panels", []))]
    assert len({panel["id"] for panel in panels}) == len(panels) > 10
    for panel in panels:
        if panel["type"] != "row":
            assert panel["title"] and panel["targets"], panel["id"]
            assert panel["datasource"]["uid"] == "${datasource}", panel["title"]
            assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24, panel["title"]


def test_names_in_rules_and_dashboard_are_exported(watched):
    """No rule and no panel asks for a name that is not there."""
    # The one that is there only with an Alertmanager has a family all the same.
    families = watched.families()
    have = {"up"} | set(families) | {name for name, _ in exposition.series(families)}
    used = set()
    for expression in rule_expressions() + dashboard_expressions() + documented_expressions():
        bare = re.sub(r'"[^"]*"', '""', expression)
        names = set(re.findall(r"\b(?:mailsecd?|process)_[a-z_]+\b", bare))
        assert names <= have or "absent(up" in expression, f"{expression}: {names - have}"
        used |= names
    assert len(used) > 25, used


@need_promtool
def test_rules():
    """The rules and their own tests."""
    status, said = promtool("check", "rules", RULES)
    assert status == 0 and "SUCCESS" in said, said
    status, said = promtool("test", "rules", RULES_TEST)
    assert status == 0 and "SUCCESS" in said, said
    tested = set(re.findall(r"alertname: (\w+)", RULES_TEST.read_text()))
    assert tested == set(re.findall(r"- alert: (\w+)", RULES.read_text())), "a rule without a test"


@pytest.fixture(name="prometheus")
def prometheus_fixture(watched, tmp_path):
    """A real one that scrapes the daemon by the rules of docs/."""
    server = Prometheus(tmp_path / "prometheus", f"127.0.0.1:{watched.port}", [RULES])
    yield server
    server.close()


@need_prometheus
def test_real_prometheus(watched, prometheus):
    """It scrapes, knows the values, computes quantiles, and its alerts fire and end."""
    target = wait_for(lambda: [one for one in prometheus.get("targets")["activeTargets"] if one["health"] != "unknown"],
                      "the target was scraped")[0]
    assert target["health"] == "up" and target["lastError"] == "" and target["labels"]["job"] == "mailsecd"

    [(labels, age)] = prometheus.wait_query('mailsec_symantec_inbound_oldest_seconds{domain="bad.example"}')
    assert age == 5000 and labels["account"] == "default"
    [(_, age)] = prometheus.query('mailsec_symantec_outbound_oldest_seconds{domain="warm.example"}')
    assert age == 1000
    assert prometheus.query('mailsec_symantec_inbound_oldest_seconds{domain="absent.example"}') == []
    assert len(prometheus.query("mailsec_domain_level")) == 7
    # What it took in is what is given out.
    stored = prometheus.query('count({job="mailsecd",__name__=~"(mailsec|mailsecd|process)_.*"})')[0][1]
    assert stored == len(exposition.series(watched.families()))
    metadata = prometheus.get("targets/metadata", metric="mailsecd_runs")
    assert metadata and metadata[0]["type"] == "counter", "it asked for OpenMetrics"

    for name, most in (("mailsecd_request_duration_seconds", 60), ("mailsecd_loop_turn_seconds", 1)):
        for quantile in (0.5, 0.99):
            found = prometheus.wait_query(
                f"histogram_quantile({quantile}, sum by (le) (rate({name}_bucket[1m])))",
                lambda have: have and not math.isnan(have[0][1]))
            assert 0 < found[0][1] <= most, (name, quantile, found)

    firing = 'ALERTS{alertstate="firing",alertname="%s"}'
    fires = prometheus.wait_query(firing % "MailsecDomainCritical", lambda have: len(have) >= 3)
    assert {(labels["domain"], labels["metric"]) for labels, _ in fires} == \
        {("bad.example", "inbound_oldest"), ("bad.example", "blacklist_count"), ("bad.example", "spf")}
    fires = prometheus.wait_query(firing % "MailsecDomainWarning")
    assert ("warm.example", "outbound_oldest") in {(labels["domain"], labels["metric"]) for labels, _ in fires}
    assert prometheus.query(firing % "MailsecAccountAlert")[0][0]["metric"] == "domains_missing"
    assert prometheus.query(firing % "MailsecdDown") == []
    # One that is acknowledged is somebody's already.
    watched.control.acknowledge(OLD)
    prometheus.wait_query(firing % "MailsecDomainCritical", lambda have: len(have) == 2)
    watched.control.end_acknowledgement(OLD)
    prometheus.wait_query(firing % "MailsecDomainCritical", lambda have: len(have) == 3)


@need_prometheus
def test_every_expression_works(prometheus):
    """Rules, panels and documented queries are asked for real; the documented ones have an answer here."""
    prometheus.wait_query("mailsec_domain_level")
    prometheus.wait_query("rate(mailsecd_loop_turn_seconds_count[1m])")
    for expression in rule_expressions() + dashboard_expressions():
        prometheus.get("query", query=expression)
    documented = documented_expressions()
    assert len(documented) >= 5
    for expression in documented:
        # Nothing failed anew while this server looked.
        assert prometheus.query(expression.replace("> 0", ">= 0")), f"no answer: {expression}"


@need_prometheus
def test_the_join_with_limits(prometheus):
    """A domain's own limit where it has one, else the general one."""
    prometheus.wait_query("mailsec_limit")
    [join] = [one for one in documented_expressions() if "/ on (instance, account, domain) group_left" in one]
    shares = {labels["domain"]: share for labels, share in prometheus.query(join)}
    assert shares["bad.example"] == pytest.approx(5000 / 3600)
    assert set(shares) == {"good.example", "bad.example", "warm.example", "strict.example"}
    wanted = join.replace("inbound_oldest", "outbound_oldest")
    shares = {labels["domain"]: share for labels, share in prometheus.query(wanted)}
    assert shares["warm.example"] == pytest.approx(1000 / 3600)
    assert shares["strict.example"] == 0, "it never alerts"


@need_prometheus
@pytest.mark.skipif(bool(tls.MISSING), reason=tls.MISSING or "")
def test_tls_and_password(build, tmp_path):
    """The scrape configuration that docs/MONITORING.md gives for another machine."""
    authority, secret = tls.Authority(tmp_path), "pl4nted pass of the web"
    certificate, key = authority.sign("web")
    port, path = free_port(), write_secret(tmp_path / "web.password", secret + "\n")
    [job] = [one for one in re.findall(r"^```yaml\n(.*?)^```", MONITORING.read_text(), re.M | re.S) if "https" in one]
    for documented, here in (("/etc/prometheus/mailsecd-ca.pem", authority.certificate), ("1m", "200ms"),
                             ("/etc/prometheus/mailsecd.password", path),
                             ("mail-monitor.example.com:9797", f"127.0.0.1:{port}")):
        assert documented in job
        job = job.replace(documented, str(here))
    stage, clock = Stage(build, tmp_path), Clock(RATE)
    prometheus = None
    try:
        sim = stage.simulate(scenario(domains=["a.example"]), clock)
        daemon = stage.start({
            "symantec": stage.symantec(sim, interval="30s", timeout="29s"), "domains": ["a.example"],
            "web": {"listen": f"127.0.0.1:{port}", "certificate_file": str(certificate), "key_file": str(key),
                    "username": "prometheus", "password_file": str(path)}}, clock)
        prometheus = Prometheus(tmp_path / "prometheus", None, job=job)
        prometheus.wait_query('mailsec_symantec_inbound_oldest_seconds{domain="a.example"}')
        [target] = prometheus.get("targets")["activeTargets"]
        assert target["health"] == "up" and target["scrapeUrl"] == f"https://127.0.0.1:{port}/metrics"
        # With another password it sees nothing.
        path.write_text("another\n")
        prometheus.wait_query('up == 0')
        assert "401" in prometheus.get("targets")["activeTargets"][0]["lastError"]
        assert secret not in daemon.stderr()
    finally:
        if prometheus:
            prometheus.close()
        stage.close()


# --- a page that is cut short ----------------------------------------------------------------------------


def test_reload_in_the_middle_of_a_slow_scrape(build, tmp_path):
    """The page breaks off, so that no scraper takes half of it for all; the next one is whole."""
    number = 3000
    stage, clock, port = Stage(build, tmp_path), Clock(RATE), free_port()
    try:
        sim = stage.simulate(scenario(generate=[{"count": number, "symantec": {"vary": True}}]), clock)
        names = ",\n".join(f'"d{i:06d}.example"' for i in range(number))
        text = document(stage.complete({
            "symantec": stage.symantec(sim, interval="1h"), "web": {"listen": f"127.0.0.1:{port}"},
        })) + f"domains = ( {names} );\n"
        daemon = stage.start(text, clock)
        wait_for(lambda: "mailsec_symantec_inbound_oldest_seconds{" in scrape(port)[1], "the values are there")
        whole, body = scrape(port)
        families = exposition.parse(body)
        assert whole and len(body) > 4_000_000 and len(families["mailsec_domain_level"].samples) == number
        assert len(families["mailsec_limit"].samples) < 30, "limits that are the same everywhere cost nothing"

        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(20)
        sock.connect(("127.0.0.1", port))
        sock.sendall(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        begun = sock.recv(1000)
        rss = daemon.status_kib("VmRSS")
        daemon.reload()
        rest = read_to_end(sock)
        sock.close()
        assert begun.startswith(b"HTTP/1.1 200 ")
        assert not rest.endswith(b"0\r\n\r\n"), "it looks whole"
        assert len(rest) < len(body) / 2, "it went on after the reload"
        whole, body = scrape(port)
        assert whole and len(exposition.parse(body)["mailsec_domain_level"].samples) == number
        assert exposition.value(exposition.parse(body), "mailsecd_reloads_total", result="done") == 1
        assert daemon.status_kib("VmRSS") < rss + 8192
        assert daemon.process.poll() is None
    finally:
        stage.close()


def scrape(port):
    """(whether it came to its end, body)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/metrics")
        return True, connection.getresponse().read().decode()
    except http.client.IncompleteRead as cut:
        return False, cut.partial.decode()
    finally:
        connection.close()


def read_to_end(sock):
    """All that comes until the other side closes or breaks off."""
    data = b""
    while True:
        try:
            part = sock.recv(65536)
        except ConnectionResetError:
            return data
        if not part:
            return data
        data += part
