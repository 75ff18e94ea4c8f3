/* SPDX-License-Identifier: MIT */
#include "engine/once.h"

#include "base/diag.h"
#include "base/text.h"
#include "config/hostname.h"
#include "core/notice.h"
#include "engine/account.h"
#include "engine/monitor.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Exit statuses in the order of the plugin guidelines; the enum is the order of weight. */
typedef enum Verdict {
        VERDICT_OK,
        VERDICT_UNKNOWN,
        VERDICT_WARNING,
        VERDICT_CRITICAL,
        _VERDICT_MAX,
} Verdict;

typedef struct Row {
        Verdict verdict;
        const char *target;
        SourceId source;
        char *text;
} Row;

typedef struct Once {
        const OnceOptions *options;
        sd_event *event;
        Monitor *monitor;
        bool *chosen; /* per Config.domains */
        Row *rows;
        size_t n_rows;
        size_t total; /* runs to come */
        size_t finished;
        bool progress;
        bool failed; /* out of memory: the table would be incomplete */
} Once;

/* run_done_t has no room for it: there is one pass per process. */
static Once *the_pass;

static void once_done(Once *o) {
        monitor_free(o->monitor);
        sd_event_unref(o->event);
        for (size_t i = 0; i < o->n_rows; i++)
                free(o->rows[i].text);
        free(o->rows);
        free(o->chosen);
}

static void add_row(Once *o, Verdict verdict, SourceId source, const char *target, StrBuf *text) {
        if ((o->n_rows & (o->n_rows - 1)) == 0) {
                size_t room = o->n_rows == 0 ? 1 : o->n_rows * 2;
                Row *rows = realloc(o->rows, room * sizeof(*rows));
                if (!rows) {
                        o->failed = true;
                        return;
                }
                o->rows = rows;
        }
        char *copy = text->size > 0 ? strbuf_take(text) : strdup("");
        if (!copy)
                o->failed = true;
        else
                o->rows[o->n_rows++] = (Row){ verdict, target, source, copy };
}

static Verdict verdict_of(Level level) {
        static const Verdict verdicts[_LEVEL_MAX] = {
                [LEVEL_OK] = VERDICT_OK,
                [LEVEL_WARNING] = VERDICT_WARNING,
                [LEVEL_CRITICAL] = VERDICT_CRITICAL,
        };
        return verdicts[level];
}

static void describe(StrBuf *b, const Metric *row, double value, const Limit *limit, Level level) {
        strbuf_addf(b, "%s%s ", b->size > 0 ? ", " : "", row->name);
        notice_format_value(b, row, value);
        if (level != LEVEL_OK) {
                strbuf_addf(b, " (%s at ", level_name(level));
                notice_format_value(b, row, limit_of(limit, level));
                strbuf_adds(b, ")");
        }
}

/* Judges one reading as it stands: a single pass has no streaks. */
static void judge_reading(Once *o, const Account *a, const RuleSet *rules, const char *target,
                          const Reading *reading) {
        const MetricSet *set = reading->set;
        _cleanup_strbuf_ StrBuf bad = {};
        _cleanup_strbuf_ StrBuf good = {};
        Verdict verdict = VERDICT_OK;
        size_t known = 0;

        for (size_t i = 0; i < set->n; i++) {
                double value = reading->values[i];
                if (isnan(value))
                        continue;
                Level level = limit_judge(&rules->limits[i], set->metrics[i].bad, value, LEVEL_OK);
                known++;
                verdict = MAX(verdict, verdict_of(level));
                if (level != LEVEL_OK || o->options->verbose)
                        describe(level != LEVEL_OK ? &bad : &good, &set->metrics[i], value,
                                 &rules->limits[i], level);
        }
        if (known == 0 || !reading->present) {
                verdict = VERDICT_UNKNOWN;
                strbuf_adds(&bad, "not in the answer");
        }
        if (good.size > 0)
                strbuf_addf(&bad, "%s%s", bad.size > 0 ? "; " : "", strbuf_text(&good));
        add_row(o, verdict, a->ops->id, target, &bad);
}

static bool account_has_chosen(const Once *o, const Account *a) {
        for (uint32_t d = 0; d < a->n; d++)
                if (o->chosen[a->domains[d]])
                        return true;
        return a->n == 0 && !o->options->domains[0];
}

static void add_undetermined(Once *o, const Account *a, const Run *run, const Step *done) {
        const OutcomeInfo *info = outcome_info(done->outcome);
        const Target *t = run->target;
        StrBuf b = {};

        strbuf_adds(&b, info->words);
        if (done->text && *done->text) {
                strbuf_adds(&b, ": ");
                text_escape(&b, done->text, strlen(done->text), 200);
                account_mask(a, &b);
        }
        if (t->domain != NAMES_NONE) {
                add_row(o, VERDICT_UNKNOWN, a->ops->id, a->names[t->domain], &b);
        } else {
                strbuf_addf(&b, "; %s", info->advice);
                add_row(o, VERDICT_UNKNOWN, a->ops->id, a->name, &b);
                for (uint32_t d = 0; d < a->n; d++)
                        if (o->chosen[a->domains[d]]) {
                                strbuf_reset(&b);
                                strbuf_addf(&b, "not determined: the account %s fails", a->name);
                                add_row(o, VERDICT_UNKNOWN, a->ops->id, a->names[d], &b);
                        }
        }
        strbuf_done(&b);
}

static void add_readings(Once *o, const Account *a, const Run *run) {
        Reading reading;

        for (uint32_t i = 0; a->ops->read(run->state, i, &reading); i++) {
                if (reading.set->scope == SCOPE_ACCOUNT) {
                        reading.present = true;
                        judge_reading(o, a, a->rules, a->name, &reading);
                        continue;
                }
                uint32_t d = a->immuniweb ? run->target->domain : reading.target;
                if (a->immuniweb)
                        reading.present = true;
                if (o->chosen[a->domains[d]])
                        judge_reading(o, a, account_domain(a, d)->rules[a->ops->id], a->names[d],
                                      &reading);
        }
}

static void once_run_done(Monitor *m, Run *run, const Step *done, Moment now) {
        Once *o = the_pass;
        const Account *a = run->target->account;
        (void)now;

        if (done->outcome == OUTCOME_OK)
                add_readings(o, a, run);
        else
                add_undetermined(o, a, run, done);
        o->finished++;
        if (o->progress)
                fprintf(stderr, "\r%zu of %zu asked", o->finished, o->total);
        if (o->finished == o->total)
                (void)sd_event_exit(m->event, 0);
}

static int row_compare(const void *x, const void *y) {
        const Row *a = x, *b = y;

        if (a->verdict != b->verdict)
                return a->verdict > b->verdict ? -1 : 1;
        int r = strcmp(a->target, b->target);
        return r != 0 ? r : (int)a->source - (int)b->source;
}

static const struct {
        const char *name;
        const char *color;
        int status;
} verdicts[_VERDICT_MAX] = {
        [VERDICT_OK] = { "OK", "\033[32m", 0 },
        [VERDICT_UNKNOWN] = { "UNKNOWN", "\033[35m", 3 },
        [VERDICT_WARNING] = { "WARNING", "\033[33m", 1 },
        [VERDICT_CRITICAL] = { "CRITICAL", "\033[31m", 2 },
};

static int print_table(Once *o) {
        size_t count[_VERDICT_MAX] = {};
        int width = (int)STRLEN("TARGET");
        Verdict worst = VERDICT_OK;
        const char *no_color = getenv("NO_COLOR");
        const char *term = getenv("TERM");
        bool color =
                isatty(STDOUT_FILENO) && !(no_color && *no_color) && !(term && streq(term, "dumb"));

        if (o->n_rows > 0)
                qsort(o->rows, o->n_rows, sizeof(*o->rows), row_compare);
        for (size_t i = 0; i < o->n_rows; i++) {
                count[o->rows[i].verdict]++;
                worst = MAX(worst, o->rows[i].verdict);
                width = MAX(width, (int)strlen(o->rows[i].target));
        }
        printf("MAILSEC %s: %zu critical, %zu warning, %zu unknown, %zu ok\n", verdicts[worst].name,
               count[VERDICT_CRITICAL], count[VERDICT_WARNING], count[VERDICT_UNKNOWN],
               count[VERDICT_OK]);
        printf("%-8s  %-*s  %-9s  %s\n", "STATE", width, "TARGET", "SOURCE", "FINDINGS");
        for (size_t i = 0; i < o->n_rows; i++) {
                const Row *row = &o->rows[i];
                printf("%s%-8s%s  %-*s  %-9s  %s\n", color ? verdicts[row->verdict].color : "",
                       verdicts[row->verdict].name, color ? "\033[0m" : "", width, row->target,
                       source_name(row->source), *row->text ? row->text : "-");
        }
        if (fflush(stdout) != 0 || ferror(stdout)) {
                diag(DIAG_ERROR, "Cannot write the table: %s", strerror(errno));
                return 3;
        }
        return verdicts[worst].status;
}

/* Marks the domains that were named, or all. False when one is not configured. */
static bool choose(Once *o) {
        const Config *config = o->options->config;
        bool all = !o->options->domains[0];
        bool found_all = true;

        for (uint32_t i = 0; i < config->n_domains; i++)
                o->chosen[i] = all;
        for (size_t i = 0; o->options->domains[i]; i++) {
                const char *given = o->options->domains[i];
                char name[HOSTNAME_BYTES];
                uint32_t place = NAMES_NONE;

                if (!hostname_normalize(given, name))
                        place = names_find(&config->names, name, strlen(name));
                if (place == NAMES_NONE) {
                        _cleanup_strbuf_ StrBuf safe = {};
                        text_escape(&safe, given, strlen(given), 256);
                        diag(DIAG_ERROR, "%s is not a configured domain", strbuf_text(&safe));
                        found_all = false;
                } else
                        o->chosen[place] = true;
        }
        return found_all;
}

static void start(Once *o) {
        Monitor *m = o->monitor;
        Moment now = monitor_now(m);

        for (uint32_t i = 0; i < m->n_accounts; i++) {
                Account *a = &m->accounts[i];
                for (uint32_t t = 0; t < a->n_targets; t++) {
                        Target *target = &a->targets[t];
                        bool wanted = target->domain == NAMES_NONE
                                              ? account_has_chosen(o, a)
                                              : o->chosen[a->domains[target->domain]];
                        if (!wanted)
                                continue;
                        account_hold(target);
                        o->total++;
                }
                monitor_queue(m, &a->item, ITEM_ACCOUNT, now.boot);
        }
        monitor_arm(m);
}

int once_run(const OnceOptions *options) {
        _cleanup_(once_done) Once o = { .options = options };

        o.chosen = calloc(MAX(options->config->n_domains, 1u), sizeof(*o.chosen));
        if (!o.chosen || !choose(&o)) {
                config_free(options->config);
                return o.chosen ? 2 : 3;
        }
        int r = sd_event_new(&o.event);
        if (r >= 0)
                r = monitor_new(o.event, options->clock, options->config, once_run_done, true,
                                &o.monitor);
        if (r < 0) {
                diag(DIAG_ERROR, "Cannot start: %s", strerror(-r));
                config_free(options->config);
                return 3;
        }
        the_pass = &o;
        o.progress = isatty(STDERR_FILENO);
        start(&o);
        if (o.total > 0)
                r = sd_event_loop(o.event);
        if (o.progress)
                fputs("\r\033[K", stderr);
        if (r < 0 || o.failed) {
                diag(DIAG_ERROR, "The pass is incomplete: %s",
                     r < 0 ? strerror(-r) : "out of memory");
                return 3;
        }
        return print_table(&o);
}
