/* SPDX-License-Identifier: MIT */
#include "engine/evidence.h"

#include "base/diag.h"
#include "base/text.h"
#include "engine/account.h"
#include "engine/standing.h"
#include "source/immuniweb-report.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

static_assert(IMMUNIWEB_RESULT_MAX <= EVIDENCE_RESULT_MAX, "every result fits");
static_assert(IMMUNIWEB_PDF_MAX <= EVIDENCE_PDF_MAX, "every PDF fits");

/* How long a sweep works at a time, and how long others have their turn then (both real time). */
#define SWEEP_SLICE (5 * USEC_PER_MSEC)
#define SWEEP_PAUSE (20 * USEC_PER_MSEC)

/* When it is tried again after something kept it from its work. */
#define SWEEP_RETRY USEC_PER_HOUR

void evidence_path(const Monitor *m, const char *domain, const EvidenceSet *set, StrBuf *b) {
        strbuf_addf(b, "%s/evidence/%s/%s", m->config->state_dir, domain, set->stamp);
}

/* The file of a set that an alert names. */
static const struct EvidenceFile *main_file(const EvidenceSet *set) {
        static const char *const names[] = { "report.pdf", "after.json" };
        for (size_t n = 0; n < ELEMENTSOF(names); n++)
                for (size_t i = 0; i < set->n; i++)
                        if (streq(set->files[i].name, names[n]))
                                return &set->files[i];
        return NULL;
}

/* Notes a set as the domain's newest. Without memory its alerts do without. */
static void mark_set(Target *t, const EvidenceSet *set) {
        _cleanup_strbuf_ StrBuf path = {};
        const struct EvidenceFile *file = main_file(set);

        free(TAKE_PTR(t->evidence));
        t->evidence_known = true;
        if (!file)
                return;
        evidence_path(t->account->monitor, t->account->names[t->domain], set, &path);
        strbuf_addf(&path, "/%s", file->name);
        if (path.error < 0)
                return;
        EvidenceMark *mark = calloc(1, offsetof(EvidenceMark, path) + path.size + 1);
        if (!mark)
                return;
        mark->at = set->at;
        memcpy(mark->sha256, file->sha256, sizeof(mark->sha256));
        memcpy(mark->path, path.data, path.size + 1);
        t->evidence = mark;
}

/* What an earlier process, or another configuration, left. */
static void look_for_set(Target *t) {
        EvidenceSet *sets = NULL;
        size_t n = 0;

        t->evidence_known = true;
        if (evidence_list(t->account->monitor->config->state_dir, t->account->names[t->domain],
                          &sets, &n) == 0 &&
            n > 0)
                mark_set(t, &sets[0]);
        free(sets);
}

const EvidenceMark *evidence_mark(const Standing *s) {
        Account *a = s->account;

        if (!a->immuniweb || s->domain == NAMES_NONE || a->monitor->once)
                return NULL;
        const Metric *row = &standing_set(s)->metrics[s->metric];
        if (row->reader == READ_ENGINE || row->reader == READ_RESULT_AGE)
                return NULL;
        Target *t = &a->targets[s->domain];
        if (!t->evidence_known)
                look_for_set(t);
        /* Names of sets are whole seconds. */
        usec_t since = s->alert.since - s->alert.since % USEC_PER_SEC;
        return t->evidence && t->evidence->at >= since ? t->evidence : NULL;
}

/* Says once what keeps files from being written, and when they are written again. */
static void tell_disk(Monitor *m, const char *domain, int r) {
        Health *health = &m->health;

        if (r == -health->evidence_error)
                return;
        if (r < 0)
                diag(DIAG_ERROR,
                     "The test result of %s cannot be kept in %s (results, evidence): %s; it is "
                     "judged and told all the same",
                     domain, m->config->state_dir, store_words(r));
        else
                diag(DIAG_NOTICE, "Test results are kept in %s again", m->config->state_dir);
        health->evidence_error = -r;
}

/* Says once for each reason why a result that got worse has no PDF. */
static void tell_pdf(Target *t, void *run_state) {
        ImmuniwebService *service = &t->account->monitor->service;
        const char *text;
        size_t size;

        Outcome outcome = immuniweb_run_pdf_outcome(run_state, &text);
        if (immuniweb_run_pdf(run_state, &size))
                service->pdf_told = OUTCOME_OK;
        if (outcome == OUTCOME_OK || outcome == service->pdf_told)
                return;
        service->pdf_told = outcome;
        _cleanup_strbuf_ StrBuf words = {}, safe = {};
        strbuf_adds(&words, text);
        account_mask(t->account, &words);
        text_escape(&safe, strbuf_text(&words), words.size, 300);
        diag(DIAG_NOTICE,
             "immuniweb/%s: the vendor's PDF of a result that got worse cannot be fetched: "
             "%s%s%s; the results are kept without it (said once per reason)",
             t->account->names[t->domain], outcome_info(outcome)->words, safe.size > 0 ? ": " : "",
             strbuf_text(&safe));
}

static uint64_t total_of(const Config *config) {
        const ImmuniwebSettings *settings = &config->immuniweb;
        /* What was gathered before it was turned off is not touched. */
        return settings->evidence > 0 ? settings->evidence_max : UINT64_MAX;
}

static void sweep_plan(Monitor *m, Moment now) {
        monitor_queue(m, &m->evidence_sweep, ITEM_EVIDENCE,
                      now.boot + (usec_t)((double)SWEEP_PAUSE * m->clock.rate));
}

/* Where there is too much and no sweep is planned already. */
static void sweep_if_full(Monitor *m, Moment now) {
        if (m->evidence.known && m->evidence.bytes > total_of(m->config) &&
            m->evidence_sweep.at == 0)
                sweep_plan(m, now);
}

void evidence_sweep(Monitor *m, Moment now) {
        usec_t began = clock_monotonic();
        int r = -EBUSY; /* another process works in the folder */

        if (!m->locked)
                do
                        r = evidence_sweep_step(m->config->state_dir, total_of(m->config),
                                                &m->evidence);
                while (r > 0 && clock_monotonic() - began < SWEEP_SLICE);
        if (r > 0) {
                sweep_plan(m, now);
                return;
        }
        if (r < 0)
                monitor_queue(m, &m->evidence_sweep, ITEM_EVIDENCE, now.boot + SWEEP_RETRY);
        if (r < 0 && r != -m->health.sweep_error && !m->locked)
                diag(DIAG_ERROR,
                     "The oldest evidence in %s/evidence cannot be removed or counted: %s; it may "
                     "grow beyond evidence_size, and is tried again every hour",
                     m->config->state_dir, store_words(r));
        m->health.sweep_error = -r;
}

static int store_set(Target *t, void *run_state, EvidencePart before, EvidencePart after,
                     Moment now) {
        const ImmuniwebSettings *settings = t->account->immuniweb;
        Monitor *m = t->account->monitor;
        EvidencePart pdf = {};
        EvidenceSet set;

        pdf.data = immuniweb_run_pdf(run_state, &pdf.size);
        int r = evidence_store(m->config->state_dir, t->account->names[t->domain], now.wall, before,
                               after, pdf, settings->evidence, &m->evidence, &set);
        if (r == 0) {
                mark_set(t, &set);
                sweep_if_full(m, now);
        }
        return r;
}

static bool got_worse(const Target *t, void *run_state) {
        Reading reading;

        return t->account->immuniweb->evidence > 0 &&
               t->account->ops->read(run_state, 0, &reading) &&
               metric_is_worse(reading.set, t->values, reading.values, reading.at_least);
}

/* The result before. One that a power failure damaged proves nothing. */
static EvidencePart read_before(const Target *t, StrBuf *text) {
        ImmuniwebReport report;

        if (evidence_result_read(t->account->monitor->config->state_dir,
                                 t->account->names[t->domain], text) < 0 ||
            immuniweb_report_read(strbuf_text(text), text->size, &report) < 0)
                return (EvidencePart){};
        immuniweb_report_done(&report);
        return (EvidencePart){ strbuf_text(text), text->size };
}

void evidence_take(Target *t, void *run_state, Moment now) {
        Monitor *m = t->account->monitor;
        const char *domain = t->account->names[t->domain];
        _cleanup_strbuf_ StrBuf old = {};
        EvidencePart after;
        int r = 0;

        after.data = immuniweb_run_result(run_state, &after.size);
        if (!after.data || m->once || m->locked)
                return;
        if (got_worse(t, run_state)) {
                EvidencePart before = read_before(t, &old);
                tell_pdf(t, run_state);
                /* A process that ended between this and the commit of the values took it before. */
                bool again = before.size == after.size && before.data &&
                             memcmp(before.data, after.data, after.size) == 0;
                if (!again)
                        r = store_set(t, run_state, before, after, now);
        }
        int written = evidence_result_write(m->config->state_dir, domain, after.data, after.size);
        tell_disk(m, domain, r < 0 ? r : written);
}

static bool is_tested(void *userdata, const char *domain) {
        const Config *config = userdata;
        uint32_t index = names_find(&config->names, domain, strlen(domain));

        return index != NAMES_NONE && config->domains[index].rules[SOURCE_IMMUNIWEB];
}

void evidence_tidy(Monitor *m, const char *old_state_dir, Moment now) {
        if (!old_state_dir || !streq(old_state_dir, m->config->state_dir)) {
                evidence_room_reset(&m->evidence);
                sweep_plan(m, now);
        } else
                sweep_if_full(m, now);
        /* Without the store another process may work in the folder. */
        if (m->store && !m->once)
                evidence_forget(m->config->state_dir, is_tested, m->config);
}
