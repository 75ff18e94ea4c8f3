/* SPDX-License-Identifier: MIT */
#include "unit/https-client.h"

#include <dirent.h>
#include <malloc.h>

/* How exchanges live on the loop: told one per turn, cancelled at any moment, connections kept,
 * names that do not resolve hold nothing up, and no secret stays behind. */

static const Answer answers[] = {
        { "/ok", "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"a\": 1}", MANNER_KEEP, 0 },
        { "/big", "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", MANNER_FILL, 1000000 },
        { "/hang", "", MANNER_HANG, 0 },
        { "/hang-body", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", MANNER_HANG, 0 },
};

typedef struct Fixture {
        Server server;
        sd_event *event;
        Http *http;
        Endpoint endpoint;
} Fixture;

static int set_up(void **state) {
        Fixture *f = calloc(1, sizeof(*f));

        f->server = (Server){ .answers = answers, .n_answers = ELEMENTSOF(answers) };
        server_start(&f->server);
        assert_true(sd_event_new(&f->event) >= 0);
        assert_int_equal(http_new(f->event, "test/1", &f->http), 0);
        f->endpoint = (Endpoint){ .ca_file = f->server.ca_file, .timeout = 30 * USEC_PER_SEC };
        *state = f;
        return 0;
}

static int tear_down(void **state) {
        Fixture *f = *state;

        http_free(f->http);
        sd_event_unref(f->event);
        server_stop(&f->server);
        free(f);
        return 0;
}

static HttpCall *start(Fixture *f, const Request *request, Result *result) {
        HttpCall *call = NULL;

        assert_int_equal(http_start(f->http, &f->endpoint, request, on_done, result, &call), 0);
        return call;
}

static unsigned requests(const Fixture *f) {
        return atomic_load(&f->server.seen->requests);
}

static unsigned connections(const Fixture *f) {
        return atomic_load(&f->server.seen->connections);
}

static void test_connection_reused(void **state) {
        Fixture *f = *state;
        Request request = { .url = server_url(&f->server, "peer.test", "/ok"), .body_max = 1000 };

        for (size_t i = 0; i < 20; i++) {
                Result result = { 0 };
                start(f, &request, &result);
                RUN_UNTIL(f->event, i, result.told > 0);
                CHECK_INT(i, result.outcome, OUTCOME_OK);
        }
        assert_int_equal(connections(f), 1);
        assert_int_equal(requests(f), 20);
}

/* Many at once: few connections, each told once, one in a turn of the loop. */
static void test_many(void **state) {
        enum {
                N = 500
        };
        Fixture *f = *state;
        Result *results = calloc(N, sizeof(*results));
        Request request = { .url = server_url(&f->server, "peer.test", "/ok"), .body_max = 1000 };
        usec_t deadline = test_now() + DEADLINE_SEC * USEC_PER_SEC;

        for (size_t i = 0; i < N; i++)
                start(f, &request, &results[i]);
        assert_int_equal(http_running(f->http), N);
        while (http_running(f->http) > 0 && test_now() < deadline) {
                unsigned before = http_running(f->http);
                sd_event_run(f->event, 100 * USEC_PER_MSEC);
                assert_true(http_running(f->http) + 1 >= before);
        }
        for (size_t i = 0; i < N; i++) {
                CHECK_INT(i, results[i].told, 1);
                CHECK_INT(i, results[i].outcome, OUTCOME_OK);
        }
        assert_true(connections(f) <= 8);
        free(results);
}

/* Turns of the loop until what is to be cancelled got as far as the row says. */
static void test_cancel(void **state) {
        static const struct {
                const char *host, *path;
                unsigned turns;
                unsigned requests; /* seen by the server before it is cancelled */
                bool fed;
        } rows[] = {
                { "peer.test", "/ok", 0, 0, false },   { "peer.test", "/ok", 1, 0, false },
                { "peer.test", "/ok", 2, 0, false },   { "peer.test", "/ok", 3, 0, false },
                { "peer.test", "/ok", 5, 0, false },   { "nobody.invalid", "/", 0, 0, false },
                { "peer.test", "/hang", 0, 1, false }, { "peer.test", "/hang-body", 0, 1, true },
                { "peer.test", "/big", 0, 1, true },   { "peer.test", "/ok", 0, 0, false },
        };
        Fixture *f = *state;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                Result result = { 0 }, next = { 0 };
                Request request = {
                        .url = server_url(&f->server, rows[i].host, rows[i].path),
                        .body_max = 2000000,
                        .feed = on_feed,
                        .userdata = &result,
                };
                unsigned before = requests(f);
                HttpCall *call = start(f, &request, &result);
                for (unsigned turn = 0; turn < rows[i].turns && result.told == 0; turn++)
                        sd_event_run(f->event, 100 * USEC_PER_MSEC);
                if (result.told > 0)
                        continue;
                RUN_UNTIL(f->event, i, requests(f) >= before + rows[i].requests);
                RUN_UNTIL(f->event, i, !rows[i].fed || result.fed > 0);
                if (result.told > 0)
                        continue;
                assert_null(http_cancel(call));
                CHECK_INT(i, http_running(f->http), 0);

                /* The loop goes on, and the one cancelled is never heard of. */
                request = (Request){ .url = server_url(&f->server, "peer.test", "/ok"),
                                     .body_max = 1000 };
                start(f, &request, &next);
                RUN_UNTIL(f->event, i, next.told > 0);
                CHECK_INT(i, next.outcome, OUTCOME_OK);
                CHECK_INT(i, result.told, 0);
        }
        assert_null(http_cancel(NULL));
}

typedef struct Chain {
        Fixture *f;
        Request request;
        HttpCall *own;
        HttpCall *others[4];
        unsigned told;
        bool end; /* frees the Http */
} Chain;

static void on_chain(void *userdata, const Reply *reply) {
        Chain *chain = userdata;

        chain->told++;
        assert_int_equal(reply->outcome, OUTCOME_OK);
        if (chain->end) {
                chain->f->http = http_free(chain->f->http);
                assert_string_equal(reply->body, "{\"a\": 1}");
                return;
        }
        if (chain->told == 1) {
                http_cancel(chain->own);
                for (size_t i = 0; i < ELEMENTSOF(chain->others); i++)
                        http_cancel(chain->others[i]);
        }
        if (chain->told < 5)
                assert_int_equal(http_start(chain->f->http, &chain->f->endpoint, &chain->request,
                                            on_chain, chain, NULL),
                                 0);
}

/* A done callback cancels others (whose completion may be queued already), itself, and starts more.
 */
static void test_from_callback(void **state) {
        Fixture *f = *state;

        for (size_t turn = 0; turn < 10; turn++) {
                Chain chain = {
                        .f = f,
                        .request = { .url = server_url(&f->server, "peer.test", "/ok"),
                                     .body_max = 1000 },
                };
                Result others[ELEMENTSOF(chain.others)] = { 0 };
                assert_int_equal(http_start(f->http, &f->endpoint, &chain.request, on_chain, &chain,
                                            &chain.own),
                                 0);
                for (size_t i = 0; i < ELEMENTSOF(others); i++)
                        chain.others[i] = start(f, &chain.request, &others[i]);
                /* All of them have their answer before the loop turns again. */
                unsigned answered = 0;
                while (chain.told == 0 && answered < ELEMENTSOF(others)) {
                        sd_event_run(f->event, 100 * USEC_PER_MSEC);
                        for (size_t i = answered = 0; i < ELEMENTSOF(others); i++)
                                if (others[i].told > 0) {
                                        chain.others[i] = NULL;
                                        answered++;
                                }
                }
                RUN_UNTIL(f->event, turn, chain.told == 5);
                CHECK_INT(turn, http_running(f->http), 0);
        }
}

static void test_free_from_callback(void **state) {
        Fixture *f = *state;
        Chain chain = {
                .f = f,
                .end = true,
                .request = { .url = server_url(&f->server, "peer.test", "/ok"), .body_max = 1000 },
        };
        Result result = { 0 };
        Request hang = { .url = server_url(&f->server, "peer.test", "/hang"), .body_max = 1000 };

        start(f, &hang, &result);
        assert_int_equal(http_start(f->http, &f->endpoint, &chain.request, on_chain, &chain, NULL),
                         0);
        RUN_UNTIL(f->event, 0, chain.told == 1);
        assert_null(f->http);
        assert_int_equal(result.told, 0);
}

/* A resolver that does not answer: neither a timeout, nor a cancel, nor the end waits for it. */
static void test_slow_names(void **state) {
        Fixture *f = *state;
        Request request = { .url = server_url(&f->server, "slow.test", "/ok"), .body_max = 1000 };
        Request quick = { .url = server_url(&f->server, "peer.test", "/ok"), .body_max = 1000 };
        Result late = { 0 }, cancelled = { 0 }, ended = { 0 }, other = { 0 };

        atomic_store(&names_held, true);
        f->endpoint.timeout = USEC_PER_SEC;
        start(f, &request, &late);
        RUN_UNTIL(f->event, 0, late.told > 0);
        assert_int_equal(late.outcome, OUTCOME_TIMEOUT);

        HttpCall *call = start(f, &request, &cancelled);
        RUN_UNTIL(f->event, 1, atomic_load(&names_waiting) >= 2);
        http_cancel(call);
        f->endpoint.timeout = 30 * USEC_PER_SEC;
        start(f, &quick, &other);
        RUN_UNTIL(f->event, 2, other.told > 0);
        assert_int_equal(other.outcome, OUTCOME_OK);

        start(f, &request, &ended);
        RUN_UNTIL(f->event, 3, atomic_load(&names_waiting) >= 3);
        f->http = http_free(f->http);
        assert_int_equal(atomic_load(&names_waiting), 3);
        atomic_store(&names_held, false);
        while (atomic_load(&names_waiting) > 0)
                usleep(1000);
        assert_int_equal(cancelled.told + ended.told, 0);
}

static size_t open_files(void) {
        size_t n = 0;
        DIR *dir = opendir("/proc/self/fd");

        while (readdir(dir))
                n++;
        closedir(dir);
        return n;
}

/* Thousands of exchanges, good and bad, take no memory and no descriptors for good. */
static void test_no_leak(void **state) {
        Fixture *f = *state;
        size_t used = 0, files = 0;

        for (size_t i = 0; i < 4000; i++) {
                Result result = { 0 };
                Request request = {
                        .url = server_url(&f->server, i % 3 == 2 ? "nobody.invalid" : "peer.test",
                                          "/ok"),
                        .form = "a=b",
                        .form_size = 3,
                        .body_max = i % 3 == 1 ? 4 : 1000,
                };
                if (i == 2000) { /* caches are full by now */
                        used = mallinfo2().uordblks;
                        files = open_files();
                }
                start(f, &request, &result);
                RUN_UNTIL(f->event, i, result.told > 0);
        }
        assert_true(open_files() <= files + 2);
        /* 256 bytes each; what the allocator keeps for reuse counts as used, and varies. */
        assert_true(mallinfo2().uordblks <= used + 512 * 1024);
}

/* Whether the private memory of this process holds a text, which is given with each byte xor 0x5a.
 */
static bool memory_holds(const unsigned char *hidden, size_t size) {
        static unsigned char chunk[1 << 16];
        FILE *maps = fopen("/proc/self/maps", "re");
        FILE *memory = fopen("/proc/self/mem", "re");
        unsigned long from, to;
        char line[512], rights[8];
        bool found = false;

        assert_true(maps && memory);
        setvbuf(memory, NULL, _IONBF, 0);
        while (!found && fgets(line, sizeof(line), maps)) {
                if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 ||
                    strcmp(rights, "rw-p") != 0 || to - from > 1ul << 32)
                        continue;
                for (unsigned long at = from; !found && at < to; at += sizeof(chunk) - size) {
                        if (fseeko(memory, (off_t)at, SEEK_SET) != 0)
                                break;
                        size_t n = fread(chunk, 1, MIN(sizeof(chunk), to - at), memory);
                        for (size_t i = 0; !found && i + size <= n; i++) {
                                size_t same = 0;
                                while (same < size && (chunk[i + same] ^ 0x5a) == hidden[same])
                                        same++;
                                found = same == size;
                        }
                        memset(chunk, 0, sizeof(chunk));
                        if (n < sizeof(chunk))
                                break;
                }
        }
        fclose(maps);
        fclose(memory);
        return found;
}

/* The login in each form it takes, and a form's key, are nowhere once the Http is gone. */
static void test_secrets_wiped(void **state) {
        static unsigned char hidden[3][24];
        Fixture *f = *state;
        Result result = { 0 };
        char *text = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        uint64_t seed = check_seed("secrets");

        for (size_t i = 0; i < 48; i++)
                text[i < 24 ? i : i + 2] = (char)('a' + check_below(&seed, 26));
        Secret *password = secret_new(text, 24);
        memcpy(text + 24, "k=", 2);
        for (size_t i = 0; i < 24; i++) {
                hidden[0][i] = (unsigned char)(text[i] ^ 0x5a);
                hidden[1][i] = (unsigned char)(text[26 + i] ^ 0x5a);
        }
        Request request = {
                .url = server_url(&f->server, "peer.test", "/ok"),
                .username = "user",
                .password = password,
                .form = text + 24,
                .form_size = 26,
                .body_max = 1000,
        };
        for (unsigned i = 0; i < 3; i++) {
                result.told = 0;
                start(f, &request, &result);
                RUN_UNTIL(f->event, 0, result.told > 0);
                assert_int_equal(result.outcome, OUTCOME_OK);
        }
        const char *basic = strstr(f->server.seen->request, "Authorization: Basic ");
        assert_non_null(basic);
        for (size_t i = 0; i < 24; i++)
                hidden[2][i] =
                        (unsigned char)(basic[STRLEN("Authorization: Basic ") + 8 + i] ^ 0x5a);
        assert_true(memory_holds(hidden[0], 24)); /* or the search finds nothing at all */

        f->http = http_free(f->http);
        secret_free(password);
        munmap(text, 4096);
        for (size_t i = 0; i < ELEMENTSOF(hidden); i++)
                CHECK(i, !memory_holds(hidden[i], 24));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_connection_reused),
                TEST(test_many),
                TEST(test_cancel),
                TEST(test_from_callback),
                TEST(test_free_from_callback),
                TEST(test_slow_names),
                TEST(test_no_leak),
                TEST(test_secrets_wiped),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
