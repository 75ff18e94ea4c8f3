/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/load.h"
#include "config/schema.h"
#include "config/tree.h"

/* Takes every setting of a file into the draft: checks each group against its table, each value
 * against its row. */
void read_tree(Load *l, const Tree *tree);

/* What the readers share. */

Origin read_origin(const Load *l, const Node *node);

/* Notes where a group that may go on in another file was written first. */
void read_note_origin(Load *l, Origin *origin, const Node *node);

/* Whether the key is set for the first time; else says so. Notes the place. */
bool read_once(Load *l, const char *name, Origin *origin, const Node *node);

/* Whether a setting has the shape that its key wants; else says so, unless the text broke off
 * there. */
bool read_shape(Load *l, const Key *key, bool fits, const Node *node);

static inline bool node_is_group(const Node *node) {
        return node_value(node).type == VALUE_GROUP;
}

static inline bool node_is_list(const Node *node) {
        return node_value(node).type == VALUE_LIST;
}

/* Reads the keys of a group into its draft. */
void read_section(Load *l, SectionId id, void *values, const Node *node);

/* Readers of keys that take a list of groups (read-lists.c). */
void read_symantec(Load *l, const Key *key, void *ret, Origin *origin, const Node *node);
void read_alertmanagers(Load *l, const Key *key, void *ret, Origin *origin, const Node *node);
void read_quiet(Load *l, const Key *key, void *ret, Origin *origin, const Node *node);
