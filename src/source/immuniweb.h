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
} ImmuniwebService;

typedef struct ImmuniwebJob {
        const char *domain;
        bool recheck;       /* ask for a fresh test; only with a key */
        const char *job_id; /* of an earlier run, to be fetched instead of starting one, or NULL */
} ImmuniwebJob;

/* One test, a `run` of source_immuniweb. Settings and service are borrowed until it is freed; the
 * job's texts are copied. -ENOMEM or 0. */
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
