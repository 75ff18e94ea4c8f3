/* SPDX-License-Identifier: MIT */
#include "source/immuniweb.h"

#include "base/text.h"
#include "source/immuniweb-pdf.h"
#include "source/immuniweb-reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Results have 5 to 100 kB; as a tree they take about five times that. */
#define BODY_MAX IMMUNIWEB_RESULT_MAX

/* Failures in a row of get_result that are sat out within the run; the engine's back-off goes on.
 */
#define POLL_RETRIES 3

/* How long one of these waits may be, in poll_max. */
#define POLL_RETRY_WAIT_MAX 4

#define HOST_MAX ((size_t)80)

typedef ImmuniwebRun Run;

static int keep_text(char **text, const char *value) {
        char *copy = value ? strdup(value) : NULL;
        if (value && !copy)
                return -ENOMEM;
        free(*text);
        *text = copy;
        return 0;
}

static void drop_text(char **text) {
        free(TAKE_PTR(*text));
}

static void move_text(StrBuf *to, StrBuf *from) {
        strbuf_done(to);
        *to = *from;
        *from = (StrBuf){ 0 };
}

static void *run_free(void *state) {
        Run *run = state;
        if (!run)
                return NULL;
        free(run->domain);
        free(run->job_id);
        free(run->test_id);
        free(run->ip);
        free(run->token);
        strbuf_done(&run->url);
        strbuf_wipe(&run->form);
        strbuf_done(&run->text);
        strbuf_done(&run->refused_text);
        immuniweb_pdf_done(run);
        immuniweb_result_done(&run->result);
        free(run);
        return NULL;
}

int immuniweb_run_new(const ImmuniwebSettings *settings, ImmuniwebService *service,
                      const ImmuniwebJob *job, void **ret) {
        Run *run = calloc(1, sizeof(*run));
        if (!run)
                return -ENOMEM;
        run->settings = settings;
        run->service = service;
        run->recheck = job->recheck && settings->api_key;
        run->by_test_id = service->fetch_by_test_id;
        immuniweb_pdf_init(run, job->known);
        if (job->job_id && immuniweb_is_id(job->job_id))
                run->phase = PHASE_JOB;
        if (keep_text(&run->domain, job->domain) < 0 ||
            (run->phase == PHASE_JOB && keep_text(&run->job_id, job->job_id) < 0)) {
                run_free(run);
                return -ENOMEM;
        }
        *ret = run;
        return 0;
}

static void build_form(Run *run) {
        const ImmuniwebSettings *settings = run->settings;
        StrBuf *form = &run->form;

        strbuf_wipe(form);
        switch (run->phase) {
        case PHASE_CHECK:
                text_add_form(form, "domain", run->domain);
                text_add_form(form, "show_test_results", settings->publish ? "true" : "false");
                text_add_form(form, "recheck", run->recheck ? "true" : "false");
                if (settings->api_key)
                        text_add_form(form, "api_key", settings->api_key->text);
                if (run->ip)
                        text_add_form(form, "choosen_ip", run->ip); /* sic */
                if (run->token)
                        text_add_form(form, "token", run->token);
                break;
        case PHASE_JOB:
                text_add_form(form, "job_id", run->job_id);
                break;
        case PHASE_ID:
                text_add_form(form, run->by_test_id ? "test_id" : "id", run->test_id);
                break;
        case PHASE_PDF:
        case PHASE_DONE:
                break;
        }
}

static int fetch(Run *run, usec_t now, Step *ret) {
        /* New for each request: two polls within a second must not look alike to a cache. */
        run->stamp = MAX(run->stamp + 1, now / USEC_PER_SEC);
        strbuf_reset(&run->url);
        strbuf_addf(&run->url, "%s/%s/%llu.html", run->settings->endpoint.url,
                    run->phase == PHASE_CHECK ? "check" : "get_result",
                    (unsigned long long)run->stamp);
        build_form(run);
        if (run->url.error < 0 || run->form.error < 0)
                return -ENOMEM;
        *ret = (Step){
                .type = STEP_FETCH,
                .request = { .url = strbuf_text(&run->url),
                             .form = strbuf_text(&run->form),
                             .form_size = run->form.size,
                             .body_max = BODY_MAX,
                             .spends_test = run->phase == PHASE_CHECK },
        };
        return 0;
}

/* Whether a job may still give its result after such an end: then the next run asks for it. */
static bool may_resume(Outcome outcome) {
        if (outcome == OUTCOME_AUTH || outcome == OUTCOME_FORBIDDEN || outcome == OUTCOME_QUOTA)
                return true;
        /* 410, 422 or the like without a word of explanation: the job may be meant. */
        if (outcome == OUTCOME_HTTP || outcome == OUTCOME_JOB_LOST)
                return false;
        return outcome_info(outcome)->retry == RETRY_BACKOFF;
}

/* Ends the run with the words in `text`, which are taken over. */
static int finish(Run *run, Outcome outcome, StrBuf *text, usec_t retry_after, Step *ret) {
        move_text(&run->text, text);
        if (run->text.error < 0)
                return -ENOMEM;
        if (outcome == OUTCOME_OK || !may_resume(outcome))
                drop_text(&run->job_id);
        run->phase = PHASE_DONE;
        run->done = (Step){
                .type = STEP_DONE,
                .outcome = outcome,
                .retry_after = retry_after,
                .text = run->text.size > 0 ? strbuf_text(&run->text) : NULL,
        };
        *ret = run->done;
        return 0;
}

/* An answer that asking for the same job again cannot mend. */
static int give_up(Run *run, const char *text, Step *ret) {
        StrBuf words = { 0 };
        strbuf_adds(&words, text);
        drop_text(&run->job_id);
        return finish(run, OUTCOME_PROTOCOL, &words, 0, ret);
}

static int accept_result(Run *run, const Reply *reply, struct json_object *document, usec_t now,
                         Step *ret) {
        const char *host = NULL;

        if (!immuniweb_result_is_for(&run->result, document, run->domain, &host)) {
                _cleanup_strbuf_ StrBuf text = { 0 };
                text_plain(&text, host, strlen(host), HOST_MAX);
                return finish(run, OUTCOME_MISMATCH, &text, 0, ret);
        }
        int r = immuniweb_result_decode(&run->result, document, now);
        if (r == -ENODATA)
                return give_up(run, "the result holds nothing that can be read", ret);
        if (r < 0)
                return r;
        if (run->phase == PHASE_ID)
                run->service->fetch_by_test_id = run->by_test_id;
        run->measured_at = now;
        r = immuniweb_pdf_after_result(run, reply, ret);
        if (r != 0)
                return r < 0 ? r : 0;
        return finish(run, OUTCOME_OK, &(StrBuf){ 0 }, 0, ret);
}

/* Starts the test once more. */
static int check_again(Run *run, usec_t now, Step *ret) {
        drop_text(&run->job_id);
        drop_text(&run->test_id);
        run->phase = PHASE_CHECK;
        run->failures = 0;
        run->respelt = false;
        run->refused = OUTCOME_OK;
        return fetch(run, now, ret);
}

static int choose_ip(Run *run, const ImmuniwebReply *reply, usec_t now, Step *ret) {
        if (run->ip)
                return give_up(run, "multiple_ips although one was chosen", ret);
        int r = keep_text(&run->ip, reply->ip);
        if (r == 0)
                r = keep_text(&run->token, reply->token);
        return r < 0 ? r : check_again(run, now, ret);
}

/* The test id under its other name: once per run (apis.md section 3 row 8). */
static int respell(Run *run, usec_t now, Step *ret) {
        run->respelt = true;
        run->by_test_id = !run->by_test_id;
        return fetch(run, now, ret);
}

static int fetch_finished(Run *run, const ImmuniwebReply *reply, usec_t now, Step *ret) {
        if (run->phase == PHASE_ID) {
                if (!run->respelt)
                        return respell(run, now, ret);
                return give_up(run, "the result is announced, but not given", ret);
        }
        int r = keep_text(&run->test_id, reply->test_id);
        run->phase = PHASE_ID;
        return r < 0 ? r : fetch(run, now, ret);
}

static int wait_pending(Run *run, const ImmuniwebReply *reply, Step *ret) {
        const ImmuniwebSettings *settings = run->settings;
        int r = 0;

        if (!run->job_id && reply->job_id) {
                r = keep_text(&run->job_id, reply->job_id);
                run->phase = PHASE_JOB;
        }
        if (run->phase == PHASE_CHECK)
                return give_up(run, "a test without a job id", ret);
        *ret = (Step){
                .type = STEP_WAIT,
                .wait = CLAMP(reply->eta, settings->poll_min, settings->poll_max),
        };
        return r;
}

/* Sits out a failure of get_result. The wait doubles; what the peer asks for makes it longer. */
static int wait_failed(Run *run, usec_t retry_after, Step *ret) {
        usec_t wait = run->settings->poll_min << run->failures++;
        usec_t max = POLL_RETRY_WAIT_MAX * run->settings->poll_max;
        *ret = (Step){ .type = STEP_WAIT, .wait = MIN(MAX(wait, retry_after), max) };
        return 0;
}

static bool is_refusal(Outcome outcome) {
        return outcome != OUTCOME_QUOTA && outcome != OUTCOME_AUTH &&
               outcome != OUTCOME_FORBIDDEN &&
               (outcome == OUTCOME_HTTP || outcome_info(outcome)->retry != RETRY_BACKOFF);
}

/* A fetch by test id was refused: the other spelling is tried, and when that is refused too, what
 * the first one met with is the better reason. */
static int handle_refusal(Run *run, ImmuniwebReply *reply, usec_t retry_after, usec_t now,
                          Step *ret) {
        if (!run->respelt) {
                run->refused = reply->outcome;
                move_text(&run->refused_text, &reply->text);
                return respell(run, now, ret);
        }
        if (run->refused != OUTCOME_OK)
                return finish(run, run->refused, &run->refused_text, retry_after, ret);
        return finish(run, reply->outcome, &reply->text, retry_after, ret);
}

static int handle_failure(Run *run, ImmuniwebReply *reply, usec_t retry_after, usec_t now,
                          Step *ret) {
        Outcome outcome = reply->outcome;

        if (run->phase == PHASE_JOB && reply->job_unknown) {
                if (run->job_lost)
                        return finish(run, OUTCOME_JOB_LOST, &reply->text, retry_after, ret);
                run->job_lost = true;
                /* A finished test is in the cache by now (IWT-14): no fresh one is asked for. */
                run->recheck = false;
                return check_again(run, now, ret);
        }
        if (run->phase == PHASE_ID && is_refusal(outcome))
                return handle_refusal(run, reply, retry_after, now, ret);
        /* Not so for `check`: sent again it could start, and cost, a second test. */
        if (run->phase != PHASE_CHECK && outcome_info(outcome)->retry == RETRY_BACKOFF &&
            run->failures < POLL_RETRIES)
                return wait_failed(run, retry_after, ret);
        return finish(run, outcome, &reply->text, retry_after, ret);
}

static int take_reply(Run *run, const Reply *reply, usec_t now, Step *ret) {
        _cleanup_immuniweb_reply_ ImmuniwebReply read = { 0 };

        strbuf_wipe(&run->form);
        if (run->phase == PHASE_PDF) {
                int p = immuniweb_pdf_take(run, reply);
                run->measured_at = now; /* judged now, and no alert begins after it was measured */
                return p < 0 ? p : finish(run, OUTCOME_OK, &(StrBuf){ 0 }, 0, ret);
        }
        int r = immuniweb_reply_read(reply, run->domain, &read);
        if (r < 0)
                return r;
        if (read.kind != IMMUNIWEB_FAILED)
                run->failures = 0;
        switch (read.kind) {
        case IMMUNIWEB_FAILED:
                return handle_failure(run, &read, reply->retry_after, now, ret);
        case IMMUNIWEB_MANY_IPS:
                return choose_ip(run, &read, now, ret);
        case IMMUNIWEB_RESULT:
                return accept_result(run, reply, read.document, now, ret);
        case IMMUNIWEB_FINISHED:
                return fetch_finished(run, &read, now, ret);
        case IMMUNIWEB_PENDING:
                return wait_pending(run, &read, ret);
        }
        return -EINVAL;
}

static int run_step(void *state, const Reply *reply, usec_t now, Step *ret) {
        Run *run = state;
        if (run->phase == PHASE_DONE) {
                *ret = run->done;
                return 0;
        }
        return reply ? take_reply(run, reply, now, ret) : fetch(run, now, ret);
}

static bool run_read(void *state, uint32_t i, Reading *ret) {
        const Run *run = state;
        if (i > 0 || run->phase != PHASE_DONE || run->done.outcome != OUTCOME_OK)
                return false;
        *ret = (Reading){
                .set = metric_set(SOURCE_IMMUNIWEB, SCOPE_DOMAIN),
                .present = true,
                .measured_at = run->measured_at,
                .at_least = run->result.at_least,
        };
        memcpy(ret->values, run->result.values, sizeof(ret->values));
        return true;
}

static void run_detail(void *state, const Reading *reading, size_t metric, StrBuf *b) {
        const Run *run = state;
        (void)reading;
        if (metric < METRICS_MAX && run->result.evidence[metric])
                strbuf_adds(b, run->result.evidence[metric]);
}

bool immuniweb_run_settle(void *state, usec_t now, Step *ret) {
        Run *run = state;
        if (run->phase != PHASE_PDF)
                return false;
        strbuf_wipe(&run->form);
        run->pdf_outcome = OUTCOME_DEADLINE;
        run->measured_at = now;
        /* Without words there is nothing that could fail. */
        return finish(run, OUTCOME_OK, &(StrBuf){ 0 }, 0, ret) == 0;
}

const char *immuniweb_run_job_id(const void *state) {
        const Run *run = state;
        return run->job_id;
}

size_t immuniweb_run_ids(const void *state, const ImmuniwebId **ret) {
        const Run *run = state;
        *ret = run->result.ids;
        return run->result.n_ids;
}

size_t immuniweb_run_oddities(const void *state, const char *const **ret) {
        const Run *run = state;
        *ret = run->result.oddities;
        return run->result.n_oddities;
}

const Source source_immuniweb = {
        .id = SOURCE_IMMUNIWEB,
        .step = run_step,
        .read = run_read,
        .detail = run_detail,
        .oddities = immuniweb_run_oddities,
        .run_free = run_free,
};
