/* SPDX-License-Identifier: MIT */
#include "config/read.h"

#include <stddef.h>

#define QUIET_MAX         100  /* each is looked at for each alert that changes */
#define ACCOUNTS_MAX      1000 /* their index in a Domain is 16 bits; nobody has a tenth of it */
#define ALERTMANAGERS_MAX 16   /* each is sent every alert */

/* What the elements of a list are. */
typedef struct Elements {
        SectionId section;
        KeyType type;  /* what an element must be */
        size_t size;   /* of its draft */
        size_t origin; /* where that has the place of the group */
        uint32_t max;
        const char *words; /* "accounts" */
} Elements;

static const Elements accounts = {
        SECTION_SYMANTEC, KEY_SYMANTEC, sizeof(SymantecDraft), offsetof(SymantecDraft, origin),
        ACCOUNTS_MAX,     "accounts",
};

static const Elements alertmanagers = {
        SECTION_ALERTMANAGER,      KEY_ALERTMANAGER,
        sizeof(AlertmanagerDraft), offsetof(AlertmanagerDraft, origin),
        ALERTMANAGERS_MAX,         "servers",
};

static const Elements windows = {
        SECTION_QUIET, KEY_OUTPUT, sizeof(QuietDraft), offsetof(QuietDraft, origin),
        QUIET_MAX,     "windows",
};

/* The drafts of a list's groups; NULL when it is empty or too long. */
static void *read_elements(Load *l, const Key *key, const Elements *elements, Origin origin,
                           const Node *node, uint32_t *ret_n) {
        const Key element = { .name = key->name, .type = elements->type };
        uint32_t n = node_n(node), taken = 0;

        if (n > elements->max) {
                load_error(l, origin, "%s has %u %s, %u are possible", key->name, n,
                           elements->words, elements->max);
                return NULL;
        }
        char *list = n > 0 ? load_alloc(l, elements->size * n) : NULL;
        if (!list)
                return NULL;
        for (uint32_t i = 0; i < n; i++) {
                const Node *child = node_child(node, i);
                char *values = list + elements->size * taken;
                if (!read_shape(l, &element, node_is_group(child), child))
                        continue;
                int r = section_defaults(&config_sections[elements->section], values,
                                         &l->config->arena);
                if (r < 0)
                        l->error = r;
                *(Origin *)(void *)(values + elements->origin) = read_origin(l, child);
                read_section(l, elements->section, values, child);
                taken++;
        }
        *ret_n = taken;
        return list;
}

/* Reads one group, which may go on in another file, or a list, which stands for all of them; of an
 * empty list the default stays, which is off. NULL: what was there stays. */
static void *read_one_or_list(Load *l, const Key *key, const Elements *elements, Origin *origin,
                              const Node *node, void *first, bool *list, uint32_t *n) {
        if (!read_shape(l, key, node_is_group(node) || node_is_list(node), node))
                return NULL;
        if (node_is_group(node) && !*list) {
                read_note_origin(l, origin, node);
                read_note_origin(l, (Origin *)(void *)((char *)first + elements->origin), node);
                read_section(l, elements->section, first, node);
                return NULL;
        }
        if (!read_once(l, key->name, origin, node))
                return NULL;
        *list = true;
        return read_elements(l, key, elements, *origin, node, n);
}

void read_symantec(Load *l, const Key *key, void *ret _unused_, Origin *origin, const Node *node) {
        Draft *draft = l->draft;

        void *list = read_one_or_list(l, key, &accounts, origin, node, draft->symantec,
                                      &draft->symantec_list, &draft->n_symantec);
        if (list)
                draft->symantec = list;
}

void read_alertmanagers(Load *l, const Key *key, void *ret _unused_, Origin *origin,
                        const Node *node) {
        OutputDraft *draft = &l->draft->output;

        void *list = read_one_or_list(l, key, &alertmanagers, origin, node, draft->alertmanagers,
                                      &draft->alertmanager_list, &draft->n_alertmanagers);
        if (list)
                draft->alertmanagers = list;
}

void read_quiet(Load *l, const Key *key, void *ret _unused_, Origin *origin, const Node *node) {
        Draft *draft = l->draft;

        if (!read_shape(l, key, node_is_list(node), node) || !read_once(l, key->name, origin, node))
                return;
        draft->quiet = read_elements(l, key, &windows, *origin, node, &draft->n_quiet);
}
