/* SPDX-License-Identifier: MIT */
#include "engine/metrics.h"

#include "engine/metrics-exposition.h"

#include <errno.h>
#include <string.h>

static void exposition_free(void *userdata) {
        Exposition *e = userdata;

        strbuf_done(&e->prefix);
        strbuf_done(&e->block);
        free(e);
}

static void next_family(Exposition *e) {
        e->family++;
        e->begun = false;
        e->account = 0;
        e->domain = 0;
}

/* Makes the next block. Nothing where the family's samples go straight to the client. */
static void next_block(Exposition *e) {
        strbuf_reset(&e->block);
        e->given = 0;
        if (e->family == metrics_families()) {
                if (e->openmetrics)
                        strbuf_adds(&e->block, "# EOF\n");
                e->over = true;
                return;
        }
        if (!e->begun) {
                metrics_family(e, e->family);
                metrics_add_family(e);
                e->begun = true;
        }
        if (e->row) {
                if (!e->row->add(e))
                        next_family(e);
        } else if (e->set->scope == SCOPE_ACCOUNT) {
                metrics_add_accounts(e);
                next_family(e);
        }
}

/* A buffer that is too short for a single sample gets it in pieces. */
static int one_sample(Exposition *e) {
        char sample[1024];

        strbuf_reset(&e->block);
        e->given = 0;
        size_t n = metrics_put_domains(e, sample, sizeof(sample));
        if (n == 0 && e->account < e->m->n_accounts)
                return -EMSGSIZE; /* no name is that long */
        return strbuf_add(&e->block, sample, n);
}

static ssize_t exposition_read(void *userdata, char *buffer, size_t size) {
        Exposition *e = userdata;
        size_t n = 0;
        int r;

        if (e->m->counters.reloads != e->reloads)
                return -ESTALE;
        e->now = monitor_now(e->m);
        while (n < size) {
                if (e->block.error < 0 || e->prefix.error < 0)
                        return -ENOMEM;
                if (e->given < e->block.size) {
                        size_t part = MIN(size - n, e->block.size - e->given);
                        memcpy(buffer + n, e->block.data + e->given, part);
                        e->given += part;
                        n += part;
                } else if (e->over) {
                        break;
                } else if (!e->begun || e->row || e->set->scope == SCOPE_ACCOUNT) {
                        next_block(e);
                } else {
                        n += metrics_put_domains(e, buffer + n, size - n);
                        if (e->account == e->m->n_accounts)
                                next_family(e);
                        else if (n > 0)
                                break; /* the next sample does not fit into what is left */
                        else if ((r = one_sample(e)) < 0)
                                return r;
                }
        }
        return (ssize_t)n;
}

void metrics_answer(Monitor *m, const WebRequest *request, WebReply *ret) {
        Exposition *e = calloc(1, sizeof(*e));

        if (!e) {
                *ret = (WebReply){ .status = 503 };
                return;
        }
        e->m = m;
        e->reloads = m->counters.reloads;
        e->openmetrics = metrics_accepts_openmetrics(web_header(request, "Accept"));
        *ret = (WebReply){
                .status = 200,
                .type = e->openmetrics
                                ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                : "text/plain; version=0.0.4; charset=utf-8",
                .headers = { { "Vary", "Accept" } },
                .stream = { .read = exposition_read, .free = exposition_free, .userdata = e },
        };
}
