/* SPDX-License-Identifier: MIT */
#include "sim/route.h"

#include <stdio.h>
#include <string.h>

#include "sim/setting.h"

/* "PREFIX/CALL/something.html" */
static bool is_call(const char *path, const char *prefix, const char *call) {
        size_t size = strlen(prefix);
        if (strncmp(path, prefix, size) != 0 || strncmp(path + size, call, strlen(call)) != 0)
                return false;
        const char *stamp = path + size + strlen(call);
        const char *end = strstr(stamp, ".html");
        return end && end > stamp && strcmp(end, ".html") == 0 && !strchr(stamp, '/');
}

/* Where the report is, the API's path without its version; the id goes to *id. */
static bool is_pdf(const char *path, const char *prefix, char id[static ROUTE_TEXT_MAX]) {
        static const char version[] = "/api/v1", call[] = "/gen_pdf/";
        size_t size = strlen(prefix), tail = strlen(version);
        if (size >= tail && strcmp(prefix + size - tail, version) == 0)
                size -= tail;
        if (strncmp(path, prefix, size) != 0 || strncmp(path + size, call, strlen(call)) != 0)
                return false;
        path += size + strlen(call);
        size_t length = strcspn(path, "/");
        if (length == 0 || length >= ROUTE_TEXT_MAX || strlen(path + length) > 1)
                return false;
        snprintf(id, ROUTE_TEXT_MAX, "%.*s", (int)length, path);
        return true;
}

static Route route_prefix(const char *path, const char *prefix, char id[static ROUTE_TEXT_MAX]) {
        if (is_call(path, prefix, "/check/"))
                return ROUTE_CHECK;
        if (is_call(path, prefix, "/get_result/"))
                return ROUTE_GET_RESULT;
        return is_pdf(path, prefix, id) ? ROUTE_GEN_PDF : ROUTE_NONE;
}

Route route_immuniweb(const Scenario *scenario, const char *path, char id[static ROUTE_TEXT_MAX]) {
        static const char *const usual[] = { "", "/email/api/v1" };
        const config_setting_t *own = setting_member(scenario->immuniweb, "prefixes");
        Route call = ROUTE_NONE;

        for (size_t i = 0; call == ROUTE_NONE && i < setting_count(own); i++)
                call = route_prefix(path, setting_as_text(setting_element(own, i), ""), id);
        for (size_t i = 0; call == ROUTE_NONE && !own && i < ELEMENTSOF(usual); i++)
                call = route_prefix(path, usual[i], id);
        return call;
}

Route route_symantec(const Scenario *scenario, const char *path,
                     char prefix[static ROUTE_TEXT_MAX]) {
        const char *last = strrchr(path, '/');
        if (!last || strcmp(last, "/stats") != 0)
                return ROUTE_NONE;
        snprintf(prefix, ROUTE_TEXT_MAX, "%.*s", (int)(last - path), path);
        for (size_t i = 0; i < scenario->n_accounts; i++)
                if (strcmp(scenario->accounts[i].prefix, prefix) == 0)
                        return ROUTE_STATS;
        return ROUTE_NONE;
}
