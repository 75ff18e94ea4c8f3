/* SPDX-License-Identifier: MIT */
#include "engine/api-find.h"

#include "base/text.h"
#include "config/hostname.h"

#include <ctype.h>
#include <string.h>

bool api_find(Api *api, const char *identity, Place *ret) {
        _cleanup_free_ char *lower = strdup(identity);
        _cleanup_strbuf_ StrBuf safe = {};
        Place p = {};

        if (!lower) {
                api->no_memory = true;
                return false;
        }
        for (char *c = lower; *c; c++)
                *c = (char)tolower((unsigned char)*c);
        char *target = strchr(lower, '/'), *metric = strrchr(lower, '/');
        bool whole = target && metric > target;
        if (whole)
                *target = *metric = '\0';
        if (!whole || !place_find(api->m, lower, target + 1, metric + 1, &p)) {
                text_escape(&safe, identity, strlen(identity), 300);
                api_refuse(api, 404, "%s is nothing that is watched (SOURCE/TARGET/METRIC)",
                           strbuf_text(&safe));
                return false;
        }
        if (p.standing && p.standing->removed)
                p.standing = NULL;
        *ret = p;
        return true;
}

bool api_find_parts(Api *api, const char *source, const char *target, const char *metric,
                    Place *ret) {
        _cleanup_strbuf_ StrBuf identity = {};

        strbuf_addf(&identity, "%s/%s/%s", source, target, metric);
        if (identity.error < 0) {
                api->no_memory = true;
                return false;
        }
        return api_find(api, strbuf_text(&identity), ret);
}

const Domain *api_find_domain(Api *api, const char *name) {
        const Config *config = api->m->config;
        char normal[HOSTNAME_BYTES];

        if (!hostname_normalize(name, normal)) {
                uint32_t i = names_find(&config->names, normal, strlen(normal));
                if (i != NAMES_NONE)
                        return &config->domains[i];
        }
        _cleanup_strbuf_ StrBuf safe = {};
        text_escape(&safe, name, strlen(name), HOSTNAME_BYTES);
        api_refuse(api, 404, "%s is not watched", strbuf_text(&safe));
        return NULL;
}
