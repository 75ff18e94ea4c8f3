/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/monitor.h"

/* Takes up the socket that the service manager opened for the pages (mailsecd.socket,
 * sd_listen_fds(3)): one listening TCP socket. Others are closed, and told. Once, at start. */
void daemon_inherit(Site *site);
