/* SPDX-License-Identifier: MIT */
#include "engine/simulate.h"

#include "base/diag.h"
#include "base/duration.h"
#include "base/text.h"
#include "engine/simulate-print.h"
#include "engine/simulate-real.h"
#include "engine/simulate-replay.h"
#include "io/store.h"

#include <errno.h>
#include <string.h>

static int fail(const char *what, int error) {
        diag(DIAG_ERROR, "%s: %s", what, store_words(error));
        return 1;
}

static int open_store(const char *dir, Store **ret) {
        _cleanup_strbuf_ StrBuf problem = {}, safe = {};

        int r = store_open_readonly(dir, &problem, ret);
        if (r == 0)
                return 0;
        text_escape(&safe, dir, strlen(dir), 4096);
        if (r == -ENOENT)
                diag(DIAG_ERROR,
                     "there is no history in %s: it is kept by a running mailsecd; state_dir or "
                     "$STATE_DIRECTORY says where",
                     strbuf_text(&safe));
        else
                diag(DIAG_ERROR, "cannot read the history in %s: %s", strbuf_text(&safe),
                     problem.size > 0 ? strbuf_text(&problem) : store_words(r));
        return 1;
}

/* Two lists of the same time: what was sampled bounds what can be compared. */
static int compare(Simulation *s) {
        _cleanup_strbuf_ StrBuf span = {};

        if (s->replay.first == 0) {
                duration_format(&span, s->now - s->asked);
                diag(DIAG_ERROR,
                     "there is no history of what is configured in the last %s: a running mailsecd "
                     "keeps it for as long as history says",
                     strbuf_text(&span));
                return 1;
        }
        s->since = MAX(s->asked, s->replay.first);
        episodes_trim(&s->replay.episodes, s->since);
        episodes_trim(&s->real.episodes, s->since);
        episodes_match(&s->replay.episodes, &s->real.episodes);
        for (size_t i = 0; i < s->replay.episodes.n; i++) {
                Episode *e = &s->replay.episodes.list[i];
                usec_t from = e->from > USEC_PER_HOUR ? e->from - USEC_PER_HOUR : 0;
                if (!e->matched)
                        e->in_group = real_in_group(&s->real, e->metric, from, e->to ?: s->now);
        }
        return 0;
}

static int simulate(const SimulateOptions *options, Simulation *s) {
        _cleanup_(store_closep) Store *store = NULL;

        if (open_store(options->config->state_dir, &store) != 0)
                return 1;
        int r = real_read(store, &s->real);
        if (r == -E2BIG)
                return fail("the event log tells of too many alerts", -ENOMEM);
        if (r < 0)
                return fail("cannot read the event log", r);
        r = replay_run(store, options->config, &s->real, s->asked, s->now, &s->replay);
        if (r == -E2BIG) {
                diag(DIAG_ERROR,
                     "more than %zu alerts would be told: choose milder limits or a shorter "
                     "--since",
                     EPISODES_MAX);
                return 1;
        }
        if (r < 0)
                return fail("cannot read the history", r);
        if (compare(s) != 0)
                return 1;
        r = options->json ? simulation_print_json(s, stdout) : simulation_print(s, stdout);
        return r < 0 ? fail("cannot print", r) : 0;
}

int simulate_run(const SimulateOptions *options) {
        usec_t now = clock_wall(options->clock);
        Simulation s = {
                .config = options->config,
                .now = now,
                .asked = now > options->since ? now - options->since : 1,
        };

        int status = simulate(options, &s);
        replay_done(&s.replay);
        real_done(&s.real);
        return status;
}
