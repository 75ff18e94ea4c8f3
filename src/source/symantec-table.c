/* SPDX-License-Identifier: MIT */
#include "source/symantec-table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TENTH_USEC (USEC_PER_SEC / 10)

/* By how much a head may age faster or slower than the clock between two samples and still be the
 * same message: the vendor tells whole seconds, and answers travel. */
#define SLACK_SECONDS 2.0
#define SLACK_PART    0.05

/* What a U-label name may have: four bytes of UTF-8 where its A-label form has one. */
#define FOREIGN_NAME_BYTES ((size_t)4 * SYMANTEC_NAME_BYTES)

/* One answer: the numbers of each domain, and by which request they came (0 = by none). */
typedef struct Sample {
        double (*values)[SYMANTEC_WIRE_N];
        uint32_t *requests;
} Sample;

struct SymantecTable {
        const char *const *names;
        uint32_t n;
        Names index;
        Sample good;
        Sample staged;
        SymantecHead (*heads)[SYMANTEC_QUEUES];
        SymantecToAscii to_ascii;
};

static const char *name_of(const void *list, uint32_t i) {
        return ((const char *const *)list)[i];
}

static int sample_init(Sample *sample, uint32_t n) {
        /* At least one: calloc() of nothing may give NULL. */
        sample->values = calloc(MAX(n, 1u), sizeof(*sample->values));
        sample->requests = calloc(MAX(n, 1u), sizeof(*sample->requests));
        return sample->values && sample->requests ? 0 : -ENOMEM;
}

static void sample_done(Sample *sample) {
        free(sample->values);
        free(sample->requests);
}

int symantec_table_new(const char *const *names, uint32_t n, SymantecTable **ret) {
        _cleanup_(symantec_table_freep) SymantecTable *table = calloc(1, sizeof(*table));
        if (!table)
                return -ENOMEM;
        table->names = names;
        table->n = n;
        if (sample_init(&table->good, n) < 0 || sample_init(&table->staged, n) < 0)
                return -ENOMEM;
        table->heads = calloc(MAX(n, 1u), sizeof(*table->heads));
        if (!table->heads)
                return -ENOMEM;
        for (uint32_t i = 0; i < n; i++)
                for (size_t q = 0; q < SYMANTEC_QUEUES; q++)
                        table->heads[i][q].age = NAN;
        int r = names_init(&table->index, names, n, name_of, NULL);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(table);
        return 0;
}

SymantecTable *symantec_table_free(SymantecTable *table) {
        if (!table)
                return NULL;
        names_done(&table->index);
        sample_done(&table->good);
        sample_done(&table->staged);
        free(table->heads);
        free(table);
        return NULL;
}

void symantec_table_set_to_ascii(SymantecTable *table, SymantecToAscii to_ascii) {
        table->to_ascii = to_ascii;
}

void symantec_table_adopt(SymantecTable *table, const SymantecTable *old) {
        for (uint32_t i = 0; i < table->n; i++) {
                uint32_t j = names_find(&old->index, table->names[i], strlen(table->names[i]));
                if (j == NAMES_NONE)
                        continue;
                memcpy(table->good.values[i], old->good.values[j], sizeof(*table->good.values));
                table->good.requests[i] = old->good.requests[j];
                memcpy(table->heads[i], old->heads[j], sizeof(*table->heads));
        }
}

void symantec_table_begin(SymantecTable *table) {
        memset(table->staged.requests, 0, table->n * sizeof(*table->staged.requests));
}

static bool is_ascii(const char *name, size_t size) {
        for (size_t i = 0; i < size; i++)
                if ((unsigned char)name[i] >= 0x80)
                        return false;
        return true;
}

/* As A-labels: rare, and left to the one that the table was given. */
static size_t normalise_foreign(const SymantecTable *table, const char *name, size_t size,
                                char ret[static SYMANTEC_NAME_BYTES]) {
        char text[FOREIGN_NAME_BYTES];

        if (!table->to_ascii || size >= sizeof(text) || memchr(name, '\0', size))
                return 0;
        memcpy(text, name, size);
        text[size] = '\0';
        return table->to_ascii(text, ret) ? 0 : strlen(ret);
}

/* Lower case, without the trailing dot, as A-labels (apis.md section 3 row 6). Returns the size, 0
 * where it cannot be a name of ours. */
static size_t normalise(const SymantecTable *table, const char *name, size_t size,
                        char ret[static SYMANTEC_NAME_BYTES]) {
        if (!is_ascii(name, size))
                return normalise_foreign(table, name, size, ret);
        if (size > 0 && name[size - 1] == '.')
                size--;
        if (size >= SYMANTEC_NAME_BYTES)
                return 0;
        for (size_t i = 0; i < size; i++)
                ret[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
        return size;
}

uint32_t symantec_table_stage(SymantecTable *table, uint32_t request, const char *name, size_t size,
                              const double values[SYMANTEC_WIRE_N]) {
        char normal[SYMANTEC_NAME_BYTES];
        size = normalise(table, name, size, normal);
        uint32_t i = size > 0 ? names_find(&table->index, normal, size) : NAMES_NONE;
        if (i == NAMES_NONE)
                return NAMES_NONE;
        memcpy(table->staged.values[i], values, sizeof(*table->staged.values));
        table->staged.requests[i] = request;
        return i;
}

void symantec_table_forget(SymantecTable *table, uint32_t request) {
        for (uint32_t i = 0; i < table->n; i++)
                if (table->staged.requests[i] == request)
                        table->staged.requests[i] = 0;
}

/* The same message is at the head when it has aged one second per second. A clock that was set back
 * tells nothing: only the point of comparison moves. */
static void head_step(SymantecHead *head, double age, uint32_t now, double gap_max) {
        if (isnan(age))
                return;
        double passed = (int32_t)(now - head->at) / 10.0;
        double slack = fmax(SLACK_SECONDS, SLACK_PART * fmin(passed, gap_max));

        if (isnan(head->age))
                head->stuck = 0;
        else if (passed >= 0 && age > 0 && fabs(age - (double)head->age - passed) <= slack)
                head->stuck += (float)passed;
        else if (passed >= 0)
                head->stuck = 0;
        head->age = (float)age;
        head->at = now;
}

uint32_t symantec_table_commit(SymantecTable *table, usec_t now, usec_t gap_max) {
        uint32_t tenths = (uint32_t)(now / TENTH_USEC), n = 0;
        double seconds = (double)gap_max / USEC_PER_SEC;

        for (uint32_t i = 0; i < table->n; i++) {
                if (table->staged.requests[i] == 0)
                        continue;
                n++;
                for (size_t q = 0; q < SYMANTEC_QUEUES; q++)
                        head_step(&table->heads[i][q], table->staged.values[i][SYMANTEC_OLDEST + q],
                                  tenths, seconds);
        }
        Sample good = table->staged;
        table->staged = table->good;
        table->good = good;
        return n;
}

uint32_t symantec_table_size(const SymantecTable *table) {
        return table->n;
}

const char *symantec_table_name(const SymantecTable *table, uint32_t i) {
        return table->names[i];
}

const double *symantec_table_values(const SymantecTable *table, uint32_t i) {
        return table->good.requests[i] > 0 ? table->good.values[i] : NULL;
}

const SymantecHead *symantec_table_heads(const SymantecTable *table, uint32_t i) {
        return table->heads[i];
}
