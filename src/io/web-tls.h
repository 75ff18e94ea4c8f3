/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/strbuf.h"
#include "io/web-server.h"

/* Whether a server can be made of them: 0, -ENOMEM, or -EINVAL with *problem in words ("the key is
 * not that of the certificate"). */
int web_tls_check(const WebTls *tls, StrBuf *problem);

/* Whether the client has shown a certificate, of today, for TLS clients or any use, of one of the
 * server's client_ca. Some 0.2 ms of CPU. */
bool web_tls_client_is_known(const WebRequest *request);

/* SHA-256 of `size` bytes. 0 or -EIO. */
#define WEB_DIGEST_SIZE 32u
int web_digest(const char *text, size_t size, unsigned char ret[WEB_DIGEST_SIZE]);

/* Whether both are the same, in a time that does not depend on where they differ. */
bool web_digest_equal(const unsigned char *a, const unsigned char *b);

/* Adds the base64 text (RFC 4648, padded). 0 or negative errno. */
int web_base64(StrBuf *b, const char *text, size_t size);
