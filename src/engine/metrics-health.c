/* SPDX-License-Identifier: MIT */
/* The daemon's own work as families of GET /metrics. */
#include "base/text.h"
#include "engine/alertmanager.h"
#include "engine/api-target.h"
#include "engine/metrics-exposition.h"
#include "engine/status.h"

#include <math.h>

static bool add_build(Exposition *e) {
        metrics_sample(e, 1, "version", VERSION, NULL);
        return false;
}

/* --- configuration ------------------------------------------------------------------------- */

static double stamp(usec_t wall) {
        return wall == 0 ? NAN : (double)wall / (double)USEC_PER_SEC;
}

static bool add_loaded(Exposition *e) {
        metrics_sample(e, stamp(e->m->health.config_loaded), NULL);
        return false;
}

static bool add_reloads(Exposition *e) {
        metrics_sample(e, (double)e->m->counters.reloads, "result", "done", NULL);
        metrics_sample(e, (double)e->m->counters.reloads_refused, "result", "refused", NULL);
        return false;
}

static bool add_domains(Exposition *e) {
        metrics_sample(e, e->m->config->n_domains, NULL);
        return false;
}

/* --- asking -------------------------------------------------------------------------------- */

/* Whether an account of the source is there, so that one that is off has no series. */
static bool has_source(const Exposition *e, SourceId source) {
        for (uint32_t i = 0; i < monitor_vendors(e->m); i++)
                if (e->m->accounts[i].ops->id == source)
                        return true;
        return false;
}

static bool add_runs(Exposition *e) {
        for (SourceId source = 0; source < SOURCE_VENDORS; source++)
                for (Outcome o = 0; has_source(e, source) && o < _OUTCOME_MAX; o++)
                        metrics_sample(e, (double)e->m->counters.ended[source][o], "source",
                                       source_name(source), "outcome", outcome_name(o), NULL);
        return false;
}

static bool add_failures(Exposition *e) {
        for (uint32_t i = 0; i < monitor_vendors(e->m); i++)
                metrics_sample(e, e->m->accounts[i].failures, "source",
                               source_name(e->m->accounts[i].ops->id), "account",
                               e->m->accounts[i].name, NULL);
        return false;
}

static bool add_running(Exposition *e) {
        metrics_sample(e, http_running(e->m->http), NULL);
        return false;
}

/* Buckets are written with a decimal point always: the text is part of the series' name, which must
 * be the same in both formats. */
static void add_bucket(Exposition *e, const char *source, const char *bound, uint64_t count) {
        strbuf_addf(&e->block, "%s_bucket", e->name);
        if (source)
                metrics_add_label(&e->block, '{', "source", source);
        metrics_add_label(&e->block, source ? ',' : '{', "le", bound);
        strbuf_adds(&e->block, "} ");
        metrics_add_number(&e->block, (double)count);
        strbuf_addc(&e->block, '\n');
}

static void add_figure(Exposition *e, const char *suffix, const char *source, double value) {
        strbuf_addf(&e->block, "%s_%s", e->name, suffix);
        if (source) {
                metrics_add_label(&e->block, '{', "source", source);
                strbuf_addc(&e->block, '}');
        }
        strbuf_addc(&e->block, ' ');
        metrics_add_number(&e->block, value);
        strbuf_addc(&e->block, '\n');
}

static void add_histogram(Exposition *e, const Histogram *h,
                          const usec_t bounds[static HISTOGRAM_BOUNDS], const char *source) {
        _cleanup_strbuf_ StrBuf bound = {};
        uint64_t count = 0;

        for (size_t i = 0; i < HISTOGRAM_BOUNDS; i++) {
                count += h->counts[i];
                strbuf_reset(&bound);
                metrics_add_number(&bound, (double)bounds[i] / (double)USEC_PER_SEC);
                if (bounds[i] % USEC_PER_SEC == 0)
                        strbuf_adds(&bound, ".0");
                add_bucket(e, source, strbuf_text(&bound), count);
        }
        count += h->counts[HISTOGRAM_BOUNDS];
        add_bucket(e, source, "+Inf", count);
        add_figure(e, "sum", source, (double)h->sum / (double)USEC_PER_SEC);
        add_figure(e, "count", source, (double)count);
}

static bool add_replies(Exposition *e) {
        for (SourceId source = 0; source < SOURCE_VENDORS; source++)
                if (has_source(e, source))
                        add_histogram(e, &e->m->counters.replies[source], histogram_of_requests,
                                      source_name(source));
        return false;
}

static bool add_turns(Exposition *e) {
        add_histogram(e, &e->m->counters.turns, histogram_of_turns, NULL);
        return false;
}

/* What each target waits for. */
static bool add_targets(Exposition *e) {
        for (uint32_t i = 0; i < monitor_vendors(e->m); i++) {
                const Account *a = &e->m->accounts[i];
                uint64_t running = 0, waiting = 0, planned = 0, off = 0;
                for (uint32_t t = 0; t < a->n_targets; t++) {
                        const Target *target = &a->targets[t];
                        if (target->run)
                                running++;
                        else if (target->held)
                                waiting++;
                        else if (target->item.at > 0)
                                planned++;
                        else
                                off++;
                }
                const struct {
                        const char *state;
                        uint64_t n;
                } states[] = {
                        { "running", running },
                        { "waiting", waiting },
                        { "planned", planned },
                        { "off", off },
                };
                for (size_t s = 0; s < ELEMENTSOF(states); s++)
                        metrics_sample(e, (double)states[s].n, "source", source_name(a->ops->id),
                                       "account", a->name, "state", states[s].state, NULL);
        }
        return false;
}

static bool add_daily_tests(Exposition *e) {
        for (uint32_t i = 0; i < monitor_vendors(e->m); i++) {
                const Account *a = &e->m->accounts[i];
                if (a->immuniweb && a->immuniweb->daily_tests > 0)
                        metrics_sample(e, a->immuniweb->daily_tests, "account", a->name, NULL);
        }
        return false;
}

/* --- telling ------------------------------------------------------------------------------- */

static bool add_alerts(Exposition *e) {
        for (Level level = LEVEL_WARNING; level < _LEVEL_MAX; level++)
                metrics_sample(e, e->m->alerts[level], "level", level_name(level), NULL);
        return false;
}

static bool add_events(Exposition *e) {
        for (Event event = EVENT_NONE + 1; event < _EVENT_MAX; event++)
                metrics_sample(e, (double)e->m->counters.events[event], "event", event_name(event),
                               NULL);
        return false;
}

static bool add_queued(Exposition *e) {
        metrics_sample(e, (double)monitor_queued(e->m), NULL);
        return false;
}

static bool add_sent(Exposition *e) {
        metrics_sample(e, (double)sinks_sent(e->m->sinks), NULL);
        return false;
}

static bool add_dropped(Exposition *e) {
        metrics_sample(e, (double)e->m->health.lost_in_all, NULL);
        return false;
}

static bool add_sequence(Exposition *e) {
        metrics_sample(e, (double)e->m->sequence, NULL);
        return false;
}

static bool add_silences(Exposition *e) {
        size_t n = 0;

        for (size_t i = 0; i < e->m->silences.n; i++)
                n += e->m->silences.list[i].until > e->now.wall;
        metrics_sample(e, (double)n, NULL);
        return false;
}

static bool add_windows(Exposition *e) {
        const Monitor *m = e->m;
        size_t n = 0;

        for (uint32_t i = 0; m->windows_active && i < m->config->n_quiet; i++)
                n += m->windows_active[i];
        metrics_sample(e, (double)n, NULL);
        return false;
}

/* --- Alertmanagers ------------------------------------------------------------------------- */

typedef double (*server_figure_t)(const AlertmanagerState *state);

/* Whether an earlier one has the same address: two samples of one name would spoil the scrape. */
static bool is_repeated(const Exposition *e, size_t server, const char *url) {
        AlertmanagerState state;

        for (size_t i = 0; i < server && alertmanagers_state(e->m, i, &state); i++)
                if (streq(state.url, url))
                        return true;
        return false;
}

static bool add_servers(Exposition *e, server_figure_t figure) {
        AlertmanagerState state;

        for (size_t i = 0; alertmanagers_state(e->m, i, &state); i++)
                if (!is_repeated(e, i, state.url))
                        metrics_sample(e, figure(&state), "url", state.url, NULL);
        return false;
}

static double server_up(const AlertmanagerState *state) {
        return state->up < 0 ? NAN : state->up;
}

static double server_posts(const AlertmanagerState *state) {
        return (double)state->posts;
}

static double server_failures(const AlertmanagerState *state) {
        return (double)state->failures;
}

static double server_pending(const AlertmanagerState *state) {
        return (double)state->pending;
}

static bool add_servers_up(Exposition *e) {
        return add_servers(e, server_up);
}

static bool add_server_posts(Exposition *e) {
        return add_servers(e, server_posts);
}

static bool add_server_failures(Exposition *e) {
        return add_servers(e, server_failures);
}

static bool add_servers_pending(Exposition *e) {
        return add_servers(e, server_pending);
}

/* --- who asks ------------------------------------------------------------------------------ */

static bool add_connections(Exposition *e) {
        if (e->m->site.listener)
                metrics_sample(e, web_listener_connections(e->m->site.listener), NULL);
        return false;
}

/* --- state --------------------------------------------------------------------------------- */

static bool add_store_bytes(Exposition *e) {
        StoreFigures figures = {};

        if (e->m->store) {
                store_figures(e->m->store, &figures);
                metrics_sample(e, (double)figures.file_bytes, NULL);
        }
        return false;
}

static bool add_evidence_up(Exposition *e) {
        if (has_source(e, SOURCE_IMMUNIWEB))
                metrics_sample(e, e->m->health.evidence_error == 0, NULL);
        return false;
}

static bool add_evidence_bytes(Exposition *e) {
        const EvidenceRoom *room = &e->m->evidence;

        metrics_sample(e, room->known ? (double)room->bytes : NAN, NULL);
        return false;
}

const FamilyTable *metrics_health_families(void) {
        /* clang-format off */
        static const FamilyRow rows[] = {
                { "mailsecd_build", FAMILY_INFO, NULL, "the program's version", add_build, NULL },
                { "mailsecd_config_loaded_timestamp_seconds", FAMILY_GAUGE, "seconds",
                  "when the configuration in force was read, in seconds since 1970", add_loaded, NULL },
                { "mailsecd_reloads", FAMILY_COUNTER, NULL,
                  "reloads of the configuration, by what came of them", add_reloads, NULL },
                { "mailsecd_domains", FAMILY_GAUGE, NULL, "domains that are configured", add_domains, NULL },
                { "mailsecd_runs", FAMILY_COUNTER, NULL,
                  "polls and tests that ended, by outcome: ok, or why they failed", add_runs, NULL },
                { "mailsecd_account_failures", FAMILY_GAUGE, NULL,
                  "runs in a row in which the account's service failed", add_failures, NULL },
                { "mailsecd_targets", FAMILY_GAUGE, NULL,
                  "polls and tests by what they do: running, waiting (due, held back by concurrency, quota or an outage), planned, off (refused by the service)",
                  add_targets, NULL },
                { "mailsecd_daily_tests", FAMILY_GAUGE, NULL,
                  "tests that may be started in 24 hours", add_daily_tests, NULL },
                { "mailsecd_requests_in_progress", FAMILY_GAUGE, NULL,
                  "requests to the services under way", add_running, NULL },
                { "mailsecd_request_duration_seconds", FAMILY_HISTOGRAM, "seconds",
                  "time from the start of a request to a service until its reply or failure", add_replies, NULL },
                { "mailsecd_loop_turn_seconds", FAMILY_HISTOGRAM, "seconds",
                  "time for which one step of the event loop kept all others waiting", add_turns, NULL },
                { "mailsecd_alerts", FAMILY_GAUGE, NULL, "alerts that stand, by level", add_alerts, NULL },
                { "mailsecd_events", FAMILY_COUNTER, NULL, "records told, by event", add_events, NULL },
                { "mailsecd_records_queued", FAMILY_GAUGE, NULL,
                  "records that neither journal nor syslog took yet", add_queued, NULL },
                { "mailsecd_records_sent", FAMILY_COUNTER, NULL, "records that were taken", add_sent, NULL },
                { "mailsecd_records_dropped", FAMILY_COUNTER, NULL,
                  "records dropped because nothing took them", add_dropped, NULL },
                { "mailsecd_record_sequence", FAMILY_GAUGE, NULL,
                  "number of the last record (MAILSEC_SEQUENCE)", add_sequence, NULL },
                { "mailsecd_silences", FAMILY_GAUGE, NULL, "silences in force", add_silences, NULL },
                { "mailsecd_quiet_windows", FAMILY_GAUGE, NULL, "quiet windows in force", add_windows, NULL },
                { "mailsecd_alertmanager_up", FAMILY_GAUGE, NULL,
                  "1 when the Alertmanager took the last post, 0 when it did not", add_servers_up, NULL },
                { "mailsecd_alertmanager_posts", FAMILY_COUNTER, NULL,
                  "posts that the Alertmanager took", add_server_posts, NULL },
                { "mailsecd_alertmanager_failures", FAMILY_COUNTER, NULL,
                  "posts that the Alertmanager did not take", add_server_failures, NULL },
                { "mailsecd_alertmanager_ends_pending", FAMILY_GAUGE, NULL,
                  "ends of alerts that the Alertmanager has yet to take", add_servers_pending, NULL },
                { "mailsecd_http_connections", FAMILY_GAUGE, NULL,
                  "connections to the status page and /metrics that are open", add_connections, NULL },
                { "mailsecd_store_bytes", FAMILY_GAUGE, "bytes",
                  "size of the state file and its log", add_store_bytes, NULL },
                { "mailsecd_evidence_up", FAMILY_GAUGE, NULL,
                  "1 when test results can be kept as evidence, 0 when the last one could not", add_evidence_up, NULL },
                { "mailsecd_evidence_bytes", FAMILY_GAUGE, "bytes",
                  "size of all evidence, once it was counted", add_evidence_bytes, NULL },
        };
        /* clang-format on */
        static const FamilyTable table = { rows, ELEMENTSOF(rows) };

        return &table;
}
