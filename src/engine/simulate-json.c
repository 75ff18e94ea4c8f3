/* SPDX-License-Identifier: MIT */
#include "base/stamp.h"
#include "base/text.h"
#include "engine/simulate-print.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <math.h>
#include <string.h>

#define NAME_MOST 300 /* bytes of an identity that are printed */

/* Hands a new value to an object; a value that could not be made is no memory, too. */
static int add(json_object *object, const char *key, json_object *value) {
        if (!object || !value)
                return json_object_put(value), -ENOMEM;
        return json_object_object_add(object, key, value) == 0 ? 0 : -ENOMEM;
}

static int add_text(json_object *object, const char *key, const char *text) {
        return add(object, key, json_object_new_string(text));
}

static int add_count(json_object *object, const char *key, uint64_t n) {
        return add(object, key, json_object_new_uint64(n));
}

/* Null where it is not known. */
static int add_time(json_object *object, const char *key, usec_t at) {
        _cleanup_strbuf_ StrBuf b = {};

        if (at == 0)
                return json_object_object_add(object, key, NULL) == 0 ? 0 : -ENOMEM;
        stamp_format_utc(&b, at);
        return b.error < 0 ? b.error : add_text(object, key, strbuf_text(&b));
}

static int add_told(json_object *object, const Episode *e) {
        json_object *told = json_object_new_object();
        int r = add(object, "told", told);

        for (Event event = EVENT_NONE + 1; r == 0 && event < _EVENT_MAX; event++)
                if (e->told[event] > 0)
                        r = add_count(told, event_name(event), e->told[event]);
        return r;
}

static const char *really(const SimulationRow *row) {
        if (row->silent)
                return "would-be-silent";
        return row->real || row->episode->in_group ? "also-told" : "not-told";
}

static int fill_row(json_object *o, const Simulation *s, const SimulationRow *row) {
        const Episode *e = row->episode;
        const Episode *real = row->silent ? e : row->real;
        _cleanup_strbuf_ StrBuf name = {};

        text_clean(&name, e->identity, strlen(e->identity), NAME_MOST);
        if (name.error < 0)
                return name.error;
        int r = add_text(o, "alert", strbuf_text(&name));
        r |= add_time(o, "from", e->from < s->since ? 0 : e->from);
        r |= add_time(o, "to", e->to);
        r |= add(o, "hourly", json_object_new_boolean(e->from_hour || e->to_hour));
        r |= add_text(o, "level", level_name(e->worst));
        r |= isnan(e->value) ? json_object_object_add(o, "value", NULL)
                             : add(o, "value", json_object_new_double(e->value));
        r |= row->silent ? add(o, "told", json_object_new_object()) : add_told(o, e);
        r |= add_text(o, "really", really(row));
        if (row->silent)
                r |= add(o, "limit_set", json_object_new_boolean(row->configured));
        if (real) {
                r |= add_time(o, "really_from", real->from);
                r |= add_time(o, "really_to", real->to);
        }
        return r == 0 ? 0 : -ENOMEM;
}

static int add_rows(json_object *root, const Simulation *s, const SimulationRow *rows, size_t n) {
        json_object *list = json_object_new_array();
        int r = add(root, "alerts", list);

        for (size_t i = 0; r == 0 && i < n; i++) {
                json_object *o = json_object_new_object();
                if (!o || json_object_array_add(list, o) != 0)
                        return json_object_put(o), -ENOMEM;
                r = fill_row(o, s, &rows[i]);
        }
        return r;
}

static int add_metrics(json_object *root, const Simulation *s) {
        json_object *list = json_object_new_array();
        int r = add(root, "metrics", list);

        for (int i = 0; i < (int)SOURCE_VENDORS * (int)_SCOPE_MAX && r == 0; i++) {
                const MetricSet *set =
                        metric_set((SourceId)(i / _SCOPE_MAX), (Scope)(i % _SCOPE_MAX));
                for (size_t k = 0; k < set->n && r == 0; k++) {
                        size_t now, told;
                        simulation_count(s, &set->metrics[k], &now, &told);
                        if (now == 0 && told == 0)
                                continue;
                        json_object *o = json_object_new_object();
                        if (!o || json_object_array_add(list, o) != 0)
                                return json_object_put(o), -ENOMEM;
                        r |= add_text(o, "source", source_name(set->source));
                        r |= add_text(o, "scope",
                                      set->scope == SCOPE_ACCOUNT ? "account" : "domain");
                        r |= add_text(o, "metric", set->metrics[k].name);
                        r |= add_count(o, "now", now);
                        r |= add_count(o, "really", told);
                }
        }
        return r == 0 ? 0 : -ENOMEM;
}

static int fill(json_object *root, const Simulation *s, const SimulationRow *rows, size_t n,
                const SimulationSum *sum) {
        int r = add_time(root, "since", s->since);

        r |= add_time(root, "until", s->now);
        r |= add_count(root, "now", sum->now);
        r |= add_count(root, "really", sum->told);
        r |= add_count(root, "also_told", sum->also);
        r |= add_count(root, "not_told", sum->only_now);
        r |= add_count(root, "would_be_silent", sum->silent);
        r |= add_count(root, "within_quiet_windows", s->replay.silent);
        r |= add_metrics(root, s);
        r |= add_rows(root, s, rows, n);
        return r == 0 ? 0 : -ENOMEM;
}

int simulation_print_json(const Simulation *s, FILE *out) {
        _cleanup_free_ SimulationRow *rows = NULL;
        SimulationSum sum;
        size_t n;

        int r = simulation_rows(s, &rows, &n, &sum);
        if (r < 0)
                return r;
        json_object *root = json_object_new_object();
        if (!root)
                return -ENOMEM;
        r = fill(root, s, rows, n, &sum);
        const char *text =
                r < 0 ? NULL
                      : json_object_to_json_string_ext(
                                root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
        if (text)
                fprintf(out, "%s\n", text);
        json_object_put(root);
        return text ? 0 : -ENOMEM;
}
