/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/strbuf.h"

#include <stddef.h>

/* Each looks at one URL and returns NULL, or what is wrong with it in words: "names no host". */

/* Where an API is: https, host, perhaps a port and a path; no login, query or fragment. */
const char *url_endpoint_problem(const char *url);

/* http, https or socks5h, host and perhaps a port; no login. */
const char *url_proxy_problem(const char *url);

/* A page for people: http or https with a host; what follows is free. */
const char *url_link_problem(const char *url);
