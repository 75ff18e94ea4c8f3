/* SPDX-License-Identifier: MIT */
#include "source/metrics-list.h"

#include "core/metric.h"
#include "unit/check.h"

#include <json-c/json.h>
#include <string.h>

/* What metrics_list() prints, to be freed. */
static char *listed(bool json) {
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        assert_non_null(out);
        assert_int_equal(metrics_list(json, out), 0);
        assert_int_equal(fclose(out), 0);
        return text;
}

static size_t rows_in_tables(void) {
        size_t n = 0;
        for (int i = 0; i < (int)_SOURCE_MAX * (int)_SCOPE_MAX; i++)
                n += metric_set((SourceId)(i / _SCOPE_MAX), (Scope)(i % _SCOPE_MAX))->n;
        return n;
}

/* The row of a metric, by source, scope and name. */
static json_object *row_of(json_object *array, const char *source, const char *scope,
                           const char *name) {
        for (size_t i = 0; i < json_object_array_length(array); i++) {
                json_object *o = json_object_array_get_idx(array, i);
                if (strcmp(json_object_get_string(json_object_object_get(o, "source")), source) ==
                            0 &&
                    strcmp(json_object_get_string(json_object_object_get(o, "scope")), scope) ==
                            0 &&
                    strcmp(json_object_get_string(json_object_object_get(o, "name")), name) == 0)
                        return o;
        }
        fail_msg("%s/%s/%s is not listed", source, scope, name);
        return NULL;
}

static void test_json(void **state) {
        (void)state;
        char *text = listed(true);
        json_object *array = json_tokener_parse(text);

        assert_true(json_object_is_type(array, json_type_array));
        assert_int_equal(json_object_array_length(array), rows_in_tables());

        json_object *row = row_of(array, "symantec", "domain", "inbound_oldest");
        assert_string_equal(json_object_get_string(json_object_object_get(row, "unit")), "seconds");
        assert_string_equal(json_object_get_string(json_object_object_get(row, "bad")), "high");
        assert_true(json_object_get_double(json_object_object_get(row, "warning")) == 900);
        assert_true(json_object_get_double(json_object_object_get(row, "critical")) == 3600);
        assert_null(json_object_object_get(row, "times"));

        row = row_of(array, "immuniweb", "domain", "result_age");
        assert_true(json_object_get_double(json_object_object_get(row, "warning")) == 2);
        assert_string_equal(json_object_get_string(json_object_object_get(row, "times")),
                            "interval");
        assert_null(json_object_object_get(row, "critical"));
        json_object_put(array);
        free(text);
}

static void test_text(void **state) {
        (void)state;
        char *text = listed(false);
        size_t lines = 0;

        for (const char *c = text; *c; c++)
                lines += *c == '\n';
        assert_int_equal(lines, rows_in_tables() + 1);
        assert_non_null(strstr(text, "warning 15min, critical 1h "));
        assert_non_null(strstr(text, "warning 1 x stale_after x interval"));
        free(text);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_json),
                cmocka_unit_test(test_text),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
