/* SPDX-License-Identifier: MIT */
#include "engine/daemon-sockets.h"

#include "base/diag.h"
#include "io/web-address.h"

#include <errno.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

static int take_up(Site *site, int fd, StrBuf *problem) {
        Address address;

        if (site->fd >= 0) {
                (void)strbuf_adds(problem, "the status page has one already");
                return -EBUSY;
        }
        int r = web_address_adopt(fd, problem, &address);
        if (r < 0)
                return r;
        site->fd = fd;
        site->inherited = true;
        site->remote = !address_is_loopback(&address);
        return 0;
}

void daemon_inherit(Site *site) {
        int n = sd_listen_fds(1);

        if (n < 0)
                diag(DIAG_WARNING, "What the service manager says of its sockets is no use: %s",
                     strerror(-n));
        for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + n; fd++) {
                _cleanup_strbuf_ StrBuf problem = {};

                int r = take_up(site, fd, &problem);
                if (r >= 0)
                        continue;
                diag(DIAG_WARNING, "Socket %d of the service manager is not used: %s", fd,
                     problem.size > 0 ? strbuf_text(&problem) : strerror(-r));
                close(fd);
        }
}
