/* SPDX-License-Identifier: MIT */
#pragma once

#include "core/record.h"
#include "io/store.h"

/* How records become rows; the other rows are made in persist-rows.c behind engine/persist.h. */

/* Puts a record into the event log, before it is sent. */
void rows_put_event(Store *store, const Record *record, usec_t at);
