/* SPDX-License-Identifier: MIT */
/* mailsecd: options and exit status; everything else is in src/engine/. */
#include "base/diag.h"
#include "base/text.h"
#include "config/config.h"
#include "engine/daemon.h"
#include "engine/once.h"
#include "source/metrics-list.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
        EXIT_STOPPED = 0,
        EXIT_FAILED = 1,
        EXIT_USAGE = 2, /* configuration or usage error */
};

#define CREDENTIAL_STORE "/etc/credstore"

typedef enum Mode {
        MODE_DAEMON,
        MODE_CHECK,
        MODE_PRINT,
        MODE_ONCE,
        MODE_LIST_METRICS,
        MODE_VERSION,
        MODE_HELP,
} Mode;

typedef struct Options {
        Mode mode;
        const char *config_path;
        bool json;
        bool verbose;
        char **arguments; /* the rest */
} Options;

static const char usage[] =
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
        "      --list-metrics       print the table of metrics; with --json as JSON\n"
        "      --json               JSON instead of text, with --list-metrics\n"
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
        { "list-metrics", no_argument, NULL, OPT_MODE + MODE_LIST_METRICS },
        { "version", no_argument, NULL, OPT_MODE + MODE_VERSION },
        { "help", no_argument, NULL, OPT_MODE + MODE_HELP },
        {},
};

static bool parse_options(int argc, char **argv, Options *o) {
        const char *problem = NULL;
        int c;

        while ((c = getopt_long(argc, argv, "c:tv", long_options, NULL)) >= 0) {
                Mode mode = c == 't' ? MODE_CHECK : (Mode)(c - OPT_MODE);
                if (c == '?')
                        return false; /* getopt_long() said why */
                if (c == 'c')
                        o->config_path = optarg;
                else if (c == 'v')
                        o->verbose = true;
                else if (c == 'j')
                        o->json = true;
                else if (o->mode != MODE_DAEMON && o->mode != mode)
                        problem = "only one thing can be done at a time";
                else
                        o->mode = mode;
        }
        o->arguments = argv + optind;
        if (*o->arguments && o->mode != MODE_ONCE)
                problem = "unexpected argument";
        if (o->json && o->mode != MODE_LIST_METRICS)
                problem = "--json goes with --list-metrics";
        if (problem)
                fprintf(stderr, "mailsecd: %s; see mailsecd --help\n", problem);
        return !problem;
}

/* Whether the fast clock may be used: never by accident in the installed unit (spec section 7). */
static bool clock_is_allowed(const Options *o) {
        bool managed = getenv("NOTIFY_SOCKET") || getenv("INVOCATION_ID");
        return !managed || (o->config_path && !startswith(o->config_path, SYSCONFDIR "/"));
}

static int finish_output(void) {
        if (fflush(stdout) == 0 && !ferror(stdout))
                return EXIT_STOPPED;
        fprintf(stderr, "mailsecd: cannot write: %s\n", strerror(errno));
        return EXIT_FAILED;
}

/* What systemd hands over, else its store: root's --once sees what the unit sees. */
static const char *credentials_directory(void) {
        const char *store = access(CREDENTIAL_STORE, R_OK | X_OK) == 0 ? CREDENTIAL_STORE : NULL;
        return getenv("CREDENTIALS_DIRECTORY") ?: store;
}

static int run_configured(const Options *o, const char *path, const Clock *clock) {
        const ConfigEnvironment environment = {
                .credentials_directory = credentials_directory(),
                .state_directory = getenv("STATE_DIRECTORY"),
        };
        Problems problems = {};
        Config *config = NULL;
        int status = EXIT_USAGE;
        int r = config_load(path, &environment, &problems, &config);
        problems_print(&problems, stderr);
        if (r < 0 && problems.errors == 0)
                diag(DIAG_ERROR, "cannot load %s: %s", path, strerror(-r));
        problems_done(&problems);
        if (r < 0)
                return r == -ENOMEM ? EXIT_FAILED : EXIT_USAGE;

        switch (o->mode) {
        case MODE_CHECK:
                status = EXIT_STOPPED;
                break;
        case MODE_PRINT:
                r = config_print(config, stdout);
                status = r < 0 ? EXIT_FAILED : finish_output();
                break;
        case MODE_ONCE:
                return once_run(&(OnceOptions){ clock, config, (const char *const *)o->arguments,
                                                o->verbose });
        case MODE_DAEMON:
                return daemon_run(&(DaemonOptions){ path, &environment, clock, config });
        case MODE_LIST_METRICS:
        case MODE_VERSION:
        case MODE_HELP:
                break; /* done without a configuration */
        }
        config_free(config);
        return status;
}

int main(int argc, char **argv) {
        Options o = {};
        Clock clock;

        /* Secrets pass through memory: neither a core file nor another process of the same user may
         * see them. */
        (void)prctl(PR_SET_DUMPABLE, 0);
        (void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
        /* libcurl would write the keys of its TLS sessions there. */
        (void)unsetenv("SSLKEYLOGFILE");

        if (!parse_options(argc, argv, &o))
                return EXIT_USAGE;
        diag_set_verbose(o.verbose);
        if (o.mode == MODE_LIST_METRICS)
                return metrics_list(o.json, stdout) < 0 ? EXIT_FAILED : finish_output();
        if (o.mode == MODE_VERSION || o.mode == MODE_HELP) {
                fputs(o.mode == MODE_HELP ? usage : "mailsecd " VERSION "\n", stdout);
                return finish_output();
        }

        int r = clock_from_environment(&clock);
        if (r < 0 || (r > 0 && !clock_is_allowed(&o))) {
                diag(DIAG_ERROR,
                     r < 0 ? "MAILSEC_CLOCK is not RATE@EPOCH, for example 60@1763800000"
                           : "MAILSEC_CLOCK is refused for a unit that reads " SYSCONFDIR
                             ": name a file elsewhere with --config");
                return EXIT_USAGE;
        }
        if (r > 0)
                diag(DIAG_WARNING, "MAILSEC_CLOCK is set: time runs %g times as fast", clock.rate);
        return run_configured(&o, o.config_path ? o.config_path : CONFIG_PATH_DEFAULT, &clock);
}
