/* SPDX-License-Identifier: MIT */
#pragma once

/* Numbered places where a process that is killed must lose nothing. Compiled in for the kill test
 * only (make FAULTS=1); elsewhere they are nothing. */
typedef enum FaultPoint {
        FAULT_BEFORE_COMMIT = 1, /* of a turn of the loop */
        FAULT_AFTER_COMMIT,
        FAULT_AFTER_QUEUE, /* its records are with the sinks */
        FAULT_AFTER_SEND,  /* a sink took a record */
        FAULT_BEFORE_MARK, /* what was sent is about to be marked */
        FAULT_AFTER_MARK,
        FAULT_BEFORE_BOOKING, /* of a test that is about to be started */
        FAULT_AFTER_BOOKING,
        FAULT_AFTER_REQUEST, /* the start is under way */
        FAULT_JOB_KNOWN,     /* the vendor named the job */
        _FAULT_MAX,
} FaultPoint;

#ifdef MAILSEC_FAULTS
/* Ends the process as SIGKILL does at the K-th time the point N is passed, where MAILSEC_FAULT=N:K.
 */
void fault_point(FaultPoint point);
#else
#define fault_point(point) ((void)0)
#endif
