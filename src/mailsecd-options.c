/* SPDX-License-Identifier: MIT */
#include "mailsecd-options.h"

#include "base/duration.h"
#include "config/config.h"
#include "engine/simulate.h"

#include <getopt.h>
#include <stdio.h>

const char options_usage[] =
        "Usage: mailsecd [OPTION]...\n"
        "Watches mail domains through the Symantec Email Security.cloud queue statistics and the\n"
        "ImmuniWeb email security test, and tells what is wrong to the journal or syslog.\n"
        "\n"
        "  -c, --config FILE        read FILE instead of " CONFIG_PATH_DEFAULT "\n"
        "  -t, --check-config       check the configuration, print every problem, exit 0 or 2\n"
        "      --print-config       print the configuration in force and where each value is from\n"
        "      --once [DOMAIN...]   ask every source once, print a table; exit status as for "
        "Nagios:\n"
        "                           0 ok, 1 warning, 2 critical, 3 not determined\n"
        "      --simulate           which alerts of the last days this configuration would have "
        "told,\n"
        "                           beside those that were; reads the history, changes nothing\n"
        "      --since SPAN         how far back --simulate begins: 1h to 366d, default 2d\n"
        "      --list-metrics       print the table of metrics; with --json as JSON\n"
        "      --json               JSON instead of text, with --list-metrics or --simulate\n"
        "  -v, --verbose            more diagnostics; with --once, every value\n"
        "      --version            print the version\n"
        "      --help               print this help\n"
        "\n"
        "It stays in the foreground. SIGHUP reloads the configuration, SIGTERM stops.\n"
        "Exit status: 0 stopped on request, 1 failed at run time, 2 configuration or usage error.\n"
        "Manual: man 8 mailsecd, man 5 mailsecd.conf\n";

/* An option that says what to do stands as OPT_MODE + its mode. */
#define OPT_MODE 256

static const struct option long_options[] = {
        { "config", required_argument, NULL, 'c' },
        { "verbose", no_argument, NULL, 'v' },
        { "json", no_argument, NULL, 'j' },
        { "check-config", no_argument, NULL, OPT_MODE + MODE_CHECK },
        { "print-config", no_argument, NULL, OPT_MODE + MODE_PRINT },
        { "once", no_argument, NULL, OPT_MODE + MODE_ONCE },
        { "simulate", no_argument, NULL, OPT_MODE + MODE_SIMULATE },
        { "since", required_argument, NULL, 's' },
        { "list-metrics", no_argument, NULL, OPT_MODE + MODE_LIST_METRICS },
        { "version", no_argument, NULL, OPT_MODE + MODE_VERSION },
        { "help", no_argument, NULL, OPT_MODE + MODE_HELP },
        {},
};

/* NULL, or what is wrong with what was asked for as a whole. */
static const char *check(const Options *o, const char *since) {
        usec_t span = 0;

        if (*o->arguments && o->mode != MODE_ONCE)
                return "unexpected argument";
        if (o->json && o->mode != MODE_LIST_METRICS && o->mode != MODE_SIMULATE)
                return "--json goes with --list-metrics or --simulate";
        if (!since)
                return NULL;
        if (o->mode != MODE_SIMULATE)
                return "--since goes with --simulate";
        if (duration_parse(since, &span) < 0 || span < SIMULATE_SINCE_LEAST ||
            span > SIMULATE_SINCE_MOST)
                return "--since takes a span from 1h to 366d, for example 14d";
        return NULL;
}

bool options_parse(int argc, char **argv, Options *ret) {
        const char *problem = NULL, *since = NULL;
        Options o = { .since = SIMULATE_SINCE_DEFAULT };
        int c;

        while ((c = getopt_long(argc, argv, "c:tv", long_options, NULL)) >= 0) {
                Mode mode = c == 't' ? MODE_CHECK : (Mode)(c - OPT_MODE);
                if (c == '?')
                        return false; /* getopt_long() said why */
                if (c == 'c')
                        o.config_path = optarg;
                else if (c == 's')
                        since = optarg;
                else if (c == 'v')
                        o.verbose = true;
                else if (c == 'j')
                        o.json = true;
                else if (o.mode != MODE_DAEMON && o.mode != mode)
                        problem = "only one thing can be done at a time";
                else
                        o.mode = mode;
        }
        o.arguments = argv + optind;
        if (!problem)
                problem = check(&o, since);
        if (!problem && since)
                (void)duration_parse(since, &o.since); /* it was read once already */
        if (problem)
                fprintf(stderr, "mailsecd: %s; see mailsecd --help\n", problem);
        else
                *ret = o;
        return !problem;
}
