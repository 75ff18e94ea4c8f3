/* SPDX-License-Identifier: MIT */
#include "engine/metrics.h"

#include "engine/metrics-page.h"

#include <errno.h>
#include <string.h>

static void page_free(void *userdata) {
        Page *p = userdata;

        strbuf_done(&p->prefix);
        strbuf_done(&p->block);
        free(p);
}

static void next_family(Page *p) {
        p->family++;
        p->begun = false;
        p->account = 0;
        p->domain = 0;
}

/* Makes the next block. Nothing where the family's samples go straight to the client. */
static void next_block(Page *p) {
        strbuf_reset(&p->block);
        p->given = 0;
        if (p->family == metrics_families()) {
                if (p->openmetrics)
                        strbuf_adds(&p->block, "# EOF\n");
                p->over = true;
                return;
        }
        if (!p->begun) {
                metrics_family(p, p->family);
                metrics_add_family(p);
                p->begun = true;
        }
        if (p->row) {
                if (!p->row->add(p))
                        next_family(p);
        } else if (p->set->scope == SCOPE_ACCOUNT) {
                metrics_add_accounts(p);
                next_family(p);
        }
}

/* A buffer that is too short for a single sample gets it in pieces. */
static int one_sample(Page *p) {
        char sample[1024];

        strbuf_reset(&p->block);
        p->given = 0;
        size_t n = metrics_put_domains(p, sample, sizeof(sample));
        if (n == 0 && p->account < p->m->n_accounts)
                return -EMSGSIZE; /* no name is that long */
        return strbuf_add(&p->block, sample, n);
}

static ssize_t page_read(void *userdata, char *buffer, size_t size) {
        Page *p = userdata;
        size_t n = 0;
        int r;

        if (p->m->counters.reloads != p->reloads)
                return -ESTALE;
        p->now = monitor_now(p->m);
        while (n < size) {
                if (p->block.error < 0 || p->prefix.error < 0)
                        return -ENOMEM;
                if (p->given < p->block.size) {
                        size_t part = MIN(size - n, p->block.size - p->given);
                        memcpy(buffer + n, p->block.data + p->given, part);
                        p->given += part;
                        n += part;
                } else if (p->over) {
                        break;
                } else if (!p->begun || p->row || p->set->scope == SCOPE_ACCOUNT) {
                        next_block(p);
                } else {
                        n += metrics_put_domains(p, buffer + n, size - n);
                        if (p->account == p->m->n_accounts)
                                next_family(p);
                        else if (n > 0)
                                break; /* the next sample does not fit into what is left */
                        else if ((r = one_sample(p)) < 0)
                                return r;
                }
        }
        return (ssize_t)n;
}

void metrics_answer(Monitor *m, const WebRequest *request, WebReply *ret) {
        Page *p = calloc(1, sizeof(*p));

        if (!p) {
                *ret = (WebReply){ .status = 503 };
                return;
        }
        p->m = m;
        p->reloads = m->counters.reloads;
        p->openmetrics = metrics_accepts_openmetrics(web_header(request, "Accept"));
        *ret = (WebReply){
                .status = 200,
                .type = p->openmetrics
                                ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                : "text/plain; version=0.0.4; charset=utf-8",
                .headers = { { "Vary", "Accept" } },
                .stream = { .read = page_read, .free = page_free, .userdata = p },
        };
}
