/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "io/evidence.h"

#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define T0 ((usec_t)1763780400 * USEC_PER_SEC) /* 2025-11-22 03:00:00 UTC */

#define PART(text)                                                                                 \
        (EvidencePart) {                                                                           \
                text, STRLEN(text)                                                                 \
        }
#define NO_PART                                                                                    \
        (EvidencePart) {                                                                           \
                NULL, 0                                                                            \
        }

#define PDF "%PDF-1.4\n\0\xff\x80 bytes\n%%EOF\n"

static char folder[64];
static EvidenceRoom room;

static int setup(void **state) {
        (void)state;
        evidence_room_reset(&room);
        strcpy(folder, "/tmp/test-evidence-XXXXXX");
        return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state) {
        char command[128];
        (void)state;
        evidence_room_reset(&room);
        snprintf(command, sizeof(command), "rm -rf '%s'", folder);
        return system(command) == 0 ? 0 : -1;
}

static const char *path_of(const char *name) {
        static char path[4][600];
        static size_t next;
        char *p = path[next++ % 4];
        snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
        return p;
}

static void put(const char *name, const char *text) {
        FILE *f = fopen(path_of(name), "we");
        assert_non_null(f);
        assert_true(fputs(text, f) >= 0);
        assert_int_equal(fclose(f), 0);
}

static bool exists(const char *name) {
        struct stat st;
        return lstat(path_of(name), &st) == 0;
}

static unsigned mode_of(const char *name) {
        struct stat st;
        assert_int_equal(lstat(path_of(name), &st), 0);
        return st.st_mode & 07777u;
}

/* How many names a folder holds, 0 where there is none. */
static size_t count(const char *name) {
        DIR *dir = opendir(path_of(name));
        size_t n = 0;
        while (dir && readdir(dir))
                n++;
        if (dir)
                closedir(dir);
        return n > 2 ? n - 2 : 0;
}

static int store(const char *domain, usec_t at, uint32_t keep, EvidenceSet *ret) {
        return evidence_store(folder, domain, at, PART("{\"a\": 1}"), PART("{\"a\": 2}"), PART(PDF),
                              keep, &room, ret);
}

/* A whole sweep. *ret_steps may be NULL. */
static int sweep(uint64_t total, unsigned *ret_steps) {
        unsigned n = 1;
        int r;
        while ((r = evidence_sweep_step(folder, total, &room)) > 0)
                assert_true(++n < 100000);
        assert_null(room.sweep);
        if (ret_steps)
                *ret_steps = n;
        return r;
}

static void results_are_replaced_as_a_whole(void **state) {
        _cleanup_strbuf_ StrBuf b = { 0 };
        (void)state;

        assert_int_equal(evidence_result_read(folder, "example.com", &b), -ENOENT);
        assert_int_equal(evidence_result_write(folder, "example.com", "{1}", 3), 0);
        assert_int_equal(evidence_result_read(folder, "example.net", &b), -ENOENT);
        put("results/.new", "what a crash left");
        assert_int_equal(evidence_result_write(folder, "example.com", "{\"b\0c\": 2}", 9), 0);
        assert_int_equal(evidence_result_read(folder, "example.com", &b), 0);
        assert_int_equal(b.size, 9);
        assert_memory_equal(b.data, "{\"b\0c\": 2}", 9);
        assert_int_equal(count("results"), 1);
        assert_int_equal(mode_of("results"), 0700);
        assert_int_equal(mode_of("results/example.com.json"), 0600);

        strbuf_reset(&b);
        assert_int_equal(evidence_result_write(folder, "empty.example", "", 0), 0);
        assert_int_equal(evidence_result_read(folder, "empty.example", &b), 0);
        assert_int_equal(b.size, 0);

        char *large = calloc(1, EVIDENCE_RESULT_MAX + 1);
        assert_non_null(large);
        assert_int_equal(
                evidence_result_write(folder, "example.com", large, EVIDENCE_RESULT_MAX + 1),
                -EFBIG);
        assert_int_equal(evidence_result_write(folder, "full.example", large, EVIDENCE_RESULT_MAX),
                         0);
        assert_int_equal(evidence_result_read(folder, "full.example", &b), 0);
        assert_int_equal(b.size, EVIDENCE_RESULT_MAX);
        free(large);
        /* Grown by somebody else. */
        assert_int_equal(truncate(path_of("results/full.example.json"), EVIDENCE_RESULT_MAX + 1),
                         0);
        assert_int_equal(evidence_result_read(folder, "full.example", &b), -EFBIG);
        assert_int_equal(b.size, EVIDENCE_RESULT_MAX);
}

/* What is behind the descriptor of evidence_open(); the sizes agree. */
static int read_file(const char *state_dir, const char *domain, const char *stamp, const char *file,
                     StrBuf *ret) {
        uint64_t size = 4711;
        char buffer[256];
        int fd = -1;

        int r = evidence_open(state_dir, domain, stamp, file, &fd, &size);
        assert_int_equal(fd < 0, r < 0);
        if (r < 0) {
                assert_int_equal(size, 4711);
                return r;
        }
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        ssize_t n = read(fd, buffer, sizeof(buffer));
        close(fd);
        assert_int_equal(n, size);
        return strbuf_add(ret, buffer, (size_t)n);
}

static void names_are_checked(void **state) {
        static const char *const bad[] = {
                "",    ".",    "..",   "../x",  "a/b",  "/etc",  "a/../b",   ".hidden",
                "a..", "a..b", "a.",   "A.com", "a b",  "a\nb",  "\xc3\xbc", "a%2fb",
                "~",   "a:b",  ".new", "*",     "a\\b", "a\x7f",
        };
        char longest[300], deep[300];
        EvidenceSet *sets = NULL, set;
        (void)state;

        put("x.json", "outside");
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_strbuf_ StrBuf b = { 0 };
                size_t n = 7;
                CHECK_INT(i, evidence_result_write(folder, bad[i], "{}", 2), -EINVAL);
                CHECK_INT(i, evidence_result_read(folder, bad[i], &b), -EINVAL);
                CHECK_INT(i, store(bad[i], T0, 5, &set), -EINVAL);
                CHECK_INT(i, evidence_list(folder, bad[i], &sets, &n), 0);
                CHECK_INT(i, n, 0);
                CHECK(i, !sets);
                CHECK_INT(i, read_file(folder, bad[i], "20251122T030000Z", "after.json", &b),
                          -ENOENT);
                CHECK_INT(i, b.size, 0);
        }
        assert_false(exists("results"));
        assert_false(exists("evidence"));

        /* The longest name that there is, and one more; 253 and ".json" are no file name. */
        memset(longest, 'a', sizeof(longest));
        for (size_t i = 60; i < 253; i += 60)
                longest[i] = '.';
        longest[253] = '\0';
        assert_int_equal(evidence_result_write(folder, longest, "{}", 2), -ENAMETOOLONG);
        assert_int_equal(store(longest, T0, 5, &set), 0);
        memcpy(deep, longest, sizeof(deep));
        deep[250] = '\0';
        assert_int_equal(evidence_result_write(folder, deep, "{}", 2), 0);
        longest[253] = 'a';
        longest[254] = '\0';
        assert_int_equal(store(longest, T0, 5, &set), -EINVAL);
}

static void a_set_is_stored_and_read(void **state) {
        _cleanup_strbuf_ StrBuf b = { 0 };
        EvidenceSet set, *sets;
        size_t n;
        char command[200];
        (void)state;

        assert_int_equal(store("example.com", T0 + 123456, 5, &set), 0);
        assert_string_equal(set.stamp, "20251122T030000Z");
        assert_int_equal(set.at, T0);
        assert_int_equal(set.n, 3);
        assert_string_equal(set.files[2].name, "report.pdf");
        assert_int_equal(set.files[2].size, STRLEN(PDF));

        assert_int_equal(evidence_list(folder, "example.com", &sets, &n), 0);
        assert_int_equal(n, 1);
        assert_int_equal(sets[0].n, 3);
        assert_string_equal(sets[0].stamp, set.stamp);
        assert_int_equal(sets[0].at, T0);
        for (size_t i = 0; i < 3; i++) {
                CHECK_STR(i, sets[0].files[i].name, set.files[i].name);
                CHECK_STR(i, sets[0].files[i].sha256, set.files[i].sha256);
                CHECK_INT(i, sets[0].files[i].size, set.files[i].size);
        }
        free(sets);

        assert_int_equal(read_file(folder, "example.com", set.stamp, "report.pdf", &b), 0);
        assert_int_equal(b.size, STRLEN(PDF));
        assert_memory_equal(b.data, PDF, STRLEN(PDF));
        strbuf_reset(&b);
        assert_int_equal(read_file(folder, "example.com", set.stamp, "before.json", &b), 0);
        assert_string_equal(b.data, "{\"a\": 1}");
        snprintf(command, sizeof(command),
                 "cd '%s/evidence/example.com/%s' && sha256sum --quiet --strict -c SHA256SUMS",
                 folder, set.stamp);
        assert_int_equal(system(command), 0);
        assert_int_equal(mode_of("evidence"), 0700);
        assert_int_equal(mode_of("evidence/example.com"), 0700);
        assert_int_equal(mode_of("evidence/example.com/20251122T030000Z"), 0700);
        assert_int_equal(mode_of("evidence/example.com/20251122T030000Z/report.pdf"), 0600);
        assert_int_equal(count("evidence/example.com"), 1);
        assert_int_equal(count("evidence/example.com/20251122T030000Z"), 4);
}

static void known_sums(void **state) {
        EvidenceSet set;
        (void)state;

        /* FIPS 180-2, and of nothing. */
        assert_int_equal(evidence_store(folder, "a.example", T0, PART("abc"), PART(""), NO_PART, 1,
                                        &room, &set),
                         0);
        assert_int_equal(set.n, 2);
        assert_string_equal(set.files[0].sha256,
                            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_string_equal(set.files[1].sha256,
                            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void only_what_is_of_a_set_is_read(void **state) {
        static const struct {
                const char *stamp, *file;
        } rows[] = {
                { "20251122T030000Z", "../../../x" },
                { "20251122T030000Z", "after.json/" },
                { "20251122T030000Z", "" },
                { "20251122T030000Z", "other" },
                { "20251122T030000Z/", "after.json" },
                { "../example.com/20251122T030000Z", "after.json" },
                { ".", "after.json" },
                { "..", "after.json" },
                { "", "after.json" },
                { "20251122T030001Z", "after.json" },
                { "20250230T030000Z", "after.json" },
                { "20251122T036000Z", "after.json" },
                { "20251122t030000Z", "after.json" },
                { "20251122T030000z", "after.json" },
                { " 0251122T030000Z", "after.json" },
        };
        EvidenceSet set;
        (void)state;

        assert_int_equal(store("example.com", T0, 5, &set), 0);
        put("evidence/example.com/20251122T030000Z/other", "not ours");
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                _cleanup_strbuf_ StrBuf b = { 0 };
                CHECK_INT(i, read_file(folder, "example.com", rows[i].stamp, rows[i].file, &b),
                          -ENOENT);
                CHECK_INT(i, b.size, 0);
        }
        _cleanup_strbuf_ StrBuf b = { 0 };
        assert_int_equal(read_file(folder, "example.com", set.stamp, "SHA256SUMS", &b), 0);
        assert_int_equal(read_file(folder, "other.example", set.stamp, "after.json", &b), -ENOENT);
}

static void links_are_not_followed(void **state) {
        _cleanup_strbuf_ StrBuf b = { 0 };
        EvidenceSet set, *sets;
        size_t n;
        (void)state;

        put("secret", "outside");
        assert_int_equal(mkdir(path_of("elsewhere"), 0700), 0);
        put("elsewhere/example.com.json", "outside");
        assert_int_equal(mkdir(path_of("results"), 0700), 0);
        assert_int_equal(symlink("../secret", path_of("results/example.com.json")), 0);
        assert_int_equal(evidence_result_read(folder, "example.com", &b), -ELOOP);
        /* The link is replaced, not what it points to. */
        assert_int_equal(symlink("../secret", path_of("results/.new")), 0);
        assert_int_equal(evidence_result_write(folder, "example.com", "{}", 2), 0);
        assert_int_equal(evidence_result_read(folder, "example.com", &b), 0);
        assert_string_equal(b.data, "{}");
        strbuf_reset(&b);
        assert_int_equal(mkfifo(path_of("results/fifo.example.json"), 0600), 0);
        assert_int_equal(evidence_result_read(folder, "fifo.example", &b), -EBADMSG);

        /* A set, a domain and the folder itself as links. */
        assert_int_equal(store("real.example", T0, 5, &set), 0);
        assert_int_equal(symlink("real.example", path_of("evidence/link.example")), 0);
        assert_true(store("link.example", T0, 5, &set) < 0);
        assert_true(evidence_list(folder, "link.example", &sets, &n) < 0);
        assert_true(read_file(folder, "link.example", "20251122T030000Z", "after.json", &b) < 0);
        assert_int_equal(mkdir(path_of("evidence/set.example"), 0700), 0);
        assert_int_equal(symlink("../real.example/20251122T030000Z",
                                 path_of("evidence/set.example/20251122T030000Z")),
                         0);
        assert_int_equal(evidence_list(folder, "set.example", &sets, &n), 0);
        assert_int_equal(n, 0);
        assert_true(read_file(folder, "set.example", "20251122T030000Z", "after.json", &b) < 0);
        assert_int_equal(unlink(path_of("evidence/real.example/20251122T030000Z/after.json")), 0);
        assert_int_equal(symlink("../../../secret",
                                 path_of("evidence/real.example/20251122T030000Z/after.json")),
                         0);
        assert_true(read_file(folder, "real.example", "20251122T030000Z", "after.json", &b) < 0);
        assert_int_equal(evidence_list(folder, "real.example", &sets, &n), 0);
        assert_int_equal(n, 1);
        assert_int_equal(sets[0].n, 2);
        free(sets);

        assert_int_equal(rename(path_of("results"), path_of("moved")), 0);
        assert_int_equal(symlink("elsewhere", path_of("results")), 0);
        assert_true(evidence_result_read(folder, "example.com", &b) < 0);
        assert_true(evidence_result_write(folder, "example.com", "{}", 2) < 0);
        assert_int_equal(b.size, 0);

        /* Pruning removes links, never through them. */
        assert_int_equal(store("set.example", T0 + USEC_PER_SEC, 1, &set), 0);
        assert_int_equal(sweep(1, NULL), 0);
        assert_true(exists("secret"));
        assert_true(exists("elsewhere/example.com.json"));
}

static void damaged_sums_hide_files_only(void **state) {
#define SUM "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        static const struct {
                const char *sums;
                size_t n;
        } rows[] = {
                { "", 0 },
                { SUM "  after.json\n", 1 },
                { SUM "  after.json", 1 },
                { SUM " after.json\n", 0 },
                { SUM " *after.json\n", 0 },
                { SUM "  after.json\n" SUM "  after.json\n", 1 },
                { SUM "  ../after.json\n", 0 },
                { SUM "  SHA256SUMS\n", 0 },
                { SUM "  gone.json\n" SUM "  before.json\n", 1 },
                { SUM "0  after.json\n", 0 },
                { "Ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  after.json",
                  0 },
                { "ba7816bf  after.json\n\n\n" SUM "  report.pdf\n", 1 },
                { SUM "  report.pdf\n" SUM "  after.json\n" SUM "  before.json\n" SUM "  x\n", 3 },
        };
        EvidenceSet set, *sets;
        size_t n;
        (void)state;

        assert_int_equal(store("example.com", T0, 5, &set), 0);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                put("evidence/example.com/20251122T030000Z/SHA256SUMS", rows[i].sums);
                CHECK_INT(i, evidence_list(folder, "example.com", &sets, &n), 0);
                CHECK_INT(i, n, 1);
                CHECK_INT(i, sets[0].n, rows[i].n);
                for (size_t j = 0; j < sets[0].n; j++)
                        CHECK_STR(i, sets[0].files[j].sha256, SUM);
                free(sets);
        }
        assert_int_equal(
                truncate(path_of("evidence/example.com/20251122T030000Z/SHA256SUMS"), 1 << 20), 0);
        assert_int_equal(evidence_list(folder, "example.com", &sets, &n), 0);
        assert_int_equal(sets[0].n, 0);
        free(sets);
        assert_int_equal(unlink(path_of("evidence/example.com/20251122T030000Z/SHA256SUMS")), 0);
        assert_int_equal(evidence_list(folder, "example.com", &sets, &n), 0);
        assert_int_equal(n, 1);
        assert_int_equal(sets[0].n, 0);
        free(sets);
}

static void the_oldest_go(void **state) {
        EvidenceSet set, *sets;
        size_t n;
        (void)state;

        for (unsigned i = 0; i < 7; i++)
                assert_int_equal(store("a.example", T0 + i * USEC_PER_HOUR, 3, &set), 0);
        assert_int_equal(evidence_list(folder, "a.example", &sets, &n), 0);
        assert_int_equal(n, 3);
        assert_string_equal(sets[0].stamp, "20251122T090000Z");
        assert_string_equal(sets[2].stamp, "20251122T070000Z");
        free(sets);
        /* A clock that was set back: the new one stays, the oldest of the others goes. */
        assert_int_equal(store("a.example", T0, 3, &set), 0);
        assert_int_equal(evidence_list(folder, "a.example", &sets, &n), 0);
        assert_int_equal(n, 3);
        assert_string_equal(sets[2].stamp, "20251122T030000Z");
        assert_string_equal(sets[1].stamp, "20251122T080000Z");
        free(sets);
        /* One stays whatever is asked for. */
        assert_int_equal(store("a.example", T0 + USEC_PER_DAY, 0, &set), 0);
        assert_int_equal(count("evidence/a.example"), 1);
}

static uint64_t total_size(void) {
        char command[200], text[64] = "";
        snprintf(command, sizeof(command), "cat $(find '%s/evidence' -type f) | wc -c", folder);
        FILE *f = popen(command, "re");
        assert_non_null(f);
        assert_non_null(fgets(text, sizeof(text), f));
        pclose(f);
        return strtoull(text, NULL, 10);
}

/* Stores a set, and sweeps as the engine does. */
static void store_below(const char *domain, usec_t at, uint32_t keep, uint64_t total) {
        EvidenceSet set;
        assert_int_equal(store(domain, at, keep, &set), 0);
        if (!room.known || room.bytes > total)
                assert_int_equal(sweep(total, NULL), 0);
        assert_int_equal(room.bytes, total_size());
}

static void all_domains_stay_below_the_total(void **state) {
        char domain[40], command[200];
        (void)state;

        store_below("d0.example", T0, 9, UINT64_MAX);
        uint64_t one = total_size();
        for (unsigned i = 1; i < 12; i++) {
                snprintf(domain, sizeof(domain), "d%u.example", i % 4);
                store_below(domain, T0 + i * USEC_PER_HOUR, 9, 5 * one);
                /* One too many makes a tenth free. */
                assert_int_equal(room.bytes, MIN(i + 1, 4 + (i + 1) % 2) * one);
        }
        /* The newest four: of d0, d1, d2 and d3. */
        for (unsigned i = 0; i < 4; i++) {
                snprintf(domain, sizeof(domain), "evidence/d%u.example", i);
                CHECK_INT(i, count(domain), 1);
        }
        /* What was removed by hand is noticed when it matters. */
        snprintf(command, sizeof(command), "rm -rf '%s'/evidence/d3.example", folder);
        assert_int_equal(system(command), 0);
        EvidenceSet set;
        assert_int_equal(store("d8.example", T0 + USEC_PER_DAY, 9, &set), 0);
        assert_int_equal(room.bytes, 5 * one);
        store_below("d7.example", T0 + USEC_PER_DAY, 9, 5 * one);
        assert_int_equal(room.bytes, 5 * one);
        /* The domain's own bound counts, too. */
        store_below("d8.example", T0 + 2 * USEC_PER_DAY, 1, 9 * one);
        assert_int_equal(room.bytes, 5 * one);
        /* The new one stays even where it alone is more; folders that are empty go. */
        store_below("d9.example", T0, 9, one / 2);
        assert_int_equal(count("evidence"), 1);
        assert_int_equal(count("evidence/d9.example"), 1);
        assert_int_equal(room.bytes, one);
}

/* An earlier process stored them: the newest stays, whatever the total. */
static void a_sweep_at_start(void **state) {
        EvidenceSet set;
        unsigned steps;
        char domain[40];
        (void)state;

        assert_int_equal(sweep(1, &steps), 0);
        assert_true(room.known);
        assert_int_equal(room.bytes, 0);
        assert_int_equal(steps, 1);
        for (unsigned i = 0; i < 20; i++) {
                snprintf(domain, sizeof(domain), "d%u.example", i % 5);
                assert_int_equal(store(domain, T0 + (i * 7 % 20) * USEC_PER_HOUR, 9, &set), 0);
        }
        uint64_t all = total_size();
        evidence_room_reset(&room);
        /* The names, then each domain; nothing has to go. */
        assert_int_equal(sweep(all, &steps), 0);
        assert_int_equal(steps, 6);
        assert_int_equal(room.bytes, all);
        assert_int_equal(total_size(), all);
        evidence_room_reset(&room);
        /* Eleven of twenty have to go, one in each step. */
        assert_int_equal(sweep(all / 2, &steps), 0);
        assert_int_equal(steps, 6 + 11);
        assert_int_equal(room.bytes, 9 * all / 20);
        assert_int_equal(total_size(), room.bytes);
        assert_true(exists("evidence/d3.example/20251122T140000Z"));
        assert_false(exists("evidence/d0.example/20251122T130000Z"));
        evidence_room_reset(&room);
        assert_int_equal(sweep(1, NULL), 0);
        assert_int_equal(total_size(), all / 20);
        assert_int_equal(count("evidence"), 1);
        /* The folder is gone. */
        assert_int_equal(rename(path_of("evidence"), path_of("moved")), 0);
        assert_int_equal(sweep(1, NULL), 0);
        assert_int_equal(room.bytes, 0);
}

/* What is stored and removed between two steps is counted once. */
static void a_store_amid_a_sweep(void **state) {
        static const struct {
                const char *domain;
                uint32_t keep;
        } rows[] = {
                { "a.example", 9 }, { "d.example", 9 }, { "c.example", 9 }, { "c.example", 1 },
                { "b.example", 1 }, { "0.example", 9 }, { "z.example", 9 }, { "bb.example", 9 },
        };
        EvidenceSet set;
        (void)state;

        for (unsigned after = 0; after <= 5; after++)
                for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                        assert_int_equal(teardown(NULL), 0);
                        assert_int_equal(setup(NULL), 0);
                        for (char c = 'a'; c <= 'd'; c++)
                                for (unsigned n = 0; n < 3; n++) {
                                        const char name[] = { c,   '.', 'e', 'x', 'a',
                                                              'm', 'p', 'l', 'e', 0 };
                                        assert_int_equal(
                                                store(name, T0 + n * USEC_PER_HOUR, 9, &set), 0);
                                }
                        evidence_room_reset(&room);
                        for (unsigned n = 0; n < after; n++)
                                (void)evidence_sweep_step(folder, UINT64_MAX, &room);
                        CHECK_INT(i, store(rows[i].domain, T0 + USEC_PER_DAY, rows[i].keep, &set),
                                  0);
                        CHECK(i, room.known == (after == 5));
                        if (!room.known)
                                CHECK_INT(i, sweep(UINT64_MAX, NULL), 0);
                        CHECK_INT(i, room.bytes, total_size());
                }
        /* While sets are removed: one that was to go went already. */
        uint64_t all = total_size();
        for (unsigned n = 0; n < 8; n++)
                assert_int_equal(evidence_sweep_step(folder, all / 3, &room), 1);
        assert_int_equal(store("d.example", T0 + 2 * USEC_PER_DAY, 1, &set), 0);
        assert_int_equal(sweep(all / 3, NULL), 0);
        assert_int_equal(room.bytes, total_size());
        assert_true(room.bytes <= all / 3);
        assert_int_equal(count("evidence/d.example"), 1);
}

/* More sets than a sweep has in mind. */
static void a_sweep_of_many(void **state) {
        char name[100];
        unsigned steps;
        const unsigned n = 2 * EVIDENCE_SWEEP_PLACES + 900;
        (void)state;

        assert_int_equal(mkdir(path_of("evidence"), 0700), 0);
        for (unsigned i = 0; i < n; i++) {
                unsigned age = i * 7919 % n;
                snprintf(name, sizeof(name), "evidence/d%u.example", i / 100);
                if (i % 100 == 0)
                        assert_int_equal(mkdir(path_of(name), 0700), 0);
                snprintf(name, sizeof(name), "evidence/d%u.example/20251122T%02u%02u%02uZ", i / 100,
                         age / 3600, age / 60 % 60, age % 60);
                assert_int_equal(mkdir(path_of(name), 0700), 0);
                strcat(name, "/after.json");
                put(name, "0123456789");
        }
        /* Ninety stay of a hundred: the newest. */
        assert_int_equal(sweep(1000, &steps), 0);
        assert_int_equal(room.bytes, 900);
        assert_int_equal(total_size(), 900);
        assert_true(steps >= n - 90 + 3 * 30);
        for (unsigned i = 0; i < n; i++) {
                unsigned age = i * 7919 % n;
                snprintf(name, sizeof(name), "evidence/d%u.example/20251122T%02u%02u%02uZ", i / 100,
                         age / 3600, age / 60 % 60, age % 60);
                CHECK(i, exists(name) == (age >= n - 90));
        }
}

/* The sweep goes on behind what cannot be removed, and ends. */
static void what_cannot_be_removed(void **state) {
        EvidenceSet set;
        unsigned steps;
        (void)state;

        for (unsigned i = 0; i < 4; i++)
                assert_int_equal(
                        store(i == 0 ? "a.example" : "b.example", T0 + i * USEC_PER_HOUR, 9, &set),
                        0);
        uint64_t one = total_size() / 4;
        assert_int_equal(sweep(UINT64_MAX, NULL), 0);
        /* It is no file: somebody else made it. */
        assert_int_equal(mkdir(path_of("evidence/a.example/.old"), 0700), 0);
        assert_int_equal(mkdir(path_of("evidence/a.example/.old/x"), 0700), 0);
        assert_int_equal(sweep(3 * one, NULL), 0);
        assert_true(exists("evidence/a.example/20251122T030000Z"));
        assert_int_equal(count("evidence/b.example"), 1);
        assert_int_equal(room.bytes, 2 * one);
        assert_int_equal(sweep(one, &steps), -EISDIR);
        assert_int_equal(steps, 5);
        assert_int_equal(room.bytes, 2 * one);
        assert_int_equal(total_size(), 2 * one);
        assert_int_equal(rmdir(path_of("evidence/a.example/.old/x")), 0);
        assert_int_equal(sweep(one, NULL), 0);
        assert_int_equal(room.bytes, one);
        assert_false(exists("evidence/a.example"));
        /* No folder at all. */
        assert_int_equal(rename(path_of("evidence"), path_of("moved")), 0);
        put("evidence", "?");
        assert_int_equal(sweep(one, NULL), -ENOTDIR);
}

static void what_a_crash_left_goes(void **state) {
        EvidenceSet set;
        (void)state;

        assert_int_equal(store("a.example", T0, 9, &set), 0);
        assert_int_equal(store("b.example", T0, 9, &set), 0);
        assert_int_equal(mkdir(path_of("evidence/a.example/.new"), 0700), 0);
        put("evidence/a.example/.new/after.json", "{");
        assert_int_equal(mkdir(path_of("evidence/a.example/.old"), 0700), 0);
        put("evidence/a.example/.old/report.pdf", "%PDF-");
        assert_int_equal(mkdir(path_of("evidence/b.example/.new"), 0700), 0);
        assert_int_equal(mkdir(path_of("evidence/c.example"), 0700), 0);
        assert_int_equal(symlink("/", path_of("evidence/c.example/.new")), 0);
        assert_int_equal(store("a.example", T0 + USEC_PER_SEC, 9, &set), 0);
        assert_int_equal(count("evidence/a.example"), 2);
        assert_int_equal(sweep(UINT64_MAX, NULL), 0);
        assert_int_equal(count("evidence/b.example"), 1);
        assert_int_equal(count("evidence/c.example"), 0);
        /* A file where the new set is made. */
        put("evidence/a.example/.new", "?");
        assert_int_equal(store("a.example", T0 + 2 * USEC_PER_SEC, 9, &set), 0);
        assert_int_equal(count("evidence/a.example"), 3);
}

static void sets_of_one_second(void **state) {
        EvidenceSet set;
        (void)state;

        for (unsigned i = 0; i < 60; i++) {
                assert_int_equal(store("a.example", T0, 99, &set), 0);
                assert_int_equal(set.at, T0 + i * USEC_PER_SEC);
        }
        assert_int_equal(store("a.example", T0, 99, &set), -EEXIST);
        assert_int_equal(count("evidence/a.example"), 60);
}

static void parts_have_bounds(void **state) {
        char *large = calloc(1, EVIDENCE_PDF_MAX + 1);
        EvidenceSet set = { .n = 42 };
        (void)state;

        assert_non_null(large);
        const EvidencePart json = { large, EVIDENCE_RESULT_MAX + 1 };
        const EvidencePart pdf = { large, EVIDENCE_PDF_MAX + 1 };
        assert_int_equal(
                evidence_store(folder, "a.example", T0, NO_PART, NO_PART, NO_PART, 3, &room, &set),
                -EINVAL);
        assert_int_equal(
                evidence_store(folder, "a.example", T0, json, NO_PART, NO_PART, 3, &room, &set),
                -EFBIG);
        assert_int_equal(
                evidence_store(folder, "a.example", T0, NO_PART, PART("{}"), pdf, 3, &room, &set),
                -EFBIG);
        assert_int_equal(set.n, 42);
        assert_int_equal(count("evidence"), 0);
        assert_int_equal(evidence_store(folder, "a.example", T0, NO_PART, PART("{}"),
                                        (EvidencePart){ large, EVIDENCE_PDF_MAX }, 3, &room, &set),
                         0);
        assert_int_equal(set.n, 2);
        free(large);
}

/* A disk that takes no more: what was there stays, nothing half is left. */
static void a_write_that_fails(void **state) {
        static const struct rlimit small = { 1000, RLIM_INFINITY };
        struct rlimit before;
        char *large = calloc(1, 4000);
        EvidenceSet set;
        _cleanup_strbuf_ StrBuf b = { 0 };
        (void)state;

        assert_non_null(large);
        assert_int_equal(evidence_result_write(folder, "a.example", "{old}", 5), 0);
        assert_int_equal(store("a.example", T0, 3, &set), 0);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
        signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        int result = evidence_result_write(folder, "a.example", large, 4000);
        int stored = evidence_store(folder, "a.example", T0 + USEC_PER_SEC, NO_PART, PART("{}"),
                                    (EvidencePart){ large, 4000 }, 1, &room, &set);
        int other = evidence_store(folder, "b.example", T0, NO_PART, (EvidencePart){ large, 4000 },
                                   NO_PART, 1, &room, &set);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        free(large);

        assert_int_equal(result, -EFBIG);
        assert_int_equal(stored, -EFBIG);
        assert_int_equal(other, -EFBIG);
        assert_int_equal(evidence_result_read(folder, "a.example", &b), 0);
        assert_string_equal(b.data, "{old}");
        assert_int_equal(count("results"), 1);
        assert_int_equal(count("evidence"), 1);
        assert_int_equal(count("evidence/a.example"), 1);
}

static bool is_example(void *userdata, const char *domain) {
        (*(unsigned *)userdata)++;
        return strcmp(domain, "keep.example") == 0;
}

static void results_of_others_are_forgotten(void **state) {
        unsigned asked = 0;
        EvidenceSet set;
        (void)state;

        evidence_forget(folder, is_example, &asked);
        assert_int_equal(asked, 0);
        assert_int_equal(evidence_result_write(folder, "keep.example", "{}", 2), 0);
        assert_int_equal(evidence_result_write(folder, "gone.example", "{}", 2), 0);
        assert_int_equal(store("gone.example", T0, 3, &set), 0);
        put("results/README", "not ours");
        put("results/Not.Ours.json", "not ours");
        evidence_forget(folder, is_example, &asked);
        assert_int_equal(asked, 2);
        assert_true(exists("results/keep.example.json"));
        assert_false(exists("results/gone.example.json"));
        assert_true(exists("results/README"));
        assert_true(exists("results/Not.Ours.json"));
        assert_true(exists("evidence/gone.example/20251122T030000Z/report.pdf"));
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(results_are_replaced_as_a_whole),
                TEST(names_are_checked),
                TEST(a_set_is_stored_and_read),
                TEST(known_sums),
                TEST(only_what_is_of_a_set_is_read),
                TEST(links_are_not_followed),
                TEST(damaged_sums_hide_files_only),
                TEST(the_oldest_go),
                TEST(all_domains_stay_below_the_total),
                TEST(a_sweep_at_start),
                TEST(a_store_amid_a_sweep),
                TEST(a_sweep_of_many),
                TEST(what_cannot_be_removed),
                TEST(what_a_crash_left_goes),
                TEST(sets_of_one_second),
                TEST(parts_have_bounds),
                TEST(a_write_that_fails),
                TEST(results_of_others_are_forgotten),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
