/* SPDX-License-Identifier: MIT */
#include "config/read.h"

#include "base/text.h"
#include "config/limits.h"
#include "config/value.h"

#include <errno.h>
#include <string.h>

typedef void (*NodeReader)(Load *l, const Key *key, void *ret, Origin *origin, const Node *node);

Origin read_origin(const Load *l, const Node *node) {
        return (Origin){ node_line(node), l->file };
}

/* The known key that is spelt most alike, or begins with the word ("password": password_file). */
static const char *nearest_key(const char *word, const char *const *names, size_t n) {
        const char *nearest = text_nearest(word, names, n);

        for (size_t i = 0; !nearest && strlen(word) >= 4 && i < n; i++)
                if (startswith(names[i], word))
                        nearest = names[i];
        return nearest;
}

/* Adds the groups that have the key, where there are any. */
static bool add_owners(StrBuf *b, const char *name) {
        bool found = false;

        for (SectionId id = SECTION_TOP + 1; id < _SECTION_MAX; id++) {
                if (!section_find(&config_sections[id], name))
                        continue;
                strbuf_addf(b, "%s%s", found ? ", " : ", it belongs in ", config_sections[id].path);
                found = true;
        }
        return found;
}

/* Says that a key is unknown, and what was meant: a key of this group that is spelt alike, or a
 * group that has the key. */
static void refuse_key(Load *l, const Section *section, const Node *node) {
        const char *names[32];
        _cleanup_strbuf_ StrBuf b = { 0 };

        strbuf_addf(&b, "unknown key '%s'", node_name(node));
        for (size_t i = 0; i < section->n; i++)
                names[i] = section->keys[i].name;
        const char *nearest = nearest_key(node_name(node), names, section->n);
        if (nearest)
                strbuf_addf(&b, ", did you mean '%s'?", nearest);
        else if (section_find(&config_sections[SECTION_TOP], node_name(node)))
                strbuf_adds(&b, ", it belongs outside of all groups");
        else if (!add_owners(&b, node_name(node))) {
                strbuf_adds(&b, "; known here are ");
                for (size_t i = 0; i < section->n; i++)
                        strbuf_addf(&b, "%s%s", i > 0 ? ", " : "", names[i]);
        }
        load_error(l, read_origin(l, node), "%s", strbuf_text(&b));
}

bool read_once(Load *l, const char *name, Origin *origin, const Node *node) {
        Origin here = read_origin(l, node);

        if (origin->file > 0) {
                load_error(l, here, "%s is set again, first set at %s", name,
                           load_place(l, *origin));
                return false;
        }
        *origin = here;
        return true;
}

static void read_value(Load *l, const Key *key, void *ret, Origin *origin, const Node *node) {
        Value value = node_value(node);
        ValueContext context = { .arena = &l->config->arena, .directory = l->directory };

        if (value.type == VALUE_NONE || !read_once(l, key->name, origin, node))
                return;
        int r = value_store(key, &value, &context, ret);
        if (r == -EINVAL)
                load_error(l, *origin, "%s", strbuf_text(&context.problem));
        else if (r < 0)
                l->error = r;
        strbuf_done(&context.problem);
}

bool read_shape(Load *l, const Key *key, bool fits, const Node *node) {
        Value value = node_value(node);

        if (fits)
                return true;
        if (value.type == VALUE_NONE)
                return false;
        _cleanup_strbuf_ StrBuf b = { 0 };
        strbuf_addf(&b, "%s must be ", key->name);
        key_describe(key, &b);
        strbuf_adds(&b, ", not ");
        value_describe(&value, &b);
        load_error(l, read_origin(l, node), "%s", strbuf_text(&b));
        return false;
}

void read_note_origin(Load *l, Origin *origin, const Node *node) {
        if (origin->file == 0)
                *origin = read_origin(l, node);
}

static void read_policy(Load *l, const Key *key, void *ret, Origin *origin, const Node *node) {
        PolicyDraft **policy = ret;

        if (!read_shape(l, key, node_is_group(node), node))
                return;
        read_note_origin(l, origin, node);
        if (!*policy) {
                *policy = load_alloc(l, sizeof(**policy));
                if (!*policy)
                        return;
                int r = section_defaults(&config_sections[SECTION_POLICY], *policy,
                                         &l->config->arena);
                if (r < 0)
                        l->error = r;
        }
        read_section(l, SECTION_POLICY, *policy, node);
}

static void read_limits(Load *l, const Key *key, void *ret, Origin *origin, const Node *node) {
        if (!read_shape(l, key, node_is_group(node), node))
                return;
        read_note_origin(l, origin, node);
        limits_read(l, ret, (key->flags & KEY_ACCOUNTS) ? SCOPE_ACCOUNT : SCOPE_DOMAIN, node);
}

static void read_sources(Load *l, const Key *key, void *ret, Origin *origin, const Node *node) {
        const char *names[SOURCE_VENDORS];
        uint32_t *sources = ret;

        for (SourceId id = 0; id < SOURCE_VENDORS; id++)
                names[id] = source_name(id);
        if (!read_shape(l, key, node_is_list(node), node) || !read_once(l, key->name, origin, node))
                return;
        if (node_n(node) == 0)
                load_error(l, *origin, "sources is empty: the domain would be watched by nothing");
        for (uint32_t i = 0; i < node_n(node); i++) {
                const Node *child = node_child(node, i);
                Value value = node_value(child);
                SourceId id = 0;
                while (id < SOURCE_VENDORS &&
                       (value.type != VALUE_STRING || !streq(names[id], value.text)))
                        id++;
                if (id < SOURCE_VENDORS) {
                        *sources |= 1u << id;
                        continue;
                }
                _cleanup_strbuf_ StrBuf b = { 0 };
                value_describe(&value, &b);
                const char *nearest = value.type == VALUE_STRING
                                              ? text_nearest(value.text, names, SOURCE_VENDORS)
                                              : NULL;
                load_error(l, read_origin(l, child),
                           "%s is not a source; there are \"symantec\" and \"immuniweb\"%s%s%s",
                           strbuf_text(&b), nearest ? "; did you mean \"" : "",
                           nearest ? nearest : "", nearest ? "\"?" : "");
        }
}

/* A group of values that may go on in another file. */
static void read_group(Load *l, const Key *key, void *ret, Origin *origin, const Node *node) {
        static const SectionId sections[_KEY_TYPE_MAX] = {
                [KEY_IMMUNIWEB] = SECTION_IMMUNIWEB,
                [KEY_OUTPUT] = SECTION_OUTPUT,
                [KEY_WEB] = SECTION_WEB,
                [KEY_HISTORY] = SECTION_HISTORY,
                [KEY_CONTROL] = SECTION_CONTROL,
        };

        if (!read_shape(l, key, node_is_group(node), node))
                return;
        read_note_origin(l, origin, node);
        read_section(l, sections[key->type], ret, node);
}

/* The group of a name as far as other files made one (within one file libconfig sees to it that
 * names differ), or a new one. */
static GroupDraft *find_or_add_group(Load *l, const Node *node) {
        Draft *draft = l->draft;
        const char *name = node_name(node);

        uint32_t i = names_find(&draft->group_names, name, strlen(name));
        if (i != NAMES_NONE)
                return &draft->groups[i];
        if (!load_grow(l, &draft->groups, draft->n_groups, &draft->groups_allocated,
                       sizeof(*draft->groups)))
                return NULL;
        GroupDraft *group = &draft->groups[draft->n_groups];
        *group = (GroupDraft){ .name = load_strdup(l, name), .origin = read_origin(l, node) };
        if (!group->name)
                return NULL;
        draft->n_groups++;
        return group;
}

static void read_groups(Load *l, const Key *key, void *ret _unused_, Origin *origin,
                        const Node *node) {
        if (!read_shape(l, key, node_is_group(node), node))
                return;
        read_note_origin(l, origin, node);
        int r = draft_index_groups(l->draft);
        if (r < 0)
                l->error = r;
        for (uint32_t i = 0; i < node_n(node); i++) {
                const Node *child = node_child(node, i);
                const Key name = { .name = node_name(child), .type = KEY_OUTPUT };
                if (!read_shape(l, &name, node_is_group(child), child))
                        continue;
                GroupDraft *group = find_or_add_group(l, child);
                if (group)
                        read_section(l, SECTION_GROUP, group, child);
        }
}

static void add_domain(Load *l, const char *name, Origin origin) {
        Config *config = l->config;

        if (!load_grow(l, &config->domains, config->n_domains, &l->domains_allocated,
                       sizeof(*config->domains)))
                return;
        config->domains[config->n_domains++] = (Domain){ .name = name, .origin = origin };
}

/* Reads { name = ...; ... }. */
static void read_domain_group(Load *l, const Node *node) {
        Draft *draft = l->draft;
        size_t before = l->errors;

        DomainDraft *domain = load_alloc(l, sizeof(*domain));
        if (!domain)
                return;
        read_section(l, SECTION_DOMAIN, domain, node);
        if (!domain->name) {
                if (l->errors == before && !l->broken)
                        load_error(l, read_origin(l, node), "the domain has no name");
                return;
        }
        if (!load_grow(l, &draft->domains, draft->n_domains, &draft->domains_allocated,
                       sizeof(*draft->domains)))
                return;
        domain->domain = l->config->n_domains;
        draft->domains[draft->n_domains++] = domain;
        add_domain(l, domain->name, read_origin(l, node));
}

static void read_domains(Load *l, const Key *key, void *ret _unused_, Origin *origin,
                         const Node *node) {
        const Key *name_key = section_find(&config_sections[SECTION_DOMAIN], "name");
        ValueContext context = { .arena = &l->config->arena, .directory = l->directory };

        /* One that was refused is one, too: nobody forgot the domains. */
        l->domains_written |= !node_is_list(node) || node_n(node) > 0;
        if (!read_shape(l, key, node_is_list(node), node))
                return;
        read_note_origin(l, origin, node);
        for (uint32_t i = 0; i < node_n(node); i++) {
                const Node *child = node_child(node, i);
                Value value = node_value(child);
                const char *name;

                if (value.type == VALUE_GROUP) {
                        read_domain_group(l, child);
                        continue;
                }
                int r = value_store(name_key, &value, &context, &name);
                if (r == 0)
                        add_domain(l, name, read_origin(l, child));
                else if (r == -EINVAL)
                        load_error(l, read_origin(l, child), "%s", strbuf_text(&context.problem));
                else
                        l->error = r;
                strbuf_reset(&context.problem);
        }
        strbuf_done(&context.problem);
}

static const NodeReader node_readers[_KEY_TYPE_MAX] = {
        [KEY_SOURCES] = read_sources,
        [KEY_POLICY] = read_policy,
        [KEY_LIMITS] = read_limits,
        [KEY_OUTPUT] = read_group,
        [KEY_HISTORY] = read_group,
        [KEY_CONTROL] = read_group,
        [KEY_SYMANTEC] = read_symantec,
        [KEY_IMMUNIWEB] = read_group,
        [KEY_GROUPS] = read_groups,
        [KEY_DOMAINS] = read_domains,
        [KEY_QUIET] = read_quiet,
        [KEY_WEB] = read_group,
        [KEY_ALERTMANAGER] = read_alertmanagers,
};

void read_section(Load *l, SectionId id, void *values, const Node *node) {
        const Section *section = &config_sections[id];

        for (uint32_t i = 0; i < node_n(node); i++) {
                const Node *child = node_child(node, i);
                const Key *key = section_find(section, node_name(child));
                if (!key) {
                        refuse_key(l, section, child);
                        continue;
                }
                if ((key->flags & KEY_MAIN) && l->file > 1) {
                        load_error(l, read_origin(l, child), "%s belongs in the main file",
                                   key->name);
                        continue;
                }
                NodeReader reader = node_readers[key->type] ? node_readers[key->type] : read_value;
                reader(l, key, key_value(key, values), key_origin(section, key, values), child);
        }
}

void read_tree(Load *l, const Tree *tree) {
        read_section(l, SECTION_TOP, l->draft, tree_root(tree));
}
