/* SPDX-License-Identifier: MIT */
#include "source/immuniweb-mx.h"

#include "base/text.h"
#include "source/json-read.h"

#include <errno.h>
#include <json-c/linkhash.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#define HOST_MAX ((size_t)100)

/* What an entry is called in an oddity. */
#define MX_PATH "test_email.mx[]"

static const char *member_text(struct json_object *object, const char *key) {
        const char *text = json_read_text(json_read_member(object, key), NULL);
        return text && *text ? text : NULL;
}

static void add_entry(MxList *list, Decode *d, const char *key, struct json_object *value) {
        if (list->n == MX_ENTRIES_MAX) {
                list->partial = true;
                decode_odd_text(d, "test_email.mx: more entries than are read");
                return;
        }
        MxEntry entry = { .host = key };
        if (json_object_is_type(value, json_type_object)) {
                struct json_object *flag = json_read_member(value, "is_firewalled");
                const char *host = member_text(value, "hostname");
                entry.object = value;
                entry.host = host ? host : key;
                entry.ip = member_text(value, "ip");
                entry.firewalled = json_read_bool(flag, NULL) == 1;
        } else {
                const char *text = json_read_text(value, NULL);
                entry.host = text && *text ? text : key;
                decode_odd(d, MX_PATH, NULL, value);
                if (!entry.host)
                        return;
        }
        list->entries[list->n++] = entry;
}

void mx_list_read(MxList *list, Decode *d) {
        static const char *const own_keys[] = { "hostname", "ip", "priority" };
        struct json_object *mx = json_read_at(d->document, "/test_email/mx");

        *list = (MxList){ 0 };
        if (json_object_is_type(mx, json_type_array)) {
                list->known = true;
                for (size_t i = 0; i < json_object_array_length(mx) && !list->partial; i++)
                        add_entry(list, d, NULL, json_object_array_get_idx(mx, i));
                return;
        }
        if (!json_object_is_type(mx, json_type_object)) {
                if (mx)
                        decode_odd(d, "test_email.mx", NULL, mx);
                return;
        }
        list->known = true;
        for (size_t i = 0; i < ELEMENTSOF(own_keys); i++) {
                struct json_object *own = json_read_member(mx, own_keys[i]);
                /* A host may be called "ip": a map's member is an object. */
                if (own && !json_object_is_type(own, json_type_object)) {
                        add_entry(list, d, NULL, mx);
                        return;
                }
        }
        json_object_object_foreach (mx, key, value) {
                if (list->partial)
                        break;
                add_entry(list, d, key, value);
        }
}

/* "mx1.example.com (192.0.2.25)", as plain text. */
static void add_label(StrBuf *b, const MxEntry *entry, size_t i) {
        const char *ip = entry->ip;
        if (entry->host)
                text_plain(b, entry->host, strlen(entry->host), HOST_MAX);
        else if (!ip)
                strbuf_addf(b, "MX entry %zu", i + 1);
        if (entry->host && ip)
                strbuf_adds(b, " (");
        if (ip)
                text_plain(b, ip, strlen(ip), HOST_MAX);
        if (entry->host && ip)
                strbuf_addc(b, ')');
}

/* Labels are made when the first evidence needs them: most entries have nothing to tell. */
static void add_evidence(MxList *list, Decode *d, size_t i, const char *words, size_t size) {
        MxEntry *entry = &list->entries[i];
        if (!entry->label) {
                _cleanup_strbuf_ StrBuf b = { 0 };
                add_label(&b, entry, i);
                entry->label = decode_keep(d, &b);
        }
        if (entry->label)
                decode_evidence(d, entry->label, words, size);
}

typedef double (*mx_share_t)(Decode *d, const Metric *metric, const MxEntry *entry,
                             Finding *finding, StrBuf *words);

/* Adds up what is known. A part that is unknown makes a lower bound of the sum, and of a sum of 0
 * nothing: it may not be told from "bad, but not tested". */
static double add_up(MxList *list, Decode *d, const Metric *metric) {
        double sum = 0;
        size_t n_unknown = list->partial ? 1 : 0;

        for (size_t i = 0; i < list->n; i++) {
                _cleanup_strbuf_ StrBuf words = { 0 };
                Finding finding = { .grade = GRADE_UNKNOWN };
                double n = mx_entry_share(d, metric, &list->entries[i], &finding, &words);
                if (isnan(n)) {
                        n_unknown++;
                        continue;
                }
                sum += n;
                if (words.size > 0)
                        finding = (Finding){ .text = words.data, .size = words.size };
                if (n > 0)
                        add_evidence(list, d, i, finding.text, finding.size);
        }
        if (list->n == 0 || (n_unknown > 0 && sum == 0))
                return NAN;
        if (n_unknown > 0) {
                d->at_least = true;
                decode_evidence(d, "the others are not known", NULL, 0);
        }
        return sum;
}

/* Entries without a host name count each: they cannot be told to be the same. */
double mx_read_hosts(MxList *list, Decode *d, const Metric *metric) {
        size_t n = 0;
        (void)metric;
        if (!list->known)
                return NAN;
        for (size_t i = 0; i < list->n; i++) {
                const char *host = list->entries[i].host;
                bool again = false;
                for (size_t j = 0; j < i && host && !again; j++)
                        again = list->entries[j].host && streq_nocase(list->entries[j].host, host);
                if (!again)
                        n++;
                add_evidence(list, d, i, NULL, 0);
        }
        d->at_least = list->partial;
        return (double)n;
}

static double share_of_flag(Decode *d, const Metric *metric, const MxEntry *entry, Finding *finding,
                            StrBuf *words) {
        bool odd = false;
        struct json_object *value = json_read_member(entry->object, metric->key);
        double flag = json_read_bool(value, &odd);
        (void)finding;
        (void)words;
        if (odd)
                decode_odd(d, MX_PATH, metric->key, value);
        return flag;
}

/* Blacklists and feeds are asked about the address, not the host itself: their numbers stand where
 * a firewall kept the host from being tested. */
static double share_of_sum(Decode *d, const Metric *metric, const MxEntry *entry, Finding *finding,
                           StrBuf *words) {
        bool odd = false;
        struct json_object *value = json_read_member(entry->object, metric->key);
        double n = json_read_count(value, &odd);
        (void)finding;
        if (odd)
                decode_odd(d, MX_PATH, metric->key, value);
        strbuf_addf(words, "%.0f", n);
        return n;
}

/* Other spellings of a check: the seed's words and those of the vendor's pages. The first of a row
 * is the metric's key; `in_text` also names the check inside a sentence. */
static const struct {
        const char *key;
        const char *names[5];
        const char *in_text;
} checks[] = {
        { "open_relay", { "relay", "openmailrelay", "smtpopenrelay" }, "openrelay" },
        { "vrfy", { "vrfycommand", "smtpvrfy" }, "vrfy" },
        { "expn", { "expncommand", "smtpexpn" }, "expn" },
        { "rcpt", { "rcptto", "rcptcommand", "smtprcpt" }, "rcpt" },
        { "plaintext_auth",
          { "plaintext", "authplain", "plainauth", "plaintextauthentication", "authplaintext" },
          "plaintext" },
};

/* The key of the check that a name stands for, or NULL. */
static const char *check_of_name(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(checks); i++) {
                if (finding_same_name(name, checks[i].key))
                        return checks[i].key;
                for (size_t j = 0; j < ELEMENTSOF(checks[i].names) && checks[i].names[j]; j++)
                        if (finding_same_name(name, checks[i].names[j]))
                                return checks[i].key;
        }
        return NULL;
}

/* Whether an entry is about a check: its key in a map says so, else its name, else its texts. */
static bool is_about(const char *key, struct json_object *entry, const char *check) {
        const char *named = key ? check_of_name(key) : NULL;
        const char *name = named ? NULL : finding_name(entry);
        if (name)
                named = check_of_name(name);
        if (named)
                return streq(named, check);
        for (size_t i = 0; i < ELEMENTSOF(checks); i++)
                if (streq(checks[i].key, check))
                        return finding_mentions(entry, checks[i].in_text);
        return false;
}

bool mx_is_check(const char *key, struct json_object *entry) {
        for (size_t i = 0; i < ELEMENTSOF(checks); i++)
                if (is_about(key, entry, checks[i].key))
                        return true;
        return false;
}

/* The worse of what was found so far and one entry that is known to be about the check. */
static void judge_alert(Decode *d, const Metric *metric, struct json_object *entry,
                        Finding *worst) {
        bool odd = false;
        Finding finding = finding_worst(entry, &odd);
        if (odd)
                decode_odd(d, MX_PATH ".alerts", metric->key, entry);
        if (finding.grade > worst->grade)
                *worst = finding;
}

static double share_of_alert(Decode *d, const Metric *metric, const MxEntry *entry,
                             Finding *finding, StrBuf *words) {
        struct json_object *alerts = json_read_member(entry->object, "alerts");
        (void)words;
        if (entry->firewalled)
                return NAN;
        if (json_object_is_type(alerts, json_type_object)) {
                json_object_object_foreach (alerts, key, value)
                        if (is_about(key, value, metric->key))
                                judge_alert(d, metric, value, finding);
        } else if (json_object_is_type(alerts, json_type_array)) {
                for (size_t i = 0; i < json_object_array_length(alerts); i++) {
                        struct json_object *value = json_object_array_get_idx(alerts, i);
                        if (is_about(NULL, value, metric->key))
                                judge_alert(d, metric, value, finding);
                }
        } else if (alerts)
                decode_odd(d, MX_PATH, "alerts", alerts);
        if (finding->grade == GRADE_UNKNOWN)
                return NAN;
        return finding->grade >= GRADE_WEAKNESS ? 1 : 0;
}

static bool is_present(struct json_object *object, const char *key) {
        struct json_object *member;
        return json_object_is_type(object, json_type_object) &&
               json_object_object_get_ex(object, key, &member);
}

/* Whether a PTR object holds a reverse name: 1, 0, or NAN when it does not say. */
static double has_reverse_name(struct json_object *ptr) {
        static const char *const name_keys[] = { "value", "hostname", "host",
                                                 "name",  "ptr",      "record" };
        for (size_t i = 0; i < ELEMENTSOF(name_keys); i++)
                if (is_present(ptr, name_keys[i]))
                        return json_read_is_blank(json_read_member(ptr, name_keys[i])) ? 0 : 1;
        int flag = finding_flag(ptr);
        return flag < 0 ? NAN : flag;
}

static double judge_ptr(Decode *d, struct json_object *ptr, Finding *finding) {
        if (json_read_is_blank(ptr))
                return 1;
        if (json_object_is_type(ptr, json_type_string) ||
            json_object_is_type(ptr, json_type_boolean))
                return 0;
        bool odd = false;
        *finding = finding_worst(ptr, &odd);
        double named = has_reverse_name(ptr);
        if (named == 0 || finding->grade >= GRADE_WEAKNESS)
                return 1;
        if (json_object_is_type(ptr, json_type_array) && finding->grade == GRADE_INFORMATION)
                return 0; /* names */
        if (named == 1 || finding->grade != GRADE_UNKNOWN)
                return 0;
        decode_odd(d, MX_PATH, "PTR", ptr);
        return NAN;
}

static double share_of_ptr(Decode *d, const Metric *metric, const MxEntry *entry, Finding *finding,
                           StrBuf *words) {
        struct json_object *ptr = json_read_member(entry->object, metric->key);
        /* Null in the entry of a host that could not be tested says only that. */
        if (!is_present(entry->object, metric->key) ||
            (entry->firewalled && json_read_is_blank(ptr)))
                return NAN;
        double missing = judge_ptr(d, ptr, finding);
        if (missing == 1 && !finding->text)
                strbuf_adds(words, "no good reverse name");
        return missing;
}

/* A port: a number, a string, or an object with `port` (apis.md section 3 row 14). */
static bool is_port(struct json_object *item) {
        if (json_object_is_type(item, json_type_object))
                item = json_read_member(item, "port");
        if (json_object_is_type(item, json_type_string))
                return json_object_get_string_len(item) > 0;
        double port = json_read_number(item, NULL);
        return port >= 1 && port <= 65535;
}

static double share_of_ports(Decode *d, const Metric *metric, const MxEntry *entry,
                             Finding *finding, StrBuf *words) {
        struct json_object *ports = json_read_member(entry->object, metric->key);
        size_t n = 0;
        (void)finding;
        if (!ports || entry->firewalled)
                return NAN;
        if (!json_object_is_type(ports, json_type_array)) {
                decode_odd(d, MX_PATH, metric->key, ports);
                return NAN;
        }
        for (size_t i = 0; i < json_object_array_length(ports); i++) {
                struct json_object *item = json_object_array_get_idx(ports, i);
                if (!is_port(item)) {
                        decode_odd(d, MX_PATH ".open_ports[]", NULL, item);
                        continue;
                }
                n++;
                if (json_object_is_type(item, json_type_object))
                        item = json_read_member(item, "port");
                if (words->size < HOST_MAX)
                        strbuf_addf(words, "%s%.20s", words->size > 0 ? ", " : "",
                                    json_object_get_string(item));
        }
        if (words->error == -ENOMEM)
                d->error = -ENOMEM;
        return (double)n;
}

static const mx_share_t shares[_READER_MAX] = {
        [READ_MX_FLAG] = share_of_flag,   [READ_MX_SUM] = share_of_sum,
        [READ_MX_ALERT] = share_of_alert, [READ_MX_PTR] = share_of_ptr,
        [READ_MX_PORTS] = share_of_ports,
};

double mx_read_count(MxList *list, Decode *d, const Metric *metric) {
        return add_up(list, d, metric);
}

double mx_entry_share(Decode *d, const Metric *metric, const MxEntry *entry, Finding *finding,
                      StrBuf *words) {
        return shares[metric->reader](d, metric, entry, finding, words);
}
