/* SPDX-License-Identifier: MIT */
#include "io/http.h"

#include "base/diag.h"
#include "io/http-exchange.h"
#include "io/http-memory.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* How curl is driven: its sockets are in an epoll set of our own, which is one event source of the
 * loop; a time-out of 0 ms is a defer source; the timer is only ever moved earlier, because most of
 * curl's time-outs are far away and replaced before they come. With one source per socket and a
 * timer set as often as curl says, a request costs twice as much. */

/* Connections to one host at once, and idle ones kept in all. */
#define CONNECTIONS_PER_HOST 8L
#define CONNECTIONS_KEPT     32L

/* Sockets dealt with in one turn of the loop. */
#define SOCKETS_PER_TURN 32

struct HttpCall {
        Http *http;
        HttpCall *previous;
        HttpCall *next;
        http_done_t done;
        void *userdata;
        Exchange exchange;
};

struct Http {
        CURLM *multi;
        ExchangeCommon common;
        int epoll_fd;
        sd_event_source *sockets; /* epoll_fd */
        sd_event_source *soon;    /* curl wants to be called at once */
        sd_event_source *timer;
        usec_t timer_at;  /* when `timer` goes off (CLOCK_MONOTONIC), USEC_INFINITY = it is off */
        usec_t wanted_at; /* when curl wants to be called; never before timer_at */
        sd_event_source *deliver; /* a finished call waits to be told */
        HttpCall *calls;
        unsigned running;
};

static int source_once(sd_event_source *source) {
        int r = sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
        if (r < 0)
                diag(DIAG_ERROR, "cannot arm an event source of HTTP: %s", strerror(-r));
        return r;
}

static void timer_arm(Http *http, usec_t at) {
        if (http->timer_at <= at)
                return;
        int r = sd_event_source_set_time(http->timer, at);
        if (r < 0)
                diag(DIAG_ERROR, "cannot set the timer of HTTP: %s", strerror(-r));
        else if (source_once(http->timer) >= 0)
                http->timer_at = at;
}

/* curl wants to be called after `ms`, instead of what it wanted before; -1 = not at all. */
static int on_curl_timer(CURLM *multi, long ms, void *userdata) {
        Http *http = userdata;
        (void)multi;

        http->wanted_at = USEC_INFINITY;
        if (ms == 0)
                return source_once(http->soon) < 0 ? -1 : 0;
        if (ms > 0) {
                http->wanted_at = clock_monotonic() + (usec_t)ms * USEC_PER_MSEC;
                timer_arm(http, http->wanted_at);
        }
        return 0;
}

/* curl wants to know about `fd`. `known` is not NULL once it is in the set. */
static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *userdata, void *known) {
        Http *http = userdata;
        (void)easy;

        if (what == CURL_POLL_REMOVE) {
                /* Fails where curl closed it already, which took it out of the set. */
                (void)epoll_ctl(http->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
                return 0;
        }
        struct epoll_event event = {
                .events = (what & CURL_POLL_IN ? EPOLLIN : 0u) |
                          (what & CURL_POLL_OUT ? EPOLLOUT : 0u),
                .data.fd = fd,
        };
        int r = epoll_ctl(http->epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
        if (r < 0 && (errno == ENOENT || errno == EEXIST))
                r = epoll_ctl(http->epoll_fd, errno == ENOENT ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd,
                              &event);
        /* The exchange will time out; told to curl, it would end all of them for good. */
        if (r < 0)
                diag(DIAG_ERROR, "cannot watch a socket of HTTP: %s", strerror(errno));
        else if (!known)
                (void)curl_multi_assign(http->multi, fd, http);
        return 0;
}

static void curl_act(Http *http, curl_socket_t fd, int what) {
        int under_way = 0;

        CURLMcode code = curl_multi_socket_action(http->multi, fd, what, &under_way);
        if (code != CURLM_OK)
                diag(DIAG_ERROR, "HTTP is stuck: %s", curl_multi_strerror(code));
        if ((unsigned)under_way < http->running)
                (void)source_once(http->deliver);
}

static int on_sockets(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        struct epoll_event events[SOCKETS_PER_TURN];
        Http *http = userdata;
        (void)source;
        (void)revents;

        int n = epoll_wait(fd, events, SOCKETS_PER_TURN, 0);
        for (int i = 0; i < n; i++) {
                uint32_t e = events[i].events;
                int what = (e & (EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN : 0) |
                           (e & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                           (e & EPOLLERR ? CURL_CSELECT_ERR : 0);
                curl_act(http, events[i].data.fd, what);
        }
        return 0;
}

static int on_soon(sd_event_source *source, void *userdata) {
        (void)source;
        curl_act(userdata, CURL_SOCKET_TIMEOUT, 0);
        return 0;
}

static int on_timer(sd_event_source *source, usec_t usec, void *userdata) {
        Http *http = userdata;
        (void)source;
        (void)usec;

        http->timer_at = USEC_INFINITY;
        if (http->wanted_at > clock_monotonic()) {
                timer_arm(http,
                          http->wanted_at); /* moved later meanwhile, or not wanted any more */
                return 0;
        }
        http->wanted_at = USEC_INFINITY;
        curl_act(http, CURL_SOCKET_TIMEOUT, 0);
        return 0;
}

/* Takes the call out of the multi handle and the list; what it holds stays. */
static void call_detach(HttpCall *call) {
        Http *http = call->http;

        (void)curl_multi_remove_handle(http->multi, call->exchange.easy);
        if (call->previous)
                call->previous->next = call->next;
        else
                http->calls = call->next;
        if (call->next)
                call->next->previous = call->previous;
        http->running--;
        call->http = NULL;
}

static HttpCall *call_free(HttpCall *call) {
        if (!call)
                return NULL;
        exchange_done(&call->exchange);
        free(call);
        return NULL;
}
DEFINE_CLEANUP(HttpCall *, call_free)

static int on_deliver(sd_event_source *source, void *userdata) {
        _cleanup_(call_freep) HttpCall *call = NULL;
        Http *http = userdata;
        Reply reply;
        int left = 0;
        (void)source;

        CURLMsg *message = curl_multi_info_read(http->multi, &left);
        if (!message || message->msg != CURLMSG_DONE)
                return 0;
        CURLcode code = message->data.result;
        if (curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call) != CURLE_OK)
                return 0;
        if (left > 0)
                (void)source_once(http->deliver);

        exchange_reply(&call->exchange, code, &reply);
        call_detach(call);
        exchange_close(&call->exchange);
        call->done(call->userdata, &reply); /* http may be gone when it returns */
        return 0;
}

static int http_set_up_sources(Http *http, sd_event *event) {
        int r = sd_event_add_io(event, &http->sockets, http->epoll_fd, EPOLLIN, on_sockets, http);
        if (r < 0)
                return r;
        r = sd_event_add_defer(event, &http->soon, on_soon, http);
        if (r < 0)
                return r;
        r = sd_event_add_defer(event, &http->deliver, on_deliver, http);
        if (r < 0)
                return r;
        r = sd_event_add_time(event, &http->timer, CLOCK_MONOTONIC, 0, USEC_PER_MSEC, on_timer,
                              http);
        if (r < 0)
                return r;

        sd_event_source *idle[] = { http->soon, http->deliver, http->timer };
        for (size_t i = 0; i < ELEMENTSOF(idle) && r >= 0; i++)
                r = sd_event_source_set_enabled(idle[i], SD_EVENT_OFF);
        (void)sd_event_source_set_description(http->sockets, "http-sockets");
        (void)sd_event_source_set_description(http->soon, "http-soon");
        (void)sd_event_source_set_description(http->deliver, "http-deliver");
        (void)sd_event_source_set_description(http->timer, "http-timer");
        return r < 0 ? r : 0;
}

static int header_add(struct curl_slist **list, const char *text) {
        struct curl_slist *longer = curl_slist_append(*list, text);
        if (!longer)
                return -ENOMEM;
        *list = longer;
        return 0;
}

static int header_list(struct curl_slist **list, const char *user_agent) {
        int r = header_add(list, user_agent);
        if (r >= 0)
                r = header_add(list, "Accept: application/json");
        if (r >= 0) /* a large body shall not wait for "100 Continue" */
                r = header_add(list, "Expect:");
        return r;
}

static int http_set_up_common(ExchangeCommon *common, const char *user_agent) {
        _cleanup_strbuf_ StrBuf agent = { 0 };

        common->has_ca_bundle = curl_version_info(CURLVERSION_NOW)->cainfo != NULL;
        common->share = curl_share_init();
        if (!common->share || curl_share_setopt(common->share, CURLSHOPT_SHARE,
                                                CURL_LOCK_DATA_SSL_SESSION) != CURLSHE_OK)
                return -ENOMEM;

        int r = strbuf_addf(&agent, "User-Agent: %s", user_agent);
        if (r >= 0)
                r = header_list(&common->headers, strbuf_text(&agent));
        if (r >= 0)
                r = header_list(&common->json, strbuf_text(&agent));
        if (r >= 0)
                r = header_add(&common->json, "Content-Type: application/json");
        return r;
}

static int http_set_up_multi(Http *http) {
        http->multi = curl_multi_init();
        if (!http->multi)
                return -ENOMEM;
        if (curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket) != CURLM_OK ||
            curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http) != CURLM_OK ||
            curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer) != CURLM_OK ||
            curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http) != CURLM_OK ||
            curl_multi_setopt(http->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX) != CURLM_OK ||
            curl_multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS, CONNECTIONS_PER_HOST) !=
                    CURLM_OK ||
            curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT) != CURLM_OK)
                return -EINVAL;
        return 0;
}

int http_new(sd_event *event, const char *user_agent, Http **ret) {
        _cleanup_(http_freep) Http *http = NULL;

        if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, memory_wipe_free, memory_wipe_realloc,
                                 strdup, calloc) != CURLE_OK)
                return -ENOMEM;
        http = calloc(1, sizeof(*http));
        if (!http) {
                curl_global_cleanup();
                return -ENOMEM;
        }
        http->timer_at = http->wanted_at = USEC_INFINITY;
        http->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        if (http->epoll_fd < 0)
                return -errno;
        int r = http_set_up_sources(http, event);
        if (r >= 0)
                r = http_set_up_common(&http->common, user_agent);
        if (r >= 0)
                r = http_set_up_multi(http);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(http);
        return 0;
}

Http *http_free(Http *http) {
        if (!http)
                return NULL;
        while (http->calls)
                http_cancel(http->calls);
        /* Closes connections and may tell the callbacks of it: what they use goes last. */
        if (http->multi)
                (void)curl_multi_cleanup(http->multi);
        if (http->common.share)
                (void)curl_share_cleanup(http->common.share);
        curl_slist_free_all(http->common.headers);
        curl_slist_free_all(http->common.json);
        sd_event_source_disable_unref(http->sockets);
        sd_event_source_disable_unref(http->soon);
        sd_event_source_disable_unref(http->deliver);
        sd_event_source_disable_unref(http->timer);
        if (http->epoll_fd >= 0)
                close(http->epoll_fd);
        free(http);
        curl_global_cleanup();
        return NULL;
}

int http_start(Http *http, const Endpoint *endpoint, const Request *request, http_done_t done,
               void *userdata, HttpCall **ret) {
        _cleanup_(call_freep) HttpCall *call = calloc(1, sizeof(*call));
        if (!call)
                return -ENOMEM;
        call->done = done;
        call->userdata = userdata;

        int r = exchange_init(&call->exchange, &http->common, endpoint, request);
        if (r < 0)
                return r;
        if (curl_easy_setopt(call->exchange.easy, CURLOPT_PRIVATE, call) != CURLE_OK ||
            curl_multi_add_handle(http->multi, call->exchange.easy) != CURLM_OK)
                return -ENOMEM;

        call->http = http;
        call->next = http->calls;
        if (call->next)
                call->next->previous = call;
        http->calls = call;
        http->running++;
        if (ret)
                *ret = call;
        TAKE_PTR(call);
        return 0;
}

HttpCall *http_cancel(HttpCall *call) {
        /* One that is being told is out of the list already, and freed after that. */
        if (!call || !call->http)
                return NULL;
        call_detach(call);
        return call_free(call);
}

unsigned http_running(const Http *http) {
        return http->running;
}
