/* SPDX-License-Identifier: MIT */
#include "engine/api-find.h"
#include "engine/api-input.h"
#include "engine/api-routes.h"
#include "engine/api-target.h"
#include "engine/api-values.h"
#include "engine/evidence.h"
#include "engine/place.h"
#include "engine/standing.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* --- all ----------------------------------------------------------------------------------- */

/* A name in a list that is sorted: its first bytes as a number, so that most comparisons read no
 * text. */
typedef struct Named {
        uint64_t prefix;
        const Domain *domain;
} Named;

static uint64_t name_prefix(const char *name) {
        uint64_t prefix = 0;

        for (size_t i = 0; i < sizeof(prefix); i++) {
                prefix = prefix << 8 | (unsigned char)*name;
                name += *name != '\0';
        }
        return prefix;
}

static int named_order(const void *a, const void *b) {
        const Named *x = a, *y = b;

        if (x->prefix != y->prefix)
                return x->prefix < y->prefix ? -1 : 1;
        return strcmp(x->domain->name, y->domain->name);
}

/* The domains behind `after`, sorted. */
static Named *sort_domains(Api *api, const char *after, size_t *ret_n) {
        const Config *config = api->m->config;
        size_t n = 0;

        Named *list = calloc(MAX(config->n_domains, 1u), sizeof(*list));
        if (!list) {
                api->no_memory = true;
                return NULL;
        }
        for (uint32_t i = 0; i < config->n_domains; i++) {
                const Domain *d = &config->domains[i];
                if (!after || strcmp(d->name, after) > 0)
                        list[n++] = (Named){ name_prefix(d->name), d };
        }
        qsort(list, n, sizeof(*list), named_order);
        *ret_n = n;
        return list;
}

static uint64_t count_shown(const Subject *subject) {
        uint64_t n = 0;

        for (const Standing *s = subject->standing; s; s = s->next)
                n += standing_is_shown(s);
        return n;
}

/* What every source knows of a domain, by `describe`; also its worst level and how many alerts it
 * has. */
static struct json_object *domain_sources(
        Api *api, const Domain *d, const usec_t *closed, Level *ret_level, uint64_t *ret_alerts,
        struct json_object *(*describe)(Api *api, Account *a, uint32_t domain, usec_t closed)) {
        struct json_object *sources = api_list(api);
        const Monitor *m = api->m;
        uint32_t index = (uint32_t)(d - m->config->domains);

        *ret_level = LEVEL_OK;
        *ret_alerts = 0;
        for (SourceId source = 0; source < SOURCE_VENDORS; source++) {
                uint32_t domain;
                Account *a = place_source(m, index, source, &domain);
                if (!a)
                        continue;
                *ret_level = MAX(*ret_level, subject_level(&a->subjects[domain]));
                *ret_alerts += count_shown(&a->subjects[domain]);
                api_append(api, sources, describe(api, a, domain, closed[a - m->accounts]));
        }
        return sources;
}

static void put_run(Api *api, struct json_object *o, const Target *t, usec_t closed) {
        api_put_stamp(api, o, "last", t->last_result);
        api_put_stamp(api, o, "next", target_next(t, closed, api->now));
}

static struct json_object *describe_short(Api *api, Account *a, uint32_t domain, usec_t closed) {
        struct json_object *o = api_object(api);
        const Target *t = account_target(a, domain);

        api_put_text(api, o, "source", source_name(a->ops->id));
        api_put_text(api, o, "account", a->name);
        put_run(api, o, t, closed);
        double age = subject_age(a, domain, api->now);
        api_put_number(api, o, "age", isnan(age) ? age : floor(age));
        api_put_bool(api, o, "running", t->run != NULL);
        return o;
}

/* For each account until when it starts nothing: asked once, not for each domain. */
static usec_t *closed_accounts(Api *api) {
        const Monitor *m = api->m;
        usec_t *closed = calloc(MAX(m->n_accounts, 1u), sizeof(*closed));

        if (!closed)
                api->no_memory = true;
        for (uint32_t i = 0; closed && i < monitor_vendors(m); i++)
                closed[i] = account_closed_until(&m->accounts[i], api->now);
        return closed;
}

static struct json_object *describe_domain(Api *api, const Domain *d, const usec_t *closed) {
        struct json_object *o = api_object(api);
        uint64_t alerts;
        Level level;

        struct json_object *sources =
                domain_sources(api, d, closed, &level, &alerts, describe_short);
        api_put_text(api, o, "name", d->name);
        api_put_text(api, o, "group", d->group);
        api_put_text(api, o, "owner", d->owner);
        api_put_text(api, o, "level", level_name(level));
        api_put_count(api, o, "alerts", alerts);
        api_put(api, o, "sources", sources);
        return o;
}

struct json_object *api_get_domains(Api *api) {
        size_t limit, n;

        if (!api_query_limit(api, &limit))
                return NULL;
        _cleanup_free_ Named *list = sort_domains(api, web_query(api->request, "after"), &n);
        _cleanup_free_ usec_t *closed = closed_accounts(api);
        if (!list || !closed)
                return NULL;
        struct json_object *o = api_object(api), *domains = api_list(api);
        for (size_t i = 0; i < MIN(n, limit); i++)
                api_append(api, domains, describe_domain(api, list[i].domain, closed));
        api_put(api, o, "domains", domains);
        api_put_text(api, o, "next", n > limit ? list[limit - 1].domain->name : NULL);
        return o;
}

/* --- one ----------------------------------------------------------------------------------- */

/* The vendor's ids of the last result, a line each. */
static struct json_object *result_ids(Api *api, const char *ids) {
        struct json_object *list = api_list(api);

        while (ids && *ids) {
                size_t n = strcspn(ids, "\n");
                if (n > 0)
                        api_append(api, list, api_foreign(api, ids, n));
                ids += n + (ids[n] == '\n');
        }
        return list;
}

static struct json_object *describe_source(Api *api, Account *a, uint32_t domain, usec_t closed) {
        struct json_object *o = api_object(api);
        const Target *t = account_target(a, domain);
        usec_t measured = 0;

        struct json_object *values = api_values(api, a, domain, &measured);
        api_put_text(api, o, "source", source_name(a->ops->id));
        api_put_text(api, o, "account", a->name);
        api_put_stamp(api, o, "measured", measured);
        put_run(api, o, t, closed);
        api_put_bool(api, o, "running", t->run != NULL);
        api_put_count(api, o, "failures", a->symantec ? a->failures : t->failures);
        api_put_foreign(api, o, "job", t->job_id);
        api_put(api, o, "ids", result_ids(api, t->ids));
        api_put(api, o, "values", values);
        return o;
}

static struct json_object *describe_set(Api *api, const char *domain, const EvidenceSet *set) {
        struct json_object *o = api_object(api), *files = api_list(api);
        _cleanup_strbuf_ StrBuf path = {};

        for (size_t i = 0; i < set->n; i++) {
                struct json_object *file = api_object(api);
                api_put_text(api, file, "name", set->files[i].name);
                api_put_text(api, file, "sha256", set->files[i].sha256);
                api_put_count(api, file, "bytes", set->files[i].size);
                api_append(api, files, file);
        }
        evidence_path(api->m, domain, set, &path);
        api_put_stamp(api, o, "at", set->at);
        api_put_text(api, o, "path", strbuf_text(&path));
        api_put(api, o, "files", files);
        return o;
}

/* What is kept of results that got worse, newest first. */
static struct json_object *describe_evidence(Api *api, const char *domain) {
        struct json_object *list = api_list(api);
        EvidenceSet *sets = NULL;
        size_t n = 0;

        if (evidence_list(api->m->config->state_dir, domain, &sets, &n) == -ENOMEM)
                api->no_memory = true;
        for (size_t i = 0; i < n; i++)
                api_append(api, list, describe_set(api, domain, &sets[i]));
        free(sets);
        return list;
}

struct json_object *api_get_domain(Api *api) {
        const Domain *d = api_find_domain(api, api->rest);
        uint64_t alerts;
        Level level;

        if (!d)
                return NULL;
        _cleanup_free_ usec_t *closed = closed_accounts(api);
        if (!closed)
                return NULL;
        struct json_object *o = api_object(api);
        struct json_object *sources =
                domain_sources(api, d, closed, &level, &alerts, describe_source);
        api_put_text(api, o, "name", d->name);
        api_put_text(api, o, "group", d->group);
        api_put_text(api, o, "owner", d->owner);
        api_put_text(api, o, "runbook", d->runbook);
        api_put_text(api, o, "level", level_name(level));
        api_put(api, o, "sources", sources);
        api_put(api, o, "evidence", describe_evidence(api, d->name));
        return o;
}
