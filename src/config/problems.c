/* SPDX-License-Identifier: MIT */
#include "config/config.h"

#include "base/text.h"

#include <errno.h>
#include <string.h>

int problems_add(Problems *problems, const char *file, uint32_t order, unsigned line,
                 Severity severity, const char *text) {
        if (problems->n == problems->allocated) {
                size_t allocated = MAX(problems->allocated * 2, (size_t)16);
                Problem *list = reallocarray(problems->list, allocated, sizeof(*list));
                if (!list)
                        return -ENOMEM;
                problems->list = list;
                problems->allocated = allocated;
        }

        Problem problem = {
                .file = strdup(file),
                .line = line,
                .severity = severity,
                .text = strdup(text),
                .order = order,
                .serial = (uint32_t)problems->n,
        };
        if (!problem.file || !problem.text) {
                free(problem.file);
                free(problem.text);
                return -ENOMEM;
        }
        problems->list[problems->n++] = problem;
        if (severity == SEVERITY_ERROR)
                problems->errors++;
        return 0;
}

static int problem_compare(const void *a, const void *b) {
        const Problem *x = a, *y = b;

        if (x->order != y->order)
                return x->order < y->order ? -1 : 1;
        if (x->line != y->line)
                return x->line < y->line ? -1 : 1;
        return x->serial < y->serial ? -1 : x->serial > y->serial;
}

static void problem_done(Problem *problem) {
        free(problem->file);
        free(problem->text);
}

void problems_sort(Problems *problems) {
        if (problems->n < 2)
                return;
        qsort(problems->list, problems->n, sizeof(*problems->list), problem_compare);

        /* What is wrong in a line that many domains share is found once per domain, but told once.
         */
        size_t kept = 1;
        for (size_t i = 1; i < problems->n; i++) {
                Problem *problem = &problems->list[i];
                const Problem *before = &problems->list[kept - 1];
                if (problem->order == before->order && problem->line == before->line &&
                    streq(problem->file, before->file) && streq(problem->text, before->text)) {
                        if (problem->severity == SEVERITY_ERROR)
                                problems->errors--;
                        problem_done(problem);
                        continue;
                }
                problems->list[kept++] = *problem;
        }
        problems->n = kept;
}

void problems_print(const Problems *problems, FILE *out) {
        for (size_t i = 0; i < problems->n; i++) {
                const Problem *problem = &problems->list[i];
                _cleanup_strbuf_ StrBuf file = { 0 };

                text_escape(&file, problem->file, strlen(problem->file), 4096);
                fputs(strbuf_text(&file), out);
                if (problem->line > 0)
                        fprintf(out, ":%u", problem->line);
                fprintf(out, ": %s%s\n", problem->severity == SEVERITY_WARNING ? "warning: " : "",
                        problem->text);
        }
}

void problems_done(Problems *problems) {
        for (size_t i = 0; i < problems->n; i++)
                problem_done(&problems->list[i]);
        free(problems->list);
        *problems = (Problems){ 0 };
}
