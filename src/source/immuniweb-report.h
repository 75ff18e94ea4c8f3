/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"

#include <stdbool.h>
#include <stddef.h>

/* A result of the Email Security Test laid out for people, as the vendor groups it (seed 000,
 * apis.md 1.5): the parts in a fixed order, each with the vendor's count and colour and a list of
 * findings. All texts are a peer's: whoever prints them escapes them. Strings are the report's. */

typedef enum ReportPart {
        REPORT_SERVER,
        REPORT_SSL,
        REPORT_DNS,
        REPORT_BLACKLISTS,
        REPORT_DARKWEB,
        REPORT_PHISHING,
        _REPORT_PART_MAX,
} ReportPart;

/* "Mail servers", "SSL/TLS", "DNS: SPF, DKIM, DMARC", ...: a heading. */
const char *report_part_title(ReportPart part);

typedef struct ReportItem {
        char *name;  /* "mx1.example.com", "SPF", "bl.example.org"; never NULL */
        char *text;  /* what the vendor found, or what a record holds; "" = nothing more */
        int grade;   /* 0 good, 1 information, 2 weakness, 3 failure; -1 = not judged */
        bool nested; /* belongs to the item before that is not nested */
} ReportItem;

typedef struct ReportSection {
        double issues; /* summary.*.value; NAN = unknown */
        double color;  /* 0 green .. 3 red; NAN = unknown */
        char *text;    /* summary.*.text, the vendor's own sentence; "" = none, never NULL */
        ReportItem *items;
        size_t n;
        bool cut; /* there were more items than are kept */
} ReportSection;

typedef struct ImmuniwebReport {
        ReportSection parts[_REPORT_PART_MAX];
        double ts; /* when the vendor ran the test, seconds since 1970; NAN = unknown */
} ImmuniwebReport;

/* Items of one part that are kept. */
#define REPORT_ITEMS_MAX 200

/* Reads what of a result it understands; what is missing or of another shape is left out. -EBADMSG
 * when it is no JSON object, -ENOMEM, or 0. */
int immuniweb_report_read(const char *json, size_t size, ImmuniwebReport *ret);

void immuniweb_report_done(ImmuniwebReport *report);
