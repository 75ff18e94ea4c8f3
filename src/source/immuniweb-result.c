/* SPDX-License-Identifier: MIT */
#include "source/immuniweb-result.h"

#include "base/text.h"
#include "source/immuniweb-decode.h"
#include "source/immuniweb-mx.h"
#include "source/immuniweb-record.h"
#include "source/json-read.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Clocks may differ by so much before a time in the future says nothing. */
#define FUTURE_MAX (5 * USEC_PER_MIN)

/* A time stamp past this is in milliseconds (apis.md section 3 row 20). */
#define SECONDS_MAX 1e11

/* The words beside a value of `summary`: /summary/ssl/value -> /summary/ssl/text. */
static void add_summary_text(Decode *d, const Metric *metric) {
        char pointer[64];
        const char *end = strrchr(metric->key, '/');
        size_t size = 0;

        snprintf(pointer, sizeof(pointer), "%.*s/text", (int)(end - metric->key), metric->key);
        const char *text = json_read_text(json_read_at(d->document, pointer), &size);
        if (text && size > 0) {
                snprintf(pointer, sizeof(pointer), "summary.%.*s",
                         (int)(end - metric->key - (ptrdiff_t)STRLEN("/summary/")),
                         metric->key + STRLEN("/summary/"));
                decode_evidence(d, pointer, text, size);
        }
}

static double read_number(MxList *list, Decode *d, const Metric *metric) {
        bool odd = false;
        struct json_object *value = json_read_at(d->document, metric->key);
        double number = json_read_number(value, &odd);
        (void)list;
        if (odd)
                decode_odd(d, metric->key, NULL, value);
        if (number > 0) /* what is good needs no evidence, and costs a tenth of reading a result */
                add_summary_text(d, metric);
        return number;
}

static double read_color(MxList *list, Decode *d, const Metric *metric) {
        struct json_object *value = json_read_at(d->document, metric->key);
        int color = finding_color(value);
        (void)list;
        if (color < 0) {
                /* An empty colour is a part that was skipped (IWT). */
                if (value && !(json_object_is_type(value, json_type_string) &&
                               json_object_get_string_len(value) == 0))
                        decode_odd(d, metric->key, NULL, value);
                return NAN;
        }
        if (color > 0)
                add_summary_text(d, metric);
        return color;
}

static double read_record(MxList *list, Decode *d, const Metric *metric) {
        (void)list;
        return record_read_grade(d, metric);
}

static double read_dnssec(MxList *list, Decode *d, const Metric *metric) {
        (void)list;
        return record_read_dnssec(d, metric);
}

double immuniweb_result_time(struct json_object *document, bool *odd) {
        double seconds = json_read_number(json_read_at(document, "/internals/ts"), odd);
        if (isnan(seconds) || seconds == 0)
                return NAN;
        return seconds > SECONDS_MAX ? seconds / 1000 : seconds;
}

static double read_result_age(MxList *list, Decode *d, const Metric *metric) {
        bool odd = false;
        double seconds = immuniweb_result_time(d->document, &odd);
        (void)list;
        if (odd)
                decode_odd(d, metric->key, NULL, json_read_at(d->document, metric->key));
        if (isnan(seconds))
                return NAN;
        double now = (double)d->now / (double)USEC_PER_SEC;
        if (seconds > now + (double)(FUTURE_MAX / USEC_PER_SEC)) {
                decode_odd_text(d, "/internals/ts: in the future");
                return NAN;
        }
        return seconds < now ? now - seconds : 0;
}

/* One function per way to get a value; rows of another source's readers and of the engine have
 * none. */
static double (*const readers[_READER_MAX])(MxList *list, Decode *d, const Metric *metric) = {
        [READ_NUMBER] = read_number,         [READ_COLOR] = read_color,
        [READ_RECORD] = read_record,         [READ_MX_HOSTS] = mx_read_hosts,
        [READ_MX_FLAG] = mx_read_count,      [READ_MX_SUM] = mx_read_count,
        [READ_MX_ALERT] = mx_read_count,     [READ_MX_PTR] = mx_read_count,
        [READ_MX_PORTS] = mx_read_count,     [READ_DNSSEC] = read_dnssec,
        [READ_RESULT_AGE] = read_result_age,
};

int immuniweb_result_decode(ImmuniwebResult *result, struct json_object *document, usec_t now) {
        const MetricSet *set = metric_set(SOURCE_IMMUNIWEB, SCOPE_DOMAIN);
        Decode d = { .document = document, .now = now, .result = result };
        MxList list;
        size_t n_known = 0;

        mx_list_read(&list, &d);
        for (size_t i = 0; i < METRICS_MAX; i++)
                result->values[i] = NAN;
        for (size_t i = 0; i < set->n; i++) {
                const Metric *metric = &set->metrics[i];
                if (!readers[metric->reader])
                        continue;
                d.at_least = false;
                double value = readers[metric->reader](&list, &d, metric);
                result->values[i] = value;
                if (!isnan(value) && d.at_least)
                        result->at_least |= UINT64_C(1) << i;
                /* The age alone says that there was a test, not what it found. */
                if (!isnan(value) && metric->reader != READ_RESULT_AGE)
                        n_known++;
                decode_keep_evidence(&d, isnan(value) ? METRICS_MAX : i);
        }
        decode_ids(&d);
        decode_done(&d);
        if (d.error < 0)
                return d.error;
        return n_known > 0 ? 0 : -ENODATA;
}

static bool is_ascii(const char *text) {
        for (; *text; text++)
                if ((unsigned char)*text >= 0x80)
                        return false;
        return true;
}

static bool is_host(const char *host, const char *domain) {
        size_t n = strlen(host);
        while (n > 0 && host[n - 1] == '.')
                n--;
        return n == strlen(domain) && strncasecmp(host, domain, n) == 0;
}

bool immuniweb_result_is_for(ImmuniwebResult *result, struct json_object *document,
                             const char *domain, const char **ret_host) {
        static const char *const pointers[] = { "/internals/hostname", "/test_email/main/host" };
        Decode d = { .document = document, .result = result };
        const char *other = NULL;

        for (size_t i = 0; i < ELEMENTSOF(pointers); i++) {
                struct json_object *value = json_read_at(document, pointers[i]);
                const char *host = json_read_text(value, NULL);
                if (value && !host)
                        decode_odd(&d, pointers[i], NULL, value);
                if (!host || !*host)
                        continue;
                if (is_host(host, domain))
                        return true;
                other = host;
                if (is_ascii(host))
                        break;
        }
        if (!other) {
                decode_odd_text(&d, "/internals/hostname: the result names no host");
                return true;
        }
        if (!is_ascii(other) && strstr(domain, "xn--")) {
                decode_odd_text(&d, "/internals/hostname: not in A-label form");
                return true;
        }
        decode_odd_text(&d, "/internals/hostname: another host than asked for");
        *ret_host = other;
        return false;
}

void immuniweb_result_done(ImmuniwebResult *result) {
        arena_done(&result->arena);
        *result = (ImmuniwebResult){ 0 };
}
