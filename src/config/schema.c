/* SPDX-License-Identifier: MIT */
#include "config/schema.h"

#include "config/draft.h"
#include "config/value.h"
#include "core/voice.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <syslog.h>

#define DAY  USEC_PER_DAY
#define HOUR USEC_PER_HOUR
#define MIN_ USEC_PER_MIN
#define SEC  USEC_PER_SEC
#define YEAR (365 * USEC_PER_DAY) /* no interval is longer: it would be a mistake */

#define NAME_LONGEST       64
#define IDENTIFIER_LONGEST 64
#define TEXT_LONGEST       1000 /* what a record takes of one value (RECORD_VALUE_MAX) */
#define HOST_LONGEST       1000 /* before it is turned into A-labels */
#define PATH_LONGEST       4095
#define LISTEN_LONGEST     64

#define FACILITIES(X)                                                                              \
        X("auth", LOG_AUTH)                                                                        \
        X("authpriv", LOG_AUTHPRIV)                                                                \
        X("cron", LOG_CRON)                                                                        \
        X("daemon", LOG_DAEMON)                                                                    \
        X("ftp", LOG_FTP)                                                                          \
        X("kern", LOG_KERN)                                                                        \
        X("lpr", LOG_LPR)                                                                          \
        X("mail", LOG_MAIL)                                                                        \
        X("news", LOG_NEWS)                                                                        \
        X("syslog", LOG_SYSLOG)                                                                    \
        X("user", LOG_USER)                                                                        \
        X("uucp", LOG_UUCP)                                                                        \
        X("local0", LOG_LOCAL0)                                                                    \
        X("local1", LOG_LOCAL1)                                                                    \
        X("local2", LOG_LOCAL2)                                                                    \
        X("local3", LOG_LOCAL3)                                                                    \
        X("local4", LOG_LOCAL4)                                                                    \
        X("local5", LOG_LOCAL5)                                                                    \
        X("local6", LOG_LOCAL6)                                                                    \
        X("local7", LOG_LOCAL7)

#define FACILITY_WORD(word, code)   word,
#define FACILITY_NUMBER(word, code) LOG_FAC(code),

const char *const facility_words[] = { FACILITIES(FACILITY_WORD) NULL };
static const int facility_numbers[] = { FACILITIES(FACILITY_NUMBER) };

int facility_number(uint32_t word) {
        return facility_numbers[word];
}

static const char *const filter_words[] = { "all", "configured", NULL };
static const char *const journal_words[] = { "auto", "journal", "syslog", "both", "stderr", NULL };
static_assert(FLAP_LIMIT_MAX == 50, "the most that flap_limit may be, below");
static_assert(ELEMENTSOF(journal_words) == _OUTPUT_CHOICE_MAX + 1, "one word per OutputChoice");

/* clang-format off */
#define AT(member) offsetof(ROW, member)

#define ROW Draft
static const Key top_keys[] = {
        { "symantec", KEY_SYMANTEC, 0, AT(symantec), 0, 0, NULL, NULL,
          "the Email Queue API: a group, or a list of groups with a name each for several accounts" },
        { "immuniweb", KEY_IMMUNIWEB, 0, AT(immuniweb), 0, 0, NULL, NULL, "the Email Security Test" },
        { "policy", KEY_POLICY, 0, AT(policy), 0, 0, NULL, NULL,
          "when an alert speaks; also inside a source, a group or a domain: the nearest wins, key by key" },
        { "limits", KEY_LIMITS, KEY_ACCOUNTS, AT(limits), 0, 0, NULL, NULL,
          "limits by metric; a group's and a domain's win, part by part" },
        { "groups", KEY_GROUPS, 0, AT(groups), 0, 0, NULL, NULL, "what domains share, by the group's name" },
        { "domains", KEY_DOMAINS, 0, AT(domains), 0, 0, NULL, NULL,
          "the domains to watch: names, or groups with a name; may stand in every file and adds up" },
        { "output", KEY_OUTPUT, 0, AT(output), 0, 0, NULL, NULL, "where records and alerts go" },
        { "include_dir", KEY_DIRECTORY, KEY_OPTIONAL | KEY_MAIN, AT(include_dir), 0, PATH_LONGEST, "\"conf.d\"", NULL,
          "a directory whose *.conf files are read too, in name order; relative to the main file, only there; \"\" = none" },
        { "state_dir", KEY_PATH, KEY_OPTIONAL, AT(state_dir), 0, PATH_LONGEST, "\"\"", NULL,
          "where state is kept; \"\" = $STATE_DIRECTORY, else /var/lib/mailsecd" },
        { "history", KEY_HISTORY, 0, AT(history), 0, 0, NULL, NULL, "how long values are kept" },
        { "quiet", KEY_QUIET, 0, AT(quiet), 0, 0, NULL, NULL, "a list of windows: at certain hours certain alerts are not told" },
        { "control", KEY_CONTROL, 0, AT(control), 0, 0, NULL, NULL, "who may use the control socket" },
        { "web", KEY_WEB, 0, AT(web), 0, 0, NULL, NULL, "the status page and /metrics over HTTP" },
};
#undef ROW

#define ROW SymantecDraft
static const Key symantec_keys[] = {
        { "name", KEY_NAME, 0, AT(name), 0, NAME_LONGEST, "\"default\"", NULL, "the account's name in records and credentials" },
        { "url", KEY_URL, 0, AT(url), 0, TEXT_LONGEST, "\"https://emailqueue.emailsecurity.symantec.com\"", NULL, "the API's address" },
        { "username", KEY_TEXT, KEY_OPTIONAL, AT(username), 0, TEXT_LONGEST, "\"\"", NULL, "the API's user; \"\" = this source is off" },
        { "password_file", KEY_PATH, KEY_OPTIONAL, AT(password_file), 0, PATH_LONGEST, "\"\"", NULL,
          "a file with the password; \"\" = the credential symantec.NAME.password, else symantec.password" },
        { "interval", KEY_DURATION, 0, AT(interval), 10 * SEC, DAY, "\"5min\"", NULL, "how often the queues are asked for" },
        { "timeout", KEY_DURATION, 0, AT(timeout), SEC, 10 * MIN_, "\"30s\"", NULL, "of the whole exchange; shorter than the interval" },
        { "filter", KEY_CHOICE, 0, AT(filter), 0, 0, "\"all\"", filter_words,
          "\"all\": everything the credential sees; \"configured\": configured domains only" },
        { "ca_file", KEY_PATH, KEY_OPTIONAL, AT(ca_file), 0, PATH_LONGEST, "\"\"", NULL, "certificates to trust; \"\" = the system's store" },
        { "proxy", KEY_PROXY, KEY_OPTIONAL, AT(proxy), 0, TEXT_LONGEST, "\"\"", NULL,
          "http, https or socks5h address of a proxy; \"\" = none, whatever the environment says" },
        { "policy", KEY_POLICY, 0, AT(policy), 0, 0, NULL, NULL, "policy of this account and its domains' queues" },
};
#undef ROW

#define ROW ImmuniwebDraft
static const Key immuniweb_keys[] = {
        { "enabled", KEY_BOOL, 0, AT(enabled), 0, 0, "true", NULL, "whether this source is on" },
        { "url", KEY_URL, 0, AT(url), 0, TEXT_LONGEST, "\"https://www.immuniweb.com/email/api/v1\"", NULL, "the API's address" },
        { "api_key_file", KEY_PATH, KEY_OPTIONAL, AT(api_key_file), 0, PATH_LONGEST, "\"\"", NULL,
          "a file with the API key; \"\" = the credential immuniweb.key; without a key the free service is used" },
        { "interval", KEY_DURATION, 0, AT(interval), 10 * SEC, YEAR, "\"1day\"", NULL, "how often each domain is tested" },
        { "recheck", KEY_BOOL, 0, AT(recheck), 0, 0, "true", NULL, "ask for a fresh test; needs a key, without one the cache is used" },
        { "publish", KEY_BOOL, 0, AT(publish), 0, 0, "false", NULL, "list results on the vendor's site" },
        { "daily_tests", KEY_COUNT, 0, AT(daily_tests), 0, 1000000, "50", NULL, "how many tests may be started in 24 hours; 0 = no limit" },
        { "concurrency", KEY_COUNT, 0, AT(concurrency), 1, 64, "4", NULL, "tests in progress at once" },
        { "poll_min", KEY_DURATION, 0, AT(poll_min), SEC, HOUR, "\"10s\"", NULL, "the least wait for a running test, whatever the vendor's eta" },
        { "poll_max", KEY_DURATION, 0, AT(poll_max), SEC, HOUR, "\"1min\"", NULL, "the longest wait for a running test; at least poll_min" },
        { "deadline", KEY_DURATION, 0, AT(deadline), MIN_, DAY, "\"30min\"", NULL, "of one test, start to result" },
        { "timeout", KEY_DURATION, 0, AT(timeout), SEC, 10 * MIN_, "\"30s\"", NULL, "of one whole exchange" },
        { "ca_file", KEY_PATH, KEY_OPTIONAL, AT(ca_file), 0, PATH_LONGEST, "\"\"", NULL, "certificates to trust; \"\" = the system's store" },
        { "proxy", KEY_PROXY, KEY_OPTIONAL, AT(proxy), 0, TEXT_LONGEST, "\"\"", NULL,
          "http, https or socks5h address of a proxy; \"\" = none, whatever the environment says" },
        { "policy", KEY_POLICY, 0, AT(policy), 0, 0, NULL, NULL, "policy of this source and its domains' tests" },
        { "evidence", KEY_COUNT, 0, AT(evidence), 0, 100, "5", NULL,
          "how many sets of evidence (the vendor's PDF, both results) are kept per domain; 0 = none is gathered" },
        { "evidence_size", KEY_COUNT, 0, AT(evidence_size), 1, 100000, "500", NULL,
          "MiB of evidence of all domains together; the oldest goes first" },
};
#undef ROW

#define ROW PolicyDraft
static const Key policy_keys[] = {
        { "raise_after", KEY_COUNT, 0, AT(raise_after), 1, 1000, "2", NULL,
          "so many bad samples in a row raise an alert (built in: symantec 2, immuniweb 1)" },
        { "clear_after", KEY_COUNT, 0, AT(clear_after), 1, 1000, "2", NULL, "so many good samples in a row clear it (built in: symantec 2, immuniweb 1)" },
        { "stale_after", KEY_COUNT, 0, AT(stale_after), 1, 1000, "3", NULL, "intervals without a fresh value before data_age warns" },
        { "remind_first", KEY_DURATION, KEY_NEVER, AT(remind_first), MIN_, YEAR, "\"4h\"", NULL,
          "when a standing alert is told again; each further wait is twice as long" },
        { "remind_max", KEY_DURATION, 0, AT(remind_max), MIN_, YEAR, "\"1day\"", NULL, "the longest wait between reminders; at least remind_first" },
        { "flap_limit", KEY_COUNT, 0, AT(flap_limit), 0, 50, "6", NULL,
          "an alert that changes more often than this within flap_window flaps: it is told so once, until it settles; 0 = never" },
        { "flap_window", KEY_DURATION, 0, AT(flap_window), MIN_, 7 * DAY, "\"1h\"", NULL,
          "the time in which changes are counted; after as long without one the alert has settled" },
        { "group_over", KEY_COUNT, KEY_SOURCE, AT(group_over), 0, 1000000, "10", NULL,
          "more domains of an account than this that change alike at once are told in one record; 0 = never; of a source or the top level only" },
};
#undef ROW

#define ROW OutputDraft
static const Key output_keys[] = {
        { "journal", KEY_CHOICE, 0, AT(journal), 0, 0, "\"auto\"", journal_words,
          "\"auto\": journald where it listens, else syslog" },
        { "syslog_facility", KEY_CHOICE, 0, AT(syslog_facility), 0, 0, "\"daemon\"", facility_words, "the facility of syslog(3)" },
        { "identifier", KEY_IDENTIFIER, 0, AT(identifier), 1, IDENTIFIER_LONGEST, "\"mailsecd\"", NULL, "SYSLOG_IDENTIFIER" },
        { "heartbeat", KEY_DURATION, KEY_NEVER, AT(heartbeat), MIN_, 30 * DAY, "\"1day\"", NULL,
          "an info record with counters, so that silence is never ambiguous" },
        { "alertmanager", KEY_ALERTMANAGER, 0, AT(alertmanagers), 0, 0, NULL, NULL,
          "a Prometheus Alertmanager that is sent every alert: a group, or a list of groups for several" },
};
#undef ROW

#define ROW AlertmanagerDraft
static const Key alertmanager_keys[] = {
        { "url", KEY_SERVER, KEY_OPTIONAL, AT(url), 0, TEXT_LONGEST, "\"\"", NULL,
          "the server's address, without the API's path, such as \"http://127.0.0.1:9093\"; \"\" = none" },
        { "username", KEY_TEXT, KEY_OPTIONAL, AT(username), 0, TEXT_LONGEST, "\"\"", NULL, "the user of Basic auth; \"\" = none" },
        { "password_file", KEY_PATH, KEY_OPTIONAL, AT(password_file), 0, PATH_LONGEST, "\"\"", NULL,
          "a file with the password; \"\" = the credential alertmanager.password, where there is a username" },
        { "ca_file", KEY_PATH, KEY_OPTIONAL, AT(ca_file), 0, PATH_LONGEST, "\"\"", NULL, "certificates to trust; \"\" = the system's store" },
        { "proxy", KEY_PROXY, KEY_OPTIONAL, AT(proxy), 0, TEXT_LONGEST, "\"\"", NULL,
          "http, https or socks5h address of a proxy; \"\" = none, whatever the environment says" },
        { "timeout", KEY_DURATION, 0, AT(timeout), SEC, 10 * MIN_, "\"10s\"", NULL, "of the whole exchange; shorter than resend" },
        { "resend", KEY_DURATION, 0, AT(resend), 10 * SEC, HOUR, "\"1min\"", NULL, "how often an alert that stands is sent again" },
        { "severity_label", KEY_BOOL, 0, AT(severity_label), 0, 0, "false", NULL,
          "give alerts a label severity; another level is then another alert" },
};
#undef ROW

#define ROW WebDraft
static const Key web_keys[] = {
        { "listen", KEY_LISTEN, KEY_OPTIONAL, AT(listen), 0, LISTEN_LONGEST, "\"\"", NULL,
          "address and port, such as \"127.0.0.1:9797\" or \"[::1]:9797\"; \"\" = none but a socket of the service manager" },
        { "allow_remote", KEY_BOOL, 0, AT(allow_remote), 0, 0, "false", NULL,
          "listen at other than loopback addresses; needs a certificate, and a password or a CA of clients" },
        { "url", KEY_SERVER, KEY_OPTIONAL, AT(url), 0, TEXT_LONGEST, "\"\"", NULL,
          "how people reach it, for links in alerts and behind a reverse proxy; \"\" = as it listens" },
        { "certificate_file", KEY_PATH, KEY_OPTIONAL, AT(certificate_file), 0, PATH_LONGEST, "\"\"", NULL,
          "the certificate and those that lead to its CA, in PEM; \"\" = the credential web.cert; without one it is plain HTTP" },
        { "key_file", KEY_PATH, KEY_OPTIONAL, AT(key_file), 0, PATH_LONGEST, "\"\"", NULL,
          "the certificate's key, in PEM; \"\" = the credential web.key" },
        { "client_ca_file", KEY_PATH, KEY_OPTIONAL, AT(client_ca_file), 0, PATH_LONGEST, "\"\"", NULL,
          "CAs, in PEM, whose client certificates are let in; \"\" = the credential web.client-ca; without one none is asked for" },
        { "username", KEY_TEXT, 0, AT(username), 0, TEXT_LONGEST, "\"mailsecd\"", NULL, "the user of Basic auth" },
        { "password_file", KEY_PATH, KEY_OPTIONAL, AT(password_file), 0, PATH_LONGEST, "\"\"", NULL,
          "a file with the password; \"\" = the credential web.password; without one none is asked for" },
};
#undef ROW

#define ROW HistoryDraft
static const Key history_keys[] = {
        { "full", KEY_DURATION, 0, AT(full), HOUR, 30 * DAY, "\"2d\"", NULL, "how long every value is kept" },
        { "hourly", KEY_DURATION, KEY_NEVER, AT(hourly), DAY, 731 * DAY, "\"90d\"", NULL,
          "how long least, mean and greatest value of each hour are kept; not shorter than full" },
};
#undef ROW

#define ROW QuietDraft
static const Key quiet_keys[] = {
        { "name", KEY_NAME, 0, AT(name), 0, NAME_LONGEST, NULL, NULL, "the window's name, its own" },
        { "match", KEY_MATCH, 0, AT(match), 0, TEXT_LONGEST, NULL, NULL,
          "the alerts that it is about: a glob over SOURCE/TARGET/METRIC, such as \"symantec/*\"" },
        { "days", KEY_DAYS, 0, AT(days), 0, TEXT_LONGEST, "\"daily\"", NULL, "the days on which it begins, such as \"mon-fri\" or \"sat,sun\"" },
        { "from", KEY_TIME, 0, AT(from), 0, TEXT_LONGEST, NULL, NULL, "when it begins" },
        { "to", KEY_TIME, 0, AT(to), 0, TEXT_LONGEST, NULL, NULL, "when it ends; up to from: on the next day" },
        { "timezone", KEY_ZONE, KEY_OPTIONAL, AT(timezone), 0, TEXT_LONGEST, "\"\"", NULL,
          "whose clocks say so, such as \"Europe/Berlin\"; \"\" = this machine's" },
};
#undef ROW

#define ROW ControlDraft
static const Key control_keys[] = {
        { "group", KEY_MEMBERS, KEY_OPTIONAL, AT(group), 0, NAME_LONGEST, "\"\"", NULL,
          "a group of this machine whose members may use it, besides root and the daemon's own user and group; \"\" = none" },
};
#undef ROW

#define ROW GroupDraft
static const Key group_keys[] = {
        { "owner", KEY_TEXT, KEY_OPTIONAL, AT(owner), 0, TEXT_LONGEST, NULL, NULL, "who looks after its domains (MAILSEC_OWNER)" },
        { "runbook", KEY_LINK, KEY_OPTIONAL, AT(runbook), 0, TEXT_LONGEST, NULL, NULL, "a page that says what to do (MAILSEC_RUNBOOK)" },
        { "test_interval", KEY_DURATION, 0, AT(test_interval), 10 * SEC, YEAR, NULL, NULL, "instead of immuniweb's interval" },
        { "policy", KEY_POLICY, 0, AT(policy), 0, 0, NULL, NULL, "policy of its domains" },
        { "limits", KEY_LIMITS, 0, AT(limits), 0, 0, NULL, NULL, "limits of its domains" },
};
#undef ROW

#define ROW DomainDraft
static const Key domain_keys[] = {
        { "name", KEY_HOST, 0, AT(name), 1, HOST_LONGEST, NULL, NULL, "the domain" },
        { "group", KEY_TEXT, KEY_OPTIONAL, AT(group), 0, TEXT_LONGEST, NULL, NULL, "a name from groups" },
        { "owner", KEY_TEXT, KEY_OPTIONAL, AT(owner), 0, TEXT_LONGEST, NULL, NULL, "instead of the group's" },
        { "runbook", KEY_LINK, KEY_OPTIONAL, AT(runbook), 0, TEXT_LONGEST, NULL, NULL, "instead of the group's" },
        { "sources", KEY_SOURCES, 0, AT(sources), 0, 0, NULL, NULL, "the sources that watch it; default: every source that is on" },
        { "account", KEY_NAME, 0, AT(account), 0, NAME_LONGEST, NULL, NULL, "the symantec account that carries it; default: the first one" },
        { "test_interval", KEY_DURATION, 0, AT(test_interval), 10 * SEC, YEAR, NULL, NULL, "instead of the group's or immuniweb's interval" },
        { "policy", KEY_POLICY, 0, AT(policy), 0, 0, NULL, NULL, "policy of this domain" },
        { "limits", KEY_LIMITS, 0, AT(limits), 0, 0, NULL, NULL, "limits of this domain" },
};
#undef ROW
/* clang-format on */

static_assert(ELEMENTSOF(top_keys) == TOP_KEYS, "TOP_KEYS");
static_assert(ELEMENTSOF(symantec_keys) == SYMANTEC_KEYS, "SYMANTEC_KEYS");
static_assert(ELEMENTSOF(immuniweb_keys) == IMMUNIWEB_KEYS, "IMMUNIWEB_KEYS");
static_assert(ELEMENTSOF(policy_keys) == POLICY_KEYS, "POLICY_KEYS");
static_assert(ELEMENTSOF(output_keys) == OUTPUT_KEYS, "OUTPUT_KEYS");
static_assert(ELEMENTSOF(alertmanager_keys) == ALERTMANAGER_KEYS, "ALERTMANAGER_KEYS");
static_assert(ELEMENTSOF(web_keys) == WEB_KEYS, "WEB_KEYS");
static_assert(ELEMENTSOF(history_keys) == HISTORY_KEYS, "HISTORY_KEYS");
static_assert(ELEMENTSOF(quiet_keys) == QUIET_KEYS, "QUIET_KEYS");
static_assert(ELEMENTSOF(control_keys) == CONTROL_KEYS, "CONTROL_KEYS");
static_assert(ELEMENTSOF(group_keys) == GROUP_KEYS, "GROUP_KEYS");
static_assert(ELEMENTSOF(domain_keys) == DOMAIN_KEYS, "DOMAIN_KEYS");

const Section config_sections[_SECTION_MAX] = {
        [SECTION_TOP] = { "", top_keys, ELEMENTSOF(top_keys) },
        [SECTION_SYMANTEC] = { "symantec", symantec_keys, ELEMENTSOF(symantec_keys) },
        [SECTION_IMMUNIWEB] = { "immuniweb", immuniweb_keys, ELEMENTSOF(immuniweb_keys) },
        [SECTION_POLICY] = { "policy", policy_keys, ELEMENTSOF(policy_keys) },
        [SECTION_OUTPUT] = { "output", output_keys, ELEMENTSOF(output_keys) },
        [SECTION_ALERTMANAGER] = { "output.alertmanager", alertmanager_keys,
                                   ELEMENTSOF(alertmanager_keys) },
        [SECTION_WEB] = { "web", web_keys, ELEMENTSOF(web_keys) },
        [SECTION_HISTORY] = { "history", history_keys, ELEMENTSOF(history_keys) },
        [SECTION_QUIET] = { "quiet", quiet_keys, ELEMENTSOF(quiet_keys) },
        [SECTION_CONTROL] = { "control", control_keys, ELEMENTSOF(control_keys) },
        [SECTION_GROUP] = { "groups.NAME", group_keys, ELEMENTSOF(group_keys) },
        [SECTION_DOMAIN] = { "domains", domain_keys, ELEMENTSOF(domain_keys) },
};

const Key *section_find(const Section *section, const char *name) {
        for (size_t i = 0; i < section->n; i++)
                if (strcmp(section->keys[i].name, name) == 0)
                        return &section->keys[i];
        return NULL;
}

Origin origin_in(SectionId id, const char *name, const void *values) {
        const Section *section = &config_sections[id];
        return key_origin_of(section, section_find(section, name), values);
}

int section_defaults(const Section *section, void *values, Arena *arena) {
        for (const Key *key = section->keys; key < section->keys + section->n; key++) {
                if (!key->fallback)
                        continue;
                Value value;
                int r = value_from_text(key->fallback, arena, &value);
                if (r < 0)
                        return r;
                r = value_store(key, &value, &(ValueContext){ .arena = arena, .directory = "" },
                                key_value(key, values));
                if (r < 0)
                        return r;
        }
        return 0;
}
