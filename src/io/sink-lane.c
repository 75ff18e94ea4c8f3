/* SPDX-License-Identifier: MIT */
#include "io/sink-lane.h"

#include "base/diag.h"
#include "base/fault.h"

#include <errno.h>
#include <inttypes.h>

typedef struct OutletInfo {
        const char *word;
        const char *place;  /* "records go to ..." */
        const char *absent; /* why nothing goes there */
        const char *full;
} OutletInfo;

static const OutletInfo outlet_info[_OUTLET_MAX] = {
        [OUTLET_JOURNAL] = { "journal", "the journal", "journald does not listen",
                             "journald takes no more" },
        [OUTLET_SYSLOG] = { "syslog", "syslog", "syslog does not listen", "syslog takes no more" },
        [OUTLET_STDERR] = { "stderr", "stderr", "stderr cannot be written to",
                            "stderr takes no more" },
};

int outlets_init(Outlets *outlets, const Clock *clock, const SinkPaths *paths) {
        stderr_sink_init(&outlets->terminal, clock);
        int r = journal_init(&outlets->journal, paths->journal);
        if (r < 0)
                return r;
        r = syslog_init(&outlets->syslog, paths->syslog);
        if (r < 0)
                journal_done(&outlets->journal);
        return r;
}

void outlets_done(Outlets *outlets) {
        journal_done(&outlets->journal);
        syslog_done(&outlets->syslog);
        stderr_sink_done(&outlets->terminal);
}

/* As lane_send(); without a record it only looks. */
static int outlet_send(Outlets *outlets, Outlet outlet, const Record *record, int *ret_fd) {
        switch (outlet) {
        case OUTLET_JOURNAL:
                return record ? journal_send(&outlets->journal, record, ret_fd)
                              : journal_look(&outlets->journal, ret_fd);
        case OUTLET_SYSLOG:
                return record ? syslog_send(&outlets->syslog, record, ret_fd)
                              : syslog_look(&outlets->syslog, ret_fd);
        case OUTLET_STDERR:
                *ret_fd = -1;
                return record ? stderr_sink_send(&outlets->terminal, record, ret_fd) : 0;
        case _OUTLET_MAX:
                break;
        }
        return -EINVAL;
}

static int lane_try(Lane *lane, const Record *record, int *ret_fd) {
        if (!lane->automatic)
                return outlet_send(lane->outlets, lane->outlet, record, ret_fd);
        for (Outlet outlet = OUTLET_JOURNAL;; outlet = OUTLET_SYSLOG) {
                int r = outlet_send(lane->outlets, outlet, record, ret_fd);
                if (r != -ENOENT) {
                        /* Another outlet than before: what was told does not hold any more. */
                        if (lane->outlet != outlet && lane->state == LANE_OPEN)
                                lane->state = LANE_ABSENT;
                        lane->outlet = outlet;
                }
                if (r != -ENOENT || outlet == OUTLET_SYSLOG)
                        return r;
        }
}

int lane_look(Lane *lane) {
        int fd;
        return lane_try(lane, NULL, &fd);
}

int lane_send(Lane *lane, const Record *record, int *ret_fd) {
        int r = lane_try(lane, record, ret_fd);
        switch (r) {
        case 0:
                fault_point(FAULT_AFTER_SEND);
                return 0;
        case -EAGAIN:
        case -EINVAL:
        case -ENOMEM:
                return r;
        default: /* a broken pipe, no permission, ...: the same as nobody there */
                return -ENOENT;
        }
}

void lane_tell(Lane *lane, int r, uint32_t queued) {
        const OutletInfo *info = &outlet_info[lane->outlet];
        LaneState before = lane->state;

        lane->state = r == 0 ? LANE_OPEN : r == -EAGAIN ? LANE_FULL : LANE_ABSENT;
        if (lane->state == before)
                return;
        switch (lane->state) {
        case LANE_OPEN:
                if (lane->automatic && lane->outlet == OUTLET_SYSLOG)
                        diag(DIAG_NOTICE, "journald does not listen: records go to syslog");
                else if (before != LANE_NEW)
                        diag(DIAG_NOTICE, "records go to %s now", info->place);
                break;
        case LANE_ABSENT:
                diag(DIAG_WARNING, "%s: %" PRIu32 " records wait",
                     lane->automatic ? "neither journald nor syslog listens" : info->absent,
                     queued);
                break;
        case LANE_FULL:
                diag(DIAG_WARNING, "%s: %" PRIu32 " records wait", info->full, queued);
                break;
        case LANE_NEW:
                break;
        }
}

const char *lane_word(const Lane *lane) {
        return outlet_info[lane->outlet].word;
}
