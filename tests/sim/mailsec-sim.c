/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <gnutls/gnutls.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/file.h"
#include "sim/server.h"

enum {
        EXIT_USAGE = 2,
};

typedef struct Options {
        ServerOptions server;
        const char *scenario;
        const char *port_file;
        const char *ca_file;
        const char *log;
        CertKind cert;
        bool check;
} Options;

static const char *const cert_names[_CERT_KIND_MAX] = {
        [CERT_GOOD] = "ok",
        [CERT_EXPIRED] = "expired",
        [CERT_WRONG_HOST] = "wrong-host",
        [CERT_UNKNOWN_CA] = "unknown-ca",
};

static const char help[] =
        "mailsec-sim [OPTION...] --scenario FILE\n"
        "Plays the Email Queue API and the Email Security Test over HTTPS on 127.0.0.1.\n\n"
        "  -s, --scenario FILE       what to play (see tests/sim/README.md)\n"
        "  -p, --port PORT           the port, 0 for any free one (default: 0)\n"
        "      --port-file FILE      write the start-up line there as well, once ready\n"
        "      --ca-file FILE        write the authority's certificate (PEM) there\n"
        "  -l, --log FILE            append every request as a line of JSON\n"
        "      --tls KIND            the certificate: ok, expired, wrong-host, unknown-ca\n"
        "      --tls-priorities TEXT what TLS to speak, in GnuTLS's words\n"
        "      --idle-timeout SEC    close idle connections after that long (default: 75)\n"
        "  -t, --check               read the scenario, say what is wrong, and end\n"
        "  -v, --verbose             the library's own messages on stderr\n"
        "      --version             the version\n"
        "  -h, --help                this text\n\n"
        "MAILSEC_CLOCK=RATE@EPOCH makes its clock run fast. SIGHUP reads the scenario anew,\n"
        "SIGTERM and SIGINT end it.\n"
        "Exit codes: 0 ended on request, 1 failed, 2 usage or scenario error.\n";

enum {
        OPTION_PORT_FILE = 256,
        OPTION_CA_FILE,
        OPTION_TLS,
        OPTION_TLS_PRIORITIES,
        OPTION_IDLE_TIMEOUT,
        OPTION_VERSION,
};

static const struct option long_options[] = {
        { "scenario", required_argument, NULL, 's' },
        { "port", required_argument, NULL, 'p' },
        { "port-file", required_argument, NULL, OPTION_PORT_FILE },
        { "ca-file", required_argument, NULL, OPTION_CA_FILE },
        { "log", required_argument, NULL, 'l' },
        { "tls", required_argument, NULL, OPTION_TLS },
        { "tls-priorities", required_argument, NULL, OPTION_TLS_PRIORITIES },
        { "idle-timeout", required_argument, NULL, OPTION_IDLE_TIMEOUT },
        { "check", no_argument, NULL, 't' },
        { "verbose", no_argument, NULL, 'v' },
        { "version", no_argument, NULL, OPTION_VERSION },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
};

/* A whole number up to a limit, or the end of the program. */
static unsigned parse_number(const char *text, unsigned long limit, const char *what) {
        char *end;
        errno = 0;
        unsigned long number = strtoul(text, &end, 10);
        if (errno != 0 || end == text || *end || text[0] == '-' || number > limit) {
                fprintf(stderr, "mailsec-sim: %s \"%s\" is not a number up to %lu\n", what, text,
                        limit);
                exit(EXIT_USAGE);
        }
        return (unsigned)number;
}

static CertKind parse_cert(const char *text) {
        for (CertKind kind = 0; kind < _CERT_KIND_MAX; kind++)
                if (strcmp(cert_names[kind], text) == 0)
                        return kind;
        fprintf(stderr, "mailsec-sim: --tls \"%s\" is not ok, expired, wrong-host or unknown-ca\n",
                text);
        exit(EXIT_USAGE);
}

static void parse_option(Options *options, int option) {
        switch (option) {
        case 's':
                options->scenario = optarg;
                break;
        case 'p':
                options->server.port = (unsigned short)parse_number(optarg, 65535, "--port");
                break;
        case 'l':
                options->log = optarg;
                break;
        case 't':
                options->check = true;
                break;
        case 'v':
                options->server.verbose = true;
                break;
        case OPTION_PORT_FILE:
                options->port_file = optarg;
                break;
        case OPTION_CA_FILE:
                options->ca_file = optarg;
                break;
        case OPTION_TLS:
                options->cert = parse_cert(optarg);
                break;
        case OPTION_TLS_PRIORITIES:
                options->server.tls_priorities = optarg;
                break;
        case OPTION_IDLE_TIMEOUT:
                options->server.idle_timeout_sec = parse_number(optarg, 86400, "--idle-timeout");
                break;
        case OPTION_VERSION:
                puts("mailsec-sim (mailsecd test tools)");
                exit(EXIT_SUCCESS);
        case 'h':
                fputs(help, stdout);
                exit(EXIT_SUCCESS);
        default:
                fputs("mailsec-sim: try --help\n", stderr);
                exit(EXIT_USAGE);
        }
}

static Options parse_options(int argc, char **argv) {
        Options options = { .server.idle_timeout_sec = 75 };
        int option;

        while ((option = getopt_long(argc, argv, "s:p:l:tvh", long_options, NULL)) >= 0)
                parse_option(&options, option);
        if (!options.scenario || optind < argc) {
                fprintf(stderr, "mailsec-sim: %s\n",
                        options.scenario ? "too many arguments" : "--scenario FILE is needed");
                exit(EXIT_USAGE);
        }
        return options;
}

static void add_text(struct json_object *line, const char *key, const char *text) {
        if (text)
                json_object_object_add(line, key, json_object_new_string(text));
}

/* The start-up line: everything that a client has to know. */
static int announce(const Options *options, const Sim *sim, unsigned short port) {
        struct json_object *line = json_object_new_object();
        char url[64];
        int r = 0;

        snprintf(url, sizeof(url), "https://127.0.0.1:%u", port);
        json_object_object_add(line, "port", json_object_new_int(port));
        add_text(line, "url", url);
        add_text(line, "symantec_url", url);
        snprintf(url, sizeof(url), "https://127.0.0.1:%u/email/api/v1", port);
        add_text(line, "immuniweb_url", url);
        add_text(line, "ca_file", options->ca_file);
        add_text(line, "port_file", options->port_file);
        add_text(line, "log", options->log);
        add_text(line, "scenario", options->scenario);
        json_object_object_add(line, "pid", json_object_new_int64(getpid()));
        json_object_object_add(line, "domains",
                               json_object_new_int64((int64_t)sim->scenario->n_domains));
        json_object_object_add(line, "clock_rate", json_object_new_double(sim->clock.rate));
        json_object_object_add(line, "start",
                               json_object_new_int64((int64_t)(sim->start / USEC_PER_SEC)));

        _cleanup_(blob_freep) Blob *text =
                blob_of_text(json_object_to_json_string_ext(line, JSON_C_TO_STRING_NOSLASHESCAPE));
        blob_add_text(text, "\n");
        json_object_put(line);
        if (options->port_file)
                r = file_write(options->port_file, text->data, text->size);
        if (r >= 0 && (fputs(text->data, stdout) == EOF || fflush(stdout) == EOF))
                r = -EIO;
        if (r >= 0)
                reqlog_event(&sim->log, "start", NULL);
        return r;
}

static int fail(const char *what, int error) {
        fprintf(stderr, "mailsec-sim: %s: %s\n", what, strerror(-error));
        return EXIT_FAILURE;
}

static int serve(const Options *options, Sim *sim) {
        Server server;
        int r = certs_make(&sim->certs);
        if (r < 0) {
                fprintf(stderr, "mailsec-sim: certificates: %s\n", gnutls_strerror(r));
                return EXIT_FAILURE;
        }
        if (options->ca_file && (r = certs_write_authority(&sim->certs, options->ca_file)) < 0)
                return fail(options->ca_file, r);
        r = server_start(&server, sim, &options->server);
        if (r < 0) {
                server_stop(&server);
                return fail("cannot listen", r);
        }
        r = announce(options, sim, server_port(&server));
        if (r >= 0)
                server_run(&server);
        server_stop(&server);
        reqlog_event(&sim->log, "stop", NULL);
        return r < 0 ? fail("cannot announce", r) : EXIT_SUCCESS;
}

int main(int argc, char **argv) {
        Options options = parse_options(argc, argv);
        Sim sim = { .scenario_path = options.scenario, .cert = options.cert };

        if (clock_from_environment(&sim.clock) < 0) {
                fputs("mailsec-sim: MAILSEC_CLOCK is not RATE@EPOCH\n", stderr);
                return EXIT_USAGE;
        }
        if (scenario_load(options.scenario, &sim.scenario) < 0)
                return EXIT_USAGE;
        int r = EXIT_SUCCESS;
        if (!options.check) {
                jobbook_init(&sim.jobs);
                sim.start = clock_wall(&sim.clock);
                r = reqlog_open(&sim.log, options.log, &sim.clock);
                r = r < 0 ? fail(options.log, r) : serve(&options, &sim);
                reqlog_close(&sim.log);
                certs_done(&sim.certs);
                jobbook_done(&sim.jobs);
        }
        scenario_free(sim.scenario);
        return r;
}
