/* SPDX-License-Identifier: MIT */
#include "engine/page-parts.h"

#include "engine/api-target.h"
#include "engine/place.h"
#include "engine/standing.h"

#include <math.h>

const char *page_state_name(PageState state) {
        static const char *const names[_STATE_MAX] = {
                [STATE_NONE] = "none",         [STATE_OK] = "ok",
                [STATE_UNKNOWN] = "unknown",   [STATE_WARNING] = "warning",
                [STATE_CRITICAL] = "critical",
        };
        return names[state];
}

PageState page_state_of(Level level) {
        static const PageState states[_LEVEL_MAX] = {
                [LEVEL_OK] = STATE_OK,
                [LEVEL_WARNING] = STATE_WARNING,
                [LEVEL_CRITICAL] = STATE_CRITICAL,
        };
        return states[level];
}

void page_badge(StrBuf *b, PageState state) {
        const char *name = page_state_name(state);

        if (state == STATE_NONE)
                strbuf_adds(b, "<span class=\"none\">not watched</span>");
        else
                strbuf_addf(b, "<b class=\"level %s\">%s</b>", name, name);
}

PageState page_domain_state(Account *a, uint32_t domain, Moment now) {
        Level level = subject_level(&a->subjects[domain]);

        if (level == LEVEL_OK && subject_unknown(a, domain, now))
                return STATE_UNKNOWN;
        return page_state_of(level);
}

PageState page_states(Page *p, uint32_t index, PageState ret[static SOURCE_VENDORS]) {
        PageState worst = STATE_NONE;

        for (SourceId source = 0; source < SOURCE_VENDORS; source++) {
                uint32_t domain;
                Account *a = place_source(p->m, index, source, &domain);
                ret[source] = a ? page_domain_state(a, domain, p->now) : STATE_NONE;
                worst = MAX(worst, ret[source]);
        }
        return worst;
}
