/* SPDX-License-Identifier: MIT */
#include "config/config.h"
#include "config/load.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* A configuration text: whatever is in it, loading ends with a configuration that prints and loads
 * again, or with problems. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const ConfigEnvironment environment = { NULL, NULL };
        Problems problems = { 0 };
        Config *config = NULL, *again = NULL;

        int r = config_load_text("/fuzz.conf", (const char *)data, size, &environment, &problems,
                                 &config);
        if ((r == 0) != (config != NULL) || (r == 0) != (problems.errors == 0))
                abort();
        problems_done(&problems);
        if (!config)
                return 0;

        char *text = NULL;
        size_t printed = 0;
        FILE *f = open_memstream(&text, &printed);
        if (!f)
                abort();
        r = config_print(config, f);
        fclose(f);
        if (r < 0)
                abort();
        r = config_load_text("/fuzz.conf", text, printed, &environment, &problems, &again);
        if (r < 0 || again->n_domains != config->n_domains) {
                problems_print(&problems, stderr);
                abort();
        }
        problems_done(&problems);
        free(text);
        config_free(again);
        config_free(config);
        return 0;
}
