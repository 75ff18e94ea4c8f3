/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "base/text.h"
#include "io/record-line.h"
#include "io/stderr-sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pty.h>
#include <sys/types.h>
#include <termios.h>
#include <unistd.h>

static Record *record_of(int priority, const char *message, size_t detail) {
        size_t size = strlen(message) + detail + 64;
        char *data = calloc(1, size);
        Record *record;

        size_t n = (size_t)sprintf(data, "MESSAGE=%s", message) + 1;
        if (detail > 0) {
                n += (size_t)sprintf(data + n, "MAILSEC_DETAIL=");
                memset(data + n, 'd', detail);
                n += detail + 1;
        }
        assert_int_equal(record_new(1, priority, data, n, &record), 0);
        free(data);
        return record;
}

/* Sends one record with `fd` as stderr. */
static int send_to(int fd, const Record *record, int *ret_fd) {
        static const Clock clock = { .rate = 10, .epoch = 0 };
        StderrSink sink;
        int real = dup(STDERR_FILENO);

        dup2(fd, STDERR_FILENO);
        stderr_sink_init(&sink, &clock);
        int r = stderr_sink_send(&sink, record, ret_fd);
        stderr_sink_done(&sink);
        dup2(real, STDERR_FILENO);
        close(real);
        return r;
}

static void test_pipe(void **state) {
        (void)state;
        static const struct {
                int priority;
                const char *message;
                const char *line;
        } rows[] = {
                { 2, "it waits", "<2>it waits MAILSEC_DETAIL=d\n" },
                { 6, "fine, \"quoted\"", "<6>fine, \"quoted\" MAILSEC_DETAIL=d\n" },
        };
        int fds[2], fd;

        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(record_freep) Record *record =
                        record_of(rows[i].priority, rows[i].message, 1);
                char line[256] = "";
                CHECK_INT(i, send_to(fds[1], record, &fd), 0);
                CHECK(i, read(fds[0], line, sizeof(line) - 1) > 0);
                CHECK_STR(i, line, rows[i].line);
        }

        /* One that is full is left alone, and no line is torn. */
        _cleanup_(record_freep) Record *large = record_of(4, "large", 20000);
        char text[PIPE_BUF + 1];
        size_t lines = 0;
        int r;
        while ((r = send_to(fds[1], large, &fd)) == 0)
                lines++;
        assert_int_equal(r, -EAGAIN);
        assert_int_equal(fd, STDERR_FILENO);
        for (size_t i = 0; i < lines; i++) {
                ssize_t n = read(fds[0], text, PIPE_BUF);
                CHECK_INT(i, n, PIPE_BUF);
                CHECK(i, strncmp(text, "<4>large ", 9) == 0);
                CHECK(i, memcmp(text + n - STRLEN("d\u2026\n"), "d\u2026\n", STRLEN("d\u2026\n")) ==
                                 0);
        }
        close(fds[0]);
        close(fds[1]);
}

static void test_terminal(void **state) {
        (void)state;
        static const struct {
                const char *no_color, *term;
                int priority;
                const char *end; /* after the time */
        } rows[] = {
                { NULL, "xterm", 2, " \033[1;31mcritical\033[0m it waits\n" },
                { NULL, "xterm", 3, " \033[31merror   \033[0m it waits\n" },
                { NULL, "xterm", 4, " \033[1;33mwarning \033[0m it waits\n" },
                { NULL, "xterm", 5, " \033[32mnotice  \033[0m it waits\n" },
                { NULL, NULL, 6, " info     it waits\n" },
                { "", "xterm", 4, " \033[1;33mwarning \033[0m it waits\n" },
                { "1", "xterm", 4, " warning  it waits\n" },
                { NULL, "dumb", 4, " warning  it waits\n" },
        };
        struct termios raw;
        int master, slave, fd;

        cfmakeraw(memset(&raw, 0, sizeof(raw)));
        if (openpty(&master, &slave, NULL, &raw, NULL) < 0)
                skip();
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_(record_freep) Record *record = record_of(rows[i].priority, "it waits", 5);
                char line[256] = "";
                int year, month, day, hour, minute, second, used = 0;
                rows[i].no_color ? setenv("NO_COLOR", rows[i].no_color, 1) : unsetenv("NO_COLOR");
                rows[i].term ? setenv("TERM", rows[i].term, 1) : unsetenv("TERM");
                CHECK_INT(i, send_to(slave, record, &fd), 0);
                CHECK(i, read(master, line, sizeof(line) - 1) > 0);
                CHECK_INT(i,
                          sscanf(line, "%d-%d-%d %d:%d:%d%n", &year, &month, &day, &hour, &minute,
                                 &second, &used),
                          6);
                CHECK(i, year > 2100); /* the scaled clock */
                CHECK_STR(i, line + used, rows[i].end);
        }
        close(master);
        close(slave);
}

/* However it is cut, it is valid text that ends in the mark. */
static void test_line(void **state) {
        (void)state;
        _cleanup_strbuf_ StrBuf line = { 0 };
        _cleanup_(record_freep) Record *record =
                record_of(4, "a\u00e4\u20ac\U0001f4e7b\u00e4\u20ac\U0001f4e7", 0);
        const char *whole = record_get(record, "MESSAGE");

        for (size_t max = STRLEN("\u2026"); max < strlen(whole) + 3; max++) {
                CHECK_INT(max, record_line(record, max, &line), 0);
                CHECK(max, line.size <= max);
                CHECK(max, text_is_utf8(line.data, line.size));
                if (max >= strlen(whole)) {
                        CHECK_STR(max, line.data, whole);
                        continue;
                }
                size_t kept = line.size - STRLEN("\u2026");
                CHECK_STR(max, line.data + kept, "\u2026");
                CHECK(max, memcmp(line.data, whole, kept) == 0);
                CHECK(max, line.size + 4 > max);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_pipe),
                cmocka_unit_test(test_terminal),
                cmocka_unit_test(test_line),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
