/* SPDX-License-Identifier: MIT */
#include "io/web-tls.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>
#include <string.h>

#define KEY_ID GNUTLS_KEYID_USE_SHA256 /* of WEB_DIGEST_SIZE bytes */

/* --- what the server shows ------------------------------------------------------------------ */

/* The library only reads what it is given. */
static gnutls_datum_t datum_of(const char *text, size_t size) {
        union {
                const char *text;
                unsigned char *data;
        } value = { .text = text };

        return (gnutls_datum_t){ .data = value.data, .size = (unsigned)size };
}

static int unreadable(StrBuf *problem, const char *what, int error) {
        if (error == GNUTLS_E_MEMORY_ERROR)
                return -ENOMEM;
        (void)strbuf_addf(problem, "the %s cannot be read: %s", what,
                          error < 0 ? gnutls_strerror(error) : "there is none in it");
        return -EINVAL;
}

/* The identifier of the public key that the first certificate of the chain is for. */
static int certificate_key_id(const WebTls *tls, StrBuf *problem, unsigned char *ret, size_t size) {
        const gnutls_datum_t pem = datum_of(tls->certificate, strlen(tls->certificate));
        gnutls_x509_crt_t *chain = NULL;
        unsigned n = 0;

        int r = gnutls_x509_crt_list_import2(&chain, &n, &pem, GNUTLS_X509_FMT_PEM,
                                             GNUTLS_X509_CRT_LIST_SORT);
        if (r < 0 || n == 0)
                return unreadable(problem, "certificate", r);
        r = gnutls_x509_crt_get_key_id(chain[0], KEY_ID, ret, &size);
        for (unsigned i = 0; i < n; i++)
                gnutls_x509_crt_deinit(chain[i]);
        gnutls_free(chain);
        return r < 0 ? unreadable(problem, "certificate", r) : 0;
}

static int private_key_id(const WebTls *tls, StrBuf *problem, unsigned char *ret, size_t size) {
        const gnutls_datum_t pem = datum_of(tls->key, strlen(tls->key));
        gnutls_privkey_t key = NULL;
        gnutls_pubkey_t public = NULL;

        int r = gnutls_privkey_init(&key);
        if (r >= 0)
                r = gnutls_pubkey_init(&public);
        if (r >= 0)
                r = gnutls_privkey_import_x509_raw(key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
        if (r >= 0)
                r = gnutls_pubkey_import_privkey(public, key, 0, 0);
        if (r >= 0)
                r = gnutls_pubkey_get_key_id(public, KEY_ID, ret, &size);
        if (public)
                gnutls_pubkey_deinit(public);
        if (key)
                gnutls_privkey_deinit(key);
        return r < 0 ? unreadable(problem, "key", r) : 0;
}

/* Looked at before the library does, which says less, and keeps some memory of a wrong key. */
static int pair_check(const WebTls *tls, StrBuf *problem) {
        unsigned char a[WEB_DIGEST_SIZE] = { 0 }, b[WEB_DIGEST_SIZE] = { 0 };

        int r = certificate_key_id(tls, problem, a, sizeof(a));
        if (r >= 0)
                r = private_key_id(tls, problem, b, sizeof(b));
        if (r < 0 || web_digest_equal(a, b))
                return r;
        (void)strbuf_adds(problem, "the key is not that of the certificate");
        return -EINVAL;
}

static int credentials_fill(gnutls_certificate_credentials_t credentials, const WebTls *tls,
                            StrBuf *problem) {
        const gnutls_datum_t certificate = datum_of(tls->certificate, strlen(tls->certificate));
        const gnutls_datum_t key = datum_of(tls->key, strlen(tls->key));

        int r = gnutls_certificate_set_x509_key_mem2(credentials, &certificate, &key,
                                                     GNUTLS_X509_FMT_PEM, NULL, 0);
        if (r < 0)
                return unreadable(problem, "certificate with its key", r);
        if (!tls->client_ca)
                return 0;
        const gnutls_datum_t ca = datum_of(tls->client_ca, strlen(tls->client_ca));
        r = gnutls_certificate_set_x509_trust_mem(credentials, &ca, GNUTLS_X509_FMT_PEM);
        return r > 0 ? 0 : unreadable(problem, "CA of the clients", r);
}

int web_tls_check(const WebTls *tls, StrBuf *problem) {
        gnutls_certificate_credentials_t credentials;

        if (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES) {
                (void)strbuf_adds(problem, "this libmicrohttpd knows no TLS");
                return -EINVAL;
        }
        int r = pair_check(tls, problem);
        if (r < 0)
                return r;
        if (gnutls_certificate_allocate_credentials(&credentials) < 0)
                return -ENOMEM;
        r = credentials_fill(credentials, tls, problem);
        gnutls_certificate_free_credentials(credentials);
        return r;
}

/* --- what the client shows ------------------------------------------------------------------ */

bool web_tls_client_is_known(const WebRequest *request) {
        static const char purpose[] = GNUTLS_KP_TLS_WWW_CLIENT;
        gnutls_typed_vdata_st data = { .type = GNUTLS_DT_KEY_PURPOSE_OID };
        unsigned status = 0;

        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
        if (!info || !info->tls_session)
                return false;
        data.data = datum_of(purpose, 0).data;
        int r = gnutls_certificate_verify_peers(info->tls_session, &data, 1, &status);
        return r == 0 && status == 0;
}

/* --- digests --------------------------------------------------------------------------------- */

int web_digest(const char *text, size_t size, unsigned char ret[WEB_DIGEST_SIZE]) {
        return gnutls_hash_fast(GNUTLS_DIG_SHA256, text, size, ret) < 0 ? -EIO : 0;
}

bool web_digest_equal(const unsigned char *a, const unsigned char *b) {
        return gnutls_memcmp(a, b, WEB_DIGEST_SIZE) == 0;
}

int web_base64(StrBuf *b, const char *text, size_t size) {
        const gnutls_datum_t data = datum_of(text, size);
        gnutls_datum_t result = { NULL, 0 };

        if (gnutls_base64_encode2(&data, &result) < 0)
                return -ENOMEM;
        int r = strbuf_add(b, (const char *)result.data, result.size);
        gnutls_memset(result.data, 0, result.size);
        gnutls_free(result.data);
        return r;
}
