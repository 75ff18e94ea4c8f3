/* SPDX-License-Identifier: MIT */
#pragma once

#include "source/immuniweb-result.h"

/* The state of one run, which immuniweb.c and immuniweb-pdf.c share. */

typedef enum Phase {
        PHASE_CHECK, /* start a test, or be told of a cached one */
        PHASE_JOB,   /* get_result by job_id, until it is there */
        PHASE_ID,    /* get_result by test id */
        PHASE_PDF,   /* the result is there and was worse: gen_pdf */
        PHASE_DONE,
} Phase;

typedef struct ImmuniwebRun {
        const ImmuniwebSettings *settings;
        ImmuniwebService *service;
        char *domain;
        char *job_id; /* while it may still be asked for */
        char *test_id;
        char *ip; /* of multiple_ips: how the test was asked for again */
        char *token;
        Phase phase;
        bool recheck;
        bool by_test_id;   /* how test_id is sent (apis.md section 3 row 8) */
        bool respelt;      /* the other way was tried */
        bool job_lost;     /* a test was started again because its job was not known */
        unsigned failures; /* of get_result, in a row */
        uint64_t stamp;    /* the last [ustamp] */
        StrBuf url;
        StrBuf form;     /* holds the key: wiped when the reply is there */
        StrBuf text;     /* Step.text */
        Outcome refused; /* what the first spelling met with, and in which words */
        StrBuf refused_text;
        Step done;
        usec_t measured_at; /* when the result arrived; result_age tells its own age */
        ImmuniwebResult result;
        bool has_known;
        float known[METRICS_MAX]; /* ImmuniwebJob.known */
        StrBuf json;              /* the result as it came */
        StrBuf pdf;
        Outcome pdf_outcome; /* why there is none, where it was asked for */
        StrBuf pdf_text;
} ImmuniwebRun;
