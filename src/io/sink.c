/* SPDX-License-Identifier: MIT */
#include "io/sink.h"

#include "base/diag.h"
#include "io/sink-lane.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* Records sent in one turn of the loop, some 10 ms of work: 10,000 alerts at once shall not hold it
 * up. */
#define RECORDS_PER_TURN 500u

/* How long a sink that is absent or full is left alone: more and more, and never long, because
 * somebody may be waiting for an alert. */
#define RETRY_WAIT_MIN (100 * USEC_PER_MSEC)
#define RETRY_WAIT_MAX (2 * USEC_PER_SEC)

#define LANES_MAX 2

struct Sinks {
        sd_event *event;
        SinkChoice choice;
        Outlets outlets;
        Lane lanes[LANES_MAX];
        size_t n_lanes;
        Record *first;
        Record *last;
        uint32_t queued;
        uint64_t sent;
        uint64_t taken;
        uint64_t dropped;
        sd_event_source *pump;  /* sends a batch, in the next turn */
        sd_event_source *retry; /* tries the blocked lanes again */
};

/* Frees the records that every lane took. */
static void sinks_trim(Sinks *sinks) {
        while (sinks->first) {
                for (size_t i = 0; i < sinks->n_lanes; i++)
                        if (sinks->lanes[i].next == sinks->first)
                                return;
                Record *record = sinks->first;
                sinks->first = record->next;
                if (!sinks->first)
                        sinks->last = NULL;
                sinks->taken = record->sequence;
                record_free(record);
                sinks->queued--;
                sinks->sent++;
        }
}

static void lane_unblock(Lane *lane) {
        lane->retry_at = 0;
        lane->room = sd_event_source_disable_unref(lane->room);
}

/* Whether there is something to send on a lane that is not blocked. *ret_retry_at: when the first
 * blocked one is to be tried again, or USEC_INFINITY. */
static bool sinks_ready(const Sinks *sinks, usec_t *ret_retry_at) {
        bool ready = false;

        *ret_retry_at = USEC_INFINITY;
        for (size_t i = 0; i < sinks->n_lanes; i++) {
                const Lane *lane = &sinks->lanes[i];
                if (lane->next && lane->retry_at == 0)
                        ready = true;
                else if (lane->next)
                        *ret_retry_at = MIN(*ret_retry_at, lane->retry_at);
        }
        return ready;
}

/* Sees to it that what waits is sent, or tried again. */
static void sinks_arm(Sinks *sinks) {
        usec_t retry_at;
        int r = 0;

        if (sinks_ready(sinks, &retry_at))
                r = sd_event_source_set_enabled(sinks->pump, SD_EVENT_ONESHOT);
        if (r >= 0 && retry_at != USEC_INFINITY)
                r = sd_event_source_set_time(sinks->retry, retry_at);
        if (r >= 0 && retry_at != USEC_INFINITY)
                r = sd_event_source_set_enabled(sinks->retry, SD_EVENT_ONESHOT);
        if (r < 0)
                diag(DIAG_ERROR, "cannot arm an event source of the sinks: %s", strerror(-r));
}

static int on_room(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Lane *lane = userdata;
        (void)source;
        (void)fd;
        (void)revents;

        lane_unblock(lane);
        sinks_arm(lane->sinks);
        return 0;
}

/* Leaves the lane alone until `fd` (-1 = none) is writable or some time is over. */
static void lane_block(Lane *lane, int r, int fd) {
        Sinks *sinks = lane->sinks;

        /* Full for a moment is nothing to tell. */
        if (r != -EAGAIN || lane->retry_wait >= RETRY_WAIT_MAX)
                lane_tell(lane, r, sinks->queued);
        lane->retry_at = clock_monotonic() + lane->retry_wait;
        lane->retry_wait = MIN(lane->retry_wait * 2, RETRY_WAIT_MAX);
        if (fd < 0)
                return;
        /* A copy, since the library may close the socket that is waited for. */
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (copy < 0)
                return;
        if (sd_event_add_io(sinks->event, &lane->room, copy, EPOLLOUT, on_room, lane) < 0)
                close(copy); /* the timer does it, too */
        else
                (void)sd_event_source_set_io_fd_own(lane->room, true);
}

/* Sends up to `most` records on a lane that is not blocked. */
static void lane_pump(Lane *lane, unsigned most) {
        Sinks *sinks = lane->sinks;

        for (; lane->next && most > 0; most--) {
                int fd = -1;
                int r = lane_send(lane, lane->next, &fd);
                if (r == -EINVAL) {
                        sinks->dropped++;
                        diag(DIAG_ERROR, "the %s refuses a record", lane_word(lane));
                } else if (r < 0) {
                        lane_block(lane, r, fd);
                        return;
                } else {
                        lane_tell(lane, 0, sinks->queued);
                        lane->retry_wait = RETRY_WAIT_MIN;
                }
                lane->next = lane->next->next;
        }
}

static void sinks_pump(Sinks *sinks) {
        for (size_t i = 0; i < sinks->n_lanes; i++)
                if (sinks->lanes[i].retry_at == 0)
                        lane_pump(&sinks->lanes[i], RECORDS_PER_TURN);
        sinks_trim(sinks);
}

static int on_pump(sd_event_source *source, void *userdata) {
        (void)source;
        sinks_pump(userdata);
        sinks_arm(userdata);
        return 0;
}

static int on_retry(sd_event_source *source, usec_t usec, void *userdata) {
        Sinks *sinks = userdata;
        (void)source;

        for (size_t i = 0; i < sinks->n_lanes; i++)
                if (sinks->lanes[i].retry_at <= usec)
                        lane_unblock(&sinks->lanes[i]);
        sinks_arm(sinks);
        return 0;
}

/* The place in the queue up to which at least one lane took everything. */
static Record *sinks_furthest(const Sinks *sinks) {
        if (sinks->n_lanes == 0)
                return sinks->first;
        Record *a = sinks->lanes[0].next;
        Record *b = sinks->lanes[sinks->n_lanes - 1].next;
        if (!b)
                return NULL;
        for (const Record *r = a; r; r = r->next)
                if (r == b)
                        return b;
        return a;
}

/* Where a lane for `outlet` goes on: where the outlet was, if it was in use. */
static Record *sinks_place_of(const Sinks *sinks, Outlet outlet) {
        for (size_t i = 0; i < sinks->n_lanes; i++)
                if (!sinks->lanes[i].automatic && sinks->lanes[i].outlet == outlet)
                        return sinks->lanes[i].next;
        return sinks_furthest(sinks);
}

static void sinks_set_lanes(Sinks *sinks, SinkChoice choice) {
        static const struct {
                size_t n;
                Outlet outlets[LANES_MAX];
        } lanes_of[_SINK_CHOICE_MAX] = {
                [SINK_AUTO] = { 1, { OUTLET_JOURNAL } },
                [SINK_JOURNAL] = { 1, { OUTLET_JOURNAL } },
                [SINK_SYSLOG] = { 1, { OUTLET_SYSLOG } },
                [SINK_BOTH] = { 2, { OUTLET_JOURNAL, OUTLET_SYSLOG } },
                [SINK_STDERR] = { 1, { OUTLET_STDERR } },
        };
        Lane lanes[LANES_MAX] = { 0 };

        for (size_t i = 0; i < lanes_of[choice].n; i++) {
                Outlet outlet = lanes_of[choice].outlets[i];
                lanes[i] = (Lane){
                        .sinks = sinks,
                        .outlets = &sinks->outlets,
                        .outlet = outlet,
                        .automatic = choice == SINK_AUTO,
                        .next = choice == SINK_AUTO ? sinks_furthest(sinks)
                                                    : sinks_place_of(sinks, outlet),
                        .retry_wait = RETRY_WAIT_MIN,
                };
        }
        for (size_t i = 0; i < sinks->n_lanes; i++)
                lane_unblock(&sinks->lanes[i]);
        memcpy(sinks->lanes, lanes, sizeof(lanes));
        sinks->n_lanes = lanes_of[choice].n;
        sinks_trim(sinks);
}

int sinks_configure(Sinks *sinks, const SinkSettings *settings) {
        int r = syslog_configure(&sinks->outlets.syslog, settings->identifier, settings->facility);
        if (r < 0)
                return r;
        if (sinks->n_lanes == 0 || settings->choice != sinks->choice)
                sinks_set_lanes(sinks, settings->choice);
        sinks->choice = settings->choice;
        (void)sinks_describe(sinks);
        sinks_arm(sinks);
        return 0;
}

static int sinks_set_up_sources(Sinks *sinks) {
        int r = sd_event_add_defer(sinks->event, &sinks->pump, on_pump, sinks);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(sinks->pump, SD_EVENT_OFF);
        if (r < 0)
                return r;
        r = sd_event_add_time(sinks->event, &sinks->retry, CLOCK_MONOTONIC, 0, USEC_PER_MSEC,
                              on_retry, sinks);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(sinks->retry, SD_EVENT_OFF);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(sinks->pump, "sinks-pump");
        (void)sd_event_source_set_description(sinks->retry, "sinks-retry");
        return 0;
}

int sinks_new_at(sd_event *event, const Clock *clock, const SinkSettings *settings,
                 const SinkPaths *paths, Sinks **ret) {
        Sinks *sinks = calloc(1, sizeof(*sinks));
        if (!sinks)
                return -ENOMEM;
        int r = outlets_init(&sinks->outlets, clock, paths);
        if (r < 0) {
                free(sinks);
                return r;
        }
        sinks->event = sd_event_ref(event);
        r = sinks_set_up_sources(sinks);
        if (r >= 0)
                r = sinks_configure(sinks, settings);
        if (r < 0) {
                sinks_free(sinks);
                return r;
        }
        *ret = sinks;
        return 0;
}

int sinks_new(sd_event *event, const Clock *clock, const SinkSettings *settings, Sinks **ret) {
        static const SinkPaths paths = { .journal = JOURNAL_PATH, .syslog = SYSLOG_PATH };

        return sinks_new_at(event, clock, settings, &paths, ret);
}

Sinks *sinks_free(Sinks *sinks) {
        if (!sinks)
                return NULL;
        for (size_t i = 0; i < sinks->n_lanes; i++)
                lane_unblock(&sinks->lanes[i]);
        while (sinks->first) {
                Record *record = sinks->first;
                sinks->first = record->next;
                record_free(record);
        }
        sd_event_source_disable_unref(sinks->pump);
        sd_event_source_disable_unref(sinks->retry);
        outlets_done(&sinks->outlets);
        sd_event_unref(sinks->event);
        free(sinks);
        return NULL;
}

static void sinks_drop_oldest(Sinks *sinks) {
        Record *record = sinks->first;

        for (size_t i = 0; i < sinks->n_lanes; i++)
                if (sinks->lanes[i].next == record)
                        sinks->lanes[i].next = record->next;
        sinks->first = record->next;
        sinks->taken = record->sequence;
        record_free(record);
        sinks->queued--;
        sinks->dropped++;
}

void sinks_put(Sinks *sinks, Record *record) {
        if (sinks->queued >= SINK_QUEUE_MAX)
                sinks_drop_oldest(sinks);
        record->next = NULL;
        if (sinks->first)
                sinks->last->next = record;
        else
                sinks->first = record;
        sinks->last = record;
        sinks->queued++;
        for (size_t i = 0; i < sinks->n_lanes; i++)
                if (!sinks->lanes[i].next)
                        sinks->lanes[i].next = record;
        sinks_arm(sinks);
}

/* Waits until a blocked lane has room, or for a moment. */
static void sinks_wait(const Sinks *sinks, usec_t most) {
        struct pollfd fds[LANES_MAX];
        nfds_t n = 0;

        for (size_t i = 0; i < sinks->n_lanes; i++)
                if (sinks->lanes[i].room)
                        fds[n++] = (struct pollfd){
                                .fd = sd_event_source_get_io_fd(sinks->lanes[i].room),
                                .events = POLLOUT,
                        };
        (void)poll(fds, n, (int)(MIN(most, RETRY_WAIT_MIN) / USEC_PER_MSEC));
}

uint32_t sinks_flush(Sinks *sinks, usec_t budget) {
        usec_t start = clock_monotonic(), retry_at;

        while (sinks->queued > 0) {
                for (size_t i = 0; i < sinks->n_lanes; i++)
                        lane_unblock(&sinks->lanes[i]);
                sinks_pump(sinks);
                usec_t spent = clock_monotonic() - start;
                if (spent >= budget)
                        break;
                if (!sinks_ready(sinks, &retry_at))
                        sinks_wait(sinks, budget - spent);
        }
        sinks_arm(sinks);
        return sinks->queued;
}

uint32_t sinks_queued(const Sinks *sinks) {
        return sinks->queued;
}

uint64_t sinks_sent(const Sinks *sinks) {
        return sinks->sent;
}

uint64_t sinks_taken(const Sinks *sinks) {
        return sinks->taken;
}

const Record *sinks_waiting(const Sinks *sinks) {
        return sinks->first;
}

uint64_t sinks_take_dropped(Sinks *sinks) {
        uint64_t dropped = sinks->dropped;

        sinks->dropped = 0;
        return dropped;
}

const char *sinks_describe(Sinks *sinks) {
        const char *word = "nowhere";
        size_t n = 0;

        for (size_t i = 0; i < sinks->n_lanes; i++) {
                Lane *lane = &sinks->lanes[i];
                int r = lane_look(lane);
                if (r != -EAGAIN)
                        lane_tell(lane, r, sinks->queued);
                if (r == 0 || r == -EAGAIN) {
                        word = lane_word(lane);
                        n++;
                }
        }
        return n == LANES_MAX ? "journal+syslog" : word;
}
