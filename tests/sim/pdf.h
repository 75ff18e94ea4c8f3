/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim/blob.h"

/* A small but whole PDF document of one page with one line of text. */
Blob *pdf_render(const char *title);
