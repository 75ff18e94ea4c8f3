/* SPDX-License-Identifier: MIT */
#pragma once

#include <gnutls/abstract.h>

#include "base/macro.h"

typedef enum CertKind {
        CERT_GOOD,
        CERT_EXPIRED,
        CERT_WRONG_HOST,
        CERT_UNKNOWN_CA,
        _CERT_KIND_MAX
} CertKind;

/* Server certificates made at start: one per way to be wrong, and the authority that clients know.
 * Their dates are of the real clock: no TLS library knows a faster one. */
typedef struct Certs {
        gnutls_x509_crt_t authority;
        gnutls_pcert_st server[_CERT_KIND_MAX];
        gnutls_privkey_t key[_CERT_KIND_MAX];
} Certs;

/* Makes them all; a negative GnuTLS error when that fails. */
int certs_make(Certs *certs);
void certs_done(Certs *certs);

/* Writes the known authority's certificate as PEM, atomically. Negative errno. */
int certs_write_authority(const Certs *certs, const char *path);
