/* SPDX-License-Identifier: MIT */
#include "source/immuniweb.h"

#include "base/macro.h"
#include "base/secret.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A reply of the vendor, to each request that a run can have sent: check, get_result by job, by id
 * and by the other spelling. The first byte picks the outcome of the exchange, so that bodies of
 * errors are read as well. */

#define NOW (UINT64_C(1763800600) * USEC_PER_SEC)

/* More requests than any answer may cause before a run waits or ends. */
#define FETCHES_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char started[] = "{\"status\": \"test_started\", \"job_id\": \"j\"}";
static const char cached[] = "{\"status\": \"test_cached\", \"test_id\": \"t\"}";
static const char refused[] = "{\"error\": \"no such thing\"}";

/* The vendor's answers that lead to each state. */
static const char *const paths[][2] = {
        { NULL, NULL },      { started, NULL },   { cached, NULL },
        { cached, refused }, { started, cached },
};

static void step(void *run, const Reply *reply, Step *ret) {
        if (source_immuniweb.step(run, reply, NOW, ret) < 0)
                abort();
        if (ret->type == STEP_WAIT && (ret->wait < USEC_PER_SEC || ret->wait > USEC_PER_MIN))
                abort();
        if (ret->type == STEP_FETCH && strlen(ret->request.form) != ret->request.form_size)
                abort();
}

/* Whatever was read must be a number of its metric's kind and must be printable. */
static void check_reading(void *run) {
        const MetricSet *set = metric_set(SOURCE_IMMUNIWEB, SCOPE_DOMAIN);
        const char *const *oddities;
        const ImmuniwebId *ids;
        Reading reading;

        if (!source_immuniweb.read(run, 0, &reading))
                return;
        for (size_t i = 0; i < set->n; i++) {
                _cleanup_strbuf_ StrBuf detail = { 0 };
                double value = reading.values[i];
                double max =
                        set->metrics[i].unit == UNIT_GRADE || set->metrics[i].unit == UNIT_COLOR
                                ? 3
                                : 1e18;
                if (!isnan(value) && (value < 0 || value > max))
                        abort();
                source_immuniweb.detail(run, &reading, i, &detail);
                if (detail.size > 512 || detail.error < 0 ||
                    strlen(strbuf_text(&detail)) != detail.size)
                        abort();
        }
        for (size_t i = immuniweb_run_ids(run, &ids); i-- > 0;)
                if (strlen(ids[i].label) > 256 || strlen(ids[i].id) > 64)
                        abort();
        for (size_t i = immuniweb_run_oddities(run, &oddities); i-- > 0;)
                if (strlen(oddities[i]) > 128)
                        abort();
}

/* What is kept is what came; why there is no PDF is a line of text. */
static void check_evidence(void *run, const Reply *fuzzed) {
        const char *text;
        size_t size;

        const char *result = immuniweb_run_result(run, &size);
        if (result && (size != fuzzed->size || memcmp(result, fuzzed->body, size) != 0))
                abort();
        if (immuniweb_run_pdf(run, &size))
                abort(); /* no result begins with %PDF- */
        (void)immuniweb_run_pdf_outcome(run, &text);
        if (strlen(text) > 600)
                abort();
}

static void play(const char *const *path, const Reply *fuzzed) {
        ImmuniwebSettings settings = { .endpoint.url = "https://iw.test",
                                       .poll_min = USEC_PER_SEC,
                                       .poll_max = USEC_PER_MIN / 4 };
        static const float known[METRICS_MAX]; /* all good: whatever is found is worse */
        static Secret *key;
        ImmuniwebService service = { 0 };
        ImmuniwebJob job = { .domain = "example.com", .known = known };
        void *run = NULL;
        Step next;

        if (!key)
                key = secret_new("key", 3);
        settings.api_key = key;
        settings.evidence = 1;
        if (immuniweb_run_new(&settings, &service, &job, &run) < 0)
                abort();
        step(run, NULL, &next);
        for (size_t i = 0; i < 2 && path[i]; i++) {
                Reply reply = {
                        .outcome = OUTCOME_OK, .body = path[i], .size = strlen(path[i]), .error = ""
                };
                step(run, &reply, &next);
                if (next.type == STEP_WAIT)
                        step(run, NULL, &next);
        }
        /* The same answer again and again may not make it ask for ever without a pause. */
        for (int i = 0; next.type == STEP_FETCH; i++) {
                if (i == FETCHES_MAX)
                        abort();
                step(run, fuzzed, &next);
        }
        check_reading(run);
        check_evidence(run, fuzzed);
        (void)immuniweb_run_job_id(run);
        source_immuniweb.run_free(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const Outcome outcomes[] = { OUTCOME_SERVER, OUTCOME_HTTP, OUTCOME_NOT_FOUND,
                                            OUTCOME_RATE_LIMITED };
        /* The samples begin with '{' and are read as good answers; 0 to 3 stand for a failure. */
        bool failed = size > 0 && data[0] < ELEMENTSOF(outcomes);
        char *body = malloc(size + 1);
        if (!body)
                abort();
        if (size > 0)
                memcpy(body, data, size);
        body[size] = '\0';

        Reply reply = {
                .outcome = failed ? outcomes[data[0]] : OUTCOME_OK,
                .body = failed ? body + 1 : body,
                .size = failed ? size - 1 : size,
                .error = "transport",
        };
        for (size_t i = 0; i < ELEMENTSOF(paths); i++)
                play(paths[i], &reply);
        free(body);
        return 0;
}
