/* SPDX-License-Identifier: MIT */
#include "unit/test-config.h"

#include "config/secret-file.h"

/* Passwords and keys: from which files they are taken, and that they are never told. */

#define D "domains = ( \"example.com\" );\n"

static const struct {
        const char *text;
        mode_t mode;
        const char *secret, *said; /* one of the two is NULL */
} secrets[] = {
        { "secret", 0600, "secret", NULL },
        { "secret\n", 0400, "secret", NULL },
        { "secret\r\n", 0600, "secret", NULL },
        { "with blank and \xc3\xa9", 0600, "with blank and \xc3\xa9", NULL },
        { "secret\n\n", 0600, NULL,
          "holds a control character; one line with the secret is wanted" },
        { "two\nlines\n", 0600, NULL,
          "holds a control character; one line with the secret is wanted" },
        { "tab\t", 0600, NULL, "holds a control character; one line with the secret is wanted" },
        { "", 0600, NULL, "is empty" },
        { "\n", 0600, NULL, "is empty" },
        { "\r\n", 0600, NULL, "is empty" },
        { "secret", 0644, NULL, "can be read or written by others (mode 0644); chmod 600 it" },
        { "secret", 0640, NULL, "can be read or written by others (mode 0640); chmod 600 it" },
        { "secret", 0620, NULL, "can be read or written by others (mode 0620); chmod 600 it" },
        { "secret", 0604, NULL, "can be read or written by others (mode 0604); chmod 600 it" },
};

static void test_secrets(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(secrets); i++) {
                _cleanup_strbuf_ StrBuf problem = { 0 };
                Secret *secret = NULL;
                char expected[512];
                const char *path = folder_at(&folder, "secret");

                folder_write(&folder, "secret", secrets[i].text, secrets[i].mode);
                int r = secret_file_read(path, NULL, &problem, &secret);
                CHECK_INT(i, r, secrets[i].secret ? 0 : -EINVAL);
                CHECK(i, !secret == !secrets[i].secret);
                snprintf(expected, sizeof(expected), "%s %s", path, secrets[i].said);
                CHECK_STR(i, strbuf_text(&problem), secrets[i].said ? expected : "");
                if (secret) {
                        CHECK_STR(i, secret->text, secrets[i].secret);
                        CHECK_INT(i, secret->size, strlen(secrets[i].secret));
                }
                secret_free(secret);
        }
}

static void test_secret_files(void **state) {
        _cleanup_strbuf_ StrBuf problem = { 0 };
        Secret *secret = NULL;
        char large[4200];
        const char *path = folder_at(&folder, "secret");
        (void)state;

        /* 4 KiB fit, one byte more does not. */
        memset(large, 'x', sizeof(large));
        large[4096] = '\0';
        folder_write(&folder, "secret", large, 0600);
        assert_int_equal(secret_file_read(path, NULL, &problem, &secret), 0);
        assert_int_equal(secret->size, 4096);
        secret = secret_free(secret);
        large[4096] = 'x';
        large[4097] = '\0';
        folder_write(&folder, "secret", large, 0600);
        assert_int_equal(secret_file_read(path, NULL, &problem, &secret), -EINVAL);
        assert_non_null(strstr(strbuf_text(&problem), "is larger than 4 KiB"));

        /* A symbolic link to a regular file, a FIFO, a folder, nothing. */
        folder_write(&folder, "target", "secret", 0600);
        unlink(path);
        assert_int_equal(symlink("target", path), 0);
        assert_int_equal(secret_file_read(path, NULL, &problem, &secret), 0);
        secret = secret_free(secret);
        unlink(path);
        assert_int_equal(mkfifo(path, 0600), 0);
        strbuf_reset(&problem);
        assert_int_equal(secret_file_read(path, NULL, &problem, &secret), -EINVAL);
        assert_non_null(strstr(strbuf_text(&problem), "is not a regular file"));
        assert_int_equal(secret_file_read(folder.path, NULL, &problem, &secret), -EINVAL);
        unlink(path);
        assert_int_equal(secret_file_read(path, NULL, &problem, &secret), -ENOENT);
        assert_int_equal(
                secret_file_read(folder_at(&folder, "target/below"), NULL, &problem, &secret),
                -EINVAL);

        /* Under the credentials' folder owner and mode are systemd's; a way out of it is none of
         * it. */
        folder_write(&folder, "target", "secret", 0444);
        assert_int_equal(
                secret_file_read(folder_at(&folder, "target"), folder.path, &problem, &secret), 0);
        secret = secret_free(secret);
        char slashes[128];
        snprintf(slashes, sizeof(slashes), "%s//", folder.path);
        assert_int_equal(secret_file_read(folder_at(&folder, "target"), slashes, &problem, &secret),
                         0);
        secret = secret_free(secret);
        mkdir(folder_at(&folder, "below"), 0755);
        assert_int_equal(secret_file_read(folder_at(&folder, "below/../target"),
                                          folder_at(&folder, "below"), &problem, &secret),
                         -EINVAL);
        assert_int_equal(secret_file_read(folder_at(&folder, "target"), "/", &problem, &secret),
                         -EINVAL);
        assert_null(secret);
}

/* Somebody else's secret is not ours to use. Only root can make such a file. */
static void test_secret_owner(void **state) {
        _cleanup_strbuf_ StrBuf problem = { 0 };
        Secret *secret = NULL;
        (void)state;

        folder_write(&folder, "secret", "secret", 0600);
        if (chown(folder_at(&folder, "secret"), 12345, (gid_t)-1) < 0)
                skip();
        assert_int_equal(secret_file_read(folder_at(&folder, "secret"), NULL, &problem, &secret),
                         -EINVAL);
        assert_non_null(strstr(strbuf_text(&problem), "belongs to user 12345"));
}

#define CERT_TEXT "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
#define KEY_TEXT  "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"

#define CERTIFICATES certificate_file_read
#define PRIVATE_KEY  private_key_file_read

static const struct {
        int (*reader)(const char *path, const char *credentials, StrBuf *problem, Secret **ret);
        const char *text;
        mode_t mode;
        const char *said; /* NULL: it is taken */
} pems[] = {
        { CERTIFICATES, CERT_TEXT, 0644, NULL },
        { CERTIFICATES, "# ours\r\n\tof 2026\n" CERT_TEXT CERT_TEXT, 0444, NULL },
        { CERTIFICATES, CERT_TEXT KEY_TEXT, 0600, NULL },
        { CERTIFICATES, CERT_TEXT KEY_TEXT, 0644,
          "can be read or written by others (mode 0644); chmod 600 it" },
        { CERTIFICATES, CERT_TEXT, 0664, "can be written by others (mode 0664); chmod 644 it" },
        { CERTIFICATES, CERT_TEXT, 0646, "can be written by others (mode 0646); chmod 644 it" },
        { CERTIFICATES, "", 0644, "is empty" },
        { CERTIFICATES, KEY_TEXT, 0600, "holds no certificate in PEM" },
        { CERTIFICATES, "-----BEGIN CERTIFICATE REQUEST-----\n", 0644,
          "holds no certificate in PEM" },
        { PRIVATE_KEY, KEY_TEXT, 0600, NULL },
        { PRIVATE_KEY, "-----BEGIN EC PRIVATE KEY-----\n", 0400, NULL },
        { PRIVATE_KEY, CERT_TEXT KEY_TEXT, 0600, NULL },
        { PRIVATE_KEY, KEY_TEXT, 0640,
          "can be read or written by others (mode 0640); chmod 600 it" },
        { PRIVATE_KEY, KEY_TEXT, 0604,
          "can be read or written by others (mode 0604); chmod 600 it" },
        { PRIVATE_KEY, CERT_TEXT, 0600, "holds no private key in PEM" },
        { PRIVATE_KEY, "", 0600, "is empty" },
        { PRIVATE_KEY, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", 0600,
          "is protected by a passphrase, and nobody is there to type it" },
        { PRIVATE_KEY,
          "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n",
          0600, "is protected by a passphrase, and nobody is there to type it" },
};

static void test_pem(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(pems); i++) {
                _cleanup_strbuf_ StrBuf problem = { 0 };
                Secret *secret = NULL;
                char expected[512];
                const char *path = folder_at(&folder, "pem");

                folder_write(&folder, "pem", pems[i].text, pems[i].mode);
                int r = pems[i].reader(path, NULL, &problem, &secret);
                CHECK_INT(i, r, pems[i].said ? -EINVAL : 0);
                snprintf(expected, sizeof(expected), "%s %s", path,
                         pems[i].said ? pems[i].said : "");
                CHECK_STR(i, strbuf_text(&problem), pems[i].said ? expected : "");
                CHECK(i, !secret == !!pems[i].said);
                if (secret)
                        CHECK_STR(i, secret->text, pems[i].text);
                secret_free(secret);
        }
}

/* 64 KiB fit, one byte more does not; a NUL ends no text early. */
static void test_large_pem(void **state) {
        _cleanup_strbuf_ StrBuf problem = { 0 };
        Secret *secret = NULL;
        StrBuf text = { 0 };
        (void)state;

        strbuf_adds(&text, CERT_TEXT);
        while (text.size < 64 * 1024)
                strbuf_addc(&text, '\n');
        folder_write(&folder, "pem", strbuf_text(&text), 0644);
        assert_int_equal(certificate_file_read(folder_at(&folder, "pem"), NULL, &problem, &secret),
                         0);
        assert_int_equal(secret->size, 64 * 1024);
        secret = secret_free(secret);
        strbuf_addc(&text, '\n');
        folder_write(&folder, "pem", strbuf_text(&text), 0644);
        assert_int_equal(certificate_file_read(folder_at(&folder, "pem"), NULL, &problem, &secret),
                         -EINVAL);
        assert_non_null(strstr(strbuf_text(&problem), "is larger than 64 KiB"));
        assert_null(secret);

        strbuf_reset(&problem);
        FILE *f = fopen(folder_at(&folder, "pem"), "w");
        assert_non_null(f);
        assert_int_equal(fwrite("\0" CERT_TEXT, 1, sizeof(CERT_TEXT), f), sizeof(CERT_TEXT));
        fclose(f);
        assert_int_equal(certificate_file_read(folder_at(&folder, "pem"), NULL, &problem, &secret),
                         -EINVAL);
        assert_non_null(strstr(strbuf_text(&problem), "holds no certificate in PEM"));
        strbuf_done(&text);
}

static void test_credentials(void **state) {
        char directory[128];
        (void)state;

        mkdir(folder_at(&folder, "cred"), 0755);
        snprintf(directory, sizeof(directory), "%s", folder_at(&folder, "cred"));
        const ConfigEnvironment environment = { .credentials_directory = directory };
        folder_write(&folder, "main.conf",
                     "symantec = ( { name = \"one\"; username = \"joe\"; },\n"
                     "{ name = \"two\"; username = \"jim\"; } );\n" D,
                     0644);

        assert_null(load_saying(&environment, "main.conf:1: the symantec account \"one\" has no "
                                              "password: there is no password_file, and "
                                              "no credential symantec.one.password or "
                                              "symantec.password (LoadCredential= of the unit)\n"
                                              "main.conf:2: the symantec account \"two\" has no "
                                              "password: there is no password_file, and "
                                              "no credential symantec.two.password or "
                                              "symantec.password (LoadCredential= of the unit)\n"));

        /* An account's own credential comes before the common one. */
        folder_write(&folder, "cred/symantec.password", "common\n", 0440);
        folder_write(&folder, "cred/symantec.two.password", "own\n", 0440);
        Config *config = load_saying(&environment, "");
        assert_int_equal(config->n_symantec, 2);
        assert_string_equal(config->symantec[0].settings.password->text, "common");
        assert_string_equal(config->symantec[1].settings.password->text, "own");
        assert_null(config->immuniweb.api_key);
        config_free(config);

        folder_write(&folder, "cred/immuniweb.key", "key", 0440);
        config = load_saying(&environment, "");
        assert_string_equal(config->immuniweb.api_key->text, "key");
        config_free(config);

        /* A broken credential is told, and no other is taken instead. */
        folder_write(&folder, "cred/symantec.two.password", "", 0440);
        folder_write(&folder, "cred/immuniweb.key", "a\nb", 0440);
        assert_null(load_saying(&environment,
                                "main.conf: credential cred/immuniweb.key holds a control "
                                "character; one line with the "
                                "secret is wanted\n"
                                "main.conf:2: credential cred/symantec.two.password is empty\n"));

        /* password_file and api_key_file come before credentials; here of the same folder, by an
         * absolute path. */
        char text[512];
        snprintf(text, sizeof(text),
                 "symantec = { username = \"joe\"; password_file = \"%s/symantec.password\"; };\n"
                 "immuniweb = { api_key_file = \"key\"; };\n" D,
                 directory);
        folder_write(&folder, "main.conf", text, 0644);
        folder_write(&folder, "key", "named", 0600);
        config = load_saying(&environment, "");
        assert_string_equal(config->symantec[0].settings.password->text, "common");
        assert_string_equal(config->immuniweb.api_key->text, "named");
        config_free(config);

        /* What is off needs no secret. */
        folder_write(&folder, "main.conf",
                     "symantec = { username = \"\"; password_file = \"nowhere\"; };\n" D, 0644);
        config = load_saying(&no_environment, "");
        assert_int_equal(config->n_symantec, 0);
        config_free(config);
}

/* No secret is in anything that is said, whatever is wrong with it. */
static void test_secret_never_told(void **state) {
        char *said;
        (void)state;

        folder_write(&folder, "main.conf",
                     "symantec = { username = \"joe\"; password_file = \"pw\"; };\n" D, 0644);
        folder_write(&folder, "pw", "hunter2\nhunter2", 0600);
        assert_null(load_main(&no_environment, &said));
        assert_null(strstr(said, "hunter2"));
        free(said);
        folder_write(&folder, "pw", "hunter2", 0644);
        assert_null(load_main(&no_environment, &said));
        assert_null(strstr(said, "hunter2"));
        free(said);
        folder_write(&folder, "main.conf", "symantec = { password \"hunter2\"; }", 0644);
        assert_null(load_main(&no_environment, &said));
        assert_null(strstr(said, "hunter2"));
        free(said);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                IN_FOLDER(test_secrets),           IN_FOLDER(test_secret_files),
                IN_FOLDER(test_secret_owner),      IN_FOLDER(test_credentials),
                IN_FOLDER(test_secret_never_told), IN_FOLDER(test_pem),
                IN_FOLDER(test_large_pem),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
