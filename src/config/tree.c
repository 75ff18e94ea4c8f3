/* SPDX-License-Identifier: MIT */
#include "config/tree.h"

#include <errno.h>
#include <libconfig.h>
#include <stdio.h>

struct Tree {
        config_t config;
};

/* Walks in the order of the text, as the scanner did. */
static void fix_lines(config_setting_t *setting, const ScanLines *lines, size_t *at) {
        int n = config_setting_length(setting);

        for (int i = 0; i < n; i++) {
                config_setting_t *child = config_setting_get_elem(setting, (unsigned)i);
                if (config_setting_is_aggregate(child))
                        fix_lines(child, lines, at);
                else if (!child->name && child->type == CONFIG_TYPE_STRING && *at < lines->n)
                        child->line = lines->lines[(*at)++];
        }
}

int tree_parse(char *text, size_t size, const ScanLines *lines, Tree **ret, unsigned *ret_line,
               const char **ret_error) {
        _cleanup_(tree_freep) Tree *tree = calloc(1, sizeof(*tree));
        if (!tree)
                return -ENOMEM;
        config_init(&tree->config);

        /* Read through a FILE: config_read_string() would copy the whole text once more. */
        FILE *f = fmemopen(text, size, "r");
        if (!f)
                return -ENOMEM;
        int ok = config_read(&tree->config, f);
        fclose(f);

        size_t at = 0;
        fix_lines(config_root_setting(&tree->config), lines, &at);
        if (!ok) {
                *ret_line = (unsigned)config_error_line(&tree->config);
                *ret_error = config_error_text(&tree->config);
        }
        *ret = TAKE_PTR(tree);
        return ok ? 0 : -EINVAL;
}

Tree *tree_free(Tree *tree) {
        if (!tree)
                return NULL;
        config_destroy(&tree->config);
        free(tree);
        return NULL;
}

const Node *tree_root(const Tree *tree) {
        return config_root_setting(&tree->config);
}

const char *node_name(const Node *node) {
        return config_setting_name(node);
}

unsigned node_line(const Node *node) {
        return node->line; /* config_setting_source_line() cuts it to 16 bits */
}

Value node_value(const Node *node) {
        switch (config_setting_type(node)) {
        case CONFIG_TYPE_STRING: {
                const char *text = config_setting_get_string(node);
                return (Value){ VALUE_STRING, text ? text : "", 0 };
        }
        case CONFIG_TYPE_INT:
        case CONFIG_TYPE_INT64:
                return (Value){ VALUE_INTEGER, NULL, (double)config_setting_get_int64(node) };
        case CONFIG_TYPE_FLOAT:
                return (Value){ VALUE_FLOAT, NULL, config_setting_get_float(node) };
        case CONFIG_TYPE_BOOL:
                return (Value){ VALUE_BOOL, NULL, config_setting_get_bool(node) };
        case CONFIG_TYPE_GROUP:
                return (Value){ VALUE_GROUP, NULL, 0 };
        case CONFIG_TYPE_ARRAY:
        case CONFIG_TYPE_LIST:
                return (Value){ VALUE_LIST, NULL, 0 };
        default:
                return (Value){ VALUE_NONE, NULL, 0 };
        }
}

uint32_t node_n(const Node *node) {
        int n = config_setting_length(node);
        return n > 0 ? (uint32_t)n : 0;
}

const Node *node_child(const Node *node, uint32_t i) {
        return config_setting_get_elem(node, i);
}
