/* SPDX-License-Identifier: MIT */
#include "sim/scenario.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/feature.h"
#include "sim/setting.h"

/* What a machine of the tests holds in memory. */
#define DOMAINS_MAX 1000000

#define NAME_SIZE 256

static const SettingKey top_keys[] = {
        { "symantec", SETTING_LIST }, { "immuniweb", SETTING_GROUP }, { "domains", SETTING_LIST },
        { "generate", SETTING_LIST }, { "faults", SETTING_LIST },
};

static const SettingKey account_keys[] = {
        { "name", SETTING_TEXT },        { "prefix", SETTING_TEXT },
        { "username", SETTING_TEXT },    { "password", SETTING_TEXT },
        { "view_stats", SETTING_BOOL },  { "layout", SETTING_TEXT },
        { "max_query", SETTING_NUMBER },
};

static const SettingKey domain_keys[] = {
        { "name", SETTING_TEXT },
        { "account", SETTING_TEXT },
        { "symantec", SETTING_GROUP },
        { "immuniweb", SETTING_GROUP },
};

static const SettingKey generate_keys[] = {
        { "count", SETTING_NUMBER }, { "pattern", SETTING_TEXT },   { "first", SETTING_NUMBER },
        { "account", SETTING_TEXT }, { "symantec", SETTING_GROUP }, { "immuniweb", SETTING_GROUP },
};

static void *must(void *memory) {
        if (!memory)
                abort();
        return memory;
}

bool scenario_fold_name(const char *name, char *folded, size_t size) {
        size_t length = strlen(name);
        if (length > 0 && name[length - 1] == '.')
                length--;
        if (length >= size)
                return false;
        for (size_t i = 0; i < length; i++)
                folded[i] = (char)tolower((unsigned char)name[i]);
        folded[length] = '\0';
        return true;
}

static void read_account(Account *account, const config_setting_t *group, unsigned *errors) {
        static const char *const layouts[] = { "compact", "pretty" };

        if (config_setting_type(group) != CONFIG_TYPE_GROUP) {
                setting_complain(group, errors, "an account is a group { ... }");
                return;
        }
        setting_check(group, account_keys, ELEMENTSOF(account_keys), errors);
        account->name = setting_text(group, "name", "default");
        account->prefix = setting_text(group, "prefix", "");
        account->username = setting_text(group, "username", "mailsec");
        account->password = setting_text(group, "password", "secret");
        account->view_stats = setting_bool(group, "view_stats", true);
        account->max_query = (size_t)MAX(setting_number(group, "max_query", 0), 0);
        account->pretty = setting_word(group, "layout", layouts, 2, 0, errors) == 1;
        size_t size = strlen(account->prefix);
        if (size > 0 && (account->prefix[0] != '/' || account->prefix[size - 1] == '/'))
                setting_complain(group, errors,
                                 "prefix must be empty or begin, but not end, with /");
}

static void read_accounts(Scenario *scenario, unsigned *errors) {
        const config_setting_t *list = config_lookup(&scenario->config, "symantec");
        size_t n = setting_count(list);

        scenario->accounts = must(calloc(MAX(n, 1U), sizeof(Account)));
        scenario->n_accounts = MAX(n, 1U);
        scenario->accounts[0] = (Account){
                .name = "default",
                .prefix = "",
                .username = "mailsec",
                .password = "secret",
                .view_stats = true,
        };
        for (size_t i = 0; i < n; i++)
                read_account(&scenario->accounts[i], setting_element(list, i), errors);
}

static unsigned find_account(Scenario *scenario, const config_setting_t *group, unsigned *errors) {
        const char *name = setting_text(group, "account", NULL);
        if (!name)
                return 0;
        for (unsigned i = 0; i < scenario->n_accounts; i++)
                if (scenario->accounts[i].name && strcmp(scenario->accounts[i].name, name) == 0)
                        return i;
        setting_complain(setting_member(group, "account"), errors, "no account \"%s\"", name);
        return 0;
}

static const Plan *add_plan(Scenario *scenario, const config_setting_t *group, unsigned *errors) {
        scenario->plans = must(realloc(scenario->plans, (scenario->n_plans + 1) * sizeof(Plan *)));
        scenario->plans[scenario->n_plans] = plan_new(group, errors);
        return scenario->plans[scenario->n_plans++];
}

/* Where a name is in the table, or the free place for it. */
static Domain **find_slot(Scenario *scenario, const char *name) {
        uint64_t hash = 14695981039346656037ULL;
        for (const char *p = name; *p; p++)
                hash = (hash ^ (unsigned char)*p) * 1099511628211ULL;
        for (;; hash++) {
                Domain **slot = &scenario->slots[hash & (scenario->n_slots - 1)];
                if (!*slot || strcmp((*slot)->name, name) == 0)
                        return slot;
        }
}

static void make_slots(Scenario *scenario, size_t n_domains) {
        scenario->n_slots = 16;
        while (scenario->n_slots < 2 * n_domains)
                scenario->n_slots *= 2;
        scenario->slots = must(calloc(scenario->n_slots, sizeof(Domain *)));
}

/* False when the name is there already. */
static bool add_domain(Scenario *scenario, const char *name, const Plan *plan, unsigned account) {
        Domain **slot = find_slot(scenario, name);
        if (*slot)
                return false;
        *slot = &scenario->domains[scenario->n_domains];
        **slot = (Domain){
                .name = must(strdup(name)),
                .plan = plan,
                .index = (unsigned)scenario->n_domains++,
                .account = account,
        };
        return true;
}

static void read_domain(Scenario *scenario, const config_setting_t *setting, unsigned *errors) {
        char name[NAME_SIZE];
        bool group = config_setting_type(setting) == CONFIG_TYPE_GROUP;
        const char *text = group ? setting_text(setting, "name", "") : setting_as_text(setting, "");

        if (group)
                setting_check(setting, domain_keys, ELEMENTSOF(domain_keys), errors);
        if (!*text || !scenario_fold_name(text, name, sizeof(name)))
                setting_complain(setting, errors, "a domain needs a name");
        else if (!add_domain(scenario, name,
                             group ? add_plan(scenario, setting, errors) : scenario->quiet,
                             group ? find_account(scenario, setting, errors) : 0))
                setting_complain(setting, errors, "domain \"%s\" is there twice", name);
}

/* A pattern is text with one %d or %0Nd in it. */
static bool split_pattern(const char *pattern, int *ret_before, int *ret_width,
                          const char **ret_after) {
        const char *percent = strchr(pattern, '%');
        if (!percent)
                return false;
        char *end;
        unsigned long width = strtoul(percent + 1, &end, 10);
        if (*end != 'd' || width > 20 || strchr(end, '%') || percent - pattern > 200)
                return false;
        *ret_before = (int)(percent - pattern);
        *ret_width = (int)width;
        *ret_after = end + 1;
        return true;
}

/* Explicit domains were read first and win over generated ones of the same name. */
static void read_generator(Scenario *scenario, const config_setting_t *group, unsigned *errors) {
        char raw[NAME_SIZE], name[NAME_SIZE];
        const char *pattern, *after;
        int before, width;

        if (config_setting_type(group) != CONFIG_TYPE_GROUP) {
                setting_complain(group, errors, "generate is a group { count = ...; ... }");
                return;
        }
        setting_check(group, generate_keys, ELEMENTSOF(generate_keys), errors);
        pattern = setting_text(group, "pattern", "d%06d.example");
        if (!split_pattern(pattern, &before, &width, &after)) {
                setting_complain(group, errors, "pattern needs one %%d or %%06d");
                return;
        }
        const Plan *plan = add_plan(scenario, group, errors);
        unsigned account = find_account(scenario, group, errors);
        unsigned long count = (unsigned long)setting_number(group, "count", 0);
        unsigned long first = (unsigned long)setting_number(group, "first", 0);
        for (unsigned long i = first; i < first + count; i++) {
                snprintf(raw, sizeof(raw), "%.*s%0*lu%s", before, pattern, width, i, after);
                if (scenario_fold_name(raw, name, sizeof(name)))
                        add_domain(scenario, name, plan, account);
        }
}

/* False when there are too many, or fewer than none. */
static bool count_domains(const config_setting_t *domains, const config_setting_t *generate,
                          size_t *ret, unsigned *errors) {
        double count = (double)setting_count(domains);
        for (size_t i = 0; i < setting_count(generate); i++) {
                const config_setting_t *group = setting_element(generate, i);
                double more = setting_number(group, "count", 0);
                count += MAX(more, 0);
                if (more < 0 || count > DOMAINS_MAX) {
                        setting_complain(group, errors, "count must leave at most %d domains",
                                         DOMAINS_MAX);
                        return false;
                }
        }
        *ret = (size_t)count;
        return true;
}

static void give_to_accounts(Scenario *scenario) {
        for (size_t i = 0; i < scenario->n_domains; i++)
                scenario->accounts[scenario->domains[i].account].n_domains++;
        for (size_t a = 0; a < scenario->n_accounts; a++) {
                Account *account = &scenario->accounts[a];
                account->domains = must(calloc(account->n_domains + 1, sizeof(Domain *)));
                account->parts = must(calloc(account->n_domains + 1, sizeof(Part)));
                account->n_domains = 0;
        }
        for (size_t i = 0; i < scenario->n_domains; i++) {
                Account *account = &scenario->accounts[scenario->domains[i].account];
                account->domains[account->n_domains++] = &scenario->domains[i];
        }
}

static void read_all(Scenario *scenario, unsigned *errors) {
        const config_setting_t *root = config_root_setting(&scenario->config);
        const config_setting_t *domains = setting_member(root, "domains");
        const config_setting_t *generate = setting_member(root, "generate");

        setting_check(root, top_keys, ELEMENTSOF(top_keys), errors);
        scenario->immuniweb = setting_member(root, "immuniweb");
        if (scenario->immuniweb)
                feature_check(scenario->immuniweb, true, errors);
        scenario->quiet = add_plan(scenario, NULL, errors);
        read_accounts(scenario, errors);
        size_t n;
        if (count_domains(domains, generate, &n, errors)) {
                scenario->domains = must(calloc(n + 1, sizeof(Domain)));
                make_slots(scenario, n);
                for (size_t i = 0; i < setting_count(domains); i++)
                        read_domain(scenario, setting_element(domains, i), errors);
                for (size_t i = 0; i < setting_count(generate); i++)
                        read_generator(scenario, setting_element(generate, i), errors);
                give_to_accounts(scenario);
        }
        fault_list_read(&scenario->faults, setting_member(root, "faults"), errors);
}

int scenario_load(const char *path, Scenario **ret) {
        _cleanup_(scenario_freep) Scenario *scenario = must(calloc(1, sizeof(*scenario)));
        unsigned errors = 0;

        config_init(&scenario->config);
        if (config_read_file(&scenario->config, path) != CONFIG_TRUE) {
                if (config_error_type(&scenario->config) == CONFIG_ERR_FILE_IO)
                        fprintf(stderr, "%s:0: %s\n", path, strerror(errno ? errno : EIO));
                else
                        fprintf(stderr, "%s:%d: %s\n", path, config_error_line(&scenario->config),
                                config_error_text(&scenario->config));
                return -EINVAL;
        }
        read_all(scenario, &errors);
        if (errors > 0)
                return -EINVAL;
        *ret = TAKE_PTR(scenario);
        return 0;
}

Scenario *scenario_free(Scenario *scenario) {
        if (!scenario)
                return NULL;
        for (size_t i = 0; i < scenario->n_accounts; i++) {
                blob_free(scenario->accounts[i].body);
                free(scenario->accounts[i].domains);
                free(scenario->accounts[i].parts);
        }
        for (size_t i = 0; i < scenario->n_domains; i++)
                free(scenario->domains[i].name);
        for (size_t i = 0; i < scenario->n_plans; i++)
                plan_free(scenario->plans[i]);
        fault_list_done(&scenario->faults);
        free(scenario->slots);
        free(scenario->accounts);
        free(scenario->domains);
        free(scenario->plans);
        config_destroy(&scenario->config);
        free(scenario);
        return NULL;
}

Domain *scenario_domain(Scenario *scenario, const char *name) {
        char folded[NAME_SIZE];

        if (!scenario_fold_name(name, folded, sizeof(folded)))
                return NULL;
        return *find_slot(scenario, folded);
}
