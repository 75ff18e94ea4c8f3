/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"

#include <stdbool.h>

/* Values of options. False after a complaint, *ret is untouched then. */

/* A time span of a second or more; `name` is the option's. */
bool option_read_span(const char *name, const char *text, usec_t *ret);

/* --number: 1 to 1000. */
bool option_read_number(const char *text, unsigned *ret);
