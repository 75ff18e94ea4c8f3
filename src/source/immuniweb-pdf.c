/* SPDX-License-Identifier: MIT */
#include "source/immuniweb-pdf.h"

#include "base/text.h"
#include "source/immuniweb-reply.h"

#include <errno.h>
#include <string.h>

#define MAGIC "%PDF-"

/* The version of the API, which the report's address does not have. */
#define VERSION_PATH "/api/v1"

/* A larger body is no error object. */
#define ERROR_MAX ((size_t)64 * 1024)

/* Of a body that is neither: enough to tell a gateway's page. */
#define BODY_WORDS_MAX ((size_t)100)

void immuniweb_pdf_init(ImmuniwebRun *run, const float *known) {
        run->has_known = known != NULL;
        if (known)
                memcpy(run->known, known,
                       metric_set(SOURCE_IMMUNIWEB, SCOPE_DOMAIN)->n * sizeof(*known));
}

void immuniweb_pdf_done(ImmuniwebRun *run) {
        strbuf_done(&run->json);
        strbuf_done(&run->pdf);
        strbuf_done(&run->pdf_text);
}

static const char *internal_id(const ImmuniwebRun *run, const char *label) {
        for (size_t i = 0; i < run->result.n_ids; i++)
                if (streq(run->result.ids[i].label, label))
                        return run->result.ids[i].id;
        return NULL;
}

/* The id must be a test's: the one that was fetched, else what the result calls itself. */
static const char *test_id(const ImmuniwebRun *run) {
        if (run->phase == PHASE_ID)
                return run->test_id;
        const char *id = internal_id(run, "internals/id");
        return id ? id : internal_id(run, "internals/short_id");
}

static bool is_wanted(const ImmuniwebRun *run) {
        return run->settings->api_key && run->settings->evidence > 0 && run->has_known &&
               metric_is_worse(metric_set(SOURCE_IMMUNIWEB, SCOPE_DOMAIN), run->known,
                               run->result.values, run->result.at_least);
}

static int fail(ImmuniwebRun *run, Outcome outcome, const char *text) {
        run->pdf_outcome = outcome;
        if (text)
                strbuf_adds(&run->pdf_text, text);
        return run->pdf_text.error == -ENOMEM ? -ENOMEM : 0;
}

int immuniweb_pdf_after_result(ImmuniwebRun *run, const Reply *reply, Step *ret) {
        const char *base = run->settings->endpoint.url;
        size_t size = strlen(base);

        int r = strbuf_add(&run->json, reply->body, reply->size);
        if (r < 0 || !is_wanted(run))
                return r;
        const char *id = test_id(run);
        if (!id)
                return fail(run, OUTCOME_PROTOCOL, "the result does not name its test");

        if (size >= STRLEN(VERSION_PATH) && streq(base + size - STRLEN(VERSION_PATH), VERSION_PATH))
                size -= STRLEN(VERSION_PATH);
        strbuf_reset(&run->url);
        strbuf_addf(&run->url, "%.*s/gen_pdf/%s/", (int)size, base, id);
        strbuf_wipe(&run->form);
        text_add_form(&run->form, "api_key", run->settings->api_key->text);
        if (run->url.error < 0 || run->form.error < 0)
                return -ENOMEM;
        run->phase = PHASE_PDF;
        *ret = (Step){
                .type = STEP_FETCH,
                .request = { .url = strbuf_text(&run->url),
                             .form = strbuf_text(&run->form),
                             .form_size = run->form.size,
                             .body_max = IMMUNIWEB_PDF_MAX },
        };
        return 1;
}

/* No failure of it is documented (apis.md 1.4): an error object as the other requests answer it,
 * whatever the status, or none. */
static int take_failure(ImmuniwebRun *run, const Reply *reply) {
        _cleanup_immuniweb_reply_ ImmuniwebReply read = { 0 };
        bool is_json = false;

        if (reply->size > 0 && reply->size <= ERROR_MAX) {
                int r = immuniweb_reply_read(reply, run->domain, &read);
                if (r < 0)
                        return r;
                is_json = read.kind == IMMUNIWEB_FAILED &&
                          json_object_is_type(read.document, json_type_object);
        }
        if (is_json)
                return fail(run, read.outcome, strbuf_text(&read.text));
        if (reply->outcome != OUTCOME_OK)
                return fail(run, reply->outcome, reply->error);
        if (reply->size == 0)
                return fail(run, OUTCOME_EMPTY, NULL);
        strbuf_adds(&run->pdf_text, "the answer is no PDF: ");
        text_plain(&run->pdf_text, reply->body, MIN(reply->size, 8 * BODY_WORDS_MAX),
                   BODY_WORDS_MAX);
        return fail(run, OUTCOME_PROTOCOL, NULL);
}

int immuniweb_pdf_take(ImmuniwebRun *run, const Reply *reply) {
        if (reply->outcome != OUTCOME_OK || reply->size < STRLEN(MAGIC) ||
            memcmp(reply->body, MAGIC, STRLEN(MAGIC)) != 0)
                return take_failure(run, reply);
        if (reply->size > IMMUNIWEB_PDF_MAX)
                return fail(run, OUTCOME_TOO_LARGE, NULL);
        return strbuf_add(&run->pdf, reply->body, reply->size);
}

const char *immuniweb_run_result(const void *state, size_t *ret_size) {
        const ImmuniwebRun *run = state;
        if (run->phase != PHASE_DONE || run->done.outcome != OUTCOME_OK)
                return NULL;
        *ret_size = run->json.size;
        return strbuf_text(&run->json);
}

const char *immuniweb_run_pdf(const void *state, size_t *ret_size) {
        const ImmuniwebRun *run = state;
        if (run->phase != PHASE_DONE || run->pdf.size == 0)
                return NULL;
        *ret_size = run->pdf.size;
        return run->pdf.data;
}

Outcome immuniweb_run_pdf_outcome(const void *state, const char **ret_text) {
        const ImmuniwebRun *run = state;
        *ret_text = strbuf_text(&run->pdf_text);
        return run->pdf_outcome;
}
