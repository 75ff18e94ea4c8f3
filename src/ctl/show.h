/* SPDX-License-Identifier: MIT */
#pragma once

#include "ctl/ctl.h"
#include "ctl/member.h"

/* Gets a domain by its name; where there is none it names the nearest. */
CtlStatus domain_ask(const Ctl *ctl, const char *name, struct json_object **ret);

/* Adds every metric of a domain's sources, worst first; `only` names one source, NULL = all. */
void domain_print_sources(const Ctl *ctl, struct json_object *domain, const char *only, StrBuf *b);

/* Adds where the evidence of a domain's worse results is, newest first; nothing where there is
 * none. */
void domain_print_evidence(const Ctl *ctl, struct json_object *domain, StrBuf *b);

/* Says which configured name is nearest to one that the daemon does not know; nothing where none is
 * near. */
void domain_suggest(const Ctl *ctl, const char *name);
