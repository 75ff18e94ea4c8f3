/* SPDX-License-Identifier: MIT */
#include "sim/form.h"

#include <stdlib.h>
#include <string.h>

/* Room of the post processor for what it cannot hand on yet. */
#define READER_SIZE 8192

static enum MHD_Result on_field(void *userdata, enum MHD_ValueKind kind _unused_, const char *key,
                                const char *filename _unused_, const char *content_type _unused_,
                                const char *transfer_encoding _unused_, const char *data,
                                uint64_t offset, size_t size) {
        Form *form = userdata;

        if (offset == 0) {
                if (form->n_fields == FORM_FIELDS_MAX) {
                        form->too_large = true;
                        return MHD_NO;
                }
                char *copy = strdup(key ? key : "");
                if (!copy)
                        return MHD_NO;
                form->fields[form->n_fields++] = (FormField){ copy, blob_new(size) };
        }
        if (form->n_fields > 0 && size > 0)
                blob_add(form->fields[form->n_fields - 1].value, data, size);
        return MHD_YES;
}

void form_begin(Form *form, struct MHD_Connection *connection) {
        form->reader = MHD_create_post_processor(connection, READER_SIZE, on_field, form);
        form->unreadable = !form->reader;
}

void form_feed(Form *form, const char *bytes, size_t size) {
        form->size += size;
        if (form->size > FORM_SIZE_MAX)
                form->too_large = true;
        if (form->too_large || !form->reader)
                return;
        if (MHD_post_process(form->reader, bytes, size) != MHD_YES)
                form->unreadable = true;
}

void form_end(Form *form) {
        if (form->reader && MHD_destroy_post_processor(form->reader) != MHD_YES)
                form->unreadable = true;
        form->reader = NULL;
}

void form_done(Form *form) {
        form_end(form);
        for (size_t i = 0; i < form->n_fields; i++) {
                free(form->fields[i].key);
                blob_free(form->fields[i].value);
        }
        form->n_fields = 0;
}

const char *form_value(const Form *form, const char *key) {
        for (size_t i = form->n_fields; i > 0; i--)
                if (strcmp(form->fields[i - 1].key, key) == 0)
                        return form->fields[i - 1].value->data;
        return NULL;
}
