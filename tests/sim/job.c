/* SPDX-License-Identifier: MIT */
#include "sim/job.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/macro.h"

#define SUBJECTS_MAX 250000

/* The times of results are offset so that one from before the start is positive, too. */
#define NUMBER_OFFSET ((int64_t)1 << 47)

static void *must(void *memory) {
        if (!memory)
                abort();
        return memory;
}

void jobbook_init(JobBook *book) {
        *book = (JobBook){ 0 };
        if (getrandom(&book->salt, sizeof(book->salt), 0) != sizeof(book->salt))
                abort();
}

static int compare_names(const void *a, const void *b) {
        return strcmp(((const Subject *)a)->name, ((const Subject *)b)->name);
}

void jobbook_done(JobBook *book) {
        for (size_t i = 0; i < book->n_subjects; i++) {
                tdelete(book->subjects[i], &book->by_name, compare_names);
                free(book->subjects[i]->name);
                free(book->subjects[i]);
        }
        free(book->subjects);
        free(book->starts);
        *book = (JobBook){ 0 };
}

Subject *jobbook_subject(JobBook *book, const char *name) {
        Subject wanted = { .name = (char *)name };
        Subject **found = tfind(&wanted, &book->by_name, compare_names);
        if (found)
                return *found;
        if (book->n_subjects == SUBJECTS_MAX)
                return NULL;
        if (book->n_subjects == book->room) {
                book->room = MAX(2 * book->room, (size_t)64);
                book->subjects = must(realloc(book->subjects, book->room * sizeof(Subject *)));
        }
        Subject *subject = must(calloc(1, sizeof(*subject)));
        subject->name = must(strdup(name));
        subject->index = (unsigned)book->n_subjects;
        must(tsearch(subject, &book->by_name, compare_names));
        book->subjects[book->n_subjects++] = subject;
        return subject;
}

/* splitmix64: spreads what differs little. */
static uint64_t mix(uint64_t x) {
        x += 0x9e3779b97f4a7c15ULL;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
        return x ^ (x >> 31);
}

/* 16 digits that hold index and number under a mask, then 48 that prove that they are ours. */
void jobbook_id(const JobBook *book, const Subject *subject, IdKind kind, int64_t number,
                char id[static ID_SIZE]) {
        uint64_t value = (uint64_t)(number + (kind == ID_TEST ? NUMBER_OFFSET : 0));
        uint64_t mask = mix(book->salt + kind);
        uint64_t head = mask ^ value;
        uint64_t proof = mix(head ^ book->salt ^ ((uint64_t)subject->index << 32) ^ kind);
        uint64_t middle = (uint64_t)subject->index ^ mix(proof);

        snprintf(id, ID_SIZE, "%016llx%016llx%016llx%016llx", (unsigned long long)head,
                 (unsigned long long)proof, (unsigned long long)middle,
                 (unsigned long long)mix(middle ^ proof));
}

Subject *jobbook_find(const JobBook *book, const char *id, IdKind kind, int64_t *ret_number) {
        char head[17] = "", proof[17] = "", middle[17] = "", again[ID_SIZE];

        if (strlen(id) != ID_SIZE - 1 || strspn(id, "0123456789abcdef") != ID_SIZE - 1)
                return NULL;
        memcpy(head, id, 16);
        memcpy(proof, id + 16, 16);
        memcpy(middle, id + 32, 16);
        uint64_t index = strtoull(middle, NULL, 16) ^ mix(strtoull(proof, NULL, 16));
        if (index >= book->n_subjects)
                return NULL;

        int64_t number = (int64_t)(strtoull(head, NULL, 16) ^ mix(book->salt + kind));
        number -= kind == ID_TEST ? NUMBER_OFFSET : 0;
        jobbook_id(book, book->subjects[index], kind, number, again);
        if (strcmp(again, id) != 0)
                return NULL;
        *ret_number = number;
        return book->subjects[index];
}

bool jobbook_may_start(JobBook *book, const char *key, unsigned limit, moment_t now) {
        if (limit == 0)
                return true;
        uint32_t hash = 2166136261U;
        for (const char *p = key; *p; p++)
                hash = (hash ^ (unsigned char)*p) * 16777619U;
        while (book->first_start < book->n_starts &&
               book->starts[book->first_start].at <= now - (moment_t)USEC_PER_DAY)
                book->first_start++;

        unsigned used = 0;
        for (size_t i = book->first_start; i < book->n_starts; i++)
                used += book->starts[i].key == hash;
        if (used >= limit)
                return false;
        if (book->first_start > 0 && book->first_start >= book->n_starts / 2) {
                book->n_starts -= book->first_start;
                memmove(book->starts, book->starts + book->first_start,
                        book->n_starts * sizeof(Start));
                book->first_start = 0;
        }
        book->starts = must(realloc(book->starts, (book->n_starts + 1) * sizeof(Start)));
        book->starts[book->n_starts++] = (Start){ .key = hash, .at = now };
        return true;
}
