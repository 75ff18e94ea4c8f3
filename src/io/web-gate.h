/* SPDX-License-Identifier: MIT */
#pragma once

#include "core/settings.h"
#include "io/web-tls.h"

/* Who may ask the web listener, and for what. Holds no secret but the digest of one. */
typedef struct WebGate {
        char *host; /* of the pages' URL, lower or upper case as it was written; NULL = none */
        bool certificate;                     /* a client's certificate lets it in */
        bool password;                        /* a name and password do */
        unsigned char login[WEB_DIGEST_SIZE]; /* of what a client sends for them */
} WebGate;

/* 0 or negative errno. */
int web_gate_set(WebGate *ret, const WebSettings *settings);
void web_gate_done(WebGate *gate);

/* Answers 405 to all but GET and HEAD; where somebody has to show who he is, 401 or (without a
 * password) 403, and elsewhere 421 to a Host that is not this machine or the URL's. A request
 * without a Host (HTTP/1.0: no browser) is none of a page elsewhere. Returns whether it may go on.
 */
bool web_gate_pass(const WebGate *gate, const WebRequest *request, WebReply *ret);
