/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"

#include <stdbool.h>

/* What mailsecd is to do: its command line. */
typedef enum Mode {
        MODE_DAEMON,
        MODE_CHECK,
        MODE_PRINT,
        MODE_ONCE,
        MODE_SIMULATE,
        MODE_LIST_METRICS,
        MODE_VERSION,
        MODE_HELP,
} Mode;

typedef struct Options {
        Mode mode;
        const char *config_path; /* NULL = the default */
        usec_t since;            /* a span, for MODE_SIMULATE */
        bool json;
        bool verbose;
        char **arguments; /* the rest */
} Options;

/* The text of --help. */
extern const char options_usage[];

/* Reads the command line into *ret, whose texts are those of argv. False where something is wrong;
 * then stderr says what. */
bool options_parse(int argc, char **argv, Options *ret);
