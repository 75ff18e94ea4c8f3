/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "base/zone.h"

#include <sys/stat.h>
#include <unistd.h>

static int local(const char *zone, uint64_t seconds) {
        LocalTime time = zone_local(zone, seconds * USEC_PER_SEC + 999999);

        return time.weekday * 1440 + time.minute;
}

#define AT(weekday, hour, minute) ((weekday)*1440 + (hour)*60 + (minute))

/* The second before the clocks are set, and that one. tzdata has to be installed. */
static void test_local(void **state) {
        (void)state;
        static const struct {
                const char *zone;
                uint64_t seconds;
                int expected;
        } rows[] = {
                { "UTC", 0, AT(4, 0, 0) },
                { "UTC", 1743206400, AT(6, 0, 0) },
                { "Europe/Berlin", 1743296399, AT(0, 1, 59) },
                { "Europe/Berlin", 1743296400, AT(0, 3, 0) },
                { "Europe/Berlin", 1761440399, AT(0, 2, 59) },
                { "Europe/Berlin", 1761440400, AT(0, 2, 0) },
                { "America/New_York", 1741503599, AT(0, 1, 59) },
                { "America/New_York", 1741503600, AT(0, 3, 0) },
                { "America/New_York", 1762063199, AT(0, 1, 59) },
                { "America/New_York", 1762063200, AT(0, 1, 0) },
                { "Australia/Lord_Howe", 1743865199, AT(0, 1, 59) },
                { "Australia/Lord_Howe", 1743865200, AT(0, 1, 30) },
                { "Australia/Lord_Howe", 1759591799, AT(0, 1, 59) },
                { "Australia/Lord_Howe", 1759591800, AT(0, 2, 30) },
                { "Asia/Kolkata", 1743206400, AT(6, 5, 30) },
                { "Asia/Kolkata", 1751328000, AT(2, 5, 30) },
                { "Etc/GMT+12", 1743206400, AT(5, 12, 0) },
                /* What is not there reads as UTC, as tzset(3) has it; a rule is no name. */
                { "Europe/Atlantis", 1743206400, AT(6, 0, 0) },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                CHECK_INT(i, local(rows[i].zone, rows[i].seconds), rows[i].expected);
}

/* TZ is as it was, and so is what the C library shows of it. */
static void test_leaves_tz(void **state) {
        (void)state;
        static const struct {
                const char *tz;
                int expected; /* of the machine's zone on 29 March 2025 00:00 UTC; -1 = any */
        } rows[] = {
                { "JST-9", AT(6, 9, 0) }, { ":Asia/Kolkata", AT(6, 5, 30) },
                { "", AT(6, 0, 0) },      { NULL, -1 },
                { "UTC0", AT(6, 0, 0) },
        };
        const time_t seconds = 1743206400;

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                if (rows[i].tz)
                        setenv("TZ", rows[i].tz, 1);
                else
                        unsetenv("TZ");
                int before = local(NULL, (uint64_t)seconds);
                CHECK(i, rows[i].expected < 0 || before == rows[i].expected);
                CHECK_INT(i, local("America/New_York", (uint64_t)seconds), AT(5, 20, 0));
                const char *tz = getenv("TZ");
                CHECK(i, rows[i].tz ? tz && strcmp(tz, rows[i].tz) == 0 : !tz);

                struct tm tm;
                localtime_r(&seconds, &tm);
                CHECK_INT(i, AT(tm.tm_wday, tm.tm_hour, tm.tm_min), before);
                CHECK_INT(i, local("", (uint64_t)seconds), before);
                /* What cannot be a name is the machine's zone, not a rule nor a file elsewhere. */
                CHECK_INT(i, local("XYZ-3:00", (uint64_t)seconds), before);
                CHECK_INT(i, local("../../../etc/passwd", (uint64_t)seconds), before);
        }
}

static void test_exists(void **state) {
        (void)state;
        static const struct {
                const char *zone;
                bool there;
        } rows[] = {
                { "Europe/Berlin", true },
                { "America/New_York", true },
                { "America/Argentina/Buenos_Aires", true },
                { "Australia/Lord_Howe", true },
                { "Etc/GMT+12", true },
                { "Etc/GMT-1", true },
                { "UTC", true },
                { NULL, false },
                { "", false },
                { "Europe", false }, /* a directory */
                { "Europe/", false },
                { "Europe/Atlantis", false },
                { "europe/berlin/", false },
                { "/usr/share/zoneinfo/UTC", false },
                { "/etc/localtime", false },
                { "Europe/../UTC", false },
                { "../zoneinfo/UTC", false },
                { "./UTC", false },
                { "..", false },
                { "zone.tab", false }, /* dots are in no name */
                { "tzdata.zi", false },
                { ":UTC", false },
                { "UTC0", false },
                { "CET-1CEST,M3.5.0,M10.5.0", false },
                { "Europe/Berlin\n", false },
                { "Europe/Ber lin", false },
                { "Europe/Berl\xc3\xadn", false },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                CHECK_INT(i, zone_exists(rows[i].zone), rows[i].there);

        char *name = malloc(100001);
        assert_non_null(name);
        memset(name, 'a', 100000);
        name[100000] = '\0';
        assert_false(zone_exists(name));
        assert_int_equal(local(name, 1743206400), local(NULL, 1743206400));
        free(name);
}

static void write_file(const char *directory, const char *name, const char *text) {
        char path[300];

        snprintf(path, sizeof(path), "%s/%s", directory, name);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fputs(text, f);
        fclose(f);
}

/* A machine without tzdata, and one whose files are not what they should be. */
static void test_other_directory(void **state) {
        char directory[] = "/tmp/mailsecd-zone-XXXXXX", path[300];
        static const char *const names[] = { "Good", "Text", "Empty", "Short", "Pipe" };
        (void)state;

        setenv("TZDIR", "/nonexistent", 1);
        assert_false(zone_exists("UTC"));
        assert_false(zone_exists("Europe/Berlin"));

        assert_non_null(mkdtemp(directory));
        setenv("TZDIR", directory, 1);
        assert_false(zone_exists("UTC"));
        write_file(directory, "Good", "TZif2");
        write_file(directory, "Text", "this is no zone");
        write_file(directory, "Empty", "");
        write_file(directory, "Short", "TZi");
        snprintf(path, sizeof(path), "%s/Pipe", directory);
        assert_int_equal(mkfifo(path, 0600), 0);
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                CHECK_INT(i, zone_exists(names[i]), i == 0);
                snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
                CHECK_INT(i, unlink(path), 0);
        }
        assert_int_equal(rmdir(directory), 0);

        setenv("TZDIR", "", 1); /* as if it were not there */
        assert_true(zone_exists("Europe/Berlin"));
        unsetenv("TZDIR");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_local),
                cmocka_unit_test(test_leaves_tz),
                cmocka_unit_test(test_exists),
                cmocka_unit_test(test_other_directory),
        };
        unsetenv("TZDIR");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
