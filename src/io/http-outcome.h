/* SPDX-License-Identifier: MIT */
#pragma once

#include "core/outcome.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

/* Everything about a finished exchange that decides its outcome. */
typedef struct HttpEnd {
        CURLcode code;
        long status;         /* of the last HTTP answer of the peer itself; 0 = none */
        long connect_status; /* what the proxy said to CONNECT; 0 = not asked */
        bool proxied;
        bool refused;    /* the reader of the body wanted no more */
        bool too_large;  /* we stopped it: past the ceiling */
        bool head_whole; /* its headers came to their end: for curl a cut head is an empty answer */
        bool may_be_empty; /* a success needs no body */
        size_t received;   /* bytes of body */
} HttpEnd;

/* A status that is not 2xx says more than whatever happened to its body later; "success" of curl
 * alone says nothing. */
Outcome http_outcome(const HttpEnd *end);
