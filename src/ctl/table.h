/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/macro.h"
#include "ctl/screen.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Column {
        const char *title;
        bool right;    /* numbers */
        bool flex;     /* free text: cut first where the terminal is narrow */
        unsigned drop; /* left out when it is empty, and on a narrow terminal, the highest first; 0
                          = never */
} Column;

#define TABLE_COLUMNS_MAX ((size_t)12)

typedef struct Cell {
        char *text; /* clean */
        Paint paint;
} Cell;

/* Rows of cells under titles, laid out when all are known. */
typedef struct Table {
        const Column *columns; /* borrowed */
        size_t n_columns;
        bool ascii;
        Cell *cells;
        size_t n_cells;
        size_t allocated;
        bool failed; /* no memory */
} Table;

/* An empty table; `columns` is borrowed, at most TABLE_COLUMNS_MAX. */
void table_init(Table *table, const Column *columns, size_t n, const Screen *screen);

/* Adds the next cell, in the order of the columns. Foreign text is fine. NULL or "" is shown as
 * "-". */
void table_add(Table *table, Paint paint, const char *text);
void table_addf(Table *table, Paint paint, const char *format, ...) _printf_(3, 4);

/* How wide it would be without any fitting. */
size_t table_width(const Table *table, const Screen *screen);

/* Adds the titles and the rows, fitted to the screen; `indent` blanks before each. */
void table_print(const Table *table, const Screen *screen, size_t indent, StrBuf *b);

void table_done(Table *table);
#define _cleanup_table_ _cleanup_(table_done)
