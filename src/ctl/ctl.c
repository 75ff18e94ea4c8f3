/* SPDX-License-Identifier: MIT */
#include "ctl/ctl.h"

#include "base/text.h"
#include "ctl/cells.h"

#include <errno.h>
#include <langinfo.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

usec_t ctl_now(const Ctl *ctl) {
        struct timespec ts;

        (void)clock_gettime(CLOCK_REALTIME, &ts);
        return clock_scale(&ctl->clock,
                           (usec_t)ts.tv_sec * USEC_PER_SEC + (usec_t)ts.tv_nsec / 1000);
}

CtlStatus ctl_print(const StrBuf *text) {
        if (text->error) {
                ctl_complain("out of memory");
                return CTL_FAILED;
        }
        errno = 0;
        if (fwrite(strbuf_text(text), 1, text->size, stdout) == text->size && fflush(stdout) == 0)
                return CTL_DONE;
        /* A reader that has seen enough is no news. */
        if (errno != EPIPE)
                ctl_complain("cannot write: %s", strerror(errno));
        return CTL_FAILED;
}

void ctl_complain(const char *format, ...) {
        _cleanup_strbuf_ StrBuf text = {}, clean = {};
        bool ascii = !streq(nl_langinfo(CODESET), "UTF-8") && isatty(STDERR_FILENO);
        va_list ap;

        va_start(ap, format);
        strbuf_vaddf(&text, format, ap);
        va_end(ap);
        cells_clean(&clean, strbuf_text(&text), ascii);
        fprintf(stderr, "mailsecctl: %s\n", strbuf_text(&clean));
}

void ctl_who(StrBuf *b) {
        const char *sudo = getenv("SUDO_USER");
        const struct passwd *user;

        if (sudo && *sudo)
                text_clean(b, sudo, strlen(sudo), 256);
        else if ((user = getpwuid(getuid())) && *user->pw_name)
                text_clean(b, user->pw_name, strlen(user->pw_name), 256);
        else
                strbuf_addf(b, "uid %lu", (unsigned long)getuid());
}

void ctl_sleep(usec_t delay) {
        const struct timespec ts = { .tv_sec = (time_t)(delay / USEC_PER_SEC),
                                     .tv_nsec = (long)(delay % USEC_PER_SEC * 1000) };
        (void)nanosleep(&ts, NULL);
}
