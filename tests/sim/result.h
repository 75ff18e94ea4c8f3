/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim/blob.h"
#include "sim/feature.h"

/* Which test a result is of. */
typedef struct ResultQuery {
        const char *domain; /* folded */
        const char *test_id;
        usec_t tested; /* wall, scaled */
        FeatureView view;
} ResultQuery;

/* The result document of the email test. NULL with errno set when the scenario's json_file cannot
 * be read any more. */
Blob *result_render(const ResultQuery *query);
