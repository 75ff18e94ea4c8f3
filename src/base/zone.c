/* SPDX-License-Identifier: MIT */
#include "base/zone.h"

#include "base/macro.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ZONE_DIR_DEFAULT "/usr/share/zoneinfo"
#define ZONE_LONGEST     100 /* bytes; none of the database has half of it */

/* Nothing that leads out of the database, nor any rule of POSIX in the place of a name. */
static bool is_zone_name(const char *zone) {
        size_t size =
                strspn(zone, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/");

        return size > 0 && size <= ZONE_LONGEST && !zone[size] && zone[0] != '/';
}

/* Whether it is a file as tzset(3) reads it (RFC 8536). */
static bool is_zone_file(const char *path) {
        struct stat st;
        char magic[4];

        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
                return false;
        bool good = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
                    read(fd, magic, sizeof(magic)) == (ssize_t)sizeof(magic) &&
                    memcmp(magic, "TZif", sizeof(magic)) == 0;
        close(fd);
        return good;
}

bool zone_exists(const char *zone) {
        const char *directory = getenv("TZDIR"); /* as tzset(3) does */
        char path[4096];

        if (!zone || !is_zone_name(zone))
                return false;
        int n = snprintf(path, sizeof(path), "%s/%s",
                         directory && *directory ? directory : ZONE_DIR_DEFAULT, zone);
        return n > 0 && (size_t)n < sizeof(path) && is_zone_file(path);
}

/* Sets TZ to a value, NULL = not set at all. */
static bool set_tz(const char *value) {
        bool done = (value ? setenv("TZ", value, 1) : unsetenv("TZ")) == 0;
        tzset();
        return done;
}

static struct tm local_tm(usec_t wall) {
        time_t seconds = (time_t)(wall / USEC_PER_SEC);
        struct tm tm = { 0 };

        tzset(); /* the machine's zone may have been changed */
        localtime_r(&seconds, &tm);
        return tm;
}

LocalTime zone_local(const char *zone, usec_t wall) {
        struct tm tm;

        if (zone && *zone && is_zone_name(zone)) {
                const char *tz = getenv("TZ");
                _cleanup_free_ char *before = tz ? strdup(tz) : NULL;
                char name[ZONE_LONGEST + 2];
                snprintf(name, sizeof(name), ":%s", zone); /* a file, not a rule */
                bool set = (!tz || before) && set_tz(name);
                tm = local_tm(wall);
                if (set)
                        (void)set_tz(before);
        } else
                tm = local_tm(wall);
        return (LocalTime){ (uint8_t)tm.tm_wday, (uint16_t)(tm.tm_hour * 60 + tm.tm_min) };
}
