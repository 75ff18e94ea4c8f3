/* SPDX-License-Identifier: MIT */
/* mailsecctl: options and exit status; everything else is in src/ctl/. */
#include "ctl/command.h"
#include "ctl/option.h"

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOCKET_DEFAULT "/run/mailsecd/control.sock"

static const char usage_before[] = "Usage: mailsecctl [OPTION]... COMMAND [ARGUMENT]...\n"
                                   "Asks and tells a running mailsecd.\n"
                                   "\n";

static const char usage_after[] =
        "\n"
        "  -s, --socket PATH     talk to PATH instead of " SOCKET_DEFAULT "\n"
        "                        (also: the environment variable MAILSECCTL_SOCKET)\n"
        "      --json            print the daemon's answer as JSON\n"
        "      --no-color        no colours (also: the environment variable NO_COLOR)\n"
        "      --since SPAN      so far back: \"2d\", \"1h 30min\"\n"
        "      --source SOURCE   symantec or immuniweb, where both have the metric\n"
        "      --for SPAN        for so long\n"
        "      --until TIME      until then: 18:00, \"2025-11-22 18:00\", 2025-11-22T18:00:00Z\n"
        "      --comment TEXT    why\n"
        "      --ceiling VALUE   tell again beyond this value: \"2h\", 500\n"
        "      --no-wait         do not wait for the result\n"
        "  -f, --follow          wait for more events\n"
        "  -n, --number NUMBER   at most so many, up to 1000\n"
        "      --version         print the version\n"
        "      --help            print this help\n"
        "\n"
        "Exit status: 0 done, whatever stands; 1 refused or failed; 2 usage; 3 no daemon, or no\n"
        "permission to talk to it.\n"
        "Manual: man 1 mailsecctl\n";

enum {
        OPT_JSON = 256,
        OPT_NO_COLOR,
        OPT_VERSION,
        OPT_HELP,
        OPT_BITS
};

static const struct option long_options[] = {
        { "socket", required_argument, NULL, 's' },
        { "json", no_argument, NULL, OPT_JSON },
        { "no-color", no_argument, NULL, OPT_NO_COLOR },
        { "version", no_argument, NULL, OPT_VERSION },
        { "help", no_argument, NULL, OPT_HELP },
        { "follow", no_argument, NULL, 'f' },
        { "number", required_argument, NULL, 'n' },
        { "no-wait", no_argument, NULL, OPT_BITS + OPTION_NO_WAIT },
        { "since", required_argument, NULL, OPT_BITS + OPTION_SINCE },
        { "for", required_argument, NULL, OPT_BITS + OPTION_FOR },
        { "until", required_argument, NULL, OPT_BITS + OPTION_UNTIL },
        { "comment", required_argument, NULL, OPT_BITS + OPTION_COMMENT },
        { "ceiling", required_argument, NULL, OPT_BITS + OPTION_CEILING },
        { "source", required_argument, NULL, OPT_BITS + OPTION_SOURCE },
        {},
};

static volatile sig_atomic_t interrupted;

static void note_interrupt(int number) {
        (void)number;
        interrupted = 1;
}

/* Takes one option; false with a complaint. `bit` is the one of an option that only some commands
 * take, or 0. */
static bool take_option(Options *o, int c, unsigned bit, const char *argument) {
        switch (bit) {
        case OPTION_FOLLOW:
                return o->follow = true;
        case OPTION_NO_WAIT:
                return o->no_wait = true;
        case OPTION_NUMBER:
                return option_read_number(argument, &o->number);
        case OPTION_SINCE:
                return option_read_span("--since", argument, &o->since);
        case OPTION_FOR:
                return option_read_span("--for", argument, &o->span);
        case OPTION_UNTIL:
                o->until = argument;
                return true;
        case OPTION_COMMENT:
                o->comment = argument;
                return true;
        case OPTION_CEILING:
                o->ceiling = argument;
                return true;
        case OPTION_SOURCE:
                o->source = argument;
                return true;
        }
        if (c == 's')
                o->socket = argument;
        o->json |= c == OPT_JSON;
        o->no_color |= c == OPT_NO_COLOR;
        return true;
}

/* Reads the options, which may stand anywhere. Returns 's' to go on, '?' after a complaint, else
 * OPT_HELP or OPT_VERSION; the first of these wins. */
static int parse_options(int argc, char **argv, Options *o, unsigned *ret_given) {
        int c, what = 's';

        while ((c = getopt_long(argc, argv, "s:fn:", long_options, NULL)) >= 0) {
                unsigned bit = c == 'f'       ? OPTION_FOLLOW
                               : c == 'n'     ? OPTION_NUMBER
                               : c > OPT_BITS ? (unsigned)(c - OPT_BITS)
                                              : 0;
                if (c == '?' || !take_option(o, c, bit, optarg))
                        return '?';
                if ((c == OPT_HELP || c == OPT_VERSION) && what == 's')
                        what = c;
                *ret_given |= bit;
        }
        return what;
}

static CtlStatus print_help(void) {
        _cleanup_strbuf_ StrBuf text = {};

        strbuf_adds(&text, usage_before);
        command_help(&text);
        strbuf_adds(&text, usage_after);
        return ctl_print(&text);
}

static CtlStatus run(const Options *o, const Command *command, char **arguments) {
        _cleanup_(call_freep) Call *call = NULL;
        Ctl ctl = { .options = o, .interrupted = &interrupted };

        if (clock_from_environment(&ctl.clock) < 0) {
                ctl_complain("MAILSEC_CLOCK is not RATE@EPOCH");
                return CTL_USAGE;
        }
        int r = call_new(o->socket, &interrupted, &call);
        if (r < 0) {
                ctl_complain("cannot use the socket %s: %s", o->socket, strerror(-r));
                return r == -ENAMETOOLONG ? CTL_USAGE : CTL_FAILED;
        }
        screen_look(STDOUT_FILENO, o->no_color, &ctl.screen);
        ctl.call = call;
        (void)sigaction(SIGINT, &(struct sigaction){ .sa_handler = note_interrupt }, NULL);
        CtlStatus status = command->run(&ctl, arguments);
        if (interrupted) { /* ends as whoever started it expects */
                (void)signal(SIGINT, SIG_DFL);
                (void)raise(SIGINT);
        }
        return status;
}

int main(int argc, char **argv) {
        const char *socket = getenv("MAILSECCTL_SOCKET");
        Options o = { .socket = socket && *socket ? socket : SOCKET_DEFAULT };
        unsigned given = 0;
        char **arguments = NULL;

        (void)setlocale(LC_CTYPE, "");
        int what = parse_options(argc, argv, &o, &given);
        if (what == OPT_HELP)
                return print_help();
        if (what == OPT_VERSION)
                return puts("mailsecctl " VERSION) < 0 || fflush(stdout) != 0 ? CTL_FAILED
                                                                              : CTL_DONE;
        if (what == '?')
                return CTL_USAGE;
        if (!argv[optind]) {
                ctl_complain("what? See mailsecctl --help");
                return CTL_USAGE;
        }
        const Command *command = command_find(argv + optind, given, &arguments);
        return command ? run(&o, command, arguments) : CTL_USAGE;
}
