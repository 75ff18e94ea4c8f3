/* SPDX-License-Identifier: MIT */
#include "io/store-history.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* history DIR [DOMAINS [HOURS]]: what the history costs: a poll of all domains of which all, 1 % or
 * none changed, in milliseconds (median and 99th percentile) and bytes, a step of tidying, and
 * reading. DIR is empty or not there. */

#define INTERVAL (5 * USEC_PER_MIN)
#define START    (UINT64_C(490000) * USEC_PER_HOUR)

static const HistorySettings settings = { .full = 2 * USEC_PER_DAY, .hourly = 90 * USEC_PER_DAY };

typedef struct Bench {
        Store *store;
        size_t n;
        uint32_t account;
        uint32_t *series;
        float (*before)[METRICS_MAX], (*now)[METRICS_MAX];
        uint64_t random;
} Bench;

static double now_ms(void) {
        struct timespec ts;
        clock_gettime(CLOCK_MONOTONIC, &ts);
        return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static uint32_t random_below(Bench *b, uint32_t below) {
        b->random = b->random * 6364136223846793005u + 1442695040888963407u;
        return (uint32_t)(b->random >> 33) % below;
}

static int by_value(const void *a, const void *b) {
        double x = *(const double *)a, y = *(const double *)b;
        return (x > y) - (x < y);
}

static void tell(const char *what, double *list, size_t n) {
        if (n == 0)
                return;
        qsort(list, n, sizeof(*list), by_value);
        printf("  %-34s median %.3f ms, 99th percentile %.3f ms, most %.3f ms (%zu)\n", what,
               list[n / 2], list[n * 99 / 100], list[n - 1], n);
}

static void must(int r, const char *what) {
        if (r < 0) {
                fprintf(stderr, "%s: %s\n", what, strerror(-r));
                exit(1);
        }
}

/* New values: queues of some thousand messages, some thousand seconds. */
static void change(Bench *b, size_t i) {
        for (size_t k = 0; k < 18; k++)
                b->now[i][k] = (float)random_below(b, k < 4 || k == 12 || k == 13 ? 500 : 5000);
        b->now[i][18] = (float)random_below(b, 300); /* data_age */
}

static double poll_all(Bench *b, usec_t at, bool full) {
        const MetricSet *domain = metric_set(SOURCE_SYMANTEC, SCOPE_DOMAIN);
        const float account[METRICS_MAX] = { 1 };
        double begin = now_ms();

        store_begin(b->store);
        history_add(b->store, b->account, metric_set(SOURCE_SYMANTEC, SCOPE_ACCOUNT), at, NULL,
                    account, true);
        for (size_t i = 0; i < b->n; i++)
                history_add(b->store, b->series[i], domain, at, full ? NULL : b->before[i],
                            b->now[i], false);
        history_flush(b->store);
        must(store_commit(b->store, false), "commit");
        double end = now_ms();
        memcpy(b->before, b->now, b->n * sizeof(b->now[0]));
        return end - begin;
}

static int count_point(void *userdata, const HistoryPoint *point) {
        *(size_t *)userdata += !isnan(point->mean);
        return 0;
}

static void read_one(Bench *b, size_t i, usec_t from, usec_t to) {
        char name[64];
        size_t n = 0;
        snprintf(name, sizeof(name), "domain-%zu.example", i);
        double begin = now_ms();
        must(history_read(b->store, SOURCE_SYMANTEC, SCOPE_DOMAIN, name, "default", 14, from, to,
                          count_point, &n),
             "read");
        printf("  reading %.1f days of a metric: %.2f ms (%zu points)\n",
               (double)(to - from) / (double)USEC_PER_DAY, now_ms() - begin, n);
}

static void begin_bench(Bench *b, const char *dir, size_t n) {
        StrBuf problem = {};
        uint64_t sequence;
        char name[64];

        *b = (Bench){ .n = n, .random = 1 };
        must(store_open(dir, START, &problem, &sequence, &b->store), strbuf_text(&problem));
        strbuf_done(&problem);
        b->series = calloc(n, sizeof(*b->series));
        b->before = calloc(n, sizeof(*b->before));
        b->now = calloc(n, sizeof(*b->now));
        if (!b->series || !b->before || !b->now)
                must(-12, "memory");
        double begin = now_ms();
        store_begin(b->store);
        b->account = history_series(b->store, SOURCE_SYMANTEC, SCOPE_ACCOUNT, "default");
        for (size_t i = 0; i < n; i++) {
                snprintf(name, sizeof(name), "domain-%zu.example", i);
                b->series[i] = history_series(b->store, SOURCE_SYMANTEC, SCOPE_DOMAIN, name);
        }
        must(store_commit(b->store, false), "commit");
        printf("  naming %zu series: %.1f ms\n", n, now_ms() - begin);
}

static void end_bench(Bench *b) {
        store_close(b->store);
        free(b->series);
        free(b->before);
        free(b->now);
}

static uint64_t file_bytes(Bench *b) {
        StoreFigures figures;
        while (store_tidy(b->store))
                ;
        store_figures(b->store, &figures);
        return figures.file_bytes;
}

/* `part`: of 1000 domains, how many change with a poll. */
static void run(const char *dir, const char *kind, unsigned part, size_t n, usec_t hours) {
        static double polls[100000], fulls[10000], tidies[2000000];
        size_t n_polls = 0, n_fulls = 0, n_tidies = 0;
        StoreFigures before, after;
        char path[512];
        Bench b;

        snprintf(path, sizeof(path), "%s/%s", dir, kind);
        printf("%s: %zu domains\n", kind, n);
        begin_bench(&b, path, n);
        store_figures(b.store, &before);
        for (usec_t at = START; at < START + hours * USEC_PER_HOUR; at += INTERVAL) {
                for (size_t i = 0; i < n; i++)
                        if (random_below(&b, 1000) < part)
                                change(&b, i);
                bool full = at % USEC_PER_HOUR == 0;
                double ms = poll_all(&b, at, full);
                if (full && n_fulls < 10000)
                        fulls[n_fulls++] = ms;
                else if (!full && n_polls < 100000)
                        polls[n_polls++] = ms;
                int more = 1;
                while (at % USEC_PER_HOUR < INTERVAL && more > 0) {
                        double begin = now_ms();
                        must(more = history_tidy(b.store, &settings, at), "tidy");
                        if (n_tidies < 2000000)
                                tidies[n_tidies++] = now_ms() - begin;
                }
                while (store_tidy(b.store))
                        ;
        }
        store_figures(b.store, &after);
        tell("a poll", polls, n_polls);
        tell("the first poll of an hour", fulls, n_fulls);
        tell("a step of tidying", tidies, n_tidies);
        printf("  written: %.1f bytes per domain and poll\n",
               (double)(after.bytes_written - before.bytes_written) / (double)n /
                       (double)(n_polls + n_fulls));
        printf("  file: %.1f MB, %.0f bytes per domain after %u hours\n",
               (double)file_bytes(&b) / 1e6, (double)file_bytes(&b) / (double)n, (unsigned)hours);
        usec_t end = START + hours * USEC_PER_HOUR;
        read_one(&b, n / 2, end - USEC_PER_DAY, end);
        read_one(&b, n / 2, START, end);
        end_bench(&b);
}

int main(int argc, char **argv) {
        if (argc < 2) {
                fprintf(stderr, "usage: %s DIR [DOMAINS [HOURS]]\n", argv[0]);
                return 2;
        }
        size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 10000;
        usec_t hours = argc > 3 ? strtoul(argv[3], NULL, 10) : 24;

        if (n == 0 || hours == 0 || hours > 10000)
                return 2;
        if (argc > 4) /* one of them */
                run(argv[1], argv[4], (unsigned)strtoul(argv[4], NULL, 10), n, hours);
        else {
                run(argv[1], "idle", 0, n, hours);
                run(argv[1], "few", 10, n, hours);
                run(argv[1], "all", 1000, n, hours);
        }
        return 0;
}
