/* SPDX-License-Identifier: MIT */
#include "ctl/call.h"

#include "base/text.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <sys/un.h>

/* The host has no meaning on a UNIX socket. */
#define ORIGIN "http://mailsecd"

struct Call {
        CURL *curl;
        struct curl_slist *headers;
        const char *path;
        const volatile sig_atomic_t *stop;
        StrBuf *body; /* of the answer that is awaited */
};

static size_t take_body(char *data, size_t size, size_t n, void *userdata) {
        Call *call = userdata;

        return strbuf_add(call->body, data, size * n) < 0 ? 0 : size * n;
}

static int look_for_stop(void *userdata, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
        const Call *call = userdata;
        (void)a, (void)b, (void)c, (void)d;

        return call->stop && *call->stop;
}

int call_new(const char *path, const volatile sig_atomic_t *stop, Call **ret) {
        _cleanup_(call_freep) Call *call = NULL;

        if (!*path || strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
                return -ENAMETOOLONG;
        call = calloc(1, sizeof(*call));
        if (!call)
                return -ENOMEM;
        call->path = path;
        call->stop = stop;
        call->curl = curl_easy_init();
        call->headers = curl_slist_append(NULL, "Content-Type: application/json");
        if (!call->curl || !call->headers)
                return -ENOMEM;
        *ret = TAKE_PTR(call);
        return 0;
}

static CURLcode prepare(Call *call, const char *method, const char *url, const char *body) {
        CURL *c = call->curl;
        CURLcode r = CURLE_OK;

        /* reset keeps the connection, which is used again. */
        curl_easy_reset(c);
#define SET(option, value) (r = r == CURLE_OK ? curl_easy_setopt(c, option, value) : r)
        SET(CURLOPT_URL, url);
        SET(CURLOPT_UNIX_SOCKET_PATH, call->path);
        SET(CURLOPT_PROTOCOLS_STR, "http");
        SET(CURLOPT_PROXY, "");
        SET(CURLOPT_PATH_AS_IS, 1L);
        SET(CURLOPT_FOLLOWLOCATION, 0L);
        SET(CURLOPT_NOSIGNAL, 1L);
        SET(CURLOPT_TIMEOUT, CALL_TIMEOUT_SECS);
        SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
        SET(CURLOPT_HTTP09_ALLOWED, 0L);
        SET(CURLOPT_USERAGENT, "mailsecctl/" VERSION);
        SET(CURLOPT_CUSTOMREQUEST, method);
        SET(CURLOPT_WRITEFUNCTION, take_body);
        SET(CURLOPT_WRITEDATA, call);
        SET(CURLOPT_NOPROGRESS, 0L);
        SET(CURLOPT_XFERINFOFUNCTION, look_for_stop);
        SET(CURLOPT_XFERINFODATA, call);
        if (body) {
                SET(CURLOPT_POSTFIELDS, body);
                SET(CURLOPT_HTTPHEADER, call->headers);
        }
#undef SET
        return r;
}

static CallState judge(const Call *call, CURLcode code) {
        long os_errno = 0;

        switch ((int)code) {
        case CURLE_OK:
                return CALL_ANSWERED;
        case CURLE_COULDNT_CONNECT:
                (void)curl_easy_getinfo(call->curl, CURLINFO_OS_ERRNO, &os_errno);
                return os_errno == ENOENT || os_errno == ENOTDIR ? CALL_NO_SOCKET
                       : os_errno == EACCES || os_errno == EPERM ? CALL_DENIED
                       : os_errno == EAGAIN                      ? CALL_SILENT
                                                                 : CALL_NOBODY;
        case CURLE_OPERATION_TIMEDOUT:
                return CALL_SILENT;
        case CURLE_ABORTED_BY_CALLBACK:
                return CALL_STOPPED;
        case CURLE_WRITE_ERROR:
                return CALL_TOO_BIG;
        default:
                return CALL_BROKEN;
        }
}

CallState call_send(Call *call, const char *method, const char *target, const char *body,
                    long *ret_status, StrBuf *ret_body) {
        _cleanup_strbuf_ StrBuf url = {};

        strbuf_addf(&url, "%s%s", ORIGIN, target);
        ret_body->max = CALL_BODY_MAX;
        call->body = ret_body;
        CURLcode code =
                url.error ? CURLE_OUT_OF_MEMORY : prepare(call, method, strbuf_text(&url), body);
        if (code == CURLE_OK)
                code = curl_easy_perform(call->curl);
        call->body = NULL;
        if (code == CURLE_OK)
                (void)curl_easy_getinfo(call->curl, CURLINFO_RESPONSE_CODE, ret_status);
        return judge(call, code);
}

void call_add_part(StrBuf *target, const char *name) {
        static const char plain[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

        for (; *name; name++)
                if (strchr(plain, *name))
                        strbuf_addc(target, *name);
                else
                        strbuf_addf(target, "%%%02X", (unsigned)(unsigned char)*name);
}

Call *call_free(Call *call) {
        if (!call)
                return NULL;
        curl_slist_free_all(call->headers);
        if (call->curl)
                curl_easy_cleanup(call->curl);
        free(call);
        return NULL;
}
