/* SPDX-License-Identifier: MIT */
#pragma once

/* What the tests of the configuration share: loading a text, looking at its problems, and a folder
 * of files that is gone afterwards. Tests run in the top folder of the tree. */

#include "unit/check.h"

#include "base/strbuf.h"
#include "config/config.h"
#include "config/load.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define DATA "tests/data/config"

static const ConfigEnvironment no_environment = { NULL, NULL };

/* All problems as they are printed, each occurrence of `directory`/ taken out. */
static inline _unused_ char *problems_text(const Problems *problems, const char *directory) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);
        assert_non_null(f);
        problems_print(problems, f);
        fclose(f);

        char prefix[4200];
        size_t n = (size_t)snprintf(prefix, sizeof(prefix), "%s/", directory);
        for (char *p; n > 1 && (p = strstr(text, prefix));)
                memmove(p, p + n, strlen(p + n) + 1);
        return text;
}

/* Loads a text that must load; its warnings are of no interest. */
static inline _unused_ Config *must_load(const char *text) {
        Problems problems = { 0 };
        Config *config = NULL;

        int r = config_load_text("test.conf", text, strlen(text), &no_environment, &problems,
                                 &config);
        if (r < 0) {
                problems_print(&problems, stderr);
                fail_msg("does not load: %s", text);
        }
        problems_done(&problems);
        return config;
}

/* Loads a text and returns what is said about it ("" = nothing), to be freed; "test.conf:" is left
 * out. */
static inline _unused_ char *complaints(const char *text) {
        Problems problems = { 0 };
        Config *config = NULL;

        int r = config_load_text("./test.conf", text, strlen(text), &no_environment, &problems,
                                 &config);
        assert_int_equal(r, problems.errors > 0 ? -EINVAL : 0);
        assert_true((config != NULL) == (r == 0));
        char *said = problems_text(&problems, ".");
        problems_done(&problems);
        config_free(config);
        return said;
}

typedef struct Folder {
        char path[64];
} Folder;

static inline _unused_ void folder_make(Folder *folder) {
        const char *tmp = getenv("TMPDIR");

        snprintf(folder->path, sizeof(folder->path), "%s/mailsecd-test-XXXXXX",
                 tmp && strlen(tmp) < 30 ? tmp : "/tmp");
        assert_non_null(mkdtemp(folder->path));
}

/* Its path of a name; one of a few buffers that take turns. */
static inline _unused_ const char *folder_at(const Folder *folder, const char *name) {
        static char paths[4][256];
        static unsigned turn;
        char *path = paths[turn++ % 4];

        snprintf(path, sizeof(paths[0]), "%s/%s", folder->path, name);
        return path;
}

static inline _unused_ void folder_write(const Folder *folder, const char *name, const char *text,
                                         mode_t mode) {
        const char *path = folder_at(folder, name);
        (void)unlink(path);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
        assert_int_equal(fclose(f), 0);
        assert_int_equal(chmod(path, mode), 0);
}

static inline _unused_ void folder_remove_path(const char *path) {
        DIR *d = opendir(path);
        struct dirent *entry;

        while (d && (entry = readdir(d))) {
                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                        continue;
                _cleanup_strbuf_ StrBuf below = { 0 };
                strbuf_addf(&below, "%s/%s", path, entry->d_name);
                if (unlink(strbuf_text(&below)) < 0)
                        folder_remove_path(strbuf_text(&below));
        }
        if (d)
                closedir(d);
        rmdir(path);
}

static inline _unused_ void folder_remove(const Folder *folder) {
        folder_remove_path(folder->path);
}

/* The folder of the test that runs, and what makes and removes it around each. */
static _unused_ Folder folder;

static inline _unused_ int make_folder(void **state) {
        (void)state;
        folder_make(&folder);
        return 0;
}

static inline _unused_ int remove_folder(void **state) {
        (void)state;
        folder_remove(&folder);
        return 0;
}

/* Loads main.conf of the folder; *ret_said is what is said, without the folder. */
static inline _unused_ Config *load_main(const ConfigEnvironment *environment, char **ret_said) {
        Problems problems = { 0 };
        Config *config = NULL;

        int r = config_load(folder_at(&folder, "main.conf"), environment, &problems, &config);
        assert_int_equal(r, problems.errors > 0 ? -EINVAL : 0);
        *ret_said = problems_text(&problems, folder.path);
        problems_done(&problems);
        return config;
}

/* Loads main.conf, which is to say exactly this. */
static inline _unused_ Config *load_saying(const ConfigEnvironment *environment,
                                           const char *expected) {
        char *said;
        Config *config = load_main(environment, &said);
        assert_string_equal(said, expected);
        free(said);
        return config;
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
