/* SPDX-License-Identifier: MIT */
#include "ctl/command.h"

#include "base/text.h"

#include <string.h>

/* clang-format off */
static const Command commands[] = {
        { "status", "", "the daemon, its sources, quota, next runs, and what is worst",
          0, 0, 0, command_status },
        { "alerts", "[GLOB] [-n NUMBER]", "what alerts, worst first",
          0, 1, OPTION_NUMBER, command_alerts },
        { "domains", "", "every domain, its level and the age of its values",
          0, 0, 0, command_domains },
        { "show", "DOMAIN", "every metric of a domain, with its limits and its last day",
          1, 1, 0, command_show },
        { "explain", "IDENTITY", "why SOURCE/TARGET/METRIC alerts, or why not",
          1, 1, 0, command_explain },
        { "history", "DOMAIN METRIC [--since SPAN] [--source SOURCE]", "a chart of a metric",
          2, 2, OPTION_SINCE | OPTION_SOURCE, command_history },
        { "test", "DOMAIN [--no-wait]", "test a domain now, within the quota",
          1, 1, OPTION_NO_WAIT, command_test },
        { "poll", "[ACCOUNT] [--no-wait]", "poll the queues now",
          0, 1, OPTION_NO_WAIT, command_poll },
        { "silence add", "GLOB --comment TEXT --for SPAN | --until TIME", "mute alerts for a while",
          1, 1, OPTION_FOR | OPTION_UNTIL | OPTION_COMMENT, command_silence_add },
        { "silence list", "", "the silences that stand",
          0, 0, 0, command_silence_list },
        { "silence remove", "ID", "end a silence",
          1, 1, 0, command_silence_remove },
        { "ack", "IDENTITY [--comment TEXT] [--for SPAN] [--ceiling VALUE]", "take an alert on",
          1, 1, OPTION_COMMENT | OPTION_FOR | OPTION_CEILING, command_ack },
        { "unack", "IDENTITY", "take that back",
          1, 1, 0, command_unack },
        { "reload", "", "read the configuration again, and say what came of it",
          0, 0, 0, command_reload },
        { "test-alert", "", "send one marked record of each severity",
          0, 0, 0, command_test_alert },
        { "events", "[GLOB] [-f] [-n NUMBER] [--since SPAN]", "what was told, oldest first",
          0, 1, OPTION_FOLLOW | OPTION_NUMBER | OPTION_SINCE, command_events },
};
/* clang-format on */

static const char *const option_names[] = {
        "--follow",  "--no-wait", "--since",  "--for",    "--until",
        "--comment", "--ceiling", "--source", "--number",
};

/* How many of the words are the command's name; 0 where they are not. */
static size_t match(const Command *command, char **words) {
        const char *blank = strchr(command->name, ' ');

        if (!blank)
                return streq(words[0], command->name) ? 1 : 0;
        size_t n = (size_t)(blank - command->name);
        return strlen(words[0]) == n && strncmp(words[0], command->name, n) == 0 && words[1] &&
                               streq(words[1], blank + 1)
                       ? 2
                       : 0;
}

/* The commands of two words that begin with this one, by their second. */
static size_t second_words(const char *first, const char *ret[ELEMENTSOF(commands)]) {
        size_t n = 0, size = strlen(first);

        for (size_t i = 0; i < ELEMENTSOF(commands); i++)
                if (startswith(commands[i].name, first) && commands[i].name[size] == ' ')
                        ret[n++] = commands[i].name + size + 1;
        return n;
}

static void complain_unknown(char **words) {
        const char *names[ELEMENTSOF(commands)], *near;
        size_t n = second_words(words[0], names);

        if (n > 0) {
                near = words[1] ? text_nearest(words[1], names, n) : NULL;
                if (near)
                        ctl_complain("there is no command \"%s %s\"; did you mean \"%s %s\"?",
                                     words[0], words[1], words[0], near);
                else
                        ctl_complain("%s add, %s list or %s remove?", words[0], words[0], words[0]);
                return;
        }
        for (; n < ELEMENTSOF(commands); n++)
                names[n] = startswith(commands[n].name, "silence ") ? "silence" : commands[n].name;
        near = text_nearest(words[0], names, n);
        if (near)
                ctl_complain("there is no command \"%s\"; did you mean \"%s\"?", words[0], near);
        else
                ctl_complain("there is no command \"%s\"; see mailsecctl --help", words[0]);
}

static bool check(const Command *command, char **arguments, unsigned given) {
        size_t n = 0;

        while (arguments[n])
                n++;
        if (n < command->least || n > command->most) {
                ctl_complain("%s; usage: mailsecctl %s%s%s",
                             n < command->least ? "something is missing" : "too many arguments",
                             command->name, *command->arguments ? " " : "", command->arguments);
                return false;
        }
        for (size_t i = 0; i < ELEMENTSOF(option_names); i++)
                if (given & ~command->options & 1u << i) {
                        ctl_complain("%s does not go with %s", option_names[i], command->name);
                        return false;
                }
        return true;
}

const Command *command_find(char **words, unsigned given, char ***ret_arguments) {
        for (size_t i = 0; i < ELEMENTSOF(commands); i++) {
                size_t n = match(&commands[i], words);
                if (n == 0)
                        continue;
                if (!check(&commands[i], words + n, given))
                        return NULL;
                *ret_arguments = words + n;
                return &commands[i];
        }
        complain_unknown(words);
        return NULL;
}

void command_help(StrBuf *b) {
        for (size_t i = 0; i < ELEMENTSOF(commands); i++) {
                const Command *c = &commands[i];
                strbuf_addf(b, "  %s%s%s\n          %s\n", c->name, *c->arguments ? " " : "",
                            c->arguments, c->help);
        }
}
