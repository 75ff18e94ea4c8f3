/* SPDX-License-Identifier: MIT */
#include "config/settings.h"

#include "base/text.h"

#include <errno.h>
#include <string.h>

#define STATE_DIR_DEFAULT "/var/lib/mailsecd"
#define MINUTES_MAX       1440 /* "24:00" */
#define MIB               (1024 * 1024)

static void read_password(Load *l, const SymantecDraft *draft, Secret **ret) {
        _cleanup_strbuf_ StrBuf own = { 0 };

        if (draft->password_file) {
                settings_read_named(l, secret_file_read, "password_file", draft->password_file,
                                    origin_in(SECTION_SYMANTEC, "password_file", draft), ret);
                return;
        }
        strbuf_addf(&own, "symantec.%s.password", draft->name);
        if (own.error < 0)
                l->error = own.error;
        else if (!settings_read_credential(l, secret_file_read, strbuf_text(&own), draft->origin,
                                           ret) &&
                 !settings_read_credential(l, secret_file_read, "symantec.password", draft->origin,
                                           ret))
                load_error(l, draft->origin,
                           "the symantec account \"%s\" has no password: there is no "
                           "password_file, and no credential"
                           " %s or symantec.password (LoadCredential= of the unit)",
                           draft->name, strbuf_text(&own));
}

static void resolve_account(Load *l, const SymantecDraft *draft, SymantecAccount *ret) {
        *ret = (SymantecAccount){
                .settings = {
                        .name = draft->name,
                        .endpoint = { draft->url, draft->ca_file, draft->proxy, draft->timeout },
                        .username = draft->username,
                        .interval = draft->interval,
                        .filter_configured = draft->filter == 1,
                },
                .origin = draft->origin,
        };
        if (strchr(draft->username, ':')) /* RFC 7617 section 2 */
                load_error(l, origin_in(SECTION_SYMANTEC, "username", draft),
                           "username holds a colon");
        settings_check_readable(l, "ca_file", draft->ca_file,
                                origin_in(SECTION_SYMANTEC, "ca_file", draft));
        read_password(l, draft, &ret->settings.password);
}

static void check_account_name(Load *l, uint32_t i) {
        const SymantecDraft *accounts = l->draft->symantec;

        for (uint32_t j = 0; j < i; j++) {
                if (!streq(accounts[i].name, accounts[j].name))
                        continue;
                load_error(l, accounts[i].origin,
                           "a second symantec account is named \"%s\", the first is at %s; give "
                           "each a name",
                           accounts[i].name, load_place(l, accounts[j].origin));
                return;
        }
}

static void resolve_symantec(Load *l) {
        const Draft *draft = l->draft;
        Config *config = l->config;

        config->symantec = load_alloc(l, sizeof(*config->symantec) * MAX(draft->n_symantec, 1u));
        for (uint32_t i = 0; config->symantec && i < draft->n_symantec; i++) {
                check_account_name(l, i);
                if (draft->symantec[i].username)
                        resolve_account(l, &draft->symantec[i],
                                        &config->symantec[config->n_symantec++]);
        }
}

static void resolve_immuniweb(Load *l) {
        const ImmuniwebDraft *draft = &l->draft->immuniweb;
        ImmuniwebSettings *settings = &l->config->immuniweb;
        Origin origin = origin_in(SECTION_TOP, "immuniweb", l->draft);

        *settings = (ImmuniwebSettings){
                .enabled = draft->enabled,
                .endpoint = { draft->url, draft->ca_file, draft->proxy, draft->timeout },
                .interval = draft->interval,
                .recheck = draft->recheck,
                .publish = draft->publish,
                .daily_tests = draft->daily_tests,
                .concurrency = draft->concurrency,
                .poll_min = draft->poll_min,
                .poll_max = draft->poll_max,
                .deadline = draft->deadline,
                .evidence = draft->evidence,
                .evidence_max = (uint64_t)draft->evidence_size * MIB,
        };
        if (draft->poll_min > draft->poll_max) {
                Origin max = origin_in(SECTION_IMMUNIWEB, "poll_max", draft);
                Origin min = origin_in(SECTION_IMMUNIWEB, "poll_min", draft);
                load_error(l, max.file > 0 ? max : min, "poll_max is shorter than poll_min");
        }
        if (!draft->enabled)
                return;
        settings_check_readable(l, "ca_file", draft->ca_file,
                                origin_in(SECTION_IMMUNIWEB, "ca_file", draft));
        if (draft->api_key_file)
                settings_read_named(l, secret_file_read, "api_key_file", draft->api_key_file,
                                    origin_in(SECTION_IMMUNIWEB, "api_key_file", draft),
                                    &settings->api_key);
        else /* without one the free service is used */
                (void)settings_read_credential(l, secret_file_read, "immuniweb.key", origin,
                                               &settings->api_key);
}

static void resolve_output(Load *l) {
        const Draft *draft = l->draft;
        Config *config = l->config;
        const char *given = l->environment->state_directory;

        config->output = (OutputChoice)draft->output.journal;
        config->syslog_facility = facility_number(draft->output.syslog_facility);
        config->identifier = draft->output.identifier;
        config->heartbeat = draft->output.heartbeat;

        /* systemd.exec(5): several directories are separated by colons. */
        size_t size = given ? strcspn(given, ":") : 0;
        if (draft->state_dir)
                config->state_dir = draft->state_dir;
        else if (size > 0)
                config->state_dir = arena_strndup(&config->arena, given, size);
        else
                config->state_dir = STATE_DIR_DEFAULT;
        if (!config->state_dir)
                l->error = -ENOMEM;
}

static void resolve_history(Load *l) {
        const HistoryDraft *draft = &l->draft->history;
        Origin full = origin_in(SECTION_HISTORY, "full", draft);
        Origin hourly = origin_in(SECTION_HISTORY, "hourly", draft);

        if (draft->hourly < draft->full)
                load_error(l, hourly.file > 0 ? hourly : full, "hourly is shorter than full");
        l->config->history_full = draft->full;
        l->config->history_hourly = draft->hourly == USEC_INFINITY ? 0 : draft->hourly;
}

/* Whether a key of a window is there; else says so, unless it is there and was refused. */
static bool window_has(Load *l, const QuietDraft *draft, const char *key, const char *value) {
        if (!value && origin_in(SECTION_QUIET, key, draft).file == 0 && !l->broken)
                load_error(l, draft->origin, "the quiet window has no %s", key);
        return value;
}

static void resolve_window(Load *l, const QuietDraft *draft, QuietWindow *ret) {
        bool whole = window_has(l, draft, "name", draft->name);
        whole &= window_has(l, draft, "match", draft->match);
        whole &= window_has(l, draft, "from", draft->from);
        whole &= window_has(l, draft, "to", draft->to);
        if (!whole)
                return;

        *ret = (QuietWindow){ draft->name, draft->match, draft->timezone };
        /* Each was read before, when its key was. */
        (void)quiet_parse_days(draft->days, &ret->days);
        (void)quiet_parse_time(draft->from, &ret->from);
        (void)quiet_parse_time(draft->to, &ret->to);

        if (ret->from == MINUTES_MAX)
                load_error(l, origin_in(SECTION_QUIET, "from", draft),
                           "from cannot be \"24:00\"; a window that begins at midnight is from "
                           "\"00:00\"");
        else if (ret->from == ret->to)
                load_error(l, origin_in(SECTION_QUIET, "to", draft),
                           "from and to are equal; the whole day is from \"00:00\" to \"24:00\"");
        else if (ret->to == 0) /* midnight is the end of the day */
                ret->to = MINUTES_MAX;
}

static void resolve_quiet(Load *l) {
        const Draft *draft = l->draft;
        Config *config = l->config;

        config->quiet = load_alloc(l, sizeof(*config->quiet) * MAX(draft->n_quiet, 1u));
        for (uint32_t i = 0; config->quiet && i < draft->n_quiet; i++) {
                const QuietDraft *window = &draft->quiet[i];
                resolve_window(l, window, &config->quiet[config->n_quiet++]);
                for (uint32_t j = 0; j < i && window->name; j++) {
                        if (!draft->quiet[j].name || !streq(draft->quiet[j].name, window->name))
                                continue;
                        load_error(l, origin_in(SECTION_QUIET, "name", window),
                                   "a second quiet window is named \"%s\", the first is at %s",
                                   window->name, load_place(l, draft->quiet[j].origin));
                        break;
                }
        }
}

void settings_resolve(Load *l) {
        resolve_symantec(l);
        resolve_immuniweb(l);
        resolve_output(l);
        resolve_history(l);
        resolve_quiet(l);
        alertmanagers_resolve(l);
        web_resolve(l);
        l->config->control_group = l->draft->control.group;
        if (l->config->n_symantec == 0 && !l->config->immuniweb.enabled && !l->broken)
                load_error(
                        l, origin_in(SECTION_IMMUNIWEB, "enabled", &l->draft->immuniweb),
                        "no source is on: give symantec a username, or let immuniweb be enabled");
}
