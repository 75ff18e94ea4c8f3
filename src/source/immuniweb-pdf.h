/* SPDX-License-Identifier: MIT */
#pragma once

#include "source/immuniweb-run.h"

/* The last step of a run: the vendor's PDF of a result that is worse (apis.md 1.4). */

void immuniweb_pdf_init(ImmuniwebRun *run, const float *known);
void immuniweb_pdf_done(ImmuniwebRun *run);

/* The result was read: keeps it as it came, and asks for the PDF where one is wanted. 1 with the
 * FETCH step, 0 when the run is over, or -ENOMEM. */
int immuniweb_pdf_after_result(ImmuniwebRun *run, const Reply *reply, Step *ret);

/* Keeps the PDF that came, or why it did not. 0 or -ENOMEM. */
int immuniweb_pdf_take(ImmuniwebRun *run, const Reply *reply);
