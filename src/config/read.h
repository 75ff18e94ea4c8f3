/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/load.h"
#include "config/tree.h"

/* Takes every setting of a file into the draft: checks each group against its table, each value
 * against its row. */
void read_tree(Load *l, const Tree *tree);
