/* SPDX-License-Identifier: MIT */
#pragma once

#include "core/settings.h"
#include "core/source.h"

#include <stdbool.h>
#include <stdint.h>

/* The Email Security Test (seed 000): start, wait, fetch, one run per domain. */

/* What was learnt about the service and holds for all runs of it. All-zero at first. */
typedef struct ImmuniwebService {
        bool fetch_by_test_id; /* `id` was refused and `test_id` worked (apis.md section 3 row 8) */
        Outcome pdf_told;      /* why there was no PDF, as it was said last; OK = there was one */
} ImmuniwebService;

typedef struct ImmuniwebJob {
        const char *domain;
        bool recheck;       /* ask for a fresh test; only with a key */
        const char *job_id; /* of an earlier run, to be fetched instead of starting one, or NULL */
        const float *known; /* the domain's last known values, one of each metric (NAN = unknown): a
                               worse result is worth the vendor's PDF; NULL = there is none */
} ImmuniwebJob;

/* One test, a `run` of source_immuniweb. Settings and service are borrowed until it is freed; the
 * job's texts and values are copied. -ENOMEM or 0. */
int immuniweb_run_new(const ImmuniwebSettings *settings, ImmuniwebService *service,
                      const ImmuniwebJob *job, void **ret);

/* The job's id as the vendor gave it (64 hex digits in the guide; at most 128 letters, digits, '-'
 * and '_') as long as it may still give a result, also after a failure: what to keep when a run is
 * given up or fails. Else NULL. */
const char *immuniweb_run_job_id(const void *run);

/* The vendor's ids in a result, after DONE and OK (apis.md section 3 row 21): what test_ssl and
 * test_darkweb hold, the test's own id and the short one of its page. At most 64; a label is the
 * path of keys (a peer's words as plain text). Both last as long as the run. */
typedef struct ImmuniwebId {
        const char *label; /* "test_ssl/mx1.example.com:25", "internals/id", "internals/short_id" */
        const char *id;
} ImmuniwebId;
size_t immuniweb_run_ids(const void *run, const ImmuniwebId **ret);

/* What of the result was not understood, one short description of each shape in words of ours, such
 * as "test_email.mx[].alerts.vrfy: array"; at most 16. They last as long as the run. */
size_t immuniweb_run_oddities(const void *run, const char *const **ret);

/* The vendor's PDF of a result, and the result itself, for evidence. The PDF is asked for once,
 * with a key, with `evidence` configured and after a result that is worse than what was known; it
 * costs no test. Whatever becomes of it, the result counts: DONE is OK. */
#define IMMUNIWEB_PDF_MAX    ((size_t)8 << 20) /* bytes; a larger one is not taken */
#define IMMUNIWEB_RESULT_MAX ((size_t)2 << 20) /* of every other answer */

/* The result as the vendor sent it, after DONE and OK; else NULL. It lasts as long as the run. */
const char *immuniweb_run_result(const void *run, size_t *ret_size);

/* The PDF, or NULL. It lasts as long as the run. */
const char *immuniweb_run_pdf(const void *run, size_t *ret_size);

/* Why there is no PDF although it was asked for, in the vendor's or transport's words as plain text
 * ("" = none); OK when it is there or was not asked for. */
Outcome immuniweb_run_pdf_outcome(const void *run, const char **ret_text);

/* The run's time is up. Where only the PDF is missing, this ends it with the result that is there:
 * the DONE step, and true. `now` is wall time. */
bool immuniweb_run_settle(void *run, usec_t now, Step *ret);
