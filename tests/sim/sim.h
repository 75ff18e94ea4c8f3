/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/clock.h"
#include "sim/cert.h"
#include "sim/job.h"
#include "sim/reqlog.h"
#include "sim/scenario.h"

/* Everything a request may ask or change. One thread, no lock. */
typedef struct Sim {
        Clock clock;
        usec_t start; /* wall, scaled */
        const char *scenario_path;
        Scenario *scenario;
        JobBook jobs;
        RequestLog log;
        Certs certs;
        CertKind cert; /* the usual one */
} Sim;

/* The moment of the scenario that a scaled wall time is. */
static inline moment_t sim_moment(const Sim *sim, usec_t wall) {
        return (moment_t)wall - (moment_t)sim->start;
}
