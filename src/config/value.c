/* SPDX-License-Identifier: MIT */
#include "config/value.h"

#include "base/duration.h"
#include "base/text.h"
#include "config/hostname.h"
#include "config/listen.h"
#include "config/url.h"
#include "config/words.h"
#include "core/silence.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#define DESCRIBED_MAX 80 /* bytes of a wrong value that a problem repeats */

typedef int (*ValueStore)(const Key *key, const Value *value, ValueContext *context, void *ret);
typedef void (*ValuePrint)(const Key *key, const void *stored, StrBuf *b);

static bool is_url(KeyType type) {
        return type == KEY_URL || type == KEY_SERVER || type == KEY_LINK || type == KEY_PROXY;
}

/* Says "KEY must be WHAT, not VALUE (why)". */
static int refuse(const Key *key, const Value *value, ValueContext *context, const char *why) {
        StrBuf *b = &context->problem;

        strbuf_addf(b, "%s must be ", key->name);
        key_describe(key, b);
        strbuf_adds(b, ", not ");
        if (is_url(key->type) && value->type == VALUE_STRING && strchr(value->text, '@'))
                strbuf_adds(b, "this one"); /* it may hold a password */
        else
                value_describe(value, b);
        if (why)
                strbuf_addf(b, " (%s)", why);
        return b->error < 0 ? b->error : -EINVAL;
}

static int store_bool(const Key *key, const Value *value, ValueContext *context, void *ret) {
        if (value->type != VALUE_BOOL)
                return refuse(key, value, context, NULL);
        *(bool *)ret = value->number != 0;
        return 0;
}

static void print_bool(const Key *key _unused_, const void *stored, StrBuf *b) {
        strbuf_adds(b, *(const bool *)stored ? "true" : "false");
}

static int store_count(const Key *key, const Value *value, ValueContext *context, void *ret) {
        if (value->type != VALUE_INTEGER || value->number < (double)key->min ||
            value->number > (double)key->max)
                return refuse(key, value, context, NULL);
        *(uint32_t *)ret = (uint32_t)value->number;
        return 0;
}

static void print_count(const Key *key _unused_, const void *stored, StrBuf *b) {
        strbuf_addf(b, "%" PRIu32, *(const uint32_t *)stored);
}

static int store_duration(const Key *key, const Value *value, ValueContext *context, void *ret) {
        usec_t duration = 0;

        switch (value->type) {
        case VALUE_STRING:
                if ((key->flags & KEY_NEVER) && streq_nocase(value->text, "never")) {
                        *(usec_t *)ret = USEC_INFINITY;
                        return 0;
                }
                if (duration_parse(value->text, &duration) < 0)
                        return refuse(key, value, context, NULL);
                break;
        case VALUE_INTEGER:
        case VALUE_FLOAT:
                /* Written so that NaN is refused, too. */
                if (!(value->number >= 0 && value->number <= 1e9))
                        return refuse(key, value, context, NULL);
                duration = (usec_t)llround(value->number * (double)USEC_PER_SEC);
                break;
        case VALUE_NONE:
        case VALUE_BOOL:
        case VALUE_GROUP:
        case VALUE_LIST:
                return refuse(key, value, context, NULL);
        }
        if (duration < key->min || duration > key->max)
                return refuse(key, value, context, NULL);
        *(usec_t *)ret = duration;
        return 0;
}

static void print_duration(const Key *key _unused_, const void *stored, StrBuf *b) {
        usec_t duration = *(const usec_t *)stored;

        strbuf_addc(b, '"');
        if (duration == USEC_INFINITY)
                strbuf_adds(b, "never");
        else
                duration_format_exact(b, duration);
        strbuf_addc(b, '"');
}

static int store_choice(const Key *key, const Value *value, ValueContext *context, void *ret) {
        uint32_t n = 0;

        if (value->type != VALUE_STRING)
                return refuse(key, value, context, NULL);
        for (; key->words[n]; n++)
                if (streq(key->words[n], value->text)) {
                        *(uint32_t *)ret = n;
                        return 0;
                }

        _cleanup_strbuf_ StrBuf why = { 0 };
        const char *nearest = text_nearest(value->text, key->words, n);
        if (nearest)
                strbuf_addf(&why, "did you mean \"%s\"?", nearest);
        return refuse(key, value, context, nearest ? strbuf_text(&why) : NULL);
}

static void print_choice(const Key *key, const void *stored, StrBuf *b) {
        strbuf_addf(b, "\"%s\"", key->words[*(const uint32_t *)stored]);
}

static const char *typed_problem(const Key *key, const char *text);

static int store_text(const Key *key, const Value *value, ValueContext *context, void *ret) {
        if (value->type != VALUE_STRING)
                return refuse(key, value, context, NULL);

        const char *text = value->text;
        if (!*text && (key->flags & KEY_OPTIONAL)) {
                *(const char **)ret = NULL;
                return 0;
        }
        const char *problem = text_problem(text);
        if (!problem && !*text)
                problem = "it is empty";
        if (!problem && strlen(text) > key->max)
                problem = "it is too long";
        if (!problem)
                problem = typed_problem(key, text);
        if (problem)
                return refuse(key, value, context, *problem ? problem : NULL);

        size_t size = strlen(text);
        while ((key->type == KEY_URL || key->type == KEY_SERVER) && size > 0 &&
               text[size - 1] == '/')
                size--;
        const char *copy = arena_strndup(context->arena, text, size);
        if (!copy)
                return -ENOMEM;
        *(const char **)ret = copy;
        return 0;
}

static int store_path(const Key *key, const Value *value, ValueContext *context, void *ret) {
        const char *path = NULL;
        int r = store_text(key, value, context, &path);
        if (r < 0)
                return r;

        if (path && path[0] != '/') {
                _cleanup_strbuf_ StrBuf b = { 0 };
                strbuf_addf(&b, "%s/%s", context->directory, path);
                path = b.error < 0 ? NULL : arena_strdup(context->arena, strbuf_text(&b));
                if (!path)
                        return -ENOMEM;
        }
        *(const char **)ret = path;
        return 0;
}

/* "localhost" is the one name that says which address is meant. */
static int store_listen(const Key *key, const Value *value, ValueContext *context, void *ret) {
        static const char localhost[] = "localhost:";
        _cleanup_strbuf_ StrBuf b = { 0 };
        Value numeric = *value;

        if (value->type == VALUE_STRING &&
            strncasecmp(value->text, localhost, strlen(localhost)) == 0) {
                strbuf_addf(&b, "127.0.0.1:%s", value->text + strlen(localhost));
                if (b.error < 0)
                        return b.error;
                numeric.text = strbuf_text(&b);
        }
        return store_text(key, &numeric, context, ret);
}

static int store_host(const Key *key, const Value *value, ValueContext *context, void *ret) {
        char name[HOSTNAME_BYTES];

        if (value->type != VALUE_STRING)
                return refuse(key, value, context, NULL);
        const char *problem = hostname_normalize(value->text, name);
        if (problem) {
                StrBuf *b = &context->problem;
                value_describe(value, b);
                strbuf_addf(b, " is not a host name: it %s", problem);
                return b->error < 0 ? b->error : -EINVAL;
        }
        const char *copy = arena_strdup(context->arena, name);
        if (!copy)
                return -ENOMEM;
        *(const char **)ret = copy;
        return 0;
}

static void print_text(const Key *key _unused_, const void *stored, StrBuf *b) {
        const char *text = *(const char *const *)stored;
        value_print_text(text ? text : "", b);
}

static const struct {
        const char *name;
        const char *words;  /* what the key must be; the bounds follow */
        const char *behind; /* between the two */
        ValueStore store;
        ValuePrint print;
        const char *(*problem)(
                const char *text); /* of a text of this type; "": the words say it all */
} value_types[_KEY_TYPE_MAX] = {
        [KEY_BOOL] = { "bool", "true or false", "", store_bool, print_bool },
        [KEY_COUNT] = { "number", "a whole number", " from ", store_count, print_count },
        [KEY_DURATION] = { "duration", "a duration", " from ", store_duration, print_duration },
        [KEY_CHOICE] = { "word", "one of", " ", store_choice, print_choice },
        [KEY_NAME] = { "name", "a name of a-z, 0-9 and -", ", ", store_text, print_text,
                       name_problem },
        [KEY_TEXT] = { "text", "a text", "", store_text, print_text },
        [KEY_IDENTIFIER] = { "text", "a text without blank, colon and bracket", ", ", store_text,
                             print_text, identifier_problem },
        [KEY_HOST] = { "domain", "the name of a domain", "", store_host, print_text },
        [KEY_URL] = { "URL", "an https URL", "", store_text, print_text, url_endpoint_problem },
        [KEY_SERVER] = { "URL", "an http or https URL", "", store_text, print_text,
                         url_server_problem },
        [KEY_LISTEN] = { "address",
                         "an address and a port such as \"127.0.0.1:9797\" or \"[::1]:9797\"", "",
                         store_listen, print_text, listen_problem },
        [KEY_LINK] = { "URL", "an http or https URL", "", store_text, print_text,
                       url_link_problem },
        [KEY_PROXY] = { "URL", "the http, https or socks5h URL of a proxy", "", store_text,
                        print_text, url_proxy_problem },
        [KEY_PATH] = { "path", "a path", "", store_path, print_text },
        [KEY_DIRECTORY] = { "path", "a path", "", store_text, print_text },
        [KEY_MATCH] = { "glob", "a glob such as \"symantec/*\"", "", store_text, print_text,
                        glob_problem },
        [KEY_DAYS] = { "days", "days such as \"daily\", \"mon-fri\" or \"sat,sun\"", "", store_text,
                       print_text, days_problem },
        [KEY_TIME] = { "time", "a time of day such as \"22:00\"", "", store_text, print_text,
                       time_problem },
        [KEY_ZONE] = { "time zone", "a time zone such as \"Europe/Berlin\"", "", store_text,
                       print_text, zone_problem },
        [KEY_MEMBERS] = { "group", "the name of a group of this machine", ", ", store_text,
                          print_text, members_problem },
        [KEY_SOURCES] = { "list", "a list of sources such as [ \"immuniweb\" ]", "" },
        [KEY_POLICY] = { "group", "a group", "" },
        [KEY_LIMITS] = { "group", "a group", "" },
        [KEY_OUTPUT] = { "group", "a group", "" },
        [KEY_ALERTMANAGER] = { "group", "a group or a list of groups", "" },
        [KEY_WEB] = { "group", "a group", "" },
        [KEY_HISTORY] = { "group", "a group", "" },
        [KEY_CONTROL] = { "group", "a group", "" },
        [KEY_QUIET] = { "list", "a list of groups", "" },
        [KEY_SYMANTEC] = { "group", "a group or a list of groups", "" },
        [KEY_IMMUNIWEB] = { "group", "a group", "" },
        [KEY_GROUPS] = { "group", "a group of groups", "" },
        [KEY_DOMAINS] = { "list", "a list of domains such as ( \"example.com\" )", "" },
};

static const char *typed_problem(const Key *key, const char *text) {
        return value_types[key->type].problem ? value_types[key->type].problem(text) : NULL;
}

int value_store(const Key *key, const Value *value, ValueContext *context, void *ret) {
        return value_types[key->type].store(key, value, context, ret);
}

void value_print(const Key *key, const void *stored, StrBuf *b) {
        value_types[key->type].print(key, stored, b);
}

const char *key_type_name(KeyType type) {
        return value_types[type].name;
}

int value_from_text(const char *text, Arena *arena, Value *ret) {
        if (text[0] == '"') {
                const char *copy = arena_strndup(arena, text + 1, strlen(text) - 2);
                if (!copy)
                        return -ENOMEM;
                *ret = (Value){ VALUE_STRING, copy, 0 };
        } else if (streq(text, "true") || streq(text, "false"))
                *ret = (Value){ VALUE_BOOL, NULL, streq(text, "true") };
        else
                *ret = (Value){ VALUE_INTEGER, NULL, strtod(text, NULL) };
        return 0;
}

void value_print_text(const char *text, StrBuf *b) {
        strbuf_addc(b, '"');
        for (const char *p = text; *p; p++) {
                if (*p == '"' || *p == '\\')
                        strbuf_addc(b, '\\');
                strbuf_addc(b, *p);
        }
        strbuf_addc(b, '"');
}

void value_describe(const Value *value, StrBuf *b) {
        switch (value->type) {
        case VALUE_STRING:
                strbuf_addc(b, '"');
                text_escape(b, value->text, strlen(value->text), DESCRIBED_MAX);
                strbuf_addc(b, '"');
                break;
        case VALUE_INTEGER:
        case VALUE_FLOAT:
                strbuf_addf(b, "%.15g", value->number);
                break;
        case VALUE_BOOL:
                strbuf_adds(b, value->number != 0 ? "true" : "false");
                break;
        case VALUE_GROUP:
                strbuf_adds(b, "a group");
                break;
        case VALUE_LIST:
                strbuf_adds(b, "a list");
                break;
        case VALUE_NONE:
                strbuf_adds(b, "nothing");
                break;
        }
}

void key_describe_bounds(const Key *key, StrBuf *b) {
        if (key->type == KEY_COUNT)
                strbuf_addf(b, "%" PRIu64 " to %" PRIu64, key->min, key->max);
        else if (key->type == KEY_DURATION) {
                duration_format_exact(b, key->min);
                strbuf_adds(b, " to ");
                duration_format_exact(b, key->max);
                if (key->flags & KEY_NEVER)
                        strbuf_adds(b, ", or \"never\"");
        } else if (key->type == KEY_CHOICE)
                for (uint32_t i = 0; key->words[i]; i++)
                        strbuf_addf(b, "%s\"%s\"", i > 0 ? ", " : "", key->words[i]);
        else if (key->type == KEY_NAME || key->type == KEY_IDENTIFIER || key->type == KEY_MEMBERS)
                strbuf_addf(b, "at most %" PRIu64 " characters", key->max);
}

void key_describe(const Key *key, StrBuf *b) {
        strbuf_adds(b, value_types[key->type].words);
        strbuf_adds(b, value_types[key->type].behind);
        key_describe_bounds(key, b);
}
