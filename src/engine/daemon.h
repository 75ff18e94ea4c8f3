/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "config/config.h"

/* The daemon from a loaded configuration to the end: loop, signals, reload, the service manager. */

typedef struct DaemonOptions {
        const char *config_path;
        const char *runtime_directory; /* where control.sock is made; it has to be there */
        const ConfigEnvironment *environment;
        const Clock *clock;
        Config *config; /* taken over */
} DaemonOptions;

/* The program's exit status: 0 stopped on request, 1 failed at run time. */
int daemon_run(const DaemonOptions *options);
