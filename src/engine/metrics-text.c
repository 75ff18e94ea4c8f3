/* SPDX-License-Identifier: MIT */
#include "engine/metrics-text.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- numbers ------------------------------------------------------------------------------- */

/* Beyond it not every whole number is a double. */
#define WHOLE_MAX 9007199254740992.0

static size_t put_whole(char *to, uint64_t value) {
        char digits[20];
        size_t n = 0;

        do {
                digits[n++] = (char)('0' + value % 10);
                value /= 10;
        } while (value > 0);
        for (size_t i = 0; i < n; i++)
                to[i] = digits[n - 1 - i];
        return n;
}

/* A number of thousandths, without zeros at the end. */
static size_t put_thousandths(char *to, uint64_t value) {
        size_t n = put_whole(to, value / 1000);
        unsigned rest = (unsigned)(value % 1000);

        if (rest == 0)
                return n;
        to[n++] = '.';
        for (unsigned digit = 100; rest > 0; digit /= 10) {
                to[n++] = (char)('0' + rest / digit);
                rest %= digit;
        }
        return n;
}

static size_t put_special(char *to, double value) {
        const char *word = isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";

        memcpy(to, word, strlen(word));
        return strlen(word);
}

/* The shortest of the general forms that reads as the same number. */
static size_t put_shortest(char *to, double value, bool is_float) {
        char text[METRICS_NUMBER_MAX];
        int n = 0;

        for (int digits = is_float ? 6 : 15; digits <= 17; digits++) {
                n = snprintf(text, sizeof(text), "%.*g", digits, value);
                if (is_float ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value)
                        break;
        }
        memcpy(to, text, (size_t)n);
        return (size_t)n;
}

/* Nearly all numbers are whole, or have a few decimals: those need no printf(). */
static size_t put_number(char *to, double value, bool is_float) {
        double size = fabs(value);
        size_t sign = 0;

        if (!isfinite(value))
                return put_special(to, value);
        if (value < 0)
                to[sign++] = '-';
        if (size < WHOLE_MAX && size == (double)(uint64_t)size)
                return sign + put_whole(to + sign, (uint64_t)size);
        double thousandths = rint(size * 1000);
        if (thousandths < WHOLE_MAX) {
                double back = thousandths / 1000;
                if (is_float ? (float)back == (float)size : back == size)
                        return sign + put_thousandths(to + sign, (uint64_t)thousandths);
        }
        return put_shortest(to, value, is_float);
}

size_t metrics_number(char *to, double value) {
        return put_number(to, value, false);
}

size_t metrics_number_float(char *to, float value) {
        return put_number(to, (double)value, true);
}

void metrics_add_number(StrBuf *b, double value) {
        char text[METRICS_NUMBER_MAX];

        strbuf_add(b, text, metrics_number(text, value));
}

/* --- text ---------------------------------------------------------------------------------- */

/* Both formats escape alike, but for the quote in a HELP line. */
static void add_escaped(StrBuf *b, const char *text, bool quote) {
        for (; *text; text++) {
                if (*text == '\n')
                        strbuf_add(b, "\\n", 2);
                else if (*text == '\\' || (*text == '"' && quote))
                        strbuf_add(b, (const char[]){ '\\', *text }, 2);
                else
                        strbuf_addc(b, *text);
        }
}

void metrics_add_label(StrBuf *b, char separator, const char *name, const char *value) {
        strbuf_addc(b, separator);
        strbuf_adds(b, name);
        strbuf_add(b, "=\"", 2);
        add_escaped(b, value, true);
        strbuf_addc(b, '"');
}

void metrics_add_header(StrBuf *b, bool openmetrics, const char *name, FamilyType type,
                        const char *unit, const char *help) {
        static const struct {
                const char *words[2]; /* of the older format, of OpenMetrics */
                const char *suffix;
        } types[] = {
                [FAMILY_GAUGE] = { { "gauge", "gauge" }, "" },
                [FAMILY_COUNTER] = { { "counter", "counter" }, "_total" },
                [FAMILY_INFO] = { { "gauge", "info" }, "_info" },
                [FAMILY_HISTOGRAM] = { { "histogram", "histogram" }, "" },
        };
        /* The older format names the samples, OpenMetrics the family. */
        const char *suffix = openmetrics ? "" : types[type].suffix;

        strbuf_addf(b, "# HELP %s%s ", name, suffix);
        add_escaped(b, help, openmetrics);
        strbuf_addf(b, "\n# TYPE %s%s %s\n", name, suffix, types[type].words[openmetrics]);
        if (openmetrics && unit)
                strbuf_addf(b, "# UNIT %s %s\n", name, unit);
}

/* --- the Accept header --------------------------------------------------------------------- */

typedef struct Offer {
        const char *type;
        const char *subtype;
        const char *version;
        unsigned fit; /* of the best range that covers it: 1 any, 2 its type, 3 itself */
        double q;
} Offer;

static const char *skip_blanks(const char *p) {
        return p + strspn(p, " \t");
}

static bool word_is(const char *text, size_t size, const char *word) {
        return size == strlen(word) && strncasecmp(text, word, size) == 0;
}

/* How well a range fits: 0 = not at all. */
static unsigned range_fit(const Offer *o, const char *range, size_t size) {
        const char *slash = memchr(range, '/', size);

        if (!slash)
                return 0;
        size_t n = (size_t)(slash - range), rest = size - n - 1;
        if (word_is(range, n, "*"))
                return word_is(slash + 1, rest, "*") ? 1 : 0;
        if (!word_is(range, n, o->type))
                return 0;
        if (word_is(slash + 1, rest, "*"))
                return 2;
        return word_is(slash + 1, rest, o->subtype) ? 3 : 0;
}

/* A weight from 0 to 1 in the plain form of the header, whatever the locale; anything else counts
 * as 0. */
static double read_weight(const char *text, size_t size) {
        double value = 0, digit = 1;

        if (size == 0 || size > 5 || (text[0] != '0' && text[0] != '1') ||
            (size > 1 && text[1] != '.'))
                return 0;
        value = text[0] - '0';
        for (size_t i = 2; i < size; i++) {
                if (text[i] < '0' || text[i] > '9')
                        return 0;
                digit /= 10;
                value += (text[i] - '0') * digit;
        }
        return MIN(value, 1.0);
}

/* Reads the parameters from `p` to the end of the range; false when it asks for another version. */
static bool read_parameters(const char *p, const Offer *o, double *ret_q) {
        bool fits = true;

        while (*p == ';') {
                p = skip_blanks(p + 1);
                size_t name = strcspn(p, "=;, \t");
                const char *value = p + name + (p[name] == '=');
                size_t size = strcspn(value, ";, \t");
                if (word_is(p, name, "q"))
                        *ret_q = read_weight(value, size);
                else if (word_is(p, name, "version"))
                        fits = fits && word_is(value, size, o->version);
                p = skip_blanks(value + size);
                p += strcspn(p, ";,");
        }
        return fits;
}

static void look_at_range(Offer *o, const char *range) {
        size_t size = strcspn(range, ";, \t");
        unsigned fit = range_fit(o, range, size);
        const char *p = skip_blanks(range + size);
        double q = 1;

        if (fit == 0 || fit < o->fit || !read_parameters(p, o, &q))
                return;
        o->q = fit > o->fit ? q : MAX(o->q, q);
        o->fit = fit;
}

bool metrics_accepts_openmetrics(const char *accept) {
        Offer open = { .type = "application", .subtype = "openmetrics-text", .version = "1.0.0" };
        Offer text = { .type = "text", .subtype = "plain", .version = "0.0.4" };

        for (const char *p = accept; p && *p; p += *p == ',') {
                p = skip_blanks(p);
                look_at_range(&open, p);
                look_at_range(&text, p);
                p += strcspn(p, ",");
        }
        return open.q > text.q;
}
