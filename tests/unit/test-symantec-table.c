/* SPDX-License-Identifier: MIT */
#include "unit/symantec-poll.h"

/* What lasts from poll to poll: how long a queue's head has stood, and that a bad answer changes
 * nothing. */

/* An answer with the ages of the heads of the inbound queues; "-" leaves a member out. */
static void *poll_ages(SymantecTable *table, const char *receive, const char *delivery,
                       usec_t now) {
        StrBuf body = { 0 };
        strbuf_adds(&body, "{\"Domains\":[{\"Name\":\"example.com\"");
        if (strcmp(receive, "-") != 0)
                strbuf_addf(&body, ",\"LongestTimeInReceiveQueueInbound\":%s", receive);
        if (strcmp(delivery, "-") != 0)
                strbuf_addf(&body, ",\"LongestTimeInDeliveryQueueInbound\":%s", delivery);
        strbuf_adds(&body, "}]}");
        void *run = poll_body(table, body.data, now);
        strbuf_done(&body);
        return run;
}

typedef struct Sample {
        double at; /* seconds from the start */
        const char *receive;
        const char *delivery;
        double stuck;
        bool at_least;
} Sample;

static void check_samples(const Sample *samples, size_t n) {
        SymantecTable *table;
        assert_int_equal(symantec_table_new(two_names, 1, &table), 0);
        for (size_t i = 0; i < n; i++) {
                usec_t now = (usec_t)((double)START + samples[i].at * USEC_PER_SEC);
                void *run = poll_ages(table, samples[i].receive, samples[i].delivery, now);
                CHECK_VALUE(i, run, 1, "inbound_stuck", samples[i].stuck);
                CHECK_INT(i, at_least_of(run, 1, "inbound_stuck"), samples[i].at_least);
                source_symantec.run_free(run);
        }
        symantec_table_free(table);
}

static void test_stuck_head(void **state) {
        (void)state;
        static const Sample samples[] = {
                { 0, "0", "100", 0 },     /* the first sample says nothing */
                { 300, "0", "400", 300 }, /* aged with the clock */
                { 600, "0", "700", 600 },
                { 900, "0", "1015", 900 },   /* 5 % of 300 s more */
                { 1200, "0", "1300", 1200 }, /* and less */
                { 1500, "0", "1584", 0 },    /* 16 s less: another message */
                { 1800, "0", "1900", 0 },    /* 16 s more */
                { 2100, "0", "2200", 300 },
                { 2400, "0", "0", 0 }, /* empty */
                { 2700, "0", "0", 0 },
                { 3000, "0", "300", 300 }, /* came right after the last sample and stands since */
                { 3010, "0", "310", 310 },
                { 3020, "0", "322", 320 }, /* 2 s at least */
                { 3030, "0", "335", 0 },
                { 3330, "0", "335", 0 }, /* the very same numbers: not the same head */
        };
        check_samples(samples, ELEMENTSOF(samples));
}

static void test_stuck_is_the_longer_of_both_queues(void **state) {
        (void)state;
        static const Sample samples[] = {
                { 0, "10", "100", 0 },    { 300, "310", "50", 300 }, { 600, "610", "350", 600 },
                { 900, "5", "650", 600 }, { 1200, "305", "3", 300 },
        };
        check_samples(samples, ELEMENTSOF(samples));
}

static void test_stuck_over_unknown_samples(void **state) {
        (void)state;
        static const Sample samples[] = {
                { 0, "0", "100", 0 },
                { 300, "0", "400", 300 },
                { 600, "0", "null", 0, true }, /* a lower bound by the other queue */
                { 900, "-", "-", NAN },        /* neither raises nor clears */
                { 1200, "0", "1300", 1200 },   /* compared with the last known one */
                { 1500, "-", "1600", 1500, true },
                { 1800, "0", "-5", 0, true },
                { 2100, "0", "7", 0 },
        };
        check_samples(samples, ELEMENTSOF(samples));
}

static void test_stuck_gaps_and_clocks(void **state) {
        (void)state;
        static const Sample samples[] = {
                { 0, "0", "100", 0 },
                { 300, "0", "400", 300 },
                { 1200, "0", "1300", 1200 },
                { 4801, "0", "4901", 4801 }, /* 12 intervals without data clear nothing */
                { 8401, "0", "8548", 0 },    /* but the tolerance is that of 3 intervals: 45 s */
                { 8701, "0", "8848", 300 },
                { 1000, "0", "8900", 300 }, /* the clock was set back: nothing is learnt */
                { 1300, "0", "9200", 600 },
                { 1300, "0", "9200", 600 }, /* asked twice */
                { 1300.4, "0", "9201", 600.4 },
        };
        check_samples(samples, ELEMENTSOF(samples));
}

/* Tenths of a second in 32 bits wrap around every 13.6 years, next in 2038. */
static void test_stuck_over_the_wrap(void **state) {
        (void)state;
        usec_t wrap = (UINT64_C(5) << 32) * (USEC_PER_SEC / 10);
        SymantecTable *table;
        assert_int_equal(symantec_table_new(two_names, 1, &table), 0);
        source_symantec.run_free(poll_ages(table, "0", "100", wrap - 100 * USEC_PER_SEC));
        void *run = poll_ages(table, "0", "300", wrap + 100 * USEC_PER_SEC);
        CHECK_VALUE(0, run, 1, "inbound_stuck", 200);
        source_symantec.run_free(run);
        symantec_table_free(table);
}

static void test_domain_absent_for_a_while(void **state) {
        (void)state;
        SymantecTable *table;
        assert_int_equal(symantec_table_new(two_names, 1, &table), 0);
        source_symantec.run_free(poll_ages(table, "0", "100", START));
        source_symantec.run_free(poll_body(table, "{\"Domains\":[]}", START + 300 * USEC_PER_SEC));
        void *run = poll_ages(table, "0", "700", START + 600 * USEC_PER_SEC);
        CHECK_VALUE(0, run, 1, "inbound_stuck", 600);
        source_symantec.run_free(run);
        symantec_table_free(table);
}

static void test_adopt(void **state) {
        (void)state;
        static const char *const before[] = { "gone.example", "example.com" };
        static const char *const after[] = { "example.com", "new.example" };
        SymantecTable *old, *table;

        assert_int_equal(symantec_table_new(before, 2, &old), 0);
        source_symantec.run_free(poll_ages(old, "0", "100", START));
        source_symantec.run_free(poll_ages(old, "0", "400", START + 300 * USEC_PER_SEC));
        assert_int_equal(symantec_table_new(after, 2, &table), 0);
        symantec_table_adopt(table, old);
        symantec_table_free(old);
        void *run = poll_ages(table, "0", "700", START + 600 * USEC_PER_SEC);
        CHECK_VALUE(0, run, 1, "inbound_stuck", 600);
        CHECK_VALUE(0, run, 2, "inbound_stuck", NAN);
        source_symantec.run_free(run);
        symantec_table_free(table);
        assert_null(symantec_table_free(NULL));
}

/* All that a run tells. */
static char *print(void *run) {
        StrBuf b = { 0 };
        Reading reading;
        for (uint32_t t = 1; source_symantec.read(run, t, &reading); t++) {
                strbuf_addf(&b, "%u %d:", t, reading.present);
                for (size_t i = 0; i < reading.set->n; i++) {
                        strbuf_addf(&b, " %g", isnan(reading.values[i]) ? -1 : reading.values[i]);
                        source_symantec.detail(run, &reading, i, &b);
                }
        }
        return strbuf_take(&b);
}

/* A reply is applied whole or not at all: after any failure the table says what it said before, and
 * the next good answer is judged as if the failure had not been. */
static void apis_2_1_whole_or_not_at_all(void **state) {
        (void)state;
        uint64_t random = check_seed(__func__);
        SymantecSettings settings = settings_of(false);
        char *first = read_data("two-domains.json", NULL);
        size_t size;
        char *other = read_data("idle.json", &size);
        SymantecTable *table;
        Step step;

        while (other[size - 1] == '\n')
                size--;
        assert_int_equal(symantec_table_new(two_names, 2, &table), 0);
        /* A run stays readable as long as its answer is the table's good one. */
        void *good = poll_body(table, first, START);
        char *expected = print(good);
        for (size_t turn = 0; turn < 3000; turn++) {
                char *body = strndup(other, size);
                Canned reply = { .status = 200, .body = body, .size = size };
                assert_non_null(body);
                reply.piece = 1 + check_below(&random, size);
                switch (check_below(&random, 4)) {
                case 0: /* cut off, and nobody noticed */
                        reply.size = 1 + check_below(&random, size - 1);
                        break;
                case 1: /* cut off, and the transport noticed */
                        reply.size = 1 + check_below(&random, size - 1);
                        reply.outcome = OUTCOME_NETWORK;
                        break;
                case 2: /* whole, but late */
                        reply.outcome = OUTCOME_TIMEOUT;
                        break;
                default: /* something that no JSON document has */
                        body[check_below(&random, size)] = '\x01';
                        reply.outcome = OUTCOME_OK;
                        break;
                }
                void *run = poll_with(&settings, table, &reply, 1, START + turn, &step);
                /* The odd control character in a string is let through: then it is a good answer of
                 * a domain or key with a strange name, and the table changes as it should. */
                if (step.outcome == OUTCOME_OK) {
                        source_symantec.run_free(run);
                        run = poll_body(table, first, START);
                        char *again = print(run);
                        CHECK_STR(turn, again, expected);
                        free(again);
                } else {
                        char *now = print(good);
                        CHECK_STR(turn, now, expected);
                        free(now);
                }
                source_symantec.run_free(run);
                free(body);
        }
        source_symantec.run_free(good);
        symantec_table_free(table);
        free(expected);
        free(first);
        free(other);
}

/* The second of two requests fails: the first one's domain keeps its old numbers, too. */
static void test_split_answers_are_one(void **state) {
        (void)state;
        char url[4200] = "https://";
        SymantecSettings settings = settings_of(true);
#define ONE(name, count)                                                                           \
        "{\"Domains\":[{\"Name\":\"" name "\",\"ReceiveQueueCountInbound\":" count "}]}"
        const Canned good[] = {
                { .status = 200, .body = ONE("example.com", "1") },
                { .status = 200, .body = ONE("example.net", "2") },
        };
        const Canned half[] = {
                { .status = 200, .body = ONE("example.com", "3") },
                { .status = 500, .outcome = OUTCOME_SERVER },
        };
        const Canned twice[] = {
                { .status = 200, .body = ONE("example.com", "4") },
                { .status = 200,
                  .body = "{\"Domains\":[{\"Name\":\"example.net\"},{\"Name\":\"x\"}],"
                          "\"Domains\":[{\"Name\":\"y\"}]}" },
        };
        SymantecTable *table;
        Step step;

        memset(url + 8, 'x', 4100);
        url[4108] = '\0';
        settings.endpoint.url = url;
        assert_int_equal(symantec_table_new(two_names, 2, &table), 0);
        void *run = poll_with(&settings, table, good, 2, START, &step);
        assert_int_equal(step.outcome, OUTCOME_OK);
        CHECK_VALUE(0, run, 1, "receive_inbound_messages", 1);
        CHECK_VALUE(0, run, 2, "receive_inbound_messages", 2);
        CHECK_VALUE(0, run, 0, "domains_seen", 2);
        void *bad = poll_with(&settings, table, half, 2, START, &step);
        assert_int_equal(step.outcome, OUTCOME_SERVER);
        CHECK_VALUE(1, run, 1, "receive_inbound_messages", 1);
        CHECK_VALUE(1, run, 2, "receive_inbound_messages", 2);
        source_symantec.run_free(bad);
        source_symantec.run_free(run);

        /* A list that is void takes back its own domains only. */
        run = poll_with(&settings, table, twice, 2, START, &step);
        assert_int_equal(step.outcome, OUTCOME_OK);
        CHECK_VALUE(2, run, 1, "receive_inbound_messages", 4);
        CHECK_VALUE(2, run, 0, "domains_missing", 1);
        CHECK_VALUE(2, run, 0, "domains_unconfigured", 1);
        char *detail = detail_of(run, 0, "domains_unconfigured");
        assert_string_equal(detail, "y");
        free(detail);
        source_symantec.run_free(run);
        symantec_table_free(table);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_stuck_head),
                cmocka_unit_test(test_stuck_is_the_longer_of_both_queues),
                cmocka_unit_test(test_stuck_over_unknown_samples),
                cmocka_unit_test(test_stuck_gaps_and_clocks),
                cmocka_unit_test(test_stuck_over_the_wrap),
                cmocka_unit_test(test_domain_absent_for_a_while),
                cmocka_unit_test(test_adopt),
                cmocka_unit_test(apis_2_1_whole_or_not_at_all),
                cmocka_unit_test(test_split_answers_are_one),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
