/* SPDX-License-Identifier: MIT */
#include "io/web-library.h"

#include "io/web-request.h"

#include <errno.h>

/* TLS 1.2 and 1.3 with forward secrecy and authenticated encryption. */
#define TLS_PRIORITIES                                                                             \
        "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-AES-128-CBC:-AES-256-CBC:%SERVER_"       \
        "PRECEDENCE"

/* Newer versions put connections off that are given to them, unless told that nothing is shared. */
#if MHD_VERSION >= 0x00097707
#define LIBRARY_THREADS MHD_USE_NO_THREAD_SAFETY
#else
#define LIBRARY_THREADS 0
#endif
#define LIBRARY_FLAGS                                                                              \
        (MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | LIBRARY_THREADS)

static struct MHD_OptionItem tls_option(enum MHD_OPTION option, const char *text) {
        union {
                const char *text;
                void *pointer;
        } value = { .text = text };

        return (struct MHD_OptionItem){ option, 0, value.pointer };
}

int web_library_start(const WebBounds *bounds, const WebTls *tls,
                      MHD_NotifyConnectionCallback on_connection, void *userdata,
                      struct MHD_Daemon **ret) {
        struct MHD_OptionItem options[5] = { { MHD_OPTION_END, 0, NULL } };
        unsigned flags = LIBRARY_FLAGS;

        if (tls && tls->certificate) {
                size_t n = 0;
                flags |= MHD_USE_TLS;
                options[n++] = tls_option(MHD_OPTION_HTTPS_PRIORITIES, TLS_PRIORITIES);
                options[n++] = tls_option(MHD_OPTION_HTTPS_MEM_CERT, tls->certificate);
                options[n++] = tls_option(MHD_OPTION_HTTPS_MEM_KEY, tls->key);
                if (tls->client_ca)
                        options[n++] = tls_option(MHD_OPTION_HTTPS_MEM_TRUST, tls->client_ca);
                options[n] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
        }

        /* Without MHD_USE_ERROR_LOG it says nothing on stderr of what clients do. */
        errno = 0;
        struct MHD_Daemon *daemon = MHD_start_daemon(
                flags, 0, NULL, NULL, request_on_call, NULL, MHD_OPTION_ARRAY, options,
                MHD_OPTION_CONNECTION_LIMIT, bounds->connections, MHD_OPTION_CONNECTION_TIMEOUT,
                bounds->idle, MHD_OPTION_CONNECTION_MEMORY_LIMIT, bounds->memory,
                MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, request_on_uri, NULL,
                MHD_OPTION_UNESCAPE_CALLBACK, request_on_escaped, NULL, MHD_OPTION_NOTIFY_COMPLETED,
                request_on_end, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection, userdata,
                MHD_OPTION_END);
        if (!daemon)
                return errno > 0 ? -errno : -ENOMEM;
        *ret = daemon;
        return 0;
}
