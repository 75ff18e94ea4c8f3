/* SPDX-License-Identifier: MIT */
#include "engine/site.h"

#include "base/diag.h"
#include "base/text.h"
#include "engine/api-target.h"
#include "engine/api.h"
#include "engine/metrics.h"
#include "engine/page.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define TEXT_PLAIN "text/plain; charset=utf-8"

#define RETRY_WAIT (30 * USEC_PER_SEC)

/* --- what is answered here ----------------------------------------------------------------- */

static void answer_text(WebReply *ret, unsigned status, const char *text) {
        *ret = (WebReply){ .status = status, .type = TEXT_PLAIN };
        strbuf_adds(&ret->body, text);
}

/* Whoever gets an answer has seen that the loop turns. */
static void answer_alive(Monitor *m, const WebRequest *request, WebReply *ret) {
        (void)m;
        (void)request;
        answer_text(ret, 200, "ok\n");
}

static void add_account(StrBuf *b, const Account *a) {
        int up = account_up(a);

        strbuf_addf(b, "account %s/%s: %s\n", source_name(a->ops->id), a->name,
                    up < 0    ? "no answer yet"
                    : up == 0 ? outcome_info(a->outcome)->words
                              : "ok");
}

/* Ready is who can tell of an alert: the state of earlier runs was read, and records have somewhere
 * to go. What a vendor's API does is an alert, and not a reason to restart or avoid this daemon. */
static void answer_ready(Monitor *m, const WebRequest *request, WebReply *ret) {
        bool nowhere = streq(sinks_describe(m->sinks), "nowhere");
        bool ready = !m->unread && !nowhere;
        (void)request;

        answer_text(ret, ready ? 200 : 503, ready ? "ready\n" : "not ready\n");
        StrBuf *b = &ret->body;
        strbuf_addf(b, "state: %s\n",
                    m->unread                 ? "what an earlier run left cannot be read yet"
                    : m->health.store_problem ? m->health.store_problem
                                              : "ok");
        strbuf_addf(b, "records: %s\n", nowhere ? "neither journal nor syslog takes them" : "ok");
        if (m->health.config_refused > 0)
                strbuf_adds(b, "configuration: a reload was refused, the one before is in force\n");
        for (uint32_t i = 0; i < monitor_vendors(m); i++)
                add_account(b, &m->accounts[i]);
}

/* The part of the control API that only looks: the same paths, methods but GET never get here. */
static void answer_api(Monitor *m, const WebRequest *request, WebReply *ret) {
        WebRequest asked = *request;

        asked.path += strlen("/api");
        api_answer(m, &asked, ret);
}

/* --- what is there ------------------------------------------------------------------------- */

static const struct {
        const char *path; /* all of it, or up to its last slash where it ends in one */
        void (*answer)(Monitor *m, const WebRequest *request, WebReply *ret);
} routes[] = {
        { "/metrics", metrics_answer },
        { "/healthz", answer_alive },
        { "/readyz", answer_ready },
        { "/api/v1/", answer_api },
};

static void site_answer(void *userdata, const WebRequest *request, WebReply *ret) {
        Monitor *m = userdata;

        for (size_t i = 0; i < ELEMENTSOF(routes); i++) {
                size_t n = strlen(routes[i].path);
                bool prefix = routes[i].path[n - 1] == '/';
                if (prefix ? strncmp(request->path, routes[i].path, n) == 0
                           : streq(request->path, routes[i].path)) {
                        routes[i].answer(m, request, ret);
                        return;
                }
        }
        if (!page_answer(m, request, ret))
                answer_text(ret, 404, "there is no such page\n");
}

/* --- where ---------------------------------------------------------------------------------- */

/* An inherited socket is asked the same of as an address of the configuration, which is refused
 * when it is read. */
static bool is_protected(const WebSettings *web) {
        return web->remote && web->certificate && (web->password || web->client_ca);
}

static int site_open(Monitor *m, StrBuf *problem) {
        const WebSettings *web = &m->config->web;
        Site *site = &m->site;

        if (site->inherited && site->remote && !is_protected(web)) {
                strbuf_adds(problem,
                            "it is no loopback address: that needs allow_remote, a certificate, "
                            "and a password or a CA for clients");
                return -EPERM;
        }
        if (site->listener)
                return web_listener_configure(site->listener, web, problem);
        /* The service manager's own copy stays open, too: a later reload may take it up again. */
        int fd = site->inherited ? fcntl(site->fd, F_DUPFD_CLOEXEC, 3) : -1;
        if (site->inherited && fd < 0)
                return -errno;
        int r = web_listener_new(m->event, web, fd, site_answer, m, problem, &site->listener);
        if (r < 0 && fd >= 0)
                close(fd);
        return r;
}

/* How people get here: what the configuration says, or where it listens. */
static void settle_url(Monitor *m) {
        const WebSettings *web = &m->config->web;
        const char *address = m->site.listener ? web_listener_address(m->site.listener) : "";
        bool any = startswith(address, "0.0.0.0:") || startswith(address, "[::]:");
        _cleanup_strbuf_ StrBuf b = {};

        if (web->url)
                strbuf_adds(&b, web->url);
        else if (*address && !any)
                strbuf_addf(&b, "%s://%s", web->certificate ? "https" : "http", address);
        free(m->site.url);
        m->site.url = b.size > 0 ? strbuf_take(&b) : NULL;
}

/* Whether it may go better without another configuration: an address that is taken, or not there
 * yet. */
static bool may_be_retried(int error) {
        return error != -EPERM && error != -EINVAL;
}

static int site_try(Monitor *m, StrBuf *problem) {
        Site *site = &m->site;
        int r = 0;

        if (!m->config->web.listen && !site->inherited)
                site->listener = web_listener_free(site->listener);
        else
                r = site_open(m, problem);
        if (r == -EPERM)
                site->listener = web_listener_free(site->listener);
        site->failed = r < 0;
        settle_url(m);
        if (r < 0 && may_be_retried(r))
                monitor_queue(m, &m->site_retry, ITEM_SITE, monitor_now(m).boot + RETRY_WAIT);
        else
                schedule_remove(&m->due, &m->site_retry);
        return r;
}

static const char *site_place(const Monitor *m) {
        return m->site.inherited ? "mailsecd.socket" : m->config->web.listen;
}

void site_settle(Monitor *m) {
        _cleanup_strbuf_ StrBuf problem = {};

        int r = site_try(m, &problem);
        if (r < 0)
                diag(DIAG_WARNING, "%s cannot be listened at (%s): %s%s", site_place(m),
                     problem.size > 0 ? strbuf_text(&problem) : strerror(-r),
                     m->site.listener ? "the status page stays where it was"
                                      : "there is no status page",
                     may_be_retried(r) ? "; it is tried again every 30 seconds" : "");
}

void site_retry(Monitor *m) {
        _cleanup_strbuf_ StrBuf problem = {};

        if (site_try(m, &problem) >= 0)
                diag(DIAG_NOTICE, "%s is listened at now: the status page is there", site_place(m));
}

void site_done(Site *site) {
        site->listener = web_listener_free(site->listener);
        if (site->fd >= 0)
                close(site->fd);
        free(site->url);
}

const char *site_url(const Monitor *m) {
        return m->site.url;
}
