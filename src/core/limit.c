/* SPDX-License-Identifier: MIT */
#include "core/limit.h"

#include "base/macro.h"
#include "base/text.h"

#include <math.h>
#include <stddef.h>

const char *level_name(Level level) {
        static const char *const names[_LEVEL_MAX] = {
                [LEVEL_OK] = "ok",
                [LEVEL_WARNING] = "warning",
                [LEVEL_CRITICAL] = "critical",
        };
        return names[level];
}

bool level_find(const char *name, Level *ret) {
        for (Level level = LEVEL_OK; name && level < _LEVEL_MAX; level++)
                if (streq(name, level_name(level))) {
                        *ret = level;
                        return true;
                }
        return false;
}

/* Whether `value` is at or past `limit` on its bad side; never for a limit that is not set. */
static bool is_bad(double value, double limit, Bad bad) {
        switch (bad) {
        case BAD_LOW:
                return value <= limit;
        case BAD_HIGH:
        case BAD_NONE:
                break;
        }
        return value >= limit;
}

bool limit_is_set(const Limit *limit) {
        return !isnan(limit->warning) || !isnan(limit->critical);
}

static Level mildest_level(const Limit *limit) {
        return !isnan(limit->warning) ? LEVEL_WARNING : LEVEL_CRITICAL;
}

const char *limit_problem(const Limit *limit, Bad bad) {
        bool low = bad == BAD_LOW;

        /* A comparison with a part that is not set is false. */
        if (low ? limit->critical > limit->warning : limit->critical < limit->warning)
                return low ? "critical is above warning" : "critical is below warning";
        if (isnan(limit->clear))
                return NULL;
        if (!limit_is_set(limit))
                return "clear is set without warning or critical";
        if (!is_bad(limit->clear, limit_of(limit, mildest_level(limit)), bad))
                return NULL;
        if (mildest_level(limit) == LEVEL_WARNING)
                return low ? "clear is not above warning" : "clear is not below warning";
        return low ? "clear is not above critical" : "clear is not below critical";
}

Level limit_judge(const Limit *limit, Bad bad, double value, Level current) {
        if (isnan(value))
                return current;
        if (is_bad(value, limit->critical, bad))
                return LEVEL_CRITICAL;
        if (is_bad(value, limit->warning, bad))
                return LEVEL_WARNING;
        if (current == LEVEL_OK || !limit_is_set(limit) || isnan(limit->clear))
                return LEVEL_OK;

        bool clear = bad == BAD_LOW ? value >= limit->clear : value <= limit->clear;
        return clear ? LEVEL_OK : MIN(mildest_level(limit), current);
}

double limit_of(const Limit *limit, Level level) {
        switch (level) {
        case LEVEL_CRITICAL:
                return !isnan(limit->critical) ? limit->critical : limit->warning;
        case LEVEL_OK:
                if (!isnan(limit->clear))
                        return limit->clear;
                break;
        case LEVEL_WARNING:
        case _LEVEL_MAX:
                break;
        }
        return !isnan(limit->warning) ? limit->warning : limit->critical;
}
