/* SPDX-License-Identifier: MIT */
#include "io/stderr-sink.h"

#include "io/record-line.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How a priority of syslog(3) looks on a terminal. */
static const struct {
        const char *word;
        const char *colour;
} looks[] = {
        { "critical", "\033[1;31m" },
        { "critical", "\033[1;31m" },
        { "critical", "\033[1;31m" },
        { "error", "\033[31m" },
        { "warning", "\033[1;33m" },
        { "notice", "\033[32m" },
        { "info", "" },
        { "debug", "\033[2m" },
};

void stderr_sink_init(StderrSink *sink, const Clock *clock) {
        const char *no_color = getenv("NO_COLOR");
        const char *term = getenv("TERM");

        *sink = (StderrSink){ .clock = clock, .terminal = isatty(STDERR_FILENO) };
        sink->colour = sink->terminal && !(no_color && no_color[0]) &&
                       !(term && strcmp(term, "dumb") == 0);
}

void stderr_sink_done(StderrSink *sink) {
        strbuf_done(&sink->line);
}

static void line_for_terminal(StderrSink *sink, const Record *record) {
        size_t look = (size_t)CLAMP(record->priority, 0, (int)ELEMENTSOF(looks) - 1);
        time_t now = (time_t)(clock_wall(sink->clock) / USEC_PER_SEC);
        const char *message = record_get(record, "MESSAGE");
        const char *colour = sink->colour ? looks[look].colour : "";
        char text[sizeof("2025-11-22 03:12:05")];
        struct tm tm;

        strbuf_reset(&sink->line);
        if (localtime_r(&now, &tm) && strftime(text, sizeof(text), "%F %T", &tm) > 0)
                strbuf_addf(&sink->line, "%s ", text);
        strbuf_addf(&sink->line, "%s%-8s%s %s", colour, looks[look].word,
                    colour[0] ? "\033[0m" : "", message ? message : "");
}

/* "<N>" and the record, at most PIPE_BUF bytes: what a pipe that is writable takes whole. */
static void line_for_supervisor(StderrSink *sink, const Record *record) {
        _cleanup_strbuf_ StrBuf text = { 0 };

        strbuf_reset(&sink->line);
        if (record_line(record, PIPE_BUF - STRLEN("<7>\n"), &text) < 0)
                sink->line.error = -ENOMEM;
        strbuf_addf(&sink->line, "<%d>%s", record->priority, strbuf_text(&text));
}

int stderr_sink_send(StderrSink *sink, const Record *record, int *ret_fd) {
        struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };

        *ret_fd = -1;
        if (sink->terminal)
                line_for_terminal(sink, record);
        else
                line_for_supervisor(sink, record);
        strbuf_addc(&sink->line, '\n');
        if (sink->line.error < 0)
                return sink->line.error;
        if (poll(&fd, 1, 0) == 0) {
                *ret_fd = STDERR_FILENO;
                return -EAGAIN;
        }
        ssize_t n = write(STDERR_FILENO, strbuf_text(&sink->line), sink->line.size);
        if (n < 0 && errno == EAGAIN)
                *ret_fd = STDERR_FILENO;
        return n < 0 ? -errno : 0;
}
