/* SPDX-License-Identifier: MIT */
#include "io/web-gate.h"

#include "base/address.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

#define HOST_MAX 256

/* --- hosts ---------------------------------------------------------------------------------- */

/* Copies the host of "HOST", "HOST:PORT" or "[v6]:PORT", without brackets or a last dot. */
static bool host_cut(const char *text, size_t size, char ret[HOST_MAX]) {
        const char *end = text + size, *begin = text, *stop, *rest;

        if (size > 0 && *text == '[') {
                begin++;
                stop = memchr(begin, ']', size - 1);
                if (!stop)
                        return false;
                rest = stop + 1;
        } else {
                stop = memchr(text, ':', size);
                if (!stop)
                        stop = end;
                rest = stop;
        }
        if (rest < end &&
            (*rest != ':' || strspn(rest + 1, "0123456789") < (size_t)(end - rest) - 1))
                return false;
        size_t n = (size_t)(stop - begin);
        if (n > 0 && begin[n - 1] == '.')
                n--;
        if (n == 0 || n >= HOST_MAX)
                return false;
        memcpy(ret, begin, n);
        ret[n] = '\0';
        return true;
}

/* That of "https://HOST:PORT/PATH". */
static char *host_of_url(const char *url) {
        const char *begin = strstr(url, "://");
        char host[HOST_MAX];

        if (!begin)
                return NULL;
        begin += 3;
        return host_cut(begin, strcspn(begin, "/?#"), host) ? strdup(host) : NULL;
}

static bool host_is_meant(const WebGate *gate, const WebRequest *request) {
        const char *text = web_header(request, "Host");
        char host[HOST_MAX];

        if (!text)
                return true;
        if (!host_cut(text, strlen(text), host))
                return false;
        return address_host_is_loopback(host) || (gate->host && streq_nocase(host, gate->host));
}

/* --- names and passwords --------------------------------------------------------------------- */

/* Of the base64 text as a client sends it; its padding says nothing. */
static int login_digest(const char *text, size_t size, unsigned char ret[WEB_DIGEST_SIZE]) {
        while (size > 0 && (text[size - 1] == '=' || text[size - 1] == ' '))
                size--;
        return web_digest(text, size, ret);
}

static int login_expected(const WebSettings *settings, unsigned char ret[WEB_DIGEST_SIZE]) {
        _cleanup_(strbuf_wipe) StrBuf plain = { 0 };
        _cleanup_(strbuf_wipe) StrBuf text = { 0 };

        (void)strbuf_addf(&plain, "%s:", settings->username ? settings->username : "");
        int r = strbuf_add(&plain, settings->password->text, settings->password->size);
        if (r < 0)
                return r;
        r = web_base64(&text, plain.data, plain.size);
        return r < 0 ? r : login_digest(text.data, text.size, ret);
}

/* What was sent is compared in its base64 form, so that no copy of a password is made of it. */
static bool login_is_right(const WebGate *gate, const WebRequest *request) {
        static const char scheme[] = "Basic ";
        const char *text = web_header(request, "Authorization");
        unsigned char digest[WEB_DIGEST_SIZE];

        if (!text || strncasecmp(text, scheme, STRLEN("Basic ")) != 0)
                return false;
        text += strspn(text + STRLEN("Basic"), " ") + STRLEN("Basic");
        return login_digest(text, strlen(text), digest) >= 0 &&
               web_digest_equal(digest, gate->login);
}

/* --- the gate -------------------------------------------------------------------------------- */

int web_gate_set(WebGate *ret, const WebSettings *settings) {
        WebGate gate = {
                .certificate = settings->certificate && settings->client_ca,
                .password = settings->password != NULL,
        };

        if (gate.password) {
                int r = login_expected(settings, gate.login);
                if (r < 0)
                        return r;
        }
        gate.host = settings->url ? host_of_url(settings->url) : NULL;
        *ret = gate;
        return 0;
}

void web_gate_done(WebGate *gate) {
        free(gate->host);
        *gate = (WebGate){ 0 };
}

static void refuse_stranger(const WebGate *gate, WebReply *ret) {
        if (gate->password) {
                ret->headers[0] = (WebHeader){ "WWW-Authenticate",
                                               "Basic realm=\"mailsecd\", charset=\"UTF-8\"" };
                web_refuse(ret, 401, "a name and password are needed");
        } else {
                web_refuse(ret, 403, "a client certificate is needed");
        }
}

bool web_gate_pass(const WebGate *gate, const WebRequest *request, WebReply *ret) {
        bool open = !gate->certificate && !gate->password;

        if (open && !host_is_meant(gate, request)) {
                web_refuse(ret, 421, "this is not the host that was asked for");
                return false;
        }
        if (!open && !(gate->certificate && web_tls_client_is_known(request)) &&
            !(gate->password && login_is_right(gate, request))) {
                refuse_stranger(gate, ret);
                return false;
        }
        if (!streq(request->method, "GET")) {
                ret->headers[0] = (WebHeader){ "Allow", "GET, HEAD" };
                web_refuse(ret, 405, "only GET and HEAD: nothing can be changed here");
                return false;
        }
        return true;
}
