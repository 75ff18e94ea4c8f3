/* SPDX-License-Identifier: MIT */
#include "ctl/show.h"

#include "base/text.h"
#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/row.h"
#include "ctl/spark.h"
#include "ctl/value.h"
#include "ctl/when.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define SPARK_MAX ((size_t)48)
#define INDENT    ((size_t)2)

/* What a source has at most (METRICS_MAX is 32; a later daemon may have more). */
#define VALUES_MAX ((size_t)1000)

void domain_suggest(const Ctl *ctl, const char *name) {
        _cleanup_answer_ Answer answer = {};
        const char *names[1000];
        size_t n = 0;

        ask_quietly(ctl, "GET", "/v1/domains?limit=1000", NULL, &answer);
        struct json_object *domains = member_list(answer.document, "domains");
        for (size_t i = 0; i < list_count(domains) && n < ELEMENTSOF(names); i++) {
                const char *candidate = member_text(list_get(domains, i), "name");
                if (candidate)
                        names[n++] = candidate;
        }
        const char *near = text_nearest(name, names, n);
        if (near && !streq(near, name))
                ctl_complain("did you mean %s?", near);
}

CtlStatus domain_ask(const Ctl *ctl, const char *name, struct json_object **ret) {
        _cleanup_answer_ Answer answer = {};
        _cleanup_strbuf_ StrBuf target = {};

        strbuf_adds(&target, "/v1/domains/");
        call_add_part(&target, name);
        ask_quietly(ctl, "GET", strbuf_text(&target), NULL, &answer);
        if (answer_is_good(&answer)) {
                *ret = TAKE_PTR(answer.document);
                return CTL_DONE;
        }
        CtlStatus status = ask_complain(ctl, &answer);
        if (answer.state == CALL_ANSWERED && answer.status == 404)
                domain_suggest(ctl, name);
        return status;
}

static int rank(const char *level) {
        return !level ? 0 : streq(level, "critical") ? 3 : streq(level, "warning") ? 2 : 1;
}

/* The values in the order they are shown: bad ones first, else as the daemon has them. */
static size_t sort_values(struct json_object *values, struct json_object **ret) {
        size_t n = 0, total = MIN(list_count(values), VALUES_MAX);

        for (int wanted = 3; wanted >= 1; wanted--)
                for (size_t i = 0; i < total; i++) {
                        struct json_object *value = list_get(values, i);
                        int have = MAX(rank(member_text(value, "level")), 1);
                        if (have == wanted)
                                ret[n++] = value;
                }
        return n;
}

static void add_limits(Table *table, struct json_object *value) {
        _cleanup_strbuf_ StrBuf text = {};
        const char *unit = member_text(value, "unit");
        double warning = member_number(value, "warning"),
               critical = member_number(value, "critical");

        if (!isnan(warning) || !isnan(critical)) {
                value_add(&text, unit, warning);
                strbuf_adds(&text, " / ");
                value_add(&text, unit, critical);
        }
        table_add(table, PAINT_PLAIN, strbuf_text(&text));
}

static void add_spark(Table *table, struct json_object *value, size_t width, bool utf8) {
        _cleanup_strbuf_ StrBuf text = {};
        struct json_object *spark = member_list(value, "spark");
        const char *bad = member_text(value, "bad");
        double values[SPARK_MAX];
        size_t n = MIN(list_count(spark), SPARK_MAX);

        for (size_t i = 0; i < n; i++)
                values[i] = number_of(list_get(spark, i));
        spark_add(&text, values, n, width, bad && streq(bad, "low"), utf8);
        table_add(table, PAINT_PLAIN, strbuf_text(&text));
}

static const Column columns[] = {
        { "METRIC" },
        { "VALUE", .right = true, .flex = true },
        { "LEVEL" },
        { "WARN / CRIT", .right = true, .drop = 1 },
        { "FOR", .right = true, .drop = 3 },
        { "LAST DAY", .drop = 2 },
};

static void fill_table(const Ctl *ctl, Table *table, struct json_object *const *values, size_t n,
                       size_t spark_width, usec_t now) {
        table_init(table, columns, ELEMENTSOF(columns), &ctl->screen);
        for (size_t i = 0; i < n; i++) {
                const char *level = member_text(values[i], "level");
                Paint paint = rank(level) > 1 ? screen_paint(level) : PAINT_PLAIN;
                table_add(table, paint, member_text(values[i], "metric"));
                table_add(table, paint, member_text(values[i], "text"));
                row_level(table, values[i], "level");
                add_limits(table, values[i]);
                row_age(table, values[i], "since", now);
                add_spark(table, values[i], spark_width, ctl->screen.utf8);
        }
}

/* The widest line of bars that fits beside the rest: half hours are joined evenly where there is
 * room. */
static size_t choose_spark(const Ctl *ctl, struct json_object *const *values, size_t n,
                           usec_t now) {
        static const size_t widths[] = { 48, 24, 16, 12, 11, 10, 9, 8 };
        _cleanup_table_ Table table = {};

        if (ctl->screen.width == 0)
                return SPARK_MAX;
        fill_table(ctl, &table, values, n, 8, now);
        size_t rest = table_width(&table, &ctl->screen) + INDENT - 8;
        for (size_t i = 0; i < ELEMENTSOF(widths); i++)
                if (rest + widths[i] <= ctl->screen.width)
                        return widths[i];
        return widths[ELEMENTSOF(widths) - 1];
}

static void print_heading(const Ctl *ctl, struct json_object *source, usec_t now, StrBuf *b) {
        _cleanup_strbuf_ StrBuf line = {};
        const char *name = member_text(source, "source"), *account = member_text(source, "account");
        const char *job = member_text(source, "job");
        double failures = member_number(source, "failures");

        strbuf_adds(&line, name ? name : "-");
        if (account)
                strbuf_addf(&line, " (%s)", account);
        strbuf_adds(&line, ": values of ");
        when_add_both(&line, member_when(source, "measured"), now);
        if (member_is_true(source, "running"))
                strbuf_adds(&line, ", running now");
        else {
                strbuf_adds(&line, ", next ");
                when_add_both(&line, member_when(source, "next"), now);
        }
        if (failures > 0) {
                strbuf_adds(&line, ", ");
                value_add(&line, NULL, failures);
                strbuf_adds(&line, failures > 1 ? " failures in a row" : " failure");
        }
        if (job)
                strbuf_addf(&line, ", job %s", job);
        screen_line(&ctl->screen, b, PAINT_HEAD, strbuf_text(&line));
}

static void print_source(const Ctl *ctl, struct json_object *source, usec_t now, StrBuf *b) {
        struct json_object *values = member_list(source, "values");
        size_t n = MIN(list_count(values), VALUES_MAX);
        _cleanup_free_ struct json_object **sorted =
                calloc(MAX(n, (size_t)1), sizeof(struct json_object *));
        _cleanup_table_ Table table = {};

        if (!sorted) {
                b->error = b->error ? b->error : -ENOMEM;
                return;
        }
        if (b->size > 0)
                strbuf_addc(b, '\n');
        print_heading(ctl, source, now, b);
        n = sort_values(values, sorted);
        if (n == 0)
                return;
        fill_table(ctl, &table, sorted, n, choose_spark(ctl, sorted, n, now), now);
        table_print(&table, &ctl->screen, INDENT, b);
}

void domain_print_sources(const Ctl *ctl, struct json_object *domain, const char *only, StrBuf *b) {
        struct json_object *sources = member_list(domain, "sources");
        usec_t now = ctl_now(ctl);

        for (size_t i = 0; i < list_count(sources); i++) {
                struct json_object *source = list_get(sources, i);
                const char *name = member_text(source, "source");
                if (!only || (name && streq(name, only)))
                        print_source(ctl, source, now, b);
        }
}

CtlStatus command_show(const Ctl *ctl, char **arguments) {
        static const char *const fields[][2] = { { "group", "Group" },
                                                 { "owner", "Owner" },
                                                 { "runbook", "Runbook" } };
        _cleanup_json_ struct json_object *domain = NULL;
        _cleanup_strbuf_ StrBuf out = {};

        CtlStatus status = domain_ask(ctl, arguments[0], &domain);
        if (status != CTL_DONE || ctl->options->json)
                return status != CTL_DONE ? status : ask_print_json(domain);

        const char *level = member_text(domain, "level"), *name = member_text(domain, "name");
        screen_field(&ctl->screen, &out, "Domain", PAINT_HEAD, name);
        screen_field(&ctl->screen, &out, "Level", screen_paint(level), level);
        for (size_t i = 0; i < ELEMENTSOF(fields); i++)
                if (member_text(domain, fields[i][0]))
                        screen_field(&ctl->screen, &out, fields[i][1], PAINT_PLAIN,
                                     member_text(domain, fields[i][0]));
        domain_print_sources(ctl, domain, NULL, &out);
        domain_print_evidence(ctl, domain, &out);
        return ctl_print(&out);
}
