/* SPDX-License-Identifier: MIT */
#include "config/words.h"

#include "base/text.h"
#include "base/zone.h"
#include "core/quiet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

const char *text_problem(const char *text) {
        size_t size = strlen(text);

        if (!text_is_utf8(text, size))
                return "it is not UTF-8";
        for (size_t i = 0; i < size; i++) {
                unsigned char c = (unsigned char)text[i];
                bool c1 = c == 0xc2 && (unsigned char)text[i + 1] < 0xa0;
                if (c < ' ' || c == 0x7f || c1)
                        return "it holds a control character";
        }
        return NULL;
}

const char *name_problem(const char *text) {
        return text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] ? "" : NULL;
}

const char *identifier_problem(const char *text) {
        for (const char *p = text; *p; p++)
                if (*p <= ' ' || *p >= 0x7f || strchr(":[]", *p))
                        return "";
        return NULL;
}

const char *days_problem(const char *text) {
        uint8_t days;
        return quiet_parse_days(text, &days) ? NULL : "";
}

const char *time_problem(const char *text) {
        uint16_t minutes;
        return quiet_parse_time(text, &minutes) ? NULL : "";
}

const char *zone_problem(const char *text) {
        return zone_exists(text) ? NULL : "this machine knows none of that name";
}

const char *members_problem(const char *text) {
        if (text[0] == '-' || !text[strspn(text, "0123456789")])
                return "";
        for (const char *p = text; *p; p++)
                if (*p <= ' ' || *p >= 0x7f || strchr(":,/", *p))
                        return "";
        return NULL;
}
