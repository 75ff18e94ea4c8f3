/* SPDX-License-Identifier: MIT */
/* mailsecd: exit status; its options are in mailsecd-options.c, everything else in src/engine/. */
#include "base/diag.h"
#include "base/text.h"
#include "config/config.h"
#include "engine/daemon.h"
#include "engine/once.h"
#include "engine/simulate.h"
#include "mailsecd-options.h"
#include "source/metrics-list.h"

#include <errno.h>
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

static const char *runtime_directory(void) {
        return getenv("RUNTIME_DIRECTORY") ?: "/run/mailsecd";
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
        case MODE_SIMULATE:
                status = simulate_run(&(SimulateOptions){ clock, config, o->since, o->json });
                if (status == EXIT_STOPPED)
                        status = finish_output();
                break;
        case MODE_DAEMON:
                return daemon_run(
                        &(DaemonOptions){ path, runtime_directory(), &environment, clock, config });
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

        if (!options_parse(argc, argv, &o))
                return EXIT_USAGE;
        diag_set_verbose(o.verbose);
        if (o.mode == MODE_LIST_METRICS)
                return metrics_list(o.json, stdout) < 0 ? EXIT_FAILED : finish_output();
        if (o.mode == MODE_VERSION || o.mode == MODE_HELP) {
                fputs(o.mode == MODE_HELP ? options_usage : "mailsecd " VERSION "\n", stdout);
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
