/* SPDX-License-Identifier: MIT */
#include "unit/test-config.h"
#include "unit/test-store.h"

#include "core/notice.h"
#include "engine/simulate-print.h"
#include "io/store-history.h"

#include <math.h>

/* A history that is written down as a text, a character per minute, and what is told of it. */

#define DOMAIN                                                                                     \
        "symantec = { username = \"u\"; password_file = \"tests/data/config/secret\"; "            \
        "interval = \"1min\"; };\nimmuniweb = { enabled = true; interval = \"1h\"; };\n"
#define WATCHED "domains = ( { name = \"a.example\"; sources = [ \"symantec\" ]; } );\n"
#define TESTED  "domains = ( { name = \"b.example\"; sources = [ \"immuniweb\" ]; } );\n"
#define QUIET(from, to)                                                                            \
        "quiet = ( { name = \"q\"; match = \"*/a.example/*\"; from = \"" from "\"; to = \"" to     \
        "\"; timezone = \"UTC\"; } );\n"

static Fixture fixture;
static Config *config;

static int set_up(void **state) {
        (void)state;
        fixture = (Fixture){ .dir = "/tmp/test-simulate-XXXXXX" };
        assert_non_null(mkdtemp(fixture.dir));
        snprintf(fixture.file, sizeof(fixture.file), "%s/state.db", fixture.dir);
        fixture_open(&fixture);
        return 0;
}

static int tear_down(void **state) {
        char command[300];

        (void)state;
        fixture_close(&fixture);
        strbuf_done(&fixture.problem);
        config = config_free(config);
        snprintf(command, sizeof(command), "rm -rf %s", fixture.dir);
        return system(command) == 0 ? 0 : -1;
}

static void load(const char *text) {
        char secret[300];
        StrBuf all = {};

        snprintf(secret, sizeof(secret), "%s/secret", fixture.dir);
        FILE *f = fopen(secret, "w");
        assert_non_null(f);
        fputs("word", f);
        fclose(f);
        assert_int_equal(chmod(secret, 0600), 0);
        const char *place = strstr(text, "tests/data/config/secret");
        assert_non_null(place);
        strbuf_add(&all, text, (size_t)(place - text));
        strbuf_adds(&all, secret);
        strbuf_adds(&all, place + strlen("tests/data/config/secret"));
        config_free(config);
        config = must_load(strbuf_text(&all));
        strbuf_done(&all);
}

static usec_t minute(double n) {
        return T0 + (usec_t)(n * (double)USEC_PER_MIN);
}

/* Adds one sample with one value; every other one is unknown. */
static void put(SourceId source, Scope scope, const char *target, const char *metric, double at,
                double value) {
        const MetricSet *set = metric_set(source, scope);
        float values[METRICS_MAX];

        for (size_t i = 0; i < METRICS_MAX; i++)
                values[i] = NAN;
        if (metric)
                values[metric_find(set, metric)] = (float)value;
        store_begin(fixture.store);
        uint32_t series = history_series(fixture.store, source, scope, target);
        history_add(fixture.store, series, set, minute(at), NULL, values, true);
        history_flush(fixture.store);
        fixture_commit(&fixture);
}

/* A domain's oldest message, a minute each: . none, w warning, c critical, ? unknown, blank: nobody
 * looked. */
static void play(const char *text, double begin) {
        for (size_t i = 0; text[i]; i++) {
                double at = begin + (double)i;
                if (text[i] == ' ')
                        continue;
                put(SOURCE_SYMANTEC, SCOPE_ACCOUNT, "default", "up", at, 1);
                put(SOURCE_SYMANTEC, SCOPE_DOMAIN, "a.example",
                    text[i] == '?' ? NULL : "inbound_oldest", at,
                    text[i] == 'w'   ? 1000
                    : text[i] == 'c' ? 4000
                                     : 1);
        }
}

/* Adds a record to the event log: fields of its own, a line each. */
static void record(uint64_t sequence, double at, const char *event, const char *identity,
                   const char *level, const char *fields) {
        char data[500];
        size_t size = (size_t)snprintf(data, sizeof(data), "MESSAGE=m\n%s", fields) + 1;

        for (size_t i = 0; i < size; i++)
                if (data[i] == '\n')
                        data[i] = '\0';
        store_begin(fixture.store);
        store_put_event(fixture.store, &(EventRow){ .sequence = sequence,
                                                    .at = minute(at),
                                                    .event = event,
                                                    .identity = identity,
                                                    .level = level,
                                                    .priority = 4,
                                                    .data = data,
                                                    .size = size });
        fixture_commit(&fixture);
}

/* Minutes since T0, without the milliseconds by which the store tells rows of a moment apart. */
static void add_minute(StrBuf *b, usec_t at, bool hour) {
        if (at > 0)
                strbuf_addf(b, "%s%g", hour ? "~" : "",
                            round(((double)at - (double)T0) / (double)USEC_PER_SEC) / 60);
}

/* "METRIC FROM-TO LEVEL VALUE EVENTS" of every episode, by identity and time. */
static char *describe(const Episodes *episodes) {
        StrBuf b = {};

        for (size_t i = 0; i < episodes->n; i++) {
                const Episode *e = &episodes->list[i];
                strbuf_addf(&b, "%s%s ", i > 0 ? "; " : "", e->metric ? e->metric->name : "?");
                add_minute(&b, e->from, e->from_hour);
                strbuf_addc(&b, '-');
                add_minute(&b, e->to, e->to_hour);
                strbuf_addf(&b, " %s %g", level_name(e->worst), e->value);
                for (Event event = 0; event < _EVENT_MAX; event++)
                        for (unsigned k = 0; k < e->told[event]; k++)
                                strbuf_addf(&b, " %s", event_name(event));
        }
        char *text = strdup(strbuf_text(&b));
        strbuf_done(&b);
        return text;
}

static Simulation simulated(double now) {
        Simulation s = { .config = config, .asked = minute(-30 * 24 * 60), .now = minute(now) };

        assert_int_equal(real_read(fixture.store, &s.real), 0);
        assert_int_equal(replay_run(fixture.store, config, &s.real, s.asked, s.now, &s.replay), 0);
        s.since = s.asked;
        episodes_match(&s.replay.episodes, &s.real.episodes);
        return s;
}

static void simulation_done(Simulation *s) {
        replay_done(&s->replay);
        real_done(&s->real);
}

static void check_told(size_t row, double now, const char *expected, uint64_t silent) {
        Simulation s = simulated(now);
        char *told = describe(&s.replay.episodes);

        CHECK_STR(row, told, expected);
        CHECK_INT(row, s.replay.silent, silent);
        free(told);
        simulation_done(&s);
}

static const struct {
        const char *config;
        const char *history;
        const char *expected;
        uint64_t silent;
} rows[] = {
        { "", "..w....", "", 0 },
        { "", "..ww..", "inbound_oldest 3-5 warning 1000 raised cleared", 0 },
        { "", "..ww", "inbound_oldest 3- warning 1000 raised", 0 },
        { "", ".wccw.ww..", "inbound_oldest 2-9 critical 4000 raised worsened eased cleared", 0 },
        { "", ".w??w..", "inbound_oldest 4-6 warning 1000 raised cleared", 0 },
        { "policy = { raise_after = 1; clear_after = 1; };", ".w.c.",
          "inbound_oldest 1-2 warning 1000 raised cleared; "
          "inbound_oldest 3-4 critical 4000 raised cleared",
          0 },
        { "limits = { inbound_oldest = \"never\"; };", ".cccc", "", 0 },
        { "limits = { inbound_oldest = { warning = 1; }; };", "....",
          "inbound_oldest 1- warning 1 raised", 0 },
        /* More than 3 changes: one record, and one when it has settled. */
        { "policy = { raise_after = 1; clear_after = 1; flap_limit = 3; flap_window = \"10min\"; "
          "};",
          "w.w.w.w.............",
          "inbound_oldest 0-1 warning 1000 raised cleared; "
          "inbound_oldest 2-17 warning 1000 raised flapping settled",
          0 },
        /* Within the window, into it, out of it. */
        { QUIET("03:05", "03:20"), "......wwww....", "", 1 },
        { QUIET("03:05", "03:20"), "..wwww....                ",
          "inbound_oldest 3-20 warning 1000 raised cleared", 0 },
        { QUIET("03:05", "03:20"), "..........wwwwwwwwwwww..",
          "inbound_oldest 20-23 warning 1000 raised cleared", 0 },
};

static void test_minutes(void **state) {
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                StrBuf text = {};
                strbuf_addf(&text, DOMAIN WATCHED "%s", rows[i].config);
                if (i > 0)
                        set_up(state);
                load(strbuf_text(&text));
                play(rows[i].history, 0);
                check_told(i, 30, rows[i].expected, rows[i].silent);
                strbuf_done(&text);
                if (i + 1 < ELEMENTSOF(rows))
                        tear_down(state);
        }
}

/* A streak goes on over a gap, unless the daemon was away for longer than stale_after intervals. */
static void test_outage(void **state) {
        const char *goes_on = "inbound_oldest 10-11 warning 1000 raised cleared";

        (void)state;
        load(DOMAIN WATCHED "policy = { clear_after = 1; };");
        play(".w        w.", 0);
        check_told(0, 20, "", 0); /* no log says that it was there */
        record(1, -5, "started", "", "", "MAILSEC_EVENT=started");
        check_told(1, 20, goes_on, 0);
        record(2, 3, "started", "", "", "MAILSEC_EVENT=started");
        check_told(2, 20, goes_on, 0); /* within stale_after intervals */
        record(3, 9, "started", "", "", "MAILSEC_EVENT=started");
        check_told(3, 20, "", 0);
}

/* While an account is down its domains tell no data_age; another configuration may think it down
 * for longer. */
static void test_account_down(void **state) {
        (void)state;
        load(DOMAIN WATCHED "policy = { raise_after = 1; clear_after = 3; };");
        for (int i = 0; i < 20; i++) {
                put(SOURCE_SYMANTEC, SCOPE_ACCOUNT, "default", "up", i, i < 5 || i > 8);
                put(SOURCE_SYMANTEC, SCOPE_DOMAIN, "a.example", "data_age", i,
                    i < 5 ? 0 : (i - 4) * 60);
        }
        check_told(0, 20,
                   "data_age 11- warning 900 raised; "
                   "up 5-11 critical 0 raised cleared",
                   0);
        /* With a reason that does not wait, told at that moment. */
        load(DOMAIN WATCHED "policy = { raise_after = 4; clear_after = 1; };"
                            "limits = { data_age = \"never\"; };");
        check_told(1, 20, "up 8-9 critical 0 raised cleared", 0);
        record(1, 5, "raised", "symantec/default/up", "critical",
               "MAILSEC_SOURCE=symantec\nMAILSEC_METRIC=up\nMAILSEC_REASON=auth");
        check_told(2, 20, "up 5-9 critical 0 raised cleared", 0);
}

/* Between tests ages grow without a sample. */
static void test_ages(void **state) {
        (void)state;
        load(DOMAIN TESTED "limits = { result_age = \"never\"; };");
        put(SOURCE_IMMUNIWEB, SCOPE_DOMAIN, "b.example", "data_age", 0, 0);
        check_told(0, 179, "", 0);
        check_told(1, 300, "data_age 180- warning 17100 raised", 0);
        put(SOURCE_IMMUNIWEB, SCOPE_DOMAIN, "b.example", "data_age", 299, 0);
        check_told(2, 300, "data_age 180-299 warning 17100 raised cleared", 0);
}

/* Hourly values raise and clear at once. */
static void test_hours(void **state) {
        HistorySettings settings = { USEC_PER_HOUR, 90 * USEC_PER_DAY };
        int r;

        (void)state;
        load(DOMAIN WATCHED);
        play("....w...", 0);
        play("........", 60);
        play("....w...", 600);
        while ((r = history_tidy(fixture.store, &settings, minute(620))) > 0)
                ;
        assert_int_equal(r, 0);
        check_told(0, 620, "inbound_oldest ~0-~60 warning 1000 raised cleared", 0);
}

/* What was really told, of one domain and of many, against what would have been. */
static void test_real(void **state) {
        static const char fields[] = "MAILSEC_SOURCE=symantec\nMAILSEC_METRIC=inbound_oldest\n"
                                     "MAILSEC_DOMAIN=a.example\nMAILSEC_VALUE=1000";
        static const char group[] = "MAILSEC_SOURCE=symantec\nMAILSEC_METRIC=inbound_oldest\n"
                                    "MAILSEC_ACCOUNT=default\nMAILSEC_COUNT=3\n"
                                    "MAILSEC_DOMAINS=x.example a.example";
        static const char a[] = "symantec/a.example/inbound_oldest";

        (void)state;
        load(DOMAIN WATCHED);
        play("..ww...........ww......", 0);
        record(1, 3, "raised", a, "warning", fields);
        record(2, 5, "cleared", a, "ok", fields);
        record(3, 16, "raised", "", "warning", group);
        record(4, 18, "cleared", a, "ok", fields);
        record(5, 19, "cleared", "", "ok", group);
        record(6, 19, "cleared", "symantec/y.example/inbound_oldest", "ok", fields);
        record(7, 20, "raised", "mailsecd/self/store_up", "critical",
               "MAILSEC_SOURCE=mailsecd\nMAILSEC_METRIC=store_up");
        record(8, 21, "raised", "\xff\xfe/ /\x1b[31m", "bogus", "MAILSEC_METRIC");
        Simulation s = simulated(30);
        char *real = describe(&s.real.episodes);
        CHECK_STR(0, real,
                  "inbound_oldest 3-5 warning 1000 raised cleared; "
                  "inbound_oldest 16-18 warning nan raised cleared; "
                  "inbound_oldest 19-19 ok nan cleared; "
                  "inbound_oldest 16-19 warning nan raised cleared; "
                  "inbound_oldest 16-19 ok nan cleared; "
                  "? 21-21 ok nan raised");
        free(real);

        SimulationRow *list;
        SimulationSum sum;
        size_t n;
        assert_int_equal(simulation_rows(&s, &list, &n, &sum), 0);
        CHECK_INT(0, sum.now, 2);
        CHECK_INT(0, sum.also, 2);
        CHECK_INT(0, sum.only_now, 0);
        CHECK_INT(0, sum.silent, s.real.episodes.n - 2);
        for (size_t i = 0; i < n; i++)
                CHECK(i, !list[i].silent ||
                                 list[i].configured == (strcmp(list[i].episode->identity, a) == 0));
        free(list);
        assert_true(
                real_in_group(&s.real, s.replay.episodes.list[0].metric, minute(10), minute(17)));
        assert_false(
                real_in_group(&s.real, s.replay.episodes.list[0].metric, minute(17), minute(30)));

        /* Whatever the log holds, what is printed is safe. */
        char *text = NULL;
        size_t size;
        for (int json = 0; json < 2; json++) {
                FILE *f = open_memstream(&text, &size);
                assert_non_null(f);
                assert_int_equal(json ? simulation_print_json(&s, f) : simulation_print(&s, f), 0);
                fclose(f);
                CHECK(json, !strchr(text, '\x1b') && !strchr(text, '\xff'));
                CHECK(json, strstr(text, "symantec/a.example/inbound_oldest"));
                free(text);
        }
        simulation_done(&s);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_minutes, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_outage, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_account_down, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_ages, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_hours, set_up, tear_down),
                cmocka_unit_test_setup_teardown(test_real, set_up, tear_down),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
