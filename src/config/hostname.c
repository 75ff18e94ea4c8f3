/* SPDX-License-Identifier: MIT */
#include "config/hostname.h"

#include "base/macro.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define LABEL_LONGEST 63

static bool is_ascii(const char *text) {
        for (; *text; text++)
                if ((unsigned char)*text >= 0x80)
                        return false;
        return true;
}

static bool is_alnum_lower(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static char lower(char c) {
        return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whether what follows "xn--" is punycode at all. Whether IDNA would allow it is not asked: a
 * domain that exists has to be nameable. */
static const char *alabel_problem(const char *label, size_t size) {
        char copy[LABEL_LONGEST + 1];
        char *decoded = NULL;

        memcpy(copy, label, size);
        copy[size] = '\0';
        int r = idn2_to_unicode_8z8z(copy, &decoded, 0);
        idn2_free(decoded);
        return r == IDN2_OK ? NULL : "has a part that begins with xn-- but is not an A-label";
}

static const char *label_problem(const char *label, size_t size) {
        if (size == 0)
                return "has an empty part between its dots";
        if (size > LABEL_LONGEST)
                return "has a part of more than 63 characters";
        for (size_t i = 0; i < size; i++)
                if (!is_alnum_lower(label[i]) && label[i] != '-')
                        return "holds a character that no host name has";
        if (label[0] == '-' || label[size - 1] == '-')
                return "has a part that begins or ends with a hyphen";
        if (size >= 4 && memcmp(label, "xn--", 4) == 0)
                return alabel_problem(label, size);
        return NULL;
}

/* Checks the labels of a lower-case name: RFC 1123 section 2.1. */
static const char *labels_problem(const char *name) {
        const char *label = name;
        size_t n = 0;

        for (;;) {
                size_t size = strcspn(label, ".");
                const char *problem = label_problem(label, size);
                if (problem)
                        return problem;
                n++;
                if (!label[size])
                        break;
                label += size + 1;
        }
        if (n < 2)
                return "has only one part; write it in full, such as example.com";
        if (label[strspn(label, "0123456789")] == '\0')
                return "ends in a number, which no domain does";
        return NULL;
}

/* What people write instead of a domain. */
static const char *other_problem(const char *name) {
        unsigned char address[sizeof(struct in6_addr)];

        if (strstr(name, "://"))
                return "is a URL; write only the domain";
        if (strchr(name, '@'))
                return "is a mail address; write only what stands behind the @";
        if (strchr(name, '*'))
                return "holds a wildcard; every domain has an entry of its own";
        if (name[0] == '[' || inet_pton(AF_INET, name, address) == 1 ||
            inet_pton(AF_INET6, name, address) == 1)
                return "is an IP address, not a domain";
        return NULL;
}

static const char *normalize_ascii(const char *name, char ret[static HOSTNAME_BYTES]) {
        size_t size = strlen(name);

        if (size > 0 && name[size - 1] == '.')
                size--;
        if (size == 0)
                return "is empty";
        if (size >= HOSTNAME_BYTES)
                return "is longer than 253 characters";
        for (size_t i = 0; i < size; i++)
                ret[i] = lower(name[i]);
        ret[size] = '\0';
        const char *problem = labels_problem(ret);
        const char *other = problem ? other_problem(ret) : NULL;
        return other ? other : problem;
}

const char *hostname_normalize(const char *name, char ret[static HOSTNAME_BYTES]) {
        char *ascii = NULL;

        if (is_ascii(name))
                return normalize_ascii(name, ret);

        /* TR46 without the deviations of IDNA 2003: as registries and browsers do. */
        int r = idn2_to_ascii_8z(name, &ascii, IDN2_NONTRANSITIONAL | IDN2_USE_STD3_ASCII_RULES);
        const char *problem = r == IDN2_OK           ? normalize_ascii(ascii, ret)
                              : r == IDN2_DISALLOWED ? "holds a character that no host name has"
                                                     : "has no form in A-labels (IDNA 2008)";
        idn2_free(ascii);
        return problem;
}
