/* SPDX-License-Identifier: MIT */
#include "config/load.h"

#include "base/text.h"
#include "config/file.h"
#include "config/read.h"
#include "config/scan.h"
#include "config/schema.h"
#include "config/tree.h"

#include <errno.h>
#include <string.h>

#define INCLUDE_DIR_DEFAULT "conf.d"
#define FILES_MAX           60000 /* an origin has 16 bits for its file */

void load_problem(Load *l, Severity severity, Origin origin, const char *format, ...) {
        _cleanup_strbuf_ StrBuf b = { 0 };
        va_list ap;

        va_start(ap, format);
        strbuf_vaddf(&b, format, ap);
        va_end(ap);

        uint16_t file = origin.file > 0 ? origin.file : 1;
        int r = b.error < 0 ? b.error
                            : problems_add(l->problems, l->config->files[file], file, origin.line,
                                           severity, strbuf_text(&b));
        if (r < 0)
                l->error = r;
        l->errors += severity == SEVERITY_ERROR;
}

const char *load_place(Load *l, Origin origin) {
        _cleanup_strbuf_ StrBuf b = { 0 };
        const char *file = l->config->files[origin.file];

        text_escape(&b, file, strlen(file), 4096);
        strbuf_addf(&b, ":%u", origin.line);
        const char *place = load_strdup(l, strbuf_text(&b));
        return place ? place : file;
}

void *load_alloc(Load *l, size_t size) {
        void *memory = arena_alloc(&l->config->arena, size);
        if (!memory)
                l->error = -ENOMEM;
        return memory;
}

char *load_strdup(Load *l, const char *text) {
        char *copy = arena_strdup(&l->config->arena, text);
        if (!copy)
                l->error = -ENOMEM;
        return copy;
}

bool load_grow(Load *l, void *list, uint32_t n, uint32_t *allocated, size_t size) {
        void **memory = list;

        if (n < *allocated)
                return true;
        uint32_t more = MAX(*allocated * 2, 16u);
        void *grown = more > n ? reallocarray(*memory, more, size) : NULL;
        if (!grown) {
                l->error = -ENOMEM;
                return false;
        }
        *memory = grown;
        *allocated = more;
        return true;
}

/* The directory part of a path, malloc()ed: "/", "." or without a trailing slash. */
static char *directory_part(const char *path) {
        const char *slash = strrchr(path, '/');

        return slash ? strndup(path, MAX((size_t)(slash - path), (size_t)1)) : strdup(".");
}

/* The directory of a file, absolute where it can be found out. */
static const char *directory_of(Load *l, const char *path) {
        _cleanup_free_ char *directory = directory_part(path);
        if (!directory) {
                l->error = -ENOMEM;
                return "";
        }
        _cleanup_free_ char *absolute = directory[0] == '/' ? NULL : realpath(directory, NULL);
        const char *copy = load_strdup(l, absolute ? absolute : directory);
        return copy ? copy : "";
}

int load_begin_file(Load *l, const char *path) {
        Config *config = l->config;

        if (config->n_files > FILES_MAX)
                return -E2BIG;
        if (!load_grow(l, &config->files, config->n_files, &l->files_allocated,
                       sizeof(*config->files)))
                return -ENOMEM;
        const char *copy = load_strdup(l, path);
        if (!copy)
                return -ENOMEM;
        l->file = config->n_files;
        config->files[config->n_files++] = copy;
        l->directory = directory_of(l, path);
        return l->error;
}

static void report_scan(void *userdata, unsigned line, const char *problem) {
        Load *l = userdata;
        load_error(l, ((Origin){ line, l->file }), "%s", problem);
}

/* Says why libconfig broke off; where it is silent, more. */
static void report_parse(Load *l, const char *text, unsigned line, const char *error) {
        Origin here = { line, l->file };
        Token name;
        unsigned first;

        if (strstr(error, "duplicate") && scan_duplicate(text, line, &name, &first)) {
                here.line = name.line;
                load_error(l, here, "%.*s is set again, first set at %s", (int)name.size,
                           text + name.at, load_place(l, (Origin){ first, l->file }));
        } else if (streq(error, "syntax error"))
                load_error(
                        l, here,
                        "syntax error here or just before (is a ';', a ',' or a bracket missing?)");
        else
                load_error(l, here, "%s", error);
}

void load_text(Load *l, char *text, size_t size) {
        _cleanup_free_ char *owned = text;
        _cleanup_(scan_lines_done) ScanLines lines = { 0 };
        _cleanup_(tree_freep) Tree *tree = NULL;
        unsigned line;
        const char *error;

        int r = scan_check(text, &size, &lines, report_scan, l);
        bool told = r == -EINVAL;
        if (r == 0 || told)
                r = tree_parse(text, size, &lines, &tree, &line, &error);
        if (r == -EINVAL && !told)
                report_parse(l, text, line, error);
        if (r == -EINVAL || told)
                l->broken = true;
        else if (r < 0)
                l->error = r;

        /* The tree holds all there is to know: of a large file no second copy is kept. */
        free(TAKE_PTR(owned));
        scan_lines_done(&lines);
        if (tree)
                read_tree(l, tree);
}

static void load_file(Load *l, const char *path) {
        _cleanup_strbuf_ StrBuf problem = { 0 };
        unsigned line;
        char *text;
        size_t size;

        int r = load_begin_file(l, path);
        if (r == 0)
                r = file_read_text(path, &text, &size, &problem, &line);
        if (r == 0)
                load_text(l, text, size);
        else if (r == -EINVAL) {
                l->broken = true;
                load_error(l, ((Origin){ line, l->file }), "%s", strbuf_text(&problem));
        } else
                l->error = r;
}

/* Reads the files of include_dir in name order. */
static void load_include_dir(Load *l, const char *main_path) {
        const Section *section = &config_sections[SECTION_TOP];
        Origin origin = key_origin_of(section, section_find(section, "include_dir"), l->draft);
        const char *directory = l->draft->include_dir;
        _cleanup_(file_list_freep) char **list = NULL;
        _cleanup_strbuf_ StrBuf path = { 0 };
        const char *slash = strrchr(main_path, '/');

        if (!directory)
                return;
        if (directory[0] != '/' && slash)
                strbuf_add(&path, main_path, (size_t)(slash - main_path) + 1);
        strbuf_adds(&path, directory);
        int r = path.error < 0 ? path.error : file_list(strbuf_text(&path), &list);
        if (r == -ENOENT && streq(directory, INCLUDE_DIR_DEFAULT))
                return; /* the default need not be there */
        if (r == -ENOMEM)
                l->error = r;
        else if (r < 0) {
                l->broken = true;
                load_error(l, origin, "include_dir %s cannot be read: %s", strbuf_text(&path),
                           strerror(-r));
        }
        for (char **file = list; file && *file && l->error == 0; file++) {
                load_file(l, *file);
                if (l->error == -E2BIG) {
                        l->error = 0;
                        l->broken = true;
                        load_error(l, origin, "include_dir holds more than %d files", FILES_MAX);
                        break;
                }
        }
}

static int load_begin(Load *l, const ConfigEnvironment *environment, Problems *problems) {
        *l = (Load){ .problems = problems, .environment = environment };
        l->config = calloc(1, sizeof(*l->config));
        if (!l->config)
                return -ENOMEM;
        l->draft = l->config->draft = draft_new(&l->config->arena);
        if (!l->draft)
                return -ENOMEM;
        return load_begin_file(l, "default");
}

/* Resolves and checks what was read, and hands it over when nothing is wrong. */
static int load_end(Load *l, Config **ret) {
        static void (*const steps[])(Load *) = { settings_resolve, domains_resolve, check_config };

        for (size_t i = 0; i < ELEMENTSOF(steps) && l->error == 0; i++)
                steps[i](l);
        problems_sort(l->problems);
        if (l->error < 0)
                return l->error;
        if (l->errors > 0)
                return -EINVAL;
        *ret = TAKE_PTR(l->config);
        return 0;
}

int config_load(const char *path, const ConfigEnvironment *environment, Problems *problems,
                Config **ret) {
        Load l;

        int r = load_begin(&l, environment, problems);
        if (r == 0) {
                load_file(&l, path);
                if (l.error == 0)
                        load_include_dir(&l, path);
                r = load_end(&l, ret);
        }
        config_free(l.config);
        return r;
}

int config_load_text(const char *path, const char *text, size_t size,
                     const ConfigEnvironment *environment, Problems *problems, Config **ret) {
        Load l;

        int r = load_begin(&l, environment, problems);
        if (r == 0)
                r = load_begin_file(&l, path);
        if (r == 0) {
                _cleanup_strbuf_ StrBuf problem = { 0 };
                unsigned line;
                char *copy = malloc(size + 2);
                if (!copy)
                        l.error = -ENOMEM;
                else if (file_check_text(text, size, &problem, &line) < 0) {
                        l.broken = true;
                        load_error(&l, ((Origin){ line, l.file }), "%s", strbuf_text(&problem));
                        free(copy);
                } else {
                        memcpy(copy, text, size);
                        memcpy(copy + size, "\n", 2);
                        load_text(&l, copy, size + 1);
                }
                r = load_end(&l, ret);
        }
        config_free(l.config);
        return r;
}

Config *config_free(Config *config) {
        if (!config)
                return NULL;
        for (uint32_t i = 0; i < config->n_symantec; i++)
                secret_free(config->symantec[i].settings.password);
        secret_free(config->immuniweb.api_key);
        for (uint32_t i = 0; i < config->n_alertmanagers; i++)
                secret_free(config->alertmanagers[i].password);
        secret_free(config->web.certificate);
        secret_free(config->web.key);
        secret_free(config->web.client_ca);
        secret_free(config->web.password);
        names_done(&config->names);
        draft_done(config->draft);
        free(config->domains);
        free(config->files);
        arena_done(&config->arena);
        free(config);
        return NULL;
}
