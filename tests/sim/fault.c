/* SPDX-License-Identifier: MIT */
#include "sim/fault.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/setting.h"

#define API_BOTH (API_SYMANTEC | API_IMMUNIWEB)

/* One row per name of a scenario. Several names may be one kind with other words: status and text
 * are what the row's reply is unless the scenario says otherwise. */
typedef struct FaultRow {
        const char *name;
        FaultKind kind;
        unsigned api;
        unsigned status;
        const char *text;
} FaultRow;

#define ERROR_TEXT(id, words) "{\"error\": \"" words "\", \"error_id\": " #id "}"

static const FaultRow rows[] = {
        { "status", FAULT_STATUS, API_BOTH, 500, NULL },
        { "body", FAULT_BODY, API_BOTH, 200, NULL },
        { "empty", FAULT_EMPTY, API_BOTH, 200, NULL },
        { "html", FAULT_HTML, API_BOTH, 200,
          "<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body><h1>We will be back "
          "soon</h1></body></html>\n" },
        { "redirect", FAULT_REDIRECT, API_BOTH, 302, NULL },
        { "hang", FAULT_HANG, API_BOTH, 0, NULL },
        { "close", FAULT_CLOSE, API_BOTH, 0, NULL },
        { "endless", FAULT_ENDLESS, API_BOTH, 200, NULL },
        { "delay", FAULT_DELAY, API_BOTH, 0, NULL },
        { "drip", FAULT_DRIP, API_BOTH, 0, NULL },
        { "cut", FAULT_CUT, API_BOTH, 0, NULL },
        { "cut-chunked", FAULT_CUT_CHUNKED, API_BOTH, 0, NULL },
        { "truncated", FAULT_TRUNCATED, API_BOTH, 0, NULL },
        { "padded", FAULT_PADDED, API_BOTH, 0, NULL },
        { "json-string", FAULT_JSON_STRING, API_BOTH, 0, NULL },
        { "bom", FAULT_BOM, API_BOTH, 0, NULL },
        { "table-style", FAULT_TABLE_STYLE, API_SYMANTEC, 0, NULL },
        { "domains-empty", FAULT_DOMAINS_EMPTY, API_SYMANTEC, 0, NULL },
        { "domains-object", FAULT_DOMAINS_OBJECT, API_SYMANTEC, 0, NULL },
        { "domains-null", FAULT_DOMAINS_NULL, API_SYMANTEC, 0, NULL },
        { "domains-missing", FAULT_DOMAINS_MISSING, API_SYMANTEC, 0, NULL },
        { "domains-first", FAULT_DOMAINS_FIRST, API_SYMANTEC, 0, NULL },
        { "numbers", FAULT_NUMBERS, API_SYMANTEC, 0, "null" },
        { "duplicate-keys", FAULT_DUPLICATE_KEYS, API_SYMANTEC, 0, NULL },
        { "unknown-keys", FAULT_UNKNOWN_KEYS, API_SYMANTEC, 0, NULL },
        { "totals-missing", FAULT_TOTALS_MISSING, API_SYMANTEC, 0, NULL },
        { "totals-global", FAULT_TOTALS_GLOBAL, API_SYMANTEC, 0, NULL },
        { "names-upper", FAULT_NAMES_UPPER, API_SYMANTEC, 0, NULL },
        { "names-dot", FAULT_NAMES_DOT, API_SYMANTEC, 0, NULL },
        { "absent", FAULT_ABSENT, API_SYMANTEC, 0, NULL },
        { "extra-domain", FAULT_EXTRA_DOMAIN, API_SYMANTEC, 0, "extra.example" },
        { "pretty", FAULT_PRETTY, API_SYMANTEC, 0, NULL },
        { "error", FAULT_ERROR, API_IMMUNIWEB, 200,
          ERROR_TEXT(99, "An unexpected error has occurred. Please try again later.") },
        { "error-29", FAULT_ERROR, API_IMMUNIWEB, 200,
          ERROR_TEXT(29, "Please enter a valid domain name to start the test.") },
        { "quota", FAULT_ERROR, API_IMMUNIWEB, 200,
          ERROR_TEXT(1, "You have exceeded the number of free tests for today.") },
        { "limit-text", FAULT_ERROR, API_IMMUNIWEB, 200,
          "{\"error\": \"The daily limit of tests is reached, please come back tomorrow.\"}" },
        { "wrong-key", FAULT_ERROR, API_IMMUNIWEB, 200, ERROR_TEXT(20, "Invalid API key.") },
        { "key-needed", FAULT_ERROR, API_IMMUNIWEB, 200,
          ERROR_TEXT(21, "A valid API key is required to start a new test.") },
        { "no-mx", FAULT_ERROR, API_IMMUNIWEB, 200,
          ERROR_TEXT(31, "The domain has no MX records.") },
        { "no-resolve", FAULT_ERROR, API_IMMUNIWEB, 200,
          ERROR_TEXT(32, "The domain name does not resolve.") },
        { "private-range", FAULT_ERROR, API_IMMUNIWEB, 200,
          ERROR_TEXT(33, "The domain resolves to an address in a private range.") },
        { "deny-list", FAULT_ERROR, API_IMMUNIWEB, 200,
          ERROR_TEXT(34, "The domain is in our blacklist and cannot be tested.") },
        { "unknown-job", FAULT_ERROR, API_IMMUNIWEB, 200,
          ERROR_TEXT(35, "The test was not found or has expired.") },
        { "error-text", FAULT_ERROR, API_IMMUNIWEB, 200,
          "{\"error\": \"Something went wrong.\", \"recommendation\": \"Try again later.\"}" },
        { "error-object", FAULT_ERROR, API_IMMUNIWEB, 200,
          "{\"error\": {\"code\": 42, \"message\": \"The test could not be started.\"}}" },
        { "error-422", FAULT_ERROR, API_IMMUNIWEB, 422,
          "{\"error\": {\"code\": 29, \"message\": \"Invalid domain.\"}, \"error_id\": 29}" },
        { "error-v2", FAULT_ERROR, API_IMMUNIWEB, 422,
          "{\"error\": {\"detail\": [{\"loc\": [\"body\", \"domain\"], \"msg\": {\"error\": \"The "
          "domain is not valid\", \"recommendation\": \"Check the spelling\"}, \"type\": "
          "\"value_error\"}]}}" },
        { "error-v2-text", FAULT_ERROR, API_IMMUNIWEB, 422,
          "{\"error\": {\"detail\": [{\"loc\": [\"body\", \"domain\"], \"msg\": \"The domain is "
          "not "
          "valid\", \"type\": \"value_error\"}]}}" },
        { "not-an-object", FAULT_ERROR, API_IMMUNIWEB, 200, "[1, 2, 3]" },
        { "no-known-member", FAULT_ERROR, API_IMMUNIWEB, 200, "{\"hello\": \"world\"}" },
        { "error-id-0", FAULT_ERROR_ID_ZERO, API_IMMUNIWEB, 0, NULL },
        { "multiple-ips", FAULT_MULTIPLE_IPS, API_IMMUNIWEB, 200,
          "{\"multiple_ips\": [\"192.0.2.25\", \"198.51.100.25\"], \"token\": "
          "\"8c2f1f0d9b7a4e65\", \"note\": \"The domain resolves to several addresses.\"}" },
        { "expired", FAULT_CERT_EXPIRED, API_TLS, 0, NULL },
        { "wrong-host", FAULT_CERT_WRONG_HOST, API_TLS, 0, NULL },
        { "unknown-ca", FAULT_CERT_UNKNOWN_CA, API_TLS, 0, NULL },
        { "refuse", FAULT_REFUSE, API_TLS, 0, NULL },
};

static const SettingKey fault_keys[] = {
        { "api", SETTING_TEXT },        { "call", SETTING_TEXT },
        { "account", SETTING_TEXT },    { "domain", SETTING_TEXT },
        { "kind", SETTING_TEXT },       { "from", SETTING_MOMENT },
        { "until", SETTING_MOMENT },    { "skip", SETTING_NUMBER },
        { "times", SETTING_NUMBER },    { "delay", SETTING_MOMENT },
        { "interval", SETTING_MOMENT }, { "close", SETTING_BOOL },
        { "status", SETTING_NUMBER },   { "content_type", SETTING_TEXT },
        { "location", SETTING_TEXT },   { "retry_after", SETTING_TEXT },
        { "field", SETTING_TEXT },      { "value", SETTING_TEXT },
        { "bytes", SETTING_NUMBER },    { "body", SETTING_TEXT },
        { "body_file", SETTING_TEXT },  { "error_id", SETTING_SCALAR },
        { "text", SETTING_TEXT },
};

/* Words for the raw JSON of `numbers`. */
static const struct {
        const char *word;
        const char *json;
} number_words[] = {
        { "string", "\"12\"" },     { "bad-string", "\"12abc\"" },  { "float", "12.75" },
        { "negative", "-5" },       { "huge", "9007199254740994" }, { "exponent", "1e400" },
        { "empty-string", "\"\"" },
};

bool fault_is_style(FaultKind kind) {
        return kind >= FAULT_TABLE_STYLE && kind <= FAULT_PRETTY;
}

bool fault_replaces(FaultKind kind) {
        return kind <= FAULT_ENDLESS || kind == FAULT_ERROR || kind == FAULT_MULTIPLE_IPS;
}

static const FaultRow *row_find(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                if (strcmp(rows[i].name, name) == 0)
                        return &rows[i];
        return NULL;
}

Blob *fault_error(const char *name) {
        const FaultRow *row = row_find(name);
        return blob_of_text(row && row->text ? row->text : "");
}

static Api api_find(const char *name) {
        if (strcmp(name, "symantec") == 0)
                return API_SYMANTEC;
        if (strcmp(name, "immuniweb") == 0)
                return API_IMMUNIWEB;
        return strcmp(name, "tls") == 0 ? API_TLS : API_NONE;
}

/* The body that a fault answers with: a file, a text, or the vendor's way to say an error. */
static Blob *read_body(const config_setting_t *group, const FaultRow *row, unsigned *errors) {
        const config_setting_t *file = setting_member(group, "body_file");
        if (file) {
                Blob *blob = setting_read_file(file);
                if (!blob)
                        setting_complain(file, errors, "%s: %s", setting_as_text(file, ""),
                                         strerror(errno));
                return blob;
        }

        const char *text = setting_text(group, "text", NULL);
        const config_setting_t *id = setting_member(group, "error_id");
        if (row->kind == FAULT_ERROR && (text || id)) {
                Blob *blob = blob_of_text("{\"error\": ");
                if (!text)
                        text = "The request was refused.";
                blob_add_json(blob, text, strlen(text));
                if (id && setting_as_text(id, NULL))
                        blob_add_format(blob, ", \"error_id\": \"%s\"", setting_as_text(id, ""));
                else if (id)
                        blob_add_format(blob, ", \"error_id\": %.0f", setting_as_number(id, 0));
                blob_add_text(blob, "}");
                return blob;
        }
        return blob_of_text(setting_text(group, "body", row->text ? row->text : ""));
}

static const char *read_value(const config_setting_t *group, const FaultRow *row) {
        const char *value =
                setting_text(group, "value", fault_is_style(row->kind) ? row->text : NULL);
        if (row->kind != FAULT_NUMBERS)
                return value;
        for (size_t i = 0; i < ELEMENTSOF(number_words); i++)
                if (strcmp(number_words[i].word, value) == 0)
                        return number_words[i].json;
        return value;
}

static const char *default_location(const FaultRow *row) {
        return row->kind == FAULT_REDIRECT ? "https://elsewhere.example/stats" : NULL;
}

static void fault_read(Fault *fault, const config_setting_t *group, unsigned *errors) {
        setting_check(group, fault_keys, ELEMENTSOF(fault_keys), errors);
        const char *name = setting_text(group, "kind", "");
        unsigned status = (unsigned)strtoul(name, NULL, 10);
        const FaultRow *row = row_find(status >= 100 && status <= 599 ? "status" : name);
        Api api = api_find(setting_text(group, "api", ""));
        if (!row) {
                setting_complain(group, errors, "a fault needs a known \"kind\", not \"%s\"", name);
                return;
        }
        if (!(row->api & api)) {
                setting_complain(group, errors, "a fault \"%s\" needs \"api\", one it belongs to",
                                 name);
                return;
        }
        const char *call = setting_text(group, "call", NULL);
        if (api == API_TLS) /* one question when a connection comes, one when it shakes hands */
                call = row->kind == FAULT_REFUSE ? "accept" : "handshake";
        *fault = (Fault){
                .kind = row->kind,
                .name = name,
                .api = api,
                .call = call,
                .account = setting_text(group, "account", NULL),
                .domain = setting_text(group, "domain", NULL),
                .from = setting_moment(group, "from", MOMENT_MIN),
                .until = setting_moment(group, "until", MOMENT_MAX),
                .skip = (unsigned)setting_number(group, "skip", 0),
                .times = (unsigned)setting_number(group, "times", 0),
                .delay = (usec_t)MAX(setting_moment(group, "delay", 0), 0),
                .interval = (usec_t)MAX(setting_moment(group, "interval", USEC_PER_SEC), 1),
                .close = setting_bool(group, "close", false),
                .status = (unsigned)setting_number(group, "status", status ? status : row->status),
                .content_type = setting_text(group, "content_type",
                                             row->kind == FAULT_HTML ? "text/html" : NULL),
                .location = setting_text(group, "location", default_location(row)),
                .retry_after = setting_text(group, "retry_after", NULL),
                .field = setting_text(group, "field", NULL),
                .value = read_value(group, row),
                .bytes = (size_t)MAX(setting_number(group, "bytes", 0), 0),
                .body = read_body(group, row, errors),
        };
        if (fault->status != 0 && (fault->status < 100 || fault->status > 599))
                setting_complain(group, errors, "status must be from 100 to 599");
}

void fault_list_read(FaultList *list, const config_setting_t *faults, unsigned *errors) {
        list->n = setting_count(faults);
        list->items = calloc(list->n + 1, sizeof(*list->items));
        if (!list->items)
                abort();
        for (size_t i = 0; i < list->n; i++) {
                const config_setting_t *group = setting_element(faults, i);
                if (config_setting_type(group) == CONFIG_TYPE_GROUP)
                        fault_read(&list->items[i], group, errors);
                else
                        setting_complain(group, errors, "a fault is a group { ... }");
        }
}

void fault_list_done(FaultList *list) {
        for (size_t i = 0; i < list->n; i++)
                blob_free(list->items[i].body);
        free(list->items);
        *list = (FaultList){ 0 };
}

static bool concerns_domain(const Fault *fault, const FaultQuery *query) {
        if (!fault->domain || (query->all_domains && fault_is_style(fault->kind)))
                return true;
        for (size_t i = 0; i < query->n_domains; i++)
                if (strcasecmp(query->domains[i], fault->domain) == 0)
                        return true;
        return false;
}

static bool concerns(const Fault *fault, const FaultQuery *query) {
        if (fault->api != query->api || query->now < fault->from || query->now >= fault->until)
                return false;
        if (fault->call && (!query->call || strcmp(fault->call, query->call) != 0))
                return false;
        if (fault->account && (!query->account || strcmp(fault->account, query->account) != 0))
                return false;
        /* A client that chose an address is served, unless the question is to come for ever. */
        if (fault->kind == FAULT_MULTIPLE_IPS && query->chosen_ip &&
            (!fault->value || strcmp(fault->value, "always") != 0))
                return false;
        return concerns_domain(fault, query);
}

void fault_judge(FaultList *list, const FaultQuery *query, Verdict *ret) {
        *ret = (Verdict){ 0 };
        for (size_t i = 0; i < list->n; i++) {
                Fault *fault = &list->items[i];
                bool adds = fault_is_style(fault->kind) || fault->kind == FAULT_DELAY;
                if (!concerns(fault, query) || (!adds && ret->fault))
                        continue;
                if (adds && ret->n_styles == VERDICT_STYLES_MAX)
                        continue;
                if (fault->seen++ < fault->skip || (fault->times && fault->used >= fault->times))
                        continue;
                fault->used++;
                ret->delay = MAX(ret->delay, fault->delay);
                ret->close |= fault->close;
                if (adds)
                        ret->styles[ret->n_styles++] = fault;
                else
                        ret->fault = fault;
        }
}
