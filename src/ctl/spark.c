/* SPDX-License-Identifier: MIT */
#include "ctl/spark.h"

#include "base/macro.h"

#include <math.h>

#define STEPS 8

static const char *const bars[STEPS] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
static const char *const letters[STEPS] = { "_", ".", "-", "~", "=", "+", "*", "#" };

/* The worst known value of a part, or NAN. */
static double join(const double *values, size_t n, bool low_is_bad) {
        double worst = NAN;

        for (size_t i = 0; i < n; i++)
                worst = low_is_bad ? fmin(worst, values[i]) : fmax(worst, values[i]);
        return worst;
}

void spark_add(StrBuf *b, const double *values, size_t n, size_t width, bool low_is_bad,
               bool utf8) {
        double low = NAN, high = NAN;
        size_t cells = MIN(n, width);

        for (size_t i = 0; i < n; i++) {
                low = fmin(low, values[i]);
                high = fmax(high, values[i]);
        }
        if (isnan(low))
                return;
        for (size_t i = 0; i < cells; i++) {
                size_t from = i * n / cells, to = (i + 1) * n / cells;
                double value = join(values + from, to - from, low_is_bad);
                if (isnan(value)) {
                        strbuf_addc(b, ' ');
                        continue;
                }
                /* Halves, so that two huge numbers do not overflow between them. */
                double part = high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0;
                size_t step = (size_t)CLAMP(floor(part * STEPS), 0, STEPS - 1);
                strbuf_adds(b, utf8 ? bars[step] : letters[step]);
        }
}
