/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/moment.h"

/* "5d1f...": 64 hexadecimal digits. */
#define ID_SIZE 65

/* What the test service remembers of one domain. */
typedef struct Subject {
        char *name;
        unsigned index;
        unsigned serial; /* of its newest job; 0: none was ever started */
        bool running;
        moment_t started;
        moment_t due;
        unsigned polls;        /* seen by the newest job */
        unsigned polls_wanted; /* before it can be ready */
        bool has_result;
        moment_t tested; /* when its newest result was made */
} Subject;

/* A start that counts against the quota of a key. */
typedef struct Start {
        uint32_t key;
        moment_t at;
} Start;

typedef struct JobBook {
        Subject **subjects; /* by index */
        size_t n_subjects;
        size_t room;
        void *by_name; /* tsearch(3) */
        Start *starts;
        size_t n_starts;
        size_t first_start;
        uint64_t salt; /* ids of another run of the simulator are unknown ones */
} JobBook;

typedef enum IdKind {
        ID_JOB,
        ID_TEST,
} IdKind;

/* Ends the program when there is no randomness to be had. */
void jobbook_init(JobBook *book);
void jobbook_done(JobBook *book);

/* The record of a domain (folded name), made when there is none yet; NULL when there are too many.
 */
Subject *jobbook_subject(JobBook *book, const char *name);

/* Writes the id of a job (number: its serial) or of a result (number: its time in seconds since the
 * start of the simulator). */
void jobbook_id(const JobBook *book, const Subject *subject, IdKind kind, int64_t number,
                char id[static ID_SIZE]);

/* Whose id that is. NULL when it is none of ours, or of the other kind. */
Subject *jobbook_find(const JobBook *book, const char *id, IdKind kind, int64_t *ret_number);

/* Counts a start by a key (may be empty) and says whether it is within so many per day; a refused
 * one does not count. limit 0: none. */
bool jobbook_may_start(JobBook *book, const char *key, unsigned limit, moment_t now);
