/* SPDX-License-Identifier: MIT */
#include "engine/self.h"

#include "engine/judge.h"

#include <string.h>

#define LOOK_EVERY USEC_PER_MIN
#define LOST_HOLDS USEC_PER_DAY

void self_sample(Monitor *m, Moment now) {
        Health *h = &m->health;

        if (h->lost_at > 0 && now.boot >= h->lost_at + LOST_HOLDS) {
                h->lost_at = 0;
                h->lost = 0;
        }
        judge_self(m, "store_up", h->store_problem ? 0 : 1, h->store_problem, now);
        judge_self(m, "config_ok", h->config_problem ? 0 : 1, h->config_problem, now);
        judge_self(m, "records_lost", (double)h->lost,
                   h->lost > 0
                           ? "neither journal nor syslog took them; MAILSEC_SEQUENCE shows which"
                           : NULL,
                   now);
        bool wrong = h->store_problem || h->config_problem || h->lost > 0 ||
                     monitor_self(m)->subject.standing;
        if (!wrong)
                schedule_remove(&m->due, &m->self_look);
        else if (m->self_look.at == 0)
                monitor_queue(m, &m->self_look, ITEM_SELF, now.boot + LOOK_EVERY);
}

void self_look(Monitor *m, Moment now) {
        self_sample(m, now);
}

static void replace_text(char **text, const char *problem) {
        free(*text);
        *text = NULL;
        if (!problem)
                return;
        *text = strdup(problem);
        if (!*text) /* that something is wrong matters more than the words for it */
                *text = strdup("");
}

void self_store(Monitor *m, const char *problem, Moment now) {
        replace_text(&m->health.store_problem, problem);
        self_sample(m, now);
}

void self_config(Monitor *m, const char *problem, Moment now) {
        Health *h = &m->health;

        replace_text(&h->config_problem, problem);
        if (!problem)
                h->config_refused = 0;
        else if (h->config_refused == 0)
                h->config_refused = now.wall;
        self_sample(m, now);
}

void self_lost(Monitor *m, uint64_t records, Moment now) {
        Health *h = &m->health;

        h->lost += records;
        h->lost_in_all += records;
        h->lost_at = now.boot;
        self_sample(m, now);
}
