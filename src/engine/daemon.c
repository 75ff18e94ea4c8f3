/* SPDX-License-Identifier: MIT */
#include "engine/daemon.h"

#include "base/diag.h"
#include "base/stamp.h"
#include "base/text.h"
#include "engine/alertmanager.h"
#include "engine/announce.h"
#include "engine/api.h"
#include "engine/daemon-sockets.h"
#include "engine/judge.h"
#include "engine/persist.h"
#include "engine/reload.h"
#include "engine/self.h"
#include "engine/site.h"
#include "engine/status.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <time.h>

/* How long the last records may keep a stopping daemon. */
#define STOP_FLUSH (1500 * USEC_PER_MSEC)

/* STATUS= is worth at most one message a second. */
#define STATUS_EVERY USEC_PER_SEC

typedef struct Daemon {
        const DaemonOptions *options;
        sd_event *event;
        Monitor *monitor;
        const char *verdict;           /* of the last reload, for STATUS= */
        sd_event_source *turn;         /* after_turn(), and before_wait() */
        sd_event_source *status_timer; /* tells what changed too soon after the last STATUS= */
        usec_t status_at;              /* real boot clock */
        uint64_t status_seen;          /* what was known when it was told */
} Daemon;

static const Clock real_clock = { .rate = 1 };

static void daemon_done(Daemon *d) {
        monitor_free(d->monitor);
        sd_event_source_disable_unref(d->turn);
        sd_event_source_disable_unref(d->status_timer);
        sd_event_unref(d->event);
}

static void tell_status(Daemon *d, const char *before) {
        _cleanup_strbuf_ StrBuf b = {};

        status_line(d->monitor, d->verdict, &b);
        (void)sd_notifyf(0, "%sSTATUS=%s", before, strbuf_text(&b));
        d->status_at = clock_boot(&real_clock);
}

/* Nothing to do here: the turn that it makes ends in after_turn(). */
static int on_status_timer(sd_event_source *source, usec_t usec, void *userdata) {
        (void)source;
        (void)usec;
        (void)userdata;
        return 0;
}

/* Runs after every turn of the loop: what the turn changed is committed and told, also to the
 * service manager. */
static int after_turn(sd_event_source *source, void *userdata) {
        Daemon *d = userdata;
        Monitor *m = d->monitor;

        persist_turn(m, monitor_now(m));
        alertmanagers_turn(m, monitor_now(m));
        uint64_t seen = m->counters.runs * 31 + m->sequence + sinks_queued(m->sinks);
        seen ^= (uint64_t)m->site.failed << 63;
        (void)source;
        if (seen == d->status_seen)
                return 0;
        if (clock_boot(&real_clock) < d->status_at + STATUS_EVERY) {
                (void)sd_event_source_set_time(d->status_timer, d->status_at + STATUS_EVERY);
                (void)sd_event_source_set_enabled(d->status_timer, SD_EVENT_ONESHOT);
                return 0;
        }
        d->status_seen = seen;
        tell_status(d, "");
        return 0;
}

/* Runs before the loop waits for what comes next: how long it was busy with what came last. */
static int before_wait(sd_event_source *source, void *userdata) {
        Daemon *d = userdata;
        uint64_t woke;
        (void)source;

        if (sd_event_now(d->event, CLOCK_MONOTONIC, &woke) == 0)
                histogram_add(&d->monitor->counters.turns, histogram_of_turns,
                              clock_monotonic() - woke);
        return 0;
}

static int control_open(Daemon *d, const ControlSettings *settings) {
        Monitor *m = d->monitor;

        if (m->control)
                return control_configure(m->control, settings);
        return control_new(d->event, settings, api_answer, m, &m->control);
}

/* Opens the control socket, or gives it to another group. Nothing that is watched depends on it:
 * without it the daemon goes on. */
static void control_settle(Daemon *d) {
        const DaemonOptions *o = d->options;
        Monitor *m = d->monitor;
        _cleanup_strbuf_ StrBuf path = {};
        ControlSettings settings = { .group = m->config->control_group };

        strbuf_addf(&path, "%s/control.sock", o->runtime_directory);
        settings.path = strbuf_text(&path);
        int r = control_open(d, &settings);
        if (settings.group && (r == -ESRCH || r == -EPERM)) {
                diag(DIAG_WARNING,
                     "%s: group \"%s\" %s: only root and mailsecd's own user and group may use "
                     "mailsecctl (see mailsecd(8))",
                     settings.path, settings.group,
                     r == -ESRCH ? "does not exist"
                                 : "cannot be given the socket, mailsecd is not in it");
                settings.group = NULL;
                r = control_open(d, &settings);
        }
        if (r < 0)
                diag(DIAG_WARNING, "%s cannot be made (%s): mailsecctl cannot be used",
                     settings.path, strerror(-r));
}

static void sink_settings(const Config *config, SinkSettings *ret) {
        *ret = (SinkSettings){
                .choice = (SinkChoice)config->output,
                .facility = config->syslog_facility,
                .identifier = config->identifier,
        };
}

static_assert((int)OUTPUT_AUTO == (int)SINK_AUTO && (int)OUTPUT_JOURNAL == (int)SINK_JOURNAL &&
                      (int)OUTPUT_SYSLOG == (int)SINK_SYSLOG &&
                      (int)OUTPUT_BOTH == (int)SINK_BOTH && (int)OUTPUT_STDERR == (int)SINK_STDERR,
              "the words and the sinks are in one order");

static void log_problems(const Problems *problems) {
        for (size_t i = 0; i < problems->n; i++) {
                const Problem *p = &problems->list[i];
                diag(p->severity == SEVERITY_ERROR ? DIAG_ERROR : DIAG_WARNING, "%s:%u: %s",
                     p->file, p->line, p->text);
        }
}

/* The record for a refused reload names the first error; all of them are in the diagnostics. */
static void reload_refused(Daemon *d, const Problems *problems, int r, Moment now) {
        Monitor *m = d->monitor;
        _cleanup_strbuf_ StrBuf message = {};
        _cleanup_strbuf_ StrBuf detail = {};
        const Problem *first = NULL;

        for (size_t i = 0; i < problems->n && !first; i++)
                if (problems->list[i].severity == SEVERITY_ERROR)
                        first = &problems->list[i];
        if (first)
                strbuf_addf(&detail, "%s:%u: %s", first->file, first->line, first->text);
        else
                strbuf_adds(&detail, strerror(-r));

        d->verdict = "the last reload was refused, the configuration before it is in force";
        m->counters.reloads_refused++;

        strbuf_addf(&message, "reload refused, the running configuration stays in force: %s",
                    strbuf_text(&detail));
        if (problems->errors > 1)
                strbuf_addf(&message, " (and %zu more; mailsecd --check-config lists all)",
                            problems->errors - 1);
        _cleanup_strbuf_ StrBuf field = {};
        strbuf_addf(&field, "MAILSEC_DETAIL=%s", strbuf_text(&detail));
        announce_daemon(m, EVENT_RELOAD_REFUSED, strbuf_text(&message),
                        (const char *const[]){ strbuf_text(&field), "MAILSEC_REASON=config", NULL },
                        now);
        self_config(m, strbuf_text(&detail), now);
}

static void reload_done(Daemon *d, Moment now) {
        Monitor *m = d->monitor;
        _cleanup_strbuf_ StrBuf message = {};
        SinkSettings settings;

        sink_settings(m->config, &settings);
        int r = sinks_configure(m->sinks, &settings);
        if (r < 0)
                diag(DIAG_ERROR, "Cannot change the output as configured: %s", strerror(-r));
        d->verdict = "reloaded";
        m->health.config_loaded = now.wall;
        m->counters.reloads++;
        strbuf_adds(&message, "configuration reloaded: ");
        status_watched(m, &message);
        announce_daemon(m, EVENT_RELOADED, strbuf_text(&message), NULL, now);
        self_config(m, NULL, now);
        control_settle(d);
        site_settle(m);
        alertmanagers_configure(m, now);
}

static int daemon_reload(void *userdata, Problems *problems) {
        Daemon *d = userdata;
        Config *config = NULL;
        Moment now = monitor_now(d->monitor);

        (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\nSTATUS=reloading",
                         clock_monotonic());
        int r = config_load(d->options->config_path, d->options->environment, problems, &config);
        log_problems(problems);
        if (r >= 0)
                r = monitor_reload(d->monitor, config, now);
        if (r < 0) {
                reload_refused(d, problems, r, now);
        } else {
                config = NULL;
                reload_done(d, now);
        }
        config_free(config);
        /* What the parser and the old configuration took is given back, not kept for later. */
        (void)malloc_trim(0);
        tell_status(d, "READY=1\n");
        return r;
}

/* The last record; what waits for a sink gets a moment more. */
static void announce_stop(Daemon *d) {
        Monitor *m = d->monitor;
        _cleanup_strbuf_ StrBuf message = {};

        strbuf_adds(&message, "mailsecd stops on request: ");
        status_watched(m, &message);
        strbuf_adds(&message, " are not watched any more");
        announce_daemon(m, EVENT_STOPPED, strbuf_text(&message), NULL, monitor_now(m));
        persist_turn(m, monitor_now(m));
        uint32_t left = sinks_flush(m->sinks, STOP_FLUSH);
        persist_turn(m, monitor_now(m)); /* what was sent is marked */
        if (left > 0 && m->store)
                diag(DIAG_WARNING,
                     "%" PRIu32 " records wait in the store: neither journal nor syslog took them",
                     left);
        else if (left > 0)
                diag(DIAG_ERROR,
                     "%" PRIu32 " records are lost: neither journal nor syslog took them", left);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        Daemon *d = userdata;
        (void)source;

        if (info->ssi_signo == SIGHUP) {
                Problems problems = {};
                (void)daemon_reload(d, &problems);
                problems_done(&problems);
                return 0;
        }
        (void)sd_notify(0, "STOPPING=1\nSTATUS=stopping");
        diag(DIAG_INFO, "Stopping on %s", strsignal((int)info->ssi_signo));
        d->monitor->control = control_free(d->monitor->control);
        d->monitor->site.listener = web_listener_free(d->monitor->site.listener);
        announce_stop(d); /* while the loop that the sinks live on still is one */
        return sd_event_exit(d->event, 0);
}

static int daemon_setup(Daemon *d) {
        const DaemonOptions *o = d->options;
        SinkSettings settings;
        sigset_t mask;

        sigemptyset(&mask);
        sigaddset(&mask, SIGTERM);
        sigaddset(&mask, SIGINT);
        sigaddset(&mask, SIGHUP);
        if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
                return -errno;

        int r = sd_event_new(&d->event);
        if (r < 0)
                return r;
        static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
        for (size_t i = 0; i < ELEMENTSOF(signals); i++) {
                r = sd_event_add_signal(d->event, NULL, signals[i], on_signal, d);
                if (r < 0)
                        return r;
        }
        r = sd_event_set_watchdog(d->event, true);
        if (r < 0)
                return r;
        r = sd_event_add_time(d->event, &d->status_timer, CLOCK_BOOTTIME, 0, 0, on_status_timer, d);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(d->status_timer, SD_EVENT_OFF);
        if (r < 0)
                return r;
        r = sd_event_add_post(d->event, &d->turn, after_turn, d);
        if (r < 0)
                return r;
        r = sd_event_source_set_prepare(d->turn, before_wait);
        if (r < 0)
                return r;
        r = monitor_new(d->event, o->clock, o->config, judge_run, false, &d->monitor);
        if (r < 0)
                return r;
        d->monitor->reload = daemon_reload;
        d->monitor->reload_userdata = d;
        d->monitor->health.config_path = o->config_path;
        sink_settings(o->config, &settings);
        return sinks_new(d->event, o->clock, &settings, &d->monitor->sinks);
}

static void announce_start(Daemon *d) {
        Monitor *m = d->monitor;
        _cleanup_strbuf_ StrBuf message = {};

        strbuf_adds(&message, "mailsecd " VERSION " started: watching ");
        status_watched(m, &message);
        strbuf_addf(&message, ", records go to %s", sinks_describe(m->sinks));
        announce_daemon(m, EVENT_STARTED, strbuf_text(&message),
                        (const char *const[]){ "MAILSEC_VERSION=" VERSION, NULL }, monitor_now(m));
}

int daemon_run(const DaemonOptions *options) {
        _cleanup_(daemon_done) Daemon d = { .options = options };

        int r = daemon_setup(&d);
        if (r < 0) {
                diag(DIAG_ERROR, "Cannot start: %s", strerror(-r));
                if (!d.monitor)
                        config_free(options->config);
                return 1;
        }
        Moment now = monitor_now(d.monitor);
        d.monitor->health.started = now.wall;
        d.monitor->health.config_loaded = now.wall;
        alertmanagers_configure(d.monitor, now);
        persist_open(d.monitor, now);
        control_settle(&d);
        daemon_inherit(&d.monitor->site);
        site_settle(d.monitor);
        (void)malloc_trim(0);
        announce_start(&d);
        r = monitor_start(d.monitor);
        if (r >= 0) {
                tell_status(&d, "READY=1\n");
                r = sd_event_loop(d.event);
        }
        if (r < 0)
                diag(DIAG_ERROR, "The event loop failed: %s", strerror(-r));
        return r < 0 ? 1 : 0;
}
