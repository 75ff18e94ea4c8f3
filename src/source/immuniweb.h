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
        bool recheck;           /* ask for a fresh test; only with a key */
        const char *job_id;     /* a job of an earlier run to be fetched instead of starting one, or NULL */
} ImmuniwebJob;

/* One test, a `run` of source_immuniweb. Settings, service are borrowed until it is freed; the job's texts are copied. */
int immuniweb_run_new(const ImmuniwebSettings *settings, ImmuniwebService *service, const ImmuniwebJob *job, void **ret);

/* The job's id while the vendor works on it (64 hex digits), or NULL: what to keep when a run is given up. */
const char *immuniweb_run_job_id(const void *run);

/* The vendor's ids found in test_ssl and test_darkweb (apis.md section 3 row 21), test id and page of the result, after DONE and OK: "LABEL ID" lines, label = key path. */
typedef struct ImmuniwebId {
        const char *label; /* "test_ssl/mx1.example.com:25", "internals/id", "internals/short_id" */
        const char *id;
} ImmuniwebId;
size_t immuniweb_run_ids(const void *run, const ImmuniwebId **ret);

/* What of the result was not understood, one short description of the shape each ("main.alerts.spf: number"), plain text. */
size_t immuniweb_run_oddities(const void *run, const char *const **ret);
