/* SPDX-License-Identifier: MIT */
#include "engine/simulate-replay.h"

#include "base/text.h"
#include "engine/monitor.h"
#include "engine/simulate-judge.h"
#include "io/store-history.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define LEAD_MAX (31 * USEC_PER_DAY)

/* Times at which an account's domains must not raise data_age or up, from and to. */
typedef struct Downs {
        usec_t *list;
        size_t n; /* of times; odd = it is still down */
} Downs;

typedef struct Replay {
        const Config *config;
        const RealHistory *real;
        Judge judge;
        Scope pass;
        usec_t now;
        usec_t sweep; /* how often the ages of domains are looked at between tests */
        Downs *downs; /* per account, immuniweb's last */
        ReplayResult result;

        /* The target whose samples come now: */
        SourceId source;
        char *target;         /* NULL = none yet */
        const RuleSet *rules; /* NULL = it is not configured */
        size_t account;
        usec_t sampled_to;         /* end of what its last sample stands for; 0 = none yet */
        usec_t good_at, result_at; /* of an immuniweb domain; 0 = not known */
        size_t up, data_age, result_age;
} Replay;

/* --- accounts -----------------------------------------------------------------------------------
 */

static size_t account_find(const Config *config, SourceId source, const char *name) {
        if (source == SOURCE_IMMUNIWEB)
                return config->immuniweb_rules && streq(name, "default") ? config->n_symantec
                                                                         : SIZE_MAX;
        for (uint32_t i = 0; source == SOURCE_SYMANTEC && i < config->n_symantec; i++)
                if (streq(config->symantec[i].settings.name, name))
                        return i;
        return SIZE_MAX;
}

static const Domain *domain_find(const Config *config, const char *name) {
        uint32_t i = names_find(&config->names, name, strlen(name));
        return i == NAMES_NONE ? NULL : &config->domains[i];
}

static const RuleSet *rules_find(const Config *config, SourceId source, Scope scope,
                                 const char *target, size_t *ret_account) {
        if (scope == SCOPE_ACCOUNT) {
                size_t i = account_find(config, source, target);
                *ret_account = i;
                return i == SIZE_MAX            ? NULL
                       : i < config->n_symantec ? config->symantec[i].rules
                                                : config->immuniweb_rules;
        }
        const Domain *d = source < SOURCE_VENDORS ? domain_find(config, target) : NULL;
        if (!d)
                return NULL;
        *ret_account = source == SOURCE_SYMANTEC ? d->account : config->n_symantec;
        return d->rules[source];
}

static int down_change(Downs *downs, usec_t at) {
        usec_t *list = reallocarray(downs->list, downs->n + 1, sizeof(*list));
        if (!list)
                return -ENOMEM;
        downs->list = list;
        list[downs->n++] = at;
        return 0;
}

static bool account_was_down(const Downs *downs, usec_t at) {
        size_t low = 0, high = downs->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (downs->list[middle] <= at)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low % 2 == 1;
}

/* --- one target ---------------------------------------------------------------------------------
 */

static usec_t age_of(usec_t since, usec_t at) {
        return at > since ? at - since : 0;
}

static double seconds(usec_t span) {
        return (double)span / (double)USEC_PER_SEC;
}

/* What the daemon's sweep sees between tests, from the last sample up to `end`: ages are not kept,
 * for they follow from it. */
static int sweep(Replay *p, usec_t end) {
        int r = 0;

        if (p->pass != SCOPE_DOMAIN || p->source != SOURCE_IMMUNIWEB || p->sampled_to == 0)
                return 0;
        for (usec_t at = p->sampled_to + p->sweep; at < end && r >= 0; at += p->sweep) {
                if (account_was_down(&p->downs[p->account], at))
                        continue;
                if (p->good_at > 0)
                        r = judge_value(&p->judge, p->data_age, seconds(age_of(p->good_at, at)), at,
                                        false, false);
                if (r >= 0 && p->result_at > 0)
                        r = judge_value(&p->judge, p->result_age, seconds(age_of(p->result_at, at)),
                                        at, false, false);
        }
        return r;
}

static int target_end(Replay *p) {
        int r = 0;

        if (p->rules) {
                r = sweep(p, p->now);
                if (r >= 0)
                        r = judge_end(&p->judge, p->now);
        }
        free(p->target);
        p->target = NULL;
        p->rules = NULL;
        return r;
}

static int target_begin(Replay *p, const HistorySample *sample) {
        p->target = strdup(sample->target);
        if (!p->target)
                return -ENOMEM;
        p->source = sample->source;
        p->rules =
                rules_find(p->config, sample->source, sample->scope, sample->target, &p->account);
        p->sampled_to = p->good_at = p->result_at = 0;
        if (!p->rules)
                return 0;
        p->up = engine_metric(p->rules->set, ENGINE_UP);
        p->data_age = engine_metric(p->rules->set, ENGINE_DATA_AGE);
        p->result_age = engine_metric(p->rules->set, ENGINE_RESULT_AGE);
        judge_begin(&p->judge, p->rules, p->target);
        return 0;
}

static usec_t before(usec_t at, double age) {
        usec_t span = (usec_t)(age * (double)USEC_PER_SEC);
        return at > span ? at - span : 1;
}

/* Remembers what ages are counted from. */
static void note_ages(Replay *p, const HistorySample *sample) {
        if (p->data_age < METRICS_MAX && !isnan(sample->values[p->data_age]))
                p->good_at = before(sample->at, (double)sample->values[p->data_age]);
        if (p->result_age >= METRICS_MAX || p->up >= METRICS_MAX || !(sample->values[p->up] > 0))
                return; /* a failure has no result: the one before ages on */
        double age = (double)sample->values[p->result_age];
        p->result_at = isnan(age) ? 0 : before(sample->at, age);
}

/* Keeps when the account was down: from the first failure on until it answers and its alert is
 * over. */
static int note_down(Replay *p, const HistorySample *sample) {
        Downs *downs = &p->downs[p->account];
        bool was = downs->n % 2 == 1, is = was;

        if (p->up < METRICS_MAX && !isnan(sample->values[p->up]))
                is = !(sample->values[p->up] > 0) || judge_level(&p->judge, p->up) != LEVEL_OK;
        return is == was ? 0 : down_change(downs, sample->at);
}

static int judge_all(Replay *p, const HistorySample *sample) {
        bool down = sample->scope == SCOPE_DOMAIN &&
                    account_was_down(&p->downs[p->account], sample->at);

        for (uint8_t i = 0; i < p->rules->n_judged; i++) {
                size_t metric = p->rules->judged[i];
                if (isnan(sample->values[metric]) ||
                    (down && (metric == p->up || metric == p->data_age)))
                        continue;
                int r = judge_value(&p->judge, metric, (double)sample->values[metric], sample->at,
                                    sample->hour, metric == p->up);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int take_sample(void *userdata, const HistorySample *sample) {
        Replay *p = userdata;
        int r = 0;

        if (sample->scope != p->pass)
                return 0;
        if (!p->target || p->source != sample->source || !streq(p->target, sample->target)) {
                r = target_end(p);
                if (r >= 0)
                        r = target_begin(p, sample);
        }
        if (r < 0 || !p->rules)
                return r;

        p->result.has_hours |= sample->hour;
        if (p->result.first == 0 || sample->at < p->result.first)
                p->result.first = sample->at;
        r = sweep(p, sample->at);
        if (p->sampled_to > 0 && real_is_outage(p->real, p->sampled_to, sample->at,
                                                p->rules->policy.stale_after * p->rules->interval))
                judge_forget_streaks(&p->judge);
        if (r >= 0)
                r = judge_all(p, sample);
        if (r >= 0 && sample->scope == SCOPE_ACCOUNT)
                r = note_down(p, sample);
        note_ages(p, sample);
        p->sampled_to = sample->at + (sample->hour ? USEC_PER_HOUR : 0);
        return r;
}

/* --- all of them --------------------------------------------------------------------------------
 */

static usec_t rules_lead(const RuleSet *rules) {
        usec_t lead = rules ? rules->interval * (rules->policy.raise_after + 1u) : 0;
        return MIN(lead, LEAD_MAX);
}

/* How long before the time of interest to begin, so that what stood then stands again. */
static usec_t replay_lead(const Config *config) {
        usec_t lead = rules_lead(config->immuniweb_rules);

        for (uint32_t i = 0; i < config->n_symantec; i++)
                lead = MAX(lead, rules_lead(config->symantec[i].rules));
        for (uint32_t i = 0; i < config->n_domains; i++)
                for (SourceId s = 0; s < SOURCE_VENDORS; s++)
                        lead = MAX(lead, rules_lead(config->domains[i].rules[s]));
        return lead;
}

static const char *account_of(void *userdata, const char *domain) {
        const Replay *p = userdata;
        const Domain *d = p->pass == SCOPE_DOMAIN ? domain_find(p->config, domain) : NULL;

        if (!d || !d->rules[SOURCE_SYMANTEC] || d->account >= p->config->n_symantec)
                return NULL;
        return p->config->symantec[d->account].settings.name;
}

/* Accounts first: what they say decides what is judged of their domains. */
static int replay_passes(Replay *p, Store *store, usec_t from) {
        static const Scope passes[] = { SCOPE_ACCOUNT, SCOPE_DOMAIN };

        for (size_t i = 0; i < ELEMENTSOF(passes); i++) {
                p->pass = passes[i];
                int r = history_replay(store, from, p->now, account_of, take_sample, p);
                if (r >= 0)
                        r = target_end(p);
                if (r < 0)
                        return r;
        }
        return 0;
}

int replay_run(Store *store, const Config *config, const RealHistory *real, usec_t since,
               usec_t now, ReplayResult *ret) {
        usec_t lead = replay_lead(config), from = since > lead ? since - lead : 1;
        Replay p = { .config = config, .real = real, .now = now, .sweep = sweep_interval(config) };
        size_t n_accounts = config->n_symantec + 1;

        p.downs = calloc(n_accounts, sizeof(*p.downs));
        if (!p.downs)
                return -ENOMEM;
        int r = judge_init(&p.judge, config, real, &p.result.episodes, from, since, now);
        if (r >= 0)
                r = replay_passes(&p, store, from);
        p.result.silent = p.judge.silent;
        judge_done(&p.judge);
        for (size_t i = 0; i < n_accounts; i++)
                free(p.downs[i].list);
        free(p.downs);
        free(p.target);
        if (r < 0) {
                replay_done(&p.result);
                return r;
        }
        episodes_sort(&p.result.episodes);
        *ret = p.result;
        return 0;
}

void replay_done(ReplayResult *result) {
        episodes_done(&result->episodes);
        *result = (ReplayResult){};
}

bool replay_covers(const Config *config, const char *identity) {
        const char *target = strchr(identity, '/'), *metric = strrchr(identity, '/');
        if (!target || metric == target)
                return false;
        _cleanup_free_ char *source = strndup(identity, (size_t)(target - identity));
        _cleanup_free_ char *name = strndup(target + 1, (size_t)(metric - target - 1));
        size_t account;

        for (SourceId id = 0; source && name && id < SOURCE_VENDORS; id++)
                for (Scope scope = 0; scope < _SCOPE_MAX; scope++) {
                        size_t row = metric_find(metric_set(id, scope), metric + 1);
                        if (!streq(source, source_name(id)) || row == SIZE_MAX)
                                continue;
                        const RuleSet *rules = rules_find(config, id, scope, name, &account);
                        if (rules && limit_is_set(&rules->limits[row]))
                                return true;
                }
        return false;
}
