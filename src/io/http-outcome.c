/* SPDX-License-Identifier: MIT */
#include "io/http-outcome.h"

static bool is_success(long status) {
        return status >= 200 && status <= 299;
}

static Outcome outcome_of_code(CURLcode code) {
        switch (code) {
        case CURLE_OPERATION_TIMEDOUT:
                return OUTCOME_TIMEOUT;
        case CURLE_COULDNT_RESOLVE_HOST:
                return OUTCOME_DNS;
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_PROXY:
                return OUTCOME_PROXY;
        case CURLE_COULDNT_CONNECT:
        case CURLE_INTERFACE_FAILED:
                return OUTCOME_CONNECT;
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_CLIENTCERT:
        case CURLE_SSL_CRL_BADFILE:
        case CURLE_SSL_ENGINE_INITFAILED:
        case CURLE_SSL_ENGINE_NOTFOUND:
        case CURLE_SSL_ENGINE_SETFAILED:
        case CURLE_SSL_INVALIDCERTSTATUS:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        case CURLE_USE_SSL_FAILED:
                return OUTCOME_TLS;
        case CURLE_FILESIZE_EXCEEDED:
                return OUTCOME_TOO_LARGE;
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_URL_MALFORMAT:
        case CURLE_BAD_CONTENT_ENCODING:
                return OUTCOME_PROTOCOL;
        default: /* curl's list grows: cut off, reset, an HTTP/2 stream ended, ... */
                return OUTCOME_NETWORK;
        }
}

Outcome http_outcome(const HttpEnd *end) {
        if (end->status >= 200 && !is_success(end->status))
                return outcome_of_status(end->status);
        if (end->too_large)
                return OUTCOME_TOO_LARGE;
        if (end->refused)
                return OUTCOME_PROTOCOL;
        if (end->code != CURLE_OK) {
                Outcome outcome = outcome_of_code(end->code);
                bool tunnel_failed = end->connect_status != 0 && !is_success(end->connect_status);
                /* With a proxy there is nobody else to connect to. */
                if (end->proxied && (tunnel_failed || outcome == OUTCOME_CONNECT))
                        return OUTCOME_PROXY;
                return outcome;
        }
        if (!end->head_whole)
                return OUTCOME_NETWORK;
        if (!is_success(end->status))
                return OUTCOME_PROTOCOL;
        return end->received == 0 && !end->may_be_empty ? OUTCOME_EMPTY : OUTCOME_OK;
}
