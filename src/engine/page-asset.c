/* SPDX-License-Identifier: MIT */
#include "engine/page-asset.h"

#include "base/text.h"

#include <inttypes.h>

/* The assembler takes the files as they are; Makefile says that this one depends on them. */
#define EMBED(symbol, path)                                                                        \
        __asm__(".pushsection .rodata." #symbol ",\"a\"\n"                                         \
                ".globl " #symbol "\n.hidden " #symbol "\n"                                        \
                ".globl " #symbol "_end\n.hidden " #symbol "_end\n" #symbol ":\n"                  \
                ".incbin \"" path "\"\n" #symbol "_end:\n.byte 0\n.popsection\n");                 \
        extern const char symbol[] __attribute__((visibility("hidden")));                          \
        extern const char symbol##_end[] __attribute__((visibility("hidden")))

EMBED(asset_page_css, "src/engine/page.css");
EMBED(asset_page_js, "src/engine/page.js");

static const struct {
        const char *name;
        const char *type;
        const char *data;
        const char *end;
} assets[] = {
        { "page.css", "text/css; charset=utf-8", asset_page_css, asset_page_css_end },
        { "page.js", "text/javascript; charset=utf-8", asset_page_js, asset_page_js_end },
};

void asset_url(StrBuf *b, const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(assets); i++)
                if (streq(assets[i].name, name))
                        strbuf_addf(b, "assets/%s?v=%016" PRIx64, name,
                                    text_hash(assets[i].data,
                                              (size_t)(assets[i].end - assets[i].data)));
}

bool asset_answer(const char *name, WebReply *ret) {
        for (size_t i = 0; i < ELEMENTSOF(assets); i++) {
                if (!streq(assets[i].name, name))
                        continue;
                *ret = (WebReply){
                        .status = 200,
                        .type = assets[i].type,
                        .cache = "public, max-age=31536000, immutable",
                };
                strbuf_add(&ret->body, assets[i].data, (size_t)(assets[i].end - assets[i].data));
                return true;
        }
        return false;
}
