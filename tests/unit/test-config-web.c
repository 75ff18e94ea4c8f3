/* SPDX-License-Identifier: MIT */
#include "unit/test-config.h"

#include "base/text.h"
#include "config/listen.h"

/* The keys of the web listener: addresses, what others than this machine need, certificates. */

#define D "domains = ( \"example.com\" );\n"

static const struct {
        const char *text;
        bool good, loopback;
} addresses[] = {
        { "127.0.0.1:9797", true, true },
        { "127.1.2.3:1", true, true },
        { "127.0.0.1:0", true, true },
        { "127.0.0.1:65535", true, true },
        { "[::1]:9797", true, true },
        { "[0:0:0:0:0:0:0:1]:9797", true, true },
        { "0.0.0.0:9797", true, false },
        { "[::]:9797", true, false },
        { "[::ffff:127.0.0.1]:9797", true, false },
        { "[::127.0.0.1]:9797", true, false },
        { "128.0.0.1:9797", true, false },
        { "126.255.255.255:9797", true, false },
        { "192.0.2.1:80", true, false },
        { "[2001:db8::1]:443", true, false },
        { "[fe80::1]:443", true, false },
        { "127.0.0.1", false, false },
        { "127.0.0.1:", false, false },
        { "127.0.0.1:65536", false, false },
        { "127.0.0.1:000080", false, false },
        { "127.0.0.1:-1", false, false },
        { "127.0.0.1:+80", false, false },
        { "127.0.0.1: 80", false, false },
        { "127.0.0.1:80 ", false, false },
        { "127.0.0.1:http", false, false },
        { "127.0.0.1:80:80", false, false },
        { "127.1:9797", false, false },
        { "127.0.0.01:9797", false, false },
        { "0x7f.0.0.1:9797", false, false },
        { "2130706433:9797", false, false },
        { "9797", false, false },
        { ":9797", false, false },
        { "*:9797", false, false },
        { "::1:9797", false, false },
        { "[::1]", false, false },
        { "[::1]9797", false, false },
        { "[::1:9797", false, false },
        { "[]:9797", false, false },
        { "[127.0.0.1]:9797", false, false },
        { "[fe80::1%eth0]:9797", false, false },
        { "[::1]]:9797", false, false },
        { "[1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111]:9797", false, false },
        { "localhost:9797", false, false }, /* the key takes it, and writes the address */
        { "example.com:9797", false, false },
        { "a-name-that-is-longer-than-every-address-can-ever-be.example.com:9797", false, false },
        { "", false, false },
        { "[", false, false },
        { ":", false, false },
};

static void test_addresses(void **state) {
        (void)state;

        for (size_t i = 0; i < ELEMENTSOF(addresses); i++) {
                CHECK_INT(i, !listen_problem(addresses[i].text), addresses[i].good);
                CHECK_INT(i, listen_is_loopback(addresses[i].text), addresses[i].loopback);
        }
}

#define ADDRESS                                                                                    \
        "listen must be an address and a port such as \"127.0.0.1:9797\" or \"[::1]:9797\", not "
#define REMOTE(address) "other machines can reach " address ", which takes what is missing: "
#define ALLOW           "allow_remote = true\n"
#define CERTIFICATE                                                                                \
        "a certificate and its key (certificate_file and key_file, or the credentials web.cert "   \
        "and web.key)\n"
#define WHO                                                                                        \
        "a password or a CA of client certificates (password_file or client_ca_file, or the "      \
        "credential web.password or web.client-ca)\n"
#define PAIR_FILES "certificate_file = \"cert\";\nkey_file = \"key\";\n"

/* In a folder with the files cert, key, pw and ca: what is said of a group `web`, a line each. */
static const struct {
        const char *keys, *said;
} groups[] = {
        { "", "" },
        { "listen = \"\";", "" },
        { "listen = \"127.0.0.1:9797\";", "" },
        { "listen = \"[::1]:0\"; url = \"http://monitor.example.com/mail\";", "" },
        { "listen = \"localhost:9797\";", "" },
        { "listen = \"LocalHost:9797\";", "" },
        { "listen = \"127.0.0.1:9797\"; password_file = \"pw\";", "" },
        { "listen = \"127.0.0.1:9797\"; allow_remote = true;", "" },
        { PAIR_FILES "client_ca_file = \"ca\";", "" },
        /* addresses */
        { "listen = \"monitor.example.com:9797\";",
          "main.conf:1: " ADDRESS "\"monitor.example.com:9797\" (write the address, not a name: a "
          "name may be several addresses)\n" },
        { "\nlisten = \"127.0.0.1\";",
          "main.conf:2: " ADDRESS "\"127.0.0.1\" (it needs an address and a port)\n" },
        { "listen = \"127.0.0.1:65536\";",
          "main.conf:1: " ADDRESS "\"127.0.0.1:65536\" (it needs a port from 1 to 65535, or 0 for "
          "any that is free)\n" },
        { "listen = \"localhost:http\";",
          "main.conf:1: " ADDRESS "\"127.0.0.1:http\" (it needs a port from 1 to 65535, or 0 for "
          "any that is free)\n" },
        { "listen = \":9797\";",
          "main.conf:1: " ADDRESS
          "\":9797\" (it needs an address; 127.0.0.1 is this machine alone)\n" },
        { "listen = \"::1:9797\";",
          "main.conf:1: " ADDRESS "\"::1:9797\" (an IPv6 address stands in [ ])\n" },
        { "listen = \"[::1:9797\";",
          "main.conf:1: " ADDRESS "\"[::1:9797\" (a bracket has no end)\n" },
        { "listen = \"[127.0.0.1]:9797\";",
          "main.conf:1: " ADDRESS "\"[127.0.0.1]:9797\" (it has no valid IPv6 address in [ ])\n" },
        { "listen = 9797;", "main.conf:1: " ADDRESS "9797\n" },
        { "listen = [ \"127.0.0.1:9797\" ];", "main.conf:1: " ADDRESS "a list\n" },
        /* for others than this machine */
        { "listen = \"0.0.0.0:9797\";",
          "main.conf:1: " REMOTE("0.0.0.0:9797") ALLOW "main.conf:1: " REMOTE("0.0.0.0:9797")
                  CERTIFICATE "main.conf:1: " REMOTE("0.0.0.0:9797") WHO },
        { "allow_remote = true;\nlisten = \"[::]:9797\";",
          "main.conf:2: " REMOTE("[::]:9797") CERTIFICATE "main.conf:2: " REMOTE("[::]:9797") WHO },
        { "listen = \"[::ffff:127.0.0.1]:9797\";\npassword_file = \"pw\";",
          "main.conf:1: " REMOTE("[::ffff:127.0.0.1]:9797") ALLOW
          "main.conf:1: " REMOTE("[::ffff:127.0.0.1]:9797") CERTIFICATE },
        { "listen = \"192.0.2.1:443\"; allow_remote = true;\n" PAIR_FILES,
          "main.conf:1: " REMOTE("192.0.2.1:443") WHO },
        { "listen = \"192.0.2.1:443\";\npassword_file = \"pw\";\n" PAIR_FILES,
          "main.conf:1: " REMOTE("192.0.2.1:443") ALLOW },
        { "listen = \"192.0.2.1:443\"; allow_remote = true; password_file = \"pw\";\n" PAIR_FILES,
          "" },
        { "listen = \"192.0.2.1:443\"; allow_remote = true; client_ca_file = \"ca\";\n" PAIR_FILES,
          "" },
        /* A socket of the service manager may be anywhere; whether there is one is not known. */
        { "\nallow_remote = true;\nclient_ca_file = \"ca\";\n" PAIR_FILES, "" },
        { "\nallow_remote = true;",
          "main.conf:2: warning: allow_remote has no effect: it takes what is missing: " CERTIFICATE
          "main.conf:2: warning: allow_remote has no effect: it takes what is missing: " WHO },
        /* certificates */
        { "listen = \"[::1]:0\";\ncertificate_file = \"cert\";",
          "main.conf:2: the certificate has no key: there is no key_file, and no credential "
          "web.key (LoadCredential= of the unit)\n" },
        { "key_file = \"key\";",
          "main.conf:1: the key has no certificate: there is no certificate_file, and no "
          "credential web.cert (LoadCredential= of the unit)\n" },
        { "\nclient_ca_file = \"ca\";",
          "main.conf:2: client certificates take HTTPS: there is no certificate_file and "
          "key_file, and no credentials web.cert and web.key\n" },
        { "certificate_file = \"key\";\nkey_file = \"cert\";",
          "main.conf:1: certificate_file key holds no certificate in PEM\n"
          "main.conf:2: key_file cert can be read or written by others (mode 0644); chmod 600 "
          "it\n" },
        { "certificate_file = \"cert\";\nkey_file = \"nowhere\";\n",
          "main.conf:2: key_file nowhere cannot be read: No such file or directory\n" },
        { "certificate_file = \"nowhere\";\nkey_file = \"nowhere\";\nclient_ca_file = \"pw\";\n"
          "password_file = \"cert\";",
          "main.conf:1: certificate_file nowhere cannot be read: No such file or directory\n"
          "main.conf:2: key_file nowhere cannot be read: No such file or directory\n"
          "main.conf:3: client_ca_file pw holds no certificate in PEM\n"
          "main.conf:4: password_file cert can be read or written by others (mode 0644); chmod 600 "
          "it\n" },
        /* What cannot be read is not missing besides. */
        { "listen = \"0.0.0.0:1\"; allow_remote = true; password_file = \"nowhere\";\n" PAIR_FILES,
          "main.conf:1: password_file nowhere cannot be read: No such file or directory\n" },
        /* the rest */
        { "username = \"a:b\";", "main.conf:1: username holds a colon\n" },
        { "username = \"\";", "main.conf:1: username must be a text, not \"\" (it is empty)\n" },
        { "url = \"monitor.example.com\";",
          "main.conf:1: url must be an http or https URL, not \"monitor.example.com\" (has no "
          "scheme such as https://)\n" },
        { "url = \"ftp://monitor.example.com\";",
          "main.conf:1: url must be an http or https URL, not \"ftp://monitor.example.com\" (is "
          "neither http nor https)\n" },
        { "url = \"https://ops:hunter2@monitor.example.com\";",
          "main.conf:1: url must be an http or https URL, not this one (holds a login; put no "
          "credentials in a URL)\n" },
        { "url = \"https://\";",
          "main.conf:1: url must be an http or https URL, not \"https://\" (names no host)\n" },
        { "url = \"https://monitor.example.com/?a\";",
          "main.conf:1: url must be an http or https URL, not \"https://monitor.example.com/?a\" "
          "(holds a query or a fragment)\n" },
        { "allow_remote = \"yes\";", "main.conf:1: allow_remote must be true or false, not "
                                     "\"yes\"\n" },
        { "listen_address = \"\";",
          "main.conf:1: unknown key 'listen_address'; known here are listen, allow_remote, url, "
          "certificate_file, key_file, client_ca_file, username, password_file\n" },
        { "password = \"hunter2\";",
          "main.conf:1: unknown key 'password', did you mean 'password_file'?\n" },
};

#define CERT_TEXT "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
#define KEY_TEXT  "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"

static void write_files(void) {
        folder_write(&folder, "cert", CERT_TEXT, 0644);
        folder_write(&folder, "ca", CERT_TEXT CERT_TEXT, 0444);
        folder_write(&folder, "key", KEY_TEXT, 0600);
        folder_write(&folder, "pw", "hunter2\n", 0600);
}

static void test_groups(void **state) {
        (void)state;

        write_files();
        for (size_t i = 0; i < ELEMENTSOF(groups); i++) {
                char text[1024], *said;
                snprintf(text, sizeof(text), "web = { %s };\n" D, groups[i].keys);
                folder_write(&folder, "main.conf", text, 0644);
                config_free(load_main(&no_environment, &said));
                CHECK_STR(i, said, groups[i].said);
                free(said);
        }
}

static void test_defaults(void **state) {
        Config *config = must_load(D);
        (void)state;

        assert_null(config->web.listen);
        assert_null(config->web.url);
        assert_false(config->web.remote);
        assert_null(config->web.certificate);
        assert_null(config->web.key);
        assert_null(config->web.client_ca);
        assert_null(config->web.password);
        assert_string_equal(config->web.username, "mailsecd");
        assert_int_equal(config->immuniweb.evidence, 5);
        assert_int_equal(config->immuniweb.evidence_max, 500 * 1024 * 1024);
        config_free(config);
}

static void test_settings(void **state) {
        (void)state;

        write_files();
        mkdir(folder_at(&folder, "conf.d"), 0755);
        folder_write(
                &folder, "main.conf",
                "web = { listen = \"localhost:9797\"; allow_remote = true; username = \"ops\"; "
                "url = \"https://m.example/mail//\";\n" PAIR_FILES "};\n"
                "immuniweb = { evidence = 100; evidence_size = 100000; };\n" D,
                0644);
        folder_write(&folder, "conf.d/a.conf",
                     "web = { password_file = \"../pw\"; client_ca_file = \"../ca\"; };\n", 0644);
        Config *config = load_saying(&no_environment, "");
        assert_string_equal(config->web.listen, "127.0.0.1:9797");
        assert_string_equal(config->web.url, "https://m.example/mail");
        assert_true(config->web.remote);
        assert_string_equal(config->web.username, "ops");
        assert_string_equal(config->web.certificate->text, CERT_TEXT);
        assert_string_equal(config->web.key->text, KEY_TEXT);
        assert_string_equal(config->web.client_ca->text, CERT_TEXT CERT_TEXT);
        assert_string_equal(config->web.password->text, "hunter2");
        assert_int_equal(config->immuniweb.evidence, 100);
        assert_int_equal(config->immuniweb.evidence_max, UINT64_C(100000) * 1024 * 1024);
        config_free(config);

        /* Each key once, whichever file it is in. */
        folder_write(&folder, "conf.d/a.conf", "web = {\nlisten = \"[::1]:1\"; };\n", 0644);
        assert_null(
                load_saying(&no_environment,
                            "conf.d/a.conf:2: listen is set again, first set at main.conf:1\n"));
}

/* What no file names comes from credentials, as far as there are any. */
static void test_credentials(void **state) {
        char directory[128];
        (void)state;

        write_files();
        mkdir(folder_at(&folder, "cred"), 0755);
        snprintf(directory, sizeof(directory), "%s", folder_at(&folder, "cred"));
        const ConfigEnvironment environment = { .credentials_directory = directory };
        folder_write(&folder, "main.conf", "web = {\nlisten = \"127.0.0.1:9797\"; };\n" D, 0644);
        config_free(load_saying(&environment, ""));

        folder_write(&folder, "cred/web.password", "hunter3\n", 0440);
        folder_write(&folder, "cred/web.key", KEY_TEXT, 0440);
        assert_null(load_saying(&environment,
                                "main.conf:1: the key has no certificate: there is no "
                                "certificate_file, and no credential web.cert "
                                "(LoadCredential= of the unit)\n"));
        folder_write(&folder, "cred/web.cert", CERT_TEXT, 0440);
        Config *config = load_saying(&environment, "");
        assert_string_equal(config->web.certificate->text, CERT_TEXT);
        assert_string_equal(config->web.key->text, KEY_TEXT);
        assert_string_equal(config->web.password->text, "hunter3");
        assert_null(config->web.client_ca);
        config_free(config);

        /* A file that is named comes first; one that is broken is not passed over. */
        folder_write(&folder, "main.conf", "web = { password_file = \"pw\"; };\n" D, 0644);
        folder_write(&folder, "cred/web.client-ca", CERT_TEXT, 0440);
        config = load_saying(&environment, "");
        assert_string_equal(config->web.password->text, "hunter2");
        assert_string_equal(config->web.client_ca->text, CERT_TEXT);
        config_free(config);
        folder_write(&folder, "cred/web.client-ca", "", 0440);
        assert_null(
                load_saying(&environment, "main.conf:1: credential cred/web.client-ca is empty\n"));
}

/* KiB of pages that are kept out of core dumps, as secrets are; -1 where the kernel does not say.
 */
static long secret_pages(void) {
        FILE *f = fopen("/proc/self/smaps", "re");
        char line[512];
        long size = 0, found = 0;

        if (!f)
                return -1;
        while (fgets(line, sizeof(line), f)) {
                (void)sscanf(line, "Size: %ld kB", &size);
                if (startswith(line, "VmFlags:") && strstr(line, " dd"))
                        found += size;
        }
        fclose(f);
        return found;
}

/* Every secret is in pages of its own, and these go with the configuration, and with one that is
 * refused. */
static void test_pages(void **state) {
        char credentials[128];
        Config *config = NULL;
        char *said;
        (void)state;

        snprintf(credentials, sizeof(credentials), "%s", folder.path);
        const ConfigEnvironment environment = { .credentials_directory = credentials };
        folder_write(&folder, "web.cert", CERT_TEXT, 0644);
        folder_write(&folder, "web.key", KEY_TEXT, 0600);
        folder_write(&folder, "web.client-ca", CERT_TEXT, 0644);
        folder_write(&folder, "web.password", "hunter2", 0600);
        folder_write(&folder, "alertmanager.password", "hunter3", 0600);
        folder_write(&folder, "main.conf",
                     "output = { alertmanager = ( { url = \"https://a.b\"; username = \"x\"; },\n"
                     "{ url = \"https://b.c\"; username = \"y\"; } ); };\n" D,
                     0644);
        long page = sysconf(_SC_PAGESIZE) / 1024;
        long before = secret_pages();
        if (before < 0)
                skip();
        config = load_saying(&environment, "");
        assert_int_equal(secret_pages(), before + 6 * page);
        config_free(config);
        assert_int_equal(secret_pages(), before);

        folder_write(&folder, "web.cert", "", 0644);
        assert_null(load_main(&environment, &said));
        free(said);
        assert_int_equal(secret_pages(), before);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_addresses), cmocka_unit_test(test_defaults),
                IN_FOLDER(test_groups),           IN_FOLDER(test_settings),
                IN_FOLDER(test_credentials),      IN_FOLDER(test_pages),

        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
