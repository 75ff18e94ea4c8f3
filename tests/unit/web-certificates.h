/* SPDX-License-Identifier: MIT */
#pragma once

/* Certificates for the tests of the web listener, made at run time as PEM. */

#include "unit/https-server.h"

#include "base/secret.h"

typedef struct Authority {
        gnutls_x509_crt_t crt;
        gnutls_x509_privkey_t key;
} Authority;

typedef struct Pair {
        Secret *certificate;
        Secret *key;
} Pair;

static inline gnutls_x509_privkey_t key_make(void) {
        gnutls_x509_privkey_t key;

        assert_int_equal(gnutls_x509_privkey_init(&key), 0);
        assert_int_equal(
                gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                             GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
                0);
        return key;
}

static inline void authority_make(Authority *ret, const char *name) {
        ret->key = key_make();
        assert_int_equal(gnutls_x509_crt_init(&ret->crt), 0);
        certificate_sign(ret->crt, ret->key, name, time(NULL) + 3600, ret->crt, ret->key);
}

static inline void authority_done(Authority *a) {
        gnutls_x509_crt_deinit(a->crt);
        gnutls_x509_privkey_deinit(a->key);
}

static inline Secret *secret_of_crt(gnutls_x509_crt_t crt) {
        gnutls_datum_t pem;

        assert_int_equal(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem), 0);
        Secret *secret = secret_new((const char *)pem.data, pem.size);
        gnutls_free(pem.data);
        return secret;
}

/* `purpose`: an OID, NULL = any. `expires`: 0 = in an hour. */
static inline Pair pair_make(const Authority *a, const char *name, const char *purpose,
                             time_t expires) {
        gnutls_x509_privkey_t key = key_make();
        gnutls_x509_crt_t crt;
        gnutls_datum_t pem;
        Pair pair;

        assert_int_equal(gnutls_x509_crt_init(&crt), 0);
        if (purpose)
                assert_int_equal(gnutls_x509_crt_set_key_purpose_oid(crt, purpose, 0), 0);
        certificate_sign(crt, key, name, expires ? expires : time(NULL) + 3600, a->crt, a->key);
        pair.certificate = secret_of_crt(crt);
        assert_int_equal(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem), 0);
        pair.key = secret_new((const char *)pem.data, pem.size);
        gnutls_free(pem.data);
        gnutls_x509_crt_deinit(crt);
        gnutls_x509_privkey_deinit(key);
        return pair;
}

static inline void pair_done(Pair *pair) {
        secret_free(pair->certificate);
        secret_free(pair->key);
}
