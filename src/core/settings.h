/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "base/secret.h"

#include <stdbool.h>
#include <stdint.h>

/* What one source instance was told by the configuration. Texts live as long as the Config. Bounds
 * and defaults: spec section 3, one row each in config/schema.c. */
typedef struct Endpoint {
        const char *url;     /* https (an Alertmanager: or http), without a trailing slash */
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
        uint32_t evidence;     /* sets of evidence kept per domain; 0 = none is gathered */
        uint64_t evidence_max; /* bytes of evidence of all domains */
} ImmuniwebSettings;

/* The pages and /metrics over TCP (`web` of the configuration). */
typedef struct WebSettings {
        const char *listen; /* "127.0.0.1:9797", "[::1]:9797"; NULL = off, unless a socket is
                               inherited */
        const char *
                url; /* how people reach it, without a trailing slash, for links; NULL = not said */
        bool remote; /* allow_remote */
        Secret *certificate; /* PEM, with the chain; NULL = plain HTTP */
        Secret *key;         /* PEM; NULL exactly where the certificate is */
        Secret *client_ca; /* PEM; a client certificate of it is enough; NULL = none is asked for */
        const char *username; /* of Basic auth */
        Secret *password;     /* NULL = none */
} WebSettings;

/* One server of output.alertmanager. */
typedef struct AlertmanagerSettings {
        Endpoint endpoint;    /* http or https; the API's path /api/v2/alerts is not in it */
        const char *username; /* of Basic auth; NULL = none */
        Secret *password;     /* NULL exactly where the username is */
        usec_t resend;        /* what stands is sent again after this long */
        bool severity_label;  /* the level is a label, too: another level is another alert to it */
} AlertmanagerSettings;
