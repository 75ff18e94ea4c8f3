/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/secret.h"
#include "config/load.h"
#include "config/schema.h"
#include "config/secret-file.h"

#include <stdbool.h>

/* From drafts to settings: what the parts of settings_resolve() share. Each says what is wrong at
 * the place that is given. */

/* secret_file_read() or one of its kind. */
typedef int (*SecretReader)(const char *path, const char *credentials, StrBuf *problem,
                            Secret **ret);

/* Whether a file can be opened and is one: curl would find out at the first request only. */
void settings_check_readable(Load *l, const char *key, const char *path, Origin origin);

/* Reads the file that a key names. */
void settings_read_named(Load *l, SecretReader reader, const char *key, const char *path,
                         Origin origin, Secret **ret);

/* Reads a credential. Whether there is one (then *ret may be NULL all the same, after an error). */
bool settings_read_credential(Load *l, SecretReader reader, const char *name, Origin origin,
                              Secret **ret);

void web_resolve(Load *l);           /* settings-web.c */
void alertmanagers_resolve(Load *l); /* settings-alertmanager.c */
