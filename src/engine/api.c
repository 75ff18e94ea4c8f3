/* SPDX-License-Identifier: MIT */
#include "engine/api.h"

#include "base/text.h"
#include "engine/api-input.h"
#include "engine/api-routes.h"
#include "engine/persist.h"

#include <string.h>

typedef struct Route {
        const char *method;
        const char *path; /* one that ends in '/' goes on with what is asked for */
        api_handler_t handler;
} Route;

/* clang-format off */
static const Route routes[] = {
        { "GET",    "/v1/status",      api_get_status },
        { "GET",    "/v1/alerts",      api_get_alerts },
        { "GET",    "/v1/domains",     api_get_domains },
        { "GET",    "/v1/domains/",    api_get_domain },
        { "GET",    "/v1/explain",     api_get_explain },
        { "GET",    "/v1/history",     api_get_history },
        { "GET",    "/v1/events",      api_get_events },
        { "POST",   "/v1/tests",       api_start_test },
        { "GET",    "/v1/tests/",      api_get_test },
        { "POST",   "/v1/polls",       api_start_polls },
        { "GET",    "/v1/polls",       api_get_polls },
        { "GET",    "/v1/silences",    api_get_silences },
        { "POST",   "/v1/silences",    api_make_silence },
        { "DELETE", "/v1/silences/",   api_end_silence },
        { "POST",   "/v1/acks",        api_make_ack },
        { "DELETE", "/v1/acks",        api_end_ack },
        { "POST",   "/v1/reload",      api_reload },
        { "POST",   "/v1/test-alerts", api_test_alerts },
};
/* clang-format on */

/* What of the path is behind the route's own; NULL when it is another path. */
static const char *route_rest(const Route *route, const char *path) {
        size_t n = strlen(route->path);

        if (strncmp(path, route->path, n) != 0)
                return NULL;
        if ((route->path[n - 1] == '/') != (path[n] != '\0'))
                return NULL;
        return path + n;
}

static struct json_object *dispatch(Api *api) {
        const WebRequest *request = api->request;
        bool known = false;

        for (size_t i = 0; i < ELEMENTSOF(routes); i++) {
                const char *rest = route_rest(&routes[i], request->path);
                if (!rest)
                        continue;
                known = true;
                if (!streq(routes[i].method, request->method))
                        continue;
                api->rest = rest;
                if (streq(request->method, "POST") && !api_read_body(api))
                        return NULL;
                return routes[i].handler(api);
        }
        if (known)
                return api_refuse(api, 405, "this path does not take that method");
        return api_refuse(api, 404, "no such path; docs/control-api.md has them all");
}

static void write_error(Api *api, StrBuf *b) {
        if (api->error.size == 0) {
                api->status = 503;
                strbuf_adds(&api->error, "out of memory");
        }
        /* All of it is one safe line; what JSON needs more is a quote or backslash escaped. */
        strbuf_adds(b, "{\"error\":\"");
        for (const char *p = strbuf_text(&api->error); *p; p++) {
                if (*p == '"' || *p == '\\')
                        strbuf_addc(b, '\\');
                strbuf_addc(b, *p);
        }
        strbuf_adds(b, "\"}\n");
}

void api_answer(void *userdata, const WebRequest *request, WebReply *ret) {
        Monitor *m = userdata;
        Api api = { .m = m, .request = request, .rest = "", .now = monitor_now(m), .status = 200 };
        StrBuf body = {};
        size_t size = 0;

        _cleanup_json_ struct json_object *answer = dispatch(&api);
        if (!streq(request->method, "GET")) {
                /* What was answered outlives whatever comes. */
                m->durable = true;
                persist_now(m, api.now);
        }
        if (api.no_memory) {
                strbuf_reset(&api.error);
                json_object_put(answer);
                answer = NULL;
        }
        const char *text =
                answer ? json_object_to_json_string_length(
                                 answer, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
                                 &size)
                       : NULL;
        if (text) {
                strbuf_add(&body, text, size);
                strbuf_addc(&body, '\n');
        } else {
                write_error(&api, &body);
        }
        json_object_put(api.body);
        strbuf_done(&api.error);
        strbuf_done(&api.scratch);
        *ret = (WebReply){ api.status, body };
}
