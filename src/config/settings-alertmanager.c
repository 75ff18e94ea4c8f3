/* SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "config/settings.h"
#include "config/url.h"

#include <string.h>

static Origin origin_of(const AlertmanagerDraft *draft, const char *key) {
        Origin origin = origin_in(SECTION_ALERTMANAGER, key, draft);
        return origin.file > 0 ? origin : draft->origin;
}

static void read_password(Load *l, const AlertmanagerDraft *draft, Secret **ret) {
        if (draft->password_file)
                settings_read_named(l, secret_file_read, "password_file", draft->password_file,
                                    origin_of(draft, "password_file"), ret);
        else if (!settings_read_credential(l, secret_file_read, "alertmanager.password",
                                           draft->origin, ret) &&
                 !l->broken)
                load_error(l, origin_of(draft, "username"),
                           "there is a username, but no password: there is no password_file, and "
                           "no credential alertmanager.password (LoadCredential= of the unit)");
}

static void check_login(Load *l, const AlertmanagerDraft *draft) {
        if (!draft->username) {
                if (draft->password_file && !l->broken)
                        load_error(l, origin_of(draft, "password_file"),
                                   "there is a password_file, but no username");
                return;
        }
        if (strchr(draft->username, ':')) /* RFC 7617 section 2 */
                load_error(l, origin_of(draft, "username"), "username holds a colon");
        if (url_is_plain(draft->url) &&
            (!url_is_loopback(draft->url) || (draft->proxy && !url_is_loopback(draft->proxy))))
                load_error(l, origin_of(draft, "url"),
                           "the password would go over the network in the clear: give the url of "
                           "an https server, or no username");
}

/* Whether the server is another than those before it; else says so. */
static void check_other(Load *l, uint32_t i) {
        const AlertmanagerDraft *all = l->draft->output.alertmanagers;

        for (uint32_t j = 0; j < i; j++) {
                if (!all[j].url || !url_equal(all[i].url, all[j].url))
                        continue;
                load_error(l, origin_of(&all[i], "url"),
                           "a second Alertmanager has this url, the first is at %s",
                           load_place(l, origin_of(&all[j], "url")));
                return;
        }
}

static void resolve_server(Load *l, const AlertmanagerDraft *draft, AlertmanagerSettings *ret) {
        *ret = (AlertmanagerSettings){
                .endpoint = { draft->url, draft->ca_file, draft->proxy, draft->timeout },
                .username = draft->username,
                .resend = draft->resend,
                .severity_label = draft->severity_label,
        };
        settings_check_readable(l, "ca_file", draft->ca_file, origin_of(draft, "ca_file"));
        check_login(l, draft);
        if (draft->username)
                read_password(l, draft, &ret->password);
}

void alertmanagers_resolve(Load *l) {
        const OutputDraft *draft = &l->draft->output;
        Config *config = l->config;

        config->alertmanagers =
                load_alloc(l, sizeof(*config->alertmanagers) * MAX(draft->n_alertmanagers, 1u));
        for (uint32_t i = 0; config->alertmanagers && i < draft->n_alertmanagers; i++) {
                if (!draft->alertmanagers[i].url)
                        continue;
                check_other(l, i);
                resolve_server(l, &draft->alertmanagers[i],
                               &config->alertmanagers[config->n_alertmanagers++]);
        }
}
