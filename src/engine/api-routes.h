/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/api-json.h"

/* The handlers behind the table of api.c, one per route of docs/control-api.md. Each returns the
 * answer, or NULL after api_refuse() or without memory. */
typedef struct json_object *(*api_handler_t)(Api *api);

struct json_object *api_get_status(Api *api);
struct json_object *api_get_alerts(Api *api);
struct json_object *api_get_domains(Api *api);
struct json_object *api_get_domain(Api *api);
struct json_object *api_get_explain(Api *api);
struct json_object *api_get_history(Api *api);
struct json_object *api_get_events(Api *api);

struct json_object *api_start_test(Api *api);
struct json_object *api_get_test(Api *api);
struct json_object *api_start_polls(Api *api);
struct json_object *api_get_polls(Api *api);

struct json_object *api_get_silences(Api *api);
struct json_object *api_make_silence(Api *api);
struct json_object *api_end_silence(Api *api);
struct json_object *api_make_ack(Api *api);
struct json_object *api_end_ack(Api *api);

struct json_object *api_reload(Api *api);
struct json_object *api_test_alerts(Api *api);
