/* SPDX-License-Identifier: MIT */
#include "engine/announce.h"
#include "engine/api-input.h"
#include "engine/api-routes.h"

#include <errno.h>

/* --- reload -------------------------------------------------------------------------------- */

static struct json_object *describe_problem(Api *api, const Problem *p) {
        struct json_object *o = api_object(api);

        api_put_text(api, o, "file", p->file);
        if (p->line > 0)
                api_put_count(api, o, "line", p->line);
        else
                api_put_null(o, "line");
        api_put_text(api, o, "severity", p->severity == SEVERITY_ERROR ? "error" : "warning");
        api_put_text(api, o, "text", p->text);
        return o;
}

struct json_object *api_reload(Api *api) {
        Monitor *m = api->m;
        Problems problems = {};

        if (!api_body_has_only(api, (const char *const[]){ "by", NULL }))
                return NULL;
        if (!m->reload)
                return api_refuse(api, 409, "a reload is not possible now");
        /* Accounts and configuration are others after this. */
        int r = m->reload(m->reload_userdata, &problems);
        if (r == -ENOMEM)
                api->no_memory = true;
        struct json_object *o = api_object(api), *list = api_list(api);
        for (size_t i = 0; i < problems.n; i++)
                api_append(api, list, describe_problem(api, &problems.list[i]));
        problems_done(&problems);
        api_put_bool(api, o, "ok", r >= 0);
        api_put(api, o, "problems", list);
        api_put_count(api, o, "domains", m->config->n_domains);
        return o;
}

/* --- records that are tests ---------------------------------------------------------------- */

struct json_object *api_test_alerts(Api *api) {
        static const Level levels[] = { LEVEL_CRITICAL, LEVEL_WARNING, LEVEL_OK };
        _cleanup_strbuf_ StrBuf by = {};

        /* It is escaped where the record is made. */
        if (!api_body_has_only(api, (const char *const[]){ "by", NULL }) ||
            !api_body_raw_text(api, "by", 150, false, &by))
                return NULL;
        unsigned uid = (unsigned)api->request->uid;
        strbuf_addf(&by, by.size > 0 ? " (uid %u)" : "uid %u", uid);
        if (by.error < 0) {
                api->no_memory = true;
                return NULL;
        }
        struct json_object *o = api_object(api), *sequences = api_list(api);
        for (size_t i = 0; i < ELEMENTSOF(levels); i++) {
                announce_test(api->m, levels[i], strbuf_text(&by), api->now);
                api_append(api, sequences, json_object_new_int64((int64_t)api->m->sequence));
        }
        api_put(api, o, "sequences", sequences);
        return o;
}
