/* SPDX-License-Identifier: MIT */
#include "unit/test-config.h"

#include "engine/metrics-exposition.h"
#include "engine/metrics.h"
#include "engine/standing.h"

#include <math.h>

/* GET /metrics of a Monitor that nothing runs in. */

#define ACCOUNTS                                                                                   \
        "symantec = ( { name = \"one\"; username = \"u\"; password_file = \"@\"; },\n"             \
        "             { name = \"two\"; username = \"u\"; password_file = \"@\"; } );\n"           \
        "immuniweb = { enabled = true; };\n"                                                       \
        "groups = { strict = { limits = { inbound_oldest = { warning = \"1min\"; }; }; };\n"       \
        "           lax = { limits = { inbound_oldest = \"never\"; mx_hosts = "                    \
        "{ critical = 0; }; }; }; };\n"
#define DOMAINS                                                                                    \
        "domains = ( \"a.example\", \"b.example\",\n"                                              \
        "            { name = \"c.example\"; group = \"strict\"; },\n"                             \
        "            { name = \"d.example\"; group = \"lax\"; },\n"                                \
        "            { name = \"e.example\"; account = \"two\"; owner = \"the \\\"A\\\" "          \
        "team\\\\\"; "                                                                             \
        "runbook = \"https://wiki.example/e?a=1&b=2\"; } );\n"

static char directory[] = "/tmp/test-metrics-XXXXXX";
static sd_event *event;
static Monitor *m;

static void run_done(Monitor *monitor, Run *run, const Step *done, Moment now) {
        (void)monitor;
        (void)run;
        (void)done;
        (void)now;
}

/* Loads a text whose secrets are "@". */
static Config *load(const char *text) {
        _cleanup_strbuf_ StrBuf b = {};

        for (; *text; text++)
                if (*text == '@')
                        strbuf_addf(&b, "%s/secret", directory);
                else
                        strbuf_addc(&b, *text);
        return must_load(strbuf_text(&b));
}

static int set_up(void **state) {
        static const Clock clock = { .rate = 1 };
        SinkSettings sinks = { .choice = SINK_STDERR, .identifier = "t" };
        char path[100];

        (void)state;
        assert_non_null(mkdtemp(directory));
        snprintf(path, sizeof(path), "%s/secret", directory);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fputs("word", f);
        fclose(f);
        assert_int_equal(chmod(path, 0600), 0);
        assert_int_equal(sd_event_new(&event), 0);
        assert_int_equal(monitor_new(event, &clock, load(ACCOUNTS DOMAINS), run_done, false, &m),
                         0);
        return sinks_new(event, &clock, &sinks, &m->sinks);
}

static int tear_down(void **state) {
        char command[100];

        (void)state;
        monitor_free(m);
        sd_event_unref(event);
        snprintf(command, sizeof(command), "rm -rf %s", directory);
        return system(command);
}

/* The whole answer, read by buffers of that size; the families of the process, which change all the
 * while, are left out. */
static char *ask(size_t size) {
        const WebRequest request = { .method = "GET", .path = "/metrics" };
        _cleanup_free_ char *buffer = malloc(size);
        StrBuf b = {};
        WebReply reply;
        ssize_t n;

        metrics_answer(m, &request, &reply);
        assert_int_equal(reply.status, 200);
        assert_string_equal(reply.type, "text/plain; version=0.0.4; charset=utf-8");
        while ((n = reply.stream.read(reply.stream.userdata, buffer, size)) > 0) {
                assert_true((size_t)n <= size);
                strbuf_add(&b, buffer, (size_t)n);
        }
        assert_int_equal(n, 0);
        assert_int_equal(reply.stream.read(reply.stream.userdata, buffer, size), 0);
        reply.stream.free(reply.stream.userdata);
        char *process = strstr(b.data, "# HELP process_");
        assert_non_null(process);
        *process = '\0';
        return strbuf_take(&b);
}

/* The samples of the family (lines that begin so), each with its line end. */
static char *samples(const char *begin) {
        _cleanup_free_ char *all = ask(4096);
        StrBuf b = {};

        for (char *line = strtok(all, "\n"); line; line = strtok(NULL, "\n"))
                if (strncmp(line, begin, strlen(begin)) == 0)
                        strbuf_addf(&b, "%s\n", line);
        strbuf_add(&b, "", 0);
        return b.data ? strbuf_take(&b) : strdup("");
}

static void expect(const char *begin, const char *text) {
        _cleanup_free_ char *got = samples(begin);
        assert_string_equal(got, text);
}

static size_t column(SourceId source, const char *metric) {
        return metric_find(metric_set(source, SCOPE_DOMAIN), metric);
}

/* Values of each kind: known, unknown, never tested. */
static void fill(void) {
        Account *one = &m->accounts[0], *tests = &m->accounts[2];
        size_t oldest = column(SOURCE_SYMANTEC, "inbound_oldest");

        account_values(one, 0)[oldest] = 0;
        account_values(one, 2)[oldest] = 61.25f;
        account_values(one, 3)[oldest] = 1e9f;
        account_values(&m->accounts[1], 0)[oldest] = 0.1f;
        one->own_values[metric_find(metric_set(SOURCE_SYMANTEC, SCOPE_ACCOUNT), "up")] = 0;
        tests->targets[1].values = calloc(METRICS_MAX, sizeof(float));
        assert_non_null(tests->targets[1].values);
        for (size_t i = 0; i < METRICS_MAX; i++)
                tests->targets[1].values[i] = NAN;
        tests->targets[1].values[column(SOURCE_IMMUNIWEB, "blacklist_count")] = 3;
}

static void test_values(void **state) {
        (void)state;

        expect("mailsec_symantec_inbound_oldest_seconds", "");
        fill();
        expect("mailsec_symantec_inbound_oldest_seconds",
               "mailsec_symantec_inbound_oldest_seconds{account=\"one\",domain=\"a.example\"} 0\n"
               "mailsec_symantec_inbound_oldest_seconds{account=\"one\",domain=\"c.example\"} "
               "61.25\n"
               "mailsec_symantec_inbound_oldest_seconds{account=\"one\",domain=\"d.example\"} "
               "1000000000\n"
               "mailsec_symantec_inbound_oldest_seconds{account=\"two\",domain=\"e.example\"} "
               "0.1\n");
        expect("mailsec_symantec_outbound_oldest_seconds", "");
        expect("mailsec_symantec_account_up", "mailsec_symantec_account_up{account=\"one\"} 0\n");
        expect("mailsec_immuniweb_blacklist{",
               "mailsec_immuniweb_blacklist{account=\"default\",domain=\"b.example\"} 3\n");
        expect("mailsec_immuniweb_up", "");
        expect("mailsec_immuniweb_account_tests_left",
               "mailsec_immuniweb_account_tests_left{account=\"default\"} 50\n");
}

/* The same text, however small the pieces are. */
static void test_pieces(void **state) {
        _cleanup_free_ char *whole = ask(1 << 20);
        (void)state;

        for (size_t size = 1; size < 20000; size = size < 200 ? size + 1 : size * 2 + 1) {
                _cleanup_free_ char *pieces = ask(size);
                CHECK_STR(size, pieces, whole);
        }
}

static void test_limits(void **state) {
        (void)state;

        expect("mailsec_limit{source=\"symantec\",account=\"two\",scope=\"account\"",
               "mailsec_limit{source=\"symantec\",account=\"two\",scope=\"account\",metric=\"up\","
               "level=\"critical\"} 0\n"
               "mailsec_limit{source=\"symantec\",account=\"two\",scope=\"account\","
               "metric=\"domains_missing\",level=\"warning\"} 1\n");
        /* clang-format off */
#define ONE "mailsec_limit{source=\"symantec\",account=\"one\",scope=\"domain\",metric=\"inbound_oldest\",level=\""
#define TWO "mailsec_limit{source=\"symantec\",account=\"two\",scope=\"domain\",metric=\"inbound_oldest\",level=\""
        expect(ONE,
               ONE "warning\"} 900\n"
               ONE "critical\"} 3600\n"
               ONE "warning\",domain=\"c.example\"} 60\n"
               ONE "warning\",domain=\"d.example\"} +Inf\n"
               ONE "critical\",domain=\"d.example\"} +Inf\n");
        expect(TWO,
               TWO "warning\"} 900\n"
               TWO "critical\"} 3600\n");
        /* clang-format on */
        expect("mailsec_limit{source=\"immuniweb\",account=\"default\",scope=\"domain\","
               "metric=\"mx_hosts\"",
               "mailsec_limit{source=\"immuniweb\",account=\"default\",scope=\"domain\","
               "metric=\"mx_hosts\",level=\"critical\",domain=\"d.example\"} 0\n");
        expect("mailsec_limit{source=\"mailsecd\",account=\"self\",scope=\"account\","
               "metric=\"config_ok\"",
               "mailsec_limit{source=\"mailsecd\",account=\"self\",scope=\"account\","
               "metric=\"config_ok\",level=\"warning\"} 0\n");
}

static Standing *stand(Account *a, uint32_t domain, size_t metric, Level level) {
        Standing *s = standing_new(a, domain, metric);

        assert_non_null(s);
        s->alert.level = level;
        s->alert.since = 1763800000 * USEC_PER_SEC + 500000;
        return s;
}

static void test_alerts(void **state) {
        Account *one = &m->accounts[0];
        size_t oldest = column(SOURCE_SYMANTEC, "inbound_oldest");
        (void)state;

        expect("mailsec_alert_", "");
        expect("mailsec_domain_level", "mailsec_domain_level{domain=\"a.example\"} 0\n"
                                       "mailsec_domain_level{domain=\"b.example\"} 0\n"
                                       "mailsec_domain_level{domain=\"c.example\"} 0\n"
                                       "mailsec_domain_level{domain=\"d.example\"} 0\n"
                                       "mailsec_domain_level{domain=\"e.example\"} 0\n");
        expect("mailsec_domain_unknown", "mailsec_domain_unknown{domain=\"a.example\"} 1\n"
                                         "mailsec_domain_unknown{domain=\"b.example\"} 1\n"
                                         "mailsec_domain_unknown{domain=\"c.example\"} 1\n"
                                         "mailsec_domain_unknown{domain=\"d.example\"} 1\n"
                                         "mailsec_domain_unknown{domain=\"e.example\"} 1\n");
        stand(one, NAMES_NONE, 0, LEVEL_CRITICAL)->ack = calloc(1, sizeof(Ack));
        stand(one, 1, oldest, LEVEL_WARNING)->voice.muted = true;
        stand(&m->accounts[2], 1, 0, LEVEL_CRITICAL);
        stand(&m->accounts[1], 0, oldest, LEVEL_OK)->voice.flapping = true;
        stand(one, 2, oldest, LEVEL_OK);                       /* a streak only */
        stand(one, 3, oldest, LEVEL_CRITICAL)->removed = true; /* on its way out */
        /* clang-format off */
#define UP    "{source=\"symantec\",account=\"one\",metric=\"up\"} "
#define B_OLD "{source=\"symantec\",account=\"one\",metric=\"inbound_oldest\",domain=\"b.example\"} "
#define B_UP  "{source=\"immuniweb\",account=\"default\",metric=\"up\",domain=\"b.example\"} "
#define E_OLD "{source=\"symantec\",account=\"two\",metric=\"inbound_oldest\",domain=\"e.example\"} "
#define ALL(name, up, b_old, e_old, b_up) \
        name UP up "\n" name B_OLD b_old "\n" name E_OLD e_old "\n" name B_UP b_up "\n"
        /* clang-format on */
        expect("mailsec_alert_level", ALL("mailsec_alert_level", "2", "1", "0", "2"));
        expect("mailsec_alert_muted", ALL("mailsec_alert_muted", "0", "1", "0", "0"));
        expect("mailsec_alert_acknowledged", ALL("mailsec_alert_acknowledged", "1", "0", "0", "0"));
        expect("mailsec_alert_flapping", ALL("mailsec_alert_flapping", "0", "0", "1", "0"));
        expect("mailsec_alert_since", ALL("mailsec_alert_since_timestamp_seconds", "1763800000.5",
                                          "1763800000.5", "1763800000.5", "1763800000.5"));
        expect("mailsec_domain_level", "mailsec_domain_level{domain=\"a.example\"} 0\n"
                                       "mailsec_domain_level{domain=\"b.example\"} 2\n"
                                       "mailsec_domain_level{domain=\"c.example\"} 0\n"
                                       "mailsec_domain_level{domain=\"d.example\"} 0\n"
                                       "mailsec_domain_level{domain=\"e.example\"} 1\n");
}

static void test_health(void **state) {
        (void)state;

        m->counters.ended[SOURCE_SYMANTEC][OUTCOME_TIMEOUT] = 3;
        m->counters.events[EVENT_RAISED] = 5;
        histogram_add(&m->counters.replies[SOURCE_IMMUNIWEB], histogram_of_requests, 3000000);
        histogram_add(&m->counters.replies[SOURCE_IMMUNIWEB], histogram_of_requests, 90000000);
        expect("mailsecd_build_info", "mailsecd_build_info{version=\"" VERSION "\"} 1\n");
        expect("mailsecd_runs_total{source=\"symantec\",outcome=\"timeout\"}",
               "mailsecd_runs_total{source=\"symantec\",outcome=\"timeout\"} 3\n");
        expect("mailsecd_events_total{event=\"raised\"}",
               "mailsecd_events_total{event=\"raised\"} 5\n");
#define REPLIES "mailsecd_request_duration_seconds"
        expect(REPLIES "_bucket{source=\"immuniweb\",le=\"1.0\"}",
               REPLIES "_bucket{source=\"immuniweb\",le=\"1.0\"} 0\n");
        expect(REPLIES "_bucket{source=\"immuniweb\",le=\"5.0\"}",
               REPLIES "_bucket{source=\"immuniweb\",le=\"5.0\"} 1\n");
        expect(REPLIES "_bucket{source=\"immuniweb\",le=\"+Inf\"}",
               REPLIES "_bucket{source=\"immuniweb\",le=\"+Inf\"} 2\n");
        expect(REPLIES "_sum{source=\"immuniweb\"}", REPLIES "_sum{source=\"immuniweb\"} 93\n");
        expect(REPLIES "_count{source=\"immuniweb\"}", REPLIES "_count{source=\"immuniweb\"} 2\n");
        expect(REPLIES "_bucket{source=\"symantec\",le=\"60.0\"}",
               REPLIES "_bucket{source=\"symantec\",le=\"60.0\"} 0\n");
}

static void test_domain_info(void **state) {
        (void)state;

        expect("mailsec_domain_info",
               "mailsec_domain_info{domain=\"c.example\",group=\"strict\"} 1\n"
               "mailsec_domain_info{domain=\"d.example\",group=\"lax\"} 1\n"
               "mailsec_domain_info{domain=\"e.example\",owner=\"the \\\"A\\\" team\\\\\","
               "runbook=\"https://wiki.example/e?a=1&b=2\"} 1\n");
}

/* No two families have one name, also where a counter's or an info's ending is left out. */
static void test_names(void **state) {
        size_t n = metrics_families();
        _cleanup_free_ char *names = calloc(n, METRICS_NAME_MAX);
        Exposition e = { .m = m };

        (void)state;
        assert_non_null(names);
        for (size_t i = 0; i < n; i++) {
                metrics_family(&e, i);
                CHECK(i, strlen(e.name) < METRICS_NAME_MAX - 20);
                CHECK(i, strspn(e.name, "abcdefghijklmnopqrstuvwxyz_") == strlen(e.name));
                memcpy(names + i * METRICS_NAME_MAX, e.name, METRICS_NAME_MAX);
                for (size_t j = 0; j < i; j++)
                        CHECK(i, strcmp(names + j * METRICS_NAME_MAX, e.name) != 0);
        }
}

/* What comes after a reload would be about other domains. */
static void test_reload(void **state) {
        const WebRequest request = { .method = "GET", .path = "/metrics" };
        char buffer[100];
        WebReply reply;

        (void)state;
        metrics_answer(m, &request, &reply);
        assert_int_equal(reply.stream.read(reply.stream.userdata, buffer, sizeof(buffer)), 100);
        m->counters.reloads++;
        assert_true(reply.stream.read(reply.stream.userdata, buffer, sizeof(buffer)) < 0);
        reply.stream.free(reply.stream.userdata);
        metrics_answer(m, &request, &reply); /* never read */
        reply.stream.free(reply.stream.userdata);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_values), cmocka_unit_test(test_limits),
                cmocka_unit_test(test_alerts), cmocka_unit_test(test_health),
                cmocka_unit_test(test_pieces), cmocka_unit_test(test_names),
                cmocka_unit_test(test_reload), cmocka_unit_test(test_domain_info),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
