/* SPDX-License-Identifier: MIT */
#include "unit/log-service.h"

#include "io/sink-lane.h"

#include <fcntl.h>
#include <sys/mman.h>

#define DEADLINE_SEC 60

typedef struct Fixture {
        char folder[32];
        sd_event *event;
        Clock clock;
        Sinks *sinks;
        unsigned next; /* sequence */
        int stderr_fd; /* the real one, while stderr is `told_fd`; 0 = it is as it was */
        int told_fd;
} Fixture;

static usec_t test_now(void) {
        struct timespec ts;
        clock_gettime(CLOCK_MONOTONIC, &ts);
        return (usec_t)ts.tv_sec * USEC_PER_SEC + (usec_t)ts.tv_nsec / 1000;
}

#define RUN_UNTIL(f, row, condition)                                                               \
        do {                                                                                       \
                usec_t _deadline = test_now() + DEADLINE_SEC * USEC_PER_SEC;                       \
                while (!(condition)) {                                                             \
                        CHECK(row, sd_event_run((f)->event, 10 * USEC_PER_MSEC) >= 0);             \
                        CHECK(row, test_now() < _deadline);                                        \
                }                                                                                  \
        } while (0)

static int set_up(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        strcpy(f->folder, "/tmp/test-sink-XXXXXX");
        assert_non_null(mkdtemp(f->folder));
        service_set_up(&journal_service, f->folder, "journal");
        service_set_up(&syslog_service, f->folder, "syslog");
        assert_true(sd_event_new(&f->event) >= 0);
        f->clock = (Clock){ .rate = 1 };
        *state = f;
        return 0;
}

static int tear_down(void **state) {
        Fixture *f = *state;

        if (f->stderr_fd > 0) {
                dup2(f->stderr_fd, STDERR_FILENO);
                close(f->stderr_fd);
                close(f->told_fd);
        }
        sinks_free(f->sinks);
        service_go_away(&journal_service);
        service_go_away(&syslog_service);
        on_journal_send = NULL;
        sd_event_unref(f->event);
        rmdir(f->folder);
        free(f);
        return 0;
}

static void open_sinks(Fixture *f, SinkChoice choice) {
        SinkSettings settings = { .choice = choice, .facility = 3, .identifier = "test" };
        SinkPaths paths = { .journal = journal_service.path, .syslog = syslog_service.path };

        assert_int_equal(sinks_new_at(f->event, &f->clock, &settings, &paths, &f->sinks), 0);
}

static void choose(Fixture *f, SinkChoice choice) {
        SinkSettings settings = { .choice = choice, .facility = 16, .identifier = "other" };

        assert_int_equal(sinks_configure(f->sinks, &settings), 0);
}

static void put(Fixture *f, unsigned n) {
        for (; n > 0; n--) {
                char data[1200];
                Record *record;
                int size = snprintf(data, sizeof(data),
                                    "MESSAGE=it waits%cMAILSEC_SEQUENCE=%u%cMAILSEC_DETAIL=%0900d",
                                    0, f->next, 0, 1);
                assert_int_equal(record_new(f->next++, 4, data, (size_t)size + 1, &record), 0);
                sinks_put(f->sinks, record);
        }
}

/* Turns the loop until the service has the records from *next up to `end`, in order, each once. */
static void expect(Fixture *f, size_t row, Service *service, unsigned *next, unsigned end) {
        usec_t deadline = test_now() + DEADLINE_SEC * USEC_PER_SEC;

        while (*next < end) {
                long sequence = service_sequence(service);
                if (sequence >= 0) {
                        CHECK_INT(row, sequence, *next);
                        (*next)++;
                        continue;
                }
                CHECK(row, sd_event_run(f->event, 10 * USEC_PER_MSEC) >= 0);
                CHECK(row, test_now() < deadline);
        }
        CHECK_INT(row, service_sequence(service), -1);
}

/* From here on stderr is a file, until the end of the test. */
static void keep_stderr(Fixture *f) {
        f->told_fd = memfd_create("told", MFD_CLOEXEC);
        f->stderr_fd = dup(STDERR_FILENO);
        dup2(f->told_fd, STDERR_FILENO);
}

/* How often a text was told on stderr since the last look. */
static unsigned told(Fixture *f, const char *text) {
        char lines[8192] = "";
        unsigned n = 0;

        ssize_t size = pread(f->told_fd, lines, sizeof(lines) - 1, 0);
        assert_true(size >= 0);
        for (const char *at = lines; (at = strstr(at, text)); at++)
                n++;
        assert_int_equal(ftruncate(f->told_fd, 0), 0);
        lseek(STDERR_FILENO, 0, SEEK_SET);
        return n;
}

static void test_auto(void **state) {
        Fixture *f = *state;
        unsigned seen = 0;

        keep_stderr(f);
        open_sinks(f, SINK_AUTO);
        assert_string_equal(sinks_describe(f->sinks), "nowhere");
        put(f, 5);
        for (unsigned i = 0; i < 20; i++)
                sd_event_run(f->event, 20 * USEC_PER_MSEC);
        assert_int_equal(sinks_queued(f->sinks), 5);
        assert_int_equal(told(f, "\n"), 1); /* not with each attempt */

        service_listen(&syslog_service, SOCK_DGRAM);
        expect(f, 1, &syslog_service, &seen, 5);
        assert_string_equal(sinks_describe(f->sinks), "syslog");
        put(f, 5);
        expect(f, 2, &syslog_service, &seen, 10);
        assert_int_equal(told(f, "journald does not listen: records go to syslog\n"), 1);

        service_listen(&journal_service, SOCK_DGRAM);
        put(f, 5);
        expect(f, 3, &journal_service, &seen, 15);
        assert_string_equal(sinks_describe(f->sinks), "journal");
        assert_int_equal(told(f, "records go to the journal now\n"), 1);
        service_go_away(&journal_service);
        put(f, 5);
        expect(f, 4, &syslog_service, &seen, 20);
        assert_int_equal(told(f, "records go to syslog\n"), 1);
        service_go_away(&syslog_service);
        put(f, 5);
        RUN_UNTIL(f, 5, strcmp(sinks_describe(f->sinks), "nowhere") == 0);
        service_listen(&syslog_service, SOCK_STREAM);
        expect(f, 6, &syslog_service, &seen, 25);
        assert_int_equal(sinks_sent(f->sinks), 25);
        assert_int_equal(sinks_take_dropped(f->sinks), 0);
}

/* Each service on its own: there, restarted, full for a while. Nothing blocks, is lost, or comes
 * twice. */
static void test_each(void **state) {
        static const struct {
                SinkChoice choice;
                Service *service;
                int type;
                const char *word;
        } rows[] = {
                { SINK_JOURNAL, &journal_service, SOCK_DGRAM, "journal" },
                { SINK_SYSLOG, &syslog_service, SOCK_DGRAM, "syslog" },
                { SINK_SYSLOG, &syslog_service, SOCK_STREAM, "syslog" },
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Service *service = rows[i].service;
                unsigned seen = f->next;
                open_sinks(f, rows[i].choice);
                service_listen(service, rows[i].type);
                put(f, 3);
                expect(f, i, service, &seen, f->next);
                CHECK_STR(i, sinks_describe(f->sinks), rows[i].word);

                /* It does not read: the loop goes on all the same. */
                put(f, 3000);
                for (unsigned turn = 0; turn < 50; turn++)
                        sd_event_run(f->event, 10 * USEC_PER_MSEC);
                CHECK(i, sinks_queued(f->sinks) > 1000);
                CHECK_STR(i, sinks_describe(f->sinks), rows[i].word);
                expect(f, i, service, &seen, f->next);
                CHECK_INT(i, sinks_queued(f->sinks), 0);

                service_go_away(service);
                put(f, 3);
                RUN_UNTIL(f, i, strcmp(sinks_describe(f->sinks), "nowhere") == 0);
                service_listen(service, rows[i].type);
                put(f, 3);
                expect(f, i, service, &seen, f->next);
                CHECK_INT(i, sinks_sent(f->sinks), 3009);

                f->sinks = sinks_free(f->sinks);
                service_go_away(service);
        }
}

static void take_journal_away(void) {
        on_journal_send = NULL;
        service_go_away(&journal_service);
}

/* journald goes away between the look and the send, and libsystemd says nothing of it. */
static void test_vanishes_in_mid_send(void **state) {
        static const SinkChoice rows[] = { SINK_JOURNAL, SINK_BOTH, SINK_AUTO };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                unsigned seen = f->next, seen_too = f->next;
                service_listen(&journal_service, SOCK_DGRAM);
                service_listen(&syslog_service, SOCK_DGRAM);
                open_sinks(f, rows[i]);
                on_journal_send = take_journal_away;
                put(f, 4);
                if (rows[i] == SINK_AUTO) {
                        expect(f, i, &syslog_service, &seen, f->next);
                } else {
                        RUN_UNTIL(f, i, !on_journal_send);
                        CHECK_INT(i, sinks_queued(f->sinks), 4);
                        service_listen(&journal_service, SOCK_DGRAM);
                        expect(f, i, &journal_service, &seen, f->next);
                        if (rows[i] == SINK_BOTH)
                                expect(f, i, &syslog_service, &seen_too, f->next);
                }
                CHECK_INT(i, sinks_queued(f->sinks), 0);
                f->sinks = sinks_free(f->sinks);
                service_go_away(&journal_service);
                service_go_away(&syslog_service);
        }
}

/* Each of both gets each record once, however late it comes. */
static void test_both(void **state) {
        Fixture *f = *state;
        unsigned in_journal = 0, in_syslog = 0;

        open_sinks(f, SINK_BOTH);
        service_listen(&journal_service, SOCK_DGRAM);
        assert_string_equal(sinks_describe(f->sinks), "journal");
        put(f, 50);
        expect(f, 0, &journal_service, &in_journal, 50);
        assert_int_equal(sinks_queued(f->sinks), 50);
        service_listen(&syslog_service, SOCK_DGRAM);
        assert_string_equal(sinks_describe(f->sinks), "journal+syslog");
        expect(f, 1, &syslog_service, &in_syslog, 50);
        assert_int_equal(sinks_queued(f->sinks), 0);
        service_go_away(&journal_service);
        put(f, 50);
        expect(f, 2, &syslog_service, &in_syslog, 100);
        assert_string_equal(sinks_describe(f->sinks), "syslog");
        service_listen(&journal_service, SOCK_DGRAM);
        expect(f, 3, &journal_service, &in_journal, 100);
        assert_int_equal(sinks_sent(f->sinks), 100);
}

static void test_bound(void **state) {
        Fixture *f = *state;
        unsigned seen = 250;

        open_sinks(f, SINK_AUTO);
        put(f, SINK_QUEUE_MAX + 250);
        assert_int_equal(sinks_queued(f->sinks), SINK_QUEUE_MAX);
        assert_int_equal(sinks_take_dropped(f->sinks), 250);
        assert_int_equal(sinks_take_dropped(f->sinks), 0);
        service_listen(&journal_service, SOCK_DGRAM);
        expect(f, 0, &journal_service, &seen, SINK_QUEUE_MAX + 250);
}

/* What waits goes where a reload says, and nothing goes to a place again that has it. */
static void test_configure(void **state) {
        static const struct {
                SinkChoice before, after;
                bool journal, syslog;                 /* who listens before */
                unsigned journal_after, syslog_after; /* how many of 4 records come there after */
        } rows[] = {
                { SINK_AUTO, SINK_JOURNAL, false, false, 4, 0 },
                { SINK_AUTO, SINK_SYSLOG, false, false, 0, 4 },
                { SINK_AUTO, SINK_BOTH, false, false, 4, 4 },
                { SINK_JOURNAL, SINK_SYSLOG, false, true, 0, 4 },
                { SINK_JOURNAL, SINK_BOTH, false, true, 4, 4 },
                { SINK_JOURNAL, SINK_BOTH, true, false, 0, 0 },
                { SINK_BOTH, SINK_JOURNAL, true, false, 0, 0 },
                { SINK_BOTH, SINK_SYSLOG, true, false, 0, 4 },
                { SINK_BOTH, SINK_AUTO, true, false, 0, 0 },
                { SINK_BOTH, SINK_AUTO, false, true, 0, 0 },
                { SINK_BOTH, SINK_AUTO, false, false, 4, 0 },
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                unsigned in_journal = f->next, in_syslog = f->next;
                if (rows[i].journal)
                        service_listen(&journal_service, SOCK_DGRAM);
                if (rows[i].syslog)
                        service_listen(&syslog_service, SOCK_DGRAM);
                open_sinks(f, rows[i].before);
                put(f, 4);
                bool taken_by_journal = rows[i].journal && rows[i].before != SINK_SYSLOG;
                bool taken_by_syslog = rows[i].syslog && rows[i].before == SINK_BOTH;
                expect(f, i, &journal_service, &in_journal, f->next - (taken_by_journal ? 0 : 4));
                expect(f, i, &syslog_service, &in_syslog, f->next - (taken_by_syslog ? 0 : 4));
                if (!rows[i].journal)
                        service_listen(&journal_service, SOCK_DGRAM);
                if (!rows[i].syslog)
                        service_listen(&syslog_service, SOCK_DGRAM);

                choose(f, rows[i].after);
                in_journal = f->next - rows[i].journal_after;
                in_syslog = f->next - rows[i].syslog_after;
                expect(f, i, &journal_service, &in_journal, f->next);
                expect(f, i, &syslog_service, &in_syslog, f->next);
                CHECK_INT(i, sinks_queued(f->sinks), 0);
                if (rows[i].syslog_after > 0) {
                        CHECK_STR(i, syslog_client.identifier, "other");
                        CHECK_INT(i, syslog_client.last, 16 << 3 | 4);
                }
                f->sinks = sinks_free(f->sinks);
                service_go_away(&journal_service);
                service_go_away(&syslog_service);
        }
}

static void test_flush(void **state) {
        Fixture *f = *state;
        unsigned seen = 0;

        open_sinks(f, SINK_AUTO);
        assert_int_equal(sinks_flush(f->sinks, USEC_PER_SEC), 0);
        put(f, 3);
        usec_t start = test_now();
        assert_int_equal(sinks_flush(f->sinks, 300 * USEC_PER_MSEC), 3);
        assert_true(test_now() - start >= 300 * USEC_PER_MSEC);
        assert_true(test_now() - start < DEADLINE_SEC * USEC_PER_SEC);
        service_listen(&journal_service, SOCK_DGRAM);
        assert_int_equal(sinks_flush(f->sinks, DEADLINE_SEC * USEC_PER_SEC), 0);
        expect(f, 1, &journal_service, &seen, 3);
        put(f, 3000); /* more than it holds unread */
        assert_true(sinks_flush(f->sinks, 300 * USEC_PER_MSEC) > 0);
        expect(f, 2, &journal_service, &seen, 3003);
}

/* Thousands at once are spread over turns of the loop. */
static void test_pacing(void **state) {
        Fixture *f = *state;

        keep_stderr(f);
        open_sinks(f, SINK_STDERR);
        put(f, 2000);
        while (sinks_queued(f->sinks) > 0) {
                uint64_t before = sinks_sent(f->sinks);
                sd_event_run(f->event, 0);
                assert_true(sinks_sent(f->sinks) <= before + 500);
        }
        assert_int_equal(sinks_sent(f->sinks), 2000);
        assert_string_equal(sinks_describe(f->sinks), "stderr");
}

/* The numbers of the records that wait, oldest first, are first .. end - 1, each once. */
static void check_waiting(Fixture *f, size_t row, unsigned first, unsigned end) {
        const Record *w = sinks_waiting(f->sinks);

        for (; first < end; first++, w = w->next) {
                CHECK(row, w != NULL);
                CHECK_INT(row, w->sequence, first);
        }
        CHECK(row, !w);
}

/* The last one taken and those that wait: what is sent again by the next start, and what is not. */
static void test_taken_and_waiting(void **state) {
        Fixture *f = *state;
        unsigned seen = 1;

        f->next = 1;
        open_sinks(f, SINK_AUTO);
        assert_int_equal(sinks_taken(f->sinks), 0);
        check_waiting(f, 0, 1, 1);
        put(f, 4);
        assert_int_equal(sinks_taken(f->sinks), 0);
        check_waiting(f, 1, 1, 5);
        service_listen(&journal_service, SOCK_DGRAM);
        expect(f, 2, &journal_service, &seen, 5);
        assert_int_equal(sinks_taken(f->sinks), 4);
        check_waiting(f, 2, 5, 5);

        /* It reads no more: a part is taken, the rest waits, and nothing is missing between. */
        put(f, 3000);
        RUN_UNTIL(f, 3, sinks_taken(f->sinks) > 4);
        for (unsigned turn = 0; turn < 20; turn++)
                sd_event_run(f->event, 10 * USEC_PER_MSEC);
        unsigned taken = (unsigned)sinks_taken(f->sinks);
        assert_true(taken > 4 && taken < 3004);
        check_waiting(f, 3, taken + 1, 3005);
        assert_int_equal(sinks_queued(f->sinks), 3004 - taken);
        expect(f, 4, &journal_service, &seen, 3005);
        assert_int_equal(sinks_taken(f->sinks), 3004);
        check_waiting(f, 4, 3005, 3005);
}

/* Of both sinks the slower one decides. */
static void test_taken_by_both(void **state) {
        Fixture *f = *state;
        unsigned in_journal = 1, in_syslog = 1;

        f->next = 1;
        open_sinks(f, SINK_BOTH);
        service_listen(&journal_service, SOCK_DGRAM);
        put(f, 5);
        expect(f, 0, &journal_service, &in_journal, 6);
        assert_int_equal(sinks_taken(f->sinks), 0);
        check_waiting(f, 0, 1, 6);
        service_listen(&syslog_service, SOCK_DGRAM);
        expect(f, 1, &syslog_service, &in_syslog, 6);
        assert_int_equal(sinks_taken(f->sinks), 5);
        check_waiting(f, 1, 6, 6);
        service_go_away(&journal_service);
        put(f, 2);
        expect(f, 2, &syslog_service, &in_syslog, 8);
        assert_int_equal(sinks_taken(f->sinks), 5);
        check_waiting(f, 2, 6, 8);
        /* Not waited for any more, it counts as taken by the one that has it. */
        choose(f, SINK_SYSLOG);
        RUN_UNTIL(f, 3, sinks_queued(f->sinks) == 0);
        assert_int_equal(sinks_taken(f->sinks), 7);
        check_waiting(f, 3, 8, 8);
}

/* What is dropped has left the queue, too: nobody waits for it. */
static void test_taken_by_nobody(void **state) {
        Fixture *f = *state;

        f->next = 1;
        open_sinks(f, SINK_AUTO);
        put(f, SINK_QUEUE_MAX);
        assert_int_equal(sinks_taken(f->sinks), 0);
        put(f, 3);
        assert_int_equal(sinks_taken(f->sinks), 3);
        assert_int_equal(sinks_take_dropped(f->sinks), 3);
        assert_int_equal(sinks_sent(f->sinks), 0);
        check_waiting(f, 0, 4, SINK_QUEUE_MAX + 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_auto),
                TEST(test_each),
                TEST(test_vanishes_in_mid_send),
                TEST(test_both),
                TEST(test_bound),
                TEST(test_configure),
                TEST(test_flush),
                TEST(test_pacing),
                TEST(test_taken_and_waiting),
                TEST(test_taken_by_both),
                TEST(test_taken_by_nobody),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
