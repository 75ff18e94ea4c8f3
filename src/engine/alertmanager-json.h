/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "core/record.h"

/* An alert as Alertmanager's API takes it (POST /api/v2/alerts), made of a record. Pure. */

/* Most bytes of one label or annotation; a record's own fields are no longer. */
#define ALERTMANAGER_TEXT_MAX RECORD_VALUE_MAX

typedef struct AlertmanagerAlert {
        const Record *record; /* what is told of the alert, with MAILSEC_SOURCE, _DOMAIN or
                                 _ACCOUNT, and _METRIC at least */
        usec_t since;         /* wall */
        usec_t until;         /* wall: a moment that is over = it has ended */
        const char *severity; /* the label; NULL = none */
        const char *site;     /* address of the pages, without a slash at its end; NULL = none */
} AlertmanagerAlert;

/* "MailsecInboundOldest" of "inbound_oldest": the label alertname. */
void alertmanager_name(StrBuf *b, const char *metric);

/* Adds the alert as a JSON object. 0, -ENOMEM, or -EINVAL when the record lacks one of those
 * fields; nothing is added then. */
int alertmanager_json(StrBuf *b, const AlertmanagerAlert *alert);
