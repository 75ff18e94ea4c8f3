/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdio.h>

#include "base/clock.h"

typedef struct Request Request;

/* What was asked and answered, as JSON lines; tests read it while the simulator runs. */
typedef struct RequestLog {
        FILE *file; /* NULL: nobody wants it */
        const Clock *clock;
} RequestLog;

/* Appends to a file (made when missing). Negative errno. */
int reqlog_open(RequestLog *log, const char *path, const Clock *clock);
void reqlog_close(RequestLog *log);

/* One line for a request whose reply is decided. */
void reqlog_request(RequestLog *log, const Request *request);

/* One line for something else: "start", "reload", "stop", "accept". detail may be NULL. */
void reqlog_event(const RequestLog *log, const char *event, const char *detail);
