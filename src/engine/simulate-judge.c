/* SPDX-License-Identifier: MIT */
#include "engine/simulate-judge.h"

#include "core/notice.h"

#include <errno.h>
#include <math.h>
#include <string.h>

int judge_init(Judge *judge, const Config *config, const RealHistory *real, Episodes *episodes,
               usec_t from, usec_t since, usec_t to) {
        *judge = (Judge){ .real = real, .episodes = episodes, .since = since };
        return quiet_plan_init(&judge->quiet, config, from, to);
}

void judge_begin(Judge *judge, const RuleSet *rules, const char *target) {
        judge->rules = rules;
        judge->target = target;
        for (size_t i = 0; i < METRICS_MAX; i++)
                judge->slots[i].worst = NAN;
}

static void slot_done(JudgeSlot *slot) {
        voice_done(&slot->voice);
        free(slot->identity);
        *slot = (JudgeSlot){ .worst = NAN };
}

void judge_done(Judge *judge) {
        for (size_t i = 0; i < METRICS_MAX; i++)
                slot_done(&judge->slots[i]);
        quiet_plan_done(&judge->quiet);
}

/* One clock is both: what boot time measures, spans, wall time measures as well in the past. */
static Moment moment_of(usec_t at) {
        return (Moment){ .wall = at, .boot = at };
}

static int tell(Judge *judge, JudgeSlot *slot, size_t metric, Event event, usec_t at, bool hour) {
        if (event == EVENT_NONE)
                return 0;
        Telling telling = {
                .identity = slot->identity,
                .metric = &judge->rules->set->metrics[metric],
                .event = event,
                .level = slot->voice.told,
                .flapping = slot->voice.flapping,
                .at = at,
                .from = at,
                .hour = hour,
        };
        bool began = slot->open == 0;
        int r = episodes_tell(judge->episodes, &slot->open, &telling);
        if (r >= 0 && began && slot->open > 0)
                episode_value(&judge->episodes->list[slot->open - 1], slot->worst);
        return r;
}

/* What happens without a sample up to `at`: quiet windows begin and end, and what flapped has
 * settled. */
static int slot_advance(Judge *judge, JudgeSlot *slot, size_t metric, usec_t at) {
        const Policy *policy = &judge->rules->policy;
        Level level = slot->alert.level;

        while (slot->live) {
                usec_t settles = voice_settles_at(&slot->voice, policy);
                usec_t next = MIN(slot->mute_next, settles);
                Event event;

                if (next > at)
                        break;
                if (next == slot->mute_next) {
                        bool muted = quiet_plan_active(&judge->quiet, slot->identity, next);
                        event = voice_mute(&slot->voice, policy, muted, level, moment_of(next),
                                           NULL);
                        slot->mute_next = quiet_plan_next(&judge->quiet, slot->identity, next);
                        /* That it still stands is news only where nothing was told. */
                        if (event == EVENT_REMINDER && slot->open > 0)
                                event = EVENT_NONE;
                } else
                        event = voice_settle(&slot->voice, policy, level, moment_of(next), NULL);
                int r = tell(judge, slot, metric, event, next, false);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int slot_wake(Judge *judge, JudgeSlot *slot, size_t metric, usec_t at) {
        _cleanup_strbuf_ StrBuf identity = {};

        notice_identity(&identity, judge->rules->set, judge->target, metric);
        slot->identity = strbuf_take(&identity);
        if (!slot->identity)
                return -ENOMEM;
        slot->live = true;
        slot->mute_next = USEC_INFINITY;
        if (!quiet_plan_concerns(&judge->quiet, slot->identity))
                return 0;
        slot->voice.muted = quiet_plan_active(&judge->quiet, slot->identity, at);
        slot->mute_next = quiet_plan_next(&judge->quiet, slot->identity, at);
        return 0;
}

/* The policy that a sample is counted by. */
static Policy sample_policy(const Judge *judge, const JudgeSlot *slot, usec_t at, bool hour,
                            bool up) {
        Policy policy = judge->rules->policy;

        if (hour)
                policy.raise_after = policy.clear_after = 1;
        else if (up && slot->alert.level == LEVEL_OK && policy.raise_after > 1 &&
                 real_at_once(judge->real, slot->identity, at))
                policy.raise_after = 1;
        return policy;
}

int judge_value(Judge *judge, size_t metric, double value, usec_t at, bool hour, bool up) {
        if (metric >= METRICS_MAX || !limit_is_set(&judge->rules->limits[metric]))
                return 0;
        const Metric *row = &judge->rules->set->metrics[metric];
        JudgeSlot *slot = &judge->slots[metric];
        int r = slot_advance(judge, slot, metric, at);
        if (r < 0)
                return r;

        Level level =
                limit_judge(&judge->rules->limits[metric], row->bad, value, slot->alert.level);
        if (!slot->live) {
                if (level == LEVEL_OK)
                        return 0;
                r = slot_wake(judge, slot, metric, at);
                if (r < 0)
                        return r;
        }
        Policy policy = sample_policy(judge, slot, at, hour, up);
        Event event = alert_step(&slot->alert, &policy, level, moment_of(at), NULL);
        if (level > LEVEL_OK)
                slot->worst = worse_value(row, slot->worst, value);
        if (slot->open > 0 && level > LEVEL_OK)
                episode_value(&judge->episodes->list[slot->open - 1], value);
        if (event == EVENT_CLEARED && slot->open == 0 && at >= judge->since)
                judge->silent++;
        Event said = voice_event(&slot->voice, &judge->rules->policy, event, slot->alert.level,
                                 moment_of(at), NULL);
        r = tell(judge, slot, metric, said, at, hour);
        if (alert_is_quiet(&slot->alert))
                slot->worst = NAN;
        return r;
}

void judge_forget_streaks(Judge *judge) {
        for (size_t i = 0; i < METRICS_MAX; i++)
                memset(judge->slots[i].alert.streak, 0, sizeof(judge->slots[i].alert.streak));
}

Level judge_level(const Judge *judge, size_t metric) {
        return judge->slots[metric].alert.level;
}

int judge_end(Judge *judge, usec_t now) {
        int r = 0;

        for (size_t i = 0; i < METRICS_MAX && r >= 0; i++)
                r = slot_advance(judge, &judge->slots[i], i, now);
        for (size_t i = 0; i < METRICS_MAX; i++)
                slot_done(&judge->slots[i]);
        return r;
}
