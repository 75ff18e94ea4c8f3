/* SPDX-License-Identifier: MIT */
#pragma once

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

#include "sim/blob.h"

#define FORM_FIELDS_MAX 32

/* The vendors' forms have four fields; this is plenty. */
#define FORM_SIZE_MAX ((size_t)64 << 10)

typedef struct FormField {
        char *key;
        Blob *value;
} FormField;

/* A form body, urlencoded or multipart, as far as it is within bounds. */
typedef struct Form {
        FormField fields[FORM_FIELDS_MAX];
        size_t n_fields;
        size_t size; /* of the body, all of it */
        bool too_large;
        bool unreadable; /* of another content type, or malformed */
        struct MHD_PostProcessor *reader;
} Form;

void form_begin(Form *form, struct MHD_Connection *connection);
void form_feed(Form *form, const char *bytes, size_t size);
void form_end(Form *form);
void form_done(Form *form);

/* The last value of that name, NULL when there is none. */
const char *form_value(const Form *form, const char *key);
