/* SPDX-License-Identifier: MIT */
#include "ctl/progress.h"

#include "base/macro.h"
#include "base/text.h"
#include "ctl/cells.h"

#include <stdio.h>
#include <unistd.h>

void progress_init(Progress *progress, bool quiet) {
        *progress = (Progress){ .quiet = quiet };
        screen_look(STDERR_FILENO, true, &progress->screen);
}

void progress_tell(Progress *progress, const char *state, const char *more) {
        _cleanup_strbuf_ StrBuf text = {}, clean = {}, line = {};
        const Screen *screen = &progress->screen;

        if (progress->quiet)
                return;
        if (screen->terminal) {
                strbuf_addf(&text, "%s%s", state, more);
                cells_clean(&clean, strbuf_text(&text), screen_ascii(screen));
                /* One cell is left free: some terminals go to the next line with the last one. */
                cells_cut(&line, strbuf_text(&clean), screen->width - 1, screen->utf8);
                fprintf(stderr, "\r%s\033[K", strbuf_text(&line));
                progress->shown = true;
                return;
        }
        if (streq(strbuf_text(&progress->before), state))
                return;
        strbuf_reset(&progress->before);
        strbuf_adds(&progress->before, state);
        cells_clean(&clean, state, false);
        fprintf(stderr, "%s\n", strbuf_text(&clean));
}

void progress_done(Progress *progress) {
        if (progress->shown)
                fputs("\r\033[K", stderr);
        progress->shown = false;
        strbuf_done(&progress->before);
}
