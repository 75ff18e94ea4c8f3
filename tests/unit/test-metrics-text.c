/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "engine/metrics-histogram.h"
#include "engine/metrics-text.h"

#include <float.h>
#include <math.h>

static const struct {
        double value;
        const char *text;
} numbers[] = {
        { 0, "0" },
        { -0.0, "0" },
        { 1, "1" },
        { -1, "-1" },
        { 7, "7" },
        { 42, "42" },
        { 4294967296.0, "4294967296" },
        { 9007199254740991.0, "9007199254740991" },
        { 9007199254740992.0, "9007199254740992" },
        { 1e18, "1e+18" },
        { 0.5, "0.5" },
        { 0.25, "0.25" },
        { 0.001, "0.001" },
        { -0.001, "-0.001" },
        { 12.34, "12.34" },
        { 12.345, "12.345" },
        { 1763847262.123, "1763847262.123" },
        { 1763847262.123456, "1763847262.123456" },
        { 0.0001, "0.0001" },
        { 0.00025, "0.00025" },
        { 1.0 / 3, "0.3333333333333333" },
        { 0.1 + 0.2, "0.30000000000000004" },
        { 1e-300, "1e-300" },
        { 1e300, "1e+300" },
        { DBL_MAX, "1.7976931348623157e+308" },
        { INFINITY, "+Inf" },
        { -INFINITY, "-Inf" },
        { NAN, "NaN" },
};

static void test_numbers(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(numbers); i++) {
                char text[METRICS_NUMBER_MAX + 1];
                text[metrics_number(text, numbers[i].value)] = '\0';
                CHECK_STR(i, text, numbers[i].text);
        }
}

static const struct {
        float value;
        const char *text;
} floats[] = {
        { 0.1f, "0.1" },        { 12.345f, "12.345" },
        { 1000.5f, "1000.5" },  { 16777216.0f, "16777216" },
        { 3e9f, "3000000000" }, { 1.0f / 3, "0.33333334" },
        { 1e-7f, "1e-07" },     { FLT_MAX, "3.4028235e+38" },
        { -2.5f, "-2.5" },
};

static void test_floats(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(floats); i++) {
                char text[METRICS_NUMBER_MAX + 1];
                text[metrics_number_float(text, floats[i].value)] = '\0';
                CHECK_STR(i, text, floats[i].text);
        }
}

/* Whatever the number: it fits, and reads as the same. */
static void test_any_number(void **state) {
        uint64_t random = check_seed("numbers");
        (void)state;

        for (size_t i = 0; i < 200000; i++) {
                char text[METRICS_NUMBER_MAX + 1];
                union {
                        uint64_t bits;
                        double value;
                } any = { .bits = check_random(&random) };
                /* Also those of a usual size, with few decimals. */
                double value = i % 2 ? any.value
                                     : (double)(int64_t)check_below(&random, 1u << 30) /
                                               (double)(1 + check_below(&random, 10000));
                size_t n = metrics_number(text, value);
                assert_true(n <= METRICS_NUMBER_MAX);
                text[n] = '\0';
                if (isfinite(value) && strtod(text, NULL) != value)
                        fail_msg("%.17g became %s", value, text);
                float narrow = (float)value;
                n = metrics_number_float(text, narrow);
                assert_true(n <= METRICS_NUMBER_MAX);
                text[n] = '\0';
                if (isfinite(narrow) && strtof(text, NULL) != narrow)
                        fail_msg("%.9g became %s", (double)narrow, text);
        }
}

static const struct {
        const char *accept;
        bool open;
} accepts[] = {
        { NULL, false },
        { "", false },
        { "*/*", false },
        { "text/plain", false },
        { "application/openmetrics-text", true },
        { "application/openmetrics-text;version=1.0.0", true },
        { "application/openmetrics-text; version=1.0.0; charset=utf-8", true },
        { "application/openmetrics-text;version=0.0.1", false },
        { "application/openmetrics-text;version=2.0.0,text/plain;q=0.1", false },
        /* Prometheus 2.42, and one that wants the older format only */
        { "application/openmetrics-text;version=1.0.0,"
          "application/openmetrics-text;version=0.0.1;q=0.75,"
          "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
          true },
        { "text/plain;version=0.0.4;q=1,*/*;q=0.1", false },
        /* weights */
        { "application/openmetrics-text;q=0.4, text/plain;q=0.5", false },
        { "application/openmetrics-text;q=0.5, text/plain;q=0.4", true },
        { "application/openmetrics-text;q=0.5, text/plain;q=0.5", false },
        { "text/plain;q=0.999,application/openmetrics-text;q=1.000", true },
        { "application/openmetrics-text;q=0", false },
        { "*/*, application/openmetrics-text;q=0", false },
        { "text/plain;q=0, */*", true },
        { "text/*;q=0.1, application/*;q=0.2", true },
        { "application/*;q=0.9, application/openmetrics-text;q=0.1, text/plain;q=0.5", false },
        { "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false },
        { "APPLICATION/OpenMetrics-Text", true },
        /* what is none */
        { "application/openmetrics-text;q=abc", false },
        { "application/openmetrics-text;q=", false },
        { "application/openmetrics-text;q=-1", false },
        { "application/openmetrics-text;q=0.12345", false },
        { "application/openmetrics-text;q=7", false },
        { "application/openmetrics-textual", false },
        { "openmetrics-text", false },
        { "*/openmetrics-text", false },
        { ",,, ,", false },
        { ";;;", false },
        { "application/openmetrics-text;", true },
        { "application/openmetrics-text ; q=0.3", true },
        { "application/openmetrics-text; q = 0.3", false },
        { "/", false },
        { "application/openmetrics-text;a;b;c=d;q=0.9,text/plain;q=0.1", true },
        { "\xff\xfe\x01", false },
};

static void test_accepts(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(accepts); i++)
                CHECK_INT(i, metrics_accepts_openmetrics(accepts[i].accept), accepts[i].open);
}

static const struct {
        bool openmetrics;
        FamilyType type;
        const char *unit;
        const char *text;
} headers[] = {
        { false, FAMILY_GAUGE, NULL, "# HELP x a \"b\" \\\\ c\\nd\n# TYPE x gauge\n" },
        { true, FAMILY_GAUGE, NULL, "# HELP x a \\\"b\\\" \\\\ c\\nd\n# TYPE x gauge\n" },
        { false, FAMILY_GAUGE, "y", "# HELP x a \"b\" \\\\ c\\nd\n# TYPE x gauge\n" },
        { true, FAMILY_GAUGE, "y",
          "# HELP x a \\\"b\\\" \\\\ c\\nd\n# TYPE x gauge\n# UNIT x y\n" },
        { false, FAMILY_COUNTER, NULL,
          "# HELP x_total a \"b\" \\\\ c\\nd\n# TYPE x_total counter\n" },
        { true, FAMILY_COUNTER, NULL, "# HELP x a \\\"b\\\" \\\\ c\\nd\n# TYPE x counter\n" },
        { false, FAMILY_INFO, NULL, "# HELP x_info a \"b\" \\\\ c\\nd\n# TYPE x_info gauge\n" },
        { true, FAMILY_INFO, NULL, "# HELP x a \\\"b\\\" \\\\ c\\nd\n# TYPE x info\n" },
        { false, FAMILY_HISTOGRAM, NULL, "# HELP x a \"b\" \\\\ c\\nd\n# TYPE x histogram\n" },
};

static void test_headers(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(headers); i++) {
                _cleanup_strbuf_ StrBuf b = {};
                metrics_add_header(&b, headers[i].openmetrics, "x", headers[i].type,
                                   headers[i].unit, "a \"b\" \\ c\nd");
                CHECK_STR(i, strbuf_text(&b), headers[i].text);
        }
}

static void test_labels(void **state) {
        _cleanup_strbuf_ StrBuf b = {};
        (void)state;

        metrics_add_label(&b, '{', "a", "plain");
        metrics_add_label(&b, ',', "b", "\"\\\n{},=\t\xc3\xa4");
        assert_string_equal(strbuf_text(&b), "{a=\"plain\",b=\"\\\"\\\\\\n{},=\t\xc3\xa4\"");
}

static void test_histogram(void **state) {
        Histogram h = {};
        (void)state;

        for (size_t i = 1; i < HISTOGRAM_BOUNDS; i++) {
                CHECK(i, histogram_of_requests[i] > histogram_of_requests[i - 1]);
                CHECK(i, histogram_of_turns[i] > histogram_of_turns[i - 1]);
        }
        histogram_add(&h, histogram_of_turns, 0);
        histogram_add(&h, histogram_of_turns, histogram_of_turns[0]); /* at most so long */
        histogram_add(&h, histogram_of_turns, histogram_of_turns[0] + 1);
        histogram_add(&h, histogram_of_turns, USEC_PER_DAY);
        assert_int_equal(h.counts[0], 2);
        assert_int_equal(h.counts[1], 1);
        assert_int_equal(h.counts[HISTOGRAM_BOUNDS], 1);
        assert_int_equal(h.sum, USEC_PER_DAY + 2 * histogram_of_turns[0] + 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_numbers),    cmocka_unit_test(test_floats),
                cmocka_unit_test(test_any_number), cmocka_unit_test(test_accepts),
                cmocka_unit_test(test_headers),    cmocka_unit_test(test_labels),
                cmocka_unit_test(test_histogram),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
