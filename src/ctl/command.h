/* SPDX-License-Identifier: MIT */
#pragma once

#include "ctl/ctl.h"

/* Options that only some commands take, as bits. */
typedef enum OptionBit {
        OPTION_FOLLOW = 1 << 0,
        OPTION_NO_WAIT = 1 << 1,
        OPTION_SINCE = 1 << 2,
        OPTION_FOR = 1 << 3,
        OPTION_UNTIL = 1 << 4,
        OPTION_COMMENT = 1 << 5,
        OPTION_CEILING = 1 << 6,
        OPTION_SOURCE = 1 << 7,
        OPTION_NUMBER = 1 << 8,
} OptionBit;

/* One table drives dispatch, --help and what is said of wrong command lines. */
typedef struct Command {
        const char *name;      /* "silence add": up to two words */
        const char *arguments; /* for --help */
        const char *help;
        unsigned least, most; /* arguments */
        unsigned options;     /* OptionBits */
        CtlStatus (*run)(const Ctl *ctl, char **arguments);
} Command;

/* The command that the words (NULL-terminated) begin with and what follows it; NULL, with a
 * complaint that names the nearest, where there is none, its arguments are too few or too many, or
 * an option of `given` does not go with it. */
const Command *command_find(char **words, unsigned given, char ***ret_arguments);

/* Adds a line for each command. */
void command_help(StrBuf *b);

/* Each command is in the file of its noun. */
CtlStatus command_status(const Ctl *ctl, char **arguments);
CtlStatus command_alerts(const Ctl *ctl, char **arguments);
CtlStatus command_domains(const Ctl *ctl, char **arguments);
CtlStatus command_show(const Ctl *ctl, char **arguments);
CtlStatus command_explain(const Ctl *ctl, char **arguments);
CtlStatus command_history(const Ctl *ctl, char **arguments);
CtlStatus command_test(const Ctl *ctl, char **arguments);
CtlStatus command_poll(const Ctl *ctl, char **arguments);
CtlStatus command_silence_add(const Ctl *ctl, char **arguments);
CtlStatus command_silence_list(const Ctl *ctl, char **arguments);
CtlStatus command_silence_remove(const Ctl *ctl, char **arguments);
CtlStatus command_ack(const Ctl *ctl, char **arguments);
CtlStatus command_unack(const Ctl *ctl, char **arguments);
CtlStatus command_reload(const Ctl *ctl, char **arguments);
CtlStatus command_test_alert(const Ctl *ctl, char **arguments);
CtlStatus command_events(const Ctl *ctl, char **arguments);
