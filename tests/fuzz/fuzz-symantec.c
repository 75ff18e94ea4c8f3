/* SPDX-License-Identifier: MIT */
#include "source/symantec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A /stats answer as a peer might send it. Fed at once and fed in pieces it must come to the same
 * end, and an answer that is refused must leave the table as it was. Seeds: tests/data/symantec. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAMES 3
#define START (UINT64_C(1763800000) * USEC_PER_SEC)

static const char *const names[NAMES] = { "example.com", "example.net", "xn--bcher-kva.example" };

static const char *to_ascii(const char *name, char ret[static SYMANTEC_NAME_BYTES]) {
        if (!strstr(name, "cher"))
                return "is not one of ours";
        strcpy(ret, names[2]);
        return NULL;
}

typedef struct Result {
        Outcome outcome;
        Reading readings[NAMES + 1];
        char details[4096];
} Result;

static void must(bool condition) {
        if (!condition)
                abort();
}

/* What a run of this table would tell now. */
static void tell(void *run, Result *ret) {
        StrBuf b = { .max = sizeof(ret->details) - 1 };
        for (uint32_t i = 0; i <= NAMES; i++) {
                must(source_symantec.read(run, i, &ret->readings[i]));
                for (size_t m = 0; m < ret->readings[i].set->n; m++)
                        source_symantec.detail(run, &ret->readings[i], m, &b);
        }
        memcpy(ret->details, strbuf_text(&b), b.size);
        strbuf_done(&b);
}

static void poll_once(SymantecTable *table, const uint8_t *data, size_t size, size_t piece,
                      Result *ret) {
        SymantecSettings settings = { .name = "fuzz",
                                      .endpoint = { .url = "https://queue.example" },
                                      .username = "user",
                                      .interval = 5 * USEC_PER_MIN };
        Reply reply = { .outcome = OUTCOME_OK, .status = 200, .body = "", .error = "" };
        const char *const *odd;
        Step step;
        void *run = NULL;

        memset(ret, 0, sizeof(*ret));
        must(symantec_run_new(&settings, table, &run) == 0);
        must(source_symantec.step(run, NULL, START, &step) == 0);
        must(step.type == STEP_FETCH);
        for (size_t at = 0; at < size; at += piece) {
                size_t n = MIN(piece, size - at);
                char *copy = malloc(n); /* of its own, so that a look past it shows */
                must(copy);
                memcpy(copy, data + at, n);
                int r = step.request.feed(step.request.userdata, copy, n);
                free(copy);
                if (r < 0) {
                        reply.outcome = OUTCOME_PROTOCOL;
                        break;
                }
        }
        must(source_symantec.step(run, &reply, START, &step) == 0);
        must(step.type == STEP_DONE);
        must(!step.text || strlen(step.text) <= 200);
        ret->outcome = step.outcome;
        if (step.outcome == OUTCOME_OK)
                (void)symantec_run_oddities(run, &odd);
        tell(run, ret);
        source_symantec.run_free(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static Result whole, pieces;
        size_t piece = size > 0 ? 1 + data[size - 1] % 61 : 1;

        for (int i = 0; i < 2; i++) {
                SymantecTable *table = NULL;
                must(symantec_table_new(names, NAMES, &table) == 0);
                symantec_table_set_to_ascii(table, to_ascii);
                poll_once(table, data, size, i == 0 ? MAX(size, (size_t)1) : piece,
                          i == 0 ? &whole : &pieces);
                symantec_table_free(table);
        }
        must(whole.outcome == pieces.outcome);
        must(strcmp(whole.details, pieces.details) == 0 || whole.outcome != OUTCOME_OK);
        for (uint32_t i = 0; i <= NAMES; i++) {
                const Reading *a = &whole.readings[i], *b = &pieces.readings[i];
                if (whole.outcome != OUTCOME_OK) {
                        must(i == 0 || (!a->present && !b->present));
                        continue;
                }
                must(a->present == b->present && a->at_least == b->at_least);
                must(memcmp(a->values, b->values, a->set->n * sizeof(a->values[0])) == 0);
        }
        return 0;
}
