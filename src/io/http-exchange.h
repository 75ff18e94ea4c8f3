/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/strbuf.h"
#include "core/settings.h"
#include "core/source.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

/* One HTTP exchange as libcurl sees it: an easy handle with its options, what came back so far,
 * and the Reply made of it. Knows no event loop and no other exchange. */

/* What of a body whose status is not 2xx is kept; the rest is dropped. */
#define ERROR_BODY_MAX ((size_t)64 * 1024)

/* What all exchanges have in common. */
typedef struct ExchangeCommon {
        struct curl_slist *headers; /* User-Agent, Accept and so on */
        struct curl_slist *json;    /* the same and that the body sent is JSON */
        CURLSH *share;              /* TLS sessions */
        bool has_ca_bundle;         /* the system's store is one file (and can be cached) */
} ExchangeCommon;

typedef struct Exchange {
        CURL *easy;
        const Request *request;
        StrBuf body;
        size_t received;
        size_t sent;
        long status;     /* of the body that arrives; 0 = not yet looked at */
        bool head_whole; /* its headers came to their end */
        bool proxied;
        bool refused;
        bool too_large;
        char retry_after[64]; /* header values as sent, "" = none; a longer one says nothing useful
                               */
        char date[64];
        char error[CURL_ERROR_SIZE];
} Exchange;

/* Sets an all-zero exchange up; request, endpoint and common stay until exchange_done(). Nothing is
 * sent. -EPROTONOSUPPORT for a URL that is not https (nor http, where the request allows that),
 * -EINVAL without a ceiling, -ENOMEM. */
int exchange_init(Exchange *x, const ExchangeCommon *common, const Endpoint *endpoint,
                  const Request *request);

/* What came of it, after curl ended it with `code`. The reply's texts belong to the exchange. */
void exchange_reply(Exchange *x, CURLcode code, Reply *ret);

/* Gives curl's part back, with the login in it; the reply's texts stay. */
void exchange_close(Exchange *x);

/* Frees everything; all-zero and half-made ones too. */
void exchange_done(Exchange *x);
