/* SPDX-License-Identifier: MIT */
#pragma once

/* What the tests of ImmuniWeb results share: documents in, one metric out, row by row. */

#include "unit/check.h"

#include "base/text.h"
#include "source/immuniweb-result.h"
#include "source/json-read.h"

#include <errno.h>
#include <math.h>

#ifndef TEST_DATA
#define TEST_DATA "tests/data"
#endif

/* Ten minutes after internals.ts of the samples. */
#define NOW (UINT64_C(1763800600) * USEC_PER_SEC)

/* One document (written with ' for ") and what one metric is to read. */
typedef struct Row {
        const char *json;
        const char *metric;
        double value; /* NAN = unknown */
        bool at_least;
        const char *evidence; /* NULL = whatever; "" = none */
} Row;

#define MAIN(alerts)    "{'test_email': {'main': {'alerts': " alerts "}}}"
#define MX(mx)          "{'test_email': {'mx': " mx "}}"
#define DNS(dns)        "{'test_email': {'dns': " dns "}}"
#define DNSSEC(results) "{'test_email': {'dnssec': {'results': " results "}}}"
#define ALERTS(alerts)  MX("[{'hostname': 'a', 'alerts': " alerts "}]")

#define COUNT(key, value) MX("[{'hostname': 'a', '" key "': " value "}]")
#define HOST(members)     MX("[{'hostname': 'a', " members "}]")

static inline _unused_ struct json_object *parse(const char *text) {
        struct json_object *document = NULL;
        _cleanup_free_ char *copy = strdup(text);
        assert_non_null(copy);
        for (char *at = copy; (at = strchr(at, '\'')); at++)
                *at = '"';
        if (json_read_document(copy, strlen(copy), &document) < 0)
                fail_msg("not JSON: %s", copy);
        return document;
}

static inline _unused_ struct json_object *load(const char *name) {
        char path[256], text[16384];
        struct json_object *document = NULL;
        snprintf(path, sizeof(path), TEST_DATA "/immuniweb/%s", name);
        FILE *f = fopen(path, "re");
        if (!f)
                fail_msg("cannot open %s", path);
        size_t size = fread(text, 1, sizeof(text), f);
        fclose(f);
        assert_int_equal(json_read_document(text, size, &document), 0);
        return document;
}

static inline _unused_ size_t metric_at(const char *name) {
        size_t i = metric_find(metric_set(SOURCE_IMMUNIWEB, SCOPE_DOMAIN), name);
        if (i == SIZE_MAX)
                fail_msg("no metric %s", name);
        return i;
}

static inline _unused_ void check_metric(size_t row, const ImmuniwebResult *result,
                                         const Row *expected) {
        size_t i = metric_at(expected->metric);
        double value = result->values[i];
        const char *evidence = result->evidence[i] ? result->evidence[i] : "";

        if (isnan(value) != isnan(expected->value) ||
            (!isnan(value) && fabs(value - expected->value) > 1e-3))
                fail_msg("row %zu: %s is %g, not %g", row, expected->metric, value,
                         expected->value);
        CHECK_INT(row, (result->at_least >> i) & 1, expected->at_least);
        if (expected->evidence)
                CHECK_STR(row, evidence, expected->evidence);
}

static inline _unused_ void check_rows(const Row *rows, size_t n) {
        for (size_t i = 0; i < n; i++) {
                struct json_object *document = parse(rows[i].json);
                ImmuniwebResult result = { 0 };
                int r = immuniweb_result_decode(&result, document, NOW);
                CHECK(i, r == 0 || r == -ENODATA);
                json_object_put(document); /* nothing may be borrowed from it */
                check_metric(i, &result, &rows[i]);
                immuniweb_result_done(&result);
        }
}

#define CHECK_ROWS(rows) check_rows(rows, ELEMENTSOF(rows))

static inline _unused_ bool has_oddity(const ImmuniwebResult *result, const char *text) {
        for (size_t i = 0; i < result->n_oddities; i++)
                if (streq(result->oddities[i], text))
                        return true;
        return false;
}
