/* SPDX-License-Identifier: MIT */
/* Prints the table of configuration keys for tests/lint/manual.py. */
#include "config/config.h"

int main(void) {
        return config_print_keys(stdout) < 0;
}
