/* SPDX-License-Identifier: MIT */
#include "config/listen.h"
#include "config/settings.h"

#include <string.h>

/* Reads a file that a key names, else the credential. Whether there is one, good or not. */
static bool read_either(Load *l, SecretReader reader, const char *key, const char *path,
                        const char *credential, Secret **ret) {
        const WebDraft *draft = &l->draft->web;

        if (path) {
                settings_read_named(l, reader, key, path, origin_in(SECTION_WEB, key, draft), ret);
                return true;
        }
        return settings_read_credential(l, reader, credential,
                                        origin_in(SECTION_TOP, "web", l->draft), ret);
}

/* The place of a key, or where it is not written that of the group. */
static Origin origin_of(const Load *l, const char *key) {
        Origin origin = origin_in(SECTION_WEB, key, &l->draft->web);
        return origin.file > 0 ? origin : origin_in(SECTION_TOP, "web", l->draft);
}

/* What a page that others can reach has to have. */
static void check_remote(Load *l, bool https, bool who) {
        const WebDraft *draft = &l->draft->web;
        const struct {
                bool there;
                const char *words;
        } needs[] = {
                { draft->allow_remote, "allow_remote = true" },
                { https, "a certificate and its key (certificate_file and key_file, or the "
                         "credentials web.cert and web.key)" },
                { who, "a password or a CA of client certificates (password_file or "
                       "client_ca_file, or the credential web.password or web.client-ca)" },
        };

        for (size_t i = 0; i < ELEMENTSOF(needs); i++) {
                if (needs[i].there)
                        continue;
                if (draft->listen)
                        load_error(l, origin_of(l, "listen"),
                                   "other machines can reach %s, which takes what is missing: %s",
                                   draft->listen, needs[i].words);
                else
                        load_warning(l, origin_of(l, "allow_remote"),
                                     "allow_remote has no effect: it takes what is missing: %s",
                                     needs[i].words);
        }
}

static void check_web(Load *l, bool certificate, bool key, bool client_ca, bool password) {
        const WebDraft *draft = &l->draft->web;

        if (certificate && !key)
                load_error(l, origin_of(l, "certificate_file"),
                           "the certificate has no key: there is no key_file, and no credential "
                           "web.key (LoadCredential= of the unit)");
        if (key && !certificate)
                load_error(l, origin_of(l, "key_file"),
                           "the key has no certificate: there is no certificate_file, and no "
                           "credential web.cert (LoadCredential= of the unit)");
        if (client_ca && !certificate && !key)
                load_error(l, origin_of(l, "client_ca_file"),
                           "client certificates take HTTPS: there is no certificate_file and "
                           "key_file, and no credentials web.cert and web.key");
        if (draft->listen ? !listen_is_loopback(draft->listen) : draft->allow_remote)
                check_remote(l, certificate || key, password || client_ca);
}

void web_resolve(Load *l) {
        const WebDraft *draft = &l->draft->web;
        WebSettings *settings = &l->config->web;

        *settings = (WebSettings){
                .listen = draft->listen,
                .url = draft->url,
                .remote = draft->allow_remote,
                .username = draft->username,
        };
        if (strchr(draft->username, ':')) /* RFC 7617 section 2 */
                load_error(l, origin_of(l, "username"), "username holds a colon");
        bool certificate = read_either(l, certificate_file_read, "certificate_file",
                                       draft->certificate_file, "web.cert", &settings->certificate);
        bool key = read_either(l, private_key_file_read, "key_file", draft->key_file, "web.key",
                               &settings->key);
        bool client_ca = read_either(l, certificate_file_read, "client_ca_file",
                                     draft->client_ca_file, "web.client-ca", &settings->client_ca);
        bool password = read_either(l, secret_file_read, "password_file", draft->password_file,
                                    "web.password", &settings->password);
        if (!l->broken)
                check_web(l, certificate, key, client_ca, password);
}
