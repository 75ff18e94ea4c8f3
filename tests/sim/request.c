/* SPDX-License-Identifier: MIT */
#include "sim/request.h"

#include <stdio.h>
#include <string.h>

#include "sim/immuniweb.h"
#include "sim/symantec.h"

typedef struct FilterList {
        const char **items;
        size_t n;
} FilterList;

static enum MHD_Result on_argument(void *userdata, enum MHD_ValueKind kind _unused_,
                                   const char *key, const char *value) {
        FilterList *list = userdata;

        if (strcmp(key, "domain") != 0)
                return MHD_YES;
        if (list->n % 64 == 0) {
                const char **more = realloc(list->items, (list->n + 64) * sizeof(*more));
                if (!more)
                        return MHD_NO;
                list->items = more;
        }
        list->items[list->n++] = value ? value : "";
        return list->n < FILTERS_MAX ? MHD_YES : MHD_NO;
}

size_t request_filters(const Request *request, const char ***ret) {
        FilterList list = { 0 };
        MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, on_argument, &list);
        *ret = list.items;
        return list.n;
}

const char *request_header(const Request *request, const char *name) {
        return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

bool request_credentials(Request *request, char **ret_password) {
        char *password = NULL;
        char *user = MHD_basic_auth_get_username_password(request->connection, &password);
        if (!user)
                return false;
        snprintf(request->user, sizeof(request->user), "%s", user);
        MHD_free(user);
        *ret_password = strdup(password ? password : "");
        if (password)
                MHD_free(password);
        return *ret_password != NULL;
}

static void note_scheme(Request *request) {
        const char *header = request_header(request, "Authorization");
        if (header)
                snprintf(request->scheme, sizeof(request->scheme), "%.*s",
                         (int)strcspn(header, " "), header);
}

static void refuse_method(Request *request, const char *allow) {
        reply_set(&request->reply, 405, "", NULL);
        request->reply.allow = allow;
}

void request_decide(Request *request) {
        Sim *sim = request->sim;
        char text[ROUTE_TEXT_MAX];

        request->wall = clock_wall(&sim->clock);
        request->real = moment_real();
        request->now = sim_moment(sim, request->wall);
        request->decided = true;
        note_scheme(request);

        Route call = route_immuniweb(sim->scenario, request->path, text);
        if (call == ROUTE_NONE)
                call = route_symantec(sim->scenario, request->path, text);
        bool get = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
        if (request->form.too_large)
                reply_set(&request->reply, 413, "", NULL);
        else if (call == ROUTE_NONE)
                reply_set(&request->reply, 404, "text/html",
                          blob_of_text("<html><body><h1>404 Not Found</h1></body></html>\n"));
        else if (call == ROUTE_STATS && !get)
                refuse_method(request, "GET");
        else if (call != ROUTE_STATS && strcmp(request->method, "POST") != 0)
                refuse_method(request, "POST");
        else if (call == ROUTE_STATS)
                symantec_answer(request, text);
        else
                immuniweb_answer(request, call);
        reqlog_request(&sim->log, request);
}

Request *request_free(Request *request) {
        if (!request)
                return NULL;
        form_done(&request->form);
        reply_done(&request->reply);
        free(request->uri);
        free(request->method);
        free(request->path);
        free(request);
        return NULL;
}
