/* SPDX-License-Identifier: MIT */
#include "sim/cert.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "sim/file.h"

#define DAY_SEC ((time_t)24 * 60 * 60)

static int set_common(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, const char *name,
                      time_t from, time_t until) {
        unsigned char serial[16];
        int r = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));
        if (r < 0)
                return r;
        serial[0] = (unsigned char)((serial[0] & 0x7f) | 1); /* positive, never 0 */
        if ((r = gnutls_x509_crt_set_version(crt, 3)) < 0 ||
            (r = gnutls_x509_crt_set_serial(crt, serial, sizeof(serial))) < 0 ||
            (r = gnutls_x509_crt_set_activation_time(crt, from)) < 0 ||
            (r = gnutls_x509_crt_set_expiration_time(crt, until)) < 0 ||
            (r = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                               (unsigned)strlen(name))) < 0 ||
            (r = gnutls_x509_crt_set_key(crt, key)) < 0)
                return r;

        unsigned char id[64];
        size_t size = sizeof(id);
        if ((r = gnutls_x509_crt_get_key_id(crt, 0, id, &size)) < 0)
                return r;
        return gnutls_x509_crt_set_subject_key_id(crt, id, MIN(size, (size_t)20));
}

static int new_key(gnutls_x509_privkey_t *ret) {
        int r = gnutls_x509_privkey_init(ret);
        if (r < 0)
                return r;
        return gnutls_x509_privkey_generate(*ret, GNUTLS_PK_ECDSA,
                                            GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
}

static int make_authority(const char *name, gnutls_x509_crt_t *ret,
                          gnutls_x509_privkey_t *ret_key) {
        time_t now = time(NULL);
        int r = new_key(ret_key);
        if (r < 0 || (r = gnutls_x509_crt_init(ret)) < 0 ||
            (r = set_common(*ret, *ret_key, name, now - DAY_SEC, now + 3650 * DAY_SEC)) < 0 ||
            (r = gnutls_x509_crt_set_basic_constraints(*ret, 1, 0)) < 0 ||
            (r = gnutls_x509_crt_set_key_usage(*ret,
                                               GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN)) < 0)
                return r;
        return gnutls_x509_crt_sign2(*ret, *ret, *ret_key, GNUTLS_DIG_SHA256, 0);
}

static int set_names(gnutls_x509_crt_t crt, bool wrong) {
        static const unsigned char loopback4[4] = { 127, 0, 0, 1 };
        static const unsigned char loopback6[16] = { [15] = 1 };
        const char *host = wrong ? "elsewhere.example" : "localhost";

        int r = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, host,
                                                     (unsigned)strlen(host), GNUTLS_FSAN_SET);
        if (r < 0 || wrong)
                return r;
        r = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, loopback4,
                                                 sizeof(loopback4), GNUTLS_FSAN_APPEND);
        if (r < 0)
                return r;
        return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, loopback6,
                                                    sizeof(loopback6), GNUTLS_FSAN_APPEND);
}

static int sign_server(CertKind kind, gnutls_x509_crt_t crt, gnutls_x509_privkey_t key,
                       gnutls_x509_crt_t issuer, gnutls_x509_privkey_t issuer_key) {
        time_t now = time(NULL);
        bool expired = kind == CERT_EXPIRED;
        bool wrong = kind == CERT_WRONG_HOST;
        int r = set_common(crt, key, wrong ? "elsewhere.example" : "localhost",
                           now - (expired ? 30 : 1) * DAY_SEC,
                           expired ? now - DAY_SEC : now + 3650 * DAY_SEC);
        if (r < 0 || (r = set_names(crt, wrong)) < 0 ||
            (r = gnutls_x509_crt_set_basic_constraints(crt, 0, -1)) < 0 ||
            (r = gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE)) < 0 ||
            (r = gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0)) < 0)
                return r;

        unsigned char id[64];
        size_t size = sizeof(id);
        if ((r = gnutls_x509_crt_get_subject_key_id(issuer, id, &size, NULL)) < 0 ||
            (r = gnutls_x509_crt_set_authority_key_id(crt, id, size)) < 0)
                return r;
        return gnutls_x509_crt_sign2(crt, issuer, issuer_key, GNUTLS_DIG_SHA256, 0);
}

static int make_server(Certs *certs, CertKind kind, gnutls_x509_crt_t issuer,
                       gnutls_x509_privkey_t issuer_key) {
        gnutls_x509_crt_t crt = NULL;
        gnutls_x509_privkey_t key = NULL;

        int r = new_key(&key);
        if (r >= 0)
                r = gnutls_x509_crt_init(&crt);
        if (r >= 0)
                r = sign_server(kind, crt, key, issuer, issuer_key);
        if (r >= 0)
                r = gnutls_pcert_import_x509(&certs->server[kind], crt, 0);
        if (r >= 0)
                r = gnutls_privkey_init(&certs->key[kind]);
        if (r >= 0) /* owns the key from here on, whatever it says */
                r = gnutls_privkey_import_x509(certs->key[kind], TAKE_PTR(key),
                                               GNUTLS_PRIVKEY_IMPORT_AUTO_RELEASE);
        if (key)
                gnutls_x509_privkey_deinit(key);
        if (crt)
                gnutls_x509_crt_deinit(crt);
        return r;
}

int certs_make(Certs *certs) {
        gnutls_x509_crt_t stranger = NULL;
        gnutls_x509_privkey_t key = NULL, stranger_key = NULL;

        *certs = (Certs){ 0 };
        int r = make_authority("mailsec-sim authority", &certs->authority, &key);
        if (r >= 0)
                r = make_authority("mailsec-sim stranger", &stranger, &stranger_key);
        for (CertKind kind = 0; r >= 0 && kind < _CERT_KIND_MAX; kind++)
                r = kind == CERT_UNKNOWN_CA ? make_server(certs, kind, stranger, stranger_key)
                                            : make_server(certs, kind, certs->authority, key);
        if (stranger)
                gnutls_x509_crt_deinit(stranger);
        if (stranger_key)
                gnutls_x509_privkey_deinit(stranger_key);
        if (key)
                gnutls_x509_privkey_deinit(key);
        return r;
}

void certs_done(Certs *certs) {
        for (CertKind kind = 0; kind < _CERT_KIND_MAX; kind++) {
                if (certs->server[kind].cert.data)
                        gnutls_pcert_deinit(&certs->server[kind]);
                if (certs->key[kind])
                        gnutls_privkey_deinit(certs->key[kind]);
        }
        if (certs->authority)
                gnutls_x509_crt_deinit(certs->authority);
        *certs = (Certs){ 0 };
}

int certs_write_authority(const Certs *certs, const char *path) {
        gnutls_datum_t pem = { 0 };
        if (gnutls_x509_crt_export2(certs->authority, GNUTLS_X509_FMT_PEM, &pem) < 0)
                return -EIO;
        int r = file_write(path, (const char *)pem.data, pem.size);
        gnutls_free(pem.data);
        return r;
}
