/* SPDX-License-Identifier: MIT */
#include "engine/page-spark.h"

#include "base/text.h"
#include "engine/page-parts.h"
#include "io/store-history.h"

#include <math.h>
#include <string.h>

#define SLOTS_PER_HOUR (USEC_PER_HOUR / DAY_SPARK_STEP)

/* How soon after a pass another one may begin. */
#define PASS_EVERY (5 * USEC_PER_SEC)

/* Rows written in the same poll lie this close together. */
#define SAME_POLL (50 * USEC_PER_MSEC)

/* More than any chunk has series. */
#define CHUNK 64u

#define UNKNOWN UINT16_MAX
#define EXACT   30000.0 /* seconds that are kept as they are; above, minutes */

/* One domain. A half hour's place is its number since 1970 modulo 48. */
typedef struct Spark {
        uint32_t series;
        uint32_t domain; /* in Config.domains */
        uint64_t end;    /* half hours before this one are read; 0 = none yet */
        uint16_t values[DAY_SPARK_N];
} Spark;

/* What is needed of a series only while its chunk is read. */
typedef struct SparkRead {
        double before; /* the last value in the hour */
        usec_t hour;
        uint64_t slot; /* half hour that has an entry already */
} SparkRead;

struct PageSparks {
        Monitor *m;
        uint64_t reloads; /* what it was made for: */
        const Store *store;
        uint64_t commits; /* of it: another one in the same place has fewer */
        size_t metrics[2];
        uint32_t n;
        Spark *list;      /* by series */
        uint32_t *places; /* of Config.domains: place in list, or NAMES_NONE */
        uint32_t n_domains;
        uint32_t n_watched;           /* of them by symantec */
        usec_t (*polls)[DAY_SPARK_N]; /* per symantec account: the first good poll of a half hour
                                       */

        size_t at;           /* where the pass is; n = between passes */
        uint64_t first;      /* half hour that the pass begins with */
        usec_t to;           /* wall: what it goes up to */
        usec_t begun;        /* boot: the last pass */
        Spark *slots[CHUNK]; /* of the chunk that is read, by series modulo CHUNK; and: */
        SparkRead reads[CHUNK];
        sd_event_source *more;
};

void page_sparks_free(PageSparks *s) {
        if (!s)
                return;
        sd_event_source_disable_unref(s->more);
        free(s->list);
        free(s->places);
        free(s->polls);
        free(s);
}

static uint16_t pack(double seconds) {
        if (seconds < EXACT)
                return (uint16_t)lround(fmax(seconds, 0));
        return (uint16_t)fmin(EXACT + (seconds - EXACT) / 60, UNKNOWN - 1);
}

static double unpack(uint16_t value) {
        if (value == UNKNOWN)
                return NAN;
        return value <= EXACT ? value : EXACT + (value - EXACT) * 60;
}

/* --- reading ------------------------------------------------------------------------------- */

static void note(Spark *spark, uint64_t slot, double value) {
        uint16_t *place = &spark->values[slot % DAY_SPARK_N];

        if (!isnan(value) && (*place == UNKNOWN || unpack(*place) < value))
                *place = pack(value);
}

static usec_t first_poll(const PageSparks *s, const Spark *spark, uint64_t slot) {
        usec_t at = s->polls[s->m->config->domains[spark->domain].account][slot % DAY_SPARK_N];

        return at / DAY_SPARK_STEP == slot ? at : 0;
}

/* What stood before still stood at the polls of this half hour up to `until`. */
static void carry(const PageSparks *s, Spark *spark, const SparkRead *read, uint64_t slot,
                  usec_t until) {
        usec_t poll = first_poll(s, spark, slot);

        if (read->slot < slot && slot / SLOTS_PER_HOUR == read->hour && poll > 0 && poll < until)
                note(spark, slot, read->before);
}

/* Fills in the half hours of the hour behind the last entry. */
static void end_hour(const PageSparks *s, Spark *spark, SparkRead *read) {
        uint64_t end = (read->hour + 1) * SLOTS_PER_HOUR;

        for (uint64_t slot = read->slot + 1; read->hour > 0 && slot < end; slot++)
                carry(s, spark, read, slot, s->to);
}

static int take_value(void *userdata, uint32_t series, usec_t at, const double *values) {
        PageSparks *s = userdata;
        Spark *spark = s->slots[series % CHUNK];
        SparkRead *read = &s->reads[series % CHUNK];
        uint64_t slot = at / DAY_SPARK_STEP;

        if (!spark || slot < s->first || at > s->to)
                return 0;
        if (at / USEC_PER_HOUR != read->hour) {
                end_hour(s, spark, read);
                *read = (SparkRead){ .before = NAN, .hour = at / USEC_PER_HOUR };
        }
        carry(s, spark, read, slot, at > SAME_POLL ? at - SAME_POLL : 0);
        read->before = fmax(values[0], values[1]); /* the known one where the other is not */
        read->slot = slot;
        note(spark, slot, read->before);
        return 0;
}

/* Reads all of one chunk; `at` moves behind it. Whether it could be read. */
static bool read_chunk(PageSparks *s) {
        const uint32_t series = s->list[s->at].series, end = history_chunk_end(series);
        const uint64_t now = s->to / DAY_SPARK_STEP;
        size_t next = s->at;

        memset(s->reads, 0, sizeof(s->reads));
        memset(s->slots, 0, sizeof(s->slots));
        for (; next < s->n && s->list[next].series < end; next++) {
                s->slots[s->list[next].series % CHUNK] = &s->list[next];
                for (uint64_t slot = s->first; slot <= now; slot++)
                        s->list[next].values[slot % DAY_SPARK_N] = UNKNOWN;
        }
        int r = history_sweep(s->m->store, metric_set(SOURCE_SYMANTEC, SCOPE_DOMAIN), s->metrics,
                              ELEMENTSOF(s->metrics), series, s->first * DAY_SPARK_STEP, s->to,
                              take_value, s);
        for (; s->at < next; s->at++) {
                Spark *spark = &s->list[s->at];
                end_hour(s, spark, &s->reads[spark->series % CHUNK]);
                spark->end = now + 1;
        }
        return r >= 0;
}

typedef struct Polls {
        usec_t *list;
} Polls;

static int take_poll(void *userdata, const HistoryPoint *point) {
        usec_t *at = &((Polls *)userdata)->list[point->at / DAY_SPARK_STEP % DAY_SPARK_N];

        /* A half hour of the day before stands in the same place. */
        if (!(point->mean > 0))
                return 0;
        if (*at / DAY_SPARK_STEP != point->at / DAY_SPARK_STEP || *at > point->at)
                *at = point->at;
        return 0;
}

/* When each account was polled with success: what did not change is not written, but was seen. */
static void read_polls(PageSparks *s) {
        const Monitor *m = s->m;
        size_t up = metric_find(metric_set(SOURCE_SYMANTEC, SCOPE_ACCOUNT), "up");

        for (uint32_t i = 0; i < m->config->n_symantec; i++)
                (void)history_read(m->store, SOURCE_SYMANTEC, SCOPE_ACCOUNT, m->accounts[i].name,
                                   NULL, up, s->first * DAY_SPARK_STEP, s->to, take_poll,
                                   &(Polls){ s->polls[i] });
}

/* --- passes -------------------------------------------------------------------------------- */

static bool is_current(const PageSparks *s, const Monitor *m) {
        return s->store == m->store && s->reloads == m->counters.reloads;
}

/* Goes on for a while; whether the pass is through. */
static bool go_on(PageSparks *s) {
        usec_t until = page_real_time() + PAGE_TURN_SPAN;

        while (s->at < s->n)
                if (!read_chunk(s) || page_real_time() >= until)
                        break;
        return s->at == s->n;
}

static int on_more(sd_event_source *source, void *userdata) {
        PageSparks *s = userdata;

        if (!is_current(s, s->m))
                s->at = s->n; /* the next page begins anew */
        if (s->at == s->n || go_on(s))
                (void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
        return 0;
}

static void begin(PageSparks *s, Moment now) {
        uint64_t slot = now.wall / DAY_SPARK_STEP, hour = slot - slot % SLOTS_PER_HOUR;
        /* The hours up to the one that the last pass ended in are as they are. */
        uint64_t read = s->to / USEC_PER_HOUR * SLOTS_PER_HOUR;
        uint64_t day =
                hour > DAY_SPARK_N - SLOTS_PER_HOUR ? hour - DAY_SPARK_N + SLOTS_PER_HOUR : 0;

        s->first = s->to > 0 && read <= hour ? MAX(read, day) : day;
        s->to = now.wall;
        s->begun = now.boot;
        s->at = 0;
        read_polls(s);
        if (!go_on(s))
                (void)sd_event_source_set_enabled(s->more, SD_EVENT_ON);
}

/* --- beginning ----------------------------------------------------------------------------- */

static int take_name(void *userdata, uint32_t series, const char *target) {
        PageSparks *s = userdata;
        const Config *config = s->m->config;
        uint32_t domain = names_find(&config->names, target, strlen(target));

        if (domain == NAMES_NONE || !config->domains[domain].rules[SOURCE_SYMANTEC] ||
            s->places[domain] != NAMES_NONE)
                return 0;
        Spark *spark = &s->list[s->n];
        *spark = (Spark){ .series = series, .domain = domain };
        memset(spark->values, 0xff, sizeof(spark->values));
        s->places[domain] = s->n++;
        return 0;
}

static PageSparks *sparks_new(Monitor *m) {
        const MetricSet *set = metric_set(SOURCE_SYMANTEC, SCOPE_DOMAIN);
        const Config *config = m->config;
        PageSparks *s = calloc(1, sizeof(*s));

        if (!s)
                return NULL;
        s->m = m;
        s->reloads = m->counters.reloads;
        s->store = m->store;
        s->n_domains = config->n_domains;
        s->metrics[0] = metric_find(set, "inbound_oldest");
        s->metrics[1] = metric_find(set, "outbound_oldest");
        s->list = calloc(config->n_domains, sizeof(*s->list));
        s->places = malloc(config->n_domains * sizeof(*s->places));
        s->polls = calloc(MAX(config->n_symantec, 1u), sizeof(*s->polls));
        if (!s->list || !s->places || !s->polls ||
            sd_event_add_defer(m->event, &s->more, on_more, s) < 0 ||
            sd_event_source_set_enabled(s->more, SD_EVENT_OFF) < 0) {
                page_sparks_free(s);
                return NULL;
        }
        memset(s->places, 0xff, config->n_domains * sizeof(*s->places));
        for (uint32_t i = 0; i < config->n_domains; i++)
                s->n_watched += config->domains[i].rules[SOURCE_SYMANTEC] != NULL;
        /* What cannot be read stays unknown. */
        (void)history_names(m->store, SOURCE_SYMANTEC, SCOPE_DOMAIN, take_name, s);
        s->at = s->n;
        return s;
}

/* Series are made by the first sample: whether one came since. */
static int is_new(void *userdata, uint32_t series, const char *target) {
        const PageSparks *s = userdata;
        const Config *config = s->m->config;
        uint32_t domain = names_find(&config->names, target, strlen(target));
        (void)series;

        return domain != NAMES_NONE && config->domains[domain].rules[SOURCE_SYMANTEC] &&
               s->places[domain] == NAMES_NONE;
}

static bool is_whole(PageSparks *s) {
        return s->n == s->n_watched ||
               history_names(s->m->store, SOURCE_SYMANTEC, SCOPE_DOMAIN, is_new, s) <= 0;
}

PageSparks *page_sparks(Monitor *m, Moment now) {
        PageSparks *s = m->page_sparks;
        StoreFigures figures = {};

        if (m->store)
                store_figures(m->store, &figures);
        if (s && (!is_current(s, m) || figures.commits < s->commits)) {
                page_sparks_free(s);
                s = m->page_sparks = NULL;
        }
        bool due = !s || (s->at == s->n && now.boot >= s->begun + PASS_EVERY);
        if (s && due && !is_whole(s)) {
                page_sparks_free(s);
                s = m->page_sparks = NULL;
        }
        if (!s && m->store)
                s = m->page_sparks = sparks_new(m);
        if (s)
                s->commits = figures.commits;
        if (s && due)
                begin(s, now);
        return s;
}

bool page_spark_read(const PageSparks *s, uint32_t domain, usec_t wall,
                     double ret[static DAY_SPARK_N]) {
        uint32_t place = s && domain < s->n_domains ? s->places[domain] : NAMES_NONE;
        uint64_t first = wall / DAY_SPARK_STEP - DAY_SPARK_N + 1;

        if (place == NAMES_NONE || s->list[place].end == 0)
                return false;
        const Spark *spark = &s->list[place];
        for (size_t i = 0; i < DAY_SPARK_N; i++) {
                uint64_t slot = first + i;
                bool read = slot < spark->end && slot + DAY_SPARK_N >= spark->end;
                ret[i] = read ? unpack(spark->values[slot % DAY_SPARK_N]) : NAN;
        }
        return true;
}
