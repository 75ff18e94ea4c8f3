/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/secret.h"
#include "base/strbuf.h"

#include <stdbool.h>

/* Reads a password or key from a regular file: at most 4 KiB, not empty, one trailing newline
 * dropped, no control characters, owned by root or ourselves and nobody else's to read or write.
 * Under `credentials` (the directory of systemd's credentials, NULL = none) owner and mode are
 * systemd's business. 0, -ENOMEM, -ENOENT where there is none, or -EINVAL; both last with what is
 * wrong in `problem`
 * ("/run/key is empty"). What was read is overwritten in every other place. */
int secret_file_read(const char *path, const char *credentials, StrBuf *problem, Secret **ret);

/* Likewise what is in PEM, as it stands: at most 64 KiB. A private key has to be without a
 * passphrase. Certificates may be anybody's to read, unless there is a private key with them.
 * Whether they are good is not looked at: that takes a library. */
int certificate_file_read(const char *path, const char *credentials, StrBuf *problem, Secret **ret);
int private_key_file_read(const char *path, const char *credentials, StrBuf *problem, Secret **ret);
