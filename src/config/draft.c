/* SPDX-License-Identifier: MIT */
#include "config/draft.h"

#include "config/schema.h"

#include <stdlib.h>

Draft *draft_new(Arena *arena) {
        Draft *draft = arena_alloc(arena, sizeof(*draft));
        if (!draft)
                return NULL;
        draft->symantec = arena_alloc(arena, sizeof(*draft->symantec));
        draft->n_symantec = 1;
        draft->output.alertmanagers = arena_alloc(arena, sizeof(*draft->output.alertmanagers));
        draft->output.n_alertmanagers = 1;
        if (!draft->symantec || !draft->output.alertmanagers ||
            section_defaults(&config_sections[SECTION_TOP], draft, arena) < 0 ||
            section_defaults(&config_sections[SECTION_SYMANTEC], draft->symantec, arena) < 0 ||
            section_defaults(&config_sections[SECTION_IMMUNIWEB], &draft->immuniweb, arena) < 0 ||
            section_defaults(&config_sections[SECTION_OUTPUT], &draft->output, arena) < 0 ||
            section_defaults(&config_sections[SECTION_ALERTMANAGER], draft->output.alertmanagers,
                             arena) < 0 ||
            section_defaults(&config_sections[SECTION_WEB], &draft->web, arena) < 0 ||
            section_defaults(&config_sections[SECTION_HISTORY], &draft->history, arena) < 0 ||
            section_defaults(&config_sections[SECTION_CONTROL], &draft->control, arena) < 0)
                return NULL;
        return draft;
}

static const char *group_name(const void *list, uint32_t i) {
        return ((const Draft *)list)
                ->groups[i]
                .name; /* the array moves as it grows, the draft does not */
}

int draft_index_groups(Draft *draft) {
        if (draft->n_indexed == draft->n_groups)
                return 0;
        names_done(&draft->group_names);
        draft->n_indexed = draft->n_groups;
        return names_init(&draft->group_names, draft, draft->n_groups, group_name, NULL);
}

void draft_done(Draft *draft) {
        if (!draft)
                return;
        names_done(&draft->group_names);
        free(draft->groups);
        free(draft->domains);
}
