/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"
#include "config/scan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A configuration text as a tree of settings: the only place that knows libconfig. Texts and nodes
 * live as long as the tree. */

typedef struct Tree Tree;
typedef struct config_setting_t Node;

typedef enum ValueType {
        VALUE_NONE, /* where the text broke off */
        VALUE_STRING,
        VALUE_INTEGER,
        VALUE_FLOAT,
        VALUE_BOOL,
        VALUE_GROUP,
        VALUE_LIST, /* ( ) or [ ] */
} ValueType;

/* What a setting was given, before anybody asked whether it fits. */
typedef struct Value {
        ValueType type;
        const char *text; /* of a string */
        double number;    /* of an integer or a float; a bool's 0 or 1 */
} Value;

/* Parses a text of `size` bytes ending in a newline, and gives strings in lists the lines that
 * scan_check() found. 0, -ENOMEM, or -EINVAL when it broke off: *ret is then what came before,
 * *ret_line and *ret_error say where and why (the text lives as long as the tree). */
int tree_parse(char *text, size_t size, const ScanLines *lines, Tree **ret, unsigned *ret_line,
               const char **ret_error);
Tree *tree_free(Tree *tree);
DEFINE_CLEANUP(Tree *, tree_free)

const Node *tree_root(const Tree *tree);

/* NULL for an element of a list. */
const char *node_name(const Node *node);
unsigned node_line(const Node *node);
Value node_value(const Node *node);

/* Children of a group or list; 0 for anything else. */
uint32_t node_n(const Node *node);
const Node *node_child(const Node *node, uint32_t i);
