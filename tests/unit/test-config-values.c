/* SPDX-License-Identifier: MIT */
#include "unit/test-config.h"

#include "base/text.h"
#include "config/hostname.h"
#include "config/schema.h"
#include "config/url.h"
#include "config/value.h"

/* Host names, URLs, and every type of key: what is taken and as what it is written again. */

static const struct {
        const char *name, *normal; /* NULL: refused */
} hostnames[] = {
        { "example.com", "example.com" },
        { "EXAMPLE.Com", "example.com" },
        { "example.com.", "example.com" },
        { "a-b.c-d.example", "a-b.c-d.example" },
        { "1.2.3.example", "1.2.3.example" },
        { "xn--bcher-kva.example", "xn--bcher-kva.example" },
        { "XN--Bcher-KVA.example", "xn--bcher-kva.example" },
        { "b\u00fccher.example", "xn--bcher-kva.example" },
        { "B\u00dcCHER.example.", "xn--bcher-kva.example" },
        { "bu\u0308cher.example", "xn--bcher-kva.example" }, /* decomposed */
        { "fa\u00df.de", "xn--fa-hia.de" },                  /* not transitional: no ss */
        { "\u4f8b\u3048\u3002\u30c6\u30b9\u30c8",
          "xn--r8jz45g.xn--zckzah" }, /* ideographic full stop */
        { "xn--i-7iq.example",
          "xn--i-7iq.example" }, /* an emoji: IDNA 2008 forbids it, the DNS does not */
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example",
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example" },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example", NULL },
        { "", NULL },
        { ".", NULL },
        { "..", NULL },
        { "example.com..", NULL },
        { ".example.com", NULL },
        { "localhost", NULL },
        { "com.", NULL },
        { "10.0.0.1", NULL },
        { "10.0.0.1.", NULL },
        { "1.2.3", NULL },
        { "::1", NULL },
        { "[2001:db8::1]", NULL },
        { "exa mple.com", NULL },
        { " example.com", NULL },
        { "_dmarc.example.com", NULL },
        { "-a.example", NULL },
        { "a-.example", NULL },
        { "a.example/", NULL },
        { "a.example:25", NULL },
        { "*.example.com", NULL },
        { "https://example.com", NULL },
        { "postmaster@example.com", NULL },
        { "xn--.example", NULL },
        { "xn--0.example", NULL },
        { "\u2603.example", NULL },
        { "\xff.example", NULL },
        { "\u0301a.example", NULL }, /* begins with a combining mark */
        { "\u00fc", NULL },
};

static void test_hostnames(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(hostnames); i++) {
                char name[HOSTNAME_BYTES];
                const char *problem = hostname_normalize(hostnames[i].name, name);
                CHECK(i, !problem == !!hostnames[i].normal);
                if (!problem)
                        CHECK_STR(i, name, hostnames[i].normal);
        }
}

/* 253 characters are the most that there can be. */
static void test_hostname_length(void **state) {
        char text[300], name[HOSTNAME_BYTES];
        (void)state;

        for (size_t n = 240; n < 270; n++) {
                for (size_t i = 0; i < n; i++)
                        text[i] = i % 50 == 49 ? '.' : 'a';
                text[n - 1] = 'a';
                text[n] = '\0';
                CHECK(n, !hostname_normalize(text, name) == (n <= 253));
                strcat(text, ".");
                CHECK(n, !hostname_normalize(text, name) == (n <= 253));
        }
}

/* Whatever is taken is a fixed point: it is taken again, as it stands. */
static void test_hostname_random(void **state) {
        static const char *const pieces[] = {
                "a", "Z", "9", "-",      ".",   "xn--", "\u00fc", "\u3002", "\xf0\x9f\x98\x80",
                "_", "@", ":", "\u0301", "kva", "\xff", "com"
        };
        uint64_t seed = check_seed("test_hostname_random");
        (void)state;

        for (size_t i = 0; i < 20000; i++) {
                char text[200] = "", name[HOSTNAME_BYTES], again[HOSTNAME_BYTES];
                for (size_t j = check_below(&seed, 16); j > 0; j--)
                        strcat(text, pieces[check_below(&seed, ELEMENTSOF(pieces))]);
                if (hostname_normalize(text, name))
                        continue;
                if (hostname_normalize(name, again) || strcmp(name, again) != 0)
                        fail_msg("turn %zu: \"%s\" becomes \"%s\", and that is not the same again",
                                 i, text, name);
        }
}

static const struct {
        const char *url;
        bool endpoint, proxy, link;
} urls[] = {
        { "https://example.com", true, true, true },
        { "HTTPS://example.com", true, true, true },
        { "https://example.com/", true, true, true },
        { "https://example.com/email/api/v1", true, false, true },
        { "https://example.com:8443/a%20b", true, false, true },
        { "https://localhost", true, true, true },
        { "https://127.0.0.1:1", true, true, true },
        { "https://[::1]:65535/x", true, false, true },
        { "https://[::1]", true, true, true },
        { "http://example.com", false, true, true },
        { "http://proxy:3128", false, true, true },
        { "socks5h://proxy:1080/", false, true, false },
        { "socks5://proxy:1080", false, false, false },
        { "ftp://example.com", false, false, false },
        { "https://example.com?a=b", false, false, true },
        { "https://example.com/x#y", false, false, true },
        { "https://user@example.com", false, false, false },
        { "https://user:password@example.com/", false, false, false },
        { "http://user:password@proxy:3128", false, false, false },
        { "https://", false, false, false },
        { "https:///path", false, false, false },
        { "https:example.com", false, false, false },
        { "://example.com", false, false, false },
        { "example.com", false, false, false },
        { "", false, false, false },
        { "https://example.com:", false, false, false },
        { "https://example.com:0", false, false, false },
        { "https://example.com:65536", false, false, false },
        { "https://example.com:443x", false, false, false },
        { "https://example.com:000443", false, false, false },
        { "https://.example.com", false, false, false },
        { "https://example..com", false, false, false },
        { "https://exam ple.com", false, false, false },
        { "https://example.com/\n", false, false, false },
        { "https://example.com/\x7f", false, false, false },
        { "https://example.com/caf\u00e9", false, false, false },
        { "https://b\u00fccher.example", false, false, false },
        { "https://[::1", false, false, false },
        { "https://[::g]", false, false, false },
        { "https://[::1]x", false, false, false },
        { "https://[1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111]", false,
          false, false },
        { "https://exam|ple.com", false, false, false },
        { "https://example.com\\@other.example", false, false, false },
        { "javascript://example.com/%0aalert(1)", false, false, false },
};

static void test_urls(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(urls); i++) {
                CHECK_INT(i, !url_endpoint_problem(urls[i].url), urls[i].endpoint);
                CHECK_INT(i, !url_proxy_problem(urls[i].url), urls[i].proxy);
                CHECK_INT(i, !url_link_problem(urls[i].url), urls[i].link);
        }
}

#define SECOND USEC_PER_SEC

static const char *const words[] = { "all", "configured", NULL };

static const struct {
        KeyType type;
        unsigned flags;
        uint64_t min, max;
        Value value;
        const char *written; /* NULL: refused */
} stored[] = {
        { KEY_BOOL, 0, 0, 0, { VALUE_BOOL, NULL, 1 }, "true" },
        { KEY_BOOL, 0, 0, 0, { VALUE_BOOL, NULL, 0 }, "false" },
        { KEY_BOOL, 0, 0, 0, { VALUE_INTEGER, NULL, 1 }, NULL },
        { KEY_BOOL, 0, 0, 0, { VALUE_STRING, "true", 0 }, NULL },
        { KEY_COUNT, 0, 1, 64, { VALUE_INTEGER, NULL, 1 }, "1" },
        { KEY_COUNT, 0, 1, 64, { VALUE_INTEGER, NULL, 64 }, "64" },
        { KEY_COUNT, 0, 1, 64, { VALUE_INTEGER, NULL, 0 }, NULL },
        { KEY_COUNT, 0, 1, 64, { VALUE_INTEGER, NULL, 65 }, NULL },
        { KEY_COUNT, 0, 1, 64, { VALUE_INTEGER, NULL, 9.2e18 }, NULL },
        { KEY_COUNT, 0, 1, 64, { VALUE_FLOAT, NULL, 2 }, NULL },
        { KEY_COUNT, 0, 0, 64, { VALUE_INTEGER, NULL, -1 }, NULL },
        { KEY_COUNT, 0, 1, 64, { VALUE_STRING, "5", 0 }, NULL },
        { KEY_DURATION, 0, SECOND, 60 * SECOND, { VALUE_STRING, "1min", 0 }, "\"1min\"" },
        { KEY_DURATION, 0, SECOND, 60 * SECOND, { VALUE_INTEGER, NULL, 30 }, "\"30s\"" },
        { KEY_DURATION, 0, SECOND, 60 * SECOND, { VALUE_FLOAT, NULL, 1.5 }, "\"1s 500ms\"" },
        { KEY_DURATION, 0, SECOND, 60 * SECOND, { VALUE_STRING, "30", 0 }, "\"30s\"" },
        { KEY_DURATION, 0, SECOND, 60 * SECOND, { VALUE_STRING, "999ms", 0 }, NULL },
        { KEY_DURATION, 0, SECOND, 60 * SECOND, { VALUE_STRING, "61s", 0 }, NULL },
        { KEY_DURATION, 0, 0, 60 * SECOND, { VALUE_FLOAT, NULL, -0.1 }, NULL },
        { KEY_DURATION, 0, 0, 60 * SECOND, { VALUE_FLOAT, NULL, __builtin_nan("") }, NULL },
        { KEY_DURATION, 0, 0, 60 * SECOND, { VALUE_FLOAT, NULL, __builtin_inf() }, NULL },
        { KEY_DURATION, 0, 0, UINT64_MAX, { VALUE_FLOAT, NULL, 1e300 }, NULL },
        { KEY_DURATION, 0, 0, 60 * SECOND, { VALUE_STRING, "-1s", 0 }, NULL },
        { KEY_DURATION, 0, 0, 60 * SECOND, { VALUE_STRING, "", 0 }, NULL },
        { KEY_DURATION, 0, 0, 60 * SECOND, { VALUE_BOOL, NULL, 1 }, NULL },
        { KEY_DURATION, 0, 0, 60 * SECOND, { VALUE_LIST, NULL, 0 }, NULL },
        { KEY_DURATION, 0, 0, 60 * SECOND, { VALUE_STRING, "never", 0 }, NULL },
        { KEY_DURATION, KEY_NEVER, 0, 60 * SECOND, { VALUE_STRING, "never", 0 }, "\"never\"" },
        { KEY_DURATION, KEY_NEVER, 0, 60 * SECOND, { VALUE_STRING, "Never", 0 }, "\"never\"" },
        { KEY_CHOICE, 0, 0, 0, { VALUE_STRING, "configured", 0 }, "\"configured\"" },
        { KEY_CHOICE, 0, 0, 0, { VALUE_STRING, "Configured", 0 }, NULL },
        { KEY_CHOICE, 0, 0, 0, { VALUE_STRING, "", 0 }, NULL },
        { KEY_CHOICE, 0, 0, 0, { VALUE_INTEGER, NULL, 0 }, NULL },
        { KEY_NAME, 0, 0, 5, { VALUE_STRING, "a-b9", 0 }, "\"a-b9\"" },
        { KEY_NAME, 0, 0, 5, { VALUE_STRING, "a-b9xx", 0 }, NULL },
        { KEY_NAME, 0, 0, 5, { VALUE_STRING, "", 0 }, NULL },
        { KEY_NAME, 0, 0, 5, { VALUE_STRING, "a/b", 0 }, NULL },
        { KEY_NAME, 0, 0, 5, { VALUE_STRING, "A", 0 }, NULL },
        { KEY_TEXT,
          0,
          0,
          50,
          { VALUE_STRING, "say \"\\\" \u00e9", 0 },
          "\"say \\\"\\\\\\\" \u00e9\"" },
        { KEY_TEXT, 0, 0, 50, { VALUE_STRING, "", 0 }, NULL },
        { KEY_TEXT, KEY_OPTIONAL, 0, 50, { VALUE_STRING, "", 0 }, "\"\"" },
        { KEY_TEXT, 0, 0, 50, { VALUE_STRING, "a\tb", 0 }, NULL },
        { KEY_TEXT, 0, 0, 50, { VALUE_STRING, "a\x7f", 0 }, NULL },
        { KEY_TEXT, 0, 0, 50, { VALUE_STRING, "a\xc2\x85", 0 }, NULL },
        { KEY_TEXT, 0, 0, 50, { VALUE_STRING, "a\u00a0", 0 }, "\"a\u00a0\"" },
        { KEY_TEXT, 0, 0, 50, { VALUE_STRING, "\xc3", 0 }, NULL },
        { KEY_TEXT, 0, 0, 50, { VALUE_GROUP, NULL, 0 }, NULL },
        { KEY_IDENTIFIER, 0, 1, 10, { VALUE_STRING, "mailsecd-2", 0 }, "\"mailsecd-2\"" },
        { KEY_IDENTIFIER, 0, 1, 10, { VALUE_STRING, "mail secd", 0 }, NULL },
        { KEY_IDENTIFIER, 0, 1, 10, { VALUE_STRING, "mail:secd", 0 }, NULL },
        { KEY_IDENTIFIER, 0, 1, 10, { VALUE_STRING, "mail[1]", 0 }, NULL },
        { KEY_IDENTIFIER, 0, 1, 10, { VALUE_STRING, "\u00e9", 0 }, NULL },
        { KEY_IDENTIFIER, 0, 1, 10, { VALUE_STRING, "mailsecd-23", 0 }, NULL },
        { KEY_HOST, 0, 1, 300, { VALUE_STRING, "Example.COM.", 0 }, "\"example.com\"" },
        { KEY_HOST, 0, 1, 300, { VALUE_STRING, "example", 0 }, NULL },
        { KEY_HOST, 0, 1, 300, { VALUE_INTEGER, NULL, 1 }, NULL },
        { KEY_URL,
          0,
          0,
          99,
          { VALUE_STRING, "https://example.com/a//", 0 },
          "\"https://example.com/a\"" },
        { KEY_URL, 0, 0, 99, { VALUE_STRING, "http://example.com", 0 }, NULL },
        { KEY_URL, 0, 0, 10, { VALUE_STRING, "https://example.com", 0 }, NULL },
        { KEY_SERVER, 0, 0, 99, { VALUE_STRING, "http://a.b/c/", 0 }, "\"http://a.b/c\"" },
        { KEY_SERVER, 0, 0, 99, { VALUE_STRING, "https://a.b", 0 }, "\"https://a.b\"" },
        { KEY_SERVER, 0, 0, 99, { VALUE_STRING, "ftp://a.b", 0 }, NULL },
        { KEY_SERVER, 0, 0, 99, { VALUE_STRING, "http://a.b/?c", 0 }, NULL },
        { KEY_SERVER, 0, 0, 99, { VALUE_STRING, "http://a:b@c", 0 }, NULL },
        { KEY_SERVER, KEY_OPTIONAL, 0, 99, { VALUE_STRING, "", 0 }, "\"\"" },
        { KEY_LISTEN, 0, 0, 64, { VALUE_STRING, "[::1]:0", 0 }, "\"[::1]:0\"" },
        { KEY_LISTEN, 0, 0, 64, { VALUE_STRING, "LOCALHOST:80", 0 }, "\"127.0.0.1:80\"" },
        { KEY_LISTEN, 0, 0, 64, { VALUE_STRING, "localhost", 0 }, NULL },
        { KEY_LISTEN, 0, 0, 64, { VALUE_STRING, "localhost:", 0 }, NULL },
        { KEY_LISTEN, 0, 0, 64, { VALUE_STRING, "localhost.:80", 0 }, NULL },
        { KEY_LISTEN, KEY_OPTIONAL, 0, 64, { VALUE_STRING, "", 0 }, "\"\"" },
        { KEY_LISTEN, 0, 0, 64, { VALUE_STRING, "", 0 }, NULL },
        { KEY_LISTEN, 0, 0, 64, { VALUE_INTEGER, NULL, 80 }, NULL },
        { KEY_LINK,
          0,
          0,
          99,
          { VALUE_STRING, "http://example.com/?a#b", 0 },
          "\"http://example.com/?a#b\"" },
        { KEY_PROXY, KEY_OPTIONAL, 0, 99, { VALUE_STRING, "", 0 }, "\"\"" },
        { KEY_PATH, 0, 0, 99, { VALUE_STRING, "/etc/x", 0 }, "\"/etc/x\"" },
        { KEY_PATH, 0, 0, 99, { VALUE_STRING, "x/y", 0 }, "\"/directory/x/y\"" },
        { KEY_PATH, KEY_OPTIONAL, 0, 99, { VALUE_STRING, "", 0 }, "\"\"" },
        { KEY_PATH, KEY_OPTIONAL, 0, 99, { VALUE_FLOAT, NULL, 1 }, NULL },
        { KEY_DIRECTORY, 0, 0, 99, { VALUE_STRING, "conf.d", 0 }, "\"conf.d\"" },
};

static void test_stored(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(stored); i++) {
                const Key key = { .name = "key",
                                  .type = stored[i].type,
                                  .flags = stored[i].flags,
                                  .min = stored[i].min,
                                  .max = stored[i].max,
                                  .words = words };
                Arena arena = { 0 };
                ValueContext context = { .arena = &arena, .directory = "/directory" };
                union {
                        uint64_t bits;
                        const char *text;
                } place = { .bits = 0x5555555555555555u };

                int r = value_store(&key, &stored[i].value, &context, &place);
                CHECK_INT(i, r, stored[i].written ? 0 : -EINVAL);
                if (r == 0) {
                        _cleanup_strbuf_ StrBuf b = { 0 };
                        value_print(&key, &place, &b);
                        CHECK_STR(i, strbuf_text(&b), stored[i].written);
                        CHECK(i, context.problem.size == 0);
                } else {
                        CHECK(i, place.bits == 0x5555555555555555u);
                        CHECK(i, context.problem.size > 0);
                }
                strbuf_done(&context.problem);
                arena_done(&arena);
        }
}

/* Every default is in the bounds of its own row, and reads as it is written. */
static void test_defaults(void **state) {
        (void)state;

        for (SectionId id = 0; id < _SECTION_MAX; id++) {
                const Section *section = &config_sections[id];
                for (size_t i = 0; i < section->n; i++) {
                        const Key *key = &section->keys[i];
                        CHECK(i, section_find(section, key->name) == key);
                        CHECK(i, *key->help && key_type_name(key->type));
                        for (size_t j = 0; j < i; j++)
                                CHECK(i, key->offset != section->keys[j].offset);
                        if (!key->fallback)
                                continue;
                        Arena arena = { 0 };
                        ValueContext context = { .arena = &arena, .directory = "" };
                        Value value;
                        union {
                                uint64_t bits;
                                const char *text;
                        } place = { 0 };
                        CHECK_INT(i, value_from_text(key->fallback, &arena, &value), 0);
                        if (value_store(key, &value, &context, &place) < 0)
                                fail_msg("%s.%s: %s", section->path, key->name,
                                         strbuf_text(&context.problem));
                        arena_done(&arena);
                }
        }
        assert_null(section_find(&config_sections[SECTION_TOP], "interval"));
}

static void test_facilities(void **state) {
        static const struct {
                const char *word;
                int number;
        } facilities[] = { { "kern", 0 },    { "user", 1 },   { "mail", 2 },      { "daemon", 3 },
                           { "auth", 4 },    { "syslog", 5 }, { "lpr", 6 },       { "news", 7 },
                           { "uucp", 8 },    { "cron", 9 },   { "authpriv", 10 }, { "ftp", 11 },
                           { "local0", 16 }, { "local7", 23 } };
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(facilities); i++) {
                uint32_t word = 0;
                while (facility_words[word] && !streq(facility_words[word], facilities[i].word))
                        word++;
                CHECK(i, facility_words[word]);
                CHECK_INT(i, facility_number(word), facilities[i].number);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_hostnames),       cmocka_unit_test(test_hostname_length),
                cmocka_unit_test(test_hostname_random), cmocka_unit_test(test_urls),
                cmocka_unit_test(test_stored),          cmocka_unit_test(test_defaults),
                cmocka_unit_test(test_facilities),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
