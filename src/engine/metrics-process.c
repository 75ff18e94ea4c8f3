/* SPDX-License-Identifier: MIT */
/* What every program that Prometheus asks tells of its process, by the names that all of them use.
 * What cannot be read has no sample. */
#include "engine/metrics-exposition.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <sys/resource.h>
#include <unistd.h>

/* A number of /proc/self/statm (0: all, 1: resident) in bytes, or NAN. */
static double memory(unsigned field) {
        char text[128];
        double pages = NAN;

        int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return NAN;
        ssize_t n = read(fd, text, sizeof(text) - 1);
        close(fd);
        if (n <= 0)
                return NAN;
        text[n] = '\0';
        char *e = text, *end;
        for (unsigned i = 0; i <= field; i++, e = end) {
                pages = (double)strtoull(e, &end, 10);
                if (end == e)
                        return NAN;
        }
        return pages * (double)sysconf(_SC_PAGESIZE);
}

static bool add_resident(Exposition *e) {
        metrics_sample(e, memory(1), NULL);
        return false;
}

static bool add_virtual(Exposition *e) {
        metrics_sample(e, memory(0), NULL);
        return false;
}

static bool add_cpu(Exposition *e) {
        struct rusage usage;

        if (getrusage(RUSAGE_SELF, &usage) == 0)
                metrics_sample(e,
                               (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                                       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) /
                                               1e6,
                               NULL);
        return false;
}

static bool add_open_fds(Exposition *e) {
        DIR *dir = opendir("/proc/self/fd");
        size_t n = 0;

        if (!dir)
                return false;
        for (const struct dirent *entry; (entry = readdir(dir));)
                n += entry->d_name[0] != '.';
        closedir(dir);
        metrics_sample(e, (double)n - 1, NULL); /* without the one that looks */
        return false;
}

static bool add_max_fds(Exposition *e) {
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
                metrics_sample(e, (double)limit.rlim_cur, NULL);
        return false;
}

static bool add_start(Exposition *e) {
        metrics_sample(e, (double)e->m->health.started / (double)USEC_PER_SEC, NULL);
        return false;
}

const FamilyTable *metrics_process_families(void) {
        /* clang-format off */
        static const FamilyRow rows[] = {
                { "process_start_time_seconds", FAMILY_GAUGE, "seconds",
                  "when the process started, in seconds since 1970", add_start, NULL },
                { "process_cpu_seconds", FAMILY_COUNTER, "seconds",
                  "CPU time of the process, user and system", add_cpu, NULL },
                { "process_resident_memory_bytes", FAMILY_GAUGE, "bytes", "resident memory", add_resident, NULL },
                { "process_virtual_memory_bytes", FAMILY_GAUGE, "bytes", "virtual memory", add_virtual, NULL },
                { "process_open_fds", FAMILY_GAUGE, NULL, "open file descriptors", add_open_fds, NULL },
                { "process_max_fds", FAMILY_GAUGE, NULL, "most file descriptors that may be open", add_max_fds, NULL },
        };
        /* clang-format on */
        static const FamilyTable table = { rows, ELEMENTSOF(rows) };

        return &table;
}
