/* SPDX-License-Identifier: MIT */
#include "engine/alertmanager-internal.h"

#include "base/diag.h"
#include "base/duration.h"
#include "base/text.h"
#include "core/backoff.h"
#include "engine/alertmanager-json.h"
#include "engine/announce.h"
#include "engine/site.h"
#include "engine/standing.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* What one request carries at most: made within a few milliseconds, and below what proxies take. */
#define POST_ALERTS_MAX 500u
#define POST_BYTES_MAX  ((size_t)512 * 1024)

/* Answers are empty, or some words. */
#define REPLY_BYTES_MAX ((size_t)16 * 1024)
#define REPLY_WORDS_MAX ((size_t)200)

/* What stands lasts for so many times `resend` without us: one post that fails, and the tries that
 * follow, end nothing. */
#define LASTS 4

/* A Retry-After is honoured for so many times `resend`: what stands outlives one. */
#define RETRY_AFTER_RESENDS 2

/* No wait is longer than this only because the server asks for it or refuses the login. */
#define WAIT_MOST (5 * USEC_PER_MIN)

/* --- one alert ------------------------------------------------------------------------------ */

/* What was told of an alert that stands, with the value it has now. What happened since, unsaid,
 * does not show. */
static void fill_told(const Standing *s, Moment now, Notice *ret) {
        const RuleSet *rules = account_rules(s->account, s->domain);
        Level told = s->voice.told;

        announce_fill(s, s->voice.flapping ? EVENT_FLAPPING : EVENT_RAISED, LEVEL_OK, now, ret);
        if (s->alert.level == told)
                return;
        ret->level = told;
        ret->limit = rules ? limit_of(&rules->limits[s->metric], told) : NAN;
        ret->value = NAN;
        ret->measured_at = 0;
        ret->words = ret->advice = ret->detail = NULL;
        ret->evidence = ret->evidence_sha256 = NULL;
}

/* Adds one to the body. 0 or -ENOMEM; what cannot be an alert is left out. */
static int body_add(AlertmanagerServer *server, const Record *record, usec_t since, usec_t until,
                    Level level) {
        AlertmanagerAlert alert = {
                .record = record,
                .since = since,
                .until = until,
                .severity = server->severity_label ? level_name(level) : NULL,
                .site = site_url(server->all->monitor),
        };

        strbuf_addc(&server->body, server->body.size == 0 ? '[' : ',');
        int r = alertmanager_json(&server->body, &alert);
        if (r == -EINVAL) {
                server->body.size--;
                return 0;
        }
        return r;
}

static int body_add_standing(AlertmanagerServer *server, const Standing *s, Moment now) {
        _cleanup_(record_freep) Record *record = NULL;
        Notice notice;

        fill_told(s, now, &notice);
        int r = notice_record(&notice, &record);
        if (r < 0)
                return r;
        return body_add(server, record, s->shown_since, now.wall + LASTS * server->resend,
                        alertmanager_level(s));
}

/* --- one post ------------------------------------------------------------------------------- */

static bool body_is_full(const AlertmanagerServer *server, unsigned n) {
        return n > POST_ALERTS_MAX - METRICS_MAX || server->body.size > POST_BYTES_MAX;
}

/* Ends come before what stands: the same alert may have ended and come back. */
static int fill_ends(AlertmanagerServer *server, unsigned *n) {
        Pass *next = &server->next;

        for (const End *end = server->all->ends.first; end && end->id <= next->up_to;
             end = end->next) {
                if (end->id <= next->end || !end_concerns(end, server))
                        continue;
                if (body_is_full(server, *n))
                        return 0;
                int r = body_add(server, end->record, end->since, end->at, (Level)end->level);
                if (r < 0)
                        return r;
                next->end = end->id;
                ++*n;
        }
        return 1;
}

/* The alerts of one subject: all that stand, or those that changed. */
static int fill_subject(AlertmanagerServer *server, const Subject *subject, Moment now,
                        unsigned *n) {
        for (const Standing *s = subject->standing; s; s = s->next) {
                if (alertmanager_level(s) == LEVEL_OK ||
                    (!server->next.full && s->change <= server->taken))
                        continue;
                int r = body_add_standing(server, s, now);
                if (r < 0)
                        return r;
                ++*n;
        }
        return 0;
}

static int fill_standing(AlertmanagerServer *server, Moment now, unsigned *n) {
        const Monitor *m = server->all->monitor;
        Pass *next = &server->next;

        for (; next->account < m->n_accounts; next->account++, next->domain = 0) {
                Account *a = &m->accounts[next->account];
                for (; next->domain <= a->n; next->domain++) {
                        uint32_t domain = next->domain < a->n ? next->domain : NAMES_NONE;
                        const Subject *subject = account_subject(a, domain);
                        if (!subject->standing)
                                continue;
                        if (body_is_full(server, *n))
                                return 0;
                        int r = fill_subject(server, subject, now, n);
                        if (r < 0)
                                return r;
                }
        }
        return 1;
}

/* Makes the next body of the pass. How many alerts are in it, or -ENOMEM. */
static int body_fill(AlertmanagerServer *server, Moment now) {
        unsigned n = 0;

        strbuf_reset(&server->body);
        server->next = server->pass;
        int r = fill_ends(server, &n);
        if (r > 0)
                r = fill_standing(server, now, &n);
        server->next.over = r > 0;
        if (server->body.size == 0) /* nothing stands: the server is asked whether it is there */
                strbuf_addc(&server->body, '[');
        strbuf_addc(&server->body, ']');
        if (r < 0 || server->body.error < 0)
                return -ENOMEM;
        return (int)n;
}

/* --- a pass --------------------------------------------------------------------------------- */

static void server_plan(AlertmanagerServer *server) {
        usec_t at = server->retry_at > 0 ? server->retry_at : server->resend_at;

        if (server->item.at == 0 || server->item.key != at)
                monitor_queue(server->all->monitor, &server->item, ITEM_ALERTMANAGER, at);
}

static bool pass_begin(AlertmanagerServer *server, Moment now) {
        /* After a failure nobody knows what it still has: all of it again. */
        bool full = now.boot >= server->resend_at || server->failed > 0;

        if (!full && server->taken >= server->all->change)
                return false;
        server->pass = (Pass){
                .under_way = true,
                .full = full,
                .began = now.boot,
                .up_to = server->all->change,
        };
        return true;
}

static void pass_end(AlertmanagerServer *server) {
        Monitor *m = server->all->monitor;

        if (server->taken != server->pass.up_to) {
                server->taken = server->pass.up_to;
                if (m->store)
                        store_put_number(m->store, server->mark, server->taken);
                ends_trim(server->all);
        }
        if (server->pass.full)
                server->resend_at = server->pass.began + server->resend;
        server->pass = (Pass){};
        strbuf_done(&server->body);
        server_plan(server);
}

/* --- what came of it ------------------------------------------------------------------------ */

usec_t server_wait(const AlertmanagerServer *server, Outcome outcome, usec_t retry_after,
                   double jitter) {
        usec_t asked = MIN(retry_after, MIN(RETRY_AFTER_RESENDS * server->resend, WAIT_MOST));
        usec_t wait = backoff_delay(OUTCOME_NETWORK, server->failures_in_row,
                                    server->resend / LASTS, asked, jitter);

        if (outcome == OUTCOME_AUTH || outcome == OUTCOME_FORBIDDEN) {
                usec_t seldom = backoff_delay(OUTCOME_NETWORK, server->failures_in_row,
                                              server->resend, 0, jitter);
                wait = MAX(wait, MIN(seldom, WAIT_MOST));
        }
        return MAX(wait, USEC_PER_MSEC);
}

/* It says that what we send or who we are is wrong. Other words, no longer a wait: a proxy on the
 * way may say so for the moments in which the server is replaced. */
static bool is_refusal(Outcome outcome) {
        return outcome == OUTCOME_HTTP || outcome_info(outcome)->retry == RETRY_RARELY;
}

/* Why, in one line: our words, and the server's or the transport's. */
static void keep_problem(AlertmanagerServer *server, const Reply *reply) {
        const char *text = *reply->error ? reply->error : reply->body;
        _cleanup_strbuf_ StrBuf b = {}, plain = {};

        strbuf_adds(&b, outcome_info(reply->outcome)->words);
        if (reply->outcome == OUTCOME_HTTP)
                strbuf_addf(&b, " (HTTP %ld)", reply->status);
        text_plain(&plain, text, strlen(text), REPLY_WORDS_MAX);
        if (plain.size > 0) {
                strbuf_adds(&b, ": ");
                text_escape(&b, strbuf_text(&plain), plain.size, REPLY_WORDS_MAX);
        }
        free(server->problem);
        server->problem = b.error < 0 ? NULL : strbuf_take(&b);
}

/* Once for each outage, and once more when it turns into a refusal. */
static void tell_failure(AlertmanagerServer *server, bool refused) {
        bool *told = refused ? &server->told_refused : &server->told_away;
        const char *problem = server->problem ?: "it cannot be reached";
        _cleanup_strbuf_ StrBuf span = {};

        if (*told)
                return;
        *told = true;
        duration_format(&span, LASTS * server->resend);
        diag(DIAG_WARNING,
             "Alertmanager %s %s alerts: %s; %sit is tried again and again; what stands there "
             "expires %s after the last post, and is posted again when it takes alerts",
             server->url, refused ? "refuses" : "takes no", problem,
             refused ? "check url, username and password_file of output.alertmanager; " : "",
             strbuf_text(&span));
}

/* What was posted of the pass is posted again with the next one. */
static void server_failed(AlertmanagerServer *server, Outcome outcome, usec_t retry_after,
                          Moment now) {
        server->failures++;
        server->failures_in_row++;
        if (server->failed == 0)
                server->failed = now.wall;
        server->pass = (Pass){};
        strbuf_done(&server->body);
        server->retry_at = now.boot + server_wait(server, outcome, retry_after,
                                                  monitor_jitter(server->all->monitor));
        server_plan(server);
        tell_failure(server, is_refusal(outcome));
}

static void server_took(AlertmanagerServer *server, Moment now) {
        if (server->told_away || server->told_refused) {
                _cleanup_strbuf_ StrBuf span = {};
                usec_t away = now.wall > server->failed ? now.wall - server->failed : 0;
                duration_format(&span, away / USEC_PER_SEC * USEC_PER_SEC);
                diag(DIAG_NOTICE, "Alertmanager %s takes alerts again after %s", server->url,
                     strbuf_text(&span));
        }
        server->told_away = server->told_refused = false;
        server->failures_in_row = 0;
        server->failed = server->retry_at = 0;
        server->last = now.wall;
        server->posts++;
        free(server->problem);
        server->problem = NULL;
        server->pass = server->next;
        server->pass.posted = true;
        if (server->pass.over)
                pass_end(server);
}

static void on_reply(void *userdata, const Reply *reply) {
        AlertmanagerServer *server = userdata;
        Moment now = monitor_now(server->all->monitor);

        server->call = NULL; /* over: the handle is not ours any more */
        if (reply->outcome == OUTCOME_OK) {
                server_took(server, now);
                return;
        }
        keep_problem(server, reply);
        server_failed(server, reply->outcome, reply->retry_after, now);
}

/* We could not even ask. */
static void server_cannot(AlertmanagerServer *server, int error, Moment now) {
        free(server->problem);
        server->problem = strdup(strerror(-error));
        server_failed(server, OUTCOME_NETWORK, 0, now);
}

static void server_post(AlertmanagerServer *server, Moment now) {
        server->request = (Request){
                .url = server->path,
                .json = strbuf_text(&server->body),
                .json_size = server->body.size,
                .username = server->username,
                .password = server->password,
                .body_max = REPLY_BYTES_MAX,
                .plain_http = true,
                .empty_body_is_ok = true,
        };
        int r = http_start(server->all->monitor->http, &server->endpoint, &server->request,
                           on_reply, server, &server->call);
        if (r < 0)
                server_cannot(server, r, now);
}

void server_turn(AlertmanagerServer *server, Moment now) {
        if (server->call || now.boot < server->retry_at)
                return;
        if (!server->pass.under_way && !pass_begin(server, now)) {
                server_plan(server);
                return;
        }
        int n = body_fill(server, now);
        if (n < 0) {
                server_cannot(server, n, now);
                return;
        }
        if (n == 0 && (server->pass.posted || !server->pass.full)) {
                server->pass = server->next;
                pass_end(server);
                return;
        }
        server_post(server, now);
}
