/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"
#include "config/draft.h"

#include <stdbool.h>
#include <stddef.h>

/* One configuration while it is being loaded. Our own failures are kept in `error`; after one
 * everything goes on harmlessly, and the end looks at it once. */
typedef struct Load {
        Config *config;
        Draft *draft; /* config->draft */
        Problems *problems;
        const ConfigEnvironment *environment;
        int error;             /* 0 or -ENOMEM */
        size_t errors;         /* problems of that severity so far */
        uint16_t file;         /* the one being read: index in config->files */
        const char *directory; /* of it, absolute */
        bool broken;           /* a file could not be read whole: what is not there says nothing */
        bool domains_written;  /* an entry of domains was read, good or not */
        uint32_t domains_allocated;
        uint32_t files_allocated;
} Load;

/* Adds a problem at a place; `origin` with line 0 is the file as a whole, with file 0 the main
 * file. */
void load_problem(Load *l, Severity severity, Origin origin, const char *format, ...)
        _printf_(4, 5);

#define load_error(l, origin, ...)   load_problem(l, SEVERITY_ERROR, origin, __VA_ARGS__)
#define load_warning(l, origin, ...) load_problem(l, SEVERITY_WARNING, origin, __VA_ARGS__)

/* "FILE:LINE" of an origin, for naming a second place in a problem; borrowed from the arena. */
const char *load_place(Load *l, Origin origin);

/* Zeroed memory or a copy from the arena, or NULL (and l->error). */
void *load_alloc(Load *l, size_t size);
char *load_strdup(Load *l, const char *text);

/* Makes room for one more element in a malloc()ed list; false without memory (and l->error). */
bool load_grow(Load *l, void *list, uint32_t n, uint32_t *allocated, size_t size);

/* Begins a file: from here on origins are in it. -ENOMEM, -E2BIG (too many files) or 0. */
int load_begin_file(Load *l, const char *path);

/* Takes one file's text into the draft. The text is malloc()ed, ends in a newline and a NUL behind
 * `size` bytes, and is freed here. */
void load_text(Load *l, char *text, size_t size);

/* config_load() for a text that is no file: no include_dir, the path is only a name. */
int config_load_text(const char *path, const char *text, size_t size,
                     const ConfigEnvironment *environment, Problems *problems, Config **ret);

/* The parts of a load after reading, in their order: draft -> Config, then what cannot work out as
 * written. */
void settings_resolve(Load *l); /* config/settings.c: sources, secrets, output */
void domains_resolve(Load *l);  /* config/resolve.c: domains and rules */
void check_config(Load *l);     /* config/check.c: warnings */
