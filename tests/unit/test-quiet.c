/* SPDX-License-Identifier: MIT */
#include "unit/check.h"

#include "core/quiet.h"

#define MIN_  USEC_PER_MIN
#define HOUR  USEC_PER_HOUR
#define DAY   USEC_PER_DAY
#define DAILY 0x7f

/* Zones of 2025, by when their clocks are set: no file is needed, and nothing of the machine's. */
typedef struct Zone {
        const char *name;
        int winter, summer;   /* minutes ahead of UTC */
        uint64_t from, until; /* of summer, seconds */
} Zone;

static const Zone zones[] = {
        { "Europe/Berlin", 60, 120, 1743296400, 1761440400 },
        { "America/New_York", -300, -240, 1741503600, 1762063200 },
        /* Summer stands across the turn of the year: here it is what lies outside. */
        { "Australia/Lord_Howe", 660, 630, 1743865200, 1759591800 },
        { "Asia/Kolkata", 330, 330, 0, 0 },
        { "UTC", 0, 0, 0, 0 },
};

static size_t looks;

static LocalTime read_zone(const char *name, usec_t wall) {
        const Zone *zone = zones;
        uint64_t seconds = wall / USEC_PER_SEC;

        looks++;
        while (strcmp(zone->name, name ? name : "UTC") != 0)
                zone++;
        int ahead = seconds >= zone->from && seconds < zone->until ? zone->summer : zone->winter;
        uint64_t minute = seconds / 60 + (uint64_t)(ahead + 7 * 1440);
        return (LocalTime){ (uint8_t)((minute / 1440 + 4) % 7), (uint16_t)(minute % 1440) };
}

static uint16_t time_of(const char *text) {
        uint16_t minutes = 0;
        assert_true(quiet_parse_time(text, &minutes));
        return minutes;
}

static uint8_t days_of(const char *text) {
        uint8_t days = 0;
        assert_true(quiet_parse_days(text, &days));
        return days;
}

static void test_active(void **state) {
        (void)state;
        static const struct {
                const char *days, *from, *to;
                uint8_t weekday;
                const char *at;
                bool active;
        } rows[] = {
                { "daily", "08:00", "10:00", 3, "07:59", false },
                { "daily", "08:00", "10:00", 3, "08:00", true },
                { "daily", "08:00", "10:00", 3, "09:59", true },
                { "daily", "08:00", "10:00", 3, "10:00", false },
                { "daily", "00:00", "24:00", 0, "00:00", true },
                { "daily", "00:00", "24:00", 6, "23:59", true },
                { "mon", "00:00", "24:00", 1, "23:59", true },
                { "mon", "00:00", "24:00", 2, "00:00", false },
                { "mon", "00:00", "24:00", 0, "23:59", false },
                /* over midnight: the day is that on which it begins */
                { "fri", "22:00", "06:00", 5, "21:59", false },
                { "fri", "22:00", "06:00", 5, "22:00", true },
                { "fri", "22:00", "06:00", 6, "00:00", true },
                { "fri", "22:00", "06:00", 6, "05:59", true },
                { "fri", "22:00", "06:00", 6, "06:00", false },
                { "fri", "22:00", "06:00", 5, "05:00", false },
                { "fri", "22:00", "06:00", 6, "23:00", false },
                { "sat", "22:00", "06:00", 0, "05:59", true }, /* over the end of the week */
                { "sat", "22:00", "06:00", 6, "05:59", false },
                { "sun", "23:00", "01:00", 1, "00:30", true },
                { "mon-fri", "22:00", "23:30", 6, "22:30", false },
                { "mon-fri", "22:00", "23:30", 5, "22:30", true },
                { "fri-mon", "12:00", "13:00", 0, "12:30", true },
                { "fri-mon", "12:00", "13:00", 2, "12:30", false },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                QuietWindow window = { .days = days_of(rows[i].days),
                                       .from = time_of(rows[i].from),
                                       .to = time_of(rows[i].to) };
                LocalTime local = { rows[i].weekday, time_of(rows[i].at) };
                CHECK_INT(i, quiet_is_active(&window, local), rows[i].active);
        }
}

static void test_days(void **state) {
        (void)state;
        static const struct {
                const char *text;
                int days; /* bits, or -1 */
        } rows[] = {
                { "daily", 0x7f },
                { "Daily", 0x7f },
                { "mon", 0x02 },
                { "sun", 0x01 },
                { "sat", 0x40 },
                { "SAT,Sun", 0x41 },
                { "mon-fri", 0x3e },
                { "fri-mon", 0x63 },
                { "sat-sun", 0x41 },
                { "sun-sat", 0x7f },
                { "mon-sun", 0x7f },
                { "sat-fri", 0x7f },
                { "tue-tue", 0x04 },
                { "mon, wed-thu", 0x1a },
                { " mon , wed - thu ", 0x1a },
                { "mon,mon,mon", 0x02 },
                { "mon-wed,tue-thu", 0x1e },
                { "", -1 },
                { " ", -1 },
                { "mo", -1 },
                { "monday", -1 },
                { "mon-", -1 },
                { "-mon", -1 },
                { "mon,", -1 },
                { ",mon", -1 },
                { "mon,,tue", -1 },
                { "mon tue", -1 },
                { "mon-tue-wed", -1 },
                { "daily,mon", -1 },
                { "mon,daily", -1 },
                { "mon..fri", -1 },
                { "1-5", -1 },
                { "mon\tfri", -1 },
                { "m", -1 },
                { "su", -1 },
                { "mon-fr", -1 },
                { "*", -1 },
                { "mon;tue", -1 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                uint8_t days = 0xaa;
                CHECK_INT(i, quiet_parse_days(rows[i].text, &days), rows[i].days >= 0);
                CHECK_INT(i, days, rows[i].days >= 0 ? rows[i].days : 0xaa);
        }
}

static void test_times(void **state) {
        (void)state;
        static const struct {
                const char *text;
                int minutes;
        } rows[] = {
                { "00:00", 0 },    { "0:00", 0 },     { "7:30", 450 },   { "07:30", 450 },
                { "22:00", 1320 }, { "23:59", 1439 }, { "24:00", 1440 }, { "24:01", -1 },
                { "25:00", -1 },   { "99:99", -1 },   { "12:60", -1 },   { "12:5", -1 },
                { "12", -1 },      { "", -1 },        { ":30", -1 },     { "1:", -1 },
                { "12:300", -1 },  { "012:00", -1 },  { " 12:00", -1 },  { "12:00 ", -1 },
                { "+1:00", -1 },   { "-1:00", -1 },   { "12.00", -1 },   { "12:0x", -1 },
                { "noon", -1 },    { "1", -1 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                uint16_t minutes = 9999;
                CHECK_INT(i, quiet_parse_time(rows[i].text, &minutes), rows[i].minutes >= 0);
                CHECK_INT(i, minutes, rows[i].minutes >= 0 ? rows[i].minutes : 9999);
        }
}

/* 1743206400 is Saturday 29 March 2025 00:00 UTC, the day before clocks are set forward in Berlin.
 */
static void test_next_change(void **state) {
        (void)state;
        static const struct {
                const char *zone, *days, *from, *to;
                uint64_t now, next; /* seconds; 0 = nothing within a day */
        } rows[] = {
                { "UTC", "daily", "08:00", "10:00", 1743206400, 1743206400 + 8 * 3600 },
                { "UTC", "daily", "08:00", "10:00", 1743206459, 1743206400 + 8 * 3600 },
                { NULL, "daily", "08:00", "10:00", 1743206400 + 8 * 3600, 1743206400 + 10 * 3600 },
                { "UTC", "daily", "08:00", "10:00", 1743206400 + 10 * 3600, 1743292800 + 8 * 3600 },
                { "UTC", "daily", "00:01", "00:02", 1743206400, 1743206460 },
                { "UTC", "daily", "00:00", "24:00", 1743206400, 0 },
                { "UTC", "mon", "08:00", "10:00", 1743206400, 0 },
                { "UTC", "sat", "00:00", "24:00", 1743206400, 1743292800 },
                { "Asia/Kolkata", "daily", "08:00", "10:00", 1743206400, 1743206400 + 9000 },
                /* Berlin, forward: 02:00 to 02:59 on 30 March is not there. 01:00 UTC = 1743296400.
                 */
                { "Europe/Berlin", "daily", "02:15", "02:45", 1743290000, 0 },
                { "Europe/Berlin", "daily", "02:30", "04:00", 1743290000, 1743296400 },
                { "Europe/Berlin", "daily", "01:30", "02:30", 1743290000, 1743294600 },
                { "Europe/Berlin", "daily", "01:30", "02:30", 1743294600, 1743296400 },
                { "Europe/Berlin", "daily", "22:00", "06:00", 1743285600, 1743307200 },
                { "Europe/Berlin", "sun", "03:00", "04:00", 1743290000, 1743296400 },
                /* Berlin, back: 02:00 to 02:59 on 26 October comes twice. 01:00 UTC = 1761440400.
                 */
                { "Europe/Berlin", "daily", "02:15", "02:45", 1761436000, 1761437700 },
                { "Europe/Berlin", "daily", "02:15", "02:45", 1761437700, 1761439500 },
                { "Europe/Berlin", "daily", "02:15", "02:45", 1761439500, 1761441300 },
                { "Europe/Berlin", "daily", "02:15", "02:45", 1761441300, 1761443100 },
                { "Europe/Berlin", "daily", "02:15", "02:45", 1761443100, 1761527700 },
                { "Europe/Berlin", "daily", "02:30", "04:00", 1761438600, 1761440400 },
                { "Europe/Berlin", "daily", "02:30", "04:00", 1761440400, 1761442200 },
                /* New York, forward: 02:00 on 9 March (07:00 UTC = 1741503600) */
                { "America/New_York", "daily", "02:30", "05:00", 1741500000, 1741503600 },
                { "America/New_York", "daily", "22:00", "06:00", 1741489200, 1741514400 },
                /* New York, back: 02:00 on 2 November (06:00 UTC = 1762063200) */
                { "America/New_York", "daily", "01:30", "03:00", 1762059600, 1762061400 },
                { "America/New_York", "daily", "01:30", "03:00", 1762061400, 1762063200 },
                { "America/New_York", "daily", "01:30", "03:00", 1762063200, 1762065000 },
                /* Lord Howe, back by half an hour: 02:00 becomes 01:30 on 6 April (15:00 UTC
                   before) */
                { "Australia/Lord_Howe", "daily", "01:45", "03:00", 1743862500, 1743864300 },
                { "Australia/Lord_Howe", "daily", "01:45", "03:00", 1743864300, 1743865200 },
                { "Australia/Lord_Howe", "daily", "01:45", "03:00", 1743865200, 1743866100 },
                /* forward: 02:00 becomes 02:30 on 5 October (15:30 UTC = 1759591800 before) */
                { "Australia/Lord_Howe", "daily", "02:15", "03:00", 1759588200, 1759591800 },
                { "Australia/Lord_Howe", "daily", "02:00", "02:30", 1759588200, 0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                QuietWindow window = { .timezone = rows[i].zone,
                                       .days = days_of(rows[i].days),
                                       .from = time_of(rows[i].from),
                                       .to = time_of(rows[i].to) };
                usec_t now = rows[i].now * USEC_PER_SEC;
                usec_t next = rows[i].next ? rows[i].next * USEC_PER_SEC : now + DAY;
                CHECK_INT(i, quiet_next_change(&window, now, read_zone) / USEC_PER_SEC,
                          next / USEC_PER_SEC);
        }
}

/* Held against the plain way: a look at every minute. */
static void test_next_change_random(void **state) {
        uint64_t seed = check_seed("test_next_change_random");
        (void)state;

        for (size_t i = 0; i < 3000; i++) {
                const Zone *zone = &zones[check_below(&seed, ELEMENTSOF(zones))];
                QuietWindow window = { .timezone = zone->name,
                                       .days = (uint8_t)check_below(&seed, 128),
                                       .from = (uint16_t)check_below(&seed, 1440),
                                       .to = (uint16_t)(1 + check_below(&seed, 1440)) };
                /* Near the days on which clocks are set, as a rule. */
                uint64_t about = check_below(&seed, 2) ? zone->from : zone->until;
                usec_t now = ((about ? about : 1743206400) - 100000 + check_below(&seed, 200000)) *
                             USEC_PER_SEC;
                bool active = quiet_is_active(&window, read_zone(zone->name, now));

                usec_t expected = now - now % MIN_ + MIN_;
                while (expected <= now + DAY &&
                       quiet_is_active(&window, read_zone(zone->name, expected)) == active)
                        expected += MIN_;
                expected = MIN(expected, now + DAY);

                looks = 0;
                usec_t next = quiet_next_change(&window, now, read_zone);
                if (next != expected)
                        fail_msg("turn %zu: %s %02x %d-%d at %" PRIu64 ": %" PRIu64
                                 ", not %" PRIu64,
                                 i, zone->name, window.days, window.from, window.to,
                                 now / USEC_PER_SEC, next / USEC_PER_SEC, expected / USEC_PER_SEC);
                CHECK(i, next > now && next <= now + DAY);
                CHECK(i, looks < 20); /* each sets the zone of the process */
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_active),
                cmocka_unit_test(test_days),
                cmocka_unit_test(test_times),
                cmocka_unit_test(test_next_change),
                cmocka_unit_test(test_next_change_random),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
