/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdlib.h>

#define _cleanup_(f)         __attribute__((cleanup(f)))
#define _printf_(fmt, first) __attribute__((format(printf, fmt, first)))
#define _pure_               __attribute__((pure))
#define _malloc_             __attribute__((malloc))
#define _unused_             __attribute__((unused))

#define ELEMENTSOF(a)       (sizeof(a) / sizeof((a)[0]))
#define STRLEN(s)           (sizeof("" s "") - 1)
#define MIN(a, b)           ((a) < (b) ? (a) : (b))
#define MAX(a, b)           ((a) > (b) ? (a) : (b))
#define CLAMP(x, low, high) ((x) < (low) ? (low) : (x) > (high) ? (high) : (x))

/* The value of a pointer variable, which is NULL afterwards: passes ownership on. */
#define TAKE_PTR(p)                                                                                \
        ({                                                                                         \
                __typeof__(p) *_take = &(p);                                                       \
                __typeof__(p) _taken = *_take;                                                     \
                *_take = NULL;                                                                     \
                _taken;                                                                            \
        })

/* Defines FREEp() for `_cleanup_(FREEp) Type *x = NULL;` from a `Type *FREE(Type *)`. */
#define DEFINE_CLEANUP(type, free_func)                                                            \
        static inline _unused_ void free_func##p(type *p) {                                        \
                if (*p)                                                                            \
                        *p = free_func(*p);                                                        \
        }

static inline void freep(void *p) {
        free(*(void **)p);
}

#define _cleanup_free_ _cleanup_(freep)

#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))
