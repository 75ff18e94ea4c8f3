/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "base/secret.h"

#include <stdbool.h>
#include <stdint.h>

/* What one source instance was told by the configuration. Texts live as long as the Config. Bounds
 * and defaults: spec section 3, one row each in config/schema.c. */
typedef struct Endpoint {
        const char *url;     /* https, without a trailing slash */
        const char *ca_file; /* NULL = the system's store */
        const char *proxy;   /* NULL = none, whatever the environment says */
        usec_t timeout;      /* the whole exchange */
} Endpoint;

typedef struct SymantecSettings {
        const char *name; /* the account's */
        Endpoint endpoint;
        const char *username;
        Secret *password;
        usec_t interval;
        bool filter_configured;
} SymantecSettings;

typedef struct ImmuniwebSettings {
        bool enabled;
        Endpoint endpoint;
        Secret *api_key; /* NULL = the free service */
        usec_t interval;
        bool recheck; /* as configured; without a key it is not asked for */
        bool publish;
        uint32_t daily_tests; /* 0 = no limit */
        uint32_t concurrency;
        usec_t poll_min;
        usec_t poll_max;
        usec_t deadline;
} ImmuniwebSettings;
