/* SPDX-License-Identifier: MIT */
#include "io/control.h"

#include "base/text.h"
#include "io/control-bounds.h"
#include "io/control-socket.h"

#include <errno.h>
#include <unistd.h>

struct Control {
        WebServer *server;
        ControlSocket socket;
        web_handler_t handler;
        void *userdata; /* the handler's */
};

const WebBounds control_bounds = {
        .name = "the control socket",
        .connections = CONTROL_CONNECTIONS_MAX,
        .memory = 16384,
        .body = CONTROL_BODY_MAX,
        .idle = CONTROL_IDLE_SECONDS,
        .receive = 30 * USEC_PER_SEC,
        .send = 120 * USEC_PER_SEC,
        .spare = USEC_PER_SEC,
};

/* The file's mode keeps others away already; whoever gets past it is stopped here. */
static bool on_gate(void *userdata, int fd, WebRequest *request, WebReply *ret) {
        const Control *control = userdata;

        if (control_peer_is_allowed(fd, control->socket.group, &request->uid))
                return true;
        web_refuse(ret, 403, "you are not allowed to use this socket");
        return false;
}

static void on_request(void *userdata, const WebRequest *request, WebReply *ret) {
        const Control *control = userdata;

        control->handler(control->userdata, request, ret);
}

/* Listens at another path, or at the same one, whose file has gone. */
static int control_listen(Control *control, const char *path, gid_t group) {
        ControlSocket s;
        int fd;

        int r = control_socket_open(path, group, &s, &fd);
        if (r < 0)
                return r;
        r = web_listen(control->server, fd);
        if (r < 0) {
                control_socket_done(&s);
                close(fd);
                return r;
        }
        control_socket_done(&control->socket);
        control->socket = s;
        return 0;
}

int control_configure(Control *control, const ControlSettings *settings) {
        gid_t group;

        int r = control_group(settings->group, &group);
        if (r < 0)
                return r;
        if (control->socket.path && streq(control->socket.path, settings->path)) {
                r = control_socket_set_group(&control->socket, group);
                if (r != -ENOENT)
                        return r;
        }
        return control_listen(control, settings->path, group);
}

int control_new_bounded(sd_event *event, const ControlSettings *settings, const WebBounds *bounds,
                        web_handler_t handler, void *userdata, Control **ret) {
        _cleanup_(control_freep) Control *control = calloc(1, sizeof(*control));

        if (!control)
                return -ENOMEM;
        control->handler = handler;
        control->userdata = userdata;
        int r = web_new(event, bounds, NULL, on_gate, on_request, control, &control->server);
        if (r < 0)
                return r;
        r = control_configure(control, settings);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(control);
        return 0;
}

int control_new(sd_event *event, const ControlSettings *settings, web_handler_t handler,
                void *userdata, Control **ret) {
        return control_new_bounded(event, settings, &control_bounds, handler, userdata, ret);
}

Control *control_free(Control *control) {
        if (!control)
                return NULL;
        /* Before it is closed: until then nobody else's file can have its inode's number. */
        control_socket_done(&control->socket);
        control->server = web_free(control->server);
        free(control);
        return NULL;
}
