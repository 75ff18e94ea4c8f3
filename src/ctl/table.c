/* SPDX-License-Identifier: MIT */
#include "ctl/table.h"

#include "base/text.h"
#include "ctl/cells.h"

#include <errno.h>
#include <string.h>

#define GAP ((size_t)2)

/* A free text is cut down to this much before a whole column is left out, ... */
#define FLEX_CELLS ((size_t)12)
/* ... and any column to this when all that can be left out is. */
#define LEAST_CELLS ((size_t)3)

/* In a pipe nothing is cut, but one endless cell must not blow up every row. */
#define ALIGN_CELLS_MAX ((size_t)200)

typedef struct Layout {
        size_t natural[TABLE_COLUMNS_MAX];
        size_t width[TABLE_COLUMNS_MAX];
        bool hidden[TABLE_COLUMNS_MAX];
} Layout;

void table_init(Table *table, const Column *columns, size_t n, const Screen *screen) {
        *table = (Table){ .columns = columns, .n_columns = n, .ascii = screen_ascii(screen) };
}

void table_add(Table *table, Paint paint, const char *text) {
        _cleanup_strbuf_ StrBuf clean = {};

        if (table->n_cells == table->allocated) {
                size_t wanted = MAX(table->allocated * 2, (size_t)64);
                Cell *more = reallocarray(table->cells, wanted, sizeof(*more));
                if (!more) {
                        table->failed = true;
                        return;
                }
                table->cells = more;
                table->allocated = wanted;
        }
        cells_clean(&clean, text && *text ? text : "-", table->ascii);
        char *taken = strbuf_take(&clean);
        if (!taken) {
                table->failed = true;
                return;
        }
        table->cells[table->n_cells++] = (Cell){ taken, paint };
}

void table_addf(Table *table, Paint paint, const char *format, ...) {
        _cleanup_strbuf_ StrBuf text = {};
        va_list ap;

        va_start(ap, format);
        strbuf_vaddf(&text, format, ap);
        va_end(ap);
        if (text.error)
                table->failed = true;
        table_add(table, paint, strbuf_text(&text));
}

static bool column_is_empty(const Table *table, size_t column) {
        for (size_t i = column; i < table->n_cells; i += table->n_columns)
                if (!streq(table->cells[i].text, "-"))
                        return false;
        return true;
}

static void measure(const Table *table, const Screen *screen, Layout *ret) {
        *ret = (Layout){};
        for (size_t c = 0; c < table->n_columns; c++) {
                ret->natural[c] = cells_count(table->columns[c].title, screen->utf8);
                ret->hidden[c] = table->columns[c].drop > 0 && column_is_empty(table, c);
        }
        for (size_t i = 0; i < table->n_cells; i++) {
                size_t *width = &ret->natural[i % table->n_columns];
                *width = MAX(*width, cells_count(table->cells[i].text, screen->utf8));
        }
        memcpy(ret->width, ret->natural, sizeof(ret->width));
}

static size_t total_width(const Table *table, const Layout *layout) {
        size_t total = 0;

        for (size_t c = 0; c < table->n_columns; c++)
                if (!layout->hidden[c])
                        total += layout->width[c] + (total > 0 ? GAP : 0);
        return total;
}

size_t table_width(const Table *table, const Screen *screen) {
        Layout layout;

        measure(table, screen, &layout);
        return total_width(table, &layout);
}

/* The widest column that may still shrink to `least`, or SIZE_MAX. */
static size_t widest(const Table *table, const Layout *layout, bool flex, size_t least) {
        size_t found = SIZE_MAX;

        for (size_t c = 0; c < table->n_columns; c++) {
                if (layout->hidden[c] || (flex && !table->columns[c].flex) ||
                    layout->width[c] <= least)
                        continue;
                if (found == SIZE_MAX || layout->width[c] > layout->width[found])
                        found = c;
        }
        return found;
}

/* Leaves out the column that matters least; false where none can be. */
static bool leave_out(const Table *table, Layout *layout) {
        size_t found = SIZE_MAX;

        for (size_t c = 0; c < table->n_columns; c++)
                if (!layout->hidden[c] && table->columns[c].drop > 0 &&
                    (found == SIZE_MAX || table->columns[c].drop > table->columns[found].drop))
                        found = c;
        if (found == SIZE_MAX)
                return false;
        layout->hidden[found] = true;
        memcpy(layout->width, layout->natural, sizeof(layout->width));
        return true;
}

static void fit(const Table *table, size_t room, Layout *layout) {
        for (;;) {
                size_t total = total_width(table, layout);
                if (total <= room)
                        return;
                size_t c = widest(table, layout, true, FLEX_CELLS);
                if (c != SIZE_MAX) {
                        layout->width[c] -= MIN(total - room, layout->width[c] - FLEX_CELLS);
                        continue;
                }
                if (leave_out(table, layout))
                        continue;
                c = widest(table, layout, false, LEAST_CELLS);
                if (c == SIZE_MAX)
                        return;
                layout->width[c]--;
        }
}

typedef struct Line {
        const Table *table;
        const Screen *screen;
        const Layout *layout;
        size_t indent;
        StrBuf *b;
} Line;

static void print_cell(const Line *line, size_t column, Paint paint, const char *text, bool last) {
        size_t room = line->layout->width[column];
        size_t cells = cells_count(text, line->screen->utf8);
        size_t blanks = cells < room ? room - cells : 0;
        bool right = line->table->columns[column].right;

        if (right)
                cells_pad(line->b, blanks);
        screen_begin(line->screen, paint, line->b);
        if (line->screen->width > 0)
                cells = cells_cut(line->b, text, room, line->screen->utf8);
        else
                strbuf_adds(line->b, text);
        screen_end(line->screen, paint, line->b);
        if (!right && !last)
                cells_pad(line->b, cells < room ? room - cells : 0);
}

/* Prints one row; `cells` NULL: the titles. */
static void print_row(const Line *line, const Cell *cells) {
        size_t last = 0, first = SIZE_MAX;

        for (size_t c = 0; c < line->table->n_columns; c++)
                if (!line->layout->hidden[c]) {
                        last = c;
                        first = MIN(first, c);
                }
        cells_pad(line->b, line->indent);
        for (size_t c = 0; c <= last; c++) {
                if (line->layout->hidden[c])
                        continue;
                if (c > first)
                        cells_pad(line->b, GAP);
                print_cell(line, c, cells ? cells[c].paint : PAINT_HEAD,
                           cells ? cells[c].text : line->table->columns[c].title, c == last);
        }
        strbuf_addc(line->b, '\n');
}

void table_print(const Table *table, const Screen *screen, size_t indent, StrBuf *b) {
        Layout layout;

        if (table->failed) {
                b->error = b->error ? b->error : -ENOMEM;
                return;
        }
        measure(table, screen, &layout);
        if (screen->width > 0)
                fit(table, screen->width > indent ? screen->width - indent : screen->width,
                    &layout);
        else
                for (size_t c = 0; c < table->n_columns; c++)
                        layout.width[c] = MIN(layout.width[c], ALIGN_CELLS_MAX);

        const Line line = { table, screen, &layout, indent, b };
        print_row(&line, NULL);
        for (size_t i = 0; i + table->n_columns <= table->n_cells; i += table->n_columns)
                print_row(&line, table->cells + i);
}

void table_done(Table *table) {
        for (size_t i = 0; i < table->n_cells; i++)
                free(table->cells[i].text);
        free(table->cells);
        *table = (Table){};
}
