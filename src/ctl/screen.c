/* SPDX-License-Identifier: MIT */
#include "ctl/screen.h"

#include "base/macro.h"
#include "base/text.h"
#include "ctl/cells.h"

#include <langinfo.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_DEFAULT ((size_t)80)
#define WIDTH_MIN     ((size_t)20) /* below that lines are not made to fit */
#define WIDTH_MAX     ((size_t)1000)

#define LABEL_CELLS ((size_t)14)

static size_t terminal_width(int fd) {
        struct winsize size = {};
        const char *text = getenv("COLUMNS");
        size_t width = 0;
        char *end = NULL;

        if (text && *text >= '1' && *text <= '9')
                width = strtoul(text, &end, 10);
        if (!end || *end)
                width = ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
        return width == 0 ? WIDTH_DEFAULT : CLAMP(width, WIDTH_MIN, WIDTH_MAX);
}

void screen_look(int fd, bool no_color, Screen *ret) {
        const char *wish = getenv("NO_COLOR"), *term = getenv("TERM");

        *ret = (Screen){
                .terminal = isatty(fd),
                .utf8 = streq(nl_langinfo(CODESET), "UTF-8"),
        };
        if (!ret->terminal)
                return;
        ret->width = terminal_width(fd);
        ret->color = !no_color && !(wish && *wish) && term && *term && !streq(term, "dumb");
}

Paint screen_paint(const char *level) {
        if (!level)
                return PAINT_PLAIN;
        return streq(level, "critical")  ? PAINT_CRITICAL
               : streq(level, "warning") ? PAINT_WARNING
               : streq(level, "ok")      ? PAINT_OK
                                         : PAINT_PLAIN;
}

void screen_begin(const Screen *screen, Paint paint, StrBuf *b) {
        static const char *const sequences[_PAINT_MAX] = {
                [PAINT_PLAIN] = "",
                [PAINT_HEAD] = "\033[1m",
                [PAINT_OK] = "\033[32m",
                [PAINT_WARNING] = "\033[33m",
                [PAINT_CRITICAL] = "\033[1;31m",
        };

        if (screen->color)
                strbuf_adds(b, sequences[paint]);
}

void screen_end(const Screen *screen, Paint paint, StrBuf *b) {
        if (screen->color && paint != PAINT_PLAIN)
                strbuf_adds(b, "\033[0m");
}

bool screen_ascii(const Screen *screen) {
        return screen->terminal && !screen->utf8;
}

static void add_wrapped(const Screen *screen, StrBuf *b, Paint paint, const char *text,
                        size_t indent) {
        _cleanup_strbuf_ StrBuf clean = {};
        size_t width = screen->width > indent ? screen->width - indent : screen->width;

        cells_clean(&clean, text, screen_ascii(screen));
        screen_begin(screen, paint, b);
        cells_wrap(b, strbuf_text(&clean), width, indent, screen->utf8);
        screen_end(screen, paint, b);
        strbuf_addc(b, '\n');
}

void screen_field(const Screen *screen, StrBuf *b, const char *label, Paint paint,
                  const char *text) {
        strbuf_addf(b, "%-*s  ", (int)LABEL_CELLS, label);
        add_wrapped(screen, b, paint, text ? text : "-", LABEL_CELLS + 2);
}

void screen_line(const Screen *screen, StrBuf *b, Paint paint, const char *text) {
        add_wrapped(screen, b, paint, text, 0);
}
