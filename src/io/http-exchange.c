/* SPDX-License-Identifier: MIT */
#include "io/http-exchange.h"

#include "io/http-outcome.h"
#include "io/http-retry.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* A peer that has not taken the connection after this long will not. */
#define CONNECT_TIMEOUT_MAX (10 * USEC_PER_SEC)

/* Fewer bytes than that per second is standing still. It counts while the peer thinks, too, so the
 * span is most of the timeout, but never longer than the maximum. */
#define LOW_SPEED_BYTES    100L
#define LOW_SPEED_TIME_MAX (60 * USEC_PER_SEC)

/* A streamed body is large, another one is a few kilobytes. */
#define BUFFER_STREAMED_BYTES (64L * 1024)
#define BUFFER_KEPT_BYTES     (16L * 1024)
/* The least that curl takes; a form is far smaller. From 64 KiB on glibc tidies up at every free.
 */
#define BUFFER_SENT_BYTES (16L * 1024)

/* Reading the system's CA bundle costs 20 ms; a change of it takes effect after this long. */
#define CA_CACHE_SEC 3600L

/* Found dead peers; far below the time after which firewalls forget a connection. */
#define KEEPALIVE_SEC 60L

#define SET(option, value)                                                                         \
        do {                                                                                       \
                CURLcode set_code = curl_easy_setopt(x->easy, option, value);                      \
                if (set_code != CURLE_OK)                                                          \
                        return set_code;                                                           \
        } while (false)

static bool is_success(const Exchange *x) {
        return x->status >= 200 && x->status <= 299;
}

/* Gives the body to its reader, or keeps it. Returns what curl wants: the size, or else it stops.
 */
static size_t on_body(char *data, size_t one, size_t size, void *userdata) {
        Exchange *x = userdata;

        if (size == 0)
                return 0;
        if (x->status == 0)
                (void)curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &x->status);
        x->received += size * one;

        size_t max = x->request->body_max;
        if (!is_success(x)) {
                size_t kept = MIN(size, ERROR_BODY_MAX - x->body.size);
                if (strbuf_add(&x->body, data, kept) < 0)
                        return 0;
                return x->received > MAX(max, ERROR_BODY_MAX) ? 0 : size;
        }
        if (x->received > max) {
                x->too_large = true;
                return 0;
        }
        if (x->request->feed) {
                x->refused = x->request->feed(x->request->userdata, data, size) != 0;
                return x->refused ? 0 : size;
        }
        return strbuf_add(&x->body, data, size) < 0 ? 0 : size;
}

/* Keeps the value of one header line (not NUL-terminated) if it is the header `name`. */
static void header_keep(const char *line, size_t size, const char *name, char *value, size_t max) {
        size_t n = strlen(name);

        if (size <= n || line[n] != ':' || strncasecmp(line, name, n) != 0)
                return;
        line += n + 1;
        size -= n + 1;
        while (size > 0 && (*line == ' ' || *line == '\t'))
                line++, size--;
        while (size > 0 && (unsigned char)line[size - 1] <= ' ')
                size--;
        if (size >= max)
                size = 0;
        memcpy(value, line, size);
        value[size] = '\0';
}

static size_t on_header(char *line, size_t one, size_t size, void *userdata) {
        Exchange *x = userdata;

        size *= one;
        if (size >= 5 && memcmp(line, "HTTP/", 5) == 0) { /* after a 1xx comes another head */
                x->retry_after[0] = x->date[0] = '\0';
                x->head_whole = false;
        }
        if (size > 0 && (line[0] == '\r' || line[0] == '\n'))
                x->head_whole = true;
        header_keep(line, size, "Retry-After", x->retry_after, sizeof(x->retry_after));
        header_keep(line, size, "Date", x->date, sizeof(x->date));
        return size;
}

/* Milliseconds for curl, at least one: 0 would mean no limit. */
static long milliseconds(usec_t t) {
        return (long)CLAMP(t / USEC_PER_MSEC, (usec_t)1, (usec_t)INT32_MAX);
}

static CURLcode set_limits(Exchange *x, const Endpoint *endpoint) {
        usec_t stalled = CLAMP(endpoint->timeout / 4 * 3, USEC_PER_SEC, LOW_SPEED_TIME_MAX);
        size_t max = MAX(x->request->body_max, ERROR_BODY_MAX);

        SET(CURLOPT_NOSIGNAL, 1L);
        /* Else curl waits for getaddrinfo() when an exchange ends before the name is resolved. */
        SET(CURLOPT_QUICK_EXIT, 1L);
        SET(CURLOPT_TIMEOUT_MS, milliseconds(endpoint->timeout));
        SET(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(MIN(endpoint->timeout, CONNECT_TIMEOUT_MAX)));
        SET(CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES);
        SET(CURLOPT_LOW_SPEED_TIME, (long)(stalled / USEC_PER_SEC));
        SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)MIN(max, (size_t)INT64_MAX));
        SET(CURLOPT_UPLOAD_BUFFERSIZE, BUFFER_SENT_BYTES);
        SET(CURLOPT_BUFFERSIZE, x->request->feed ? BUFFER_STREAMED_BYTES : BUFFER_KEPT_BYTES);
        SET(CURLOPT_TCP_KEEPALIVE, 1L);
        SET(CURLOPT_TCP_KEEPIDLE, KEEPALIVE_SEC);
        SET(CURLOPT_TCP_KEEPINTVL, KEEPALIVE_SEC);
        return CURLE_OK;
}

static CURLcode set_peer(Exchange *x, const ExchangeCommon *common, const Endpoint *endpoint) {
        SET(CURLOPT_URL, x->request->url);
        SET(CURLOPT_PROTOCOLS_STR, x->request->plain_http ? "http,https" : "https");
        SET(CURLOPT_FOLLOWLOCATION, 0L); /* it would carry the login elsewhere */
        SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
        SET(CURLOPT_SHARE, common->share);

        /* "" also keeps curl from reading the environment's proxies. */
        SET(CURLOPT_PROXY, x->proxied ? endpoint->proxy : "");
        SET(CURLOPT_NOPROXY, "");
        SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
        if (x->proxied)
                SET(CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);

        SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
        SET(CURLOPT_SSL_VERIFYPEER, 1L);
        SET(CURLOPT_SSL_VERIFYHOST, 2L);
        SET(CURLOPT_CA_CACHE_TIMEOUT, CA_CACHE_SEC);
        if (endpoint->ca_file)
                SET(CURLOPT_CAINFO, endpoint->ca_file);
        /* The system's directory of CAs counts besides any file, and keeps the store from being
         * cached. */
        if (endpoint->ca_file || common->has_ca_bundle)
                SET(CURLOPT_CAPATH, NULL);
        return CURLE_OK;
}

/* Gives a body once. There is no way back to its start on purpose: see set_body(). */
static size_t on_send(char *data, size_t one, size_t size, void *userdata) {
        Exchange *x = userdata;
        size_t n = MIN(one * size, x->request->form_size - x->sent);

        memcpy(data, x->request->form + x->sent, n);
        x->sent += n;
        return n;
}

static CURLcode set_body(Exchange *x) {
        const Request *request = x->request;
        size_t size = request->json ? request->json_size : request->form_size;

        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
        if (!request->spends_test) {
                SET(CURLOPT_POSTFIELDS, request->json ?: request->form); /* not copied */
                return CURLE_OK;
        }
        /* curl repeats a request by itself when a kept connection closes without an answer. One
         * that may start a paid test must not be: without a way to rewind its body it cannot be. */
        SET(CURLOPT_READFUNCTION, on_send);
        SET(CURLOPT_READDATA, x);
        return CURLE_OK;
}

static CURLcode set_request(Exchange *x, const ExchangeCommon *common) {
        const Request *request = x->request;

        /* The HTTP/2 library under curl gives its buffers back as they are, so what may hold a
         * login or a key goes by HTTP/1.1, which costs no more time here. */
        bool sends = request->form || request->json, secret = request->password || sends;
        SET(CURLOPT_HTTP_VERSION, (long)(secret ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
        SET(CURLOPT_HTTPHEADER, request->json ? common->json : common->headers);
        CURLcode code = sends ? set_body(x) : CURLE_OK;
        if (code != CURLE_OK)
                return code;
        if (request->username) {
                SET(CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
                SET(CURLOPT_USERNAME, request->username);
        }
        if (request->password)
                SET(CURLOPT_PASSWORD, &request->password->text[0]);

        SET(CURLOPT_ERRORBUFFER, x->error);
        SET(CURLOPT_WRITEFUNCTION, on_body);
        SET(CURLOPT_WRITEDATA, x);
        SET(CURLOPT_HEADERFUNCTION, on_header);
        SET(CURLOPT_HEADERDATA, x);
        return CURLE_OK;
}

int exchange_init(Exchange *x, const ExchangeCommon *common, const Endpoint *endpoint,
                  const Request *request) {
        bool https = strncasecmp(request->url, "https://", strlen("https://")) == 0;
        bool http = strncasecmp(request->url, "http://", strlen("http://")) == 0;
        if (!https && !(http && request->plain_http))
                return -EPROTONOSUPPORT;
        if (request->body_max == 0)
                return -EINVAL;

        x->easy = curl_easy_init();
        if (!x->easy)
                return -ENOMEM;
        x->request = request;
        x->proxied = endpoint->proxy && endpoint->proxy[0];

        CURLcode code = set_limits(x, endpoint);
        if (code == CURLE_OK)
                code = set_peer(x, common, endpoint);
        if (code == CURLE_OK)
                code = set_request(x, common);
        if (code == CURLE_OK)
                return 0;
        exchange_done(x);
        return code == CURLE_OUT_OF_MEMORY ? -ENOMEM : -EINVAL;
}

/* What curl said, in one line. */
static const char *error_text(Exchange *x, CURLcode code) {
        if (code == CURLE_OK)
                return "";
        if (x->error[0] == '\0')
                return curl_easy_strerror(code);
        for (char *c = x->error; *c; c++)
                if ((unsigned char)*c < ' ' || *c == 0x7f)
                        *c = ' ';
        return x->error;
}

void exchange_reply(Exchange *x, CURLcode code, Reply *ret) {
        HttpEnd end = {
                .code = code,
                .proxied = x->proxied,
                .refused = x->refused,
                .too_large = x->too_large,
                .head_whole = x->head_whole,
                .may_be_empty = x->request->empty_body_is_ok,
                .received = x->received,
        };

        (void)curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &end.status);
        (void)curl_easy_getinfo(x->easy, CURLINFO_HTTP_CONNECTCODE, &end.connect_status);
        *ret = (Reply){
                .outcome = http_outcome(&end),
                .status = end.status,
                .body = strbuf_text(&x->body),
                .size = x->body.size,
                .error = error_text(x, code),
        };
        if (x->retry_after[0])
                ret->retry_after = retry_after_parse(x->retry_after, x->date, time(NULL));
}

void exchange_close(Exchange *x) {
        if (x->easy)
                curl_easy_cleanup(TAKE_PTR(x->easy));
}

void exchange_done(Exchange *x) {
        exchange_close(x);
        strbuf_done(&x->body);
}
