/* SPDX-License-Identifier: MIT */
#include "source/symantec-numbers.h"

#include "base/macro.h"
#include "source/json-read.h"

#include <errno.h>
#include <json-c/linkhash.h>
#include <math.h>
#include <string.h>

void symantec_numbers_forget(SymantecNumbers *numbers) {
        numbers->elements = 0;
        numbers->odd = 0;
        for (size_t i = 0; i < ELEMENTSOF(numbers->derived); i++)
                numbers->derived[i] = (SymantecDerived){ .messages = NAN, .oldest = NAN };
}

void symantec_numbers_init(SymantecNumbers *numbers) {
        symantec_numbers_forget(numbers);
        numbers->guess[0] = SYMANTEC_FIELD_NAME;
        for (uint8_t i = 0; i < SYMANTEC_WIRE_N; i++)
                numbers->guess[i + 1] = i;
}

static const char *key_of(size_t field) {
        return field == SYMANTEC_FIELD_NAME
                       ? "Name"
                       : metric_set(SOURCE_SYMANTEC, SCOPE_DOMAIN)->metrics[field].key;
}

/* Servers send the same keys in the same order in every element: the one before is the best guess.
 */
static size_t field_of(SymantecNumbers *numbers, const char *key, size_t place) {
        size_t guess = numbers->guess[MIN(place, (size_t)_SYMANTEC_FIELD_MAX - 1)];
        if (strcmp(key, key_of(guess)) == 0)
                return guess;
        for (size_t i = 0; i < _SYMANTEC_FIELD_MAX; i++)
                if (strcmp(key, key_of(i)) == 0) {
                        if (place < _SYMANTEC_FIELD_MAX)
                                numbers->guess[place] = (uint8_t)i;
                        return i;
                }
        return _SYMANTEC_FIELD_MAX;
}

/* Adds one element to what stands in for missing totals. */
static void derive(SymantecNumbers *numbers, const double *values) {
        for (size_t i = 0; i < 4; i++) { /* receive and delivery, inbound and outbound in turn */
                SymantecDerived *d = &numbers->derived[i % 2];
                double messages = values[i], oldest = values[i + 4];
                if (isnan(messages) || isnan(oldest))
                        d->partly = true;
                if (!isnan(messages))
                        d->messages = isnan(d->messages) ? messages : d->messages + messages;
                if (!isnan(oldest) && !(oldest <= d->oldest))
                        d->oldest = oldest;
        }
}

int symantec_numbers_element(SymantecNumbers *numbers, struct json_object *object,
                             SymantecElement *ret) {
        size_t place = 0;

        ret->name = NULL;
        ret->name_size = 0;
        if (++numbers->elements > SYMANTEC_ELEMENTS_MAX)
                return -E2BIG;
        if (!json_object_is_type(object, json_type_object)) {
                numbers->odd |= UINT32_C(1) << SYMANTEC_ODD_ELEMENT;
                return json_read_is_standard(object) ? 0 : -EBADMSG;
        }
        for (size_t i = 0; i < SYMANTEC_WIRE_N; i++)
                ret->values[i] = NAN;
        json_object_object_foreach (object, key, value) {
                size_t field = field_of(numbers, key, place++);
                bool odd = false;
                if (field < SYMANTEC_WIRE_N)
                        ret->values[field] = json_read_number(value, &odd);
                else if (field == SYMANTEC_FIELD_NAME)
                        ret->name = json_read_text(value, &ret->name_size);
                if ((odd || field >= SYMANTEC_WIRE_N) && !json_read_is_standard(value))
                        return -EBADMSG;
                if (odd)
                        numbers->odd |= UINT32_C(1) << (SYMANTEC_ODD_VALUE + field);
        }
        if (ret->name_size == 0) {
                ret->name = NULL;
                numbers->odd |= UINT32_C(1) << SYMANTEC_ODD_NAME;
                return 0;
        }
        derive(numbers, ret->values);
        return 0;
}

/* The i-th total in either spelling, the first preferred (apis.md section 3 row 1). */
static double read_total(SymantecNumbers *numbers, struct json_object *document, size_t i,
                         bool *known) {
        const Metric *metric =
                metric_set(SOURCE_SYMANTEC, SCOPE_ACCOUNT)->metrics + SYMANTEC_TOTALS + i;
        const char *const keys[] = { metric->key, metric->key2 };
        bool odd = false;
        double total = NAN;

        for (size_t k = 0; k < ELEMENTSOF(keys) && keys[k]; k++) {
                struct json_object *value = NULL;
                if (json_object_object_get_ex(document, keys[k], &value))
                        *known = true;
                if (isnan(total))
                        total = json_read_number(value, &odd);
        }
        if (odd)
                numbers->odd |= UINT32_C(1) << (SYMANTEC_ODD_TOTAL + i);
        return total;
}

bool symantec_numbers_totals(SymantecNumbers *numbers, struct json_object *document,
                             SymantecTotals *ret) {
        bool known = false;

        ret->at_least = 0;
        /* Messages, mean, oldest; inbound and outbound in turn. A mean is not derived. */
        for (size_t i = 0; i < SYMANTEC_TOTALS_N; i++) {
                const SymantecDerived *d = &numbers->derived[i % 2];
                ret->values[i] = read_total(numbers, document, i, &known);
                if (!isnan(ret->values[i]) || i / 2 == 1)
                        continue;
                ret->values[i] = i / 2 == 0 ? d->messages : d->oldest;
                if (d->partly && !isnan(ret->values[i]))
                        ret->at_least |= UINT32_C(1) << i;
        }
        ret->odd = numbers->odd;
        ret->elements = numbers->elements;
        return known;
}
