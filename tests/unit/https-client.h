/* SPDX-License-Identifier: MIT */
#pragma once

/* What the tests of src/io/http* share: one exchange from start to end, and names that need no
 * network. */

#include "unit/https-server.h"

#include "base/secret.h"
#include "io/http.h"

#include <dlfcn.h>
#include <netdb.h>

/* Longer than anything here takes, also under valgrind. */
#define DEADLINE_SEC 60

/* What came of an exchange, copied out of its Reply. */
typedef struct Result {
        unsigned told;
        Outcome outcome;
        long status;
        usec_t retry_after;
        char body[70000];
        size_t size;
        char error[300];
        size_t fed;
        size_t feed_max; /* feed() refuses more; 0 = takes all */
} Result;

/* Names that end in ".test" are this machine, those in ".invalid" do not exist; "slow.test" is not
 * resolved while `names_held` is set. */
static atomic_bool names_held;
static atomic_int names_waiting;

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **res) {
        static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

        if (!real)
                *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
        size_t n = node ? strlen(node) : 0;
        if (n > 8 && strcmp(node + n - 8, ".invalid") == 0)
                return EAI_NONAME;
        if (n > 5 && strcmp(node + n - 5, ".test") == 0) {
                if (strcmp(node, "slow.test") == 0) {
                        atomic_fetch_add(&names_waiting, 1);
                        while (atomic_load(&names_held))
                                usleep(1000);
                        atomic_fetch_sub(&names_waiting, 1);
                }
                node = "127.0.0.1";
        }
        return real(node, service, hints, res);
}

static inline usec_t test_now(void) {
        struct timespec ts;
        clock_gettime(CLOCK_MONOTONIC, &ts);
        return (usec_t)ts.tv_sec * USEC_PER_SEC + (usec_t)ts.tv_nsec / 1000;
}

static inline _unused_ void on_done(void *userdata, const Reply *reply) {
        Result *result = userdata;

        result->told++;
        result->outcome = reply->outcome;
        result->status = reply->status;
        result->retry_after = reply->retry_after;
        result->size = reply->size;
        assert_int_equal(reply->body[reply->size], '\0');
        memcpy(result->body, reply->body, MIN(reply->size + 1, sizeof(result->body)));
        snprintf(result->error, sizeof(result->error), "%s", reply->error);
}

static inline _unused_ int on_feed(void *userdata, const char *data, size_t size) {
        Result *result = userdata;
        (void)data;

        result->fed += size;
        return result->feed_max > 0 && result->fed > result->feed_max;
}

/* Turns the loop until the condition holds; fails the test at the deadline. */
#define RUN_UNTIL(event, row, condition)                                                           \
        do {                                                                                       \
                usec_t _deadline = test_now() + DEADLINE_SEC * USEC_PER_SEC;                       \
                while (!(condition)) {                                                             \
                        CHECK(row, sd_event_run(event, 100 * USEC_PER_MSEC) >= 0);                 \
                        CHECK(row, test_now() < _deadline);                                        \
                }                                                                                  \
        } while (0)

/* A URL on the server, valid until the third call from here. */
static inline _unused_ const char *server_url(const Server *s, const char *host, const char *path) {
        static char urls[3][256];
        static unsigned turn;
        char *url = urls[turn++ % ELEMENTSOF(urls)];

        snprintf(url, sizeof(urls[0]), "https://%s:%u%s", host, s->port, path);
        return url;
}
