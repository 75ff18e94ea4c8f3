/* SPDX-License-Identifier: MIT */
#pragma once

#include "core/settings.h"
#include "core/source.h"

#include <systemd/sd-event.h>

/* HTTPS by libcurl on an sd_event loop. Nothing of curl leaves src/io/http*: an exchange ends in a
 * Reply whose outcome says all there is to know. */
typedef struct Http Http;
typedef struct HttpCall HttpCall;

/* Told once, from the loop, one call per turn, never from inside http_start(). `reply` and its
 * texts are valid during the call only, the handle of the call no more afterwards. It may start and
 * cancel calls and free the Http. */
typedef void (*http_done_t)(void *userdata, const Reply *reply);

/* One for the life of the process: connections, TLS sessions and the CA store are kept in it.
 * `user_agent` is copied. 0 or negative errno. */
int http_new(sd_event *event, const char *user_agent, Http **ret);

/* Ends it; calls still under way are cancelled without a word. NULL is fine. */
Http *http_free(Http *http);
DEFINE_CLEANUP(Http *, http_free)

/* Starts an exchange: https only (http as well where the request says so), no redirects, TLS 1.2 or
 * newer, verified, the environment's proxies not read. endpoint->timeout (real time) is the total
 * and decides the connect timeout and the limit for standing still. `*request` and `*endpoint` must
 * stay until the call is over. ret may be NULL. 0, -EPROTONOSUPPORT (not https, nor http where the
 * request allows it), -EINVAL (no body_max, unusable URL or proxy), -ENOMEM. */
int http_start(Http *http, const Endpoint *endpoint, const Request *request, http_done_t done,
               void *userdata, HttpCall **ret);

/* Drops it: `done` is not called. NULL is fine; returns NULL. Not to be called from
 * request->feed(). */
HttpCall *http_cancel(HttpCall *call);

/* Exchanges under way: started, and neither told nor cancelled. */
unsigned http_running(const Http *http);
