/* SPDX-License-Identifier: MIT */
#include "engine/page.h"

#include "base/stamp.h"
#include "base/text.h"
#include "engine/api-find.h"
#include "engine/page-asset.h"
#include "engine/page-parts.h"
#include "io/evidence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TEXT_HTML  "text/html; charset=utf-8"
#define TEXT_PLAIN "text/plain; charset=utf-8"

/* --- the frame ----------------------------------------------------------------------------- */

/* A dot in the tab: what is wrong shows without looking at the page. */
static void add_icon(StrBuf *b, PageState state) {
        static const char *const colors[_STATE_MAX] = {
                [STATE_NONE] = "888",       [STATE_OK] = "1a7f37",       [STATE_UNKNOWN] = "888",
                [STATE_WARNING] = "d48806", [STATE_CRITICAL] = "c0152f",
        };
        strbuf_addf(b,
                    "<link rel=\"icon\" href=\"data:image/svg+xml,"
                    "%%3Csvg xmlns=%%22http://www.w3.org/2000/svg%%22 viewBox=%%220 0 16 16%%22"
                    "%%3E%%3Ccircle cx=%%228%%22 cy=%%228%%22 r=%%227%%22 fill=%%22%%23%s%%22/"
                    "%%3E%%3C/svg%%3E\">",
                    colors[state]);
}

static void add_clock(Page *p) {
        time_t seconds = (time_t)(p->now.wall / USEC_PER_SEC);
        struct tm tm = {};
        char text[64];

        localtime_r(&seconds, &tm);
        strftime(text, sizeof(text), "%H:%M:%S %Z", &tm);
        strbuf_adds(p->b, "<time id=\"made\" datetime=\"");
        stamp_format_utc(p->b, p->now.wall);
        strbuf_adds(p->b, "\">");
        page_escape(p->b, text);
        strbuf_adds(p->b, "</time>");
}

void page_begin(Page *p, const char *title, PageState state) {
        StrBuf *b = p->b;

        strbuf_adds(b, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                       "<meta name=\"color-scheme\" content=\"light dark\"><title>");
        page_escape(b, title);
        strbuf_adds(b, "</title>");
        add_icon(b, state);
        strbuf_addf(b, "<link rel=\"stylesheet\" href=\"%s", p->root);
        asset_url(b, "page.css");
        strbuf_addf(b, "\"><script defer src=\"%s", p->root);
        asset_url(b, "page.js");
        strbuf_addf(b,
                    "\"></script></head>\n<body><a class=\"skip\" href=\"#main\">Skip to the "
                    "content</a>\n<header><a class=\"home\" href=\"%s\">mailsecd</a>"
                    "<p class=\"age\"><span id=\"update\">As of ",
                    *p->root ? p->root : "./");
        add_clock(p);
        strbuf_adds(b, "</span> <strong id=\"stale\" role=\"status\"></strong></p></header>\n"
                       "<main id=\"main\" tabindex=\"-1\">\n");
}

void page_end(Page *p) {
        strbuf_adds(p->b, "</main>\n<footer><p>mailsecd ");
        page_escape(p->b, VERSION);
        strbuf_adds(p->b, ". This page only shows; <code>mailsecctl</code> acknowledges, silences "
                          "and tests.</p></footer></body></html>\n");
}

/* The way up from a path: one step less than it has slashes. */
static void find_root(Page *p, const char *path) {
        size_t steps = 0;

        for (const char *c = path; *c; c++)
                steps += *c == '/';
        steps = MIN(steps > 0 ? steps - 1 : 0, sizeof(p->root) / 3 - 1);
        for (size_t i = 0; i < steps; i++)
                strcpy(p->root + 3 * i, "../");
}

static void add_missing(Page *p, const char *what) {
        page_begin(p, "Not found - mailsecd", STATE_NONE);
        strbuf_adds(p->b, "<h1>Not found</h1><p>");
        page_escape(p->b, what);
        strbuf_addf(p->b, "</p><p><a href=\"%s\">All domains</a></p>", *p->root ? p->root : "./");
        page_end(p);
}

/* --- evidence ------------------------------------------------------------------------------ */

typedef struct OpenFile {
        int fd;
        off_t at;
} OpenFile;

static ssize_t file_read(void *userdata, char *buffer, size_t size) {
        OpenFile *file = userdata;

        ssize_t n = pread(file->fd, buffer, size, file->at);
        if (n < 0)
                return -errno;
        file->at += n;
        return n;
}

static void file_free(void *userdata) {
        OpenFile *file = userdata;

        close(file->fd);
        free(file);
}

static bool open_evidence(const Page *p, const char *domain, const char *stamp, const char *name,
                          WebStream *ret) {
        OpenFile *file = calloc(1, sizeof(*file));
        uint64_t size;

        if (!file)
                return false;
        if (evidence_open(p->m->config->state_dir, domain, stamp, name, &file->fd, &size) < 0) {
                free(file);
                return false;
        }
        *ret = (WebStream){ file_read, file_free, file, size };
        return true;
}

/* "DOMAIN/STAMP/FILE"; the names are checked by evidence_open(). */
static bool answer_evidence(Page *p, const char *rest, WebReply *ret) {
        _cleanup_free_ char *domain = strdup(rest);
        char *stamp = domain ? strchr(domain, '/') : NULL;
        char *file = stamp ? strchr(stamp + 1, '/') : NULL;

        if (!file)
                return false;
        *stamp++ = '\0';
        *file++ = '\0';
        if (names_find(&p->m->config->names, domain, strlen(domain)) == NAMES_NONE ||
            !open_evidence(p, domain, stamp, file, &ret->stream))
                return false;
        bool pdf = streq(file, "report.pdf");
        ret->status = 200;
        ret->type = pdf                         ? "application/pdf"
                    : streq(file, "SHA256SUMS") ? TEXT_PLAIN
                                                : "application/json";
        /* What a vendor sent is not shown as a page of ours. */
        ret->headers[0] = (WebHeader){ "Content-Disposition", pdf ? "inline" : "attachment" };
        return true;
}

/* --- which page ---------------------------------------------------------------------------- */

static bool answer_domain(Page *p, const char *name, WebReply *ret) {
        Api api = { .m = p->m, .request = p->request, .now = p->now };
        const Domain *domain = api_find_domain(&api, name);

        if (domain)
                page_domain(p, domain, &ret->stream);
        strbuf_done(&api.error);
        return domain != NULL;
}

static const char *rest_of(const char *path, const char *prefix) {
        return startswith(path, prefix) && path[strlen(prefix)] ? path + strlen(prefix) : NULL;
}

bool page_answer(Monitor *m, const WebRequest *request, WebReply *ret) {
        Page p = { .m = m, .request = request, .now = monitor_now(m), .b = &ret->body };
        const char *domain = rest_of(request->path, "/domain/");
        const char *asset = rest_of(request->path, "/assets/");
        const char *evidence = rest_of(request->path, "/evidence/");

        *ret = (WebReply){ .status = 200, .type = TEXT_HTML };
        find_root(&p, request->path);
        if (streq(request->path, "/")) {
                page_index(&p);
                return true;
        }
        if (!domain && !asset && !evidence)
                return false;
        if ((domain && answer_domain(&p, domain, ret)) || (asset && asset_answer(asset, ret)) ||
            (evidence && answer_evidence(&p, evidence, ret)))
                return true;
        ret->status = 404;
        ret->type = TEXT_HTML;
        add_missing(&p, domain     ? "No such domain is watched."
                        : evidence ? "There is no such file of evidence (any more)."
                                   : "There is no such file.");
        return true;
}
