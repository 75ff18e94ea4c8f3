/* SPDX-License-Identifier: MIT */
#include "source/immuniweb-record.h"

#include "base/text.h"
#include "source/json-read.h"

#include <errno.h>
#include <json-c/linkhash.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define TYPE_MAX ((size_t)60)

/* The three records that main.alerts is about, and how a key may name them. */
static const char *const records[] = { "spf", "dkim", "dmarc" };

/* What one part of the result says about the record. The worst entries become evidence: they are
 * looked for first and told afterwards. */
typedef struct Part {
        const char *label;
        struct json_object *entry;
} Part;

typedef struct Telling {
        Decode *d;
        const char *label;
        Grade grade;
} Telling;

/* How many parts are kept: alerts of one record come one or a few at a time. */
#define PARTS_MAX 8

typedef struct Parts {
        Part parts[PARTS_MAX];
        size_t n;
        Grade worst;
} Parts;

static bool names_record(const char *name, const char *record) {
        char full[32];
        snprintf(full, sizeof(full), "%srecord", record);
        return finding_same_name(name, record) || finding_same_name(name, full);
}

static const char *record_of_name(const char *name) {
        for (size_t i = 0; name && i < ELEMENTSOF(records); i++)
                if (names_record(name, records[i]))
                        return records[i];
        return NULL;
}

bool record_is_about(const char *key, struct json_object *entry, const char *record) {
        const char *named = record_of_name(key);
        if (!named)
                named = record_of_name(finding_name(entry));
        return named ? streq(named, record) : finding_mentions(entry, record);
}

/* `path` and `key` say where the entry stands, for what is not understood. */
static void add_part(Decode *d, Parts *parts, const char *label, const char *path, const char *key,
                     struct json_object *entry) {
        bool odd = false;
        Finding finding = finding_worst(entry, &odd);
        if (odd)
                decode_odd(d, path, key, entry);
        parts->worst = MAX(parts->worst, finding.grade);
        if (finding.grade != GRADE_UNKNOWN && parts->n < PARTS_MAX)
                parts->parts[parts->n++] = (Part){ label, entry };
}

static void add_alerts(Decode *d, Parts *parts, const char *record) {
        struct json_object *alerts = json_read_at(d->document, "/test_email/main/alerts");
        if (json_object_is_type(alerts, json_type_object)) {
                json_object_object_foreach (alerts, key, entry)
                        if (record_is_about(key, entry, record))
                                add_part(d, parts, "main", "test_email.main.alerts", record, entry);
        } else if (json_object_is_type(alerts, json_type_array)) {
                for (size_t i = 0; i < json_object_array_length(alerts); i++) {
                        struct json_object *entry = json_object_array_get_idx(alerts, i);
                        if (record_is_about(NULL, entry, record))
                                add_part(d, parts, "main", "test_email.main.alerts", record, entry);
                }
        } else if (alerts)
                decode_odd(d, "test_email.main", "alerts", alerts);
}

static void tell_entry(void *userdata, const Finding *finding) {
        Telling *telling = userdata;
        if (finding->grade == telling->grade)
                decode_evidence(telling->d, telling->label, finding->text, finding->size);
}

/* What an object of `results` says of itself. */
typedef enum Verdict {
        VERDICT_NONE,
        VERDICT_VALID,
        VERDICT_ABSENT,
        VERDICT_INVALID,
} Verdict;

static bool is_explicit_no(struct json_object *object, const char *key) {
        struct json_object *member;
        if (!json_object_object_get_ex(object, key, &member))
                return false;
        size_t size = 1;
        return !member || json_read_bool(member, NULL) == 0 ||
               (json_read_text(member, &size) && size == 0);
}

static bool is_false(struct json_object *object, const char *key) {
        return json_read_bool(json_read_member(object, key), NULL) == 0;
}

static Verdict verdict_of(struct json_object *object) {
        if (is_explicit_no(object, "record") || is_false(object, "found") ||
            is_false(object, "exists") || is_false(object, "present"))
                return VERDICT_ABSENT;
        double valid = json_read_bool(json_read_member(object, "valid"), NULL);
        if (valid == 0)
                return VERDICT_INVALID;
        return valid == 1 ? VERDICT_VALID : VERDICT_NONE;
}

static bool is_object(struct json_object *value) {
        return json_object_is_type(value, json_type_object);
}

/* Of several results (DKIM has one per selector): any that is invalid is a failure, a missing
 * record only where no selector has one. */
typedef struct Verdicts {
        size_t seen;
        size_t count[VERDICT_INVALID + 1];
} Verdicts;

static void add_verdict(Verdicts *v, struct json_object *entry) {
        if (!is_object(entry) || json_object_object_length(entry) == 0)
                return;
        v->seen++;
        v->count[verdict_of(entry)]++;
}

static Verdict verdict_of_results(struct json_object *results) {
        Verdicts v = { 0 };
        if (json_object_is_type(results, json_type_array)) {
                for (size_t i = 0; i < json_object_array_length(results); i++)
                        add_verdict(&v, json_object_array_get_idx(results, i));
        } else if (is_object(results)) {
                Verdict own = verdict_of(results);
                if (own != VERDICT_NONE)
                        return own;
                json_object_object_foreach (results, key, entry) {
                        (void)key;
                        add_verdict(&v, entry);
                }
        }
        if (v.count[VERDICT_INVALID] > 0)
                return VERDICT_INVALID;
        if (v.count[VERDICT_VALID] > 0)
                return VERDICT_VALID;
        return v.seen > 0 && v.count[VERDICT_ABSENT] == v.seen ? VERDICT_ABSENT : VERDICT_NONE;
}

static Grade add_results(Decode *d, struct json_object *results, const char *path,
                         const char **ret_words) {
        if (results && !is_object(results) && !json_object_is_type(results, json_type_array))
                decode_odd(d, path, "results", results);
        switch (verdict_of_results(results)) {
        case VERDICT_NONE:
                break;
        case VERDICT_VALID:
                return GRADE_GOOD;
        case VERDICT_ABSENT:
                *ret_words = "no record";
                return GRADE_FAILURE;
        case VERDICT_INVALID:
                *ret_words = "the record is not valid";
                return GRADE_FAILURE;
        }
        return GRADE_UNKNOWN;
}

double record_read_grade(Decode *d, const Metric *metric) {
        const char *record = metric->key, *words = NULL;
        char path[32];
        struct json_object *dns =
                json_read_member(json_read_at(d->document, "/test_email/dns"), record);
        Parts parts = { .worst = GRADE_UNKNOWN };

        snprintf(path, sizeof(path), "test_email.dns.%s", record);
        const char *label = path + STRLEN("test_email.");
        add_part(d, &parts, label, path, "highlights", json_read_member(dns, "highlights"));
        add_alerts(d, &parts, record);
        Grade stated = add_results(d, json_read_member(dns, "results"), path, &words);
        Grade worst = MAX(parts.worst, stated);

        for (size_t i = 0; i < parts.n; i++) {
                Telling telling = { d, parts.parts[i].label, worst };
                finding_walk(parts.parts[i].entry, tell_entry, &telling);
        }
        if (words)
                decode_evidence(d, label, words, strlen(words));
        return worst == GRADE_UNKNOWN ? NAN : (double)worst;
}

/* 1 = validly signed, 0 = not, NAN = it does not say. */
static double is_signed_text(const char *text) {
        static const char *const yes[] = {
                "signed", "valid", "secure", "ok", "good", "pass", "yes"
        };
        static const char *const no[] = { "unsigned", "not signed", "invalid", "insecure",
                                          "bogus",    "missing",    "fail",    "failed",
                                          "no",       "not valid",  "none" };
        for (size_t i = 0; i < ELEMENTSOF(yes); i++)
                if (finding_same_name(text, yes[i]))
                        return 1;
        for (size_t i = 0; i < ELEMENTSOF(no); i++)
                if (finding_same_name(text, no[i]))
                        return 0;
        return NAN;
}

/* {signed, valid} counts unless `valid` is true; without `valid` what `signed` says, else the
 * severity. */
static double is_signed_object(struct json_object *object, const char **ret_words) {
        struct json_object *valid;
        double is_signed = json_read_bool(json_read_member(object, "signed"), NULL);
        if (is_signed == 0)
                *ret_words = "not signed";
        else if (json_object_object_get_ex(object, "valid", &valid))
                *ret_words = "signature not valid";
        if (json_object_object_get_ex(object, "valid", &valid))
                return json_read_bool(valid, NULL) == 1 ? 1 : 0;
        if (!isnan(is_signed))
                return is_signed;
        Finding finding = finding_worst(object, NULL);
        if (finding.grade == GRADE_UNKNOWN)
                return NAN;
        return finding.grade >= GRADE_WEAKNESS ? 0 : 1;
}

double record_is_signed(struct json_object *value, const char **ret_words) {
        const char *text = json_read_text(value, NULL);
        *ret_words = NULL;
        if (is_object(value))
                return is_signed_object(value, ret_words);
        double flag = json_read_bool(value, NULL);
        return isnan(flag) && text ? is_signed_text(text) : flag;
}

typedef struct Signatures {
        size_t bad;
        size_t unknown;
        size_t good;
} Signatures;

static void add_signature(Decode *d, Signatures *s, const char *type, struct json_object *value) {
        _cleanup_strbuf_ StrBuf label = { 0 };
        const char *words;
        double good = record_is_signed(value, &words);

        if (isnan(good)) {
                s->unknown++;
                if (value)
                        decode_odd(d, "test_email.dnssec.results[]", NULL, value);
                return;
        }
        if (good == 1) {
                s->good++;
                return;
        }
        s->bad++;
        text_plain(&label, type, strlen(type), TYPE_MAX);
        if (label.error == -ENOMEM)
                d->error = -ENOMEM;
        decode_evidence(d, strbuf_text(&label), words, words ? strlen(words) : 0);
}

double record_read_dnssec(Decode *d, const Metric *metric) {
        struct json_object *results = json_read_at(d->document, metric->key);
        Signatures s = { 0 };

        if (is_object(results)) {
                json_object_object_foreach (results, key, value)
                        add_signature(d, &s, key, value);
        } else if (json_object_is_type(results, json_type_array)) {
                for (size_t i = 0; i < json_object_array_length(results); i++) {
                        struct json_object *value = json_object_array_get_idx(results, i);
                        const char *name = finding_name(value);
                        add_signature(d, &s, name ? name : "record", value);
                }
        } else if (results)
                decode_odd(d, "test_email.dnssec", "results", results);

        if (s.bad + s.good == 0 || (s.bad == 0 && s.unknown > 0))
                return NAN;
        d->at_least = s.unknown > 0;
        return (double)s.bad;
}
